--- JSON of plain values: tables are objects, but for what `json.array` marks; numbers that are not finite are null.
local json = {}

local array = { __name = "array" }

--- A list, which is written as an array even where it is empty.
---@param list table
---@return table
function json.array(list) return setmetatable(list, array) end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["<"] = "\\u003c" }

local function escape(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end

--- Bytes that are no UTF-8 become question marks: JSON has none.
local function text(s)
  if not utf8.len(s) then s = s:gsub("[\128-\255]", "?") end
  return '"' .. s:gsub('[%c"\\<]', escape) .. '"'
end

local encode

local function are_finite(values)
  for k = 1, #values do
    local x = values[k]
    if type(x) ~= "number" or x - x ~= 0 then return false end
  end
  return true
end

local function list(values)
  if are_finite(values) then return "[" .. table.concat(values, ",") .. "]" end          -- most are: spikes, traces, counts
  local parts = {}
  for k = 1, #values do parts[k] = encode(values[k]) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function object(values)
  local parts = {}
  for name, value in pairs(values) do parts[#parts + 1] = text(name) .. ":" .. encode(value) end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

--- A value as JSON.
---@param value any
---@return string
function encode(value)
  local kind = math.type(value) or type(value)
  if kind == "integer" then return ("%d"):format(value) end
  if kind == "float" then return value - value == 0 and ("%.7g"):format(value) or "null" end
  if kind == "string" then return text(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "table" then return getmetatable(value) == array and list(value) or object(value) end
  return "null"
end

json.encode = encode

return json
