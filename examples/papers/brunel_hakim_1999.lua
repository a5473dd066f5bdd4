--- A sparse network of inhibitory neurons oscillates as a whole, some forty times as fast as each of them fires: seldom and irregularly, each skips most of the
--- cycles (Brunel & Hakim 1999, Neural Computation 11:1621-1671). Inhibition comes back to where it began when the phase lags of delay and neuron are half a
--- cycle together; as that of the neuron is between none and a quarter of a cycle, the frequency is between 1/4 and 1/2 of 1/delay, whatever the rate of the
--- neurons.
--- Published: frequency 125..250 Hz (that condition, for a delay of 2 ms), cycles_per_spike 10..100 (rates are low: neurons are silent in most of the cycles)
--- Takes 2 s.
--- Run: lunapse examples/papers/brunel_hakim_1999.lua [seed=1 duration=2000 threads=1 out=brunel_hakim_1999.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 2000, threads = 1, out = "brunel_hakim_1999.png" }

local N, C, J, DELAY = 5000, 1000, 0.1, 2                    -- neurons, inputs of each, mV, ms
local BIN, TRANSIENT, SHOWN = 0.5, 100, 100                  -- ms

local cell = lp.neuron {
  name = "integrate-and-fire",
  parameters = { tau = 20, theta = 20, v_r = 10, mu_ext = 25, sigma_ext = 1 },
  equations = [[
    tau * dv/dt = mu_ext - v + sigma_ext*sqrt(tau)*xi   : init = v_r
    v -= g_inh
  ]],
  spike = "v > theta", reset = "v = v_r", refractory = 2,
}

local net = lp.network { dt = 0.1, seed = a.seed, threads = a.threads }
local cells = net:population { name = "cells", size = N, neuron = cell }
net:project { from = cells, to = cells, target = "inh", connect = lp.fixed_probability(C / N), weights = J, delays = DELAY }
local recorded = net:record(cells, "spike")
net:run(TRANSIENT + a.duration)

local spikes = recorded:window(TRANSIENT, TRANSIENT + a.duration)
local rate, t = spikes:population_rate(BIN)
local segment = math.min(400, #rate)
local f, power = lp.signal.welch(rate, { fs = 1000 / BIN, nperseg = segment, noverlap = segment // 2 })
local frequency = f[power:argmax()]

local fig = lp.figure { rows = 3, heights = { 1.6, 1, 1 }, width = "120 mm", height = "120 mm", style = "paper", letters = true }
local shown = spikes:window(TRANSIENT, TRANSIENT + math.min(SHOWN, a.duration))
local is_first = shown.neuron:le(500)
fig[1]:raster(shown.t[is_first] - TRANSIENT, shown.neuron[is_first]):xlim(0, SHOWN):ylim(0, 501):ticks("y", { 1, 250, 500 }):ylabel "neuron"
fig[2]:line(t - TRANSIENT, rate):xlim(0, SHOWN):xlabel "time (ms)":ylabel "rate of all (Hz)"
fig[3]:line(f, power):xlim(0, 500):xlabel "frequency (Hz)":ylabel "power (Hz^{2}/Hz)"
fig[3]:vline(spikes:mean_rate(), { color = "gray", dash = "dashed" }):text(spikes:mean_rate() + 6, power:max() * 0.85, "rate of a neuron", { color = "gray" })
print("figure: " .. fig:save(a.out))

lp.result { { "frequency", frequency }, { "rate", spikes:mean_rate() }, { "cycles_per_spike", frequency / spikes:mean_rate() } }
