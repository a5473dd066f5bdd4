local array = require "lunapse.array"
local spikes = require "lunapse.analysis"
local compare = require "tests.compare"
local fails, same, near = compare.fails, compare.same, compare.within

--- Neuron 1 fires at 0, 5, 15 ms, neuron 2 at 3 and 9.5, neuron 3 never.
local function record()
  return { neuron = { 1, 2, 1, 2, 1 }, t = { 0, 3, 5, 9.5, 15 }, n = 3, from = 0, to = 20, dt = 0.5 }
end

describe("rates", function()
  it("count spikes per neuron and second", function()
    near(5 / 3 / 0.02, spikes.mean_rate(record()))
    local rates = spikes.rates(record())
    near(150, rates[1])
    near(100, rates[2])
    assert.are.equal(0, rates[3])
  end)

  it("leave out what lies outside of the window", function()
    local s = record()
    s.from, s.to = 3, 15
    near(3 / 3 / 0.012, spikes.mean_rate(s))
    same({ 1 / 0.012, 2 / 0.012, 0.0 }, spikes.rates(s))
    local part = spikes.window(record(), 5, 100)
    assert.are.equal(5, part.from)
    assert.are.equal(20, part.to)
    same({ 5.0, 9.5, 15.0 }, part.t)
    same({ 1, 2, 1 }, part.neuron)
  end)

  it("forgive rounding at the ends of the window", function()
    local s = { neuron = { 1, 1 }, t = { 0.1 + 0.2, 0.6 }, n = 1, from = 0.3, to = 0.1 * 6, dt = 0.1 }
    assert.are.equal(1, #spikes.raster(s))
    s.t = { 0.3 - 1e-12, 0.6 - 1e-12 }
    same({ 0.3 - 1e-12 }, (spikes.raster(s)))
  end)

  it("take spikes in any order", function()
    local s = record()
    local r = array.from(s.t):reverse()
    local backwards = { neuron = array.from(s.neuron):reverse(), t = r, n = 3, from = 0, to = 20, dt = 0.5 }
    assert.are.equal(spikes.rates(s), spikes.rates(backwards))
    assert.are.equal(spikes.smoothed_rate(s), spikes.smoothed_rate(backwards))
    assert.are.equal(spikes.pooled_isi(s), spikes.pooled_isi(backwards))
  end)
end)

describe("the smoothed rate", function()
  it("holds the inverse of an interval between its two spikes", function()
    local r = spikes.smoothed_rate(record())
    assert.are.same({ 3, 40 }, { r:shape() })
    -- The spike in the first step starts no interval, so neuron 1 has its first between 5 and 15 ms.
    assert.is_true(r[1]:slice(1, 10):eq(0):all())
    assert.is_true(r[1]:slice(11, 30):eq(100):all())
    assert.is_true(r[1]:slice(31, 40):eq(0):all())
    assert.is_true(r[2]:slice(1, 6):eq(0):all())
    assert.is_true(r[2]:slice(7, 19):eq(1000 / 6.5):all())
    assert.is_true(r[2]:slice(20, 40):eq(0):all())
    assert.is_false(r[3]:any())
  end)

  it("then goes through a first-order low-pass", function()
    local raw, smooth = spikes.smoothed_rate(record()), spikes.smoothed_rate(record(), 5)
    for i = 1, 3 do
      local x = raw[i][1]
      for k = 1, 40 do
        x = k == 1 and x or x + (raw[i][k] - x) * (0.5 / 5)
        near(x, smooth[i][k], 1e-10)
      end
    end
    assert.are.equal(raw, spikes.smoothed_rate(record(), 0.5))
    assert.are.equal(raw, spikes.smoothed_rate(record(), 0.1))
  end)

  it("starts where the recording starts", function()
    local s = { neuron = { 1, 1 }, t = { 1002, 1004 }, n = 1, from = 1000, to = 1010, dt = 1 }
    same({ 0.0, 0.0, 500.0, 500.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }, spikes.smoothed_rate(s)[1])
  end)

  it("meets the grid at times that carry rounding errors", function()
    local dt, t = 0.1, {}
    for k = 1, 300 do t[k] = k * 7 * dt end
    local r = spikes.smoothed_rate { neuron = array.ones(300, "int32"), t = t, n = 1, from = 0, to = 2200 * dt, dt = dt }
    local row = r[1]
    assert.are.equal(2200, #row)
    assert.is_true(row:slice(1, 7):eq(0):all())
    assert.is_true((row:slice(8, 2100) - 1000 / 0.7):abs():lt(1e-9):all())
    assert.is_true(row:slice(2101):eq(0):all())
  end)

  it("ignores a second spike in one step", function()
    local s = { neuron = { 1, 1, 1 }, t = { 2, 2.1, 4 }, n = 1, from = 0, to = 6, dt = 1 }
    same({ 0.0, 0.0, 500.0, 500.0, 0.0, 0.0 }, spikes.smoothed_rate(s)[1])
  end)
end)

describe("histograms of spikes", function()
  it("begin with the recording", function()
    local counts, edges = spikes.histogram(record(), 5)
    same({ 2, 2, 0, 1 }, counts)
    same({ 0.0, 5.0, 10.0, 15.0, 20.0 }, edges)
    counts, edges = spikes.histogram(record(), 7)
    same({ 3, 1, 1 }, counts)
    same({ 0.0, 7.0, 14.0, 21.0 }, edges)
    local late = { neuron = { 1 }, t = { 1001 }, n = 1, from = 1000, to = 1004 }
    counts, edges = spikes.histogram(late, 2)
    same({ 1, 0 }, counts)
    assert.are.equal(1000, edges[1])
  end)

  it("put spikes of a grid into their bins whatever the rounding", function()
    for _, dt in ipairs { 0.1, 0.025, 0.3, 1 / 3 } do
      local n = 3000
      local s = { neuron = array.ones(n, "int64"), t = array.arange(0, n - 1) * dt, n = 1, from = 0, to = n * dt, dt = dt }
      local counts = spikes.histogram(s, 10 * dt)
      assert.are.equal(300, #counts)
      assert.is_true(counts:eq(10):all())
    end
  end)

  it("are counts of each neuron, too, without bins that were not recorded whole", function()
    local count, begins = spikes.binned(record(), 5)
    same({ 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }, count:flatten())
    same({ 0.0, 5.0, 10.0, 15.0 }, begins)
    local s = record()
    s.spans = { { 0, 8 }, { 10, 20 } }
    count, begins = spikes.binned(s, 5)
    same({ 0.0, 10.0, 15.0 }, begins)
    same({ 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0 }, count:flatten())
    same({ 2.0, 1.0 }, (spikes.binned(record(), 10):slice(1, 1):flatten()))
    same({ 1.0, 1.0 }, (spikes.binned(record(), 10, { binary = true }):slice(1, 1):flatten()))
    assert.matches("binned: unknown option 'binry': did you mean 'binary'?", fails(spikes.binned, record(), 5, { binry = true }), 1, true)
  end)

  it("become rates of the population", function()
    local rate, start = spikes.population_rate(record(), 5)
    local expected = { 2 / 0.015, 2 / 0.015, 0, 1 / 0.015 }
    for k = 1, 4 do near(expected[k], rate[k], 1e-9) end
    same({ 0.0, 5.0, 10.0, 15.0 }, start)
    local smooth = spikes.population_rate(record(), 5, 10)
    local x = expected[1]
    for k = 1, 4 do
      x = k == 1 and x or x + (expected[k] - x) * 0.5
      near(x, smooth[k], 1e-9)
    end
    assert.are.equal(40, #(spikes.population_rate(record())))
    assert.are.equal(rate, (spikes.population_rate(record(), 5, 5)))
  end)
end)

describe("intervals", function()
  it("are those between the spikes of one neuron", function()
    local isi = spikes.isi(record())
    assert.are.equal(3, #isi)
    same({ 5.0, 10.0 }, isi[1])
    same({ 6.5 }, isi[2])
    same({}, isi[3])
    same({ 5.0, 10.0, 6.5 }, spikes.pooled_isi(record()))
  end)

  it("vary by their coefficient of variation", function()
    local cv = spikes.cv(record())
    near(2.5 / 7.5, cv[1])
    assert.is_true(cv[2] ~= cv[2])
    assert.is_true(cv[3] ~= cv[3])
    local regular = { neuron = { 1, 1, 1, 1 }, t = { 1, 2, 3, 4 }, n = 1, from = 0, to = 5 }
    assert.are.equal(0, spikes.cv(regular)[1])
  end)

  it("come from the trains of the neurons", function()
    local trains = spikes.trains(record())
    same({ 0.0, 5.0, 15.0 }, trains[1])
    same({ 3.0, 9.5 }, trains[2])
    same({}, trains[3])
    local t, neuron = spikes.raster(record())
    same({ 0.0, 3.0, 5.0, 9.5, 15.0 }, t)
    same({ 1, 2, 1, 2, 1 }, neuron)
  end)
end)

describe("correlograms", function()
  it("count lags", function()
    local counts, lags = spikes.correlogram(record(), 1, 2, { bin = 2, window = 6 })
    -- from neuron 1 (0, 5, 15) to neuron 2 (3, 9.5): lags 3, 9.5, -2, 4.5, -12, -5.5
    same({ -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0 }, lags)
    same({ 1, 0, 1, 0, 0, 2, 0 }, counts)
  end)

  it("are symmetric for a neuron with itself, without the meetings of a spike with itself", function()
    local counts = spikes.correlogram(record(), 1, 1, { bin = 5, window = 15 })
    same({ 1, 1, 1, 0, 1, 1, 1 }, counts)
  end)

  it("agree with counting all pairs", function()
    local a, b = {}, {}
    for k = 1, 200 do
      a[k] = (k * 7.31) % 211
      b[k] = (k * 5.17 + 0.005) % 211   -- no lag falls between two bins
    end
    table.sort(a) table.sort(b)
    local s = { neuron = {}, t = {}, n = 2, from = 0, to = 211 }
    for k = 1, 200 do
      s.neuron[k], s.t[k] = 1, a[k]
      s.neuron[200 + k], s.t[200 + k] = 2, b[k]
    end
    local counts, lags = spikes.correlogram(s, 1, 2, { bin = 3, window = 30 })
    for k = 1, #lags do
      local n = 0
      for _, x in ipairs(a) do
        for _, y in ipairs(b) do
          if math.abs(y - x - lags[k]) < 1.5 then n = n + 1 end
        end
      end
      assert.are.equal(n, counts[k])
    end
    local mirrored = spikes.correlogram(s, 2, 1, { bin = 3, window = 30 })
    assert.are.equal(counts, mirrored:reverse())
  end)
end)

describe("silent recordings", function()
  it("give zeros, nothing or nan, no errors", function()
    local s = { neuron = {}, t = {}, n = 2, from = 0, to = 10, dt = 1 }
    assert.are.equal(0, spikes.mean_rate(s))
    same({ 0.0, 0.0 }, spikes.rates(s))
    assert.are.same({ 2, 10 }, { spikes.smoothed_rate(s, 5):shape() })
    same({ 0, 0 }, (spikes.histogram(s, 5)))
    assert.are.equal(0, spikes.population_rate(s, 5, 20):sum())
    same({}, spikes.pooled_isi(s))
    assert.are.equal(2, #spikes.isi(s))
    assert.is_true(spikes.cv(s):isnan():all())
    assert.are.equal(0, spikes.correlogram(s, 1, 2):sum())
    local none = { neuron = {}, t = {}, n = 0, from = 0, to = 10, dt = 1 }
    assert.are.equal(0, #spikes.rates(none))
    assert.are.equal(0, #spikes.trains(none))
  end)
end)

describe("records of spikes", function()
  it("are checked, at the caller's line", function()
    local function bad(field, value)
      local s = record()
      s[field] = value
      return fails(function() return spikes.rates(s) end)
    end
    assert.are.equal("t has 2 elements but neuron has 5", bad("t", { 1, 2 }))
    assert.are.equal("t must be an array or a table of numbers, got nil", bad("t", nil))
    assert.are.equal("neuron must be a 1-d array, got a matrix", bad("neuron", array.ones(1, 5)))
    assert.are.equal("neuron numbers must lie in 1..1, got 1..2", bad("n", 1))
    assert.are.equal("neuron numbers must lie in 1..3, got 0..2", bad("neuron", { 0, 2, 1, 2, 1 }))
    assert.are.equal("n must be a whole number, got 1.5", bad("n", 1.5))
    assert.are.equal("from must be a finite time, got nil", bad("from", nil))
    assert.are.equal("to must be a finite time, not before from, got -1", bad("to", -1))
    assert.are.equal("dt must be positive, got 0", bad("dt", 0))
    assert.are.equal("the recording covers no time (0 to 0 ms)", bad("to", 0))
    assert.matches("a time is not finite %(spike 2%)", bad("t", { 1, 0 / 0, 2, 3, 4 }))
    assert.are.equal("a record of spikes must be a table, got nil", fails(spikes.rates))
    assert.are.equal("a record of spikes has no field 'times' (known: neuron, t, n, from, to, dt, neurons, spans, with)", fails(spikes.record, { times = 1 }))
    local _, message = pcall(function() return (spikes.rates { n = 1 }) end)
    assert.matches("analysis_spec.lua:%d+:", message)
  end)

  it("need sensible options", function()
    assert.are.equal("bin must be a positive time, got 0", fails(spikes.histogram, record(), 0))
    assert.are.equal("bin must be a positive time, got nil", fails(spikes.histogram, record()))
    assert.are.equal("smooth must be a time, 0 or more, got -1", fails(spikes.smoothed_rate, record(), -1))
    assert.are.equal("i must be a neuron, 1..3, got 4", fails(spikes.correlogram, record(), 4, 1))
    assert.are.equal("correlogram: unknown option 'width' (known: bin, window)", fails(spikes.correlogram, record(), 1, 1, { width = 1 }))
    assert.are.equal("nothing was recorded between 30 and 40 ms", fails(spikes.window, record(), 30, 40))
    local s = record()
    s.dt = nil
    assert.are.equal("smoothed_rate needs the time step: dt", fails(spikes.smoothed_rate, s))
    assert.matches("bins of 1e%-12 ms are too narrow", fails(spikes.histogram, record(), 1e-12))
    s = record()
    s.n, s.to, s.dt = 2e9, 1e6, 1e-3
    assert.matches("out of memory: a rate for every neuron and step needs", fails(spikes.smoothed_rate, s))
  end)
end)
