--- Values over a grid, as contours and fields take them: (z), (x, y, z), with options.

local options = require "lunapse.plot.arguments"

local grid = {}

--- The arguments (z), (z, options), (x, y, z), (x, y, z, options).
---@param where string
---@return any x  nil where not given
---@return any y
---@return any z
---@return table? given  options
function grid.arguments(where, ...)
  local a, b, c, d = ...
  if c == nil then return nil, nil, a, b end
  if options.is(c) then error(("%s: expected a matrix, or x, y and a matrix"):format(where), 0) end
  return a, b, c, d
end

local function ascending(where, name, given, n)
  local values, count = options.vector(where, name, given)
  if count ~= n then error(("%s: %s has %d values, there are %d"):format(where, name, count, n), 0) end
  local list = {}
  for k = 1, n do
    list[k] = values[k]
    if not (k == 1 or list[k] > list[k - 1]) then error(("%s: %s must ascend"):format(where, name), 0) end
  end
  return list
end

--- A matrix of values as a private copy; of one that is too small or has no rows and columns an error.
---@param where string
---@param name string
---@param given ArrayLike
---@return Array values
---@return integer rows
---@return integer columns
function grid.matrix(where, name, given)
  local values, dimensions, rows, columns = options.numbers(where, name, given)
  if dimensions ~= 2 or rows < 2 or columns < 2 then error(("%s: %s must be a matrix of at least 2 x 2"):format(where, name), 0) end
  return values, rows, columns
end

--- Places of columns and rows, 1, 2, ... unless given.
---@return number[] xs
---@return number[] ys
function grid.places(where, x, y, rows, columns)
  local function count(n)
    local list = {}
    for k = 1, n do list[k] = k end
    return list
  end
  return x == nil and count(columns) or ascending(where, "x", x, columns), y == nil and count(rows) or ascending(where, "y", y, rows)
end

return grid
