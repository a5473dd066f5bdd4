--- What several objects do in a step is cut into parts and run together where that is safe: many small populations, shared targets, delays, plasticity,
--- several clocks, neurons that read others. However it is cut, and on however many threads, the bits are those of one thread.
local lp = require "lunapse"

warn "@off"

local Cell = lp.neuron {
  parameters = { tau = 10, drive = 1.2 },
  equations = [[
    tau * dv/dt = drive - v + g_exc - g_inh + 0.3 * Normal(0, 1) : init = 0
    dg_exc/dt = -g_exc / 5
    dg_inh/dt = -g_inh / 8 ]],
  spike = "v > 1", reset = "v = 0", refractory = 2,
}

--- Populations of all sizes, larger than a cache line of neurons and smaller, that share targets; sources; every kind of delay and storage.
local function crowd(net)
  local cells, projections = {}, {}
  for k, size in ipairs { 1, 700, 64, 65, 3, 300, 128, 17, 1000, 40 } do
    cells[k] = net:population { size = size, neuron = Cell }
    cells[k].v = lp.uniform(0, 1)
  end
  local noise, given = net:poisson { size = 700, rates = lp.uniform(0, 400) }, net:spike_source { size = 40, spikes = { { 1, 3, 5 }, { 2 } }, period = 10 }
  local function join(from, to, opt)
    opt.from, opt.to, opt.target = from, to, opt.target or "exc"
    projections[#projections + 1] = net:project(opt)
  end
  for k = 1, #cells do
    local next, other = cells[k % #cells + 1], cells[(3 * k) % #cells + 1]
    join(cells[k], next, { connect = lp.fixed_probability(0.3), weights = lp.uniform(0, 0.3), delays = lp.uniform(0.1, 3) })
    join(cells[k], next, { connect = lp.fixed_probability(0.3), weights = 0.1, target = "inh" })
    join(cells[k], other, { connect = lp.fixed_probability(0.2, { self = true }), weights = lp.uniform(0, 0.2), delays = 0.5, target = k % 2 == 0 and "exc" or "inh" })
  end
  join(noise, cells[2], { connect = lp.one_to_one(), weights = 0.5 })
  join(given, cells[10], { connect = lp.one_to_one(), weights = 2, delays = 1 })
  join(noise:slice(101, 200), cells[9]:slice(301, 700), { connect = lp.all_to_all(), weights = lp.uniform(0, 0.02) })
  return cells, projections
end

--- Learning of several kinds on synapses that share their targets; some variables belong to the pre side, some to the post side.
local function learning(net)
  local input = net:poisson { size = 150, rates = lp.uniform(10, 100) }
  local cells = { net:population { size = 130, neuron = Cell }, net:population { size = 70, neuron = Cell }, net:population { size = 200, neuron = Cell } }
  local stdp, clocked = lp.models.STDP { w_max = 0.3, A_plus = 0.05, A_minus = 0.06 }, lp.synapse {
    parameters = { eta = 1e-3 },
    equations = "dx/dt = -x / 15; dy/dt = -y / 25; dw/dt = eta * (post.v - w)",
    pre_spike = "g_target += w * (1 + x); x += 0.1; w = clip(w - 0.1 * y, 0, 1)",
    post_spike = "y += 0.1; w = clip(w + 0.1 * x, 0, 1)",
  }
  local projections = {
    net:project { from = input, to = cells[1], target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.1), synapse = stdp },
    net:project { from = input, to = cells[1], target = "exc", connect = lp.fixed_probability(0.4), weights = lp.uniform(0, 0.3), synapse = lp.models.STP },
    net:project { from = input, to = cells[2], target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.3), synapse = clocked },
    net:project { from = cells[1], to = cells[2], target = "inh", connect = lp.fixed_probability(0.5), weights = 0.05, synapse = stdp, delays = lp.uniform(1, 4) },
    net:project { from = cells[2], to = cells[3], target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.3), synapse = clocked },
    net:project { from = cells[3], to = cells[3], target = "inh", connect = lp.fixed_probability(0.2), weights = 0.05, synapse = stdp },
    net:project { from = cells[3], to = cells[1], target = "exc", connect = lp.fixed_probability(0.2), weights = 0.1, synapse = lp.models.nearest_neighbour_STDP },
  }
  cells[2]:compute_rate(20)
  net:every(7, function() cells[1].drive = 1 + 0.1 * math.sin(net.t) end)
  projections[1]:run_regularly("w *= 0.99", { every = 5 })
  return cells, projections
end

--- Neurons and synapses that read other populations, in the order of the step: what stands before has moved, what stands behind has not.
local function readers(net)
  local first = net:population { size = 300, neuron = Cell }
  local Reader = lp.neuron {
    parameters = { tau = 20 },
    equations = "tau * du/dt = mean(u) + other.v - u : init = 0.1; seen = other.v + max(u)",
  }
  local second = net:population { size = 300, neuron = Reader, refs = { other = first } }
  local third = net:population { size = 300, neuron = lp.neuron { equations = "copy = other.seen + copy / 2", spike = "copy > 3", reset = "copy = 0" },
    refs = { other = second } }
  local gap = lp.synapse { psp = "w * (pre.v - post.v)" }
  local projections = {
    net:project { from = first, to = first, target = "exc", connect = lp.fixed_probability(0.1), weights = 0.01, synapse = gap },
    net:project { from = third, to = first, target = "inh", connect = lp.fixed_probability(0.3), weights = 0.1,
      synapse = lp.synapse { pre_spike = "g_target += w * mod.u * (1 + mean(pre.copy))" }, refs = { mod = { second, by = "post" } } },
    net:project { from = third, to = second, connect = lp.fixed_probability(0.3), weights = 0.01, synapse = lp.synapse { pre_spike = "post.u += w" } },
    net:project { from = second, to = second, connect = lp.fixed_probability(0.1), weights = 1e-4, synapse = lp.synapse { equations = "post.u += w * pre.u" } },
  }
  first.v = lp.uniform(0, 1)
  return { first, second, third }, projections
end

--- Given spikes, some of them several in a step by one neuron: before synapses that learn, with one delay and with many.
local function repeats(net)
  local times = {}
  for k = 1, 60 do times[k] = { k / 10, k / 10, 5 + k % 7, 5 + k % 7, 5 + k % 7 } end
  local given, noise = net:spike_source { size = 60, spikes = times, period = 20 }, net:poisson { size = 100, rates = 50 }
  local cells = { net:population { size = 90, neuron = Cell }, net:population { size = 300, neuron = Cell } }
  local projections = {}
  for k, to in ipairs(cells) do
    local common = { from = given, to = to, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.3) }
    for _, more in ipairs { { delays = 0.5 }, { delays = lp.uniform(0.1, 2) }, { synapse = lp.models.STDP { w_max = 0.3 } }, { synapse = lp.models.STP } } do
      for name, value in pairs(common) do more[name] = value end
      projections[#projections + 1] = net:project(more)
    end
    projections[#projections + 1] = net:project { from = noise, to = to, target = "exc", connect = lp.fixed_probability(0.3), weights = 0.1 * k }
  end
  return cells, projections
end

--- Rates: sums into one target by several projections, delays, learning that is summed ahead and learning that is not.
local function rates(net)
  local Rate = lp.neuron { parameters = { tau = 10 }, equations = "tau * dr/dt = -r + tanh(sum(exc) - sum(inh)) : init = 0.1" }
  local cells = { net:population { size = 90, neuron = Rate }, net:population { size = 200, neuron = Rate }, net:population { size = 33, neuron = Rate } }
  for k = 1, 3 do cells[k].r = lp.uniform(0, 1) end
  local projections = {}
  for k = 1, 3 do
    local next = cells[k % 3 + 1]
    projections[#projections + 1] = net:project { from = cells[k], to = next, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.1),
      synapse = lp.models.Oja }
    projections[#projections + 1] = net:project { from = cells[k], to = next, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.1) }
    projections[#projections + 1] = net:project { from = cells[k], to = next, target = "inh", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.1),
      delays = k, synapse = lp.models.Hebb }
  end
  return cells, projections
end

--- Populations on clocks of their own, with spikes between them.
local function clocks(net)
  local cells, projections = {}, {}
  for k, dt in ipairs { 0.1, 0.2, 0.5, 0.1, 0.3 } do
    cells[k] = net:population { size = 50 * k + 1, neuron = Cell, dt = dt }
    cells[k].v = lp.uniform(0, 1)
  end
  for k = 1, #cells do
    for d = 0, 2 do
      projections[#projections + 1] = net:project { from = cells[k], to = cells[(k + d - 1) % #cells + 1], target = d == 1 and "inh" or "exc",
        connect = lp.fixed_probability(0.2), weights = 0.1, delays = 1 + d, synapse = d == 2 and lp.models.STDP or nil }
    end
  end
  return cells, projections
end

--- Inputs at the start of steps, which join what arrives there: the same for all neurons, their own, of a part, of a selection, by a text; behind an operation that
--- looks at what they have written so far. With `late` one more operation looks when all have acted: then none can join.
local function inputs(net, late)
  local cells, projections = {}, {}
  for k, size in ipairs { 90, 300, 65, 7 } do
    cells[k] = net:population { size = size, neuron = Cell }
    cells[k].v = lp.uniform(0, 1)
  end
  local function input(to, opt)
    opt.to, opt.target = to, "exc"
    return net:poisson_input(opt)
  end
  input(cells[1], { rate = 20, n = 100, weight = 0.05 })
  net:every(net.dt, function() cells[2].drive = 1 + 0.01 * cells[1].g_exc[3] end, { when = "start" })
  local usual = input(cells[1], { rate = 30, n = 10, weight = 0.05 })
  input(cells[2], { rate = lp.uniform(0, 100), n = 10, weight = lp.uniform(0, 0.1) })
  input(cells[2]:slice(20, 200), { rate = 10, n = 10, weight = 0.1 })
  input(cells[3]:select { 3, 9, 12, 60 }, { rate = 100, n = 4, weight = 0.1 })
  input(cells[3], { rate = "20 * (1 + sin(t / 3))", n = 10, weight = 0.1 })
  input(cells[4], { rate = 500, n = 1, weight = 0.3 })
  cells[2]:run_regularly("g_inh *= 0.9", { every = 0.3, when = "start" })
  net:every(5, function(t) usual.rate = t < 12 and 60 or 0 end)
  if late then net:every(net.dt, function() cells[4].drive = 1 + 0.01 * cells[2].g_exc[9] end, { when = "start" }) end
  for k = 1, 3 do
    projections[k] = net:project { from = cells[k], to = cells[k + 1], target = "exc", connect = lp.fixed_probability(0.3), weights = lp.uniform(0, 0.3),
      delays = k > 1 and lp.uniform(0.1, 2) or nil }
  end
  return cells, projections
end

--- All that a run leaves, by name.
local function outcome(build, duration, opt, parts)
  local net = lp.network { dt = 0.1, seed = 3, tier = opt.tier, threads = opt.threads, precision = opt.precision }
  local cells, projections = build(net)
  local found, spikes = {}, {}
  for k, pop in ipairs(cells) do
    if pop._compiled.is_spiking or pop:_has_spikes() then spikes[k] = net:record(pop, "spike") end
  end
  if parts then net._core:split(parts) end
  net:run(duration / 2)
  net:run(duration / 2)
  for k, r in pairs(spikes) do
    found["spikes of " .. k] = r.neuron:table()
    found["steps of " .. k] = r.step:table()
  end
  for kind, list in pairs { population = cells, projection = projections } do
    for k, object in ipairs(list) do
      for name, v in pairs(object._compiled.variables_by_name) do
        local value = v.kind == "state" and object[name]
        if value then found[("%s %d, %s"):format(kind, k, name)] = type(value) == "number" and { value } or value:flatten():table() end
      end
    end
  end
  return found
end

local function same(expected, found)
  for name, values in pairs(expected) do
    assert(#values == #found[name], ("%s: %d values, not %d"):format(name, #found[name], #values))
    for k, x in ipairs(values) do
      local y = found[name][k]
      if x ~= y and (x == x or y == y) then error(("%s, element %d: %.17g, not %.17g"):format(name, k, y, x), 0) end
    end
  end
end

local function count(found, pattern)
  local n = 0
  for name, values in pairs(found) do
    if name:find(pattern) then n = n + #values end
  end
  return n
end

local cases = { repeats = { repeats, 40 }, crowd = { crowd, 30 }, learning = { learning, 60 }, readers = { readers, 30 }, rates = { rates, 10 }, clocks = { clocks, 40 },
  inputs = { inputs, 30 }, ["inputs before others"] = { function(net) return inputs(net, true) end, 10, { "float64" } } }
for name, case in pairs(cases) do
  describe("cut and run together, " .. name .. ":", function()
    local build, duration, precisions = table.unpack(case)
    for _, precision in ipairs(precisions or { "float64", "float32" }) do
      local reference
      setup(function() reference = outcome(build, duration, { tier = "interpreter", threads = 1, precision = precision }) end)

      for _, way in ipairs { { 2, 2 }, { 3, 3 }, { 2, 7 }, { 3, 64 }, { 3, 255 }, { 2, nil } } do
        it(("%s, %d threads, %s parts"):format(precision, way[1], way[2] or "any"), function()
          for _, tier in ipairs { "interpreter", "native" } do
            same(reference, outcome(build, duration, { tier = tier, threads = way[1], precision = precision }, way[2]))
          end
        end)
      end

      it(precision .. ": something happens", function()
        assert.is_true(name == "rates" or count(reference, "^spikes") > 500)
        assert.is_true(count(reference, "^population") > 300)
      end)
    end
  end)
end
