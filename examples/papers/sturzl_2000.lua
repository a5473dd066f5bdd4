--- How a sand scorpion finds its prey by the waves in the sand (Stuerzl, Kempter & van Hemmen 2000, Physical Review Letters 84:5668): eight legs on a circle
--- feel a wave one after the other, within a millisecond. Each excites a command neuron of its own and inhibits, a little later, the three of the opposite
--- legs; so neurons of the legs that are reached first are most active, and their population vector points to the prey. Legs are integrate-and-fire neurons
--- instead of Poisson processes, as in Brian 2's example by R. Brette. Every direction has a scorpion of its own here.
--- Published: mean_error 0..22.5 (degrees: no more than half the angle between legs; our choice, the paper draws its errors), opposite 0..0.9 (spikes of
--- neurons away from the prey by those of neurons towards it: below 1, as the polar plot of Brian 2's example)
--- Takes 1 s.
--- Run: lunapse examples/papers/sturzl_2000.lua [duration=500 n=40 seed=1 threads=1 out=sturzl_2000.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 500, n = 40, seed = 1, threads = 1, out = "sturzl_2000.png" }

local DT, LEGS = 0.1, 8
local R, SPEED, INHIBITION_DELAY = 25, 50, 0.7                                           -- mm, mm/ms, ms
local gamma = (22.5 + 45 * (lp.arange(LEGS) - 1)) * math.pi / 180                        -- where the legs stand
local phi = (lp.arange(a.n) - 1) / a.n * 2 * math.pi                                     -- where the prey is, for each scorpion
local toward = (gamma - phi:expand()):cos()                                               -- 1: the leg that points to the prey, -1: the opposite one

-- The wave at the middle: 150 to 450 Hz, most of it around 300, with phases by chance.
local frequency, t = lp.arange(150, 450), (lp.arange(math.ceil(a.duration / DT) + 1) - 1) * DT
local strength, phase = (-(frequency - 300):square() / (2 * 50 ^ 2)):exp(), 2 * math.pi * lp.permutation(#frequency, a.seed) / #frequency
local wave = (2 * math.pi / 1000 * t:expand() * frequency + phase):cos():matmul(strength:expand()):column(1) / strength:sum()

local Leg = lp.neuron {
  name = "Leg",
  parameters = { tau = 1, sigma = 0.01, delay = 0 },
  arrays = { wave = lp.timed_array(wave, { dt = DT, interpolate = true }) },
  equations = "dv/dt = (1 + wave(t - delay) - v)/tau + sigma*sqrt(2/tau)*xi",
  spike = "v > 1", reset = "v = 0", refractory = 1,
}
local Command = lp.neuron {
  name = "Command",
  parameters = { tau = 1, tau_s = 1.001 },
  equations = [[
    dv/dt = (x - v)/tau         : exact
    dx/dt = (y - x)/tau_s       : exact
    dy/dt = -y/tau_s            : exact ]],
  spike = "v > 1", reset = "v = 0",
}

local net = lp.network { dt = DT, seed = a.seed, threads = a.threads }
local legs = net:population { name = "legs", size = LEGS * a.n, neuron = Leg, parameters = { delay = (R / SPEED * (1 - toward)):flatten() } }
local command = net:population { name = "command", size = LEGS * a.n, neuron = Command }
local synapse = lp.synapse { pre_spike = "post.y += w" }
net:project { name = "exc", from = legs, to = command, synapse = synapse, connect = lp.one_to_one(), weights = 7 }
net:project { name = "inh", from = legs, to = command, synapse = synapse, weights = -2, delays = INHIBITION_DELAY,
  connect = ("(i - 1)//%d == (j - 1)//%d and abs((j - i) %% %d - %d) <= 1"):format(LEGS, LEGS, LEGS, LEGS // 2) }
local spikes, felt = net:record(command, "spike"), net:record(legs, "spike")
net:run(a.duration)

local rates = spikes:rates():reshape(a.n, LEGS)
local angle = (rates * gamma:sin()):sum(2):atan2((rates * gamma:cos()):sum(2))
local deg = 180 / math.pi
local error = ((angle - phi) * deg + 180):mod(360) - 180
local shown = math.floor(0.4 * a.n + 0.5) + 1                                            -- whose prey is at 144 degrees

local fig = lp.figure { rows = 1, columns = 3, widths = { 1, 1, 1.2 }, width = "180 mm", height = "75 mm", style = "paper", letters = true }
local theta, own = lp.array.join { gamma, gamma:slice(1, 1) }, rates:row(shown)
fig[1]:polar():line(theta, lp.array.join { own, own:slice(1, 1) }, { marker = "o", label = "rates of command neurons (Hz)" })
fig[1]:line({ phi[shown], phi[shown] }, { 0, own:max() }, { color = "red", label = "prey" })
fig[1]:line({ angle[shown], angle[shown] }, { 0, own:max() }, { color = "black", dash = "dashed", label = "population vector" }):legend(false)
fig[2]:line({ -30, 390 }, { -30, 390 }, { color = "gray", dash = "dashed" }):points(phi * deg, phi * deg + error, { size = 3.5, color = "black" })
fig[2]:xlim(-10, 370):ylim(-30, 390):ticks("x", { 0, 90, 180, 270, 360 }):ticks("y", { 0, 90, 180, 270, 360 })
fig[2]:xlabel "prey (degrees)":ylabel "vector (degrees)"
fig[3]:image(rates:transpose(), { extent = { 0, 360, 0, 360 }, bar = "rate (Hz)", origin = "bottom", aspect = "auto" })
fig[3]:ticks("x", { 0, 90, 180, 270, 360 }):ticks("y", { 0, 90, 180, 270, 360 }):xlabel "prey (degrees)":ylabel "leg (degrees)"
fig:legend("bottom", { columns = 3 })
print("figure: " .. fig:save(a.out))

lp.result { { "legs_hz", felt:mean_rate() }, { "command_hz", spikes:mean_rate() }, { "error_144", math.abs(error[shown]) },
  { "mean_error", error:abs():mean() }, { "opposite", (rates * toward:lt(-0.5)):sum() / (rates * toward:gt(0.5)):sum() } }
