--- Periodic operations: equation texts compiled for a population or projection, and Lua functions, run at given times of a network.
local array = require "lunapse.core.array"
local back = require "lunapse.language.back"
local compiled = require "lunapse.network.compiled"
local engine = require "lunapse.core.engine"
local fields = require "lunapse.network.fields"
local kernel = require "lunapse.core.kernel"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local values = require "lunapse.network.values"

---@class Operation  something periodic; made by net:every, net:at, object:run_regularly
---@field every number    ms; may be set
---@field calls integer   how often it has acted
local Operation = { _noun = "operation" }

Operation._fields = fields.declare {
  _net = { "given", "the network" },
  _core = { "made", "the engine's operation" },
  _every = { "state", "ms, its period; or the word once" },
  _clock = { "given", "number of the clock in whose steps it acts" },
  _offset = { "given", "ms, added to multiples of the period" },
  _at_start = { "given", "whether it acts at the start of steps, else at their end" },
  _what = { "given", "what it does, in words" },
  _of = { "given", "of a text: the object on which it acts" },
  _text = { "given", "the text" },
  _rule = { "given", "of a rule of a model: { role =, of = the projection }" },
  _number = { "given", "the number of the text among those of the object: separates random numbers" },
}

local operation = {}

function Operation:__index(key)
  if key == "calls" then return self._core:calls() end
  if key == "every" then return rawget(self, "_every") end
  if Operation[key] ~= nil then return Operation[key] end
  return options.missing("operation", key, options.methods({ Operation }, "every", "calls"))
end

function Operation:__newindex(key, value)
  if Operation._fields[key] then return rawset(self, key, value) end
  if key ~= "every" then options.fail(("operation: field '%s' cannot be set"):format(tostring(key))) end
  options.number("operation", "every", value, 0, math.huge, true)
  self._every = value
  self._core:reschedule(value, self._offset)
end

--- Do not act until `resume`.
function Operation:stop() self._core:set_active(false) end

--- Act again.
function Operation:resume() self._core:set_active(true) end

local function take_out(list, o)
  for k, other in ipairs(list) do
    if other == o then return table.remove(list, k) end
  end
end

--- Take it out of the network, for good: see net:remove.
function Operation:remove() self._net:remove(self) end

function Operation:_title() return ("operation: %s"):format(self._what) end

--- An operation of one time is over. Where a state was stored it may come back.
---@param o Operation
function operation.retire(o)
  if not next(o._net._stored) then return o:remove() end
  table.insert(o._net._retired, take_out(o._net.operations, o))
end

--- A state was put back: which operations of one time are over, and which are still to come?
---@param net Network
function operation.settle(net)
  for _, lists in ipairs { { net.operations, net._retired, false }, { net._retired, net.operations, true } } do
    local from, to, is_due = table.unpack(lists)
    for k = #from, 1, -1 do
      if from[k]._every == "once" and from[k]._core:is_due() == is_due then table.insert(to, table.remove(from, k)) end
    end
  end
end

--- When it acts, in words: "20 ms", or "once".
function Operation:_period() return self._every == "once" and "once" or ("%g ms"):format(self._every) end

--- The same in a sentence: "every 20 ms", or "once".
function Operation:_when() return (self._every == "once" and "" or "every ") .. self:_period() end

--- The phase of a step in which it acts.
function Operation:_phase() return self._at_start and 1 or 7 end

function Operation:_state() return fields.add_engine_items(fields.items(self), self._core) end

function Operation:__tostring()
  return options.printable(("operation: %s %s, at the %s of a step"):format(self._what, self:_when(), self._at_start and "start" or "end"))
end

function Operation:__complete() return { "calls", "every", "remove", "resume", "stop" } end

local whens = { start = true, ["end"] = true }

--- Add an operation to a network. `act`: call (a Lua function) or kernels, clock, projection, what.
function operation.add(net, where, period, opt, act)
  opt = options.check(where, opt or {}, { when = "string", offset = "number" })
  if opt.when and not whens[opt.when] then options.fail(('%s: option \'when\' must be "start" or "end", got "%s"'):format(where, opt.when)) end
  local clock = act.clock or 0
  local dt = net:dt_of(clock)
  local hit = period ~= "once" and engine.steps(dt, period, "tick")
  if hit and hit == engine.steps(dt, period, "after") and hit < math.maxinteger then
    local times, first = {}, opt.when == "start" and 0 or 1
    for k = 1, 3 do times[k] = ("%g"):format(engine.steps(dt, (first + k - 1) * period + (opt.offset or 0), "tick") * dt) end
    net:_warn(where .. period, ("%s: a period of %g ms is no multiple of dt = %g ms; it acts in the first step at or after each multiple: at %s, ... ms"):format(
      where, period, dt, table.concat(times, ", ")))
  end
  local core = net._core:operation {
    clock = clock, every = period, offset = opt.offset or 0, at_start = opt.when == "start", kernels = act.kernels or {}, call = act.call,
    projection = act.projection,
  }
  local o = fields.object(Operation, { _core = core, _net = net, _clock = clock, _every = period, _offset = opt.offset or 0, _at_start = opt.when == "start",
    _what = act.what or "a function", _of = act.of, _text = act.text, _rule = act.rule, _number = act.number })
  net.operations[#net.operations + 1] = o
  return o
end

-- ---- compiled texts ----

--- Compile the text for the object as it now is; parameters that would have to differ per element are widened first.
local function compile(object, text, number)
  for _ = 1, 8 do
    local made = model.guard(back.operation, object._model.checked, object._compiled, text, { number = number, name = object.name })
    if not made.widen then return made end
    object:_widen(made.widen)
  end
  error("operation: scopes do not settle: " .. text)
end

--- Kernels of a compiled text, bound to the object's arrays and hidden variables of their own.
local function bind(object, made)
  local net, hidden = object._net, {}
  for _, v in ipairs(made.variables) do
    hidden[v.name] = values.new_array(v, object:_count(v.scope), net._precision)
    object:_fill_hidden(v, hidden[v.name])
  end
  local bounds = {}
  for k, entry in ipairs(made.programs) do
    local first, n = object:_elements(entry)
    bounds[k] = compiled.bound(object, kernel.program(entry.program, net._precision), entry.program.slots, hidden, n, first)
    bounds[k]:over(entry.over)
    object:_add_reductions(bounds[k], entry.reductions, hidden)
  end
  compiled.native_for(net, made.programs, bounds, object:_format())
  return bounds
end

local function written_parameters(object, writes)
  for _, name in ipairs(writes) do
    local base, variable = name:match "^(%w+)%.(.+)$"
    local owner = base == "post" and object.to or base == "pre" and object.from or object
    owner:_mark_written(variable or name, base ~= nil)
  end
end

--- Run a text on an object every `opt.every` ms: the body of run_regularly of populations and projections.
function operation.run_regularly(object, text, opt)
  local where = ("run_regularly of '%s'"):format(object.name)
  options.check(where, opt, { every = "number", when = "string", offset = "number" }, { "every" })
  if type(text) ~= "string" then options.fail(where .. ": an equation text expected, got " .. type(text)) end
  options.number(where, "every", opt.every, 0, math.huge, true)
  local net = object._net
  if net._core:is_running() then options.fail(where .. ": texts are compiled between runs; in a callback use arrays") end
  net:_check_whole "a text cannot be added"
  return net:_attempt(function()
    local number = object._n_texts + 1
    object._n_texts = number
    net:_on_undo(function() object._n_texts = number - 1 end)
    written_parameters(object, compile(object, text, number).writes)
    return operation.add(net, where, opt.every, { when = opt.when, offset = opt.offset }, {
      clock = object._clock, kernels = bind(object, compile(object, text, number)), projection = object:_synapses(),
      what = ("'%s' of '%s'"):format(text, object.name), of = object, text = text, number = number,
    })
  end)
end

--- The object's arrays changed: its texts are compiled and bound anew.
function operation.rebind(object)
  for _, o in ipairs(object._net.operations) do
    if o._of == object then o._core:set_kernels(bind(object, compile(object, o._text, o._number))) end
  end
end

--- An expression on the elements of an object as a function that evaluates it: an array with a value for each element (each synapse), of a condition 1 or 0.
local function evaluator(object, text, is_condition)
  local net = object._net
  local made = model.guard(back.value, object._model.checked, object._compiled, text, is_condition)
  local v = made.variable
  local value = values.new_array(v, object:_count(v.scope), net._precision)
  local own = { [v.name] = value }
  for _, r in ipairs(made.reductions) do own[r.name] = array.zeros(1) end
  local first, n = object:_elements(made)
  local bound = compiled.bound(object, kernel.program(made.program, net._precision), made.program.slots, own, n, first)
  for _, r in ipairs(made.reductions) do compiled.reduce(object, bound, r, own[r.name]) end
  local function look()
    net._core:run_bound(bound, net._core:time())
    if v.scope == "uniform" then return array.full(value[1], object.size) end
    if v.scope == "pre" or v.scope == "post" then return value:take(v.scope == "pre" and object.pre or object.post) end
    return object:_in_order(v.scope, value)
  end
  return function() return object:_at_present(look) end
end

--- The values of an expression on the elements of an object, at this moment; of a condition 1 or 0.
---@param object Population|Projection
---@param text string
---@param is_condition? boolean
---@return array
function operation.values(object, text, is_condition) return evaluator(object, text, is_condition or false)() end

--- A condition on the elements of an object as a function that evaluates it: true where `how` ("any" or "all") elements satisfy it. Of a view, its neurons
--- count.
function operation.condition(object, text, how)
  if how and how ~= "any" and how ~= "all" then options.fail(('condition \'%s\': option \'how\' must be "any" or "all", got "%s"'):format(text, how)) end
  local whole = object:_whole()
  if not whole._model then options.fail(("condition '%s': population '%s' has no variables"):format(text, whole.name)) end
  local ask = evaluator(whole, text, true)
  return function()
    local value = object:_part(ask())
    if #value == 0 then return how == "all" end
    if how == "all" then return value:min() ~= 0 end
    return value:max() ~= 0
  end
end

operation.class = Operation
return operation
