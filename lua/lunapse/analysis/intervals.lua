--- When each neuron spikes: trains, intervals and how regular they are.
local array = require "lunapse.core.array"
local record = require "lunapse.analysis.record"

local intervals = {}

--- The spike times of each neuron.
---@param s SpikeRecord
---@return Array[]  n arrays, ms (views of one array in order of neurons)
function intervals.trains(s)
  return record.trains(record.prepare(s))
end

--- Intervals between the spikes of each neuron. What lies between two stretches that were recorded is none.
---@param s SpikeRecord
---@return Array[]  n arrays, ms; of no elements for fewer than two spikes
function intervals.isi(s)
  s = record.prepare(s)
  local result = record.trains(s)
  for i, train in ipairs(result) do result[i] = record.intervals(s, train) end
  return result
end

--- Intervals between the spikes of a neuron, of all neurons together: neuron by neuron, each in the order of time.
---@param s SpikeRecord
---@return Array  ms
function intervals.pooled_isi(s)
  s = record.prepare(s)
  local order = s._position:argsort()
  local t, is_one = s.t[order], s._position[order]:diff():eq(0)
  local whole = record.unbroken(s, t)
  return t:diff()[whole and whole & is_one or is_one]
end

--- Coefficient of variation of the intervals of each neuron: their standard deviation (population) over their mean.
---@param s SpikeRecord
---@return Array  [n]; nan for fewer than two intervals
function intervals.cv(s)
  s = record.prepare(s)
  local result = array.full(0 / 0, s.n)
  for i, train in ipairs(record.trains(s)) do
    local gaps = record.intervals(s, train)
    if #gaps >= 2 then result[i] = gaps:std() / gaps:mean() end
  end
  return result
end

--- A mean over the pairs of neighbouring intervals of each neuron: of `f(first, second)`.
local function over_pairs(s, f)
  s = record.prepare(s)
  local result = array.full(0 / 0, s.n)
  for i, train in ipairs(record.trains(s)) do
    local gaps, whole = train:diff(), record.unbroken(s, train)
    if #gaps >= 2 then
      local first, second = gaps:slice(1, -2), gaps:slice(2, -1)
      if whole then
        local both = whole:slice(1, -2) & whole:slice(2, -1)
        first, second = first[both], second[both]
      end
      if #first > 0 then result[i] = f(first, second):mean() end
    end
  end
  return result
end

--- How irregular each neuron is from one interval to the next, whatever its rate does slowly: the mean of 2 |I' - I| / (I + I') (Holt, Softky, Koch & Douglas
--- 1996); 1 for a Poisson process.
---@param s SpikeRecord
---@return Array  [n]; nan for fewer than two intervals
function intervals.cv2(s)
  return over_pairs(s, function(a, b) return (b - a):abs() * 2 / (a + b) end)
end

--- Local variation of each neuron: the mean of 3 (I' - I)^2 / (I + I')^2 (Shinomoto, Shima & Tanji 2003); 1 for a Poisson process.
---@param s SpikeRecord
---@return Array  [n]; nan for fewer than two intervals
function intervals.lv(s)
  return over_pairs(s, function(a, b) return ((b - a) / (a + b)):square() * 3 end)
end

--- Bursts: the longest runs of spikes of one neuron with no interval above `max_isi`, if they have `min_spikes` or more (the method of the largest interval,
--- Cotterill, Charlesworth, Thomas, Paulsen & Eglen 2016).
---@param s SpikeRecord
---@param opt? { max_isi?: number, min_spikes?: integer }  ms (10), spikes (3)
---@return { neuron: Array, from: Array, to: Array, count: Array }  one entry a burst, neuron by neuron: whose, first and last spike in ms, spikes
function intervals.bursts(s, opt)
  s = record.prepare(s)
  opt = record.options("bursts", opt, { max_isi = 10, min_spikes = 3 })
  record.check_number(opt.max_isi, "max_isi", record.is_positive, "a positive time")
  record.check_number(opt.min_spikes, "min_spikes", function(x) return x >= 2 and x % 1 == 0 end, "a whole number from 2")
  local found = { neuron = {}, from = {}, to = {}, count = {} }
  for i, train in ipairs(record.trains(s)) do
    local breaks = train:diff():gt(opt.max_isi + record.slack(s))
    local whole = record.unbroken(s, train)
    if whole then breaks = breaks | whole:negate() end
    local first, ends = 1, breaks:find():table()
    ends[#ends + 1] = #train
    for _, last in ipairs(ends) do
      if last - first + 1 >= opt.min_spikes then
        local k = #found.count + 1
        found.neuron[k], found.count[k] = s.neurons and s.neurons[i] or i, last - first + 1
        found.from[k], found.to[k] = train[first], train[last]
      end
      first = last + 1
    end
  end
  local type_of = { neuron = "int64", count = "int64", from = "float64", to = "float64" }
  for name, list in pairs(found) do found[name] = array.from(list, type_of[name]) end
  return found
end

return intervals
