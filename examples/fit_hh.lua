--- Conductances of a Hodgkin-Huxley neuron (Traub & Miles 1991) from traces of its membrane potential at three currents: each generation of candidates runs all three at once.
--- Run: lunapse examples/fit_hh.lua [seed=1 dt=0.05 duration=60 population=100 rounds=40 threads=1 out=fit_hh.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 0.05, duration = 60, population = 100, rounds = 40, threads = 1, out = "fit_hh.png" }
local HH = lp.models.HH_cond_exp
local made_with = { gbar_Na = 24, gbar_K = 5, gleak = 0.012 }            -- uS
local steps = { 0.05, 0.3, 0.8 }                                         -- nA, from 10 ms on

local rows = math.floor(a.duration / a.dt + 0.5)
local I = lp.zeros(rows, #steps)
for k, current in ipairs(steps) do I:column(k):slice(math.min(rows, math.floor(10 / a.dt)), rows):fill(current) end

local net = lp.network { dt = a.dt }
local cells = net:population { size = #steps, neuron = HH(made_with), drive = { i_offset = lp.timed_array(I, { dt = a.dt }) } }
local measured = net:record(cells, "v")
net:run(a.duration)

local fit = lp.fit { model = HH, dt = a.dt, input = { i_offset = I }, target = measured.v, population = a.population, rounds = a.rounds, seed = a.seed, threads = a.threads,
  parameters = { gbar_Na = { 5, 100, log = true }, gbar_K = { 1, 30, log = true }, gleak = { 0.001, 0.1, log = true } }, refine = "nelder-mead" }
print(fit)

local worst, best = 0, fit:simulate()
for name, value in pairs(made_with) do worst = math.max(worst, math.abs(fit.parameters[name] / value - 1)) end
local fig = lp.figure { rows = #steps, width = 8, height = 7 }
for k, current in ipairs(steps) do
  fig[k]:line(best.t, measured.v:column(k), { label = "measured" }):line(best.t, best.v:column(k), { label = "fit" }):ylabel(("v (mV) at %g nA"):format(current))
end
fig[1]:legend()
fig[#steps]:xlabel "time (ms)"
print("figure: " .. fig:save(a.out))

lp.result { { "error", fit.error }, { "worst_percent", 100 * worst }, { "candidates", fit.candidates }, { "runs", fit.rounds }, { "neuron_steps", fit.neuron_steps },
  { "seconds", fit.seconds }, { "steps_per_second", fit.neuron_steps / fit.seconds } }
