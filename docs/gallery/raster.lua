--- A network that spikes: raster, rates, and how often which interval occurs.
local lp = require "lunapse"
local net = lp.network { dt = 0.5, seed = 1, tier = "interpreter" }
local cells = net:population { name = "cells", size = 50, neuron = lp.models.LIF { I = lp.uniform(15, 20) } }
net:project { name = "loop", from = cells, to = cells, target = "inh", connect = lp.fixed_probability(0.2), weights = 0.1 }
local spikes = net:record(cells, "spike")
net:run(300)
local fig = lp.figure { rows = 2, width = "100 mm", height = "80 mm", heights = { 2, 1 }, share_x = true, letters = true }
fig[1]:raster(spikes):ylabel "neuron"
fig[2]:histogram(spikes.t, { bins = 60, outline = true }):xlabel "time (ms)":ylabel "spikes"
fig:save "raster.png"
