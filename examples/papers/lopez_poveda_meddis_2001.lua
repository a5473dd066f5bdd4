--- How the human cochlea compresses, from 250 Hz to 8 kHz: the dual resonance nonlinear filterbank (Lopez-Poveda & Meddis 2001, Journal of the Acoustical
--- Society of America 110:3107), with the mean parameters of their table III. Velocity of the basilar membrane over the level of tones at the best frequency, as
--- in figure 3, and its slope. A path with a broken-stick nonlinearity of exponent 10^-0.602 = 0.25 acts at middle levels, a linear one at high levels.
--- Published: slope 0.2..0.35 dB/dB (median over 2 and 4 kHz, 50 to 70 dB; the exponent c of the nonlinear path is 0.25), low 0.95..1.05 dB/dB (250 Hz at 30 to
--- 50 dB: linear), linear 0.9..1.2 dB/dB (4 kHz, above 90 dB), knee 10..45 dB (lower at higher frequencies: that at 500 Hz less that at 4 kHz)
--- Takes 2 s.
--- Run: lunapse examples/papers/lopez_poveda_meddis_2001.lua [duration=60 out=lopez_poveda_meddis_2001.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { duration = 60, out = "lopez_poveda_meddis_2001.png" }

local RATE, cfs = 50000, { 250, 500, 1000, 2000, 4000, 8000 }
local levels = lp.linspace(0, 100, 41)

--- Peak velocity (dB re 1 m/s) of one place for tones of all levels, a channel for each.
local function curve(cf)
  local tones = h.tone(lp.full(cf, #levels), a.duration, { rate = RATE }):ramp(5):level(levels)
  local rows = h.drnl(h.stapes(tones), lp.full(cf, #levels), { scale = 1 }):process()
  local n = rows:shape()
  return 20 * (rows:slice(n // 3, n - n // 6):std(1) * math.sqrt(2)):log10()
end

local fig = lp.figure { rows = 1, columns = 2, width = "170 mm", height = "80 mm", style = "paper", letters = true }
local slopes, knees = {}, {}
for _, cf in ipairs(cfs) do
  local io = curve(cf)
  local slope = (io:slice(2) - io:slice(1, -2)) / (levels[2] - levels[1])
  slopes[cf] = function(from, to)
    local is_between = levels:slice(1, -2):ge(from):both(levels:slice(2):le(to))
    return slope[is_between]
  end
  local bent = slope:lt(0.6)
  knees[cf] = bent:any() and levels[bent:argmax()] or levels[#levels]
  fig[1]:line(levels, io, { label = cf .. " Hz" })
  fig[2]:line(levels:slice(1, -2), slope)
end
fig[1]:xlabel "tone (dB SPL)":ylabel "velocity (dB re 1 m/s)":legend "bottom right"
fig[2]:xlabel "tone (dB SPL)":ylabel "slope (dB/dB)":ylim(-0.5, 1.5)
print("figure: " .. fig:save(a.out))

local middle = lp.array.join { slopes[2000](50, 70), slopes[4000](50, 70) }
lp.result { { "slope", middle:median() }, { "low", slopes[250](30, 50):median() }, { "linear", slopes[4000](90, 100):median() }, { "knee", knees[500] - knees[4000] } }
