--- Heterosynaptic normalisation: weights grow, and once a second every neuron takes what it gained off all its synapses alike. First the published
--- network of 10 neurons, where three ways of saying so give the same weights; then a recurrent network of 2000 neurons whose STDP favours growth,
--- with the rule and without. Run: lunapse examples/heterosynaptic.lua [seed=1 dt=0.1 duration=20000 threads=1 precision=float64 out=heterosynaptic.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 0.1, duration = 20e3, threads = 1, precision = "float64", out = "heterosynaptic.png" }
local second = lp.units.second

-- ---- ten neurons, three ways ----

local function growing(normalise)
  local net = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
  local neurons = net:population { size = 10, neuron = lp.neuron { parameters = { total = 0, initial = 0 } } }
  local syn = net:project { from = neurons, to = neurons, connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 1),
    synapse = lp.synapse { parameters = { growth = 0.1 / second },
      equations = [[ dw/dt = growth
                     post.total = sum(w)   : every = 1000 ]] } }
  local start, w0, gain = syn:sum_post "w", syn.w:copy(), {}
  neurons.initial = start
  net:at(1 * second, function() gain.before = (syn.w - w0):mean() end)
  normalise(net, syn, start)
  net:at(1 * second + a.dt, function() gain.after = (syn.w - w0):mean() end)
  local w = net:record(syn, "w", { every = 10 })
  net:run(1.5 * second)
  gain["end"] = (syn.w - w0):mean()
  return syn.w, gain, w
end

local ways = {
  text = function(_, syn)                     -- compiled, like an equation
    syn:run_regularly("w -= clip((post.total - post.initial) / N_incoming, 0, inf)", { every = 1 * second })
  end,
  arrays = function(net, syn, start)          -- a Lua function over whole arrays
    net:every(1 * second, function()
      syn.w = syn.w - syn:spread_post(((syn:sum_post "w" - start) / syn.fan_in:maximum(1)):clip(0, math.huge))
    end)
  end,
  rows = function(net, syn, start)            -- a Lua function per post neuron
    net:every(1 * second, function()
      for j, row in syn:incoming() do row.w = row.w - math.max(0, (row.w:sum() - start[j]) / #row) end
    end)
  end,
}

local w, gain, course = growing(ways.text)
local difference = 0
for _, name in ipairs { "arrays", "rows" } do difference = math.max(difference, (growing(ways[name]) - w):abs():max()) end

-- ---- 2000 neurons ----

local Cell = lp.neuron {
  parameters = { tau = 20, tau_exc = 5, tau_inh = 10, El = -60, Ee = 0, Ei = -80 },
  equations = [[ tau * dv/dt = (El - v) + g_exc * (Ee - v) + g_inh * (Ei - v)   : init = -60
                 tau_exc * dg_exc/dt = -g_exc
                 tau_inh * dg_inh/dt = -g_inh ]],
  spike = "v > -50", reset = "v = -60", refractory = 5,
}

local function recurrent(is_normalised)
  local net = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
  local exc, inh = net:population { size = 1600, neuron = Cell }, net:population { size = 400, neuron = Cell }
  local noise = net:poisson { size = 1000, rates = 20 }
  for _, to in ipairs { exc, inh } do
    to.v = lp.uniform(-60, -50)
    net:project { from = noise, to = to, target = "exc", connect = lp.fixed_number_pre(50), weights = 0.15 }
    net:project { from = inh, to = to, target = "inh", connect = lp.fixed_number_pre(20), weights = 1 }
  end
  net:project { from = exc, to = inh, target = "exc", connect = lp.fixed_number_pre(80), weights = 0.1 }
  local learn = net:project { from = exc, to = exc, target = "exc", connect = lp.fixed_number_pre(80), weights = lp.uniform(0.02, 0.08),
    synapse = lp.models.STDP { A_plus = 0.006, A_minus = 0.001, w_max = 0.3 } }
  if is_normalised then
    local start = learn:sum_post "w"
    net:every(1 * second, function()
      learn:normalize { to = start, mode = "subtractive" }
      learn.w = learn.w:clip(0, math.huge)
    end)
  end
  local spikes = net:record(exc, "spike")
  net:run(a.duration)
  local rate, begins = spikes:population_rate(200)
  return { rate = rate, t = begins / 1000, w = learn.w, late = rate:slice(#rate // 2 + 1, #rate):mean() }
end

local with, without = recurrent(true), recurrent(false)

local fig = lp.figure { rows = 3, width = 7, height = 9 }
for k = 1, #w do fig[1]:line(course.t / 1000, course.w:column(k), { color = "grey" }) end
fig[1]:title "Ten neurons: the weights":xlabel "time (s)":ylabel "w"
fig[2]:line(without.t, without.rate, { label = "without" }):line(with.t, with.rate, { label = "with normalisation" }):legend()
fig[2]:title "2000 neurons whose synapses learn: excitatory rate":xlabel "time (s)":ylabel "Hz"
fig[3]:histogram(without.w, { bins = 40, label = "without" }):histogram(with.w, { bins = 40, label = "with normalisation" }):legend()
fig[3]:title "Weights at the end":xlabel "w":ylabel "synapses"
print("figure: " .. fig:save(a.out))

lp.result { { "w_before", gain.before }, { "w_after", gain.after }, { "w_end", gain["end"] }, { "ways_difference", difference },
  { "rate_with_hz", with.late }, { "rate_without_hz", without.late } }
