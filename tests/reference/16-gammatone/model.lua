local case = ...
local lp = require "lunapse"
local h = require "lunapse.hearing"
local rate, cf = 44100, h.erbspace(100, 5000, 10)

local list = case:read "coefficients.csv"
case:compare("cf", cf, list.cf, 1e-12)

local snd = h.sequence { h.silence(2), h.tone(440, 20):ramp(5), h.silence(3) }:level(65)
case:compare("sound", snd:samples(), case:read("sound.csv").x, 1e-12)

--- Rows of a filterbank against the columns c1 .. c10 of a file.
local function channels(file, rows, name)
  local expected = case:read(file)
  for k = 1, #cf do
    local got, channel = {}, rows:column(k)
    for r = 1, expected.n do got[r] = channel[expected.sample[r] + 1] end
    case:compare(("%s c%d"):format(name or file:match "^%w+", k), got, expected["c" .. k], 1e-8)
  end
end

local impulse = lp.zeros(case:read("impulse.csv").n)
impulse[1] = 1
channels("impulse.csv", h.gammatone(h.sound(impulse, { rate = rate }), cf):process())
channels("response.csv", h.gammatone(snd, cf):process())

-- The coefficients of the file, as sections of a filter.
local sections = {}
for k = 1, #cf do
  sections[k] = {}
  for s = 1, 4 do
    local gain = s == 1 and list.gain[k] or 1
    sections[k][s] = { 1 / rate / gain, list["A1" .. s][k] / gain, 0, list.B1[k], list.B2[k] }
  end
end
local same = h.sound(impulse, { rate = rate }):pick { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }:iir(sections):process()
channels("impulse.csv", same, "sections")

local neuron = lp.neuron {
  parameters = { tau = 10, v_rest = -0.07, v_th = -0.0698, I = 0 },
  equations = "tau * dv/dt = I + v_rest - v   : init = v_rest",
  spike = "v > v_th", reset = "v = v_rest", refractory = 4,
}
local net = case:network { dt = 1000 / rate }
local neurons = net:population { size = 10, neuron = neuron, drive = { I = h.gammatone(snd, cf):map "3 * max(x, 0)" } }
local spikes, initial = net:record(neurons, "spike"), neurons.v:table()
local v = net:record(neurons, "v")
net:run(snd.duration)
local expected = case:read "driven_v.csv"
for k = 1, 10 do
  local got, rows = {}, v.v:column(k)
  for r = 1, expected.n do
    local step = expected.step[r]
    got[r] = step == 0 and initial[k] or rows[step]
  end
  case:compare(("v[%d]"):format(k), got, expected[("v[%d]"):format(k)], 1e-8)
end
case:spikes("driven_spikes.csv", spikes)
