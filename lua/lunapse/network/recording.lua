--- Recordings: what `net:record` gives back. They fill while the network runs and may be read at any time between steps.
local array = require "lunapse.core.array"
local options = require "lunapse.options"
local spans = require "lunapse.network.spans"

---@class Recording          rows of variables over time
---@field t array            [rows] times in ms: the state at t
---@field [string] array     each recorded variable, [rows][elements]; NaN while a synapse was not there
---@field pre array          [elements] of synapses: the neurons that each column joins
---@field post array
local Recording = {}

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
local SpikeRecording = {}

local recording = {}

--- Cached until the network has moved on.
local function fresh(self, key, make)
  local now = self._net._core:time()
  if rawget(self, "_at") ~= now or rawget(self, "_count") ~= self:count() then
    rawset(self, "_cache", {})
    rawset(self, "_at", now)
    rawset(self, "_count", self:count())
  end
  if self._cache[key] == nil then self._cache[key] = make() end
  return self._cache[key]
end

function Recording:__index(key)
  if Recording[key] ~= nil then return Recording[key] end
  local cores = rawget(self, "_cores")
  if key == "t" then return fresh(self, "t", function() return cores[1].core:times() end) end
  local owner = rawget(self, "_owner")
  if (key == "pre" or key == "post") and owner and owner._is_projection then
    local places, kept = rawget(self, "_places"), rawget(self, "_" .. key)
    return kept or (places and owner[key]:take(places) or owner[key])
  end
  for _, c in ipairs(cores) do
    if c.name == key then return fresh(self, key, function() return c.core:rows() end) end
  end
  local names = { "t" }
  for _, c in ipairs(cores) do names[#names + 1] = c.name end
  if type(key) == "string" and options.nearest(key, options.methods { Recording }) then
    return options.missing("recording", key, options.methods({ Recording }, table.unpack(names)))
  end
  return options.fail("recording: " .. options.unknown("variable", tostring(key), names))
end

--- Number of rows so far.
---@return integer
function Recording:count() return rawget(self, "_cores")[1].core:count() end

--- Forget what was recorded so far.
function Recording:clear()
  for _, c in ipairs(rawget(self, "_cores")) do c.core:clear() end
  rawset(self, "_at", nil)
end

--- Stop recording until `resume`.
function Recording:pause()
  for _, c in ipairs(rawget(self, "_cores")) do c.core:set_active(false) end
end

--- Record again after `pause`.
function Recording:resume()
  for _, c in ipairs(rawget(self, "_cores")) do c.core:set_active(true) end
end

--- The array of a variable was replaced.
function Recording:_widen(what, name, before, after)
  for _, c in ipairs(rawget(self, "_cores")) do
    if c.array == before then
      local ok = pcall(c.core.widen, c.core, after)
      if ok then
        c.array, c.width = after, #after
        rawset(self, "_at", nil)
      else
        c.core:set_active(false)
        rawget(self, "_net"):_warn(("follow %s %s"):format(what, name), ("the recording of %s, %s ends: it now has %d values"):format(what, name, #after))
      end
    end
  end
end

function SpikeRecording:_widen() end

function Recording:__tostring()
  local names = {}
  for _, c in ipairs(rawget(self, "_cores")) do names[#names + 1] = c.name end
  return options.printable(("recording of %s: %d rows of %s"):format(rawget(self, "_of"), self:count(), table.concat(names, ", ")))
end

function Recording:__complete()
  local names = { "t", "count", "clear", "pause", "resume" }
  for _, c in ipairs(rawget(self, "_cores")) do names[#names + 1] = c.name end
  return names
end

--- Rows of variables. `columns` are { name =, array =, projection = }.
function recording.rows(net, of, columns, places, clock, every, owner)
  local cores = {}
  for k, c in ipairs(columns) do
    cores[k] = { name = c.name, array = c.array, width = places and #places or #c.array, core = net._core:recorder(c.array, places, clock, every, c.projection) }
  end
  return setmetatable({ _net = net, _cores = cores, _of = of, _clock = clock, _period = every, _owner = owner, _all = not places,
    _places = places and array.from(places):astype("int64") or nil }, Recording)
end

function SpikeRecording:__index(key)
  if SpikeRecording[key] ~= nil then return SpikeRecording[key] end
  local core = rawget(self, "_core")
  if key == "neuron" then return fresh(self, key, function() return core:neurons() end) end
  if key == "t" then return fresh(self, key, function() return core:times() end) end
  if key == "step" then return fresh(self, key, function() return core:steps() end) end
  if key == "to" then return math.max(rawget(self, "_net")._core:time(), self.from) end
  if key == "spans" then return spans.up_to(rawget(self, "_spans"), self.from, self.to) end
  if key == "neurons" then return nil end
  local analysis = require "lunapse.analysis.spikes"
  if rawget(analysis, key) then
    return function(recorded, ...) return analysis[key](recorded, ...) end
  end
  return options.missing("recording", key, options.methods({ SpikeRecording, analysis }, "neuron", "t", "step", "n", "neurons", "from", "to", "dt", "spans"))
end

--- The beginning of the next step of what is recorded: from then on a change acts.
local function boundary(self) return rawget(self, "_net")._core:clock_step(rawget(self, "_clock")) * self.dt end

--- Number of spikes so far.
---@return integer
function SpikeRecording:count() return rawget(self, "_core"):count() end

--- Forget the spikes so far; the recording then starts now.
function SpikeRecording:clear()
  rawget(self, "_core"):clear()
  rawset(self, "from", boundary(self))
  rawset(self, "_spans", spans.restart(rawget(self, "_spans"), self.from))
  rawset(self, "_at", nil)
end

--- Stop recording until `resume`.
function SpikeRecording:pause()
  rawget(self, "_core"):set_active(false)
  spans.close(rawget(self, "_spans"), boundary(self))
end

--- Record again after `pause`.
function SpikeRecording:resume()
  rawget(self, "_core"):set_active(true)
  spans.open(rawget(self, "_spans"), boundary(self))
end

function SpikeRecording:__tostring()
  return options.printable(("recording of %s: %d spikes of %d neurons in %g .. %g ms"):format(rawget(self, "_of"), self:count(), self.n, self.from, self.to))
end

function SpikeRecording:__complete()
  local names = { "neuron", "t", "step", "n", "neurons", "from", "to", "spans", "count", "clear", "pause", "resume" }
  for name, f in pairs(require "lunapse.analysis.spikes") do
    if type(f) == "function" then names[#names + 1] = name end
  end
  return names
end

--- Spikes of a population, or of some of its neurons, in the order of their list.
function recording.spikes(net, pop, of, neurons)
  local core = net._core:spike_recorder(pop._core, neurons and neurons:sort())
  local self = setmetatable({ _net = net, _core = core, _of = of, _pop = pop, _clock = pop._clock, n = neurons and #neurons or pop.size,
    dt = net:dt_of(pop._clock), neurons = neurons, _spans = {} }, SpikeRecording)
  rawset(self, "from", boundary(self))
  spans.open(self._spans, self.from)
  return self
end

recording.Recording, recording.SpikeRecording = Recording, SpikeRecording
return recording
