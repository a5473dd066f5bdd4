--- Sums over synapses: psp into targets, post.total = sum(w), and sum_post(w) inside expressions.
---
--- Each is up to three programs: the goal is set to where the reduction starts, all synapses are reduced into it, and what mean, min
--- and max need is done at the end (neurons without synapses get 0).

local assemble = require "lunapse.language.back.assemble"
local lines = require "lunapse.language.back.lines"
local lower = require "lunapse.language.back.lower"
local tree = require "lunapse.language.base.tree"

local reductions = {}

local nests = { [0] = "each", "each", "each", "all" }
local starts = { sum = 0, count = 0, mean = 0, min = math.huge, max = -math.huge }
local operations = { sum = "sum", count = "sum", mean = "sum", min = "min_of", max = "max_of" }

local function segment_of(model, name, level)
  return assemble.segment(model, { name = name, levels = level and { level } or { 0, 1, 2, 3 }, nests = nests })
end

local function is_over_synapses(node)
  return node.kind == "call" and (node.name == "sum_post" or node.name == "sum_pre")
end

--- Whether a statement has the form post.X = sum(...), or count, mean, min, max of one argument. (All else that says mean(pre.r) goes over the population.)
function reductions.is_summed(statement)
  local rhs = statement.rhs
  return statement.target.base ~= nil and rhs.kind == "call" and starts[rhs.name] ~= nil and #rhs.args == 1
end

--- Set slots to a number, per element of a level.
local function set(model, slots, number, level, role, fields)
  local segment = segment_of(model, "start", level)
  for _, slot in ipairs(slots) do
    assemble.effect(segment, { op = "store", slot = slot, value = model.graph:const(number), level = level })
  end
  model:emit(segment, role, fields)
end

--- Reduce a value into slots.
local function reduce(model, value, slots, op, role, fields, text)
  local segment = segment_of(model, role)
  assemble.mark(segment, value, text)
  for _, slot in ipairs(slots) do
    assemble.effect(segment, { op = operations[op], slot = slot, value = value, level = 3 })
  end
  model:emit(segment, role, fields)
end

--- What a reduction has come to: mean divides, and where there are no synapses min and max are 0.
local function outcome(model, slot, op, level)
  local graph = model.graph
  local total = graph:load(slot)
  if op == "sum" or op == "count" then return total end
  if op ~= "mean" then return graph:select(graph:compare("eq", total, graph:const(starts[op])), graph:const(0), total) end
  local name = level == 2 and "N_incoming" or "N_outgoing"
  local count = model:meaning({ model = model, graph = graph, stored = {}, part = "equations" }, tree.name(name))
  local none = graph:compare("eq", count, graph:const(0))
  return graph:select(none, graph:const(0), graph:div(total, count))
end

local function finish(model, slot, op, level, role, fields)
  if op == "sum" or op == "count" then return end
  local segment = segment_of(model, "finish", level)
  assemble.effect(segment, { op = "store", slot = slot, value = outcome(model, slot, op, level), level = level })
  model:emit(segment, role, fields)
end

--- The programs of `post.total = sum(w)`, role "summed". Their field `piece` is "start", "reduce" or "finish": where several projections write one
--- variable, the first of them starts and the last one finishes.
---@param model table
---@param env table
---@param statement table
---@param period table  fields every, every_variable
---@param role string  "summed" or "operation"
function reductions.summed(model, env, statement, period, role)
  env.statement = statement
  if statement.op ~= "=" then
    lower.fail(env, statement.rhs, ("a sum over synapses is assigned, not '%s'"):format(statement.op), "use =, or sum_post(...) in an operation")
  end
  local variable = model:side(env, statement.target)
  if variable.level == 0 then
    lower.fail(env, statement.target, ("'%s' is one number for the whole population"):format(variable.name), "it must live once per neuron")
  end
  local op = statement.rhs.name
  reductions.prepare(model, env, { line = { rhs = statement.rhs.args[1], flags = {} } }, period, role)
  local function fields(piece)
    return { every = period.every, every_variable = period.every_variable, writes = variable.name, piece = piece, op = op }
  end
  set(model, { variable.slot }, starts[op], variable.level, role, fields "start")
  local argument = statement.rhs.args[1]       -- read behind the start, which may run elsewhere: what it wants computed belongs to the reduction
  local value = op == "count" and model.graph:real(lower.bool(env, argument)) or lower.real(env, argument)
  reduce(model, value, { variable.slot }, op, role, fields "reduce", statement.bare)
  finish(model, variable.slot, op, variable.level, role, fields "finish")
end

--- Whether a group of statements holds sum_post or sum_pre.
function reductions.find(group)
  local statements = group.line and { group.line } or {}
  for _, member in ipairs(group.system or {}) do statements[#statements + 1] = member.statement end
  for _, statement in ipairs(statements) do
    local node = tree.find(statement.rhs, is_over_synapses) or statement.lhs and tree.find(statement.lhs, is_over_synapses)
    if node then return node end
  end
end

--- Programs for every sum_post and sum_pre in a group, before the group's own; env.sums remembers where they went.
---@param model table
---@param env table
---@param group table
---@param period? table
---@param role string
function reductions.prepare(model, env, group, period, role)
  local statements = group.line and { group.line } or {}
  for _, member in ipairs(group.system or {}) do statements[#statements + 1] = member.statement end
  for _, statement in ipairs(statements) do
    tree.each(statement.rhs, function(node)
      if not is_over_synapses(node) then return end
      local level = node.name == "sum_post" and 2 or 1
      env.sums = env.sums or {}
      model.n_sums = (model.n_sums or 0) + 1
      local goal = model:hidden("_sum_" .. model.n_sums, { level = level, text = node.name })
      local value = lower.real(env, node.args[1])
      local fields = { every = period and period.every, every_variable = period and period.every_variable }
      set(model, { goal.slot }, 0, level, role, fields)
      reduce(model, value, { goal.slot }, "sum", role, fields, node.name)
      env.sums[node] = goal
      return false
    end)
  end
end

--- The programs of psp: what arrives in a step is added to each target.
---@param model table
---@param env table
---@param psp table
---@param slots table[]  of the post neuron
---@param op string  sum, mean, min or max
function reductions.psp(model, env, psp, slots, op)
  local value = lower.real(env, psp)
  local text = "psp = " .. lines.text(psp)
  if op == "sum" then return reduce(model, value, slots, "sum", "psp", nil, text) end
  local goal = model:hidden("_psp", { level = 2, text = op .. " of psp" })
  set(model, { goal.slot }, starts[op], 2, "psp")
  reduce(model, value, { goal.slot }, op, "psp", nil, text)
  local segment = segment_of(model, "arrive", 2)
  for _, slot in ipairs(slots) do
    local sum = model.graph:add(model.graph:load(slot), outcome(model, goal.slot, op, 2))
    assemble.effect(segment, { op = "store", slot = slot, value = sum, level = 2 })
  end
  model:emit(segment, "psp")
end

return reductions
