--- A packet of spikes on its way along a synfire chain (Diesmann, Gewaltig & Aertsen 1999, Nature 402:529-533): ten groups of 100 neurons amid noise, each
--- neuron joined to all of the next group. Whether a packet survives depends on how many spikes it begins with and how far they are spread, (a, sigma); those
--- that do become alike: nearly all neurons fire, within a millisecond. The neurons' constants are those of Brian 2's example of this paper.
--- Published: sigma_end 0..1 ms ("stable spiking precision in the (sub)millisecond range", abstract), a_end 85..100 (the attractor of figure 4, read off),
--- strong_survives 1..1, weak_survives 0..0 (either side of the separatrix of figure 4: 90 spikes within 1 ms, 30 spread by 4 ms)
--- Takes 3 s.
--- Run: lunapse examples/papers/diesmann_1999.lua [seed=1 duration=30 threads=1 out=diesmann_1999.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 30, threads = 1, out = "diesmann_1999.png" }

local GROUPS, SIZE, START, REACH = 10, 100, 30, 6            -- groups of a chain, neurons of each; ms
local chains, strong, weak = {}, 10, 21                      -- two to look at: 90 spikes within 1 ms, 30 spread by 4 ms
for sigma = 0, 5 do
  for n = 30, 90, 15 do chains[#chains + 1] = { n = n, sigma = sigma } end
end

local cell = lp.neuron {
  name = "integrate-and-fire",
  parameters = { tau_m = 10, tau_psp = 0.325, v_r = -70, v_t = -55, drive = 25.27, noise = 39.24 },      -- ms, mV, mV/ms, mV/sqrt(ms)
  equations = [[
    tau_m * dv/dt = v_r - v + x               : init = v_r + Uniform(0, 1)*(v_t - v_r)
    tau_psp * dx/dt = y - x
    dy/dt = drive - y/tau_psp + noise*xi
    y += g_exc
  ]],
  spike = "v > v_t", reset = "v = v_r", refractory = 1,
}
--- The neurons of the g-th group of all chains, from 0.
local function group(g) return lp.arange(g * SIZE + 1, (g + 1) * SIZE):table() end

local net = lp.network { dt = 0.1, seed = a.seed, threads = a.threads }
local cells = net:population { name = "cells", size = #chains * GROUPS * SIZE, neuron = cell }
local spike_times, ends = {}, { n = {}, sigma = {} }
for _, chain in ipairs(chains) do
  local times = START + chain.sigma * net:draw(lp.normal(0, 1), chain.n)
  for k = 1, SIZE do spike_times[#spike_times + 1] = k <= chain.n and { times[k] } or {} end
end
local source = net:spike_source { name = "packets", size = #spike_times, spikes = spike_times }
local begin = lp.generator(function(i) return group((i - 1) // SIZE * GROUPS) end)
local go_on = lp.generator(function(i) return (i - 1) // SIZE % GROUPS < GROUPS - 1 and group((i - 1) // SIZE + 1) or {} end)
net:project { from = source, to = cells, target = "exc", weights = 4.86, connect = begin }
net:project { from = cells, to = cells, target = "exc", weights = 4.86, connect = go_on }
local spikes = net:record(cells, "spike")
net:run(START + a.duration)

--- The packet in every group, as far as there is one: the spikes around the median of those that come soon after the packet before. The middle two thirds say
--- how far they are spread, for there are spikes of the background too.
local function course(c)
  local at, path = START, { n = { chains[c].n }, sigma = { chains[c].sigma } }
  for g = 1, GROUPS do
    local first = ((c - 1) * GROUPS + g - 1) * SIZE
    local t = spikes.t[spikes.neuron:gt(first):both(spikes.neuron:le(first + SIZE))]
    local near = t[(t - at - 2):abs():le(REACH)]
    if #near < 10 then break end
    at = near:median()
    path.sigma[g + 1] = (near:quantile(0.84) - near:quantile(0.16)) / 2
    path.n[g + 1] = (near - at):abs():le(3 * path.sigma[g + 1] + 0.5):count()
  end
  return path
end

local fig = lp.figure { rows = 2, columns = 2, heights = { 1, 1.5 }, width = "140 mm", height = "130 mm", style = "paper", letters = true }
for k, c in ipairs { strong, weak } do
  local shown = spikes.neuron:gt((c - 1) * GROUPS * SIZE):both(spikes.neuron:le(c * GROUPS * SIZE))
  fig[{ 1, k }]:points(spikes.t[shown] - START, spikes.neuron[shown] / SIZE - (c - 1) * GROUPS, { size = 1.2, color = k == 1 and "blue" or "red" })
  fig[{ 1, k }]:title(("a = %d, \u{3c3} = %d ms"):format(chains[c].n, chains[c].sigma)):ticks("y", { 0, 5, 10 }):xlim(-10, 30):xlabel "time (ms)":ylabel "group"
end
local space, survives = fig:axes(2, 1, { columns = 2 }), {}
for c = 1, #chains do
  local path = course(c)
  survives[c] = (path.n[GROUPS + 1] or 0) >= SIZE / 2
  space:line(path.sigma, path.n, { color = survives[c] and "blue" or "red", marker = "o", marker_size = 1.5, width = 0.6 })
  space:points({ path.sigma[1] }, { path.n[1] }, { color = survives[c] and "blue" or "red", size = 4, open = true })
  if survives[c] then ends.n[#ends.n + 1], ends.sigma[#ends.sigma + 1] = path.n[GROUPS + 1], path.sigma[GROUPS + 1] end
end
space:xlabel "spread of the packet, \u{3c3} (ms)":ylabel "spikes of the packet, a":xlim(-0.1, 5.2):ylim(0, 105)
print("figure: " .. fig:save(a.out))

lp.result { { "a_end", lp.array(ends.n):mean() }, { "sigma_end", lp.array(ends.sigma):mean() }, { "survivors", #ends.n },
  { "strong_survives", survives[strong] and 1 or 0 }, { "weak_survives", survives[weak] and 1 or 0 } }
