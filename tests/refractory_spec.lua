-- Refractory periods in words: for how long, what stands still, what is discarded.
local lp = require "lunapse"

local function refused(description, message)
  local ok, e = pcall(lp.neuron, description)
  assert.is_false(ok)
  assert.truthy(tostring(e):find(message, 1, true), tostring(e))
end

local function with(refractory)
  return { equations = "dv/dt = 1\ndu/dt = 1\ndg_x/dt = 1", spike = "v > 2.5", reset = "v = 0", refractory = refractory }
end

for _, tier in ipairs { "interpreter", "native" } do
  describe("a refractory period, " .. tier, function()
    --- v, u and g_x five steps of 1 ms after a spike.
    local function after_spike(refractory)
      local net = lp.network { dt = 1, tier = tier }
      local p = net:population { size = 1, neuron = lp.neuron(with(refractory)) }
      net:run(3)
      p.u, p.g_x = 0, 0
      net:run(5)
      return { p.v[1], p.u[1], p.g_x[1] }
    end

    it("stops all but conductances unless it says otherwise", function()
      assert.same({ 0, 0, 5 }, after_spike(10))
      assert.same({ 0, 0, 5 }, after_spike { 10 })
      assert.same({ 0, 3, 5 }, after_spike(2))       -- free for three steps, at the last it spikes again
    end)

    it("stops what it says", function()
      assert.same({ 5, 5, 5 }, after_spike { 10, stops = "spikes" })
      assert.same({ 0, 5, 5 }, after_spike { 10, stops = { "v" } })
      assert.same({ 0, 5, 5 }, after_spike { 10, stops = "v" })
      assert.same({ 0, 0, 0 }, after_spike { 10, stops = { "v", "u", "g_x" } })
    end)

    it("stops no spikes that come after it", function()
      local net = lp.network { dt = 1, tier = tier }
      local p = net:population { size = 1, neuron = lp.neuron(with { 5, stops = "spikes" }) }
      local spikes = net:record(p, "spike")
      net:run(20)
      assert.same({ 2, 8, 14 }, spikes.t:table())
    end)

    it("may be a condition on what goes on", function()
      local net = lp.network { dt = 1, tier = tier }
      local p = net:population { size = 1, neuron = lp.neuron {
        equations = "dv/dt = if v > 20: -50 else: 5", spike = "v > 20", refractory = { "v > 20", stops = "spikes" } } }
      local spikes = net:record(p, "spike")
      net:run(60)
      assert.is_true(spikes:count() > 2)
      assert.is_true(spikes.t:diff():min() > 10)
    end)

    it("discards what arrives, where it says so", function()
      --- Spikes of three inputs of 1.1, the second while the neuron is refractory.
      local function spikes_of(refractory, source_times)
        local net = lp.network { dt = 1, tier = tier }
        local source = net:spike_source { size = 1, spikes = { source_times } }
        local p = net:population { size = 1, neuron = lp.neuron { equations = "dv/dt = 0", spike = "v > 1", reset = "v = 0", refractory = refractory } }
        net:project { from = source, to = p, connect = lp.all_to_all(), weights = 1.1, synapse = lp.synapse { pre_spike = "post.v += w" } }
        local spikes, v = net:record(p, "spike"), net:record(p, "v")
        net:run(40)
        return spikes.t:table(), v.v:flatten()
      end
      assert.same({ 3, 14 }, (spikes_of(10, { 2, 5 })))
      assert.same({ 3 }, (spikes_of({ 10, discards = { "v" } }, { 2, 5 })))
      local times, v = spikes_of({ 10, discards = "v" }, { 2, 5, 6, 20 })
      assert.same({ 3, 21 }, times)
      assert.equal(0, v:max())           -- what is discarded is never seen
    end)

    it("discards what arrives below the threshold, too, and keeps what the reset says", function()
      local net = lp.network { dt = 1, tier = tier }
      local source = net:spike_source { size = 1, spikes = { { 1, 2, 3, 9 } } }
      local p = net:population { size = 1, neuron = lp.neuron { equations = "dv/dt = 0", spike = "v > 1", reset = "v = -0.5", refractory = { 5, discards = "v" } } }
      net:project { from = source, to = p, connect = lp.all_to_all(), weights = 1.25, synapse = lp.synapse { pre_spike = "post.v += w" } }
      net:run(9)
      assert.equal(-0.5, p.v[1])
      net:run(2)
      assert.equal(0.75, p.v[1])
    end)
  end)
end

describe("a refractory period", function()
  it("is refused where it would never end", function()
    refused(with "v > -40", "while the condition holds, 'v' stands still, so it would hold for ever")
    refused(with "v > -40 and u < 3", "stands still, so it would hold for ever")
    refused(with { "u > -40", stops = { "u" } }, "'u' stands still")
    for _, fine in ipairs { "g_x > 1", "t - t_last < 5", "v > -40 or g_x > 1" } do assert.is_table(lp.neuron(with(fine))) end
    assert.is_table(lp.neuron(with { "v > -40", stops = { "u" } }))
  end)

  it("is refused where its words mean nothing", function()
    refused(with { 5, stops = { "w" } }, "'stops' names 'w', which is no variable of the model")
    refused(with { 5, stop = "spikes" }, "unknown option 'stop'")
    refused(with { 5, discards = { "v" }, stops = "spikes" }, "'v' is to be discarded, but does not stand still")
    refused(with { stops = "spikes" }, "the period is missing")
    refused(with { 5, stops = 3 }, "'stops' is a number")
    refused(with { 5, stops = { 3 } }, "entry 1 of 'stops' is a number")
    refused(with { {} }, "it is a table")
    refused(with { -1 }, "it must be a time in ms, got -1")
  end)

  it("is told with its words by all that tell about models", function()
    local front, stages, report = require "lunapse.language.front", require "lunapse.language.front.stages", require "lunapse.tell.report"
    for _, period in ipairs { 5, "g_x > 1" } do
      local description = with { period, stops = { "v", "u" }, discards = "v" }
      local net = lp.network { tier = "interpreter" }
      net:population { size = 1, neuron = lp.neuron(description) }
      local told = { tostring(lp.neuron(description)), stages.stage("model", front.neuron(description)), stages.stage("tree", front.neuron(description)),
        tostring(net:explain()), report.text(net, "md") }
      for _, text in ipairs(told) do assert.matches('[Rr]efractory%f[%W].-5?.-stops = { "v", "u" }.-discards = "v"', text) end
      assert.is_truthy(report.text(net, "tex"):find('stops = \\{ "v", "u" \\}', 1, true))
      for _, note in ipairs(net.populations[1]._compiled.notes) do
        if note.what == "refractory" then assert.same({ { "v", "u" }, { "g_x" } }, { note.stops, note.goes_on }) end
      end
    end
  end)

  it("says what it stops", function()
    local net = lp.network {}
    net:population { size = 1, neuron = lp.neuron(with(5)) }
    assert.truthy(tostring(net:explain()):find("a refractory neuron does not spike; v, u stand still; g_x goes on", 1, true))
    net = lp.network {}
    net:population { size = 1, neuron = lp.neuron(with { 5, stops = "spikes" }) }
    assert.truthy(tostring(net:explain()):find("a refractory neuron does not spike; nothing stands still; v, u, g_x go on", 1, true))
  end)
end)

describe("units", function()
  it("say which line switched them on, where it is the only one", function()
    refused({ parameters = { tau = 10 }, equations = "dv/dt = (1 - v)/tau", spike = "v > 1", reset = "v = 0", refractory = "5*ms" },
      "units are checked because one is named here: neuron, refractory: 5*ms")
    local ok, e = pcall(lp.neuron, { parameters = "tau = 10*ms", equations = "tau * dv/dt = -v + 3*mV\ndu/dt = -u", spike = "v > 1", reset = "v = 0" })
    assert.is_false(ok)
    assert.falsy(tostring(e):find("units are checked because", 1, true))
  end)
end)

describe("what could mean two things", function()
  it("is refused: bare noise in two equations", function()
    refused({ equations = "dv/dt = -v + xi\ndu/dt = -u + xi" }, "'xi' stands in the equations of v and u: one noise for both, or one each?")
    local net = lp.network {}
    local p = net:population { size = 2, neuron = lp.neuron { equations = "dv/dt = xi_1\ndu/dt = xi_1\ndw/dt = xi_2" } }
    net:run(1)
    assert.same(p.v:table(), p.u:table())
    assert.not_same(p.v:table(), p.w:table())
  end)

  it("is refused: texts with names", function()
    local ok, e = pcall(lp.synapse, { pre_spike = { up = "nonsense ((", "w += 0" } })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("it has an entry named 'up'", 1, true))
    refused({ equations = { "dv/dt = -v", [3] = "du/dt = 1" } }, "it has an entry named '3'")
  end)

  it("is refused: one value for all, assigned from each", function()
    local net = lp.network {}
    local p = net:population { size = 2, neuron = lp.neuron { parameters = "dir = 0 : population\nk = 1", equations = "x = dir + k : local" } }
    for _, text in ipairs { "dir = x", "dir = i * Uniform(0, 1)" } do
      local ok, e = pcall(p.run_regularly, p, text, { every = 1 })
      assert.is_false(ok)
      assert.truthy(tostring(e):find("'dir' lives once per population, the value assigned to it does not", 1, true))
    end
    p:run_regularly("k = x + i", { every = 1 })
  end)
end)

describe("a refractory period of half steps", function()
  it("is the same number of steps in both precisions and tiers: ties go to the even number", function()
    local expected = { [0.05] = 0, [0.15] = 2, [0.25] = 2, [0.35] = 4, [0.45] = 4, [0.3] = 3, [0.7] = 7, [1.05] = 10, [100.05] = 1000, [0.149] = 1, [0.151] = 2 }
    for _, precision in ipairs { "float64", "float32" } do
      for _, tier in ipairs { "interpreter", "native" } do
        for period, steps in pairs(expected) do
          local net = lp.network { dt = 0.1, precision = precision, tier = tier, warnings = false }
          local cells = net:population { size = 2, neuron = lp.neuron { parameters = "pause = 0", equations = "v = 1", spike = "v > 0", refractory = "pause" },
            parameters = { pause = { period, period } } }
          local spikes = net:record(cells, "spike")
          net:run(2 * period + 1)
          assert.equal(steps + 1, spikes.step[3] - spikes.step[1], ("%s, %s: %g ms"):format(precision, tier, period))
        end
      end
    end
  end)
end)

describe("a printed model", function()
  it("says what a refractory period stops, also where its description does not", function()
    local function printed(refractory, line)
      local text = tostring(lp.neuron { equations = { line or "10*dv/dt = 2 - v", "5*dw/dt = -w", "5*dg_exc/dt = -g_exc" }, spike = "v > 1", reset = "v = 0",
        refractory = refractory })
      return text:match "\n  refractory\n    (.*)$":gsub("\n    ", " | ")
    end
    assert.equal('5 | stops = { "v", "w" }', (printed(5)))
    assert.equal('5 | stops = { "v" }', (printed(5, "10*dv/dt = 2 - v : unless refractory")))
    assert.equal('5 | stops = "spikes"', (printed { 5, stops = "spikes" }))
    assert.equal('5 | stops = { "w" }', (printed { 5, stops = { "w" } }))
  end)
end)
