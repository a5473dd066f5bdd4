--- A cochlear filter that compresses within a period: the dynamic compressive gammachirp (Irino & Patterson 2006, IEEE Transactions on Audio, Speech, and
--- Language Processing 14:2222). The louder a sound, the further a high-pass function moves up over a fixed gammachirp: the gain falls, the filter becomes
--- broader, and its best frequency falls. Output over level for tones at the peak, and the filter's shape at three levels, beside the equation of the filter
--- (Irino & Patterson 2001, Journal of the Acoustical Society of America 109:2008, equations 1 to 7).
--- Published: at_reference -1.5..1.5 dB (gain at 50 dB SPL: the filter is normalised there), equation 0..1.5 dB (how far the gain that is lost from 30 to 70 dB
--- is from that of the equation), slope 0.05..0.4 dB/dB (least: psychophysical compression at 2 kHz and above is 0.16 to 0.35, Oxenham & Plack 1997), peak_shift
--- -400..-10 Hz (best frequency at 80 dB less that at 30 dB: downwards)
--- Takes 2 s.
--- Run: lunapse examples/papers/irino_patterson_2006.lua [fr1=2000 duration=60 out=irino_patterson_2006.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { fr1 = 2000, duration = 60, out = "irino_patterson_2006.png" }

local RATE, B1, C1, B2, C2 = 44100, 1.81, -2.96, 2.17, 2.20
local fp1 = a.fr1 + C1 * B1 * h.erb_width(a.fr1) / 4                 -- Hz: the peak of the fixed gammachirp

--- Levels of a channel's output for tones of several frequencies and one level.
local function output(frequencies, level)
  local tones = h.tone(frequencies, a.duration, { rate = RATE }):ramp(5):level(level)
  local bank = h.dcgc(tones, lp.full(a.fr1, #frequencies))
  local rows = bank:process()
  return 20 * (rows:slice(math.floor(rows:shape() / 3), math.floor(rows:shape() * 0.85)):std(1) / 2e-5):log10()
end

--- The filter as an equation, dB: the gammachirp and the high-pass function for one estimate of the level.
local function equation(f, level)
  local fr2 = (0.466 + 0.0109 * level) * fp1
  local x, y = (f - a.fr1) / (B1 * h.erb_width(a.fr1)), (f - fr2) / (B2 * h.erb_width(fr2))
  return 20 * math.log((1 + x * x) ^ -2 * math.exp(C1 * math.atan(x) + C2 * math.atan(y)), 10)
end

local levels, io = lp.linspace(0, 100, 21), lp.zeros(21)
for k = 1, #levels do io[k] = output({ fp1 }, levels[k])[1] end
local slopes = (io:slice(2) - io:slice(1, -2)) / 5
local function gain_at(level) return lp.signal.interp(level, levels, io) - level end

local fig = lp.figure { rows = 1, columns = 2, width = "170 mm", height = "75 mm", style = "paper", letters = true }
fig[1]:line(levels, io, { color = "black", width = 2 }):line({ 0, 100 }, { 0, 100 }, { color = "gray", dash = "dashed" })
fig[1]:xlabel "tone (dB SPL)":ylabel "output (dB)":xlim(0, 100)
local f, best = lp.linspace(0.6, 1.4, 33) * fp1, {}
for _, level in ipairs { 30, 50, 80 } do
  local gain = output(f, level) - level
  best[level] = f[gain:argmax()]
  fig[2]:line(f, gain, { label = level .. " dB" })
end
fig[2]:xlabel "frequency (Hz)":ylabel "gain (dB)":legend "bottom"
print("figure: " .. fig:save(a.out))

local by_equation = equation(fp1, 30) - equation(fp1, 70)
lp.result { { "at_reference", gain_at(50) }, { "equation", math.abs(gain_at(30) - gain_at(70) - by_equation) }, { "lost", gain_at(30) - gain_at(70) },
  { "slope", slopes:min() }, { "peak_shift", best[80] - best[30] } }
