--- Two-dimensional histograms.
local lp = require "lunapse"
local k = lp.arange(1, 20000)
local radius, angle = ((k * 0.7548776662) % 1):log():negative():multiply(2):sqrt(), (k * 0.5698402910) % 1 * 2 * math.pi
local x, y = radius * angle:cos(), radius * angle:sin()                       -- normal (Box & Muller 1958)
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:hist2d(x, 0.7 * x + 0.5 * y, { bins = 40, norm = "log", map = "magma", bar = "count" })
fig[1]:xlabel "v (mV)":ylabel "w (nA)"
fig:save "hist2d.png"
