-- Models made of models: with other and further lines, with names replaced, and of equations in pieces.
local lp = require "lunapse"

local Base = lp.neuron {
  name = "COBA",
  parameters = "C = 200 ; gL = 10\nEL = -65  # rest\nEe = 0; vt = -50 : population\ng = 0",
  functions = "square(x) = x*x\nleak(v, E) = E - v",
  equations = "C * dv/dt = gL*leak(v, EL) + g*(Ee - v)   : init = EL, exponential   # the membrane\nu = square(v)",
  spike = "v > vt", reset = "v = EL", refractory = 2,
}
local decay = "tau * dg/dt = -g"

local function refused(message, f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  assert.truthy(tostring(e):find(message, 1, true), tostring(e))
end

--- A trace of v, driven by what the model has.
local function trace(model, opt)
  opt = opt or {}
  local net = lp.network { dt = 0.1, seed = 1, tier = opt.tier }
  local p = net:population { size = 2, neuron = model, parameters = opt.parameters }
  for name, value in pairs(opt.set or {}) do p[name] = value end
  local r = net:record(p, "v")
  net:run(20)
  return r.v:column(1):table(), net
end

describe("equations in pieces", function()
  it("join, and may stand for any part of a description", function()
    local one = lp.equations "dv/dt = -v/10 : init = 1"
    local both = one + "u = 2*v" + lp.equations("x = k*u", { k = 3 })
    assert.equal("dv/dt = -v/10 : init = 1\nu = 2*v\nx = 3*u", tostring(both))
    assert.equal("u = 1\ndv/dt = -v/10 : init = 1", tostring("u = 1" + one))
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = { both, "y = x" }, spike = "v > 9", reset = lp.equations "v = 0" } }
    net:run(1)
    assert.equal(6 * p.v[1], p.y[1])
  end)

  it("serve for many with other names", function()
    assert.equal("tau_a * dg_a/dt = -g_a", tostring(lp.equations(decay, { g = "g_a", tau = "tau_a" })))
    assert.equal("5 * dg/dt = -g", tostring(lp.equations(decay, { tau = 5 })))
    assert.equal("(a + b) * dg/dt = -g : init = (a + b)/2, min = -x", tostring(lp.equations(decay .. " : init = tau/2, min = -x", { tau = "a + b" })))
    assert.equal("b = a + post.a", tostring(lp.equations("a = b + post.a", { a = "b", b = "a" })))          -- all at once
    refused("equations: there is no 'h' to be replaced\n    names: g, tau", lp.equations, decay, { h = "x" })
    refused("'g' is written here: an expression cannot take its place", lp.equations, decay, { g = "a + b" })
    refused("a text or equations expected, got 3", lp.equations, 3)
  end)
end)

describe("Model:extend", function()
  it("replaces lines by what they write, and adds the others", function()
    local noisy = Base:extend { name = "noisy", parameters = { sigma = 2, EL = -70 },
      equations = "C * dv/dt = gL*(EL - v) + sigma*xi : init = -60\nw = v + u\nu += 1" }
    assert.equal("noisy", noisy.name)
    assert.equal("C * dv/dt = gL*(EL - v) + sigma*xi : init = -60\nu = square(v)\nw = v + u\nu += 1", tostring(noisy.equations))
    local spelled = lp.neuron { parameters = "C = 200; gL = 10; EL = -70; vt = -50; sigma = 2", functions = "square(x) = x*x",
      equations = noisy.equations, spike = "v > vt", reset = "v = EL", refractory = 2 }
    assert.same(trace(spelled), trace(noisy))
    assert.is_nil(Base.checked.parameters_by_name.sigma)          -- the base is as it was
  end)

  it("drops parameters that only replaced lines read, and takes parts out", function()
    local plain = Base:extend { equations = "dv/dt = (EL - v)/10 : init = 0", refractory = false, functions = "square(x) = x*x + 1" }
    assert.is_nil(plain.refractory)
    assert.same({ "EL", "vt" }, (function()
      local names = {}
      for _, p in ipairs(plain.checked.parameters) do names[#names + 1] = p.name end
      table.sort(names)
      return names
    end)())
    assert.equal("square(x) = x*x + 1\nleak(v, E) = E - v", tostring(plain.functions))
    refused("nothing reads the parameter 'k'", function()
      lp.network {}:population({ size = 1, neuron = Base:extend { parameters = { k = 1 } } })._net:run(1)
    end)
  end)

  it("gives other parts anew, made of the old ones if need be", function()
    local S = lp.models.STDP:extend { name = "leaky", parameters = "decay = 0.001", equations = "dw/dt = -decay*w",
      pre_spike = lp.models.STDP.pre_spike + "w -= decay" }
    assert.truthy(tostring(S):find("x += A_plus * w_max", 1, true) and tostring(S):find("w -= decay", 1, true))
    local net = lp.network { dt = 1, seed = 1 }
    local a = net:poisson { size = 5, rates = 50 }
    local p = net:project { from = a, to = net:population { size = 2, neuron = lp.models.LIF }, target = "exc", synapse = S, connect = lp.all_to_all(), weights = 0.5 }
    net:run(100)
    assert.is_true(p.w:max() < 0.5)
  end)

  it("keeps values that the model was given", function()
    assert.equal(-71, trace(Base { EL = -71 }:extend { equations = "w = v" })[1] // 1 < -70 and -71)
    assert.equal(-60, math.floor(trace(Base { EL = -71 }:extend { parameters = { EL = -60 } })[1]))
    local drawn = Base:extend { parameters = { EL = lp.uniform(-80, -70) } }
    assert.is_true(trace(drawn:extend { equations = "w = v" })[1] < -70)
  end)

  it("says what is wrong", function()
    refused("neuron 'COBA': unknown part 'equation'", Base.extend, Base, { equation = "x = 1" })
    refused("neuron 'COBA': there is no part 'axon_spike' to be taken out", Base.extend, Base, { axon_spike = false })
    refused("unknown name 'q'\n    dv/dt = q", Base.extend, Base, { equations = "dv/dt = q" })
    refused("extend takes a table of parts", Base.extend, Base, "x")
    refused("unknown method or field 'equation': did you mean 'equations'?", function() return Base.equation end)
  end)
end)

describe("Model:replace", function()
  local Family = Base:extend { parameters = { tau_a = 5, tau_n = 50 },
    equations = lp.equations(decay, { g = "g_ampa", tau = "tau_a" }) + lp.equations(decay, { g = "g_nmda", tau = "tau_n" }) }

  it("puts an expression in the place of a parameter", function()
    local two = Family:replace { g = "g_ampa + g_nmda" }
    assert.is_nil(two.checked.parameters_by_name.g)
    assert.truthy(tostring(two):find("(g_ampa + g_nmda)*(Ee - v)   : init = EL, exponential", 1, true))
    local spelled = lp.neuron { parameters = "C = 200; gL = 10; EL = -65; Ee = 0; vt = -50; tau_a = 5; tau_n = 50",
      equations = "C * dv/dt = gL*(EL - v) + (g_ampa + g_nmda)*(Ee - v) : init = EL, exponential\ntau_a * dg_ampa/dt = -g_ampa\ntau_n * dg_nmda/dt = -g_nmda",
      spike = "v > vt", reset = "v = EL", refractory = 2 }
    local set = { g_ampa = 5, g_nmda = 2 }
    assert.same(trace(spelled, { set = set }), trace(two, { set = set }))
  end)

  it("puts an expression in the place of what equations compute", function()
    local m = lp.neuron { parameters = "a = 2", equations = "I = a + 1\ndv/dt = I - v" }:replace { I = "5*a" }
    assert.equal("\ndv/dt = (5*a) - v", tostring(m.equations))
    refused("reset, line 1: 'v' is written here: an expression cannot take its place", Base.replace, Base, { v = "u + 1" })
  end)

  it("gives parameters and variables other names, and numbers", function()
    local m = Base { EL = -70 }:replace { v = "V", EL = "E_rest", gL = 10.5, vt = -51 }
    assert.equal("V = E_rest", tostring(m.reset))
    assert.equal("V > (-51)", m.spike)
    assert.equal(-70, m.values.E_rest)
    assert.truthy(tostring(m.equations):find("C * dV/dt = 10.5*leak(V, E_rest)", 1, true))
    local r = lp.neuron { equations = "dv/dt = 1", spike = "v > 1", reset = "v = 0", refractory = { "t < 5", stops = { "v" }, discards = { "v" } } }:replace { v = "x" }
    assert.same({ "x" }, r.refractory.discards)
    assert.same({ "x" }, r.refractory.stops)
  end)

  it("works on parameters of other parameters", function()
    local m = lp.neuron { parameters = "a = 2 : population ; b = a/2 + c : min = a\nc", equations = "x = b + a" }:replace { a = "k" }
    assert.same({ "k = 2 : population", "b = k/2 + c : min = k", "c" }, m.parameters)
    m = lp.neuron { parameters = { a = 2, b = "a/2", c = "3*a" }, equations = "x = b + c" }:replace { a = 7 }
    assert.same({ b = "7/2", c = "3*7" }, m.parameters)
  end)

  it("says what is not there", function()
    refused("neuron 'COBA': there is no 'h' to be replaced\n    names: C, Ee, EL, g, gL, u, v, vt", Base.replace, Base, { h = 3 })
    refused("there is no 'gl' to be replaced\n    did you mean 'gL'?", Base.replace, Base, { gl = 3 })
    refused("replacement, of 'g': an expression is missing after '('", Base.replace, Base, { g = "((" })
    refused("replace takes a table of names", Base.replace, Base, "g")
  end)

  it("makes models that are printed, saved and loaded", function()
    local path = os.tmpname() .. ".h5"
    local two = Family:replace { g = "g_ampa + g_nmda", vt = -51 }
    local v, net = trace(two, { set = { g_ampa = 5 } })
    net:save(path)
    local again = lp.load(path)
    assert.equal(tostring(two), tostring(again.populations[1]._model))
    again:run(5)
    net:run(5)
    assert.same(net.populations[1].v:table(), again.populations[1].v:table())
    assert.equal(200, #v)
    os.remove(path)
  end)
end)
