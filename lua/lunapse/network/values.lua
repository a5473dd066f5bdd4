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

local function check_least(where, x, least)
  if x < least then options.fail(("%s must be at least %g, got %g"):format(where, least, x)) end
end

--- Put a value into `a` (an array of `n` elements): a number, a table or array of n numbers, or a distribution.
---@param where string   for messages: "population 'E', v"
---@param net table
---@param object integer number of the object, for random streams
---@param a array
---@param value any
---@param is_int? boolean  only whole numbers may be put there
---@param least? number     and none below this one
function values.assign(where, net, object, a, value, is_int, least)
  local n = #a
  if type(value) == "number" or type(value) == "boolean" then
    if value ~= value then options.fail(("%s: the value is not a number (NaN)"):format(where)) end
    if value == math.huge or value == -math.huge then options.fail(("%s: the value must be finite, got %s"):format(where, options.show(value))) end
    if least and type(value) == "number" then check_least(where, value, least) end
    if is_int and type(value) == "number" and value % 1 ~= 0 then options.fail(("%s holds whole numbers (int), got %g"):format(where, value)) end
    a:fill(value == true and 1 or value or 0)
  elseif random.is(value) then
    net._draws = net._draws + 1
    local drawn = engine.random(value.kind, value.a, value.b, value.low, value.high, net.seed, object, net._draws, n)
    if is_int then check_whole(where, drawn) end
    if least then check_least(where, drawn:min(), least) end
    a:assign(drawn)
  elseif type(value) == "table" or type(value) == "userdata" then
    local ok, from = pcall(array.from, value)
    if not ok then options.fail(("%s: numbers expected: %s"):format(where, tostring(from))) end
    if from:size() ~= n then options.fail(("%s: %d numbers expected, got %d"):format(where, n, from:size())) end
    from = from:flatten()
    local bad = from:ne(from)
    if bad:any() then options.fail(("%s: element %d is not a number (NaN)"):format(where, bad:find()[1])) end
    bad = ~from:isfinite()
    if bad:any() then options.fail(("%s: element %d must be finite, got %s"):format(where, bad:find()[1], options.show(from[bad:find()[1]]))) end
    if is_int then check_whole(where, from) end
    if least then check_least(where, from:min(), least) end
    a:assign(from)
  else
    options.fail(("%s: a number, a table or array of numbers, or a distribution expected, got %s"):format(where, options.show(value)))
  end
end

return values
