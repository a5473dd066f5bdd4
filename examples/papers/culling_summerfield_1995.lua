--- Artificial vowels (Culling & Summerfield 1995, Journal of the Acoustical Society of America 98:785): each is two bands of noise, 150 Hz wide, at two of the
--- four frequencies 225, 625, 975 and 1925 Hz, so that which bands belong together decides which vowels are heard. Two at once, each with a difference between
--- the ears of its own, as in their experiments: correlation of the ears, channel by channel, finds both.
--- Published: in_bands 0.98..1 (power of the vowels in their bands, which are 150 Hz wide), itd_ar 0.4..0.6 ms, itd_ee -0.6..-0.4 ms
--- (in the channels of their lower bands: +-0.5 ms were given)
--- Takes 1 s.
--- Run: lunapse examples/papers/culling_summerfield_1995.lua [itd=0.5 seed=1 duration=409.6 out=culling_summerfield_1995.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { itd = 0.5, seed = 1, duration = 409.6, out = "culling_summerfield_1995.png" }

local RATE, WIDTH = 10000, 150
local vowels = { ee = { 225, 1925 }, ar = { 625, 975 }, oo = { 225, 975 }, er = { 625, 1925 } }

--- Which frequencies are in the bands of a vowel?
local function inside(name, f)
  local is_in = f:lt(0)
  for _, centre in ipairs(vowels[name]) do is_in = is_in | (f - centre):abs():lt(WIDTH / 2) end
  return is_in
end

--- Noise whose spectrum is cut to the bands of a vowel.
local function vowel(name, seed)
  local noise = h.white_noise(a.duration, { rate = RATE, seed = seed })
  local spectrum = lp.signal.rfft(noise:samples()) * inside(name, lp.signal.rfftfreq(noise.n, RATE)):astype "float64"
  return h.sound(lp.signal.irfft(spectrum, noise.n), { rate = RATE }):level(60)
end

local sounds, fraction = {}, 1
local fig = lp.figure { rows = 1, columns = 3, width = "240 mm", height = "75 mm", style = "paper", letters = true }
for k, name in ipairs { "ee", "ar", "oo", "er" } do
  sounds[name] = vowel(name, a.seed + k)
  local f, power = lp.signal.welch(sounds[name]:samples(), { fs = RATE, nperseg = 1024 })
  local wide = lp.array.zeros(#f):gt(1)
  for _, centre in ipairs(vowels[name]) do wide = wide | (f - centre):abs():lt(WIDTH / 2 + 20) end
  fraction = math.min(fraction, power[wide]:sum() / power:sum())
  fig[1]:line(f, 10 * (power + 1e-12):log10() - 25 * k, { label = name })
end
fig[1]:xlim(0, 3300):xlabel "frequency (Hz)":ylabel "power (dB, shifted)":legend "top right"
h.spectrogram(sounds.ar:ramp(10), { window = 256, high = 2500, range = 50 }):draw(fig[2], { bar = "dB" })

-- "ee" leads at the left ear, "ar" at the right one
local function heard(sound, itd) return h.headless({ itd = { itd }, rate = RATE })[1](sound) end
local both = heard(sounds.ee:ramp(10), -a.itd) + heard(sounds.ar:ramp(10), a.itd)
local cf = h.erbspace(150, 2500, 40)
local left, right = h.gammatone(both:channel(1), cf):process(), h.gammatone(both:channel(2), cf):process()
local itds = lp.zeros(#cf)
for c = 1, #cf do
  local ears = { h.sound(left:column(c):copy(), { rate = RATE }), h.sound(right:column(c):copy(), { rate = RATE }) }
  itds[c] = h.join(ears):itd { most = math.min(0.9, 500 / cf[c]) }
end
fig[3]:points(cf, itds, { color = "black", size = 4 }):xlabel "channel (Hz)":ylabel "difference between the ears (ms)":ylim(-1, 1)
print("figure: " .. fig:save(a.out))

local function near(f) return (cf - f):abs():lt(60) end
lp.result { { "in_bands", fraction }, { "itd_ar", itds[near(625)]:median() }, { "itd_ee", itds[near(225)]:median() } }
