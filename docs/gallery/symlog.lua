--- Logarithmic and symmetric-logarithmic axes.
local lp = require "lunapse"
local f = lp.logspace(0, 4, 200)
local x = lp.linspace(-100, 100, 801)
local fig = lp.figure { columns = 2, width = "160 mm", height = "70 mm" }
fig[1]:line(f, 1e-6 / (1 + (f / 50):square()), { label = "power" }):log "xy":grid():xlabel "frequency (Hz)":ylabel "power (V^{2}/Hz)"
fig[2]:line(x, x:pow(3)):symlog("y", 1):grid "y":xlabel "x":ylabel "x^{3}"
fig:save "symlog.png"
