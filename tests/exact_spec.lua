-- Method exact for many equations that act on each other: the propagator as data, one for all neurons, in both tiers.
local array = require "lunapse.core.array"
local compare = require "tests.compare"
local kernel = require "lunapse.core.kernel"
local lp = require "lunapse"

local function bits(population, names)
  local list = {}
  for _, name in ipairs(names) do
    local value = population[name]
    for k, x in ipairs(type(value) == "number" and { value } or value:table()) do list[#list + 1] = ("%s %d %a"):format(name, k, x) end
  end
  return list
end

local function names_of(n)
  local names = {}
  for i = 1, n do names[i] = "x" .. i end
  return names
end

--- n equations, each of which acts on all others.
local function dense(n, method)
  local lines = {}
  for i = 1, n do
    local terms = {}
    for j = 1, n do if j ~= i then terms[#terms + 1] = ("a*%g*x%d"):format(((i * 7 + j * 3) % 11 - 5) / 11 / n, j) end end
    local input = i % 4 == 0 and " + 0.01*i" or i % 4 == 1 and " + a" or i % 4 == 2 and " + I" or ""
    lines[i] = ("dx%d/dt = -a*%g*x%d + %s%s : init = %g, %s"):format(i, 1 + i / n, i, table.concat(terms, " + "), input, i, method)
  end
  return table.concat(lines, "\n")
end

--- n equations of a ring: the last one acts on the first.
local function ring(n, method)
  local lines = {}
  for i = 1, n do lines[i] = ("dx%d/dt = a*(x%d - x%d) : init = %d, %s"):format(i, (i - 2) % n + 1, i, i == 1 and 1 or 0, method) end
  return table.concat(lines, "\n")
end

local neurons = {}          -- of one text one: what is compiled for it is compiled once

local function run(equations, opt, more)
  local net = lp.network { dt = opt.dt or 0.5, tier = opt.tier or "interpreter", precision = opt.precision, threads = opt.threads or 1, seed = 2 }
  local description = { name = "many", parameters = { a = 0.05, I = 0.3 }, equations = equations }
  for key, text in pairs(more or {}) do description[key] = text end
  local neuron = not more and neurons[equations] or lp.neuron(description)
  if not more then neurons[equations] = neuron end
  local population = net:population { name = "cells", size = opt.size or 40, neuron = neuron }
  population.I = opt.I or 0.3
  net:run(opt.time or 20)
  if opt.then_a then
    population.a = opt.then_a
    net:run(20)
  end
  return population, net
end

describe("exact, of many equations,", function()
  for _, precision in ipairs { "float64", "float32" } do
    it("gives the same bits in both tiers and for any number of threads, of 100 that all act on each other, in " .. precision, function()
      local equations = "y = sin(t + i)\n" .. dense(100, "exact") .. "\nz = x1 + y"
      local names = { "z", table.unpack(names_of(100)) }
      local currents = {}
      for k = 1, 40 do currents[k] = k / 40 end
      local interpreted = bits(run(equations, { precision = precision, I = currents, then_a = 0.08 }), names)
      if kernel.compiler() then
        local population, net = run(equations, { precision = precision, I = currents, then_a = 0.08, tier = "native" })
        for native in pairs(net._natives) do assert.equal("ready", native:state()) end
        assert.same(interpreted, bits(population, names))
      end
      assert.same(interpreted, bits(run(equations, { precision = precision, I = currents, then_a = 0.08, threads = 3 }), names))
    end)
  end

  it("does not depend on how many neurons there are", function()
    local few, many = run(dense(20, "exact"), { size = 3 }), run(dense(20, "exact"), { size = 20000, threads = 2 })
    for _, name in ipairs(names_of(20)) do assert.equal(few[name][3], many[name][3]) end
  end)

  it("is exact: a chain around is a sum of Poisson probabilities", function()
    local n, a, t = 100, 0.05, 20
    local cells = run(ring(n, "exact"), { size = 1, time = t })
    local p, k = math.exp(-a * t), 0
    for i = 1, 12 do
      compare.near(p, cells["x" .. i][1], 1e-13)
      k = k + 1
      p = p * a * t / k
    end
  end)

  it("takes steps of any size", function()
    for _, dt in ipairs { 1e-3, 0.1, 10, 1000 } do
      local one, two = run(dense(30, "exact"), { dt = dt, time = 2 * dt, size = 1 }), run(dense(30, "exact"), { dt = 2 * dt, time = 2 * dt, size = 1 })
      for _, name in ipairs(names_of(30)) do compare.near(two[name][1], one[name][1], 1e-12) end
    end
    local cells = run(dense(30, "exact"), { dt = 1e7, time = 1e7, size = 1 })
    local steady = run(dense(30, "exact"), { dt = 1e8, time = 1e8, size = 1 })
    for _, name in ipairs(names_of(30)) do compare.near(steady[name][1], cells[name][1], 1e-11) end
  end)

  it("is exact where rates differ by orders of magnitude, of few and of many", function()
    for _, k in ipairs { 10, 1000, 10000 } do
      for _, n in ipairs { 1, 11 } do          -- x follows the mean y of n slow variables, which it drives: x - y decays at the rate k + 0.1, and y + 0.1 x/k stays
        local lines, names = {}, {}
        for m = 1, n do
          lines[m] = ("dy%d/dt = 0.1*(x - y%d) : init = 1"):format(m, m)
          names[m] = "y" .. m
        end
        lines[n + 1] = ("dx/dt = -k*(x - (%s)/%d) : init = 0.5"):format(table.concat(names, " + "), n)
        local net = lp.network { dt = 1, method = "exact", tier = "interpreter" }
        local cells = net:population { size = 1, neuron = lp.neuron { parameters = { k = k }, equations = table.concat(lines, "\n") } }
        net:run(3)
        local last = 1 - 0.05/(k + 0.1)
        assert.near(last, cells.x[1], 1e-13 + 0.5*math.exp(-3*k))
        assert.near(last, cells.y1[1], 1e-13 + 0.5*math.exp(-3*k))
      end
    end
  end)

  it("agrees with small steps of another method", function()
    local exact, fine = run(dense(40, "exact"), { size = 2, time = 2 }), run(dense(40, "rk4"), { size = 2, time = 2, dt = 0.01 })
    for _, name in ipairs(names_of(40)) do compare.near(fine[name][2], exact[name][2], 1e-10) end
  end)

  it("follows its parameters and inputs, whoever sets them", function()
    local function last(change, before)
      local net = lp.network { dt = 0.5, tier = "interpreter" }
      local cells = net:population { size = 2, neuron = lp.neuron { parameters = { a = 0.05, I = 0.3 }, equations = dense(20, "exact") } }
      if before then before(net, cells) end
      net:run(5)
      change(cells)
      net:run(5)
      return cells.x20[2]
    end
    local by_hand = last(function(cells) cells.a, cells.I = 0.2, 0.7 end)
    assert.is_true(by_hand ~= last(function() end))
    assert.equal(by_hand, last(function() end, function(net, cells) net:at(5, function() cells.a, cells.I = 0.2, 0.7 end) end))
    assert.equal(by_hand, last(function(cells) cells.a = 0.1 cells.a, cells.I = 0.2, 0.7 end))
  end)

  it("is part of a stored state, whatever became of its coefficients meanwhile", function()
    local names, cells, net = names_of(20), run(dense(20, "exact"), { size = 3 })
    net:store()
    net:run(10)
    local expected = bits(cells, names)
    for _, change in ipairs { function() cells.a = 0.2 end, function() cells.a = 0.2 net:run(5) end, function() net:reset() net:run(3) end } do
      net:restore()
      change()
      net:restore():run(10)
      assert.same(expected, bits(cells, names))
    end
  end)

  --- Seven equations are written out, the eighth makes them data: with z = 0 it does nothing.
  local function seven_and_eight(extra_line, more, opt)
    local function with(eighth)
      local lines = {}
      for line in dense(7, "exact"):gmatch "[^\n]+" do
        lines[#lines + 1] = eighth and line:gsub(" : ", " + z*x8 : ") or line
      end
      if eighth then lines[8] = "dx8/dt = -x8 + z*(x1 + x2 + x3 + x4 + x5 + x6 + x7) : exact" end
      local parameters = { a = 0.05, I = 0.3, z = eighth and 0 or nil }
      local description = { parameters = parameters, equations = (extra_line or "") .. "\n" .. table.concat(lines, "\n") }
      for key, text in pairs(more or {}) do description[key] = text end
      return (run(description.equations, opt or {}, description))
    end
    local written, data = with(false), with(true)
    assert.is_nil(written._compiled.variables_by_name._exact1)
    assert.is_table(data._compiled.variables_by_name._exact1)
    for _, name in ipairs(names_of(7)) do compare.all_near(written[name]:table(), data[name]:table(), 1e-12) end
    return data
  end

  it("is what it is of few", function()
    seven_and_eight()
    seven_and_eight("y = 2*x1 + Uniform(0, 1)\nI2 = y")
  end)

  it("is what it is of few in refractory neurons, whether or not others see those that rest", function()
    local spikes = { spike = "x1 > 0.9", reset = "x1 = 0.1", refractory = 3 }
    seven_and_eight(nil, spikes)
    seven_and_eight(nil, { spike = "x1 > 0.9", reset = "x1 = 0.1\nx2 = 3", refractory = { "x3 > 0.5", stops = { "x1", "x2" } } })
    seven_and_eight("y = x1 + 1", { spike = "y > 1.9", reset = "x1 = 0.1", refractory = { "y < 1.5", stops = { "x2", "x3" } }, axon_spike = "x2 > 3", axon_reset = "x2 = 1" })
    -- only those that say so rest: the others see them
    local function some(equations) return (equations:gsub("(dx[123]/dt[^\n]*)exact", "%1exact, unless refractory")) end
    local function last(eighth)
      local equations = dense(7, "exact")
      if eighth then
        equations = equations:gsub(" : ", " + z*x8 : ") .. "\ndx8/dt = -x8 + z*(x1 + x2 + x3 + x4 + x5 + x6 + x7) : exact"
      end
      return (run(some(equations), {}, { parameters = { a = 0.05, I = 0.3, z = eighth and 0 or nil }, spike = "x1 > 0.9", reset = "x1 = 0.1", refractory = 3 }))
    end
    local written, data = last(false), last(true)
    for _, name in ipairs(names_of(7)) do compare.all_near(written[name]:table(), data[name]:table(), 1e-12) end
  end)

  it("stands among lines, bounds, other methods and periods", function()
    local function cells(n, every)
      local equations = dense(n, "exact"):gsub("(dx2/dt[^\n]*)", "%1, max = 2.5"):gsub("exact", every and "exact, every = 2" or "exact")
      return run("u = 2*x1\nI3 = u + x2\n" .. equations .. "\ndv/dt = (x1 - v)/10 : exponential\nw = x1 + v + u", { size = 2 })
    end
    for _, every in ipairs { false, true } do
      local data = cells(12, every)
      assert.is_table(data._compiled.variables_by_name._exact1)
      assert.is_true(data.x2:max() <= 2.5)
      -- v sees x1 as it was at the start of the step, w sees the end of it
      local fine = run("u = 2*x1\nI3 = u + x2\n" .. dense(12, "rk4"):gsub("(dx2/dt[^\n]*)", "%1, max = 2.5") .. "\ndv/dt = (x1 - v)/10 : exponential\nw = x1 + v + u",
        { size = 2 })
      if not every then
        for _, name in ipairs { "x1", "x12", "v", "w", "u" } do compare.near(fine[name][1], data[name][1], 1e-4) end
      end
      assert.equal(data.w[1], data.x1[1] + data.v[1] + data.u[1])
    end
  end)

  it("may be of the whole population", function()
    local equations = dense(12, "exact, population"):gsub("0.01%*i", "0.01")
    local cells = run(equations, { size = 5 })
    local each = run(dense(12, "exact"):gsub("0.01%*i", "0.01"), { size = 5 })
    for _, name in ipairs(names_of(12)) do compare.near(each[name][4], cells[name], 1e-13) end
  end)

  it("draws one number for all where it is of the whole population, and one for each where it is of each, in both tiers", function()
    for _, scope in ipairs { "", ", population" } do
      local function noisy(n, tier)
        return run(ring(n, "exact" .. scope):gsub(": init", "+ Normal(0, 1) : init", 1) .. "\nw = x1", { size = 3, tier = tier })
      end
      local written, data = noisy(3, "interpreter"), noisy(12, "interpreter")
      assert.is_nil(written._compiled.variables_by_name._exact1)
      assert.is_table(data._compiled.variables_by_name._exact1)
      assert.same(bits(data, { "x1", "x12" }), bits(noisy(12, "native"), { "x1", "x12" }))
      assert.equal(scope ~= "", data.w[1] == data.w[3])
    end
    local function first_step(n)
      return run(ring(n, "exact, population"):gsub("init = 1", "init = 0"):gsub(": init", "+ Normal(0, 1) : init", 1), { size = 3, time = 0.5 }).x1
    end
    assert.is_true(first_step(3) ~= 0)
    compare.near(first_step(3), first_step(12), 1e-5)
  end)

  it("may be several, each for itself", function()
    local second = dense(10, "exact"):gsub("x(%d)", "y%1")
    local cells = run(dense(9, "exact") .. "\n" .. second .. "\nu = x1 + y1\n" .. dense(11, "exact"):gsub("x(%d)", "z%1"), { size = 2 })
    local alone = run(dense(11, "exact"), { size = 2 })
    assert.is_table(cells._compiled.variables_by_name._exact3)
    for k = 1, 11 do assert.equal(alone["x" .. k][2], cells["z" .. k][2]) end
    assert.equal(run(dense(9, "exact"), { size = 2 }).x9[1], cells.x9[1])
  end)

  it("is written out where few act on each other, however many there are", function()
    local lines = {}
    for k = 1, 300 do lines[k] = ("dx%d/dt = a*(%d - x%d) + x%d : exact"):format(k, k, k, k % 2 == 0 and k - 1 or k) end
    local cells = run(table.concat(lines, "\n"), { size = 1, time = 1 })
    assert.is_nil(cells._compiled.variables_by_name._exact1)
  end)

  it("is told: how its programs are dumped, and which variables are hidden", function()
    local dump = require "lunapse.tell.dump"
    local cells = run(dense(9, "exact"), { size = 2 })
    local text = {}
    for _, entry in ipairs(cells._compiled.programs) do text[#text + 1] = entry.role .. " " .. dump.program(entry.program) end
    text = table.concat(text, "\n")
    assert.matches("derive program propagator.-propagator of 9 linear equations", text)
    assert.matches("update program exact.-step of 9 linear equations", text)
    assert.is_nil(tostring(cells):find "_exact")
  end)
end)

describe("exact is refused", function()
  local function said(equations, values, parameters)
    local net = lp.network { dt = 0.5, tier = "interpreter" }
    parameters = parameters or { a = 0.05, I = 0.3 }
    local ok, message = pcall(function()
      local cells = net:population { name = "cells", size = 3, neuron = lp.neuron { name = "many", parameters = parameters, equations = equations } }
      for name, value in pairs(values or {}) do cells[name] = value end
    end)
    return not ok and tostring(message) or "nothing"
  end

  it("for many equations with coefficients of each neuron, and says which", function()
    local message = said(dense(8, "exact"), { a = { 1, 2, 3 } })
    assert.matches("equations, line 1: method 'exact': 8 equations act on each other, and the coefficient '[^']*a[^']*' is not the same for all neurons; "
      .. "exact can do with 7, or with one value for all\n    dx1/dt = ", message)
    assert.equal("nothing", said(dense(7, "exact"), { a = { 1, 2, 3 } }))
    assert.equal("nothing", said(dense(8, "exact"), { I = { 1, 2, 3 } }))
  end)

  it("for many equations of synapses", function()
    local net = lp.network { dt = 0.5, tier = "interpreter" }
    local cells = net:population { size = 3, neuron = lp.neuron { equations = "v = 1" } }
    local ok, message = pcall(net.project, net, { from = cells, to = cells, connect = lp.all_to_all(),
      synapse = lp.synapse { parameters = { a = 0.05, I = 1 }, equations = dense(9, "exact"):gsub("0.01%*i", "0.01") } })
    assert.is_false(ok)
    assert.matches("equations, line 1: method 'exact': 9 equations act on each other; in synapses exact can do with 7", message)
  end)

  it("for coefficients that move, with the line in which they stand", function()
    local equations = dense(20, "exact"):gsub("(dx13/dt = )", "%1sin(t)*x2 ")
    assert.matches("equations, line 13: method 'exact': the coefficient 'sin%(t%)[^']*' changes from step to step", said(equations))
  end)

  it("never in words of the library", function()
    for _, n in ipairs { 8, 30, 120 } do
      assert.equal("nothing", said(dense(n, "exact")))
      assert.equal("nothing", said(ring(n, "exact")))
    end
  end)
end)

describe("programs that are linear systems", function()
  local function slot(name, scope) return { name = name, scope = scope, kind = "real" } end
  local SLOTS = { slot("P", "uniform"), slot("h", "uniform"), slot("m", "uniform"), slot("x", "elem"), slot("y", "elem"), slot("b", "elem") }
  local function program(linear, nest) return kernel.program { name = "p", nest = nest or "each", slots = SLOTS, code = {}, linear = linear } end

  it("compute what they say", function()
    local P = array.new("float64", 2)
    local function numbers(...) return array.from({ ... }, "float64") end
    local arrays = { P, numbers(0.5), numbers(-2), numbers(1, 2, 3), numbers(0, 0, 0), numbers(4, 5, 6) }
    kernel.run(program { kind = "propagator", size = 1, propagator = 1, h = 2, matrix = { 3 } }, arrays)
    compare.near(math.exp(-1), P[1], 1e-15)
    compare.near((1 - math.exp(-1)) / 2, P[2], 1e-15)
    kernel.run(program { kind = "step", size = 1, propagator = 1, state = { 4 }, input = { 6 }, result = { 5 } }, arrays, { first = 1, last = 3 })
    assert.equal(0, arrays[5][1])
    for k = 2, 3 do compare.near(P[1] * k + P[2] * (k + 3), arrays[5][k], 1e-15) end
  end)

  it("are the propagators of any matrix", function()
    -- exp of a rotation and of a nilpotent matrix are known
    for _, case in ipairs { { { 0, -1, 1, 0 }, { math.cos(30), -math.sin(30), math.sin(30), math.cos(30) } }, { { 0, 1, 0, 0 }, { 1, 30, 0, 1 } },
      { { -1, 1, 0, -1 }, { math.exp(-30), 30 * math.exp(-30), 0, math.exp(-30) } }, { { 0, 0, 0, 0 }, { 1, 0, 0, 1 } } } do
      local slots, arrays = { slot("P", "uniform"), slot("h", "uniform") }, { array.new("float64", 8), array.from({ 30 }, "float64") }
      for k, x in ipairs(case[1]) do slots[k + 2], arrays[k + 2] = slot("m" .. k, "uniform"), array.from({ x }, "float64") end
      kernel.run(kernel.program { name = "p", nest = "each", slots = slots, code = {}, linear = { kind = "propagator", size = 2, propagator = 1, h = 2,
        matrix = { 3, 4, 5, 6 } } }, arrays)
      for k, x in ipairs(case[2]) do compare.within(x, arrays[1][k], 2e-13 * math.max(1, math.abs(x))) end
    end
  end)

  it("are refused where their slots do not fit", function()
    local step = { kind = "step", size = 1, propagator = 1, state = { 4 }, input = { 0 }, result = { 5 } }
    local function with(changes)
      local copy = {}
      for key, value in pairs(step) do copy[key] = value end
      for key, value in pairs(changes) do copy[key] = value end
      return copy
    end
    assert.is_userdata(program(step))
    for _, changes in ipairs { { state = { 9 } }, { state = { 0 } }, { propagator = 4 }, { size = 0 }, { result = { 2 } }, { size = 5000 }, { state = {} }, { input = {} } } do
      assert.has_error(function() program(with(changes)) end)
    end
    assert.has_error(function() program(step, "list") end)
    assert.has_error(function() program { kind = "propagator", size = 1, propagator = 1, h = 4, matrix = { 3 } } end)
    assert.has_error(function() program { kind = "propagator", size = 1, propagator = 1, h = 2, matrix = { 4 } } end)
    local small = { array.new("float64", 1), array.new("float64", 1), array.new("float64", 1), array.new("float64", 1), array.new("float64", 1), array.new("float64", 1) }
    assert.has_error(function() kernel.run(program(step), small, { first = 0, last = 1 }) end)
  end)
end)
