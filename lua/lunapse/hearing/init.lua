--- Hearing: sounds, cochlear filterbanks, and what drives neurons in time.
---
---     local h = require "lunapse.hearing"
---     local snd = h.sequence { h.silence(20), h.tone(440, 500):ramp(10), h.silence(20) }:level(65)
---     local ihc = h.gammatone(snd, h.erbspace(100, 5000, 10)):map "3 * clip(x, 0, inf)"
---     local an  = net:population { size = 10, neuron = AN, dt = 1000/44100, drive = { I_AN = ihc } }
---
--- Times in ms, frequencies and rates in Hz, levels in dB SPL with the samples in Pa.

require "lunapse.hearing.compute"

local artificial = require "lunapse.hearing.artificial"
local chirps = require "lunapse.hearing.chirps"
local cochlea = require "lunapse.hearing.cochlea"
local figures = require "lunapse.hearing.figures"
local filterbank = require "lunapse.hearing.filterbank"
local generate = require "lunapse.hearing.generate"
local hrtf = require "lunapse.hearing.hrtf"
local nerve = require "lunapse.hearing.nerve"
local power_law = require "lunapse.hearing.power_law"
local options = require "lunapse.options"
local scales = require "lunapse.hearing.scales"
local Sound = require "lunapse.hearing.sound"
local Source = require "lunapse.hearing.source"
local tan_carney = require "lunapse.hearing.tan_carney"
local timed = require "lunapse.hearing.timed"

local hearing = {
  sound = Sound.from, sequence = Sound.sequence, stereo = Sound.stereo, is_source = Source.is,
  Sound = Sound, Source = Source, Filterbank = filterbank.Filterbank,
}
for _, room in ipairs { generate, artificial, filterbank, cochlea, chirps, tan_carney, nerve, power_law, hrtf, scales, timed, figures } do
  for name, value in pairs(room) do hearing[name] = value end
end

return setmetatable(hearing, { __index = function(_, name)
  return options.missing("lunapse.hearing", name, options.methods { hearing })
end })
