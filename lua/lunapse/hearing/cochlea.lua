--- Models of the cochlea: gammachirps, and filterbanks that compress. Each says whose equations it has.

local array = require "lunapse.array"
local options = require "lunapse.options"
local given = require "lunapse.hearing.given"
local filterbank = require "lunapse.hearing.filterbank"
local signal = require "lunapse.signal"
local scales = require "lunapse.hearing.scales"
local Source = require "lunapse.hearing.source"

local cochlea = {}

local tau = 2 * math.pi

local function check_source(where, source)
  if not Source.is(source) then options.fail(("%s: a sound or another source expected, got %s"):format(where, options.show(source))) end
  if not source.rate then options.fail(where .. ": the source has no rate of its own") end
end

--- A source with a rate, and centre frequencies as an array.
local function begin(where, source, cf)
  check_source(where, source)
  cf = given.numbers(where, "centre frequencies", cf)
  if #cf == 0 then options.fail(where .. ": no centre frequency") end
  for k, f in ipairs(cf:table()) do
    if not (f > 0 and f < source.rate / 2) then
      options.fail(("%s: centre frequency %d is %g Hz: it must lie above 0 and below half the sampling rate, %g Hz"):format(where, k, f, source.rate / 2))
    end
  end
  if source.channels ~= 1 and source.channels ~= #cf and #cf ~= 1 then
    options.fail(("%s: the source has %d channels, and there are %d centre frequencies"):format(where, source.channels, #cf))
  end
  return cf
end

--- The filterbank of these frequencies.
local function named(source, cf) return source:derive({ class = filterbank.Filterbank, cf = cf:table() }, function(stream) return stream end) end

local function power_law(p, f) return 10 ^ (p[1] + p[2] * f:log10()) end

--- Gammatone filters as `order` equal sections (Hohmann 2002, Acta Acustica 88:433), with a response of 1 at their centre frequencies.
---@param source Source
---@param cf any          centre frequencies, Hz
---@param bandwidth any   Hz; one, or one for each frequency
---@param opt? { order?: integer }  default 4
---@return Filterbank
function cochlea.approximate_gammatone(source, cf, bandwidth, opt)
  local order = options.whole("approximate_gammatone", "order", options.check("approximate_gammatone", opt or {}, { order = "number" }).order or 4, 1)
  cf = begin("approximate_gammatone", source, cf)
  local sections = {}
  for k = 1, order do sections[k] = { "gain", "gain*alpha", 0, "2*alpha", "e*e" } end
  -- the gain takes the response at theta, (1 + alpha/z)/(1 + 2 alpha/z + e^2/z^2), to 1
  local made = source:iir(sections, {
    theta = tau / source.rate * cf, e = "exp(-2*pi*width/rate)", width = bandwidth, rate = source.rate,
    alpha = "-e*cos(theta)", re = "1 + 2*alpha*cos(theta) + e*e*cos(2*theta)", im = "2*alpha*sin(theta) + e*e*sin(2*theta)",
    gain = "sqrt((re^2 + im^2)/((1 + alpha*cos(theta))^2 + (alpha*sin(theta))^2))",
  })
  return named(made, cf)
end

--- Asymmetric compensation filters (Unoki, Irino & Patterson 2001, Acoustical Science and Technology 22:426): four sections that make a gammatone filter of the same `b` a gammachirp of chirp `c`. Their
--- response is 1 at `f`. Where `f` is a source, they follow it.
---@param source Source
---@param f any  Hz: numbers, or a source
---@param opt? { b?: number|number[], c?: number|number[], every?: integer }  default 1.019, 1; rows from one set of coefficients to the next, default 1
---@return Source
function cochlea.asymmetric_compensation(source, f, opt)
  opt = options.check("asymmetric_compensation", opt or {}, { b = "any", c = "any", every = "number" })
  check_source("asymmetric_compensation", source)
  local is_fixed = not Source.is(f)
  if is_fixed then f = begin("asymmetric_compensation", source, f) end
  local parameters = {
    f = f, b = opt.b or 1.019, c = opt.c or 1, rate = source.rate,
    width = "b*24.7*(0.00437*f + 1)", w = "2*pi*f/rate",
    p1 = "1.7818*(1 - 0.0791*b)*(1 - 0.1655*abs(c))", p2 = "0.5689*(1 - 0.1620*b)*(1 - 0.0857*abs(c))",
  }
  local p0, p4, sections = 2, 1.0724, {}
  for k = 0, 3 do
    local function own(text) return (text:gsub("@", tostring(k))) end
    parameters[own "r@"] = ("exp(-p1*%.17g*2*pi*width/rate)"):format((p0 / p4) ^ k)
    parameters[own "shift@"] = ("%.17g*p2*c*width"):format((p0 * p4) ^ k)
    parameters[own "a@"] = own "-2*r@*cos(2*pi*max(f + shift@, 0)/rate)"
    parameters[own "z@"] = own "-2*r@*cos(2*pi*max(f - shift@, 0)/rate)"
    parameters[own "q@"] = own "r@*r@"
    local size = "(1 + @^2 + q^2 + 2*@*(1 + q)*cos(w) + 2*q*cos(2*w))"   -- |1 + @/z + q/z^2|^2 at w
    local function of(name) return (size:gsub("@", name .. k):gsub("q", "q" .. k)) end
    parameters[own "gain@"] = ("sqrt(%s/%s)"):format(of "a", of "z")
    sections[k + 1] = { own "gain@", own "gain@*z@", own "gain@*q@", own "a@", own "q@" }
  end
  local made = source:iir(sections, parameters, { every = opt.every })
  return is_fixed and named(made, f) or made
end

--- Gammachirp filters whose frequency sweeps by the logarithm of time: gammatones of order 4 with asymmetric compensation. t^3 exp(-2 pi b ERB(f) t) cos(2 pi f t + c ln t).
---@param source Source
---@param f any  Hz
---@param opt? { b?: number, c?: number|number[] }  default 1.019, 1
---@return Filterbank
function cochlea.log_gammachirp(source, f, opt)
  opt = options.check("log_gammachirp", opt or {}, { b = "number", c = "any" })
  f = begin("log_gammachirp", source, f)
  return cochlea.asymmetric_compensation(filterbank.gammatone(source, f, { b = opt.b }), f, { b = opt.b, c = opt.c })
end

-- ---- the dynamic compressive gammachirp ---------------------------------------------------------------------------------

local dcgc_numbers = {
  b1 = 1.81, c1 = -2.96, b2 = 2.17, c2 = 2.20, order = 4, frat0 = 0.466, frat1 = 0.0109, frat_control = 1.08, half_life = 0.5, shift = 1.5,
  weight = 0.5, reference = 50, power1 = 1.5, power2 = 0.5,
}

--- By how much the compressive gammachirp of a channel is larger than 1 at its best frequency where the level is `level` (Irino & Patterson 2001, equation 5).
local function gammachirp_peak(o, fr1, fp1, level)
  local fr2 = (o.frat0 + o.frat1 * level) * fp1
  local w1, w2 = o.b1 * scales.erb_width(fr1), o.b2 * scales.erb_width(fr2)
  local largest = 0
  for k = 0, 400 do
    local f = fp1 * (0.5 + k / 400)
    local x = (f - fr1) / w1
    local gain = math.exp(o.c1 * math.atan(x) + o.c2 * math.atan((f - fr2) / w2)) / (1 + x * x) ^ (o.order / 2)
    largest = math.max(largest, gain)
  end
  return largest
end

--- The dynamic compressive gammachirp filterbank (Irino & Patterson 2006, IEEE Transactions on Audio, Speech and Language Processing 14:2222). A passive gammachirp is followed by a high-pass asymmetric
--- function, whose frequency rises with the level of a control path: gammachirps `shift` ERB above. Samples are in Pa. The gain is 1 at the level `reference`.
---@param source Source
---@param cf any  Hz: the frequencies at which the passive gammachirps end, fr1
---@param opt? table  every (rows from one set of coefficients to the next, default 1); the numbers of the paper: b1, c1, b2, c2, frat0, frat1, frat_control, half_life (ms), shift (ERB),
---  weight, reference (dB SPL), power1, power2
---@return Filterbank
function cochlea.dcgc(source, cf, opt)
  local known = { every = "number" }
  for name in pairs(dcgc_numbers) do known[name] = name ~= "order" and "number" or nil end
  opt = options.check("dcgc", opt or {}, known)
  cf = begin("dcgc", source, cf)
  local o = {}
  for name, value in pairs(dcgc_numbers) do o[name] = opt[name] or value end
  options.number("dcgc", "half_life", o.half_life, 0, math.huge, true)
  local x = o.c1 / o.order
  local peak = math.exp(o.c1 * math.atan(x)) / (1 + x * x) ^ (o.order / 2)   -- of the passive gammachirp, at fp1
  local function passive(f) return cochlea.log_gammachirp(source, f, { b = o.b1, c = o.c1 }):gain(1 / peak) end
  local function peak_of(f) return f + x * o.b1 * scales.erb_width(f) end

  local control = scales.erb_to_hz(scales.hz_to_erb(cf) + o.shift):minimum(0.49 * source.rate)
  local chirp = passive(control)
  local high = cochlea.asymmetric_compensation(chirp, o.frat_control * peak_of(control), { b = o.b2, c = o.c2 })
  local decay = math.exp(-math.log(2) * 1000 / (o.half_life * source.rate))
  local function follow(s)
    return s:feedback(function(now, back) return now:map("max(max(x, 0), decay*y)", { decay = decay, y = back }) end)
  end
  local fp1 = peak_of(cf)
  local fr2 = follow(chirp):map("fp1*(frat0 + frat1*20*log10(max(total, 1)))", {
    fp1 = fp1, frat0 = o.frat0, frat1 = o.frat1, high = follow(high),
    reference = 10 ^ (o.reference / 20), weight = o.weight, p1 = o.power1, p2 = o.power2,
    total = "reference*(weight*(x/2e-5/reference)^p1 + (1 - weight)*(high/2e-5/reference)^p2)",   -- in 20 uPa
  })
  local gains = {}
  for k = 1, #cf do gains[k] = peak / gammachirp_peak(o, cf[k], fp1[k], o.reference) end
  return named(cochlea.asymmetric_compensation(passive(cf), fr2, { b = o.b2, c = o.c2, every = opt.every }):gain(gains), cf)
end

-- ---- the dual resonance nonlinear filterbank ----------------------------------------------------------------------------

-- Peak velocity of the human stapes at 0 dB SPL, in 1e-9 m/s, over Hz: figure 2b of Lopez-Poveda & Meddis (2001), which is 2 pi f times the displacement of Goode, Killion, Nakamura & Nishihara (1994,
-- American Journal of Otology 15:145) from 400 to 6500 Hz, and continues it.
local stapes_velocity = {
  { 0, 0 }, { 100, 1.181 }, { 200, 2.363 }, { 400, 4.475 }, { 600, 7.706 }, { 800, 9.813 }, { 1000, 8.486 }, { 1200, 6.728 }, { 1400, 6.235 }, { 1600, 5.162 }, { 1800, 4.405 },
  { 2000, 3.713 }, { 2200, 3.397 }, { 2400, 2.944 }, { 2600, 2.653 }, { 2800, 2.268 }, { 3000, 2.118 }, { 3500, 1.766 }, { 4000, 1.570 }, { 4500, 1.153 }, { 5000, 1.402 },
  { 5500, 1.233 }, { 6000, 1.009 }, { 6500, 1.002 }, { 7000, 0.8705 }, { 7500, 0.8 }, { 8000, 0.7577 }, { 8500, 0.7168 }, { 9000, 0.6781 }, { 9500, 0.624 }, { 10000, 0.6 },
}

--- The human middle ear: from the pressure at the eardrum, Pa, to the velocity of the stapes, m/s, by a finite filter of minimal phase with the magnitudes of Lopez-Poveda & Meddis (2001, figure 2b).
---@param source Source
---@return Source
--- Example: h.drnl(h.stapes(snd), cf, { scale = 1 })
function cochlea.stapes(source)
  check_source("stapes", source)
  local n = 2048
  while n < source.rate / 20 do n = n * 2 end
  local f, v = {}, {}
  for k, row in ipairs(stapes_velocity) do f[k], v[k] = row[1], row[2] end
  local magnitude = signal.interp(signal.rfftfreq(n, source.rate), f, v) * (1e-9 / (2e-5 * math.sqrt(2)))
  local cepstrum = signal.irfft((magnitude:maximum(magnitude:max() * 1e-4)):log(), n)
  local folded = array.zeros(n)                                             -- the cepstrum of what is causal and has this magnitude
  folded[1], folded[n // 2 + 1] = cepstrum[1], cepstrum[n // 2 + 1]
  folded:slice(2, n // 2):assign(cepstrum:slice(2, n // 2) * 2)
  local taps = signal.irfft(signal.rfft(folded):exp(), n)
  return source:fir(taps:slice(1, n // 2):copy())
end

-- { p0, m }: 10^(p0 + m log10 cf)
local drnl_numbers = {
  human = { order_linear = 2, cf_linear = { -0.067, 1.016 }, width_linear = { 0.037, 0.785 }, cf_nonlinear = { -0.052, 1.016 }, width_nonlinear = { -0.031, 0.774 },
    a = { 1.402, 0.819 }, b = { 1.619, -0.818 }, c = { -0.602, 0 }, g = { 4.20, -0.48 } },
  ["guinea pig"] = { order_linear = 3, cf_linear = { 0.339, 0.895 }, width_linear = { 1.3, 0.53 }, cf_nonlinear = { 0, 1 }, width_nonlinear = { 0.8, 0.58 },
    a = { 1.87, 0.45 }, b = { -5.65, 0.875 }, c = { -1, 0 }, g = { 5.68, -0.97 } },
}

--- The dual resonance nonlinear filterbank: a linear path beside one that compresses by x -> sign(x) min(a |x|, b |x|^c) between two gammatones. "human": the means of Lopez-Poveda & Meddis (2001, Journal of the
--- Acoustical Society of America 110:3107, table III); "guinea pig": Sumner et al. (2003, the same 113:3264). The output is the velocity of the basilar membrane, m/s.
---@param source Source
---@param cf any  Hz
---@param opt? table  type ("human"), scale (1.4e-4: from the source, in Pa, to the velocity of the stapes, m/s; 1 behind `stapes`), order_linear, order_nonlinear (3), lowpass_linear (4), lowpass_nonlinear (3) and,
---  each { p0, m } for 10^(p0 + m log10 cf), cf_linear, width_linear, cf_nonlinear, width_nonlinear, a, b, c, g, cutoff_linear (as cf_linear), cutoff_nonlinear (as cf_nonlinear)
---@return Filterbank
function cochlea.drnl(source, cf, opt)
  local known = { type = "string", scale = "number", order_nonlinear = "number", lowpass_linear = "number", lowpass_nonlinear = "number", cutoff_linear = "table",
    cutoff_nonlinear = "table" }
  for name, value in pairs(drnl_numbers.human) do known[name] = type(value) end
  opt = options.check("drnl", opt or {}, known)
  local animal = opt.type or "human"
  local own = drnl_numbers[animal] or options.fail("drnl: " .. options.unknown("type", animal, { "human", "guinea pig" }))
  local function number(name, default)
    local value = opt[name] or own[name] or default
    return options.whole("drnl", name, value, 1)
  end
  local function law(name, default)
    local p = opt[name] or own[name] or (opt[default] or own[default])
    if #p ~= 2 or type(p[1]) ~= "number" or type(p[2]) ~= "number" then options.fail(("drnl: %s must be { p0, m }, got %s"):format(name, options.show(p))) end
    return power_law(p, cf)
  end
  cf = begin("drnl", source, cf)
  local stapes = source:gain(opt.scale or 1.4e-4)
  local function low(s, cutoff, times)
    for _ = 1, times do s = s:lowpass(cutoff:table(), { order = 2 }) end
    return s
  end
  local linear = cochlea.approximate_gammatone(stapes, law "cf_linear", law "width_linear", { order = number "order_linear" }):gain(law "g")
  linear = low(linear, law("cutoff_linear", "cf_linear"), number("lowpass_linear", 4))
  local centre, width, order = law "cf_nonlinear", law "width_nonlinear", { order = number("order_nonlinear", 3) }
  local compressed = cochlea.approximate_gammatone(stapes, centre, width, order):map("sign(x)*min(a*abs(x), b*abs(x)^c)", { a = law "a", b = law "b", c = law "c" })
  local nonlinear = cochlea.approximate_gammatone(compressed, centre, width, order)
  return named(linear + low(nonlinear, law("cutoff_nonlinear", "cf_nonlinear"), number("lowpass_nonlinear", 3)), cf)
end

return cochlea
