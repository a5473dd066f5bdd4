--- Lines: fig[1]:line(y), fig[1]:line(x, y, { label = "rate", color = "blue", width = 1.5, dash = "dashed", mark = "o", stair = true }).

local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.options"
local style = require "lunapse.plot.style"

local line = {}

line.known = { label = "string", color = "string|number|table", alpha = "number", width = "number", dash = "string|table", mark = "string",
  mark_size = "number", stair = "boolean" }

--- Make the data of a line. `x` defaults to 1, 2, ...; NaN and infinite values are gaps.
---@param axes lunapse.Axes
---@return table data
function line.new(axes, ...)
  local x, y, given = options.xy("line", ...)
  local opt = options.check("line", given, line.known)
  local data = { opt = opt, label = opt.label, is_stair = opt.stair, pad_x = 0, pad_y = 0.05 }
  data.x, data.y, data.n = options.series("line", x, y)
  data.whole_x = data.x == nil
  data.color = colour.get("line", opt.color, axes:next_color(opt.color), opt.alpha)
  if opt.mark then
    local shape, factor = style.shape("line", opt.mark)
    data.mark = { shape = shape, size = (opt.mark_size or 4.5) * factor, width = style.mark_stroke, color = data.color }
    data.pad_x = 0.03
  end
  style.dash("line", opt.dash, 1)
  return data
end

local function pen(data, width)
  width = data.opt.width or width
  return { color = data.color, width = width, dash = style.dash("line", data.opt.dash, width) }
end

---@return number? x0
function line.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  local y0, y1 = axes:range_y(data.y, data.n)
  return x0, x1, y0, y1
end

function line.draw(axes, data)
  local crowded = data.n > 3 * axes.frame.width
  local width = crowded and style.dense_line_width or style.line_width
  axes.canvas:curve(data.x, data.y, pen(data, width), data.is_stair)
  if data.mark then axes.canvas:marks(data.x, data.y, data.mark) end
end

function line.key(axes, data, x, y, width)
  local stroke = pen(data, style.line_width)
  stroke.width = math.max(stroke.width, 1)
  axes.canvas:shape({ x, y, x + width, y }, { open = true }, stroke)
  if data.mark then axes.canvas:mark(x + width / 2, y, data.mark) end
end

return line
