--- A second meaning of kernel programs, in plain Lua: slow, short, and written apart from the kernel room. Specs of the language run
--- compiled programs with it over Lua arrays (from 1), without an engine.

local evaluate = {}

local function draw_generator(seed)
  local state = seed or 1
  return function() -- Lehmer: enough for tests of programs
    state = state * 48271 % 2147483647
    return state / 2147483647
  end
end

local function normal(uniform)
  return math.sqrt(-2 * math.log(uniform())) * math.cos(2 * math.pi * uniform())
end

local function b2n(x) return x end

local math_ops = {
  neg = function(a) return -a end, add = function(a, b) return a + b end, sub = function(a, b) return a - b end,
  mul = function(a, b) return a * b end, div = function(a, b) return a / b end, pow = function(a, b) return a ^ b end,
  lt = function(a, b) return a < b end, le = function(a, b) return a <= b end, gt = function(a, b) return a > b end,
  ge = function(a, b) return a >= b end, eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
  ["and"] = function(a, b) return a and b end, ["or"] = function(a, b) return a or b end, ["not"] = function(a) return not a end,
  select = function(c, a, b) if c then return a end return b end,
  real_of_bool = function(a) return a and 1.0 or 0.0 end, bool_of_real = function(a) return a ~= 0 end,
  trunc = function(a) return a < 0 and -math.floor(-a) + 0.0 or math.floor(a) + 0.0 end,
}

local rows = require("lunapse.language.functions").rows
for _, name in ipairs { "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
  "sinh", "cosh", "tanh", "abs", "sign", "floor", "ceil", "round", "mod", "min", "max", "heaviside", "sigmoid", "exprel" } do
  math_ops[name] = rows[name].eval
end

--- Check a program as the kernel room would: names, numbers of values, truth and number, loads before stores.
---@param program table
function evaluate.check(program)
  local is_truth, stored = {}, {}
  for k, ins in ipairs(program.code) do
    for a = 1, 3 do assert(not ins[a] or ins[a] < k, "argument not yet computed") end
    assert(not ins.slot or program.slots[ins.slot], "no such slot")
    local op = ins.op
    if op == "load" or op == "elapsed" or op == "active" then
      assert(not stored[ins.slot], program.name .. ": load of " .. program.slots[ins.slot].name .. " after its store")
    elseif op == "store" or op == "stamp" or op == "acc" then
      if op == "store" then assert(not stored[ins.slot], "two stores of one slot") end
      stored[ins.slot] = true
      assert(not ins[1] or not is_truth[ins[1]], "store of a truth value")
    elseif op == "select" then
      assert(is_truth[ins[1]] and not is_truth[ins[2]] and not is_truth[ins[3]], "select of what")
    elseif op == "and" or op == "or" then
      assert(is_truth[ins[1]] and is_truth[ins[2]], op .. " of numbers")
    elseif op == "not" or op == "real_of_bool" or op == "spike" then
      assert(is_truth[ins[1]], op .. " of a number")
    elseif math_ops[op] then
      for a = 1, 3 do assert(not ins[a] or not is_truth[ins[a]], op .. " of a truth value") end
    end
    is_truth[k] = op == "lt" or op == "le" or op == "gt" or op == "ge" or op == "eq" or op == "ne" or op == "and" or op == "or"
      or op == "not" or op == "bool_of_real" or op == "active"
  end
end

--- Run a program for one element. `places` = { elem, pre, post } (from 1); `arrays` = one Lua array per slot.
local function run_one(program, arrays, places, args, out)
  local value = {}
  for k, ins in ipairs(program.code) do
    local op, a, b, c = ins.op, value[ins[1]], value[ins[2]], value[ins[3]]
    local slot = ins.slot and program.slots[ins.slot]
    local array, place = ins.slot and arrays[ins.slot], slot and (slot.scope == "uniform" and 1 or places[slot.scope])
    if op == "const" then value[k] = ins.value
    elseif op == "load" then value[k] = assert(array[place], slot and slot.name)
    elseif op == "store" then array[place] = a
    elseif op == "acc" then array[place] = array[place] + a
    elseif op == "sum" then array[place] = array[place] + a
    elseif op == "min_of" then array[place] = math.min(array[place], a)
    elseif op == "max_of" then array[place] = math.max(array[place], a)
    elseif op == "elapsed" then value[k] = args.t - array[place]
    elseif op == "stamp" then array[place] = args.t
    elseif op == "active" then value[k] = args.step >= array[place]
    elseif op == "freeze" then
      if not ins[2] or b then array[place] = args.step + 1 + rows.round.eval(a) end
    elseif op == "now" then value[k] = args.t
    elseif op == "index" then value[k] = places[ins.scope]
    elseif op == "spike" then if a then out[#out + 1] = places.elem end
    elseif op == "draw" then value[k] = args.draw(ins.draw, places.elem)
    elseif op == "draw_normal" then value[k] = args.draw_normal(ins.draw, places.elem)
    else value[k] = b2n(assert(math_ops[op], op)(a, b, c)) end
  end
end

--- Run a program. `arrays`: one per slot. `elements`: list of { elem =, pre =, post = }; nil or empty for what is uniform only.
---@return integer[] spikes
function evaluate.run(program, arrays, elements, args)
  local out = {}
  if not program.is_checked then
    evaluate.check(program)
    program.is_checked = true
  end
  for _, places in ipairs(elements) do run_one(program, arrays, places, args, out) end
  return out
end

-- ------------------------------------------------------------------------------------------------- a toy population and projection

--- Arrays for a compiled model: sizes = { elem =, pre =, post =, syn =, uniform = 1 }.
function evaluate.arrays(compiled, sizes)
  local arrays = {}
  for _, variable in ipairs(compiled.variables) do
    local array = {}
    for k = 1, variable.scope == "uniform" and 1 or sizes[variable.scope] do array[k] = (variable.init or 0) + 0.0 end
    arrays[variable.name] = array
  end
  return arrays
end

local Population = {}
Population.__index = Population

--- A population of a compiled neuron model.
function evaluate.population(compiled, size, dt, seed)
  local uniform = draw_generator(seed)
  local pop = setmetatable({ compiled = compiled, size = size, dt = dt, step = 0, arrays = evaluate.arrays(compiled, { elem = size }),
    elements = {}, spikes = {} }, Population)
  for k = 1, size do pop.elements[k] = { elem = k } end
  if pop.arrays.N then pop.arrays.N[1] = size end
  pop.args = { draw = function() return uniform() end, draw_normal = function() return normal(uniform) end }
  pop.outside = { clock = { dt = { dt } } }
  return pop
end

function Population:slot(slot)
  if slot.owner == "self" then return assert(self.arrays[slot.var], slot.var) end
  return assert(self.outside[slot.owner] and self.outside[slot.owner][slot.var], slot.owner .. ":" .. slot.var)
end

function Population:run_role(role, elements, t)
  local out
  self.args.t, self.args.step = t or self.step * self.dt, self.step
  for _, entry in ipairs(self.compiled.programs) do
    if entry.role == role then
      local arrays = {}
      for k, slot in ipairs(entry.program.slots) do arrays[k] = self:slot(slot) end
      local over = entry.over == "uniform" and { { elem = 1 } } or elements
      out = evaluate.run(entry.program, arrays, over, self.args)
    end
  end
  return out or {}
end

--- Initial values and derived constants; call after parameters are set.
function Population:begin()
  self:run_role("init", self.elements)
  self:run_role("derive", self.elements)
end

--- One step: update, threshold, reset.
function Population:advance()
  local spikes = self:run_role("update", self.elements)
  local fired = {}
  for k, element in ipairs(spikes) do fired[k] = { elem = element } end
  if #fired > 0 then self:run_role("reset", fired) end
  self.spikes = spikes
  self.step = self.step + 1
  return spikes
end

return evaluate
