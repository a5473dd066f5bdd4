--- Fields of arrows: fig[1]:quiver(x, y, u, v, { color = "gray" }), coloured by value: { values = speed, bar = "speed" }.

local arrows = require "lunapse.plot.arrows"
local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local grid = require "lunapse.plot.kinds.grid"
local mapping = require "lunapse.plot.mapping"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local quiver = {}

quiver.known = mapping.with { label = "string", color = "string|number|table", alpha = "number", width = "number", scale = "number", angles = "string", values = "any" }

local function flat(where, name, given, n)
  local values = options.numbers(where, name, given)
  local list = values:flatten()
  if #list ~= n then error(("%s: %s has %d values, there are %d arrows"):format(where, name, #list, n), 0) end
  return canvas.numbers(list)
end

-- Where arrows begin: of a matrix on the grid of x and y, else at the points (x, y).
local function places(x, y, u)
  local _, dimensions, rows, columns = options.numbers("quiver", "u", u)
  if dimensions == 1 then
    local xs, ys, n = options.series("quiver", x, y)
    return xs, ys, n, math.sqrt(n)
  end
  local gx, gy = grid.places("quiver", x, y, rows, columns)
  local xs, ys = {}, {}
  for r = 1, rows do
    for c = 1, columns do xs[#xs + 1], ys[#ys + 1] = gx[c], gy[r] end
  end
  return canvas.numbers(xs), canvas.numbers(ys), rows * columns, math.max(rows, columns)
end

--- Make the data of arrows (u, v) at (x, y): of matrices u and v on the grid of x (columns) and y (rows), else one for each point. `scale`: how many units of (u, v) an arrow
--- as long as the axes are wide has (default: the longest arrow reaches to its neighbour); `angles` = "uv" (default): u is to the right and v upwards on the page; "xy": from (x, y) towards
--- (x + u, y + v). `values` colours them as points are.
---@return table data
function quiver.new(axes, x, y, u, v, given)
  if u == nil or v == nil or options.is(u) then error("quiver: expected x, y, u and v", 0) end
  local opt = options.check("quiver", given, quiver.known)
  if opt.angles and opt.angles ~= "uv" and opt.angles ~= "xy" then error(("quiver: angles is 'uv' or 'xy', not '%s'"):format(opt.angles), 0) end
  if opt.scale and not (opt.scale > 0 and opt.scale < math.huge) then error(("quiver: scale must be positive, got %s"):format(options.show(opt.scale)), 0) end
  local data = { label = opt.label, opt = opt, pad_x = 0.04, pad_y = 0.04 }
  data.x, data.y, data.n, data.across = places(x, y, u)
  data.u, data.v = flat("quiver", "u", u, data.n), flat("quiver", "v", v, data.n)
  if opt.values ~= nil then
    data.values = flat("quiver", "values", opt.values, data.n)
    data.mapping = mapping.new("quiver", axes, opt, data.values)
  end
  data.color = colour.get("quiver", opt.color, data.values and 0 or axes:next_color(opt.color), opt.alpha)
  return data
end

function quiver.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  return x0, x1, axes:range_y(data.y, data.n)
end

-- Arrow k as it points on the page, not yet scaled.
local function direction(on, data, k)
  local u, v = data.u[k], data.v[k]
  if data.opt.angles ~= "xy" then return u, -v end
  local x0, y0 = on:place(data.x[k], data.y[k])
  local size = math.sqrt(u * u + v * v)
  local x1, y1 = on:place(data.x[k] + u, data.y[k] + v)
  local dx, dy = x1 - x0, y1 - y0
  local long = math.sqrt(dx * dx + dy * dy)
  if not (long > 0) then return 0, 0 end
  return dx / long * size, dy / long * size
end

function quiver.draw(axes, data)
  local on, f, longest = axes.canvas, axes.frame, 0
  for k = 1, data.n do
    local size = math.sqrt(data.u[k] ^ 2 + data.v[k] ^ 2)
    if size > longest and size < math.huge then longest = size end
  end
  if longest == 0 then return end
  local per = data.opt.scale and f.width / data.opt.scale or 0.9 * f.width / data.across / longest
  local width = data.opt.width or 0.65 * style.line_width
  local by_color, order = {}, {}
  for k = 1, data.n do
    local color = data.values and (data.values[k] == data.values[k] and mapping.color(data.mapping, data.values[k]) or 0) or data.color
    if not by_color[color] then
      by_color[color] = { {}, {} }
      order[#order + 1] = color
    end
    local x, y = on:place(data.x[k], data.y[k])
    local dx, dy = direction(on, data, k)
    arrows.add(by_color[color][1], by_color[color][2], x, y, x + per * dx, y + per * dy, 3.2 * style.line_width)
  end
  for _, color in ipairs(order) do
    arrows.draw(on, by_color[color][1], by_color[color][2], { color = color, width = width }, true)
  end
end

function quiver.key(axes, data, x, y, width)
  local shafts, heads = {}, {}
  arrows.add(shafts, heads, x, y, x + width, y, 3.2 * style.line_width)
  arrows.draw(axes.canvas, shafts, heads, { color = data.values and style.axis or data.color, width = data.opt.width or 0.65 * style.line_width }, false)
end

return quiver
