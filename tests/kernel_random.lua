-- Random well-typed kernel programs, and storage and arrays for them to run on. All from one seeded generator, the same on every machine.
local kernel_random = {}

local array = require "lunapse.core.array"
local kernel = require "lunapse.core.kernel"

local Random = {}
Random.__index = Random

--- A small generator of its own (xorshift64*), so that specs do not depend on Lua's.
function kernel_random.generator(seed)
  return setmetatable({ state = (seed * 0x9E3779B97F4A7C15) | 1 }, Random)
end

function Random:bits()
  local x = self.state
  x = x ~ (x >> 12)
  x = x ~ (x << 25)
  x = x ~ (x >> 27)
  self.state = x
  return (x * 0x2545F4914F6CDD1D) >> 33
end

function Random:integer(lo, hi) return lo + self:bits() % (hi - lo + 1) end
function Random:number(lo, hi) return lo + (hi - lo) * (self:bits() / 2 ^ 31) end
function Random:chance(p) return self:bits() < p * 2 ^ 31 end
function Random:pick(list) return list[self:integer(1, #list)] end

-- ---- programs ---------------------------------------------------------------------------------------------------------
local SYNAPTIC = { all = true, pre = true, post = true }
-- Plain arithmetic more often: chains of wild functions end in NaN and test nothing.
local PLAIN = { "add", "sub", "mul", "min", "max", "abs", "neg", "select", "lt", "gt", "le", "ge", "and", "or", "not", "real_of_bool" }

local math_ops
local function all_math()
  if math_ops then return math_ops end
  math_ops = {}
  for name, op in pairs(kernel.ops()) do
    if op.form then math_ops[#math_ops + 1] = name end
  end
  table.sort(math_ops)
  return math_ops
end

local function make_slots(nest)
  local slots = {}
  local function add(name, scope, kind, owner)
    slots[#slots + 1] = { name = name, scope = scope, kind = kind, owner = owner or "self", var = name:match("[^.]*$") }
  end
  add("tau", "uniform", "real")
  add("total", "uniform", "real")
  add("when", "uniform", "time")
  add("phase", "uniform", "count")
  add("v", "elem", "real")
  add("u", "elem", "real")
  add("int", "elem", "real")   -- a name that C has taken
  add("t_last", "elem", "time")
  add("_frozen", "elem", "count")
  if SYNAPTIC[nest] then
    for _, side in ipairs { "pre", "post" } do
      add(side .. ".r", side, "real", side)
      add(side .. ".g", side, "real", side)
      add(side .. ".t_last", side, "time", side)
      add(side .. ".n", side, "count", side)
      add(side .. ".who", side, "index", side)
      add("x_" .. side, side, "real")
    end
  end
  return slots
end

local Writer = {}
Writer.__index = Writer

-- Numbers whose handling compilers and processors may disagree on: denormals of both precisions, what comes near them, and their inverses.
local EDGES = { 4.9e-324, -4.9e-324, 1e-310, -2.2e-308, 2.0 ^ -1022, 1e-160, -1e-160, 1e160, 2.0 ^ 1023, -1e300, 1.4e-45, -1e-40, 1e-39, 2.0 ^ -126, 1e-23, -1e-23,
  1e30, 2.0 ^ 127, -0.0, math.huge }

function Writer:emit(op, ...)
  local instruction = { op = op, ... }
  self.code[#self.code + 1] = instruction
  return instruction, #self.code
end

function Writer:value(type)
  local pool = self.pool[type]
  if #pool == 0 then
    if type == "b" then return self:math("lt") end
    local instruction, k = self:emit("const")
    instruction.value = self.random:chance(0.2) and self.random:pick(EDGES) or self.random:pick { 0, 1, -1, 0.5, 0.1, -3.25, 1e-3, 40, 2 }
    pool[1] = k
  end
  -- recent values more often, so that chains grow
  local n = #pool
  return self.random:chance(0.5) and pool[self.random:integer(math.max(1, n - 3), n)] or self.random:pick(pool)
end

function Writer:math(name)
  local op = self.ops[name]
  local arguments = {}
  for k = 1, op.arity do arguments[k] = self:value(op.args:sub(k, k)) end
  local _, k = self:emit(name, table.unpack(arguments))
  table.insert(self.pool[op.result], k)
  return k
end

local READ = { real = { "load" }, time = { "load", "elapsed" }, count = { "load", "active" }, index = { "load" } }

function Writer:read()
  local s = self.random:integer(1, #self.slots)
  if self.written[s] then return end
  local op = self.random:pick(READ[self.slots[s].kind])
  local instruction, k = self:emit(op)
  instruction.slot = s
  table.insert(self.pool[op == "active" and "b" or "r"], k)
end

-- Of a table: an axis from -1 on in steps of 0.5, a listed one of six points, and three rows of four numbers.
local TABLE = { 0, -1, 0.5, 0, -2, -1, -0.5, 0.3, 0.9, 2, 1.5, -2.5, 3.5, 4.5, -1.25, 0, 7, 1e-3, 11, -12, 13, 1e9 }
local AXES = { { at = 0, n_rows = 4 }, { at = 3, n_rows = 6, is_listed = true }, { at = 0, n_rows = 4, is_time = true }, { at = 3, n_rows = 6, is_listed = true, is_time = true } }
local PLACES = { lookup = { { at = 10, n_rows = 3, columns = 4 }, { at = 10, n_rows = 12, columns = 1 } }, locate = AXES, beyond = AXES }

function Writer:other(has_no_draws)
  local kind = self.random:pick { "const", "now", "index", "draw", "draw_normal", "draw_gamma", "draw_poisson", "draw_binomial", "const", "draw", "lookup",
    "locate", "beyond" }
  if has_no_draws and kind:find("draw") then kind = "index" end
  local arguments = {}
  if PLACES[kind] then
    arguments[1] = self:value("r")
    if kind == "lookup" then arguments[2] = self:value("r") end
  end
  if kind == "draw_gamma" or kind == "draw_poisson" or kind == "draw_binomial" then arguments[1] = self:value("r") end
  if (kind == "draw" or kind == "draw_normal") and self.factor and self.random:chance(0.5) then arguments[1] = self.factor end
  if kind == "draw_binomial" then arguments[2] = self:value("r") end
  local instruction, k = self:emit(kind, table.unpack(arguments))
  if PLACES[kind] then
    instruction.slot = self.table_slot
    for name, value in pairs(self.random:pick(PLACES[kind])) do instruction[name] = value end
  end
  if kind == "const" then instruction.value = self.random:chance(0.3) and self.random:pick(EDGES) or self.random:number(-3, 3) end
  if kind == "index" then instruction.scope = SYNAPTIC[self.nest] and self.random:pick { "elem", "pre", "post" } or "elem" end
  if kind:find("draw") then
    instruction.draw = self.random:integer(0, 9)
    if SYNAPTIC[self.nest] then instruction.scope = self.random:pick { "elem", "elem", "pre", "post" } end
  end
  table.insert(self.pool.r, k)
end

local function write_ops(slot, nest)
  if slot.kind == "time" then return { "store", "stamp" } end
  if slot.kind == "count" then return { "store", "freeze" } end
  if slot.scope == "elem" then return { "store", "store", "acc" } end
  if slot.scope == "uniform" and nest == "each" then return { "acc", "sum", "min_of", "max_of" } end
  if nest == "all" then return { "acc", "sum", "sum", "min_of", "max_of", slot.scope ~= "uniform" and "store" or nil } end
  return { "acc", "acc", slot.scope ~= "uniform" and "store" or nil }
end

function Writer:write()
  local s = self.random:integer(1, #self.slots)
  local slot = self.slots[s]
  if s == self.table_slot then return end
  if slot.kind == "index" or (slot.scope == "uniform" and slot.kind ~= "real") then return end
  local op = self.random:pick(write_ops(slot, self.nest))
  if not op or (self.written[s] and (self.written[s] ~= op or not (op == "acc" or op == "sum"))) then return end
  local arguments = {}
  if op ~= "stamp" then arguments[1] = self:value("r") end
  if op == "freeze" and self.random:chance(0.5) then arguments[2] = self:value("b") end
  self:emit(op, table.unpack(arguments)).slot = s
  self.written[s] = op
end

-- Stores of uniform values: a line for the whole population.
function Writer:uniform_part(has_no_draws)
  self:emit("load").slot = 1
  self:emit("now")
  self:emit("mul", 1, 2)
  self:emit("max", 1, 3)
  self.factor = self.random:pick { 1, 3, 4 }
  self.pool.r = { 1, 3, 4 }
  if not has_no_draws then
    local draw, k = self:emit(self.random:pick { "draw", "draw_normal", "draw_poisson", "draw_gamma" }, self.random:pick { 1, 4 })
    draw.draw, draw.scope = 10, "uniform"
    self.pool.r[4] = k
  end
  if self.random:chance(0.4) then
    self:emit("store", 3).slot = 2
    self.written[2] = "store"
  end
  if self.random:chance(0.3) then
    self:emit("stamp").slot = 3
    self.written[3] = "stamp"
  end
  if self.random:chance(0.3) then
    self:emit("freeze", 1).slot = 4
    self.written[4] = "freeze"
  end
end

--- A random program for `nest`. `functions`: the arithmetic to choose from (all of it, and draws, if none is given).
function kernel_random.program(random, nest, name, functions)
  local writer = setmetatable({ random = random, nest = nest, ops = kernel.ops(), code = {}, pool = { r = {}, b = {} }, written = {} }, Writer)
  writer.slots = make_slots(nest)
  table.insert(writer.slots, { name = "table", scope = "uniform", kind = "real", is_table = true })
  writer.table_slot = #writer.slots
  if random:chance(0.7) then writer:uniform_part(functions ~= nil) end
  local has_spike = nest == "each" and random:chance(0.6)
  for _ = 1, random:integer(6, 26) do
    local what = random:number(0, 1)
    if what < 0.25 then
      writer:read()
    elseif what < 0.65 then
      writer:math(random:pick(PLAIN))
    elseif what < 0.75 then
      writer:math(random:pick(functions or all_math()))
    elseif what < 0.82 then
      writer:other(functions ~= nil)
    else
      writer:write()
    end
  end
  if has_spike then writer:emit("spike", writer:value("b")) end
  for _ = 1, 3 do writer:write() end
  return { name = name, nest = nest, slots = writer.slots, code = writer.code, comments = { [2] = "v = u */ odd \\ text" } }
end

--- A random program that computes mostly with numbers: expressions of numbers alone, choices between numbers and what is made of those.
function kernel_random.numbers(random, name)
  local writer = setmetatable({ random = random, nest = "each", ops = kernel.ops(), code = {}, pool = { r = {}, b = {} }, written = {} }, Writer)
  writer.slots = make_slots("each")
  for slot = 5, 6 do
    writer:emit("load").slot = slot
    table.insert(writer.pool.r, #writer.code)
  end
  writer:math("gt")
  for _ = 1, random:integer(8, 24) do
    local what = random:number(0, 1)
    if what < 0.35 then
      local instruction, k = writer:emit("const")
      instruction.value = random:chance(0.6) and random:pick(EDGES) or random:number(-3, 3)
      table.insert(writer.pool.r, k)
    elseif what < 0.65 then
      writer:math(random:pick { "select", "min", "max", "real_of_bool", "heaviside", "sign", "mul", "mul", "div", "neg", "add", "lt" })
    else
      writer:math(random:pick(all_math()))
    end
  end
  for slot = 5, 7 do writer:emit("store", writer:value("r")).slot = slot end
  return { name = name, nest = "each", slots = writer.slots, code = writer.code }
end

-- ---- storage ----------------------------------------------------------------------------------------------------------
--- Synapses of a format between populations of `n_pre` and `n_post`: as a storage option of kernel.run, and their number. All pairs of a block, or
--- `pairs` = { { pre, post }, ... } in the order of the storage, listed by row in `rows` and by the other neuron in `columns`: { neuron, number } from 0.
function kernel_random.storage(random, format, n_pre, n_post, is_unique)
  local facts = kernel.formats()[format]
  local s = { format = format, major = facts.major, minor = facts.major == "pre" and "post" or "pre" }
  if format == facts.block then
    s.n_pre, s.n_post, s.pre_first, s.post_first = n_pre - 7, n_post - 5, 4, 2
    s.n_synapses = s.n_pre * s.n_post
    return s
  end
  s.n_pre, s.n_post, s.n_synapses, s.rows, s.columns, s.pre, s.post = n_pre, n_post, 0, {}, {}, {}, {}
  for k = 1, s["n_" .. s.minor] do s.columns[k] = {} end
  local function add(major, minor)
    table.insert(s.rows[major], { minor - 1, s.n_synapses })
    table.insert(s.columns[minor], { major - 1, s.n_synapses })
    table.insert(s[s.major], major - 1)
    table.insert(s[s.minor], minor - 1)
    s.n_synapses = s.n_synapses + 1
  end
  for major = 1, s["n_" .. s.major] do
    s.rows[major] = {}
    local density = (major == 3 or not facts.can_change) and 1 or random:pick { 0, 0.02, 0.1, 0.5 }
    for minor = 1, s["n_" .. s.minor] do
      if random:chance(density) then
        add(major, minor)
        if facts.can_change and not is_unique and random:chance(0.2) then add(major, minor) end
      end
    end
  end
  s.pre, s.post = facts.can_change and array.from(s.pre, "int32") or nil, facts.can_change and array.from(s.post, "int32") or nil
  return s
end

-- ---- arrays -----------------------------------------------------------------------------------------------------------
local function array_type(slot, precision)
  if slot.scope == "uniform" or slot.kind == "time" then return "float64" end
  if slot.kind == "real" then return precision end
  if slot.kind == "count" then return precision == "float32" and "int32" or "int64" end
  return "int32"
end

--- Values for every slot: { type, list of numbers }. `sizes` = { elem, pre, post }; `edges` are drawn now and then.
function kernel_random.values(random, program, precision, sizes, edges)
  edges = edges or { 0.0, -0.0, 1.0, 1e30, -5.0, 1e-310, 1e-160, -3e-39 }
  local values = {}
  for k, slot in ipairs(program.slots) do
    local n = slot.scope == "uniform" and 1 or sizes[slot.scope]
    local list = {}
    if slot.is_table then list, n = table.move(TABLE, 1, #TABLE, 1, {}), 0 end
    for i = 1, n do
      if slot.kind == "real" then
        list[i] = random:chance(0.02) and random:pick(edges) or random:number(-2, 2)
      elseif slot.kind == "time" then
        list[i] = random:number(0, 12)
      else
        list[i] = random:integer(0, 20)
      end
    end
    values[k] = { type = array_type(slot, precision), list = list }
  end
  return values
end

--- Fresh arrays with these values. `same` = { [slot] = other slot }: two slots that are one array.
function kernel_random.arrays(values, same)
  local arrays = {}
  for k, value in ipairs(values) do arrays[k] = array.from(value.list, value.type) end
  for k, other in pairs(same or {}) do arrays[k] = arrays[other] end
  return arrays
end

local function is_same(a, b)
  if a ~= b then return a ~= a and b ~= b end
  return a ~= 0 or 1 / a == 1 / b
end

--- The first difference between two lists of arrays: slot, element, both values; nil when they agree bit by bit.
function kernel_random.difference(a, b)
  for k = 1, #a do
    local x, y = a[k], b[k]
    for i = 1, #x do
      if not is_same(x[i], y[i]) then return k, i, x[i], y[i] end
    end
  end
end

return kernel_random
