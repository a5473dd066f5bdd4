--- Networks of every kind, each run for a while, for specs of what ranks share: what one process finds all ranks find, to the bit.
local lp = require "lunapse"
local facts = require "lunapse.tell.facts"
local ranks = require "lunapse.ranks"
local stored = require "lunapse.network.stored"

local LIF = lp.neuron { name = "cell", parameters = "tau = 10\nI = 0", equations = [[
    100 * dbase/dt = -base
    5 * dg_exc/dt = -g_exc : exponential
    8 * dg_inh/dt = -g_inh : exponential
    tau * dv/dt = I + base + g_exc - g_inh - v + 0.1 * xi * sqrt(tau) : init = Uniform(0, 1)
  ]], spike = "v > 1", reset = "v = 0\nbase += 0.001", refractory = 2 }
local JOINED = lp.neuron { name = "joined", parameters = "tau = 10\nI = 0", equations = [[
    5 * dg_exc/dt = -g_exc : exponential
    tau * dv/dt = I + g_exc + sum(gap) - v : init = Uniform(0, 1)
  ]], spike = "v > 1", reset = "v = 0" }
local GROWING = lp.synapse { name = "growing", parameters = "tau = 20", equations = "tau * dx/dt = -x : event-driven",
  pre_spike = { "g_target += w", "x += 0.1" }, post_spike = "w += 0.01 * x", pruning = "w < 0.12", creating = "i != j : proba = 0.002, w = 0.2" }
local CLOCKED = lp.synapse { name = "clocked", parameters = "tau = 20", equations = "tau * dx/dt = -x", pre_spike = { "g_target += w * (1 - x)", "x += 0.1 * (1 - x)" } }
local GAP = lp.synapse { name = "gap", psp = "0.01 * (pre.v - post.v)" }
local HEBB = lp.synapse { name = "Hebb", equations = "dw/dt = 1e-6 * pre.r * post.r", psp = "w * pre.r" }
local RATE = lp.neuron { name = "rate", equations = "10 * dr/dt = 1 + sum(exc) - r : init = Uniform(0, 1)" }
local FOLLOWER = lp.neuron { name = "follower", equations = "5 * dx/dt = watched.v - x" }

local networks = {}

--- Every kind gets a maker of networks, and gives one that has run.
local kinds = {}

function networks.cells_of(net, opt)
  opt = opt or {}
  return net:population { name = opt.name or "cells", size = opt.size or 60, neuron = opt.neuron or LIF, dt = opt.dt, parameters = { I = lp.uniform(0.8, 1.4) } }
end

function networks.join(net, from, to, more)
  local opt = { from = from, to = to, target = "exc", connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 0.3), delays = lp.uniform(0.5, 6) }
  for name, value in pairs(more or {}) do opt[name] = value end
  return net:project(opt)
end

local cells_of, join = networks.cells_of, networks.join

function kinds.static(new)
  local net = new {}
  local cells, noise = cells_of(net), net:poisson { name = "noise", size = 30, rates = lp.uniform(50, 200) }
  local given = net:spike_source { name = "given", size = 2, neuron = { 1, 2, 2 }, t = { 3, 5, 5 }, period = 9 }
  join(net, cells, cells)
  join(net, cells, cells, { target = "inh", delays = 1.5, connect = lp.all_to_all(), weights = 0.02 })
  join(net, noise, cells, { weights = 0.4, delays = 1 })
  join(net, given, cells, { weights = 0.4, connect = lp.all_to_all() })
  net:poisson_input { to = cells, target = "exc", rate = lp.uniform(50, 150), n = 10, weight = 0.02 }
  net:poisson_input { to = cells:select(lp.arange(21, 55)), target = "inh", rate = 20, n = 10, weight = 0.01 }
  net:poisson_input { to = cells:select { 3, 50, 7 }, variable = "v", rate = lp.uniform(5, 20), n = 10, weight = 0.01 }
  cells:compute_rate(10)
  cells:run_regularly("v *= 0.9", { every = 4, when = "start" })
  cells:run_regularly("v += 0.1 * Uniform(0, 1)", { every = 3 })
  local spikes, rows = net:record(cells, "spike"), net:record(cells, { "v", "g_exc" }, { every = 3, of = { 2, 31, 59 } })
  net:run(20)
  print(spikes:count(), rows.v:sum(), cells.v[40], net:run_until("v > 0.98", { of = cells, max = 20 }))
  print(net:run_until(function() return cells.v:max() > 0.97 end, { max = 5 }))
  net:profile(5)
  net:step()
  net:reset { populations = true }
  net:run(7)
  return net
end

function kinds.learning(new)
  local net = new {}
  local cells = cells_of(net)
  local late = join(net, cells, cells, { name = "late", synapse = lp.models.STDP })
  local same = join(net, cells, cells, { name = "same", synapse = lp.models.STDP, delays = 1, connect = lp.fixed_probability(0.3) })
  local block = join(net, cells, cells, { name = "block", synapse = lp.models.STDP, delays = 1, connect = lp.all_to_all(), weights = lp.uniform(0, 0.05) })
  join(net, cells, cells, { name = "depressing", synapse = lp.models.STP, delays = 2 })
  join(net, cells, cells, { name = "clocked", synapse = CLOCKED, delays = 2 })
  local rows = net:record(late, "w", { every = 10 })
  net:every(8, function(t)          -- the sum of what arrives at a neuron stays
    same.w = same.w * (0.15 / same.w:mean())
    if t > 20 then late.w[3], cells.v[59] = 0.2, 0.5 end
  end)
  net:run(30)
  net:store "here"
  net:run(15)
  local before = stored.digest(net)
  net:restore "here"
  net:run(15)
  assert(#stored.differences(before, stored.digest(net)) == 0)
  print(rows.w:sum(), block.w:sum(), late.w[11])
  return net
end

kinds["single precision"] = function(new)
  local net = new { precision = "float32" }
  local cells = cells_of(net)
  join(net, cells, cells, { synapse = lp.models.STDP })
  net:run(40)
  return net
end

function kinds.clocks(new)
  local net = new {}
  local cells, coarse = cells_of(net), cells_of(net, { name = "coarse", dt = 1, size = 40 })
  local some = cells:select(lp.arange(11, 47))
  join(net, cells, coarse)
  join(net, coarse, some, { synapse = lp.models.STDP, delays = 2 })
  join(net, coarse, coarse, { delays = 3, connect = lp.all_to_all(), weights = 0.05 })
  net:run(40)
  return net
end

function kinds.structure(new)
  local net = new {}
  local cells = cells_of(net)
  local growing = join(net, cells, cells, { synapse = GROWING, weights = lp.uniform(0.1, 0.3) })
  growing:start_pruning { every = 10 }
  growing:start_creating { every = 10 }
  net:run(45)
  print(growing.size)
  return net
end

--- What cannot be shared beside what can.
kinds["beside others"] = function(new)
  local net = new {}
  local cells, other = cells_of(net), cells_of(net, { name = "other", size = 30 })
  local rated = net:population { name = "rated", size = 20, neuron = RATE }
  net:project { from = rated, to = rated, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.05), synapse = HEBB }
  local joined = cells_of(net, { name = "joined", size = 25, neuron = JOINED })
  net:project { from = joined, to = joined, target = "gap", connect = lp.fixed_probability(0.3), synapse = GAP }
  local valued = cells_of(net, { name = "valued", size = 24 })
  local watched = cells_of(net, { name = "watched", size = 20 })
  net:population { name = "follower", size = 20, neuron = FOLLOWER, refs = { watched = watched } }
  join(net, cells, other)
  join(net, cells, watched)
  join(net, other, cells, { synapse = lp.models.STDP })
  join(net, cells, joined)
  join(net, valued, cells)
  net:record(valued, "spike", { with = { "g_exc", "base" } })
  net:run(40)
  return net
end

local in_order = { "static", "learning", "single precision", "clocks", "structure", "beside others" }

--- All of a network's state, in brief.
function networks.digest(net)
  local brief, names = stored.digest(net), {}
  for name in pairs(brief) do names[#names + 1] = name end
  table.sort(names)
  for k, name in ipairs(names) do names[k] = name .. " " .. tostring(brief[name]) end
  return table.concat(names, "\n")
end

--- A network with these options, of which as many parts are cut as are said.
---@param opt table
---@param more? table
function networks.new(opt, more)
  local made = { seed = 5, dt = 0.5, warnings = false, threads = opt.threads, tier = opt.tier, precision = more and more.precision }
  local net = lp.network(made)
  net._core:split(opt.parts)
  return net
end

--- Run all kinds, and print what each has come to.
---@param options fun(): table  of each network
---@return string[]  what this rank computes
function networks.all(options)
  local said = {}
  for _, kind in ipairs(in_order) do
    local net = kinds[kind](function(more) return networks.new(options(), more) end)
    local mine = networks.digest(net)
    for r, other in ipairs(ranks.gather("digest", mine)) do assert(other == mine, ("rank %d differs"):format(r - 1)) end
    print(kind, lp.array { mine:byte(1, -1) }:dot(lp.arange(1, #mine) % 1013))
    for _, p in ipairs(net.populations) do said[#said + 1] = ("%s: %s: %s"):format(kind, p.name, facts.share_of(p)) end
  end
  return said
end

return networks
