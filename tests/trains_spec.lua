-- Measures of spike trains: against their definitions, worked out by hand or summed directly.
local lp = require "lunapse"
local compare = require "tests.compare"
local fails, near = compare.fails, compare.within

--- A record of trains given one by one.
local function of(trains, from, to)
  local neuron, t = {}, {}
  for i, train in ipairs(trains) do
    for _, x in ipairs(train) do neuron[#neuron + 1], t[#t + 1] = i, x end
  end
  return lp.analysis.record { neuron = neuron, t = t, n = #trains, from = from, to = to, dt = 0.1 }
end

--- Trains of a Poisson process, as good as the next one.
local function random_trains(n, rate, duration, seed)
  local neuron, t = {}, {}
  for i = 1, n do
    local at = 0
    local gaps = lp.exponential(rate / 1000):draw(math.ceil(rate * duration / 1000 * 2) + 20, seed * 100 + i)
    for k = 1, #gaps do
      at = at + gaps[k]
      if at >= duration then break end
      neuron[#neuron + 1], t[#t + 1] = i, at
    end
  end
  return lp.analysis.record { neuron = neuron, t = t, n = n, from = 0, to = duration, dt = 0.1 }
end

describe("intervals one after the other", function()
  it("are compared by CV2 and LV", function()
    local s = of({ { 0, 10, 30, 40 }, { 5, 6 }, {} }, 0, 50)
    -- intervals 10, 20, 10: 2*10/30 twice; 3*(10/30)^2 twice
    near(2 / 3, s:cv2()[1])
    near(1 / 3, s:lv()[1])
    for _, name in ipairs { "cv2", "lv" } do
      for i = 2, 3 do assert.is_true(s[name](s)[i] ~= s[name](s)[i]) end
    end
  end)

  it("are not joined over a pause", function()
    local s = lp.analysis.record { neuron = { 1, 1, 1, 1, 1, 1 }, t = { 0, 10, 30, 100, 104, 112 }, n = 1, from = 0, to = 200, spans = { { 0, 50 }, { 90, 200 } } }
    near((2 * 10 / 30 + 2 * 4 / 12) / 2, s:cv2()[1])
  end)

  it("of a Poisson process give 1", function()
    local s = random_trains(20, 50, 20000, 3)
    near(1, s:cv2():mean(), 0.03)
    near(1, s:lv():mean(), 0.04)
  end)
end)

describe("bursts", function()
  it("are runs of short intervals", function()
    local s = of({ { 1, 3, 5, 40, 60, 62, 63, 64 }, {}, { 10, 20, 30 } }, 0, 100)
    local b = s:bursts { max_isi = 5 }
    assert.are.same({ 1, 1 }, b.neuron:table())
    assert.are.same({ 1.0, 60.0 }, b.from:table())
    assert.are.same({ 5.0, 64.0 }, b.to:table())
    assert.are.same({ 3, 4 }, b.count:table())
    assert.are.equal(3, #s:bursts { max_isi = 10 }.count)
    assert.are.equal(1, #s:bursts { max_isi = 5, min_spikes = 4 }.count)
    assert.are.equal(0, #of({ {} }, 0, 10):bursts().count)
  end)

  it("end with a pause", function()
    local s = lp.analysis.record { neuron = { 1, 1, 1, 1 }, t = { 8, 9, 11, 12 }, n = 1, from = 0, to = 20, spans = { { 0, 10 }, { 10.5, 20 } } }
    assert.are.equal(0, #s:bursts().count)
    assert.are.equal(2, #s:bursts { min_spikes = 2 }.count)
  end)
end)

describe("around events", function()
  it("the rate is the mean over them", function()
    local s = of({ { 12, 103, 104 }, { 18 } }, 0, 200)
    local rate, lags = s:psth({ 10, 100 }, { from = -5, to = 10, bin = 5 })
    assert.are.same({ -2.5, 2.5, 7.5 }, lags:table())
    assert.are.same({ 0.0, 300.0, 0.0 }, rate[1]:table())
    assert.are.same({ 0.0, 0.0, 100.0 }, rate[2]:table())
  end)

  it("what was not recorded is an error that names the event", function()
    local s = of({ { 12 } }, 0, 200)
    assert.are.equal("event 2, at 195 ms: not all of 190 .. 205 ms was recorded", fails(s.psth, s, { 10, 195 }, { from = -5, to = 10, bin = 5 }))
    assert.are.equal("psth: no events were given", fails(s.psth, s, {}))
    assert.are.equal("psth: unknown option 'bins': did you mean 'bin'?", fails(s.psth, s, { 60 }, { bins = 5 }))
  end)

  it("a signal is averaged over spikes", function()
    local t = lp.arange(0, 99) * 1.0
    local x = t:square()
    local s = of({ { 20, 50 }, {}, { 2, 98 } }, 0, 100)
    local mean, lags, n = s:triggered_average(t, x, { from = -3, to = 1 })
    assert.are.same({ -3.0, -2.0, -1.0, 0.0, 1.0 }, lags:table())
    assert.are.same({ 2, 0, 1 }, n:table())
    for k = 1, 5 do
      near(((20 + lags[k]) ^ 2 + (50 + lags[k]) ^ 2) / 2, mean[1][k])
      assert.is_true(mean[2][k] ~= mean[2][k])
      near((98 + lags[k]) ^ 2, mean[3][k])
    end
    assert.are.equal("triggered_average: t must be evenly spaced", fails(s.triggered_average, s, { 0, 1, 3 }, { 0, 0, 0 }))
  end)
end)

describe("counts in bins", function()
  local s = of({ { 1, 2, 11, 35 }, { 3, 12, 13, 36 }, { 25, 26 } }, 0, 40)       -- counts 2 1 0 1; 1 2 0 1; 0 0 2 0

  it("vary as the Fano factor says", function()
    local f = s:fano(10)
    near(0.5, f[1])
    near(0.75 / 0.5, f[3])
    near(1, random_trains(1, 100, 50000, 5):fano(50)[1], 0.15)
  end)

  it("go together as covariance and correlation say", function()
    local c, r = s:covariance(10), s:correlation(10)
    near(2 / 3, c[1][1])
    near(1 / 3, c[1][2])
    near(c[2][3], c[3][2])
    near(0.5, r[1][2])
    near(1, r[3][3])
    local binary = s:correlation(10, { binary = true })       -- 1 1 0 1; the same; 0 0 1 0
    near(1, binary[1][2])
    near(-1, binary[1][3])
  end)

  it("leave out bins that were not recorded whole", function()
    local part = lp.analysis.record { neuron = { 1, 1, 1 }, t = { 1, 2, 25 }, n = 1, from = 0, to = 45, spans = { { 0, 15 }, { 20, 45 } } }
    near(2 / 3, lp.analysis.fano({ neuron = { 1, 1, 1 }, t = { 1, 2, 25 }, n = 1, from = 0, to = 35 }, 10)[1])
    near(2 / 3, part:fano(10)[1])                             -- whole: 0..10 (2 spikes), 20..30 (1), 30..40 (none)
  end)
end)

describe("synchrony", function()
  it("is 1 where all do the same, 1/sqrt(n) for noise", function()
    local course = lp.arange(0, 999) * 0.1
    local all = lp.zeros(1000, 7)
    for k = 1, 7 do all:column(k):assign(course:sin()) end
    near(1, lp.analysis.synchrony(all))
    local noise = lp.normal(0, 1):draw(5000 * 25, 4):reshape(5000, 25)
    near(1 / 5, lp.analysis.synchrony(noise), 0.01)
    near(1, of({ { 1, 12, 30 }, { 2, 13, 33 } }, 0, 40):synchrony(10))
  end)
end)

describe("distances", function()
  -- The trains with which PySpike tests itself (Mulansky & Kreuz 2016), times 1000; what is expected is worked out by hand, interval by interval. At the edges an
  -- interval is as long as its neighbour, if it can be, and the nearest spike as far as that of the spike inside.
  local pair = of({ { 200, 400, 600, 700 }, { 300, 450, 800, 900, 950 } }, 0, 1000)
  local twins = of({ { 200, 400, 600 }, { 100, 400, 500, 600 } }, 0, 1000)

  local function mean_of(times, value)
    local sum = 0
    for k = 1, #times - 1 do sum = sum + (times[k + 1] - times[k]) * value(k) end
    return sum / (times[#times] - times[1])
  end

  it("by intervals are those of PySpike", function()
    local isi = { 0.1 / 0.3, 0.1 / 0.3, 0.05 / 0.2, 0.05 / 0.2, 0.15 / 0.35, 0.25 / 0.35, 0.05 / 0.35, 0.2 / 0.3, 0.25 / 0.3, 0.25 / 0.3 }
    near(mean_of({ 0, 0.2, 0.3, 0.4, 0.45, 0.6, 0.7, 0.8, 0.9, 0.95, 1 }, function(k) return isi[k] end), pair:isi_distance(1, 2))
    isi = { 0.1 / 0.3, 0.1 / 0.3, 0.1 / 0.3, 0.1 / 0.2, 0.1 / 0.2, 0 }
    near(mean_of({ 0, 0.1, 0.2, 0.4, 0.5, 0.6, 1 }, function(k) return isi[k] end), twins:isi_distance(1, 2))
  end)

  it("by spikes are those of PySpike", function()
    local s1 = { 0.1, 0.1, (0.1 * 0.1 + 0.05 * 0.1) / 0.2, 0.05, 0.05 * 0.15 * 2 / 0.2, 0.15, 0.1, 0.1, 0.1, 0.1, 0.1 }
    local s2 = { 0.1, 0.1, 0.1, 0.1 * 0.05 * 2 / 0.15, 0.05, (0.05 * 0.2 + 0.1 * 0.15) / 0.35, (0.05 * 0.1 + 0.1 * 0.25) / 0.35, 0.1, 0.1, 0.05, 0.05 }
    local isi1, isi2 = { 0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.3, 0.3, 0.3, 0.3 }, { 0.3, 0.3, 0.15, 0.15, 0.35, 0.35, 0.35, 0.1, 0.05, 0.05 }
    local function value(k)
      return ((s1[k] + s1[k + 1]) * isi2[k] + (s2[k] + s2[k + 1]) * isi1[k]) / (isi1[k] + isi2[k]) ^ 2
    end
    near(mean_of({ 0, 0.2, 0.3, 0.4, 0.45, 0.6, 0.7, 0.8, 0.9, 0.95, 1 }, value), pair:spike_distance(1, 2))
    s1, s2 = { 0.1, 0.1, 0.1, 0, 0, 0, 0 }, { 0.1, 0.1, 0.1 * 0.2 / 0.3, 0, 0.1, 0, 0 }
    isi1, isi2 = { 0.2, 0.2, 0.2, 0.2, 0.2, 0.4 }, { 0.3, 0.3, 0.3, 0.1, 0.1, 0.4 }
    near(mean_of({ 0, 0.1, 0.2, 0.4, 0.5, 0.6, 1 }, value), twins:spike_distance(1, 2))
  end)

  it("of Poisson trains are 1/2 and 0.29", function()        -- Kreuz et al. 2007, 2013
    local s = random_trains(6, 40, 10000, 9)
    local isi, spike = s:isi_distance(), s:spike_distance()
    near(0.5, isi:sum() / 30, 0.02)
    near(0.29, spike:sum() / 30, 0.02)
    assert.are.same({ 6, 6 }, { isi:shape() })
    assert.are.equal(isi[2][5], s:isi_distance(5, 2))
  end)

  it("see an empty train as one with a spike at each end", function()
    local s = of({ {}, {}, { 500 } }, 0, 1000)
    assert.are.equal(0, s:isi_distance(1, 2))
    assert.are.equal(0, s:spike_distance(1, 2))
    near(0.5, s:isi_distance(1, 3))
    assert.is_true(s:spike_distance(1, 3) > 0)
  end)

  it("by cost of Victor and Purpura", function()
    local s = of({ { 10, 20, 30 }, { 12, 24, 30 }, {} }, 0, 100)
    near(0.6, s:victor_purpura(0.1, 1, 2))          -- moves of 2 and 4 ms
    near(3, s:victor_purpura(0.1)[1][3])
    near(0, s:victor_purpura(0)[1][2])
    near(4, s:victor_purpura(math.huge, 1, 2))      -- only the spike at 30 stays
    near(2 + 2, s:victor_purpura(1.5, 1, 2))        -- dearer to move than to add and to remove
    assert.are.equal("cost must be a cost in 1/ms, 0 or more, got -1", fails(s.victor_purpura, s, -1))
    assert.are.equal("i must be a neuron, 1..3, got 7", fails(s.victor_purpura, s, 1, 7, 1))
  end)

  it("by traces of van Rossum", function()
    local s = of({ { 10 }, { 13 }, {}, { 10, 13 } }, 0, 100)
    near(1, s:van_rossum(10, 1, 3))
    near(math.sqrt(2 - 2 * math.exp(-0.3)), s:van_rossum(10, 1, 2))
    near(1, s:van_rossum(10)[1][4])
    near(math.sqrt(2 + 2 * math.exp(-0.3)), s:van_rossum(10, 4, 3))
    -- Against the integral 2/tau (f - g)^2 of traces on a fine grid.
    local two, tau, sum = of({ { 3, 8, 8.5, 40 }, { 5, 9, 30 } }, 0, 100), 7, 0
    local function trace(train, t)
      local x = 0
      for _, at in ipairs(train) do if at <= t then x = x + math.exp((at - t) / tau) end end
      return x
    end
    for k = 0, 99999 do
      local t = (k + 0.5) * 0.002
      sum = sum + (trace({ 3, 8, 8.5, 40 }, t) - trace({ 5, 9, 30 }, t)) ^ 2 * 0.002
    end
    near(math.sqrt(2 / tau * sum), two:van_rossum(tau, 1, 2), 1e-3)
  end)

  it("need a recording without pauses", function()
    local s = lp.analysis.record { neuron = { 1, 2 }, t = { 1, 30 }, n = 2, from = 0, to = 40, spans = { { 0, 10 }, { 20, 40 } } }
    assert.are.equal("a distance needs a recording without pauses: take a window of it", fails(s.isi_distance, s))
    assert.are.equal(0, s:window(20, 40):isi_distance(1, 1))
  end)

  it("are of the neurons that were recorded", function()
    local s = lp.analysis.record { neuron = { 7, 4 }, t = { 10, 13 }, n = 2, from = 0, to = 100, neurons = { 4, 7 } }
    near(math.sqrt(2 - 2 * math.exp(-0.3)), s:van_rossum(10, 7, 4))
    assert.are.equal("j must be a neuron that was recorded, got 5", fails(s.van_rossum, s, 10, 4, 5))
  end)
end)

describe("surrogates", function()
  local s = random_trains(5, 30, 2000, 2)

  it("keep what they say, and are the same for the same seed", function()
    local jittered = s:jitter(5, 3)
    assert.is_true(jittered.t == s:jitter(5, 3).t and jittered.t ~= s:jitter(5, 4).t)
    assert.is_true(#s.t - #jittered.t <= 3)
    local moved = s:window(100, 1900)
    for i, train in ipairs(moved:shift(50):trains()) do
      local before = moved:trains()[i]
      if #train == #before then assert.is_true((train:diff() - before:diff()):abs():max() < 1e-9) end
    end
    local shuffled = s:shuffle(8)
    for i, train in ipairs(shuffled:trains()) do
      local before = s:trains()[i]
      near(before[#before], train[#train], 1e-6)
      local function gaps(x) return lp.array.from({ 0, table.unpack(x:table()) }):diff():sort() end      -- from the start of the recording, too
      assert.is_true((gaps(train) - gaps(before)):abs():max() < 1e-9)
    end
    assert.is_true(shuffled.t ~= s.t)
  end)

  it("refuse what cannot be", function()
    assert.are.equal("width must be a positive time, got 0", fails(s.jitter, s, 0))
    assert.are.equal("seed must be a whole number from 0, got 1.5", fails(s.shuffle, s, 1.5))
    assert.are.equal(0, #of({ {}, {} }, 0, 10):shuffle().t)
  end)
end)

describe("draws for scripts", function()
  it("are a function of the seed", function()
    local d = lp.normal(2, 3)
    assert.is_true(d:draw(5, 7) == d:draw(5, 7) and d:draw(5, 7) ~= d:draw(5, 8))
    near(2, d:draw(20000):mean(), 0.1)
    assert.are.equal("Normal(2, 3): draw: how many must be a whole number from 0, got -1", fails(d.draw, d, -1))
    assert.are.equal(0, #d:draw(0))
  end)
end)
