-- The figures whose pictures are kept beside this file as plot_*.png: one for each plot kind and one for the layout.
-- `build/lunapse tests/golden/plot.lua` draws them anew; look at them before you keep them.

local lp = require "lunapse"

-- A generator of its own, so that the pictures do not depend on Lua's.
local function noise(seed)
  local state = seed
  return function()
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  end
end

local function list(n, f)
  local values = {}
  for k = 1, n do values[k] = f(k) end
  return values
end

local figures = {}

function figures.lines()
  local x = list(200, function(k) return k / 20 end)
  local y = list(200, function(k) return math.sin(k / 20) end)
  local low, high = list(200, function(k) return y[k] - 0.1 - k / 800 end), list(200, function(k) return y[k] + 0.1 + k / 800 end)
  local fig = lp.figure { width = 4, height = 3 }
  fig[1]:line(x, y, { label = "sin x" }):band(x, low, high):line(x, list(200, function(k) return math.cos(x[k]) end), { label = "cos x", dash = "dashed" })
  fig[1]:hline(0, { dash = "dotted" }):title "Lines and a band":xlabel "x (rad)":ylabel "g_{exc}"
  return fig
end

function figures.weights()
  local random = noise(1)
  local w = list(300, function() return 0.01 * random() ^ 2 end)
  local fig = lp.figure { rows = 2, width = 4, height = 4 }
  fig[1]:points(w, { marker = "x" }):ylim(0, 0.012):title "Weights"
  fig[2]:histogram(w, { bins = 20 }):xlabel "weight":ylabel "count"
  return fig
end

function figures.raster()
  local random = noise(2)
  local fig = lp.figure { width = 4, height = 3 }
  fig[1]:raster(list(300, function() return 500 * random() end), list(300, function() return math.floor(20 * random()) + 1 end))
  fig[1]:xlabel "time (ms)":ylabel "neuron"
  return fig
end

function figures.image()
  local rows = list(12, function(r) return list(20, function(c) return 1e-4 * math.sin(r / 3) * math.cos(c / 4) end) end)
  rows[3][5] = 0 / 0
  local fig = lp.figure { width = 4, height = 3 }
  fig[1]:image(rows, { map = "hot", bar = "weight" }):xlabel "pre":ylabel "post"
  return fig
end

function figures.log()
  local f = list(100, function(k) return 10 ^ (k / 25) end)
  local fig = lp.figure { width = 4, height = 3 }
  fig[1]:line(f, list(100, function(k) return 1000 / (1 + (f[k] / 50) ^ 2) end)):log "xy":grid():xlabel "frequency (Hz)":ylabel "power"
  return fig
end

function figures.bars()
  local fig = lp.figure { columns = 2, width = 5, height = 2.6, share_y = true, title = "Bars" }
  fig[1]:bars({ 3, 5, 2.5 }, { labels = { "exc", "inh", "all" }, yerr = { 0.3, 0.5, 0.2 } }):ylabel "rate (Hz)"
  fig[2]:bars({ 2, 4, 4.5 }, { labels = { "exc", "inh", "all" }, color = "orange" })
  return fig
end

function figures.stacked()
  local fig = lp.figure { width = 4, height = 3 }
  local exc, inh, ext = { 3, 5, 2 }, { 2, 1, 4 }, { 1, 1, 1 }
  fig[1]:bars(exc, { label = "exc", labels = { "one", "two", "three" } }):bars(inh, { label = "inh", base = exc }):bars(ext, { label = "ext", base = { 5, 6, 6 } })
  fig[1]:ylabel "rate (Hz)":legend "outside"
  return fig
end

function figures.over_image()
  local rows = list(20, function(r) return list(40, function(c) return math.sin(r / 4) * math.cos(c / 6) end) end)
  local fig = lp.figure { width = 4, height = 3 }
  fig[1]:image(rows, { extent = { 0, 400, 0, 20 } })
  fig[1]:line(list(41, function(k) return (k - 1) * 10 end), list(41, function(k) return 10 + 9 * math.sin(k / 5) end), { color = "white" })
  fig[1]:text(405, 19, "mean", { valign = "middle" }):xlabel "time (ms)":ylabel "neuron"
  return fig
end

function figures.letters()
  local f = list(100, function(k) return 10 ^ (k / 25) end)
  local fig = lp.figure { width = 4, height = 3, style = "paper" }
  fig[1]:line(f, list(100, function(k) return 1e-3 / (1 + (f[k] / 5) ^ 2) end)):log "xy":text(0.25, 3e-3, "A", { bold = true, size = 14 })
  fig[1]:xlabel "frequency (Hz)":ylabel "power of g_{exc}^{max} (nS^{2}s^{-1})":title "A title that is longer than the axes below it are wide, and goes on in a second line"
  return fig
end

function figures.series()
  local fig = lp.figure { width = 5, height = 3 }
  for k = 1, 12 do fig[1]:line(list(60, function(i) return math.sin(i / 10 + k / 4) + k / 3 end), { label = "series " .. k }) end
  for k = 1, 3 do fig[1]:points({ 5 * k }, { 6 - k }, { size = 6 }) end
  fig[1]:legend "outside"
  return fig
end

-- What lp.plot chooses for the parts of a network.
local function network()
  local net = lp.network { dt = 0.5, seed = 4, tier = "interpreter" }
  local cells = net:population { name = "cells", size = 30, neuron = lp.models.LIF { I = lp.uniform(14, 20) } }
  net:project { name = "loop", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.3), weights = lp.uniform(0, 0.5) }
  net:record(cells, "spike")
  net:record(cells, { "v", "g_exc" }, { every = 1 })
  net:record(cells, "v", { of = { 1, 2, 3 } })
  net:run(100)
  return net
end

function figures.chosen_spikes() return lp.plot(network().recordings[1]) end
function figures.chosen_images() return lp.plot(network().recordings[2]) end
function figures.chosen_lines() return lp.plot(network().recordings[3]) end
function figures.chosen_weights() return lp.plot(network().projections.loop) end
function figures.chosen_population() return lp.plot(network().populations.cells) end

if ... == nil or not tostring(...):find "golden" then
  local folder = (arg and arg[0] or ""):match "^(.*/)" or ""
  for name, make in pairs(figures) do print(make():save(folder .. "plot_" .. name .. ".png", { dpi = 60 })) end
end

return figures
