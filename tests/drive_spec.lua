-- Variables that sounds and timed arrays set: the sample of a step is what everybody sees in that step.
local compare = require "tests.compare"
local lp = require "lunapse"
local try_changes = dofile "tests/trials.lua"

local fails = compare.fails

local function list(a)
  local texts = {}
  for k = 1, #a do texts[k] = ("%.9g"):format(a[k]) end
  return table.concat(texts, " ")
end

local function steps(values, dt) return lp.timed_array(values, { dt = dt or 1 }) end

for _, tier in ipairs { "interpreter", "native" } do
  for _, precision in ipairs { "float64", "float32" } do
    local function network(dt) return lp.network { dt = dt or 1, seed = 1, tier = tier, precision = precision } end

    describe(("driven variables (%s, %s)"):format(tier, precision), function()
      it("renew all that is computed from them", function()
        local net = network()
        local cells = lp.neuron {
          parameters = "I = 0\n tau = 1\n C = 4\n T = 2",
          equations = [[
            quotient = I/10
            falling = exp(-I/C) + sqrt(tau)
            dv/dt = I/C - v/T                : exact
            tau * du/dt = I - u              : exponential ]],
          spike = "I > 4*C", reset = "n += 1 : init = 0",
        }
        local p = net:population { size = 2, neuron = cells, drive = { I = steps { { 5, 5 }, { 8, 20 } }, tau = steps { 1, 4 } } }
        net:run(1)
        compare.all_near({ 0.5, 0.5 }, p.quotient, 1e-6)
        compare.near(2.5 * (1 - math.exp(-0.5)), p.v[1], 1e-6)
        net:run(1)
        compare.all_near({ 0.8, 2 }, p.quotient, 1e-6)
        compare.all_near({ math.exp(-2) + 2, math.exp(-5) + 2 }, p.falling, 1e-6)
        compare.near(2.5 * (1 - math.exp(-0.5)) * math.exp(-0.5) + 4 * (1 - math.exp(-0.5)), p.v[1], 1e-6)
        compare.near(5 * (1 - math.exp(-1)) * math.exp(-0.25) + 8 * (1 - math.exp(-0.25)), p.u[1], 1e-6)
        assert.equal("0 1", list(p.n))
      end)

      it("are seen so by synapses and by who refers to them", function()
        local net = network()
        local p = net:population { size = 1, neuron = lp.neuron { parameters = { I = 1, k = 2 }, equations = "x = I" }, drive = { I = steps { 4, 9, 16 } } }
        local q = net:population { size = 1, neuron = lp.neuron { equations = "y = sum(in)\n z = mean(o.I)/10" }, refs = { o = p } }
        local rule = lp.synapse { psp = "w * sqrt(pre.I) / pre.k", equations = "m = post.z + exp(0*pre.I) * pre.I / 8" }
        local proj = net:project { from = p, to = q, target = "in", synapse = rule, connect = lp.all_to_all(), weights = 1 }
        local seen = net:record(q, { "y", "z" })
        local m = net:record(proj, "m")
        net:run(3)
        assert.equal("1 1.5 2", list(seen.y:flatten()))
        assert.equal("0.4 0.9 1.6", list((seen.z:flatten() * 10):round() / 10))
        compare.all_near({ 0.4 + 0.5, 0.9 + 1.125, 1.6 + 2 }, m.m:flatten(), 1e-6)
      end)

      it("reach a sum in the step of their sample, and d - 1 steps later with a delay of d", function()
        local net = network()
        local p = net:population { size = 1, neuron = lp.neuron { parameters = { r = 0 } }, drive = { r = steps { 5, 7, 9, 11 } } }
        local recordings = {}
        for k, delay in ipairs { 1, 2, 3 } do
          local q = net:population { size = 1, neuron = lp.neuron { equations = "y = sum(exc)" } }
          net:project { from = p, to = q, target = "exc", connect = lp.all_to_all(), weights = 1, delays = delay > 1 and delay or nil }
          recordings[k] = net:record(q, "y")
        end
        net:run(6)
        assert.equal("5 7 9 11 11 11", list(recordings[1].y:flatten()))
        assert.equal("0 5 7 9 11 11", list(recordings[2].y:flatten()))
        assert.equal("0 0 5 7 9 11", list(recordings[3].y:flatten()))
      end)

      it("reach sums of plastic synapses, which are taken ahead where that is possible", function()
        local function outcome(driven)
          local net = network()
          local p = net:population { size = 3, neuron = lp.neuron { parameters = { r = 0 } }, drive = driven }
          local q = net:population { size = 2, neuron = lp.neuron { equations = "s = sum(exc)" } }
          local proj = net:project { from = p, to = q, target = "exc", connect = lp.all_to_all(), weights = 1,
            synapse = lp.synapse { psp = "w * pre.r", equations = "w += 0.5 * pre.r" } }
          local s = net:record(q, "s")
          if driven then
            net:run(3)
          else
            for _, row in ipairs { { 1, 2, 3 }, { 4, 6, 5 }, { 7, 9, 8 } } do
              p.r = row
              net:run(1)
            end
          end
          return list(s.s:flatten()) .. "; " .. list(proj.w)
        end
        assert.equal(outcome(nil), outcome { r = steps { { 1, 2, 3 }, { 4, 6, 5 }, { 7, 9, 8 } } })
      end)

      it("take one course for all neurons from one channel", function()
        local net = network()
        local N = lp.neuron { parameters = "I = 0\n J = 0 : population", equations = "v = I + J" }
        local p = net:population { size = 3, neuron = N, drive = { I = steps { 5, 7 }, J = steps { 10, 20 } } }
        net:run(1)
        assert.equal("15 15 15", list(p.v))
        net:run(1)
        assert.equal("27 27 27", list(p.v))
        assert.equal("7 7 7", list(p.I))
        assert.equal(20, p.J)
        assert.equal("population 'population2', J is one value for the whole population: a drive of one channel expected",
          fails(net.population, net, { size = 2, neuron = N, drive = { J = steps { { 1, 2 }, { 3, 4 } } } }))
      end)

      it("are rates of Poisson neurons, by `rates` or by `drive`", function()
        for _, how in ipairs { "rates", "drive" } do
          local net = network()
          local course = lp.timed_array({ 0, 1000, 0, 250 }, { times = { 0, 100, 200, 300 } })
          local p = net:poisson { size = 10, rates = how == "rates" and course or nil, drive = how == "drive" and { rates = course } or nil }
          local each = net:poisson { size = 2, rates = steps({ { 1000, 0 }, { 0, 1000 } }, 5) }
          local whole = net:poisson { size = 3, rates = require("lunapse.hearing").generator(function(times) return times * 0 + 1000 end) }   -- a source that does not know its highest rate
          local s, t, r = net:record(p, "spike"), net:record(each, "spike"), net:record(each, "rates")
          net:run(300)
          assert.equal(1000, s:count())
          assert.equal("100 199", list { s.t:min(), s.t:max() })
          assert.equal("1 1 1 1 1 2", list(t.neuron:slice(1, 6)))
          assert.equal(300, t:count())
          assert.equal("1000 1000 1000", list(whole.rates))
          assert.equal("0 1000", list(each.rates))
          assert.equal("1000 0 0 1000", list { r.rates:get(5, 1), r.rates:get(5, 2), r.rates:get(6, 1), r.rates:get(6, 2) })
          s:clear()
          net:run(4000)
          assert.is_true(math.abs(s:count() - 10000) < 5 * math.sqrt(10000))
        end
      end)
    end)
  end
end

describe("rates of Poisson neurons", function()
  local function network() return lp.network { dt = 1, seed = 1, warnings = false } end

  it("read as one for each neuron, also while one holds for all", function()
    local net = network()
    local p = net:poisson { size = 3, rates = 20 }
    local before, part = p.rates, p:slice(2, 3).rates
    assert.equal("array float64 [3]  20 for all 3", tostring(before))
    p.rates = 30
    assert.equal("30 30", list(part))
    part[1] = 1000
    assert.equal("30 1000 30", list(before))
    assert.equal("30 1000 30", list(p.rates))
    local spikes = net:record(p, "spike", { of = { 2 } })
    net:run(50)
    assert.equal(50, spikes:count())
    assert.equal("population 'population1', rates must be at least 0, got -5", fails(function() p.rates = { 1, -5, 2 } end))
    assert.truthy(fails(function() p.rates = "30 * i" end):find("a number, a table or array of numbers, or a distribution expected", 1, true))
    assert.equal("30 1000 30", list(p.rates))
    local varying = net:poisson { name = "varying", size = 2, rates = "10 * i" }
    assert.equal("population 'varying', rates is computed anew in every step: rates = 10 * i : local", fails(function() varying.rates[1] = 3 end))
  end)

  it("may be written one by one, by any way there is", function()
    local writes = {
      function(p) p.rates[2] = 1000 end,
      function(p) p.rates:set(2, 1000) end,
      function(p) p.rates:put({ 2 }, { 1000 }) end,
      function(p) p.rates:slice(2, 2):fill(1000) end,
      function(p) p:slice(2, 2).rates = 1000 end,
      function(p) p.rates = { 0, 1000 } end,
    }
    for _, write in ipairs(writes) do
      local net = network()
      for _, rates in ipairs { 0, { 0, 0 } } do
        local p = net:poisson { size = 2, rates = rates }
        local spikes = net:record(p, "spike")
        net:run(10)
        write(p)
        net:run(100)
        assert.equal(100, spikes:count())
        assert.equal(2, spikes.neuron:min())
      end
    end
  end)

  it("may change in every step, each neuron its own", function()
    local function rate(k, t) return (k + t) % 50 * ((k + t) % 3) end          -- 0 for every third neuron, which are others in the next step
    local net = network()
    local p = net:poisson { size = 100, rates = lp.full(20, 100) }
    local spikes, wanted = net:record(p, "spike"), 0
    net:every(1, function(t)
      for k = 1, 100 do p.rates[k] = rate(k, t) end
    end)
    net:run(1)
    spikes:clear()
    for t = 1, 1000 do
      for k = 1, 100 do wanted = wanted + rate(k, t) / 1000 end
    end
    net:run(1000)
    assert.is_true(math.abs(spikes:count() - wanted) < 5 * math.sqrt(wanted))
    for k, t in ipairs(spikes.t:table()) do assert.is_true(rate(spikes.neuron[k], t) > 0) end
  end)

  it("that are none are refused, and stop the run where a drive has them", function()
    local net = network()
    local p = net:poisson { name = "p", size = 2, rates = { 1, 2 } }
    net:run(1)
    assert.equal("population 'p', rates must be at least 0, got -1", fails(function() p.rates[2] = -1 end))
    net:run(1)
    local loud = net:poisson { name = "loud", size = 1, rates = lp.timed_array({ 1, -2 }, { dt = 1 }) }
    assert.truthy(fails(net.run, net, 2):find("population 'loud', rates: a rate must be a number >= 0, got -2", 1, true))
    assert.equal("population 'loud', rates is set by its drive at every step", fails(function() loud.rates = 5 end))
  end)

  it("are read by synapses, and given once", function()
    local net = network()
    local p = net:poisson { size = 2, rates = { 30, 50 } }
    local q = net:population { size = 1, neuron = lp.neuron { equations = "x = g_in" } }
    local proj = net:project { from = p, to = q, target = "in", connect = lp.all_to_all(), synapse = lp.synapse { equations = "k = pre.rates / 10", pre_spike = "g_target += w" } }
    net:run(1)
    assert.equal("3 5", list(proj.k))
    p.rates[1] = 70
    net:run(1)
    assert.equal("7 5", list(proj.k))
    assert.truthy(fails(net.project, net, { from = q, to = p, connect = lp.all_to_all(), synapse = lp.synapse { equations = "post.rates = sum(w)" } })
      :find("synapses cannot write the rates of Poisson neurons", 1, true))
    assert.equal("net:poisson: either 'rates' or a drive of 'rates' can be given",
      fails(net.poisson, net, { size = 1, rates = 5, drive = { rates = lp.timed_array({ 1 }, { dt = 1 }) } }))
    assert.equal("net:poisson: option 'rates' is missing", fails(net.poisson, net, { size = 1 }))
  end)
end)

describe("drives and rates", function()
  it("are stored and put back with the network, to the bit", function()
    local stored = require "lunapse.network.stored"
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, seed = 3, tier = tier, warnings = false }
      local course, each = {}, {}
      for k = 1, 60 do course[k], each[k] = k * k % 11, { k % 7 * 50, k % 5 * 20 } end
      local N = lp.neuron { parameters = "I = 0\n k = 1", equations = "v += k * I + sum(exc) : init = 0" }
      local p = net:population { name = "p", size = 2, neuron = N, drive = { I = steps(course) } }
      local q = net:population { name = "q", size = 2, neuron = N, drive = { I = steps(each) } }
      net:project { name = "late", from = q, to = p, target = "exc", connect = lp.all_to_all(), synapse = lp.synapse { psp = "w * pre.I" }, weights = 1, delays = 3 }
      local one = net:poisson { name = "one", size = 30, rates = 40 }
      local other = net:poisson { name = "other", size = 30, rates = lp.uniform(10, 90) }
      local driven = net:poisson { name = "driven", size = 2, rates = steps(each) }
      for _, source in ipairs { one, other, driven } do net:record(source, "spike") end
      net:record(p, { "v", "I" })
      net:run(13)
      net:store "between"
      net:every(20, function(t) if t == 20 then net:store "in a step" end end, { when = "start" })
      net:run(27)
      local last = stored.digest(net)
      local changes = {
        function() end,
        function() one.rates = 3 end,
        function() one.rates[2] = 300 end,
        function() other.rates = 5 end,
        function() other.rates = lp.uniform(200, 400) end,
        function() for _ = 1, 4 do other.rates[3] = other.rates[3] + 1 net:run(1) end end,
        function() q.k = { 1, 2 } end,
      }
      try_changes(net, { "between", "in a step" }, changes, 40, last, tier)
      assert.equal("array float64 [30]  40 for all 30", tostring(one.rates))
    end
  end)
end)

describe("drives", function()
  it("that give no numbers are refused where they enter", function()
    assert.equal("timed_array: row 2 is not a number (NaN)", fails(lp.timed_array, { 1, 0 / 0 }, { dt = 1 }))
    assert.equal("timed_array: row 1, channel 2 must be finite, got inf", fails(lp.timed_array, { { 1, math.huge }, { 2, 3 } }, { dt = 1 }))
    assert.truthy(fails(lp.timed_array, { 1, 2 }, { times = { 0, 0 / 0 } }):find("time", 1, true))
    local net = lp.network { dt = 1 }
    local h = require "lunapse.hearing"
    net:population { name = "p", size = 2, neuron = lp.neuron { parameters = { I = 0 }, equations = "v = I" },
      drive = { I = h.generator(function(t) return (t - 3):sqrt() end) } }
    assert.truthy(fails(net.run, net, 1):find("population 'p', I: its drive gives no number (NaN) in channel 1", 1, true))
  end)

  it("that begin later begin with the sample of that time", function()
    local net = lp.network { dt = 1 }
    net:run(3)
    local p = net:population { size = 1, neuron = lp.neuron { parameters = { I = 0 }, equations = "v = I + 0*i" }, drive = { I = steps { 1, 2, 3, 4, 5 } } }
    local v = net:record(p, "v")
    net:run(2)
    assert.equal("4 5", list(v.v:flatten()))
  end)

  it("win over what a script writes, which is therefore refused", function()
    local net = lp.network { dt = 1 }
    local p = net:population { name = "p", size = 2, neuron = lp.neuron { parameters = { I = 0 }, equations = "v = I" }, drive = { I = steps { 1, 2 } } }
    local q = net:population { name = "q", size = 2, neuron = lp.neuron { parameters = { I = 0 }, equations = "v = I" }, drive = { I = steps { { 1, 2 }, { 3, 4 } } } }
    for _, d in ipairs { p, q } do
      local message = d:_where "I" .. " is set by its drive at every step"
      for _, write in ipairs {
        function() d.I = 5 end, function() d.I[2] = 5 end, function() d.I:fill(5) end, function() d.I:slice(2, 2):add(1) end,
        function() d:slice(1, 1).I = 5 end, function() d:select({ 2, 1 }).I[1] = 5 end,
      } do
        assert.equal(message, fails(write))
      end
    end
    net:run(1)
    assert.equal("1 1 1 2", list { p.I[1], p.I[2], q.I[1], q.I[2] })
  end)

  it("keep going where a variable becomes one for each neuron", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = lp.neuron { parameters = { I = 0 }, equations = "v = I" }, drive = { I = steps { 1, 2, 3 } } }
    net:run(1)
    p:run_regularly("v += I * i", { every = 1 })
    net:run(1)
    assert.equal("4 6", list(p.v))
  end)
end)
