--- Words and arrows at places of the data; raised and lowered letters stand above each other.
local lp = require "lunapse"
local t = lp.linspace(0, 60, 600)
local g = t / 5 * (1 - t / 5):exp()
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:line(t, g):hline(1, { dash = "dotted" }):xlabel "time (ms)":ylabel "g_{exc}^{peak} (nS)"
fig[1]:text(15, 0.9, "the peak, at \u{3c4}_{s}^{2} = 25 ms^{2}", { arrow = { 5.6, 0.985 }, valign = "middle" })
fig[1]:arrow(35, 0.35, 35, 0.03, { color = "red" }):text(35, 0.37, "decay", { align = "center", color = "red" })
fig:save "annotate.png"
