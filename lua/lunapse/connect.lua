--- Connectors: which neurons a projection joins. Each is a description; `net:project` turns it into synapses, drawn from the network's seed.
local options = require "lunapse.options"

---@class Connector
---@field kind string
local Connector = {}
Connector.__index = Connector
Connector.__tostring = function(c) return c.text end

local connect = {}

local function make(text, fields)
  fields.text = text
  return setmetatable(fields, Connector)
end

local function self_option(where, opt)
  return options.check(where, opt or {}, { self = "boolean" }).self or false
end

--- Every pre neuron with every post neuron. No self-connections within one population unless `self = true`.
---@param opt? { self?: boolean }
---@return Connector
function connect.all_to_all(opt)
  return make("all_to_all", { kind = "all_to_all", self = self_option("lp.all_to_all", opt) })
end

--- The k-th pre neuron with the k-th post neuron; both sides must have one size.
---@return Connector
function connect.one_to_one() return make("one_to_one", { kind = "one_to_one", self = true }) end

--- Every pair with probability `p`, each pair on its own. No self-connections within one population unless `self = true`.
---@param p number  0..1
---@param opt? { self?: boolean }
---@return Connector
function connect.fixed_probability(p, opt)
  options.number("lp.fixed_probability", "p", p, 0, 1)
  return make(("fixed_probability(%g)"):format(p), { kind = "fixed_probability", p = p, self = self_option("lp.fixed_probability", opt) })
end

--- Every post neuron gets `n` different pre neurons, drawn at random.
---@param n integer
---@param opt? { self?: boolean }
---@return Connector
function connect.fixed_number_pre(n, opt)
  options.whole("lp.fixed_number_pre", "number", n, 0)
  return make(("fixed_number_pre(%d)"):format(n), { kind = "fixed_number_pre", number = n, self = self_option("lp.fixed_number_pre", opt) })
end

--- Every pre neuron gets `n` different post neurons, drawn at random.
---@param n integer
---@param opt? { self?: boolean }
---@return Connector
function connect.fixed_number_post(n, opt)
  options.whole("lp.fixed_number_post", "number", n, 0)
  return make(("fixed_number_post(%d)"):format(n), { kind = "fixed_number_post", number = n, self = self_option("lp.fixed_number_post", opt) })
end

--- Given pairs: neuron pre[k] of the pre side with post[k] of the post side, numbered from 1 within `from` and `to`. Weights, delays and
--- parameters given as tables or arrays follow the order of the pairs. A pair named twice makes two synapses.
---@param pre integer[]|array
---@param post integer[]|array
---@return Connector
function connect.pairs(pre, post)
  if #pre ~= #post then options.fail(("lp.pairs: as many pre as post neurons expected, got %d and %d"):format(#pre, #post)) end
  return make(("pairs(%d)"):format(#pre), { kind = "pairs", pre = pre, post = post })
end

--- A matrix [pre][post]: a synapse wherever an element is not zero (nor nil, false or NaN), with that element as its weight.
---@param matrix array|table
---@return Connector
function connect.matrix(matrix)
  local pre, post, weights = {}, {}, {}
  for i = 1, #matrix do
    local row = matrix[i]
    for j = 1, #row do
      local w = row[j]
      if w and w ~= 0 and w == w then
        pre[#pre + 1], post[#post + 1], weights[#weights + 1] = i, j, w == true and 1 or w
      end
    end
  end
  local c = connect.pairs(pre, post)
  c.text, c.weights, c.rows, c.columns = "matrix", weights, #matrix, #matrix > 0 and #matrix[1] or 0
  return c
end

--- Weights that fall off with distance: amplitude exp(-d^2/(2 sigma^2)), d between positions on grids scaled to 0..1 along each axis
--- (the populations' `geometry`); kept where |w| > limit * |amplitude|.
---@param opt { amplitude: number, sigma: number, limit?: number, self?: boolean }
---@return Connector
function connect.gaussian(opt)
  options.check("lp.gaussian", opt, { amplitude = "number", sigma = "number", limit = "number", self = "boolean" }, { "amplitude", "sigma" })
  return make("gaussian", { kind = "gaussian", amplitude = opt.amplitude, sigma = opt.sigma, limit = opt.limit, self = opt.self or false, needs_positions = true })
end

--- Difference of Gaussians: a_plus exp(-d^2/(2 s_plus^2)) - a_minus exp(-d^2/(2 s_minus^2)); kept where |w| > limit * |a_plus - a_minus|.
---@param opt { a_plus: number, s_plus: number, a_minus: number, s_minus: number, limit?: number, self?: boolean }
---@return Connector
function connect.dog(opt)
  options.check("lp.dog", opt, { a_plus = "number", s_plus = "number", a_minus = "number", s_minus = "number", limit = "number", self = "boolean" },
    { "a_plus", "s_plus", "a_minus", "s_minus" })
  return make("dog", { kind = "dog", amplitude = opt.a_plus, sigma = opt.s_plus, amplitude_minus = opt.a_minus, sigma_minus = opt.s_minus,
    limit = opt.limit, self = opt.self or false, needs_positions = true })
end

--- Is `x` a connector?
---@param x any
---@return boolean
function connect.is(x) return getmetatable(x) == Connector end

return connect
