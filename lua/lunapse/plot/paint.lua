--- Drawing planned axes: grid, data, frame, ticks, labels, colour bar, legend, title.

local layout = require "lunapse.plot.layout"
local legend = require "lunapse.plot.legend"
local mapping = require "lunapse.plot.mapping"
local polar = require "lunapse.plot.polar"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"

local canvas = require "lunapse.core.canvas"

local paint = {}

local UPWARDS = -math.pi / 2

local function axis_pen() return { color = style.axis, width = style.axis_width } end

local function x_at(plan, value) return plan.rect.left + layout.part(plan.x, value) * plan.rect.width end
local function y_at(plan, value) return plan.rect.top + (1 - layout.part(plan.y, value)) * plan.rect.height end

-- Where a centred text stands so that it does not leave the page: side 1 is its width, 2 its height (for text that runs upwards).
local function centre(on, s, font, at, side)
  local room, half = ({ on:size() })[side], text.measure(on, s, font) / 2
  local least, most = style.margin / 2 + half, room - style.margin / 2 - half
  return least > most and room / 2 or math.max(least, math.min(at, most))
end

local function draw_grid(on, plan)
  local rect, xy = plan.rect, {}
  local which = plan.axes.grid_lines
  if not which then return end
  if which:find "x" then
    for _, value in ipairs(plan.x.ticks.values) do
      local x = x_at(plan, value)
      table.move({ x, rect.top, x, rect.top + rect.height }, 1, 4, #xy + 1, xy)
    end
  end
  if which:find "y" then
    for _, value in ipairs(plan.y.ticks.values) do
      local y = y_at(plan, value)
      table.move({ rect.left, y, rect.left + rect.width, y }, 1, 4, #xy + 1, xy)
    end
  end
  on:rules(xy, { color = style.grid, width = style.grid_width })
end

local function is_boxed(axes)
  if axes.is_boxed ~= nil then return axes.is_boxed end
  for _, item in ipairs(axes.items) do
    if item.data.is_image then return true end
  end
  return false
end

local function draw_frame(on, plan)
  local rect, reach = plan.rect, style.axis_width / 2
  local right, bottom = rect.left + rect.width, rect.top + rect.height
  local xy = { rect.left, rect.top - reach, rect.left, bottom + reach, rect.left - reach, bottom, right + reach, bottom }
  if is_boxed(plan.axes) then
    table.move({ right, rect.top - reach, right, bottom + reach, rect.left - reach, rect.top, right + reach, rect.top }, 1, 8, 9, xy)
  end
  on:rules(xy, axis_pen())
end

-- Ticks outside the frame, from `edge` by `length` along x (is_x false) or y.
local function draw_ticks(on, places, edge, length, is_x)
  local xy = {}
  for _, at in ipairs(places) do
    local tick = is_x and { at, edge, at, edge + length } or { edge, at, edge + length, at }
    table.move(tick, 1, 4, #xy + 1, xy)
  end
  on:rules(xy, axis_pen())
end

local function places(plan, values, at)
  local list = {}
  for k, value in ipairs(values) do list[k] = at(plan, value) end
  return list
end

-- The x axis below the axes, or at the top of them (of a twin), `begin` points away from the frame.
local function draw_x_axis(on, plan, begin)
  local rect, axis = plan.rect, plan.x
  local away = begin and -1 or 1
  local edge, at = begin and rect.top - begin or rect.top + rect.height, places(plan, axis.ticks.values, x_at)
  if begin then on:rules({ rect.left, edge, rect.left + rect.width, edge }, axis_pen()) end
  draw_ticks(on, at, edge, away * style.tick_length, true)
  draw_ticks(on, places(plan, axis.ticks.minor or {}, x_at), edge, away * style.minor_length, true)
  if not axis.shown then return end
  local y, valign = edge + away * (#at > 0 and style.tick_length + style.tick_gap or 0), begin and "base" or "top"
  for k, label in ipairs(axis.ticks.labels) do
    text.draw(on, label, on:snap(at[k], style.axis_width), y, { size = style.tick_size, align = "center", valign = valign })
  end
  if #at > 0 then y = y + away * style.tick_size * (style.capital + 0.1) end
  if axis.label then
    local font = { size = style.label_size }
    text.draw(on, axis.label, centre(on, axis.label, font, rect.left + rect.width / 2, 1), y + away * style.label_gap,
      { size = style.label_size, align = "center", valign = begin and "bottom" or "top" })
  end
  if axis.ticks.common then
    text.draw(on, axis.ticks.common, rect.left + rect.width, y + away * style.label_gap, { size = style.tick_size, align = "right", valign = valign })
  end
end

-- The y axis on the left, or on the right (of a twin), `begin` points away from the frame.
local function draw_y_axis(on, plan, begin)
  local rect, axis = plan.rect, plan.y
  local away, edge = begin and 1 or -1, begin and on:snap(rect.left + rect.width + begin, style.axis_width) or rect.left
  local at = places(plan, axis.ticks.values, y_at)
  if begin then on:rules({ edge, rect.top - style.axis_width / 2, edge, rect.top + rect.height + style.axis_width / 2 }, axis_pen()) end
  draw_ticks(on, at, edge, away * style.tick_length, false)
  draw_ticks(on, places(plan, axis.ticks.minor or {}, y_at), edge, away * style.minor_length, false)
  if not axis.shown then return end
  local x = edge + away * (#at > 0 and style.tick_length + style.tick_gap or 0)
  for k, label in ipairs(axis.ticks.labels) do
    text.draw(on, label, x, on:snap(at[k], style.axis_width), { size = style.tick_size, align = begin and "left" or "right", valign = "middle" })
  end
  if axis.label then
    local label_at = begin and rect.left + rect.width + axis.label_at + style.label_gap or rect.left - axis.label_at - style.label_gap
    text.draw(on, axis.label, label_at, centre(on, axis.label, { size = style.label_size }, rect.top + rect.height / 2, 2),
      { size = style.label_size, align = "center", valign = begin and "top" or "bottom", angle = UPWARDS })
  end
  if axis.ticks.common then
    text.draw(on, axis.ticks.common, edge, rect.top - 4, { size = style.tick_size, align = begin and "right" or "left" })
  end
end

local ramp
local function ramp_matrix()
  if not ramp then
    local rows = {}
    for k = 1, 256 do rows[k] = { k - 0.5 } end
    ramp = canvas.numbers(rows)
  end
  return ramp
end

-- The colours of a bar: all of the map, or, of filled contours, those between the levels.
local function fill_bar(on, bar, left, top, width, height)
  local m = bar.mapping
  if not m.levels then
    on:set_frame { left = left, top = top, width = width, height = height, x0 = 0, x1 = 1, y0 = 0, y1 = 256 }
    return on:image(ramp_matrix(), m.lut, { lo = 0, hi = 256, x0 = 0, x1 = 1, y0 = 0, y1 = 256 })
  end
  for k = 1, #m.levels - 1 do
    local low = top + (1 - math.max(0, layout.part(bar.axis, m.levels[k]))) * height
    local high = top + (1 - math.min(1, layout.part(bar.axis, m.levels[k + 1]))) * height
    if high < low then on:box(left, high, width, low - high, { fill = mapping.color_between(m, m.levels[k], m.levels[k + 1]) }) end
  end
end

--- Draw a colour bar.
---@param on lunapse.Canvas
---@param bar table?  of layout.plan
---@param left number  points
---@param top number
---@param height number
function paint.bar(on, bar, left, top, height)
  if not bar then return end
  left = on:snap(left, style.axis_width)
  local right = on:snap(left + style.bar_width, style.axis_width)
  fill_bar(on, bar, left, top, right - left, height)
  on:box(left, top, right - left, height, {}, axis_pen())
  local at, minor = {}, {}
  for k, value in ipairs(bar.axis.ticks.values) do at[k] = top + (1 - layout.part(bar.axis, value)) * height end
  for k, value in ipairs(bar.axis.ticks.minor or {}) do minor[k] = top + (1 - layout.part(bar.axis, value)) * height end
  draw_ticks(on, at, right, style.tick_length, false)
  draw_ticks(on, minor, right, style.minor_length, false)
  local x = right + style.tick_length + style.tick_gap
  for k, label in ipairs(bar.axis.ticks.labels) do
    text.draw(on, label, x, on:snap(at[k], style.axis_width), { size = style.tick_size, valign = "middle" })
  end
  if bar.label then
    text.draw(on, bar.label, x + bar.widest + style.label_gap + style.label_size * style.capital,
      centre(on, bar.label, { size = style.label_size }, top + height / 2, 2), { size = style.label_size, align = "center", angle = UPWARDS })
  end
  if bar.axis.ticks.common then text.draw(on, bar.axis.ticks.common, left, top - 4, { size = style.tick_size }) end
end

-- The data of axes, through their frame.
local function draw_data(on, plan)
  local axes = plan.axes
  axes.frame = layout.frame(plan)
  on:set_frame(axes.frame)
  if axes.is_polar then
    polar.grid(on, plan, axes.frame)
    axes.canvas = polar.canvas(on, axes.frame)
  else
    draw_grid(on, plan)
    axes.canvas = on
  end
  for _, item in ipairs(axes.items) do item.kind.draw(axes, item.data) end
  axes.canvas = on
end

local function draw_words(on, plan)
  local rect = plan.rect
  if plan.letter then
    text.draw(on, plan.letter, rect.left - plan.letter_at, rect.top - style.title_gap, { size = style.title_size, bold = true })
  end
  if plan.title then
    local font = { size = style.title_size }
    text.draw(on, plan.title, centre(on, plan.title, font, rect.left + rect.width / 2, 1), rect.top - style.title_gap - plan.title_raise - plan.above,
      { size = style.title_size, align = "center", valign = "base" })
  end
end

--- Draw one pair of axes, with those that stand over and within them.
---@param on lunapse.Canvas
---@param plan table  of layout.plan
function paint.axes(on, plan)
  local axes, rect, all = plan.axes, plan.rect, { plan.axes, table.unpack(plan.twins_axes) }
  if axes.inset_of then on:box(rect.left, rect.top, rect.width, rect.height, { fill = style.paper }) end
  draw_data(on, plan)
  for _, twin in ipairs(plan.twins) do draw_data(on, twin) end
  if axes.is_polar then
    polar.frame(on, plan, axes.frame)
  else
    draw_frame(on, plan)
    draw_x_axis(on, plan)
    draw_y_axis(on, plan)
  end
  for _, twin in ipairs(plan.twins) do
    if twin.axes.twin_along == "x" then draw_y_axis(on, twin, twin.y.begin) else draw_x_axis(on, twin, twin.x.begin) end
  end
  if plan.legend then legend.draw(on, axes.frame, plan.legend, plan.legend_place, rect.left + rect.width + plan.legend_left,
    rect.top - plan.above + (plan.legend_place == "above" and legend.room_above(plan.legend) or 0) - (plan.y.ticks.common and style.tick_size + 3.5 or 0)) end
  if not axes.is_polar then paint.bar(on, plan.bar, rect.left + rect.width + plan.beside + style.bar_gap, rect.top, rect.height) end
  draw_words(on, plan)
  for _, one in ipairs(all) do one.canvas, one.frame = nil, nil end
  for _, inset in ipairs(plan.insets) do paint.axes(on, inset) end
end

--- Draw what stands round all axes: the figure's title, the legend and the bar for all.
---@param on lunapse.Canvas
---@param figure lunapse.Figure
---@param outer table  of layout.plan
function paint.outer(on, figure, outer)
  local width, height = on:size()
  if figure.title_text then
    local font = { size = style.figure_title_size }
    text.draw(on, text.wrap(on, figure.title_text, font, width - 2 * style.margin), width / 2, style.margin + outer.title - style.title_gap,
      { size = style.figure_title_size, align = "center", valign = "bottom" })
  end
  local top, bottom = style.margin + outer.top, height - style.margin - outer.bottom
  local plan = outer.legend
  if plan and plan.place == "right" then
    legend.draw_at(on, plan, width - style.margin - plan.width, (top + bottom - plan.height) / 2)
  elseif plan then
    legend.draw_at(on, plan, (width - plan.width) / 2, plan.place == "top" and top - plan.height - style.bar_gap or height - style.margin - plan.height)
  end
  if outer.bar then
    local long = math.min(0.6 * height, bottom - top)
    paint.bar(on, outer.bar, width - style.margin - outer.bar_right - outer.bar_width + style.bar_gap, (top + bottom - long) / 2, long)
  end
end

return paint
