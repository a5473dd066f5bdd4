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

local algebra = require "lunapse.language.back.algebra"

local solver_event = {}

--- Take the equation of each member of a pair apart: member.row = { coefficient of the first, of the second }.
local function accept_pair(system)
  local first, second = system.members[1], system.members[2]
  for _, member in ipairs(system.members) do
    local parts, offence = algebra.collect(member.right, { [first.name] = true, [second.name] = true })
    if not parts then
      return false, ("the equation is not linear in '%s' and '%s': '%s' %s"):format(first.name, second.name, algebra.text(offence.node), offence.why),
        offence.node
    end
    if not algebra.is_zero(parts.rest) then
      return false, ("equations that move together decay to zero here, and '%s' holds '%s' up"):format(algebra.text(parts.rest), member.name), parts.rest
    end
    member.row = { parts.parts[first.name] or false, parts.parts[second.name] or false }
    for _, node in ipairs { member.coefficient, member.row[1] or member.coefficient, member.row[2] or member.coefficient } do
      local moving = system.find_moving(node)
      if moving then
        return false, ("between events only '%s' and '%s' themselves may change, and '%s' does not stand still"):format(first.name, second.name,
          algebra.text(moving)), moving
      end
    end
  end
  return true
end

---@param system table  one member, or two that move together; see systems.lua
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_event.accepts(system)
  if #system.members == 2 then return accept_pair(system) end
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

--- The laws of two members that move together: { own, across (values of M's row), mean = m, square = q^2, is_real: q^2 cannot be negative }.
---@param system table
---@return table, table
function solver_event.rewrite_pair(system)
  local graph, members = system.graph, system.members
  local m = {}
  for i, member in ipairs(members) do
    m[i] = {}
    for j = 1, 2 do
      local part = member.row[j]
      m[i][j] = part and not algebra.is_zero(part) and system.eval(algebra.quotient(part, member.coefficient)) or nil
    end
  end
  local zero, half = graph:const(0), graph:const(0.5)
  local a, d = m[1][1] or zero, m[2][2] or zero
  local apart = graph:mul(half, graph:sub(a, d))
  local is_real = not (m[1][2] and m[2][1])
  local square = graph:mul(apart, apart)
  if not is_real then square = graph:add(square, graph:mul(m[1][2], m[2][1])) end
  local mean = graph:mul(half, graph:add(a, d))
  local function law(i) return { own = m[i][i] or zero, across = m[i][3 - i], mean = mean, square = square, is_real = is_real } end
  return law(1), law(2)
end

--- x at an elapsed time t after it was `x` and its partner `y`.
function solver_event.advance_pair(graph, law, x, y, t)
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
