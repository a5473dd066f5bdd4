--- Text that acts on compiled models from outside: operations, values for a variable, conditions on a population.
---
--- Each is compiled against the compiled model, reads and writes its variables, and adds hidden variables of its own. Constants are not
--- derived here, because an operation may change the parameters that they would be derived from.

local Model = require "lunapse.language.back.compilation"
local assemble = require "lunapse.language.back.assemble"
local front = require "lunapse.language.front"
local initial = require "lunapse.language.back.initial"
local lower = require "lunapse.language.back.lower"
local neuron_parts = require "lunapse.language.back.neuron_parts"
local scope = require "lunapse.language.back.scope"
local structural = require "lunapse.language.back.structural"
local synapse = require "lunapse.language.back.synapse"
local synapse_parts = require "lunapse.language.back.synapse_parts"
local tree = require "lunapse.language.base.tree"

local operation = {}

local sites_each = 4096 -- draw sites of one text; the model's own begin at 0

--- The model as an outsider sees it: the same variables, its own programs and hidden variables.
local function outsider(compiled, number)
  local inner = compiled.internal
  local model = setmetatable({
    variables = {}, by_name = setmetatable({}, { __index = inner.by_name }), programs = {}, notes = {}, needs = {}, reductions = {},
    derived = {}, derived_list = {}, sites = {}, n_sites = number * sites_each, slots = setmetatable({}, { __index = inner.slots }),
    neuron_variables = setmetatable({}, { __index = inner.neuron_variables or {} }), neuron_writes = {}, trace_groups = inner.trace_groups,
    inner = inner,
  }, { __index = inner })
  function model.known_names(_, more) return inner:known_names(more) end
  return model
end

--- The level of a line's right side, as `variable` would take it.
local function level_of(model, statement, variable)
  local function level(node) return scope.of_tree(node, function(n) return model:level_for(variable, n, "operation") end) end
  local sum = level(statement.rhs)
  for _, flag in ipairs { "min", "max" } do if statement.flags[flag] then sum = sum | level(statement.flags[flag]) end end
  return sum
end

--- Names of variables that live too narrowly for what is assigned to them, with the scope they need; errors for those that have to stay as they are said to be.
local function too_narrow(model, list)
  local widen, any = {}, false
  for _, statement in ipairs(list) do
    local variable = not statement.target.base and model.by_name[statement.target.name]
    if variable then
      local level = level_of(model, statement, variable)
      if level & ~variable.level ~= 0 then
        if variable.flag_level and level & ~variable.flag_level ~= 0 then
          model:fail(statement, statement.target, ("'%s' lives %s, the value assigned to it does not"):format(variable.name,
            scope.words(model, variable.level)), "its flag says so")
        end
        widen[variable.name], any = assemble.scope(model, variable.level | level), true
      end
    end
  end
  return any and widen or nil
end

local function writes_of(list)
  local writes = {}
  for _, statement in ipairs(list) do
    local target = statement.target
    writes[#writes + 1] = target.base and target.base .. "." .. target.name or target.name
  end
  return writes
end

--- Compile lines that act on the objects of a model.
---@param checked table  the front's model
---@param compiled table  what back.neuron or back.synapse made of it
---@param text string
---@param options? { number: integer?, name: string? }  number: 1, 2 ... for each text of an object, keeps their random numbers apart
---@return table  { programs (role "operation"), variables, needs, writes } or { widen = { name = scope } }
function operation.compile(checked, compiled, text, options)
  options = options or {}
  local list = front.operation(checked, text, { kind = compiled.kind, name = options.name or compiled.name, part = "operation" })
  local model = outsider(compiled, options.number or 1)
  local widen = too_narrow(model, list)
  if widen then return { widen = widen, writes = writes_of(list) } end
  local parts = compiled.kind == "neuron" and neuron_parts or synapse_parts
  parts.operation(model, list)
  return { programs = model.programs, variables = Model.shown(model), needs = model.needs, writes = writes_of(list) }
end

--- Compile an expression that fills a variable: pop.v = "-60 + 5*Normal(0, 1)". Event-driven variables must have been flushed.
---@param checked table
---@param compiled table
---@param name string
---@param text string
---@param number? integer
---@return table program  nest each or all; over the variable's scope
function operation.fill(checked, compiled, name, text, number)
  local place = { kind = compiled.kind, name = compiled.name, part = name }
  local node = front.formula(checked, text, place)
  local model = outsider(compiled, number or 1)
  local variable = model.by_name[name]
  local statement = { place = { kind = place.kind, name = place.name, part = name, text = text } }
  local level = level_of(model, { rhs = node, flags = {} }, variable)
  if level & ~variable.level ~= 0 then
    local culprit = tree.find(node, function(n)
      return (n.kind == "name" or n.kind == "call") and (model:level_for(variable, n, "operation")) & ~variable.level ~= 0
    end)
    model:fail(statement, culprit, ("'%s' lives %s"):format(name, scope.words(model, variable.level)), "")
  end
  local program = initial.program(model, variable, node, statement).program
  if #model.reductions > 0 or #model.programs > 0 then
    model:fail(statement, node, "sums and means cannot stand in an initial value", "compute them first")
  end
  return program
end

--- Compile an expression on the elements of a population or projection: a condition, or the name of what is defined.
---@param checked table
---@param compiled table
---@param text string
---@param is_condition boolean
---@return table  { program, over, variable (hidden, receives the value; of a condition 1 or 0), reductions }
function operation.value(checked, compiled, text, is_condition)
  local place = { kind = compiled.kind, name = compiled.name, part = is_condition and "condition" or nil, text = text }
  local node = front.formula(checked, text, place, is_condition)
  local model = outsider(compiled, 0)
  local level = level_of(model, { rhs = node, flags = {} }, {})
  local variable = model:hidden("_value", { level = level })
  local env = lower.environment(model, { statement = { place = place }, part = "operation", role = "operation", looks = true })
  local nests = compiled.kind == "neuron" and { [0] = "each", [3] = "each" } or { [0] = "each", "each", "each", "all" }
  local segment = assemble.segment(model, { name = "value", levels = { level }, nests = nests, plain = true })
  assemble.effect(segment, { op = "store", slot = variable.slot, value = is_condition and model.graph:real(lower.bool(env, node)) or lower.real(env, node), level = level })
  local entry = assemble.programs(segment)[1]
  return { program = entry.program, over = entry.over, variable = Model.shown(model)[1], reductions = model.reductions }
end

--- Compile an expression over pairs of neurons: which of them to connect, or with what weight.
---@param text string  names: i, j, pre.X, post.X, random functions
---@param options { pre: table, post: table, name: string?, is_condition: boolean? }
---@return table { program, variable (one value per pair), reductions }  nest "all" on dense storage of the pairs
function operation.pairs(text, options)
  local place = { kind = "connection", name = options.name, part = options.is_condition and "condition" or nil, text = text }
  local checked = front.synapse { name = options.name, equations = "" }
  local compiled = synapse.compile(checked, { name = options.name, pre = options.pre, post = options.post, targets = {} })
  local node = front.formula(checked, text, place, options.is_condition)
  local model = outsider(compiled, 0)
  local entry, name = structural.pairs(model, node, place)
  return { program = entry.program, variable = select(2, Model.shown(model))[name], reductions = model.reductions }
end

operation.sites_each = sites_each
return operation
