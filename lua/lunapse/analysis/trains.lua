--- Spike trains made by rule: renewal processes, trains that are correlated, patterns that come again. Each function here is public, `lp.NAME`, and gives a record of spikes:
--- `net:spike_source { size = trains.n, neuron = trains.neuron, t = trains.t }` sends it, and the methods of recordings look at it.
local array = require "lunapse.array"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"
local record = require "lunapse.analysis.record"

local trains = {}

local function positive(where, name, x) return options.number(where, name, x, 0, math.huge, true) end

--- n and duration, and the seed.
local function common(where, opt)
  options.whole(where, "n", opt.n, 1)
  positive(where, "duration", opt.duration)
  return opt.n, opt.duration, math.tointeger(options.whole(where, "seed", opt.seed or 1, 0))
end

local function spikes(n, duration, neuron, t)
  return record.prepare { neuron = array.from(neuron, "int64"), t = array.from(t, "float64"), n = n, from = 0, to = duration }
end

-- ---- renewal processes ----

--- Intervals of mean 1 with a coefficient of variation: `m` of them from a stream of the seed.
local kinds = {}

function kinds.exponential(_, m, seed, stream) return random.exponential(1):draw(m, seed, stream) end

function kinds.gamma(cv, m, seed, stream) return random.gamma(1 / cv ^ 2, cv ^ 2):draw(m, seed, stream) end

function kinds.lognormal(cv, m, seed, stream)
  local variance = math.log(1 + cv ^ 2)
  return random.lognormal(-variance / 2, variance ^ 0.5):draw(m, seed, stream)
end

--- By a normal and a uniform number (Michael, Schucany and Haas 1976).
kinds["inverse gaussian"] = function(cv, m, seed, stream)
  local shape, y = 1 / cv ^ 2, random.normal(0, 1):draw(m, seed, 2 * stream):square()
  local x = 1 + y / (2 * shape) - (4 * shape * y + y:square()):sqrt() / (2 * shape)
  return random.uniform(0, 1):draw(m, seed, 2 * stream + 1):le((1 + x):reciprocal()):select(x, x:reciprocal())
end

local WARM = 20          -- intervals before the beginning: where in its interval a train then stands is forgotten

--- Times of a train of mean interval 1 up to `last`, in equilibrium from 0 on.
local function train(kind, cv, last, seed, stream)
  local start = -WARM - random.uniform(0, 1):draw(1, seed, (1 << 20) + stream)[1]
  local m = math.ceil((last + WARM + 1) * 1.2 + 6 * (last + WARM) ^ 0.5 * math.max(1, cv)) + 20
  while true do
    local t = kinds[kind](cv, m, seed, stream):cumsum() + start
    if t[m] >= last then return t[t:ge(0) & t:lt(last)] end
    m = 2 * m
  end
end

local STEP = 0.1          -- ms: a rate that changes is a straight line between its values so far apart

--- How many intervals have gone by until each step, by the rate as a function of time.
local function progress(where, rate, duration)
  local steps = math.ceil(duration / STEP)
  local values = {}
  for k = 0, steps do
    local x = rate(k * STEP)
    if type(x) ~= "number" or not (x >= 0 and x < math.huge) then
      options.fail(("%s: rate: the function gave %s at %g ms: a rate of at least 0 Hz expected"):format(where, options.show(x), k * STEP))
    end
    values[k + 1] = x
  end
  local sum = { 0 }
  for k = 1, steps do sum[k + 1] = sum[k] + (values[k] + values[k + 1]) / 2 * STEP / 1000 end
  return sum
end

--- When so many intervals have gone by.
local function times_of(sum, gone)
  local out, k = {}, 1
  for i, x in ipairs(gone:table()) do
    while sum[k + 1] and sum[k + 1] <= x do k = k + 1 end
    local slope = (sum[k + 1] or math.huge) - sum[k]
    out[i] = (k - 1 + (slope > 0 and slope < math.huge and (x - sum[k]) / slope or 0)) * STEP
  end
  return out
end

--- Trains whose intervals are drawn independently of each other, in equilibrium from the start: `rate` in Hz, one for all, one for each of the n neurons, or a function of the time in ms
--- (the intervals are then those of a clock that runs with the rate). `intervals` are "exponential" (Poisson trains), "gamma", "lognormal" or "inverse gaussian", with the
--- coefficient of variation `cv` (1 unless given). After each spike there is none for `dead` ms; the rate stays what is asked for. The same seed gives the same trains.
---@param opt { n: integer, rate: number|number[]|array|fun(t: number): number, duration: number, intervals?: "exponential"|"gamma"|"lognormal"|"inverse gaussian", cv?: number, dead?: number, seed?: integer }
---@return SpikeRecord
--- Example: lp.renewal_trains { n = 100, rate = 20, duration = 1000, intervals = "gamma", cv = 0.5 }
function trains.renewal_trains(opt)
  local where = "lp.renewal_trains"
  opt = options.check(where, opt, { n = "number", rate = "number|table|userdata|function", duration = "number", intervals = "string", cv = "number", dead = "number",
    seed = "number" }, { "n", "rate", "duration" })
  local n, duration, seed = common(where, opt)
  local kind, cv, dead = opt.intervals or "exponential", opt.cv or 1, options.number(where, "dead", opt.dead or 0, 0, math.huge)
  if not kinds[kind] then
    options.fail(('%s: option \'intervals\' must be "exponential", "gamma", "lognormal" or "inverse gaussian", got %s'):format(where, options.show(kind)))
  end
  positive(where, "cv", cv)
  if kind == "exponential" and cv ~= 1 then options.fail(where .. ': exponential intervals have cv 1: intervals = "gamma" takes others') end
  local rates, sum = opt.rate, nil
  if type(rates) == "function" then
    if dead > 0 then options.fail(where .. ": a dead time belongs to a constant rate") end
    sum = progress(where, rates, duration)
  else
    local ok, list = pcall(array.from, type(rates) == "number" and { rates } or rates, "float64")
    if not ok or #list ~= n and type(rates) ~= "number" then
      options.fail(("%s: rate: a number, or one for each of %d neurons expected, got %s"):format(where, n, ok and #list or options.show(rates)))
    end
    rates = list:table()
  end
  local neuron, t = {}, {}
  for i = 1, n do
    local rate, times = not sum and (rates[i] or rates[1])
    if sum then
      times = times_of(sum, train(kind, cv, sum[#sum], seed, i))
    else
      if not (rate >= 0 and rate * dead < 1000) then
        options.fail(("%s: rate[%d]: at least 0 Hz expected, and less than 1/dead, got %g"):format(where, i, rate))
      end
      local mean = 1000 / rate - dead          -- of what is drawn
      local given = kind
      local function intervals(_, m, s, stream) return (kinds[given](cv, m, s, stream) * mean + dead) / (mean + dead) end
      kinds.own = intervals
      times = rate > 0 and (train("own", cv, duration * rate / 1000, seed, i) * (1000 / rate)):table() or {}
      kinds.own = nil
    end
    for _, time in ipairs(times) do neuron[#neuron + 1], t[#t + 1] = i, time end
  end
  return spikes(n, duration, neuron, t)
end

-- ---- correlated trains ----

--- Trains that take their spikes from common sources, Poisson trains of `rates` Hz: neuron i has each spike of source k with probability p[i][k] (the mixture method of Brette 2009), moved
--- by a time of its own with a two-sided exponential distribution of time constant `jitter` ms. Neurons i and j then have the rates sum_k p[i][k] rates[k], and the
--- covariance of their counts in long windows is sum_k p[i][k] p[j][k] rates[k].
---
--- Of n like neurons it is enough to give `rate` (Hz) and `correlation`, 0 to 1: of counts in windows that are long against the jitter.
---@param opt { duration: number, p?: number[][]|array, rates?: number[], n?: integer, rate?: number, correlation?: number, jitter?: number, seed?: integer }
---@return SpikeRecord
--- Example: lp.correlated_trains { n = 50, rate = 10, correlation = 0.2, jitter = 5, duration = 1000 }
function trains.correlated_trains(opt)
  local where = "lp.correlated_trains"
  opt = options.check(where, opt, { duration = "number", p = "table|userdata", rates = "table|userdata", n = "number", rate = "number", correlation = "number", jitter = "number",
    seed = "number" }, { "duration" })
  local p, n, rates = {}, opt.n
  if opt.p then
    if opt.rate or opt.correlation then options.fail(where .. ": either p and rates, or n, rate and correlation") end
    local ok, table_of = pcall(array.from, opt.p, "float64")
    if not ok or table_of:axes() ~= 2 then options.fail(("%s: p: a table [neurons][sources] expected, got %s"):format(where, options.show(opt.p))) end
    local rows, columns = table_of:shape()
    rates = opt.rates and array.from(opt.rates, "float64"):table() or {}
    if #rates ~= columns then options.fail(("%s: rates: one for each of %d sources expected, got %d"):format(where, columns, #rates)) end
    if n and n ~= rows then options.fail(("%s: n is %g, and p has %d rows"):format(where, n, rows)) end
    n = rows
    for i = 1, n do p[i] = table_of:row(i):table() end
  else
    if not (n and opt.rate and opt.correlation) then options.fail(where .. ": p and rates, or n, rate and correlation are needed") end
    options.whole(where, "n", n, 1)
    local c = options.number(where, "correlation", opt.correlation, 0, 1)
    if c > 0 then
      rates = { opt.rate / c }
      for i = 1, n do p[i] = { c } end
    else
      rates = {}
      for i = 1, n do
        rates[i], p[i] = opt.rate, {}
        for k = 1, n do p[i][k] = k == i and 1 or 0 end
      end
    end
  end
  local jitter = options.number(where, "jitter", opt.jitter or 0, 0, math.huge)
  local _, duration, seed = common(where, { n = n, duration = opt.duration, seed = opt.seed })
  for k, rate in ipairs(rates) do
    options.number(where, ("rates[%d]"):format(k), rate, 0, math.huge)
    for i = 1, n do options.number(where, ("p[%d][%d]"):format(i, k), p[i][k], 0, 1) end
  end
  local neuron, t, margin = {}, {}, 20 * jitter
  for k, rate in ipairs(rates) do
    local last = (duration + 2 * margin) * rate / 1000
    local source = rate > 0 and (train("exponential", 1, last, seed, k) * (1000 / rate) - margin):table() or {}
    for i = 1, n do
      local stream = (1 << 40) + k * n + i
      local taken = p[i][k] > 0 and random.uniform(0, 1):draw(#source, seed, 2 * stream):table()
      local moved = taken and jitter > 0 and random.uniform(-1, 1):draw(#source, seed, 2 * stream + 1):table()
      for s, time in ipairs(taken and source or {}) do
        if taken[s] < p[i][k] then
          local u = moved and moved[s] or 0
          time = time - jitter * (u < 0 and -1 or 1) * math.log(1 - math.min(math.abs(u), 1 - 1e-12))
          if time >= 0 and time < duration then neuron[#neuron + 1], t[#t + 1] = i, time end
        end
      end
    end
  end
  return spikes(n, duration, neuron, t)
end

--- Normal distribution: density, and what lies below z.
local function density(z) return math.exp(-z * z / 2) / (2 * math.pi) ^ 0.5 end

local function below(z)
  local sum, term, k = z, z, 1
  if math.abs(z) > 7 then return z > 0 and 1 or 0 end
  while math.abs(term) > 1e-17 * math.abs(sum) do
    k = k + 2
    term = term * z * z / k
    sum = sum + term
  end
  return 0.5 + density(z) * sum
end

--- Mean and standard deviation of max(0, X), X normal with mean z and standard deviation 1.
local function rectified(z)
  local mean = z * below(z) + density(z)
  return mean, math.max(0, (z * z + 1) * below(z) + z * density(z) - mean * mean) ^ 0.5
end

--- A neuron model: Poisson neurons whose common rate changes at random, an Ornstein-Uhlenbeck process of time constant `tau` ms without its negative part, so that the spikes of all neurons of a
--- population are correlated (the Cox process of Brette 2009). `rate` in Hz; `correlation` is that of counts in windows that are long against tau,
--- c = 2 tau s^2 / rate with s the standard deviation of the rate.
---@param opt { rate: number, correlation: number, tau: number }
---@return Model
--- Example: net:population { size = 100, neuron = lp.correlated_poisson { rate = 10, correlation = 0.3, tau = 20 } }
function trains.correlated_poisson(opt)
  local where = "lp.correlated_poisson"
  opt = options.check(where, opt, { rate = "number", correlation = "number", tau = "number" }, { "rate", "correlation", "tau" })
  local rate, tau, c = positive(where, "rate", opt.rate), positive(where, "tau", opt.tau), options.number(where, "correlation", opt.correlation, 0, 1)
  local spread = (c * rate / (2 * tau / 1000)) ^ 0.5
  local low, high = -5, 40          -- z of which the rectified process has this mean for its spread
  local mean, deviation = rectified(low)
  if spread > 0 and rate / spread < mean / deviation then
    options.fail(("%s: a correlation of %g at %g Hz needs a rate that changes more than a rectified one can: a longer tau than %g ms"):format(where, c, rate, tau))
  end
  for _ = 1, 100 do
    local z = (low + high) / 2
    mean, deviation = rectified(z)
    if mean * spread < rate * deviation then low = z else high = z end
  end
  mean = rectified(low)
  local sigma = spread > 0 and rate / mean or 0
  if spread > 0 and high > 39 then low, sigma = rate / spread, spread end
  return require("lunapse.network.model").neuron {
    name = "correlated_poisson", parameters = { mu = spread > 0 and low * sigma or rate, sigma = sigma, tau = tau },
    equations = [[
      dx/dt = (mu - x)/tau + sigma*sqrt(2/tau)*xi : population, init = mu
      r = max(x, 0)
    ]],
    spike = "Uniform(0, 1) < r*dt/1000",
  }
end

-- ---- patterns ----

--- A pattern of spikes that comes again at the times `at` (ms), each spike of it moved by a normal time of its own with standard deviation `jitter` ms, and left out with probability `missing`.
--- `spikes` is a list of times for each neuron, counted from where the pattern begins, or a record of spikes.
---@param opt { spikes: number[][]|SpikeRecord, at: number[]|array, duration: number, jitter?: number, missing?: number, seed?: integer }
---@return SpikeRecord  without what is moved out of 0 .. duration
--- Example: lp.repeated_trains { spikes = { { 0 }, { 5 }, { 10 } }, at = { 100, 200 }, jitter = 1, duration = 300 }
function trains.repeated_trains(opt)
  local where = "lp.repeated_trains"
  opt = options.check(where, opt, { spikes = "table", at = "table|userdata", duration = "number", jitter = "number", missing = "number", seed = "number" },
    { "spikes", "at", "duration" })
  local own_neuron, own_t, n = {}, {}, #opt.spikes
  if opt.spikes.neuron then
    own_neuron, own_t, n = array.from(opt.spikes.neuron):table(), array.from(opt.spikes.t):table(), opt.spikes.n
  else
    for i, times in ipairs(opt.spikes) do
      if type(times) ~= "table" and type(times) ~= "userdata" then
        options.fail(("%s: spikes[%d]: a list of times expected, got %s"):format(where, i, options.show(times)))
      end
      for _, time in ipairs(array.from(times, "float64"):table()) do own_neuron[#own_neuron + 1], own_t[#own_t + 1] = i, time end
    end
  end
  local _, duration, seed = common(where, { n = n, duration = opt.duration, seed = opt.seed })
  local jitter = options.number(where, "jitter", opt.jitter or 0, 0, math.huge)
  local missing = options.number(where, "missing", opt.missing or 0, 0, 1)
  local neuron, t = {}, {}
  for k, start in ipairs(array.from(opt.at, "float64"):table()) do
    local moved, chance = random.normal(0, 1):draw(#own_t, seed, 2 * k):table(), random.uniform(0, 1):draw(#own_t, seed, 2 * k + 1):table()
    for s, time in ipairs(own_t) do
      time = start + time + jitter * moved[s]
      if chance[s] >= missing and time >= 0 and time < duration then neuron[#neuron + 1], t[#t + 1] = own_neuron[s], time end
    end
  end
  return spikes(n, duration, neuron, t)
end

return trains
