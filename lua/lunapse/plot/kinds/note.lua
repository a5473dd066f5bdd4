--- Text at a place of the data: fig[1]:text(200, 35, "target", { color = "gray", align = "center" }).

local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"

local note = {}

note.known = { color = "string|number|table", size = "number", bold = "boolean", italic = "boolean", align = "string", valign = "string", angle = "number" }

local aligns = { left = true, center = true, right = true }
local valigns = { top = true, middle = true, base = true, bottom = true }

--- Make a note. `align` left, center or right and `valign` top, middle, base or bottom say which point of the text lies at (x, y); `angle` in
--- degrees, counter-clockwise. Notes do not widen the limits.
---@return table data
function note.new(_, x, y, s, given)
  if type(x) ~= "number" or type(y) ~= "number" then error("text: expected x, y and the text", 0) end
  if type(s) ~= "string" and type(s) ~= "number" then error(("text: a string expected, got %s"):format(type(s)), 0) end
  local opt = options.check("text", given, note.known)
  if opt.align and not aligns[opt.align] then error(("text: align is left, center or right, not '%s'"):format(opt.align), 0) end
  if opt.valign and not valigns[opt.valign] then error(("text: valign is top, middle, base or bottom, not '%s'"):format(opt.valign), 0) end
  return { x = x, y = y, s = tostring(s), opt = opt, color = colour.get("text", opt.color, style.text), pad_x = 0, pad_y = 0 }
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

function note.draw(axes, data)
  local x, y = axes.canvas:place(data.x, data.y)
  if x ~= x or y ~= y then return end
  local opt = data.opt
  local font = font_of(opt)
  text.draw(axes.canvas, data.s, x, y, { size = font.size, bold = font.bold, italic = font.italic, align = opt.align, valign = opt.valign,
    angle = -math.rad(opt.angle or 0), color = data.color })
end

return note
