--- Explicit schemes, each described in the language itself. A new one is one row of `schemes`.
---
--- In a scheme x stands for all variables of the system at once, and so does every name it assigns; h is dt and t the start of the step.
---   f(x, t)       right sides at some values and time
---   noise(x, t)   what noise adds: sum of g dW over the xi of each equation, dW = sqrt(h) N(0, 1), one draw a step
---   ito(x, t)     half the sum of g dg/dx (dW^2 - h): the correction of Milstein
--- `noise` says in which sense a scheme is right for equations with xi; schemes without it refuse them.
--- Noise: Kloeden and Platen (1992), sections 10.2, 10.3; heun with one draw for both stages: Rueemelin (1982).

local algebra = require "lunapse.language.back.algebra"
local statements = require "lunapse.language.front.statements"
local tree = require "lunapse.language.base.tree"

local solver_explicit = {}

--- Rows: the order; what the noise is, of a scheme that is made for noise; its text; what it loses where another line stands still within the step, if that
--- is not what all of an order above 1 lose.
solver_explicit.schemes = {
  explicit = { order = 1, noise = "Ito", text = [[
    x = x + h*f(x, t) + noise(x, t) ]] },
  milstein = { order = 1, noise = "Ito", loses = "has order 1/2 in it", text = [[
    x = x + h*f(x, t) + noise(x, t) + ito(x, t) ]] },
  midpoint = { order = 2, text = [[
    k = f(x, t)
    x = x + h*f(x + h/2*k, t + h/2) ]] },
  heun = { order = 2, noise = "Stratonovich", text = [[
    p = x + h*f(x, t) + noise(x, t)
    x = x + h/2*(f(x, t) + f(p, t + h)) + (noise(x, t) + noise(p, t + h))/2 ]] },
  rk4 = { order = 4, text = [[
    k1 = f(x, t)
    k2 = f(x + h/2*k1, t + h/2)
    k3 = f(x + h/2*k2, t + h/2)
    k4 = f(x + h*k3, t + h)
    x = x + h/6*(k1 + 2*k2 + 2*k3 + k4) ]] },
}

--- What a scheme loses where the system reads a line that stands still within the step; nil: nothing.
---@param name string
---@return string?
function solver_explicit.loses(name)
  local scheme = solver_explicit.schemes[name]
  return scheme and (scheme.loses or scheme.order > 1 and "has order 1 in it") or nil
end

--- Why another solver refuses noise: it names those that are made for it.
---@return string
function solver_explicit.not_for_noise()
  local names = {}
  for name, scheme in pairs(solver_explicit.schemes) do if scheme.noise then names[#names + 1] = name end end
  table.sort(names)
  return ("it is not made for noise; %s and %s are"):format(table.concat(names, ", ", 1, #names - 1), names[#names])
end

--- Noise of a member: name -> coefficient tree, and the rest of the right side.
local function take_noise(system, member)
  local symbols, any = {}, false
  tree.each(member.right, function(n)
    local name = system.model:noise_name(n)
    if name then symbols[name], any = true, true end
  end)
  if not any then return {}, member.right end
  local taken, offence = algebra.collect(member.right, symbols)
  if not taken then return nil, offence end
  return taken.parts, taken.rest
end

--- The value of sqrt(h) N(0, 1). A named xi is one draw for the whole model, the plain xi one for its equation.
local function increment(system, member, name)
  local model, graph = system.model, system.graph
  local site = model.noise_sites[name]
  if not site then
    site = model.n_sites
    model.n_sites, model.noise_sites[name] = site + 1, site
  end
  local draw = graph:draw("draw_normal", site, member.variable.level)
  if draw.level & ~member.variable.level ~= 0 then
    model:fail(member.statement, tree.find(member.right, function(n) return model:noise_name(n) == name end),
      ("'%s' is one noise for the whole model, and drawn more often for another equation"):format(name), "give the noises names of their own: xi_a, xi_b")
  end
  return graph:mul(graph:sqrt(system.h), draw)
end

local functions = {}

function functions.f(system, member, over, time)
  local right = system.eval(algebra.quotient(member.drift, member.coefficient), over, time)
  if system.held and system.held[member.name] then
    right = system.graph:select(system.active, right, system.graph:const(0))
  end
  return right
end

local function sum_over_noise(system, member, term)
  local graph, sum = system.graph, system.graph:const(0)
  local names = {}
  for name in pairs(member.noise) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    sum = graph:add(sum, term(algebra.quotient(member.noise[name], member.coefficient), increment(system, member, name), name))
  end
  if system.held and system.held[member.name] then sum = graph:select(system.active, sum, graph:const(0)) end
  return sum
end

function functions.noise(system, member, over, time)
  return sum_over_noise(system, member, function(strength, dw)
    return system.graph:mul(system.eval(strength, over, time), dw)
  end)
end

--- The strength with which a noise moves a member, nil where it does not. The plain xi of an equation is no other's.
local function strength_of(member, xi, whose)
  if xi == "xi" and member ~= whose then return nil end
  return member.noise and member.noise[xi] and algebra.quotient(member.noise[xi], member.coefficient) or nil
end

--- The members of a system that stand in a tree.
local function members_in(system, root)
  if not system.members_by_name then
    system.members_by_name = {}
    for _, member in ipairs(system.members) do system.members_by_name[member.name] = member end
  end
  local found, seen = {}, {}
  tree.each(root, function(n)
    local member = n.kind == "name" and not n.base and system.members_by_name[n.name]
    if member and not seen[member] then found[#found + 1], seen[member] = member, true end
  end)
  return found
end

--- What Milstein's correction has of a noise that moves variables on which the strength of another (or the same) noise depends: call
--- `visit(strength of the first at a variable, slope of the other's by it)` for each such variable. The first slope that is not known: nil and the offence.
local function each_correction(system, moving, whose, strength, visit)
  for _, other in ipairs(members_in(system, strength)) do
    local moves = strength_of(other, moving, whose)
    if moves then
      local slope, offence = algebra.slope(strength, other.name)
      if not slope then return nil, offence end
      if not algebra.is_zero(slope) then visit(moves, slope) end
    end
  end
  return true
end

function functions.ito(system, member, over, time)
  local graph = system.graph
  return sum_over_noise(system, member, function(strength, dw, name)
    local factor = graph:const(0)
    each_correction(system, name, member, strength, function(moves, slope)
      factor = graph:add(factor, graph:mul(system.eval(moves, over, time), system.eval(slope, over, time)))
    end)
    return graph:mul(graph:mul(graph:const(0.5), factor), graph:sub(graph:mul(dw, dw), system.h))
  end)
end

local operations = { ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["/"] = "div" }

--- A scheme's expression: a value, or a table name -> value where it holds one for every variable.
local function evaluate(system, node, scope)
  local graph = system.graph
  if node.kind == "number" then return graph:const(node.value) end
  if node.kind == "name" then return assert(scope[node.name], node.name) end
  if node.kind == "call" then
    local over, time = evaluate(system, node.args[1], scope), evaluate(system, node.args[2], scope)
    local result = {}
    for _, member in ipairs(system.members) do
      result[member.name] = functions[node.name](system, member, over, time)
    end
    return result
  end
  local a, b = evaluate(system, node.a, scope), evaluate(system, node.b, scope)
  local operation = operations[node.op]
  if a.op and b.op then return graph[operation](graph, a, b) end
  local result = {}
  for _, member in ipairs(system.members) do
    local name = member.name
    result[name] = graph[operation](graph, a.op and a or a[name], b.op and b or b[name])
  end
  return result
end

local parsed = {}

--- Run the text of a scheme: `scope` has the values of its names, and gets those of the names that it assigns.
---@param system table  members have their `drift`
---@param name string  of the scheme, for which its text is read once
---@param text string
---@param scope table
function solver_explicit.run(system, name, text, scope)
  parsed[name] = parsed[name] or statements.list { kind = "scheme", name = name, part = "equations", text = text }
  for _, step in ipairs(parsed[name]) do scope[step.target.name] = evaluate(system, step.rhs, scope) end
end

--- Whether a scheme can do the noise of a member. Milstein's correction is one of single increments where no noise moves what the strength of another depends on.
local function accepts_noise(system, name, member)
  local scheme = solver_explicit.schemes[name]
  if not next(member.noise) then return true end
  local where = tree.find(member.right, function(n) return system.model:noise_name(n) end)
  if not scheme.noise then
    return false, solver_explicit.not_for_noise(), where
  end
  if name ~= "milstein" then return true end
  for xi in pairs(member.noise) do
    local strength = strength_of(member, xi, member)
    local moved = members_in(system, strength)
    local foreign = tree.find(strength, function(n)
      local variable = n.kind == "name" and not n.base and not system.members_by_name[n.name] and system.model.by_name[n.name]
      local equation = variable and variable.equation
      return equation and equation.kind == "ode" and system.model:find_noise(equation.rhs) ~= nil
    end)
    if foreign then
      return false, ("the strength of the noise of '%s' depends on '%s', which has noise and moves in another system, or by another method"):format(member.name,
        foreign.name), where
    end
    for _, other in ipairs(moved) do
      for moving in pairs(other.noise) do
        local mixes
        local known, offence = each_correction(system, moving, other, strength, function()
          mixes = moving ~= xi or moving == "xi" and other ~= member
        end)
        if not known then return false, ("'%s' %s"):format(algebra.text(offence.node), offence.why), offence.node end
        if mixes then
          return false, ("the strength of the noise of '%s' depends on '%s', which another noise moves, too: heun and euler can do that"):format(member.name, other.name), where
        end
      end
    end
  end
  return true
end

--- The solver of one scheme.
---@param name string  a key of `schemes`
---@return { accepts: function, rewrite: function, order: integer, holds_in_stages: boolean }
function solver_explicit.solver(name)
  local scheme = solver_explicit.schemes[name]
  local solver = { order = scheme.order, holds_in_stages = true }

  function solver.accepts(system)
    for _, member in ipairs(system.members) do
      local noise, drift = take_noise(system, member)
      if not noise then
        return false, ("noise must stand alone in a product: '%s' %s"):format(algebra.text(drift.node), drift.why), drift.node
      end
      member.noise, member.drift = noise, drift
    end
    for _, member in ipairs(system.members) do
      local accepted, reason, node = accepts_noise(system, name, member)
      if not accepted then return false, reason, node end
    end
    return true
  end

  function solver.rewrite(system)
    local scope = { x = {}, h = system.h, t = system.t }
    for _, member in ipairs(system.members) do scope.x[member.name] = system.old(member.name) end
    solver_explicit.run(system, name, scheme.text, scope)
    return scope.x
  end

  return solver
end

return solver_explicit
