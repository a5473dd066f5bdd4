--- Implicit: backward Euler of the whole system, solved symbolically.
---
--- The system must be linear in its own variables; everything else is taken at the start of the step. With c_i dx_i/dt = r_i + sum a_ij x_j
--- the step is the solution of  (1 - h a_ii/c_i) x_i - sum h a_ij/c_i x_j = x_i(t) + h r_i/c_i,  by elimination without pivoting:
--- the diagonal is 1 and more wherever a variable decays.

local algebra = require "lunapse.language.back.algebra"
local solver_explicit = require "lunapse.language.back.solver_explicit"

local solver_implicit = {}

--- Linear form of every member in all variables of the system; the offence of the first that has none.
---@param system table
---@return table? forms  name -> { parts, rest }
---@return string? reason
---@return table? node
function solver_implicit.linear_forms(system)
  local forms = {}
  for _, member in ipairs(system.members) do
    local noise = system.model:find_noise(member.right)
    if noise then return nil, solver_explicit.not_for_noise(), noise end
    local form, offence = algebra.collect(member.right, system.names)
    if not form then
      return nil, ("the system is not linear in its variables: '%s' %s"):format(algebra.text(offence.node), offence.why), offence.node
    end
    local inside = algebra.contains(member.coefficient, system.names)
    if inside then return nil, ("the factor of d%s/dt depends on '%s'"):format(member.name, inside.name), member.coefficient end
    forms[member.name] = form
  end
  return forms
end

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_implicit.accepts(system)
  local forms, reason, node = solver_implicit.linear_forms(system)
  if not forms then return false, reason, node end
  return true
end

--- Rows of the linear equations: matrix[i][j] (nil where 0) and right[i].
local function equations(system)
  local graph, one = system.graph, system.graph:const(1)
  local forms = solver_implicit.linear_forms(system)
  local matrix, right = {}, {}
  for i, member in ipairs(system.members) do
    local step = graph:div(system.h, system.eval(member.coefficient))
    local form = forms[member.name]
    matrix[i] = {}
    for j, other in ipairs(system.members) do
      local part = form.parts[other.name]
      local entry = part and not algebra.is_zero(part) and graph:neg(graph:mul(step, system.eval(part))) or nil
      if i == j then entry = entry and graph:add(one, entry) or one end
      matrix[i][j] = entry
    end
    right[i] = graph:add(system.old(member.name), graph:mul(step, system.eval(form.rest)))
  end
  return matrix, right
end

---@param system table
---@return table<string, table>
function solver_implicit.rewrite(system)
  local graph, n = system.graph, #system.members
  local matrix, right = equations(system)
  for k = 1, n do
    for i = k + 1, n do
      if matrix[i][k] then
        local factor = graph:div(matrix[i][k], matrix[k][k])
        for j = k + 1, n do
          if matrix[k][j] then
            local change = graph:mul(factor, matrix[k][j])
            matrix[i][j] = matrix[i][j] and graph:sub(matrix[i][j], change) or graph:neg(change)
          end
        end
        right[i] = graph:sub(right[i], graph:mul(factor, right[k]))
      end
    end
  end
  local result, x = {}, {}
  for i = n, 1, -1 do
    local sum = right[i]
    for j = i + 1, n do
      if matrix[i][j] then sum = graph:sub(sum, graph:mul(matrix[i][j], x[j])) end
    end
    x[i] = graph:div(sum, matrix[i][i])
    result[system.members[i].name] = x[i]
  end
  return result
end

return solver_implicit
