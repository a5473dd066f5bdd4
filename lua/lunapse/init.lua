--- Lunapse: networks of neurons from equations in text. `local lp = require "lunapse"`; everything public is reachable from here.
--- Parts are loaded when they are first used, so that a script starts at once.
local lp = {}

--- Where each public name lives: module, and the field of it (none: the module itself).
local places = {
  network = { "network", "new" },
  neuron = { "model", "neuron" },
  synapse = { "model", "synapse" },
  models = { "models" },
  units = { "units" },
  uniform = { "random" }, discrete_uniform = { "random" }, normal = { "random" }, lognormal = { "random" }, exponential = { "random" },
  gamma = { "random" }, binomial = { "random" },
  all_to_all = { "connect" }, one_to_one = { "connect" }, fixed_probability = { "connect" }, fixed_number_pre = { "connect" },
  fixed_number_post = { "connect" }, pairs = { "connect" }, matrix = { "connect" }, sparse = { "connect" }, from_file = { "connect" },
  generator = { "connect" }, condition = { "connect" }, probability = { "connect" }, gaussian = { "connect" }, dog = { "connect" },
  grid = { "grid" }, zip = { "grid" }, sweep = { "sweep" },
  figure = { "plot.figure", "new" },
  array = { "array" }, zeros = { "array" }, ones = { "array" }, full = { "array" }, linspace = { "array" },
  arange = { "array" }, logspace = { "array" },
  analysis = { "analysis.spikes" },
  timed_array = { "hearing.timed" },
  stdp_window = { "window", "stdp" },
  arguments = { "arguments", "read" },
  result = { "arguments", "result" },
  help = { "help" }, plot = { "show", "plot" },
}

local whole = { models = true, units = true, array = true, analysis = true }

setmetatable(lp, { __index = function(_, name)
  if name == "version" then return require("lunapse.core.host").version end
  local place = places[name]
  if not place then
    if type(name) ~= "string" or name:sub(1, 1) == "_" then return nil end
    local known = {}
    for k in pairs(places) do known[#known + 1] = k end
    local options = require "lunapse.options"
    return options.fail("lunapse: " .. options.unknown("name", name, known))
  end
  local found = require("lunapse." .. place[1])
  if not whole[name] then found = found[place[2] or name] end
  rawset(lp, name, found)
  return found
end, __places = places, __complete = function()
  local names = {}
  for k in pairs(places) do names[#names + 1] = k end
  return names
end })

return lp
