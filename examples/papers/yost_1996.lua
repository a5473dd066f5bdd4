--- The pitch of iterated ripple noise (Yost 1996, Journal of the Acoustical Society of America 100:511): noise that is delayed by d, attenuated and added to
--- itself, n times over, has a pitch of 1/d, the stronger the more often. How strong follows the height of the first peak of the autocorrelation, n/(n + 1) for
--- a gain of 1. Here of the sound, and of what a cochlea makes of it: channels are rectified, autocorrelated and added (a summary correlogram).
--- Published: worst 0..0.03 (of 1, 2, 4, 8 and 16 iterations, how far the first peak is from n/(n + 1)), pitch 98..102 Hz (of the summary's peak, for d = 10 ms
--- and 16 iterations), grows 1..1 (does the summary's peak grow with n?)
--- Takes 2 s.
--- Run: lunapse examples/papers/yost_1996.lua [delay=10 duration=500 channels=15 seed=1 out=yost_1996.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { delay = 10, duration = 500, channels = 15, seed = 1, out = "yost_1996.png" }

local RATE, LONGEST, counts = 20000, 25, { 0, 1, 2, 4, 8, 16 }                     -- Hz; ms
local lags = lp.array.arange(0, LONGEST * RATE // 1000) * 1000 / RATE
local at = math.floor(a.delay * RATE / 1000) + 1

local fig = lp.figure { rows = 1, columns = 3, width = "240 mm", height = "75 mm", style = "paper", letters = true }
local heights, summaries, worst, pitch = {}, {}, 0, 0
for k, n in ipairs(counts) do
  local sound = h.ripple_noise(a.delay, 1, n, a.duration, { rate = RATE, seed = a.seed }):level(60)
  local correlation = lp.signal.autocorrelation(sound:samples(), #lags - 1)
  heights[k] = correlation[at]
  worst = math.max(worst, math.abs(heights[k] - n / (n + 1)))

  local cochlea, sum = h.gammatone(sound, h.erbspace(100, 4000, a.channels)):map "clip(x, 0, inf)":process(), lp.zeros(#lags)
  for c = 1, a.channels do sum = sum + lp.signal.autocorrelation(cochlea:column(c), #lags - 1) / a.channels end
  summaries[k] = sum[at]
  if n == 0 or n == 2 or n == 16 then fig[1]:line(lags, correlation, { label = n .. " times" }) fig[2]:line(lags, sum, { label = n .. " times" }) end
  if n == 16 then pitch = 1000 / lags[sum:slice(at // 2 + 1, at + at // 2):argmax() + at // 2] end
end
fig[1]:xlabel "delay (ms)":ylabel "autocorrelation":ylim(-0.1, 1.4):legend "top right"
fig[2]:xlabel "delay (ms)":ylabel "summary of channels"
local fine = lp.linspace(0, 16, 100)
fig[3]:line(fine, fine / (fine + 1), { color = "gray", label = "n/(n + 1)" }):points(counts, heights, { color = "black", label = "sound" })
fig[3]:points(counts, summaries, { color = "red", label = "cochlea" }):xlabel "iterations":ylabel "first peak":legend "bottom right"
print("figure: " .. fig:save(a.out))

local is_growing = true
for k = 2, #counts do is_growing = is_growing and summaries[k] > summaries[k - 1] end
lp.result { { "worst", worst }, { "pitch", pitch }, { "grows", is_growing and 1 or 0 }, { "first_peak_16", heights[#counts] } }
