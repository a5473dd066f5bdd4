--- The two networks of integrate-and-fire neurons of Vogels & Abbott (2005, Journal of Neuroscience 25:10786) in the form of Brette et al. (2007, Journal of
--- Computational Neuroscience 23:349, benchmarks 1 and 2; notebook "COBA" of ANNarchy 5.0): 3200 excitatory and 800 inhibitory neurons, joined with
--- probability 0.02 by conductances (COBA) or by currents (CUBA). No input comes from outside, and yet both fire irregularly. How irregularly is what the
--- histograms show.
--- Published: coba 15..27 Hz (20.5 Hz in the notebook's output, 21.3 in that of version 4.7), cuba 4.5..7 Hz (5.6 Hz there)
--- Takes 1 s.
--- Run: lunapse examples/annarchy/coba_cuba.lua [duration=1000 seed=1 out=coba_cuba.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 1000, seed = 1, out = "coba_cuba.png" }

local N, N_E, SHOWN = 4000, 3200, 400             -- neurons in all, excitatory ones, neurons in the raster
local CUBA = lp.neuron {
  name = "CUBA",
  parameters = { tau_m = 20, tau_e = 5, tau_i = 10, E_L = -49, v_t = -50, v_r = -60 },
  equations = [[
    tau_m * dv/dt = E_L - v + g_exc - g_inh   : init = Uniform(-60, -50)
    tau_e * dg_exc/dt = -g_exc
    tau_i * dg_inh/dt = -g_inh
  ]],
  spike = "v > v_t", reset = "v = v_r", refractory = 5,
}
local COBA = CUBA:extend {
  name = "COBA",
  parameters = { E_L = -60, E_e = 0, E_i = -80, I = 20 },
  equations = [[
    tau_m * dv/dt = E_L - v + g_exc * (E_e - v) + g_inh * (E_i - v) + I   : init = Normal(-55, 5)
    tau_e * dg_exc/dt = -g_exc                                            : init = Normal(4, 1.5)
    tau_i * dg_inh/dt = -g_inh                                            : init = Normal(20, 12)
  ]],
}
-- Weights of COBA in parts of the leak; of CUBA in mV: conductances of Brette et al. times the mean driving force over the leak.
local kinds = {
  { name = "COBA", neuron = COBA, w_exc = 0.6,            w_inh = 6.7,           color = "blue" },
  { name = "CUBA", neuron = CUBA, w_exc = 0.27 * 60 / 10, w_inh = 4.5 * 20 / 10, color = "red" },
}

local fig = lp.figure { rows = 2, columns = 2, heights = { 1.3, 1 }, width = "170 mm", height = "110 mm", style = "paper", letters = true }
local results = {}
for k, kind in ipairs(kinds) do
  local net = lp.network { dt = 0.1, seed = a.seed }
  local cells = net:population { name = kind.name, size = N, neuron = kind.neuron }
  net:project { from = cells:slice(1, N_E), to = cells, target = "exc", connect = lp.fixed_probability(0.02), weights = kind.w_exc }
  net:project { from = cells:slice(N_E + 1, N), to = cells, target = "inh", connect = lp.fixed_probability(0.02), weights = kind.w_inh }
  local spikes = net:record(cells, "spike")
  net:run(a.duration)

  local is_shown, cv = spikes.neuron:le(SHOWN), spikes:cv()
  fig[{ 1, k }]:raster(spikes.t[is_shown], spikes.neuron[is_shown], { color = kind.color, size = 0.8 }):xlim(0, a.duration):ylim(0, SHOWN)
  fig[{ 1, k }]:title(kind.name):xlabel "time (ms)":ylabel "neuron"
  fig[3]:histogram(spikes:pooled_isi():log10(), { range = { 0, 3 }, bins = 45, density = true, outline = true, color = kind.color, label = kind.name })
  fig[4]:histogram(cv[~cv:isnan()], { range = { 0, 3 }, bins = 60, density = true, outline = true, color = kind.color })
  results[2 * k - 1] = { kind.name:lower(), spikes:mean_rate() }
  results[2 * k] = { "cv_" .. kind.name:lower(), cv:nanmean() }
end
fig[3]:ticks("x", { 0, 1, 2, 3 }, { "1", "10", "100", "1000" }):xlabel "interval (ms)":ylabel "density (1/decade)":legend()
fig[4]:xlabel "coefficient of variation of a neuron's intervals":ylabel "density"
print("figure: " .. fig:save(a.out))

lp.result(results)
