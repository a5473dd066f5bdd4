--- Arrays that equations read: timed arrays, stim(t), and look-up tables, f(x) and g(x, y). Their numbers lie in one array of the engine each, however many populations read
--- it; where in it what lies is their *shape* (language/back/tables.lua), on which compilations depend.
local array = require "lunapse.core.array"
local front = require "lunapse.language.front"
local options = require "lunapse.options"
local spline = require "lunapse.network.spline"
local units = require "lunapse.language.base.unit_table"

local lookup = {}

---@class Table  a function that is given by its values, for equations
---@field values array       its values at the points of its axes
---@field axes array[]       the points
local Table = { _noun = "table" }

local own = { values = true, axes = true, interpolation = true, outside = true }

function Table:__index(key)
  if key == "_lookup" or key == "_saved" then return nil end
  if own[key] then return rawget(self, "_given")[key] end
  return options.missing("table", key, { "values", "axes", "interpolation", "outside" })
end

function Table:__newindex(key) options.fail(("table: '%s' cannot be set: make another table"):format(tostring(key))) end

function Table:__tostring() return self._lookup.facts.words end

--- A unit in words: its worth, and its vector.
---@param where string
---@param text string|table|nil  the vector itself is worth 1
---@return number, table?
function lookup.unit(where, text)
  if text == nil then return 1, nil end
  if type(text) == "table" then return 1, units.vector(table.unpack(text)) end
  local ok, node = pcall(front.expression, text)
  local worth, vector
  if ok then worth, vector = units.of_tree(node) end
  if not worth then options.fail(("%s: %s"):format(where, options.unknown("unit", text, units.names()))) end
  return worth, vector
end

-- ---- numbers ----

local function check_finite(where, what, a)
  local bad = a:isfinite():negate():find()
  if #bad > 0 then options.fail(("%s: %s must be finite numbers; number %d is not"):format(where, what, bad[1])) end
end

--- An array with all numbers: axes, then values.
local function gathered(n, pieces)
  local all, at = array.new("float64", n), 0
  for _, piece in ipairs(pieces) do
    local m = array.is(piece) and piece:size() or #piece
    all:slice(at + 1, at + m):assign(array.is(piece) and piece:flatten() or array.from(piece, "float64"))
    at = at + m
  end
  return all
end

--- An axis at place `at` of the array: its facts, and its numbers. `points`: listed ones, or { first, step }.
local function axis_of(at, rows, points, is_listed, period)
  local numbers = { period or 0 }
  for k = 1, #points do numbers[k + 1] = points[k] end
  return { at = at, rows = rows, is_listed = is_listed or nil }, numbers
end

--- What is read of a timed array: its shape, its facts, and a function that makes its array.
---@param rows array       [n] or [n][channels]
---@param opt { dt?: number, times?: array, period?: number, interpolate?: boolean }
---@param unit? table      vector
---@return table
function lookup.timed(rows, opt, unit)
  local n, channels = rows:shape()
  channels = channels or 1
  local points, is_listed, n_points = opt.times and opt.times:table() or { 0, opt.dt }, opt.times ~= nil, n
  local goes_round = opt.period and opt.interpolate and (is_listed or math.abs(opt.period - n * opt.dt) < 1e-9 * opt.period)
  if goes_round then -- from the last row to the first one of the next period
    n_points = n + 1
    if is_listed then points[n_points] = opt.period end
  end
  -- a period is over where the next begins; what lies on the end of the axis belongs to both
  local axis, numbers = axis_of(0, n_points, points, is_listed, opt.period)
  axis.is_time = true
  return {
    shape = { axes = { axis }, at = #numbers, rows = n_points, columns = channels, how = opt.interpolate and "linear" or "steps", outside = "hold",
      begins = is_listed and points[1] > 0 or nil },
    facts = { is_timed = true, n_arguments = channels > 1 and 2 or 1, channels = channels, unit = unit,
      words = ("timed array of %d row%s%s, %s"):format(n, n == 1 and "" or "s", channels > 1 and (" and %d channels"):format(channels) or "",
        is_listed and "at given times" or ("dt %g ms"):format(opt.dt)) },
    make = function()
      local all = rows
      if goes_round then all = gathered(n_points * channels, { rows, channels > 1 and rows[1] or rows:slice(1, 1) }) end
      return gathered(#numbers + n_points * channels, { numbers, all })
    end,
  }
end

-- ---- tables ----

local interpolations, outsides = { linear = true, cubic = true }, { hold = true, zero = true, stop = true }

local function word(name, given, known)
  if given == nil or known[given] then return given end
  local list = {}
  for k in pairs(known) do list[#list + 1] = k end
  table.sort(list)
  return options.fail(("lp.table: %s"):format(options.unknown(name, given, list)))
end

--- What an option says of the k-th of n axes: of one axis it is said without a list.
local function of_axis(name, given, n, k)
  if given == nil then return nil end
  if n == 1 and type(given) ~= "table" then return given end
  if type(given) ~= "table" or #given ~= n then options.fail(("lp.table: option '%s' must be a list of two, one for each axis"):format(name)) end
  return given[k]
end

--- The points of an axis of n points: listed, or { first, step }; and whether they are listed.
local function points_of(opt, n_axes, k, n, worth)
  local which = n_axes == 1 and "" or (" of axis %d"):format(k)
  local at = opt.at
  if n_axes == 2 and at ~= nil then at = of_axis("at", at, 2, k) end
  if at ~= nil then
    local listed = array.from(at, "float64"):flatten()
    if listed:size() ~= n then options.fail(("lp.table: %d points%s for %d values"):format(listed:size(), which, n)) end
    check_finite("lp.table", "points" .. which, listed)
    local points = listed:table()
    for i = 2, n do
      if not (points[i] > points[i - 1]) then options.fail(("lp.table: points%s must rise: point %d is %g, after %g"):format(which, i, points[i], points[i - 1])) end
    end
    for i = 1, n do points[i] = points[i] * worth end
    return points, true
  end
  local from, to = of_axis("from", opt.from, n_axes, k), of_axis("to", opt.to, n_axes, k)
  options.number("lp.table", "from" .. which, from, -math.huge, math.huge)
  options.number("lp.table", "to" .. which, to, -math.huge, math.huge)
  if not (to > from) then options.fail(("lp.table: 'to'%s must be above 'from', got %g and %g"):format(which, to, from)) end
  return { from * worth, (to - from) / (n - 1) * worth }, false
end

local function all_points(points, is_listed, n)
  if is_listed then return points end
  local list = {}
  for i = 1, n do list[i] = points[1] + (i - 1) * points[2] end
  return list
end

--- A function that is given by its values, for equations: `f(x)` of a list of values, `g(x, y)` of rows of them (a row for each x, a column for each y). Between points it is
--- linear, or with `interpolation = "cubic"` a cubic spline (not-a-knot: what is a cubic polynomial comes out as that; of fewer than four points a parabola or a line).
--- The points lie evenly `from` .. `to`, or `at` given places; of two arguments both options are lists of two. What lies outside has the value at the end ("hold"), the value 0
--- ("zero"), or stops the run ("stop"), as `outside` says. `unit` is that of the values, `of` that of the argument (a list, of two); they are checked where a model names units.
---@param values number[]|number[][]|array
---@param opt { from?: number|number[], to?: number|number[], at?: any, interpolation?: "linear"|"cubic", outside?: "hold"|"zero"|"stop", unit?: string, of?: string|string[] }
---@return Table
--- Errors: "lp.table: points must rise: point 3 is 1, after 2".
--- Example: lp.neuron { arrays = { f = lp.table({ 0, 1, 4, 9 }, { from = 0, to = 3 }) }, equations = "y = f(x) ..." }
function lookup.table(values, opt)
  opt = options.check("lp.table", opt or {}, { from = "number|table", to = "number|table", at = "any", interpolation = "string", outside = "string",
    unit = "string|table", of = "string|table" })
  if type(values) ~= "table" and not array.is(values) or options.is_object(values) and not array.is(values) then
    options.fail("lp.table: values in a table or an array expected, got " .. options.show(values))
  end
  if (opt.at == nil) == (opt.from == nil or opt.to == nil) then options.fail "lp.table: either at, or from and to, are needed: where the values lie" end
  local worth, unit = lookup.unit("lp.table, unit", opt.unit)
  local grid = array.from(values, "float64") * worth
  check_finite("lp.table", "values", grid:flatten())
  local sizes = { grid:shape() }
  if #sizes > 2 then options.fail(("lp.table: values along one axis or two expected, got %d axes"):format(#sizes)) end
  local how, outside = word("interpolation", opt.interpolation, interpolations) or "linear", word("outside", opt.outside, outsides) or "hold"
  local shape, facts = { axes = {}, at = 0, how = how, outside = outside }, { n_arguments = #sizes, unit = unit, of = {} }
  local pieces, points, listed = {}, {}, {}
  for k, n in ipairs(sizes) do
    if n < 2 then options.fail(("lp.table: at least 2 values are needed along %s"):format(#sizes == 1 and "its axis" or "each axis")) end
    local of = #sizes == 1 and opt.of or nil
    if #sizes == 2 and opt.of ~= nil then of = of_axis("of", opt.of, 2, k) end
    local scale
    scale, facts.of[k] = lookup.unit("lp.table, of", of)
    points[k], listed[k] = points_of(opt, #sizes, k, n, scale)
    shape.axes[k], pieces[k] = axis_of(shape.at, n, points[k], listed[k])
    shape.at = shape.at + #pieces[k]
    points[k] = all_points(points[k], listed[k], n)
  end
  local order = how == "cubic" and 4 or 1
  shape.rows, shape.columns = sizes[1] - (order > 1 and 1 or 0), order
  if #sizes == 2 then shape.columns = order == 1 and sizes[2] or order * order * (sizes[2] - 1) end
  if #sizes == 1 and order == 1 then shape.columns = 1 end
  facts.words = ("table of %s values, %s"):format(#sizes == 1 and ("%d"):format(sizes[1]) or ("%d x %d"):format(sizes[1], sizes[2]), how)
  local lists, spans = {}, {}
  for k, list in ipairs(points) do
    lists[k], spans[k] = array.from(list, "float64"), listed[k] and 0 or 1
  end
  local given = { values = grid, axes = lists, interpolation = how, outside = outside }
  return setmetatable({
    _given = given,
    _lookup = { shape = shape, facts = facts, make = function()
      local numbers = how == "linear" and grid or #sizes == 1 and spline.rows(points[1], grid:table()) or spline.cells(points[1], points[2], grid:table())
      pieces[#sizes + 1] = numbers
      return gathered(shape.at + shape.rows * shape.columns, pieces)
    end },
    _saved = { kind = "table", values = grid, axes = lists, even = array.from(spans), interpolation = how, outside = outside, unit = unit, of = facts.of },
  }, Table)
end

-- ---- what models hold ----

--- What equations read of a timed array or a table: { shape, facts, make }; nil for anything else.
---@param x any
---@return table?
function lookup.of(x)
  if type(x) ~= "table" then return nil end
  local found = rawget(x, "_lookup")
  return type(found) == "table" and found.shape and found or nil
end

local filled = setmetatable({}, { __mode = "k" })

--- The one array of the numbers of a timed array or a table.
---@param of table  as lookup.of gives it
---@return array
function lookup.array(of)
  filled[of] = filled[of] or of.make()
  return filled[of]
end

--- The arrays that an object reads: those of its model, and in their place those that it was given.
---@param title string
---@param m Model
---@param given? table<string, any>
---@return table<string, table>  name -> what was given
function lookup.take(title, m, given)
  local taken = {}
  for _, one in ipairs(m.checked.arrays) do taken[one.name] = one.source end
  for name, value in pairs(given or {}) do
    local one = type(name) == "string" and m.checked.arrays[name]
    if not one then
      local names = {}
      for k, known in ipairs(m.checked.arrays) do names[k] = known.name end
      options.fail(("%s: %s"):format(title, options.unknown("array", name, names)))
    end
    local of = lookup.of(value)
    if not of then options.fail(("%s, array '%s': a timed array or a table expected (lp.timed_array, lp.table), got %s"):format(title, name, options.show(value))) end
    local before = one.facts
    if before and (before.n_arguments ~= of.facts.n_arguments or before.is_timed ~= of.facts.is_timed) then
      options.fail(("%s: array '%s' is a %s in its model, a %s is something else"):format(title, name, before.words, of.facts.words))
    end
    taken[name] = value
  end
  for _, one in ipairs(m.checked.arrays) do
    if not taken[one.name] then
      options.fail(("%s: its model reads the array '%s': give it, arrays = { %s = lp.timed_array(...) }"):format(title, one.name, one.name))
    end
  end
  return taken
end

-- ---- files ----

--- What a file holds of an array, and the array that was made from it.
---@param x any
---@return table
function lookup.saved(x) return rawget(x, "_saved") end

---@param saved table
---@return any
function lookup.from_saved(saved)
  if saved.kind == "table" then
    local n, opt = #saved.axes, { interpolation = saved.interpolation, outside = saved.outside, unit = saved.unit }
    local of, ends = saved.of or {}, { at = saved.axes, from = {}, to = {} }
    for k, points in ipairs(saved.axes) do ends.from[k], ends.to[k] = points[1], points[#points] end
    for _, name in ipairs(saved.even[1] == 1 and { "from", "to" } or { "at" }) do opt[name] = n == 1 and ends[name][1] or ends[name] end
    opt.of = of[1] and (n == 1 and of[1] or of) or nil
    return lookup.table(saved.values, opt)
  end
  return require("lunapse.hearing.timed").timed_array(saved.values, { dt = saved.dt, times = saved.times, period = saved.period, interpolate = saved.interpolate,
    unit = saved.unit })
end

return lookup
