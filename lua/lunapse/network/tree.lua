--- Plain values in an HDF5 file, so that reading gives back just what was written: numbers, whole or not, texts, truth values, arrays, lists, and tables of
--- these under any keys.
---
--- An array, a number, a text or a truth value is a dataset. A table whose keys are names is a group. A list of one type is a dataset with the attribute
--- `lua` = "list"; any other list is a group with that attribute and members "1", "2", ...; a table with other keys is a group `lua` = "pairs" of two lists, "keys"
--- and "values".
local array = require "lunapse.core.array"
local options = require "lunapse.options"

local tree = {}

--- May it be the name of a member of a group?
local function is_name(key) return type(key) == "string" and key ~= "" and key ~= "." and key ~= ".." and not key:find "[/%z]" end

local function length_of(value)
  local n = #value
  local count = 0
  for key in pairs(value) do
    count = count + 1
    if math.type(key) ~= "integer" or key < 1 or key > n then return nil end
  end
  return count == n and n > 0 and n or nil
end

--- The one type of the elements of a list that a dataset can hold.
local function type_of(list)
  local function kind(value) return type(value) == "number" and math.type(value) or type(value) end
  local first = kind(list[1])
  if first ~= "integer" and first ~= "float" and first ~= "string" and first ~= "boolean" then return nil end
  for k = 2, #list do
    if kind(list[k]) ~= first then return nil end
  end
  return first
end

local types = { integer = "int64", float = "float64", boolean = "bool" }

local function path_of(path, name) return path == "" and name or path .. "/" .. name end

--- Write a value.
---@param file Hdf5File
---@param path string
---@param value any
function tree.write(file, path, value)
  if type(value) == "function" or type(value) == "thread" or type(value) == "userdata" and not array.is(value) then
    local kept = path:match "/_kept/(.*)$"
    options.fail(("'%s'%s is a %s, which no file can hold"):format(kept or path, kept and " of net:keep" or "", type(value)))
  end
  if type(value) ~= "table" then return file:write(path, value) end
  local n = length_of(value)
  local of = n and type_of(value)
  if of then
    file:write(path, of == "string" and value or array.from(value, types[of]))
    return file:set_attribute(path, "lua", "list")
  end
  file:group(path)
  if n then
    for k = 1, n do tree.write(file, path_of(path, tostring(k)), value[k]) end
    return file:set_attribute(path, "lua", "list")
  end
  local keys, are_names = {}, true
  for key in pairs(value) do
    keys[#keys + 1] = key
    are_names = are_names and is_name(key)
  end
  if are_names then
    table.sort(keys)
    for _, key in ipairs(keys) do tree.write(file, path_of(path, key), value[key]) end
    return
  end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) < type(b) end
    return type(a) ~= "boolean" and a < b or a == false and b == true
  end)
  local values = {}
  for k, key in ipairs(keys) do values[k] = value[key] end
  tree.write(file, path_of(path, "keys"), keys)
  tree.write(file, path_of(path, "values"), values)
  file:set_attribute(path, "lua", "pairs")
end

local function kind_of(file, path) return file:info(path, "lua") and file:attribute(path, "lua") or nil end

local function list_of(value)
  if type(value) == "table" then return value end          -- of texts
  local list, is_bool = value:table(), value:type() == "bool"
  local is_whole = value:type() == "int64"
  for k, x in ipairs(list) do
    if is_bool then list[k] = x ~= 0 and x ~= false end
    if is_whole then list[k] = math.tointeger(x) end
  end
  return list
end

--- Read what was written.
---@param file Hdf5File
---@param path string
---@return any
function tree.read(file, path)
  local info = file:info(path)
  if not info then return nil end
  local kind = kind_of(file, path)
  if info.kind ~= "group" then
    local value = file:read(path)
    return kind == "list" and list_of(value) or value
  end
  local members = {}
  for _, member in ipairs(file:list(path)) do members[member.name] = tree.read(file, path_of(path, member.name)) end
  if kind == "list" then
    local list = {}
    for name, value in pairs(members) do list[math.tointeger(name)] = value end
    return list
  end
  if kind ~= "pairs" then return members end
  local value = {}
  for k, key in ipairs(members.keys) do value[key] = members.values[k] end
  return value
end

return tree
