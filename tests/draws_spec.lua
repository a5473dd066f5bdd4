-- Random functions of the language, and the distributions of the same names in Lua: mean and standard deviation are those of docs/language.md.

local lp = require "lunapse"

local N = 40000

--- text in an equation, the same in Lua, mean, standard deviation, lowest and highest value
local cases = {
  { "Uniform(2, 5)", lp.uniform(2, 5), 3.5, 3 / math.sqrt(12), 2, 5 },
  { "Normal(-1, 2)", lp.normal(-1, 2), -1, 2, -math.huge, math.huge },
  { "LogNormal(0.5, 0.4)", lp.lognormal(0.5, 0.4), math.exp(0.58), math.exp(0.58) * math.sqrt(math.exp(0.16) - 1), 0, math.huge },
  { "Exponential(0.25)", lp.exponential(0.25), 4, 4, 0, math.huge },
  { "Gamma(3, 2)", lp.gamma(3, 2), 6, 2 * math.sqrt(3), 0, math.huge },
  { "Binomial(10, 0.3)", lp.binomial(10, 0.3), 3, math.sqrt(2.1), 0, 10 },
  { "DiscreteUniform(1, 6)", lp.discrete_uniform(1, 6), 3.5, math.sqrt(35 / 12), 1, 6 },
}

--- Five standard errors: one in a million draws would fail, and the seed is fixed.
local function check(values, case)
  local _, _, mean, sd, low, high = table.unpack(case)
  assert.near(mean, values:mean(), 5 * sd / math.sqrt(N))
  assert.near(sd, values:std(), 0.05 * sd)
  assert.is_true(values:min() >= low and values:max() <= high)
end

describe("random numbers", function()
  for _, case in ipairs(cases) do
    it("are what they say: " .. case[1], function()
      local net = lp.network { seed = 5, tier = "interpreter" }
      local pop = net:population { size = N, neuron = lp.neuron { parameters = { a = 0 }, equations = "x = a + " .. case[1] } }
      net:step()
      check(pop.x, case)
      pop.a = case[2]
      check(pop.a, case)
    end)
  end
end)
