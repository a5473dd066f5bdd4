--- The tree: what nodes there are, and the walks that every analysis is made of.
---
--- A node is a table with `kind`, `pos` and `stop` (byte offsets into its part's text). Trees are never changed after they are
--- made; a pass returns a new tree and shares what it did not touch. One table may stand in several places (arguments of inlined
--- functions do): passes keep that sharing, so that the value is computed once, and look at each table once, so that a tree whose
--- branches share theirs again and again takes no longer than it is large.
---
--- Passes are recursive; the grammar and inline.lua see to it that no tree is deeper than `tree.deepest`.
--- This folder (base) has what all parts of the language share: trees, errors, units, and the tables of functions, parts and roles.

local tree = {}

--- Child fields by kind. `args` of a call is the one list.
tree.kinds = {
  number = {}, -- value, unit?
  name = {}, -- name, base?  (base.name)
  bool = {}, -- value
  derivative = {}, -- name:  dv/dt
  call = {}, -- name, args
  unary = { "a" }, -- op: - not
  binary = { "a", "b" }, -- op: + - * / ^ < <= > >= == != and or
  ["if"] = { "cond", "yes", "no" },
}

tree.deepest = 10000

tree.arithmetic = { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["^"] = true }
tree.comparisons = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true, ["=="] = true, ["!="] = true }
tree.logic = { ["and"] = true, ["or"] = true }

function tree.number(value, at)
  return { kind = "number", value = value, pos = at and at.pos, stop = at and at.stop, place = at and at.place }
end

function tree.name(name, at, base)
  return { kind = "name", name = name, base = base, pos = at and at.pos, stop = at and at.stop, place = at and at.place }
end

function tree.bool(value, at)
  return { kind = "bool", value = value, pos = at and at.pos, stop = at and at.stop, place = at and at.place }
end

function tree.call(name, args, at)
  return { kind = "call", name = name, args = args, pos = at and at.pos, stop = at and at.stop, place = at and at.place }
end

function tree.unary(op, a, at)
  at = at or a
  return { kind = "unary", op = op, a = a, pos = at.pos, stop = at.stop, place = at.place }
end

function tree.binary(op, a, b, at)
  return { kind = "binary", op = op, a = a, b = b, pos = (at or a).pos, stop = (at or b).stop, place = (at or a).place }
end

function tree.conditional(cond, yes, no, at)
  return { kind = "if", cond = cond, yes = yes, no = no, pos = (at or cond).pos, stop = (at or no).stop, place = (at or cond).place }
end

--- The first node below `node` (itself included, parents first, each once) for which `test` is true; where it is false, not nil, the children are
--- left out.
local function search(node, test, seen)
  if seen[node] then return nil end
  seen[node] = true
  local answer = test(node)
  if answer then return node elseif answer == false then return nil end
  if node.kind == "call" then
    for _, argument in ipairs(node.args) do
      local found = search(argument, test, seen)
      if found then return found end
    end
    return nil
  end
  for _, field in ipairs(tree.kinds[node.kind]) do
    local found = search(node[field], test, seen)
    if found then return found end
  end
end

--- Call `visit(node)` once for a node and for each below, parents first; where it returns false the children are left out.
---@param node table
---@param visit fun(node: table): boolean?
function tree.each(node, visit)
  search(node, function(n)
    if visit(n) == false then return false end
    return nil
  end, {})
end

--- A new tree, children first: `change(node)` gets each node with its children already changed and returns it or another.
--- Nodes that are shared stay shared.
---@param node table
---@param change fun(node: table): table
---@param done? table  memory of the pass: hand in one table to keep sharing across several trees
---@return table
function tree.map(node, change, done)
  done = done or {}
  local result = done[node]
  if result then return result end
  result = node
  if node.kind == "call" then
    local args
    for k, argument in ipairs(node.args) do
      local new = tree.map(argument, change, done)
      if new ~= argument and not args then args = table.move(node.args, 1, #node.args, 1, {}) end
      if args then args[k] = new end
    end
    if args then
      result = tree.copy(node)
      result.args = args
    end
  else
    for _, field in ipairs(tree.kinds[node.kind]) do
      local new = tree.map(node[field], change, done)
      if new ~= node[field] then
        if result == node then result = tree.copy(node) end
        result[field] = new
      end
    end
  end
  result = change(result)
  done[node] = result
  return result
end

--- A shallow copy of one node.
function tree.copy(node)
  local copy = {}
  for key, value in pairs(node) do copy[key] = value end
  return copy
end

--- Whether the tree holds a node for which `test` is true; returns that node.
---@param node table
---@param test fun(node: table): any
---@return table? first  parents before children
function tree.find(node, test)
  return search(node, function(n) return test(n) or nil end, {})
end

return tree
