--- Values: what may be put into the array of a variable, and how.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"

local values = {}

--- Is it one value for all: a number or a truth value?
---@param value any
---@return boolean
function values.is_one(value) return type(value) == "number" or type(value) == "boolean" end

--- Is it a list of values, a table or an array?
---@param value any
---@return boolean
function values.is_list(value) return type(value) == "userdata" or type(value) == "table" and not random.is(value) end

--- Type of the array that holds a variable.
local function array_type(variable, precision)
  if variable.scope == "uniform" or variable.type == "time" then return "float64" end
  if variable.type == "count" then return precision == "float32" and "int32" or "int64" end
  return precision
end

--- A new array for a variable, `n` elements.
---@param variable table
---@param n integer
---@param precision string
---@return array
function values.new_array(variable, n, precision)
  return array.new(array_type(variable, precision), variable.scope == "uniform" and (variable.count or 1) or n)
end

local function check_whole(where, a)
  local bad = a:ne(a:floor()):find()
  if #bad > 0 then options.fail(("%s holds whole numbers (int), got %g as element %d"):format(where, a[bad[1]], bad[1])) end
end

local function check_finite(where, a)
  local bad = (~a:isfinite()):find()
  if #bad == 0 then return end
  local x = a[bad[1]]
  options.fail(("%s: element %d %s"):format(where, bad[1], x ~= x and "is not a number (NaN)" or "must be finite, got " .. options.show(x)))
end

local function check_least(where, x, least)
  if x < least then options.fail(("%s must be at least %g, got %g"):format(where, least, x)) end
end

--- What the engine must know to draw the next numbers of a distribution for an object: each drawing has a stream of its own.
---@param net table
---@param object integer
---@param d Distribution
---@return string kind
---@return number ...  a, b, low, high, seed, object, stream
function values.draw(net, object, d)
  net._draws = net._draws + 1
  return d.kind, d.a, d.b, d.low, d.high, net.seed, object, net._draws
end

--- Put a value into `a` (an array of `n` elements): a number, a table or array of n numbers, or a distribution.
---@param where string   for messages: "population 'E', v"
---@param net table
---@param object integer number of the object, for random streams
---@param a array
---@param value any
---@param is_int? boolean  only whole numbers may be put there
---@param least? number     and none below this one
---@param draw? fun(a: array, ...)  what draws, in place of engine.draw
function values.assign(where, net, object, a, value, is_int, least, draw)
  local n = #a
  draw = draw or engine.draw
  if type(value) == "number" or type(value) == "boolean" then
    if value ~= value then options.fail(("%s: the value is not a number (NaN)"):format(where)) end
    if value == math.huge or value == -math.huge then options.fail(("%s: the value must be finite, got %s"):format(where, options.show(value))) end
    if least and type(value) == "number" then check_least(where, value, least) end
    if is_int and type(value) == "number" and value % 1 ~= 0 then options.fail(("%s holds whole numbers (int), got %g"):format(where, value)) end
    a:fill(value == true and 1 or value or 0)
  elseif random.is(value) then
    if is_int or least then       -- nothing is put before all of it is known to be good
      local drawn = array.new("float64", n)
      draw(drawn, values.draw(net, object, value))
      if is_int then check_whole(where, drawn) end
      if least and n > 0 then check_least(where, drawn:min(), least) end
      a:assign(drawn)
    else
      draw(a, values.draw(net, object, value))
    end
  elseif type(value) == "table" or type(value) == "userdata" then
    local ok, from = array.is(value), value
    if not ok then ok, from = pcall(array.from, value) end
    if not ok then
      local why = tostring(from):match "^[^%s]*: (.*)$" or tostring(from)
      if options.is_of_memory(why) then options.fail(("%s: %s"):format(where, why)) end
      if type(value) == "userdata" or why:find "^bad argument" then why = "got " .. options.show(value) end
      options.fail(("%s: numbers expected: %s"):format(where, why))
    end
    if from:size() ~= n then options.fail(("%s: %d numbers expected, got %d"):format(where, n, from:size())) end
    from = from:reshape(n)
    if not array.is_finite(from) then check_finite(where, from) end
    if is_int then check_whole(where, from) end
    if least then check_least(where, from:min(), least) end
    a:assign(from)
  else
    options.fail(("%s: a number, a table or array of numbers, or a distribution expected, got %s"):format(where, options.show(value)))
  end
end

return values
