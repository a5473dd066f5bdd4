-- Delays as they may be given, and where they act: texts and functions, between two clocks, of several contacts of one pair.

local lp = require "lunapse"
local stored = require "lunapse.network.stored"

local COUNT = lp.neuron { name = "count", parameters = { x = 0 }, equations = "c += g_in + 0*x" }
local PATH = os.tmpname()
os.remove(PATH)
PATH = PATH .. ".h5"

--- When spikes that neuron i of `pre` emits at 0 arrive at neuron i, in ms: the time at whose end the count is there.
local function arrival(net, post)
  local r = net:record(post, "c")
  net:run(30)
  local times = {}
  for i = 1, post.size do
    local hits = r.c:column(i):gt(0):find()
    times[i] = r.t[math.tointeger(hits[1])] - post._net:dt_of(post._clock)
  end
  return times
end

local function once(n)
  local spikes = {}
  for i = 1, n do spikes[i] = { 0 } end
  return spikes
end

describe("A text of delays", function()
  local function delays(text, opt)
    opt = opt or {}
    local net = lp.network { dt = 0.5, seed = opt.seed or 1, precision = opt.precision, threads = opt.threads }
    local a = net:spike_source { size = 4, spikes = once(4) }
    local b = net:population { size = 4, neuron = COUNT, parameters = { x = { 1, 2, 3, 4 } } }
    local p = net:project { from = a, to = b, target = "in", connect = opt.connect or lp.one_to_one(), delays = text, weights = opt.weights }
    return p, net, b
  end

  it("has the numbers and variables of the two neurons", function()
    assert.same({ 1.5, 3, 4.5, 6 }, delays("0.5*i + post.x").delays:table())
    local p = delays("1 + abs(i - j)", { connect = lp.all_to_all() })
    for k = 1, p.size do assert.equal(1 + math.abs(p.pre[k] - p.post[k]), p.delays[k]) end
  end)

  it("says when spikes arrive, in either precision", function()
    for _, precision in ipairs { "float64", "float32" } do
      local _, net, b = delays("0.3*i", { precision = precision })
      assert.same({ 0.5, 1, 1, 1.5 }, arrival(net, b))
    end
  end)

  it("may draw: numbers of its own, the same for a seed and any number of threads", function()
    local text = "Uniform(1, 9)"
    local p = delays(text, { connect = lp.all_to_all(), weights = "Uniform(1, 9)" })
    assert.same(p.delays:table(), delays(text, { connect = lp.all_to_all(), threads = 3 }).delays:table())
    assert.is_true(p.delays:max() - p.delays:min() > 3)
    assert.is_true((p.delays - p.w):abs():max() > 1)
    assert.are_not.same(p.delays:table(), delays(text, { connect = lp.all_to_all(), seed = 2 }).delays:table())
  end)

  it("is what a function of the two neurons would be", function()
    local p, q = delays("1 + i*j", { connect = lp.all_to_all() }), delays(function(i, j) return 1 + i * j end, { connect = lp.all_to_all() })
    assert.same(q.delays:table(), p.delays:table())
    assert.same(q.pre:table(), p.pre:table())
  end)

  it("is refused where it says nothing, with its place", function()
    for text, message in pairs { ["1 + zz"] = "unknown name 'zz'", ["i +"] = "an expression is missing after '+'", ["-i"] = "delays must be at least 0, got -4",
      ["w"] = "'w'", ["1/0*0"] = "not a number" } do
      local ok, said = pcall(delays, text)
      assert.is_false(ok)
      assert.matches(message, said, 1, true)
    end
  end)
end)

describe("Delays of synapses between two clocks", function()
  --- Neurons of one clock to those of another, each with a delay of its own.
  local function pair(from_dt, to_dt, opt)
    opt = opt or {}
    local net = lp.network { dt = opt.dt or 0.5, seed = 5, threads = opt.threads, tier = opt.tier }
    local a = opt.rates and net:poisson { size = 40, rates = opt.rates, dt = from_dt } or net:spike_source { size = 4, spikes = once(4), dt = from_dt }
    local b = net:population { size = opt.rates and 40 or 4, neuron = COUNT, dt = to_dt }
    local p = net:project { from = a, to = b, target = "in", connect = opt.connect or lp.one_to_one(), delays = opt.delays or { 0.6, 1.5, 3, 7.2 },
      weights = opt.weights or 1, synapse = opt.synapse }
    return net, a, b, p
  end

  it("are kept in steps of the shorter one", function()
    assert.same({ 1, 1.5, 3, 7.5 }, select(4, pair(0.5, 2)).delays:table())
    assert.same({ 1, 1.5, 3, 7.5 }, select(4, pair(2, 0.5)).delays:table())
  end)

  it("end in the first step of the receiver at or after them, never in the same", function()
    local net, _, b = pair(0.5, 2)
    assert.same({ 2, 2, 4, 8 }, arrival(net, b))
    net, _, b = pair(2, 0.5)
    assert.same({ 1, 1.5, 3, 7.5 }, arrival(net, b))
  end)

  it("deliver what projections with one delay each deliver, in any order of arrival and with repeats", function()
    for _, dts in ipairs { { 0.5, 2 }, { 2, 0.5 }, { 0.5, 0.75 } } do
      local rule = lp.synapse { equations = "u = u : init = 0", pre_spike = "u += 1 ; g_target += w*u" }          -- each synapse counts its own events
      local each = {}
      for k = 1, 40 do each[k] = ({ 1, 2.5, 5, 11 })[k % 4 + 1] end
      local net, _, b = pair(dts[1], dts[2], { rates = 300, delays = each, synapse = rule })
      local other = lp.network { dt = 0.5, seed = 5 }
      local a = other:poisson { size = 40, rates = 300, dt = dts[1] }
      local c = other:population { size = 40, neuron = COUNT, dt = dts[2] }
      for k = 1, 40 do other:project { from = a:slice(k, k), to = c:slice(k, k), target = "in", connect = lp.one_to_one(), synapse = rule, delays = each[k] } end
      for _, n in ipairs { net, other } do n:run(120) end
      assert.is_true(b.c:min() > 0)
      assert.same(c.c:table(), b.c:table())
    end
  end)

  it("have the same bits on several threads, in both tiers, and after store, save and resume with spikes under way", function()
    local function made(opt)
      opt.rates, opt.delays, opt.connect, opt.weights, opt.synapse = 200, lp.uniform(0.5, 12), lp.fixed_probability(0.3), 0.5, lp.models.STDP
      opt.synapse = lp.synapse { pre_spike = "g_target += w ; w += 0.01" }
      return pair(0.5, 1, opt)
    end
    local one = made { tier = "interpreter" }
    one:run(10)
    one:store "here"
    one:save(PATH)
    one:run(20)
    local digest = stored.digest(one)
    for _, opt in ipairs { { threads = 3, tier = "interpreter" }, { tier = "native" } } do
      local other = made(opt)
      other:run(30)
      assert.same({}, stored.differences(digest, stored.digest(other)))
    end
    one:restore "here"
    one:run(20)
    assert.same({}, stored.differences(digest, stored.digest(one)))
    local loaded = lp.load(PATH)
    loaded:run(20)
    assert.same({}, stored.differences(digest, stored.digest(loaded)))
    os.remove(PATH)
  end)

  it("may come with new synapses, while spikes are under way with the delay that held for all", function()
    local net, _, b, p = pair(0.5, 2, { delays = 6 })
    net:run(2)
    p:create_synapse(1, 2, 10, 3)
    net:run(20)
    assert.same({ 1, 1, 1, 1 }, b.c:table())
  end)
end)

describe("Delays of synapses that sum rates", function()
  local Source = lp.neuron { parameters = "k = 1", equations = "r = k*t^2" }
  local Sum = lp.neuron { equations = "r = sum(exc)" }
  local Rule = lp.synapse { equations = "w += pre.r : init = 0\n seen = pre.r", psp = "w*pre.r" }
  local N, M = 4, 3

  local function made(opt)
    local net = lp.network { dt = 0.5, seed = 4, tier = opt.tier, threads = opt.threads, precision = opt.precision }
    local from = net:population { name = "from", size = N, neuron = Source, parameters = { k = { 1, 8, 64, 512 } }, drive = opt.drive }
    local to = net:population { name = "to", size = M, neuron = Sum }
    return net, from, to
  end

  local function ms(k) return 0.5 * (k * 7 % 11) end          -- of synapse k, post by post; 0 is one step

  --- What post neurons have summed and synapses learnt: with a delay for each synapse, and with a projection for each synapse.
  local function run(opt, is_one)
    local net, from, to = made(opt)
    local rule, projections = opt.rule or lp.models.rate, {}
    if is_one then
      local delays = {}
      for k = 1, N * M do delays[k] = ms(k) end
      projections[1] = net:project { from = from, to = to, target = "exc", connect = lp.all_to_all(), weights = 2, delays = delays, synapse = rule }
    else
      for j = 1, M do for i = 1, N do
        projections[#projections + 1] = net:project { from = from:slice(i, i), to = to:slice(j, j), target = "exc", connect = lp.all_to_all(), weights = 2,
          delays = ms((j - 1) * N + i), synapse = rule }
      end end
    end
    local rows = net:record(to, "r")
    net:run(10)
    local learnt = {}
    for j = 1, M do for i = 1, N do
      learnt[#learnt + 1] = is_one and projections[1]:get("w", i, j) or projections[#learnt + 1].w[1]
    end end
    return rows.r, learnt
  end

  for _, case in ipairs { { "sums", {} }, { "learning", { rule = Rule } }, { "float32", { precision = "float32" } },
    { "a driven variable", { drive = { k = lp.timed_array({ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 1, 2, 3 } }, { dt = 2 }) } } } } do
    it("are what a projection for each delay says: " .. case[1], function()
      for _, tier in ipairs { "interpreter", "native" } do
        local opt = { tier = tier, rule = case[2].rule, precision = case[2].precision, drive = case[2].drive }
        local rows, learnt = run(opt, true)
        local right, right_learnt = run(opt, false)
        assert.is_true(rows:eq(right):all())
        assert.is_true(rows:max() > 0)
        assert.same(right_learnt, learnt)
      end
    end)
  end

  it("count in a variable that the whole population has", function()
    local net = lp.network { dt = 1 }
    local from = net:population { size = 2, neuron = lp.neuron { equations = "level = t : population\n r = level" } }
    local to = net:population { size = 1, neuron = lp.neuron { equations = "r = sum(exc)" } }
    net:project { from = from, to = to, target = "exc", connect = lp.all_to_all(), delays = { 1, 4 }, synapse = lp.synapse { psp = "pre.level" } }
    net:run(10)
    assert.equal(8 + 5, to.r[1])
  end)

  it("have the same bits on several threads, in both tiers, and after store, save and resume with rates under way", function()
    local function network(opt)
      local net, from, to = made(opt)
      net:project { from = from, to = to, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 1), delays = lp.uniform(0.5, 9), synapse = Rule }
      return net
    end
    local one = network { tier = "interpreter" }
    one:run(6)
    one:store "here"
    one:save(PATH)
    one:run(7)
    local digest = stored.digest(one)
    for _, opt in ipairs { { threads = 3, tier = "interpreter" }, { tier = "native" } } do
      local other = network(opt)
      other:run(13)
      assert.same({}, stored.differences(digest, stored.digest(other)))
    end
    one:restore "here"
    one:run(7)
    assert.same({}, stored.differences(digest, stored.digest(one)))
    local loaded = lp.load(PATH)
    loaded:run(7)
    assert.same({}, stored.differences(digest, stored.digest(loaded)))
    os.remove(PATH)
  end)

  it("are forgotten by a reset: rates have been what they are then", function()
    local net = lp.network { dt = 1 }
    local from = net:population { size = 2, neuron = lp.neuron { equations = "r = r + 1 : init = 3" } }
    local to = net:population { size = 1, neuron = Sum }
    net:project { from = from, to = to, target = "exc", connect = lp.all_to_all(), delays = { 2, 4 }, synapse = lp.models.rate }
    net:run(10)
    assert.equal(11 + 9, to.r[1])
    net:reset()
    net:run(1)
    assert.equal(3 + 3, to.r[1])
  end)

  it("remember while synapses come and go", function()
    local net, from, to = made {}
    local p = net:project { from = from, to = to, target = "exc", connect = lp.pairs({ 1, 2, 3 }, { 1, 1, 2 }), weights = 1, delays = { 0.5, 4, 2 }, synapse = lp.models.rate }
    net:run(8)
    p:prune { 1 }
    p:create_synapse(2, 3, 1, 3)
    p:create_synapse(4, 2, 1, 20)          -- longer ago than anybody remembers: as the oldest that is known, 3.5 ms ago
    net:run(0.5)
    local function r(k, ago) return k * (8 - ago)^2 end
    assert.same({ r(8, 4), r(64, 2) + r(512, 4), r(8, 3) }, to.r:table())
  end)

  it("of one delay for all may come to differ", function()
    local net, from, to = made {}
    local p = net:project { from = from, to = to, target = "exc", connect = lp.pairs({ 1 }, { 1 }), weights = 1, delays = 2, synapse = lp.models.rate }
    net:run(8)
    p:create_synapse(2, 1, 1, 1)
    net:run(0.5)
    assert.equal(6^2 + 8 * 7^2, to.r[1])
  end)

  it("are one for all between two clocks", function()
    local net = lp.network { dt = 1 }
    local from = net:population { name = "from", size = 2, neuron = Source, dt = 2 }
    local to = net:population { name = "to", size = 2, neuron = Sum }
    local ok, message = pcall(net.project, net,
      { name = "x", from = from, to = to, target = "exc", connect = lp.all_to_all(), delays = lp.uniform(1, 5), synapse = lp.models.rate })
    assert.is_false(ok)
    assert.truthy(message:find("projection 'x', delays: rates that go from one clock to another take one delay for all synapses of a projection", 1, true))
  end)
end)

describe("A pair that has a synapse", function()
  it("gets another contact, with a weight, a delay and states of its own", function()
    local net = lp.network { dt = 1 }
    local a, b = net:spike_source { size = 2, spikes = { { 0, 10 }, { 0 } } }, net:population { size = 2, neuron = COUNT }
    local rule = lp.synapse { equations = "n = n : init = 0", pre_spike = "n += 1 ; g_target += w*n" }
    local p = net:project { from = a, to = b, target = "in", connect = lp.one_to_one(), weights = 1, delays = 2, synapse = rule }
    local r, w = net:record(b, "c"), net:record(p, "w", { every = 5 })
    net:run(5)
    p:create_synapse({ 1, 1 }, { 1, 1 }, { 10, 100 }, { 2, 4 })
    assert.equal(4, p.size)
    assert.equal(3, p.fan_in[1])
    net:run(15)
    assert.same({ 1, 13, 13, 113 }, r.c:column(1):take({ 12, 13, 14, 15 }):table())
    assert.equal(4, #w.pre)
    p:prune "w > 5"
    assert.same({ 1, 2 }, p.pre:table())
  end)
end)

describe("Delays that differ are read from where they are kept", function()
  it("once for all who hold them, and anew when synapses have come or gone", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 4, neuron = lp.models.LIF }
    local proj = net:project { from = p, to = p, target = "exc", connect = lp.all_to_all(), weights = 1, delays = lp.uniform(1, 9) }
    local seen = proj.delays
    assert.is_true(rawequal(seen, proj.delays))
    local sum = seen:sum()
    local first = seen[1]
    proj:prune(lp.arange(1, 12):eq(1))
    assert.equal(11, #proj.delays)
    assert.equal(sum - first, proj.delays:sum())
    assert.equal(12, #seen)
  end)

  local function made(synapse)
    local net = lp.network { dt = 1, precision = "float32", seed = 3 }
    local p = net:population { size = 200, neuron = lp.models.LIF }
    return net, net:project { from = p, to = p, target = "exc", synapse = synapse, connect = lp.fixed_probability(0.5), weights = lp.normal(1, 0.1), delays = lp.uniform(1, 9) }
  end

  --- Bytes that a projection holds for each synapse, of what has a value for each.
  local function bytes(proj)
    local sum = 0
    for _, item in ipairs(proj:_state()) do
      if item.bytes and item.bytes >= proj.size then sum = sum + item.bytes end
    end
    return sum / proj.size
  end

  it("and take no memory of their own, unless a model reads them", function()
    local _, proj = made()
    assert.is_true(bytes(proj) < 9.5, bytes(proj))
    local near = lp.synapse { pre_spike = "g_target += w / d" }
    local _, reading = made(near)
    assert.is_true(bytes(reading) >= 12, bytes(reading))
    assert.same(reading.d:table(), reading.delays:table())
  end)

  it("by texts of values, of prune and of operations, as are the numbers of synapses of a neuron", function()
    local net, proj = made()
    proj.w = "d + 100 * N_incoming + 10000 * N_outgoing"
    local expected = proj.d + proj.fan_in:take(proj.post) * 100 + proj.fan_out:take(proj.pre) * 10000
    assert.equal(0, (proj.w - expected):abs():max())
    local n, far = proj.size, proj.d:gt(5):count()
    assert.equal(far, proj:prune "d > 5")
    assert.same({ n - far, 5 }, { proj.size, proj.d:max() })
    proj:run_regularly("w = d + 100 * N_incoming", { every = 1 })
    proj:create_synapse(1, 1, 1, 2)
    net:store()
    local d, fan_in, post, pre = proj.d:copy(), proj.fan_in:copy(), proj.post:copy(), proj.pre:copy()
    proj:prune { 1 }
    proj:create_synapse(pre[#pre], post[#post], 1, 9)
    net:run(1)
    assert.equal(9, proj.d:max())
    net:restore()
    net:run(1)
    assert.equal(0, (proj.w - d - fan_in:take(post) * 100):abs():max())
  end)
end)

describe("Synapses with delays of their own in short rows", function()
  --- The same rules, plain and with a variable of each synapse, for which rows are cut at every delay.
  local PLAIN, MARKED = { lp.models.static, lp.synapse { pre_spike = "post.v += w" } }, {}
  for k, rule in ipairs { "g_target += w", "post.v += w" } do
    MARKED[k] = lp.synapse { equations = "x = x : init = 0", pre_spike = rule .. "; x += 1" }
  end

  --- Three projections with a few synapses for each pre neuron and some 80 delays; all that the target did is told.
  local function run(synapse, opt, cut)
    local net = lp.network { dt = 0.1, seed = 5, threads = opt.threads, tier = opt.tier, precision = opt.precision }
    local from = net:poisson { name = "from", size = 300, rates = 40 }
    local to = net:population { name = "to", size = 300, neuron = lp.models.LIF, parameters = { I = 17 } }
    for k, connect in ipairs { lp.one_to_one(), lp.fixed_number_post(3), lp.fixed_total(900) } do
      net:project { name = "p" .. k, from = from, to = to, synapse = synapse, target = synapse.checked.writes.g_target and "exc" or nil, connect = connect,
        weights = lp.normal(0.5, 0.1), delays = lp.uniform(0.1, 8) }
    end
    local r = net:record(to, "v")
    net:run(20)
    if cut then
      net:save(PATH)
      net = lp.load(PATH)
      r = net.recordings[1]
    end
    net:run(30)
    return ("%s %s"):format(r.v:sum(), table.concat(r.v:row(#r.t):table(), " ")), net
  end

  it("act as they do where rows are cut at every delay", function()
    for k, plain in ipairs(PLAIN) do
      local expected = run(MARKED[k], { tier = "interpreter" })
      for _, opt in ipairs { { tier = "interpreter" }, { tier = "native" }, { tier = "native", threads = 2 }, { tier = "native", threads = 3 } } do
        assert.equal(expected, (run(plain, opt)))
      end
      assert.equal(run(MARKED[k], { precision = "float32" }), (run(plain, { precision = "float32", threads = 2 })))
    end
  end)

  it("go on from a file", function()
    for _, opt in ipairs { { tier = "native" }, { tier = "interpreter", threads = 2 } } do
      for _, plain in ipairs(PLAIN) do assert.equal(run(plain, opt), (run(plain, opt, true))) end
    end
  end)

  it("take a byte for it", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 10000, neuron = lp.models.LIF }
    for k, plain in ipairs(PLAIN) do
      local before = net:describe().bytes
      net:project { from = p, to = p, target = k == 1 and "exc" or nil, synapse = plain, connect = lp.one_to_one(), weights = 1, delays = lp.uniform(0.1, 20) }
      assert.is_true(net:describe().bytes - before < 18 * 10000, net:describe().bytes - before)          -- where rows begin 8, post neurons 4, delays 1
    end
  end)

  it("arrive when they should, and may get others", function()
    local net = lp.network { dt = 0.5 }
    local a, b = net:spike_source { size = 5, spikes = once(5) }, net:population { size = 5, neuron = COUNT }
    local p = net:project { from = a, to = b, target = "in", connect = lp.one_to_one(), delays = { 9, 0.5, 4, 4.5, 2 } }
    assert.same({ 9, 0.5, 4, 4.5, 2 }, p.delays:table())
    p.delays = { 1, 12, 3.5, 2, 0.5 }
    assert.same({ 1, 12, 3.5, 2, 0.5 }, arrival(net, b))
  end)
end)
