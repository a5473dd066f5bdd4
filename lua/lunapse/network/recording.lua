--- Recordings: what `net:record` makes. They fill while the network runs and may be read at any time between steps.
local array = require "lunapse.core.array"
local fields = require "lunapse.network.fields"
local options = require "lunapse.options"
local poisson_input = require "lunapse.network.poisson_input"
local population = require "lunapse.network.population"
local projection = require "lunapse.network.projection"
local layout = require "lunapse.network.record_layout"
local record_file = require "lunapse.network.record_file"
local spans = require "lunapse.network.spans"
local tree = require "lunapse.language.base.tree"
local view = require "lunapse.network.view"

---@class Recording          rows of variables over time
---@field t array            [rows] times in ms: the state at t
---@field [string] array     each recorded variable, [rows][elements]; NaN while a synapse was not there
---@field pre array          [elements] of synapses: the neurons that each column joins
---@field post array
local Recording = { _noun = "recording" }

--- Spikes of a population while the network ran. What lp.analysis offers is a method too: `spikes:mean_rate()`. Results have an entry for each neuron that is
--- recorded, in the order of `neurons`, and time in which the recording paused does not count.
---@class SpikeRecording
---@field neuron array       [spikes] neuron numbers from 1
---@field t array            [spikes] times in ms
---@field step array         [spikes] step numbers from 0
---@field n integer          neurons recorded
---@field neurons array?     [n] their numbers, in the order in which they were given; nil for all of the population
---@field from number        ms, start of the recording
---@field to number          ms, the present
---@field spans number[][]?  { { from, to }, ... } in ms: when it was on; nil where it never paused
---@field [string] array     [spikes] each variable of option `with`: its value at the spike, before the reset
local SpikeRecording = { _noun = "recording" }

local shared = fields.declare {
  _net = { "given", "the network" },
  _of = { "given", "what is recorded, in words" },
  _owner = { "given", "the population or projection that is recorded" },
  _place = { "given", "where in which file it is; nil: in memory" },
  _cache = { "scratch", "arrays that were read, until the network moves on" },
  _at = { "scratch", "the time for which the cache holds" },
  _count = { "scratch", "and the number of rows or spikes" },
}

Recording._fields = fields.declare({
  _period = { "given", "ms between two rows; 0: every step" },
  _all = { "given", "whether all elements are recorded" },
  _given = { "given", "which elements were asked for; nil: all" },
  _cores = { "made", "a list of { name, variable, array, at, n, width, core }: the engine's recorder of each variable" },
  _places = { "state", "which elements; nil while all of them are in their order" },
  _pre = { "state", "of synapses that have come and gone: the pre neuron of each column" },
  _post = { "state", "and the post neuron" },
}, shared)

SpikeRecording._fields = fields.declare({
  _core = { "made", "the engine's recorder" },
  _fixed = { "given", "n, dt, neurons: read as its fields" },
  _event = { "given", "what is recorded: spike, or another kind of event" },
  _columns = { "given", "what is kept of each spike besides: a list of { name, array }" },
  _from = { "state", "ms, start of the recording: read as `from`" },
  _spans = { "state", "when it was on, so far: read as `spans`" },
}, shared)

local recording = { Recording = Recording, SpikeRecording = SpikeRecording, methods = {} }

--- Cached until the network has moved on. `make` gets where those rows are that are in a file; `of`: which, where that is not `key`.
local function fresh(self, key, make, of)
  local now = self._net._core:time()
  local count = self:_length()
  if self._at ~= now or self._count ~= count then self._cache, self._at, self._count = {}, now, count end
  if self._cache[key] == nil then self._cache[key] = record_file.read(self, of or key, make) end
  return self._cache[key]
end

local function refuse_to_set(self, key, value)
  if getmetatable(self)._fields[key] then return rawset(self, key, value) end
  options.fail(("recording: '%s' cannot be set"):format(tostring(key)))
end

--- The end of the block of a variable `<close>`.
local function close(self)
  if not getmetatable(self)._is_removed then self:remove() end
end

-- ---- rows of variables ----

--- The neurons that each column joins, of synapses.
local function side_of(self, key)
  local places, kept = self._places, self["_" .. key]
  return kept or (places and self._owner[key]:take(places) or self._owner[key])
end

--- Names of the variables that it holds.
---@return string[]
function Recording:_names()
  local names = {}
  for k, c in ipairs(self._cores) do names[k] = c.name end
  return names
end

--- Variables come before methods: one may be named `count`. (So the library calls those of its own that begin with "_".)
function Recording:__index(key)
  if Recording._fields[key] then return nil end
  local cores = rawget(self, "_cores")
  if key == "t" then return fresh(self, "t", function(...) return cores[1].core:times(...) end) end
  if (key == "pre" or key == "post") and self._owner:_synapses() then return side_of(self, key) end
  for _, c in ipairs(cores) do
    if c.name == key then return fresh(self, key, function(...) return c.core:rows(...) end) end
  end
  if Recording[key] ~= nil then return Recording[key] end
  return options.unread("recording", key, { "t", table.unpack(self:_names()) }, options.methods { Recording })
end

Recording.__newindex = refuse_to_set

function Recording:_length() return self._cores[1].core:count() end

--- Number of rows so far.
---@return integer
function Recording:count() return self:_length() end

--- Add to each of `sums` the squared differences of its column of a variable from `target`, which has a number for each row, each times its weight where there are weights.
function Recording:_add_squares(name, target, weights, sums)
  for _, c in ipairs(self._cores) do
    if c.name == name then return c.core:add_squares(target, weights, sums) end
  end
end

--- Forget what was recorded so far.
function Recording:clear() self:_clear() end

function Recording:_clear()
  for _, c in ipairs(self._cores) do c.core:clear() end
  self._at = nil
  if self._place then record_file.settle(self._net) end
end

--- Stop recording until `resume`.
function Recording:pause() self:_turn(false) end

--- Record again after `pause`.
function Recording:resume() self:_turn(true) end

--- Record, or do not.
function Recording:_turn(is_on)
  for _, c in ipairs(self._cores) do c.core:set_active(is_on) end
end

--- Write what was recorded to a file: .h5 as recordings with the option `file` lie in theirs; .npz with the arrays by name; .csv or .tsv, a column for each element.
---@param path string
function Recording:save(path) layout.save(self, path) end

--- End it and forget its rows: see net:remove. A recording ends when it is removed and not before; `local r <close> = net:record(...)` removes it where the
--- block of that line ends. What is in its file stays there.
function Recording:remove() self._net:remove(self) end

Recording.__close = close

function Recording:_title() return ("the recording of %s (%s)"):format(self._of, self:_recorded()) end

--- Leave the engine.
function Recording:_detach()
  for _, c in ipairs(self._cores) do c.core:remove() end
end

--- Which recording of its network it is: the same in every run of a script.
function Recording:_key() return "rows " .. self._cores[1].core:id() end

--- It begins at the present.
function Recording:_restart() self._at = nil end

--- The array of a variable was replaced.
function Recording:_widen(what, name, before, after)
  for _, c in ipairs(self._cores) do
    if rawequal(c.array, before) then
      local is_fixed = record_file.is_fixed(self) and (#after ~= c.width or after:type() ~= before:type())
      local ok = not is_fixed and pcall(c.core.widen, c.core, after)
      if ok then
        c.array, c.width, self._at = after, #after, nil
      else
        if self._place then self:_turn(false) else c.core:set_active(false) end          -- rows of a file go in step
        self._net:_warn(("follow %s %s"):format(what, name), ("the recording of %s, %s ends: it now has %d values"):format(what, name, #after))
      end
    end
  end
end

--- It is to begin later.
function Recording:_begin() end

function Recording:_holds_spikes() return false end

--- Its columns stay what they are: synapses that come later have none.
function Recording:_is_fixed() return self._place ~= nil end

--- The time between two rows, ms; 0: every step.
function Recording:_every() return self._period end

--- Bytes that its rows take when it has gone on for `duration` ms.
function Recording:_bytes_after(duration)
  if self._place then return record_file.block_bytes(self) end
  local row = 0
  for _, c in ipairs(self._cores) do row = row + fields.bytes_of[c.array:type()] * c.width + 8 end
  return row * (self:_length() + duration / math.max(self._period, self._net:dt_of(self._owner._clock)))
end

function Recording:_what() return ("variables of %s"):format(self._of) end

function Recording:_recorded() return table.concat(self:_names(), ", ") end

function Recording:_state()
  local list = fields.items(self)
  for _, c in ipairs(self._cores) do
    fields.add_engine_items(list, c.core, c.name .. "/")
  end
  return list
end

function Recording:__tostring()
  return options.printable(("recording of %s: %d rows of %s"):format(self._of, self:_length(), self:_recorded()))
end

function Recording:__complete() return { "t", "count", "clear", "pause", "remove", "resume", "save", table.unpack(self:_names()) } end

-- ---- spikes ----

--- What is kept of each spike, as analysis takes it: name -> values.
local function with_of(self)
  local with = {}
  for _, c in ipairs(self._columns) do with[c.name] = self[c.name] end
  return next(with) and with or nil
end

--- Names of what is kept of each spike.
---@return string[]
function SpikeRecording:_names()
  local names = {}
  for k, c in ipairs(self._columns) do names[k] = c.name end
  return names
end

function SpikeRecording:__index(key)
  if SpikeRecording[key] ~= nil then return SpikeRecording[key] end
  if SpikeRecording._fields[key] then return nil end
  local fixed = rawget(self, "_fixed")[key]
  if fixed ~= nil then return fixed end
  local core = rawget(self, "_core")
  if key == "neuron" then return fresh(self, key, function(...) return core:neurons(...) end) end
  if key == "t" then return fresh(self, key, function(...) return core:times(...) end) end
  if key == "step" then return fresh(self, key, function(...) return core:steps(...) end, "t") end
  if key == "from" then return self._from end
  if key == "to" then return math.max(self._net._core:time(), self._from) end
  if key == "spans" then return spans.up_to(self._spans, self.from, self.to) end
  for k, c in ipairs(self._columns) do
    if c.name == key then return fresh(self, key, function(...) return core:values(k, ...) end) end
  end
  if key == "with" then return with_of(self) end
  if key == "neurons" then return nil end
  local analysis = require "lunapse.analysis"
  if rawget(analysis, key) then
    return function(recorded, ...) return analysis[key](recorded, ...) end
  end
  return options.missing("recording", key, options.methods({ SpikeRecording, analysis }, "neuron", "t", "step", "n", "neurons", "from", "to", "dt", "spans",
    table.unpack(self:_names())))
end

SpikeRecording.__newindex = refuse_to_set

--- The beginning of the next step of what is recorded: from then on a change acts.
local function boundary(net, owner) return net._core:clock_step(owner._clock) * net:dt_of(owner._clock) end

function SpikeRecording:_length() return self._core:count() end

--- Number of spikes so far.
---@return integer
function SpikeRecording:count() return self:_length() end

--- Forget the spikes so far; the recording then starts now.
function SpikeRecording:clear() self:_clear() end

function SpikeRecording:_clear()
  self._core:clear()
  self:_restart()
  if self._place then record_file.settle(self._net) end
end

--- It begins at the present.
function SpikeRecording:_restart()
  self._from, self._at = boundary(self._net, self._owner), nil
  self._spans = spans.restart(self._spans, self._from)
end

--- Stop recording until `resume`.
function SpikeRecording:pause() self:_turn(false) end

--- Record again after `pause`.
function SpikeRecording:resume() self:_turn(true) end

--- Record, or do not.
function SpikeRecording:_turn(is_on)
  self._core:set_active(is_on)
  local turn = is_on and spans.open or spans.close
  turn(self._spans, boundary(self._net, self._owner))
end

--- Write the spikes to a file: .h5 as recordings with the option `file` lie in theirs (SONATA); .npz with the arrays by name; .csv or .tsv with columns t, neuron.
---@param path string
function SpikeRecording:save(path) layout.save(self, path) end

--- End it and forget its spikes: see net:remove. A recording ends when it is removed and not before; `local spikes <close> = net:record(...)` removes it where
--- the block of that line ends. What is in its file stays there.
function SpikeRecording:remove() self._net:remove(self) end

SpikeRecording.__close = close

function SpikeRecording:_title() return ("the recording of %s (%s)"):format(self._of, self:_recorded()) end

function SpikeRecording:_detach() self._core:remove() end

function SpikeRecording:_key() return "spikes " .. self._core:id() end

function SpikeRecording:_begin(t) self._from = t end

--- The array of a variable was replaced.
function SpikeRecording:_widen(_, _, before, after)
  for k, c in ipairs(self._columns) do
    if rawequal(c.array, before) then
      self._core:follow(k, after)
      c.array = after
    end
  end
end

function SpikeRecording:_holds_spikes() return true end

function SpikeRecording:_every() return 0 end

--- Nobody knows how many spikes there will be.
function SpikeRecording:_bytes_after() return 0 end

function SpikeRecording:_what() return ("%s of %s"):format(self:_recorded(), self._of) end

function SpikeRecording:_recorded() return self._owner:_events()[self._event] end

function SpikeRecording:_state()
  return fields.add_engine_items(fields.items(self), self._core)
end

function SpikeRecording:__tostring()
  local with = #self._columns > 0 and " with " .. table.concat(self:_names(), ", ") or ""
  return options.printable(("recording of %s: %d %s of %d neurons%s in %g .. %g ms"):format(self._of, self:_length(), self:_recorded(), self.n, with, self.from,
    self.to))
end

function SpikeRecording:__complete()
  local names = { "neuron", "t", "step", "n", "neurons", "from", "to", "spans", "count", "clear", "pause", "remove", "resume", "save", table.unpack(self:_names()) }
  for name, f in pairs(require "lunapse.analysis") do
    if type(f) == "function" then names[#names + 1] = name end
  end
  return names
end

-- ---- making ----

--- What a recording of spikes has besides methods.
local is_of_spikes = { neuron = true, t = true, step = true, n = true, neurons = true, from = true, to = true, dt = true, spans = true, with = true }

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

--- What is recorded, and which elements of it: a view means those of its population.
local function subject(object, opt)
  if projection.is(object) or poisson_input.is(object) then return object, opt.of end
  if not population.is(object) and not view.is(object) then
    options.fail("net:record: a population, a projection, a part of one, or a Poisson input expected, got " .. options.show(object))
  end
  local whole = object:_whole()
  if whole == object then return object, opt.of end
  if opt.of then options.fail("net:record: option 'of' cannot be used with a view") end
  local selection = object:_selection()
  return whole, selection.index or array.arange(selection.first, selection.first + selection.n - 1)
end

--- Is it a kind of events, which may be missing?
local function is_event(owner, name)
  return name == "spike" or name == "axon_spike" or owner ~= nil and population.is(owner) and owner:_events()[name] ~= nil
end

local function check_names(names, owner)
  for k, name in ipairs(names) do
    if type(name) ~= "string" then options.fail(("net:record: names of variables expected, got %s"):format(options.show(name))) end
    if is_event(owner, name) and #names > 1 then
      options.fail(("net:record: '%s' is recorded by itself; what is wanted at each spike is option 'with'"):format(name))
    end
    for i = 1, k - 1 do
      if names[i] == name then options.fail(("net:record: '%s' is named twice"):format(name)) end
    end
  end
end

--- The variable of a name, or that into which what is defined is computed; an error where there is none.
local function variable_of(owner, name, is_at_spikes)
  if owner:_is_defined(name) then
    owner:_note_use(name)
    return owner:_look_at(name)
  end
  local v = owner:_variable(name)
  if not v or v.kind == "hidden" or v.kind == "derived" then
    local known = owner:_variable_names()
    for event in pairs(not is_at_spikes and population.is(owner) and owner:_events() or {}) do known[#known + 1] = event end
    options.fail(("net:record: %s: %s"):format(owner:_title(), options.unknown("variable", name, known)))
  end
  owner:_note_use(name)
  return v
end

--- What is to be kept of each spike.
local function columns_of_spikes(owner, with)
  if type(with) == "string" then with = { with } end
  check_names(with)
  local columns, arrays = {}, {}
  for _, name in ipairs(with) do variable_of(owner, name, true) end          -- whatever compiles anew does so before arrays are taken
  for k, name in ipairs(with) do
    local v = variable_of(owner, name, true)
    if SpikeRecording[name] or is_of_spikes[name] or rawget(require "lunapse.analysis", name) then
      options.fail(("net:record: '%s' cannot be kept with spikes: a recording of spikes has something else of that name. A definition gives it another: x := %s"):format(
        name, name))
    end
    columns[k] = { name = name, array = owner:_array(v.seen or v.name) }
    arrays[k] = columns[k].array
  end
  return columns, arrays
end

--- Events of a population, or of some of its neurons, in the order of their list.
local function record_spikes(net, owner, event, of, with)
  if not population.is(owner) or not owner:_events()[event] then
    options.fail(("net:record: %s emits no %s"):format(owner:_title(), event == "spike" and "spikes" or "axon spikes"))
  end
  local now = boundary(net, owner)
  local columns, arrays = columns_of_spikes(owner, with or {})
  local core = net._core:spike_recorder(owner._core, of and of:sort(), owner:_number_of_event(event), arrays)
  net:_on_undo(function() core:remove() end)
  return fields.object(SpikeRecording, {
    _net = net, _core = core, _of = owner:_title(), _owner = owner,
    _fixed = { n = of and #of or owner.size, dt = net:dt_of(owner._clock), neurons = of }, _from = now, _spans = { { now } }, _event = event,
    _columns = columns,
  })
end

--- A column of rows.
local function column(owner, name, of)
  local v = variable_of(owner, name)
  if of and v.scope == "uniform" then
    options.fail(("net:record: %s, %s is one value for all: option 'of' does not apply"):format(owner:_title(), name))
  end
  local a, all = owner:_array(v.seen or v.name), owner:_places_of(v.name)
  local at, n = of and owner:_places_of(v.name, of) or all, all and #all or #a
  return { name = name, variable = v.name, array = a, at = at, n = n, width = of and #of or n }
end

--- Must event-driven variables be brought to the present before it is looked at?
local function reads_traces(owner, name)
  if not owner:_is_defined(name) then return owner:_is_event_driven(name) end
  return tree.find(owner._model.checked.definitions_by_name[name].rhs, function(n) return n.kind == "name" and not n.base and owner:_is_event_driven(n.name) end) ~= nil
end

--- Rows of variables.
local function record_rows(net, owner, names, of, every)
  local cores = {}
  owner:_be_whole "a variable of it is recorded"
  for _, name in ipairs(names) do variable_of(owner, name) end          -- whatever compiles anew does so before arrays are taken
  for k, name in ipairs(names) do
    local c = column(owner, name, of)
    if k > 1 and c.n ~= cores[1].n then
      options.fail(("net:record: %s and %s have different sizes (%d and %d): record them separately"):format(names[1], name, cores[1].n, c.n))
    end
    cores[k] = c
  end
  for _, c in ipairs(cores) do
    local ok, core = pcall(net._core.recorder, net._core, c.array, c.at, owner._clock, every, reads_traces(owner, c.name) and owner:_synapses() or nil,
      owner:_is_defined(c.name) and owner._core or nil)
    if not ok then options.fail(("net:record: %s: %s"):format(owner:_title(), core)) end
    c.core = core
    net:_on_undo(function() core:remove() end)
  end
  return fields.object(Recording, { _net = net, _cores = cores, _of = owner:_title(), _period = every, _owner = owner, _all = not of, _given = of, _places = of })
end

local MANY = 10

--- Recordings that nobody removes go on, and each costs time and memory: said once, of the tenth.
local function check_many(net, r)
  local n = 0
  for _, other in ipairs(net.recordings) do
    if other._owner == r._owner and other:_recorded() == r:_recorded() then n = n + 1 end
  end
  if n < MANY then return end
  net:_warn(("many recordings %s %s"):format(r._of, r:_recorded()),
    ("%s has %d recordings of its %s: each goes on, and takes time and memory, until it is removed: r:remove(), or local r <close> = net:record(...)"):format(
      r._of, n, r:_recorded()))
end

---@class Network
local Network = recording.methods

--- Record variables or spikes: `net:record(pop, "spike")`, `net:record(pop, { "v", "u" }, { every = 1, of = { 1, 5 } })`,
--- `net:record(proj, "w", { every = 1000 })`. Rows show the state at t, in the steps that end at multiples of `every` (each step unless given).
---@param object Population|PopulationView|Projection|PoissonInput
---@param names string|string[]
---
--- `with` keeps variables of each neuron that spikes, as the spike finds them, before the reset: `net:record(pop, "spike", { with = { "v" } })` has `spikes.v`, a value for
--- each of `spikes.t`. Other events of the model ("burst", "axon_spike") are recorded by their names in the same way.
---
--- With `file = "traces.h5"` they are appended to that HDF5 file while the network runs, and take no memory; others may read it meanwhile. Several recordings may
--- share it. An old file of that name is replaced when the first run begins, unless the run goes on from a checkpoint, or from a state that was saved, whose rows it
--- has. `compress = true`, or 1 (fast) .. 9 (small), makes it smaller.
---@param opt? { every?: number, from?: number, of?: integer[]|array, with?: string|string[], file?: string, compress?: integer|boolean }
---@return Recording|SpikeRecording
--- Errors: "net:record: '/exc' in 'traces.h5' is that of variables of population 'exc': record all variables at once, { "v", "u" }, or name another file".
function Network:record(object, names, opt)
  options.colon(self, "network", "net:record")
  opt = options.check("net:record", opt or {}, { every = "number", from = "number", of = "table|userdata", with = "string|table", file = "string", compress = "number|boolean" })
  if opt.compress and not opt.file then options.fail "net:record: option 'compress' is of a file: option 'file' is missing" end
  if opt.every then options.number("net:record", "every", opt.every, 0, math.huge, true) end
  if type(names) == "string" then names = { names } end
  if type(names) ~= "table" or #names == 0 then options.fail("net:record: what to record is missing: \"spike\", the name of a variable, or a list of names") end
  local owner, of = subject(object, opt)
  if owner._net ~= self then options.fail(("net:record: %s belongs to another network"):format(owner:_title())) end
  if self._is_plan then of, opt.file = nil, nil end
  if of then of = selected("net:record: " .. owner:_title(), of, owner.size) end
  if opt.from then options.number("net:record", "from", opt.from, -math.huge, math.huge) end
  check_names(names, owner)
  local of_events = is_event(owner, names[1])
  if opt.with and not of_events then options.fail "net:record: option 'with' is of recordings of spikes: record several variables as { \"v\", \"u\" }" end
  self:_check_whole "nothing can be recorded"
  local r = self:_attempt(function()
    local made = of_events and record_spikes(self, owner, names[1], of, opt.with) or record_rows(self, owner, names, of, opt.every or 0)
    if opt.file then record_file.attach(self, made, opt) end
    return made
  end)
  self.recordings[#self.recordings + 1] = r
  check_many(self, r)
  if opt.from and opt.from > self.t then
    r:_turn(false)
    r:_begin(opt.from)
    self:at(opt.from, function()
      if not getmetatable(r)._is_removed then r:_turn(true) end
    end, { when = "start" })
  end
  return r
end

return recording
