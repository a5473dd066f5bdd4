--- Neurons of the ventral cochlear nucleus differ in their potassium currents (Rothman & Manis 2003, Journal of Neurophysiology 89:3097, table 1, 22 degrees):
--- cells without the low-threshold current answer a step of current with a train of spikes (types I-c and I-t, stellate cells), cells with much of it with a
--- single spike, and only to a strong current (type II, bushy cells); between them lie I-II and II-I. Potentials at steps of 100 ms, and how many spikes it
--- makes. Ever weaker spikes at the strongest currents do not count: a spike passes -20 mV.
--- Published: rest_Ic -65..-63 (mV; ModelDB 151483: a warmer I-c rests at -63.6), rest_II -65..-63, spikes_Ic 4..20 (type I: trains), spikes_It 4..20 (the
--- same), spikes_II_I 1..2 (type II: one or two at the onset), spikes_II 1..2 (the same), threshold_ratio 4..40 (type II needs far more current)
--- Takes 2 s.
--- Run: lunapse examples/papers/rothman_manis_2003.lua [duration=100 dt=0.02 seed=1 out=rothman_manis_2003.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 100, dt = 0.02, seed = 1, out = "rothman_manis_2003.png" }

local VCN = lp.neuron {
  name = "VCN",
  parameters = { C = 12, EK = -70, ENa = 50, Eh = -43, EL = -65, gNa = 1000, gHT = 150, gLT = 0, gA = 0, gh = 0.5, gL = 2, I = 0 },      -- pF, mV, nS, pA
  functions = [[
    gate(v, half, s) = 1/(1 + exp((half - v)/s))
    tau(v, scale, a, sa, b, sb, least) = scale/(a*exp((v + 60)/sa) + b*exp(-(v + 60)/sb)) + least
  ]],
  equations = [[
    gK := gHT*(0.85*n^2 + 0.15*p) + gLT*w^4*z + gA*a^4*b*c
    C * dv/dt = gL*(EL - v) + gNa*m^3*h*(ENa - v) + gK*(EK - v) + gh*r*(Eh - v) + I   : init = -64, exponential
    dm/dt = (gate(v, -38, 7) - m)/tau(v, 10, 5, 18, 36, 25, 0.04)                  : init = gate(v, -38, 7), exponential
    dh/dt = (gate(v, -65, -6) - h)/tau(v, 100, 7, 11, 10, 25, 0.6)                 : init = gate(v, -65, -6), exponential
    dn/dt = (sqrt(gate(v, -15, 5)) - n)/tau(v, 100, 11, 24, 21, 23, 0.7)           : init = sqrt(gate(v, -15, 5)), exponential
    dp/dt = (gate(v, -23, 6) - p)/tau(v, 100, 4, 32, 5, 22, 5)                     : init = gate(v, -23, 6), exponential
    dw/dt = (gate(v, -48, 6)^0.25 - w)/tau(v, 100, 6, 6, 16, 45, 1.5)              : init = gate(v, -48, 6)^0.25, exponential
    dz/dt = (0.5 + 0.5*gate(v, -71, -10) - z)/tau(v, 1000, 1, 20, 1, 8, 50)        : init = 0.5 + 0.5*gate(v, -71, -10), exponential
    da/dt = (gate(v, -31, 6)^0.25 - a)/tau(v, 100, 7, 14, 29, 24, 0.1)             : init = gate(v, -31, 6)^0.25, exponential
    db/dt = (sqrt(gate(v, -66, -7)) - b)/tau(v, 1000, 14, 27, 29, 24, 1)           : init = sqrt(gate(v, -66, -7)), exponential
    dc/dt = (sqrt(gate(v, -66, -7)) - c)/(90*gate(v, -66, 17) + 10)                : init = sqrt(gate(v, -66, -7)), exponential
    dr/dt = (gate(v, -76, -7) - r)/tau(v, 100000, 237, 12, 17, 14, 25)             : init = gate(v, -76, -7), exponential
  ]],
  spike = "v > -20", refractory = { "v > -30", stops = "spikes" },
}

local types = {          -- high threshold, low threshold, A and h conductance (nS); the current whose potential is shown (pA)
  { name = "I-c",  shown = 50,  given = { gHT = 150, gLT = 0,   gA = 0,  gh = 0.5 } },
  { name = "I-t",  shown = 50,  given = { gHT = 80,  gLT = 0,   gA = 65, gh = 0.5 } },
  { name = "I-II", shown = 50,  given = { gHT = 150, gLT = 20,  gA = 0,  gh = 2 } },
  { name = "II-I", shown = 100, given = { gHT = 150, gLT = 35,  gA = 0,  gh = 3.5 } },
  { name = "II",   shown = 300, given = { gHT = 150, gLT = 200, gA = 0,  gh = 20 } },
}
local STEP, REST, AFTER, N = 12.5, 200, 50, 26                                          -- pA, ms, ms, cells of each type: at -50 pA and from 0 pA on
local currents = (lp.arange(N) - 2) * STEP
currents[1] = -50

local net = lp.network { dt = a.dt, seed = a.seed, warnings = false }     -- cells at rest do not spike
for _, type in ipairs(types) do type.cells = net:population { name = type.name, size = N, neuron = VCN, parameters = type.given } end
net:run(REST)
for _, type in ipairs(types) do
  type.rest = type.cells.v[1]
  type.v, type.spikes = net:record(type.cells, "v", { every = 0.1 }), net:record(type.cells, "spike")
end
net:run(20)
for _, type in ipairs(types) do type.cells.I = currents end
net:run(a.duration)
for _, type in ipairs(types) do type.cells.I = 0 end
net:run(AFTER)

local fig = lp.figure { rows = 2, columns = 3, width = "180 mm", height = "110 mm", style = "paper", letters = true }
for k, type in ipairs(types) do
  local trains, cell = type.spikes:trains(), type.shown // STEP + 2
  type.counts = lp.zeros(N)
  for j = 1, N do type.counts[j] = #trains[j] end
  type.count, type.threshold = type.counts[cell], currents[type.counts:gt(0):argmax()]
  fig[k]:line(type.v.t - REST - 20, type.v.v:column(1), { color = "gray", width = 0.8 })
  fig[k]:line(type.v.t - REST - 20, type.v.v:column(cell), { color = k, width = 0.8 })
  fig[k]:title(("%s: %d and -50 pA"):format(type.name, type.shown)):ylim(-90, 50):xlabel(k > 3 and "time (ms)" or ""):ylabel(k % 3 == 1 and "v (mV)" or "")
  fig[6]:line(currents:slice(2, N), type.counts:slice(2, N), { color = k, label = type.name, marker = "o", marker_size = 2 })
end
fig[6]:xlabel "current (pA)":ylabel "spikes"
fig:legend("bottom", { columns = 5 })
print("figure: " .. fig:save(a.out))

local results = { { "threshold_ratio", types[5].threshold / types[1].threshold } }
for _, type in ipairs(types) do
  local name = type.name:gsub("I%-([ct])", "I%1"):gsub("%-", "_")
  table.move({ { "rest_" .. name, type.rest }, { "spikes_" .. name, type.count } }, 1, 2, #results + 1, results)
end
lp.result(results)
