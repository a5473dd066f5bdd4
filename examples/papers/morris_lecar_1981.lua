--- The barnacle's giant muscle fibre as two equations, a fast current of calcium and a slow one of potassium (Morris & Lecar 1981, Biophysical Journal 35:193,
--- figure 9): at weak currents the potential comes to rest, at stronger ones it oscillates without end, and at the strongest it rests again, depolarised.
--- Potentials, the nullclines of V for five currents with the way to the cycle at 300 uA/cm2, and the range of currents that oscillate. V2 is 15 mV: the -15 mV
--- of the caption is a misprint, says the example of Brian 2 for the same figure.
--- Published: swing_100 0..1 (mV, figure 9 in Brian 2's example: comes to rest), swing_200 0..1 (the same), swing_400 10..40 (oscillates without end),
--- swing_475 0..2 (comes to rest)
--- Takes 1 s.
--- Run: lunapse examples/papers/morris_lecar_1981.lua [duration=1000 dt=0.05 seed=1 out=morris_lecar_1981.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 1000, dt = 0.05, seed = 1, out = "morris_lecar_1981.png" }

local MorrisLecar = lp.neuron {
  name = "MorrisLecar",
  parameters = { C = 20, gL = 2, gCa = 4, gK = 8, VL = -50, VCa = 100, VK = -70, V1 = 10, V2 = 15, V3 = -1, V4 = 14.5,
    rate = 1 / 15, I = 0 },                                              -- uF/cm2, mS/cm2, mV, 1/ms, uA/cm2
  functions = "open(V, half, slope) = 0.5*(1 + tanh((V - half)/slope))",
  equations = [[
    C * dV/dt = -gL*(V - VL) - gCa*open(V, V1, V2)*(V - VCa) - gK*n*(V - VK) + I   : init = VL, rk4
    dn/dt = rate*cosh((V - V3)/(2*V4))*(open(V, V3, V4) - n)                       : init = open(VL, V3, V4), rk4
  ]],
}

local currents = { 100, 200, 300, 400, 475 }
local net = lp.network { dt = a.dt, seed = a.seed }
local cells = net:population { name = "cells", size = #currents, neuron = MorrisLecar, parameters = { I = currents } }
local rec = net:record(cells, { "V", "n" }, { every = 0.25 })
net:run(a.duration)

local rows = #rec.t
local late = rec.V:rows(rows // 2, rows)                           -- what is left when the start is forgotten
local swing = late:max(1) - late:min(1)

local fig = lp.figure { rows = 2, columns = 2, width = "180 mm", height = "140 mm", style = "paper", letters = true }
local colors = lp.colormaps.colors("viridis", #currents + 1)
local traces, plane = fig:axes(1, 1, { columns = 2 }), fig[{ 2, 1 }]
local V = lp.linspace(-55, 50, 400)
for k, I in ipairs(currents) do
  local label = ("%d"):format(I)
  traces:line(rec.t, rec.V:column(k), { color = colors[k], label = label })
  local m_inf = 0.5 * (1 + ((V - 10) / 15):tanh())
  plane:line(V, (2 * (V + 50) + 4 * m_inf * (V - 100) - I) / (-8 * (V + 70)), { color = colors[k] })
end
traces:xlim(0, 220):ylim(-55, 62):xlabel "time (ms)":ylabel "V (mV)":legend("outside", { title = "I (uA/cm^{2})" })
plane:line(V, 0.5 * (1 + ((V + 1) / 14.5):tanh()), { color = "black", dash = "dashed" })
plane:line(rec.V:column(3), rec.n:column(3), { color = colors[3], alpha = 0.4, width = 2.5 })
plane:text(27, 0.9, "dn/dt = 0"):xlim(-55, 50):ylim(0, 1):xlabel "V (mV)":ylabel "n"
local diagram = lp.bifurcation(MorrisLecar, { parameter = "I", range = { 0, 600 }, limits = { V = { -60, 50 }, n = { 0, 1 } }, n = 61, duration = 600, dt = 0.1,
  axes = fig[{ 2, 2 }] })
diagram.axes:xlabel "I (uA/cm^{2})":ylabel "V (mV)":legend "bottom right"
print(diagram)
print("figure: " .. fig:save(a.out))

local results = {}
for k, I in ipairs(currents) do results[k] = { "swing_" .. I, swing[k] } end
lp.result(results)
