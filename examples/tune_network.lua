--- The network of Vogels & Abbott (2005) with conductances, as in Brette et al. (2007), is tuned to a rate. A second of such a network says its rate to half a Hz, so chance is what stands in the way:
--- A run is as long again until it is clear that it is off, so that what is far away costs little, and says its rate with the standard error. (Looks at each second, from a few on, would
--- find more runs clear than are: of five values some lie together by luck, and who looks often stops at what is off by chance.) A Gaussian process of the rate, not of its distance
--- from what is wanted, takes all runs together; the search ends where it is sure of the rate by three standard errors. Then the network runs in time that the search has not seen.
--- Run: lunapse examples/tune_network.lua [seed=1 dt=0.1 duration=1000 longest=400 n=4000 rate=30 within=0.05 runs=40 workers=0 precision=float64 out=tune_network.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 0.1, duration = 1000, longest = 400, n = 4000, rate = 30, within = 0.05, runs = 40, workers = 0, precision = "float64",
  out = "tune_network.png" }

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

--- The network with these weights (in parts of the leak conductance), after 200 ms; a call of what it gives runs it on and says the rates of so many seconds (`duration` each).
local function network_of(p)
  local net = lp.network { dt = a.dt, seed = a.seed, precision = a.precision, warnings = false }
  local cells = net:population { name = "cells", size = a.n, neuron = COBA }
  local n_exc, connect = a.n * 4 // 5, lp.fixed_probability(math.min(1, 80 / a.n))        -- 80 synapses a neuron, as in the large network
  net:project { from = cells:slice(1, n_exc), to = cells, target = "exc", connect = connect, weights = p.w_exc }
  net:project { from = cells:slice(n_exc + 1, a.n), to = cells, target = "inh", connect = connect, weights = p.w_inh }
  net:run(200)
  local spikes = net:record(cells, "spike")
  return function(n)
    local rates = {}
    for k = 1, n do
      net:run(a.duration)
      rates[k] = spikes:count() / a.n / a.duration * 1000
      spikes:clear()
    end
    return lp.array.from(rates)
  end
end

--- What the mean of rates is uncertain by.
local function error_of(rates) return rates:std() / math.sqrt(#rates - 1) end

--- The rate with these weights, and its standard error, from a sixteenth of the longest run on.
local function rate(p)
  local run = network_of(p)
  local rates = run(math.max(5, a.longest // 16))
  while math.abs(rates:mean() - a.rate) <= 3 * error_of(rates) and #rates < a.longest do rates = lp.array.join { rates, run(#rates) } end
  return rates:mean(), error_of(rates)
end

local begun = lp.seconds()
local search = lp.optimize {
  parameters = { w_inh = { 4, 12 }, w_exc = 0.7 }, run = rate, target = a.rate, goal = a.within, evaluations = a.runs, seed = a.seed,
  workers = a.workers > 0 and a.workers or nil,
}
local seconds = lp.seconds() - begun
print(search)

local later = network_of(search.parameters)(2 * a.longest)
local fig, tried = lp.figure { columns = 2, width = 9, height = 4 }, search:tried()
fig[1]:points(tried.w_inh, tried.value):log "y":xlabel "inhibitory weight":ylabel "distance to the rate (Hz)"
fig[2]:line(lp.arange(1, #search.history), search.history, { marker = "circle" }):log "y":xlabel "generation":ylabel "expected distance (Hz)"
print("figure: " .. fig:save(a.out))

lp.result { { "rate", later:mean() }, { "rate_uncertain_by", error_of(later) }, { "search_off_by", search.value }, { "search_uncertain_by", search.uncertain or 0 / 0 },
  { "runs", search.evaluations }, { "w_inh", search.parameters.w_inh }, { "seconds", seconds } }
