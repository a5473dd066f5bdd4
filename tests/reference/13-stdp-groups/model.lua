local case = ...
local lp = require "lunapse"
local rule = lp.synapse {
  parameters = { taupre = 20, taupost = 20, wmax = 0.04, Apre = 0, Apost = 0 },
  equations = [[
    taupre  * dapre/dt  = -apre    : event-driven
    taupost * dapost/dt = -apost   : event-driven
  ]],
  pre_spike = [[
    apre += Apre
    w = clip(w + apost, 0, wmax)
  ]],
  post_spike = [[
    apost += Apost
    w = clip(w + apre, 0, wmax)
  ]],
}
local list = case:read "synapses.csv"
local net = case:network { dt = 0.1 }
local pre, post = case:source(net, "inputs_pre.csv", 40), case:source(net, "inputs_post.csv", 40)
local groups, place = {}, {}
for g = 1, 4 do
  local first, weights = 10 * (g - 1), {}
  local i, j = {}, {}
  for k = 1, list.n do
    if list.group[k] == g then
      i[#i + 1], j[#j + 1], weights[#weights + 1] = list.pre[k] - first, list.post[k] - first, list.w[k]
    end
  end
  local row = 100 * (g - 1) + 1
  groups[g] = net:project { from = pre:slice(first + 1, first + 10), to = post:slice(first + 1, first + 10), connect = lp.pairs(i, j), weights = weights,
    synapse = rule, parameters = { Apre = list.Apre[row], Apost = list.Apost[row] } }
  for s = 1, #groups[g] do place[groups[g].pre[s] * 1000 + groups[g].post[s]] = { g, s } end
end
case:snapshots(net, "expected.csv", "w", function()
  local w = {}
  for k = 1, list.n do
    local at = place[list.pre[k] * 1000 + list.post[k]]
    w[k] = groups[at[1]].w[at[2]]
  end
  return w
end, 1e-9)
for g = 1, 4 do
  local row = 100 * (g - 1) + 1
  case:compare(("constants of group %d"):format(g), { groups[g].Apre, groups[g].Apost }, { list.Apre[row], list.Apost[row] }, 0)
end
