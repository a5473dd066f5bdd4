rockspec_format = "3.0"
package = "lunapse"
version = "scm-1"
source = { url = "file://." }   -- for `luarocks make` in a checkout
description = {
  summary = "A neural-network simulation host: equations as text, experiments in Lua",
  detailed = "Neuron and synapse models are written as equations, compiled to SIMD kernels, and driven by Lua scripts.",
  license = "MIT",
}
supported_platforms = { "unix" }
dependencies = { "lua ~> 5.4" }
-- The libraries whose headers lie where luarocks looks; HDF5 does not (pkg-config knows where).
external_dependencies = {
  CAIRO = { header = "cairo/cairo.h" },
  PNG = { header = "png.h" },
  SNDFILE = { header = "sndfile.h" },
  ZIP = { header = "zip.h" },
  EDITLINE = { header = "histedit.h" },
  RANDOM123 = { header = "Random123/philox.h" },
}
-- The program `lunapse` is what runs scripts; the module is there so that `require "lunapse"` in stock Lua says so.
build = {
  type = "make",
  install = { lua = { lunapse = "lua/lunapse/init.lua" } },
  build_variables = { PREFIX = "$(PREFIX)" },
  install_variables = { PREFIX = "$(PREFIX)" },
}
