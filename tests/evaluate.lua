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

local rows = require("lunapse.language.base.functions").rows
for _, name in ipairs { "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
  "sinh", "cosh", "tanh", "erf", "erfc", "abs", "sign", "floor", "ceil", "round", "mod", "min", "max", "heaviside", "sigmoid", "exprel" } do
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

--- Which instructions are the same for all elements: they run once, before the loop; their stores after it.
local function find_uniform(program)
  local is_uniform = {}
  for k, ins in ipairs(program.code) do
    local uniform = not (ins.op == "index" or ins.op:find "^draw" or ins.op == "spike" or ins.op == "acc" or ins.op == "sum"
      or ins.op == "min_of" or ins.op == "max_of")
    for a = 1, 3 do uniform = uniform and (not ins[a] or is_uniform[ins[a]]) end
    if ins.slot then uniform = uniform and program.slots[ins.slot].scope == "uniform" end
    is_uniform[k] = uniform
  end
  return is_uniform
end

local writes = { store = true, stamp = true, freeze = true }

--- Run one instruction for one element. `places` = { elem, pre, post } (from 1); `arrays` = one Lua array per slot.
local function run_one(program, k, value, arrays, places, args, out)
  local ins = program.code[k]
  local op, a, b, c = ins.op, value[ins[1]], value[ins[2]], value[ins[3]]
  local slot = ins.slot and program.slots[ins.slot]
  local array, place = ins.slot and arrays[ins.slot], slot and (slot.scope == "uniform" and 1 or places[slot.scope])
  if op == "const" then return ins.value
  elseif op == "load" then return assert(array[place], slot and slot.name)
  elseif op == "store" then array[place] = a
  elseif op == "acc" or op == "sum" then array[place] = array[place] + a
  elseif op == "min_of" then array[place] = math.min(array[place], a)
  elseif op == "max_of" then array[place] = math.max(array[place], a)
  elseif op == "elapsed" then return args.t - array[place]
  elseif op == "stamp" then array[place] = args.t
  elseif op == "active" then return args.step >= array[place]
  elseif op == "freeze" then
    if not ins[2] or b then array[place] = args.step + 1 + rows.round.eval(a) end
  elseif op == "now" then return args.t
  elseif op == "index" then return places[ins.scope]
  elseif op == "spike" then if a then out[#out + 1] = places.elem end
  elseif op == "draw" then return args.draw(ins.draw, places.elem)
  elseif op == "draw_normal" then return args.draw_normal(ins.draw, places.elem)
  else return assert(math_ops[op], op)(a, b, c) end
end

--- Run a program. `arrays`: one per slot. `elements`: list of { elem =, pre =, post = }; empty for what is uniform only.
---@return integer[] spikes
function evaluate.run(program, arrays, elements, args)
  local out, value = {}, {}
  if not program.is_uniform then
    evaluate.check(program)
    program.is_uniform = find_uniform(program)
  end
  local is_uniform, n = program.is_uniform, #program.code
  for k = 1, n do
    if is_uniform[k] and not writes[program.code[k].op] then value[k] = run_one(program, k, value, arrays, {}, args, out) end
  end
  for _, places in ipairs(elements) do
    for k = 1, n do
      if not is_uniform[k] then value[k] = run_one(program, k, value, arrays, places, args, out) end
    end
  end
  for k = 1, n do
    if is_uniform[k] and writes[program.code[k].op] then run_one(program, k, value, arrays, {}, args, out) end
  end
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

--- A population of neurons that only spike when told to.
function evaluate.source(size)
  local source = { size = size, arrays = { t_last = {} }, compiled = { kind = "neuron", is_spiking = true, variables_by_name = {} } }
  for k = 1, size do source.arrays.t_last[k] = -1e9 end
  return source
end

local Projection = {}
Projection.__index = Projection

--- A projection of a compiled synapse model: `synapses` = list of { pre, post, w }, in row order.
function evaluate.projection(compiled, pre, post, synapses, dt, refs)
  local proj = setmetatable({ compiled = compiled, pre = pre, post = post, dt = dt, syn = {}, by_pre = {}, by_post = {},
    arrays = evaluate.arrays(compiled, { pre = pre.size, post = post.size, syn = #synapses }) }, Projection)
  proj.owners = { pre = pre.arrays, post = post.arrays, self = proj.arrays, clock = { dt = { dt } } }
  for name, arrays in pairs(refs or {}) do proj.owners["ref:" .. name] = arrays end
  local uniform = draw_generator(7)
  proj.args = { draw = function() return uniform() end, draw_normal = function() return normal(uniform) end }
  for k = 1, pre.size do proj.by_pre[k] = {} end
  for k = 1, post.size do proj.by_post[k] = {} end
  local fan_in, fan_out = proj.arrays.N_incoming or {}, proj.arrays.N_outgoing or {}
  for k, synapse in ipairs(synapses) do
    local places = { elem = k, pre = synapse[1], post = synapse[2] }
    proj.syn[k] = places
    table.insert(proj.by_pre[synapse[1]], places)
    table.insert(proj.by_post[synapse[2]], places)
    proj.arrays.w[compiled.variables_by_name.w.scope == "syn" and k or 1] = synapse[3]
    fan_in[synapse[2]], fan_out[synapse[1]] = (fan_in[synapse[2]] or 0) + 1, (fan_out[synapse[1]] or 0) + 1
  end
  return proj
end

local function whole(size)
  local list = {}
  for k = 1, size do list[k] = { elem = k } end
  return list
end

function Projection:elements(entry, listed)
  local nest = entry.program.nest
  if entry.over == "uniform" then return { { elem = 1 } } end
  if nest == "all" then return self.syn end
  if nest == "each" then return whole(self[entry.over].size) end
  local list = {}
  for _, neuron in ipairs(listed) do
    if nest == "list" then
      list[#list + 1] = { elem = neuron }
    else
      for _, places in ipairs((nest == "pre" and self.by_pre or self.by_post)[neuron]) do list[#list + 1] = places end
    end
  end
  return list
end

function Projection:run_entry(entry, t, step, listed)
  self.args.t, self.args.step = t, step
  local arrays = {}
  for k, slot in ipairs(entry.program.slots) do
    arrays[k] = assert(self.owners[slot.owner] and self.owners[slot.owner][slot.var], slot.owner .. ":" .. slot.var)
  end
  evaluate.run(entry.program, arrays, self:elements(entry, listed), self.args)
end

--- Run the programs of a role: "derive", "init", "psp", "equations" (with "summed"), "pre", "post", "operation".
function Projection:run_role(role, t, step, listed)
  for _, entry in ipairs(self.compiled.programs) do
    if entry.role == role or (role == "equations" and entry.role == "summed") then
      -- a slow line acts in the steps that end at a multiple of its period
      local every = entry.every and math.floor(entry.every / self.dt + 0.5)
      if not every or (step + 1) % every == 0 then self:run_entry(entry, t, step, listed) end
    end
  end
end

--- Bring event-driven variables to time t; only those that are due with `due`.
function Projection:flush(t, due)
  for _, flush in ipairs(self.compiled.flushes) do
    if not due or (flush.due and t >= self.arrays[flush.due][1]) then
      self:run_entry(self.compiled.programs[flush.program], t, 0)
    end
  end
end

function Projection:begin()
  self:run_role("init", 0, 0)
  self:run_role("derive", 0, 0)
end

--- Phase 2 of step n: spikes of these pre neurons arrive.
function Projection:arrive(n, neurons)
  self:flush(n * self.dt, true)
  if #neurons > 0 then self:run_role("pre", (n + 0.5) * self.dt, n, neurons) end
end

--- Phase 6 of step n: these post neurons have spiked.
function Projection:post_spikes(n, neurons)
  if #neurons > 0 then self:run_role("post", (n + 1) * self.dt, n, neurons) end
end

return evaluate
