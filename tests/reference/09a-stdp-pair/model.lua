local case = ...
local lp = require "lunapse"
local net = case:network { dt = 0.1 }
local pre, post = case:source(net, "inputs_pre.csv", 20), case:source(net, "inputs_post.csv", 3)
local list = case:read "synapses.csv"
local synapses = net:project { from = pre, to = post, connect = lp.pairs(list.pre, list.post), weights = list.w,
  synapse = lp.models.STDP { tau_plus = 20, tau_minus = 25, A_plus = 0.05, A_minus = 0.045, w_max = 0.02 } }
local expected, columns = case:read "expected.csv", {}
for _, name in ipairs(expected.header) do columns[name] = {} end
for k = 1, expected.n do
  net:run(expected.t[k] - net.t)
  local w = synapses.w
  for s = 1, #synapses do
    columns[("w[%d->%d]"):format(synapses.pre[s], synapses.post[s])][k] = w[s]
  end
end
for _, name in ipairs(expected.header) do
  if name ~= "t" then case:compare(name, columns[name], expected[name], 1e-9) end
end
