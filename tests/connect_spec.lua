-- Who is joined with whom: every connector against a plain loop over pairs, the order of synapses, views, and what is refused.

local lp = require "lunapse"

local Spiking = lp.neuron { name = "spiking", parameters = { x = 0, tau = 10 }, equations = "tau * dv/dt = x - v + g_exc; dg_exc/dt = -g_exc",
  spike = "v > 1", reset = "v = 0" }
local Rate = lp.neuron { name = "rate", equations = "r = sum(exc)" }

local function network(opt)
  local net = lp.network(opt or { seed = 7 })
  local a = net:population { name = "a", size = 10, neuron = Spiking, parameters = { x = lp.arange(1, 10) } }
  local b = net:population { name = "b", size = 8, neuron = Spiking, parameters = { tau = 5 } }
  return net, a, b
end

local function project(net, from, to, connect, opt)
  local given = { name = "p", from = from, to = to, target = "exc", connect = connect }
  for key, value in pairs(opt or {}) do given[key] = value end
  return net:project(given)
end

--- Pairs "i-j" in the order of the synapses.
local function pairs_of(p)
  local list = {}
  for k = 1, #p do list[k] = ("%d-%d"):format(p.pre[k], p.post[k]) end
  return table.concat(list, " ")
end

--- The pairs for which f(i, j) holds, by pre and then post.
local function all_where(f, n_pre, n_post)
  local list = {}
  for i = 1, n_pre do
    for j = 1, n_post do
      if f(i, j) then list[#list + 1] = ("%d-%d"):format(i, j) end
    end
  end
  return table.concat(list, " ")
end

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error")
  return (message:gsub("^[^\n]-:%d+: ", ""))
end

describe("a condition", function()
  local cases = {
    ["abs(i - j) < 3"] = function(i, j) return math.abs(i - j) < 3 end,
    ["i != j"] = function(i, j) return i ~= j end,
    ["i ~= j and i + j == 9 or i == 1"] = function(i, j) return i ~= j and i + j == 9 or i == 1 end,
    ["mod(i, 3) == 0 and not (j > 4)"] = function(i, j) return i % 3 == 0 and not (j > 4) end,
    ["pre.x > 8 and j <= 2"] = function(i, j) return i > 8 and j <= 2 end,
    ["pre.x * post.tau > 20 * j"] = function(i, j) return i * 5 > 20 * j end,
    ["pre.tau == post.tau"] = function() return false end,
    ["pre.N == 10 and post.N - j == 1"] = function(_, j) return j == 7 end,
    ["if i > 5: j == 1 else: j == 2"] = function(i, j) return i > 5 and j == 1 or i <= 5 and j == 2 end,
    ["post.i == pre.i"] = function(i, j) return i == j end,
    ["true"] = function() return true end,
    ["1 > 2"] = function() return false end,
  }
  for text, f in pairs(cases) do
    it(text, function()
      local net, a, b = network()
      assert.equal(all_where(f, 10, 8), pairs_of(project(net, a, b, text)))
    end)
  end

  it("has parameters of its own", function()
    local net, a, b = network()
    local near = lp.condition("abs(i - j) <= reach", { reach = 1 })
    assert.equal(all_where(function(i, j) return math.abs(i - j) <= 1 end, 10, 8), pairs_of(project(net, a, b, near)))
  end)

  it("counts in populations, also where views are joined", function()
    local net, a, b = network()
    assert.equal("4-4 5-5", pairs_of(project(net, a:slice(3, 6), b:select { 5, 4, 1 }, "i == j")))
    assert.equal("3-1 3-4 6-1 6-4", pairs_of(project(net, a:select { 6, 3 }, b:select { 4, 1 }, "j != i", { name = "q" })))
    assert.equal("8-7 9-7 10-7", pairs_of(project(net, a:slice(8, 10), b:slice(5, 8), "j == 7", { name = "r" })))
  end)

  it("makes self-connections where it holds for them", function()
    local net, a = network()
    assert.equal(10, #project(net, a, a, "i == j"))
    assert.equal(90, #project(net, a, a, "i != j", { name = "q" }))
  end)

  it("draws for each pair, from the seed, whatever the number of threads", function()
    local function drawn(opt)
      local net = lp.network(opt)
      local a = net:population { size = 400, neuron = Spiking }
      local b = net:population { size = 300, neuron = Spiking }
      return pairs_of(project(net, a, b, "Uniform(0, 1) < 0.05"))
    end
    local one = drawn { seed = 1 }
    assert.equal(one, drawn { seed = 1, threads = 4 })
    assert.equal(one, drawn { seed = 1, precision = "float32" })
    assert.not_equal(one, drawn { seed = 2 })
  end)

  it("gives the same synapses to rate-coded projections, by post neuron", function()
    local net = lp.network {}
    local r, s = net:population { size = 4, neuron = Rate }, net:population { size = 3, neuron = Rate }
    assert.equal("3-1 4-1 3-2 4-2 3-3 4-3", pairs_of(project(net, r, s, "i > 2")))
  end)

  it("says what is wrong, and where", function()
    local net, a, b = network()
    local remedy = "\n    lp.probability(text, {}, { clip = true }) takes what is above as 1, and what is below as 0"
    local function refused(text, expected, f) assert.equal(expected, message_of(project, net, a, b, f and f(text) or text)) end
    refused("pre.z > 8", "projection 'p', condition: population 'a' has no 'z'\n    pre.z > 8\n    ^~~~~  known: g_exc, i, N, tau, v, x")
    refused("w > 8", "projection 'p', condition: 'w' is not known yet: synapses are being made\n    w > 8\n    ^  parameters and numbers can stand here")
    refused("i + j", "projection 'p', condition: this is a number, not a condition\n    i + j\n    ^~~~~  compare it with something, or write "
      .. 'lp.probability "..." for a probability')
    refused("i <", "projection 'p', condition: an expression is missing after '<'\n    i <\n      ^")
    refused("mean(pre.x) > 1", "projection 'p', condition: mean is not known yet: synapses are being made\n    mean(pre.x) > 1\n"
      .. "    ^~~~~~~~~~~  parameters and numbers can stand here")
    refused("i / 9", "projection 'p': the probability of pre 10, post 1 is 1.11111: it must lie in 0..1" .. remedy, lp.probability)
    refused("1 - i", "projection 'p': the probability of pre 2, post 1 is -1: it must lie in 0..1" .. remedy, lp.probability)
    refused("sqrt(-1) * i", "projection 'p': the probability of pre 1, post 1 is NaN: it must lie in 0..1", lp.probability)
    assert.equal("lp.condition: parameter 'k' must be a number, got string", message_of(lp.condition, "i < k", { k = "x" }))
    assert.equal(0, #net.projections)
    assert.equal(80, #project(net, a, b, "true"))     -- the name is free, the network works
  end)
end)

describe("a probability", function()
  it("joins each pair with its own", function()
    local net = lp.network { seed = 5 }
    local a, b = net:population { size = 600, neuron = Spiking }, net:population { size = 500, neuron = Spiking }
    local p = project(net, a, b, lp.probability "0.5 * exp(-abs(i - j) / 50)")
    local expected, variance, near, got_near = 0, 0, 0, 0
    for i = 1, 600 do
      for j = 1, 500 do
        local q = 0.5 * math.exp(-math.abs(i - j) / 50)
        expected, variance = expected + q, variance + q * (1 - q)
        if math.abs(i - j) < 5 then near = near + q end
      end
    end
    for k = 1, #p do
      if math.abs(p.pre[k] - p.post[k]) < 5 then got_near = got_near + 1 end
    end
    assert.is_true(math.abs(#p - expected) < 5 * math.sqrt(variance))
    assert.is_true(math.abs(got_near - near) < 5 * math.sqrt(near / 2))
  end)

  it("of 0 or 1 leaves nothing to chance", function()
    local net, a, b = network()
    assert.equal(all_where(function(i, j) return i == j end, 10, 8), pairs_of(project(net, a, b, lp.probability "1 * (i == j)")))
  end)
end)

describe("given synapses", function()
  it("are sorted; weights, delays and parameters follow", function()
    local net, a, b = network()
    local p = project(net, a, b, lp.sparse { i = { 3, 1, 3, 2 }, j = { 2, 2, 1, 8 }, w = { 0.1, 0.2, 0.3, 0.4 } },
      { synapse = lp.models.STDP, parameters = { A_plus = { 1, 2, 3, 4 } } })
    assert.equal("1-2 2-8 3-1 3-2", pairs_of(p))
    assert.same({ 0.2, 0.4, 0.3, 0.1 }, p.w:table())
    assert.same({ 2, 4, 3, 1 }, p.A_plus:table())
    local q = project(net, a, b, lp.sparse { i = { 1, 1, 1 }, j = { 1, 2, 3 }, w = { 1, 2, 3 }, d = { 0.3, 0.1, 0.2 } }, { name = "q" })
    assert.equal("1-2 1-3 1-1", pairs_of(q))         -- within a row by delay
    assert.same({ 2, 3, 1 }, q.w:table())
    assert.is_true((q.delays - lp.array.from { 0.1, 0.2, 0.3 }):abs():max() < 1e-12)
  end)

  it("come from matrices [pre][post], of arrays and of tables", function()
    local net, a, b = network()
    local m = lp.zeros(10, 8)
    m:set(2, 3, 0.5)
    m:set(10, 8, -1)
    m:set(1, 1, 0 / 0)
    local p = project(net, a, b, lp.matrix(m))
    assert.equal("2-3 10-8", pairs_of(p))
    assert.same({ 0.5, -1 }, p.w:table())
    local q = project(net, a:slice(4, 5), b:slice(1, 3), lp.matrix { { 0, 2, false }, { true, 0, 3 } }, { name = "q" })
    assert.equal("4-2 5-1 5-3", pairs_of(q))
    assert.same({ 2, 1, 3 }, q.w:table())
    assert.equal("projection 'r': a matrix of 10 x 8 expected (pre x post), got 8 x 10",
      message_of(project, net, a, b, lp.matrix(lp.ones(8, 10)), { name = "r" }))
  end)

  it("come from functions", function()
    local net, a, b = network()
    local ring = lp.generator(function(i, n) return { i % n + 1 } end)
    assert.equal(all_where(function(i, j) return j == i % 8 + 1 end, 10, 8), pairs_of(project(net, a, b, ring)))
    local weighted = lp.generator(function(i) return i % 2 == 0 and { 1, 2 } or {}, i % 2 == 0 and { i, -i } or {} end)
    local q = project(net, a, b, weighted, { name = "q" })
    assert.equal("2-1 2-2 4-1 4-2 6-1 6-2 8-1 8-2 10-1 10-2", pairs_of(q))
    assert.equal(-10, q.w[10])
    assert.equal("lp.generator: neuron 1: a list of neurons expected, got number",
      message_of(project, net, a, b, lp.generator(function(i) return i end), { name = "r" }))
    assert.equal("lp.generator: neuron 1: one weight for each of 1 targets expected, got 0",
      message_of(project, net, a, b, lp.generator(function() return { 1 }, {} end), { name = "r" }))
  end)

  describe("in a file", function()
    local path
    before_each(function() path = os.tmpname() end)
    after_each(function() os.remove(path) end)
    local function write(text)
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
    end

    it("are columns, with or without names, from 1 or 0", function()
      local net, a, b = network()
      write "# from somewhere\npost,pre,weight,delay\n1,2,0.5,1\n\n3,4,0.25,2.5   # the last\n"
      local p = project(net, a, b, lp.from_file(path))
      assert.equal("2-1 4-3", pairs_of(p))
      assert.same({ 0.5, 0.25 }, p.w:table())
      assert.same({ 1, 2.5 }, p.delays:table())
      write "0 7 0.5\n9\t0\t1.5\n"
      local q = project(net, a, b, lp.from_file(path, { first = 0 }), { name = "q" })
      assert.equal("1-8 10-1", pairs_of(q))
      assert.same({ 0.5, 1.5 }, q.w:table())
      write '"source";"target"\n1;2\n'
      local r = project(net, a, b, lp.from_file(path), { name = "r", weights = 3 })
      assert.equal("1-2", pairs_of(r))
      assert.same({ 3 }, r.w:table())
    end)

    it("are refused with the line", function()
      local function refused(text, expected)
        write(text)
        assert.equal(expected, (message_of(lp.from_file, path):gsub("^lp.from_file: " .. path:gsub("%p", "%%%0"), "lp.from_file: FILE")))
      end
      refused("1 2 0.5\n3 x 0.25\n", "lp.from_file: FILE, line 2: a number expected in column 2, got 'x'")
      refused("1 2 0.5\n3 4\n", "lp.from_file: FILE, line 2: a number expected in column 3, got nothing")
      refused("pre,weight\n3,4\n", "lp.from_file: FILE, line 1: the header names no columns 'pre' and 'post'")
      assert.equal("lp.from_file: /no/such: No such file or directory", message_of(lp.from_file, "/no/such"))
      assert.equal("lp.from_file: /: Is a directory", message_of(lp.from_file, "/"))
    end)
  end)

  it("must name neurons that are there", function()
    local net, a, b = network()
    local function refused(c, expected) assert.equal(expected, message_of(project, net, a, b, c)) end
    refused(lp.pairs({ 1, 11 }, { 1, 1 }), "projection 'p': pre[2] is 11: it must be a whole number in 1 .. 10")
    refused(lp.pairs({ 1, 10 }, { 0, 1 }), "projection 'p': post[1] is 0: it must be a whole number in 1 .. 8")
    refused(lp.pairs({ 1.5 }, { 1 }), "projection 'p': pre[1] is 1.5: it must be a whole number in 1 .. 10")
    refused(lp.generator(function() return { 9 } end), "projection 'p': post[1] is 9: it must be a whole number in 1 .. 8")
    assert.equal("lp.pairs: as many pre as post neurons expected, got 2 and 1", message_of(lp.pairs, { 1, 2 }, { 1 }))
    assert.equal("lp.sparse: 2 numbers in 'j', 1 in 'i'", message_of(lp.sparse, { i = { 1 }, j = { 1, 2 } }))
    assert.equal("projection 'p', weights: 2 numbers expected, got 3",
      message_of(project, net, a, b, lp.pairs({ 1, 2 }, { 1, 1 }), { weights = { 1, 2, 3 } }))
  end)
end)

describe("lp.fixed_total", function()
  local function made(n, threads, neuron, from, to)
    local net = lp.network { dt = 1, seed = 3, threads = threads, tier = "interpreter" }
    local a, b = net:population { size = 50, neuron = neuron or Spiking }, net:population { size = 40, neuron = neuron or Spiking }
    local p = project(net, from and a:slice(table.unpack(from)) or a, to and b:select(to) or b, lp.fixed_total(n))
    local list = {}
    for k = 1, p.size do list[k] = ("%d-%d"):format(p.pre[k], p.post[k]) end
    table.sort(list)
    return p, table.concat(list, " ")
  end

  it("makes as many synapses as it says, whatever the number of threads and the order in which they are kept", function()
    for _, n in ipairs { 0, 1, 300, 5000 } do
      local p, list = made(n, 1)
      assert.equal(n, p.size)
      assert.equal(list, select(2, made(n, 3)))
      assert.equal(list, select(2, made(n, 2, Rate)))
    end
  end)

  it("draws both ends with repetition: fans vary as those of a binomial distribution do, and pairs repeat", function()
    local p, list = made(20000, 1)
    for side, n in pairs { fan_out = 50, fan_in = 40 } do
      local fan = p[side]
      assert.equal(20000, fan:sum())
      local expected = 20000 / n * (1 - 1 / n)          -- the variance; the estimate of it has a relative deviation of sqrt(2/(n-1))
      assert.is_true(math.abs(fan:var() / expected - 1) < 4 * math.sqrt(2 / (n - 1)), side .. fan:var() / expected)
    end
    local counts, square = {}, 0
    for pair in list:gmatch "%S+" do counts[pair] = (counts[pair] or 0) + 1 end
    for _, c in pairs(counts) do square = square + (c - 10)^2 end
    assert.is_true(math.abs(square / 2000 / 10 - 1) < 0.2, "variance of the synapses of a pair")
  end)

  it("joins the neurons of views alone, and refuses what cannot be", function()
    local p = made(400, 1, nil, { 11, 20 }, { 40, 3, 7 })
    assert.equal(400, p.size)
    for k = 1, p.size do
      assert.is_true(p.pre[k] >= 11 and p.pre[k] <= 20)
      assert.is_true(p.post[k] == 40 or p.post[k] == 3 or p.post[k] == 7)
    end
    assert.equal("lp.fixed_total: number must be a whole number of at least 0, got 1.5", message_of(lp.fixed_total, 1.5))
  end)
end)

describe("the order of synapses", function()
  local function sorted_by(p, major, minor)
    for k = 2, #p do
      local before, now = p[major][k - 1], p[major][k]
      if before > now or before == now and p[minor][k - 1] > p[minor][k] then return false end
    end
    return true
  end
  for name, connect in pairs { all = lp.all_to_all(), probability = lp.fixed_probability(0.5), fan_in = lp.fixed_number_pre(3),
    fan_out = lp.fixed_number_post(3), total = lp.fixed_total(200), condition = lp.condition "i >= j" } do
    it("is by pre and then post where spikes are sent, by post and then pre for rates: " .. name, function()
      local net, a, b = network()
      assert.is_true(sorted_by(project(net, a, b, connect), "pre", "post"))
      local r, s = net:population { size = 10, neuron = Rate }, net:population { size = 8, neuron = Rate }
      assert.is_true(sorted_by(project(net, r, s, connect, { name = "q" }), "post", "pre"))
    end)
  end
end)

describe("parameters of synapses", function()
  local function stdp(net, from, to, parameters, opt)
    opt = opt or {}
    opt.synapse, opt.parameters = lp.models.STDP, parameters
    return project(net, from, to, lp.all_to_all(), opt)
  end

  it("may differ per synapse, post neuron or pre neuron, by their number", function()
    local net, a, b = network()
    local p = stdp(net, a, b, { A_plus = lp.arange(1, 80), A_minus = lp.arange(1, 8), tau_plus = lp.arange(1, 10), w_max = 3 })
    for k = 1, 80 do
      assert.same({ k, p.post[k], p.pre[k], 3 }, { p.A_plus[k], p.A_minus[k], p.tau_plus[k], p.w_max[k] })
    end
    p.A_minus = 0.5
    assert.equal(0.5, p.A_minus:max())
    p.w_max = lp.arange(1, 8)
    assert.equal(p.post[37], p.w_max[37])
  end)

  it("may be given for the neurons of the views that are joined", function()
    local net, a, b = network()
    local p = stdp(net, a:slice(1, 5), b:slice(3, 6), { A_plus = { 1, 2, 3, 4 } })
    for k = 1, #p do assert.equal(p.post[k] - 2, p.A_plus[k]) end
    p.A_plus = { 4, 3, 2, 1 }
    for k = 1, #p do assert.equal(7 - p.post[k], p.A_plus[k]) end
    local q = stdp(net, a:slice(1, 5), b:select { 8, 1 }, { A_plus = { 1, 2 } }, { name = "q" })
    for k = 1, #q do assert.equal(q.post[k] == 8 and 1 or 2, q.A_plus[k]) end
  end)

  it("may say which side they belong to", function()
    local net, a = network()
    local c = net:population { size = 10, neuron = Spiking }
    local p = stdp(net, a, c, { A_plus = { lp.arange(1, 10), by = "pre" }, A_minus = lp.arange(1, 10) })
    assert.equal(100 * p.pre + p.post, p.A_plus * 100 + p.A_minus)
  end)

  it("may be functions of the two neurons, or texts; weights and delays too", function()
    local net, a, b = network()
    local p = stdp(net, a, b, { A_plus = function(i, j) return i + j / 100 end, A_minus = "0.1 * i + j" },
      { weights = function(i, j) return i * j end, delays = function(i, j) return (1 + (i + j) % 3) * 0.1 end })
    for k = 1, #p do
      local i, j = p.pre[k], p.post[k]
      assert.equal(i + j / 100, p.A_plus[k])
      assert.is_true(math.abs(p.A_minus[k] - (0.1 * i + j)) < 1e-12)
      assert.equal(i * j, p.w[k])
      assert.is_true(math.abs(p.delays[k] - (1 + (i + j) % 3) * 0.1) < 1e-9)
    end
  end)

  it("are refused when their number fits nothing", function()
    local net, a, b = network()
    local function refused(value, expected) assert.equal("projection 'p', A_plus: " .. expected, message_of(stdp, net, a, b, { A_plus = value })) end
    refused({ 1, 2, 3 }, "80 numbers expected (one per synapse), or 8 (one per post neuron), or 10 (one per pre neuron), got 3")
    refused({ lp.arange(1, 10), by = "post" }, "8 numbers expected (one per post neuron), got 10")
    refused({ lp.arange(1, 10), by = "Post" }, '\'by\' must be "pre", "post" or "synapse", got Post')
    refused({ 1, 0 / 0, 3, 4, 5, 6, 7, 8 }, "element 2 is not a number (NaN)")
    refused(io.stdout, "a number, numbers, a distribution, a text or a function expected, got a userdata")
    assert.equal("projection 'p': unknown parameter 'A_plsu': did you mean 'A_plus'?", message_of(stdp, net, a, b, { A_plsu = 1 }))
    assert.is_truthy(message_of(stdp, net, a, b, { A_plus = function() end }):find("the function gave nil for pre 1, post 1: a number expected", 1, true))
    local view = message_of(stdp, net, a:slice(1, 5), b:slice(3, 6), { A_plus = { 1, 2, 3 } })
    assert.equal("projection 'p', A_plus: 20 numbers expected (one per synapse), or 4 or 8 (one per post neuron), or 5 or 10 (one per pre neuron), got 3", view)
  end)

  it("are printed", function()
    local net, a, b = network()
    local p = stdp(net, a, b, { A_plus = 0.25, A_minus = lp.arange(1, 8) })
    assert.is_truthy(tostring(p):find("A_plus = 0.25", 1, true))
    assert.is_truthy(tostring(p):find("A_minus in 1 .. 8, mean 4.5", 1, true))
  end)
end)

describe("a parameter of neurons", function()
  it("that only a condition, a probability or a text of weights reads is read", function()
    for _, with in ipairs { { connect = "pre.x < post.x" }, { connect = lp.probability "0.1 * pre.x" }, { connect = lp.all_to_all(), weights = "pre.x" } } do
      local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
      local cells = net:population { size = 3, neuron = lp.neuron { parameters = { x = 0 }, equations = "v = g_e", spike = "v > 1e9" }, parameters = { x = { 1, 2, 3 } } }
      with.from, with.to, with.target = cells, cells, "e"
      net:project(with)
      net:run(1)
    end
  end)

  it("that nothing reads is refused with the name of the population", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    net:population { name = "exc", size = 3, neuron = lp.neuron { name = "cell", parameters = { x = 0 }, equations = "v = 1" } }
    assert.error_matches(function() net:run(1) end, "population 'exc': neuron 'cell', parameter 'x': nothing reads the parameter 'x'")
  end)
end)

describe("weights and delays of a connector", function()
  it("and those of an option contradict each other", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local cells = net:population { size = 2, geometry = { 2 }, neuron = lp.neuron { equations = "v = g_e", spike = "v > 1e9" } }
    local function try(connect, opt)
      opt.from, opt.to, opt.target, opt.connect, opt.name = cells, cells, "e", connect, "p"
      return pcall(net.project, net, opt)
    end
    local with_weights = { lp.matrix { { 10, 20 }, { 30, 40 } }, lp.sparse { i = { 1 }, j = { 2 }, w = { 3 } },
      lp.gaussian { amplitude = 1, sigma = 0.5 }, lp.generator(function(i) return { i }, { 0.5 } end) }
    for k, connect in ipairs(with_weights) do
      local ok, message = try(connect, { weights = 1 })
      assert.is_false(ok, k)
      assert.matches("has weights of its own: leave out option 'weights', or set them afterwards", message, k)
      assert.equal(0, #net.projections)
    end
    local ok, message = try(lp.sparse { i = { 1 }, j = { 2 }, d = { 3 } }, { delays = 2 })
    assert.is_false(ok)
    assert.matches("has delays of its own: leave out option 'delays'", message)
  end)
end)

describe("a probability outside of 0..1", function()
  local function join(connect, threads)
    local net = lp.network { dt = 1, tier = "interpreter", seed = 4, threads = threads }
    local cells = net:population { size = 400, neuron = lp.neuron { equations = "v = g_e", spike = "v > 1e9" } }
    return net:project { from = cells, to = cells, target = "e", connect = connect, name = "p" }
  end

  it("is refused, with the option that allows it", function()
    for _, text in ipairs { "0.3/abs(i - j)", "3/(1 + abs(i - j))", "i - j" } do
      local ok, e = pcall(join, lp.probability(text))
      assert.is_false(ok)
      assert.truthy(tostring(e):find("it must lie in 0..1\n    lp.probability(text, {}, { clip = true }) takes what is above as 1, and what is below as 0", 1, true), e)
    end
    for _, text in ipairs { "0.3/(i - j)*(i - j)", "sqrt(i - j)*0" } do          -- no number is no probability
      local ok, e = pcall(join, lp.probability(text, {}, { clip = true }))
      assert.is_false(ok)
      assert.truthy(tostring(e):find("is NaN: it must lie in 0..1", 1, true) and not tostring(e):find("clip", 1, true), e)
    end
    assert.error_matches(function() lp.probability("i", {}, { clp = true }) end, "did you mean 'clip'")
  end)

  it("is 1 or 0 where it is clipped", function()
    local p = join(lp.probability("k/abs(i - j) - 0.05", { k = 3 }, { clip = true }))
    local expected, variance, n_wrong, matrix = 0, 0, 0, p:matrix "w"
    for i = 1, 400 do
      for j = 1, 400 do
        local x = math.max(0, math.min(1, 3 / math.abs(i - j) - 0.05))
        expected, variance = expected + x, variance + x * (1 - x)
        if x == 0 or x == 1 then n_wrong = n_wrong + math.abs(matrix:get(j, i) - x) end
      end
    end
    assert.equal(0, n_wrong)
    assert.is_true(math.abs(p.size - expected) < 4 * math.sqrt(variance), p.size .. " " .. expected)
    assert.same(p.post:table(), join(lp.probability("k/abs(i - j) - 0.05", { k = 3 }, { clip = true }), 2).post:table())
    assert.same(join(lp.probability "0.2").post:table(), join(lp.probability("0.2", {}, { clip = true })).post:table())
  end)
end)

describe("a pair that is joined more than once", function()
  -- What a synapse does to its post neuron depends on what the one before it has done: the two must not be taken together.
  local ways = {
    fixed_total = function(net, a, b, synapse) return net:project { from = a, to = b, synapse = synapse, connect = lp.fixed_total(60), weights = 0.1 } end,
    ["given pairs"] = function(net, a, b, synapse)
      return net:project { from = a, to = b, synapse = synapse, connect = lp.pairs({ 1, 1, 2, 5, 5, 5 }, { 1, 1, 1, 4, 4, 4 }), weights = 0.1 }
    end,
  }
  for name, join in pairs(ways) do
    it("acts as often, " .. name, function()
      for _, tier in ipairs { "interpreter", "native" } do
        local net = lp.network { dt = 1, seed = 3, tier = tier }
        local a = net:spike_source { size = 5, spikes = { { 1 }, { 1 }, { 1 }, { 1 }, { 1 } } }
        local b = net:population { size = 4, neuron = lp.neuron { equations = "dx/dt = 0 : init = 1" } }
        local p = join(net, a, b, lp.synapse { pre_spike = "post.x = post.x * (1 + w)" })
        net:run(5)
        local n = { 0, 0, 0, 0 }
        for k = 1, p.size do n[p.post[k]] = n[p.post[k]] + 1 end
        for k = 1, 4 do assert.near(1.1 ^ n[k], b.x[k], 1e-12 * 1.1 ^ n[k], tier) end
      end
    end)
  end
end)
