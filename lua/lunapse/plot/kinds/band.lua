--- Bands between two curves: fig[1]:band(x, low, high, { color = "blue", alpha = 0.25 }), for errors and ranges.

local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"

local band = {}

band.known = { label = "string", color = "string|number|table", alpha = "number" }

--- Make the data of a band. `x` ascends, or is nil for 1, 2, ...; NaN is a gap. Without a colour it takes that of the last series drawn, so
--- that it belongs to the line before it.
---@return table data
function band.new(axes, x, low, high, given)
  if high == nil or options.is(high) then error("band: expected x (or nil), low and high", 0) end
  local opt = options.check("band", given, band.known)
  local data = { label = opt.label, pad_x = 0, pad_y = 0.05 }
  data.x, data.low, data.n = options.series("band", x, low)
  local n_high
  data.high, n_high = options.vector("band", "high", high)
  if n_high ~= data.n then error(("band: low has %d values, high has %d"):format(data.n, n_high), 0) end
  data.color = colour.get("band", opt.color, axes:last_color(), opt.alpha or 0.25)
  return data
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
