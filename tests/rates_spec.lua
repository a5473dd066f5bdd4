-- Rate-coded networks: sums, operations, delays, references, sums over synapses, input in time; and the published experiments on rates.

local lp = require "lunapse"

local R = lp.neuron { parameters = { r = 0, total = 0 }, equations = "q = r + total" }

local function text(a)
  if type(a) == "number" then return ("%g"):format(a) end
  local t = {}
  for k = 1, #a do t[k] = ("%g"):format(a[k]) end
  return table.concat(t, " ")
end

--- Three pre neurons with rates 1, 2, 3 and two post neurons, all joined; weights 1 2 3 (to the first) 4 5 6.
local function small(equations, opt)
  local net = lp.network { dt = 1, seed = 1 }
  local a, b = net:population { name = "A", size = 3, neuron = R }, net:population { name = "B", size = 2, neuron = R }
  a.r = { 1, 2, 3 }
  opt = opt or {}
  opt.from, opt.to, opt.connect, opt.weights = a, b, opt.connect or lp.all_to_all(), opt.weights or { 1, 2, 3, 4, 5, 6 }
  opt.synapse = lp.synapse { equations = equations }
  return net, net:project(opt), a, b
end

local function message(f, ...)
  local ok, said = pcall(f, ...)
  assert.is_false(ok, "no error, but " .. tostring(said))
  return (tostring(said):gsub("^tests/rates_spec.lua:%d+: ", ""))
end

describe("rates: what arrives", function()
  local function arrives(psp, operation, connect, weights)
    local net = lp.network { dt = 1 }
    local a = net:population { size = 3, neuron = lp.neuron { parameters = { r = 0 } } }
    local b = net:population { size = 2, neuron = lp.neuron { equations = "x = sum(exc)" } }
    a.r = { 1, -2, 3 }
    net:project { from = a, to = b, target = "exc", connect = connect, weights = weights, synapse = lp.synapse { psp = psp, operation = operation } }
    net:run(1)
    return text(b.x)
  end

  it("is the sum, the least, the greatest or the mean, and 0 without synapses", function()
    local pairs_ = lp.pairs({ 1, 2, 3 }, { 1, 1, 1 })
    assert.equal("6 0", arrives("w * pre.r", "sum", pairs_, { 1, 2, 3 }))
    assert.equal("-4 0", arrives("w * pre.r", "min", pairs_, { 1, 2, 3 }))
    assert.equal("9 0", arrives("w * pre.r", "max", pairs_, { 1, 2, 3 }))
    assert.equal("2 0", arrives("w * pre.r", "mean", pairs_, { 1, 2, 3 }))
    assert.equal("-2 -2", arrives("w * pre.r", "min", lp.all_to_all(), 1))
    assert.equal("14 14", arrives("pre.r^2", nil, lp.all_to_all(), 1))
  end)

  it("has the name of its operation in the neuron, or sum", function()
    for _, op in ipairs { "min", "max", "mean" } do
      local net = lp.network { dt = 1 }
      local a = net:population { size = 3, neuron = lp.neuron { parameters = { r = 0 } } }
      local b = net:population { size = 2, neuron = lp.neuron { equations = ("x = %s(exc)"):format(op) } }
      a.r = { 1, -2, 4 }
      net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), synapse = lp.synapse { psp = "w * pre.r", operation = op } }
      net:run(1)
      assert.equal(({ min = "-2 -2", max = "4 4", mean = "1 1" })[op], text(b.x))
    end
  end)

  it("adds over projections and targets", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 2, neuron = lp.neuron { parameters = { r = 1 } } }
    local b = net:population { size = 1, neuron = lp.neuron { equations = "x = sum(exc) - 10 * sum(inh)" } }
    net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), weights = 1 }
    net:project { from = a, to = b, target = { "exc", "inh" }, connect = lp.all_to_all(), weights = 3 }
    net:run(1)
    assert.equal("-52", text(b.x))
  end)

  it("is delayed: sums see the rate of D steps ago, learning that of D - 1", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 1, neuron = lp.neuron { equations = "r = t" } }
    local b = net:population { size = 1, neuron = lp.neuron { equations = "x = sum(exc)" } }
    local p = net:project { from = a, to = b, target = "exc", connect = lp.all_to_all(), delays = 3, weights = 1,
      synapse = lp.synapse { equations = "y = pre.r", psp = "w * pre.r" } }
    local x, y = net:record(b, "x"), net:record(p, "y")
    net:run(8)
    assert.equal("0 0 0 0 1 2 3 4", text(x.x:column(1)))
    assert.equal("0 0 0 1 2 3 4 5", text(y.y:column(1)))
  end)

  it("can come in time: steps, lines, periods", function()
    local function driven(source, n)
      local net = lp.network { dt = 1 }
      local p = net:population { size = n, neuron = lp.neuron { parameters = { r = 0 } }, drive = { r = source } }
      local r = net:record(p, "r")
      net:run(6)
      return text(r.r:column(1))
    end
    assert.equal("1 1 3 3 1 1", driven(lp.timed_array { rates = { { 1, 2 }, { 3, 4 } }, dt = 2, period = 4 }, 2))
    assert.equal("1 1 3 3 3 3", driven(lp.timed_array({ { 1, 2 }, { 3, 4 } }, { dt = 2 }), 2))
    assert.equal("0 1 2 3 4 4", driven(lp.timed_array({ 0, 4 }, { times = { 0, 4 }, interpolate = true }), 1))
    assert.equal("population 'population1', r: the drive has 2 channels, the population 3 neurons",
      message(driven, lp.timed_array { rates = { { 1, 2 }, { 3, 4 } }, dt = 2 }, 3))
    assert.equal("timed_array: either dt or times, in ms, is needed", message(lp.timed_array, { rates = { 1, 2 } }))
    assert.equal("timed_array: unknown option 'periode': did you mean 'period'?", message(lp.timed_array, { rates = { 1, 2 }, dt = 1, periode = 3 }))
  end)
end)

describe("rates: references", function()
  local rule = lp.synapse { name = "rule", equations = "dw/dt = mod.r" }

  local function learnt(sizes, rates, ref, synapse)
    local net = lp.network { dt = 1, seed = 1 }
    local pops = {}
    for k, n in ipairs(sizes) do pops[k] = net:population { name = ("ABC"):sub(k, k), size = n, neuron = R } end
    pops[3].r = rates
    local p = net:project { from = pops[1], to = pops[2], synapse = synapse or rule, refs = { mod = ref(pops[3]) }, connect = lp.all_to_all(), weights = 0 }
    net:run(1)
    return text(p.w), p
  end
  local function whole(c) return c end

  it("join by size: one neuron, pre, post", function()
    assert.equal("2 2 2 2 2 2", learnt({ 2, 3, 1 }, 2, whole))
    assert.equal("1 2 1 2 1 2", learnt({ 2, 3, 2 }, { 1, 2 }, whole))
    assert.equal("1 1 2 2 3 3", learnt({ 2, 3, 3 }, { 1, 2, 3 }, whole))
  end)

  it("join as they say: by an end, by an index, to a part", function()
    assert.equal("1 2 3 1 2 3 1 2 3", learnt({ 3, 3, 3 }, { 1, 2, 3 }, function(c) return { c, by = "pre" } end))
    assert.equal("1 1 1 2 2 2 3 3 3", learnt({ 3, 3, 3 }, { 1, 2, 3 }, function(c) return { c, by = "post" } end))
    assert.equal("5 2 5 2 5 2", learnt({ 2, 3, 5 }, { 1, 2, 3, 4, 5 }, function(c) return { c, by = "pre", index = { 5, 2 } } end))
    assert.equal("5 2 5 2 5 2", learnt({ 2, 3, 5 }, { 1, 2, 3, 4, 5 }, function(c) return { c, index = { 5, 2 } } end))
    assert.equal("4 4 4 4 4 4", learnt({ 2, 3, 5 }, { 1, 2, 3, 4, 5 }, function(c) return { c, index = { 4 } } end))
    assert.equal("2 2 3 3 4 4", learnt({ 2, 3, 5 }, { 1, 2, 3, 4, 5 }, function(c) return c:slice(2, 4) end))
    assert.equal("4 2 4 2 4 2", learnt({ 2, 3, 5 }, { 1, 2, 3, 4, 5 }, function(c) return { c:slice(2, 4), index = { 3, 1 } } end))
  end)

  it("are present values: no step late", function()
    local net = lp.network { dt = 1 }
    local clock = net:population { size = 3, neuron = lp.neuron { equations = "r = t + i" } }
    local pops = net:population { size = 2, neuron = R }
    local p = net:project { from = pops, to = pops, connect = lp.all_to_all(), weights = 0, synapse = lp.synapse { equations = "x = mod.r" },
      refs = { mod = { clock, by = "post", index = { 3, 1 } } } }
    net:run(5)
    assert.equal("7 5", text(p.x))
  end)

  it("are reduced: mean, min, max and norms of a whole population, or of a part", function()
    local synapse = lp.synapse { equations = "x = mean(mod.r); y = min(mod.r); z = max(mod.r); n1 = norm1(mod.r); n2 = norm2(mod.r)^2" }
    local function five(p) return ("%g %g %g %g %.10g"):format(p.x[1], p.y[1], p.z[1], p.n1[1], p.n2[1]) end
    local _, p = learnt({ 2, 3, 5 }, { 1, 2, 3, 4, -5 }, whole, synapse)
    assert.equal("1 -5 4 15 55", five(p))
    _, p = learnt({ 2, 3, 5 }, { 1, 2, 3, 4, -5 }, function(c) return c:slice(2, 5) end, synapse)
    assert.equal("1 -5 4 14 54", five(p))
  end)

  it("serve neurons, too", function()
    local net = lp.network { dt = 1 }
    local c = net:population { size = 3, neuron = R }
    c.r = { 1, 2, 3 }
    local N = lp.neuron { equations = "x = mod.r * 2 + mean(mod.r)" }
    local d = net:population { size = 3, neuron = N, refs = { mod = c } }
    local e = net:population { size = 2, neuron = N, refs = { mod = { c, index = { 3, 3 } } } }
    net:run(1)
    assert.equal("4 6 8", text(d.x))
    assert.equal("8 8", text(e.x))
  end)

  it("follow parameters that widen later", function()
    local net = lp.network { dt = 1 }
    local c, ends = net:population { size = 3, neuron = lp.neuron { parameters = { r = 2 } } }, net:population { size = 2, neuron = R }
    local p = net:project { from = ends, to = ends, connect = lp.all_to_all(), weights = 0, synapse = rule,
      refs = { mod = { c, by = "post", index = { 3, 1 } } } }
    net:run(1)
    c.r = { 10, 20, 30 }
    net:run(1)
    assert.equal("32 12", text(p.w))
  end)

  it("say what is wrong with them", function()
    assert.equal([[
synapse 'rule', equations, line 1: it is not said how 'mod' is indexed
    dw/dt = mod.r
            ^~~~~  refs = { mod = { population, by = "pre" } }, or "post", or mean(mod.r)]], message(learnt, { 3, 3, 3 }, { 1, 2, 3 }, whole))
    assert.equal([[refs: 'mod' (population 'C', 3 neurons) fits pre and post: say refs = { mod = { population, by = "pre" } } or by = "post", or reduce it with mean(mod.r)]],
      message(learnt, { 3, 3, 3 }, { 1, 2, 3 }, function(c) return { c, index = { 3, 2, 1 } } end))
    assert.equal([[
synapse 'rule', equations, line 1: it is not said how 'mod' is indexed
    dw/dt = mod.r
            ^~~~~  refs = { mod = { population, by = "pre" } }, or "post", or mean(mod.r)]], message(learnt, { 2, 3, 5 }, { 1, 2, 3, 4, 5 }, whole))
    assert.equal([[refs: 'mod' (population 'C', 5 neurons): by = "pre" wants 2 neurons, or index = { ... } with one for each]],
      message(learnt, { 2, 3, 5 }, 1, function(c) return { c, by = "pre" } end))
    assert.equal([[refs: 'mod' (population 'C', 5 neurons): by = "pre" wants 2 neurons, the index has 3]],
      message(learnt, { 2, 3, 5 }, 1, function(c) return { c, by = "pre", index = { 1, 2, 3 } } end))
    assert.equal("refs: 'mod' (population 'C', 5 neurons): the index has 4 neurons, but there are 2 pre and 3 post neurons: one for each expected",
      message(learnt, { 2, 3, 5 }, 1, function(c) return { c, index = { 1, 2, 3, 4 } } end))
    assert.equal("refs: 'mod' (population 'C', 5 neurons): index[2] must be a neuron number in 1..5, got 6",
      message(learnt, { 2, 3, 5 }, 1, function(c) return { c, by = "pre", index = { 1, 6 } } end))
    assert.equal("refs: 'mod': unknown option 'idx' (known: by, index)", message(learnt, { 2, 3, 5 }, 1, function(c) return { c, idx = { 1, 6 } } end))
    assert.equal([[refs: 'mod' (population 'C', 5 neurons): 'by' must be "pre" or "post", got the text 'side']],
      message(learnt, { 2, 3, 5 }, 1, function(c) return { c, by = "side" } end))
    assert.equal("refs: 'mod' is given, but the equations of 'plain' read nothing of it",
      message(learnt, { 2, 3, 1 }, 1, whole, lp.synapse { name = "plain", equations = "dw/dt = pre.r" }))
  end)

  it("a parameter of the projection may be set at any time", function()
    local net = lp.network { dt = 1 }
    local ends = net:population { size = 2, neuron = lp.neuron { equations = "x = 1" } }
    local p = net:project { from = ends, to = ends, connect = lp.all_to_all(), weights = 0,
      synapse = lp.synapse { parameters = { dopamine = 0 }, equations = "dw/dt = dopamine" } }
    net:run(1)
    p.dopamine = 0.5
    net:run(2)
    net:at(4, function() p.dopamine = 10 end)
    net:run(2)
    assert.equal("11.5 11.5", text(p.w))
    assert.equal("10 10", text(p.dopamine))
  end)
end)

describe("rates: sums over synapses", function()
  it("sum, mean, min, max and count, for post and for pre", function()
    for op, expected in pairs { sum = "14 32", mean = "4.66667 10.6667", min = "1 4", max = "9 18" } do
      local net, _, _, b = small(("post.total = %s(w * pre.r)"):format(op))
      net:run(1)
      assert.equal(expected, text(b.total), op)
    end
    local net, _, _, b = small("post.total = count(w > 1.5)")
    net:run(1)
    assert.equal("2 3", text(b.total))
    local other, _, a = small("pre.total = sum(w)")
    other:run(1)
    assert.equal("5 7 9", text(a.total))
    other, _, _, b = small("post.total = sum(pre.r)")
    other:run(1)
    assert.equal("6 6", text(b.total))
  end)

  it("neurons without synapses get 0", function()
    for _, op in ipairs { "sum", "mean", "min", "max" } do
      local net, _, _, b = small(("post.total = %s(w)"):format(op), { connect = lp.pairs({ 1, 2 }, { 1, 1 }), weights = { 4, 4 } })
      b.total = 7
      net:run(1)
      assert.equal(op == "sum" and "8 0" or "4 0", text(b.total), op)
    end
  end)

  it("go on a clock of their own", function()
    local net, _, _, b = small("post.total = sum(w) : every = 5")
    net:run(4)
    assert.equal("0 0", text(b.total))
    net:run(1)
    assert.equal("6 15", text(b.total))
  end)

  local function two(first, second, connect)
    local net, _, a, b = small(first)
    net:project { from = a, to = b, connect = connect or lp.pairs({ 1 }, { 2 }), weights = 100, synapse = lp.synapse { equations = second } }
    net:run(3)
    return text(b.total)
  end

  it("of several projections accumulate", function()
    assert.equal("6 115", two("post.total = sum(w)", "post.total = sum(w)"))
    assert.equal("3 100", two("post.total = max(w)", "post.total = max(w)"))
    assert.equal("1 4", two("post.total = min(w)", "post.total = min(w)"))
    assert.equal("3 4", two("post.total = count(w > 0)", "post.total = count(w > 0)"))
  end)

  it("of several projections onto parts of a population accumulate where the parts overlap", function()
    local net = lp.network { dt = 1 }
    local a, b = net:population { size = 3, neuron = R }, net:population { size = 5, neuron = R }
    b.total = 9
    for _, part in ipairs { b:slice(1, 2), b:slice(2, 4) } do
      net:project { from = a, to = part, connect = lp.all_to_all(), weights = 1, synapse = lp.synapse { equations = "post.total = sum(w)" } }
    end
    net:run(2)
    assert.equal("3 6 3 3 9", text(b.total))
  end)

  it("writers in conflict are refused", function()
    local start = "projections 'projection1' and 'projection2' both write 'total' of population 'B': "
    assert.equal(start .. "one acts every 1 ms, the other every 10 ms", message(two, "post.total = sum(w)", "post.total = sum(w) : every = 10"))
    assert.equal(start .. "one takes the sum, the other the max", message(two, "post.total = sum(w)", "post.total = max(w)"))
    assert.equal(start .. "one of them sums over its synapses, the other writes otherwise", message(two, "post.total = sum(w)", "post.total += w"))
    assert.equal(start .. "a mean goes over the synapses of one projection; let each write its sum and its count, and divide",
      message(two, "post.total = mean(w)", "post.total = mean(w)"))
  end)

  it("into a name that does not exist are refused", function()
    assert.equal([[
synapse, equations, line 1: the post neuron 'B' has no 'totl'
    post.totl = sum(w)
    ^~~~~~~~~  did you mean 'total'?]], message(small, "post.totl = sum(w)"))
  end)

  it("stand in expressions: sum_post, sum_pre", function()
    local net, p = small("x = w / sum_post(w); y = sum_pre(w * pre.r)")
    net:run(1)
    assert.equal("0.166667 0.333333 0.5 0.266667 0.333333 0.4", text(p.x))
    assert.equal("5 14 27", text(p.y))
    assert.equal("6 15", text(p:sum_post "w"))
    assert.equal("5 7 9", text(p:sum_pre "w"))
  end)

  it("are the same bits for any number of threads", function()
    local function go(threads, tier)
      local net = lp.network { dt = 1, seed = 2, threads = threads, tier = tier }
      local a = net:population { size = 400, neuron = R }
      a.r = lp.uniform(0, 1)
      local p = net:project { from = a, to = a, connect = lp.all_to_all(), weights = lp.uniform(0, 1),
        synapse = lp.synapse { equations = "post.total = sum(w * pre.r); dw/dt = 1e-4 * (post.total - w * sum_pre(w))" } }
      net:run(3)
      return a.total, p.w
    end
    local total, w = go(1, "interpreter")
    for threads = 1, 3 do
      local other_total, other_w = go(threads, "auto")
      assert.is_true(other_total:eq(total):all())
      assert.is_true(other_w:eq(w):all())
    end
  end)
end)

describe("rates: sums taken ahead of their step", function()
  --- A network of two populations that learn; run so that sums may be taken ahead, or not.
  local function go(how, opt)
    local net = lp.network { dt = 1, seed = 1, threads = opt.threads, precision = opt.precision, tier = opt.tier }
    local A = lp.neuron { parameters = { tau = 10 }, equations = "tau * dr/dt + r = sum(exc) + Uniform(0, 1) + sum(lat) : max = 5" }
    local B = lp.neuron { parameters = { tau = 10 }, equations = "tau * dr/dt + r = sum(exc) - sum(inh) : max = 5" }
    local a, b = net:population { size = 120, neuron = A }, net:population { size = 70, neuron = B }
    local rule = lp.synapse { parameters = { eta = 1e-4 }, equations = opt.equations or "dw/dt = eta * (pre.r * post.r - post.r^2 * w) : min = 0",
      psp = opt.psp or "w * pre.r" }
    local projections = {}
    local function join(from, to, target, connect, synapse)
      projections[#projections + 1] = net:project { from = from, to = to, target = target, connect = connect, weights = lp.uniform(0, 0.01), synapse = synapse }
    end
    join(a, b, "exc", lp.all_to_all(), rule)
    join(b, b, "inh", lp.fixed_probability(0.3), rule)
    for _ = 1, opt.n or 1 do join(b, a, "exc", lp.fixed_probability(0.3), rule) end
    join(a, a, "lat", lp.fixed_probability(0.1))
    if how == "run" then net:run(40)
    elseif how == "steps" then for _ = 1, 40 do net:step() end
    elseif how == "pieces" then net:run(7):run(1):run(32)
    elseif how == "operations" then
      net:every(1, function() end)
      net:run(40)
    elseif how == "some operations" then
      net:every(5, function() end, { when = "start" })
      net:run(40)
    end
    local values = { a.r, b.r }
    for _, p in ipairs(projections) do values[#values + 1] = p.w end
    return values
  end

  for title, opt in pairs {
    ["in float64"] = {}, ["in float32"] = { precision = "float32" }, ["by the interpreter"] = { tier = "interpreter" }, ["with two threads"] = { threads = 2 },
    ["of several projections"] = { n = 3 }, ["that depend on time"] = { psp = "w * pre.r * t" }, ["of rules with chance"] = { equations = "dw/dt = eta * pre.r * Uniform(0, 1)" },
    ["of rules with thresholds"] = { psp = "w * pre.r + theta",
      equations = "tau_t = 100; tau_t * dtheta/dt + theta = post.r^2; dw/dt = eta * post.r * (post.r - theta) * pre.r" },
    ["of rules with sums"] = { equations = "dw/dt = eta * pre.r * post.r / (1 + sum_post(w))" },
  } do
    it(title .. " change nothing", function()
      local reference = go("operations", opt)
      for _, how in ipairs { "run", "steps", "pieces", "some operations" } do
        for k, value in ipairs(go(how, opt)) do assert.is_true(value:eq(reference[k]):all(), ("%s, value %d"):format(how, k)) end
      end
    end)
  end
end)

describe("rates: published", function()
  local HOST = os.getenv "HOST" or "build/lunapse"

  local function result_of(script, arguments)
    local figure = os.tmpname()
    local pipe = io.popen(("%s examples/%s.lua out=%s.png %s 2>&1"):format(HOST, script, figure, arguments or ""))
    local said = pipe:read "a"
    pipe:close()
    os.remove(figure)
    os.remove(figure .. ".png")
    local result = {}
    for key, value in (said:match "result [^\n]*" or ""):gmatch "([%w_]+)=(%S+)" do result[key] = tonumber(value) end
    return result, said
  end

  local function near(expected, got, tolerance, what)
    assert.is_true(got ~= nil and math.abs(got - expected) <= tolerance * math.max(1e-12, math.abs(expected)), ("%s: %s for %s"):format(what, got, expected))
  end

  it("two factors, by relay (ANNarchy 4.8.2) and by reference", function()
    local net = lp.network { dt = 1 }
    local Input, Leaky = lp.neuron { parameters = { r = 0 } }, lp.models.LeakyIntegrator { tau = 10 }
    local Carrier = lp.neuron { parameters = { tau = 10 }, equations = "pop1_r = sum(copy); tau * dr/dt + r = sum(exc) : exponential" }
    local in1, in2 = net:population { size = 1, neuron = Input { r = 10 } }, net:population { size = 1, neuron = Input { r = 5 } }
    local pop1, pop2 = net:population { size = 1, neuron = Leaky }, net:population { size = 1, neuron = Carrier }
    local pop3, pop3_ref = net:population { size = 1, neuron = Leaky }, net:population { size = 1, neuron = Leaky }
    local function join(from, to, target, synapse, refs)
      return net:project { from = from, to = to, target = target, connect = lp.all_to_all(), synapse = synapse, refs = refs }
    end
    join(in1, pop1, "exc")
    join(in2, pop2, "exc")
    join(pop1, pop2, "copy")
    local relay = join(pop2, pop3, "exc", lp.synapse { parameters = { lr = 0.1 }, equations = "dw/dt = lr * pre.r * pre.pop1_r" })
    local ref = join(pop2, pop3_ref, "exc", lp.synapse { parameters = { lr = 0.1 }, equations = "dw/dt = lr * pre.r * mod.r" }, { mod = pop1 })
    local w = { 1.0, 1.08625, 1.321159, 1.748394, 2.396989, 3.284633, 4.420307, 5.806386, 7.440311, 9.315908 }
    local r3 = { 0, 0.04528, 0.13466, 0.284773, 0.531937, 0.930076, 1.546716, 2.458328, 3.745756, 5.49016 }
    local undelayed = 1
    for step = 1, 10 do
      net:run(1)
      near(w[step], relay.w[1], 1e-6, "w")
      assert.is_true(math.abs(pop3.r[1] - r3[step]) < 1e-6)
      local e = 1 - math.exp(-0.1 * step)
      near(10 * e, pop1.r[1], 1e-12, "r1")
      near(5 * e, pop2.r[1], 1e-12, "r2")
      undelayed = undelayed + 0.1 * (5 * e) * (10 * e)
      near(undelayed, ref.w[1], 1e-12, "w by reference")
    end
    local result = result_of "two_factor"
    near(9.315908, result.w_relay, 1e-5, "w_relay")
    near(undelayed, result.w_ref, 1e-5, "w_ref")
  end)

  it("BCM with a sliding threshold (ANNarchy 4.8.2)", function()
    local net = lp.network { dt = 1 }
    local pre = net:population { size = 2, neuron = lp.neuron { parameters = { r = 0 } } }
    local post = net:population { size = 1, neuron = lp.neuron { equations = "r = sum(exc) : min = 0" } }
    pre.r = { 1, 0.1 }
    local p = net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), weights = 1, synapse = lp.synapse {
      parameters = { eta = 0.01, tau = 100 }, equations = [[
        tau * dtheta/dt + theta = post.r^2      : postsynaptic, exponential
        excess = post.r - theta                 : postsynaptic
        dw/dt = eta * post.r * excess * pre.r   : min = 0 ]] } }
    local expected = {
      [0] = { 1.1, 0.01204, 1.011968, 1.001197 }, [10] = { 1.226937, 0.141233, 1.139001, 1.0139 }, [100] = { 2.457953, 2.617934, 2.340576, 1.134058 },
      [200] = { 0.57106, 2.273593, 0.466575, 0.946657 }, [500] = { 0.097219, 0.130696, 0.007115, 0.900712 }, [999] = { 0.143193, 0.017545, 0.052846, 0.905285 },
    }
    local highest, at, w1 = 0, nil, 0
    for step = 0, 999 do
      net:step()
      local r = post.r[1]
      if r > highest then highest, at = r, step end
      w1 = math.max(w1, p.w[1])
      local row = expected[step]
      if row then
        for k, value in ipairs { r, p.theta[1], p.w[1], p.w[2] } do
          assert.is_true(math.abs(value - row[k]) < 1e-6, ("step %d, value %d: %g for %g"):format(step, k, value, row[k]))
        end
      end
    end
    near(2.46466267, highest, 1e-8, "r_max")
    assert.equal(96, at)
    near(2.35115116, w1, 1e-8, "w1_max")
  end)

  it("a neural field: its lateral weights (ANNarchy 4.8.2), and its bubble follows", function()
    local net = lp.network { dt = 1 }
    local field = net:population { geometry = { 20, 20 }, neuron = lp.neuron { equations = "r = sum(lateral)" } }
    local p = net:project { from = field, to = field, target = "lateral", connect = lp.dog { a_plus = 0.2, s_plus = 0.1, a_minus = 0.1, s_minus = 0.7 } }
    assert.equal(159600, p.size)
    local row = p:matrix("w"):row(211)
    for k, w in ipairs { -0.05682, -0.05995, -0.06290, -0.06563 } do assert.is_true(math.abs(row[k] - w) < 5e-6) end
    assert.is_true(math.abs(row:sum() + 28.8993) < 5e-5)
    for seed = 1, 3 do
      local result = result_of("neural_field", "seed=" .. seed)
      assert.is_true(result.error_mean < 0.35 and result.error_max < 0.8, result.error_mean)
      assert.equal(1, result.r_max)
      assert.is_true(result.active >= 8 and result.active <= 16)
    end
  end)

  it("bars: neurons learn single bars", function()
    local result = result_of("bar_learning", "duration=150000")
    assert.is_true(result.selective >= 16 and result.bars >= 13, result.selective .. " on " .. result.bars)
  end)
end)

describe("a population of another size", function()
  local SOURCE = lp.neuron { name = "source", parameters = { y = 0 }, equations = "z = y" }
  local list = { sum = 20, mean = 4, max = 10, min = 1, norm1 = 20, norm2 = math.sqrt(130) }

  --- Every reduction of `names`, in the same neurons, operation and synapses; whose size is another than that of the five read, or the same, which fits both ends of synapses.
  local function try(size, tier, names)
    local net = lp.network { dt = 1, tier = tier }
    local o = net:population { name = "O", size = 5, neuron = SOURCE }
    o.y = { 1, 2, 3, 4, 10 }
    local function lines(pattern, of)
      local out = {}
      for k, name in ipairs(of or names) do out[k] = pattern:gsub("NAME", name) end
      return table.concat(out, "\n")
    end
    local p = net:population { size = size, refs = { o = o, part = o:slice(2, 3) },
      neuron = lp.neuron { name = "reader", equations = lines "x_NAME = 2*NAME(o.y)\npart_NAME = NAME(part.y)\nlast_NAME = 0" } }
    p:run_regularly(lines "last_NAME = NAME(o.y) + mean(part.y)", { every = 1 })
    local learned = {}
    for _, name in ipairs(names) do learned[#learned + 1] = name ~= "sum" and name or nil end
    local q = #learned > 0 and net:project { from = size == 5 and p or o, to = p, connect = lp.all_to_all(), refs = { o = o },
      synapse = lp.synapse { name = "reader", equations = lines("w_NAME = 3*NAME(o.y)", learned) } }
    net:run(2)
    for _, name in ipairs(names) do
      local value = list[name]
      assert.equal(text { 2 * value, value + 2.5 }, text { p["x_" .. name][size], p["last_" .. name][1] })
      assert.equal(({ sum = "5", mean = "2.5", max = "3", min = "2", norm1 = "5", norm2 = text { math.sqrt(13) } })[name], text { p["part_" .. name][1] })
    end
    for _, name in ipairs(learned) do
      local w = q["w_" .. name]
      assert.equal(text { 3 * list[name] }, text { type(w) == "number" and w or w[1] })
    end
  end

  for _, size in ipairs { 1, 3, 5 } do
    it(("is reduced in neurons, synapses and operations, whole and in parts (%d neurons)"):format(size), function()
      local names = {}
      for name in pairs(list) do names[#names + 1] = name end
      table.sort(names)
      for _, tier in ipairs { "interpreter", "native" } do try(size, tier, names) end
      for _, name in ipairs(names) do try(size, "interpreter", { name }) end
    end)
  end
end)
