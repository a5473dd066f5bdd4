--- The right-hand sides of a neuron model's equations at states that are given, by the model's own programs: a population with a neuron for each state makes one Euler step of
--- 1 ms, and what has been added is the slope. Spikes, resets and refractoriness are left out, noise (xi) is 0.
local array = require "lunapse.core.array"
local flag_table = require "lunapse.language.base.flag_table"
local model = require "lunapse.network.model"
local network = require "lunapse.network.network"
local options = require "lunapse.options"

local slopes = {}

local EVENTS = { "spike", "reset", "refractory", "axon_spike", "axon_reset" }

-- What stays of the flags behind a line: neither how it is solved nor where it begins or ends.
local function kept_flags(statement)
  local kept = { statement.kind == "ode" and "euler" or nil }
  local behind = statement.text:sub(#statement.bare + 1):match "^%s*:%s*(.*)$" or ""
  for word in behind:gmatch "[^,]+" do
    word = word:match "^%s*(.-)%s*$"
    if flag_table.scopes[word] or flag_table.types[word] then kept[#kept + 1] = word end
  end
  return #kept > 0 and " : " .. table.concat(kept, ", ") or ""
end

--- Names of the variables that have a differential equation, in the order of the text.
---@param m Model
---@return string[]
function slopes.variables(m)
  local names = {}
  for _, statement in ipairs(m.checked.equations) do
    if statement.kind == "ode" then names[#names + 1] = statement.target.name end
  end
  return names
end

--- The model with its equations alone, each solved by Euler's method. What is assigned comes first, so that it is that of the state, and not of a step before; assignments to variables
--- that have a differential equation too (what arrives at them, what bounds them) are left out.
local function bare(m)
  local defined, assigned, moving, changes, has_equation = {}, {}, {}, {}, {}
  for k, definition in ipairs(m.checked.definitions) do defined[k] = definition.text end
  for _, name in ipairs(slopes.variables(m)) do has_equation[name] = true end
  for _, statement in ipairs(m.checked.equations) do
    local lines = statement.kind == "ode" and moving or assigned
    if statement.kind == "ode" or not has_equation[statement.target.name] then
      lines[#lines + 1] = statement.bare:gsub("%f[%w_]xi[%w_]*%f[^%w_]", "0") .. kept_flags(statement)
    end
  end
  for _, part in ipairs(EVENTS) do
    if m[part] ~= nil then changes[part] = false end
  end
  for name in pairs(m.events or {}) do          -- equations may read when they were: never
    changes.events = changes.events or {}
    changes.events[name] = "false"
  end
  local function text_of(...)
    local all = {}
    for _, lines in ipairs { defined, ... } do table.move(lines, 1, #lines, #all + 1, all) end
    return table.concat(all, "\n")
  end
  changes.equations = text_of(moving)
  local description = {}
  for part, text in pairs(m:extend(changes).text) do description[part] = text end          -- without the parameters that events alone read
  description.equations = text_of(assigned, moving)
  return model.neuron(description)
end

---@class lunapse.Slopes
---@field variables string[]
local Slopes = {}
Slopes.__index = Slopes

--- The words of an error about a name that is no variable of these.
---@param name string
---@return string
function Slopes:unknown(name) return options.unknown("variable", name, table.move(self.variables, 1, #self.variables, 1, {})) end

--- Prepare a neuron model.
---@param where string  for messages
---@param m Model
---@param parameters table<string, number>?
---@param fixed table<string, number>?  values of variables that stay where they are; those of which nothing is said stay at their initial values
---@return lunapse.Slopes
function slopes.new(where, m, parameters, fixed)
  if not model.is(m, "neuron") then options.fail(("%s: a neuron model expected, got %s"):format(where, options.show(m))) end
  local self = setmetatable({ model = m(parameters or {}), bare = bare(m), variables = slopes.variables(m), parameters = parameters or {}, networks = {} }, Slopes)
  if #self.variables == 0 then options.fail(("%s: model '%s' has no differential equations"):format(where, m.name)) end
  local one = network.new { dt = 0.1, tier = "interpreter", warnings = false }:population { name = "one", size = 1, neuron = self.model }
  self.initial = {}
  for _, name in ipairs(self.variables) do self.initial[name] = one[name][1] end
  for name, value in pairs(fixed or {}) do
    if self.initial[name] == nil then options.fail(("%s: fixed: %s"):format(where, self:unknown(name))) end
    if type(value) ~= "number" then options.fail(("%s: fixed: a number expected for '%s', got %s"):format(where, name, options.show(value))) end
    self.initial[name] = value
  end
  return self
end

-- A population of `n` neurons whose parameters have these values (numbers, or arrays of n).
local function population(self, n, parameters)
  local values = {}
  for _, given in ipairs { self.parameters, parameters or {} } do
    for name, value in pairs(given) do
      if self.bare.checked.parameters_by_name[name] then values[name] = value end
    end
  end
  local net = network.new { dt = 1, tier = "interpreter", warnings = false }
  return { net = net, cells = net:population { name = "states", size = n, neuron = self.bare, parameters = values }, parameters = parameters }
end

--- The slopes at n states.
---@param states table<string, Array>  [n] of each variable that is not fixed
---@param n integer
---@param parameters? table<string, Array>  [n] of parameters that differ; the same table again: the same population is used again
---@return table<string, Array>  [n] of each of these variables, per ms
function Slopes:at(states, n, parameters)
  local kept = self.networks[n]
  if not kept or kept.parameters ~= parameters then
    kept = population(self, n, parameters)
    self.networks[n] = kept
  end
  local net, cells, slope = kept.net, kept.cells, {}
  net:reset()
  for _, name in ipairs(self.variables) do cells[name] = states[name] or self.initial[name] end
  net:run(1)
  for name, values in pairs(states) do slope[name] = array.from(cells[name]) - values end
  return slope
end

return slopes
