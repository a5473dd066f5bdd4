--- Contours, with their levels upon them, and a colour for each level.
local lp = require "lunapse"
local x, y = lp.linspace(-3, 3, 61), lp.linspace(-2, 2, 41)
local X, Y = x:reshape(1, 61), y:reshape(41, 1)
local z = (-X:square() - Y:square()):exp() - (-(X - 1):square() - (Y - 1):square()):exp()
local fig = lp.figure { columns = 2, width = "160 mm", height = "70 mm" }
fig[1]:contour(x, y, 2 * z, { levels = 10, labels = true, color = "black" })
fig[2]:contour(x, y, 2 * z, { levels = 10, map = "coolwarm", bar = "height" })
fig:save "contour.png"
