--- Trees to text: what parses to the same tree again, with the fewest parentheses.

local parts = require "lunapse.language.base.parts"

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

local write

local function wrapped(node, least)
  local text, power = write(node)
  return power < least and "(" .. text .. ")" or text
end

local writers = {}

function writers.number(node)
  local text = node.written or print.number(node.value)
  if node.written then return text, text:find "[*/]" and product_power or minus_power end
  return text, node.value < 0 and minus_power or atom_power
end

function writers.name(node)
  return node.base and node.base .. "." .. node.name or node.name, atom_power
end

function writers.bool(node)
  return node.value and "true" or "false", atom_power
end

function writers.derivative(node)
  return "d" .. node.name .. "/dt", atom_power
end

function writers.call(node)
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = wrapped(argument, lowest) end
  return node.name .. "(" .. table.concat(args, ", ") .. ")", atom_power
end

function writers.unary(node)
  if node.op == "not" then return "not " .. wrapped(node.a, not_power), not_power end
  return "-" .. wrapped(node.a, minus_power), minus_power
end

function writers.binary(node)
  local power = binary_power[node.op]
  local left, right = power, power + 1
  if power == 4 then left = 5 end
  if node.op == "^" then left, right = atom_power, minus_power end
  local sign = node.op == "^" and "^" or " " .. node.op .. " "
  return wrapped(node.a, left) .. sign .. wrapped(node.b, right), power
end

writers["if"] = function(node)
  return "if " .. wrapped(node.cond, 1) .. ": " .. wrapped(node.yes, 1) .. " else: " .. wrapped(node.no, lowest), lowest
end

function write(node)
  return writers[node.kind](node)
end

--- The text of a tree.
---@param node table
---@return string
function print.tree(node)
  return (write(node))
end

local flag_order = { "init", "min", "max", "every", "proba", "w", "d" }

--- The text of flags, ` : ` in front; empty when there are none.
---@param read table
---@return string
function print.flags(read)
  local words = {}
  for _, key in ipairs(flag_order) do
    if read[key] then words[#words + 1] = key .. " = " .. print.tree(read[key]) end
  end
  for _, key in ipairs { "method", "scope", "type" } do words[#words + 1] = read[key] end
  if read.unit then words[#words + 1] = require("lunapse.language.base.unit_table").text(read.unit) end
  if read.unless_refractory then words[#words + 1] = "unless refractory" end
  if read.unless_post then words[#words + 1] = "unless post" end
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

--- What a part of a checked model says, as it was understood: a list of lines, empty where the part is missing. Parameters are told by their own names elsewhere.
---@param checked table
---@param row table  of parts.lua
---@return string[]
function print.part(checked, row)
  local lines, value = {}, checked[row.name]
  if row.kind == "words" then
    lines[1] = checked.source[row.name]
  elseif row.kind == "functions" then
    for k, definition in ipairs(value) do lines[k] = print.definition(definition) end
  elseif row.kind == "period" and type(value) == "number" then
    lines[1] = print.number(value) .. " ms"
  elseif row.kind == "choice" then
    lines[1] = value
  else
    for k, statement in ipairs(parts.statements(checked, row.name)) do lines[k] = print.statement(statement) end
  end
  return lines
end

return print
