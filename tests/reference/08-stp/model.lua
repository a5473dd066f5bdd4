local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { tau = 30, tau_exc = 5 },
  equations = [[
    tau * dv/dt = g_exc - v         : exponential
    tau_exc * dg_exc/dt = -g_exc    : exponential
  ]],
}
local synapse = lp.synapse {
  parameters = { U = 0.5, tau_rec = 100, tau_facil = 10 },
  equations = [[
    dx/dt = (1 - x)/tau_rec     : init = 1, event-driven
    du/dt = (U - u)/tau_facil   : init = U, event-driven
  ]],
  pre_spike = [[
    g_target += w * u * x
    x *= (1 - u)
    u += U * (1 - u)
  ]],
}
local net = case:network { dt = 0.1 }
local source, neurons = case:source(net, "inputs.csv", 4), net:population { size = 4, neuron = neuron }
net:project { from = source, to = neurons, target = "exc", synapse = synapse, connect = lp.one_to_one(), weights = { 2, 5, 3, 1 },
  parameters = { U = { 0.5, 0.15, 0.45, 0.3 }, tau_rec = { 800, 130, 600, 200 }, tau_facil = { 10, 530, 20, 200 } } }
local v = case:record(net, neurons, { "v" })
net:run(1200)
case:traces("expected.csv", v, { "v" }, 1e-9)
