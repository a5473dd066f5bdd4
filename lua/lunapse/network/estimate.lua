--- What will be needed, told before it is tried: a refusal in words instead of hours of work and a machine without memory.
local host = require "lunapse.core.host"
local options = require "lunapse.options"
local words = require "lunapse.tell.text"

local estimate = {}

--- How many synapses a connector makes between two ends, on average; nil where only making them tells.
---@param c Connector
---@param from Population|PopulationView
---@param to Population|PopulationView
---@return number?
function estimate.synapses(c, from, to)
  return c.count and math.floor(c.count(from.size + 0.0, to.size + 0.0))
end

--- Refuse a projection that cannot be held: its synapses' places, and their weights where each has one of its own.
---@param where string
---@param n number      synapses
---@param c Connector
---@param weights any   as they are given
---@param weight_bytes integer
function estimate.check_synapses(where, n, c, weights, weight_bytes)
  local place = c.is_whole and 0 or 4
  local weight = (weights == nil or type(weights) == "number") and 0 or weight_bytes
  local bytes, all, available = n * (place + weight), host.memory()
  if not available or bytes <= available then return end
  options.fail(("%s: about %s synapses need at least %s; of %s in this machine %s are free"):format(where, words.count(n), words.bytes(bytes),
    words.bytes(all), words.bytes(available)))
end

return estimate
