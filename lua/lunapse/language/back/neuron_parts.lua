--- The parts of a neuron as they run: what a step, a spike, a refractory period do.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local lines = require "lunapse.language.back.lines"
local lower = require "lunapse.language.back.lower"
local systems = require "lunapse.language.back.systems"

local parts = {}

local nests = { [0] = "each", [3] = "each" }

--- Point errors at a part that is one expression: spike, refractory, axon_spike.
local function at_part(env, part)
  env.statement = env.model.source.conditions[part]
end

--- Which lines a spike holds, and for whom: { active, holds }, or nil for a neuron without a refractory period.
local function refractoriness(model, env)
  local source = model.source
  local refractory = source.refractory
  local number = lines.number(refractory)
  if refractory == nil or number == 0 then return nil end
  local graph = model.graph
  local chosen = false
  for _, statement in ipairs(source.equations) do chosen = chosen or statement.flags.unless_refractory end
  local result = {}
  function result.holds(statement)
    local variable = model.by_name[statement.target.name]
    if variable.level == 0 then return false end
    if chosen then return statement.flags.unless_refractory or false end
    return not statement.target.name:find "^g_."
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

--- Lines and systems in the order in which they run: population-wide lines first.
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
  local function is_wide(statement) return model.by_name[statement.target.name].flag_level == 0 end
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

local function run_group(env, segment, group, refractory)
  local model = env.model
  if group.line then
    local variable = model.by_name[group.line.target.name]
    env.level = variable.level
    local condition = refractory and refractory.holds(group.line) and refractory.active
    local value = lines.assign(env, group.line, variable, condition)
    assemble.mark(segment, value, group.line.bare)
  else
    systems.advance(env, group.system, refractory, lines.bound)
    for _, member in ipairs(group.system) do
      assemble.mark(segment, model:read(env, member.variable), member.statement.bare)
    end
  end
end

--- Run what a group needs of programs of its own: they stand behind what has been run so far, which ends here. Returns the environment, the segment and the
--- refractoriness in which the group goes on; most often the same.
local function prepare_group(env, segment, group, refractory, role, fields)
  local model = env.model
  local programs, prepared = systems.prepare(env, segment, group.system or {}, refractory)
  if #programs == 0 then return env, segment, refractory end
  if refractory and refractory.waiting then -- who rests is decided once a step
    local active = model:hidden("_active", { level = 3, text = "1 where the neuron is not refractory in this step" })
    assemble.effect(segment, { op = "store", slot = active.slot, value = model.graph:real(refractory.active), level = 3 })
    refractory = setmetatable({ active = model.graph:bool(model.graph:load(active.slot)) }, { __index = refractory })
  end
  lines.store(env, segment)
  model:emit(segment, role, fields)
  for _, program in ipairs(programs) do model:add_program(role, program, fields) end
  return lower.environment(model, { role = env.role, prepared = prepared }),
    assemble.segment(model, { name = segment.name, role = role, levels = { 0, 3 }, nests = nests }), refractory
end

local function statement_of(group) return group.line or group.system[1].statement end

--- Lines with `every`: a segment of their own for each, before the update.
local function slow_programs(model, groups)
  local rest = {}
  for _, group in ipairs(groups) do
    if statement_of(group).flags.every then
      local env = lower.environment(model, { role = "update" })
      local segment = assemble.segment(model, { name = "slow", role = "slow", levels = { 0, 3 }, nests = nests })
      local every, variable = lines.period(env, statement_of(group))
      local fields, refractory = { every = every, every_variable = variable }, refractoriness(model, env)
      env, segment, refractory = prepare_group(env, segment, group, refractory, "slow", fields)
      run_group(env, segment, group, refractory)
      lines.store(env, segment)
      model:emit(segment, "slow", fields)
    else
      rest[#rest + 1] = group
    end
  end
  return rest
end

--- The update of a step: role "update".
---@param model table
---@return table? refractory
function parts.update(model)
  local groups = slow_programs(model, in_order(model))
  local env = lower.environment(model, { role = "update" })
  local segment = assemble.segment(model, { name = "update", role = "update", levels = { 0, 3 }, nests = nests })
  local refractory = refractoriness(model, env)
  if refractory and refractory.waiting then model:write(env, refractory.waiting, model.graph:real(refractory.still)) end
  local resting = refractory
  for _, group in ipairs(groups) do
    env, segment, resting = prepare_group(env, segment, group, resting, "update")
    run_group(env, segment, group, resting)
  end
  local spike = model.source.spike
  local condition
  if spike then
    at_part(env, "spike")
    condition = lower.bool(env, spike)
    if resting then condition = model.graph:conjunction(resting.active, condition) end
    assemble.mark(segment, condition, "spike: " .. algebra.text(spike))
  end
  for _, variable in ipairs(model.variables) do
    if variable.is_zeroed then model:write(env, variable, model.graph:const(0)) end
  end
  lines.store(env, segment)
  if condition then assemble.effect(segment, { op = "spike", value = condition, level = 3 }) end
  model:emit(segment, "update")
  return refractory
end

--- What a spike does to its neuron: roles "reset" and "axon_reset".
---@param model table
---@param part string
---@param role string
---@param refractory? table  what parts.update returned
function parts.event(model, part, role, refractory)
  local env = lower.environment(model, { role = role })
  local segment = assemble.segment(model, { name = role, role = role, levels = { 3 }, nests = { [3] = "list" } })
  for _, statement in ipairs(model.source[part]) do
    local value = lines.assign(env, statement, model.by_name[statement.target.name])
    assemble.mark(segment, value, statement.bare)
  end
  lines.store(env, segment)
  if role == "reset" then
    if refractory and refractory.waiting then
      assemble.effect(segment, { op = "store", slot = refractory.waiting.slot, value = model.graph:const(1), level = 3 })
    elseif refractory then
      local number = lines.number(model.source.refractory)
      local length = number and model.graph:const(number) or lower.real(env, model.source.refractory)
      assemble.effect(segment, { op = "freeze", slot = refractory.frozen.slot, value = model.graph:div(length, model:dt()), level = 3 })
    end
    assemble.effect(segment, { op = "stamp", slot = model:last_spike().slot, level = 3 })
  end
  model:emit(segment, role)
end

--- Spikes of the axon: a condition of their own where the neuron itself does not spike; roles "axon" and "axon_reset".
---@param model table
---@param refractory? table
function parts.axon(model, refractory)
  local env = lower.environment(model, { role = "axon" })
  local segment = assemble.segment(model, { name = "axon", role = "axon", levels = { 3 }, nests = { [3] = "each" } })
  at_part(env, "axon_spike")
  local condition = lower.bool(env, model.source.axon_spike)
  if refractory then condition = model.graph:conjunction(refractory.active, condition) end
  local spike = model.source.spike
  if spike then condition = model.graph:conjunction(condition, model.graph:negation(lower.bool(env, spike))) end
  assemble.effect(segment, { op = "spike", value = condition, level = 3 })
  model:emit(segment, "axon")
  parts.event(model, "axon_reset", "axon_reset", nil)
end

--- Lines that act on the neurons from outside, role "operation". Refractory neurons take part.
---@param model table
---@param list table[]  statements
function parts.operation(model, list)
  local env = lower.environment(model, { role = "operation" })
  local segment = assemble.segment(model, { name = "operation", role = "operation", levels = { 0, 3 }, nests = nests, plain = true })
  for _, statement in ipairs(list) do
    local variable = model.by_name[statement.target.name]
    env.level = variable.level
    local value = lines.assign(env, statement, variable)
    assemble.mark(segment, value, statement.bare)
  end
  lines.store(env, segment)
  model:emit(segment, "operation")
end

return parts
