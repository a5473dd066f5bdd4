--- Figures of shapes: the projection onto a plane, and the dendrogram, coloured by any values of the compartments.
local array = require "lunapse.core.array"
local axes_of = require "lunapse.plot.axes"
local options = require "lunapse.options"
local section = require "lunapse.network.section"

local Section = section.class

local DOTS = 500          -- along the longer side of the projection, and of the dendrogram
local THINNEST, THICKEST = 1.4, 14          -- points of 1/72 inch

local of_colour = { map = "string|table", range = "table", norm = "string", linthresh = "number", bar = "boolean|string", bar_ticks = "table" }

local function check(where, axes, opt, more)
  if getmetatable(axes) ~= axes_of then options.fail(("%s: axes such as fig[1] expected, got %s"):format(where, options.show(axes))) end
  local known = { values = "table|userdata", color = "string|number|table", thickness = "number" }
  for _, more_known in ipairs { of_colour, more or {} } do
    for name, kind in pairs(more_known) do known[name] = kind end
  end
  return options.check(where, opt or {}, known)
end

--- Values of the compartments as an array, nil where none were given.
local function values_of(where, shape, given)
  if given == nil then return nil end
  local values = array.from(given)
  if values:size() ~= shape.n then
    options.fail(("%s: a value for each of %d compartments expected, got %d: cables:cell(1).v has those of one cell"):format(where, shape.n, values:size()))
  end
  return values:flatten()
end

--- Dots in place of lines, since a line has one colour and one thickness.
local function draw(axes, dots, opt)
  local given = { size = dots.size, marker = "o" }
  if dots.values then
    for name in pairs(of_colour) do given[name] = opt[name] end
    given.values = dots.values
  else
    given.color = opt.color or "black"
  end
  axes:points(dots.x, dots.y, given)
end

local function new_dots(values) return { x = {}, y = {}, size = {}, values = values and {} or nil } end

local function add_dots(dots, x0, y0, x1, y1, n, size, value)
  for j = 0, n - 1 do
    local share, k = (j + 0.5) / n, #dots.x + 1
    dots.x[k], dots.y[k], dots.size[k] = x0 + share * (x1 - x0), y0 + share * (y1 - y0), size
    if value then dots.values[k] = value end
  end
end

local planes = { xy = { "x", "y" }, xz = { "x", "z" }, yz = { "y", "z" }, yx = { "y", "x" }, zx = { "z", "x" }, zy = { "z", "y" } }

--- The least and the greatest of lists.
local function extent(...)
  local low, high = math.huge, -math.huge
  for _, list in ipairs { ... } do
    for _, x in ipairs(list) do low, high = math.min(low, x), math.max(high, x) end
  end
  return high - low
end

--- Draw the shape as it is seen on a plane: `shape:plot(fig[1], { values = cables:cell(1).v, bar = "v (mV)" })`. `values` is one number for each compartment, which is its
--- colour, by the options of an image: map, range, norm, linthresh, bar, bar_ticks; else `color`. `thickness` scales what diameters look like (1). `plane` is "xy", "xz",
--- "yz" ("xy"). Axes are in um.
---@param axes lunapse.Axes
---@param opt? { values?: number[]|array, color?: any, plane?: string, thickness?: number, map?: any, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: number[] }
---@return lunapse.Axes
function Section:plot(axes, opt)
  local where = self:_title() .. ":plot"
  opt = check(where, axes, opt, { plane = "string" })
  local plane, shape = planes[opt.plane or "xy"], self:_description()
  if not plane then options.fail(("%s: %s"):format(where, options.unknown("plane", opt.plane, { "xy", "xz", "yz", "yx", "zx", "zy" }))) end
  local values, u, v = values_of(where, shape, opt.values), plane[1], plane[2]
  local size = math.max(extent(shape[u .. "0"], shape[u .. "1"]), extent(shape[v .. "0"], shape[v .. "1"]), 1e-9)
  local largest = 0
  for k = 1, shape.n do largest = math.max(largest, shape.diameter[k]) end
  local scale = (opt.thickness or 1) * math.min(THICKEST / largest, 300 / size)
  local dots = new_dots(values)
  for k = 1, shape.n do
    local points = { { shape[u .. "0"][k], shape[v .. "0"][k] }, { shape[u][k], shape[v][k] }, { shape[u .. "1"][k], shape[v .. "1"][k] } }
    for j = 1, 2 do
      local a, b = points[j], points[j + 1]
      local n = math.max(1, math.ceil(math.sqrt((b[1] - a[1]) ^ 2 + (b[2] - a[2]) ^ 2) / size * DOTS))
      add_dots(dots, a[1], a[2], b[1], b[2], n, math.max(THINNEST, scale * shape.diameter[k]), values and values[k])
    end
  end
  draw(axes, dots, opt)
  axes:aspect "equal"
  axes:xlabel(u .. " (um)")
  axes:ylabel(v .. " (um)")
  return axes
end

--- The row of each section in a dendrogram: an end has a row of its own, others lie in the middle of what is joined to them.
local function rows_of(shape)
  local children, row, n_ends = {}, {}, 0
  for k = 1, #shape.sections do children[k] = {} end
  for k = 2, #shape.sections do table.insert(children[shape.sections[k].parent], k) end
  for k = 1, #shape.sections do          -- sections stand in the order in which one walks round the tree
    if #children[k] == 0 then
      n_ends = n_ends + 1
      row[k] = n_ends
    end
  end
  for k = #shape.sections, 1, -1 do
    if not row[k] then row[k] = (row[children[k][1]] + row[children[k][#children[k]]]) / 2 end
  end
  return row, children
end

--- Draw the shape as a dendrogram: each section a horizontal line from its beginning to its end, along the way from the root in um. Options as of plot.
---@param axes lunapse.Axes
---@param opt? { values?: number[]|array, color?: any, thickness?: number, map?: any, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: number[] }
---@return lunapse.Axes
function Section:dendrogram(axes, opt)
  local where, shape = self:_title() .. ":dendrogram", self:_description()
  opt = check(where, axes, opt)
  local values, row, children = values_of(where, shape, opt.values), rows_of(shape)
  local size, dots = math.max(extent(shape.distance), 1e-9), new_dots(values)
  for s, own in ipairs(shape.sections) do
    local stop = 0
    for k = own.first, own.last do
      local half = math.min(shape.length[k] / 2, shape.distance[k])          -- a sphere at the root has no way to its middle
      add_dots(dots, shape.distance[k] - half, row[s], shape.distance[k] + half, row[s], math.max(1, math.ceil(shape.length[k] / size * DOTS)),
        math.max(THINNEST, (opt.thickness or 1) * 2.5), values and values[k])
      stop = shape.distance[k] + half
    end
    if #children[s] > 1 then axes:line({ stop, stop }, { row[children[s][1]], row[children[s][#children[s]]] }, { color = "gray", width = 0.6 }) end
  end
  draw(axes, dots, opt)
  axes:xlabel "distance (um)"
  axes:ticks("y", {})
  return axes
end

return section
