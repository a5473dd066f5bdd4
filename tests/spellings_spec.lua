-- Spellings of other simulators that have one meaning, and mean it: what they compute is what the usual spelling computes.
local compare = require "tests.compare"
local lp = require "lunapse"

for _, tier in ipairs { "interpreter", "native" } do
  describe("accepted spellings (" .. tier .. ")", function()
    local function values(equations, more, steps)
      local description = { name = "cell", equations = equations }
      for key, value in pairs(more or {}) do description[key] = value end
      local net = lp.network { dt = 1, seed = 9, tier = tier }
      local pop = net:population { size = 50, neuron = lp.neuron(description) }
      net:run(steps or 2)
      return pop.x, pop
    end

    local function same(usual, other, more)
      assert.is_true((values(usual)):eq((values(other, more))):all())
    end

    it("arguments of draws by name", function()
      same("x = Normal(0.5, 2) + 0*i", "x = Normal(mu=0.5, sigma=2.0) + 0*i")
      same("x = Normal(0.5, 2) + 0*i", "x = Normal(sigma=2.0, mu=0.5) + 0*i")
      same("x = Normal(0.5, 2) + 0*i", "x = Normal(0.5, sigma = 2) + 0*i")
      same("x = Uniform(-1, 3) + 0*i", "x = Uniform(min=-1.0, max=3.0) + 0*i")
      same("x = Exponential(2) + 0*i", "x = Exponential(Lambda=2.0) + 0*i")
      same("x = Gamma(3, 2) + 0*i", "x = Gamma(alpha=3, beta=2) + 0*i")
      same("x = Binomial(7, 0.25) + 0*i", "x = Binomial(p=0.25, n=7) + 0*i")
      same("x = DiscreteUniform(1, 6) + 0*i", "x = DiscreteUniform(min=1, max=6) + 0*i")
      same("x = Poisson(3) + 0*i", "x = Poisson(mean=3) + 0*i")
      same("x = clip(Normal(0, 1), -0.5, 0.5) + 0*i", "x = Normal(mu=0, sigma=1, min=-0.5, max=0.5) + 0*i")
      same("x = 0*i : init = Uniform(2, 3)", "x = 0*i : init = Uniform(min=2, max=3)")
    end)

    it("one draw for the whole population", function()
      local x, pop = values("n = Uniform(0, 1) : population\nx = n + 0*i")
      assert.equal(pop.n, x:min())
      assert.equal(x:min(), x:max())
      assert.is_true(pop.n > 0 and pop.n < 1)
      local _, later = values("n = Uniform(0, 1) : population\nx = n + 0*i", nil, 3)
      assert.not_equal(pop.n, later.n)
      local _, started = values("n = n : population, init = Uniform(0, 1)\nx = n + 0*i")
      assert.is_true(started.n > 0 and started.n < 1)
      local _, noisy = values("dn/dt = -n/10 + xi : population\nx = n + Poisson(2) : local")
      assert.is_true(type(noisy.n) == "number" and noisy.n ~= 0 and noisy.x:std() > 0)
      local _, given = values("x = n + i", { parameters = "n = Uniform(0, 1) : population" })
      assert.is_true(type(given.n) == "number" and given.n > 0)
      for _, draw in ipairs { "Poisson(2)", "Gamma(2, 1)", "Binomial(20, 0.4)", "Normal(0, 1)", "Exponential(1)" } do
        local all = values("n = " .. draw .. " : population\nx = 2*n + 0*i")
        assert.equal(all:min(), all:max())
      end
    end)

    it("draws of operations keep the scope of the model", function()
      local net = lp.network { dt = 1, seed = 2, tier = tier }
      local pop = net:population { size = 3, neuron = lp.neuron { parameters = "dir = 0 : population\n each = 0", equations = "x = dir + each + 0*i" } }
      pop:run_regularly("dir = Uniform(0, 1); each = Uniform(0, 1)", { every = 1 })
      net:run(2)
      assert.equal("number", type(pop.dir))
      assert.is_true(pop.dir > 0 and pop.each:min() ~= pop.each:max())
    end)

    it("texts keep the scope of the model, too", function()
      local net = lp.network { dt = 1, seed = 2, tier = tier }
      local pop = net:population { size = 3, neuron = lp.neuron { parameters = "dir = 0 : population\n each = 0", equations = "x = dir + each + 0*i" } }
      pop.dir, pop.each = "Uniform(0, 1)", "Uniform(0, 1)"
      assert.is_true(type(pop.dir) == "number" and pop.dir > 0 and pop.each:min() ~= pop.each:max())
      assert.is_false((pcall(function() pop.dir = "i" end)))
      local proj = net:project { from = pop, to = pop, connect = lp.all_to_all(), synapse = lp.synapse {
        parameters = "a = Normal(0, 1) : projection\n b = Normal(0, 1) : presynaptic\n c = 1 : postsynaptic\n e = 2 : projection", equations = "s = a + b + c + e" } }
      assert.is_true(type(proj.a) == "number" and proj.a ~= 0)
      assert.equal(3, #proj.b)
      proj.c, proj.e = "Normal(0, 1)", "Normal(0, 1)"
      assert.is_true(type(proj.e) == "number" and proj.e ~= 2)
      assert.equal(3, #proj.c)
    end)

    it("draws of a spike condition are those of each neuron, whatever stands above", function()
      local net = lp.network { dt = 1, seed = 2, tier = tier }
      local pop = net:population { size = 1000, neuron = lp.neuron { equations = "k = 0.3 + 0*t", spike = "Uniform(0, 1) < k" } }
      net:run(1)
      assert.is_true(#pop:spikes() > 200 and #pop:spikes() < 400)
    end)

    it("draws of synapses for a projection, or one side of it", function()
      local net = lp.network { dt = 1, seed = 2, tier = tier }
      local pop = net:population { size = 4, neuron = lp.neuron { parameters = { r = 1 }, equations = "x = r + sum(in)" } }
      local proj = net:project { from = pop, to = pop, target = "in", connect = lp.all_to_all(), weights = 1, synapse = lp.synapse {
        psp = "w", equations = "a = Normal(0, 1) : projection\n b = Normal(0, 1) : presynaptic\n c = Poisson(50) : postsynaptic\n s = a + 10*b + 100*c + 1000*d" } }
      net:run(2)
      local different = {}
      for k = 1, proj.size do
        compare.near(proj.a + 10 * proj.b[proj.pre[k]] + 100 * proj.c[proj.post[k]] + 1000, proj.s[k], 1e-12)
        different[proj.b[proj.pre[k]]] = true
      end
      local n = 0
      for _ in pairs(different) do n = n + 1 end
      assert.equal(4, n)
    end)

    it("flags of one word", function()
      local net = lp.network { dt = 1, tier = tier }
      local a, b = net:spike_source { size = 1, spikes = { { 1, 4 } } }, net:spike_source { size = 1, spikes = { { 1 } } }
      local proj = {}
      for k, flag in ipairs { "unless post", "unless_post" } do
        proj[k] = net:project { from = a, to = b, connect = lp.all_to_all(), weights = 1, synapse = lp.synapse { pre_spike = "w += 1 : " .. flag } }
      end
      net:run(8)
      assert.equal(2, proj[1].w[1] or proj[1].w)
      assert.equal(2, proj[2].w[1] or proj[2].w)
      local v = {}
      for k, flag in ipairs { "unless refractory", "unless_refractory" } do
        local other = lp.network { dt = 1, tier = tier }
        local pop = other:population { size = 2, neuron = lp.neuron { equations = "dv/dt = 1 : " .. flag .. "\nx = v + i", spike = "v > 2", reset = "v = 0", refractory = 3 } }
        other:run(5)
        v[k] = pop.v[1]
      end
      assert.equal(v[1], v[2])
      assert.equal(0, v[1])
      assert.is_table(lp.synapse { equations = "dx/dt = -x : event-driven", pre_spike = "g_target += w\nw -= x : unless_post", post_spike = "x += 1" })
    end)

    it("functions of the model with the name of one of the language", function()
      same("x = 1/(1 + exp(-i/10))", "x = sigmoid(i/10)", { functions = "sigmoid(x) = 1/(1 + exp(-x))" })
      same("x = 2*i + 1", "x = positive(i) + pos(1)", { functions = "positive(x) = 2*x" })
      same("x = (i + 1)^2", "x = sqrt(i)", { functions = "sqrt(x) = tanh(x)^2\n tanh(x) = x + 1" })
      same("x = 12*i + 2", "x = sigmoid(4*i) + exp(2)", { functions = "sigmoid(y) = 3*y\n exp(x) = x" })
      local ok, e = pcall(lp.neuron, { equations = "x = Uniform(4) : local", functions = "Uniform(y) = 3*y" })
      assert.is_false(ok)
      assert.truthy(tostring(e):find("'Uniform' is a function of the language", 1, true))
    end)

    it("lines that begin with an operator", function()
      same("x = 1 + i - 2*i", "x = 1\n  + i\n\n  # less\n  - 2*i")
      same("x = (1 + i) * 3 / 2 + 0", "x = (1 + i)\n * 3\n / 2\n + 0 : init = 1")
      same("x = if i > 3 and i < 9: 1 else: 0", "x = if i > 3\n and i < 9: 1\n else: 0")
      same("y = 3\nx = y + i", "y = 3 : init = 2\nx = y\n+ i")
      same("dx/dt = -x + i : exponential", "-dx/dt = x\n - i : exponential")
      same("y = i; x = -y", "y = i\nx = 0\n- y")
      same("y = i; x = y + 3 : local", "y = i : local\nx = y # a comment\n\n  + 3 : local")
      same("x = if i > 1 and i < 3: 1 else: 0", "x = i > 1\n  and i < 3 : local")
    end)

    it("the sum over all targets", function()
      local net = lp.network { dt = 1, tier = tier }
      local source = net:population { size = 2, neuron = lp.neuron { parameters = { r = 3 } } }
      local all = net:population { name = "all", size = 1, neuron = lp.neuron { equations = "x = sum()" } }
      net:project { from = source, to = all, target = "exc", connect = lp.all_to_all(), weights = 1 }
      net:project { from = source, to = all, target = "inh", connect = lp.all_to_all(), weights = -0.25 }
      net:run(2)
      assert.equal(4.5, all.x[1])
    end)

    it("sums of a side", function()
      local net = lp.network { dt = 1, tier = tier }
      local p = net:population { size = 1, neuron = lp.neuron { equations = "r = 2 + sum(exc) : local" } }
      local proj = net:project { from = p, to = p, target = "exc", connect = lp.one_to_one(), weights = 1,
        synapse = lp.synapse { equations = "a = pre.sum(exc) + post.sum(exc) : local" } }
      net:run(2)
      assert.equal(4, proj.a[1])
      local ok, e = pcall(lp.synapse, { equations = "a = post.sum(v + 1)" })
      assert.is_false(ok)
      assert.truthy(tostring(e):find("post.sum takes the name of a target", 1, true))
    end)
  end)
end
