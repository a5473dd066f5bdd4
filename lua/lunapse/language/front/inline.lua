--- Functions of a model: read from the part `functions`, checked, and put in place of their calls.
---
---     functions = [[ gate(v, v_half, s) = 1/(1 + exp((v_half - v)/s))
---                    square(x) = x^2 ]]
---
--- A function sees its arguments, pi and inf, and nothing else. Each argument's tree stands in the inlined body as one shared
--- table, however often the body names it, so it is computed once. Nodes of a body keep their own `place`.
---
--- Functions that call functions can say much with few words. How much a text may come to with all of them put in place is limited.

local fail = require "lunapse.language.base.fail"
local functions = require "lunapse.language.base.functions"
local grammar = require "lunapse.language.front.grammar"
local names = require "lunapse.language.front.names"
local tokens = require "lunapse.language.front.tokens"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local inline = { most_nodes = 100000, deepest_calls = 500 }

local known_levels = setmetatable({}, { __mode = "k" })

--- Number of levels of a tree.
local function levels_of(node)
  local levels = known_levels[node]
  if levels then return levels end
  levels = 0
  for _, child in ipairs(node.args or {}) do levels = math.max(levels, levels_of(child)) end
  for _, field in ipairs(tree.kinds[node.kind]) do levels = math.max(levels, levels_of(node[field])) end
  known_levels[node] = levels + 1
  return levels + 1
end

--- Number of nodes of a tree.
local function size_of(node)
  local count = 0
  tree.each(node, function() count = count + 1 end)
  return count
end

local function read_head(reader)
  local place = reader.place
  local first = reader.at
  if reader.kind[first] ~= "name" or reader.kind[first + 1] ~= "(" then
    reader:fail("a function is expected", "like f(x, y) = x * y")
  end
  local name, arguments, seen = reader.value[first], {}, {}
  local span = reader:span(first)
  local row = functions.rows[functions.aliases[name] or name]
  if row and (row.role ~= "math" or functions.also_reductions[name] or name == "ite") then -- others the model may define for itself
    fail.at(place, span, ("'%s' is a function of the language"):format(name), "choose another name")
  end
  reader.at = first + 2
  while reader.kind[reader.at] ~= ")" do
    local at = reader.at
    local argument = reader.value[at]
    if reader.kind[at] ~= "name" then reader:fail("the name of an argument is expected", "like f(x, y) = x * y") end
    if seen[argument] then reader:fail(("two arguments are named '%s'"):format(argument), "") end
    seen[argument] = true
    arguments[#arguments + 1] = argument
    reader.at = at + 1
    if reader.kind[reader.at] == "," then
      reader.at = reader.at + 1
      if reader.kind[reader.at] == ")" then reader:fail("the name of an argument is expected", "") end
    elseif reader.kind[reader.at] ~= ")" then
      reader:unexpected "',' or ')'"
    end
  end
  reader.at = reader.at + 1
  reader:expect("=", "'='")
  return { name = name, args = arguments, known = seen, pos = span.pos, stop = span.stop, place = place }
end

local function check_body(definition)
  tree.each(definition.body, function(node)
    node.place = definition.place
    if node.kind ~= "name" then return end
    if node.base then
      fail.at(definition.place, node, ("'%s.%s' in a function"):format(node.base, node.name), "a function sees its arguments alone: pass it as one")
    end
    if not definition.known[node.name] and not names.constants[node.name] and not units.known[node.name] then
      local near = fail.nearest(node.name, definition.args)
      fail.at(definition.place, node, ("unknown name '%s' in a function"):format(node.name),
        near and ("did you mean '%s'?"):format(near) or "a function sees its arguments alone: pass it as one")
    end
  end)
end

--- The body with one node for each name, so that two calls with the same names have the same arguments.
local function with_one_node_a_name(body)
  local nodes = {}
  return tree.map(body, function(node)
    if node.kind ~= "name" then return node end
    nodes[node.name] = nodes[node.name] or node
    return nodes[node.name]
  end)
end

local function is_draw(node) return node.kind == "call" and functions.rows[node.name] ~= nil and functions.rows[node.name].role == "draw" end

--- Read the text of the part `functions`.
---@param place table?
---@return table  name -> { name, args = list of names, body, place, pos, stop }, also as a list; definitions join it by name (definitions.lua)
function inline.read(place)
  local result = {}
  if not place then return result end
  place.counted = true
  local reader = grammar.reader(tokens.read(place))
  while true do
    while reader.kind[reader.at] == "newline" do reader.at = reader.at + 1 end
    if reader.kind[reader.at] == "end" then break end
    reader:fresh()
    local definition = read_head(reader)
    if result[definition.name] then
      fail.at(place, definition, ("the function '%s' is defined twice"):format(definition.name), "")
    end
    definition.body = reader:expression()
    if reader.kind[reader.at] == ":" then reader:fail("a function takes no flags", "") end
    if reader.kind[reader.at] ~= "newline" and reader.kind[reader.at] ~= "end" then reader:unexpected() end
    check_body(definition)
    definition.body = with_one_node_a_name(definition.body)
    result[#result + 1], result[definition.name] = definition, definition
  end
  for _, definition in ipairs(result) do inline.flatten(definition, result, {}) end
  return result
end

--- The name that was written: of functions with several names a node holds the one that they go by.
local function called(node) return node.kind == "call" and node.alias or node.name end

--- The function that a node calls, the definition that it names; nil for others.
local function meant(node, all)
  local found = (node.kind == "call" or node.kind == "name" and not node.base) and all[called(node)] or nil
  return found and (node.kind == "name") == (found.is_value or false) and found or nil
end

--- Inline the functions that a function calls; a circle is an error. `draw` of the definition is a node of its body that is random, if there is one.
function inline.flatten(definition, all, path)
  if definition.flat then return definition.flat end
  path[#path + 1] = definition.name
  path[definition.name] = true
  if #path > inline.deepest_calls then
    fail.at(definition.place, definition, ("%s, more than %d levels deep"):format(definition.is_value and "definitions that read definitions below them"
      or "functions that call functions", inline.deepest_calls), "")
  end
  tree.each(definition.body, function(node)
    local callee, name = meant(node, all), called(node)
    if is_draw(node) then definition.draw = definition.draw or node end
    if not callee then return end
    if path[name] then
      local chain = table.concat(path, " -> ") .. " -> " .. name
      fail.at(definition.place, node, (callee.is_value and "'%s' is defined by itself" or "the function '%s' calls itself"):format(name), chain)
    end
    inline.flatten(callee, all, path)
    if callee.draw then definition.draw = definition.draw or node end
  end)
  path[#path], path[definition.name] = nil, nil
  definition.flat = inline.expand(definition.body, all, definition.place)
  if not definition.is_value then definition.levels, definition.size = levels_of(definition.flat), size_of(definition.flat) end
  return definition.flat
end

--- The tree with every call of a model's function replaced by the function's body, every defined name by what it stands for.
---@param node table
---@param all table  what inline.read returned
---@param place table  where the tree stands
---@param done? table  memory of tree.map
---@return table
function inline.expand(node, all, place, done)
  if next(all) == nil then return node end
  local size, already = 0, {}
  local function check(at, this_size, this_deep)
    if this_size <= inline.most_nodes and this_deep <= tree.deepest then return end
    local what = this_size > inline.most_nodes and ("comes to more than %d operations"):format(inline.most_nodes)
      or ("goes more than %d levels deep"):format(tree.deepest)
    fail.at(place, at, ("with its functions put in place, this %s"):format(what), "give parts of it names of their own, in lines before")
  end
  local result = tree.map(node, function(call)
    local definition = meant(call, all)
    if not definition then return call end
    if definition.is_value then return definition.flat end
    if #call.args ~= #definition.args then
      local head = ("%s(%s)"):format(definition.name, table.concat(definition.args, ", "))
      fail.at(place, call, ("%s takes %d argument%s, got %d"):format(head, #definition.args, #definition.args == 1 and "" or "s",
        #call.args), "")
    end
    local bound, below = {}, 0
    for k, name in ipairs(definition.args) do bound[name], below = call.args[k], math.max(below, levels_of(call.args[k])) end
    -- what is computed from the same is the same, unless chance has a part in it
    local same = not definition.draw and already or {}
    for _, key in ipairs { definition, table.unpack(call.args) } do
      same[key] = same[key] or {}
      same = same[key]
    end
    if not same.result then
      size = size + definition.size
      check(call, size, definition.levels + below)
      same.result = tree.map(definition.flat, function(inner)
        if inner.kind == "name" and not inner.base and bound[inner.name] then return bound[inner.name] end
        return inner
      end)
    end
    return same.result
  end, done)
  check(node, size, levels_of(result))
  return result
end

return inline
