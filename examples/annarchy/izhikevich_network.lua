--- The pulse-coupled network of Izhikevich (2003, IEEE Transactions on Neural Networks 14:1569, figure 3 and its program of 25 lines; notebook "Izhikevich" of
--- ANNarchy): 800 excitatory neurons from regular spiking to chattering and 200 inhibitory ones, each joined with all, under random thalamic input. They fire
--- at about 8 Hz, and come together in episodes of the alpha band.
--- Published: rate 5..11 Hz (about 8 Hz, text to figure 3), alpha 7..14 Hz (10 Hz, text to figure 3)
--- Takes 2 s.
--- Run: lunapse examples/annarchy/izhikevich_network.lua [duration=20000 shown=1000 seed=1 out=izhikevich_network.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 20e3, shown = 1000, seed = 1, out = "izhikevich_network.png" }

local N_E, N_I, SEGMENT = 800, 200, 1024          -- neurons; ms of a segment of the spectrum
local duration, shown = math.max(a.duration, SEGMENT), math.min(a.shown, a.duration)

-- v takes two half steps and u follows the new v, as in the program of the paper.
local Izhikevich = lp.neuron {
  name = "Izhikevich",
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, noise = 5 },
  equations = [[
    I = g_exc - g_inh + noise * Normal(0, 1)
    v += 0.5 * (0.04*v^2 + 5*v + 140 - u + I)   : init = -65
    v += 0.5 * (0.04*v^2 + 5*v + 140 - u + I)
    u += a * (b*v - u)                          : init = -65 * b
  ]],
  spike = "v >= 30", reset = "v = c; u += d",
}

local net = lp.network { dt = 1, seed = a.seed }
local re, ri = net:draw(lp.uniform(0, 1), N_E), net:draw(lp.uniform(0, 1), N_I)
local exc = net:population { name = "exc", size = N_E, neuron = Izhikevich, parameters = { c = -65 + 15 * re^2, d = 8 - 6 * re^2 } }
local inh = net:population { name = "inh", size = N_I, neuron = Izhikevich, parameters = { noise = 2, a = 0.02 + 0.08 * ri, b = 0.25 - 0.05 * ri, d = 2 } }
for _, to in ipairs { exc, inh } do
  net:project { from = exc, to = to, target = "exc", connect = lp.all_to_all { self = true }, weights = lp.uniform(0, 0.5) }
  net:project { from = inh, to = to, target = "inh", connect = lp.all_to_all { self = true }, weights = lp.uniform(0, 1) }
end
local spikes, inhibitory, trace = net:record(exc, "spike"), net:record(inh, "spike"), net:record(exc, "v", { of = { 1 } })
net:run(duration)

local count = spikes:count() + inhibitory:count()
local f, power = spikes:population_spectrum(1, { nperseg = SEGMENT })
local above = f:ge(4)                            -- slower than 4 Hz is no rhythm of a segment
local alpha = f[above][power[above]:argmax()]

local v = trace.v:column(1):copy()
local own = spikes:trains()[1]
for k = 1, #own do v[own[k] + 1] = 30 end        -- a row shows v after the reset

local fig = lp.figure { rows = 3, width = "120 mm", height = "130 mm", heights = { 2, 1, 1.2 }, style = "paper", letters = true }
for _, part in ipairs { { spikes, 0, "black" }, { inhibitory, N_E, "red" } } do
  fig[1]:raster(part[1].t, part[1].neuron + part[2], { color = part[3], size = 0.9 })
end
fig[1]:xlim(0, shown):ylim(0, N_E + N_I):hline(N_E, { color = "gray", width = 0.5 }):ticks("y", { N_E / 2, N_E + N_I / 2 }, { "excitatory", "inhibitory" })
fig[2]:line(trace.t, v):xlim(0, shown):ylim(-95, 40):ylabel "v (mV)":xlabel "time (ms)"
fig[3]:line(f, power):log "y":xlim(0, 80):vspan(8, 12, { color = "gray", alpha = 0.2 }):xlabel "frequency (Hz)":ylabel "power (Hz^{2}/Hz)"
print("figure: " .. fig:save(a.out))

lp.result { { "rate", count / (N_E + N_I) / duration * 1000 }, { "alpha", alpha }, { "inhibitory", inhibitory:mean_rate() } }
