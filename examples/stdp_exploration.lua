--- Exploring STDP parameters in one network: a cochlea hears pure tones, auditory-nerve fibres drive cells of the auditory cortex, and four blocks of 10 x 10
--- synapses learn with parameters of their own (an experiment published on the forum of Brian 2, "Exploring STDP parameters
--- through one network", with brian2hears). Run: lunapse examples/stdp_exploration.lua [tones=280 inhibition=all seed=1 dt=0.1 duration=... out=...]
---
--- tones = n plays the first n of 280 tones (70 half tones from 98 Hz upwards, each four times, shuffled); inhibition = all, set or none; duration (ms) cuts
--- the sound off. Memory does not depend on either: the sound streams, and weights are recorded once a second.
---
--- Where the published script did not do what it meant, this one does:
---  * Every block used the parameters of the last one, because names were looked up at the end. Here a projection has the values it was made with, and they
---    are read back below.
---  * The 40 centre frequencies repeated each of the ten values four times, so that a block of ten fibres heard only two or three of them. Here they are
---    repeated as a whole: every block hears all ten.
---  * The inhibitory cells were not in the network that was run. `inhibition = all` is what the text describes, and lets every cell of the cortex inhibit every other
---    one, also in other blocks: the parameter sets then compete with each other. `set` keeps inhibition within a block, so that each set learns as if it
---    were alone; `none` is what was run.
---  * Weights were given to the inhibitory synapses and used by none. They have none here.
---  * An equation for the decay of I_AN had no effect, because the filterbank overwrites I_AN at every sample. Here I_AN is simply driven.
---  * Units were dropped by hand (v is about -0.07, a bare number). The numbers are kept: volts, ms, and a sound pressure that acts as a current.
---  * Recording every weight at every step, and v and I_AN at 44.1 kHz, would have taken 9 GB.
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { tones = 280, inhibition = "all", seed = 1, dt = 0.1, duration = math.huge, threads = 1, precision = "float64",
  out = "stdp_exploration.png" }
local inhibition = ({ all = "all", set = "set", none = "none", ["1"] = "all", ["0"] = "none", on = "all", off = "none" })[a.inhibition]
if not inhibition then error(('inhibition must be all, set or none, got "%s"'):format(a.inhibition), 0) end

-- ---- the sound: silence of 20 ms round tones of 500 ms with ramps of 10 ms, all at 65 dB ----

local frequencies, list = {}, { h.silence(20) }
for k = 0, 279 do frequencies[k + 1] = 98 * 1.05946 ^ (k // 4) end
math.randomseed(a.seed)
for k = #frequencies, 2, -1 do
  local other = math.random(k)
  frequencies[k], frequencies[other] = frequencies[other], frequencies[k]
end
for k = 1, math.min(a.tones, #frequencies) do
  list[#list + 1] = h.tone(frequencies[k], 500):ramp(10)
  list[#list + 1] = h.silence(20)
end
local sound = h.sequence(list)
if a.tones > 0 then sound = sound:level(65) end
local duration = math.min(a.duration, sound.duration)

-- ---- the cells ----

local block, sets = 10, lp.grid { Apre = { 1e-5, 0.1 }, ratio = { 1, 4 } }
local size = block * #sets
local every_block = {}
for k = 1, size do every_block[k] = (k - 1) % block + 1 end
local hair_cells = h.gammatone(sound, h.erbspace(100, 5000, block)):map "3 * clip(x, 0, inf)"

local Fibre = lp.neuron {
  parameters = { tau = 10, v_rest = -0.07, v_th = -0.06, I_AN = 0 },
  equations = "tau * dv/dt = I_AN + v_rest - v   : init = v_rest",
  spike = "v > v_th", reset = "v = v_rest", refractory = 5,
}
local Cell = lp.neuron {
  parameters = { tau = 10, tau_syn = 5, v_rest = -0.07, v_th = -0.06 },
  equations = [[
    tau * dv/dt = g_an + v_rest - v   : init = v_rest
    tau_syn * dg_an/dt = -g_an ]],
  spike = "v > v_th", reset = "v = v_rest", refractory = 5,
}
local Inhibitory = lp.neuron {
  parameters = { tau = 1, v_rest = -0.07, v_th = -0.069 },
  equations = "tau * dv/dt = v_rest - v   : init = v_rest, exact",
  spike = "v > v_th", reset = "v = v_rest",
}
local wmax = 0.04
local stdp = lp.synapse {
  parameters = { taupre = 20, taupost = 20, wmax = wmax, Apre = 0, Apost = 0 },
  equations = [[
    taupre  * dapre/dt  = -apre    : event-driven
    taupost * dapost/dt = -apost   : event-driven ]],
  pre_spike = [[
    g_target += w
    apre += Apre
    w = clip(w + apost, 0, wmax) ]],
  post_spike = [[
    apost += Apost
    w = clip(w + apre, 0, wmax) ]],
}

local net = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local fibres = net:population { name = "auditory nerve", size = size, neuron = Fibre, dt = 1000 / sound.rate,
  drive = { I_AN = hair_cells:pick(every_block) } }
local cells = net:population { name = "cortex", size = size, neuron = Cell }

-- ---- the synapses: one projection a parameter set, all from the same initial weights ----

local groups, weights = {}, {}
for k, p in ipairs(sets) do
  local first, last = block * (k - 1) + 1, block * k
  groups[k] = net:project { name = "set " .. k, from = fibres:slice(first, last), to = cells:slice(first, last), target = "an",
    connect = lp.all_to_all(), weights = k == 1 and lp.uniform(0, 0.04) or groups[1].w, synapse = stdp,
    parameters = { Apre = p.Apre, Apost = -p.Apre * p.ratio } }
  weights[k] = net:record(groups[k], "w", { every = math.min(1000, math.max(1, duration // (20 * a.dt)) * a.dt) })
end
if inhibition ~= "none" then
  local inhibitory = net:population { name = "inhibitory", size = size, neuron = Inhibitory }
  net:project { name = "excite", from = cells, to = inhibitory, synapse = lp.synapse { pre_spike = "post.v += 0.1" },
    connect = inhibition == "all" and "i != j" or lp.condition("i != j and floor((i - 1) / n) == floor((j - 1) / n)", { n = block }) }
  net:project { name = "inhibit", from = inhibitory, to = cells, synapse = lp.synapse { pre_spike = "post.v = -0.07" }, connect = lp.one_to_one() }
end

local heard, answered = net:record(fibres, "spike"), net:record(cells, "spike")
net:run(duration)

-- ---- a column a parameter set: the weights at the end, and on their way ----

local fig = lp.figure { rows = 2, columns = #sets, width = 3.2 * #sets, height = 6.4 }
local results = { { "spikes_pre", heard:count() }, { "spikes_post", answered:count() } }
for k, g in ipairs(groups) do
  local rows = weights[k].w
  local courses = lp.zeros(#rows, block)
  for r = 1, #rows do courses[r] = rows[r]:reshape(block, block):mean(2) end
  fig[k]:image(g.w:reshape(block, block), { map = "viridis", range = { 0, wmax }, bar = "weight" })
    :title(("Apre = %g, Apost = %g"):format(sets[k].Apre, -sets[k].Apre * sets[k].ratio)):xlabel "cortical cell":ylabel "nerve fibre"
  if #rows > 1 then fig[#sets + k]:line(weights[k].t / 1000, courses) end
  fig[#sets + k]:ylim(0, wmax):xlabel "time (s)":ylabel "mean weight of a fibre"
end
for k, g in ipairs(groups) do results[#results + 1] = { "w_mean_" .. k, g.w:mean() } end
for k, g in ipairs(groups) do results[#results + 1] = { "apre_" .. k, g.Apre:mean() } end
for k, g in ipairs(groups) do results[#results + 1] = { "apost_" .. k, g.Apost } end
print("figure: " .. fig:save(a.out))
lp.result(results)
