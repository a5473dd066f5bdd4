-- luacheck of `make lint`: everything that Lunapse is written in, and its specs.
std = "lua54"
max_line_length = 160
cache = false
files["tests"] = { std = "lua54+busted" }
files["tests/*_spec.lua"] = { std = "lua54+busted" }
