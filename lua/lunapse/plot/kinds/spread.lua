--- How groups of values are spread: fig[1]:boxplot({ a, b }, { labels = { "before", "after" } }), and as outlines of their densities: fig[1]:violinplot({ a, b }).

local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local spread = {}

spread.known = { label = "string", labels = "table", color = "string|number|table", alpha = "number", width = "number", x = "any", flat = "boolean", whiskers = "number",
  outliers = "boolean" }
spread.known_violin = { label = "string", labels = "table", color = "string|number|table", alpha = "number", width = "number", x = "any", flat = "boolean", bandwidth = "number" }

local POINTS = 120             -- of the outline of a violin

-- One group as a sorted table of its finite values, with its quartiles.
local function group_of(where, k, given)
  local numbers = options.numbers(where, ("group %d"):format(k), given)
  local flat = numbers:flatten()
  local finite = flat:where(flat:isfinite(), 0 / 0):sort()
  local values = {}
  for i = 1, #finite do
    if finite[i] == finite[i] then values[#values + 1] = finite[i] end
  end
  if #values == 0 then return { values = values } end
  local function quantile(q)
    local at = 1 + q * (#values - 1)
    local low = math.floor(at)
    return values[low] + (at - low) * ((values[low + 1] or values[low]) - values[low])
  end
  return { values = values, q1 = quantile(0.25), median = quantile(0.5), q3 = quantile(0.75) }
end

-- Whiskers reach to the last value within 1.5 interquartile ranges of the box (J. Tukey 1977); what lies beyond is an outlier.
local function whiskers(group, reach)
  local values, iqr = group.values, group.q3 - group.q1
  group.low, group.high, group.out = group.q1, group.q3, {}
  for _, v in ipairs(values) do
    if v < group.q1 - reach * iqr or v > group.q3 + reach * iqr then group.out[#group.out + 1] = v
    else group.low, group.high = math.min(group.low, v), math.max(group.high, v) end
  end
end

-- Density by a Gaussian kernel; its width by D. Scott (1992): n^(-1/5) standard deviations.
local function density(group, bandwidth)
  local values, n, mean, var = group.values, #group.values, 0, 0
  for _, v in ipairs(values) do mean = mean + v / n end
  for _, v in ipairs(values) do var = var + (v - mean) ^ 2 / math.max(1, n - 1) end
  local h = (bandwidth or n ^ -0.2) * math.sqrt(var)
  group.at, group.density, group.most = {}, {}, 0
  local lo, hi = values[1], values[n]
  if not (h > 0) then
    group.at, group.density, group.most = { lo, lo }, { 1, 1 }, 1
    return
  end
  local first = 1
  for k = 1, POINTS do
    local x, sum = lo + (hi - lo) * (k - 1) / (POINTS - 1), 0
    while values[first] < x - 6 * h do first = first + 1 end
    for i = first, n do
      local d = (values[i] - x) / h
      if d > 6 then break end
      sum = sum + math.exp(-0.5 * d * d)
    end
    group.at[k], group.density[k], group.most = x, sum, math.max(group.most, sum)
  end
end

local function groups_of(where, given)
  local is_list = type(given) == "table" and getmetatable(given) == nil and type(given[1]) ~= "number"
  if is_list then
    local list = {}
    for k, one in ipairs(given) do list[k] = group_of(where, k, one) end
    if #list == 0 then error(where .. ": no values given", 0) end
    return list
  end
  local numbers, dimensions, rows, columns = options.numbers(where, "values", given)
  if dimensions == 1 or rows == 1 then return { group_of(where, 1, given) } end
  local list = {}
  for k = 1, columns do list[k] = group_of(where, k, numbers:column(k)) end
  return list
end

--- Make the data of boxes or violins, one for each group: a list of groups, the columns of a matrix, or a vector (one group). `x`: where they stand (1, 2, ...); `labels` name them;
--- `width` as part of their distance (0.5); `flat` lays them on their side. The box reaches from the first to the third quartile, with a line at the median; `whiskers`: how many interquartile
--- ranges they reach at most (1.5); outliers are points unless `outliers` = false. A violin is the density of the values, between the least and the greatest; `bandwidth`: of its kernel, in
--- standard deviations (n^-0.2).
---@param where "boxplot"|"violinplot"
---@return table data
function spread.new(axes, where, values, given)
  if values == nil then error(where .. ": no values given", 0) end
  local is_violin = where == "violinplot"
  local opt = options.check(where, given, is_violin and spread.known_violin or spread.known)
  local data = { opt = opt, label = opt.label, is_violin = is_violin, is_flat = opt.flat, groups = groups_of(where, values), pad_x = 0, pad_y = 0 }
  local n = #data.groups
  data[opt.flat and "pad_x" or "pad_y"] = 0.05
  data.step, data.places = 1, {}
  local places, count
  if opt.x ~= nil then places, count = options.vector(where, "x", type(opt.x) == "number" and { opt.x } or opt.x) end
  if count and count ~= n then error(("%s: x has %d values, there are %d groups"):format(where, count, n), 0) end
  for k, group in ipairs(data.groups) do
    data.places[k] = places and places[k] or k
    if k > 1 then data.step = math.min(k == 2 and math.huge or data.step, math.abs(data.places[k] - data.places[k - 1])) end
    if #group.values > 0 then
      if is_violin then density(group, opt.bandwidth) else whiskers(group, opt.whiskers or 1.5) end
    end
  end
  if data.step == 0 then error(where .. ": two groups at one place", 0) end
  data.color = colour.get(where, opt.color, axes:next_color(opt.color), opt.alpha)
  if opt.labels and #opt.labels ~= n then error(("%s: %d labels for %d groups"):format(where, #opt.labels, n), 0) end
  if opt.labels then axes:ticks(opt.flat and "y" or "x", data.places, opt.labels) end
  data["whole_" .. (opt.flat and "y" or "x")] = opt.x == nil
  return data
end

function spread.limits(data, axes)
  local half, all = data.step / 2, {}
  local a0, a1 = math.huge, -math.huge
  for k, group in ipairs(data.groups) do
    a0, a1 = math.min(a0, data.places[k] - half), math.max(a1, data.places[k] + half)
    for _, v in ipairs(data.opt.outliers == false and group.low and { group.low, group.high } or { group.values[1], group.values[#group.values] }) do all[#all + 1] = v end
  end
  local lo, hi
  if #all > 0 then lo, hi = (data.is_flat and axes.range_x or axes.range_y)(axes, canvas.numbers(all), #all) end
  if data.is_flat then return lo, hi, a0, a1 end
  return a0, a1, lo, hi
end

function spread.draw(axes, data)
  local on, nan = axes.canvas, 0 / 0
  local half = (data.opt.width or 0.5) * data.step / 2
  local function place(along, value)
    if data.is_flat then return on:place(value, along) end
    return on:place(along, value)
  end
  local function path(...)
    local xy, corners = {}, { ... }
    for k = 1, #corners, 2 do
      if corners[k] ~= corners[k] then xy[#xy + 1], xy[#xy + 2] = nan, nan else xy[#xy + 1], xy[#xy + 2] = place(corners[k], corners[k + 1]) end
    end
    return xy
  end
  local function marks(along, values, mark)
    local there = {}
    for k = 1, #values do there[k] = along end
    local a, b = canvas.numbers(there), canvas.numbers(values)
    if data.is_flat then a, b = b, a end
    if #values > 0 then on:marks(a, b, mark) end
  end
  local edge = { color = data.color | 0xff, width = 0.8 * style.line_width }
  local fill = colour.fade(data.color, 0.35)
  for k, group in ipairs(data.groups) do
    local at = data.places[k]
    if #group.values == 0 then goto continue end
    if data.is_violin then
      local outline = {}
      for i = 1, #group.at do outline[#outline + 1], outline[#outline + 2] = at + half * group.density[i] / group.most, group.at[i] end
      for i = #group.at, 1, -1 do outline[#outline + 1], outline[#outline + 2] = at - half * group.density[i] / group.most, group.at[i] end
      on:shape(path(table.unpack(outline)), { clip = true, fill = fill }, edge)
      on:shape(path(at, group.q1, at, group.q3), { open = true, clip = true }, { color = edge.color, width = 3.5 * edge.width })
      marks(at, { group.median }, { shape = "circle", size = 2.6 * edge.width, color = style.paper })
    else
      local cap = half / 2
      on:shape(path(at, group.low, at, group.q1, nan, nan, at, group.q3, at, group.high, nan, nan, at - cap, group.low, at + cap, group.low, nan, nan, at - cap, group.high,
        at + cap, group.high), { open = true, clip = true }, edge)
      on:shape(path(at - half, group.q1, at + half, group.q1, at + half, group.q3, at - half, group.q3), { clip = true, fill = fill }, edge)
      on:shape(path(at - half, group.median, at + half, group.median), { open = true, clip = true }, { color = edge.color, width = 2 * edge.width })
      if data.opt.outliers ~= false then marks(at, group.out, { shape = "circle", size = 3 * style.mark_scale, color = edge.color }) end
    end
    ::continue::
  end
end

function spread.key(axes, data, x, y, width)
  axes.canvas:box(x, y - 3.2, width, 6.4, { fill = colour.fade(data.color, 0.35) }, { color = data.color | 0xff, width = 0.8 * style.line_width })
end

return spread
