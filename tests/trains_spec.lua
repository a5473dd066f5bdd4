-- Spike trains made by rule: rates, coefficients of variation and correlations as they were asked for.
local lp = require "lunapse"

local function refused(expected, ...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  assert.truthy(tostring(message):find(expected, 1, true), tostring(message))
end

local function near(expected, found, by) assert.is_true(math.abs(expected - found) <= by, ("%g expected, got %g"):format(expected, found)) end

--- Intervals of all trains, by hand.
local function intervals(s)
  local last, list, t, neuron = {}, {}, s.t:table(), s.neuron:table()
  for k = 1, #t do
    local i = neuron[k]
    if last[i] then list[#list + 1] = t[k] - last[i] end
    last[i] = t[k]
  end
  return lp.array(list)
end

--- Counts [neurons][windows].
local function counts(s, width)
  local out = lp.zeros(s.n, math.floor(s.to / width))
  local t, neuron = s.t:table(), s.neuron:table()
  for k = 1, #t do
    local w = math.floor(t[k] / width) + 1
    out:set(neuron[k], w, out:get(neuron[k], w) + 1)
  end
  return out
end

describe("renewal trains", function()
  it("have the rate and the variation that was asked for", function()
    for _, case in ipairs { { "exponential", 1 }, { "gamma", 0.4 }, { "gamma", 1.5 }, { "lognormal", 0.7 }, { "inverse gaussian", 0.8 } } do
      for _, dead in ipairs { 0, 4 } do
        local kind, cv = table.unpack(case)
        local s = lp.renewal_trains { n = 40, rate = 25, duration = 8000, intervals = kind, cv = cv, dead = dead, seed = 3 }
        local d = intervals(s)
        near(25, #s.t / 40 / 8, 25 * 6 * cv / (40 * 200) ^ 0.5 + 0.1)
        near(cv * (40 - dead) / 40, d:std() / d:mean(), 0.07 * cv * cv + 0.02)
        assert.is_true(d:min() >= dead)
      end
    end
  end)

  it("are in equilibrium from the start, and follow a rate that changes", function()
    local s = lp.renewal_trains { n = 4000, rate = 50, duration = 40, intervals = "gamma", cv = 0.3 }
    near(4000 * 50 * 0.005, s.t:lt(5):count(), 5 * (4000 * 50 * 0.005) ^ 0.5)
    near(4000 * 50 * 0.005, (s.t:ge(20) & s.t:lt(25)):count(), 5 * (4000 * 50 * 0.005) ^ 0.5)
    local v = lp.renewal_trains { n = 500, rate = function(t) return t < 500 and 10 or 40 end, duration = 1000, intervals = "gamma", cv = 0.5 }
    near(2500, v.t:lt(500):count(), 200)
    near(10000, v.t:ge(500):count(), 400)
    local each = lp.renewal_trains { n = 2, rate = { 0, 100 }, duration = 1000 }
    assert.equal(0, each.neuron:eq(1):count())
  end)

  it("are the same for one seed, and sent by a source", function()
    local function make(seed) return lp.renewal_trains { n = 5, rate = 40, duration = 500, seed = seed } end
    local s = make(1)
    assert.is_true(s.t:eq(make(1).t):all())
    assert.not_equal(s.t[1], make(2).t[1])
    local net = lp.network {}
    local sent = net:record(net:spike_source { size = s.n, neuron = s.neuron, t = s.t }, "spike")
    net:run(500)
    assert.equal(#s.t, sent:count())
  end)

  it("refuse what cannot be", function()
    refused("did you mean 'rate'?", lp.renewal_trains, { n = 1, rates = 1, duration = 1 })
    refused("option 'intervals' must be", lp.renewal_trains, { n = 1, rate = 1, duration = 1, intervals = "weird" })
    refused("exponential intervals have cv 1", lp.renewal_trains, { n = 1, rate = 1, duration = 1, cv = 2 })
    refused("less than 1/dead, got 300", lp.renewal_trains, { n = 1, rate = 300, duration = 1, dead = 5 })
    refused("at 0.2 ms: a rate of at least 0 Hz expected", lp.renewal_trains, { n = 1, rate = function(t) return t < 0.15 and 1 or -1 end, duration = 1 })
  end)
end)

describe("correlated trains", function()
  it("have the correlation of counts that was asked for", function()
    for _, c in ipairs { 0, 0.2, 0.7 } do
      local s = lp.correlated_trains { n = 12, rate = 20, correlation = c, jitter = 3, duration = 100000 }
      near(20, #s.t / 12 / 100, 1.5)
      local m, sum, pairs_of = counts(s, 100), 0, 0
      for i = 1, 12 do
        for j = 1, i - 1 do sum, pairs_of = sum + m:row(i):corr(m:row(j)), pairs_of + 1 end
      end
      near(c * (1 - 2 * 3 * 0.75 / 100), sum / pairs_of, 0.04)
    end
  end)

  it("mix sources", function()
    local p = { { 1, 0.5 }, { 0, 0.5 }, { 0.2, 0 } }
    local s = lp.correlated_trains { p = p, rates = { 10, 30 }, duration = 200000 }
    local m = counts(s, 50)
    for i, rate in ipairs { 25, 15, 2 } do near(rate, m:row(i):sum() / 200, 0.08 * rate + 0.3) end
    local function covariance(i, j) return ((m:row(i) - m:row(i):mean()) * (m:row(j) - m:row(j):mean())):mean() / 0.05 end
    near(7.5, covariance(1, 2), 1.2)
    near(2, covariance(1, 3), 0.7)
    near(0, covariance(2, 3), 0.5)
  end)

  it("of a Cox process are a neuron model", function()
    for _, case in ipairs { { 20, 0.5, 20 }, { 50, 0.1, 10 } } do
      local rate, c, tau = table.unpack(case)
      local net = lp.network { dt = 0.5, seed = 5 }
      local pop = net:population { size = 30, neuron = lp.correlated_poisson { rate = rate, correlation = c, tau = tau } }
      local spikes = net:record(pop, "spike")
      net:run(60000)
      local m, sum, pairs_of = counts({ n = 30, to = 60000, t = spikes.t, neuron = spikes.neuron }, 10 * tau), 0, 0
      near(rate, m:sum() / 30 / 60, 0.1 * rate)
      for i = 1, 30 do
        for j = 1, i - 1 do
          local a, b = m:row(i), m:row(j)
          sum, pairs_of = sum + ((a - a:mean()) * (b - b:mean())):mean() / a:mean(), pairs_of + 1
        end
      end
      near(c * (1 - (1 - math.exp(-10)) / 10), sum / pairs_of, 0.2 * c + 0.01)          -- of windows that are 10 tau long
    end
    refused("a longer tau than 1e-06 ms", lp.correlated_poisson, { rate = 1, correlation = 1, tau = 1e-6 })
  end)

  it("refuse what cannot be", function()
    refused("p and rates, or n, rate and correlation are needed", lp.correlated_trains, { duration = 1 })
    refused("rates: one for each of 2 sources expected, got 1", lp.correlated_trains, { duration = 1, p = { { 1, 1 } }, rates = { 1 } })
    refused("p[1][1]", lp.correlated_trains, { duration = 1, p = { { 2 } }, rates = { 1 } })
  end)
end)

describe("a pattern", function()
  it("comes again, with jitter and without some spikes", function()
    local exact = lp.repeated_trains { spikes = { { 0, 3 }, { 5 } }, at = { 10, 20 }, duration = 24 }
    assert.same({ 10, 13, 15, 20, 23 }, exact.t:table())
    assert.same({ 1, 1, 2, 1, 1 }, exact.neuron:table())
    local at = lp.arange(1, 2000) * 100
    local s = lp.repeated_trains { spikes = { { 50 } }, at = at, duration = 300000, jitter = 2, missing = 0.25 }
    near(1500, #s.t, 100)
    local away = s.t:mod(100) - 50
    near(0, away:mean(), 0.2)
    near(2, away:std(), 0.15)
    assert.equal(10, #lp.repeated_trains { spikes = exact, at = { 0, 100 }, duration = 300 }.t)
    refused("spikes[2]: a list of times expected, got 5", lp.repeated_trains, { spikes = { { 1 }, 5 }, at = { 1 }, duration = 1 })
  end)
end)
