--- Structural plasticity: synapses whose neurons are active together are made, those that stay unused die. Two groups of neurons take turns;
--- a sparse random network becomes two groups that are joined completely within, and not at all between.
--- Run: lunapse examples/structural_plasticity.lua [seed=1 dt=1 duration=220000 threads=1 precision=float64 out=structural_plasticity.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 220e3, threads = 1, precision = "float64", out = "structural_plasticity.png" }

local N, half = 100, 50

local Neuron = lp.neuron {
  name = "Driven",
  parameters = { tau = 1000, r = 0 },          -- the rate is set from outside
  equations = "tau * dactivity/dt = r - activity",
}

local Structural = lp.synapse {
  name = "Structural",
  parameters = { T = 10000 },
  equations = "age = if pre.r * post.r > 0: 0 else: age + dt   : init = 0",
  pruning = "age > T : proba = 0.2",
  creating = "pre.activity * post.activity > 0.3 : proba = 0.1, w = 0.01",
}

local net  = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local pop  = net:population { name = "neurons", size = N, neuron = Neuron }
local proj = net:project { from = pop, to = pop, synapse = Structural, connect = lp.fixed_probability(0.1, { self = true }), weights = 0.01 }
proj:start_creating { every = 100 }
proj:start_pruning { every = 100 }

local before, matrix_before = proj.size, proj:matrix "w"
local times, within, across = {}, {}, {}
local function count(t)
  local same = proj.pre:le(half):eq(proj.post:le(half)):sum()
  times[#times + 1], within[#within + 1], across[#across + 1] = t / 1000, same, proj.size - same
end
count(0)
net:every(500, count)

-- One second for each group, and a tenth of a second of rest behind it.
local function turn(first)
  return function()
    pop.r = 0
    if first then pop:slice(first, first + half - 1).r = 1 end
  end
end
net:every(2200, turn(1), { when = "start" })
net:every(2200, turn(), { when = "start", offset = 1000 })
net:every(2200, turn(half + 1), { when = "start", offset = 1100 })
net:every(2200, turn(), { when = "start", offset = 2100 })
net:run(a.duration)

local fig = lp.figure { rows = 2, columns = 2, width = 9, height = 7 }
fig[1]:image(matrix_before):title(("Before: %d synapses"):format(before)):xlabel "pre":ylabel "post"
fig[2]:image(proj:matrix "w"):title(("After: %d synapses"):format(proj.size)):xlabel "pre":ylabel "post"
fig[3]:line(times, within, { label = "within groups" }):line(times, across, { label = "between groups" }):legend()
fig[3]:title "Synapses":xlabel "time (s)"
fig[4]:histogram(proj.age / 1000, { bins = 20 }):title "Age at the end":xlabel "time since last used (s)":ylabel "synapses"
print("figure: " .. fig:save(a.out))

lp.result { { "before", before }, { "after", proj.size }, { "within", math.tointeger(within[#within]) }, { "across", math.tointeger(across[#across]) },
  { "w_min", proj.w:min() }, { "w_max", proj.w:max() } }
