-- Convolutions and poolings: against loops over all neurons, in both tiers, on one thread and on three; with rates and spikes; what is refused.
local lp = require "lunapse"

local still = lp.neuron { name = "still", parameters = { r = 0 }, equations = "" }
local adding = lp.neuron { name = "adding", equations = "r = sum(exc)" }

local function product(shape)
  local n = 1
  for _, k in ipairs(shape) do n = n * k end
  return n
end

--- The coordinates (from 0) of element i (from 0) of a grid.
local function coordinates(i, shape)
  local c = {}
  for d = #shape, 1, -1 do c[d], i = i % shape[d], i // shape[d] end
  return c
end

local function number(c, shape)
  local i = 0
  for d, n in ipairs(shape) do i = i * n + c[d] end
  return i
end

local function inside(i, n, padding)
  if padding == "border" then return math.max(0, math.min(n - 1, i)) end
  if padding == "periodic" then return i % n end
  return i >= 0 and i < n and i or nil
end

--- What a post neuron should get, term by term: visit(pre number from 1, element of the filter from 1).
local function terms(case, post, visit)
  local pre, q, shape, opt = case.pre, coordinates(post, case.post), case.filter, case.opt or {}
  local first = opt.bank and 1 or 0
  local each = opt.bank and product(shape) // shape[1] or product(shape)
  local from = opt.bank and q[#q] * each or 0
  for k = from, from + each - 1 do
    local f, at = coordinates(k, shape), {}
    local is_there = true
    for d = 1, #pre do
      local size = shape[d + first]
      if opt.keep_last and d == #pre then at[d] = q[d]
      elseif d > #case.post - first then at[d] = f[d + first]
      else
        local stride = opt.stride and (type(opt.stride) == "table" and opt.stride[d] or opt.stride) or opt.padding == "none" and 1 or pre[d] // case.post[d]
        local dilation = opt.dilation or 1
        local centre = opt.padding == "none" and 0 or (stride - 1) // 2 - (size - 1) // 2 * dilation
        at[d] = inside(q[d] * stride + centre + f[d + first] * dilation, pre[d], opt.padding)
      end
      is_there = is_there and at[d] ~= nil
    end
    if is_there then visit(number(at, pre) + 1, k + 1) end
  end
end

local cases = {
  { pre = { 40 }, filter = { 5 }, post = { 40 } },
  { pre = { 9, 70 }, filter = { 3, 3 }, post = { 9, 70 } },
  { pre = { 8, 9 }, filter = { 4, 2 }, post = { 8, 9 }, opt = { padding = "border" } },
  { pre = { 8, 9 }, filter = { 3, 5 }, post = { 8, 9 }, opt = { padding = "periodic" } },
  { pre = { 8, 9 }, filter = { 3, 4 }, post = { 6, 6 }, opt = { padding = "none" } },
  { pre = { 12, 9 }, filter = { 3, 3 }, post = { 6, 3 } },
  { pre = { 11, 10 }, filter = { 3, 3 }, post = { 6, 4 }, opt = { stride = { 2, 3 } } },
  { pre = { 11, 10 }, filter = { 3, 3 }, post = { 11, 10 }, opt = { dilation = 2 } },
  { pre = { 7, 6, 3 }, filter = { 3, 3, 3 }, post = { 7, 6 } },
  { pre = { 7, 6, 3 }, filter = { 3, 3 }, post = { 7, 6, 3 }, opt = { keep_last = true } },
  { pre = { 7, 6 }, filter = { 5, 3, 3 }, post = { 7, 6, 5 }, opt = { bank = true } },
  { pre = { 6, 6, 4 }, filter = { 70, 3, 3, 4 }, post = { 3, 3, 70 }, opt = { bank = true } },
  { pre = { 5, 6, 4 }, filter = { 3, 3, 3 }, post = { 5, 6, 4 } },
  { pre = { 5, 6 }, filter = { 9, 11 }, post = { 5, 6 } },
  { pre = { 6, 5, 4, 3 }, filter = { 3, 3, 1, 3 }, post = { 6, 5, 4, 3 }, opt = { padding = "border" } },
}

local function build(case, setting)
  local net = lp.network { seed = 3, tier = setting.tier, threads = setting.threads, precision = setting.precision }
  local from = net:population { name = "from", geometry = case.pre, neuron = setting.neuron or still }
  local to = net:population { name = "to", geometry = case.post, neuron = setting.to or adding }
  if not setting.neuron then from.r = "sin(1.3*i) + 0.2" end
  local filter = (lp.arange(1, product(case.filter)) * 0.7):cos():reshape(case.filter)
  local proj = net:project { from = from, to = to, target = "exc", connect = lp.convolution(filter, case.opt), synapse = setting.synapse }
  return net, from, to, proj, filter:flatten()
end

describe("a convolution", function()
  for number_of_case, case in ipairs(cases) do
    it(("is a sum over a filter, case %d"):format(number_of_case), function()
      local before
      for _, setting in ipairs { { tier = "interpreter", threads = 1 }, { tier = "native", threads = 1 }, { tier = "native", threads = 3 } } do
        local net, from, to, proj, filter = build(case, setting)
        net:run(net.dt)
        local n, x, r, f = 0, from.r:table(), to.r:table(), filter:table()
        for j = 1, to.size do
          local sum, size = 0, 0
          terms(case, j - 1, function(i, k) sum, size, n = sum + f[k] * x[i], size + math.abs(f[k]), n + 1 end)
          if math.abs(sum - r[j]) > 1e-12 * math.max(1, size) then error(("neuron %d: %g, not %g"):format(j, r[j], sum)) end
        end
        assert.equal(n, proj.size)
        if before then assert.is_true(before:eq(to.r):all(), "other bits") end
        before = to.r:copy()
      end
    end)
  end

  it("tells who is joined with whom, from both sides, and with which weight", function()
    for _, case in ipairs(cases) do
      local _, from, to, proj, filter = build(case, {})
      local wanted, f = {}, filter:table()
      for j = 1, to.size do terms(case, j - 1, function(i, k) wanted[#wanted + 1] = ("%d %d %.15g"):format(i, j, f[k]) end) end
      local found, pre, post, w = {}, proj.pre:table(), proj.post:table(), proj.w:table()
      for k = 1, proj.size do found[k] = ("%d %d %.15g"):format(pre[k], post[k], w[k]) end
      table.sort(wanted)
      table.sort(found)
      assert.equal(table.concat(wanted, "\n"), table.concat(found, "\n"))
      local n, fan_out = 0, proj.fan_out:table()
      for i, row in proj:outgoing() do
        n = n + row.pre:eq(i):count()
        assert.equal(#row, fan_out[i])
      end
      assert.equal(proj.size, n)
      assert.equal(from.size, #proj.fan_out)
    end
  end)

  it("passes spikes on as its pairs would, and after a delay", function()
    local firing = lp.neuron { parameters = { x = 0 }, equations = "v = v + x", spike = "v > 1", reset = "v = 0" }
    local cell = lp.neuron { equations = "dv/dt = -v/10 + g_exc ; dg_exc/dt = -g_exc/3", spike = "v > 400", reset = "v = 0" }
    for _, case in ipairs { cases[2], cases[3], cases[7], cases[11], cases[12] } do
      local before
      for _, setting in ipairs { { tier = "interpreter" }, { tier = "native" }, { tier = "native", threads = 3 }, { pairs = true } } do
        local net = lp.network { dt = 0.5, tier = setting.tier, threads = setting.threads }
        local from = net:population { geometry = case.pre, neuron = firing }
        local to = net:population { geometry = case.post, neuron = cell }
        from.x = "0.1 + 0.1*sin(i)^2"
        local filter = (lp.arange(1, product(case.filter)) * 0.7):cos():reshape(case.filter)
        if setting.pairs then
          local pre, post, w, f = {}, {}, {}, filter:flatten():table()
          for j = 1, to.size do
            terms(case, j - 1, function(i, k) pre[#pre + 1], post[#post + 1], w[#w + 1] = i, j, f[k] end)
          end
          net:project { from = from, to = to, target = "exc", connect = lp.sparse { i = pre, j = post, w = w }, delays = 2 }
        else
          net:project { from = from, to = to, target = "exc", connect = lp.convolution(filter, case.opt), delays = 2 }
        end
        net:run(40)
        assert.is_true(to.g_exc:abs():sum() > 0.1)
        if before then assert.is_true(before:eq(to.g_exc):all(), "other bits") end
        before = to.g_exc:copy()
      end
    end
  end)

  it("keeps its filters once, and they can be read and set while it runs", function()
    local net, _, to, proj = build(cases[11], {})
    assert.same({ 5, 3, 3 }, { proj.filters:shape() })
    net:run(net.dt)
    local before = to.r:copy()
    proj.filters = proj.filters * 2
    net:run(net.dt)
    assert.is_true(to.r:eq(before * 2):all())
    local filters = proj.filters
    filters:set(2, 1, 1, 100)
    assert.equal(100, proj.filters:get(2, 1, 1))
    assert.equal(100, proj.w:max())
    proj:reset_weights()
    assert.is_true(proj.w:max() < 1.01)
    assert.has_error(function() proj.filters = { 1, 2 } end, "projection 'projection1', filters: numbers in the shape 5 x 3 x 3 expected")
    assert.has_error(function() proj.w = 1 end, "projection 'projection1', w is shared by the synapses: set 'filters'")
    assert.has_error(function() proj.w[1] = 1 end, "projection 'projection1', w is shared by the synapses: set 'filters'")
    for _, change in ipairs { function() proj:normalize { to = 1 } end, function() proj:scale_post(lp.ones(to.size)) end, function() proj:prune "w < 0" end,
      function() proj:create_synapse(1, 1) end, function() proj:run_regularly("w *= 2", { every = 1 }) end, function() proj:set("w", 1, 1, 1) end } do
      local ok, message = pcall(change)
      assert.is_false(ok)
      assert.truthy(tostring(message):find "share", tostring(message))
    end
    net:run(1)
  end)

  it("goes on from a state and from a file", function()
    local path = os.tmpname() .. ".h5"
    local net, _, to, proj = build(cases[7], {})
    proj.filters = proj.filters + 1
    net:run(1)
    net:store "here"
    net:save(path)
    local w, r = proj.w, to.r:copy()
    proj.filters = proj.filters * 0
    net:run(1)
    assert.equal(0, to.r:abs():sum())
    net:restore "here"
    assert.is_true(proj.w:eq(w):all())
    local other = lp.load(path)
    os.remove(path)
    local p = other.projections.projection1
    assert.is_true(p.w:eq(w):all())
    assert.is_true(p.pre:eq(proj.pre):all() and p.post:eq(proj.post):all())
    assert.is_true(p.filters:eq(proj.filters):all())
    other:run(1)
    assert.is_true(other.populations.to.r:eq(r):all())
    assert.has_error(function() p.w = 1 end, "projection 'projection1', w is shared by the synapses: set 'filters'")
  end)

  it("takes little memory for a bank on a large image", function()
    local net = lp.network {}
    local from = net:population { geometry = { 128, 128 }, neuron = still }
    local to = net:population { geometry = { 128, 128, 64 }, neuron = adding }
    local proj = net:project { from = from, to = to, target = "exc", connect = lp.convolution(lp.ones(64, 3, 3), { bank = true }) }
    local n = (3 * 128 - 2) ^ 2 * 64
    assert.equal(n, proj.size)
    local bytes = 0
    for _, item in ipairs(proj:_state()) do bytes = bytes + (item.bytes or 0) end
    assert.is_true(bytes * 5 < 12 * n and bytes < 100000, ("%d bytes"):format(bytes))
  end)

  it("is described", function()
    local net, _, _, proj = build(cases[11], {})
    assert.truthy(tostring(proj):find("stored as grids", 1, true))
    assert.truthy(tostring(net:describe()):find("grids, by post neuron", 1, true))
    assert.truthy(tostring(net:explain()):find("projection1", 1, true))
  end)

  it("refuses what does not fit", function()
    local function refused(case, expected)
      local ok, message = pcall(build, case, {})
      assert.is_false(ok)
      assert.truthy(tostring(message):find(expected, 1, true), tostring(message))
    end
    refused({ pre = { 8, 8 }, filter = { 3 }, post = { 8, 8 } }, "keep_last = true filters each map")
    refused({ pre = { 8, 8 }, filter = { 4, 3, 3 }, post = { 8, 8, 4 } }, "bank = true takes the first axis")
    refused({ pre = { 8, 8 }, filter = { 4, 3, 3 }, post = { 8, 8, 3 }, opt = { bank = true } }, "a neuron for each of 4 filters (8 x 8 pre, filter 4 x 3 x 3, 8 x 8 x 3 post)")
    refused({ pre = { 8, 8 }, filter = { 3, 3 }, post = { 8, 5 } }, "axis 2: 8 neurons cannot be spread evenly over 5: give option 'stride'")
    refused({ pre = { 8, 8 }, filter = { 3, 3 }, post = { 8, 8 }, opt = { padding = "none" } }, 'a filter of 3 at every one of 8 neurons, padding "none", gives 6')
    refused({ pre = { 8, 8 }, filter = { 3, 3 }, post = { 8, 8 }, opt = { padding = 0.5 } }, 'must be "zero", "border", "periodic" or "none", got 0.5')
    refused({ pre = { 8, 8 }, filter = { 3, 3 }, post = { 8, 8 }, opt = { pading = "zero" } }, "did you mean 'padding'?")
    refused({ pre = { 8, 8, 3 }, filter = { 3, 3, 2 }, post = { 8, 8 } }, "so the filter covers all of it")
    assert.has_error(function() lp.convolution "abc" end)
    local function projected(opt)
      local net = lp.network {}
      opt.from, opt.to = net:population { geometry = { 6, 6 }, neuron = still }, net:population { geometry = { 6, 6 }, neuron = adding }
      opt.target, opt.connect = "exc", opt.connect or lp.convolution { { 1, 2, 1 } }
      local ok, message = pcall(net.project, net, opt)
      assert.is_false(ok)
      return tostring(message)
    end
    assert.truthy(projected { delays = lp.uniform(1, 2) }:find("one delay for all expected", 1, true))
    assert.truthy(projected { weights = 2 }:find("the connector has weights of its own", 1, true))
    assert.truthy(projected { synapse = lp.synapse { equations = "w += pre.r : int", psp = "w*pre.r" } }:find("'w' is shared by the synapses, which make a mean", 1, true))
    assert.truthy(projected { synapse = lp.synapse { psp = "w*pre.r*Uniform(0, 1)" } }:find("no random numbers of their own", 1, true))
    local scaled = lp.synapse { parameters = { k = 1 }, psp = "k*w*pre.r" }
    assert.truthy(projected { synapse = scaled, parameters = { k = lp.uniform(0, 1) } }:find("have no values of their own", 1, true))
  end)

  it("takes parameters of neurons, and any psp that goes to neurons", function()
    local synapse = lp.synapse { parameters = { gain = 1, rate = 2 }, psp = "gain * exp(rate) * w * pre.r^2" }
    local results = {}
    for k, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { tier = tier }
      local from, to = net:population { geometry = { 5, 6 }, neuron = still }, net:population { geometry = { 5, 6 }, neuron = adding }
      from.r = "i/10"
      local gain = lp.linspace(0, 1, 30)
      net:project { from = from, to = to, target = "exc", connect = lp.convolution(lp.ones(3, 3)), synapse = synapse,
        parameters = { gain = gain, rate = { lp.linspace(0, 2, 30), by = "pre" } } }
      net:run(net.dt)
      assert.is_true(math.abs(to.r[8] - (function()
        local sum = 0
        for _, i in ipairs { 1, 2, 3, 7, 8, 9, 13, 14, 15 } do sum = sum + gain[8] * math.exp(2 * (i - 1) / 29) * (i / 10) ^ 2 end
        return sum
      end)()) < 1e-12)
      results[k] = to.r:copy()
    end
    assert.is_true(results[1]:eq(results[2]):all())
  end)
end)

describe("receptive fields", function()
  it("lie as the pre population does", function()
    local _, _, _, proj, filter = build({ pre = { 6, 5 }, filter = { 3, 3 }, post = { 6, 5 } }, {})
    local fields = proj:receptive_fields { of = { 8, 1 } }
    assert.same({ 2, 6, 5 }, { fields:shape() })
    for y = 1, 6 do
      for x = 1, 5 do
        local is_in = y <= 3 and x >= 2 and x <= 4
        assert.equal(is_in and filter[(y - 1) * 3 + x - 1] or 0, fields:get(1, y, x))
      end
    end
    assert.equal(filter[5], fields:get(2, 1, 1))
    assert.same({ 30, 6, 5 }, { proj:receptive_fields():shape() })
    local picture = proj:receptive_fields { tile = true, of = { 1, 8, 15 }, empty = -5 }
    assert.same({ 13, 11 }, { picture:shape() })
    assert.equal(filter[2], picture:get(1, 6 + 3))
    assert.equal(-5, picture:get(6, 6 + 3))
    assert.is_true(picture:get(7, 1) ~= picture:get(7, 1))
    assert.has_error(function() proj:receptive_fields { of = { 31 } } end, "receptive_fields of 'projection1': of[1]: population 'to' has neurons 1..30, got 31")
    local net = lp.network {}
    local a = net:population { size = 4, neuron = still }
    local b = net:population { size = 2, neuron = adding }
    local listed = net:project { from = a, to = b, target = "exc", connect = lp.pairs({ 1, 1, 3 }, { 2, 2, 1 }), weights = { 1, 2, 5 } }
    assert.same({ 0, 0, 5, 0, 3, 0, 0, 0 }, listed:receptive_fields():flatten():table())
  end)
end)

describe("a pooling", function()
  local folds = {
    max = function(list) return math.max(table.unpack(list)) end, min = function(list) return math.min(table.unpack(list)) end,
    sum = function(list) local s = 0 for _, x in ipairs(list) do s = s + x end return s end,
  }
  folds.mean = function(list) return folds.sum(list) / #list end

  it("takes the largest, least, mean or sum of regions", function()
    for _, case in ipairs {
      { pre = { 8, 6 }, post = { 4, 2 }, extent = { 2, 3 } }, { pre = { 6, 6, 5 }, post = { 2, 3, 5 }, extent = { 3, 2, 1 } },
      { pre = { 6, 4, 5 }, post = { 3, 2 }, extent = { 2, 2, 5 } }, { pre = { 7, 7 }, post = { 3, 3 }, extent = { 3, 3 }, stride = 2, given = true },
      { pre = { 5 }, post = { 3 }, extent = { 2 }, given = true },
    } do
      for operation, fold in pairs(folds) do
        local before
        for _, tier in ipairs { "interpreter", "native" } do
          local net = lp.network { tier = tier, threads = tier == "native" and 3 or 1 }
          local from, to = net:population { geometry = case.pre, neuron = still }, net:population { geometry = case.post, neuron = adding }
          from.r = "sin(2*i) - 0.3"
          net:project { from = from, to = to, target = "exc", connect = lp.pooling(operation, case.given and { extent = case.extent, stride = case.stride } or nil) }
          net:run(net.dt)
          for j = 1, to.size do
            local q, list = coordinates(j - 1, case.post), {}
            for k = 0, product(case.extent) - 1 do
              local f, at, is_there = coordinates(k, case.extent), {}, true
              for d = 1, #case.pre do
                at[d] = (q[d] or 0) * (case.stride or case.extent[d]) + f[d]
                is_there = is_there and at[d] < case.pre[d]
              end
              if is_there then list[#list + 1] = from.r[number(at, case.pre) + 1] end
            end
            assert.is_true(math.abs(fold(list) - to.r[j]) < 1e-14, operation)
          end
          if before then assert.is_true(before:eq(to.r):all()) end
          before = to.r:copy()
        end
      end
    end
  end)

  it("adds spikes up, and takes any variable", function()
    local firing = lp.neuron { equations = "dmask/dt = -mask/20 ; v = v + 0.3*(i > 3)", spike = "v > 1", reset = "v = 0 ; mask += 1" }
    local net = lp.network { dt = 1 }
    local from = net:population { geometry = { 4, 4 }, neuron = firing }
    local sums = net:population { geometry = { 2, 2 }, neuron = lp.neuron { equations = "n = n + g_exc" } }
    local most = net:population { geometry = { 2, 2 }, neuron = adding }
    net:project { from = from, to = sums, target = "exc", connect = lp.pooling() }
    net:project { from = from, to = most, target = "exc", connect = lp.pooling("max", { psp = "pre.mask" }) }
    local spikes = net:record(from, "spike")
    net:run(10)
    local counted = spikes:count()
    net:run(1)
    assert.equal(sums.n:sum(), counted)
    assert.is_true(most.r:min() >= 1)
  end)

  it("refuses what does not fit", function()
    local net = lp.network {}
    local from, to = net:population { geometry = { 9, 9 }, neuron = still }, net:population { geometry = { 2, 2 }, neuron = adding }
    assert.has_error(function() net:project { from = from, to = to, target = "exc", connect = lp.pooling "max" } end,
      "projection 'projection1': axis 1: 2 regions of 4 neurons, 4 apart, do not cover 9: give options 'extent' and 'stride'")
    assert.has_error(function() lp.pooling "median" end, 'lp.pooling: the operation must be "max", "min", "mean" or "sum", got the text \'median\'')
    assert.has_error(function() net:project { from = from, to = to, target = "exc", connect = lp.pooling "max", synapse = lp.models.rate } end,
      "net:project: the connector pooling(max) says what its synapses do: leave out option 'synapse'")
    local pooled = net:project { from = from, to = to, target = "exc", connect = lp.pooling("mean", { extent = 5, stride = 4 }) }
    assert.has_error(function() pooled.w = 2 end, "projection 'projection1', w is one number, given when the projection is made")
  end)
end)
