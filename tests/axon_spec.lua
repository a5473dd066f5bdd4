--- Axons that spike on their own: what they transmit, and what they leave alone.
local lp = require "lunapse"

local function sends(opt)
  local net = lp.network { dt = 1, tier = opt.tier }
  local a = net:population { size = 1, neuron = lp.neuron {
    parameters = { I = 1 }, equations = [[ v += I : init = 0
                                           n += 0 : init = 0 ]], spike = "v > 10", reset = "v = 0", refractory = 2,
    axon_spike = "v > 5 and v < 7", axon_reset = "n += 1" } }
  local b = net:population { size = 1, neuron = lp.neuron { equations = "x = g_exc" } }
  local p = net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), weights = 1, delays = opt.delays, synapse = opt.synapse }
  local spikes, x = net:record(a, "spike"), net:record(b, "x")
  net:run(30)
  local arrived = {}
  for k, value in ipairs(x.x:column(1):table()) do
    if value ~= 0 then arrived[#arrived + 1] = k - 1 end
  end
  return arrived, spikes.step:table(), a.n[1], p
end

describe("spikes of an axon alone", function()
  for _, tier in ipairs { "interpreter", "native" } do
    it("are transmitted, reset nothing of the neuron's and make nobody refractory, " .. tier, function()
      local arrived, spikes, n = sends { tier = tier }
      -- v = 6 after step 5: an axon spike; v = 11 after step 10: a spike, then two steps of rest
      assert.same({ 10, 23 }, spikes)
      assert.same({ 6, 11, 19, 24 }, arrived)
      assert.equal(2, n)
    end)

    it("keep their delays, " .. tier, function()
      assert.same({ 8, 13, 21, 26 }, (sends { tier = tier, delays = 3 }))
      assert.same({ 8, 13, 21, 26 }, (sends { tier = tier, delays = { 3 } }))
    end)

    it("teach nothing, " .. tier, function()
      local _, _, n, p = sends { tier = tier, synapse = lp.synapse { equations = "", pre_spike = [[
        g_target += w
        w += 1 ]] } }
      assert.equal(2, n)
      assert.equal(3, p.w[1])      -- two spikes of the neuron, not its two axon spikes
    end)
  end
end)

describe("a spike of an axon alone", function()
  local model = { parameters = "I = 1", equations = "v += I : init = 0\nn += 0 : init = 0", spike = "v > 10", reset = "v = 0",
    axon_spike = "v > 5 and v < 7", axon_reset = "n += 1" }

  local function arrived(synapse, target)
    local net = lp.network { dt = 1 }
    local a = net:population { size = 1, neuron = lp.neuron(model) }
    local b = net:population { size = 1, neuron = lp.neuron { parameters = "hits = 0", equations = "c = c + g_exc + 0*hits : init = 0" } }
    net:project { from = a, to = b, target = target, connect = lp.all_to_all(), synapse = lp.synapse(synapse) }
    local spikes, axons = net:record(a, "spike"), net:record(a, "axon_spike")
    net:run(60)
    assert.equal(5, spikes:count())
    assert.equal(5, axons:count())
    assert.equal(5, a.n[1])
    assert.equal(5, axons.t[1])
    return b.hits[1] + b.c[1]
  end

  it("acts on the post neuron, whatever line says so, with the helpers of that line", function()
    assert.equal(10, arrived { pre_spike = "post.hits += 1" })
    assert.equal(20, arrived({ pre_spike = "h = 2*w; g_target += h" }, "exc"))
    assert.equal(40, arrived({ pre_spike = "h = 2*w; k = h*2; g_target += k; x += 1 : init = 0" }, "exc"))
  end)

  it("does what the synapse says of it, in place of that", function()
    assert.equal(30, arrived({ pre_spike = "g_target += w", on = { pre_axon_spike = "g_target += 5*w" } }, "exc"))
    assert.equal(5, arrived { on = { pre_axon_spike = "post.hits += 1" } })
  end)

  it("is refused without spikes of the neuron", function()
    local ok, e = pcall(lp.neuron, { equations = "v = 1", axon_spike = "v > 1" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("'axon_spike' without 'spike'", 1, true))
  end)
end)
