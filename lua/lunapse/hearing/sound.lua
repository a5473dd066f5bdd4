--- Sounds: sources with a rate and an end, of one channel, of two ears, or of more. Samples are in Pa where a level is meant.
---
--- Every method gives a new sound; none changes the one it is called on. Times are in ms, frequencies and rates in Hz, levels in dB SPL.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local ranks = require "lunapse.ranks"
local signal = require "lunapse.signal"
local Source = require "lunapse.hearing.source"

---@class Sound: Source
---@operator add(Sound|number): Sound
---@operator sub(Sound|number): Sound
---@operator mul(Sound|number): Sound
---@operator div(Sound|number): Sound
---@operator concat(Sound): Sound
local Sound = Source.class "lunapse.sound"

local function is_sound(x) return getmetatable(x) == Sound end

Sound.default_rate = 44100
Sound.least_rate, Sound.greatest_rate = 1000, 1e6   -- beyond these a rate is a mistake (kHz for Hz, ms for s)

local function nearest(x)   -- halves to the even number
  local n = math.floor(x)
  if x - n > 0.5 or (x - n == 0.5 and n % 2 == 1) then n = n + 1 end
  return math.tointeger(n)
end

--- Samples in `duration` ms: the nearest whole number, halves to the even one.
---@param duration number
---@param rate number
---@return integer
function Sound.count(duration, rate)
  return nearest(duration * rate / 1000) or options.fail(("%g ms are no length of a sound"):format(duration))
end

--- A new sound with rate, n, channels and _open (or samples, an array [n] or [n][channels], which it keeps).
---@param fields table
---@return Sound
function Sound.make(fields)
  local samples = fields.samples
  if samples then
    local timing = { rate = fields.rate, silent = true }
    fields._open = function(rate) return core.rows(samples, timing, rate) end
    fields.samples, fields._samples = nil, samples
  end
  return Source.new(Sound, fields)
end

--- The samples: an array [n], of several channels [n][channels].
function Sound:samples()
  return self:stream():read(self.n, true)
end

--- The same sound with its samples in memory (8 bytes each), for one that is costly to make and read many times.
---@return Sound
function Sound:keep()
  return Sound.make { rate = self.rate, n = self.n, channels = self.channels, samples = self:samples() }
end

--- A ramp of sin^2 at the ends, of m = round(duration * rate) samples: sin(pi/2 * k/(m - 1))^2.
---@param duration? number  ms, default 10
---@param opt? { when?: "both"|"onset"|"offset" }
---@return Sound
function Sound:ramp(duration, opt)
  duration = options.number("ramp", "duration", duration or 10, 0, math.huge)
  local when = options.check("ramp", opt or {}, { when = "string" }).when or "both"
  if when ~= "both" and when ~= "onset" and when ~= "offset" then
    options.fail("ramp: " .. options.unknown("when", when, { "both", "onset", "offset" }))
  end
  local m = Sound.count(duration, self.rate)
  if m > self.n then options.fail(("ramp: %g ms are longer than the sound, %g ms"):format(duration, self.duration)) end
  local on, off = when ~= "offset" and m or 0, when ~= "onset" and m or 0
  return self:derive({}, function(stream) return core.ramp(stream, on, off) end)
end

local function level_of(rms) return 20 * math.log(rms / 2e-5, 10) end

--- What brings a channel to a level.
local function gain_to(where, name, level, rms)
  if rms == 0 then options.fail(("%s: %s is silent, so no gain gives it %g dB"):format(where, name, level)) end
  if not (rms < math.huge) then options.fail(("%s: %s holds samples that are not finite, so no gain gives it %g dB"):format(where, name, level)) end
  return 10 ^ ((level - level_of(rms)) / 20)
end

--- Without an argument: the level in dB SPL, 20 log10(rms / 2e-5 Pa), rms about the mean of the whole sound, silences
--- included; of several channels one number for each. With an argument: the sound at that level (all channels at the same one, or a list
--- of one for each).
---@param level? number|number[]
---@return any
--- Errors: "level: channel 1 is silent".
function Sound:level(level)
  local rms, levels = self:rms(), {}
  for c = 1, self.channels do levels[c] = level_of(rms[c]) end
  if level == nil then return table.unpack(levels) end
  local wanted = given.numbers("level", "the level", level)
  if #wanted ~= 1 and #wanted ~= self.channels then options.fail(("level: %d levels for %d channels"):format(#wanted, self.channels)) end
  local gains = {}
  for c = 1, self.channels do
    local name = "channel " .. c
    gains[c] = gain_to("level", name, options.number("level", name, wanted[#wanted == 1 and 1 or c], -1000, 1000), rms[c])
  end
  return self:gain(gains)
end

--- The sound with its loudest channel at a level: what lies between the channels stays.
---@param level number  dB SPL
---@return Sound
function Sound:max_level(level)
  options.number("max_level", "the level", level, -1000, 1000)
  local rms = self:rms()
  return self * gain_to("max_level", "the loudest channel", level, rms:isfinite():all() and rms:max() or 0 / 0)
end

local function both_ears(self, where)
  if self.channels ~= 2 then options.fail(("%s: a sound of two channels expected, got %d"):format(where, self.channels)) end
end

--- The difference between two ears in level, dB: how much louder the left one is.
---@return number
function Sound:ild()
  both_ears(self, "ild")
  local left, right = self:level()
  if left == right and left == -math.huge then options.fail "ild: both ears hear nothing" end
  return left - right
end

--- The difference between two ears in time, ms: how much later the left one hears. Where the correlation of both is largest, between samples by a parabola.
---@param opt? { most?: number }  ms, either way; default 1
---@return number
function Sound:itd(opt)
  both_ears(self, "itd")
  local most = options.number("itd", "most", options.check("itd", opt or {}, { most = "number" }).most or 1, 0, math.huge, true)
  local rms = self:rms()
  for ear, name in ipairs { "left", "right" } do
    if rms[ear] == 0 then options.fail(("itd: the %s ear hears nothing"):format(name)) end
  end
  local samples = self:samples()
  local sums = signal.correlate(samples:column(1):copy(), samples:column(2):copy())
  local reach, middle = math.min(Sound.count(most, self.rate), self.n - 1), self.n
  local near = sums:slice(middle - reach, middle + reach)
  local at = near:argmax()
  local lag = at - 1 - reach
  if at > 1 and at < #near then
    local before, top, after = near[at - 1], near[at], near[at + 1]
    local curve = before - 2 * top + after
    if curve < 0 then lag = lag + (before - after) / (2 * curve) end
  end
  return lag * 1000 / self.rate
end

--- Largest absolute value of a sample.
---@return number
function Sound:peak()
  local _, _, peaks = self:measure()
  return peaks:max()
end

--- The sound at another rate, band-limited: up to 0.9 of the lower half rate unchanged, everything from that half rate on 100 dB down.
---@param rate number  Hz
---@return Sound
function Sound:resample(rate)
  options.number("resample", "rate", rate, Sound.least_rate, Sound.greatest_rate)
  if rate == self.rate then return self end
  local open, own = self._open, self.rate
  return Sound.make {
    rate = rate, n = nearest(self.n * rate / self.rate), channels = self.channels, _open = function() return core.resample(open(own), rate) end,
  }
end

--- The part between two times; without the second one, to the end.
---@param from number  ms
---@param to? number   ms
---@return Sound
function Sound:slice(from, to)
  to = to or self.duration
  options.number("slice", "from", from, 0, self.duration)
  options.number("slice", "to", to, from, self.duration + 1e-9)
  local first = Sound.count(from, self.rate)
  local n = math.min(Sound.count(to, self.rate), self.n) - first
  return self:derive({ n = n }, function(stream) return core.cut(stream, first, n) end)
end

--- The sound with silence before it; a negative time cuts its beginning off.
---@param delay number  ms
---@return Sound
function Sound:shift(delay)
  options.number("shift", "delay", delay, -self.duration, math.huge)
  local lead = Sound.count(math.abs(delay), self.rate) * (delay < 0 and -1 or 1)
  local n = self.n + lead
  return self:derive({ n = n }, function(stream) return core.cut(stream, -lead, n) end)
end

--- The sound with silence after it.
---@param duration number  ms of silence
---@return Sound
function Sound:extend(duration)
  options.number("extend", "duration", duration, 0, math.huge)
  return self:derive({ n = self.n + Sound.count(duration, self.rate) }, function(stream) return stream end)
end

--- The sound with a length: its start, or all of it with silence after it.
---@param duration number  ms
---@return Sound
function Sound:resize(duration)
  options.number("resize", "duration", duration, 0, math.huge)
  local n = Sound.count(duration, self.rate)
  return self:derive({ n = n }, function(stream) return core.cut(stream, 0, n) end)
end

--- The sound n times.
---@param n integer
---@return Sound
function Sound:times(n)
  options.whole("times", "n", n, 1)
  local parts = {}
  for k = 1, n do parts[k] = self end
  return Sound.sequence(parts)
end

--- One channel.
---@param c integer  from 1; of a stereo sound 1 is left, 2 right
---@return Sound
function Sound:channel(c) return self:pick { c } end

--- All channels as one: their mean.
---@return Sound
function Sound:mono()
  if self.channels == 1 then return self end
  return self:derive({ channels = 1 }, core.mono)
end

--- Bring sounds to one rate (the highest) and one number of channels (a mono sound goes to all).
local function alike(where, sounds)
  local rate, channels, made = 0, 1, {}
  for _, s in ipairs(sounds) do
    rate, channels = math.max(rate, s.rate), math.max(channels, s.channels)
  end
  for k, s in ipairs(sounds) do
    s = s:resample(rate)
    if s.channels > 1 and s.channels < channels then options.fail(("%s: part %d has %d channels, another one %d"):format(where, k, s.channels, channels)) end
    made[k] = s.channels < channels and s:repeat_channels(channels) or s
  end
  return made, rate, channels
end

--- Sounds one after the other. Lower rates are brought to the highest one.
---@param sounds Sound[]
---@return Sound
function Sound.sequence(sounds)
  given.parts("sequence", sounds, is_sound, "sound")
  local list = {}
  for _, s in ipairs(sounds) do
    for _, part in ipairs(rawget(s, "_parts") or { s }) do list[#list + 1] = part end
  end
  local parts, rate, channels = alike("sequence", list)
  local n = 0
  for _, s in ipairs(parts) do n = n + s.n end
  return Sound.make {
    rate = rate, n = n, channels = channels, _parts = parts,
    _open = function()
      local streams = {}
      for k, s in ipairs(parts) do streams[k] = s._open(rate) end
      return core.sequence(streams)
    end,
  }
end

--- Two mono sounds as the left and the right channel of one.
---@param left Sound
---@param right Sound
---@return Sound
function Sound.stereo(left, right)
  for k, s in ipairs { left or false, right or false } do
    if not is_sound(s) then options.fail(("stereo: part %d is no sound but a %s"):format(k, s and type(s) or "nil")) end
  end
  local parts, rate, channels = alike("stereo", { left, right })
  if channels ~= 1 then options.fail "stereo: both sounds must have one channel (use :mono or :channel)" end
  return Sound.make {
    rate = rate, n = math.max(parts[1].n, parts[2].n), channels = 2,
    _open = function() return core.join { parts[1]._open(rate), parts[2]._open(rate) } end,
  }
end

Sound.__concat = function(a, b) return Sound.sequence { a, b } end

--- a + b, a - b, a * b, a / b of sounds: the shorter one is followed by silence, the lower rate is brought to the higher one.
for _, name in ipairs { "__add", "__sub", "__mul", "__div" } do
  local of_sources = Source[name]
  Sound[name] = function(a, b)
    if not is_sound(a) or not is_sound(b) then return of_sources(a, b) end
    local parts = alike("mix", { a, b })
    return of_sources(parts[1], parts[2])
  end
end

--- Save as .wav, .aiff, .flac or .ogg. The file appears when it is whole.
---@param path string
---@param opt? { samples?: "float32"|"float64"|"pcm16"|"pcm24" }  default "float32" for .wav and .aiff, "pcm24" for .flac
--- Errors: a sample beyond -1 .. 1 in a file of integers, an unknown ending, a rate that is no whole number.
function Sound:save(path, opt)
  if type(path) ~= "string" then options.fail("save: the name of a file expected, got " .. type(path)) end
  local ending = path:match "%.(%w+)$"
  local default = ending == "flac" and "pcm24" or ending == "ogg" and "compressed" or "float32"
  local samples = options.check("save", opt or {}, { samples = "string" }).samples or default
  local known = { "float32", "float64", "pcm16", "pcm24", "compressed" }
  if not table.concat(known, " "):find(samples, 1, true) then options.fail("save: " .. options.unknown("kind of samples", samples, known)) end
  core.save(path, self:stream(), self.n, samples)
end

--- Programs that play a sound file, with what is said to them before its name.
local players = { { "aplay", "-q" }, { "paplay" }, { "pw-play" }, { "ffplay", "-nodisp", "-autoexit", "-loglevel", "error" }, { "afplay" } }

--- Play the sound by the first of aplay, paplay, pw-play, ffplay and afplay that is there, and wait for its end.
---@param opt? { normalise?: boolean }  the largest sample at 1; else none may be beyond -1 .. 1
--- Errors: no player; more than two channels; samples beyond -1 .. 1.
function Sound:play(opt)
  local is_even = options.check("play", opt or {}, { normalise = "boolean" }).normalise
  if self.channels > 2 then options.fail(("play: a sound of one or two channels expected, got %d: choose with :pick"):format(self.channels)) end
  local peak = self:peak()
  if not is_even and peak > 1 then options.fail(("play: samples reach %g, and a loudspeaker takes -1 .. 1: { normalise = true }"):format(peak)) end
  if ranks.is_silent() then return end
  local name = os.tmpname()
  local path = name .. ".wav"
  local ok, message = pcall(function()
    (is_even and peak > 0 and self / peak or self):save(path, { samples = "pcm16" })
    return core.play(path, players)
  end)
  os.remove(path)
  os.remove(name)
  if not ok then error(message, 0) end
  if not message then
    options.fail "play: no player is here: install Debian's package alsa-utils (aplay), pulseaudio-utils (paplay), pipewire-bin (pw-play) or ffmpeg (ffplay)"
  end
end

--- The sound of an array or table of samples: [n], or [n][channels].
---@param samples any
---@param opt? { rate?: number }
---@return Sound
function Sound.from(samples, opt)
  local rate = options.number("sound", "rate", options.check("sound", opt or {}, { rate = "number" }).rate or Sound.default_rate,
    Sound.least_rate, Sound.greatest_rate)
  local ok, rows = pcall(array.from, samples, "float64")
  if not ok or type(samples) == "number" then options.fail("sound: a table or an array of samples expected, got " .. options.show(samples)) end
  local n, channels = rows:shape()
  channels = channels or 1
  if rows:axes() > 2 or channels > math.max(n, 64) then
    options.fail(("sound: samples [n] or [n][channels] expected, got an array of shape %s"):format(table.concat({ rows:shape() }, " x ")))
  end
  if n == 0 then options.fail "sound: no samples" end
  given.finite("sound", rows)
  return Sound.make { rate = rate, n = n, channels = channels, samples = rows }
end

return Sound
