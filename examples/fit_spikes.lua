--- A leaky integrate-and-fire neuron is fitted to noisy spike trains by the coincidence factor (Kistler, Gerstner & van Hemmen 1997; Jolivet et al. 2008): to trains of
--- the same neuron that it has not seen it comes as near as the model that made them does without its noise. The trains that it was fitted to it meets a little better: their chance is fitted, too.
--- Run: lunapse examples/fit_spikes.lua [seed=1 dt=0.1 duration=4000 trains=40 sigma=1 population=100 rounds=20 threads=1 out=fit_spikes.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 0.1, duration = 4000, trains = 40, sigma = 1, population = 100, rounds = 20, threads = 1, out = "fit_spikes.png" }

local LIF = lp.neuron {
  name = "LIF", parameters = { tau = 20, E = -65, v_t = -50, R = 10, sigma = 0, I = 0 },
  equations = "tau * dv/dt = E - v + R * I + sigma * sqrt(2 * tau) * xi   : init = E",
  spike = "v > v_t", reset = "v = E", refractory = 2,
}

local rows = math.floor(a.duration / a.dt + 0.5)
local noise, x, I = lp.normal(0, 1):draw(rows, a.seed), 0, lp.zeros(rows)
for k = 1, rows do
  x = x - a.dt / 5 * x + math.sqrt(2 * a.dt / 5) * noise[k]
  I[k] = 1.4 + 0.9 * x                                                   -- nA
end
local net = lp.network { dt = a.dt, seed = a.seed }
local cells = net:population { size = 2 * a.trains, neuron = LIF { sigma = a.sigma }, drive = { I = lp.timed_array(I, { dt = a.dt }) } }
local measured, unseen = net:record(cells:slice(1, a.trains), "spike"), net:record(cells:slice(a.trains + 1, 2 * a.trains), "spike")
net:run(a.duration)

local opt = { model = LIF, dt = a.dt, input = { I = I }, target = measured, population = a.population, rounds = a.rounds, seed = a.seed, threads = a.threads,
  parameters = { tau = { 5, 50 }, v_t = { -60, -40 } } }
local fit = lp.fit(opt)
print(fit)
--- The coincidence factor of given parameters with the trains that were not seen: a fit with nothing to find.
local function of_unseen(tau, v_t)
  opt.target, opt.parameters, opt.method, opt.rounds, opt.population = unseen, { tau = tau, v_t = v_t, E = { -65, -65 + 1e-9 } }, "nelder-mead", 1, 1
  return 1 - lp.fit(opt).error
end

local best, shown = fit:simulate(), math.min(500, a.duration)
local fig = lp.figure { rows = 2, width = 8, height = 5 }
fig[1]:raster(measured:window(0, shown)):ylabel "measured train"
fig[2]:raster(best.spike:window(0, shown)):ylabel "fit":xlabel "time (ms)"
print("figure: " .. fig:save(a.out))

lp.result { { "gamma", of_unseen(fit.parameters.tau, fit.parameters.v_t) }, { "gamma_of_the_true_model", of_unseen(20, -50) },
  { "gamma_of_the_trains_that_were_fitted", 1 - fit.error }, { "tau", fit.parameters.tau }, { "v_t", fit.parameters.v_t },
  { "spikes", measured:count() }, { "neuron_steps", fit.neuron_steps }, { "seconds", fit.seconds }, { "steps_per_second", fit.neuron_steps / fit.seconds } }
