--- Firing patterns of the adaptive exponential integrate-and-fire neuron (Naud, Marcille, Clopath & Gerstner 2008, Biological Cybernetics 99:335, table 1 and
--- figure 4; notebook "AdEx" of ANNarchy; the sixth and seventh set as P. Mueller mended them, as in Brian's example of that paper): one population, eight
--- sets of parameters, and what their intervals do.
--- Published: tonic 1..1.2 (last interval over first: tonic spiking), adaptation 2..12 (last over first: adapts), bursts 5..60 (longest over shortest:
--- bursts), acceleration 0.2..0.9 (last over first: accelerates), transient 1..6 (spikes: only at first), irregular 0.4..1.5 (CV of the intervals: irregular);
--- what the patterns are is in figure 4, the bands are our measure of their names
--- Takes 1 s.
--- Run: lunapse examples/annarchy/adex_patterns.lua [duration=600 seed=1 out=adex_patterns.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 600, seed = 1, out = "adex_patterns.png" }

local AdEx = lp.neuron {
  name = "AdEx",
  parameters = { C = 200, gL = 10, E_L = -70, v_T = -50, delta_T = 2, a = 2, tau_w = 30, b = 0, v_r = -58, I = 500 },         -- pF, nS, mV, ms, pA
  equations = [[
    C * dv/dt = gL*(E_L - v) + gL*delta_T*exp((v - v_T)/delta_T) + I - w   : init = E_L
    tau_w * dw/dt = a*(v - E_L) - w
  ]],
  spike = "v >= 0", reset = "v = v_r; w += b",
}
local patterns = { "tonic spiking", "adaptation", "initial burst", "regular bursting", "delayed accelerating", "delayed regular bursting", "transient spiking",
  "irregular spiking" }

local net = lp.network { dt = 0.02, seed = a.seed }
local cells = net:population { name = "cells", size = #patterns, neuron = AdEx, parameters = {
  C     = { 200, 200, 130, 200, 200, 100, 100, 100 },
  gL    = { 10,  12,  18,  10,  12,  10,  10,  12 },
  E_L   = { -70, -70, -58, -58, -70, -65, -65, -60 },
  a     = { 2,   2,   4,   2,   -10, -10, 10,  -11 },
  tau_w = { 30,  300, 150, 120, 300, 90,  90,  130 },
  b     = { 0,   60,  120, 100, 0,   30,  100, 30 },
  v_r   = { -58, -58, -50, -46, -58, -47, -47, -48 },
  I     = { 500, 500, 400, 210, 300, 110, 180, 160 },
} }
local spikes, trace = net:record(cells, "spike"), net:record(cells, "v")
net:run(a.duration)

local intervals, trains = spikes:isi(), spikes:trains()
local fig = lp.figure { rows = 4, columns = 2, width = "170 mm", height = "150 mm", style = "paper", letters = true, share_x = true }
for k, name in ipairs(patterns) do
  local v = trace.v:column(k):copy()
  for s = 1, #trains[k] do v[math.floor(trains[k][s] / net.dt + 0.5) + 1] = 20 end          -- a row shows v after the reset
  fig[k]:line(trace.t, v, { width = 0.8 }):xlim(0, a.duration):ylim(-75, 25):title(name):ticks("y", { -70, -50, -30, -10, 10 })
  if k % 2 == 1 then fig[k]:ylabel "v (mV)" end
  if k > 6 then fig[k]:xlabel "time (ms)" end
end
print("figure: " .. fig:save(a.out))

--- The last interval of a neuron over its first.
local function drift(k) return #intervals[k] > 0 and intervals[k][#intervals[k]] / intervals[k][1] or 0 / 0 end
lp.result { { "tonic", drift(1) }, { "adaptation", drift(2) }, { "initial", drift(3) }, { "bursts", intervals[4]:max() / intervals[4]:min() },
  { "acceleration", drift(5) }, { "delayed_bursts", intervals[6]:max() / intervals[6]:min() }, { "transient", #trains[7] }, { "irregular", spikes:cv()[8] } }
