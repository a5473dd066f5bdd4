--- The part `refractory`: for how long after a spike a neuron does not spike again, and what stands still until then.
---
---     refractory = 5                                          ms, or a name or expression, or a condition
---     refractory = { 5, stops = "spikes" }                    nothing stands still
---     refractory = { 5, stops = { "v" } }                     v alone stands still
---     refractory = { 5, discards = { "v" } }                  v stands still, and what arrives at it meanwhile is lost
---
--- Unless it says what it stops, everything stands still but conductances, the variables whose names begin with g_; or, where lines have the
--- flag `unless refractory`, those lines.

local bind = require "lunapse.language.front.bind"
local fail = require "lunapse.language.base.fail"
local inline = require "lunapse.language.front.inline"
local resolve = require "lunapse.language.front.resolve"
local statements = require "lunapse.language.front.statements"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local refractory = {}

local keys = { "stops", "discards" }

--- The names of an option: a set, and the same as a list. Each must be a variable that the model's lines write.
local function names_of(model, place, key, given)
  if type(given) == "string" then given = { given } end
  if type(given) ~= "table" then fail.at(place, nil, ("'%s' is a %s"):format(key, type(given)), ('names of variables are expected, like { "v", "w" }')) end
  local known, set, list = {}, {}, {}
  for _, variable in ipairs(model.variables) do known[#known + 1] = variable.name end
  for k, name in ipairs(given) do
    if type(name) ~= "string" then fail.at(place, nil, ("entry %d of '%s' is a %s"):format(k, key, type(name)), "the name of a variable is expected") end
    if not model.variables_by_name[name] then
      fail.at(place, nil, ("'%s' names '%s', which is no variable of the model"):format(key, name), fail.suggest(name, known, "variables"))
    end
    if not set[name] then set[name], list[#list + 1] = true, name end
  end
  return set, list
end

--- What the description says besides the period.
local function read_options(model, place, given)
  for key in pairs(given) do
    if key ~= 1 and key ~= keys[1] and key ~= keys[2] then
      fail.at(place, nil, ("unknown option '%s'"):format(tostring(key)), fail.suggest(tostring(key), keys))
    end
  end
  if given[1] == nil then fail.at(place, nil, "the period is missing", 'like refractory = { 5, stops = "spikes" }') end
  if given.stops == "spikes" then
    model.refractory_stops = {}
  elseif given.stops ~= nil then
    model.refractory_stops = names_of(model, place, "stops", given.stops)
  end
  if given.discards ~= nil then
    local set, list = names_of(model, place, "discards", given.discards)
    for _, name in ipairs(list) do
      if not refractory.stops(model, name) then
        fail.at(place, nil, ("'%s' is to be discarded, but does not stand still"):format(name), "name it in 'stops' too")
      end
    end
    model.refractory_discards = set
  end
  return given[1]
end

--- Does a variable stand still while its neuron is refractory?
---@param model table  a checked model
---@param name string
---@return boolean
function refractory.stops(model, name)
  if model.refractory == nil and not model.reading_refractory then return false end
  local written, chosen, flagged = false, false, false
  for _, statement in ipairs(model.equations) do
    local is_it = statement.target.name == name and not statement.target.base
    written = written or is_it
    chosen = chosen or statement.flags.unless_refractory or false
    flagged = flagged or is_it and statement.flags.unless_refractory or false
  end
  if not written then return false end
  if model.refractory_stops then return model.refractory_stops[name] or false end
  if chosen then return flagged end
  return not name:find "^g_."
end

--- Names of the variables that stand still and of those that go on, in the order of the model.
---@param model table
---@return string[] still, string[] going
function refractory.division(model)
  local still, going, seen = {}, {}, {}
  for _, statement in ipairs(model.equations) do
    local name = statement.target.name
    if not seen[name] and model.variables_by_name[name] then
      seen[name] = true
      table.insert(refractory.stops(model, name) and still or going, name)
    end
  end
  return still, going
end

--- A condition must be able to become false: something in it has to change although the neuron is refractory.
local function check_condition(model, node, place)
  local still
  local changing = tree.find(node, function(n)
    if n.kind == "call" then return true end
    if n.kind ~= "name" then return false end
    if n.base or n.name == "t" or n.name == "t_last" then return true end
    local variable = model.variables_by_name[n.name]
    if not variable then return n.name:find "^g_." ~= nil end
    if refractory.stops(model, n.name) then
      still = still or n
      return false
    end
    return true
  end)
  if still and not changing then
    fail.at(place, still, ("while the condition holds, '%s' stands still, so it would hold for ever"):format(still.name),
      ('say what it stops: refractory = { "%s", stops = "spikes" }, or stops = { ... } without %s'):format(place.text, still.name))
  end
end

local function is_condition(node)
  if node.kind == "bool" then return true end
  if node.kind == "unary" then return node.op == "not" end
  if node.kind == "binary" then
    return node.op == "and" or node.op == "or" or ("<=>=!="):find(node.op, 1, true) ~= nil
  end
  return false
end

--- Read the part of a neuron's description into its model.
---@param model table
---@param scope table
---@param given table  the description
function refractory.read(model, scope, given)
  local value = given.refractory
  if value == nil then return end
  local place = { kind = "neuron", name = given.name, part = "refractory", text = type(value) == "table" and tostring(value[1]) or tostring(value) }
  if not given.spike then fail.at(place, nil, "a refractory period without 'spike'", "") end
  model.reading_refractory = true
  if type(value) == "table" then value = read_options(model, place, value) end
  model.reading_refractory = nil
  if type(value) == "number" then
    if not (value >= 0 and value < math.huge) then fail.at(place, nil, ("it must be a time in ms, got %g"):format(value), "") end
    model.refractory = value
    return
  end
  if type(value) ~= "string" then fail.at(place, nil, ("it is a %s"):format(type(value)), "a number, a name or a condition is expected") end
  local node = statements.expression(place)
  node = resolve.tree(scope, inline.expand(node, model.functions, place), place, bind.contexts.plain)
  local plain = node.kind == "number" and node.value or units.constant(node)
  if plain and plain < 0 then fail.at(place, node, "a refractory period cannot be negative", "") end
  model.refractory = plain or node
  model.refractory_tree, model.places.refractory = node, place
  if is_condition(node) and #scope.errors == 0 then check_condition(model, node, place) end
end

return refractory
