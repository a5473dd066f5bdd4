local case = ...
local lp = require "lunapse"
local x = lp.neuron { name = "x", parameters = { r = 0 } }
local A = lp.neuron { name = "a", parameters = { tau = 10, B = 0.05 }, equations = "tau * dr/dt + r = sum(exc) - sum(inh) + B   : min = 0" }
local Z = lp.neuron { name = "z", parameters = { tau = 10, r_max = 1.2 }, equations = "tau * dr/dt + r = sum(exc)   : min = 0, max = r_max" }
local oja = lp.synapse { name = "oja", parameters = { tau_oja = 200, alpha = 1.5 }, psp = "w * pre.r",
  equations = "tau_oja * dw/dt = pre.r * post.r - alpha * post.r^2 * w   : min = 0" }
local bcm = lp.synapse { name = "bcm", parameters = { tau_theta = 80, eta = 0.002, w_min = 0.1 }, psp = "w * pre.r", equations = [[
  tau_theta * dtheta/dt + theta = post.r^2     : postsynaptic, exponential
  delta = post.r - theta                       : postsynaptic
  dw/dt = eta * post.r * delta * pre.r         : min = w_min ]] }
local net = case:network { dt = 1 }
local px, pa, pz = net:population { size = 4, neuron = x }, net:population { size = 3, neuron = A }, net:population { size = 2, neuron = Z }
local w_oja, w_bcm, inputs = case:read "weights_oja.csv", case:read "weights_bcm.csv", case:read "inputs.csv"
local p_oja = net:project { from = px, to = pa, target = "exc", synapse = oja, connect = lp.pairs(w_oja.pre, w_oja.post), weights = w_oja.w }
net:project { from = pa, to = pa, target = "inh", connect = lp.all_to_all(), weights = 0.3 }
local p_bcm = net:project { from = pa, to = pz, target = "exc", synapse = bcm, connect = lp.pairs(w_bcm.pre, w_bcm.post), weights = w_bcm.w }
local ra, rz, theta = case:record(net, pa, { "r" }), case:record(net, pz, { "r" }), case:record(net, p_bcm, { "theta" })
local wo, wb = case:record(net, p_oja, { "w" }), case:record(net, p_bcm, { "w" })
for k = 1, inputs.n do
  local r = {}
  for i = 1, 4 do r[i] = inputs[("r[%d]"):format(i)][k] end
  net:at(inputs.first_step[k], function() px.r = r end, { when = "start" })
end
net:run(1000)
local function order(list, projection, name)
  local row = {}
  for k = 1, list.n do row[list.pre[k] * 100 + list.post[k]] = k end
  return function(_, s) return ("%s[%d]"):format(name, row[projection.pre[s] * 100 + projection.post[s]]) end
end
case:traces("expected.csv", ra, { "r" }, 1e-9, { prefix = "a." })
case:traces("expected.csv", rz, { "r" }, 1e-9, { prefix = "z." })
case:traces("expected.csv", theta, { "theta" }, 1e-9)
case:traces("expected.csv", wo, { "w" }, 1e-9, { columns = order(w_oja, p_oja, "w_oja") })
case:traces("expected.csv", wb, { "w" }, 1e-9, { columns = order(w_bcm, p_bcm, "w_bcm") })
