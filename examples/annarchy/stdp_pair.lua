--- What one pair of spikes does to a synapse (notebook "STDP1" of ANNarchy; traces of spikes as of Song, Miller & Abbott 2000, Nature Neuroscience 3:919): for
--- each difference of their times a synapse of its own, all in one network. The weight changes by A exp(-|difference|/tau), up where the pre neuron is first,
--- down where it is last, with the notebook's A of 0.01 x 2 and tau of 20 ms.
--- Published: up 0.99..1.01, down 0.99..1.01 (changes over closed form), tau_plus 19.8..20.2 ms, tau_minus 19.8..20.2 ms (slopes of the logarithm: parameters
--- of the notebook)
--- Takes 1 s.
--- Run: lunapse examples/annarchy/stdp_pair.lua [duration=150 seed=1 out=stdp_pair.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 150, seed = 1, out = "stdp_pair.png" }

local MIDDLE, REACH, A, TAU = 60, 50, 0.02, 20          -- ms: when post neurons spike, up to where pre neurons are before or after; change of the weight; ms
local STDP = lp.synapse {
  name = "STDP",
  parameters = { tau_plus = TAU, tau_minus = TAU, A_plus = A, A_minus = A, w_max = 2 },
  equations = [[
    tau_plus * dx/dt = -x     : exponential
    tau_minus * dy/dt = -y    : exponential
  ]],
  pre_spike = "x += A_plus; w = clip(w - y, 0, w_max)",
  post_spike = "y += A_minus; w = clip(w + x, 0, w_max)",
}

local differences, pre_times, post_times = {}, {}, {}
for k = -REACH, REACH do
  differences[#differences + 1] = k
  pre_times[#differences], post_times[#differences] = { MIDDLE - k }, { MIDDLE }
end
local n = #differences
local net = lp.network { dt = 0.1, seed = a.seed }
local pre, post = net:spike_source { size = n, spikes = pre_times }, net:spike_source { size = n, spikes = post_times }
local synapses = net:project { from = pre, to = post, connect = lp.one_to_one(), weights = 1, synapse = STDP }
local seen = net:record(synapses, { "x", "y", "w" })
net:run(math.max(a.duration, MIDDLE + REACH + 10))

-- Spikes at the same time: that of the pre neuron, which takes a step to the synapse, is the later one.
local d = lp.array(differences)
local change, form = synapses.w - 1, (-d:abs() / TAU):exp() * A
form = form:where(d:gt(0), -form)
local before, after = d:le(0), d:gt(0)

--- The time constant of changes that decay with the distance x of the spikes: the slope of their logarithm, by least squares.
local function time_constant(x, y)
  local off = x - x:mean()
  return -(off * off):sum() / (off * y:abs():log()):sum()
end

local fig = lp.figure { rows = 3, columns = 2, widths = { 1, 1.3 }, width = "170 mm", height = "110 mm", style = "paper", letters = true }
local shown = { REACH + 1 + 15, REACH + 1 - 15 }           -- the pre neuron 15 ms before, and after
for row, name in ipairs { "x", "y", "w" } do
  for k, label in ipairs { "pre first", "post first" } do fig[{ row, 1 }]:line(seen.t, seen[name]:column(shown[k]), { label = row == 1 and label or nil }) end
  fig[{ row, 1 }]:xlim(30, 110):ylabel(name == "w" and "w" or "trace " .. name)
end
fig[{ 1, 1 }]:ylim(0, 0.035):legend("top", { columns = 2 })
fig[{ 3, 1 }]:xlabel "time (ms)":ylim(0.988, 1.012)
local window = fig:axes(1, 2, { rows = 3 })
for _, side in ipairs { before, after } do window:line(d[side], form[side] * 100, { color = "black", dash = "dashed", width = 0.8 }) end
window:points(d, change * 100, { size = 3 }):hline(0, { color = "gray", width = 0.5 }):vline(0, { color = "gray", width = 0.5 })
window:xlim(-REACH, REACH):xlabel "post spike after pre spike (ms)":ylabel "change of the weight (% of the weight)"
print("figure: " .. fig:save(a.out))

lp.result { { "up", (change[after] / form[after]):mean() }, { "down", (change[before] / form[before]):mean() },
  { "tau_plus", time_constant(d[after], change[after]) }, { "tau_minus", time_constant(-d[before], change[before]) } }
