--- What follows when a value, a model's form or what is learned changes between runs: parameters, views, and what is bound to them.
local lp = require "lunapse"
local compare = require "tests.compare"
local near, all_near = compare.near, compare.all_near

--- A neuron that shows what reached it: `seen` holds the input of its last step.
local LISTENER = lp.neuron { equations = "seen = g_exc" }

describe("parameters", function()
  --- exp(-h/tau) is a derived constant here.
  local DECAY = lp.neuron { parameters = { tau = 10 }, equations = "tau * dv/dt = -v : exponential, init = 1" }

  local function decays(...)
    local v = 1
    for _, tau in ipairs { ... } do v = v * math.exp(-1 / tau) end
    return v
  end

  it("changed between runs are followed", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = DECAY }
    net:run(1)
    p.tau = 5
    net:run(1)
    all_near({ decays(10, 5), decays(10, 5) }, p.v)
  end)
  it("of one neuron, by an element of the live array", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = DECAY, parameters = { tau = { 10, 20, 30 } } }
    net:run(1)
    p.tau[3] = 5
    net:run(1)
    p.tau[{ 1, 2 }] = 4
    net:run(1)
    p.tau:fill(2)
    net:run(1)
    p.tau:slice(2, 3):fill(8)
    net:run(1)
    all_near({ decays(10, 10, 4, 2, 2), decays(20, 20, 4, 2, 8), decays(30, 5, 5, 2, 8) }, p.v)
  end)
  it("one for all becomes one each by an array, a table or a distribution", function()
    local net = lp.network { dt = 1, seed = 9 }
    local p = net:population { size = 3, neuron = DECAY }
    net:run(1)
    p.tau = { 10, 20, 40 }
    net:run(1)
    all_near({ decays(10, 10), decays(10, 20), decays(10, 40) }, p.v)
    p.tau = 10
    all_near({ 10, 10, 10 }, p.tau)
    p.tau = lp.uniform(5, 6)
    assert.is_true(p.tau:min() >= 5 and p.tau:max() < 6 and p.tau[1] ~= p.tau[2])
    local v = p.v:table()
    net:run(1)
    for i = 1, 3 do near(v[i] * math.exp(-1 / p.tau[i]), p.v[i]) end
  end)
  it("changed in a callback act from the next step on; at the start of a step in it", function()
    local net = lp.network { dt = 1 }
    local a, b = net:population { size = 1, neuron = DECAY }, net:population { size = 1, neuron = DECAY, parameters = { tau = { 10 } } }
    net:at(2, function() a.tau, b.tau[1] = 5, 5 end)
    net:at(3, function() a.tau, b.tau[1] = 2, 2 end, { when = "start" })
    net:run(4)
    near(decays(10, 10, 5, 2), a.v[1])
    near(decays(10, 10, 5, 2), b.v[1])
  end)
  it("filled from a text, with i and N", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 4, neuron = DECAY }
    p.v = "i / N"
    p.tau = "10 * i"
    all_near({ 0.25, 0.5, 0.75, 1 }, p.v)
    all_near({ 10, 20, 30, 40 }, p.tau)
    net:run(1)
    near(0.5 * math.exp(-1 / 20), p.v[2])
    p.v = "v + tau"
    near(20 + 0.5 * math.exp(-1 / 20), p.v[2])
  end)
  it("draws of a text differ between neurons, texts and seeds, and come again with the seed", function()
    local function draw(seed)
      local net = lp.network { dt = 1, seed = seed }
      local p = net:population { size = 2, neuron = DECAY }
      p.v = "Uniform(0, 1)"
      local a = p.v:table()
      p.v = "Uniform(0, 1)"
      return { a[1], a[2], p.v[1], p.v[2] }
    end
    local first = draw(1)
    for i = 1, 4 do for j = i + 1, 4 do assert.are_not.equal(first[i], first[j]) end end
    assert.are.same(first, draw(1))
    assert.are_not.equal(first[1], draw(2)[1])
  end)

  describe("of synapses", function()
    --- A trace that decays between events; each pre spike writes what is left of it to w and adds 1.
    local TRACE = lp.synapse { parameters = { tau = 10 }, equations = "tau * dx/dt = -x : event-driven", pre_spike = "w = x; x += 1" }
    local function traced(parameters)
      local net = lp.network { dt = 1 }
      local s = net:spike_source { size = 1, spikes = { { 0, 20 } } }
      local post = net:spike_source { size = 2 }
      local p = net:project { from = s, to = post, connect = lp.all_to_all(), synapse = TRACE, parameters = parameters, weights = { 0, 0 } }
      return net, p
    end

    for _, kind in ipairs { "for all", "for each" } do
      local given = kind == "for each" and { tau = { 10, 10 } } or nil
      it(("a time constant %s that changes: the trace keeps its value and decays anew from then on"):format(kind), function()
        local net, p = traced(given)
        net:run(11)
        local x = math.exp(-9.5 / 10)                 -- the event was at 1.5, now is 11
        near(x, p.x[1] or p.x)
        p.tau = given and { 5, 5 } or 5
        near(x, p.x[1])
        net:run(11)                                   -- the second event is at 21.5
        near(x * math.exp(-10.5 / 5), p.w[1])
        near((x * math.exp(-10.5 / 5) + 1) * math.exp(-0.5 / 5), p.x[1])
      end)
      it(("the same in a callback, time constant %s"):format(kind), function()
        local net, p = traced(given)
        net:at(11, function() p.tau = given and { 5, 5 } or 5 end)
        net:run(22)
        near(math.exp(-9.5 / 10 - 10.5 / 5), p.w[1])
      end)
    end
    it("one for all turned into one each", function()
      local net, p = traced()
      net:run(11)
      p.tau = { 5, 20 }
      all_near({ math.exp(-0.95), math.exp(-0.95) }, p.x)
      net:run(11)
      near(math.exp(-9.5 / 10 - 10.5 / 5), p.w[1])
      near(math.exp(-9.5 / 10 - 10.5 / 20), p.w[2])
    end)
    it("an element of a live array", function()
      local net, p = traced { tau = { 10, 10 } }
      net:run(11)
      p.tau[2] = 5
      net:run(11)
      near(math.exp(-20 / 10), p.w[1])
      near(math.exp(-9.5 / 10 - 10.5 / 5), p.w[2])
    end)
    it("a trace that is written", function()
      local net, p = traced()
      net:run(11)
      p.x = 3
      net:run(11)
      near(3 * math.exp(-10.5 / 10), p.w[1])
    end)
    it("are read between runs at the present time, however often", function()
      local net, p = traced()
      for n = 1, 15 do
        net:run(1)
        near(n < 2 and 0 or math.exp(-(n - 1.5) / 10), p.x[1], 1e-12)
      end
    end)
    it("are read in a callback at its time", function()
      local net, p = traced()
      local seen, starts = {}, {}
      net:every(1, function(t) seen[#seen + 1] = p.x[1] / math.exp(-(t - 1.5) / 10) end)
      net:every(1, function(t) starts[#starts + 1] = p.x[1] / math.exp(-(t - 1.5) / 10) end, { when = "start" })
      net:run(5)
      all_near({ 0, 1, 1, 1, 1 }, seen)
      all_near({ 0, 0, 1, 1, 1 }, starts)
    end)
    it("that live once per neuron, filled from a text", function()
      local net = lp.network { dt = 1 }
      local p = net:project { from = net:spike_source { size = 2 }, to = net:spike_source { size = 300 }, connect = lp.all_to_all(), synapse = TRACE }
      assert.are.equal(2, #p.x)
      p.x = "0.5 + 0.25"
      assert.are.same({ 0.75, 0.75 }, p.x:table())
    end)
    it("filled from a text, with i and j", function()
      local net = lp.network { dt = 1 }
      local p = net:project { from = net:spike_source { size = 2 }, to = net:population { size = 3, neuron = LISTENER }, target = "exc",
        connect = lp.all_to_all(), weights = "10 * i + j" }
      assert.are.same({ 11, 12, 13, 21, 22, 23 }, p.w:table())
      p.w = "w - j"
      assert.are.same({ 10, 10, 10, 20, 20, 20 }, p.w:table())
    end)
  end)
end)

describe("views", function()
  local P = lp.neuron { parameters = { a = 1 }, equations = "v = v : init = 0, local" }
  local function make()
    local net = lp.network { dt = 1 }
    return net:population { size = 6, neuron = P }, net
  end

  it("read and write a part", function()
    local p = make()
    p:slice(2, 4).v = 7
    p:select { 6, 1 }.v = { 60, 10 }
    assert.are.same({ 10, 7, 7, 7, 0, 60 }, p.v:table())
    assert.are.same({ 7, 7, 7 }, p:slice(2, 4).v:table())
    assert.are.same({ 60, 10 }, p:select { 6, 1 }.v:table())
    assert.are.equal(3, #p:slice(2, 4))
    assert.are.equal(2, p:select { 6, 1 }.size)
  end)
  it("make a parameter per neuron by writing a part of it", function()
    local p = make()
    p:slice(2, 3).a = { 5, 6 }
    assert.are.same({ 1, 5, 6, 1, 1, 1 }, p.a:table())
    p:select { 5 }.a = 9
    assert.are.same({ 1, 5, 6, 1, 9, 1 }, p.a:table())
  end)
  it("take distributions and texts", function()
    local p = make()
    p:slice(1, 3).v = lp.uniform(1, 2)
    assert.is_true(p.v:slice(1, 3):min() >= 1 and p.v:slice(4, 6):max() == 0)
    p:slice(4, 6).v = "10 * i"
    assert.are.same({ 40, 50, 60 }, p.v:slice(4, 6):table())
    assert.is_true(p.v:slice(1, 3):max() < 2)
  end)
  it("of views", function()
    local p = make()
    local v = p:slice(2, 5):slice(2, 3)
    v.v = 1
    p:slice(2, 5):select({ 1, 4 }).v = 2
    p:select({ 6, 1, 3 }):slice(1, 2).v = 3
    assert.are.same({ 3, 2, 1, 1, 2, 3 }, p.v:table())
  end)
  it("slices of views are live", function()
    local p = make()
    p:slice(2, 4).v[1] = 5
    assert.are.equal(5, p.v[2])
  end)
end)

describe("learning", function()
  local function make(opt)
    local net = lp.network { dt = 1 }
    local pre = net:spike_source { size = 1, spikes = { { 0, 10, 20, 30, 40 } } }
    local post = net:spike_source { size = 1, spikes = { { 5, 15, 25, 35, 45 } } }
    local p = net:project { from = pre, to = post, connect = lp.all_to_all(), weights = opt.weights, synapse = lp.synapse {
      parameters = { tau = 20 }, equations = "tau * dx/dt = -x : event-driven", pre_spike = "x += 1", post_spike = "w += x" } }
    return net, p
  end

  for _, weights in ipairs { 0, { 0 } } do
    it(("stops for %s and goes on with the traces as if it had not"):format(type(weights) == "table" and "weights" or "a weight"), function()
      local net, p = make { weights = weights }
      local other, q = make { weights = weights }
      net:run(8)
      other:run(8)
      local w = p.w[1]
      assert.are.equal(q.w[1], w)
      p:disable_learning()
      net:run(20)
      other:run(20)
      assert.are.equal(w, p.w[1])
      near(q.x[1], p.x[1])
      local missed = q.w[1] - w
      p:enable_learning()
      net:run(20)
      other:run(20)
      near(q.w[1] - missed, p.w[1])
    end)
  end
  it("can be switched in a function", function()
    local net, p = make { weights = { 0 } }
    local w
    net:at(8, function()
      p:disable_learning()
      w = p.w[1]
    end)
    net:run(50)
    assert.is_true(w > 0)
    assert.are.equal(w, p.w[1])
  end)
end)

describe("what is bound to what", function()
  local SOURCE = lp.neuron { parameters = { a = 1 }, equations = "r = r + a : init = 0, local" }

  local READER = lp.neuron { equations = "x = mod.r : local" }

  it("delayed rates under way outlive a change of the model's form", function()
    local function run(change)
      local net = lp.network { dt = 1 }
      local p = net:population { size = 2, neuron = SOURCE }
      local q = net:population { size = 1, neuron = lp.neuron { equations = "x = sum(exc)" } }
      local s = net:project { from = p, to = q, target = "exc", connect = lp.all_to_all(), weights = { 1, 1 }, delays = 4,
        synapse = lp.synapse { psp = "w * pre.r", equations = "dw/dt = 0 * pre.r" } }
      local r = net:record(q, "x")
      net:run(6)
      if change then change(p, s) end
      net:run(6)
      return r.x:column(1):table()
    end
    local expected = run()
    assert.are.same({ 0, 0, 0, 0, 2, 4, 6, 8, 10, 12, 14, 16 }, expected)
    assert.are.same(expected, run(function(_, s) s:disable_learning() end))
    assert.are.same(expected, run(function(p) p.a = { 1, 1 } end))
    assert.are.same(expected, run(function(_, s) s.w = { 1, 1 } end))
  end)

  it("neurons and synapses that read another population follow it when its parameters become one each", function()
    local net = lp.network { dt = 1 }
    local mod = net:population { size = 2, neuron = SOURCE }
    local reader = net:population { size = 2, neuron = lp.neuron { equations = "x = mod.r + mod.a" }, refs = { mod = mod } }
    local source = net:population { size = 1, neuron = SOURCE }
    local rule = net:project { from = source, to = reader, connect = lp.all_to_all(), weights = { 0, 0 }, refs = { mod = { mod, by = "post" } },
      synapse = lp.synapse { equations = "w = 100 * mod.a + pre.r" } }
    net:run(1)
    mod.a = { 10, 20 }
    net:run(1)
    assert.are.same({ 1 + 10 + 10, 1 + 20 + 20 }, reader.x:table())
    assert.are.same({ 1002, 2002 }, rule.w:table())
  end)

  it("references in two networks do not share what was compiled for one", function()
    local function reader(model, parameters)
      local net = lp.network { dt = 1 }
      local mod = net:population { size = 2, neuron = model, parameters = parameters }
      local p = net:population { size = 2, neuron = READER, refs = { mod = mod } }
      net:run(1)
      return p.x:table()
    end
    assert.are.same({ 3, 3 }, reader(lp.neuron { parameters = { a = 3 }, equations = "r = a" }))
    assert.are.same({ 1, 2 }, reader(lp.neuron { parameters = { a = 3 }, equations = "r = a" }, { a = { 1, 2 } }))
    assert.are.same({ 10, 20 }, reader(lp.neuron { equations = "r = 10 * i" }))
  end)

  for _, precision in ipairs { "float64", "float32" } do
    it("one neuron for all, in " .. precision, function()
      local net = lp.network { dt = 1, precision = precision }
      local many = net:population { size = 3, neuron = lp.neuron { equations = "r = 10 * i" } }
      local one = net:population { size = 1, neuron = SOURCE }
      local function reader(mod) return net:population { size = 2, neuron = READER, refs = { mod = mod } } end
      local a, b, c = reader(one), reader { many, index = { 2 } }, reader(many:slice(3, 3))
      local s = net:project { from = one, to = a, connect = lp.all_to_all(), weights = { 0, 0 }, refs = { mod = { many, index = { 3 } } },
        synapse = lp.synapse { equations = "w = mod.r + pre.r" } }
      net:run(2)
      assert.are.same({ 2, 2 }, a.x:table())
      assert.are.same({ 20, 20 }, b.x:table())
      assert.are.same({ 30, 30 }, c.x:table())
      assert.are.same({ 32, 32 }, s.w:table())
    end)
  end

  it("populations that read each other", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 2, neuron = SOURCE }
    local model = lp.neuron { parameters = { k = 1 }, equations = "r = k * mod.r" }
    local b = net:population { size = 2, neuron = model, refs = { mod = a } }
    local c = net:population { size = 2, neuron = model, refs = { mod = b } }
    net:run(1)
    b.k = { 2, 3 }
    a.a = { 1, 2 }
    c.k = { 1, 10 }
    net:run(1)
    assert.are.same({ 2, 3 }, a.r:table())
    assert.are.same({ 4, 9 }, b.r:table())
    assert.are.same({ 4, 90 }, c.r:table())
  end)

  it("lines with a period act once, also where a function rebuilds them in the step in which they act", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 1 }
    local p = net:project { from = s, to = s, connect = lp.all_to_all({ self = true }), weights = { 0 },
      synapse = lp.synapse { parameters = { a = 1 }, equations = "w = w + a : every = 3" } }
    local n = net:population { size = 2, neuron = lp.neuron { parameters = { a = 1 }, equations = "n = n + a : every = 3, init = 0, local" } }
    for t = 2, 4 do
      net:at(t, function() p.a, n.a = { 1 }, { 1, 1 } end)
      net:at(t, function() p:disable_learning() p:enable_learning() end, { when = "start" })
    end
    net:run(7)
    assert.are.equal(2, p.w[1])
    assert.are.same({ 2, 2 }, n.n:table())
  end)

  it("lines with periods of their own read means over a population as they are then", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = lp.neuron { parameters = { total = 0 }, equations = [[
      x = x + 1 + 0 * total   : init = 0, local
      two = mean(x)   : every = 2, init = 0, local
      three = mean(x) : every = 3, init = 0, local ]] } }
    local q = net:project { from = p, to = p, connect = lp.one_to_one(), weights = { 1, 2, 3 }, synapse = lp.synapse { equations = [[
      post.total = sum(w * mean(pre.x))
      two = mean(pre.x)   : every = 2, init = 0
      three = mean(pre.x) : every = 3, init = 0 ]] } }
    local seen = {}
    for k = 1, 6 do
      net:run(1)
      seen[k] = { p.two[1], p.three[1], q.two[1], q.three[1], p.total[2] }
    end
    assert.are.same({ { 0, 0, 0, 0, 2 }, { 1, 0, 2, 0, 4 }, { 1, 2, 2, 3, 6 }, { 3, 2, 4, 3, 8 }, { 3, 2, 4, 3, 10 }, { 5, 5, 6, 6, 12 } }, seen)
  end)

  it("projections that share a sum take their means each for itself", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = lp.neuron { parameters = { total = 0 }, equations = "x = x + 1 + 0 * total : init = 0, local" } }
    for _ = 1, 3 do
      net:project { from = p, to = p, connect = lp.one_to_one(), weights = { 1, 2, 3 }, synapse = lp.synapse { equations = "post.total = sum(w * mean(pre.x))" } }
    end
    net:run(2)
    assert.are.same({ 6, 12, 18 }, p.total:table())
  end)

  it("reset puts back what equations compute, not what they are told", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = lp.neuron { parameters = { a = 2 }, equations = "v = v + a * N : init = 5, local" } }
    p.a = { 1, 2, 3 }
    net:run(2)
    p:reset()
    assert.are.same({ 5, 5, 5 }, p.v:table())
    net:run(1)
    assert.are.same({ 8, 11, 14 }, p.v:table())
    local s = net:spike_source { size = 2, spikes = { { 3 }, { 4 } } }
    local q = net:project { from = s, to = s, connect = lp.all_to_all(), weights = { 7, 8 }, synapse = lp.synapse { parameters = { tau = 10 },
      equations = "tau * dx/dt = 1 - x : event-driven, init = 0.5", pre_spike = "x += 1; w += N_incoming" } }
    net:run(4)
    q:reset()
    near(0.5, q.x[1])
    assert.are.same({ 8, 9 }, q.w:table())
    net:run(10)
    near(1 - 0.5 * math.exp(-1), q.x[1])
  end)

  it("variables of synapses are set as they read, and by the neurons of either side", function()
    local function made(n_pre, n_post)
      local net = lp.network { dt = 1 }
      local cell = lp.neuron { equations = "v = i" }
      return net:project { from = net:population { size = n_pre, neuron = cell }, to = net:population { size = n_post, neuron = cell }, connect = lp.all_to_all(),
        synapse = lp.synapse { equations = "10*dy/dt = pre.v - y" } }
    end
    local square, wide = made(2, 2), made(2, 3)
    assert.are.equal(2, #square.y)                          -- it lives once for each pre neuron
    square.y = { 7, 8 }
    assert.are.same({ 7, 8 }, square.y:table())
    square.y = square.y * 2
    assert.are.same({ 14, 16 }, square.y:table())
    wide.y = { 1, 2, 3 }                                    -- of post neurons: now it varies with both
    local of_post = {}
    for k = 1, 6 do of_post[k] = wide.y[k] - wide.post[k] end
    assert.are.same({ 0, 0, 0, 0, 0, 0 }, of_post)
  end)
end)
