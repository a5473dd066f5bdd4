--- A recurrent network that learns by reward alone (Miconi 2017, eLife 6:e20899; notebook "Miconi" of ANNarchy): 200 rate neurons at the edge of chaos see two stimuli one after
--- the other, A or B each, and one of them is to say at the end whether they were different: delayed nonmatch to sample. Neurons are pushed at random a few times a second; each
--- synapse adds up how far its post neuron then was from its mean, times what it brought, to the third power, so that pushes outweigh the relaxation behind them; at the end of a
--- trial the sums, times reward less expected reward, change weights.
--- Published: first -1.28..-0.68 (mean reward of the first 25 trials of each pair: about -1, notebook; whatever is answered, the signs wanted bring it to -0.98, and 100 rewards
--- between -1.96 and 0 have a standard error of at most 0.098, of which these are three), last -0.68..0 (of the last 25: it has climbed out of what chance may do; the notebook,
--- whose phases last 200 ms, ends near 0 after 10000 trials of each pair), right 3..4 (of 4 pairs, those with the right sign at the end)
--- Takes 30 s.
--- Run: lunapse examples/annarchy/miconi.lua [duration=2000000 seed=1 out=miconi.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 2e6, seed = 1, out = "miconi.png" }

local N, SHARE, G, OUTPUT, PHASE = 200, 0.1, 1.5, 101, 100                     -- neurons, probability of a synapse, gain, who answers, ms
local PAIRS = { { 1, 1, -0.98 }, { 1, 2, 0.98 }, { 2, 1, 0.98 }, { 2, 2, -0.98 } }      -- two stimuli, and the answer to them
local TRIALS = math.max(30, math.floor(a.duration / (5 * PHASE + 1) / #PAIRS))          -- of each pair

local Input = lp.neuron { name = "Input", parameters = { r = 0 } }
local Reservoir = lp.neuron {
  name = "Reservoir",
  parameters = { tau = 30, bias = 0, alpha = 0.05, f = 3, A = { 16, scope = "population" } },
  equations = [[
    push = if Uniform(0, 1) < f/1000: A * Uniform(-1, 1) else: 0
    x += dt * (sum(in) + sum(exc) - x + push)/tau
    before = r
    r = if bias == 0: tanh(x) else: tanh(bias)
    away = x - x_mean
    x_mean = alpha * x_mean + (1 - alpha) * x
  ]],
}
local RewardModulated = lp.synapse {
  name = "RewardModulated", parameters = { learns = { 1, scope = "projection" } },
  equations = "trace += if learns > 0: (pre.before * post.away)^3 else: 0",
}

local net = lp.network { dt = 1, seed = a.seed }
local input = net:population { name = "input", size = 2, neuron = Input }
local cells = net:population { name = "reservoir", size = N, neuron = Reservoir }
cells.bias[1], cells.bias[2], cells.bias[3] = 1, 1, -1
net:project { from = input, to = cells, target = "in", connect = lp.all_to_all(), weights = lp.uniform(-1, 1) }
local rec = net:project { from = cells, to = cells, target = "exc", connect = lp.fixed_probability(SHARE), weights = lp.normal(0, G / math.sqrt(SHARE * N)),
  synapse = RewardModulated }

--- Show a pair: the course of the answer, and the reward, which is the mean error of its last phase with a minus.
local function trial(pair)
  cells.x, rec.trace = lp.uniform(-0.1, 0.1), 0
  cells.r = "if bias == 0: tanh(x) else: tanh(bias)"
  local seen = net:record(cells:slice(OUTPUT, OUTPUT), "r")
  for phase = 1, 5 do
    input.r = 0
    if phase == 1 or phase == 3 then input.r[pair[phase // 2 + 1]] = 1 end
    net:run(PHASE)
  end
  local course = seen.r:column(1):copy()
  seen:remove()
  return course, -(course:slice(4 * PHASE + 1, 5 * PHASE) - pair[3]):abs():mean()
end

local rewards, expected = lp.zeros(#PAIRS, TRIALS), { -1, -1, -1, -1 }
for n = 1, TRIALS do
  for k, pair in ipairs(PAIRS) do
    local _, reward = trial(pair)
    if n > 25 then rec.w = rec.w + (0.5 * math.abs(expected[k]) * (reward - expected[k]) * rec.trace):clip(-3e-4, 3e-4) end
    expected[k] = 0.75 * expected[k] + 0.25 * reward
    rewards:set(k, n, reward)
  end
end

local fig, right, names = lp.figure { rows = 2, columns = 2, width = "170 mm", height = "110 mm", style = "paper", letters = true }, 0, { "AA", "AB", "BA", "BB" }
local learning = fig:axes(1, 1, { columns = 2 })
cells.A = 0                                                                               -- no pushes: what it has learnt
for k, pair in ipairs(PAIRS) do
  learning:line(lp.arange(25, TRIALS), lp.signal.convolve(rewards:row(k), lp.full(1 / 25, 25), "valid"), { label = names[k] })
  local course, reward = trial(pair)
  fig[(k == 2 or k == 3) and 4 or 3]:line(lp.arange(1, #course), course, { label = names[k], color = k > 2 and "red" or "blue" })
  right = right + (reward > -0.98 and 1 or 0)
end
for k = 3, 4 do fig[k]:vspan(4 * PHASE, 5 * PHASE, { color = "gray", alpha = 0.15 }):xlabel "time (ms)":ylabel "answer":ylim(-1.1, 1.1):legend "bottom left" end
learning:xlabel "trial of a pair":ylabel "reward":legend "bottom right"
print("figure: " .. fig:save(a.out))
lp.result { { "first", rewards:columns(1, 25):mean() }, { "last", rewards:columns(TRIALS - 24, TRIALS):mean() }, { "right", right } }
