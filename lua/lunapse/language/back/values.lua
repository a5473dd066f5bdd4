--- The value graph: every quantity that a model's programs compute, each once.
---
--- A *value* is a node: an operation of the kernel and the values it works on. Values are pure: a load means the slot as the program
--- finds it, so a value can be shared by all programs of a model. Equal values are one table (hash-consing), which is how common
--- subexpressions come to be computed once.
---
--- Each value knows three things about itself:
---   level     what it varies over, as bits: 0 uniform; neurons: 3 each element; synapses: 1 pre, 2 post, 3 each synapse
---   constant  it depends on numbers, parameters and dt alone, so it may be computed when those change (the derive program)
---   cost      about how many additions it is worth
---
--- Folding never changes a bit of what runs: numbers are folded, 1*x, x + 0 and x/4 simplified. The exception is `graph.loose`, which
--- solvers set while they evaluate the right side of a differential equation: there constant factors are gathered, (h/tau)*x for
--- h*(x/tau), so that a division becomes a multiplication with a derived constant, and a/exprel(x), a rate of many channels, takes one division.

local functions = require "lunapse.language.base.functions"

local values = {}
values.__index = values

local floor, huge = math.floor, math.huge

--- Cost of an operation in additions; what is not listed is a function.
local costs = {
  const = 0, load = 0, now = 0, index = 0, neg = 0, elapsed = 1, active = 1,
  add = 1, sub = 1, mul = 2, div = 8, sqrt = 8, abs = 1, min = 1, max = 1, sign = 2, floor = 2, ceil = 2, round = 2, trunc = 2,
  heaviside = 2, lt = 1, le = 1, gt = 1, ge = 1, eq = 1, ne = 1, ["and"] = 1, ["or"] = 1, ["not"] = 0, select = 1,
  real_of_bool = 1, bool_of_real = 1,
}

--- The cost of a value's own operation.
function values.own_cost(value) return costs[value.op] or 20 end

local commutative = { add = true, mul = true, ["and"] = true, ["or"] = true, eq = true, ne = true }

--- Operations whose result is a truth value.
values.truths = { lt = true, le = true, gt = true, ge = true, eq = true, ne = true, ["and"] = true, ["or"] = true, ["not"] = true,
  bool_of_real = true, active = true }

--- A new, empty graph.
---@return table graph
function values.new()
  return setmetatable({ nodes = {}, count = 0, loose = false }, values)
end

local function make(graph, key, op, a, b, c)
  local id = graph.count + 1
  graph.count = id
  local constant = (not a or a.constant) and (not b or b.constant) and (not c or c.constant)
  local cost = costs[op] or 20
  -- in a value that moves, constants cost nothing: they are derived
  if a and (constant or not a.constant) then cost = cost + a.cost end
  if b and (constant or not b.constant) then cost = cost + b.cost end
  if c and (constant or not c.constant) then cost = cost + c.cost end
  local node = {
    id = id, op = op, a = a, b = b, c = c, truth = values.truths[op] or false,
    level = (a and a.level or 0) | (b and b.level or 0) | (c and c.level or 0),
    constant = constant,
    -- of a product that moves: whether a constant stands somewhere in it
    has_factor = op == "mul" and not constant and (a.constant or b.constant or a.has_factor or b.has_factor) or false,
    cost = cost < 1e6 and cost or 1e6,
  }
  graph.nodes[key] = node
  return node
end

--- Visit a value and all that it is computed from, operands first, each once; none for which `done` holds something, which `visit` is to set.
--- (Not recursive: values may hang on each other ten thousand deep.)
---@param value table
---@param done table
---@param visit fun(value: table)
function values.operands_first(value, done, visit)
  local path = { value }
  while #path > 0 do
    local top = path[#path]
    local a, b, c = top.a, top.b, top.c
    local next_one = done[top] == nil and (a and done[a] == nil and a or b and done[b] == nil and b or c and done[c] == nil and c)
    if next_one then
      path[#path + 1] = next_one
    else
      path[#path] = nil
      if done[top] == nil then visit(top) end
    end
  end
end

local function find(graph, op, a, b, c)
  if commutative[op] and b.id < a.id then a, b = b, a end
  local key = op .. ":" .. a.id
  if b then key = key .. "," .. b.id end
  if c then key = key .. "," .. c.id end
  return graph.nodes[key] or make(graph, key, op, a, b, c)
end

-- ---------------------------------------------------------------------------------------------------------------- leaves

--- A number; denormals are zero.
---@param value number
function values:const(value)
  value = functions.flushed(value + 0.0)
  local key = value ~= value and "const:nan" or ("const:%a"):format(value)
  local node = self.nodes[key]
  if not node then
    node = make(self, key, "const")
    node.value = value
  end
  return node
end

-- A node of operation `op` on a slot: one for each slot.
local function of_slot(self, op, slot, is_constant)
  local key = op .. ":" .. slot.key
  local node = self.nodes[key]
  if not node then
    node = make(self, key, op)
    node.slot, node.level, node.constant = slot, slot.level, is_constant
  end
  return node
end

--- What a slot holds when the program begins. `slot` = { key, name, level, kind, constant, owner, var }, one table per key.
function values:load(slot) return of_slot(self, "load", slot, slot.constant or false) end

--- args.t - slot, subtracted in double.
function values:elapsed(slot) return of_slot(self, "elapsed", slot, false) end

--- args.step >= slot.
function values:active(slot) return of_slot(self, "active", slot, false) end

--- args.t of the program.
function values:now()
  local node = self.nodes.now or make(self, "now", "now")
  node.constant = false
  return node
end

--- Number from 1 of the element: level 3 (neurons), 1 (pre) or 2 (post).
function values:index(level)
  local key = "index:" .. level
  local node = self.nodes[key]
  if not node then
    node = make(self, key, "index")
    node.level, node.constant = level, false
  end
  return node
end

--- An operation on a table: "lookup" of row a and column b, "locate" or "beyond" of a on an axis. `place` says where in the slot's array (kernel/program.h).
---@param place { at: integer, n_rows: integer, columns?: integer, is_listed?: boolean, is_time?: boolean }
function values:of_table(op, slot, place, a, b)
  local key = ("%s:%s@%d,%d,%s,%s,%s:%d,%d"):format(op, slot.key, place.at, place.n_rows, place.columns, place.is_listed, place.is_time, a.id, b and b.id or 0)
  local node = self.nodes[key]
  if not node then
    node = make(self, key, op, a, b)
    node.slot, node.place, node.constant, node.has_factor = slot, place, false, false
  end
  return node
end

--- A random draw. `site` is its number in the object; `level` what it is drawn for.
function values:draw(op, site, level, a, b)
  local key = op .. "#" .. site
  local node = self.nodes[key]
  if not node then
    node = make(self, key, op, a, b)
    node.site, node.level, node.constant = site, node.level | level, false
  end
  return node
end

--- The same value with others in place of some: `instead` says which by then, value -> value, and learns of all that were gone through.
---@param root table
---@param instead table<table, table>
---@return table
function values:replaced(root, instead)
  values.operands_first(root, instead, function(v)
    local a, b, c = v.a and instead[v.a], v.b and instead[v.b], v.c and instead[v.c]
    if a == v.a and b == v.b and c == v.c then instead[v] = v
    elseif v.place then instead[v] = self:of_table(v.op, v.slot, v.place, a, b)
    elseif v.site then instead[v] = self:draw(v.op, v.site, v.level, a, b)
    else instead[v] = find(self, v.op, a, b, c) end
  end)
  return instead[root]
end

-- ------------------------------------------------------------------------------------------------------------ arithmetic

local function is_number(node, value) return node.op == "const" and node.value == value end

function values:neg(a)
  if a.op == "const" then return self:const(-a.value) end
  if a.op == "neg" then return a.a end
  if a.op == "sub" then return self:sub(a.b, a.a) end
  return find(self, "neg", a)
end

function values:add(a, b)
  if a.op == "const" and b.op == "const" then return self:const(a.value + b.value) end
  if is_number(a, 0) then return b end
  if is_number(b, 0) then return a end
  if b.op == "neg" then return self:sub(a, b.a) end
  if a.op == "neg" then return self:sub(b, a.a) end
  return find(self, "add", a, b)
end

function values:sub(a, b)
  if a.op == "const" and b.op == "const" then return self:const(a.value - b.value) end
  if is_number(b, 0) then return a end
  if is_number(a, 0) then return self:neg(b) end
  if b.op == "const" then return self:add(a, self:const(-b.value)) end
  if b.op == "neg" then return self:add(a, b.a) end
  -- now - slot is subtracted in double by one operation, which matters in single precision late in a run
  if a.op == "now" and b.op == "load" and b.slot.kind == "time" then return self:elapsed(b.slot) end
  if a.op == "now" and b.op == "add" then
    if b.a.op == "load" and b.a.slot.kind == "time" then return self:sub(self:elapsed(b.a.slot), b.b) end
    if b.b.op == "load" and b.b.slot.kind == "time" then return self:sub(self:elapsed(b.b.slot), b.a) end
  end
  return find(self, "sub", a, b)
end

--- Constant factor and the rest of a product, where it has one, at any depth.
local function split(graph, node)
  if not node.has_factor then return nil, node end
  if node.a.constant then return node.a, node.b end
  if node.b.constant then return node.b, node.a end
  local factor, rest = split(graph, node.a)
  if factor then return factor, graph:mul(rest, node.b) end
  factor, rest = split(graph, node.b)
  if factor then return factor, graph:mul(node.a, rest) end
  return nil, node
end

function values:mul(a, b)
  if a.op == "const" and b.op == "const" then return self:const(a.value * b.value) end
  if b.op == "const" then a, b = b, a end
  if is_number(a, 1) then return b end
  if is_number(a, -1) then return self:neg(b) end
  if b.op == "neg" then return self:neg(self:mul(a, b.a)) end
  if a.op == "neg" then return self:neg(self:mul(a.a, b)) end
  if self.loose then
    if b.constant and not a.constant then a, b = b, a end
    if a.constant and not b.constant then
      local factor, rest = split(self, b)
      if factor then return self:mul(self:mul(a, factor), rest) end
      if b.op == "mul" then -- the constant goes to the factor that varies least
        local x, y = b.a, b.b
        if y.level ~= b.level and (x.level == b.level or y.cost > x.cost) then x, y = y, x end
        if x.level ~= b.level then return self:mul(self:mul(a, x), y) end
      end
    elseif a.constant and b.constant then
      if b.op == "div" and is_number(b.a, 1) then return self:div(a, b.b) end
      if a.op == "div" and is_number(a.a, 1) then return self:div(b, a.b) end
    end
  end
  return find(self, "mul", a, b)
end

local function is_power_of_two(x)
  local fraction = math.abs(x)
  if fraction == 0 or fraction == huge or fraction ~= fraction or fraction > 2 ^ 500 or fraction < 2 ^ -500 then return false end
  while fraction > 1 do fraction = fraction / 2 end
  while fraction < 1 do fraction = fraction * 2 end
  return fraction == 1
end

function values:div(a, b)
  if a.op == "const" and b.op == "const" then return self:const(a.value / b.value) end
  if is_number(b, 1) then return a end
  if is_number(b, -1) then return self:neg(a) end
  if a.op == "neg" then return self:neg(self:div(a.a, b)) end
  if b.op == "neg" then return self:neg(self:div(a, b.a)) end
  if b.op == "const" and is_power_of_two(b.value) then return self:mul(self:const(1 / b.value), a) end
  if self.loose and b.constant and not a.constant then
    local factor, rest = split(self, a)
    return self:mul(self:div(factor or self:const(1), b), rest)
  end
  if self.loose and b.op == "exprel" then return self:mul(a, self:call("of_exprel", b.a)) end
  return find(self, "div", a, b)
end

--- x to a whole power by squaring; n >= 1.
local function whole_power(graph, x, n)
  if n == 1 then return x end
  local half = whole_power(graph, x, n // 2)
  local square = graph:mul(half, half)
  return n % 2 == 1 and graph:mul(square, x) or square
end

function values:pow(a, b)
  if b.op == "const" then
    local n = b.value
    if n == 0 then return self:const(1) end
    if n == 0.5 then return self:sqrt(a) end
    if n == floor(n) and math.abs(n) <= 16 then
      local power = whole_power(self, a, math.tointeger(math.abs(n)))
      return n > 0 and power or self:div(self:const(1), power)
    end
  end
  return find(self, "pow", a, b)
end

-- ----------------------------------------------------------------------------------------------------------- truth values

function values:truth(flag)
  -- there is no operation for a constant truth: compare two numbers
  return find(self, "lt", self:const(flag and 0 or 1), self:const(flag and 1 or 0))
end

local function known(node)
  if node.op == "lt" and node.a.op == "const" and node.b.op == "const" then return true, node.a.value < node.b.value end
  return false
end

local compare = {
  lt = function(a, b) return a < b end, le = function(a, b) return a <= b end, gt = function(a, b) return a > b end,
  ge = function(a, b) return a >= b end, eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
}

local mirrored = { lt = "gt", le = "ge", gt = "lt", ge = "le", eq = "eq", ne = "ne" }

--- Comparison: op is lt, le, gt, ge, eq or ne.
function values:compare(op, a, b)
  if a.op == "const" and b.op == "const" then return self:truth(compare[op](a.value, b.value)) end
  -- two times are compared by how long ago they are, where single precision could not tell them apart
  if self.single and a.op == "load" and b.op == "load" and a.slot.kind == "time" and b.slot.kind == "time" then
    return find(self, mirrored[op], self:elapsed(a.slot), self:elapsed(b.slot))
  end
  return find(self, op, a, b)
end

function values:conjunction(a, b)
  local sure, value = known(a)
  if sure then return value and b or a end
  sure, value = known(b)
  if sure then return value and a or b end
  if a == b then return a end
  return find(self, "and", a, b)
end

function values:disjunction(a, b)
  local sure, value = known(a)
  if sure then return value and a or b end
  sure, value = known(b)
  if sure then return value and b or a end
  if a == b then return a end
  return find(self, "or", a, b)
end

function values:negation(a)
  local sure, value = known(a)
  if sure then return self:truth(not value) end
  if a.op == "not" then return a.a end
  return find(self, "not", a)
end

--- yes where cond, else no; of two truth values a truth value.
function values:select(cond, yes, no)
  if yes == no then return yes end
  local sure, value = known(cond)
  if sure then return value and yes or no end
  if cond.op == "not" then cond, yes, no = cond.a, no, yes end
  if yes.truth and no.truth then
    return self:disjunction(self:conjunction(cond, yes), self:conjunction(self:negation(cond), no))
  end
  return find(self, "select", cond, self:real(yes), self:real(no))
end

--- As a number: 1 for true, 0 for false.
function values:real(a)
  if not a.truth then return a end
  local sure, value = known(a)
  if sure then return self:const(value and 1 or 0) end
  return find(self, "real_of_bool", a)
end

--- As a truth value: whether it differs from 0.
function values:bool(a)
  if a.truth then return a end
  if a.op == "const" then return self:truth(a.value ~= 0) end
  if a.op == "real_of_bool" then return a.a end
  return find(self, "bool_of_real", a)
end

-- -------------------------------------------------------------------------------------------------------------- functions

-- Only what every machine computes alike is folded; exp(2) is left to the kernel's own exp.
local rows = functions.rows
local folded = { sqrt = rows.sqrt, abs = rows.abs, floor = rows.floor, ceil = rows.ceil, trunc = rows.int, round = rows.round,
  min = rows.min, max = rows.max, sign = rows.sign, heaviside = rows.heaviside }

--- A function of the kernel by name: exp, sqrt, min ...
function values:call(op, a, b)
  if b and (op == "min" or op == "max") then
    local nothing = op == "min" and huge or -huge
    if is_number(b, nothing) then return a elseif is_number(a, nothing) then return b end
  end
  if a.op == "const" and (not b or b.op == "const") then
    local row = folded[op]
    if row then return self:const(row.eval(a.value, b and b.value)) end
  end
  return find(self, op, a, b)
end

for _, name in ipairs { "exp", "expm1", "log", "sqrt", "abs", "floor", "trunc", "min", "max", "exprel" } do
  values[name] = function(self, a, b) return self:call(name, a, b) end
end

-- ------------------------------------------------------------------------------------------------------------------- text

local signs = { add = "+", sub = "-", mul = "*", div = "/", lt = "<", le = "<=", gt = ">", ge = ">=", eq = "==", ne = "!=",
  ["and"] = "and", ["or"] = "or" }

local too_long = 400 -- as a tree a propagator would be longer than memory

--- A value in words, for explanations: "exp(-dt/tau)".
---@param node table
---@param is_alone? boolean  nothing stands beside it: no parentheses are needed
---@return string
function values.text(node, is_alone)
  if node.cost > too_long then return "..." end
  if node.op == "const" then return ("%.10g"):format(node.value) end
  if node.op == "load" then return node.slot.name end
  if node.op == "elapsed" then return (is_alone and "t - %s" or "(t - %s)"):format(node.slot.name) end
  if node.op == "now" then return "t" end
  if node.op == "neg" then return "-" .. values.text(node.a) end
  if signs[node.op] then
    return (is_alone and "%s %s %s" or "(%s %s %s)"):format(values.text(node.a), signs[node.op], values.text(node.b))
  end
  local args = {}
  for _, field in ipairs { "a", "b", "c" } do
    if node[field] then args[#args + 1] = values.text(node[field], true) end
  end
  return node.op .. "(" .. table.concat(args, ", ") .. ")"
end

return values
