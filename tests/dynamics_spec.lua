-- What the equations of one neuron do: slopes by the model's own programs, fixed points and their stability, phase planes, bifurcations; beside what can be worked out by hand.
local compare = require "tests.compare"
local fixed_points = require "lunapse.dynamics.fixed_points"
local lp = require "lunapse"
local slopes = require "lunapse.network.slopes"
local fails = compare.fails

local FHN = lp.neuron { name = "FitzHugh-Nagumo", parameters = { I = 0.5, a = 0.7, b = 0.8, tau = 12.5 },
  equations = "dv/dt = v - v**3/3 - w + I : rk4, min = -5\n tau*dw/dt = v + a - b*w : rk4" }
local AdEx = lp.models.AdEx

local function near(wanted, got, reach) assert.truthy(math.abs(got - wanted) <= reach, ("%.10g, not %.10g"):format(got, wanted)) end

describe("slopes", function()
  it("are the right-hand sides, whatever method a line names", function()
    local field = slopes.new("test", AdEx, { I = 500 })
    assert.same({ "v", "w", "g_exc", "g_inh" }, field.variables)
    local v, w = { -70, -60, -48 }, { 10, 20, 300 }
    local slope = field:at({ v = lp.array(v), w = lp.array(w) }, 3)
    for k = 1, 3 do
      near((30 * (-70.6 - v[k]) + 60 * math.exp((v[k] + 50.4) / 2) - w[k] + 500) / 281, slope.v[k], 1e-12)
      near((4 * (v[k] + 70.6) - w[k]) / 144, slope.w[k], 1e-13)
    end
  end)

  it("leave out spikes, refractoriness and noise, and hold what is fixed", function()
    local noisy = lp.neuron { parameters = { tau = 10, sigma = 5, Vt = 1 }, equations = "tau * dv/dt = drive - v + sigma * xi\n drive = 2 * u\n du/dt = -u / 20 : init = 3",
      spike = "v > Vt", reset = "v = 0", refractory = 5 }
    local slope = slopes.new("test", noisy):at({ v = lp.array { 0.0, 5.0 } }, 2)
    near(0.6, slope.v[1], 1e-14)
    near(0.1, slope.v[2], 1e-14)
    local shunted = lp.neuron { equations = "dv/dt = -v / 10; v += g_exc; v = min(v, 3)" }
    assert.same({ -1.0, 0.5 }, slopes.new("test", shunted):at({ v = lp.array { 10.0, -5.0 } }, 2).v:table())
    near(0.3, slopes.new("test", noisy, { Vt = 7 }, { u = 1.5 }):at({ v = lp.array { 0.0 } }, 1).v[1], 1e-14)
    assert.equal("test: fixed: unknown variable 'uu': did you mean 'u'?", fails(slopes.new, "test", noisy, nil, { uu = 1 }))
  end)

  it("put definitions in place", function()
    local defined = lp.neuron { parameters = { a = 3 }, equations = "cube := square * x; square := x^2; dx/dt = a - cube; y = 2 * cube" }
    assert.same({ 2.0, -5.0 }, slopes.new("test", defined):at({ x = lp.array { 1.0, 2.0 } }, 2).x:table())
    local found = fixed_points.find(slopes.new("test", defined, { a = 8 }), { "x" }, { x = { -3, 3.1 } })[1]
    near(2, found[1].at[1], 1e-9)
    near(-12, found[1].eigenvalues[1][1], 1e-5)          -- the definition is part of the slope of the slope
  end)

  it("may have parameters that differ", function()
    local slope = slopes.new("test", FHN):at({ v = lp.zeros(2), w = lp.zeros(2) }, 2, { I = lp.array { 1.0, 2.0 } })
    assert.same({ 1.0, 2.0 }, slope.v:table())
  end)
end)

describe("fixed points", function()
  local function of(equations, names, limits)
    return fixed_points.find(slopes.new("test", lp.neuron { equations = equations }), names, limits)[1]
  end

  it("of one equation are found with their stability", function()
    local found = of("dx/dt = x * (1 - x) * (x + 0.5)", { "x" }, { x = { -2, 2.1 } })
    assert.equal(3, #found)
    for k, x in ipairs { -0.5, 0, 1 } do near(x, found[k].at[1], 1e-9) end
    assert.same({ "stable", "unstable", "stable" }, { found[1].kind, found[2].kind, found[3].kind })
    near(-1.5, found[3].eigenvalues[1][1], 1e-6)
  end)

  it("of two equations are of all kinds", function()
    local kinds = { ["stable node"] = "-x, -3*y", ["unstable node"] = "x, 2*y", ["saddle"] = "x, -y",
      ["stable focus"] = "-x/10 - y, x - y/10", ["unstable focus"] = "x/10 - y, x + y/10",
      ["centre"] = "-y, x" }
    for kind, text in pairs(kinds) do
      local a, b = text:match "^(.*), (.*)$"
      local found = of(("dx/dt = %s\ndy/dt = %s"):format(a, b), { "x", "y" }, { x = { -1, 1.3 }, y = { -2, 1 } })
      assert.same({ 1, kind, kind:find "^stable" ~= nil }, { #found, found[1].kind, found[1].is_stable })
      near(0, found[1].at[1], 1e-9)
    end
  end)

  it("of three equations are found: those of Lorenz", function()
    local found = of("dx/dt = 10*(y - x)\ndy/dt = x*(28 - z) - y\ndz/dt = x*y - 8/3*z", { "x", "y", "z" }, { x = { -20, 21 }, y = { -20, 22 }, z = { -5, 40 } })
    assert.equal(3, #found)
    near(-math.sqrt(72), found[1].at[1], 1e-7)
    near(0, found[2].at[3], 1e-7)
    near(27, found[3].at[3], 1e-7)
    near(11.8277, found[2].eigenvalues[1][1], 1e-3)                    -- Sparrow 1982
    near(10.1945, math.abs(found[3].eigenvalues[1][2]), 1e-3)
  end)
end)

describe("a phase plane", function()
  it("has nullclines, fixed points and a trajectory with breaks at spikes", function()
    local fig = lp.figure { width = 4, height = 3 }
    local plane = lp.phase_plane(AdEx, { xlim = { -80, -35 }, ylim = { -200, 900 }, parameters = { I = 400 }, axes = fig[1],
      trajectory = { { v = -70, w = 0 }, { v = -45, w = 0 } }, duration = 60 })
    assert.same({ "v", "w", fig, 2 }, { plane.x, plane.y, plane.figure, #plane.fixed_points })
    assert.same({ "stable node", "saddle" }, { plane.fixed_points[1].kind, plane.fixed_points[2].kind })
    for _, point in ipairs(plane.fixed_points) do                       -- w = a (v - E_L), and the current's balance
      local v = point.at[1]
      near(4 * (v + 70.6), point.at[2], 1e-6)
      near(0, 30 * (-70.6 - v) + 60 * math.exp((v + 50.4) / 2) - point.at[2] + 400, 1e-6)
    end
    assert.matches("saddle %(eigenvalues", tostring(plane))
    local quiet, spiking = plane.trajectories[1], plane.trajectories[2]
    assert.same({ -70, 0 }, { quiet.x[1], quiet.y[1] })
    assert.falsy(quiet.x:isnan():any())
    local gaps = spiking.x:isnan():find()
    assert.truthy(#gaps >= 1)
    near(-70.6, spiking.x[gaps[1] + 1], 1e-9)                            -- behind the gap: the reset
    assert.truthy(spiking.x[gaps[1] - 1] > -45 and spiking.y[gaps[1] + 1] > spiking.y[gaps[1] - 1] + 80)
    assert.equal(16, #fig:draw():hash())
  end)

  it("takes a figure of its own, and arrows", function()
    local plane = lp.phase_plane(FHN, { x = "w", y = "v", xlim = { -1, 2 }, ylim = { -2.5, 2.5 }, field = "quiver" })
    assert.same({ "w", "v", 1, "unstable focus" }, { plane.x, plane.y, #plane.fixed_points, plane.fixed_points[1].kind })
    assert.equal(16, #plane.figure:draw():hash())
  end)

  it("refuses what does not fit", function()
    local function refused(changes, model)
      local opt = { xlim = { 0, 1 }, ylim = { 0, 1 } }
      for name, value in pairs(changes) do opt[name] = value end
      return fails(lp.phase_plane, model or FHN, opt)
    end
    assert.equal("lp.phase_plane: unknown variable 'vv': did you mean 'v'?", refused { x = "vv" })
    assert.equal("lp.phase_plane: x and y are both 'w'", refused { x = "w" })
    assert.equal("lp.phase_plane: xlim must be { low, high }", refused { xlim = { 1, 0 } })
    assert.equal("lp.phase_plane: unknown field 'arrow' (known: quiver, streamplot)", refused { field = "arrow" })
    assert.matches("unknown parameter 'J' (known: I, a, b, tau)", refused { parameters = { J = 1 } }, 1, true)
    assert.equal("lp.phase_plane: trajectory: unknown variable 'vv': did you mean 'v'?", refused { trajectory = { vv = 1 } })
    assert.equal("lp.phase_plane: model 'one' has one differential equation, a plane needs two", refused({}, lp.neuron { name = "one", equations = "dv/dt = -v" }))
    assert.equal("lp.phase_plane: a neuron model expected, got nothing", fails(lp.phase_plane, nil, { xlim = { 0, 1 }, ylim = { 0, 1 } }))
  end)
end)

describe("a bifurcation diagram", function()
  it("of FitzHugh and Nagumo has two Hopf points and a cycle between them", function()
    local diagram = lp.bifurcation(FHN, { parameter = "I", range = { 0, 2 }, n = 41, limits = { v = { -3, 3 }, w = { -2, 3 } }, duration = 400, dt = 0.2 })
    assert.equal(2, #diagram.points)
    local v = math.sqrt(1 - 0.8 / 12.5)                                 -- where the trace of the Jacobian is 0
    for k, sign in ipairs { -1, 1 } do
      assert.equal("Hopf", diagram.points[k].kind)
      near(sign * v, diagram.points[k].value, 0.01)
      near((sign * v + 0.7) / 0.8 - sign * v + sign * v ^ 3 / 3, diagram.points[k].at, 0.005)
    end
    local low, high = diagram.cycles.low, diagram.cycles.high
    assert.truthy(low[1] ~= low[1] and low[41] ~= low[41])              -- at rest
    assert.truthy(low[21] < -1.5 and high[21] > 1.5)
    assert.matches("Hopf at I = 0.33", tostring(diagram))
    assert.equal(16, #diagram.figure:draw():hash())
  end)

  it("of one equation has its fold", function()
    local saddle_node = lp.neuron { name = "theta", parameters = { I = 0 }, equations = "dx/dt = I + x**2" }
    local diagram = lp.bifurcation(saddle_node, { parameter = "I", range = { -1, 1 }, n = 40, limits = { x = { -2, 2 } }, cycles = false })
    assert.same({ 1, "fold" }, { #diagram.points, diagram.points[1].kind })
    near(0, diagram.points[1].at, 0.002)
    assert.same({ 2, 0 }, { #diagram.fixed_points[1], #diagram.fixed_points[40] })
    assert.is_nil(diagram.cycles)
  end)

  it("refuses what does not fit", function()
    local function refused(changes)
      local opt = { parameter = "I", range = { 0, 1 }, limits = { v = { -1, 1 } } }
      for name, value in pairs(changes) do opt[name] = value end
      return fails(lp.bifurcation, FHN, opt)
    end
    assert.equal("lp.bifurcation: unknown parameter 'J' (known: I, a, b, tau)", refused { parameter = "J" })
    assert.equal("lp.bifurcation: limits: unknown variable 'x' (known: v, w)", refused { limits = { x = { 0, 1 } } })
    assert.equal("lp.bifurcation: limits of 'v' must be { low, high }", refused { limits = { v = { 1 } } })
    assert.equal("lp.bifurcation: unknown variable 'w' (known: v)", refused { variable = "w" })
    assert.equal("lp.bifurcation: n must be a whole number in 2..10000, got 1", refused { n = 1 })
  end)
end)
