--- Error bars of lines, points and bars: options `xerr` and `yerr`, a number or one for each value (plus and minus), or { low = ..., high = ... } for each side.

local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local errors = {}

errors.known = { xerr = "any", yerr = "any" }

local CAP = 2.4                -- points: half the width of the stroke at an end

local function side(where, name, given, n)
  if type(given) == "number" then
    local list = {}
    for k = 1, n do list[k] = given end
    given = list
  end
  local values, count = options.vector(where, name, given)
  if count ~= n then error(("%s: %s has %d values, there are %d"):format(where, name, count, n), 0) end
  for k = 1, n do
    if values[k] < 0 then error(("%s: %s must not be negative, got %s"):format(where, name, options.show(values[k])), 0) end
  end
  return values
end

local function ends(where, name, given, values, n)
  if given == nil then return nil end
  local below, above
  if type(given) == "table" and (given.low ~= nil or given.high ~= nil) then
    below, above = side(where, name .. ".low", given.low or 0, n), side(where, name .. ".high", given.high or 0, n)
  else
    below = side(where, name, given, n)
    above = below
  end
  local low, high = {}, {}
  for k = 1, n do
    local at = values and values[k] or k
    low[k], high[k] = at - below[k], at + above[k]
  end
  return { low = (options.vector(where, name, low)), high = (options.vector(where, name, high)) }
end

--- What `xerr` and `yerr` say: the ends of the bars round the points; nil where nothing is said. NaN: none there.
---@param where string
---@param opt table
---@param xs Array|number[]|nil  nil: 1, 2, ...
---@param ys Array|number[]
---@param n integer
---@return { x: table?, y: table?, xs: any, ys: any, n: integer }?
function errors.read(where, opt, xs, ys, n)
  local x, y = ends(where, "xerr", opt.xerr, xs, n), ends(where, "yerr", opt.yerr, ys, n)
  return (x or y) and { x = x, y = y, xs = xs, ys = ys, n = n } or nil
end

local function widened(given, range, lo, hi)
  if not given or not lo then return lo, hi end
  local l0, l1 = range(given.low)
  local h0, h1 = range(given.high)
  return math.min(lo, l0 or lo, h0 or lo), math.max(hi, l1 or hi, h1 or hi)
end

--- The limits with room for the bars' ends.
---@return number? x0
---@return number? x1
---@return number? y0
---@return number? y1
function errors.limits(bars, axes, x0, x1, y0, y1)
  if not bars then return x0, x1, y0, y1 end
  x0, x1 = widened(bars.x, function(values) return axes:range_x(values, bars.n) end, x0, x1)
  y0, y1 = widened(bars.y, function(values) return axes:range_y(values, bars.n) end, y0, y1)
  return x0, x1, y0, y1
end

-- Strokes of the bars along one axis, each with a cap where its end lies in the frame.
local function strokes_along(axes, bars, is_x, strokes)
  local given = bars[is_x and "x" or "y"]
  if not given then return end
  local on, f = axes.canvas, axes.frame
  local right, bottom = f.left + f.width, f.top + f.height
  local function stroke(x0, y0, x1, y1)
    if x1 < f.left - 0.5 or x0 > right + 0.5 or y1 < f.top - 0.5 or y0 > bottom + 0.5 then return end
    table.move({ math.max(x0, f.left), math.max(y0, f.top), math.min(x1, right), math.min(y1, bottom) }, 1, 4, #strokes + 1, strokes)
  end
  for k = 1, bars.n do
    local x, y, low, high = bars.xs and bars.xs[k] or k, bars.ys[k], given.low[k], given.high[k]
    local x0, y0 = on:place(is_x and low or x, is_x and y or low)
    local x1, y1 = on:place(is_x and high or x, is_x and y or high)
    if low ~= low or high ~= high then goto continue end
    if axes.is_polar then
      table.move({ x0, y0, x1, y1 }, 1, 4, #strokes + 1, strokes)
    elseif is_x and y0 == y0 then
      if x0 ~= x0 then x0 = f.left - 1 end          -- no place on a log axis: to its end
      stroke(math.min(x0, x1), y0, math.max(x0, x1), y0)
      for _, at in ipairs { x0, x1 } do
        if at >= f.left and at <= right then stroke(at, y0 - CAP, at, y0 + CAP) end
      end
    elseif not is_x and x0 == x0 then
      if y0 ~= y0 then y0 = bottom + 1 end
      stroke(x0, math.min(y0, y1), x0, math.max(y0, y1))
      for _, at in ipairs { y0, y1 } do
        if at >= f.top and at <= bottom then stroke(x0 - CAP, at, x0 + CAP, at) end
      end
    end
    ::continue::
  end
end

--- Draw them.
---@param axes lunapse.Axes
---@param bars table?
---@param color integer
function errors.draw(axes, bars, color)
  if not bars then return end
  local strokes = {}
  strokes_along(axes, bars, true, strokes)
  strokes_along(axes, bars, false, strokes)
  axes.canvas:rules(strokes, { color = color, width = 0.8 * style.line_width })
end

return errors
