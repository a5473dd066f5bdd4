--- Drives: variables of a population that a sound, a filterbank or a timed array sets at every step.
local options = require "lunapse.options"

local drive = {}

--- Is it a source of rows, which can drive a variable?
---@param x any
---@return boolean
function drive.is_source(x)
  return type(x) == "table" and type(x.stream) == "function"
end

--- Drive variables of a population: name -> source. A source has one channel for each neuron, or one for all, and the clock of the population.
---@param pop Population
---@param drives table<string, Source>
function drive.add(pop, drives)
  local rate, names = 1000 / pop._net:dt_of(pop._clock), {}
  for name in pairs(drives) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for _, name in ipairs(names) do
    local source, where = drives[name], ("population '%s', %s"):format(pop.name, name)
    local v = pop._compiled.variables_by_name[name]
    if not v or v.kind == "hidden" or v.kind == "derived" then
      options.fail(("population '%s', drive: %s"):format(pop.name, options.unknown("variable", name, pop:_known_names())))
    end
    if not drive.is_source(source) then options.fail(where .. ": a sound, a filterbank or a timed array expected as drive") end
    local stream = source:stream(rate)
    if stream.channels ~= 1 and stream.channels ~= pop.size then
      options.fail(("%s: the drive has %d channels, the population %d neurons"):format(where, stream.channels, pop.size))
    end
    pop:_drive(name, stream)
  end
end

return drive
