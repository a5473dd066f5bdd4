--- Reading the arguments of plot methods: options with known names, and data as private float64 arrays.
--- Everything here raises plain text; `guard`, round the method that the user called, adds the place.

local base = require "lunapse.options"
local canvas = require "lunapse.core.canvas"

local options = { fail = base.fail, unknown = base.unknown, path = base.path, show = base.show }

--- Call f(...) and raise its error, without places inside the library, at the user's line.
---@generic T
---@param f fun(...): T
---@return T
function options.guard(f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local message = results[2]
  if type(message) ~= "string" then error(message, 0) end
  base.fail((message:gsub("^[^\n]-lunapse/[%w_/]+%.lua:%d+: ", "")))
end

--- True for a table that can only be meant as options: names, nothing at [1], no metatable.
---@param value any
---@return boolean
function options.is(value)
  return type(value) == "table" and getmetatable(value) == nil and rawlen(value) == 0 and next(value) ~= nil and value[1] == nil
end

-- What matplotlib calls them.
local elsewhere = { linewidth = "width", lw = "width", linestyle = "dash", ls = "dash", c = "color", colors = "color", facecolor = "color", cmap = "map", s = "size",
  markersize = "marker_size", ms = "marker_size", fmt = "marker", vmin = "range", vmax = "range", clim = "range", fontsize = "size", fontweight = "bold", ha = "align",
  va = "valign", rotation = "angle", figsize = "width", colorbar = "bar", histtype = "outline", drawstyle = "stair", where = "stair", orientation = "flat", vert = "flat",
  bottom = "base", baseline = "base", tick_label = "labels", elinewidth = "width", bbox_to_anchor = "place", ncol = "columns", nrows = "rows", ncols = "columns",
  sharex = "share_x", sharey = "share_y", width_ratios = "widths", height_ratios = "heights", showfliers = "outliers", whis = "whiskers", arrowprops = "arrow" }

--- Check names and types of an option table.
---@param where string  who asks, for the message: "line"
---@param given table?  nil gives an empty table
---@param known table<string, string>  name -> "number", "string", "boolean", "table", several with "|", or "any"
---@return table given
--- Errors: "line: unknown option 'colr', did you mean 'color'? (known: color, dash, ...)".
function options.check(where, given, known)
  if given == nil then return {} end
  if type(given) ~= "table" or base.is_object(given) then error(("%s: a table of options expected, got %s"):format(where, base.show(given)), 0) end
  for name, value in pairs(given) do
    local kinds = known[name]
    if not kinds then
      local names = {}
      for other in pairs(known) do names[#names + 1] = other end
      table.sort(names)
      local near = known[elsewhere[name]] and elsewhere[name] or base.nearest(tostring(name), names)
      error(("%s: unknown option '%s'%s (known: %s)"):format(where, tostring(name), near and (", did you mean '%s'?"):format(near) or "",
        table.concat(names, ", ")), 0)
    end
    local kind = type(value)
    local fits = kinds == "any"
    for one in kinds:gmatch "[^|]+" do fits = fits or one == kind end
    if not fits then error(("%s: option '%s' must be a %s, got a %s"):format(where, name, kinds:gsub("|", " or a "), kind), 0) end
  end
  return given
end

--- A whole number in low..high.
---@return integer
function options.whole(where, name, value, low, high)
  local whole = type(value) == "number" and math.tointeger(value)
  if whole and whole >= low and whole <= high then return whole end
  error(("%s: %s must be a whole number in %d..%d, got %s"):format(where, name, low, high, base.show(value)), 0)
end

--- A private copy of numbers, so that what is drawn later is what was given, even if it was a live array.
---@param where string
---@param what string  "x", "y", ...
---@param value any  array, table of numbers, table of rows, or one number
---@return Array numbers
---@return integer dimensions
---@return integer rows
---@return integer columns  1 of a vector
function options.numbers(where, what, value)
  if value == nil then error(("%s: no %s given"):format(where, what), 0) end
  local ok, copy, dimensions, rows, columns = pcall(canvas.numbers, value)
  if not ok then
    local why = tostring(copy):gsub("^[^:]-:%d+: ", ""):gsub("^bad argument #1 to '[^']*' ", "")
    error(("%s: %s: %s"):format(where, what, why), 0)
  end
  return copy, dimensions, rows, columns
end

--- The same for what must have one dimension (a matrix of one row or one column will do).
---@return Array numbers
---@return integer count
function options.vector(where, what, value)
  local copy, dimensions, rows, columns = options.numbers(where, what, value)
  if dimensions > 2 then
    error(("%s: %s must have one dimension, got an array of shape %s"):format(where, what, table.concat({ copy:shape() }, " x ")), 0)
  end
  if dimensions == 2 and rows > 1 and columns > 1 then
    error(("%s: %s must have one dimension, got a matrix of %d x %d (give one row of it)"):format(where, what, rows, columns), 0)
  end
  if dimensions == 2 then return copy:reshape(rows * columns), rows * columns end
  return copy, rows
end

--- Split the arguments (y), (x, y), (y, options), (x, y, options).
---@param where string
---@return any x  nil where not given
---@return any y
---@return table? given  options
function options.xy(where, ...)
  local n = select("#", ...)
  local a, b, c = ...
  if n > 3 then error(("%s: expected (y), (x, y) and a table of options, got %d arguments"):format(where, n), 0) end
  if c ~= nil then return a, b, c end
  if b == nil or options.is(b) then return nil, a, b end
  return a, b, nil
end

--- x and y of equal length; x is nil where not given.
---@return Array? x
---@return Array y
---@return integer count
function options.series(where, x, y)
  local ys, n = options.vector(where, "y", y)
  if x == nil then return nil, ys, n end
  local xs, n_x = options.vector(where, "x", x)
  if n_x ~= n then error(("%s: x has %d values, y has %d"):format(where, n_x, n), 0) end
  return xs, ys, n
end

return options
