--- A model while it is being compiled: its variables and where they live, its hidden variables, its notes.
---
--- A *variable* is { name, kind, level, slot, init ... }; its *slot* { key, name, level, kind, owner, var, constant } is what programs
--- load and store. Levels are bits: 0 uniform; neurons 3 each element; synapses 1 pre, 2 post, 3 each synapse. Slots are made when the
--- levels are known, which is after scope inference.

local fail = require "lunapse.language.base.fail"
local lower = require "lunapse.language.back.lower"
local roles = require "lunapse.language.base.roles"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"
local tables = require "lunapse.language.back.tables"
local values = require "lunapse.language.back.values"
local assemble = require "lunapse.language.back.assemble"

local Model = {}
Model.__index = Model

--- Begin to compile a checked model.
---@param kind "neuron"|"synapse"
---@param source table  the checked model of the front
---@param options table
---@return table
function Model.new(kind, source, options)
  local model = setmetatable({
    kind = kind, source = source, options = options, name = options.name or source.name,
    graph = values.new(), variables = {}, by_name = {}, hidden_count = 0, slots = {},
    sites = {}, n_sites = 0, n_copies = 0, derived = {}, derived_list = {},
    notes = {}, needs = {}, reductions = {}, programs = {}, noise_sites = {},
  }, Model)
  model.graph.single = options.precision == "float32"
  return model
end

--- Add a note for whoever explains the model: what it is about, a sentence for people, and as further fields what the sentence says.
---@param what string  "method" (name, method), "scope" (name), "storage" (name), "derived" (name, formula)
---@param text string
---@param fields table
function Model:note(what, text, fields)
  fields.what, fields.text = what, text
  self.notes[#self.notes + 1] = fields
end

--- Add a variable of the user's.
---@param variable table  { name, kind, ... }
---@return table
function Model:declare(variable)
  variable.type = variable.type or "real"
  self.variables[#self.variables + 1] = variable
  self.by_name[variable.name] = variable
  return variable
end

--- Give a variable its slot: call when its level is known.
function Model:place(variable)
  variable.slot = {
    key = "self:" .. variable.name, name = variable.name, level = variable.level, kind = variable.type,
    owner = "self", var = variable.name, constant = variable.constant or false,
  }
  return variable
end

--- A hidden variable of this object, made now: { level, kind?, type?, init?, constant?, text? }. Where the model has a name like it, its own gets one
--- more "_" in front.
---@param name string  begins with "_", but for the few that are part of the contract
---@param fields table
---@return table variable
function Model:hidden(name, fields)
  local source = self.source
  while name:find "^_" and (source.parameters_by_name[name] or source.variables_by_name[name]) do name = "_" .. name end
  local variable = self.by_name[name]
  if variable then return variable end
  fields.name, fields.kind, fields.init = name, fields.kind or "hidden", fields.init or 0
  return self:place(self:declare(fields))
end

--- Is a variable one that no user knows?
---@param variable table
---@return boolean
function Model.is_inner(variable) return (variable.kind == "hidden" or variable.kind == "derived") and variable.name:find "^_" ~= nil end

--- A slot that belongs to somebody else: owner "pre", "post", "clock" or "ref:NAME".
---@param owner string
---@param var string
---@param fields? { level: integer?, kind: string?, constant: boolean?, name: string?, history: string? }
---@return table slot
function Model:foreign(owner, var, fields)
  fields = fields or {}
  local key = owner .. ":" .. var .. (fields.history and "@" .. fields.history or "")
  local slot = self.slots[key]
  if not slot then
    slot = {
      key = key, name = fields.name or (owner == "clock" and var or owner:gsub("^ref:", "") .. "." .. var), level = fields.level or 0,
      kind = fields.kind or "real", owner = owner, var = var, constant = fields.constant or false, history = fields.history,
    }
    self.slots[key] = slot
  end
  return slot
end

--- The value of dt.
function Model:dt()
  return self.graph:load(self:foreign("clock", "dt", { constant = true }))
end

--- Names that mean the same in every model: t, dt, pi, inf. Nil for others.
function Model:common(env, node)
  local name = node.name
  if name == "t" then return env.time end
  if name == "dt" then return self:dt() end
  if name == "pi" then return self.graph:const(math.pi) end
  if name == "inf" then return self.graph:const(math.huge) end
end

--- What an array of the model gives where it stands: stim(t), f(x).
function Model:of_array(env, node)
  local shape, args = (self.options.arrays or {})[node.name], {}
  if not shape then lower.fail(env, node, ("nobody has said what '%s' is"):format(node.name), ("arrays = { %s = lp.timed_array(...) }"):format(node.name)) end
  local wanted = #shape.axes + (shape.axes[1].is_time and shape.columns > 1 and 1 or 0)
  if #node.args ~= wanted then
    lower.fail(env, node, ("the array '%s' takes %d argument%s, got %d"):format(node.name, wanted, wanted == 1 and "" or "s", #node.args), "")
  end
  for k, argument in ipairs(node.args) do args[k] = self.graph:real(lower.strictly(env, argument)) end
  local index = shape.axes[1].is_time and node.args[2]
  if index and index.kind == "name" and not self.by_name[index.name] then -- a neuron's number: there must be a channel for each
    self.needs.channels = self.needs.channels or {}
    table.insert(self.needs.channels, { name = node.name, channels = shape.columns, index = (index.base and index.base .. "." or "") .. index.name })
  end
  return tables.value(self.graph, self:foreign("array", node.name, { name = node.name }), shape, args, node.slope_by)
end

--- The name of noise that a node is (xi, xi_1), unless the model has a variable of that name.
function Model:noise_name(node)
  if node.kind ~= "name" or node.base or self.by_name[node.name] then return nil end
  return (node.name == "xi" or node.name:find "^xi_.") and node.name or nil
end

--- The level of a name or call where it is assigned to `variable`: a random draw is made for what the variable is said to live in.
---@return integer level
---@return boolean? closed  what stands inside does not count
function Model:level_for(variable, node, part)
  local level, closed = self:level_of(node, part)
  local is_random = node.kind == "call" and level == 3 and not closed or self:noise_name(node)
  if is_random and variable.flag_level then level = variable.flag_level end
  return level, closed
end

--- The names a user can use here, for hints.
function Model:known_names(more)
  local names = { "t", "dt", "pi", "inf" }
  for _, variable in ipairs(self.variables) do
    if not Model.is_inner(variable) then names[#names + 1] = variable.name end
  end
  for _, name in ipairs(more or {}) do names[#names + 1] = name end
  return names
end

--- The hidden variable with a reduction over a population: the engine computes it before the first program of the segment that reads it.
function Model:over_population(op, owner, name)
  local hidden = "_" .. op .. "_" .. owner:gsub("^ref:", ""):gsub("^self$", "") .. (owner == "self" and "" or "_") .. name
  local known = self.by_name[hidden]
  if not known then known = self:hidden(hidden, { level = 0, text = ("%s of %s over the population"):format(op, name) }) end
  if not self.reductions[hidden] then
    local reduction = { name = hidden, op = op, owner = owner, var = name }
    self.reductions[hidden], self.reductions[#self.reductions + 1] = reduction, reduction
  end
  return known
end

local everywhere = { t = true, dt = true, pi = true, inf = true }
local of_target = { sum = true, mean = true, min = true, max = true }

--- The variable behind sum(exc) of another neuron, or of a reference; nil for other calls.
local function arriving_at(other, node)
  local argument = node.args[1]
  local name = of_target[node.name] and #node.args == 1 and argument.kind == "name" and "sum_" .. argument.name
  local found = name and (other.variables_by_name or other.variables)[name]
  return found and found.seen and name or nil
end

--- What is known of the neuron before a dot: pre, post, a reference.
local function other_of(self, base)
  if base == "pre" or base == "post" then return self.options[base] end
  return (self.options.refs or {})[base]
end

--- The definition (':=') of a name of pre, post or a reference; nil where it is none.
local function definition_of(self, base, name)
  local model = (other_of(self, base) or {}).model
  return model and model.definitions_by_name[name]
end

--- What a name of another neuron or of a reference stands for that its model defines: the tree as it is read from here. Nil for other names.
---@param base string
---@param name string
---@return table?
function Model:defined(base, name)
  local definition, key = definition_of(self, base, name), base .. "." .. name
  if not definition then return nil end
  self.of_definitions = self.of_definitions or {}
  if not self.of_definitions[key] then
    self.of_definitions[key] = tree.map(definition.rhs, function(n)
      local arriving = n.kind == "call" and arriving_at(other_of(self, base), n)
      if arriving then return tree.name(arriving, n, base) end
      if n.kind == "call" and ((other_of(self, base).model or {}).arrays or {})[n.name] then
        self:fail(definition, n, ("'%s.%s' reads the array '%s' of the population: %ss cannot follow"):format(base, name, n.name, self.kind), "assign it there with '='")
      end
      if n.kind ~= "name" or everywhere[n.name] then return n end
      if n.base then
        self:fail(definition, n, ("'%s.%s' reads '%s' of the population: %ss cannot follow"):format(base, name, n.base, self.kind), "")
      end
      return tree.name(n.name, n, base)
    end)
  end
  return self.of_definitions[key]
end

--- A definition stands where only a variable can: an error that says so.
function Model:refuse_defined(env, node)
  local definition = definition_of(self, node.base, node.name)
  if definition then lower.fail(env, node, ("'%s.%s' is defined: %s"):format(node.base, node.name, definition.text), "a variable is needed here: assign it with '='") end
end

--- The first noise (xi, xi_1) that stands in a tree, or nil.
function Model:find_noise(node)
  return tree.find(node, function(n) return self:noise_name(n) end)
end

--- The value of a variable in an environment: number, whatever its storage.
function Model:read(env, variable)
  return env.stored[variable] or self.graph:load(variable.slot)
end

--- Give a variable a value from here on, whatever its storage.
function Model:write(env, variable, value)
  lower.put(env, variable, value)
end

--- Raise an error at a node of a statement. See fail.at.
function Model:fail(statement, node, message, hint, reason)
  local place = statement and statement.place or { kind = self.kind, name = self.name, text = "" }
  fail.at(place, node or statement, message, hint, reason)
end

--- Put the programs of a segment into the compiled model. Before the first, what the segment reads of whole populations is computed:
--- `reductions` of its entry.
---@param segment table
---@param role string
---@param fields? table  further fields of each entry
function Model:emit(segment, role, fields)
  local reductions = self.reductions
  self.reductions = {}
  for k, part in ipairs(assemble.programs(segment)) do -- "creating" is over pairs, not synapses
    self:add_program(role, part, fields, k == 1 and reductions or nil)
  end
end

--- Put a program into the compiled model. See roles.entry.
function Model:add_program(role, part, fields, reductions)
  self.programs[#self.programs + 1] = roles.entry(self.kind, role, part, fields, reductions)
end

local kinds_shown = { state = true, parameter = true, target = true, trace = true, hidden = true, derived = true }

--- The list of variables as the API and the engine see it, and the same by name.
---@param model table
---@return table[] list
---@return table<string, table> by_name
function Model.shown(model)
  local list, by_name = {}, {}
  for _, variable in ipairs(model.variables) do
    assert(kinds_shown[variable.kind], variable.kind)
    local shown = {
      name = variable.name, kind = variable.kind, scope = assemble.scope(model, variable.level), type = variable.type,
      init = variable.init, init_program = variable.init_program, default = variable.default, unit = variable.unit,
      is_int = variable.is_int or false, is_bool = variable.is_bool or false, min = variable.min_text, max = variable.max_text,
      is_written = variable.is_written or false, flag_level = variable.flag_level,
      seen = variable.seen and variable.seen.name, constant = variable.constant or false, storage = variable.storage, count = variable.count,
      text = type(variable.text) == "table" and values.text(variable.text) or variable.text,
    }
    if shown.unit == units.none then shown.unit = nil end
    list[#list + 1] = shown
    by_name[shown.name] = shown
  end
  return list, by_name
end

--- The compiled model.
---@param fields? table  what only this kind of model has
---@return table
function Model:finish(fields)
  for _, part in ipairs(assemble.derive(self)) do self:add_program("derive", part) end
  for _, part in ipairs(assemble.propagators(self)) do self:add_program("derive", part) end
  local compiled = fields or {}
  compiled.kind, compiled.name, compiled.model = self.kind, self.name, self.source
  compiled.variables, compiled.variables_by_name = Model.shown(self)
  compiled.programs, compiled.needs, compiled.notes = self.programs, self.needs, self.notes
  compiled.n_draws, compiled.flushes = self.n_sites, compiled.flushes or {}
  compiled.derive_inputs = self:derive_inputs()
  return compiled
end

--- Names of the parameters that derived constants depend on, and "dt".
function Model:derive_inputs()
  local inputs, seen = {}, {}
  local function note(root)
    values.operands_first(root, seen, function(value)
      seen[value] = true
      if value.slot then inputs[value.slot.owner == "self" and value.slot.var or value.slot.name] = true end
    end)
  end
  for _, propagator in ipairs(self.propagators or {}) do
    for _, value in ipairs(propagator.read) do note(value) end
  end
  for _, entry in ipairs(self.derived_list) do
    note(entry.value)
    local name, formula = entry.slot.name, values.text(entry.value)
    self:note("derived", ("%s = %s is computed when its parameters change"):format(name, formula), { name = name, formula = formula })
  end
  return inputs
end

return Model
