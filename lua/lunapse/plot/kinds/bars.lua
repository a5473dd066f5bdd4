--- Bars: fig[1]:bars(heights), fig[1]:bars(x, heights, { labels = { "exc", "inh" }, width = 0.7, error = sd, flat = true }).

local colour = require "lunapse.plot.colour"
local errors = require "lunapse.plot.errors"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local bars = {}

bars.known = { label = "string", color = "string|number|table", alpha = "number", width = "number", shift = "number", base = "any",
  labels = "table", error = "any", flat = "boolean" }

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

--- Make the data of bars: `width` as part of their spacing (default 0.8), `shift` moves them by parts of it (for groups side by side), `base`
--- is where they stand, a number or one for each (for bars upon bars), `labels` name them, `error` draws a bar of plus and minus so much, `flat` lays them on
--- their side.
---@param axes lunapse.Axes
---@return table data
function bars.new(axes, ...)
  local x, y, given = options.xy("bars", ...)
  local opt = options.check("bars", given, bars.known)
  local xs, heights, n = options.series("bars", x, y)
  local data = { opt = opt, label = opt.label, n = n, is_flat = opt.flat, pad_x = 0.02, pad_y = 0.05 }
  data.low, data.high = stand(opt.base, heights, n)
  data.color = colour.get("bars", opt.color, axes:next_shade(opt.color), opt.alpha)
  local step = xs and spacing(xs, n) or 1
  local low, high, middle = {}, {}, {}
  for k = 1, n do
    middle[k] = (xs and xs[k] or k) + (opt.shift or 0) * step
    low[k] = middle[k] - (opt.width or 0.8) * step / 2
    high[k] = middle[k] + (opt.width or 0.8) * step / 2
  end
  data.x0, data.x1, data.middle = options.vector("bars", "x", low), options.vector("bars", "x", high), middle
  data.errors = errors.read("bars", opt.error, data.high, n)
  if opt.labels then
    if #opt.labels ~= n then error(("bars: %d labels for %d bars"):format(#opt.labels, n), 0) end
    local places = {}
    for k = 1, n do places[k] = xs and xs[k] or k end
    axes:ticks(opt.flat and "y" or "x", places, opt.labels)
  end
  data[opt.flat and "sticky_x" or "sticky_y"] = type(opt.base or 0) == "number" and (opt.base or 0) or 0
  return data
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
    h0, h1 = errors.limits(data, function(values) return range_up(axes, values, data.n) end, h0, h1)
    if is_log and h0 <= 0 then h0 = nil end
  end
  if data.is_flat then return h0, h1, a0, a1 end
  return a0, a1, h0, h1
end

function bars.draw(axes, data)
  axes.canvas:bars(data.x0, data.x1, data.low, data.high, { fill = data.color, flat = data.is_flat })
  errors.draw(axes, data, data.middle, style.axis, data.is_flat)
end

function bars.key(axes, data, x, y, width)
  axes.canvas:box(x, y - 3.2, width, 6.4, { fill = data.color })
end

return bars
