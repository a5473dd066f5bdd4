--- Images of matrices: fig[1]:image(w, { map = "hot", range = { 0, 1 }, extent = { 0, 1000, 1, 100 }, bar = "weight", aspect = "equal" }).

local array = require "lunapse.core.array"
local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"

local image = {}

image.known = { map = "string", range = "table", extent = "table", bar = "boolean|string", origin = "string", aspect = "string", bar_ticks = "table" }

local function four_numbers(given)
  for k = 1, 4 do
    if type(given[k]) ~= "number" or given[k] ~= given[k] or math.abs(given[k]) == math.huge then
      error("image: extent must be { x0, x1, y0, y1 }", 0)
    end
  end
  if given[1] == given[2] or given[3] == given[4] then error("image: extent has no area", 0) end
  return given[1], given[2], given[3], given[4]
end

local function value_range(numbers, given)
  local lo, hi
  if given then
    lo, hi = given[1], given[2]
    if type(lo) ~= "number" or type(hi) ~= "number" or hi ~= hi or lo ~= lo or hi <= lo then error("image: range must be { low, high }", 0) end
    return lo, hi
  end
  lo, hi = canvas.range(numbers)
  if not lo then return 0, 1 end
  if lo == hi then
    local reach = lo == 0 and 0.5 or math.abs(lo) * 0.05
    return lo - reach, hi + reach
  end
  return lo, hi
end

--- Make the data of an image. Without `extent` rows and columns count from 1 and row 1 is at the top (origin = "bottom": at the bottom);
--- with `extent` = { x0, x1, y0, y1 } column 1 begins at x0 and row 1 at y0, and y grows upwards. NaN cells are left blank. `bar` adds a colour
--- bar, with a label if it is a string. aspect = "equal" makes the cells square. Rows x columns x 3 (or 4) are colours: red, green, blue (and
--- opacity), 0..1, or 0..255 in an array of integers.
---@return table data
function image.new(axes, matrix, given)
  local opt = options.check("image", given, image.known)
  local numbers, dimensions, rows, columns = options.numbers("image", "matrix", matrix)
  local _, _, channels = numbers:shape()
  local is_colour = dimensions == 3 and (channels == 3 or channels == 4)
  if dimensions == 1 then error(("image: a matrix expected, got %d numbers in one dimension"):format(rows), 0) end
  if dimensions > 2 and not is_colour then
    error(("image: a matrix, or rows x columns x 3 or 4, expected, got an array of shape %s"):format(table.concat({ numbers:shape() }, " x ")), 0)
  end
  if is_colour and (opt.bar or opt.map) then error(("image: colours have no %s"):format(opt.bar and "bar" or "map"), 0) end
  local data = { matrix = numbers, pad_x = 0, pad_y = 0, is_image = true }
  data.lut = colour.map("image", opt.map or "viridis")
  local is_bytes = array.is(matrix) and matrix:type():find "^int"
  data.lo, data.hi = value_range(numbers, opt.range or (is_colour and { 0, is_bytes and 255 or 1 }))
  if opt.origin and opt.origin ~= "top" and opt.origin ~= "bottom" then error(("image: origin is 'top' or 'bottom', not '%s'"):format(opt.origin), 0) end
  if opt.aspect and opt.aspect ~= "equal" and opt.aspect ~= "auto" then error(("image: aspect is 'equal' or 'auto', not '%s'"):format(opt.aspect), 0) end
  if opt.extent then
    data.x0, data.x1, data.y0, data.y1 = four_numbers(opt.extent)
  else
    data.x0, data.x1, data.y0, data.y1 = 0.5, columns + 0.5, 0.5, rows + 0.5
    data.whole_x, data.whole_y = true, true
    if opt.origin ~= "bottom" then axes.y.down = true end
  end
  if opt.aspect == "equal" then axes.cell_ratio = math.abs((data.y1 - data.y0) / rows * columns / (data.x1 - data.x0)) end
  if opt.bar then axes.bar = { data = data, label = type(opt.bar) == "string" and opt.bar or nil, values = opt.bar_ticks } end
  return data
end

function image.limits(data, axes)
  local x0, x1 = math.min(data.x0, data.x1), math.max(data.x0, data.x1)
  local y0, y1 = math.min(data.y0, data.y1), math.max(data.y0, data.y1)
  if axes.x.log and x0 <= 0 then x0, x1 = nil, nil end
  if axes.y.log and y0 <= 0 then y0, y1 = nil, nil end
  return x0, x1, y0, y1
end

function image.draw(axes, data) axes.canvas:image(data.matrix, data.lut, data) end

return image
