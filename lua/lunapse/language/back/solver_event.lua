--- Event-driven equations: closed form between events.
---
--- c dx/dt = r - D x with r, D, c from parameters alone; lambda = D/c, A = r/D. Two ways of storing x:
---   normalised   where A is 0 and lambda uniform: X = x exp(lambda (t - T0)). Between events X does not move, a step `x += c` is
---                X += c exp(lambda (t - T0)), and all variables of one lambda share T0 and one factor per event. After 40/lambda a flush
---                brings X back to size (exp(40) is far from the end of single precision).
---   last time    otherwise: x and the time of x; x is advanced, A + (x - A) exp(-lambda elapsed), when an event writes it.

local algebra = require "lunapse.language.back.algebra"

local solver_event = {}

---@param system table  one member; see systems.lua
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_event.accepts(system)
  local member = system.members[1]
  local parts, offence = algebra.collect(member.right, { [member.name] = true })
  if not parts then
    return false, ("the equation is not linear in '%s': '%s' %s"):format(member.name, algebra.text(offence.node), offence.why),
      offence.node
  end
  member.rest, member.slope = parts.rest, parts.parts[member.name]
  for _, node in ipairs { member.coefficient, member.rest, member.slope } do
    local moving = system.find_moving(node)
    if moving then
      return false, ("between events only '%s' itself may change, and '%s' does not stand still"):format(member.name, algebra.text(moving)),
        moving
    end
  end
  return true
end

--- What the storage needs to know: rate lambda, asymptote A (nil: none), drift r/c (where lambda is 0).
---@param system table
---@return { rate: table?, asymptote: table?, drift: table? }
function solver_event.rewrite(system)
  local graph, member = system.graph, system.members[1]
  local coefficient = system.eval(member.coefficient)
  local rest = system.eval(member.rest)
  local has_rest = not algebra.is_zero(member.rest)
  if not member.slope or algebra.is_zero(member.slope) then return { drift = graph:div(rest, coefficient) } end
  local pull = graph:neg(system.eval(member.slope))
  return { rate = graph:div(pull, coefficient), asymptote = has_rest and graph:div(rest, pull) or nil }
end

return solver_event
