--- A noisy neuron notices coincidences (Rossant, Leijon, Magnusson & Brette 2011, Journal of Neuroscience 31:17193-17206, figure 14): 4000 excitatory and 1000
--- inhibitory inputs of 1 Hz balance each other, and the neuron fires by fluctuations alone. If at each of 40 random times a second spikes of 15 excitatory
--- ones fall together, with all rates as before, it fires much more, at these times. The constants are those of Brian 2's example of this figure.
--- Published: ratio 1.8..5 (15 synchronous spikes make the rate "significantly higher", Brian 2's example; how much is not said), share 0..0.01 ("less than 1%
--- of the excitatory synapses", there), rate_independent 1..6 Hz (fluctuations of 4 mV, 10 mV below threshold)
--- Takes 2 s.
--- Run: lunapse examples/papers/rossant_2011.lua [seed=1 duration=10000 threads=1 out=rossant_2011.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 10e3, threads = 1, out = "rossant_2011.png" }

local N_E, N_I, RATE, EVENTS, COPIES, SHOWN = 4000, 1000, 1, 40, 25, 500           -- inputs; Hz; Hz; neurons for each number of synchronous spikes; ms
local TAU, TAU_E, TAU_I = 5, 3, 10                                                 -- ms
local W_E = 0.5 / (TAU / TAU_E)^(TAU / (TAU_E - TAU))                              -- a postsynaptic potential of 0.5 mV
local W_I = -N_E * W_E * TAU_E / (N_I * TAU_I)                                     -- cancels the mean of excitation
local sizes = { 0, 5, 10, 15, 20, 25, 30 }                                         -- spikes that fall together
local SYNCHRONOUS = 4                                                              -- which of these is looked at

local cell = lp.neuron {
  name = "integrate-and-fire",
  parameters = { tau = TAU, tau_e = TAU_E, tau_i = TAU_I, El = -65, theta = -55 },
  equations = [[
    tau * dv/dt = El - v + g_exc + g_inh     : init = El, exact
    tau_e * dg_exc/dt = -g_exc               : exact
    tau_i * dg_inh/dt = -g_inh               : exact
  ]],
  spike = "v > theta", reset = "v = El", refractory = { 5, stops = "v" },
}

local net = lp.network { dt = 0.1, seed = a.seed, threads = a.threads }
local cells = net:population { name = "cells", size = #sizes * COPIES, neuron = cell }
local event = net:poisson { name = "events", size = 1, rates = EVENTS }
for k, p in ipairs(sizes) do
  local part = cells:slice((k - 1) * COPIES + 1, k * COPIES)
  net:poisson_input { to = part, target = "exc", n = N_E, rate = RATE - p * EVENTS / N_E, weight = W_E }
  net:poisson_input { to = part, target = "inh", n = N_I, rate = RATE, weight = W_I }
  if p > 0 then net:project { from = event, to = part, target = "exc", connect = lp.all_to_all(), weights = p * W_E } end
end
local spikes, events = net:record(cells, "spike"), net:record(event, "spike")
local trace = net:record(cells, "v", { of = { 1, (SYNCHRONOUS - 1) * COPIES + 1 } })
net:run(SHOWN)
trace:pause()
net:run(math.max(a.duration - SHOWN, 100))

local rate = spikes:rates():reshape(#sizes, COPIES):mean(2)
local times = events.t[events.t:gt(10):both(events.t:lt(net.t - 30))]
local around, lags = spikes:psth(times, { from = -10, to = 30, bin = 1 })

local fig = lp.figure { rows = 3, columns = 2, heights = { 1, 1, 1.3 }, width = "140 mm", height = "130 mm", style = "paper", letters = true }
for k, name in ipairs { "independent", ("%d of %d synchronous, %d times a second"):format(sizes[SYNCHRONOUS], N_E, EVENTS) } do
  local axes = fig:axes(k, 1, { columns = 2 })
  local number = k == 1 and 1 or (SYNCHRONOUS - 1) * COPIES + 1
  local own = spikes.t[spikes.neuron:eq(number):both(spikes.t:le(SHOWN))]
  axes:line(trace.t, trace.v:column(k), { color = k == 1 and "blue" or "red", width = 0.7 }):hline(-55, { color = "gray", dash = "dashed" })
  axes:points(own, lp.zeros(#own) - 52, { marker = "|", color = "black" }):xlim(0, SHOWN):ylim(-92, -50):title(name):ylabel "v (mV)"
  if k == 2 then
    local shown = events.t[events.t:le(SHOWN)]
    axes:points(shown, lp.zeros(#shown) - 90, { marker = "^", size = 3, color = "black" }):xlabel "time (ms)"
  end
end
fig[{ 3, 1 }]:line(sizes, rate, { marker = "o", color = "black" }):xlabel "synchronous spikes":ylabel "rate (Hz)":ylim(0, rate:max() * 1.1)
for k, number in ipairs { 1, SYNCHRONOUS } do
  local mean = around:rows((number - 1) * COPIES + 1, number * COPIES):mean(1)
  fig[{ 3, 2 }]:line(lags, mean, { color = k == 1 and "blue" or "red", label = k == 1 and "independent" or "synchronous" })
end
fig[{ 3, 2 }]:vline(0, { color = "gray", dash = "dashed" }):xlabel "time after an event (ms)":ylabel "rate (Hz)"
print("figure: " .. fig:save(a.out))

lp.result { { "ratio", rate[SYNCHRONOUS] / rate[1] }, { "rate_independent", rate[1] }, { "rate_synchronous", rate[SYNCHRONOUS] },
  { "share", sizes[SYNCHRONOUS] / N_E } }
