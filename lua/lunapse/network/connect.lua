--- What a connector is: a description of which neurons a projection joins, made by the functions of connectors.lua. `net:project` turns it into synapses,
--- drawn from the network's seed.
local options = require "lunapse.options"

---@class Connector
---@field kind string  of src/synapses/connect.def, or what `connect.bind` makes one of those of
---@field text string  how it shows
---@field count? fun(n: number, m: number): number  how many synapses it makes between n and m neurons, on average; nil: only making them tells
---@field is_whole? boolean  it joins every pair: places of synapses need no memory
local Connector = {}
Connector.__index = Connector
Connector.__tostring = function(c) return c.text end

local connect = {}

--- A connector.
---@param text string
---@param fields table  its kind, and what that wants to know
---@return Connector
function connect.make(text, fields)
  fields.text = text
  return setmetatable(fields, Connector)
end

--- Is `x` a connector?
---@param x any
---@return boolean
function connect.is(x) return getmetatable(x) == Connector end

--- The pairs of a generator: what its function says of each neuron.
local function generate(c, from, to)
  local pre, post, weights = {}, {}, nil
  for i = 1, from.size do
    local targets, w = c.f(i, to.size)
    targets = targets or {}
    if type(targets) ~= "table" and type(targets) ~= "userdata" then
      options.fail(("lp.generator: neuron %d: a list of neurons expected, got %s"):format(i, type(targets)))
    end
    if w then weights = weights or {} end
    if weights and #pre ~= #weights or w and #w ~= #targets then
      options.fail(("lp.generator: neuron %d: one weight for each of %d targets expected, got %d"):format(i, #targets, w and #w or 0))
    end
    for k = 1, #targets do
      pre[#pre + 1], post[#post + 1] = i, targets[k]
      if w then weights[#weights + 1] = w[k] end
    end
  end
  if weights and #weights ~= #pre then options.fail("lp.generator: weights for some neurons, and none for others") end
  return connect.make(("pairs(%d)"):format(#pre), { kind = "pairs", pre = pre, post = post, weights = weights, count = function() return #pre end })
end

--- What only the ends of a projection can tell: called when it is made. Returns a connector that the engine knows.
function connect.bind(c, from, to, where)
  if c.bind_text then
    local text = c:bind_text(from, to, where)
    local bound = require("lunapse.network.connect_text").bind(text, from:_whole(), to:_whole(), where)
    bound.distance = text.distance
    return bound
  end
  if c.draw_pairs then
    local pre, post = c:draw_pairs(from:_whole()._net, from, to, where)
    return connect.make(c.text, { kind = "pairs", pre = pre, post = post })
  end
  if c.source then return require("lunapse.network.connect_text").bind(c, from:_whole(), to:_whole(), where) end
  if c.f then return generate(c, from, to) end
  if c.on_grids then return require("lunapse.network.convolution")[c.on_grids](c, from, to, where) end
  if c.rows and (c.rows ~= from.size or c.columns ~= to.size) then
    options.fail(("%s: a matrix of %d x %d expected (pre x post), got %d x %d"):format(where, from.size, to.size, c.rows, c.columns))
  end
  return c
end

return connect
