--- What tests/numeric/make.py does in Python, in Lua: draws and checksums, and the comparison with the values that it wrote.
local lp = require "lunapse"
local array = lp.array
local reference = {}
local kept

local Draw = {}
Draw.__index = Draw

--- splitmix64, seeded by the name of the function and the number of the case.
function reference.draw(name, case)
  local h = 0
  for k = 1, #name do h = (h * 31 + name:byte(k)) % 0x100000000 end
  return setmetatable({ state = (h << 16) + case }, Draw)
end

--- A number in 0 .. 1.
function Draw:__call()
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ z >> 30) * 0xBF58476D1CE4E5B9
  z = (z ~ z >> 27) * 0x94D049BB133111EB
  return ((z ~ z >> 31) >> 11) * 2.0 ^ -53
end

function Draw:whole(low, high) return low + math.floor(self() * (high - low + 1)) end

function Draw:reals(...)
  local n, values = 1, {}
  for _, length in ipairs { ... } do n = n * length end
  for k = 1, n do values[k] = 2 * self() - 1 end
  return array.from(values):reshape(...)
end

--- Real in two of three cases, else complex.
function Draw:numbers(...)
  local re = self:reals(...)
  return self() > 2 / 3 and array.complex(re, self:reals(...)) or re
end

--- The elements weighted by cos(1), cos(2), ... (imaginary parts by sin) and added up, and the sum of their magnitudes.
local function checksum(results)
  local parts = {}
  for i, r in ipairs(results) do
    if type(r) == "boolean" then r = r and 1 or 0 end
    parts[i] = (array.is(r) and r or array.from(r)):flatten():astype "complex128"
  end
  local flat = array.join(parts)
  local k = array.arange(1, #flat)
  return (flat:real() * k:cos()):sum() + (flat:imag() * k:sin()):sum(), flat:abs():sum()
end

--- Run `f(draw)` for every case of `name`. Results differ from the kept ones by 1e-12 of the sum of magnitudes, or by as many roundings as the
--- condition number says, where `f` gives one: `f` returns a list of results and, where the problem is conditioned, that number.
function reference.compare(name, f)
  kept = kept or lp.read "tests/numeric/values.npz"
  local values = kept[name] or error("tests/numeric/make.py has no case " .. name, 0)
  for k = 1, #values do
    local results, condition = f(reference.draw(name, k))
    local sum, size = checksum(results)
    local bound = math.max(1e-12, 16 * 2.0 ^ -52 * (condition or 0)) * math.max(size, 1e-300)
    if not (math.abs(sum - values[k]) <= bound) then
      error(("%s, case %d: %.17g, numpy has %.17g, and %.3g is allowed"):format(name, k, sum, values[k], bound), 0)
    end
  end
end

return reference
