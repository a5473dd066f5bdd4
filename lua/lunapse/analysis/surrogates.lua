--- Trains that keep some of what spikes are and lose the rest: what a measure gives by chance.
local array = require "lunapse.core.array"
local record = require "lunapse.analysis.record"

local surrogates = {}

local function check(s, seed)
  s = record.prepare(s)
  if s.spans and #s.spans > 1 then record.fail "surrogates need a recording without pauses: take a window of it" end
  record.check_number(seed or 1, "seed", function(x) return math.type(x) == "integer" and x >= 0 end, "a whole number from 0")
  return s, seed or 1
end

--- The same recording with other times. Spikes that have left the window are gone.
local function with_times(s, neuron, t)
  return record.prepare { neuron = neuron, t = t, n = s.n, from = s.from, to = s.to, dt = s.dt, neurons = s.neurons, spans = s.spans }
end

local function uniform(width, n, seed) return require("lunapse").uniform(-width, width):draw(n, seed) end

--- Every spike moved by its own random time, up to `width` to both sides: rates stay, precise timing goes (Elephant's dither_spikes).
---@param s SpikeRecord
---@param width number  ms
---@param seed? integer  1
---@return SpikeRecord  without what left the window
function surrogates.jitter(s, width, seed)
  s, seed = check(s, seed)
  record.check_number(width, "width", record.is_positive, "a positive time")
  return with_times(s, s.neuron, s.t + uniform(width, #s.t, seed))
end

--- Every train moved as a whole by a random time, up to `width` to both sides: intervals stay, what neurons have to do with each other goes (Elephant's
--- dither_spike_train).
---@param s SpikeRecord
---@param width number  ms
---@param seed? integer  1
---@return SpikeRecord  without what left the window
function surrogates.shift(s, width, seed)
  s, seed = check(s, seed)
  record.check_number(width, "width", record.is_positive, "a positive time")
  return with_times(s, s.neuron, s.t + uniform(width, s.n, seed):take(s._position))
end

--- The intervals of every train in random order, the first from the start of the recording: the distribution of intervals stays, their order goes (Elephant's
--- shuffle_isis).
---@param s SpikeRecord
---@param seed? integer  1
---@return SpikeRecord
function surrogates.shuffle(s, seed)
  s, seed = check(s, seed)
  local order = uniform(1, #s.t, seed)
  local neuron, t, first = array.zeros(#s.t, "int64"), array.zeros(#s.t), 1
  for i, train in ipairs(record.trains(s)) do
    local n = #train
    if n > 0 then
      local gaps = array.zeros(n)
      gaps[1] = train[1] - s.from
      if n > 1 then gaps:slice(2, n):assign(train:diff()) end
      t:slice(first, first + n - 1):assign(gaps:take(order:slice(first, first + n - 1):argsort()):cumsum() + s.from)
      neuron:slice(first, first + n - 1):fill(s.neurons and s.neurons[i] or i)
      first = first + n
    end
  end
  return with_times(s, neuron, t)
end

return surrogates
