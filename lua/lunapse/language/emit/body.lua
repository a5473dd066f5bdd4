-- Instructions to C statements: one local variable for a value that is used twice, an expression for one that is used once.
local emit_names = require "lunapse.language.emit.names"
local emit_values = require "lunapse.language.emit.values"

local emit_body = {}

local LONGEST = 88   -- of an expression that is not given a name

-- How tightly operators bind in C; operands that bind less are put into parentheses.
local BINDS = { ["*"] = 7, ["/"] = 7, ["+"] = 6, ["-"] = 6, ["<"] = 5, ["<="] = 5, [">"] = 5, [">="] = 5, ["=="] = 4, ["!="] = 4, ["&"] = 3, ["|"] = 2 }
local ATOM, UNARY, CHOICE = 9, 8, 1

-- A value is { text, binds, number }: C text, how tightly it binds, and for a number what it is.
local function wrapped(value, least) return value.binds < least and "(" .. value.text .. ")" or value.text end

local Body = {}
Body.__index = Body

--- A writer of statements for one function. What the statements use is noted beside them:
---   uses    set of "now", "step", "place" and the name of the inner neuron: variables that the loops must declare
---   pieces  set of names: what they need of the prelude
---@param context table  program, analysis, precision, ops, names, pieces
function emit_body.new(context)
  local body = setmetatable({ values = {}, lines = { [0] = {}, [1] = {}, [2] = {} }, sums = {}, draws = {}, drawn = {}, arrays = {}, uses = {} }, Body)
  for k, v in pairs(context) do body[k] = v end
  body.is_single = context.precision == "float32"
  body.width = body.is_single and "32" or "64"
  body.is_synaptic = emit_values.SYNAPTIC[context.program.nest] or false
  return body
end

function Body:line(level, text) table.insert(self.lines[level], text) end

--- Note that a piece of the prelude is needed. Returns its name.
function Body:piece(name)
  self.pieces[name] = true
  return name
end

--- Note that a variable of the loops is used. Returns its name.
function Body:use(name)
  self.uses[name] = true
  return name
end

-- The variable that numbers the element of a scope: a neuron, or a place in storage.
local function index_of(self, scope) return self:use(scope == "elem" and (self.is_synaptic and "place" or "i") or scope) end

--- The C name of slot k's array, or of the variable in which it is kept.
function Body:array(s)
  if not s.array then
    local is_one, name = s.scope == "uniform", s.slot.name
    s.array = self.names(emit_names.of(is_one and "at" or "of", name))
    if s.is_kept then s.variable = self.names(emit_names.of(is_one and "total" or "now", name)) end
    self.arrays[#self.arrays + 1] = s
  end
  return s.array
end

--- The C expression for the element of slot s. Reading a uniform slot happens before the loops, so before its variable begins.
function Body:place(s, is_read)
  local array = self:array(s)
  if s.variable and not (is_read and s.scope == "uniform") then return s.variable end
  if s.scope == "uniform" then return "*" .. array end
  return ("%s[%s]"):format(array, index_of(self, s.scope))
end

function Body:element_type(s)
  if s.scope == "uniform" or s.kind == "time" then return "double" end
  if s.kind == "real" then return "real" end
  return s.kind == "index" and "int32_t" or self.is_single and "int32_t" or "int64_t"
end

local function define(self, k, type, wish, text)
  local name = self.names(wish)
  self:line(self.analysis.levels[k], ("const %s %s = %s;"):format(type, name, text))
  self.values[k] = { text = name, binds = ATOM }
end

-- A value: a name for it, or its text put off until its one use. The two sides of a selection have names: they are computed both, and a
-- choice between two names is one that compilers turn into a vector's select; nested ?: they leave as branches.
local function give(self, k, type, text, binds)
  local user = self.only_user[k]
  local consumer = user and self.program.code[user]
  local is_side = consumer and consumer.op == "select" and consumer[1] ~= k
  if self.analysis.uses[k] == 1 and user and not is_side and self.analysis.levels[user] == self.analysis.levels[k] and #text <= LONGEST then
    self.values[k] = { text = text, binds = binds }
    return
  end
  local stored = self.stored_in[k]
  define(self, k, type, stored and emit_names.of("new", stored) or (type == "int" and "is_" or "x_") .. k, text)
end


local read = {}
function read.load(self, k, s)
  local place = self:place(s, true)
  local is_plain = self:element_type(s) == "real"
  define(self, k, "real", emit_names.of("x", s.slot.name), is_plain and place or "(real)" .. place)
end
function read.elapsed(self, k, s) define(self, k, "real", emit_names.of("since", s.slot.name), ("(real)(%s - %s)"):format(self:use("now"), self:place(s, true))) end
function read.active(self, k, s)
  local step = s.scope == "uniform" and "(double)args->step" or self:use("step")
  define(self, k, "int", emit_names.of("is_past", s.slot.name), ("%s >= %s"):format(step, self:place(s, true)))
end

-- The number `value` under a name, where the compiler does not see what it is.
local function hidden(self, value)
  if not value.hidden then
    local name = self.names(emit_names.of_number(value.number))
    self:line(0, ("const real %s = %s(%s);"):format(name, self:piece("lp_hidden" .. self.width), value.text))
    value.hidden = { text = name, binds = ATOM }
  end
  return value.hidden
end

local write = {}
function write.store(self, s, a)
  if s.kind ~= "count" then return ("%s = %s;"):format(self:place(s), a.text) end
  if s.scope == "uniform" then return ("%s = (double)%s((double)%s);"):format(self:place(s), self:piece("lp_count64"), wrapped(a, ATOM)) end
  return ("%s = %s((double)%s);"):format(self:place(s), self:piece("lp_count" .. self.width), wrapped(a, ATOM))
end
function write.acc(self, s, a)
  if a.number == 0 then a = hidden(self, a) end          -- adding it flushes denormals; a compiler takes x + -0 for x
  local is_wide = s.scope == "uniform" and self.is_single
  return ("%s += %s;"):format(self:place(s), is_wide and "(double)" .. wrapped(a, ATOM) or a.text)
end

--- 1, which the compiler does not know to be 1. A choice between two numbers gives one of them as it is, or with denormals flushed, as the compiler likes; a product flushes.
local function one(self)
  if not self.one then
    self.one = "one"
    self:line(0, ("const real one = %s(1);"):format(self:piece("lp_hidden" .. self.width)))
  end
  return self.one
end

local function extreme(name)
  return function(self, s, a)
    local place = self:place(s)
    if s.scope == "uniform" then return ("%s = %s(%s, (double)%s);"):format(place, self:piece(name .. "64"), place, wrapped(a, ATOM)) end
    return ("%s = %s * %s(%s, %s);"):format(place, one(self), self:piece(name), place, a.text)
  end
end
write.min_of, write.max_of = extreme "lp_min", extreme "lp_max"
function write.stamp(self, s) return ("%s = %s;"):format(self:place(s), self:use("now")) end
function write.freeze(self, s, a, b)
  local is_wide = s.scope == "uniform"
  local freeze = self:piece("lp_freeze" .. (is_wide and "64" or self.width))
  local value = ("%s%s(args->step, (double)%s)"):format(is_wide and "(double)" or "", freeze, wrapped(a, ATOM))
  local place = self:place(s)
  if b then return ("%s = %s ? %s : %s;"):format(place, wrapped(b, CHOICE + 1), value, place) end
  return ("%s = %s;"):format(place, value)
end
function write.sum(self, s, a)
  if s.scope ~= "uniform" and s.scope ~= self.analysis.outer then return write.acc(self, s, a) end
  self:array(s)
  self:piece("lp_lanes" .. self.width)
  self:piece("lp_total" .. self.width)
  local sum = { slot = s, part = self.names("part_" .. #self.sums + 1), lane = self.names("lane_" .. #self.sums + 1) }
  self.sums[#self.sums + 1] = sum
  return ("%s[k] = %s;"):format(sum.part, a.text)
end

local other = {}
function other.const(self, k, instruction)
  local text, is_atom = emit_names.number(instruction.value, self.precision)
  self.values[k] = { text = text, binds = is_atom and ATOM or UNARY, number = emit_names.rounded(instruction.value, self.precision) }
end

-- Argument n of instruction k, as that may use it.
local function argument_of(self, k, n)
  local number = self.program.code[k][n]
  local value = self.values[number]
  if value and value.number and emit_values.hides(self.program, self.analysis, self.ops, k, number) then return hidden(self, value) end
  return value
end

function other.now(self, k)
  local now = self:use("now")
  self.values[k] = self.is_single and { text = "(real)" .. now, binds = UNARY } or { text = now, binds = ATOM }
end
function other.index(self, k, instruction)
  local index = index_of(self, instruction.scope)
  define(self, k, "real", "number_of_" .. index, ("(real)((int64_t)%s + 1)"):format(index))
end
-- Tables are read in doubles; what lies in them and where is known to no compiler.
function other.lookup(self, k, instruction, a, b)
  local table = self:array(self.analysis.slots[instruction.slot])
  define(self, k, "real", "x_" .. k, ("(real)%s(%s + %d, %d, %d, (double)%s, (double)%s)"):format(self:piece("lp_lookup64"), table, instruction.at,
    instruction.n_rows, instruction.columns, wrapped(a, ATOM), wrapped(b, ATOM)))
end
local function on_axis(name)
  return function(self, k, instruction, a)
    local table = self:array(self.analysis.slots[instruction.slot])
    local x = (instruction.is_time and self:use("now") .. " + " or "") .. "(double)" .. wrapped(a, ATOM)
    define(self, k, "real", "x_" .. k, ("(real)%s(%s + %d, %d, %d, %s)"):format(self:piece(name), table, instruction.at, instruction.n_rows,
      instruction.is_listed and 1 or 0, x))
  end
end
other.locate, other.beyond = on_axis "lp_locate64", on_axis "lp_beyond64"
function other.spike(self, _, _, a) self.spikes_if = wrapped(a, ATOM) end
-- Numbers that a loop over neurons draws for a whole block before it: the buffers of its arguments are filled by a loop of their own, which computes
-- what these hang on once more.
local function draw_block(self, k, instruction, kind, key)
  if self.is_again then return define(self, k, "real", "x_" .. k, self.drawn[k] .. "[k]") end
  local name = self.names(kind .. "_" .. instruction.draw)
  self.drawn[k] = name
  local fill = { name = name, kind = kind .. self.width, key = key, arguments = {}, lines = {} }
  if kind == "uniform" or kind == "normal" then
    local factor = self.values[instruction[1]]
    fill.unless_zero = factor and factor.text
  else
    local again = self:again(instruction)
    for position, argument in ipairs(instruction) do
      fill.arguments[position] = self.names(name .. "_of")
      table.insert(again.lines[2], ("%s[k] = %s;"):format(fill.arguments[position], again.values[argument].text))
    end
    fill.lines = again.lines[2]
  end
  self.draws[#self.draws + 1] = fill
  define(self, k, "real", "x_" .. k, name .. "[k]")
end

local function draw(kind)
  return function(self, k, instruction)
    local key = not self.is_again and self.names("key_" .. k)
    if key then
      self:line(0, ("const uint64_t %s = %s(args->seed, args->object, %du);"):format(key, self:piece("lp_stream"), instruction.draw))
    end
    local scope = instruction.scope or "elem"
    if self.program.nest == "each" and scope ~= "uniform" then return draw_block(self, k, instruction, kind, key) end
    local element = scope == "uniform" and "0" or index_of(self, scope)
    local is_plain = kind == "uniform" or kind == "normal"
    local a, b = argument_of(self, k, 1), argument_of(self, k, 2)
    local arguments = is_plain and "" or (", " .. a.text .. (b and ", " .. b.text or ""))
    local number = ("%s(%s, %s, args->step%s)"):format(self:piece("lp_" .. kind .. self.width), key, element, arguments)
    if is_plain and a then number = ("%s != 0 ? %s : 0"):format(wrapped(a, 6), number) end
    define(self, k, "real", kind .. "_" .. instruction.draw, number)
  end
end
other.draw, other.draw_normal, other.draw_gamma, other.draw_poisson, other.draw_binomial = draw "uniform", draw "normal", draw "gamma", draw "poisson",
  draw "binomial"

-- The forms of arithmetic (ops.def): each gives its text and how that binds. `operand(n, least)` is the n-th operand, in parentheses where it binds
-- less than `least`.
local forms = {}
function forms.infix(_, op, operand)
  local binds = BINDS[op.symbol]
  local first, other_least = binds, binds + 1
  -- mixing & | and comparisons without parentheses is right and unreadable
  if binds <= 3 then first, other_least = UNARY, UNARY elseif binds <= 4 then first, other_least = 6, 6 end
  return operand(1, first) .. " " .. op.symbol .. " " .. operand(2, other_least), binds
end
function forms.prefix(_, op, operand) return op.symbol .. operand(1, ATOM), UNARY end
function forms.choice(_, _, operand)
  return ("%s ? %s : %s"):format(operand(1, CHOICE + 1), operand(2, CHOICE + 1), operand(3, CHOICE + 1)), CHOICE
end
function forms.call(self, op, operand)
  return ("%s(%s%s)"):format(self:piece(op.symbol), operand(1, 0), op.operands[2] and ", " .. operand(2, 0) or ""), ATOM
end

local ARGUMENT = { A = 1, B = 2, C = 3 }
local function arithmetic(self, k, instruction)
  local op = self.ops[instruction.op]
  local function operand(n, least)
    local argument = ARGUMENT[op.operands[n]]
    return argument and wrapped(argument_of(self, k, argument), least) or op.operands[n]
  end
  local text, binds = forms[op.form](self, op, operand)
  give(self, k, op.result == "b" and "int" or "real", text, binds)
end

--- Write instruction k at its level.
function Body:instruction(k)
  local instruction = self.program.code[k]
  local op, level = instruction.op, self.analysis.levels[k]
  local comment = self.program.comments and self.program.comments[k]
  if comment and not self.is_again then self:line(level, ("/* %s */"):format(emit_names.comment(comment))) end
  if level == 2 and not self.is_again and not self.is_wanted[k] then return end
  local s = instruction.slot and self.analysis.slots[instruction.slot]
  if not emit_values.WRITES[op] and op ~= "spike" and self.analysis.uses[k] == 0 then return end
  local a, b = self.values[instruction[1]], self.values[instruction[2]]
  if read[op] then
    read[op](self, k, s)
  elseif write[op] then
    self:line(level, write[op](self, s, a, b))
  elseif other[op] then
    other[op](self, k, instruction, a, b)
  else
    arithmetic(self, k, instruction)
  end
end

--- A writer that has written, for every element, what `instruction` takes.
function Body:again(instruction)
  local again = setmetatable({ values = {}, lines = { [0] = self.lines[0], [1] = self.lines[1], [2] = {} }, is_again = true }, { __index = self })
  local needed, pending, seen = {}, table.move(instruction, 1, #instruction, 1, {}), {}
  while #pending > 0 do
    local at = table.remove(pending)
    if not seen[at] then
      seen[at], needed[#needed + 1] = true, at
      table.move(self.program.code[at], 1, #self.program.code[at], #pending + 1, pending)
    end
  end
  table.sort(needed)
  for _, at in ipairs(needed) do
    if self.analysis.levels[at] < 2 then again.values[at] = self.values[at] else again:instruction(at) end
  end
  return again
end

--- Which values the loop needs: in a loop over neurons not those on which numbers drawn before it hang.
function Body:find_wanted()
  local wanted, code = {}, self.program.code
  for k = #code, 1, -1 do
    local op = code[k].op
    if emit_values.WRITES[op] or op == "spike" then wanted[k] = true end
    if wanted[k] and not (emit_values.VARY[op] and self.program.nest == "each" and code[k].scope ~= "uniform") then
      for _, argument in ipairs(code[k]) do wanted[argument] = true end
    end
  end
  return wanted
end

--- Write the whole program.
function Body:write()
  self.only_user, self.stored_in, self.is_wanted = {}, {}, self:find_wanted()
  for k, instruction in ipairs(self.program.code) do
    for _, argument in ipairs(instruction) do self.only_user[argument] = k end
    if instruction.op == "store" then self.stored_in[instruction[1]] = self.program.slots[instruction.slot].name end
  end
  for k in ipairs(self.program.code) do self:instruction(k) end
end

return emit_body
