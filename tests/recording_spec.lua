--- Recordings: rows, times and columns, exactly; what is left of them when a run ends early; what outlives what.
local lp = require "lunapse"
local compare = require "tests.compare"
local all_near = compare.all_near

local COUNTER = lp.neuron { parameters = { a = 1 }, equations = "v = v + a : init = 0, local; u = 10 * v : local" }

--- Three neurons whose v counts steps: 1, 10 and 100 a step.
local function make(opt)
  local net = lp.network(opt or { dt = 1 })
  return net, net:population { name = "p", size = 3, neuron = COUNTER, parameters = { a = { 1, 10, 100 } } }
end

describe("variables", function()
  it("of every step: the state at the end of it", function()
    local net, p = make()
    local r = net:record(p, "v")
    net:run(3)
    assert.are.same({ 1, 2, 3 }, r.t:table())
    assert.are.same({ { 1, 10, 100 }, { 2, 20, 200 }, { 3, 30, 300 } }, r.v:table())
    assert.are.equal(3, r:count())
  end)
  it("several together", function()
    local net, p = make()
    local r = net:record(p, { "u", "v" })
    net:run(2)
    assert.are.same({ { 10, 100, 1000 }, { 20, 200, 2000 } }, r.u:table())
    assert.are.same({ { 1, 10, 100 }, { 2, 20, 200 } }, r.v:table())
  end)
  it("parameters, as they change", function()
    local net, p = make()
    local r = net:record(p, "a")
    net:run(1)
    p.a[2] = 5
    net:run(1)
    assert.are.same({ { 1, 10, 100 }, { 1, 5, 100 } }, r.a:table())
  end)
  it("in steps that end at multiples of a period", function()
    local net, p = make { dt = 0.1 }
    local r = net:record(p, "v", { every = 0.5 })
    net:run(1.7)
    all_near({ 0.5, 1, 1.5 }, r.t)
    assert.are.same({ 5, 10, 15 }, r.v:column(1):table())
  end)
  it("with a period that is no multiple of dt: the first step at or after", function()
    local net, p = make()
    local r = net:record(p, "v", { every = 1.5 })
    net:run(6)
    assert.are.same({ 2, 3, 5, 6 }, r.t:table())
  end)
  it("made in the middle: multiples of the period, not of when it was made", function()
    local net, p = make()
    net:run(3)
    local r = net:record(p, "v", { every = 2 })
    net:run(4)
    assert.are.same({ 4, 6 }, r.t:table())
  end)
  it("from a time on", function()
    local net, p = make()
    local r = net:record(p, "v", { from = 3 })
    local s = net:record(p, "v", { from = 3, every = 2 })
    local now = net:record(p, "v", { from = 0 })
    net:run(6)
    assert.are.same({ 4, 5, 6 }, r.t:table())
    assert.are.same({ 4, 6 }, s.t:table())
    assert.are.equal(6, now:count())
  end)
  it("of some neurons, in the order given", function()
    local net, p = make()
    local r, s, t = net:record(p, "v", { of = { 3, 1 } }), net:record(p:slice(2, 3), "v"), net:record(p:select { 2, 1 }, "v")
    net:run(2)
    assert.are.same({ { 100, 1 }, { 200, 2 } }, r.v:table())
    assert.are.same({ { 10, 100 }, { 20, 200 } }, s.v:table())
    assert.are.same({ { 10, 1 }, { 20, 2 } }, t.v:table())
  end)
  it("without rows yet", function()
    local net, p = make()
    local r = net:record(p, "v")
    assert.are.equal(0, r:count())
    assert.are.equal(0, #r.t)
    assert.are.equal(0, #r.v)
  end)
  it("in float32 networks have that type", function()
    local net, p = make { dt = 1, precision = "float32" }
    local r, s = net:record(p, "v"), net:record(p, "v", { of = { 2 } })
    net:run(2)
    assert.are.equal("float32", r.v:type())
    assert.are.same({ { 10 }, { 20 } }, s.v:table())
    assert.are.same({ { 1, 10, 100 }, { 2, 20, 200 } }, r.v:table())
  end)
  it("one for all has one column", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = COUNTER }
    local r = net:record(p, "a")
    net:run(2)
    assert.are.same({ { 1 }, { 1 } }, r.a:table())
  end)
  it("one for all that becomes one each: earlier rows repeat their value", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = COUNTER }
    local r = net:record(p, "a")
    net:run(2)
    p.a = { 1, 2, 3 }
    net:run(1)
    assert.are.same({ { 1, 1, 1 }, { 1, 1, 1 }, { 1, 2, 3 } }, r.a:table())
    assert.are.same({ 1, 2, 3 }, r.t:table())
  end)
  it("of other variables go on while a parameter becomes one each", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = COUNTER }
    local r = net:record(p, "v")
    net:run(1)
    p.a = { 1, 2, 3 }
    net:run(1)
    p.v = 7
    net:run(1)
    assert.are.same({ { 1, 1, 1 }, { 2, 3, 4 }, { 8, 9, 10 } }, r.v:table())
  end)
end)

describe("pausing and clearing", function()
  it("rows are missing while paused", function()
    local net, p = make()
    local r = net:record(p, "v", { every = 2 })
    net:run(3)
    r:pause()
    net:run(4)
    r:resume()
    net:run(3)
    assert.are.same({ 2, 8, 10 }, r.t:table())
  end)
  it("clearing starts anew", function()
    local net, p = make()
    local r = net:record(p, "v")
    net:run(2)
    assert.are.equal(2, #r.v)
    r:clear()
    assert.are.equal(0, #r.v)
    net:run(2)
    assert.are.same({ 3, 4 }, r.t:table())
    assert.are.same({ { 3, 30, 300 }, { 4, 40, 400 } }, r.v:table())
  end)
  it("as many rows again after clearing are not the old ones", function()
    local net, p = make()
    local r = net:record(p, "v")
    net:run(2)
    local _ = r.v
    net:at(4, function()
      r:clear()
      p.v = 0
    end)
    net:run(2)
    assert.are.same({ { 0, 0, 0 } }, r.v:table())
  end)
  it("of spikes", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 2, spikes = { { 0, 1, 2, 3, 4, 5 }, { 1, 3, 5 } } }
    local r = net:record(s, "spike")
    net:run(2)
    r:pause()
    net:run(2)
    r:resume()
    net:run(1)
    assert.are.same({ 0, 1, 1, 4 }, r.t:table())
    r:clear()
    assert.are.equal(0, r:count())
    assert.are.equal(5, r.from)
    net:run(1)
    assert.are.same({ 5, 5 }, r.t:table())
    assert.are.equal(6, r.to)
  end)
end)

describe("spikes", function()
  local function source(net) return net:spike_source { size = 4, neuron = { 3, 1, 4, 1 }, t = { 1, 1, 2, 5 } } end

  it("have neuron, time and step, in order", function()
    local net = lp.network { dt = 0.5 }
    local r = net:record(source(net), "spike")
    net:run(6)
    assert.are.same({ 1, 3, 4, 1 }, r.neuron:table())
    assert.are.same({ 1, 1, 2, 5 }, r.t:table())
    assert.are.same({ 2, 2, 4, 10 }, r.step:table())
    assert.are.equal(4, r:count())
    assert.are.equal(4, r.n)
    assert.are.equal(0, r.from)
    assert.are.equal(6, r.to)
  end)
  it("of some neurons", function()
    local net = lp.network { dt = 0.5 }
    local s = source(net)
    local r, q, t = net:record(s, "spike", { of = { 4, 1 } }), net:record(s:slice(2, 4), "spike"), net:record(s:select { 2 }, "spike")
    net:run(6)
    assert.are.same({ 1, 4, 1 }, r.neuron:table())
    assert.are.same({ 1, 2, 5 }, r.t:table())
    assert.are.equal(2, r.n)
    assert.are.same({ 3, 4 }, q.neuron:table())
    assert.are.equal(3, q.n)
    assert.are.equal(0, t:count())
  end)
  it("from a time on", function()
    local net = lp.network { dt = 0.5 }
    local r = net:record(source(net), "spike", { from = 2 })
    net:run(6)
    assert.are.same({ 2, 5 }, r.t:table())
    assert.are.equal(2, r.from)
  end)
  it("of as many as there are", function()
    local net = lp.network { dt = 0.1, seed = 1 }
    local p = net:poisson { size = 300, rates = 300 }
    local r, some = net:record(p, "spike"), net:record(p:slice(100, 200), "spike")
    local total = 0
    net:every(0.1, function() total = total + #p:spikes() end)
    net:run(500)
    assert.are.equal(total, r:count())
    assert.are.equal(total, #r.neuron)
    local n = r.neuron
    assert.are.equal((n:ge(100) & n:le(200)):count(), some:count())
    assert.is_true(r.step:slice(2, -1):ge(r.step:slice(1, -2)):all())
  end)
end)

describe("projections", function()
  it("weights and traces, at the time of the row", function()
    local net = lp.network { dt = 1 }
    local pre, post = net:spike_source { size = 1, spikes = { { 0 } } }, net:spike_source { size = 1, spikes = { { 3 } } }
    local p = net:project { from = pre, to = post, connect = lp.all_to_all(), weights = { 0 }, synapse = lp.synapse { parameters = { tau = 10 },
      equations = "tau * dx/dt = -x : event-driven", pre_spike = "x += 1", post_spike = "w += x" } }
    local r, s = net:record(p, "w"), net:record(p, "x", { every = 2 })
    net:run(6)
    all_near({ 0, 0, 0, math.exp(-0.25), math.exp(-0.25), math.exp(-0.25) }, r.w:column(1))
    assert.are.same({ 2, 4, 6 }, s.t:table())
    all_near({ math.exp(-0.05), math.exp(-0.25), math.exp(-0.45) }, s.x:column(1))
  end)
  it("of some synapses", function()
    local net = lp.network { dt = 1 }
    local pre, post = net:spike_source { size = 2 }, net:spike_source { size = 3 }
    local p = net:project { from = pre, to = post, connect = lp.all_to_all(), weights = { 1, 2, 3, 4, 5, 6 }, synapse = lp.synapse { post_spike = "w += 1" } }
    local r = net:record(p, "w", { of = { 6, 2 } })
    net:run(1)
    assert.are.same({ { 6, 2 } }, r.w:table())
  end)
  it("a weight for all that becomes one each", function()
    local net = lp.network { dt = 1 }
    local p = net:project { from = net:spike_source { size = 2 }, to = net:population { size = 1, neuron = lp.neuron { equations = "x = g_exc" } },
      target = "exc", connect = lp.all_to_all(), weights = 3 }
    local r = net:record(p, "w")
    net:run(1)
    p.w = { 4, 5 }
    net:run(1)
    assert.are.same({ { 3, 3 }, { 4, 5 } }, r.w:table())
  end)
end)

describe("reading", function()
  it("during a run: what there is so far", function()
    local net, p = make()
    local r, s = net:record(p, "v"), net:record(net:spike_source { size = 1, spikes = { { 0, 1, 2, 3 } } }, "spike")
    local seen = {}
    net:every(1, function() seen[#seen + 1] = ("%d/%d/%d"):format(#r.t, #r.v, s:count()) end)
    net:every(1, function() seen[#seen + 1] = ("%d/%d/%d"):format(#r.t, #r.v, s:count()) end, { when = "start" })
    net:run(3)
    -- Recordings are made after the operations of a step.
    assert.are.equal("0/0/0 0/0/0 1/1/1 1/1/1 2/2/2 2/2/2", table.concat(seen, " "))
    assert.are.equal(3, #r.v)
  end)
  it("gives copies: later steps and writing do not change them", function()
    local net, p = make()
    local r = net:record(p, "v")
    net:run(1)
    local before = r.v
    before[1][1] = 77
    net:run(1)
    assert.are.equal(1, #before)
    assert.are.same({ { 77, 10, 100 } }, before:table())
    assert.are.same({ { 1, 10, 100 }, { 2, 20, 200 } }, r.v:table())
  end)
  it("a recording made in a function begins with that step", function()
    local net, p = make()
    local r
    net:at(2, function() r = net:record(p, "v") end)
    net:run(4)
    assert.are.same({ 2, 3, 4 }, r.t:table())
  end)
end)

describe("what outlives what", function()
  local function collect()
    collectgarbage()
    collectgarbage()
  end

  it("arrays outlive their network", function()
    local v, w, rows, t, spikes, slice
    do
      local net, p = make()
      local s = net:poisson { size = 5, rates = 1000 }
      local proj = net:project { from = s, to = p, connect = lp.all_to_all(), weights = lp.uniform(1, 2), synapse = lp.synapse { pre_spike = "w += 1" } }
      local r, q = net:record(p, "v"), net:record(s, "spike")
      net:run(5)
      v, w, rows, t, spikes, slice = p.v, proj.w, r.v, r.t, q.neuron, p.v:slice(2, 3)
    end
    collect()
    local rubbish = {}
    for k = 1, 50 do rubbish[k] = lp.array.full(k, 1000) end
    assert.are.equal(50, #rubbish)
    assert.are.same({ 5, 50, 500 }, v:table())
    assert.are.same({ 50, 500 }, slice:table())
    assert.are.equal(15, #w)
    assert.is_true(w:min() > 5)
    assert.are.equal(5, #rows)
    assert.are.same({ 1, 2, 3, 4, 5 }, t:table())
    assert.are.equal(25, #spikes)
    v[1] = 6
    assert.are.equal(6, v[1])
  end)
  it("handles keep their network", function()
    local r, p, o
    do
      local net
      net, p = make()
      r = net:record(p, "v")
      o = net:every(1, function() end)
      net:run(2)
    end
    collect()
    assert.are.equal(2, r:count())
    assert.are.same({ 2, 20, 200 }, p.v:table())
    assert.are.equal(2, o.calls)
    o:stop()
    r:clear()
    p._net:run(1)
    assert.are.same({ { 3, 30, 300 } }, r.v:table())
  end)
  it("a network dropped by its own function while it runs", function()
    local holder = {}
    holder.net = lp.network { dt = 1 }
    local p = holder.net:population { size = 2, neuron = COUNTER }
    local n = 0
    holder.net:every(1, function()
      n = n + 1
      holder.net = nil
      collect()
    end)
    holder.net:run(3)
    assert.are.equal(3, n)
    assert.are.same({ 3, 3 }, p.v:table())
  end)
  it("an array replaced while it is held keeps its last values", function()
    local net = lp.network { dt = 1 }
    local p = net:project { from = net:spike_source { size = 2 }, to = net:spike_source { size = 2 }, connect = lp.all_to_all(),
      synapse = lp.synapse { parameters = { a = 1 }, post_spike = "w += a" } }
    local w = p.w
    p.w, p.a = { 1, 2, 3, 4 }, { 5, 6, 7, 8 }
    net:run(1)
    collect()
    assert.are.equal(4, #p.w)
    assert.is_truthy(w)
  end)
  it("networks that are made and dropped give their memory back", function()
    local function resident()
      local file = io.open "/proc/self/statm"
      if not file then return 0 end
      local pages = tonumber(file:read("a"):match "^%d+ (%d+)")
      file:close()
      return pages * 4096
    end
    local function round()
      local net = lp.network { dt = 1 }
      local p = net:population { size = 20000, neuron = COUNTER }
      local s = net:poisson { size = 100, rates = 100 }
      local proj = net:project { from = s, to = p, connect = lp.fixed_probability(0.1), weights = lp.uniform(0, 1), delays = lp.uniform(1, 5),
        synapse = lp.synapse { parameters = { tau = 10 }, equations = "tau * dx/dt = -x : event-driven", pre_spike = "x += 1; w += x" } }
      net:record(p, "v")
      net:record(s, "spike")
      net:record(proj, "w", { every = 2 })
      net:every(1, function() return proj.w[1] end)
      net:run(5)
    end
    for _ = 1, 5 do round() collect() end
    local before = resident()
    for _ = 1, 40 do round() collect() end
    local grown = (resident() - before) / 1e6
    local host = os.getenv "HOST" or ""
    if host:find "check" or host:find "tsan" then return end      -- sanitizers keep what was freed
    assert(grown < 20, ("%.1f MB more after 40 networks of about 10 MB"):format(grown))
  end)
  it("times at which functions were called leave nothing behind", function()
    local net = lp.network { dt = 1 }
    for k = 1, 100 do net:at(k, function() end) end
    net:run(101)
    assert.are.equal(0, #net.operations)
  end)
end)
