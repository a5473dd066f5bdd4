--- What a model must keep to beyond grammar: one meaning for every name, statements where they belong, flags that fit.
---
--- Every check adds to one list of errors, so that a model with three mistakes shows three pictures.

local events = require "lunapse.language.front.events"
local fail = require "lunapse.language.base.fail"
local flags = require "lunapse.language.base.flag_table"
local names = require "lunapse.language.front.names"
local order = require "lunapse.language.base.order"
local parts = require "lunapse.language.base.parts"
local tree = require "lunapse.language.base.tree"

local check = {}

local scopes_of = {
  neuron = { population = true, ["local"] = true },
  synapse = { projection = true, presynaptic = true, postsynaptic = true, ["local"] = true },
}
local scope_names = { neuron = "population, local", synapse = "projection, presynaptic, postsynaptic, local" }

--- The span of a flag's word, for the caret.
local function flag_span(owner, key)
  local spans = owner.flags and owner.flags.spans
  return spans and spans[key] or owner
end

--- A scope flag must be one of the kind of model; `global` is the widest of each.
---@param kind string
---@param owner table  statement or parameter: its flags are rewritten
---@param errors table
function check.scope_flag(kind, owner, errors)
  local read = owner.flags
  if not read or not read.scope then return end
  if read.scope == "global" then read.scope = kind == "neuron" and "population" or "projection" end
  if not scopes_of[kind][read.scope] then
    errors:add(owner.place, flag_span(owner, "scope"), ("a %s has no scope '%s'"):format(kind, read.scope), "scopes: " .. scope_names[kind])
  end
  owner.scope = owner.name and read.scope or owner.scope
end

--- Names of parameters: not given, not twice, not a function.
function check.parameters(kind, list, by_name, errors)
  for _, parameter in ipairs(list) do
    local why = names.why_not(kind, parameter.name)
    if why then
      local hint = parameter.name == "w" and "its values come from 'weights' of the projection"
        or parameter.name == "d" and "its values come from 'delays' of the projection" or "choose another name"
      errors:add(parameter.place, parameter, ("a parameter cannot be named '%s': %s"):format(parameter.name, why), hint)
    elseif by_name[parameter.name] then
      errors:add(parameter.place, parameter, ("the parameter '%s' is defined twice"):format(parameter.name),
        ("first in line %d"):format(by_name[parameter.name].line))
    else
      by_name[parameter.name] = parameter
    end
    check.scope_flag(kind, parameter, errors)
  end
end

--- Whether a statement may write its target at all; adds an error that says why not.
function check.may_write(model, statement, errors)
  local target, kind = statement.target, model.kind
  local name, place = target.name, statement.place
  if target.base then
    if kind == "neuron" then
      errors:add(place, target, ("a neuron cannot write '%s.%s'"):format(target.base, name), "only synapses write to their neurons")
    elseif target.base ~= "pre" and target.base ~= "post" then
      errors:add(place, target, ("'%s.%s' cannot be written"):format(target.base, name), "a synapse writes to pre. and post. alone; references are read only")
    elseif statement.kind == "ode" then
      errors:add(place, target, "an equation of a neuron's variable belongs into the neuron", "")
    else
      return true
    end
    return false
  end
  local row = parts.of(kind)[name]
  if row and row.example and statement.part == "equations" then
    errors:add(place, target, ("'%s' does not stand among the equations"):format(name), ("it is a part of its own: %s = %s"):format(name, row.example))
    return false
  end
  if model.parameters_by_name[name] and statement.part ~= "operation" then -- operations are what changes parameters
    errors:add(place, target, ("'%s' is a parameter: %s cannot change it"):format(name, statement.part == "equations" and "an equation"
      or "a statement"), ("take it out of the parameters and start it with 'init ='"))
    return false
  end
  if names.writable[kind][name] then
    if name == "g_target" and (statement.kind == "ode" or statement.part == "equations") then
      errors:add(place, target, "'g_target' is written when a spike arrives", "put it into pre_spike; a sum in every step is a psp")
      return false
    end
    return true
  end
  local why = events.why_not(model, name)
  if why then
    local hint = name == "d" and "delays are set by the projection" or "choose another name"
    errors:add(place, target, ("'%s' cannot be %s: %s"):format(name, statement.kind == "ode" and "given an equation" or "assigned", why), hint)
    return false
  end
  return true
end

--- Find the variables of a model: whatever its statements write, in reading order.
---@param model table
---@param errors table
function check.declare(model, errors)
  model.variables, model.variables_by_name, model.writes = {}, {}, { pre = {}, post = {} }
  local by_name = model.variables_by_name
  parts.each_statement(model, function(statement)
    statement.allowed = check.may_write(model, statement, errors)
    local target = statement.target
    local name = target.name
    local in_equations = statement.part == "equations"
    if not statement.allowed then -- said already; the name counts as known, so that its uses are not errors too
      if not target.base and not model.parameters_by_name[name] then by_name[name] = by_name[name] or { role = "variable", refused = true } end
    elseif target.base then
      model.writes[target.base][name] = statement
    elseif names.writable[model.kind][name] then
      model.writes[name] = model.writes[name] or statement
      if statement.kind == "ode" then
        if model.writes[name .. "'"] then
          errors:add(statement.place, statement.target, ("a second equation for 'd%s/dt'"):format(name), "")
        end
        model.writes[name .. "'"] = statement
      end
    else
      local variable = by_name[name]
      local declares = in_equations or statement.op == "=" or statement.flags.init
      local target_of_neuron = model.kind == "neuron" and not in_equations and name:find "^g_."
      if not variable and declares and not target_of_neuron then
        variable = { name = name, role = "variable", kind = in_equations and statement.kind or "event", statement = statement,
          part = statement.part, doubtful = not in_equations and not statement.flags.init }
        by_name[name] = variable
        model.variables[#model.variables + 1] = variable
      end
      if variable and statement.kind == "ode" then
        if variable.ode then
          errors:add(statement.place, statement.target, ("a second equation for 'd%s/dt'"):format(name),
            ("the first stands in line %d"):format(variable.ode.line))
        end
        variable.ode = variable.ode or statement
        variable.kind = "ode"
      end
      if variable then
        if statement.flags.type and statement.flags.type ~= "float" then variable.type = statement.flags.type end
        if statement.flags.unit then variable.unit = statement.flags.unit end
      end
    end
  end)
end

--- Whether a derivative stands in a tree; `known` remembers.
local function has_derivative(node, known)
  if known[node] == nil then
    local found = node.kind == "derivative"
    for _, child in ipairs(node.args or {}) do found = has_derivative(child, known) or found end
    for _, field in ipairs(tree.kinds[node.kind]) do found = has_derivative(node[field], known) or found end
    known[node] = found
  end
  return known[node]
end

--- How a derivative stands in a tree: "none", "linear", or false and the node that spoils it.
local function shape(node, name, known)
  local kind = node.kind
  if kind == "derivative" then
    if node.name ~= name then return false, node, "a second derivative in one equation" end
    return "linear"
  end
  if not has_derivative(node, known) then return "none" end
  if kind == "unary" and node.op == "-" then return shape(node.a, name, known) end
  if kind ~= "binary" then return false, node end
  local a, spoiler_a, why_a = shape(node.a, name, known)
  if not a then return false, spoiler_a, why_a end
  local b, spoiler_b, why_b = shape(node.b, name, known)
  if not b then return false, spoiler_b, why_b end
  if node.op == "+" or node.op == "-" then return "linear" end
  if node.op == "*" and (a == "none" or b == "none") then return "linear" end
  if node.op == "/" and b == "none" then return "linear" end
  return false, node
end

local function check_ode(model, statement, errors)
  local fine, spoiler, why = shape(statement.lhs, statement.target.name, {})
  if not fine then
    errors:add(statement.place, spoiler, why or ("d%s/dt does not stand linearly"):format(statement.target.name),
      why and "one equation has one derivative" or "it may be multiplied, divided and added to, nothing else")
  end
  local type_flag = statement.flags.type
  if type_flag and type_flag ~= "float" then
    errors:add(statement.place, flag_span(statement, "type"), ("a variable with an equation cannot be '%s'"):format(type_flag), "")
  end
  if model.kind == "neuron" and statement.flags.method == "event-driven" then
    errors:add(statement.place, flag_span(statement, "method"), "'event-driven' belongs to synapses", "neurons move in every step")
  end
  for _, key in ipairs { "min", "max" } do
    local bound = statement.flags[key]
    if bound and statement.flags.method == "event-driven" then
      errors:add(statement.place, flag_span(statement, key), ("'%s' bounds what moves in every step, and this moves at events alone"):format(key),
        ("the line that changes it there says its bound: %s += ... : %s = %s"):format(statement.target.name, key, statement.place.text:sub(bound.pos, bound.stop)))
    end
  end
  if statement.part ~= "equations" then
    errors:add(statement.place, statement.target, "a differential equation in an event", "it belongs into 'equations'")
  end
end

--- Flags that fit their statement.
function check.statement(model, statement, errors)
  check.scope_flag(model.kind, statement, errors)
  if statement.kind == "ode" then
    check_ode(model, statement, errors)
  elseif statement.flags.method then
    errors:add(statement.place, flag_span(statement, "method"), ("'%s' is a method for dx/dt, this is an assignment"):format(statement.flags.method), "")
  end
  for _, key in ipairs { "rtol", "atol" } do
    if statement.flags[key] and statement.kind ~= "ode" then
      errors:add(statement.place, flag_span(statement, key), ("'%s' is a tolerance of rk45, this is an assignment"):format(key), "")
    end
  end
  for _, row in ipairs(flags.rows) do
    local belongs = row.of and row.of ~= model.kind and ("belongs to %ss"):format(row.of) or row.part
      and row.part ~= (statement.part or ""):match "^[^.]*" and "belongs into " .. row.part
    if belongs and statement.flags[row.name] then
      errors:add(statement.place, flag_span(statement, row.name), ("'%s' %s"):format(row.text or row.name, belongs), "")
    end
  end
  if statement.target.base then
    for _, key in ipairs { "init", "scope" } do
      if statement.flags[key] then
        errors:add(statement.place, flag_span(statement, key), ("'%s' of a neuron's variable is said in the neuron"):format(key), "")
      end
    end
  end
end

--- Variables that only an event assigns must be read somewhere: otherwise the name is a slip.
function check.doubtful(model, scope, errors)
  for _, variable in ipairs(model.variables) do
    if variable.doubtful and not scope.reads[variable.name] then
      local known = {}
      for name, other in pairs(scope.own) do
        if other ~= variable and not other.doubtful and other.role == "variable" then known[#known + 1] = name end
      end
      local near = fail.nearest(variable.name, known)
      errors:add(variable.statement.place, variable.statement.target, ("unknown name '%s'"):format(variable.name),
        near and ("did you mean '%s'?"):format(near) or ("to make it a variable of its own, start it: ... : init = 0"))
    end
  end
end

--- `xi` in two equations could be one noise or two.
function check.noise(model, errors)
  local first
  for _, statement in ipairs(model.equations) do
    local node = statement.kind == "ode" and tree.find(statement.rhs, function(n) return n.kind == "name" and n.name == "xi" and not n.base end)
    if node and first then
      errors:add(statement.place, node, ("'xi' stands in the equations of %s and %s: one noise for both, or one each?"):format(
        first.target.name, statement.target.name), "a name says which: xi_1 in both is one noise, xi_1 and xi_2 are two")
    end
    first = first or node and statement
  end
end

--- Parameters in whose default a circle is found.
function check.circles(model, errors)
  local function needs(parameter)
    local found = {}
    if type(parameter.default) == "table" then
      tree.each(parameter.default, function(node)
        local other = node.kind == "name" and model.parameters_by_name[node.name]
        if other then found[#found + 1] = { other } end
      end)
    end
    return found
  end
  order.of(model.parameters, needs, function(parameter)
    errors:add(parameter.place, parameter, ("the default of '%s' depends on itself"):format(parameter.name), "")
  end)
end

--- An initial value that reads what a line of the equations computes: nothing has been computed yet, and the 0 that would be found is what nobody means.
function check.starts(model, errors)
  local is_started = {}
  for _, statement in ipairs(model.equations) do
    if statement.flags.init then is_started[statement.target.name] = true end
  end
  for _, statement in ipairs(model.equations) do
    local init = statement.flags.init
    local early = type(init) == "table" and tree.find(init, function(node)
      local variable = node.kind == "name" and not node.base and model.variables_by_name[node.name]
      return variable and variable.kind == "assign" and not is_started[node.name]
    end)
    if early then
      local name = early.name
      errors:add(statement.place, early, ("'%s' is not known yet: init is set before the first step, which computes it"):format(name),
        ("define it, '%s := ...', or start it, '%s = ... : init = ...'"):format(name, name))
    end
  end
end

--- What holds whole numbers does not begin with another one.
function check.whole_numbers(model, errors)
  local function look(place, at, name, value)
    if value % 1 ~= 0 then errors:add(place, at, ("'%s' holds whole numbers (int), got %g"):format(name, value), "") end
  end
  for _, parameter in ipairs(model.parameters) do
    if parameter.type == "int" and type(parameter.default) == "number" then look(parameter.place, parameter, parameter.name, parameter.default) end
  end
  parts.each_statement(model, function(statement)
    local init = statement.flags.init
    if statement.flags.type == "int" and type(init) == "table" and init.kind == "number" then look(statement.place, init, statement.target.name, init.value) end
  end)
end

return check
