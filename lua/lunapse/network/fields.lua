--- Fields: what the objects of a network hold, each declared once, beside the constructor of its class, with what it is.
---
---   given     comes from the script, which makes the object anew
---   made      can be made anew from the rest
---   scratch   may be forgotten without a loss
---   state     what the object is at this moment: it stands in the object's list of state
---
--- A class is a table of methods that is also the metatable of its objects. Nothing is held under a name that was not declared: that is an error.
local array = require "lunapse.core.array"
local guard = require "lunapse.core.guard"

local fields = {}

local kinds = { given = true, made = true, scratch = true, state = true }

--- Declare fields: name -> { kind, what it is }, and where a file might hold something else, its type; those of `inherited` come first.
---@param own table<string, { [1]: "given"|"made"|"scratch"|"state", [2]: string, [3]: "array"? }>
---@param inherited? table
---@return table<string, { kind: string, text: string, type: string? }>
function fields.declare(own, inherited)
  local declared = {}
  for name, row in pairs(inherited or {}) do declared[name] = row end
  for name, row in pairs(own) do
    assert(kinds[row[1]] and type(row[2]) == "string" and not declared[name], name)
    declared[name] = { kind = row[1], text = row[2], type = row[3] }
  end
  return declared
end

--- An object of a class, with its first values.
---@generic T
---@param class T
---@param values table
---@return T
function fields.object(class, values)
  for name in pairs(values) do
    if not class._fields[name] then error(("field '%s' is not declared"):format(name), 2) end
  end
  return setmetatable(values, class)
end

-- ---- state ----

--- Bytes of an element of an array.
fields.bytes_of = { float64 = 8, float32 = 4, int64 = 8, int32 = 4, bool = 1 }

--- Something that an object is, or keeps in memory.
---@class StateItem
---@field name string
---@field type string       of an array "float64", "float32", "int64", "int32", "bool"; else "number", "text", "truth value", "table" (of such); "memory" of what is no state
---@field reader "user"|"engine"|"house"  who may read it: variables are for everybody
---@field array? array
---@field value? any        where it is no array
---@field count? integer    elements, of what the engine lists
---@field bytes? integer    memory that it takes
---@field is_made? boolean  it can be made anew from the rest, and takes memory all the same

--- An item for an array.
---@param name string
---@param a array
---@param reader string
---@param is_made? boolean
---@return StateItem
function fields.array_item(name, a, reader, is_made)
  return { name = name, type = a:type(), reader = reader, array = a, bytes = guard.is_away(a) and 0 or a:size() * fields.bytes_of[a:type()], is_made = is_made }
end

local value_types = { number = "number", string = "text", boolean = "truth value", table = "table" }

local function is_arrays(value)
  local _, first = next(value)
  return array.is(first)
end

--- Names of the fields that hold something now; state first, so that what is both is called state.
local function names_held(object, declared)
  local names = {}
  for name, row in pairs(declared) do
    if row.kind ~= "given" and rawget(object, name) ~= nil then names[#names + 1] = name end
  end
  table.sort(names, function(a, b)
    local is_state, other = declared[a].kind == "state", declared[b].kind == "state"
    if is_state ~= other then return is_state end
    return a < b
  end)
  return names
end

--- What an object holds, as a list: every field that is state, and every array that takes memory. `arrays_of(name, key)` may say who reads the
--- arrays of a table of arrays, and whether one can be made anew.
---@param object table
---@param arrays_of? fun(field: string, key: string): string, boolean?
---@return StateItem[]
function fields.items(object, arrays_of)
  local list, seen, declared = {}, {}, getmetatable(object)._fields
  local function add_array(name, a, reader, is_made)
    if seen[a] then return end
    seen[a] = true
    list[#list + 1] = fields.array_item(name, a, reader, is_made)
  end
  local function add_arrays(field, arrays, is_made)
    local keys = {}
    for key in pairs(arrays) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do
      local reader, can_be_made = "house", is_made
      if arrays_of then reader, can_be_made = arrays_of(field, key) end
      add_array(key, arrays[key], reader, can_be_made or is_made)
    end
  end
  for _, name in ipairs(names_held(object, declared)) do
    local value, is_made = rawget(object, name), declared[name].kind ~= "state" or nil
    if array.is(value) then
      add_array(name, value, "house", is_made)
    elseif type(value) == "table" and getmetatable(value) == nil and is_arrays(value) then
      add_arrays(name, value, is_made)
    elseif not is_made then
      list[#list + 1] = { name = name, type = value_types[type(value)], reader = "house", value = value }
    end
  end
  return list
end

--- Add what the engine lists of an object's state, but for variables, which are the object's own.
---@param list StateItem[]
---@param core table
---@param prefix? string  before its names
---@return StateItem[] list
function fields.add_engine_items(list, core, prefix)
  for _, item in ipairs(core:state()) do
    if not item.is_variable then
      item.name, item.reader = (prefix or "") .. item.name, "engine"
      if item.type == "memory" then item.is_made = true end
      list[#list + 1] = item
    end
  end
  return list
end

--- Bytes of memory that an object's arrays take.
---@param object table  with a method _state
---@return integer
function fields.bytes(object)
  local sum = 0
  for _, item in ipairs(object:_state()) do sum = sum + (item.bytes or 0) end
  return sum
end

return fields
