--- Looks: "dark" for a screen, more than eight colours, and colours of a map for an ordered series.
local lp = require "lunapse"
local t = lp.linspace(0, 10, 200)
local fig = lp.figure { columns = 2, width = "160 mm", height = "75 mm", style = "dark" }
for k = 1, 10 do fig[1]:line(t, (t + k / 2):sin() + k, { label = "series " .. k }) end
local colors = lp.colormaps.colors("viridis", 8)                     -- without the two darkest
for k = 1, 6 do fig[2]:line(t, (-t / k):exp(), { color = colors[k + 2], label = k .. " s" }) end
fig[1]:legend "outside"
fig[2]:legend("top right", { title = "\u{3c4}" })
fig:save "styles.png"
