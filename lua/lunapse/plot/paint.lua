--- Drawing planned axes: grid, data, frame, ticks, labels, colour bar, legend, title.

local layout = require "lunapse.plot.layout"
local legend = require "lunapse.plot.legend"
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

local function draw_x_axis(on, plan)
  local rect, axis = plan.rect, plan.x
  local bottom, at = rect.top + rect.height, places(plan, axis.ticks.values, x_at)
  draw_ticks(on, at, bottom, style.tick_length, true)
  draw_ticks(on, places(plan, axis.ticks.minor or {}, x_at), bottom, style.minor_length, true)
  if not axis.shown then return end
  local y = bottom + (#at > 0 and style.tick_length + style.tick_gap or 0)
  for k, label in ipairs(axis.ticks.labels) do
    text.draw(on, label, on:snap(at[k], style.axis_width), y, { size = style.tick_size, align = "center", valign = "top" })
  end
  if #at > 0 then y = y + style.tick_size * (style.capital + 0.1) end
  if axis.label then
    local font = { size = style.label_size }
    text.draw(on, axis.label, centre(on, axis.label, font, rect.left + rect.width / 2, 1), y + style.label_gap,
      { size = style.label_size, align = "center", valign = "top" })
  end
  if axis.ticks.common then
    text.draw(on, axis.ticks.common, rect.left + rect.width, y + style.label_gap, { size = style.tick_size, align = "right", valign = "top" })
  end
end

local function draw_y_axis(on, plan)
  local rect, axis = plan.rect, plan.y
  local at = places(plan, axis.ticks.values, y_at)
  draw_ticks(on, at, rect.left, -style.tick_length, false)
  draw_ticks(on, places(plan, axis.ticks.minor or {}, y_at), rect.left, -style.minor_length, false)
  if not axis.shown then return end
  local x = rect.left - (#at > 0 and style.tick_length + style.tick_gap or 0)
  for k, label in ipairs(axis.ticks.labels) do
    text.draw(on, label, x, on:snap(at[k], style.axis_width), { size = style.tick_size, align = "right", valign = "middle" })
  end
  if axis.label then
    text.draw(on, axis.label, rect.left - axis.label_at - style.label_gap, centre(on, axis.label, { size = style.label_size }, rect.top + rect.height / 2, 2),
      { size = style.label_size, align = "center", valign = "bottom", angle = UPWARDS })
  end
  if axis.ticks.common then
    text.draw(on, axis.ticks.common, rect.left, rect.top - 4, { size = style.tick_size })
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

local function draw_bar(on, plan)
  local rect, bar = plan.rect, plan.bar
  if not bar then return end
  local left = on:snap(rect.left + rect.width + style.bar_gap, style.axis_width)
  local right = on:snap(left + style.bar_width, style.axis_width)
  on:set_frame { left = left, top = rect.top, width = right - left, height = rect.height, x0 = 0, x1 = 1, y0 = 0, y1 = 256 }
  on:image(ramp_matrix(), bar.data.lut, { lo = 0, hi = 256, x0 = 0, x1 = 1, y0 = 0, y1 = 256 })
  on:box(left, rect.top, right - left, rect.height, {}, axis_pen())
  local at = {}
  for k, value in ipairs(bar.axis.ticks.values) do at[k] = rect.top + (1 - layout.part(bar.axis, value)) * rect.height end
  draw_ticks(on, at, right, style.tick_length, false)
  local x = right + style.tick_length + style.tick_gap
  for k, label in ipairs(bar.axis.ticks.labels) do
    text.draw(on, label, x, on:snap(at[k], style.axis_width), { size = style.tick_size, valign = "middle" })
  end
  if bar.label then
    text.draw(on, bar.label, x + bar.widest + style.label_gap + style.label_size * style.capital,
      centre(on, bar.label, { size = style.label_size }, rect.top + rect.height / 2, 2), { size = style.label_size, align = "center", angle = UPWARDS })
  end
  if bar.axis.ticks.common then text.draw(on, bar.axis.ticks.common, left, rect.top - 4, { size = style.tick_size }) end
end

--- Draw one pair of axes.
---@param on lunapse.Canvas
---@param plan table  of layout.plan
function paint.axes(on, plan)
  local axes, rect = plan.axes, plan.rect
  axes.canvas = on
  axes.frame = { left = rect.left, top = rect.top, width = rect.width, height = rect.height, x0 = plan.x.from, x1 = plan.x.to,
    y0 = plan.y.from, y1 = plan.y.to, x_log = plan.x.log, y_log = plan.y.log }
  on:set_frame(axes.frame)
  draw_grid(on, plan)
  for _, item in ipairs(axes.items) do item.kind.draw(axes, item.data) end
  draw_frame(on, plan)
  draw_x_axis(on, plan)
  draw_y_axis(on, plan)
  if plan.legend then legend.draw(axes, plan.legend, rect.left + rect.width + plan.legend_left) end
  draw_bar(on, plan)
  if plan.letter then
    text.draw(on, plan.letter, rect.left - plan.letter_at, rect.top - style.title_gap, { size = style.title_size, bold = true })
  end
  if plan.title then
    local font = { size = style.title_size }
    text.draw(on, plan.title, centre(on, plan.title, font, rect.left + rect.width / 2, 1), rect.top - style.title_gap - plan.title_raise,
      { size = style.title_size, align = "center", valign = "base" })
  end
  axes.canvas, axes.frame = nil, nil
end

return paint
