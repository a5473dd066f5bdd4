-- What is kept of each spike: values of variables as the spike finds them, before the reset; and spikes of axons alone.
local lp = require "lunapse"

local equations = [[
  dv/dt = (I - v)/10 + 0.2*xi : init = 0
  u = 2*v
  da/dt = -a/5
]]

local function build(opt)
  local net = lp.network { dt = 0.1, seed = 3, tier = opt.tier, threads = opt.threads, precision = opt.precision }
  local cells = net:population { name = "cells", size = 50, neuron = lp.neuron {
    parameters = "I = 1\nK = 2", equations = equations, spike = "v > 0.8", reset = "v = 0; a += 1; u = -1", refractory = 1,
    axon_spike = "v > 0.7 and v < 0.75", axon_reset = "a += 0.5" } }
  cells.I = lp.linspace(1, 2, 50)
  return net, cells, net:record(cells, "spike", { with = { "v", "u", "a", "I", "K" }, file = opt.file }), net:record(cells, "axon_spike", { with = "v" })
end

local function assert_equal(a, b, what) assert.same(a:table(), b:table(), what) end

describe("a recording of spikes with values", function()
  it("has those before the reset", function()
    local net, cells, spikes, axons = build {}
    local v = net:record(cells, "v")
    net:run(40)
    assert.is_true(#spikes.t > 100)
    assert.equal(#spikes.t, #spikes.v)
    assert.is_true(spikes.v:min() > 0.8 and spikes.v:max() < 1.5)
    assert_equal(spikes.v * 2, spikes.u)
    for k = 1, #spikes.t do
      assert.equal(cells.I[spikes.neuron[k]], spikes.I[k])
      assert.equal(0, v.v:get(spikes.step[k] + 1, spikes.neuron[k]))          -- what a recording of rows shows of the same step
    end
    assert.equal(2, spikes.K:min())
    assert.is_true(#axons.t > #spikes.t and axons.v:min() > 0.7 and axons.v:max() < 0.75)
    assert.truthy(tostring(spikes):find("spikes of 50 neurons with v, u, a, I, K in", 1, true))
    assert.truthy(tostring(axons):find("axon spikes of 50 neurons with v in", 1, true))
  end)

  it("has the same bits on any number of threads and in both tiers", function()
    for _, precision in ipairs { "float64", "float32" } do
      local net, _, spikes, axons = build { tier = "interpreter", threads = 1, precision = precision }
      net:run(30)
      for _, how in ipairs { { "native", 1 }, { "native", 2 }, { "interpreter", 3 } } do
        local other, _, s, x = build { tier = how[1], threads = how[2], precision = precision }
        other:run(30)
        for _, name in ipairs { "t", "neuron", "v", "u", "a" } do assert_equal(spikes[name], s[name], name) end
        assert_equal(axons.v, x.v)
      end
    end
  end)

  it("follows a parameter that gets a value for each neuron", function()
    local net, cells, spikes = build {}
    net:run(20)
    local before = #spikes.t
    cells.K = "i"
    net:run(20)
    for k = 1, #spikes.t do assert.equal(k <= before and 2 or spikes.neuron[k], spikes.K[k]) end
  end)

  it("goes over the neurons of a view, in their order", function()
    local net, cells, all = build {}
    local some = net:record(cells:select { 7, 3, 5 }, "spike", { with = { "v" } })
    net:run(40)
    local wanted = {}
    for k = 1, #all.t do
      local n = all.neuron[k]
      if n == 3 or n == 5 or n == 7 then wanted[#wanted + 1] = all.v[k] end
    end
    assert.same(wanted, some.v:table())
    assert.equal(3, #some:rates())
  end)

  it("pauses, is cut by a window, and is cleared", function()
    local net, _, spikes = build {}
    net:run(10)
    spikes:pause()
    net:run(10)
    spikes:resume()
    net:run(10)
    local late = spikes:window(20, 30)
    assert.equal(#late.t, #late.v)
    assert_equal(spikes.v[spikes.t:ge(20)], late.v)
    spikes:clear()
    assert.equal(0, #spikes.v)
  end)

  it("is stored, saved, loaded and written", function()
    local path = os.tmpname()
    local net, _, spikes = build {}
    net:run(20)
    net:store()
    net:save(path .. ".h5")
    net:run(20)
    local v = spikes.v:copy()
    net:restore()
    net:run(20)
    assert_equal(v, spikes.v)
    local again = lp.load(path .. ".h5")
    again:run(20)
    assert_equal(v, again.recordings[1].v)
    assert.truthy(tostring(again.recordings[2]):find("axon spikes", 1, true))
    spikes:save(path .. ".csv")
    assert_equal(v, lp.read(path .. ".csv").v)
    spikes:save(path .. ".npz")
    assert_equal(v, lp.read(path .. ".npz").v)
    spikes:save(path .. ".rows.h5")
    assert_equal(v, lp.read(path .. ".rows.h5").spikes.cells.v)
    for _, ending in ipairs { "", ".h5", ".csv", ".npz", ".rows.h5" } do os.remove(path .. ending) end
  end)

  it("fills a file", function()
    local path = os.tmpname() .. ".h5"
    local plain, _, kept = build {}
    plain:run(40)
    local net, _, spikes = build { file = path }
    net:run(20)
    net:store()
    net:run(30)
    net:restore()
    net:run(20)
    assert_equal(kept.v, spikes.v)
    assert_equal(kept.a, spikes.a)
    assert_equal(kept.v, lp.read(path, "spikes/cells/v"))
    os.remove(path)
  end)

  it("is stored in the middle of a step", function()
    local net, _, spikes = build {}
    net:every(10, function() if net.t > 15 and net.t < 25 then net:store "there" end end)
    net:run(40)
    local v = spikes.v:copy()
    net:restore "there"
    net:run(40 - net.t)
    assert_equal(v, spikes.v)
  end)

  it("refuses what it cannot mean", function()
    local net, cells = build {}
    local function refused(message, ...)
      local ok, e = pcall(net.record, net, ...)
      assert.is_false(ok)
      assert.truthy(tostring(e):find(message, 1, true), tostring(e))
    end
    refused("unknown variable 'vv': did you mean 'v'?", cells, "spike", { with = { "vv" } })
    refused("'v' is named twice", cells, "spike", { with = { "v", "v" } })
    refused("option 'with' is of recordings of spikes", cells, "v", { with = "u" })
    refused("'spike' is recorded by itself; what is wanted at each spike is option 'with'", cells, { "spike", "v" })
    refused("emits no axon spikes", net:poisson { size = 3, rates = 10 }, "axon_spike")
    local n = net:population { size = 1, neuron = lp.neuron { equations = "n = 1", spike = "n > 2" } }
    refused("'n' cannot be kept with spikes: a recording of spikes has something else of that name", n, "spike", { with = "n" })
  end)
end)
