--- Neurons: a checked neuron model and its options to programs.
---
--- Roles: "derive", "init", "slow" (lines with every), "update", "reset", and for each event beside spikes "event" and "effect". The update is one program per neuron
--- (and one for what is population-wide, before it): equations in reading order, targets without an equation zeroed, threshold last.

local Model = require "lunapse.language.back.compilation"
local Neuron = require "lunapse.language.back.neuron_names"
local algebra = require "lunapse.language.back.algebra"
local initial = require "lunapse.language.back.initial"
local lines = require "lunapse.language.back.lines"
local looks = require "lunapse.language.back.looks"
local neuron_parts = require "lunapse.language.back.neuron_parts"
local parts = require "lunapse.language.base.parts"
local scope = require "lunapse.language.back.scope"
local tree = require "lunapse.language.base.tree"

local neuron = {}

-- -------------------------------------------------------------------------------------------------------------- variables

local of_target = { sum = true, mean = true, min = true, max = true }

local function declare_parameters(model)
  local scopes = model.options.param_scopes or {}
  for _, parameter in ipairs(model.source.parameters) do
    model:declare {
      name = parameter.name, kind = "parameter", level = scopes[parameter.name] == "elem" and 3 or 0, fixed = true,
      default = parameter.default, init_tree = type(parameter.default) == "table" and parameter.default or nil,
      init = lines.number(parameter.default), is_int = parameter.type == "int", is_bool = parameter.type == "bool",
      unit = parameter.unit, is_parameter = true, flag_level = parameter.scope and scope.of_flag(model, parameter.scope),
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
  parts.each_statement(model.source, function(statement, part)
    local is_target = part ~= "equations" and statement.target.name:find "^g_." and not model.by_name[statement.target.name]
    if not is_target then declare_state(model, statement) end
  end)
end

--- Conductances and sums that the equations read and nobody defines: targets. They gather for the next step as soon as a step has used them;
--- what arrived in a step is kept beside them, for whoever looks (`seen`).
local function declare_targets(model)
  model.targets = {}
  local function target(name, variable_name, how)
    model.targets[name] = model.targets[name] or {}
    model.targets[name][how] = variable_name
    if not model.by_name[variable_name] then
      model:declare { name = variable_name, kind = "target", level = 3, init = 0, target = name, is_zeroed = true,
        text = how == "g" and "what arrives at target '" .. name .. "'" or "sum(" .. name .. ")",
        seen = model:hidden("_seen_" .. variable_name, { level = 3, text = "what arrived in this step at '" .. name .. "'" }) }
    end
  end
  local function visit(node)
    tree.each(node, function(n)
      if n.kind == "name" and not n.base and n.name:find "^g_." and not model.by_name[n.name] then target(n.name:sub(3), n.name, "g") end
      if n.kind == "call" and of_target[n.name] and #n.args == 1 and n.args[1].kind == "name" and not n.args[1].base and not model.by_name[n.args[1].name] then
        target(n.args[1].name, "sum_" .. n.args[1].name, "sum")
        return false
      end
    end)
  end
  parts.each_statement(model.source, function(statement)
    if statement.lhs then visit(statement.lhs) end
    visit(statement.target)
    visit(statement.rhs)
    for _, flag in ipairs { "min", "max", "init" } do if statement.flags[flag] then visit(statement.flags[flag]) end end
  end)
  parts.each_condition(model.source, function(condition) visit(condition.rhs) end)
  for _, variable in ipairs(model.variables) do -- a conductance with an equation of its own is a target too
    local name = variable.kind == "state" and variable.name:match "^g_(.+)$"
    if name then
      model.targets[name] = model.targets[name] or {}
      model.targets[name].g = variable.name
    end
  end
end

-- ------------------------------------------------------------------------------------------------------------------ scopes

--- Parameters whose default is drawn, or computed from such ones, belong to each neuron.
local function widen_parameters(model, level_of_tree)
  for _, variable in ipairs(model.variables) do
    if variable.is_parameter and variable.init_tree and not variable.init then
      variable.level = variable.level | level_of_tree(variable.init_tree, { variable = variable })
    end
  end
end

local function infer_scopes(model)
  local uses, written, from_outside = {}, {}, {}
  for _, name in ipairs(model.options.written or {}) do from_outside[name] = true end
  local function use(statement, context)
    local variable = model.by_name[statement.target.name]
    local trees = { statement.rhs }
    if statement.lhs then trees[2] = statement.lhs end
    for _, flag in ipairs { "min", "max", "init" } do trees[#trees + 1] = statement.flags[flag] end
    written[variable] = true
    uses[#uses + 1] = { variable = variable, trees = trees, context = context, statement = statement }
  end
  parts.each_statement(model.source, function(statement, part)
    if part ~= "equations" then return use(statement, 3) end -- a spike is one neuron's
    local variable = model.by_name[statement.target.name]
    -- A line that only assigns can be computed once; what carries its value from step to step belongs to each neuron,
    -- whose initial value can be its own.
    local carries = statement.kind == "ode" or statement.op ~= "="
    use(statement, carries and variable.flag_level ~= 0 and 3 or 0)
  end)
  for _, variable in ipairs(model.variables) do
    if variable.is_parameter and written[variable] then variable.level, variable.kind = 3, "state" end
    if variable.is_parameter and variable.kind == "parameter" then
      variable.constant = not from_outside[variable.name]
      -- synapses write to each neuron; what the model says is one value for all stays one
      if from_outside[variable.name] and variable.flag_level ~= 0 then variable.level = 3 end
    end
  end
  local function level_of(node, of) return model:level_for(of.variable, node) end
  local function level_of_tree(node, of) return scope.of_tree(node, function(n) return level_of(n, of) end) end
  widen_parameters(model, level_of_tree)
  scope.infer(model, uses, level_of_tree)
  scope.check(model, uses, function(node, of) return (level_of(node, of)) end)
  for _, variable in ipairs(model.variables) do
    model:place(variable)
    variable.slot.is_int = variable.is_int
    if variable.kind == "state" and variable.level == 0 then
      local why = variable.flag_level == 0 and "" or ": it depends on nothing else"
      model:note("scope", ("%s lives once per population%s"):format(variable.name, why), { name = variable.name })
    end
  end
end

--- Names of the kinds of events beside spikes: the engine numbers them so.
local function event_names(source)
  local list = {}
  for k, event in ipairs(source.events) do list[k] = event.name end
  return list
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
  for _, event in ipairs(source.events) do if event.time then model:last_event(event) end end
  infer_scopes(model)
  initial.programs(model)
  neuron_parts.programs(model)
  return model:finish {
    looks = looks.programs(model),
    targets = model.targets, is_spiking = source.spike ~= nil, events = event_names(source), internal = model,
  }
end

return neuron
