--- Lunapse: networks of neurons from equations in text. `local lp = require "lunapse"`; everything public is reachable from here.
--- Parts are loaded when they are first used, so that a script starts at once.
local lp = {}

if not package.preload["lunapse.core.host"] then
  error("Lunapse runs in its own program, not in this Lua: its engine, its C functions and what turns errors into lines of yours are inside of it.\n"
    .. "Run `lunapse script.lua` in place of `lua script.lua`; it takes the options of lua, and modules of luarocks are found in it as here (lunapse --help)", 0)
end

--- Where each public name lives: module, and the field of it (none: the module itself).
local places = {
  network = { "network.network", "new" },
  load = { "network.saved" },
  neuron = { "network.model", "neuron" },
  synapse = { "network.model", "synapse" },
  equations = { "network.equations", "new" },
  models = { "models" },
  units = { "units" },
  permutation = { "network.distribution" },
  uniform = { "network.distribution" }, discrete_uniform = { "network.distribution" }, normal = { "network.distribution" }, lognormal = { "network.distribution" },
  exponential = { "network.distribution" },
  gamma = { "network.distribution" }, binomial = { "network.distribution" }, poisson = { "network.distribution" },
  grid = { "sweep.grid" }, zip = { "sweep.grid" }, sweep = { "sweep" },
  fit = { "fit" }, optimize = { "fit.optimize" }, minimize = { "fit.minimize" }, optimizer = { "fit.minimize" },
  figure = { "plot.figure", "new" }, colormaps = { "plot.colormaps" }, animation = { "plot.animation" },
  phase_plane = { "dynamics.phase_plane" }, bifurcation = { "dynamics.bifurcation" },
  read = { "data" }, write = { "data" },
  from_sonata = { "sonata", "from" }, to_sonata = { "sonata", "to" }, from_sonata_report = { "sonata", "report" },
  array = { "array" }, zeros = { "array" }, ones = { "array" }, full = { "array" }, linspace = { "array" },
  complex = { "array" }, arange = { "array" }, logspace = { "array" },
  linalg = { "linalg" }, signal = { "signal" },
  analysis = { "analysis" }, seeing = { "seeing" }, logger = { "logger", "new" }, ann_to_snn = { "converter" },
  section = { "cables" }, cylinder = { "cables" }, sphere = { "cables" }, morphology = { "cables" }, places = { "cables" },
  timed_array = { "hearing.timed" }, table = { "network.lookup" },
  stdp_window = { "analysis.stdp_window", "stdp" },
  arguments = { "arguments", "read" },
  result = { "arguments", "result" },
  seconds = { "arguments", "seconds" },
  help = { "help" }, plot = { "plot.show", "plot" },
}

--- Modules of which every function is public by its own name.
local public = { "network.connectors", "network.patterns", "analysis.trains", "analysis.bold", "hearing.currents" }

--- The places of all public names.
local function all_places()
  for _, module in ipairs(public) do
    for name in pairs(require("lunapse." .. module)) do places[name] = { module } end
  end
  public = {}
  return places
end

require("lunapse.options").elsewhere = function(word)
  local found = require("lunapse.help.peers").find(word)
  return found and table.concat(found.names, ", ")
end

local whole = { models = true, units = true, array = true, analysis = true, seeing = true, linalg = true, signal = true, colormaps = true }

setmetatable(lp, { __index = function(_, name)
  if name == "version" then return require("lunapse.core.host").version end
  local place = places[name] or all_places()[name]
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
end, __places = all_places, __complete = function()
  local names = {}
  for k in pairs(all_places()) do names[#names + 1] = k end
  return names
end })

return lp
