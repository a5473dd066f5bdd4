--- How fast the headline networks run, beside hand-written C that does the same on this machine (tests/bench/floors). One line each:
---   bench NAME ours=SECONDS floor=SECONDS ratio=X threads=N precision=P
--- CPU seconds of the run alone (medians over seeds); ours and the floor alternate, so that a slow moment hits both. The ratio is what
--- counts: absolute times are those of a noisy machine. Run: lunapse tests/bench/speed.lua [runs=5 only=stdp_song]
local lp = require "lunapse"
local a = lp.arguments { runs = 5, only = "", threads = 1, precision = "float64", tier = "native" }
local here = arg[0]:match "^(.*)/[^/]*$" or "."
local measure = dofile(here .. "/base/measure.lua")
local median, command = measure.median, measure.command

--- Build a floor program; nil where this machine cannot run it (they are written for AVX-512).
local built = {}
local function floor_program(name)
  if built[name] == nil then
    local has = command "grep -c avx512dq /proc/cpuinfo"
    local path = os.tmpname()
    local ok = tonumber(has) and tonumber(has) > 0 and
      os.execute(("cc -O3 -march=native -mprefer-vector-width=512 -ffast-math -fopenmp %s/floors/%s.c -o %s -lm 2>/dev/null"):format(here, name, path))
    built[name] = ok and path or false
  end
  return built[name]
end

local function floor_seconds(name, arguments)
  local program = floor_program(name)
  if not program then return nil end
  return tonumber(command(program .. " " .. arguments):match '"cpu_s":([%d.e+-]+)')
end

local function network(seed, dt, precision)
  return lp.network { dt = dt, seed = seed, threads = a.threads, precision = precision, tier = a.tier }
end

local function timed(net, duration)
  net:run(0)
  local before = os.clock()
  net:run(duration)
  return os.clock() - before
end

local IF = lp.neuron {
  parameters = { tau_m = 10, tau_e = 5, vt = -54, vr = -60, El = -74, Ee = 0 },
  equations = [[
    tau_m * dv/dt = El - v + g_exc * (Ee - vr) : init = -60
    tau_e * dg_exc/dt = - g_exc ]],
  spike = "v > vt", reset = "v = vr",
}

local function stdp_song(seed, precision)
  local net = network(seed, 1, precision)
  local input, output = net:poisson { size = 1000, rates = 15 }, net:population { size = 1, neuron = IF }
  net:project { from = input, to = output, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.01),
    synapse = lp.models.STDP { A_minus = 0.0105, w_max = 0.01 } }
  return timed(net, 100e3)
end

local RS = lp.neuron {
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, tau_ampa = 5, tau_nmda = 150, vrev = 0 },
  equations = [[
    I = g_ampa * (vrev - v) + g_nmda * nmda(v, -80.0, 60.0) * (vrev -v)
    dv/dt = (0.04 * v + 5.0) * v + 140.0 - u + I : init=-65., midpoint
    du/dt = a * (b*v - u) : init=-13., midpoint
    tau_ampa * dg_ampa/dt = -g_ampa : exponential
    tau_nmda * dg_nmda/dt = -g_nmda : exponential ]],
  spike = "v >= 30.", reset = "v = c ; u += d",
  functions = "nmda(v, t, s) = ((v-t)/(s))^2 / (1.0 + ((v-t)/(s))^2)",
}

local function homeostatic_ramp(seed, precision)
  local net = network(seed, 1, precision)
  local input = net:poisson { size = 100, rates = lp.linspace(0.2, 20, 100) }
  for _, rule in ipairs { "nearest_neighbour_STDP", "homeostatic_STDP" } do
    local output = net:population { size = 1, neuron = RS }
    output:compute_rate(5000)
    net:project { from = input, to = output, target = { "ampa", "nmda" }, synapse = lp.models[rule], connect = lp.all_to_all(),
      weights = lp.uniform(0.01, 0.03) }
  end
  return timed(net, 1000e3)
end

local COBA = dofile(here .. "/coba.lua")

local function coba(seed, precision)
  local net = network(seed, 0.1, precision)
  local all = net:population { size = 4000, neuron = COBA }
  all.v, all.g_exc, all.g_inh = lp.normal(-65, 5), lp.normal(4, 1.5), lp.normal(20, 12)
  for _, part in ipairs { { "exc", 1, 3200, 0.6 }, { "inh", 3201, 4000, 6.7 } } do
    net:project { from = all:slice(part[2], part[3]), to = all, target = part[1], connect = lp.fixed_probability(0.02), weights = part[4] }
  end
  return timed(net, 1000)
end

local benches = {
  { "stdp_song_100s", stdp_song, "a_stdp_song", "5 100 %d" },
  { "homeostatic_ramp_1000s", homeostatic_ramp, "b_homeo_ramp", "4 1000 %d" },
  { "coba_4000_1s", coba, "c_coba", "coba 32 1 1 %d n" },
}

for _, b in ipairs(benches) do
  if b[1]:find(a.only, 1, true) then
    local ours, floors = {}, {}
    for run = 1, a.runs do
      ours[run] = b[2](run, a.precision)
      floors[#floors + 1] = floor_seconds(b[3], b[4]:format(run))
    end
    local line = ("bench %s ours=%.4f"):format(b[1], median(ours))
    if #floors > 0 then line = line .. (" floor=%.4f ratio=%.2f"):format(median(floors), median(ours) / median(floors)) end
    line = line .. (" threads=%d precision=%s"):format(a.threads, a.precision)
    print(line)
    io.stdout:flush()
  end
end
for _, path in pairs(built) do
  if path then os.remove(path) end
end
