--- Figures: a grid of axes, saved as PNG, SVG or PDF by the file's name.
---
---     local fig = lp.figure { rows = 2, width = 6, height = 5, title = "One neuron" }
---     fig[1]:line(t, v):ylabel "v (mV)"
---     fig[2]:raster(spikes):xlabel "time (ms)":ylabel "neuron"
---     fig:save "neuron.png"
---
--- What is drawn is a copy of the data at the time of the call. Nothing reaches a file before save.
--- This folder (plot) has figures, on the public API alone.

local canvas = require "lunapse.core.canvas"
local Axes = require "lunapse.plot.axes"
local layout = require "lunapse.plot.layout"
local options = require "lunapse.plot.arguments"
local provenance = require "lunapse.tell.provenance"
local paint = require "lunapse.plot.paint"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"

local figure = {}

--- A figure: a grid of axes. `fig[1]` is the first of them, `fig[{ 2, 1 }]` the one in row 2 and column 1.
---@class lunapse.Figure
---@field rows integer
---@field columns integer
local Figure = { __name = "lunapse.figure" }

local known = { rows = "number", columns = "number", width = "number|string", height = "number|string", dpi = "number", title = "string",
  share_x = "boolean|string", share_y = "boolean|string", widths = "table", heights = "table", info = "table", transparent = "boolean",
  style = "string|table", font_size = "number", letters = "boolean|string" }

local MOST = 1000              -- rows and columns

local function ratios(name, list, n)
  if list == nil then return nil end
  if #list ~= n then error(("figure: %s has %d entries, there are %d"):format(name, #list, n), 0) end
  for _, part in ipairs(list) do
    if type(part) ~= "number" or not (part > 0 and part < math.huge) then error(("figure: %s must be positive numbers"):format(name), 0) end
  end
  return list
end

local units = { mm = 1 / 25.4, cm = 1 / 2.54, ["in"] = 1, pt = 1 / 72 }

--- A length in inches: a number, or words like "180 mm".
local function inches(name, given)
  if type(given) ~= "string" then return given end
  local number, unit = given:match "^%s*([%d.]+)%s*(%a+)%s*$"
  if not tonumber(number) or not units[unit] then error(("figure: %s is a number of inches, or a length like '180 mm' (mm, cm, in, pt), not '%s'"):format(name, given), 0) end
  return tonumber(number) * units[unit]
end

local function share(name, given, along)
  if not given then return nil end
  if given ~= true and given ~= "all" and given ~= along then
    error(("figure: %s is true, 'all' or '%s', not '%s'"):format(name, along, tostring(given)), 0)
  end
  return given == along and along or "all"
end

local function make(given)
  local opt = options.check("figure", given, known)
  local self = { axes_list = {}, grid = {}, info = opt.info or {}, title_text = opt.title, is_transparent = opt.transparent }
  self.rows, self.columns = options.whole("figure", "rows", opt.rows or 1, 1, MOST), options.whole("figure", "columns", opt.columns or 1, 1, MOST)
  self.look = style.look(opt.style, opt.font_size)
  local size = self.look.figure
  self.width = inches("width", opt.width) or size and size.width[math.min(self.columns, 2)] or math.min(16, 1.6 + 4.8 * self.columns)
  self.height = inches("height", opt.height) or size and math.min(size.row_height * (self.rows == 1 and 1 or 0.2 + 0.7 * self.rows), 3 * size.width[1])
    or math.min(16, 1.2 + (self.rows == 1 and 3 or 2.4 * self.rows))
  self.dpi = opt.dpi or size and size.dpi
  for _, name in ipairs { "width", "height", "dpi" } do
    local value = self[name]
    if value and not (value > 0 and value < math.huge) then error(("figure: %s must be positive, got %s"):format(name, options.show(value)), 0) end
  end
  if opt.letters and opt.letters ~= true and opt.letters ~= "A" and opt.letters ~= "a" then
    error(("figure: letters is true, 'A' or 'a', not '%s'"):format(opt.letters), 0)
  end
  self.letters = opt.letters
  self.share_x, self.share_y = share("share_x", opt.share_x, "column"), share("share_y", opt.share_y, "row")
  self.widths, self.heights = ratios("widths", opt.widths, self.columns), ratios("heights", opt.heights, self.rows)
  return setmetatable(self, Figure)
end

---@class lunapse.FigureOptions
---@field rows? integer
---@field columns? integer
---@field width? number|string
---@field height? number|string
---@field dpi? number
---@field title? string
---@field share_x? boolean|string
---@field share_y? boolean|string
---@field widths? number[]
---@field heights? number[]
---@field info? table
---@field transparent? boolean
---@field style? string|table
---@field font_size? number
---@field letters? boolean|string

--- Make an empty figure. Sizes in inches, or with their unit: "180 mm"; `dpi` (default 100) pixels an inch: 200 or 300 for print. `share_x` = true gives all axes one x scale
--- ("column": those of a column), `share_y` likewise ("row"), and inner tick labels are left out. `widths`, `heights`: ratios of columns and rows.
--- `info`: names and values written into the file, { seed = 1 }; program, version, script, seeds and date are written anyway. `style`: "paper" (columns of a journal, 300
--- pixels an inch), "talk", "dark", or a table of fields of lunapse.plot.style, perhaps with such names before them: { "paper", line_width = 1, palette = { "black", "red" } };
--- `font_size`: points, of axis labels; all other letters follow. `letters` = true puts A, B, ... beside the axes ("a": a, b, ...), in reading order; axes:letter
--- says otherwise for one of them.
---@param given? lunapse.FigureOptions
---@return lunapse.Figure
--- Errors: "figure: unknown option 'row', did you mean 'rows'? (known: ...)".
function figure.new(given)
  return (options.guard(make, given))
end

-- ---- axes -------------------------------------------------------------------------------------------------------

local function at_place(self, row, column, row_span, column_span)
  for name, value in pairs { row = row, column = column } do
    local n = name == "row" and self.rows or self.columns
    if math.type(value) ~= "integer" or value < 1 or value > n then
      options.fail(("the figure has %d row%s and %d column%s: there is no %s %s"):format(self.rows, self.rows == 1 and "" or "s", self.columns,
        self.columns == 1 and "" or "s", name, tostring(value)))
    end
  end
  local key = (row - 1) * self.columns + column
  if not self.grid[key] then
    local axes = Axes.new(self, { row = row, column = column, row_span = row_span, column_span = column_span })
    self.grid[key] = axes
    self.axes_list[#self.axes_list + 1] = axes
  end
  return self.grid[key]
end

--- The axes in a row and column, made at the first call; `span` lets it reach over several.
---@param row integer
---@param column? integer  default 1
---@param span? { rows?: integer, columns?: integer }
---@return lunapse.Axes
function Figure:axes(row, column, span)
  local opt = options.guard(options.check, "axes", span, { rows = "number", columns = "number" })
  row, column = math.tointeger(row) or row, math.tointeger(column or 1) or column
  local rows, columns = math.tointeger(opt.rows or 1), math.tointeger(opt.columns or 1)
  if not rows or not columns or rows < 1 or columns < 1 then options.fail "axes: spans are whole numbers from 1" end
  local axes = at_place(self, row, column, rows, columns)
  if row + rows - 1 > self.rows or column + columns - 1 > self.columns then options.fail "axes: the span reaches beyond the figure" end
  if span then axes.place.row_span, axes.place.column_span = rows, columns end
  return axes
end

--- All axes that were used, in the order in which they were first asked for.
---@return lunapse.Axes[]
function Figure:used() return self.axes_list end

local fields = { title_text = true, look = true, share_x = true, share_y = true, widths = true, heights = true, dpi = true, is_transparent = true, letters = true,
  shared_legend = true, shared_bar = true }

--- The methods, for the prompt's completion.
---@return string[]
function Figure.__complete() return { "axes", "bar", "draw", "legend", "save", "show", "title", "used" } end

-- fig[2]: the second axes in reading order; fig[{ 1, 2 }]: row 1, column 2.
function Figure.__index(self, key)
  local index = math.tointeger(key)
  if type(key) == "number" and index then
    if index < 1 or index > self.rows * self.columns then
      options.fail(("the figure has %d axes: there is no number %d"):format(self.rows * self.columns, index))
    end
    return at_place(self, (index - 1) // self.columns + 1, (index - 1) % self.columns + 1, 1, 1)
  end
  if type(key) == "table" then return at_place(self, key[1], key[2] or 1, 1, 1) end
  local method = rawget(Figure, key)
  if method ~= nil or fields[key] or type(key) ~= "string" or key:find "^_" then return method end
  return options.fail(("figure: %s; what draws is a method of its axes: fig[1]:line(y)")
    :format(options.unknown("method", key, Figure.__complete())))
end

--- Title of the whole figure.
---@param s string
---@return lunapse.Figure
function Figure:title(s)
  if type(s) ~= "string" then options.fail(("title: a string expected, got %s"):format(type(s))) end
  self.title_text = s
  return self
end

local sides = { bottom = true, top = true, right = true }

--- One legend for all axes, in place of their own: "bottom" (unless said), "top" or "right" of them. What has the same label stands in it once. false: each axes has its own again.
---@param place? "bottom"|"top"|"right"|false
---@param opt? { columns?: integer, title?: string }
---@return lunapse.Figure
function Figure:legend(place, opt)
  if place == nil then place = "bottom" end
  if place ~= false and not sides[place] then options.fail("figure legend: " .. options.unknown("place", place, { "bottom", "top", "right" })) end
  opt = options.guard(options.check, "legend", opt, { columns = "number", title = "string" })
  self.shared_legend = place and { place = place, columns = opt.columns, title = opt.title } or nil
  return self
end

--- One colour bar for all axes, on their right, in place of their own: all that is coloured by value and was given no range gets the same, from the least value to the greatest.
---@param label? string
---@param ticks? number[]
---@return lunapse.Figure
function Figure:bar(label, ticks)
  if label ~= nil and type(label) ~= "string" then options.fail(("bar: a label expected, got %s"):format(options.show(label))) end
  self.shared_bar = { label = label, values = ticks }
  return self
end

-- ---- drawing ----------------------------------------------------------------------------------------------------

local function draw_page(self, opt)
  local dpi = opt.dpi or self.dpi or (opt.format == "png" and 100 or 300)
  local page = { format = opt.format, width = 72 * self.width, height = 72 * self.height, dpi = dpi, family = style.font,
    background = (opt.transparent or self.is_transparent) and 0 or style.paper }
  local on = canvas.open(page)
  local plans, outer = layout.plan(self, on)
  for _, plan in ipairs(plans) do paint.axes(on, plan) end
  paint.outer(on, self, outer)
  return on
end

local function draw(self, opt) return style.with(self.look, draw_page, self, opt) end

local draw_options = { format = "string", dpi = "number", transparent = "boolean" }

--- Show the figure in the terminal: as a picture in kitty, iTerm2 and terminals with sixel, in half blocks of colour elsewhere. LUNAPSE_GRAPHICS
--- (kitty, iterm2, sixel, blocks) and `protocol` say it outright; `columns` is the width of half blocks in characters. In a notebook it stands below the
--- cell, as a picture or, with `format = "svg"`, as lines.
---@param opt? { protocol?: string, columns?: integer, dpi?: number, format?: "png"|"svg" }
---@return lunapse.Figure
function Figure:show(opt)
  require("lunapse.plot.show").show(self, opt)
  return self
end

--- Draw on a fresh canvas, to look at pixels without a file.
---@param opt? { format?: "png"|"svg"|"pdf", dpi?: number, transparent?: boolean }
---@return lunapse.Canvas
function Figure:draw(opt)
  return (options.guard(function()
    options.check("draw", opt, draw_options)
    return draw(self, { format = opt and opt.format or "png", dpi = opt and opt.dpi, transparent = opt and opt.transparent })
  end))
end

-- What is written into the file: title, program, script, seeds, and what the user gave, in the order of the names.
local function notes(self, info)
  local title, list, given = self.title_text, {}, {}
  for _, axes in ipairs(self.axes_list) do title = title or axes.title_text end
  for name, value in pairs(self.info) do given[tostring(name)] = tostring(value) end
  for name, value in pairs(info or {}) do given[tostring(name)] = tostring(value) end
  local script = rawget(_G, "arg") and _G.arg[0]
  if script and not given.script then given.script = script end
  if not given.seed then given.seed = provenance.seed() end
  given.Title = given.Title or title and text.plain(title)
  given.Software = given.Software or canvas.software
  for name, value in pairs(given) do list[#list + 1] = { name, value } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local save_options = { dpi = "number", transparent = "boolean", info = "table" }

--- Draw and write the figure; the file's name says how: .png, .svg or .pdf. Can be called again, with other names and after more drawing.
--- An old file is replaced only when the new one is complete. In SVG and PDF more than 5000 points are put in as a picture (of `dpi`,
--- default 300).
---@param path string
---@param opt? { dpi?: number, transparent?: boolean, info?: table }
---@return string path
--- Errors: "cannot write 'results/a.png': no such folder (it is not made for you)".
function Figure:save(path, opt)
  options.path("save", path)
  local format = (path:match "%.(%w+)$" or ""):lower()
  if format ~= "png" and format ~= "svg" and format ~= "pdf" then
    options.fail(("save: '%s' does not end in .png, .svg or .pdf"):format(path))
  end
  return (options.guard(function()
    opt = options.check("save", opt, save_options)
    local on <close> = draw(self, { format = format, dpi = opt.dpi, transparent = opt.transparent })
    return on:save(path, notes(self, opt.info))
  end))
end

function Figure:__tostring()
  return ("figure (%g x %g inch, %d x %d axes)"):format(self.width, self.height, self.rows, self.columns)
end

return figure
