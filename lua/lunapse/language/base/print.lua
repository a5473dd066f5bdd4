--- Trees to text: what parses to the same tree again, with the fewest parentheses.

local flags = require "lunapse.language.base.flag_table"
local parts = require "lunapse.language.base.parts"
local units = require "lunapse.language.base.unit_table"

local print = {}

local binary_power = {
  ["or"] = 1, ["and"] = 2, ["<"] = 4, ["<="] = 4, [">"] = 4, [">="] = 4, ["=="] = 4, ["!="] = 4, ["+"] = 5, ["-"] = 5, ["*"] = 6,
  ["/"] = 6, ["^"] = 8,
}
local lowest, not_power, product_power, minus_power, atom_power = 0, 3, 6, 7, 9

--- A number as text: the shortest that reads back as the same.
---@param value number
---@return string
function print.number(value)
  if value == math.huge then return "inf" elseif value == -math.huge then return "-inf" end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then return text end
  end
  return ("%.17g"):format(value)
end

--- Most nodes that are written: trees that share their branches again and again would give texts without end. What is left out is "...".
local MOST_NODES = 10000

local write

local writers = {}

function writers.number(out, node) out[#out + 1] = node.written or print.number(node.value) end
function writers.name(out, node) out[#out + 1] = node.base and node.base .. "." .. node.name or node.name end
function writers.bool(out, node) out[#out + 1] = node.value and "true" or "false" end
function writers.derivative(out, node) out[#out + 1] = "d" .. node.name .. "/dt" end

function writers.call(out, node)
  out[#out + 1] = node.name .. "("
  for k, argument in ipairs(node.args) do
    if k > 1 then out[#out + 1] = ", " end
    write(out, argument, lowest)
  end
  out[#out + 1] = ")"
end

function writers.unary(out, node)
  out[#out + 1] = node.op == "not" and "not " or "-"
  write(out, node.a, node.op == "not" and not_power or minus_power)
end

function writers.binary(out, node)
  local power = binary_power[node.op]
  local left, right = power, power + 1
  if power == 4 then left = 5 end
  if node.op == "^" then left, right = atom_power, minus_power end
  write(out, node.a, left)
  out[#out + 1] = node.op == "^" and "^" or " " .. node.op .. " "
  write(out, node.b, right)
end

writers["if"] = function(out, node)
  out[#out + 1] = "if "
  write(out, node.cond, 1)
  out[#out + 1] = ": "
  write(out, node.yes, 1)
  out[#out + 1] = " else: "
  write(out, node.no, lowest)
end

--- How tightly the text of a node binds.
local function power_of(node)
  local kind = node.kind
  if kind == "binary" then return binary_power[node.op] end
  if kind == "unary" then return node.op == "not" and not_power or minus_power end
  if kind == "if" then return lowest end
  if kind ~= "number" then return atom_power end
  if node.written then return node.is_product and product_power or minus_power end
  return node.value < 0 and minus_power or atom_power
end

--- Append the text of a node, in parentheses where it binds less than `least`.
function write(out, node, least)
  out.nodes = out.nodes + 1
  if out.nodes > MOST_NODES then
    out[#out + 1] = "..."
    return
  end
  local is_loose = power_of(node) < least
  if is_loose then out[#out + 1] = "(" end
  writers[node.kind](out, node)
  if is_loose then out[#out + 1] = ")" end
end

--- The text of a tree; of a huge one the beginning.
---@param node table
---@return string
function print.tree(node)
  local out = { nodes = 0 }
  write(out, node, lowest)
  return table.concat(out)
end

--- The text of flags, ` : ` in front; empty when there are none.
---@param read table
---@return string
function print.flags(read)
  local words = {}
  for _, row in ipairs(flags.rows) do
    local value = read[row.name]
    if value then
      words[#words + 1] = row.kind == "setting" and row.name .. " = " .. print.tree(value) or row.kind == "choice" and value
        or row.kind == "unit" and units.text(value) or row.text or row.name
    end
  end
  return #words > 0 and " : " .. table.concat(words, ", ") or ""
end

--- The text of a statement, or of a condition with flags.
---@param statement table
---@return string
function print.statement(statement)
  if statement.kind == "condition" then return print.tree(statement.rhs) .. print.flags(statement.flags) end
  local left = statement.lhs or statement.target
  return ("%s %s %s%s"):format(print.tree(left), statement.op, print.tree(statement.rhs), print.flags(statement.flags))
end

--- The text of a function of a model: f(x, y) = ...
---@param definition table
---@return string
function print.definition(definition)
  return ("%s(%s) = %s"):format(definition.name, table.concat(definition.args, ", "), print.tree(definition.body))
end

--- What a description says of a period besides it, as a list of texts: `stops = { "v", "w" }`.
---@param row table    of parts.lua
---@param given any    what the description says
---@return string[]
function print.options(row, given)
  local lines = {}
  for _, name in ipairs(type(given) == "table" and row.options or {}) do
    local value = given[name]
    if type(value) == "table" then value = '{ "' .. table.concat(value, '", "') .. '" }' elseif value then value = '"' .. value .. '"' end
    if value then lines[#lines + 1] = name .. " = " .. value end
  end
  return lines
end

--- What a part of a checked model says, as it was understood: a list of lines, empty where the part is missing. Parameters are told by their own names elsewhere.
---@param checked table
---@param row table  of parts.lua
---@return string[]
function print.part(checked, row)
  local lines, value = {}, checked[row.name]
  if row.options and value ~= nil then
    local words = print.options(row, checked.source[row.name])
    table.insert(words, 1, type(value) == "number" and print.number(value) .. " ms" or print.tree(value))
    lines[1] = table.concat(words, ", ")
  elseif row.kind == "words" then
    lines[1] = checked.source[row.name]
  elseif row.kind == "functions" then
    for k, definition in ipairs(value) do lines[k] = print.definition(definition) end
  elseif row.kind == "arrays" then
    for k, one in ipairs(value) do lines[k] = ("%s = %s"):format(one.name, one.facts and one.facts.words or "(to be given)") end
  elseif row.kind == "choice" then
    lines[1] = value
  else
    for k, statement in ipairs(parts.statements(checked, row.name)) do lines[k] = print.statement(statement) end
  end
  return lines
end

return print
