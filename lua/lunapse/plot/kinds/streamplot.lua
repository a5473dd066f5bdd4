--- Streamlines of a field: fig[1]:streamplot(x, y, u, v, { density = 1.5, color = "gray" }).
---
--- Lines are followed from a coarse lattice of seeds, from the rim inwards, and end where another line has been: so they keep their distance (after the way of
--- matplotlib's streamplot, T. Flannaghan 2011).

local arrows = require "lunapse.plot.arrows"
local colour = require "lunapse.plot.colour"
local grid = require "lunapse.plot.kinds.grid"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local streamplot = {}

streamplot.known = { label = "string", color = "string|number|table", alpha = "number", width = "number", density = "number" }

local LATTICE = 30             -- cells of the lattice along both axes at density 1
local LEAST = 0.1              -- of the axes' width: shorter lines are left out

-- The field in coordinates of the frame (0..1 along both axes), bilinear between the nodes; nil outside and where it is NaN.
local function field(data)
  local xs, ys, u, v = data.xs, data.ys, data.u, data.v
  local width, height = xs[#xs] - xs[1], ys[#ys] - ys[1]
  local function find(list, value)
    local low, high = 1, #list
    while high - low > 1 do
      local middle = (low + high) // 2
      if value >= list[middle] then low = middle else high = middle end
    end
    return low, (value - list[low]) / (list[low + 1] - list[low])
  end
  return function(px, py)
    if px < 0 or px > 1 or py < 0 or py > 1 then return nil end
    local c, a = find(xs, xs[1] + px * width)
    local r, b = find(ys, ys[1] + py * height)
    local function mixed(z) return (z[r][c] * (1 - a) + z[r][c + 1] * a) * (1 - b) + (z[r + 1][c] * (1 - a) + z[r + 1][c + 1] * a) * b end
    local du, dv = mixed(u) / width, mixed(v) / height
    local size = math.sqrt(du * du + dv * dv)
    if not (size > 1e-300 and size < math.huge) then return nil end
    return du / size, dv / size
  end
end

-- One line from a seed, both ways, through lattice cells that no other line has; nil where it is short.
local function follow(at, taken, n, x0, y0)
  local step, own = 0.3 / n, {}
  local function cell(x, y) return math.min(n - 1, math.floor(y * n)) * n + math.min(n - 1, math.floor(x * n)) end
  local function half(sign)
    local points, x, y, length, last = {}, x0, y0, 0, cell(x0, y0)
    while length < 4 do
      local ax, ay = at(x, y)
      if not ax then break end
      local bx, by = at(x + sign * step / 2 * ax, y + sign * step / 2 * ay)          -- the midpoint rule
      if not bx then break end
      x, y = x + sign * step * bx, y + sign * step * by
      if x < 0 or x > 1 or y < 0 or y > 1 then break end
      local here = cell(x, y)
      if here ~= last then
        if taken[here] or own[here] then break end
        own[here], last = true, here
      end
      points[#points + 1], points[#points + 2] = x, y
      length = length + step
    end
    return points, length
  end
  own[cell(x0, y0)] = true
  local back, l1 = half(-1)
  local ahead, l2 = half(1)
  if l1 + l2 < LEAST then return nil end
  local line = {}
  for k = #back - 1, 1, -2 do line[#line + 1], line[#line + 2] = back[k], back[k + 1] end
  line[#line + 1], line[#line + 2] = x0, y0
  table.move(ahead, 1, #ahead, #line + 1, line)
  for key in pairs(own) do taken[key] = true end
  return line
end

-- Seeds in a spiral from the rim inwards.
local function seeds(n)
  local list, left, right, low, high = {}, 0, n - 1, 0, n - 1
  while left <= right and low <= high do
    for c = left, right do list[#list + 1] = { c, low } end
    for r = low + 1, high do list[#list + 1] = { right, r } end
    if high > low then for c = right - 1, left, -1 do list[#list + 1] = { c, high } end end
    if right > left then for r = high - 1, low + 1, -1 do list[#list + 1] = { left, r } end end
    left, right, low, high = left + 1, right - 1, low + 1, high - 1
  end
  return list
end

local function all_lines(data)
  local n = math.max(2, math.floor(LATTICE * data.density + 0.5))
  local at, taken, lines = field(data), {}, {}
  for _, seed in ipairs(seeds(n)) do
    if not taken[seed[2] * n + seed[1]] then lines[#lines + 1] = follow(at, taken, n, (seed[1] + 0.5) / n, (seed[2] + 0.5) / n) end
  end
  return lines
end

--- Make the data of streamlines of the field (u, v) on the grid of x (columns, ascending) and y (rows). `density` 1: about thirty lines side by side at most.
---@return table data
function streamplot.new(axes, x, y, u, v, given)
  if u == nil or v == nil or options.is(u) then error("streamplot: expected x, y, u and v", 0) end
  local opt = options.check("streamplot", given, streamplot.known)
  local density = opt.density or 1
  if not (density > 0 and density <= 10) then error(("streamplot: density must lie in 0..10, got %s"):format(options.show(density)), 0) end
  local us, rows, columns = grid.matrix("streamplot", "u", u)
  local vs, v_rows, v_columns = grid.matrix("streamplot", "v", v)
  if v_rows ~= rows or v_columns ~= columns then error(("streamplot: u is %d x %d, v is %d x %d"):format(rows, columns, v_rows, v_columns), 0) end
  local data = { label = opt.label, opt = opt, density = density, u = us:table(), v = vs:table(), pad_x = 0, pad_y = 0 }
  data.xs, data.ys = grid.places("streamplot", x, y, rows, columns)
  data.color = colour.get("streamplot", opt.color, axes:next_color(opt.color), opt.alpha)
  return data
end

function streamplot.limits(data) return data.xs[1], data.xs[#data.xs], data.ys[1], data.ys[#data.ys] end

function streamplot.draw(axes, data)
  local on, nan = axes.canvas, 0 / 0
  data.lines = data.lines or all_lines(data)
  local x0, width, y0, height = data.xs[1], data.xs[#data.xs] - data.xs[1], data.ys[1], data.ys[#data.ys] - data.ys[1]
  local paths, heads = {}, {}
  for _, line in ipairs(data.lines) do
    local first = #paths + 1
    for k = 1, #line, 2 do paths[#paths + 1], paths[#paths + 2] = on:place(x0 + line[k] * width, y0 + line[k + 1] * height) end
    local middle = first + #line // 4 * 2
    local k = math.max(first, middle - 2)
    local dx, dy = paths[middle] - paths[k], paths[middle + 1] - paths[k + 1]
    local long = math.sqrt(dx * dx + dy * dy)
    if long > 0 then arrows.head(heads, paths[middle], paths[middle + 1], dx / long, dy / long, 3.4 * style.line_width) end
    paths[#paths + 1], paths[#paths + 2] = nan, nan
  end
  arrows.draw(on, paths, heads, { color = data.color, width = data.opt.width or 0.65 * style.line_width }, true)
end

function streamplot.key(axes, data, x, y, width)
  axes.canvas:shape({ x, y, x + width, y }, { open = true }, { color = data.color, width = data.opt.width or 0.65 * style.line_width })
end

return streamplot
