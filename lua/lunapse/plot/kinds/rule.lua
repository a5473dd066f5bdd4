--- Straight lines through the whole axes: fig[1]:hline(35, { label = "target", dash = "dashed" }), fig[1]:vline(200), and shaded spans:
--- fig[1]:hspan(30, 40), fig[1]:vspan(100, 200, { color = "orange", alpha = 0.2 }).

local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local rule = {}

rule.known = { label = "string", color = "string|number|table", alpha = "number", width = "number", dash = "string|table" }
rule.known_span = { label = "string", color = "string|number|table", alpha = "number" }

local function finite(where, what, value)
  if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
    error(("%s: %s must be a finite number, got %s"):format(where, what, options.show(value)), 0)
  end
  return value
end

--- Make a horizontal ("y") or vertical ("x") line or span.
---@param where string  "hline", "vline", "hspan", "vspan"
---@return table data
function rule.new(_, where, ...)
  local is_span = where:sub(2) == "span"
  local from, to, given
  if is_span then from, to, given = ... else from, given = ... end
  local opt = options.check(where, given, is_span and rule.known_span or rule.known)
  local data = { opt = opt, label = opt.label, along = where:sub(1, 1) == "h" and "y" or "x", is_span = is_span, pad_x = 0, pad_y = 0.05 }
  data.from = finite(where, "the place", from)
  data.to = is_span and finite(where, "the end", to) or data.from
  data.color = colour.get(where, opt.color, 0x808080ff, opt.alpha or (is_span and 0.2 or 1))
  style.dash(where, opt.dash, 1)
  return data
end

function rule.limits(data, axes)
  local lo, hi = math.min(data.from, data.to), math.max(data.from, data.to)
  if axes[data.along].log and lo <= 0 then return end
  if data.along == "y" then return nil, nil, lo, hi end
  return lo, hi
end

local function pen(data)
  local width = data.opt.width or 1
  return { color = data.color, width = width, dash = style.dash("rule", data.opt.dash, width) }
end

local function inside(at, from, to) return at == at and math.max(from, math.min(at, to)) end

function rule.draw(axes, data)
  local f, canvas = axes.frame, axes.canvas
  local right, bottom = f.left + f.width, f.top + f.height
  local x_from, y_from = canvas:place(data.along == "x" and data.from or f.x0, data.along == "y" and data.from or f.y0)
  local x_to, y_to = canvas:place(data.along == "x" and data.to or f.x1, data.along == "y" and data.to or f.y1)
  x_from, x_to = inside(x_from, f.left - 1, right + 1), inside(x_to, f.left - 1, right + 1)
  y_from, y_to = inside(y_from, f.top - 1, bottom + 1), inside(y_to, f.top - 1, bottom + 1)
  if not (x_from and x_to and y_from and y_to) then return end
  if data.is_span then
    x_from, x_to = math.max(f.left, math.min(x_from, x_to)), math.min(right, math.max(x_from, x_to))
    y_from, y_to = math.max(f.top, math.min(y_from, y_to)), math.min(bottom, math.max(y_from, y_to))
    if x_to > x_from and y_to > y_from then canvas:box(x_from, y_from, x_to - x_from, y_to - y_from, { fill = data.color }) end
  elseif data.along == "y" then
    if y_from >= f.top - 0.5 and y_from <= bottom + 0.5 then canvas:rules({ f.left, y_from, right, y_from }, pen(data)) end
  elseif x_from >= f.left - 0.5 and x_from <= right + 0.5 then
    canvas:rules({ x_from, f.top, x_from, bottom }, pen(data))
  end
end

function rule.key(axes, data, x, y, width)
  if data.is_span then return axes.canvas:box(x, y - 3.2, width, 6.4, { fill = data.color }) end
  axes.canvas:shape({ x, y, x + width, y }, { open = true }, pen(data))
end

return rule
