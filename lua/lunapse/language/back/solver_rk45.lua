--- rk45: the pair of Dormand and Prince (1980, Journal of Computational and Applied Mathematics 6), of orders 5 and 4, with error control within the step.
---
--- Each neuron goes through a step of dt in parts. An attempt at a part h gives y of order 5 and, by the other scheme of the pair, its error e; it counts where
--- |e| <= atol + rtol max(|x|, |y|) holds for every variable. In either case the next part is as long as 0.9 r^(-1/5) says, r the largest |e| over its bound, and at most five
--- times as long as this one, at least a fifth of it (Hairer, Norsett & Wanner 1993, Solving Ordinary Differential Equations I, section II.4). A neuron keeps the length of its parts
--- from step to step. What is not of the system stands still within the step, but for t.
---
--- An attempt is a kernel program without jumps that changes nothing where nothing is left of the step; it is run again and again (kernel/again.h). What stands still is stored before.

local assemble = require "lunapse.language.back.assemble"
local lines = require "lunapse.language.back.lines"
local solver_explicit = require "lunapse.language.back.solver_explicit"
local values = require "lunapse.language.back.values"

local solver_rk45 = { holds_in_stages = true }

local RTOL, ATOL = 1e-6, 1e-9     -- where neither the line nor the network says another
local MOST = 10000                -- attempts at parts of one step

local scheme = [[
  k1 = f(x, t)
  k2 = f(x + h*(1/5*k1), t + 1/5*h)
  k3 = f(x + h*(3/40*k1 + 9/40*k2), t + 3/10*h)
  k4 = f(x + h*(44/45*k1 - 56/15*k2 + 32/9*k3), t + 4/5*h)
  k5 = f(x + h*(19372/6561*k1 - 25360/2187*k2 + 64448/6561*k3 - 212/729*k4), t + 8/9*h)
  k6 = f(x + h*(9017/3168*k1 - 355/33*k2 + 46732/5247*k3 + 49/176*k4 - 5103/18656*k5), t + h)
  y = x + h*(35/384*k1 + 500/1113*k3 + 125/192*k4 - 2187/6784*k5 + 11/84*k6)
  k7 = f(y, t + h)
  e = h*(71/57600*k1 - 71/16695*k3 + 71/1920*k4 - 17253/339200*k5 + 22/525*k6 - 1/40*k7)
]]

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_rk45.accepts(system)
  if system.model.kind ~= "neuron" then return false, "it goes through a step in parts, as neurons can and synapses cannot", system.members[1].right end
  for _, member in ipairs(system.members) do
    local noise = system.model:find_noise(member.right)
    if noise then return false, "parts that are tried until their error is small choose among what noise may do; " .. solver_explicit.not_for_noise(), noise end
    for _, key in ipairs { "rtol", "atol" } do
      local node = member.statement.flags[key]
      local number = node and lines.number(node)
      if number and not (number > 0) then return false, ("'%s' must be above 0"):format(key), node end
    end
    member.drift = member.right
  end
  return true
end

--- What an attempt reads: the trial's own slots, t, numbers of neurons and constants as they are, all else from copies that `segment` makes before the step.
local function hold(system, segment, trial)
  local model, graph, moves, seen, instead = system.model, system.graph, {}, {}, {}
  local function copy(v)
    if v.constant then return v end
    if instead[v] then return instead[v] end
    model.n_still = (model.n_still or 0) + 1
    local slot = model:hidden("_still" .. model.n_still, { level = v.level, text = v }).slot
    assemble.effect(segment, { op = "store", slot = slot, value = graph:real(v), level = v.level })
    return v.truth and graph:bool(graph:load(slot)) or graph:load(slot)
  end
  return function(root)
    values.operands_first(root, moves, function(v)
      moves[v] = v.op == "now" or v.op == "index" or v.op == "load" and trial[v.slot] or v.a and moves[v.a] or v.b and moves[v.b] or v.c and moves[v.c] or false
    end)
    values.operands_first(root, seen, function(v)
      seen[v] = true
      for _, operand in ipairs { v.a or false, v.b or false, v.c or false } do
        if operand and moves[v] and not moves[operand] then instead[operand] = copy(operand) end
      end
    end)
    if not moves[root] then instead[root] = copy(root) end
    return graph:replaced(root, instead)
  end
end

--- The largest error over its bound, and the number of the variable that has it; what is no number is the largest.
local function judge(system, x, y, e)
  local graph, model, worst, which = system.graph, system.model, nil, nil
  local function tolerance(member, key, default)
    local node = member.statement.flags[key]
    return node and system.eval(node) or graph:const(model.options[key] or default)
  end
  for k, member in ipairs(system.members) do
    local name = member.name
    local size = graph:max(graph:call("abs", x[name]), graph:call("abs", y[name]))
    local bound = graph:add(tolerance(member, "atol", ATOL), graph:mul(tolerance(member, "rtol", RTOL), size))
    bound = graph:max(bound, graph:const(0))          -- tolerances may be parameters, and below 0 they would let everything pass
    local ratio, number = graph:div(graph:call("abs", e[name]), bound), graph:const(k)
    if worst then
      local is_worse = graph:conjunction(graph:negation(graph:compare("le", ratio, worst)), graph:compare("eq", worst, worst))
      which, worst = graph:select(is_worse, number, which), graph:select(is_worse, ratio, worst)
    else
      worst, which = ratio, number
    end
  end
  return worst, which
end

--- Prepare the attempt: the segment says where a step begins, the program that it gives goes through it.
---@param system table
---@param segment table
---@return table[] programs
---@return table<string, table> results  name -> slot with the value at the end of the step
function solver_rk45.prepare(system, segment)
  local model, graph, level, results, trial, names = system.model, system.graph, 0, {}, {}, {}
  for _, member in ipairs(system.members) do level = level | member.variable.level end
  model.n_attempts = (model.n_attempts or 0) + 1
  local number = model.n_attempts
  local function own(name, text)
    local slot = model:hidden(("_rk45_%d_%s"):format(number, name), { level = level, text = text }).slot
    trial[slot] = true
    return slot
  end
  local left_slot, length_slot = own("left", "what is left of the step"), own("part", "how long a part of the step may be, 0: as long as the step")
  local worst_slot = own("worst", "number of the variable with the largest error in the last attempt")
  local function begin(slot, value) assemble.effect(segment, { op = "store", slot = slot, value = value, level = level }) end
  begin(left_slot, system.h)
  local x = {}
  for k, member in ipairs(system.members) do
    names[k] = member.name
    results[member.name] = own(member.name, member.name .. " within the step")
    begin(results[member.name], system.old(member.name))
    x[member.name] = graph:load(results[member.name])
  end

  local left, length, zero = graph:load(left_slot), graph:load(length_slot), graph:const(0)
  length = graph:select(graph:compare("gt", length, zero), length, system.h)
  local is_last = graph:compare("le", left, length)
  local h = graph:select(is_last, left, length)
  local scope = { x = x, h = h, t = graph:add(system.t, graph:sub(system.h, left)) }
  solver_explicit.run(system, "rk45", scheme, scope)
  local error_now, worst = judge(system, x, scope.y, scope.e)
  local is_going = graph:compare("gt", left, zero)
  local is_good = graph:conjunction(is_going, graph:compare("le", error_now, graph:const(1)))
  local ideal = graph:mul(graph:const(0.9), graph:pow(graph:max(error_now, graph:const(1e-10)), graph:const(-0.2)))
  local longer = graph:mul(h, graph:min(ideal, graph:const(5)))
  longer = graph:select(is_last, graph:max(length, longer), longer) -- a short last part says nothing against longer ones
  local least = graph:const(0.2)
  local shorter = graph:mul(h, graph:select(graph:compare("gt", error_now, graph:const(1)), graph:max(ideal, least), least))
  local next_length = graph:min(graph:select(is_good, longer, shorter), system.h)

  local attempt = assemble.segment(model, { name = "rk45", levels = { level }, nests = { [level] = "each" } })
  local held = hold(system, segment, trial)
  local function store(slot, value) assemble.effect(attempt, { op = "store", slot = slot, value = held(value), level = level }) end
  for _, member in ipairs(system.members) do store(results[member.name], graph:select(is_good, scope.y[member.name], x[member.name])) end
  store(left_slot, graph:select(is_good, graph:select(is_last, zero, graph:sub(left, h)), left))
  store(length_slot, graph:select(is_going, next_length, graph:load(length_slot)))
  store(worst_slot, graph:select(is_going, worst, graph:load(worst_slot)))
  for _, member in ipairs(system.members) do assemble.mark(attempt, held(scope.k1[member.name]), member.statement.bare) end
  return { assemble.again(attempt, { left = left_slot, worst = worst_slot, most = MOST, names = names }) }, results
end

---@param system table
---@return table<string, table>
function solver_rk45.rewrite(system)
  local result = {}
  for name, slot in pairs(system.prepared) do result[name] = system.graph:load(slot) end
  return result
end

return solver_rk45
