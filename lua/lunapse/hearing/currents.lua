--- Currents, or whatever else is driven, as functions of time: steps, ramps, pulses, sines, chirps, noise. Each function here is public, `lp.NAME`. They are sources: they drive variables
--- (`drive = { I = ... }`, `pop:drive "I"`), are added (`a + b`) and multiplied by numbers.
local array = require "lunapse.array"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"
local timed = require "lunapse.hearing.timed"

local currents = {}

local known = { amplitude = "number", from = "number", to = "number" }

--- The options of a current, with from and to (ms).
local function check(where, opt, more, needed)
  local names = {}
  for name, kind in pairs(known) do names[name] = kind end
  for name, kind in pairs(more) do names[name] = kind end
  opt = options.check(where, opt, names, needed)
  for name in pairs(names) do
    if opt[name] then options.number(where, name, opt[name], -math.huge, math.huge, true) end
  end
  local from, to = opt.from or 0, opt.to or math.huge
  options.number(where, "from", from, 0, math.huge)
  if to <= from then options.fail(("%s: 'to' must lie behind 'from', %g ms, got %g"):format(where, from, to)) end
  return opt, from, to
end

--- A function of the time since `from`, 0 outside of from .. to.
local function within(from, to, f)
  return timed.generator(function(t) return f(t - from) * (t:ge(from) & t:lt(to)) end)
end

--- A step: `amplitude` from `from` (0) to `to` (for ever).
---@param opt { amplitude: number, from?: number, to?: number }  ms
---@return Timed
--- Example: drive = { I = lp.step_current { amplitude = 2, from = 100, to = 300 } }
function currents.step_current(opt)
  local o, from, to = check("lp.step_current", opt, {}, { "amplitude" })
  if to == math.huge then return timed.timed_array({ o.amplitude }, { times = { from } }) end
  return timed.timed_array({ o.amplitude, 0 }, { times = { from, to } })
end

--- A ramp: a straight line from `first` (0) at `from` to `amplitude` at `to`, where it stays.
---@param opt { amplitude: number, to: number, first?: number, from?: number }  ms
---@return Timed
function currents.ramp_current(opt)
  local o, from, to = check("lp.ramp_current", opt, { first = "number" }, { "amplitude", "to" })
  return timed.timed_array({ o.first or 0, o.amplitude }, { times = { from, to }, interpolate = true })
end

--- Pulses of `width` ms, one every `period` ms.
---@param opt { amplitude: number, width: number, period: number, from?: number, to?: number }  ms
---@return Timed
function currents.pulse_current(opt)
  local where = "lp.pulse_current"
  local o, from, to = check(where, opt, { width = "number", period = "number" }, { "amplitude", "width", "period" })
  options.number(where, "period", o.period, 0, math.huge, true)
  options.number(where, "width", o.width, 0, o.period, true)
  return within(from, to, function(t) return t:mod(o.period):lt(o.width):astype "float64" * o.amplitude end)
end

--- A sine of `frequency` Hz that begins at `from` with `phase` (radians), around `offset`.
---@param opt { amplitude: number, frequency: number, phase?: number, offset?: number, from?: number, to?: number }
---@return Timed
function currents.sine_current(opt)
  local o, from, to = check("lp.sine_current", opt, { frequency = "number", phase = "number", offset = "number" }, { "amplitude", "frequency" })
  return within(from, to, function(t) return (t * (2 * math.pi * o.frequency / 1000) + (o.phase or 0)):sin() * o.amplitude + (o.offset or 0) end)
end

--- A chirp (zap): a sine whose frequency goes from `first` to `last` Hz between `from` and `to`, along a straight line, or with `logarithmic = true` by equal factors in equal times.
---@param opt { amplitude: number, first: number, last: number, to: number, from?: number, logarithmic?: boolean }
---@return Timed
function currents.chirp_current(opt)
  local where = "lp.chirp_current"
  local is_logarithmic = type(opt) == "table" and opt.logarithmic
  if is_logarithmic ~= nil and type(is_logarithmic) ~= "boolean" then options.fail(where .. ": option 'logarithmic' must be true or false") end
  local rest = {}
  for name, value in pairs(type(opt) == "table" and opt or {}) do rest[name] = name ~= "logarithmic" and value or nil end
  local o, from, to = check(where, type(opt) == "table" and rest or opt, { first = "number", last = "number" }, { "amplitude", "first", "last", "to" })
  options.number(where, "first", o.first, 0, math.huge, is_logarithmic)
  options.number(where, "last", o.last, 0, math.huge, is_logarithmic)
  local length = (to - from) / 1000
  return within(from, to, function(t)
    local s = t / 1000
    local turns = s * o.first + s:square() * ((o.last - o.first) / (2 * length))
    if is_logarithmic and o.first ~= o.last then
      local factor = math.log(o.last / o.first) / length
      turns = ((s * factor):exp() - 1) * (o.first / factor)
    end
    return (turns * (2 * math.pi)):sin() * o.amplitude
  end)
end

--- Coloured noise that has been drawn beforehand, an Ornstein-Uhlenbeck process: mean `amplitude` (0), standard deviation `sigma`, time constant `tau` ms, a value every `dt` ms (0.1) from `from` (0) to
--- `to`, 0 before and after. `channels` of them are independent, one for each neuron. The same seed gives the same noise, as an experiment has it; noise that is drawn while a
--- network runs is a term of its equations, `sigma*sqrt(2/tau)*xi`.
---@param opt { sigma: number, tau: number, to: number, amplitude?: number, from?: number, dt?: number, channels?: integer, seed?: integer }
---@return Timed
function currents.noise_current(opt)
  local where = "lp.noise_current"
  local o, from, to = check(where, opt, { sigma = "number", tau = "number", dt = "number", channels = "number", seed = "number" }, { "sigma", "tau", "to" })
  options.number(where, "sigma", o.sigma, 0, math.huge)
  local tau, dt = options.number(where, "tau", o.tau, 0, math.huge, true), options.number(where, "dt", o.dt or 0.1, 0, math.huge, true)
  local channels, seed = options.whole(where, "channels", o.channels or 1, 1), math.tointeger(options.whole(where, "seed", o.seed or 1, 0))
  local n, warm, keep = math.ceil((to - from) / dt), math.ceil(20 * tau / dt), math.exp(-dt / tau)
  local rows = array.zeros(n + 1, channels)
  for c = 1, channels do
    local drawn = random.normal(0, o.sigma * ((1 + keep) / (1 - keep)) ^ 0.5):draw(n + warm, seed, c)
    rows:column(c):slice(1, n):assign(drawn:lowpass(1 - keep):slice(warm + 1, warm + n) + (o.amplitude or 0))
  end
  return timed.timed_array(rows, { times = array.arange(0, n) * dt + from })
end

return currents
