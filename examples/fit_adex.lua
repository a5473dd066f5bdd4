--- Seven parameters of an adaptive exponential integrate-and-fire neuron (Brette & Gerstner 2005) are found again from a trace of its membrane potential: differential
--- evolution, in which every generation is one population, then CMA-ES from the best. The steps of spikes do not count: a spike that comes one step late would cost as
--- much as all else that is wrong.
--- Run: lunapse examples/fit_adex.lua [seed=1 dt=0.1 duration=300 population=200 rounds=60 refine=100 threads=1 precision=float64 out=fit_adex.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 0.1, duration = 300, population = 200, rounds = 60, refine = 100, threads = 1, precision = "float64",
  out = "fit_adex.png" }
local AdEx = lp.models.AdEx
local ranges = { C = { 100, 500 }, g_L = { 10, 60 }, E_L = { -90, -55 }, delta_T = { 0.5, 6 }, a = { 0, 20 }, tau_w = { 30, 400 }, b = { 10, 300 } }

-- A current that wanders (Ornstein-Uhlenbeck, 5 ms) and rises in the second half.
local rows = math.floor(a.duration / a.dt + 0.5)
local noise, x, I = lp.normal(0, 1):draw(rows, a.seed), 0, lp.zeros(rows)
for k = 1, rows do
  x = x - a.dt / 5 * x + math.sqrt(2 * a.dt / 5) * noise[k]
  I[k] = 600 + 350 * x + (k > rows / 2 and 200 or 0)
end

local net = lp.network { dt = a.dt }
local cell = net:population { size = 1, neuron = AdEx, drive = { I = lp.timed_array(I, { dt = a.dt }) } }
local measured, spikes = net:record(cell, "v"), net:record(cell, "spike")
net:run(a.duration)
local windows, from = {}, 0                                       -- between spikes
for _, t in ipairs(spikes.t:table()) do
  if t - 0.3 > from then windows[#windows + 1] = { from, t - 0.3 } end
  from = t + 0.3
end
windows[#windows + 1] = { from, a.duration }

local fit = lp.fit { model = AdEx, dt = a.dt, input = { I = I }, target = measured.v, windows = windows, parameters = ranges, population = a.population, rounds = a.rounds,
  seed = a.seed, threads = a.threads, precision = a.precision }
local fine = fit:refine { method = "cma-es", rounds = a.refine, precision = "float64" }
print(fine)

local worst = 0
for name in pairs(ranges) do worst = math.max(worst, math.abs(fine.parameters[name] / AdEx.parameters[name] - 1)) end
local rough, best = fit:simulate(), fine:simulate()
local fig = lp.figure { rows = 2, width = 8, height = 6 }
fig[1]:line(best.t, measured.v:column(1), { label = "measured" }):line(best.t, rough.v:column(1), { label = "evolved" }):line(best.t, best.v:column(1), { label = "refined" })
fig[1]:legend():xlabel "time (ms)":ylabel "v (mV)"
fig[2]:line(lp.arange(1, #fine.history), fine.history:log10()):xlabel "round":ylabel "log10 of the error (mV^2)"
print("figure: " .. fig:save(a.out))

lp.result { { "error", fine.error }, { "worst_percent", 100 * worst }, { "candidates", fine.candidates }, { "runs", fine.rounds }, { "neuron_steps", fine.neuron_steps },
  { "seconds", fine.seconds }, { "steps_per_second", fine.neuron_steps / fine.seconds } }
