-- Neurons with a shape: against what cable theory says, with the orders of its errors; places, spikes, refusals; the same bits for any threads, tiers, after a state.
-- Shapes and files of shapes: tests/morphology_spec.lua.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local lp = require "lunapse"
local options = require "lunapse.options"

local pi = math.pi
local RA, G, CM = 150, 0.05, 1          -- ohm cm, mS/cm2, uF/cm2
local TAU = CM / G

local Passive = lp.neuron { name = "Passive", parameters = { gL = G, I = "0 : point current" }, equations = "Im = -gL*v" }

local function tanh(x) return (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1) end

--- Length constant in um, and the input resistance of a cable without end in MOhm, of a diameter in um (Rall 1959).
local function lambda(d) return 1e4 * math.sqrt(d * 1e-4 / (4 * RA * G * 1e-3)) end
local function endless(d) return 1e-6 * math.sqrt(4 * RA / (G * 1e-3)) / (pi * (d * 1e-4) ^ 1.5) end

--- Cables at rest under 100 pA at a place.
local function steady(shape, place, change)
  local net = lp.network { dt = 2, tier = "interpreter" }
  local c = net:cables { morphology = shape, neuron = Passive, Ra = RA, Cm = CM }
  if change then change(c) end
  place(c).I = 100
  net:run(1500)
  return c
end

--- A compartment so short that a current flows into the beginning of what follows.
local function start(d) return lp.cylinder { length = 1e-3, diameter = d, name = "start" } end
local function at_start(c) return c.start end

--- Errors at a number of compartments and at twice as many fall as its square.
local function check_order_2(error_of, n, most, twice)
  local one, two = error_of(n), error_of(twice or 2 * n)
  assert.is_true(math.abs(one) < most, ("error %g"):format(one))
  local ratio = one / two
  assert.is_true(ratio > 3.6 and ratio < 4.4, ("errors %g, %g"):format(one, two))
end

describe("a cable at rest", function()
  it("without ends decays by its length constant", function()
    local d = 2
    check_order_2(function(n)
      local c, worst = steady(lp.cylinder { length = 20 * lambda(d), diameter = d, n = n }, function(c) return c:at("root", 0.5) end), 0
      for k = 1, n do
        local x = math.abs(k - (n + 1) / 2) * 20 / n
        if x < 2 then worst = math.max(worst, math.abs(c.v[k] / (0.1 * endless(d) / 2 * math.exp(-x)) - 1)) end
      end
      return worst
    end, 201, 2e-3, 401)
  end)

  for _, length in ipairs { 0.5, 2 } do
    it(("of %g length constants has the input resistance of sealed and of killed ends"):format(length), function()
      local function shape(n, is_killed)
        local s = start(3)
        s.cable = lp.cylinder { length = length * lambda(3), diameter = 3, n = n }
        if is_killed then s.cable.stop = lp.cylinder { length = 1e-3, diameter = 3 } end
        return s
      end
      check_order_2(function(n)
        return steady(shape(n), at_start).v[1] / (0.1 * endless(3) / tanh(length)) - 1
      end, 10, 6e-3)
      -- a killed end is where the membrane lets everything through
      local v = steady(shape(80, true), at_start, function(c) c.cable.stop.gL = 1e10 end).v[1]
      assert.near(0.1 * endless(3) * tanh(length), v, 3e-4 * v)
    end)
  end

  it("that branches by Rall's rule is one cylinder", function()
    local d = 4
    local thin = d / 2 ^ (2 / 3)
    check_order_2(function(n)
      local s = start(d)
      s.trunk = lp.cylinder { length = 0.5 * lambda(d), diameter = d, n = n }
      s.trunk.branch = { lp.cylinder { length = 0.7 * lambda(thin), diameter = thin, n = n }, lp.cylinder { length = 0.7 * lambda(thin), diameter = thin, n = n } }
      local c = steady(s, at_start)
      assert.equal(c:at("trunk.branch[1]", 1).v[1], c:at("trunk.branch[2]", 1).v[1])
      return c.start.v[1] / (0.1 * endless(d) / tanh(1.2)) - 1
    end, 5, 3e-3)
  end)

  it("with a sphere and branches of any diameters has the input resistance of the tree", function()
    local branches = { { 200, 3, { { 150, 1.5 }, { 300, 1, { { 100, 0.7 }, { 50, 2 }, { 120, 0.5 } } } } }, { 400, 2 } }
    local function conductance(b)
      local own, rest, t = 1 / endless(b[2]), 0, tanh(b[1] / lambda(b[2]))
      for _, child in ipairs(b[3] or {}) do rest = rest + conductance(child) end
      return own * (rest / own + t) / (1 + rest / own * t)
    end
    local whole = G * pi * 25 ^ 2 * 1e-5
    for _, b in ipairs(branches) do whole = whole + conductance(b) end
    check_order_2(function(n)
      local function add(parent, list)
        local made = {}
        for k, b in ipairs(list) do made[k] = lp.cylinder { length = b[1], diameter = b[2], n = n } end
        parent.d = made
        for k, b in ipairs(list) do if b[3] then add(made[k], b[3]) end end
      end
      local s = lp.sphere { diameter = 25 }
      add(s, branches)
      return steady(s, function(c) return c.soma end).v[1] * whole / 0.1 - 1
    end, 5, 1e-3)
  end)

  it("that tapers has the resistance of its cones", function()
    local s = start(1)
    s.cone = lp.section { length = 100, diameter = { 1, 4 }, n = 50 }
    s.cone.stop = lp.cylinder { length = 1e-3, diameter = 4 }
    local c = steady(s, at_start, function(c)
      c.gL = 0
      c.cone.stop.gL = 1e12
    end)
    local exact = 0.1 * RA * 4 * 100 / (pi * 1 * 4) * 1e-2          -- pA ohm cm / um, in mV
    assert.near(exact, c.start.v[1], 1e-4 * exact)
  end)
end)

describe("a cable that moves", function()
  --- The error of one mode of a sealed cylinder after 4 ms, beside the decay that these compartments have.
  local function error_in_time(dt, method)
    local n, length = 25, lambda(2)
    local net = lp.network { dt = dt, tier = "interpreter" }
    local c = net:cables { morphology = lp.cylinder { length = length, diameter = 2, n = n }, neuron = Passive, Ra = RA, method = method }
    local first = {}
    for k = 1, n do first[k] = math.cos(pi * (k - 0.5) / n) end
    c.v = first
    net:run(4)
    local rate = (1 + 4 * math.sin(pi / (2 * n)) ^ 2 * n ^ 2) / TAU
    return c.v[1] / first[1] - math.exp(-4 * rate)
  end

  it("has order 1 in dt by implicit, and 2 by crank-nicolson", function()
    local one, half = error_in_time(0.2, "implicit"), error_in_time(0.1, "implicit")
    assert.near(2, one / half, 0.1)
    assert.is_true(math.abs(half) < 0.01)
    one, half = error_in_time(0.2, "crank-nicolson"), error_in_time(0.1, "crank-nicolson")
    assert.near(4, one / half, 0.1)
    assert.is_true(math.abs(half) < 1e-4)
  end)

  it("spreads a charge as an endless cable does", function()
    local function green(x, t) return math.exp(-x ^ 2 / (4 * t) - t) / math.sqrt(4 * pi * t) end
    local function error_of(n, dt)
      local net = lp.network { dt = dt, tier = "interpreter" }
      local c = net:cables { morphology = lp.cylinder { length = 10 * lambda(2), diameter = 2, n = n }, neuron = Passive, Ra = RA, method = "crank-nicolson" }
      local first, worst = {}, 0
      for k = 1, n do first[k] = green((k - (n + 1) / 2) * 10 / n, 2 / TAU) end
      c.v = first
      net:run(10)
      for k = 1, n do worst = math.max(worst, math.abs(c.v[k] - green((k - (n + 1) / 2) * 10 / n, 12 / TAU))) end
      return worst / green(0, 12 / TAU)
    end
    local one, half = error_of(101, 0.2), error_of(201, 0.1)
    assert.is_true(one < 1e-3 and one / half > 3.5, ("%g %g"):format(one, half))
  end)

  it("stays stable at any step", function()
    for _, method in ipairs { "implicit", "crank-nicolson" } do
      local net = lp.network { dt = 1000, tier = "interpreter" }
      local c = net:cables { morphology = lp.cylinder { length = 1000, diameter = 1, n = 100 }, neuron = Passive, Ra = RA, method = method }
      c.v = "if mod(i, 2) == 0: 50 else: -50"
      net:run(1e5)
      assert.is_true((c.v * c.v):sum() <= 100 * 50 ^ 2)
    end
  end)

  it("takes any smooth Im by its slope: the end of a step satisfies the equation", function()
    local Cubic = lp.neuron { equations = "Im = -0.1*v*(v - 20)*(v - 50)/100 + 0.3*tanh(v/30)   : init = 60" }
    local function after(dt, method)
      local net = lp.network { dt = dt, tier = "interpreter" }
      local c = net:cables { morphology = lp.cylinder { length = 10, diameter = 1 }, neuron = Cubic, method = method }
      net:run(1)
      return c.v[1]
    end
    local exact = after(1e-4, "crank-nicolson")
    assert.near(2, (after(0.02, "implicit") - exact) / (after(0.01, "implicit") - exact), 0.15)
    assert.near(4, (after(0.02, "crank-nicolson") - exact) / (after(0.01, "crank-nicolson") - exact), 0.4)
  end)
end)

-- ---- channels ----

local HH = lp.neuron {
  name = "SquidAxon", -- Hodgkin and Huxley 1952
  parameters = { gNa = 120, gK = 36, gL = 0.3, ENa = 115, EK = -12, EL = 10.613, phi = 1, I = "0 : point current" },
  equations = [[
    Im = gL*(EL - v) + gNa*m^3*h*(ENa - v) + gK*n^4*(EK - v)
    dm/dt = phi*(1/exprel((25 - v)/10)*(1 - m) - 4*exp(-v/18)*m)              : init = 0.0529, exponential
    dh/dt = phi*(0.07*exp(-v/20)*(1 - h) - h/(exp((30 - v)/10) + 1))          : init = 0.5961, exponential
    dn/dt = phi*(0.1/exprel((10 - v)/10)*(1 - n) - 0.125*exp(-v/80)*n)        : init = 0.3177, exponential
  ]],
  spike = "v > 50", refractory = "v > 40",
}

describe("channels", function()
  --- Conduction speed of the squid's giant axon at 18.5 degrees, m/s.
  local function speed(dt, n, method)
    local net = lp.network { dt = dt }
    local c = net:cables { morphology = lp.cylinder { length = 60e3, diameter = 476, n = n }, neuron = HH, Ra = 35.4, method = method, spike_at = "everywhere",
      parameters = { phi = 3 ^ ((18.5 - 6.3) / 10) } }
    local spikes, first = net:record(c, "spike"), {}
    c:at("root", 0).I = 2e7
    net:run(0.5)
    c:at("root", 0).I = 0
    net:run(3.5)
    for k = 1, spikes:count() do first[spikes.neuron[k]] = first[spikes.neuron[k]] or spikes.t[k] end
    local a, b = n * 3 // 10, n * 7 // 10
    return (c.distance[b] - c.distance[a]) / 1000 / (first[b] - first[a])
  end

  it("give the published conduction speed, 18.8 m/s, for all dt and dx", function()
    for _, method in ipairs { "implicit", "crank-nicolson" } do
      assert.near(18.8, speed(0.01, 300, method), 0.3)
    end
    assert.near(18.8, speed(0.005, 600, "crank-nicolson"), 0.2)
  end)

  it("have order 2 in dt by crank-nicolson with gates by exponential, and order 1 by implicit", function()
    local Resting = HH:extend { name = "Resting", equations = [[
      dm/dt = 1/exprel((25 - v)/10)*(1 - m) - 4*exp(-v/18)*m              : init = 0.0529324852572496, exponential
      dh/dt = 0.07*exp(-v/20)*(1 - h) - h/(exp((30 - v)/10) + 1)          : init = 0.596120753508460, exponential
      dn/dt = 0.1/exprel((10 - v)/10)*(1 - n) - 0.125*exp(-v/80)*n        : init = 0.317676914060697, exponential
    ]] }
    local function after(dt, method)
      local net = lp.network { dt = dt, tier = "interpreter" }
      local c = net:cables { morphology = lp.cylinder { length = 2000, diameter = 100, n = 5 }, neuron = Resting, Ra = 35.4, method = method }
      c:at("root", 0).I = 3e4
      net:run(2)
      return c.v[5]
    end
    local exact = after(0.00025, "crank-nicolson")
    local one, half = after(0.02, "crank-nicolson") - exact, after(0.01, "crank-nicolson") - exact
    assert.near(4, one / half, 0.4)
    local coarse = after(0.02, "implicit") - exact
    assert.near(2, coarse / (after(0.01, "implicit") - exact), 0.3)
    assert.is_true(math.abs(one) < 0.1 * math.abs(coarse))
  end)

  it("are those of a point neuron where there is one compartment", function()
    local Point = HH:extend { name = "Point", parameters = { C = 1, I = 0 }, refractory = { 2, stops = "spikes" },
      equations = "C * dv/dt = gL*(EL - v) + gNa*m^3*h*(ENa - v) + gK*n^4*(EK - v) + I" }
    assert.is_nil(Point.checked.is_cable)
    local net = lp.network { dt = 0.001, tier = "interpreter" }
    local d = math.sqrt(100 / pi)          -- 100 um2: 1 pA is 1 uA/cm2
    local cable = net:cables { morphology = lp.sphere { diameter = d }, neuron = HH, method = "crank-nicolson", parameters = { I = 10 } }
    local point = net:population { size = 1, neuron = Point, parameters = { I = 10 } }
    local a, b = net:record(cable, "v", { every = 0.1 }), net:record(point, "v", { every = 0.1 })
    net:run(12)
    local worst = (a.v - b.v):abs():max()
    assert.is_true(a.v:max() > 90 and worst < 1.5, ("%g"):format(worst))
  end)
end)

-- ---- places ----

local function star()
  local soma = lp.sphere { diameter = 20 }
  soma.dend = { lp.cylinder { length = 300, diameter = 2, n = 6 }, lp.section { length = 200, diameter = { 2, 0.5 }, n = 4 } }
  soma.dend[1].apical = lp.cylinder { length = 100, diameter = 1, n = 5 }
  soma.axon = lp.cylinder { length = 100, diameter = 1, n = 5 }
  return soma
end

local function quiet() return lp.network { dt = 0.1, tier = "interpreter" } end

describe("places", function()
  it("are slices of compartments of all cells", function()
    local c = quiet():cables { name = "cells", morphology = star(), neuron = Passive, size = 3 }
    assert.same({ 21, 3, 63 }, { c.compartments, c.cells, c.size })
    c.v = 0
    c.dend[2].v = 7
    c:cell(2).v = 5
    c.soma.v[3] = 9
    assert.same({ 0, 5, 9 }, c.soma.v:table())
    assert.same({ 7, 5, 7 }, c:at("dend[2]", 0.1).v:table())
    assert.equal(3 * 10, #c.dend.v)
    assert.equal(3 * 11, #c:tree("dend[1]").v)
    assert.same(c.dend[1].apical.v:table(), c.soma.dend[1].apical[1].v:table())
    assert.same({ 25, 75, 125, 175, 225, 275 }, { table.unpack(array.from(c.dend[1].distance):reshape(6, 3):column(1):table()) })
    assert.equal(3 * 2, #c:between(200, 300, "dend[1]").v)
    assert.equal(3 * 3, #c:between(200, 320, "dend[1]").v)
    assert.near(c:cell(1).area:sum(), star():total_area(), 1e-9)
  end)

  it("that do not exist are refused, with the nearest", function()
    local c = quiet():cables { name = "cells", morphology = star(), neuron = Passive }
    local function refused(f, ...)
      local ok, why = pcall(f, ...)
      assert.is_false(ok)
      return (why:gsub("^[^:]*:%d+: ", ""))
    end
    assert.equal("cables 'cells', at: unknown section 'axn': did you mean 'axon'?", refused(c.at, c, "axn"))
    assert.equal("cables 'cells', at: there are several sections 'dend': say which, 'dend[1]'", refused(c.at, c, "dend"))
    assert.equal("cables 'cells', at: the place on the section must lie in 0..1, got 1.5", refused(c.at, c, "axon", 1.5))
    assert.equal("cables 'cells', cell: the number of the cell must be a whole number in 1..1, got 2", refused(c.cell, c, 2))
    assert.equal("cables 'cells', between: no compartment lies there", refused(c.between, c, 5000))
    assert.matches("population 'cells', area is that of the shape", refused(function() c.area = 3 end))
    assert.matches("unknown variable 'dent'", refused(function() return c.dent end))
  end)

  it("make a synapse's current flow where it is", function()
    local Receiving = Passive:extend { equations = "5 * dg_exc/dt = -g_exc : exponential \n I_exc = g_exc*(70 - v) : point current" }
    local net = lp.network { dt = 0.1, tier = "interpreter" }
    local c = net:cables { morphology = star(), neuron = Receiving, size = 2 }
    local s = net:spike_source { size = 1, neuron = { 1 }, t = { 1 } }
    net:project { from = s, to = c:at("dend[1].apical", 1):slice(2, 2), target = "exc", connect = lp.all_to_all(), weights = 0.5 }
    local v = net:record(c, "v")
    net:run(30)
    local peaks = v.v:max(1):reshape(21, 2)
    assert.equal(0, peaks:column(1):max())          -- the other cell
    local far, near = peaks:get(12, 2), peaks:get(1, 2)
    assert.is_true(far > 2 * near and near > 0.1, ("%g %g"):format(far, near))
  end)

  it("let a rule see the voltage where its synapse is", function()
    -- potentiation by a trace of the pre neuron where the membrane is above a threshold: the same input at two places, one of which is depolarised
    local Receiving = Passive:extend { parameters = { hold = "0 : point current" } }
    local Rule = lp.synapse { parameters = { theta = 9, eta = 0.1 }, equations = [[
        10 * dx/dt = -x                            : exponential
        dw/dt = eta*x*pos(post.v - theta)          : max = 5 ]], pre_spike = "x += 1" }
    local rows = {}
    for k, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 0.1, tier = tier, threads = k }
      local c = net:cables { morphology = star(), neuron = Receiving }
      local s = net:spike_source { size = 1, neuron = { 1 }, t = { 20 } }
      local near, far = c:at("dend[1].apical", 1), c:at("axon", 1)
      local one = net:project { from = s, to = near, connect = lp.all_to_all(), weights = 1, synapse = Rule }
      local other = net:project { from = s, to = far, connect = lp.all_to_all(), weights = 1, synapse = Rule }
      near.hold = 20
      net:run(40)
      assert.is_true(near.v[1] > 9 and far.v[1] < 9, ("%g %g"):format(near.v[1], far.v[1]))
      assert.is_true(one.w[1] > 1)
      assert.equal(1, other.w[1])
      rows[k] = one.w[1]
    end
    assert.equal(rows[1], rows[2])
  end)

  it("show that a spike begins in the axon and runs back: the example of a pyramidal cell", function()
    local host = os.getenv "HOST" or "build/lunapse"
    local pipe = io.popen(("o=$(mktemp); %s examples/pyramidal_cell.lua out=$o.png; rm -f $o $o.png"):format(host))
    local said = pipe:read "a"
    pipe:close()
    local function value(name) return tonumber(said:match(name .. "=(%S+)")) end
    assert.is_true(value "segment_ms" < 0, said)
    assert.is_true(value "apical_200_ms" > 0.1 and value "apical_500_ms" > value "apical_200_ms" + 0.3, said)
    assert.is_true(value "soma_height" > 100 and value "apical_500_height" < 0.8 * value "soma_height", said)
  end)

  it("are drawn for synapses by length, by area and by distance", function()
    local function draw(part, opt)
      local c = lp.network({ dt = 0.1, tier = "interpreter", seed = 5 }):cables { morphology = star(), neuron = Passive, size = 50 }
      local on = part and c[part] or c
      return lp.places(on, opt), on
    end
    local all, c = draw(nil, { number = 20000 })
    assert.equal(20000, #all)
    local length, area = 0, 0
    for k = 1, #all do
      if c.length[all[k]] == 50 then length = length + 1 end
      assert.is_true(k == 1 or all[k] >= all[k - 1])
    end
    assert.near(500 / 720, length / 20000, 0.02)          -- dend[1] and dend[2] have compartments of 50 um
    all, c = draw(nil, { per_area = 0.1 })
    for k = 1, #all do if all[k] <= 50 then area = area + 1 end end
    assert.near(c.area:sum() * 0.1, #all, 5 * math.sqrt(#all))
    assert.near(star():area() / star():total_area(), area / #all, 0.02)
    all, c = draw("dend", { per_length = 1, by = function(distance) return distance > 210 and 1 or 0 end })
    assert.near(50 * 100, #all, 5 * math.sqrt(5000))
    for k = 1, #all do assert.is_true(c.distance[all[k]] > 210) end
    assert.same(all:table(), draw("dend", { per_length = 1, by = function(distance) return distance > 210 and 1 or 0 end }):table())
    assert.equal(0, #draw("dend", { number = 0 }))
    local function refused(...)
      local ok, why = pcall(...)
      assert.is_false(ok)
      return (why:gsub("^[^:]*:%d+: ", ""))
    end
    assert.equal("lp.places: one of number, per_length and per_area expected", refused(lp.places, c, {}))
    assert.equal("lp.places: 'by' is 0 everywhere", refused(lp.places, c, { number = 3, by = function() return 0 end }))
    assert.equal("lp.places: cables or a part of them expected, got 3", refused(lp.places, 3, { number = 3 }))
  end)

  it("join cells by gap junctions", function()
    local Joined = Passive:extend { parameters = { I_in = 0 }, equations = "I_gap = sum(gap) : point current" }
    local net = lp.network { dt = 0.1, tier = "interpreter" }
    local c = net:cables { morphology = star(), neuron = Joined:replace { I_in = "0" }, size = 2 }
    net:project { from = c:at("dend[2]", 1), to = c:at("dend[2]", 1), target = "gap", connect = "i != j", weights = 1, synapse = lp.synapse { psp = "w*(pre.v - post.v)" } }
    c.soma.I = { 50, 0 }
    net:run(300)
    assert.is_true(c.soma.v[2] > 0.5 and c.soma.v[1] > c.soma.v[2])
  end)
end)

describe("spikes of cables", function()
  local Firing = Passive:extend { name = "Firing", spike = "v > 5", reset = "v = 0", refractory = 3 }

  local function count(spike_at, neuron)
    local net = quiet()
    local c = net:cables { morphology = star(), neuron = neuron or Firing, size = 2, spike_at = spike_at }
    c.v = 3
    c.soma.I = { 300, 0 }
    local s = net:record(c, "spike")
    net:run(50)
    local at = {}
    for k = 1, s:count() do at[(s.neuron[k] - 1) // 2 + 1] = true end
    return s:count(), at, s
  end

  it("come from the first compartment, or from where it is said", function()
    local n, at, s = count(nil)
    assert.is_true(n > 3)
    assert.same({ [1] = true }, at)
    assert.equal(1, s.neuron:max())          -- the number of the cell
    for k = 2, n do assert.is_true(s.t[k] - s.t[k - 1] > 3.05) end
    n, at = count("axon")
    assert.is_true(n > 0)
    assert.same({ [19] = true }, at)
    n, at = count { "dend[1]", 0 }
    assert.is_true(n > 0)
    assert.same({ [2] = true }, at)
    at = select(2, count "everywhere")
    assert.is_true(at[1] and at[2] and at[19])
  end)

  it("freeze nothing but further spikes, unless the model says what", function()
    local Slow = Passive:extend { name = "Slow", equations = "dw/dt = 1", spike = "v > 5", refractory = 20 }
    local net = quiet()
    local c = net:cables { morphology = star(), neuron = Slow }
    c.v = 10
    net:run(1)
    assert.is_true(c.soma.v[1] < 10)
    assert.near(1, c.soma.w[1], 1e-9)
    local Stopping = Passive:extend { name = "Stopping", equations = "dw/dt = 1", spike = "v > 5", refractory = { 20, stops = { "w" } } }
    net = quiet()
    c = net:cables { morphology = star(), neuron = Stopping }
    c.v = 10
    net:run(1)
    assert.near(0.1, c.soma.w[1], 1e-9)
    assert.near(1, c.axon.w[1], 1e-9)
  end)
end)

-- ---- refusals ----

describe("what a cable does not take", function()
  local function refused(f, ...)
    local ok, why = pcall(f, ...)
    assert.is_false(ok)
    return (tostring(why):gsub("^[^:\n]*%.lua:%d+: ", ""))
  end

  it("is refused in the model, at its place", function()
    local cases = {
      { { equations = "Im = -v : exponential" }, "'Im' does not take the flag 'method'" },
      { { equations = "Im += -v" }, "'Im' is defined by '=', not by '%+='" },
      { { equations = "Im = -v\narea = 3" }, "line 2: 'area' cannot be defined by a model with Im: it is the area" },
      { { equations = "Im = -v", parameters = { x = 3 } }, "'x' cannot be defined by a model with Im" },
      { { equations = "dv/dt = -v\nI = 3 : point current" }, "a point current flows into a cable" },
      { { equations = "Im = -v\nat = 3*v" }, "a population of cables has a method of that name" },
      { { equations = "Im = -v", spike = "v > 3", refractory = { 2, stops = { "v" } } }, "'stops' names 'v', which flows along the cable" },
      { { equations = "Im = g*(0*mV - v) : init = -70*mV", parameters = "g = 0.1*mS/cm2; I = 0.1*nS : point current" }, "differ in unit: pA/cm2 and pA/mV/cm2" },
      { { equations = "Im = g*(0*mV - v) : init = -70*mV, uA/cm2", parameters = "g = 0.1*mS" }, "'Im' has the unit pA/cm2, the right side pA" },
    }
    for _, case in ipairs(cases) do assert.matches(case[2], refused(lp.neuron, case[1])) end
    lp.neuron { equations = "Im = g*(0*mV - v) : init = -70*mV, uA/cm2", parameters = "g = 0.1*mS/cm2 ; I = 0.1*nA : point current ; Cm = 2*uF/cm2" }
    assert.is_nil(lp.neuron({ equations = "Im = 3" }).checked.is_cable)          -- a name like another where nobody reads v
  end)

  it("is refused by net:cables, and a cable by net:population", function()
    local net = quiet()
    local shape = lp.cylinder { length = 10, diameter = 1 }
    local function cables(opt)
      opt.morphology, opt.neuron = opt.morphology or shape, opt.neuron or Passive
      return refused(net.cables, net, opt)
    end
    assert.equal("net:population: model 'Passive' is a cable's, it says Im: see net:cables", refused(net.population, net, { size = 1, neuron = Passive }))
    assert.matches("model 'LIF' does not say what flows through the membrane", cables { neuron = lp.models.LIF })
    assert.matches("option 'morphology' must be a section such as lp.cylinder", cables { morphology = {} })
    assert.matches("a section cannot be named 'v': a variable of that name", cables { morphology = lp.cylinder { length = 10, diameter = 1, name = "v" } })
    assert.matches("a section cannot be named 'reset': a method of that name", cables { morphology = lp.cylinder { length = 10, diameter = 1, name = "reset" } })
    assert.matches("spike_at: unknown section 'soma'", cables { spike_at = "soma" })
    assert.matches("unknown method 'implict': did you mean 'implicit'?", cables { method = "implict" })
    assert.matches("Ra must be greater than 0", cables { Ra = 0 })
    assert.matches("parameter 'area' is that of the shape", cables { parameters = { area = 3 } })
    assert.matches("Cm is given twice", cables { Cm = 1, parameters = { Cm = 2 } })
    assert.matches("unknown option 'sizes': did you mean 'size'", cables { sizes = 3 })
    local grown = star()
    assert.matches("the whole shape is expected, 'soma'", cables { morphology = grown.axon })
    assert.equal(0, #net.populations)          -- and all stays usable
    local c = net:cables { morphology = shape, neuron = Passive }
    net:run(1)
    assert.equal(0, c.v[1])
  end)

  it("is warned of: a current that is assigned stands still within the step", function()
    local said, warn_before = {}, options.warn
    options.warn = function(message) said[#said + 1] = message end
    local net = quiet()
    net:cables { morphology = lp.cylinder { length = 10, diameter = 1 }, neuron = lp.neuron { equations = "a = 0.1*v \n Im = -a" } }
    net:run(1)
    options.warn = warn_before
    assert.matches("'a := ...' has it in every stage", table.concat(said, "\n"))
  end)
end)

-- ---- the same bits ----

describe("cables give the same bits", function()
  local function make(opt)
    local net = lp.network { dt = 0.025, seed = 3, threads = opt.threads, tier = opt.tier, precision = opt.precision, warnings = false }
    local c = net:cables { name = "cells", morphology = star(), neuron = HH, size = 40, spike_at = "soma", method = opt.method }
    c.soma.I = "Uniform(0, 400)"
    c.dend.gNa = "60 + 0.1*distance"
    local p = net:poisson { name = "p", size = 30, rates = 100 }
    net:project { name = "s", from = p, to = c.dend, connect = lp.fixed_probability(0.05), synapse = lp.synapse { pre_spike = "post.v += w" }, weights = 1,
      delays = lp.uniform(0.1, 2) }
    net:record(c, "spike")
    if opt.parts then net._core:split(opt.parts) end
    return net, c
  end

  local function bits(net, c) return engine.digest(c.v) .. engine.digest(c.m) .. net.recordings[1]:count() end

  for _, precision in ipairs { "float64", "float32" } do
    it("with any number of threads, in both tiers and after a state, in " .. precision, function()
      local path = os.tmpname() .. ".h5"
      local reference, later
      for _, opt in ipairs { { tier = "interpreter" }, { tier = "native" }, { tier = "native", threads = 2, parts = 3 }, { tier = "interpreter", threads = 3, parts = 7 } } do
        opt.precision, opt.method = precision, "crank-nicolson"
        local net, c = make(opt)
        net:run(4)
        local now = bits(net, c)
        reference = reference or now
        assert.equal(reference, now)
        net:store()
        net:save(path)
        net:run(4)
        now = bits(net, c)
        later = later or now
        assert.equal(later, now)
        net:restore()
        net:run(4)
        assert.equal(later, bits(net, c))
        net:restore(path)
        net:run(4)
        assert.equal(later, bits(net, c))
        local loaded <const> = lp.load(path, { tier = opt.tier, threads = opt.threads, warnings = false })
        loaded:run(4)
        assert.equal(later, bits(loaded, loaded.populations.cells))
        assert.equal(40, #loaded.populations.cells.soma.v)
        assert.equal("is that of the shape: it is set when the cables are made", loaded.populations.cells:_refusal "x")
      end
      os.remove(path)
    end)
  end

  --- Enough cells that they go through a step in blocks and in whole cells to threads, beside what is cut by neurons; many compartments spike at once.
  local function many(opt)
    local net = lp.network { dt = 0.025, seed = 4, threads = opt.threads, tier = opt.tier, precision = opt.precision, warnings = false }
    local points = net:population { name = "points", size = 700, neuron = lp.models.LIF, parameters = { I = 16 } }
    local Fed = HH:extend { equations = "5 * dg_exc/dt = -g_exc : exponential\n I_exc = g_exc*(60 - v) : point current" }
    local function cells(name, size, spike_at)
      local c = net:cables { name = name, morphology = star(), neuron = Fed, size = size, spike_at = spike_at }
      c.soma.I = "Uniform(0, 900)"
      c.dend.gNa = "60 + 0.1*distance"
      net:project { name = "to_" .. name, from = points, to = c.dend, target = "exc", connect = lp.fixed_probability(0.01), weights = "Uniform(0, 2)" }
      net:record(c, "spike")
      return c
    end
    local one, other = cells("one", 333, "everywhere"), cells("other", 130)
    net:project { name = "between", from = one.soma, to = other.soma, target = "exc", connect = lp.fixed_probability(0.1), weights = 1, delays = 0.5 }
    if opt.parts then net._core:split(opt.parts) end
    net:run(6)
    local found = engine.digest(one.v) .. engine.digest(other.v) .. engine.digest(other.g_exc)
    for _, r in ipairs(net.recordings) do found = found .. engine.digest(r.neuron) .. engine.digest(r.t) .. ":" .. r:count() end
    return found, net.recordings[1]
  end

  it("by whole cells, many of which spike", function()
    local reference, spikes = many { tier = "interpreter" }
    assert.is_true(spikes:count() > 5000)
    for k = 2, spikes:count() do assert.is_true(spikes.t[k] > spikes.t[k - 1] or spikes.neuron[k] > spikes.neuron[k - 1]) end
    assert.equal(reference, (many { tier = "native" }))
    for _, opt in ipairs { { threads = 2 }, { threads = 2, parts = 2 }, { threads = 3, parts = 5 }, { threads = 3, parts = 16 } } do
      opt.tier = "native"
      assert.equal(reference, (many(opt)), ("%d threads, %s parts"):format(opt.threads, opt.parts))
    end
  end)

  it("and their shape is in the file with them: figures, sections, places and distances", function()
    local function whole()
      local soma = lp.sphere { diameter = 20, centre = { 1, 2, 3 } }
      soma.dend = { lp.cylinder { length = 300, diameter = 2, n = 15, direction = { 0, 1, 1 } }, lp.section { length = 200, diameter = { 2, 0.5 }, n = 10 } }
      soma.dend[1].apical = lp.section { points = { { 0, 0, 0, 2 }, { 10, 0, 0, 1.5 }, { 10, 20, 5, 1 } }, n = 5 }
      soma.axon = lp.cylinder { length = 30, diameter = 1, n = 3 }
      return soma
    end
    local function figure(c)
      local fig = lp.figure { columns = 2 }
      c.morphology:plot(fig[1], { values = c:cell(2).v, plane = "yz", bar = "v" })
      c.morphology:dendrogram(fig[2], { values = c:cell(1).Im })
      return fig:draw():hash()
    end
    local net, shape, path = quiet(), whole(), os.tmpname() .. ".h5"
    local c = net:cables { name = "c", morphology = shape, neuron = Passive, size = 2, Ra = 150 }
    c.I[1] = 70
    net:run(5)
    net:save(path)
    local loaded <const> = lp.load(path)
    os.remove(path)
    local d = loaded.populations.c
    assert.equal(tostring(shape), tostring(d.morphology))
    assert.equal(figure(c), figure(d))
    assert.equal(shape.dend[1].apical:area(), d.morphology.dend[1].apical:area())
    assert.equal(shape:total_area(), d.morphology:total_area())
    for _, name in ipairs { "area", "length", "diameter", "distance", "x", "y", "z" } do assert.is_true(d[name]:eq(c[name]):all(), name) end
    assert.equal(c:at("dend[1].apical", 0.5).distance[1], d:at("dend[1].apical", 0.5).distance[1])
    assert.equal(#c:between(100, 250, "dend[1]").v, #d:between(100, 250, "dend[1]").v)
    net:run(5)
    loaded:run(5)
    assert.equal(engine.digest(c.v), engine.digest(d.v))
    -- what is cut anew later is another shape: that of the cells stays
    shape:discretise { longest = 5 }
    assert.equal(34, c.morphology:compartments())
    assert.is_true(shape:compartments() > 34)
    -- and what is no shape is none
    local section = require "lunapse.network.section"
    for name, change in pairs {
      ["'parents' 2 is no whole number of 1 to 1: 3"] = function(lists) lists.parents[2] = 3 end,
      ["'lengths' 2 must be greater than 0"] = function(lists) lists.lengths[2] = 0 end,
      ["has no list 'places'"] = function(lists) lists.places = nil end,
      ["'places' %d+ must be"] = function(lists) lists.places[#lists.places] = nil end,
      ["section 3 is no sphere, line or row of points: .*cube"] = function(lists) lists.kinds[3] = "cube" end,
      ["section 2 has no name that one can have: .*path"] = function(lists) lists.names[2] = "path" end,
    } do
      local lists = shape:_lists()
      change(lists)
      local ok, why = pcall(section.from_lists, lists)
      assert.is_false(ok)
      assert.matches(name, (why:gsub('"', "'")))
    end
  end)

  it("a state of another shape is refused", function()
    local path = os.tmpname() .. ".h5"
    local function one(shape)
      local net = quiet()
      net:cables { name = "c", morphology = shape, neuron = Passive }
      return net
    end
    one(lp.cylinder { length = 10, diameter = 1, n = 2 }):save(path)
    local ok, why = pcall(function() one(lp.cylinder { length = 10, diameter = 2, n = 2 }):restore(path) end)
    assert.is_false(ok)
    assert.matches("population 'c' is of another shape, or made in another way, in the file", why)
    os.remove(path)
  end)

  it("reset goes back to the start", function()
    local net = lp.network { dt = 0.1, tier = "interpreter" }
    local c = net:cables { morphology = star(), neuron = Passive:extend { equations = "Im = gL*(-70 - v) : init = -65" } }
    net:run(20)
    assert.is_true(c.v[1] < -66)
    c:reset()
    assert.equal(-65, c.v:max())
    assert.equal(-65, c.v:min())
  end)

  it("looking changes nothing, and tells the cable", function()
    local net, c = make { tier = "interpreter" }
    local text = tostring(net:explain()) .. tostring(net:describe()) .. tostring(c) .. tostring(c.soma) .. tostring(c.morphology)
    assert.matches("40 cells of 21 compartments", text)
    assert.matches("the tree of each cell", text)
    local other, d = make { tier = "interpreter" }
    net:run(2)
    other:run(2)
    assert.equal(bits(net, c), bits(other, d))
  end)
end)
