--- Polar axes: angles and distances instead of x and y. What is drawn in them draws as elsewhere, on a canvas that puts it round the centre.

local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"
local ticks = require "lunapse.plot.ticks"

local canvas = require "lunapse.core.canvas"

local polar = {}

local FINE = math.pi / 90      -- of arcs: two degrees a piece
local SPOKES = 8
local LABELS_AT = math.pi / 8  -- the distances are written along this angle

--- The limits: the whole circle, and distances from 0 unless said.
---@param own table  scale
---@param name "x"|"y"
---@return number from
---@return number to
function polar.limits(own, name, from, to)
  if own.log or own.linear then error("polar axes are linear", 0) end
  if name == "x" then return 0, 2 * math.pi end
  return own.from or math.min(0, from), to
end

local function angle_label(k) return ("%g\u{b0}"):format(360 / SPOKES * k) end

--- Room round the circle for the labels of angles, title and axis label.
function polar.room(on, plan)
  local side = text.measure(on, angle_label(SPOKES - 1), { size = style.tick_size }) + style.tick_gap + 2
  local row = style.tick_size * 1.5
  local title = plan.axes.title_text and style.title_gap + select(2, text.measure(on, plan.title, { size = style.title_size })) or 0
  local letter = plan.letter and style.title_gap + style.title_size * style.capital or 0
  plan.title_raise, plan.above = row, 0
  plan.y.widest, plan.y.label_at, plan.x.ticks, plan.y.ticks, plan.legend_left = 0, 0, { values = {}, labels = {} }, { values = {}, labels = {} }, side + style.bar_gap
  local right = side
  if plan.legend and plan.legend_place == "outside" then right = plan.legend_left + plan.legend.width end
  return { left = side, right = right, top = math.max(row + title, letter), bottom = row + (plan.x.label and style.label_gap + style.label_size or 0) }
end

-- Where (angle, distance) lies in a frame; NaN below the least distance.
local function placer(f)
  local cx, cy, radius = f.left + f.width / 2, f.top + f.height / 2, f.width / 2
  return function(angle, distance)
    local r = (distance - f.y0) / (f.y1 - f.y0) * radius
    if not (r >= -1e-9 * radius and r < 1e5) then return 0 / 0, 0 / 0 end
    return cx + r * math.cos(angle), cy - r * math.sin(angle)
  end
end

--- A canvas that draws curves, marks, areas and bars round the centre of a frame.
---@param on lunapse.Canvas
---@param f table  frame: x is the angle
---@return table
function polar.canvas(on, f)
  local place = placer(f)
  local page = { left = f.left, top = f.top, width = f.width, height = f.height, x0 = f.left, x1 = f.left + f.width, y0 = f.top + f.height, y1 = f.top }
  local self = {}
  -- Corners of an arc from (a, r) to (b, s), without its beginning.
  local function arc(xy, a, r, b, s)
    local n = math.max(1, math.min(720, math.ceil(math.abs(b - a) / FINE)))
    if n ~= n then n = 1 end
    for k = 1, n do xy[#xy + 1], xy[#xy + 2] = place(a + (b - a) * k / n, r + (s - r) * k / n) end
  end
  local function placed(x, y)
    local xs, ys = {}, {}
    for k = 1, #y do xs[k], ys[k] = place(x and x[k] or k, y[k]) end
    return canvas.numbers(xs), canvas.numbers(ys)
  end
  function self:place(x, y) return place(x, y) end -- luacheck: ignore self
  function self:size() return on:size() end -- luacheck: ignore self
  function self:curve(x, y, pen, is_stair) -- luacheck: ignore self
    on:set_frame(page)
    if is_stair then
      local xy = { place(x and x[1] or 1, y[1]) }
      for k = 2, #y do
        local a, b = x and x[k - 1] or k - 1, x and x[k] or k
        arc(xy, a, y[k - 1], b, y[k - 1])
        xy[#xy + 1], xy[#xy + 2] = place(b, y[k])
      end
      return on:shape(xy, { open = true, clip = true }, pen)
    end
    local xs, ys = placed(x, y)
    on:curve(xs, ys, pen)
  end
  function self:marks(x, y, ...) -- luacheck: ignore self
    on:set_frame(page)
    local xs, ys = placed(x, y)
    on:marks(xs, ys, ...)
  end
  function self:mark(...) return on:mark(...) end -- luacheck: ignore self
  function self:area(x, low, high, color) -- luacheck: ignore self
    on:set_frame(page)
    for k = 2, #low do
      local a, b = x and x[k - 1] or k - 1, x and x[k] or k
      local xy = { place(a, math.max(low[k - 1], f.y0)) }
      arc(xy, a, math.max(low[k - 1], f.y0), b, math.max(low[k], f.y0))
      xy[#xy + 1], xy[#xy + 2] = place(b, high[k])
      arc(xy, b, high[k], a, high[k - 1])
      on:shape(xy, { clip = true, fill = color })
    end
  end
  function self:bars(x0, x1, low, high, opt, edge) -- luacheck: ignore self
    on:set_frame(page)
    for k = 1, #high do
      local from = math.max(type(low) == "number" and low or low[k], f.y0)
      if high[k] > from then
        local xy = { place(x0[k], from) }
        arc(xy, x0[k], from, x1[k], from)
        xy[#xy + 1], xy[#xy + 2] = place(x1[k], high[k])
        arc(xy, x1[k], high[k], x0[k], high[k])
        on:shape(xy, { clip = true, fill = opt.fill }, edge or { color = style.paper, width = 0.5 })
      end
    end
  end
  function self:rules(xy, pen) -- luacheck: ignore self
    for k = 1, #xy, 4 do on:shape(table.move(xy, k, k + 3, 1, {}), { open = true }, pen) end
  end
  function self:shape(...) return on:shape(...) end -- luacheck: ignore self
  function self:box(...) return on:box(...) end -- luacheck: ignore self
  return self
end

local function circle(place, distance)
  local xy = {}
  for k = 0, 180 do xy[#xy + 1], xy[#xy + 2] = place(k * FINE, distance) end
  return xy
end

-- Distances with a circle: those between the centre and the rim.
local function circles(f)
  local function fits(values) return #values <= 5 end
  return ticks.linear(f.y0, f.y1, fits)
end

--- The circles and spokes under the data.
function polar.grid(on, plan, f)
  local place, pen = placer(f), { color = style.grid, width = style.grid_width }
  if plan.axes.grid_lines == false then return end
  local radial = circles(f)
  for _, distance in ipairs(radial.values) do
    if distance > f.y0 and distance < f.y1 then on:shape(circle(place, distance), { open = true }, pen) end
  end
  for k = 0, SPOKES - 1 do
    local x0, y0 = place(0, f.y0)
    local x1, y1 = place(2 * math.pi * k / SPOKES, f.y1)
    on:shape({ x0, y0, x1, y1 }, { open = true }, pen)
  end
end

--- The rim and the labels over the data.
function polar.frame(on, plan, f)
  local place, font = placer(f), style.tick_size
  on:shape(circle(place, f.y1), { open = true }, { color = style.axis, width = style.axis_width })
  local span = f.y1 - f.y0
  for k = 0, SPOKES - 1 do
    local angle = 2 * math.pi * k / SPOKES
    local x, y = place(angle, f.y1)
    local across, up = math.cos(angle), math.sin(angle)
    local align = across > 0.1 and "left" or across < -0.1 and "right" or "center"
    local valign = up > 0.9 and "base" or up < -0.9 and "top" or "middle"
    text.draw(on, angle_label(k), x + style.tick_gap * across, y - style.tick_gap * up, { size = font, align = align, valign = valign })
  end
  local radial = circles(f)
  for k, distance in ipairs(radial.values) do
    if distance > f.y0 and distance < f.y1 - 0.04 * span then
      local x, y = place(LABELS_AT, distance)
      local small = { size = 0.85 * font, valign = "middle" }
      local width = text.measure(on, radial.labels[k], small)
      on:box(x + 0.5, y - 0.55 * font, width + 2, 1.1 * font, { fill = style.paper & 0xffffff00 | 0xc0 })       -- data that pass below it shine through
      text.draw(on, radial.labels[k], x + 1.5, y, small)
    end
  end
  if plan.x.label then
    text.draw(on, plan.x.label, f.left + f.width / 2, f.top + f.height + 1.5 * font + style.label_gap, { size = style.label_size, align = "center", valign = "top" })
  end
end

return polar
