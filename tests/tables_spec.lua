-- Arrays that equations read: timed arrays, stim(t), and tables, f(x) and g(x, y).
local host = require "lunapse.core.host"
local lp = require "lunapse"

local function message(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return tostring(e)
end

local function same(a, b) assert.same(a:flatten():table(), b:flatten():table()) end

--- What a population of `size` computes in `y` by `equation`, at every step.
local function course(arrays, equation, opt)
  opt = opt or {}
  local net = lp.network { dt = opt.dt or 0.1, tier = opt.tier or "interpreter", precision = opt.precision, threads = opt.threads, method = opt.method, seed = 1 }
  local pop = net:population { size = opt.size or 1, neuron = lp.neuron { arrays = arrays, equations = equation } }
  local r = net:record(pop, "y")
  net:run(opt.duration or 10)
  return r.y, net, pop
end

describe("timed arrays in equations", function()
  local sources = {
    steps = { { 1, 5, -2, 7 }, { dt = 1.5 } }, round = { { 1, 5, -2 }, { dt = 0.7, period = 2.1 } }, times = { { 3, 4, 9 }, { times = { 0.35, 2, 6.1 } } },
    ["times and period"] = { { 3, 4, 9 }, { times = { 0, 1, 2.5 }, period = 4 } }, lines = { { 1, 5, -2, 7 }, { dt = 1.5, interpolate = true } },
    ["lines and period"] = { { 1, 5, -2 }, { times = { 0, 1, 2.5 }, period = 4, interpolate = true } }, one = { { 8 }, { dt = 1 } },
  }
  for name, source in pairs(sources) do
    it("give in a step what a drive gives: " .. name, function()
      for _, dt in ipairs { 0.1, 0.25, 1 } do
        local stim = lp.timed_array(source[1], source[2])
        local net = lp.network { dt = dt, tier = "interpreter" }
        local driven = net:population { size = 1, neuron = lp.neuron { parameters = "I", equations = "y = I + 0*i" }, drive = { I = stim } , parameters = { I = 0 } }
        local r = net:record(driven, "y")
        net:run(10)
        local read = course({ stim = stim }, "y = stim(t) + 0*i", { dt = dt })
        local apart = (read - r.y):abs():max()
        assert.is_true(apart < 1e-12, ("%s, dt %g: %g"):format(name, dt, apart))
      end
    end)
  end

  it("hold their value over their own step, the last one for ever", function()
    local y = course({ stim = lp.timed_array({ 1, 2, 3 }, { dt = 0.5 }) }, "y = stim(t) + 0*i", { duration = 2 })
    same(y, lp.array { 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 })
  end)

  it("have channels by number, and before 0 their first row", function()
    local two = lp.timed_array({ { 1, 2, 3 }, { 4, 5, 6 } }, { dt = 1 })
    local y = course({ two = two }, "y = two(t - 1, 4 - i)", { dt = 1, size = 3, duration = 3 })
    same(y, lp.array { 3, 2, 1, 3, 2, 1, 6, 5, 4 })
  end)

  it("have no channel that is not there: the run stops", function()
    local two = lp.timed_array({ { 1, 2, 3 } }, { dt = 1 })
    assert.matches("variable 'y', element 3 is NaN", message(course, { two = two }, "y = two(t, i + 1)", { size = 3 }))
    assert.matches("array 'two' has 3 channels, but 'i' goes to 4", message(course, { two = two }, "y = two(t, i)", { size = 4 }))
  end)

  it("are found in double precision late in a run in single precision", function()
    local rows = {}
    for k = 1, 300 do rows[k] = k end
    local _, net = course({ stim = lp.timed_array(rows, { dt = 0.1, period = 30 }) }, "y = stim(t) + 0*i", { precision = "float32", duration = 50000.1 })
    local r = net:record(net.populations[1], "y")
    net:run(20)
    for k = 1, 200 do assert.equal((500001 + k - 1) % 300 + 1, r.y:get(k, 1)) end
  end)

  it("are read at the times of the stages of a method", function()
    local stim = lp.timed_array({ 0, 10, 20 }, { dt = 10, interpolate = true })          -- stim(t) = t
    local y = course({ stim = stim }, "dy/dt = 3*stim(t)^2 : init = 0, rk4", { dt = 1, duration = 10, size = 2 })
    assert.is_true(math.abs(y:get(10, 2) - 1000) < 1e-9)
  end)

  it("are inputs of exact and exponential equations", function()
    local stim = lp.timed_array({ 0, 5, 1 }, { dt = 2 })
    local euler = course({ stim = stim }, "10*dy/dt = stim(t) - y", { dt = 1e-3 })
    for _, method in ipairs { "exact", "exponential" } do
      local y = course({ stim = stim }, "10*dy/dt = stim(t) - y : " .. method, { dt = 1, size = 3 })
      assert.is_true(math.abs(y:get(10, 3) - euler:get(10000, 1)) < 1e-3)
    end
  end)
end)

describe("tables in equations", function()
  it("are never read beyond their array", function()
    local kernel = require "lunapse.core.kernel"
    local function program(more)
      local code = { { op = "load", slot = 1 }, { op = "locate", slot = 2, 1, at = 0, n_rows = 2 }, { op = "lookup", slot = 2, 2, 1, at = 3, n_rows = 2, columns = 2 },
        { op = "store", slot = 1, 3 } }
      for k, fields in pairs(more or {}) do for name, value in pairs(fields) do code[k][name] = value end end
      return kernel.program({ name = "p", nest = "each", slots = { { name = "v", scope = "elem", kind = "real" }, { name = "f", scope = "uniform", kind = "real" } }, code = code },
        "float64")
    end
    local v, f = lp.array { 0, 1, 7, -3, 0 / 0 }, lp.array { 0, 0, 1, 10, 11, 12, 13 }
    kernel.run(program(), { v, f }, { last = 5 })
    assert.same({ 10, 13 }, v:slice(1, 2):table())
    for k = 3, 5 do assert.is_true(v[k] ~= v[k]) end
    assert.matches("slot", message(kernel.run, program(), { v, lp.array { 0, 0, 1, 10, 11, 12 } }, { last = 5 }))
    assert.matches("has no rows or columns in 'f'", message(program, { [3] = { columns = 0 } }))
    assert.matches("must be uniform and of kind real", message(program, { [2] = { slot = 1 } }))
  end)

  local function table_of(f, points, more)
    local values = {}
    for k, x in ipairs(points) do values[k] = f(x) end
    local opt = { at = points }
    for key, value in pairs(more or {}) do opt[key] = value end
    return lp.table(values, opt)
  end

  it("are linear between their points, evenly or not, and held at the ends", function()
    local even = lp.table({ 0, 10, 0 }, { from = -1, to = 1 })
    local y = course({ f = even }, "y = f((i - 4)/2)", { size = 7, dt = 1, duration = 1 })
    same(y, lp.array { 0, 0, 5, 10, 5, 0, 0 })
    local uneven = lp.table({ 0, 10, 30 }, { at = { 0, 1, 3 } })
    same(course({ f = uneven }, "y = f((i - 2)/2)", { size = 9, dt = 1, duration = 1 }), lp.array { 0, 0, 5, 10, 15, 20, 25, 30, 30 })
  end)

  it("are 0 outside, or stop the run, where they say so", function()
    local zero = lp.table({ 2, 4 }, { from = 0, to = 1, outside = "zero" })
    same(course({ f = zero }, "y = f((i - 2)/2)", { size = 5, dt = 1, duration = 1 }), lp.array { 0, 2, 3, 4, 0 })
    local listed = lp.table({ 2, 4 }, { at = { 0, 1 }, outside = "zero" })
    same(course({ f = listed }, "y = f((i - 2)/2)", { size = 5, dt = 1, duration = 1 }), lp.array { 0, 2, 3, 4, 0 })
    local stop = lp.table({ 2, 4 }, { from = 0, to = 1, outside = "stop" })
    assert.matches("variable 'y', element 1 is NaN", message(course, { f = stop }, "y = f((i - 2)/2)", { size = 5, dt = 1, duration = 1 }))
  end)

  it("are splines that give cubic polynomials back, whatever their points", function()
    local function p(x) return 2 - x + 0.5 * x ^ 2 - 0.25 * x ^ 3 end
    for _, points in ipairs { { -2, -1.5, 0, 0.25, 2 }, { -2, -1, 0, 2 } } do
      local y = course({ f = table_of(p, points, { interpolation = "cubic" }) }, "y = f(-2 + (i - 1)/10)", { size = 41, dt = 1, duration = 1 })
      for k = 1, 41 do assert.is_true(math.abs(y[1][k] - p(-2 + (k - 1) / 10)) < 1e-12) end
    end
    local q = function(x) return 1 + 2 * x - x ^ 2 end
    local y = course({ f = table_of(q, { 0, 1, 3 }, { interpolation = "cubic" }) }, "y = f((i - 1)/4)", { size = 13, dt = 1, duration = 1 })
    for k = 1, 13 do assert.is_true(math.abs(y[1][k] - q((k - 1) / 4)) < 1e-12) end
  end)

  it("are splines whose error falls with the fourth power of the step", function()
    local function worst(n)
      local values = {}
      for k = 1, n do values[k] = math.sin((k - 1) / (n - 1) * 3) end
      local y = course({ f = lp.table(values, { from = 0, to = 3, interpolation = "cubic" }) }, "y = f((i - 1)/100)", { size = 301, dt = 1, duration = 1 })
      local most = 0
      for k = 1, 301 do most = math.max(most, math.abs(y[1][k] - math.sin((k - 1) / 100))) end
      return most
    end
    local ratio = worst(11) / worst(21)
    assert.is_true(ratio > 12 and ratio < 40, tostring(ratio))
  end)

  it("have slopes, which solvers ask for", function()
    -- with strength f(x) of the noise Milstein adds f f'/2 (z^2 - 1)
    local z = course({}, "dy/dt = xi_a : init = 0", { dt = 1, duration = 1 })[1][1]
    local function step(f, equation, x)
      return course({ f = f }, ("dy/dt = %s*xi_a : init = %.17g, milstein"):format(equation, x), { dt = 1, duration = 1 })[1][1]
    end
    local function p(x) return 2 + x - x ^ 2 + 0.5 * x ^ 3 end
    local function slope(x) return 1 - 2 * x + 1.5 * x ^ 2 end
    local even = {}
    for k = 1, 9 do even[k] = p(-1 + k / 4) end
    for _, f in ipairs { table_of(p, { -1, 0, 0.5, 1.25 }, { interpolation = "cubic" }), lp.table(even, { from = -0.75, to = 1.25, interpolation = "cubic" }) } do
      for _, x in ipairs { -0.4, 0.1, 1.1 } do
        assert.is_true(math.abs(step(f, "f(y)", x) - (x + z * p(x) + p(x) * slope(x) / 2 * (z * z - 1))) < 1e-11)
        assert.is_true(math.abs(step(f, "f(2*y + 0.1)", x / 3) - (x / 3 + z * p(2 * x / 3 + 0.1) + p(2 * x / 3 + 0.1) * slope(2 * x / 3 + 0.1) * (z * z - 1))) < 1e-11)
      end
      assert.is_true(math.abs(step(f, "f(y)", 7) - (7 + z * p(1.25))) < 1e-12)          -- held: no slope
    end
    local lines = lp.table({ 1, 3, 2 }, { at = { 0, 1, 3 } })
    assert.is_true(math.abs(step(lines, "f(y)", 0.5) - (0.5 + 2 * z + 2 * 2 / 2 * (z * z - 1))) < 1e-12)
    assert.is_true(math.abs(step(lines, "f(y)", 2) - (2 + 2.5 * z + 2.5 * -0.5 / 2 * (z * z - 1))) < 1e-12)
    assert.is_true(math.abs(step(lines, "f(y)", 5) - (5 + 2 * z)) < 1e-12)
    local plane = lp.table({ { 1, 2 }, { 3, 8 } }, { from = { 0, 0 }, to = { 1, 2 } })          -- 1 + 2x + y/2 + 2xy
    local x, y = 0.25, 0.5
    local value, by_x, by_y = 1 + 2 * x + y / 2 + 2 * x * y, 2 + 2 * y, 0.5 + 2 * x
    assert.is_true(math.abs(step(plane, "f(y, 0.5)", x) - (x + z * value + value * by_x / 2 * (z * z - 1))) < 1e-12)
    assert.is_true(math.abs(step(plane, "f(0.25, y)", y) - (y + z * value + value * by_y / 2 * (z * z - 1))) < 1e-12)
  end)

  it("have two arguments", function()
    local function surface(f, x, y)
      local rows = {}
      for i, a in ipairs(x) do
        rows[i] = {}
        for j, b in ipairs(y) do rows[i][j] = f(a, b) end
      end
      return rows
    end
    local function plane(x, y) return 1 + 2 * x - 3 * y + x * y end
    local function cubic(x, y) return (1 - x + x ^ 3) * (2 + y ^ 2 - y ^ 3) end
    for how, f in pairs { linear = plane, cubic = cubic } do
      local x, y = { -1, 0, 0.5, 2 }, { 0, 1, 2, 3, 4 }
      local listed = lp.table(surface(f, x, y), { at = { x, y }, interpolation = how })
      local got = course({ g = listed }, "y = g(-1 + (i - 1)/7, (i - 1)/5)", { size = 21, dt = 1, duration = 1 })
      local even = lp.table(surface(f, { -1, 0, 1, 2 }, y), { from = { -1, 0 }, to = { 2, 4 }, interpolation = how })
      local same_again = course({ g = even }, "y = g(-1 + (i - 1)/7, (i - 1)/5)", { size = 21, dt = 1, duration = 1 })
      for k = 1, 21 do
        local right = f(-1 + (k - 1) / 7, (k - 1) / 5)
        assert.is_true(math.abs(got[1][k] - right) < 1e-11, how)
        assert.is_true(math.abs(same_again[1][k] - right) < 1e-11, how)
      end
      -- outside the value is that of the nearest place on the grid
      local held = course({ g = listed }, "y = g(5*(2*i - 3), 9)", { size = 2, dt = 1, duration = 1 })
      assert.is_true(math.abs(held[1][1] - f(-1, 4)) < 1e-11 and math.abs(held[1][2] - f(2, 4)) < 1e-11)
    end
  end)
end)

describe("arrays of models", function()
  local stim = lp.timed_array({ { 1, 2, 3, 4, 5 }, { 9, 8, 7, 6, 5 }, { 0, 1, 0, 1, 0 } }, { dt = 1.3, period = 3.9, interpolate = true })
  local f = lp.table({ 0, 1, 8, 27, 64 }, { at = { 0, 1, 2, 3, 4.5 }, interpolation = "cubic" })
  local g = lp.table({ { 1, 2, 0 }, { 3, 1, 5 } }, { from = { 0, -1 }, to = { 10, 1 } })
  local Cell = lp.neuron {
    name = "Cell", parameters = { tau = 5 }, arrays = { stim = stim, f = f, g = g },
    functions = "twice(x) = 2*f(x)",
    equations = [[
      x = stim(t, mod(i, 5) + 1)
      tau*dv/dt = x + twice(x/3) - v + g(v, sin(t)) : init = f(2)
    ]],
    spike = "v > 14", reset = "v = f(v/10)",
  }

  local function run(opt, between)
    local net = lp.network { dt = 0.1, seed = 3, tier = opt.tier or "interpreter", threads = opt.threads, precision = opt.precision }
    local cells = net:population { name = "cells", size = 500, neuron = Cell }
    local syn = lp.synapse { arrays = { stim = stim, f = f }, equations = "dw/dt = 0.01*(f(w) - w)*stim(t, 1 + mod(j, 5))", pre_spike = "g_target += 0.1*w*f(t_pre/20)" }
    local reader = net:population { name = "reader", size = 50, neuron = lp.neuron { equations = "v = 0.9*v + g_exc" } }
    local proj = net:project { from = cells, to = reader, target = "exc", synapse = syn, connect = lp.fixed_probability(0.1), weights = lp.uniform(0, 1) }
    net:run(6)
    if between then net = between(net) or net end
    net:run(6)
    return net, net.populations.cells.v:copy(), net.populations.reader.v:copy(), net.projections[1].w:copy(), proj
  end

  it("give the same bits in both tiers and for any number of threads", function()
    for _, precision in ipairs { "float64", "float32" } do
      local _, v, u, w = run { precision = precision }
      assert.is_true(u:abs():max() > 0)
      for _, opt in ipairs { { tier = "native" }, { threads = 3 }, { tier = "native", threads = 3 } } do
        opt.precision = precision
        local _, v2, u2, w2 = run(opt)
        same(v, v2)
        same(u, u2)
        same(w, w2)
      end
    end
  end)

  it("go on after store and restore, and from a file alone", function()
    local _, v, u, w = run {}
    local _, v1, u1, w1 = run({}, function(net)
      net:store "here"
      net:run(5)
      net:restore "here"
    end)
    same(v, v1)
    same(u, u1)
    same(w, w1)
    local path = os.tmpname() .. ".h5"
    local _, v2, u2, w2 = run({}, function(net)
      net:save(path)
      return (lp.load(path))
    end)
    same(v, v2)
    same(u, u2)
    same(w, w2)
    os.remove(path)
  end)

  it("are no state: a file with other numbers is refused", function()
    local function make(values)
      local net = lp.network {}
      net:population { name = "P", size = 1, neuron = lp.neuron { arrays = { s = lp.timed_array(values, { dt = 1 }) }, equations = "y = s(t)" } }
      return net
    end
    local path = os.tmpname() .. ".h5"
    make({ 1, 2, 3 }):save(path)
    make({ 1, 2, 3 }):restore(path)
    assert.matches("population 'P': its model 'neuron' has other numbers in its array 's' in the file", message(make { 1, 2, 4 }.restore, make { 1, 2, 4 }, path))
    os.remove(path)
  end)

  it("are shared, and other numbers are no other program", function()
    local net = lp.network {}
    local a = net:population { size = 20, neuron = Cell }
    local b = net:population { size = 30, neuron = Cell }
    local c = net:population { size = 30, neuron = Cell, arrays = { f = lp.table({ 1, 2, 3, 4, 5 }, { at = { 0, 1, 2, 3, 4 }, interpolation = "cubic" }) } }
    local slot = { owner = "array", var = "f" }
    assert.is_true(rawequal(a:_resolve(slot), b:_resolve(slot)))
    assert.is_false(rawequal(a:_resolve(slot), c:_resolve(slot)))
    if host.is_debug then return end      -- its cache of programs is off
    assert.is_true(rawequal(a._made, b._made) and rawequal(a._made, c._made))
  end)

  it("may be given with each population, and read by texts", function()
    local Bare = lp.neuron { arrays = { "stim" }, equations = "y = stim(t) + 0*i ; z = z : init = 0, local" }
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = Bare, arrays = { stim = lp.timed_array({ 4, 5 }, { dt = 1 }) } }
    p:run_regularly("z = 2*stim(t)", { every = 1 })
    net:run(1)
    assert.same({ 4, 4 }, p.y:table())
    assert.same({ 10, 10 }, p.z:table())
    p.z = "stim(0) + i"
    assert.same({ 5, 6 }, p.z:table())
    assert.matches("its model reads the array 'stim': give it", message(net.population, net, { size = 1, neuron = Bare }))
    assert.matches("unknown array 'stin': did you mean 'stim'", message(net.population, net, { size = 1, neuron = Bare, arrays = { stin = stim } }))
    assert.matches("takes 2 arguments, got 1", message(net.population, net, { size = 1, neuron = Bare, arrays = { stim = stim } }))
    assert.matches("a timed array or a table expected .*, got 5", message(net.population, net, { size = 1, neuron = Bare, arrays = { stim = 5 } }))
  end)

  it("give rates of Poisson neurons", function()
    local net = lp.network { dt = 1, seed = 1 }
    local p = net:poisson { size = 2, rates = "min(stim(t, i), 999)", arrays = { stim = lp.timed_array({ { 0, 999.9 }, { 999.9, 0 } }, { dt = 100 }) } }
    local spikes = net:record(p, "spike")
    net:run(200)
    assert.equal(200, spikes:count())
    for k = 1, 200 do assert.equal(spikes.t[k] < 100 and 2 or 1, spikes.neuron[k]) end
    assert.matches("belongs to rates that are a text", message(net.poisson, net, { size = 2, rates = 5, arrays = { stim = stim } }))
  end)

  it("are read by cables, whose files have them", function()
    local n = lp.neuron { arrays = { stim = lp.timed_array({ 0, 5 }, { dt = 1 }), f = lp.table({ 1e-4, 2e-4 }, { from = -80, to = 0 }) },
      equations = "Im = f(v)*(-70 - v)\nI = stim(t) : point current" }
    local net = lp.network { tier = "interpreter" }
    local c = net:cables { neuron = n, morphology = lp.cylinder { diameter = 1, length = 100 }, arrays = { stim = lp.timed_array({ 1 }, { dt = 1 }) } }
    local as_is = net:cables { neuron = n, morphology = lp.cylinder { diameter = 1, length = 100 } }
    net:run(0.5)
    assert.equal(1, c.I[1])
    assert.equal(0, as_is.I[1])
    local path = os.tmpname() .. ".h5"
    net:save(path)
    local again = lp.load(path, { tier = "interpreter" })
    net:run(2)
    again:run(2)
    same(c.v, again.populations[1].v)
    same(as_is.v, again.populations[2].v)
    os.remove(path)
  end)

  it("come with families of models", function()
    local More = Cell:extend { arrays = { h = lp.table({ 1, 2 }, { from = 0, to = 1 }) }, equations = "y = h(v)" }
    assert.same({ "f", "g", "h", "stim" }, (function(list)
      local names = {}
      for k, one in ipairs(list) do names[k] = one.name end
      return names
    end)(More.checked.arrays))
    assert.matches("f = table of 5 values, cubic", tostring(More))
  end)

  it("have units where a model names units", function()
    local function model(arrays, equations) return lp.neuron { arrays = arrays, equations = equations, parameters = "C = 200*pF" } end
    local nA = lp.timed_array({ 0, 0.5 }, { dt = 10, unit = "nA" })
    local net = lp.network { dt = 10 }
    local p = net:population { size = 1, neuron = model({ I = nA }, "C*dv/dt = I(t) : init = 0*mV, local") }
    net:run(20)
    assert.equal(500 / 200 * 10, p.v[1])
    assert.matches("the left side has the unit pA, the right side mV", message(model, { I = lp.timed_array({ 0 }, { dt = 1, unit = "mV" }) }, "C*dv/dt = I(t) : init = 0*mV"))
    assert.matches("'I' is looked up in ms, this is in mV", message(model, { I = nA }, "C*dv/dt = I(v) : init = 0*mV"))
    local gate = lp.table({ 0, 1 }, { from = -60, to = -20, of = "mV" })
    model({ m = gate }, "C*dv/dt = 1*pA*m(v) : init = -60*mV")
    assert.matches("'m' is looked up in mV, this is in ms", message(model, { m = gate }, "C*dv/dt = 1*pA*m(t) : init = -60*mV"))
    model({ I = lp.timed_array({ 1 }, { dt = 1 }) }, "C*dv/dt = I(t) : init = 0*mV")          -- its unit is what the equation gives it
  end)

  it("are refused where they are wrong", function()
    local one = lp.timed_array({ 1 }, { dt = 1 })
    local function neuron(arrays, equations) return lp.neuron { arrays = arrays, equations = equations } end
    assert.matches("unknown function 'stimm'.*did you mean 'stim'", message(neuron, { stim = one }, "y = stimm(t)"))
    assert.matches("nothing reads the array 'other'", message(lp.synapse, { arrays = { other = one }, pre_spike = "w += 1" }))
    assert.matches("array 'stim' takes 1 argument, got 2.*stim%(t%): it has one channel", message(neuron, { stim = one }, "y = stim(t, i)"))
    assert.matches("'stim' is an array.*write stim%(...%)", message(neuron, { stim = one }, "y = stim + 1"))
    assert.matches("'stim' is a number.*lp.timed_array", message(neuron, { stim = 4 }, "y = stim(t)"))
    assert.matches("an array cannot be named 'exp': it is a function", message(neuron, { exp = one }, "y = exp(t)"))
    assert.matches("'y' is a variable too", message(neuron, { y = one }, "y = y(t)"))
    assert.matches("is the function 'f' of it", message(function()
      lp.network {}:population { size = 1, neuron = neuron({ f = f }, "dy/dt = f(y) : exponential") }
    end))
    assert.matches("array 'stim' of the population", message(function()
      local net = lp.network {}
      local p = net:population { size = 1, neuron = neuron({ stim = one }, "a := stim(t) ; r = a") }
      net:project { from = p, to = p, connect = lp.all_to_all(), synapse = lp.synapse { equations = "dw/dt = post.a" } }
    end))
    for _, case in ipairs {
      { "either at, or from and to", { 1, 2 }, {} }, { "points must rise: point 2 is 0, after 0", { 1, 2 }, { at = { 0, 0 } } },
      { "3 points for 2 values", { 1, 2 }, { at = { 0, 1, 2 } } },
      { "values must be finite numbers; number 2 is not", { 1, 0 / 0 }, { from = 0, to = 1 } }, { "'to' must be above 'from'", { 1, 2 }, { from = 1, to = 1 } },
      { "unknown interpolation 'cubik': did you mean 'cubic'", { 1, 2 }, { from = 0, to = 1, interpolation = "cubik" } },
      { "unknown outside 'extend'", { 1, 2 }, { from = 0, to = 1, outside = "extend" } }, { "at least 2 values", { 1 }, { at = { 0 } } },
      { "unknown unit 'mW'", { 1, 2 }, { from = 0, to = 1, unit = "mW" } }, { "must be a list of two", { { 1, 2 }, { 3, 4 } }, { from = 0, to = 1 } },
      { "values in a table or an array expected, got 4", 4, { from = 0, to = 1 } },
    } do assert.matches(case[1], message(lp.table, case[2], case[3]), 1, true) end
  end)
end)
