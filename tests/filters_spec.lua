-- Filters that all places share and a rule changes: the change is the mean over the places; the same bits everywhere; what is refused.

local lp = require "lunapse"

local pixel = lp.neuron { parameters = { r = 0 }, equations = "" }
local unit = lp.neuron { equations = "r = pos(sum(in))" }

local function network(opt, ...)
  opt.tier = opt.tier or "interpreter"
  local maps = opt.maps
  opt.maps = nil
  local net = lp.network { dt = 1, seed = 2, tier = opt.tier, threads = opt.threads, precision = opt.precision }
  local image = net:population { name = "image", geometry = opt.geometry or { 7, 6 }, neuron = pixel, parameters = { r = lp.uniform(0, 1) } }
  local to = net:population { name = "maps", geometry = maps or { 7, 6 }, neuron = unit }
  local synapse, connect = ...
  return net, net:project { name = "conv", from = image, to = to, target = "in", synapse = synapse, connect = connect }, image, to
end

local oja = lp.synapse { parameters = { eta = 0.1 }, equations = "w += eta*(pre.r*post.r - post.r^2*w) : min = -0.5, max = 0.5" }

--- A step of the rule over synapses of a filter of one map: { place = { pre, post } ... } by brute force.
local function step(filter, x, rows, columns, at)
  local n, m, y, new = #filter, #filter[1], {}, {}
  local function each(visit)
    for r = 1, rows do for c = 1, columns do for a = 1, n do for b = 1, m do
      local pr, pc = at(r + a - (n + 1)//2, rows), at(c + b - (m + 1)//2, columns)
      if pr and pc then visit((r - 1)*columns + c, (pr - 1)*columns + pc, a, b) end
    end end end end
  end
  each(function(post, pre, a, b) y[post] = (y[post] or 0) + filter[a][b]*x[pre] end)
  for k, value in pairs(y) do y[k] = math.max(0, value) end
  local sums, counts = {}, {}
  each(function(post, pre, a, b)
    local w = filter[a][b]
    local changed = math.min(0.5, math.max(-0.5, w + 0.1*(x[pre]*y[post] - y[post]^2*w)))
    local key = a*100 + b
    sums[key], counts[key] = (sums[key] or 0) + changed - w, (counts[key] or 0) + 1
  end)
  for a = 1, n do
    new[a] = {}
    for b = 1, m do new[a][b] = filter[a][b] + (counts[a*100 + b] and sums[a*100 + b]/counts[a*100 + b] or 0) end
  end
  return new
end

local borders = {
  zero = function(k, n) return k >= 1 and k <= n and k or nil end,
  border = function(k, n) return math.max(1, math.min(n, k)) end,
  periodic = function(k, n) return (k - 1) % n + 1 end,
}

describe("a filter that learns", function()
  for padding, at in pairs(borders) do
    it("changes by the mean over its places: padding " .. padding, function()
      local filter = { { 0.1, 0.2, -0.3 }, { 0.4, 0.5, 0.1 }, { 0, -0.2, 0.3 } }
      local net, conv, image = network({}, oja, lp.convolution(filter, { padding = padding }))
      local x = image.r:flatten():table()
      for _ = 1, 5 do
        net:run(1)
        filter = step(filter, x, 7, 6, at)
      end
      for a = 1, 3 do for b = 1, 3 do assert.near(filter[a][b], conv.filters:get(a, b), 1e-13) end end
    end)
  end

  it("may be one of a bank, with equations, traces that are shared too, and a period", function()
    local net, conv = network({ maps = { 7, 6, 2 } }, lp.synapse { equations = [[
      10*dz/dt = pre.r*post.r - z
      w += 0.01*(z - w) : every = 2
    ]] }, lp.convolution({ { { 0.1, 0.2 } }, { { 0.3, -0.1 } } }, { bank = true, padding = "periodic" }))
    local before = conv.filters:copy()
    net:run(1)
    assert.same(before:flatten():table(), conv.filters:flatten():table())
    net:run(9)
    assert.is_true((conv.filters - before):abs():min() > 0)
    assert.equal(conv.z:size(), #conv)
  end)

  it("is a weight for all where a pooling learns", function()
    local net, pooled, image, to = network({ maps = { 7, 3 } }, lp.synapse { equations = "w += 0.1*(pre.r - w)", psp = "w*pre.r" }, lp.pooling())
    net:run(1)
    assert.near(1 + 0.1*(image.r:mean() - 1), pooled.w:max(), 1e-13)
    assert.equal(21, to.size)
  end)

  it("learns the same bits in both tiers, on 1, 2 and 3 threads, and after a stored state", function()
    for _, precision in ipairs { "float64", "float32" } do
      local first
      for _, how in ipairs { { "interpreter", 1 }, { "native", 1 }, { "interpreter", 3 }, { "native", 2 } } do
        local net, conv = network({ tier = how[1], threads = how[2], precision = precision, maps = { 7, 6, 2 } }, oja,
          lp.convolution({ { { 0.1, 0.2, 0.1 } }, { { 0.3, -0.1, 0.2 } } }, { bank = true, padding = "border" }))
        if how[2] > 1 then net._core:split(5) end
        net:run(4)
        net:store "here"
        net:run(3)
        net:restore "here"
        net:run(6)
        local filters = conv.filters:flatten():table()
        first = first or filters
        assert.same(first, filters)
      end
    end
  end)

  it("stops, goes on, and is saved", function()
    local net, conv = network({}, oja, lp.convolution { { 0.1, 0.2, 0.1 } })
    net:run(2)
    local path, now = os.tmpname() .. ".h5", conv.filters:copy()
    conv:disable_learning()
    net:run(2)
    assert.same(now:flatten():table(), conv.filters:flatten():table())
    conv:enable_learning()
    net:save(path)
    net:run(3)
    local loaded = lp.load(path):run(3)
    os.remove(path)
    assert.same(conv.filters:flatten():table(), loaded.projections[1].filters:flatten():table())
    assert.is_true((conv.filters - now):abs():max() > 0)
  end)

  it("is not changed by events, nor by what moves between them, and has no whole numbers", function()
    local function refuses(description, message)
      assert.error_matches(function() network({}, lp.synapse(description), lp.convolution { { 1, 2, 1 } }) end, message)
    end
    refuses({ equations = "w += 1 : int", psp = "w*pre.r" }, "'w' is shared by the synapses, which make a mean of what each has, and it is whole")
    refuses({ equations = "w += 0.1*Uniform(0, 1)", psp = "w*pre.r" }, "have no random numbers of their own")
    local net = lp.network { dt = 1 }
    local cells = net:population { geometry = { 5, 5 }, neuron = lp.models.LIF }
    assert.error_matches(function()
      net:project { from = cells, to = cells, target = "exc", connect = lp.convolution { { 1, 2, 1 } }, synapse = lp.synapse { pre_spike = "g_target += w ; w += 0.1" } }
    end, "'w' would have a value for each synapse.*by 'equations' that move in every step")
  end)
end)
