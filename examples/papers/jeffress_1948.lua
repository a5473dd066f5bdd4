--- Where a sound comes from, by delay lines and detectors of coincidences (Jeffress 1948, Journal of Comparative and Physiological Psychology 41:35), with
--- spiking neurons as in Brette (2012, PLoS Computational Biology 8:e1002561, figure 7A): noise moves around the head, its spikes run from both ears along
--- delay lines in opposite directions, and those neurons spike whose two delays make up for the difference between the ears. So place stands for direction: the
--- spikes follow the sine of the azimuth. The published figure is such a raster without numbers.
--- Published: correlation 0.8..1 (of the difference that detectors stand for and the true one; figure 7A: spikes lie along the sine), error 0..0.1 (ms, median;
--- of 0.67 ms to either side)
--- Takes 1 s.
--- Run: lunapse examples/papers/jeffress_1948.lua [duration=1000 turn=1000 seed=1 threads=1 out=jeffress_1948.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { duration = 1000, turn = 1000, seed = 1, threads = 1, out = "jeffress_1948.png" }

local DT, N = 0.02, 300
local MAX_ITD = 200 / 300                              -- ms: ears 20 cm apart, sound at 300 m/s
local LINE = 1.1 * MAX_ITD                             -- ms: the length of a delay line

local Ear = lp.neuron {
  name = "Ear",
  parameters = { tau = 1, sigma = 0.05, turn = a.turn, distance = 0 },                     -- distance: from the middle of the head, ms of sound
  arrays = { sound = lp.timed_array(10 * h.white_noise(a.duration, { rate = 1000 / DT, seed = a.seed }):samples(), { dt = DT }) },
  equations = [[
    delay = distance*sin(2*pi*t/turn)
    dx/dt = (sound(t - delay) - x)/tau + sigma*sqrt(2/tau)*xi
  ]],
  spike = "x > 1", reset = "x = 0", refractory = 2.5,
}
local Coincidence = lp.neuron {
  name = "Coincidence",
  parameters = { tau = 1, sigma = 0.05 },
  equations = "dv/dt = -v/tau + sigma*sqrt(2/tau)*xi",
  spike = "v > 1", reset = "v = 0",
}

local net = lp.network { dt = DT, seed = a.seed, threads = a.threads }
local ears = net:population { name = "ears", size = 2, neuron = Ear, parameters = { distance = { -MAX_ITD / 2, MAX_ITD / 2 } } }
local detectors = net:population { name = "detectors", size = N, neuron = Coincidence }
net:project { from = ears, to = detectors, synapse = lp.synapse { pre_spike = "post.v += w" }, connect = lp.all_to_all(), weights = 0.5,
  delays = function(ear, j) return DT + LINE * (ear == 1 and j - 1 or N - j) / (N - 1) end }
local heard, spikes = net:record(ears, "spike"), net:record(detectors, "spike")
net:run(a.duration)

-- A detector stands for the difference between the ears that its delays make up for.
local itd = LINE * (2 * (spikes.neuron - 1) / (N - 1) - 1)
local truth = MAX_ITD * (2 * math.pi * spikes.t / a.turn):sin()
local correlation = lp.linalg.corrcoef(lp.array.stack { itd, truth }):get(1, 2)

local fig = lp.figure { rows = 2, columns = 2, heights = { 1.4, 1 }, width = "180 mm", height = "130 mm", style = "paper", letters = true }
local raster, t = fig:axes(1, 1, { columns = 2 }), lp.linspace(0, a.duration, 500)
raster:points(spikes.t, itd, { size = 1.2, color = "black", label = "spikes of detectors" })
raster:line(t, MAX_ITD * (2 * math.pi * t / a.turn):sin(), { color = "red", width = 2, alpha = 0.7, label = "difference between the ears" })
raster:xlim(0, a.duration):ylim(-0.8, 0.8):xlabel "time (ms)":ylabel "delays of detector (ms)":legend "top right"
fig[{ 2, 1 }]:histogram(itd - truth, { range = { -0.5, 0.5 }, bins = 50 }):xlabel "error (ms)":ylabel "spikes"

-- What others can read from them: the median over a window.
local WINDOW = 25
local estimate, actual = {}, {}
for from = 0, a.duration - WINDOW, WINDOW do
  local is_now = spikes.t:ge(from):both(spikes.t:lt(from + WINDOW))
  if is_now:any() then estimate[#estimate + 1], actual[#actual + 1] = itd[is_now]:median(), truth[is_now]:median() end
end
fig[{ 2, 2 }]:line({ -1, 1 }, { -1, 1 }, { color = "gray", dash = "dashed" }):points(actual, estimate, { size = 4, color = "black" })
fig[{ 2, 2 }]:xlim(-0.8, 0.8):ylim(-0.8, 0.8):xlabel "difference between the ears (ms)":ylabel "median of\ndetectors (ms)"
print("figure: " .. fig:save(a.out))

lp.result { { "ear_hz", heard:mean_rate() }, { "detector_hz", spikes:mean_rate() }, { "correlation", correlation }, { "error", (itd - truth):abs():median() } }
