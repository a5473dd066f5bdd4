--- Calcium and the sign of plasticity (Graupner & Brunel 2012, PNAS 109:3991-3996, figure 2): each spike lets calcium into a synapse, which is depressed while
--- there is more than one threshold, and potentiated while there is more than another, with noise, between a DOWN and an UP state. The amplitudes and
--- thresholds alone decide in which of six ways the change by 60 pairs of spikes depends on the time between them. Points: synapses, half of them UP before;
--- lines: the paper's solution. Pairs come at 5 Hz instead of 1 Hz: calcium is gone after either.
--- Published: error 0..0.1 (mean distance from the paper's solution), DP_plus 1.02..1.3, DP_minus 0.65..0.95 (potentiated with post after pre, depressed with
--- pre after post), P 1.1..1.4, D 0.5..0.8 (at no lag; figure 2 by that solution)
--- Takes 7 s.
--- Run: lunapse examples/papers/graupner_brunel_2012.lua [seed=1 duration=12000 threads=1 out=graupner_brunel_2012.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 12e3, threads = 1, out = "graupner_brunel_2012.png" }

local COPIES, PERIOD, TAU_CA, TAU, RHO_STAR, B = 60, 200, 20, 150e3, 0.5, 5       -- synapses for each point; ms; strength of UP over DOWN
-- Names, delays (ms) and parameters of the six cases, as in the code that the authors publish (github.com/mgraupe/CalciumBasedPlasticityModel).
local cases = {
  { name = "DP",   D = 13.7, values = { C_pre = 1,   C_post = 2,   theta_p = 1.3, gamma_d = 200, gamma_p = 321.808, sigma = 2.8284 } },
  { name = "DPD",  D = 4.6,  values = { C_pre = 0.9, C_post = 0.9, theta_p = 1.3, gamma_d = 250, gamma_p = 550,     sigma = 2.8284 } },
  { name = "DPD'", D = 2.2,  values = { C_pre = 1,   C_post = 2,   theta_p = 2.5, gamma_d = 50,  gamma_p = 600,     sigma = 2.8284 } },
  { name = "P",    D = 0,    values = { C_pre = 2,   C_post = 2,   theta_p = 1.3, gamma_d = 160, gamma_p = 257.447, sigma = 2.8284 } },
  { name = "D",    D = 0,    values = { C_pre = 0.6, C_post = 0.6, theta_p = 1.3, gamma_d = 500, gamma_p = 550,     sigma = 5.6568 } },
  { name = "D'",   D = 0,    values = { C_pre = 1,   C_post = 2,   theta_p = 3.5, gamma_d = 60,  gamma_p = 600,     sigma = 2.8284 } },
}
local rule = lp.synapse {
  name = "calcium-based",
  parameters = { tau = TAU, tau_Ca = TAU_CA, theta_d = 1, theta_p = 1.3, gamma_d = 1, gamma_p = 1, sigma = 1, C_pre = 1, C_post = 1, rho_star = RHO_STAR },
  equations = [[
    tau_Ca * dc/dt = -c
    is_d = c > theta_d ; is_p = c > theta_p
    tau * drho/dt = -rho*(1 - rho)*(rho_star - rho) + gamma_p*(1 - rho)*is_p - gamma_d*rho*is_d + sigma*sqrt(tau*(is_d + is_p))*xi
  ]],
  pre_spike = "c += C_pre", post_spike = "c += C_post",
}
--- Of a normal distribution with standard deviation 1/sqrt(2): the part below x (Abramowitz & Stegun 7.1.25).
local function normal(x)
  local t = 1 / (1 + 0.47047 * math.abs(x))
  local tail = (0.3480242 * t - 0.0958798 * t^2 + 0.7478556 * t^3) * math.exp(-x^2) / 2
  return x > 0 and 1 - tail or tail
end

local lags, theory_lags = lp.linspace(-80, 80, 17), lp.linspace(-80, 80, 321)      -- spike of the post neuron after that of the pre neuron, ms
local net = lp.network { dt = 0.5, precision = "float32", seed = a.seed, threads = a.threads }
for _, case in ipairs(cases) do
  local n = #lags * COPIES
  local pre = net:spike_source { size = #lags, neuron = lp.arange(1, #lags), t = PERIOD / 2 - lags, period = PERIOD }
  local post = net:spike_source { size = n, neuron = lp.arange(1, n), t = lp.full(PERIOD / 2, n), period = PERIOD }
  case.synapses = net:project { from = pre, to = post, connect = lp.condition("(j - 1) // copies == i - 1", { copies = COPIES }), synapse = rule,
    delays = math.max(case.D, net.dt), parameters = case.values }
  case.synapses.rho = case.synapses.post:mod(2)
end
net:run(a.duration)
--- The strength after, over that before, where up of the synapses that are DOWN go UP and down of the others go DOWN.
local function change(up, down) return (1 - up + down + B * (up + 1 - down)) / (1 + B) end
--- The paper's solution: rho goes towards a mean with a rate, both by the times above the thresholds, and is then of a normal distribution.
local function solution(case, lag)
  local v, gap, is_post_first = case.values, math.abs(lag - case.D), lag < case.D
  local first, second = is_post_first and v.C_post or v.C_pre, is_post_first and v.C_pre or v.C_post
  local function above(theta)
    local fall = TAU_CA * math.log(first / theta)
    return math.min(gap, math.max(0, fall)) + math.max(0, TAU_CA * math.log((first * math.exp(-gap / TAU_CA) + second) / theta))
  end
  local t_d, t_p = above(1), above(v.theta_p)
  if t_d == 0 then return 1 end
  local rate = v.gamma_d * t_d + v.gamma_p * t_p
  local mean, left = v.gamma_p * t_p / rate, math.exp(-rate * a.duration / PERIOD / TAU)
  local spread = v.sigma * math.sqrt((t_d + t_p) / rate * (1 - left^2))
  return change(normal((mean - mean * left - RHO_STAR) / spread), normal((RHO_STAR - mean - (1 - mean) * left) / spread))
end

local fig, error, changes = lp.figure { rows = 3, columns = 2, width = "140 mm", height = "160 mm", style = "paper", letters = true }, 0, {}
for k, case in ipairs(cases) do
  local is_up = case.synapses.rho:gt(RHO_STAR):reshape(#lags, COPIES // 2, 2):mean(2)
  changes[k] = change(is_up:column(2), 1 - is_up:column(1))                        -- rho was 0 where the number of the post neuron is even
  error = error + (changes[k] - lags:map(function(lag) return solution(case, lag) end)):abs():mean() / #cases
  fig[k]:hline(1, { color = "gray", dash = "dashed" }):vline(0, { color = "gray", dash = "dashed" }):points(lags, changes[k], { color = "black", size = 3 })
  fig[k]:line(theory_lags, theory_lags:map(function(lag) return solution(case, lag) end), { color = "blue" }):xlim(-82, 82):ylim(0.3, 1.7):title(case.name)
  fig[k]:xlabel "post after pre (ms)":ylabel "strength after/before"
end
print("figure: " .. fig:save(a.out))
local plus, minus = lags:ge(10):both(lags:le(40)), lags:le(-10):both(lags:ge(-40))
lp.result { { "error", error }, { "DP_plus", changes[1][plus]:mean() }, { "DP_minus", changes[1][minus]:mean() }, { "P", changes[4][lags:abs():le(10)]:mean() },
  { "D", changes[5][lags:eq(0)]:mean() } }
