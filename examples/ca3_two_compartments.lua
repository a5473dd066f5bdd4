--- A CA3 pyramidal cell as a soma and a dendrite (Pinsky & Rinzel 1994, J Comput Neurosci 1:39-60, reduced from Traub et al. 1991): bursts at a weak current into the soma, single spikes in a
--- row at a strong one. The two are one cable; its resistance makes their coupling, 2.1 mS/cm2 at half the area each.
--- Run: lunapse examples/ca3_two_compartments.lua [duration=1500 dt=0.02 weak=0.75 strong=2.5 seed=1 out=ca3_two_compartments.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 1500, dt = 0.02, weak = 0.75, strong = 2.5, seed = 1, out = "ca3_two_compartments.png" }

local CA3 = lp.neuron {
  name = "CA3",
  parameters = { gL = 0.1, gNa = 0, gKDR = 0, gCa = 0, gAHP = 0, gKC = 0, I = 0 },           -- mS/cm2; I in uA/cm2; mV from rest, -60 mV
  functions = "rate(v, a, b, s) = a*s/exprel((b - v)/s)",                                  -- a (v - b)/(1 - exp(-(v - b)/s))
  equations = [[
    am := rate(v, 0.32, 13.1, 4)
    bm := 0.28*5/exprel((v - 40.1)/5)
    ac := if v <= 50: exp((v - 10)/11 - (v - 6.5)/27)/18.975 else: 2*exp((6.5 - v)/27)
    bc := if v <= 50: 2*exp((6.5 - v)/27) - ac else: 0
    ICa := gCa*s^2*(v - 140)
    Im = -gL*v + gNa*(am/(am + bm))^2*h*(120 - v) + (gKDR*n + gAHP*q + gKC*c*min(Ca/250, 1))*(-15 - v) - ICa + I : init = -4.6
    dh/dt = 0.128*exp((17 - v)/18)*(1 - h) - 4/(1 + exp((40 - v)/5))*h             : init = 0.999, exponential
    dn/dt = rate(v, 0.016, 35.1, 5)*(1 - n) - 0.25*exp(0.5 - 0.025*v)*n            : init = 0.001, exponential
    ds/dt = 1.6/(1 + exp(-0.072*(v - 65)))*(1 - s) - 0.02*5/exprel((v - 51.1)/5)*s : init = 0.009, exponential
    dc/dt = ac*(1 - c) - bc*c                                                      : init = 0.007, exponential
    dq/dt = min(0.00002*Ca, 0.01)*(1 - q) - 0.001*q                                : init = 0.01, exponential
    dCa/dt = -0.13*ICa - 0.075*Ca                                                  : init = 0.2
  ]],
  spike = "v > 50", refractory = "v > 30",
}

-- Two equal cylinders of length and diameter d: d/(4 Ra d^2) between their middles, by area, is 4.2 mS/cm2.
local d = 20
local soma = lp.cylinder { name = "soma", length = d, diameter = d }
soma.dend = lp.cylinder { length = d, diameter = d }
local net = lp.network { dt = a.dt, seed = a.seed }
local cells = net:cables { morphology = soma, neuron = CA3, size = 2, Ra = 1 / (4 * 4.2e-3 * d * 1e-4), Cm = 3 }
local s, dend = cells.soma, cells.dend
s.gNa, s.gKDR, dend.gCa, dend.gAHP, dend.gKC = 30, 15, 10, 0.8, 15
s.I = { 2 * a.weak, 2 * a.strong }                    -- by the area of the whole cell in the paper

local v, spikes = net:record(cells, "v", { every = 0.1 }), net:record(cells, "spike")
net:run(a.duration)

local rate, intervals = {}, {}
for k = 1, 2 do
  local t = {}
  for j = 1, spikes:count() do if spikes.neuron[j] == k then t[#t + 1] = spikes.t[j] end end
  rate[k], intervals[k] = #t / a.duration * 1000, { math.huge, 0 }
  for j = 2, #t do intervals[k] = { math.min(intervals[k][1], t[j] - t[j - 1]), math.max(intervals[k][2], t[j] - t[j - 1]) } end
end

local fig = lp.figure { rows = 2, columns = 1, width = 8, height = 5 }
for k, current in ipairs { a.weak, a.strong } do
  fig[k]:line(v.t, v.v:column(k) - 60, { label = "soma" }):line(v.t, v.v:column(2 + k) - 60, { label = "dendrite" })
  fig[k]:ylabel "v (mV)":title(("%g uA/cm2: %.1f spikes/s, intervals of %.0f to %.0f ms"):format(current, rate[k], intervals[k][1], intervals[k][2]))
end
fig[1]:legend()
fig[2]:xlabel "time (ms)"
print("figure: " .. fig:save(a.out))

lp.result { { "weak_rate", rate[1] }, { "weak_longest_interval", intervals[1][2] }, { "strong_rate", rate[2] }, { "strong_longest_interval", intervals[2][2] } }
