--- Conditions on synapses and on pairs of neurons: pruning, creating, and who is connected.
---
--- pruning runs over the synapses there are; creating and back.pairs over pairs of neurons (nest "all" on dense storage of the pairs), where
--- synapses have no values yet. A flag proba = p is drawn along with the condition.

local assemble = require "lunapse.language.back.assemble"
local lower = require "lunapse.language.back.lower"
local tree = require "lunapse.language.base.tree"

local structural = {}

local nests = { [3] = "all" }

--- Complain about what a pair without a synapse does not have.
local function check_pair(model, condition, node)
  local found = tree.find(node, function(n)
    if n.kind == "call" then return n.name == "sum_post" or n.name == "sum_pre" end
    if n.kind ~= "name" or n.base then return false end
    local variable = model.by_name[n.name]
    return variable and variable.level == 3 or n.name == "w" or n.name == "d"
  end)
  if found then
    model:fail(condition, found, ("'%s' belongs to a synapse that is not there yet"):format(found.name),
      "here i, j, pre.X, post.X and parameters of the projection are known")
  end
end

--- The truth of a condition as 1 or 0, its probability included.
local function chance(env, condition)
  local graph, model = env.graph, env.model
  local truth = lower.bool(env, condition.rhs)
  local proba = condition.flags and condition.flags.proba
  if proba then
    local draw = graph:draw("draw", model.n_sites, 3)
    model.n_sites = model.n_sites + 1
    truth = graph:conjunction(truth, graph:compare("lt", draw, lower.real(env, proba)))
  end
  return graph:real(truth)
end

local function store(model, segment, name, text, value)
  local variable = model:hidden(name, { level = 3, text = text })
  assemble.effect(segment, { op = "store", slot = variable.slot, value = value, level = 3 })
  return variable.name
end

local function begin(model, condition, role)
  local env = lower.environment(model, { part = "operation", role = role, statement = condition })
  return env, assemble.segment(model, { name = role, levels = { 3 }, nests = nests, plain = true })
end

--- The programs of pruning and creating. Their `answers` name the hidden variables with what they say: "pruning" stores 1 into that of `goes` where a
--- synapse goes; "creating", over pairs, 1 into that of `comes` where one comes, and its weight and delay into those of `w` and `d` where flags say them.
---@param model table
function structural.programs(model)
  local pruning, creating = model.source.pruning, model.source.creating
  if pruning then
    local env, segment = begin(model, pruning, "pruning")
    local goes = store(model, segment, "_prune", "1 where the synapse goes", chance(env, pruning))
    model:emit(segment, "pruning", { answers = { goes = goes } })
  end
  if creating then
    local env, segment = begin(model, creating, "creating")
    check_pair(model, creating, creating.rhs)
    local answers = { comes = store(model, segment, "_create", "1 where a synapse comes", chance(env, creating)) }
    for _, key in ipairs { "w", "d" } do
      local node = creating.flags and creating.flags[key]
      if node then
        check_pair(model, creating, node)
        answers[key] = store(model, segment, "_new_" .. key, key .. " of the new synapse", lower.real(env, node))
      end
    end
    model:emit(segment, "creating", { over = "pairs", answers = answers })
  end
end

--- The program of an expression over pairs of neurons: 1 or 0 for a condition, else its value, into a hidden variable.
---@param model table  a synapse model without parts
---@param node table
---@param place table
---@return table entry
---@return string name  of that variable
function structural.pairs(model, node, place)
  local statement = { place = place, pos = node.pos, stop = node.stop }
  local env, segment = begin(model, statement, "pairs")
  check_pair(model, statement, node)
  local name = store(model, segment, "_value", "value of the pair", model.graph:real(lower.eval(env, node)))
  return assemble.programs(segment)[1], name
end

return structural
