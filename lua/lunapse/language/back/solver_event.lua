--- Event-driven equations: closed form between events.
---
--- c dx/dt = r - D x with r, D, c from parameters alone; lambda = D/c, A = r/D. Two ways of storing x:
---   normalised   where A is 0 and lambda uniform: X = x exp(lambda (t - T0)). Between events X does not move, a step `x += c` is
---                X += c exp(lambda (t - T0)), and all variables of one lambda share T0 and one factor per event. After 40/lambda a flush
---                brings X back to size (exp(40) is far from the end of single precision).
---   last time    otherwise: x and the time of x; x is advanced, A + (x - A) exp(-lambda elapsed), when an event writes it.
---
--- Two equations that read each other, or one of which reads the other, move together: x' = M x with a constant 2 x 2 matrix M, trace 2m and
--- q^2 = m^2 - det M. Then exp(M t) = exp(m t) (cosh(q t) 1 + sinh(q t)/q (M - m 1)), with cos and sin where q^2 is negative.
---
--- Three and more that move together must be a chain: none reads what reads it. Then entry (i, j) of exp(M t) is a sum over the paths i, ..., j along which variables are read:
--- the product of their coefficients, times the divided difference of exp at the rates on the path (t times each, and a power of t). A divided difference of neighbouring rates
--- is a difference of two shorter ones over the distance of its ends where that is large enough, and else a power series (McCurdy, Ng & Parlett 1984, Mathematics of Computation 43).

local algebra = require "lunapse.language.back.algebra"

local solver_event = {}

local MOST_IN_CHAIN = 6

--- The members of a chain in an order in which each reads only those before it; nil, and two that read each other, where there is none.
local function order_of(members)
  local order, is_in = {}, {}
  while #order < #members do
    local added = false
    for i = 1, #members do
      local is_ready = not is_in[i]
      for j in ipairs(members) do
        local part = members[i].row[j]
        if j ~= i and part and not algebra.is_zero(part) and not is_in[j] then is_ready = false end
      end
      if is_ready then order[#order + 1], is_in[i], added = i, true, true end
    end
    if not added then
      for i, member in ipairs(members) do if not is_in[i] then return nil, member end end
    end
  end
  return order
end

--- Take the equations of members that move together apart: member.row = { coefficient of each }.
local function accept_together(system)
  local symbols, names = {}, {}
  for k, member in ipairs(system.members) do symbols[member.name], names[k] = true, member.name end
  local all = #names == 2 and ("'%s' and '%s'"):format(names[1], names[2]) or "'" .. table.concat(names, "', '") .. "'"
  for _, member in ipairs(system.members) do
    local parts, offence = algebra.collect(member.right, symbols)
    if not parts then return false, ("the equation is not linear in %s: '%s' %s"):format(all, algebra.text(offence.node), offence.why), offence.node end
    if not algebra.is_zero(parts.rest) then
      return false, ("equations that move together decay to zero here, and '%s' holds '%s' up"):format(algebra.text(parts.rest), member.name), parts.rest
    end
    member.row = {}
    for k, name in ipairs(names) do member.row[k] = parts.parts[name] or false end
    for k = 0, #names do
      local moving = system.find_moving(k == 0 and member.coefficient or member.row[k] or member.coefficient)
      if moving then
        return false, ("between events only %s themselves may change, and '%s' does not stand still"):format(all, algebra.text(moving)), moving
      end
    end
  end
  if #names == 2 then return true end
  if #names > MOST_IN_CHAIN then return false, ("%d equations move together, and %d at most can"):format(#names, MOST_IN_CHAIN), system.members[1].right end
  local order, circle = order_of(system.members)
  if not order then return false, ("of three and more equations that move together none may read what reads it, and '%s' does"):format(circle.name), circle.right end
  return true
end

---@param system table  one member, or several that move together; see systems.lua
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_event.accepts(system)
  if #system.members > 1 then return accept_together(system) end
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

--- M of members that move together; nil where it is 0.
local function matrix_of(system)
  local m = {}
  for i, member in ipairs(system.members) do
    m[i] = {}
    for j in ipairs(system.members) do
      local part = member.row[j]
      m[i][j] = part and not algebra.is_zero(part) and system.eval(algebra.quotient(part, member.coefficient)) or nil
    end
  end
  return m
end

--- The laws of members that move together, each with `is_together`: of two { own, across (values of M's row), mean = m, square = q^2, is_real: q^2 cannot be negative },
--- of more { index, matrix }.
---@param system table
---@return table[]
function solver_event.rewrite_together(system)
  local graph, m, laws = system.graph, matrix_of(system), {}
  if #system.members > 2 then
    for i in ipairs(system.members) do laws[i] = { is_together = true, index = i, matrix = m } end
    return laws
  end
  local zero, half = graph:const(0), graph:const(0.5)
  local a, d = m[1][1] or zero, m[2][2] or zero
  local apart = graph:mul(half, graph:sub(a, d))
  local is_real = not (m[1][2] and m[2][1])
  local square = graph:mul(apart, apart)
  if not is_real then square = graph:add(square, graph:mul(m[1][2], m[2][1])) end
  local mean = graph:mul(half, graph:add(a, d))
  for i = 1, 2 do laws[i] = { is_together = true, index = i, own = m[i][i] or zero, across = m[i][3 - i], mean = mean, square = square, is_real = is_real } end
  return laws
end

--- x at an elapsed time t after it was `x` and its partner `y`.
local function advance_pair(graph, law, x, y, t)
  local function exp(rate) return graph:exp(graph:mul(rate, t)) end
  local root = graph:sqrt(graph:abs(law.square))
  local fast, slow = graph:sub(law.mean, root), graph:add(law.mean, root)
  local lasting = exp(slow)
  local cosine = graph:mul(graph:const(0.5), graph:add(lasting, exp(fast)))
  local sine = graph:mul(lasting, graph:mul(t, graph:exprel(graph:mul(graph:const(-2), graph:mul(root, t)))))
  if not law.is_real then
    local envelope, angle = exp(law.mean), graph:mul(root, t)
    local turns = graph:compare("lt", law.square, graph:const(0))
    cosine = graph:select(turns, graph:mul(envelope, graph:call("cos", angle)), cosine)
    local per_root = graph:div(graph:call("sin", angle), graph:select(turns, root, graph:const(1)))
    sine = graph:select(turns, graph:mul(envelope, per_root), sine)
  end
  local pull = graph:mul(graph:sub(law.own, law.mean), x)
  if law.across then pull = graph:add(pull, graph:mul(law.across, y)) end
  return graph:add(graph:mul(cosine, x), graph:mul(sine, pull))
end

-- From which distance of its ends on a divided difference is taken from two shorter ones, and the terms of the series that takes over below.
local APART, TERMS = 0.5, 14

--- The divided difference of exp at points that ascend and lie close together: around their mean m, exp(m) sum of h_j(z - m)/(j + n - 1)!, where h_j is the sum of all
--- products of j of the numbers.
local function series(graph, z)
  local n = #z
  local mean = z[1]
  for k = 2, n do mean = graph:add(mean, z[k]) end
  mean = graph:mul(graph:const(1 / n), mean)
  local h = { [0] = graph:const(1) }
  for j = 1, TERMS do h[j] = graph:const(0) end
  for k = 1, n do
    local w = graph:sub(z[k], mean)
    for j = 1, TERMS do h[j] = graph:add(h[j], graph:mul(w, h[j - 1])) end
  end
  local factorial, sum = {}, nil
  factorial[0] = 1.0
  for j = 1, TERMS + n - 1 do factorial[j] = factorial[j - 1] * j end
  for j = TERMS, 0, -1 do -- the small ones first
    local term = graph:mul(graph:const(1 / factorial[j + n - 1]), h[j])
    sum = sum and graph:add(sum, term) or term
  end
  return graph:mul(graph:exp(mean), sum)
end

--- The divided difference of exp at points that ascend.
local function difference(graph, z, first, last)
  if first == last then return graph:exp(z[first]) end
  if last == first + 1 then return graph:mul(graph:exp(z[last]), graph:exprel(graph:sub(z[first], z[last]))) end
  local distance = graph:sub(z[last], z[first])
  local is_apart = graph:compare("gt", distance, graph:const(APART))
  local rise = graph:sub(difference(graph, z, first + 1, last), difference(graph, z, first, last - 1))
  return graph:select(is_apart, graph:div(rise, graph:select(is_apart, distance, graph:const(1))), series(graph, table.move(z, first, last, 1, {})))
end

--- Numbers in ascending order.
local function ascending(graph, list)
  local z = table.move(list, 1, #list, 1, {})
  for last = #z - 1, 1, -1 do
    for k = 1, last do z[k], z[k + 1] = graph:min(z[k], z[k + 1]), graph:max(z[k], z[k + 1]) end
  end
  return z
end

--- One of a chain at an elapsed time t after its members had their values.
local function advance_chain(graph, law, values, t)
  local m, sum = law.matrix, nil
  local function follow(at, coefficient, rates)
    rates = table.move(rates, 1, #rates, 1, {})
    rates[#rates + 1] = graph:mul(m[at][at] or graph:const(0), t)
    local term = difference(graph, ascending(graph, rates), 1, #rates)
    for _ = 2, #rates do term = graph:mul(term, t) end
    if coefficient then term = graph:mul(coefficient, term) end
    term = graph:mul(term, values[at])
    sum = sum and graph:add(sum, term) or term
    for next_one = 1, #values do
      if next_one ~= at and m[at][next_one] then
        follow(next_one, coefficient and graph:mul(coefficient, m[at][next_one]) or m[at][next_one], rates)
      end
    end
  end
  follow(law.index, nil, {})
  return sum
end

--- A member of several that move together at an elapsed time t after they had their values.
---@param law table  of rewrite_together
---@param values table[]  of all members, in their order
function solver_event.advance_together(graph, law, values, t)
  if law.matrix then return advance_chain(graph, law, values, t) end
  return advance_pair(graph, law, values[law.index], values[3 - law.index], t)
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
