--- Streamlines of a field, and where its components are 0.
local lp = require "lunapse"
local x, y = lp.linspace(-2, 2, 41), lp.linspace(-2, 2, 41)
local X, Y = x:reshape(1, 41), y:reshape(41, 1)
local u, v = lp.zeros(41, 41) + Y, X * (1 - X:square()) - 0.3 * Y
local fig = lp.figure { width = "100 mm", height = "80 mm" }
fig[1]:streamplot(x, y, u, v, { color = "gray" }):xlabel "x":ylabel "y"
fig[1]:contour(x, y, u, { levels = { 0 }, color = "blue", label = "dx/dt = 0" })
fig[1]:contour(x, y, v, { levels = { 0 }, color = "red", label = "dy/dt = 0" }):legend "above"
fig:save "streamplot.png"
