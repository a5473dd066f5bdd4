--- The same seed gives the same bits: for any number of threads, in both tiers, however work is cut into parts, and when native code takes over in the
--- middle of a run.
local lp = require "lunapse"

--- Everything a run leaves behind, as one list of numbers.
local function outcome(build, opt, duration, hold, parts)
  local net = lp.network(opt)
  local look = build(net)
  if hold then net._core:hold_native(hold) end
  if parts then net._core:split(parts) end
  net:run(duration)
  return look()
end

local function same(a, b)
  if #a ~= #b then return false, ("sizes %d and %d"):format(#a, #b) end
  for k = 1, #a do
    if a[k] ~= b[k] and not (a[k] ~= a[k] and b[k] ~= b[k]) then return false, ("element %d: %.17g and %.17g"):format(k, a[k], b[k]) end
  end
  return true
end

local function append(list, array)
  for _, x in ipairs(array:flatten():table()) do list[#list + 1] = x end
end

local COBA = lp.neuron {
  parameters = { tau = 20, tau_exc = 5, tau_inh = 10, El = -60, Ee = 0, Ei = -80, Vt = -50, Vr = -60 },
  equations = [[
    tau * dv/dt = (El - v) + g_exc * (Ee - v) + g_inh * (Ei - v) + 2 * Normal(0, 1)  : init = -60
    tau_exc * dg_exc/dt = -g_exc
    tau_inh * dg_inh/dt = -g_inh ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 5,
}

--- Large enough that threads may pay.
local function recurrent(net)
  local all = net:population { size = 20000, neuron = COBA }
  all.v, all.g_exc, all.g_inh = lp.normal(-60, 5), lp.normal(4, 1.5, { min = 0 }), lp.normal(20, 12, { min = 0 })
  net:project { from = all:slice(1, 16000), to = all, target = "exc", connect = lp.fixed_probability(0.004), weights = lp.uniform(0, 1.2),
    delays = lp.uniform(0.1, 2) }
  net:project { from = all:slice(16001, 20000), to = all, target = "inh", connect = lp.fixed_probability(0.004), weights = 6.7 }
  local spikes = net:record(all, "spike")
  return function()
    local list = {}
    append(list, spikes.step)
    append(list, spikes.neuron)
    append(list, all.v)
    append(list, all.g_exc)
    assert.is_true(spikes:count() > 1000)
    return list
  end
end

--- Plastic synapses of every kind of storage: all to all, sparse, with delays.
local function plastic(net)
  local input = net:poisson { size = 200, rates = lp.uniform(5, 60) }
  local output = net:population { size = 3, neuron = lp.models.IF_cond_exp }
  output:compute_rate(500)
  local a = net:project { from = input, to = output, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.03),
    synapse = lp.models.STDP { w_max = 0.03, A_minus = 0.0105 } }
  local b = net:project { from = input, to = output, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.03),
    delays = lp.uniform(1, 10), synapse = lp.models.STDP { w_max = 0.03, A_minus = 0.0105 } }
  local c = net:project { from = input, to = output, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0.01, 0.03),
    synapse = lp.models.homeostatic_STDP }
  local d = net:project { from = input, to = output, target = "inh", connect = lp.fixed_number_pre(50), weights = 0.001, synapse = lp.models.STP }
  local spikes = net:record(output, "spike")
  return function()
    local list = {}
    append(list, spikes.step)
    for _, p in ipairs { a, b, c } do append(list, p.w) end
    append(list, d.x)
    append(list, output.v)
    return list
  end
end

--- What a spike writes at its targets other spikes of the step read at their sources: one population is both.
local function reading_itself(net)
  local all = net:population { size = 3000, neuron = lp.neuron { equations = "dv/dt = -v/20 + 3 * Normal(0, 1)\ndy/dt = -y/10 : init = 0.1",
    spike = "v > 3", reset = "v = 0" } }
  all.v = lp.uniform(0, 3)
  net:project { from = all, to = all, connect = lp.fixed_probability(0.05), weights = 0.01, synapse = lp.synapse { pre_spike = "post.y += w * (1 + pre.y)" } }
  local rates = net:population { size = 1000, neuron = lp.neuron { equations = "dr/dt = -r/10 : init = 0.1" } }
  rates.r = lp.uniform(0, 1)
  net:project { from = rates, to = rates, connect = lp.fixed_probability(0.2), weights = 1e-3, synapse = lp.synapse { equations = "post.r += w * pre.r" } }
  return function()
    local list = {}
    append(list, all.y)
    append(list, rates.r)
    return list
  end
end

for name, case in pairs { recurrent = { recurrent, 30, 0.1 }, plastic = { plastic, 2000, 1 }, reading_itself = { reading_itself, 10, 0.1 } } do
  describe("the same bits, " .. name .. " network:", function()
    local build, duration, dt = table.unpack(case)
    local reference
    setup(function() reference = outcome(build, { dt = dt, seed = 5, tier = "interpreter" }, duration) end)

    for threads = 1, 3 do
      for _, tier in ipairs { "interpreter", "native" } do
        it(("%d threads, %s"):format(threads, tier), function()
          assert(same(reference, outcome(build, { dt = dt, seed = 5, tier = tier, threads = threads }, duration)))
        end)
      end
    end

    for _, parts in ipairs { 2, 3, 16, 255 } do
      it(("3 threads, cut into %d parts"):format(parts), function()
        for _, tier in ipairs { "interpreter", "native" } do
          assert(same(reference, outcome(build, { dt = dt, seed = 5, tier = tier, threads = 3 }, duration, nil, parts)))
        end
      end)
    end

    it("native code that takes over in the middle of the run", function()
      assert(same(reference, outcome(build, { dt = dt, seed = 5, tier = "native" }, duration, math.floor(duration / dt / 2))))
    end)

    it("another seed gives another result", function()
      assert.is_false((same(reference, outcome(build, { dt = dt, seed = 6, tier = "interpreter" }, duration))))
    end)
  end)
end
