--- The parts of a synapse as they run: lines, events, equations, psp, each to programs from narrow to wide.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local later = require "lunapse.language.back.later"
local lines = require "lunapse.language.back.lines"
local lower = require "lunapse.language.back.lower"
local pathways = require "lunapse.language.back.pathways"
local reductions = require "lunapse.language.back.reductions"
local systems = require "lunapse.language.back.systems"
local traces = require "lunapse.language.back.traces"
local tree = require "lunapse.language.base.tree"

local parts = {}

local nests = { [0] = "each", "each", "each", "all" }

--- Whether a statement changes w: such lines rest while learning is off.
function parts.writes_weight(statement) return not statement.target.base and statement.target.name == "w" end


--- How often a neuron's variable is written and read in a list of statements.
local function count_uses(statements)
  local writes, reads = {}, {}
  for _, statement in ipairs(statements) do
    local target = statement.target
    local key = (target.base or "") .. "." .. target.name
    writes[key] = (writes[key] or 0) + 1
    local function visit(node)
      tree.each(node, function(n)
        if n.kind == "name" and n.base then reads[n.base .. "." .. n.name] = true end
      end)
    end
    visit(statement.rhs)
    if statement.flags.min then visit(statement.flags.min) end
    if statement.flags.max then visit(statement.flags.max) end
  end
  return writes, reads
end

--- A line that writes a variable of a neuron, for each synapse. One increment that nobody reads is added in place.
local function write_neuron(env, segment, statement, variable, condition, uses)
  local graph = env.graph
  local key = variable.name
  local adds = (statement.op == "+=" or statement.op == "-=") and not statement.flags.min and not statement.flags.max
    and (uses.writes[key] or 0) + (uses.targets[key] or 0) == 1 and not uses.reads[key] and not variable.is_int and not variable.is_bool
  if not adds then
    local value = lines.assign(env, statement, variable, condition)
    assemble.mark(segment, value, statement.bare)
    return
  end
  env.statement = statement
  local value = lower.real(env, statement.rhs)
  if statement.op == "-=" then value = graph:neg(value) end
  if condition then value = graph:select(condition, value, graph:const(0)) end
  assemble.mark(segment, value, statement.bare)
  assemble.effect(segment, { op = "acc", slot = variable.slot, value = value, level = 3 })
end

local function not_with_post(model)
  local graph = model.graph
  return graph:compare("ne", graph:load(model:of_neuron("pre", "t_last").slot), graph:load(model:of_neuron("post", "t_last").slot))
end

--- Run one assignment of any part.
local function run_line(env, segment, statement, uses)
  local model, target = env.model, statement.target
  env.statement = statement
  local condition = statement.flags.unless_post and not_with_post(model) or nil
  if target.name == "g_target" and not target.base then
    env.level = 3
    for _, name in ipairs(model.options.targets or {}) do
      write_neuron(env, segment, statement, model:target_variable(name), condition, uses)
    end
  elseif target.base then
    env.level = 3
    write_neuron(env, segment, statement, model:side(env, target), condition, uses)
  else
    local variable = model.by_name[target.name]
    env.level = variable.level
    local value = variable.trace and not condition and traces.assign(env, statement, variable)
      or lines.assign(env, statement, variable, condition)
    assemble.mark(segment, value, statement.bare)
  end
end

--- Statements of a part as it is run: without those that change w while learning is off.
local function statements_of(model, part)
  local list = {}
  for _, statement in ipairs(model.source[part]) do
    local is_stopped = model.options.plastic == false and parts.writes_weight(statement)
    local is_event_driven = statement.kind == "ode" and statement.flags.method == "event-driven"
    if not is_stopped and not is_event_driven then list[#list + 1] = statement end
  end
  return list
end

local function uses_in(model, list)
  local uses = { targets = {} }
  uses.writes, uses.reads = count_uses(list)
  for _ = 1, uses.writes[".g_target"] or 0 do
    for _, name in ipairs(model.options.targets or {}) do
      local key = model:target_variable(name).name
      uses.targets[key] = (uses.targets[key] or 0) + 1
    end
  end
  return uses
end

--- The lines of a list that transmit: those that write to the post neuron, and the helpers that they read.
local function transmitting(model, statements)
  local transmits, wanted = {}, {}
  for k = #statements, 1, -1 do
    local statement = statements[k]
    local target = statement.target
    local variable = not target.base and model.source.variables_by_name[target.name]
    local is_helper = variable and variable.kind == "event" and statement.op == "=" and wanted[target.name]
    if target.base == "post" or target.name == "g_target" or is_helper then
      table.insert(transmits, 1, statement)
      tree.each(statement.rhs, function(n) if n.kind == "name" and not n.base then wanted[n.name] = true end end)
    end
  end
  return transmits
end

--- How many synapses share each value is counted when they are made.
local function count_sharing(model)
  local variable = model.by_name._sharing
  if variable.init_program then return end
  local segment = assemble.segment(model, { name = "init_sharing", levels = { 3 }, nests = nests, plain = true, is_gathered = true })
  assemble.effect(segment, { op = "acc", slot = variable.slot, value = model.graph:const(1), level = 3 })
  local entry = assemble.programs(segment)[1]
  variable.init_program = entry.program
  model:add_program("init", entry, { var = variable.name })
end

--- Emit a segment of synapses. Where these share what they change, a program over what is shared follows, which takes the means: behind equations at once, behind events
--- with the equations of the step.
local function emit(model, segment, role, fields)
  local means = model.options.shared and role ~= "operation" and assemble.means(segment)
  model:emit(segment, role, fields)
  if not means then return end
  model:emit(means, "equations", role == "equations" and fields or nil)
  count_sharing(model)
end

--- What a post spike does to synapses may wait until these are read: a program for that.
local function put_off(model, entry)
  if model.needs.later then return end
  local obstacle = later.obstacle(entry.program)
  if obstacle then
    model.needs.now = obstacle
    return
  end
  model.needs.later = true
  model:add_program("later", { over = "syn", program = later.program(entry.program) })
end

--- Run the events of a pathway: programs for the neurons that have them, then for their synapses. What takes the way of another only transmits, and nothing learns from it.
---@param model table
---@param pathway table    see pathways.of
---@param number integer   of the pathway
function parts.event(model, pathway, number)
  local list = statements_of(model, pathway.part)
  if pathway.like then list = transmitting(model, list) end
  local role, nest = pathways.role(model.options, pathway)
  local level = pathways.level(model.options, pathway)
  if (model.options.pathways or {})[pathway.name] == "syn" then
    model:hidden("_steps_" .. pathway.name, { level = 3, type = "count", init = pathway.side == "pre" and 1 or 0, text = "delay in steps" })
  end
  local env = lower.environment(model, { part = pathway.part, role = role })
  local segment = assemble.segment(model, { name = pathway.name, levels = level == 3 and { 3 } or { level, 3 }, at_end = true,
    nests = { [level] = "list", [3] = nest }, keeps_time = role == "post" and not model.options.shared and 2 or nil })
  local uses = uses_in(model, list)
  for _, statement in ipairs(list) do run_line(env, segment, statement, uses) end
  lines.store(env, segment)
  traces.stamp(env, segment)
  if pathways.is_arrival(pathway) and model.by_name._arrived then
    assemble.effect(segment, { op = "stamp", slot = model:arrival().slot, level = model:arrival().level })
  end
  emit(model, segment, role, { tag = number })
  for k = 1, #model.programs do
    local entry = model.programs[k]
    if entry.program.nest == "post" and entry.over == "syn" then
      model.needs.reverse = true
      if role == "post" and not model.options.shared then put_off(model, entry) end
    end
  end
end

local function run_group(env, segment, group, uses)
  local model = env.model
  if group.line then return run_line(env, segment, group.line, uses) end
  env.level = 0
  for _, member in ipairs(group.system) do env.level = env.level | member.variable.level end
  systems.advance(env, group.system, nil, lines.bound)
  for _, member in ipairs(group.system) do
    assemble.mark(segment, model:read(env, member.variable), member.statement.bare)
  end
end

local function statement_of(group) return group.line or group.system[1].statement end

local function clock_of(statement) return statement.flags.every and algebra.text(statement.flags.every) or "" end

--- Run lines and systems in reading order. What stands between two sums over synapses, on one clock, is one segment.
---@param model table
---@param groups table[]  of systems.group
---@param how { part: string, role: string, ahead: table?, plain: boolean? }
---@param uses table
local function run_groups(model, groups, how, uses)
  local env, segment, period
  local function close()
    if not segment then return end
    lines.store(env, segment)
    traces.stamp(env, segment)
    emit(model, segment, how.role, period)
    segment = nil
  end
  local function open(statement)
    env = lower.environment(model, { part = how.part, role = how.role, ahead = how.ahead, sums = {} })
    segment = assemble.segment(model, { name = how.role, levels = { 0, 1, 2, 3 }, nests = nests, plain = how.plain,
      at_end = true })
    local every, variable = lines.period(env, statement)
    period = { every = every, every_variable = variable, clock = clock_of(statement) }
  end
  for _, group in ipairs(groups) do
    local statement = statement_of(group)
    if group.line and reductions.is_summed(statement) then
      close()
      open(statement)
      reductions.summed(model, env, statement, period, how.role == "equations" and "summed" or how.role)
      segment = nil
    else
      if segment and (period.clock ~= clock_of(statement) or reductions.find(group)) then close() end
      if not segment then
        open(statement)
        reductions.prepare(model, env, group, period, how.role)
      end
      run_group(env, segment, group, uses)
    end
  end
  close()
end

--- Clock-driven equations, role "equations" (and "summed").
---@param model table
function parts.equations(model)
  local default = model.options.method or "explicit"
  local list = statements_of(model, "equations")
  local groups = systems.group(list, function(statement)
    return systems.member(model, statement, model.by_name[statement.target.name], default)
  end)
  systems.note_held(model, groups)
  run_groups(model, groups, { part = "equations", role = "equations", ahead = model:dt() }, uses_in(model, list))
end

--- Lines that act on the synapses from outside, role "operation".
---@param model table
---@param list table[]  statements
function parts.operation(model, list)
  run_groups(model, systems.group(list), { part = "operation", role = "operation", plain = true }, uses_in(model, list))
end

--- What arrives at the targets in every step, role "psp"; w * pre.r where a rate-coded synapse says nothing.
---@param model table
function parts.psp(model)
  local source, targets = model.source, model.options.targets or {}
  local psp = source.psp
  if not psp and (#targets == 0 or model.is_spiking) then return end
  local env = lower.environment(model, { part = "psp", role = "psp", ahead = model:dt(), sums = {},
    statement = source.conditions.psp })
  psp = psp or tree.binary("*", tree.name("w"), tree.name("r", nil, "pre"))
  reductions.prepare(model, env, { line = { rhs = psp, flags = {} } }, nil, "psp")
  local slots = {}
  for k, name in ipairs(targets) do slots[k] = model:target_variable(name).slot end
  reductions.psp(model, env, psp, slots, source.operation or "sum")
end

return parts
