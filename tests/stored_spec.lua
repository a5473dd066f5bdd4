-- States that are stored and put back: what runs then has the same bits as if nothing had happened in between.

local lp = require "lunapse"
local stored = require "lunapse.network.stored"

local everything = dofile "tests/everything.lua"
local RATED = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = sum(exc) - r + 1" }

local folder
setup(function() folder = io.popen("mktemp -d"):read "l" end)
teardown(function() os.execute("rm -rf " .. folder) end)

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

  it("goes on with other noise where another seed is given, the same for the same seed, however it came there", function()
    local net = everything {}
    net:run(30):store():save(folder .. "/seeds.h5")
    local rates = net.populations.noise.rates:copy()
    local function trial(n, name, seed)
      n:restore(name, { seed = seed })
      assert.equal(seed or 5, n.seed)
      assert.equal(30, n.t)
      assert.is_true(n.populations.noise.rates == rates)          -- what was drawn before stays
      return stored.digest(n:run(40))
    end
    local own, nine = trial(net), trial(net, "default", 9)
    for _, item in ipairs { "population 'noise'", "population 'cells'", "projection 'growing'", "population 'coarse'", "population 'varying'" } do
      local has = false
      for _, name in ipairs(stored.differences(own, nine)) do has = has or name:sub(1, #item) == item end
      assert.is_true(has, item)
    end
    assert.equal("", table.concat(stored.differences(nine, trial(net, "default", 9)), ", "))
    assert.equal("", table.concat(stored.differences(own, trial(net)), ", "))
    assert.equal("", table.concat(stored.differences(own, trial(net, "default", 5)), ", "))
    for _, opt in ipairs { { seed = 9, threads = 2 }, { seed = 4, tier = "native" } } do          -- nothing of the first seed is left
      assert.equal("", table.concat(stored.differences(nine, trial(everything(opt), folder .. "/seeds.h5", 9)), ", "))
    end
    net:restore("default", { seed = 9 }):run(7):store "on"
    assert.equal(9, net:restore().seed == 5 and net:restore("on").seed)
    assert.has_error(function() net:restore("default", { seed = -1 }) end, "net:restore: seed must be a whole number of at least 0, got -1")
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
