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
