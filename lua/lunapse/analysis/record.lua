--- What a record of spikes is, and what all that is computed from one shares: checks, trains, intervals, bins.

local array = require "lunapse.core.array"
local options = require "lunapse.options"

local record = { methods = {} }
local methods = record.methods

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

--- A record that was checked: what this folder offers are its methods.
local Record = { __name = "lunapse.spikes" }

function Record:__index(key)
  if rawget(methods, key) ~= nil then return methods[key] end
  local with = rawget(self, "with")
  if with and with[key] then return with[key] end
  if not known[key] then return options.missing("record of spikes", key, options.methods({ methods }, table.unpack(fields))) end
end

function Record:__tostring() return ("%d spikes of %d neurons in %g .. %g ms"):format(#self.t, self.n, self.from, self.to) end

--- Raise at the line of the user.
function record.fail(text, ...) options.fail(text:format(...)) end
local fail = record.fail

--- One-dimensional numbers, of an array or a table.
function record.as_array(x, what, kind)
  if array.is(x) then
    local _, columns = x:shape()
    if columns then fail("%s must be a 1-d array, got a matrix", what) end
    return x
  end
  if type(x) ~= "table" then fail("%s must be an array or a table of numbers, got %s", what, type(x)) end
  return array.from(x, kind)
end

local as_array = record.as_array

function record.check_number(x, what, is_fine, condition)
  if type(x) ~= "number" or not is_fine(x) then fail("%s must be %s, got %s", what, condition, tostring(x)) end
  return x
end

local check_number = record.check_number

function record.is_finite(x) return x - x == 0 end
function record.is_positive(x) return x > 0 and x < math.huge end
function record.is_not_negative(x) return x >= 0 and x < math.huge end

local is_finite, is_positive, is_not_negative = record.is_finite, record.is_positive, record.is_not_negative

--- Times on a grid come with rounding errors: a millionth of a step is no difference.
function record.slack(s, width)
  return 1e-6 * (s.dt or width or 0)
end

local slack = record.slack

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
    if known[name] or rawget(methods, name) then fail("with: '%s' means something else in a record of spikes", tostring(name)) end
    with[name] = as_array(values, "with." .. tostring(name), "float64")
    if #with[name] ~= n then fail("with.%s has %d elements but t has %d", name, #with[name], n) end
  end
  return with
end

--- The record checked, its spikes in the window and in the order of time. Copies only what it must.
function record.prepare(s)
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

--- An error where a record has a field that nobody knows.
function record.check_fields(s)
  if type(s) ~= "table" then return end
  for field in pairs(s) do
    if not known[field] and not (type(field) == "string" and field:find "^_") then
      fail("a record of spikes has no field '%s' (known: %s)", tostring(field), table.concat(fields, ", "))
    end
  end
end

--- Spikes per neuron (int64).
function record.counts(s)
  if s.n == 0 then return array.zeros(0, "int64") end
  return (s._position:histogram(s.n, 0.5, s.n + 0.5))
end

--- The stretches of time that were recorded.
function record.spans_of(s) return s.spans or { { s.from, s.to } } end

--- Seconds that were recorded; an error where that is nothing.
function record.seconds(s)
  local sum = 0
  for _, span in ipairs(record.spans_of(s)) do sum = sum + (span[2] - span[1]) end
  if s.from < s.to and sum <= 0 then fail("nothing was recorded between %g and %g ms", s.from, s.to) end
  if sum <= 0 then fail("the recording covers no time (%g to %g ms)", s.from, s.to) end
  return sum / 1000
end

--- Counts in bins, the edges, and how many ms of each bin were recorded.
function record.binned(s, bin)
  local n_bins = math.max(1, math.ceil((s.to - s.from) / bin - 1e-6))
  if n_bins >= 2 ^ 31 then fail("bins of %g ms are too narrow for %g ms", bin, s.to - s.from) end
  local edges = array.arange(0, n_bins) * (bin + 0.0) + s.from
  local low, high, recorded = edges:slice(1, -2), edges:slice(2, -1), array.zeros(n_bins)
  for _, span in ipairs(record.spans_of(s)) do recorded:add((high:minimum(span[2]) - low:maximum(span[1])):clip(0, bin)) end
  return s.t:histogram(edges - slack(s, bin)), edges, recorded:where(recorded:lt(bin - slack(s, bin)), bin + 0.0)
end

--- The times of each neuron: views of one array in order of neurons.
function record.trains(s)
  local order, count = s._position:argsort(), record.counts(s)   -- stable: in the order of time within each neuron
  local t, result, first = s.t[order], {}, 1
  for i = 1, s.n do
    result[i] = t:slice(first, first + count[i] - 1)
    first = first + count[i]
  end
  return result
end

--- Which of the intervals of ascending times lie within one stretch that was recorded; nil: all.
function record.unbroken(s, t)
  if not s.spans or #s.spans < 2 or #t < 2 then return nil end
  local span = array.zeros(#t, "int64")
  for k = 2, #s.spans do span = span + t:ge(s.spans[k][1] - slack(s)):astype "int64" end
  return span:diff():eq(0)
end

--- The intervals of a train that were recorded whole.
function record.intervals(s, train)
  local intervals, whole = train:diff(), record.unbroken(s, train)
  return whole and intervals[whole] or intervals
end

--- Where times in ascending order reach `x`: the first that is not smaller; one behind the last where none is.
function record.place(t, x)
  local low, high = 1, #t + 1
  while low < high do
    local middle = (low + high) // 2
    if t[middle] < x then low = middle + 1 else high = middle end
  end
  return low
end

--- An error unless all of from..to was recorded.
function record.check_covered(s, from, to, what)
  for _, span in ipairs(record.spans_of(s)) do
    if from >= span[1] - 1e-9 - slack(s) and to <= span[2] + 1e-9 + slack(s) then return end
  end
  fail("%s: not all of %g .. %g ms was recorded", what, from, to)
end

--- Spikes of each neuron in bins from the start, as float64, and where the bins begin; bins that were not recorded whole are left out.
function record.count_matrix(s, bin)
  local n_bins = math.floor((s.to - s.from) / bin + 1e-6)
  if s.n * n_bins >= 2 ^ 31 then fail("bins of %g ms are too narrow for %d neurons and %g ms", bin, s.n, s.to - s.from) end
  if n_bins == 0 or s.n == 0 then fail("the recording (%g to %g ms, %d neurons) has no whole bin of %g ms", s.from, s.to, s.n, bin) end
  local at = ((s.t - s.from + slack(s)) / bin):floor()
  local inside = at:lt(n_bins)
  local cell = (s._position[inside] - 1) * n_bins + at[inside] + 1
  local count = cell:histogram(s.n * n_bins, 0.5, s.n * n_bins + 0.5):astype("float64"):reshape(s.n, n_bins)
  local begins = array.arange(0, n_bins - 1) * (bin + 0.0) + s.from
  if not s.spans then return count, begins end
  local _, _, recorded = record.binned(s, bin)
  local whole = recorded:slice(1, n_bins):ge(bin - slack(s)):find()
  return count:transpose():take(whole):transpose(), begins:take(whole)
end

--- An error unless the number is that of a neuron that was recorded.
function record.check_neuron(s, k, what)
  local function is_neuron(x)
    if s.neurons then return s.neurons:eq(x):any() end
    return x % 1 == 0 and x >= 1 and x <= s.n
  end
  return check_number(k, what, is_neuron, s.neurons and "a neuron that was recorded" or ("a neuron, 1..%d"):format(s.n))
end

--- Options with what holds where they are not given.
function record.options(where, opt, defaults)
  local types, result = {}, {}
  for name, value in pairs(defaults) do types[name], result[name] = type(value), value end
  for name, value in pairs(options.check(where, opt or {}, types)) do result[name] = value end
  return result
end

return record
