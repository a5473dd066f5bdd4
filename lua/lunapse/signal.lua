--- Signals, `lp.signal`: Fourier transforms, spectra, filters, smoothing, peaks. Values are those of numpy.fft, scipy.signal and others as each docstring
--- says; frequencies are in the unit of `fs`, the samples per unit of time (1 if not given).
---
--- Signals are arrays or tables of numbers. Of several axes the last is time, unless `axis` names another; everything is done for each line along it. Needs
--- Debian's package libfftw3-dev when Lunapse is built, which is opened when a transform is first wanted.

local array = require "lunapse.core.array"
local numeric = require "lunapse.core.numeric"
local options = require "lunapse.options"

require "lunapse.array"

local signal = {}

-- ---- what is given -----------------------------------------------------------------------------------------------------

local function given(where, x)
  if not array.is(x) and type(x) ~= "table" then options.fail(("%s: an array or a table of numbers expected, got %s"):format(where, options.show(x))) end
  return array.is(x) and x or array.from(x)
end

local function is_complex(x) return x:type() == "complex128" end

local function real(where, x)
  x = given(where, x)
  if is_complex(x) then options.fail(("%s: real numbers expected, got complex128"):format(where)) end
  return x:astype "float64"
end

local function vector(where, name, x)
  x = real(where, x)
  if x:axes() ~= 1 then options.fail(("%s: %s must have one axis, got shape %s"):format(where, name, table.concat({ x:shape() }, " x "))) end
  return x
end

--- f(lines) for the lines along an axis, as the rows of a matrix; what it gives (a matrix of as many rows) goes back to where they were.
local function along(where, x, axis, f)
  local n = x:axes()
  axis = axis or n
  local d = math.type(axis) == "integer" and (axis < 0 and n + 1 + axis or axis) or 0
  if d < 1 or d > n then options.fail(("%s: axis %s is out of range: the array has shape %s"):format(where, tostring(axis), table.concat({ x:shape() }, " x "))) end
  local order, back = {}, {}
  for k = 1, n do order[#order + 1] = k ~= d and k or nil end
  order[n] = d
  for k, was in ipairs(order) do back[was] = k end
  local moved = n > 1 and x:transpose(order) or x
  local shape = { moved:shape() }
  if x:size() == 0 then options.fail(("%s: there are no samples: the shape is %s"):format(where, table.concat({ x:shape() }, " x "))) end
  local result = f(moved:reshape(x:size() // shape[n], shape[n]))
  shape[n] = select(2, result:shape())
  result = result:reshape(shape)
  return n > 1 and result:transpose(back):copy() or result
end

--- The lines cut or filled with zeros to n columns.
local function fit(lines, n)
  local rows, columns = lines:shape()
  if columns == n then return lines end
  if columns > n then return lines:columns(1, n) end
  local longer = array.new(lines:type(), { rows, n })
  longer:columns(1, columns):assign(lines)
  return longer
end

local function length(where, n)
  if n ~= nil then options.whole(where, "n", n, 1) end
  return n
end

-- ---- Fourier transforms ------------------------------------------------------------------------------------------------

local function transform(where, kind, x, n, axis)
  length(where, n)
  return along(where, given(where, x):astype "complex128", axis, function(lines)
    n = n or select(2, lines:shape())
    return numeric.fft(kind, fit(lines, n), n)
  end)
end

--- X[k] = sum of x[j] exp(-2 pi i j k/n). numpy.fft.fft.
---@param x ArrayLike  @param n? integer  cut, or filled with zeros, to this many samples  @param axis? integer  the last if not given
---@return Array  complex128
function signal.fft(x, n, axis) return transform("fft", "forward", x, n, axis) end

--- Back from `fft`: with the other sign, divided by n. numpy.fft.ifft.
---@param x ArrayLike  @param n? integer  @param axis? integer
---@return Array  complex128
function signal.ifft(x, n, axis) return transform("ifft", "backward", x, n, axis) end

--- The first n/2 + 1 values of the transform of real numbers; the others are their conjugates. numpy.fft.rfft.
---@param x ArrayLike  @param n? integer  @param axis? integer
---@return Array  complex128
function signal.rfft(x, n, axis)
  length("rfft", n)
  return along("rfft", real("rfft", x), axis, function(lines)
    n = n or select(2, lines:shape())
    return numeric.fft("real", fit(lines, n), n)
  end)
end

--- Back from `rfft`. numpy.fft.irfft.
---@param x ArrayLike  @param n? integer  samples of the result: 2 (m - 1) for m values if not given  @param axis? integer
---@return Array  float64
function signal.irfft(x, n, axis)
  length("irfft", n)
  return along("irfft", given("irfft", x):astype "complex128", axis, function(lines)
    n = n or math.max(1, 2 * (select(2, lines:shape()) - 1))
    return numeric.fft("to_real", fit(lines, n // 2 + 1), n)
  end)
end

--- The frequencies of `fft`: 0, 1, ..., then the negative ones. numpy.fft.fftfreq, with fs = 1/d.
---@param n integer  @param fs? number
---@return Array
function signal.fftfreq(n, fs)
  options.whole("fftfreq", "n", n, 1)
  local k = array.arange(0, n - 1)
  return (k - (k:ge((n + 1) // 2):astype "int64") * n) * ((fs or 1) / n)
end

--- The frequencies of `rfft`. numpy.fft.rfftfreq.
---@param n integer  @param fs? number
---@return Array
function signal.rfftfreq(n, fs)
  options.whole("rfftfreq", "n", n, 1)
  return array.arange(0, n // 2) * ((fs or 1) / n)
end

-- ---- spectra -----------------------------------------------------------------------------------------------------------

local function cosines(...)
  local weights = { ... }
  return function(phase)   -- 0 .. 2 pi
    local w = array.zeros(#phase)
    for k, weight in ipairs(weights) do w = w + weight * (phase * (k - 1)):cos() end
    return w
  end
end

local windows = {
  boxcar = cosines(1), hann = cosines(0.5, -0.5), hamming = cosines(0.54, -0.46), blackman = cosines(0.42, -0.5, 0.08),
  tukey = function(phase)   -- its cosines take a quarter
    local x = phase / (2 * math.pi)
    local edge = x:minimum(1 - x) / 0.125
    return (0.5 * (1 - (math.pi * edge):cos())):where(edge:lt(1), 1)
  end,
}

--- A window of n samples: hann, hamming, blackman, boxcar or tukey (a quarter of it cosines). scipy.signal.get_window.
---@param name string  @param n integer  @param is_symmetric? boolean  for filters; else one period, for spectra
---@return Array
function signal.window(name, n, is_symmetric)
  options.whole("window", "n", n, 1)
  local names = {}
  for known in pairs(windows) do names[#names + 1] = known end
  if not windows[name] then options.fail("window: " .. options.unknown("window", tostring(name), names)) end
  if n == 1 then return array.ones(1) end
  return windows[name](array.arange(0, n - 1) * (2 * math.pi / (is_symmetric and n - 1 or n)))
end

local spectral = { fs = "number", nperseg = "number", noverlap = "number", window = "string", detrend = "string|boolean", scaling = "string" }

--- Transforms of overlapping segments of two signals: [segment][frequency] each, what to multiply their products by, and times.
local function segments(where, x, y, opt, defaults)
  opt = options.check(where, opt or {}, spectral)
  local n = #x
  if n < 1 or #y ~= n then options.fail(("%s: two signals of %d and %d samples"):format(where, n, #y)) end
  local fs = opt.fs or 1
  options.number(where, "fs", fs, 0, math.huge, true)
  local m = options.whole(where, "nperseg", opt.nperseg or 256, 1) or opt.nperseg or 256
  m = math.min(m, n)
  local overlap = opt.noverlap or m // defaults.overlap
  options.whole(where, "noverlap", overlap, 0, m - 1)
  local w = signal.window(opt.window or defaults.window, m)
  local scaling = opt.scaling or "density"
  if scaling ~= "density" and scaling ~= "spectrum" then options.fail(("%s: %s"):format(where, options.unknown("scaling", scaling, { "density", "spectrum" }))) end
  local detrend = opt.detrend == nil and "constant" or opt.detrend
  local step = m - overlap
  local count = (n - overlap) // step
  local function cut(signal_)
    local lines = signal_:windows(m):slice(1, nil, step)
    if detrend then lines = signal.detrend(lines, detrend) end
    return numeric.fft("real", lines * w, m)
  end
  local scale = scaling == "density" and 1 / (fs * (w * w):sum()) or 1 / w:sum() ^ 2
  local doubled = array.full(2 * scale, m // 2 + 1)
  doubled[1] = scale
  if m % 2 == 0 then doubled[m // 2 + 1] = scale end
  local a = cut(x)
  local times = (array.arange(0, count - 1) * step + m / 2) / fs
  return a, rawequal(x, y) and a or cut(y), doubled, signal.rfftfreq(m, fs), times
end

local by_welch = { overlap = 2, window = "hann" }

--- The cross spectral density of two real signals by Welch's method: conj(X) Y, averaged over segments. scipy.signal.csd; options as of `welch`.
---@param x ArrayLike  one axis  @param y ArrayLike  as long  @param opt? table
---@return Array frequencies
---@return Array density      complex128, one-sided
function signal.csd(x, y, opt)
  x, y = vector("csd", "x", x), vector("csd", "y", y)
  local a, b, scale, f = segments("csd", x, y, opt, by_welch)
  return f, (a:conj() * b):mean(1) * scale
end

--- The power spectral density by Welch's method. scipy.signal.welch.
---@param x ArrayLike  one axis
---@param opt? { fs?: number, nperseg?: integer, noverlap?: integer, window?: string, detrend?: "constant"|"linear"|false, scaling?: "density"|"spectrum" }
---  nperseg 256 (at most all samples), noverlap half of it, window "hann", detrend "constant"
---@return Array frequencies
---@return Array density      one-sided: unit^2 / unit of fs; with scaling = "spectrum" unit^2
function signal.welch(x, opt)
  x = vector("welch", "x", x)
  local a, _, scale, f = segments("welch", x, x, opt, by_welch)
  return f, (a:abs() ^ 2):mean(1) * scale
end

--- |Pxy|^2 / (Pxx Pyy), 0 .. 1. scipy.signal.coherence; options as of `welch`.
---@param x ArrayLike  @param y ArrayLike  @param opt? table
---@return Array frequencies
---@return Array coherence
function signal.coherence(x, y, opt)
  x, y = vector("coherence", "x", x), vector("coherence", "y", y)
  local a, b, _, f = segments("coherence", x, y, opt, by_welch)
  return f, (a:conj() * b):mean(1):abs() ^ 2 / ((a:abs() ^ 2):mean(1) * (b:abs() ^ 2):mean(1))
end

--- Power spectral densities of overlapping segments. scipy.signal.spectrogram; options as of `welch`, but window "tukey" and an eighth of overlap.
---@param x ArrayLike  @param opt? table
---@return Array frequencies
---@return Array times    middles of the segments
---@return Array density  [frequency][time]
function signal.spectrogram(x, opt)
  x = vector("spectrogram", "x", x)
  local a, _, scale, f, times = segments("spectrogram", x, x, opt, { overlap = 8, window = "tukey" })
  return f, times, (a:abs() ^ 2 * scale):transpose():copy()
end

-- ---- convolution, correlation ------------------------------------------------------------------------------------------

local SHORT = 128   -- from there on a transform is faster

local function all_sums(a, b)
  if math.min(#a, #b) <= SHORT then return numeric.convolve(a, b) end
  local n = #a + #b - 1
  return signal.irfft(signal.rfft(a, n) * signal.rfft(b, n), n)
end

local function by_mode(where, full, n_a, n_b, mode)
  mode = mode or "full"
  if mode == "full" then return full end
  if mode == "same" then return full:slice((n_b - 1) // 2 + 1, (n_b - 1) // 2 + n_a):copy() end
  if mode == "valid" then return full:slice(math.min(n_a, n_b), math.max(n_a, n_b)):copy() end
  options.fail(("%s: %s"):format(where, options.unknown("mode", tostring(mode), { "full", "same", "valid" })))
end

local function two(where, a, b)
  a, b = vector(where, "a", a), vector(where, "b", b)
  if #a == 0 or #b == 0 then options.fail(("%s: signals of %d and %d samples"):format(where, #a, #b)) end
  return a, b
end

--- Sums of a[i] b[k - i]. scipy.signal.convolve.
---@param a ArrayLike  one axis  @param b ArrayLike  one axis  @param mode? "full"|"same"|"valid"  all n_a + n_b - 1; the n_a in the middle; without edges
---@return Array
function signal.convolve(a, b, mode)
  a, b = two("convolve", a, b)
  return by_mode("convolve", all_sums(a, b), #a, #b, mode)
end

--- Sums of a[i + lag] b[i], for lags 1 - n_b .. n_a - 1. scipy.signal.correlate.
---@param a ArrayLike  @param b ArrayLike  @param mode? "full"|"same"|"valid"
---@return Array
function signal.correlate(a, b, mode)
  a, b = two("correlate", a, b)
  return by_mode("correlate", all_sums(a, b:reverse():copy()), #a, #b, mode)
end

--- Correlations of a signal with itself later, for lags of 0, 1, ..., less its mean, divided by the value at 0. statsmodels' acf with adjusted = False.
---@param x ArrayLike  one axis  @param max_lag? integer  all if not given
---@return Array
function signal.autocorrelation(x, max_lag)
  x = vector("autocorrelation", "x", x)
  if max_lag ~= nil then options.whole("autocorrelation", "max_lag", max_lag, 0, #x - 1) end
  local c = signal.correlate(x - x:mean(), x - x:mean())
  return c:slice(#x, #x + (max_lag or #x - 1)) / c[#x]
end

-- ---- filters -----------------------------------------------------------------------------------------------------------

for name, design in pairs(require "lunapse.filters") do signal[name] = design end

local function is_sections(filter) return type(filter) == "table" and filter.sections ~= nil end

--- A filter as a list of { b, a }, both of one length.
local function parts(where, filter)
  local list = {}
  if is_sections(filter) then
    for k, s in ipairs(filter.sections) do list[k] = { array.from { s[1], s[2], s[3] }, array.from { s[4], s[5], s[6] } } end
    return list
  end
  local b = vector(where, "the filter", filter)
  local a = array.zeros(#b)
  a[1] = 1
  return { { b, a } }
end

--- The state of a part in which a constant input of 1 gives a constant output, and that output.
local function steady(b, a)
  local gain = b:sum() / a:sum()
  local left = b - a * gain
  local state = array.zeros(#b - 1)
  for i = #b - 1, 1, -1 do state[i] = left[i + 1] + (i < #b - 1 and state[i + 1] or 0) end
  return state, gain
end

--- The lines through all parts; `levels`: a column of what each line was since ever.
local function pass(list, lines, levels)
  for _, part in ipairs(list) do
    local b, a = part[1], part[2]
    local state = array.zeros(#lines, #b - 1)
    if levels and #b > 1 then
      local one, gain = steady(b, a)
      state, levels = (levels * one):copy(), levels * gain
    elseif levels then levels = levels * b[1] end
    lines = numeric.filter(b, a, lines, state)
  end
  return lines
end

--- Filter a signal, forwards, from rest. scipy.signal.sosfilt; of coefficients (firwin) lfilter.
---@param filter lunapse.Filter|ArrayLike  of `butter`, or the coefficients of a finite one
---@param x ArrayLike  @param axis? integer  the last if not given
---@return Array
function signal.filter(filter, x, axis)
  local list = parts("filter", filter)
  return along("filter", real("filter", x), axis, function(lines) return pass(list, lines:copy()) end)
end

--- Filter forwards and backwards, so that nothing is delayed; the ends are continued by their reflection. scipy.signal.sosfiltfilt; of coefficients
--- filtfilt.
---@param filter lunapse.Filter|ArrayLike  @param x ArrayLike  @param axis? integer  the last if not given
---@return Array
function signal.filtfilt(filter, x, axis)
  local list = parts("filtfilt", filter)
  local n_taps = #list[1][1]
  if is_sections(filter) then
    local n_short = 0
    for _, s in ipairs(filter.sections) do n_short = n_short + (s[3] == 0 and s[6] == 0 and 1 or 0) end
    n_taps = 2 * #list + 1 - n_short
  end
  local edge = 3 * n_taps
  return along("filtfilt", real("filtfilt", x), axis, function(lines)
    local _, n = lines:shape()
    if n <= edge then options.fail(("filtfilt: more than %d samples are needed, got %d"):format(edge, n)) end
    local first, last = lines:columns(1, 1), lines:columns(n, n)
    local y = array.join({ 2 * first - lines:columns(2, edge + 1):reverse(2), lines, 2 * last - lines:columns(n - edge, n - 1):reverse(2) }, 2)
    for _ = 1, 2 do y = pass(list, y, y:columns(1, 1)):reverse(2):copy() end
    return y:columns(edge + 1, edge + n):copy()
  end)
end

-- ---- smoothing, trends, sampling ---------------------------------------------------------------------------------------

--- Smoothed by a Gaussian of standard deviation sigma (samples), cut off at 4 sigma; ends are mirrored. scipy.ndimage.gaussian_filter1d.
---@param x ArrayLike  @param sigma number  @param axis? integer  the last if not given
---@return Array
function signal.gaussian(x, sigma, axis)
  options.number("gaussian", "sigma", sigma, 0, math.huge, true)
  local radius = math.floor(4 * sigma + 0.5)
  local kernel = (-0.5 / sigma ^ 2 * array.arange(-radius, radius):astype "float64" ^ 2):exp()
  kernel = kernel / kernel:sum()
  return along("gaussian", real("gaussian", x), axis, function(lines)
    local rows, n = lines:shape()
    local places = {}
    for k = -radius, n - 1 + radius do
      local j = k % (2 * n)
      places[#places + 1] = (j < n and j or 2 * n - 1 - j) + 1
    end
    local wide, y = lines:take(places, 2), array.zeros(rows, n)
    for r = 1, rows do y[r] = signal.convolve(wide[r], kernel, "valid") end
    return y
  end)
end

--- y[k] = alpha x[k] + (1 - alpha) y[k-1], beginning with x[1]. pandas' ewm(alpha =, adjust = False).mean(). A time constant tau is
--- alpha = 1 - exp(-dt/tau).
---@param x ArrayLike  @param alpha number  above 0, at most 1  @param axis? integer  the last if not given
---@return Array
function signal.exponential(x, alpha, axis)
  options.number("exponential", "alpha", alpha, 0, 1)
  if alpha == 0 then options.fail "exponential: alpha must be above 0" end
  return along("exponential", real("exponential", x), axis, function(lines)
    return numeric.filter(array.from { alpha, 0 }, array.from { 1, alpha - 1 }, lines:copy(), (lines:columns(1, 1) * (1 - alpha)):copy())
  end)
end

--- Without its mean, or without its line of least squares. scipy.signal.detrend.
---@param x ArrayLike  @param kind? "linear"|"constant"  linear if not given  @param axis? integer  the last if not given
---@return Array
function signal.detrend(x, kind, axis)
  if kind ~= nil and kind ~= "linear" and kind ~= "constant" then options.fail("detrend: " .. options.unknown("kind", tostring(kind), { "linear", "constant" })) end
  return along("detrend", real("detrend", x), axis, function(lines)
    local _, n = lines:shape()
    local left = lines - lines:mean(2):expand()
    if kind == "constant" or n == 1 then return left end
    local t = array.arange(1, n) - (n + 1) / 2
    return left - (left * t):sum(2):expand() * (t / (t * t):sum())
  end)
end

--- The analytic signal: its real part is x, its imaginary part the Hilbert transform, its magnitude the envelope. scipy.signal.hilbert.
---@param x ArrayLike  @param axis? integer  the last if not given
---@return Array  complex128
function signal.hilbert(x, axis)
  return along("hilbert", real("hilbert", x), axis, function(lines)
    local _, n = lines:shape()
    local h = array.zeros(n)
    h:slice(1, (n + 1) // 2):fill(2)
    h[1] = 1
    if n % 2 == 0 then h[n // 2 + 1] = 1 end
    return numeric.fft("backward", numeric.fft("forward", lines:astype "complex128", n) * h, n)
  end)
end

--- As n samples over the same time, by Fourier transform: for periodic signals. scipy.signal.resample.
---@param x ArrayLike  @param n integer  @param axis? integer  the last if not given
---@return Array
function signal.resample(x, n, axis)
  options.whole("resample", "n", n, 1)
  return along("resample", real("resample", x), axis, function(lines)
    local rows, was = lines:shape()
    local from, to, least = numeric.fft("real", lines, was), array.new("complex128", { rows, n // 2 + 1 }), math.min(n, was)
    to:columns(1, least // 2 + 1):assign(from:columns(1, least // 2 + 1))
    if least % 2 == 0 and n ~= was then to:columns(least // 2 + 1, least // 2 + 1):multiply(n < was and 2 or 0.5) end
    return numeric.fft("to_real", to, n) * (n / was)
  end)
end

--- Values at x on the lines between points (xp ascending); beyond them the first and the last. numpy.interp.
---@param x ArrayLike|number  @param xp ArrayLike  @param fp ArrayLike  as long as xp
---@return Array|number
function signal.interp(x, xp, fp)
  local is_one = type(x) == "number"
  x, xp, fp = real("interp", is_one and { x } or x), vector("interp", "xp", xp), vector("interp", "fp", fp)
  if #xp ~= #fp or #xp == 0 then options.fail(("interp: %d places and %d values"):format(#xp, #fp)) end
  if #xp > 1 and not xp:diff():ge(0):all() then options.fail "interp: the places xp must ascend" end
  local flat = x:flatten()
  local left = numeric.places(xp, flat, true):clip(1, math.max(1, #xp - 1))
  local right = (left + 1):clip(1, #xp)
  local x0, f0 = xp[left], fp[left]
  local y = f0 + (fp[right] - f0) / (xp[right] - x0) * (flat - x0)
  y = fp[right]:where(flat:eq(xp[right]), y)
  y = array.full(fp[1], #flat):where(flat:le(xp[1]), y)
  y = array.full(fp[#fp], #flat):where(flat:ge(xp[#xp]), y):reshape({ x:shape() })
  return is_one and y[1] or y
end

-- ---- peaks, histograms -------------------------------------------------------------------------------------------------

--- How far x[k] stands above the higher of the two lowest points that part it from something higher. scipy.signal.peak_prominences.
local function prominence(x, k)
  local base = -math.huge
  for _, step in ipairs { -1, 1 } do
    local low, i = x[k], k
    while i >= 1 and i <= #x and x[i] <= x[k] do
      low = math.min(low, x[i])
      i = i + step
    end
    base = math.max(base, low)
  end
  return x[k] - base
end

--- Places of peaks: samples higher than both neighbours, the middle of a flat top. scipy.signal.find_peaks.
---@param x ArrayLike  one axis
---@param opt? { height?: number, threshold?: number, distance?: number, prominence?: number }  least height; least step to both neighbours; least distance in
---  samples, of two too near the higher stays; least prominence
---@return Array places       int64, from 1
---@return Array heights
---@return Array prominences
function signal.find_peaks(x, opt)
  opt = options.check("find_peaks", opt or {}, { height = "number", threshold = "number", distance = "number", prominence = "number" })
  local v, peaks = vector("find_peaks", "x", x):table(), {}
  local k = 2
  while k < #v do
    if v[k - 1] < v[k] then
      local last = k
      while last < #v and v[last + 1] == v[k] do last = last + 1 end
      if last < #v and v[last + 1] < v[k] then peaks[#peaks + 1] = (k + last) // 2 end
      k = last
    end
    k = k + 1
  end
  local function keep(test)
    local kept = {}
    for _, p in ipairs(peaks) do if test(p) then kept[#kept + 1] = p end end
    peaks = kept
  end
  if opt.height then keep(function(p) return v[p] >= opt.height end) end
  if opt.threshold then keep(function(p) return math.min(v[p] - v[p - 1], v[p] - v[p + 1]) >= opt.threshold end) end
  if opt.distance then
    options.number("find_peaks", "distance", opt.distance, 1, math.huge)
    local ranks, gone = {}, {}
    for i = 1, #peaks do ranks[i] = i end
    table.sort(ranks, function(i, j) return v[peaks[i]] > v[peaks[j]] or v[peaks[i]] == v[peaks[j]] and i > j end)
    for _, i in ipairs(ranks) do
      for step = -1, gone[i] and -2 or 1, 2 do
        local j = i + step
        while peaks[j] and math.abs(peaks[j] - peaks[i]) < math.ceil(opt.distance) do gone[j], j = true, j + step end
      end
    end
    local i = 0
    keep(function() i = i + 1 return not gone[i] end)
  end
  local prominences = {}
  for _, p in ipairs(peaks) do prominences[p] = prominence(v, p) end
  if opt.prominence then keep(function(p) return prominences[p] >= opt.prominence end) end
  local heights, own = {}, {}
  for i, p in ipairs(peaks) do heights[i], own[i] = v[p], prominences[p] end
  return array.from(peaks, "int64"), array.from(heights, "float64"), array.from(own, "float64")
end

--- How many points fall into each cell of a grid. numpy.histogram2d.
---@param x ArrayLike  @param y ArrayLike  as many
---@param bins? integer|ArrayLike[]  as many bins along both (10 if not given), or { bins or edges of x, bins or edges of y }
---@return Array counts   int64 [bins of x][bins of y]; a cell holds its lower edges, the last ones hold their upper edges too
---@return Array x_edges
---@return Array y_edges
function signal.histogram2d(x, y, bins)
  x, y = vector("histogram2d", "x", x), vector("histogram2d", "y", y)
  if #x ~= #y then options.fail(("histogram2d: %d and %d numbers"):format(#x, #y)) end
  local each = type(bins) == "table" and bins or { bins or 10, bins or 10 }
  if type(bins) == "table" and #bins ~= 2 then options.fail "histogram2d: bins are a number, or a list of two: of x and of y" end
  local function edges_of(v, b) return select(2, v:histogram(b)) end
  local ex, ey = edges_of(x, each[1]), edges_of(y, each[2])
  local function cell(v, edges)
    local k = numeric.places(edges, v, true)
    return (k - 1):where(v:eq(edges[#edges]), k), v:ge(edges[1]) & v:le(edges[#edges])
  end
  local i, in_x = cell(x, ex)
  local j, in_y = cell(y, ey)
  local n_x, n_y = #ex - 1, #ey - 1
  local flat = ((i - 1) * n_y + j)[in_x & in_y]
  local counts = flat:histogram(array.arange(0, n_x * n_y) + 0.5)
  return counts:reshape(n_x, n_y), ex, ey
end

return setmetatable(signal, { __index = function(_, name) return options.missing("lp.signal", name, options.methods { signal }) end })
