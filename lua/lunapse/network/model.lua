--- Models: equations that were read and checked once, and may be used for any number of populations and projections.
local options = require "lunapse.options"
local parts = require "lunapse.language.base.parts"
local print_tree = require "lunapse.language.base.print"
local front = require "lunapse.language.front"
local random = require "lunapse.network.distribution"
local reserved = require "lunapse.network.reserved"

---@class Model
---@field kind "neuron"|"synapse"
---@field name string
---@field checked table     what the language made of the text
---@field values table<string, any>  parameter values that replace the defaults
local Model = {}
Model.__index = Model

--- The parts of a neuron's description; all are texts of the equation language unless said.
---@class NeuronDescription
---@field name? string
---@field parameters? string|table   "tau = 10 : population", or a table of values
---@field equations? string
---@field spike? string              a condition
---@field reset? string
---@field refractory? number|string|{ [1]: number|string, stops?: "spikes"|string[], discards?: string[] }  ms, a name or a condition; what stands still meanwhile
---@field axon_spike? string
---@field axon_reset? string
---@field functions? string
---@field description? string         words for people

--- The parts of a synapse's description.
---@class SynapseDescription
---@field name? string
---@field description? string
---@field parameters? string|table
---@field equations? string
---@field psp? string
---@field operation? string
---@field pre_spike? string
---@field post_spike? string
---@field creating? string
---@field pruning? string
---@field functions? string

local model = {}

--- Run a function of the language; its errors, which are pictures of the user's text, are raised at the user's line.
---@generic T
---@param f fun(...): T
---@return T
function model.guard(f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local e = results[2]
  if type(e) == "table" and e.message then return options.fail(e.message) end
  return error(e, 0)
end

local function parameter_names(checked)
  local names = {}
  for _, p in ipairs(checked.parameters) do names[#names + 1] = p.name end
  return names
end

--- The same model with other parameter values: `STDP { tau_plus = 10 }`. An unknown name is an error.
function Model:__call(values)
  if type(values) ~= "table" then options.fail(("model '%s': a table of parameter values expected"):format(self.name)) end
  local copy = {}
  for name, value in pairs(self.values) do copy[name] = value end
  for name, value in pairs(values) do
    if not self.checked.parameters_by_name[name] then
      options.fail(("%s '%s': %s"):format(self.kind, self.name, options.unknown("parameter", tostring(name), parameter_names(self.checked))))
    end
    copy[name] = value
  end
  return setmetatable({ kind = self.kind, name = self.name, checked = self.checked, values = copy, text = self.text }, Model)
end

function Model:__tostring()
  local lines = { ("%s model '%s'"):format(self.kind, self.name) }
  for _, part in ipairs(parts.names(self.kind)) do
    local text = part ~= "name" and self.text[part] or nil
    local row = parts.row(part)
    if type(text) == "table" and row.options then
      local rows = print_tree.options(row, text)
      table.insert(rows, 1, tostring(text[1]))
      text = table.concat(rows, "\n")
    elseif type(text) == "table" then
      local rows = {}
      for name, value in pairs(text) do
        -- a list of lines, or parameters by name
        rows[#rows + 1] = math.type(name) and value or ("%s = %s"):format(name, type(value) == "table" and not getmetatable(value) and value[1] or tostring(value))
      end
      if part == "parameters" then table.sort(rows) end
      text = table.concat(rows, "\n")
    end
    if text ~= nil then
      lines[#lines + 1] = "  " .. part
      for line in tostring(text):gmatch("[^\n]+") do
        local trimmed = line:match "^%s*(.-)%s*$"
        if trimmed ~= "" then lines[#lines + 1] = "    " .. trimmed end
      end
    end
  end
  return options.printable(table.concat(lines, "\n"))
end

--- Parameters given as distributions or arrays: they are drawn or copied for every neuron or synapse when an object is made.
local function drawn(description)
  local values = {}
  if type(description.parameters) == "table" then
    for name, value in pairs(description.parameters) do
      if random.is(value) or type(value) == "userdata" then values[name] = value end
    end
  end
  return values
end

local function read(kind, description)
  local checked = model.guard(front[kind], description)
  model.guard(reserved.refuse, checked)
  return checked
end

--- A neuron model from its description (docs/language.md): parameters, equations, spike, reset, refractory, functions.
--- Everything is checked here; an error shows the line and the place in it.
---@param description NeuronDescription
---@return Model
function model.neuron(description)
  local checked = read("neuron", description)
  return setmetatable({ kind = "neuron", name = checked.name or "neuron", checked = checked, values = drawn(description), text = description }, Model)
end

--- A synapse model from its description: parameters, equations, psp, operation, pre_spike, post_spike, functions.
---@param description SynapseDescription
---@return Model
function model.synapse(description)
  local checked = read("synapse", description)
  return setmetatable({ kind = "synapse", name = checked.name or "synapse", checked = checked, values = drawn(description), text = description }, Model)
end

--- Is `x` a model (of this kind)?
---@param x any
---@param kind? "neuron"|"synapse"
---@return boolean
function model.is(x, kind) return getmetatable(x) == Model and (kind == nil or x.kind == kind) end

return model
