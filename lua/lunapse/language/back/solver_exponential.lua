--- Exponential Euler: with tau dx/dt + x = A, everything but x at the start of the step,  x + (1 - exp(-h/tau)) (A - x).
---
--- The equation c dx/dt = r - D x, found by linear decomposition, has tau = c/D and A = r/D. Where D is 0 at run time the limit,
--- Euler's step, is taken. Other variables of the system are read at their start-of-step values, so each equation stands alone.

local algebra = require "lunapse.language.back.algebra"
local solver_explicit = require "lunapse.language.back.solver_explicit"
local values = require "lunapse.language.back.values"

local solver_exponential = {}

local function decompose(member)
  return algebra.collect(member.right, { [member.name] = true })
end

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_exponential.accepts(system)
  for _, member in ipairs(system.members) do
    local noise = system.model:find_noise(member.right)
    if noise then return false, solver_explicit.not_for_noise(), noise end
    local parts, offence = decompose(member)
    if not parts then
      return false, ("the equation is not linear in '%s': '%s' %s"):format(member.name, algebra.text(offence.node), offence.why),
        offence.node
    end
    if algebra.contains(member.coefficient, { [member.name] = true }) then
      return false, ("the factor of d%s/dt depends on '%s'"):format(member.name, member.name), member.coefficient
    end
  end
  return true
end

--- Whether a sum holds a number that is not 0, as 1 + g: then it is not 0 by being at rest.
local function has_number(value)
  local known = {}
  values.operands_first(value, known, function(v)
    if v.op == "const" then known[v] = v.value ~= 0
    elseif v.op == "add" then known[v] = known[v.a] or known[v.b]
    else known[v] = v.op == "sub" and known[v.a] end
  end)
  return known[value]
end

local function advance(system, member)
  local graph = system.graph
  local parts = decompose(member)
  local x, one = system.old(member.name), graph:const(1)
  local step = graph:div(system.h, system.eval(member.coefficient)) -- h/c
  local rest = system.eval(parts.rest)
  local slope = parts.parts[member.name]
  if not slope or algebra.is_zero(slope) then return graph:add(x, graph:mul(step, rest)) end
  local pull = graph:neg(system.eval(slope)) -- D
  local decay = graph:exp(graph:neg(graph:mul(step, pull)))
  if algebra.is_zero(parts.rest) then return graph:mul(decay, x) end
  local share = graph:sub(one, decay)
  if pull.op == "const" and pull.value == 1 then return graph:add(x, graph:mul(share, graph:sub(rest, x))) end
  local at_rest = graph:compare("eq", pull, graph:const(0))
  if pull.constant then
    -- the division is among the derived constants, so its limit costs nothing
    local factor = graph:select(at_rest, step, graph:div(share, pull))
    return graph:add(x, graph:mul(factor, graph:sub(rest, graph:mul(pull, x))))
  end
  local change = graph:mul(share, graph:sub(graph:div(rest, pull), x))
  if not has_number(pull) then change = graph:select(at_rest, graph:mul(step, rest), change) end
  return graph:add(x, change)
end

---@param system table
---@return table<string, table>
function solver_exponential.rewrite(system)
  local result = {}
  for _, member in ipairs(system.members) do result[member.name] = advance(system, member) end
  return result
end

return solver_exponential
