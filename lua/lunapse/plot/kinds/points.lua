--- Points: fig[1]:points(y), fig[1]:points(x, y, { label = "weights", marker = "x", size = 4, color = "red", alpha = 0.5 }).

local colour = require "lunapse.plot.colour"
local errors = require "lunapse.plot.errors"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local points = {}

points.known = { label = "string", color = "string|number|table", alpha = "number", marker = "string", size = "number", stroke = "number",
  error = "any" }

local function default_size(n) return n <= 100 and 4.6 or n <= 500 and 3.8 or n <= 3000 and 2.6 or 1.6 end

--- Make the data of points. `x` defaults to 1, 2, ...; the size (points of 1/72 inch) to what suits their number.
---@param axes lunapse.Axes
---@return table data
function points.new(axes, ...)
  local x, y, given = options.xy("points", ...)
  local opt = options.check("points", given, points.known)
  local data = { label = opt.label, pad_x = 0.02, pad_y = 0.05 }
  data.x, data.y, data.n = options.series("points", x, y)
  data.whole_x = data.x == nil
  data.errors = errors.read("points", opt.error, data.y, data.n)
  local turn
  data.color, turn = axes:next_color(opt.color)
  data.color = colour.get("points", opt.color, data.color, opt.alpha)
  local shape, factor = style.shape("points", opt.marker or style.in_turn(style.shape_turns, turn))
  data.mark = { shape = shape, size = opt.size or default_size(data.n) * style.mark_scale * factor, width = opt.stroke or style.mark_stroke, color = data.color }
  return data
end

function points.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  local y0, y1 = axes:range_y(data.y, data.n)
  return x0, x1, errors.limits(data, function(values) return axes:range_y(values, data.n) end, y0, y1)
end

function points.draw(axes, data)
  errors.draw(axes, data, data.x, data.color)
  axes.canvas:marks(data.x, data.y, data.mark)
end

function points.key(axes, data, x, y, width)
  local mark = { shape = data.mark.shape, size = math.max(data.mark.size, 4), width = data.mark.width, color = data.mark.color | 0xff }
  axes.canvas:mark(x + width / 2, y, mark)
end

return points
