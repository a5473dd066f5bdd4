--- What synapses cost: memory, building, events, calls. One line each:
---   bench bytes-WHAT ours=BYTES wanted=BYTES peak=X     of a synapse (net:describe), and the most while they are built over what is built
---   bench build-CONNECTOR ours=SYNAPSES/S wanted=5e7    weights and delays drawn, seconds of processor time
---   bench event-WHAT ours=NANOSECONDS wanted=NANOSECONDS
---   bench microcircuit ours=SECONDS floor=SECONDS ratio=X threads=N     wall seconds of a biological second, beside tests/bench/floors/h_microcircuit.c
---   bench calls-WHAT, bench izhikevich-quiet, bench recorded-value
--- Run: lunapse tests/bench/synapses.lua [only=event precision=float32 n=20000000 scale=0.2 threads=1]
local lp = require "lunapse"
local a = lp.arguments { only = "", precision = "float32", n = 20e6, scale = 0.2, threads = 1, runs = 5 }
local here = arg[0]:match "^(.*)/[^/]*$" or "."

local function network(opt) return lp.network { dt = 0.1, seed = 1, threads = opt and opt.threads or 1, precision = a.precision, warnings = false } end

local measure = dofile(here .. "/base/measure.lua")

--- Memory of this process in bytes: now, and the most ever since the last look.
local function memory(what)
  for line in io.lines "/proc/self/status" do
    local kb = line:match("^" .. what .. ":%s+(%d+)")
    if kb then return tonumber(kb) * 1024 end
  end
end
local function forget_peak()
  local f = io.open("/proc/self/clear_refs", "w")
  if f then
    f:write "5"
    f:close()
  end
end

local Silent = lp.neuron { equations = "dg_exc/dt = -g_exc/5 : exact\nv = g_exc", spike = "v > 1e9" }
local pass = lp.synapse { pre_spike = "g_target += w" }
local benches = {}
local function bench(name, f) benches[#benches + 1] = { name, f } end

-- ---- memory ----

local some_delays = function() return lp.uniform(0.1, 1.6) end
local kinds = {
  { "one-weight", 4, function() return { synapse = pass, weights = 0.1 } end },
  { "drawn-weights", 8, function() return { synapse = pass, weights = lp.uniform(0, 1) } end },
  { "weights-and-delays", a.precision == "float32" and 8 or 12, function() return { synapse = pass, weights = lp.uniform(0, 1), delays = some_delays() } end },
  { "stdp", 12, function() return { synapse = lp.models.STDP, weights = lp.uniform(0, 1) } end },
}
for _, kind in ipairs(kinds) do
  bench("bytes-" .. kind[1], function(name)
    collectgarbage()
    local net = network()
    local cells = net:population { size = 20000, neuron = Silent }
    net:run(0.1)
    local before, described, opt = memory "VmRSS", net:describe().bytes, kind[3]()
    opt.from, opt.to, opt.target, opt.connect = cells, cells, "exc", lp.fixed_number_post(math.floor(a.n / cells.size))
    forget_peak()
    local proj = net:project(opt)
    net:run(0.1)
    local built = memory "VmRSS" - before
    print(("bench %s ours=%.1f wanted=%g peak=%.2f"):format(name, (net:describe().bytes - described) / proj.size, kind[2], (memory "VmHWM" - before) / built))
  end)
end

-- ---- building ----

local side = 20000
local connectors = {
  fixed_probability = function() return lp.fixed_probability(a.n / side / side) end,
  fixed_number_pre = function() return lp.fixed_number_pre(math.floor(a.n / side)) end,
  fixed_number_post = function() return lp.fixed_number_post(math.floor(a.n / side)) end,
  fixed_total = function() return lp.fixed_total(math.floor(a.n)) end,
  one_to_one = lp.one_to_one,
}
for _, connector in ipairs { "fixed_probability", "fixed_number_pre", "fixed_number_post", "fixed_total", "one_to_one" } do
  bench("build-" .. connector, function(name)
    local net = network()
    local cells = net:population { size = connector == "one_to_one" and a.n // 20 or side, neuron = Silent }
    net:run(0.1)
    local start = os.clock()
    local proj = net:project { from = cells, to = cells, target = "exc", synapse = pass, connect = connectors[connector](), weights = lp.normal(1, 0.1),
      delays = lp.normal(1.5, 0.75, { min = 0.1 }) }
    net:run(0)
    print(("bench %s ours=%.3g wanted=5e7"):format(name, proj.size / (os.clock() - start)))
  end)
end

-- ---- events ----

bench("event-static", function(name)
  local net, rate, fan = network(), 10, math.floor(a.n / side)
  local from, to = net:poisson { size = side, rates = rate }, net:population { size = side, neuron = Silent }
  net:project { from = from, to = to, target = "exc", synapse = pass, connect = lp.fixed_number_post(fan), weights = lp.uniform(0, 1), delays = some_delays() }
  net:run(50)
  local best = measure.least(function() net:run(50) end, a.runs)
  print(("bench %s ours=%.2f wanted=2.2"):format(name, best / (side * rate * 0.05 * fan) * 1e9))
end)

--- Pair STDP among neurons that spike by themselves: all events, pre and post together.
bench("event-stdp", function(name)
  local net, rate = network(), 10
  local n, fan = side, math.floor(a.n / side)
  local pre, post = net:poisson { size = n, rates = rate }, net:poisson { size = n, rates = rate }
  net:project { from = pre, to = post, connect = lp.fixed_number_post(fan), weights = lp.uniform(0, 1), synapse = lp.synapse {
    parameters = { A = 0.01 },
    equations = "dx/dt = -x / 20 : event-driven; dy/dt = -y / 20 : event-driven",
    pre_spike = "x += 1; w = clip(w - A * y, 0, 1)", post_spike = "y += 1; w = clip(w + A * x, 0, 1)" } }
  net:run(50)
  local best = measure.least(function() net:run(50) end, 3)
  print(("bench %s ours=%.2f wanted=3.5"):format(name, best / (2 * n * rate * 0.05 * fan) * 1e9))
end)

-- ---- the microcircuit ----

bench("microcircuit", function(name)
  local command = measure.command
  local program = os.tmpname()
  local has_floor = os.execute(("cc -O3 -march=native -mprefer-vector-width=512 -ffast-math -fopenmp %s/floors/h_microcircuit.c -o %s -lm 2>/dev/null"):format(here, program))
  local ours, floors = {}, {}
  for k = 1, a.runs do
    local output = command(("%s %s/../../examples/microcircuit.lua scale=%g duration=500 threads=%d precision=%s out=%s.png"):format(
      require("lunapse.core.host").program, here, a.scale, a.threads, a.precision, program))
    ours[k] = assert(tonumber(output:match "real_time_factor=([%d.e+-]+)"), output)
    floors[k] = has_floor and tonumber(command(("%s bucket f32 %d %g 0.5 1 16 2 0.5 0"):format(program, a.threads, a.scale)):match '"wall_per_bio_s":([%d.]+)') or nil
  end
  os.remove(program)
  os.remove(program .. ".png")
  table.sort(ours)
  table.sort(floors)
  local line = ("bench %s ours=%.3f"):format(name, ours[(#ours + 1) // 2])
  if #floors > 0 then line = line .. (" floor=%.3f ratio=%.2f"):format(floors[(#floors + 1) // 2], ours[(#ours + 1) // 2] / floors[(#floors + 1) // 2]) end
  print(line .. (" threads=%d scale=%g"):format(a.threads, a.scale))
end)

-- ---- calls, neurons, recordings ----

bench("calls-step-of-1000-projections", function(name)
  local net = network()
  local cells = net:population { size = 20, neuron = lp.neuron { equations = "dr/dt = (-r + sum(exc)) / 10" } }
  for _ = 1, 1000 do net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all(), weights = 0.001, synapse = lp.models.Oja } end
  net:run(1)
  print(("bench %s ours=%.3g wanted=1 unit=ms"):format(name, measure.least(function() net:step() end, 200) * 1e3))
end)

bench("calls-run-of-1e7-plastic-synapses", function(name)
  local net = network()
  local cells = net:population { size = 3200, neuron = Silent }
  net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 1), synapse = lp.models.STDP }
  net:run(1)
  print(("bench %s ours=%.3g wanted=20 unit=us"):format(name, measure.least(function() net:run(0.1) end, 200) * 1e6))
end)

bench("izhikevich-quiet", function(name)
  local net = network()
  net:population { size = 100000, neuron = lp.models.Izhikevich, parameters = { noise = 0 } }
  net:run(1)
  print(("bench %s ours=%.2f wanted=1.3 unit=ns"):format(name, measure.least(function() net:run(5) end, 20) / 50 / 1e5 * 1e9))
end)

bench("recorded-value", function(name)
  local net = network()
  local cells = net:population { size = 1000, neuron = Silent }
  net:run(0.1)
  collectgarbage()
  local before = memory "VmRSS"
  forget_peak()
  local rows = net:record(cells, "v")
  net:run(2000)
  local n, width = 1000 * 20000, a.precision == "float32" and 4 or 8
  local taken, peak = memory "VmRSS" - before, memory "VmHWM" - before
  local all = rows.v
  print(("bench %s ours=%.2f wanted=%d peak=%.2f read=%.2f unit=bytes"):format(name, taken / n, width, peak / n / width, (memory "VmHWM" - before) / n))
  assert(#all > 0)
end)

for _, b in ipairs(benches) do
  if b[1]:find(a.only, 1, true) then
    b[2](b[1])
    io.stdout:flush()
    collectgarbage()
  end
end
