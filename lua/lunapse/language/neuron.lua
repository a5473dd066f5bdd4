--- Neurons: a checked neuron model and its options to programs.
---
--- Roles: "derive", "init", "slow" (lines with every), "update", "axon", "reset", "axon_reset". The update is one program per neuron
--- (and one for what is population-wide, before it): equations in reading order, targets without an equation zeroed, threshold last.

local Model = require "lunapse.language.model"
local algebra = require "lunapse.language.algebra"
local assemble = require "lunapse.language.assemble"
local functions = require "lunapse.language.functions"
local initial = require "lunapse.language.initial"
local lines = require "lunapse.language.lines"
local lower = require "lunapse.language.lower"
local scope = require "lunapse.language.scope"
local systems = require "lunapse.language.systems"
local tree = require "lunapse.language.tree"

local neuron = {}

local Neuron = setmetatable({}, { __index = Model })
Neuron.__index = Neuron

local parts = { "equations", "reset", "axon_reset" }

--- Point errors at a part that is one expression: spike, refractory, axon_spike.
local function at_part(env, part)
  local source = env.model.source
  env.statement = source.conditions and source.conditions[part] or { place = (source.places or {})[part] }
end

-- -------------------------------------------------------------------------------------------------------------- variables

local function declare_parameters(model)
  local scopes = model.options.param_scopes or {}
  for _, parameter in ipairs(model.source.parameters or {}) do
    model:declare {
      name = parameter.name, kind = "parameter", level = scopes[parameter.name] == "elem" and 3 or 0, fixed = true,
      default = parameter.default, init_tree = type(parameter.default) == "table" and parameter.default or nil,
      init = lines.number(parameter.default), is_int = parameter.type == "int", is_bool = parameter.type == "bool",
      unit = parameter.unit, is_parameter = true,
    }
  end
end

--- A variable from a statement that writes it; later statements add their flags.
local function declare_state(model, statement)
  local name, flags = statement.target.name, statement.flags
  local variable = model.by_name[name]
  if not variable then
    variable = model:declare { name = name, kind = "state", level = (model.options.param_scopes or {})[name] == "elem" and 3 or 0, init = 0 }
  end
  variable.text = variable.text or statement.text
  variable.equation = variable.equation or statement
  if flags.init then variable.init, variable.init_tree, variable.equation = lines.number(flags.init), flags.init, statement end
  if flags.type then variable.is_int, variable.is_bool = flags.type == "int", flags.type == "bool" end
  variable.unit = flags.unit or variable.unit
  variable.min_text = flags.min and algebra.text(flags.min) or variable.min_text
  variable.max_text = flags.max and algebra.text(flags.max) or variable.max_text
  if flags.scope then
    variable.flag, variable.flag_level = flags.scope, scope.of_flag(model, flags.scope)
    if variable.flag_level == 3 then variable.level = 3 end
  end
end

local function declare_states(model)
  for _, part in ipairs(parts) do
    for _, statement in ipairs(model.source[part] or {}) do
      local is_target = part ~= "equations" and statement.target.name:find "^g_." and not model.by_name[statement.target.name]
      if not is_target then declare_state(model, statement) end
    end
  end
end

--- Conductances and sums that the equations read and nobody defines: targets.
local function declare_targets(model)
  model.targets = {}
  local function target(name, variable_name, how)
    model.targets[name] = model.targets[name] or {}
    model.targets[name][how] = variable_name
    if not model.by_name[variable_name] then
      model:declare { name = variable_name, kind = "target", level = 3, init = 0, target = name, is_zeroed = true,
        text = how == "g" and "what arrives at target '" .. name .. "'" or "sum(" .. name .. ")" }
    end
  end
  local function visit(node)
    tree.each(node, function(n)
      if n.kind == "name" and not n.base and n.name:find "^g_." and not model.by_name[n.name] then target(n.name:sub(3), n.name, "g") end
      if n.kind == "call" and n.name == "sum" and n.args[1] and n.args[1].kind == "name" and not model.by_name[n.args[1].name] then
        target(n.args[1].name, "sum_" .. n.args[1].name, "sum")
        return false
      end
    end)
  end
  local source = model.source
  for _, part in ipairs(parts) do
    for _, statement in ipairs(source[part] or {}) do
      if statement.lhs then visit(statement.lhs) end
      visit(statement.target)
      visit(statement.rhs)
      for _, flag in ipairs { "min", "max", "init" } do if statement.flags[flag] then visit(statement.flags[flag]) end end
    end
  end
  for _, part in ipairs { "spike", "axon_spike", "refractory" } do
    if type(source[part]) == "table" then visit(source[part]) end
  end
  for _, variable in ipairs(model.variables) do -- a conductance with an equation of its own is a target too
    local name = variable.kind == "state" and variable.name:match "^g_(.+)$"
    if name then
      model.targets[name] = model.targets[name] or {}
      model.targets[name].g = variable.name
    end
  end
end

-- ------------------------------------------------------------------------------------------------------------------ scopes

--- The level of a name or call, for inference.
function Neuron:level_of(node)
  if node.kind == "call" then
    local row = functions.rows[node.name]
    if row and row.role == "draw" then return 3 end
    if row and row.role == "reduction" or (functions.also_reductions[node.name] and #node.args == 1) then
      if node.name == "sum" then return 3, true end
      return 0, true
    end
    return 0
  end
  if node.base then
    local ref = (self.options.refs or {})[node.base]
    return ref and ref.by == "elem" and 3 or 0
  end
  local variable = self.by_name[node.name]
  if variable then return variable.level end
  if node.name == "i" or node.name == "t_last" or node.name == "r" or self:noise_name(node) then return 3 end
  return 0
end

--- Parameters whose default is drawn, or computed from such ones, belong to each neuron.
local function widen_parameters(model, level_of_tree)
  for _, variable in ipairs(model.variables) do
    if variable.is_parameter and variable.init_tree and not variable.init then
      variable.level = variable.level | level_of_tree(variable.init_tree)
    end
  end
end

local function infer_scopes(model)
  local uses, written = {}, {}
  local function use(statement, context)
    local variable = model.by_name[statement.target.name]
    local trees = { statement.rhs }
    if statement.lhs then trees[2] = statement.lhs end
    for _, flag in ipairs { "min", "max", "init" } do trees[#trees + 1] = statement.flags[flag] end
    written[variable] = true
    uses[#uses + 1] = { variable = variable, trees = trees, context = context, statement = statement }
  end
  for _, statement in ipairs(model.source.equations or {}) do
    local variable = model.by_name[statement.target.name]
    -- A line that only assigns can be computed once; what carries its value from step to step belongs to each neuron,
    -- whose initial value can be its own.
    local carries = statement.kind == "ode" or statement.op ~= "="
    use(statement, carries and variable.flag_level ~= 0 and 3 or 0)
  end
  for _, part in ipairs { "reset", "axon_reset" } do
    for _, statement in ipairs(model.source[part] or {}) do use(statement, 3) end
  end
  for _, variable in ipairs(model.variables) do
    if variable.is_parameter and written[variable] then variable.level, variable.kind = 3, "state" end
    if variable.is_parameter and variable.kind == "parameter" then
      local from_outside = false
      for _, name in ipairs(model.options.written or {}) do from_outside = from_outside or name == variable.name end
      variable.constant = not from_outside
    end
  end
  local function level_of_tree(node) return scope.of_tree(node, function(n) return model:level_of(n) end) end
  widen_parameters(model, level_of_tree)
  scope.infer(uses, level_of_tree)
  scope.check(model, uses, function(n) return (model:level_of(n)) end)
  for _, variable in ipairs(model.variables) do
    model:place(variable)
    variable.slot.is_int = variable.is_int
    if variable.kind == "state" and variable.level == 0 then
      model:note("scope", "%s lives once per population%s", variable.name, variable.flag_level == 0 and "" or ": it depends on nothing else")
    end
  end
end

-- ------------------------------------------------------------------------------------------------------------------- names

function Neuron:meaning(env, node)
  if node.base then return self:reference(env, node) end
  local variable = self.by_name[node.name]
  if variable then return self:read(env, variable) end
  local value = self:common(env, node)
  if value then return value end
  local graph, name = self.graph, node.name
  if name == "i" then return graph:index(3) end
  if name == "N" then return graph:load(self:hidden("N", { level = 0, constant = true, text = "size of the population" }).slot) end
  if name == "t_last" then return graph:load(self:last_spike().slot) end
  if name == "r" and self.source.spike then return graph:load(self:own_rate().slot) end
  if self:noise_name(node) then
    lower.fail(env, node, ("'%s' is noise: it can stand on the right side of a differential equation only"):format(name), "")
  end
  lower.fail(env, node, ("unknown name '%s'"):format(name), self:known_names { "i", "N", "t_last" })
end

function Neuron:last_spike()
  return self:hidden("t_last", { level = 3, type = "time", init = -1e9, text = "time of the last spike" })
end

--- The rate that the population counts over its window (pop:compute_rate).
function Neuron:own_rate()
  self.needs.rate = true
  return self:hidden("r", { level = 3, text = "rate over the window of compute_rate" })
end

--- A name with a dot: another population's variable.
function Neuron:reference(env, node)
  local refs = self.options.refs or {}
  local ref = refs[node.base]
  if not ref then
    local names = {}
    for name in pairs(refs) do names[#names + 1] = name end
    lower.fail(env, node, ("unknown '%s' in '%s.%s'"):format(node.base, node.base, node.name),
      #names > 0 and names or "give the population as refs = { " .. node.base .. " = ... }")
  end
  local variable = ref.variables[node.name]
  if not variable then
    local names = {}
    for name in pairs(ref.variables) do if not name:find "^_" then names[#names + 1] = name end end
    lower.fail(env, { pos = node.pos, stop = node.stop, name = node.name }, ("'%s' has no '%s'"):format(node.base, node.name), names)
  end
  local level = variable.scope ~= "uniform" and ref.by == "elem" and 3 or 0
  return self.graph:load(self:foreign("ref:" .. node.base, node.name, { level = level, kind = variable.type or variable.kind_of_slot }))
end

--- sum(exc), and mean(v), min(v) ... over the whole population.
function Neuron:reduction(env, node)
  local argument = node.args[1]
  if node.name == "sum" and argument.kind == "name" and not self.by_name[argument.name] then
    return self:read(env, self.by_name["sum_" .. argument.name])
  end
  if argument.kind ~= "name" or (not argument.base and not self.by_name[argument.name]) then
    lower.fail(env, argument, ("%s over a population takes the name of a variable"):format(node.name),
      "assign the expression to a variable first")
  end
  if node.name == "sum_post" or node.name == "sum_pre" then
    lower.fail(env, node, ("'%s' belongs to synapses"):format(node.name), "")
  end
  if argument.base then self:reference(env, argument) end -- for its errors
  local owner = argument.base and "ref:" .. argument.base or "self"
  return self.graph:load(self:over_population(env, node.name, owner, argument.name).slot)
end

-- ---------------------------------------------------------------------------------------------------------------- programs

--- Which lines a spike holds, and for whom: { active, holds }, or nil for a neuron without a refractory period.
local function refractoriness(model, env)
  local source = model.source
  local refractory = source.refractory
  local number = lines.number(refractory)
  if refractory == nil or number == 0 then return nil end
  local graph = model.graph
  local chosen = false
  for _, statement in ipairs(source.equations or {}) do chosen = chosen or statement.flags.unless_refractory end
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
  local groups = systems.group(model.source.equations or {}, function(statement)
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
    assemble.mark(segment, value, lines.comment(group.line))
  else
    systems.advance(env, group.system, refractory, lines.bound)
    for _, member in ipairs(group.system) do
      assemble.mark(segment, model:read(env, member.variable), lines.comment(member.statement))
    end
  end
end

local function statement_of(group) return group.line or group.system[1].statement end

--- Lines with `every`: a segment of their own for each, before the update.
local function slow_programs(model, groups)
  local rest = {}
  for _, group in ipairs(groups) do
    if statement_of(group).flags.every then
      local env = lower.environment(model, { role = "update" })
      local segment = assemble.segment(model, { name = "slow", role = "slow", levels = { 0, 3 }, nests = { [0] = "each", [3] = "each" } })
      local refractory = refractoriness(model, env)
      run_group(env, segment, group, refractory)
      lines.store(env, segment)
      local every, variable = lines.period(env, statement_of(group))
      model:emit(segment, "slow", { every = every, every_variable = variable })
    else
      rest[#rest + 1] = group
    end
  end
  return rest
end

local function update_program(model)
  local groups = slow_programs(model, in_order(model))
  local env = lower.environment(model, { role = "update" })
  local segment = assemble.segment(model, { name = "update", role = "update", levels = { 0, 3 }, nests = { [0] = "each", [3] = "each" } })
  local refractory = refractoriness(model, env)
  if refractory and refractory.waiting then model:write(env, refractory.waiting, model.graph:real(refractory.still)) end
  for _, group in ipairs(groups) do run_group(env, segment, group, refractory) end
  local spike = model.source.spike
  local condition
  if spike then
    at_part(env, "spike")
    condition = lower.bool(env, spike)
    if refractory then condition = model.graph:conjunction(refractory.active, condition) end
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

local function event_program(model, part, role, refractory)
  local env = lower.environment(model, { role = role })
  local segment = assemble.segment(model, { name = role, role = role, levels = { 3 }, nests = { [3] = "list" } })
  for _, statement in ipairs(model.source[part] or {}) do
    local value = lines.assign(env, statement, model.by_name[statement.target.name])
    assemble.mark(segment, value, lines.comment(statement))
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

local function axon_program(model, refractory)
  local env = lower.environment(model, { role = "axon" })
  local segment = assemble.segment(model, { name = "axon", role = "axon", levels = { 3 }, nests = { [3] = "each" } })
  at_part(env, "axon_spike")
  local condition = lower.bool(env, model.source.axon_spike)
  if refractory then condition = model.graph:conjunction(refractory.active, condition) end
  local spike = model.source.spike
  if spike then condition = model.graph:conjunction(condition, model.graph:negation(lower.bool(env, spike))) end
  assemble.effect(segment, { op = "spike", value = condition, level = 3 })
  model:emit(segment, "axon")
  event_program(model, "axon_reset", "axon_reset", nil)
end

--- Compile a checked neuron model.
---@param source table  the front's checked model
---@param options table  see back.neuron
---@return table compiled
function neuron.compile(source, options)
  local model = setmetatable(Model.new("neuron", source, options), Neuron)
  declare_parameters(model)
  declare_states(model)
  declare_targets(model)
  infer_scopes(model)
  initial.programs(model)
  local refractory = update_program(model)
  if source.axon_spike then axon_program(model, refractory) end
  if source.spike then event_program(model, "reset", "reset", refractory) end
  return model:finish {
    targets = model.targets, is_spiking = source.spike ~= nil, has_axon = source.axon_spike ~= nil,
  }
end

neuron.Neuron = Neuron

return neuron
