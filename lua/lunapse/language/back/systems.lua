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
---   prepare(system, segment) -> programs, results       only some: what needs programs of its own, which run between the segment and
---                                                       what reads the results; rewrite finds them in system.prepared

local algebra = require "lunapse.language.back.algebra"
local flags = require "lunapse.language.base.flag_table"
local lower = require "lunapse.language.back.lower"
local solver_explicit = require "lunapse.language.back.solver_explicit"
local tree = require "lunapse.language.base.tree"

local systems = {}

--- Method name -> solver. Explicit schemes are all in one file, structural solvers one file each.
systems.solvers = {
  cable = require "lunapse.language.back.solver_cable",
  exponential = require "lunapse.language.back.solver_exponential",
  exact = require "lunapse.language.back.solver_exact",
  implicit = require "lunapse.language.back.solver_implicit",
  rk45 = require "lunapse.language.back.solver_rk45",
  ["exponential-rosenbrock"] = require "lunapse.language.back.solver_rosenbrock",
  ["semi-implicit"] = require "lunapse.language.back.solver_semi_implicit",
}
for name in pairs(solver_explicit.schemes) do systems.solvers[name] = solver_explicit.solver(name) end

--- Names of all methods, sorted; event-driven among them.
---@return string[]
function systems.methods()
  local names = { "event-driven" }
  for name in pairs(systems.solvers) do if flags.methods[name] then names[#names + 1] = name end end
  table.sort(names)
  return names
end

--- The one name of a method; an error at the statement where there is none of that name.
---@param model table
---@param name string
---@param statement? table
---@return string
function systems.method(model, name, statement)
  local meaning = flags.methods[name] or systems.solvers[name] and name       -- no word names `cable`: it comes with Im
  if not meaning then
    local span = statement and statement.flags.spans and statement.flags.spans.method
    local node = span and { pos = span.pos, stop = span.stop, name = name } or nil
    if not node then node = { name = name } end
    model:fail(statement, node, ("unknown method '%s'"):format(name), systems.methods())
  end
  return meaning
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
  for _, key in ipairs { "rtol", "atol" } do
    local node = statement.flags[key]
    if node and method ~= "rk45" then model:fail(statement, statement.flags.spans[key], ("'%s' is a tolerance of rk45, and the method is %s"):format(key, method), "") end
  end
  return { name = variable.name, variable = variable, statement = statement, coefficient = coefficient, right = right, method = method,
    is_chosen = statement.flags.method ~= nil }
end

--- Under what the results of a system are prepared: equations of one method, all of a group, or those of them that are free.
local function prepared_key(members) return members[1].method .. " " .. #members end

local function make_system(env, members, method)
  local names = {}
  for _, member in ipairs(members) do names[member.name] = member end
  local system = { members = members, names = names, env = env, model = env.model, graph = env.graph, method = method,
    h = env.model:dt(), t = env.time, prepared = env.prepared and env.prepared[prepared_key(members)] }
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

--- A system that its solver accepts; an error where it does not.
local function accepted_system(env, members, method)
  local system = make_system(env, members, method)
  local accepted, reason, node = systems.solvers[method].accepts(system)
  if not accepted then refuse(env.model, system, method, reason, node) end
  return system
end

--- The members that a refractory period holds, by name, where others see them; and those others. A held variable is a constant of the others.
local function coupled_members(members, refractory)
  local held, free, any = {}, {}, false
  for _, member in ipairs(members) do
    if refractory and refractory.holds(member.statement) then held[member.name], any = true, true else free[#free + 1] = member end
  end
  if any and is_coupled(members, held) then return held, free end
end

local function by_method(members)
  local lists, order = {}, {}
  for _, member in ipairs(members) do
    if not lists[member.method] then
      lists[member.method] = {}
      order[#order + 1] = member.method
    end
    table.insert(lists[member.method], member)
  end
  return lists, order
end

--- Prepare what needs programs of its own. Its inputs are stored by `segment`, which is to run first.
---@param env table
---@param segment table
---@param members table[]
---@param refractory? table
---@return table[] programs  as of assemble.programs; empty where nothing is to be prepared
---@return table prepared  for the environment in which systems.advance reads the results: field `prepared`
function systems.prepare(env, segment, members, refractory)
  local programs, prepared = {}, {}
  local lists, order = by_method(members)
  for _, method in ipairs(order) do
    local solver = systems.solvers[method]
    env.statement = lists[method][1].statement
    local held, free = coupled_members(lists[method], refractory)
    local function prepare(list)
      local system = accepted_system(env, list, method)
      if held and solver.holds_in_stages then system.held, system.active = held, refractory.active end
      local more, results = solver.prepare(system, segment)
      for _, program in ipairs(more) do programs[#programs + 1] = program end
      prepared[prepared_key(list)] = results
    end
    if solver.prepare then
      prepare(lists[method])
      if free and not solver.holds_in_stages then prepare(free) end
    end
  end
  return programs, prepared
end

--- New values of the members that share one method.
local function solve(env, members, method, refractory)
  local graph, solver = env.graph, systems.solvers[method]
  local system = accepted_system(env, members, method)
  local held, free = coupled_members(members, refractory)
  if held and solver.holds_in_stages then system.held, system.active = held, refractory.active end
  local loose = graph.loose
  graph.loose = true
  local result = solver.rewrite(system)
  if held and not solver.holds_in_stages then
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
  local fresh = {}
  local lists, order = by_method(members)
  for _, method in ipairs(order) do
    env.statement = lists[method][1].statement
    for name, value in pairs(solve(env, lists[method], method, refractory)) do fresh[name] = value end
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

local loses = {
  exact = "is exact only while it stands still", implicit = "takes it from the start of the step", exponential = "takes it from the start of the step",
  ["semi-implicit"] = "takes it from the start of the step", cable = "takes it from the start of the step",
  rk45 = "has order 1 in it", ["exponential-rosenbrock"] = "has order 1 in it",
}
local function lost_by(method) return loses[method] or solver_explicit.loses(method) end

local alone = { exponential = true, ["semi-implicit"] = true }     -- methods that take the other variables from the start of the step anyway

--- The names that trees read, each once, in order.
local function names_read(...)
  local list, seen = {}, {}
  for k = 1, select("#", ...) do
    local node = select(k, ...)
    if node then
      tree.each(node, function(n)
        if n.kind ~= "name" or n.base or seen[n.name] then return end
        seen[n.name] = true
        list[#list + 1] = n.name
      end)
    end
  end
  return list
end

--- The first of `own` that a line depends on, through lines above it too; nil where there is none. `without` remembers lines that depend on none.
local function depends_on(line, own, without)
  local pending, seen = { line }, {}
  while #pending > 0 do
    local one = table.remove(pending)
    if not seen[one] and not without[one] then
      seen[one] = true
      for _, name in ipairs(one.reads) do if own[name] then return name end end
      for _, above in ipairs(one.lines) do pending[#pending + 1] = above end
    end
  end
  for one in pairs(seen) do without[one] = true end
end

--- A line that a member of a system takes as standing still, and the variable of the system that the line depends on.
local function note_held(model, member, name, line, variable)
  local text = ("%s = %s is computed once a step from %s: method %s %s; '%s := ...' has it in every stage"):format(name,
    algebra.text(line.statement.rhs), variable, member.method, lost_by(member.method), name)
  model:note("held", text, { line = name, variable = variable, method = member.method })
end

--- Note where a system reads a line above it that depends on the system's own variables: the line is computed once a step, so within the step it
--- stands still, and a method that looks ahead loses its order there. Notes of kind "held": { line, variable, method }.
---@param model table
---@param groups table[]  in the order in which they run
function systems.note_held(model, groups)
  local computed = {}       -- name -> the line that computes it: { statement, reads: names, lines: those of them that are lines }
  for _, group in ipairs(groups) do
    if group.line then
      local line = { statement = group.line, reads = names_read(group.line.rhs), lines = {} }
      for _, name in ipairs(line.reads) do line.lines[#line.lines + 1] = computed[name] end
      computed[group.line.target.name] = line
    else
      local names, told, without = {}, {}, {}
      for _, member in ipairs(group.system) do names[member.name] = true end
      for _, member in ipairs(group.system) do
        local by_itself = alone[member.method]
        for _, name in ipairs(lost_by(member.method) and names_read(member.right, member.coefficient) or {}) do
          local line = not told[name] and computed[name]
          local variable = line and depends_on(line, by_itself and { [member.name] = true } or names, by_itself and {} or without)
          if variable then
            told[name] = true
            note_held(model, member, name, line, variable)
          end
        end
      end
    end
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
      if not (last and last.system) or statement.flags.method == "cable" then -- a cable is solved with the new values of all others
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
