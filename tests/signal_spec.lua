--- lp.signal against numpy and scipy (tests/numeric/make.py, of which this is the other half), and its errors.
local lp = require "lunapse"
local array, signal = lp.array, lp.signal
local compare = require "tests.compare"
local reference = require "tests.numeric.reference"

--- `f(...)` raises, and its message holds `text`.
local function fails(text, f, ...)
  local message = compare.fails(f, ...)
  assert.is_truthy(message:find(text, 1, true), message)
end

local function pick(d, ...) return (select(d:whole(0, select("#", ...) - 1) + 1, ...)) end

local function series(d, least, most) return d:reals(d:whole(least or 30, most or 120)) end

local function segment_options(d)
  local opt = {}
  local nperseg = d:whole(8, 40)
  opt.fs = 1 + 9 * d()
  opt.nperseg, opt.noverlap = nperseg, d:whole(0, nperseg - 1)
  opt.window = pick(d, "hann", "hamming", "blackman", "boxcar")
  opt.detrend = pick(d, "constant", "linear", false)
  opt.scaling = pick(d, "density", "spectrum")
  return opt
end

local cases = {
  fft = function(d)
    local x = d:numbers(d:whole(1, 40))
    local n = d:whole(1, 40)
    local m = d:reals(3, 4, 5)
    return { signal.fft(x), signal.ifft(x, n), signal.fft(m, nil, 2) }
  end,
  rfft = function(d)
    local x = d:reals(d:whole(1, 40))
    local n = d:whole(1, 40)
    return { signal.rfft(x), signal.rfft(x, n), signal.irfft(signal.rfft(x), #x), signal.irfft(x, n), signal.fftfreq(n, 10), signal.rfftfreq(n, 10) }
  end,
  welch = function(d)
    local x = series(d, 50, 150)
    local f, p = signal.welch(x, segment_options(d))
    return { f, p, signal.welch(x, { fs = 3 }) }
  end,
  csd = function(d)
    local n = d:whole(50, 150)
    local x, y = d:reals(n), d:reals(n)
    return { signal.csd(x, y, segment_options(d)) }
  end,
  coherence = function(d)
    local n = d:whole(50, 150)
    local x, y = d:reals(n), d:reals(n)
    return { signal.coherence(x, y, { fs = 2, nperseg = d:whole(8, 20) }) }
  end,
  spectrogram = function(d)
    local x = series(d, 50, 150)
    local fs = 1 + d()
    return { signal.spectrogram(x, { fs = fs, nperseg = d:whole(8, 40) }) }
  end,
  convolve = function(d)
    local a = d:reals(d:whole(1, 300))
    local b = d:reals(d:whole(1, 300))
    return { signal.convolve(a, b), signal.convolve(a, b, "same"), signal.correlate(a, b), signal.correlate(a, b, "same"),
      #a >= #b and signal.convolve(a, b, "valid") or nil }
  end,
  autocorrelation = function(d) return { signal.autocorrelation(series(d), 10) } end,
  butter = function(d)
    local order = d:whole(1, 8)
    local kind = pick(d, "low", "high", "band", "stop")
    local low = 0.1 + 0.3 * d()
    local f = signal.butter(order, (kind == "low" or kind == "high") and low or { low, low + 0.1 + 0.3 * d() }, { type = kind })
    local x = d:reals(2, d:whole(60, 120))
    return { signal.filter(f, x), signal.filtfilt(f, x) }, 1e4
  end,
  cheby = function(d)
    local order = d:whole(1, 6)
    local kind = pick(d, "low", "high", "band", "stop")
    local low = 0.1 + 0.3 * d()
    local ripple = 0.5 + 2 * d()
    local edges = (kind == "low" or kind == "high") and low or { low, low + 0.1 + 0.3 * d() }
    local x = d:reals(2, d:whole(60, 120))
    return { signal.filter(signal.cheby1(order, ripple, edges, { type = kind }), x), signal.filter(signal.cheby2(order, 20 * ripple, edges, { type = kind }), x) }, 1e4
  end,
  iirdesign = function(d)
    local kind = d:whole(0, 2)
    local low = 0.2 + 0.3 * d()
    local gap = 0.05 + 0.1 * d()
    local edges = ({ { low, low + gap }, { low + gap, low }, { { low, low + 0.2 }, { low - gap, low + 0.2 + gap } } })[kind + 1]
    local loss = 0.5 + d()
    local attenuation = 20 + 10 * d()
    local x, made = d:reals(60), {}
    for k, family in ipairs { "butter", "cheby1", "cheby2", "ellip" } do
      made[k] = signal.filter(signal.iirdesign(edges[1], edges[2], loss, attenuation, { family = family }), x)
    end
    return made, 1e4
  end,
  ellip = function(d)
    local order = d:whole(1, 7)
    local kind = pick(d, "low", "high", "band", "stop")
    local low = 0.1 + 0.3 * d()
    local ripple = 0.2 + 2 * d()
    local edges = (kind == "low" or kind == "high") and low or { low, low + 0.1 + 0.3 * d() }
    local attenuation = ripple + 10 + 50 * d()
    return { signal.filter(signal.ellip(order, ripple, attenuation, edges, { type = kind }), d:reals(2, d:whole(60, 120))) }, 1e4
  end,
  bessel = function(d)
    local order = d:whole(1, 8)
    local kind = pick(d, "low", "high", "band", "stop")
    local low = 0.1 + 0.3 * d()
    local norm = pick(d, "phase", "delay", "mag")
    local edges = (kind == "low" or kind == "high") and low or { low, low + 0.1 + 0.3 * d() }
    return { signal.filter(signal.bessel(order, edges, { type = kind, norm = norm }), d:reals(2, d:whole(60, 120))) }, 1e5
  end,
  bandstop = function(d)
    local low = 0.2 + 0.1 * d()
    local gap = 0.05 + 0.1 * d()
    local more = 0.1 * d()
    local loss = 0.5 + d()
    local attenuation = 20 + 10 * d()
    local x, made = d:reals(60), {}
    for k, family in ipairs { "butter", "cheby1", "cheby2", "ellip" } do
      local f = signal.iirdesign({ low, low + 0.25 + 2 * gap + more }, { low + gap, low + 0.25 + gap }, loss, attenuation, { family = family })
      made[k] = signal.filter(f, x)
    end
    return made, 1e10          -- scipy finds the edges to 1e-5
  end,
  firwin = function(d)
    local n = 2 * d:whole(1, 9) + 1
    local kind = pick(d, "low", "high", "band", "stop")
    local low = 0.1 + 0.3 * d()
    local edges = (kind == "low" or kind == "high") and low * 5 or { low * 5, (low + 0.1 + 0.3 * d()) * 5 }
    local b = signal.firwin(n, edges, { type = kind, fs = 10, window = pick(d, "hamming", "hann", "blackman") })
    local x = d:reals(d:whole(60, 90), 2)
    return { b, signal.filter(b, x, 1), signal.filtfilt(b, x, 1) }
  end,
  smooth = function(d)
    local x = d:reals(2, d:whole(1, 40))
    local sigma = 0.2 + 4 * d()
    return { signal.gaussian(x, sigma), signal.exponential(x, 0.05 + 0.9 * d()) }
  end,
  detrend = function(d)
    local x = d:reals(3, d:whole(2, 40))
    return { signal.detrend(x), signal.detrend(x, "constant"), signal.detrend(x, nil, 1) }, 1e3
  end,
  hilbert = function(d) return { signal.hilbert(d:reals(2, d:whole(1, 60))) } end,
  resample = function(d)
    local x = d:reals(d:whole(2, 60))
    return { signal.resample(x, d:whole(1, 90)) }
  end,
  interp = function(d)
    local n = d:whole(1, 20)
    local xp = (d:reals(n) + 1.01):cumsum()
    local x = d:reals(30) * 25 + 10
    local first = signal.interp(x, xp, d:reals(n))
    return { first, signal.interp(xp, xp, d:reals(n)) }, 1e3
  end,
  find_peaks = function(d)
    local x = series(d)
    x = (signal.gaussian(x, 0.7) * pick(d, 10, 1000000)):round()
    local opt = pick(d, {}, { height = 0 }, { prominence = 2 }, { threshold = 1 }, { height = -5, prominence = 1 })
    local peaks, heights, prominences = signal.find_peaks(x, opt)
    local y = d:reals(#x)
    return { peaks, heights, prominences, (signal.find_peaks(y, { distance = 1 + 6 * d() })) }
  end,
  histogram2d = function(d)
    local n = d:whole(1, 100)
    local x, y = d:reals(n), d:reals(n)
    local counts, ex, ey = signal.histogram2d(x, y, d:whole(1, 6))
    return { counts, ex, ey, (signal.histogram2d(x, y, { { -0.5, 0, 0.25 }, d:whole(1, 5) })) }
  end,
}

describe("signal has the values of numpy and scipy:", function()
  for name, f in pairs(cases) do
    it(name, function() reference.compare(name, f) end)
  end
end)

describe("signal", function()
  it("refuses what it cannot mean", function()
    local x = array.linspace(0, 1, 20)
    fails("filtfilt: more than 9 samples are needed, got 9", signal.filtfilt, signal.butter(2, 0.2), array.ones(9))
    fails("butter: unknown type 'lowpass'", signal.butter, 2, 0.2, { type = "lowpass" })
    fails("butter: type 'band' needs two cutoffs, the lower one first", signal.butter, 2, 0.2, { type = "band" })
    fails("butter: cutoff must lie in 0..50, got 60", signal.butter, 2, 60, { fs = 100 })
    fails("butter: a cutoff must lie below half the sampling rate, 50, got 50", signal.butter, 2, 50, { fs = 100 })
    for _, fs in ipairs { 0, -100, 0 / 0 } do
      fails("butter: fs must be", signal.butter, 2, 1, { fs = fs })
      fails("firwin: fs must be", signal.firwin, 9, 1, { fs = fs })
      fails("iirdesign: fs must be", signal.iirdesign, 1, 2, 1, 40, { fs = fs })
    end
    fails("cheby1: ripple must", signal.cheby1, 2, 0, 0.2)
    fails("ellip: attenuation must be above the ripple, 3 dB, got 2", signal.ellip, 2, 3, 2, 0.2)
    fails("bessel: order must be a whole number in 1..25, got 26", signal.bessel, 26, 0.2)
    fails("bessel: unknown norm 'phas': did you mean 'phase'?", signal.bessel, 4, 0.2, { norm = "phas" })
    fails("iirdesign: unknown family 'chebby1': did you mean 'cheby1'?", signal.iirdesign, 0.2, 0.3, 1, 40, { family = "chebby1" })
    fails("iirdesign: the edges that pass and those that stop must lie apart", signal.iirdesign, { 0.2, 0.4 }, { 0.1, 0.3 }, 1, 40)
    fails("iirdesign: one edge or two that pass and as many that stop expected, got 1 and 2", signal.iirdesign, 0.2, { 0.1, 0.3 }, 1, 40)
    fails("firwin: type 'high' needs an odd number of samples, got 4", signal.firwin, 4, 0.2, { type = "high" })
    fails("welch: unknown option 'npersegs': did you mean 'nperseg'?", signal.welch, x, { npersegs = 4 })
    fails("window: unknown window 'han': did you mean 'hann'?", signal.welch, x, { window = "han" })
    fails("csd: two signals of 20 and 3 samples", signal.csd, x, { 1, 2, 3 })
    fails("fft: axis 3 is out of range: the array has shape 20", signal.fft, x, nil, 3)
    fails("rfft: real numbers expected, got complex128", signal.rfft, array.complex(x, x))
    fails("convolve: unknown mode 'fill': did you mean 'full'?", signal.convolve, x, x, "fill")
    fails("interp: the places xp must ascend", signal.interp, 1, { 2, 1 }, { 0, 0 })
    fails("did you mean 'welch'?", function() return signal.welhc end)
  end)

  it("designs filters that do what their names say", function()
    local function gains(filter)
      local impulse = array.zeros(4096)
      impulse[1] = 1
      return signal.rfft(signal.filter(filter, impulse)):abs()
    end
    local g = gains(signal.ellip(7, 1, 60, 0.3))
    local edge = math.floor(0.3 * 2048)
    assert.near(10 ^ (-1 / 20), g:slice(1, edge):min(), 1e-3)
    local stopped = g:lt(10 ^ (-59.99 / 20)):find()
    assert.is_true(stopped[1] < 1.2 * edge)                      -- steep
    assert.near(-60, 20 * math.log(g:slice(math.tointeger(stopped[1]), 2049):max(), 10), 0.02)
    local step = signal.filter(signal.bessel(8, 0.1), array.ones(200))
    assert.is_true(step:max() < 1.01)                            -- forms stay: hardly any overshoot
    assert.near(math.sqrt(0.5), gains(signal.bessel(5, 0.25, { norm = "mag" }))[513], 1e-9)
    local low, high = gains(signal.iirdesign({ 0.1, 0.5 }, { 0.2, 0.3 }, 1, 40, { family = "ellip" })), {}
    for k, f in ipairs { 0.1, 0.5, 0.2, 0.3 } do high[k] = -20 * math.log(low[math.floor(f * 2048) + 1], 10) end
    assert.is_true(high[1] <= 1.01 and high[2] <= 1.01 and high[3] >= 39.9 and high[4] >= 39.9, table.concat(high, " "))
  end)

  it("keeps axes where they were", function()
    local x = reference.draw("axes", 1):reals(4, 5, 30)
    local f = signal.butter(2, 0.3)
    local all = signal.filtfilt(f, x:transpose(1, 3, 2), 2)
    assert.is_true(all:transpose(1, 3, 2) == signal.filtfilt(f, x))
    assert.is_true(signal.filtfilt(f, x[2][3]) == signal.filtfilt(f, x)[2][3])
    assert.equal(2.5, signal.interp(0.25, { 0, 1 }, { 2, 4 }))
  end)
end)
