--- What spikes say: rates, intervals, trains, correlations.
---
--- Every function takes a record of spikes, a table with the fields
---   neuron  array of neuron numbers, from 1         t   array of times in ms, of the same length
---   n       number of neurons                       from, to   ms: the time that the recording covers, to excluded
---   dt      ms: the time step (for smoothed rates; elsewhere it only forgives rounding)
--- Spikes before `from` and from `to` on are left out. Rates are in Hz, times in ms. What the recorders of a network return is
--- such a record; `spikes.record` checks one that you make yourself.

local array = require "lunapse.core.array"

local spikes = {}

---@class SpikeRecord
---@field neuron Array
---@field t Array
---@field n integer
---@field from number
---@field to number
---@field dt? number

local known = { neuron = true, t = true, n = true, from = true, to = true, dt = true }

local here = debug.getinfo(1, "S").source

--- Raise at the line that called into this file, however deep inside the fault was found.
local function fail(text, ...)
  local level = 2
  while (debug.getinfo(level, "S") or {}).source == here do level = level + 1 end
  error(text:format(...), level)
end

local function as_array(x, what, kind)
  if array.is(x) then
    local _, columns = x:shape()
    if columns then fail("%s must be a 1-d array, got a matrix", what) end
    return x
  end
  if type(x) ~= "table" then fail("%s must be an array or a table of numbers, got %s", what, type(x)) end
  return array.from(x, kind)
end

local function check_number(x, what, is_fine, condition)
  if type(x) ~= "number" or not is_fine(x) then fail("%s must be %s, got %s", what, condition, tostring(x)) end
  return x
end

local function is_finite(x) return x - x == 0 end
local function is_positive(x) return x > 0 and x < math.huge end
local function is_not_negative(x) return x >= 0 and x < math.huge end

--- Times on a grid come with rounding errors: a millionth of a step is no difference.
local function slack(s, width)
  return 1e-6 * (s.dt or width or 0)
end

--- The record checked, its spikes in the window and in the order of time. Copies only what it must.
local function prepare(s)
  if type(s) ~= "table" then fail("a record of spikes must be a table, got %s", type(s)) end
  local t, neuron = as_array(s.t, "t", "float64"), as_array(s.neuron, "neuron", "int64")
  if #t ~= #neuron then fail("t has %d elements but neuron has %d", #t, #neuron) end
  local from = check_number(s.from, "from", is_finite, "a finite time")
  local to = check_number(s.to, "to", function(x) return is_finite(x) and x >= from end, "a finite time, not before from")
  check_number(s.n, "n", function(x) return is_not_negative(x) and x % 1 == 0 end, "a whole number")
  if s.dt ~= nil then check_number(s.dt, "dt", is_positive, "positive") end
  local checked = { n = math.tointeger(s.n), from = from, to = to, dt = s.dt }
  if #t > 0 then
    if not t:isfinite():all() then fail("a time is not finite (spike %d)", t:isfinite():negate():argmax()) end
    if neuron:min() < 1 or neuron:max() > s.n then
      fail("neuron numbers must lie in 1..%d, got %s..%s", s.n, neuron:min(), neuron:max())
    end
    local early = slack(checked)
    if t:min() < from - early or t:max() >= to - early then
      local inside = t:ge(from - early) & t:lt(to - early)
      t, neuron = t[inside], neuron[inside]
    end
    if #t > 1 and t:diff():min() < 0 then
      local order = t:argsort()
      t, neuron = t[order], neuron[order]
    end
  end
  checked.t, checked.neuron = t, neuron
  return checked
end

--- Spikes per neuron (int64).
local function counts(s)
  if s.n == 0 then return array.zeros(0, "int64") end
  return (s.neuron:histogram(s.n, 0.5, s.n + 0.5))
end

local function check_duration(s)
  if s.to <= s.from then fail("the recording covers no time (%g to %g ms)", s.from, s.to) end
  return (s.to - s.from) / 1000
end

--- A record of spikes, checked: fields that are unknown, missing or do not fit are errors that say so; tables become arrays.
---@param s SpikeRecord
---@return SpikeRecord  within its window, in the order of time
function spikes.record(s)
  if type(s) == "table" then
    for field in pairs(s) do
      if not known[field] then fail("a record of spikes has no field '%s' (known: neuron, t, n, from, to, dt)", tostring(field)) end
    end
  end
  return prepare(s)
end

--- The same recording between two times: as a record of its own.
---@param s SpikeRecord  @param from number  ms  @param to number  ms, excluded
---@return SpikeRecord
function spikes.window(s, from, to)
  local whole = prepare(s)
  whole.from = math.max(check_number(from, "from", is_finite, "a finite time"), whole.from)
  whole.to = math.min(check_number(to, "to", is_finite, "a finite time"), whole.to)
  if whole.to < whole.from then fail("nothing was recorded between %g and %g ms", from, to) end
  return prepare(whole)
end

--- Mean rate of all neurons: spikes per neuron and second.
---@param s SpikeRecord
---@return number  Hz; nan without neurons
function spikes.mean_rate(s)
  s = prepare(s)
  return #s.t / (s.n * check_duration(s))
end

--- Mean rate of each neuron.
---@param s SpikeRecord
---@return Array  [n] Hz
function spikes.rates(s)
  s = prepare(s)
  return counts(s) / check_duration(s)
end

--- Rate of each neuron in each step: between two spikes the inverse of their interval, 0 before the first and after the last spike (a
--- spike in the first step starts no interval); then smoothed by x = x + (r - x) dt/smooth, unless smooth <= dt.
---@param s SpikeRecord  with dt
---@param smooth? number  ms; 0 if not given
---@return Array  [n x steps] Hz
function spikes.smoothed_rate(s, smooth)
  s = prepare(s)
  smooth = check_number(smooth or 0, "smooth", is_not_negative, "a time, 0 or more")
  if not s.dt then fail("smoothed_rate needs the time step: dt") end
  local n_steps = math.floor((s.to - s.from) / s.dt + 0.5)
  local rates = array.spike_rates(s.neuron, s.t, s.n, s.from, s.dt, n_steps)
  return smooth > s.dt and rates:lowpass(s.dt / smooth) or rates
end

local function binned(s, bin)
  local n_bins = math.max(1, math.ceil((s.to - s.from) / bin - 1e-6))
  if n_bins >= 2 ^ 31 then fail("bins of %g ms are too narrow for %g ms", bin, s.to - s.from) end
  local edges = array.arange(0, n_bins) * (bin + 0.0) + s.from
  return s.t:histogram(edges - slack(s, bin)), edges
end

--- Spikes of all neurons, counted in bins that begin with the recording. The last bin may reach beyond its end.
---@param s SpikeRecord
---@param bin number  ms
---@return Array  counts (int64)
---@return Array  the edges of the bins, one more, ms
function spikes.histogram(s, bin)
  s = prepare(s)
  check_number(bin, "bin", is_positive, "a positive time")
  return binned(s, bin)
end

--- Rate of the population in bins: count / (bin n), smoothed by x = x + (r - x) bin/smooth if smooth > bin.
---@param s SpikeRecord
---@param bin? number  ms; dt if not given
---@param smooth? number  ms
---@return Array  Hz
---@return Array  where the bins begin, ms
function spikes.population_rate(s, bin, smooth)
  s = prepare(s)
  bin = check_number(bin or s.dt, "bin", is_positive, "a positive time")
  smooth = check_number(smooth or 0, "smooth", is_not_negative, "a time, 0 or more")
  local count, edges = binned(s, bin)
  local rate = count / (bin * s.n / 1000)
  return smooth > bin and rate:lowpass(bin / smooth) or rate, edges:slice(1, -2)
end

local function trains(s)
  local order, count = s.neuron:argsort(), counts(s)   -- stable: in the order of time within each neuron
  local t, result, first = s.t[order], {}, 1
  for i = 1, s.n do
    result[i] = t:slice(first, first + count[i] - 1)
    first = first + count[i]
  end
  return result
end

--- The spike times of each neuron.
---@param s SpikeRecord
---@return Array[]  n arrays, ms (views of one array in order of neurons)
function spikes.trains(s)
  return trains(prepare(s))
end

--- Intervals between the spikes of each neuron.
---@param s SpikeRecord
---@return Array[]  n arrays, ms; of no elements for fewer than two spikes
function spikes.isi(s)
  local result = trains(prepare(s))
  for i, train in ipairs(result) do result[i] = train:diff() end
  return result
end

--- Intervals between the spikes of a neuron, of all neurons together: neuron by neuron, each in the order of time.
---@param s SpikeRecord
---@return Array  ms
function spikes.pooled_isi(s)
  s = prepare(s)
  local order = s.neuron:argsort()
  return s.t[order]:diff()[s.neuron[order]:diff():eq(0)]
end

--- Coefficient of variation of the intervals of each neuron: their standard deviation (population) over their mean.
---@param s SpikeRecord
---@return Array  [n]; nan for fewer than two intervals
function spikes.cv(s)
  s = prepare(s)
  local result = array.full(0 / 0, s.n)
  for i, train in ipairs(trains(s)) do
    if #train >= 3 then
      local intervals = train:diff()
      result[i] = intervals:std() / intervals:mean()
    end
  end
  return result
end

--- A point for each spike: what a raster plot draws.
---@param s SpikeRecord
---@return Array  times, ms
---@return Array  neuron numbers
function spikes.raster(s)
  s = prepare(s)
  return s.t, s.neuron
end

--- How often a spike of neuron `j` comes a given time after one of neuron `i`. With i = j a spike does not meet itself.
---@param s SpikeRecord
---@param i integer  @param j integer
---@param options? {bin?: number, window?: number}  ms: bins of `bin` (1) around lags up to `window` (50) on both sides
---@return Array  counts (int64)
---@return Array  lags, the middles of the bins, ms
function spikes.correlogram(s, i, j, options)
  s = prepare(s)
  local bin, window = 1, 50
  for name, value in pairs(options or {}) do
    if name == "bin" then bin = value
    elseif name == "window" then window = value
    else fail("unknown option '%s' (known: bin, window)", tostring(name)) end
  end
  check_number(bin, "bin", is_positive, "a positive time")
  check_number(window, "window", is_not_negative, "a time, 0 or more")
  local function is_neuron(k) return k % 1 == 0 and k >= 1 and k <= s.n end
  check_number(i, "i", is_neuron, ("a neuron, 1..%d"):format(s.n))
  check_number(j, "j", is_neuron, ("a neuron, 1..%d"):format(s.n))
  local n_half = window / bin // 1 | 0
  local count = array.correlogram(s.t[s.neuron:eq(i)], s.t[s.neuron:eq(j)], bin, n_half, i == j)
  return count, array.arange(-n_half, n_half) * (bin + 0.0)
end

return spikes
