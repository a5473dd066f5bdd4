--- Population bursts of a network with frequency-dependent synapses (Tsodyks, Uziel & Markram 2000, Journal of Neuroscience 20:RC50; notebook "STP" of
--- ANNarchy): 400 excitatory and 100 inhibitory neurons, near to their threshold, joined at random by synapses that depress (onto excitatory neurons) or
--- facilitate (onto inhibitory ones). Between bursts few neurons fire, those with the greatest currents; in a burst nearly all do, within some 10 ms.
--- Published: taking_part 0.8..1 ("virtually the entire network", abstract), bursts 2..40 (spontaneous: more than one, abstract), width 2..40 ms (time scale
--- of several milliseconds, abstract)
--- Takes 1 s.
--- Run: lunapse examples/annarchy/stp_synchrony.lua [duration=10000 seed=1 out=stp_synchrony.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 10e3, seed = 1, out = "stp_synchrony.png" }

local N, N_E, BIN, GREAT, APART = 500, 400, 5, 0.2, 50      -- neurons; ms; share of the neurons that spike within a bin of a burst; ms between bursts at least
local LIF = lp.neuron {
  name = "LIF",
  parameters = { tau = 30, tau_I = 3, I = 15 },
  equations = [[
    tau * dv/dt = -v + g_exc - g_inh + I
    tau_I * dg_exc/dt = -g_exc
    tau_I * dg_inh/dt = -g_inh
  ]],
  spike = "v > 15", reset = "v = 13.5", refractory = 3,
}

local net = lp.network { dt = 0.25, seed = a.seed }
local cells = net:population { name = "cells", size = N, neuron = LIF }
cells.I, cells.v = net:draw(lp.uniform(14.625, 15.375), N), lp.uniform(0, 15)
local E, I = cells:slice(1, N_E), cells:slice(N_E + 1, N)
E.I = E.I:sort()                                            -- neurons in the order of their currents, for the raster

--- Normal, with a standard deviation of half the mean.
local function spread(mean, min, max) return lp.normal(mean, mean / 2, { min = min, max = max }) end
local depressing = function() return { U = spread(0.5, 0.1, 0.9), tau_rec = spread(800, 5), tau_facil = net.dt } end
local facilitating = function() return { U = spread(0.04, 0.001, 0.07), tau_rec = spread(100, 5), tau_facil = spread(1000, 5) } end
local paths = { { E, E, "exc", 1.8, depressing }, { I, E, "inh", 5.4, depressing }, { E, I, "exc", 7.2, facilitating }, { I, I, "inh", 7.2, facilitating } }
for _, p in ipairs(paths) do
  net:project { from = p[1], to = p[2], target = p[3], connect = lp.fixed_probability(0.1), weights = spread(p[4], 0.2 * p[4], 2 * p[4]),
    synapse = lp.models.STP, parameters = p[5]() }
end
local spikes = net:record(E, "spike")
net:run(a.duration)

-- A burst begins with a bin in which many spike; it is as wide as the middle half of its spikes.
local counts, edges = spikes:histogram(BIN)
local starts, part, width, last = {}, {}, {}, -APART
for k = 1, #counts do
  if counts[k] > GREAT * N_E and edges[k] - last > APART then
    last = edges[k]
    local burst = spikes:window(math.max(0, last - APART / 2), math.min(last + APART / 2, a.duration))
    starts[#starts + 1], part[#part + 1] = last, burst:rates():gt(0):mean()
    width[#width + 1] = burst.t:quantile(0.75) - burst.t:quantile(0.25)
  end
end
local first = starts[math.min(2, #starts)] - 100            -- what the close view shows
local rate, t = spikes:population_rate(1)

local fig = lp.figure { rows = 3, columns = 2, heights = { 1.6, 1, 1.2 }, width = "170 mm", height = "140 mm", style = "paper", letters = true }
fig:axes(1, 1, { columns = 2 }):raster(spikes, { size = 0.8 }):xlim(0, a.duration):ylim(0, N_E):ylabel "excitatory neuron"
fig:axes(2, 1, { columns = 2 }):line(t, rate, { width = 0.8 }):xlim(0, a.duration):xlabel "time (ms)":ylabel "rate (Hz)"
fig[{ 3, 1 }]:raster(spikes, { size = 1.2 }):xlim(first, first + 200):ylim(0, N_E):xlabel "time (ms)":ylabel "excitatory neuron"
fig[{ 3, 2 }]:histogram(spikes:rates(), { bins = 30 }):xlabel "rate of a neuron (Hz)":ylabel "excitatory neurons"
print("figure: " .. fig:save(a.out))

lp.result { { "bursts", #starts }, { "taking_part", lp.array(part):mean() }, { "width", lp.array(width):mean() }, { "rate", spikes:mean_rate() } }
