--- The cable: v of all compartments of a neuron at once, by a step that looks ahead (linearly implicit).
---
--- With C dv/dt = r(v) per area, what flows along the cable added, and v + x the value at the end of the step of length h,
---
---     area (C/h - theta r') x - theta sum_j g_j (x_j - x) = area r + sum_j g_j (v_j - v)
---
--- over the neighbours j. A program of operations computes area (C/h - theta r') and area r of each compartment; a program that is a linear system on a tree
--- (kernel/tree.h) solves the rest. Theta is 1 for the backward Euler method and 1/2 for that of Crank and Nicolson, of order 1 and 2; where r is linear in v, as the
--- currents of channels are with their gates held, it is just these methods, else one iteration of Newton's for them.
---
--- A current that grows with v (r' > 0) can make no step of any length wrong: half of C/h stays.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local solver_explicit = require "lunapse.language.back.solver_explicit"

local solver_cable = {}

--- A neuron of one compartment, for who compiles a model without a use.
local alone = { cells = 1, parent = { 0 }, place = { 1 }, size = 1, theta = 1 }

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_cable.accepts(system)
  local right = system.members[1].statement.rhs
  local noise = system.model:find_noise(right)
  if noise then return false, solver_explicit.not_for_noise(), noise end
  local slope, offence = algebra.slope(right, "v")
  if not slope then return false, ("Im has no slope by v: '%s' %s"):format(algebra.text(offence.node), offence.why), offence.node end
  return true
end

local function store(system, segment, name, text, value)
  local slot = system.model:hidden(name, { level = 3, text = text }).slot
  assemble.effect(segment, { op = "store", slot = slot, value = value, level = 3 })
  return slot
end

--- The program that solves the tree; what it needs is stored by `segment`, which runs before it.
---@param system table
---@param segment table
---@return table[] programs
---@return table<string, table> results
function solver_cable.prepare(system, segment)
  local model, graph, member = system.model, system.graph, system.members[1]
  local cable, right = model.options.cable or alone, member.statement.rhs
  local function parameter(name) return model:read(system.env, model.by_name[name]) end
  local area, capacity = parameter "area", graph:div(parameter "Cm", system.h)
  local slope = graph:mul(graph:const(cable.theta), system.eval((algebra.slope(right, "v"))))
  local ahead = graph:sub(capacity, graph:min(slope, graph:mul(graph:const(0.5), capacity)))
  local diagonal = store(system, segment, "_diagonal", "what a change of v costs in a step", graph:mul(area, ahead))
  local flow = store(system, segment, "_flow", "what flows through the membrane", graph:mul(area, system.eval(right)))
  local coupling = model:hidden("_coupling", { level = 0, count = #cable.parent, text = "of each node and its parent" }).slot
  return { assemble.tree(model, cable, { v = member.variable.slot, diagonal = diagonal, flow = flow, coupling = coupling }) }, { v = member.variable.slot }
end

---@param system table
---@return table<string, table>
function solver_cable.rewrite(system) return { v = system.graph:load(system.prepared.v) } end

return solver_cable
