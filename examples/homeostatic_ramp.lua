--- Homeostatic STDP, the "ramp" experiment: 100 inputs of 0.2 to 20 Hz drive one neuron with plain and one with homeostatic STDP (Carlson,
--- Richert, Dutt & Krichmar 2013, IJCNN, doi 10.1109/IJCNN.2013.6706961). With homeostasis the neuron keeps its target rate of 35 Hz and
--- the weights follow the inputs' rates. Run: lunapse examples/homeostatic_ramp.lua [seed=1 dt=1 duration=1000000 threads=1 out=...]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 1000e3, threads = 1, precision = "float64", out = "homeostatic_ramp.png" }

local RSNeuron = lp.neuron {
  name = "RSNeuron",
  parameters = [[
    a = 0.02 : population
    b = 0.2 : population
    c = -65. : population
    d = 8. : population
    tau_ampa = 5. : population
    tau_nmda = 150. : population
    vrev = 0.0 : population
  ]],
  equations = [[
    # Inputs
    I = g_ampa * (vrev - v) + g_nmda * nmda(v, -80.0, 60.0) * (vrev -v)
    # Midpoint scheme
    dv/dt = (0.04 * v + 5.0) * v + 140.0 - u + I : init=-65., midpoint
    du/dt = a * (b*v - u) : init=-13., midpoint
    # Conductances
    tau_ampa * dg_ampa/dt = -g_ampa : exponential
    tau_nmda * dg_nmda/dt = -g_nmda : exponential
  ]],
  spike = "v >= 30.",
  reset = [[
    v = c
    u += d
  ]],
  functions = "nmda(v, t, s) = ((v-t)/(s))^2 / (1.0 + ((v-t)/(s))^2)",
}

local net = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local inp = net:poisson { name = "input", size = 100, rates = lp.linspace(0.2, 20, 100) }
local rules = { without = lp.models.nearest_neighbour_STDP, with = lp.models.homeostatic_STDP }
local pop, proj, rate, weights = {}, {}, {}, {}
for _, name in ipairs { "without", "with" } do
  pop[name] = net:population { name = name, size = 1, neuron = RSNeuron }
  pop[name]:compute_rate(5000)
  proj[name] = net:project { from = inp, to = pop[name], target = { "ampa", "nmda" }, synapse = rules[name], connect = lp.all_to_all(),
    weights = lp.uniform(0.01, 0.03) }
  rate[name] = net:record(pop[name], "r", { every = math.max(a.dt, 10) })
  weights[name] = net:record(proj[name], "w", { every = 1000 })
end
net:run(a.duration)

local seconds = a.duration / 1000
local fig = lp.figure { rows = 3, width = 9, height = 9 }
for _, name in ipairs { "without", "with" } do
  local colour = name == "with" and "#0072B2" or "#D55E00"
  fig[1]:line(rate[name].t / 1000, rate[name].r:column(1), { label = name .. " homeostasis", color = colour })
  fig[2]:points(proj[name].w, { label = name .. " homeostasis", color = colour, marker = name == "with" and "cross" or "circle" })
end
fig[1]:xlabel "time (s)":ylabel "rate (Hz)":legend()
fig[2]:xlabel "input":ylabel(("weight after %g s"):format(seconds)):ylim(0, 0.035):legend()
fig[3]:image(weights.with.w:transpose(), { map = "hot", bar = "weight", extent = { 0, seconds, 1, 100 } }):xlabel "time (s)":ylabel "input"
print("figure: " .. fig:save(a.out))

lp.result { { "without_hz", rate.without.r:mean() }, { "with_hz", rate.with.r:mean() }, { "correlation", proj.with.w:corr(inp.rates) },
  { "weight_mean", proj.with.w:mean() } }
