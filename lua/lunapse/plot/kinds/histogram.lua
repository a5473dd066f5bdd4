--- Histograms: fig[1]:histogram(values, { bins = 20, range = { 0, 1 }, density = true }).

local canvas = require "lunapse.core.canvas"
local bars = require "lunapse.plot.kinds.bars"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local histogram = { is_polar = true }

histogram.known = { label = "string", color = "string|number|table", alpha = "number", bins = "number|table", range = "table", density = "boolean",
  outline = "boolean" }

local function list_of(value, n)
  local list = {}
  for k = 1, n do list[k] = value end
  return list
end

local function between(lo, hi, n)
  local edges = {}
  for k = 0, n do edges[k + 1] = lo * (1 - k / n) + hi * (k / n) end
  return edges
end

-- Freedman & Diaconis (1981): bins as wide as 2 IQR n^(-1/3); the quartiles are read from a histogram of 1000 bins.
local function bin_count(values, lo, hi, n)
  if n < 2 then return 1 end
  if hi - lo < 1e-11 * math.max(math.abs(lo), math.abs(hi)) then return 10 end
  local edges = between(lo, hi, 1000)
  local counts, n_inside = canvas.histogram(values, (options.vector("histogram", "bins", edges)))
  if n_inside < 2 then return 1 end
  n = n_inside
  local sum, first, third = 0, nil, nil
  for k = 1, 1000 do
    sum = sum + counts[k]
    if not first and sum >= n / 4 then first = k end
    if not third and sum >= 3 * n / 4 then third = k end
  end
  local width = 2 * (third - first) / 1000 * n ^ (-1 / 3)
  local wanted = width > 0 and math.ceil(1 / width) or math.ceil(math.log(n, 2)) + 1
  return math.max(5, math.min(wanted, 100))
end

local function edges_of(values, opt)
  if type(opt.bins) == "table" then
    local edges, n = options.vector("histogram", "bins", opt.bins)
    for k = 2, n do
      if edges[k] ~= edges[k] or edges[k] <= edges[k - 1] then error("histogram: the edges in bins must ascend", 0) end
    end
    if n < 2 then error("histogram: bins needs two edges at least", 0) end
    return edges, n - 1
  end
  local lo, hi, count = canvas.range(values)
  if opt.range then
    lo, hi = opt.range[1], opt.range[2]
    if type(lo) ~= "number" or type(hi) ~= "number" or hi ~= hi or lo ~= lo or hi <= lo then error("histogram: range must be { low, high }", 0) end
  elseif not lo then
    lo, hi, count = 0, 1, 0
  elseif hi - lo <= 1e-13 * math.max(math.abs(lo), math.abs(hi)) then
    local reach = lo == 0 and 0.5 or math.abs(lo) * 0.05
    lo, hi = lo - reach, hi + reach
  end
  local bins = opt.bins or bin_count(values, lo, hi, count or 0)
  bins = options.whole("histogram", "bins", bins, 1, 1000000)
  local edges = between(lo, hi, bins)
  for k = 2, bins + 1 do
    if edges[k] <= edges[k - 1] then error(("histogram: %d bins between %.17g and %.17g have no width"):format(bins, lo, hi), 0) end
  end
  return (options.vector("histogram", "bins", edges)), bins
end

--- Make the data of a histogram. `bins`: their number or a table of edges (default: by Freedman and Diaconis); `density` makes the area 1;
--- `outline` draws the contour only. Values that are not finite, or outside the range, are not counted.
---@param axes lunapse.Axes
---@return table data
function histogram.new(axes, values, given)
  local opt = options.check("histogram", given, histogram.known)
  local numbers = options.numbers("histogram", "values", values)
  local edges, n = edges_of(numbers, opt)
  local counts, total = canvas.histogram(numbers, edges)
  local low, high = {}, {}
  for k = 1, n do
    low[k], high[k] = edges[k], edges[k + 1]
    if opt.density and total > 0 then counts[k] = counts[k] / (total * (high[k] - low[k])) end
  end
  local data = { label = opt.label, n = n, high = counts, low = canvas.numbers(list_of(0, n)), pad_x = 0.02, pad_y = 0.05, sticky_y = 0, whole_y = not opt.density,
    is_outline = opt.outline }
  data.x0, data.x1, data.edges = options.vector("histogram", "x", low), options.vector("histogram", "x", high), edges
  data.color = colour.get("histogram", opt.color, axes:next_color(opt.color), opt.alpha)
  return data
end

histogram.limits = bars.limits

local function outline(axes, data)
  local x, y = {}, {}
  local floor = axes.y.log and axes.frame.y0 / 10 or 0
  for k = 1, data.n do
    x[k] = data.edges[k]
    y[k + 1] = math.max(data.high[k], floor)          -- nothing lies below a logarithmic axis, but the line goes there
  end
  x[data.n + 1] = data.edges[data.n + 1]
  y[1], y[data.n + 2] = floor, floor
  table.insert(x, 1, x[1])
  local xs, ys = options.vector("histogram", "x", x), options.vector("histogram", "y", y)
  axes.canvas:curve(xs, ys, { color = data.color, width = style.line_width }, true)
end

function histogram.draw(axes, data)
  if data.is_outline then return outline(axes, data) end
  axes.canvas:bars(data.x0, data.x1, 0, data.high, { fill = data.color }, { color = style.paper, width = 0.5 })
end

histogram.key = bars.key

return histogram
