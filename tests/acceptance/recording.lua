-- Recording and analysis as users of ANNarchy and Brian 2 know it: section 6 of the features, row by row. An entry: what it shows, the peers' words for it (lp.help knows each); `code`, what is written here,
-- with `net` (dt = 1 ms), `cells` (4 neurons whose v is t*i after each step, and which spike in the middle of what `spikes` lists), `proj` and `lp` at hand; `gives`, what it returns, by the semantics
-- of our own (docs/numerics.md says where they differ from the peers'); or `refused`: what is said.
return {
  { "a variable, a row for each time, a column for each neuron", "Monitor, StateMonitor", code = [[
      local m = net:record(cells, "v")
      net:run(3)
      return m.t:table(), { m.v:shape() }, m.v:row(3):table() ]], gives = { { 1, 2, 3 }, { 3, 4 }, { 2, 4, 6, 8 } } },
  { "several variables, with a period, of some neurons", "Monitor, StateMonitor", code = [[
      local m = net:record(cells:select { 4, 2 }, { "v", "w" }, { every = 2 })
      net:run(5)
      return m.t:table(), m.v:flatten():table(), { m.w:shape() } ]], gives = { { 2, 4 }, { 4, 2, 12, 6 }, { 2, 2 } } },
  { "reading takes nothing away; clear does", "get_record", code = [[
      local m = net:record(cells, "v")
      net:run(2)
      local before = m.v:size()
      m:clear()
      local cleared = m:count()
      net:run(1)
      return before, m.v and cleared, m.t:table() ]], gives = { 8, 0, { 3 } } },
  { "spikes: neurons and times in ms, trains, counts", "SpikeMonitor, spike_trains", code = [[
      local s = net:record(sources, "spike")
      net:run(10)
      local trains = s:trains()
      return s.neuron:table(), s.t:table(), trains[1]:table(), trains[3]:table(), s:count() ]], gives = { { 1, 2, 1, 1 }, { 1, 2, 3, 7 }, { 1, 3, 7 }, {}, 4 } },
  { "variables at the spikes", "EventMonitor", code = [[
      local s = net:record(firing, "spike", { with = "v" })
      net:run(3)
      return s.t:table(), s.v:table() ]], gives = { { 1, 2 }, { 1, 2 } } },
  { "weights, now and then", "get_record", code = [[
      local m = net:record(proj, "w", { every = 5 })
      net:run(10)
      return { m.w:shape() }, m.w:row(2):min(), m.w:row(2):max(), m.t:table() ]], gives = { { 2, 16 }, 0.5, 0.5, { 5, 10 } } },
  { "some synapses", "StateMonitor", code = [[
      local m = net:record(proj, "w", { of = { 2, 6, 10, 14 } })
      net:run(1)
      return { m.w:shape() } ]], gives = { { 1, 4 } } },
  { "pause, resume, and when that was", "Monitor", code = [[
      local m, s = net:record(cells, "v"), net:record(sources, "spike")
      net:run(2)
      m:pause() ; s:pause()
      net:run(2)
      m:resume() ; s:resume()
      net:run(1)
      return m.t:table(), s.spans, s.t:table() ]], gives = { { 1, 2, 5 }, { { 0, 2 }, { 4, 5 } }, { 1 } } },
  { "a raster", "raster_plot", code = [[
      local s = net:record(sources, "spike")
      net:run(10)
      local t, n = s:raster()
      return t:table(), n:table() ]], gives = { { 1, 2, 3, 7 }, { 1, 2, 1, 1 } } },
  { "the mean rate: spikes by neurons by the duration of the recording", "mean_fr", code = [[
      local s = net:record(sources, "spike")
      net:run(10)
      return s:mean_rate(), s:rates():table() ]], gives = { 100, { 300, 100, 0, 0 } } },
  { "the rate of each neuron from its intervals", "smoothed_rate", code = [[
      local s = net:record(sources, "spike")
      net:run(10)
      local r = s:smoothed_rate(0)
      return { r:shape() }, r:row(1):table() ]], gives = { { 4, 10 }, { 0, 500, 500, 250, 250, 250, 250, 0, 0, 0 } } },
  { "the rate of the population", "PopulationRateMonitor, smooth_rate", code = [[
      local s = net:record(sources, "spike")
      net:run(10)
      return s:population_rate(5):table() ]], gives = { { 150, 50 } } },
  { "a histogram of the spikes, from the start of the recording on", "binned_rate", code = [[
      local s = net:record(sources, "spike")
      net:run(9)
      return s:histogram(3):table() ]], gives = { { 2, 1, 1 } } },
  { "intervals, and how irregular they are", "inter_spike_interval, coefficient_of_variation", code = [[
      local s = net:record(sources, "spike")
      net:run(10)
      local isi = s:isi()
      return isi[1]:table(), isi[2]:table(), s:cv()[1] ]], gives = { { 2, 4 }, {}, 1/3 } },
  { "what a variable is on average, without all of its values", "", code = [[
      local m = net:record(averaging, "m")
      net:run(2)
      return m.m:flatten():table() ]], gives = { { 0, 2.5 } } },
  { "recordings that take much of the free memory are told before the run", "", code = [[
      local loud = lp.network { dt = 1, tier = "interpreter" }
      loud:record(loud:population { name = "many", size = 1000, neuron = lp.neuron { equations = "v = t*i" } }, "v")
      loud:at(1, function() loud:stop() end)
      return warned(function() loud:run(2^40) end):match "the recording of population 'many' will need about" ]],
    gives = { "the recording of population 'many' will need about" } },
  { "saved as .npz, .h5, .csv", "get_data", code = [[
      local m = net:record(cells, { "v", "w" })
      net:run(2)
      m:save(path "m.npz") ; m:save(path "m.h5") ; m:save(path "m.csv")
      return lp.read(path "m.npz").v:row(2):table(), (lp.read(path "m.h5", "cells/v")):row(2):table(), lp.read(path "m.csv").v_4:table() ]],
    gives = { { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 0, 4 } } },
  { "as one array in a file of numpy", "get_data", code = [[
      local m = net:record(cells, "v")
      net:run(2)
      lp.write(path "v.npy", m.v)
      return lp.read(path "v.npy"):row(2):table() ]], gives = { { 1, 2, 3, 4 } } },
  { "what is not there is told", "Monitor", code = [[ return net:record(cells, "u") ]], refused = "unknown variable 'u'" },
}
