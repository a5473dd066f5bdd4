--- Eight firing patterns of one model at a step of current: the adaptive exponential integrate-and-fire neuron with the parameters of Naud, Marcille, Clopath &
--- Gerstner (2008, Biological Cybernetics 99:335, table 1) as P. Mueller adapted them to the paper's figures (so in Brian 2's example of it). Beside each
--- potential w against v: where the reset comes to lie, left or right of the nullcline of v, decides between spikes and bursts. Results are intervals, last by
--- first, and what each pattern is named for.
--- Published: tonic 0.9..1.2 (all bands are what the names of the patterns say: last interval by first), adaptation 2..100, accelerating 0.1..0.8,
--- initial_burst 4..100 (longest by first), burst_cv 1..3, delayed_burst_cv 1..3 (CV of intervals), delay 10..200 (ms to the first spike of the delayed burst),
--- transient_end 0..100 (ms, its last spike), irregular_cv 0.3..1 (CV of intervals)
--- Takes 1 s.
--- Run: lunapse examples/papers/naud_2008.lua [duration=600 dt=0.01 seed=1 out=naud_2008.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 600, dt = 0.01, seed = 1, out = "naud_2008.png" }

local names = { "C", "g_L", "E_L", "v_T", "delta_T", "a", "tau_w", "b", "v_r", "I" }       -- pF, nS, mV, mV, mV, nS, ms, pA, mV, pA
local patterns = {
  { "tonic spiking",            200, 10, -70, -50, 2,   2,  30,   0, -58, 500 },
  { "adaptation",               200, 12, -70, -50, 2,   2, 300,  60, -58, 500 },
  { "initial burst",            130, 18, -58, -50, 2,   4, 150, 120, -50, 400 },
  { "regular bursting",         200, 10, -58, -50, 2,   2, 120, 100, -46, 210 },
  { "delayed accelerating",     200, 12, -70, -50, 2, -10, 300,   0, -58, 300 },
  { "delayed regular bursting", 100, 10, -65, -50, 2, -10,  90,  30, -47, 110 },
  { "transient spiking",        100, 10, -65, -50, 2,  10,  90, 100, -47, 180 },
  { "irregular spiking",        100, 12, -60, -50, 2, -11, 130,  30, -48, 160 },
}
local parameters = { v_cut = -36 }                       -- steep enough there: what is left of the upstroke takes 0.02 ms
for k, name in ipairs(names) do
  parameters[name] = {}
  for j, pattern in ipairs(patterns) do parameters[name][j] = pattern[k + 1] end
end

local net = lp.network { dt = a.dt, seed = a.seed }
local cells = net:population { name = "cells", size = #patterns, neuron = lp.models.AdEx, parameters = parameters }
local every = 0.1
local rec, spikes = net:record(cells, { "v", "w" }, { every = every }), net:record(cells, "spike")
net:run(a.duration)

local fig = lp.figure { rows = 4, columns = 4, widths = { 2, 1, 2, 1 }, width = "180 mm", height = "170 mm", style = "paper" }
local trains, isi, cv = spikes:trains(), spikes:isi(), spikes:cv()
for k, pattern in ipairs(patterns) do
  local row, column = (k + 1) // 2, k % 2 == 1 and 1 or 3
  local v, w = rec.v:column(k):copy(), rec.w:column(k)
  fig[{ row, column + 1 }]:line(v, w / 1000, { width = 0.5, color = "red" }):xlim(-80, -35):xlabel(row == 4 and "v (mV)" or ""):ylabel "w (nA)"
  for j = 1, #trains[k] do v[math.ceil(trains[k][j] / every - 1e-6)] = 0 end                 -- spikes as high as experimenters see them
  fig[{ row, column }]:line(rec.t, v, { width = 0.5 }):title(pattern[1]):xlim(0, a.duration):ylim(-80, 5):ylabel(column == 1 and "v (mV)" or "")
  fig[{ row, column }]:xlabel(row == 4 and "time (ms)" or "")
end
print("figure: " .. fig:save(a.out))

--- How many times the first interval the last one is.
local function by_first(k, what) return #isi[k] > 0 and (what or isi[k][#isi[k]]) / isi[k][1] or 1 end
lp.result { { "tonic", by_first(1) }, { "adaptation", by_first(2) }, { "initial_burst", by_first(3, isi[3]:max()) }, { "burst_cv", cv[4] },
  { "accelerating", by_first(5) }, { "delayed_burst_cv", cv[6] }, { "delay", trains[6][1] or math.huge },
  { "transient_end", trains[7]:max() }, { "irregular_cv", cv[8] } }
