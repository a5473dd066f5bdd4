--- Delay lines behind two ears, brian2hears' example jeffress (Jeffress 1948, Journal of Comparative and Physiological Psychology 41:35), with HRTFs: noise from
--- directions of a set is heard by both ears, filtered at 500 Hz, and runs to detectors of coincidences that make up for one difference between the ears each.
--- Those that spike most stand for the difference that the HRTFs have. `sofa=FILE` takes measured heads.
--- Published: error 0..0.08 (ms, mean: of the difference that detectors stand for and that of the impulse responses), correlation 0.97..1 (of both, over directions)
--- Takes 2 s.
--- Run: lunapse examples/brian2hears/jeffress.lua [sofa=none duration=400 seed=1 threads=1 out=jeffress.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { sofa = "none", duration = 400, seed = 1, threads = 1, out = "jeffress.png" }

local set = a.sofa == "none" and h.headless { n = 9, rate = 44100 } or h.load_hrtf(a.sofa)
local FIBRES, N, MOST, CF = 10, 41, 0.8, 500                          -- for each ear; detectors; ms; Hz
local directions, true_itd, banks = {}, {}, {}
for k, azimuth in ipairs { -90, -60, -40, -20, 0, 20, 40, 60, 90 } do
  directions[k] = set:nearest(azimuth)
  true_itd[k] = directions[k]:itd()
  local heard = directions[k](h.white_noise(a.duration, { seed = a.seed + k, rate = set.rate }))
  banks[k] = h.gammatone(heard, { CF, CF }):map("x/rms", { rms = lp.full(0.1, 2) }):repeat_channels(FIBRES)
end

local Fibre = lp.neuron { name = "Fibre", parameters = { I = 0, tau = 0.3 }, equations = "tau*dv/dt = 2*clip(I, 0, 3) - v + 0.1*sqrt(2*tau)*xi",
  spike = "v > 1", reset = "v = 0", refractory = 1 }
local Detector = lp.neuron { name = "Detector", parameters = { tau = 0.15 }, equations = "dv/dt = -v/tau", spike = "v > 1", reset = "v = 0", refractory = 1 }
local net = lp.network { dt = 1000 / set.rate, seed = a.seed, threads = a.threads }
local fibres = net:population { name = "fibres", size = #directions * 2 * FIBRES, neuron = Fibre, drive = { I = h.join(banks) } }
local detectors = net:population { name = "detectors", size = #directions * N, neuron = Detector }
local best = lp.linspace(-MOST, MOST, N)                              -- ms: how much later the left ear hears what a detector waits for
local pre, post = {}, {}
for d = 1, #directions do
  for f = 1, 2 * FIBRES do
    for k = 1, N do pre[#pre + 1], post[#post + 1] = (d - 1) * 2 * FIBRES + f, (d - 1) * N + k end
  end
end
net:project { from = fibres, to = detectors, synapse = lp.synapse { pre_spike = "post.v += w" }, connect = lp.pairs(pre, post), weights = 1.3 / FIBRES, delays = function(i, j)
  local is_left, wait = (i - 1) % (2 * FIBRES) < FIBRES, best[(j - 1) % N + 1]
  return MOST + (is_left and -wait / 2 or wait / 2)
end }
local spikes = net:record(detectors, "spike")
net:run(a.duration)

local counts = spikes.neuron:histogram(lp.array.arange(0, #directions * N) + 0.5):reshape(#directions, N)
local found = {}
for d = 1, #directions do
  found[d] = best[counts[d]:ge(0.85 * counts[d]:max())]:mean()                    -- the middle of those that spike most
end
local truth, estimate = lp.array.from(true_itd), lp.array.from(found)
local fig = lp.figure { rows = 1, columns = 2, width = "180 mm", height = "80 mm", style = "paper", letters = true }
fig[1]:image(counts, { extent = { -MOST, MOST, 0.5, #directions + 0.5 } }):xlabel "delays make up for (ms)":ylabel "direction"
fig[2]:line({ -MOST, MOST }, { -MOST, MOST }, { color = "gray", dash = "dashed" }):points(truth, estimate, { color = "black" })
fig[2]:xlabel "difference of the HRTFs (ms)":ylabel "of the detectors (ms)"
print("figure: " .. fig:save(a.out))
lp.result { { "error", (truth - estimate):abs():mean() }, { "correlation", lp.linalg.corrcoef(lp.array.stack { truth, estimate }):get(1, 2) } }
