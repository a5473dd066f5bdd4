--- A spike along the squid's giant axon (Hodgkin & Huxley 1952, J Physiol 117:500-544), at 18.5 degrees: 18.8 m/s in the paper; and the potential outside of it, by the currents through
--- its membrane (line source approximation: point sources in a medium of 0.3 S/m).
--- Run: lunapse examples/squid_axon.lua [duration=8 n=500 dt=0.01 method=crank-nicolson seed=1 out=squid_axon.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 8, n = 500, dt = 0.01, method = "crank-nicolson", seed = 1, out = "squid_axon.png" }
local duration = math.min(a.duration, 20)

local SquidAxon = lp.neuron {
  name = "SquidAxon",
  parameters = { gNa = 120, gK = 36, gL = 0.3, ENa = 115, EK = -12, EL = 10.613, phi = 3^((18.5 - 6.3) / 10), I = "0 : point current" }, -- mS/cm2; mV from rest; pA
  equations = [[
    Im = gL*(EL - v) + gNa*m^3*h*(ENa - v) + gK*n^4*(EK - v)
    dm/dt = phi*(1/exprel((25 - v)/10)*(1 - m) - 4*exp(-v/18)*m)              : init = 0.0529, exponential
    dh/dt = phi*(0.07*exp(-v/20)*(1 - h) - h/(exp((30 - v)/10) + 1))          : init = 0.5961, exponential
    dn/dt = phi*(0.1/exprel((10 - v)/10)*(1 - n) - 0.125*exp(-v/80)*n)        : init = 0.3177, exponential
  ]],
  spike = "v > 50", refractory = "v > 40",
}

local net = lp.network { dt = a.dt, seed = a.seed }
local shape = lp.cylinder { name = "axon", length = 100e3, diameter = 476, n = a.n }
local axon = net:cables { morphology = shape, neuron = SquidAxon, Ra = 35.4, method = a.method, spike_at = "everywhere" }
local rec, spikes = net:record(axon, { "v", "Im" }), net:record(axon, "spike")
axon:at("axon", 0).I = 2e7
net:run(0.5)
axon:at("axon", 0).I = 0
net:run(duration - 0.5)

-- The speed, from spikes at 30 and 70 % of the length.
local first = {}
for k = 1, spikes:count() do first[spikes.neuron[k]] = first[spikes.neuron[k]] or spikes.t[k] end
local from, to = a.n * 3 // 10, a.n * 7 // 10
local speed = (axon.distance[to] - axon.distance[from]) / 1000 / ((first[to] or 0 / 0) - (first[from] or 0 / 0))

-- What flows out of the membrane: what charges it, less Im; its potential 1 mm away from the middle of the axon.
local v, rows = rec.v, rec.v:shape()
local outward = (v:rows(2, rows) - v:rows(1, rows - 1)) / a.dt - rec.Im:rows(2, rows)          -- uA/cm2
local dx = (axon.x - 50e3) * 1e-6                                                            -- m
local outside = 1e6 * (outward * (axon.area * 1e-14 / (4 * math.pi * 0.3) / (dx * dx + 1e-6):sqrt())):sum(2) -- uA um2/cm2 are 1e-14 A; V to uV

local fig = lp.figure { rows = 3, width = 7, height = 8, heights = { 1.6, 1, 1 } }
fig[1]:image(v:transpose(), { extent = { 0, duration, 0, 100 }, origin = "bottom", aspect = "auto", bar = "v (mV)" }):ylabel "place (mm)"
for k, share in ipairs { 0.1, 0.3, 0.5, 0.7, 0.9 } do
  fig[2]:line(rec.t, v:column(math.ceil(share * a.n)), { label = ("%d mm"):format(share * 100), color = lp.colormaps.colors("viridis", 6)[k] })
end
fig[2]:ylabel "v (mV)":legend()
fig[3]:line(rec.t:slice(2, rows), outside):ylabel "outside (uV)":xlabel "time (ms)"
print("figure: " .. fig:save(a.out))

lp.result { { "speed", speed }, { "height", v:max() }, { "outside_min", outside:min() }, { "compartments", a.n } }
