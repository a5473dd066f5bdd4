-- Synapses that come and go: by rules of the model and from Lua, with delays, traces and recordings.

local lp = require "lunapse"
local near = require("tests.compare").near

local R = lp.neuron { parameters = { r = 0 }, equations = "x = sum(exc) + r" }

local function text(a)
  local t = {}
  for k = 1, #a do t[k] = a[k] ~= a[k] and "nan" or ("%g"):format(a[k]) end
  return table.concat(t, " ")
end

local function show(p)
  local t, w = {}, p.w
  for k = 1, p.size do t[k] = ("%d>%d:%g"):format(p.pre[k], p.post[k], type(w) == "number" and w or w[k]) end
  return table.concat(t, " ")
end

--- Four pre and three post neurons, synapses 1>1 2>1 3>2 4>3 with weights 1 to 4.
local function small(opt, network)
  local net = lp.network(network or { dt = 1, seed = 1 })
  local a = net:population { name = "A", size = 4, neuron = R }
  local b = net:population { name = "B", size = 3, neuron = R }
  a.r = { 1, 2, 3, 4 }
  opt = opt or {}
  opt.from, opt.to, opt.target, opt.name = a, b, "exc", "P"
  opt.connect, opt.weights = opt.connect or lp.pairs({ 1, 2, 3, 4 }, { 1, 1, 2, 3 }), opt.weights or { 1, 2, 3, 4 }
  return net, b, net:project(opt), a
end

describe("a projection that is made during a simulation", function()
  local function trace(started, equation)
    local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    local s = net:spike_source { size = 2, spikes = { { started + 10 }, {} } }
    net:run(started)
    local p = net:project { from = s, to = s, connect = lp.all_to_all { self = true }, weights = lp.uniform(0, 1), synapse = lp.synapse {
      parameters = { tau = 20 }, equations = equation, pre_spike = "x += 0.1 ; w += x" } }
    local seen = { p.x[1] }
    net:run(5)
    seen[2] = p.x[1]
    net:run(10)
    seen[3], seen[4] = p.x[1], p.x[2]
    return seen
  end

  for _, equation in ipairs { "tau * dx/dt = -x : event-driven, init = 1", "tau * dx/dt = 2 - x : event-driven, init = 1" } do
    it("has traces that begin then: " .. equation, function()
      local first, late = trace(0, equation), trace(1000, equation)
      for k = 1, 4 do near(first[k], late[k], 1e-9) end
      assert.are.equal(1, late[1])
      assert.is_true(late[3] ~= late[4])
    end)
  end
end)

describe("structure", function()
  before_each(function() warn "@off" end)
  after_each(function() warn "@on" end)

  it("synapses are added in the order of storage", function()
    local net, b, p = small()
    local places = p:create_synapse({ 4, 3 }, { 1, 3 }, { 20, 30 })
    assert.equal("1>1:1 2>1:2 4>1:20 3>2:3 3>3:30 4>3:4", show(p))
    assert.equal("3 5", text(places))
    assert.equal(6, p.size)
    assert.equal("3 1 2", text(p.fan_in))
    net:run(1)
    assert.equal("85 9 106", text(b.x))
  end)

  it("one synapse from numbers; without a weight it is 0", function()
    local _, _, p = small()
    p:create_synapse(1, 3)
    assert.equal("1>1:1 2>1:2 3>2:3 1>3:0 4>3:4", show(p))
  end)

  it("a weight that all share stays one number, or becomes one each", function()
    local net, b, p = small { connect = lp.all_to_all(), weights = 1 }
    p:prune { 1 }
    p:create_synapse(1, 1, 1)
    assert.equal("array float64 [12]  1 for all 12", tostring(p.w))
    p:prune { 1 }
    p:create_synapse(1, 1, 7)
    net:run(1)
    assert.equal("16 10 10", text(b.x))
  end)

  it("pruning takes conditions, truth values and places", function()
    local function after(what, opt)
      local net, b, p = small(opt)
      local n = p:prune(what(p))
      net:run(1)
      return ("%d: %s | %s"):format(n, show(p), text(b.x))
    end
    assert.equal("2: 1>1:1 2>1:2 | 5 0 0", after(function() return "w > 2.5" end))
    assert.equal("1: 2>1:2 3>2:3 4>3:4 | 4 9 16", after(function() return "pre.r < 2 or post.x > 100" end))
    assert.equal("2: 3>2:3 4>3:4 | 0 9 16", after(function() return "pre.r < mean(pre.r)" end))
    assert.equal("1: 2>1:2 3>2:3 4>3:4 | 4 9 16", after(function(p) return p.w:lt(2) end))
    assert.equal("2: 2>1:2 4>3:4 | 4 0 16", after(function() return { 1, 3 } end))
    assert.equal("0: 1>1:1 2>1:2 3>2:3 4>3:4 | 5 9 16", after(function() return {} end))
    assert.equal("3: 1>1:1 2>1:1 3>1:1 1>2:1 2>2:1 3>2:1 1>3:1 2>3:1 3>3:1 | 6 6 6",
      after(function() return "pre.r > 3" end, { connect = lp.all_to_all(), weights = 1 }))
  end)

  it("all synapses may go, and come back", function()
    local net, b, p = small()
    p:prune "w > 0"
    net:run(1)
    assert.equal(0, p.size)
    assert.equal("0 0 0", text(b.x))
    p:create_synapse(1, 1, 5)
    net:run(1)
    assert.equal("5 0 0", text(b.x))
  end)

  it("callbacks may change structure at any time of a step", function()
    for _, when in ipairs { "start", "end" } do
      local net, b, p = small()
      net:at(2, function()
        p:prune "w > 3.5"
        p:create_synapse(1, 3, 100)
      end, { when = when })
      local r = net:record(b, "x")
      net:run(4)
      assert.equal("1>1:1 2>1:2 3>2:3 1>3:100", show(p))
      assert.equal("16 16 100 100", text(r.x:column(3)))
    end
  end)

  it("recordings keep a column for each pair", function()
    local net, _, p = small()
    local all, some = net:record(p, "w"), net:record(p, "w", { of = { 2, 4 } })
    net:run(1)
    p:prune { 2 }
    net:run(1)
    p:create_synapse({ 1, 2 }, { 3, 1 }, { 50, 60 })
    p.w = p.w + 1
    net:run(1)
    assert.equal("1 2 3 4 nan", text(all.w:row(1)))
    assert.equal("1 nan 3 4 nan", text(all.w:row(2)))
    assert.equal("2 61 4 5 51", text(all.w:row(3)))
    assert.equal("1 2 3 4 1", text(all.pre))
    assert.equal("1 1 2 3 3", text(all.post))
    assert.equal("nan 5", text(some.w:row(3)))
    assert.equal("2 4", text(some.pre))
  end)

  it("rules act on their periods, on what is then there", function()
    local rule = lp.synapse { parameters = { limit = 2.5 }, pruning = "w > limit", creating = "pre.r > 3 : w = 0.5 + 0.1 * j" }
    for _, tier in ipairs { "interpreter", "auto" } do
      local net, _, p = small({ synapse = rule }, { dt = 1, seed = 1, tier = tier })
      local pruning = p:start_pruning { every = 2 }
      p:start_creating { every = 3 }
      net:run(1)
      assert.equal("1>1:1 2>1:2 3>2:3 4>3:4", show(p))
      net:run(1)
      assert.equal("1>1:1 2>1:2", show(p))
      net:run(1)
      assert.equal("1>1:1 2>1:2 4>1:0.6 4>2:0.7 4>3:0.8", show(p))
      pruning:stop()
      p.limit = 0
      net:run(3)
      assert.equal(5, p.size)
      pruning:resume()
      net:run(2)
      assert.equal(0, p.size)
    end
  end)

  it("probabilities hold, and chance is that of the network's seed", function()
    local function go(seed, threads)
      local net = lp.network { dt = 1, seed = seed, threads = threads }
      local a = net:population { size = 200, neuron = R }
      local p = net:project { from = a, to = a, target = "exc", connect = lp.all_to_all(), weights = 1,
        synapse = lp.synapse { pruning = "i != j : proba = 0.3", creating = "i == j or i < j : proba = 0.5" } }
      p:start_pruning { every = 5 }
      net:run(5)
      local left = p.size
      p:prune "i != 0"
      p:start_creating { every = 7 }
      net:run(2)
      return left, p.size, show(p)
    end
    local left, made, pairs_made = go(1)
    assert.is_true(math.abs(left - 0.7 * 39800) < 4 * math.sqrt(39800 * 0.21), left)
    assert.is_true(math.abs(made - 0.5 * 20100) < 4 * math.sqrt(20100 * 0.25), made)
    assert.same({ left, made, pairs_made }, { go(1, 2) })
    assert.not_same({ left, made }, { (go(2)) })
  end)

  it("a rule looks at the neurons that the projection joins, alone", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 6, neuron = R }
    for _, ends in ipairs { { a:slice(2, 3), a:slice(4, 6) }, { a:select { 2, 3 }, a:select { 6, 4, 5 } } } do
      local p = net:project { from = ends[1], to = ends[2], target = "exc", connect = lp.pairs({ 1 }, { 1 }), synapse = lp.synapse { creating = "i > 0 : w = 1" } }
      p:start_creating { every = 1 }
      net:run(1)
      assert.equal(6, p.size)
      assert.is_true(p.pre:ge(2):both(p.pre:le(3)):all())
      assert.is_true(p.post:ge(4):all())
    end
  end)

  it("spikes under way act on the synapses that are there when they arrive", function()
    local net = lp.network { dt = 1, seed = 1 }
    local a = net:spike_source { size = 2, spikes = { { 1, 5, 9 }, { 2, 6, 10 } } }
    local b = net:population { size = 2, neuron = lp.neuron { equations = "g = g_exc" } }
    local p = net:project { from = a, to = b, target = "exc", connect = lp.pairs({ 1, 2 }, { 1, 2 }), weights = { 1, 2 } }
    local r = net:record(b, "g")
    net:run(4)
    p:create_synapse({ 1, 2 }, { 2, 1 }, { 10, 20 }, { 3, 1 })
    assert.equal("1 3 1 1", text(p.delays))
    net:run(10)
    assert.equal("0 0 1 0 0 0 1 20 0 0 1 20 0 0", text(r.g:column(1)))
    assert.equal("0 0 0 2 10 0 0 2 10 0 0 2 10 0", text(r.g:column(2)))
  end)

  it("traces and weights of the other synapses do not notice", function()
    local function go(is_changed)
      local net = lp.network { dt = 1, seed = 4 }
      local a, b = net:poisson { size = 20, rates = 100 }, net:population { size = 3, neuron = lp.models.LIF }
      local p = net:project { from = a, to = b, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 20), delays = lp.uniform(1, 5),
        synapse = lp.models.STDP { w_max = 20 } }
      local spikes = net:record(b, "spike")
      net:run(500)
      if is_changed then
        local known = {}
        for _, i in ipairs(p.pre:take(p.post:eq(1):find()):table()) do known[i] = true end
        local i = 1
        while known[i] do i = i + 1 end
        p:create_synapse(i, 1, 0)
        assert.equal(1, p:prune(("i == %d and j == 1"):format(i)))
      end
      net:run(500)
      assert.is_true(spikes:count() > 50)
      return p
    end
    local a, b = go(false), go(true)
    for _, name in ipairs { "w", "x", "delays" } do      -- bringing traces to the present rounds
      assert.is_true((a[name] - b[name]):abs():max() < 1e-12, name)
    end
  end)

  it("new synapses begin with the initial values of the model", function()
    local net, _, p = small { synapse = lp.synapse { parameters = { gain = 3 }, equations = "age = age + 1 : init = 10; y = gain * w : init = gain + 4" },
      weights = { 1, 2, 3, 4 } }
    net:run(2)
    p:create_synapse(2, 2, 5)
    assert.equal("12 12 10 12 12", text(p.age))
    assert.equal("3 6 7 9 12", text(p.y))
    net:run(1)
    assert.equal("13 13 11 13 13", text(p.age))
    assert.equal("3 6 15 9 12", text(p.y))
  end)

  it("operations and sums follow", function()
    local net, b, p = small()
    p:run_regularly("w = w / sum_post(w)", { every = 1 })
    net:run(1)
    p:create_synapse(4, 1, 1)
    net:run(1)
    assert.equal("0.166667 0.333333 0.5 1 1", text(p.w))
    assert.equal("1 1 1", text(p:sum_post "w"))
    assert.is_true(b.x:gt(0):all())
  end)

  local function refused(title, f, message)
    it("refuses " .. title, function()
      local _, _, p = small()
      local ok, said = pcall(f, p)
      assert.is_false(ok)
      assert.equal(message, (said:gsub("^tests/structure_spec.lua:%d+: ", "")))
      assert.equal("1>1:1 2>1:2 3>2:3 4>3:4", show(p))
      p._net:run(1)
      assert.equal("5 9 16", text(p.to.x))
    end)
  end

  refused("neurons that are not there", function(p) p:create_synapse(5, 1, 10) end, "create_synapse of 'P': pre neuron 5 is not in 1..4")
  refused("lists that do not fit", function(p) p:create_synapse({ 1, 2 }, { 3 }, 10) end,
    "create_synapse of 'P': as many pre as post neurons expected, got 2 and 1")
  refused("weights that do not fit", function(p) p:create_synapse({ 1, 2 }, { 2, 2 }, { 1 }) end, "create_synapse of 'P': 2 weights expected, got 1")
  refused("a weight that is not a number", function(p) p:create_synapse(1, 2, 0 / 0) end, "projection 'P', w: the value is not a number (NaN)")
  refused("a negative delay", function(p) p:create_synapse(1, 2, 1, -1) end, "create_synapse of 'P': a delay must be at least 0, got -1")
  refused("places that are not there", function(p) p:prune { 1, 5 } end, "prune of 'P': synapses are numbered 1..4")
  refused("truth values that do not fit", function(p) p:prune(lp.array { 1, 0 }:gt(0)) end,
    "prune of 'P': a truth value for each of 4 synapses expected, got 2")
  refused("to prune a number", function(p) p:prune(3) end, "prune of 'P': a condition as text, truth values or synapse numbers expected, got 3")
  refused("what is no condition", function(p) p:prune "w + 1" end, [[
synapse 'P', condition: this is a number, a condition is expected
    w + 1
    ^~~~~  compare it with something: <, <=, >, >=, ==, !=]])
  refused("rules that the model does not have", function(p) p:start_pruning { every = 1 } end, "start_pruning of 'P': its synapses have no part 'pruning'")
  refused("rules without a period", function(p) p:start_creating {} end, "start_creating of 'P': option 'every' is missing")

  it("conditions on a pair know no synapse", function()
    local ok, said = pcall(small, { synapse = lp.synapse { creating = "w > 1" } })
    assert.is_false(ok)
    assert.truthy(said:find("'w' belongs to a synapse that is not there yet", 1, true), said)
  end)

  it("the published network becomes two groups of 50, joined completely: exactly 5000 synapses", function()
    local Driven = lp.neuron { parameters = { tau = 1000, r = 0 }, equations = "tau * dactivity/dt = r - activity" }
    local rule = lp.synapse { parameters = { T = 5000 }, equations = "age = if pre.r * post.r > 0: 0 else: age + dt : init = 0",
      pruning = "age > T : proba = 0.2", creating = "pre.activity * post.activity > 0.3 : proba = 0.1, w = 0.01" }
    local net = lp.network { dt = 1, seed = 7 }
    local pop = net:population { size = 100, neuron = Driven }
    local p = net:project { from = pop, to = pop, synapse = rule, connect = lp.fixed_probability(0.1, { self = true }), weights = 0.01 }
    p:start_creating { every = 100 }
    p:start_pruning { every = 100 }
    for _ = 1, 20 do
      for first = 1, 51, 50 do
        pop.r = 0
        pop:slice(first, first + 49).r = 1
        net:run(1000)
        pop.r = 0
        net:run(100)
      end
    end
    assert.equal(5000, p.size)
    assert.is_true(p.pre:le(50):eq(p.post:le(50)):all())
    assert.is_true(p.w:eq(0.01):all())
  end)
end)
