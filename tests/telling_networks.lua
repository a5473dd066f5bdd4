--- Networks whose spikes take some steps, for specs of when ranks tell each other their spikes (src/engine/telling.h): whatever happens between two of these times, it is as on one process.
local lp = require "lunapse"
local ranks = require "lunapse.ranks"
local shared = require "shared_networks"
local stored = require "lunapse.network.stored"

local cells_of, join = shared.cells_of, shared.join
local SHORT = lp.synapse { name = "short traces", parameters = { tau = 0.5, a = 0.02 }, equations = { "tau * dx/dt = -x : event-driven", "tau * dy/dt = -y : event-driven" },
  pre_spike = { "g_target += w", "x += a", "w = clip(w - y, 0, 1)" }, post_spike = { "y += a", "w = clip(w + x, 0, 1)" } }
local LATE = lp.synapse { name = "late", pre_spike = "g_target += w * exp((pre.t_last - t) / 20)" }
local NEAR = lp.synapse { name = "near", pre_spike = "g_target += w * (1 + exp((post.t_last - t) / 20))" }
local RATED = lp.synapse { name = "rated", pre_spike = "g_target += w * post.r / 100" }
local HEARD = lp.synapse { name = "heard", post_spike = { "pre.base += 0.001" }, pre_spike = "g_target += w" }
local BACK = lp.synapse { name = "back", pre_spike = "g_target += w", post_spike = "w = clip(w + 0.001, 0, 1)" }
local BOTH = lp.synapse { name = "both", parameters = { tau = 0.5 }, equations = { "tau * dx/dt = -x : event-driven", "100 * dw/dt = 0.001 * x - 0.01 * w" },
  pre_spike = "g_target += w", post_spike = "x += 0.1" }


--- Every kind gets a maker of networks; it gives a network that has run, and after how many steps at the latest spikes are to be told.
local kinds = {}

function kinds.static(new)
  local net = new()
  local cells, other, out = cells_of(net), cells_of(net, { name = "other", size = 44 }), cells_of(net, { name = "out", size = 32 })
  join(net, cells, cells, { delays = lp.uniform(3.5, 9) })
  join(net, cells, other, { delays = 12, weights = 0.1 })
  join(net, other, cells, { target = "inh", delays = 4 })
  join(net, other, out, { delays = lp.uniform(40, 60) })          -- who hears of nobody keeps spikes for as long as the others
  local all, last, some = net:record(cells, "spike"), net:record(out, "spike"), net:record(cells, "spike", { of = { 3, 41, 60 } })
  local rows = net:record(out, { "v", "g_exc" }, { every = 2.5 })
  net:run(31)
  net:run(0.5)
  some:pause()
  net:run(7)
  some:resume()
  net:run(10)
  print(all:count(), last:count(), some:count(), rows.v:sum(), cells._core:n_spikes())
  return net, 8
end

function kinds.looked_at(new)
  local net = new()
  local cells = cells_of(net)
  local plastic = join(net, cells, cells, { name = "plastic", synapse = SHORT, delays = 4 })
  cells:compute_rate(7)
  local spikes, rates, weights = net:record(cells, "spike"), net:record(cells, "r", { every = 4.5 }), net:record(plastic, "w", { every = 11 })
  local seen = {}
  local function look(t)
    seen[#seen + 1] = ("%g: %d %d %.17g %.17g %.17g"):format(t, spikes:count(), cells._core:n_spikes(), cells.v:sum(), cells.r:sum(), plastic.w:sum() + plastic.y:sum())
  end
  net:every(5.5, look)
  net:every(7, look, { when = "start" })
  net:at({ 3, 12.5, 13 }, function(t)
    look(t)
    cells.v[7], plastic.w[11] = 0.99, 0.25
  end)
  net:run(23)
  look(net.t)
  print(net:run_until("v > 0.97", { of = cells, max = 9.5 }))
  look(net.t)
  print(net:run_until(function(t) return cells.r:max() > 150 or t > 44 end, { max = 15 }))
  look(net.t)
  for _ = 1, 5 do net:step() look(net.t) end
  net:every(2, function(t) if t > 60 then error("enough", 0) end end)
  print(pcall(net.run, net, 50))
  look(net.t)
  print(table.concat(seen, "\n"))
  print(spikes.t:sum(), rates.r:sum(), weights.w:sum())
  return net, 8
end

function kinds.changing(new)
  local net = new()
  local cells, other = cells_of(net), cells_of(net, { name = "other", size = 40 })
  local proj, drawn = join(net, cells, cells, { delays = 6 }), join(net, cells, other, { delays = lp.uniform(7, 9) })
  local back = join(net, other, cells, { delays = 5, target = "inh" })
  net:run(11)
  proj.delays = 2                      -- what is under way keeps its time
  net:run(3)
  drawn.delays = lp.uniform(1.5, 3)
  net:run(11)
  net:at(30, function() back.delays = 0.5 end)
  net:at(33, function() back.delays = 4 end)
  net:at(36, function() drawn.delays = 8 end)
  net:run(20)
  local more = join(net, cells, other, { name = "more", delays = 3.5, weights = 0.1 })
  net:run(9)
  net:store()
  net:run(6.5)
  local before = stored.digest(net)
  net:restore()
  net:run(6.5)
  assert(#stored.differences(before, stored.digest(net)) == 0)
  more:prune "w > 0.05"
  net:reset { populations = true }
  net:run(8)
  return net, 4
end

--- Spikes of the post side alone bring event-driven variables to one time: on all ranks, whoever has spiked.
function kinds.brought(new)
  local net = new()
  local cells, given = cells_of(net), net:spike_source { name = "given", size = 60, neuron = lp.arange(1, 60), t = lp.ones(60) }
  local proj = join(net, given, cells, { synapse = SHORT, delays = 1 })
  join(net, cells, cells, { delays = 10, target = "inh", weights = 0.01 })
  proj.tau = 0.06                      -- they grow too large within 2.4 ms
  local rows = net:record(proj, "y", { every = 6.5 })
  net:run(21.5)
  print(proj.y:sum(), proj.w:sum(), cells._core:n_spikes())
  net:run(20)
  print(rows.y:sum())
  return net, 20
end

function kinds.one_step(new)
  local net = new()
  local cells = cells_of(net)
  join(net, cells, cells, { delays = lp.discrete_uniform(0, 3) })
  net:run(30)
  return net, 1
end

--- No one way: other clocks, and what each kind of synapse and neuron looks at.
function kinds.clocks(new)
  local net = new()
  local cells, coarse = cells_of(net), cells_of(net, { name = "coarse", dt = 1, size = 40 })
  join(net, cells, cells, { delays = 5, synapse = lp.models.STDP })
  join(net, coarse, coarse, { delays = 4 })
  local spikes, others = net:record(cells, "spike"), net:record(coarse, "spike")
  local counts = {}
  net:every(3, function() counts[#counts + 1] = spikes:count() + 1000 * others:count() end)
  net:record(coarse, "v", { every = 3 })
  net:run(20)
  join(net, cells, coarse, { delays = 5 })
  net:run(20)
  print(table.concat(counts, " "), spikes.t:sum(), others.t:sum())
  return net, 4          -- steps of the slow clock; those of the other one each
end

local looking = { late = { LATE, 0 }, near = { NEAR, 6 }, heard = { HEARD, 0 }, rated = { RATED, 1 }, both = { BOTH, 0 }, STDP = { lp.models.STDP, 6 },
  back = { BACK, 1, { pre_spike = 3, post_spike = 2.5 } } }
for name, what in pairs(looking) do
  kinds[name] = function(new)
    local net = new()
    local cells = cells_of(net)
    cells:compute_rate(10)
    join(net, cells, cells, { delays = what[3] or 3, synapse = what[1], weights = lp.uniform(0, 0.1) })
    net:run(60)
    return net, what[2]
  end
end

local in_order = { "static", "looked_at", "changing", "brought", "one_step", "clocks", "late", "near", "heard", "rated", "both", "back", "STDP" }

--- Run all kinds, and print what each has come to.
---@param options fun(): table  of each network
---@return string[]  how often spikes were told
return function(options)
  local said = {}
  for _, kind in ipairs(in_order) do
    local net, telling = kinds[kind](function(more) return shared.new(options(), more) end)
    local mine = shared.digest(net)
    for r, other in ipairs(ranks.gather("digest", mine)) do assert(other == mine, ("rank %d differs"):format(r - 1)) end
    print(kind, lp.array { mine:byte(1, -1) }:dot(lp.arange(1, #mine) % 1013))
    local times, _, _, steps, now = net._core:told()
    said[#said + 1] = ("%s: %d times, %d steps, %d"):format(kind, times, steps, now)
    if ranks.n() > 1 then assert(now == telling, ("%s: spikes are told once in %d steps, not %d"):format(kind, now, telling)) end
  end
  return said
end
