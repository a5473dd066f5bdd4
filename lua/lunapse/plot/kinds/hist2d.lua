--- Two-dimensional histograms: fig[1]:hist2d(x, y, { bins = 40, bar = "count", norm = "log" }).

local canvas = require "lunapse.core.canvas"
local image = require "lunapse.plot.kinds.image"
local mapping = require "lunapse.plot.mapping"
local options = require "lunapse.plot.arguments"
local signal = require "lunapse.signal"

local hist2d = {}

hist2d.known = mapping.with { bins = "number|table|userdata", density = "boolean" }

--- Make the data of a two-dimensional histogram: an image of the counts. `bins`: how many along both axes (10 if not given), or { bins or edges of x, bins or edges of y };
--- cells without points are blank; `density` makes the volume 1.
---@return table data
function hist2d.new(axes, x, y, given)
  local opt = options.check("hist2d", given, hist2d.known)
  if y == nil or options.is(y) then error("hist2d: expected x and y", 0) end
  local xs, ys = options.series("hist2d", x, y)
  local counts, x_edges, y_edges = signal.histogram2d(xs, ys, opt.bins)
  local cells = counts:astype("float64"):transpose():copy()
  local rows, columns = cells:shape()
  local values = canvas.numbers(cells:where(cells:gt(0), 0 / 0))
  if opt.density then
    local widths = x_edges:astype("float64"):diff()
    local heights = y_edges:astype("float64"):diff()
    values = canvas.numbers(values / (heights:reshape(rows, 1) * widths:reshape(1, columns) * cells:sum()))
  end
  local data = { matrix = values, pad_x = 0, pad_y = 0, is_image = true, mapping = mapping.new("hist2d", axes, opt, values) }
  data.x_edges, data.y_edges = canvas.numbers(x_edges), canvas.numbers(y_edges)
  data.x0, data.x1, data.y0, data.y1 = data.x_edges[1], data.x_edges[columns + 1], data.y_edges[1], data.y_edges[rows + 1]
  return data
end

hist2d.limits, hist2d.draw = image.limits, image.draw

return hist2d
