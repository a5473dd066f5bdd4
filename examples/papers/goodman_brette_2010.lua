--- Where a sound comes from, by patterns of synchrony (Goodman & Brette 2010, PLoS Computational Biology 6:e1000993, their ideal model as in their example for
--- Brian). The sound at the left ear, filtered once more as a head filters for the right ear from a place, equals the sound at the right ear, filtered as for
--- the left one, if it comes from there: both spike in synchrony in the assembly of that place alone, at all frequencies. In the place of measured heads a
--- sphere (delays and shadow: Brown & Duda 1998, IEEE Trans Speech Audio Process 6:476) whose ears have an echo each, later from above in one, from below in
--- the other.
--- Published: error 0..20 (degrees, mean: the right place or a neighbour, which are 15 degrees apart in azimuth and 30 in elevation), contrast 2..50 (most
--- active assembly by the mean of all)
--- Takes 3 s.
--- Run: lunapse examples/papers/goodman_brette_2010.lua [duration=200 sources=2 channels=20 seed=1 threads=1 out=goodman_brette_2010.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { duration = 200, sources = 2, channels = 20, seed = 1, threads = 1, out = "goodman_brette_2010.png" }
local RATE, HEAD, LEFT, RIGHT = 44100, 0.255, -1, 1                    -- Hz; ms: radius of the head by the speed of sound
local places = {}
for el = -45, 45, 30 do for az = -75, 75, 15 do places[#places + 1] = { azimuth = az, elevation = el } end end

--- Angle between two directions, and between a direction and that of an ear.
local function between(p, q)
  local e, f, d = math.rad(p.elevation), math.rad(q.elevation), math.rad(p.azimuth - q.azimuth)
  return math.acos(math.max(-1, math.min(1, math.sin(e) * math.sin(f) + math.cos(e) * math.cos(f) * math.cos(d))))
end
local function incidence(place, side) return between(place, { azimuth = 90 * side, elevation = 0 }) end

--- What a sound becomes on its way to an ear: later, and with an echo.
local function travel(sound, place, side)
  local angle = incidence(place, side)
  local direct = sound:shift(HEAD * (angle < math.pi / 2 and 1 - math.cos(angle) or 1 + angle - math.pi / 2))
  return direct + 0.8 * direct:shift(0.25 + 0.2 * side * math.sin(math.rad(place.elevation)))
end

--- The shadow of the head: a pole and a zero.
local function shadow(place, side)
  local alpha, k = 1.05 + 0.95 * math.cos(incidence(place, side) * 180 / 150), 4 * RATE / 1000 * HEAD
  return { (alpha * k + 4) / (k + 4), (4 - alpha * k) / (k + 4), 0, (4 - k) / (k + 4), 0 }
end

local Ear = lp.neuron { name = "Ear", parameters = { tau = 1, sigma = 0.1, I = 0 }, equations = "dv/dt = (I - v)/tau + sigma*sqrt(2/tau)*xi",
  spike = "v > 1", reset = "v = 0", refractory = 5 }
local Detector = Ear:extend { name = "Detector", refractory = 0 }

local fig = lp.figure { rows = 1, columns = a.sources + 1, width = "180 mm", height = "70 mm", style = "paper", letters = true }
local cf, n = h.erbspace(150, 5000, a.channels):table(), #places * a.channels
local errors, contrasts = lp.zeros(a.sources), lp.zeros(a.sources)
for k = 1, a.sources do
  local source = places[lp.permutation(#places, a.seed)[k]]
  local noise = h.white_noise(a.duration, { seed = a.seed + k, rate = RATE })
  local sounds, shadows, channels, frequencies = {}, {}, {}, {}
  for _, side in ipairs { LEFT, RIGHT } do
    local heard = travel(noise, source, side):keep()
    for _, place in ipairs(places) do
      sounds[#sounds + 1] = travel(heard, place, -side)
      shadows[#sounds] = { shadow(source, side), shadow(place, -side) }
      table.move(cf, 1, #cf, #frequencies + 1, frequencies)
      while #channels < #frequencies do channels[#channels + 1] = #sounds end
    end
  end
  local cochlea = h.gammatone(h.join(sounds):iir(shadows):pick(channels), frequencies):map "15*clip(x, 0, inf)^(1/3)"

  local net = lp.network { dt = 1000 / RATE, seed = a.seed, threads = a.threads }
  local ears = net:population { name = "ears", size = 2 * n, neuron = Ear, drive = { I = cochlea } }
  local detectors = net:population { name = "detectors", size = n, neuron = Detector }
  for _, ear in ipairs { ears:slice(1, n), ears:slice(n + 1, 2 * n) } do
    net:project { from = ear, to = detectors, connect = lp.one_to_one(), weights = 0.5, synapse = lp.synapse { pre_spike = "post.v += w" } }
  end
  local spikes = net:record(detectors, "spike")
  net:run(a.duration)

  local response, azimuth, elevation, distance = spikes:rates():reshape(#places, a.channels):mean(2), {}, {}, {}
  for j, p in ipairs(places) do azimuth[j], elevation[j], distance[j] = p.azimuth, p.elevation, math.deg(between(source, p)) end
  local guess = response:argmax()
  errors[k], contrasts[k] = distance[guess], response:max() / response:mean()
  fig[k]:points(azimuth, elevation, { size = 12 * (response / response:max()):sqrt(), color = "blue", label = "response" })
  fig[k]:points({ source.azimuth }, { source.elevation }, { marker = "+", size = 9, color = "red", label = "source" })
  fig[k]:points({ azimuth[guess] }, { elevation[guess] }, { marker = "x", size = 7, color = "black", label = "estimate" })
  fig[k]:xlim(-85, 85):ylim(-60, 60):ticks("y", { -45, -15, 15, 45 }):xlabel "azimuth (degrees)":ylabel(k == 1 and "elevation (degrees)" or "")
  fig[a.sources + 1]:points(distance, response, { size = 3, marker = k % 2 == 1 and "o" or "^" })
end
fig[a.sources + 1]:xlabel "distance from source (degrees)":ylabel "rate of assembly (Hz)"
print("figure: " .. fig:legend("bottom", { columns = 3 }):save(a.out))
lp.result { { "error", errors:mean() }, { "exact", errors:lt(1):mean() }, { "contrast", contrasts:mean() } }
