local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, I = 0 },
  equations = [[
    dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I   : init = -65, midpoint
    du/dt = a * (b*v - u)                          : init = -13, midpoint
  ]],
  spike = "v >= 30", reset = "v = c ; u += d",
}
local net = case:network { dt = 0.5 }
local neurons = net:population { size = 5, neuron = neuron }
local spikes, state = net:record(neurons, "spike"), case:record(net, neurons, { "v", "u" })
for _, part in ipairs { { 50, { 0, 0, 0, 0, 0 } }, { 250, { 4, 6, 8, 9, 14 } }, { 200, { 2, 12, 4, 5, 20 } } } do
  neurons.I = part[2]
  net:run(part[1])
end
case:traces("expected.csv", state, { "v", "u" }, 1e-6)
case:spikes("spikes.csv", spikes)
