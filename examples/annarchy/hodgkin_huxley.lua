--- The neuron of Hodgkin & Huxley (1952, Journal of Physiology 117:500; notebook "HodgkinHuxley" of ANNarchy): a spike and its gates after a pulse of current,
--- and which constant currents make it fire. It has two thresholds: between 6.3 and 9.8 uA/cm2 rest and firing are both stable, so that a current that rises
--- step by step makes it fire later than one that falls makes it stop (Rinzel & Miller 1980, Mathematical Biosciences 49:27; the Hopf bifurcation: Hassard
--- 1978, Journal of Theoretical Biology 71:401).
--- Published: starts 9.5..10.1 uA/cm2 (9.78, Hassard), stops 6..6.6 (6.26, Rinzel & Miller), slowest 45..60 Hz (some 50 Hz at once, class 2
--- of Hodgkin)
--- Takes 3 s.
--- Run: lunapse examples/annarchy/hodgkin_huxley.lua [duration=2000 seed=1 out=hodgkin_huxley.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 2000, seed = 1, out = "hodgkin_huxley.png" }

-- Potentials from rest, and the temperature of the experiments, 6.3 degrees.
local HH = lp.neuron {
  name = "HH",
  parameters = { C = 1, E_Na = 115, E_K = -12, E_L = 10.613, gNa = 120, gK = 36, gL = 0.3, I = 0 },        -- uF/cm2, mV, mS/cm2, uA/cm2
  equations = [[
    before = v
    C * dv/dt = gL*(E_L - v) + gK*n^4*(E_K - v) + gNa*m^3*h*(E_Na - v) + I              : init = 0, rk4
    dm/dt = 1/exprel((25 - v)/10)*(1 - m) - 4*exp(-v/18)*m                              : init = 0.0529, rk4
    dh/dt = 0.07*exp(-v/20)*(1 - h) - h/(exp((30 - v)/10) + 1)                          : init = 0.5961, rk4
    dn/dt = 0.1/exprel((10 - v)/10)*(1 - n) - 0.125*exp(-v/80)*n                        : init = 0.3177, rk4
  ]],
  spike = "v > 50 and before <= 50",
}

-- One spike: 200 uA/cm2 for a tenth of a ms.
local single = lp.network { dt = 0.01, seed = a.seed }
local cell = single:population { size = 1, neuron = HH }
local course = single:record(cell, { "v", "m", "h", "n" })
single:run(5)
cell.I = 200
single:run(0.1)
cell.I = 0
single:run(15)

-- All constant currents at once, a neuron for each. Those of one population come to theirs slowly and stay at rest while rest is stable;
-- those of the other have fired before.
local RISE = 500        -- ms
local net = lp.network { dt = 0.05, seed = a.seed }
local currents = lp.linspace(5, 12, 141)
local rested = net:population { name = "rested", size = #currents, neuron = HH }
local fired = net:population { name = "fired", size = #currents, neuron = HH, parameters = { I = 20 } }
net:every(1, function(t) rested.I = currents * math.min(t / RISE, 1) end, { when = "start" })
net:run(RISE)
fired.I = currents
net:run(a.duration * 3 / 4)                     -- what is not stable has been left by then
local spikes_rested, spikes_fired = net:record(rested, "spike"), net:record(fired, "spike")
net:run(a.duration / 4)

--- The least current at which neurons fire, and the rates of all; those that do not fire have none.
local function onset(spikes)
  local rates = spikes:rates()
  local is_firing = rates:gt(20)                -- less is a spike or two on the way to rest
  return is_firing:any() and currents[is_firing]:min() or 0 / 0, rates:where(is_firing, 0)
end
local starts, rates_rested = onset(spikes_rested)
local stops, rates_fired = onset(spikes_fired)

local fig = lp.figure { rows = 2, columns = 2, width = "170 mm", height = "110 mm", style = "paper", letters = true }
fig[1]:line(course.t, course.v:column(1)):xlim(3, 20):xlabel "time (ms)":ylabel "v from rest (mV)"
for _, name in ipairs { "m", "h", "n" } do fig[2]:line(course.t, course[name]:column(1), { label = name }) end
fig[2]:xlim(3, 20):ylim(0, 1):xlabel "time (ms)":ylabel "gate"
fig:axes(2, 1, { columns = 2 }):points(currents, rates_fired, { label = "having fired", open = true, size = 4 })
fig[3]:points(currents, rates_rested, { label = "coming from rest", size = 2 }):vline(6.26, { color = "gray", dash = "dotted" })
fig[3]:xlim(5, 12):vline(9.78, { color = "gray", dash = "dotted" }):xlabel "current (uA/cm^{2})":ylabel "rate (Hz)":legend("bottom right")
print("figure: " .. fig:save(a.out))

lp.result { { "starts", starts }, { "stops", stops }, { "slowest", rates_fired[rates_fired:gt(0)]:min() }, { "height", course.v:max() } }
