--- Points by value and size: `values` gives each its colour, `size` its diameter.
local lp = require "lunapse"
local k = lp.arange(1, 200)
local x, y = (k * 0.7548776662) % 1 * 10, (k * 0.5698402910) % 1 * 10
local rate = (-((x - 5):square() + (y - 5):square()) / 12):exp() * 50
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:points(x, y, { values = rate, size = 2 + rate / 7, alpha = 0.8, bar = "rate (Hz)" })
fig[1]:xlabel "x (mm)":ylabel "y (mm)":aspect "equal"
fig:save "scatter.png"
