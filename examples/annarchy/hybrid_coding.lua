--- Rates into spikes and back (Vitay, Dinkelbach & Hamker 2015, Frontiers in Neuroinformatics 9:19, figure 4; notebook "Hybrid" of ANNarchy): a rate that
--- rises in steps is sent by Poisson neurons, and read again over a window of 10 ms, by neurons each of which hears one sender more than the one before it.
--- The reading gets better with the number of senders and with the rate. How wrong it is on average is known: a count of mean m is off by 2 exp(-m) m^(k +
--- 1)/k!, k = floor(m).
--- Published: theory_10 0.8..1.2, theory_50 0.8..1.2, theory_100 0.8..1.2 (error measured as in the notebook, over that of Poisson counts: theory),
--- worst_100 0..0.06 (all senders at 100 Hz: 0.036 in theory)
--- Takes 2 s.
--- Run: lunapse examples/annarchy/hybrid_coding.lua [duration=4000 n=500 seed=1 out=hybrid_coding.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 4000, n = 500, seed = 1, out = "hybrid_coding.png" }

local WINDOW, RATES = 10, { 0, 10, 50, 100 }                     -- ms, Hz
local part = a.duration / #RATES

local Encoder = lp.neuron { name = "Encoder", equations = "rate = sum(exc)", spike = "Uniform(0, 1) < rate*dt/1000" }
local net = lp.network { dt = 0.1, seed = a.seed, warnings = false }          -- at 0 Hz nobody spikes, and that is meant
local source = net:population { name = "source", size = 1, neuron = lp.neuron { name = "Source", parameters = { r = 0 } } }
local encoders = net:population { name = "encoders", size = a.n, neuron = Encoder }
local decoders = net:population { name = "decoders", size = a.n, neuron = lp.neuron { name = "Decoder", equations = "r = sum(exc)" }, dt = 1 }
net:project { from = source, to = encoders, target = "exc", connect = lp.all_to_all(), weights = 1 }
encoders:compute_rate(WINDOW)
net:project { from = encoders, to = decoders, target = "exc", connect = "i <= j", synapse = lp.synapse { psp = "pre.r", operation = "mean" } }
local spikes, decoded = net:record(encoders, "spike"), net:record(decoders, "r")
for _, rate in ipairs(RATES) do
  source.r = rate
  net:run(part)
end

--- What a Poisson count of mean m is off by on average, in parts of m.
local function expected(m)
  local k, x = math.floor(m), math.log(2) - m
  for i = 1, k do x = x + math.log(m / i) end
  return math.exp(x)
end

local fig = lp.figure { rows = 3, width = "120 mm", height = "150 mm", heights = { 1.2, 1, 1.3 }, style = "paper", letters = true }
fig[1]:raster(spikes, { size = 0.7 }):xlim(0, a.duration):ylim(0, a.n):ylabel "encoding neuron"
for _, n in ipairs { 10, 100, a.n } do fig[2]:line(decoded.t, decoded.r:column(math.min(n, a.n)), { label = ("%d senders"):format(n), width = 0.7 }) end
fig[2]:xlim(0, a.duration):xlabel "time (ms)":ylabel "decoded rate (Hz)":legend("top left")
local senders, results = lp.arange(1, a.n), {}
for k = 2, #RATES do
  local rate = RATES[k]
  local from, to = math.floor((k - 1) * part + 2 * WINDOW), math.floor(k * part)         -- without the first window
  local off = ((decoded.r:rows(from, to) - rate) / rate):abs():mean(1)
  local theory = lp.zeros(a.n)
  for n = 1, a.n do theory[n] = expected(n * rate * WINDOW / 1000) end
  fig[3]:line(senders, off, { label = ("%g Hz"):format(rate), color = k - 1 }):line(senders, theory, { color = "black", width = 0.6, dash = "dashed" })
  results[k - 1] = { ("theory_%g"):format(rate), (off / theory):slice(a.n // 10, a.n):mean() }
  results[#RATES] = { "worst_100", off[a.n] }
end
fig[3]:log "xy":xlim(1, a.n):xlabel "senders":ylabel "mean error, relative"
print("figure: " .. fig:save(a.out))

lp.result(results)
