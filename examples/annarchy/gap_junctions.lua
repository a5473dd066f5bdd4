--- Gap junctions that drive apart (notebook "GapJunctions" of ANNarchy, after the example of Brian): ten integrate-and-fire neurons that fire by themselves,
--- all joined by junctions that pull each potential towards the others'. As the potential of a spike itself is not in the model, weak junctions spread the
--- neurons evenly over the cycle and slow them down; strong ones bring them into step. When they are spread, each neuron meets the constant mean potential v0 -
--- tau/T of the others, which gives the period T in closed form (dashed).
--- Published: alone 30..31 ms (tau ln(v0/(v0 - 1)) = 30.4), period 0.97..1.03 (of the notebook's weight, 0.02, over the closed form), spread 0..0.2 (synchrony
--- at 0.02: none), strong 0.6..1 (synchrony at 0.1); the last two are ours, the notebook has a figure alone
--- Takes 1 s.
--- Run: lunapse examples/annarchy/gap_junctions.lua [duration=3000 shown=300 seed=1 out=gap_junctions.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 3000, shown = 300, seed = 1, out = "gap_junctions.png" }

local N, TAU, V0, LAST = 10, 10, 1.05, 500          -- ms: what is measured, the end of the run
local duration, shown = math.max(a.duration, LAST), math.min(a.shown, a.duration)
local Cell = lp.neuron {
  name = "Cell",
  parameters = { tau = TAU, v0 = V0 },
  equations = "tau * dv/dt = v0 - v + g_gap",
  spike = "v > 1", reset = "v = 0",
}
local GapJunction = lp.synapse { name = "GapJunction", psp = "w * (pre.v - post.v)" }

--- The potentials and spikes of ten neurons with junctions of weight w.
local function run(w)
  local net = lp.network { dt = 0.1, seed = a.seed, warnings = false }          -- without a warning that weights of 0 deliver nothing
  local cells = net:population { name = "cells", size = N, neuron = Cell }
  cells.v = lp.linspace(0, 1, N)
  net:project { from = cells, to = cells, target = "gap", connect = lp.all_to_all(), weights = w, synapse = GapJunction }
  local v, spikes = net:record(cells, "v"), net:record(cells, "spike")
  net:run(duration)
  local rows = v.v:shape()
  local last = spikes:window(duration - LAST, duration)
  return { v = v, spikes = spikes, period = last:pooled_isi():mean(), synchrony = lp.analysis.synchrony(v.v:rows(rows - LAST * 10 + 1, rows)) }
end

--- The period of neurons that are spread: T = tau/A ln(B/(B - A)) with A = 1 + N w, B = v0 + N w (v0 - tau/T), by bisection from where B is above A.
local function spread_period(w)
  local A = 1 + N * w
  local low, high = N * w * TAU / (A * (V0 - 1)), 1e4
  for _ = 1, 100 do
    local T = (low + high) / 2
    local B = V0 + N * w * (V0 - TAU / T)
    if TAU / A * math.log(B / (B - A)) > T then low = T else high = T end
  end
  return low
end

local fig = lp.figure { rows = 4, columns = 2, heights = { 1, 1, 1, 1.6 }, width = "170 mm", height = "150 mm", style = "paper", letters = true }
local shown_weights, runs = { 0, 0.02, 0.1 }, {}
for k, w in ipairs(shown_weights) do
  runs[k] = run(w)
  local axes = fig:axes(k, 1, { columns = 2 })
  axes:line(runs[k].v.t, runs[k].v.v, { width = 0.6, color = "gray" }):line(runs[k].v.t, runs[k].v.v:column(1), { color = "blue" })
  axes:xlim(duration - shown, duration):ylabel(("v, w = %g"):format(w))
  if k == #shown_weights then axes:xlabel "time (ms)" end
end

local weights, period, theory, synchrony = lp.linspace(0, 0.12, 25), {}, {}, {}
for k = 1, #weights do
  local r = run(weights[k])
  period[k], theory[k], synchrony[k] = r.period, spread_period(weights[k]), r.synchrony
end
local left, right = fig:axes(4, 1), fig:axes(4, 2)
left:points(weights, period, { size = 3 }):line(weights, theory, { color = "black", dash = "dashed" }):ylim(25, 65):ylabel "period (ms)"
left:xlabel "weight of a junction"
right:points(weights, synchrony, { size = 3 }):ylim(0, 1):xlabel "weight of a junction":ylabel "synchrony of v"
print("figure: " .. fig:save(a.out))

lp.result { { "alone", runs[1].period }, { "period", runs[2].period / spread_period(0.02) }, { "spread", runs[2].synchrony }, { "strong", runs[3].synchrony } }
