--- Steps, areas upon each other, and lines that break where a value is NaN.
local lp = require "lunapse"
local t = lp.arange(0, 49)
local y = (t / 5):sin()
y[20], y[21], y[22] = 0 / 0, 0 / 0, 0 / 0
local fig = lp.figure { columns = 3, width = "180 mm", height = "60 mm" }
fig[1]:line(t, (3 * (t / 7):sin()):round(), { stair = true }):title "steps"
fig[2]:area(t, lp.array.stack({ 2 + (t / 6):sin(), 1 + t / 50, 2 - (t / 9):cos() }, 2), { label = { "A", "B", "C" } }):title "areas":legend "outside"
fig[3]:line(t, y, { marker = "." }):title "a gap"
fig:save "step_area.png"
