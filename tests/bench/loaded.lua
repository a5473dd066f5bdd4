--- What several threads give on a free machine, and whether they ever cost anything on a loaded one. One line for each network and condition:
---   bench loaded NETWORK CONDITION threads=N one=SECONDS several=SECONDS ratio=X
--- `ratio` is the time of several threads over that of one, medians of runs that alternate. Conditions: free; low (a process of lowest priority that never
--- sleeps); busy (two of usual priority); three (three such networks at once, each in a process of its own: the time until all are done); possible (what
--- the processors have to give: half of the time of two such networks at once, each on one thread in a process of its own, in place of several threads). While other
--- work is on the machine `free` says little; the program tells its load first. At most 1.1 is wanted for low and busy, 1.2 for three.
--- Run: lunapse tests/bench/loaded.lua [runs=7 threads=2 only=coba conditions=free,possible]
local lp = require "lunapse"
local host = require "lunapse.core.host"
local a = lp.arguments { runs = 7, threads = 2, only = "", conditions = "free,possible,low,busy,three", precision = "float64", tier = "native" }

local function median(list)
  table.sort(list)
  return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

local function command(text)
  local f = assert(io.popen(text))
  local output = f:read "a"
  f:close()
  return output
end

-- ---- networks ----------------------------------------------------------------------------------------------------------

local COBA = dofile((arg[0]:match "^(.*)/[^/]*$" or ".") .. "/coba.lua")

local function coba(size, synapse)
  return function(net)
    local all, excitatory = net:population { size = size, neuron = COBA }, size * 4 // 5
    all.v, all.g_exc, all.g_inh = lp.normal(-65, 5), lp.normal(4, 1.5), lp.normal(20, 12)
    net:project { from = all:slice(1, excitatory), to = all, target = "exc", connect = lp.fixed_probability(80 / size), weights = 0.6, synapse = synapse }
    net:project { from = all:slice(excitatory + 1, size), to = all, target = "inh", connect = lp.fixed_probability(80 / size), weights = 6.7 }
  end
end

--- Triplets of spikes strengthen, pairs weaken, the more so the more the post neuron has spiked of late (after Zenke, Hennequin & Gerstner 2013, PLoS Computational
--- Biology 9:e1003330): four traces, among the excitatory neurons of a network that goes on by itself.
local Triplets = lp.synapse {
  parameters = { A = 1e-3, w_max = 0.56, slow = 1000, r_0 = 10 },
  equations = [[
    dx/dt = -x / 20 : event-driven
    dy/dt = -y / 20 : event-driven
    dz/dt = -z / 100 : event-driven
    dr/dt = -r / slow : event-driven ]],
  pre_spike = "g_target += w; w = clip(w - A * y * (r / r_0)^2, 0, w_max); x += 1",
  post_spike = "w = clip(w + A * x * z, 0, w_max); y += 1; z += 1; r += 1",
}

local function zenke(net)
  local all, excitatory, size = net:population { size = 7500, neuron = COBA, parameters = { El = -40 } }, 6000, 7500
  all.v, all.g_exc, all.g_inh = lp.normal(-65, 5), lp.normal(4, 1.5), lp.normal(20, 12)
  local E, I = all:slice(1, excitatory), all:slice(excitatory + 1, size)
  net:project { from = E, to = E, target = "exc", connect = lp.fixed_probability(0.05), weights = 0.28, synapse = Triplets }
  net:project { from = E, to = I, target = "exc", connect = lp.fixed_probability(0.05), weights = 0.28 }
  net:project { from = I, to = all, target = "inh", connect = lp.fixed_probability(0.05), weights = 2 }
end

local function lif(net)
  local all = net:population { size = 10000, neuron = lp.models.LIF, parameters = { I = 20 } }
  all.v = lp.uniform(-65, -50)
  net:project { from = all, to = all, target = "exc", connect = lp.fixed_probability(0.02), weights = 0.001, delays = 1.5 }
end

local Noisy = lp.neuron {
  parameters = { tau = 20, El = -60, Vt = -50, Vr = -60, tau_exc = 5 },
  equations = "tau * dv/dt = El - v + g_exc + 150 * Normal(0, 1) : init = -60; tau_exc * dg_exc/dt = -g_exc",
  spike = "v > Vt", reset = "v = Vr", refractory = 5,
}

local function stochastic(net)
  local all = net:population { size = 5000, neuron = Noisy }
  net:project { from = all, to = all, target = "exc", connect = lp.fixed_probability(0.02), weights = 0.1, delays = 1.5 }
end

local function many_small(net)
  local all = {}
  for k = 1, 60 do all[k] = net:population { size = 300, neuron = Noisy } end
  for k = 1, 60 do
    for d = 1, 4 do
      net:project { from = all[k], to = all[(k + d) % 60 + 1], target = "exc", connect = lp.fixed_probability(0.2), weights = 2 * (d % 2) - 1, delays = d }
    end
  end
end

local Delta = lp.neuron {
  parameters = { tau = 20, Vt = 20, Vr = 10 }, equations = "tau * dv/dt = -v : init = 0, exponential", spike = "v > Vt", reset = "v = Vr", refractory = 2,
}

local function brunel(net)
  local all, ext = net:population { size = 12500, neuron = Delta }, net:poisson { size = 12500, rates = 5000 }
  local add = lp.synapse { pre_spike = "post.v += w" }
  all.v = lp.uniform(0, 20)
  net:project { from = all:slice(1, 10000), to = all, synapse = add, connect = lp.fixed_number_pre(1000), weights = 0.1, delays = 1.5 }
  net:project { from = all:slice(10001, 12500), to = all, synapse = add, connect = lp.fixed_number_pre(250), weights = -0.5, delays = 1.5 }
  net:project { from = ext, to = all, synapse = add, connect = lp.one_to_one(), weights = 0.42 }
end

--- The cortical microcircuit of Potjans & Diesmann (2014) at a fifth of its size: weights grow as in-degrees shrink, and a current stands for what is lost.
local sizes = { 20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948 }
local external = { 1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100 }
local rates = { 0.9, 2.9, 4.4, 5.8, 7.4, 8.6, 1.1, 7.8 }
local probability = {
  { 0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000 }, { 0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000 },
  { 0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000 }, { 0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000 },
  { 0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000 }, { 0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000 },
  { 0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252 }, { 0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443 },
}
local Cell = lp.neuron {
  parameters = { tau_m = 10, C = 250, tau_s = 0.5, El = -65, Vt = -50, Vr = -65, I = 0 },
  equations = [[
    dv/dt = (El - v) / tau_m + (g_exc + g_inh + I) / C : init = -58, exponential
    tau_s * dg_exc/dt = -g_exc : exponential
    tau_s * dg_inh/dt = -g_inh : exponential ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 2,
}

local function microcircuit(net)
  local scale, w, background, layers = 0.2, 87.8, 4000, {}
  for k = 1, 8 do
    local lost = external[k] * w * 8
    for j = 1, 8 do
      local synapses = math.log(1 - probability[k][j]) / math.log(1 - 1 / (sizes[j] * sizes[k])) / sizes[k]
      lost = lost + synapses * w * (j % 2 == 1 and (k == 1 and j == 3 and 2 or 1) or -4) * rates[j]
    end
    layers[k] = net:population { size = math.floor(sizes[k] * scale), neuron = Cell, parameters = { I = lost * (1 - scale ^ 0.5) * 0.5e-3 } }
    layers[k].v = lp.normal(-58, 5)
  end
  for k = 1, 8 do
    local ext = net:poisson { size = layers[k].size, rates = background }
    net:project { from = ext, to = layers[k], target = "exc", connect = lp.one_to_one(), weights = w * external[k] * 8 / background * scale ^ 0.5 }
    for j = 1, 8 do
      if probability[k][j] > 0 then
        local is_excitatory = j % 2 == 1
        local mean = w / scale ^ 0.5 * (is_excitatory and (k == 1 and j == 3 and 2 or 1) or -4)
        net:project { from = layers[j], to = layers[k], target = is_excitatory and "exc" or "inh", connect = lp.fixed_probability(probability[k][j]),
          weights = lp.normal(mean, math.abs(mean) / 10),
          delays = is_excitatory and lp.normal(1.5, 0.75, { min = 0.1 }) or lp.normal(0.75, 0.375, { min = 0.1 }) }
      end
    end
  end
end

local Linear = lp.neuron { equations = "r = sum(exc)" }

local function rate_coded(net)
  local from, to = net:population { size = 1000, neuron = lp.neuron { parameters = { r = 0 } } }, net:population { size = 1000, neuron = Linear }
  from.r = lp.uniform(0, 1)
  net:project { from = from, to = to, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 1e-3), synapse = lp.models.Oja }
end

local benches = {   -- with ms to run
  { "coba_4000", coba(4000), 1000 }, { "coba_20000", coba(20000), 300 }, { "coba_20000_stdp", coba(20000, lp.models.STDP { w_max = 1.2 }), 200 },
  { "zenke", zenke, 100 },
  { "lif_10000", lif, 300 }, { "stochastic", stochastic, 200 }, { "brunel_12500", brunel, 100 }, { "microcircuit_0.2", microcircuit, 100 },
  { "many_small", many_small, 50 }, { "rate_coded", rate_coded, 100 },
}

local function network(build, threads)
  local net = lp.network { dt = 0.1, seed = 1, threads = threads, precision = a.precision, tier = a.tier, warnings = false }
  build(net)
  net:run(20)
  return net
end

local function seconds(f)
  local begin = host.seconds()
  f()
  return host.seconds() - begin
end

-- ---- other work --------------------------------------------------------------------------------------------------------

--- Start processes that never sleep, for ten minutes at most; returns what ends them.
local function busy(n, niceness)
  local pids = {}
  for k = 1, n do pids[k] = command(("nice -n %d timeout 600 sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!"):format(niceness)):match "%d+" end
  return function()
    if #pids > 0 then os.execute("kill " .. table.concat(pids, " ")) end
  end
end

local function report(name, condition, one, several)
  print(("bench loaded %s %s threads=%d one=%.4f several=%.4f ratio=%.2f"):format(name, condition, a.threads, one, several, several / one))
  io.stdout:flush()
end

local others = { free = { 0, 0 }, low = { 1, 19 }, busy = { 2, 0 } }

local function beside(name, build, duration, condition)
  local nets, times = { network(build, 1), network(build, a.threads) }, { {}, {} }
  local stop = busy(table.unpack(others[condition]))
  local ok, message = pcall(function()
    for run = 1, a.runs do
      for k, net in ipairs(nets) do times[k][run] = seconds(function() net:run(duration) end) end
    end
  end)
  stop()
  if not ok then error(message, 0) end
  report(name, condition, median(times[1]), median(times[2]))
end

local function possible(name, build, duration)
  local times = { {}, {} }
  for run = 1, (a.runs + 1) // 2 do
    for workers = 1, 2 do
      local s = lp.sweep { { 1, 2 }, workers = workers, run = function()
        local net = network(build, 1)
        return seconds(function() net:run(3 * duration) end)
      end }
      times[workers][run] = s.value:mean()
    end
  end
  report(name, "possible", median(times[1]), median(times[2]) / 2)
end

local function three_at_once(name, build, duration)
  local times = { {}, {} }
  for run = 1, (a.runs + 1) // 2 do
    for k, threads in ipairs { 1, a.threads } do
      local s = lp.sweep { { 1, 2, 3 }, workers = 3, run = function()
        local net = network(build, threads)
        return seconds(function() net:run(3 * duration) end)
      end }
      times[k][run] = s.value:max()
    end
  end
  report(name, "three", median(times[1]), median(times[2]))
end

print("load now: " .. command("cat /proc/loadavg 2>/dev/null || uptime"):match "^%s*(.-)%s*$")
for _, b in ipairs(benches) do
  if b[1]:find(a.only, 1, true) then
    for condition in a.conditions:gmatch "%a+" do
      if condition == "three" then three_at_once(table.unpack(b))
      elseif condition == "possible" then possible(table.unpack(b))
      else beside(b[1], b[2], b[3], condition) end
      collectgarbage()
    end
  end
end
