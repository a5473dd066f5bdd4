--- What a random number costs in an equation: x = a + DRAW for 5000 neurons, less the same line without a draw. One line each:
---   bench draw-NAME ours=NANOSECONDS threads=1 precision=P
--- Run: lunapse tests/bench/draws.lua [runs=60 tier=native precision=float64 only=Poisson]
local lp = require "lunapse"
local a = lp.arguments { runs = 60, tier = "native", precision = "float64", only = "" }
local N, STEPS = 5000, 20

local draws = {
  { "Uniform", "Uniform(0, 1)" }, { "Normal", "Normal(0, 1)" }, { "Normal-times-0", "none * Normal(0, 1)" }, { "Exponential", "Exponential(2)" }, { "Gamma", "Gamma(2, 1)" },
  { "Poisson-0.1", "Poisson(0.1)" }, { "Poisson-2", "Poisson(2)" }, { "Poisson-2-each", "Poisson(each)" }, { "Poisson-20", "Poisson(20)" }, { "Poisson-1e6", "Poisson(1e6)" },
  { "Binomial-few", "Binomial(100, 0.02)" }, { "Binomial-few-each", "Binomial(100, each/100)" }, { "Binomial-many", "Binomial(1000, 0.3)" },
}

--- Nanoseconds a neuron and step; the least of the runs, for a draw takes what it takes.
local function cost(text)
  local net = lp.network { dt = 1, seed = 1, tier = a.tier, precision = a.precision, warnings = false }
  local pop = net:population { size = N, neuron = lp.neuron { parameters = { a = 1, none = 0, each = 2 }, equations = "x = a + 0*(none + each) + 0*i" .. text },
    parameters = { each = lp.uniform(1.5, 2.5) } }
  net:run(5)
  local least = math.huge
  for _ = 1, a.runs do
    local start = os.clock()
    net:run(STEPS)
    least = math.min(least, os.clock() - start)
  end
  return least / STEPS / N * 1e9, pop
end

local without = cost ""
for _, draw in ipairs(draws) do
  if draw[1]:find(a.only, 1, true) then
    print(("bench draw-%s ours=%.2f threads=1 precision=%s"):format(draw[1], cost(" + " .. draw[2]) - without, a.precision))
  end
end
