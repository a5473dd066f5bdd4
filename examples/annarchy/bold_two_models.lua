--- What a scanner would see of 200 neurons, half of which become more active for five seconds, by two models: the balloon of Stephan et al. (2007, NeuroImage
--- 38:387) and the static one of Davis et al. (1998, PNAS 95:1834), which takes the flow of the balloon's equations (notebooks "BoldMonitoring1" and
--- "BoldMonitoring2" of ANNarchy; Maith, Dinkelbach, Baladron, Vitay & Hamker 2022, Frontiers in Neuroinformatics 16:790966). Neurons are Izhikevich's,
--- without connections, driven by noise. The signal follows the activity by seconds, and falls below its baseline after it.
--- Published: ratio 0.7..1.4 (peak of Davis' signal over the balloon's: "a similar amplitude", BoldMonitoring2), peak 3..8 s (after the onset: about the end
--- of the 5 s of activity, as the flow follows by seconds), undershoot 0.02..0.6 (of the peak, below the baseline: Buxton, Wong & Frank 1998)
--- Takes 1 s.
--- Run: lunapse examples/annarchy/bold_two_models.lua [duration=21000 seed=1 out=bold_two_models.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 21e3, seed = 1, out = "bold_two_models.png" }

local SECOND = a.duration / 21                                    -- ms; a shorter run has shorter seconds
local ON, OFF, BASELINE = 6 * SECOND, 11 * SECOND, 3 * SECOND     -- the activity, its end; the first time, whose mean is the baseline

-- Both models in one: Davis' signal comes from the flow f_in and the oxygen taken from it, which the balloon has anyway.
local both = {
  parameters = { phi = 1, kappa = 1/1.54, gamma = 1/2.46, E_0 = 0.34, tau = 0.98, alpha = 0.33, V_0 = 0.02, v_0 = 40.3, TE = 0.04, epsilon = 1.43, r_0 = 25,
    M = 0.062, alpha_davis = 0.14, beta = 0.91, second = 1000 },
  equations = [[
    second * ds/dt = phi*I_CBF - kappa*s - gamma*(f_in - 1)
    second * df_in/dt = s                                          : init = 1, min = 0.01
    E = 1 - (1 - E_0)^(1/f_in)                                     : init = E_0
    f_out = v^(1/alpha)                                            : init = 1
    tau*second * dq/dt = f_in*E/E_0 - q/v*f_out                    : init = 1, min = 0.01
    tau*second * dv/dt = f_in - f_out                              : init = 1, min = 0.01
    k_1 = 4.3*v_0*E_0*TE ; k_2 = epsilon*r_0*E_0*TE ; k_3 = 1 - epsilon
    BOLD = V_0*(k_1*(1 - q) + k_2*(1 - q/v) + k_3*(1 - v))
    oxygen = f_in*E/E_0                                            : init = 1
    BOLD_davis = M*(1 - f_in^alpha_davis*(oxygen/f_in)^beta)
  ]],
}

local net = lp.network { dt = 1, seed = a.seed }
local Noisy = lp.models.Izhikevich { noise = 5 }
local active = net:population { name = "active", size = 100, neuron = Noisy }
local calm = net:population { name = "calm", size = 100, neuron = Noisy }
for _, pop in ipairs { active, calm } do pop:compute_rate(100) end
local scanner = net:population(lp.bold { of = { active, calm }, variable = "r", model = both, normalize = BASELINE, name = "scanner" })
local seen = net:record(scanner, { "I_CBF", "BOLD", "BOLD_davis" }, { every = 10 })
local rates = { net:record(active, "r", { every = 10 }), net:record(calm, "r", { every = 10 }) }
net:at(ON, function() active.noise = 7.5 end)
net:at(OFF, function() active.noise = 5 end)
net:run(a.duration)

local balloon, davis = 100 * seen.BOLD:column(1), 100 * seen.BOLD_davis:column(1)
local t = seen.t / 1000
local fig = lp.figure { rows = 3, width = "120 mm", height = "130 mm", style = "paper", letters = true, share_x = true }
for k, name in ipairs { "active", "calm" } do fig[1]:line(t, rates[k].r:mean(2), { label = name, width = 0.8 }) end
fig[1]:ylabel "rate (Hz)"
fig[2]:line(t, seen.I_CBF:column(1), { width = 0.8 }):ylabel "input, relative"
fig[3]:line(t, balloon, { label = "balloon" }):line(t, davis, { label = "Davis" }):hline(0, { color = "gray", width = 0.5 }):xlabel "time (s)":ylabel "BOLD (%)"
for k = 1, 3 do fig[k]:xlim(0, a.duration / 1000):vspan(ON / 1000, OFF / 1000, { color = "gray", alpha = 0.15 }) end
print("figure: " .. fig:save(a.out))

lp.result { { "balloon", balloon:max() }, { "ratio", davis:max() / balloon:max() }, { "peak", t[balloon:argmax()] - ON / 1000 },
  { "undershoot", -balloon:min() / balloon:max() } }
