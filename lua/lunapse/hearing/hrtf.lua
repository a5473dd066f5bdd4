--- Head-related transfer functions: what the head does to a sound on its way to both ears, as pairs of finite filters for many directions.
---
--- Directions are in degrees: azimuth 0 in front, 90 to the left, elevation 90 above (as in SOFA files).

local array = require "lunapse.array"
local files = require "lunapse.core.hdf5"
local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local Sound = require "lunapse.hearing.sound"
local Source = require "lunapse.hearing.source"

local hrtf = {}

-- ---- one direction ------------------------------------------------------------------------------------------------------

--- What the head does to a sound from one direction.
---@class HRTF
---@field rate number       Hz
---@field left Sound        impulse response
---@field right Sound
---@field azimuth number    degrees
---@field elevation number
---@field distance number   m; nan where it is not known
local HRTF = { __name = "lunapse.hrtf" }
local of_one, of_set = { "rate", "left", "right", "azimuth", "elevation", "distance" }, { "rate", "n", "azimuth", "elevation", "distance", "data" }
function HRTF:__index(key)
  local value = HRTF[key]
  if value == nil then value = rawget(self, "_behind")[key] end
  if value ~= nil then return value end
  return options.missing("HRTF", key, options.methods({ HRTF }, table.unpack(of_one)))
end
given.seal(HRTF, "HRTF", "it never changes")

--- The taps of both ears for these sets of filters, checked against a source.
local function filter(where, source, rate, taps)
  if not Source.is(source) then options.fail(("%s: a sound or another source expected, got %s"):format(where, options.show(source))) end
  if source.rate and math.abs(source.rate / rate - 1) > 1e-9 then
    options.fail(("%s: the source has %g rows a second, the filters %g: resample the sound, or load them with { rate = %g }"):format(where, source.rate, rate, source.rate))
  end
  return source:fir(taps)
end

--- The sound as both ears hear it from this direction: a stereo sound. `hrtf(sound)` does the same.
---@param sound Source  one channel
---@return Source
function HRTF:apply(sound)
  if Source.is(sound) and sound.channels ~= 1 then options.fail(("HRTF: a source of one channel expected, got %d"):format(sound.channels)) end
  return filter("HRTF", sound, self.rate, self._taps)
end

HRTF.__call = HRTF.apply

--- The difference between the ears in time, ms: how much later the left ear hears it.
---@return number
function HRTF:itd() return Sound.stereo(self.left, self.right):itd() end

--- The difference between the ears in level, dB: how much louder the left ear hears it.
---@return number
function HRTF:ild() return Sound.stereo(self.left, self.right):ild() end

function HRTF:__tostring() return ("HRTF: azimuth %g, elevation %g, %d samples at %g Hz"):format(self.azimuth, self.elevation, self.left.n, self.rate) end

-- ---- a set of them ------------------------------------------------------------------------------------------------------

--- Head-related transfer functions of many directions.
---@class HRTFSet
---@field rate number      Hz
---@field n integer        directions
---@field azimuth any      array [n], degrees
---@field elevation any
---@field distance any     m
---@field data any         array [n][2][samples]: left, right
local HRTFSet = { __name = "lunapse.hrtf_set" }
function HRTFSet:__index(key)
  if math.type(key) == "integer" then
    if key < 1 or key > self.n then options.fail(("HRTF set: there is no direction %d, there are %d"):format(key, self.n)) end
    local taps = self.data[key]:copy()
    return given.behind(HRTF, { rate = self.rate, azimuth = self.azimuth[key], elevation = self.elevation[key], distance = self.distance[key], _taps = taps,
      left = Sound.from(taps[1]:copy(), { rate = self.rate }), right = Sound.from(taps[2]:copy(), { rate = self.rate }) }, of_one)
  end
  local value = HRTFSet[key]
  if value == nil then value = rawget(self, "_behind")[key] end
  if value ~= nil then return value end
  return options.missing("HRTF set", key, options.methods({ HRTFSet }, table.unpack(of_set)))
end
given.seal(HRTFSet, "HRTF set", "it never changes: subset gives another one, load_hrtf and hrtf_set make them")

local function make_set(fields) return given.behind(HRTFSet, fields, of_set) end
function HRTFSet:__len() return self.n end
function HRTFSet:__tostring() return ("HRTF set: %d directions, %d samples at %g Hz"):format(self.n, select(3, self.data:shape()), self.rate) end

--- The direction nearest to one, by the angle between them.
---@param azimuth number     degrees
---@param elevation? number  0
---@return HRTF
---@return number angle   between the two, degrees
---@return integer index
function HRTFSet:nearest(azimuth, elevation)
  options.number("nearest", "azimuth", azimuth, -360, 360)
  options.number("nearest", "elevation", elevation or 0, -90, 90)
  local d = math.pi / 180
  local here, there = self.elevation * d, (elevation or 0) * d
  local cosine = here:sin() * math.sin(there) + here:cos() * math.cos(there) * ((self.azimuth - azimuth) * d):cos()
  local index = cosine:argmax()
  return self[index], math.acos(math.max(-1, math.min(1, cosine[index]))) / d, index
end

local function picked(set, list)
  if #list == 0 then options.fail "subset: no direction is left" end
  local made = { rate = set.rate, n = #list, data = set.data:take(list, 1):copy() }
  for _, name in ipairs { "azimuth", "elevation", "distance" } do made[name] = set[name]:take(list, 1):copy() end
  return make_set(made)
end

--- The directions for which a function says true, or those of a list of indices.
---@param which integer[]|fun(azimuth: number, elevation: number, distance: number): boolean
---@return HRTFSet
--- Example: set:subset(function(azimuth, elevation) return elevation == 0 end).
function HRTFSet:subset(which)
  local list = {}
  if type(which) == "function" then
    for k = 1, self.n do
      if which(self.azimuth[k], self.elevation[k], self.distance[k]) then list[#list + 1] = k end
    end
  elseif type(which) == "table" or array.is(which) then
    for k = 1, #which do list[k] = options.whole("subset", "index " .. k, which[k], 1, self.n) or which[k] end
  else
    options.fail("subset: a function of azimuth, elevation and distance or a list of indices expected, got " .. options.show(which))
  end
  return picked(self, list)
end

--- All filters of the set: LL...RR..., or with interleaved = true LRLR... The source has one channel, or one for each filter.
---@param source Source
---@param opt? { interleaved?: boolean }
---@return Source
function HRTFSet:filterbank(source, opt)
  local is_interleaved = options.check("filterbank", opt or {}, { interleaved = "boolean" }).interleaved
  local n, _, samples = self.data:shape()
  local taps = is_interleaved and self.data or self.data:transpose { 2, 1, 3 }:copy()
  return filter("HRTF set", source, self.rate, taps:reshape(2 * n, samples))
end

-- ---- where sets come from -----------------------------------------------------------------------------------------------

--- As many values as there are directions.
local function each(where, name, values, n, most)
  values = type(values) == "number" and array.full(values + 0.0, n) or given.numbers(where, name, values)
  if #values ~= n then options.fail(("%s: %d values of %s for %d directions"):format(where, #values, name, n)) end
  for k = 1, n do options.number(where, ("%s %d"):format(name, k), values[k], -most, most) end
  return values
end

local function new_set(where, data, opt)
  opt = options.check(where, opt, { rate = "number", azimuth = "any", elevation = "any", distance = "any" }, { "rate", "azimuth" })
  options.number(where, "rate", opt.rate, Sound.least_rate, Sound.greatest_rate)
  local ok, rows = pcall(array.from, data, "float64")
  if not ok then options.fail(where .. ": impulse responses [direction][2][sample] expected, got " .. options.show(data)) end
  data = rows:copy()
  local n, ears, samples = data:shape()
  if data:axes() ~= 3 or ears ~= 2 or n < 1 or samples < 1 then
    options.fail(("%s: impulse responses [direction][2][sample] expected, got shape %s"):format(where, table.concat({ data:shape() }, " x ")))
  end
  if not data:isfinite():all() then
    local at = data:isfinite():flatten():argmin() - 1
    options.fail(("%s: direction %d, ear %d, sample %d must be finite"):format(where, at // (2 * samples) + 1, at // samples % 2 + 1, at % samples + 1))
  end
  local distance = opt.distance == nil and array.full(0 / 0, n) or each(where, "distance", opt.distance, n, math.huge)
  return make_set { rate = opt.rate, n = n, data = data, azimuth = each(where, "azimuth", opt.azimuth, n, math.huge),
    elevation = each(where, "elevation", opt.elevation or 0, n, 90), distance = distance }
end

--- A set of impulse responses [direction][ear][sample], left and right.
---@param data any
---@param opt { rate: number, azimuth: any, elevation?: any, distance?: any }  Hz; degrees, degrees (0), m
---@return HRTFSet
function hrtf.hrtf_set(data, opt) return new_set("hrtf_set", data, opt) end

local function resampled(data, from, to)
  if from == to then return data end
  local n, made = (data:shape()), nil
  for k = 1, n do
    local both = Sound.from(data[k]:transpose():copy(), { rate = from }):extend(1):resample(to):samples()
    made = made or array.zeros(n, 2, (both:shape()))
    made[k]:assign(both:transpose())
  end
  return made * (from / to)   -- a constant passes as before
end

--- Responses moved by Data.Delay: one for each ear, or for each direction and ear, in whole samples.
local function delayed(where, data, delay)
  local n, _, samples = data:shape()
  local most = delay:max()
  if most == 0 and delay:min() == 0 then return data end
  if not delay:eq(delay:round()):all() or delay:min() < 0 then options.fail(where .. ": Data.Delay must be whole numbers of samples, 0 or more") end
  local rows, made = delay:shape(), array.zeros(n, 2, samples + math.tointeger(most))
  for k = 1, n do
    for ear = 1, 2 do
      local by = math.tointeger(delay:get(rows == 1 and 1 or k, ear))
      made[k][ear]:slice(by + 1, by + samples):assign(data[k][ear])
    end
  end
  return made
end

--- A set from a SOFA file (AES69, convention SimpleFreeFieldHRIR), which is HDF5.
---@param path string
---@param opt? { rate?: number }  Hz: resample to this; else the file's rate
---@return HRTFSet
--- Errors: no such file, no SOFA file, another convention, not two receivers.
function hrtf.load_hrtf(path, opt)
  options.path("load_hrtf", path)
  opt = options.check("load_hrtf", opt or {}, { rate = "number" })
  local where = ("load_hrtf: '%s'"):format(path)
  local ok, file = pcall(files.open, path, "read")
  if not ok then options.fail("load_hrtf: " .. tostring(file)) end
  local opened <close> = file
  local function attribute(place, name)
    return opened:info(place, name) and opened:attribute(place, name) or nil
  end
  local function numbers(name)
    local value = opened:info(name) and opened:read(name, nil, nil, true)
    if value == nil then options.fail(("%s has no '%s': a SOFA file of the convention SimpleFreeFieldHRIR has one"):format(where, name)) end
    if type(value) == "number" then return array.from({ value }, "float64") end
    if not array.is(value) then options.fail(("%s: '%s' must hold numbers"):format(where, name)) end
    return value
  end
  local convention = attribute("", "SOFAConventions")
  if convention and not convention:find "^SimpleFreeFieldHRIR" then
    options.fail(("%s has the convention %s: SimpleFreeFieldHRIR is read"):format(where, convention))
  end
  local data = numbers "Data.IR"
  local n, ears = data:shape()
  if data:axes() ~= 3 or ears ~= 2 then options.fail(("%s: Data.IR of shape [direction][2][sample] expected, got %s"):format(where, table.concat({ data:shape() }, " x "))) end
  local rate, place = numbers("Data.SamplingRate"):flatten()[1], numbers "SourcePosition"
  local directions, axes = place:shape()
  if axes ~= 3 or (directions ~= n and directions ~= 1) then
    options.fail(("%s: SourcePosition of shape %d x 3 expected, got %s"):format(where, n, table.concat({ place:shape() }, " x ")))
  end
  if directions ~= n then place = place:take(array.full(1, n):astype "int64":table(), 1) end
  local a, b, c = place:column(1):copy(), place:column(2):copy(), place:column(3):copy()
  if (attribute("SourcePosition", "Type") or "spherical"):find "^cartesian" then
    local r, d = (a * a + b * b + c * c):sqrt(), 180 / math.pi
    a, b, c = b:atan2(a) * d, c:atan2((a * a + b * b):sqrt()) * d, r
  end
  if opened:info "Data.Delay" then
    local delay = numbers "Data.Delay"
    local rows, columns = delay:shape()
    if delay:axes() ~= 2 or columns ~= 2 or rows ~= 1 and rows ~= n then
      options.fail(("%s: Data.Delay of shape 1 x 2 or %d x 2 expected, got %s"):format(where, n, table.concat({ delay:shape() }, " x ")))
    end
    data = delayed(where, data, delay)
  end
  options.number(where, "Data.SamplingRate", rate, Sound.least_rate, Sound.greatest_rate)
  local wanted = options.number("load_hrtf", "rate", opt.rate or rate, Sound.least_rate, Sound.greatest_rate)
  return new_set(where, resampled(data, rate, wanted), { rate = wanted, azimuth = a, elevation = b, distance = c })
end

--- Two ears without a head, which differ in time alone: the later one by itd, a whole number of samples.
---@param opt { n?: integer, azimuth_max?: number, max_itd?: number, itd?: any, rate?: number }  n directions from azimuth_max (90) on the right to the left, itd = max_itd (0.65 ms) sin(-azimuth); or
---  itd, ms: how much later the left ear hears
---@return HRTFSet
function hrtf.headless(opt)
  opt = options.check("headless", opt, { n = "number", azimuth_max = "number", max_itd = "number", itd = "any", rate = "number" })
  local rate = options.number("headless", "rate", opt.rate or Sound.default_rate, Sound.least_rate, Sound.greatest_rate)
  if (opt.n == nil) == (opt.itd == nil) then options.fail "headless: either n directions or itd, in ms, is needed" end
  local most = options.number("headless", "max_itd", opt.max_itd or 0.65, 0, 1000, true)
  local itd, azimuth
  if opt.itd then
    itd = given.numbers("headless", "itd", opt.itd)
    for k = 1, #itd do options.number("headless", ("itd %d"):format(k), itd[k], -1000, 1000) end
    azimuth = -(itd / itd:abs():maximum(most)):asin() * (180 / math.pi)
  else
    local edge = options.number("headless", "azimuth_max", opt.azimuth_max or 90, 0, 90, true)
    azimuth = array.linspace(-edge, edge, options.whole("headless", "n", opt.n, 1) or opt.n)
    itd = -most * (azimuth * (math.pi / 180)):sin()
  end
  local late = (itd * rate / 1000):round()
  local data = array.zeros(#itd, 2, math.tointeger(late:abs():max()) + 1)
  for k = 1, #itd do
    local by = math.tointeger(late[k])
    data[k][1][math.max(0, by) + 1], data[k][2][math.max(0, -by) + 1] = 1, 1
  end
  return hrtf.hrtf_set(data, { rate = rate, azimuth = azimuth })
end

hrtf.HRTF, hrtf.HRTFSet = HRTF, HRTFSet
return hrtf
