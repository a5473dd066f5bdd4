--- Noise through three models of the cochlea, brian2hears' examples cochlear_models, drnl and dcgc: the dual resonance nonlinear filterbank, the dynamic
--- compressive gammachirp, and the cat's hair cells of Tan & Carney. DRNL once more from its parts, as in the example drnl: the same numbers.
--- Published: same 0..1e-12 (largest difference of DRNL and its parts, of its largest value), compress 3..40 dB (by how much less than 40 dB the channels of DRNL
--- grow for 40 dB more sound; 40 for a linear filter)
--- Takes 2 s.
--- Run: lunapse examples/brian2hears/cochlear_models.lua [level=50 duration=50 seed=1 out=cochlear_models.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { level = 50, duration = 50, seed = 1, out = "cochlear_models.png" }

local RATE, cf = 50000, h.erbspace(100, 1000, 50)
local noise = h.white_noise(a.duration, { rate = RATE, seed = a.seed }):ramp()
local sound = noise:level(a.level)

local models = { { "DRNL", h.drnl, { cutoff_nonlinear = { -0.052, 1.1 } } }, { "DCGC", h.dcgc, { c1 = -2.96 } }, { "Tan & Carney", h.tan_carney, {} } }
local fig = lp.figure { rows = 1, columns = 3, width = "240 mm", height = "80 mm", style = "paper" }
for k, model in ipairs(models) do
  fig[k]:image(model[2](sound, cf, model[3]):process():transpose(), { extent = { 0, a.duration, 1, #cf } })
  fig[k]:title(model[1]):xlabel "time (ms)":ylabel(k == 1 and "channel" or "")
end
print("figure: " .. fig:save(a.out))

-- DRNL from its parts: parameters are 10^(p0 + m log10 cf)
local function law(p0, m) return 10 ^ (p0 + m * cf:log10()) end
local function low(source, cutoff, times)
  for _ = 1, times do source = source:lowpass(cutoff:table(), { order = 2 }) end
  return source
end
local stapes = sound * 1.4e-4                                                    -- m/s
local linear = h.approximate_gammatone(stapes, law(-0.067, 1.016), law(0.037, 0.785), { order = 2 }):gain(law(4.2, -0.48))
local centre, width = law(-0.052, 1.016), law(-0.031, 0.774)
local compressed = h.approximate_gammatone(stapes, centre, width, { order = 3 })
  :map("sign(x)*min(a*abs(x), b*abs(x)^c)", { a = law(1.402, 0.819), b = law(1.619, -0.818), c = 10 ^ -0.602 })
local parts = low(linear, law(-0.067, 1.016), 4) + low(h.approximate_gammatone(compressed, centre, width, { order = 3 }), centre, 3)
local whole = h.drnl(sound, cf):process()

local grown = (h.drnl(noise:level(90), cf):rms() / h.drnl(noise:level(50), cf):rms()):log10() * 20
lp.result { { "same", (parts:process() - whole):abs():max() / whole:abs():max() }, { "compress", 40 - grown:mean() } }
