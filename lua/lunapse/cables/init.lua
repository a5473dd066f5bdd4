--- The shapes of neurons: what is public of them.
local plot = require "lunapse.cables.plot"          -- methods of sections
local swc = require "lunapse.cables.swc"

return { places = require("lunapse.cables.places").places, section = plot.section, cylinder = plot.cylinder, sphere = plot.sphere, morphology = swc.morphology }
