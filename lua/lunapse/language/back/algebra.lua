--- Algebra on trees: what an equation is linear in, and its slope. Trees are taken apart, never changed.

local functions = require "lunapse.language.base.functions"
local printer = require "lunapse.language.base.print"
local statements = require "lunapse.language.front.statements"
local tree = require "lunapse.language.base.tree"

local algebra = {}

-- ------------------------------------------------------------------------------------------------- sums and products, tidied

local function is(node, value) return node.kind == "number" and node.value == value end

function algebra.number(value, at) return tree.number(value, at) end

function algebra.is_zero(node) return is(node, 0) end

function algebra.is_one(node) return is(node, 1) end

local function folded(a, b, op, at)
  if a.kind == "number" and b.kind == "number" and not a.unit and not b.unit then
    local x, y = a.value, b.value
    local value
    if op == "+" then value = x + y elseif op == "-" then value = x - y elseif op == "*" then value = x * y
    elseif op == "/" then value = x / y end
    return value and tree.number(functions.flushed(value), at or a)
  end
end

function algebra.negative(a, at)
  if a.kind == "number" then return tree.number(-a.value, at or a) end
  if a.kind == "unary" and a.op == "-" then return a.a end
  return tree.unary("-", a, at or a)
end

function algebra.sum(a, b, at)
  if is(a, 0) then return b end
  if is(b, 0) then return a end
  if b.kind == "unary" and b.op == "-" then return algebra.difference(a, b.a, at) end
  return folded(a, b, "+", at) or tree.binary("+", a, b, at)
end

function algebra.difference(a, b, at)
  if is(b, 0) then return a end
  if is(a, 0) then return algebra.negative(b, at) end
  if b.kind == "unary" and b.op == "-" then return algebra.sum(a, b.a, at) end
  return folded(a, b, "-", at) or tree.binary("-", a, b, at)
end

function algebra.product(a, b, at)
  if is(a, 0) or is(b, 1) then return a end
  if is(b, 0) or is(a, 1) then return b end
  if is(a, -1) then return algebra.negative(b, at) end
  if is(b, -1) then return algebra.negative(a, at) end
  return folded(a, b, "*", at) or tree.binary("*", a, b, at)
end

function algebra.quotient(a, b, at)
  if is(a, 0) or is(b, 1) then return a end
  if is(b, -1) then return algebra.negative(a, at) end
  return folded(a, b, "/", at) or tree.binary("/", a, b, at)
end

local function conditional(cond, yes, no, at)
  if is(yes, 0) and is(no, 0) then return yes end
  return tree.conditional(cond, yes, no, at)
end

-- ----------------------------------------------------------------------------------------------------- linear decomposition

--- The symbol a node is, if it is one of `symbols` (keys: names; "d/dt v" for the derivative of v).
local function symbol_of(node, symbols)
  if node.kind == "name" and not node.base and symbols[node.name] then return node.name end
  if node.kind == "derivative" and symbols["d/dt " .. node.name] then return "d/dt " .. node.name end
end

--- The first node of a tree, children before parents, that is one of the symbols.
---@param node table
---@param symbols table<string, any>
---@param known? table  memory of the pass, for one set of symbols: node -> what was found below it, or false
---@return table? node
function algebra.contains(node, symbols, known)
  known = known or {}
  local found = known[node]
  if found == nil then
    found = symbol_of(node, symbols) and node or false
    for _, child in ipairs(not found and node.args or {}) do found = found or algebra.contains(child, symbols, known) or false end
    for _, field in ipairs(not found and tree.kinds[node.kind] or {}) do found = found or algebra.contains(node[field], symbols, known) or false end
    known[node] = found
  end
  return found or nil
end

local collect

local function scaled(result, change)
  local parts = {}
  for name, coefficient in pairs(result.parts) do parts[name] = change(coefficient) end
  return { parts = parts, rest = change(result.rest) }
end

local function merged(a, b, join, zero)
  local parts = {}
  for name, coefficient in pairs(a.parts) do parts[name] = join(coefficient, b.parts[name] or zero) end
  for name, coefficient in pairs(b.parts) do
    if not a.parts[name] then parts[name] = join(zero, coefficient) end
  end
  return { parts = parts, rest = join(a.rest, b.rest) }
end

local function refuse(node, why) return nil, { node = node, why = why } end

local joins = { ["+"] = algebra.sum, ["-"] = algebra.difference }

--- Sums and differences in a row: one form, to which each term is added.
local function collect_sum(node, pass)
  local chain, first = {}, node
  while first.kind == "binary" and joins[first.op] and pass.has(first) do
    chain[#chain + 1] = first
    first = first.a
  end
  local form, offence = collect(first, pass)
  if not form then return nil, offence end
  local parts, rest = {}, form.rest
  for name, coefficient in pairs(form.parts) do parts[name] = coefficient end
  for k = #chain, 1, -1 do
    local at, join = chain[k], joins[chain[k].op]
    local term
    term, offence = collect(at.b, pass)
    if not term then return nil, offence end
    for name, coefficient in pairs(term.parts) do parts[name] = join(parts[name] or tree.number(0, at), coefficient, at) end
    rest = join(rest, term.rest, at)
  end
  return { parts = parts, rest = rest }
end

local function collect_binary(node, pass, a, b)
  local op, has_a, has_b = node.op, pass.has(node.a), pass.has(node.b)
  if op == "*" then
    if has_a and has_b then return refuse(node, "is a product of them") end
    if has_a then return scaled(a, function(x) return algebra.product(x, node.b, node) end) end
    return scaled(b, function(x) return algebra.product(node.a, x, node) end)
  elseif op == "/" then
    if has_b then return refuse(node, ("divides by %s"):format(symbol_of(has_b, pass.symbols))) end
    return scaled(a, function(x) return algebra.quotient(x, node.b, node) end)
  elseif op == "^" then
    if is(node.b, 1) then return a end
    return refuse(node, "is a power of it")
  end
  return refuse(node, "is a condition on it")
end

local function collect_new(node, pass)
  local symbol = symbol_of(node, pass.symbols)
  if symbol then return { parts = { [symbol] = tree.number(1, node) }, rest = tree.number(0, node) } end
  if not pass.has(node) then return { parts = {}, rest = node } end
  if node.kind == "unary" and node.op == "-" then
    local a, offence = collect(node.a, pass)
    if not a then return nil, offence end
    return scaled(a, algebra.negative)
  elseif node.kind == "binary" then
    if joins[node.op] then return collect_sum(node, pass) end
    local a, offence = collect(node.a, pass)
    if not a then return nil, offence end
    local b
    b, offence = collect(node.b, pass)
    if not b then return nil, offence end
    return collect_binary(node, pass, a, b)
  elseif node.kind == "if" then
    if pass.has(node.cond) then return refuse(node.cond, "is a condition on it") end
    local yes, offence = collect(node.yes, pass)
    if not yes then return nil, offence end
    local no
    no, offence = collect(node.no, pass)
    if not no then return nil, offence end
    return merged(yes, no, function(x, y) return conditional(node.cond, x, y, node) end, tree.number(0, node))
  elseif node.kind == "call" then
    return refuse(node, ("is the function '%s' of it"):format(node.name))
  end
  return refuse(node, "is not linear")
end

function collect(node, pass)
  local found = pass.done[node]
  if found then return found end
  local offence
  found, offence = collect_new(node, pass)
  pass.done[node] = found
  return found, offence
end

--- Take a tree apart as rest + sum of coefficient * symbol, the coefficients free of the symbols.
---@param node table
---@param symbols table<string, any>  keys are the names; "d/dt v" means the derivative of v
---@return { parts: table<string, table>, rest: table }?  nil when it is not linear in them
---@return { node: table, why: string }? offence  the term that is not linear
function algebra.collect(node, symbols)
  local known = {}
  return collect(node, { symbols = symbols, done = {}, has = function(n) return algebra.contains(n, symbols, known) end })
end

--- Bring a differential equation into the form  coefficient * dx/dt = right.
---@param statement table
---@return table? coefficient
---@return table right  or, where there is no such form, the offence { node, why }
function algebra.solve_for_derivative(statement)
  local name = "d/dt " .. statement.target.name
  local symbols = { [name] = true }
  local left, offence = algebra.collect(statement.lhs, symbols)
  if not left then return nil, offence end
  local right = { parts = {}, rest = statement.rhs }
  if algebra.contains(statement.rhs, symbols) then
    right, offence = algebra.collect(statement.rhs, symbols)
    if not right then return nil, offence end
  end
  local zero = tree.number(0, statement.target)
  local coefficient = algebra.difference(left.parts[name] or zero, right.parts[name] or zero)
  if algebra.is_zero(coefficient) then return nil, { node = statement.target, why = "cancels out" } end
  return coefficient, algebra.difference(right.rest, left.rest)
end

-- ------------------------------------------------------------------------------------------------------------------- slope

local parsed = {}

--- The slope row of a function as trees in a and b.
local function slope_trees(name)
  if parsed[name] == nil then
    local row = functions.rows[name]
    parsed[name] = row and row.slope and {} or false
    for k, text in ipairs(row and row.slope or {}) do
      parsed[name][k] = statements.expression { kind = "slope", name = name, text = text }
    end
  end
  return parsed[name]
end

local function with_arguments(node, args)
  return tree.map(node, function(n)
    if n.kind == "name" and n.name == "a" then return args[1] end
    if n.kind == "name" and n.name == "b" then return args[2] end
    return n
  end)
end

local slope

local function slope_binary(node, pass)
  local op, a, b = node.op, node.a, node.b
  local da, db, offence
  da, offence = slope(a, pass)
  if not da then return nil, offence end
  db, offence = slope(b, pass)
  if not db then return nil, offence end
  if op == "+" then return algebra.sum(da, db) end
  if op == "-" then return algebra.difference(da, db) end
  if op == "*" then return algebra.sum(algebra.product(da, b), algebra.product(a, db)) end
  if op == "/" then
    local first = algebra.quotient(da, b)
    return algebra.difference(first, algebra.quotient(algebra.product(node, db), b))
  end
  if op == "^" then
    local power = tree.binary("^", a, algebra.difference(b, tree.number(1, b)), node)
    local by_base = algebra.product(algebra.product(b, power), da)
    if is(db, 0) then return by_base end
    return algebra.sum(by_base, algebra.product(algebra.product(tree.call("log", { a }, a), node), db))
  end
  return nil, { node = node, why = "has no slope" }
end

--- The slope of an array of the model: the same call, of its slope by one of its arguments.
local function slope_array(node, pass)
  local sum = tree.number(0, node)
  if node.slope_by then return nil, { node = node, why = "has no known slope" } end
  for k, argument in ipairs(node.args) do
    local inner, offence = slope(argument, pass)
    if not inner then return nil, offence end
    if not is(inner, 0) then
      local rise = tree.copy(node)
      rise.slope_by = k
      sum = algebra.sum(sum, algebra.product(rise, inner))
    end
  end
  return sum
end

local function slope_call(node, pass)
  if node.is_array then return slope_array(node, pass) end
  local rows = slope_trees(node.name)
  if not rows or #rows ~= #node.args then return nil, { node = node, why = "has no known slope" } end          -- max(x) of one is over neurons
  local sum = tree.number(0, node)
  for k, argument in ipairs(node.args) do
    local inner, offence = slope(argument, pass)
    if not inner then return nil, offence end
    if not is(inner, 0) then sum = algebra.sum(sum, algebra.product(with_arguments(rows[k], node.args), inner)) end
  end
  return sum
end

local function slope_new(node, pass)
  if symbol_of(node, pass.symbols) then return tree.number(1, node) end
  if not algebra.contains(node, pass.symbols, pass.known) then return tree.number(0, node) end
  if node.kind == "unary" and node.op == "-" then
    local a, offence = slope(node.a, pass)
    if not a then return nil, offence end
    return algebra.negative(a)
  elseif node.kind == "binary" then
    return slope_binary(node, pass)
  elseif node.kind == "if" then
    local yes, offence = slope(node.yes, pass)
    if not yes then return nil, offence end
    local no
    no, offence = slope(node.no, pass)
    if not no then return nil, offence end
    return conditional(node.cond, yes, no, node)
  elseif node.kind == "call" then
    return slope_call(node, pass)
  end
  return nil, { node = node, why = "has no slope" }
end

function slope(node, pass)
  local found = pass.done[node]
  if found then return found end
  local offence
  found, offence = slope_new(node, pass)
  pass.done[node] = found
  return found, offence
end

--- The derivative of a tree by a name.
---@param node table
---@param name string
---@return table? tree  nil where a function has no known slope
---@return { node: table, why: string }? offence
function algebra.slope(node, name)
  return slope(node, { symbols = { [name] = true }, known = {}, done = {} })
end

--- A tree in words.
algebra.text = printer.tree

return algebra
