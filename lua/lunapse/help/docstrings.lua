--- Docstrings as data: what the comments above the functions and classes of a Lua file say. One source for lp.help, docs/api.md and the specs.
---
---     --- One sentence. More of them.
---     ---@param p number  0..1
---     ---@return Connector
---     function connect.fixed_probability(p) ... end
local host = require "lunapse.core.host"

local docstrings = {}

---@class Doc
---@field name string       as it is defined: "Network:run"
---@field args string       "duration, opt"
---@field line integer
---@field text string[]     what it does, line by line
---@field params { name: string, type: string, text: string, is_optional: boolean }[]
---@field returns { type: string, text: string }[]
---@field class string?     of a class: its name
---@field fields { name: string, type: string, text: string }[]

--- The type at the start of a text and what follows it: types may hold spaces inside brackets, and after "|", ":" and ",".
local function split_type(text)
  local depth, at = 0, 1
  while at <= #text do
    local c = text:sub(at, at)
    if c:find "[%(%[{<]" then depth = depth + 1 elseif c:find "[%)%]}>]" and text:sub(at - 1, at) ~= "->" then depth = depth - 1 end
    if c == " " and depth == 0 then
      local before, after = text:sub(at - 1, at - 1), text:sub(at + 1):match "^%s*(.)"
      if not (before:find "[|:,]" or after == "|") then break end
    end
    at = at + 1
  end
  return text:sub(1, at - 1), (text:sub(at):gsub("^%s+", ""))
end

local readers = {}

function readers.param(doc, rest)
  local name, mark, more = rest:match "^([%w_%.]+)(%??)%s+(.*)$"
  if not name then return end
  local kind, text = split_type(more)
  doc.params[#doc.params + 1] = { name = name, type = kind, text = text, is_optional = mark == "?" }
end

readers["return"] = function(doc, rest)
  local kind, text = split_type(rest)
  doc.returns[#doc.returns + 1] = { type = kind, text = text }
end

function readers.class(doc, rest)
  local name, text = rest:match "^([%w_%.]+)[^%s]*%s*(.*)$"
  doc.class = name
  if text and text ~= "" and not text:find "^:" then doc.text[#doc.text + 1] = text end
end

function readers.field(doc, rest)
  local name, more = rest:match "^(%b[])%s+(.*)$"
  if not name then name, more = rest:match "^([%w_]+%??)%s+(.*)$" end
  if not name then return end
  local kind, text = split_type(more)
  doc.fields[#doc.fields + 1] = { name = name, type = kind, text = text }
end

--- One comment line of a docstring; several tags may share it: "---@param a number  @param b number".
local function read_line(doc, line)
  local body = line:match "^%-%-%-%s?(.*)$"
  if not body:find "^@%a" then
    doc.text[#doc.text + 1] = body
    return
  end
  for tag, rest in (body:gsub("%s%s@(%a+)%f[%s]", "\n@%1") .. "\n"):gmatch "@(%a+)%s*(.-)%s*\n" do
    if readers[tag] then readers[tag](doc, rest) end
  end
end

local function new(line) return { line = line, text = {}, params = {}, returns = {}, fields = {} } end

--- Name and arguments where a line of code begins a function, or gives one a name.
local function definition(line)
  local name, args = line:match "^function ([%w_%.:]+)%s*%((.-)%)"
  if name then return name, args end
  name, args = line:match "^([%w_%.]+)%s*=%s*function%s*%((.-)%)"
  if name then return name, args end
  name = line:match "^([%w_]+%.[%w_]+)%s*=%s*[%w_%.]+%s*$"
  return name, nil
end

--- All docstrings of a text.
---@param text string
---@return Doc[]
function docstrings.read(text)
  local list, open, number = {}, nil, 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if line:find "^%-%-%-" then
      open = open or new(number)
      read_line(open, line)
    else
      local name, args = definition(line)
      if name then
        open = open or new(number)
        open.name, open.args, open.line = name, args, number
        list[#list + 1] = open
      elseif open and open.class then
        list[#list + 1] = open
      elseif open and not list[1] and not line:find "^local function" then
        open.is_file = true          -- the comment at the top
        list[#list + 1] = open
      end
      open = nil
    end
  end
  return list
end

--- Fields of a record type: "{ size: integer, name?: string }" -> { { name = "size", type = "integer" }, { name = "name?", type = "string" } }.
---@param text string
---@return { name: string, type: string }[]?  nil where it is no record
function docstrings.record(text)
  local rest = text:match "^{(.*)}$"
  if not rest then return nil end
  local fields, depth, start = {}, 0, 1
  for at = 1, #rest + 1 do
    local c = rest:sub(at, at)
    if c:find "[{%(%[<]" then depth = depth + 1 elseif c:find "[}%)%]>]" then depth = depth - 1 end
    if at > #rest or (c == "," and depth == 0) then
      local name, kind = rest:sub(start, at - 1):match "^%s*([%w_%[%]]+%??)%s*:%s*(.-)%s*$"
      if not name then return nil end
      fields[#fields + 1] = { name = name, type = kind }
      start = at + 1
    end
  end
  return fields
end

local files = {}

--- The docstrings of a file, by line and by name; read once.
---@param path string
---@return { list: Doc[], by_line: table<integer, Doc>, by_name: table<string, Doc> }?
function docstrings.of_file(path)
  if files[path] ~= nil and not host.is_debug then return files[path] or nil end
  local file = io.open(path)
  if not file then
    files[path] = false
    return nil
  end
  local read = { list = docstrings.read(file:read "a"), by_line = {}, by_name = {} }
  file:close()
  for _, doc in ipairs(read.list) do
    read.by_line[doc.line] = doc
    if doc.name then read.by_name[doc.name] = doc end
    if doc.class then read.by_name[doc.class] = doc end
  end
  files[path] = read
  return read
end

return docstrings
