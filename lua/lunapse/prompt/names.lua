--- The globals of the prompt: the program's own, and besides `_` (the last result), `lp` (the library) and the
--- units (`ms`, `mV`, ...), which only the prompt sees: a script requires what it uses. The library is loaded when an
--- input first speaks of it, or of a name that nobody knows and that might be a unit.

local names = {}

local environment = setmetatable({}, { __index = _G, __newindex = _G })
local library         -- the module table, once loaded
local problem         -- why it cannot be loaded

--- The library, or nil where it cannot be loaded.
local function find_library()
  if library or problem then return library end
  local is_fine, found = pcall(require, "lunapse")
  if is_fine then library = found else problem = tostring(found) end
  return library
end

--- The units that the library offers: name -> number; empty where there are none.
---@return table<string, number>
function names.units()
  local lp = find_library()
  local has_units, units = pcall(function() return lp.units end)
  return has_units and type(units) == "table" and units or {}
end

--- The value of a unit; nil for a name that is none (which the table of units itself may refuse with an error).
local function unit_value(name)
  local is_unit, value = pcall(function() return names.units()[name] end)
  return is_unit and type(value) == "number" and value or nil
end

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then
  true until while]]):gmatch "%a+" do
  keywords[word] = true
end

--- The table of globals for an input, made ready for the names that stand in it.
---@param text string
---@return table environment
---@return string|nil problem  why `lp`, which the input speaks of, is not there
function names.environment(text)
  local missing
  for name in text:gmatch "[%a_][%w_]*" do
    if not keywords[name] and environment[name] == nil then
      if name == "lp" then
        problem = nil   -- the file may have been mended since
        rawset(environment, "lp", find_library())
        missing = problem
      else
        rawset(environment, name, unit_value(name))
      end
    end
  end
  return environment, missing
end

--- Keep the first result of an input as `_`.
function names.set_result(value)
  rawset(environment, "_", value)
end

--- All names that an input may use: a set.
---@return table<string, boolean>
function names.known()
  local known = { lp = true }
  for _, source in ipairs { _G, environment, names.units(), keywords } do
    for name in pairs(source) do
      if type(name) == "string" then known[name] = true end
    end
  end
  return known
end

--- The value of a global name; loads the library for `lp`.
function names.value(name)
  return (names.environment(name))[name]
end

return names
