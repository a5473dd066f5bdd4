--- Truth values and numbers: a condition must be a condition, everything else a number.
---
--- A comparison, `and`, `or`, `not`, `true`, `false` and names with the flag `bool` are truth values. Where a number is wanted a truth
--- value counts as 1 or 0; the other way round there is no conversion: `if x:` must say what about x is asked.

local functions = require "lunapse.language.base.functions"

local types = {}

local is_condition = {
  ["<"] = true, ["<="] = true, [">"] = true, [">="] = true, ["=="] = true, ["!="] = true, ["and"] = true, ["or"] = true,
}

--- "bool", "real", or "any" where only the projection can tell (pre.X).
---@param node table
---@param own table<string, table>
---@param known? table  memory of the pass: `if` node -> its type
---@return string
function types.of(node, own, known)
  local kind = node.kind
  if kind == "bool" then return "bool" end
  if kind == "binary" then return is_condition[node.op] and "bool" or "real" end
  if kind == "unary" then return node.op == "not" and "bool" or "real" end
  if kind == "call" then return (functions.rows[node.name] or {}).is_truth and "bool" or "real" end
  if kind == "name" then
    if node.base then return "any" end
    local what = own[node.name]
    return what and what.type == "bool" and "bool" or "real"
  end
  if kind ~= "if" then return "real" end
  known = known or {}
  local found = known[node]
  if not found then
    local yes, no = types.of(node.yes, own, known), types.of(node.no, own, known)
    if yes == no then found = yes
    elseif yes == "any" then found = no == "bool" and "any" or "real"
    elseif no == "any" then found = yes == "bool" and "any" or "real"
    else found = "real" end
    known[node] = found
  end
  return found
end

local function want_condition(node, own, place, errors, what, known)
  if types.of(node, own, known) ~= "real" then return end
  local hint = node.kind == "name" and ("write '%s != 0', or give it the flag bool"):format(node.name)
    or "compare it with something: <, <=, >, >=, ==, !="
  errors:add(place, node, ("%s is a number, a condition is expected"):format(what), hint)
end

--- Check every condition inside a tree; `root_is` names the whole when it must be a condition itself.
---@param root table
---@param own table<string, table>
---@param place table
---@param errors table
---@param root_is? string
---@param seen? table  memory of the pass: hand in one table for trees that share branches
function types.check(root, own, place, errors, root_is, seen)
  seen = seen or {}
  local known = {}
  local function visit(node)
    if seen[node] then return end
    seen[node] = true
    local kind = node.kind
    if kind == "if" then
      want_condition(node.cond, own, place, errors, "this", known)
      visit(node.cond)
      visit(node.yes)
      visit(node.no)
    elseif kind == "binary" then
      if node.op == "and" or node.op == "or" then
        want_condition(node.a, own, place, errors, "this", known)
        want_condition(node.b, own, place, errors, "this", known)
      end
      visit(node.a)
      visit(node.b)
    elseif kind == "unary" then
      if node.op == "not" then want_condition(node.a, own, place, errors, "this", known) end
      visit(node.a)
    elseif kind == "call" then
      for _, argument in ipairs(node.args) do visit(argument) end
    end
  end
  if root_is then want_condition(root, own, place, errors, root_is, known) end
  visit(root)
end

return types
