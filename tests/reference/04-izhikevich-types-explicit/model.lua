local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, I = 0 },
  equations = [[
    dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I   : init = -65, explicit
    du/dt = a * (b*v - u)                          : init = b * -65, explicit
  ]],
  spike = "v >= 30", reset = "v = c ; u += d",
}
local net = case:network { dt = 0.25 }
local neurons = net:population { size = 5, neuron = neuron, parameters = {
  a = { 0.1, 0.02, 0.02, 0.02, 0.02 }, b = { 0.2, 0.2, 0.2, 0.25, 0.2 }, c = { -65, -50, -55, -65, -65 }, d = { 2, 2, 4, 2, 8 } } }
local spikes, state = net:record(neurons, "spike"), case:record(net, neurons, { "v", "u" })
for _, part in ipairs { { 20, { 0, 0, 0, 0, 0 } }, { 280, { 12, 10, 10, 10, 10 } }, { 100, { 9, 5, 10, 4, 6 } } } do
  neurons.I = part[2]
  net:run(part[1])
end
case:traces("expected.csv", state, { "v", "u" }, 1e-6)
case:spikes("spikes.csv", spikes)
