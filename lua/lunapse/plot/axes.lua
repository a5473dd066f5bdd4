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
---@field items table[]  what is drawn, in order: { kind, data }
---@field canvas lunapse.Canvas  while drawing
---@field frame table  the rectangle and limits, while drawing
local Axes = { __name = "lunapse.axes" }

-- Fields that may be absent; any other unknown name is a misspelt method.
local absent = { title_text = true, grid_lines = true, legend_options = true, legend_place = true, is_boxed = true, is_equal = true, bar = true,
  cell_ratio = true, canvas = true, frame = true }

local inner = { new = true, next_color = true, next_shade = true, last_color = true, range_x = true, range_y = true }

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
local kinds = { "line", "points", "raster", "histogram", "image", "bars", "band" }

--- Used by the figure.
---@param figure table
---@param place { row: integer, column: integer, row_span: integer, column_span: integer }
---@return lunapse.Axes
function Axes.new(figure, place)
  return setmetatable({ figure = figure, place = place, items = {}, x = scale.new "x", y = scale.new "y", n_colors = 0 }, Axes)
end

--- Make what is drawn, with the look of the figure, and keep it.
local function add(self, kind, ...)
  for _, data in ipairs { options.guard(style.with, self.figure.look, kind.new, self, ...) } do self.items[#self.items + 1] = { kind = kind, data = data } end
  return self
end

for _, name in ipairs(kinds) do
  local kind = require("lunapse.plot.kinds." .. name)
  Axes[name] = function(self, ...) return add(self, kind, ...) end
end

local rule, note = require "lunapse.plot.kinds.rule", require "lunapse.plot.kinds.note"
for _, name in ipairs { "hline", "vline", "hspan", "vspan" } do
  Axes[name] = function(self, ...) return add(self, rule, name, ...) end
end

--- Write text at a place of the data.
function Axes:text(...) return add(self, note, ...) end

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

local places = { best = true, outside = true, ["top right"] = true, ["top left"] = true, ["bottom left"] = true, ["bottom right"] = true,
  top = true, bottom = true, left = true, right = true }

--- Where the legend stands: "best" (the emptiest place, the default), "top right", "top left", "bottom right", "bottom left", "top", "bottom",
--- "left", "right", "outside" (right of the axes); false: none. There is one as soon as something has a label.
---@param place? string|false
---@param opt? { columns?: integer, title?: string }
---@return lunapse.Axes
function Axes:legend(place, opt)
  if place == nil then place = "best" end
  if place ~= false and not places[place] then
    options.fail(("legend: unknown place '%s' (known: best, outside, top, bottom, left, right, top right, top left, bottom right, bottom left)")
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
  if kind ~= "equal" and kind ~= "auto" then options.fail(("aspect: expected 'equal' or 'auto', got %s"):format(tostring(kind))) end
  self.is_equal = kind == "equal"
  return self
end

-- ---- what plot kinds ask ----------------------------------------------------------------------------------------

--- The colour of the next series: the palette in turn, unless the user gave one.
---@param given any  the user's choice; then the turn does not advance
---@param first? integer  for the first series without a choice
---@return integer
---@return integer turn  how often the palette was gone through before, so that dash or shape can tell the series apart
function Axes:next_color(given, first)
  local value, turn = colour.palette[self.n_colors % #colour.palette + 1], self.n_colors // #colour.palette
  if given ~= nil then return value, 0 end
  if first and self.n_colors == 0 then value = first end
  self.n_colors = self.n_colors + 1
  return value, turn
end

--- The same for what is filled: lighter and darker colours where the palette has run out.
---@param given any
---@return integer
function Axes:next_shade(given) return colour.shade(self:next_color(given)) end

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
