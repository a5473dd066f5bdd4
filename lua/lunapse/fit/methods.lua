--- The methods by which a least value is looked for. Those that have a module say which points they want (`ask`) and are told the values (`tell`), a generation at
--- once; NLopt's ask for one value after the other.
local options = require "lunapse.options"

---@class SearchMethod
---@field name string
---@field module? string               of this folder: makes what has ask and tell; nil: of NLopt
---@field population? fun(d: integer): integer  how many points a generation has, unless it is said
---@field least_population? fun(d: integer): integer
---@field least? integer               parameters that it needs
---@field is_local? boolean            it begins at a point and goes on from there
---@field has_population? boolean      of NLopt: it can be told how many points it has

local methods = {}

---@type SearchMethod[]
local rows = {
  { name = "cma-es", module = "cma_es", population = function(d) return 4 + math.floor(3 * math.log(d)) end, least_population = function() return 4 end, is_local = true },
  { name = "de", module = "differential_evolution", population = function(d) return math.max(20, 15 * d) end, least_population = function() return 4 end },
  { name = "bayes", module = "bayes", population = function() return 4 end },
  { name = "crs2", has_population = true, least_population = function(d) return d + 1 end },
  { name = "isres", has_population = true },
  { name = "esch" },
  { name = "direct" },
  { name = "bobyqa", is_local = true, least = 2 },
  { name = "nelder-mead", is_local = true },
}

local by_name, names = {}, {}
for k, row in ipairs(rows) do by_name[row.name], names[k] = row, row.name end

--- The method of a name, checked against the number of free parameters.
---@param where string
---@param name any
---@param d integer
---@return SearchMethod
function methods.find(where, name, d)
  if type(name) ~= "string" or not by_name[name] then options.fail(("%s: %s"):format(where, options.unknown("method", name, { table.unpack(names) }))) end
  local row = by_name[name]
  if row.least and d < row.least then
    options.fail(("%s: method '%s' needs at least %d free parameters, got %d: 'nelder-mead' takes one"):format(where, name, row.least, d))
  end
  return row
end

--- What makes the search of a method of this folder.
---@param row SearchMethod
function methods.load(row) return require("lunapse.fit." .. row.module) end

return methods
