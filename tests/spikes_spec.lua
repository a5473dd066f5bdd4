--- When spikes arise and arrive, and how often, step by step, against values worked out by hand.
local lp = require "lunapse"
local compare = require "tests.compare"
local near, all_near = compare.near, compare.all_near

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
    assert.same({ 2, 2 }, p.w:table())
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
    assert.same({ 500, 100, 100 }, { #p.rates, p.rates:min(), p.rates:max() })
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
