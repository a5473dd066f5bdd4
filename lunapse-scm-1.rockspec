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
external_dependencies = {
  CAIRO = { header = "cairo/cairo.h" },
  PNG = { header = "png.h" },
  SNDFILE = { header = "sndfile.h" },
  HDF5 = { header = "hdf5.h" },
  ZIP = { header = "zip.h" },
  EDITLINE = { header = "histedit.h" },
  RANDOM123 = { header = "Random123/philox.h" },
}
build = {
  type = "make",
  build_variables = { PREFIX = "$(PREFIX)" },
  install_variables = { PREFIX = "$(PREFIX)" },
}
