local case = ...
local lp = require "lunapse"
local expected, N, z = case:read "expected.csv", 100000, 4.5
for _, method in ipairs { "euler", "heun" } do
  local net = case:network { dt = 1, seed = 12345 }
  local x = net:population { size = N, neuron = lp.neuron { parameters = { tau = 10, sigma = 2 },
    equations = "dx/dt = -x/tau + sigma * sqrt(2/tau) * xi   : init = 5, " .. method } }
  for k = 1, expected.n do
    if expected.method[k] == method then
      net:run(expected.t[k] - net.t)
      local mean, variance = x.x:mean(), x.x:var()
      case:line(("%s mean, step %d"):format(method, expected.step[k]), math.abs(mean - expected.mean[k]), z * math.sqrt(expected.variance[k] / N))
      case:line(("%s variance, step %d"):format(method, expected.step[k]), math.abs(variance / expected.variance[k] - 1), z * math.sqrt(2 / N))
    end
  end
end
