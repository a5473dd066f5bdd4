--- Spikes by chance: generalized integrate-and-fire neurons whose threshold is soft and rises with each spike (Schwalger, Deger & Gerstner 2017, PLoS
--- Computational Biology 13:e1005507; notebook "GIF_SN" of ANNarchy, parameters of its model), 500 of them without connections, while their current rises and
--- falls. A neuron that does not adapt is a renewal process: its rate is 1 over the integral of the probability S(t) to be silent for t, S = exp(-integral of
--- the hazard c exp((u - v)/delta)). If the threshold is slow, it adapts to u_th + J rate, so that the adapted rate is the one that solves this.
--- Published: low 0.9..1.15, high 0.95..1.1 (rate once adapted, over theory), fresh 0.95..1.05 (neurons that do not adapt, high current, over theory),
--- cv 0.9..1.1 (of their intervals, over theory)
--- Takes 2 s.
--- Run: lunapse examples/annarchy/escape_noise.lua [duration=12000 n=500 seed=1 out=escape_noise.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 12e3, n = 500, seed = 1, out = "escape_noise.png" }

local P = { tau_m = 10, R = 0.04, tau_v = 1000, J = 1000, u_r = -65, u_th = -50, c = 10, delta = 5, I = 0 }          -- ms, mV/pA, mV ms, mV, Hz, pA
local LOW, HIGH = 375, 750                                                                                          -- pA
local GIF = lp.neuron {
  name = "GIF",
  parameters = P,
  equations = [[
    tau_m * du/dt = u_r - u + R*I                    : init = u_r, exact
    tau_v * dv/dt = u_th - v                         : init = u_th, exact
    hazard = c * exp((u - v)/delta)
  ]],
  spike = "Uniform(0, 1) < 1 - exp(-hazard*dt/1000)", reset = "u = u_r; v += J/tau_v",
}

--- The rate (Hz) and the CV of intervals, with a threshold that stays where it is: sums until the hazard (1/ms) is steady, what comes then in closed form.
local function renewal(I, threshold)
  local h, S, first, second, hazard = 0.02, 1, 0, 0, 0                           -- ms
  for age = h / 2, 10 * P.tau_m, h do
    hazard = P.c / 1000 * math.exp((P.u_r + P.R * I * (1 - math.exp(-age / P.tau_m)) - threshold) / P.delta)
    local middle = S * math.exp(-hazard * h / 2)
    first, second, S = first + middle * h, second + 2 * age * middle * h, S * math.exp(-hazard * h)
  end
  first, second = first + S / hazard, second + 2 * S / hazard * (10 * P.tau_m + 1 / hazard)
  return 1000 / first, math.sqrt(second - first ^ 2) / first
end

--- The rate once the threshold has followed it, by bisection.
local function adapted(I)
  local low, high = 0, 1000
  for _ = 1, 30 do
    local rate = (low + high) / 2
    if renewal(I, P.u_th + P.J * rate / 1000) > rate then low = rate else high = rate end
  end
  return low
end

local net = lp.network { dt = 0.2, seed = a.seed }
local adapting = net:population { name = "adapting", size = a.n, neuron = GIF }
local fresh = net:population { name = "fresh", size = a.n, neuron = GIF, parameters = { J = 0 } }
local spikes, spikes_fresh, trace = net:record(adapting, "spike"), net:record(fresh, "spike"), net:record(adapting, { "u", "v" }, { of = { 1 } })
local part = a.duration / 3
for _, I in ipairs { LOW, HIGH, LOW } do
  adapting.I, fresh.I = I, I
  net:run(part)
end
local currents, results = { LOW, HIGH, LOW }, {}
local fig = lp.figure { rows = 3, width = "140 mm", height = "150 mm", heights = { 1.2, 1.4, 1 }, style = "paper", letters = true }
local is_shown = spikes.neuron:le(200)
fig[1]:raster(spikes.t[is_shown], spikes.neuron[is_shown], { size = 0.6 }):xlim(0, a.duration):ylim(0, 200):ylabel "neuron, adapting"
for _, kind in ipairs { { "no adaptation", spikes_fresh }, { "adapting", spikes } } do
  local rate, t = kind[2]:population_rate(20)
  fig[2]:line(t, rate, { label = kind[1], width = 0.8 })
end
for k, I in ipairs(currents) do
  local from, to = (k - 1) * part, k * part
  for _, rate in ipairs { (renewal(I, P.u_th)), adapted(I) } do fig[2]:line({ from, to }, { rate, rate }, { color = "black", dash = "dashed", width = 0.6 }) end
end
fig[2]:xlim(0, a.duration):xlabel "time (ms)":ylabel "rate (Hz)"
fig[3]:line(trace.t, trace.u:column(1), { label = "u", width = 0.8 }):line(trace.t, trace.v:column(1), { label = "threshold v", color = "red" })
fig[3]:xlim(part - 200, part + 600):xlabel "time (ms)":ylabel "potential (mV)":legend "top left"
print("figure: " .. fig:save(a.out))

for k, name in ipairs { "low", "high" } do        -- the second half of a part, when the threshold has come to rest
  results[k] = { name, spikes:window((k - 0.5) * part, k * part):mean_rate() / adapted(currents[k]) }
end
local rate, cv = renewal(HIGH, P.u_th)
local steady = spikes_fresh:window(1.5 * part, 2 * part)
results[3], results[4] = { "fresh", steady:mean_rate() / rate }, { "cv", steady:cv():nanmean() / cv }
lp.result(results)
