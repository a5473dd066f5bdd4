--- What scripts need around an experiment: `key=value` arguments, the time that something took, a last line of results.
local options = require "lunapse.options"
local ranks = require "lunapse.ranks"

local arguments = {}

--- Arguments of the running script over defaults: `local a = lp.arguments { seed = 1, out = "figure.png" }`, run as
--- `lunapse script.lua seed=3`. Every key must have a default (`false` for none); values take the default's type. An unknown key or a value of the
--- wrong type is an error that lists what is known.
---@param defaults table<string, any>
---@return table<string, any>
function arguments.read(defaults)
  local values, known = {}, {}
  for key, value in pairs(defaults) do values[key], known[#known + 1] = value, key end
  for _, given in ipairs(arg or {}) do
    local key, value = given:match "^([%w_]+)=(.*)$"
    if not key then options.fail(("argument '%s': key=value expected"):format(given)) end
    if defaults[key] == nil then options.fail(options.unknown("argument", key, known)) end
    if type(defaults[key]) == "number" then
      local number = tonumber(value)
      if not number then options.fail(("argument '%s': a number expected, got '%s'"):format(key, value)) end
      value = number
    elseif type(defaults[key]) == "boolean" and (value == "true" or value == "false") then
      value = value == "true"
    end
    values[key] = value
  end
  return values
end

--- Seconds of real time since some moment: the difference of two says how long something took (`os.clock` adds up what all threads have worked).
---@return number
function arguments.seconds() return ranks.seconds() end

--- Print a line `result key=value key=value ...`, for programs that read the output. `pairs` is a list of { key, value }.
---@param list { [1]: string, [2]: any }[]
function arguments.result(list)
  local parts = { "result" }
  for _, entry in ipairs(list) do
    local value = entry[2]
    parts[#parts + 1] = ("%s=%s"):format(entry[1], math.type(value) == "float" and ("%.6g"):format(value) or tostring(value))
  end
  print(table.concat(parts, " "))
end

return arguments
