--- The parts of a neuron as they run: what a step, a spike, a refractory period do.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local lines = require "lunapse.language.back.lines"
local lower = require "lunapse.language.back.lower"
local period = require "lunapse.language.front.refractory"
local systems = require "lunapse.language.back.systems"
local tree = require "lunapse.language.base.tree"

local parts = {}

local nests = { [0] = "each", [3] = "each" }

--- Point errors at a part that is one expression: spike, refractory, the condition of an event. It belongs to each neuron.
local function at_part(env, part)
  env.level = 3
  env.statement = env.model.source.conditions[part]
end

--- Which lines a spike holds, and for whom: { active, holds }, or nil for a neuron without a refractory period.
local function refractoriness(model, env)
  local source = model.source
  local refractory = source.refractory
  local number = lines.number(refractory)
  if refractory == nil or number == 0 then return nil end
  local graph = model.graph
  local result = { discards = {} }
  function result.holds(statement)
    local name = statement.target.name
    return model.by_name[name].level ~= 0 and period.stops(source, name)
  end
  for _, variable in ipairs(model.variables) do
    if (source.refractory_discards or {})[variable.name] then
      local kept = model:hidden("_kept_" .. variable.name, { level = 3, text = variable.name .. " as the spike left it" })
      result.discards[#result.discards + 1] = { variable = variable, kept = kept }
    end
  end
  at_part(env, "refractory")
  local value = number and graph:const(number) or lower.eval(env, refractory)
  if value.truth then -- a condition: refractory since a spike, for as long as it holds
    local waiting = model:hidden("_refractory", { level = 3, init = 0, text = "1 since a spike, while the refractory condition holds" })
    local still = graph:conjunction(graph:bool(graph:load(waiting.slot)), value)
    result.active, result.waiting, result.still = graph:negation(still), waiting, still
  else
    result.frozen = model:hidden("_frozen", { level = 3, type = "count", init = 0, text = "first step in which the neuron is free again" })
    result.active = graph:active(result.frozen.slot)
  end
  return result
end

--- The trees of a statement that are read.
local function trees_of(statement)
  return { statement.rhs, statement.lhs, statement.flags and statement.flags.min, statement.flags and statement.flags.max }
end

--- Lines and systems in the order in which they run: population-wide lines first, but for those that read all neurons.
local function in_order(model)
  local default = model.options.method or "explicit"
  local groups = systems.group(model.source.equations, function(statement)
    if statement.flags.method == "event-driven" then
      model:fail(statement, statement.flags.spans and statement.flags.spans.method or statement,
        "event-driven equations belong to synapses", "neurons are updated in every step")
    end
    return systems.member(model, statement, model.by_name[statement.target.name], default)
  end)
  local first, second = {}, {}
  local function is_wide(statement)
    if model.by_name[statement.target.name].flag_level ~= 0 then return false end
    for _, node in pairs(trees_of(statement)) do      -- what it reads of all neurons may be written above
      if tree.find(node, function(n) return model:reduced(n) end) then return false end
    end
    return true
  end
  for _, group in ipairs(groups) do
    if group.line then
      table.insert(is_wide(group.line) and first or second, group)
    else
      local wide, narrow = {}, {}
      for _, member in ipairs(group.system) do table.insert(is_wide(member.statement) and wide or narrow, member) end
      if #wide > 0 then first[#first + 1] = { system = wide } end
      if #narrow > 0 then second[#second + 1] = { system = narrow } end
    end
  end
  return table.move(second, 1, #second, #first + 1, first)
end

-- ---------------------------------------------------------------------------------------------------------------- stretches
--
-- A stretch is what runs in one pass over the neurons: an environment and the segment that it fills. A mean over the population can be
-- taken between two passes only. So a line that reads the mean of what a line above has written begins a new one, and reading order holds.

--- `role` is that of the programs, `how` what assemble.segment wants to know, `fields` what the programs' entries have besides.
local function open(model, role, how, fields)
  local env = lower.environment(model, { role = role == "slow" and "update" or role })
  local segment = assemble.segment(model, { name = role, levels = how.levels, nests = how.nests, plain = how.plain })
  return { env = env, segment = segment, role = role, how = how, fields = fields }
end

--- The values of the lines go to their variables, then `effects` happen.
local function close(stretch, fields, effects)
  lines.store(stretch.env, stretch.segment)
  for _, effect in ipairs(effects or {}) do
    effect.level = 3
    assemble.effect(stretch.segment, effect)
  end
  stretch.env.model:emit(stretch.segment, stretch.role, fields or stretch.fields)
end

--- The stretch behind another, which ends.
local function next_stretch(stretch, refractory, fields)
  close(stretch, fields)
  if refractory and refractory.later then refractory.active = refractory.later() end
  return open(stretch.env.model, stretch.role, stretch.how, stretch.fields)
end

--- Does a tree read a reduction over the population of a variable that the stretch has written?
local function looks_back(stretch, node)
  local env = stretch.env
  return tree.find(node, function(n)
    local own = env.model:reduced(n)
    return own and env.stored[own]
  end) ~= nil
end

local function statements_of(group)
  if group.line then return { group.line } end
  local list = {}
  for k, member in ipairs(group.system) do list[k] = member.statement end
  return list
end

--- The stretch in which a list of trees can be evaluated: the present one, or a new one behind it.
local function before(stretch, nodes, refractory)
  for _, node in pairs(nodes) do
    if looks_back(stretch, node) then return next_stretch(stretch, refractory) end
  end
  return stretch
end

local function before_group(stretch, group, refractory)
  for _, statement in ipairs(statements_of(group)) do stretch = before(stretch, trees_of(statement), refractory) end
  return stretch
end

--- What the variables of a system differ over, taken together.
local function level_of_system(members)
  local level = 0
  for _, member in ipairs(members) do level = level | member.variable.level end
  return level
end

local function run_group(stretch, group, refractory)
  local env, segment, model = stretch.env, stretch.segment, stretch.env.model
  if group.line then
    local variable = model.by_name[group.line.target.name]
    env.level = variable.level
    local condition = refractory and refractory.holds(group.line) and refractory.active
    local value = lines.assign(env, group.line, variable, condition)
    assemble.mark(segment, value, group.line.bare)
  else
    env.level = level_of_system(group.system)
    systems.advance(env, group.system, refractory, lines.bound)
    for _, member in ipairs(group.system) do
      assemble.mark(segment, model:read(env, member.variable), member.statement.bare)
    end
  end
end

--- What a group needs of programs of its own stands behind what has been run so far: the stretch in which the group goes on.
local function prepare_group(stretch, group, refractory, fields)
  if not group.system then return stretch end
  stretch.env.level = level_of_system(group.system)
  local programs, prepared = systems.prepare(stretch.env, stretch.segment, group.system, refractory)
  if #programs == 0 then return stretch end
  local behind = next_stretch(stretch, refractory, fields)
  for _, program in ipairs(programs) do behind.env.model:add_program(behind.role, program, fields) end
  behind.env.prepared = prepared
  return behind
end

local function statement_of(group) return statements_of(group)[1] end

--- Lines with `every`: a segment of their own for each, before the update.
local function slow_programs(model, groups)
  local rest = {}
  for _, group in ipairs(groups) do
    if statement_of(group).flags.every then
      local stretch = open(model, "slow", { levels = { 0, 3 }, nests = nests })
      local every, variable = lines.period(stretch.env, statement_of(group))
      local fields, refractory = { every = every, every_variable = variable }, refractoriness(model, stretch.env)
      stretch = prepare_group(stretch, group, refractory, fields)
      run_group(stretch, group, refractory)
      close(stretch, fields)
    else
      rest[#rest + 1] = group
    end
  end
  return rest
end

--- A condition for a spike of a cable holds at the place where it spikes: elements that follow each other.
local function at_spiking_place(model, condition)
  if not model.source.is_cable then return condition end
  local graph = model.graph
  local function bound(name, init, text) return graph:load(model:hidden(name, { level = 0, init = init, text = text }).slot) end
  local from = graph:compare("ge", graph:index(3), bound("_spikes_from", 1, "first element that may spike"))
  local to = graph:compare("le", graph:index(3), bound("_spikes_to", 2147483646, "last element that may spike"))
  return graph:conjunction(graph:conjunction(from, to), condition)
end

--- The update of a step: role "update".
local function update(model)
  local groups = in_order(model)
  systems.note_held(model, groups)
  groups = slow_programs(model, groups)
  local stretch = open(model, "update", { levels = { 0, 3 }, nests = nests })
  local refractory = refractoriness(model, stretch.env)
  if refractory then
    local still, going = period.division(model.source)
    model:note("refractory", ("a refractory neuron does not spike; %s still; %s"):format(#still == 0 and "nothing stands"
      or table.concat(still, ", ") .. (#still == 1 and " stands" or " stand"), #going == 0 and "nothing goes on" or table.concat(going, ", ") .. " "
      .. (#going == 1 and "goes on" or "go on")), { stops = still, goes_on = going })
  end
  if refractory and refractory.waiting then
    model:write(stretch.env, refractory.waiting, model.graph:real(refractory.still))
    function refractory.later() return model.graph:negation(model.graph:bool(model.graph:load(refractory.waiting.slot))) end -- in the next stretch
  end
  for _, one in ipairs(refractory and refractory.discards or {}) do
    local now = model:read(stretch.env, one.variable)
    model:write(stretch.env, one.variable, model.graph:select(refractory.active, now, model.graph:load(one.kept.slot)))
  end
  for _, group in ipairs(groups) do
    stretch = prepare_group(before_group(stretch, group, refractory), group, refractory)
    run_group(stretch, group, refractory)
  end
  local spike, effects = model.source.spike, {}
  if spike then
    stretch = before(stretch, { spike }, refractory)
    local env, segment = stretch.env, stretch.segment
    at_part(env, "spike")
    local condition = lower.bool(env, spike)
    if refractory then condition = model.graph:conjunction(refractory.active, condition) end
    condition = at_spiking_place(model, condition)
    assemble.mark(segment, condition, "spike: " .. algebra.text(spike))
    effects[1] = { op = "spike", value = condition }
  end
  for _, variable in ipairs(model.variables) do
    if variable.is_zeroed then
      model:write(stretch.env, variable.seen, model:read(stretch.env, variable))
      model:write(stretch.env, variable, model.graph:const(0))
    end
  end
  close(stretch, nil, effects)
  return refractory
end

--- Lines of an event, for the neurons that have it.
local function run_event(model, part, role, fields)
  local stretch = open(model, role, { levels = { 3 }, nests = { [3] = "list" } }, fields)
  for _, statement in ipairs(part and model.source[part] or {}) do
    stretch = before(stretch, trees_of(statement))
    local value = lines.assign(stretch.env, statement, model.by_name[statement.target.name])
    assemble.mark(stretch.segment, value, statement.bare)
  end
  return stretch
end

--- What a spike does to its neuron: role "reset".
local function reset(model, refractory)
  local stretch, effects = run_event(model, "reset", "reset"), {}
  for _, one in ipairs(refractory and refractory.discards or {}) do
    model:write(stretch.env, one.kept, model:read(stretch.env, one.variable))
  end
  if refractory and refractory.waiting then
    effects[1] = { op = "store", slot = refractory.waiting.slot, value = model.graph:const(1) }
  elseif refractory then
    local number = lines.number(model.source.refractory)
    local length = number and model.graph:const(number) or lower.real(stretch.env, model.source.refractory)
    effects[1] = { op = "freeze", slot = refractory.frozen.slot, value = model.graph:div(length, model:dt()) }
  end
  effects[#effects + 1] = { op = "stamp", slot = model:last_spike().slot }
  close(stretch, nil, effects)
end

--- A spike of the axon alone: where the neuron itself may spike and does not.
local function axon_alone(model, env, condition, refractory)
  local graph = model.graph
  if refractory then condition = graph:conjunction(refractory.active, condition) end
  condition = at_spiking_place(model, condition)
  return graph:conjunction(condition, graph:negation(lower.bool(env, model.source.spike)))
end

--- An event beside spikes: who has it, role "event", by what the equations have left; and what it does, role "effect".
local function event(model, number, one, refractory)
  local fields = { tag = number }
  local env = lower.environment(model, { role = "event", looks = true })
  local segment = assemble.segment(model, { name = one.name, levels = { 3 }, nests = { [3] = "each" } })
  at_part(env, one.when)
  local condition = lower.bool(env, model.source[one.when])
  if one.name == "axon_spike" then condition = axon_alone(model, env, condition, refractory) end
  assemble.mark(segment, condition, one.when .. ": " .. algebra.text(model.source[one.when]))
  assemble.effect(segment, { op = "spike", value = condition, level = 3 })
  model:emit(segment, "event", fields)
  close(run_event(model, one.effect, "effect", fields), nil, one.time and { { op = "stamp", slot = model:last_event(one).slot } })
end

--- What the parts of a checked model say, as programs in the order of a step.
---@param model table
function parts.programs(model)
  local refractory = update(model)
  for number, one in ipairs(model.source.events) do event(model, number, one, refractory) end
  if model.source.spike then reset(model, refractory) end
end

--- Lines that act on the neurons from outside, role "operation". Refractory neurons take part.
---@param model table
---@param list table[]  statements
function parts.operation(model, list)
  local stretch = open(model, "operation", { levels = { 0, 3 }, nests = nests, plain = true })
  for _, statement in ipairs(list) do
    stretch = before(stretch, trees_of(statement))
    run_group(stretch, { line = statement })
  end
  close(stretch)
end

return parts
