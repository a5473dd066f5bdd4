--- Where a spike begins: a pyramidal cell of layer 5 with the sodium and potassium channels of Mainen, Joerges, Huguenard & Sejnowski 1995 (Neuron 15:1427-1439; rates and densities as in
--- their published program, Mainen & Sejnowski 1996, ModelDB 2488), on a tree drawn here. A current into the apical dendrite, and the spike begins in the axon all the same, and runs back.
--- Run: lunapse examples/pyramidal_cell.lua [duration=15 current=300 place=0.35 dt=0.025 seed=1 out=pyramidal_cell.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 15, current = 300, place = 0.35, dt = 0.025, seed = 1, out = "pyramidal_cell.png" }
local duration = math.min(a.duration, 100)

local Pyramid = lp.neuron {
  name = "Pyramid",          -- at 37 degrees; the sodium channel is moved by 5 mV
  parameters = { gL = 1 / 30, gNa = 2, gK = 0, EL = -70, ENa = 60, EK = -90, Cm = 0.75, phi = 2.3^((37 - 23) / 10), I = "0 : point current" },          -- mS/cm2, mV
  equations = [[
    Im = gL*(EL - v) + phi*gNa*m^3*h*(ENa - v) + phi*gK*n*(EK - v)                                         : init = EL
    dm/dt = phi*(1.638/exprel(-(v + 30)/9)*(1 - m) - 1.116/exprel((v + 30)/9)*m)                           : init = 0.01, exponential
    dh/dt = phi*(0.12/exprel(-(v + 45)/5) + 0.0455/exprel((v + 70)/5))*(1/(1 + exp((v + 60)/6.2)) - h)     : init = 0.83, exponential
    dn/dt = phi*(0.18/exprel(-(v - 25)/9)*(1 - n) - 0.018/exprel((v - 25)/9)*n)                            : init = 0.0003, exponential
  ]],
  spike = "v > 0", refractory = "v > -20",
}

-- A soma, an axon with its hillock, initial segment, myelin and nodes, and dendrites: sections from (x, y) on, in the direction of `angle` (quarters of a turn).
local x, y = 0, 0
local function section(angle, length, from, to, n)
  local x0, y0 = x, y
  x, y = x + length * math.cos(angle * math.pi / 2), y + length * math.sin(angle * math.pi / 2)
  return lp.section { points = { { x0, y0, 0, from }, { x, y, 0, to } }, n = n or math.ceil(length / 25) }
end
local function branches(angle, length, diameter, depth)
  local made, x0, y0 = {}, x, y
  for k, turn in ipairs { 0.25, -0.25 } do
    x, y = x0, y0
    made[k] = section(angle + turn, length, diameter, 0.7 * diameter)
    if depth > 1 then made[k].dend = branches(angle + turn, 0.8 * length, 0.7 * diameter, depth - 1) end
  end
  return made
end
local soma = lp.cylinder { name = "soma", length = 30, diameter = 20, n = 3 }
local axon = soma
for k, name in ipairs { "hillock", "segment", "myelin", "node", "myelin", "node", "myelin", "node" } do
  local length, thin = ({ hillock = 10, segment = 15, myelin = 100, node = 1 })[name], name == "node" and 1.5 or 2
  axon[name] = section(3, length, k == 1 and 8 or thin, thin, name == "node" and 1 or 5)
  axon = axon[name]
end
local function from_soma(make, ...)
  x, y = 0, 0
  return make(...)
end
soma.apical = from_soma(section, 1, 600, 5, 2.5)
soma.apical.tuft = branches(1, 120, 1.5, 3)
soma.basal, soma.oblique = from_soma(branches, 2, 90, 2, 3), from_soma(branches, 0, 90, 2, 3)

local net = lp.network { dt = a.dt, seed = a.seed }
local cell = net:cables { morphology = soma, neuron = Pyramid, Ra = 150, spike_at = "everywhere" }
cell.soma.gK = 20
local part = cell
for _, name in ipairs { "hillock", "segment", "myelin", "node", "myelin", "node", "myelin", "node" } do
  part = part[name]
  if name == "myelin" then part.Cm = 0.04 else part.gNa, part.gK = 3000, 200 end
  if name == "node" then part.gL = 20 end
end
local where = { { "hillock.segment", 0.9 }, { "soma", 0.5 }, { "apical", 1 / 3 }, { "apical", 5 / 6 } }
local labels, rec, own = { "axon's first segment", "soma", "apical, 200 um", "apical, 500 um" }, {}, {}
for k, place in ipairs(where) do rec[k], own[k] = net:record(cell:at(table.unpack(place)), "v"), net:record(cell:at(table.unpack(place)), "spike") end
local spikes = net:record(cell, "spike")
cell:at("apical", a.place).I = a.current
net:run_until(function() return #own[2].t > 0 end, { max = duration })
local seen = cell.v:copy()          -- when it has come to the soma
net:run(duration - net.t)
local first = lp.full(0 / 0, #cell.v)          -- when the first spike comes to each compartment
for k, train in ipairs(spikes:trains()) do first[k] = train[1] or 0 / 0 end
local begins, fig = first:nanmin(), lp.figure { columns = 3, width = 12, height = 4.2, widths = { 1, 1.2, 1.2 } }
soma:plot(fig[1], { values = seen, bar = "v (mV)", map = "plasma" }):title "when it has come to the soma"
for k, label in ipairs(labels) do fig[2]:line(rec[k].t - begins, rec[k].v:column(1), { label = label }) end
fig[2]:xlim(-1, 3):xlabel "time after its beginning (ms)":ylabel "v (mV)":legend()
fig[3]:points(cell.distance, first - begins, { size = 2 }):xlabel "way from the soma's beginning (um)":ylabel "first spike (ms)"
print("figure: " .. fig:save(a.out))

local function start(k) return #own[k].t > 0 and own[k].t[1] or 0 / 0 end
lp.result { { "segment_ms", start(1) - start(2) }, { "apical_200_ms", start(3) - start(2) }, { "apical_500_ms", start(4) - start(2) }, { "soma_height", rec[2].v:max() + 70 },
  { "apical_500_height", rec[4].v:max() + 70 }, { "compartments", soma:compartments() } }
