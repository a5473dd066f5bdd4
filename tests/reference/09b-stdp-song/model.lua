local case = ...
local lp = require "lunapse"
local IF = lp.neuron {
  parameters = { tau_m = 10, tau_e = 5, vt = -54, vr = -60, El = -74, Ee = 0 },
  equations = [[
    tau_m * dv/dt = El - v + g_exc * (Ee - vr)   : init = -60
    tau_e * dg_exc/dt = -g_exc ]],
  spike = "v > vt", reset = "v = vr",
}
local weights = case:read "weights.csv"
local net = case:network { dt = 1 }
local input, output = case:source(net, "inputs.csv", weights.n), net:population { size = 1, neuron = IF }
local synapses = net:project { from = input, to = output, target = "exc", connect = lp.all_to_all(), weights = weights["w(t=0)"],
  synapse = lp.models.STDP { tau_plus = 20, tau_minus = 20, A_plus = 0.01, A_minus = 0.0105, w_max = 0.06 } }
local spikes, v = net:record(output, "spike"), case:record(net, output, { "v" })
case:snapshots(net, "weights.csv", "w", function() return synapses.w end, 1e-9, { order = weights.pre })
case:traces("expected.csv", v, { "v" }, 1e-9)
case:spikes("spikes.csv", spikes)
