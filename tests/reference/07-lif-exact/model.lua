local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { tau = 10, tau_exc = 2, tau_inh = 7, El = -65, Vt = -52, Vr = -68, I = 0 },
  equations = [[
    tau * dv/dt = (El - v) + g_exc - g_inh + I   : init = -60, exact
    tau_exc * dg_exc/dt = -g_exc   : exact
    tau_inh * dg_inh/dt = -g_inh   : exact
  ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 3,
}
local net = case:network { dt = 0.25, seed = 1 }
local neurons = net:population { size = 3, neuron = neuron, parameters = { I = { 0, 10, 14 } } }
for _, kind in ipairs { "exc", "inh" } do
  local weights = case:read("weights_" .. kind .. ".csv")
  local source = case:source(net, "inputs_" .. kind .. ".csv", kind == "exc" and 16 or 6)
  net:project { from = source, to = neurons, target = kind, connect = lp.pairs(weights.pre, weights.post), weights = weights.w }
end
local spikes, v = net:record(neurons, "spike"), case:record(net, neurons, { "v" })
net:run(400)
case:traces("expected.csv", v, { "v" }, 1e-9)
case:spikes("spikes.csv", spikes)
