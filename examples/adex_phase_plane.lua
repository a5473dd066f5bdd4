--- Phase planes of the adaptive exponential integrate-and-fire neuron (Brette & Gerstner 2005, Journal of Neurophysiology 94:3637; its firing patterns: Naud, Marcille, Clopath &
--- Gerstner 2008, Biological Cybernetics 99:335) at rest, spiking and in bursts, each with its voltage, and how its fixed points depend on the current: a figure of 180 mm for a paper.
--- Run: lunapse examples/adex_phase_plane.lua [duration=400 out=adex_phase_plane.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 400, out = "adex_phase_plane.png" }

local AdEx = lp.models.AdEx
local cases = {
  { title = "rest, 400 pA",    parameters = { I = 400 } },
  { title = "spikes, 800 pA",  parameters = { I = 800 } },
  { title = "bursts, 800 pA",  parameters = { I = 800, v_r = -46.5, b = 120, tau_w = 60 } },
}
local fig = lp.figure { rows = 3, columns = 3, heights = { 2, 1, 1.6 }, width = "180 mm", height = "165 mm", style = "paper", letters = true }

for k, case in ipairs(cases) do
  local plane = lp.phase_plane(AdEx, { x = "v", y = "w", xlim = { -80, -40 }, ylim = { -100, 700 }, parameters = case.parameters, trajectory = { v = -70.6, w = 0 },
    duration = a.duration, axes = fig[{ 1, k }] })
  plane.axes:title(case.title):xlabel "v (mV)":ylabel(k == 1 and "w (pA)" or "")
  print(plane)
end

local n_spikes = 0
for k, case in ipairs(cases) do
  local net = lp.network { dt = 0.05, warnings = false }
  local cell = net:population { name = "cell", size = 1, neuron = AdEx(case.parameters) }
  local rows, spikes = net:record(cell, "v"), net:record(cell, "spike")
  net:run(a.duration)
  n_spikes = n_spikes + #spikes.t
  fig[{ 2, k }]:line(rows.t, rows.v, { color = "red" }):ylim(-80, -35):xlim(0, a.duration):xlabel "time (ms)":ylabel(k == 1 and "v (mV)" or "")
end

local diagram = lp.bifurcation(AdEx, { parameter = "I", range = { 0, 1200 }, limits = { v = { -80, -40 }, w = { -200, 900 } }, n = 201, axes = fig:axes(3, 1, { columns = 3 }) })
diagram.axes:xlabel "I (pA)":ylabel "v (mV)"
print(diagram)

fig:legend("bottom", { columns = 4 })
fig:save(a.out)
lp.result { { "fold", diagram.points[1].at }, { "spikes", n_spikes } }
