--- What a spike does by different synapses (notebooks "SynapticTransmission" and "PyNN" of ANNarchy; the last after Brian's example of non-linear synapses): a
--- conductance for one step, one that decays, one with the form of an alpha function (Rall 1967, Journal of Neurophysiology 30:1138), and one that saturates,
--- as NMDA receptors do, so that ten times the weight does not give ten times the effect. The first three are known in closed form (dashed).
--- Published: instant 0.98..1.02, exponential 0.98..1.02, alpha 0.98..1.02 (peak of the potential over closed form), saturating 0.97..1.03 (mean conductance at
--- ten times the weight over that at one, over theory), alpha_peak 9.8..10.2 ms (of the conductance: tau)
--- Takes 1 s.
--- Run: lunapse examples/annarchy/synapse_shapes.lua [duration=150 seed=1 out=synapse_shapes.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 150, seed = 1, out = "synapse_shapes.png" }

local TAU, TAU_S, SPIKE, W = 20, 10, 10, 10          -- ms: of the membrane, of synapses, when the spike comes; mV
local duration = math.max(a.duration, 100)
local Cell = lp.neuron { name = "Cell", parameters = { tau = TAU, tau_s = TAU_S }, equations = [[
    tau * dv/dt = -v + g_instant + g_decaying + alpha      : init = 0, exponential
    tau_s * dg_decaying/dt = -g_decaying                   : exact
    tau_s * dg_rising/dt = -g_rising                       : exact
    tau_s * dalpha/dt = exp(1) * g_rising - alpha          : exact
  ]] }

local net = lp.network { dt = 0.05, seed = a.seed }
local source = net:spike_source { size = 1, spikes = { { SPIKE } } }
local cells = net:population { name = "cells", size = 3, neuron = Cell }
for k, target in ipairs { "instant", "decaying", "rising" } do
  net:project { from = source, to = cells:slice(k, k), target = target, connect = lp.all_to_all(), weights = W }
end
local seen = net:record(cells, { "v", "g_decaying", "alpha" })

-- Two neurons that fire every 10 ms, onto one each by synapses that saturate.
local Regular = lp.neuron { name = "Regular", equations = "dv/dt = 0.1 : init = 0", spike = "v >= 1", reset = "v = 0" }
local Saturating = lp.synapse { name = "Saturating", parameters = { tau = TAU_S },
  equations = "tau * dx/dt = -x : init = 0, exponential; tau * dg/dt = -g + x*(1 - g) : init = 0", pre_spike = "x += w", psp = "g" }
local regular = net:population { name = "regular", size = 2, neuron = Regular }
local driven = net:population { name = "driven", size = 2, neuron = lp.neuron { name = "Driven", equations = "total = sum(nmda)" } }
local nmda = net:project { from = regular, to = driven, target = "nmda", connect = lp.one_to_one(), weights = { 1, 10 }, synapse = Saturating }
local gates = net:record(nmda, "g")
net:run(duration)

-- The closed forms: v of an input h(s) is its convolution with exp(-s/tau)/tau.
local s = lp.linspace(0, duration - SPIKE, 3000)
local k = 1 / TAU_S - 1 / TAU
local decay = (-s / TAU):exp()
local forms = {
  decay * (W * net.dt / TAU),
  (decay - (-s / TAU_S):exp()) * (W / TAU / k),
  decay * (1 - (1 + k * s) * (-k * s):exp()) * (W * math.exp(1) / TAU / TAU_S / k ^ 2),
}

--- The mean of a saturating conductance over a period, once it repeats itself, with a spike of weight w every 10 ms: x is known, g follows in small steps.
local function mean_gate(w)
  local h, g, sum = 0.002, 0, 0
  for _ = 1, 20 do
    sum = 0
    for t = h / 2, 10, h do
      local x = w * math.exp(-t / TAU_S) / (1 - math.exp(-10 / TAU_S))
      g = g + h / TAU_S * (x * (1 - g) - g)
      sum = sum + g * h / 10
    end
  end
  return sum
end

local fig = lp.figure { rows = 2, columns = 3, width = "180 mm", height = "100 mm", style = "paper", letters = true }
local results = {}
for n, name in ipairs { "instant", "exponential", "alpha" } do
  fig[n]:line(seen.t, seen.v:column(n)):line(s + SPIKE, forms[n], { color = "black", dash = "dashed" }):title(name):xlim(0, 100):xlabel "time (ms)"
  results[n] = { name, seen.v:column(n):max() / forms[n]:max() }
end
fig[1]:ylabel "v (mV)"
fig[4]:line(seen.t, seen.g_decaying:column(2), { label = "exponential" }):line(seen.t, seen.alpha:column(3), { label = "alpha" })
fig[4]:xlim(0, 100):xlabel "time (ms)":ylabel "g (mV)"
local both = fig:axes(2, 2, { columns = 2 })
for n, label in ipairs { "w = 1", "w = 10" } do both:line(gates.t, gates.g:column(n), { label = label }) end
both:xlim(0, duration):ylim(0, 1.2):xlabel "time (ms)":ylabel "saturating g":legend("bottom right", { columns = 2 })
print("figure: " .. fig:save(a.out))

local rows = gates.g:shape()
local last = gates.g:rows(rows - math.floor(30 / net.dt) + 1, rows):mean(1)          -- three periods
results[4] = { "saturating", last[2] / last[1] / (mean_gate(10) / mean_gate(1)) }
results[5], results[6] = { "alpha_peak", seen.t[seen.alpha:column(3):argmax()] - SPIKE }, { "ratio", last[2] / last[1] }
lp.result(results)
