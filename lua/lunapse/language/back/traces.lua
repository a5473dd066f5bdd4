--- Storage of event-driven variables: how programs read, write and flush them. The forms are those of solver_event.lua.
---
--- A variable with a trace has variable.trace = { form = "normalised"|"last time", rate, asymptote, drift, group }.
--- A *group* shares its clock: normalised ones of one rate and level share "_T0_k" and "_due_k"; the others share "_last_x" where the
--- same events write them.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local functions = require "lunapse.language.base.functions"
local lines = require "lunapse.language.back.lines"
local lower = require "lunapse.language.back.lower"
local solver_event = require "lunapse.language.back.solver_event"
local tree = require "lunapse.language.base.tree"

local traces = {}

local flush_after = 40 -- in time constants

local function is_normalised(law)
  return law.rate and not law.asymptote and law.rate.level == 0
end

local function normalised_group(model, law, level)
  local key = law.rate.id .. ":" .. level
  local group = model.trace_groups[key]
  if not group then
    local k = #model.trace_groups + 1
    group = { form = "normalised", members = {}, rate = law.rate, level = level,
      start = model:hidden("_T0_" .. k, { level = 0, type = "time", text = "time to which traces are normalised" }),
      due = model:hidden("_due_" .. k, { level = 0, type = "time", text = "time after which these traces are flushed" }) }
    model.trace_groups[key], model.trace_groups[k] = group, group
  end
  return group
end

local function last_time_group(model, variable, written_in)
  local key = variable.level .. ":" .. written_in
  local group = model.trace_groups[key]
  if not group then
    local k = #model.trace_groups + 1
    group = { form = "last time", members = {}, level = variable.level,
      last = model:hidden("_last_" .. variable.name, { level = variable.level, type = "time", text = "time of the stored values" }) }
    model.trace_groups[key], model.trace_groups[k] = group, group
  end
  return group
end

--- Event-driven equations as the solver gets them.
local function system_of(model, members, statement)
  local env = lower.environment(model, { statement = statement, role = "trace" })
  local system = { members = members, graph = model.graph, model = model, env = env }
  function system.eval(node) return lower.loosely(env, node) end
  function system.find_moving(node)
    return node and tree.find(node, function(n)
      if n.kind ~= "name" and n.kind ~= "call" then return false end
      if n.kind == "call" then return (functions.rows[n.name] or {}).role ~= "math" end
      local other
      if n.base == "pre" or n.base == "post" then other = model:of_neuron(n.base, n.name) else other = not n.base and model.by_name[n.name] end
      return not (other and (other.constant or other.slot and other.slot.constant) or n.name == "dt" or n.name == "pi" or n.name == "inf")
    end)
  end
  local accepted, reason, node = solver_event.accepts(system)
  if not accepted then
    local at = statement
    for _, member in ipairs(members) do
      if node and node.pos and node.pos >= member.statement.pos and node.pos <= member.statement.stop then at = member.statement end
    end
    model:fail(at, node, "method 'event-driven': " .. reason, "", reason)
  end
  return system
end

--- Store event-driven variables that move together.
---@param model table
---@param variables table[]  two or more; placed, with variable.member
function traces.place_together(model, variables)
  local members = {}
  for k, variable in ipairs(variables) do members[k] = variable.member end
  local system = system_of(model, members, variables[1].equation)
  local laws = solver_event.rewrite_together(system)
  local k = #model.trace_groups + 1
  local group = { form = "last time", members = variables, level = variables[1].level,
    last = model:hidden("_last_" .. variables[1].name, { level = variables[1].level, type = "time", text = "time of the stored values" }) }
  model.trace_groups[k] = group
  for i, variable in ipairs(variables) do
    local law, others = laws[i], {}
    law.group, law.form = group, group.form
    variable.kind, variable.trace, variable.storage = "trace", law, group.form
    for _, other in ipairs(variables) do if other ~= variable then others[#others + 1] = other.name end end
    model:note("storage", ("%s: event-driven together with %s, with the time of its value in %s"):format(variable.name, lines.list(others),
      group.last.name), { name = variable.name })
  end
end

--- Decide how an event-driven variable is stored. `written_in` names the events that write it.
---@param model table
---@param variable table  placed, with variable.member
---@param written_in string
function traces.place(model, variable, written_in)
  local system = system_of(model, { variable.member }, variable.equation)
  local law = solver_event.rewrite(system)
  variable.kind, variable.trace = "trace", law
  local group = is_normalised(law) and normalised_group(model, law, variable.level) or last_time_group(model, variable, written_in)
  law.group, law.form = group, group.form
  variable.storage = group.form
  table.insert(group.members, variable)
  local how = group.form == "normalised" and ("normalised, x exp((t - %s) * %s)"):format(group.start.name, model.graph.text(law.rate))
    or ("with the time of its value in %s"):format(group.last.name)
  model:note("storage", ("%s: event-driven, %s"):format(variable.name, how), { name = variable.name })
end

--- Time since a time variable, at the time an environment reads at.
local function since(env, variable)
  local elapsed = env.graph:elapsed(variable.slot)
  return env.ahead and env.graph:add(elapsed, env.ahead) or elapsed
end

--- The factor x/X (sign -1) or X/x (sign 1) of a normalised group.
local function factor(env, group, sign)
  local exponent = env.graph:mul(since(env, group.start), group.rate)
  return env.graph:exp(sign > 0 and exponent or env.graph:neg(exponent))
end

--- A value with its own time, brought to the time at which the environment reads.
local function advanced(env, variable)
  local graph, law = env.graph, variable.trace
  local x, elapsed = graph:load(variable.slot), since(env, law.group.last)
  if law.is_together then
    local values = {}
    for k, member in ipairs(law.group.members) do values[k] = graph:load(member.slot) end
    return solver_event.advance_together(graph, law, values, elapsed)
  end
  if law.drift then return graph:add(x, graph:mul(law.drift, elapsed)) end
  local decay = graph:exp(graph:neg(graph:mul(elapsed, law.rate)))
  if not law.asymptote then return graph:mul(x, decay) end
  return graph:add(law.asymptote, graph:mul(graph:sub(x, law.asymptote), decay))
end

--- The value of an event-driven variable.
function traces.read(env, variable)
  local stored = env.stored[variable]
  if variable.trace.form == "normalised" then
    return env.graph:mul(stored or env.graph:load(variable.slot), factor(env, variable.trace.group, -1))
  end
  return stored or advanced(env, variable)
end

--- Give an event-driven variable a value.
function traces.write(env, variable, value)
  local group = variable.trace.group
  if group.form == "normalised" then return lower.put(env, variable, env.graph:mul(value, factor(env, group, 1))) end
  for _, member in ipairs(group.members) do
    if not env.stored[member] then lower.put(env, member, advanced(env, member)) end
  end
  lower.put(env, variable, value)
  env.stamps = env.stamps or {}
  env.stamps[group.last] = true
end

local function whole_right(statement)
  local name, op = statement.target, statement.op
  if op == "=" then return statement.rhs end
  return tree.binary(op:sub(1, 1), name, statement.rhs, statement)
end

--- Run an assignment to a normalised variable without taking it apart and together again: X = a X + b exp(...) for x = a x + b.
---@return table? value  the new X; nil where the line is not of that form
function traces.assign(env, statement, variable)
  local law = variable.trace
  if law.form ~= "normalised" or statement.flags.min or statement.flags.max or variable.is_int or variable.is_bool then return nil end
  local parts = algebra.collect(whole_right(statement), { [variable.name] = true })
  if not parts then return nil end
  env.statement = statement
  local graph = env.graph
  local old = env.stored[variable] or graph:load(variable.slot)
  local value = graph:const(0)
  local slope = parts.parts[variable.name]
  if slope and not algebra.is_zero(slope) then value = graph:mul(lower.real(env, slope), old) end
  if not algebra.is_zero(parts.rest) then
    value = graph:add(value, graph:mul(factor(env, law.group, 1), lower.real(env, parts.rest)))
  end
  lower.put(env, variable, value)
  return value
end

--- Add the stamps of what an environment has advanced.
function traces.stamp(env, segment)
  for _, group in ipairs(env.model.trace_groups) do
    if group.last and env.stamps and env.stamps[group.last] then
      group.last.is_written = true
      assemble.effect(segment, { op = "stamp", slot = group.last.slot, level = group.level })
    end
  end
end

--- The flush programs: role "flush", and the list `flushes` of the compiled model.
---@param model table
---@return table[] flushes  { vars, due, program = place in the list of programs }
function traces.flushes(model)
  local list, graph = {}, model.graph
  local nests = { [0] = "each", "each", "each", "all" }
  for k, group in ipairs(model.trace_groups) do
    local env = lower.environment(model, { role = "flush" })
    local segment = assemble.segment(model, { name = "flush", levels = { group.level }, nests = nests })
    local names = {}
    for _, variable in ipairs(group.members) do
      names[#names + 1] = variable.name
      assemble.effect(segment, { op = "store", slot = variable.slot, value = traces.read(env, variable), level = group.level })
    end
    if group.form == "normalised" then
      local due = graph:add(graph:now(), graph:div(graph:const(flush_after), group.rate))
      group.start.is_written, group.due.is_written = true, true
      assemble.effect(segment, { op = "stamp", slot = group.start.slot, level = group.level })
      assemble.effect(segment, { op = "store", slot = group.due.slot, value = due, level = group.level })
    else
      assemble.effect(segment, { op = "stamp", slot = group.last.slot, level = group.level })
    end
    local before = #model.programs
    model:emit(segment, "flush", { group = k })
    assert(#model.programs == before + 1, "a flush is one program")
    list[k] = { vars = names, due = group.due and group.due.name, start = group.start and group.start.name,
      last = group.last and group.last.name, program = #model.programs }
  end
  return list
end

return traces
