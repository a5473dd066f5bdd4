--- The look of figures, in one place: sizes in points, colours as 0xRRGGBBAA. Change a field before a figure is saved to change them all.

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
  paper = 0xffffffff,

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
  bar_width = 9,               -- of colour bars
  bar_gap = 8,
}

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
