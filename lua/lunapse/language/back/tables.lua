--- Arrays of a model: stim(t), stim(t, i), f(x), g(x, y), as values. Which numbers they hold is nobody's business here: a *shape* says where in an array what
--- stands.
---
---   axes       one for each argument that is looked for on an axis: { at, rows, is_listed, is_time }
---   at         where the numbers begin: rows * columns of them. Of timed arrays rows are times, columns channels; of tables with two arguments columns are points of
---              the second axis. Between points of cubic tables lie polynomials: a row (and column) for each step of an axis, coefficients side by side
---   how        "steps", "linear" or "cubic"
---   outside    what lies outside of the axes: "hold" (what is at their ends), "zero" or "stop" (NaN, with which no simulation goes on)
---   begins     before the first point is nothing, 0

local tables = {}

local ORDER = 4 -- coefficients of a cubic polynomial

--- Where an argument lies on an axis: its step, and the part of it. A time is found in double precision, whatever the network's.
local function find(graph, slot, axis, x)
  local place = { at = axis.at, n_rows = axis.rows, is_listed = axis.is_listed or nil }
  if axis.is_time then
    local offset = x.op == "now" and graph:const(0) or x.op == "add" and (x.a.op == "now" and x.b or x.b.op == "now" and x.a)
      or x.op == "sub" and x.a.op == "now" and graph:neg(x.b)
    if offset then place.is_time, x = true, offset end
  end
  return graph:of_table("locate", slot, place, x), function() return graph:of_table("beyond", slot, place, x) end
end

--- Whether an argument lies outside of an axis.
local function is_outside(graph, axis, step, part)
  local last = graph:const(axis.rows - 1)
  return graph:disjunction(graph:compare("lt", step, graph:const(0)),
    graph:disjunction(graph:compare("gt", step, last), graph:conjunction(graph:compare("eq", step, last), graph:compare("gt", part, graph:const(0)))))
end

local function between(graph, low, high, part) return graph:add(low, graph:mul(part, graph:sub(high, low))) end

local readers = {}

function readers.steps(graph, read, place, columns) return read(place[1].step, columns[2] and graph:sub(columns[2], graph:const(1)) or graph:const(0)) end

function readers.linear(graph, read, place, columns, shape)
  local one, first = graph:const(1), place[1]
  local function along(column) return between(graph, read(first.step, column), read(graph:add(first.step, one), column), first.part()) end
  local second = place[2]
  if not second then return along(columns[2] and graph:sub(columns[2], one) or graph:const(0)) end
  local function held(step) return graph:min(graph:max(step, graph:const(0)), graph:const(shape.columns - 1)) end
  return between(graph, along(held(second.step)), along(held(graph:add(second.step, one))), second.part())
end

--- A function that gives a polynomial from its coefficients, the constant first.
local function polynomial_of(graph)
  return function(coefficients, x)
    local sum = coefficients[ORDER]
    for k = ORDER - 1, 1, -1 do sum = graph:add(graph:mul(sum, x), coefficients[k]) end
    return sum
  end
end

function readers.cubic(graph, read, place, _, shape, instead)
  local along_first, along_second = instead and instead[1] or polynomial_of(graph), instead and instead[2] or polynomial_of(graph)
  local zero, one = graph:const(0), graph:const(1)
  local steps, parts = {}, {}
  for k, found in ipairs(place) do -- beyond the ends the polynomials at the ends give what is there
    local last = graph:const(shape.axes[k].rows - 2)
    steps[k] = graph:min(graph:max(found.step, zero), last)
    parts[k] = graph:select(graph:compare("lt", found.step, zero), zero, graph:select(graph:compare("gt", found.step, last), one, found.part()))
  end
  local function along(column)
    local coefficients = {}
    for k = 1, ORDER do coefficients[k] = read(steps[1], column(k - 1)) end
    return along_first(coefficients, parts[1])
  end
  if not place[2] then return along(function(k) return graph:const(k) end) end
  local first, coefficients = graph:mul(graph:const(ORDER * ORDER), steps[2]), {}
  for k = 1, ORDER do coefficients[k] = along(function(m) return graph:add(first, graph:const(m * ORDER + k - 1)) end) end
  return along_second(coefficients, parts[2])
end

--- The length of the step of an axis in which an argument lies.
local function width(graph, slot, axis, step)
  if not axis.is_listed then return graph:of_table("lookup", slot, { at = axis.at + 2, n_rows = 1, columns = 1 }, graph:const(0), graph:const(0)) end
  local function point(row) return graph:of_table("lookup", slot, { at = axis.at + 1, n_rows = axis.rows, columns = 1 }, row, graph:const(0)) end
  local length = graph:sub(point(graph:add(step, graph:const(1))), point(step))
  return graph:select(graph:compare("gt", length, graph:const(0)), length, graph:const(1)) -- outside what is divided is 0
end

--- What arrays rise by along argument `by`, in one step of its axis.
local rises = {}

function rises.steps(graph) return graph:const(0) end

function rises.linear(graph, read, place, columns, shape, by)
  -- the difference of the values at both ends of the step: that is the value with 1, less that with 0, for its part
  local function at(part)
    local other = table.move(place, 1, #place, 1, {})
    other[by] = { step = place[by].step, part = function() return graph:const(part) end }
    return readers.linear(graph, read, other, columns, shape)
  end
  return graph:sub(at(1), at(0))
end

function rises.cubic(graph, read, place, columns, shape, by)
  local function derived(coefficients, x)
    local sum = graph:mul(graph:const(ORDER - 1), coefficients[ORDER])
    for k = ORDER - 1, 2, -1 do sum = graph:add(graph:mul(sum, x), graph:mul(graph:const(k - 1), coefficients[k])) end
    return sum
  end
  return readers.cubic(graph, read, place, columns, shape, { [by] = derived })
end

--- What an array gives for arguments; with `by` its slope by that argument.
---@param graph table
---@param slot table   of the array
---@param shape table
---@param args table[]  values
---@param by? integer
---@return table value
function tables.value(graph, slot, shape, args, by)
  local function read(row, column)
    return graph:of_table("lookup", slot, { at = shape.at, n_rows = shape.rows, columns = shape.columns }, row, column)
  end
  local place = {}
  for k, axis in ipairs(shape.axes) do
    local step, part = find(graph, slot, axis, args[k])
    place[k] = { step = step, part = part }
  end
  local columns = #shape.axes < #args and args or {}
  local value
  if by and not place[by] then return graph:const(0) end
  if by then
    value = graph:div(rises[shape.how](graph, read, place, columns, shape, by), width(graph, slot, shape.axes[by], place[by].step))
    local last = graph:const(shape.axes[by].rows - 1)
    local is_in = graph:conjunction(graph:compare("ge", place[by].step, graph:const(0)), graph:compare("lt", place[by].step, last))
    value = graph:select(is_in, value, graph:const(0))
  else
    value = readers[shape.how](graph, read, place, columns, shape)
  end
  if shape.begins then return graph:select(graph:compare("lt", place[1].step, graph:const(0)), graph:const(0), value) end
  if shape.outside == "hold" then return value end
  local nothing = graph:const(shape.outside == "zero" and 0 or 0 / 0)
  for k, axis in ipairs(shape.axes) do value = graph:select(is_outside(graph, axis, place[k].step, place[k].part()), nothing, value) end
  return value
end

return tables
