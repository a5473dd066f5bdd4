--- Names of options inside the braces of a call: what Tab offers in `net:population { si`. They stand in the docstring of the function, in the type of
--- the argument: { size: integer, neuron: Model, ... }. A model takes the names of its parameters.

local options = {}

local closing = { [")"] = true, ["}"] = true }

--- The innermost bracket, "(" or "{", that is still open at the end of the text: what stands in it, what stands before it, and which it is. Nil where
--- none is open.
---@param text string
---@return string? inside
---@return string? outside
---@return string? bracket
function options.open(text)
  text = text:gsub("%-%-[^\n]*", function(comment) return (" "):rep(#comment) end)
  local stack, at, quote = {}, 1, nil
  while at <= #text do
    local c = text:sub(at, at)
    if quote then
      if c == "\\" then at = at + 1 elseif c == quote or c == "\n" then quote = nil end
    elseif c == '"' or c == "'" then
      quote = c
    elseif c == "{" or c == "(" then
      stack[#stack + 1] = at
    elseif closing[c] then
      stack[#stack] = nil
    end
    at = at + 1
  end
  local place = stack[#stack]
  if place then return text:sub(place + 1), text:sub(1, place - 1), text:sub(place, place) end
end

local function from_docstring(f)
  local docstrings, index = require "lunapse.help.docstrings", require "lunapse.help.index"
  local doc = index.doc(f)
  for _, p in ipairs(doc and doc.params or {}) do
    local names = {}
    for k, field in ipairs(docstrings.record(p.type) or {}) do names[k] = field.name:match "^[%a_][%w_]*" end
    if #names > 0 then return names end
    local class = index.class_fields(p.type)
    if class then return class end
  end
  return {}
end

--- The names of options that may stand at the end of a line.
---@param before string  the text up to the cursor
---@param value_of fun(chain: string): any  the value of a name such as "net.project"
---@return string[] names  empty where the cursor is not at the start of an option
---@return string prefix  what is typed of the name
function options.at(before, value_of)
  local inside, outside, bracket = options.open(before)
  if bracket ~= "{" then return {}, "" end
  local prefix = inside:match "[{,;]%s*([%a_]?[%w_]*)$" or inside:match "^%s*([%a_]?[%w_]*)$"
  if not prefix then return {}, "" end
  local owner, separator, name = outside:match "([%a_][%w_%.%[%]\"']*)([.:])([%a_][%w_]*)%s*%(?%s*$"
  if not owner then return {}, "" end
  local ok, value = pcall(function() return value_of(owner .. "." .. name) end)
  if not ok or value == nil then return {}, "" end
  local names = {}
  if type(value) == "function" then
    names = from_docstring(value)
  elseif separator == "." and type(value) == "table" and rawget(value, "checked") then
    for _, parameter in ipairs(value.checked.parameters) do names[#names + 1] = parameter.name end
  end
  local found = {}
  for _, option in ipairs(names) do
    local is_given = inside:find("%f[%w_]" .. option .. "%s*=")
    if option:sub(1, #prefix) == prefix and not is_given then found[#found + 1] = option end
  end
  table.sort(found)
  return found, prefix
end

return options
