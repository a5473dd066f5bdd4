--- Where a sound comes from, by measured or artificial ears: brian2hears' examples ircam_hrtf and sound_localisation_model (Goodman & Brette 2010, PLoS
--- Computational Biology 6:e1000993, simplified). What both ears hear from a hidden direction is filtered by all pairs of a set of HRTFs with the ears
--- exchanged: for the right direction both become the same, and detectors of coincidences of that assembly spike most. `sofa=FILE` takes a file of measured heads.
--- Published: error 0..15 (degrees: the right direction or a neighbour, which are 15 degrees apart)
--- Takes 4 s.
--- Run: lunapse examples/brian2hears/sound_localisation.lua [sofa=none azimuth=45 channels=15 duration=100 seed=1 threads=1 out=sound_localisation.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { sofa = "none", azimuth = 45, channels = 15, duration = 100, seed = 1, threads = 1, out = "sound_localisation.png" }

local set = a.sofa == "none" and h.headless { n = 13, rate = 44100 } or h.load_hrtf(a.sofa)
local here, angle, index = set:nearest(a.azimuth)
print(("%s, sound from %s, %.1f degrees from the one wanted"):format(set, here, angle))

local sound = h.white_noise(a.duration, { seed = a.seed, rate = set.rate })
local heard = here(sound)                                                         -- left, right
-- all filters of the set, L...R..., over the exchanged ears: for the true direction both are the sound by both filters
local exchanged = set:filterbank(heard:pick { 2, 1 }:repeat_channels(#set))
local cf = h.erbspace(150, 5000, a.channels)
local n, frequencies = #set * a.channels, {}
for k = 1, 2 * n do frequencies[k] = cf[(k - 1) % a.channels + 1] end
local cochlea = h.gammatone(exchanged:repeat_channels(a.channels), frequencies):map "15*clip(x, 0, inf)^(1/3)"

local Ear = lp.neuron { name = "Ear", parameters = { I = 0 }, equations = "dv/dt = I - v + 0.1*sqrt(2)*xi", spike = "v > 1", reset = "v = 0", refractory = 5 }
local Detector = lp.neuron { name = "Detector", equations = "dv/dt = -v + 0.1*sqrt(2)*xi", spike = "v > 1", reset = "v = 0", refractory = 5 }
local net = lp.network { dt = 1000 / set.rate, seed = a.seed, threads = a.threads }
local ears = net:population { name = "ears", size = 2 * n, neuron = Ear, drive = { I = cochlea } }
local detectors = net:population { name = "detectors", size = n, neuron = Detector }
for side = 0, 1 do
  net:project { from = ears:slice(side * n + 1, (side + 1) * n), to = detectors, synapse = lp.synapse { pre_spike = "post.v += w" }, connect = lp.one_to_one(), weights = 0.5 }
end
local spikes = net:record(detectors, "spike")
net:run(sound.duration)

local counts = spikes.neuron:histogram(lp.array.arange(0, n) + 0.5):reshape(#set, a.channels):sum(2)
local guess = counts:argmax()
local fig = lp.figure { width = "140 mm", height = "80 mm", style = "paper" }
fig[1]:bars(set.azimuth, counts, { color = "gray" }):points({ set.azimuth[index] }, { counts:max() * 1.08 }, { color = "red", size = 5, label = "the sound" })
fig[1]:points({ set.azimuth[guess] }, { counts:max() * 1.03 }, { color = "green", size = 4, label = "the answer" }):xlabel "azimuth (degrees)":ylabel "spikes":legend "top left"
print("figure: " .. fig:save(a.out))
lp.result { { "error", math.abs(set.azimuth[guess] - set.azimuth[index]) }, { "contrast", counts:max() / counts:mean() } }
