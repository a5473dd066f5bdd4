--- Bands between two curves: fig[1]:band(x, low, high, { color = "blue", alpha = 0.25 }), for errors and ranges; areas from 0, upon each other for the columns of a
--- matrix: fig[1]:area(x, y).

local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"

local band = { is_polar = true }

band.known = { label = "string", color = "string|number|table", alpha = "number", stair = "boolean" }
band.known_area = { label = "string|table", color = "string|number|table", alpha = "number", stair = "boolean" }

local MOST = 64                -- columns of a matrix

-- Each value holds until the next x: every point but the last twice.
local function stairs(x, values, n)
  local xs, ys = {}, {}
  for k = 1, n do
    xs[2 * k - 1], ys[2 * k - 1] = x and x[k] or k, values[k]
    if k < n then xs[2 * k], ys[2 * k] = x and x[k + 1] or k + 1, values[k] end
  end
  return canvas.numbers(xs), canvas.numbers(ys)
end

local function make(x, low, high, n, color, opt)
  local data = { label = opt.label, x = x, low = low, high = high, n = n, color = color, pad_x = 0, pad_y = 0.05 }
  if opt.stair and n > 0 then
    data.x, data.low = stairs(x, low, n)
    data.high, data.n = select(2, stairs(x, high, n)), 2 * n - 1
  end
  return data
end

-- One bound: a number stands for all of them.
local function bound(name, given, n)
  if type(given) ~= "number" then return options.vector("band", name, given) end
  local list = {}
  for k = 1, n do list[k] = given end
  return options.vector("band", name, list)
end

local function new_band(axes, x, low, high, given)
  if high == nil or options.is(high) then error("band: expected x (or nil), low and high", 0) end
  local opt = options.check("band", given, band.known)
  local like = type(low) ~= "number" and low or type(high) ~= "number" and high or x
  local xs, _, n = options.series("band", x, like)
  local lows, n_low = bound("low", low, n)
  local highs, n_high = bound("high", high, n)
  if n_high ~= n_low then error(("band: low has %d values, high has %d"):format(n_low, n_high), 0) end
  return make(xs, lows, highs, n, colour.get("band", opt.color, axes:last_color(), opt.alpha or 0.25), opt)
end

local function new_areas(axes, ...)
  local x, y, given = options.xy("area", ...)
  local opt = options.check("area", given, band.known_area)
  local values, dimensions, rows, columns = options.numbers("area", "y", y)
  if dimensions == 1 or rows == 1 or columns == 1 then values, columns = values:reshape(rows * columns, 1), 1 end
  if dimensions > 2 or columns > MOST then error(("area: a vector or a matrix of at most %d columns expected"):format(MOST), 0) end
  local low, list = canvas.numbers(values:column(1) * 0), {}
  for k = 1, columns do
    local xs, top, n = options.series("area", x, low + values:column(k))
    local own = { label = type(opt.label) == "table" and opt.label[k] or k == 1 and type(opt.label) == "string" and opt.label or nil, stair = opt.stair }
    list[k] = make(xs, low, top, n, colour.get("area", opt.color, axes:next_color(opt.color), opt.alpha), own)
    list[k].sticky_y = 0
    low = top
  end
  return table.unpack(list)
end

--- Make the data of a band: `x` ascends, or is nil for 1, 2, ...; `low` and `high` are as long, or numbers; NaN is a gap; `stair` holds each value until the next x. Without
--- a colour it takes that of the last series drawn, so that it belongs to the line before it. Of areas: one for each column of y, each upon the one before.
---@param where "band"|"area"
---@return table data  one or several
function band.new(axes, where, ...)
  if where == "band" then return new_band(axes, ...) end
  return new_areas(axes, ...)
end

function band.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  local a0, a1 = axes:range_y(data.low, data.n)
  local b0, b1 = axes:range_y(data.high, data.n)
  if not a0 then return x0, x1, b0, b1 end
  if not b0 then return x0, x1, a0, a1 end
  return x0, x1, math.min(a0, b0), math.max(a1, b1)
end

function band.draw(axes, data) axes.canvas:area(data.x, data.low, data.high, data.color) end

function band.key(axes, data, x, y, width) axes.canvas:box(x, y - 3.2, width, 6.4, { fill = data.color }) end

return band
