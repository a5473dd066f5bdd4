--- What readers and writers of files share: calling C with errors at the user's line, the order of names, what counts as an array.
local array = require "lunapse.array"
local options = require "lunapse.options"

local values = {}

--- Call a function of C; what it raises is an error of the user's line.
---@param where string  "lp.read"
---@param f function
---@return any ...
function values.call(where, f, ...)
  local results = table.pack(pcall(f, ...))
  if not results[1] then options.fail(("%s: %s"):format(where, results[2])) end
  return table.unpack(results, 2, results.n)
end

--- Is it a table without a class, whose fields can be looked at?
function values.is_plain(x) return type(x) == "table" and getmetatable(x) == nil end

--- The names of a table's values: those of its `columns`, if all of these are there and none else, then the others, sorted.
--- A list `columns` of anything but names is a value like others.
---@param where string
---@param t table
---@return string[]
function values.names(where, t)
  local listed, taken = t.columns, {}
  local result = {}
  if values.is_plain(listed) and #listed > 0 then
    for k, name in ipairs(listed) do
      if type(name) ~= "string" and math.type(name) ~= "integer" or rawget(t, name) == nil or taken[name] or name == "columns" then
        taken, result = {}, {}
        break
      end
      taken[name] = true
      result[k] = name
    end
  end
  local is_listed, others = #result > 0, {}
  for name in pairs(t) do
    if not taken[name] and not (is_listed and name == "columns") then
      if type(name) ~= "string" then options.fail(("%s: a table of values by name expected; %s is no name"):format(where, options.show(name))) end
      others[#others + 1] = name
    end
  end
  table.sort(others)
  return table.move(others, 1, #others, #result + 1, result)
end

--- An array of what a list of numbers or booleans, or a table of such lists, holds; arrays as they are.
---@param where string  what is being written: "lp.write: column 'v'"
---@param x any
---@return Array
function values.array(where, x)
  if array.is(x) then return x end
  if not values.is_plain(x) then options.fail(("%s: an array or a list of numbers expected, got %s"):format(where, options.show(x))) end
  local ok, made = pcall(array.from, x)
  if not ok then options.fail(("%s: %s"):format(where, (tostring(made):gsub("^[^\n]-:%d+: ", "")))) end
  return made
end

--- "'v' is not in 'x.npz': did you mean 'w'?"
function values.missing(where, path, name, known)
  return options.fail(("%s: '%s': %s"):format(where, path, options.unknown("dataset", name, known)))
end

return values
