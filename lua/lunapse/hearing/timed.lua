--- Values laid out in time, and functions of time, as sources: they take the rate of the clock that they drive.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local given = require "lunapse.hearing.given"
local lookup = require "lunapse.network.lookup"
local options = require "lunapse.options"
local Source = require "lunapse.hearing.source"
require "lunapse.hearing.compute"          -- sources are added and multiplied by what it gives them

---@class Timed: Source
---@field most number?  the highest value of a timed array
local Timed = Source.class "lunapse.timed"

local timed = {}

--- Rows of values in time. Row k (from 1) holds from (k - 1) dt on, or from times[k]; the last one stays, unless there is a period. Before
--- times[1] there are zeros. It drives variables (`drive = { I = ... }`), and equations read it: `arrays = { stim = ... }`, then `stim(t)`, or of several channels
--- `stim(t, i)`. `unit` is that of the values, "nA", where a model names units.
---@param values any  a table or array [rows], or [rows][channels]
---@param opt { dt?: number, times?: number[], period?: number, interpolate?: boolean, unit?: string }  ms; dt or times; interpolate: lines instead of steps
---@return Timed
--- Example: drive = { I = lp.timed_array({ 0, 5, 0 }, { times = { 0, 100, 200 } }) }. In one table: lp.timed_array { rates = { ... }, dt = 10 }.
function timed.timed_array(values, opt)
  local known = { dt = "number", times = "any", period = "number", interpolate = "boolean", unit = "string|table" }
  if opt == nil and type(values) == "table" and values.rates ~= nil then
    known.rates = "any"
    opt = values
    values = opt.rates
  end
  opt = options.check("timed_array", opt or {}, known)
  if (opt.dt == nil) == (opt.times == nil) then options.fail "timed_array: either dt or times, in ms, is needed" end
  if opt.dt then options.number("timed_array", "dt", opt.dt, 0, math.huge, true) end
  if opt.period then options.number("timed_array", "period", opt.period, 0, math.huge, true) end
  local worth, unit = lookup.unit("timed_array, unit", opt.unit)
  local rows = array.from(values, "float64")
  given.finite("timed_array", rows)
  if worth ~= 1 then rows = rows * worth end
  local timing = {
    rate = opt.dt and 1000 / opt.dt, times = opt.times and array.from(opt.times, "float64"), period = opt.period, interpolate = opt.interpolate,
  }
  local _, channels = rows:shape()
  local ok, message = pcall(core.rows, rows, timing, 1000)
  if not ok then options.fail((tostring(message):gsub("^timed array", "timed_array"))) end
  return Source.new(Timed, { _lookup = lookup.timed(rows, { dt = opt.dt, times = timing.times, period = opt.period, interpolate = opt.interpolate }, unit),
    _saved = { kind = "timed_array", values = rows, dt = opt.dt, times = timing.times, period = opt.period, interpolate = opt.interpolate, unit = unit },
    channels = channels or 1, most = rows:size() > 0 and rows:max() or nil, is_whole = not opt.interpolate and rows:eq(rows:floor()):all(),
    _open = function(rate) return core.rows(rows, timing, rate) end })
end

--- A function of time as a source. It gets an array of the times (ms) of 512 rows and gives an array [512] or [512][channels], or one number for all.
--- It must give the same for the same times.
---@param f fun(times: any): any
---@param opt? { channels?: integer }
---@return Timed
function timed.generator(f, opt)
  if type(f) ~= "function" then options.fail("generator: a function expected, got " .. type(f)) end
  local channels = options.whole("generator", "channels", options.check("generator", opt or {}, { channels = "number" }).channels or 1, 1)
  return Source.new(Timed, { channels = channels, _open = function(rate) return core.generator(f, channels, rate) end })
end

return timed
