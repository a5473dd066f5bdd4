--- Pathways: what spikes and other events do to a synapse, each after a delay of its own, on either side.
local lp = require "lunapse"
local refused = require "tests.refused"

-- A synapse that notes when what happened to it.
local Notes = lp.synapse { name = "Notes", equations = "sent = sent : init = -1\nlearnt = learnt : init = -1\nback = back : init = -1\nn = n : init = 0",
  pre_spike = { transmission = "g_target += w ; sent = t", plasticity = "learnt = t ; n += 1" }, post_spike = "back = t ; n += 100" }
local Silent = lp.neuron { equations = "c = c + g_exc : init = 0" }
local Counting = lp.neuron { equations = "v += 1 : init = 0\nx = g_exc", spike = "v == 6 or v == 30" }          -- in the steps that begin at 5 and 29

local function network(opt)
  local net = lp.network { dt = opt.dt or 1, tier = opt.tier, threads = opt.threads, seed = opt.seed or 3, precision = opt.precision }
  local pre = net:spike_source { name = "pre", size = 2, neuron = { 1, 2, 1 }, t = { 2, 3, 20 } }
  local post = net:population { name = "post", size = 2, neuron = opt.neuron or Counting, dt = opt.post_dt }
  return net, pre, post
end

for _, tier in ipairs { "interpreter", "native" } do
  describe("pathways, " .. tier .. ",", function()
    it("act each after a delay of its own, on both sides", function()
      local net, pre, post = network { tier = tier }
      local p = net:project { from = pre, to = post, target = "exc", connect = lp.one_to_one(), synapse = Notes, delays = { transmission = 1, plasticity = 5, post_spike = 3 } }
      local x = net:record(post, "x")
      net:run(8)
      assert.same({ { 3.5, 4.5 }, { 7.5, -1 }, { -1, -1 } }, { p.sent:table(), p.learnt:table(), p.back:table() })
      net:run(1)                                            -- emitted at 5, post spikes come back in the step that begins at 8, at its end
      assert.same({ { 7.5, 8.5 }, { 9, 9 }, { 101, 101 } }, { p.learnt:table(), p.back:table(), p.n:table() })
      net:run(31)
      assert.same({ { 21.5, 4.5 }, { 25.5, 8.5 }, { 33, 33 }, { 202, 201 } }, { p.sent:table(), p.learnt:table(), p.back:table(), p.n:table() })
      assert.same({ 0, 0, 0, 1, 0 }, x.x:column(1):slice(1, 5):table())
    end)

    it("keep the bounds that a line of an event says at every event, several in a step and by several pathways; an equation's when it moves next", function()
      local function greatest(rule, delays)
        local net = lp.network { dt = 1, tier = tier, seed = 1 }
        local source = net:spike_source { size = 2, spikes = { { 1, 1.1, 1.2, 4 }, { 1, 4, 4.1 } } }
        local post = net:population { size = 2, neuron = lp.neuron { equations = "m = m : init = 0", spike = "t >= 0", reset = "k += 1 : init = 0" } }
        local p = net:project { from = source, to = post, connect = lp.all_to_all(), synapse = lp.synapse(rule), weights = 0.5, delays = delays }
        local most, end_of_step = 0, 0
        for _ = 1, 10 do
          net:step()
          most, end_of_step = math.max(most, p.w:max(), post.m:max()), math.max(end_of_step, rule.equations and p.x:max() or 0)
        end
        return most, end_of_step
      end
      for _, rule in ipairs { { pre_spike = "w = clip(w + 0.6, 0, 1)" }, { pre_spike = "w += 0.6 : max = 1", post_spike = "w += 0.3 : max = 1" },
        { pre_spike = { a = "w += 0.6 : max = 1", b = "w = clip(w + 0.7, 0, 1)" } }, { pre_spike = "post.m += 0.6 : max = 1" },
        { equations = "20*dx/dt = -x : event-driven", pre_spike = "x += 0.8 : max = 1\nw = x" } } do
        for _, delays in ipairs { false, 2, { 1, 2, 3, 1 } } do assert.near(1, (greatest(rule, delays or nil)), 0.2) assert.is_true(greatest(rule, delays or nil) <= 1) end
      end
      local most, end_of_step = greatest { equations = "dx/dt = 0*x : max = 1", pre_spike = "x += 0.6\nw = x" }
      assert.near(1.8, most, 1e-12)                         -- three in one step, seen before the equation moved
      assert.equal(1, end_of_step)
    end)

    it("take what delays are otherwise: numbers, lists, texts, draws", function()
      local net, pre, post = network { tier = tier, precision = tier == "native" and "float32" or nil }
      local p = net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), synapse = Notes,
        delays = { transmission = { 1, 2, 3, 4 }, plasticity = "1 + i + 2*j", post_spike = lp.uniform(0, 9) } }
      assert.same({ { 1, 2, 3, 4 }, { 4, 6, 5, 7 } }, { p.delays:table(), p.pathways.plasticity.delays:table() })
      local back = p.pathways.post_spike.delays
      assert.truthy(back:min() >= 0 and back:max() <= 9 and back:max() > back:min())
      net:run(19)
      assert.same({ 3.5, 4.5, 6.5, 7.5 }, p.sent:table())
      assert.same({ 6.5, 8.5, 8.5, 10.5 }, p.learnt:table())
      assert.same((back + 6):table(), p.back:table())
    end)

    it("go from clock to clock, with one delay and with many", function()
      for _, one in ipairs { { 5, 2 }, { { 5, 7 }, "2*i" } } do
        local net, pre, post = network { tier = tier, post_dt = 2 }
        local p = net:project { from = pre, to = post, target = "exc", connect = lp.one_to_one(), synapse = Notes:extend { post_spike = false },
          delays = { transmission = one[2], plasticity = one[1] } }
        net:run(19)
        -- sent at 2 and 3, they arrive in the first step of 2 ms that begins at or after 4 (5 or 7), 7 (8 or 10), and act in its middle
        local is_one = one[2] == 2
        assert.same({ { 5, is_one and 7 or 9 }, { 9, is_one and 9 or 11 } }, { p.sent:table(), p.learnt:table() })
      end
    end)

    it("act as often as neurons spiked, also where one spikes several times in a step", function()
      local net = lp.network { dt = 1, tier = tier }
      local pre = net:spike_source { size = 2, neuron = { 1, 1, 2, 1 }, t = { 2, 2, 2, 3 } }
      local post = net:population { size = 3, neuron = Silent }
      local rule = lp.synapse { equations = "n = n : init = 0\nlast = last : init = -1", pre_spike = { one = "g_target += w", two = "n += 1 ; last = t ; w *= 2" } }
      for _, late in ipairs { 4, lp.uniform(1, 6), { 2, 3, 4, 3, 2, 1 } } do
        local p = net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), synapse = rule, delays = { one = 1, two = late } }
        net:run(5)
        net:run(15)
        if late == 4 then assert.same({ 3, 1 }, p.n:table()) end          -- once for each pre neuron
        net:remove(p)
      end
      local other = lp.network { dt = 1, tier = tier }
      pre = other:spike_source { size = 2, neuron = { 1, 1, 2, 1 }, t = { 2, 2, 2, 3 } }
      post = other:population { size = 3, neuron = Silent }
      local p = other:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), synapse = rule, delays = { one = 1, two = { 2, 3, 4, 3, 2, 1 } } }
      other:run(10)
      assert.same({ { 3, 3, 3, 1, 1, 1 }, { 8, 8, 8, 2, 2, 2 }, { 5.5, 6.5, 7.5, 5.5, 4.5, 3.5 } }, { p.n:table(), p.w:table(), p.last:table() })
    end)

    it("of events and of spikes of axons have delays, too", function()
      local cell = lp.neuron { equations = "v += 1 : init = 0", spike = "v > 10", reset = "v = 0", axon_spike = "v == 3", events = { half = "v == 5" } }
      local net = lp.network { dt = 1, tier = tier }
      local a, b = net:population { size = 2, neuron = cell }, net:population { size = 2, neuron = Silent }
      local rule = lp.synapse { equations = "k = k : init = 0\nh = h : init = 0", pre_spike = { send = "g_target += w", learn = "k += 1" },
        on = { pre_half = { now = "h += 1", later = "g_target += 10*w" } } }
      local one = { send = 2, learn = 1, now = 1, later = 3 }
      local each = { send = 2, learn = { 1, 1 }, now = { 1, 1 }, later = { 3, 3 } }
      for _, delays in ipairs { one, each } do
        local p = net:project { from = a, to = b, target = "exc", connect = lp.one_to_one(), synapse = rule, delays = delays }
        a.v, b.c = 0, 0
        local start, c = net.t, net:record(b, "c")
        net:run(14)
        local at = {}
        for k, value in ipairs(c.c:column(1):table()) do
          if k > 1 and value ~= c.c[k - 1][1] then at[#at + 1] = { k - 1, value - c.c[k - 1][1] } end
        end
        assert.same({ { 4, 1 }, { 7, 10 }, { 12, 1 } }, at)          -- the axon at 2, half at 4, a spike at 10
        assert.same({ { 1, 1 }, { 1, 1 } }, { p.k:table(), p.h:table() })
        assert.equal(14, net.t - start)
        net:remove(p)
        net:run(20)
        net:reset()
      end
    end)

    it("read traces as they are when they act", function()
      local rule = lp.synapse { parameters = "tau = 10", equations = "tau * dx/dt = -x : event-driven\ntau * dy/dt = 0.5 - y : event-driven\na = a : init = 0\nb = b : init = 0",
        pre_spike = { mark = "x += 1 ; y += 1", ask = "a = x ; b = y" } }
      for _, delays in ipairs { { mark = 1, ask = 4 }, { mark = { 1, 1, 2, 2 }, ask = { 4, 4, 5, 5 } } } do
        local net, pre, post = network { tier = tier }
        local p = net:project { from = pre, to = post, connect = lp.all_to_all(), synapse = rule, delays = delays }
        net:run(15)
        local arrived = type(delays.mark) == "number" and { 3.5, 4.5 } or { 3.5, 3.5, 5.5, 5.5 }
        assert.equal(#arrived, #p.b)
        for k = 1, #arrived do
          assert.near(math.exp(-0.3), p.a[k], 1e-12)
          local y = 0.5 - 0.5*math.exp(-arrived[k]/10) + 1
          assert.near(0.5 + (y - 0.5)*math.exp(-0.3), p.b[k], 1e-12)
        end
      end
    end)
  end)
end

describe("pathways", function()
  local Cell = lp.neuron { parameters = "tau = 10", equations = "tau * dv/dt = 1.2 - v + g_exc + 0.3*xi*sqrt(tau) : init = Uniform(0, 1)", spike = "v > 1", reset = "v = 0",
    refractory = 2, events = { up = { when = "v > 0.7 and t - t_up > 4" } } }
  local Rule = lp.synapse { parameters = "tau = 20", equations = "tau * dx/dt = -x : event-driven\ntau * dy/dt = -y : event-driven",
    pre_spike = { send = "g_target += w", learn = "x += 1 ; w = clip(w - 0.001*y + 0.0001*Uniform(0, 1), 0, 1)" },
    post_spike = "y += 1 ; w = clip(w + 0.001*x, 0, 1) ; post.seen += 1",
    on = { post_up = "x *= 0.9" } }

  local function busy(opt)
    local net = lp.network { dt = 0.5, seed = 9, tier = opt.tier, threads = opt.threads }
    local cells = net:population { name = "cells", size = 200, neuron = Cell:extend { parameters = { seen = 0 }, equations = "s = seen" } }
    local p = net:project { name = "p", from = cells:slice(1, 150), to = cells, target = "exc", connect = lp.fixed_probability(0.1), weights = lp.uniform(0, 0.02),
      synapse = opt.rule or Rule, delays = opt.delays }
    return net, cells, p
  end

  local function bits(net)
    local cells, p = net.populations[1], net.projections[1]
    return { cells.v:table(), cells.seen:table(), p.w:table(), p.x:table(), p.y:table(), net.t }
  end

  local ways = { mixed = { send = lp.uniform(0.5, 5), learn = 4, post_spike = 1 }, one = { send = 1, learn = 4, post_spike = 2, post_up = 1.5 },
    many = { send = lp.uniform(0.5, 5), learn = lp.uniform(0.5, 8), post_spike = lp.uniform(0, 6), post_up = "0.5*abs(i - j)/20" } }
  for name, delays in pairs(ways) do
    it("give the same bits for any threads and in both tiers, delays: " .. name, function()
      local net = busy { tier = "interpreter", threads = 1, delays = delays }
      net:run(30)
      local wanted = bits(net)
      for _, opt in ipairs { { tier = "native", threads = 1 }, { tier = "interpreter", threads = 3 }, { tier = "native", threads = 2 } } do
        opt.delays = delays
        local other = busy(opt)
        if opt.threads == 3 then other._core:split(7) end
        other:run(30)
        assert.same(wanted, bits(other))
      end
    end)

    it("go on from a stored state and from a file to the bit, delays: " .. name, function()
      local net, _, p = busy { tier = "interpreter", delays = delays, rule = Rule:extend { pruning = "w < 0.002" } }
      p:start_pruning { every = 5 }
      net:run(12)
      net:store()
      local file = os.tmpname() .. ".h5"
      net:save(file)
      net:run(12)
      local wanted, size = bits(net), p.size
      net:restore()
      net:run(12)
      assert.same(wanted, bits(net))
      local loaded = lp.load(file)
      os.remove(file)
      assert.same(loaded.projections[1].pathways.learn.delay, type(delays.learn) == "number" and 4 or nil)
      loaded:run(12)
      assert.same(wanted, bits(loaded))
      assert.equal(size, loaded.projections[1].size)
    end)
  end

  it("keep the delays of each synapse where some come and go; new ones have the shortest", function()
    local net, pre, post = network {}
    local p = net:project { from = pre, to = post, target = "exc", connect = lp.pairs({ 1, 1, 2 }, { 1, 2, 1 }), synapse = Notes,
      delays = { plasticity = { 2, 3, 5 }, post_spike = { 4, 0, 1 } } }
    assert.same({ 2, 3, 5 }, p.pathways.plasticity.delays:table())
    p:prune { 2 }
    p:create_synapse(2, 2, 0.5)
    assert.same({ { 2, 5, 1 }, { 4, 1, 0 } }, { p.pathways.plasticity.delays:table(), p.pathways.post_spike.delays:table() })
    net:run(12)
    assert.same({ { 4.5, 8.5, 4.5 }, { 10, 7, 6 } }, { p.learnt:table(), p.back:table() })
    p:reset()
    assert.same({ 2, 5, 1 }, p.pathways.plasticity.delays:table())
  end)

  it("share the delays of the projection where they have none, or the same", function()
    local net, pre, post = network {}
    local function project(delays) return net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), synapse = Notes, delays = delays } end
    local p, q, r = project(3), project { transmission = 3, plasticity = 3 }, project { plasticity = 3 }
    for _, one in ipairs { p, q } do assert.same({ 3, 3, 0 }, { one.pathways.transmission.delay, one.pathways.plasticity.delay, one.pathways.post_spike.delay }) end
    assert.is_nil(rawget(q, "_own_delays"))
    assert.same({ 1, 3, 3, 3 }, { r.pathways.transmission.delay, r.pathways.plasticity.delay, r.pathways.plasticity.delays[1], r.pathways.plasticity.delays[4] })
    local s = project { transmission = lp.uniform(1, 5) }
    assert.same({ s.delays:table(), 1 }, { s.pathways.transmission.delays:table(), s.pathways.plasticity.delay })
    assert.same({ "pre", "spike", "post" }, { s.pathways.plasticity.side, s.pathways.plasticity.event, s.pathways.post_spike.side })
  end)

  it("rest where they change weights and learning is off, and are told", function()
    local net, pre, post = network {}
    local rule = lp.synapse { pre_spike = { send = "g_target += w", learn = "w += 1" }, post_spike = "w += 10" }
    local p = net:project { from = pre, to = post, target = "exc", connect = lp.one_to_one(), synapse = rule, delays = { learn = 2, post_spike = { 1, 2 } } }
    assert.truthy(tostring(p):find("delay 1 ms, learn 2 ms, post_spike 1 .. 2 ms", 1, true), tostring(p))
    assert.truthy(tostring(net:explain()):find("delay 1 ms, learn 2 ms, post_spike 1 .. 2 ms", 1, true))
    assert.truthy(tostring(rule):find("pre_spike.learn\n    w += 1", 1, true), tostring(rule))
    p:disable_learning()
    net:run(10)
    assert.same({ 1, 1 }, p.w:table())
    p:enable_learning()
    net:run(30)
    assert.same({ 12, 11 }, p.w:table())
  end)

  it("are refused where they can mean nothing", function()
    local net, pre, post = network {}
    local function project(delays, rule) return net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), synapse = rule or Notes, delays = delays } end
    refused("delays: unknown pathway 'plastic': did you mean 'plasticity'?", project, { plastic = 3 })
    refused("plasticity must", project, { plasticity = -1 })
    refused("delays must be at least 0, got -2", project, { post_spike = { 1, -2, 3, 4 } })
    refused("plasticity", project, { plasticity = { 1, 2, 3 } })
    refused("unknown pathway 'psp'", project, { psp = 1 }, lp.models.static)
    project { plasticity = 3 }
    refused("has pathways with delays of their own: the format has one delay for a synapse", lp.to_sonata, net, os.tmpname() .. ".json")
    refused("is set when the projection is made", function() project(1).pathways = 3 end)
    refused("there are two pathways named 'pre_spike'", lp.synapse, { pre_spike = "w += 1", post_spike = { pre_spike = "w -= 1" } })
    refused("'1x' is no name of a pathway", lp.synapse, { pre_spike = { ["1x"] = "w += 1" } })
    refused("spikes of the pre neuron arrive by several pathways: the time of which of them is meant?", project, nil,
      lp.synapse { equations = "a = a", pre_spike = { one = "g_target += w", two = "a = 1" }, post_spike = "a = t - t_pre" })
    refused("pre_spike.two, line 1: unknown name 'b'", lp.synapse, { pre_spike = { one = "w += 1", two = "w += b" } })
    local line = net:population { geometry = { 4 }, neuron = Counting }
    refused("one delay for all expected", net.project, net, { from = line, to = net:population { geometry = { 4 }, neuron = Counting },
      target = "exc", connect = lp.convolution { 1, 2, 1 }, delays = { pre_spike = { 1, 2 } }, synapse = lp.models.static })
  end)
end)
