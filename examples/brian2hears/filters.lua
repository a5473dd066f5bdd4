--- Banks of filters from brian2hears' examples gammatone, approximate_gammatone, log_gammachirp, linear_gammachirp, butterworth and IIRfilterbank: their responses to
--- a click, and what they make of noise. Where two of them should be the same filter, they are compared.
--- Published: alike 0.9..1 (correlation of the impulse responses of both gammatones at 1 kHz: one approximates the other, Hohmann 2002), glide_up 20..400 Hz
--- (the frequency of a gammachirp of c = -2, f + c/(2 pi t), rises along its response), glide_down -400..-20 Hz (c = 2), half_power -3.1..-2.9 dB (Butterworth at
--- its cutoff)
--- Takes 1 s.
--- Run: lunapse examples/brian2hears/filters.lua [seed=1 duration=100 out=filters.png]
local lp = require "lunapse"
local h = require "lunapse.hearing"
local a = lp.arguments { seed = 1, duration = 100, out = "filters.png" }

local RATE = 44100
local cf, noise = h.erbspace(100, 1000, 50), h.white_noise(a.duration, { rate = RATE, seed = a.seed }):ramp():level(50)
local banks = {
  { "gammatone",         function(s, f) return h.gammatone(s, f) end },
  { "equal sections",    function(s, f) return h.approximate_gammatone(s, f, 1.019 * h.erb_width(f)) end },
  { "log gammachirp",    function(s, f) return h.log_gammachirp(s, f, { b = 1.019, c = -2 }) end },
  { "linear gammachirp", function(s, f) return h.linear_gammachirp(s, f, lp.linspace(3, 0.3, #f)) end },
  { "band-pass",         function(s, f)
    local width, filters = lp.linspace(50, 300, #f), {}
    for k = 1, #f do
      local low = math.max(f[k] - width[k] / 2, 20)
      filters[k] = lp.signal.butter(2, { low, f[k] + width[k] / 2 }, { type = "band", fs = RATE })
    end
    return s:iir(filters)
  end },
  { "band-stop", function(s, f)
    local width, filters = lp.linspace(50, 300, #f), {}
    for k = 1, #f do
      local pass, stop = { f[k] - width[k] / 2, f[k] + width[k] / 2 }, { f[k] - width[k] / 4, f[k] + width[k] / 4 }
      filters[k] = lp.signal.iirdesign({ math.max(pass[1], 20), pass[2] }, stop, 1, 10, { fs = RATE })   -- Chebyshev, at most 1 dB lost, at least 10 dB
    end
    return s:iir(filters)
  end },
}

local click = h.sound({ 1 }, { rate = RATE }):resize(25)
local fig = lp.figure { rows = 2, columns = #banks, width = "300 mm", height = "110 mm", style = "paper" }
for k, bank in ipairs(banks) do
  fig[{ 1, k }]:line(lp.array.arange(0, click.n - 1) * 1000 / RATE, bank[2](click, lp.array.from { 500, 1000 }):process():column(1), { color = "black" })
  fig[{ 1, k }]:title(bank[1]):xlabel "time (ms)"
  fig[{ 2, k }]:image(bank[2](noise, cf):process():transpose(), { extent = { 0, a.duration, 1, #cf } }):xlabel "time (ms)":ylabel(k == 1 and "channel" or "")
end
print("figure: " .. fig:save(a.out))

local function response(bank, f) return bank(click, lp.array.from { f }):process():column(1):copy() end
local one, other = response(banks[1][2], 1000), response(banks[2][2], 1000)

--- The frequency of a response over time, from the phase of its analytic signal, where it is not small.
local function glide(c)
  local x = h.log_gammachirp(click, { 1000 }, { c = c }):process():column(1):copy()
  local z = lp.signal.hilbert(x)
  local phase = z:slice(2) * z:slice(1, -2):conj()
  local f, size = phase:arg() * (RATE / (2 * math.pi)), z:abs():slice(2)
  local top = size:argmax()
  local late = size:slice(top):lt(0.2 * size[top]):argmax() + top - 1
  return f[late] - f[top // 2]
end
local at = lp.signal.butter(2, 500, { fs = RATE })
local tone = h.tone(500, 200, { rate = RATE })
local rows = tone:iir(at):process()
local half = 20 * math.log(rows:slice(4000, 8000):column(1):std() * math.sqrt(2), 10)
lp.result { { "alike", lp.linalg.corrcoef(lp.array.stack { one, other }):get(1, 2) }, { "glide_up", glide(-2) }, { "glide_down", glide(2) }, { "half_power", half } }
