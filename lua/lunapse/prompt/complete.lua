--- What Tab offers: globals, fields and methods (through metatables), file names inside strings.
--- An object says what it has by a metamethod `__complete(object)` or a method `object:__names()`, both returning a list of names.

local host = require "lunapse.core.host"
local names = require "lunapse.prompt.names"
local options = require "lunapse.prompt.option_names"

local complete = {}

--- The quote of the string that is still open at the end of `text`, and where its content starts.
local function open_string(text)
  local quote, start
  local at = 1
  while at <= #text do
    local c = text:sub(at, at)
    if quote then
      if c == "\\" then at = at + 1 elseif c == quote then quote = nil end
    elseif c == '"' or c == "'" then
      quote, start = c, at + 1
    elseif text:find("^%-%-", at) then
      return nil
    end
    at = at + 1
  end
  return quote, start
end

--- The value of a chain like `a.b[1]["c"]`, found without calling anything but __index; nil when there is none.
---@param chain string
---@return any
function complete.value(chain)
  local name, rest = chain:match "^([%a_][%w_]*)(.*)$"
  if not name then return nil end
  local value = names.value(name)
  while rest ~= "" and value ~= nil do
    local key, after = rest:match "^[.:]([%a_][%w_]*)(.*)$"
    if not key then key, after = rest:match "^%[(%d+)%](.*)$"; key = math.tointeger(key) end
    if not key then key, after = rest:match '^%["([^"]*)"%](.*)$' end
    if not key then key, after = rest:match "^%['([^']*)'%](.*)$" end
    if not key then return nil end
    value, rest = value[key], after
  end
  return value
end

local function add_keys(found, source)
  for key in pairs(source) do
    if type(key) == "string" and key:find "^[%a_][%w_]*$" and not key:find "^__" then found[key] = true end
  end
end

local function add_list(found, list)
  for _, name in ipairs(type(list) == "table" and list or {}) do found[tostring(name)] = true end
end

--- The set of names that may follow `value.`.
local function members(value)
  local found, depth = {}, 0
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__complete then add_list(found, meta.__complete(value)) end
  local has_names, method = pcall(function() return value.__names end)
  if has_names and type(method) == "function" then add_list(found, method(value)) end
  local source = value
  while source ~= nil and depth < 10 do
    if type(source) == "table" then add_keys(found, source) end
    meta = getmetatable(source)
    source = type(meta) == "table" and meta.__index or nil
    if type(source) == "function" and depth == 0 then add_keys(found, meta) end   -- methods often stand in the metatable itself
    depth = depth + 1
  end
  return found
end

local function starting_with(found, prefix)
  local list = {}
  for name in pairs(found) do
    if name:sub(1, #prefix) == prefix and not (prefix == "" and name:find "^_") then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function common_prefix(list)
  local prefix = list[1] or ""
  for _, name in ipairs(list) do
    while name:sub(1, #prefix) ~= prefix do prefix = prefix:sub(1, -2) end
  end
  return prefix
end

--- Names in columns, as wide as the terminal.
local function columns(list)
  local width = 0
  for _, name in ipairs(list) do width = math.max(width, #name + 2) end
  local per_line = math.max(1, host.columns() // math.max(1, width))
  local n_lines, lines = math.ceil(#list / per_line), {}
  for k = 1, n_lines do
    local row = {}
    for i = k, #list, n_lines do row[#row + 1] = list[i] .. (" "):rep(width - #list[i]) end
    lines[k] = table.concat(row):match "^(.-)%s*$"
  end
  return table.concat(lines, "\n")
end

--- Is it worth a "("? Objects that can be called, but are more than that, are not.
local function is_function(owner, name)
  local has_value, value = pcall(function() return owner[name] end)
  return has_value and type(value) == "function"
end

local function complete_name(before)
  local chain, separator, prefix = before:match "([%a_][%w_%.:%[%]\"']*)([.:])([%w_]*)$"
  if not chain then
    prefix = before:match "[%a_][%w_]*$" or ""
    if before:sub(1, -#prefix - 1):find "[.:]%s*$" then return {}, prefix end   -- a field of we know not what
    return starting_with(names.known(), prefix), prefix, setmetatable({}, { __index = function(_, name) return rawget(_G, name) end })
  end
  local value = complete.value(chain)
  if value == nil then return {}, prefix end
  local list = starting_with(members(value), prefix)
  if separator == ":" then
    local callable = {}
    for _, name in ipairs(list) do
      if is_function(value, name) then callable[#callable + 1] = name end
    end
    list = callable
  end
  return list, prefix, value
end

local function complete_file(content)
  local folder, prefix = content:match "^(.*/)([^/]*)$"
  folder, prefix = folder or "", prefix or content
  local place = folder:gsub("^~/", (os.getenv "HOME" or "~") .. "/")
  local list = {}
  for _, name in ipairs(host.list_folder(place == "" and "." or place) or {}) do
    if name:sub(1, #prefix) == prefix and (prefix ~= "" or name:sub(1, 1) ~= ".") then list[#list + 1] = name end
  end
  table.sort(list)
  return list, prefix
end

--- What may stand at the cursor.
---@param before string  the text up to the cursor; of several lines only options of a call look at more than the last
---@return string[] list
---@return string prefix  what is typed of it
---@return string ending  what belongs behind it, where it is the only one
function complete.matches(before)
  local line = before:match "[^\n]*$"
  local quote, start = open_string(line)
  if quote then
    local list, prefix = complete_file(line:sub(start))
    return list, prefix, list[1] and list[1]:find "/$" and "" or quote
  end
  local list, prefix = options.at(before, complete.value)
  if #list > 0 then return list, prefix, " = " end
  local owner
  list, prefix, owner = complete_name(line)
  return list, prefix, list[1] and is_function(owner, list[1]) and "(" or ""
end

--- Called on Tab.
---@param text string  the line
---@param at integer  bytes before the cursor
---@return string insert  what to put at the cursor
---@return string|nil list  what to show when there are several ways to go on
function complete.line(text, at)
  local before = text:sub(1, at)
  if not before:find "%S" then return "  " end
  local list, prefix, ending = complete.matches(before)
  if #list == 0 then return "" end
  local insert = common_prefix(list):sub(#prefix + 1)
  if #list > 1 then return insert, insert == "" and columns(list) or nil end
  return insert .. ending
end

return complete
