-- Random functions of the language, and the distributions of the same names in Lua: mean and standard deviation are those of docs/language.md.

local lp = require "lunapse"

local N = 40000

--- text in an equation, the same in Lua, mean, standard deviation, lowest and highest value
local cases = {
  { "Uniform(2, 5)", lp.uniform(2, 5), 3.5, 3 / math.sqrt(12), 2, 5 },
  { "Normal(-1, 2)", lp.normal(-1, 2), -1, 2, -math.huge, math.huge },
  { "LogNormal(0.5, 0.4)", lp.lognormal(0.5, 0.4), math.exp(0.58), math.exp(0.58) * math.sqrt(math.exp(0.16) - 1), 0, math.huge },
  { "Exponential(0.25)", lp.exponential(0.25), 4, 4, 0, math.huge },
  { "Gamma(3, 2)", lp.gamma(3, 2), 6, 2 * math.sqrt(3), 0, math.huge },
  { "Binomial(10, 0.3)", lp.binomial(10, 0.3), 3, math.sqrt(2.1), 0, 10 },
  { "Binomial(1000, 0.3)", lp.binomial(1000, 0.3), 300, math.sqrt(210), 0, 1000 },
  { "Poisson(2.5)", lp.poisson(2.5), 2.5, math.sqrt(2.5), 0, 40 },
  { "Poisson(0.04)", lp.poisson(0.04), 0.04, 0.2, 0, 12 },
  { "Poisson(31.5)", lp.poisson(31.5), 31.5, math.sqrt(31.5), 0, 100 },
  { "Poisson(1e9)", lp.poisson(1e9), 1e9, math.sqrt(1e9), 0, 2e9 },
  { "DiscreteUniform(1, 6)", lp.discrete_uniform(1, 6), 3.5, math.sqrt(35 / 12), 1, 6 },
}

--- Five standard errors: one in a million draws would fail, and the seed is fixed.
local function check(values, case)
  local _, _, mean, sd, low, high = table.unpack(case)
  assert.near(mean, values:mean(), 5 * sd / math.sqrt(N))
  assert.near(sd, values:std(), 0.05 * sd)
  assert.is_true(values:min() >= low and values:max() <= high)
end

local tiers = { "interpreter", "native" }

describe("random numbers", function()
  for _, case in ipairs(cases) do
    it("are what they say: " .. case[1], function()
      local first
      for _, tier in ipairs(tiers) do
        local net = lp.network { seed = 5, tier = tier }
        local pop = net:population { size = N, neuron = lp.neuron { parameters = { a = 0 }, equations = "x = a + " .. case[1] } }
        net:step()
        check(pop.x, case)
        if first then assert.is_true(first:eq(pop.x):all()) end
        first = pop.x:copy()
        pop.a = case[2]
        check(pop.a, case)
      end
    end)
  end

  for _, text in ipairs { "Uniform(0, s)", "Normal(0, s)", "LogNormal(0, s)", "Exponential(s)", "Exponential(0*s)", "Gamma(s, 1)", "Gamma(1, s)", "Binomial(4, s)", "Poisson(s)",
    "Normal(0, s, min = -1, max = 1)", "clip(Normal(0, s), -1, 1)", "pos(Normal(0, s))", "neg(Normal(0, s))", "Normal(0, s) : min = 0, max = 1",
    "DiscreteUniform(0, s)", "DiscreteUniform(1, s + 4.5)" } do
    it("end the run where arguments that cannot be meant come out of numbers that a script sets: " .. text, function()
      for _, tier in ipairs(tiers) do
        local net = lp.network { dt = 1, tier = tier }
        net:population { size = 3, neuron = lp.neuron { parameters = { s = -2 }, equations = "x = " .. text } }
        local ok, message = pcall(net.run, net, 3)
        assert.is_false(ok)
        assert.truthy(message:find("variable 'x', element 1 is NaN at t = ", 1, true), message)
      end
    end)
  end

  --- Draws with arguments of every kind: numbers, one for all, one for each, of other draws; in equations, conditions, resets, and events.
  local Noisy = lp.neuron {
    parameters = "rate = 3\n lambda = 1 : population",
    equations = [[
      phase = Uniform(0, 1)
      count = Poisson(rate * phase) + Poisson(lambda) + Poisson(0.3)
      dice = Binomial(count + 4, 1/(1 + rate)) + Gamma(1 + count, 0.5)
      big = Poisson(10 * rate^3) + LogNormal(0, 0.1)
      got += g_in : init = 0 ]],
    spike = "Poisson(0.1 * rate) > 0", reset = "phase = Poisson(5); dice = Binomial(9, 0.2)",
  }
  local Noise = lp.synapse { parameters = "p = 0.4", equations = "u = Poisson(2) + Normal(0, 1) : local\n y = Poisson(pre.rate)",
    pre_spike = "k = Poisson(w * 4); g_target += k + Binomial(6, p)", post_spike = "w += 0.01 * Poisson(0.5)" }

  local function outcome(opt)
    local net = lp.network(opt)
    local pop = net:population { size = 700, neuron = Noisy, parameters = { rate = lp.uniform(0.1, 6) } }
    local proj = net:project { from = pop, to = pop, target = "in", synapse = Noise, connect = lp.fixed_probability(0.1), weights = 1 }
    net:run(8)
    return { pop.phase, pop.count, pop.dice, pop.big, pop.got, proj.w, proj.u, proj.y }
  end

  for _, precision in ipairs { "float64", "float32" } do
    it("are the same bits in both tiers and for any threads, " .. precision, function()
      local wanted = outcome { dt = 1, seed = 2, tier = "interpreter", precision = precision }
      for _, opt in ipairs { { tier = "native", threads = 1 }, { tier = "native", threads = 3 }, { tier = "interpreter", threads = 2 } } do
        local got = outcome { dt = 1, seed = 2, tier = opt.tier, threads = opt.threads, precision = precision }
        for k, a in ipairs(wanted) do assert.is_true(a:eq(got[k]):all()) end
      end
      assert.is_true(wanted[2]:mean() > 2 and wanted[5]:max() > 0)
    end)
  end

  it("are counts whatever the mean, and an error where it is none", function()
    local net = lp.network { dt = 1, warnings = false }
    local pop = net:population { size = 4, neuron = lp.neuron { parameters = { lambda = 0 }, equations = "x = Poisson(lambda)" },
      parameters = { lambda = { 0, 1e-9, 1e6, 1e12 } } }
    net:run(50)
    assert.equal(0, pop.x[1])
    assert.equal(0, pop.x[2])
    for k = 3, 4 do assert.is_true(pop.x[k] % 1 == 0 and math.abs(pop.x[k] - pop.lambda[k]) < 6 * math.sqrt(pop.lambda[k])) end
    pop.lambda[2] = -1
    local ok, message = pcall(net.run, net, 1)
    assert.is_false(ok)
    assert.truthy(message:find("variable 'x', element 2 is NaN", 1, true))
  end)

  it("are left out while they are multiplied by zero, and the same afterwards", function()
    local equations = "dv/dt = -v/10 + sigma * xi : init = 1\n I = 2 + noise * Normal(0, 1)\n J = noise * Uniform(1, 2) * (1 + 0*i)"
    for _, tier in ipairs(tiers) do
      local function network(sigma, noise)
        local net = lp.network { dt = 1, seed = 3, tier = tier }
        return net, net:population { size = 300, neuron = lp.neuron { parameters = { sigma = sigma, noise = noise }, equations = equations } }
      end
      local net, pop = network(0, 0)
      net:run(5)
      assert.near(0.9 ^ 5, pop.v[300], 1e-15)
      assert.equal(pop.v:min(), pop.v:max())
      assert.equal(2, pop.I:min())
      assert.equal(0, pop.J:max())
      pop.sigma, pop.noise = 0.5, 1
      local other, always = network(0.5, 1)
      other:run(5)
      net:run(1)
      other:run(1)
      assert.is_true(pop.I:eq(always.I):all())
      assert.is_true(pop.I:std() > 0.8)
    end
  end)
end)
