--- How much spikes: windows, rates, histograms.
local array = require "lunapse.core.array"
local record = require "lunapse.analysis.record"

local rates = {}

--- The same recording between two times: as a record of its own, with the same methods.
---@param s SpikeRecord  @param from number  ms  @param to number  ms, excluded
---@return SpikeRecord
function rates.window(s, from, to)
  local whole = record.prepare(s)
  whole.from = math.max(record.check_number(from, "from", record.is_finite, "a finite time"), whole.from)
  whole.to = math.min(record.check_number(to, "to", record.is_finite, "a finite time"), whole.to)
  local is_empty = whole.to < whole.from
  if not is_empty then whole = record.prepare(whole) end
  if is_empty or (whole.spans and #whole.spans == 0) then record.fail("nothing was recorded between %g and %g ms", from, to) end
  return whole
end

--- Mean rate of all neurons: spikes per neuron and second that were recorded.
---@param s SpikeRecord
---@return number  Hz; nan without neurons
function rates.mean_rate(s)
  s = record.prepare(s)
  return #s.t / (s.n * record.seconds(s))
end

--- Mean rate of each neuron.
---@param s SpikeRecord
---@return Array  [n] Hz
function rates.rates(s)
  s = record.prepare(s)
  return record.counts(s) / record.seconds(s)
end

--- Rate of each neuron in each step: between two spikes the inverse of their interval, 0 before the first and after the last spike (a
--- spike in the first step starts no interval); then smoothed by x = x + (r - x) dt/smooth, unless smooth <= dt. Each stretch that was recorded stands for
--- itself; between them are nan.
---@param s SpikeRecord  with dt
---@param smooth? number  ms; 0 if not given
---@return Array  [n x steps] Hz
function rates.smoothed_rate(s, smooth)
  s = record.prepare(s)
  smooth = record.check_number(smooth or 0, "smooth", record.is_not_negative, "a time, 0 or more")
  if not s.dt then record.fail("smoothed_rate needs the time step: dt") end
  local function steps(duration) return math.floor(duration / s.dt + 0.5) end
  local function rates_in(span)
    local inside = s.t:ge(span[1] - record.slack(s)) & s.t:lt(span[2] - record.slack(s))
    local r = array.spike_rates(s._position[inside], s.t[inside], s.n, span[1], s.dt, steps(span[2] - span[1]))
    return smooth > s.dt and r:lowpass(s.dt / smooth) or r
  end
  if not s.spans then return rates_in { s.from, s.to } end
  local whole = array.full(0 / 0, s.n, steps(s.to - s.from))
  for _, span in ipairs(s.spans) do
    local first, n = steps(span[1] - s.from) + 1, steps(span[2] - span[1])
    if n > 0 then whole:columns(first, first + n - 1):assign(rates_in(span)) end
  end
  return whole
end

--- Spikes of all neurons, counted in bins that begin with the recording. The last bin may reach beyond its end.
---@param s SpikeRecord
---@param bin number  ms
---@return Array  counts (int64)
---@return Array  the edges of the bins, one more, ms
---@return Array  how much of each bin was recorded, ms
function rates.histogram(s, bin)
  s = record.prepare(s)
  record.check_number(bin, "bin", record.is_positive, "a positive time")
  return record.binned(s, bin)
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
function rates.population_rate(s, bin, smooth)
  s = record.prepare(s)
  bin = record.check_number(bin or s.dt, "bin", record.is_positive, "a positive time")
  smooth = record.check_number(smooth or 0, "smooth", record.is_not_negative, "a time, 0 or more")
  local count, edges, recorded = record.binned(s, bin)
  local rate = count / (recorded * s.n / 1000)
  return smooth > bin and smooth_stretches(rate, bin / smooth) or rate, edges:slice(1, -2)
end

--- A point for each spike: what a raster plot draws.
---@param s SpikeRecord
---@return Array  times, ms
---@return Array  neuron numbers
function rates.raster(s)
  s = record.prepare(s)
  return s.t, s.neuron
end

--- Rate of each neuron around events, the mean over them: the peri-stimulus time histogram. The time around every event must have been recorded.
---@param s SpikeRecord
---@param times Array|number[]  ms, of the events
---@param opt? { from?: number, to?: number, bin?: number }  ms: from -50 to 200 around each, in bins of 5
---@return Array  [n x bins] Hz
---@return Array  [bins] the middles of the bins, ms after the event
function rates.psth(s, times, opt)
  s = record.prepare(s)
  times = record.as_array(times, "times", "float64")
  opt = record.options("psth", opt, { from = -50, to = 200, bin = 5 })
  record.check_number(opt.bin, "bin", record.is_positive, "a positive time")
  record.check_number(opt.from, "from", record.is_finite, "a finite time")
  record.check_number(opt.to, "to", function(x) return record.is_finite(x) and x > opt.from end, "a finite time, after from")
  if #times == 0 then record.fail("psth: no events were given") end
  local n_bins = math.max(1, math.floor((opt.to - opt.from) / opt.bin + 1e-6))
  local count = array.zeros(s.n * n_bins, "int64")
  for k = 1, #times do
    local from = times[k] + opt.from
    record.check_covered(s, from, from + n_bins * opt.bin, ("event %d, at %g ms"):format(k, times[k]))
    local first, last = record.place(s.t, from - record.slack(s)), record.place(s.t, from + n_bins * opt.bin - record.slack(s)) - 1
    if last >= first then
      local bin = ((s.t:slice(first, last) - from + record.slack(s)) / opt.bin):floor():clip(0, n_bins - 1)
      local cell = (s._position:slice(first, last) - 1) * n_bins + bin + 1
      count = count + cell:histogram(s.n * n_bins, 0.5, s.n * n_bins + 0.5)
    end
  end
  return count:reshape(s.n, n_bins) / (#times * opt.bin / 1000), array.arange(0, n_bins - 1) * (opt.bin + 0.0) + (opt.from + opt.bin / 2)
end

--- The mean course of a signal around the spikes of each neuron: the spike-triggered average. Spikes too near to the ends of the signal do not count.
---@param s SpikeRecord
---@param t Array  [rows] ms, evenly spaced: when the signal was sampled
---@param x Array  [rows] the signal, one for all neurons
---@param opt? { from?: number, to?: number }  ms around each spike: from -50 to 0
---@return Array  [n x lags]; nan for a neuron without a spike that counts
---@return Array  [lags] ms after the spike
---@return Array  [n] spikes that counted
function rates.triggered_average(s, t, x, opt)
  s = record.prepare(s)
  t, x = record.as_array(t, "t", "float64"), record.as_array(x, "x", "float64")
  opt = record.options("triggered_average", opt, { from = -50, to = 0 })
  if #t ~= #x or #t < 2 then record.fail("triggered_average: t and x must have the same length, 2 or more, got %d and %d", #t, #x) end
  local step = (t[#t] - t[1]) / (#t - 1)
  if not (step > 0) or ((t:diff() - step):abs():max() > 1e-3 * step) then record.fail "triggered_average: t must be evenly spaced" end
  record.check_number(opt.from, "from", record.is_finite, "a finite time")
  record.check_number(opt.to, "to", function(v) return record.is_finite(v) and v >= opt.from end, "a finite time, not before from")
  local first, last = math.ceil(opt.from / step - 1e-6), math.floor(opt.to / step + 1e-6)
  if last < first then record.fail("triggered_average: no sample lies between %g and %g ms: they are %g ms apart", opt.from, opt.to, step) end
  local lags = array.arange(first, last)
  local sum, used = array.zeros(s.n, #lags), array.zeros(s.n, "int64")
  local at, position = ((s.t - t[1]) / step + 0.5):floor():astype "int64" + 1, s._position
  for k = 1, #at do
    if at[k] + first >= 1 and at[k] + last <= #x then
      local i = position[k]
      sum[i]:add(x:slice(at[k] + first, at[k] + last))
      used[i] = used[i] + 1
    end
  end
  local mean = array.full(0 / 0, s.n, #lags)
  for i = 1, s.n do
    if used[i] > 0 then mean[i]:assign(sum[i] / used[i]) end
  end
  return mean, lags * step, used
end

return rates
