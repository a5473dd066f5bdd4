--- Fields of arrows, coloured by value.
local lp = require "lunapse"
local x, y = lp.linspace(-1.5, 1.5, 15), lp.linspace(-1.2, 1.2, 15)
local X, Y = x:reshape(1, 15), y:reshape(15, 1)
local u, v = lp.zeros(15, 15) - Y, X * (1 - X:square()) - 0.3 * Y
local fig = lp.figure { width = "100 mm", height = "80 mm" }
fig[1]:quiver(x, y, u, v, { values = (u:square() + v:square()):sqrt(), map = "plasma", bar = "speed" })
fig[1]:xlabel "x":ylabel "y"
fig:save "quiver.png"
