--- Synapses: a checked synapse model, the two neurons and the options of a projection to programs.
---
--- Roles: "derive", "init", "pre" (a spike arrives), "psp", "equations" and "summed" (in one order), "post" (the post neuron spikes), "pathway" and "pathway_post"
--- (other events, and what has a delay of its own), "flush", "pruning". Each part may have several programs, from narrow to wide: once per projection, per pre neuron, per post neuron,
--- per synapse.

local Model = require "lunapse.language.back.compilation"
local Synapse = require "lunapse.language.back.synapse_names"
local algebra = require "lunapse.language.back.algebra"
local initial = require "lunapse.language.back.initial"
local lines = require "lunapse.language.back.lines"
local looks = require "lunapse.language.back.looks"
local parts = require "lunapse.language.base.parts"
local pathways = require "lunapse.language.back.pathways"
local scope = require "lunapse.language.back.scope"
local structural = require "lunapse.language.back.structural"
local synapse_parts = require "lunapse.language.back.synapse_parts"
local systems = require "lunapse.language.back.systems"
local traces = require "lunapse.language.back.traces"
local tree = require "lunapse.language.base.tree"

local synapse = {}

local levels = { uniform = 0, pre = 1, post = 2, syn = 3 }

local function each_statement(model, visit) parts.each_statement(model.source, visit) end

-- -------------------------------------------------------------------------------------------------------------- variables

local function declare_parameters(model)
  local scopes = model.options.param_scopes or {}
  for _, parameter in ipairs(model.source.parameters) do
    model:declare {
      name = parameter.name, kind = "parameter", level = levels[scopes[parameter.name] or "uniform"], fixed = true, constant = true,
      default = parameter.default, init_tree = type(parameter.default) == "table" and parameter.default or nil,
      init = lines.number(parameter.default), is_int = parameter.type == "int", is_bool = parameter.type == "bool",
      unit = parameter.unit, is_parameter = true, flag_level = parameter.scope and scope.of_flag(model, parameter.scope),
    }
  end
end

local function declare_weight(model)
  local is_learned = false
  each_statement(model, function(statement) is_learned = is_learned or synapse_parts.writes_weight(statement) end)
  model.is_learned = is_learned
  model:declare { name = "w", kind = is_learned and "state" or "parameter", level = (is_learned or model.options.weight_scope ~= "uniform") and 3 or 0,
    fixed = true, init = 1, text = "weight" }
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
    if (model.source.creating or model.options.creates) and not variable.flag_level then variable.level = 3 end
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

--- Event-driven variables that move together live together: each depends on the other.
local function add_companions(model, uses)
  local statement_of = {}
  for _, statement in ipairs(model.source.equations) do
    if statement.kind == "ode" and statement.flags.method == "event-driven" then statement_of[statement.target.name] = statement end
  end
  for name, statement in pairs(statement_of) do
    tree.each(statement.rhs, function(n)
      local other = n.kind == "name" and not n.base and n.name ~= name and statement_of[n.name]
      if other then
        uses[#uses + 1] = { variable = model.by_name[n.name], trees = { tree.name(name, n) }, context = 0, statement = other, part = "equations" }
      end
    end)
  end
end

local function infer_scopes(model)
  local uses = {}
  local contexts = { equations = 0 }
  for _, pathway in ipairs(model.source.pathways) do contexts[pathway.part] = model:level_of_pathway(pathway) end
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
  add_companions(model, uses)
  local function level_of(node, use) return model:level_for(use.variable, node, use.part) end
  local function level_of_tree(node, use) return scope.of_tree(node, function(n) return level_of(n, use) end) end
  for _, variable in ipairs(model.variables) do
    if variable.is_parameter and variable.init_tree and not variable.init then
      variable.level = variable.level | level_of_tree(variable.init_tree, { variable = variable, part = "equations" })
    end
  end
  scope.infer(model, uses, level_of_tree)
  scope.check(model, uses, function(node, use) return (level_of(node, use)) end)
  local uses_of = scope.by_variable(uses)
  for _, variable in ipairs(model.variables) do
    model:place(variable)
    variable.slot.is_int = variable.is_int
    if variable.kind == "state" and variable.name ~= "w" then
      local said = variable.flag and " (said: " .. variable.flag .. ")" or ""
      local reason = scope.reason(uses_of[variable] or {}, variable, function(node, use) return (level_of(node, use)) end)
      model:note("scope", ("%s lives %s%s%s"):format(variable.name, scope.words(model, variable.level), said, reason), { name = variable.name })
    end
  end
end

--- Event-driven equations that read each other's variables: variable -> the list of all that move together, itself among them, in the order of the model.
local function companions(model)
  local group_of = {}
  for _, variable in ipairs(model.variables) do
    if variable.member then group_of[variable] = { variable } end
  end
  for _, variable in ipairs(model.variables) do
    if variable.member then
      tree.each(variable.member.right, function(n)
        local other = n.kind == "name" and not n.base and model.by_name[n.name]
        if not other or not other.member or group_of[other] == group_of[variable] then return end
        local joined = group_of[variable]
        for _, one in ipairs(group_of[other]) do joined[#joined + 1], group_of[one] = one, joined end
      end)
    end
  end
  local place = {}
  for k, variable in ipairs(model.variables) do place[variable] = k end
  for _, group in pairs(group_of) do table.sort(group, function(a, b) return place[a] < place[b] end) end
  return group_of
end

--- Event-driven variables get their storage; the equation leaves the equations.
local function place_traces(model)
  model.trace_groups = {}
  for _, statement in ipairs(model.source.equations) do
    if statement.kind == "ode" and statement.flags.method == "event-driven" then
      local variable = model.by_name[statement.target.name]
      variable.equation = statement
      variable.member = systems.member(model, statement, variable, "event-driven")
    end
  end
  each_statement(model, function(statement, part)
    local variable = not statement.target.base and model.by_name[statement.target.name]
    if not variable or not variable.member then return end
    variable.events = variable.events or {}
    if part ~= "equations" then variable.events[part] = true
    elseif statement.kind ~= "ode" then
      model:fail(statement, statement.target, ("'%s' is event-driven: a line of the equations cannot write it"):format(variable.name), "")
    end
  end)
  local group_of = companions(model)
  for _, variable in ipairs(model.variables) do
    local group = group_of[variable]
    if group and #group > 1 then
      if not variable.trace then traces.place_together(model, group) end
    elseif variable.member then
      local written_in = {}
      for part in pairs(variable.events) do written_in[#written_in + 1] = part end
      table.sort(written_in)
      traces.place(model, variable, table.concat(written_in, " "))
    end
  end
end

-- ---------------------------------------------------------------------------------------------------------------- targets

--- Complain about a synapse that transmits nothing although it has a target.
local function check_transmission(model)
  local targets = model.options.targets or {}
  local transmits = model.source.psp ~= nil
  each_statement(model, function(statement)
    transmits = transmits or statement.target.name == "g_target" or statement.target.base ~= nil
  end)
  if model.source.psp and #targets == 0 then
    model:fail(model.source.conditions.psp, model.source.psp, "psp without a target", "say where to: target = \"exc\"")
  end
  if transmits or #targets == 0 then return end
  if model.is_spiking or model.options.pre.is_spiking or model.options.pre.has_spikes then
    model:fail(nil, nil, "the synapse transmits nothing: it neither writes g_target nor has a psp",
      "add 'g_target += w' to pre_spike, or leave the projection without a target")
  end
end

--- Synapses that share their weights have no values that move between events, each with a time of its own.
local function check_shared(model)
  if not model.options.shared then return end
  each_statement(model, function(statement)
    if statement.flags.method ~= "event-driven" then return end
    local variable = not statement.target.base and model.by_name[statement.target.name]
    if variable and variable.level == 3 and variable.slot then
      model:fail(statement, statement.target, ("'%s' would have a value for each synapse, and these share their weights"):format(variable.name),
        "leave out 'event-driven': what they share moves in every step")
    end
  end)
end

-- ---------------------------------------------------------------------------------------------------------------- compile

--- Is the arrival of pre spikes asked for where something else happens?
local function needs_arrival(model)
  for _, pathway in ipairs(model.source.pathways) do
    for _, statement in ipairs(model.source[pathway.part]) do
      if not pathways.is_arrival(pathway) and tree.find(statement.rhs, function(n) return n.kind == "name" and not n.base and n.name == "t_pre" end) then return true end
    end
  end
end

--- What events of one side do, in the order in which it acts in a step: what has the delays of all before what has its own.
local function run_events(model, list, side)
  for _, is_first in ipairs { true, false } do
    for k, pathway in ipairs(list) do
      if pathway.side == side and (pathways.role(model.options, pathway) == side) == is_first then synapse_parts.event(model, pathway, k) end
    end
  end
end

--- Compile a checked synapse model for a projection.
---@param source table  the front's checked model
---@param options table  see back.synapse
---@return table compiled
function synapse.compile(source, options)
  local model = setmetatable(Model.new("synapse", source, options), Synapse)
  model.neuron_variables, model.neuron_writes = {}, {}
  model.is_spiking = #source.pathways > 0
  model.pre_level = options.delay_scope == "syn" and 3 or 1
  check_transmission(model)
  declare_parameters(model)
  declare_weight(model)
  declare_states(model)
  note_neuron_writes(model)
  infer_scopes(model)
  check_shared(model)
  place_traces(model)
  initial.programs(model)
  if needs_arrival(model) then model:arrival() end
  local list = pathways.of(source, options.pre.events)
  run_events(model, list, "pre")
  synapse_parts.psp(model)
  synapse_parts.equations(model)
  run_events(model, list, "post")
  structural.programs(model)
  local flushes = traces.flushes(model)
  return model:finish { pathways = list, looks = looks.programs(model), flushes = flushes, is_spiking = model.is_spiking, is_learned = model.is_learned, internal = model }
end

return synapse
