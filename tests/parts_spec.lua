-- Recordings of a part: of some neurons, of some of the time. What was not recorded does not count, and each recorded neuron has its place.
local lp = require "lunapse"
local compare = require "tests.compare"
local near, same, fails = compare.near, compare.same, compare.fails

--- Six neurons that spike every period[k] ms.
local PERIODS = { 2, 5, 10, 4, 8, 100000 }
local function make()
  local net = lp.network { dt = 1 }
  local p = net:population { name = "p", size = 6, neuron = lp.neuron { parameters = { period = 1 }, equations = "x = x + 1 : init = -1", spike = "mod(x, period) == 0" },
    parameters = { period = PERIODS } }
  return net, p
end

describe("a recording of some neurons", function()
  local net, p, parts
  before_each(function()
    net, p = make()
    parts = { slice = { net:record(p:slice(2, 4), "spike"), { 2, 3, 4 } }, list = { net:record(p, "spike", { of = { 5, 2, 3 } }), { 5, 2, 3 } },
      selection = { net:record(p:select { 4, 1 }, "spike"), { 4, 1 } }, one = { net:record(p, "spike", { of = { 6 } }), { 6 } } }
    net:run(400)
  end)

  it("has a rate for each of them, in their order", function()
    for _, part in pairs(parts) do
      local r, numbers = part[1], part[2]
      same(numbers, r.neurons)
      local rates, sum = r:rates(), 0
      assert.equal(#numbers, #rates)
      for k, i in ipairs(numbers) do
        local expected = math.ceil(400 / PERIODS[i]) / 0.4
        near(expected, rates[k])
        sum = sum + expected
      end
      near(sum / #numbers, r:mean_rate())
    end
  end)

  it("takes part in every analysis, whole and in a window", function()
    for _, part in pairs(parts) do
      local r, numbers = part[1], part[2]
      for _, s in ipairs { r, r:window(101, 301) } do
        local from, to = s.from, s.to
        local trains, isi, cv, smooth = s:trains(), s:isi(), s:cv(), s:smoothed_rate()
        assert.same({ #numbers, #numbers, #numbers }, { #trains, #isi, #cv })
        assert.same({ #numbers, to - from }, { smooth:shape() })
        local total = 0
        for k, i in ipairs(numbers) do
          local first = math.ceil(from / PERIODS[i]) * PERIODS[i]
          local n = first < to and (to - 1 - first) // PERIODS[i] + 1 or 0
          total = total + n
          assert.equal(n, #trains[k])
          if n > 0 then assert.equal(first, trains[k][1]) end
          assert.equal(math.max(n - 1, 0), #isi[k])
          if n > 1 then assert.equal(PERIODS[i], isi[k][1]) end
          if n > 2 then assert.equal(0, cv[k]) else assert.truthy(cv[k] ~= cv[k]) end
          if n > 1 then near(1000 / PERIODS[i], smooth[k]:max()) end
        end
        assert.equal(total, (s:histogram(7)):sum())
        assert.equal(total, #(s:raster()))
        near(total / #numbers / (to - from) * 1000, (s:population_rate(to - from))[1])
        assert.equal(#s:pooled_isi(), total - (function() local n = 0 for k = 1, #numbers do n = n + (#trains[k] > 0 and 1 or 0) end return n end)())
        local i = numbers[1]
        assert.equal(#trains[1], (s:correlogram(i, i, { bin = 1, window = 0 }))[1] + #trains[1])
      end
    end
    local r = parts.slice[1]
    assert.matches("i must be a neuron that was recorded, got 5", fails(r.correlogram, r, 5, 2))
    assert.matches("^%d+ spikes of 3 neurons in 101 %.%. 301 ms$", tostring(r:window(101, 301)))
  end)

  it("agrees with the recording of all", function()
    net, p = make()
    local all, some = net:record(p, "spike"), net:record(p, "spike", { of = { 3, 1 } })
    net:run(200)
    local rates, cv = all:rates(), all:trains()
    near(rates[3], some:rates()[1])
    near(rates[1], some:rates()[2])
    same(cv[3]:table(), some:trains()[1])
    assert.equal((all:correlogram(3, 1)), (some:correlogram(3, 1)))
  end)

  it("can be given by hand", function()
    local s = lp.analysis.record { neuron = { 7, 9, 7 }, t = { 1, 2, 5 }, n = 3, neurons = { 9, 8, 7 }, from = 0, to = 10 }
    same({ 100, 0, 200 }, s:rates())
    local function bad(field, value)
      local r = { neuron = { 7, 9, 7 }, t = { 1, 2, 5 }, n = 3, neurons = { 9, 8, 7 }, from = 0, to = 10, [field] = value }
      return fails(function() return lp.analysis.rates(r) end)
    end
    assert.equal("neurons has 2 elements but n is 3", bad("neurons", { 7, 9 }))
    assert.equal("neurons must be different numbers from 1", bad("neurons", { 7, 9, 9 }))
    assert.equal("neuron numbers must be among the recorded ones, 7..9, got 7..10", bad("neuron", { 7, 10, 7 }))
    assert.equal("neuron 9 is not among the recorded ones", bad("neurons", { 7, 8, 10 }))
    assert.equal("span 2 must be { from, to } in ms, behind the span before it", bad("spans", { { 0, 4 }, { 3, 5 } }))
  end)
end)

describe("a recording that pauses", function()
  it("counts the time in which it was on", function()
    local net, p = make()
    local r = net:record(p, "spike")
    net:run(100)
    r:pause()
    assert.is_nil(r.spans)
    net:run(900)
    assert.same({ { 0, 100 } }, r.spans)
    near(500, r:rates()[1])
    near((500 + 200 + 100 + 250 + 130 + 10) / 6, r:mean_rate())
    r:resume()
    net:run(100)
    assert.same({ { 0, 100 }, { 1000, 1100 } }, r.spans)
    near(500, r:rates()[1])
    assert.same({ 0, 1100 }, { r.from, r.to })
    near(500, r:window(950, 1050):rates()[1])
    assert.equal("nothing was recorded between 200 and 300 ms", fails(r.window, r, 200, 300))
  end)

  it("counts a Poisson source at its rate", function()
    local net = lp.network { dt = 1, seed = 3 }
    local p = net:poisson { size = 400, rates = 50 }
    local r = net:record(p, "spike")
    net:run(1000)
    r:pause()
    net:run(9000)
    assert.truthy(math.abs(r:mean_rate() - 50) < 2, r:mean_rate())
    assert.truthy(math.abs(r:rates():mean() - 50) < 2)
  end)

  it("has bins, rates and intervals of what was recorded alone", function()
    local net, p = make()
    local r = net:record(p, "spike", { of = { 2 } })      -- at 0, 5, 10 ...
    net:run(20)
    r:pause()
    net:run(33)
    r:resume()
    net:run(27)                                         -- 20 .. 53 is missing
    same({ 0, 5, 10, 15, 55, 60, 65, 70, 75 }, r.t)
    local counts, edges, recorded = r:histogram(10)
    same({ 2, 2, 0, 0, 0, 1, 2, 2 }, counts)
    same({ 0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0 }, edges)
    same({ 10.0, 10.0, 0.0, 0.0, 0.0, 7.0, 10.0, 10.0 }, recorded)
    local rate = r:population_rate(10)
    for k, expected in pairs { [1] = 200, [2] = 200, [6] = 1000 / 7, [7] = 200, [8] = 200 } do near(expected, rate[k]) end
    for k = 3, 5 do assert.truthy(rate[k] ~= rate[k]) end
    local smooth = r:population_rate(10, 20)
    near(200, smooth[2])
    near(1000 / 7, smooth[6])                           -- begins anew
    near(1000 / 7 + (200 - 1000 / 7) / 2, smooth[7])
    same({ 5, 5, 5, 5, 5, 5, 5 }, r:isi()[1])   -- 15 .. 55 is no interval
    same({ 5, 5, 5, 5, 5, 5, 5 }, r:pooled_isi())
    assert.equal(0, r:cv()[1])
    local steps = r:smoothed_rate()[1]
    assert.equal(80, #steps)
    for k = 21, 53 do assert.truthy(steps[k] ~= steps[k]) end
    near(200, steps[7])
    assert.equal(0, steps[20])
    assert.equal(0, steps[54])                          -- no interval reaches over the pause
    near(200, steps[57])
    local low = r:smoothed_rate(4)[1]
    assert.equal(0, low[54])
  end)

  it("counts the last bin by the part of it that has run", function()
    local net, p = make()
    local r = net:record(p, "spike", { of = { 1 } })
    net:run(25)
    local rate = r:population_rate(10)
    near(500, rate[1])
    near(3 / 5 * 1000, rate[3])
  end)

  it("pauses and goes on between two steps, wherever it is told so", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = "v = v + 1 : init = 0", spike = "v > 0" } }
    local r, v = net:record(p, "spike"), net:record(p, "v")
    local function pause() r:pause() v:pause() end
    local function resume() r:resume() v:resume() end
    net:at(3, pause)
    net:at(6, resume, { when = "start" })
    net:at(8, pause, { when = "start" })
    net:at(10, resume)
    net:at(11, function() pause() resume() end)
    net:run(12)
    pause()
    net:run(2)
    resume()
    net:run(2)
    same({ 0, 1, 2, 6, 7, 10, 11, 14, 15 }, r.t)
    same({ 1, 2, 3, 7, 8, 11, 12, 15, 16 }, v.t)
    assert.same({ { 0, 3 }, { 6, 8 }, { 10, 12 }, { 14, 16 } }, r.spans)
    near(1000, r:mean_rate())
  end)

  it("is of the steps of its population where these are longer", function()
    local net = lp.network { dt = 0.5 }
    local p = net:population { size = 1, dt = 2, neuron = lp.neuron { equations = "v = v + 1 : init = 0", spike = "v > 0" } }
    local r = net:record(p, "spike")
    net:run(2.5)
    r:pause()
    net:run(5.5)
    same({ 0, 2 }, r.t)
    assert.same({ { 0, 4 } }, r.spans)
    near(500, r:mean_rate())
  end)

  it("begins anew when it is cleared, and later where that was said", function()
    local net, p = make()
    local r, late = net:record(p, "spike"), net:record(p, "spike", { from = 50 })
    assert.matches("covers no time", fails(late.mean_rate, late))
    net:run(100)
    r:clear()
    net:run(100)
    assert.same({ 100, 200 }, { r.from, r.to })
    assert.is_nil(r.spans)
    near(500, r:rates()[1])
    assert.equal(50, late.from)
    assert.is_nil(late.spans)
    near(500, late:rates()[1])
    r:pause()
    r:clear()
    net:run(10)
    assert.equal("nothing was recorded between 200 and 210 ms", fails(r.mean_rate, r))
  end)
end)

describe("a raster of a part", function()
  it("shows all its neurons, also the silent ones", function()
    local net, p = make()
    local r = net:record(p:slice(4, 6), "spike")
    net:run(3)
    local fig = lp.plot(r)
    local _, _, y0, y1 = require("lunapse.plot.kinds.raster").limits(fig[1].items[1].data, fig[1])
    assert.same({ 3.5, 6.5 }, { y0, y1 })
    assert.equal(1, #lp.plot(r:window(1, 3))[1].items)
  end)
end)
