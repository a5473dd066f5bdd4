--- Adaptation with a long memory: the power-law paths of the synapse of Zilany, Bruce, Nelson & Carney (2009, Journal of the Acoustical Society of America 126:2390).

local options = require "lunapse.options"
local Source = require "lunapse.hearing.source"

local power_law = {}

--- 1/(t + beta) as a sum of exponentials: weights and rates (1/ms). It is the integral of exp(-s (t + beta)) over s, taken by the trapezoidal rule in log s, where it is smooth: with steps
--- of 1 its error is 2 exp(-pi^2) of the value. The slowest rate leaves out 1 % of the value at `memory`.
local function exponentials(beta, memory)
  local weights, rates = {}, {}
  for u = math.floor(math.log(0.01 / memory)), math.ceil(math.log(40 / beta)) do
    local s = math.exp(u)
    weights[#weights + 1], rates[#rates + 1] = s * math.exp(-s * beta), s
  end
  return weights, rates
end

--- Sections of the filter that is the sum of weights[k]/(1 - d z^-1), d = exp(-rates[k] step). Poles and zeros are real and lie between one another, so each zero is found by
--- halving; what is kept of a pole is 1 - d, which for slow rates says more.
local function sections_of(weights, rates, step)
  local from_one, zeros, gain = {}, {}, 0
  for k, rate in ipairs(rates) do from_one[k], gain = 1 - math.exp(-rate * step), gain + weights[k] end
  local function sum(e)
    local total = 0
    for k, weight in ipairs(weights) do total = total + weight / (from_one[k] - e) end
    return total
  end
  for k = 1, #rates - 1 do
    local low, high = from_one[k], from_one[k + 1]
    for _ = 1, 100 do
      local middle = math.sqrt(low * high)
      if sum(middle) > 0 then high = middle else low = middle end
    end
    zeros[k] = math.sqrt(low * high)
  end
  local sections = {}          -- of first order: two slow poles in one section would come to 1 in its rounding
  for k, one in ipairs(from_one) do sections[k] = { 1, zeros[k] and zeros[k] - 1 or 0, 0, one - 1, 0 } end
  sections[1] = { gain * step, gain * step * sections[1][2], 0, sections[1][4], 0 }
  return sections
end

--- Adaptation whose memory fades as a power of time, and not with a time constant: y = max(0, x - alpha * integral of y(t')/(t - t' + beta) dt'), channel by channel, each row with
--- the memory of the rows before. (At rest nothing is remembered.)
---@param source Source
---@param opt { alpha: number, beta: number, memory?: number }  alpha: how strong, without unit; beta: ms; memory: ms for which 1/(t + beta) holds within 1 % (100000); beyond it fades faster
---@return Source
--- Example: local slow, fast = h.power_law(rate, { alpha = 0.5, beta = 0.5 }), h.power_law(rate, { alpha = 1000, beta = 100 })
function power_law.power_law(source, opt)
  if not Source.is(source) or not source.rate then options.fail("power_law: a sound or another source with a rate expected, got " .. options.show(source)) end
  opt = options.check("power_law", opt, { alpha = "number", beta = "number", memory = "number" }, { "alpha", "beta" })
  local alpha = options.number("power_law", "alpha", opt.alpha, 0, math.huge)
  local beta = options.number("power_law", "beta", opt.beta, 0, math.huge, true)
  local step = 1000 / source.rate
  local weights, rates = exponentials(beta, options.number("power_law", "memory", opt.memory or 1e5, beta, math.huge, true))
  local sections = sections_of(weights, rates, step)
  return source:feedback(function(x, back) return x:map("max(0, x - alpha*y)", { alpha = alpha, y = back:iir(sections) }) end)
end

return power_law
