--- The network of Vogels & Abbott (2005) with conductances, as in Brette et al. (2007), is tuned to a rate: Bayesian optimisation looks for the weight of inhibition
--- in processes, a few points at a time, and ends when the rate is near enough.
--- Run: lunapse examples/tune_network.lua [seed=1 dt=0.1 duration=1000 n=4000 rate=30 within=0.05 runs=40 workers=0 precision=float64 out=tune_network.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 0.1, duration = 1000, n = 4000, rate = 30, within = 0.05, runs = 40, workers = 0, precision = "float64", out = "tune_network.png" }

local COBA = lp.neuron {
  name = "COBA",
  parameters = { tau_m = 20, tau_e = 5, tau_i = 10, E_l = -60, E_e = 0, E_i = -80, v_t = -50, v_r = -60 },
  equations = [[
    tau_m * dv/dt = E_l - v + g_exc * (E_e - v) + g_inh * (E_i - v)   : init = Normal(-65, 5)
    tau_e * dg_exc/dt = -g_exc                                        : init = Normal(4, 1.5), exponential
    tau_i * dg_inh/dt = -g_inh                                        : init = Normal(20, 12), exponential
  ]],
  spike = "v > v_t", reset = "v = v_r", refractory = 5,
}

--- The spikes of the network with these weights (in parts of the leak conductance), without the first 200 ms.
local function spikes_of(p)
  local net = lp.network { dt = a.dt, seed = a.seed, precision = a.precision, warnings = false }
  local cells = net:population { name = "cells", size = a.n, neuron = COBA }
  local n_exc, connect = a.n * 4 // 5, lp.fixed_probability(math.min(1, 80 / a.n))        -- 80 synapses a neuron, as in the large network
  net:project { from = cells:slice(1, n_exc), to = cells, target = "exc", connect = connect, weights = p.w_exc }
  net:project { from = cells:slice(n_exc + 1, a.n), to = cells, target = "inh", connect = connect, weights = p.w_inh }
  local spikes = net:record(cells, "spike")
  net:run(a.duration)
  return spikes:window(math.min(200, a.duration / 2), a.duration)
end

local begun = lp.seconds()
local search = lp.optimize {
  parameters = { w_inh = { 4, 12 }, w_exc = 0.7 },
  run = function(p) return (spikes_of(p):mean_rate() - a.rate) ^ 2 end,            -- smooth, unlike the distance itself
  evaluations = a.runs, goal = a.within ^ 2, seed = a.seed, workers = a.workers > 0 and a.workers or nil,
}
local seconds = lp.seconds() - begun
print(search)

local tried, spikes = search:tried(), spikes_of(search.parameters)
local fig = lp.figure { columns = 2, width = 9, height = 4 }
fig[1]:points(tried.w_inh, tried.value:sqrt()):xlabel "inhibitory weight":ylabel "distance to the rate (Hz)"
fig[2]:line(lp.arange(1, #tried.value), tried.value:sqrt():log10()):xlabel "run":ylabel "log10 of the distance to the rate (Hz)"
print("figure: " .. fig:save(a.out))

lp.result { { "rate", spikes:mean_rate() }, { "distance", math.sqrt(search.value) }, { "runs", search.evaluations }, { "ended", search.stopped },
  { "w_inh", search.parameters.w_inh }, { "seconds", seconds } }
