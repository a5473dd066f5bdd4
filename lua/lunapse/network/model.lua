--- Models: equations that were read and checked once, and may be used for any number of populations and projections.
local compose = require "lunapse.language.front.compose"
local description = require "lunapse.language.front.description"
local equations = require "lunapse.network.equations"
local options = require "lunapse.options"
local parts = require "lunapse.language.base.parts"
local print_tree = require "lunapse.language.base.print"
local front = require "lunapse.language.front"
local random = require "lunapse.network.distribution"
local reserved = require "lunapse.network.reserved"

--- A model of neurons or synapses, made by lp.neuron and lp.synapse. Called with a table it is the same model with other values: `STDP { tau_plus = 10 }`. Its parts are its fields.
---@class Model
---@field kind "neuron"|"synapse"
---@field name string
---@field checked table     what the language made of the text
---@field values table<string, any>  parameter values that replace the defaults
---@field [string] Equations|string|table  its parts as they were written: `lp.models.STDP.pre_spike`
local Model = {}

local model = {}

--- Texts of lines as pieces of models: one, a list of lines, or several by name.
local function pieces(value)
  if type(value) == "string" then return equations.new(value) end
  if #value > 0 then return equations.new(table.concat(value, "\n")) end
  local made = {}
  for name, text in pairs(value) do made[name] = pieces(text) end
  return made
end

--- What is read of a model: methods, and its parts as they were written.
function Model:__index(key)
  local method = Model[key]
  if method ~= nil then return method end
  local row = parts.of(rawget(self, "kind"))[key]
  local value = row and (self.text[key] or description.whole(self.text, key))
  if value == nil then
    if row then return nil end
    return options.missing(("%s model '%s'"):format(self.kind, self.name), key, options.methods({ Model }, table.unpack(parts.names(self.kind))))
  end
  if row.kind == "statements" or row.kind == "functions" or row.kind == "pathways" then return pieces(value) end
  return value
end

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
      options.fail(("%s '%s': %s"):format(self.kind, self.name, options.unknown("parameter", name, parameter_names(self.checked))))
    end
    copy[name] = value
  end
  return setmetatable({ kind = self.kind, name = self.name, checked = self.checked, values = copy, text = self.text }, Model)
end

--- What stands still while a neuron is refractory, where the description leaves it to the default, as it would say it.
local function stopped_by_default(checked)
  local names = {}
  for name in pairs(checked.refractory_stops or {}) do names[#names + 1] = ('"%s"'):format(name) end
  table.sort(names)
  return #names == 0 and 'stops = "spikes"' or ("stops = { %s }"):format(table.concat(names, ", "))
end

function Model:__tostring()
  local lines = { ("%s model '%s'"):format(self.kind, self.name) }
  for _, row in ipairs(self.checked.rows) do
    local part = row.name
    local text = part ~= "name" and self.text[part] or nil
    if row.kind == "arrays" and text then
      text = table.concat(print_tree.part(self.checked, row), "\n")
    elseif type(text) == "table" and row.options then
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
    if part == "refractory" and text ~= nil and not tostring(text):find "stops =" then text = ("%s\n%s"):format(text, stopped_by_default(self.checked)) end
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
local function drawn(given)
  local values = {}
  if type(given.parameters) == "table" then
    for name, value in pairs(given.parameters) do
      if random.is(value) or type(value) == "userdata" then values[name] = value end
    end
  end
  return values
end

local function new(kind, given)
  if options.is_object(given) then options.fail(("lp.%s: a description in a table expected, got %s"):format(kind, options.show(given))) end
  given = equations.written(given)
  local checked = model.guard(front[kind], given)
  model.guard(reserved.refuse, checked)
  return setmetatable({ kind = kind, name = checked.name or kind, checked = checked, values = drawn(given), text = checked.source }, Model)
end

--- A model of another description that was made of its own. Parameters that only lines read which are there no longer go with them.
local function changed(self, given, values)
  local before, after = self.checked, model.guard(front.read, self.kind, given)
  local is_unread, gone = {}, {}
  for _, p in ipairs(before.unread) do is_unread[p.name] = true end
  for _, p in ipairs(after.unread) do
    local was = before.parameters_by_name[p.name]
    if was and not is_unread[p.name] then gone[p.name] = true end
  end
  if next(gone) then given = compose.without(self.kind, given, gone) end
  local made = new(self.kind, given)
  for name, value in pairs(values) do
    if made.checked.parameters_by_name[name] then made.values[name] = value end
  end
  return made
end

--- A model with other and further lines: `LIF:extend { name = "noisy", parameters = { sigma = 2 }, equations = "tau * dv/dt = E - v + sigma * xi" }`. Parameters, functions and
--- equations take the place of those of their name (all lines that write the variable) or, where there are none, come behind; lines that only change a variable (`x += 1`) come behind, too.
--- Of every other part what is given is the whole, and `false` takes it out: what a part says is read from the model, `pre_spike = STDP.pre_spike + "w += 0.1"`. Parameters that only
--- replaced lines read go with them.
---@param more NeuronDescription|SynapseDescription
---@return Model
--- Errors: "neuron 'LIF': unknown part 'equation' ...", and those of lp.neuron and lp.synapse.
function Model:extend(more)
  if type(more) ~= "table" then options.fail(("model '%s': extend takes a table of parts, got %s"):format(self.name, options.show(more))) end
  more = equations.written(more)
  local made_of, values = model.guard(compose.extend, self.kind, self.text, more), {}
  for name, value in pairs(self.values) do values[name] = value end
  for _, name in ipairs(more.parameters and model.guard(compose.parameters, self.kind, more) or {}) do values[name] = nil end
  return changed(self, made_of, values)
end

--- A model with names replaced wherever they are read: `COBA:replace { g = "g_ampa + g_nmda" }`, by an expression, a number, or another name, which then is that of the parameter or
--- variable. The parameter whose place an expression takes goes, and so do the equations that compute it.
---@param with table<string, string|number>
---@return Model
--- Errors: "neuron 'COBA': there is no 'h' to be replaced".
function Model:replace(with)
  if type(with) ~= "table" then options.fail(("model '%s': replace takes a table of names and what replaces them, got %s"):format(self.name, options.show(with))) end
  local made_of, values = model.guard(compose.replace, self.kind, self.text, with), {}
  for name, value in pairs(self.values) do
    local new_name = with[name]
    values[new_name == nil and name or type(new_name) == "string" and new_name or name] = value
  end
  return changed(self, made_of, values)
end

--- A neuron model from its description (docs/language.md): parameters, equations, spike, reset, refractory, functions.
--- Everything is checked here; an error shows the line and the place in it.
---@param description NeuronDescription
---@return Model
function model.neuron(description) -- luacheck: ignore description
  return new("neuron", description)
end

--- A synapse model from its description: parameters, equations, psp, operation, pre_spike, post_spike, functions.
---@param description SynapseDescription
---@return Model
function model.synapse(description) -- luacheck: ignore description
  return new("synapse", description)
end

--- Is `x` a model (of this kind)?
---@param x any
---@param kind? "neuron"|"synapse"
---@return boolean
function model.is(x, kind) return getmetatable(x) == Model and (kind == nil or x.kind == kind) end

model.class = Model
return model
