--- How fast rate-coded learning runs: Oja's rule on 10^7 synapses, dense and sparse, beside hand-written C that updates a weight and sums it for the
--- next step in one pass (tests/bench/floors/f_rate.c). One line each:
---   bench NAME ours=MILLISECONDS floor=MILLISECONDS ratio=X threads=N precision=P
--- CPU ms a step and thread, the least of several runs.
--- Tried: all kernels block by block of rows (engine/row_blocks.c) takes 2.2 ms where two passes take 3.1 and one program (language/fuse.lua) 2.0; parts of a
--- sum of 512 bytes, as longer ones collide with what is read (4.1 -> 2.4 ms for a sum in float64). Signed indices make gcc's
--- gathers wait for one another (5.4 against 3.7 ms, sparse); vectors of 64 bytes split cache lines in dense rows (2.05 against 1.65 ms). Run: lunapse tests/bench/rates.lua [runs=5 only=dense threads=1]
local lp = require "lunapse"
local a = lp.arguments { runs = 5, only = "", threads = 1, tier = "native" }
local here = arg[0]:match "^(.*)/[^/]*$" or "."
local measure = dofile(here .. "/base/measure.lua")
local command = measure.command
local N, STEPS = 3162, 20

--- The floors by the names of f_rate.c; empty where this machine cannot run it (it is written for AVX-512).
local function floors()
  local has, found = tonumber(command "grep -c avx512dq /proc/cpuinfo"), {}
  if not has or has == 0 then return found end
  local path = os.tmpname()
  local build = "cc -O3 -march=native -mprefer-vector-width=512 -ffast-math -fopenmp %s/floors/f_rate.c -o %s -lm 2>/dev/null"
  if os.execute(build:format(here, path)) then
    for name, ms in command(("%s %d %d"):format(path, a.threads, N)):gmatch '"kernel":"([^"]*)".-"ms_min":([%d.]+)' do found[name] = tonumber(ms) end
  end
  os.remove(path)
  return found
end

local Linear = lp.neuron { equations = "r = sum(exc)" }
local Input = lp.neuron { parameters = { r = 0 } }

local function oja(connect, precision, synapse)
  local net = lp.network { dt = 1, seed = 1, threads = a.threads, precision = precision, tier = a.tier }
  local from, to = net:population { size = N, neuron = Input }, net:population { size = N, neuron = Linear }
  from.r = lp.uniform(0, 1)
  net:project { from = from, to = to, target = "exc", connect = connect, weights = lp.uniform(0, 1e-3), synapse = lp.synapse(synapse or {
    parameters = { eta = 1e-4, alpha = 1 }, equations = "dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w)", psp = "w * pre.r" }) }
  net:run(2)
  local best = math.huge
  for _ = 1, a.runs do
    local before = os.clock()
    net:run(STEPS)
    best = math.min(best, (os.clock() - before) / STEPS * 1000 / a.threads)
  end
  return best
end

local sum_only = { psp = "w * pre.r" }
local dense, sparse = lp.all_to_all { self = true }, lp.fixed_number_pre(N - 1)
local benches = {
  { "oja_dense_f32", function() return oja(dense, "float32") end, "dense_fused_f32(update+sum one pass)" },
  { "oja_dense_f64", function() return oja(dense, "float64") end, "dense_fused_f64" },
  { "oja_sparse_f32", function() return oja(sparse, "float32") end, "csr_fused_f32" },
  { "sum_dense_f32", function() return oja(dense, "float32", sum_only) end, "dense_sum_f32" },
}
local floor = floors()
for _, b in ipairs(benches) do
  if b[1]:find(a.only, 1, true) then
    local ours = b[2]()
    local line = ("bench %s ours=%.3f"):format(b[1], ours)
    if floor[b[3]] then line = line .. (" floor=%.3f ratio=%.2f"):format(floor[b[3]], ours / floor[b[3]]) end
    print(line .. (" threads=%d precision=%s"):format(a.threads, b[1]:find "f32" and "float32" or "float64"))
    io.stdout:flush()
    collectgarbage()
  end
end
