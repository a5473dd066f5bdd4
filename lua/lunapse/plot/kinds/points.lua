--- Points: fig[1]:points(y), fig[1]:points(x, y, { label = "weights", marker = "x", size = 4, color = "red", alpha = 0.5 }), coloured by value: { values = rates, bar = "rate (Hz)" }.

local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local errors = require "lunapse.plot.errors"
local mapping = require "lunapse.plot.mapping"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local points = { is_polar = true }

points.known = mapping.with { label = "string", color = "string|number|table", alpha = "number", marker = "string", size = "any", stroke = "number",
  xerr = "any", yerr = "any", values = "any", open = "boolean" }

local MOST = 1000              -- points: the diameter of a mark

local function default_size(n) return n <= 100 and 4.6 or n <= 500 and 3.8 or n <= 3000 and 2.6 or 1.6 end

local function one_each(name, given, n)
  local values, count = options.vector("points", name, given)
  if count ~= n then error(("points: %s has %d values, there are %d points"):format(name, count, n), 0) end
  return values
end

--- Make the data of points. `x` defaults to 1, 2, ...; `size` is the diameter in points of 1/72 inch, or one for each (default: what suits their number);
--- `open` leaves its inside bare; `values` gives each point the colour of its value, by the options of an image: map, range, norm, linthresh, bar, bar_ticks.
---@param axes lunapse.Axes
---@return table data
function points.new(axes, ...)
  local x, y, given = options.xy("points", ...)
  local opt = options.check("points", given, points.known)
  local data = { label = opt.label, pad_x = 0.02, pad_y = 0.05 }
  data.x, data.y, data.n = options.series("points", x, y)
  data.whole_x = data.x == nil
  data.errors = errors.read("points", opt, data.x, data.y, data.n)
  local size = opt.size
  if size ~= nil and type(size) ~= "number" then
    data.sizes = one_each("size", size, data.n)
    size = select(2, canvas.range(data.sizes)) or 0
  end
  if size and not (size >= 0 and size <= MOST) then error(("points: size is a diameter of at most %d points, got %s"):format(MOST, options.show(size)), 0) end
  if opt.values ~= nil then
    if opt.color then error("points: color and values exclude each other", 0) end
    data.values = one_each("values", opt.values, data.n)
    data.mapping = mapping.new("points", axes, opt, data.values)
    data.alpha = opt.alpha
  end
  local turn
  data.color, turn = axes:next_color(opt.color or data.values)
  data.color = colour.get("points", opt.color, data.color, opt.alpha)
  local shape, factor = style.shape("points", opt.marker or style.in_turn(style.shape_turns, turn))
  data.is_open = opt.open
  data.mark = { shape = shape, size = size or default_size(data.n) * style.mark_scale * factor, width = opt.stroke or style.mark_stroke, color = data.color }
  return data
end

function points.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  local y0, y1 = axes:range_y(data.y, data.n)
  return errors.limits(data.errors, axes, x0, x1, y0, y1)
end

local function faded(lut, alpha)
  if not alpha then return lut end
  local list = {}
  for k, value in ipairs(lut) do list[k] = colour.fade(value, alpha) end
  return list
end

-- What is left bare of an open mark.
local function inner(mark) return { shape = mark.shape, size = math.max(mark.size - 2 * mark.width, 0), width = mark.width, color = style.paper } end

function points.draw(axes, data)
  errors.draw(axes, data.errors, data.values and style.axis or data.color)
  if not data.values then
    axes.canvas:marks(data.x, data.y, data.mark, data.sizes)
    if data.is_open then axes.canvas:marks(data.x, data.y, inner(data.mark), data.sizes and canvas.numbers(data.sizes - 2 * data.mark.width)) end
    return
  end
  axes.canvas:marks(data.x, data.y, data.mark, data.sizes, canvas.numbers(mapping.places(data.mapping, data.values)), faded(data.mapping.lut, data.alpha))
end

function points.key(axes, data, x, y, width)
  local color = data.values and mapping.color(data.mapping, (data.mapping.lo + data.mapping.hi) / 2) or data.mark.color
  local mark = { shape = data.mark.shape, size = math.max(4, math.min(data.mark.size, 7)), width = data.mark.width, color = color | 0xff }
  axes.canvas:mark(x + width / 2, y, mark)
  if data.is_open then axes.canvas:mark(x + width / 2, y, inner(mark)) end
end

return points
