--- Networks of adaptive exponential neurons that stay active by themselves (Destexhe 2009, Journal of Computational Neuroscience 27:493, figure 7): 400
--- excitatory and 100 inhibitory neurons are excited for 50 ms. If 5 % of the excitatory ones are of the type that spikes on rebound (low-threshold, LTS),
--- irregular activity without synchrony goes on and on; with regular-spiking (RS) neurons alone a network as small as this falls silent. Numbers are those of
--- the published demonstration (demo_cx05_N=500b_LTS, ModelDB 126466). Whether one network lasts is a matter of chance, so several are drawn.
--- Published: lasting_LTS 0.15..1 (of the networks, those active at the end; figure 7: it lasts), lasting_RS 0..0.15 (only larger ones last), rate_LTS 5..50
--- (Hz, of the network that lasts longest), cv_LTS 0.8..4 (irregular), synchrony_LTS 0..0.4 (asynchronous)
--- Takes 5 s.
--- Run: lunapse examples/papers/destexhe_2009.lua [duration=1500 networks=12 lts=0.05 seed=1 threads=1 out=destexhe_2009.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 1500, networks = 12, lts = 0.05, seed = 1, threads = 1, out = "destexhe_2009.png" }

local N, N_E, STIMULUS = 500, 400, 50                              -- neurons, excitatory ones; ms
local C_E, C_I = 32, 8                                             -- inputs of each: 8 % of the neurons

--- One network with a share of LTS neurons among the excitatory ones: its spikes, and the potential of an excitatory neuron.
local function simulate(share, seed)
  local net = lp.network { dt = 0.1, seed = seed, threads = a.threads, warnings = false }
  local cells = net:population { name = "cells", size = N, neuron = lp.models.AdEx, parameters = { C = 200, g_L = 10, E_L = -60, v_T = -50, delta_T = 2.5,
    v_cut = -50, v_r = -60, t_ref = 2.5, tau_w = 600, a = 1, b = 5, tau_exc = 5, tau_inh = 10, E_exc = 0, E_inh = -80 } }
  local exc, inh = cells:slice(1, N_E), cells:slice(N_E + 1, N)
  inh.b = 0
  local order = lp.permutation(N_E, seed)
  for k = 1, math.floor(share * N_E) do cells.a[order[k]], cells.b[order[k]] = 20, 0 end
  net:project { name = "exc", from = exc, to = cells, target = "exc", connect = lp.fixed_number_pre(C_E), weights = 6 }
  net:project { name = "inh", from = inh, to = cells, target = "inh", connect = lp.fixed_number_pre(C_I), weights = 67 }
  local start = net:poisson_input { to = cells:slice(1, N // 5), target = "exc", n = 20, rate = 1000 / 70, weight = 6 }
  local spikes, v = net:record(cells, "spike"), net:record(cells, "v", { of = { 101 } })
  net:run(STIMULUS)
  start:remove()
  net:run(a.duration - STIMULUS)
  return spikes, v
end

local LAST, TRANSIENT = 100, math.min(500, a.duration / 3)          -- ms: networks that spike in the last of these last; what is left out of rates
local kinds = { { name = "LTS", title = ("%g %% LTS neurons"):format(100 * a.lts), share = a.lts }, { name = "RS", title = "no LTS neurons", share = 0 } }
local fig = lp.figure { rows = 3, columns = 2, heights = { 1.6, 1, 1 }, width = "180 mm", height = "150 mm", style = "paper", letters = true }
local survival, results = fig:axes(3, 1, { columns = 2 }), {}
for column, kind in ipairs(kinds) do
  local ends, longest = lp.zeros(a.networks), nil
  for k = 1, a.networks do
    local spikes, v = simulate(kind.share, 1000 * a.seed + k)
    ends[k] = spikes.t:max()
    if ends[k] >= ends:max() then longest = { spikes = spikes, v = v } end
  end
  local color = column == 1 and "blue" or "red"
  fig[{ 1, column }]:raster(longest.spikes.t, longest.spikes.neuron, { size = 0.6, color = color }):hline(N_E, { color = "black", width = 0.6 })
  fig[{ 1, column }]:title("longest of all: " .. kind.title):xlim(0, a.duration):ylim(0, N):ylabel(column == 1 and "neuron" or "")
  fig[{ 2, column }]:line(longest.v.t, longest.v.v:column(1), { color = color, width = 0.5 })
  fig[{ 2, column }]:xlim(0, a.duration):ylim(-85, -45):xlabel "time (ms)":ylabel(column == 1 and "v (mV)" or "")
  local times = lp.linspace(0, a.duration - LAST, 300)
  survival:line(times, ends:gt(times:expand()):mean(2), { color = color, label = kind.title })
  local steady = longest.spikes:window(TRANSIENT, a.duration)
  table.move({ { "lasting_" .. kind.name, ends:gt(a.duration - LAST):mean() }, { "rate_" .. kind.name, steady:mean_rate() },
    { "cv_" .. kind.name, steady:cv():nanmean() }, { "synchrony_" .. kind.name, steady:synchrony(5) } }, 1, 4, #results + 1, results)
end
survival:xlim(0, a.duration):ylim(0, 1.05):xlabel "time (ms)":ylabel "share of networks\nstill active":legend "top right"
print("figure: " .. fig:save(a.out))
lp.result(results)
