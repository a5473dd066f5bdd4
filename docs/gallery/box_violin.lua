--- How groups are spread: boxes with whiskers and outliers, and violins.
local lp = require "lunapse"
local k = lp.arange(1, 300)
local function drawn(mean, sd, seed) return mean + sd * ((k * 0.7548776662 + seed) % 1):log():negative():multiply(2):sqrt() * ((k * 0.5698402910) % 1 * 2 * math.pi):cos() end
local groups, names = { drawn(1, 0.5, 0.1), drawn(2, 0.3, 0.4), drawn(1.5, 0.8, 0.7):square() }, { "LIF", "AdEx", "HH" }
local fig = lp.figure { columns = 2, width = "160 mm", height = "70 mm", share_y = true }
fig[1]:boxplot(groups, { labels = names }):ylabel "CV"
fig[2]:violinplot(groups, { labels = names, color = "green" })
fig:save "box_violin.png"
