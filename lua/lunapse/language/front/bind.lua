--- Give every name in the parts of a model its meaning: functions put in place, names resolved, plain numbers in the unit of their flag.

local check = require "lunapse.language.front.check"
local fail = require "lunapse.language.base.fail"
local inline = require "lunapse.language.front.inline"
local names = require "lunapse.language.front.names"
local resolve = require "lunapse.language.front.resolve"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local bind = {}

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

local contexts = { -- what resolve.tree may find in each place
  init = { variables = false, own = true, index = true, why = init_why }, -- the back puts them in order
  default = { variables = false, index = true, why = default_why },
  every = { variables = false, why = "the period is set before the first step" },
  ode = { ode = true }, plain = {},
}

--- Give the names of the definitions their meaning. What reads them finds it in `scope.defined`.
function bind.definitions(model, scope)
  model.definitions_by_name, scope.defined = {}, {}
  for _, statement in ipairs(model.definitions) do
    statement.rhs = resolve.tree(scope, statement.rhs, statement.place, contexts.plain, scope.defined)
    model.definitions_by_name[statement.target.name] = statement
  end
end

--- Memory of resolve.tree for what may read definitions.
local function knowing(scope) return setmetatable({}, { __index = scope.defined }) end

--- Give the names of a statement their meaning; its trees are replaced.
function bind.statement(model, scope, statement)
  local place = statement.place
  local done = {}
  if statement.lhs then
    statement.lhs = resolve.tree(scope, inline.expand(statement.lhs, model.functions, place, done), place, contexts.plain, knowing(scope))
  end
  statement.rhs = resolve.tree(scope, inline.expand(statement.rhs, model.functions, place, done), place,
    statement.kind == "ode" and contexts.ode or contexts.plain, knowing(scope))
  local read = statement.flags
  for _, key in ipairs { "init", "min", "max", "every", "rtol", "atol" } do
    if read[key] then
      local node = inline.expand(read[key], model.functions, place)
      node = resolve.tree(scope, node, place, contexts[key] or contexts.plain)
      if key ~= "every" and key ~= "rtol" then node = with_unit(node, read.unit, read.unit_value) end
      read[key] = node
    end
  end
  local target = statement.target
  if statement.allowed and not target.base and not scope.own[target.name] and not names.writable[model.kind][target.name] then
    local defined = scope.functions and scope.functions[target.name]
    if model.kind == "neuron" and target.name:find "^g_." then
      scope.targets[target.name:sub(3)] = true
    elseif defined and defined.is_value then
      scope.errors:add(place, target, ("'%s' is defined by the model (':='): nobody can write it"):format(target.name), "")
    else
      local known = {}
      for _, variable in ipairs(scope.errors:is_full() and {} or model.variables) do known[#known + 1] = variable.name end
      local near = fail.nearest(target.name, known)
      if model.kind == "synapse" and not near then
        near = target.name:find "^g_." and "g_target" or resolve.of_side(target.name)
      end
      scope.errors:add(place, target, ("unknown name '%s'"):format(target.name),
        near and ("did you mean '%s'?"):format(near) or scope.outside and "an operation writes variables of the model"
        or ("to make it a variable of its own, start it: %s : init = 0"):format(statement.text))
    end
  end
end

--- The same for the defaults and bounds of the parameters.
function bind.parameters(model, scope)
  for _, parameter in ipairs(model.parameters) do
    if parameter.flags.unit then resolve.note_unit(scope, parameter.place, parameter) end
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

--- The same for a condition, or any expression that is a part by itself.
function bind.condition(model, scope, condition)
  condition.rhs = resolve.tree(scope, inline.expand(condition.rhs, model.functions, condition.place), condition.place, contexts.plain, knowing(scope))
  for _, key in ipairs { "proba", "w", "d" } do
    local node = condition.flags[key]
    if node then condition.flags[key] = resolve.tree(scope, inline.expand(node, model.functions, condition.place), condition.place, contexts.plain) end
  end
end

bind.contexts = contexts

return bind
