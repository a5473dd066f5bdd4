--- Polar axes: lines, points, bars and histograms round a centre.
local lp = require "lunapse"
local angle = lp.linspace(0, 2 * math.pi, 200)
local fig = lp.figure { columns = 2, width = "150 mm", height = "80 mm" }
fig[1]:polar():line(angle, 20 + 15 * (angle - 1):cos()):line(angle, 12 + 6 * (2 * angle):cos())
fig[2]:polar():bars(lp.linspace(0, 2 * math.pi * 11 / 12, 12), { 3, 5, 9, 12, 8, 4, 2, 1, 1, 2, 2, 2 }, { width = 1, color = "green" })
fig[1]:title "orientation"
fig[2]:title "phase of spikes"
fig:save "polar.png"
