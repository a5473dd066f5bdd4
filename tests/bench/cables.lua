--- What a step of cells with a shape costs: 10,000 cells of 20 compartments with the channels of the squid's axon. One line each:
---   bench cables-METHOD ours=NANOSECONDS threads=N        a compartment and step; the least of the runs
--- Run: lunapse tests/bench/cables.lua [cells=10000 runs=8 threads=1]
local lp = require "lunapse"
local a = lp.arguments { cells = 10000, runs = 8, threads = 1 }
local COMPARTMENTS, STEPS = 20, 20

local function cost(method)
  local net = lp.network { dt = 0.025, threads = a.threads, tier = "native", warnings = false }
  local SquidAxon = lp.neuron { parameters = { I = "0 : point current" }, equations = ([[
    Im = 0.3*(10.613 - v) + 120*m^3*h*(115 - v) + 36*n^4*(-12 - v)
    dm/dt = 1/exprel((25 - v)/10)*(1 - m) - 4*exp(-v/18)*m              : init = 0.05, METHOD
    dh/dt = 0.07*exp(-v/20)*(1 - h) - h/(exp((30 - v)/10) + 1)          : init = 0.6, METHOD
    dn/dt = 0.1/exprel((10 - v)/10)*(1 - n) - 0.125*exp(-v/80)*n        : init = 0.3, METHOD]]):gsub("METHOD", method) }
  net:cables { morphology = lp.cylinder { length = 400, diameter = 2, n = COMPARTMENTS }, size = a.cells, neuron = SquidAxon, Ra = 100 }
  net:run(0.5)
  local least = math.huge
  for _ = 1, a.runs do
    local start = lp.seconds()
    net:run(STEPS * net.dt)
    least = math.min(least, lp.seconds() - start)
  end
  return least / STEPS / (a.cells * COMPARTMENTS) * 1e9
end

for _, method in ipairs { "exponential", "semi-implicit" } do
  print(("bench cables-%s ours=%.2f threads=%d"):format(method, cost(method), a.threads))
end
