-- Finite filters, and what is made of them: chirps, delays, head-related transfer functions; combinations of channels. lunapse.hearing.

local lp = require "lunapse"
local h = require "lunapse.hearing"
local files = require "lunapse.core.hdf5"

local array = lp.array

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error; wanted one with: " .. pattern)
  assert.is_truthy(tostring(message):find(pattern, 1, true), ("got:    %s\nwanted: %s"):format(tostring(message), pattern))
end

local function near(wanted, got, tolerance) assert.is_true(math.abs(wanted - got) <= tolerance, ("%.12g, wanted %.12g"):format(got, wanted)) end

local noise = h.white_noise(120, { seed = 1, rate = 48000 })

describe("a finite filter", function()
  it("is the convolution with its taps, in whatever pieces it is read", function()
    local x = noise:samples()
    for _, n in ipairs { 1, 5, 128, 129, 1000, 7000 } do
      local taps = h.white_noise(200, { seed = 2, rate = 48000 }):samples():slice(1, n):copy()
      local filtered = noise:fir(taps)
      local y, stream = filtered:samples(), filtered:stream()
      assert.is_true((y - lp.signal.convolve(x, taps):slice(1, noise.n)):abs():max() < 1e-11)
      local pieces = array.join { stream:read(1, true), stream:read(3000, true), stream:read(noise.n - 3001, true) }
      assert.equal(0, (y - pieces):abs():max())
      stream:seek(2000)
      assert.equal(0, (stream:read(100, true) - y:slice(2001, 2100)):abs():max())
    end
  end)

  it("has taps for each channel, or for all", function()
    local two = h.join { noise, noise * 2 }
    for _, n in ipairs { 3, 300 } do
      local taps = array.zeros(2, n)
      taps[1][1], taps[2][n] = 1, 3
      local rows, x = two:fir(taps):process(), noise:samples()
      assert.is_true((rows:column(1) - x):abs():max() < 1e-13)
      assert.is_true((rows:column(2):slice(n) - x:slice(1, noise.n - n + 1) * 6):abs():max() < 1e-12)
      assert.is_true((noise:fir(taps):process():column(2):slice(n) - x:slice(1, noise.n - n + 1) * 3):abs():max() < 1e-12)
      assert.is_true((two:fir(taps[2]:copy()):process():column(1):slice(n) - x:slice(1, noise.n - n + 1) * 3):abs():max() < 1e-12)
    end
  end)

  it("refuses what is no filter", function()
    fails("fir: taps for 3 channels, but the source has 2", function() h.join({ noise, noise }):fir(array.zeros(3, 2)) end)
    fails("fir: channel 1, tap 2: taps must be finite", function() noise:fir { 1, 0 / 0 } end)
    fails("fir: taps [tap] or [channel][tap] expected, got 3", function() noise:fir(3) end)
    fails("fir: taps [tap] or [channel][tap] expected, got shape 1 x 1 x 1", function() noise:fir { { { 1 } } } end)
    fails("linear_gammachirp: f must lie in 0..24000, got 30000", h.linear_gammachirp, noise, 30000, 1)
    fails("linear_gaborchirp: c must be finite, got NaN", h.linear_gaborchirp, noise, 1000, 1, { c = 0 / 0 })
    fails("fractional_delay: delay must be finite, got NaN", h.fractional_delay, noise, 0 / 0)
    fails("reads ahead", function() noise:feedback(function(x, back) return x + back:fir(array.zeros(200)) end):samples() end)
    local echo = noise:feedback(function(x, back) return x + back:fir { 0.5 } end):samples()   -- a short one does not
    near(noise:samples()[2] + 0.5 * noise:samples()[1], echo[2], 1e-15)
  end)
end)

describe("chirps along a straight line", function()
  local click = h.sound({ 1 }, { rate = 20000 }):extend(40)

  it("have the impulse responses of their definitions", function()
    local tau, c = { 1, 2 }, { -0.05, 0.1 }
    local rows = h.linear_gammachirp(click, { 1000, 2000 }, tau, { c = { -50, 100 }, phase = 0.3 }):process()
    for k = 1, 2 do
      local wanted, sum = {}, 0
      for j = 0, 599 do
        local late = j / 20
        local s = late - 6
        wanted[j] = late ^ 3 * math.exp(-late / tau[k]) * math.cos(2 * math.pi * (k * s + c[k] / 2 * s * s) + 0.3)
        sum = sum + math.abs(wanted[j])
      end
      for j = 0, 599, 17 do near(wanted[j] / sum, rows:get(j + 1, k), 1e-14) end
    end
    local gabor = h.linear_gaborchirp(click, 1000, 2):process():flatten()
    near(1, (gabor * gabor):sum(), 1e-12)
    assert.equal(240, gabor:argmax() - 1)
    assert.same({ 1000 }, h.linear_gaborchirp(click, 1000, 2).cf)
  end)

  it("refuse what they cannot be", function()
    fails("linear_gammachirp: 2 values of time_constant for 3 channels", h.linear_gammachirp, click, { 1, 2, 3 }, { 1, 2 })
    fails("linear_gammachirp: time_constant must", h.linear_gammachirp, click, 1000, 0)
    fails("linear_gaborchirp: unknown option 'd'", h.linear_gaborchirp, click, 1000, 1, { d = 1 })
  end)
end)

describe("a delay of parts of a sample", function()
  it("moves a tone by it", function()
    local rows, t = h.fractional_delay(h.tone(1000, 100), { 0, 0.0137, -0.1 }):process(), array.arange(0, 4409) / 44.1
    for k, late in ipairs { 0, 0.0137, -0.1 } do
      local wanted = (2 * math.pi * (t - late - 1023 / 44.1)):sin()
      assert.is_true((rows:column(k) - wanted):slice(2200, 4400):abs():max() < 1e-3)
    end
    fails("fractional_delay: taps must be odd, got 4", h.fractional_delay, noise, 0, { taps = 4 })
    fails("fractional_delay: 50 ms are more than half of the 2047 taps", h.fractional_delay, noise, 50)
  end)
end)

describe("channels", function()
  it("are repeated, tiled and interleaved", function()
    local function order(source)
      local list = {}
      for c, x in ipairs(source:process()[2]:table()) do list[c] = math.tointeger(x) end
      return list
    end
    local function constants(a, b) return h.join { h.sound { a, a }, h.sound { b, b } } end
    local ab, cd = constants(1, 2), constants(3, 4)
    assert.same({ 1, 1, 1, 2, 2, 2 }, order(ab:repeat_channels(3)))
    assert.same({ 1, 2, 1, 2 }, order(ab:tile_channels(2)))
    assert.same({ 1, 2, 3, 4 }, order(h.join { ab, cd }))
    assert.same({ 1, 3, 2, 4 }, order(h.interleave { ab, cd }))
    fails("interleave: part 2 has 1 channels, part 1 has 2", h.interleave, { ab, h.sound { 1, 1 } })
    fails("repeat_channels: n must", function() ab:repeat_channels(0) end)
  end)
end)

-- ---- HRTFs -------------------------------------------------------------------------------------------------------------

--- A SOFA file of four directions, of whose responses each is one sample: left, in front, right, above.
local function write_sofa(change, type)
  local path = os.tmpname() .. ".sofa"
  local file = files.open(path, "create")
  local ir = array.zeros(4, 2, 16)
  for k, taps in ipairs { { 1, 5, 0.5 }, { 2, 2, 1 }, { 5, 1, 2 }, { 3, 3, 1 } } do
    ir[k][1][taps[1]], ir[k][2][taps[2]] = 1, taps[3]
  end
  local content = { ["Data.IR"] = ir, ["Data.SamplingRate"] = array.from({ 48000 }, "float64"), ["Data.Delay"] = array.from({ { 0, 0 } }, "float64"),
    SourcePosition = array.from({ { 90, 0, 1.5 }, { 0, 0, 1.5 }, { 270, 0, 1.5 }, { 0, 90, 1.5 } }, "float64") }
  file:set_attribute("", "Conventions", "SOFA")
  file:set_attribute("", "SOFAConventions", "SimpleFreeFieldHRIR")
  if change then change(file, content) end
  for name, value in pairs(content) do
    if value then file:write(name, value) end
  end
  if type then file:set_attribute("SourcePosition", "Type", type) end
  file:close()
  return path
end

describe("a set of HRTFs", function()
  it("comes from a SOFA file, and says what the ears hear", function()
    local path = write_sofa()
    local set = h.load_hrtf(path)
    assert.equal(4, #set)
    assert.equal(48000, set.rate)
    assert.equal("HRTF set: 4 directions, 16 samples at 48000 Hz", tostring(set))
    local left = set[1]
    near(-4 / 48, left:itd(), 1e-12)
    near(20 * math.log(2, 10), left:ild(), 1e-9)
    local heard, x = left(noise):samples(), noise:samples()
    assert.same(x:table(), heard:column(1):table())
    assert.same((x:slice(1, noise.n - 4) * 0.5):table(), heard:slice(5):column(2):table())
    near(-4 / 48, left(noise):itd(), 1e-4)
    local nearest, angle, index = set:nearest(-80, 10)
    assert.equal(270, nearest.azimuth)
    assert.equal(3, index)
    near(math.deg(math.acos(math.cos(math.rad(10)) ^ 2)), angle, 1e-9)
    assert.equal(90, set:nearest(10, 80).elevation)
    assert.equal(2, set:subset(function(azimuth, elevation) return elevation == 0 and azimuth > 0 end).n)
    assert.same({ 270, 90 }, set:subset({ 3, 1 }).azimuth:table())
    os.remove(path)
  end)

  it("is a filterbank of all directions", function()
    local path = write_sofa()
    local set = h.load_hrtf(path)
    local serial, turns = set:filterbank(noise):process(), set:filterbank(noise, { interleaved = true }):process()
    for k = 1, 4 do
      local one = set[k]:apply(noise):process()
      for ear = 1, 2 do
        assert.same(one:column(ear):table(), serial:column((ear - 1) * 4 + k):table())
        assert.same(one:column(ear):table(), turns:column(2 * k - 2 + ear):table())
      end
    end
    os.remove(path)
  end)

  it("is resampled, delayed, and turned from Cartesian places", function()
    local path = write_sofa(function(_, content) content["Data.Delay"] = array.from({ { 3, 0 } }, "float64") end)
    near(-1 / 48, h.load_hrtf(path)[1]:itd(), 1e-12)
    local slower = h.load_hrtf(path, { rate = 44100 })
    assert.equal(44100, slower.rate)
    near(-1 / 48, slower[1]:itd(), 2e-3)
    near(1, slower.data[1][2]:sum() / 0.5, 5e-2)      -- a constant passes as before, but for what would ring before the start
    os.remove(path)
    path = write_sofa(function(_, content)
      content.SourcePosition = array.from({ { 0, 1.5, 0 }, { 1.5, 0, 0 }, { 0, -1.5, 0 }, { 0, 0, 1.5 } }, "float64")
    end, "cartesian")
    local set = h.load_hrtf(path)
    for k, place in ipairs { { 90, 0 }, { 0, 0 }, { -90, 0 }, { 0, 90 } } do
      near(place[1], set.azimuth[k], 1e-9)
      near(place[2], set.elevation[k], 1e-9)
      near(1.5, set.distance[k], 1e-9)
    end
    os.remove(path)
  end)

  it("refuses files that are something else", function()
    local function refuses(pattern, change)
      local path = write_sofa(change)
      fails(pattern, h.load_hrtf, path)
      os.remove(path)
    end
    refuses("has no 'Data.IR'", function(_, content) content["Data.IR"] = false end)
    refuses("has the convention GeneralFIR: SimpleFreeFieldHRIR is read", function(file) file:set_attribute("", "SOFAConventions", "GeneralFIR") end)
    refuses("Data.IR of shape [direction][2][sample] expected, got 4 x 3 x 16", function(_, content) content["Data.IR"] = array.zeros(4, 3, 16) end)
    refuses("SourcePosition of shape 4 x 3 expected, got 3 x 3", function(_, content) content.SourcePosition = array.zeros(3, 3) end)
    refuses("Data.Delay must be whole numbers of samples", function(_, content) content["Data.Delay"] = array.from({ { 0.5, 0 } }, "float64") end)
    refuses("'Data.SamplingRate' must hold numbers", function(_, content) content["Data.SamplingRate"] = "fast" end)
    refuses("direction 1, ear 2, sample 3 must be finite", function(_, content) content["Data.IR"][1][2][3] = 0 / 0 end)
    refuses("Data.Delay of shape 1 x 2 or 4 x 2 expected, got 1 x 3", function(_, content) content["Data.Delay"] = array.zeros(1, 3) end)
    refuses("Data.SamplingRate must lie in 1000..1e+06, got 0", function(_, content) content["Data.SamplingRate"] = array.zeros(1) end)
    refuses("elevation 2 must lie in -90..90, got 91", function(_, content) content.SourcePosition[2][2] = 91 end)
    fails("load_hrtf: ", h.load_hrtf, "/nowhere/a.sofa")
  end)

  it("is made of arrays, or of delays alone", function()
    local set = h.headless { n = 5, rate = 100000 }
    assert.same({ -90, -45, 0, 45, 90 }, set.azimuth:table())
    for k, azimuth in ipairs { -90, -45, 0, 45, 90 } do near(-0.65 * math.sin(math.rad(azimuth)), set[k]:itd(), 0.5e-2 + 1e-9) end
    assert.equal(0, set[1]:ild())
    near(0.3, h.headless({ itd = { 0.3 }, rate = 10000 })[1]:itd(), 1e-12)
    local own = h.hrtf_set({ { { 1, 0 }, { 0, 1 } } }, { rate = 10000, azimuth = 30 })
    near(-0.1, own[1]:itd(), 1e-12)
    fails("hrtf_set: impulse responses [direction][2][sample] expected, got shape 2 x 2", h.hrtf_set, { { 1, 0 }, { 0, 1 } }, { rate = 10000, azimuth = 30 })
    fails("headless: itd 1 must lie in", h.headless, { itd = 0 / 0 })
    local two = h.headless { n = 2 }
    fails("HRTF set: 'rate' cannot be set", function() two.rate = 8000 end)
    fails("HRTF: 'left' cannot be set", function() two[1].left = noise end)
    fails("itd: the left ear hears nothing", function() h.stereo(h.silence(5), h.silence(5)):itd() end)
    fails("ild: both ears hear nothing", function() h.stereo(h.silence(5), h.silence(5)):ild() end)
    fails("hrtf_set: 2 values of azimuth for 1 directions", h.hrtf_set, { { { 1, 0 }, { 0, 1 } } }, { rate = 10000, azimuth = { 1, 2 } })
    fails("HRTF: the source has 48000 rows a second, the filters 10000", function() own[1](noise) end)
    fails("there is no direction 2, there are 1", function() return own[2] end)
    fails("HRTF: a source of one channel expected, got 2", function() own[1](h.join { noise, noise }) end)
    fails("headless: either n directions or itd, in ms, is needed", h.headless, {})
    fails("itd: a sound of two channels expected, got 1", function() noise:itd() end)
  end)
end)
