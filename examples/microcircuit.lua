--- The cortical microcircuit under one square millimetre of surface: eight populations in four layers, 77,169 neurons, 0.3 * 10^9 synapses, each with a weight and a
--- delay of its own (Potjans & Diesmann 2014, Cerebral Cortex 24:785). Fewer neurons with `scale`: weights grow and a current replaces what is missing of the mean
--- input, so that rates stay (van Albada, Helias & Diesmann 2015, PLoS Computational Biology 11:e1004490).
--- Run: lunapse examples/microcircuit.lua [scale=0.1 duration=1000 seed=1 threads=1 precision=float32 weights_as=float16|int16 out=microcircuit.png]
local lp = require "lunapse"
local a = lp.arguments { scale = 0.1, duration = 1000, seed = 1, threads = 1, precision = "float32", weights_as = "", out = "microcircuit.png" }

local names     = { "L2/3E", "L2/3I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I" }
local sizes     = { 20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948 }
local external  = { 1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100 }          -- inputs from outside of each neuron
local published = { 0.9, 2.9, 4.4, 5.8, 7.4, 8.6, 1.1, 7.8 }                  -- rates, Hz
local connected = {                                                           -- probability that a pair is joined: [to][from]
  { 0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0,      0.0076, 0      },
  { 0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0,      0.0042, 0      },
  { 0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0      },
  { 0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0,      0.1057, 0      },
  { 0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0      },
  { 0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0      },
  { 0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252 },
  { 0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443 },
}
local W, TAU_SYN, BACKGROUND, TRANSIENT = 87.8, 0.5, 8, 500      -- pA: 0.15 mV at the peak; ms; Hz of each external input; ms that are not counted

local LIF = lp.neuron {
  name = "LIF",
  parameters = { C = 250, tau_m = 10, tau_syn = TAU_SYN, E_L = -65, V_th = -50, V_reset = -65, I_dc = 0 },          -- pF, ms, mV, pA
  equations = [[
    dv/dt = (E_L - v) / tau_m + (g_syn + I_dc) / C   : exact
    dg_syn/dt = -g_syn / tau_syn                     : exact
  ]],
  spike = "v >= V_th", reset = "v = V_reset", refractory = 2,
}

--- Synapses of a projection at scale 1: each joins a pair drawn at random, until a pair is joined with the given probability.
local function total(to, from) return math.log(1 - connected[to][from]) / math.log(1 - 1 / (sizes[to] * sizes[from])) end

--- Weight of a synapse: inhibition is four times as strong, and L4E acts on L2/3E twice as strongly.
local function weight(to, from) return (from % 2 == 0 and -4 or to == 1 and from == 3 and 2 or 1) * W end

local began = lp.seconds()
local net = lp.network { dt = 0.1, seed = a.seed, threads = a.threads, precision = a.precision }
local larger, pops, n_synapses = 1 / math.sqrt(a.scale), {}, 0
for k, name in ipairs(names) do
  local mean = W * external[k] * BACKGROUND / 1000
  for from, rate in ipairs(published) do mean = mean + weight(k, from) * total(k, from) / sizes[k] * rate / 1000 end
  local size = math.floor(sizes[k] * a.scale + 0.5)
  pops[k] = net:population { name = name, size = size, neuron = LIF, parameters = { I_dc = (1 - math.sqrt(a.scale)) * TAU_SYN * mean } }
  pops[k].v = lp.normal(-58, 10)
  net:poisson_input { to = pops[k], target = "syn", weight = W * larger, n = math.floor(external[k] * a.scale + 0.5), rate = BACKGROUND }
end
for to, post in ipairs(pops) do
  for from, pre in ipairs(pops) do
    if connected[to][from] > 0 then
      local w, delay = weight(to, from) * larger, from % 2 == 0 and 0.8 or 1.5
      local proj = net:project { from = pre, to = post, target = "syn", connect = lp.fixed_total(math.floor(total(to, from) * a.scale^2 + 0.5)),
        weights = lp.normal(w, 0.1 * math.abs(w), w > 0 and { min = 0 } or { max = 0 }), weights_as = a.weights_as ~= "" and a.weights_as or nil,
        delays = lp.normal(delay - net.dt / 2, delay / 2, { min = net.dt }) }          -- delays are rounded up: to the nearest step, so
      n_synapses = n_synapses + proj.size
    end
  end
end
net:run(0)
local built = lp.seconds()
net:run(TRANSIENT)
local spikes = {}
for k, pop in ipairs(pops) do spikes[k] = net:record(pop, "spike") end
local started = lp.seconds()
net:run(a.duration)
local ran = lp.seconds() - started

local rates, irregular, synchrony = {}, {}, {}
for k, s in ipairs(spikes) do
  local counts, cv = s:histogram(3), s:cv()
  rates[k], irregular[k], synchrony[k] = s:mean_rate(), cv[~cv:isnan()]:mean(), counts:var() / math.max(counts:mean(), 1e-9)
  print(("%-5s  rate %5.2f Hz (published %.1f)   CV of intervals %.2f   synchrony (var/mean of counts in 3 ms) %.1f"):format(
    names[k], rates[k], published[k], irregular[k], synchrony[k]))
end

local fig = lp.figure { rows = 1, columns = 3, width = 12, height = 6, letters = true }
local raster, ticks, from = fig:axes(1, 1, { columns = 2 }), {}, TRANSIENT + math.max(0, a.duration - 400)
local shown, below = math.min(1, 0.1 / a.scale), 0          -- of larger networks a part
for k = 8, 1, -1 do
  local n = pops[k].size * shown
  local is_in = spikes[k].neuron:le(n) & spikes[k].t:ge(from)
  raster:raster(spikes[k].t[is_in], spikes[k].neuron[is_in] + below, { size = 1.2, color = k % 2 == 1 and 1 or 2, marker = "o" })
  ticks[9 - k], below = below + n / 2, below + n
end
raster:xlim(from, TRANSIENT + a.duration):ylim(0, below):xlabel "time (ms)":ylabel "":title "Spikes of excitatory (blue) and inhibitory cells"
local upwards = {}
for k = 1, 8 do upwards[k] = names[9 - k] end
raster:ticks("y", ticks, upwards)
fig:axes(1, 3):bars(rates, { labels = names, width = 0.4, shift = -0.2, label = "here" })
  :bars(published, { labels = names, width = 0.4, shift = 0.2, label = "published" }):ylabel "rate (Hz)":legend()
print("figure: " .. fig:save(a.out))

local results = { { "build_s", built - began }, { "run_s", ran }, { "real_time_factor", ran * 1000 / a.duration }, { "synapses", n_synapses },
  { "gib", net:describe().bytes / 2^30 } }
for k, name in ipairs(names) do table.insert(results, k, { "rate_" .. name:gsub("/", ""), rates[k] }) end
lp.result(results)
