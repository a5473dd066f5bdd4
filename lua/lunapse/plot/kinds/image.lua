--- Images of matrices: fig[1]:image(w, { map = "hot", range = { 0, 1 }, extent = { 0, 1000, 1, 100 }, bar = "weight", aspect = "equal" }), and heat maps over the
--- centres of their cells: fig[1]:image(x, y, w).

local array = require "lunapse.core.array"
local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local grid = require "lunapse.plot.kinds.grid"
local mapping = require "lunapse.plot.mapping"
local options = require "lunapse.plot.arguments"

local image = {}

image.known = mapping.with { extent = "table", origin = "string", aspect = "string" }

local function four_numbers(given)
  for k = 1, 4 do
    if type(given[k]) ~= "number" or given[k] ~= given[k] or math.abs(given[k]) == math.huge then
      error("image: extent must be { x0, x1, y0, y1 }", 0)
    end
  end
  if given[1] == given[2] or given[3] == given[4] then error("image: extent has no area", 0) end
  return given[1], given[2], given[3], given[4]
end

--- Edges of cells from their centres: halfway between them, on a logarithmic axis as on a linear one; or the edges themselves, where there is one more than cells.
---@param where string
---@param name string  "x"
---@param given ArrayLike  ascending
---@param n integer  cells
---@return Array edges  [n + 1]
---@return Array centres  [n]
function image.edges(where, name, given, n)
  local at, count = options.vector(where, name, given)
  if count ~= n and count ~= n + 1 then error(("%s: %s has %d values, there are %d cells: give their centres, or %d edges"):format(where, name, count, n, n + 1), 0) end
  for k = 1, count do
    if at[k] ~= at[k] or math.abs(at[k]) == math.huge or k > 1 and at[k] <= at[k - 1] then error(("%s: %s must ascend"):format(where, name), 0) end
  end
  local other = {}
  if count == n + 1 then
    for k = 1, n do other[k] = (at[k] + at[k + 1]) / 2 end
    return at, canvas.numbers(other)
  end
  for k = 2, n do other[k] = (at[k - 1] + at[k]) / 2 end
  local reach = n == 1 and { 0.5, 0.5 } or { (at[2] - at[1]) / 2, (at[n] - at[n - 1]) / 2 }
  other[1], other[n + 1] = at[1] - reach[1], at[n] + reach[2]
  return canvas.numbers(other), at
end

--- Make the data of an image. Without `extent` rows and columns count from 1 and row 1 is at the top (origin = "bottom": at the bottom);
--- with `extent` = { x0, x1, y0, y1 } column 1 begins at x0 and row 1 at y0, and y grows upwards; with `x` and `y` they are the centres of columns and rows (or their edges,
--- one more), which need not be equally far apart. NaN cells are left blank. `bar` adds a colour bar, with a label if it is a string. `norm` = "log" or "symlog" (linear from
--- -linthresh to linthresh) spreads values over the map by their logarithms. aspect = "equal" makes the cells square. Rows x columns x 3 (or 4) are colours: red, green, blue (and
--- opacity), 0..1, or 0..255 in an array of integers.
---@return table data
function image.new(axes, ...)
  local x, y, matrix, given = grid.arguments("image", ...)
  local opt = options.check("image", given, image.known)
  local numbers, dimensions, rows, columns = options.numbers("image", "matrix", matrix)
  local _, _, channels = numbers:shape()
  local is_colour = dimensions == 3 and (channels == 3 or channels == 4)
  if dimensions == 1 then error(("image: a matrix expected, got %d numbers in one dimension"):format(rows), 0) end
  if dimensions > 2 and not is_colour then
    error(("image: a matrix, or rows x columns x 3 or 4, expected, got an array of shape %s"):format(table.concat({ numbers:shape() }, " x ")), 0)
  end
  if is_colour and (opt.bar or opt.map or opt.norm) then error(("image: colours have no %s"):format(opt.bar and "bar" or opt.map and "map" or "norm"), 0) end
  local data = { matrix = numbers, pad_x = 0, pad_y = 0, is_image = true }
  if is_colour then
    local is_bytes = array.is(matrix) and matrix:type():find "^int"
    data.lut, data.lo, data.hi = colour.map("image", "gray"), table.unpack(opt.range or { 0, is_bytes and 255 or 1 })
  else
    data.mapping = mapping.new("image", axes, opt, numbers)
  end
  if opt.origin and opt.origin ~= "top" and opt.origin ~= "bottom" then error(("image: origin is 'top' or 'bottom', not '%s'"):format(opt.origin), 0) end
  if opt.aspect and opt.aspect ~= "equal" and opt.aspect ~= "auto" then error(("image: aspect is 'equal' or 'auto', not '%s'"):format(opt.aspect), 0) end
  if x ~= nil then
    if opt.extent or opt.origin then error("image: extent and origin are for a matrix alone: x and y say where its cells lie", 0) end
    data.x_edges, data.y_edges = image.edges("image", "x", x, columns), image.edges("image", "y", y, rows)
    data.x0, data.x1, data.y0, data.y1 = data.x_edges[1], data.x_edges[columns + 1], data.y_edges[1], data.y_edges[rows + 1]
  elseif opt.extent then
    data.x0, data.x1, data.y0, data.y1 = four_numbers(opt.extent)
  else
    data.x0, data.x1, data.y0, data.y1 = 0.5, columns + 0.5, 0.5, rows + 0.5
    data.whole_x, data.whole_y = true, true
    if opt.origin ~= "bottom" then axes.y.down = true end
  end
  if opt.aspect == "equal" then axes.cell_ratio = math.abs((data.y1 - data.y0) / rows * columns / (data.x1 - data.x0)) end
  return data
end

function image.limits(data, axes)
  local x0, x1 = math.min(data.x0, data.x1), math.max(data.x0, data.x1)
  local y0, y1 = math.min(data.y0, data.y1), math.max(data.y0, data.y1)
  if axes.x.log and x0 <= 0 then x0, x1 = nil, nil end
  if axes.y.log and y0 <= 0 then y0, y1 = nil, nil end
  return x0, x1, y0, y1
end

function image.draw(axes, data)
  local matrix, lo, hi = data.matrix, data.lo, data.hi
  if data.mapping then matrix, lo, hi = mapping.scaled(data.mapping, matrix) end
  axes.canvas:image(canvas.numbers(matrix), data.lut or data.mapping.lut,
    { lo = lo, hi = hi, x0 = data.x0, x1 = data.x1, y0 = data.y0, y1 = data.y1, x_edges = data.x_edges, y_edges = data.y_edges })
end

return image
