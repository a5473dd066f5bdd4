--- From a network of rates to one of spikes (notebook "ANN2SNN" of ANNarchy, after Diehl, Neil, Binas, Cook, Liu & Pfeiffer 2015, IJCNN,
--- doi:10.1109/IJCNN.2015.7280696): a layer of rectified units and a linear readout learn to tell ten noisy patterns of 8 x 8 pixels apart, and their weights
--- are taken over by neurons without a leak, that spike where the potential passes a threshold balanced by the largest activity in training. Pixels are
--- Poisson trains. The longer the network looks, the nearer it comes to the network of rates.
--- Published: loss -0.08..0.08 (accuracy of rates less that of spikes at the end: nearly lossless, Diehl et al.), early 0.15..0.8 (accuracy after 10 ms),
--- ann 0.85..1
--- Takes 3 s.
--- Run: lunapse examples/annarchy/ann_to_snn.lua [duration=300 tests=200 seed=1 out=ann_to_snn.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 300, tests = 200, seed = 1, out = "ann_to_snn.png" }

local SIDE, HIDDEN, CLASSES, TRAINED, NOISE = 8, 100, 10, 1000, 0.45
local WHITE, FASTEST, EVERY = 200, 250, 10                -- Hz: a white pixel, the hidden neuron that is driven most; ms
local PIXELS, STEPS = SIDE * SIDE, math.tointeger(a.duration // EVERY)

local net = lp.network { dt = 1, seed = a.seed }
local function draw(distribution, rows, columns) return net:draw(distribution, rows * columns):reshape(rows, columns) end
local prototypes = draw(lp.uniform(0, 1), CLASSES, PIXELS)

--- n noisy patterns of all classes in turn, and the class of each.
local function patterns(n)
  local x, class = draw(lp.normal(0, NOISE), n, PIXELS), {}
  for k = 1, n do
    class[k] = (k - 1) % CLASSES + 1
    x:row(k):assign((x:row(k) + prototypes:row(class[k])):clip(0, 1))
  end
  return x, class
end

-- The network of rates: hidden weights at random, a readout by ridge regression.
local W1 = draw(lp.normal(0, 1 / SIDE), PIXELS, HIDDEN)
local function hidden_rates(x) return x:matmul(W1):clip(0, math.huge) end
local x, class = patterns(TRAINED)
local h, wanted = hidden_rates(x), lp.zeros(TRAINED, CLASSES)
for k = 1, TRAINED do wanted:set(k, class[k], 1) end
local W2 = lp.linalg.ridge(h, wanted, 10)

-- The network of spikes. A spike of a pixel stands for 1/WHITE s of a white one; the threshold makes the hidden neuron of the largest activity fire FASTEST.
local Integrating = lp.neuron { name = "Integrating", parameters = { threshold = h:max() * WHITE / FASTEST }, equations = "v += g_exc : init = 0",
  spike = "v >= threshold", reset = "v -= threshold" }
local Summing = lp.neuron { name = "Summing", equations = "v += g_exc : init = 0" }
local input = net:poisson { name = "input", size = PIXELS, rates = 0 }
local hidden = net:population { name = "hidden", size = HIDDEN, neuron = Integrating }
local output = net:population { name = "output", size = CLASSES, neuron = Summing }
net:project { from = input, to = hidden, target = "exc", connect = lp.matrix(W1) }
net:project { from = hidden, to = output, target = "exc", connect = lp.matrix(W2) }

local tests, truth = patterns(a.tests)
local said = hidden_rates(tests):matmul(W2)
local right, ann, course, spikes = lp.zeros(STEPS), 0, nil, nil
for k = 1, a.tests do
  input.rates, hidden.v, output.v = tests:row(k) * WHITE, 0, 0
  local seen = net:record(output, "v", { every = EVERY })
  if k == a.tests then spikes = net:record(hidden, "spike") end
  net:run(a.duration)
  for s = 1, STEPS do right[s] = right[s] + (seen.v:row(s):argmax() == truth[k] and 1 / a.tests or 0) end
  if said:row(k):argmax() == truth[k] then ann = ann + 1 / a.tests end
  course = seen.v:copy()
  seen:remove()
end

local t, last = lp.arange(1, STEPS) * EVERY, net.t - a.duration
local fig = lp.figure { rows = 2, columns = 2, width = "170 mm", height = "120 mm", style = "paper", letters = true }
fig[1]:raster(spikes.t - last, spikes.neuron, { size = 1.2 }):xlim(0, a.duration):ylim(0, 1.5 * HIDDEN):xlabel "time (ms)"
fig[1]:ylabel "hidden neuron":ticks("y", { 1, HIDDEN // 2, HIDDEN })
fig[1]:inset { 0.4, 0.71, 0.2, 0.27 }:image(tests:row(a.tests):reshape(SIDE, SIDE), { map = "gray" }):ticks("x", {}):ticks("y", {})
for class_k = 1, CLASSES do
  local is_true = class_k == truth[a.tests]
  fig[2]:line(t, course:column(class_k), { color = is_true and "red" or "gray", width = is_true and 1.6 or 0.7 })
end
fig[2]:xlim(0, a.duration):xlabel "time (ms)":ylabel "potential of the outputs"
fig[3]:line(t, right, { marker = "o", marker_size = 2, label = "spikes" }):line({ 0, a.duration }, { ann, ann },
  { color = "black", dash = "dashed", label = "rates" })
fig[3]:xlim(0, a.duration):ylim(0, 1):hline(1 / CLASSES, { color = "gray", dash = "dotted" }):xlabel "time (ms)":ylabel "accuracy":legend "right"
local rates = hidden_rates(tests:rows(a.tests, a.tests)):flatten() * FASTEST / h:max()
fig[4]:points(rates, spikes:rates(), { size = 2.5 }):line({ 0, FASTEST }, { 0, FASTEST }, { color = "gray" })
fig[4]:xlabel "rate by the network of rates (Hz)":ylabel "rate of spikes (Hz)"
print("figure: " .. fig:save(a.out))

lp.result { { "ann", ann }, { "snn", right[STEPS] }, { "loss", ann - right[STEPS] }, { "early", right[1] } }
