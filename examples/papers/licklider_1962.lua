--- The pitch of a sound by delays and detectors of coincidences (Licklider 1951, Experientia 7:128; 1962, International Audiology 1:11), with spiking neurons
--- as in Brette (2012, PLoS Computational Biology 8:e1002561, figure 7B): a receptor's spikes come to each detector directly and once more by a delay of its
--- own, and those spike whose delay is a period of the sound, or several. A pitch that rises from 200 to 300 Hz, once with its fundamental and once without:
--- partials of 2 and 3 times the frequency have the pitch of the fundamental all the same. The published figure is a raster without numbers.
--- Published: on_pitch 0.6..1 (of spikes that are not below the pitch, those within 10 % of it; figure 7B: they follow the sound), on_pitch_missing 0.6..1 (the
--- same), periods 0.7..1 (of all spikes, those of a whole number of periods within 7 %)
--- Takes 1 s.
--- Run: lunapse examples/papers/licklider_1962.lua [duration=500 low=200 high=300 seed=1 threads=1 out=licklider_1962.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { duration = 500, low = 200, high = 300, seed = 1, threads = 1, out = "licklider_1962.png" }

local DT, N, MIN, MAX = 0.02, 300, 50, 1000            -- ms; detectors, from MIN to MAX Hz
local rise = (a.high - a.low) / a.duration             -- Hz/ms

--- Partials of a fundamental that rises from `low` to `high`.
local function glide(amplitudes)
  return h.from_function(function(t)
    local phase, sum = 2 * math.pi / 1000 * (a.low * t + rise / 2 * t * t), 0
    for k, amplitude in ipairs(amplitudes) do sum = sum + amplitude * (k * phase):sin() end
    return sum
  end, a.duration, { rate = 1000 / DT })
end

local Receptor = lp.neuron {
  name = "Receptor",
  parameters = { tau = 1, sigma = 0.1, sound = 0 },
  equations = "dx/dt = (sound - x)/tau + sigma*sqrt(2/tau)*xi",
  spike = "x > 1", reset = "x = 0", refractory = 3,                   -- ms: one spike a period
}
local Coincidence = lp.neuron {
  name = "Coincidence",
  parameters = { tau = 1, sigma = 0.1 },
  equations = "dv/dt = -v/tau + sigma*sqrt(2/tau)*xi",
  spike = "v > 1", reset = "v = 0",
}
local best = MIN * (lp.linspace(0, 1, N) * math.log(MAX / MIN)):exp()      -- Hz: where a delay is one period


local sounds = {
  { title = "with its fundamental",    amplitudes = { 3.75, 0, -1.25 }, color = "black" },       -- 5 sin(phase)^3, as in the example of Brian
  { title = "without its fundamental", amplitudes = { 0, 5, 2.5 },     color = "blue" },
}
local fig = lp.figure { rows = 2, columns = 2, widths = { 2.2, 1 }, width = "180 mm", height = "120 mm", style = "paper", letters = true }
for k, sound in ipairs(sounds) do
  local net = lp.network { dt = DT, seed = a.seed, threads = a.threads }
  local receptors = net:population { name = "receptors", size = 2, neuron = Receptor, drive = { sound = glide(sound.amplitudes) } }
  local detectors = net:population { name = "detectors", size = N, neuron = Coincidence }
  net:project { from = receptors, to = detectors, synapse = lp.synapse { pre_spike = "post.v += w" }, connect = lp.all_to_all(), weights = 0.5,
    delays = function(receptor, j) return DT + (receptor == 2 and 1000 / best[j] or 0) end }
  local spikes = net:record(detectors, "spike")
  net:run(a.duration)

  local f = best[spikes.neuron]
  local periods = (a.low + rise * spikes.t) / f                        -- of the sound, in the delay of the neuron that spikes
  sound.on_pitch = (periods - 1):abs():lt(0.1):sum() / periods:lt(1.1):sum()
  sound.whole = (periods / periods:round():maximum(1) - 1):abs():lt(0.07):mean()

  fig[{ k, 1 }]:points(spikes.t, f, { size = 1.2, color = sound.color }):line({ 0, a.duration }, { a.low, a.high }, { color = "red", alpha = 0.6, width = 2 })
  fig[{ k, 1 }]:log "y":xlim(0, a.duration):ylim(MIN, MAX):ticks("y", { 50, 100, 200, 500, 1000 }):title(sound.title)
  fig[{ k, 1 }]:ylabel "1/delay (Hz)":xlabel(k == 2 and "time (ms)" or "")
  fig[{ k, 2 }]:histogram(periods, { range = { 0, 6 }, bins = 120, color = sound.color }):ylabel "spikes":xlabel(k == 2 and "periods in the delay" or "")
end
print("figure: " .. fig:save(a.out))

lp.result { { "on_pitch", sounds[1].on_pitch }, { "on_pitch_missing", sounds[2].on_pitch }, { "periods", sounds[1].whole },
  { "periods_missing", sounds[2].whole } }
