--- Periodic operations: equation texts compiled for a population or projection, and Lua functions, run at given times of a network.
local array = require "lunapse.core.array"
local back = require "lunapse.language.back"
local instance = require "lunapse.network.compiled"
local kernel = require "lunapse.core.kernel"
local model = require "lunapse.network.model"
local options = require "lunapse.options"

---@class Operation  something periodic; made by net:every, net:at, object:run_regularly
---@field every number    ms; may be set
---@field calls integer   how often it has acted
local Operation = {}

local operation = {}

function Operation:__index(key)
  if key == "calls" then return self._core:calls() end
  if key == "every" then return rawget(self, "_every") end
  if Operation[key] ~= nil then return Operation[key] end
  return options.missing("operation", key, options.methods({ Operation }, "every", "calls"))
end

function Operation:__newindex(key, value)
  if key ~= "every" then options.fail(("operation: field '%s' cannot be set"):format(tostring(key))) end
  options.number("operation", "every", value, 0, math.huge, true)
  rawset(self, "_every", value)
  self._core:reschedule(value, self._offset)
end

--- Stands for the engine's operation once it is removed.
local removed = setmetatable({ remove = function() end, calls = function() return 0 end }, { __index = function()
  return function() options.fail "operation: it was removed from its network" end
end })

--- Do not act until `resume`.
function Operation:stop() self._core:set_active(false) end

--- Act again.
function Operation:resume() self._core:set_active(true) end

--- Take it out of the network, for good.
function Operation:remove()
  self._core:remove()
  rawset(self, "_object", nil)
  rawset(self, "_core", removed)
  local list = self._net.operations
  for k, o in ipairs(list) do
    if o == self then return table.remove(list, k) and nil end
  end
end

function Operation:__tostring()
  local when = self._every < 1e300 and ("every %g ms"):format(self._every) or "once"
  return options.printable(("operation: %s %s, at the %s of a step"):format(self._what, when, self._at_start and "start" or "end"))
end

function Operation:__complete() return { "calls", "every", "remove", "resume", "stop" } end

local whens = { start = true, ["end"] = true }

--- Add an operation to a network. `fields`: call (a Lua function) or kernels, clock, projection, what.
function operation.add(net, where, period, opt, fields)
  opt = options.check(where, opt or {}, { when = "string", offset = "number" })
  if opt.when and not whens[opt.when] then options.fail(('%s: option \'when\' must be "start" or "end", got "%s"'):format(where, opt.when)) end
  local dt = net:dt_of(fields.clock or 0)
  local steps = period / dt
  if period < 1e300 and math.abs(steps - math.floor(steps + 0.5)) > 1e-6 then
    local times, first = {}, opt.when == "start" and 0 or 1
    for k = 1, 3 do times[k] = ("%g"):format(math.ceil(((first + k - 1) * period + (opt.offset or 0)) / dt - 1e-6) * dt) end
    net:_warn(where .. period, ("%s: a period of %g ms is no multiple of dt = %g ms; it acts in the first step at or after each multiple: at %s, ... ms"):format(
      where, period, dt, table.concat(times, ", ")))
  end
  local core = net._core:operation {
    clock = fields.clock or 0, every = period, offset = opt.offset or 0, at_start = opt.when == "start", kernels = fields.kernels or {}, call = fields.call,
    projection = fields.projection,
  }
  local o = setmetatable({ _core = core, _net = net, _every = period, _offset = opt.offset or 0, _at_start = opt.when == "start", _what = fields.what or "a function" },
    Operation)
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
    hidden[v.name] = instance.new_array(v, object:_count(v.scope), net._precision)
    object:_fill_hidden(v, hidden[v.name])
  end
  local resolve = object:_resolver()
  local function find(slot)
    if slot.owner == "self" and hidden[slot.var] then return hidden[slot.var] end
    return resolve(slot)
  end
  local bounds = {}
  for k, entry in ipairs(made.programs) do
    local arrays = {}
    for i, slot in ipairs(entry.program.slots) do arrays[i] = find(slot) end
    local n = entry.over == "uniform" and 0 or object:_count(entry.over)
    bounds[k] = instance.bound(net, kernel.program(entry.program, net._precision), arrays, n, object._is_projection and object._core or nil, object._object)
    bounds[k]:over(entry.over)
    if k == 1 then
      for _, r in ipairs(made.reductions or {}) do instance.reduce(bounds[k], r.op, find { owner = r.owner, var = r.var }, hidden[r.name]) end
    end
  end
  instance.native_for(net, made.programs, bounds, object._is_projection and object._core:format() or "none")
  return bounds
end

local function written_parameters(object, writes)
  for _, name in ipairs(writes) do
    local base, variable = name:match "^(%w+)%.(.+)$"
    local owner = base == "post" and object.to or base == "pre" and object.from or object
    if owner._mark_written then owner:_mark_written(variable or name) end
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
  object._n_texts = (object._n_texts or 0) + 1
  local number = object._n_texts
  written_parameters(object, compile(object, text, number).writes)
  local o = operation.add(net, where, opt.every, { when = opt.when, offset = opt.offset }, {
    clock = object._is_projection and object.to._clock or object._clock, kernels = bind(object, compile(object, text, number)),
    projection = object._is_projection and object._core or nil, what = ("'%s' of '%s'"):format(text, object.name),
  })
  rawset(o, "_object", object)
  rawset(o, "_text", text)
  rawset(o, "_number", number)
  return o
end

--- The object's arrays changed: its texts are compiled and bound anew.
function operation.rebind(object)
  for _, o in ipairs(object._net.operations) do
    if rawget(o, "_object") == object then o._core:set_kernels(bind(object, compile(object, o._text, o._number))) end
  end
end

--- A condition on the elements of an object as a function that evaluates it: an array of 1 and 0, one for each element (each synapse).
function operation.values(object, text)
  if not object._model then options.fail(("condition '%s': population '%s' has no variables"):format(text, object.name)) end
  local net = object._net
  local made = model.guard(back.condition, object._model.checked, object._compiled, text)
  local v = made.variable
  local value = instance.new_array(v, object:_count(v.scope), net._precision)
  local resolve, arrays = object:_resolver(), {}
  local reduced = {}
  for _, r in ipairs(made.reductions or {}) do reduced[r.name] = array.zeros(1) end
  for k, slot in ipairs(made.program.slots) do
    arrays[k] = slot.owner == "self" and (slot.var == v.name and value or reduced[slot.var]) or resolve(slot)
  end
  local n = made.over == "uniform" and 0 or object:_count(made.over)
  local bound = instance.bound(net, kernel.program(made.program, net._precision), arrays, n, object._is_projection and object._core or nil, object._object)
  for _, r in ipairs(made.reductions or {}) do instance.reduce(bound, r.op, resolve { owner = r.owner, var = r.var }, reduced[r.name]) end
  return function()
    if object._is_projection then object:_flush() end
    net._core:run_bound(bound, net._core:time())
    local all = object.size
    if v.scope == "uniform" then return array.full(value[1], all) end
    if v.scope == "pre" or v.scope == "post" then return value:take(v.scope == "pre" and object.pre or object.post) end
    return value
  end
end

--- A condition on the elements of an object as a function that evaluates it: true where `how` ("any" or "all") elements satisfy it.
function operation.condition(object, text, how)
  local values = operation.values(object, text)
  return function()
    local value = values()
    if #value == 0 then return how == "all" end
    if how == "all" then return value:min() ~= 0 end
    return value:max() ~= 0
  end
end

operation.class = Operation
return operation
