--- Names that a model may not give: those under which its objects have something else. `pop.size` is the number of neurons, `pop:slice(1, 10)` a method, and
--- what begins with "_" may be a field of the library's own. A variable of such a name could be neither read nor set, so the model refuses it.
local fail = require "lunapse.language.base.fail"

local reserved = {}

--- The classes whose objects have variables of a kind of model as their fields, and what such an object is called.
local function classes(kind, is_cable)
  if is_cable then return { { require("lunapse.network.cables").class, "population of cables" }, { require("lunapse.network.view").class, "part of a population" } } end
  if kind == "synapse" then return { { require("lunapse.network.projection").class, "projection" } } end
  return { { require("lunapse.network.population").class, "population" }, { require("lunapse.network.view").class, "part of a population" } }
end

--- What an object of a class has under a name; nil: nothing.
local function taken(class, name)
  local is_method = type(class[name]) == "function"
  if not is_method and class[name] == nil and not class._fields[name] and not (class._named and class._named[name]) then return nil end
  return (is_method and "a method" or "a field") .. (name:find "^_" and " of the library's own" or "")
end

--- Why a model of this kind cannot define a name; nil where it can. (Recordings give variables before methods, but not before what is theirs alone.)
---@param kind "neuron"|"synapse"
---@param name string
---@param is_cable? boolean  the neuron has a shape
---@return string?
function reserved.why(kind, name, is_cable)
  for _, row in ipairs(classes(kind, is_cable)) do
    local what = taken(row[1], name)
    if what then return ("a %s has %s of that name"):format(row[2], what) end
  end
  local what = name:find "^_" and taken(require("lunapse.network.recording").Recording, name)
  return what and ("a recording has %s of that name"):format(what)
end

--- Refuse a checked model with such names: an error with a picture of each.
---@param checked table
function reserved.refuse(checked)
  local errors = fail.list()
  local function check(what, name, place, node)
    local why = reserved.why(checked.kind, name, checked.is_cable)
    if why then errors:add(place, node, ("a %s cannot be named '%s': %s"):format(what, name, why), "choose another name") end
  end
  for _, p in ipairs(checked.parameters) do check("parameter", p.name, p.place, p) end
  for _, v in ipairs(checked.variables) do check("variable", v.name, v.statement.place, v.statement.target) end
  for _, d in ipairs(checked.definitions) do check("definition", d.target.name, d.place, d.target) end
  errors:raise()
end

return reserved
