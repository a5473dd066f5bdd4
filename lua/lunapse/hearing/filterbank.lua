--- Filterbanks: sources of many channels, made by filtering a sound.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local Source = require "lunapse.hearing.source"

---@class Filterbank: Source
local Filterbank = Source.class "lunapse.filterbank"

local filterbank = {}

local Q, WIDTH = 9.26449, 24.7   -- Glasberg & Moore 1990

--- Centre frequencies equally spaced on the ERB scale, rising from `low` to `high`.
---@param low number   Hz
---@param high number  Hz
---@param n integer
---@return any array  [n]
function filterbank.erbspace(low, high, n)
  options.whole("erbspace", "n", n, 1)
  options.number("erbspace", "low", low, 0, math.huge, true)
  options.number("erbspace", "high", high, low, math.huge)
  local c, cf = Q * WIDTH, {}
  if n == 1 then return array.from({ low + 0.0 }, "float64") end
  for k = 0, n - 1 do
    cf[k + 1] = -c + (high + c) * math.exp((n - 1 - k) * (math.log(low + c) - math.log(high + c)) / (n - 1))
  end
  return array.from(cf, "float64")
end

--- Gammatone filters of order 4 (Slaney 1993) with a response of 1 at their centre frequencies. `source` has one channel that all of them filter, or
--- one for each. The bandwidth is b * 2 pi * ERB, ERB = ((cf/q)^order + min_width^order)^(1/order).
---@param source Source
---@param cf any  centre frequencies, Hz, below half the rate: a table, an array, or a number
---@param opt? { b?: number, q?: number, min_width?: number, order?: number }  default 1.019, 9.26449, 24.7, 1
---@return Filterbank
--- Errors: "centre frequency 3 is 30000 Hz: it must lie above 0 and below half the sampling rate, 22050 Hz".
function filterbank.gammatone(source, cf, opt)
  opt = options.check("gammatone", opt or {}, { b = "number", q = "number", min_width = "number", order = "number" })
  if not Source.is(source) then options.fail("gammatone: a sound or another source expected, got " .. type(source)) end
  if not source.rate then options.fail "gammatone: the source has no rate of its own" end
  for _, name in ipairs { "b", "q", "min_width", "order" } do
    if opt[name] then options.number("gammatone", name, opt[name], 0, math.huge, true) end
  end
  cf = given.numbers("gammatone", "centre frequencies", cf):table()
  core.gammatone(core.constant(0, source.channels, source.rate, 1), cf, opt)   -- what is wrong is an error here, not when the stream is opened
  return source:derive({ class = Filterbank, channels = #cf, cf = cf }, function(stream) return core.gammatone(stream, cf, opt) end)
end

--- Sources side by side: the channels of the first, then those of the second, and so on (the filterbanks of two ears for one population). Of sounds: a sound of many channels.
---@param sources Source[]
---@return Source
function filterbank.join(sources)
  sources = table.move(given.parts("join", sources, Source.is, "source"), 1, #sources, 1, {})
  local rate, n, channels, cf, class = nil, 0, 0, {}, nil
  for k, s in ipairs(sources) do
    if rate and s.rate and s.rate ~= rate then options.fail(("join: part %d has %g rows a second, part 1 has %g"):format(k, s.rate, rate)) end
    class = (class == nil or class == getmetatable(s)) and getmetatable(s) or Filterbank
    rate, n, channels = rate or s.rate, n and s.n and math.max(n, s.n), channels + s.channels
    cf = cf and s.cf and table.move(s.cf, 1, #s.cf, #cf + 1, cf)
  end
  return Source.new(class, {
    rate = rate, n = n, channels = channels, cf = cf,
    _open = function(at)
      local streams = {}
      for k, s in ipairs(sources) do streams[k] = s._open(at) end
      return core.join(streams)
    end,
  })
end

--- Sources of as many channels each, in turn: the first channel of all, then the second ones. AB and CD give ACBD.
---@param sources Source[]
---@return Filterbank
function filterbank.interleave(sources)
  local joined = filterbank.join(given.parts("interleave", sources, Source.is, "source"))
  local n, list = sources[1].channels, {}
  for k, s in ipairs(sources) do
    if s.channels ~= n then options.fail(("interleave: part %d has %d channels, part 1 has %d"):format(k, s.channels, n)) end
  end
  for c = 1, n do
    for k = 1, #sources do list[#list + 1] = (k - 1) * n + c end
  end
  return joined:pick(list)
end

filterbank.Filterbank = Filterbank
return filterbank
