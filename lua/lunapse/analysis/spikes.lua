--- What spikes say: rates, intervals, trains, correlations.
---
--- Every function takes a record of spikes, a table with the fields
---   neuron  array of neuron numbers, from 1         t   array of times in ms, of the same length
---   n       number of neurons                       from, to   ms: the time that the recording covers, to excluded
---   dt      ms: the time step (for smoothed rates; elsewhere it only forgives rounding)
---   neurons the numbers of the n neurons that were recorded, where these are not 1..n: results have an entry for each, in this order
---   spans   { { from, to }, ... } in ms: the stretches of time that were recorded, where that was not all of from..to
---   with    what more is known of each spike: name -> array, of the same length; its names are fields of the record, too
--- Spikes before `from` and from `to` on are left out, and time that was not recorded does not count. Rates are in Hz, times in ms. What the recorders of a
--- network return is such a record; `spikes.record` checks one that you make yourself.
-- This folder (analysis) has what is computed from recordings and rules, on the public API alone.

local array = require "lunapse.core.array"
local options = require "lunapse.options"

local spikes = {}

---@class SpikeRecord
---@field neuron Array
---@field t Array
---@field n integer
---@field from number
---@field to number
---@field dt? number
---@field neurons? Array
---@field spans? number[][]
---@field with? table<string, Array>

local fields = { "neuron", "t", "n", "from", "to", "dt", "neurons", "spans", "with" }
local known = {}
for _, name in ipairs(fields) do known[name] = true end

--- A record that was checked: what this file offers are its methods.
local Record = { __name = "lunapse.spikes" }

function Record:__index(key)
  if rawget(spikes, key) ~= nil then return spikes[key] end
  local with = rawget(self, "with")
  if with and with[key] then return with[key] end
  if not known[key] then return options.missing("record of spikes", key, options.methods({ spikes }, table.unpack(fields))) end
end

function Record:__tostring() return ("%d spikes of %d neurons in %g .. %g ms"):format(#self.t, self.n, self.from, self.to) end

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

--- Where in `neurons` each spike's neuron stands.
local function positions_of(neuron, neurons)
  if #neuron == 0 then return neuron end
  local first, last = neurons:min(), neurons:max()
  if neuron:min() < first or neuron:max() > last then
    fail("neuron numbers must be among the recorded ones, %d..%d, got %d..%d", first, last, neuron:min(), neuron:max())
  end
  local place = array.zeros(last - first + 1, "int64")
  for k = 1, #neurons do place[neurons[k] - first + 1] = k end
  local positions = place:take(neuron - (first - 1))
  if positions:min() == 0 then fail("neuron %d is not among the recorded ones", neuron[positions:argmin()]) end
  return positions
end

local function check_neurons(s)
  local neurons = as_array(s.neurons, "neurons", "int64")
  if #neurons ~= s.n then fail("neurons has %d elements but n is %d", #neurons, s.n) end
  if #neurons > 0 and (neurons:min() < 1 or #neurons:unique() < #neurons) then fail("neurons must be different numbers from 1") end
  return neurons
end

--- The spans within from..to, in order; nil where they are the whole.
local function check_spans(s, from, to)
  if s.spans == nil then return nil end
  local inside, last = {}, -math.huge
  for k, span in ipairs(s.spans) do
    local a, b = type(span) == "table" and span[1], type(span) == "table" and span[2]
    if type(a) ~= "number" or type(b) ~= "number" or not (a >= last and b >= a) then fail("span %d must be { from, to } in ms, behind the span before it", k) end
    last = b
    a, b = math.max(a, from), math.min(b, to)
    if b > a then inside[#inside + 1] = { a, b } end
  end
  if #inside == 1 and inside[1][1] == from and inside[1][2] == to then return nil end
  return inside
end

--- A copy of what more is known of each spike.
local function check_with(s, n)
  if s.with == nil then return nil end
  local with = {}
  for name, values in pairs(s.with) do
    if known[name] or rawget(spikes, name) then fail("with: '%s' means something else in a record of spikes", tostring(name)) end
    with[name] = as_array(values, "with." .. tostring(name), "float64")
    if #with[name] ~= n then fail("with.%s has %d elements but t has %d", name, #with[name], n) end
  end
  return with
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
  local with = check_with(s, #t)
  local checked = { n = math.tointeger(s.n), from = from, to = to, dt = s.dt, spans = check_spans(s, from, to) }
  if s.neurons ~= nil then checked.neurons = check_neurons(s) end
  if #t > 0 then
    if not t:isfinite():all() then fail("a time is not finite (spike %d)", t:isfinite():negate():argmax()) end
    if not checked.neurons and (neuron:min() < 1 or neuron:max() > s.n) then
      fail("neuron numbers must lie in 1..%d, got %s..%s", s.n, neuron:min(), neuron:max())
    end
    local early = slack(checked)
    if t:min() < from - early or t:max() >= to - early then
      local inside = t:ge(from - early) & t:lt(to - early)
      t, neuron = t[inside], neuron[inside]
      for name, values in pairs(with or {}) do with[name] = values[inside] end
    end
    if #t > 1 and t:diff():min() < 0 then
      local order = t:argsort()
      t, neuron = t[order], neuron[order]
      for name, values in pairs(with or {}) do with[name] = values[order] end
    end
  end
  checked.t, checked.neuron, checked.with = t, neuron, with
  checked._position = checked.neurons and positions_of(neuron, checked.neurons) or neuron
  return setmetatable(checked, Record)
end

--- Spikes per neuron (int64).
local function counts(s)
  if s.n == 0 then return array.zeros(0, "int64") end
  return (s._position:histogram(s.n, 0.5, s.n + 0.5))
end

--- The stretches of time that were recorded.
local function spans_of(s) return s.spans or { { s.from, s.to } } end

--- Seconds that were recorded.
local function check_duration(s)
  local sum = 0
  for _, span in ipairs(spans_of(s)) do sum = sum + (span[2] - span[1]) end
  if s.from < s.to and sum <= 0 then fail("nothing was recorded between %g and %g ms", s.from, s.to) end
  if sum <= 0 then fail("the recording covers no time (%g to %g ms)", s.from, s.to) end
  return sum / 1000
end

--- A record of spikes, checked: fields that are unknown, missing or do not fit are errors that say so; tables become arrays. What is here are methods of it.
---@param s SpikeRecord
---@return SpikeRecord  within its window, in the order of time
function spikes.record(s)
  if type(s) == "table" then
    for field in pairs(s) do
      if not known[field] and not (type(field) == "string" and field:find "^_") then
        fail("a record of spikes has no field '%s' (known: %s)", tostring(field), table.concat(fields, ", "))
      end
    end
  end
  return prepare(s)
end

--- The same recording between two times: as a record of its own, with the same methods.
---@param s SpikeRecord  @param from number  ms  @param to number  ms, excluded
---@return SpikeRecord
function spikes.window(s, from, to)
  local whole = prepare(s)
  whole.from = math.max(check_number(from, "from", is_finite, "a finite time"), whole.from)
  whole.to = math.min(check_number(to, "to", is_finite, "a finite time"), whole.to)
  local is_empty = whole.to < whole.from
  if not is_empty then whole = prepare(whole) end
  if is_empty or (whole.spans and #whole.spans == 0) then fail("nothing was recorded between %g and %g ms", from, to) end
  return whole
end

--- Mean rate of all neurons: spikes per neuron and second that were recorded.
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
--- spike in the first step starts no interval); then smoothed by x = x + (r - x) dt/smooth, unless smooth <= dt. Each stretch that was recorded stands for
--- itself; between them are nan.
---@param s SpikeRecord  with dt
---@param smooth? number  ms; 0 if not given
---@return Array  [n x steps] Hz
function spikes.smoothed_rate(s, smooth)
  s = prepare(s)
  smooth = check_number(smooth or 0, "smooth", is_not_negative, "a time, 0 or more")
  if not s.dt then fail("smoothed_rate needs the time step: dt") end
  local function steps(duration) return math.floor(duration / s.dt + 0.5) end
  local function rates_in(span)
    local inside = s.t:ge(span[1] - slack(s)) & s.t:lt(span[2] - slack(s))
    local rates = array.spike_rates(s._position[inside], s.t[inside], s.n, span[1], s.dt, steps(span[2] - span[1]))
    return smooth > s.dt and rates:lowpass(s.dt / smooth) or rates
  end
  if not s.spans then return rates_in { s.from, s.to } end
  local whole = array.full(0 / 0, s.n, steps(s.to - s.from))
  for _, span in ipairs(s.spans) do
    local first, n = steps(span[1] - s.from) + 1, steps(span[2] - span[1])
    if n > 0 then whole:columns(first, first + n - 1):assign(rates_in(span)) end
  end
  return whole
end

--- Counts in bins, the edges, and how many ms of each bin were recorded.
local function binned(s, bin)
  local n_bins = math.max(1, math.ceil((s.to - s.from) / bin - 1e-6))
  if n_bins >= 2 ^ 31 then fail("bins of %g ms are too narrow for %g ms", bin, s.to - s.from) end
  local edges = array.arange(0, n_bins) * (bin + 0.0) + s.from
  local low, high, recorded = edges:slice(1, -2), edges:slice(2, -1), array.zeros(n_bins)
  for _, span in ipairs(spans_of(s)) do recorded:add((high:minimum(span[2]) - low:maximum(span[1])):clip(0, bin)) end
  return s.t:histogram(edges - slack(s, bin)), edges, recorded:where(recorded:lt(bin - slack(s, bin)), bin + 0.0)
end

--- Spikes of all neurons, counted in bins that begin with the recording. The last bin may reach beyond its end.
---@param s SpikeRecord
---@param bin number  ms
---@return Array  counts (int64)
---@return Array  the edges of the bins, one more, ms
---@return Array  how much of each bin was recorded, ms
function spikes.histogram(s, bin)
  s = prepare(s)
  check_number(bin, "bin", is_positive, "a positive time")
  return binned(s, bin)
end

--- Low-pass of each stretch between what is nan.
local function smooth_stretches(rate, gain)
  local gaps = rate:isnan():find()
  if #gaps == 0 then return rate:lowpass(gain) end
  local first = 1
  for k = 1, #gaps + 1 do
    local gap = gaps[k] or #rate + 1
    if gap > first then rate:slice(first, gap - 1):assign(rate:slice(first, gap - 1):lowpass(gain)) end
    first = gap + 1
  end
  return rate
end

--- Rate of the population in bins: count / (time recorded in the bin, times n), nan where nothing was recorded; smoothed by x = x + (r - x) bin/smooth if
--- smooth > bin.
---@param s SpikeRecord
---@param bin? number  ms; dt if not given
---@param smooth? number  ms
---@return Array  Hz
---@return Array  where the bins begin, ms
function spikes.population_rate(s, bin, smooth)
  s = prepare(s)
  bin = check_number(bin or s.dt, "bin", is_positive, "a positive time")
  smooth = check_number(smooth or 0, "smooth", is_not_negative, "a time, 0 or more")
  local count, edges, recorded = binned(s, bin)
  local rate = count / (recorded * s.n / 1000)
  return smooth > bin and smooth_stretches(rate, bin / smooth) or rate, edges:slice(1, -2)
end

local function trains(s)
  local order, count = s._position:argsort(), counts(s)   -- stable: in the order of time within each neuron
  local t, result, first = s.t[order], {}, 1
  for i = 1, s.n do
    result[i] = t:slice(first, first + count[i] - 1)
    first = first + count[i]
  end
  return result
end

--- Which of the intervals of ascending times lie within one stretch that was recorded; nil: all.
local function unbroken(s, t)
  if not s.spans or #s.spans < 2 or #t < 2 then return nil end
  local span = array.zeros(#t, "int64")
  for k = 2, #s.spans do span = span + t:ge(s.spans[k][1] - slack(s)):astype "int64" end
  return span:diff():eq(0)
end

local function intervals_of(s, train)
  local intervals, whole = train:diff(), unbroken(s, train)
  return whole and intervals[whole] or intervals
end

--- The spike times of each neuron.
---@param s SpikeRecord
---@return Array[]  n arrays, ms (views of one array in order of neurons)
function spikes.trains(s)
  return trains(prepare(s))
end

--- Intervals between the spikes of each neuron. What lies between two stretches that were recorded is none.
---@param s SpikeRecord
---@return Array[]  n arrays, ms; of no elements for fewer than two spikes
function spikes.isi(s)
  s = prepare(s)
  local result = trains(s)
  for i, train in ipairs(result) do result[i] = intervals_of(s, train) end
  return result
end

--- Intervals between the spikes of a neuron, of all neurons together: neuron by neuron, each in the order of time.
---@param s SpikeRecord
---@return Array  ms
function spikes.pooled_isi(s)
  s = prepare(s)
  local order = s._position:argsort()
  local t, is_one = s.t[order], s._position[order]:diff():eq(0)
  local whole = unbroken(s, t)
  return t:diff()[whole and whole & is_one or is_one]
end

--- Coefficient of variation of the intervals of each neuron: their standard deviation (population) over their mean.
---@param s SpikeRecord
---@return Array  [n]; nan for fewer than two intervals
function spikes.cv(s)
  s = prepare(s)
  local result = array.full(0 / 0, s.n)
  for i, train in ipairs(trains(s)) do
    local intervals = intervals_of(s, train)
    if #intervals >= 2 then result[i] = intervals:std() / intervals:mean() end
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
---@param i integer  @param j integer  numbers of neurons
---@param opt? {bin?: number, window?: number}  ms: bins of `bin` (1) around lags up to `window` (50) on both sides
---@return Array  counts (int64)
---@return Array  lags, the middles of the bins, ms
function spikes.correlogram(s, i, j, opt)
  s = prepare(s)
  local bin, window = 1, 50
  for name, value in pairs(opt or {}) do
    if name == "bin" then bin = value
    elseif name == "window" then window = value
    else fail("unknown option '%s' (known: bin, window)", tostring(name)) end
  end
  check_number(bin, "bin", is_positive, "a positive time")
  check_number(window, "window", is_not_negative, "a time, 0 or more")
  local function is_neuron(k)
    if s.neurons then return s.neurons:eq(k):any() end
    return k % 1 == 0 and k >= 1 and k <= s.n
  end
  local condition = s.neurons and "a neuron that was recorded" or ("a neuron, 1..%d"):format(s.n)
  check_number(i, "i", is_neuron, condition)
  check_number(j, "j", is_neuron, condition)
  local n_half = window / bin // 1 | 0
  local count = array.correlogram(s.t[s.neuron:eq(i)], s.t[s.neuron:eq(j)], bin, n_half, i == j)
  return count, array.arange(-n_half, n_half) * (bin + 0.0)
end

return setmetatable(spikes, { __index = function(_, name) return options.missing("lp.analysis", name, options.methods { spikes }) end })
