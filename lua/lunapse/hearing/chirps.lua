--- Filters given by their impulse responses: chirps whose frequency goes along a straight line, and delays of parts of a sample.

local array = require "lunapse.array"
local filterbank = require "lunapse.hearing.filterbank"
local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local signal = require "lunapse.signal"
local Source = require "lunapse.hearing.source"

local chirps = {}

--- Lists of one length of what is a number or a list.
local function lists(where, values, names)
  local n = 1
  for k, name in ipairs(names) do
    values[k] = given.numbers(where, name, values[k]):table()
    n = math.max(n, #values[k])
  end
  for k, list in ipairs(values) do
    if #list ~= 1 and #list ~= n then options.fail(("%s: %d values of %s for %d channels"):format(where, #list, names[k], n)) end
    for c = 1, n do list[c] = list[c] or list[1] end
  end
  return n
end

--- A bank of chirps: carriers cos(2 pi (f t + c/2 t^2) + phase) times an envelope of t, which runs over the given times of the longest time constant.
local function bank(where, source, f, time_constant, opt, first, last, envelope, size)
  opt = options.check(where, opt or {}, { c = "any", phase = "any" })
  if not Source.is(source) or not source.rate then options.fail(("%s: a sound or another source with a rate expected, got %s"):format(where, options.show(source))) end
  local values = { f, time_constant, opt.c or 0, opt.phase or 0 }
  local n = lists(where, values, { "f", "time_constant", "c", "phase" })
  local longest = 0
  for k = 1, n do
    options.number(where, "f", values[1][k], 0, source.rate / 2)
    options.number(where, "c", values[3][k], -math.huge, math.huge)
    options.number(where, "phase", values[4][k], -math.huge, math.huge)
  end
  for k = 1, n do longest = math.max(longest, options.number(where, "time_constant", values[2][k], 0, math.huge, true)) end
  local count = math.ceil((last - first) * longest * source.rate / 1000 - 1e-9)
  if count > 1e7 then options.fail(("%s: impulse responses of %d samples: time constants are in ms"):format(where, count)) end
  local t, taps = array.arange(0, count - 1) * (1000 / source.rate) + first * longest, array.zeros(n, count)
  for k = 1, n do
    local h = envelope(t - first * longest, t, values[2][k]) * (2 * math.pi * (values[1][k] / 1000 * t + values[3][k] / 2000 * t * t) + values[4][k]):cos()
    taps[k]:assign(h / size(h))
  end
  local cf = values[1]
  return source:fir(taps):derive({ class = filterbank.Filterbank, cf = cf }, function(stream) return stream end)
end

--- Gammachirps whose frequency goes along a straight line: t^3 exp(-t/time_constant) cos(2 pi (f s + c/2 s^2) + phase), s = t - 3 time constants (Wagner et al. 2009, Journal of Neurophysiology 102:1227). Finite
--- filters of 15 time constants, over the sum of their absolute values.
---@param source Source
---@param f any              Hz, at s = 0
---@param time_constant any  ms
---@param opt? { c?: any, phase?: any }  Hz/ms (0), rad (0); numbers, or one for each channel
---@return Filterbank
function chirps.linear_gammachirp(source, f, time_constant, opt)
  return bank("linear_gammachirp", source, f, time_constant, opt, -3, 12, function(t, _, constant) return t ^ 3 * (-t / constant):exp() end,
    function(h) return h:abs():sum() end)
end

--- The same with a Gaussian envelope, exp(-(s/(2 time_constant))^2), of 12 time constants, with an energy of 1.
---@param source Source
---@param f any              Hz, in the middle
---@param time_constant any  ms
---@param opt? { c?: any, phase?: any }  Hz/ms (0), rad (0); numbers, or one for each channel
---@return Filterbank
function chirps.linear_gaborchirp(source, f, time_constant, opt)
  return bank("linear_gaborchirp", source, f, time_constant, opt, -6, 6, function(_, s, constant) return (-(s / (2 * constant)) ^ 2):exp() end,
    function(h) return math.sqrt((h * h):sum()) end)
end

--- Delays that need not be whole samples, by a sinc of `taps` samples under a Hamming window. All channels are late by (taps - 1)/2 samples more, so delays may be negative.
---@param source Source
---@param delays any  ms; one, or one for each channel
---@param opt? { taps?: integer }  odd, default 2047
---@return Source
function chirps.fractional_delay(source, delays, opt)
  if not Source.is(source) or not source.rate then options.fail("fractional_delay: a sound or another source with a rate expected, got " .. options.show(source)) end
  local taps = options.check("fractional_delay", opt or {}, { taps = "number" }).taps or 2047
  options.whole("fractional_delay", "taps", taps, 3)
  if taps % 2 == 0 then options.fail(("fractional_delay: taps must be odd, got %d"):format(taps)) end
  local values = { delays }
  local n = lists("fractional_delay", values, { "delays" })
  local middle, made = (taps - 1) / 2, array.zeros(n, taps)
  for k = 1, n do
    local late = options.number("fractional_delay", "delay", values[1][k], -math.huge, math.huge) * source.rate / 1000
    if math.abs(late) > middle then options.fail(("fractional_delay: %g ms are more than half of the %d taps"):format(values[1][k], taps)) end
    local x = array.arange(0, taps - 1) - middle - late
    made[k]:assign(((x * math.pi):sin() / (x * math.pi)):where(x:ne(0), 1) * signal.window("hamming", taps, true))
  end
  return source:fir(made)
end

return chirps
