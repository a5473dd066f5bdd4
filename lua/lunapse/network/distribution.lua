--- Random distributions: values that are drawn when they are given to a variable of a network, from the network's seed.
--- Definitions: docs/numerics.md. `min` and `max` clamp a value; it is not drawn again.
local options = require "lunapse.options"

---@class Distribution
---@field kind string   name of the distribution
---@field a number
---@field b number
---@field low number
---@field high number
local Distribution = {}
Distribution.__index = Distribution

local random = {}

local titles = { uniform = "Uniform", discrete_uniform = "DiscreteUniform", normal = "Normal", lognormal = "LogNormal", exponential = "Exponential",
                 gamma = "Gamma", binomial = "Binomial", poisson = "Poisson" }
local has_one = { exponential = true, poisson = true }     -- one parameter

local OF_SCRIPTS = 0xffffffff           -- the object of streams that belong to no network: those count from 0

function Distribution:__tostring()
  local b = has_one[self.kind] and "" or (", %g"):format(self.b)
  return ("%s(%g%s)"):format(titles[self.kind], self.a, b)
end

local function make(kind, a, b, clamp)
  local where = "lp." .. kind
  clamp = clamp or {}
  options.check(where, clamp, { min = "number", max = "number" })
  for k = 1, has_one[kind] and 1 or 2 do
    local x = k == 1 and a or b
    if type(x) ~= "number" or x - x ~= 0 then options.fail(("%s: argument %d must be a finite number, got %s"):format(where, k, options.show(x))) end
  end
  local d = setmetatable({ kind = kind, a = a, b = b or 0, low = clamp.min or -math.huge, high = clamp.max or math.huge }, Distribution)
  local engine = require "lunapse.core.engine"
  local ok, message = pcall(engine.draw, require "lunapse.core.array".new("float64", 0), kind, d.a, d.b, d.low, d.high, 0, 0, 0)
  if not ok then options.fail(("%s: %s"):format(where, message:gsub("^%u%a+: ", ""))) end
  return d
end

--- Uniform between a and b.
---@param a number
---@param b number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.uniform(a, b, clamp) return make("uniform", a, b, clamp) end

--- Whole numbers a .. b, both included.
---@param a integer
---@param b integer
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.discrete_uniform(a, b, clamp) return make("discrete_uniform", a, b, clamp) end

--- Normal with mean mu and standard deviation sigma >= 0; `{ min =, max = }` clamp.
---@param mu number
---@param sigma number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.normal(mu, sigma, clamp) return make("normal", mu, sigma, clamp) end

--- exp of Normal(mu, sigma).
---@param mu number
---@param sigma number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.lognormal(mu, sigma, clamp) return make("lognormal", mu, sigma, clamp) end

--- Exponential with the given rate: mean 1/rate.
---@param rate number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.exponential(rate, clamp) return make("exponential", rate, nil, clamp) end

--- Gamma with the given shape and scale: mean shape * scale.
---@param shape number
---@param scale number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.gamma(shape, scale, clamp) return make("gamma", shape, scale, clamp) end

--- Binomial: successes in n trials of probability p.
---@param n integer
---@param p number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.binomial(n, p, clamp) return make("binomial", n, p, clamp) end

--- Poisson: counts with the given mean, 0 .. 1e15, which need not be whole.
---@param mean number
---@param clamp? { min?: number, max?: number }
---@return Distribution
function random.poisson(mean, clamp) return make("poisson", mean, nil, clamp) end

--- Numbers of it, for a script. (Variables of a network are given the distribution itself: they draw from the network's seed.)
---@param n integer     how many
---@param seed? integer  1: the same seed gives the same numbers
---@param stream? integer  0: other streams of a seed are independent of it
---@return Array  [n] float64
function Distribution:draw(n, seed, stream)
  if math.type(n) ~= "integer" or n < 0 then options.fail(("%s: draw: how many must be a whole number from 0, got %s"):format(self, options.show(n))) end
  seed = seed or 1
  if math.type(seed) ~= "integer" or seed < 0 then options.fail(("%s: draw: seed must be a whole number from 0, got %s"):format(self, options.show(seed))) end
  stream = stream or 0
  if math.type(stream) ~= "integer" or stream < 0 then options.fail(("%s: draw: stream must be a whole number from 0, got %s"):format(self, options.show(stream))) end
  local numbers = require("lunapse.core.array").new("float64", n)
  require("lunapse.core.engine").draw(numbers, self.kind, self.a, self.b, self.low, self.high, seed, OF_SCRIPTS, stream)
  return numbers
end

--- The numbers 1 .. n in random order, or the elements of a list: along its first axis.
---@param of integer|ArrayLike
---@param seed? integer  1: the same seed gives the same order
---@return Array
--- Example: data:take(lp.permutation(#data, 7)).
function random.permutation(of, seed)
  local array = require "lunapse.array"
  local list = math.type(of) == "integer" and of >= 0 and array.arange(1, of) or (type(of) == "table" or array.is(of)) and array.from(of)
  if not list then options.fail("permutation: a number of elements or a list expected, got " .. options.show(of)) end
  return list:take(random.uniform(0, 1):draw(#list, seed):argsort())
end

--- Is `x` a distribution?
---@param x any
---@return boolean
function random.is(x) return getmetatable(x) == Distribution end

return random
