--- Populations with a time step of their own: the order of ticks, arrivals across clocks, events and recordings on each.
local lp = require "lunapse"

local LISTENER = lp.neuron { equations = "seen = g_exc" }
local CLOCK = lp.neuron { equations = "dv/dt = 1 : init = 0" }
local TIMED = lp.neuron { equations = "when = t" }

local function near(expected, value, tolerance)
  assert(math.abs(expected - value) <= (tolerance or 1e-9) * math.max(1, math.abs(expected)), ("expected %.17g, got %.17g"):format(expected, value))
end

local function all_near(expected, values, tolerance)
  assert.are.equal(#expected, #values)
  for k = 1, #expected do near(expected[k], values[k], tolerance) end
end

--- { { t, value }, ... } where a recorded column is not zero.
local function events(r, name)
  local list, t, x = {}, r.t, r[name]
  for k = 1, #t do
    if x[k][1] ~= 0 then list[#list + 1] = ("%.6g: %g"):format(t[k], x[k][1]) end
  end
  return table.concat(list, ", ")
end

describe("ticks", function()
  it("every population moves with its own step to the same time", function()
    for _, steps in ipairs { { 0.1, 1 }, { 1, 0.1 }, { 0.3, 0.2 }, { 0.1, 1000 / 44100 } } do
      local net = lp.network { dt = steps[1] }
      local a, b = net:population { size = 1, neuron = CLOCK }, net:population { size = 1, neuron = CLOCK, dt = steps[2] }
      net:run(60)
      near(60, a.v[1], steps[1] / 60 + 1e-9)
      near(60, b.v[1], steps[2] / 60 + 1e-9)
      assert.is_true(a.v[1] > 60 - 1e-9 and b.v[1] > 60 - 1e-9)
    end
  end)
  it("t is the time of the population's own step", function()
    local net = lp.network { dt = 0.3 }
    local a, b = net:population { size = 1, neuron = TIMED }, net:population { size = 1, neuron = TIMED, dt = 0.2 }
    local r, s = net:record(a, "when"), net:record(b, "when")
    net:run(1.2)
    all_near({ 0, 0.3, 0.6, 0.9 }, r.when:column(1))
    all_near({ 0, 0.2, 0.4, 0.6, 0.8, 1 }, s.when:column(1))
    all_near({ 0.3, 0.6, 0.9, 1.2 }, r.t)
    all_near({ 0.2, 0.4, 0.6, 0.8, 1, 1.2 }, s.t)
  end)
  it("at one time are one, without drift over many steps", function()
    local net = lp.network { dt = 0.1 }
    local a = net:population { size = 1, neuron = lp.neuron { equations = "n = n + 1 : init = 0, local" } }
    local b = net:population { size = 1, neuron = lp.neuron { equations = "n = n + 1 : init = 0, local" }, dt = 0.3 }
    net:run(30000)
    assert.are.equal(300000, a.n[1])
    assert.are.equal(100000, b.n[1])
    near(30000, net.t)
  end)
  it("the network's time goes on evenly, whatever ticks", function()
    local net = lp.network { dt = 0.1 }
    net:population { size = 1, neuron = CLOCK, dt = 1 }
    net:step()
    near(0.1, net.t)
    net:step()
    near(0.2, net.t)
    net:run(0.85)
    near(1.1, net.t)                     -- ticks at 0.2 .. 1.0
    net:run(2)
    near(3.1, net.t)
  end)
  it("a network whose own step is the long one", function()
    local net = lp.network { dt = 1 }
    local b = net:population { size = 1, neuron = CLOCK, dt = 0.25 }
    net:run(0.5)
    near(0.5, net.t)
    near(0.5, b.v[1])
    net:run(1)
    near(1.5, net.t)
    near(1.5, b.v[1])
  end)
  it("clocks added between runs begin at the present", function()
    local net = lp.network { dt = 0.1 }
    local a = net:population { size = 1, neuron = CLOCK }
    net:run(1)
    local b = net:population { size = 1, neuron = TIMED, dt = 0.5 }
    local r = net:record(b, "when")
    net:run(1)
    all_near({ 1, 1.5 }, r.when:column(1))
    all_near({ 1.5, 2 }, r.t)
    near(2, a.v[1])
  end)
  it("equal steps are one clock", function()
    local net = lp.network { dt = 0.1 }
    assert.are.equal(net:population({ size = 1, neuron = CLOCK, dt = 0.1 })._clock, net:population({ size = 1, neuron = CLOCK })._clock)
    assert.are.equal(net:population({ size = 1, neuron = CLOCK, dt = 0.2 })._clock, net:population({ size = 1, neuron = CLOCK, dt = 0.2 })._clock)
  end)
  it("refractory steps and periods count on the population's clock", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, dt = 0.5, neuron = lp.neuron { equations = "v = 1", spike = "v >= 1", refractory = 1 } }
    local s = net:record(p, "spike")
    net:run(5)
    all_near({ 0, 1.5, 3, 4.5 }, s.t)
    assert.are.same({ 0, 3, 6, 9 }, s.step:table())
  end)
  it("rates are over the window, whatever the step", function()
    local net = lp.network { dt = 0.1 }
    local p = net:spike_source { size = 1, dt = 0.5, spikes = { { 1, 2, 3 } } }
    p:compute_rate(2)
    local r = net:record(p, "r")
    net:run(5)
    all_near({ 0, 0, 500, 500, 1000, 1000, 1000, 1000, 500, 500 }, r.r:column(1))
  end)
end)

describe("spikes between clocks", function()
  --- When `post` hears spikes at `times`.
  local function arrivals(pre_dt, post_dt, times, delay, duration)
    local net = lp.network { dt = 0.1 }
    local source = net:spike_source { size = 1, spikes = { times }, dt = pre_dt }
    local post = net:population { size = 1, neuron = LISTENER, dt = post_dt }
    net:project { from = source, to = post, target = "exc", connect = lp.all_to_all(), delays = delay }
    local r = net:record(post, "seen")
    net:run(duration or 6)
    return events(r, "seen")
  end

  -- A step of the receiver that begins at T shows what arrived in its row at T + dt.
  it("fast to slow: the first tick at or after, never before the next", function()
    assert.are.equal("2: 1", arrivals(0.1, 1, { 0 }))          -- the tick at 0 has begun: the one at 1
    assert.are.equal("2: 1", arrivals(0.1, 1, { 0.1 }))
    assert.are.equal("2: 1", arrivals(0.1, 1, { 0.9 }))
    assert.are.equal("3: 1", arrivals(0.1, 1, { 1 }))
    assert.are.equal("3: 1", arrivals(0.1, 1, { 0.5 }, 1))     -- 1.5: the tick at 2
    assert.are.equal("3: 1", arrivals(0.1, 1, { 0.5 }, 1.5))   -- 2.0, on the dot
    assert.are.equal("4: 1", arrivals(0.1, 1, { 0.5 }, 1.6))
  end)
  it("slow to fast", function()
    assert.are.equal("1.2: 1", arrivals(1, 0.1, { 1 }))        -- the tick after 1.0 is 1.1
    assert.are.equal("1.2: 1", arrivals(1, 0.1, { 1 }, 0))
    assert.are.equal("1.4: 1", arrivals(1, 0.1, { 1 }, 0.25))  -- 1.25: the tick at 1.3
    assert.are.equal("1.4: 1", arrivals(1, 0.1, { 1 }, 0.3))
    assert.are.equal("3.6: 1", arrivals(1, 0.1, { 1 }, 2.5))
  end)
  it("steps that share no multiple near", function()
    -- pre ticks 0, 0.3, 0.6, 0.9, 1.2; post ticks 0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2
    assert.are.equal("0.6: 1", arrivals(0.3, 0.2, { 0.3 }))    -- the tick at 0.4
    assert.are.equal("1: 1", arrivals(0.3, 0.2, { 0.6 }))      -- both tick at 0.6: the next is 0.8
    assert.are.equal("0.8: 1", arrivals(0.3, 0.2, { 0.3 }, 0.3))   -- 0.6
    assert.are.equal("1: 1", arrivals(0.3, 0.2, { 0.3 }, 0.4))     -- 0.7: the tick at 0.8
  end)
  it("several of one neuron in one step of the receiver all act", function()
    assert.are.equal("2: 5, 3: 1", arrivals(0.1, 1, { 0, 0.2, 0.4, 0.6, 0.8, 1.0 }))
    assert.are.equal("3: 2, 4: 1", arrivals(0.1, 1, { 0.8, 0.9, 1.3 }, 1.1))
  end)
  it("in the order in which they arrive, then of the neurons", function()
    local net = lp.network { dt = 0.1 }
    local source = net:spike_source { size = 3, neuron = { 3, 1, 2, 1 }, t = { 0.1, 0.2, 0.3, 0.4 } }
    local post = net:population { size = 1, dt = 1, neuron = lp.neuron { parameters = { x = 0 }, equations = "y = x" } }
    net:project { from = source, to = post, connect = lp.all_to_all(), weights = { 1, 2, 3 }, synapse = lp.synapse { pre_spike = "post.x = 10 * post.x + w" } }
    net:run(3)
    -- In one step: each neuron once, in their order, then what came twice.
    assert.are.equal(1231, post.x[1])
  end)
  it("many at random: as counted by hand", function()
    local net = lp.network { dt = 0.1, seed = 4 }
    local source = net:poisson { size = 20, rates = 400 }
    local post = net:population { size = 1, neuron = LISTENER, dt = 0.7 }
    net:project { from = source, to = post, target = "exc", connect = lp.all_to_all(), delays = 1.3 }
    local s, r = net:record(source, "spike"), net:record(post, "seen")
    net:run(140)
    local expected, total = {}, 0
    for k = 1, #r.t do expected[k] = 0 end
    for k = 1, s:count() do
      local row = math.ceil((s.step[k] * 0.1 + 1.3) / 0.7 - 1e-6) + 1
      if row <= #expected then
        expected[row] = expected[row] + 1
        total = total + 1
      end
    end
    assert.is_true(total > 900)
    all_near(expected, r.seen:column(1))
  end)
  it("from a view, onto a view", function()
    local net = lp.network { dt = 0.1 }
    local source = net:spike_source { size = 4, spikes = { { 0.1 }, { 0.2 }, { 0.3 }, { 0.4 } } }
    local post = net:population { size = 3, neuron = LISTENER, dt = 1 }
    net:project { from = source:slice(2, 3), to = post:slice(2, 3), target = "exc", connect = lp.all_to_all(), weights = { 1, 2, 4, 8 } }
    local r = net:record(post, "seen")
    net:run(2)
    assert.are.same({ { 0, 0, 0 }, { 0, 5, 10 } }, r.seen:table())
  end)
end)

describe("events between clocks", function()
  local function pair(pre_dt, post_dt, pre_spikes, post_spikes)
    local net = lp.network { dt = 0.1 }
    local pre = net:spike_source { size = 1, spikes = { pre_spikes }, dt = pre_dt }
    local post = net:spike_source { size = 1, spikes = { post_spikes }, dt = post_dt }
    local p = net:project { from = pre, to = post, connect = lp.all_to_all(), weights = { 0 }, synapse = lp.synapse { parameters = { tau = 10 },
      equations = "tau * dx/dt = -x : event-driven", pre_spike = "x += 1", post_spike = "w += x" } }
    net:run(20)
    return p.w[1]
  end

  it("a pre spike acts in the middle of the receiver's step, a post spike at its end", function()
    -- The pre spike of 1.2 acts in the step that begins at 2, that is at 2.5; post spikes of step 4 at 5, of step 2 at 3.
    near(math.exp(-2.5 / 10), pair(0.1, 1, { 1.2 }, { 4 }))
    near(math.exp(-0.5 / 10), pair(0.1, 1, { 1.2 }, { 2 }))
    near(0, pair(0.1, 1, { 1.2 }, { 1 }))
    -- The pre spike of 1 acts in the step that begins at 1.1.
    near(math.exp(-(3.1 - 1.15) / 10), pair(1, 0.1, { 1 }, { 3 }))
    near(math.exp(-(1.2 - 1.15) / 10), pair(1, 0.1, { 1 }, { 1.1 }))
  end)
  it("traces are read at the present by scripts, on either clock", function()
    local net = lp.network { dt = 0.1 }
    local pre = net:spike_source { size = 1, spikes = { { 0.3 } } }
    local post = net:spike_source { size = 1, dt = 1 }
    local p = net:project { from = pre, to = post, connect = lp.all_to_all(), synapse = lp.synapse { parameters = { tau = 10 },
      equations = "tau * dx/dt = -x : event-driven", pre_spike = "x += 1" } }
    net:run(4)
    near(math.exp(-2.5 / 10), p.x[1])             -- the event was at 1.5
    net:run(0.5)                                  -- the synapses' step from 4 to 5 has been done
    near(math.exp(-3.5 / 10), p.x[1])
    near(4.5, net.t)
  end)
end)

describe("operations and recordings beside other clocks", function()
  it("functions are called on the network's clock", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, neuron = CLOCK, dt = 0.4 }
    local seen = {}
    net:every(0.4, function(t) seen[#seen + 1] = ("%.2g:%.2g"):format(t, p.v[1]) end)
    net:run(1.2)
    assert.are.equal("0.4:0.4 0.8:0.8 1.2:1.2", table.concat(seen, " "))
  end)
  it("texts run on the clock of what they act on", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, neuron = CLOCK, dt = 0.5 }
    local o = p:run_regularly("v = 10 * t", { every = 1 })
    local r = net:record(p, "v")
    net:run(2)
    all_near({ 0.5, 10, 10.5, 20 }, r.v:column(1))
    assert.are.equal(2, o.calls)
  end)
  it("a recording's period counts on its clock", function()
    local net = lp.network { dt = 0.1 }
    local a, b = net:population { size = 1, neuron = CLOCK }, net:population { size = 1, neuron = CLOCK, dt = 0.5 }
    local r, s = net:record(a, "v", { every = 0.3 }), net:record(b, "v", { every = 0.7 })
    net:run(3)
    all_near({ 0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1, 2.4, 2.7, 3 }, r.t)
    all_near({ 1, 1.5, 2.5, 3 }, s.t)              -- the first step at or after 0.7, 1.4, 2.1, 2.8
    all_near({ 1, 1.5, 2.5, 3 }, s.v:column(1))
  end)
  it("spikes are recorded with the times of their clock", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, dt = 1000 / 44100, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0", spike = "v >= 1", reset = "v = 0" } }
    local s = net:record(p, "spike")
    net:run(10)
    assert.are.same({ 44, 89, 134, 179, 224, 269, 314, 359, 404 }, s.step:table())
    all_near({ 44000 / 44100, 89000 / 44100 }, s.t:slice(1, 2))
  end)
  it("a stop ends every clock at the present", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, neuron = CLOCK, dt = 1 }
    net:at(2.5, function() net:stop() end)
    net:run(10)
    near(2.5, net.t)
    near(3, p.v[1])
    net:run(0.5)
    near(3, p.v[1])
    net:run(0.1)
    near(4, p.v[1])
  end)
end)
