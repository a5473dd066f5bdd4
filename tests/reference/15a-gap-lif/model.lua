local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { tau = 10, El = -65, Vt = -50, Vr = -65, I = 0 },
  equations = "tau * dv/dt = El - v + I + g_gap   : init = -65, explicit",
  spike = "v > Vt", reset = "v = Vr", refractory = 2,
}
local net = case:network { dt = 0.1 }
local neurons = net:population { size = 3, neuron = neuron, parameters = { I = { 32, 0, 17 } } }
local gap = case:read "gap.csv"
net:project { from = neurons, to = neurons, target = "gap", synapse = lp.synapse { psp = "w * (pre.v - post.v)" },
  connect = lp.pairs(gap.pre, gap.post), weights = gap.w }
local spikes, state = net:record(neurons, "spike"), case:record(net, neurons, { "v" })
net:run(200)
case:traces("expected.csv", state, { "v" }, 1e-9)
case:spikes("spikes.csv", spikes)
