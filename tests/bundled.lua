--- Networks whose rows are put together (engine/bundle.h), for specs of that.
local lp = require "lunapse"
local guard = require "lunapse.core.guard"

local bundled = {}

bundled.LIF = lp.neuron {
  parameters = { tau = 10, I = 0 },
  equations = [[
    tau * dv/dt = I - v + g_syn   : init = 0
    dg_syn/dt = -g_syn / 5 ]],
  spike = "v > 1", reset = "v = 0", refractory = 2,
}

--- Three populations, of one size, so that their sums lie near each other in memory whoever hands it out, joined by 700,000 synapses: enough to be put together.
function bundled.build(opt)
  opt = opt or {}
  local net = lp.network { dt = 0.5, seed = 5, threads = opt.threads or 1, precision = opt.precision, tier = opt.tier }
  local cells, list = {}, {}
  for k, size in ipairs(opt.sizes or { 500, 500, 500 }) do
    cells[k] = net:population { size = size, neuron = bundled.LIF, parameters = { I = lp.uniform(0.8, 1.6) } }
    cells[k].v = lp.uniform(0, opt.burst and 1.5 or 1)
  end
  for from = 1, 3 do
    for to = 1, 3 do
      list[#list + 1] = net:project { from = cells[from], to = cells[to], target = "syn", connect = lp.fixed_probability(opt.p or 0.3),
        weights = opt.weights and opt.weights(from, to) or lp.normal(0.001, 0.0005), weights_as = opt.weights_as, delays = lp.uniform(0.5, 8) }
    end
  end
  return net, cells, list
end

function bundled.away(list)
  local n = 0
  for _, proj in ipairs(list) do n = n + (guard.is_away(proj._arrays.w) and 1 or 0) end
  return n
end

function bundled.digest(cells)
  local sums = {}
  for k, pop in ipairs(cells) do sums[k] = ("%a %a"):format(pop.v:sum(), pop.g_syn:norm2()) end
  return table.concat(sums, " ")
end

return bundled
