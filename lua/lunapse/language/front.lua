--- Descriptions to checked models: the front of the equation language.
---
---     local model = front.neuron { name = "LIF", parameters = { tau = 10 }, equations = "tau * dv/dt = -v", spike = "v > 1", reset = "v = 0" }
---
--- A description is a table of texts. Text becomes tokens (tokens.lua), tokens trees (grammar.lua, statements.lua, flags.lua),
--- functions are put in place (inline.lua), names get their meaning (resolve.lua), and the whole is checked (check.lua, types.lua,
--- dimensions.lua). What comes out is a table of trees; nothing in it depends on a network.

local check = require "lunapse.language.check"
local dimensions = require "lunapse.language.dimensions"
local fail = require "lunapse.language.fail"
local inline = require "lunapse.language.inline"
local names = require "lunapse.language.names"
local parameters = require "lunapse.language.parameters"
local resolve = require "lunapse.language.resolve"
local statements = require "lunapse.language.statements"
local tree = require "lunapse.language.tree"
local types = require "lunapse.language.types"
local units = require "lunapse.language.units"

local front = {}

front.fail = fail.at

--- Names of parts elsewhere, and ours.
local called_elsewhere = {
  threshold = "spike", model = "equations", on_pre = "pre_spike", on_post = "post_spike", params = "parameters",
  pre = "pre_spike", post = "post_spike", equation = "equations", weights = "weights belong to the projection",
  method = "methods are flags of their equations, or an option of the network",
}

local function check_keys(kind, description)
  if type(description) ~= "table" then
    error(("a description of a %s is a table, got a %s"):format(kind, type(description)), 0)
  end
  local place = { kind = kind, name = description.name, text = "" }
  local known = {}
  for _, part in ipairs(names.parts[kind]) do known[part] = true end
  local order = {}
  for key in pairs(description) do order[#order + 1] = tostring(key) end
  table.sort(order)
  for _, key in ipairs(order) do
    if not known[key] then
      local other = called_elsewhere[key]
      if other and known[other] then other = ("did you mean '%s'?"):format(other) end
      local near = fail.nearest(key, names.parts[kind])
      local hint = other or near and ("did you mean '%s'?"):format(near)
      hint = (hint and hint .. " " or "") .. "(known parts: " .. table.concat(names.parts[kind], ", ") .. ")"
      fail.at(place, nil, ("unknown part '%s'"):format(key), hint)
    end
  end
end

--- The text of a part and its place; a list of texts is joined, one a line.
local function part_of(kind, description, part)
  local text = description[part]
  if text == nil then return nil end
  local place = { kind = kind, name = description.name, part = part }
  if type(text) == "table" then
    for k, line in ipairs(text) do
      if type(line) ~= "string" then fail.at(place, nil, ("entry %d is a %s, a text is expected"):format(k, type(line)), "") end
    end
    text = table.concat(text, "\n")
  elseif type(text) ~= "string" then
    fail.at(place, nil, ("it is a %s, a text is expected"):format(type(text)), "")
  end
  place.text = text
  return place
end

local statement_parts = {
  neuron = { "equations", "reset", "axon_reset" },
  synapse = { "equations", "pre_spike", "post_spike" },
}
local condition_parts = { neuron = { "spike", "axon_spike" }, synapse = { "creating", "pruning" } }

local init_why = "init is set before the first step"
local default_why = "parameters are set before anything is computed"

--- A plain number takes the unit of its statement's flag.
local function with_unit(node, unit, unit_value)
  local plain = unit and units.constant(node)
  if not plain or plain == 0 or plain == math.huge then return node end
  local number = tree.number(plain * unit_value, node)
  number.unit = unit
  return number
end

local contexts = {
  init = { variables = false, index = true, why = init_why },
  default = { variables = false, index = true, why = default_why },
  every = { variables = false, why = "the period is set before the first step" },
  ode = { ode = true }, plain = {},
}

local function resolve_statement(model, scope, statement)
  local place = statement.place
  local done = {}
  if statement.lhs then
    statement.lhs = resolve.tree(scope, inline.expand(statement.lhs, model.functions, place, done), place, contexts.plain)
  end
  statement.rhs = resolve.tree(scope, inline.expand(statement.rhs, model.functions, place, done), place,
    statement.kind == "ode" and contexts.ode or contexts.plain)
  local read = statement.flags
  for _, key in ipairs { "init", "min", "max", "every" } do
    if read[key] then
      local node = inline.expand(read[key], model.functions, place)
      node = resolve.tree(scope, node, place, contexts[key] or contexts.plain)
      if key ~= "every" then node = with_unit(node, read.unit, read.unit_value) end
      read[key] = node
    end
  end
  local target = statement.target
  if statement.allowed and not target.base and not scope.own[target.name] and not names.writable[model.kind][target.name] then
    if model.kind == "neuron" and target.name:find "^g_." then
      scope.targets[target.name:sub(3)] = true
    else
      local known = {}
      for _, variable in ipairs(model.variables) do known[#known + 1] = variable.name end
      local near = fail.nearest(target.name, known)
      scope.errors:add(place, target, ("unknown name '%s'"):format(target.name),
        near and ("did you mean '%s'?"):format(near) or ("to make it a variable of its own, start it: %s : init = 0"):format(statement.text))
    end
  end
end

local function resolve_parameters(model, scope)
  for _, parameter in ipairs(model.parameters) do
    if parameter.flags.unit then scope.has_units = true end
    if parameter.tree then
      local node = inline.expand(parameter.tree, model.functions, parameter.place)
      node = resolve.tree(scope, node, parameter.place, contexts.default)
      parameter.tree = with_unit(node, parameter.unit, parameter.unit_value)
      if type(parameter.default) == "table" then
        local plain = parameter.tree.kind == "number" and parameter.tree.value
        parameter.default = plain or parameter.tree
      end
      if parameter.tree.kind == "number" and parameter.tree.unit then parameter.unit = parameter.unit or parameter.tree.unit end
    end
    for _, key in ipairs { "min", "max" } do
      if parameter[key] then
        local node = resolve.tree(scope, parameter[key], parameter.place, contexts.default)
        parameter[key] = with_unit(node, parameter.unit, parameter.unit_value)
      end
    end
  end
  check.circles(model, scope.errors)
end

local function resolve_condition(model, scope, condition)
  condition.rhs = resolve.tree(scope, inline.expand(condition.rhs, model.functions, condition.place), condition.place, contexts.plain)
  for _, key in ipairs { "proba", "w", "d" } do
    if condition.flags[key] then
      condition.flags[key] = resolve.tree(scope, condition.flags[key], condition.place, contexts.plain)
    end
  end
end

local function read_refractory(model, scope, description)
  local value = description.refractory
  if value == nil then return end
  local place = { kind = "neuron", name = description.name, part = "refractory", text = tostring(value) }
  if not description.spike then fail.at(place, nil, "a refractory period without 'spike'", "") end
  if type(value) == "number" then
    if not (value >= 0 and value < math.huge) then fail.at(place, nil, ("it must be a time in ms, got %g"):format(value), "") end
    model.refractory = value
    return
  end
  if type(value) ~= "string" then
    fail.at(place, nil, ("it is a %s"):format(type(value)), "a number, a name or a condition is expected")
  end
  local node = statements.expression(place)
  node = resolve.tree(scope, inline.expand(node, model.functions, place), place, contexts.plain)
  local plain = node.kind == "number" and node.value or units.constant(node)
  if plain and plain < 0 then fail.at(place, node, "a refractory period cannot be negative", "") end
  model.refractory = plain or node
  model.refractory_tree, model.places.refractory = node, place
end

--- The part `operation`: how psp of several synapses come together.
local function read_operation(model, description)
  local operation = description.operation
  if operation == nil then return end
  local known = { "sum", "max", "min", "mean" }
  for _, name in ipairs(known) do if name == operation then model.operation = operation return end end
  fail.at({ kind = "synapse", name = description.name, part = "operation", text = "" }, nil,
    ("unknown operation '%s'"):format(tostring(operation)), fail.suggest(tostring(operation), known))
end

--- Parts that make no sense without another.
local function check_parts(kind, description)
  local function needs(part, other)
    if description[part] ~= nil and description[other] == nil then
      fail.at({ kind = kind, name = description.name, part = part, text = "" }, nil, ("'%s' without '%s'"):format(part, other),
        ("it acts when the condition '%s' becomes true"):format(other))
    end
  end
  needs("reset", "spike")
  needs("axon_reset", "axon_spike")
end

local function check_types(model, scope, errors)
  local own = scope.own
  for _, part in ipairs(statement_parts[model.kind]) do
    for _, statement in ipairs(model[part]) do
      types.check(statement.rhs, own, statement.place, errors)
      if statement.lhs then types.check(statement.lhs, own, statement.place, errors) end
    end
  end
  for _, part in ipairs(condition_parts[model.kind]) do
    local condition = model.conditions[part]
    if condition then types.check(condition.rhs, own, condition.place, errors, part) end
  end
end

--- Names that nothing reads: a list of parameters.
local function find_unread(model, scope)
  local unread = {}
  for _, parameter in ipairs(model.parameters) do
    if not scope.reads[parameter.name] then unread[#unread + 1] = parameter end
  end
  return unread
end

local function build(kind, description)
  check_keys(kind, description)
  check_parts(kind, description)
  local errors = fail.list()
  local model = { kind = kind, name = description.name, source = description, places = {}, conditions = {}, parameters_by_name = {} }
  model.parameters = parameters.read(kind, description.name, description.parameters)
  check.parameters(kind, model.parameters, model.parameters_by_name, errors)
  local functions_place = part_of(kind, description, "functions")
  model.functions = functions_place and inline.read(functions_place) or {}
  local lists = {}
  for _, part in ipairs(statement_parts[kind]) do
    local place = part_of(kind, description, part)
    model.places[part] = place
    model[part] = place and statements.list(place) or {}
    lists[#lists + 1] = model[part]
  end
  for _, part in ipairs(condition_parts[kind]) do
    local place = part_of(kind, description, part)
    model.places[part] = place
    model.conditions[part] = place and statements.condition(place)
  end
  check.declare(model, lists, errors)
  local own = {}
  for name, variable in pairs(model.variables_by_name) do own[name] = variable end
  for _, parameter in ipairs(model.parameters) do
    parameter.role = "parameter"
    own[parameter.name] = parameter
  end
  for _, definition in ipairs(model.functions) do
    local other = own[definition.name]
    if other then errors:add(definition.place, definition, ("'%s' is a %s too"):format(definition.name, other.role), "choose another name for the function") end
  end
  local scope = resolve.scope(kind, own, errors)
  scope.functions, scope.spiking = model.functions, description.spike ~= nil
  resolve_parameters(model, scope)
  for _, list in ipairs(lists) do
    for _, statement in ipairs(list) do
      check.statement(model, statement, errors)
      if statement.flags.unit then scope.has_units = true end
      resolve_statement(model, scope, statement)
    end
  end
  for _, part in ipairs(condition_parts[kind]) do
    if model.conditions[part] then resolve_condition(model, scope, model.conditions[part]) end
  end
  return model, scope, errors
end

local function finish(model, scope, errors)
  check.doubtful(model, scope, errors)
  errors:raise()
  check_types(model, scope, errors)
  errors:raise()
  model.has_units = scope.has_units
  if model.has_units then dimensions.check(model, scope, errors) errors:raise() end
  model.targets_read, model.refs_used, model.reads_rate = scope.targets, {}, scope.reads_rate
  model.reads = scope.bases
  for base, read in pairs(scope.bases) do
    if base ~= "pre" and base ~= "post" then model.refs_used[base] = read end
  end
  model.unread = find_unread(model, scope)
  return model
end

--- Check a neuron's description.
--- Parameters that no part reads are listed in `unread`: synapses may still read them, so front.refuse_unread decides later.
---@param description table
---@return table model  see docs/language.md for what it may say
--- Errors: pictures of the lines that are wrong (fail.lua).
function front.neuron(description)
  local model, scope, errors = build("neuron", description)
  for _, part in ipairs(condition_parts.neuron) do
    model[part] = model.conditions[part] and model.conditions[part].rhs
  end
  read_refractory(model, scope, description)
  return finish(model, scope, errors)
end

--- Check a synapse's description. A parameter that nothing reads is an error.
---@param description table
---@return table model
function front.synapse(description)
  local model, scope, errors = build("synapse", description)
  local place = part_of("synapse", description, "psp")
  if place then
    local psp = statements.condition(place, "none")
    resolve_condition(model, scope, psp)
    model.psp, model.places.psp, model.conditions.psp = psp.rhs, place, psp
  end
  model.creating, model.pruning = model.conditions.creating, model.conditions.pruning
  read_operation(model, description)
  finish(model, scope, errors)
  front.refuse_unread(model, {})
  return model
end

--- Raise an error if a parameter of the model is read by nothing.
---@param model table
---@param elsewhere table<string, boolean>  names that synapses, operations or others read
function front.refuse_unread(model, elsewhere)
  local errors = fail.list()
  for _, parameter in ipairs(model.unread) do
    if not elsewhere[parameter.name] then
      local known = {}
      for _, other in ipairs(model.parameters) do if other ~= parameter then known[#known + 1] = other.name end end
      errors:add(parameter.place, parameter, ("nothing reads the parameter '%s'"):format(parameter.name), "take it out, or use it")
    end
  end
  errors:raise()
end

local function place_of(text, part)
  if type(part) == "table" then return { kind = part.kind, name = part.name, part = part.part, text = text } end
  return { kind = part or "equation", text = text }
end

--- The statements of a text, parsed and not checked.
---@param text string
---@param part? string|table  what the text is, for errors: a word, or { kind, name, part }
---@return table[]
function front.statements(text, part)
  return statements.list(place_of(text, part))
end

--- The tree of an expression, parsed and not checked.
---@param text string
---@param part? string|table
---@return table node
function front.expression(text, part)
  return statements.expression(place_of(text, part))
end

return front
