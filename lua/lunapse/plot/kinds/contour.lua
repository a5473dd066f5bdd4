--- Contours of a matrix: fig[1]:contour(x, y, z, { levels = { 0 }, color = "black" }), and filled ones: fig[1]:contourf(x, y, z, { levels = 12, bar = "rate (Hz)" }).

local colour = require "lunapse.plot.colour"
local grid = require "lunapse.plot.kinds.grid"
local mapping = require "lunapse.plot.mapping"
local marching = require "lunapse.plot.marching"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"
local ticks = require "lunapse.plot.ticks"

local contour = {}

contour.known = mapping.with { levels = "number|table|userdata", color = "string|number|table", alpha = "number", width = "number", dash = "string|table", label = "string",
  labels = "boolean" }
contour.known_filled = mapping.with { levels = "number|table|userdata" }

local MANY = 8                 -- levels unless said

-- Round numbers from lo to hi, about n; decades where the norm is logarithmic.
local function round_levels(m, n)
  local chosen
  if m.log then
    local first, last = math.ceil(math.log(m.lo, 10) - 1e-9), math.floor(math.log(m.hi, 10) + 1e-9)
    chosen = {}
    for e = first, last, math.max(1, math.ceil((last - first) / n)) do chosen[#chosen + 1] = 10.0 ^ e end
    if #chosen > 1 then return chosen end
  end
  local function fits(values) return #values <= n + 1 end
  return ticks.linear(m.lo, m.hi, fits, false, n + 1).values
end

local function levels_of(where, m, given, is_filled)
  if given ~= nil and type(given) ~= "number" then
    local values, n = options.vector(where, "levels", given)
    local list = {}
    for k = 1, n do
      list[k] = values[k]
      if not (k == 1 or list[k] > list[k - 1]) then error(("%s: levels must ascend"):format(where), 0) end
    end
    if n < (is_filled and 2 or 1) then error(("%s: %s expected"):format(where, is_filled and "two levels or more" or "a level"), 0) end
    return list
  end
  local list = round_levels(m, given and options.whole(where, "levels", given, 1, 200) or MANY)
  if #list < (is_filled and 2 or 1) then return is_filled and { m.lo, m.hi } or { (m.lo + m.hi) / 2 } end
  if not is_filled then return list end
  -- filled areas reach to the ends of the range
  local a, b, y, z = list[1], list[2], list[#list - 1], list[#list]
  if a > m.lo then table.insert(list, 1, m.log and a * a / b or a - (b - a)) end
  if z < m.hi then list[#list + 1] = m.log and z * z / y or z + (z - y) end
  return list
end

--- Make the data of contours of z, a matrix with a row for each y and a column for each x (ascending; 1, 2, ... unless given). `levels`: about how many, at round numbers (8),
--- or where. Lines have the colours of their levels (map, range, norm, bar as of an image) or `color`; `labels` writes the level upon them. Filled: the areas between levels.
---@param where "contour"|"contourf"
---@return table data
function contour.new(axes, where, ...)
  local x, y, z, given = grid.arguments(where, ...)
  local is_filled = where == "contourf"
  local opt = options.check(where, given, is_filled and contour.known_filled or contour.known)
  local values, rows, columns = grid.matrix(where, "z", z)
  local data = { values = values, is_filled = is_filled, is_image = is_filled, label = opt.label, opt = opt, pad_x = 0, pad_y = 0, z = values:table() }
  data.xs, data.ys = grid.places(where, x, y, rows, columns)
  if opt.color and (opt.map or opt.bar) then error(("%s: color and %s exclude each other"):format(where, opt.map and "map" or "bar"), 0) end
  data.mapping = mapping.new(where, axes, opt, values)
  data.levels = levels_of(where, data.mapping, opt.levels, is_filled)
  data.color = opt.color and colour.get(where, opt.color, 0, opt.alpha)
  style.dash(where, opt.dash, 1)
  if opt.range == nil and #data.levels > 1 then data.mapping.lo, data.mapping.hi = data.levels[1], data.levels[#data.levels] end
  if is_filled then data.mapping.levels = data.levels end
  return data
end

function contour.limits(data, axes)
  local x0, x1, y0, y1 = data.xs[1], data.xs[#data.xs], data.ys[1], data.ys[#data.ys]
  if axes.x.log and x0 <= 0 then x0, x1 = nil, nil end
  if axes.y.log and y0 <= 0 then y0, y1 = nil, nil end
  return x0, x1, y0, y1
end

-- Lines of data as lines on the page, one behind the other with NaN between them.
local function on_page(on, lines)
  local xy = {}
  for _, line in ipairs(lines) do
    for k = 1, #line, 2 do xy[#xy + 1], xy[#xy + 2] = on:place(line[k], line[k + 1]) end
    xy[#xy + 1], xy[#xy + 2] = 0 / 0, 0 / 0
  end
  return xy
end

-- The place of a label: where a line is straightest over the label's width, away from other labels. nil where it would not fit.
local function place_of_label(xy, width, frame, others)
  local best, best_chord
  for k = 1, #xy - 3, 2 do
    local length, j = 0, k
    while j + 3 <= #xy and length < 1.4 * width do
      length = length + math.sqrt((xy[j + 2] - xy[j]) ^ 2 + (xy[j + 3] - xy[j + 1]) ^ 2)
      j = j + 2
    end
    local chord = math.sqrt((xy[j] - xy[k]) ^ 2 + (xy[j + 1] - xy[k + 1]) ^ 2) / length
    local x, y = (xy[k] + xy[j]) / 2, (xy[k + 1] + xy[j + 1]) / 2
    local is_inside = x > frame.left + width / 2 and x < frame.left + frame.width - width / 2 and y > frame.top + 8 and y < frame.top + frame.height - 8
    for _, other in ipairs(others) do is_inside = is_inside and (x - other[3]) ^ 2 + (y - other[4]) ^ 2 > (1.5 * width) ^ 2 end
    if length >= 1.4 * width and length < math.huge and is_inside and (not best or chord > best_chord + 1e-3) then best, best_chord = { k, j, x, y }, chord end
  end
  return best
end

-- A line of the level, with a gap for its label.
local function labelled(axes, xy, level, pen, others)
  local on, font = axes.canvas, { size = 0.85 * style.tick_size }
  local label = ("%.6g"):format(level):gsub("^%-", "\u{2212}")
  local width = text.measure(on, label, font)
  local spot = place_of_label(xy, width + 4, axes.frame, others)
  if not spot then return on:shape(xy, { open = true, clip = true }, pen) end
  others[#others + 1] = spot
  local from, to, x, y = table.unpack(spot)
  on:shape(table.move(xy, 1, from + 1, 1, {}), { open = true, clip = true }, pen)
  on:shape(table.move(xy, to, #xy, 1, {}), { open = true, clip = true }, pen)
  local angle = math.atan(xy[to + 1] - xy[from + 1], xy[to] - xy[from])
  if angle > math.pi / 2 then angle = angle - math.pi elseif angle < -math.pi / 2 then angle = angle + math.pi end
  text.draw(on, label, x, y, { size = font.size, align = "center", valign = "middle", angle = angle, color = pen.color })
end

local function pen_of(data, level)
  local width = data.opt.width or 0.8 * style.line_width
  return { color = data.color or mapping.color(data.mapping, level), width = width, dash = style.dash("contour", data.opt.dash, width) }
end

-- Each area over the one below it, so that there are no seams; what is above the last level stays bare.
local function draw_areas(axes, data)
  local on, levels = axes.canvas, data.levels
  local top = marching.regions(data.xs, data.ys, data.z, levels[#levels])
  for k = 1, #levels - 1 do
    local lines = marching.regions(data.xs, data.ys, data.z, levels[k])
    table.move(top, 1, #top, #lines + 1, lines)
    on:shape(on_page(on, lines), { clip = true, fill = mapping.color_between(data.mapping, levels[k], levels[k + 1]) })
  end
end

local function draw_lines(axes, data)
  local on, placed = axes.canvas, {}
  for _, level in ipairs(data.levels) do
    local lines, pen = marching.lines(data.xs, data.ys, data.z, level), pen_of(data, level)
    table.sort(lines, function(p, q) return #p > #q end)
    for n, line in ipairs(lines) do
      local xy = on_page(on, { line })
      if data.opt.labels and n == 1 then labelled(axes, table.move(xy, 1, #xy - 2, 1, {}), level, pen, placed)
      else on:shape(xy, { open = true, clip = true }, pen) end
    end
  end
end

function contour.draw(axes, data)
  if data.is_filled then draw_areas(axes, data) else draw_lines(axes, data) end
end

function contour.key(axes, data, x, y, width)
  axes.canvas:shape({ x, y, x + width, y }, { open = true }, pen_of(data, data.levels[(#data.levels + 1) // 2]))
end

return contour
