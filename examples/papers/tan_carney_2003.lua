--- Auditory nerve fibres of the cat (Tan & Carney 2003, Journal of the Acoustical Society of America 114:2007): a filter whose bandwidth a control path sets, the
--- inner hair cell, the synapse (Zhang et al. 2001, the same 109:648). As in figure 7 the output of the filter over level at four characteristic frequencies:
--- it compresses more at high ones. As in figure 11 the rates of a fibre of 2200 Hz over frequency, and its phase, relative to that at 90 dB.
--- Published: drop_500 0..25 dB, drop_4000 20..60 dB (gain lost from 0 to 80 dB; figure 7: compression grows with the frequency), ordered 1..1 (it does from 500
--- to 1100 to 4000 Hz), rate 130..400 Hz (the largest over 50 ms: between what lasts of a loud tone, A_SS = 130 Hz, and its onset), still 40..60 Hz (far below
--- the characteristic frequency at 10 dB: the spontaneous rate, 50 Hz), phase_spread 0.02..0.75 pi (50 dB re 90 dB, median; figure 11: from -0.5 to 0.75 pi)
--- Takes 3 s.
--- Run: lunapse examples/papers/tan_carney_2003.lua [duration=50 out=tan_carney_2003.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { duration = 50, out = "tan_carney_2003.png" }
local RATE = 50000

--- Tones of these frequencies and levels through the middle ear, a channel for each pair.
local function tones(frequencies, levels) return h.middle_ear(h.tone(frequencies, a.duration, { rate = RATE }):ramp(2.5):level(levels)) end

-- figure 7
local fig = lp.figure { rows = 1, columns = 3, width = "240 mm", height = "75 mm", style = "paper", letters = true }
local levels, drops = lp.linspace(-10, 100, 12), {}
for _, cf in ipairs { 500, 1100, 2000, 4000 } do
  local same = lp.full(cf, #levels)
  local rows = h.tan_carney(tones(same, levels), same, { output = "filter" }):process()
  local n = rows:shape()
  local rms = rows:slice(n // 5, n - n // 10):std(1)
  local gain = 20 * rms:log10() - levels
  drops[cf] = gain[2] - gain[10]                                     -- 0 and 80 dB
  fig[1]:line(levels, rms / rms[1] * 1e-5, { label = cf .. " Hz" })
end
fig[1]:log "y":xlabel "tone (dB SPL)":ylabel "rms (1e-5 at -10 dB)":legend "bottom right"

-- figure 11
local CF, loud = 2200, { 10, 30, 50, 70, 90 }
local f = lp.linspace(250, 3500, 40)
local frequency, level = {}, {}
for k = 1, #f do for _, l in ipairs(loud) do frequency[#frequency + 1], level[#level + 1] = f[k], l end end
local bank = h.tan_carney(tones(frequency, level), lp.full(CF, #level), { every = 2 })
local net = lp.network { dt = 1000 / RATE, seed = 1 }
local nerve = net:population { size = #level, neuron = h.zhang_synapse { cf = CF }, drive = { V_ihc = bank } }
local s = net:record(nerve, "s")
net:run(bank.duration)
local rate = s.s:mean(1):reshape(#f, #loud)

local t = lp.array.arange(0, bank.n - 1) / RATE
local phase = lp.zeros(#f, #loud)
for k = 1, #level do
  local turn = 2 * math.pi * frequency[k] * t
  local column = s.s:column(k)
  phase:set((k - 1) // #loud + 1, (k - 1) % #loud + 1, math.atan((turn:sin() * column):sum(), (turn:cos() * column):sum()) / math.pi)
end
local near = f:ge(1100):both(f:le(2900))
local relative = phase - phase:column(#loud):expand()
relative = relative - 2 * (relative / 2):round()
for l, label in ipairs(loud) do
  fig[2]:line(f, rate:column(l))
  fig[3]:line(f[near], relative:column(l)[near], { label = label .. " dB" })
end
fig[2]:xlabel "frequency (Hz)":ylabel "spikes/s":ylim(0, 350)
fig[3]:xlabel "frequency (Hz)":ylabel "phase re 90 dB (pi)":ylim(-0.5, 0.75):legend "top left"   -- for both
print("figure: " .. fig:save(a.out))

lp.result { { "drop_500", drops[500] }, { "drop_4000", drops[4000] }, { "ordered", drops[500] < drops[1100] and drops[1100] < drops[4000] and 1 or 0 },
  { "rate", rate:max() }, { "still", rate:column(1):slice(1, 5):mean() }, { "phase_spread", relative:column(3)[near]:abs():median() } }
