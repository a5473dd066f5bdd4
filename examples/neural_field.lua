--- A neural field: lateral excitation nearby and inhibition far away make one bubble of activity, which follows a moving input through its noise.
--- Run: lunapse examples/neural_field.lua [seed=1 dt=1 duration=2000 threads=1 precision=float64 out=neural_field.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 2000, threads = 1, precision = "float64", out = "neural_field.png" }

local N = 20
local Input = lp.neuron { name = "Input", parameters = { baseline = 0 }, equations = "r = pos(baseline + Uniform(-0.5, 0.5))" }
local Field = lp.neuron {
  name = "Field",
  parameters = { tau = 10 },
  equations = [[
    tau * dmu/dt + mu = sum(input) + sum(lateral)
    r = clip(mu, 0, 1)
  ]],
}

local net   = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local input = net:population { name = "input", geometry = { N, N }, neuron = Input }
local field = net:population { name = "field", geometry = { N, N }, neuron = Field }
net:project { from = input, to = field, target = "input", connect = lp.one_to_one(), delays = 20 }
local lateral = net:project { from = field, to = field, target = "lateral",
  connect = lp.dog { a_plus = 0.2, s_plus = 0.1, a_minus = 0.1, s_minus = 0.7 } }

-- Row and column of every neuron, from 0.
local k = lp.arange(0, N * N - 1)
local column = k % N
local row = (k - column) / N

-- The input goes round a circle, once in 5 s.
local function centre(t)
  local angle = 2 * math.pi * t / 5000
  return N / 2 * (1 + 0.5 * math.cos(angle)), N / 2 * (1 + 0.5 * math.sin(angle))
end

net:every(a.dt, function(t)
  local x, y = centre(t + a.dt)
  input.baseline = (((row - x) ^ 2 + (column - y) ^ 2) / -8):exp()
end, { when = "start" })

local times, errors, path, frames = {}, {}, { {}, {} }, {}
net:every(a.dt, function(t)
  local r = field.r
  local total = r:sum()
  if t < 0.25 * a.duration or total == 0 then return end
  local x, y, x0, y0 = (r * row):sum() / total, (r * column):sum() / total, centre(t)
  times[#times + 1], errors[#errors + 1] = t, math.sqrt((x - x0) ^ 2 + (y - y0) ^ 2)
  path[1][#times], path[2][#times] = y, x
end)
net:at({ a.duration / 4, a.duration / 2, a.duration }, function(t)
  frames[#frames + 1] = { t = t, input = input.r:reshape(N, N):copy(), field = field.r:reshape(N, N):copy() }
end)
net:run(a.duration)

local fig = lp.figure { rows = 3, columns = 3, width = 10, height = 10 }
for c, frame in ipairs(frames) do
  fig[c]:image(frame.input, { range = { 0, 1.5 } }):title(("Input at %d ms"):format(frame.t))
  fig[3 + c]:image(frame.field, { range = { 0, 1 } }):title(("Field at %d ms"):format(frame.t))
end
fig[7]:line(path[1], path[2]):title "Path of the bubble":xlabel "column":ylabel "row":xlim(0, N):ylim(N, 0)
fig[8]:line(times, errors):title "Distance to the input":xlabel "time (ms)":ylabel "neurons"
fig[9]:image(lateral:matrix("w"):row(10 * N + 10):reshape(N, N), { bar = true }):title "Lateral weights of one neuron"
print("figure: " .. fig:save(a.out))

local e = lp.array(errors)
lp.result { { "synapses", lateral.size }, { "error_mean", e:mean() }, { "error_max", e:max() }, { "r_max", field.r:max() },
  { "active", math.tointeger(field.r:gt(0.5):sum()) } }
