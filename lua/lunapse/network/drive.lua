--- Drives: variables of a population that a sound, a filterbank or a timed array sets at every step.
local options = require "lunapse.options"

local drive = {}

--- Is it a source of rows, which can drive a variable?
---@param x any
---@return boolean
function drive.is_source(x)
  return type(x) == "table" and type(x.stream) == "function"
end

--- A stream of the rows of `source`, from the present of a clock on: row n (from 0) is for step n.
---@param source Source
---@param net Network
---@param clock integer
---@param size integer   neurons: the source has one channel for each, or one for all
---@param where string   for messages: "population 'cells', I"
---@return any stream
function drive.open(source, net, clock, size, where)
  if not drive.is_source(source) then options.fail(where .. ": a sound, a filterbank or a timed array expected as drive") end
  local stream = source:stream(1000 / net:dt_of(clock))
  if stream.channels ~= 1 and stream.channels ~= size then
    options.fail(("%s: the drive has %d channels, the population %d neurons"):format(where, stream.channels, size))
  end
  local step = net._core:clock_step(clock)
  if step > 0 then stream:seek(step) end
  return stream
end

--- Drive variables of a population: name -> source, of the clock of the population.
---@param pop Population
---@param drives table<string, Source>
function drive.add(pop, drives)
  local names = {}
  for name in pairs(drives) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for _, name in ipairs(names) do
    local v = pop._compiled.variables_by_name[name]
    if pop:_is_defined(name) then
      options.fail(("population '%s', drive: %s %s"):format(pop.name, name, pop:_refusal(name)))
    end
    if not v or v.kind == "hidden" or v.kind == "derived" then
      options.fail(("population '%s', drive: %s"):format(pop.name, options.unknown("variable", name, pop:_known_names())))
    end
    if v.is_int and not drives[name].is_whole then
      options.fail(("population '%s', drive: %s holds whole numbers (int): a timed array of whole numbers expected"):format(pop.name, name))
    end
    pop:_drive(name, drive.open(drives[name], pop._net, pop._clock, pop.size, ("population '%s', %s"):format(pop.name, name)))
  end
end

return drive
