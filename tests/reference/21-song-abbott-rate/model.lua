local case = ...
local lp = require "lunapse"
local IF = lp.neuron {
  parameters = { tau_m = 10, tau_e = 5, vt = -54, vr = -60, El = -74, Ee = 0 },
  equations = [[
    tau_m * dv/dt = El - v + g_exc * (Ee - vr)   : init = -60
    tau_e * dg_exc/dt = -g_exc ]],
  spike = "v > vt", reset = "v = vr",
}
local expected, histogram, RUNS = case:read "expected.csv", case:read "histogram.csv", 8
for k = 1, expected.n do
  local dt, rate, counts = expected.dt[k], 0, {}
  for b = 1, histogram.n do counts[b] = 0 end
  for seed = 1, RUNS do
    local net = case:network { dt = dt, seed = seed }
    local input, output = net:poisson { size = 1000, rates = 15 }, net:population { size = 1, neuron = IF }
    local synapses = net:project { from = input, to = output, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.01),
      synapse = lp.models.STDP { tau_plus = 20, tau_minus = 20, A_plus = 0.01, A_minus = 0.0105, w_max = 0.01 } }
    local spikes = net:record(output, "spike")
    net:run(100e3)
    rate = rate + spikes:count() / 100 / RUNS
    local w = synapses.w
    for s = 1, 1000 do
      local b = math.min(20, math.floor(w[s] / 0.01 * 20) + 1)
      counts[b] = counts[b] + 1 / 1000 / RUNS
    end
  end
  local middle = (expected.band8_low[k] + expected.band8_high[k]) / 2
  case:line(("rate, dt = %g (%.2f)"):format(dt, rate), math.abs(rate - middle), (expected.band8_high[k] - expected.band8_low[k]) / 2)
  for b = 1, histogram.n do
    local sd = histogram[("sd(dt=%g)"):format(dt)][b]
    case:line(("bin %d, dt = %g"):format(b, dt), math.abs(counts[b] - histogram[("mean(dt=%g)"):format(dt)][b]), 4.5 * sd * math.sqrt(1 / RUNS + 1 / 1000))
  end
end
