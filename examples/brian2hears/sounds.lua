--- Sounds and what can be done with them, brian2hears' example sounds: a tone in noise, its first 20 ms, its spectrogram; vowels, and saving and loading. `play=1` plays
--- it by the system's player.
--- Published: level 59.99..60.01 dB SPL (as was wanted), formant_1 680..780 Hz, formant_2 1040..1140 Hz (peaks in the spectrum of an a, 730 and 1090 Hz: Peterson &
--- Barney 1952), back 0..1e-7 (largest difference after a file of 32-bit samples)
--- Takes 1 s.
--- Run: lunapse examples/brian2hears/sounds.lua [duration=1000 seed=1 play=0 out=sounds.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { duration = 1000, seed = 1, play = 0, out = "sounds.png" }

local sound = (h.tone(1000, a.duration) + h.white_noise(a.duration, { seed = a.seed })):ramp():level(60)
local start, vowel = sound:slice(0, 20), h.vowel("a", 500, { pitch = 100 }):ramp():level(60)
if a.play ~= 0 then (sound .. h.silence(200) .. vowel):play { normalise = true } end

local fig = lp.figure { rows = 1, columns = 3, width = "240 mm", height = "75 mm", style = "paper", letters = true }
fig[1]:line(lp.array.arange(0, start.n - 1) * 1000 / start.rate, start:samples(), { color = "black" }):xlabel "time (ms)":ylabel "sound (Pa)"
h.spectrogram(sound, { high = 5000 }):draw(fig[2], { bar = "dB" })
local f, power = lp.signal.welch(vowel:samples(), { fs = vowel.rate, nperseg = 2048 })
fig[3]:line(f, 10 * power:log10(), { color = "black" }):xlim(0, 4000):ylim(-190, -40):xlabel "frequency (Hz)":ylabel "vowel a (dB)"
print("figure: " .. fig:save(a.out))

--- The strongest harmonic between two frequencies.
local function peak(from, to)
  local range = f:ge(from):both(f:le(to))
  return f[range][power[range]:argmax()]
end
local path = os.tmpname() .. ".wav"
sound:save(path)
local difference = (h.load(path):samples() - sound:samples()):abs():max()
os.remove(path)
lp.result { { "level", (sound:level()) }, { "formant_1", peak(500, 900) }, { "formant_2", peak(950, 1500) }, { "back", difference } }
