local case = ...
local lp = require "lunapse"
local rule = lp.models.STDP { tau_plus = 20, tau_minus = 30, A_plus = 0.01, A_minus = 0.0105, w_max = 0.5 }
for _, dt in ipairs { 1, 0.1 } do
  local file = ("window_dt%g.csv"):format(dt)
  local expected = case:read(file)
  local net = case:network { dt = dt }
  local each, first, second = {}, {}, {}
  for k = 1, 101 do each[k], first[k], second[k] = k, 100 * dt, (100 - 50 + k - 1) * dt end
  local pre = net:spike_source { size = 101, neuron = each, t = first }
  local post = net:spike_source { size = 101, neuron = each, t = second }
  local synapses = net:project { from = pre, to = post, connect = lp.one_to_one(), weights = 0.25, synapse = rule }
  net:run(200 * dt)
  case:compare(("dw simulated, dt = %g"):format(dt), synapses.w - 0.25, expected.dw, 1e-9)
  local window = lp.stdp_window(rule, { dt = dt, from = -50, to = 50 })
  case:compare(("dw of lp.stdp_window, dt = %g"):format(dt), window.dw, expected.dw, 1e-9)
end
