--- Trees to LaTeX: equations as they are printed in a paper.
---
---     tau_m * dv/dt = El - v      \tau_{m}\,\frac{dv}{dt} = E_{l} - v   (names of one letter and a tail become letter and index)

local tree = require "lunapse.language.base.tree"

local latex = {}

local greek = {}
for name in ([[alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega]]):gmatch "%a+" do
  greek[name] = "\\" .. name
end

local function word(text)
  if greek[text] then return greek[text] end
  if #text == 1 or text:find "^%d+$" then return text end
  return "\\mathrm{" .. text .. "}"
end

--- A name: letters before the first underscore are the symbol, what follows are indices.
---@param name string
---@return string
function latex.name(name)
  if name == "inf" then return "\\infty" end
  local head, tail = name:match "^(%a%w*)_(.+)$"
  if not head then
    local stem, digits = name:match "^(%a+)(%d+)$"
    if stem then return word(stem) .. "_{" .. digits .. "}" end
    return word((name:gsub("_", "\\_")))
  end
  local parts = {}
  for part in tail:gmatch "[^_]+" do parts[#parts + 1] = word(part) end
  return word(head) .. "_{" .. table.concat(parts, ",") .. "}"
end

local sign = { ["<="] = "\\le", [">="] = "\\ge", ["!="] = "\\ne", ["=="] = "=", ["and"] = "\\land", ["or"] = "\\lor" }
local power_of = {
  ["or"] = 1, ["and"] = 2, ["<"] = 4, ["<="] = 4, [">"] = 4, [">="] = 4, ["=="] = 4, ["!="] = 4, ["+"] = 5, ["-"] = 5, ["*"] = 6,
}
local named = {
  exp = "\\exp", log = "\\ln", log2 = "\\log_{2}", log10 = "\\log_{10}", sin = "\\sin", cos = "\\cos", tan = "\\tan", asin = "\\arcsin",
  acos = "\\arccos", atan = "\\arctan", sinh = "\\sinh", cosh = "\\cosh", tanh = "\\tanh", erf = "\\operatorname{erf}", erfc = "\\operatorname{erfc}", min = "\\min", max = "\\max",
}

local function number(value)
  local text = ("%.15g"):format(value)
  local mantissa, exponent = text:match "^(.-)e([+-]?%d+)$"
  if not mantissa then return text end
  return ("%s \\cdot 10^{%d}"):format(mantissa, tonumber(exponent))
end

local write

local function inside(node, least)
  local text, power = write(node)
  return power < least and "\\left(" .. text .. "\\right)" or text
end

local writers = {}

function writers.number(node)
  if node.written then return "\\mathrm{" .. node.written:gsub("%*", "\\,") .. "}", 6 end
  return number(node.value), node.value < 0 and 5 or 9
end

function writers.name(node)
  local name = latex.name(node.name)
  return node.base and name .. "^{\\mathrm{" .. node.base:gsub("_", "\\_") .. "}}" or name, node.base and 7 or 9
end

function writers.bool(node)
  return "\\mathrm{" .. tostring(node.value) .. "}", 9
end

function writers.derivative(node)
  return "\\frac{d" .. latex.name(node.name) .. "}{dt}", 9
end

function writers.call(node)
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = inside(argument, 0) end
  if node.name == "sqrt" then return "\\sqrt{" .. args[1] .. "}", 9 end
  if node.name == "abs" then return "\\left|" .. args[1] .. "\\right|", 9 end
  if node.name == "pow" then return "{" .. inside(node.args[1], 9) .. "}^{" .. args[2] .. "}", 8 end
  local head = named[node.name] or "\\operatorname{" .. node.name:gsub("_", "\\_") .. "}"
  return head .. "\\left(" .. table.concat(args, ", ") .. "\\right)", 9
end

function writers.unary(node)
  if node.op == "not" then return "\\lnot " .. inside(node.a, 7), 3 end
  return "-" .. inside(node.a, 6), 5
end

function writers.binary(node)
  local op = node.op
  if op == "/" then return "\\frac{" .. inside(node.a, 0) .. "}{" .. inside(node.b, 0) .. "}", 9 end
  if op == "^" then return "{" .. inside(node.a, 9) .. "}^{" .. inside(node.b, 0) .. "}", 8 end
  local power = power_of[op]
  if op == "*" then
    local glue = node.b.kind == "number" and " \\cdot " or " \\, "
    return inside(node.a, power) .. glue .. inside(node.b, power), power
  end
  return inside(node.a, power) .. " " .. (sign[op] or op) .. " " .. inside(node.b, power + 1), power
end

writers["if"] = function(node)
  local rows = {}
  local rest = node
  while rest.kind == "if" do
    rows[#rows + 1] = inside(rest.yes, 0) .. " & \\text{if } " .. inside(rest.cond, 0)
    rest = rest.no
  end
  rows[#rows + 1] = inside(rest, 0) .. " & \\text{otherwise}"
  return "\\begin{cases} " .. table.concat(rows, " \\\\ ") .. " \\end{cases}", 4
end

local MOST_NODES, n_written = 10000, 0 -- as in print.lua

function write(node)
  n_written = n_written + 1
  if n_written > MOST_NODES then return "\\ldots", 9 end
  return writers[node.kind](node)
end

--- A tree as LaTeX, without dollar signs; of a huge one the beginning.
---@param node table
---@return string
function latex.tree(node)
  n_written = 0
  return (write(node))
end

local arrows = { ["="] = "=", [":="] = "\\mathrel{:}=", ["+="] = "\\mathrel{+}=", ["-="] = "\\mathrel{-}=", ["*="] = "\\mathrel{*}=", ["/="] = "\\mathrel{/}=" }

--- A function of a model as LaTeX.
---@param definition table
---@return string
function latex.definition(definition)
  local args = {}
  for k, name in ipairs(definition.args) do args[k] = tree.name(name) end
  return latex.tree(tree.call(definition.name, args)) .. " = " .. latex.tree(definition.body)
end

--- What the flags of a condition set: with which probability it acts, and the values of what it makes.
local function settings(read)
  local text = ""
  for _, key in ipairs { "proba", "w", "d" } do
    if read[key] then text = text .. " \\quad \\mathrm{" .. key .. "} = " .. latex.tree(read[key]) end
  end
  return text
end

--- A statement as LaTeX: an equation, `x \mathrel{+}= ...`, or a condition with what its flags set.
---@param statement table
---@return string
function latex.statement(statement)
  if statement.kind == "condition" then return latex.tree(statement.rhs) .. settings(statement.flags) end
  return latex.tree(statement.lhs or statement.target) .. " " .. arrows[statement.op] .. " " .. latex.tree(statement.rhs)
end

return latex
