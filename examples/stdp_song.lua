--- STDP of 1000 Poisson inputs onto one neuron: the weights become bimodal and the output rate settles (Song, Miller & Abbott 2000, Nature
--- Neuroscience 3:919). Run: lunapse examples/stdp_song.lua [seed=1 dt=1 duration=100000 threads=1 precision=float64 out=stdp_song.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 100e3, threads = 1, precision = "float64", out = "stdp_song.png" }

local F, N, gmax = 15, 1000, 0.01

local IF = lp.neuron {
  name = "IF",
  parameters = [[
    tau_m = 10.0
    tau_e = 5.0
    vt = -54.0
    vr = -60.0
    El = -74.0
    Ee = 0.0
  ]],
  equations = [[
    tau_m * dv/dt = El - v + g_exc * (Ee - vr) : init = -60.0
    tau_e * dg_exc/dt = - g_exc
  ]],
  spike = "v > vt",
  reset = "v = vr",
}

local net    = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local input  = net:poisson { name = "input", size = N, rates = F }
local output = net:population { name = "output", size = 1, neuron = IF }
local proj   = net:project { from = input, to = output, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, gmax),
  synapse = lp.models.STDP { tau_plus = 20, tau_minus = 20, A_plus = 0.01, A_minus = 0.0105, w_max = gmax } }

local in_spikes, out_spikes = net:record(input, "spike"), net:record(output, "spike")
net:run(a.duration)

local w = proj.w / gmax
local fig = lp.figure { rows = 3, width = 9, height = 8 }
local rate = out_spikes:smoothed_rate(100)[1]
fig[1]:line(lp.linspace(0, a.duration / 1000, #rate), rate):title "Firing rate of the output":xlabel "time (s)":ylabel "rate (Hz)"
fig[2]:points(w, { size = 2 }):title "Weights after learning":xlabel "input":ylabel "w / w_max"
fig[3]:histogram(w, { bins = 20 }):title "Histogram of the weights":xlabel "w / w_max":ylabel "synapses"
print("figure: " .. fig:save(a.out))

lp.result { { "input_hz", in_spikes:mean_rate() }, { "output_hz", out_spikes:mean_rate() },
  { "fraction_low", w:lt(0.1):mean() }, { "fraction_high", w:gt(0.9):mean() } }
