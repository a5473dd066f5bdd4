-- luacheck of `make lint`: everything that Lunapse is written in, and its specs.
std = "lua54"
max_line_length = 180
max_comment_line_length = false   -- types of options stand on one line
max_string_line_length = false
cache = false
ignore = {
  "212/self",   -- a method may have no use for its object
  "581",        -- `not (x < y)` is not `x >= y` where there is NaN
}
files["lua/lunapse/meta"] = { ignore = { "212", "241" } }   -- signatures of what is written in C
files["tests"] = { std = "lua54+busted" }
files["tests/**/*_spec.lua"] = { std = "lua54+busted" }
files["tests/reference/*/model.lua"] = { max_line_length = false }
