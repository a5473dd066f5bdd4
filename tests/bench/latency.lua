--- What people wait for: the start of the program, the first trace of a new model, many projections, sounds, figures. One line each:
---   bench NAME ours=SECONDS limit=SECONDS
--- The least of several tries, in CPU time but for the start; the limit is what was promised for a machine with nothing else to do, and a line beyond it
--- ends with OVER.
--- Run: lunapse tests/bench/latency.lua [runs=5 only=start]
local lp = require "lunapse"
local hearing = require "lunapse.hearing"
local back = require "lunapse.language.back"
local front = require "lunapse.language.front"
local host = require "lunapse.core.host"
local a = lp.arguments { runs = 5, only = "" }

local IF = lp.neuron { parameters = { tau = 10, tau_exc = 5 }, equations = "tau * dv/dt = g_exc - v; tau_exc * dg_exc/dt = -g_exc",
  spike = "v > 0.06", reset = "v = 0", refractory = 5 }
local STDP = {
  parameters = { taupre = 20, taupost = 20, wmax = 0.04, Apre = 0, Apost = 0 },
  equations = [[
    taupre  * dapre/dt  = -apre    : event-driven
    taupost * dapost/dt = -apost   : event-driven ]],
  pre_spike = "g_target += w; apre += Apre; w = clip(w + apost, 0, wmax)",
  post_spike = "apost += Apost; w = clip(w + apre, 0, wmax)",
}
local TEN_LINES = {
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, tau_ampa = 5, tau_nmda = 150, vrev = 0 },
  equations = [[
    # Inputs
    I = g_ampa * (vrev - v) + g_nmda * nmda(v, -80.0, 60.0) * (vrev - v)
    # Membrane potential
    dv/dt = (0.04 * v + 5.0) * v + 140.0 - u + I : init=-65., midpoint
    # Recovery
    du/dt = a * (b*v - u) : init=-13., midpoint
    # Conductances
    tau_ampa * dg_ampa/dt = -g_ampa : exponential
    tau_nmda * dg_nmda/dt = -g_nmda : exponential ]],
  spike = "v >= 30.", reset = "v = c; u += d",
  functions = "nmda(v, t, s) = ((v-t)/(s))^2 / (1.0 + ((v-t)/(s))^2)",
}

--- 200 parameter sets of one rule, as so many projections or as one.
local SETS = 200
local function projections(are_many)
  local net = lp.network { dt = 0.1, warnings = false }
  local input, cells = net:spike_source { size = 10, neuron = {}, t = {} }, net:population { size = 10 * SETS, neuron = IF }
  local rule = lp.synapse(STDP)
  if are_many then
    for k = 1, SETS do
      net:project { from = input, to = cells:slice(10 * k - 9, 10 * k), target = "exc", connect = lp.all_to_all(), weights = 0.01, synapse = rule,
        parameters = { Apre = 2e-6 * k, Apost = -2.1e-6 * k } }
    end
  else
    local set_of = lp.arange(1, 10 * SETS):map(function(j) return (j - 1) // 10 + 1 end)
    net:project { from = input, to = cells, target = "exc", connect = lp.all_to_all(), synapse = rule, weights = function(i, j) return 1e-3 * i + 1e-4 * (j % 10) end,
      parameters = { Apre = set_of * 2e-6, Apost = set_of * -2.1e-6 } }
  end
  net:step()
end

local n_models = 30
local function first_trace()
  n_models = n_models + 1             -- new each time: nothing of it is in the cache
  local net = lp.network {}
  local pop = net:population { size = 1, neuron = lp.neuron { equations = ("dv/dt = (%d - v)/10\ndu/dt = (v - u)/5"):format(n_models), spike = "v > 20", reset = "v = 0" } }
  local v = net:record(pop, "v")
  net:run(100)
  lp.plot(v):draw()
end

local stream = hearing.gammatone(hearing.tone(440, 1000), hearing.erbspace(50, 15000, 40)):stream()
local function second_of_sound()
  stream:reset()
  for _ = 1, 90 do stream:read(490) end
end

local POINTS = 1000000
local x, y = (lp.arange(1, POINTS) * 0.5698402910 % 1), (lp.arange(1, POINTS) * 0.7548776662 % 1)
local function drawing(draw)
  return function()
    local figure = lp.figure { width = 12, height = 4 }
    draw(figure[1])
    figure:draw()
  end
end

-- What a call costs that does next to nothing, however much the network holds.
local function run_of_plastic()
  local net = lp.network { dt = 0.1, warnings = false }
  local input, cells = net:poisson { size = 10000, rates = 0 }, net:population { size = 1000, neuron = IF }
  net:project { from = input, to = cells, target = "exc", connect = lp.all_to_all(), weights = 0.01, synapse = lp.models.STDP }
  net:run(100)
  return function() net:run(0.1) end
end

local function step_of_rates()
  local net, populations = lp.network { dt = 1, warnings = false }, {}
  local Rate = lp.neuron { equations = "10 * dr/dt = -r + 0.1 * sum(exc) + 0.1" }
  for k = 1, 100 do populations[k] = net:population { size = 10, neuron = Rate } end
  for k = 0, 999 do
    net:project { from = populations[k % 100 + 1], to = populations[(k + k // 100) % 100 + 1], target = "exc", connect = lp.all_to_all(), weights = 0.001,
      synapse = lp.models.Oja }
  end
  net:run(100)
  return function() net:step() end
end

-- Izhikevich's neurons with noise = 0 beside the same equations without it: who draws nothing pays next to nothing.
local Izhikevich = lp.models.Izhikevich
local function steps_of_izhikevich(model, parameters)
  local net = lp.network { dt = 0.1, tier = "native", warnings = false }
  net:population { size = 10000, neuron = model, parameters = parameters }
  net:run(1)
  return function() net:run(20) end
end
local function without_noise()
  return steps_of_izhikevich(lp.neuron { parameters = { a = 0.02, b = 0.2, c = -65, d = 8, i_offset = 0, v_thresh = 30, tau_refrac = 0 },
    equations = tostring(Izhikevich.equations):gsub("%+ noise %* Normal%(0, 1%)", ""), spike = tostring(Izhikevich.spike), reset = tostring(Izhikevich.reset),
    refractory = tostring(Izhikevich.refractory) })
end

local least = dofile((arg[0]:match "^(.*)/[^/]*$" or ".") .. "/base/measure.lua").least

local program
for k = 0, -20, -1 do program = arg[k] or program end
local quoted = "'" .. program:gsub("'", [['\'']]) .. "'"

local sender = back.neuron(front.neuron { spike = "t < 0" }, {})
local checked_neuron, checked_synapse = front.neuron(TEN_LINES), front.synapse(STDP)

local benches = {
  { "start", 0.02, function() os.execute(quoted .. " -e ''") end },
  { "check_ten_lines", 0.005, function() front.neuron(TEN_LINES) end },
  { "compile_neuron_and_synapse", 0.01, function()
    back.synapse(checked_synapse, { pre = sender, post = back.neuron(checked_neuron, {}), targets = { "ampa" } })
  end },
  { "first_trace_of_a_new_model", 0.3, first_trace },
  { "projections_200", 0.3, function() projections(true) end },
  { "one_projection_of_200_sets", 0.3, function() projections(false) end },
  { "gammatone_40_channels_1s", 0.005, second_of_sound },
  { "line_of_1e6", 1, drawing(function(axes) axes:line(y) end) },
  { "points_of_1e6", 1, drawing(function(axes) axes:points(x, y) end) },
  { "raster_of_1e6", 1, drawing(function(axes) axes:raster(x, (y * 1000):floor()) end) },
  { "histogram_of_1e6", 1, drawing(function(axes) axes:histogram(y) end) },
  { "run_of_a_step_1e7_plastic_synapses", 20e-6, prepare = run_of_plastic, times = 100 },
  { "step_of_1000_rate_projections", 1e-3, prepare = step_of_rates, times = 20 },
  { "izhikevich_noise_0", nil, prepare = function() return steps_of_izhikevich(Izhikevich, { noise = 0 }) end, times = 5,
    limit = function() return 1.3 * least(without_noise(), 5 * a.runs) end },
}

for _, bench in ipairs(benches) do
  local name, limit, f = bench[1], bench[2], bench[3]
  if name:find(a.only, 1, true) then
    local best = math.huge
    limit, f = limit or bench.limit(), f or bench.prepare()
    for _ = 1, a.runs * (bench.times or 1) do
      local clock = name == "start" and host.seconds or os.clock
      local before = clock()
      f()
      best = math.min(best, clock() - before)
    end
    print(("bench %s ours=%.4g limit=%g%s"):format(name, best, limit, best > limit and " OVER" or ""))
    io.stdout:flush()
    collectgarbage()
  end
end
