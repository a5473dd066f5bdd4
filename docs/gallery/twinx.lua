--- Axes with a second scale; one legend for both.
local lp = require "lunapse"
local t = lp.linspace(0, 100, 400)
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:line(t, -65 + 10 * (t / 8):sin() * (-t / 40):exp(), { label = "potential" })
fig[1]:xlabel "time (ms)":ylabel "v (mV)"
fig[1]:twinx():line(t, 4 * (1 - (-t / 30):exp()), { label = "current", dash = "dashed" }):ylabel "I (nA)"
fig:save "twinx.png"
