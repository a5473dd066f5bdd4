--- Assertions that several specs share: numbers that may differ by rounding, arrays, errors.
local assert = require "luassert"

local compare = {}

--- |expected - value| is at most `tolerance` (1e-12) of |expected|, or of 1 where that is larger.
function compare.near(expected, value, tolerance)
  assert(math.abs(expected - value) <= (tolerance or 1e-12) * math.max(1, math.abs(expected)), ("expected %.17g, got %.17g"):format(expected, value))
end

--- `near` for each element of two lists of one length.
function compare.all_near(expected, values, tolerance)
  assert(#expected == #values, ("expected %d values, got %d"):format(#expected, #values))
  for k = 1, #expected do compare.near(expected[k], values[k], tolerance) end
end

--- |expected - value| is at most `tolerance` (1e-12).
function compare.within(expected, value, tolerance)
  assert(math.abs(expected - value) <= (tolerance or 1e-12), ("expected %.17g, got %.17g"):format(expected, value))
end

--- An array holds what the (nested) list does.
function compare.same(expected, a) assert.are.same(expected, a:table()) end

--- The message of the error that `f` raises, without the place in front.
function compare.fails(f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "no error was raised")
  return (tostring(message):gsub("^.-:%d+: ", ""))
end

return compare
