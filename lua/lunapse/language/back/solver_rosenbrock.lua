--- Exponential Rosenbrock-Euler, the local linearisation of a coupled system: with J the slopes of all right sides by all variables of the system at the start of the step
--- and g those by t,  x + h phi1(h J) f + h^2 phi2(h J) g,  phi1(z) = (e^z - 1)/z, phi2(z) = (phi1(z) - 1)/z. Order 2; exact where the system is linear with constant coefficients and its input
--- is linear in t (Hochbruck, Ostermann & Schweitzer 2009, SIAM Journal on Numerical Analysis 47; Jimenez, Shoji & Ozaki 1999, Journal of Statistical Physics 94).
---
--- The slopes are taken of the texts. Both phi come from one exponential: with t for a last variable, which moves at the rate 1, it is x + h phi1(h J) f for the larger matrix,
--- and h phi1(h J) is the Q of solver_exact.propagator. Equations that do not act on each other are advanced apart.

local algebra = require "lunapse.language.back.algebra"
local solver_exact = require "lunapse.language.back.solver_exact"
local solver_explicit = require "lunapse.language.back.solver_explicit"

local solver_rosenbrock = {}

--- Slopes of the members' right sides: rows, a list of names ("t" last) -> value, nil for 0. Or nil, the reason and the node that is to blame.
local function slopes(system)
  local rows = {}
  for i, member in ipairs(system.members) do
    local noise = system.model:find_noise(member.right)
    if noise then return nil, solver_explicit.not_for_noise(), noise end
    rows[i] = {}
    local right = algebra.quotient(member.right, member.coefficient)
    for j = 1, #system.members + 1 do
      local name = (system.members[j] or { name = "t" }).name
      local slope, offence = algebra.slope(right, name)
      if not slope then return nil, ("'%s' has no slope by %s: '%s' %s"):format(member.name, name, algebra.text(offence.node), offence.why), offence.node end
      rows[i][j] = not algebra.is_zero(slope) and slope or nil
    end
  end
  return rows
end

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_rosenbrock.accepts(system)
  local rows, reason, node = slopes(system)
  if not rows then return false, reason, node end
  for _, block in ipairs(solver_exact.blocks_of(rows, #system.members)) do
    if not solver_exact.is_written(rows, block) then
      return false, ("%d equations act on each other: what is computed for each neuron in each step grows with the third power of their number"):format(#block),
        system.members[block[1]].right
    end
  end
  return true
end

---@param system table
---@return table<string, table>
function solver_rosenbrock.rewrite(system)
  local graph, members, result, rows = system.graph, system.members, {}, slopes(system)
  local n = #members
  for _, block in ipairs(solver_exact.blocks_of(rows, n)) do
    local small, f, moves = {}, {}, false
    for i, at in ipairs(block) do
      f[i] = system.eval(algebra.quotient(members[at].right, members[at].coefficient))
      moves = moves or rows[at][n + 1] ~= nil
    end
    local size = #block + (moves and 1 or 0)
    for i, at in ipairs(block) do
      small[i] = {}
      for j, other in ipairs(block) do small[i][j] = rows[at][other] and system.eval(rows[at][other]) end
      if moves then small[i][size] = rows[at][n + 1] and system.eval(rows[at][n + 1]) end
    end
    if moves then small[size], f[size] = {}, graph:const(1) end
    graph.loose = false -- no gathering inside the propagator
    local _, q = solver_exact.propagator(graph, small, system.h)
    for i, at in ipairs(block) do
      local sum
      for j = 1, size do
        local term = q[i][j] and graph:mul(q[i][j], f[j])
        sum = term and sum and graph:add(sum, term) or term or sum
      end
      result[members[at].name] = graph:add(system.old(members[at].name), sum)
    end
    graph.loose = true
  end
  return result
end

return solver_rosenbrock
