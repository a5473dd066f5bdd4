--- What is looked for: parameters with ranges, as points of the unit cube. Ranges may be logarithmic; a parameter that is a number is fixed.
local options = require "lunapse.options"

---@class ParameterRange
---@field [1] number    the lowest value
---@field [2] number    the highest
---@field log? boolean  equal factors are equal steps
---@field start? number  where a search begins that begins somewhere; the middle unless given

---@class FreeParameter
---@field name string|integer
---@field low number
---@field high number
---@field is_log boolean
---@field start? number

---@class ParameterSpace
---@field free FreeParameter[]              in alphabetical order, or that of a list
---@field fixed table<string|integer, number>
local Space = {}
Space.__index = Space

local parameters = {}

local function finite(where, what, x)
  if type(x) ~= "number" or x - x ~= 0 then options.fail(("%s: %s must be a finite number, got %s"):format(where, what, options.show(x))) end
  return x + 0.0
end

local known = { [1] = true, [2] = true, log = true, start = true }

--- One range, checked.
local function free(where, name, given)
  where = ("%s: parameter '%s'"):format(where, name)
  for key in pairs(given) do
    if not known[key] then options.fail(("%s: %s"):format(where, options.unknown("option", key, { "log", "start" }))) end
  end
  local low, high = finite(where, "the lower bound", given[1]), finite(where, "the upper bound", given[2])
  if low >= high then options.fail(("%s: the bounds must rise, got %s to %s"):format(where, options.show(low), options.show(high))) end
  if given.log ~= nil and type(given.log) ~= "boolean" then options.fail(("%s: log must be true or false, got %s"):format(where, options.show(given.log))) end
  if given.log and low <= 0 then options.fail(("%s: a logarithmic range must be above 0, got %s to %s"):format(where, options.show(low), options.show(high))) end
  local start = given.start
  if start ~= nil then
    start = finite(where, "start", start)
    if start < low or start > high then
      options.fail(("%s: start must lie within the bounds, %s to %s, got %s"):format(where, options.show(low), options.show(high), options.show(start)))
    end
  end
  return { name = name, low = low, high = high, is_log = given.log == true, start = start }
end

--- What a user gave as `parameters`: names, or places of a list, with ranges or numbers.
---@param where string
---@param given table<string|integer, ParameterRange|number>
---@return ParameterSpace
function parameters.read(where, given)
  if type(given) ~= "table" then
    options.fail(("%s: parameters must be a table of ranges, such as { tau = { 5, 50 } }, got %s"):format(where, options.show(given)))
  end
  local names, self = {}, setmetatable({ free = {}, fixed = {} }, Space)
  for name in pairs(given) do
    if type(name) ~= "string" and math.type(name) ~= "integer" then
      options.fail(("%s: parameters have names, or stand in a list; got %s"):format(where, options.show(name)))
    end
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  for _, name in ipairs(names) do
    local value = given[name]
    if type(value) == "table" then
      self.free[#self.free + 1] = free(where, name, value)
    elseif type(value) == "number" then
      self.fixed[name] = finite(where, ("parameter '%s'"):format(name), value)
    else
      options.fail(("%s: parameter '%s' must be a range { low, high } or a number, got %s"):format(where, name, options.show(value)))
    end
  end
  if #self.free == 0 then options.fail(("%s: nothing to look for: no parameter has a range { low, high }"):format(where)) end
  return self
end

--- The value of a free parameter at a coordinate of 0..1.
local function value_at(p, x)
  if x <= 0 then return p.low elseif x >= 1 then return p.high end
  local low, high = p.low, p.high
  local value = p.is_log and low * (high / low) ^ x or low + x * (high - low)
  return value < low and low or value > high and high or value
end

--- The parameters at a point of the unit cube, with the fixed ones.
---@param x number[]
---@return table<string|integer, number>
function Space:at(x)
  local point = {}
  for name, value in pairs(self.fixed) do point[name] = value end
  for k, p in ipairs(self.free) do point[p.name] = value_at(p, x[k]) end
  return point
end

--- The point of the unit cube of these parameters.
---@param point table<string|integer, number>
---@return number[]
function Space:place(point)
  local x = {}
  for k, p in ipairs(self.free) do
    local value = point[p.name]
    x[k] = p.is_log and math.log(value / p.low) / math.log(p.high / p.low) or (value - p.low) / (p.high - p.low)
    x[k] = math.max(0, math.min(1, x[k]))
  end
  return x
end

--- Where a search begins, and whether somebody said so.
---@return number[] x, boolean is_given
function Space:start()
  local point, is_given = {}, false
  for _, p in ipairs(self.free) do
    is_given = is_given or p.start ~= nil
    point[p.name] = p.start or value_at(p, 0.5)
  end
  return self:place(point), is_given
end

--- The free parameters of a point in words.
---@param point table<string|integer, number>
---@return string
function Space:text(point)
  local parts = {}
  for k, p in ipairs(self.free) do parts[k] = ("%s = %.6g"):format(p.name, point[p.name]) end
  return table.concat(parts, ", ")
end

return parameters
