-- Sounds, filterbanks and what is made of them: lunapse.hearing, against tests/reference/16-gammatone and the numbers of its definitions.

local lp = require "lunapse"
local h = require "lunapse.hearing"
local core = require "lunapse.core.sound"

local HOST = os.getenv "HOST" or "build/lunapse"
local IS_SANITIZED = HOST:find "check" ~= nil or HOST:find "tsan" ~= nil
local REFERENCE = "tests/reference/16-gammatone/"

--- Columns of a reference file by name: lists of numbers.
local function read_csv(name)
  local file = assert(io.open(REFERENCE .. name))
  local header, columns = {}, {}
  for column in file:read("l"):gmatch "[^,]+" do
    header[#header + 1], columns[column] = column, {}
  end
  for line in file:lines() do
    local k = 0
    for value in line:gmatch "[^,]+" do
      k = k + 1
      table.insert(columns[header[k]], tonumber(value))
    end
  end
  file:close()
  return columns
end

local function near(expected, got, tolerance, what)
  assert.is_true(math.abs(expected - got) <= tolerance, ("%s: %.17g, wanted %.17g within %g"):format(what or "value", got, expected, tolerance))
end

--- Compare channel c of `rows` (row k of the file is sample[k]) with a column, relative to the largest value of the column.
local function compare(column, samples, rows, c, tolerance)
  local largest, worst = 0, 0
  for k, expected in ipairs(column) do
    largest = math.max(largest, math.abs(expected))
    worst = math.max(worst, math.abs(expected - rows:get(samples[k] + 1, c)))
  end
  assert.is_true(worst <= tolerance * largest, ("channel %d: off by %g of its largest value"):format(c, worst / largest))
end

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error; wanted one with: " .. pattern)
  assert.is_truthy(tostring(message):find(pattern, 1, true), ("got:    %s\nwanted: %s"):format(tostring(message), pattern))
end

local function list(samples)
  local made = {}
  for k = 1, #samples do made[k] = samples[k] end
  return made
end

local function sequence_of_the_case()
  return h.sequence { h.silence(2), h.tone(440, 20):ramp(5), h.silence(3) }:level(65)
end

local function published_run()
  return h.sequence { h.silence(20), h.tone(440, 500):ramp(10), h.silence(20) }:level(65)
end

-- Leaky neurons with input I(k, c), explicit, as in 16-gammatone: called with each step's v; gives the spikes.
local function run_neurons(input, n, opt, each_step)
  local channels, dt, spikes, v, free = opt.channels, 1000 / 44100, {}, {}, {}
  for c = 1, channels do v[c], free[c] = -0.07, 0 end
  for step = 0, n - 1 do
    if each_step then each_step(step, v) end
    for c = 1, channels do
      if step >= free[c] then
        v[c] = v[c] + dt * (input:get(step + 1, c) - 0.07 - v[c]) / 10
        if v[c] > opt.threshold then
          spikes[#spikes + 1] = { c, step }
          v[c], free[c] = -0.07, step + 1 + opt.refractory
        end
      end
    end
  end
  return spikes
end

local function by_neuron(spikes)
  table.sort(spikes, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
  return spikes
end

describe("the reference", function()
  it("has these centre frequencies and coefficients", function()
    local wanted, cf = read_csv "coefficients.csv", h.erbspace(100, 5000, 10)
    for k = 1, 10 do
      near(wanted.cf[k], cf[k], 1e-12 * cf[k])
      local s = core.gammatone_sections(cf[k], 44100)
      for n = 1, 4 do near(wanted["A1" .. n][k], s.a1[n], 1e-12 * math.abs(s.a1[n]), "A1" .. n) end
      near(wanted.B1[k], s.b1, 1e-14)
      near(wanted.B2[k], s.b2, 1e-14)
      near(wanted.gain[k], s.gain, 1e-11 * s.gain, "gain")
    end
    local table_of_definitions = { 100, 218.3317, 379.2455, 598.0648, 895.6269, 1300.2678, 1850.5203, 2598.7831, 3616.3110, 5000 }
    for k, f in ipairs(table_of_definitions) do near(f, cf[k], 5e-5) end
    local s = core.gammatone_sections(100, 44100)
    near(-1.98951834680, s.b1, 5e-12)
    near(0.98974671182, s.b2, 5e-12)
    near(1.89550414e-10, s.gain, 5e-19)
    near(119629.0550, s.a0 / s.gain, 1e-3)
    near(-123095.6581, s.a1[1] / s.gain, 1e-3)
  end)

  it("has this impulse response", function()
    local wanted = read_csv "impulse.csv"
    local samples = { 1 }
    for k = 2, #wanted.sample do samples[k] = 0 end
    local rows = h.gammatone(h.sound(samples), h.erbspace(100, 5000, 10)):process()
    for c = 1, 10 do compare(wanted["c" .. c], wanted.sample, rows, c, 1e-8) end
    local top = 1
    for k = 1, #samples do
      if rows:get(k, 1) > rows:get(top, 1) then top = k end
    end
    assert.equal(448, top - 1)
    near(0.00209523, rows:get(top, 1), 5e-9)
  end)

  it("has these sounds", function()
    assert.same({ 88, 882, 220, 132 }, { h.silence(2).n, h.tone(440, 20).n, h.silence(5).n, h.silence(3).n })
    local wanted, sound = read_csv "sound.csv", sequence_of_the_case()
    local x = sound:samples()
    assert.equal(#wanted.x, #x)
    for k = 1, #x do near(wanted.x[k], x[k], 1e-12, "sample " .. k) end
    near(65, sound:level(), 1e-12)
  end)

  it("has these filtered channels, and neurons driven by them", function()
    local wanted, sound = read_csv "response.csv", sequence_of_the_case()
    local bank = h.gammatone(sound, h.erbspace(100, 5000, 10))
    local rows = bank:process()
    for c = 1, 10 do compare(wanted["c" .. c], wanted.sample, rows, c, 1e-8) end

    local v_wanted, spikes_wanted, row = read_csv "driven_v.csv", read_csv "driven_spikes.csv", 1
    local spikes = run_neurons(bank:half_wave(3):process(), sound.n, { channels = 10, threshold = -0.0698, refractory = 176 }, function(step, v)
      if v_wanted.step[row] ~= step then return end
      for c = 1, 10 do near(v_wanted[("v[%d]"):format(c)][row], v[c], 1e-8 * 0.07, "v") end
      row = row + 1
    end)
    assert.equal(#v_wanted.step, row - 1)
    local wanted_spikes = {}
    for k = 1, #spikes_wanted.neuron do wanted_spikes[k] = { spikes_wanted.neuron[k], spikes_wanted.step[k] } end
    assert.same(by_neuron(wanted_spikes), by_neuron(spikes))
  end)

  it("has the published run: 20 ms silence, 440 Hz for 500 ms, 20 ms silence, 65 dB", function()
    local sound = published_run()
    assert.equal(23814, sound.n)
    near(0.0355656, sound:rms()[1], 5e-8)
    near(0.052936, sound:peak(), 5e-7)
    local bank = h.gammatone(sound, h.erbspace(100, 5000, 10))
    local wanted, rms = { 5.8e-6, 8.18e-5, .010777, .0022155, 1.669e-4, 4.74e-5, 2.2e-5, 1.22e-5, 6.9e-6, 6e-6 }, bank:rms()
    for c = 1, 10 do near(wanted[c], rms[c], 0.01 * wanted[c], "rms of channel " .. c) end
    local spikes = run_neurons(bank:half_wave(3):process(), sound.n, { channels = 10, threshold = -0.06, refractory = 220 })
    assert.equal(31, #spikes)
    for _, spike in ipairs(spikes) do assert.equal(3, spike[1]) end
    near(37.596, spikes[1][2] * 1000 / 44100, 5e-4)
  end)
end)

describe("sounds", function()
  it("do not change: methods give new ones", function()
    local a = h.tone(1000, 10)
    local before = list(a:samples())
    for _, made in ipairs { a:ramp(5), a:level(60), a * 3, a .. a, a + a, a:slice(1, 2), a:resample(20000), a:shift(3), a:extend(3), -a } do
      assert.is_true(#made:samples() > 0 and made ~= a)
    end
    assert.same(before, list(a:samples()))
    assert.equal(441, #a)
    assert.equal(10, a.duration)
    assert.equal("sound: 10 ms, 441 rows at 44100 Hz, 1 channel", tostring(a))
  end)

  it("are tones of any phase, amplitude and rate", function()
    local x = h.tone(100, 20, { rate = 8000, phase = 0.5, amplitude = 2 }):samples()
    assert.equal(160, #x)
    for k = 0, 159 do near(2 * math.sin(0.5 + 2 * math.pi * 100 * k / 8000), x[k + 1], 1e-13) end
    -- an hour into a sound, a tone is as exact as at its start
    local late = h.tone(441, 3.6e6 + 10):slice(3.6e6):samples()
    for k = 0, 440 do near(math.sin(2 * math.pi * 0.01 * k), late[k + 1], 1e-6) end
  end)

  it("have ramps at one end or both", function()
    local function ramped(when) return list(h.click(1, { rate = 10000 }):ramp(0.4, { when = when }):samples()) end
    local half, three = math.sin(math.pi / 6) ^ 2, math.sin(math.pi / 3) ^ 2
    local function check(wanted, got)
      assert.equal(#wanted, #got)
      for k = 1, #wanted do near(wanted[k], got[k], 1e-15) end
    end
    check({ 0, half, three, 1, 1, 1, 1, 1, 1, 1 }, ramped "onset")
    check({ 1, 1, 1, 1, 1, 1, 1, three, half, 0 }, ramped "offset")
    check({ 0, half, three, 1, 1, 1, 1, three, half, 0 }, ramped "both")
    check({ 0, half, three, 1, 1, 1, 1, three, half, 0 }, ramped(nil))
    fails("ramp: 11 ms are longer than the sound, 10 ms", function() h.tone(100, 10):ramp(11) end)
    fails("unknown when 'middle'", function() h.tone(100, 10):ramp(1, { when = "middle" }) end)
  end)

  it("have levels in dB SPL about their mean, silences included", function()
    local a = h.tone(1000, 100)
    near(20 * math.log(math.sqrt(0.5) / 2e-5, 10), a:level(), 1e-9)
    near(a:level() - 10 * math.log(2, 10), (a .. h.silence(100)):level(), 1e-9)
    near(a:level(), a:map("x + 5"):level(), 1e-9)
    for _, level in ipairs { -20, 0, 65, 120 } do near(level, a:level(level):level(), 1e-10) end
    fails("level: channel 1 is silent", function() h.silence(10):level(60) end)
    fails("the source is empty", function() h.silence(0):level() end)
    local both = h.stereo(a, a * 0.1)
    local left, right = both:level()
    near(20, left - right, 1e-9)
    left, right = both:level(50):level()
    near(50, left, 1e-9)
    near(50, right, 1e-9)
    left, right = both:level({ 50, 60 }):level()
    near(50, left, 1e-9)
    near(60, right, 1e-9)
    left, right = both:max_level(70):level()
    near(70, left, 1e-9)
    near(50, right, 1e-9)
  end)

  it("are mixed, joined, cut and moved", function()
    local a, b = h.sound { 1, 2, 3 }, h.sound { 10, 20 }
    assert.same({ 11, 22, 3 }, list((a + b):samples()))
    assert.same({ -9, -18, 3 }, list((a - b):samples()))
    assert.same({ 2, 4, 6 }, list((a * 2):samples()))
    assert.same({ 2, 4, 6 }, list((2 * a):samples()))
    assert.same({ 0.5, 1, 1.5 }, list((a / 2):samples()))
    assert.same({ -1, -2, -3 }, list((-a):samples()))
    assert.same({ 1, 2, 3, 10, 20, 1, 2, 3 }, list((a .. b .. a):samples()))
    assert.same({ 10, 20, 10, 20, 10, 20 }, list(b:times(3):samples()))
    local ms = h.sound({ 1, 2, 3, 4, 5 }, { rate = 1000 })
    assert.same({ 2, 3 }, list(ms:slice(1, 3):samples()))
    assert.same({ 4, 5 }, list(ms:slice(3):samples()))
    assert.same({ 0, 0, 1, 2, 3, 4, 5 }, list(ms:shift(2):samples()))
    assert.same({ 3, 4, 5 }, list(ms:shift(-2):samples()))
    assert.same({ 1, 2, 3, 4, 5, 0, 0 }, list(ms:extend(2):samples()))
    assert.same({ 1, 2, 3, 4, 5 }, list(ms:keep():samples()))
    fails("slice: to must lie in 2..5", function() ms:slice(2, 6) end)
    fails("product of a source: another source or a number expected, got the text 'loud'", function() return a * "loud" end)
    fails("part 2 is no sound but a number", function() return a .. 3 end)
    fails("sum of a source: another source or a number expected, got true", function() return true + a end)
  end)

  it("of other rates and channels are brought together", function()
    local low, high = h.tone(100, 50, { rate = 8000 }), h.tone(100, 50)
    for _, both in ipairs { low + high, h.sequence { low, high }, low .. high } do assert.equal(44100, both.rate) end
    assert.equal(4410, (low .. high).n)
    local stereo = h.stereo(h.sound { 1, 2 }, h.sound { 5 })
    assert.same({ 2, 2 }, { stereo.channels, stereo.n })
    assert.same({ 1, 2 }, list(stereo:channel(1):samples()))
    assert.same({ 5, 0 }, list(stereo:channel(2):samples()))
    assert.same({ 3, 1 }, list(stereo:mono():samples()))
    local both = stereo .. h.sound { 7 }
    assert.same({ 1, 2, 7 }, list(both:channel(1):samples()))
    assert.same({ 5, 0, 7 }, list(both:channel(2):samples()))
    local x = both:samples()
    assert.same({ 3, 2 }, { x:shape() })
    fails("both sounds must have one channel", h.stereo, stereo, stereo)
    fails("there is no channel 3, there are 2", function() stereo:channel(3) end)
  end)

  it("are resampled without what the new rate cannot hold", function()
    local a = h.tone(1000, 200)
    for _, rate in ipairs { 48000, 16000, 22050, 33333.3 } do
      local b = a:resample(rate)
      assert.equal(math.floor(a.n * rate / 44100 + 0.5), b.n)
      local x = b:samples()
      for k = 1000, 2000 do near(math.sin(2 * math.pi * 1000 * (k - 1) / rate), x[k], 1e-4) end
    end
    assert.is_true(h.tone(9000, 200):resample(16000):slice(20, 180):peak() < 2e-5)
    fails("resample: rate must lie in 1000..1e+06, got 44.1", function() a:resample(44.1) end)
  end)

  it("are clicks and harmonic complexes", function()
    assert.same({ 1, 1 }, list(h.click(0.2, { rate = 10000 }):samples()))
    near(28e-6 * 1000, h.click(1, { peak = 60 }):peak(), 1e-15)
    assert.same({ 1, 0, 0, 1, 0, 0 }, list(h.clicks(0.1, 2, 0.3, { rate = 10000 }):samples()))
    local x, f0 = h.harmonic_complex(3000, 5, { amplitude = { 1, 0.5 }, phase = { 0, 1 } }):samples(), 3000
    for k = 0, #x - 1 do
      local w = 2 * math.pi * f0 * k / 44100
      near(math.sin(w) + 0.5 * math.sin(1 + 2 * w), x[k + 1], 1e-12)
    end
    local all, sum = h.harmonic_complex(3000, 5):samples(), nil
    for harmonic = 1, 7 do sum = sum and sum + h.tone(harmonic * 3000, 5) or h.tone(3000, 5) end
    local y = sum:samples()
    for k = 1, #all do near(y[k], all[k], 1e-12) end
    fails("harmonic 8 of 3000 Hz lies above half the rate", h.harmonic_complex, 3000, 5, { harmonics = 8 })
    fails("3 values of phase for 2 harmonics", h.harmonic_complex, 3000, 5, { amplitude = { 1, 1 }, phase = { 0, 0, 0 } })
  end)

  it("are noises that a seed repeats", function()
    for _, make in ipairs { h.white_noise, h.pink_noise } do
      local a, b, c = make(50, { seed = 3 }), make(50, { seed = 3 }), make(50, { seed = 4 })
      assert.same(list(a:samples()), list(b:samples()))
      assert.not_same(list(a:samples()), list(c:samples()))
      assert.not_same(list(make(50):samples()), list(make(50):samples()))
      near(1, make(5000, { seed = 1 }):rms()[1], make == h.white_noise and 0.01 or 0.15)
      local both = make(200, { seed = 1, channels = 2 })
      local left, right, product = both:channel(1):samples(), both:channel(2):samples(), 0
      for k = 1, #left do product = product + left[k] * right[k] / #left end
      near(0, product, make == h.white_noise and 0.05 or 0.4)
      -- a longer noise begins like a shorter one
      assert.same(list(a:samples()), list(make(100, { seed = 3 }):slice(0, 50):samples()))
    end
    -- moments of the white one: 4 standard errors of 220500 samples
    local x, third, fourth = h.white_noise(5000, { seed = 2 }):samples(), 0, 0
    for k = 1, #x do third, fourth = third + x[k] ^ 3 / #x, fourth + x[k] ^ 4 / #x end
    near(0, third, 4 * math.sqrt(15 / #x))
    near(3, fourth, 4 * math.sqrt(96 / #x))
    -- pink: the same power in every octave
    local pink = h.pink_noise(20000, { seed = 1 })
    local function octave(f) return pink:highpass(f, { order = 6 }):lowpass(2 * f, { order = 6 }):slice(1000):rms()[1] end
    local middle = octave(1000)
    for _, f in ipairs { 125, 500, 4000, 8000 } do near(1, octave(f) / middle, 0.08, "octave above " .. f) end
  end)

  it("are made from functions and tables", function()
    local x = h.from_function(function(t) return t * 2 end, 1, { rate = 10000 }):samples()
    for k = 0, 9 do near(0.2 * k, x[k + 1], 1e-15) end
    fails("sound: no samples", h.sound, {})
    fails("sound: rate must lie in 1000..1e+06, got 44.1", h.sound, { 1 }, { rate = 44.1 })
  end)

  it("refuse what makes no sense", function()
    fails("tone: frequency must lie in 0..22050, got 30000", h.tone, 30000, 10)
    fails("tone: duration must", h.tone, 100, -1)
    fails("tone: duration must", h.tone, 100, 0 / 0)
    fails("tone: unknown option 'phas': did you mean 'phase'?", h.tone, 100, 10, { phas = 1 })
  end)
end)

describe("filterbanks", function()
  local cf = h.erbspace(100, 5000, 10)

  it("are linear, and the same in blocks of any size", function()
    local a, b = h.white_noise(60, { seed = 1 }), h.tone(700, 60)
    local fa, fb, both = h.gammatone(a, cf):process(), h.gammatone(b, cf):process(), h.gammatone(a * 2 + b, cf):process()
    for k = 1, a.n, 7 do
      for c = 1, 10 do near(2 * fa:get(k, c) + fb:get(k, c), both:get(k, c), 1e-12) end
    end
    local bank = h.gammatone(a, cf):map "3 * clip(x, 0, inf)":lowpass(1000)
    local whole = bank:process()
    for _, size in ipairs { 1, 13, 512, 5000 } do
      local at = 0
      for block, t in bank:blocks(size) do
        near(at * 1000 / 44100, t, 1e-9)
        local rows = block:shape()
        for k = 1, rows do
          for c = 1, 10, 3 do assert.equal(whole:get(at + k, c), block:get(k, c)) end
        end
        at = at + rows
      end
      assert.equal(a.n, at)
    end
  end)

  it("keep their state from read to read, and ring on after the sound", function()
    local bank = h.gammatone(h.tone(500, 100), { 500 })
    local stream = bank:stream()
    local ok, why = pcall(function() return stream.rewind end)
    assert.is_true(not ok and why:find("stream: unknown method or field 'rewind'", 1, true) ~= nil)
    stream:read(4410)
    local tail, peak = stream:read(441), 0
    for k = 1, 441 do peak = math.max(peak, math.abs(tail:get(k, 1))) end
    assert.is_true(peak > 0.1)
    assert.equal(4410 + 441, stream.at)
    stream:seek(4410)
    assert.equal(tail:get(100, 1), stream:read(100):get(100, 1))
  end)

  it("need no more memory for a longer sound", function()
    local function resident()
      local file = assert(io.open "/proc/self/statm")
      local _, pages = file:read("n", "n")
      file:close()
      return pages * 4096 / 2 ^ 20
    end
    local parts = {}
    for k = 1, 280 do
      parts[#parts + 1] = h.tone(98 * 1.05946 ^ (k // 4), 500):ramp(10)
      parts[#parts + 1] = h.silence(20)
    end
    collectgarbage()
    local before = resident()
    local sound = h.sequence(parts):level(65)                       -- 146 s, 49 MB as samples
    near(145600, sound.duration, 1)
    local rms = h.gammatone(sound, h.erbspace(100, 5000, 4)):half_wave(3):rms()
    assert.is_true(rms[1] > 0)
    if not IS_SANITIZED then assert.is_true(resident() - before < 12, ("%.1f MB more"):format(resident() - before)) end
  end)

  it("choose and join channels", function()
    local bank = h.gammatone(h.tone(500, 20), { 200, 500, 900 })
    local rows, some = bank:process(), bank:pick { 3, 1, 1 }
    assert.same({ 900, 200, 200 }, some.cf)
    local picked = some:process()
    for k = 1, 882, 50 do
      assert.equal(rows:get(k, 3), picked:get(k, 1))
      assert.equal(rows:get(k, 1), picked:get(k, 3))
    end
    local joined = h.join { bank, some }
    assert.equal(6, joined.channels)
    assert.same({ 200, 500, 900, 900, 200, 200 }, joined.cf)
    assert.equal(rows:get(300, 3), joined:process():get(300, 4))
    fails("pick: there is no channel 4, there are 3", function() bank:pick { 4 } end)
    fails("join: part 2 has 8000 rows a second, part 1 has 44100", h.join, { bank, h.tone(1, 1, { rate = 8000 }) })
  end)

  it("are filtered on: low and high pass, any sections", function()
    local x = h.sound { 1, 0, 0, 0 }:iir { { 1, 2, 0, 0, 0 }, { 0.5, 0, 0, -0.5, 0 } }:samples()
    assert.same({ 0.5, 1.25, 0.625, 0.3125 }, list(x))
    local two = h.gammatone(h.tone(500, 20), { 400, 600 }):iir { { { 1, 0, 0, 0, 0 } }, { { 0, 1, 0, 0, 0 } } }
    local plain = h.gammatone(h.tone(500, 20), { 400, 600 }):process()
    assert.equal(plain:get(99, 2), two:process():get(100, 2))
    local tone = h.tone(1000, 300)
    near(math.sqrt(0.25), tone:lowpass(1000):slice(100):rms()[1], 1e-6)
    near(math.sqrt(0.25), tone:highpass(1000, { order = 4 }):slice(100):rms()[1], 1e-6)
    local bank = tone:lowpass { 100, 10000 }
    assert.equal(2, bank.channels)
    fails("lowpass: cutoff 1 must lie in 0..22050, got 30000", function() tone:lowpass(30000) end)
    fails("lowpass: cutoff must be a number or a list of them, got the text 'x'", function() tone:lowpass "x" end)
    fails("lowpass: cutoff 2", function() tone:lowpass { 100, "x" } end)
    fails("order", function() tone:lowpass(100, { order = 51 }) end)
    local band = lp.signal.butter(3, { 900, 1100 }, { type = "band", fs = tone.rate })
    near(1, tone:iir(band):slice(200):rms()[1] / tone:slice(200):rms()[1], 1e-3)
    assert.is_true((lp.signal.filter(band, tone:samples()) - tone:iir(band):samples()):abs():max() < 1e-12)
    local both = tone:iir { band, band }:process()
    assert.equal(both:get(99, 1), both:get(99, 2))
    local third = lp.signal.butter(3, 100, { fs = tone.rate })        -- fewer sections than `band`: the last one changes nothing
    assert.same(tone:iir(third):samples():table(), tone:iir({ band, third }):process():column(2):table())
    fails("iir: channel 2: a filter or a list of sections expected, got 3", function() tone:iir { band, 3 } end)
    fails("filter: coefficients for 3 channels, but the source has 2", function() bank:lowpass { 1, 2, 3 } end)
    fails("is unstable", function() tone:iir { { 1, 0, 0, -3, 0 } } end)
    fails("section 2 must be { b0, b1, b2, a1, a2 }", function() tone:iir { { 1, 0, 0, 0, 0 }, { 1 } } end)
  end)

  it("refuse what makes no sense", function()
    local tone = h.tone(500, 20)
    fails("centre frequency 2 is 22050 Hz: it must lie above 0 and below half the sampling rate, 22050 Hz", h.gammatone, tone, { 100, 22050 })
    fails("centre frequency 1 is 0 Hz", h.gammatone, tone, { 0 })
    fails("no centre frequency", h.gammatone, tone, {})
    fails("a sound or another source expected, got number", h.gammatone, 3, { 100 })
    fails("the source has 2 channels, and there are 3 centre frequencies", h.gammatone, h.stereo(tone, tone), { 100, 200, 300 })
    fails("unknown option 'bandwidth'", h.gammatone, tone, { 100 }, { bandwidth = 3 })
    fails("gammatone: b must be greater than 0, got -1", h.gammatone, tone, { 100 }, { b = -1 })
    fails("gammatone: q must be greater than 0, got NaN", h.gammatone, tone, { 100 }, { q = 0 / 0 })
    fails("erbspace: high must be at least 200", h.erbspace, 200, 100, 3)
    fails("the source has 44100 rows a second, but 10000 are wanted: give the population dt = 1000/44100", function() tone:stream(10000) end)
  end)
end)

describe("functions of samples", function()
  it("are expressions, compiled like equations", function()
    local bank = h.gammatone(h.white_noise(30, { seed = 1 }), { 200, 800, 3000 })
    local x = bank:process()
    local y = bank:map("if x > a: k * x ^ 2 else: -i + t", { a = 0.01, k = { 1, 2, 3 } }):process()
    for n = 1, 1323, 11 do
      for c = 1, 3 do
        local v = x:get(n, c)
        near(v > 0.01 and c * v * v or -c + (n - 1) * 1000 / 44100, y:get(n, c), 1e-12)
      end
    end
    local half, clip = bank:half_wave(3):process(), bank:map("3 * clip(x, 0, inf)"):process()
    for n = 1, 1323 do assert.equal(half:get(n, 2), clip:get(n, 2)) end
  end)

  it("point at what is wrong with them", function()
    local tone = h.tone(500, 20)
    fails("map: unknown function 'clipp'\n    3 * clipp(x, 0, 1)\n        ^~~~~  did you mean 'clip'?", function() tone:map "3 * clipp(x, 0, 1)" end)
    fails("map: unknown name 'y'", function() tone:map "y + 1" end)
    fails("random numbers", function() tone:map "x + Normal(0, 1)" end)
    fails("'x' is given: the sample", function() tone:map("x", { x = 1 }) end)
    fails("2 values of 'k' for 3 channels", function() tone:pick({ 1, 1, 1 }):map("k * x", { k = { 1, 2 } }) end)
    fails("an expression of x or a function of blocks expected, got nil", function() tone:map() end)
  end)

  it("are Lua functions of blocks, the same whoever reads them and how", function()
    local calls, n_rows = 0, {}
    local bank = h.gammatone(h.tone(500, 30), { 300, 700 })
    local doubled = bank:map(function(block, t)
      calls = calls + 1
      n_rows[#n_rows + 1] = block:shape()
      near((calls - 1) % 3 * 512 * 1000 / 44100, t, 1e-9)
      return block * 2
    end)
    local whole, plain = doubled:process(), bank:process()
    assert.equal(3, calls)
    assert.same({ 512, 512, 512 }, n_rows)
    for k = 1, 1323, 7 do assert.equal(2 * plain:get(k, 2), whole:get(k, 2)) end
    local at = 0
    for block in doubled:blocks(100) do
      assert.equal(whole:get(at + 1, 1), block:get(1, 1))
      at = at + 100
    end
    assert.equal(6, calls)
    local changed = bank:map(function(block) block:set(1, 1, 99) end):process()
    assert.equal(99, changed:get(513, 1))
    fails("the function gave an array of 2 x 1, wanted are 512 rows of 2", function() bank:map(function() return { 1, 2 } end):process() end)
    fails("the function gave a string", function() bank:map(function() return "x" end):process() end)
    fails("hearing_spec.lua", function() bank:map(function() error "broken" end):process() end)
    fails("broken", function() bank:map(function() error "broken" end):process() end)
  end)
end)

describe("timed arrays and generators", function()
  it("hold their rows, or draw lines between them", function()
    local rows = h.timed_array({ { 1, 10 }, { 2, 20 }, { 3, 30 } }, { dt = 0.5 })
    assert.equal(2, rows.channels)
    local x = rows:stream(10000):read(20)
    for k = 0, 19 do assert.same({ math.min(k // 5, 2) + 1, 10 * (math.min(k // 5, 2) + 1) }, { x:get(k + 1, 1), x:get(k + 1, 2) }) end
    local line = h.timed_array({ 0, 5, 0 }, { times = { 0, 1, 2 }, interpolate = true }):stream(10000):read(30)
    for k = 0, 29 do near(k <= 10 and k / 2 or k <= 20 and 10 - k / 2 or 0, line:get(k + 1, 1), 1e-12) end
    local round = h.timed_array({ 1, 2 }, { dt = 1, period = 3 }):stream(1000):read(7)
    for k, wanted in ipairs { 1, 2, 2, 1, 2, 2, 1 } do assert.equal(wanted, round:get(k, 1)) end
    fails("either dt or times", h.timed_array, { 1, 2 }, {})
    fails("3 times for 2 rows", h.timed_array, { 1, 2 }, { times = { 0, 1, 2 } })
    fails("times must rise from 0 or later; time 2 is 0 ms", h.timed_array, { 1, 2 }, { times = { 1, 0 } })
    fails("no rate of its own", function() return h.gammatone(rows, { 100 }) end)
    fails("at which rate?", function() rows:stream() end)
  end)

  it("take functions of time", function()
    local x = h.generator(function(t) return t * 2 end):stream(10000):read(1000)
    for k = 0, 999, 37 do near(0.2 * k, x:get(k + 1, 1), 1e-12) end
    local same = h.generator(function() return 7 end, { channels = 3 }):map("x + i"):stream(10000):read(2)
    assert.same({ 8, 9, 10 }, { same:get(2, 1), same:get(2, 2), same:get(2, 3) })
    fails("the generator gave an array of 512 x 1, wanted are 512 rows of 2", function()
      h.generator(function(t) return t end, { channels = 2 }):stream(1000):read(1)
    end)
    fails("a function expected, got nil", h.generator)
  end)
end)

describe("driven neurons", function()

  local function leaky(threshold, refractory)
    return lp.neuron {
      parameters = { tau = 10, v_rest = -0.07, v_th = threshold, I = 0 }, equations = "tau * dv/dt = I + v_rest - v : init = -0.07",
      spike = "v > v_th", reset = "v = v_rest", refractory = refractory,
    }
  end

  it("move as in the reference", function()
    local v, wanted, sound = read_csv "driven_v.csv", read_csv "driven_spikes.csv", sequence_of_the_case()
    local drive = h.gammatone(sound, h.erbspace(100, 5000, 10)):map "3 * clip(x, 0, inf)"
    local net = lp.network { dt = 1000 / 44100 }
    local pop = net:population { size = 10, neuron = leaky(-0.0698, 4), drive = { I = drive } }
    local rows, spikes = net:record(pop, "v"), net:record(pop, "spike")
    net:run(sound.duration)
    local first = rows.v:shape() - sound.n                          -- 1 where the initial state is a row
    for k, step in ipairs(v.step) do
      if step + first >= 1 then
        for c = 1, 10 do near(v[("v[%d]"):format(c)][k], rows.v:get(step + first, c), 1e-8 * 0.07, "v") end
      end
    end
    local got, sorted = {}, {}
    for k = 1, #spikes.neuron do got[k] = { spikes.neuron[k], spikes.step[k] } end
    for k = 1, #wanted.neuron do sorted[k] = { wanted.neuron[k], wanted.step[k] } end
    assert.same(by_neuron(sorted), by_neuron(got))
  end)

  it("fire as in the published run, beside neurons of another clock", function()
    local sound = published_run()
    local drive = h.gammatone(sound, h.erbspace(100, 5000, 10)):map "3 * clip(x, 0, inf)"
    local net = lp.network { dt = 0.1 }
    net:population { size = 1, neuron = leaky(0, 1) }
    local pop = net:population { size = 10, neuron = leaky(-0.06, 5), dt = 1000 / 44100, drive = { I = drive } }
    local spikes = net:record(pop, "spike")
    for _ = 1, 27 do net:run(20) end                                -- in pieces: the filters keep their state
    assert.equal(31, #spikes.t)
    near(37.596, spikes.t[1], 5e-4)
    for k = 1, 31 do assert.equal(3, spikes.neuron[k]) end
  end)

  it("are driven by timed arrays and functions at their own clock", function()
    local net = lp.network { dt = 0.1 }
    local steps = net:population { size = 2, neuron = leaky(9, 1), drive = { I = h.timed_array({ { 1, 2 }, { 3, 4 } }, { dt = 1 }) } }
    local wave = net:population { size = 1, neuron = leaky(9, 1), drive = { I = h.generator(function(t) return t * 2 end) } }
    net:run(0.5)
    assert.same({ 1, 2 }, list(steps.I))
    near(0.8, wave.I[1], 1e-12)                                     -- of the last step, which began at 0.4 ms
    net:run(5)
    assert.same({ 3, 4 }, list(steps.I))
  end)

  it("refuse a drive that does not fit", function()
    local bank = h.gammatone(h.tone(440, 100), { 100, 500, 900 })
    local function population(opt)
      opt.neuron = leaky(9, 1)
      return lp.network({ dt = 0.1 }):population(opt)
    end
    fails("44100", population, { size = 3, drive = { I = bank } })
    fails("3 channels", population, { size = 4, dt = 1000 / 44100, drive = { I = bank } })
    fails("'J'", population, { size = 3, dt = 1000 / 44100, drive = { J = bank } })
    fails("drive", population, { size = 3, dt = 1000 / 44100, drive = { I = "loud" } })
    local net = lp.network { dt = 0.1 }
    net:population { size = 1, neuron = leaky(9, 1), drive = { I = h.generator(function() error "broken" end) } }
    fails("broken", function() net:run(1) end)
  end)
end)

describe("sound files", function()
  local folder

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder))
  end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  local function path(name) return folder .. "/" .. name end
  local function contents(name)
    local file = assert(io.open(path(name), "rb"))
    local text = file:read "a"
    file:close()
    return text
  end
  local function write(name, text)
    local file = assert(io.open(path(name), "wb"))
    file:write(text)
    file:close()
    return path(name)
  end

  --- A WAV file of 16-bit samples.
  local function wav(channels, rate, n, declared)
    local data = ("<i2"):pack(1000):rep(channels * n)
    local size = declared or #data
    return "RIFF" .. ("<I4"):pack(36 + size) .. "WAVEfmt " .. ("<I4I2I2I4I4I2I2"):pack(16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
      .. "data" .. ("<I4"):pack(size) .. data
  end

  it("come back as they were saved", function()
    local sound = h.stereo(h.tone(440, 20) * 0.5, h.white_noise(20, { seed = 1 }) * 0.1)
    local x = sound:samples()
    for name, tolerance in pairs { ["a.wav"] = 1e-7, ["a.aiff"] = 1e-7, ["a.flac"] = 2e-7 } do
      sound:save(path(name))
      for _, back in ipairs { h.load(path(name)), h.load(path(name), { stream = true }) } do
        assert.same({ 44100, 882, 2 }, { back.rate, back.n, back.channels })
        local y = back:samples()
        for k = 1, 882, 3 do
          near(x:get(k, 1), y:get(k, 1), tolerance)
          near(x:get(k, 2), y:get(k, 2), tolerance)
        end
      end
    end
    sound:save(path "b.wav", { samples = "float64" })
    local y = h.load(path "b.wav"):samples()
    for k = 1, 882 do assert.equal(x:get(k, 2), y:get(k, 2)) end
    sound:save(path "c.wav", { samples = "pcm16" })
    near(x:get(100, 1), h.load(path "c.wav", { channels = 1 }):samples()[100], 2 ^ -15)
    sound:save(path "d.ogg")
    near(1, h.load(path "d.ogg"):rms()[1] / sound:rms()[1], 0.05)
    local streamed = h.load(path "b.wav", { stream = true, channels = 2 })
    assert.equal(x:get(882, 2), streamed:slice(19.9):samples()[882 - 878])
    local f = h.gammatone(streamed, { 500 }):process()
    assert.equal(f:get(800, 1), h.gammatone(sound:channel(2), { 500 }):process():get(800, 1))
  end)

  it("that are bad are refused, each with its reason", function()
    fails("No such file", h.load, path "none.wav")
    fails("is no ordinary file", h.load, folder)
    fails("is empty", h.load, write("empty.wav", ""))
    fails("cannot read sound file", h.load, write("text.wav", "this is no sound, whatever it is called"))
    fails("holds no samples", h.load, write("none.wav", wav(1, 44100, 0)))
    fails("is truncated: 1800 bytes of its samples are missing", h.load, write("cut.wav", wav(1, 44100, 100, 2000)))
    fails("has a rate of 7 Hz; sounds have 1000 to 1e+06 Hz", h.load, write("slow.wav", wav(1, 7, 100)))
    assert.equal(3, h.load(write("three.wav", wav(3, 44100, 100))).channels)
    assert.equal(8000, h.load(path "slow.wav", { rate = 8000 }).rate)
    assert.same({ 2, 100 }, { h.load(path "three.wav", { channels = { 3, 1 } }).channels, h.load(path "three.wav", { channels = 2 }).n })
    fails("load: there is no channel 4", h.load, path "three.wav", { channels = 4 })
    h.white_noise(100, { seed = 1 }):map("0.1 * x"):save(path "whole.flac")
    local whole = contents "whole.flac"
    fails("is truncated", h.load, write("cut.flac", whole:sub(1, #whole // 2)))
    h.tone(440, 20):save(path "whole.aiff")
    fails("is truncated: 100 bytes", h.load, write("cut.aiff", contents("whole.aiff"):sub(1, -101)))
    local bytes = ("<f"):pack(0 / 0)
    h.sound({ 1, 2, 3 }):save(path "number.wav")
    local text = contents "number.wav"
    fails("sample 3 is not a finite number", h.load, write("nan.wav", text:gsub(("<f"):pack(3):gsub("%p", "%%%0"), (bytes:gsub("%%", "%%%%")))))
  end)

  it("that are damaged anywhere are read or refused, no worse", function()
    local seed = 1
    local function random(n)
      seed = (seed * 1103515245 + 12345) % 2 ^ 31
      return math.floor(seed / 2 ^ 31 * n) + 1
    end
    for _, ending in ipairs { "wav", "aiff", "flac", "ogg" } do
      h.white_noise(20, { seed = 1 }):map("0.1 * x"):save(path("good." .. ending))
      local good, refused = contents("good." .. ending), 0
      for _ = 1, 60 do
        local bytes = { good:byte(1, -1) }
        for _ = 1, random(4) do bytes[random(math.min(#bytes, 120))] = random(256) - 1 end
        local text = {}
        for k, b in ipairs(bytes) do text[k] = string.char(b) end
        local ok, sound = pcall(h.load, write("bad." .. ending, table.concat(text)), { channels = 1, rate = 44100 })
        if ok then assert.is_true(#sound:samples() > 0) else refused = refused + 1 end
      end
      assert.is_true(refused > 0, ending)
    end
    local flac = contents "good.flac"
    -- the number of samples: the low half of byte 22 and the four that follow
    local endless = flac:sub(1, 21) .. string.char(flac:byte(22) | 15) .. ("\255"):rep(4) .. flac:sub(27)
    fails("is truncated: it promises 68719476735 samples", h.load, write("long.flac", endless))
  end)

  it("appear when they are whole, or not at all", function()
    local good = h.tone(440, 20)
    good:save(path "a.wav", { samples = "pcm16" })
    local before = contents "a.wav"
    fails("is 2: samples of this kind of file lie in -1 .. 1", function() (h.sound { 0, 0, 2 } .. good):save(path "a.wav", { samples = "pcm16" }) end)
    assert.equal(before, contents "a.wav")
    fails("broken", function() good:map(function() error "broken" end):save(path "a.wav") end)
    assert.equal(before, contents "a.wav")
    local left = io.popen("ls " .. folder):read "a"
    assert.equal("a.wav\n", left)
    fails("the name must end in .wav, .aiff, .aif, .flac or .ogg", function() good:save(path "a.mp3") end)
    fails("no such folder (it is not made for you)", function() good:save(path "no/folder/a.wav") end)
    fails("no such samples", function() good:save(path "a.flac", { samples = "float64" }) end)
    fails("whole rates", function() good:resample(20000.5):save(path "b.wav") end)
    fails("save: unknown kind of samples 'pcm8'", function() good:save(path "b.wav", { samples = "pcm8" }) end)
    assert(os.execute("mkdir " .. path "taken.wav"))
    fails("cannot write sound file", function() good:save(path "taken.wav") end)
  end)
end)

describe("pictures of sounds", function()
  local function largest(values)
    local rows, columns = values:shape()
    local top, row, column = -math.huge, nil, nil
    for r = 1, rows do
      for c = 1, columns do
        if values:get(r, c) > top then top, row, column = values:get(r, c), r, c end
      end
    end
    return row, column, top
  end

  it("are spectrograms: frequency by time, in dB", function()
    local sound = h.silence(100) .. h.tone(3000, 200) * 0.02
    local s = h.spectrogram(sound)
    local row, column, top = largest(s.values)
    near(3000, s.frequencies[row], 44100 / 1024)
    assert.is_true(s.times[column] > 90)
    assert.equal(s.top, top)
    local rows, columns = s.values:shape()
    assert.same({ #s.frequencies, #s.times }, { rows, columns })
    near(top - 80, s.values:get(row, 1), 1e-9)
    -- all lines of a white noise lie at its density: 10 log10(1/22050 / (2e-5)^2)
    local noise, mean, n = h.spectrogram(h.white_noise(3000, { seed = 1 }), { low = 1000, high = 20000, window = 1000 }), 0, 0
    assert.is_true(noise.frequencies[1] >= 1000 and noise.frequencies[#noise.frequencies] <= 20000)
    for r = 1, #noise.frequencies do
      for c = 1, #noise.times - 1 do mean, n = mean + 10 ^ (noise.values:get(r, c) / 10), n + 1 end
    end
    near(10 * math.log(1 / 22050 / 4e-10, 10), 10 * math.log(mean / n, 10), 0.1)
    for hop = 100, 3000, 1450 do
      local gaps = h.spectrogram(h.tone(4410, 500), { hop = hop, window = 1000 })     -- the line of a tone stands where it belongs, at every hop
      assert.equal(math.max(1, math.ceil((22050 - 1000) / hop) + 1), #gaps.times)
      for c = 1, #gaps.times - 1 do assert.equal(101, gaps.values:column(c):argmax()) end
    end
    fails("the sound has two channels", h.spectrogram, h.stereo(sound, sound))
    fails("no line of the spectrum lies in 10 .. 20 Hz", h.spectrogram, sound, { low = 10, high = 20 })
  end)

  it("are cochleagrams: channel by time, rms in dB SPL", function()
    local sound = (h.silence(100) .. h.tone(1000, 300)):level(60)
    local c = h.cochleagram(sound, { cf = { 300, 1000, 3000 } })
    local row, column, top = largest(c.values)
    assert.equal(2, row)
    assert.is_true(c.times[column] > 100)
    near(60 + 10 * math.log(4 / 3, 10), top, 0.1)
    assert.same({ 3, 81 }, { c.values:shape() })   -- bins of 220 samples
    near(2.5, c.times[1], 0.02)
    assert.same(c.values:get(2, 70), h.cochleagram(h.gammatone(sound, { 300, 1000, 3000 })).values:get(2, 70))
    fails("has no centre frequencies", h.cochleagram, h.join { sound, sound })
  end)

  it("draw themselves on axes", function()
    local fig = require("lunapse").figure { rows = 2 }
    h.spectrogram(h.tone(3000, 200)):draw(fig[1])
    h.cochleagram(h.tone(1000, 200)):draw(fig[2], { bar = "dB SPL" })
    local name = os.tmpname() .. ".png"
    fig:save(name)
    local file = assert(io.open(name, "rb"))
    assert.equal("\137PNG", file:read(4))
    file:close()
    os.remove(name)
  end)
end)
