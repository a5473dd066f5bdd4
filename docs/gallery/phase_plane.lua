--- Phase planes of a model's own equations: nullclines, field, fixed points, and how it moves ([dynamics.md](dynamics.md)).
local lp = require "lunapse"
local fig = lp.figure { columns = 2, width = "170 mm", height = "80 mm" }
for k, I in ipairs { 400, 800 } do
  lp.phase_plane(lp.models.AdEx, { xlim = { -80, -40 }, ylim = { -100, 700 }, parameters = { I = I }, trajectory = { v = -70, w = 0 }, duration = 200,
    axes = fig[k] })
  fig[k]:title(I .. " pA"):xlabel "v (mV)":ylabel "w (pA)"
end
fig:legend "bottom":save "phase_plane.png"
