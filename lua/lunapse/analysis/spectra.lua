--- What frequencies there are in spike trains: power spectra and coherence, by Welch's method on spikes in bins.
local array = require "lunapse.core.array"
local record = require "lunapse.analysis.record"
local signal = require "lunapse.signal"

local spectra = {}

--- Rates of all neurons in bins, Hz, and what `lp.signal` is to be told: the sampling rate and the user's options.
local function rates_of(s, bin, opt, where)
  s = record.prepare(s)
  record.check_number(bin, "bin", record.is_positive, "a positive time")
  if s.spans and #s.spans > 1 then record.fail("%s: the recording has pauses: take a window of it", where) end
  local given = { fs = 1000 / bin }
  for name, value in pairs(opt or {}) do given[name] = value end
  if opt and opt.fs then record.fail("%s: fs is 1000/bin", where) end
  return record.count_matrix(s, bin) * (1000 / bin), given, s
end

--- Power spectral density of each neuron's train, taken as a rate in Hz that is constant in bins. A Poisson process of rate r has 2 r at all frequencies; waves of
--- amplitude a Hz stand out with a^2/2 over the width of a line. Elephant's welch_psd of binned trains.
---@param s SpikeRecord
---@param bin number  ms: frequencies up to 500/bin Hz
---@param opt? table  as of lp.signal.welch: nperseg, noverlap, window, detrend, scaling
---@return Array frequencies  [f] Hz
---@return Array density      [n x f] Hz^2/Hz; of the mean over neurons take `s:population_spectrum(bin, opt)`
function spectra.spectrum(s, bin, opt)
  local rate, given = rates_of(s, bin, opt, "spectrum")
  local frequencies, lines = nil, {}
  for i = 1, #rate do frequencies, lines[i] = signal.welch(rate[i], given) end
  return frequencies, array.stack(lines)
end

--- Power spectral density of the population's mean rate: what the neurons do together. That of n independent neurons is an nth of theirs.
---@param s SpikeRecord
---@param bin number  ms
---@param opt? table  as of lp.signal.welch
---@return Array frequencies  [f] Hz
---@return Array density      [f] Hz^2/Hz
function spectra.population_spectrum(s, bin, opt)
  local rate, given = rates_of(s, bin, opt, "population_spectrum")
  return signal.welch(rate:mean(1), given)
end

--- Coherence of the trains of two neurons, or of a neuron's train with a signal: at each frequency 0 (nothing to do with each other) .. 1. From few segments it is
--- great by chance: of n independent ones 1/n (Elephant's welch_coherence; Rosenberg et al. 1989).
---@param s SpikeRecord
---@param i integer        a neuron
---@param other integer|ArrayLike  another neuron, or a signal with a value for each bin
---@param bin number       ms
---@param opt? table       as of lp.signal.coherence
---@return Array frequencies  [f] Hz
---@return Array coherence    [f]
function spectra.coherence(s, i, other, bin, opt)
  local rate, given
  rate, given, s = rates_of(s, bin, opt, "coherence")
  local function row(k, what)
    record.check_neuron(s, k, what)
    return rate[s.neurons and s.neurons:eq(k):find()[1] or k]
  end
  local y
  if type(other) == "number" then y = row(other, "other")
  else
    y = record.as_array(other, "other", "float64")
    local _, n = rate:shape()
    if #y ~= n then record.fail("coherence: a signal with a value for each of the %d bins expected, got %d", n, #y) end
  end
  return signal.coherence(row(i, "i"), y, given)
end

return spectra
