local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { tau = 20, tau_exc = 5, tau_inh = 10, El = -60, Ee = 0, Ei = -80, Vt = -50, Vr = -60, I = 0 },
  equations = [[
    tau * dv/dt = (El - v) + g_exc * (Ee - v) + g_inh * (Ei - v) + I   : init = -60
    tau_exc * dg_exc/dt = -g_exc
    tau_inh * dg_inh/dt = -g_inh
  ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 5,
}
local net = case:network { dt = 0.1, seed = 1 }
local neurons = net:population { size = 3, neuron = neuron, parameters = { I = { 0, 5, 12 } } }
for _, kind in ipairs { "exc", "inh" } do
  local weights = case:read("weights_" .. kind .. ".csv")
  local source = case:source(net, "inputs_" .. kind .. ".csv", kind == "exc" and 20 or 8)
  net:project { from = source, to = neurons, target = kind, connect = lp.pairs(weights.pre, weights.post), weights = weights.w }
end
local spikes, v = net:record(neurons, "spike"), case:record(net, neurons, { "v" })
net:run(300)
case:traces("expected.csv", v, { "v" }, 1e-9)
case:spikes("spikes.csv", spikes)
