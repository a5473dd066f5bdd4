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

  --- Two maps of neurons that spike, and keep traces of it; a filter joins them.
  local function spiking(opt, synapse)
    local Cell = lp.neuron { parameters = "I = 0", equations = "20*dtr/dt = -tr\nv = 0.6*v + g_exc + I : init = 0", spike = "v > 1", reset = "v = 0 ; tr += 1" }
    local net = lp.network { dt = 1, seed = 3, tier = opt.tier or "interpreter", threads = opt.threads }
    local a = net:population { geometry = { 5, 4 }, neuron = Cell, parameters = { I = lp.uniform(0.1, 0.7) } }
    local b = net:population { geometry = { 5, 4 }, neuron = Cell, parameters = { I = lp.uniform(0, 0.5) } }
    local conv = net:project { name = "conv", from = a, to = b, target = "exc", synapse = synapse,
      connect = lp.convolution { { 0.1, 0.2, 0.3 }, { 0.05, 0.5, 0.1 }, { 0.2, 0.1, 0.3 } } }
    return net, conv, a, b
  end
  local Paired = lp.synapse { parameters = "A = 0.02", pre_spike = "g_target += w ; w = clip(w - 0.5*A*post.tr, 0, 0.6)", post_spike = "w = clip(w + A*pre.tr, 0, 0.6)" }

  --- The filter after so many steps, by brute force, from spikes and traces as they were recorded: pre and post spikes of step k - 1 change it in step k.
  local function by_hand(conv, filter, sent, traces, steps)
    local size, changed = {}, false
    local function each(visit)
      for k = 1, conv.size do
        local i, j = conv.pre[k], conv.post[k]
        local row, column = (i - 1)//4 - (j - 1)//4 + 2, (i - 1) % 4 - (j - 1) % 4 + 2
        visit(i, j, (row - 1)*3 + column)
      end
    end
    each(function(_, _, at) size[at] = (size[at] or 0) + 1 end)
    for now = 2, steps do
      local changes = {}
      each(function(i, j, at)
        local w, change = filter[at], 0
        if sent[1][now - 1][i] then change = change + math.min(0.6, math.max(0, w - 0.01*traces[2][now - 1][j])) - w end
        if sent[2][now - 1][j] then change = change + math.min(0.6, math.max(0, w + 0.02*traces[1][now - 1][i])) - w end
        changes[at] = (changes[at] or 0) + change
      end)
      for at, change in pairs(changes) do filter[at], changed = filter[at] + change/size[at], changed or change ~= 0 end
    end
    assert.is_true(changed)
    return filter
  end

  it("changes at spikes by the mean over its places, with the next equations", function()
    local net, conv, a, b = spiking({}, Paired)
    local sent, traces, filter = {}, {}, conv.filters:flatten():table()
    for k, pop in ipairs { a, b } do sent[k], traces[k] = net:record(pop, "spike"), net:record(pop, "tr") end
    net:run(40)
    for k = 1, 2 do
      local by_step = {}
      for n = 1, 40 do by_step[n] = {} end
      for n = 1, #sent[k].t do by_step[math.floor(sent[k].t[n] + 1.5)][sent[k].neuron[n]] = true end
      sent[k], traces[k] = by_step, traces[k].tr
    end
    local wanted = by_hand(conv, filter, sent, traces, 40)
    for at = 1, 9 do assert.near(wanted[at], conv.filters:flatten()[at], 1e-12) end
  end)

  it("learns at spikes the same bits in both tiers, on 1, 2 and 3 threads, after a stored state and from a file; STDP too", function()
    for _, rule in ipairs { Paired, lp.synapse { parameters = "A = 0.02", equations = "20*dx/dt = -x : event-driven ; 20*dy/dt = -y : event-driven",
      pre_spike = "g_target += w ; x += A ; w = clip(w - y, 0, 1)", post_spike = "y += A ; w = clip(w + 1.2*x, 0, 1)" } } do
      local first
      for _, how in ipairs { { "interpreter", 1 }, { "native", 1 }, { "interpreter", 2 }, { "native", 3 } } do
        local net, conv = spiking({ tier = how[1], threads = how[2] }, rule)
        if how[2] > 1 then net._core:split(5) end
        net:run(20)
        net:store()
        local path = os.tmpname() .. ".h5"
        net:save(path)
        net:run(20)
        local found = conv.filters:flatten():table()
        first = first or found
        assert.same(first, found)
        net:restore()
        net:run(20)
        assert.same(first, conv.filters:flatten():table())
        local loaded = lp.load(path)
        os.remove(path)
        loaded:run(20)
        assert.same(first, loaded.projections.conv.filters:flatten():table())
      end
      assert.is_true(math.abs(first[5] - 0.5) > 1e-4)
    end
  end)

  it("does not move between events alone, and has no whole numbers", function()
    local function refuses(description, message)
      assert.error_matches(function() network({}, lp.synapse(description), lp.convolution { { 1, 2, 1 } }) end, message)
    end
    refuses({ equations = "w += 1 : int", psp = "w*pre.r" }, "'w' is shared by the synapses, which make a mean of what each has, and it is whole")
    refuses({ equations = "w += 0.1*Uniform(0, 1)", psp = "w*pre.r" }, "have no random numbers of their own")
    refuses({ equations = "20*dx/dt = -x + pre.r*post.r : event-driven", psp = "w*pre.r*x" }, "")
    assert.error_matches(function() spiking({}, lp.synapse { equations = "20*dx/dt = -x : event-driven", pre_spike = "g_target += w*x ; x += post.tr" }) end,
      "'x' would have a value for each synapse.*leave out 'event.driven'")
    assert.error_matches(function() spiking({}, lp.synapse { pre_spike = "g_target += w ; w += 0.1*Uniform(0, 1)" }) end, "have no random numbers of their own")
  end)
end)

local rate = lp.neuron { parameters = { x = 0 }, equations = "r = x + sum(exc)" }
local hebb = lp.synapse { equations = "w += 0.1*pre.r*post.r : max = 5", psp = "w*pre.r" }

--- Two pairs of populations; the second is joined by a copy of what joins the first.
local function twins(opt)
  local net = lp.network { dt = 1, seed = 4, tier = opt.tier or "interpreter", threads = opt.threads, precision = opt.precision }
  local a, b = net:population { name = "a", size = 30, neuron = rate }, net:population { name = "b", size = 20, neuron = rate }
  local c, d = net:population { name = "c", size = 30, neuron = rate }, net:population { name = "d", size = 20, neuron = rate }
  local first = net:project { name = "first", from = a, to = b, target = "exc", connect = lp.fixed_probability(0.3),
    weights = opt.weights or lp.uniform(0, 1), synapse = opt.synapse }
  local second = net:project { name = "second", from = c, to = d, target = "exc", connect = lp.copy(first), delays = opt.delays }
  a.x, c.x = "i/30", "1 - i/30"
  return net, first, second, c, d
end

--- What a weighted sum gives at the posts of the copy.
local function expected(first, rates)
  local sums, w, pre, post = {}, first.w, first.pre, first.post
  for k = 1, #first do sums[post[k]] = (sums[post[k]] or 0) + (type(w) == "number" and w or w[k])*rates[pre[k]] end
  return sums
end

describe("a copy of a projection", function()
  it("has its synapses and its weights, as they are now", function()
    local net, first, second, c, d = twins { synapse = hebb }
    for _ = 1, 3 do
      net:run(1)
      local sums = expected(first, c.x)      -- summed next, before anything learns
      net:run(1)
      for j = 1, 20 do assert.near(sums[j] or 0, d.r[j], 1e-12) end
    end
    assert.equal(#first, #second)
    assert.same(first.pre:table(), second.pre:table())
    first.w = 2
    assert.equal(2, second.w[7])
    first.w = first.w*0.25
    assert.equal(0.5, second.w[7])
  end)

  it("follows one weight for all that becomes one for each", function()
    local net, first, second, c, d = twins { weights = 0.5 }
    net:run(1)
    assert.equal(0.5, second.w[3])
    first.w = lp.linspace(0, 1, #first)
    net:run(1)
    local sums = expected(first, c.x)
    for j = 1, 20 do assert.near(sums[j] or 0, d.r[j], 1e-12) end
  end)

  it("may be of filters, of spikes, and of a copy, with a delay of its own", function()
    local net = lp.network { dt = 1 }
    local images, maps = {}, {}
    for k = 1, 3 do
      images[k] = net:population { geometry = { 5, 5 }, neuron = pixel }
      maps[k] = net:population { geometry = { 5, 5 }, neuron = unit }
      images[k].r = k
    end
    local conv = net:project { from = images[1], to = maps[1], target = "in", connect = lp.convolution { { 1, 2, 1 } } }
    local copy = net:project { from = images[2], to = maps[2], target = "in", connect = lp.copy(conv) }
    net:project { from = images[3], to = maps[3], target = "in", connect = lp.copy(copy), delays = 3 }
    conv.filters = conv.filters*2
    net:run(2)
    assert.same({ 8, 16, 24 }, { maps[1].r[8], maps[2].r[8], maps[3].r[8] })
    assert.same(conv.filters:flatten():table(), copy.filters:flatten():table())

    local spiking = lp.network { dt = 1 }
    local adding = lp.neuron { equations = "v += g_exc", spike = "v > 1e9", reset = "v = 0" }
    local sources = { spiking:spike_source { size = 3, spikes = { { 1 }, {}, { 2 } } }, spiking:spike_source { size = 3, spikes = { {}, { 1 }, { 2 } } } }
    local cells = { spiking:population { size = 2, neuron = adding }, spiking:population { size = 2, neuron = adding } }
    local one = spiking:project { from = sources[1], to = cells[1], target = "exc", connect = lp.all_to_all(), weights = lp.array { 1, 2, 3, 4, 5, 6 } }
    spiking:project { from = sources[2], to = cells[2], target = "exc", connect = lp.copy(one) }
    spiking:run(10)
    assert.same({ 1 + 5, 2 + 6 }, cells[1].v:table())
    assert.same({ 3 + 5, 4 + 6 }, cells[2].v:table())
  end)

  it("gives the same bits in both tiers, on 1, 2 and 3 threads, stored, saved and loaded", function()
    for _, precision in ipairs { "float64", "float32" } do
      local first
      for _, how in ipairs { { "interpreter", 1 }, { "native", 3 }, { "interpreter", 2 } } do
        local net, _, _, _, d = twins { synapse = hebb, tier = how[1], threads = how[2], precision = precision, delays = 2 }
        if how[2] > 1 then net._core:split(5) end
        net:run(5)
        net:store "here"
        net:run(2)
        net:restore "here"
        local path = os.tmpname() .. ".h5"
        net:save(path)
        net:run(5)
        local r, loaded = d.r:table(), lp.load(path)
        os.remove(path)
        first = first or r
        assert.same(first, r)
        loaded:run(5)
        assert.same(r, loaded.populations.d.r:table())
        loaded.projections.first.w = 1
        assert.equal(1, loaded.projections.second.w[3])
      end
    end
  end)

  it("can be looked at without a change of what the original may, which is reset with the network", function()
    for _, weights in ipairs { 1, lp.uniform(0, 1) } do
      local net, first, second = twins { weights = weights }
      local begin = first.w:table()
      local seen = second.w
      assert.same(begin, seen:table())
      first.w[3] = 5
      first.w = first.w*2
      net:run(2)
      assert.same(first.w:table(), second.w:table())
      assert.equal(10, second.w[3])
      assert.error_matches(function() seen[3] = 7 end, "projection 'second', w is that of 'first', of which it is a copy: set it there")
      assert.error_matches(function() second.w[3] = 7 end, "w is that of 'first'")
      assert.equal(10, first.w[3])
      net:reset { weights = true }
      assert.same(begin, second.w:table())
      assert.truthy(tostring(second):find("stored as [^\n]*, those of 'first'\n"))
    end
  end)

  it("changes nothing of it, and is refused where the two do not fit", function()
    local net, first, second, c, d = twins {}
    local function refused(message, f, ...) assert.error_matches(f, message, nil, nil, ...) end
    refused("w.* is that of 'first', of which it is a copy: set it there", function() second.w = 1 end)
    refused("is that of 'first'", function() second:normalize { to = 1 } end)
    refused("is that of 'first'", function() second:reset_weights() end)
    refused("it has the synapses of 'first': its synapses neither come nor go", function() second:prune "w > 0.5" end)
    refused("'second' is a copy of it: its synapses neither come nor go", function() first:create_synapse(1, 1) end)
    refused("projection 'second' is a copy of it", function() net:remove(first) end)
    local function refuses(message, opt)
      opt.from, opt.to, opt.target, opt.connect = opt.from or c, opt.to or d, "exc", lp.copy(first)
      refused(message, function() net:project(opt) end)
    end
    refuses("a copy of 'first': synapses 'synapse' change w, which only those of the original may", { synapse = hebb })
    refuses("the weights are those of the original: leave out option 'weights'", { weights = 2 })
    refuses("one delay for all expected, a number", { delays = lp.uniform(1, 3) })
    refuses("it joins whole populations, not a part of 'c'", { from = c:slice(1, 10) })
    refuses("'d' has 20 neurons, and 'a' there has 30", { from = d, to = c })
    refused("lp.copy: a projection expected", function() lp.copy(c) end)
    net:remove(second)
    refused("projection 'second' was removed from its network", function() lp.copy(second) end)
    net:remove(first)
    local on = { 4, 6 }
    local image, map = net:population { name = "image", geometry = on, neuron = c._model }, net:population { geometry = on, neuron = d._model }
    local other = net:population { name = "other", geometry = { 3, 8 }, neuron = c._model }
    local conv = net:project { name = "conv", from = image, to = map, target = "exc", connect = lp.convolution { { 1, 2, 1 } } }
    refused("a copy of 'conv': filters lie on a grid: that of 'other' is 3 x 8, and that of 'image' there 4 x 6", function()
      net:project { from = other, to = map, target = "exc", connect = lp.copy(conv) }
    end)
  end)
end)
