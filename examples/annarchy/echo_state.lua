--- An echo state network (Jaeger 2001, GMD Report 148; notebook "RC" of ANNarchy): 400 rate neurons, joined at random with a gain g, are pushed for 100 ms, and
--- a linear readout of their rates, trained by ridge regression on one trial, is to say "now" between 2 and 2.5 s in another. Below a gain of 1 all traces of
--- the push are gone by then; above 1 activity goes on by itself (Sompolinsky, Crisanti & Sommers 1988, Physical Review Letters 61:259), and in spite of noise
--- much the same way each time.
--- Published: error_1_5 0..0.06 (mean square; the readout is to reproduce the step, as the notebook has it; 1/6 if it knows nothing), error_0_8 0.12..0.18
--- (knows nothing), alive_1_5 0.1..0.8 (mean square rate at the end: above 0), alive_0_8 0..0.001 (below g = 1 rest is the end, Sompolinsky et al.)
--- Takes 4 s.
--- Run: lunapse examples/annarchy/echo_state.lua [duration=3000 n=400 seed=1 out=echo_state.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 3000, n = 400, seed = 1, out = "echo_state.png" }

local N, ON, OFF, SHOWN = a.n, 100, 200, 5                           -- neurons; ms: the push; neurons in the figure
local FROM, TO = a.duration * 2 // 3, a.duration * 5 // 6            -- ms: when the readout is to be 1
local Unit = lp.neuron {
  name = "Unit",
  parameters = { tau = 30, g = 1, noise = 0.01 },
  equations = [[
    tau * dx/dt + x = sum(in) + g * sum(exc) + noise * Uniform(-1, 1)
    r = tanh(x)
  ]],
}
local net = lp.network { dt = 1, seed = a.seed }
local input = net:population { name = "input", size = 1, neuron = lp.neuron { name = "Input", parameters = { r = 0 } } }
local units = net:population { name = "units", size = N, neuron = Unit }
net:project { from = input, to = units, target = "in", connect = lp.all_to_all(), weights = lp.uniform(-1, 1) }
net:project { from = units, to = units, target = "exc", connect = lp.all_to_all(), weights = lp.normal(0, 1 / math.sqrt(N)) }

--- The rates of a trial, [ms][neuron].
local function trial(g)
  units.g, units.x, units.r = g, 0, 0
  local seen <close> = net:record(units, "r")
  input.r = 0
  net:run(ON)
  input.r = 1
  net:run(OFF - ON)
  input.r = 0
  net:run(a.duration - OFF)
  return seen.r:copy()
end

local target = lp.zeros(math.tointeger(a.duration))
target:slice(math.tointeger(FROM) + 1, math.tointeger(TO)):fill(1)
local fig = lp.figure { rows = 3, columns = 2, width = "170 mm", height = "120 mm", style = "paper", letters = true, share_x = true }
local results = {}
for k, g in ipairs { 0.8, 1.5 } do
  local first, second = trial(g), trial(g)
  local readout = lp.linalg.ridge(first, target, 1)
  local said = second:matmul(readout)
  fig[{ 1, k }]:line(first:columns(1, SHOWN), { width = 0.8 }):ylim(-1, 1):title(("g = %g"):format(g)):vspan(ON, OFF, { color = "gray", alpha = 0.2 })
  fig[{ 2, k }]:line(second:columns(1, SHOWN), { width = 0.8 }):ylim(-1, 1):vspan(ON, OFF, { color = "gray", alpha = 0.2 })
  fig[{ 3, k }]:line(target, { color = "black", dash = "dashed", label = "target" }):line(said, { label = "readout", color = "red" }):ylim(-0.4, 1.4)
  fig[{ 3, k }]:xlim(0, a.duration):xlabel "time (ms)":legend "top left"
  local name = ("%g"):format(g):gsub("%.", "_")
  local last = second:rows(math.tointeger(TO), math.tointeger(a.duration))
  results[2 * k - 1], results[2 * k] = { "error_" .. name, ((said - target) ^ 2):mean() }, { "alive_" .. name, (last ^ 2):mean() }
end
fig[{ 1, 1 }]:ylabel "rates, trained"
fig[{ 2, 1 }]:ylabel "rates, tested"
fig[{ 3, 1 }]:ylabel "output"
print("figure: " .. fig:save(a.out))

lp.result(results)
