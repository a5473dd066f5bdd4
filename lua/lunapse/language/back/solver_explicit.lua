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
    sum = graph:add(sum, term(algebra.quotient(member.noise[name], member.coefficient), increment(system, member, name)))
  end
  if system.held and system.held[member.name] then sum = graph:select(system.active, sum, graph:const(0)) end
  return sum
end

function functions.noise(system, member, over, time)
  return sum_over_noise(system, member, function(strength, dw)
    return system.graph:mul(system.eval(strength, over, time), dw)
  end)
end

function functions.ito(system, member, over, time)
  local graph = system.graph
  return sum_over_noise(system, member, function(strength, dw)
    local slope = algebra.slope(strength, member.name)
    if algebra.is_zero(slope) then return graph:const(0) end
    local factor = graph:mul(system.eval(strength, over, time), system.eval(slope, over, time))
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

local function steps_of(name)
  parsed[name] = parsed[name]
    or statements.list { kind = "scheme", name = name, part = "equations", text = solver_explicit.schemes[name].text }
  return parsed[name]
end

-- `n_with`: noise -> number of equations in which it stands.
local function accepts_noise(system, name, member, n_with)
  local scheme = solver_explicit.schemes[name]
  local first = next(member.noise)
  if not first then return true end
  local where = tree.find(member.right, function(n) return system.model:noise_name(n) end)
  if not scheme.noise then
    return false, solver_explicit.not_for_noise(), where
  end
  if name ~= "milstein" then return true end
  for xi, strength in pairs(member.noise) do
    local slope, offence = algebra.slope(strength, member.name)
    if not slope then return false, ("'%s' %s"):format(algebra.text(offence.node), offence.why), offence.node end
    local others = setmetatable({ [member.name] = false }, { __index = system.names })
    local other = algebra.contains(strength, others)
    if other then
      return false, ("the strength of the noise of '%s' depends on '%s': its correction needs the noise of one equation to depend on that one alone")
        :format(member.name, other.name), where
    end
    if not algebra.is_zero(slope) then
      local shared = xi ~= "xi" and n_with[xi] > 1 or next(member.noise, next(member.noise))
      if shared then return false, "multiplicative noise that is shared or not the only one of its equation needs heun or euler", where end
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
    local n_with = {}
    for _, member in ipairs(system.members) do
      for xi in pairs(member.noise) do n_with[xi] = (n_with[xi] or 0) + 1 end
    end
    for _, member in ipairs(system.members) do
      local accepted, reason, node = accepts_noise(system, name, member, n_with)
      if not accepted then return false, reason, node end
    end
    return true
  end

  function solver.rewrite(system)
    local scope = { x = {}, h = system.h, t = system.t }
    for _, member in ipairs(system.members) do scope.x[member.name] = system.old(member.name) end
    for _, step in ipairs(steps_of(name)) do scope[step.target.name] = evaluate(system, step.rhs, scope) end
    return scope.x
  end

  return solver
end

return solver_explicit
