--- Bars of a matrix: groups with errors, stacks, and bars on their side.
local lp = require "lunapse"
local rates, names = { { 3, 2, 1 }, { 5, 1, 2 }, { 2, 4, 3 } }, { "one", "two", "three" }
local fig = lp.figure { columns = 3, width = "180 mm", height = "65 mm" }
fig[1]:bars(rates, { labels = names, label = { "exc", "inh", "ext" }, yerr = { { 0.3, 0.4, 0.2 }, { 0.5, 0.2, 0.3 }, { 0.3, 0.4, 0.2 } } })
fig[2]:bars(rates, { labels = names, label = { "exc", "inh", "ext" }, stacked = true })
fig[3]:bars({ 3, 5, 2 }, { labels = names, flat = true, xerr = 0.4 }):xlabel "rate (Hz)"
fig[1]:ylabel "rate (Hz)"
fig:legend "bottom":save "bars.png"
