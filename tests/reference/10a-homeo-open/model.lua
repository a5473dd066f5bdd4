local case = ...
local lp = require "lunapse"
local spikes = { pre_spike = "ltp = A_plus", post_spike = "ltd = A_minus" }
local plain = lp.synapse {
  parameters = { tau_plus = 20, tau_minus = 60, A_plus = 0.0002, A_minus = 6.6e-05, w_min = 0, w_max = 0.03 },
  equations = [[
    tau_plus * dltp/dt = -ltp : exponential
    tau_minus * dltd/dt = -ltd : exponential
    w += if t_post >= t_pre: ltp else: - ltd : min=w_min, max=w_max
  ]],
  pre_spike = spikes.pre_spike, post_spike = spikes.post_spike,
}
local homeo = lp.synapse {
  parameters = { tau_plus = 20, tau_minus = 60, A_plus = 0.0002, A_minus = 6.6e-05, w_min = 0, w_max = 0.03, alpha = 0.1, beta = 1, gamma = 50,
                 Rtarget = 35, T = 5000, R = 0 },
  equations = [[
    tau_plus * dltp/dt = -ltp : exponential
    tau_minus * dltd/dt = -ltd : exponential
    K = R/(T*(1.+fabs(1. - R/Rtarget) * gamma)) : projection
    stdp = if t_post >= t_pre: ltp else: - ltd
    w += (alpha * w * (1- R/Rtarget) + beta * stdp ) * K : min=w_min, max=w_max
  ]],
  pre_spike = spikes.pre_spike, post_spike = spikes.post_spike,
}
local rate = case:read "rate.csv"
local function run(name, synapse)
  local net = case:network { dt = 1 }
  local pre, post = case:source(net, "inputs_pre.csv", 40), case:source(net, "inputs_post.csv", 3)
  local list = case:read "weights.csv"
  local synapses = net:project { from = pre, to = post, connect = lp.pairs(list.pre, list.post), weights = list.w, synapse = synapse }
  if name == "homeo" then
    for k = 1, rate.n do net:at(rate.first_step[k] * net.dt, function() synapses.R = rate.R[k] end, { when = "start" }) end
  end
  local order, place = case:read("weights_" .. name .. ".csv"), {}
  for s = 1, #synapses do place[synapses.pre[s] * 1000 + synapses.post[s]] = s end
  local rows = {}
  for k = 1, order.n do rows[k] = place[order.pre[k] * 1000 + order.post[k]] end
  case:snapshots(net, "weights_" .. name .. ".csv", "w", function() return synapses.w end, 1e-9, { order = rows, prefix = name .. " ", scale = 0.03 })
end
run("plain", plain)
run("homeo", homeo)
