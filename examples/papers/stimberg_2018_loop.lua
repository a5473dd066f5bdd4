--- Gliotransmission in a closed loop (Stimberg, Goodman, Brette & De Pitta 2018, in De Pitta & Berry, Computational Glioscience, 471; figure 4B; De Pitta,
--- Volman, Berry & Ben-Jacob 2011, PLoS Computational Biology 7:e1002293): 500 synapses whose rate rises tenfold three times. Each has an astrocyte that takes
--- up its transmitter and, when its calcium rises, releases another one, whose receptors make the synapse release less; the same with astrocytes that are driven
--- from outside instead; and without any. A synapse writes to an astrocyte and an astrocyte to a synapse by projections from and to synapses.
--- Published: none_peak 100..260 uM (figure 4B: the range of its axis), open_peak 40..150 uM (the same), closed_peak 40..150 uM (the same), theory 0.85..1.15
--- (transmitter at 11 Hz without astrocytes over the mean field of Tsodyks 2005, Les Houches 80:245), closed_low 0.9..1.1 (at 0.11 Hz, before astrocytes
--- act, over none: alike in the figure), open_low 0..0.6 (the same of the open loop, which acts from the start)
--- Takes 4 s.
--- Run: lunapse examples/papers/stimberg_2018_loop.lua [duration=20000 synapses=500 seed=1 out=stimberg_2018_loop.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 20e3, synapses = 500, seed = 1, out = "stimberg_2018_loop.png" }
local N, RATES, STEP = a.synapses, { 0.011, 0.11, 1.1, 11 }, a.duration / 4                            -- Hz, ms

-- Concentrations are in uM, rates in 1/ms.
local Modulated = lp.synapse {
  name = "Modulated",
  parameters = "Omega_c = 0.04; U = 0.6; Omega_f = 3.33e-3; Omega_d = 2e-3; O_G = 1.5e-3; Omega_G = 8.333e-6; alpha = 0; released = 2500",
  equations = [[
    dY/dt = -Omega_c * Y                                           # transmitter in the cleft
    G = G : init = 0                                               # gliotransmitter there
    dbound/dt = O_G * G * (1 - bound) - Omega_G * bound            # its receptors
    du/dt = -Omega_f * u                                           # what a spike uses, and what there is to be used
    dx/dt = Omega_d * (1 - x)       : init = 1
  ]],
  pre_spike = "u += ((1 - bound)*U + alpha*bound) * (1 - u) ; r = u*x ; x -= r ; Y += released * r",
}
local Astrocyte = lp.neuron {
  name = "Astrocyte",
  parameters = [[
    O_P = 9e-4; K_P = 0.05; C_T = 2; rho_A = 0.18; Omega_C = 6e-3; Omega_L = 1e-4; d_1 = 0.13; d_2 = 1.05; O_2 = 2e-4; d_3 = 0.9434; d_5 = 0.08
    O_beta = 3.2e-3; O_N = 3e-4; Omega_N = 5e-4; K_KC = 0.5; zeta = 10; O_delta = 6e-4; kappa_delta = 1.5; K_delta = 0.1; Omega_5P = 5e-5; K_D = 0.7
    K_3K = 1; O_3K = 4.5e-3; F_ex = 2e-3; I_Theta = 0.3; omega_I = 0.05; bias = 0; C_Theta = 0.5; Omega_A = 6e-4; U_A = 0.6; released = 130; Omega_e = 0.06
  ]],
  functions = "hill(x, half, n) = x^n/(x^n + half^n)",
  equations = [[
    Y = Y : init = 0                                               # transmitter that it sees
    Q := d_2*(I + d_1)/(I + d_3)
    dbound/dt = O_N*Y*(1 - bound) - Omega_N*(1 + zeta*hill(C, K_KC, 1))*bound
    dI/dt = O_beta*bound + O_delta/(1 + I/kappa_delta)*hill(C, K_delta, 2) - O_3K*hill(C, K_D, 4)*hill(I, K_3K, 1) - Omega_5P*I
            - F_ex/2*(1 + tanh((abs(I - bias) - I_Theta)/omega_I))*sign(I - bias)
    dC/dt = (Omega_C*(hill(I, d_1, 1)*hill(C, d_5, 1)*h)^3 + Omega_L)*(C_T - (1 + rho_A)*C) - O_P*hill(C, K_P, 2)
    dh/dt = O_2*(Q*(1 - h) - C*h)                                  : init = 0.9
    dx/dt = Omega_A*(1 - x)                                        : init = 1
    dG/dt = -Omega_e*G
  ]],
  spike = "C > C_Theta", refractory = { "C > C_Theta", stops = "spikes" }, reset = "G += released*U_A*x ; x -= U_A*x",
}

local net = lp.network { dt = 1, seed = a.seed, method = "rk4" }
local axons = net:poisson { size = N, rates = "rate(t)", arrays = { rate = lp.timed_array(RATES, { dt = STEP }) } }
local cells = net:population { size = N, neuron = lp.neuron { equations = "v = 0" } }
local seen, courses = {}, {}
for k, name in ipairs { "none", "open", "closed" } do
  local synapses = net:project { name = name, from = axons, to = cells, connect = lp.one_to_one(), synapse = Modulated }
  if name ~= "none" then
    local astrocytes = net:population { name = name, size = N, neuron = Astrocyte, parameters = { bias = name == "open" and 1 or 0 } }
    net:project { from = astrocytes, to = synapses, connect = lp.same "post", synapse = lp.synapse { equations = "post.G = sum(pre.G)" } }
    if name == "closed" then net:project { from = synapses, to = astrocytes, connect = lp.same "post", synapse = lp.synapse { equations = "post.Y = sum(pre.Y)" } } end
  end
  seen[k] = net:record(synapses, "Y", { every = 10 })
end
net:run(a.duration)

local fig, t = lp.figure { rows = 3, width = "110 mm", height = "130 mm", style = "paper", letters = true }, seen[1].t
local function mean(k, from, to) return courses[k]:slice(math.floor(from / 10) + 1, math.floor(to / 10)):mean() end
for k, name in ipairs { "no gliotransmission", "open loop", "closed loop" } do
  courses[k] = seen[k].Y:mean(2)
  fig[k]:line(t / 1000, courses[k], { label = name, width = 0.8 }):xlim(0, a.duration / 1000):ylabel "transmitter (uM)":legend "top left"
  for n = 1, 3 do fig[k]:vline(n * STEP / 1000, { color = "gray", dash = "dotted" }) end
end
fig[3]:xlabel "time (s), the rate rises tenfold at each line"
print("figure: " .. fig:save(a.out))

local rate = RATES[4] / 1000                                            -- 1/ms: means of u and x at spikes that come by chance
local u = 0.6 * rate / (3.33e-3 + 0.6 * rate)
u = u + 0.6 * (1 - u)
local wanted = 2500 * u * (2e-3 / (2e-3 + u * rate)) * rate / 0.04
local function low(k) return mean(k, STEP, 2 * STEP) / mean(1, STEP, 2 * STEP) end
lp.result { { "none_peak", courses[1]:max() }, { "open_peak", courses[2]:max() }, { "closed_peak", courses[3]:max() },
  { "theory", mean(1, 3.5 * STEP, 4 * STEP) / wanted }, { "open_low", low(2) }, { "closed_low", low(3) } }
