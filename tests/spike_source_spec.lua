-- Sources of given spikes: every time is an event, in the step nearest to it, and every event acts.
local lp = require "lunapse"

local Count = lp.neuron { name = "Count", equations = "c += g_in : init = 0\n last = g_in" }

--- Each event halves x, adds 1 and delivers x: three in one step deliver 1 + 1.5 + 1.75.
local Trace = lp.synapse { name = "Trace", equations = "x = x : init = 0, local", pre_spike = "x = 0.5*x + 1; g_target += x" }

local function list(a)
  local texts = {}
  for k = 1, #a do texts[k] = ("%.10g"):format(a[k]) end
  return table.concat(texts, " ")
end

for _, tier in ipairs { "interpreter", "native" } do
  for _, precision in ipairs { "float64", "float32" } do
    local function network(opt)
      local settings = { dt = 1, seed = 1, tier = tier, precision = precision }
      for key, value in pairs(opt or {}) do settings[key] = value end
      return lp.network(settings)
    end

    describe(("several spikes of a neuron in a step (%s, %s)"):format(tier, precision), function()
      it("are recorded, counted and delivered as often as they are", function()
        local net = network()
        local source = net:spike_source { size = 3, spikes = { { 4.6, 4.8, 5.2 }, { 5 }, { 0.2, 0.3 } } }
        source:compute_rate(10)
        local p = net:population { size = 1, neuron = Count }
        net:project { from = source, to = p, target = "in", connect = lp.all_to_all(), weights = { 1, 10, 100 } }
        local spikes, rows = net:record(source, "spike"), net:record(p, "last")
        local of = net:record(source, "spike", { of = { 1 } })
        net:run(6)
        assert.equal("0 0 5 5 5 5", list(spikes.t))
        assert.equal("3 3 1 1 1 2", list(spikes.neuron))
        assert.equal("1 1 1", list(of.neuron))
        assert.equal("300 100 200", list(source.r))
        assert.equal("1 1 1 2", list(source:spikes()))
        net:run(4)
        assert.equal(213, p.c[1])
        assert.equal("0 200 0 0 0 0 13 0 0 0", list(rows.last:flatten()))
      end)

      local wirings = {
        { "dense", function() return { connect = lp.all_to_all() } end },
        { "rows", function() return { connect = lp.fixed_probability(0.999999) } end },
        { "a delay for each", function() return { connect = lp.all_to_all(), delays = { 2, 3, 2, 3, 2, 3, 2, 3 } } end },
      }
      for _, wiring in ipairs(wirings) do
        for _, threads in ipairs { 1, 3 } do
          it(("act one after the other through synapses (%s, %d threads)"):format(wiring[1], threads), function()
            local net = network { threads = threads }
            local source = net:spike_source { size = 4, spikes = { { 1, 1, 1 }, { 1, 3 }, {}, { 0.9, 1.1 } } }
            local p = net:population { size = 2, neuron = Count }
            local opt = wiring[2]()
            opt.from, opt.to, opt.target, opt.synapse = source, p, "in", Trace
            local proj = net:project(opt)
            net:run(8)
            -- 1: 1 + 1.5 + 1.75, 2: 1 + 1.5, 4: 1 + 1.5
            assert.equal("9.25 9.25", list(p.c))
            local x = {}
            for k = 1, proj.size do x[k] = proj.x[k] + 10 * proj.pre[k] end
            table.sort(x)
            assert.equal("11.75 11.75 21.5 21.5 30 30 41.5 41.5", list(x))
          end)
        end
      end

      it("act so on a receiver with a clock of its own", function()
        local net = network { dt = 0.1 }
        local source = net:spike_source { size = 2, dt = 1, spikes = { { 1, 1, 1 }, { 0.9 } } }
        local p = net:population { size = 1, neuron = Count }
        net:project { from = source, to = p, target = "in", synapse = Trace, connect = lp.all_to_all() }
        net:run(4)
        assert.equal(5.25, p.c[1])
      end)

      it("act so as spikes of a post neuron", function()
        local net = network()
        local source = net:spike_source { size = 2, spikes = { { 2, 2, 2 }, { 2 } } }
        local other = net:spike_source { size = 2, spikes = { { 0 }, { 0 } } }
        local rule = lp.synapse { pre_spike = "w += 0", post_spike = "w = 2*w + 1" }
        for _, connect in ipairs { lp.all_to_all(), lp.fixed_probability(0.999999) } do
          net:project { from = other, to = source, synapse = rule, connect = connect, weights = 1 }
        end
        net:run(4)
        for _, proj in ipairs(net.projections) do
          for k = 1, proj.size do assert.equal(proj.post[k] == 1 and 15 or 3, proj.w[k]) end
        end
      end)
    end)
  end
end

describe("spike sources", function()
  it("keep a period that is no multiple of dt, without drift", function()
    local net = lp.network { dt = 0.1 }
    local fast = net:spike_source { size = 1, spikes = { { 0 } }, period = 0.25 }
    local mains = net:spike_source { size = 2, spikes = { { 0 }, { 5 } }, period = 1000 / 60 }
    local many = net:spike_source { size = 1, spikes = { { 0, 0.01 } }, period = 0.03 }
    local a, b, c = net:record(fast, "spike"), net:record(mains, "spike"), net:record(many, "spike")
    net:run(1000)
    assert.equal(4000, a:count())
    assert.equal(120, b:count())
    -- times below 999.95 ms: steps 0 .. 9999
    assert.equal(2 * 33332, c:count())
    net:run(59000)
    assert.equal(240000, a:count())
    assert.equal(7200, b:count())
    for k = 1, 7200, 2 do
      local cycle = (k - 1) // 2 * (1000 / 60)
      assert.is_true(math.abs(b.t[k] - cycle) <= 0.05 + 1e-6 and math.abs(b.t[k + 1] - (cycle + 5)) <= 0.05 + 1e-6)
    end
  end)

  it("replay what was recorded: the very events at the same dt, as many at any other", function()
    local net = lp.network { dt = 0.1, seed = 4 }
    local p = net:poisson { size = 20, rates = 200 }
    local recorded = net:record(p, "spike")
    net:run(2000)
    for _, dt in ipairs { 0.1, 0.05, 0.3, 1, 7, 1000 / 44100 } do
      local again = lp.network { dt = dt }
      local source = again:spike_source { size = 20, neuron = recorded.neuron, t = recorded.t }
      local spikes = again:record(source, "spike")
      again:run(2100)
      assert.equal(recorded:count(), spikes:count())
      if dt == 0.1 then
        assert.is_true(recorded.neuron:eq(spikes.neuron):all())
        assert.is_true(recorded.step:eq(spikes.step):all())
        assert.is_true(recorded.t:eq(spikes.t):all())
      else
        assert.is_true((recorded:rates() * 2 - spikes:rates() * ((spikes.to - spikes.from) / 1000)):abs():max() < 1e-6)
      end
    end
  end)

  it("refuse what cannot be, with the reason", function()
    local net = lp.network { dt = 0.1 }
    local function message(opt)
      local ok, text = pcall(net.spike_source, net, opt)
      assert.is_false(ok)
      return text
    end
    assert.truthy(message { size = 1, spikes = { { 3 } }, period = 3 }:find("the spike time 3 ms does not lie within the period of 3 ms", 1, true))
    assert.truthy(message { size = 1, spikes = { { 0 } }, period = -1 }:find("a period must be 0 (none) or a time in ms, got -1", 1, true))
    assert.truthy(message { size = 1, spikes = { { 0 } }, period = 1e-11 }:find("more than 100000000 spikes in a step", 1, true))
    assert.truthy(message { size = 1, spikes = { { -1 } } }:find("a spike time must be >= 0, got -1", 1, true))
  end)
end)
