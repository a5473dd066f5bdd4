--- Heat maps over the centres of their cells, which need not be equally far apart; a logarithmic norm; blank cells.
local lp = require "lunapse"
local tau, rate = lp.array { 1, 2, 5, 10, 20, 50, 100 }, lp.array { 5, 10, 15, 20, 30, 40, 60, 80 }
local error_of = (rate:reshape(8, 1) * tau:reshape(1, 7) / 300):square() + 0.01
error_of:set(8, 7, 0 / 0)
local fig = lp.figure { width = "100 mm", height = "75 mm" }
fig[1]:image(tau, rate, error_of, { norm = "log", map = "cividis", bar = "error" })
fig[1]:log "x":xlabel "\u{3c4} (ms)":ylabel "rate (Hz)"
fig:save "heatmap.png"
