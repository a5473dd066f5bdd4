--- One pair of axes: what is drawn in it, its limits, scales, ticks, labels. Made by a figure; every method returns the axes, so that calls
--- chain: fig[1]:line(y):title "Firing rate":xlabel "time (ms)".

local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local scale = require "lunapse.plot.scale"
local style = require "lunapse.plot.style"

--- One pair of axes; every method returns it, so that calls chain.
---@class lunapse.Axes
---@field line fun(self: lunapse.Axes, ...): lunapse.Axes  (y), (x, y), each with options: plot/kinds/line.lua
---@field points fun(self: lunapse.Axes, ...): lunapse.Axes  (y), (x, y): plot/kinds/points.lua
---@field raster fun(self: lunapse.Axes, ...): lunapse.Axes  (recording), (t, neuron): plot/kinds/raster.lua
---@field histogram fun(self: lunapse.Axes, values: ArrayLike, opt?: table): lunapse.Axes
---@field image fun(self: lunapse.Axes, matrix: ArrayLike, opt?: table): lunapse.Axes
---@field bars fun(self: lunapse.Axes, ...): lunapse.Axes  (heights), (x, heights): plot/kinds/bars.lua
---@field band fun(self: lunapse.Axes, x: ArrayLike?, low: ArrayLike, high: ArrayLike, opt?: table): lunapse.Axes
---@field hline fun(self: lunapse.Axes, y: number, opt?: table): lunapse.Axes
---@field vline fun(self: lunapse.Axes, x: number, opt?: table): lunapse.Axes
---@field hspan fun(self: lunapse.Axes, from: number, to: number, opt?: table): lunapse.Axes
---@field vspan fun(self: lunapse.Axes, from: number, to: number, opt?: table): lunapse.Axes
---@field x table  scale of the x axis (lunapse.plot.scale)
---@field y table
---@field area fun(self: lunapse.Axes, ...): lunapse.Axes  (y), (x, y): plot/kinds/band.lua
---@field hist2d fun(self: lunapse.Axes, x: ArrayLike, y: ArrayLike, opt?: table): lunapse.Axes
---@field contour fun(self: lunapse.Axes, ...): lunapse.Axes  (z), (x, y, z): plot/kinds/contour.lua
---@field contourf fun(self: lunapse.Axes, ...): lunapse.Axes
---@field quiver fun(self: lunapse.Axes, x: ArrayLike, y: ArrayLike, u: ArrayLike, v: ArrayLike, opt?: table): lunapse.Axes
---@field streamplot fun(self: lunapse.Axes, x: ArrayLike?, y: ArrayLike?, u: ArrayLike, v: ArrayLike, opt?: table): lunapse.Axes
---@field boxplot fun(self: lunapse.Axes, values: any, opt?: table): lunapse.Axes  plot/kinds/spread.lua
---@field violinplot fun(self: lunapse.Axes, values: any, opt?: table): lunapse.Axes
---@field items table[]  what is drawn, in order: { kind, data }
---@field canvas lunapse.Canvas  while drawing
---@field frame table  the rectangle and limits, while drawing
local Axes = { __name = "lunapse.axes" }

-- Fields that may be absent; any other unknown name is a misspelt method.
local absent = { title_text = true, grid_lines = true, legend_options = true, legend_place = true, is_boxed = true, is_equal = true, bar = true,
  cell_ratio = true, canvas = true, frame = true, twin_of = true, inset_of = true, twin_along = true, is_polar = true,
  own_letter = true }

local inner = { new = true, next_color = true, last_color = true, range_x = true, range_y = true }

--- The methods that draw or set something, for the prompt's completion.
---@return string[]
function Axes.__complete()
  local methods = {}
  for known in pairs(Axes) do
    if not known:find "^_" and not inner[known] then methods[#methods + 1] = known end
  end
  table.sort(methods)
  return methods
end

function Axes.__index(_, name)
  local method = rawget(Axes, name)
  if method ~= nil or absent[name] or type(name) ~= "string" or name:find "^_" then return method end
  local methods = Axes.__complete()
  return options.fail("axes: " .. options.unknown("method", name, methods))
end

--- Plot kinds: a name is a method of the axes and a file that gives new, limits, draw and key.
local kinds = { "line", "points", "raster", "histogram", "image", "bars", "hist2d", "quiver", "streamplot" }

--- Those that several methods share: the method's name is the first argument of new.
local families = { band = { "band", "area" }, contour = { "contour", "contourf" }, spread = { "boxplot", "violinplot" }, rule = { "hline", "vline", "hspan", "vspan" },
  note = { "text", "arrow" } }

--- Used by the figure.
---@param figure table
---@param place { row: integer, column: integer, row_span: integer, column_span: integer }
---@return lunapse.Axes
function Axes.new(figure, place)
  return setmetatable({ figure = figure, place = place, items = {}, mappings = {}, children = {}, x = scale.new "x", y = scale.new "y", colors = { n = 0 } }, Axes)
end

--- Make what is drawn, with the look of the figure, and keep it.
local function add(self, kind, ...)
  if self.is_polar and not kind.is_polar then options.fail "polar axes have lines, points, bars, histograms, bands and areas" end
  for _, data in ipairs { options.guard(style.with, self.figure.look, kind.new, self, ...) } do self.items[#self.items + 1] = { kind = kind, data = data } end
  return self
end

for _, name in ipairs(kinds) do
  local kind = require("lunapse.plot.kinds." .. name)
  Axes[name] = function(self, ...) return add(self, kind, ...) end
end

for file, names in pairs(families) do
  local kind = require("lunapse.plot.kinds." .. file)
  for _, name in ipairs(names) do
    Axes[name] = function(self, ...) return add(self, kind, name, ...) end
  end
end

local rule = require "lunapse.plot.kinds.rule"

-- ---- axes upon axes ---------------------------------------------------------------------------------------------

-- Axes that belong to these, drawn after them.
local function child(self, fields)
  if self.twin_of or self.inset_of then options.fail "twin and inset axes have none of their own" end
  local axes = Axes.new(self.figure, self.place)
  for name, value in pairs(fields) do axes[name] = value end
  self.children[#self.children + 1] = axes
  return axes
end

--- Axes over these with the same x axis and a y axis of their own on the right; series go on with the next colour, and the legend is one.
---@return lunapse.Axes twin
function Axes:twinx() return child(self, { twin_of = self, twin_along = "x", x = self.x, colors = self.colors }) end

--- Axes over these with the same y axis and an x axis of their own at the top.
---@return lunapse.Axes twin
function Axes:twiny() return child(self, { twin_of = self, twin_along = "y", y = self.y, colors = self.colors }) end

--- Small axes within these: { left, bottom, width, height } in parts of their width and height.
---@param rect number[]  { 0.6, 0.6, 0.35, 0.35 }: above, on the right
---@return lunapse.Axes inset
function Axes:inset(rect)
  local is_good = type(rect) == "table" and #rect == 4
  for k = 1, is_good and 4 or 0 do is_good = is_good and type(rect[k]) == "number" and math.abs(rect[k]) < 10 and (k < 3 or rect[k] > 0) end
  if not is_good then options.fail "inset: expected { left, bottom, width, height } in parts of the axes" end
  return child(self, { inset_of = self, rect = table.move(rect, 1, 4, 1, {}) })
end

--- Turn the axes into polar ones: x is the angle (radians, counter-clockwise from the right), y the distance from the centre, from 0. For lines, points, bars, histograms, bands
--- and areas.
---@return lunapse.Axes
function Axes:polar()
  if self.twin_of or #self.children > 0 then options.fail "polar: twin axes are not polar, and polar axes have no twins" end
  for _, item in ipairs(self.items) do
    if not item.kind.is_polar then options.fail "polar axes have lines, points, bars, histograms, bands and areas" end
  end
  self.is_polar = true
  return self
end

-- ---- words ------------------------------------------------------------------------------------------------------

local function word(name, value)
  if type(value) ~= "string" and type(value) ~= "number" then options.fail(("%s: a string expected, got %s"):format(name, type(value))) end
  return tostring(value)
end

--- Title above the axes. "x^{2}" and "x_{i}" raise and lower, a newline breaks the line.
---@param s string
---@return lunapse.Axes
function Axes:title(s)
  self.title_text = word("title", s)
  return self
end

--- A letter of these axes' own beside them, or none (false), whatever `letters` of the figure says; the others are counted without these.
---@param s string|false
---@return lunapse.Axes
function Axes:letter(s)
  self.own_letter = s ~= false and word("letter", s)
  return self
end

--- Label of the x axis, with its unit: "time (ms)".
---@param s string
---@return lunapse.Axes
function Axes:xlabel(s)
  self.x.label = word("xlabel", s)
  return self
end

--- Label of the y axis.
---@param s string
---@return lunapse.Axes
function Axes:ylabel(s)
  self.y.label = word("ylabel", s)
  return self
end

-- ---- scales -----------------------------------------------------------------------------------------------------

--- Limits of the x axis; nil leaves that end to the data; xlim(10, 0) turns the axis round. Called without arguments: back to automatic.
---@param from number?
---@param to number?
---@return lunapse.Axes
function Axes:xlim(from, to)
  options.guard(scale.set_limits, self.x, "xlim", from, to)
  return self
end

--- Limits of the y axis, likewise.
---@param from number?
---@param to number?
---@return lunapse.Axes
function Axes:ylim(from, to)
  options.guard(scale.set_limits, self.y, "ylim", from, to)
  return self
end

--- Make an axis logarithmic: "x", "y" or "xy". What is not positive has no place there and is left out.
---@param which string
---@return lunapse.Axes
function Axes:log(which)
  if which ~= "x" and which ~= "y" and which ~= "xy" then options.fail(("log: expected 'x', 'y' or 'xy', got %s"):format(options.show(which))) end
  for letter in which:gmatch "." do options.guard(scale.set_log, self[letter]) end
  return self
end

--- Make an axis logarithmic on both sides of 0 ("x", "y" or "xy"), and linear from -linthresh to linthresh, which takes as much room as a decade.
---@param which string
---@param linthresh number
---@return lunapse.Axes
function Axes:symlog(which, linthresh)
  if which ~= "x" and which ~= "y" and which ~= "xy" then options.fail(("symlog: expected 'x', 'y' or 'xy', got %s"):format(options.show(which))) end
  for letter in which:gmatch "." do options.guard(scale.set_symlog, self[letter], "symlog", linthresh) end
  return self
end

--- Ticks at given places, with given labels (default: the numbers). An empty list: no ticks. nil: automatic again.
---@param which "x"|"y"
---@param values number[]?
---@param labels? string[]
---@return lunapse.Axes
function Axes:ticks(which, values, labels)
  if which ~= "x" and which ~= "y" then options.fail(("ticks: expected 'x' or 'y', got %s"):format(options.show(which))) end
  options.guard(scale.set_ticks, self[which], values, labels)
  return self
end

--- Lines across the axes at the ticks: grid(), grid "x", grid "y", grid(false).
---@param which? boolean|string
---@return lunapse.Axes
function Axes:grid(which)
  if which == nil or which == true then which = "xy" end
  if which ~= false and which ~= "x" and which ~= "y" and which ~= "xy" then
    options.fail(("grid: expected 'x', 'y' or 'xy', got %s"):format(options.show(which)))
  end
  self.grid_lines = which
  return self
end

local places = { best = true, outside = true, above = true, ["top right"] = true, ["top left"] = true, ["bottom left"] = true, ["bottom right"] = true,
  top = true, bottom = true, left = true, right = true }

--- Where the legend stands: "best" (the emptiest place; outside or above where the axes are full; the default), "top right", "top left", "bottom right", "bottom left", "top",
--- "bottom", "left", "right", "outside" (right of the axes), "above" (between axes and title); false: none. There is one as soon as something has a label.
---@param place? string|false
---@param opt? { columns?: integer, title?: string }
---@return lunapse.Axes
function Axes:legend(place, opt)
  if place == nil then place = "best" end
  if place ~= false and not places[place] then
    options.fail(("legend: unknown place '%s' (known: best, outside, above, top, bottom, left, right, top right, top left, bottom right, bottom left)")
      :format(tostring(place)))
  end
  self.legend_options = options.guard(options.check, "legend", opt, { columns = "number", title = "string" })
  self.legend_place = place
  return self
end

--- Draw all four sides of the frame (true), or the left and lower one only (false). Images have four, the rest two.
---@param whole? boolean
---@return lunapse.Axes
function Axes:box(whole)
  self.is_boxed = whole ~= false
  return self
end

--- "equal": a unit is as long on x as on y; "auto": the axes fill their place.
---@param kind "equal"|"auto"
---@return lunapse.Axes
function Axes:aspect(kind)
  if kind ~= "equal" and kind ~= "auto" then options.fail(("aspect: expected 'equal' or 'auto', got %s"):format(options.show(kind))) end
  self.is_equal = kind == "equal"
  return self
end

-- ---- what plot kinds ask ----------------------------------------------------------------------------------------

--- The colour of the next series: the palette in turn, then lighter and darker, unless the user gave one.
---@param given any  the user's choice; then the turn does not advance
---@param first? integer  for the first series without a choice
---@return integer
---@return integer turn  how often the palette was gone through before, so that dash or shape can tell the series apart
function Axes:next_color(given, first)
  local n = self.colors.n
  local value, turn = colour.palette[n % #colour.palette + 1], n // #colour.palette
  if given ~= nil then return value, 0 end
  if first and n == 0 then value = first end
  self.colors.n = n + 1
  return colour.shade(value, turn), turn
end

--- The colour of the series drawn last; that of the first where there is none.
---@return integer
function Axes:last_color()
  for k = #self.items, 1, -1 do
    local color = self.items[k].data.color
    if color and self.items[k].kind ~= rule then return color | 0xff end
  end
  return colour.palette[1]
end

local function range(values, n, is_log)
  if values then return canvas.range(values, is_log) end
  if n > 0 then return 1, n end
end

--- The range of finite data on this axis (of positive ones on a log axis); of 1..n where `values` is nil; nothing where there are none.
---@return number? lo
---@return number? hi
function Axes:range_x(values, n) return range(values, n, self.x.log) end

---@return number? lo
---@return number? hi
function Axes:range_y(values, n) return range(values, n, self.y.log) end

function Axes:__tostring()
  return ("axes (row %d, column %d, %d item%s)"):format(self.place.row, self.place.column, #self.items, #self.items == 1 and "" or "s")
end

return Axes
