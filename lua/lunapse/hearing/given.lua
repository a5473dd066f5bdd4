--- What functions of lunapse.hearing are given: sources, lists of them, lists of numbers.

local array = require "lunapse.array"
local options = require "lunapse.options"

local given = {}

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
