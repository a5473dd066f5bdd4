--- Text at a place of the data: fig[1]:text(200, 35, "target", { color = "gray", align = "center" }), with an arrow to what it is about: { arrow = { 180, 20 } }; and arrows alone:
--- fig[1]:arrow(0, 0, 10, 5).

local arrows = require "lunapse.plot.arrows"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"

local note = {}

note.known = { color = "string|number|table", size = "number", bold = "boolean", italic = "boolean", align = "string", valign = "string", angle = "number",
  arrow = "table" }
note.known_arrow = { color = "string|number|table", alpha = "number", width = "number", label = "string" }

local aligns = { left = true, center = true, right = true }
local valigns = { top = true, middle = true, base = true, bottom = true }

local function new_arrow(x0, y0, x1, y1, given)
  for _, value in ipairs { x0 or false, y0 or false, x1 or false, y1 or false } do
    if type(value) ~= "number" then error("arrow: expected x and y of its beginning and of its tip", 0) end
  end
  local opt = options.check("arrow", given, note.known_arrow)
  return { x = x0, y = y0, to = { x1, y1 }, opt = opt, label = opt.label, color = colour.get("arrow", opt.color, style.text, opt.alpha), pad_x = 0, pad_y = 0 }
end

--- Make a note. `align` left, center or right and `valign` top, middle, base or bottom say which point of the text lies at (x, y); `angle` in
--- degrees, counter-clockwise; `arrow` = { x, y }: an arrow from the words to that point. Notes and arrows do not widen the limits.
---@param where "text"|"arrow"
---@return table data
function note.new(_, where, x, y, s, given, ...)
  if where == "arrow" then return new_arrow(x, y, s, given, ...) end
  if type(x) ~= "number" or type(y) ~= "number" then error("text: expected x, y and the text", 0) end
  if type(s) ~= "string" and type(s) ~= "number" then error(("text: a string expected, got %s"):format(type(s)), 0) end
  local opt = options.check("text", given, note.known)
  if opt.align and not aligns[opt.align] then error(("text: align is left, center or right, not '%s'"):format(opt.align), 0) end
  if opt.valign and not valigns[opt.valign] then error(("text: valign is top, middle, base or bottom, not '%s'"):format(opt.valign), 0) end
  local to = opt.arrow
  if to and (#to ~= 2 or type(to[1]) ~= "number" or type(to[2]) ~= "number") then error("text: arrow is the place that it points to, { x, y }", 0) end
  return { x = x, y = y, s = tostring(s), to = to, opt = opt, color = colour.get("text", opt.color, style.text), pad_x = 0, pad_y = 0 }
end

function note.limits() end

local function font_of(opt) return { size = opt.size or style.tick_size, bold = opt.bold, italic = opt.italic } end

--- How far its letters reach beyond a frame of a width and height, in which the point lies at parts x and y from the left and the top; nothing where the
--- point itself lies far outside.
---@return number? left
---@return number? right
---@return number? top
---@return number? bottom
function note.overhang(data, on, x, y, width, height)
  if not data.s then return end
  if not (x > -0.5 and x < 1.5 and y > -0.5 and y < 1.5) then return end
  local opt, font = data.opt, font_of(data.opt)
  local w, h = text.measure(on, data.s, font)
  local begin = -({ left = 0, center = 0.5, right = 1 })[opt.align or "left"] * w
  local hang = style.hang * font.size
  local above = ({ top = 0, middle = h / 2, base = h - hang, bottom = h })[opt.valign or "base"]
  local angle = -math.rad(opt.angle or 0)
  local cos, sin, left, right, top, bottom = math.cos(angle), math.sin(angle), 0, 0, 0, 0
  for _, corner in ipairs { { begin, -above }, { begin + w, -above }, { begin, h - above }, { begin + w, h - above } } do
    local across, down = x * width + corner[1] * cos - corner[2] * sin, y * height + corner[1] * sin + corner[2] * cos
    left, right, top, bottom = math.max(left, -across), math.max(right, across - width), math.max(top, -down), math.max(bottom, down - height)
  end
  return left, right, top, bottom
end

-- From the border of the words (a box round (x, y)), or from (x, y) itself, to the tip.
local function draw_arrow(axes, data, x, y)
  local on = axes.canvas
  local tip_x, tip_y = on:place(data.to[1], data.to[2])
  if tip_x ~= tip_x or tip_y ~= tip_y then return end
  if data.s then
    local font = font_of(data.opt)
    local w, h = text.measure(on, data.s, font)
    local left = x - ({ left = 0, center = 0.5, right = 1 })[data.opt.align or "left"] * w
    local top = y - ({ top = 0, middle = h / 2, base = h - style.hang * font.size, bottom = h })[data.opt.valign or "base"]
    local gap = 2
    local cx, cy, half_w, half_h = left + w / 2, top + (h - style.hang * font.size) / 2, w / 2 + gap, h / 2 + gap
    local dx, dy = tip_x - cx, tip_y - cy
    local part = math.min(dx ~= 0 and half_w / math.abs(dx) or math.huge, dy ~= 0 and half_h / math.abs(dy) or math.huge)
    if part >= 1 then return end
    x, y = cx + part * dx, cy + part * dy
  end
  local shafts, heads = {}, {}
  arrows.add(shafts, heads, x, y, tip_x, tip_y, 5 * style.line_width)
  arrows.draw(on, shafts, heads, { color = data.color, width = data.opt.width or 0.7 * style.line_width }, false)
end

function note.draw(axes, data)
  local x, y = axes.canvas:place(data.x, data.y)
  if x ~= x or y ~= y then return end
  if data.to then draw_arrow(axes, data, x, y) end
  if not data.s then return end
  local opt = data.opt
  local font = font_of(opt)
  text.draw(axes.canvas, data.s, x, y, { size = font.size, bold = font.bold, italic = font.italic, align = opt.align, valign = opt.valign,
    angle = -math.rad(opt.angle or 0), color = data.color })
end

function note.key(axes, data, x, y, width)
  local shafts, heads = {}, {}
  arrows.add(shafts, heads, x, y, x + width, y, 5 * style.line_width)
  arrows.draw(axes.canvas, shafts, heads, { color = data.color, width = data.opt.width or 0.7 * style.line_width }, false)
end

return note
