--- A thousand channels without the memory for them, brian2hears' examples online_computation and cochleagram: the rms of each channel of a filterbank is added up
--- block by block. A tone of 1 kHz in noise.
--- Published: same 0..1e-9 (relative difference from the whole computed at once, over 20 channels), peak 950..1050 Hz (the channel with the largest rms: the tone)
--- Takes 2 s.
--- Run: lunapse examples/brian2hears/online_computation.lua [channels=1000 duration=100 seed=1 out=online_computation.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { channels = 1000, duration = 100, seed = 1, out = "online_computation.png" }

local sound = (h.tone(1000, a.duration) + h.white_noise(a.duration, { seed = a.seed })):ramp():level(60)
local cf = h.erbspace(20, 20000, a.channels)
local bank = h.gammatone(sound, cf)

local sum = lp.zeros(a.channels)
for block in bank:blocks(512) do sum = sum + (block * block):sum(1) end          -- [512][channels] at a time
local rms = (sum / sound.n):sqrt()                                                -- bank:rms() does this in C, about the mean

local fig = lp.figure { rows = 1, columns = 2, width = "180 mm", height = "75 mm", style = "paper", letters = true }
fig[1]:line(cf, rms, { color = "black" }):line({ cf[1], cf[#cf] }, { sound:rms()[1], sound:rms()[1] }, { color = "gray", dash = "dashed", label = "sound" })
fig[1]:log "x":xlabel "frequency (Hz)":ylabel "rms (Pa)":ylim(0, 0.026):legend "top left"
h.cochleagram(sound, { range = 40 }):draw(fig[2], { bar = "dB SPL" })
print("figure: " .. fig:save(a.out))

local few = {}
for k = 1, 20 do few[k] = cf[1 + (k - 1) * (a.channels // 20)] end
local whole, worst = h.gammatone(sound, few):process(), 0
for k = 1, 20 do worst = math.max(worst, math.abs(math.sqrt((whole:column(k) ^ 2):mean()) / rms[1 + (k - 1) * (a.channels // 20)] - 1)) end
lp.result { { "same", worst }, { "peak", cf[rms:argmax()] }, { "tone_over_noise", rms:max() / rms:median() } }
