--- A simple auditory nerve, brian2hears' example simple_anf: gammatone filters, a rectified cube root, and leaky neurons with noise, driven sample by sample.
--- Published: near_tone 1.5..20 (rate of the fibres within 10 % of the tone's 1 kHz by that of all), most 0..200 Hz (a refractory period of 5 ms leaves no more)
--- Takes 2 s.
--- Run: lunapse examples/brian2hears/simple_anf.lua [fibres=300 duration=100 seed=1 threads=1 out=simple_anf.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { fibres = 300, duration = 100, seed = 1, threads = 1, out = "simple_anf.png" }

local sound = (h.tone(1000, a.duration) + 0.3 * h.white_noise(a.duration, { seed = a.seed })):ramp()
local cf = h.erbspace(20, 20000, a.fibres)
local cells = h.gammatone(sound, cf):map "3*clip(x, 0, inf)^(1/3)"

local Fibre = lp.neuron { name = "Fibre", parameters = { I = 0 }, equations = "dv/dt = I - v + 0.2*sqrt(2)*xi", spike = "v > 1", reset = "v = 0", refractory = 5 }
local net = lp.network { dt = 1000 / sound.rate, seed = a.seed, threads = a.threads }
local nerve = net:population { name = "nerve", size = a.fibres, neuron = Fibre, drive = { I = cells } }
local spikes = net:record(nerve, "spike")
net:run(sound.duration)

local fig = lp.figure { width = "140 mm", height = "90 mm", style = "paper" }
fig[1]:points(spikes.t, cf[spikes.neuron], { size = 1.5, color = "black" }):log "y":xlabel "time (ms)":ylabel "fibre (Hz)"
print("figure: " .. fig:save(a.out))

local counts = spikes.neuron:histogram(lp.array.arange(0, a.fibres) + 0.5)
local rates = counts / (sound.duration / 1000)
local near = (cf / 1000 - 1):abs():lt(0.1)
lp.result { { "near_tone", rates[near]:mean() / rates:mean() }, { "most", rates:max() }, { "rate", rates:mean() } }
