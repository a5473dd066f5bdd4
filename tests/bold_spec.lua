-- The BOLD signal: steady states by hand, the baseline, models of users, what is refused.
local lp = require "lunapse"

local unit = lp.neuron { parameters = { r = 0 }, equations = "" }

local function refused(expected, ...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  assert.truthy(tostring(message):find(expected, 1, true), tostring(message))
end

--- What a constant input comes to: s = 0, f_in = f_out.
local function steady(I, model)
  local V, E0, TE, v0, eps, r0 = 0.02, 0.34, 0.04, 40.3, 1.43, 25
  local f = 1 + I * 2.46
  local v, E = f ^ 0.33, 1 - (1 - E0) ^ (1 / f)
  local q = v * E / E0
  local k1, k2, k3 = 4.3 * v0 * E0 * TE, eps * r0 * E0 * TE, 1 - eps
  if model:sub(1, 1) == "C" then k1, k2 = (1 - V) * k1, 2 * E0 end
  if model:sub(2) == "N" then return V * (k1 * (1 - q) + k2 * (1 - q / v) + k3 * (1 - v)) end
  return V * ((k1 + k2) * (1 - q) + (k3 - k2) * (1 - v))
end

describe("the BOLD signal", function()
  it("comes to the steady state of each balloon model", function()
    for _, model in ipairs { "RN", "RL", "CN", "CL" } do
      local net = lp.network { dt = 1 }
      local a, b = net:population { size = 30, neuron = unit }, net:population { size = 10, neuron = unit }
      a.r, b.r = 0.2, 0.6
      local scanner = net:population(lp.bold { of = { a, b }, model = model })
      assert.equal(0, scanner.BOLD[1])
      net:run(60000)
      local expected = steady(0.3, model)
      assert.is_true(expected > 0.001 and math.abs(scanner.BOLD[1] - expected) < 1e-6, model)
    end
  end)

  it("is that of a change, where there is a baseline", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 5, neuron = unit }
    a.r = 2
    local scanner = net:population(lp.bold { of = a, normalize = 1000, scale = 0.5, name = "scanner" })
    local seen = net:record(scanner, { "I_CBF", "BOLD" }, { every = 10 })
    net:run(2000)
    assert.is_true(seen.I_CBF:abs():max() < 1e-9 and seen.BOLD:abs():max() < 1e-9)
    a.r = 3
    net:run(30000)
    assert.is_true(math.abs(scanner.I_CBF[1] - 0.25) < 1e-6)
    assert.is_true(math.abs(scanner.BOLD[1] - steady(0.25, "RN")) < 1e-5)
    assert.is_true(seen.BOLD:max() > 1.05 * steady(0.25, "RN"))          -- it overshoots
  end)

  it("may have equations of one's own, and other parameters", function()
    local net = lp.network { dt = 1 }
    local a = net:population { size = 5, neuron = unit }
    a.r = "i"
    local scanner = net:population(lp.bold { of = a, model = { parameters = { k = 2 }, equations = "BOLD = k*I_CBF" }, parameters = { k = 3 } })
    net:run(1)
    assert.equal(9, scanner.BOLD[1])
  end)

  it("refuses what it cannot be", function()
    local net = lp.network {}
    local a = net:population { size = 5, neuron = unit }
    refused("option 'model' must be", lp.bold, { of = a, model = "XY" })
    refused("did you mean 'tau'?", lp.bold, { of = a, parameters = { tua = 1 } })
    refused("read the input as I_CBF", lp.bold, { of = a, model = { equations = "BOLD = 1" } })
    refused("of[1]: a population expected", lp.bold, { of = { 3 } })
    refused("'x'", function() net:population(lp.bold { of = a, variable = "x" }) end)
  end)
end)
