--- The same network several times at once (notebook "MultipleNetworks" of ANNarchy): the pulse-coupled network of Izhikevich (2003, IEEE Transactions on Neural
--- Networks 14:1569) with eight seeds, in processes side by side by lp.sweep, which gives the same spikes, to the last, as one after the other.
--- Published: same 8..8 (networks with the same spikes either way), rate 5..11 Hz (about 8 Hz in the paper), spread 0..1 Hz (standard deviation of the rates
--- between networks; they are "identical but differently initialized", notebook)
--- Takes 3 s.
--- Run: lunapse examples/annarchy/parallel_networks.lua [duration=1000 networks=8 workers=0 seed=1 out=parallel_networks.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 1000, networks = 8, workers = 0, seed = 1, out = "parallel_networks.png" }

local N_E, N_I = 800, 200
local Izhikevich = lp.neuron {
  name = "Izhikevich",
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, noise = 5 },
  equations = [[
    I = g_exc - g_inh + noise * Normal(0, 1)
    dv/dt = 0.04*v^2 + 5*v + 140 - u + I   : init = -65, max = 40
    du/dt = a * (b*v - u)                  : init = -65 * b
  ]],
  spike = "v >= 30", reset = "v = c; u += d",
}

--- The spikes of the network with this seed: times and neurons.
local function run(p)
  local net = lp.network { dt = 1, seed = p.seed }
  local re, ri = net:draw(lp.uniform(0, 1), N_E), net:draw(lp.uniform(0, 1), N_I)
  local all = net:population { name = "all", size = N_E + N_I, neuron = Izhikevich }
  local exc, inh = all:slice(1, N_E), all:slice(N_E + 1, all.size)
  exc.c, exc.d = -65 + 15 * re ^ 2, 8 - 6 * re ^ 2
  inh.a, inh.b, inh.d, inh.noise = 0.02 + 0.08 * ri, 0.25 - 0.05 * ri, 2, 2
  all.u = -65 * all.b
  net:project { from = exc, to = all, target = "exc", connect = lp.all_to_all { self = true }, weights = lp.uniform(0, 0.5) }
  net:project { from = inh, to = all, target = "inh", connect = lp.all_to_all { self = true }, weights = lp.uniform(0, 1) }
  local spikes = net:record(all, "spike")
  net:run(a.duration)
  return { rate = spikes:mean_rate(), t = spikes.t, neuron = spikes.neuron }
end

local seeds = {}
for k = 1, a.networks do seeds[k] = a.seed + k - 1 end
local sweep = lp.sweep { parameters = { seed = seeds }, run = run, workers = a.workers > 0 and a.workers or nil }

local same, intervals = 0, {}
for k, seed in ipairs(seeds) do
  local alone, beside = run { seed = seed }, sweep.results[k]
  if alone.t == beside.t and alone.neuron == beside.neuron then same = same + 1 end
  intervals[k] = lp.analysis.record { t = beside.t, neuron = beside.neuron, n = N_E + N_I, from = 0, to = a.duration }:pooled_isi()
end

local fig = lp.figure { rows = 2, columns = 2, widths = { 2.2, 1 }, width = "170 mm", height = "110 mm", style = "paper", letters = true }
for k = 1, 2 do
  fig[{ k, 1 }]:raster(sweep.results[k].t, sweep.results[k].neuron, { size = 0.7 }):xlim(0, a.duration):ylim(0, N_E + N_I)
  fig[{ k, 1 }]:ylabel(("neuron, seed %d"):format(seeds[k])):hline(N_E, { color = "red", width = 0.6 })
end
fig[{ 2, 1 }]:xlabel "time (ms)"
fig[{ 1, 2 }]:points(lp.arange(1, a.networks), sweep.rate, { size = 4 }):ylim(0, 12):xlabel "network":ylabel "mean rate (Hz)"
fig[{ 2, 2 }]:histogram(lp.array.join(intervals), { range = { 0, 400 }, bins = 40, density = true }):xlabel "interval (ms)":ylabel "density, all networks"
print("figure: " .. fig:save(a.out))

lp.result { { "same", same }, { "rate", sweep.rate:mean() }, { "spread", sweep.rate:std() } }
