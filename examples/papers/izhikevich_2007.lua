--- The distal reward problem (Izhikevich 2007, Cerebral Cortex 17:2443-2452, figure 1): whenever a spike of neuron 1 is followed within 20 ms by one of another
--- neuron, there is dopamine, but only 1 to 3 s later, after a thousand other spikes. STDP leaves an eligibility trace at each synapse, which decays within a
--- second; the weight changes by trace times dopamine. What coincides by chance cancels out, and the synapse that was rewarded grows to its bound.
--- Published: w_highest 3.5..4 mV (the bound of 4 is reached within an hour, figure 1d), w_last 1..4 (mean of the last third), others 0..1 (figure 1d: nearly
--- all synapses stay near 0), rate 0.5..3 Hz (1 Hz, text)
--- Takes 35 s.
--- Run: lunapse examples/papers/izhikevich_2007.lua [seed=1 duration=3600000 threads=1 out=izhikevich_2007.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 3600e3, threads = 1, out = "izhikevich_2007.png" }

local N_E, N_I, FAN_OUT, SHOWN = 800, 200, 100, 1000         -- cells; synapses of each; ms
local cell = lp.neuron {
  name = "Izhikevich",
  parameters = { a = 0.02, d = 8 },
  equations = [[
    I = 13*(Uniform(0, 1) - 0.5) + g_syn
    v = v + 0.5*((0.04*v + 5)*v + 140 - u + I)         : init = -65
    v = v + 0.5*((0.04*v + 5)*v + 140 - u + I)
    u = u + a*(0.2*v - u)                              : init = -13
  ]],
  spike = "v >= 30", reset = "v = -65 ; u += d",
}
local critic = lp.neuron {                                   -- sees both neurons, and rewards them later
  name = "critic",
  parameters = { tau_d = 200, interval = 20 },
  equations = [[
    since = since + dt                                 : init = 1000
    wait = if g_post > 0 and since < interval and wait < 0: Uniform(1000, 3000) else: wait - dt    : init = -1
    tau_d * dd/dt = -d                                 : exponential
  ]],
  spike = "wait <= 0 and wait > -dt", reset = "d += 0.5",
}
local rule = lp.synapse {
  name = "STDP with dopamine",
  parameters = { baseline = 0.002, w_max = 4 },
  equations = [[
    x = 0.95*x
    y = 0.95*y
    w = clip(w + (baseline + critic.d)*c, 0, w_max)    : every = 10
    c = 0.99*c                                         : every = 10
  ]],
  pre_spike  = "g_target += w ; c -= 1.5*y ; x = 0.1",
  post_spike = "c += x ; y = 0.1",
}

local net = lp.network { dt = 1, seed = a.seed, threads = a.threads }
local cells = net:population { name = "cells", size = N_E + N_I, neuron = cell }
local E, I = cells:slice(1, N_E), cells:slice(N_E + 1, N_E + N_I)
I.a, I.d = 0.1, 2
local reward = net:population { name = "reward", size = 1, neuron = critic }
local fan_out = lp.fixed_number_post(FAN_OUT)
local plastic = net:project { from = E, to = cells, target = "syn", synapse = rule, refs = { critic = reward }, connect = fan_out, weights = 1 }
net:project { from = I, to = E, target = "syn", connect = fan_out, weights = -1 }
local pre, post = plastic.pre[1], plastic.post[1]            -- of the synapse to be rewarded
plastic:set("w", pre, post, 0)
net:project { from = cells:select { pre }, to = reward, synapse = lp.synapse { pre_spike = "post.since = 0" }, connect = lp.all_to_all() }
net:project { from = cells:select { post }, to = reward, target = "post", connect = lp.all_to_all(), weights = 1 }
local course, rewards = net:record(plastic, { "w", "c" }, { of = { 1 }, every = 1000 }), net:record(reward, "spike")
net:run(math.max(0, a.duration - SHOWN))
local spikes = net:record(cells, "spike")
net:run(SHOWN)

local t, w = course.t / 60e3, course.w:column(1)
local fig = lp.figure { rows = 2, columns = 2, width = "160 mm", height = "110 mm", style = "paper", letters = true }
fig:axes(1, 1, { columns = 2 }):raster(spikes.t - net.t + SHOWN, spikes.neuron):hline(N_E + 0.5, { color = "gray", width = 0.6 })
fig[{ 1, 1 }]:xlim(0, SHOWN):ylim(0, N_E + N_I):xlabel "time (ms)":ylabel "neuron"
fig[{ 2, 1 }]:line(t, w, { label = "weight w (mV)", color = "blue" }):line(t, course.c:column(1), { label = "eligibility c", color = "green", width = 0.6 })
fig[{ 2, 1 }]:points(rewards.t / 60e3, lp.zeros(#rewards.t) - 0.4, { size = 2, color = "red", label = "rewards" }):xlabel "time (min)"
fig[{ 2, 2 }]:histogram(plastic.w, { bins = 40, range = { 0, 4 }, color = "gray" }):log "y":xlabel "weight (mV)":ylabel "synapses"
fig[{ 2, 2 }]:vline(plastic.w[1], { color = "red", dash = "dashed", label = "the rewarded one" }):legend "top"
print("figure: " .. fig:save(a.out))

lp.result { { "w_highest", w:max() }, { "w_last", w:slice(#w * 2 // 3 + 1, #w):mean() }, { "others", plastic.w:mean() }, { "rate", spikes:mean_rate() },
  { "rewards", #rewards.t } }
