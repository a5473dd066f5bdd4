--- .json: objects and lists as tables, as other programs write their settings.
local array = require "lunapse.array"
local host = require "lunapse.core.host"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local json = {}

-- ---- reading ----

local DEEPEST = 200

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

---@class JsonReader
---@field text string
---@field at integer  the next character
local Reader = {}
Reader.__index = Reader

function Reader:fail(what, at)
  local before = self.text:sub(1, (at or self.at) - 1)
  local _, lines = before:gsub("\n", "")
  options.fail(("lp.read: cannot read '%s': line %d, column %d: %s"):format(self.path, lines + 1, #before:match "[^\n]*$" + 1, what))
end

--- What stands there, as a message shows it.
function Reader:here()
  local c = self.text:sub(self.at, self.at)
  return c == "" and "the end of the file" or ("'%s'"):format(options.printable(c))
end

function Reader:skip() self.at = self.text:find("[^ \t\r\n]", self.at) or #self.text + 1 end

--- Is the next character this one? Then go on behind it.
function Reader:takes(c)
  self:skip()
  if self.text:sub(self.at, self.at) ~= c then return false end
  self.at = self.at + 1
  return true
end

--- The character of an escape, "\u00e4", and what stands behind it.
function Reader:unicode(at)
  local digits = self.text:match("^%x%x%x%x", at)
  if not digits then self:fail("four hexadecimal digits expected behind \\u", at) end
  local unit = tonumber(digits, 16)
  local low = unit >= 0xd800 and unit < 0xdc00 and self.text:match("^\\u([dD][c-fC-F]%x%x)", at + 4)
  if low then return utf8.char(0x10000 + (unit - 0xd800 << 10) + tonumber(low, 16) - 0xdc00), at + 10 end
  return utf8.char(unit >= 0xd800 and unit < 0xe000 and 0xfffd or unit), at + 4
end

function Reader:string()
  local begin, parts = self.at - 1, {}
  while true do
    local run, stop = self.text:match('^([^"\\%c]*)()', self.at)
    parts[#parts + 1], self.at = run, stop
    local c = self.text:sub(stop, stop)
    if c == '"' then
      self.at = stop + 1
      return table.concat(parts)
    end
    if c ~= "\\" then self:fail(c == "" and "the text that begins here does not end" or "a text ends on its line", begin) end
    local kind = self.text:sub(stop + 1, stop + 1)
    if kind == "u" then
      parts[#parts + 1], self.at = self:unicode(stop + 2)
    else
      parts[#parts + 1] = escapes[kind] or self:fail("unknown escape '\\" .. options.printable(kind) .. "'", stop)
      self.at = stop + 2
    end
  end
end

local words = { ["true"] = true, ["false"] = false }

function Reader:number()
  local text = self.text:match("^%-?%d+%.?%d*[eE]?[+-]?%d*", self.at)
  local value = text and not text:find "^%-?0%d" and not text:find "%.$" and not text:find "%.[eE]" and tonumber(text)
  if not value then
    local word = self.text:match("^%a+", self.at)
    self:fail(("a value expected, got %s"):format(word and ("'%s'"):format(word) or self:here()))
  end
  self.at = self.at + #text
  return value
end

function Reader:object(depth)
  local result, names = {}, {}
  if self:takes "}" then return result end
  repeat
    if not self:takes '"' then self:fail(("a name in quotes expected, got %s"):format(self:here())) end
    local begin, name = self.at - 1, self:string()
    if names[name] then self:fail(("'%s' is given twice"):format(name), begin) end
    names[name] = true
    if not self:takes ":" then self:fail(("':' expected behind the name, got %s"):format(self:here())) end
    result[name] = self:value(depth)
  until not self:takes ","
  if not self:takes "}" then self:fail(("',' or '}' expected, got %s"):format(self:here())) end
  return result
end

function Reader:list(depth)
  local result, n = {}, 0
  if self:takes "]" then return result end
  repeat
    n = n + 1
    result[n] = self:value(depth)
    if result[n] == nil then self:fail("null in a list has no place in a table", self.at - 4) end
  until not self:takes ","
  if not self:takes "]" then self:fail(("',' or ']' expected, got %s"):format(self:here())) end
  return result
end

function Reader:value(depth)
  if depth > DEEPEST then self:fail(("more than %d levels of nesting"):format(DEEPEST)) end
  if self:takes "{" then return self:object(depth + 1) end
  if self:takes "[" then return self:list(depth + 1) end
  if self:takes '"' then return self:string() end
  local word = self.text:match("^%l+", self.at)
  if word == "null" or words[word] ~= nil then
    self.at = self.at + #word
    return words[word]
  end
  return self:number()
end

function json.read(path)
  local file, why = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  if not text then
    options.fail(("lp.read: cannot read '%s': %s"):format(path, file and "it is a folder" or why:find "No such file" and "no such file" or why:gsub("^.*: ", "")))
  end
  local reader = setmetatable({ path = path, text = text, at = text:sub(1, 3) == "\xef\xbb\xbf" and 4 or 1 }, Reader)
  local value = reader:value(0)
  reader:skip()
  if reader.at <= #text then reader:fail(("nothing more expected, got %s"):format(reader:here())) end
  return value
end

-- ---- writing ----

local function quoted(text)
  return '"' .. text:gsub('[%c"\\\127]', function(c)
    return (c == '"' or c == "\\") and "\\" .. c or c == "\n" and "\\n" or c == "\t" and "\\t" or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function number_text(where, x)
  if x ~= x or x == math.huge or x == -math.huge then options.fail(("%s: %s cannot stand in such a file"):format(where, options.show(x))) end
  if math.type(x) == "integer" then return tostring(x) end
  local short = ("%.15g"):format(x)
  short = (tonumber(short) == x and short or ("%.17g"):format(x)):gsub(",", ".")
  return short:find "[.e]" and short or short .. ".0"
end

--- A value as text; tables that hold tables have a line for each.
local function encode(where, x, indent, open)
  if array.is(x) then x = x:table() end
  if type(x) == "string" then return quoted(x) end
  if type(x) == "number" then return number_text(where, x) end
  if type(x) == "boolean" then return tostring(x) end
  if not values.is_plain(x) then options.fail(("%s: a number, a text, a truth value, an array or a table expected, got %s"):format(where, options.show(x))) end
  if open[x] then options.fail(("%s: the table holds itself"):format(where)) end
  open[x] = true
  local parts, deeper = {}, indent .. "  "
  local is_list = x[1] ~= nil and x.columns == nil
  if is_list then
    local n = 0
    for _ in pairs(x) do n = n + 1 end
    if n ~= #x then options.fail(("%s: a list has the keys 1, 2, ... %d alone"):format(where, #x)) end
    for k = 1, n do parts[k] = encode(where, x[k], deeper, open) end
  else
    for k, name in ipairs(values.names(where, x)) do parts[k] = quoted(name) .. ": " .. encode(where, x[name], deeper, open) end
  end
  open[x] = nil
  local left, right = is_list and "[" or "{", is_list and "]" or "}"
  if #parts == 0 then return left .. right end
  if is_list and type(x[1]) ~= "table" then return left .. table.concat(parts, ", ") .. right end
  return ("%s\n%s%s\n%s%s"):format(left, deeper, table.concat(parts, ",\n" .. deeper), indent, right)
end

function json.write(path, x)
  values.call("lp.write", host.write_file, path, encode(("lp.write: '%s'"):format(path), x, "", {}) .. "\n")
end

return json
