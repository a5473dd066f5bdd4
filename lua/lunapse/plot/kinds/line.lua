--- Lines: fig[1]:line(y), fig[1]:line(x, y, { label = "rate", color = "blue", width = 1.5, dash = "dashed", marker = "o", stair = true }).
--- This folder (kinds) has what can be drawn in axes, a file for each kind: new, limits, draw, key.

local colour = require "lunapse.plot.colour"
local errors = require "lunapse.plot.errors"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local line = { is_polar = true }

line.known = { label = "string|table", color = "string|number|table", alpha = "number", width = "number", dash = "string|table", marker = "string",
  marker_size = "number", stair = "boolean", xerr = "any", yerr = "any" }

local MOST = 64                -- columns of a matrix drawn as lines

local function make(axes, opt, x, y, n, label)
  local data = { opt = opt, label = label, is_stair = opt.stair, x = x, y = y, n = n, pad_x = 0, pad_y = 0.05, whole_x = x == nil }
  local turn
  data.color, turn = axes:next_color(opt.color)
  data.color = colour.get("line", opt.color, data.color, opt.alpha)
  data.dash = opt.dash or style.in_turn(style.dash_turns, turn)
  data.errors = errors.read("line", opt, x, y, n)
  if opt.marker then
    local shape, factor = style.shape("line", opt.marker)
    data.mark = { shape = shape, size = (opt.marker_size or 4.5 * style.mark_scale) * factor, width = style.mark_stroke, color = data.color }
    data.pad_x = 0.03
  end
  return data
end

--- Make the data of a line, or of one line for each column if y is a matrix (one row a time, as recordings are; label may then be a table).
--- `x` defaults to 1, 2, ...; NaN and infinite values are gaps. `stair` holds each value until the next x.
---@param axes lunapse.Axes
---@return table data  one or several
function line.new(axes, ...)
  local x, y, given = options.xy("line", ...)
  local opt = options.check("line", given, line.known)
  style.dash("line", opt.dash, 1)
  local values, dimensions, rows, columns = options.numbers("line", "y", y)
  if dimensions ~= 2 or rows == 1 or columns == 1 then
    if type(opt.label) == "table" then error("line: several labels for one line", 0) end
    local xs, ys, n = options.series("line", x, values)
    return make(axes, opt, xs, ys, n, opt.label)
  end
  if opt.xerr ~= nil or opt.yerr ~= nil then error("line: error bars are for one line: draw the columns one by one", 0) end
  if columns > MOST then error(("line: a matrix of %d x %d would be %d lines: give some of its columns"):format(rows, columns, columns), 0) end
  local list = {}
  for k = 1, columns do
    local label = opt.label
    if type(label) == "table" then label = label[k] elseif k > 1 then label = nil end
    local xs, ys, n = options.series("line", x, values:column(k))
    list[k] = make(axes, opt, xs, ys, n, label)
  end
  return table.unpack(list)
end

local function pen(data, width)
  width = data.opt.width or width
  return { color = data.color, width = width, dash = style.dash("line", data.dash, width) }
end

---@return number? x0
function line.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  local y0, y1 = axes:range_y(data.y, data.n)
  return errors.limits(data.errors, axes, x0, x1, y0, y1)
end

function line.draw(axes, data)
  local crowded = data.n > 3 * axes.frame.width
  local width = crowded and style.dense_line_width or style.line_width
  errors.draw(axes, data.errors, data.color)
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
