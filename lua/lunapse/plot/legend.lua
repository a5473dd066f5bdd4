--- Legends: a framed list of the labelled series, in a corner, where the picture is emptiest, or outside of axes that are full.

local canvas = require "lunapse.core.canvas"
local polar = require "lunapse.plot.polar"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"

local legend = {}

-- In parts of the text's size: sample, sample to text, padding, distance from the axes, between columns, lines.
local KEY, GAP, PAD, INSET, COLUMN, LINE = 2.2, 0.67, 0.61, 0.78, 1.55, 1.5

local FULL = 0.02           -- of the legend's place that may have ink before it stands outside
local WIDEST = 0.45         -- of the width of the axes: what is wider would leave them little beside it, and stands above them

local function length(part) return part * style.legend_size end

--- What has a label in the axes, in the order in which it was drawn; one of those with the same label.
---@param list lunapse.Axes[]
---@return { item: table, axes: lunapse.Axes }[]
function legend.entries(list)
  local found, seen = {}, {}
  for _, axes in ipairs(list) do
    for _, item in ipairs(axes.items) do
      if item.data.label and item.kind.key and not seen[item.data.label] then
        found[#found + 1] = item
        seen[item.data.label] = #list > 1
      end
    end
  end
  return found
end

--- How large a legend of the entries is; nil where there is none.
---@param list table[]  of legend.entries
---@param axes { legend_place: string|false|nil, legend_options: table? }
---@param on lunapse.Canvas  to measure text on
---@return table? plan
function legend.plan(list, axes, on)
  if axes.legend_place == false or #list == 0 then return nil end
  local opt = axes.legend_options or {}
  local columns = math.max(1, math.min(#list, math.floor(opt.columns or 1)))
  local rows = math.ceil(#list / columns)
  local plan = { items = list, rows = rows, columns = columns, title = opt.title, widths = {}, line = length(LINE) }
  plan.width = 2 * length(PAD) + length(COLUMN) * (columns - 1)
  for c = 1, columns do
    local widest = 0
    for r = 1, rows do
      local item = list[(c - 1) * rows + r]
      if item then widest = math.max(widest, (text.measure(on, item.data.label, { size = style.legend_size }))) end
    end
    plan.widths[c] = length(KEY) + length(GAP) + widest
    plan.width = plan.width + plan.widths[c]
  end
  plan.height = 2 * length(PAD) + plan.line * rows - (plan.line - style.legend_size) * 0.6
  if plan.title then
    plan.height = plan.height + plan.line
    plan.width = math.max(plan.width, 2 * length(PAD) + (text.measure(on, plan.title, { size = style.legend_size, bold = true })))
  end
  return plan
end

--- A legend with as many columns as the width of the axes allows.
---@param list table[]  of legend.entries
---@param axes table
---@param on lunapse.Canvas
---@param width number
---@return table plan
function legend.flat(list, axes, on, width)
  for columns = #list, 1, -1 do
    local plan = legend.plan(list, { legend_options = { columns = columns, title = (axes.legend_options or {}).title } }, on)
    if plan.width <= width or columns == 1 then return plan end
  end
end

--- How high a legend above the axes is, with its distance from them.
function legend.room_above(plan) return plan.height + length(INSET) end

local spots = {                 -- parts of the free width and height, in the order in which equally empty ones are taken
  { "top right", 1, 0 }, { "top left", 0, 0 }, { "bottom right", 1, 1 }, { "bottom left", 0, 1 }, { "right", 1, 0.5 }, { "left", 0, 0.5 },
  { "bottom", 0.5, 1 }, { "top", 0.5, 0 }, { "center", 0.5, 0.5 },
}

local function corner(frame, plan, spot)
  local inset = length(INSET)
  return frame.left + inset + spot[2] * (frame.width - 2 * inset - plan.width), frame.top + inset + spot[3] * (frame.height - 2 * inset - plan.height)
end

--- The place of a legend that nobody has said: the data alone are drawn on a transparent page, and the spot with the least ink is taken; where there is none without data, "outside" or
--- "above", whichever leaves the axes more. Insets and polar axes have room within alone, or beside.
---@param list lunapse.Axes[]  the axes and their twins, with their frames
---@param plan table  of legend.plan
---@param on lunapse.Canvas
---@return string place
function legend.best(list, plan, on)
  local frame = list[1].frame
  local width, height = on:size()
  local scratch <close> = canvas.open { format = "png", width = width, height = height, dpi = 72, background = 0, family = style.font }
  for _, axes in ipairs(list) do
    scratch:set_frame(axes.frame)
    axes.canvas = axes.is_polar and polar.canvas(scratch, axes.frame) or scratch
    for _, item in ipairs(axes.items) do
      if not item.data.is_span then item.kind.draw(axes, item.data) end               -- a shade hides nothing, and is not hidden
    end
    axes.canvas = nil
  end
  local best, least
  for _, spot in ipairs(spots) do
    local left, top = corner(frame, plan, spot)
    local ink = scratch:ink(left - 3, top - 3, plan.width + 6, plan.height + 6)
    if not least or ink < least - 1e-4 then best, least = spot, ink end
  end
  if least <= FULL or list[1].inset_of then return best[1] end
  return plan.width < WIDEST * frame.width and "outside" or list[1].is_polar and best[1] or "above"
end

local function spot_named(name)
  for _, spot in ipairs(spots) do
    if spot[1] == name then return spot end
  end
end

--- Draw the legend over the data.
---@param on lunapse.Canvas
---@param frame table  of the axes
---@param plan table  of legend.plan
---@param place string  "outside", "above" or a spot
---@param right number  where an "outside" legend begins
---@param above number  where one "above" ends
function legend.draw(on, frame, plan, place, right, above)
  if place == "above" then return legend.draw_at(on, plan, math.max(style.margin, frame.left + (frame.width - plan.width) / 2), above - legend.room_above(plan)) end
  if place == "outside" then return legend.draw_at(on, plan, right, frame.top) end
  legend.draw_at(on, plan, corner(frame, plan, spot_named(place)))
end

--- Draw it at a place of the page.
---@param on lunapse.Canvas
---@param plan table
---@param left number  points
---@param top number
function legend.draw_at(on, plan, left, top)
  local page = { canvas = on }
  on:box(left, top, plan.width, plan.height, { radius = 2.5, fill = style.paper & 0xffffff00 | 0xd9 }, { color = style.faint, width = 0.7 })
  local y = top + length(PAD)
  if plan.title then
    text.draw(on, plan.title, left + length(PAD), y, { size = style.legend_size, bold = true, valign = "top" })
    y = y + plan.line
  end
  local x = left + length(PAD)
  for c = 1, plan.columns do
    for r = 1, plan.rows do
      local item = plan.items[(c - 1) * plan.rows + r]
      if item then
        local middle = y + (r - 1) * plan.line + style.legend_size * 0.55
        item.kind.key(page, item.data, x, middle, length(KEY))
        text.draw(on, item.data.label, x + length(KEY) + length(GAP), middle + style.legend_size * style.capital / 2, { size = style.legend_size })
      end
    end
    x = x + plan.widths[c] + length(COLUMN)
  end
end

return legend
