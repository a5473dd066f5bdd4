local case = ...
local lp = require "lunapse"
local COBA = lp.neuron {
  parameters = { tau = 20, tau_exc = 5, tau_inh = 10, El = -60, Eexc = 0, Einh = -80, Vt = -50, Vr = -60, I = 20 },
  equations = [[
    tau * dv/dt = (El - v) + g_exc * (Eexc - v) + g_inh * (Einh - v) + I   : exponential
    tau_exc * dg_exc/dt = -g_exc   : exponential
    tau_inh * dg_inh/dt = -g_inh   : exponential
  ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 5,
}
local connections, initial = case:read "connections.csv", case:read "initial.csv"
local net = case:network { dt = 0.1 }
local all = net:population { size = 400, neuron = COBA }
for _, name in ipairs { "v", "g_exc", "g_inh" } do all[name] = initial[name] end
for _, part in ipairs { { "exc", 0.6, function(i) return i <= 320 end }, { "inh", 6.7, function(i) return i > 320 end } } do
  local pre, post = {}, {}
  for k = 1, connections.n do
    if part[3](connections.pre[k]) then pre[#pre + 1], post[#post + 1] = connections.pre[k], connections.post[k] end
  end
  net:project { from = all, to = all, target = part[1], connect = lp.pairs(pre, post), weights = part[2] }
end
local spikes = net:record(all, "spike")
case:snapshots(net, "expected.csv", "v", function() return all.v end, 1e-9)
case:spikes("spikes.csv", spikes)
