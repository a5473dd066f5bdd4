--- Tables of options: what is given is checked against what is known, so that nothing misspelt is silently ignored.
local fail = require "lunapse.language.base.fail"
local printable = require "lunapse.language.base.printable"

--- `options.printable(text)`: control characters written as in Lua, "\27".
local options = { printable = printable }

--- The library's own folder: what lies in it is no user's code, wherever the user keeps his.
local library = debug.getinfo(1, "S").source:match "^(@.*[/\\])options%.lua$"

--- The known word nearest to `word`: how many letters one must add, drop, change or exchange with their neighbour, or else that begins with it, or with which
--- it begins; nil when none is near. Of several that are equally near, the first in the alphabet: messages do not depend on the order in which `known` was put together.
---@param word string
---@param known string[]
---@return string?
function options.nearest(word, known)
  local best, best_distance
  local allowed, wanted = math.min(math.max(1, #word // 3), #word - 1), word:lower()
  for _, candidate in ipairs(known) do
    if math.abs(#candidate - #word) <= allowed then
      local distance = fail.distance(wanted, candidate:lower())
      if distance <= allowed and (not best or distance < best_distance or distance == best_distance and candidate < best) then
        best, best_distance = candidate, distance
      end
    end
  end
  if best or #word < 4 then return best end
  for _, candidate in ipairs(known) do              -- `fanofactor` is `fano`
    local other = candidate:lower()
    local n = math.min(#wanted, #other)
    if n >= 4 and wanted:sub(1, n) == other:sub(1, n) and (not best or #other > #best or #other == #best and candidate < best) then best = candidate end
  end
  return best
end

--- What does here the work of a name of another program, in words; nil where none has that name. (Set by init.lua: who knows such names stands above.)
---@param word string
---@return string?
function options.elsewhere(word) end -- luacheck: ignore word

local of_things = { name = true, field = true, variable = true, ["method or field"] = true }

local function plain(word) return (word:lower():gsub("_", "")) end

--- "unknown WHAT 'word': did you mean 'other'?", what another program's word is here, or the list of what is known.
---@param what string
---@param word any
---@param known string[]
---@return string
function options.unknown(what, word, known)
  if type(word) ~= "string" then word = options.show(word) end
  local near = options.nearest(word, known)
  local elsewhere = of_things[what] and not (near and plain(near) == plain(word)) and options.elsewhere(word)
  if elsewhere then return ("unknown %s '%s': another program's word, here see %s"):format(what, word, elsewhere) end
  if #known == 0 then return ("unknown %s '%s': there is none"):format(what, word) end
  if near then return ("unknown %s '%s': did you mean '%s'?"):format(what, word, near) end
  table.sort(known)
  return ("unknown %s '%s' (known: %s)"):format(what, word, table.concat(known, ", "))
end

--- What `__index` of a class does with a name that its objects do not have: an error that names the nearest one that they have. Names that begin with "_" and
--- what is no string are nil.
---@param noun string      "recording"
---@param key any
---@param known string[]
---@return nil
function options.missing(noun, key, known)
  if type(key) ~= "string" or key:find "^_" then return nil end
  return options.fail(("%s: %s"):format(noun, options.unknown("method or field", key, known)))
end

--- The error of reading what an object does not have, where users read variables and call methods: the nearest of either is named.
---@param title string      "population 'E'"
---@param key any
---@param variables string[]
---@param methods string[]
function options.unread(title, key, variables, methods)
  local near = type(key) == "string" and options.nearest(key, table.move(methods, 1, #methods, #variables + 1, table.move(variables, 1, #variables, 1, {})))
  for _, name in ipairs(methods) do
    if name == near then options.fail(("%s: %s"):format(title, options.unknown("method or field", key, { name }))) end
  end
  options.fail(("%s: %s"):format(title, options.unknown("variable", key, variables)))
end

--- Whether an error says that memory is short: who catches errors to say what is wrong with a value or a file must not say it of that.
---@param message any
---@return boolean
function options.is_of_memory(message)
  for _, words in ipairs { "out of memory", "not enough memory", "no memory for" } do if tostring(message):find(words, 1, true) then return true end end
  return false
end

--- Names of the methods in tables of them, and further names.
---@param tables table[]
---@param ... string
---@return string[]
function options.methods(tables, ...)
  local names = { ... }
  for _, methods in ipairs(tables) do
    for name, value in pairs(methods) do
      if type(value) == "function" and not name:find "^_" then names[#names + 1] = name end
    end
  end
  return names
end

--- Raise at the line of the user who called the function that calls this.
--- The level skips every frame of the library, so that the traceback begins in the user's script.
---@param message string
function options.fail(message)
  local level = 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info then break end
    if info.what ~= "C" and not (library and info.source:sub(1, #library) == library) then break end
    level = level + 1
  end
  error(printable(message), level)
end

--- Whether a line of a traceback is of the library, or of what it has called. Lua shortens long paths to their ends.
local function is_inside(frame)
  if frame:find "^\t%[C%]" or frame:find "^\t%(%.%.%." then return true end
  return library ~= nil and (frame:sub(2, #library) == library:sub(2) or frame:find "^\t%.%.%.[^\n]*/lunapse/[%w_/]+%.lua:" ~= nil)
end

--- A message with a traceback, as users read it: from the innermost frame of theirs to the outermost. LUNAPSE_TRACE=1 leaves the whole.
---@param message string
---@return string
function options.traced(message)
  local text, trace = message:match "^(.*)\nstack traceback:\n(.*)$"
  local wish = os.getenv "LUNAPSE_TRACE"
  if not trace or wish and wish ~= "" and wish ~= "0" then return message end
  local frames, first, last = {}, nil, 0
  for frame in trace:gmatch "[^\n]+" do
    frames[#frames + 1] = frame
    if not is_inside(frame) then first, last = first or #frames, #frames end
  end
  return first and ("%s\nstack traceback:\n%s"):format(text, table.concat(frames, "\n", first, last)) or text
end

--- Say what looks like a mistake.
---@param message string
function options.warn(message) warn("lunapse: " .. printable(message)) end

--- Is it an object of the library, or of a script: a table that knows how it prints? Its fields are no options.
---@param value any
---@return boolean
function options.is_object(value)
  local class = type(value) == "table" and getmetatable(value)
  return type(class) == "table" and rawget(class, "__tostring") ~= nil
end

--- Check a table of options: every key must be known, `required` ones must be there, types must fit.
---@param where string              name of the function, for messages
---@param given table?
---@param known table<string, string>  name -> type ("number", "string", "table", "boolean", "function", "any", or "a|b")
---@param required? string[]
---@return table
function options.check(where, given, known, required)
  if type(given) ~= "table" or options.is_object(given) then options.fail(("%s: a table of options expected, got %s"):format(where, options.show(given))) end
  for key, value in pairs(given) do
    local wanted = known[key]
    if not wanted then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      options.fail(("%s: %s"):format(where, options.unknown("option", key, names)))
    end
    if wanted ~= "any" then
      local ok = false
      for kind in wanted:gmatch("[^|]+") do ok = ok or type(value) == kind end
      local kinds = wanted:gsub("|userdata", " or an array"):gsub("|", " or a ")
      if not ok then options.fail(("%s: option '%s' must be a %s, got %s"):format(where, key, kinds, options.show(value))) end
    end
  end
  for _, key in ipairs(required or {}) do
    if given[key] == nil then options.fail(("%s: option '%s' is missing"):format(where, key)) end
  end
  return given
end

--- Refuse a method that is called with a dot: `net.run(10)` for `net:run(10)`.
---@param self any
---@param noun string  what its objects are: "network"
---@param method string  "net:run"
function options.colon(self, noun, method)
  local class = type(self) == "table" and getmetatable(self)
  if not class or class._noun ~= noun then options.fail(("%s is called with a colon: %s(...)"):format(method, method)) end
end

--- A value as a message shows it: numbers and short texts as they are, of anything else the type.
---@param value any
---@return string
function options.show(value)
  if value == nil then return "nothing" end
  if type(value) == "number" then return value ~= value and "NaN" or math.type(value) == "integer" and tostring(value) or ("%.10g"):format(value) end
  if type(value) == "string" then return ("the text '%s'"):format(#value > 40 and value:sub(1, 40) .. "..." or value) end
  if type(value) == "boolean" then return tostring(value) end
  local noun = options.is_object(value) and rawget(getmetatable(value), "_noun") or getmetatable(value) == "array" and "array" or type(value)
  return (noun:find "^[aeio]" and "an " or "a ") .. noun
end

--- The name of a file: a string that holds something, and no zero byte.
---@param where string
---@param path any
---@return string
function options.path(where, path)
  if type(path) ~= "string" then options.fail(("%s: a file name expected, got %s"):format(where, options.show(path))) end
  if path == "" then options.fail(("%s: the name of the file is empty"):format(where)) end
  if path:find("\0", 1, true) then options.fail(("%s: the name of the file holds a zero byte: '%s'"):format(where, (path:gsub("%z", "\\0")))) end
  return path
end

--- A number that must lie in a range: "p must lie in 0..1, got 1.2". Infinity is refused where it is not said to be allowed.
---@param where string
---@param name string
---@param value any
---@param low number
---@param high number
---@param is_open? boolean  `low` itself is not allowed
---@param may_be_infinite? boolean
---@return number
function options.number(where, name, value, low, high, is_open, may_be_infinite)
  if type(value) ~= "number" then options.fail(("%s: %s must be a number, got %s"):format(where, name, options.show(value))) end
  if value >= low and value <= high and not (is_open and value == low) and (math.abs(value) ~= math.huge or may_be_infinite) then return value end
  local range = high ~= math.huge and ("lie in %g..%g"):format(low, high) or (value == math.huge or low == -math.huge) and "be finite"
    or (is_open and "be greater than %g" or "be at least %g"):format(low)
  return options.fail(("%s: %s must %s, got %s"):format(where, name, range, options.show(value)))
end

--- A whole number in low..high.
---@return integer
function options.whole(where, name, value, low, high)
  local whole = math.type(value) == "integer" and value or (type(value) == "number" and math.tointeger(value))
  if whole and whole >= low and whole <= (high or math.maxinteger) then return whole end
  local range = high and ("in %d..%d"):format(low, high) or ("of at least %d"):format(low)
  if type(value) == "number" and not whole and math.tointeger(tonumber(options.show(value)) or 0.5) then          -- a part that is not shown is what is wrong
    return options.fail(("%s: %s must be a whole number %s, got %.17g"):format(where, name, range, value))
  end
  return options.fail(("%s: %s must be a whole number %s, got %s"):format(where, name, range, options.show(value)))
end

return options
