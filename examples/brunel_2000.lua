--- The sparse network of excitatory and inhibitory neurons of Brunel (2000, Journal of Computational Neuroscience 8:183, figure 8) in its four states: fast synchronous regular, fast
--- synchronous irregular, asynchronous irregular and slow synchronous irregular. His rates of the last three are 60.7, 37.7 and 5.5 Hz. One figure of 180 mm for a paper: rasters with the
--- population's rate, how regular the intervals are, and the power spectrum of the rate. Smaller networks with `scale`: weights grow, so that the mean input stays.
--- Run: lunapse examples/brunel_2000.lua [scale=1 duration=600 seed=1 threads=2 out=brunel_2000.png]
local lp = require "lunapse"
local a = lp.arguments { scale = 1, duration = 600, seed = 1, threads = 2, out = "brunel_2000.png" }

local N_E, N_I, C_E, C_I, J = 10000 * a.scale, 2500 * a.scale, 1000 * a.scale, 250 * a.scale, 0.1 / a.scale        -- neurons; inputs of each; mV
local TAU, THETA, DELAY, BIN, TRANSIENT, SHOWN = 20, 20, 1.5, 0.5, 200, 200                                        -- ms, mV; else ms
local THRESHOLD_RATE = THETA / (J * C_E * TAU) * 1000                                                              -- Hz of each input, that bring the mean to the threshold
local states = {
  { name = "SR",      g = 3,   nu = 2,   color = "blue" },
  { name = "SI fast", g = 6,   nu = 4,   color = "red" },
  { name = "AI",      g = 5,   nu = 2,   color = "green" },
  { name = "SI slow", g = 4.5, nu = 0.9, color = "purple" },
}

local cell = lp.neuron {
  name = "integrate-and-fire",
  parameters = { tau = TAU, theta = THETA, v_r = 10 },
  equations = "tau * dv/dt = -v : exact; v += g_syn",
  spike = "v >= theta", reset = "v = v_r", refractory = 2,
}

--- One state: its spikes, without what comes before it.
local function simulate(state)
  local net = lp.network { dt = 0.1, seed = a.seed, threads = a.threads }
  local cells = net:population { name = "cells", size = math.floor(N_E + N_I), neuron = cell }
  local E, I = cells:slice(1, math.floor(N_E)), cells:slice(math.floor(N_E) + 1, cells.size)
  cells.v = lp.uniform(0, THETA)
  for _, part in ipairs { { "E", E, C_E, J }, { "I", I, C_I, -state.g * J } } do          -- a list: the order in which projections are made decides their numbers
    net:project { name = part[1], from = part[2], to = cells, target = "syn", connect = lp.fixed_number_pre(math.floor(part[3])), weights = part[4], delays = DELAY }
  end
  net:poisson_input { to = cells, target = "syn", weight = J, n = math.floor(C_E), rate = state.nu * THRESHOLD_RATE }
  local spikes = net:record(cells, "spike")
  net:run(TRANSIENT + a.duration)
  return spikes:window(TRANSIENT, TRANSIENT + a.duration)
end

local fig = lp.figure { rows = 4, columns = 4, heights = { 2, 1, 1.6, 1.6 }, width = "180 mm", height = "170 mm", style = "paper", letters = true }
local intervals, power, results = fig:axes(3, 1, { columns = 4 }), fig:axes(4, 1, { columns = 4 }), {}
for k, state in ipairs(states) do
  local spikes = simulate(state)
  local rate, t = spikes:population_rate(BIN)
  local from, to = TRANSIENT + math.max(0, a.duration - SHOWN), TRANSIENT + a.duration
  local shown = spikes:window(from, to)
  local is_first = shown.neuron:le(50)
  fig[{ 1, k }]:raster(shown.t[is_first] - from, shown.neuron[is_first], { color = state.color }):xlim(0, SHOWN):ylim(0, 51):ticks("y", { 1, 25, 50 })
  fig[{ 1, k }]:title(("%s\ng = %g, \u{3bd} = %g"):format(state.name, state.g, state.nu))
  fig[{ 2, k }]:line(t - from, rate, { color = state.color }):xlim(0, SHOWN):xlabel "time (ms)":letter(false)
  intervals:histogram(spikes:cv(), { range = { 0, 1.5 }, bins = 60, density = true, outline = true, color = state.color, label = state.name })
  local f, density = lp.signal.welch(rate, { fs = 1000 / BIN, nperseg = 512 })
  power:line(f, density, { color = state.color })
  results[k] = { state.name:gsub(" ", "_"), spikes:mean_rate() }
end
fig[{ 1, 1 }]:ylabel "neuron"
fig[{ 2, 1 }]:ylabel "rate (Hz)"
intervals:log "y":ylim(0.01, 100):xlabel "coefficient of variation of the intervals":ylabel "density":legend("top right", { columns = 4 })
power:log "xy":xlim(4, 1000):xlabel "frequency (Hz)":ylabel "power (Hz^{2}/Hz)"
fig:save(a.out)
lp.result(results)
