--- Projections: synapses of one model from one population (or a view of it) to another.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local instance = require "lunapse.network.compiled"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local parts = require "lunapse.language.base.parts"
local random = require "lunapse.network.distribution"
local wiring = require "lunapse.network.wiring"
local writers = require "lunapse.network.writers"
local given_values = require "lunapse.network.synapse_values"

--- Synapses of one model from one population to another. Its variables and parameters are its fields: `proj.w` is a live array in the order of the
--- synapses, `proj.pre` and `proj.post` are the neurons that each joins.
---@class Projection
---@field name string
---@field from Population
---@field to Population
---@field size integer   number of synapses
---@field delay number   ms, where one delay holds for all (else see `delays`)
---@field [string] any   variables and parameters: live arrays in the order of the synapses, or numbers where one value holds for all
local Projection = {}

local projection = {}

local function where(self, name) return ("projection '%s', %s"):format(self.name, name) end

local function variable_names(self)
  local names = {}
  for _, v in ipairs(self._compiled.variables) do
    if v.kind ~= "hidden" and v.kind ~= "derived" then names[#names + 1] = v.name end
  end
  return names
end

function Projection:_array(name)
  local a = self._arrays[name]
  if not a then error(("projection '%s' has no array '%s'"):format(self.name, name)) end
  return a
end

function Projection:_rebuild()
  local now = self:_flush()
  wiring.compile(self)
  wiring.follow_scopes(self)
  wiring.initialise(self, true)
  wiring.start_clocks(self, now or self._net._core:time())
  wiring.bind(self)
  require("lunapse.network.operation").rebind(self)
end

--- Does a variable live in continuous time, so that it must be brought to the present before it is read? What only reads the others leaves no trace
--- in the rounding of what comes.
function Projection:_is_event_driven(name)
  for _, flush in ipairs(self._compiled.flushes or {}) do
    for _, variable in ipairs(flush.vars) do
      if variable == name then return true end
    end
  end
  return false
end

--- Bring event-driven variables to the present; returns it where there are any.
function Projection:_flush()
  if rawget(self, "_compiled") and self._compiled.flushes and #self._compiled.flushes > 0 then return self._core:flush() end
end

-- ---- values ----

--- Numbers in the order in which synapses were given (lp.pairs) go to their places. Later on values are set in the order in which they are
--- read, so that `proj.w = proj.w * 2` is what it says.
local function in_place_order(self, value)
  if type(value) == "function" then return given_values.call(self, "value", value) end
  if not self._place_of_pair or random.is(value) or type(value) == "number" then return value end
  local ok, given = pcall(array.from, value)
  if not ok or given:size() ~= self.size then return value end          -- what is wrong with it is said where it is assigned
  local placed = array.new(given:type(), self.size)
  placed:put(self._place_of_pair, given:flatten())
  return placed
end

local fixed_names = { name = true, from = true, to = true, size = true, pre = true, post = true, fan_in = true, fan_out = true, delay = true, delays = true, d = true }

local function set(self, name, value)
  if fixed_names[name] then options.fail(where(self, name) .. " is set when the projection is made") end
  local v = self._compiled.variables_by_name[name]
  if not v or v.kind == "hidden" or v.kind == "derived" then
    options.fail(("projection '%s': %s"):format(self.name, options.unknown("variable", name, variable_names(self))))
  end
  if type(value) == "string" then return self:_fill(name, value) end
  if type(value) == "function" then value = given_values.call(self, "value", value) end
  self:_flush()
  if v.scope == "uniform" and not (type(value) == "number" or type(value) == "boolean") then
    if v.kind ~= "parameter" and name ~= "w" then options.fail(where(self, name) .. " is one value for the whole projection: a number expected") end
    local scope, laid = given_values.fit(self, name, value)
    local probe = array.new(self._net._precision, wiring.count_of(self, scope))
    instance.assign(where(self, name), self._net, self._object, probe, laid)
    if name == "w" then self._weight_scope = "syn" else self._scopes[name] = scope end
    self:_rebuild()
    self._arrays[name]:assign(probe)
    return
  end
  if v.kind == "parameter" and (type(value) == "table" or type(value) == "userdata") and not random.is(value) then
    value = given_values.to(self, name, value, v.scope)
  end
  instance.assign(where(self, name), self._net, self._object, self._arrays[name], value)
end

--- Fill a variable from an equation text: `proj.w = "0.5 + 0.1 * Normal(0, 1)"`, `proj.w = "exp(-abs(i - j))"`.
function Projection:_fill(name, text)
  require("lunapse.network.warnings").note_read(self, text)
  local back = require "lunapse.language.back"
  local net = self._net
  self:_flush()
  local v = self._compiled.variables_by_name[name]
  if v.scope == "uniform" then
    if name == "w" then self._weight_scope = "syn" else self._scopes[name] = "syn" end
    self:_rebuild()
  end
  net._draws = net._draws + 1
  local made = model.guard(back.fill, self._model.checked, instance.named(self._compiled, self.name), name, text, net._draws)
  local program = require("lunapse.core.kernel").program(made, net._precision)
  local arrays, resolve = {}, wiring.resolver(self)
  for k, slot in ipairs(made.slots) do arrays[k] = resolve(slot) end
  net._core:run_bound(instance.bound(net, program, arrays, wiring.count_of(self, self._compiled.variables_by_name[name].scope), self._core, self._object), net._core:time())
  engine.touch(self._arrays[name])
end

function Projection:__index(key)
  local method = Projection[key]
  if method ~= nil then return method end
  if type(key) ~= "string" or key:sub(1, 1) == "_" then return nil end
  local fixed = rawget(self, "_fixed")
  if fixed and fixed[key] ~= nil then return fixed[key] end
  if key == "pre" then
    rawset(self, "_pre_numbers", rawget(self, "_pre_numbers") or self._core:pre())
    return self._pre_numbers
  elseif key == "post" then
    rawset(self, "_post_numbers", rawget(self, "_post_numbers") or self._core:post())
    return self._post_numbers
  elseif key == "fan_in" then
    return self._core:fan_in()
  elseif key == "fan_out" then
    return self._core:fan_out()
  end
  local compiled = rawget(self, "_compiled")
  local v = compiled and compiled.variables_by_name[key]
  if v and v.kind ~= "derived" then
    if v.kind ~= "parameter" and self:_is_event_driven(key) then self:_flush() end
    local a = rawget(self, "_arrays")[key]
    if v.scope == "uniform" then return a[1] end
    return a
  end
  if key == "delay" then options.fail(where(self, key) .. " differs between synapses: see delays") end
  return options.fail(("projection '%s': %s"):format(self.name, options.unknown("variable", key, variable_names(self))))
end

function Projection:__newindex(key, value)
  if type(key) == "string" and key:sub(1, 1) == "_" then return rawset(self, key, value) end
  return set(self, key, value)
end

function Projection:__len() return self.size end

function Projection:_count(scope) return wiring.count_of(self, scope) end
function Projection:_resolver() return wiring.resolver(self) end
function Projection:_fill_hidden(v, a) return wiring.fill_hidden(self, v, a) end

--- Parameters that must live more widely from now on.
function Projection:_widen(scopes)
  for name, scope in pairs(scopes) do
    if name == "w" then self._weight_scope = "syn" else self._scopes[name] = scope end
  end
  self:_rebuild()
end

--- One delay for all becomes a delay per synapse.
function Projection:_spread_delays()
  self:_flush()
  self._delay_scope = "syn"
  self:_place_by_delay(array.full(self.__delay, self.size), self.size)
  self._delay_steps, self._fixed.delay = 1, nil
  self:_rebuild()
end

--- Sort rows by delays (ms, in place order), which become whole steps. Where each place went.
function Projection:_place_by_delay(delays, n)
  local dt = self._net:dt_of(self.to._clock)
  local steps = (delays / dt - 1e-6):ceil():clip(1, math.huge)
  local order = self._core:set_delays(steps:astype("int32"))
  self.__delays = (steps * dt):take(order)
  self._fixed.delays = self.__delays
  local moved = array.new("int64", n)
  moved:put(order, array.arange(1, n):astype("int64"))
  return moved
end

--- The number of synapses changed: what is known of each, besides its variables, is found anew.
function Projection:_resize(n)
  self._fixed.size, self._pre_numbers, self._post_numbers, self._place_of_pair = n, nil, nil, nil
  for _, v in ipairs(self._compiled.variables) do
    if v.name == "N_incoming" or v.name == "N_outgoing" then wiring.fill_hidden(self, v, self._arrays[v.name]) end
  end
end

--- Weights that an operation writes live per synapse.
function Projection:_mark_written(name)
  if name == "w" and self._weight_scope == "uniform" then self:_widen { w = "syn" } end
end

-- ---- what users call ----

--- Run an equation text on all synapses every `every` ms, compiled like the model's own: all names of its equations, sums, random numbers.
--- `proj:run_regularly("w *= 0.9", { every = 1000 })`
---@param text string
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Projection:run_regularly(text, opt) return require("lunapse.network.operation").run_regularly(self, text, opt) end

--- Add synapses between neurons of the two populations, numbered as in `pre` and `post`: one, or lists. `w` and `d` (ms): a number, or one each; without
--- them 0 (or the weight that all share) and the next step. Other variables get their initial values. Between runs or in an operation.
---@param pre integer|integer[]|array
---@param post integer|integer[]|array
---@param w? number|number[]|array|Distribution
---@param d? number|number[]|array
---@return array places  of the new synapses
function Projection:create_synapse(pre, post, w, d) return require("lunapse.network.structure").create(self, pre, post, w, d) end

--- Remove synapses: those that satisfy a condition ("w < 0.01"), those where an array of truth values is true (`proj.w:lt(0.01)`), or
--- those at given places. Between runs or in an operation.
---@param what string|array|integer[]
---@return integer n  how many were removed
function Projection:prune(what) return require("lunapse.network.structure").prune(self, what) end

--- Apply the model's `pruning` condition every `every` ms: `proj:start_pruning { every = 100 }`.
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Projection:start_pruning(opt) return require("lunapse.network.structure").start(self, "pruning", opt) end

--- Apply the model's `creating` condition every `every` ms to all pairs that have no synapse: `proj:start_creating { every = 100 }`.
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Projection:start_creating(opt) return require("lunapse.network.structure").start(self, "creating", opt) end

--- Stop the weights from changing; traces go on. `enable_learning` lets them change again.
---@return Projection
function Projection:disable_learning() return self:_set_plastic(false) end

--- Let the weights change (the state after creation).
---@return Projection
function Projection:enable_learning() return self:_set_plastic(true) end

function Projection:_set_plastic(on)
  if self._plastic ~= on then
    self._plastic = on
    self:_rebuild()
  end
  return self
end

--- Put every variable but the weights back to its initial value. Parameters keep theirs.
function Projection:reset()
  local resolve, now = wiring.resolver(self), self:_flush() or self._net._core:time()
  for _, v in ipairs(self._compiled.variables) do
    if v.kind ~= "parameter" and v.kind ~= "derived" and v.name ~= "w" then wiring.fill_hidden(self, v, self._arrays[v.name]) end
  end
  for k, entry in ipairs(self._compiled.programs) do
    local v = self._compiled.variables_by_name[entry.var]
    if entry.role == "init" and v.kind ~= "parameter" and v.name ~= "w" then
      self._net._core:run_bound(wiring.bind_entry(self, k, resolve), self._net._core:time())
    end
  end
  wiring.start_clocks(self, now)
end

function Projection:__tostring() return require("lunapse.tell.printing").projection(self, variable_names(self)) end

function Projection:__complete()
  local names = variable_names(self)
  for name in pairs(Projection) do
    if name:sub(1, 1) ~= "_" then names[#names + 1] = name end
  end
  for _, name in ipairs { "pre", "post", "fan_in", "fan_out", "from", "to", "size", "name" } do names[#names + 1] = name end
  return names
end

for name, method in pairs(require "lunapse.network.weights") do Projection[name] = method end

-- ---- making ----

--- Where synapses are kept: dense where all is joined with all, rows by post for rates, rows by pre for spikes.
local function storage_choice(self)
  local by_post = not self._spiking
  if self.to.size == 1 or by_post then return by_post and "rows_post" or "rows_pre", "dense_post" end
  return "rows_pre", "dense_pre"
end

local MOST_STEPS = 16777216     -- of a delay: the engine keeps the spikes of so many steps

local function too_long(self, dt, delay)
  return ("projection '%s': delays must be at most %g ms (%d steps), got %g"):format(self.name, MOST_STEPS * dt, MOST_STEPS, delay)
end

local function set_delays(self, delays)
  local net = self._net
  local dt = net:dt_of(self.to._clock)
  if delays == nil then
    self._delay_scope, self.__delay, self._delay_steps = "uniform", dt, 1
    self._core:set_delay(0, 1)
  elseif type(delays) == "number" then
    options.number(("projection '%s'"):format(self.name), "delays", delays, 0, math.huge)
    if delays > MOST_STEPS * dt then options.fail(too_long(self, dt, delays)) end
    local steps = math.max(1, math.ceil(delays / dt - 1e-6))
    self._delay_scope, self.__delay, self._delay_steps = "uniform", steps * dt, steps
    self._core:set_delay(delays, steps)
  else
    local ms = array.new("float64", self.size)
    instance.assign(where(self, "delays"), net, self._object, ms, in_place_order(self, delays))
    if self.size > 0 and ms:min() < 0 then options.fail(("projection '%s': delays must be at least 0, got %g"):format(self.name, ms:min())) end
    if self.size > 0 and ms:max() > MOST_STEPS * dt then options.fail(too_long(self, dt, ms:max())) end
    if self.from._clock ~= self.to._clock then options.fail(where(self, "delays") .. ": one delay for all expected between populations with different dt") end
    if not self._spiking then options.fail(where(self, "delays") .. ": rate-coded projections take one delay for all synapses") end
    local steps = (ms / dt - 1e-6):ceil():clip(1, math.huge)
    self._delay_scope, self._delay_steps = "syn", 1
    local order = self._core:set_delays(steps:astype("int32"))
    self.__delays = (steps * dt):take(order)
    if self._place_of_pair then       -- places moved: invert the order
      local new_place = array.new("int64", self.size)
      new_place:put(order, array.arange(1, self.size):astype("int64"))
      self._place_of_pair = new_place:take(self._place_of_pair)
    end
    return
  end
end

--- Parameters of neurons that these synapses write (`post.total = sum(w)`) live once per neuron and are no constants.
local function widen_written(self)
  parts.each_statement(self._model.checked, function(statement)
    local base, name = statement.target.base, statement.target.name
    local pop = base == "post" and self.to or base == "pre" and self.from
    local v = pop and pop._compiled.variables_by_name[name]
    if v and v.kind == "parameter" and (v.scope == "uniform" or not pop._written[name]) then
      pop._scopes[name], pop._written[name] = "elem", true
      pop:_rebuild()
    end
  end)
end

--- A synapse that only transmits must be told where to.
local function check_target(self)
  local checked = self._model.checked
  for _, row in ipairs(parts.of "synapse") do
    local pop = row.side == "pre" and self.from or row.side == "post" and self.to
    if pop and #checked[row.name] > 0 and not pop:_has_spikes() then
      options.fail(("projection '%s': synapses '%s' have a %s, but population '%s' emits no spikes"):format(self.name, self._model.name, row.name, pop.name))
    end
  end
  local transmits = checked.writes.g_target or checked.psp
  local learns = #checked.variables > 0 or checked.writes.w or next(checked.writes.pre) or next(checked.writes.post)
  if transmits and not learns and #self._targets == 0 then
    options.fail(("projection '%s': synapses '%s' only transmit, so option 'target' must say to which input, such as target = \"exc\""):format(
      self.name, self._model.name))
  end
end

--- The rate of a spiking population is there only where it is counted.
local function check_rates(self)
  for side, pop in pairs { pre = self.from, post = self.to } do
    if self._compiled.needs[side .. "_rate"] and not pop._rate_window then
      options.fail(("projection '%s': its synapses read %s.r, but population '%s' counts no rate; call its method compute_rate(window) first"):format(
        self.name, side, pop.name))
    end
  end
end

--- What a projection was made with is read through Projection.__index, so that setting it is an error.
local function fix(self)
  rawset(self, "_fixed", { name = self.name, from = self.from, to = self.to, size = self.size, delay = self.__delay,
    delays = self.__delays or array.full(self.__delay, 1) })
  for key in pairs(self._fixed) do rawset(self, key, nil) end
end

--- Make a projection from the options of `net:project`.
function projection.new(net, name, opt)
  local from, to = opt.from, opt.to
  local self = setmetatable({
    name = name, from = from._population, to = to._population, _net = net, _object = net._core:new_object(), _model = opt.synapse, _arrays = {},
    _initialised = {}, _scopes = {}, _scope_now = {}, _lagged = {}, _values = {}, _derived = {}, _watched = {}, _targets = opt.targets, _plastic = true,
    _is_projection = true, _spiking = from._population:_has_spikes() and not opt.synapse.is_rate,
  }, { __index = Projection.__index, __newindex = rawset })
  for key, value in pairs(opt.synapse.values) do self._values[key] = value end
  for key, value in pairs(opt.parameters or {}) do
    if not opt.synapse.checked.parameters_by_name[key] then
      local names = {}
      for _, p in ipairs(opt.synapse.checked.parameters) do names[#names + 1] = p.name end
      options.fail(("projection '%s': %s"):format(name, options.unknown("parameter", tostring(key), names)))
    end
    self._values[key] = value
  end
  check_target(self)
  local connect = opt.connect
  if connect.needs_positions then
    local pre_at, dims = net:_positions(from)
    local post_at, post_dims = net:_positions(to)
    if dims ~= post_dims then options.fail(("projection '%s': both populations must have geometries of equal dimension"):format(name)) end
    connect = setmetatable({ pre_at = pre_at, post_at = post_at, dims = dims }, { __index = connect })
    connect = { kind = connect.kind, amplitude = connect.amplitude, sigma = connect.sigma, amplitude_minus = connect.amplitude_minus,
      sigma_minus = connect.sigma_minus, limit = connect.limit, self = connect.self, pre_at = pre_at, post_at = post_at, dims = dims }
  end
  local format, dense = storage_choice(self)
  if opt.synapse.checked.pruning or opt.synapse.checked.creating then dense = "none" end
  local ok, core, places, weights = pcall(net._core.projection, net._core, {
    pre = self.from._core, post = self.to._core, pre_view = from:_selection(), post_view = to:_selection(), connect = connect,
    format = format, dense = opt.delays ~= nil and type(opt.delays) ~= "number" and "none" or dense, object = self._object,
  })
  if not ok then options.fail(("projection '%s': %s"):format(name, core)) end
  self._core, self._place_of_pair, self.size = core, places, core:count()
  set_delays(self, opt.delays)
  local given = opt.weights
  if given == nil then given = weights or (places and connect.weights) or 1 end
  self._connect, self._given_weights = opt.connect, opt.weights
  self._weight_scope = type(given) == "number" and "uniform" or "syn"
  self._from_view, self._to_view = from:_selection(), to:_selection()
  local texts = {}
  for key, value in pairs(self._values) do
    if type(value) == "string" then
      texts[#texts + 1], self._values[key] = { key, value }, 0
    elseif type(value) ~= "number" and type(value) ~= "boolean" then
      self._scopes[key], value = given_values.fit(self, key, value)
      self._values[key] = self._scopes[key] == "syn" and in_place_order(self, value) or value
    end
  end
  net:_resolve_refs(self, opt.refs)
  widen_written(self)
  wiring.compile(self)
  check_rates(self)
  for _, v in ipairs(self._compiled.variables) do self._scope_now[v.name] = v.scope end
  wiring.initialise(self, false)
  if self._compiled.variables_by_name.w then
    local text = type(given) == "string"
    if text then
      self:_fill("w", given)
    else
      instance.assign(where(self, "weights"), net, self._object, self._arrays.w, given == weights and given or in_place_order(self, given))
    end
  end
  local others = writers.add(self)
  wiring.bind(self)
  fix(self)
  for _, other in ipairs(others) do other:_rebuild() end
  setmetatable(self, Projection)
  table.sort(texts, function(one, other) return one[1] < other[1] end)
  for _, t in ipairs(texts) do self:_fill(t[1], t[2]) end
  return self
end

--- Is `x` a projection?
---@param x any
---@return boolean
function projection.is(x) return getmetatable(x) == Projection end

projection.class = Projection
return projection
