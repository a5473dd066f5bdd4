--- Filled contours and lines over them.
local lp = require "lunapse"
local x, y = lp.linspace(-3, 3, 61), lp.linspace(-2, 2, 41)
local X, Y = x:reshape(1, 61), y:reshape(41, 1)
local z = 2 * ((-X:square() - Y:square()):exp() - (-(X - 1):square() - (Y - 1):square()):exp())
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:contourf(x, y, z, { map = "RdBu_r", range = { -2, 2 }, levels = 16, bar = "height" })
fig[1]:contour(x, y, z, { levels = { -1, 0, 1 }, color = "black", width = 0.7 })
fig[1]:xlabel "x":ylabel "y"
fig:save "contourf.png"
