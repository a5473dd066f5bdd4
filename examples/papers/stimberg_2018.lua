--- An astrocyte beside a synapse (Stimberg, Goodman, Brette & De Pitta 2018, in De Pitta & Berry, Computational Glioscience, 471; figure 2; model of De Pitta
--- et al. 2009, J Biol Phys 35:383): transmitter, released every two seconds, opens receptors, these make inositol trisphosphate (IP3), and IP3 lets calcium
--- out of its stores, in waves of many seconds. Two astrocytes with the same input, one of them with noise in the gates of its calcium channels. Calcium by
--- itself (Li & Rinzel 1994, Journal of Theoretical Biology 166:461) oscillates in a range of IP3.
--- Published: hopf_low 0.33..0.38 (uM of IP3; 0.354 in Li & Rinzel's model, whose constants differ by some percent: Shuai & Jung 2002, Biophys J 83:87),
--- hopf_high 0.6..0.68 (0.642), receptors 0.5..1.02 (figure 2: the range of its axis; the greatest value of the deterministic one), ip3 0.5..5 (uM, the same),
--- calcium 0.4..1.3 (uM, the same), least_h 0.4..0.9 (the same)
--- Takes 1 s.
--- Run: lunapse examples/papers/stimberg_2018.lua [duration=30000 dt=1 rate=0.5 seed=1 out=stimberg_2018.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 30000, dt = 1, rate = 0.5, seed = 1, out = "stimberg_2018.png" }

-- Calcium in the cell, C, and the share of its channels that are ready to open, h. Concentrations are in uM, rates in 1/ms.
local CONSTANTS = "Omega_C = 6e-3; Omega_L = 1e-4; O_P = 9e-4; K_P = 0.1; C_T = 2; rho_A = 0.18; O_2 = 2e-4; d_1 = 0.13; d_2 = 1.05; d_3 = 0.9434; d_5 = 0.08"
local FUNCTIONS = "hill(x, half, n) = x^n/(x^n + half^n) ; Q(I, d_1, d_2, d_3) = d_2*(I + d_1)/(I + d_3)"
local C = "dC/dt = (Omega_C*(hill(I, d_1, 1)*hill(C, d_5, 1)*h)^3 + Omega_L)*(C_T - (1 + rho_A)*C) - O_P*hill(C, K_P, 2)\n"
local H = "dh/dt = O_2*(Q(I, d_1, d_2, d_3)*(1 - h) - C*h)"
local START = " : init = 0.9, min = 0, max = 1"

local LiRinzel = lp.neuron { name = "LiRinzel", parameters = CONSTANTS .. "; I = 0.4", functions = FUNCTIONS, equations = C .. H .. START }
local Astrocyte = lp.neuron {
  name = "Astrocyte",
  parameters = CONSTANTS .. [[

    Omega_c = 0.04; O_N = 3e-4; Omega_N = 5e-4; K_KC = 0.5; zeta = 10                   # transmitter and its receptors
    O_beta = 5e-3; O_delta = 2e-4; kappa_delta = 1.5; K_delta = 0.3                      # IP3 is made by phospholipases C beta and delta,
    O_3K = 4.5e-3; K_D = 0.5; K_3K = 1; Omega_5P = 1e-4                                  # degraded by a kinase and a phosphatase,
    F_ex = 9e-5; I_Theta = 0.3; omega_I = 0.05; noise = 0                                # and leaves the cell
  ]],
  functions = FUNCTIONS,
  equations = C .. H .. "*(1 + noise*xi/sqrt(O_2*(Q(I, d_1, d_2, d_3) + C)))" .. START .. [[

    dY/dt = -Omega_c*Y
    dG/dt = O_N*Y*(1 - G) - Omega_N*(1 + zeta*hill(C, K_KC, 1))*G
    dI/dt = O_beta*G + O_delta/(1 + I/kappa_delta)*hill(C, K_delta, 2) - O_3K*hill(C, K_D, 4)*hill(I, K_3K, 1) - Omega_5P*I
            - F_ex/2*(1 + tanh((I - I_Theta)/omega_I))
  ]],
}

local net = lp.network { dt = a.dt, seed = a.seed }
local releases = lp.arange(math.floor(a.duration * a.rate / 1000)) * (1000 / a.rate)
local axon = net:spike_source { name = "axon", size = 1, spikes = { releases:table() } }
local cells = net:population { name = "astrocytes", size = 2, neuron = Astrocyte, parameters = { noise = { 0, 1 } } }
net:project { from = axon, to = cells, connect = lp.all_to_all(), weights = 500,                  -- uM: vesicles of 500 mM in 1000 times their volume
  synapse = lp.synapse { pre_spike = "post.Y += w" } }
local rec = net:record(cells, { "G", "I", "C", "h" }, { every = 10 })
net:run(a.duration)

local fig = lp.figure { rows = 4, columns = 2, widths = { 1.7, 1 }, width = "180 mm", height = "140 mm", style = "paper", letters = true }
local labels = { G = "receptors", I = "IP_{3} (uM)", C = "calcium (uM)", h = "gates h" }
for row, name in ipairs { "G", "I", "C", "h" } do
  fig[{ row, 1 }]:line(rec.t / 1000, rec[name])
  fig[{ row, 1 }]:xlim(0, a.duration / 1000):ylabel(labels[name]):xlabel(row == 4 and "time (s)" or "")
end
local range, path = fig:axes(1, 2, { rows = 2 }), fig:axes(3, 2, { rows = 2 })
local diagram = lp.bifurcation(LiRinzel, { parameter = "I", range = { 0, 1 }, limits = { C = { 0, 1 }, h = { 0, 1 } }, n = 101,
  duration = 300e3, dt = 10, axes = range })
print(diagram)
range:xlabel "constant IP_{3} (uM)":ylabel "calcium (uM)":legend "bottom right":xlim(0, 1.7):ticks("x", { 0, 0.5, 1 })
for k, label in ipairs { "deterministic", "stochastic" } do path:line(rec.I:column(k), rec.C:column(k), { label = label, width = 0.8 }) end
path:xlabel "IP_{3} (uM)":ylabel "calcium (uM)":ylim(0, 1.7):legend "top right"
print("figure: " .. fig:save(a.out))

local waves = lp.signal.find_peaks(rec.C:column(1), { prominence = 0.2 })
lp.result { { "hopf_low", diagram.points[1].at }, { "hopf_high", diagram.points[2].at }, { "calcium", rec.C:column(1):max() }, { "ip3", rec.I:column(1):max() },
  { "receptors", rec.G:column(1):max() }, { "least_h", rec.h:column(1):min() }, { "waves", #waves }, { "calcium_noise", rec.C:column(2):max() } }
