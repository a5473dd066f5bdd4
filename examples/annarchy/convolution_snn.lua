--- A convolutional network taken over by spikes (notebook "ANN2SNN2" of ANNarchy, after Diehl, Neil, Binas, Cook, Liu & Pfeiffer 2015, IJCNN,
--- doi:10.1109/IJCNN.2015.7280696): oriented filters of 5 x 5 pixels, a pool that takes the largest of 2 x 2, and a readout that has learnt to tell drawn shapes
--- apart. lp.ann_to_snn makes populations of it: convolutions without stored synapses, neurons without a leak, thresholds by the largest activations that samples bring.
--- Published: ann 0.9..1 (share of new shapes that the rates tell), snn 0.85..1 (that spikes tell after 200 ms; 0.99 of 300 digits in the notebook), loss
--- -0.05..0.05 (nearly lossless, Diehl et al.), early 0.1..0.8 (spikes after 5 ms), correlation 0.9..1 (of the answers)
--- Takes 4 s.
--- Run: lunapse examples/annarchy/convolution_snn.lua [duration=200 tests=60 seed=1 out=convolution_snn.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 200, tests = 60, seed = 1, out = "convolution_snn.png" }

local SIDE, WAVES, POOLED, TRAINED, NOISE = 16, 8, 6, 300, 0.15          -- pixels, filters, grid behind the pool, pictures, of each pixel
local function within(value, least, most) return value >= least and value <= most end
local SHAPES = {                                                       -- is the point (x, y) of a shape of size s in it?
  { "disc", function(x, y, s) return x^2 + y^2 <= s^2 end },
  { "ring", function(x, y, s) return within(math.sqrt(x^2 + y^2), s - 1.6, s) end },
  { "square", function(x, y, s) return within(math.max(math.abs(x), math.abs(y)), s - 1.6, s) end },
  { "cross", function(x, y, s) return math.max(math.abs(x), math.abs(y)) <= s and math.min(math.abs(x), math.abs(y)) <= 0.8 end },
  { "lines", function(x, y, s) return math.abs(x) <= s and within(math.abs(y), s/2 - 0.8, s/2 + 0.8) end },
}
local random = lp.network { seed = a.seed }
--- n pictures of all shapes in turn, at places and of sizes by chance, with noise; and the shape of each.
local function pictures(n)
  local list, class = {}, {}
  for k = 1, n do
    class[k] = (k - 1) % #SHAPES + 1
    local u, grid = random:draw(lp.uniform(-1, 1), 3), random:draw(lp.normal(0, NOISE), SIDE * SIDE)
    for row = 1, SIDE do
      for column = 1, SIDE do
        local at = (row - 1) * SIDE + column
        if SHAPES[class[k]][2](column - 8.5 - 2*u[1], row - 8.5 - 2*u[2], 4.6 + 0.6*u[3]) then grid[at] = grid[at] + 0.8 end
      end
    end
    list[k] = grid:clip(0, 1):reshape(SIDE, SIDE, 1)
  end
  return list, class
end

-- Filters: waves of four orientations and both signs, whose mean is 0.
local filters = lp.zeros(5, 5, 1, WAVES)
for k = 1, WAVES do
  local theta = k * 2 * math.pi / WAVES
  for row = 1, 5 do
    for column = 1, 5 do filters:set(row, column, 1, k, 0.14 * math.sin(1.3 * ((column - 3) * math.cos(theta) + (row - 3) * math.sin(theta)))) end
  end
end

local seen, class = pictures(TRAINED)
local function network(readout)
  return lp.ann_to_snn({ filters = filters, readout = readout }, { geometry = { SIDE, SIDE, 1 }, samples = seen, seed = a.seed, layers = {
    { kind = "conv", weights = "filters" }, { kind = "pool", size = 2, operation = "max" }, { kind = "dense", weights = "readout" } } })
end

-- The readout, by ridge regression on what the pool gives.
local features = POOLED * POOLED * WAVES
local pool, wanted, h = network(lp.linalg.eye(features)), lp.zeros(TRAINED, #SHAPES), lp.zeros(TRAINED, features)
for k = 1, TRAINED do
  h:row(k):assign(select(2, pool:trained(seen[k])))
  wanted:set(k, class[k], 1)
end
local snn = network(lp.linalg.ridge(h, wanted, 5))
local tests, truth = pictures(a.tests)
local times, right, ann, x, y = { 5, 10, 20, 50, 100, a.duration }, lp.zeros(6), 0, {}, {}
for k = 1, a.tests do
  local said, rates = snn:trained(tests[k])
  if said == truth[k] then ann = ann + 1 / a.tests end
  for n, time in ipairs(times) do
    local answer, spikes = snn:predict(tests[k], time)
    if answer == truth[k] then right[n] = right[n] + 1 / a.tests end
    if n == #times then for c = 1, #SHAPES do x[#x + 1], y[#y + 1] = rates[c], spikes[c] end end
  end
end

local fig = lp.figure { rows = 2, columns = 5, heights = { 1, 2.2 }, width = "170 mm", height = "110 mm", style = "paper" }
for k, shape in ipairs(SHAPES) do fig[k]:image(tests[k]:reshape(SIDE, SIDE), { map = "gray", aspect = "equal" }):title(shape[1]):ticks("x", {}):ticks("y", {}) end
local course, both = fig:axes(2, 1, { columns = 3 }), fig:axes(2, 4, { columns = 2 })
course:line(times, right, { marker = "o", marker_size = 3, label = "spikes" }):hline(ann, { color = "black", dash = "dashed", label = "rates" })
course:log "x":ylim(0, 1.05):xlabel "time (ms)":ylabel "accuracy":legend "bottom right"
both:points(x, y, { size = 2 }):line({ -0.5, 1.2 }, { -0.5, 1.2 }, { color = "gray" }):xlabel "answer by rates":ylabel "answer by spikes"
print("figure: " .. fig:save(a.out))
lp.result { { "ann", ann }, { "snn", right[#times] }, { "loss", ann - right[#times] }, { "early", right[1] }, { "correlation", lp.array(x):corr(lp.array(y)) } }
