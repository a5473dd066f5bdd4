-- The compartmental problems that Brian 2's examples treat, beside Brian 2.5.1 at its resolution: tests/cables/make.py made the values, once.
local array = require "lunapse.core.array"
local lp = require "lunapse"

local expected = dofile "tests/cables/values.lua"

--- Each number within 1 % of the greatest difference from rest in its case.
local function check(name, rest, values)
  local scale = 0
  for _, x in ipairs(expected[name]) do scale = math.max(scale, math.abs(x - rest)) end
  assert.equal(#expected[name], #values)
  for k, x in ipairs(expected[name]) do assert.near(x, values[k], 0.01 * scale, ("%s %d"):format(name, k)) end
end

local Passive = lp.neuron { name = "Passive", parameters = { gL = 0.1, EL = -70, I = "0 : point current" }, equations = "Im = gL*(EL - v) : init = EL" }

local HH = lp.neuron {
  name = "SquidAxon",
  parameters = { gNa = 120, gK = 36, gL = 0.3, ENa = 115, EK = -12, EL = 10.613, I = "0 : point current" },
  equations = [[
    Im = gL*(EL - v) + gNa*m^3*h*(ENa - v) + gK*n^4*(EK - v)
    dm/dt = 1/exprel((25 - v)/10)*(1 - m) - 4*exp(-v/18)*m              : exponential
    dh/dt = 0.07*exp(-v/20)*(1 - h) - h/(exp((30 - v)/10) + 1)          : init = 1, exponential
    dn/dt = 0.1/exprel((10 - v)/10)*(1 - n) - 0.125*exp(-v/80)*n        : init = 0.5, exponential
  ]],
  spike = "m > 0.5", refractory = "m > 0.4",
}

describe("beside Brian 2:", function()
  it("a pulse into an infinite cable", function()
    local net = lp.network { dt = 0.1, tier = "interpreter" }
    local c = net:cables { morphology = lp.cylinder { length = 3000, diameter = 1, n = 500 }, neuron = Passive, Ra = 100 }
    local v, values = net:record(c, "v", { of = { 251, 301 } }), {}
    c.I[251] = 100
    net:run(1)
    c.I = 0
    net:run(50)
    for _, k in ipairs { 5, 10, 20, 50, 100, 200, 400 } do
      for i = 1, 2 do values[#values + 1] = v.v:get(k, i) end
    end
    check("infinite", -70, values)
  end)

  it("the squid's axon: speed, height and time of its spike", function()
    local net = lp.network { dt = 0.01 }
    local c = net:cables { morphology = lp.cylinder { length = 100e3, diameter = 476, n = 1000 }, neuron = HH, Ra = 35.4, spike_at = "everywhere" }
    net:run(50)
    local v, spikes, first = net:record(c, "v", { of = { 301 } }), net:record(c, "spike"), {}
    c.I[1] = 1e6
    net:run(3)
    c.I = 0
    net:run(10)
    for k = 1, spikes:count() do first[spikes.neuron[k]] = first[spikes.neuron[k]] or spikes.t[k] end
    check("axon", 0, { (c.distance[701] - c.distance[301]) / 1000 / (first[701] - first[301]), v.v:max(), v.v:min(), first[301] })
  end)

  local function after_50_ms(shape, inject)
    local net = lp.network { dt = 0.1, tier = "interpreter" }
    local c = net:cables { morphology = shape, neuron = Passive, Ra = 150 }
    inject(c)
    net:run(50)
    return c
  end

  it("Rall's branches", function()
    local d = 0.5
    local trunk = lp.cylinder { name = "trunk", length = 200, diameter = (2 * d ^ 1.5) ^ (2 / 3), n = 50 }
    trunk.branch = { lp.cylinder { length = 300, diameter = d, n = 50 }, lp.cylinder { length = 300, diameter = d, n = 50 } }
    local c = after_50_ms(trunk, function(cells) cells.trunk.I[1] = 20 end)
    local v = c.branch[1].v
    check("rall", -70, { c.trunk.v[1], c.trunk.v[50], v[1], v[26], v[50] })
  end)

  it("a bipolar cell", function()
    local function shape()
      local soma = lp.sphere { diameter = 30 }
      soma.axon = lp.cylinder { length = 300, diameter = 1, n = 50 }
      soma.L = lp.cylinder { length = 100, diameter = 1, n = 50 }
      soma.R = lp.cylinder { length = 150, diameter = 1, n = 50 }
      return soma
    end
    local c = after_50_ms(shape(), function(cells) cells.soma.I = 200 end)
    check("bipolar", -70, { c.soma.v[1], c.axon.v[50], c.L.v[50], c.R.v[26] })
    c = after_50_ms(shape(), function(cells) cells.L.I[50] = 50 end)
    check("bipolar_dendrite", -70, { c.soma.v[1], c.axon.v[50], c.L.v[50], c.R.v[26] })
  end)

  it("inhibition on the path of an excitation and off it", function()
    local Dendrite = Passive:extend {
      name = "Dendrite",
      equations = [[
        5 * dg_e/dt = -g_e                        : exponential
        10 * dg_i/dt = -g_i                       : exponential
        Is = g_e*(0 - v) + g_i*(-80 - v)          : point current
      ]],
    }
    for name, inhibited in pairs { excited = 0, inhibited_on_path = 21, inhibited_off_path = 59 } do
      local net = lp.network { dt = 0.1, tier = "interpreter" }
      local c = net:cables { morphology = lp.cylinder { length = 600, diameter = 1, n = 60 }, neuron = Dendrite, Ra = 150 }
      local v = net:record(c, "v", { of = { 1, 31, 51 } })
      c.g_e[51] = 2
      if inhibited > 0 then c.g_i[inhibited] = 10 end
      net:run(30)
      local most = v.v:max(1)
      check(name, -70, { math.max(most[1], -70), math.max(most[2], -70), math.max(most[3], -70) })
    end
  end)

  it("the potential outside of an axon, by the currents through its membrane", function()
    local net = lp.network { dt = 0.02 }
    local c = net:cables { morphology = lp.cylinder { length = 100e3, diameter = 476, n = 200 }, neuron = HH, Ra = 35.4 }
    net:run(30)
    local rec = net:record(c, { "v", "Im" })
    c.I[1] = 1e6
    net:run(3)
    c.I = 0
    net:run(6)
    local v, n = rec.v, rec.v:shape()
    local through = (v:rows(2, n) - v:rows(1, n - 1)) / 0.02 - rec.Im:rows(2, n)          -- uA/cm2, outward
    local far = c.x * 1e-6 - 0.05
    local weight = c.area * 1e-12 / (4 * math.pi * 0.3) / (far * far + 0.001 ^ 2):sqrt()
    local potential = (through * weight):sum(2) * 1e-2 * 1e3
    local part = potential:slice(100, #potential)
    check("outside", 0, { part:max(), part:min() })
    assert.is_true(array.is(part))
  end)
end)

-- Files of one cell with a soma of one point, of three and of a contour: tests/cables/make_swc.py wrote them, and what Brian makes of them.
describe("beside Brian 2, a cell from a file with a soma of", function()
  local of_files = dofile "tests/cables/swc_values.lua"

  local function near(want, got, scale, what) assert.near(want, got, 0.01 * scale, what) end

  for name, what in pairs { point = "one point", three = "three points", contour = "a contour" } do
    it(what .. ": compartments, areas, lengths, diameters, distances, a spike", function()
      local shape = lp.morphology(("tests/cables/%s.swc"):format(name), { longest = 10 })
      local net = lp.network { dt = 0.01, tier = "interpreter" }
      local c = net:cables { morphology = shape, neuron = HH, Ra = 100, Cm = 1 }
      c.m, c.h, c.n = 0.0529, 0.5961, 0.3177
      local values = of_files[name]
      local n_soma = name == "contour" and 4 or 1
      assert.equal(values[1], c.compartments + 3 + n_soma - 1)          -- three short compartments at the soma, and those of the contour
      near(values[#values], shape:total_area(), values[#values], "area")
      local sections = { c.dend[1], c.dend[1].dend[1], c.dend[1].dend[2], c.dend[2], c.axon }
      for k, s in ipairs(sections) do
        local at, n = 9 * (k - 1) + 1, #s.v
        assert.equal(values[at + 1], n, s.name)
        local got = { s.area:sum(), s.length:sum(), s.diameter[1], s.diameter[n], s.area[1], s.length[n], s.distance[1], s.distance[n] }
        -- a contour is a sphere here, from whose surface the way goes on; there it is a way of its own to the place where the branches begin
        local before = name == "contour" and 14 or 0
        for j = 1, 8 do near(values[at + 1 + j], got[j] + (j > 6 and before or 0), values[at + 1 + j], ("section %d, value %d"):format(k, j)) end
      end
      local v, fork, axon = net:record(c.soma, "v"), net:record(c.dend[1].dend[2], "v"), net:record(c.axon, "v")
      local traces, highest = of_files["v_" .. name], 0
      for _, x in ipairs(traces) do highest = math.max(highest, x) end
      c.soma.I = 600
      net:run(2)
      c.soma.I = 0
      net:run(4)
      for k = 0, 11 do
        local row = 49 + 50 * k
        for j, x in ipairs { v.v:get(row, 1), fork.v:get(row, 9), axon.v:get(row, 12) } do near(traces[3 * k + j], x, highest, ("%g ms, place %d"):format(row * 0.01, j)) end
      end
    end)
  end
end)
