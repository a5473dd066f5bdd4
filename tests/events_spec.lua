--- Events beside spikes: when they happen, what they do to their neurons and to synapses, and what is recorded of them.
local lp = require "lunapse"
local refused = require "tests.refused"

-- v climbs by 1 in every step of 1 ms: it is 5 after the step that begins at 4, and 11 after that at 10, where it is put to 0.
local Ramp = lp.neuron { name = "Ramp", equations = "v += 1 : init = 0\nseen = seen + 0 : init = 0\nlast = t_half", spike = "v > 10", reset = "v = 0",
  events = { half = { when = "v == 5", effect = "seen += 1" }, late = "v == 7 and t - t_late > 15" } }
local Post = lp.neuron { equations = "x = g_exc\nc = c + 0 : init = 0", spike = "x > 4.5", reset = "c += 100" }

local function ramps(opt)
  local net = lp.network { dt = 1, tier = opt.tier, threads = opt.threads, seed = 3 }
  local a = net:population { name = "a", size = opt.n or 1, neuron = opt.neuron or Ramp }
  return net, a
end

--- Times of the events of one neuron.
local function times(r, neuron) return r.t:take(r.neuron:eq(neuron):find()):table() end

--- Steps in which a recorded variable of the first neuron is not 0, and its values there.
local function marks(r, name)
  local at, values = {}, {}
  for k, value in ipairs(r[name]:column(1):table()) do
    if value ~= 0 then at[#at + 1], values[#values + 1] = k - 1, value end
  end
  return at, values
end

for _, tier in ipairs { "interpreter", "native" } do
  describe("events, " .. tier .. ",", function()
    it("happen by what the equations have left, and act on their neurons", function()
      local net, a = ramps { tier = tier, n = 2 }
      local half, late, spikes = net:record(a, "half", { with = { "v", "seen" } }), net:record(a, "late"), net:record(a, "spike")
      local last = net:record(a, "last", { of = { 1 } })
      net:run(50)
      assert.same({ 10, 21, 32, 43 }, times(spikes, 1))
      assert.same({ 4, 15, 26, 37, 48 }, times(half, 1))
      assert.same({ 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 }, half.neuron:table())
      assert.same({ 5, 5 }, { half.v:min(), half.v:max() })
      assert.same({ 0, 0, 1, 1, 2, 2, 3, 3, 4, 4 }, half.seen:table())          -- as the event finds it
      assert.same({ 6, 28 }, times(late, 2))                              -- not at 17 and 39, within 15 ms
      assert.equal(5, a.seen[1])
      assert.equal(48, a.t_half[2])
      assert.same({ -1e9, 4, 4 }, { last.last[5][1], last.last[6][1], last.last[15][1] })
    end)

    it("see what the equations left where a spike changes it, and act behind its reset", function()
      local net, a = ramps { tier = tier, neuron = lp.neuron { equations = "v += 1 : init = 0", spike = "v > 3", reset = "v = 0",
        events = { both = { when = "v > 3", effect = "v += 0.5" }, again = { when = "v > 3", effect = "v *= 2" } } } }
      local both, v = net:record(a, "both", { with = "v" }), net:record(a, "v")
      net:run(6)
      assert.same({ 3 }, both.t:table())
      assert.same({ 4 }, both.v:table())
      assert.same({ 1, 2, 3, 0.5, 1.5, 2.5 }, v.v:column(1):table())            -- reset, then again, then both: by their names
    end)

    it("have a condition that reads what arrived, means over the population and random numbers", function()
      local net = lp.network { dt = 1, tier = tier, seed = 1 }
      local source = net:spike_source { size = 1, neuron = { 1, 1 }, t = { 2, 6 } }
      local cells = net:population { size = 4, neuron = lp.neuron { equations = "u = i + 0*g_exc",
        events = { hit = "g_exc > 1.5", above = "u > mean(u)", lucky = "Uniform(0, 1) < 0.25" } } }
      net:project { from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = { 1, 2, 1, 2 } }
      local hit, above, lucky = net:record(cells, "hit"), net:record(cells, "above"), net:record(cells, "lucky")
      net:run(400)
      assert.same({ { 3, 3, 7, 7 }, { 2, 4, 2, 4 } }, { hit.t:table(), hit.neuron:table() })
      assert.same({ 3, 4 }, { above.neuron:min(), above.neuron:max() })
      assert.equal(800, above:count())
      assert.near(400, lucky:count(), 4 * math.sqrt(300))                       -- 1600 draws of 1/4
    end)

    it("reach synapses from both sides, in the phases of spikes, with the delays of the projection", function()
      local there = lp.synapse { equations = "heard = heard : init = -1\nat = at : init = -1", pre_spike = "g_target += w",
        on = { pre_half = "g_target += 10*w ; heard = t ; at = pre.t_half" } }
      local back = lp.synapse { equations = "felt = felt : init = -1", on = { post_half = "felt = t ; w += 0.5" } }
      local net, a = ramps { tier = tier }
      local b = net:population { size = 1, neuron = Post }
      local p = net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), synapse = there, delays = 3 }
      local q = net:project { from = b, to = a, connect = lp.all_to_all(), synapse = back }
      local x, posts = net:record(b, "x"), net:record(b, "spike")
      net:run(20)
      local at, values = marks(x, "x")
      assert.same({ { 7, 13, 18 }, { 10, 1, 10 } }, { at, values })
      assert.same({ 7, 18 }, posts.t:table())
      assert.same({ 18.5, 15 }, { p.heard[1], p.at[1] })                        -- arrivals lie in the middle of a step
      assert.same({ 16, 2 }, { q.felt[1], q.w[1] })                             -- post events at the end of theirs
    end)

    it("keep delays of their synapses' own, and reach parts of populations", function()
      local net, a = ramps { tier = tier, n = 4 }
      local b = net:population { size = 3, neuron = Post }
      local rule = lp.synapse { equations = "", on = { pre_half = "g_target += w" } }
      net:project { from = a:slice(2, 3), to = b:select { 1, 3 }, target = "exc", connect = lp.all_to_all(), synapse = rule, delays = { 1, 2, 4, 6 }, weights = { 1, 2, 3, 4 } }
      local x = net:record(b, "x")
      net:run(14)
      local found = {}
      for step = 1, 14 do
        for neuron = 1, 3 do
          if x.x[step][neuron] ~= 0 then found[#found + 1] = { step - 1, neuron, x.x[step][neuron] } end
        end
      end
      assert.same({ { 5, 1, 1 }, { 6, 3, 2 }, { 8, 1, 3 }, { 10, 3, 4 } }, found)
    end)

    it("go from clock to clock, those of axons too", function()
      local net = lp.network { dt = 1, tier = tier }
      local model = lp.neuron { equations = "v += 1 : init = 0", spike = "v > 10", reset = "v = 0", axon_spike = "v == 3", events = { half = "v == 5" } }
      local a = net:population { size = 1, neuron = model, dt = 1 }
      local slow = net:population { size = 1, neuron = lp.neuron { equations = "c = c + g_exc : init = 0" }, dt = 2 }
      local fast = net:population { size = 1, neuron = lp.neuron { equations = "c = g_exc" }, dt = 0.5 }
      local rule = lp.synapse { equations = "", pre_spike = "g_target += w", on = { pre_half = "g_target += 10*w" } }
      net:project { from = a, to = slow, target = "exc", connect = lp.all_to_all(), synapse = rule, delays = 2 }
      net:project { from = a, to = fast, target = "exc", connect = lp.all_to_all(), synapse = rule, delays = 2 }
      local c, f = net:record(slow, "c"), net:record(fast, "c")
      net:run(14)
      assert.same({ 0, 0, 1, 11, 11, 11, 12 }, c.c:column(1):table())           -- sent at 2, 4 and 10: in the steps that begin at 4, 6 and 12
      assert.same({ { 8, 12, 24 }, { 1, 10, 1 } }, { marks(f, "c") })
    end)

    it("move traces that other events read", function()
      local rule = lp.synapse { parameters = "tau = 10", equations = "tau * dx/dt = -x : event-driven", pre_spike = "x += 1",
        on = { pre_half = "x += 2", post_half = "w = x ; a = t - t_pre : init = 0" } }
      local net, a = ramps { tier = tier }
      local b = net:population { size = 1, neuron = Ramp }
      b.v = -6                                                                    -- half at 10 and 21, spikes at 16
      local p = net:project { from = a, to = b, connect = lp.all_to_all(), synapse = rule }
      net:run(22)
      -- arrivals at 5.5 (2), 11.5 (1), 16.5 (2); the last post event at 22
      assert.near(2*math.exp(-1.65) + math.exp(-1.05) + 2*math.exp(-0.55), p.w[1], 1e-12)
      assert.near(10.5, p.a[1], 1e-12)
    end)
  end)
end

describe("events", function()
  local function busy(opt)
    local net = lp.network { dt = 0.5, seed = 9, tier = opt.tier, threads = opt.threads }
    local model = lp.neuron { parameters = "tau = 10", equations = "tau * dv/dt = 1.2 - v + g_exc + 0.3*xi*sqrt(tau) : init = Uniform(0, 1)", spike = "v > 1", reset = "v = 0",
      refractory = 2, axon_spike = "v > 0.9 and Uniform(0, 1) < 0.1", events = { up = { when = "v > 0.7 and t - t_up > 4", effect = "v += 0.02" } } }
    local rule = lp.synapse { parameters = "tau = 20", equations = "tau * dx/dt = -x : event-driven\ntau * dy/dt = -y : event-driven", pre_spike = "g_target += w",
      on = { pre_up = "x += 1 ; w = clip(w - 0.001*y, 0, 1)", post_up = "y += 1 ; w = clip(w + 0.001*x, 0, 1)" } }
    local cells = net:population { size = 300, neuron = model }
    local p = net:project { from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.1), weights = lp.uniform(0, 0.02), synapse = rule,
      delays = opt.delays }
    local r = net:record(cells, "up", { with = "v" })
    return net, cells, p, r
  end

  local function bits(net, cells, p, r)
    return { cells.v:table(), cells.t_up:table(), p.w:table(), p.x:table(), p.y:table(), r.t:table(), r.neuron:table(), r.v:table(), net.t }
  end

  for name, delays in pairs { ["one delay"] = 1.5, ["delays of their own"] = lp.uniform(0.5, 5) } do
    it("give the same bits for any threads and in both tiers, with " .. name, function()
      local net, cells, p, r = busy { tier = "interpreter", threads = 1, delays = delays }
      net:run(40)
      local wanted = bits(net, cells, p, r)
      assert.truthy(r:count() > 300)
      for _, opt in ipairs { { tier = "native", threads = 1 }, { tier = "interpreter", threads = 3 }, { tier = "native", threads = 2 } } do
        opt.delays = delays
        local other, others, q, s = busy(opt)
        other:run(40)
        assert.same(wanted, bits(other, others, q, s))
      end
    end)
  end

  it("go on from a stored state and from a file to the bit", function()
    local net, cells, p, r = busy { tier = "interpreter", delays = lp.uniform(0.5, 5) }
    net:run(15)
    net:store()
    local file = os.tmpname() .. ".h5"
    net:save(file)
    net:run(15)
    local wanted = bits(net, cells, p, r)
    net:restore()
    net:run(15)
    assert.same(wanted, bits(net, cells, p, r))
    local loaded = lp.load(file)
    os.remove(file)
    loaded:run(15)
    assert.same(wanted, bits(loaded, loaded.populations[1], loaded.projections[1], loaded.recordings[1]))
  end)

  it("are the parts of a model, which can be read and extended", function()
    assert.same({ half = { when = "v == 5", effect = "seen += 1" }, late = { when = "v == 7 and t - t_late > 15" } }, Ramp.events)
    local more = Ramp:extend { events = { half = "v == 4", early = "v == 1" } }
    assert.same({ half = { when = "v == 4" }, late = { when = "v == 7 and t - t_late > 15" }, early = { when = "v == 1" } }, more.events)
    assert.is_nil(lp.neuron { equations = "v = 1", events = { a = "v > 0" } }:extend { events = false }.events)
    local rule = lp.synapse { equations = "x = x", on = { pre_half = "w += x", post_half = "w -= x" } }
    assert.equal("w += x", rule.on.pre_half.text)
    assert.equal("w += x\nw = 0", rule:extend { on = { pre_half = rule.on.pre_half + "w = 0" } }.on.pre_half.text)
    assert.equal("w += 2", rule:extend { parameters = "k = 1", on = { pre_half = "w += k" } }:replace { k = 2 }.on.pre_half.text)
  end)

  it("are refused where they can mean nothing", function()
    local function neuron(events, more)
      return lp.neuron { equations = more or "v = 1", spike = "v > 2", events = events }
    end
    refused("it is a string", neuron, "v > 2")
    refused("'spike' is an event already", neuron, { spike = "v > 1" })
    refused("an event cannot be named 'last': t_last is the time of the last spike in ms", neuron, { last = "v > 1" })
    refused("'v' is a variable too", neuron, { v = "v > 1" })
    refused("it has an entry named 'whem'\n    did you mean 'when'?", neuron, { burst = { when = "v > 1", whem = "v > 1" } })
    refused("it is not said when it happens", neuron, { burst = { effect = "v = 1" } })
    refused("events.burst: unknown name 'w'", neuron, { burst = "w > 1" })
    refused("burst is a number, a condition is expected", neuron, { burst = "v + 1" })
    refused("'t_burst' cannot be assigned: it is given, the time of the last burst", neuron, { burst = { when = "v > 1", effect = "t_burst = 0" } })
    refused("unknown name 't_burts'\n    t_burts > 3\n    ^~~~~~~  did you mean 't_burst'?", neuron, { burst = "t_burts > 3" })
    refused("unknown event 'burst'", lp.synapse, { on = { burst = "w += 1" } })
    refused("'pre_spike' is a part of its own", lp.synapse, { on = { pre_spike = "w += 1" } })
    refused("events and what they do are expected", lp.synapse, { on = "w += 1" })
    local net, a = ramps { n = 2 }
    refused("synapses 'synapse' act at 'pre_halb', but population 'a' has no such event: unknown event 'halb': did you mean 'half'?", net.project, net,
      { from = a, to = a, connect = lp.all_to_all(), synapse = lp.synapse { on = { pre_halb = "w += 1" } } })
    refused("'half' is recorded by itself", net.record, net, a, { "half", "v" })
    refused("unknown variable 'halb': did you mean 'half'?", net.record, net, a, "halb")
    refused("has no 't_halb'", net.project, net, { from = a, to = a, connect = lp.all_to_all(), synapse = lp.synapse { pre_spike = "w = pre.t_halb" } })
  end)

  it("are told by what tells about networks", function()
    local net, a = ramps { n = 2 }
    local r = net:record(a, "half")
    net:project { from = a, to = a, connect = lp.all_to_all(), synapse = lp.synapse { on = { pre_half = "w += 1", post_late = "w += 1" } } }
    net:run(5)
    local what = tostring(net:describe())
    assert.truthy(what:find("a: event, each neuron for 'half'", 1, true), what)
    assert.truthy(what:find("a: effect, neurons that had 'late'", 1, true), what)
    assert.truthy(what:find(": pathway, synapses of the pre neurons that had 'half'", 1, true), what)
    assert.truthy(what:find(": pathway_post, synapses of the post neurons that had 'late'", 1, true), what)
    assert.truthy(tostring(r):find("2 events 'half' of 2 neurons", 1, true), tostring(r))
    assert.truthy(tostring(net:explain()):find("on.pre_half\n      w += 1", 1, true))
  end)

  it("go to files as spikes do", function()
    local path = os.tmpname() .. ".h5"
    local net, a = ramps { n = 2 }
    local r = net:record(a, "half", { with = "v", file = path })
    net:run(30)
    assert.same(r.t:table(), lp.read(path, "events/half/a/timestamps"):table())
    assert.same(r.v:table(), lp.read(path, "events/half/a/v"):table())
    os.remove(path)
  end)
end)
