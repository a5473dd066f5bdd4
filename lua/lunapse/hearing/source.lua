--- What sounds, filterbanks, timed arrays and generators have in common.
---
--- A source is a description of rows in time (a row has a number for every channel): it holds no samples and never changes. Each reader opens a
--- stream of its own from it, which makes the rows block by block, so memory does not grow with the length, two readers do not
--- disturb each other, and opening again gives the same bits.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local expression = require "lunapse.expression"
local options = require "lunapse.options"
local signal = require "lunapse.signal"

--- Anything that gives rows of numbers in time: sounds, filterbanks, timed arrays. A population takes one as `drive`.
---@class Source
---@field rate number?      rows a second, Hz; nil where the clock that it drives says (timed arrays, generators)
---@field n integer?        rows; nil where there is no end
---@field duration number?  ms
---@field channels integer  numbers in a row
---@field cf table?         centre frequencies of a filterbank, Hz
local Source = { __name = "lunapse.source" }

--- What objects of a class hold, or may lack; any other name that is no method is misspelt.
local kept = { "rate", "n", "duration", "channels", "cf" }
local may_lack = {}
for _, name in ipairs(kept) do may_lack[name] = true end

local function index_of(class)
  local noun = class.__name:match "[^.]+$"
  return function(_, key)
    local method = class[key]
    if method ~= nil or may_lack[key] then return method end
    return options.missing(noun, key, options.methods({ class, Source }, table.unpack(kept)))
  end
end

Source.__index = index_of(Source)

--- Make a class of sources: a table for methods that are its own. Metamethods are looked up raw, so they are copied.
---@param name string
---@return table
function Source.class(name)
  local class = setmetatable({}, { __index = function(_, key) return rawget(Source, key) end })
  for key, value in pairs(Source) do
    if key:sub(1, 2) == "__" then class[key] = value end
  end
  class.__name = name
  class.__index = index_of(class)
  return class
end

--- A new source of `class`. `fields._open(rate)` makes a stream.
---@param class table
---@param fields table
---@return Source
function Source.new(class, fields)
  if fields.n and fields.rate then fields.duration = fields.n * 1000 / fields.rate end
  return setmetatable(fields, class)
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

--- Names that stand in every expression of a map.
local in_every_map = { x = "the sample", t = "the time in ms", i = "the channel, from 1" }

--- What stands in each slot of a compiled map: samples, times, channel numbers, or a value for each channel.
local function compile_map(text, parameters, channels)
  local given = { x = "x", t = "t", i = "i" }
  for name, value in pairs(parameters) do
    if given[name] then options.fail(("map: '%s' is given: %s"):format(name, in_every_map[name])) end
    if type(value) ~= "number" then
      value = array.from(value, "float64")
      if #value ~= channels then options.fail(("map: %d values of '%s' for %d channels"):format(#value, name, channels)) end
    end
    given[name] = value
  end
  local program, slots = expression.compile(text, given, "x", "map")
  local fills = {}
  for k, name in ipairs(slots) do fills[k] = given[name] end
  return program, fills
end

--- Apply a function to every sample.
--- Text is an expression of `x` (the sample), `t` (ms), `i` (the channel, from 1), `pi`, `inf`, and the names in `parameters`; it is compiled like an
--- equation. A Lua function gets each block as an array [512][channels], and the time of its first row in ms; it gives back an array of
--- that shape, or nothing where it has changed the block. It must give the same for the same block and time.
---@param f string|fun(block: any, t: number): any
---@param parameters? table<string, number|number[]>  a number, or one for each channel
---@return Source
--- Example: fb:map "3 * clip(x, 0, inf)", fb:map("a * tanh(x / b)", { a = 2, b = 0.1 }).
function Source:map(f, parameters)
  if type(f) == "function" then
    return self:derive({}, function(stream) return core.map(stream, f) end)
  end
  if type(f) ~= "string" then options.fail("map: an expression of x or a function of blocks expected, got " .. type(f)) end
  local program, fills = compile_map(f, parameters or {}, self.channels)
  return self:derive({}, function(stream) return core.kernel(stream, program, fills) end)
end

--- gain * max(x, 0): the first of what hair cells do to a sound.
---@param gain? number  default 1
---@return Source
function Source:half_wave(gain)
  gain = gain or 1
  return self:derive({}, function(stream) return core.half_wave(stream, gain) end)
end

--- Multiply by a number, or by one for every channel.
---@param gain number|number[]
---@return Source
function Source:gain(gain)
  if type(gain) == "number" then gain = { gain } end
  local gains = array.from(gain)
  if #gains ~= 1 and #gains ~= self.channels then options.fail(("gain: %d gains for %d channels"):format(#gains, self.channels)) end
  return self:derive({}, function(stream) return core.gain(stream, gains) end)
end

--- Choose channels, in any order and as often as wanted: pick { 1, 1, 2, 2 }.
---@param channels integer[]
---@return Source
function Source:pick(channels)
  local cf = self.cf and {}
  for k = 1, #channels do
    options.whole("pick", "channel " .. k, channels[k], 1)
    if channels[k] > self.channels then options.fail(("pick: there is no channel %d, there are %d"):format(channels[k], self.channels)) end
    if cf then cf[k] = self.cf[channels[k]] end
  end
  if #channels == 0 then options.fail("pick: no channel") end
  local list = array.from(channels)
  return self:derive({ channels = #channels, cf = cf }, function(stream) return core.pick(stream, list) end)
end

local function butterworth(self, where, cutoff, given, kind)
  options.check(where, given or {}, { order = "number" })
  if not self.rate then options.fail(where .. ": the source has no rate of its own") end
  local filters, edges = {}, type(cutoff) == "number" and { cutoff } or array.is(cutoff) and cutoff:flatten():table() or cutoff
  if type(edges) ~= "table" then options.fail(("%s: a cutoff in Hz or a list of them expected, got %s"):format(where, options.show(cutoff))) end
  for k, edge in ipairs(edges) do
    options.number(where, "cutoff " .. k, edge, 0, self.rate / 2, true)
    filters[k] = signal.butter(given and given.order or 1, edge, { type = kind, fs = self.rate })
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

--- The sections of what `iir` takes for one channel, a filter or a list of sections; nil for anything else.
local function sections_of(x)
  if type(x) ~= "table" then return nil end
  if not x.sections then return type(x[1]) == "table" and type(x[1][1]) == "number" and x or nil end
  local list = {}
  for k, s in ipairs(x.sections) do list[k] = { s[1], s[2], s[3], s[5], s[6] } end
  return list
end

--- Any filter as second-order sections in a row, each { b0, b1, b2, a1, a2 } for (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2).
---@param filter lunapse.Filter|number[][]|lunapse.Filter[]|number[][][]  of lp.signal.butter, or a list of sections; or a list of such, one for each channel
---@return Source
--- Example: fb:iir { { 0.5, 0.5, 0, 0, 0 } } (the mean of two samples), fb:iir(lp.signal.butter(4, { 500, 2000 }, { type = "band", fs = fb.rate })).
function Source:iir(filter)
  local one = sections_of(filter)
  local lists, flat, each = one and { one } or filter, {}, nil
  if type(lists) ~= "table" or #lists == 0 then options.fail("iir: a filter or a list of sections expected, got " .. options.show(filter)) end
  for channel, given in ipairs(lists) do
    local list = sections_of(given) or options.fail(("iir: channel %d: a filter or a list of sections expected, got %s"):format(channel, options.show(given)))
    each = each or #list
    if #list ~= each then options.fail(("iir: channel %d has %d sections, channel 1 has %d"):format(channel, #list, each)) end
    for k, section in ipairs(list) do
      if type(section) ~= "table" or #section ~= 5 then options.fail(("iir: section %d must be { b0, b1, b2, a1, a2 }"):format(k)) end
      flat[#flat + 1] = section
    end
  end
  local coefficients = array.from(flat)
  if self.rate then core.filter(self:stream(), coefficients, each) end   -- what is wrong is an error here, not when the stream is opened
  local channels = math.max(self.channels, #lists)
  return self:derive({ channels = channels }, function(stream) return core.filter(stream, coefficients, each) end)
end

--- The sum of two sources of one rate and width; as long as the longer one.
function Source.__add(a, b)
  if not Source.is(a) or not Source.is(b) then options.fail "only sources can be added to sources (numbers: :map \"x + 1\")" end
  if a.channels ~= b.channels then options.fail(("sum of sources: %d and %d channels"):format(a.channels, b.channels)) end
  if a.rate and b.rate and a.rate ~= b.rate then options.fail(("sum of sources: %g and %g rows a second"):format(a.rate, b.rate)) end
  local first, second = a._open, b._open
  return Source.new(getmetatable(a), {
    rate = a.rate or b.rate, n = a.n and b.n and math.max(a.n, b.n), channels = a.channels, cf = a.cf,
    _open = function(rate) return core.mix { first(rate), second(rate) } end,
  })
end

function Source.__sub(a, b)
  if not Source.is(b) then options.fail "only sources can be subtracted from sources" end
  return a + b:gain(-1)
end

function Source.__mul(a, b)
  if Source.is(b) then a, b = b, a end
  if type(b) ~= "number" then options.fail("a source can be multiplied by a number, not by a " .. type(b) .. " (use :gain for one factor a channel)") end
  return a:gain(b)
end

function Source.__div(a, b)
  if type(b) ~= "number" then options.fail "a source can be divided by a number" end
  return a:gain(1 / b)
end

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
