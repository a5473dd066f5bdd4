--- Where everything of a figure lies: limits, ticks and rectangles of all axes.
---
--- Ticks depend on the room, the room on the width of tick labels: a few rounds settle it. All lengths are points.

local legend = require "lunapse.plot.legend"
local mapping = require "lunapse.plot.mapping"
local polar = require "lunapse.plot.polar"
local scale = require "lunapse.plot.scale"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"
local ticks = require "lunapse.plot.ticks"

local layout = {}

local ROUNDS = 3

-- ---- limits -----------------------------------------------------------------------------------------------------

-- The axes that share their x (or y) scale with `axes`: over the figure, and those that stand over each other.
local function sharers(figure, axes, name)
  if axes.inset_of or axes.twin_of and axes.twin_along ~= name then return { axes } end
  axes = axes.twin_of or axes
  local kind, list = figure["share_" .. name], {}
  for _, other in ipairs(kind and figure:used() or { axes }) do
    local is_near = kind ~= "column" and kind ~= "row" or other.place[kind] == axes.place[kind]
    if is_near then list[#list + 1] = other end
  end
  for k = 1, #list do
    for _, other in ipairs(list[k].children) do
      if other.twin_along == name then list[#list + 1] = other end
    end
  end
  return list
end

--- Every plan: of the grid, of twin and of inset axes.
---@param plans table[]
---@return table[]
function layout.every(plans)
  local list = {}
  for _, plan in ipairs(plans) do
    list[#list + 1] = plan
    table.move(plan.twins, 1, #plan.twins, #list + 1, list)
    table.move(plan.insets, 1, #plan.insets, #list + 1, list)
  end
  return list
end

local function set_limits(figure, plans)
  for _, name in ipairs { "x", "y" } do
    for _, plan in ipairs(plans) do
      for _, other in ipairs(sharers(figure, plan.axes, name)) do
        local own, one = plan.axes[name], other[name]
        if one.log and not own.log then scale.set_log(own) end
        if one.linear and not own.linear and not own.log then own.linear = one.linear end
      end
    end
    for _, plan in ipairs(plans) do
      local from, to, is_whole = scale.limits(sharers(figure, plan.axes, name), name)
      local own = plan.axes[name]
      if plan.axes.is_polar then from, to = polar.limits(own, name, from, to) end
      plan[name] = { from = from, to = to, log = own.log, linear = own.linear, is_whole = is_whole, given = own.ticks, label = own.label }
    end
  end
end

-- All logarithmic axes of a figure are written in one way: 10000 beside 10^{-6} is read twice.
local function agree_on_powers(plans)
  local wants_powers = false
  local function each(f)
    for _, plan in ipairs(plans) do
      for _, name in ipairs { "x", "y" } do
        if plan[name].log then f(plan[name]) end
      end
    end
  end
  each(function(axis) wants_powers = wants_powers or not axis.given and ticks.needs_powers(math.min(axis.from, axis.to), math.max(axis.from, axis.to)) end)
  each(function(axis) axis.wants_powers = wants_powers end)
end

-- Words that would be wider than their place are broken into lines.
local function wrap_words(figure, plans, on, width, height)
  for _, plan in ipairs(plans) do
    local place = plan.axes.place
    local across, along = width / figure.columns * place.column_span, height / figure.rows * place.row_span
    local function wrapped(s, size, room) return s and text.wrap(on, s, { size = size }, room - 2 * style.margin) end
    plan.title = wrapped(plan.axes.title_text, style.title_size, across)
    plan.x.label, plan.y.label = wrapped(plan.x.label, style.label_size, across), wrapped(plan.y.label, style.label_size, along)
  end
end

-- Inner axes of a shared scale show no labels: those with another one below (x) or to the left (y).
local function hide_inner(figure, plans)
  for _, plan in ipairs(plans) do
    local place = plan.axes.place
    plan.x.shown, plan.y.shown = true, true
    for _, other in ipairs(figure:used()) do
      local there = other.place
      if figure.share_x and there.column == place.column and there.row > place.row then plan.x.shown = false end
      if figure.share_y and figure.share_y ~= "column" and there.row == place.row and there.column < place.column then plan.y.shown = false end
    end
  end
end

-- ---- ticks ------------------------------------------------------------------------------------------------------

--- Where a value lies along an axis, 0 at `from` and 1 at `to`.
---@param axis { from: number, to: number, log: boolean, linear: number? }
---@param value number
---@return number
function layout.part(axis, value)
  local from = scale.scaled(axis, axis.from)
  return (scale.scaled(axis, value) - from) / (scale.scaled(axis, axis.to) - from)
end

-- Is there room for labels side by side (x) or above each other (y)?
local function fits_along(on, axis, length, is_x)
  return function(values, labels)
    if #values > math.max(2, length / ((is_x and 3.8 or 2.7) * style.tick_size)) then return false end
    local last_at, last_half
    for k, value in ipairs(values) do
      local at = layout.part(axis, value) * length
      local half = is_x and text.measure(on, labels[k], { size = style.tick_size }) / 2 or 0.7 * style.tick_size
      if last_at and math.abs(at - last_at) < half + last_half + (is_x and 0.9 or 0.4) * style.tick_size then return false end
      last_at, last_half = at, half
    end
    return true
  end
end

--- The ticks of one axis of the given length.
---@param on lunapse.Canvas  to measure text on
---@return { values: number[], labels: string[], minor: number[]?, common: string? }
function layout.ticks(on, axis, length, is_x)
  local lo, hi = math.min(axis.from, axis.to), math.max(axis.from, axis.to)
  if axis.given then
    local inside = { values = {}, labels = {} }
    for k, value in ipairs(axis.given.values) do
      local slack = axis.log and 0 or 1e-9 * (hi - lo)
      if value >= lo - slack and value <= hi + slack then
        inside.values[#inside.values + 1], inside.labels[#inside.labels + 1] = value, axis.given.labels[k]
      end
    end
    return inside
  end
  local fits = fits_along(on, axis, length, is_x)
  if axis.log then return ticks.log(lo, hi, fits, axis.wants_powers) end
  if axis.linear then return ticks.symlog(lo, hi, axis.linear, fits) end
  return ticks.linear(lo, hi, fits, axis.is_whole)
end

local function widest(on, labels)
  local width = 0
  for _, label in ipairs(labels) do width = math.max(width, (text.measure(on, label, { size = style.tick_size }))) end
  return width
end

-- ---- what stands round the axes ---------------------------------------------------------------------------------

local function label_room(on, label)
  if not label then return 0 end
  local _, height = text.measure(on, label, { size = style.label_size })
  return style.label_gap + height
end

local function tick_room(axis, across)
  if #axis.ticks.values == 0 then return 0 end
  if not axis.shown then return style.tick_length end
  return style.tick_length + style.tick_gap + across
end

-- The levels of filled contours, or every n-th of them, so that they can be read.
local function level_ticks(levels)
  local list, stride = {}, math.ceil(#levels / 10)
  for k = 1, #levels, stride do list[#list + 1] = levels[k] end
  return list
end

-- A colour bar of a height, and how wide it is with all that belongs to it.
local function plan_bar(on, bar, height)
  if not bar then return nil, 0 end
  local m = bar.mapping
  local axis, values = { from = m.lo, to = m.hi, log = m.log, linear = m.linear }, bar.values or m.levels and level_ticks(m.levels)
  if values then
    local own = scale.new "y"
    scale.set_ticks(own, values)
    axis.given = own.ticks
  end
  axis.wants_powers = axis.log and ticks.needs_powers(axis.from, axis.to)
  axis.ticks = layout.ticks(on, axis, height, false)
  local plan = { axis = axis, label = bar.label, mapping = m, widest = widest(on, axis.ticks.labels) }
  return plan, style.bar_gap + style.bar_width + style.tick_length + style.tick_gap + plan.widest + label_room(on, bar.label)
end

-- How far labels at the ends of the x axis stick out to the left and to the right.
local function overhang(on, axis, width)
  local left, right = 0, 0
  if not axis.shown then return 0, 0 end
  for k, value in ipairs(axis.ticks.values) do
    local at, half = layout.part(axis, value) * width, text.measure(on, axis.ticks.labels[k], { size = style.tick_size }) / 2
    left, right = math.max(left, half - at), math.max(right, at + half - width)
  end
  return left, right
end

local function top_room(on, plan, width)
  local common = plan.y.shown and plan.y.ticks.common
  local bar_common = plan.bar and plan.bar.axis.ticks.common
  local raise = (common or bar_common) and style.tick_size + 3.5 or 0
  plan.title_raise = 0
  local letter = plan.letter and style.title_gap + style.title_size * style.capital or 0
  if not plan.title then return math.max(raise, 0.35 * style.tick_size, letter) end
  local title_width, title_height = text.measure(on, plan.title, { size = style.title_size })
  local common_width = common and text.measure(on, common, { size = style.tick_size }) or 0
  if common and (width - title_width) / 2 < common_width + 8 then plan.title_raise = raise end
  return math.max(raise, plan.title_raise + style.title_gap + title_height)
end

-- Room for axes that stand over these: on the right and at the top.
local function measure_twins(on, plan)
  local right, top = 0, 0
  for _, twin in ipairs(plan.twins) do
    twin.rect, twin.x.shown, twin.y.shown = plan.rect, twin.axes.twin_along == "y", twin.axes.twin_along == "x"
    twin.x.ticks, twin.y.ticks = plan.x.ticks, plan.y.ticks
    local axis = twin.y.shown and twin.y or twin.x
    axis.ticks = layout.ticks(on, axis, twin.y.shown and plan.rect.height or plan.rect.width, twin.x.shown)
    if twin.y.shown then
      axis.widest = widest(on, axis.ticks.labels)
      axis.label_at = right + tick_room(axis, axis.widest)
      axis.begin, right = right, axis.label_at + label_room(on, axis.label)
    else
      axis.begin, top = top, top + tick_room(axis, style.tick_size * (style.capital + 0.1)) + label_room(on, axis.label)
    end
  end
  return right, top
end

-- Room needed on the four sides of the axes, given the present guess of their size.
local function measure(on, plan)
  local rect = plan.rect
  if plan.axes.is_polar then
    plan.legend, plan.bar = not plan.has_shared_legend and legend.plan(legend.entries { plan.axes }, plan.axes, on) or nil, nil
    return polar.room(on, plan)
  end
  plan.x.ticks = layout.ticks(on, plan.x, rect.width, true)
  plan.y.ticks = layout.ticks(on, plan.y, rect.height, false)
  plan.y.widest = widest(on, plan.y.ticks.labels)
  local out_left, out_right = overhang(on, plan.x, rect.width)
  local bottom = tick_room(plan.x, style.tick_size * (style.capital + 0.1))
  if plan.x.shown then
    bottom = bottom + label_room(on, plan.x.label)
    if plan.x.ticks.common and not plan.x.label then bottom = bottom + 1.3 * style.tick_size end
  end
  local left = tick_room(plan.y, plan.y.widest) + (plan.y.shown and label_room(on, plan.y.label) or 0)
  local twin_right, twin_top = measure_twins(on, plan)
  local bar_width
  plan.bar, bar_width = plan_bar(on, not plan.has_shared_bar and plan.axes.bar, rect.height)
  plan.beside, plan.above = twin_right, twin_top
  local right = math.max(twin_right + bar_width, out_right)
  local entries = legend.entries { plan.axes, table.unpack(plan.twins_axes) }
  plan.legend = not plan.has_shared_legend and legend.plan(entries, plan.axes, on) or nil
  plan.legend_left = right + style.bar_gap
  if plan.legend and plan.legend_place == "outside" then right = plan.legend_left + plan.legend.width end
  if plan.legend and plan.legend_place == "above" then
    plan.legend = legend.flat(entries, plan.axes, on, rect.width)
    plan.above = twin_top + legend.room_above(plan.legend)
  end
  local room = { left = math.max(left, out_left), right = right, top = plan.above + top_room(on, plan, rect.width), bottom = bottom }
  for _, item in ipairs(plan.axes.items) do
    if item.kind.overhang then
      local over = table.pack(item.kind.overhang(item.data, on, layout.part(plan.x, item.data.x), 1 - layout.part(plan.y, item.data.y), rect.width, rect.height))
      for k, side in ipairs { "left", "right", "top", "bottom" } do room[side] = math.max(room[side], over[k] or 0) end
    end
  end
  return room
end

-- ---- the grid ---------------------------------------------------------------------------------------------------

-- Divide `length` into n parts in the ratio of `weights`, each with the room before and after it that its axes need.
local function divide(length, n, weights, before, after, gap)
  local free, sum, at = length - gap * (n - 1), 0, 0
  for k = 1, n do
    free = free - before[k] - after[k]
    sum = sum + (weights and weights[k] or 1)
  end
  local from, to = {}, {}
  for k = 1, n do
    from[k] = at + before[k]
    to[k] = from[k] + math.max(free, 4 * n) * (weights and weights[k] or 1) / sum
    at = to[k] + after[k] + gap
  end
  return from, to
end

local function most(list, k, value) list[k] = math.max(list[k] or 0, value) end

-- The y labels of a column stand in one line.
local function align_labels(plans)
  local widest_of = {}
  for _, plan in ipairs(plans) do
    if plan.y.label and plan.y.shown then most(widest_of, plan.axes.place.column, tick_room(plan.y, plan.y.widest)) end
  end
  for _, plan in ipairs(plans) do plan.y.label_at = widest_of[plan.axes.place.column] end
end

local function arrange(on, figure, plans, width, height, outer)
  local left, right, above, below = {}, {}, {}, {}
  for c = 1, figure.columns do left[c], right[c] = 0, 0 end
  for r = 1, figure.rows do above[r], below[r] = 0, 0 end
  for _, plan in ipairs(plans) do
    local place, room = plan.axes.place, measure(on, plan)
    most(left, place.column, math.max(room.left, plan.y.label and plan.y.shown and (plan.y.label_at or 0) + label_room(on, plan.y.label) or 0))
    most(right, place.column + place.column_span - 1, room.right)
    most(above, place.row, room.top)
    most(below, place.row + place.row_span - 1, room.bottom)
  end
  for _, plan in ipairs(plans) do plan.letter_at = left[plan.axes.place.column] end      -- letters of a column stand in one line
  local margin = style.margin
  local x0, x1 = divide(width - outer.right - 2 * margin, figure.columns, figure.widths, left, right, style.column_gap)
  local y0, y1 = divide(height - outer.top - outer.bottom - 2 * margin, figure.rows, figure.heights, above, below, style.row_gap)
  for _, plan in ipairs(plans) do
    local place = plan.axes.place
    local rect = { left = margin + x0[place.column], top = outer.top + margin + y0[place.row] }
    rect.width = margin + x1[place.column + place.column_span - 1] - rect.left
    rect.height = outer.top + margin + y1[place.row + place.row_span - 1] - rect.top
    plan.rect = rect
  end
end

-- Shrink to the wanted ratio of units, in the middle of the place.
local function keep_ratio(plan)
  local ratio = plan.axes.is_equal and 1 or plan.axes.is_equal == nil and plan.axes.cell_ratio
  local rect, dx, dy = plan.rect, math.abs(plan.x.to - plan.x.from), math.abs(plan.y.to - plan.y.from)
  if plan.axes.is_polar then ratio, dx, dy = 1, 1, 1 end
  if not ratio or plan.x.log or plan.y.log or plan.x.linear or plan.y.linear then return end
  local width, height = rect.height / dy * ratio * dx, rect.width / dx / ratio * dy
  if width < rect.width then
    rect.left, rect.width = rect.left + (rect.width - width) / 2, width
  else
    rect.top, rect.height = rect.top + (rect.height - height) / 2, height
  end
end

local function snap(on, rect)
  local right, bottom = on:snap(rect.left + rect.width, style.axis_width), on:snap(rect.top + rect.height, style.axis_width)
  rect.left, rect.top = on:snap(rect.left, style.axis_width), on:snap(rect.top, style.axis_width)
  rect.width, rect.height = math.max(right - rect.left, 2), math.max(bottom - rect.top, 2)
end

--- A, B, ..., Z, AA, AB, ... (or small ones).
local function letter_of(k, kind)
  local first, word = string.byte(kind == "a" and "a" or "A"), ""
  while k > 0 do
    word = string.char(first + (k - 1) % 26) .. word
    k = (k - 1) // 26
  end
  return word
end

-- ---- the whole figure -------------------------------------------------------------------------------------------

local function new_plan(axes, rect) return { axes = axes, rect = rect, twins = {}, insets = {}, twins_axes = {}, legend_place = axes.legend_place or "best" } end

-- Letters in reading order, but for axes that have one of their own, or none.
local function give_letters(figure, plans)
  local order, n = table.move(plans, 1, #plans, 1, {}), 0
  table.sort(order, function(p, q)
    local a, b = p.axes.place, q.axes.place
    return a.row < b.row or a.row == b.row and a.column < b.column
  end)
  for _, plan in ipairs(order) do
    local own = plan.axes.own_letter
    if own == nil and figure.letters then
      n = n + 1
      own = letter_of(n, figure.letters)
    end
    plan.letter = own or nil
  end
end

local function make_plans(figure, width, height)
  local plans = {}
  for k, axes in ipairs(figure:used()) do
    local plan = new_plan(axes, { width = 0.8 * width / figure.columns, height = 0.75 * height / figure.rows })
    plan.has_shared_bar, plan.has_shared_legend = figure.shared_bar ~= nil, figure.shared_legend ~= nil
    for _, other in ipairs(axes.children) do
      local one = new_plan(other, plan.rect)
      one.has_shared_bar, one.has_shared_legend = plan.has_shared_bar, plan.has_shared_legend
      if other.twin_of then
        plan.twins[#plan.twins + 1], plan.twins_axes[#plan.twins_axes + 1] = one, other
      else
        plan.insets[#plan.insets + 1] = one
      end
    end
    plans[k] = plan
  end
  give_letters(figure, plans)
  return plans
end

-- One range of colours for all that is coloured by value and was given no range; the bar that stands for it.
local function shared_bar(figure, plans)
  if not figure.shared_bar then return nil end
  local list = {}
  for _, plan in ipairs(layout.every(plans)) do table.move(plan.axes.mappings, 1, #plan.axes.mappings, #list + 1, list) end
  if #list == 0 then return nil end
  mapping.join(list)
  return { mapping = list[1], label = figure.shared_bar.label, values = figure.shared_bar.values }
end

local function shared_legend(figure, on)
  local given = figure.shared_legend
  if not given then return nil end
  local all = {}
  for _, axes in ipairs(figure:used()) do
    all[#all + 1] = axes
    table.move(axes.children, 1, #axes.children, #all + 1, all)
  end
  local plan = legend.plan(legend.entries(all), { legend_options = { columns = given.columns or (given.place == "right" and 1 or 6), title = given.title } }, on)
  if plan then plan.place = given.place end
  return plan
end

-- What stands round all axes: the figure's title, a bar and a legend for all; and the room that they take.
local function plan_outer(figure, on, plans, width, height)
  local outer = { top = 0, right = 0, bottom = 0 }
  if figure.title_text then
    local font = { size = style.figure_title_size }
    local _, title_height = text.measure(on, text.wrap(on, figure.title_text, font, width - 2 * style.margin), font)
    outer.top = title_height + style.title_gap
    outer.title = outer.top
  end
  outer.legend = shared_legend(figure, on)
  if outer.legend then
    local side, size = outer.legend.place, outer.legend.place == "right" and outer.legend.width or outer.legend.height
    outer[side] = outer[side] + size + style.bar_gap
  end
  local bar = shared_bar(figure, plans)
  local bar_width
  outer.bar, bar_width = plan_bar(on, bar, 0.6 * height)
  outer.bar_right = outer.right
  outer.right = outer.right + bar_width
  outer.bar_width = bar_width
  return outer
end

local function plan_insets(on, plan)
  for _, inset in ipairs(plan.insets) do
    local part, rect = inset.axes.rect, plan.rect
    inset.rect = { left = rect.left + part[1] * rect.width, top = rect.top + (1 - part[2] - part[4]) * rect.height, width = part[3] * rect.width, height = part[4] * rect.height }
    inset.x.shown, inset.y.shown = true, true
    keep_ratio(inset)
    snap(on, inset.rect)
    measure(on, inset)
    inset.y.label_at = tick_room(inset.y, inset.y.widest or 0)
  end
end

--- The rectangle of planned axes and their limits, as a canvas wants them.
---@param plan table
---@return table frame
function layout.frame(plan)
  local rect = plan.rect
  return { left = rect.left, top = rect.top, width = rect.width, height = rect.height, x0 = plan.x.from, x1 = plan.x.to, y0 = plan.y.from, y1 = plan.y.to,
    x_log = plan.x.log, y_log = plan.y.log, x_linear = plan.x.linear, y_linear = plan.y.linear }
end

-- Places for the legends that were given none. Does one of them stand outside, so that the axes have less room?
local function place_legends(on, plans)
  local is_beside = false
  for _, plan in ipairs(layout.every(plans)) do
    if plan.legend and plan.legend_place == "best" then
      for _, one in ipairs { plan, table.unpack(plan.twins) } do one.axes.frame = layout.frame(one) end
      plan.legend_place = legend.best({ plan.axes, table.unpack(plan.twins_axes) }, plan.legend, on)
      is_beside = is_beside or plan.legend_place == "outside" or plan.legend_place == "above"
    end
  end
  return is_beside
end

--- Plan the figure for a page.
---@param figure lunapse.Figure
---@param on lunapse.Canvas
---@return table[] plans  one for each axes of the grid in use: axes, rect, x, y (from, to, ticks, ...), bar, legend, twins, insets
---@return table outer  what stands round them: title (the height that it takes), legend, bar, and the room on each side
function layout.plan(figure, on)
  local width, height = on:size()
  local plans = make_plans(figure, width, height)
  local outer = plan_outer(figure, on, plans, width, height)
  set_limits(figure, layout.every(plans))
  agree_on_powers(layout.every(plans))
  wrap_words(figure, layout.every(plans), on, width - outer.right, height - outer.top - outer.bottom)
  hide_inner(figure, plans)
  local function settle()
    for _ = 1, ROUNDS do
      arrange(on, figure, plans, width, height, outer)
      align_labels(plans)
    end
    for _, plan in ipairs(plans) do
      keep_ratio(plan)
      snap(on, plan.rect)
      measure(on, plan)
      plan_insets(on, plan)
    end
    align_labels(plans)
  end
  settle()
  if place_legends(on, plans) then settle() end
  return plans, outer
end

return layout
