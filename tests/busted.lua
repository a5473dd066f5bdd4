-- The specs run inside the host itself: tests/run starts it with this file.
require "busted.runner" { standalone = false }
