--- For specs: f(...) raises an error whose message has these words.
local assert = require "luassert"

---@param wanted string
---@param f function
return function(wanted, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "nothing was refused")
  assert.truthy(tostring(message):find(wanted, 1, true), tostring(message))
end
