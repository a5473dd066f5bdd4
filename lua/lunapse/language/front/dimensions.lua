--- The check of units: every expression of a model that names a unit has one, and both sides of everything agree.
---
--- Plain numbers are dimensionless, but for 0 and inf, which fit anywhere; t and dt are in ms, a rate r in Hz, xi in 1/sqrt(ms).
--- A parameter has the unit of its flag or default. Everything else (variables without a flag, w, g_exc, pre.v) is found from the
--- equations themselves: its unit is an unknown that the first use determines. What stays unknown is no error.

local functions = require "lunapse.language.base.functions"
local quantity = require "lunapse.language.front.quantity"
local tree = require "lunapse.language.base.tree"
local types = require "lunapse.language.front.types"
local units = require "lunapse.language.base.unit_table"

local dimensions = {}

local none = quantity.none
local ms = quantity.of(units.ms)

local given = {
  t = ms, dt = ms, t_last = ms, t_pre = ms, t_post = ms, d = ms, r = quantity.of(units.Hz), pi = none, i = none, j = none, N = none,
  N_incoming = none, N_outgoing = none,
}

---@class Checker
local Checker = {}
Checker.__index = Checker

function Checker:text(q)
  return self.solver:text(q)
end

local hertz_per_ms = units.multiply(units.Hz, units.ms)

--- What helps when two units differ: the unit that a plain number lacks, or how rates and 1/ms go together.
function Checker:advice(a, b, node_a, node_b)
  local factor = self.solver:vector(quantity.multiply(a, b, -1))
  if factor == hertz_per_ms or factor == units.power(hertz_per_ms, -1) then return "rates in Hz and times in ms: rate/Hz/s is in 1/ms" end
  for _, pair in ipairs { { a, node_a, b }, { b, node_b, a } } do
    local node, unit = pair[2], self.solver:vector(pair[3])
    if node and unit and unit ~= units.none and self.solver:vector(pair[1]) == units.none then
      local plain = units.constant(node)
      if plain then return ("did you mean '%g*%s'?"):format(plain, units.text(unit)) end
      local own = node.kind == "name" and not node.base and self.own[node.name]
      if own and own.role == "parameter" and not own.unit then
        return ("the parameter '%s' has no unit: write its value as ...*%s"):format(node.name, units.text(unit))
      end
    end
  end
  return nil
end

--- The parameters in a statement that have a number and no unit: one of them is probably what is wrong.
function Checker:suspects(...)
  local list, seen = {}, {}
  for _, root in ipairs { ... } do
    tree.each(root, function(node)
      local own = node.kind == "name" and not node.base and self.own[node.name]
      if own and own.role == "parameter" and not own.unit and not seen[node.name] then
        seen[node.name] = true
        list[#list + 1] = node.name
      end
    end)
  end
  if #list > 0 then return "parameters without a unit: " .. table.concat(list, ", ") end
end

--- Demand that two quantities agree; the message gets both in words. Nodes are given where they help to say what to write.
function Checker:same(a, b, node, place, message, node_a, node_b)
  if self.solver:unify(a, b) then return true end
  local hint = self:advice(a, b, node_a, node_b) or self:suspects(node_a or node_b, node_b)
  self.errors:add(place, node, message:format(self:text(a), self:text(b)), hint)
  return false
end

function Checker:name(node)
  local name = node.name
  if node.base then return self:of_unknown(node.base .. "." .. name) end
  if self.own[name] then return self:of_own(name) end
  if name == "inf" then return self.solver:unknown() end
  if name == "xi" or name:find "^xi_." then return quantity.power(ms, -0.5) end
  return given[name] or self:of_unknown(name)
end

function Checker:of_unknown(name)
  self.unknown[name] = self.unknown[name] or self.solver:unknown(name)
  return self.unknown[name]
end

--- The unit of a parameter or variable: of its flag, of its default, or to be found.
function Checker:of_own(name)
  local found = self.unknown[name]
  if found then return found end
  local what = self.own[name]
  local statement = what.ode or what.statement
  local init = statement and statement.flags.init
  if what.unit then
    found = quantity.of(what.unit)
  elseif what.type == "bool" or what.type == "int" then
    found = none
  elseif init and init.kind == "number" and init.unit then
    found = quantity.of(init.unit)
  elseif what.role == "parameter" and type(what.default) == "number" and what.default ~= 0 and math.abs(what.default) ~= math.huge then
    found = none
  else
    found = self.solver:unknown(name)
  end
  self.unknown[name] = found
  return found
end

function Checker:want_plain(q, node, place, what)
  if self.solver:unify(q, none) then return end
  local text = self:text(q)
  self.errors:add(place, node, ("%s must have no unit, it has %s"):format(what, text),
    self:advice(q, none) or ("divide it by 1*%s or the like"):format(text))
end

--- Rules of functions by the word in their row; each gets the quantities of the arguments.
local rules = {}

function rules.plain(checker, node, args, place)
  for k, q in ipairs(args) do checker:want_plain(q, node.args[k], place, ("the argument of %s"):format(node.name)) end
  return none
end

function rules.same(checker, node, args, place)
  for k = 2, #args do
    local fits = checker:same(args[1], args[k], node, place, ("the arguments of %s differ in unit: %%s and %%s"):format(node.name),
      node.args[1], node.args[k])
    if not fits then return checker.solver:unknown() end
  end
  return args[1]
end

function rules.keep(_, _, args) return args[1] end
function rules.drop() return none end
function rules.sqrt(_, _, args) return quantity.power(args[1], 0.5) end
function rules.inverse(_, _, args) return quantity.power(args[1], -1) end

function rules.scale(checker, node, args, place)
  checker:want_plain(args[1], node.args[1], place, ("the shape in %s"):format(node.name))
  return args[2]
end

function rules.compare(checker, node, args, place)
  rules.same(checker, node, args, place)
  return none
end

function rules.power(checker, node, args, place)
  local base, exponent = node.args and node.args[1] or node.a, node.args and node.args[2] or node.b
  checker:want_plain(args[2], exponent, place, "an exponent")
  local power = units.constant(exponent)
  if power then return quantity.power(args[1], power) end
  checker:want_plain(args[1], base, place, "what is raised to a variable power")
  return none
end

--- An array of the model: what it is looked up with, and what is found.
function Checker:array(node, place)
  local facts = self.arrays[node.name].facts or {}
  for k, argument in ipairs(node.args) do
    local q = self:of(argument, place)
    local wanted = facts.is_timed and k == 1 and ms or (facts.of or {})[k]
    if facts.is_timed and k == 2 then
      self:want_plain(q, argument, place, "the number of a channel")
    else
      if wanted ~= ms then wanted = wanted and quantity.of(wanted) or self:of_unknown(("%s, argument %d"):format(node.name, k)) end
      self:same(wanted, q, argument, place, ("'%s' is looked up in %%s, this is in %%s"):format(node.name), nil, argument)
    end
  end
  return facts.unit and quantity.of(facts.unit) or self:of_unknown(node.name .. "(...)")
end

function Checker:call(node, place)
  if self.arrays[node.name] then return self:array(node, place) end
  if node.args[1].kind == "name" and not node.args[1].base and self.targets[node.args[1].name] and not self.own[node.args[1].name]
    and self.kind == "neuron" then
    return self:of_unknown("g_" .. node.args[1].name)
  end
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = self:of(argument, place) end
  local row = functions.rows[node.name]
  return rules[#args == 1 and row.unit == "same" and "keep" or row.unit](self, node, args, place)
end

local comparison = tree.comparisons

function Checker:binary(node, place)
  local op = node.op
  local a, b = self:of(node.a, place), self:of(node.b, place)
  if op == "*" then return quantity.multiply(a, b) end
  if op == "/" then return quantity.multiply(a, b, -1) end
  if op == "^" then return rules.power(self, node, { a, b }, place) end
  if op == "and" or op == "or" then return none end
  local fits = self:same(a, b, node, place, ("the sides of '%s' differ in unit: %%s and %%s"):format(op), node.a, node.b)
  -- a wrong sum has any unit, so that one slip gives one error
  return comparison[op] and none or fits and a or self.solver:unknown()
end

--- The quantity of a tree; mistakes are added to the errors.
function Checker:of(node, place)
  local found = self.done[node]
  if found then return found end
  local kind = node.kind
  if kind == "number" then
    if node.unit then found = quantity.of(node.unit)
    elseif node.value == 0 or math.abs(node.value) == math.huge then found = self.solver:unknown()
    else found = none end
  elseif kind == "name" then
    found = self:name(node)
  elseif kind == "bool" then
    found = none
  elseif kind == "derivative" then
    found = quantity.multiply(self.own[node.name] and self:of_own(node.name) or self:of_unknown(node.name), ms, -1)
  elseif kind == "call" then
    found = self:call(node, place)
  elseif kind == "binary" then
    found = self:binary(node, place)
  elseif kind == "unary" then
    found = self:of(node.a, place)
  else
    self:of(node.cond, place)
    local yes, no = self:of(node.yes, place), self:of(node.no, place)
    local fits = self:same(yes, no, node, place, "the two values of 'if' differ in unit: %s and %s", node.yes, node.no)
    found = fits and yes or self.solver:unknown()
  end
  self.done[node] = found
  return found
end

function Checker:statement(statement)
  local place = statement.place
  local right = self:of(statement.rhs, place)
  local target = self:name(statement.target)
  if statement.kind == "ode" then
    local left = self:of(statement.lhs, place)
    self:same(left, right, statement.rhs, place, "the left side has the unit %s, the right side %s", statement.lhs, statement.rhs)
  elseif statement.op == "*=" or statement.op == "/=" then
    self:want_plain(right, statement.rhs, place, ("the factor of '%s'"):format(statement.op))
  else
    self:same(target, right, statement.rhs, place, ("'%s' has the unit %%s, the right side %%s"):format(statement.target.name),
      nil, statement.rhs)
  end
  local rtol = statement.flags.rtol
  if rtol then self:want_plain(self:of(rtol, place), rtol, place, "a relative tolerance") end
  for _, key in ipairs { "init", "min", "max", "atol" } do
    local node = statement.flags[key]
    if node then
      self:same(target, self:of(node, place), node, place, ("'%s' has the unit %%s, its '%s' %%s"):format(statement.target.name, key),
        nil, node)
    end
  end
  local every = statement.flags.every
  if every and not units.constant(every) then
    self:same(ms, self:of(every, place), every, place, "a period has the unit %s, this one %s")
  end
end

--- A part that is one expression, and its flags.
function Checker:condition(condition, row)
  local place, node = condition.place, condition.rhs
  local q = self:of(node, place)
  if row.unit == "ms" then
    if not units.constant(node) and types.of(node, self.own) ~= "bool" then self:same(ms, q, node, place, "a " .. row.name .. " period has the unit %s, this one %s") end
  elseif row.unit then
    self:same(self:of_unknown(row.unit), q, node, place, row.unit .. " has the unit %s, " .. row.name .. " %s")
  end
  for key, unit in pairs { proba = none, d = ms, w = self:of_unknown "w" } do
    local flag = condition.flags[key]
    if flag and not units.constant(flag) then self:same(unit, self:of(flag, place), flag, place, ("'%s' has the unit %%s, this one %%s"):format(key)) end
  end
end

function Checker:parameter(parameter)
  local place = parameter.place
  local q = self:of_own(parameter.name)
  for _, key in ipairs { "tree", "min", "max" } do
    local node = parameter[key]
    if node then
      local what = key == "tree" and "value" or key
      self:same(q, self:of(node, place), node, place, ("'%s' has the unit %%s, its %s %%s"):format(parameter.name, what), nil, node)
    end
  end
end

--- Check the units of a whole model; sets `model.units`, name -> unit vector, for every name whose unit is known.
---@param model table
---@param scope table
---@param errors table
function dimensions.check(model, scope, errors)
  local checker = setmetatable({
    kind = model.kind, own = scope.own, arrays = model.arrays, targets = scope.targets, errors = errors, solver = quantity.solver(), unknown = {}, done = {},
  }, Checker)
  for _, parameter in ipairs(model.parameters) do checker:parameter(parameter) end
  for _, statement in ipairs(model.definitions) do
    local q = checker:of(statement.rhs, statement.place)
    if statement.flags.unit then
      checker:same(quantity.of(statement.flags.unit), q, statement.rhs, statement.place, ("'%s' has the unit %%s, the right side %%s"):format(statement.target.name))
    end
  end
  for _, row in ipairs(model.rows) do
    local condition = model.conditions[row.name]
    if condition then checker:condition(condition, row) end
    for _, statement in ipairs(row.kind == "statements" and model[row.name] or {}) do checker:statement(statement) end
  end
  model.units = {}
  for name, q in pairs(checker.unknown) do model.units[name] = checker.solver:vector(q) end
  for _, variable in ipairs(model.variables) do variable.unit = variable.unit or model.units[variable.name] end
end

return dimensions
