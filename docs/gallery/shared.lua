--- One legend and one colour bar for all axes; letters beside the panels; shared scales.
local lp = require "lunapse"
local t = lp.linspace(0, 10, 200)
local fig = lp.figure { rows = 2, columns = 2, width = "160 mm", height = "100 mm", letters = true, share_x = "column" }
for k = 1, 2 do
  fig[{ 1, k }]:line(t, (t * k):sin(), { label = "excitation" }):line(t, (t * k):cos() / 2, { label = "inhibition" })
  fig[{ 2, k }]:image(t:slice(1, 200, 10), lp.arange(1, 8), (lp.arange(1, 8):reshape(8, 1) * t:slice(1, 200, 10):reshape(1, 20) / k):sin() * k)
  fig[{ 2, k }]:xlabel "time (s)"
end
fig:legend("top"):bar "rate (Hz)"
fig:save "shared.png"
