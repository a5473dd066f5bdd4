--- Sounds made from formulas, noise, and sound files.
---
--- Durations in ms, frequencies in Hz; `rate` is the sampling rate, 44100 Hz where none is given.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local filterbank = require "lunapse.hearing.filterbank"
local options = require "lunapse.options"
local Sound = require "lunapse.hearing.sound"

local generate = {}

--- Check duration and options; gives samples, rate, options.
local function begin(where, duration, opt, known)
  known.rate = "number"
  opt = options.check(where, opt or {}, known)
  local rate = options.number(where, "rate", opt.rate or Sound.default_rate, Sound.least_rate, Sound.greatest_rate)
  options.number(where, "duration", duration, 0, 1e15)
  return Sound.count(duration, rate), rate, opt
end

local function constant(value, n, rate)
  return Sound.make { rate = rate, n = n, channels = 1, _open = function() return core.constant(value, 1, rate, n) end }
end

local function tones(frequencies, amplitudes, phases, n, rate)
  return Sound.make {
    rate = rate, n = n, channels = 1, _open = function() return core.tones(frequencies, amplitudes, phases, rate, n) end,
  }
end

--- A pure tone: amplitude sin(phase + 2 pi frequency k / rate). Lists give one channel for each value.
---@param frequency number|number[]  Hz, below half the rate
---@param duration number            ms
---@param opt? { rate?: number, phase?: number|number[], amplitude?: number|number[] }  phase in rad
---@return Sound
function generate.tone(frequency, duration, opt)
  local n, rate
  n, rate, opt = begin("tone", duration, opt, { phase = "any", amplitude = "any" })
  local given, count = { frequency = frequency, phase = opt.phase or 0, amplitude = opt.amplitude or 1 }, 1
  local is_one = true
  for name, value in pairs(given) do
    if type(value) ~= "number" then
      if type(value) ~= "table" and not array.is(value) then options.fail(("tone: %s must be a number or a list of them, got %s"):format(name, options.show(value))) end
      given[name], is_one = array.from(value, "float64"):flatten():table(), false
      if #given[name] == 0 then options.fail(("tone: the list of %s is empty"):format(name)) end
      count = math.max(count, #given[name])
    end
  end
  local channels = {}
  for c = 1, count do
    local own = {}
    for name, value in pairs(given) do
      if type(value) == "table" and #value ~= count and #value ~= 1 then options.fail(("tone: %d values of %s for %d channels"):format(#value, name, count)) end
      own[name] = type(value) == "table" and (value[c] or value[1]) or value
    end
    options.number("tone", "frequency", own.frequency, 0, rate / 2)
    channels[c] = tones({ own.frequency }, { own.amplitude }, { own.phase }, n, rate)
  end
  return is_one and channels[1] or filterbank.join(channels)
end

--- Silence.
---@param duration number  ms
---@param opt? { rate?: number }
---@return Sound
function generate.silence(duration, opt)
  local n, rate = begin("silence", duration, opt, {})
  return constant(0, n, rate)
end

--- A click: the same value all through. With `peak` (dB), that value is 28e-6 * 10^(peak/20) Pa, else 1.
---@param duration number  ms
---@param opt? { rate?: number, peak?: number }
---@return Sound
function generate.click(duration, opt)
  local n, rate
  n, rate, opt = begin("click", duration, opt, { peak = "number" })
  return constant(opt.peak and 28e-6 * 10 ^ (opt.peak / 20) or 1, n, rate)
end

--- `n` clicks, one every `interval` ms.
---@param duration number  of one click, ms
---@param n integer
---@param interval number  from start to start, ms
---@param opt? { rate?: number, peak?: number }
---@return Sound
function generate.clicks(duration, n, interval, opt)
  local click = generate.click(duration, opt)
  options.whole("clicks", "n", n, 1)
  options.number("clicks", "interval", interval, duration, 1e15)
  local gap = Sound.count(interval, click.rate) - click.n
  return (click .. constant(0, gap, click.rate)):times(n)
end

local function list(where, name, given, default, n)
  if type(given) ~= "table" then
    local all = {}
    for k = 1, n do all[k] = given or default end
    return all
  end
  if #given ~= n then options.fail(("%s: %d values of %s for %d harmonics"):format(where, #given, name, n)) end
  return given
end

--- A harmonic complex: tones at f0, 2 f0, 3 f0, ... up to half the rate, or as many as there are amplitudes or phases.
---@param f0 number        Hz
---@param duration number  ms
---@param opt? { rate?: number, amplitude?: number|number[], phase?: number|number[], harmonics?: integer }
---@return Sound
function generate.harmonic_complex(f0, duration, opt)
  local n, rate
  n, rate, opt = begin("harmonic_complex", duration, opt, { amplitude = "number|table", phase = "number|table", harmonics = "number" })
  options.number("harmonic_complex", "f0", f0, 0, rate / 2, true)
  local most = math.floor(rate / (2 * f0))
  local count = opt.harmonics or (type(opt.amplitude) == "table" and #opt.amplitude) or (type(opt.phase) == "table" and #opt.phase) or most
  options.whole("harmonic_complex", "harmonics", count, 1)
  if count > most then options.fail(("harmonic_complex: harmonic %d of %g Hz lies above half the rate, %g Hz"):format(count, f0, rate / 2)) end
  local frequencies = {}
  for k = 1, count do frequencies[k] = k * f0 end
  return tones(frequencies, list("harmonic_complex", "amplitude", opt.amplitude, 1, count),
    list("harmonic_complex", "phase", opt.phase, 0, count), n, rate)
end

-- Noises without a seed take the next one: they differ from each other, and are the same again the next time the script runs.
local last_seed = 0

local function noise(where, duration, opt, wrap)
  local n, rate
  n, rate, opt = begin(where, duration, opt, { seed = "number", channels = "number" })
  local channels = options.whole(where, "channels", opt.channels or 1, 1)
  last_seed = opt.seed and last_seed or last_seed + 1
  local seed = opt.seed and options.whole(where, "seed", opt.seed, math.mininteger) or -last_seed
  return Sound.make { rate = rate, n = n, channels = channels, seed = seed, _open = function() return wrap(seed, channels, rate, n) end }
end

--- White Gaussian noise with mean 0 and rms 1; channels are independent.
---@param duration number  ms
---@param opt? { seed?: integer, rate?: number, channels?: integer }  without a seed: the next one
---@return Sound
function generate.white_noise(duration, opt)
  return noise("white_noise", duration, opt, core.noise)
end

--- Pink noise with rms 1: power proportional to 1/f from 20 Hz (within 0.25 dB) to almost half the rate, flat below 4 Hz.
---@param duration number  ms
---@param opt? { seed?: integer, rate?: number, channels?: integer }
---@return Sound
function generate.pink_noise(duration, opt)
  return noise("pink_noise", duration, opt, function(seed, channels, rate, n)
    local sections, settle = core.pink(rate)
    return core.cut(core.filter(core.noise(seed, channels, rate, -1), sections, #sections), settle, n)
  end)
end

--- A sound from a function of time: it gets an array of times (ms) and gives as many samples (an array [n] or [n][channels]).
---@param f fun(times: any): any
---@param duration number  ms
---@param opt? { rate?: number, channels?: integer }
---@return Sound
function generate.from_function(f, duration, opt)
  local n, rate
  n, rate, opt = begin("from_function", duration, opt, { channels = "number" })
  local channels = options.whole("from_function", "channels", opt.channels or 1, 1)
  if type(f) ~= "function" then options.fail("from_function: a function expected, got " .. type(f)) end
  return Sound.make {
    rate = rate, n = n, channels = channels, _open = function() return core.cut(core.generator(f, channels, rate), 0, n) end,
  }
end

local function check_file(path, stream, given)
  local rate, channels = given.rate or stream.rate, stream.channels
  if rate < Sound.least_rate or rate > Sound.greatest_rate then
    options.fail(("sound file '%s' has a rate of %g Hz; sounds have %g to %g Hz. If the file is wrong, say { rate = ... }")
      :format(path, rate, Sound.least_rate, Sound.greatest_rate))
  end
  local chosen = given.channels
  if type(chosen) == "number" then chosen = { chosen } end
  if chosen and #chosen < 1 then options.fail "load: choose one channel or more" end
  for k, c in ipairs(chosen or {}) do
    options.whole("load", "channel " .. k, c, 1)
    if c > channels then options.fail(("load: there is no channel %d: '%s' has %d"):format(c, path, channels)) end
  end
  return rate, chosen
end

--- A sound from a file: WAV, AIFF, FLAC, Ogg and what else libsndfile reads; integer samples become -1 .. 1.
--- The samples are read into memory; with `stream = true` they are read from the file each time the sound is (it must stay as it is).
---@param path string
---@param opt? { channels?: integer|integer[], rate?: number, stream?: boolean }  rate: what the file should have said
---@return Sound
--- Errors: no such file, no sound file, empty, truncated, a rate outside 1000 .. 1000000 Hz.
function generate.load(path, opt)
  opt = options.check("load", opt or {}, { channels = "number|table", rate = "number", stream = "boolean" })
  if type(path) ~= "string" then options.fail("load: the name of a file expected, got " .. type(path)) end
  local stream = core.file(path)
  local rate, chosen = check_file(path, stream, opt)
  local function open(file) return chosen and core.pick(file, chosen) or file end
  local n, channels = stream.n, chosen and #chosen or stream.channels
  if opt.stream then
    if rate ~= stream.rate then options.fail "load: a streamed file has the rate that it says; leave out { rate = ... } or { stream = true }" end
    return Sound.make { rate = rate, n = n, channels = channels, _open = function() return open(core.file(path)) end }
  end
  return Sound.make { rate = rate, n = n, channels = channels, samples = open(stream):read(n, true) }
end

return generate
