--- Networks: they own clocks, populations, projections, recordings and operations, and run them.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local connect = require "lunapse.network.connect"
local drive = require "lunapse.network.drive"
local instance = require "lunapse.network.compiled"
local model = require "lunapse.network.model"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local poisson_input = require "lunapse.network.poisson_input"
local population = require "lunapse.network.population"
local progress = require "lunapse.tell.progress"
local projection = require "lunapse.network.projection"
local random = require "lunapse.network.distribution"
local recording = require "lunapse.network.recording"
local references = require "lunapse.network.references"
local warnings = require "lunapse.network.warnings"

--- A network: it owns clocks, populations, projections, recordings and operations, and runs them. Made by lp.network.
---@class Network
---@field dt number            ms
---@field seed integer
---@field t number             ms, the present time
---@field populations table    by order and by name
---@field projections table    by order and by name
---@field inputs table         Poisson inputs, by order and by name
local Network = {}

local network = {}

local LONG_BUILD = 2e8     -- pairs of neurons from which on connecting takes more than a moment

--- Methods that tell about a network live in files of their own, which are loaded when one is first called.
local elsewhere = { describe = "tell.describe", explain = "tell.explain", _plan = "tell.describe", profile = "tell.profile", report = "tell.report", watch = "plot.show" }
Network.__elsewhere = elsewhere

local function field_names(self)
  local names = { "t", "populations", "projections", "inputs", "recordings", "operations" }
  for _, list in ipairs { Network, self._fixed, elsewhere } do
    for name in pairs(list) do if name:sub(1, 1) ~= "_" then names[#names + 1] = name end end
  end
  return names
end

function Network:__index(key)
  if key == "t" then return self._core:time() end
  local found = Network[key]
  if found == nil and elsewhere[key] then
    found = require("lunapse." .. elsewhere[key])
    found = (found.methods or found)[key]
    Network[key] = found
  end
  if found == nil then found = rawget(self, "_fixed")[key] end
  if found ~= nil or type(key) ~= "string" or key:sub(1, 1) == "_" then return found end
  return options.fail("network: " .. options.unknown("field", key, field_names(self)))
end

function Network:__newindex(key, value)
  if type(key) == "string" and key:sub(1, 1) == "_" then return rawset(self, key, value) end
  local why = rawget(self, "_fixed")[key] ~= nil and " once the network is made" or ""
  options.fail(("network: '%s' cannot be set%s"):format(tostring(key), why))
end

Network.__complete = field_names

-- ---- parts ----

local function called_with_colon(self, method)
  if getmetatable(self) ~= Network then options.fail(("net:%s is called with a colon: net:%s(...)"):format(method, method)) end
end

local function named(self, list, what, given)
  if self._core:is_running() then options.fail(("net: a %s cannot be added during a step; do it between runs"):format(what)) end
  local name = given or ("%s%d"):format(what, #list + 1)
  if list[name] then options.fail(("a %s named '%s' is already in the network"):format(what, name)) end
  return name
end

local function keep(list, name, object)
  list[#list + 1] = object
  list[name] = object
  return object
end

local function size_of(where, opt)
  if opt.geometry then
    local size = 1
    if #opt.geometry == 0 then options.fail(where .. ": geometry must list at least one whole number") end
    for _, n in ipairs(opt.geometry) do size = size * options.whole(where, "geometry", n, 1) end
    if opt.size and opt.size ~= size then options.fail(("%s: size %s does not fit the geometry (%d neurons)"):format(where, opt.size, size)) end
    return size
  end
  if opt.size == nil then options.fail(where .. ": option 'size' is missing") end
  local size = options.whole(where, "size", opt.size, 1)
  if size > 2147483646 then options.fail(("%s: size must be at most 2147483646, got %d"):format(where, size)) end
  return size
end

local function clock_of(self, dt)
  if dt == nil then return 0 end
  options.number("net", "dt of a population", dt, 0, math.huge, true)
  return self._core:clock(dt)
end

--- Time step of a clock of this network, by its number.
---@param clock integer
---@return number  ms
function Network:dt_of(clock) return self._core:dt_array(clock)[1] end

--- Add a population of neurons.
--- `parameters` replace the model's defaults: numbers, one value per neuron, or distributions. `dt` gives the population a clock of its own.
---@param opt { size: integer, neuron: Model, name?: string, parameters?: table, geometry?: integer[], dt?: number, refs?: table, drive?: table }
---@return Population
function Network:population(opt)
  called_with_colon(self, "population")
  options.check("net:population", opt, { size = "number", neuron = "table", name = "string", parameters = "table", geometry = "table", dt = "number",
    refs = "table", drive = "table" }, { "neuron" })
  if not model.is(opt.neuron, "neuron") then options.fail("net:population: option 'neuron' must be a neuron model (lp.neuron{...} or one of lp.models)") end
  local name = named(self, self.populations, "population", opt.name)
  local size = size_of("net:population", opt)
  local p = population.neurons(self, name, size, clock_of(self, opt.dt), opt.neuron, opt.parameters, opt.refs)
  p._fixed.geometry = opt.geometry or { size }
  if opt.drive then drive.add(p, opt.drive) end
  return keep(self.populations, name, p)
end

--- Add Poisson neurons: in every step each spikes with probability rate * dt / 1000. `rates` in Hz: one, one each, or a distribution; set
--- `pop.rates`, or elements of it, to change them. Rates that change all the time are an equation text, `rates = "if t < 200: 2000 else: 0"`, or a timed array
--- (a sound, a filterbank) with one channel for all neurons or one for each. For the sum of many sources see net:poisson_input.
---@param opt { size: integer, rates: number|number[]|array|Distribution|string|Source, name?: string, geometry?: integer[], dt?: number, drive?: table }
---@return Population
function Network:poisson(opt)
  called_with_colon(self, "poisson")
  options.check("net:poisson", opt, { size = "number", rates = "number|table|userdata|string", name = "string", geometry = "table", dt = "number", drive = "table" })
  local rates, drives = opt.rates, opt.drive or {}
  if drive.is_source(rates) then rates, drives = nil, { rates = rates } end
  if rates == nil and not drives.rates then options.fail "net:poisson: option 'rates' is missing" end
  if rates ~= nil and drives.rates then options.fail "net:poisson: either 'rates' or a drive of 'rates' can be given" end
  local name = named(self, self.populations, "population", opt.name)
  local size = size_of("net:poisson", opt)
  local p
  if type(rates) == "string" then
    local neuron = model.neuron { name = "Poisson", equations = "rates = " .. rates .. " : local", spike = "Uniform(0, 1) < rates * dt / 1000" }
    p = population.neurons(self, name, size, clock_of(self, opt.dt), neuron)
  else
    p = population.poisson(self, name, size, clock_of(self, opt.dt), rates or 0)
  end
  rawset(p, "_is_poisson", true)
  drive.add(p, drives)
  if drives.rates then rawset(p, "_most_driven", drives.rates.most) end
  p._fixed.geometry = opt.geometry or { size }
  return keep(self.populations, name, p)
end

--- Add Poisson input, background noise: the sum of `n` independent Poisson sources of `rate` Hz for each neuron of `to`, without neurons of their own. In every step
--- `weight` times a number of spikes, drawn exactly (mean n * rate * dt / 1000, several in a step included), is added to g_TARGET, as spikes that arrive in that
--- step would, or to `variable`. `rate`, `n` and `weight` are a number, one for each neuron, or a distribution; they are fields that may be set at any time. The rate
--- may also be an equation text (`"if t < 200: 8 else: 20"`) or a timed array. `events` holds the spikes of the last step.
---@param opt { to: Population|PopulationView, target?: string, variable?: string, rate: number|number[]|array|Distribution|string|Source, n?: number|number[]|array|Distribution, weight?: number|number[]|array|Distribution, name?: string }  n and weight: 1 unless given
---@return PoissonInput
--- Example: net:poisson_input { to = E, target = "exc", rate = 8, n = 1000, weight = 0.1 }.
function Network:poisson_input(opt)
  called_with_colon(self, "poisson_input")
  local values = "number|table|userdata"
  options.check("net:poisson_input", opt, { to = "table", target = "string", variable = "string", rate = values .. "|string", n = values, weight = values,
    name = "string" }, { "to", "rate" })
  if not population.is(opt.to) then options.fail "net:poisson_input: option 'to' must be a population" end
  if opt.to._population._net ~= self then options.fail "net:poisson_input: option 'to' belongs to another network" end
  local name = named(self, self.inputs, "input", opt.name)
  return keep(self.inputs, name, poisson_input.new(self, name, opt))
end

--- Add neurons that emit given spikes: `neuron[k]` at time `t[k]` (ms, the nearest step), in any order; or `spikes`, a list of times for each
--- neuron. Every time is a spike, also where several of one neuron fall into a step. `period` repeats them for ever, without drift.
---@param opt { size: integer, neuron?: integer[], t?: number[], spikes?: number[][], period?: number, name?: string, dt?: number }
---@return Population
function Network:spike_source(opt)
  called_with_colon(self, "spike_source")
  options.check("net:spike_source", opt, { size = "number", neuron = "table|userdata", t = "table|userdata", spikes = "table", period = "number",
    name = "string", geometry = "table", dt = "number" })
  local neuron, t = opt.neuron or {}, opt.t or {}
  if opt.spikes then
    if opt.neuron or opt.t then options.fail("net:spike_source: either 'spikes' or 'neuron' and 't' can be given") end
    neuron, t = {}, {}
    for i, times in ipairs(opt.spikes) do
      if type(times) ~= "table" and type(times) ~= "userdata" then
        options.fail(("net:spike_source: 'spikes' must be a list of times for each neuron, got %s for neuron %d"):format(options.show(times), i))
      end
      for _, time in ipairs(times) do neuron[#neuron + 1], t[#t + 1] = i, time end
    end
  end
  local name = named(self, self.populations, "population", opt.name)
  local size = size_of("net:spike_source", opt)
  local p = population.source(self, name, size, clock_of(self, opt.dt), neuron, t, opt.period)
  p._fixed.geometry = opt.geometry or { size }
  return keep(self.populations, name, p)
end

--- Positions of neurons on the grid of their population's geometry, 0..1 along each axis.
function Network:_positions(view)
  local pop = view._population
  local shape = pop.geometry
  local at = array.new("float64", view.size, #shape)
  local selection = view:_selection()
  for k = 1, view.size do
    local rest = (selection.index and selection.index[k] or selection.first + k - 1) - 1
    for axis = #shape, 1, -1 do
      at:set(k, axis, shape[axis] > 1 and (rest % shape[axis]) / (shape[axis] - 1) or 0)
      rest = rest // shape[axis]
    end
  end
  return at, #shape
end

local function default_synapse(from)
  local models = require "lunapse.models"
  return from._population:_has_spikes() and models.static or models.rate
end

local function target_list(opt)
  local given = opt.target
  if given == nil then return {} end
  if type(given) == "string" then given = { given } end
  for _, name in ipairs(given) do
    if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then options.fail(("net:project: a target must be a name, got %s"):format(options.show(name))) end
  end
  return given
end

local function connector(opt)
  local c = opt.connect
  if connect.is(c) then return c end
  if type(c) == "string" then return connect.condition(c) end
  return options.fail("net:project: option 'connect' must be a condition such as \"i != j\", or a connector such as lp.all_to_all() or lp.fixed_probability(0.1)")
end

--- Connect two populations or views.
--- `weights`, `delays` (ms): a number, one value per synapse, or a distribution; weights also an equation text. No delay given means the next
--- step. `target` names the input of the post neuron: g_TARGET for spikes, sum(TARGET) for rates; several share one weight.
---@param opt { from: Population|PopulationView, to: Population|PopulationView, connect: Connector, target?: string|string[], synapse?: Model, weights?: any, delays?: any, parameters?: table, refs?: table, name?: string }
---@return Projection
function Network:project(opt)
  called_with_colon(self, "project")
  options.check("net:project", opt, { from = "table", to = "table", connect = "any", target = "string|table", synapse = "table",
    weights = "any", delays = "number|table|userdata|function", parameters = "table", refs = "table", name = "string" }, { "from", "to", "connect" })
  for _, key in ipairs { "from", "to" } do
    if not population.is(opt[key]) then options.fail(("net:project: option '%s' must be a population"):format(key)) end
    if opt[key]._population._net ~= self then options.fail(("net:project: option '%s' belongs to another network"):format(key)) end
  end
  local synapse = opt.synapse or default_synapse(opt.from)
  if not model.is(synapse, "synapse") then options.fail("net:project: option 'synapse' must be a synapse model (lp.synapse{...} or one of lp.models)") end
  local name = named(self, self.projections, "projection", opt.name)
  local joined = connect.bind(connector(opt), opt.from, opt.to, ("projection '%s'"):format(name))
  local is_long = opt.from.size * opt.to.size > LONG_BUILD
  if is_long then progress.say(("building projection '%s' ..."):format(name)) end
  local p = projection.new(self, name, {
    from = opt.from, to = opt.to, connect = joined, targets = target_list(opt), synapse = synapse, weights = opt.weights, delays = opt.delays or joined.delays,
    parameters = opt.parameters, refs = opt.refs,
  })
  if is_long then progress.clear() end
  return keep(self.projections, name, p)
end

local function reads(object, pop)
  for _, ref in pairs(rawget(object, "_refs") or {}) do
    if ref._population == pop then return true end
  end
end

Network._resolve_refs = references.resolve

--- A population was bound anew: what reads it follows.
function Network:_population_changed(pop)
  if self._changing[pop] then return end          -- populations may read each other
  self._changing[pop] = true
  for _, p in ipairs(self.projections) do
    if p.from == pop or p.to == pop or reads(p, pop) then p:_rebuild() end
  end
  for _, p in ipairs(self.populations) do
    if p ~= pop and reads(p, pop) then p:_rebuild() end
  end
  self._changing[pop] = nil
end

--- The array of a variable was replaced by a wider one: recordings go on with it.
function Network:_array_replaced(what, name, before, after)
  for _, r in ipairs(self.recordings) do r:_widen(what, name, before, after) end
end

function Network:_note_native(native) self._natives[native] = true end

-- ---- recording ----

--- Numbers of elements, checked: whole, 1..n, none twice.
local function selected(where, numbers, n)
  local of, seen = {}, {}
  for k = 1, #numbers do
    local i = math.tointeger(numbers[k])
    if not i or i < 1 or i > n then options.fail(("%s: element %d of 'of' must be a whole number in 1..%d, got %s"):format(where, k, n, options.show(numbers[k]))) end
    if seen[i] then options.fail(("%s: 'of' names %d twice"):format(where, i)) end
    of[k], seen[i] = i, true
  end
  return array.from(of, "int64")
end

--- Record variables or spikes: `net:record(pop, "spike")`, `net:record(pop, { "v", "u" }, { every = 1, of = { 1, 5 } })`,
--- `net:record(proj, "w", { every = 1000 })`. Rows show the state at t, in the steps that end at multiples of `every` (each step unless given).
---@param object Population|PopulationView|Projection
---@param names string|string[]
---@param opt? { every?: number, from?: number, of?: integer[]|array }
---@return Recording|SpikeRecording
function Network:record(object, names, opt)
  called_with_colon(self, "record")
  opt = options.check("net:record", opt or {}, { every = "number", from = "number", of = "table|userdata" })
  if opt.every then options.number("net:record", "every", opt.every, 0, math.huge, true) end
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" or #names == 0 then options.fail("net:record: what to record is missing: \"spike\", the name of a variable, or a list of names") end
  if poisson_input.is(object) then return self:_record_input(object, names, opt) end
  local is_population, is_projection = population.is(object), projection.is(object)
  if not is_population and not is_projection then
    options.fail("net:record: a population, a view of one, or a projection expected, got " .. options.show(object))
  end
  local owner, of = object, opt.of
  if is_population then
    owner = object._population
    if object ~= owner then
      local selection = object:_selection()
      if of then options.fail("net:record: option 'of' cannot be used with a view") end
      of = selection.index or array.arange(selection.first, selection.first + selection.n - 1)
    end
  end
  local what = ("%s '%s'"):format(is_population and "population" or "projection", owner.name)
  if owner._net ~= self then options.fail(("net:record: %s belongs to another network"):format(what)) end
  if of then of = selected("net:record: " .. what, of, owner.size) end
  if opt.from then options.number("net:record", "from", opt.from, -math.huge, math.huge) end
  if opt.from and opt.from > self.t then
    return self:_record_later(object, names, opt)
  end
  for k, name in ipairs(names) do
    if type(name) ~= "string" then options.fail(("net:record: names of variables expected, got %s"):format(options.show(name))) end
    if name == "spike" and #names > 1 then options.fail("net:record: record spikes and variables separately") end
    for i = 1, k - 1 do
      if names[i] == name then options.fail(("net:record: '%s' is named twice"):format(name)) end
    end
  end
  if names[1] == "spike" then
    if not is_population or not owner:_has_spikes() then options.fail(("net:record: %s emits no spikes"):format(what)) end
    local sorted = of and array.from(of):sort() or nil
    local r = recording.spikes(self, owner, what, sorted, sorted and #sorted or owner.size)
    self.recordings[#self.recordings + 1] = r
    return r
  end
  local clock = is_population and owner._clock or owner.to._clock
  local columns, length = {}, nil
  for k, name in ipairs(names) do
    local v = is_population and owner:_variable(name) or (not is_population and owner._compiled.variables_by_name[name])
    if not v or v.kind == "hidden" or v.kind == "derived" then
      local known = {}
      for _, variable in ipairs(owner._compiled.variables) do
        if variable.kind ~= "hidden" and variable.kind ~= "derived" then known[#known + 1] = variable.name end
      end
      if is_population then known[#known + 1] = "spike" end
      options.fail(("net:record: %s: %s"):format(what, options.unknown("variable", tostring(name), known)))
    end
    local a = owner:_array(name)
    if is_population then owner._seen[name] = true end
    if of and v.scope == "uniform" then options.fail(("net:record: %s, %s is one value for all: option 'of' does not apply"):format(what, name)) end
    if length and #a ~= length then options.fail(("net:record: %s and %s have different sizes (%d and %d): record them separately"):format(names[1], name, length, #a)) end
    length = #a
    columns[k] = { name = name, array = a, projection = is_projection and owner:_is_event_driven(name) and owner._core or nil }
  end
  local ok, r = pcall(recording.rows, self, what, columns, of, clock, opt.every or 0, owner)
  if not ok then options.fail(("net:record: %s: %s"):format(what, r)) end
  self.recordings[#self.recordings + 1] = r
  return r
end

--- Rows of what a Poisson input has for each neuron.
function Network:_record_input(input, names, opt)
  if input._net ~= self then options.fail(("net:record: poisson input '%s' belongs to another network"):format(input.name)) end
  if opt.from and opt.from > self.t then return self:_record_later(input, names, opt) end
  local of = opt.of and selected(("net:record: poisson input '%s'"):format(input.name), opt.of, input.size)
  local columns, places, what = input:_columns(names, of)
  local r = recording.rows(self, what, columns, places, input._clock, opt.every or 0, input)
  self.recordings[#self.recordings + 1] = r
  return r
end

--- A recording that begins later: paused until then.
function Network:_record_later(object, names, opt)
  local r = self:record(object, names, { every = opt.every, of = opt.of })
  r:pause()
  if rawget(r, "from") then rawset(r, "from", opt.from) end
  self:at(opt.from, function() r:resume() end, { when = "start" })
  return r
end

-- ---- running ----

local function check_targets(self)
  for _, p in ipairs(self.populations) do
    if p._compiled.needs.rate and not p._rate_window then
      options.fail(("population '%s': its equations read r, but it counts no rate; call its method compute_rate(window) first"):format(p.name))
    end
  end
  for _, p in ipairs(self.projections) do
    local source = p._model.checked
    if source.pruning or source.creating then require("lunapse.network.structure").check(p) end
    if p.size == 0 and not source.creating then self:_warn("empty " .. p.name, ("projection '%s' has no synapses"):format(p.name)) end
  end
end

--- Say something once.
function Network:_warn(key, message)
  if self._warned[key] or not self._warns then return end
  self._warned[key] = true
  warn("lunapse: " .. message)
end

local function finish(self, result, message)
  if result == "interrupted" then
    require("lunapse.core.host").interrupt()
  elseif result == "failed" then
    if type(message) ~= "string" then return error(message, 0) end
    if message:find("\nstack traceback:", 1, true) then return error(("at t = %.10g ms: %s"):format(self.t, message), 0) end   -- out of a function
    return options.fail(message:find(" at t = ", 1, true) and message or ("at t = %.10g ms: %s"):format(self.t, message))
  end
  return result
end

local function prepare(self)
  check_targets(self)
  if self._tier == "native" then
    for native in pairs(self._natives) do
      if native:state() == "building" then native:wait(120000) end
      if native:state() ~= "ready" then
        options.fail(('tier = "native": no native code: %s'):format(native:state() == "none" and "no C compiler was found" or native:log()))
      end
    end
  end
end

--- Run for `duration` ms of simulated time. A run of more than a second shows its progress on a terminal: `report = false` keeps it silent, a
--- function is called with the part done (0..1) and the time (ms) about five times a second, or every `report_every` ms of real time, and at the end.
---@param duration number
---@param opt? { report?: boolean|fun(done: number, t: number), report_every?: number }
---@return Network
function Network:run(duration, opt)
  called_with_colon(self, "run")
  options.number("net:run", "duration", duration, 0, math.huge, false, true)
  if self._core:is_running() then options.fail("net:run: the network is already running; run cannot be called from its own operations") end
  warnings.before(self, duration)
  prepare(self)
  local start = self._core:time()
  finish(self, progress.run(self, start + duration, opt))
  warnings.after(self, self._core:time() - start)
  return self
end

--- Run one step of the shortest clock.
---@return Network
function Network:step()
  if self._core:is_running() then options.fail("net:step: the network is already running") end
  prepare(self)
  finish(self, self._core:step())
  return self
end

--- End the run after the present step; for use in operations.
function Network:stop() self._core:stop() end

-- ---- operations ----

--- Call `f(t, n)` every `period` ms: at the end of the steps that end at multiples of the period, or with `when = "start"` at the start of
--- those that begin there. `t` is the time in ms, `n` counts the calls. A function that returns false is not called again.
---@param period number
---@param f fun(t: number, n: integer): boolean?
---@param opt? { when?: "start"|"end", offset?: number }
---@return Operation
function Network:every(period, f, opt)
  called_with_colon(self, "every")
  options.number("net:every", "period", period, 0, math.huge, true)
  if type(f) ~= "function" then options.fail("net:every: a function expected, got " .. options.show(f)) end
  return operation.add(self, "net:every", period, opt, { call = f })
end

--- Call `f(t, n)` at given times in ms (one, or a list).
---@param times number|number[]
---@param f fun(t: number, n: integer)
---@param opt? { when?: "start"|"end" }
function Network:at(times, f, opt)
  called_with_colon(self, "at")
  opt = options.check("net:at", opt or {}, { when = "string" })
  if type(times) ~= "table" and type(times) ~= "userdata" then times = { times } end
  if type(f) ~= "function" then options.fail("net:at: a function expected, got " .. options.show(f)) end
  for k = 1, #times do
    local time = times[k]
    options.number("net:at", "a time", time, -math.huge, math.huge)
    if time < self.t or (time == self.t and opt.when ~= "start") then
      options.fail(("net:at: time %.10g ms is past (the network is at %.10g ms)"):format(time, self.t))
    end
  end
  for k = 1, #times do
    local o
    o = operation.add(self, "net:at", 1e300, { when = opt.when, offset = times[k] }, { call = function(t, n)
      o:remove()
      f(t, n)
    end })
  end
end

--- Numbers from a distribution, drawn with the network's seed: `net:draw(lp.normal(0, 1), 100)`. Every call gives new ones; the same script
--- gets the same.
---@param distribution Distribution
---@param n integer
---@return array  [n] float64
function Network:draw(distribution, n)
  if not random.is(distribution) then options.fail("net:draw: a distribution such as lp.uniform(0, 1) expected, got " .. type(distribution)) end
  local a = array.new("float64", options.whole("net:draw", "n", n, 0))
  instance.assign("net:draw", self, 0, a, distribution)
  return a
end

--- Run until a condition holds, at most `max` ms. The condition is a Lua function (called after every step) or an equation text on a
--- population: `net:run_until("v > -50", { of = pop, max = 1000 })`; it holds when any element satisfies it, or all with `how = "all"`.
---@param condition string|fun(t: number): boolean
---@param opt { max: number, of?: Population|Projection, how?: "any"|"all" }
---@return number t  ms, the time at which the run ended
---@return boolean held  whether the condition ended it
function Network:run_until(condition, opt)
  opt = options.check("net:run_until", opt, { max = "number", of = "table", how = "string" }, { "max" })
  options.number("net:run_until", "max", opt.max, 0, math.huge)
  local holds = condition
  if type(condition) == "string" then
    if not population.is(opt.of) and not projection.is(opt.of) then options.fail("net:run_until: option 'of' must say on which population or projection") end
    warnings.note_read(opt.of, condition)
    holds = operation.condition(opt.of, condition, opt.how)
  elseif type(condition) ~= "function" then
    options.fail("net:run_until: an equation text or a function expected, got " .. type(condition))
  end
  local held = false
  local watch = operation.add(self, "net:run_until", self.dt, nil, { call = function(t)
    held = holds(t) and true or false
    if held then self:stop() end
  end })
  local ok, message = pcall(self.run, self, opt.max)
  watch:remove()
  if not ok then error(message, 0) end
  return self.t, held
end

--- Put variables back to their initial values, empty the recordings on request; time goes on. Parameters and, unless asked for, weights stay.
---@param opt? { populations?: boolean, synapses?: boolean, weights?: boolean, recordings?: boolean }  default: populations and synapses
function Network:reset(opt)
  opt = options.check("net:reset", opt or { populations = true, synapses = true },
    { populations = "boolean", synapses = "boolean", weights = "boolean", recordings = "boolean" })
  if opt.populations then for _, p in ipairs(self.populations) do p:reset() end end
  for _, p in ipairs(self.projections) do
    if opt.synapses then p:reset() end
    if opt.weights then p:reset_weights() end
  end
  if opt.recordings then for _, r in ipairs(self.recordings) do r:clear() end end
end

function Network:__tostring() return require("lunapse.tell.printing").network(self) end

local tiers = { auto = true, interpreter = true, native = true }
local maths = { exact = true, fast = true }
local precisions = { float64 = true, float32 = true }

local function choice(name, value, known)
  if known[value] then return value end
  local names = {}
  for k in pairs(known) do names[#names + 1] = ('"%s"'):format(k) end
  table.sort(names)
  return options.fail(('lp.network: option \'%s\' must be %s, got "%s"'):format(name, table.concat(names, " or "), tostring(value)))
end

--- A new network.
--- `dt` in ms (0.1 unless given), `seed` of all its random numbers, `threads` (1 unless given; results do not depend on it), `precision`
--- "float64" or "float32", `method` for equations that name none, `tier` "auto", "interpreter" or "native", `math` "exact" or "fast",
--- `warnings` = false for a network that says nothing about what looks like a mistake.
---@param opt? { dt?: number, seed?: integer, threads?: integer, precision?: string, method?: string, tier?: string, math?: string, warnings?: boolean }
---@return Network
function network.new(opt)
  opt = options.check("lp.network", opt or {}, { dt = "number", seed = "number", threads = "number", precision = "string", method = "string",
    tier = "string", math = "string", warnings = "boolean" })
  local dt = options.number("lp.network", "dt", opt.dt or 0.1, 0, math.huge, true)
  local seed = options.whole("lp.network", "seed", opt.seed or 1, 0)
  require("lunapse.tell.provenance").note_seed(seed)
  local threads = options.whole("lp.network", "threads", opt.threads or 1, 1, 256)
  local precision = choice("precision", opt.precision or "float64", precisions)
  local self = {
    _fixed = { dt = dt, seed = seed }, _seed = seed, _threads = threads, _precision = precision, _method = opt.method or "explicit",
    _tier = choice("tier", opt.tier or os.getenv "LUNAPSE_TIER" or "auto", tiers), _math = choice("math", opt.math or "exact", maths),
    _core = engine.network(dt, seed, precision, threads), _draws = 0, _natives = {}, _warned = {}, _changing = {}, _warns = opt.warnings ~= false,
    populations = {}, projections = {}, inputs = {}, recordings = {}, operations = {},
  }
  return setmetatable(self, Network)
end

network.class = Network
return network
