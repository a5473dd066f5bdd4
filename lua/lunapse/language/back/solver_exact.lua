--- Exact: the propagator of a linear system with constant coefficients, by matrix exponential.
---
--- x' = M x + b over a step h, with b held:  x + ... = P x + Q b,  P = exp(M h),  Q = integral of exp(M s) from 0 to h.
--- P and Q depend on parameters and dt alone, so they are derived constants. Q by scaling and doubling: Taylor's series of Q over
--- h/2^14, then 14 times  Q(2s) = 2 Q(s) + M Q(s) Q(s),  and P = 1 + M Q. Doubling Q instead of squaring P keeps small entries exact
--- to the last bits (squaring loses a bit each time, Moler and Van Loan 2003). The series ends at the ninth power, which is below 1e-16
--- as long as |M h| < 1000. A variable that no loop leads back to has exp and exprel of its own on the diagonal.

local algebra = require "lunapse.language.back.algebra"
local solver_implicit = require "lunapse.language.back.solver_implicit"
local tree = require "lunapse.language.base.tree"

local solver_exact = {}

local doublings, terms = 14, 9

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_exact.accepts(system)
  local forms, reason, node = solver_implicit.linear_forms(system)
  if not forms then return false, reason, node end
  for _, member in ipairs(system.members) do
    local check = { member.coefficient }
    for _, part in pairs(forms[member.name].parts) do check[#check + 1] = part end
    for _, part in ipairs(check) do
      if not system.eval(part).constant then
        return false, ("the coefficient '%s' changes from step to step (exponential can do that)"):format(algebra.text(part)), part
      end
    end
    local time = tree.find(forms[member.name].rest, function(n) return n.kind == "name" and not n.base and n.name == "t" end)
    if time then return false, "the input depends on t within the step (assign it to a variable first to hold it)", time end
  end
  return true
end

-- Matrices are rows of values; nil is zero.

local function multiply(graph, a, b, n)
  local c = {}
  for i = 1, n do
    c[i] = {}
    for j = 1, n do
      local sum
      for k = 1, n do
        if a[i][k] and b[k][j] then
          local term = graph:mul(a[i][k], b[k][j])
          sum = sum and graph:add(sum, term) or term
        end
      end
      c[i][j] = sum
    end
  end
  return c
end

local function combine(graph, a, factor, b, n)
  local c = {}
  for i = 1, n do
    c[i] = {}
    for j = 1, n do
      local term = a[i][j] and graph:mul(factor, a[i][j])
      local other = b[i][j]
      c[i][j] = term and other and graph:add(term, other) or term or other
    end
  end
  return c
end

local function identity(graph, n, value)
  local c = {}
  for i = 1, n do c[i] = { [i] = value or graph:const(1) } end
  return c
end

--- reach[i][j]: whether x_j acts on x_i, directly or through others.
local function closure(m, n)
  local reach = {}
  for i = 1, n do
    reach[i] = {}
    for j = 1, n do reach[i][j] = m[i][j] ~= nil end
  end
  for k = 1, n do
    for i = 1, n do
      for j = 1, n do reach[i][j] = reach[i][j] or (reach[i][k] and reach[k][j]) end
    end
  end
  return reach
end

--- P and Q of x' = m x + b over a step h.
---@param graph table
---@param m table  rows of values, nil for zero
---@param h table
---@return table p
---@return table q
function solver_exact.propagator(graph, m, h)
  local n = #m
  local small = graph:mul(graph:const(2.0 ^ -doublings), h)
  local scaled = multiply(graph, identity(graph, n, small), m, n)
  local q = identity(graph, n) -- Horner: 1 + A/2 (1 + A/3 (...))
  for k = terms, 2, -1 do
    q = combine(graph, multiply(graph, scaled, q, n), graph:const(1 / k), identity(graph, n), n)
  end
  q = multiply(graph, identity(graph, n, small), q, n)
  for _ = 1, doublings do
    q = combine(graph, q, graph:const(2), multiply(graph, multiply(graph, m, q, n), q, n), n)
  end
  local p = combine(graph, identity(graph, n), graph:const(1), multiply(graph, m, q, n), n)
  local reach = closure(m, n)
  for i = 1, n do
    local alone = true
    for j = 1, n do
      if j ~= i and reach[i][j] and reach[j][i] then alone = false end
    end
    if alone then
      local rate = m[i][i] and graph:mul(m[i][i], h)
      p[i][i] = rate and graph:exp(rate) or graph:const(1)
      q[i][i] = rate and graph:mul(h, graph:exprel(rate)) or h
    end
  end
  return p, q
end

---@param system table
---@return table<string, table>
function solver_exact.rewrite(system)
  local graph, forms = system.graph, solver_implicit.linear_forms(system)
  local m, b, result = {}, {}, {}
  graph.loose = false -- no gathering inside the propagator
  for i, member in ipairs(system.members) do
    local form, c = forms[member.name], member.coefficient
    m[i] = {}
    for j, other in ipairs(system.members) do
      local part = form.parts[other.name]
      if part and not algebra.is_zero(part) then m[i][j] = system.eval(algebra.quotient(part, c)) end
    end
    if not algebra.is_zero(form.rest) then b[i] = system.eval(algebra.quotient(form.rest, c)) end
  end
  local p, q = solver_exact.propagator(graph, m, system.h)
  graph.loose = true
  for i, member in ipairs(system.members) do
    local constant, moving = graph:const(0), graph:const(0)
    for j, other in ipairs(system.members) do
      if p[i][j] then moving = graph:add(moving, graph:mul(p[i][j], system.old(other.name))) end
    end
    for j in ipairs(system.members) do
      local term = q[i][j] and b[j] and graph:mul(q[i][j], b[j])
      if term and term.constant then constant = graph:add(constant, term) elseif term then moving = graph:add(moving, term) end
    end
    result[member.name] = graph:add(moving, constant)
  end
  return result
end

return solver_exact
