-- What post spikes do to synapses, put off until their rows are read: not a bit is different from doing it at once, whoever looks and whatever happens meanwhile.
local debug = require "lunapse.core.debug"
local lp = require "lunapse"

local FEW, NONE = 1, 1 << 40

local Bursting = lp.neuron { parameters = { I = 0 }, equations = "dv/dt = (I - v) / 10 : init = 0, exponential", spike = "v > 1", reset = "v = 0" }

local Driven = lp.neuron { parameters = { I = 0 }, equations = "dg_exc/dt = -g_exc / 5 : exact\ndv/dt = (I + 0.1 * g_exc - v) / 10 : init = 0, exponential", spike = "v > 1",
  reset = "v = 0" }

local rules = {
  pair = lp.synapse { parameters = { A = 0.05, tau = 20 },
    equations = "tau * dx/dt = -x : event-driven; tau * dy/dt = -y : event-driven",
    pre_spike = "x += 1; w = clip(w - A * y, 0, 1); g_target += w", post_spike = "y += 1; w = clip(w + A * x, 0, 1)",
    pruning = "w < 0.05" },
  soft = lp.synapse { parameters = { A = 0.1 },
    equations = "dx/dt = -x / 10 : event-driven; dy/dt = -y / 15 : event-driven",
    pre_spike = "x = 1; w -= A * y * w; g_target += w", post_spike = "y = 1; w += A * x * (1 - w)" },
  triplet = lp.synapse { parameters = { A2 = 0.02, A3 = 0.05, low = 0.1 },
    equations = "dr1/dt = -r1 / 17 : event-driven; dr2/dt = -r2 / 100 : event-driven; do1/dt = -o1 / 34 : event-driven; do2/dt = -o2 / 125 : event-driven",
    pre_spike = "w = clip(w - low * o1 * (A2 + A3 * r2), 0, 1); r1 += 1; r2 += 1; g_target += w", post_spike = "w = clip(w + r1 * (A2 + A3 * o2), 0, 1); o1 += 1; o2 += 1" },
  two = lp.synapse { parameters = { A = 0.05 },
    equations = "dx/dt = -x / 20 : event-driven; dk/dt = -k / 90 : event-driven",
    pre_spike = "x += 1; g_target += w", post_spike = "k += x; w = min(w + A * x / (1 + k), 2)" },
  voltage = lp.synapse { parameters = { A = 0.01 }, equations = "dx/dt = -x / 20 : event-driven", pre_spike = "x += 1; g_target += w", post_spike = "w += A * x * post.I" },
}
rules.STDP = lp.models.STDP

--- A network whose neurons spike at different rates, some never; run with `act`, which is called in the middle; what is there at the end.
local function outcome(least, rule, opt, act)
  debug.put_off_from(least)
  local net = lp.network { dt = 0.5, seed = 3, threads = opt.threads or 1, precision = opt.precision, tier = opt.tier or "interpreter", warnings = false }
  if opt.parts then net._core:split(opt.parts) end
  local pre = net:poisson { name = "pre", size = 40 * (opt.scale or 1), rates = 30 }
  local post = net:population { name = "post", size = 60 * (opt.scale or 1), neuron = Driven }
  post.I = lp.linspace(0.5, 3, post.size)
  local proj = net:project { name = "proj", from = pre, to = post, target = "exc", synapse = rule, connect = lp.fixed_probability(0.4), weights = lp.uniform(0, 1),
    delays = 1.5 }
  net:run(150)
  local is_off = proj._core:puts_off()
  local seen = act and act(net, proj, pre, post) or {}
  net:run(1000)
  local found = { seen = seen, v = post.v:table() }
  proj = net.projections.proj or proj
  for _, v in ipairs(proj._compiled.variables) do
    if not v.name:find "^_" then found[v.name] = proj[v.name]:table() end
  end
  debug.put_off_from(0)
  return found, is_off, proj
end

--- The first difference of two trees of numbers, which are long.
local function compare(a, b, where)
  if type(a) ~= "table" or type(b) ~= "table" then return a ~= b and a == a and ("%s: %s and %s"):format(where, a, b) or nil end
  if #a ~= #b then return ("%s: %d and %d numbers"):format(where, #a, #b) end
  for key in pairs(a) do
    local found = compare(a[key], b[key], where .. "/" .. key)
    if found then return found end
  end
end

local function same(rule, opt, act, is_off_later)
  local at_once, was_off = outcome(NONE, rule, opt, act)
  local later, is_off, proj = outcome(FEW, rule, opt, act)
  assert.is_false(was_off)
  assert.is_true(is_off)
  if is_off_later ~= nil then assert.are.equal(is_off_later, (proj._core:puts_off())) end
  assert.is_nil(compare(at_once, later, ""))
  return later
end

describe("What is put off", function()
  for name, rule in pairs(rules) do
    for _, precision in ipairs { "float64", "float32" } do
      it(("comes to the same bits, %s, %s"):format(name, precision), function()
        local found = same(rule, { precision = precision })
        local moved = 0
        for _, w in ipairs(found.w) do moved = math.max(moved, math.abs(w - found.w[1])) end
        assert.is_true(moved > 0.1)
        same(rule, { precision = precision, tier = "native" })
      end)
    end
  end

  it("does so where more spikes are written down than there is room for at first, and rows are read in pieces", function()
    same(rules.pair, { scale = 8, precision = "float32" })
    same(rules.triplet, { scale = 8, tier = "native" }, function(_, _, pre) pre.rates = 2 end)
  end)

  it("is told, and takes no way back from post neurons to synapses", function()
    local function told(least)
      debug.put_off_from(least)
      local net = lp.network { dt = 1, precision = "float32" }
      local cells = net:population { size = 500, neuron = lp.models.LIF }
      local before = net:describe().bytes
      local proj = net:project { from = cells, to = cells, target = "exc", connect = lp.fixed_number_post(400), synapse = lp.models.STDP, weights = lp.uniform(0, 1) }
      net:run(1)
      debug.put_off_from(0)
      return (net:describe().bytes - before) / proj.size, tostring(net:explain()):match "post spikes: ([^\n]*)"
    end
    local bytes, text = told(FEW)
    assert.is_true(bytes < 9)
    assert.are.equal("written down, and done to synapses when these are read next", text)
    bytes, text = told(0)
    assert.is_true(bytes > 12)
    assert.are.equal("done to synapses at once: there are few synapses", text)
  end)

  for name, rule in pairs(rules) do
    it(("is put off in parts by several threads, %s"):format(name), function()
      local one, was_off = outcome(NONE, rule, {})
      assert.is_false(was_off)
      for _, way in ipairs { { 2, 2 }, { 3, 7 }, { 2 }, { 3 } } do
        local found, is_off = outcome(FEW, rule, { threads = way[1], parts = way[2], scale = way[3] })
        assert.is_true(is_off)
        assert.is_nil(compare(one, found, ""))
      end
      assert.is_nil(compare((outcome(NONE, rule, { scale = 4, tier = "native" })), (outcome(FEW, rule, { scale = 4, threads = 2, parts = 5, tier = "native" })), ""))
    end)
  end

  it("is put off in parts where neurons are joined with themselves, and rows are read seldom", function()
    local function weights(least, threads, parts)
      debug.put_off_from(least)
      local net = lp.network { dt = 0.5, seed = 5, threads = threads, warnings = false, tier = "interpreter" }
      if parts then net._core:split(parts) end
      local cells = net:population { size = 150, neuron = Driven }
      cells.I = lp.linspace(0.9, 4, 150)
      local proj = net:project { from = cells:slice(11, 140), to = cells, target = "exc", synapse = rules.triplet, connect = lp.fixed_probability(0.4),
        weights = lp.uniform(0, 1), delays = 1 }
      net:run(700)
      local seen = proj.w:table()
      net:run(700)
      debug.put_off_from(0)
      return { seen, proj.w:table(), (proj._core:puts_off()) }
    end
    local one = weights(NONE, 1)
    assert.is_false(one[3])
    for _, way in ipairs { { 1 }, { 2, 2 }, { 3, 5 }, { 2 } } do
      local found = weights(FEW, way[1], way[2])
      assert.is_true(found[3])
      assert.is_nil(compare({ one[1], one[2] }, { found[1], found[2] }, ""))
    end
  end)
end)

describe("Who looks in between", function()
  local acts = {
    ["reads weights"] = function(net, proj)
      local seen = {}
      for k = 1, 20 do
        net:run(7)
        seen[k] = proj.w:table()
      end
      return seen
    end,
    ["reads traces"] = function(net, proj)
      local seen = {}
      for k = 1, 20 do
        net:run(7)
        seen[k] = { proj.x:table(), proj.w:table() }
      end
      return seen
    end,
    ["records weights"] = function(net, proj)
      local rows = net:record(proj, "w", { every = 5 })
      net:run(100)
      return rows.w:table()
    end,
    ["records traces and some weights at every step"] = function(net, proj)
      local rows, some = net:record(proj, "x"), net:record(proj, "w", { of = { 1, 7, 20 } })
      net:run(100)
      return { rows.x:table(), some.w:table() }
    end,
    ["sets weights"] = function(net, proj)
      proj.w = lp.linspace(0, 1, proj.size)
      net:run(20)
      proj.w = proj.w * 0.5
    end,
    ["sets parameters"] = function(net, proj)
      proj.A = 0.2
      net:run(33)
      proj.tau = 5
      net:run(33)
      proj.tau = 50
    end,
    ["sets traces"] = function(_, proj) proj.x = 2 end,
    ["sums and normalises"] = function(net, proj)
      local seen = {}
      net:every(10, function()
        seen[#seen + 1] = proj:sum_post("w"):table()
        proj:normalize { to = 5 }
      end)
      net:run(100)
      return seen
    end,
    ["runs operations"] = function(_, proj) proj:run_regularly("w = 0.9 * w", { every = 50 }) end,
    ["asks for one synapse, neuron by neuron"] = function(net, proj)
      local seen = {}
      for _ = 1, 10 do
        net:step()
        for j, row in proj:incoming() do
          if j % 13 == 0 then seen[#seen + 1] = row.w:table() end
        end
      end
      return seen
    end,
    ["prunes and creates"] = function(net, proj)
      proj:prune "w < 0.3"
      net:run(40)
      pcall(proj.create_synapse, proj, 1, 1, 0.5)
      return { proj.size }
    end,
    ["prunes regularly"] = function(net, proj)
      proj:start_pruning { every = 20 }
      net:run(100)
    end,
    ["stops learning and goes on"] = function(net, proj)
      proj:disable_learning()
      net:run(50)
      proj:enable_learning()
    end,
    ["stores and restores"] = function(net, proj)
      net:store "here"
      net:run(50)
      local seen = proj.w:table()
      net:restore "here"
      net:run(50)
      return { seen, proj.w:table() }
    end,
    ["resets"] = function(net) net:reset() end,
    ["gives delays to each"] = function(net, proj)
      net:run(10)
      proj.delays = lp.linspace(0.5, 5, proj.size)
    end,
    ["gives another delay"] = function(_, proj) proj.delay = 4 end,
    ["describes"] = function(net)
      net:explain()
      net:describe()
    end,
    ["changes rates"] = function(_, _, pre) pre.rates = 200 end,
    ["steps"] = function(net)
      for _ = 1, 100 do net:step() end
    end,
    ["is told to widen a parameter"] = function(net, proj)
      proj.A = lp.linspace(0.01, 0.1, proj.size)
      net:run(60)
    end,
  }
  for name, act in pairs(acts) do
    it(name, function() same(rules.pair, {}, act) end)
    it(name .. ", in parts", function()
      assert.is_nil(compare((outcome(NONE, rules.pair, {}, act)), (outcome(FEW, rules.pair, { threads = 2, parts = 3 }, act)), ""))
    end)
  end

  it("saves: a file has what it would have", function()
    local function through(least)
      return (outcome(least, rules.pair, {}, function(net, proj)
        local path = os.tmpname() .. ".h5"
        net:save(path)
        local copy = lp.load(path)
        os.remove(path)
        copy:run(300)
        net:run(300)
        local theirs = copy.projections.proj.w:table()
        assert.is_nil(compare(proj.w:table(), theirs, ""))
        return theirs
      end))
    end
    assert.is_nil(compare(through(NONE), through(FEW), ""))
  end)
end)

describe("What cannot wait", function()
  local function obstacle(model, change)
    debug.put_off_from(FEW)
    local net = lp.network { dt = 1, warnings = false, tier = "interpreter", threads = 1 }
    local pre, post = net:poisson { size = 20, rates = 10 }, net:population { size = 20, neuron = Bursting }
    local opt = { from = pre, to = post, synapse = model, connect = lp.fixed_probability(0.5), weights = 0.5 }
    for key, value in pairs(change or {}) do opt[key] = value end
    local proj = net:project(opt)
    net:run(1)
    debug.put_off_from(0)
    local is_off, why = proj._core:puts_off()
    return not is_off and (why or "now")
  end
  local function rule(pre, post, equations) return lp.synapse { equations = "dx/dt = -x / 20 : event-driven" .. (equations or ""), pre_spike = pre, post_spike = post } end

  it("is done at once", function()
    assert.is_false(obstacle(rule("x += 1", "w += x")))
    for what, model in pairs {
      ["chance"] = rule("x += 1", "w += x * Uniform(0, 1)"),
      ["the pre neuron's own"] = rule("x += 1", "w += pre.rates"),
      ["what goes to the post neuron"] = rule("x += 1", "post.v += w"),
      ["what equations use"] = rule("x += 1", "w += x", "; dw/dt = -w / 100"),
    } do
      assert.is_truthy(obstacle(model), what)
    end
    assert.is_truthy(obstacle(rule("x += 1", "w += x"), { delays = lp.uniform(1, 9) }), "delays")
    assert.is_truthy(obstacle(rule("x += 1", "w += x"), { connect = lp.all_to_all() }), "dense")
  end)

  it("is so when somebody looks often, to the same bits", function()
    local found = same(rules.pair, {}, function(net, proj)
      local sum = 0
      for _ = 1, 200 do
        net:step()
        sum = sum + proj.w[3]
      end
      return { sum }
    end, false)
    assert.is_truthy(found)
  end)
end)
