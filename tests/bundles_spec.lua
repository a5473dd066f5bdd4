--- Projections from one population whose synapses have delays of their own share rows in the engine (engine/bundle.h), and their own lists of neurons and weights
--- go away until somebody looks. Nobody may notice but by memory: values, synapses, results, stored states and files are the same.
local lp = require "lunapse"
local guard = require "lunapse.core.guard"
local bundled, mpirun = require "tests.bundled", require "tests.mpirun"

warn "@off"

local build, away, digest, LIF = bundled.build, bundled.away, bundled.digest, bundled.LIF

describe("rows that are put together", function()
  local before, after

  setup(function()
    local net, cells, list = build()
    before = {}
    for k, proj in ipairs(list) do before[k] = { w = proj.w:copy(), pre = proj.pre:copy(), post = proj.post:copy(), d = proj.delays:copy() } end
    net:run(60)
    after = digest(cells)
  end)

  it("are away, and come back as they were when they are looked at", function()
    for _, look in ipairs {
      function(proj, was) return (proj.w:eq(was.w)):all() end,
      function(proj, was) return proj.w[proj.size] == was.w[proj.size] end,
      function(proj, was) return (proj.pre:eq(was.pre)):all() and (proj.post:eq(was.post)):all() and (proj.delays:eq(was.d)):all() end,
      function(proj, was) return math.abs(proj:sum_post("w"):sum() - was.w:sum()) < 1e-9 end,
    } do
      local net, cells, list = build()
      net:run(20)
      assert.equal(9, away(list))
      for k, proj in ipairs(list) do assert.is_true(look(proj, before[k])) end
      net:run(40)
      assert.equal(after, digest(cells))
    end
  end)

  it("do not come back for who asks for form, extent or memory", function()
    local net, _, list = build()
    net:run(20)
    for _, tells in ipairs { function() return net:describe() end, function() return net end, function() return net:explain() end } do
      assert.is_true(#tostring(tells()) > 100)
      assert.equal(9, away(list))
    end
    assert.equal(list[1].size, #list[1].w)
    assert.equal("float64", list[1].w:type())
    assert.equal(9, away(list))
    local low, high = guard.extent(list[5]._arrays.w)
    assert.equal(before[5].w:min(), low)
    assert.equal(before[5].w:max(), high)
    assert.equal(9, away(list))
  end)

  it("take no more memory than rows of each projection's own", function()
    local net, _, list = build { precision = "float32" }
    local before_run = net:describe().bytes
    net:run(20)
    local n = 0
    for _, proj in ipairs(list) do n = n + proj.size end
    assert.equal(9, away(list))
    assert.is_true(net:describe().bytes - before_run < 7 * n, ("%d bytes more for %d synapses"):format(net:describe().bytes - before_run, n))
  end)

  it("are of posts that 16 bits do not number", function()
    local function run(look)
      local net, cells, list = build { sizes = { 30000, 30000, 30000 }, p = 0.0006 }
      if look then net:every(1, function() for _, proj in ipairs(list) do proj.w[1] = proj.w[1] end end) end          -- written to, so nothing is put together
      net:run(10)
      assert.equal(look and 0 or 9, away(list))
      return digest(cells)
    end
    assert.equal(run(true), run(false))
  end)

  --- Nine projections whose weights are rounded take two bytes less a synapse or six, and act as they do where their rows are not put together; given: their weights before a run, rounded and not.
  local function rounded(precision, as, weights)
    local function run(opt)
      local net, cells, list = build { precision = precision, weights_as = opt.as, weights = weights }
      if opt.looks then net:every(1, function() for _, proj in ipairs(list) do proj.w[1] = proj.w[1] end end) end
      local bytes, at_first = net:describe().bytes, {}
      for k, proj in ipairs(list) do at_first[k] = proj.w:copy() end
      net:run(40)
      return digest(cells), list, net:describe().bytes - bytes, at_first, net
    end
    local alone = run { as = as, looks = true }
    local narrow, list, bytes, given, net = run { as = as }
    local plain, _, more, was = run {}
    assert.equal(alone, narrow)
    assert.is_true(plain ~= narrow)
    assert.equal(9, away(list))
    local n = 0
    for _, proj in ipairs(list) do n = n + proj.size end
    assert.is_true(more - bytes > (precision == "float32" and 1.9 or 5.9) * n, ("%d bytes less for %d synapses"):format(more - bytes, n))
    for k, proj in ipairs(list) do assert.is_true(proj.w:eq(given[k]):all()) end
    return list, was, net
  end

  local function loaded_again(net)
    local path = os.tmpname() .. ".h5"
    net:save(path)
    local loaded = lp.load(path).projections[1]
    os.remove(path)
    return loaded
  end

  it("keep weights in 16 bits that are rounded to such", function()
    for _, precision in ipairs { "float32", "float64" } do
      local list, _, net = rounded(precision, "float16")
      for k, proj in ipairs(list) do
        local was = before[k].w:astype(precision)
        assert.is_true(proj.w:eq(was:float16()):all())
        assert.is_true(((proj.w - was):abs():le(was:abs() / 2048 + 2^-25)):all())
      end
      list[1].w = 1 / 3          -- as a whole: rounded; one of them: not
      list[2].w[3] = 1 / 3
      assert.equal(0.333251953125, list[1].w[5])
      assert.is_true(math.abs(list[2].w[3] - 1 / 3) < 1e-7)
      local loaded = loaded_again(net)
      loaded.w = 1 / 3
      assert.equal(0.333251953125, loaded.w[5])
    end
  end)

  it("keep weights in 16 bits that are rounded to whole steps, of which projections may have different ones", function()
    for _, precision in ipairs { "float32", "float64" } do
      local list, was, net = rounded(precision, "int16", function(from, to) return lp.normal((from == to and 2 or 1) * 0.001, 0.0002) end)
      for k, proj in ipairs(list) do
        assert.is_true((proj.w - was[k]):abs():max() <= was[k]:abs():max() / 8192)
      end
      local loaded = loaded_again(net)
      loaded.w = lp.linspace(-1, 1 / 3, loaded.size)
      assert.is_true(loaded.w:eq((lp.linspace(-1, 1 / 3, loaded.size):astype(precision) * 2 ^ 13):round() / 2 ^ 13):all())
    end
  end)

  it("keep numbers as they are that 16 bits would not give back to the bit", function()
    for _, odd in ipairs { -0.0, 2.0 ^ -1060, 3e38, 1 / 3 } do
      local net, _, list = build { weights = function() return 0.25 end }
      for _, proj in ipairs(list) do
        proj.w = lp.arange(1, proj.size) % 7 / 4
        proj.w[5] = odd
      end
      local first = list[1].w:copy()
      net:run(5)
      assert.is_true(list[1].w:eq(first):all() and 1 / list[1].w[5] == 1 / first[5])
    end
  end)

  it("are rounded however weights are given, and nothing else is", function()
    local net = lp.network {}
    local p = net:population { size = 3, neuron = LIF }
    local function project(weights)
      return net:project { from = p, to = p, target = "syn", connect = lp.all_to_all { self = true }, weights = weights, weights_as = "float16",
        synapse = lp.synapse { parameters = "k = 0.1", pre_spike = "g_target += w * k" }, parameters = { k = lp.full(1 / 3, 9) } }
    end
    local nearest = 0.333251953125
    for _, weights in ipairs { 1 / 3, "i / (3 * i)", lp.full(1 / 3, 9), lp.uniform(1 / 3, 1 / 3 + 1e-9) } do
      local proj = project(weights)
      assert.equal(nearest, proj.w[9])
      proj.w = 0.25
      proj.w = weights
      assert.equal(nearest, proj.w[1])
      proj:reset_weights()
      assert.equal(nearest, proj.w[2])
      proj.k = proj.w:copy()          -- of the same values as w
      proj.k = lp.full(1 / 3, 9)
      assert.equal(1 / 3, proj.k[4])
    end
    local proj = project(1 / 3)
    for k = 1, 9 do proj.w[k] = 1 / 3 end
    proj.k = lp.full(1 / 3, 9)
    assert.equal(1 / 3, proj.w[1])
    assert.equal(1 / 3, proj.k[1])
  end)

  it("refuse to keep in 16 bits what does not fit there", function()
    local net = lp.network {}
    local p = net:population { size = 3, neuron = LIF }
    local function refused(opt)
      opt.from, opt.to, opt.target, opt.connect = p, p, "syn", lp.all_to_all()
      local ok, message = pcall(net.project, net, opt)
      assert.is_false(ok)
      return (tostring(message):gsub("^[^:]*:%d+: ", ""))
    end
    assert.equal("projection 'projection1': option weights_as: unknown format 'float15': did you mean 'float16'?", refused { weights_as = "float15" })
    assert.equal("projection 'projection1': option weights_as: weights of 16 bits stay as they are given, and synapses 'STDP' change w: leave it out",
      refused { weights_as = "float16", synapse = lp.models.STDP })
    assert.equal('projection \'projection1\', weights: weights_as = "float16" holds numbers up to 65504, got 70000', refused { weights_as = "float16", weights = 70000 })
  end)

  it("act as before when weights are written in the middle of a run", function()
    local function write(net, cells, list, way)
      net:run(20)
      way(list)
      net:run(20)
      list[2].w[7] = 0.5
      net:run(20)
      return digest(cells)
    end
    local ways = {
      function(list) list[5].w = list[5].w * 3 end,
      function(list) list[5].w[{ 1, 100 }] = 2 end,
      function(list) list[5]:prune("w < 0.001") end,
      function(list) list[1]:set("w", 1, list[1].post[1], 0.7) end,
      function(list) list[9].delays = lp.uniform(1, 4) end,
    }
    for k, way in ipairs(ways) do
      local net, cells, list = build()
      local with = write(net, cells, list, way)
      local other, others, theirs = build()
      theirs[1]._net = other
      for _, proj in ipairs(theirs) do other:record(proj, "w", { every = 20 }) end      -- somebody looks all the time
      assert.equal(with, write(other, others, theirs, way), "way " .. k)
    end
  end)

  it("are the same on threads, in both tiers, in float32, with parts cut anyhow, and in a burst", function()
    for _, opt in ipairs { {}, { precision = "float32" }, { burst = true }, { weights = function() return 0.002 end },
      { weights_as = "float16", precision = "float32", burst = true } } do
      local net, cells = build(opt)
      net:run(30)
      local one = digest(cells)
      for _, other in ipairs { { threads = 2 }, { threads = 3, parts = 5 }, { tier = "interpreter" }, { threads = 2, parts = 2, tier = "interpreter" } } do
        for key, value in pairs(opt) do other[key] = value end
        local again, those = build(other)
        if other.parts then again._core:split(other.parts) end
        again:run(30)
        assert.equal(one, digest(those))
      end
    end
  end)

  it("are put together for each part, and come back from there", function()
    for _, opt in ipairs { { sizes = { 500, 500, 500 }, p = 0.3 }, { sizes = { 1600, 1600, 1600 }, p = 0.05 } } do
      local net, cells, list = build(opt)
      local was = {}
      for k, proj in ipairs(list) do was[k] = { w = proj.w:copy(), pre = proj.pre:copy(), post = proj.post:copy(), d = proj.delays:copy() } end
      net:run(20)
      local n_away = away(list)
      assert.is_true(n_away >= 6)
      net:run(20)
      local one = digest(cells)
      for _, other in ipairs { { threads = 2 }, { threads = 3 }, { threads = 2, parts = 7 } } do
        for key, value in pairs(opt) do other[key] = value end
        net, cells, list = build(other)
        if other.parts then net._core:split(other.parts) end
        net:run(20)
        assert.equal(n_away, away(list))
        for k, proj in ipairs(list) do
          assert.is_true(proj.w:eq(was[k].w):all() and proj.pre:eq(was[k].pre):all() and proj.post:eq(was[k].post):all() and proj.delays:eq(was[k].d):all())
        end
        assert.equal(0, away(list))
        net:run(20)
        assert.equal(one, digest(cells))
      end
    end
  end)

  if mpirun.missing then
    print("bundles_spec: " .. mpirun.missing)
    it("are left out on ranks: " .. mpirun.missing, function() end)
  else
    it("are put together by each rank for its neurons, and come back for who looks", function()
      local path = os.tmpname()
      local file = io.open(path, "w")
      file:write("package.path = '" .. mpirun.root .. "/?.lua;' .. package.path\n", [[
        local bundled = require "tests.bundled"
        warn "@off"
        for _, size in ipairs { 900, 500 } do          -- each rank holds its synapses alone; all of them
          for _, threads in ipairs { 1, 2 } do
            local net, cells, list = bundled.build { sizes = { size, size, size }, threads = threads, p = 0.2 }
            net:run(30)
            if size == 900 then print(bundled.away(list)) end
            local sums = {}
            for k, proj in ipairs(list) do sums[k] = ("%a %d %a"):format(proj.w:sum(), proj.post:sum(), proj:sum_post("w"):norm2()) end
            print(table.concat(sums, " "), bundled.digest(cells))
            net:run(30)
            print(bundled.digest(cells))
          end
        end]])
      file:close()
      local alone, is_fine = mpirun.run(".", 1, path)
      assert.is_true(is_fine, alone)
      assert.equal(2, select(2, alone:gsub("%f[^\0\n]9\n", "")))
      assert.equal(alone, (mpirun.run(".", 2, path)))
      assert.equal(alone, (mpirun.run(".", 3, path)))
      os.remove(path)
    end)
  end

  it("are stored and gone on with", function()
    local net, cells = build()
    net:run(20)
    net:store "here"
    net:run(40)
    assert.equal(after, digest(cells))
    net:restore "here"
    net:run(40)
    assert.equal(after, digest(cells))
    local path = os.tmpname() .. ".h5"
    net:restore "here"
    net:save(path)
    local loaded = lp.load(path)
    os.remove(path)
    loaded:run(40)
    assert.equal(after, digest(loaded.populations))
  end)

  it("outlive their network for who holds the weights", function()
    local function weights()
      local net, _, list = build()
      local w = list[4].w
      net:run(20)
      assert.equal(9, away(list))
      return w
    end
    local w = weights()
    collectgarbage()
    collectgarbage()
    assert.is_true(w:eq(before[4].w):all())
  end)

  it("are left when projections come and go", function()
    local function change(watched)
      local net, cells, list = build()
      if watched then for _, proj in ipairs(list) do net:record(proj, "w", { every = 20 }) end end
      net:run(20)
      local more = net:project { from = cells[1], to = cells[2], target = "syn", connect = lp.fixed_probability(0.2), weights = 0.01, delays = lp.uniform(1, 5) }
      net:run(20)
      more:remove()
      if not watched then list[3]:remove() else net:remove(net.recordings[3]) list[3]:remove() end
      net:run(20)
      return digest(cells)
    end
    assert.equal(change(true), change(false))
  end)

  it("are read by rules of other projections", function()
    local net, cells, list = build()
    net:run(20)
    assert.equal(9, away(list))
    local rule = net:project { from = cells[1], to = cells[1], connect = lp.one_to_one(), refs = { other = list[1] },
      synapse = lp.synapse { equations = "x = mean(other.w)" } }
    net:run(1)
    assert.near(before[1].w:mean(), rule.x[1], 1e-15)
  end)
end)
