--- Error bars: `xerr` and `yerr` of lines, points and bars, for both sides alike or for each; a band.
local lp = require "lunapse"
local dose  = lp.array { 1, 2, 3, 4, 5, 6 }
local rate  = dose:square() / (dose:square() + 6) * 40
local sd    = lp.array { 2, 3, 4, 4, 3, 3 }
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:line(dose, rate, { yerr = sd, marker = "o", label = "treated" })
fig[1]:points(dose, rate * 0.5, { xerr = 0.2, yerr = { low = 1, high = sd }, marker = "s", label = "control" })
fig[1]:band(dose, rate - sd, rate + sd, { color = "blue", alpha = 0.15 })
fig[1]:xlabel "dose (mg)":ylabel "rate (s^{-1})":legend "top left"
fig:save "errorbar.png"
