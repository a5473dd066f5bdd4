--- The look of figures, in one place: sizes in points, colours as 0xRRGGBBAA. A figure may have a look of its own: lp.figure { style = "paper", font_size = 9 }.

local base = require "lunapse.options"
local colour = require "lunapse.plot.colour"

local style = {
  font = "DejaVu Sans",        -- Debian: fonts-dejavu-core; has the Greek and the signs that tick labels need
  label_size = 10,
  tick_size = 9,
  title_size = 11.5,
  figure_title_size = 14,
  legend_size = 9,

  text = 0x262626ff,
  axis = 0x404040ff,
  grid = 0xe2e2e2ff,
  faint = 0xccccccff,          -- frame of the legend
  paper = 0xffffffff,          -- the ground

  axis_width = 0.8,
  grid_width = 0.6,
  tick_length = 3.6,
  minor_length = 2.1,
  tick_gap = 2.6,              -- from tick to label
  label_gap = 4,               -- from tick labels to axis label
  title_gap = 6,
  margin = 8,                  -- round the figure
  column_gap = 16,             -- between what belongs to neighbouring axes
  row_gap = 12,

  line_width = 1.4,
  dense_line_width = 0.9,      -- of curves with several points a pixel
  mark_stroke = 1,
  mark_scale = 1,              -- of the size of marks
  bar_width = 9,               -- of colour bars
  bar_gap = 8,
}

--- Looks by name. `font_size` stands for all sizes that go with it; `figure` is for what the figure is not told itself: inches, pixels an inch.
local looks = {
  --- Columns of a journal: 3.4 inches, or 7 for more than one column of axes.
  paper = { font_size = 8, line_width = 1.1, dense_line_width = 0.7, axis_width = 0.6, grid_width = 0.4, mark_scale = 0.75, bar_width = 7, margin = 4,
    column_gap = 12, row_gap = 9, figure = { width = { 3.4, 7 }, row_height = 2.3, dpi = 300 } },
  --- A projector.
  talk = { font_size = 16, line_width = 2.4, dense_line_width = 1.4, axis_width = 1.2, grid_width = 0.9, mark_scale = 1.5, bar_width = 14, margin = 12,
    column_gap = 24, row_gap = 18, figure = { width = { 9, 13 }, row_height = 5.4, dpi = 100 } },
}

--- A dark ground: the same palette, but for what would not be seen on it (blue is lighter, black is white).
looks.dark = { paper = 0x16181dff, text = 0xe6e6e6ff, axis = 0xb0b3b8ff, grid = 0x33363dff, faint = 0x4a4e57ff,
  palette = { 0x56b4e9ff, 0xe69f00ff, 0x2fc498ff, 0xe58fbfff, 0xf0e442ff, 0xff7f3fff, 0xffffffff, 0x7f9cffff } }

local colours = { text = true, axis = true, grid = true, faint = true, paper = true }

--- What goes with the size of axis labels: the other fonts and the small lengths beside them.
local function sized(size)
  local look, part = {}, size / style.label_size
  for _, name in ipairs { "label_size", "tick_size", "title_size", "figure_title_size", "legend_size", "tick_length", "minor_length", "tick_gap", "label_gap", "title_gap",
    "bar_gap" } do
    look[name] = style[name] * part
  end
  return look
end

local function names_of(t)
  local names = {}
  for name, value in pairs(t) do
    if type(name) == "string" and type(value) ~= "function" then names[#names + 1] = name end
  end
  return names
end

local function checked_field(name, value)
  if name == "palette" then
    if type(value) ~= "table" or #value == 0 then error("figure: style: palette must be a list of colours", 0) end
    local palette = {}
    for k, given in ipairs(value) do palette[k] = colour.get("figure: style: palette", given) end
    return palette
  end
  local kind = type(style[name])
  if kind == "nil" or kind == "function" then
    local known = names_of(style)
    known[#known + 1], known[#known + 2] = "palette", "font_size"
    error("figure: style: " .. base.unknown("field", tostring(name), known), 0)
  end
  if colours[name] then return colour.get("figure: style: " .. name, value) end
  if type(value) ~= kind or kind == "number" and not (value >= 0 and value < 1000) then
    error(("figure: style: %s must be a %s, got %s"):format(name, kind == "number" and "length in points" or kind, base.show(value)), 0)
  end
  return value
end

--- A look of a figure: what differs from the fields above, and `figure` with sizes for who asks.
---@param given string|table|nil  a name, or fields, with the names of looks to begin with before them: { "paper", "dark", line_width = 1 }
---@param font_size? number  points, of axis labels
---@return table look
function style.look(given, font_size)
  local own = type(given) == "table" and given or { given }
  local parts = {}
  for _, name in ipairs(own) do
    if not looks[name] then error("figure: " .. base.unknown("style", tostring(name), names_of(looks)), 0) end
    for field, value in pairs(looks[name]) do parts[field] = value end
  end
  local size = font_size or own.font_size or parts.font_size
  if size ~= nil and not (type(size) == "number" and size >= 1 and size <= 200) then
    error(("figure: font_size must lie in 1..200 points, got %s"):format(base.show(size)), 0)
  end
  local look = size and sized(size) or {}
  for field, value in pairs(parts) do
    if field ~= "font_size" then look[field] = value end
  end
  for field, value in pairs(own) do
    if math.type(field) ~= "integer" and field ~= "font_size" then look[field] = checked_field(field, value) end
  end
  return look
end

--- Call f(...) with a look in force.
---@generic T
---@param look table
---@param f fun(...): T
---@return T
function style.with(look, f, ...)
  local before, palette = {}, colour.palette
  for field, value in pairs(look) do
    if field ~= "palette" and field ~= "figure" then before[field], style[field] = style[field], value end
  end
  colour.palette = look.palette or palette
  local results = table.pack(pcall(f, ...))
  for field, value in pairs(before) do style[field] = value end
  colour.palette = palette
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- Heights of text as parts of its size, for DejaVu Sans: of capitals, of small letters, of what hangs below the line.
style.capital = 0.73
style.x_height = 0.55
style.hang = 0.24

local dashes = {
  solid = {}, dashed = { 4, 2 }, dotted = { 1, 1.6 }, dashdot = { 5, 1.8, 1.2, 1.8 },
  ["-"] = {}, ["--"] = { 4, 2 }, [":"] = { 1, 1.6 }, ["-."] = { 5, 1.8, 1.2, 1.8 },
}

--- A dash pattern for a pen of a width: a name ("solid", "dashed" or "--", "dotted" or ":", "dashdot" or "-.") or { on, off, ... } in
--- widths of the line.
---@param where string
---@param given string|number[]|nil
---@param width number
---@return number[]
function style.dash(where, given, width)
  if given == nil then return {} end
  local pattern = given
  if type(given) == "string" then
    pattern = dashes[given]
    if not pattern then error(("%s: unknown dash '%s' (known: solid, dashed, dotted, dashdot, or a table { on, off })"):format(where, given), 0) end
  end
  local lengths = {}
  for k, part in ipairs(pattern) do
    if type(part) ~= "number" or part < 0 then error(("%s: a dash is a table of lengths, not negative"):format(where), 0) end
    lengths[k] = part * math.max(width, 0.8)
  end
  if #lengths > 8 then error(("%s: a dash has at most 8 lengths"):format(where), 0) end
  return lengths
end

--- Dashes and shapes of those series for whose colours the palette has run out: round for round.
style.dash_turns = { {}, { 4, 2 }, { 1, 1.6 }, { 5, 1.8, 1.2, 1.8 }, { 8, 2.5 }, { 5, 1.6, 1.2, 1.6, 1.2, 1.6 } }
style.shape_turns = { "circle", "square", "triangle", "diamond", "cross", "plus" }

--- The entry of a list for the n-th round, counted from 0.
---@generic T
---@param list T[]
---@param turn integer
---@return T
function style.in_turn(list, turn) return list[turn % #list + 1] end

local shapes = {
  circle = "circle", square = "square", diamond = "diamond", triangle = "triangle", cross = "cross", plus = "plus", tick = "tick", dot = "circle",
  o = "circle", s = "square", d = "diamond", ["^"] = "triangle", x = "cross", ["+"] = "plus", ["|"] = "tick", ["."] = "circle",
}

--- The shape of a mark, by name or by the usual single letter; the second value is a factor for the size of small dots.
---@param where string
---@param given string?
---@return string shape
---@return number factor
function style.shape(where, given)
  if given == nil then return "circle", 1 end
  local shape = shapes[given]
  if not shape then
    error(("%s: unknown marker '%s' (known: circle, square, diamond, triangle, cross, plus, tick, dot; o s d ^ x + | .)"):format(where, tostring(given)), 0)
  end
  return shape, (given == "dot" or given == ".") and 0.6 or 1
end

return style
