--- Bayesian optimisation: a Gaussian process through the values so far says where the largest improvement is to be expected (Jones, Schonlau & Welch 1998; Snoek, Larochelle
--- & Adams 2012). Of several points at once each is chosen as if those before it had the values that are expected of them (Ginsbourger, Le Riche & Carraro 2010).
local array = require "lunapse.array"
local cma_es = require "lunapse.fit.cma_es"
local gaussian_process = require "lunapse.fit.gaussian_process"

local CANDIDATES, NEAR = 300, 60          -- random points among which the search for the next one begins: anywhere, and near to the best so far

---@class Bayes
local Bayes = {}
Bayes.__index = Bayes

--- The expected improvement below `best` at points [m][d]. The normal distribution is that of Abramowitz & Stegun (1964), 26.2.17, within 7.5e-8.
local function improvement(process, points, best)
  local mean, sd = process:at(points)
  local z = (best - mean) / sd
  local density = (z * z * -0.5):exp() * (1 / math.sqrt(2 * math.pi))
  local t = 1 / (z:abs() * 0.2316419 + 1)
  local tail = density * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (best - mean) * z:ge(0):select(1 - tail, tail) + sd * density
end

--- Values as the process sees them: their distance from the best one by its logarithm, in parts of the median, so that what is far away, or has no value and counts as the
--- worst that has one, does not hide what is near.
local function compressed(list)
  local y = array.from(list, "float64")
  local finite = y[y:lt(math.huge)]
  if #finite == 0 then return array.zeros(#y) end
  y = y:minimum(finite:max()) - finite:min()
  local middle = y:median()
  return (y / (middle > 0 and middle or math.max(y:max(), 1e-300))):log1p()
end

--- Where the expected improvement is largest: the best of many random points, then uphill.
local function most_promising(self, process, best, around)
  local random = self.chance:uniform(CANDIDATES * self.d):reshape(CANDIDATES, self.d)
  local near = (self.chance:normal(NEAR * self.d):reshape(NEAR, self.d) * 0.05 + array.from(around, "float64")):clip(0, 1)
  local points = array.join { random, near }
  local gain = improvement(process, points, best)
  local start = points[gain:argmax()]:table()
  local found, most = start, gain:max()
  local uphill = cma_es(self.d, { population = 20, chance = self.chance, start = start, step = 0.05 })
  for _ = 1, 15 do
    local asked = uphill:ask()
    local gains = improvement(process, array.from(asked, "float64"), best)
    uphill:tell((gains * -1):table())
    if gains:max() > most then found, most = asked[gains:argmax()], gains:max() end
  end
  return found
end

--- Where the process knows least. The last point of a generation is there: so no part of the cube stays out of sight because the first values spoke against it.
local function least_known(self, process)
  local points = self.chance:uniform(CANDIDATES * self.d):reshape(CANDIDATES, self.d)
  local _, sd = process:at(points)
  return points[sd:argmax()]:table()
end

--- The points whose values are wanted next, at most `most`.
---@param most integer
---@return number[][]
function Bayes:ask(most)
  local n = math.min(self.n, most)
  if #self.first > self.n_first_asked then
    local from = self.n_first_asked + 1
    self.n_first_asked = math.min(#self.first, self.n_first_asked + n)
    return table.move(self.first, from, self.n_first_asked, 1, {})
  end
  local process = gaussian_process.new(array.from(self.x, "float64"), compressed(self.y), { chance = self.chance, before = self.place })
  self.place = process.place
  local expected = process:at(array.from(self.x, "float64"))
  local best, around = expected:min(), self.x[expected:argmin()]     -- not the least value: that may be noise
  local points = {}
  for k = 1, n do
    points[k] = k == n and n > 1 and least_known(self, process) or most_promising(self, process, best, around)
    if k < n then process = process:believe(array.from({ points[k] }, "float64")) end
  end
  return points
end

--- The values of the points of the last `ask`.
---@param values number[]
---@param points number[][]
function Bayes:tell(values, points)
  for k, x in ipairs(points) do
    self.x[#self.x + 1], self.y[#self.y + 1] = table.move(x, 1, #x, 1, {}), values[k]
  end
end

--- A search that begins with points spread over the cube.
---@param d integer
---@param opt { population: integer, chance: Chance, start?: number[] }
---@return Bayes
return function(d, opt)
  local first = opt.chance:hypercube(math.max(4, 2 * d + 2), d)
  if opt.start then first[1] = opt.start end
  return setmetatable({ d = d, n = opt.population, chance = opt.chance, first = first, n_first_asked = 0, x = {}, y = {} }, Bayes)
end
