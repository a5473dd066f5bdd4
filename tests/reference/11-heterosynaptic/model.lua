local case = ...
local lp = require "lunapse"
local list = case:read "synapses.csv"
local net = case:network { dt = 0.1 }
local neurons = net:population { size = 10, neuron = lp.neuron { parameters = { total = 0, initial = 0 } } }
local synapses = net:project { from = neurons, to = neurons, connect = lp.pairs(list.pre, list.post), weights = list.w,
  synapse = lp.synapse {
    parameters = { growth = 0.1 / 1000 },
    equations = [[
      dw/dt = growth
      post.total = sum(w)   : every = 1000
    ]] } }
neurons.initial = synapses:sum_post "w"
synapses:run_regularly("w -= clip((post.total - post.initial) / N_incoming, 0, inf)", { every = 1000 })
local place = {}
for s = 1, #synapses do place[synapses.pre[s] * 100 + synapses.post[s]] = s end
local rec = net:record(synapses, "w")
net:run(5500)
for _, file in ipairs { "expected.csv", "at_normalisation.csv" } do
  local expected = case:read(file)
  for k = 1, #synapses do
    local got, s = {}, place[list.pre[k] * 100 + list.post[k]]
    for row = 1, expected.n do got[row] = rec.w:get(math.floor(expected.t[row] / net.dt + 0.5), s) end
    case:compare(("w[%d] %s"):format(k, file:match "^%w+"), got, expected[("w[%d]"):format(k)], 1e-9)
  end
end
