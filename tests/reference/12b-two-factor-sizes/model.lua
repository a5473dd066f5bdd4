local case = ...
local lp = require "lunapse"
local SIZES = case.name == "12a-two-factor" and { 1, 1, 1 } or { 3, 3, 2 }
local DT, STEPS, CHANGE = table.unpack(case.name == "12a-two-factor" and { 1, 60, 30 } or { 0.5, 200, 120 })
local IN1, IN2, FACTOR, LR = table.unpack(case.name == "12a-two-factor" and { { 10 }, { 5 }, 0.4, 0.1 } or { { 10, 2, 4 }, { 5, 1, 3 }, 2.5, 0.001 })
local input = lp.neuron { name = "input", parameters = { r = 0 } }
local leaky = lp.neuron { name = "leaky", parameters = { tau = 10 }, equations = "tau * dr/dt + r = sum(exc)   : explicit" }
local relay = lp.neuron { name = "relay", parameters = { tau = 10 }, equations = [[
  pop1_r = sum(copy)
  tau * dr/dt + r = sum(exc)   : explicit ]] }
local by_copy = lp.synapse { name = "by copy", parameters = { lr = LR }, equations = "dw/dt = lr * pre.r * pre.pop1_r   : explicit", psp = "w * pre.r" }
local by_ref = lp.synapse { name = "by ref", parameters = { lr = LR }, equations = "dw/dt = lr * mod.r * pre.r   : explicit", psp = "w * pre.r" }
local weights = case:read "weights.csv"
for _, way in ipairs { "copy", "direct" } do
  local net = case:network { dt = DT }
  local in1, in2 = net:population { size = SIZES[1], neuron = input, parameters = { r = IN1 } }, net:population { size = SIZES[2], neuron = input, parameters = { r = IN2 } }
  local pop1 = net:population { size = SIZES[1], neuron = leaky }
  local pop2 = net:population { size = SIZES[2], neuron = way == "copy" and relay or leaky }
  local pop3 = net:population { size = SIZES[3], neuron = leaky }
  net:project { from = in1, to = pop1, target = "exc", connect = lp.one_to_one(), weights = 1 }
  net:project { from = in2, to = pop2, target = "exc", connect = lp.one_to_one(), weights = 1 }
  if way == "copy" then net:project { from = pop1, to = pop2, target = "copy", connect = lp.one_to_one(), weights = 1 } end
  local learning = net:project { from = pop2, to = pop3, target = "exc", connect = lp.pairs(weights.pre, weights.post), weights = weights.w,
    synapse = way == "copy" and by_copy or by_ref, refs = way == "direct" and { mod = pop1 } or nil }
  local r = { case:record(net, pop1, { "r" }), case:record(net, pop2, { "r" }), case:record(net, pop3, { "r" }) }
  local w = case:record(net, learning, { "w" })
  net:run(CHANGE * DT)
  in1.r = in1.r * FACTOR
  net:run((STEPS - CHANGE) * DT)
  local file, place = ("expected_%s.csv"):format(way), {}
  for s = 1, #learning do place[learning.pre[s] * 100 + learning.post[s]] = s end
  for k = 1, 3 do case:traces(file, r[k], { "r" }, 1e-9, { prefix = ("pop%d."):format(k) }) end
  case:traces(file, w, { "w" }, 1e-9, { columns = function(_, s)
    for k = 1, weights.n do
      if place[weights.pre[k] * 100 + weights.post[k]] == s then return ("w[%d]"):format(k) end
    end
  end })
end
