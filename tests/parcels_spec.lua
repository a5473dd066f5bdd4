--- What arrives after delays of their own is packed when it is sent, with that of other projections from the same population (engine/parcels.h). Nobody may
--- notice: each network here stands twice, once with synapses that cannot be packed, since they count their spikes. The bits
--- are the same, whatever happens to weights, delays, synapses and states while spikes are under way.
local lp = require "lunapse"

warn "@off"

local Cell = lp.neuron {
  parameters = { tau = 10, drive = 1.3 },
  equations = [[
    tau * dv/dt = drive - v + g_exc - g_inh + 0.3 * Normal(0, 1) : init = 0
    dg_exc/dt = -g_exc / 5
    dg_inh/dt = -g_inh / 8 ]],
  spike = "v > 1", reset = "v = 0", refractory = 2,
}
local synapses = {
  packed = lp.synapse { pre_spike = "g_target += w" },
  plain = lp.synapse { pre_spike = "n += 1 : init = 0; g_target += w" },
}

--- Populations that are all joined, by weights and delays of their own; sizes differ, so that posts do not begin where others do.
local function build(net, how)
  local cells, projections = {}, {}
  for k, size in ipairs { 150, 33, 400, 64 } do
    cells[k] = net:population { size = size, neuron = Cell }
    cells[k].v = lp.uniform(0, 1)
  end
  for from = 1, #cells do
    for to = 1, #cells do
      projections[#projections + 1] = net:project { from = cells[from], to = cells[to], target = from % 2 == 0 and "inh" or "exc", synapse = synapses[how],
        connect = to == 2 and lp.fixed_total(900) or lp.fixed_probability(0.1 + 0.02 * to), weights = lp.uniform(0, 0.2), delays = lp.uniform(0.1, 1 + from) }
    end
    projections[#projections + 1] = net:project { from = cells[from], to = cells[3], target = "exc", connect = lp.fixed_probability(0.02), weights = 0.1 }
  end
  return cells, projections
end

local function digest(cells, projections)
  local list = {}
  for _, pop in ipairs(cells) do
    for _, name in ipairs { "v", "g_exc", "g_inh" } do list[#list + 1] = lp.linalg.norm(pop[name]) end
    for _, name in ipairs { "v", "g_exc", "g_inh" } do for _, x in ipairs(pop[name]:table()) do list[#list + 1] = x end end
  end
  list[#list + 1] = projections[1].w:sum()
  return list
end

local happenings = {
  nothing = function(net) net:run(30) end,
  ["single steps"] = function(net) for _ = 1, 150 do net:step() end end,
  ["weights are written"] = function(net, _, projections)
    net:run(10.5)
    projections[2].w[7] = 1
    net:run(0.3)
    projections[5].w = 0.05
    net:run(10)
  end,
  ["weights are multiplied in every step"] = function(net, _, projections)
    projections[1]:run_regularly("w *= 0.999", { every = net.dt })
    projections[7]:run_regularly("w = w * 1.01", { every = 2.5 })
    net:run(20)
  end,
  ["a state is restored"] = function(net)
    net:run(7.7)
    net:store "then"
    net:run(5)
    net:restore "then"
    net:run(12)
  end,
  ["a reset in between"] = function(net)
    net:run(8)
    net:reset()
    net:run(12)
  end,
  ["synapses come and go"] = function(net, cells, projections, synapse)
    net:run(9)
    projections[4]:prune("w < 0.02")
    net:run(9)
    net:project { from = cells[1], to = cells[4], target = "exc", synapse = synapse, connect = lp.fixed_probability(0.2), weights = 0.1,
      delays = lp.uniform(1, 3) }
    net:run(9)
    projections[6]:remove()
    net:run(5)
  end,
}

local function outcome(how, happening, opt, parts)
  local net = lp.network { dt = 0.1, seed = 11, tier = opt.tier, threads = opt.threads, precision = opt.precision }
  local cells, projections = build(net, how)
  if parts then net._core:split(parts) end
  happening(net, cells, projections, synapses[how])
  return digest(cells, projections)
end

for name, happening in pairs(happenings) do
  describe("what is packed, " .. name .. ":", function()
    for _, precision in ipairs { "float64", "float32" } do
      it(precision, function()
        local expected = outcome("plain", happening, { tier = "native", threads = 1, precision = precision })
        for _, way in ipairs { { "native", 1 }, { "interpreter", 1 }, { "native", 2, 2 }, { "native", 3, 7 }, { "interpreter", 2, 64 } } do
          local found = outcome("packed", happening, { tier = way[1], threads = way[2], precision = precision }, way[3])
          assert.equal(#expected, #found)
          for k, x in ipairs(expected) do
            if found[k] ~= x then error(("%s, %d threads: number %d is %.17g, not %.17g"):format(way[1], way[2], k, found[k], x), 0) end
          end
        end
      end)
    end
  end)
end

describe("what is packed", function()
  it("takes several spikes of one neuron in a step", function()
    local found = {}
    for _, how in ipairs { "plain", "packed" } do
      local net = lp.network { dt = 1, seed = 2 }
      local times = {}
      for k = 1, 40 do times[k] = { k % 5, k % 5 + 0.1, k % 5 + 0.2, 9 } end
      local source, cells = net:spike_source { size = 40, spikes = times, period = 10 }, net:population { size = 50, neuron = Cell }
      net:project { from = source, to = cells, target = "exc", synapse = synapses[how], connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.1),
        delays = lp.uniform(1, 12) }
      net:run(50)
      found[how] = cells.g_exc:table()
    end
    assert.same(found.plain, found.packed)
  end)

  it("is not packed where all spike at once: copies would take as much memory as the synapses", function()
    local found = {}
    for _, how in ipairs { "plain", "packed" } do
      local net = lp.network { dt = 0.1, seed = 5 }
      local cells = net:population { size = 700, neuron = Cell }
      net:project { from = cells, to = cells, target = "exc", synapse = synapses[how], connect = lp.fixed_probability(0.9), weights = lp.uniform(0, 0.001),
        delays = lp.uniform(0.1, 4) }
      net:run(5)
      local before = net:describe().bytes
      cells.v = 2
      net:run(10)
      assert.is_true(how == "plain" or net:describe().bytes < before + 4e6, net:describe().bytes - before)
      found[how] = cells.g_exc:table()
    end
    assert.same(found.plain, found.packed)
  end)
end)
