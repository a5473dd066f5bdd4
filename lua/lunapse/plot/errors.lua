--- Error bars of lines, points and bars: option `error`, a number or one for each value (plus and minus), or { low = ..., high = ... } for each side.

local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local errors = {}

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

--- What `error` says: the ends of the bars round `values`; nil where nothing is said. NaN: none there.
---@param where string
---@param given any
---@param values Array  [n]
---@param n integer
---@return { low: Array, high: Array }?
function errors.read(where, given, values, n)
  if given == nil then return nil end
  local below, above
  if type(given) == "table" and (given.low ~= nil or given.high ~= nil) then
    below, above = side(where, "error.low", given.low or 0, n), side(where, "error.high", given.high or 0, n)
  else
    below = side(where, "error", given, n)
    above = below
  end
  local low, high = {}, {}
  for k = 1, n do low[k], high[k] = values[k] - below[k], values[k] + above[k] end
  return { low = (options.vector(where, "error", low)), high = (options.vector(where, "error", high)) }
end

--- The range of the values and of the bars' ends.
---@param data table  with `errors` of errors.read, or none
---@param range fun(values: Array): number?, number?  of the axes
---@param lo number?
---@param hi number?
---@return number? lo
---@return number? hi
function errors.limits(data, range, lo, hi)
  if not data.errors or not lo then return lo, hi end
  local l0, l1 = range(data.errors.low)
  local h0, h1 = range(data.errors.high)
  return math.min(lo, l0 or lo, h0 or lo), math.max(hi, l1 or hi, h1 or hi)
end

--- Draw them: at `along` (nil: 1, 2, ...), upwards, or to the right where `is_flat`.
---@param axes lunapse.Axes
---@param data table
---@param along Array|number[]|nil
---@param color integer
---@param is_flat? boolean
function errors.draw(axes, data, along, color, is_flat)
  if not data.errors then return end
  local f, on, strokes = axes.frame, axes.canvas, {}
  local right, bottom = f.left + f.width, f.top + f.height
  local function stroke(x0, y0, x1, y1)
    if x1 < f.left - 0.5 or x0 > right + 0.5 or y1 < f.top - 0.5 or y0 > bottom + 0.5 then return end
    table.move({ math.max(x0, f.left), math.max(y0, f.top), math.min(x1, right), math.min(y1, bottom) }, 1, 4, #strokes + 1, strokes)
  end
  for k = 1, data.n do
    local at, low, high = along and along[k] or k, data.errors.low[k], data.errors.high[k]
    if at == at and low == low and high == high then
      local x0, y0 = on:place(is_flat and low or at, is_flat and at or low)
      local x1, y1 = on:place(is_flat and high or at, is_flat and at or high)
      if is_flat then
        if x0 ~= x0 then x0 = f.left - 1 end          -- no place on a log axis: to its end
        stroke(math.min(x0, x1), y0, math.max(x0, x1), y0)
        for _, x in ipairs { x0, x1 } do
          if x >= f.left and x <= right then stroke(x, y0 - CAP, x, y0 + CAP) end
        end
      elseif x0 == x0 then
        if y0 ~= y0 then y0 = bottom + 1 end
        stroke(x0, math.min(y0, y1), x0, math.max(y0, y1))
        for _, y in ipairs { y0, y1 } do
          if y >= f.top and y <= bottom then stroke(x0 - CAP, y, x0 + CAP, y) end
        end
      end
    end
  end
  on:rules(strokes, { color = color, width = 0.8 * style.line_width })
end

return errors
