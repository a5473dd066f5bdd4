--- Gamma among interneurons (Wang & Buzsaki 1996, Journal of Neuroscience 16:6402-6413): neurons that only inhibit each other fall into step. How coherent they
--- are (kappa, the share of spikes that two neurons have in common within a tenth of a period; a tenth is chance) needs enough contacts for each, and where
--- neurons differ a little, they are coherent at gamma frequencies alone.
--- Published: frequency 20..80 Hz (gamma, title and abstract), kappa_all 0.9..1 (alike, and all joined, they fall into step within a few periods, text),
--- kappa_few 0..0.2 (a critical number of contacts, abstract), best_frequency 20..80 Hz ("high only within a frequency band coinciding with the gamma (20-80
--- Hz) range", abstract)
--- Takes 5 s.
--- Run: lunapse examples/papers/wang_buzsaki_1996.lua [seed=1 duration=300 threads=1 out=wang_buzsaki_1996.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 300, threads = 1, out = "wang_buzsaki_1996.png" }

local TRANSIENT = 500                                        -- ms

local Interneuron = lp.neuron {
  name = "Interneuron",
  parameters = { gNa = 35, gK = 9, gL = 0.1, ENa = 55, EK = -90, EL = -65, Esyn = -75, phi = 5, alpha = 12, beta = 0.1, I = 1 },     -- mS/cm2, mV, 1/ms, uA/cm2
  equations = [[
    m := 1/(1 + 4*exp(-(v + 60)/18)*exprel(-(v + 35)/10))
    dv/dt = gL*(EL - v) + gNa*m^3*h*(ENa - v) + gK*n^4*(EK - v) + g_inh*(Esyn - v) + I         : init = Uniform(-70, -55), rk4
    dh/dt = phi*(0.07*exp(-(v + 58)/20)*(1 - h) - h/(exp(-(v + 28)/10) + 1))                    : init = 0.8, rk4
    dn/dt = phi*(0.1/exprel(-(v + 34)/10)*(1 - n) - 0.125*exp(-(v + 44)/80)*n)                  : init = 0.1, rk4
    ds/dt = alpha*(1 - s)/(1 + exp(-v/2)) - beta*s                                             : rk4
  ]],
  spike = "v > 0", refractory = { "v > -20", stops = "spikes" },
}

local net = lp.network { dt = 0.05, seed = a.seed, threads = a.threads }
local total = lp.synapse { name = "total", psp = "w * pre.s" }

--- A network of n neurons with `contacts` inputs each on average, of 0.1 mS/cm2 together, and currents of mean I.
local function network(opt)
  local cells = net:population { size = opt.n, neuron = Interneuron, parameters = { I = lp.normal(opt.I, opt.spread) } }
  net:project { from = cells, to = cells, target = "inh", synapse = total, connect = lp.fixed_probability(opt.contacts / opt.n), weights = 0.1 / opt.contacts }
  opt.spikes = net:record(cells, "spike")
  return opt
end

--- Their mean rate, and kappa: the mean over all pairs of sum(x y)/sqrt(sum(x) sum(y)), where x and y are 1 in bins with a spike.
local function measure(opt)
  local spikes = opt.spikes:window(TRANSIENT, TRANSIENT + a.duration)
  local rate = spikes:mean_rate()
  local bin = 100 / rate
  local x = lp.zeros(opt.n, math.ceil(a.duration / bin))
  for k = 1, #spikes.t do x:set(spikes.neuron[k], math.floor((spikes.t[k] - TRANSIENT) / bin) + 1, 1) end
  local n = x:sum(2)
  local shares = x:matmul(x:transpose()) / n:outer(n):sqrt()
  return rate, (shares:nansum() - opt.n) / (opt.n * (opt.n - 1))
end

local by_contacts, by_drive, CONTACTS = { {}, {} }, {}, { 20, 40, 60, 80, 100 }
for k = 1, 2 do
  for j, contacts in ipairs(CONTACTS) do by_contacts[k][j] = network { n = 100 * k, contacts = contacts, I = 1, spread = 0 } end
end
for j, I in ipairs { 0.5, 0.9, 1.2, 1.6, 2.4, 4 } do by_drive[j] = network { n = 100, contacts = 80, I = I, spread = 0.03 } end
net:run(TRANSIENT + a.duration)

local fig = lp.figure { rows = 2, columns = 2, heights = { 1, 1.2 }, width = "150 mm", height = "110 mm", style = "paper", letters = true }
local complete = by_contacts[1][#CONTACTS]
fig:axes(1, 1, { columns = 2 }):raster(complete.spikes):xlim(0, 250):ylim(0, complete.n + 1):xlabel "time (ms)":ylabel "neuron"
local kappa = {}
for k = 1, 2 do
  kappa[k] = {}
  for j = 1, #CONTACTS do kappa[k][j] = select(2, measure(by_contacts[k][j])) end
  fig[{ 2, 1 }]:line(CONTACTS, kappa[k], { marker = "o", label = ("%d neurons"):format(100 * k) })
end
fig[{ 2, 1 }]:xlabel "contacts of a neuron":ylabel "coherence \u{3ba}":ylim(0, 1.05):legend "top left"
local f, coherence = lp.zeros(#by_drive), lp.zeros(#by_drive)
for j, opt in ipairs(by_drive) do f[j], coherence[j] = measure(opt) end
fig[{ 2, 2 }]:vspan(20, 80, { color = "gray", alpha = 0.2 }):line(f, coherence, { marker = "o" }):text(50, 0.04, "gamma", { align = "center" })
fig[{ 2, 2 }]:xlabel "frequency (Hz), by the drive":ylabel "coherence \u{3ba}":ylim(0, 1.05)
print("figure: " .. fig:save(a.out))

local best = coherence:argmax()
lp.result { { "frequency", (measure(complete)) }, { "kappa_all", kappa[1][#CONTACTS] }, { "kappa_few", kappa[1][1] }, { "best_frequency", f[best] },
  { "kappa_best", coherence[best] }, { "kappa_fast", coherence[#f] } }
