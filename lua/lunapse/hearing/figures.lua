--- Pictures of sounds: what happens at which time and frequency. Each gives the numbers, and draws them on axes of lunapse.plot.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local options = require "lunapse.options"
local signal = require "lunapse.signal"
local filterbank = require "lunapse.hearing.filterbank"
local Sound = require "lunapse.hearing.sound"
local Source = require "lunapse.hearing.source"

local figures = {}

---@class TimeFrequency
---@field values any       array [frequency][time], dB; frequencies rise
---@field times any        array: the middle of each column, ms
---@field frequencies any  array, Hz
---@field extent number[]  x0, x1 (ms), y0, y1 (Hz; of a cochleagram channel numbers, named by their frequencies)
local TimeFrequency = {}
function TimeFrequency:__index(key)
  if TimeFrequency[key] ~= nil or key == "ticks" or key == "tick_labels" then return TimeFrequency[key] end
  return options.missing("picture of a sound", key, options.methods({ TimeFrequency }, "values", "times", "frequencies", "extent", "kind"))
end
TimeFrequency.__name = "lunapse.time_frequency"

function TimeFrequency:__tostring()
  return ("%s: %d frequencies (%g .. %g Hz) at %d times"):format(self.kind, #self.frequencies, self.frequencies[1],
    self.frequencies[#self.frequencies], #self.times)
end

--- Draw it: an image of dB over time (ms) and frequency.
---@param axes any  of lunapse.plot
---@param opt? table  handed on to axes:image
---@return any axes
function TimeFrequency:draw(axes, opt)
  local given = { extent = self.extent }
  for key, value in pairs(opt or {}) do given[key] = value end
  axes:image(self.values, given)
  axes:xlabel "time (ms)"
  axes:ylabel "frequency (Hz)"
  if self.ticks then axes:ticks("y", self.ticks, self.tick_labels) end
  return axes
end

--- Some channels to be named on an axis, and the names: their frequencies to three digits.
local function name_channels(cf)
  local ticks, labels, n = {}, {}, math.min(#cf, 7)
  for k = 1, n do
    local channel = n == 1 and 1 or math.floor(1 + (k - 1) * (#cf - 1) / (n - 1) + 0.5)
    ticks[k], labels[k] = channel, ("%d"):format(math.floor(tonumber(("%.3g"):format(cf[channel])) + 0.5))
  end
  return ticks, labels
end

local function spaced(first, step, n)
  local made = {}
  for k = 1, n do made[k] = first + (k - 1) * step end
  return array.from(made, "float64")
end

--- Spectrogram of a mono sound: power spectral density under a Hann window, in dB re (20 uPa)^2/Hz.
---@param sound Sound
--- `window` (default 1024) and `hop` (default half of it) are in samples, `low` and `high` in Hz; `range`: how many dB
--- below the largest value are shown, default 80.
---@param opt? { window?: integer, hop?: integer, low?: number, high?: number, range?: number }
---@return TimeFrequency
function figures.spectrogram(sound, opt)
  opt = options.check("spectrogram", opt or {}, { window = "number", hop = "number", low = "number", high = "number", range = "number" })
  if getmetatable(sound) ~= Sound then options.fail("spectrogram: a sound expected, got " .. type(sound)) end
  if sound.channels ~= 1 then options.fail "spectrogram: the sound has two channels: choose one with :channel(1), or :mono()" end
  local window = options.whole("spectrogram", "window", opt.window or 1024, 2)
  local hop = options.whole("spectrogram", "hop", opt.hop or window // 2, 1)
  local range = options.number("spectrogram", "range", opt.range or 80, 0, math.huge, true)
  local step, most = sound.rate / window, window // 2 + 1
  local low = options.number("spectrogram", "low", opt.low or 0, 0, sound.rate / 2)
  local high = options.number("spectrogram", "high", opt.high or sound.rate / 2, low, sound.rate / 2)
  local first, last = math.ceil(low / step - 1e-9) + 1, math.min(math.floor(high / step + 1e-9) + 1, most)
  if last < first then options.fail(("spectrogram: no line of the spectrum lies in %g .. %g Hz (they are %g Hz apart)"):format(low, high, step)) end
  local frames = math.max(1, math.ceil((sound.n - window) / hop) + 1)
  local samples = array.join { sound:samples(), array.zeros((frames - 1) * hop + window):slice(sound.n + 1) }   -- silent past its end
  if hop > window then samples = samples:windows(window):slice(1, nil, hop):flatten() end      -- without what lies between the frames
  local overlap = math.max(0, window - hop)
  local _, _, power = signal.spectrogram(samples, { fs = sound.rate, window = "hann", nperseg = window, noverlap = overlap, detrend = false })
  local values, top = core.decibels(power:transpose():copy(), 4e-10, range, first, last)
  local tick = 1000 / sound.rate
  return setmetatable({
    kind = "spectrogram", values = values, top = top,
    times = spaced(window / 2 * tick, hop * tick, frames), frequencies = spaced((first - 1) * step, step, last - first + 1),
    extent = { (window - hop) / 2 * tick, ((window + hop) / 2 + (frames - 1) * hop) * tick, (first - 1.5) * step, (last - 0.5) * step },
  }, TimeFrequency)
end

--- Cochleagram: the rms of each gammatone channel in bins of time, in dB SPL.
---@param source Source  a mono sound, or a filterbank that is there already
---@param opt? { cf?: any, bin?: number, range?: number }  cf: default erbspace(100, 5000, 64); bin in ms, default 5; range in dB, default 60
---@return TimeFrequency
function figures.cochleagram(source, opt)
  opt = options.check("cochleagram", opt or {}, { cf = "any", bin = "number", range = "number" })
  if not Source.is(source) or not source.n or not source.rate then options.fail "cochleagram: a sound or a filterbank with an end expected" end
  local bank = source
  if getmetatable(source) == Sound and source.channels == 1 or opt.cf then
    bank = filterbank.gammatone(source, opt.cf or filterbank.erbspace(100, math.min(5000, 0.45 * source.rate), 64))
  end
  if not bank.cf then options.fail "cochleagram: the filterbank has no centre frequencies" end
  local bin = math.max(1, Sound.count(options.number("cochleagram", "bin", opt.bin or 5, 0, math.huge, true), bank.rate))
  local range = options.number("cochleagram", "range", opt.range or 60, 0, math.huge, true)
  local bins = math.max(1, math.ceil(bank.n / bin))
  local values, top = core.decibels(core.bins(bank:stream(), bin, bins), 4e-10, range, 1, bank.channels)
  local tick = 1000 / bank.rate
  local ticks, labels = name_channels(bank.cf)
  return setmetatable({
    kind = "cochleagram", values = values, top = top, ticks = ticks, tick_labels = labels,
    times = spaced(bin / 2 * tick, bin * tick, bins), frequencies = array.from(bank.cf, "float64"), extent = { 0, bins * bin * tick, 0.5, bank.channels + 0.5 },
  }, TimeFrequency)
end

return figures
