-- rk45: the error of solutions that are known follows the tolerance; what it is allowed to see within a step; the same bits everywhere; what it refuses.

local lp = require "lunapse"

local function network(opt)
  opt.tier = opt.tier or "interpreter"
  return lp.network(opt)
end

local function neuron(equations, more)
  more = more or {}
  more.equations = equations
  return lp.neuron(more)
end

-- Values by DOP853 of scipy 1.10 at rtol = atol = 1e-13.
local hodgkin_huxley = neuron([[
  am := 1/exprel(-(v + 40)/10) ; bm := 4*exp(-(v + 65)/18)
  ah := 0.07*exp(-(v + 65)/20) ; bh := 1/(1 + exp(-(v + 35)/10))
  an := 0.1/exprel(-(v + 55)/10) ; bn := 0.125*exp(-(v + 65)/80)
  dv/dt = 10 - 120*m^3*h*(v - 50) - 36*n^4*(v + 77) - 0.3*(v + 54.387) : init = -65
  dm/dt = am*(1 - m) - bm*m : init = 0.05
  dh/dt = ah*(1 - h) - bh*h : init = 0.6
  dn/dt = an*(1 - n) - bn*n : init = 0.32
]])
local van_der_pol = neuron("dx/dt = y : init = 2 \n dy/dt = mu*(1 - x^2)*y - x", { parameters = "mu" })

local function values_at(model, parameters, dt, times, name, tolerance)
  local net = network { dt = dt, method = "rk45", rtol = tolerance, atol = tolerance }
  local cells, values = net:population { size = 1, neuron = model, parameters = parameters }, {}
  for k, t in ipairs(times) do
    net:run(t - net.t)
    values[k] = cells[name][1]
  end
  return values
end

local function worst(values, right)
  local most = 0
  for k, value in ipairs(values) do most = math.max(most, math.abs(value - right[k])) end
  return most
end

describe("the error of rk45 follows its tolerance:", function()
  -- stiff linear: x' = -1000 (x - cos t), x(0) = 0
  local function stiff(t) return (1e6*math.cos(t) + 1e3*math.sin(t) - 1e6*math.exp(-1000*t))/(1e6 + 1) end
  local cases = {
    { "Hodgkin and Huxley, through two spikes", hodgkin_huxley, nil, 0.5, { 1, 2, 5, 16, 17, 50 }, "v",
      { -56.20047252356572, 22.637248850812004, -75.07309010300973, -51.78430778842702, 27.099674255783786, -73.8060969536132 }, 5000 },
    { "van der Pol, mu = 1", van_der_pol, { mu = 1 }, 1, { 20 }, "x", { 2.0081497621749063 }, 10 },
    { "van der Pol, mu = 5", van_der_pol, { mu = 5 }, 1, { 20 }, "x", { -1.6012968795426143 }, 10 },
    { "stiff and linear", neuron "dx/dt = -1000*(x - cos(t))", nil, 0.25, { 0.25, 0.5, 2 }, "x", { stiff(0.25), stiff(0.5), stiff(2) }, 1 },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local last = math.huge
      for _, tolerance in ipairs { 1e-4, 1e-7, 1e-10 } do
        local wrong = worst(values_at(case[2], case[3], case[4], case[5], case[6], tolerance), case[7])
        assert.is_true(wrong < case[8]*tolerance, ("%g at a tolerance of %g"):format(wrong, tolerance))
        assert.is_true(wrong < last/20, ("%g, after %g"):format(wrong, last))
        last = wrong
      end
    end)
  end

  it("a step that needs no parts has order 5", function()
    local function wrong(n)
      local net = network { dt = 1/n, method = "rk45", rtol = 1e9 }
      local cells = net:population { size = 1, neuron = neuron "dx/dt = -3*y : init = 1 \n dy/dt = 3*x" }
      net:run(1)
      return math.abs(cells.x[1] - math.cos(3))
    end
    local order = math.log(wrong(16)/wrong(32), 2)
    assert.is_true(math.abs(order - 5) < 0.2, ("order %g"):format(order))
  end)

  it("each line may have tolerances of its own, which may be parameters", function()
    local function wrong(flags, parameters)
      local net = network { dt = 1 }
      local cells = net:population { size = 1, neuron = neuron("dx/dt = -3*y : init = 1, rk45" .. flags .. "\n dy/dt = 3*x : rk45" .. flags, { parameters = parameters }) }
      net:run(1)
      return math.abs(cells.x[1] - math.cos(3))
    end
    local loose, tight = wrong(", rtol = 1e-3, atol = 1e-3"), wrong(", rtol = tolerance, atol = tolerance", { tolerance = 1e-11 })
    assert.is_true(loose > 1e-5 and loose < 1e-2 and tight < 1e-10 and wrong "" < 1e-5, ("%g, %g, %g"):format(loose, tight, wrong ""))
  end)
end)

describe("within a step of rk45", function()
  it("t goes on, and inputs hold: drives, references, what arrives", function()
    local net = network { dt = 1, method = "rk45", rtol = 1e-10, atol = 1e-10 }
    local other = net:population { size = 2, neuron = neuron "r = t" }
    local cells = net:population { size = 2, neuron = neuron("dx/dt = -x + u + other.r : init = 1 \n dy/dt = cos(t)", { parameters = { u = 0 } }), refs = { other = other },
      drive = { u = lp.timed_array({ { 1, 10 }, { 2, 20 }, { 3, 30 } }, { dt = 1 }) } }
    local right = { 1, 1 }
    for n = 0, 2 do
      net:run(1)
      for i = 1, 2 do
        local hold = (n + 1)*10^(i - 1) + n
        right[i] = hold + (right[i] - hold)*math.exp(-1)
        assert.near(right[i], cells.x[i], 1e-8)
      end
    end
    assert.near(math.sin(3), cells.y[1], 1e-8)
  end)

  it("refractory variables stand still, for those too that read them; spikes are found at its end", function()
    local net = network { dt = 1, method = "rk45" }
    local cells = net:population { size = 2, neuron = neuron("dv/dt = 0.3 : unless refractory \n dw/dt = v", {
      parameters = { I = 1 }, spike = "I*v > 1", reset = "v = 0", refractory = 3 }),
      parameters = { I = { 1, 0 } } }
    local spikes, values = net:record(cells, "spike"), net:record(cells, { "v", "w" })
    net:run(10)
    assert.near(3, spikes.t[1], 1e-12)
    local v, w = {}, {}
    for k = 1, 10 do v[k], w[k] = values.v[k][1], values.w[k][1] end
    for k = 5, 7 do assert.near(0, v[k], 0) end
    assert.near(0.3, v[8], 1e-12)
    assert.near(w[4], w[7], 1e-12)
    assert.near(w[7] + 0.15, w[8], 1e-12)
    assert.near(0.5*0.3*100, cells.w[2], 1e-9)
  end)

  it("a whole population may have one system, beside those of its neurons", function()
    local net = network { dt = 0.5, method = "rk45" }
    local cells = net:population { size = 3, neuron = neuron("ds/dt = -s : init = 1, population \n dx/dt = k*s - x", { parameters = { k = 0 } }), parameters = { k = { 1, 2, 3 } } }
    net:run(1)
    assert.near(math.exp(-1), cells.s, 1e-6)
    assert.near(2*cells.x[1], cells.x[2], 1e-6)
  end)
end)

local function mixed(opt)
  opt.dt, opt.seed = 1, 3
  local net = lp.network(opt)
  local cells = net:population { name = "cells", size = 150, neuron = neuron([[
    dx/dt = y : init = 2, rk45
    dy/dt = mu*(1 - x^2)*y - x + g_exc + sin(t) : rk45, rtol = 1e-5
    dg_exc/dt = -g_exc/3 : exponential
  ]], { parameters = { mu = 0 }, spike = "x > 1.5", reset = "x = -2", refractory = 2 }), parameters = { mu = lp.uniform(0, 20) } }
  net:project { from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.05), weights = 0.2 }
  return net, cells
end

describe("rk45 gives the same bits", function()
  for _, precision in ipairs { "float64", "float32" } do
    it("interpreted, natively, on 1, 2 and 3 threads, and after a saved state: " .. precision, function()
      local net, cells = mixed { precision = precision, tier = "interpreter" }
      net:run(40)
      local x, y = cells.x:copy(), cells.y:copy()
      for _, how in ipairs { { 1, "native" }, { 2, "interpreter" }, { 3, "native" } } do
        local other, same = mixed { precision = precision, threads = how[1], tier = how[2] }
        if how[1] > 1 then other._core:split(7) end
        other:run(17.0)
        other:store "middle"
        other:run(5)
        other:restore "middle"
        other:run(23)
        assert.is_true((same.x - x):abs():max() == 0 and (same.y - y):abs():max() == 0, how[2])
      end
    end)
  end
end)

describe("rk45 refuses", function()
  it("a tolerance that cannot be met, with population, neuron, time and variable", function()
    local net = network { dt = 0.5, method = "rk45", finite = false }
    net:population { name = "cells", size = 3, neuron = neuron("dz/dt = 0 \n dx/dt = k*x^2 : init = 1", { parameters = { k = 0 } }), parameters = { k = { 0, 1, 0 } } }
    assert.error_matches(function() net:run(2) end, "population 'cells', neuron 2: 'x' cannot be kept within its tolerance in the step from 1 ms: rk45 has tried 10000 parts of it")
  end)

  it("holds nothing for within a tolerance below 0, which may be a parameter", function()
    local net = network { dt = 1 }
    local cells = net:population { name = "cells", size = 2, neuron = neuron("dx/dt = -x : init = 1, rk45, rtol = tol", { parameters = { tol = 1e-6 } }) }
    net:run(1)
    cells.tol[2] = -1
    assert.error_matches(function() net:run(1) end, "population 'cells', neuron 2: 'x' cannot be kept within its tolerance in the step from 1 ms")
  end)

  it("noise, synapses, and tolerances that nothing reads", function()
    local net = network { dt = 1 }
    local function refuses(text, message) assert.error_matches(function() net:population { size = 1, neuron = neuron(text) } end, message) end
    refuses("dx/dt = -x + xi : rk45", "rk45.*choose among what noise may do; it is not made for noise")
    refuses("dx/dt = -x : rk45, rtol = 0", "'rtol' must be above 0")
    refuses("dx/dt = -x : exponential, rtol = 1e-3", "'rtol' is a tolerance of rk45, and the method is exponential")
    refuses("dx/dt = -x : atol = 1e-3", "'atol' is a tolerance of rk45, and the method is explicit")
    refuses("x = 1 : atol = 1e-3", "'atol' is a tolerance of rk45, this is an assignment")
    assert.error_matches(function() lp.network { rtol = 1e-3 } end, "option 'rtol' is a tolerance of method rk45, and the method is explicit")
    assert.error_matches(function() lp.network { method = "rk45", atol = 0 } end, "atol")
    local cells = net:population { size = 2, neuron = neuron "r = sum(exc)" }
    assert.error_matches(function()
      net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all(), synapse = lp.synapse { equations = "dw/dt = pre.r - w : rk45" } }
    end, "goes through a step in parts, as neurons can and synapses cannot")
  end)
end)

it("rk45 and its tolerances are told of, and saved with the network", function()
  local net = network { dt = 1, method = "rk45", rtol = 1e-4 }
  net:population { name = "cells", size = 1, neuron = neuron "dx/dt = -x" }
  assert.matches("method rk45, rtol 0.0001", tostring(net:describe()))
  assert.matches("x: rk45", tostring(net:explain()))
  local path = os.tmpname() .. ".h5"
  net:save(path)
  local again = lp.load(path)
  os.remove(path)
  assert.matches("method rk45, rtol 0.0001", tostring(again:describe()))
end)
