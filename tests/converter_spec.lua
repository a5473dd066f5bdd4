-- Trained networks as networks of spikes: what the trained one says against sums by hand, what the spikes say against what the trained one says, files, what is refused.

local lp = require "lunapse"

local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local function path(name) return folder .. "/" .. name end
teardown(function() os.execute("rm -r " .. folder) end)

local chance = lp.network { seed = 3 }
local function random(...)
  local n = 1
  for _, k in ipairs { ... } do n = n*k end
  return chance:draw(lp.normal(0, 0.3), n):reshape(...)
end

local weights = { conv = { kernel = random(3, 3, 2, 4), bias = chance:draw(lp.normal(0, 0.1), 4) }, hidden = random(36, 12),
  out = { kernel = random(12, 5), bias = chance:draw(lp.normal(0, 0.2), 5) } }
local function layers(operation)
  return { { kind = "conv", weights = "conv/kernel", bias = "conv/bias" }, { kind = "pool", size = 2, operation = operation }, { kind = "dense", weights = "hidden" },
    { kind = "dense", weights = "out/kernel", bias = "out/bias" } }
end
local input = chance:draw(lp.uniform(0, 1), 8*8*2)

--- The same, by sums.
local function by_hand(x, operation)
  local function at(r, c, k) return x[((r - 1)*8 + c - 1)*2 + k] end
  local pooled = {}
  for r = 1, 3 do for c = 1, 3 do for o = 1, 4 do
    local found = {}
    for dr = 0, 1 do for dc = 0, 1 do
      local sum = weights.conv.bias[o]
      for a = 1, 3 do for b = 1, 3 do for k = 1, 2 do
        sum = sum + weights.conv.kernel:get(a, b, k, o)*at(2*r - 2 + dr + a, 2*c - 2 + dc + b, k)
      end end end
      found[#found + 1] = math.max(0, sum)
    end end
    pooled[#pooled + 1] = operation == "max" and math.max(table.unpack(found)) or (found[1] + found[2] + found[3] + found[4])/4
  end end end
  local hidden, out = {}, {}
  for j = 1, 12 do
    hidden[j] = 0
    for i = 1, 36 do hidden[j] = hidden[j] + weights.hidden:get(i, j)*pooled[i] end
    hidden[j] = math.max(0, hidden[j])
  end
  for j = 1, 5 do
    out[j] = weights.out.bias[j]
    for i = 1, 12 do out[j] = out[j] + weights.out.kernel:get(i, j)*hidden[i] end
  end
  return out
end

local function near(wanted, answers, tolerance)
  for k, value in ipairs(wanted) do assert.near(value, answers[k], tolerance) end
end

describe("a trained network as one of spikes", function()
  for _, operation in ipairs { "max", "mean" } do
    it("says the same by latencies, to the width of a step: " .. operation .. " pooling", function()
      local snn = lp.ann_to_snn(weights, { geometry = { 8, 8, 2 }, layers = layers(operation), code = "latency", window = 1500 })
      local _, trained = snn:trained(input)
      near(by_hand(input, operation), trained, 1e-12)
      local class, answers = snn:predict(input)
      near(trained:table(), answers, 0.01)
      assert.equal(trained:argmax(), class)
      local _, again = snn:predict(input)          -- nothing stays of what was shown before
      assert.same(answers:table(), again:table())
    end)
  end

  it("says nearly the same by rates, the nearer the longer it looks", function()
    local x = lp.array { 0.9, 0.1, 0.6, 0.3 }
    local w = { a = random(4, 6):abs(), b = random(6, 3) }
    local snn = lp.ann_to_snn(w, { geometry = { 4 }, layers = { { kind = "dense", weights = "a" }, { kind = "dense", weights = "b" } }, rate = 500 })
    local _, trained = snn:trained(x)
    local _, long = snn:predict(x, 10000)
    near(trained:table(), long, 0.03*trained:abs():max())
    local _, short = snn:predict(x, 50)
    assert.is_true((short - trained):abs():max() > (long - trained):abs():max())
  end)

  it("max pooling by rates follows the neuron that spikes most", function()
    local snn = lp.ann_to_snn(weights, { geometry = { 8, 8, 2 }, layers = layers "max", seed = 2 })
    snn:predict(input, 500)
    local n, pooled = snn.layers[1].n:reshape(6, 6, 4), snn.layers[2].n:reshape(3, 3, 4)
    for r = 1, 3 do for c = 1, 3 do for o = 1, 4 do
      local most = math.max(n:get(2*r - 1, 2*c - 1, o), n:get(2*r - 1, 2*c, o), n:get(2*r, 2*c - 1, o), n:get(2*r, 2*c, o))
      assert.is_true(math.abs(most - pooled:get(r, c, o)) <= 1)
    end end end
  end)

  it("is scaled by what weights allow, or by what samples show", function()
    local w = { a = lp.array { { 1, -2 }, { 3, 0.5 } }, b = lp.array { { 1 }, { 1 } } }
    local list = { { kind = "dense", weights = "a" }, { kind = "dense", weights = "b" } }
    assert.same({ 4, 1 }, lp.ann_to_snn(w, { geometry = { 2 }, layers = list }).scales)
    assert.same({ 2, 1 }, lp.ann_to_snn(w, { geometry = { 2 }, layers = list, samples = { { 0.5, 0.5 }, { 0.2, 0.1 } }, quantile = 1 }).scales)
  end)

  it("comes from files, with the axes of Keras or of PyTorch", function()
    lp.write(path "w.h5", weights)
    lp.write(path "w.npz", { conv = weights.conv.kernel:transpose(4, 3, 1, 2):copy(), conv_bias = weights.conv.bias, out = weights.out.kernel:transpose():copy(),
      out_bias = weights.out.bias,
      hidden = weights.hidden:transpose():copy():reshape(12, 3, 3, 4):transpose(1, 4, 2, 3):copy():reshape(12, 36) })
    local keras = lp.ann_to_snn(path "w.h5", { geometry = { 8, 8, 2 }, layers = layers "max" })
    local torch = lp.ann_to_snn(path "w.npz", { geometry = { 8, 8, 2 }, order = "torch", layers = { { kind = "conv", weights = "conv", bias = "conv_bias" }, { kind = "pool" },
      { kind = "dense", weights = "hidden" }, { kind = "dense", weights = "out", bias = "out_bias" } } })
    local _, one = keras:trained(input)
    local _, two = torch:trained(input)
    near(by_hand(input, "max"), one, 1e-12)
    -- PyTorch's dense layer behind a grid of pooled channels: 4 channels of 3 x 3
    near(one:table(), two, 1e-12)
  end)

  it("has convolutions that keep the size, or skip", function()
    local kernel = random(3, 3, 1, 1)
    local list = { { kind = "conv", weights = "k", padding = "same" } }
    local x = chance:draw(lp.uniform(0, 1), 25)
    local _, all = lp.ann_to_snn({ k = kernel }, { geometry = { 5, 5 }, layers = list, code = "latency" }):trained(x)
    local function sum(r, c)
      local s = 0
      for a = 1, 3 do for b = 1, 3 do
        local y, z = r + a - 2, c + b - 2
        if y >= 1 and y <= 5 and z >= 1 and z <= 5 then s = s + kernel:get(a, b, 1, 1)*x[(y - 1)*5 + z] end
      end end
      return s
    end
    for r = 1, 5 do for c = 1, 5 do assert.near(sum(r, c), all[(r - 1)*5 + c], 1e-12) end end
    list = { { kind = "conv", weights = "k", stride = 2 } }
    local _, some = lp.ann_to_snn({ k = kernel }, { geometry = { 5, 5 }, layers = list }):trained(x)
    near({ sum(2, 2), sum(2, 4), sum(4, 2), sum(4, 4) }, some, 1e-12)
  end)

  it("refuses what does not fit together", function()
    local function refused(message, w, opt)
      opt.geometry = opt.geometry or { 2 }
      local ok, why = pcall(lp.ann_to_snn, w, opt)
      assert.is_false(ok)
      assert.matches(message, tostring(why), 1, true)
    end
    local w = { a = lp.ones(2, 3), k = lp.ones(3, 3, 1, 1), bias = lp.ones(2) }
    refused("there is no array 'b' among the weights", w, { layers = { { kind = "dense", weights = "b" } } })
    refused("layer 1: the layer before has 4 units, the weights are for 2", w, { geometry = { 4 }, layers = { { kind = "dense", weights = "a" } } })
    refused("2 biases for 3 channels", w, { layers = { { kind = "dense", weights = "a", bias = "bias" } } })
    refused('kind must be "dense", "conv" or "pool", got the text', w, { layers = { { kind = "lstm" } } })
    refused('padding "same" with a stride above 1', w, { geometry = { 6, 6 }, layers = { { kind = "conv", weights = "k", padding = "same", stride = 2 } } })
    refused("regions of 2 do not cover 5 x 5 units evenly", w, { geometry = { 5, 5 }, layers = { { kind = "pool" } } })
    refused("the last layer gives the answer: it is dense, or a convolution", w, { geometry = { 4, 4 }, layers = { { kind = "pool", operation = "mean" } } })
    refused('code must be "rate" or "latency", got the text', w, { code = "phase", layers = { { kind = "dense", weights = "a" } } })
    refused("option 'window' is of code \"latency\"", w, { window = 5, layers = { { kind = "dense", weights = "a" } } })
    local dense = { kind = "dense", weights = "a" }
    refused("option 'geometry' must be { units }, { rows, columns } or { rows, columns, channels }, got 4 numbers", w, { geometry = { 2, 1, 1, 1 }, layers = { dense } })
    refused("geometry[1] must be a whole number of at least 1, got the text 'x'", w, { geometry = { "x" }, layers = { dense } })
    refused("geometry[2] must be a whole number of at least 1, got 0.5", w, { geometry = { 4, 0.5 }, layers = { dense } })
    refused("layers are a list, and this one has the text 'out' in it", w, { layers = { dense, out = dense } })
    refused("layer 1: option 'weights' is missing", w, { layers = { { kind = "dense" } } })
    refused("layer 1: a dense layer has weights of two axes, got the shape 3 x 3 x 1 x 1", w, { layers = { { kind = "dense", weights = "k" } } })
    refused("layer 1, weights: an array or the name of one expected, got true", w, { layers = { { kind = "dense", weights = true } } })
    refused("layer 1, weights: an array or the name of one expected, got a table: row 2 has 1 elements, row 1 has 2", w,
      { layers = { { kind = "dense", weights = { { 1, 2 }, { 3 } } } } })
    refused("layer 1, weights: one of the numbers is NaN or infinite", w, { layers = { { kind = "dense", weights = { { 0/0 }, { 1 } } } } })
    refused("layer 1, bias 'a': one of the numbers is NaN or infinite", { a = lp.ones(3)*(1/0), w = lp.ones(2, 3) }, { layers = { { kind = "dense", weights = "w", bias = "a" } } })
    refused("layer 1: filters of 3 x 3 do not fit into 2 x 4 units", w, { geometry = { 2, 4 }, layers = { { kind = "conv", weights = "k" } } })
    refused("option 'samples' must list inputs, got none", w, { samples = {}, layers = { dense } })
    refused("samples[2]: an input of 2 numbers expected, got 3", w, { samples = { { 0, 1 }, { 0, 1, 2 } }, layers = { dense } })
    refused("samples[1]: one of the numbers is NaN or infinite", w, { samples = { { 0, 0/0 } }, layers = { dense } })
    refused("samples[1]: inputs lie in 0 .. 1, these in 0 .. 255", w, { samples = { { 0, 255 } }, layers = { dense } })
    refused("option 'samples' is missing", w, { quantile = 0.5, layers = { dense } })
    lp.write(path "more.npz", w)
    refused("which no layer names (unused = true leaves it out)", path "more.npz", { layers = { { kind = "dense", weights = "a" } } })
    local snn = lp.ann_to_snn(path "more.npz", { geometry = { 2 }, unused = true, code = "latency", layers = { { kind = "dense", weights = "a" } } })
    assert.error_matches(function() snn:predict { 1, 2, 3 } end, "an input of 2 numbers expected, got 3")
    assert.error_matches(function() snn:predict { 1, 2 } end, "inputs lie in 0 .. 1, these in 1 .. 2")
    assert.error_matches(function() snn:predict({ 1, 0 }, 5) end, "the code is latency, and takes a window for each layer")
  end)
end)
