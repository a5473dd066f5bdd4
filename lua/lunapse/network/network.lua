--- Networks: they own clocks, populations, projections, recordings and operations. (How they run: lua/lunapse/network/run.lua.)
--- This folder (network) has the objects of networks, and all that is done with them: running, setting, recording, saving.
local array = require "lunapse.core.array"
local cables = require "lunapse.network.cables"
local connect = require "lunapse.network.connect"
local connectors = require "lunapse.network.connectors"
local drive = require "lunapse.network.drive"
local ends = require "lunapse.network.ends"
local engine = require "lunapse.core.engine"
local estimate = require "lunapse.network.estimate"
local fields = require "lunapse.network.fields"
local flags = require "lunapse.language.base.flag_table"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local pathways = require "lunapse.network.pathways"
local planned = require "lunapse.network.planned"
local population = require "lunapse.network.population"
local progress = require "lunapse.tell.progress"
local projection = require "lunapse.network.projection"
local random = require "lunapse.network.distribution"
local references = require "lunapse.network.references"
local source = require "lunapse.network.source"
local values = require "lunapse.network.values"
local view = require "lunapse.network.view"
local words = require "lunapse.tell.text"

--- A network: it owns clocks, populations, projections, recordings and operations, and runs them. Made by lp.network.
---@class Network
---@field dt number            ms
---@field seed integer
---@field t number             ms, the present time
---@field populations table    by order and by name
---@field projections table    by order and by name
---@field constants table<string, number>  what it was made with: values of parameters that models only name
---@field inputs table         Poisson inputs, by order and by name
local Network = { _noun = "network" }

Network._fields = fields.declare {
  _fixed = { "given", "what it was made with, and the lists of its parts: read as its fields, never set" },
  _threads = { "given", "how many it may use" },
  _precision = { "given", "\"float64\" or \"float32\"" },
  _method = { "given", "of equations that name none" },
  _rtol = { "given", "relative tolerance of rk45 where an equation names none; nil: the method's own" },
  _atol = { "given", "the same, absolute" },
  _tier = { "given", "\"auto\", \"interpreter\" or \"native\"" },
  _math = { "given", "\"exact\" or \"fast\"" },
  _warns = { "given", "true or false for a network that says what looks like a mistake, or does not; or by names of objects" },
  _finite = { "given", "false for a network that goes on where a variable is no longer finite" },
  _core = { "made", "the engine's network" },
  _natives = { "made", "native code that its kernels use or wait for: a set" },
  _draws = { "state", "how often values were drawn: each time from another stream" },
  _warned = { "state", "what was said already: a set" },
  _asked = { "state", "ms, the end of the last run as it was asked for; the run ended in the step of that time" },
  _kept = { "state", "tables of the script that are stored with it, by name" },
  _stored = { "scratch", "states that were stored, by name" },
  _retired = { "scratch", "operations of one time that are over, which a stored state may bring back" },
  _undo = { "scratch", "how to undo what the call under way has changed so far: functions, in order; nil while no call may still be refused" },
  _changing = { "scratch", "populations whose readers are just being bound anew: a set" },
  _checked_populations = { "scratch", "how many there were when the network was last looked over" },
  _checked_projections = { "scratch", "the same of projections" },
  _checked_plan = { "scratch", "the engine's plan when the parts were last found fit for a run: until another is made, they are" },
  _is_plan = { "given", "only a plan of it is made (planned.lua): its objects have no elements" },
  _live = { "scratch", "its view in the browser; nil where it has none" },
  _weighed_plan = { "scratch", "the same of the weights, once it was looked for those that are all 0" },
}

local network = {}

local LONG_BUILD = 2e8     -- pairs of neurons from which on connecting takes more than a moment

--- Methods that tell about a network, run it or record live in files of their own, which are loaded when one is first called.
local elsewhere = { plan = "tell.plan",
  describe = "tell.describe", explain = "tell.explain", _plan = "tell.describe", profile = "tell.profile", report = "tell.report", watch = "plot.show",
  serve = "live", record = "network.recording", poisson_input = "network.poisson_input", remove = "network.removal" }
for _, name in ipairs { "run", "step", "stop", "run_until", "every", "at", "reset" } do elsewhere[name] = "network.run" end
for _, name in ipairs { "store", "restore", "save", "keep" } do elsewhere[name] = "network.stored" end
Network.__elsewhere = elsewhere

--- What tells about elements, or keeps them.
local of_values = { describe = true, explain = true, profile = true, report = true, watch = true, serve = true, store = true, restore = true, save = true, cables = true }

local function field_names(self)
  local names, seen = { "t" }, {}
  for _, list in ipairs { Network, self._fixed, elsewhere } do
    for name in pairs(list) do
      if name:sub(1, 1) ~= "_" and not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  return names
end

function Network:__index(key)
  if key == "t" then return self._core:time() end
  local found = Network[key]
  if rawget(self, "_is_plan") and of_values[key] then planned.refuse("net:" .. key) end
  if found == nil and elsewhere[key] then
    found = require("lunapse." .. elsewhere[key])
    found = (found.methods or found)[key]
    Network[key] = found
  end
  if found ~= nil or Network._fields[key] or type(key) ~= "string" then return found end
  found = rawget(self, "_fixed")[key]
  if found ~= nil then return found end
  return options.fail("network: " .. options.unknown("field", key, field_names(self)))
end

function Network:__newindex(key, value)
  if Network._fields[key] then return rawset(self, key, value) end
  local why = rawget(self, "_fixed")[key] ~= nil and " once the network is made" or ""
  options.fail(("network: '%s' cannot be set%s"):format(tostring(key), why))
end

Network.__complete = field_names

--- What it is at this moment, besides its parts: see Object:_state.
function Network:_state() return fields.add_engine_items(fields.items(self), self._core) end

-- ---- parts ----

--- Do `f` as a whole or not at all: where it is refused half way, what it has noted to be undone (`_on_undo`) is undone, last things first, and the network is
--- as it was before. What is done within something larger is undone with that.
function Network:_attempt(f, ...)
  if self._undo then return f(...) end
  local draws, made = self._draws, table.pack(self._core:made())
  self._undo = {}
  local results = table.pack(pcall(f, ...))
  local undo = self._undo
  self._undo = nil
  if results[1] then return table.unpack(results, 2, results.n) end
  for k = #undo, 1, -1 do pcall(undo[k]) end
  self._draws = draws
  self._core:forget_since(table.unpack(made))
  error(results[2], 0)
end

--- How to undo what was just done, should the call under way be refused.
function Network:_on_undo(f)
  if self._undo then self._undo[#self._undo + 1] = f end
end

--- Refuse what functions of the script would do while the call that calls them is half done.
function Network:_check_whole(what)
  if self._undo then options.fail(("net: %s by a function that is called while values are set or a part of the network is made; do it before"):format(what)) end
end

--- A name for a new part: the one that was given, or a number.
function Network:_new_name(list, what, given)
  local a = what:find "^[aeiou]" and "an" or "a"
  if self._core:is_running() then options.fail(("net: %s %s cannot be added during a step; do it between runs"):format(a, what)) end
  self:_check_whole(("%s %s cannot be added"):format(a, what))
  local number = #list + 1
  while not given and list[what .. number] do number = number + 1 end      -- some were removed
  local name = given or what .. number
  if list[name] then options.fail(("%s %s named '%s' is already in the network"):format(a, what, name)) end
  return name
end

--- Add the part that `make(...)` gives to a list; nothing where it is refused.
function Network:_add(list, make, ...)
  local object = self:_attempt(make, ...)
  list[#list + 1] = object
  list[object.name] = object
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

--- What a population is made with: its name, size and geometry.
local function shape_of(self, where, opt)
  local name, size = self:_new_name(self.populations, "population", opt.name), size_of(where, opt)
  if opt.dt then options.number("net", "dt of a population", opt.dt, 0, math.huge, true) end
  return { name = name, size = size, geometry = opt.geometry or { size } }
end

--- The number of its clock.
local function clock_of(self, opt) return opt.dt and self._core:clock(opt.dt) or 0 end

--- Time step of a clock of this network, by its number.
---@param clock integer
---@return number  ms
function Network:dt_of(clock) return self._core:dt_array(options.whole("net:dt_of", "clock", clock, 0))[1] end

--- Add a population of neurons.
--- `parameters` replace the model's defaults: numbers, one value per neuron, or distributions; `arrays` those of the model (lp.timed_array, lp.table). `dt` gives the population a clock of its own.
---@param opt { size: integer, neuron: Model, name?: string, parameters?: table, geometry?: integer[], dt?: number, refs?: table, arrays?: table, drive?: table }
---@return Population
function Network:population(opt)
  options.colon(self, "network", "net:population")
  options.check("net:population", opt, { size = "number", neuron = "table", name = "string", parameters = "table", geometry = "table", dt = "number",
    refs = "table", arrays = "table", drive = "table" }, { "neuron" })
  if not model.is(opt.neuron, "neuron") then options.fail("net:population: option 'neuron' must be a neuron model (lp.neuron{...} or one of lp.models)") end
  if opt.neuron.checked.is_cable then options.fail(("net:population: model '%s' is a cable's, it says Im: see net:cables"):format(opt.neuron.name)) end
  local fixed = shape_of(self, "net:population", opt)
  return self:_add(self.populations, function()
    local p = population.neurons(self, fixed, clock_of(self, opt), opt.neuron, opt)
    if opt.drive then drive.add(p, opt.drive) end
    return p
  end)
end

--- Add neurons with a shape, compartments joined to trees: docs/cables.md. `neuron` is a model that says what flows through the membrane, `Im = ...`; `morphology` a shape,
--- lp.cylinder{...} or lp.morphology(path); `size` the number of cells (1). `Ra` in ohm cm (100), `Cm` in uF/cm2 (1, or what the model says). `spike_at` says where the
--- condition for a spike is looked at: a section, { section, part of its length }, or "everywhere"; the first compartment unless given. `method` is "implicit" (backward
--- Euler, order 1, unless given) or "crank-nicolson" (order 2). The rest is as of net:population.
---@param opt { morphology: Section, neuron: Model, size?: integer, Ra?: number, Cm?: number, spike_at?: string|table, method?: "implicit"|"crank-nicolson", name?: string, parameters?: table, dt?: number, refs?: table, arrays?: table, drive?: table }
---@return Cables
function Network:cables(opt)
  local where = "net:cables"
  options.colon(self, "network", where)
  options.check(where, opt, { size = "number", neuron = "table", morphology = "table", Ra = "number", Cm = "number", spike_at = "string|table", method = "string",
    name = "string", parameters = "table", dt = "number", refs = "table", arrays = "table", drive = "table" }, { "neuron", "morphology" })
  if not model.is(opt.neuron, "neuron") then options.fail(where .. ": option 'neuron' must be a neuron model (lp.neuron{...})") end
  if not opt.neuron.checked.is_cable then
    options.fail(("%s: model '%s' does not say what flows through the membrane: a line 'Im = ...' is missing, and lines that read v"):format(where, opt.neuron.name))
  end
  if opt.dt then options.number(where, "dt", opt.dt, 0, math.huge, true) end
  local name, made = self:_new_name(self.populations, "population", opt.name), cables.options(where, opt)
  return self:_add(self.populations, function()
    local p = cables.new(self, made, clock_of(self, opt), name)
    if opt.drive then drive.add(p, opt.drive) end
    return p
  end)
end

--- Add Poisson neurons: in every step each spikes with probability rate * dt / 1000. `rates` in Hz: one, one each, or a distribution; set
--- `pop.rates`, or elements of it, to change them. Rates that change all the time are an equation text, `rates = "if t < 200: 2000 else: 0"`, or a timed array
--- (a sound, a filterbank) with one channel for all neurons or one for each; a text may read `arrays`, "stim(t, i)". For the sum of many sources see net:poisson_input.
---@param opt { size: integer, rates: number|number[]|array|Distribution|string|Source, name?: string, geometry?: integer[], dt?: number, drive?: table, arrays?: table }
---@return Population
function Network:poisson(opt)
  options.colon(self, "network", "net:poisson")
  options.check("net:poisson", opt, { size = "number", rates = "number|table|userdata|string", name = "string", geometry = "table", dt = "number", drive = "table",
    arrays = "table" })
  local rates, drives = opt.rates, opt.drive or {}
  if drive.is_source(rates) then rates, drives = nil, { rates = rates } end
  if rates == nil and not drives.rates then options.fail "net:poisson: option 'rates' is missing" end
  if opt.arrays and type(rates) ~= "string" then options.fail "net:poisson: option 'arrays' belongs to rates that are a text, such as \"stim(t, i)\"" end
  if rates ~= nil and drives.rates then options.fail "net:poisson: either 'rates' or a drive of 'rates' can be given" end
  local fixed = shape_of(self, "net:poisson", opt)
  return self:_add(self.populations, function() return source.poisson(self, fixed, clock_of(self, opt), rates, drives, opt.arrays) end)
end

--- Add neurons that emit given spikes: `neuron[k]` at time `t[k]` (ms, the nearest step), in any order; or `spikes`, a list of times for each
--- neuron. Every time is a spike, also where several of one neuron fall into a step. `period` repeats them for ever, without drift.
---@param opt { size: integer, neuron?: integer[], t?: number[], spikes?: number[][], period?: number, name?: string, dt?: number }
---@return Population
function Network:spike_source(opt)
  options.colon(self, "network", "net:spike_source")
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
  local fixed = shape_of(self, "net:spike_source", opt)
  return self:_add(self.populations, function() return source.spikes(self, fixed, clock_of(self, opt), neuron, t, opt.period) end)
end

--- Positions of neurons on the grid of their population's geometry, 0..1 along each axis.
function Network:_positions(part)
  local shape = part:_whole().geometry
  local at = array.new("float64", part.size, #shape)
  local selection = part:_selection()
  for k = 1, part.size do
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
  return from:_whole():_has_spikes() and models.static or models.rate
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
  if type(c) == "string" then return connectors.condition(c) end
  return options.fail("net:project: option 'connect' must be a condition such as \"i != j\", or a connector such as lp.all_to_all() or lp.fixed_probability(0.1)")
end

--- A text of weights or delays, or several by names, where the connector knows what `distance` is.
local with_distance
function with_distance(joined, text)
  if pathways.is_named(text) then
    local made = {}
    for name, value in pairs(text) do made[name] = with_distance(joined, value) end
    return made
  end
  if type(text) ~= "string" or not joined.distance then return text end
  return (text:gsub("%f[%w_.]distance%f[^%w_]", function() return "(" .. joined.distance .. ")" end))
end

--- What net:project does, once its options are checked.
local function connected(self, name, synapse, opt)
  local joined = connector(opt)
  if not self._is_plan then joined = connect.bind(joined, opt.from, opt.to, ("projection '%s'"):format(name)) end
  if opt.delays ~= nil and joined.delays ~= nil then
    options.fail(("projection '%s': the connector has delays of its own: leave out option 'delays'"):format(name))
  end
  local n = estimate.synapses(joined, opt.from, opt.to)
  if n and not self._is_plan then estimate.check_synapses(("projection '%s'"):format(name), n, joined, opt.weights or joined.weights, self._precision == "float32" and 4 or 8) end
  local _ <close> = progress.watch(("projection '%s'%s:"):format(name, n and (", about %s"):format(words.plural(n, "synapse")) or ""),
    not self._is_plan and opt.from.size * opt.to.size > LONG_BUILD)
  return projection.new(self, name, {
    from = opt.from, to = opt.to, connect = joined, targets = target_list(opt), synapse = synapse, weights = with_distance(joined, opt.weights),
    delays = with_distance(joined, opt.delays) or joined.delays,
    parameters = opt.parameters, refs = opt.refs, arrays = opt.arrays, weights_as = opt.weights_as,
  })
end

--- Connect two populations or views. An end may be a projection, too, or a part of its synapses: these are then what neurons are elsewhere, in their order.
--- `weights`, `delays` (ms): a number, one value per synapse, a distribution, a function of the two neurons, or an equation text (of delays one of `i`, `j`, `pre.X`,
--- `post.X`, numbers and draws: "0.5 + abs(pre.x - post.x)/300"). No delay given means the next step. `delays = { pre_spike = 1, post_spike = 2 }` gives them by the names of what the synapses' model does.
--- `refs = { mod = population }` names populations that its equations read, `refs = { gate = proj }` other synapses, those of the same pairs, or `{ proj, index = { ... } }`. `target` names the input of the post neuron: g_TARGET for spikes, sum(TARGET) for rates; several share one weight.
--- `weights_as = "float16"` rounds weights that are given as a whole (`weights`, `proj.w = ...`) to numbers of 16 bits, off by at most 1/2048 of each and up to 65504, `"int16"` to whole numbers of a step, off by at
--- most 1/8192 of the largest: synapses with delays of their own then take 4 bytes where several projections leave one population. For weights that stay; what is written into single ones is not rounded, and takes the memory that it needs.
---@param opt { from: Population|PopulationView|Projection, to: Population|PopulationView|Projection, connect: Connector, target?: string|string[], synapse?: Model, weights?: any, weights_as?: "float16"|"int16", delays?: any, parameters?: table, refs?: table, arrays?: table, name?: string }
---@return Projection
function Network:project(opt)
  options.colon(self, "network", "net:project")
  options.check("net:project", opt, { from = "table", to = "table", connect = "any", target = "string|table", synapse = "table",
    weights = "any", weights_as = "string", delays = "number|table|userdata|function|string", parameters = "table", refs = "table", arrays = "table",
    name = "string" }, { "from", "to", "connect" })
  for _, key in ipairs { "from", "to" } do
    local one = opt[key]
    if not population.is(one) and not projection.is(one) and not view.is(one) then
      options.fail(("net:project: option '%s' must be a population, or a projection, or a part of one"):format(key))
    end
    if one:_whole()._net ~= self then options.fail(("net:project: option '%s' belongs to another network"):format(key)) end
    if one:_synapses() then ends.check(("net:project: option '%s'"):format(key), one:_whole()) end
  end
  local own = connect.is(opt.connect) and opt.connect.synapse
  if own and opt.synapse then options.fail(("net:project: the connector %s says what its synapses do: leave out option 'synapse'"):format(opt.connect)) end
  local synapse = own and model.synapse(own) or opt.synapse or default_synapse(opt.from)
  if not model.is(synapse, "synapse") then options.fail("net:project: option 'synapse' must be a synapse model (lp.synapse{...} or one of lp.models)") end
  local name = self:_new_name(self.projections, "projection", opt.name)
  return self:_add(self.projections, connected, self, name, synapse, opt)
end

--- Names of the constants, sorted.
function Network:_constant_names()
  local names = {}
  for name in pairs(self.constants) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function reads(object, pop)
  for _, ref in pairs(object._refs) do
    if ref.population == pop then return true end
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
  for _, input in ipairs(self.inputs) do
    if input.to:_whole() == pop then input:_rebuild() end
  end
  self._changing[pop] = nil
end

--- The array of a variable was replaced by a wider one: recordings go on with it.
function Network:_array_replaced(what, name, before, after)
  for _, r in ipairs(self.recordings) do r:_widen(what, name, before, after) end
end

function Network:_note_native(native) self._natives[native] = true end

--- Warn, once for each key; `name` is that of the population or projection that it is about.
function Network:_warn(key, message, name)
  if self._warned[key] or not self._warns or type(self._warns) == "table" and name and self._warns[name] == false then return end
  self._warned[key] = true
  options.warn(message)
end

--- Numbers from a distribution, drawn with the network's seed: `net:draw(lp.normal(0, 1), 100)`. Every call gives new ones; the same script
--- gets the same.
---@param distribution Distribution
---@param n integer
---@return array  [n] float64
function Network:draw(distribution, n)
  if not random.is(distribution) then options.fail("net:draw: a distribution such as lp.uniform(0, 1) expected, got " .. type(distribution)) end
  local a = array.new("float64", options.whole("net:draw", "n", n, 0))
  values.assign("net:draw", self, 0, a, distribution)
  return a
end

function Network:__tostring() return require("lunapse.tell.printing").network(self) end

-- ---- making ----

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

--- A method for equations that name none. Event-driven is what single equations of synapses may be.
local function method_of(name)
  local meaning = flags.methods[name]
  if meaning and meaning ~= "event-driven" then return name end
  if meaning then options.fail("lp.network: method event-driven is for single equations of synapses: write it behind them as a flag") end
  local names = {}
  for known, meant in pairs(flags.methods) do
    if meant ~= "event-driven" then names[#names + 1] = known end
  end
  return options.fail("lp.network: " .. options.unknown("method", name, names))
end

--- Constants as they were given, checked.
local function constants_of(given)
  local constants = {}
  for name, value in pairs(given) do
    if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then options.fail(("lp.network: a constant has a name, got %s"):format(options.show(name))) end
    options.number("lp.network, constants", name, value, -math.huge, math.huge, false, true)
    constants[name] = value
  end
  return constants
end

--- What a network warns of: true, false, or names of objects of which it says nothing.
local function warnings_of(given)
  if type(given) ~= "table" then return given ~= false end
  local by_name = {}
  for name, value in pairs(given) do
    by_name[name] = value
    if type(name) ~= "string" or type(value) ~= "boolean" then
      options.fail(("lp.network, warnings: names of populations and projections with true or false expected, such as { cells = false }, got %s = %s"):format(
        options.show(name), options.show(value)))
    end
  end
  return by_name
end

--- A new network.
--- `dt` in ms (0.1 unless given), `seed` of all its random numbers, `threads` (1 unless given; results do not depend on it), `precision`
--- "float64" or "float32", `method` for equations that name none (with "rk45" the tolerances `rtol` and `atol`, 1e-6 and
--- 1e-9 unless given), `tier` "auto", "interpreter" or "native", `math` "exact" or "fast",
--- `warnings` = false for a network that says nothing about what looks like a mistake, or { NAME = false } where it says nothing of this population or projection, `finite` = false for one that goes on where a variable becomes NaN or infinite.
--- `constants` are values of the parameters that models only name, without a default: `constants = { lr = 0.1 }`, and in models `parameters = "lr"`.
---@param opt? { dt?: number, seed?: integer, threads?: integer, precision?: string, method?: string, rtol?: number, atol?: number, tier?: string, math?: string, warnings?: boolean|table<string, boolean>, finite?: boolean, constants?: table<string, number> }
---@return Network
--- Errors: "lp.network: unknown method 'eular': did you mean 'euler'?".
function network.new(opt)
  opt = options.check("lp.network", opt or {}, { dt = "number", seed = "number", threads = "number", precision = "string", method = "string",
    rtol = "number", atol = "number", tier = "string", math = "string", warnings = "boolean|table", finite = "boolean", constants = "table" })
  local dt = options.number("lp.network", "dt", opt.dt or 0.1, 0, math.huge, true)
  local seed = options.whole("lp.network", "seed", opt.seed or 1, 0)
  require("lunapse.tell.provenance").note_seed(seed)
  local threads = options.whole("lp.network", "threads", opt.threads or 1, 1, 256)
  local precision = choice("precision", opt.precision or "float64", precisions)
  for _, name in ipairs { "rtol", "atol" } do
    if opt[name] and opt.method ~= "rk45" then
      options.fail(("lp.network: option '%s' is a tolerance of method rk45, and the method is %s"):format(name, opt.method or "explicit"))
    end
    if opt[name] then options.number("lp.network", name, opt[name], 0, math.huge, true) end
  end
  return fields.object(Network, {
    _fixed = { dt = dt, seed = seed, populations = {}, projections = {}, inputs = {}, recordings = {}, operations = {},
      constants = constants_of(opt.constants or {}) }, _threads = threads,
    _precision = precision,
    _method = method_of(opt.method or "explicit"), _rtol = opt.rtol, _atol = opt.atol, _tier = choice("tier", opt.tier or os.getenv "LUNAPSE_TIER" or "auto", tiers),
    _math = choice("math", opt.math or "exact", maths), _core = engine.network(dt, seed, precision, threads), _draws = 0, _natives = {}, _warned = {},
    _changing = {}, _kept = {}, _stored = {}, _retired = {}, _warns = warnings_of(opt.warnings), _finite = opt.finite ~= false,
    _is_plan = planned.asked() ~= nil,
  })
end

network.class = Network
return network
