--- Bursts of three first-order equations (Hindmarsh & Rose 1984, Proceedings of the Royal Society of London B 221:87, figure 6): x and y make spikes, and a
--- slow current z ends a train of them and lets it begin anew. At I = 0.4 there is a single burst, at 2 bursts come again and again, at 4 spikes go on without
--- a pause. And one round of bursting on the curve where x and y stand still for a given z: z creeps along its lower branch to the knee, jumps to the spikes,
--- and drifts back while they last.
--- Published: bursts_weak 1..1 (figure 6), bursts_middle 3..6 (figure 6: again and again; how many rests on the run), bursts_strong 1..1 (figure 6),
--- last_spike_weak 0..500 (figure 6)
--- Takes 1 s.
--- Run: lunapse examples/papers/hindmarsh_rose_1984.lua [duration=2100 dt=0.1 seed=1 out=hindmarsh_rose_1984.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 2100, dt = 0.1, seed = 1, out = "hindmarsh_rose_1984.png" }

local HindmarshRose = lp.neuron {
  name = "HindmarshRose",
  parameters = { a = 1, b = 3, c = 1, d = 5, r = 0.001, s = 4, x_rest = -1.6, I = 0 },      -- without units; time is called ms here
  equations = [[
    dx/dt = y - a*x^3 + b*x^2 + I - z    : init = x_rest, rk4
    dy/dt = c - d*x^2 - y                : init = c - d*x_rest^2, rk4
    dz/dt = r*(s*(x - x_rest) - z)       : rk4
  ]],
  spike = "x > 1", refractory = { "x > 0", stops = "spikes" },
}

local currents = { 0.4, 2, 4 }
local net = lp.network { dt = a.dt, seed = a.seed }
local cells = net:population { name = "cells", size = #currents, neuron = HindmarshRose, parameters = { I = currents } }
local rec, spikes = net:record(cells, { "x", "z" }), net:record(cells, "spike")
net:run(a.duration)

local bursts, n_bursts = spikes:bursts { max_isi = 60 }, { 0, 0, 0 }
for k = 1, #bursts.neuron do n_bursts[bursts.neuron[k]] = n_bursts[bursts.neuron[k]] + 1 end
local weak = spikes:trains()[1]

local fig = lp.figure { rows = 3, columns = 2, heights = { 1, 1, 1.5 }, widths = { 2, 1 }, width = "180 mm", height = "150 mm",
  style = "paper", letters = true }
local plane = fig:axes(3, 1, { columns = 2 })
for k, place in ipairs { { 1, 1, 0, columns = 2 }, { 2, 1, 700 }, { 2, 2, 1400 } } do
  local axes = fig:axes(place[1], place[2], { columns = place.columns })
  axes:line(rec.t, rec.x:column(k), { width = 0.8, color = ({ "black", "blue", "red" })[k] }):title(("I = %g"):format(currents[k]))
  axes:xlim(place[3], 2100):ylim(-2, 2.2):ticks("y", { -2, 0, 2 }):xlabel(place[1] == 2 and "time" or ""):ylabel(place[2] == 1 and "x" or "")
end
local x = lp.linspace(-2, 1.6, 400)
local half = #rec.t // 2
plane:line(rec.z:column(2):slice(half, #rec.t), rec.x:column(2):slice(half, #rec.t), { color = "blue", width = 0.8, label = "bursting at I = 2" })
plane:line(1 - 2 * x * x - x * x * x + currents[2], x, { color = "black", dash = "dashed", label = "x and y stand still" })
plane:xlim(1.65, 2.45):ylim(-2, 2.2):xlabel "z":ylabel "x":legend "top right"
print("figure: " .. fig:save(a.out))

lp.result { { "bursts_weak", n_bursts[1] }, { "bursts_middle", n_bursts[2] }, { "bursts_strong", n_bursts[3] },
  { "last_spike_weak", #weak > 0 and weak:max() or 0 } }
