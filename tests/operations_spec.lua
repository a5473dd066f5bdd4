-- Periodic operations: three ways of normalising give the same weights; order, errors, and what a callback may change.

local lp = require "lunapse"

local V = lp.neuron { parameters = { I = 0 }, equations = "dx/dt = I" }

local function text(a)
  if type(a) == "number" then return ("%g"):format(a) end
  local t = {}
  for k = 1, #a do t[k] = ("%g"):format(a[k]) end
  return table.concat(t, " ")
end

local function plain(said) return (tostring(said):gsub("^tests/operations_spec.lua:%d+: ", "")) end

local function three(opt)
  local net = lp.network(opt or { dt = 1, seed = 1 })
  return net, net:population { name = "P", size = 3, neuron = V }
end

-- ---- weights ----

local function growing(opt, normalise)
  local net = lp.network { dt = opt.n == 300 and 1 or 0.1, seed = opt.seed or 3, tier = opt.tier, threads = opt.threads, precision = opt.precision }
  local n = opt.n or 10
  local neurons = net:population { size = n, neuron = lp.neuron { parameters = { total = 0, initial = 0 } } }
  local syn = net:project { from = neurons, to = neurons, connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 1),
    synapse = lp.synapse { parameters = { growth = 1e-4 }, equations = "dw/dt = growth; post.total = sum(w) : every = 1000" } }
  local start = syn:sum_post "w"
  neurons.initial = start
  local w0 = syn.w:copy()
  normalise(net, syn, start)
  net:run(opt.duration or 1500)
  return syn.w, w0, syn
end

local ways = {
  text = function(_, syn) syn:run_regularly("w -= clip((post.total - post.initial) / N_incoming, 0, inf)", { every = 1000 }) end,
  text_with_sums = function(_, syn) syn:run_regularly("w -= clip((sum_post(w) - post.initial) / N_incoming, 0, inf)", { every = 1000 }) end,
  arrays = function(net, syn, start)
    net:every(1000, function() syn.w = syn.w - syn:spread_post(((syn:sum_post "w" - start) / syn.fan_in:maximum(1)):clip(0, math.huge)) end)
  end,
  normalize = function(net, syn, start) net:every(1000, function() syn:normalize { to = start, mode = "subtractive" } end) end,
  rows = function(net, syn, start)
    net:every(1000, function()
      for j, row in syn:incoming() do row.w = row.w - math.max(0, (row.w:sum() - start[j]) / #row) end
    end)
  end,
}

describe("normalisation", function()
  for _, n in ipairs { 10, 300 } do
    it(("of %d neurons gives the same weights in all ways, and the published numbers"):format(n), function()
      local w, w0, syn = growing({ n = n }, ways.text)
      assert.is_true((w - w0 - 0.05):abs():max() < 5e-12)      -- 15000 additions
      for name, way in pairs(ways) do
        assert.is_true((growing({ n = n }, way) - w):abs():max() < 1e-12, name)
      end
      for _, tier in ipairs { "interpreter", "auto" } do
        for threads = 1, 3 do
          assert.is_true(growing({ n = n, tier = tier, threads = threads }, ways.text):eq(w):all(), tier .. threads)
        end
      end
      local gain = w0:copy()
      growing({ n = n, duration = 999 }, function(net, other) net:at(999, function() gain = other.w - w0 end) end)
      assert.is_true((gain - 0.0999):abs():max() < 5e-12)
      assert.equal(syn.size, #w)
    end)
  end

  local function small(weights)
    local net = lp.network { dt = 1 }
    local a, b = net:population { size = 3, neuron = V }, net:population { size = 3, neuron = V }
    return net:project { from = a, to = b, connect = lp.pairs({ 1, 2, 3, 1 }, { 1, 1, 2, 2 }), weights = weights, synapse = lp.synapse { equations = "dw/dt = 0" } }
  end

  it("has a norm, a side and a mode; neurons without synapses are left alone", function()
    local function after(opt)
      local p = small { 3, -4, 1, 1 }       -- given order: 1>1 2>1 3>2 1>2; stored: 1>1 2>1 1>2 3>2
      p:normalize(opt)
      return text(p.w)
    end
    assert.equal("0.428571 -0.571429 0.5 0.5", after { to = 1 })
    assert.equal("0.6 -0.8 0.707107 0.707107", after { to = 1, norm = 2 })
    assert.equal("4 -3 0.5 0.5", after { to = 1, mode = "subtractive" })
    assert.equal("0.75 -1 0.25 1", after { to = 1, by = "pre" })
    assert.equal("3 -4 5 5", after { to = { 7, 10, 5 } })
  end)

  it("scale_post, scale_pre, spread_post, spread_pre", function()
    local p = small { 1, 2, 3, 4 }
    p:scale_post { 10, 100, 1000 }
    assert.equal("10 20 400 300", text(p.w))
    p:scale_pre { 1, 2, 3 }
    assert.equal("10 40 400 900", text(p.w))
    assert.equal("1 1 2 2", text(p:spread_post(lp.array { 1, 2, 3 })))
    assert.equal("1 2 1 3", text(p:spread_pre(lp.array { 1, 2, 3 })))
  end)

  it("numbers that are not finite are refused wherever they come from", function()
    local n = 1 << 18      -- large results know that they are finite
    local cells = lp.network():population { size = n, neuron = lp.neuron { parameters = { x = 1, y = 2 }, equations = "dv/dt = x + y" } }
    local function refused(what, f) assert.error_matches(f, "element 5 " .. what, 1, true) end
    local function set(values) cells.x = values end
    local ones, zero = lp.array.ones(n), lp.array.ones(n)
    zero[5] = 0
    set(ones + ones)
    assert.equal(2, cells.x[5])
    refused("must be finite, got inf", function() set(ones / zero) end)
    refused("is not a number", function() set((ones - 1) / zero * 0 + zero / zero) end)
    local sum = ones + ones
    sum[5] = 0 / 0
    refused("is not a number", function() set(sum) end)
    sum = ones + ones
    sum:divide(zero)
    refused("must be finite, got inf", function() set(sum) end)
    sum = ones:astype "float32" * 1e30
    refused("must be finite, got inf", function() set(sum * ((1 - zero) * 1e30 + 1):astype "float32") end)
    assert.equal(2, cells.x[5])
  end)

  it("what is spread is an array like another, whatever asks for its elements first", function()
    local net = lp.network { dt = 1, seed = 2 }
    local from, to = net:population { size = 70, neuron = lp.neuron {} }, net:population { size = 60, neuron = lp.neuron { parameters = { total = 0 } } }
    for _, connect in ipairs { lp.all_to_all(), lp.fixed_probability(0.3), lp.pairs(lp.array { 7, 7, 9 }, lp.array { 3, 5, 3 }) } do
      local p = net:project { from = from, to = to, connect = connect, weights = lp.uniform(1, 2), synapse = lp.synapse { equations = "post.total = sum(w)" } }
      for _, side in ipairs { "post", "pre" } do
        local n = side == "post" and 60 or 70
        local numbers, neuron = lp.arange(1, n) ^ 0.5, p[side]
        local function spread() return p["spread_" .. side](p, numbers) end
        local written, w = numbers:take(neuron), p.w:copy()
        assert.is_true(spread() == written)
        for _, f in ipairs {
          function(s) return w - s end, function(s) return s - w end, function(s) return s * s + 1 end, function(s) return 3 / s end, function(s) return s ^ 2 end,
          function(s) return w:astype "float32" * s end, function(s) return w:copy():subtract(s) end, function(s) return w:astype "float32":divide(s) end,
          function(s) return (w + s) / s:copy() end, function(s) return s:clip(2, 3) end, function(s) return -s end, function(s) return s:gt(2) end,
          function(s) return w:where(s:gt(2), s) end, function(s) return lp.array { 1, 2 }:expand() * s end, function(s) return s:astype "int64" % 7 end,
          function(s) s:add(w) return s + s end, function(s) s[2] = 0 return s * w end, function(s) return s:slice(2, 3) * 2 end,
        } do assert.is_true(f(spread()) == f(written:copy())) end
        assert.equal(written:sum(), spread():sum())
        assert.equal(#written, #spread())
      end
      local bad = lp.array.full(1, 60)
      bad[p.post[2]] = 0 / 0
      local said = ("w: element %d is not a number (NaN)"):format(p.post:eq(p.post[2]):find()[1])
      assert.error_matches(function() p.w:add(p:spread_post(bad)) end, said, 1, true)
      assert.error_matches(function() p.w = p.w - p:spread_post(bad) end, said, 1, true)
    end
  end)

  it("rows are windows: pre, post, any variable; outgoing as well", function()
    local p = small { 1, 2, 3, 4 }
    local seen = {}
    for i, row in p:outgoing() do
      seen[#seen + 1] = ("%d>%s:%s"):format(i, text(row.post), text(row.w))
      row.w = row.w * 2
    end
    assert.equal("1>1 2:1 4; 2>1:2; 3>2:3", table.concat(seen, "; "))
    assert.equal("2 4 8 6", text(p.w))
    seen = {}
    for j, row in p:incoming() do
      seen[#seen + 1] = ("%d<%s"):format(j, text(row.pre))
      row.w = { 7, 8 }
    end
    assert.equal("1<1 2; 2<1 3", table.concat(seen, "; "))
    assert.equal("7 8 7 8", text(p.w))
  end)

  it("refuses what it does not know", function()
    local p = small { 1, 2, 3, 4 }
    for expected, opt in pairs {
      ["normalize of 'projection1': option 'to' is missing"] = {},
      ["normalize of 'projection1': option 'by' must be \"post\" or \"pre\""] = { to = 1, by = "both" },
      ["normalize of 'projection1': option 'norm' must be 1 or 2"] = { to = 1, norm = 3 },
      ["normalize of 'projection1': the subtractive mode has norm 1"] = { to = 1, norm = 2, mode = "subtractive" },
      ["normalize of 'projection1': unknown option 'mod': did you mean 'mode'?"] = { to = 1, mod = "subtractive" },
    } do
      local ok, said = pcall(p.normalize, p, opt)
      assert.is_false(ok)
      assert.equal(expected, plain(said))
    end
  end)
end)

-- ---- order ----

describe("operations", function()
  before_each(function() warn "@off" end)
  after_each(function() warn "@on" end)

  it("act at the start or end of a step, in the order of creation", function()
    local net = three()
    local log = {}
    local function note(name) return function(t, n) log[#log + 1] = ("%s@%g#%d"):format(name, t, n) end end
    net:every(2, note "e1")
    net:every(2, note "s1", { when = "start" })
    net:every(2, note "e2")
    net:every(2, note "s2", { when = "start" })
    net:every(4, note "o", { offset = 1 })
    net:at({ 1, 3 }, note "at")
    net:run(5)
    assert.equal("s1@0#1 s2@0#1 o@1#1 at@1#1 e1@2#1 e2@2#1 s1@2#2 s2@2#2 at@3#1 e1@4#2 e2@4#2 s1@4#3 s2@4#3 o@5#2", table.concat(log, " "))
  end)

  it("texts and functions act in one order", function()
    local net, p = three()
    p:run_regularly("x = x + 1", { every = 1 })
    net:every(1, function() p.x = p.x * 10 end)
    p:run_regularly("x = x + 2", { every = 1 })
    net:run(2)
    assert.equal("132 132 132", text(p.x))
  end)

  it("stop, resume, remove, also themselves and one another; returning false ends them", function()
    local net = three()
    local log = {}
    local own, other
    own = net:every(2, function(t)
      log[#log + 1] = ("own@%g"):format(t)
      own:remove()
    end)
    net:every(2, function(t)
      log[#log + 1] = ("a@%g"):format(t)
      if t == 4 then other:remove() end
      return t < 6
    end)
    other = net:every(2, function(t) log[#log + 1] = ("b@%g"):format(t) end)
    local paused
    paused = net:every(2, function(t)
      log[#log + 1] = ("p@%g"):format(t)
      paused:stop()
    end)
    net:run(8)
    assert.equal("own@2 a@2 b@2 p@2 a@4 a@6", table.concat(log, " "))
    paused:resume()
    net:run(4)
    assert.equal("own@2 a@2 b@2 p@2 a@4 a@6 p@10", table.concat(log, " "))
    assert.equal(2, paused.calls)
  end)

  it("callbacks may change parameters, variables, weights, rates; add recordings and operations", function()
    local net, p = three()
    local input = net:poisson { size = 10, rates = 0 }
    local proj = net:project { from = p, to = p, connect = lp.all_to_all(), weights = 1, synapse = lp.synapse { equations = "dw/dt = 1" } }
    local spikes, late = net:record(input, "spike"), nil
    local added = {}
    net:at(2, function()
      p.I = { 1, 2, 3 }
      p.x = 100
      proj.w = 0
      input.rates = 1000
      late = net:record(p, "x")
      net:every(2, function(t) added[#added + 1] = t end)
    end)
    net:run(4)
    assert.equal("102 104 106", text(p.x))
    assert.equal("2 2 2 2 2 2", text(proj.w))
    assert.equal(20, spikes:count())
    assert.equal("2 3 4", text(late.t))
    assert.equal("4", text(added))
  end)

  it("a failing callback stops the run, says where and when, and leaves the network usable", function()
    local net, p = three()
    p.I = 1
    local r = net:record(p, "x")
    local failing = net:every(2, function() error "boom" end)
    local ok, said = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.truthy(said:find("^at t = 2 ms: tests/operations_spec.lua:%d+: boom\nstack traceback:\n"), said)
    assert.truthy(said:find("operations_spec.lua:%d+: in function"), said)
    assert.equal(2, net.t)
    assert.equal("1 2", text(r.x:column(1)))
    failing:remove()
    net:run(2)
    assert.equal("1 2 3 4", text(r.x:column(1)))
  end)

  it("the traceback of a failing callback has the frames of scripts alone", function()
    local net, p = three()
    local function deep() return p.nothing end
    local failing = net:every(2, function() deep() end)
    local ok, said = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.truthy(said:find("known: [^\n]*%)\nstack traceback:\n\ttests/operations_spec.lua:%d+: in upvalue 'deep'\n\ttests/operations_spec.lua:%d+: in function <[^\n]*>$"), said)
    failing:remove()
    net:every(2, lp.pairs)          -- a function of the library: no frame of a script
    ok, said = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.is_nil(said:find("traceback", 1, true), said)
  end)

  it("errors that are no text pass as they are", function()
    local net = three()
    local mine = { code = 3 }
    net:every(2, function() error(mine) end)
    local ok, said = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.equal(mine, said)
  end)

  local function refused(title, f, expected)
    it("refuses " .. title, function()
      local net, p = three()
      local ok, said = pcall(f, net, p)
      assert.is_false(ok, "no error")
      assert.equal(expected, (plain(said):gsub("\nstack traceback:.*", ""):gsub("tests/operations_spec.lua:%d+: ", "")))
    end)
  end

  local function inside(f)
    return function(net, p)
      net:at(2, function() f(net, p) end)
      net:run(4)
    end
  end

  refused("neurons added in a callback", inside(function(net) net:population { size = 1, neuron = V } end),
    "at t = 2 ms: net: a population cannot be added during a step; do it between runs")
  refused("projections added in a callback", inside(function(net, p) net:project { from = p, to = p, connect = lp.all_to_all() } end),
    "at t = 2 ms: net: a projection cannot be added during a step; do it between runs")
  refused("a run in a callback", inside(function(net) net:run(1) end),
    "at t = 2 ms: net:run: the network is already running; run cannot be called from its own operations")
  refused("texts in a callback", inside(function(_, p) p:run_regularly("x = 0", { every = 2 }) end),
    "at t = 2 ms: run_regularly of 'P': texts are compiled between runs; in a callback use arrays")
  refused("a period of 0", function(net) net:every(0, print) end, "net:every: period must be greater than 0, got 0")
  refused("a negative period", function(_, p) p:run_regularly("x = 0", { every = -1 }) end, "run_regularly of 'P': every must be greater than 0, got -1")
  refused("no function", function(net) net:every(1, "x = 0") end, "net:every: a function expected, got the text 'x = 0'")
  refused("an unknown phase", function(net) net:every(1, print, { when = "middle" }) end, 'net:every: option \'when\' must be "start" or "end", got "middle"')
  refused("unknown options", function(net) net:every(1, print, { whn = "end" }) end, "net:every: unknown option 'whn': did you mean 'when'?")
  refused("a time that is past", function(net)
    net:run(5)
    net:at(3, print)
  end, "net:at: time 3 ms is past (the network is at 5 ms)")
  refused("texts that write nothing known", function(_, p) p:run_regularly("y = 0", { every = 1 }) end, [[
neuron 'P', operation, line 1: unknown name 'y'
    y = 0
    ^  an operation writes variables of the model]])

  it("say what becomes of a period that is no multiple of dt", function()
    local net = lp.network { dt = 1 }
    local said = {}
    rawset(net, "_warn", function(_, _, message) said[#said + 1] = message end)
    local times = {}
    net:every(2.5, function(t) times[#times + 1] = t end)
    net:run(10)
    assert.equal("3 5 8 10", text(times))
    assert.same({ "net:every: a period of 2.5 ms is no multiple of dt = 1 ms; it acts in the first step at or after each multiple: at 3, 5, 8, ... ms" }, said)
  end)
end)

describe("run_until", function()
  it("ends where a text holds for any or all, or a function says so", function()
    local function go(condition, opt)
      local net, p = three()
      p.I = { 1, 2, 3 }
      if type(condition) == "string" then opt.of = p end
      local t, held = net:run_until(type(condition) == "function" and function(t) return condition(p, t) end or condition, opt)
      return ("%g %s"):format(t, held)
    end
    assert.equal("2 true", go("x > 3.5", { max = 100 }))
    assert.equal("4 true", go("x > 3.5", { max = 100, how = "all" }))
    assert.equal("2 true", go("mean(x) > 3.5", { max = 100 }))
    assert.equal("3 false", go("x > 100", { max = 3 }))
    assert.equal("7 true", go(function(p) return p.x[1] > 6 end, { max = 100 }))
  end)

  it("asks the neurons of a view, and no others", function()
    local function go(condition, how, part)
      local net, p = three()
      p.I = { 1, 2, 3 }
      local t, held = net:run_until(condition, { of = part(p), how = how, max = 50 })
      return ("%g %s"):format(t, held)
    end
    assert.equal("4 true", go("x > 11", "any", function(p) return p:slice(2, 3) end))
    assert.equal("6 true", go("x > 11", "all", function(p) return p:slice(2, 3) end))
    assert.equal("4 true", go("x > 11", "all", function(p) return p:select { 3 } end))
    assert.equal("4 true", go("mean(x) > 7", "all", function(p) return p:select { 3 } end))      -- of the whole population
  end)

  it("refuses another word than any or all", function()
    local net, p = three()
    assert.has_error(function() net:run_until("x > 1", { of = p, max = 10, how = "some" }) end,
      "condition 'x > 1': option 'how' must be \"any\" or \"all\", got \"some\"")
  end)
end)
