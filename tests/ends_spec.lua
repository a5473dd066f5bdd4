--- Projections from and to synapses: the ends of a projection may be another one.
local lp = require "lunapse"
local refused = require "tests.refused"

local function near(wanted, found)
  assert.same(#wanted, #found)
  for k, x in ipairs(wanted) do assert.near(x, found[k], 1e-12) end
end

local Cell = lp.neuron { equations = "v = v + g_exc : init = 0" }
local Gated = lp.synapse { equations = "10*dy/dt = -y\ngain = gain : init = 1\n5*dg_axo/dt = -g_axo", pre_spike = "g_target += w*gain*(1 - g_axo) ; y += 1" }
local Mean = lp.synapse { equations = "post.Y = mean(pre.y)" }
local Back = lp.synapse { equations = "post.gain = sum(1 + pre.c)" }

--- Two sources, two cells, glia that sees what arrives at each cell and sets the gain, and an axon that ends at synapses 2 and 3.
local function glia(opt)
  local net = lp.network { dt = 1, tier = opt.tier, threads = opt.threads }
  local source = net:spike_source { size = 2, neuron = { 1, 2, 1 }, t = { 1, 4, 6 } }
  local cells = net:population { name = "cells", size = 2, neuron = Cell }
  local syn = net:project { name = "syn", from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = 1, synapse = Gated }
  local astrocytes = net:population { name = "astrocytes", size = 2, neuron = lp.neuron { equations = "Y = Y : init = 0\n50*dc/dt = Y - c" } }
  net:project { name = "up", from = syn, to = astrocytes, connect = lp.same "post", synapse = Mean }
  net:project { name = "down", from = astrocytes, to = syn, connect = lp.same "post", synapse = Back }
  local axon = net:spike_source { size = 1, neuron = { 1 }, t = { 2 } }
  net:project { name = "axo", from = axon, to = syn, target = "axo", connect = lp.pairs({ 1, 1 }, { 2, 3 }), weights = { 0.5, 0.25 }, delays = 2 }
  return net, syn, astrocytes, cells
end

--- The same step by step: pre and post neuron of synapse k are PRE[k] and POST[k].
local function by_hand(steps)
  local PRE, POST, sent = { 1, 1, 2, 2 }, { 1, 2, 1, 2 }, { [2] = 1, [5] = 2, [7] = 1 }
  local y, gain, g, v, Y, c = { 0, 0 }, { 1, 1, 1, 1 }, { 0, 0, 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }
  for step = 0, steps - 1 do
    local g_exc = { 0, 0 }
    for k = 1, 4 do
      if sent[step] == PRE[k] then g_exc[POST[k]] = g_exc[POST[k]] + gain[k] * (1 - g[k]) end
    end
    if sent[step] then y[sent[step]] = y[sent[step]] + 1 end
    if step == 4 then g[2], g[3] = g[2] + 0.5, g[3] + 0.25 end
    for n = 1, 2 do v[n], c[n] = v[n] + g_exc[n], c[n] + (Y[n] - c[n]) / 50 end
    for n = 1, 2 do y[n] = y[n] - y[n] / 10 end
    for k = 1, 4 do g[k] = g[k] - g[k] / 5 end
    for n = 1, 2 do Y[n] = (y[1] + y[2]) / 2 end
    for k = 1, 4 do gain[k] = 1 + c[POST[k]] end
  end
  return { gain = gain, g = g, v = v, Y = Y, c = c, y = y }
end

for _, tier in ipairs { "interpreter", "native" } do
  describe("projections from and to synapses, " .. tier .. ",", function()
    it("read them, write them and send spikes to them", function()
      local net, syn, astrocytes, cells = glia { tier = tier }
      net:run(12)
      local wanted = by_hand(12)
      near(wanted.gain, syn.gain)
      near(wanted.g, syn.g_axo)
      near(wanted.y, syn.y)
      near(wanted.Y, astrocytes.Y)
      near(wanted.c, astrocytes.c)
      near(wanted.v, cells.v)
      assert.is_true(syn.g_axo[2] > 0 and syn.gain[1] > 1.05)
    end)

    it("may change weights that all had in common, and read what is kept once for each neuron", function()
      local net = lp.network { dt = 1, tier = tier }
      local a = net:population { size = 3, neuron = lp.neuron { equations = "v = i" } }
      local b = net:population { size = 2, neuron = lp.neuron { equations = "v = 10*i\nz = z : init = 0" } }
      local syn = net:project { from = a, to = b, connect = lp.all_to_all(), weights = 2, synapse = lp.synapse { equations = "p = pre.v\nq = post.v\ns = s : init = 0" } }
      local up = net:project { from = syn, to = b, connect = lp.same "pre", weights = 1, synapse = lp.synapse { equations = "post.z = sum(pre.p + pre.q + pre.w)" } }
      local all = net:population { size = 1, neuron = lp.neuron { equations = "m = m : init = 0\nk = 0.5 : init = 0" } }
      net:project { from = syn, to = all, connect = lp.all_to_all(), synapse = lp.synapse { equations = "post.m = max(pre.q - pre.p)" } }
      net:project { from = all, to = syn, connect = lp.all_to_all(), synapse = lp.synapse { equations = "post.w = sum(pre.k*post.p)" } }
      net:project { from = syn, to = syn, connect = lp.same "post", synapse = lp.synapse { equations = "post.s = sum(pre.p)" } }
      assert.same({ { 1, 4, 2, 5 }, { 1, 1, 2, 2 } }, { up.pre:table(), up.post:table() })
      net:run(1)
      assert.same({ 36, 38 }, b.z:table())            -- w is still 2
      assert.same(19, all.m[1])
      assert.same({ 0.5, 1, 1.5, 0.5, 1, 1.5 }, syn.w:table())
      assert.same({ 5, 4, 3, 5, 4, 3 }, syn.s:table())
      net:run(1)
      assert.same({ 33, 36 }, b.z:table())
    end)

    it("sum what synapses are into neurons", function()
      local net = lp.network { dt = 1, tier = tier }
      local a = net:population { size = 2, neuron = lp.neuron { equations = "v = t" } }
      local syn = net:project { from = a, to = a, connect = lp.one_to_one(), weights = { 1, 2 }, synapse = lp.synapse { equations = "x = w*t : local" } }
      local b = net:population { size = 1, neuron = lp.neuron { equations = "v = sum(in)" } }
      net:project { from = syn, to = b, target = "in", connect = lp.all_to_all(), weights = 1, synapse = lp.synapse { psp = "w*pre.x" } }
      net:run(10)
      assert.same(3 * 8, b.v[1])
    end)
  end)
end

describe("parts of projections", function()
  local Glia = lp.neuron { equations = "Y = Y : init = 0\n50*dc/dt = Y - c" }
  local Rich = lp.synapse { equations = "10*dy/dt = -y\ngain = gain : init = 1\nz = w*gain*post.v", pre_spike = "g_target += w*gain ; y += 1" }

  local function made(opt)
    opt = opt or {}
    local net = lp.network { dt = 1, tier = opt.tier, threads = opt.threads }
    local source = net:spike_source { size = 2, neuron = { 1, 2, 1 }, t = { 1, 4, 6 } }
    local cells = net:population { name = "cells", size = 2, neuron = Cell }
    return net, net:project { name = "syn", from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = { 1, 2, 3, 4 }, synapse = Rich }
  end

  it("are windows on variables", function()
    local _, syn = made()
    local middle, some = syn:slice(2, 3), syn:select { 4, 1 }
    assert.same({ "synapses of projection 'syn': syn[2..3]", "synapses of projection 'syn': syn[2 synapses]", 2 }, { tostring(middle), tostring(some), #some })
    assert.same({ { 4, 1 }, { 2, 1 }, { 2, 1 }, { 2, 3 }, { 1, 1 } }, { some.w:table(), some.pre:table(), some.post:table(), middle.w:table(), middle.gain:table() })
    syn.y = { 7, 8 }                                          -- lives once for each pre neuron
    assert.same({ { 7, 8 }, { 8, 7 } }, { middle.y:table(), some.y:table() })
    some.gain, middle.gain = 3, { 5, 6 }
    assert.same({ 3, 5, 6, 3 }, syn.gain:table())
    some.gain[2] = 9
    middle.w = "10*i + j"
    assert.same({ { 9, 5, 6, 3 }, { 1, 12, 21, 4 } }, { syn.gain:table(), syn.w:table() })
    local last = syn:select { 4, 2, 1 }:slice(2, 3)
    assert.same({ { 12, 1 }, { 1 } }, { last.w:table(), last:select { 2 }.w:table() })
    refused("projection 'syn', y is no value of each synapse: it cannot be set for syn[2..3]", function() middle.y = 3 end)
    refused("projection 'syn', pre is no value of each synapse", function() middle.pre = 1 end)
    refused("syn[2..3] is a part of projection 'syn': call prune on the whole", function() middle:prune { 1 } end)
    refused("slice of projection 'syn': last must be a whole number in 2..4, got 5", syn.slice, syn, 2, 5)
    refused("select of projection 'syn': synapse 3 is named twice", syn.select, syn, { 3, 3 })
    refused("syn[2..3] is a part of projection 'syn': the whole can be removed", syn._net.remove, syn._net, middle)
  end)

  for _, tier in ipairs { "interpreter", "native" } do
    it("are ends as the whole is, " .. tier, function()
      local net, syn = made { tier = tier, threads = tier == "native" and 2 or nil }
      local some, middle = syn:select { 4, 1, 2 }, syn:slice(2, 3)
      local astrocytes = net:population { name = "glia", size = 2, neuron = Glia }
      local up = net:project { name = "up", from = some, to = astrocytes, connect = lp.same "post", synapse = Mean }
      local down = net:project { name = "down", from = astrocytes, to = middle, connect = lp.all_to_all(),
        weights = function(i, j) return i == 1 and j - 1 or j + 1 end, synapse = lp.synapse { equations = "post.gain = sum(w + pre.c)" } }
      local twin = net:project { from = syn:slice(1, 2), to = some, connect = lp.same "pre", synapse = lp.synapse { equations = "q = pre.w + post.w" } }
      local first = net:project { from = middle, to = astrocytes, connect = lp.pairs({ 2, 1 }, { 1, 2 }), synapse = lp.synapse { equations = "q = pre.w : local" } }
      local named = net:project { from = syn:slice(3, 4), to = astrocytes, connect = "pre.w > 2 and i == 4",
        synapse = lp.synapse { equations = "q = pre.w : local" } }
      local function pairs_of(p)
        local list = {}
        for k = 1, p.size do list[k] = p.pre[k] .. "-" .. p.post[k] end
        table.sort(list)
        return table.concat(list, " ")
      end
      assert.same({ "1-1 2-2 4-2", "1-2 1-3 2-2 2-3", "1-2 2-1", "2-2 3-1", "4-1 4-2" }, { pairs_of(up), pairs_of(down), pairs_of(twin), pairs_of(first), pairs_of(named) })
      net:run(8)
      local y = { 0.9^6 + 0.9^1, 0.9^3 }                       -- arrived in the steps from 2, 5 and 7 on
      near({ y[1], (y[1] + y[2])/2 }, astrocytes.Y)
      local c, seen = { 0, 0 }, { 0, 0 }
      local trace = { 0, 0 }
      for step = 0, 7 do
        if step == 2 or step == 7 then trace[1] = trace[1] + 1 elseif step == 5 then trace[2] = trace[2] + 1 end
        for n = 1, 2 do c[n] = c[n] + (seen[n] - c[n])/50 end
        for n = 1, 2 do trace[n] = 0.9*trace[n] end
        seen = { trace[1], (trace[1] + trace[2])/2 }
      end
      near({ 1, 4 + c[1] + c[2], 6 + c[1] + c[2], 1 }, syn.gain)
      near({ 3, 3 }, twin.q)
      near({ 2, 3 }, first.q:sort())
      near({ 4, 4 }, named.q)
      local path = os.tmpname() .. ".h5"
      net:save(path)
      local recorded = net:record(middle, "gain")
      local _, is_met = net:run_until("gain > 4", { of = middle, max = 5 })
      local again = lp.load(path)
      os.remove(path)
      assert.is_true(is_met)
      near({ syn.gain[2], syn.gain[3] }, recorded.gain[#recorded.t])
      again:run(#recorded.t)
      assert.same({ syn.gain:table(), astrocytes.c:table(), pairs_of(down) },
        { again.projections.syn.gain:table(), again.populations.glia.c:table(), pairs_of(again.projections.down) })
    end)
  end

  it("are refused where neurons, or whole projections, are wanted", function()
    local net, syn = made()
    local part, cells = syn:slice(1, 2), net.populations.cells
    refused("option 'to' must be a population", net.poisson_input, net, { to = part, rate = 3, variable = "gain" })
    refused("refs: 'o' is a part of projection 'syn': say which of its synapses each reads, { syn, index = { ... } }", net.project, net,
      { from = cells, to = cells, connect = lp.one_to_one(), refs = { o = part }, synapse = lp.synapse { equations = "q = o.gain" } })
    refused("joins whole populations, not a part of 'syn'", net.project, net, { from = part, to = cells, target = "exc", connect = lp.convolution { 1, 2, 1 },
      synapse = lp.synapse { psp = "pre.gain" } })
  end)
end)

describe("projections from and to synapses", function()
  local function busy(opt)
    local net = lp.network { dt = 1, tier = opt.tier, threads = opt.threads, seed = 4 }
    local cells = net:population { name = "cells", size = 60, neuron = lp.neuron {
      equations = "10*dv/dt = 1.3 - v + g_exc + 0.2*xi*sqrt(10) : init = Uniform(0, 1)", spike = "v > 1", reset = "v = 0" } }
    local first = net:project { name = "first", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.3), weights = lp.uniform(0, 0.02),
      synapse = lp.synapse { equations = "20*dtrace/dt = -trace : event-driven\n30*dg_mod/dt = -g_mod\ntotal = total : init = 0",
        pre_spike = "g_target += w*(1 + g_mod) + 0.001*total ; trace += 1", post_spike = "w = clip(w + 0.001*trace, 0, 0.1)" }, delays = lp.uniform(1, 4) }
    local second = net:project { name = "second", from = cells, to = first, target = "mod", connect = lp.fixed_probability(0.05), weights = lp.uniform(-0.2, 0.4),
      delays = lp.uniform(1, 6), synapse = lp.synapse { equations = "u = 0.5*u + pre.v : init = 0", pre_spike = "g_target += w" } }
    net:project { name = "third", from = second, to = first, connect = lp.fixed_number_pre(4), synapse = lp.synapse { equations = "post.total = mean(pre.u)" } }
    return net
  end

  local function bits(net)
    local p = net.projections
    return { net.populations[1].v:table(), p.first.w:table(), p.first.g_mod:table(), p.first.total:table(), p.second.u:table() }
  end

  it("give the same bits for any threads, in both tiers, and when a state is put back or read from a file", function()
    local net = busy { tier = "interpreter", threads = 1 }
    net:run(30)
    net:store()
    local file = os.tmpname() .. ".h5"
    net:save(file)
    net:run(30)
    local wanted = bits(net)
    assert.is_true(net.projections.first.g_mod:max() > 0 and net.projections.first.total:max() > 0)
    net:restore()
    net:run(30)
    assert.same(wanted, bits(net))
    local loaded = lp.load(file)
    os.remove(file)
    loaded:run(30)
    assert.same(wanted, bits(loaded))
    refused("goes from 'cells' to 'first': they neither come nor go", loaded.projections.first.prune, loaded.projections.first, { 1 })
    for _, opt in ipairs { { tier = "native", threads = 2 }, { tier = "interpreter", threads = 3 } } do
      local other = busy(opt)
      if opt.threads == 3 then other._core:split(5) end
      other:run(60)
      assert.same(wanted, bits(other))
    end
  end)

  it("are read from a file whatever came and went between them", function()
    local net = lp.network { dt = 1, seed = 3, warnings = false }
    local Firing = lp.neuron { equations = "10*dv/dt = 1.4 - v + xi : init = Uniform(0, 1)\nq = q : init = 0", spike = "v > 1", reset = "v = 0" }
    local Counting = lp.synapse { equations = "s = s : init = 0", pre_spike = "s += 1" }
    local Summed = lp.synapse { equations = "post.q = sum(pre.s)" }
    local function cells(name, size) return net:population { name = name, size = size, neuron = Firing } end
    local a = cells("a", 5)
    local one = net:project { name = "one", from = a, to = a, connect = lp.all_to_all(), synapse = Counting, delays = 3 }
    local two = net:project { name = "two", from = a, to = a, connect = lp.fixed_number_pre(2), synapse = Counting, delays = lp.uniform(1, 8) }
    local first = net:project { name = "first", from = two, to = a, connect = lp.same "post", synapse = Summed }
    local b = cells("b", 7)
    net:project { name = "second", from = two, to = b, connect = lp.fixed_number_pre(3), synapse = Summed }
    first:remove()
    local c = cells("c", 9)
    net:project { name = "third", from = one, to = c, connect = lp.fixed_number_pre(3), synapse = Summed }
    net:project { name = "late", from = b, to = c, connect = lp.all_to_all(), delays = lp.uniform(1, 9), synapse = lp.synapse { pre_spike = "post.v += 0.1" } }
    net:run(23)
    local path = os.tmpname() .. ".h5"
    net:save(path)
    net:run(20)
    local loaded = lp.load(path)
    os.remove(path)
    loaded:run(20)
    for _, name in ipairs { "a", "b", "c" } do
      assert.same(net.populations[name].v:table(), loaded.populations[name].v:table())
      assert.same(net.populations[name].q:table(), loaded.populations[name].q:table())
    end
  end)

  it("leave nothing behind where they are refused", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 3, neuron = Cell }
    local syn = net:project { name = "syn", from = a, to = a, connect = lp.all_to_all(), weights = 1, synapse = lp.synapse { equations = "s = s : init = 0" } }
    refused("has no 'nothing'", net.project, net, { from = syn, to = a, connect = lp.same "pre", synapse = lp.synapse { equations = "q = pre.nothing" } })
    syn:prune { 1 }          -- nobody ends there
    net:run(1)
    local path = os.tmpname() .. ".h5"
    net:save(path)
    lp.load(path):run(1)
    os.remove(path)
  end)

  it("leave their synapses as they were when they are removed, and others can be made", function()
    local net, syn = glia {}
    net:run(3)
    for _, name in ipairs { "axo", "down", "up" } do net.projections[name]:remove() end
    local path = os.tmpname() .. ".h5"
    net:save(path)
    lp.load(path):run(3)
    os.remove(path)
    syn:prune { 1 }
    net:run(3)
    assert.same(3, syn.size)
    local again = net:project { from = syn, to = net.populations.astrocytes, connect = lp.same "post", synapse = Mean }
    net:run(3)
    assert.same({ 2, 1, 2 }, again.post:take(again.pre:argsort()):table())
    near({ syn.y[2], (syn.y[1] + syn.y[2])/2 }, net.populations.astrocytes.Y)
    again:remove()
    syn:remove()
    net:run(1)
  end)

  it("act in the steps of whom they go to, where the two have clocks of their own", function()
    local first
    for _, how in ipairs { { "interpreter", 1 }, { "native", 2 } } do
      local net = lp.network { dt = 1, seed = 2, tier = how[1], threads = how[2] }
      local source = net:spike_source { size = 1, neuron = { 1 }, t = { 2 } }
      local cells = net:population { size = 1, neuron = Cell }
      local syn = net:project { name = "syn", from = source, to = cells, target = "exc", connect = lp.one_to_one(), weights = 1, synapse = Gated }
      local slow = net:population { size = 1, dt = 5, neuron = lp.neuron { equations = "Y = Y : init = 0\nc = c + Y : init = 0" } }
      net:project { from = syn, to = slow, connect = lp.same "post", synapse = Mean }
      net:project { from = slow, to = syn, connect = lp.same "post", synapse = Back }
      if how[2] > 1 then net._core:split(3) end
      net:run(5)
      local y = syn.y[1]
      assert.near(0.9^2, y, 1e-12)                                  -- arrived in the step from 3 to 4 ms
      assert.same({ 0, 1 }, { slow.Y[1], syn.gain[1] })             -- looked in its first step, from 0 on
      net:run(11)
      local found = { slow.Y[1], slow.c[1], syn.gain[1] }
      first = first or found
      assert.same(first, found)
      assert.is_true(slow.Y[1] > 0 and syn.gain[1] > 1)
    end
  end)

  it("are not written where a format knows of neurons alone", function()
    local net = glia {}
    local path = os.tmpname()
    refused("edges of the format join nodes, not edges", lp.to_sonata, net, path .. ".json")
    for _, ending in ipairs { "", "_nodes.h5", "_node_types.csv" } do os.remove(path .. ending) end
  end)

  it("join what has a neuron in common", function()
    local net = lp.network {}
    local a, b = net:population { size = 3, neuron = Cell }, net:population { size = 2, neuron = Cell }
    local rule = lp.synapse { equations = "x = x : init = 0" }
    local p = net:project { from = a, to = b, connect = lp.pairs({ 1, 2, 3, 3 }, { 1, 1, 1, 2 }), synapse = rule }
    local q = net:project { from = a, to = b, connect = lp.pairs({ 3, 1, 2 }, { 2, 1, 2 }), synapse = rule }
    local function pairs_of(what, from, to)
      local made = net:project { from = from, to = to, connect = lp.same(what), synapse = lp.synapse { equations = "z = z : init = 0" } }
      local list = {}
      for k = 1, made.size do list[k] = made.pre[k] .. "-" .. made.post[k] end
      table.sort(list)
      made:remove()
      return table.concat(list, " ")
    end
    assert.same({ 1, 2, 3 }, q.pre:table())
    assert.same({ 1, 2, 2 }, q.post:table())
    assert.same("1-1 4-3", pairs_of("pair", p, q))
    assert.same("1-1 2-2 3-3 4-3", pairs_of("pre", p, q))
    assert.same("1-1 2-1 3-1 4-2 4-3", pairs_of("post", p, q))
    assert.same("3-4 4-3", pairs_of("pre", p, p))
    assert.same("1-1 2-1 3-1 4-2", pairs_of("post", p, b))
    assert.same("3-3 3-4", pairs_of("pre", a:slice(3, 3), p))
    refused("joins synapses with synapses, and", pairs_of, "pair", p, b)
    refused("'from' or 'to' must be a projection", pairs_of, "pre", a, b)
    refused('"pair", "pre" or "post" expected', lp.same, "both")
  end)

  it("are joined by texts, which read variables of the synapses, and weighed and delayed by them", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 3, neuron = lp.neuron { equations = "v = v : init = 0" } }
    a.v = { 1, 2, 3 }
    local syn = net:project { name = "syn", from = a, to = a, connect = lp.all_to_all(), weights = 1, synapse = lp.synapse {
      equations = "p = pre.v\nq = post.v\ns = s : init = 0\nm := 2*s" } }
    syn.s = { 1, 2, 3, 4, 5, 6 }
    net:run(1)
    local function list(p)
      local made = {}
      for k = 1, p.size do made[k] = p.pre[k] .. "-" .. p.post[k] end
      table.sort(made)
      return table.concat(made, " ")
    end
    local read = lp.synapse { equations = "z = pre.N + pre.m : local" }
    local by_p = net:project { from = syn, to = a, connect = "pre.p == j", synapse = read }
    local by_q = net:project { from = syn, to = a, connect = "pre.q == j and pre.w > 0", synapse = read }
    local by_s = net:project { from = syn, to = a, connect = "pre.m > 9 and j == 1", weights = "pre.s + 10*pre.p", synapse = read }
    local wanted = { p = {}, q = {} }
    for k = 1, 6 do wanted.p[k], wanted.q[k] = k .. "-" .. syn.pre[k], k .. "-" .. syn.post[k] end
    assert.same(table.concat(wanted.p, " "), list(by_p))
    assert.same(table.concat(wanted.q, " "), list(by_q))
    assert.same("5-1 6-1", list(by_s))
    assert.same({ 5 + 10*syn.pre[5], 6 + 10*syn.pre[6] }, by_s.w:table())
    net:run(1)
    assert.same({ 6 + 10, 6 + 12 }, by_s.z:table())
    refused("projection 'syn' has no 'zz'", net.project, net, { from = syn, to = a, connect = "pre.zz == j", synapse = read })
    local back = net:project { from = a, to = syn, connect = "i == 1", target = nil, delays = "post.p", synapse = lp.synapse { equations = "y = pre.v*post.N : local" } }
    assert.same(syn.pre:take(back.post):astype "float64":table(), back.delays:table())
    net:run(5)
    assert.same(6, back.y[1])
  end)

  it("are refused where they can mean nothing", function()
    local net = lp.network {}
    local a = net:population { name = "a", size = 3, neuron = lp.neuron { parameters = "k = 2", equations = "dv/dt = -v", spike = "v > 1", reset = "v = 0" } }
    local syn = net:project { name = "syn", from = a, to = a, connect = lp.all_to_all(), weights = 1, synapse = lp.synapse {
      parameters = "tau = 20", equations = "tau*dx/dt = -x : event-driven\ny = tau*pre.v : presynaptic\nz = post.v", pre_spike = "x += 1" } }
    local function project(text, opt)
      opt = opt or {}
      return net:project { from = opt.from or a, to = opt.to or syn, connect = opt.connect or lp.all_to_all(), target = opt.target, delays = opt.delays,
        synapse = type(text) == "table" and lp.synapse(text) or lp.synapse { equations = text } }
    end
    refused("the post synapse 'syn' has no 'zz'", project, "q = post.zz")
    refused("its 'x' is event-driven", project, "q = post.x")
    refused("its 'x' is event-driven", project, { pre_spike = "post.x += 1" })
    refused("tau is a parameter", project, "post.tau = sum(pre.v)")
    refused("y lives once for each neuron", project, "post.y = sum(pre.v)")
    refused("the post synapse 'syn' does not spike", project, "q = t - t_post")
    refused("the post synapse 'syn' has no 't_last'", project, "q = post.t_last")
    refused("projection 'syn' emits no spikes", project, { pre_spike = "post.k += 1" }, { from = syn, to = a })
    refused("nothing in the post synapse 'syn' reads the target 'exc'", project, { pre_spike = "g_target += w" }, { target = "exc" })
    refused("are seen as they are, without a delay, got 3", project, { equations = "q = pre.y" }, { from = syn, to = a, delays = 3 })
    refused("both write 'z' of projection 'syn'", function()
      project "post.z = sum(pre.v)"
      project "post.z = max(pre.v)"
    end)
    refused("projection 'syn' is needed: projection", net.remove, net, syn)
    refused("goes from 'a' to 'syn': they neither come nor go", syn.create_synapse, syn, 1, 1)
    refused("goes from 'a' to 'syn'", function() syn.delays = lp.linspace(1, 2, 6) end)
    local up = project("q = pre.z", { from = syn, to = a })
    refused("the synapses of 'syn' are seen as they are, without a delay, got 3", function() up.delays = 3 end)
    up:remove()
    net:run(1)
    local growing = net:project { name = "growing", from = a, to = a, connect = lp.all_to_all(), synapse = lp.synapse { equations = "y = w", pruning = "w < 0" } }
    refused("come and go by rules of", project, "q = post.y", { to = growing })
    refused("let a line of the equations silence those that are out: w = if w < 0.01: 0 else: w", project, "q = post.y", { to = growing:slice(1, 2) })
    local image = net:population { size = 9, geometry = { 3, 3 }, neuron = lp.neuron { equations = "r = sum(exc)" } }
    local shared = net:project { from = image, to = image, target = "exc", connect = lp.convolution { { 1, 2, 1 } } }
    refused("share their weights and have nothing of their own", project, "q = post.w", { to = shared })
    local copy = net:project { name = "copy", from = image, to = image, target = "exc", connect = lp.copy(shared) }
    refused("lp.sparse { i = copy.pre, j = copy.post, w = copy.w } makes the same synapses with weights of their own", project, "q = post.w", { to = copy })
    local own = net:project { from = image, to = image, target = "exc", connect = lp.sparse { i = copy.pre, j = copy.post, w = copy.w } }
    assert.same({ 21, 2 }, { own.size, own:get("w", 5, 5) })
    project("q = post.w", { to = own }):remove()
    own:remove()
    copy:remove()
    refused("must be a population, or a projection", project, "q = 1", { to = {} })
    local none = net:project { name = "none", from = a, to = a, connect = lp.pairs({}, {}), synapse = lp.synapse { equations = "y = w" } }
    refused("the synapses of 'none' are none", project, "q = post.y", { to = none })
    assert.same({ n = 3, projections = 5 }, { n = a.size, projections = #net.projections })
  end)
end)
