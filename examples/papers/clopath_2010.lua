--- Plasticity by the postsynaptic voltage (Clopath, Busing, Vasilaki & Gerstner 2010, Nature Neuroscience 13:344-352, figure 2b): a presynaptic spike depresses
--- a synapse as far as the voltage has been above rest, and leaves a trace that potentiates it when the voltage is high. Pairs of spikes 10 ms apart, five in a
--- row: pre before post potentiates the more the faster they follow each other; post before pre depresses, but potentiates at high frequencies, as Sjostrom,
--- Turrigiano & Nelson measured (2001, Neuron 32:1149-1164).
--- Published: prepost_10Hz 1..1.06, prepost_20Hz 1.12..1.2, prepost_40Hz 1.42..1.5, prepost_50Hz 1.6..1.7, postpre_10Hz 0.57..0.63, postpre_20Hz 0.58..0.64,
--- postpre_40Hz 1.1..1.25, postpre_50Hz 1.65..1.82 (the authors' code of this figure gives 1.03, 1.16, 1.46, 1.65, 0.60, 0.61, 1.18, 1.74)
--- Takes 2 s.
--- Run: lunapse examples/papers/clopath_2010.lua [seed=1 duration=500000 threads=1 out=clopath_2010.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 500e3, threads = 1, out = "clopath_2010.png" }

local RATES, W_0, PAIRS, PAUSE, START, SHOWN = { 0.1, 10, 20, 40, 50 }, 0.5, 5, 10000, 50, 500    -- Hz, ms
local cell = lp.neuron {
  name = "adaptive exponential, with spikes of 2 ms",
  parameters = { C = 281, gL = 30, EL = -70.6, VT_rest = -50.4, DT = 2, tau_ad = 144, a = 4, b = 0.0805, z_jump = 400, tau_z = 40, tau_VT = 50, VT_jump = 20,
    tau_plus = 7, tau_minus = 10 },
  equations = [[
    is_over = stage == 2                                     : bool
    u = if is_over: EL + 21.0984 else: u                     : init = EL
    ad = if is_over: ad + b else: ad ; z = if is_over: z_jump else: z
    VT = if is_over: VT_rest + VT_jump else: VT              : init = VT_rest
    du = (gL*(EL - u) + gL*DT*exp((u - VT)/DT) - ad + z + g_drive)/C
    ad += if stage == 1: 0 else: (a*(u - EL) - ad)/tau_ad
    u += du ; z -= z/tau_z ; VT += (VT_rest - VT)/tau_VT
    begins = u > 20 and stage != 1                           : bool
    u = if stage == 1: 32.862 else: if begins: 29.4 else: u
    stage = if stage == 1: 2 else: if begins: 1 else: 0
    # what a spike is compared with is from before it: averages of 4 steps ago
    minus_4 = minus_3 : init = EL ; minus_3 = minus_2 : init = EL ; minus_2 = minus_1 : init = EL ; minus_1 = minus : init = EL
    plus_4 = plus_3 : init = EL ; plus_3 = plus_2 : init = EL ; plus_2 = plus_1 : init = EL ; plus_1 = plus : init = EL
    minus += (u - minus)/tau_minus : init = EL ; plus += (u - plus)/tau_plus : init = EL
  ]],
}
local rule = lp.synapse {
  name = "voltage-based STDP",
  parameters = { A_minus = 14e-5, A_plus = 8e-5, theta_minus = -70.6, theta_plus = -45.3, tau_x = 15 },
  equations = [[
    w += A_plus*x*pos(post.u - theta_plus)*pos(post.plus_4 - theta_minus)
    x -= x/tau_x
  ]],
  pre_spike = "w -= A_minus*pos(post.minus_4 - theta_minus) ; x += 1/tau_x",
}

-- Trains for each lag and rate; where the post neuron is the first, it spikes once more after five pairs, as in the authors' code.
local pre, post = {}, {}
for k = 1, 2 * #RATES do
  local rate, lag, n = RATES[(k - 1) % #RATES + 1], k <= #RATES and 10 or -10, k % #RATES == 1 and 1 or PAIRS
  pre[k], post[k] = {}, {}
  for start = START, START + (n == 1 and 49 or 14) * PAUSE, PAUSE do
    for pair = 0, n - 1 do
      table.insert(pre[k], start + pair * 1000 / rate)
      table.insert(post[k], start + pair * 1000 / rate + lag - 1)       -- its current comes one step later
    end
    if lag < 0 and n > 1 then table.insert(post[k], start + n * 1000 / rate + lag - 1) end
  end
end
local net = lp.network { dt = 1, seed = a.seed, threads = a.threads }
local source, drive = net:spike_source { size = #pre, spikes = pre }, net:spike_source { size = #post, spikes = post }
local cells = net:population { name = "cells", size = #pre, neuron = cell }
net:project { from = drive, to = cells, target = "drive", connect = lp.one_to_one(), weights = 1e6 }
local synapses = net:project { from = source, to = cells, synapse = rule, connect = lp.one_to_one(), weights = W_0 }
local trace = net:record(cells, { "u", "minus", "plus" }, { of = { 3 } })
net:run(SHOWN)
trace:pause()
net:run(math.max(0, a.duration - SHOWN))

local w, n = synapses.w / W_0, #RATES
local fig = lp.figure { rows = 2, heights = { 1, 1.5 }, width = "110 mm", height = "120 mm", style = "paper", letters = true }
fig[1]:line(trace.t, trace.u:column(1), { color = "gray", width = 0.7, label = "u" }):line(trace.t, trace.minus:column(1), { color = "red", label = "u_{-}" })
fig[1]:line(trace.t, trace.plus:column(1), { color = "blue", label = "u_{+}" }):xlim(0, SHOWN):xlabel "time (ms)":ylabel "voltage (mV)":legend "top right"
local measured, errors = { { 96, 114, 129, 153, 156 }, { 71, 59, 66, 156, 175 } }, { { 5, 10, 14, 11, 26 }, { 8, 11, 10, 32, 19 } }
for k, order in ipairs { "post after pre", "pre after post" } do
  fig[2]:line(RATES, 100 * w:slice((k - 1) * n + 1, k * n), { color = k == 1 and "blue" or "red", label = order })
  fig[2]:points(RATES, measured[k], { yerr = errors[k], color = k == 1 and "blue" or "red" })
end
fig[2]:hline(100, { color = "gray", dash = "dashed" }):xlim(-2, 52):ylim(40, 210):legend("top left", { title = "points: measured" })
fig[2]:xlabel "frequency of pairs (Hz)":ylabel "weight (%)"
print("figure: " .. fig:save(a.out))
lp.result { { "prepost_10Hz", w[2] }, { "prepost_20Hz", w[3] }, { "prepost_40Hz", w[4] }, { "prepost_50Hz", w[5] }, { "postpre_10Hz", w[7] },
  { "postpre_20Hz", w[8] }, { "postpre_40Hz", w[9] }, { "postpre_50Hz", w[10] } }
