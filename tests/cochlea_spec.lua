-- Filters that change in time, loops, and models of the cochlea: lunapse.hearing. Numbers that are written out come from loops over samples in numpy and
-- scipy.signal (lfilter, butter, bilinear) over the equations of the papers.

local lp = require "lunapse"
local h = require "lunapse.hearing"

local RATE, N = 50000, 400

--- A tone of 1200 Hz that rises for 2 ms, with a click.
local function stimulus()
  return h.from_function(function(t)
    local k = (t * 50):round()
    return 0.05 * (2 * math.pi * 1200 / RATE * k):sin() * (k / 100):minimum(1) + 0.1 * k:eq(10):astype "float64"
  end, N * 1000 / RATE, { rate = RATE })
end

--- Samples 20, 60, 120, 250 and 399 of the first channel.
local function is_near(wanted, source, tolerance)
  local rows, largest = source:process(), 0
  for _, value in ipairs(wanted) do largest = math.max(largest, math.abs(value)) end
  for k, at in ipairs { 20, 60, 120, 250, 399 } do
    local got = rows:get(at + 1, 1)
    assert.is_true(math.abs(got - wanted[k]) <= (tolerance or 1e-9) * largest, ("sample %d: %.12g, wanted %.12g"):format(at, got, wanted[k]))
  end
end

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error; wanted one with: " .. pattern)
  assert.is_truthy(tostring(message):find(pattern, 1, true), ("got:    %s\nwanted: %s"):format(tostring(message), pattern))
end

--- A band-pass filter (Q of 5) whose centre is a parameter, as in the examples of brian2hears.
local band = { { "s/2", 0, "-s/2", "1 + alpha", "-2*cos(w)", "1 - alpha" } }
local function centred(fc) return { w = "2*pi*fc/50000", fc = fc, s = "sin(w)", alpha = "s*sinh(log(2)/2*0.28*w/s)" } end

local function is_same_in_pieces(source)
  local whole, stream = source:process(), source:stream()
  local pieces = lp.array.join { stream:read(1), stream:read(3), stream:read(200), stream:read(N - 204) }
  assert.equal(0, (whole - pieces):abs():max())
  stream:seek(77)
  assert.equal(0, (stream:read(100) - whole:slice(78, 177)):abs():max())
end

describe("filters that change in time", function()
  local wanted = { 0.00930827910047, -0.00409459367131, 0.0104557940775, 0.0140348068475, -0.0119915008289 }

  it("take coefficients from expressions of time and of sources", function()
    local s, fc = stimulus(), "4000 + 1500*sin(2*pi*10*t/1000)"
    is_near(wanted, s:iir(band, centred(fc)))
    is_near(wanted, s:iir(band, centred(h.silence(1, { rate = RATE }):map(fc))))
    is_near(wanted, s:iir(band, centred(h.generator(function(t) return 4000 + 1500 * (2 * math.pi * 10 / 1000 * t):sin() end))))
    is_same_in_pieces(s:iir(band, centred(fc)))
  end)

  it("are those of numbers where nothing changes", function()
    local s, filter = stimulus(), lp.signal.butter(2, 3000, { fs = RATE })
    local five = filter.sections[1]
    local texts = { { "a", "b", "c", "d", "e" } }
    local parameters = { a = five[1], b = five[2], c = five[3], d = five[5], e = five[6] }
    assert.same(s:iir(filter):samples():table(), s:iir(texts, parameters):samples():table())
    parameters.a = h.silence(1, { rate = RATE }):map("a", { a = five[1] })
    assert.same(s:iir(filter):samples():table(), s:iir(texts, parameters):samples():table())
    assert.same(s:iir({ filter, filter }):process():table(), s:pick({ 1, 1 }):iir({ { "a", "b", "c", "2", "2*d", "2*e" } },
      { a = "2*q", q = five[1], b = 2 * five[2], c = 2 * five[3], d = five[5], e = five[6] }):process():table())
  end)

  it("hold for `every` rows", function()
    local s, step = stimulus(), stimulus():map "floor(t*50 + 0.5)"
    local held = h.silence(8, { rate = RATE }):map("4000 + 10*(k - mod(k, 7))", { k = step })
    local every = s:iir(band, centred(step:map "4000 + 10*x"), { every = 7 })
    assert.same(s:iir(band, centred(held)):samples():table(), every:samples():table())
    is_same_in_pieces(every)
  end)

  it("say where they are unstable, and what is not there", function()
    local s = stimulus()
    fails("at 4 ms, channel 1, section 1 is unstable: a pole of 1 -1 z^-1 +1 z^-2", function()
      s:iir({ { 1, 0, 0, -1, "a" } }, { a = "if t < 4: 0.5 else: 1" }):samples()
    end)
    fails("unstable", function() s:iir({ { 1, 0, 0, "a", 0 } }, { a = 1.5 }) end)
    fails("iir: at 0 ms, channel 1, section 1: coefficients must be finite", function() s:iir({ { "1/t", 0, 0, 0, 0 } }):samples() end)
    fails("unknown name 'q'", function() s:iir { { "q", 0, 0, 0, 0 } } end)
    fails("'a' is defined by itself", function() s:iir({ { "a", 0, 0, 0, 0 } }, { a = "2*b", b = "a" }) end)
    fails("iir: parameters are for coefficients that are expressions", function() s:iir({ { 1, 0, 0, 0, 0 } }, { a = 1 }) end)
    fails("'g' has 20000 rows a second, not 50000", function() s:map("g*x", { g = h.silence(1, { rate = 20000 }) }) end)
    fails("source 1 has 2 channels: 1 or 3 are needed", function() s:pick({ 1, 1 }):map("g*x", { g = { 1, 2, 3 } }) end)
    fails("'g' must be a number, one for each channel, a source or an expression, got", function() s:map("x", { g = true }) end)
  end)
end)

describe("functions of several sources", function()
  it("go sample by sample, one channel to all", function()
    local s, three = stimulus(), h.gammatone(stimulus(), { 500, 1000, 2000 })
    local x, rows = s:samples(), three:process()
    local product = (three * s):process()
    for c = 1, 3 do assert.same((rows:column(c) * x):table(), product:column(c):table()) end
    assert.same((2 - x):table(), (2 - s):samples():table())
    assert.same((1 / (x + 1)):table(), (1 / (s + 1)):samples():table())
    assert.same({ 500, 1000, 2000 }, (s - three).cf)
    assert.same((rows:column(2) * 3 + 1):table(), three:map("a*x + y", { y = s:map "1", a = { 2, 3, 4 } }):process():column(2):table())
    is_same_in_pieces(three * s)
  end)
end)

describe("a loop", function()
  it("hears what it gave a row before", function()
    local s = stimulus()
    local follower = s:feedback(function(x, back) return x:map("max(x, d*y)", { d = 0.9, y = back }) end, { initial = 2 })
    local x, last = s:samples(), 2
    for k, got in ipairs(follower:samples():table()) do
      last = math.max(x[k], 0.9 * last)
      assert.equal(last, got)
    end
    is_same_in_pieces(follower)
  end)

  it("can give back another source, of other channels, and hold another loop", function()
    local s = stimulus()
    local made = s:feedback(function(x, back)
      local sum = x:map("x + 0.5*y", { y = back:pick { 1 } })
      return sum, sum:pick({ 1, 1 }):feedback(function(y, inner) return y:map("y2 - 0.2*z", { y2 = y, z = inner }) end)
    end, { channels = 2 })
    local x, outer, inner = s:samples(), 0, 0
    for k, got in ipairs(made:samples():table()) do
      local sum = x[k] + 0.5 * outer
      inner = sum - 0.2 * inner
      outer = inner
      assert.equal(sum, got)
    end
  end)

  it("refuses what reads ahead, and what is outside", function()
    local s, kept = stimulus(), nil
    fails("something in it reads ahead", function()
      s:feedback(function(x, back)
        kept = back
        return x + back:map(function(block) return block end)
      end):samples()
    end)
    fails("feedback: what comes back can be used in its loop only", function() (s + kept):samples() end)
    fails("feedback: 2 channels go back, but 1 come back: channels = 2", function() s:feedback(function(x) return x:pick { 1, 1 } end) end)
    fails("feedback: initial: 2 values for 1 channels", function() s:feedback(function(x) return x end, { initial = { 1, 2 } }) end)
    fails("feedback: the function must give a source, it gave 3", function() s:feedback(function() return 3 end) end)
  end)
end)

describe("models of the cochlea", function()
  it("have the numbers of their equations", function()
    local s = stimulus()
    is_near({ 0.00014690061409, 0.00138371819608, -0.00252543450003, -0.000214636618003, 0.00451973224137 }, h.approximate_gammatone(s, 1000, 125, { order = 3 }))
    is_near({ 8.08498849134e-07, -0.000106920303013, 0.000119532923944, -0.00464706224577, -5.19603481539e-05 }, h.log_gammachirp(s, 1000, { c = -2 }))
    is_near({ 0.00122338493497, 0.00293621048346, -0.0224768043527, 0.0136616102885, -0.0339745582953 }, h.middle_ear(s))
    is_near({ 1.22870570221e-08, 4.14550410447e-05, -0.000228356161539, 0.000542291552797, -0.000361315415786 }, h.drnl(s, 1000))
    is_near({ -6.17991016141e-05, -0.00176897774348, 0.00338584169959, -0.00303891374957, 0.00266644754733 }, h.dcgc(s, 2000))
    is_near({ 7.33916805215e-10, 1.45854862488e-06, -0.000182475897346, -0.000593963856728, 0.000486579847922 }, h.tan_carney(s, 1000, { output = "filter" }))
    is_near({ 3.30274889414e-10, 0.000559447724578, 0.00808797189301, 0.0731610606339, -0.0187764929248 }, h.tan_carney(s, 1000))
  end)

  it("hear through the human middle ear", function()
    for f, velocity in pairs { [400] = 4.475, [800] = 9.813, [1000] = 8.486, [4000] = 1.570, [8000] = 0.7577 } do
      local rows = h.stapes(h.tone(f, 100, { rate = RATE, amplitude = 2e-5 * math.sqrt(2) })):process()
      local peak = rows:slice(2000, 5000):std() * math.sqrt(2)
      assert.is_true(math.abs(peak / (velocity * 1e-9) - 1) < 0.02, ("%g Hz: %g"):format(f, peak))
    end
    local response = h.stapes(h.sound({ 1 }, { rate = RATE }):resize(20)):process():flatten()
    assert.is_true((response:slice(1, 200) ^ 2):sum() > 0.99 * (response ^ 2):sum())      -- of minimal phase: it comes at once
  end)

  it("have the same bits in pieces, in channels side by side, and after a jump", function()
    local s, cf = stimulus(), { 400, 1000, 2500 }
    for _, model in ipairs { h.dcgc, h.drnl, h.tan_carney, h.log_gammachirp } do
      local bank = model(s, cf)
      assert.same(cf, bank.cf)
      is_same_in_pieces(bank)
      assert.same(model(s, 1000):process():column(1):table(), bank:process():column(2):table())
    end
  end)

  it("compress", function()
    local function rms(bank)
      local rows = bank:process()
      return rows:slice(RATE // 50, RATE // 20):column(1):std()
    end
    local function gain(model, level) return 20 * math.log(rms(model(h.tone(1000, 60, { rate = RATE }):ramp(5):level(level))), 10) - level end
    local function dcgc(s) return h.dcgc(s, 1230) end
    local function drnl(s) return h.drnl(s, 1000) end
    local function cat(s) return h.tan_carney(h.middle_ear(s), 1000, { output = "filter" }) end
    assert.is_true(gain(dcgc, 30) - gain(dcgc, 80) > 15)
    assert.is_true(gain(drnl, 20) - gain(drnl, 80) > 15)
    assert.is_true(gain(cat, 20) - gain(cat, 80) > 15)
    local linear = h.dcgc(stimulus(), 1230, { frat1 = 0 })   -- without its level nothing compresses
    local twice = h.dcgc(stimulus() * 2, 1230, { frat1 = 0 })
    assert.is_true((twice:process() - linear:process() * 2):abs():max() < 1e-15)
  end)

  it("refuse what they cannot take", function()
    local s = stimulus()
    fails("dcgc: centre frequency 2 is 30000 Hz: it must lie above 0 and below half the sampling rate, 25000 Hz", h.dcgc, s, { 100, 30000 })
    fails("dcgc: unknown option 'c3'", h.dcgc, s, 100, { c3 = 1 })
    fails("drnl: unknown type 'cat'", h.drnl, s, 100, { type = "cat" })
    fails("drnl: g must be { p0, m }, got", h.drnl, s, 100, { g = { 1 } })
    fails("tan_carney: unknown output 'spikes'", h.tan_carney, s, 100, { output = "spikes" })
    fails("the source has 2 channels, and there are 3 centre frequencies", h.drnl, s:pick { 1, 1 }, { 100, 200, 300 })
    fails("middle_ear: a sound or another source with a rate expected, got 3", h.middle_ear, 3)
  end)

  it("drive neurons, with the same bits for threads and tiers, and after a resume", function()
    local cf = h.erbspace(300, 3000, 12)
    local Cell = lp.neuron { parameters = { I = 0, tau = 0.5 }, equations = "tau*dv/dt = I - v + 0.2*xi", spike = "v > 1", reset = "v = 0" }
    local function make(opt)
      local net = lp.network { dt = 1000 / RATE, seed = 1, threads = opt.threads or 1, tier = opt.tier }
      local cells = net:population { name = "cells", size = 12, neuron = Cell, drive = { I = h.dcgc(stimulus():level(70), cf):half_wave(3000) } }
      return net, net:record(cells, "spike")
    end
    local function pairs_of(spikes) return { spikes.t:table(), spikes.neuron:table() } end
    local net, spikes = make {}
    net:run(8)
    local wanted = pairs_of(spikes)
    assert.is_true(#wanted[1] > 20)
    for _, opt in ipairs { { threads = 2, tier = "interpreter" }, { threads = 3, tier = "native" } } do
      net, spikes = make(opt)
      net:run(8)
      assert.same(wanted, pairs_of(spikes))
    end
    local path = os.tmpname() .. ".h5"
    net = make {}
    net:run(3)
    net:save(path)
    net, spikes = make {}
    net:restore(path)
    net:run(5)
    os.remove(path)
    local from = 1
    while wanted[1][from] <= 3 do from = from + 1 end
    assert.same(table.move(wanted[1], from, #wanted[1], 1, {}), table.move(spikes.t:table(), #spikes.t - (#wanted[1] - from), #spikes.t, 1, {}))
  end)
end)

describe("auditory nerve fibres", function()
  it("have the stores of the paper, and spike by their rate", function()
    local net = lp.network { dt = 1000 / RATE, seed = 1 }
    local nerve = net:population { size = 400, neuron = h.zhang_synapse(), drive = { V_ihc = h.tone(1000, 8, { rate = RATE, amplitude = 0.02 }) } }
    local spikes, rate = net:record(nerve, "spike"), net:record(nerve, "R")
    net:run(8)
    assert.is_true(math.abs(nerve.C_I[1] - 1291.1284975) < 1e-6)        -- the difference equations A18 and A19 in numpy
    assert.is_true(math.abs(nerve.C_L[1] - 2167.89271268) < 1e-6)
    local expected = rate.R:sum() / RATE
    assert.is_true(math.abs(#spikes.t - expected) < 4 * math.sqrt(expected))
    local silent = lp.network { dt = 1000 / RATE, seed = 2 }
    local rest = silent:population { size = 200, neuron = h.zhang_synapse { spont = 60 } }
    local own = silent:record(rest, "spike")
    silent:run(200)
    local thinned = 60 / (1 + 0.060 * (0.75 + 0.5 * 1 + 0.5 * 12.5))           -- about: what falls into refractoriness is lost
    assert.is_true(math.abs(own:mean_rate() / thinned - 1) < 0.15, own:mean_rate())
    assert.is_true(math.abs(rest.s[1] - 60) < 1e-6)
    fails("zhang_synapse: unknown option 'spontaneous': did you mean 'spont'?", h.zhang_synapse, { spontaneous = 1 })
    fails("zhang_synapse: spont must be less than A_SS, 130 Hz", h.zhang_synapse, { spont = 130 })
  end)
end)

describe("scales of frequency", function()
  it("have the published values, and go back", function()
    assert.is_true(math.abs(h.erb_width(1000) - 132.639) < 1e-3)
    assert.is_true(math.abs(h.hz_to_erb(1000) - 15.6214) < 1e-3)
    assert.is_true(math.abs(h.hz_to_mel(1000) - 999.9855) < 1e-3)
    assert.is_true(math.abs(h.hz_to_bark(1000) - 8.5274) < 1e-3)      -- 8.5 on the scale of Zwicker (1961)
    for _, scale in ipairs { "erb", "bark", "mel" } do
      local there, back = h["hz_to_" .. scale], h[scale .. "_to_hz"]
      for _, f in ipairs { 30, 200, 1000, 7000, 15000 } do assert.is_true(math.abs(back(there(f)) - f) < 1e-9 * f) end
      assert.same({ 3 }, { there({ 1, 2, 3 }):shape() })
    end
    fails("hz_to_bark: value 2 must be at least 0, got -1", h.hz_to_bark, { 0, -1 })
    fails("bark_to_hz: value 1 must lie in -0.1505..27.6396, got 100", h.bark_to_hz, 100)
    fails("erb_width: value 1 must be at least 0, got NaN", h.erb_width, 0 / 0)
    fails("hz_to_mel: a number or a list of them expected, got", h.hz_to_mel, "x")
  end)
end)

describe("adaptation by a power law", function()
  local RATE_OF_RATES = 10000

  it("is the sum over all that was before", function()
    local n = 1200
    local step = 1000 / RATE_OF_RATES
    local x = h.from_function(function(t) return (t:ge(20) & t:lt(60)):astype "float64" * 300 + 50 end, n * step, { rate = RATE_OF_RATES })
    for _, p in ipairs { { 0.5, 0.5 }, { 200, 100 }, { 1000, 100 } } do
      local alpha, beta, y, samples = p[1], p[2], {}, x:samples()
      for k = 1, n do
        local before = 0
        for j = 1, k - 1 do before = before + y[j] * step / ((k - 1 - j) * step + beta) end
        y[k] = math.max(0, samples[k] - alpha * before)
      end
      local got = h.power_law(x, { alpha = alpha, beta = beta }):process():column(1)
      for k = 1, n do assert.near(y[k], got[k], 0.15) end          -- of 350
      assert.is_true(math.max(table.unpack(y)) > 250)
    end
  end)

  it("remembers as 1/t over four decades, each channel for itself, and no longer than it is told", function()
    local function missing(memory)
      local x = h.from_function(function(t) return t:eq(0):astype "float64" * 1e9 + 1 end, 10000, { rate = RATE_OF_RATES })
      return 1 - h.power_law(h.join { x, x * 0 }, { alpha = 1e-9, beta = 0.5, memory = memory }):process()
    end
    local long, short = missing(), missing(5)
    for _, t in ipairs { 1, 10, 100, 1000, 9000 } do
      local wanted = 1e-9 * (1e8 / (t + 0.5) + math.log((t + 0.5) / 0.5))
      assert.near(1, long:get(t * 10 + 2, 1) / wanted, 0.01)
      if t <= 5 then assert.near(1, short:get(t * 10 + 2, 1) / wanted, 0.02) end
      assert.equal(1, long:get(t * 10 + 2, 2))
    end
    assert.is_true(short:get(90002, 1) < 0.5 * long:get(90002, 1))
    fails("power_law: option 'beta' is missing", h.power_law, h.tone(100, 10), { alpha = 1 })
    fails("power_law: a sound or another source with a rate expected, got 3", h.power_law, 3, { alpha = 1, beta = 1 })
    fails("power_law: memory must be", h.power_law, h.tone(100, 10), { alpha = 1, beta = 10, memory = 5 })
  end)
end)
