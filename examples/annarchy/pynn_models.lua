--- Neurons and synapses as PyNN has them (notebook "PyNN" of ANNarchy): one neuron with conductances that excitatory and inhibitory spikes reach after delays of their own; the
--- adaptive exponential neuron of Brette & Gerstner (2005, Journal of Neurophysiology 94:3637) under 1 nA; 4000 exponential neurons, which answer a push with bursts of all; and
--- the network of currents of Vogels & Abbott (2005, Journal of Neuroscience 25:10786), whose excitation is made to depend on use.
--- Published: peak -61.374..-61.373 mV (of the first neuron; the notebook's own trace), trough -65.59..-65.588 mV (the same), spikes 5..5 (of the second), first 11.75..11.85 ms
--- (after the onset of the current: step 318 in the notebook), w_most 0.3407..0.34075 nA (its adaptation: 0.340725 there), eif 34.4..38.4 Hz (36.4 Hz in the notebook, and a burst
--- of all more or fewer in half a second; with half of the seeds activity goes on by itself, at 175 Hz), depressed 13682..15508 spikes in a second (the last; two runs of the
--- notebook)
--- Takes 3 s.
--- Run: lunapse examples/annarchy/pynn_models.lua [duration=1000 seed=1 out=pynn_models.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 1000, seed = 1, out = "pynn_models.png" }
local fig = lp.figure { rows = 2, columns = 2, width = "180 mm", height = "120 mm", style = "paper", letters = true }

-- One neuron, two sources.
local net = lp.network { dt = 0.1, seed = a.seed }
local cell = net:population { size = 1, neuron = lp.models.IF_cond_exp, parameters = { i_offset = 0.1, tau_refrac = 3, v_thresh = -51, tau_syn_E = 2,
  tau_syn_I = 5, v_reset = -70, e_rev_E = 0, e_rev_I = -80 } }
cell.v = -65
for _, from in ipairs { { "exc", 5, 0.006, 2 }, { "inh", 155, 0.02, 4 } } do
  local source = net:spike_source { size = 1, spikes = { (lp.arange(0, 9) * 10 + from[2]):table() } }
  net:project { from = source, to = cell, target = from[1], connect = lp.one_to_one(), weights = from[3], delays = from[4] }
end
local seen = net:record(cell, "v")
net:run(200)
fig[1]:line(seen.t, seen.v:column(1)):xlabel "time (ms)":ylabel "potential (mV)":title "IF_cond_exp"
local results = { { "peak", seen.v:max() }, { "trough", seen.v:min() } }

-- One adaptive exponential neuron.
net = lp.network { dt = 0.1, seed = a.seed }
cell = net:population { size = 1, neuron = lp.models.EIF_cond_exp_isfa_ista }
local spikes, both = net:record(cell, "spike"), net:record(cell, { "v", "w" })
for _, phase in ipairs { { 20, 0 }, { 100, 1 }, { 20, 0 } } do
  cell.i_offset = phase[2]
  net:run(phase[1])
end
local v = both.v:column(1):copy()
v:put((spikes.t / 0.1):round():astype "int64", 20)                     -- a line for each spike
fig[2]:line(both.t, v):xlabel "time (ms)":ylabel "potential (mV)":title "EIF_cond_exp_isfa_ista"
fig[2]:inset { 0.76, 0.55, 0.22, 0.4 }:line(both.t, both.w:column(1)):ylabel "w (nA)"
table.move({ { "spikes", #spikes.t }, { "first", spikes.t[1] - 20 }, { "w_most", both.w:max() } }, 1, 3, 3, results)

--- A network of 4000 neurons, a fifth of them inhibitory: it and its population.
local function network_of(neuron, p, w_exc, w_inh, synapse)
  local made = lp.network { dt = 0.1, seed = a.seed }
  local all = made:population { size = 4000, neuron = neuron }
  made:project { from = all:slice(1, 3200), to = all, target = "exc", connect = lp.fixed_probability(p), weights = w_exc, synapse = synapse }
  made:project { from = all:slice(3201, 4000), to = all, target = "inh", connect = lp.fixed_probability(p), weights = w_inh }
  return made, all
end

local W_E, W_I = 1.5e-3, 3.75e-3           -- uS. Exponential neurons, pushed for 200 ms.
local EIF = lp.neuron {
  name = "EIF", parameters = { v_rest = -70, cm = 0.2, tau_m = 10, E_exc = 0, E_inh = -80, delta = 3, v_thresh = -55, v_spike = -20 },
  equations = [[
    dv/dt = (v_rest - v + delta * exp((v - v_thresh)/delta)) / tau_m + (g_exc*(E_exc - v) + g_inh*(E_inh - v)) / cm   : init = Uniform(-70, -60)
    dg_exc/dt = -g_exc/5
    dg_inh/dt = -g_inh/10
  ]], spike = "v > v_spike", reset = "v = v_rest", refractory = 2 }
local cells
net, cells = network_of(EIF, 0.05, W_E, W_I)
cells.g_exc, cells.g_inh = lp.normal(5 * W_E, 2 * W_E), lp.normal(5 * W_I, 2 * W_I)
for _, push in ipairs { { 1, "if t < 200: 2000 else: 0" }, { 3201, "if t < 100: 2000 else: 0" } } do
  net:project { from = net:poisson { size = 200, rates = push[2] }, to = cells:slice(push[1], push[1] + 199), target = "exc", connect = lp.one_to_one(), weights = W_E }
end
spikes = net:record(cells, "spike")
net:run(a.duration / 2)
fig[3]:raster(spikes.t, spikes.neuron, { size = 0.4 }):xlim(0, a.duration / 2):xlabel "time (ms)":ylabel "neuron":title "EIF_cond_exp"
results[#results + 1] = { "eif", spikes:mean_rate() }

-- Currents, with excitation that depends on use.
local CUBA = lp.neuron { name = "CUBA", equations = "20 * dv/dt = -49 - v + g_exc - g_inh : init = Uniform(-60, -50); 5 * dg_exc/dt = -g_exc; 10 * dg_inh/dt = -g_inh",
  spike = "v > -50", reset = "v = -60" }
net, cells = network_of(CUBA, 0.02, 1.62, 9, lp.models.STP:extend { name = "Depressing", parameters = { tau_rec = 200, tau_facil = 20, U = 0.2 } })
spikes = net:record(cells, "spike")
net:run(a.duration)
local rate, begins = spikes:population_rate(5)
fig[4]:line(begins, rate):xlabel "time (ms)":ylabel "rate (Hz)":title "currents and use"
print("figure: " .. fig:save(a.out))
results[#results + 1] = { "depressed", #spikes.t }
lp.result(results)
