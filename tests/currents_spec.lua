-- Currents as functions of time: what they are at each step.
local lp = require "lunapse"

local cell = lp.neuron { parameters = { I = 0 }, equations = "y = I" }

local function driven(current, duration, size)
  local net = lp.network { dt = 0.5 }
  local pop = net:population { size = size or 1, neuron = cell, drive = { I = current } }
  local seen = net:record(pop, "y")
  net:run(duration)
  return seen.y
end

local function is(current, expected)
  local y = driven(current, 50):column(1):table()
  for k = 1, 100 do
    local t = (k - 1) * 0.5
    assert.is_true(math.abs(y[k] - expected(t)) < 1e-9, ("at %g ms: %g, not %g"):format(t, y[k], expected(t)))
  end
end

local function refused(expected, ...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  assert.truthy(tostring(message):find(expected, 1, true), tostring(message))
end

describe("a current", function()
  it("is a step, a ramp, pulses, a sine, a chirp, or a sum of these", function()
    is(lp.step_current { amplitude = 2, from = 10, to = 30 }, function(t) return t >= 10 and t < 30 and 2 or 0 end)
    is(lp.step_current { amplitude = 2 }, function() return 2 end)
    is(lp.ramp_current { amplitude = 4, first = 1, from = 10, to = 30 }, function(t) return t < 10 and 0 or t < 30 and 1 + 3 * (t - 10) / 20 or 4 end)
    is(lp.pulse_current { amplitude = 3, width = 2, period = 8, from = 5 }, function(t) return t >= 5 and (t - 5) % 8 < 2 and 3 or 0 end)
    is(lp.sine_current { amplitude = 2, frequency = 40, phase = 0.3, offset = 1, from = 4, to = 40 }, function(t)
      return t >= 4 and t < 40 and 1 + 2 * math.sin(2 * math.pi * 40 * (t - 4) / 1000 + 0.3) or 0
    end)
    is(lp.chirp_current { amplitude = 2, first = 5, last = 60, to = 40 }, function(t)
      return t < 40 and 2 * math.sin(2 * math.pi * (5 * t / 1000 + 55 * (t / 1000) ^ 2 / 0.08)) or 0
    end)
    is(lp.chirp_current { amplitude = 2, first = 5, last = 80, to = 40, logarithmic = true }, function(t)
      local k = 16 ^ (1 / 0.04)
      return t < 40 and 2 * math.sin(2 * math.pi * 5 * (k ^ (t / 1000) - 1) / math.log(k)) or 0
    end)
    is(lp.step_current { amplitude = 2, from = 10 } + lp.step_current { amplitude = 3, from = 20 } * 2, function(t) return (t >= 10 and 2 or 0) + (t >= 20 and 6 or 0) end)
  end)

  it("is noise with its mean, spread and time constant", function()
    local y = driven(lp.noise_current { sigma = 2, tau = 5, amplitude = 10, to = 20000, dt = 0.5, channels = 3, seed = 4 }, 20100, 3)
    assert.equal(0, y:get(40100, 1))
    for c = 1, 3 do
      local x = y:column(c):slice(1, 40000)
      assert.is_true(math.abs(x:mean() - 10) < 0.3 and math.abs(x:std() - 2) < 0.15)
      local z = x - x:mean()
      assert.is_true(math.abs((z:slice(1, 39990) * z:slice(11, 40000)):mean() / z:var() - math.exp(-1)) < 0.08)
      assert.is_true(c == 1 or math.abs(x:corr(y:column(1):slice(1, 40000))) < 0.12)
    end
  end)

  it("is refused where it cannot be", function()
    refused("did you mean 'amplitude'?", lp.step_current, { amplitud = 1 })
    refused("'to' must lie behind 'from', 5 ms, got 5", lp.step_current, { amplitude = 1, from = 5, to = 5 })
    refused("width", lp.pulse_current, { amplitude = 1, width = 5, period = 2 })
    refused("first", lp.chirp_current, { amplitude = 1, first = 0, last = 5, to = 3, logarithmic = true })
  end)
end)
