-- Solvers: the order of each is measured, what it must refuse is refused with the reason.

package.path = "./tests/?.lua;" .. package.path
local back = require "lunapse.language.back"
local evaluate = require "evaluate"
local front = require "lunapse.language.front"
local solver_exact = require "lunapse.language.back.solver_exact"
local solver_explicit = require "lunapse.language.back.solver_explicit"
local values = require "lunapse.language.back.values"

--- Compile a neuron and run one for `steps` steps of dt; returns its arrays.
local function run(description, steps, dt, seed, size)
  local compiled = back.neuron(front.neuron(description), {})
  local pop = evaluate.population(compiled, size or 1, dt, seed)
  pop:begin()
  for _ = 1, steps do pop:advance() end
  return pop.arrays, pop
end

--- Order of convergence of the error in x at t = 1.
local function order_of(description, exact, coarse)
  local function wrong(steps) return math.abs(run(description, steps, 1 / steps).x[1] - exact) end
  local first, second = wrong(coarse), wrong(2 * coarse)
  return math.log(first / second, 2), first
end

local problems = {
  decay = { text = "dx/dt = -2*x : init = 1, %s", exact = math.exp(-2) },
  oscillator = { text = "dx/dt = -3*y : init = 1, %s\n dy/dt = 3*x : %s", exact = math.cos(3) },
  ["depending on t"] = { text = "dx/dt = -x + sin(4*t) : init = 1, %s",
    -- x' + x = sin 4t: x = (1 + 4/17) e^-t + (sin 4t - 4 cos 4t)/17
    exact = (1 + 4 / 17) * math.exp(-1) + (math.sin(4) - 4 * math.cos(4)) / 17 },
  ["a non-linear one"] = { text = "dx/dt = x*(1 - x) : init = 0.2, %s", exact = 1 / (1 + 4 * math.exp(-1)) },
}

describe("order of", function()
  local orders = { explicit = 1, midpoint = 2, heun = 2, rk4 = 4 }
  for method, order in pairs(orders) do
    for name, problem in pairs(problems) do
      it(method .. " on " .. name, function()
        local measured = order_of({ equations = problem.text:gsub("%%s", method) }, problem.exact, 64)
        assert.is_true(math.abs(measured - order) < 0.2, ("order %g measured"):format(measured))
      end)
    end
  end

  it("implicit is 1 on decay and oscillator", function()
    for _, name in ipairs { "decay", "oscillator" } do
      local measured = order_of({ equations = problems[name].text:gsub("%%s", "implicit") }, problems[name].exact, 128)
      assert.is_true(math.abs(measured - 1) < 0.15, ("%s: order %g measured"):format(name, measured))
    end
  end)

  it("semi-implicit and exponential on a driven decay", function()
    for _, method in ipairs { "semi-implicit", "exponential" } do
      local measured = order_of({ equations = problems["depending on t"].text:gsub("%%s", method) }, problems["depending on t"].exact, 256)
      assert.is_true(math.abs(measured - 1) < 0.15, ("%s: order %g measured"):format(method, measured))
    end
  end)

  it("every scheme of the table is what its row says", function()
    for name, scheme in pairs(solver_explicit.schemes) do
      local measured = order_of({ equations = problems.decay.text:gsub("%%s", name) }, problems.decay.exact, 64)
      assert.is_true(math.abs(measured - scheme.order) < 0.15, name)
    end
  end)
end)

describe("what is exact", function()
  it("exponential is, for a constant asymptote", function()
    local x = run({ equations = "10 * dx/dt = 3 - x : init = 1, exponential" }, 20, 0.5).x[1]
    assert.near(3 + (1 - 3) * math.exp(-1), x, 1e-14)
  end)

  it("exponential takes Euler's step where the rate is 0", function()
    local x = run({ parameters = { g = 0 }, equations = "dx/dt = g*(1 - x) + 2 : init = 1, exponential" }, 2, 0.5).x[1]
    assert.near(3, x, 1e-14)
    x = run({ equations = "y = 0\n dx/dt = y*(1 - x) : init = 1, exponential" }, 2, 0.5).x[1]
    assert.near(1, x, 1e-14)
    x = run({ equations = "dx/dt = 2 : init = 1, exponential" }, 2, 0.5).x[1]
    assert.near(3, x, 1e-14)
  end)

  it("exact is, for coupled linear systems", function()
    local arrays = run({ equations = "dx/dt = -3*y : init = 1, exact\n dy/dt = 3*x : exact" }, 10, 0.1)
    assert.near(math.cos(3), arrays.x[1], 1e-13)
    assert.near(math.sin(3), arrays.y[1], 1e-13)
  end)

  it("exact is, for a chain with equal time constants", function() -- alpha function: the matrix has no eigenvectors enough
    local arrays = run({ parameters = { tau = 2 }, equations = "tau*dx/dt = y - x : init = 0, exact\n tau*dy/dt = -y : init = 1, exact" }, 7, 1)
    assert.near(3.5 * math.exp(-3.5), arrays.x[1], 1e-14)
  end)

  it("exact is, for an input that holds", function()
    local arrays = run({ parameters = { tau = 5, ts = 3, I = 2 },
      equations = "tau*dx/dt = I + y - x : init = 1, exact\n ts*dy/dt = -y : init = 4, exact" }, 30, 0.1)
    local t, tau, ts = 3, 5, 3
    local from_y = 4 / tau * (math.exp(-t / ts) - math.exp(-t / tau)) / (1 / tau - 1 / ts)
    assert.near(2 + (1 - 2) * math.exp(-t / tau) + from_y, arrays.x[1], 1e-13)
  end)

  it("the propagator is, over ten orders of magnitude", function()
    local function number(graph_value) -- what a constant value comes to
      local memo = {}
      local function of(v)
        if not memo[v] then
          if v.op == "const" then memo[v] = v.value
          elseif v.op == "exp" then memo[v] = math.exp(of(v.a))
          elseif v.op == "exprel" then local a = of(v.a) memo[v] = a == 0 and 1 or (math.exp(a) - 1) / a
          elseif v.op == "neg" then memo[v] = -of(v.a)
          elseif v.op == "add" then memo[v] = of(v.a) + of(v.b)
          elseif v.op == "sub" then memo[v] = of(v.a) - of(v.b)
          elseif v.op == "mul" then memo[v] = of(v.a) * of(v.b)
          else error(v.op) end
        end
        return memo[v]
      end
      return of(graph_value)
    end
    for _, h in ipairs { 1e-6, 1e-3, 0.1, 1, 10, 100 } do
      local graph = values.new()
      local m = { { graph:const(-0.5), graph:const(2) }, { graph:const(-2), graph:const(-0.5) } }
      local p, q = solver_exact.propagator(graph, m, graph:const(h))
      local decay = math.exp(-0.5 * h)
      assert.near(decay * math.cos(2 * h), number(p[1][1]), 1e-13)
      assert.near(decay * math.sin(2 * h), number(p[1][2]), 1e-13)
      -- M Q = P - 1
      local q11, q21 = number(q[1][1]), number(q[2][1])
      assert.near(number(p[1][1]) - 1, -0.5 * q11 + 2 * q21, 1e-13)
    end
  end)
end)

describe("systems", function()
  it("of mixed methods see each other at the start of the step", function()
    local arrays = run({ equations = "dx/dt = y : init = 1, explicit\n dy/dt = x - y : init = 2, exponential" }, 1, 0.1)
    assert.near(1 + 0.1 * 2, arrays.x[1], 1e-15)
    assert.near(2 + (1 - math.exp(-0.1)) * (1 - 2), arrays.y[1], 1e-15)
  end)

  it("are split by assignments", function()
    local arrays = run({ equations = "dx/dt = 1 : init = 0\n z = x\n dy/dt = x : init = 0" }, 1, 0.5)
    assert.near(0.5, arrays.z[1], 1e-15)
    assert.near(0.25, arrays.y[1], 1e-15) -- y sees the x that has moved
  end)

  it("hold assigned names through the stages, and evaluate functions in each", function()
    local held = run({ equations = "I = x^2\n dx/dt = I : init = 1, midpoint" }, 1, 0.5)
    assert.near(1.5, held.x[1], 1e-15)
    local inside = run({ functions = "f(a) = a^2", equations = "dx/dt = f(x) : init = 1, midpoint" }, 1, 0.5)
    assert.near(1 + 0.5 * 1.25 ^ 2, inside.x[1], 1e-15)
  end)

  it("are solved for the derivative, wherever it stands", function()
    for _, text in ipairs { "2*dx/dt + x = 4", "dx/dt = (4 - x)/2", "dx/dt*2 = 4 - x", "x + 2*dx/dt - 4 = 0", "-(4 - x)/2 + dx/dt = 0",
      "(dx/dt - 2)*2 = -x" } do
      assert.near(0.2, run({ equations = text }, 1, 0.1).x[1], 1e-15)
    end
  end)

  it("are bounded once, after all of them have moved", function()
    local arrays = run({ equations = "dx/dt = 10 : init = 0, max = 1\n dy/dt = x : init = 0" }, 2, 1)
    assert.equal(1, arrays.x[1])
    assert.equal(1, arrays.y[1])
  end)

  it("hold refractory variables in every stage, also where others depend on them", function()
    local text = "dv/dt = 1 : unless refractory, %s\n dx/dt = v : init = 0, %s"
    for _, method in ipairs { "explicit", "midpoint", "heun", "rk4", "implicit", "exact" } do
      local arrays = run({ equations = text:gsub("%%s", method), spike = "v > 0.95", reset = "v = 0.5", refractory = 2 }, 3, 1)
      -- step 0: v rises to 1 and is reset; steps 1 and 2: held at 0.5, x grows by 0.5 each
      assert.near(0.5, arrays.v[1], 1e-15)
      local first = ({ explicit = 0, implicit = 1 })[method] or 0.5
      assert.near(first + 1, arrays.x[1], 1e-12)
    end
  end)
end)

describe("noise", function()
  local text = "dx/dt = -x/tau + sigma*sqrt(2/tau)*xi : init = 5, %s"
  local function moments(method, steps)
    local arrays = run({ parameters = { tau = 10, sigma = 2 }, equations = text:gsub("%%s", method) }, steps, 1, 11, 4000)
    local mean, square = 0, 0
    for _, x in ipairs(arrays.x) do mean, square = mean + x / 4000, square + x * x / 4000 end
    return mean, square - mean * mean
  end
  local a = 0.1
  for method, factor in pairs { euler = { 1 - a, 1 }, milstein = { 1 - a, 1 }, heun = { 1 - a + a * a / 2, (1 - a / 2) ^ 2 } } do
    it("has the moments of " .. method .. " with additive noise", function()
      local n, r = 20, factor[1]
      local variance = 2 * 4 * a * factor[2] * (1 - r ^ (2 * n)) / (1 - r * r)
      local mean, spread = moments(method, n)
      assert.near(5 * r ^ n, mean, 4.5 * math.sqrt(variance / 4000))
      assert.near(variance, spread, variance * 4.5 * math.sqrt(2 / 4000))
    end)
  end

  it("is one draw for a name, and one for each plain xi", function()
    local arrays = run({ equations = "dx/dt = xi_a\n dy/dt = xi_a\n dz/dt = xi" }, 3, 1)
    assert.equal(arrays.x[1], arrays.y[1])
    assert.not_equal(arrays.x[1], arrays.z[1])
  end)

  it("is Ito with euler and milstein, Stratonovich with heun", function()
    -- dx = x dW: with one normal number z a step from x = 1 gives 1 + z, 1 + z + (z^2 - 1)/2, 1 + z + z^2/2
    local function step(method)
      return run({ equations = "dx/dt = x*xi : init = 1, " .. method }, 1, 1, 5).x[1]
    end
    local z = step "euler" - 1
    assert.near(1 + z + (z * z - 1) / 2, step "milstein", 1e-12)
    assert.near(1 + z + z * z / 2, step "heun", 1e-12)
  end)

  it("is corrected by milstein for all that one noise moves", function()
    -- x' = 2 y dW, y' = 3 x dW: half of 2*3 x (z^2 - 1) is added to x, of 3*2 y to y; and y may stand still
    local z = run({ equations = "dx/dt = xi_a : init = 0" }, 1, 1, 5).x[1]
    local both = run({ equations = "dx/dt = 2*y*xi_a : init = 1, milstein\n dy/dt = 3*x*xi_a : init = 0.5, milstein" }, 1, 1, 5)
    assert.near(1 + z + 3 * (z * z - 1), both.x[1], 1e-12)
    assert.near(0.5 + 3 * z + 1.5 * (z * z - 1), both.y[1], 1e-12)
    local one = run({ equations = "dx/dt = 2*y*xi : init = 1, milstein\n dy/dt = 3 : init = 0.5, milstein" }, 1, 1, 5)
    assert.near(1 + (run({ equations = "dx/dt = xi : init = 0" }, 1, 1, 5).x[1]), one.x[1], 1e-12)
    -- the noise of a variable with a time constant of its own
    local slow = run({ equations = "4*dx/dt = 2*x*xi_a : init = 1, milstein" }, 1, 1, 5).x[1]
    assert.near(1 + z / 2 + (z * z - 1) / 8, slow, 1e-12)
  end)
end)

describe("refusals", function()
  local function refuses(equations, ...)
    local ok, problem = pcall(function() return back.neuron(front.neuron { name = "N", equations = equations }, {}) end)
    assert.is_false(ok)
    for _, words in ipairs { ... } do
      assert.is_truthy(tostring(problem):find(words, 1, true), ("'%s' not in: %s"):format(words, tostring(problem)))
    end
  end

  it("exponential names the term that is not linear", function()
    refuses("dv/dt = -v + 0.04*v^2 : exponential", "not linear in 'v'", "v^2", "^~~")
    refuses("dv/dt = -v + exp(v) : exponential", "function 'exp'")
    refuses("dv/dt = 1/v : semi-implicit", "divides by v")
    refuses("dv/dt = if v > 0: 1 else: -v : exponential", "condition")
  end)

  it("implicit and exact name the product", function()
    refuses("dx/dt = -x*y : implicit\n dy/dt = -y : implicit", "line 1", "is a product")
    refuses("dx/dt = -x*y : exact\n dy/dt = -y : exact", "is a product")
  end)

  it("exact refuses coefficients and inputs that move", function()
    refuses("g = sin(t)\n dx/dt = -g*x : exact", "changes from step to step", "exponential")
    refuses("dx/dt = -x + sin(t) : exact", "depends on t")
  end)

  it("methods that are not made for noise say so", function()
    for _, method in ipairs { "midpoint", "rk4", "exponential", "implicit", "semi-implicit", "exact" } do
      refuses("dx/dt = -x + xi : " .. method, "noise", "heun")
    end
    refuses("dx/dt = -x + xi^2 : euler", "noise must stand alone")
    refuses("dx/dt = y*xi_a : milstein\n dy/dt = xi_b : milstein", "depends on 'y', which another noise moves")
    refuses("dx/dt = x*xi_a + x*xi_b : milstein", "depends on 'x', which another noise moves", "heun and euler")
    refuses("dx/dt = x*y*xi_a : milstein\n dy/dt = -y + xi_a : heun", "depends on 'y', which has noise and moves in another system, or by another method")
  end)

  it("unknown default methods are named", function()
    local ok, problem = pcall(back.neuron, front.neuron { equations = "dx/dt = -x" }, { method = "rk5" })
    assert.is_false(ok)
    assert.is_truthy(tostring(problem):find("rk4", 1, true))
  end)
end)
