--- Axes within axes; text with an arrow, text and a span.
local lp = require "lunapse"
local t = lp.linspace(0, 200, 2000)
local v = (t / 3):sin() * (-t / 60):exp()
local fig = lp.figure { width = "110 mm", height = "75 mm" }
fig[1]:line(t, v):vspan(0, 20, { color = "orange" }):xlabel "time (ms)":ylabel "v (mV)"
fig[1]:text(45, -0.6, "where it begins", { arrow = { 15.5, -0.76 }, valign = "middle" })
fig[1]:inset { 0.55, 0.62, 0.42, 0.36 }:line(t, v, { color = "orange" }):xlim(0, 20)
fig:save "inset.png"
