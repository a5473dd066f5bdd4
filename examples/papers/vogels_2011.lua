--- Plasticity of inhibitory synapses balances a network (Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, Science 334:1569-1573, figure 4): without
--- inhibition of excitatory cells it fires as fast as it can, all cells together. Inhibitory synapses that grow where spikes of both cells are near in time,
--- and shrink with every spike before them, bring each cell to the rate that the rule contains, rho_0, by currents that cancel each other: the asynchronous
--- irregular state. Half as many cells as there, with as many inputs each; they learn faster.
--- Published: rate 2.5..4.5 Hz (rho_0 = 3 Hz), cv 0.7..1.2 (asynchronous irregular), current -100..100 pA (balanced: less than gL (vt - EL) = 100 pA, which
--- would make a cell fire), rate_before 50..200 Hz (up to what the refractory period of 5 ms allows, figure of Brian 2's example of this paper)
--- Takes 4 s.
--- Run: lunapse examples/papers/vogels_2011.lua [seed=1 duration=20000 threads=1 out=vogels_2011.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 20000, threads = 1, out = "vogels_2011.png" }

local N_E, N_I, P, RHO_0 = 4000, 1000, 0.04, 3               -- cells; probability of a synapse; Hz
local BEFORE, SHOWN, BIN = 500, 200, 50                      -- ms: without plasticity; in rasters; of rates
local cell = lp.neuron {
  name = "integrate-and-fire",
  parameters = { C = 200, gL = 10, EL = -60, EI = -80, vt = -50, tau_e = 5, tau_i = 10, I = 200 },        -- pF, nS, mV, ms, pA
  equations = [[
    I_exc := I - g_exc*v
    I_inh := g_inh*(EI - v)
    C * dv/dt = gL*(EL - v) + I_exc + I_inh                     : init = Uniform(-60, -50)
    tau_e * dg_exc/dt = -g_exc                                  : exponential
    tau_i * dg_inh/dt = -g_inh                                  : exponential
  ]],
  spike = "v > vt", reset = "v = EL", refractory = 5,
}
local rule = lp.synapse {
  name = "inhibitory STDP",
  parameters = { tau = 20, eta = 0, alpha = 2 * RHO_0 * 20 / 1000, w_max = 100 },    -- alpha = 2 rho_0 tau, tau in s; nS
  equations = [[
    tau * dx/dt = -x    : event-driven
    tau * dy/dt = -y    : event-driven
  ]],
  pre_spike  = "g_target += w ; x += 1 ; w = clip(w + eta*(y - alpha), 0, w_max)",
  post_spike = "y += 1 ; w = clip(w + eta*x, 0, w_max)",
}

local net = lp.network { dt = 0.1, seed = a.seed, threads = a.threads }
local cells = net:population { name = "cells", size = N_E + N_I, neuron = cell }
local E, I = cells:slice(1, N_E), cells:slice(N_E + 1, N_E + N_I)
net:project { from = E, to = cells, target = "exc", connect = lp.fixed_probability(P), weights = 0.3 }
net:project { from = I, to = I, target = "inh", connect = lp.fixed_probability(P), weights = 3 }
local plastic = net:project { from = I, to = E, target = "inh", synapse = rule, connect = lp.fixed_probability(P), weights = 0 }
local all, currents = net:record(E, "spike"), net:record(E:slice(1, 20), { "I_exc", "I_inh" }, { every = 1 })
net:run(BEFORE)
plastic.eta = 0.1
net:run(math.max(a.duration, SHOWN))

local fig = lp.figure { rows = 3, columns = 2, heights = { 1.3, 1, 1 }, width = "160 mm", height = "140 mm", style = "paper", letters = true }
local states = { { "before", BEFORE }, { "after", net.t } }
for k, state in ipairs(states) do
  local from, to = state[2] - SHOWN, state[2]
  local shown = all:window(from, to)
  local first = shown.neuron:le(200)
  fig[{ 1, k }]:raster(shown.t[first] - from, shown.neuron[first]):title(state[1]):xlim(0, SHOWN):ylim(0, 201):ylabel "excitatory cell"
  local row = currents.t:gt(from):both(currents.t:le(to)):find()
  local exc, inh = currents.I_exc:take(row):column(1) / 1000, currents.I_inh:take(row):column(1) / 1000
  local t = currents.t[row] - from
  fig[{ 2, k }]:line(t, exc, { color = "red", label = "excitatory" }):line(t, inh, { color = "blue", label = "inhibitory" })
  fig[{ 2, k }]:line(t, exc + inh, { color = "black", width = 0.8, label = "sum" })
  fig[{ 2, k }]:xlim(0, SHOWN):xlabel "time (ms)":ylabel "currents of cell 1 (nA)":letter(false)
  state.current = currents.I_exc:take(row):mean() + currents.I_inh:take(row):mean()
end
local rate, t = all:population_rate(BIN)
fig[{ 3, 1 }]:line(t / 1000, rate):hline(RHO_0, { color = "gray", dash = "dashed" }):log "y":xlabel "time (s)":ylabel "rate (Hz)"
local late = all:window(net.t - math.min(2000, a.duration), net.t)
fig[{ 3, 2 }]:histogram(late:rates(), { bins = 40, range = { 0, 20 }, color = "gray" }):vline(RHO_0, { color = "black", dash = "dashed" })
fig[{ 3, 2 }]:xlabel "rate of a cell, after (Hz)":ylabel "cells"
fig:legend "bottom"
print("figure: " .. fig:save(a.out))

lp.result { { "rate_before", all:window(BEFORE - SHOWN, BEFORE):mean_rate() }, { "rate", late:mean_rate() }, { "cv", late:cv():nanmean() },
  { "current_before", states[1].current }, { "current", states[2].current } }
