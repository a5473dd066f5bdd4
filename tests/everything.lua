--- A network with objects of every kind, for specs of what is kept and put back.
local lp = require "lunapse"

local CELL = lp.neuron { name = "cell", parameters = "tau = 10\nI = 0\ngain = 0", equations = [[
    slow = slow + Uniform(0, 1) : every = 5, init = Uniform(0, 1)
    tau * dv/dt = I + gain + g_exc - v + 0.1 * xi * sqrt(tau) : init = Uniform(0, 1)
  ]], spike = "v > 1", reset = "v = 0", refractory = 2, axon_spike = "v > 0.9", axon_reset = "slow += 1",
  events = { burst = { when = "v > 0.85 and t - t_burst > 3", effect = "slow += 1" } } }
local RATED = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = sum(exc) - r + 1" }
local GROWING = lp.synapse { name = "growing", parameters = "tau = 20\nstep = 0.1", equations = [[
    tau * dx/dt = -x : event-driven
    post.gain = sum(w)
  ]], pre_spike = { send = "g_target += w", note = "x += step" }, post_spike = "w += 0.001 * x",
  on = { pre_burst = "x += step", post_burst = "w += 0.002 * x" }, pruning = "w < 0.12", creating = "i != j : proba = 0.01, w = 0.1" }
local SHAPED = lp.neuron { name = "shaped", parameters = "gL = 0.1\nI = 0 : point current", equations = [[
    Im = -gL*v + gX*n*(50 - v) : init = 1
    gX = 0.01 + 0.001*Uniform(0, 1)
    dn/dt = 0.1*(1 - n) - 0.2*n : init = 0.2, exponential
    5 * dg_exc/dt = -g_exc : exponential
    I_exc = g_exc*(50 - v) : point current
  ]], spike = "v > 8", reset = "v = 0", refractory = 3 }
local GATED = lp.synapse { name = "gated", equations = "8 * dg_axo/dt = -g_axo", pre_spike = "g_target += w*(1 + g_axo)" }
local HEBB = lp.synapse { name = "Hebb", equations = "dw/dt = 1e-6 * pre.r * post.r", psp = "w * pre.r" }

--- A network of everything: noise, given spikes that repeat, refractory cells with noise of their own on a second clock, rates with delays, synapses that come
--- and go, traces of events, a rate window, a timed array, delays of 90 steps, projections from and to synapses, neurons with a shape, texts and functions now and then, recordings of all kinds.
local function everything(opt)
  local net = lp.network { dt = 0.5, seed = opt.seed or 5, tier = opt.tier or "interpreter", threads = opt.threads, precision = opt.precision, warnings = false }
  local log = net:keep("log", { n = 0, times = {} })
  local noise = net:poisson { name = "noise", size = 40, rates = lp.uniform(100, 300) }
  local given = net:spike_source { name = "given", size = 2, neuron = { 1, 2 }, t = { 3, 5 }, period = 9 }
  local cells = net:population { name = "cells", size = 20, neuron = CELL, parameters = { I = 0.8 } }
  local coarse = net:population { name = "coarse", size = 5, neuron = CELL, dt = 1, parameters = { I = 1.2 } }
  net:poisson_input { name = "background", to = cells, target = "exc", rate = lp.uniform(5, 20), n = 10, weight = 0.02 }
  net:poisson_input { name = "part", to = coarse:select { 2, 5 }, variable = "v", rate = "if t < 40: 8 else: 20", n = 5, weight = 0.01 }
  net:poisson { name = "varying", size = 3, rates = "if t < 30: 100 else: 200" }
  local rated = net:population { name = "rated", size = 4, neuron = RATED }
  cells:compute_rate(10)
  net:project { name = "feed", from = noise, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.3),
    delays = lp.uniform(0.5, 45) }
  net:project { name = "pairs", from = given, to = cells, target = "exc", connect = lp.pairs({ 1, 2, 1 }, { 3, 1, 2 }), weights = { 1, 2, 3 }, delays = { 2, 1, 3 } }
  net:project { name = "across", from = cells, to = coarse, target = "exc", connect = lp.all_to_all(), weights = 0.05, delays = 2 }
  local growing = net:project { name = "growing", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0.1, 0.2),
    synapse = GROWING, delays = { note = lp.uniform(0.5, 20), post_spike = 3, pre_burst = 2 } }
  net:project { name = "late", from = rated, to = rated, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.1), delays = 4, synapse = HEBB }
  local soma = lp.sphere { diameter = 15 }
  soma.dend = { lp.cylinder { length = 100, diameter = 2, n = 3 }, lp.cylinder { length = 80, diameter = 1, n = 2 } }
  soma.dend[1].tuft = { lp.cylinder { length = 50, diameter = 1 }, lp.section { length = 60, diameter = { 1, 0.5 }, n = 2 } }
  local shaped = net:cables { name = "shaped", morphology = soma, neuron = SHAPED, size = 4, method = "crank-nicolson", spike_at = "everywhere" }
  net:project { name = "onto", from = noise, to = shaped.dend, target = "exc", connect = lp.fixed_probability(0.2), weights = 0.3 }
  local gated = net:project { name = "gated", from = given, to = coarse, target = "exc", connect = lp.all_to_all(), weights = 0.1, synapse = GATED }
  net:project { name = "gates", from = cells, to = gated, target = "axo", connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 0.2), delays = lp.uniform(1, 9) }
  net:project { name = "seen", from = gated, to = rated, connect = lp.all_to_all(), synapse = lp.synapse { equations = "post.tau = mean(10 + pre.g_axo)" } }
  growing:start_pruning { every = 10 }
  growing:start_creating { every = 10 }
  cells:run_regularly("v *= 0.9", { every = 4, when = "start" })
  if opt.has_functions ~= false then          -- what no file holds
    net:population { name = "driven", size = 3, neuron = RATED, drive = { tau = lp.timed_array({ 5, 20, 10 }, { dt = 11, period = 70, interpolate = true }) } }
    net:every(7, function(t)
      log.n = log.n + 1
      log.times[log.n] = t
      cells.v[1] = 0.5
    end)
    net:at({ 33, 61 }, function() noise.rates = lp.uniform(50, 100) end)
  end
  net:record(cells, "spike")
  net:record(cells, { "v", "slow" }, { every = 2, of = { 1, 2 } })
  net:record(growing, { "w", "x" }, { every = 5 })
  net:record(shaped, { "v", "Im" }, { every = 3 })
  net:record(cells, "burst", { with = { "v", "slow" } })
  return net, log
end

return everything
