-- Poisson input: the sum of many sources, without neurons.
local compare = require "tests.compare"
local lp = require "lunapse"
local try_changes = dofile "tests/trials.lua"

local fails = compare.fails

local Leaky = lp.neuron { name = "Leaky", parameters = "tau = 5", equations = "tau * dg_exc/dt = -g_exc : exponential\n dv/dt = -v/10 + g_exc : init = 0" }
local Bare = lp.neuron { name = "Bare", equations = "now = g_in\n total += g_in : init = 0" }

local function list(a)
  local texts = {}
  for k = 1, #a do texts[k] = ("%.9g"):format(a[k]) end
  return table.concat(texts, " ")
end

--- Are whole numbers Poisson of this mean? Mean and variance within five standard errors, and counts of 0, 1, 2 ... in each of which ten are expected (chi square).
local function check_poisson(values, mean)
  local n = values:size()
  assert.is_true(math.abs(values:mean() - mean) < 5 * math.sqrt(mean / n))
  assert.is_true(math.abs(values:std() ^ 2 - mean) < 5 * math.sqrt((2 * mean ^ 2 + mean) / n))
  local p, chi, degrees, seen, wanted = math.exp(-mean), 0, -1, 0, 0
  local count = values:histogram(120, -0.5, 119.5)
  for k = 0, 119 do
    seen, wanted = seen + count[k + 1], wanted + n * p
    if wanted >= 10 then
      chi, degrees = chi + (seen - wanted) ^ 2 / wanted, degrees + 1
      seen, wanted = 0, 0
    end
    p = p * mean / (k + 1)
  end
  assert.is_true(chi < degrees + 5 * math.sqrt(2 * math.max(degrees, 1)) + 5)
end

for _, tier in ipairs { "interpreter", "native" } do
  for _, precision in ipairs { "float64", "float32" } do
    local function network(opt)
      local settings = { dt = 0.1, seed = 1, tier = tier, precision = precision }
      for key, value in pairs(opt or {}) do settings[key] = value end
      return lp.network(settings)
    end

    describe(("Poisson input (%s, %s)"):format(tier, precision), function()
      it("is Poisson with mean n rate dt/1000, for each neuron and step", function()
        for _, case in ipairs { { 8, 1000 }, { 0.5, 20 }, { 1000, 300 }, { 3, 7 } } do
          local net = network()
          local p = net:population { size = 300, neuron = Bare }
          local input = net:poisson_input { to = p, target = "in", rate = case[1], n = case[2], weight = 2 }
          local events, rows = net:record(input, "events"), net:record(p, "now")
          net:run(20)
          check_poisson(events.events:flatten(), case[1] * case[2] * 0.1 / 1000)
          assert.is_true(rows.now:eq(events.events * 2):all())      -- in the step in which they are drawn
        end
      end)

      it("acts as a spike of this weight that arrives in the step", function()
        local net = network { dt = 1 }
        local p = net:population { size = 1, neuron = Leaky }
        local q = net:population { size = 1, neuron = Leaky }
        local source = net:spike_source { size = 1, spikes = { { 2 } } }
        net:project { from = source, to = q, target = "exc", connect = lp.all_to_all(), weights = 3 }
        local input = net:poisson_input { to = p, target = "exc", rate = "if t == 3: 1e9 else: 0", n = 1e-3 }
        local a, b, e = net:record(p, { "g_exc", "v" }), net:record(q, { "g_exc", "v" }), net:record(input, "events")
        net:run(6)
        local k = e.events:sum()
        assert.is_true(k > 900 and e.events:get(4, 1) == k)
        for row = 1, 6 do
          compare.near(b.g_exc:get(row, 1) / 3, a.g_exc:get(row, 1) / k, 1e-5)
          compare.near(b.v:get(row, 1) / 3, a.v:get(row, 1) / k, 1e-5)
        end
      end)

      it("has rates, numbers of sources and weights that may be set at any time, for each neuron", function()
        local net = network { dt = 1 }
        local p = net:population { size = 4, neuron = Bare }
        local input = net:poisson_input { name = "noise", to = p, target = "in", rate = 0, n = 1e6, weight = 1 }
        net:run(5)
        assert.equal("0 0 0 0", list(p.total))
        input.rate = { 0, 0, 1000, 0 }
        net:run(1)
        assert.is_true(p.total[3] > 0.99e6 and p.total[1] + p.total[2] + p.total[4] == 0)
        input.rate[1], input.weight = 500, { 2, 0, 0, 0 }
        net:run(1)
        assert.is_true(math.abs(p.now[1] - 1e6) < 1e4 and p.now[3] == 0)
        input.n = 0
        net:run(1)
        assert.equal("0 0 0 0", list(p.now))
        input.n, input.weight, input.rate = 10, -1, lp.uniform(90, 110)
        net:run(1000)
        assert.is_true(p.total[2] < -900 and input.rate:min() >= 90)
        assert.equal("-1 -1 -1 -1", list(input.weight))
        assert.equal("10 10 10 10", list(input.n))
      end)

      it("goes to parts of a population, whose neurons count from 1", function()
        local net = network { dt = 1 }
        local p = net:population { size = 6, neuron = Bare }
        local slice = net:poisson_input { to = p:slice(2, 4), target = "in", rate = { 0, 1e6, 0 }, n = 1, weight = 1 }
        local select = net:poisson_input { to = p:select { 6, 1, 5 }, target = "in", rate = { 1e6, 2e6, 0 }, n = 1 }
        local e, f, r = net:record(slice, "events"), net:record(select, "events", { of = { 2 } }), net:record(select, "rate", { of = { 1, 3 } })
        assert.equal(3, #slice)
        net:run(4)
        for k, wanted in ipairs { 8000, 0, 4000, 0, 0, 4000 } do assert.is_true(math.abs(p.total[k] - wanted) <= 6 * math.sqrt(wanted)) end
        assert.equal("0 0", list { e.events:slice(1, 4):get(1, 1), e.events:get(4, 3) })
        assert.equal(p.total[1], f.events:sum())
        assert.equal("1000000 2000000 0", list(select.rate))
        select.rate[2], select.rate[3] = 0, 1e6
        select.weight = { 1, 1, 0 }
        select.weight[3] = 10
        net:run(1)
        assert.is_true(p.now[1] == 0 and math.abs(p.now[5] - 1e4) < 1e3 and p.now[2] == 0)
        assert.equal("1000000 0 1000000 1000000", list { r.rate:get(4, 1), r.rate:get(4, 2), r.rate:get(5, 1), r.rate:get(5, 2) })
      end)

      it("adds up, and to any variable", function()
        local net = network { dt = 1 }
        local p = net:population { size = 50, neuron = Leaky }
        local a = net:poisson_input { to = p, variable = "v", rate = 1000, n = 3, weight = 1 }
        local b = net:poisson_input { to = p, variable = "v", rate = 1000, n = 2, weight = 100 }
        net:run(1)
        assert.is_true((p.v / 0.9 - (a.events + b.events * 100)):abs():max() < 1e-3)
        assert.is_false(a.events:eq(b.events):all())
        b:remove()
        assert.equal("input1", net.inputs[1].name)
        assert.is_nil(net.inputs.input2)
        local c = net:poisson_input { to = p, variable = "v", rate = 0 }
        a:remove()
        assert.equal("input3", net:poisson_input({ to = p, variable = "v", rate = 0 }).name)
        c:remove()
        a = net:poisson_input { to = p, variable = "v", rate = 1000, n = 3, weight = 1 }
        p.v = 0
        net:run(1)
        assert.is_true((p.v / 0.9 - a.events):abs():max() < 1e-5)
      end)

      it("follows a course in time: an equation, or a timed array", function()
        local net = network { dt = 1 }
        local p = net:population { size = 3, neuron = Bare }
        local text = net:poisson_input { to = p, target = "in", rate = "if t < 5: 1e6 * i else: 0" }
        local e = net:record(text, { "rate", "events" })
        net:run(10)
        assert.equal("1000000 2000000 3000000", list(e.rate:slice(1, 3):flatten():slice(1, 3)))
        assert.equal(0, e.events:slice(6, 10):max())
        assert.is_true(math.abs(e.events:slice(1, 5):mean() - 2000) < 100)
        e:remove()
        text:remove()
        local one = net:poisson_input { to = p, target = "in", rate = lp.timed_array({ 0, 1e6 }, { times = { 0, 12 } }) }
        local each = net:poisson_input { to = p:slice(2, 3), target = "in", rate = lp.timed_array({ { 0, 0 }, { 0, 5e6 } }, { times = { 0, 12 } }) }
        net:run(2)
        assert.equal(0, p.now:max())
        net:run(1)
        assert.is_true(math.abs(p.now[1] - 1000) < 200 and math.abs(p.now[2] - 1000) < 200 and math.abs(p.now[3] - 6000) < 500)
        assert.equal("1000000 1000000 1000000", list(one.rate))
        assert.equal("0 5000000", list(each.rate))
        assert.equal("poisson input 'input1', rate is set by its drive at every step", fails(function() one.rate = 5 end))
      end)

      it("keeps its own clock, with the population", function()
        local net = network { dt = 1 }
        local p = net:population { size = 200, neuron = Bare, dt = 0.25 }
        local input = net:poisson_input { to = p, target = "in", rate = 100, n = 40 }
        local e = net:record(input, "events")
        net:run(50)
        assert.equal(200, e:count())
        check_poisson(e.events:flatten(), 1)
        assert.equal(e.events:sum(), p.total:sum())
      end)
    end)
  end

  it("gives the same bits for any number of threads, and again (" .. tier .. ")", function()
    local function outcome(threads, precision, other)
      local net = lp.network { dt = 0.1, seed = 7, tier = other or tier, threads = threads, precision = precision }
      local p = net:population { size = 20000, neuron = Leaky }
      net:poisson_input { to = p, target = "exc", rate = lp.uniform(0, 20), n = 1000, weight = lp.normal(0.1, 0.01) }
      net:poisson_input { to = p:slice(7, 15000), variable = "v", rate = 5, n = 100, weight = -0.2 }
      net:run(2)
      return p.v, p.g_exc
    end
    for _, precision in ipairs { "float64", "float32" } do
      local v, g = outcome(1, precision)
      for _, opt in ipairs { { 3, tier }, { 1, "interpreter" }, { 2, "native" } } do
        local w, h = outcome(opt[1], precision, opt[2])
        assert.is_true(v:eq(w):all() and g:eq(h):all())
      end
    end
  end)
end

describe("Poisson input", function()
  local function network() return lp.network { dt = 1, seed = 1 } end

  it("is told about, and keeps what was drawn when it is looked at", function()
    local function outcome(looks)
      local net = network()
      local p = net:population { name = "E", size = 5, neuron = Leaky }
      local input = net:poisson_input { name = "noise", to = p, target = "exc", rate = 8, n = 1000, weight = 0.1 }
      net:run(3)
      local texts = {}
      if looks then
        for _, x in ipairs { input, net, net:describe(), net:explain() } do texts[#texts + 1] = tostring(x) end
        texts[#texts + 1] = require("lunapse.tell.report").text(net, "md")
        texts[#texts + 1] = tostring(input.events)
        net:record(input, "events")
      end
      net:run(3)
      return list(p.v), texts
    end
    local v, texts = outcome(true)
    assert.equal((outcome(false)), v)
    assert.truthy(texts[1]:find("poisson input 'noise' to g_exc of 5 neurons of population 'E'\n  rate = 8 Hz\n  n = 1000\n  weight = 0.1\n", 1, true))
    for k = 2, 5 do assert.truthy(texts[k]:find("noise", 1, true)) end
    assert.truthy(texts[3]:find "noise +5 +E +g_exc +1000 +8 Hz +0.1")
    assert.truthy(texts[4]:find("poisson input 'noise'", 1, true))
    assert.truthy(texts[5]:find("1000 Poisson sources for each neuron of E", 1, true))
  end)

  it("is found by what people call it", function()
    for _, word in ipairs { "PoissonInput", "poisson_input", "poisson input", "background noise" } do
      assert.truthy(tostring(require("lunapse.help").page(word)):find("poisson_input", 1, true))
    end
  end)

  it("takes values for single neurons, of all, of a part and of a selection", function()
    local net = network()
    local p = net:population { size = 6, neuron = Bare }
    for _, case in ipairs { { p, { 1, 2, 3, 4, 5, 6 } }, { p:slice(3, 5), { 3, 4, 5 } }, { p:select { 6, 1, 5 }, { 6, 1, 5 } },
      { p:select { 6, 1, 5, 2, 4, 3 }, { 6, 1, 5, 2, 4, 3 } } } do
      local input, neurons = net:poisson_input { to = case[1], target = "in", rate = 0, n = 1 }, case[2]
      local before, n = input.rate, input.n
      assert.equal(#neurons, #before)
      before[2] = 1e6
      collectgarbage()
      collectgarbage()
      before[1] = 5
      assert.equal(5, input.rate[1])
      before[1] = 0
      n:set(3, 0)
      net:run(1)
      for k = 1, 6 do assert.equal(k == neurons[2], p.now[k] > 900) end
      assert.equal(p.now[neurons[2]], input.events[2])
      assert.equal("0 1000000 0", list(input.rate:slice(1, 3)))
      assert.equal("0 1000000 0", list(before:slice(1, 3)))
      assert.equal("1 1 0", list(input.n:slice(1, 3)))
      input.rate:slice(3, 3):fill(1e6)
      input.weight:put({ 2 }, { -1 })
      input.n = input.n * 0 + 1
      net:run(1)
      for k = 1, 6 do assert.equal(k == neurons[2] and -1 or k == neurons[3] and 1 or 0, p.now[k] < 0 and -1 or p.now[k] > 0 and 1 or 0) end
      assert.truthy(fails(function() input.events[1] = 3 end):find("events is computed anew in every step", 1, true))
      input:remove()
      net:run(1)
      assert.equal("0 0 0 0 0 0", list(p.now))
    end
  end)

  it("that was removed is driven no longer", function()
    local net = network()
    local p = net:population { name = "p", size = 2, neuron = lp.neuron { parameters = { I = 0 }, equations = "dv/dt = I" },
      drive = { I = lp.timed_array({ 1, 2, 3 }, { dt = 1 }) } }
    local ends = require("lunapse.hearing").generator(function(t) return (3 - t):sqrt() end)
    for _, to in ipairs { p, p:slice(2, 2), p:select { 2, 1 } } do
      net:poisson_input({ to = to, variable = "v", rate = ends, weight = 0 }):remove()
    end
    net:run(9)
    assert.equal("24 24", list(p.v))
    local kept = net:poisson_input { name = "kept", to = p, variable = "v", rate = ends }
    assert.truthy(fails(net.run, net, 1):find("poisson input 'kept', rate: its drive gives no number (NaN) in channel 1", 1, true))
    kept:remove()
    net:run(1)
  end)

  it("is stored and put back with the network, to the bit", function()
    local stored = require "lunapse.network.stored"
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, seed = 3, tier = tier }
      local p = net:population { name = "p", size = 30, neuron = Leaky }
      local course = {}
      for k = 1, 60 do course[k] = { k % 7, k % 5, k % 3 } end
      local whole = net:poisson_input { name = "whole", to = p, target = "exc", rate = 8, n = 100, weight = lp.uniform(0, 1) }
      local part = net:poisson_input { name = "part", to = p:slice(3, 9), variable = "v", rate = 8, n = 100 }
      local some = net:poisson_input { name = "some", to = p:select { 20, 3, 5 }, target = "exc", rate = 8, n = 100 }
      net:poisson_input { name = "driven", to = p:select { 9, 8, 1 }, target = "exc", rate = lp.timed_array(course, { dt = 1 }), n = 100 }
      net:poisson_input { name = "text", to = p, target = "exc", rate = "if t < 30: 5 else: 10", n = 100 }
      local recorded = net:record(some, { "events", "n" })
      net:run(13)
      net:store "between"
      net:every(20, function(t) if t == 20 then net:store "in a step" end end, { when = "start" })
      net:run(27)
      local last = stored.digest(net)
      local shown = part.rate
      local changes = {
        function() end,
        function() whole.rate = 3 end,
        function() whole.rate[2] = 3 end,
        function() part.rate, part.n = lp.uniform(1, 5), { 1, 2, 3, 4, 5, 6, 7 } end,
        function() some.rate[2], some.weight = 100, 5 end,
        function() p.tau = lp.uniform(1, 5) end,
      }
      try_changes(net, { "between", "in a step" }, changes, 40, last, tier)
      part.rate[1] = 4
      assert.equal("4 8", list(part.rate:slice(1, 2)))
      assert.equal(7, #shown)
      recorded:remove()
      some:remove()
      assert.equal("net:restore: state 'between': poisson input 'some' of the state is not in the network", fails(net.restore, net, "between"))
    end
  end)

  it("whose rate is driven or computed refuses others", function()
    local net = network()
    local p = net:population { size = 4, neuron = Bare }
    for _, to in ipairs { p, p:slice(2, 3), p:select { 4, 1 } } do
      local rows = #to == 4 and { { 1, 2, 3, 4 } } or { { 5, 6 } }
      local driven = net:poisson_input { name = "driven", to = to, target = "in", rate = lp.timed_array(rows, { dt = 1 }) }
      local one = net:poisson_input { name = "one", to = to, target = "in", rate = lp.timed_array({ 7 }, { dt = 1 }) }
      local text = net:poisson_input { name = "text", to = to, target = "in", rate = "10 * i" }
      for _, write in ipairs { function(a) a.rate = 1 end, function(a) a.rate[1] = 1 end, function(a) a.rate:fill(1) end } do
        assert.equal("poisson input 'driven', rate is set by its drive at every step", fails(write, driven))
        assert.equal("poisson input 'one', rate is set by its drive at every step", fails(write, one))
        assert.equal("poisson input 'text', rate is computed anew in every step: rate = 10 * i : local", fails(write, text))
      end
      net:run(1)
      assert.equal(list(rows[1]), list(driven.rate))
      assert.equal(7 * #to, one.rate:sum())
      assert.equal(#to == 4 and "10 20 30 40" or to._index and "40 10" or "20 30", list(text.rate))
      driven:remove()
      one:remove()
      text:remove()
    end
  end)

  local refused = {
    { "a missing rate", {}, "net:poisson_input: option 'rate' is missing" },
    { "a misspelt option", { rate = 1, wieght = 2 }, "net:poisson_input: unknown option 'wieght': did you mean 'weight'?" },
    { "no target", { rate = 1, target = false }, "net:poisson_input: either 'target'" },
    { "an unknown target", { rate = 1, target = "ex" }, "net:poisson_input: population 'p': unknown target 'ex': did you mean 'exc'?" },
    { "a negative rate", { rate = -8 }, "poisson input 'input1', rate must be at least 0, got -8" },
    { "rates of another size", { rate = { 1, 2 } }, "poisson input 'input1', rate: 3 numbers expected, got 2" },
    { "a negative number of sources", { rate = 1, n = -1 }, "poisson input 'input1', n must be at least 0, got -1" },
    { "NaN", { rate = 1, weight = 0 / 0 }, "poisson input 'input1', weight: the value is not a number (NaN)" },
    { "a text that names nothing", { rate = "2 * foo" }, "unknown name 'foo'" },
    { "a variable that is computed anew", { rate = 1, target = false, variable = "twice" },
      "net:poisson_input: population 'p', twice is computed anew in every step: twice = 2 * g_exc; add the input to what it is computed from" },
    { "an unknown variable", { rate = 1, target = false, variable = "w" }, "population 'p': unknown variable 'w'" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local net = network()
      local p = net:population { name = "p", size = 3, neuron = lp.neuron { equations = "dg_exc/dt = -g_exc\n twice = 2 * g_exc" } }
      local opt = { to = p, target = "exc" }
      for key, value in pairs(case[2]) do opt[key] = value or nil end
      assert.truthy(fails(net.poisson_input, net, opt):find(case[3], 1, true))
      assert.equal(0, #net.inputs)
      net:run(2)
      assert.equal(0, p.g_exc:max())
    end)
  end

  it("refuses sums of rates, other networks and fields that nobody knows", function()
    local net = network()
    local p = net:population { name = "p", size = 3, neuron = lp.neuron { equations = "r = sum(exc)" } }
    assert.truthy(fails(net.poisson_input, net, { to = p, target = "exc", rate = 1 }):find("population 'p' reads sum(exc)", 1, true))
    local q = network():population { size = 1, neuron = Leaky }
    assert.equal("net:poisson_input: option 'to' belongs to another network", fails(net.poisson_input, net, { to = q, target = "exc", rate = 1 }))
    local input = net:poisson_input { to = net:population { size = 2, neuron = Leaky }, target = "exc", rate = 1 }
    assert.equal("poisson input 'input1': unknown variable 'raet': did you mean 'rate'?", fails(function() return input.raet end))
    assert.equal("poisson input 'input1', events is computed anew in every step: events = Poisson(n * rate * dt / 1000) : local", fails(function() input.events = 1 end))
    assert.equal("poisson input 'input1', target is set when the poisson input is made", fails(function() input.target = "v" end))
    assert.truthy(fails(function() return input.x end):find("unknown variable 'x'", 1, true))
    assert.truthy(fails(function() input.x = 1 end):find("unknown variable 'x'", 1, true))
    assert.truthy(fails(function() input.rate = "5 * i" end):find("a number, a table or array of numbers, or a distribution expected", 1, true))
    assert.equal("net:record: poisson input 'input1': unknown variable 'v' (known: events, n, rate, weight)", fails(net.record, net, input, "v"))
  end)

  it("takes no negative rates, and stops the run where a text gives them", function()
    local net = network()
    local input = net:poisson_input { name = "noise", to = net:population { size = 2, neuron = Leaky }, target = "exc", rate = { 1, 2 } }
    assert.equal("poisson input 'noise', rate must be at least 0, got -3", fails(function() input.rate[2] = -3 end))
    net:run(1)
    net:poisson_input { name = "late", to = net.populations[1], target = "exc", rate = "if t < 2: 5 else: -3*i" }
    assert.truthy(fails(net.run, net, 3):find("element 1 is NaN", 1, true))
  end)
end)
