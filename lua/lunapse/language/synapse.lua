--- Synapses: a checked synapse model, the two neurons and the options of a projection to programs.
---
--- Roles: "derive", "init", "pre" (a spike arrives), "psp", "equations" and "summed" (in one order), "post" (the post neuron spikes),
--- "flush", "pruning". Each part may have several programs, from narrow to wide: once per projection, per pre neuron, per post neuron,
--- per synapse.

local Model = require "lunapse.language.model"
local Synapse = require "lunapse.language.sides"
local algebra = require "lunapse.language.algebra"
local assemble = require "lunapse.language.assemble"
local initial = require "lunapse.language.initial"
local lines = require "lunapse.language.lines"
local lower = require "lunapse.language.lower"
local reductions = require "lunapse.language.reductions"
local scope = require "lunapse.language.scope"
local systems = require "lunapse.language.systems"
local traces = require "lunapse.language.traces"
local tree = require "lunapse.language.tree"

local synapse = {}

local parts = { "equations", "pre_spike", "post_spike" }
local levels = { uniform = 0, pre = 1, post = 2, syn = 3 }

local function each_statement(model, visit)
  for _, part in ipairs(parts) do
    for _, statement in ipairs(model.source[part] or {}) do visit(statement, part) end
  end
end

local function writes_weight(statement) return not statement.target.base and statement.target.name == "w" end

-- -------------------------------------------------------------------------------------------------------------- variables

local function declare_parameters(model)
  local scopes = model.options.param_scopes or {}
  for _, parameter in ipairs(model.source.parameters or {}) do
    model:declare {
      name = parameter.name, kind = "parameter", level = levels[scopes[parameter.name] or "uniform"], fixed = true, constant = true,
      default = parameter.default, init_tree = type(parameter.default) == "table" and parameter.default or nil,
      init = lines.number(parameter.default), is_int = parameter.type == "int", is_bool = parameter.type == "bool",
      unit = parameter.unit, is_parameter = true,
    }
  end
end

local function declare_weight(model)
  local is_learned = false
  each_statement(model, function(statement) is_learned = is_learned or writes_weight(statement) end)
  model.is_learned = is_learned
  model:declare { name = "w", kind = is_learned and "state" or "parameter", level = (is_learned or model.options.weight_scope ~= "uniform") and 3 or 0,
    fixed = true, init = 1, text = "weight" }
  model:declare { name = "d", kind = "parameter", level = model.options.delay_scope == "syn" and 3 or 0, fixed = true, init = 0, text = "delay in ms" }
end

local function declare_states(model)
  local scopes = model.options.param_scopes or {}
  each_statement(model, function(statement, part)
    local name, flags = statement.target.name, statement.flags
    if statement.target.base or (part ~= "equations" and name == "g_target") then return end
    local variable = model.by_name[name]
    if not variable then variable = model:declare { name = name, kind = "state", level = levels[scopes[name] or "uniform"], init = 0 } end
    if variable.name ~= "w" then variable.text = variable.text or statement.text end
    variable.equation = variable.equation or statement
    if flags.init then variable.init, variable.init_tree, variable.equation = lines.number(flags.init), flags.init, statement end
    if flags.type then variable.is_int, variable.is_bool = flags.type == "int", flags.type == "bool" end
    variable.unit = flags.unit or variable.unit
    variable.min_text = flags.min and algebra.text(flags.min) or variable.min_text
    variable.max_text = flags.max and algebra.text(flags.max) or variable.max_text
    if flags.scope then
      variable.flag, variable.flag_level = flags.scope, scope.of_flag(model, flags.scope)
      variable.level = variable.level | variable.flag_level
    end
    -- a synapse that is created later starts with its own initial values
    if model.source.creating and not variable.flag_level then variable.level = 3 end
  end)
end

-- ------------------------------------------------------------------------------------------------------------------ scopes

local function note_neuron_writes(model)
  model.neuron_writes = {}
  each_statement(model, function(statement, part)
    local target = statement.target
    if target.base and part ~= "equations" then
      model.neuron_writes[part .. ":" .. target.base .. "." .. target.name] = true
    elseif target.name == "g_target" then
      for _, name in ipairs(model.options.targets or {}) do
        local found = model:target_variable(name)
        model.neuron_writes[part .. ":post." .. found.var] = true
      end
    end
  end)
end

local function infer_scopes(model)
  local uses = {}
  local contexts = { equations = 0, pre_spike = model.pre_level, post_spike = 2 }
  each_statement(model, function(statement, part)
    local variable = not statement.target.base and model.by_name[statement.target.name]
    if not variable then return end
    local trees = { statement.rhs }
    if statement.lhs then trees[2] = statement.lhs end
    for _, flag in ipairs { "min", "max", "init" } do trees[#trees + 1] = statement.flags[flag] end
    local context = contexts[part]
    if statement.flags.unless_post then context = context | 3 end
    uses[#uses + 1] = { variable = variable, trees = trees, context = context, statement = statement, part = part }
  end)
  local function level_of(node, use) -- a draw is made for what the variable is said to live in
    local level, closed = model:level_of(node, use.part)
    local flag = use.variable.flag_level
    local is_random = node.kind == "call" and level == 3 and not closed or model:noise_name(node)
    if is_random and flag then level = flag end
    return level, closed
  end
  local function level_of_tree(node, use) return scope.of_tree(node, function(n) return level_of(n, use) end) end
  for _, variable in ipairs(model.variables) do
    if variable.is_parameter and variable.init_tree and not variable.init then
      variable.level = variable.level | level_of_tree(variable.init_tree, { variable = variable, part = "equations" })
    end
  end
  scope.infer(uses, level_of_tree)
  scope.check(model, uses, function(node, use) return (level_of(node, use)) end)
  for _, variable in ipairs(model.variables) do
    model:place(variable)
    variable.slot.is_int = variable.is_int
    if variable.kind == "state" and variable.name ~= "w" then
      model:note("scope", "%s lives %s%s", variable.name, scope.words(model, variable.level),
        variable.flag and " (said: " .. variable.flag .. ")" or "")
    end
  end
end

--- Event-driven variables get their storage; the equation leaves the equations.
local function place_traces(model)
  model.trace_groups = {}
  for _, statement in ipairs(model.source.equations or {}) do
    if statement.kind == "ode" and statement.flags.method == "event-driven" then
      local variable = model.by_name[statement.target.name]
      variable.equation = statement
      variable.member = systems.member(model, statement, variable, "event-driven")
    end
  end
  for _, variable in ipairs(model.variables) do
    if variable.member then
      local events = {}
      each_statement(model, function(statement, part)
        if not statement.target.base and statement.target.name == variable.name then
          if part ~= "equations" then events[part] = true
          elseif statement.kind ~= "ode" then
            model:fail(statement, statement.target, ("'%s' is event-driven: a line of the equations cannot write it"):format(variable.name), "")
          end
        end
      end)
      traces.place(model, variable, (events.pre_spike and "pre " or "") .. (events.post_spike and "post" or ""))
    end
  end
end

-- ---------------------------------------------------------------------------------------------------------------- targets

--- The variable of the post neuron behind a target: g_NAME or sum_NAME. Spikes add to g, psp to the sum where there are both.
---@param name string
---@return table
function Synapse:target_variable(name)
  local post = self.options.post
  local has_g, has_sum = post.variables_by_name["g_" .. name], post.variables_by_name["sum_" .. name]
  if has_g and has_g.kind == "parameter" then has_g = nil end
  if not has_g and not has_sum then
    local known = {}
    for other, variable in pairs(post.variables_by_name) do
      local target = other:match "^g_(.+)" or variable.kind == "target" and other:match "^sum_(.+)"
      if target and variable.kind ~= "parameter" then known[#known + 1] = target end
    end
    self:fail(nil, { name = name }, ("nothing in the post neuron%s reads the target '%s'"):format(
      post.name and (" '%s'"):format(post.name) or "", name), #known > 0 and known
      or ("it reads no target at all: use g_%s or sum(%s) in its equations"):format(name, name))
  end
  local takes_g = has_g and (not has_sum or (self.is_spiking and not self.source.psp))
  return self:of_neuron("post", (takes_g and "g_" or "sum_") .. name)
end

--- Complain about a synapse that transmits nothing although it has a target.
local function check_transmission(model)
  local targets = model.options.targets or {}
  local transmits = model.source.psp ~= nil
  each_statement(model, function(statement)
    transmits = transmits or statement.target.name == "g_target" or statement.target.base ~= nil
  end)
  if model.source.psp and #targets == 0 then
    model:fail({ place = (model.source.places or {}).psp }, model.source.psp, "psp without a target", "say where to: target = \"exc\"")
  end
  if transmits or #targets == 0 then return end
  if model.is_spiking or model.options.pre.is_spiking or model.options.pre.has_spikes then
    model:fail(nil, nil, "the synapse transmits nothing: it neither writes g_target nor has a psp",
      "add 'g_target += w' to pre_spike, or leave the projection without a target")
  end
end

-- ------------------------------------------------------------------------------------------------------------------- lines

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
  local model, graph = env.model, env.graph
  local key = variable.name
  local adds = (statement.op == "+=" or statement.op == "-=") and not statement.flags.min and not statement.flags.max
    and (uses.writes[key] or 0) + (uses.targets[key] or 0) == 1 and not uses.reads[key] and not variable.is_int and not variable.is_bool
  if not adds then
    local value = lines.assign(env, statement, variable, condition)
    assemble.mark(segment, value, lines.comment(statement))
    return
  end
  env.statement = statement
  local value = lower.real(env, statement.rhs)
  if statement.op == "-=" then value = graph:neg(value) end
  if condition then value = graph:select(condition, value, graph:const(0)) end
  assemble.mark(segment, value, lines.comment(statement))
  assemble.effect(segment, { op = "acc", slot = variable.slot, value = value, level = 3 })
  model.notes_of_adds = true
end

local function not_with_post(model)
  local graph = model.graph
  return graph:compare("ne", graph:load(model:of_neuron("pre", "t_last").slot), graph:load(model:of_neuron("post", "t_last").slot))
end

--- Run one assignment of any part.
function Synapse:line(env, segment, statement, uses)
  env.statement = statement
  local target = statement.target
  local condition = statement.flags.unless_post and not_with_post(self) or nil
  if target.name == "g_target" and not target.base then
    for _, name in ipairs(self.options.targets or {}) do
      write_neuron(env, segment, statement, self:target_variable(name), condition, uses)
    end
  elseif target.base then
    env.level = 3
    write_neuron(env, segment, statement, self:side(env, target), condition, uses)
  else
    local variable = self.by_name[target.name]
    env.level = variable.level
    local value = variable.trace and not condition and traces.assign(env, statement, variable)
      or lines.assign(env, statement, variable, condition)
    assemble.mark(segment, value, lines.comment(statement))
  end
end

--- Statements of a part as it is run: without those that change w while learning is off.
local function statements_of(model, part)
  local list = {}
  for _, statement in ipairs(model.source[part] or {}) do
    local is_stopped = model.options.plastic == false and writes_weight(statement)
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

-- ----------------------------------------------------------------------------------------------------------------- events

local function event_programs(model, part, role, own_level)
  local list = statements_of(model, part)
  local env = lower.environment(model, { part = part, role = role })
  local allowed = own_level == 3 and { 3 } or { own_level, 3 }
  local segment = assemble.segment(model, { name = part, role = role, levels = allowed, at_end = true,
    nests = { [own_level] = "list", [3] = role } })
  local uses = uses_in(model, list)
  for _, statement in ipairs(list) do model:line(env, segment, statement, uses) end
  lines.store(env, segment)
  traces.stamp(env, segment)
  if part == "pre_spike" and model.by_name._arrived then
    assemble.effect(segment, { op = "stamp", slot = model:arrival().slot, level = model:arrival().level })
  end
  model:emit(segment, role)
  if role == "post" then
    for _, entry in ipairs(model.programs) do
      if entry.role == "post" and entry.over == "syn" then model.needs.reverse = true end
    end
  end
end

-- -------------------------------------------------------------------------------------------------------------- equations

local function equation_groups(model)
  local default = model.options.method or "explicit"
  if default == "event-driven" then default = "explicit" end
  return systems.group(statements_of(model, "equations"), function(statement)
    return systems.member(model, statement, model.by_name[statement.target.name], default)
  end)
end

local function statement_of(group) return group.line or group.system[1].statement end

local function run_group(env, segment, group, uses)
  local model = env.model
  if group.line then return model:line(env, segment, group.line, uses) end
  systems.advance(env, group.system, nil, lines.bound)
  for _, member in ipairs(group.system) do
    assemble.mark(segment, model:read(env, member.variable), lines.comment(member.statement))
  end
end

--- Groups that run as one segment: those between two sums over synapses, on one clock.
local function equation_programs(model)
  local env, segment, uses, period
  local function close()
    if not segment then return end
    lines.store(env, segment)
    model:emit(segment, "equations", period)
    segment = nil
  end
  local function open(statement)
    env = lower.environment(model, { part = "equations", role = "equations", ahead = model:dt(), sums = {} })
    segment = assemble.segment(model, { name = "equations", role = "equations", levels = { 0, 1, 2, 3 },
      nests = { [0] = "each", "each", "each", "all" } })
    local every, variable = lines.period(env, statement)
    period = { every = every, every_variable = variable, clock = statement.flags.every and algebra.text(statement.flags.every) or "" }
  end
  uses = uses_in(model, statements_of(model, "equations"))
  for _, group in ipairs(equation_groups(model)) do
    local statement = statement_of(group)
    local clock = statement.flags.every and algebra.text(statement.flags.every) or ""
    if group.line and reductions.is_summed(statement) then
      close()
      open(statement)
      reductions.summed(model, env, statement, period)
      segment = nil
    else
      if segment and (period.clock ~= clock or reductions.find(group)) then close() end
      if not segment then
        open(statement)
        reductions.prepare(model, env, group, period)
      end
      run_group(env, segment, group, uses)
    end
  end
  close()
end

local function psp_programs(model)
  local psp = model.source.psp
  local targets = model.options.targets or {}
  if not psp and (#targets == 0 or model.is_spiking) then return end
  local env = lower.environment(model, { part = "psp", role = "psp", ahead = model:dt(), sums = {},
    statement = psp and (model.source.conditions and model.source.conditions.psp or { place = (model.source.places or {}).psp }) })
  psp = psp or tree.binary("*", tree.name("w"), tree.name("r", nil, "pre"))
  reductions.prepare(model, env, { line = { rhs = psp, flags = {} } }, nil, "psp")
  local slots = {}
  for k, name in ipairs(targets) do slots[k] = model:target_variable(name).slot end
  reductions.psp(model, env, psp, slots, model.source.operation or "sum")
end

-- ---------------------------------------------------------------------------------------------------------------- compile

local function needs_arrival(model)
  for _, statement in ipairs(model.source.post_spike or {}) do
    if tree.find(statement.rhs, function(n) return n.kind == "name" and not n.base and n.name == "t_pre" end) then return true end
  end
end

--- Compile a checked synapse model for a projection.
---@param source table  the front's checked model
---@param options table  see back.synapse
---@return table compiled
function synapse.compile(source, options)
  local model = setmetatable(Model.new("synapse", source, options), Synapse)
  model.neuron_variables, model.neuron_writes = {}, {}
  model.is_spiking = #(source.pre_spike or {}) > 0 or #(source.post_spike or {}) > 0
  model.pre_level = options.delay_scope == "syn" and 3 or 1
  check_transmission(model)
  declare_parameters(model)
  declare_weight(model)
  declare_states(model)
  note_neuron_writes(model)
  infer_scopes(model)
  place_traces(model)
  initial.programs(model)
  if needs_arrival(model) then model:arrival() end
  event_programs(model, "pre_spike", "pre", model.pre_level)
  psp_programs(model)
  equation_programs(model)
  event_programs(model, "post_spike", "post", 2)
  local flushes = traces.flushes(model)
  return model:finish { flushes = flushes, is_spiking = model.is_spiking, is_learned = model.is_learned, internal = model }
end

return synapse
