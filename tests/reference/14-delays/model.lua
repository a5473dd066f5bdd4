local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { tau = 12, tau_exc = 4, El = -65, Ee = 0, Vt = -50, Vr = -65 },
  equations = [[
    tau * dv/dt = El - v + g_exc * (Ee - v)   : init = -65, explicit
    tau_exc * dg_exc/dt = -g_exc              : explicit
  ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 2,
}
local list = case:read "synapses.csv"
local net = case:network { dt = 0.1 }
local source, neurons = case:source(net, "inputs.csv", 30), net:population { size = 4, neuron = neuron }
net:project { from = source, to = neurons, target = "exc", connect = lp.pairs(list.pre, list.post), weights = list.w, delays = list.delay_ms }
local spikes, v = net:record(neurons, "spike"), case:record(net, neurons, { "v" })
net:run(300)
case:traces("expected.csv", v, { "v" }, 1e-9)
case:spikes("spikes.csv", spikes)
