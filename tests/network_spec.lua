--- One step, exactly: when spikes arrive, what acts in which order, what follows a change of a parameter; against values worked out by hand.
local lp = require "lunapse"

--- A neuron that shows what reached it: `seen` holds the input of its last step.
local LISTENER = lp.neuron { equations = "seen = g_exc" }
local TWO_EARS = lp.neuron { equations = "left = g_left; right = g_right" }

--- Rows of a recording at which a column is not zero: { { t, value }, ... }.
local function events(t, rows, column)
  local found = {}
  for k = 1, #t do
    local x = rows[k][column or 1]
    if x ~= 0 then found[#found + 1] = { t[k], x } end
  end
  return found
end

local function assert_events(expected, found)
  local function text(list)
    local words = {}
    for k, e in ipairs(list) do words[k] = ("%.10g: %.10g"):format(e[1], e[2]) end
    return table.concat(words, ", ")
  end
  assert.are.equal(text(expected), text(found))
end

local function near(expected, value, tolerance)
  assert(math.abs(expected - value) <= (tolerance or 1e-12) * math.max(1, math.abs(expected)), ("expected %.17g, got %.17g"):format(expected, value))
end

local function all_near(expected, values, tolerance)
  assert.are.equal(#expected, #values)
  for k = 1, #expected do near(expected[k], values[k], tolerance) end
end

--- What arrives at a listener from spikes at `times` (ms), through synapses made with `opt`.
local function arrivals(times, opt, dt, duration)
  local net = lp.network { dt = dt or 0.1 }
  local source = net:spike_source { size = 1, spikes = { times } }
  local post = net:population { size = 1, neuron = LISTENER }
  opt.from, opt.to, opt.target, opt.connect = source, post, "exc", opt.connect or lp.all_to_all()
  net:project(opt)
  local r = net:record(post, "seen")
  net:run(duration or 5)
  return events(r.t, r.seen)
end

describe("delays", function()
  it("none: the next step", function() assert_events({ { 0.7, 2 } }, arrivals({ 0.5 }, { weights = 2 })) end)
  it("0: the next step", function() assert_events({ { 0.7, 2 } }, arrivals({ 0.5 }, { weights = 2, delays = 0 })) end)
  it("one step", function() assert_events({ { 0.7, 2 } }, arrivals({ 0.5 }, { weights = 2, delays = 0.1 })) end)
  it("of many steps", function() assert_events({ { 1.6, 2 } }, arrivals({ 0.5 }, { weights = 2, delays = 1 })) end)
  it("that are no multiple of dt act in the first step at or after them", function()
    assert_events({ { 0.9, 1 } }, arrivals({ 0.5 }, { delays = 0.25 }))
    assert_events({ { 0.9, 1 } }, arrivals({ 0.5 }, { delays = 0.201 }))
    assert_events({ { 0.9, 1 } }, arrivals({ 0.5 }, { delays = 0.3 }))
  end)
  it("that are multiples but for rounding", function()
    assert_events({ { 0.9, 1 } }, arrivals({ 0.5 }, { delays = 0.1 + 0.2 }))
    assert_events({ { 1.3, 1 } }, arrivals({ 0.5 }, { delays = 0.7 }))
  end)
  it("longer than what was run so far, spikes in the first step", function()
    assert_events({ { 40.1, 1 } }, arrivals({ 0 }, { delays = 40 }, 0.1, 41))
  end)
  it("say how long they are", function()
    local net = lp.network { dt = 0.1 }
    local a = net:spike_source { size = 2 }
    local b = net:population { size = 2, neuron = LISTENER }
    local function delay(d) return net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), delays = d }.delay end
    near(0.1, delay(nil))
    near(0.1, delay(0))
    near(0.3, delay(0.25))
    near(2, delay(2))
    local p = net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), delays = { 0, 0.1, 0.25, 7 } }
    all_near({ 0.1, 0.1, 0.3, 7 }, p.delays)
  end)

  it("per synapse, each with its weight", function()
    local net = lp.network { dt = 0.1 }
    local source = net:spike_source { size = 2, neuron = { 1, 2 }, t = { 0.5, 0.6 } }
    local post = net:population { size = 3, neuron = LISTENER }
    net:project { from = source, to = post, target = "exc", connect = lp.pairs({ 2, 1, 1, 1, 2 }, { 1, 1, 2, 3, 1 }),
      weights = { 16, 1, 2, 4, 8 }, delays = { 0.1, 0.2, 0.35, 0, 1 } }
    local r = net:record(post, "seen")
    net:run(3)
    assert_events({ { 0.8, 17 }, { 1.7, 8 } }, events(r.t, r.seen, 1))
    assert_events({ { 1, 2 } }, events(r.t, r.seen, 2))
    assert_events({ { 0.7, 4 } }, events(r.t, r.seen, 3))
  end)

  it("per synapse, many at random: as a list says", function()
    local net = lp.network { dt = 0.1, seed = 5 }
    local times = {}
    for i = 1, 20 do times[i] = { 0.1 * i, 0.1 * i + 0.3 } end
    local source = net:spike_source { size = 20, spikes = times }
    local post = net:population { size = 7, neuron = LISTENER }
    local p = net:project { from = source, to = post, target = "exc", connect = lp.fixed_probability(0.6), weights = lp.uniform(1, 2),
      delays = lp.uniform(0, 2) }
    local r = net:record(post, "seen")
    net:run(6)
    local expected = {}
    for k = 1, 60 do
      expected[k] = {}
      for j = 1, 7 do expected[k][j] = 0 end
    end
    local pre, post_of, w, d = p.pre, p.post, p.w, p.delays
    for k = 1, p.size do
      for _, t in ipairs(times[pre[k]]) do
        local row = math.floor(t / 0.1 + 0.5) + math.floor(d[k] / 0.1 + 0.5) + 1
        expected[row][post_of[k]] = expected[row][post_of[k]] + w[k]
      end
    end
    for k = 1, 60 do all_near(expected[k], r.seen[k]) end
  end)

  it("from views: the parts alone", function()
    local net = lp.network { dt = 0.1 }
    local source = net:spike_source { size = 4, spikes = { { 0 }, { 0.1 }, { 0.2 }, { 0.3 } } }
    local post = net:population { size = 4, neuron = LISTENER }
    net:project { from = source:slice(2, 3), to = post:select { 4, 1 }, target = "exc", connect = lp.all_to_all(), weights = { 1, 2, 4, 8 } }
    local r = net:record(post, "seen")
    net:run(1)
    assert.are.equal(0, #events(r.t, r.seen, 2) + #events(r.t, r.seen, 3))
    -- Synapses are ordered by pre, then by post: 2-1, 2-4, 3-1, 3-4.
    assert_events({ { 0.3, 1 }, { 0.4, 4 } }, events(r.t, r.seen, 1))
    assert_events({ { 0.3, 2 }, { 0.4, 8 } }, events(r.t, r.seen, 4))
  end)
end)

describe("arriving spikes", function()
  it("several targets get the same weight", function()
    local net = lp.network { dt = 1 }
    local source = net:spike_source { size = 1, spikes = { { 2 } } }
    local post = net:population { size = 1, neuron = TWO_EARS }
    net:project { from = source, to = post, target = { "left", "right" }, connect = lp.all_to_all(), weights = 3 }
    net:project { from = source, to = post, target = "right", connect = lp.all_to_all(), weights = 0.5, delays = 2 }
    local r = net:record(post, { "left", "right" })
    net:run(6)
    assert_events({ { 4, 3 } }, events(r.t, r.left))
    assert_events({ { 4, 3 }, { 5, 0.5 } }, events(r.t, r.right))
  end)

  it("a conductance without equation lasts one step, one with an equation decays by it", function()
    local net = lp.network { dt = 1 }
    local source = net:spike_source { size = 1, spikes = { { 0, 1 } } }
    local post = net:population { size = 1, neuron = lp.neuron { equations = "x = g_a + 10 * g_b; dg_b/dt = -g_b / 4" } }
    net:project { from = source, to = post, target = { "a", "b" }, connect = lp.all_to_all() }
    local r = net:record(post, { "x", "g_b" })
    net:run(4)
    -- g_b before its equation: 1, 1.75, 0.75 * 1.75; x is written first.
    all_near({ 0, 11, 1 + 10 * 1.75, 10 * 0.75 * 1.75 }, r.x:column(1))
    all_near({ 0, 0.75, 0.75 * 1.75, 0.75 ^ 2 * 1.75 }, r.g_b:column(1))
  end)

  it("conductances of refractory neurons: zeroed without an equation, decaying with one, never piling up", function()
    local net = lp.network { dt = 1 }
    local source = net:spike_source { size = 1, spikes = { { 0, 1, 2, 3 } } }
    local post = net:population { size = 1, neuron = lp.neuron { equations = "v = v + g_a : init = 0; dg_b/dt = -g_b / 2", spike = "v >= 1", reset = "v = 0",
      refractory = 2 } }
    net:project { from = source, to = post, target = { "a", "b" }, connect = lp.all_to_all() }
    local r, s = net:record(post, { "v", "g_b" }), net:record(post, "spike")
    net:run(6)
    assert.are.same({ 1, 4 }, s.t:table())          -- arrivals at 1, 2, 3, 4; 2 and 3 are refractory
    all_near({ 0, 0, 0, 0, 0, 0 }, r.v:column(1))
    all_near({ 0, 0.5, 0.75, 0.875, 0.9375, 0.46875 }, r.g_b:column(1))
  end)

  it("in the order of the rows: by pre neuron, then as stored", function()
    -- last wins: v = w on arrival
    local net = lp.network { dt = 1 }
    local source = net:spike_source { size = 3, neuron = { 3, 1, 2 }, t = { 1, 1, 1 } }
    local post = net:population { size = 1, neuron = lp.neuron { parameters = { x = 0 }, equations = "y = x" } }
    net:project { from = source, to = post, connect = lp.pairs({ 2, 3, 1, 2 }, { 1, 1, 1, 1 }), weights = { 2, 4, 1, 3 },
      synapse = lp.synapse { pre_spike = "post.x = 10 * post.x + w" } }
    net:run(4)
    assert.are.equal(1234, post.x[1])
  end)

  it("synapses are ordered by pre, then post; pairs keep their own order for what is given with them", function()
    local net = lp.network { dt = 1 }
    local a = net:spike_source { size = 3 }
    local b = net:population { size = 3, neuron = LISTENER }
    local p = net:project { from = a, to = b, target = "exc", connect = lp.pairs({ 3, 1, 2, 1, 3 }, { 1, 3, 2, 1, 3 }), weights = { 31, 13, 22, 11, 33 } }
    assert.are.same({ 1, 1, 2, 3, 3 }, p.pre:table())
    assert.are.same({ 1, 3, 2, 1, 3 }, p.post:table())
    assert.are.same({ 11, 13, 22, 31, 33 }, p.w:table())
    p.w = p.w + 0                                 -- what is read may be set: the order is that of the synapses from now on
    assert.are.same({ 11, 13, 22, 31, 33 }, p.w:table())
    p.w = { 1, 2, 3, 4, 5 }
    assert.are.same({ 1, 2, 3, 4, 5 }, p.w:table())
    assert.are.same({ 2, 1, 2 }, p.fan_in:table())
    assert.are.same({ 2, 1, 2 }, p.fan_out:table())
    assert.are.same({ { 1, 0, 4 }, { 0, 3, 0 }, { 2, 0, 5 } }, p:matrix "w":table())
    assert.are.same({ 5, 3, 7 }, p:sum_post "w":table())
    assert.are.same({ 3, 3, 9 }, p:sum_pre "w":table())
    assert.are.same({ 10, 30, 20, 10, 30 }, p:spread_post(lp.array.from { 10, 20, 30 }):table())
  end)

  it("a pair named twice is two synapses", function()
    assert_events({ { 0.7, 3 } }, arrivals({ 0.5 }, { connect = lp.pairs({ 1, 1 }, { 1, 1 }), weights = { 1, 2 } }))
  end)

  it("a matrix: rows are pre, columns post, its elements the weights", function()
    local net = lp.network { dt = 1 }
    local a = net:spike_source { size = 2, spikes = { { 0 }, { 1 } } }
    local b = net:population { size = 3, neuron = LISTENER }
    net:project { from = a, to = b, target = "exc", connect = lp.matrix { { 1, 0, 2 }, { 0, 3, 0 / 0 } } }
    local r = net:record(b, "seen")
    net:run(3)
    assert.are.same({ { 0, 0, 0 }, { 1, 0, 2 }, { 0, 3, 0 } }, r.seen:table())
  end)

  it("one weight for all becomes one each when one is given for each", function()
    local net = lp.network { dt = 1 }
    local a = net:spike_source { size = 1, spikes = { { 0, 1, 2 } } }
    local b = net:population { size = 2, neuron = LISTENER }
    local p = net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), weights = 2 }
    local r = net:record(b, "seen")
    assert.are.equal(2, p.w)
    net:run(2)
    p.w = { 3, 4 }
    assert.are.same({ 3, 4 }, p.w:table())
    net:run(1)
    p.w[2] = 5
    net:run(1)
    assert.are.same({ { 0, 0 }, { 2, 2 }, { 3, 4 }, { 3, 5 } }, r.seen:table())
  end)
end)

describe("spikes", function()
  it("have the time n dt of the step that finds them", function()
    local net = lp.network { dt = 0.5 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0", spike = "v >= 2", reset = "v = 0" } }
    local s, r = net:record(p, "spike"), net:record(p, "v")
    net:run(5)
    -- v after step n is (n + 1)/2: 2 after step 3, which begins at 1.5.
    assert.are.same({ 1.5, 3.5 }, s.t:table())
    assert.are.same({ 3, 7 }, s.step:table())
    all_near({ 0.5, 1, 1.5, 0, 0.5, 1, 1.5, 0, 0.5, 1 }, r.v:column(1))
  end)

  for _, case in ipairs { { 0, 0 }, { 1, 1 }, { 2.5, 2 }, { 3.5, 4 }, { 2.4, 2 }, { 0.5, 0 }, { 1.5, 2 } } do
    local refractory, frozen = case[1], case[2]
    it(("refractory %g at dt = 1 freezes %d steps"):format(refractory, frozen), function()
      local net = lp.network { dt = 1 }
      local p = net:population { size = 1, neuron = lp.neuron { parameters = { ref = refractory }, equations = "dv/dt = 1 : init = 0", spike = "v >= 1",
        reset = "v = 0", refractory = "ref" } }
      local q = net:population { size = 1, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0", spike = "v >= 1", reset = "v = 0", refractory = refractory } }
      local s, u = net:record(p, "spike"), net:record(q, "spike")
      net:run(1 + 2 * (frozen + 1))
      assert.are.same({ 0, frozen + 1, 2 * (frozen + 1) }, s.step:table())
      assert.are.same(s.step:table(), u.step:table())
    end)
  end

  it("refractory of 0.7 at dt = 0.1 is 7 steps: rounding does not add one", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = "v = 1", spike = "v >= 1", refractory = 0.7 } }
    local s = net:record(p, "spike")
    net:run(2)
    assert.are.same({ 0, 8, 16 }, s.step:table())
  end)

  it("refractoriness of each neuron, changed between runs", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = lp.neuron { parameters = { ref = 1 }, equations = "v = 1", spike = "v >= 1", refractory = "ref" } }
    local s = net:record(p, "spike")
    net:run(2)
    p.ref = { 3, 0 }
    net:run(4)
    -- 0: both; 2: both; then 3 steps frozen, or none
    assert.are.same({ 0, 0, 2, 2, 3, 4, 5 }, s.step:table())
    assert.are.same({ 1, 2, 1, 2, 2, 2, 2 }, s.neuron:table())
  end)

  it("t_last, t_pre and t_post: long ago before the first", function()
    local net = lp.network { dt = 1 }
    local a = net:spike_source { size = 1, spikes = { { 2, 5 } } }
    local b = net:population { size = 1, neuron = lp.neuron { equations = "v = g_exc; since = t - t_last", spike = "v > 0" } }
    local p = net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(),
      synapse = lp.synapse { equations = "gap = t_post - t_pre", pre_spike = "g_target += w" } }
    local r, g = net:record(b, "since"), net:record(p, "gap")
    net:run(8)
    assert.are.equal(1e9, r.since[1][1])
    -- The neuron spikes in steps 3 and 6, when what was emitted in 2 and 5 arrives.
    all_near({ 1e9 + 3, 1, 2, 3, 1 }, r.since:column(1):slice(4, 8))
    all_near({ 0, 0, -1e9 - 2, 1, 1, -2, 1, 1 }, g.gap:column(1))
  end)

  it("pop:spikes() are those of the last step", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 4, neuron = { 4, 2, 3 }, t = { 1, 1, 2 } }
    net:run(1)
    assert.are.same({}, s:spikes():table())
    net:run(1)
    assert.are.same({ 2, 4 }, s:spikes():table())
    local seen
    net:at(3, function() seen = s:spikes():table() end)
    net:run(1)
    assert.are.same({ 3 }, seen)
  end)
end)

describe("population-wide lines", function()
  it("run once a step, before those of the neurons", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = lp.neuron { equations = "x = level : local, init = 0\n dlevel/dt = 1 : population, init = 10" } }
    local r = net:record(p, { "x" })
    local l = net:record(p, "level")
    net:run(3)
    assert.are.same({ { 11 }, { 12 }, { 13 } }, l.level:table())
    assert.are.same({ { 11, 11, 11 }, { 12, 12, 12 }, { 13, 13, 13 } }, r.x:table())
    assert.are.equal(13, p.level)
    p.level = 20
    net:run(1)
    assert.are.equal(21, p.level)
  end)

  it("read means over the neurons as the last step left them", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 4, neuron = lp.neuron { equations = "m = mean(x) : population, init = 0\n x = x + i + 0*m : init = 0" } }
    local r = net:record(p, "m")
    net:run(3)
    assert.are.same({ { 0 }, { 2.5 }, { 5 } }, r.m:table())
  end)
end)

describe("spike sources", function()
  local function run(opt, duration, dt)
    local net = lp.network { dt = dt or 0.1 }
    local s = net:spike_source(opt)
    local r = net:record(s, "spike")
    net:run(duration)
    return r, net, s
  end

  it("emit in the nearest step, in any order given", function()
    local r = run({ size = 3, neuron = { 3, 1, 2, 1 }, t = { 1, 0.44, 0.46, 0 } }, 2)
    assert.are.same({ 0, 4, 5, 10 }, r.step:table())
    assert.are.same({ 1, 1, 2, 3 }, r.neuron:table())
  end)
  it("repeat with a period", function()
    local r = run({ size = 2, spikes = { { 0, 0.3 }, { 0.2 } }, period = 0.5 }, 1.2)
    assert.are.same({ 0, 2, 3, 5, 7, 8, 10 }, r.step:table())
    assert.are.same({ 1, 2, 1, 1, 2, 1, 1 }, r.neuron:table())
  end)
  it("take arrays", function()
    local r = run({ size = 2, neuron = lp.array.from({ 2, 1 }, "int64"), t = lp.array.from { 0.2, 0.1 } }, 1)
    assert.are.same({ 1, 2 }, r.neuron:table())
  end)
  it("without spikes are silent", function() assert.are.equal(0, run({ size = 2 }, 1):count()) end)
  it("may get other spikes between runs: times count from 0", function()
    local r, net, s = run({ size = 1, spikes = { { 0.1, 5 } } }, 1)
    s:set_spikes({ 1, 1 }, { 0.5, 1.5 })
    net:run(1)
    s:set_spikes({ 1 }, { 0.25 }, 1)
    net:run(1)
    assert.are.same({ 1, 15, 22 }, r.step:table())
  end)
end)

describe("Poisson neurons", function()
  --- Is the number of spikes that of `expected`, within 4.5 standard errors?
  local function within(count, expected) assert(math.abs(count - expected) < 4.5 * math.sqrt(expected), ("%d spikes, %g expected"):format(count, expected)) end

  it("have the rate", function()
    local net = lp.network { dt = 0.1, seed = 2 }
    local r = net:record(net:poisson { size = 1000, rates = 20 }, "spike")
    net:run(5000)
    within(r:count(), 20 * 5 * 1000)
  end)
  it("one rate each", function()
    local net = lp.network { dt = 0.1, seed = 3 }
    local rates = {}
    for i = 1, 400 do rates[i] = i <= 100 and 0 or i <= 200 and 5 or i <= 300 and 80 or 1500 end
    local r = net:record(net:poisson { size = 400, rates = rates }, "spike")
    net:run(4000)
    local n = r.neuron
    assert.are.equal(0, n:le(100):count())
    within((n:gt(100) & n:le(200)):count(), 100 * 5 * 4)
    within((n:gt(200) & n:le(300)):count(), 100 * 80 * 4)
    within(n:gt(300):count(), 100 * 1500 * 4)
  end)
  it("change in the middle", function()
    local net = lp.network { dt = 0.1, seed = 4 }
    local p = net:poisson { size = 500, rates = 10 }
    local r = net:record(p, "spike")
    net:run(2000)
    within(r:count(), 500 * 10 * 2)
    local before = r:count()
    p.rates = 100
    assert.are.equal(100, p.rates)
    net:at(net.t + 1000, function() p.rates = 0 end)
    net:run(3000)
    within(r:count() - before, 500 * 100)
    assert.is_true(r.t:max() < 3000)
    before = r:count()
    p.rates = lp.uniform(0, 40)
    net:run(2000)
    local sum = p.rates:sum()
    within(r:count() - before, 2 * sum)
  end)
  it("a rate above 1000/dt spikes in every step", function()
    local net = lp.network { dt = 1 }
    local r = net:record(net:poisson { size = 2, rates = 5000 }, "spike")
    net:run(3)
    assert.are.equal(6, r:count())
  end)
end)

describe("compute_rate", function()
  it("counts over the full window, the present step included", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 2, spikes = { { 0, 1, 4 }, { 3 } } }
    s:compute_rate(4)
    local r = net:record(s, "r")
    net:run(10)
    all_near({ 250, 500, 500, 500, 500, 250, 250, 250, 0, 0 }, r.r:column(1))
    all_near({ 0, 0, 0, 250, 250, 250, 250, 0, 0, 0 }, r.r:column(2))
  end)
  it("another window starts anew", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 1, spikes = { { 0, 1, 2, 3, 4, 5, 6, 7, 8 } } }
    s:compute_rate(4)
    local r = net:record(s, "r")
    net:run(4)
    s:compute_rate(2)
    net:run(3)
    all_near({ 250, 500, 750, 1000, 500, 1000, 1000 }, r.r:column(1))
    near(1000, s.r[1])
  end)
  it("is what projections read as pre.r", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 1, spikes = { { 0, 1, 2, 3, 4, 5 } } }
    s:compute_rate(4)
    local b = net:population { size = 1, neuron = LISTENER }
    local p = net:project { from = s, to = b, target = "exc", connect = lp.all_to_all(),
      synapse = lp.synapse { equations = "x = pre.r", pre_spike = "g_target += w" } }
    local r = net:record(p, "x")
    net:run(3)
    s:compute_rate(2)
    net:run(3)
    all_near({ 250, 500, 750, 500, 1000, 1000 }, r.x:column(1))
  end)
end)

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

describe("times at which functions are called", function()
  before_each(function() warn "@off" end)        -- periods that are no multiple of dt are warned about
  after_each(function() warn "@on" end)

  local function calls(dt, duration, start)
    local net = lp.network { dt = dt }
    local list = {}
    start(net, function(t, n) list[#list + 1] = ("%.10g#%d"):format(t, n) end)
    net:run(duration)
    return table.concat(list, " ")
  end

  it("every period, at the end of the steps that end there", function()
    assert.are.equal("0.5#1 1#2 1.5#3", calls(0.1, 1.9, function(net, f) net:every(0.5, f) end))
  end)
  it("every period, at the start of the steps that begin there", function()
    assert.are.equal("0#1 0.5#2 1#3 1.5#4", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { when = "start" }) end))
  end)
  it("with an offset", function()
    assert.are.equal("0.2#1 0.7#2 1.2#3", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { offset = 0.2 }) end))
    assert.are.equal("0.2#1 0.7#2 1.2#3", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { offset = 0.2, when = "start" }) end))
    assert.are.equal("0.3#1 0.8#2 1.3#3", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { offset = -0.2 }) end))
  end)
  it("periods that are no multiple of dt: the first step at or after each, without drift", function()
    assert.are.equal("0.5#1 1#2 1.5#3 1.5#3", calls(0.5, 2, function(net, f) net:every(0.4, function(t, n) if n ~= 4 then f(t, n) end if n == 3 then f(t, n) end end) end))
    -- k * 0.25 at dt = 0.1: 0.25, 0.5, 0.75, 1.0
    assert.are.equal("0.3#1 0.5#2 0.8#3 1#4", calls(0.1, 1, function(net, f) net:every(0.25, f) end))
    assert.are.equal("0#1 0.3#2 0.5#3 0.8#4", calls(0.1, 1, function(net, f) net:every(0.25, f, { when = "start" }) end))
  end)
  it("a period below dt acts once a step", function()
    assert.are.equal("1#1 2#2 3#3", calls(1, 3, function(net, f) net:every(0.001, f) end))
    assert.are.equal("1#1 2#2 3#3", calls(1, 3, function(net, f) net:every(1e-12, f) end))
  end)
  it("do not drift over a million steps", function()
    local net = lp.network { dt = 0.1 }
    local last
    net:every(0.7, function(t, n) last = { t, n } end)
    net:run(100000)
    near(0.7 * 142857, last[1], 1e-12)
    assert.are.equal(142857, last[2])
  end)
  it("at given times", function()
    assert.are.equal("0.3#1 1#1 1.5#1", calls(0.1, 1.6, function(net, f) net:at({ 1, 0.3, 1.45 }, f) end))
    assert.are.equal("0#1 1#1", calls(0.1, 1.6, function(net, f) net:at({ 0, 1 }, f, { when = "start" }) end))
  end)
  it("the network's time in a function is the function's time", function()
    local net = lp.network { dt = 0.5 }
    local seen = {}
    net:every(0.5, function(t) seen[#seen + 1] = net.t - t end)
    net:every(0.5, function(t) seen[#seen + 1] = net.t - t end, { when = "start" })
    net:run(2)
    assert.are.same({ 0, 0, 0, 0, 0, 0, 0, 0 }, seen)
  end)
  it("what a function adds begins at the next hit", function()
    local net = lp.network { dt = 1 }
    local list = {}
    local function note(name) return function(t) list[#list + 1] = name .. t end end
    net:at(2, function()
      net:every(1, note "end")
      net:every(1, note "start", { when = "start" })
      net:at(3, note "at")
    end)
    net:run(4)
    assert.are.equal("start2.0 end3.0 at3.0 start3.0 end4.0", table.concat(list, " "))
  end)
  it("in the order in which they were added, starts before the neurons, ends after them", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0" } }
    local list = {}
    local function note(name) return function() list[#list + 1] = name .. p.v[1] end end
    net:every(1, note "a")
    net:every(1, note "b", { when = "start" })
    net:every(1, note "c")
    net:every(1, note "d", { when = "start" })
    net:run(2)
    assert.are.equal("b0.0 d0.0 a1.0 c1.0 b1.0 d1.0 a2.0 c2.0", table.concat(list, " "))
  end)
  it("a function that returns false is not called again; other values do not matter", function()
    assert.are.equal("1#1 2#2", calls(1, 5, function(net, f) net:every(1, function(t, n)
      f(t, n)
      return n < 2
    end) end))
  end)
end)

describe("operations", function()
  local function make(dt)
    local net = lp.network { dt = dt or 1 }
    local times = {}
    local o = net:every(2, function(t) times[#times + 1] = t end)
    return net, o, times
  end

  it("count their calls", function()
    local net, o = make()
    net:run(7)
    assert.are.equal(3, o.calls)
    assert.are.equal(2, o.every)
  end)
  it("stop and resume: in their old rhythm", function()
    local net, o, times = make()
    net:run(3)
    o:stop()
    net:run(4)
    o:resume()
    net:run(3)
    assert.are.same({ 2, 8, 10 }, times)
  end)
  it("take another period from now on", function()
    local net, o, times = make()
    net:run(3)
    o.every = 3
    net:run(7)
    assert.are.same({ 2, 6, 9 }, times)
  end)
  it("change their period themselves", function()
    local net = lp.network { dt = 1 }
    local times, o = {}, nil
    o = net:every(1, function(t)
      times[#times + 1] = t
      o.every = 2 * o.every
    end)
    net:run(20)
    assert.are.same({ 1, 2, 4, 8, 16 }, times)
  end)
  it("are removed, by themselves too", function()
    local net, o, times = make()
    net:run(3)
    o:remove()
    net:run(3)
    assert.are.same({ 2 }, times)
    local n, p = 0, nil
    p = net:every(1, function()
      n = n + 1
      if n == 2 then p:remove() end
    end)
    net:run(5)
    assert.are.equal(2, n)
  end)
  it("remove each other in the middle of a step", function()
    local net = lp.network { dt = 1 }
    local list, second = {}, nil
    net:every(1, function(t)
      list[#list + 1] = "first" .. t
      if second then second:remove() end
      second = nil
    end)
    second = net:every(1, function() list[#list + 1] = "second" end)
    net:run(2)
    assert.are.equal("first1.0 first2.0", table.concat(list, " "))
  end)
end)

describe("functions that replace what is running", function()
  local LEARNS = lp.synapse { parameters = { a = 1 }, equations = "x = x + a : init = 0, local", pre_spike = "g_target += w", post_spike = "w += a" }

  for _, when in ipairs { "start", "end" } do
    for _, fails in ipairs { false, true } do
      it(("at the %s of a step%s"):format(when, fails and ", and then fail" or ""), function()
        local net = lp.network { dt = 1 }
        local s = net:spike_source { size = 2, spikes = { { 0, 1, 2, 3, 4, 5 }, { 0, 1, 2, 3, 4, 5 } } }
        local p = net:population { size = 2, neuron = lp.neuron { parameters = { b = 0 }, equations = "v = v + g_exc + b : init = 0", spike = "v >= 4", reset = "v = 0" } }
        local q = net:project { from = s, to = p, target = "exc", connect = lp.all_to_all(), weights = 1, synapse = LEARNS }
        net:at(3, function()
          p.b = { 0, 1 }
          q.a = { 1, 2, 3, 4 }
          q.w = q.w + q.a
          if fails then error "after all" end
        end, { when = when })
        local ok = pcall(net.run, net, 6)
        assert.are.equal(not fails, ok)
        if fails then net:run(6 - net.t) end
        assert.are.equal(6, net.t)
        assert.are.same({ 6, 3 + 2 * 3, 3 + 3 * 3, 3 + 4 * 3 }, q.x:table())
        assert.are.same({ 0, 1 }, p.b:table())
      end)
    end
  end
end)

describe("running", function()
  local CLOCK = lp.neuron { equations = "dv/dt = 1 : init = 0" }

  it("for nothing", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = CLOCK }
    assert.are.equal(net, net:run(0))
    assert.are.equal(0, net.t)
    assert.are.equal(0, p.v[1])
  end)
  it("in pieces is running once", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, neuron = CLOCK }
    for _ = 1, 1000 do net:run(0.1) end
    assert.are.equal(100, net.t)
    near(100, p.v[1])
    for _ = 1, 1000 do net:step() end
    assert.are.equal(200, net.t)
  end)
  it("without objects", function()
    local net = lp.network { dt = 1 }
    net:run(3)
    assert.are.equal(3, net.t)
  end)
  it("stops at the end of the step in which it is told to", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = CLOCK }
    net:at(3, function() net:stop() end)
    net:at(6, function() net:stop() end, { when = "start" })
    net:run(10)
    assert.are.equal(3, net.t)
    net:run(math.huge)
    assert.are.equal(7, net.t)
    near(7, p.v[1])
    net:stop()                                   -- between runs: nothing to stop
    net:run(1)
    assert.are.equal(8, net.t)
  end)
  it("step is one step", function()
    local net = lp.network { dt = 0.5 }
    local p = net:population { size = 1, neuron = CLOCK }
    net:step():step()
    assert.are.equal(1, net.t)
    near(1, p.v[1])
  end)
  it("one network in a function of another, and in a coroutine", function()
    local outer, inner = lp.network { dt = 1 }, lp.network { dt = 0.5 }
    local times = {}
    inner:every(0.5, function(t) times[#times + 1] = -t end)
    outer:every(1, function(t)
      times[#times + 1] = t
      coroutine.wrap(function() inner:run(1) end)()
    end)
    outer:run(2)
    assert.are.same({ 1, -0.5, -1, 2, -1.5, -2 }, times)
  end)
  it("a function cannot yield out of a run, and says so", function()
    local net = lp.network { dt = 1 }
    net:every(1, function() coroutine.yield() end)
    local co = coroutine.create(function() net:run(1) end)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("at t = 1 ms: attempt to yield across a C%-call boundary", message)
  end)
end)

describe("values that are not finite", function()
  local GROWS = lp.neuron { parameters = { a = 0 }, equations = "dv/dt = a * v : init = 1\n u = 1 : local" }

  it("stop the run with variable, element and time", function()
    local net = lp.network { dt = 1 }
    local p = net:population { name = "growing", size = 3, neuron = GROWS, parameters = { a = { 0, 1e300, 0 } } }
    local r = net:record(p, "v")
    local ok, message = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.matches("network_spec.lua:%d+: population 'growing', variable 'v', element 2 is inf at t = 10 ms %(it was finite at 0 ms%)$", message)
    -- Everything can be looked at, mended, and go on.
    assert.are.equal(10, r:count())
    p.a, p.v = 0, 1
    net:run(10)
    assert.are.equal(20, net.t)
    assert.are.equal(20, r:count())
  end)
  it("of synapses", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 2, spikes = { { 1 }, { 2 } } }
    net:project { name = "learning", from = s, to = s, connect = lp.all_to_all(), weights = { 1, 1 }, synapse = lp.synapse { pre_spike = "w = w / 0 - w / 0" } }
    local ok, message = pcall(net.run, net, 5)
    assert.is_false(ok)
    assert.matches("projection 'learning', variable 'w', element 1 is NaN at t = 5 ms", message)
  end)
  it("are found in long runs, not only at the end", function()
    local net = lp.network { dt = 1 }
    net:population { size = 1, neuron = GROWS, parameters = { a = 1e300 } }
    local ok = pcall(net.run, net, 1e7)
    assert.is_false(ok)
    assert.is_true(net.t <= 5000)
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

describe("Ctrl-C", function()
  --- Run a script that interrupts itself during a run, in a child process; its output and exit status.
  local function child(body)
    local name = os.tmpname()
    local file = assert(io.open(name, "w"))
    file:write [[
      local lp = require "lunapse"
      local net = lp.network { dt = 0.1, warnings = false }
      local p = net:population { size = 10, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0" } }
      local r = net:record(p, "v")
      net:at(5, function() io.popen("kill -INT $PPID"):close() end)   -- os.execute would keep the signal away
    ]]
    file:write(body)
    file:close()
    local shell = io.popen(("%s %s 2>&1; echo status $?"):format(os.getenv "HOST" or "build/lunapse", name))
    local text = shell:read "a"
    shell:close()
    os.remove(name)
    return text
  end

  it("ends a run at a step boundary, with status 130", function()
    local text = child "net:run(1e9) print 'not reached'"
    assert.matches("status 130\n$", text)
    assert.is_nil(text:find("not reached", 1, true))
  end)
  it("leaves the network and its recordings usable where it is caught", function()
    local text = child [[
      local ok, message = pcall(net.run, net, 1e9)
      print(ok, message, net.t, r:count(), r.v[50][1] - 5 < 1e-9)
      net:run(1)
      print(net.t, r:count())
    ]]
    assert.matches("^false\t.*interrupted.*\t5.0\t50\ttrue\n6.0\t60\nstatus 0\n$", text)
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
end)
