--- Sounds of experiments: vowels, iterated ripple noise, noise whose spectrum is a power of the frequency.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local generate = require "lunapse.hearing.generate"
local options = require "lunapse.options"
local signal = require "lunapse.signal"
local Sound = require "lunapse.hearing.sound"

local artificial = {}

--- Formants of men, Hz (Peterson & Barney 1952, Journal of the Acoustical Society of America 24:175, table II).
local formants = {
  iy = { 270, 2290, 3010 }, ih = { 390, 1990, 2550 }, eh = { 530, 1840, 2480 }, ae = { 660, 1720, 2410 }, ah = { 640, 1190, 2390 },
  aa = { 730, 1090, 2440 }, ao = { 570, 840, 2410 }, uh = { 440, 1020, 2240 }, uw = { 300, 870, 2240 }, er = { 490, 1350, 1690 },
}
formants.a, formants.i, formants.u = formants.aa, formants.iy, formants.uw

--- An artificial vowel: pulses of a voice through resonances 50 Hz wide, one behind the other (the source-filter model, as MakeVowel of Slaney's Auditory Toolbox, 1998). Its largest sample is 1.
---@param vowel string|number[]  "a", "i", "u", one of ARPABET (iy ih eh ae ah aa ao uh uw er), or formants in Hz
---@param duration number        ms
---@param opt? { pitch?: number, rate?: number }  Hz; pitch 100
---@return Sound
function artificial.vowel(vowel, duration, opt)
  opt = options.check("vowel", opt or {}, { pitch = "number", rate = "number" })
  local silence = generate.silence(duration, { rate = opt.rate })
  local rate, n = silence.rate, silence.n
  local list = vowel
  if type(vowel) == "string" then
    local names = {}
    for name in pairs(formants) do names[#names + 1] = name end
    table.sort(names)
    list = formants[vowel] or options.fail("vowel: " .. options.unknown("vowel", vowel, names))
  elseif type(vowel) ~= "table" or #vowel == 0 then
    options.fail("vowel: the name of a vowel or a list of formants in Hz expected, got " .. options.show(vowel))
  end
  local period = rate / options.number("vowel", "pitch", opt.pitch or 100, 0, rate / 2, true)
  if n < 2 then options.fail "vowel: no samples" end
  local pulses, at = array.zeros(n), 0
  while at < n - 1 do   -- a pulse between two samples goes to both
    local k = math.floor(at)
    pulses[k + 1] = pulses[k + 1] + (k + 1 - at)
    pulses[k + 2] = pulses[k + 2] + (at - k)
    at = at + period
  end
  local a = math.exp(-2 * math.pi * 250 / rate)
  local sections, radius = { { 1, 0, 0, 0, -a * a } }, math.exp(-math.pi * 50 / rate)
  for k = 1, #list do
    local f = options.number("vowel", "formant " .. k, list[k], 25, rate / 2, true)
    local a1 = -2 * radius * math.cos(2 * math.pi * f / rate * math.sqrt(1 - (25 / f) ^ 2))
    sections[#sections + 1] = { 1 + a1 + radius * radius, 0, 0, a1, radius * radius }
  end
  local made = Sound.from(pulses, { rate = rate }):iir(sections)
  return made / made:peak()
end

--- Iterated ripple noise (Yost 1996, Journal of the Acoustical Society of America 100:511): white noise with copies of itself, each `delay` after the last, which has a pitch of 1/delay. "same":
--- delay and addition n times over, x -> x + gain D x; "original": x + gain D x + ... + gain^n D^n x. It sounds as if it had begun long before.
---@param delay number       ms, in whole samples
---@param gain number        -1 .. 1
---@param iterations integer
---@param duration number    ms
---@param opt? { kind?: "same"|"original", seed?: integer, rate?: number }  kind "same"
---@return Sound
function artificial.ripple_noise(delay, gain, iterations, duration, opt)
  opt = options.check("ripple_noise", opt or {}, { kind = "string", seed = "number", rate = "number" })
  local kind = opt.kind or "same"
  if kind ~= "same" and kind ~= "original" then options.fail("ripple_noise: " .. options.unknown("kind", kind, { "same", "original" })) end
  options.number("ripple_noise", "gain", gain, -1, 1)
  options.whole("ripple_noise", "iterations", iterations, 0)
  local rate = opt.rate or Sound.default_rate
  local late = Sound.count(options.number("ripple_noise", "delay", delay, 0, 1e4, true), rate)
  if late < 1 then options.fail(("ripple_noise: %g ms are no whole sample at %g Hz"):format(delay, rate)) end
  local taps, weight = array.zeros(iterations * late + 1), 1
  for k = 0, iterations do
    taps[k * late + 1] = weight
    weight = weight * gain * (kind == "same" and (iterations - k) / (k + 1) or 1)
  end
  local n, before = Sound.count(duration, rate), iterations * late
  local noise = generate.white_noise((n + before) * 1000 / rate, { seed = opt.seed, rate = rate }):fir(taps)
  return noise:derive({ n = n }, function(stream) return core.cut(stream, before, n) end)
end

--- Noise whose power falls as 1/f^exponent: 0 white, 1 pink, 2 brown. Made whole, by Fourier transform; rms 1, mean 0. (`pink_noise` streams.)
---@param duration number  ms
---@param exponent number
---@param opt? { seed?: integer, rate?: number }
---@return Sound
function artificial.power_law_noise(duration, exponent, opt)
  opt = options.check("power_law_noise", opt or {}, { seed = "number", rate = "number" })
  options.number("power_law_noise", "exponent", exponent, -10, 10)
  local white = generate.white_noise(duration, opt)
  if white.n < 3 then options.fail "power_law_noise: no samples" end
  local spectrum = signal.rfft(white:samples())
  local f = array.arange(0, white.n // 2):astype "float64"
  f[1] = 1
  local weights = f ^ (-exponent / 2)
  weights[1] = 0
  local samples = signal.irfft(spectrum * weights, white.n)
  return Sound.make { rate = white.rate, n = white.n, channels = 1, seed = white.seed, samples = samples / samples:std() }
end

return artificial
