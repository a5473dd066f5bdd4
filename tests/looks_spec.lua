-- What is defined (`m := ...`) can be recorded, read as a reference and in texts of connections; nobody can write it.
local lp = require "lunapse"

local Cell = lp.neuron {
  name = "Cell", parameters = "k = 2\ng = 3 : population",
  equations = "m := v*k + spread\nu := v*k\nq := 2*g\nhigh := v > 2\nspread := mean(v)\nin_now := sum(exc)\ndv/dt = -v/10 + sum(exc)/100 : init = 1, rk4",
  spike = "v > 4", reset = "v = 0",
}

local function build(opt)
  local net = lp.network { dt = 1, tier = opt and opt.tier, threads = opt and opt.threads, seed = 2 }
  local cells = net:population { name = "cells", size = 3, neuron = Cell }
  cells.v = { 1, 2, 3 }
  local source = net:poisson { size = 40, rates = 100 }
  local input = net:population { size = 3, neuron = lp.neuron { equations = "r = 10*i + t" } }
  net:project { from = input, to = cells, target = "exc", synapse = lp.models.rate, connect = lp.one_to_one(), weights = 1 }
  return net, cells, source
end

local function refused(message, f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  assert.truthy(tostring(e):find(message, 1, true), tostring(e))
end

describe("a recording of what is defined", function()
  it("has the values of the state in the same row, in both tiers and on any number of threads", function()
    local first
    for _, how in ipairs { { "interpreter", 1 }, { "native", 1 }, { "native", 2 } } do
      local net, cells = build { tier = how[1], threads = how[2] }
      local r = net:record(cells, { "v", "m", "high", "in_now" })
      local q = net:record(cells, "q", { every = 5 })
      net:run(10)
      cells.k = { 2, 5, 7 }
      cells.g = 4
      net:run(20)
      for row = 1, 30 do
        local v = r.v[row]
        for j = 1, 3 do
          local k = row > 10 and ({ 2, 5, 7 })[j] or 2
          assert.is_true(math.abs(v[j] * k + v:mean() - r.m:get(row, j)) < 1e-13)
          assert.equal(v[j] > 2 and 1 or 0, r.high:get(row, j))
          assert.equal(10 * j + row - 2, row > 2 and r.in_now:get(row, j) or 10 * j + row - 2)
        end
      end
      assert.same({ 6, 6, 8, 8, 8, 8 }, q.q:flatten():table())
      first = first or r.m:flatten():table()
      assert.same(first, r.m:flatten():table())
    end
  end)

  it("takes part in nothing else: bits stay what they were", function()
    local plain, a = build()
    plain:run(30)
    local net, b = build()
    net:record(b, "m")
    net:record(b, "spike", { with = "m" })
    net:run(30)
    assert.same(a.v:table(), b.v:table())
  end)

  it("is one of values at spikes, before the reset", function()
    for _, threads in ipairs { 1, 2 } do
      local net, cells = build { threads = threads }
      cells.k = { 2, 5, 7 }
      local s = net:record(cells, "spike", { with = { "v", "high", "m", "spread" } })
      local late = net:record(cells:slice(3, 3), "spike", { with = { "in_now" } })
      net:run(60)
      assert.is_true(#s.t > 3 and s.v:min() > 4 and s.high:min() == 1)
      for n = 1, #s.t do assert.equal(s.v[n] * cells.k[s.neuron[n]] + s.spread[n], s.m[n]) end
      assert.equal(#late.t, #late.in_now)
    end
  end)

  it("goes over synapses, with their traces, as they come and go", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net, cells, source = build { tier = tier }
      local rule = lp.synapse { parameters = "a = 2", equations = "dx/dt = -x/20 : event-driven\ny := a*w + x + post.m\nz := post.m + post.k\ndone := 7*a",
        pre_spike = "post.v += 0*w; x += 1; w += 0.01" }
      local p = net:project { from = source, to = cells, synapse = rule, connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 1) }
      local r, parts, narrow, wide = net:record(p, "y"), net:record(p, "w"), net:record(p, "z"), net:record(p, "done")
      local m, x = net:record(cells, "m"), net:record(p, "x")
      net:run(20)
      for k = 1, p.size do
        assert.is_true(math.abs(2 * parts.w:get(20, k) + x.x:get(20, p.pre[k]) + m.m:get(20, p.post[k]) - r.y:get(20, k)) < 1e-12)
        assert.equal(m.m:get(20, p.post[k]) + 2, narrow.z:get(20, p.post[k]))
      end
      local n = p.size
      p:prune "i < 10"
      net:run(5)
      assert.is_true(p.size < n)
      local y = r.y[25]
      assert.equal(p.size, y:isfinite():count())
      assert.same({ 25, 14 }, { #wide.done, wide.done:max() })
    end
  end)

  it("is stored, saved, loaded and kept in files", function()
    local path = os.tmpname()
    local net, cells = build()
    local r = net:record(cells, "m", { file = path .. ".rows.h5" })
    local s = net:record(cells, "spike", { with = { "m" } })
    net:run(20)
    net:store()
    net:save(path .. ".h5")
    net:run(20)
    local m, at = r.m:copy(), s.m:copy()
    net:restore()
    net:run(20)
    assert.same(m:flatten():table(), r.m:flatten():table())
    local again = lp.load(path .. ".h5", { warnings = false })
    again:run(20)
    assert.same(at:table(), again.recordings[2].m:table())
    assert.equal(m:get(40, 2), again.recordings[1].m:get(20, 2))
    for _, ending in ipairs { "", ".h5", ".rows.h5" } do os.remove(path .. ending) end
  end)
end)

describe("what is defined", function()
  it("is read of a referenced population", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net, cells = build { tier = tier }
      local b = net:population { size = 3, neuron = lp.neuron { equations = "z = o.m + o.q" }, refs = { o = cells } }
      local p = net:project { from = cells, to = cells, connect = lp.one_to_one(), synapse = lp.synapse { equations = "w = o.m : local" },
        refs = { o = { cells, by = "post" } } }
      net:run(1)
      for k = 1, 3 do
        assert.equal(cells.m[k] + 6, b.z[k])
        assert.equal(cells.m[p.post[k]], p.w[k])
      end
    end
  end)

  it("may decide who is joined, and how strongly", function()
    local net, cells = build()
    local u = cells.u:table()
    local p = net:project { from = cells, to = cells, connect = "pre.m > post.m", weights = "pre.u - post.u", synapse = lp.synapse { equations = "x = w" } }
    assert.equal(3, p.size)
    for k = 1, 3 do assert.equal(u[p.pre[k]] - u[p.post[k]], p.w[k]) end
  end)

  it("is written by nobody, and says so", function()
    local net, cells = build()
    local function join(synapse) return net:project { from = cells, to = cells, connect = lp.one_to_one(), synapse = lp.synapse(synapse) } end
    refused("population 'cells', m is defined: m := v*k + spread", function() cells.m = 3 end)
    refused("m is defined", function() cells:slice(1, 2).m[1] = 3 end)
    refused("drive: m is defined: m := v*k + spread", function()
      net:population { size = 3, neuron = Cell, drive = { m = lp.timed_array({ 1, 2 }, { dt = 1 }) } }
    end)
    refused("'m' is defined by the model (':='): nobody can write it", cells.run_regularly, cells, "m += 1", { every = 1 })
    refused("'post.m' is defined: m := v*k + spread", join, { pre_spike = "post.m += 1" })
    refused("'post.m' is defined: m := v*k + spread", join, { equations = "post.m = sum(w)" })
    refused("'pre.m' is defined", join, { equations = "x = mean(pre.m)" })
    refused("m is defined", net.poisson_input, net, { to = cells, variable = "m", rate = 1, n = 1, weight = 1 })
    refused("'o.m' is defined", function()
      net:population { size = 3, neuron = lp.neuron { equations = "z = mean(o.m)" }, refs = { o = cells } }
    end)
    refused("mean over a population takes the name of a variable", lp.neuron, { equations = "m := i\nz = mean(m)" })
  end)
end)
