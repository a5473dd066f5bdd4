--- What spikes say: rates, intervals, correlations, distances between trains, surrogates.
---
--- Every function takes a record of spikes, a table with the fields
---   neuron  array of neuron numbers, from 1         t   array of times in ms, of the same length
---   n       number of neurons                       from, to   ms: the time that the recording covers, to excluded
---   dt      ms: the time step (for smoothed rates; elsewhere it only forgives rounding)
---   neurons the numbers of the n neurons that were recorded, where these are not 1..n: results have an entry for each, in this order
---   spans   { { from, to }, ... } in ms: the stretches of time that were recorded, where that was not all of from..to
---   with    what more is known of each spike: name -> array, of the same length; its names are fields of the record, too
--- Spikes before `from` and from `to` on are left out, and time that was not recorded does not count. Rates are in Hz, times in ms. What the recorders of a
--- network return is such a record; `lp.analysis.record` checks one that you make yourself.
-- This folder (analysis) has what is computed from recordings and rules, on the public API alone.

local options = require "lunapse.options"
local record = require "lunapse.analysis.record"

local analysis = record.methods

for _, part in ipairs { "rates", "intervals", "correlations", "distances", "surrogates", "spectra" } do
  for name, f in pairs(require("lunapse.analysis." .. part)) do analysis[name] = f end
end

--- A record of spikes, checked: fields that are unknown, missing or do not fit are errors that say so; tables become arrays. What is here are methods of it.
---@param s SpikeRecord
---@return SpikeRecord  within its window, in the order of time
function analysis.record(s)
  record.check_fields(s)
  return record.prepare(s)
end

return setmetatable(analysis, { __index = function(_, name) return options.missing("lp.analysis", name, options.methods { analysis }) end })
