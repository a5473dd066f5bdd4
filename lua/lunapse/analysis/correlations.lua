--- How neurons spike together.
local array = require "lunapse.core.array"
local record = require "lunapse.analysis.record"

local correlations = {}

--- How often a spike of neuron `j` comes a given time after one of neuron `i`. With i = j a spike does not meet itself.
---@param s SpikeRecord
---@param i integer  @param j integer  numbers of neurons
---@param opt? {bin?: number, window?: number}  ms: bins of `bin` (1) around lags up to `window` (50) on both sides
---@return Array  counts (int64)
---@return Array  lags, the middles of the bins, ms
function correlations.correlogram(s, i, j, opt)
  s = record.prepare(s)
  opt = record.options("correlogram", opt, { bin = 1, window = 50 })
  local bin, window = opt.bin, opt.window
  record.check_number(bin, "bin", record.is_positive, "a positive time")
  record.check_number(window, "window", record.is_not_negative, "a time, 0 or more")
  record.check_neuron(s, i, "i")
  record.check_neuron(s, j, "j")
  local n_half = window / bin // 1 | 0
  local count = array.correlogram(s.t[s.neuron:eq(i)], s.t[s.neuron:eq(j)], bin, n_half, i == j)
  return count, array.arange(-n_half, n_half) * (bin + 0.0)
end

--- Spikes of each neuron in bins that were recorded whole, as numbers, and where the bins begin.
local function counted(s, bin, opt, where)
  s = record.prepare(s)
  record.check_number(bin, "bin", record.is_positive, "a positive time")
  opt = record.options(where, opt, { binary = false })
  local count, begins = record.count_matrix(s, bin)
  if opt.binary then count = count:gt(0):astype "float64" end
  return count, begins
end

--- Spikes of each neuron in bins: a row for each neuron, for a principal component analysis or a decoder (Elephant's BinnedSpikeTrain).
---@param s SpikeRecord
---@param bin number  ms; bins that were not recorded whole are left out
---@param opt? { binary?: boolean }  1 where there is a spike, however many
---@return Array  [n x bins], float64
---@return Array  where the bins begin, ms
function correlations.binned(s, bin, opt)
  return counted(s, bin, opt, "binned")
end

--- How far the counts of two neurons go together: the covariance of their spikes in bins (over bins - 1, as Elephant and numpy have it).
---@param s SpikeRecord
---@param bin number  ms; bins that were not recorded whole are left out
---@param opt? { binary?: boolean }  count no bin more than once
---@return Array  [n x n]
function correlations.covariance(s, bin, opt)
  local count = counted(s, bin, opt, "covariance")
  local _, n_bins = count:shape()
  if n_bins < 2 then record.fail("covariance: fewer than two bins of %g ms were recorded", bin) end
  local centred = count - count:mean(2):reshape(#count, 1)
  return centred:matmul(centred:transpose()) / (n_bins - 1)
end

--- Correlation coefficients of the spikes of all pairs of neurons in bins (Pearson; Elephant's correlation_coefficient).
---@param s SpikeRecord
---@param bin number  ms; bins that were not recorded whole are left out
---@param opt? { binary?: boolean }  count no bin more than once
---@return Array  [n x n]; nan for neurons with the same count in all bins
function correlations.correlation(s, bin, opt)
  local c = correlations.covariance(s, bin, opt)
  local sd = array.zeros(#c)
  for i = 1, #c do sd[i] = math.sqrt(c[i][i]) end
  return c / sd:outer(sd)
end

--- Fano factor of each neuron: the variance of its counts in bins over their mean (the variance over all bins, as Elephant has it over trials).
---@param s SpikeRecord
---@param bin number  ms; bins that were not recorded whole are left out
---@return Array  [n]; 1 for a Poisson process, nan without spikes
function correlations.fano(s, bin)
  local count = counted(s, bin, nil, "fano")
  return count:var(2) / count:mean(2)
end

--- How much all do the same at the same time: the standard deviation over time of the mean, over that of the single ones (root of the mean variance). 1: all are
--- one; about 1/sqrt(n): independent (Golomb & Rinzel 1994; Golomb 2007).
---@param s SpikeRecord|Array  spikes, or the course of a variable as it is recorded, [rows x n]
---@param bin? number  ms, of spikes
---@return number  0..1; nan where nothing changes
function correlations.synchrony(s, bin)
  local x
  if array.is(s) then
    local _, n = s:shape()
    if not n or n < 1 then record.fail "synchrony: a matrix [rows x n] expected" end
    x = s:transpose():astype "float64"
  else
    x = counted(s, bin, nil, "synchrony")
  end
  return math.sqrt(x:mean(1):var() / x:var(2):mean())
end

return correlations
