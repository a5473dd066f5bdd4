--- Filters whose coefficients change while sound runs through them, brian2hears' examples time_varying_filter1 and 2: a band-pass filter with a Q of 5 whose centre
--- follows an Ornstein-Uhlenbeck process, or a sine of 10 Hz. The coefficients are expressions of another source.
--- Published: follows 0.9..1 (correlation of the sine and the strongest frequency of the output's spectrogram), follows_noise 0.7..1 (the same for the process)
--- Takes 1 s.
--- Run: lunapse examples/brian2hears/time_varying_filter.lua [seed=1 duration=300 out=time_varying_filter.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { seed = 1, duration = 300, out = "time_varying_filter.png" }

local RATE, Q = 20000, 5
local noise = h.white_noise(a.duration, { rate = RATE, seed = a.seed }):ramp()
local sine = h.silence(a.duration, { rate = RATE }):map "4000 + 1500*sin(2*pi*10*t/1000)"
local process = lp.noise_current { amplitude = 5000, sigma = 1200, tau = 100, to = a.duration, dt = 1000 / RATE, seed = a.seed + 1 }
local wander = h.silence(a.duration, { rate = RATE }):map("clip(f, 500, 9500)", { f = process })

--- Noise through a filter with this centre, Hz.
local function filtered(centre, every)
  return noise:iir({ { "sin(w)/2", 0, "-sin(w)/2", "1 + alpha", "-2*cos(w)", "1 - alpha" } }, {
    f = centre, rate = RATE, w = "2*pi*f/rate", width = 2 * 1.44269 * math.log(1 / (2 * Q) + math.sqrt(1 / (4 * Q * Q) + 1)), alpha = "sin(w)*sinh(log(2)/2*width*w/sin(w))",
  }, { every = every })
end

local fig = lp.figure { rows = 1, columns = 2, width = "180 mm", height = "80 mm", style = "paper", letters = true }
local found = {}
for k, case in ipairs { { sine, 1 }, { wander, 4 } } do
  local picture = h.spectrogram(filtered(case[1], case[2]), { window = 256, hop = 64, range = 40 })
  picture:draw(fig[k])
  local f = case[1]:process():flatten()
  local times, truth, strongest = picture.times, {}, {}
  for t = 3, #times - 3 do
    truth[#truth + 1] = f[math.floor(times[t] * RATE / 1000) + 1]
    local column, power, sum = picture.values:column(t), 0, 0
    for c = 1, #column do
      local p = 10 ^ (column[c] / 10)
      power, sum = power + p, sum + p * picture.frequencies[c]
    end
    strongest[#strongest + 1] = sum / power                                       -- the centre of gravity
  end
  fig[k]:line(times, lp.signal.interp(times, lp.array.arange(0, #f - 1) * 1000 / RATE, f), { color = "red", width = 1 })
  found[k] = lp.linalg.corrcoef(lp.array.stack { lp.array.from(truth), lp.array.from(strongest) }):get(1, 2)
end
print("figure: " .. fig:save(a.out))
lp.result { { "follows", found[1] }, { "follows_noise", found[2] } }
