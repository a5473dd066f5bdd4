--- The auditory nerve of the cat as Tan & Carney have it (2003, Journal of the Acoustical Society of America 114:2007), which goes on from Zhang, Heinz, Bruce & Carney (2001, the same 109:648):
--- middle ear, a filter with a glide whose bandwidth a control path sets, the inner hair cell.

local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local filterbank = require "lunapse.hearing.filterbank"
local Source = require "lunapse.hearing.source"

local tan_carney = {}

local tau = 2 * math.pi

--- The middle ear of the cat: two pairs of poles and a double zero, with a gain of 1 at 1 kHz (Zhang et al. 2001, by bilinear transform).
---@param source Source
---@return Source
function tan_carney.middle_ear(source)
  if not Source.is(source) or not source.rate then options.fail("middle_ear: a sound or another source with a rate expected, got " .. options.show(source)) end
  local c, w = 2 * source.rate, tau * 1000
  local poles, gain = { { 250 * tau, 400 * tau }, { 2000 * tau, 6000 * tau } }, w * w + 200 * 200
  local sections = {}
  for k, p in ipairs(poles) do
    local square = p[1] * p[1] + p[2] * p[2]
    gain = gain / math.sqrt((square - w * w) ^ 2 + (2 * p[1] * w) ^ 2)
    sections[k] = { 1, 2, 1, c * c + 2 * p[1] * c + square, 2 * (square - c * c), c * c - 2 * p[1] * c + square }
  end
  local zero = 200
  sections[1][1], sections[1][2], sections[1][3] = (c + zero) ^ 2, 2 * (zero * zero - c * c), (c - zero) ^ 2
  for k = 1, 3 do sections[2][k] = sections[2][k] / gain end
  return source:iir(sections)
end

--- One pole at -2 pi f, by bilinear transform: gain/(s + 2 pi f).
local function one_pole(f, rate, gain)
  local c, p = 2 * rate, tau * f
  return { gain, gain, 0, c + p, p - c, 0 }
end

local function repeated(section, times)
  local list = {}
  for k = 1, times do list[k] = section end
  return list
end

--- A pair of poles at re +- i im of which the real part is an expression, by bilinear transform; the numerator is a text with `d` for the denominator.
local function pair(name, re, im, numerator)
  local n = name
  return { [n .. "_re"] = re, [n .. "_im"] = im, [n .. "_d"] = ("(c - %s_re)^2 + %s_im^2"):format(n, n) }, {
    numerator[1]:gsub("d", n .. "_d"), numerator[2]:gsub("d", n .. "_d"), numerator[3]:gsub("d", n .. "_d"),
    ("2*(%s_re^2 + %s_im^2 - c^2)/%s_d"):format(n, n, n), ("((c + %s_re)^2 + %s_im^2)/%s_d"):format(n, n, n),
  }
end

local function add(to, from)
  for name, value in pairs(from) do to[name] = value end
end

--- The signal that sets bandwidths: a broad filter, two nonlinearities and a low-pass filter, which set that filter too.
local function control_path(source, cf, o)
  local rate = source.rate
  local place = 11.9 * (0.8 + cf / 456):log10()
  local shift = (10 ^ ((place + 1.2) / 11.9) - 0.8) * 456 - cf
  local parameters = { cf = cf, shift = shift, c = 2 * rate, width = "-p_re/(2*pi)",
    gain = "((2*pi)^2*sqrt(width^2 + shift^2)*sqrt((2*cf + shift)^2 + width^2))^3/(2*pi*cf)" }   -- takes the response at cf to 1
  local names, section = pair("p", "min(-pi*cf/2 - back, -pi*cf/20)", "2*pi*(cf + shift)", { "1/d", "2/d", "1/d" })
  add(parameters, names)
  local last = { "c*" .. section[1], 0, "-c*" .. section[3], section[4], section[5] }   -- with a zero at s = 0
  local sigmoid = { s0 = 8, x1 = 5, s1 = 3, shift = 1 / 8, x0 = 8 * math.log(7 / (1 + math.exp(5 / 3))), gain = o.nlgain }
  local lowpass = one_pole(o.cutoff_control, rate, tau * o.cutoff_control)
  local back_filter = one_pole(o.cutoff_feedback, rate, 10 * tau * o.cutoff_feedback)
  return source:feedback(function(x, back)
    parameters.back = back:iir { back_filter }
    return x:iir({ section, section, last, { "gain", 0, 0, 0, 0 } }, parameters, { every = o.every })
      :map "sign(x)*2.5*log(1 + 100*abs(x)^0.6)"
      :map("(1/(1 + exp(-(x - x0)/s0)*(1 + exp(-(x - x1)/s1))) - shift)*gain", sigmoid)
      :iir(repeated(lowpass, 3)):gain(1.5)
  end, { channels = #cf })
end

--- The filters that are heard: ten pairs of poles, of which the real parts follow the control signal.
local function signal_path(source, cf, o, control)
  local re, im = -o.rgain, tau * o.fp1
  local res, ims = { re, re - o.ta / 2, re - o.ta }, { im, im - o.tb / 2, im - o.tb }
  local w, gain = tau * cf, 1
  for _, k in ipairs { 1, 2, 3, 1, 3 } do gain = gain * ((w - ims[k]) ^ 2 + res[k] ^ 2) * ((w + ims[k]) ^ 2 + res[k] ^ 2) end
  -- of five of ten pairs: the square root over all poles is the product over these
  gain = gain / (w ^ 2 + o.zero ^ 2) ^ 5 / 3
  local parameters, own, sections = { c = 2 * source.rate, zero = o.zero, gain = gain ^ 0.1, control = control }, {}, {}
  for k = 1, 3 do
    local name = ("p%d"):format(k)
    parameters["rest" .. k] = res[k]
    local names
    names, own[k] = pair(name, ("rest%d - control"):format(k), ims[k], { "gain*(c - zero)/d", "-2*gain*zero/d", "gain*(-zero - c)/d" })
    add(parameters, names)
  end
  for _ = 1, 2 do
    for _, k in ipairs { 1, 2, 3, 1, 3 } do sections[#sections + 1] = own[k] end
  end
  return source:iir(sections, parameters, { every = o.every })
end

--- The response of inner hair cells to the velocity of the basilar membrane, as Tan & Carney have it: a logarithm that saturates, more so below 0, and seven low-pass filters of 3800 Hz.
---@param source Source
---@return Source
function tan_carney.inner_hair_cell(source)
  if not Source.is(source) or not source.rate then options.fail("inner_hair_cell: a sound or another source with a rate expected, got " .. options.show(source)) end
  return source:map("0.1*log(1 + 2000*abs(x))*(if x >= 0: 1 else: -(d + 6.87e-9)/(3*d + 6.87e-9))", { d = "abs(x)^1.74" })
    :iir(repeated(one_pole(3800, source.rate, tau * 3800), 7))
end

--- Auditory nerve fibres of the cat (Tan & Carney 2003): the inner hair cell's voltage, or with `output = "filter"` what it gets. What goes in is a sound in Pa, in most cases behind `middle_ear`. The authors use a rate of 50 kHz.
---@param source Source
---@param cf any  Hz
---@param opt? { every?: integer, output?: "voltage"|"filter" }  rows from one set of coefficients to the next, default 1
---@return Filterbank
function tan_carney.tan_carney(source, cf, opt)
  opt = options.check("tan_carney", opt or {}, { every = "number", output = "string" })
  local output = opt.output or "voltage"
  if output ~= "voltage" and output ~= "filter" then options.fail("tan_carney: " .. options.unknown("output", output, { "voltage", "filter" })) end
  if not Source.is(source) or not source.rate then options.fail("tan_carney: a sound or another source with a rate expected, got " .. options.show(source)) end
  cf = given.numbers("tan_carney", "centre frequencies", cf)
  if #cf == 0 then options.fail "tan_carney: no centre frequency" end
  for k = 1, #cf do options.number("tan_carney", "centre frequency " .. k, cf[k], 0, source.rate / 2, true) end
  local function law(m, p0) return 10 ^ (cf:log10() * m + p0) end
  local o = { every = opt.every, cutoff_control = 800, cutoff_feedback = 500, fp1 = 1.0854 * cf - 106.0034, ta = law(1.0230, 0.1607), tb = law(1.4292, -1.1550) - 1000,
    rgain = law(0.4, 1.9), zero = -law(1.5, -0.9) }
  o.nlgain = (law(0.5732, 1.5220) - o.rgain) / 0.3357
  local bank = signal_path(source, cf, o, control_path(source, cf, o))
  if output == "voltage" then bank = tan_carney.inner_hair_cell(bank) end
  return bank:derive({ class = filterbank.Filterbank, cf = cf:table() }, function(stream) return stream end)
end

return tan_carney
