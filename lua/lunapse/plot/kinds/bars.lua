--- Bars: fig[1]:bars(heights), fig[1]:bars(x, heights, { labels = { "exc", "inh" }, width = 0.7, yerr = sd, flat = true }), and of a matrix groups of them, or stacks.

local colour = require "lunapse.plot.colour"
local errors = require "lunapse.plot.errors"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local bars = { is_polar = true }

bars.known = { label = "string|table", color = "string|number|table", alpha = "number", width = "number", shift = "number", base = "any",
  labels = "table", xerr = "any", yerr = "any", flat = "boolean", stacked = "boolean" }

local MOST = 64                -- columns of a matrix

local function spacing(x, n)
  local least = math.huge
  for k = 2, n do
    local d = math.abs(x[k] - x[k - 1])
    if d > 0 and d < least then least = d end
  end
  return least < math.huge and least or 1
end

--- Where bars begin and end: lengths on their bases.
local function stand(base, heights, n)
  if base == nil then base = 0 end
  local bases, n_bases
  if type(base) ~= "number" then
    bases, n_bases = options.vector("bars", "base", base)
    if n_bases ~= n then error(("bars: base has %d values, there are %d bars"):format(n_bases, n), 0) end
  elseif base ~= base or math.abs(base) == math.huge then
    error(("bars: base must be a finite number, got %s"):format(options.show(base)), 0)
  end
  local low, high = {}, {}
  for k = 1, n do
    low[k] = bases and bases[k] or base
    high[k] = low[k] + heights[k]
  end
  return (options.vector("bars", "base", low)), (options.vector("bars", "heights", high))
end

local function one_series(axes, opt, xs, heights, n)
  local data = { opt = opt, label = opt.label, n = n, is_flat = opt.flat, pad_x = 0.02, pad_y = 0.05 }
  data.low, data.high = stand(opt.base, heights, n)
  data.color = colour.get("bars", opt.color, axes:next_color(opt.color), opt.alpha)
  local step = xs and spacing(xs, n) or 1
  local low, high, middle = {}, {}, {}
  for k = 1, n do
    middle[k] = (xs and xs[k] or k) + (opt.shift or 0) * step
    low[k] = middle[k] - (opt.width or 0.8) * step / 2
    high[k] = middle[k] + (opt.width or 0.8) * step / 2
  end
  data.x0, data.x1 = options.vector("bars", "x", low), options.vector("bars", "x", high)
  data.errors = errors.read("bars", opt, opt.flat and data.high or middle, opt.flat and middle or data.high, n)
  data[opt.flat and "sticky_x" or "sticky_y"] = type(opt.base or 0) == "number" and (opt.base or 0) or 0
  return data
end

local function with(opt, changes)
  local copy = {}
  for name, value in pairs(opt) do copy[name] = value end
  for name, value in pairs(changes) do copy[name] = value end
  return copy
end

-- One series for each column, side by side or upon each other; errors have a column for each, too.
local function several(axes, opt, xs, matrix, n, columns)
  if columns > MOST then error(("bars: a matrix of %d x %d would be %d series"):format(n, columns, columns), 0) end
  if opt.base ~= nil or opt.shift then error("bars: base and shift are for one series", 0) end
  local function column_of(name, k)
    if opt[name] == nil or type(opt[name]) == "number" then return opt[name] end
    local values, _, rows, n_columns = options.numbers("bars", name, opt[name])
    if rows ~= n or n_columns ~= columns then error(("bars: %s is %d x %d, the heights are %d x %d"):format(name, rows, n_columns, n, columns), 0) end
    return values:column(k)
  end
  local list, base, width = {}, nil, opt.width or 0.8
  for k = 1, columns do
    local label = type(opt.label) == "table" and opt.label[k] or k == 1 and type(opt.label) == "string" and opt.label or nil
    local own = with(opt, { label = label, base = base, width = opt.stacked and width or width / columns,
      shift = opt.stacked and 0 or width * ((k - 0.5) / columns - 0.5) })
    own.label, own.xerr, own.yerr = label, column_of("xerr", k), column_of("yerr", k)
    list[k] = one_series(axes, own, xs, matrix:column(k), n)
    if opt.stacked then base = list[k].high end
  end
  return list
end

--- Make the data of bars: `width` as part of their spacing (default 0.8), `shift` moves them by parts of it, `base` is where they stand, a number or one for
--- each (for bars upon bars), `labels` name them, `xerr` and `yerr` draw bars of plus and minus so much, `flat` lays them on their side. Of a matrix each column is a series:
--- side by side, or upon each other where `stacked`.
---@param axes lunapse.Axes
---@return table data  one or several
function bars.new(axes, ...)
  local x, y, given = options.xy("bars", ...)
  local opt = options.check("bars", given, bars.known)
  local values, dimensions, rows, columns = options.numbers("bars", "y", y)
  local list, xs, n
  if dimensions == 2 and rows > 1 and columns > 1 then
    n = rows
    if x ~= nil then
      local n_x
      xs, n_x = options.vector("bars", "x", x)
      if n_x ~= n then error(("bars: x has %d values, there are %d rows"):format(n_x, n), 0) end
    end
    list = several(axes, opt, xs, values, n, columns)
  else
    if type(opt.label) == "table" then error("bars: several labels for one series", 0) end
    local heights
    xs, heights, n = options.series("bars", x, values)
    list = { one_series(axes, opt, xs, heights, n) }
  end
  if opt.labels then
    if #opt.labels ~= n then error(("bars: %d labels for %d bars"):format(#opt.labels, n), 0) end
    local places = {}
    for k = 1, n do places[k] = xs and xs[k] or k end
    axes:ticks(opt.flat and "y" or "x", places, opt.labels)
  end
  return table.unpack(list)
end

function bars.limits(data, axes)
  local range_along, range_up = axes.range_x, axes.range_y
  if data.is_flat then range_along, range_up = range_up, range_along end
  local a0 = range_along(axes, data.x0, data.n)
  local _, a1 = range_along(axes, data.x1, data.n)
  local h0, h1 = range_up(axes, data.high, data.n)
  local is_log = data.is_flat and axes.x.log or not data.is_flat and axes.y.log
  if h0 then
    local l0, l1 = range_up(axes, data.low, data.n)
    if l0 then h0, h1 = math.min(h0, l0), math.max(h1, l1) end
    if is_log and h0 <= 0 then h0 = nil end
  end
  if data.is_flat then return errors.limits(data.errors, axes, h0, h1, a0, a1) end
  return errors.limits(data.errors, axes, a0, a1, h0, h1)
end

function bars.draw(axes, data)
  axes.canvas:bars(data.x0, data.x1, data.low, data.high, { fill = data.color, flat = data.is_flat })
  errors.draw(axes, data.errors, style.axis)
end

function bars.key(axes, data, x, y, width)
  axes.canvas:box(x, y - 3.2, width, 6.4, { fill = data.color })
end

return bars
