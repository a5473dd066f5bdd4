local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { C = 281, g_L = 30, E_L = -70.6, v_T = -50.4, delta_T = 2, v_cut = -40, a = 4, b = 80.5, v_r = -70.6, tau_w = 144, I = 0 },
  equations = [[
    C * dv/dt = g_L * (E_L - v) + g_L * delta_T * exp((v - v_T)/delta_T) - w + I   : init = E_L, rk4
    tau_w * dw/dt = a * (v - E_L) - w                                              : init = 0, rk4
  ]],
  spike = "v > v_cut", reset = "v = v_r ; w += b",
}
local net = case:network { dt = 0.05 }
local neurons = net:population { size = 4, neuron = neuron, parameters = {
  a = { 4, 4, 8, 4 }, b = { 80.5, 500, 40.25, 80.5 }, v_r = { -70.6, -47.2, -70.6, -52 }, tau_w = { 144, 20, 144, 100 } } }
local spikes, state = net:record(neurons, "spike"), case:record(net, neurons, { "v", "w" })
for _, part in ipairs { { 20, { 0, 0, 0, 0 } }, { 300, { 800, 800, 900, 1000 } }, { 80, { 0, 1200, 700, 500 } } } do
  neurons.I = part[2]
  net:run(part[1])
end
case:traces("expected.csv", state, { "v", "w" }, 1e-7)
case:spikes("spikes.csv", spikes)
