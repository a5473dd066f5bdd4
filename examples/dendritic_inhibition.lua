--- Where inhibition stands on a tree matters: an excitation far out on a dendrite, and a shunting synapse on its path to the soma, beyond it, or on another branch (Koch, Poggio & Torre 1983,
--- PNAS 80:2799-2802: a strong shunt on the path vetoes, elsewhere it cannot). The shape is read from an SWC file.
--- Run: lunapse examples/dendritic_inhibition.lua [duration=40 dt=0.05 excitation=2 inhibition=50 seed=1 out=dendritic_inhibition.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 40, dt = 0.05, excitation = 2, inhibition = 50, seed = 1, out = "dendritic_inhibition.png" }
local duration = math.min(a.duration, 100)

local Dendrite = lp.neuron {
  name = "Dendrite",
  parameters = { gL = 0.05, EL = -70, Ee = 0, Ei = -70, tau_e = 3, tau_i = 10 },           -- mS/cm2, mV, ms
  equations = [[
    Im = gL*(EL - v)                                     : init = EL
    tau_e * dg_exc/dt = -g_exc                           : exponential       # nS
    tau_i * dg_inh/dt = -g_inh                           : exponential
    I_syn = g_exc*(Ee - v) + g_inh*(Ei - v)              : point current
  ]],
}

-- A soma with two dendrites that branch twice.
local path = os.tmpname()
local lines, n = { "1 1 0 0 0 9 -1" }, 1
local function branch(parent, x, y, angle, length, radius, depth)
  n = n + 1
  local own = n
  lines[#lines + 1] = ("%d 3 %g %g 0 %g %d"):format(own, x, y, radius, parent)
  n = n + 1
  local x1, y1 = x + length * math.cos(angle), y + length * math.sin(angle)
  lines[#lines + 1] = ("%d 3 %g %g 0 %g %d"):format(n, x1, y1, radius, own)
  local stop = n
  for _, turn in ipairs(depth > 0 and { 0.45, -0.45 } or {}) do branch(stop, x1, y1, angle + turn, length, radius * 0.63, depth - 1) end
end
branch(1, 9, 0, 0.1, 130, 1.2, 2)
branch(1, -9, 0, 3.0, 130, 1.2, 2)
local file <close> = assert(io.open(path, "w"))
file:write(table.concat(lines, "\n"))
file:close()
local shape = lp.morphology(path, { longest = 15 })
os.remove(path)

-- Four cells: excitation alone, and with inhibition at three places.
local net = lp.network { dt = a.dt, seed = a.seed }
local cells = net:cables { morphology = shape, neuron = Dendrite, size = 4, Ra = 150 }
local excited = { "dend[1].dend[1].dend[1]", 0.1 }
local names = { "excitation alone", "inhibition on the path", "inhibition beyond it", "inhibition on another branch" }
local inhibited = { nil, { "dend[1].dend[1]", 0.3 }, { "dend[1].dend[1].dend[1]", 0.95 }, { "dend[1].dend[2].dend[1]", 0.4 } }
local source = net:spike_source { size = 1, neuron = { 1 }, t = { 5 } }
net:project { from = source, to = cells:at(table.unpack(excited)), target = "exc", connect = lp.all_to_all(), weights = a.excitation }
for k, place in pairs(inhibited) do
  net:project { from = source, to = cells:at(table.unpack(place)):slice(k, k), target = "inh", connect = lp.all_to_all(), weights = a.inhibition }
end
local v = net:record(cells.soma, "v")
net:run(8)
local most, seen = {}, cells:cell(2).v:copy()          -- near the height of the excitation
net:run(duration - 8)

local fig = lp.figure { rows = 1, columns = 3, width = 12, height = 4, widths = { 1.3, 1, 1 } }
shape:plot(fig[1], { values = seen, bar = "v (mV)", map = "plasma" }):title "inhibition on the path, at 8 ms"
shape:dendrogram(fig[2], { values = seen, map = "plasma" })
for k = 1, 4 do
  most[k] = v.v:column(k):max() + 70
  fig[3]:line(v.t, v.v:column(k), { label = names[k] })
end
fig[3]:xlabel "time (ms)":ylabel "v at the soma (mV)":ylim(-70.2, -64.8):legend()
print("figure: " .. fig:save(a.out))

lp.result { { "alone", most[1] }, { "on_path", most[2] }, { "beyond", most[3] }, { "elsewhere", most[4] }, { "compartments", shape:compartments() } }
