--- Basal ganglia that learn by reward (notebook "BasalGanglia" of ANNarchy, much simplified from Vitay & Hamker 2010, Frontiers in Computational Neuroscience
--- 4:13): four stimuli, two responses. The cortex excites the striatum, each half of which inhibits one neuron of the GPi; the less active of the two has
--- chosen. Dopamine, +1 or -1 by what came of it, gates Hebbian learning of cortex onto striatum: the half for "left" comes to prefer the stimuli A and B, that
--- for "right" C and D.
--- Published: first 0.3..0.85 (share of right answers in the first 8 trials: little more than chance), last 0.85..1 (in the last 20 of 100 trials: learnt),
--- left 0.05..1 (mean weight from A and B less that from C and D: positive "if learning goes well", notebook), right -1..-0.05 (negative)
--- Takes 3 s.
--- Run: lunapse examples/annarchy/basal_ganglia.lua [duration=10000 networks=20 seed=1 out=basal_ganglia.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 10e3, networks = 20, seed = 1, out = "basal_ganglia.png" }

local STIMULI, HALF = { "A", "B", "C", "D" }, 5                       -- "left" is right for the first two; striatal neurons for each response
local REST, CHOICE, LEARNING = 40, 50, 10                             -- ms of a trial
local TRIALS = math.max(20, math.floor(a.duration / (REST + CHOICE + LEARNING)))

local Cortex = lp.neuron { name = "Cortex", parameters = { r = 0 } }
local MSN = lp.neuron { name = "MSN", parameters = { tau = 10, noise = 0.1 },
  equations = "tau * dv/dt + v = sum(exc) - sum(inh) + noise * Uniform(-1, 1); r = clip(v, 0, 1)" }
local Pallidal = lp.neuron { name = "Pallidal", parameters = { tau = 10, B = 1 }, equations = "tau * dv/dt + v = B - sum(inh); r = pos(v)" }
local Corticostriatal = lp.synapse {
  name = "Corticostriatal",
  parameters = { eta = 0.1, alpha = 0.5, dopamine = 0 },
  equations = "w += eta * (dopamine * pre.r * post.r - alpha * w * post.r^2)   : min = 0",
}

--- A network that learns: whether it was right, of each trial; its weights [striatum][cortex]; the course of the GPi.
local function learn(seed)
  local net = lp.network { dt = 1, seed = seed }
  local cortex = net:population { name = "cortex", size = #STIMULI, neuron = Cortex }
  local striatum = net:population { name = "striatum", size = 2 * HALF, neuron = MSN }
  local gpi = net:population { name = "gpi", size = 2, neuron = Pallidal }
  local path = net:project { from = cortex, to = striatum, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.5), synapse = Corticostriatal }
  net:project { from = striatum, to = striatum, target = "inh", connect = lp.all_to_all(), weights = 0.6 }
  for k = 1, 2 do
    net:project { from = striatum:slice(HALF * (k - 1) + 1, HALF * k), to = gpi:slice(k, k), target = "inh", connect = lp.all_to_all(), weights = 1 }
  end
  local course, is_right = net:record(gpi, "r"), {}
  for n = 1, TRIALS do
    local stimulus = (n - 1) % #STIMULI + 1
    cortex.r, path.dopamine = 0, 0
    net:run(REST)
    cortex.r[stimulus] = 1
    net:run(CHOICE)
    is_right[n] = gpi.r:argmin() == (stimulus <= 2 and 1 or 2) and 1 or 0
    path.dopamine = 2 * is_right[n] - 1
    net:run(LEARNING)
  end
  return is_right, path:matrix "w", course
end

local right, weights = lp.zeros(a.networks, TRIALS), lp.zeros(2 * HALF, #STIMULI)
local course
for k = 1, a.networks do
  local is_right, w, seen = learn(a.seed * 1000 + k)
  right:row(k):assign(is_right)
  weights = weights + w / a.networks
  course = seen
end

local tail, time = 4 * (REST + CHOICE + LEARNING), course.t:max()      -- the last trial of each stimulus
local fig = lp.figure { rows = 2, columns = 2, width = "170 mm", height = "110 mm", style = "paper", letters = true }
fig[1]:line(lp.arange(1, TRIALS), right:mean(1), { marker = "o", marker_size = 2, width = 0.8 }):hline(0.5, { color = "gray", dash = "dashed" })
fig[1]:ylim(0, 1.05):xlabel "trial":ylabel(("right, share of %d networks"):format(a.networks))
fig[2]:image(weights, { bar = "mean weight" }):ticks("x", { 1, 2, 3, 4 }, STIMULI):xlabel "stimulus":ylabel "striatal neuron"
local gpi = fig:axes(2, 1, { columns = 2 })
for k, name in ipairs { "left", "right" } do gpi:line(course.t, course.r:column(k), { label = name }) end
for k, name in ipairs(STIMULI) do
  local on = time - tail + (k - 1) * tail / 4 + REST
  gpi:vspan(on, on + CHOICE + LEARNING, { color = "gray", alpha = 0.15 }):text(on + (CHOICE + LEARNING) / 2, 1.1, name, { align = "center" })
end
gpi:xlim(time - tail, time):ylim(0, 1.25):xlabel "time (ms)":ylabel "rate in the GPi":legend "outside"
print("figure: " .. fig:save(a.out))

local preference = weights:columns(1, 2):mean(2) - weights:columns(3, 4):mean(2)
lp.result { { "first", right:columns(1, 8):mean() }, { "last", right:columns(TRIALS - 19, TRIALS):mean() },
  { "left", preference:slice(1, HALF):mean() }, { "right", preference:slice(HALF + 1, 2 * HALF):mean() } }
