-- net:reset: what is put back to its beginning, and what stays.

local lp = require "lunapse"

local INPUT = lp.neuron { name = "input", equations = "x = g_exc", spike = "x > 1e9" }
local RATED = lp.neuron { name = "rated", parameters = "b = 1", equations = "r = b + sum(exc)" }

local function network(opt)
  local net = lp.network { dt = 1, tier = "interpreter", warnings = false, seed = opt and opt.seed }
  return net
end

describe("net:reset", function()
  it("forgets spikes that are under way", function()
    local net = network()
    local source = net:spike_source { size = 1, neuron = { 1 }, t = { 8 } }
    local cells = net:population { size = 1, neuron = INPUT }
    net:project { from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = 3, delays = 5 }
    local rows = net:record(cells, "x")
    net:run(10):reset()
    net:run(10)
    assert.equal(0, rows.x:max())
    source:set_spikes({ 1, 1 }, { 22, 27 })
    net:run(20)
    assert.equal(6, rows.x:sum())                      -- those that come later arrive
  end)

  it("forgets those that wait for another clock, too", function()
    local net = network()
    local source = net:spike_source { size = 1, neuron = { 1 }, t = { 8 } }
    local cells = net:population { size = 1, neuron = INPUT, dt = 2 }
    net:project { from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = 3, delays = 6 }
    local rows = net:record(cells, "x")
    net:run(10):reset()
    net:run(10)
    assert.equal(0, rows.x:max())
  end)

  it("lets delayed rates have been what they are now", function()
    local net = network()
    local one, other = net:population { size = 1, neuron = RATED }, net:population { size = 1, neuron = RATED, parameters = { b = 0 } }
    net:project { from = one, to = other, target = "exc", connect = lp.all_to_all(), weights = 1, delays = 4 }
    net:run(10)
    assert.equal(1, other.r[1])
    net:reset()
    local rows = net:record(other, "r")
    net:run(6)
    assert.same({ 0, 0, 0, 0, 1, 1 }, rows.r:flatten():table())
  end)

  it("empties the window of rates, and the times of last spikes", function()
    local net = network()
    local fast = lp.neuron { name = "fast", parameters = "on = 1", equations = "x = t - t_last", spike = "on > 0" }
    local cells = net:population { size = 2, neuron = fast }
    cells:compute_rate(10)
    net:run(20)
    assert.equal(1000, cells.r[1])
    cells.on = 0
    net:reset()
    assert.equal(0, cells.r[1])
    net:run(1)
    assert.equal(0, cells.r[2])
    assert.is_true(cells.x[1] > 1e8)
  end)

  it("gives weights the values that they were made with, drawn ones and those of connectors too", function()
    local net = network()
    local cells = net:population { size = 5, neuron = RATED }
    local function make(opt)
      opt.from, opt.to, opt.target, opt.connect = cells, cells, "exc", opt.connect or lp.all_to_all()
      return net:project(opt)
    end
    local made = { make { weights = 0.5 }, make { weights = lp.uniform(0, 1) }, make { weights = "Uniform(0, 1) + 1" },
      make { connect = lp.pairs({ 1, 3, 2 }, { 2, 2, 1 }), weights = { 7, 8, 9 } }, make { connect = lp.matrix { { 0, 1, 2, 0, 0 }, { 3, 0, 0, 0, 0 } , { 0, 0, 0, 0, 0 },
        { 0, 0, 0, 0, 0 }, { 0, 0, 4, 0, 0 } } }, make { connect = lp.fixed_probability(0.5), weights = function(i, j) return i * 10 + j end } }
    local before, draws = {}, net._draws
    for k, p in ipairs(made) do
      before[k] = p.w:table()
      p.w = lp.uniform(5, 6)
    end
    net:reset { weights = true }
    for k, p in ipairs(made) do assert.same(before[k], p.w:table(), k) end
    assert.equal(draws + #made, net._draws)
    net:reset()
    for k, p in ipairs(made) do assert.same(before[k], p.w:table(), k) end
  end)

  it("does only what its options say", function()
    local net = network()
    local cells = net:population { size = 2, neuron = RATED }
    local rows = net:record(cells, "r")
    net:run(3)
    net:reset { recordings = true }
    assert.equal(0, rows:count())
    assert.equal(1, cells.r[1])
    net:run(2)
    net:reset { populations = true }
    assert.equal(0, cells.r[1])
    assert.equal(2, rows:count())
    assert.equal(5, net.t)
    assert.has_error(function() net:reset { weight = true } end)
    assert.has_error(function() net.reset { weights = true } end)
  end)
end)
