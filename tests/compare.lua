--- Assertions on numbers that may differ by rounding.
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

return compare
