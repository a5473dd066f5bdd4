--- Tables of options: what is given is checked against what is known, so that nothing misspelt is silently ignored.
local options = {}

--- The known word nearest to `word`, by edit distance; nil when none is near.
---@param word string
---@param known string[]
---@return string?
function options.nearest(word, known)
  local best, best_distance
  for _, candidate in ipairs(known) do
    local previous = {}
    for j = 0, #candidate do previous[j] = j end
    for i = 1, #word do
      local row = { [0] = i }
      for j = 1, #candidate do
        local cost = word:sub(i, i):lower() == candidate:sub(j, j):lower() and 0 or 1
        row[j] = math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + cost)
      end
      previous = row
    end
    local distance = previous[#candidate]
    if not best_distance or distance < best_distance then best, best_distance = candidate, distance end
  end
  if best and best_distance <= math.max(1, #word // 3) then return best end
end

--- "unknown WHAT 'word': did you mean 'other'?" or the list of what is known.
---@param what string
---@param word string
---@param known string[]
---@return string
function options.unknown(what, word, known)
  local near = options.nearest(tostring(word), known)
  if near then return ("unknown %s '%s': did you mean '%s'?"):format(what, word, near) end
  table.sort(known)
  return ("unknown %s '%s' (known: %s)"):format(what, word, table.concat(known, ", "))
end

--- Raise at the line of the user who called the function that calls this.
--- The level skips every frame of the library, so that the traceback begins in the user's script.
---@param message string
function options.fail(message)
  local level = 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info then break end
    if not info.source:find("[/\\]lunapse[/\\][%w_/\\]+%.lua$") and info.what ~= "C" then break end
    level = level + 1
  end
  error(message, level)
end

--- Check a table of options: every key must be known, `required` ones must be there, types must fit.
---@param where string              name of the function, for messages
---@param given table?
---@param known table<string, string>  name -> type ("number", "string", "table", "boolean", "function", "any", or "a|b")
---@param required? string[]
---@return table
function options.check(where, given, known, required)
  if type(given) ~= "table" then options.fail(("%s: a table of options expected, got %s"):format(where, type(given))) end
  for key, value in pairs(given) do
    local wanted = known[key]
    if not wanted then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      options.fail(("%s: %s"):format(where, options.unknown("option", tostring(key), names)))
    end
    if wanted ~= "any" then
      local ok = false
      for kind in wanted:gmatch("[^|]+") do ok = ok or type(value) == kind end
      if not ok then options.fail(("%s: option '%s' must be a %s, got %s"):format(where, key, wanted:gsub("|", " or a "), type(value))) end
    end
  end
  for _, key in ipairs(required or {}) do
    if given[key] == nil then options.fail(("%s: option '%s' is missing"):format(where, key)) end
  end
  return given
end

--- A number that must satisfy a condition written out in `range`: "p must lie in 0..1, got 1.2".
---@param where string
---@param name string
---@param value any
---@param low number
---@param high number
---@param is_open? boolean  `low` itself is not allowed
---@return number
function options.number(where, name, value, low, high, is_open)
  local ok = type(value) == "number" and value >= low and value <= high and not (is_open and value == low)
  if ok then return value end
  local range = high == math.huge and ((is_open and "be greater than %g" or "be at least %g"):format(low)) or ("lie in %g..%g"):format(low, high)
  return options.fail(("%s: %s must %s, got %s"):format(where, name, range, tostring(value)))
end

--- A whole number in low..high.
---@return integer
function options.whole(where, name, value, low, high)
  local whole = math.type(value) == "integer" and value or (type(value) == "number" and math.tointeger(value))
  if whole and whole >= low and whole <= (high or math.maxinteger) then return whole end
  return options.fail(("%s: %s must be a whole number of at least %d, got %s"):format(where, name, low, tostring(value)))
end

return options
