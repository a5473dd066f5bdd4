--- The part `refractory`: for how long after a spike a neuron does not spike again, and what stands still until then.
---
---     refractory = 5                                          ms, or a name or expression, or a condition
---     refractory = { 5, stops = "spikes" }                    nothing stands still
---     refractory = { 5, stops = { "v" } }                     v alone stands still
---     refractory = { 5, discards = { "v" } }                  v stands still, and what arrives at it meanwhile is lost
---
--- Unless it says what it stops, everything stands still but conductances, the variables whose names begin with g_; or, where lines have the
--- flag `unless refractory`, those lines. Of a cable nothing does: what a spike stops is the next spike at its place.

local fail = require "lunapse.language.base.fail"
local parts = require "lunapse.language.base.parts"
local tree = require "lunapse.language.base.tree"
local types = require "lunapse.language.front.types"

local refractory = {}

--- The period alone, where a description may say more: { period, stops = ..., discards = ... }.
---@param model table
---@param given any  what the description says
---@return any period
function refractory.period(model, given)
  if type(given) ~= "table" then return given end
  local place, options = { kind = model.kind, name = model.name, part = "refractory", text = tostring(given[1]) }, parts.row("refractory").options
  for key in pairs(given) do
    if key ~= 1 and key ~= options[1] and key ~= options[2] then
      fail.at(place, nil, ("unknown option '%s'"):format(tostring(key)), fail.suggest(tostring(key), options))
    end
  end
  if given[1] == nil then fail.at(place, nil, "the period is missing", 'like refractory = { 5, stops = "spikes" }') end
  return given[1]
end

--- The names of an option as a set, and as a list. Each must be a variable that the model's lines write.
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

local function says_unless(model)
  for _, statement in ipairs(model.equations) do if statement.flags.unless_refractory then return true end end
end

--- The variables of the equations that stand still: a set.
local function what_stops(model, place, options)
  if options.stops == "spikes" then return {} end
  if model.is_cable and options.stops == nil and not says_unless(model) then return {} end
  local named = options.stops ~= nil and names_of(model, place, "stops", options.stops)
  local written, flagged, chosen = {}, {}, false
  for _, statement in ipairs(model.equations) do
    local name = not statement.target.base and statement.target.name
    if name then written[name] = true end
    if name and statement.flags.unless_refractory then flagged[name], chosen = true, true end
  end
  local set = {}
  for name in pairs(written) do
    if named and named.v and model.is_cable then
      fail.at(place, nil, "'stops' names 'v', which flows along the cable and cannot stand still", "name what is to stand still, or stops = \"spikes\"")
    end
    if named then set[name] = named[name]
    elseif chosen then set[name] = flagged[name]
    else set[name] = not name:find "^g_." or nil end
  end
  return set
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

--- Find what stands still and what is discarded, when the names of the model have their meaning: `refractory_stops` and `refractory_discards` of the
--- model, sets of names.
---@param model table
---@param scope table
function refractory.finish(model, scope)
  local given = model.source.refractory
  if given == nil then return end
  local condition, options = model.conditions.refractory, type(given) == "table" and given or {}
  local place = condition and condition.place or { kind = model.kind, name = model.name, part = "refractory", text = tostring(model.refractory) }
  model.refractory_stops, model.refractory_discards = what_stops(model, place, options), {}
  if options.discards ~= nil then
    local set, list = names_of(model, place, "discards", options.discards)
    for _, name in ipairs(list) do
      if not refractory.stops(model, name) then
        fail.at(place, nil, ("'%s' is to be discarded, but does not stand still"):format(name), "name it in 'stops' too")
      end
    end
    model.refractory_discards = set
  end
  if condition and #scope.errors == 0 and types.of(condition.rhs, scope.own) == "bool" then check_condition(model, condition.rhs, place) end
end

--- Does a variable stand still while its neuron is refractory?
---@param model table  a checked model
---@param name string
---@return boolean
function refractory.stops(model, name) return model.refractory_stops ~= nil and model.refractory_stops[name] or false end

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

return refractory
