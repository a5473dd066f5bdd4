--- Oja's rule with lateral inhibition that learns, too: from pictures of overlapping bars, neurons learn single bars.
--- Run: lunapse examples/bar_learning.lua [seed=1 dt=1 duration=150000 threads=1 precision=float64 out=bar_learning.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 150e3, threads = 1, precision = "float64", out = "bar_learning.png" }

local SIDE, FEATURES, TRIAL = 8, 32, 50          -- pixels, neurons, ms

local Input = lp.neuron { name = "Input", parameters = { r = 0 } }
local Leaky = lp.neuron { name = "Leaky", parameters = { tau = 10 }, equations = "tau * dr/dt + r = sum(exc) - sum(inh) : min = 0" }
local Oja = lp.synapse {
  name = "Oja",
  parameters = { tau = 2000, alpha = 8, min_w = 0 },
  equations = "tau * dw/dt = pre.r * post.r - alpha * post.r^2 * w   : min = min_w",
}

local net      = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local input    = net:population { name = "input", geometry = { SIDE, SIDE }, neuron = Input }
local features = net:population { name = "features", size = FEATURES, neuron = Leaky }
local forward  = net:project { from = input, to = features, target = "exc", synapse = Oja { min_w = -10 }, connect = lp.all_to_all(),
  weights = lp.uniform(-0.5, 0.5) }
net:project { from = features, to = features, target = "inh", synapse = Oja { alpha = 0.3 }, connect = lp.all_to_all(), weights = lp.uniform(0, 1) }

-- Each of 16 bars is there with a probability of 1/8, drawn anew in every trial.
input.r = lp.zeros(SIDE * SIDE)
net:every(TRIAL, function()
  local picture, is_there = lp.zeros(SIDE, SIDE), net:draw(lp.uniform(0, 1), 2 * SIDE):lt(1 / SIDE)
  for k = 1, SIDE do
    if is_there[k] then picture:row(k):fill(1) end
    if is_there[SIDE + k] then picture:column(k):fill(1) end
  end
  input.r = picture
end, { when = "start" })
net:run(a.duration)

-- How far the mean weight along a bar exceeds that of all pixels: a neuron is selective where one bar has more than three times what any other has.
local fields = forward:matrix "w"
local selective, covered, fig = 0, {}, lp.figure { rows = 4, columns = 8, width = 12, height = 6.5 }
for j = 1, FEATURES do
  local field, along = fields:row(j):reshape(SIDE, SIDE), {}
  for k = 1, SIDE do along[k], along[SIDE + k] = field:row(k):mean() - field:mean(), field:column(k):mean() - field:mean() end
  local order = lp.array(along):argsort()
  local best, second = math.tointeger(order[2 * SIDE]), math.tointeger(order[2 * SIDE - 1])
  local is_selective = along[best] > 3 * along[second] and along[best] > 0.05
  if is_selective then selective, covered[best] = selective + 1, true end
  fig[j]:image(field, { range = { -0.1, 0.3 } }):title(is_selective and (best <= SIDE and "row " .. best or "column " .. best - SIDE) or "")
end
print("figure: " .. fig:save(a.out))

local bars = 0
for _ in pairs(covered) do bars = bars + 1 end
lp.result { { "trials", math.tointeger(a.duration // TRIAL) }, { "selective", selective }, { "bars", bars }, { "w_max", fields:max() } }
