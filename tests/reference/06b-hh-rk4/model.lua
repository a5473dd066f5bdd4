local case = ...
local lp = require "lunapse"
local neuron = lp.neuron {
  parameters = { C = 200, gl = 10, El = -60, gNa = 20000, ENa = 50, gK = 6000, EK = -90, v_T = -63, I = 0 },
  functions = [[
    am(x) = 0.32 * (13 - x) / (exp((13 - x)/4) - 1)
    bm(x) = 0.28 * (x - 40) / (exp((x - 40)/5) - 1)
    ah(x) = 0.128 * exp((17 - x)/18)
    bh(x) = 4 / (1 + exp((40 - x)/5))
    an(x) = 0.032 * (15 - x) / (exp((15 - x)/5) - 1)
    bn(x) = 0.5 * exp((10 - x)/40)
  ]],
  equations = [[
    v_prev = v
    C * dv/dt = gl * (El - v) + gNa * m^3 * h * (ENa - v) + gK * n^4 * (EK - v) + I   : init = -60, rk4
    dm/dt = am(v - v_T) * (1 - m) - bm(v - v_T) * m    : init = 0, rk4
    dh/dt = ah(v - v_T) * (1 - h) - bh(v - v_T) * h    : init = 1, rk4
    dn/dt = an(v - v_T) * (1 - n) - bn(v - v_T) * n    : init = 0, rk4
  ]],
  spike = "v > -20 and v_prev <= -20",
}
local net = case:network { dt = 0.02 }
local neurons = net:population { size = 3, neuron = neuron, parameters = { I = { 0, 120, 500 } } }
local spikes, state = net:record(neurons, "spike"), case:record(net, neurons, { "v", "m", "h", "n" })
net:run(100)
case:traces("expected.csv", state, { "v", "m", "h", "n" }, 1e-7)
case:spikes("spikes.csv", spikes)
