--- Synapses that read other synapses: of the same pair of neurons, or of a list.
local lp = require "lunapse"
local refused = require "tests.refused"

local Cell = lp.neuron { equations = "v = v : init = 0\nx = g_exc\ngain = gain : init = 0" }
local Learning = lp.synapse { parameters = "rate = 0.5", equations = "dw/dt = rate\ns = 10*pre.v + post.v\np = 100*pre.v\nq = 100*post.v\nhalf := w/2" }

local function network(opt)
  local net = lp.network { dt = 1, tier = opt.tier, threads = opt.threads, precision = opt.precision }
  local a = net:population { name = "a", size = 3, neuron = Cell }
  local b = net:population { name = "b", size = 2, neuron = Cell }
  a.v, b.v = { 1, 2, 3 }, { 5, 6 }
  local fast = net:project { name = "fast", from = a, to = b, connect = lp.all_to_all(), synapse = Learning, weights = { 1, 2, 3, 4, 5, 6 } }
  return net, a, b, fast
end

for _, tier in ipairs { "interpreter", "native" } do
  describe("synapses that read others, " .. tier .. ",", function()
    it("find that of the same pair, whatever the order", function()
      local net, a, b, fast = network { tier = tier }
      local reader = lp.synapse {
        equations = "seen = gate.w + gate.half : init = 0\ntotal = gate.s : init = 0\nfast_rate = gate.rate : init = 0\nof_pre = gate.p\nof_post = gate.q" }
      local p = net:project { from = a, to = b, connect = lp.pairs({ 3, 1, 2 }, { 1, 2, 2 }), synapse = reader, refs = { gate = fast } }
      net:run(2)
      assert.same({ { 3, 1, 2 }, { 1, 2, 2 } }, { p.pre:table(), p.post:table() })
      assert.same({ { 1, 2, 3, 1, 2, 3 }, { 2, 3, 4, 5, 6, 7 } }, { fast.pre:table(), fast.w:table() })
      assert.same({ 6, 7.5, 9 }, p.seen:table())          -- `fast` was made before it: it has moved in this step
      assert.same({ 35, 16, 26 }, p.total:table())
      assert.same({ { 300, 100, 200 }, { 500, 600, 600 } }, { p.of_pre:table(), p.of_post:table() })          -- kept once for each neuron there
      assert.same(0.5, type(p.fast_rate) == "number" and p.fast_rate or p.fast_rate[1])
    end)

    it("read those that are listed, at events too, and numbers for all of them", function()
      local net, _, b, fast = network { tier = tier }
      local source = net:spike_source { size = 2, neuron = { 1, 2 }, t = { 3, 5 } }
      local rule = lp.synapse { equations = "all = mean(gate.w)", pre_spike = "g_target += gate.w ; w += gate.s" }
      local p = net:project { from = source, to = b, target = "exc", connect = lp.one_to_one(), synapse = rule, refs = { gate = { fast, index = { 6, 1 } } }, delays = { 1, 2 } }
      local x = net:record(b, "x")
      net:run(10)
      assert.same({ 6 + 2, 1 + 3.5 }, { x.x[5][1], x.x[8][2] })          -- what w is after 4 and 7 steps
      assert.same({ 1 + 36, 1 + 15 }, p.w:table())
      assert.near(3.5 + 5, type(p.all) == "number" and p.all or p.all[1], 1e-12)
    end)
  end)
end

describe("synapses that read others", function()
  local function busy(opt)
    local net = lp.network { dt = 1, tier = opt.tier, threads = opt.threads, seed = 4, precision = opt.precision }
    local cells = net:population { name = "cells", size = 60, neuron = lp.neuron {
      equations = "10*dv/dt = 1.3 - v + g_exc + 0.2*xi*sqrt(10) : init = Uniform(0, 1)", spike = "v > 1", reset = "v = 0" } }
    local first = net:project { name = "first", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.3), weights = lp.uniform(0, 0.02),
      synapse = lp.synapse { equations = "20*dtrace/dt = -trace",
        pre_spike = "g_target += w ; trace += 1", post_spike = "w = clip(w + 0.001*trace, 0, 0.1)" }, delays = lp.uniform(1, 4) }
    local order = lp.arange(first.size, 1, -1)
    net:project { name = "second", from = cells, to = cells, target = "exc", connect = lp.pairs(first.pre:take(order), first.post:take(order)), weights = 0.01,
      synapse = lp.synapse { equations = "dw/dt = 0.001*(gate.w - w)", pre_spike = "g_target += w*gate.trace" }, refs = { gate = first } }
    return net
  end

  local function bits(net) return { net.populations[1].v:table(), net.projections[1].w:table(), net.projections[2].w:table() } end

  it("give the same bits for any threads, in both tiers, and when a state is put back or read from a file", function()
    local net = busy { tier = "interpreter", threads = 1 }
    net:run(30)
    net:store()
    local file = os.tmpname() .. ".h5"
    net:save(file)
    net:run(30)
    local wanted = bits(net)
    net:restore()
    net:run(30)
    assert.same(wanted, bits(net))
    local loaded = lp.load(file)
    os.remove(file)
    loaded:run(30)
    assert.same(wanted, bits(loaded))
    for _, opt in ipairs { { tier = "native", threads = 2 }, { tier = "interpreter", threads = 3 } } do
      local other = busy(opt)
      if opt.threads == 3 then other._core:split(5) end
      other:run(60)
      assert.same(wanted, bits(other))
    end
  end)

  it("follow where a value becomes one for each", function()
    local net, a, b, fast = network { precision = "float32" }
    local p = net:project { from = a, to = b, connect = lp.all_to_all(), synapse = lp.synapse { equations = "r = gate.rate" }, refs = { gate = fast } }
    fast.rate = { 1, 2, 3, 4, 5, 6 }
    net:run(1)
    assert.same({ 1, 2, 3, 4, 5, 6 }, p.r:table())
  end)

  it("are refused where they can mean nothing", function()
    local net, a, b, fast = network {}
    local reader = lp.synapse { equations = "seen = gate.w" }
    local function project(ref, opt)
      opt = opt or {}
      return net:project { from = opt.from or a, to = b, connect = opt.connect or lp.all_to_all(), synapse = opt.synapse or reader, refs = { gate = ref } }
    end
    local few = net:project { name = "few", from = a, to = b, connect = lp.pairs({ 1, 1, 2 }, { 1, 1, 1 }), synapse = Learning }
    refused("it has several synapses from neuron 1 to neuron 1", project, few)
    refused("it has no synapse from neuron 1 to neuron 2", project, few, { connect = lp.pairs({ 1 }, { 2 }) })
    refused("'by' must be \"synapse\", got the text", project, { fast, by = "pre" })
    refused("the index has 2 synapses, 6 expected", project, { fast, index = { 1, 2 } })
    refused("index[2] must be a synapse number in 1..6, got 7", project, { fast, index = { 1, 7, 1, 1, 1, 1 } })
    refused("it joins other populations", project, { fast, by = "synapse" }, { from = b })
    refused("'gate' has no 'ww'", project, fast, { synapse = lp.synapse { equations = "seen = gate.ww" } })
    refused("only synapses read other synapses", net.population, net, { size = 6, neuron = lp.neuron { equations = "y = gate.w" }, refs = { gate = fast } })
    refused("cannot be written", lp.synapse, { equations = "gate.w = 1" })
    local traced = net:project { name = "traced", from = a, to = b, connect = lp.all_to_all(),
      synapse = lp.synapse { equations = "20*dx/dt = -x : event-driven\ny = y", psp = "0*w*pre.v" }, target = "exc" }
    refused("its 'x' is event-driven", project, traced, { synapse = lp.synapse { equations = "seen = gate.x" } })
    project(fast)
    refused("prune of 'fast': the synapses of", fast.prune, fast, { 1 })
    refused("reads it as 'gate'", net.remove, net, fast)
  end)
end)
