--- Semi-implicit: backward Euler of each equation alone. With tau dx/dt + x = A and s = h/tau,  x + s/(1 + s) (A - x).
---
--- Written for c dx/dt = r - D x as  x + h/c (r - D x) / (1 + h D/c), which needs no case for D = 0.

local algebra = require "lunapse.language.back.algebra"
local solver_exponential = require "lunapse.language.back.solver_exponential"

local solver_semi_implicit = {}

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_semi_implicit.accepts(system)
  return solver_exponential.accepts(system) -- the same form, for the same reasons
end

---@param system table
---@return table<string, table>
function solver_semi_implicit.rewrite(system)
  local graph, result = system.graph, {}
  for _, member in ipairs(system.members) do
    local parts = algebra.collect(member.right, { [member.name] = true })
    local x = system.old(member.name)
    local step = graph:div(system.h, system.eval(member.coefficient))
    local rest, slope = system.eval(parts.rest), parts.parts[member.name]
    local pull = slope and graph:neg(system.eval(slope)) or graph:const(0)
    local factor = graph:div(step, graph:add(graph:const(1), graph:mul(step, pull)))
    result[member.name] = graph:add(x, graph:mul(factor, graph:sub(rest, graph:mul(pull, x))))
  end
  return result
end

return solver_semi_implicit
