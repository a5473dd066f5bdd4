--- All colour maps, by what they are for.
local lp = require "lunapse"
lp.colormaps.figure():save "colormaps.png"
