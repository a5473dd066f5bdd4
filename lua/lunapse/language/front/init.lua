--- Descriptions to checked models: the front of the equation language.
---
---     local model = front.neuron { name = "LIF", parameters = { tau = 10 }, equations = "tau * dv/dt = -v", spike = "v > 1", reset = "v = 0" }
---
--- A description is a table of texts. Text becomes tokens (tokens.lua), tokens trees (grammar.lua, statements.lua, flags.lua),
--- functions are put in place (inline.lua), names get their meaning (resolve.lua), and the whole is checked (check.lua, types.lua,
--- dimensions.lua). What comes out is a table of trees; nothing in it depends on a network.

local bind = require "lunapse.language.front.bind"
local check = require "lunapse.language.front.check"
local definitions = require "lunapse.language.front.definitions"
local description = require "lunapse.language.front.description"
local dimensions = require "lunapse.language.front.dimensions"
local events = require "lunapse.language.front.events"
local fail = require "lunapse.language.base.fail"
local inline = require "lunapse.language.front.inline"
local membrane = require "lunapse.language.front.membrane"
local names = require "lunapse.language.front.names"
local parameters = require "lunapse.language.front.parameters"
local parts = require "lunapse.language.base.parts"
local refractory = require "lunapse.language.front.refractory"
local resolve = require "lunapse.language.front.resolve"
local statements = require "lunapse.language.front.statements"
local tree = require "lunapse.language.base.tree"
local types = require "lunapse.language.front.types"
local units = require "lunapse.language.base.unit_table"

local front = {}

front.fail = fail.at

--- What is known of a timed array or a table: { words, n_arguments, is_timed, unit, of }; nil of anything else.
local function lookup_facts(x)
  local of = type(x) == "table" and rawget(x, "_lookup")
  return type(of) == "table" and of.facts or nil
end

--- What is done with the text of a part, by its kind: it is read into the model.
local readers = {}

function readers.functions(model, row, given)
  local place = description.part(model.kind, given, row.name)
  model.places[row.name], model[row.name] = place, inline.read(place)
end

function readers.statements(model, row, given)
  local place = description.part(model.kind, given, row.name)
  local list = place and statements.list(place) or {}
  if row.name == "equations" then
    list, model.definitions = definitions.take(model.kind, membrane.take(model, list), model.functions)
  else
    definitions.refuse(list)
  end
  model.places[row.name], model[row.name] = place, list
end

function readers.condition(model, row, given)
  local place = description.part(model.kind, given, row.name)
  model.places[row.name], model.conditions[row.name] = place, place and statements.condition(place)
end
readers.number = readers.condition

function readers.period(model, row, given)
  local value = refractory.period(model, given[row.name])
  if value == nil then return end
  if type(value) == "string" then return readers.condition(model, row, { name = given.name, [row.name] = value }) end
  local place = { kind = model.kind, name = model.name, part = row.name, text = tostring(value) }
  if type(value) ~= "number" then fail.at(place, nil, ("it is a %s"):format(type(value)), "a number, a name or a condition is expected") end
  if not (value >= 0 and value < math.huge) then fail.at(place, nil, ("it must be a time in ms, got %g"):format(value), "") end
  model[row.name] = value
end

--- Arrays: { name, facts (nil where it is given with each object), source, place }, also by name.
function readers.arrays(model, row, given)
  local all, list, place = given[row.name], {}, { kind = model.kind, name = model.name, part = row.name, text = "" }
  model[row.name] = list
  if all == nil then return end
  if type(all) ~= "table" or lookup_facts(all) then
    fail.at(place, nil, ("it is a %s"):format(type(all)), 'arrays by name are expected, { stim = lp.timed_array(...) }, or names, { "stim" }')
  end
  local names_given = {}
  for key, value in pairs(all) do
    local name = math.type(key) and value or key
    if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then fail.at(place, nil, ("'%s' is no name"):format(tostring(name)), "") end
    if list[name] then fail.at(place, nil, ("the array '%s' is named twice"):format(name), "") end
    local why = names.why_not(model.kind, name)
    if why then fail.at(place, nil, ("an array cannot be named '%s': %s"):format(name, why), "choose another name") end
    local facts = not math.type(key) and lookup_facts(value)
    if facts == nil then
      fail.at(place, nil, ("'%s' is a %s"):format(name, type(value)), "a timed array or a table is expected: lp.timed_array(...), lp.table(...)")
    end
    list[name] = { name = name, facts = facts or nil, source = facts and value or nil, place = place, is_array = true, role = "array" }
    names_given[#names_given + 1] = name
  end
  table.sort(names_given)
  for k, name in ipairs(names_given) do list[k] = list[name] end
end

function readers.choice(model, row, given) model[row.name] = description.choice(model.kind, given, row) end

--- What stands for the expressions of a model: trees, with flags where the part takes some; a period that is a plain number is that number.
local function finish_conditions(model)
  parts.each_condition(model, function(condition, name)
    local row = parts.row(name)
    model[name] = row.flags and condition or condition.rhs
    if row.kind ~= "period" then return end
    local plain = condition.rhs.kind == "number" and condition.rhs.value or units.constant(condition.rhs)
    if plain and plain < 0 then fail.at(condition.place, condition.rhs, ("a %s period cannot be negative"):format(name), "") end
    model[name] = plain or condition.rhs
  end)
end

local function check_types(model, scope, errors)
  local own, seen = scope.own, {}
  for _, statement in ipairs(model.definitions) do types.check(statement.rhs, own, statement.place, errors, nil, seen) end
  parts.each_statement(model, function(statement)
    types.check(statement.rhs, own, statement.place, errors, nil, seen)
    if statement.lhs then types.check(statement.lhs, own, statement.place, errors, nil, seen) end
  end)
  parts.each_condition(model, function(condition, name)
    types.check(condition.rhs, own, condition.place, errors, parts.row(name).kind == "condition" and name or nil, seen)
  end)
end

--- Names that nothing reads: a list of parameters.
local function find_unread(model, scope)
  local unread = {}
  for _, parameter in ipairs(model.parameters) do
    if not scope.reads[parameter.name] and not parameter.is_given then unread[#unread + 1] = parameter end
  end
  for _, one in ipairs(model.arrays) do
    if not scope.arrays_read[one.name] then unread[#unread + 1] = one end
  end
  return unread
end

--- What arrives at all targets, sum(), has no meaning beside the single ones.
local function check_sum_of_all(model, scope, errors)
  if not scope.targets[""] then return end
  local targets = {}
  for name in pairs(scope.targets) do if name ~= "" then targets[#targets + 1] = name end end
  if #targets == 0 then return end
  table.sort(targets)
  for _, statement in ipairs(model.equations) do
    local node = tree.find(statement.rhs, function(n) return n.kind == "call" and n.name == "sum" and n.args[1].name == "" end)
    if node then
      errors:add(statement.place, node, ("sum() is what arrives at all targets, but '%s' is read by itself, too"):format(table.concat(targets, "', '")),
        ("name the targets: sum(%s) + ..."):format(table.concat(targets, ") + sum(")))
      return
    end
  end
end

local function finish(model, scope, errors)
  check_sum_of_all(model, scope, errors)
  check.whole_numbers(model, errors)
  check.starts(model, errors)
  check.doubtful(model, scope, errors)
  check.noise(model, errors)
  errors:raise()
  check_types(model, scope, errors)
  errors:raise()
  model.has_units = scope.has_units
  if model.has_units then
    dimensions.check(model, scope, errors)
    if scope.n_units == 1 then errors:add_note("units are checked because one is named here: ", fail.line_at(scope.first_unit.place, scope.first_unit.node)) end
    errors:raise()
  end
  model.targets_read, model.refs_used, model.reads_rate = scope.targets, {}, scope.reads_rate
  model.reads = scope.bases
  for base, read in pairs(scope.bases) do
    if base ~= "pre" and base ~= "post" then model.refs_used[base] = read end
  end
  model.unread = find_unread(model, scope)
  model.scope = scope
  return model
end

local function build(kind, given)
  given = description.spread(kind, given)
  description.check_parts(kind, given)
  local errors = fail.list()
  local model = { kind = kind, name = given.name, source = given, rows = parts.rows(kind, given), places = {}, conditions = {}, parameters_by_name = {} }
  model.parameters = parameters.read(kind, given.name, given.parameters)
  check.parameters(kind, model.parameters, model.parameters_by_name, errors)
  for _, row in ipairs(model.rows) do
    if readers[row.kind] then readers[row.kind](model, row, given) end
  end
  events.find(model)
  check.declare(model, errors)
  local own = {}
  for name, variable in pairs(model.variables_by_name) do own[name] = variable end
  for _, parameter in ipairs(model.parameters) do
    parameter.role = "parameter"
    own[parameter.name] = parameter
  end
  for _, event in ipairs(model.events or {}) do
    if event.time then own[event.time] = { name = event.time, role = ("time of the last '%s'"):format(event.name), unit = units.ms } end
  end
  local function alone(name, place, node, hint)
    if own[name] then errors:add(place, node, ("'%s' is a %s too"):format(name, own[name].role), hint) end
  end
  for _, event in ipairs(model.events or {}) do alone(event.name, model.places[event.when], nil, "choose another name for the event") end
  for _, one in ipairs(model.arrays) do
    alone(one.name, one.place, nil, "choose another name for the array")
    if model.functions[one.name] then errors:add(one.place, nil, ("'%s' is a function too"):format(one.name), "choose another name for the array") end
  end
  for _, definition in ipairs(model.functions) do alone(definition.name, definition.place, definition, "choose another name for the function") end
  for _, definition in ipairs(model.definitions) do
    alone(definition.target.name, definition.place, definition.target, "it is defined once (':=') or assigned ('='), not both")
  end
  local scope = resolve.scope(kind, own, errors)
  scope.functions, scope.spiking, scope.arrays = model.functions, given.spike ~= nil, model.arrays
  bind.parameters(model, scope)
  bind.definitions(model, scope)
  for _, definition in ipairs(model.definitions) do
    if definition.flags.unit then resolve.note_unit(scope, definition.place, definition) end
  end
  if #model.definitions > 0 then errors:raise() end -- what is wrong in a definition is said once, not at every reader
  parts.each_statement(model, function(statement)
    check.statement(model, statement, errors)
    if statement.flags.unit then resolve.note_unit(scope, statement.place, statement) end
    bind.statement(model, scope, statement)
  end)
  parts.each_condition(model, function(condition) bind.condition(model, scope, condition) end)
  finish_conditions(model)
  if kind == "neuron" then refractory.finish(model, scope) end
  return finish(model, scope, errors)
end

--- Check a description, but for parameters that nothing reads: those are listed in `unread`.
---@param kind "neuron"|"synapse"
---@param given table
---@return table model
function front.read(kind, given) return build(kind, given) end

--- Check a neuron's description.
--- Parameters that no part reads are listed in `unread`: synapses may still read them, so front.refuse_unread decides later.
---@param given table
---@return table model  see docs/language.md for what it may say
--- Errors: pictures of the lines that are wrong (fail.lua).
function front.neuron(given) return build("neuron", given) end

--- Check a synapse's description. A parameter that nothing reads is an error.
---@param given table
---@return table model
function front.synapse(given)
  local model = build("synapse", given)
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
      errors:add(parameter.place, not parameter.is_array and parameter or nil, ("nothing reads the %s '%s'"):format(parameter.role, parameter.name), "take it out, or use it")
    end
  end
  errors:raise()
end

local function place_of(text, part)
  if type(part) == "table" then return { kind = part.kind, name = part.name, part = part.part, text = text, made_of = part.made_of } end
  return { kind = part or "equation", text = text }
end

--- A scope like the model's, with a list of errors and of reads of its own.
local function visitor(model)
  local scope = resolve.scope(model.kind, model.scope.own, fail.list())
  scope.functions, scope.spiking, scope.outside, scope.arrays = model.functions, model.scope.spiking, true, model.arrays
  return scope
end

--- Check statements that act on the objects of a model from outside: operations, `w -= 0.1 * post.total`.
--- They may write the model's variables, and of a synapse w, pre.X and post.X; they define nothing new.
---@param model table  a checked model
---@param text string
---@param part? string|table
---@return table[] statements, table scope  what is read: scope.reads, scope.bases
function front.operation(model, text, part)
  local place = place_of(text, part or "operation")
  place.takes = "event"
  local list = statements.list(place)
  definitions.refuse(list)
  local scope = visitor(model)
  for _, statement in ipairs(list) do
    if statement.kind == "ode" then
      scope.errors:add(place, statement.target, "a differential equation in an operation", "an operation assigns: x = ..., x += ...")
    else
      statement.allowed = check.may_write(model, statement, scope.errors)
      check.statement(model, statement, scope.errors)
      bind.statement(model, scope, statement)
    end
  end
  scope.errors:raise()
  for _, statement in ipairs(list) do types.check(statement.rhs, scope.own, place, scope.errors) end
  scope.errors:raise()
  return list, scope
end

--- Check an expression over the names of a model: a rate, a condition of run_until.
---@param model table
---@param text string
---@param part? string|table
---@param is_condition? boolean  it must be one
---@return table node, table scope
function front.formula(model, text, part, is_condition)
  local place = place_of(text, part)
  local scope = visitor(model)
  local node = statements.expression(place)
  node = resolve.tree(scope, inline.expand(node, model.functions, place), place, bind.contexts.plain)
  scope.errors:raise()
  types.check(node, scope.own, place, scope.errors, is_condition and "this" or nil)
  scope.errors:raise()
  return node, scope
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
