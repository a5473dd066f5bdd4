--- Systems of differential equations: which belong together, which method advances each, and what refractoriness does to them.
---
--- Equations that stand next to each other form one system. Its members are advanced from the values at the start of the step; members
--- with different methods see each other there. Solvers get a *system*:
---   members   list of { name, variable, statement, coefficient, right }:  coefficient * dx/dt = right  (trees)
---   names     name -> member
---   env       where everything else is read; graph; h, t: the values of dt and t
---   eval(tree, over?, time?)   the value of a tree, constant factors gathered
---   old(name)                  the value at the start of the step
---   held                       name -> true: derivative 0 in every stage where `active` is false (explicit schemes look at it)
--- and have
---   accepts(system) -> true | false, reason, node       node: the offending term
---   rewrite(system) -> { name -> value at the end of the step }

local algebra = require "lunapse.language.back.algebra"
local lower = require "lunapse.language.back.lower"
local solver_explicit = require "lunapse.language.back.solver_explicit"
local tree = require "lunapse.language.base.tree"

local systems = {}

--- Method name -> solver. Explicit schemes are all in one file, structural solvers one file each.
systems.solvers = {
  exponential = require "lunapse.language.back.solver_exponential",
  exact = require "lunapse.language.back.solver_exact",
  implicit = require "lunapse.language.back.solver_implicit",
  ["semi-implicit"] = require "lunapse.language.back.solver_semi_implicit",
}
for name in pairs(solver_explicit.schemes) do systems.solvers[name] = solver_explicit.solver(name) end

--- Names of all methods, sorted; event-driven among them.
---@return string[]
function systems.methods()
  local names = { "event-driven" }
  for name in pairs(systems.solvers) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local aliases = { euler = "explicit", rk2 = "midpoint", semiimplicit = "semi-implicit", semi_implicit = "semi-implicit",
  event_driven = "event-driven" }

--- The one name of a method; an error at the statement where there is none of that name.
---@param model table
---@param name string
---@param statement? table
---@return string
function systems.method(model, name, statement)
  name = aliases[name] or name
  if name ~= "event-driven" and not systems.solvers[name] then
    local span = statement and statement.flags.spans and statement.flags.spans.method
    local node = span and { pos = span.pos, stop = span.stop, name = name } or nil
    if not node then node = { name = name } end
    model:fail(statement, node, ("unknown method '%s'"):format(name), systems.methods())
  end
  return name
end

--- Whether a tree is made of numbers, parameters and dt.
local function is_still(model, node)
  return not tree.find(node, function(n)
    if n.kind == "call" then return true end
    if n.kind ~= "name" then return false end
    local variable = not n.base and model.by_name[n.name]
    return not (variable and variable.constant or n.name == "dt" and not n.base)
  end)
end

--- c dx/dt = (A - x)/tau as (c tau) dx/dt = A - x: the form in which time constants are recognised.
local function without_quotient(model, coefficient, right)
  local negative = right.kind == "unary" and right.op == "-"
  local inner = negative and right.a or right
  if inner.kind == "binary" and inner.op == "/" and is_still(model, inner.b) then
    coefficient = algebra.product(coefficient, inner.b)
    return without_quotient(model, coefficient, negative and algebra.negative(inner.a) or inner.a)
  end
  return coefficient, right
end

--- A member of a system from an equation; the equation is solved for its derivative.
---@param model table
---@param statement table
---@param variable table
---@param default string  method where the equation names none
---@return table
function systems.member(model, statement, variable, default)
  local coefficient, right = algebra.solve_for_derivative(statement)
  if not coefficient then
    local offence = right
    model:fail(statement, offence.node, ("the equation is not linear in d%s/dt: '%s' %s"):format(statement.target.name,
      algebra.text(offence.node), offence.why), "")
  end
  coefficient, right = without_quotient(model, coefficient, right)
  local method = systems.method(model, statement.flags.method or default, statement.flags.method and statement)
  return { name = variable.name, variable = variable, statement = statement, coefficient = coefficient, right = right, method = method,
    is_chosen = statement.flags.method ~= nil }
end

local function make_system(env, members, method)
  local names = {}
  for _, member in ipairs(members) do names[member.name] = member end
  local system = { members = members, names = names, env = env, model = env.model, graph = env.graph, method = method,
    h = env.model:dt(), t = env.time }
  function system.eval(node, over, time)
    local where = (over or time) and lower.stage(env, over or env.over, time) or env
    return lower.loosely(where, node)
  end
  function system.old(name) return env.model:read(env, names[name].variable) end
  return system
end

--- Whether a member that is not held sees one that is, directly or through others.
local function is_coupled(members, held)
  local touched, grown = {}, true
  for _, member in ipairs(members) do touched[member.name] = held[member.name] end
  while grown do
    grown = false
    for _, member in ipairs(members) do
      if not touched[member.name] and (algebra.contains(member.right, touched) or algebra.contains(member.coefficient, touched)) then
        touched[member.name], grown = true, true
        if not held[member.name] then return true end
      end
    end
  end
  return false
end

local function refuse(model, system, solver_name, reason, node)
  local member = system.members[1]
  for _, each in ipairs(system.members) do
    if node and node.pos and node.pos >= each.statement.pos and node.pos <= each.statement.stop then member = each break end
  end
  model:fail(member.statement, node or member.statement.target, ("method '%s': %s"):format(solver_name, reason), "", reason)
end

--- New values of the members that share one method.
local function solve(env, members, method, refractory)
  local model, graph = env.model, env.graph
  local solver = systems.solvers[method]
  local system = make_system(env, members, method)
  local accepted, reason, node = solver.accepts(system)
  if not accepted then refuse(model, system, method, reason, node) end
  local held, any = {}, false
  for _, member in ipairs(members) do
    if refractory and refractory.holds(member.statement) then held[member.name], any = true, true end
  end
  local coupled = any and is_coupled(members, held)
  if coupled and solver.holds_in_stages then system.held, system.active = held, refractory.active end
  local loose = graph.loose
  graph.loose = true
  local result = solver.rewrite(system)
  if coupled and not solver.holds_in_stages then
    -- a held variable is a constant of the others: solve again without it
    local free = {}
    for _, member in ipairs(members) do if not held[member.name] then free[#free + 1] = member end end
    local alone = solver.rewrite(make_system(env, free, method))
    for name, value in pairs(alone) do result[name] = graph:select(refractory.active, result[name], value) end
  end
  graph.loose = loose
  return result
end

--- Advance a system by one step and assign the new values, bounds last.
---@param env table
---@param members table[]
---@param refractory? { active: table, holds: fun(statement: table): boolean }
---@param bound fun(env: table, statement: table, value: table): table
function systems.advance(env, members, refractory, bound)
  local graph, model = env.graph, env.model
  local by_method, order, fresh = {}, {}, {}
  for _, member in ipairs(members) do
    if not by_method[member.method] then
      by_method[member.method] = {}
      order[#order + 1] = member.method
    end
    table.insert(by_method[member.method], member)
  end
  for _, method in ipairs(order) do
    env.statement = by_method[method][1].statement
    for name, value in pairs(solve(env, by_method[method], method, refractory)) do fresh[name] = value end
  end
  for _, member in ipairs(members) do
    local value = fresh[member.name]
    if refractory and refractory.holds(member.statement) then
      value = graph:select(refractory.active, value, model:read(env, member.variable))
    end
    fresh[member.name] = value
  end
  for _, member in ipairs(members) do model:write(env, member.variable, fresh[member.name]) end
  for _, member in ipairs(members) do
    env.statement = member.statement
    local value = bound(env, member.statement, fresh[member.name])
    if value ~= fresh[member.name] then model:write(env, member.variable, value) end
    model:note("method", ("%s: %s%s"):format(member.name, member.method, member.is_chosen and "" or " (default)"),
      { name = member.name, method = member.method })
  end
end

--- Group statements, in reading order, into systems and lines: list of { system = members } and { line = statement }.
---@param statements table[]
---@param member_of fun(statement: table): table
---@return table[]
function systems.group(statements, member_of)
  local list = {}
  for _, statement in ipairs(statements) do
    if statement.kind == "ode" then
      local last = list[#list]
      if not (last and last.system) then
        last = { system = {} }
        list[#list + 1] = last
      end
      table.insert(last.system, member_of(statement))
    else
      list[#list + 1] = { line = statement }
    end
  end
  return list
end

return systems
