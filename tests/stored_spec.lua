-- States that are stored and put back: what runs then has the same bits as if nothing had happened in between.

local lp = require "lunapse"
local stored = require "lunapse.network.stored"

local CELL = lp.neuron { name = "cell", parameters = "tau = 10\nI = 0\ngain = 0", equations = [[
    slow = slow + Uniform(0, 1) : every = 5, init = Uniform(0, 1)
    tau * dv/dt = I + gain + g_exc - v + 0.1 * xi * sqrt(tau) : init = Uniform(0, 1)
  ]], spike = "v > 1", reset = "v = 0", refractory = 2, axon_spike = "v > 0.9", axon_reset = "slow += 1" }
local RATED = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = sum(exc) - r + 1" }
local GROWING = lp.synapse { name = "growing", parameters = "tau = 20\nstep = 0.1", equations = [[
    tau * dx/dt = -x : event-driven
    post.gain = sum(w)
  ]], pre_spike = "g_target += w ; x += step", post_spike = "w += 0.001 * x", pruning = "w < 0.12", creating = "i != j : proba = 0.01, w = 0.1" }
local HEBB = lp.synapse { name = "Hebb", equations = "dw/dt = 1e-6 * pre.r * post.r", psp = "w * pre.r" }

--- A network of everything: noise, given spikes that repeat, refractory cells with noise of their own on a second clock, rates with delays, synapses that come
--- and go, traces of events, a rate window, texts and functions now and then, recordings of all kinds.
local function everything(opt)
  local net = lp.network { dt = 0.5, seed = 5, tier = opt.tier or "interpreter", threads = opt.threads, precision = opt.precision, warnings = false }
  local log = net:keep("log", { n = 0, times = {} })
  local noise = net:poisson { name = "noise", size = 40, rates = lp.uniform(100, 300) }
  local given = net:spike_source { name = "given", size = 2, neuron = { 1, 2 }, t = { 3, 5 }, period = 9 }
  local cells = net:population { name = "cells", size = 20, neuron = CELL, parameters = { I = 0.8 } }
  local coarse = net:population { name = "coarse", size = 5, neuron = CELL, dt = 1, parameters = { I = 1.2 } }
  local rated = net:population { name = "rated", size = 4, neuron = RATED }
  cells:compute_rate(10)
  net:project { name = "feed", from = noise, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.3),
    delays = lp.uniform(0.5, 45) }
  net:project { name = "pairs", from = given, to = cells, target = "exc", connect = lp.pairs({ 1, 2, 1 }, { 3, 1, 2 }), weights = { 1, 2, 3 }, delays = { 2, 1, 3 } }
  net:project { name = "across", from = cells, to = coarse, target = "exc", connect = lp.all_to_all(), weights = 0.05, delays = 2 }
  local growing = net:project { name = "growing", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0.1, 0.2),
    synapse = GROWING }
  net:project { name = "late", from = rated, to = rated, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.1), delays = 4, synapse = HEBB }
  growing:start_pruning { every = 10 }
  growing:start_creating { every = 10 }
  cells:run_regularly("v *= 0.9", { every = 4, when = "start" })
  net:every(7, function(t)
    log.n = log.n + 1
    log.times[log.n] = t
    cells.v[1] = 0.5
  end)
  net:at({ 33, 61 }, function() noise.rates = lp.uniform(50, 100) end)
  net:record(cells, "spike")
  net:record(cells, { "v", "slow" }, { every = 2, of = { 1, 2 } })
  net:record(growing, { "w", "x" }, { every = 5 })
  return net, log
end

--- Names of what differs between the network now and a brief of another time.
local function differences(net, brief) return table.concat(stored.differences(brief, stored.digest(net)), ", ") end

describe("a stored state", function()
  for _, opt in ipairs { {}, { tier = "native" }, { threads = 3 }, { precision = "float32" } } do
    it(("goes on with the same bits, with any neighbours in time (%s, %d threads, %s)"):format(opt.tier or "interpreter", opt.threads or 1, opt.precision or "float64"), function()
      local net = everything(opt)
      for _, t in ipairs { 0, 1, 20.5, 32, 33, 50 } do
        net:run(t - net.t)
        net:store("at " .. t)
      end
      net:run(50)
      local last = stored.digest(net)
      for _, t in ipairs { 50, 0, 33, 20.5, 1, 32, 32 } do
        net:restore("at " .. t)
        assert.equal(t, net.t)
        net:run(100 - t)
        assert.equal("", differences(net, last), ("from %g ms"):format(t))
      end
    end)
  end

  it("is taken and put back without leaving a trace", function()
    local net, other = everything {}, everything {}
    net:run(40)
    other:run(40)
    net:store():restore():store()
    net:restore()
    net:run(30)
    other:run(30)
    assert.equal("", differences(net, stored.digest(other)))
  end)

  it("undoes whatever a script did meanwhile", function()
    local net = everything {}
    local cells, growing, feed = net.populations.cells, net.projections.growing, net.projections.feed
    net:run(30)
    net:store "before"
    net:run(20)
    local last = stored.digest(net)
    local changes = {
      function() cells.tau = lp.uniform(5, 20) end,
      function() cells.v, growing.w = 0, 0.3 end,
      function() growing:prune "w < 0.15" end,
      function() growing:disable_learning() end,
      function() growing.step = lp.uniform(0, 1) end,
      function()
        local i, j = feed.pre[1], feed.post[1]
        feed:prune { 1 }
        feed:create_synapse(i, j, 1, 3)
      end,
      function() net.populations.noise.rates = 5 end,
      function() net.populations.given:set_spikes({ 1 }, { 80 }) end,
      function() net:reset { populations = true, synapses = true, weights = true, recordings = true } end,
      function() net.recordings[1]:pause() end,
      function() for _, o in ipairs(net.operations) do o:stop() end end,
      function() net.operations[3].every = 3 end,
      function() net:draw(lp.uniform(0, 1), 3) end,
      function() net.projections.pairs:prune { 1 } end,
    }
    for k, change in ipairs(changes) do
      change()
      net:run(13)
      net:restore "before"
      net:run(20)
      assert.equal("", differences(net, last), "change " .. k)
    end
  end)

  it("is taken in the middle of a step by a function too", function()
    local net, log = everything {}
    net:every(7, function(t) if t == 21 then net:store "in a step" end end, { when = "start" })
    net:run(60)
    local last = stored.digest(net)
    net:restore "in a step"
    assert.equal(21, net.t)
    assert.equal(3, log.n)
    net:run(60 - net.t)
    assert.equal("", differences(net, last))
  end)

  it("lets many trials fill one recording", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local noise = net:poisson { size = 10, rates = 100 }
    net:run(10)
    net:store "trained"
    local spikes = net:record(noise, "spike")
    local rates = net:record(noise, "spike")
    net:run(50)
    local n = spikes:count()
    assert.is_true(n > 20)
    net:restore("trained", { recordings = false })
    net:run(50)
    assert.equal(2 * n, spikes:count())
    assert.same(spikes.t:slice(1, n):table(), spikes.t:slice(n + 1, 2 * n):table())
    net:restore "trained"
    assert.equal(0, rates:count())
    net:run(50)
    assert.equal(n, rates:count())
    assert.equal(10, rates.from)
  end)

  it("leaves what is younger: it begins at the time of the state", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local cells = net:population { size = 3, neuron = RATED }
    net:run(10)
    net:store()
    net:run(10)
    local times = {}
    local late = net:every(4, function(t) times[#times + 1] = t end)
    net:run(10)
    assert.same({ 24, 28 }, times)
    net:restore()
    times = {}
    net:run(10)
    assert.same({ 12, 16, 20 }, times)
    assert.equal(3, late.calls)
    local rows = net:record(cells, "r", { every = 5 })
    net:run(10)
    net:restore()
    net:run(10)
    assert.same({ 15, 20 }, rows.t:table())
  end)

  it("gives back operations of one time that were over", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local times = {}
    net:at({ 5, 15 }, function(t) times[#times + 1] = t end)
    net:store "first"
    net:run(10)
    net:store "second"
    net:run(10)
    assert.equal(0, #net.operations)
    net:restore "first"
    assert.equal(2, #net.operations)
    net:run(20)
    net:restore "second"
    assert.equal(1, #net.operations)
    net:run(10)
    assert.same({ 5, 15, 5, 15, 15 }, times)
  end)

  it("tells arrays that were read of another state apart", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local cells = net:population { name = "E", size = 3, neuron = RATED }
    net:store()
    cells.tau = { 1, 2, 3 }
    local tau = cells.tau
    tau[1] = 5
    net:restore()
    assert.same({ 10, 10, 10 }, cells.tau:table())
    assert.has_error(function() tau[1] = 7 end, "population 'E', tau: this array was read when it had 3 elements or another state was there: read it anew")
    cells.tau[2] = 4
    assert.same({ 10, 4, 10 }, cells.tau:table())
  end)

  it("keeps tables of the script, which stay the same tables", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local log = net:keep("log", { n = 1, list = { 1, 2 }, name = "a", a = lp.zeros(2) })
    net:store()
    log.n, log.list[3], log.name, log.more = 5, 3, "b", true
    log.a[1] = 7
    net:restore()
    assert.same({ 1, 2 }, log.list)
    assert.equal(1, log.n)
    assert.equal("a", log.name)
    assert.is_nil(log.more)
    assert.same({ 0, 0 }, log.a:table())
    assert.equal(log, net:keep("log", log))
    assert.has_error(function() net:keep("f", 3) end, "net:keep: 'f' must be a table, got 3")
    assert.has_error(function() net:keep({}, {}) end)
  end)

  it("refuses what cannot be, and leaves everything as it was", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    assert.has_error(function() net:restore "x" end, "net:restore: no state was stored: call net:store first")
    local cells = net:population { name = "E", size = 3, neuron = RATED }
    net:store "trained"
    assert.has_error(function() net:restore "traned" end, "net:restore: unknown state 'traned': did you mean 'trained'?")
    assert.has_error(function() net:restore("trained", { recording = false }) end)
    assert.has_error(function() net:store(3) end, "net:store: a name expected, got 3")
    net:run(5)
    local r = cells.r[1]
    net:every(1, function() net:restore "trained" end)
    assert.error_matches(function() net:run(1) end, "net:restore: the network is running: a state is put back between runs")
    net:population { name = "I", size = 3, neuron = RATED }
    assert.has_error(function() net:restore "trained" end, "net:restore: state 'trained': population 'I' was made after the state was stored")
    assert.is_true(cells.r[1] >= r)
  end)
end)
