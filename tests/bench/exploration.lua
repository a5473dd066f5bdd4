--- What listening and exploring cost. One line each:
---   bench filterbank channels=40 times_real_time=X
---   bench exploration sound_s=S cpu_per_sound_s=X peak_mb=M     (examples/stdp_exploration.lua; Brian 2 takes 5 s of CPU for a second of sound)
---   bench sets_start ways=projections|one sets=200 cpu_s=X      (from the first line to the end of the first step)
---   bench condition pairs=1e8 cpu_s=X
--- Run: lunapse tests/bench/exploration.lua [sound=20 sets=200]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { sound = 20, sets = 200 }
local here = arg[0]:match "^(.*)/[^/]*$" or "."

local function seconds(f)
  local begin = os.clock()
  f()
  return os.clock() - begin
end

do
  local noise = h.white_noise(10e3, { seed = 1 }):level(60):keep()
  local stream, spent = h.gammatone(noise, h.erbspace(100, 10e3, 40)):stream(), math.huge
  for _ = 1, 3 do
    stream:reset()
    spent = math.min(spent, seconds(function()
      for _ = 1, noise.n // 512 do stream:read(512) end
    end))
  end
  print(("bench filterbank channels=40 times_real_time=%.0f"):format(10 / spent))
end

-- In a process of its own, whose peak of memory is that of the experiment.
local example = assert(loadfile(here .. "/../../examples/stdp_exploration.lua"))
local figure = os.tmpname()
local s = lp.sweep { { 1 }, run = function()
  _G.arg = { [0] = "exploration", "duration=" .. 1000 * a.sound, "out=" .. figure .. ".png" }
  _G.print = function() end
  local spent, peak = seconds(example), nil
  for line in io.lines "/proc/self/status" do peak = peak or tonumber(line:match "^VmHWM:%s*(%d+)") end
  return { spent = spent, peak = peak / 1024 }
end }
os.remove(figure)
os.remove(figure .. ".png")
print(("bench exploration sound_s=%g cpu_per_sound_s=%.4f peak_mb=%.0f"):format(a.sound, s.spent[1] / a.sound, s.peak[1]))

local cell = lp.neuron { parameters = { tau = 10 }, equations = "tau * dv/dt = g_exc - v; dg_exc/dt = -g_exc/5", spike = "v > 1", reset = "v = 0" }

local function network(size)
  local net = lp.network { dt = 0.1, warnings = false }
  return net, net:poisson { size = 10, rates = 20 }, net:population { size = size, neuron = cell }
end

local function join(net, input, cells, parameters)
  net:project { from = input, to = cells, target = "exc", connect = lp.all_to_all(), synapse = lp.models.STDP, weights = lp.uniform(0, 1), parameters = parameters }
end

local by_set = seconds(function()
  local net, input, cells = network(10 * a.sets)
  for k = 1, a.sets do join(net, input, cells:slice(10 * k - 9, 10 * k), { A_plus = 1e-4 * k, A_minus = 1.05e-4 * k }) end
  net:step()
end)
local as_one = seconds(function()
  local net, input, cells = network(10 * a.sets)
  local set = (lp.arange(1, 10 * a.sets) - 1) // 10 + 1
  join(net, input, cells, { A_plus = set * 1e-4, A_minus = set * 1.05e-4 })
  net:step()
end)
print(("bench sets_start ways=projections sets=%d cpu_s=%.3f"):format(a.sets, by_set))
print(("bench sets_start ways=one sets=%d cpu_s=%.3f"):format(a.sets, as_one))

local net = lp.network { warnings = false }
local many = net:population { size = 10000, neuron = cell }
print(("bench condition pairs=1e8 cpu_s=%.3f"):format(seconds(function()
  net:project { from = many, to = many, target = "exc", connect = "abs(i - j) < 10 and i != j" }
end)))
