-- Sounds of many channels, sounds of experiments, and playing: lunapse.hearing.

local lp = require "lunapse"
local h = require "lunapse.hearing"

local HOST = os.getenv "HOST" or "build/lunapse"

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error; wanted one with: " .. pattern)
  assert.is_truthy(tostring(message):find(pattern, 1, true), ("got:    %s\nwanted: %s"):format(tostring(message), pattern))
end

local function near(wanted, got, tolerance) assert.is_true(math.abs(wanted - got) <= tolerance, ("%.12g, wanted %.12g"):format(got, wanted)) end

describe("a sound of many channels", function()
  it("is made of lists, arrays and other sounds", function()
    local tones = h.tone({ 200, 300, 400 }, 50, { amplitude = { 1, 2, 3 }, phase = 0.1 })
    assert.same({ 3, 2205 }, { tones.channels, tones.n })
    local rows = tones:samples()
    for c = 1, 3 do assert.same(h.tone(100 + 100 * c, 50, { amplitude = c, phase = 0.1 }):samples():table(), rows:column(c):table()) end
    assert.same(rows:table(), h.sound(rows):samples():table())
    assert.same(rows:table(), h.join({ tones:channel(1), tones:pick { 2, 3 } }):samples():table())
    assert.same({ 3, 2646 }, { (tones .. h.silence(10)).channels, (tones .. h.silence(10)).n })
    assert.same((rows:column(2) + rows:column(1) * 0):table(), (tones + h.silence(50)):samples():column(2):table())
    near((rows:get(100, 1) + rows:get(100, 2) + rows:get(100, 3)) / 3, tones:mono():samples()[100], 1e-15)
    assert.equal(4, h.white_noise(10, { channels = 4 }).channels)
    fails("sequence: part 1 has 2 channels, another one 3", function() return tones:pick { 1, 2 } .. tones end)
    fails("tone: 2 values of phase for 3 channels", h.tone, { 1, 2, 3 }, 10, { phase = { 0, 1 } })
    fails("samples [n] or [n][channels] expected, got an array of shape 2 x 1000", h.sound, lp.array.zeros(2, 1000))
  end)

  it("has a level for each, and keeps what lies between them", function()
    local tones = h.tone({ 200, 300, 400 }, 50, { amplitude = { 1, 2, 4 } })
    local levels = { tones:level() }
    near(20 * math.log(2, 10), levels[2] - levels[1], 1e-9)
    for _, level in ipairs { tones:level(60):level() } do near(60, level, 1e-9) end
    for c, level in ipairs { tones:level({ 50, 60, 70 }):level() } do near(40 + 10 * c, level, 1e-9) end
    levels = { tones:max_level(70):level() }
    near(70, levels[3], 1e-9)
    near(20 * math.log(0.25, 10), levels[1] - levels[3], 1e-9)
    near(4, tones:peak(), 1e-2)
    fails("level: 3 levels for 4 channels", function() h.tone({ 1, 2, 3, 4 }, 10):level { 1, 2, 3 } end)
    local path = os.tmpname() .. ".wav"
    tones:save(path, { samples = "float64" })
    assert.same(tones:samples():table(), h.load(path):samples():table())
    assert.same(tones:pick({ 3, 1, 2 }):samples():table(), h.load(path, { channels = { 3, 1, 2 } }):samples():table())
    os.remove(path)
  end)

  it("gets a length", function()
    local s = h.sound({ 1, 2, 3, 4, 5 }, { rate = 1000 })
    assert.same({ 1, 2, 3 }, s:resize(3):samples():table())
    assert.same({ 1, 2, 3, 4, 5, 0, 0 }, s:resize(7):samples():table())
    assert.equal(7, s:resize(7).duration)
    fails("resize: duration must", function() s:resize(-1) end)
  end)
end)

describe("what is given", function()
  it("is told where it is not what was expected", function()
    local s = h.tone(500, 5)
    fails("sequence: a list of sounds expected, got one of them", h.sequence, s)
    fails("sequence: a list of sounds expected, got nothing", h.sequence)
    fails("join: part 2 is no source but a number", h.join, { s, 3 })
    fails("join: no sources", h.join, {})
    fails("stereo: part 2 is no sound but a nil", h.stereo, s)
    fails("gammatone: centre frequencies 2 must be a number, got the text 'x'", h.gammatone, s, { 100, "x" })
    fails("gain: the gain must be a number or a list of them, got true", function() s:gain(true) end)
    fails("max_level: the level must lie in -1000..1000", function() s:max_level(1e4) end)
    fails("pick: a list of channels expected, got 3", function() s:pick(3) end)
    fails("map: a table of parameters by name expected, got the text 'k'", function() s:map("x", "k") end)
    fails("1e+300 ms are no length of a sound", function() s:extend(1e300) end)
    fails("sound: a table or an array of samples expected, got the text 'x'", h.sound, "x")
    fails("tone: the list of frequency is empty", h.tone, {}, 10)
  end)

  it("is finite where numbers are kept, and where a level is made", function()
    local s, silence = h.tone(500, 5), h.silence(5)
    local broken = h.from_function(function(t) return t * (0 / 0) end, 5)
    fails("sound: row 2 is not a number (NaN)", h.sound, { 1, 0 / 0, 2 })
    fails("sound: row 1, channel 2 must be finite, got inf", h.sound, { { 1, 1 / 0 }, { 1, 2 } })
    for _, method in ipairs { "level", "max_level" } do
      fails("is silent, so no gain gives it 60 dB", function() silence[method](silence, 60) end)
      fails("holds samples that are not finite, so no gain gives it 60 dB", function() broken[method](broken, 60) end)
    end
    near(60, h.stereo(s, silence):max_level(60):level(), 1e-9)
    fails("gain: the gain must be finite, got NaN", function() s:gain { 0 / 0 } end)
    fails("product of a source: the number must be finite, got NaN", function() return s * (0 / 0) end)
    fails("sum of a source: the number must be finite, got -inf", function() return s + -1 / 0 end)
    fails("quotient of a source: the number is 0", function() return s / 0 end)
    fails("map: 'k' must be a number, got NaN", function() s:map("k*x", { k = 0 / 0 }) end)
    fails("map: 'k' must be numbers, got NaN", function() s:map("k*x", { k = { 0 / 0 } }) end)
    fails("feedback: initial must be finite", function() s:feedback(function(x, back) return x + back end, { initial = 0 / 0 }) end)
    fails("lowpass: cutoff 1 must lie below half the rate, got 22050 of 22050", function() s:lowpass(22050) end)
    fails("lowpass: order must be a whole number in 1..50, got 51", function() s:lowpass(100, { order = 51 }) end)
  end)

  it("is read by something, and nobody changes it", function()
    local s = h.tone(500, 5)
    local bank = h.gammatone(s, { 100, 200 })
    fails("map: no expression reads the parameter 'q'", function() s:map("k*x", { k = 1, q = 2 }) end)
    fails("no expression reads the parameter 'every' (options follow the parameters: iir(filter, {...}, { every = 2 }))", function()
      s:iir({ { "k", 0, 0, 0, 0 } }, { k = 1, every = 2 })
    end)
    assert.same(s:samples():table(), s:map("a*x", { a = "b", b = 1 }):samples():table())
    for _, name in ipairs { "rate", "level", "channels" } do
      fails(("sound: '%s' cannot be set: sources never change, their methods give new ones"):format(name), function() s[name] = 8000 end)
    end
    fails("filterbank: 'cf' cannot be set", function() bank.cf = { 1, 2 } end)
    assert.same({ 44100, 220, 1, 2 }, { s.rate, s.n, s.channels, bank.channels })
    fails("unknown method or field 'save' (known: blocks, cf, channels, duration, feedback", function() bank:save "x.wav" end)
  end)
end)

describe("a vowel", function()
  it("is pulses through resonances", function()
    local s = h.vowel("i", 100, { pitch = 130, rate = 20000 })
    local x = s:samples()
    for k, wanted in pairs {   -- scipy.signal.lfilter
      [10] = 0.384759361031, [200] = -0.20263129175, [777] = 0.50482351084, [1500] = 0.00758919739884, [1999] = 0.00344440658999 } do near(wanted, x[k + 1], 1e-9) end
    near(1, s:peak(), 1e-15)
    assert.same(x:table(), h.vowel({ 270, 2290, 3010 }, 100, { pitch = 130, rate = 20000 }):samples():table())
    assert.same(x:table(), h.vowel("iy", 100, { pitch = 130, rate = 20000 }):samples():table())
    fails("vowel: unknown vowel 'oo'", h.vowel, "oo", 100)
    fails("vowel: formant 2 must", h.vowel, { 100, 30000 }, 100)
    fails("vowel: the name of a vowel or a list of formants in Hz expected, got 3", h.vowel, 3, 100)
  end)
end)

describe("noise", function()
  it("with ripples repeats itself as often as it was iterated", function()
    for kind, wanted in pairs { same = { 4 / 5, 4 * 3 / (5 * 6) }, original = { 4 / 5, 3 / 5 } } do   -- autocorrelations of binomial and of equal weights
      local r = h.ripple_noise(5, 1, 4, 2000, { seed = 3, kind = kind })
      assert.equal(88200, r.n)
      local c = lp.signal.autocorrelation(r:samples(), 450)
      near(wanted[1], c[221], 0.02)
      near(wanted[2], c[441], 0.02)
      near(0, c[100], 0.02)
    end
    local plain = h.ripple_noise(5, 0.5, 0, 20, { seed = 3 })
    assert.same(h.white_noise(20, { seed = 3 }):samples():table(), plain:samples():table())
    local steady = h.ripple_noise(5, 1, 1, 20, { seed = 3 }):samples()
    local x = h.white_noise(30, { seed = 3 }):samples()
    for k = 1, 100 do near(x[k + 220] + x[k], steady[k], 1e-12) end
    fails("ripple_noise: gain must", h.ripple_noise, 5, 2, 1, 20)
    fails("ripple_noise: unknown kind 'both'", h.ripple_noise, 5, 1, 1, 20, { kind = "both" })
    fails("ripple_noise: 0.001 ms are no whole sample at 44100 Hz", h.ripple_noise, 0.001, 1, 1, 20)
  end)

  it("by a power law falls as it says", function()
    for _, exponent in ipairs { 0, 1, 2 } do
      local s = h.power_law_noise(4000, exponent, { seed = 2, rate = 10000 })
      near(1, s:rms()[1], 1e-12)
      local f, p = lp.signal.welch(s:samples(), { fs = 10000, nperseg = 1000 })
      local x, y = f:slice(11, 400):log10(), p:slice(11, 400):log10()
      local slope = ((x - x:mean()) * (y - y:mean())):sum() / ((x - x:mean()) ^ 2):sum()
      near(-exponent, slope, 0.05)
    end
  end)
end)

describe("playing", function()
  local function run(path_of_programs, script)
    local pipe = io.popen(("PATH=%s %s -e '%s' 2>&1"):format(path_of_programs, HOST:find "^/" and HOST or io.popen("pwd"):read "l" .. "/" .. HOST, script))
    local said = pipe:read "a"
    pipe:close()
    return said
  end

  it("hands a file to the first player that is there, and waits", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    local file = io.open(folder .. "/paplay", "w")
    file:write("#!/bin/sh\n/bin/cp \"$1\" " .. folder .. "/heard.wav\n")
    file:close()
    os.execute("chmod +x " .. folder .. "/paplay")
    local said = run(folder, [[local h = require "lunapse.hearing" h.tone({ 440, 880 }, 20, { amplitude = 3 }):play { normalise = true }]])
    assert.equal("", said)
    local heard = h.load(folder .. "/heard.wav")
    assert.same({ 2, 882 }, { heard.channels, heard.n })
    near(1, heard:peak(), 1e-3)
    file = io.open(folder .. "/paplay", "w")
    file:write "#!/bin/sh\nexit 3\n"
    file:close()
    assert.is_truthy(run(folder, [[require "lunapse.hearing".tone(440, 20):play()]]):find("play: paplay could not play the sound (status 3)", 1, true))
    os.execute("rm -r " .. folder)
  end)

  it("says what is missing", function()
    local said = run("/nowhere", [[require "lunapse.hearing".tone(440, 20):play()]])
    assert.is_truthy(said:find("play: no player is here: install Debian's package alsa-utils (aplay)", 1, true), said)
    fails("play: samples reach 3, and a loudspeaker takes -1 .. 1: { normalise = true }", function() h.click(1):gain(3):play() end)
    fails("play: a sound of one or two channels expected, got 3: choose with :pick", function() h.tone({ 1, 2, 3 }, 10):play() end)
  end)
end)
