--- What functions of lunapse.hearing are given: sources, lists of them, lists of numbers.

local array = require "lunapse.array"
local options = require "lunapse.options"

local given = {}

--- Rows [n] or [n][channels] of finite numbers: a NaN would go on through filters and networks in silence.
---@param where string
---@param rows any  array of one or two axes
function given.finite(where, rows)
  local finite = rows:isfinite()
  if finite:all() then return end
  local _, channels = rows:shape()
  local at = finite:flatten():negate():argmax() - 1
  local n = channels or 1
  local row, channel = at // n + 1, at % n + 1
  local value = channels and rows:get(row, channel) or rows[row]
  options.fail(("%s: row %d%s %s"):format(where, row, channels and channels > 1 and (", channel %d"):format(channel) or "",
    value ~= value and "is not a number (NaN)" or ("must be finite, got %s"):format(options.show(value))))
end

--- Make the objects of a class what nobody can change: fields of these names stand behind each of them (`given.behind`).
---@param class table
---@param noun string
---@param hint string  how to get another one
function given.seal(class, noun, hint)
  class.__newindex = function(self, key, value)
    if type(key) == "string" and key:sub(1, 1) == "_" then return rawset(self, key, value) end
    options.fail(("%s: '%s' cannot be set: %s"):format(noun, tostring(key), hint))
  end
end

--- An object of a sealed class: those of its fields that users read are put where nobody writes them, in `_behind`.
---@param class table
---@param fields table
---@param names string[]
---@return table
function given.behind(class, fields, names)
  local behind = {}
  for _, name in ipairs(names) do behind[name], fields[name] = fields[name], nil end
  fields._behind = behind
  return setmetatable(fields, class)
end

--- A number, a list or an array of numbers as an array [n] of float64.
---@param where string
---@param name string
---@param x any
---@return any
function given.numbers(where, name, x)
  if type(x) == "number" then return array.full(x + 0.0, 1) end
  if type(x) ~= "table" and not array.is(x) then options.fail(("%s: %s must be a number or a list of them, got %s"):format(where, name, options.show(x))) end
  local ok, list = pcall(array.from, x, "float64")
  if not ok then
    for k = 1, #x do
      if type(x[k]) ~= "number" then options.fail(("%s: %s %d must be a number, got %s"):format(where, name, k, options.show(x[k]))) end
    end
    options.fail(("%s: %s must be a number or a list of them, got a table without them"):format(where, name))
  end
  return list:flatten():copy()
end

--- A list of sources, or of what `is` says is one.
---@param where string
---@param list any
---@param is fun(x: any): boolean
---@param noun string
---@return table
function given.parts(where, list, is, noun)
  if type(list) ~= "table" or is(list) then options.fail(("%s: a list of %ss expected, got %s"):format(where, noun, is(list) and "one of them" or options.show(list))) end
  if #list == 0 then options.fail(("%s: no %ss"):format(where, noun)) end
  for k = 1, #list do
    if not is(list[k]) then options.fail(("%s: part %d is no %s but a %s"):format(where, k, noun, type(list[k]))) end
  end
  return list
end

return given
