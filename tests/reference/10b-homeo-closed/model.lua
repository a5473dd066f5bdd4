local case = ...
local lp = require "lunapse"
local RSNeuron = lp.neuron {
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, tau_ampa = 5, tau_nmda = 150, vrev = 0 },
  equations = [[
    I = g_ampa * (vrev - v) + g_nmda * nmda(v, -80.0, 60.0) * (vrev -v)
    dv/dt = (0.04 * v + 5.0) * v + 140.0 - u + I : init=-65., midpoint
    du/dt = a * (b*v - u) : init=-13., midpoint
    tau_ampa * dg_ampa/dt = -g_ampa : exponential
    tau_nmda * dg_nmda/dt = -g_nmda : exponential
  ]],
  spike = "v >= 30.", reset = "v = c ; u += d",
  functions = "nmda(v, t, s) = ((v-t)/(s))^2 / (1.0 + ((v-t)/(s))^2)",
}
local weights = case:read "weights.csv"
local models = { plain = lp.models.nearest_neighbour_STDP, homeo = lp.models.homeostatic_STDP }
for _, name in ipairs { "plain", "homeo" } do
  local net = case:network { dt = 1 }
  local input, output = case:source(net, "inputs.csv", 100), net:population { size = 1, neuron = RSNeuron }
  output:compute_rate(5000)
  local synapses = net:project { from = input, to = output, target = { "ampa", "nmda" }, connect = lp.all_to_all(), synapse = models[name],
    weights = weights["w_" .. name] }
  local spikes, state = net:record(output, "spike"), case:record(net, output, { "v", "r" })
  case:snapshots(net, "weights_" .. name .. ".csv", "w", function() return synapses.w end, 1e-6, { prefix = name .. " " })
  case:traces("expected_" .. name .. ".csv", state, { "v", "r" }, 1e-6, { columns = function(v, i) return (v == "r" and "R" or v) .. "[" .. i .. "]" end })
  case:spikes("spikes_" .. name .. ".csv", spikes, "spikes of " .. name)
end
