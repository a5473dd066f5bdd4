--- What sounds, filterbanks, timed arrays and generators have in common.
---
--- A source is a description of rows in time (a row has a number for every channel): it holds no samples and never changes. Each reader opens a
--- stream of its own from it, which makes the rows block by block, so memory does not grow with the length, two readers do not
--- disturb each other, and opening again gives the same bits.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local signal = require "lunapse.signal"

--- Anything that gives rows of numbers in time: sounds, filterbanks, timed arrays. A population takes one as `drive`.
---@class Source
---@field rate number?      rows a second, Hz; nil where the clock that it drives says (timed arrays, generators)
---@field n integer?        rows; nil where there is no end
---@field duration number?  ms
---@field channels integer  numbers in a row
---@field cf table?         centre frequencies of a filterbank, Hz
---@operator add(Source|number): Source
---@operator sub(Source|number): Source
---@operator mul(Source|number): Source
---@operator div(Source|number): Source
local Source = { __name = "lunapse.source" }

--- What objects of a class hold, or may lack; any other name that is no method is misspelt.
local kept = { "rate", "n", "duration", "channels", "cf" }
local may_lack = {}
for _, name in ipairs(kept) do may_lack[name] = true end

--- What classes hold for this room alone: no methods, and no help to who has misspelt one.
local for_the_room = {}
for _, name in ipairs { "class", "count", "derive", "from", "is", "make", "new", "sequence", "stereo" } do for_the_room[name] = true end

local function methods_of(class)
  local names = {}
  for _, name in ipairs(options.methods({ class, Source }, table.unpack(kept))) do
    if not for_the_room[name] then names[#names + 1] = name end
  end
  return names
end

local function prepare(class)
  local noun = class.__name:match "[^.]+$"
  class.__index = function(self, key)
    if may_lack[key] then return rawget(self, "_behind")[key] end
    local method = class[key]
    if method ~= nil then return method end
    return options.missing(noun, key, methods_of(class))
  end
  given.seal(class, noun, "sources never change, their methods give new ones")
end

prepare(Source)

--- Make a class of sources: a table for methods that are its own. Metamethods are looked up raw, so they are copied.
---@param name string
---@return table
function Source.class(name)
  local class = setmetatable({}, { __index = function(_, key) return rawget(Source, key) end })
  for key, value in pairs(Source) do
    if key:sub(1, 2) == "__" then class[key] = value end
  end
  class.__name = name
  prepare(class)
  return class
end

--- A new source of `class`. `fields._open(rate)` makes a stream.
---@param class table
---@param fields table
---@return Source
function Source.new(class, fields)
  if fields.n and fields.rate then fields.duration = fields.n * 1000 / fields.rate end
  return given.behind(class, fields, kept)
end

--- A source like `self` whose stream is wrap(stream of self), with some fields changed (false removes one).
---@param changes table
---@param wrap fun(stream: any): any
---@return Source
function Source:derive(changes, wrap)
  local open = self._open
  local made = { rate = self.rate, n = self.n, channels = self.channels, cf = self.cf }
  for key, value in pairs(changes) do made[key] = value or nil end
  made.class = nil
  made._open = function(rate) return wrap(open(rate)) end
  return Source.new(changes.class or getmetatable(self), made)
end

--- Is `x` a source?
---@param x any
---@return boolean
function Source.is(x)
  local class = type(x) == "table" and getmetatable(x)
  return class and class.stream == Source.stream or false
end

--- A stream of the rows, from the first. What drives neurons calls this with the rate of their clock.
---@param rate? number  Hz; needed where the source has none of its own, and must agree where it has
---@return any stream  `lunapse.stream`: read(n), reset(), seek(row), channels, rate, n
--- Errors: "the source has 44100 rows a second, but 10000 are wanted: ...".
function Source:stream(rate)
  if rate ~= nil then options.number("stream", "rate", rate, 0, math.huge, true) end
  if not self.rate and not rate then options.fail("stream: at which rate? The source has none of its own (rate = rows a second)") end
  if self.rate and rate and math.abs(rate / self.rate - 1) > 1e-9 then
    options.fail(("the source has %.10g rows a second, but %.10g are wanted: give the population dt = 1000/%.10g, or :resample the sound")
      :format(self.rate, rate, self.rate))
  end
  return self._open(self.rate or rate)
end

local function known_length(self, what)
  if not self.n then options.fail(what .. ": the source has no end; use :blocks() or :stream()") end
  return self.n
end

--- All rows in one array. Takes 8 bytes a row and channel: 40 channels of a minute at 44.1 kHz are 850 MB.
---@return any array  [n][channels]
function Source:process()
  return self:stream():read(known_length(self, "process"))
end

--- Go through the rows in blocks: `for block, t in fb:blocks(512) do ... end`.
---@param size? integer  rows in a block (the last one may have fewer), default 512
---@param rate? number   for a source that has none of its own
---@return function  gives arrays [rows][channels] and the time of their first row, ms
function Source:blocks(size, rate)
  size = options.whole("blocks", "size", size or 512, 1)
  local stream, n = self:stream(rate), self.n
  return function()
    local at = stream.at
    local rows = n and math.min(size, n - at) or size
    if rows > 0 then return stream:read(rows), at * 1000 / stream.rate end
  end
end

--- Mean, rms (about the mean) and largest absolute value of every channel, in one pass.
---@return any means, any rms, any peaks  arrays [channels]
function Source:measure()
  if known_length(self, "measure") == 0 then options.fail("measure: the source is empty") end
  self._measures = self._measures or { core.measure(self:stream(), self.n) }
  return table.unpack(self._measures)
end

--- Root mean square of every channel, about its mean: an array [channels].
function Source:rms()
  local _, rms = self:measure()
  return rms
end

--- gain * max(x, 0): the first of what hair cells do to a sound.
---@param gain? number  default 1
---@return Source
function Source:half_wave(gain)
  return self:map("gain*clip(x, 0, inf)", { gain = options.number("half_wave", "gain", gain or 1, -math.huge, math.huge) })
end

--- Multiply by a number, or by one for every channel.
---@param gain number|number[]
---@return Source
function Source:gain(gain)
  local gains = given.numbers("gain", "the gain", gain)
  for c = 1, #gains do options.number("gain", "the gain", gains[c], -math.huge, math.huge) end
  if #gains ~= 1 and #gains ~= self.channels then options.fail(("gain: %d gains for %d channels"):format(#gains, self.channels)) end
  return self:derive({}, function(stream) return core.gain(stream, gains) end)
end

--- Choose channels, in any order and as often as wanted: pick { 1, 1, 2, 2 }.
---@param channels integer[]
---@return Source
function Source:pick(channels)
  local cf = self.cf and {}
  if type(channels) ~= "table" and not array.is(channels) then options.fail("pick: a list of channels expected, got " .. options.show(channels)) end
  for k = 1, #channels do
    options.whole("pick", "channel " .. k, channels[k], 1)
    if channels[k] > self.channels then options.fail(("pick: there is no channel %d, there are %d"):format(channels[k], self.channels)) end
    if cf then cf[k] = self.cf[channels[k]] end
  end
  if #channels == 0 then options.fail("pick: no channel") end
  local list = array.from(channels)
  return self:derive({ channels = #channels, cf = cf }, function(stream) return core.pick(stream, list) end)
end

local function copies(self, where, n, place)
  options.whole(where, "n", n, 1)
  local list = {}
  for k = 1, n * self.channels do list[k] = place(k) end
  return self:pick(list)
end

--- Each channel n times, AB to AABB.
---@param n integer
---@return Source
function Source:repeat_channels(n) return copies(self, "repeat_channels", n, function(k) return (k - 1) // n + 1 end) end

--- All channels n times, AB to ABAB.
---@param n integer
---@return Source
function Source:tile_channels(n) return copies(self, "tile_channels", n, function(k) return (k - 1) % self.channels + 1 end) end

local function butterworth(self, where, cutoff, opt, kind)
  opt = options.check(where, opt or {}, { order = "number" })
  if not self.rate then options.fail(where .. ": the source has no rate of its own") end
  local filters, order = {}, options.whole(where, "order", opt.order or 1, 1, 50)
  for k, edge in ipairs(given.numbers(where, "cutoff", cutoff):table()) do
    options.number(where, "cutoff " .. k, edge, 0, self.rate / 2, true)
    if edge == self.rate / 2 then options.fail(("%s: cutoff %d must lie below half the rate, got %g of %g"):format(where, k, edge, self.rate / 2)) end
    filters[k] = signal.butter(order, edge, { type = kind, fs = self.rate })
  end
  return self:iir(filters)
end

--- Butterworth low-pass filter.
---@param cutoff number|number[]  -3 dB, Hz; one, or one for each channel
---@param opt? { order?: integer }  1 (default) to 50
---@return Source
function Source:lowpass(cutoff, opt) return butterworth(self, "lowpass", cutoff, opt, "low") end

--- Butterworth high-pass filter; arguments as of lowpass.
---@param cutoff number|number[]  Hz
---@param opt? table
---@return Source
function Source:highpass(cutoff, opt) return butterworth(self, "highpass", cutoff, opt, "high") end

--- Arithmetic of sources: sample by sample with another source, or with a number. One channel goes to all; as long as the longer one.
local function arithmetic(sign, what)
  return function(a, b)
    local self, text = a, "x " .. sign .. " y"
    if not Source.is(a) then self, b, text = b, a, "y " .. sign .. " x" end
    if type(b) ~= "number" and not Source.is(b) then
      options.fail(("%s of a source: another source or a number expected, got %s (one number for each channel: :gain or :map)"):format(what, options.show(b)))
    end
    if type(b) == "number" then
      options.number(what .. " of a source", "the number", b, -math.huge, math.huge)
      if b == 0 and text == "x / y" then options.fail "quotient of a source: the number is 0" end
    end
    return self:map(text, { y = b })
  end
end
Source.__add, Source.__sub, Source.__mul, Source.__div =
  arithmetic("+", "sum"), arithmetic("-", "difference"), arithmetic("*", "product"), arithmetic("/", "quotient")

function Source.__unm(a) return a:gain(-1) end

function Source:__tostring()
  local what = self.__name:match "[^.]+$"
  local length = self.n and ("%d rows"):format(self.n) or "no end"
  if self.duration then length = ("%g ms, %s"):format(self.duration, length) end
  local rate = self.rate and (" at %g Hz"):format(self.rate) or ""
  return ("%s: %s%s, %d channel%s"):format(what, length, rate, self.channels, self.channels == 1 and "" or "s")
end

function Source:__len() return known_length(self, "#") end

return Source
