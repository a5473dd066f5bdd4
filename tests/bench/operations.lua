--- What periodic operations cost: normalising 10^7 weights in three ways, beside a plain read of the weights (tests/bench/floors/bw.c), and a Lua
--- function that is called in every step and does nothing. One line each:
---   bench NAME ours=SECONDS floor=SECONDS ratio=X threads=N precision=P
--- The floor is the time in which this machine reads the weights once. Run: lunapse tests/bench/operations.lua [runs=5 only=normalise]
local lp = require "lunapse"
local a = lp.arguments { runs = 5, only = "", threads = 1, precision = "float64", tier = "native" }
local here = arg[0]:match "^(.*)/[^/]*$" or "."
local measure = dofile(here .. "/base/measure.lua")
local median, command = measure.median, measure.command
local PRE, POST = 10000, 1000

--- Seconds to read so many bytes; nil where bw.c cannot run (it is written for AVX-512).
local function reading(bytes)
  local has = tonumber(command "grep -c avx512dq /proc/cpuinfo")
  if not has or has == 0 then return nil end
  local path = os.tmpname()
  local build = "cc -O3 -march=native -mprefer-vector-width=512 -ffast-math -fopenmp %s/floors/bw.c -o %s -lm 2>/dev/null"
  local said = os.execute(build:format(here, path)) and command(("%s %d %d"):format(path, 1, bytes // (1 << 20)))
  os.remove(path)
  local speed = said and tonumber(said:match '"read_GBps":([%d.]+)')
  return speed and bytes / (speed * 1e9)
end

local function report(name, ours, floor)
  local line = ("bench %s ours=%.6g"):format(name, ours)
  if floor then line = line .. (" floor=%.6g ratio=%.2f"):format(floor, ours / floor) end
  print(line .. (" threads=%d precision=%s"):format(a.threads, a.precision))
  io.stdout:flush()
end

local Total = lp.neuron { parameters = { total = 0, initial = 0 } }

local function weights(connect)
  local net = lp.network { dt = 1, seed = 1, threads = a.threads, precision = a.precision, tier = a.tier }
  local from, to = net:population { size = PRE, neuron = lp.neuron {} }, net:population { size = connect and PRE or POST, neuron = Total }
  local proj = net:project { from = from, to = to, connect = connect or lp.all_to_all(), weights = lp.uniform(0, 1),
    synapse = lp.synapse { equations = "post.total = sum(w) : every = 1e9" } }
  to.initial = proj:sum_post "w"
  return net, proj
end

--- Median CPU seconds of a step in which the operation acts.
local function step_time(net)
  net:run(2)
  local times = {}
  for k = 1, a.runs do
    local before = os.clock()
    net:run(1)
    times[k] = os.clock() - before
  end
  return median(times)
end

local ways = {
  compiled = function(_, proj) proj:run_regularly("w -= clip((sum_post(w) - post.initial) / N_incoming, 0, inf)", { every = 1 }) end,
  multiplicative = function(_, proj) proj:run_regularly("w = w * post.initial / sum_post(w)", { every = 1 }) end,
  arrays = function(net, proj)
    local start = proj.to.initial:copy()
    net:every(1, function() proj.w = proj.w - proj:spread_post(((proj:sum_post "w" - start) / proj.fan_in):clip(0, math.huge)) end)
  end,
  method = function(net, proj)
    local start = proj.to.initial:copy()
    net:every(1, function() proj:normalize { to = start } end)
  end,
}

local floor = a.only ~= "callback" and reading((a.precision == "float32" and 4 or 8) * PRE * POST)
for _, storage in ipairs { "dense", "sparse" } do
  for _, name in ipairs { "compiled", "multiplicative", "arrays", "method" } do
    local full = ("normalise_%s_%s"):format(storage, name)
    if full:find(a.only, 1, true) then
      do
        local net, proj = weights(storage == "sparse" and lp.fixed_number_pre(POST) or nil)
        ways[name](net, proj)
        report(full, step_time(net), floor)
      end
      collectgarbage()
    end
  end
end

if ("callback"):find(a.only, 1, true) then
  local N = 1000000
  local function steps(callback)
    local net = lp.network { dt = 0.1, seed = 1, threads = a.threads, precision = a.precision, tier = a.tier }
    local input, cells = net:poisson { size = 10, rates = 5 }, net:population { size = 2, neuron = lp.models.LIF }
    net:project { from = input, to = cells, target = "exc", synapse = lp.models.STDP, connect = lp.all_to_all() }
    if callback then net:every(0.1, function() end) end
    net:run(1000)
    local before = os.clock()
    net:run(0.1 * N)
    return (os.clock() - before) / N
  end
  local without, with = {}, {}
  for k = 1, a.runs do without[k], with[k] = steps(false), steps(true) end
  report("callback_every_step", median(with) - median(without))
end
