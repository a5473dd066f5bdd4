--- Definitions: `m_inf := 1/(1 + exp(-v/k))` says what a name stands for. It is put in place wherever it is read, in every stage of every method,
--- as on paper; nothing is stored, nothing is one step late. (`=` assigns once a step, where it stands.)
---
--- A definition is a function without arguments, put in place with the functions (inline.lua); other than they it sees all names of the model.

local fail = require "lunapse.language.base.fail"
local inline = require "lunapse.language.front.inline"
local names = require "lunapse.language.front.names"
local tree = require "lunapse.language.base.tree"

local definitions = {}

local function is_noise(node)
  return node.kind == "name" and not node.base and (node.name == "xi" or node.name:find "^xi_." ~= nil)
end

--- What cannot stand in a definition, since every reader would get another: a random number, white noise.
local function refuse_random(statement, node)
  fail.at(statement.place, node, "a random number in a definition: every line that reads it would have a number of its own",
    "assign it with '=': one number a step")
end

local function check_one(kind, statement, all)
  local name = statement.target.name
  local function wrong(node, message, hint) fail.at(statement.place, node, message, hint) end
  if statement.part ~= "equations" then wrong(statement.target, "a definition (':=') belongs into the equations", "assign with '='") end
  if statement.target.base then
    wrong(statement.target, ("'%s.%s' cannot be defined here"):format(statement.target.base, name), "a model defines names of its own")
  end
  local why = names.why_not(kind, name)
  if why then wrong(statement.target, ("'%s' cannot be defined: %s"):format(name, why), "choose another name") end
  local other = all[name]
  if other then
    wrong(statement.target, other.is_value and ("'%s' is defined twice"):format(name) or ("'%s' is a function too"):format(name), "choose another name")
  end
  local noise = tree.find(statement.rhs, is_noise)
  if noise then refuse_random(statement, noise) end
  tree.each(statement.rhs, function(node) node.place = statement.place end)
end

--- Take the definitions out of a list of statements; they join `all`, the functions of the model.
---@param kind string
---@param list table[]  statements of the equations
---@param all table  of inline.read
---@return table[] rest, table[] taken
function definitions.take(kind, list, all)
  local rest, taken = {}, {}
  for _, statement in ipairs(list) do
    if statement.kind == "definition" then
      check_one(kind, statement, all)
      local name = statement.target.name
      local definition = { name = name, is_value = true, args = {}, body = statement.rhs, place = statement.place, pos = statement.target.pos,
        stop = statement.target.stop }
      all[name] = definition
      taken[#taken + 1] = statement
    else
      rest[#rest + 1] = statement
    end
  end
  for _, statement in ipairs(taken) do
    local definition = all[statement.target.name]
    statement.rhs = inline.flatten(definition, all, {})
    if definition.draw then refuse_random(statement, definition.draw) end
  end
  return rest, taken
end

--- A definition elsewhere than among equations is an error.
---@param list table[]  statements
function definitions.refuse(list)
  for _, statement in ipairs(list) do
    if statement.kind == "definition" then
      fail.at(statement.place, statement.target, "a definition (':=') belongs into the equations", "assign with '='")
    end
  end
end

return definitions
