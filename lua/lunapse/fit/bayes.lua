--- Bayesian optimisation: a Gaussian process through the values so far says where the largest improvement is to be expected (Jones, Schonlau & Welch 1998; Snoek, Larochelle
--- & Adams 2012). Of several points at once each is chosen as if those before it had the values that are expected of them (Ginsbourger, Le Riche & Carraro 2010).
---
--- Where a target is to be hit, the processes are those of what the runs give, not of its distance from the target (Astudillo & Frazier 2019): a rate is a smooth function of a
--- weight, its distance from 30 Hz has a kink just where it matters, and which side a point is on is lost in it. What distance is to be expected then follows from draws.
local array = require "lunapse.array"
local cma_es = require "lunapse.fit.cma_es"
local gaussian_process = require "lunapse.fit.gaussian_process"

local CANDIDATES, NEAR = 300, 60          -- random points among which the search for the next one begins: anywhere, and near to the best so far
local DRAWS = 128                         -- of what a run may give, to say how far that is from the target

---@class Bayes
local Bayes = {}
Bayes.__index = Bayes

--- The expected improvement below `best` of values with this mean and standard deviation. The normal distribution is that of Abramowitz & Stegun (1964), 26.2.17, within 7.5e-8.
local function improvement_of_value(mean, sd, best)
  local z = (best - mean) / sd
  local density = (z * z * -0.5):exp() * (1 / math.sqrt(2 * math.pi))
  local t = 1 / (z:abs() * 0.2316419 + 1)
  local tail = density * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (best - mean) * z:ge(0):select(1 - tail, tail) + sd * density
end

--- Draws of the distance from the target at points: [points][draws].
local function distances(self, processes, points)
  local sum
  for j, process in ipairs(processes) do
    local mean, sd = process:at(points)
    local off = sd:expand() * self.draws[j] + (mean - self.target[j]):expand()
    sum = sum and sum:add(off * off) or off * off
  end
  return sum:sqrt()
end

--- What is expected at points.
local function expected(self, processes, points)
  if self.target then return distances(self, processes, points):mean(2) end
  return (processes[1]:at(points))
end

--- The expected improvement below `best` at points.
local function improvement(self, processes, points, best)
  if self.target then return (best - distances(self, processes, points)):maximum(0):mean(2) end
  local mean, sd = processes[1]:at(points)
  return improvement_of_value(mean, sd, best)
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

--- What runs gave in place j of the target; a run that failed counts as that which is farthest from it.
local function outputs(self, j)
  local y, farthest = {}, self.target[j]
  for k, answer in ipairs(self.answers) do
    y[k] = answer[j]
    if y[k] < math.huge and math.abs(y[k] - self.target[j]) >= math.abs(farthest - self.target[j]) then farthest = y[k] end
  end
  for k = 1, #y do
    if y[k] == math.huge then y[k] = farthest end
  end
  return array.from(y, "float64")
end

--- Their standard errors; nil where one is not known.
local function errors_of(self, j)
  local e = {}
  for k, answer in ipairs(self.answers) do
    e[k] = answer[#self.target + j]
    if not (e[k] >= 0) then return nil end
  end
  return array.from(e, "float64")
end

--- The processes through all that is known: one for each place of the target.
local function processes_of(self)
  if self.known == #self.x then return self.processes end
  local x = array.from(self.x, "float64")
  for j = 1, self.target and #self.target or 1 do
    local y, errors = self.target and outputs(self, j) or compressed(self.y), self.target and errors_of(self, j)
    local process = gaussian_process.new(x, y, { chance = self.chance, before = self.place[j], errors = errors })
    self.processes[j], self.place[j] = process, process.place
  end
  self.known = #self.x
  return self.processes
end

--- Where a function of points is largest: the best of many random points, then uphill.
local function highest(self, of, around)
  local random = self.chance:uniform(CANDIDATES * self.d):reshape(CANDIDATES, self.d)
  local near = (self.chance:normal(NEAR * self.d):reshape(NEAR, self.d) * 0.05 + array.from(around, "float64")):clip(0, 1)
  local points = array.join { random, near }
  local gain = of(points)
  local start = points[gain:argmax()]:table()
  local found, most = start, gain:max()
  local uphill = cma_es(self.d, { population = 20, chance = self.chance, start = start, step = 0.05 })
  for _ = 1, 15 do
    local asked = uphill:ask()
    local gains = of(array.from(asked, "float64"))
    uphill:tell((gains * -1):table())
    if gains:max() > most then found, most = asked[gains:argmax()], gains:max() end
  end
  return found
end

--- Where the process knows least. The last point of a generation is there: so no part of the cube stays out of sight because the first values spoke against it. (A process of
--- what runs give sees it anyway: a value that nothing is known about may hit the target.)
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
  local processes = table.move(processes_of(self), 1, #self.place, 1, {})
  local at_tried = expected(self, processes, array.from(self.x, "float64"))
  local best, around = at_tried:min(), self.x[at_tried:argmin()]     -- not the least value: that may be noise
  local points = {}
  for k = 1, n do
    if k == n and n > 1 and not self.target then
      points[k] = least_known(self, processes[1])
    else
      points[k] = highest(self, function(at) return improvement(self, processes, at, best) end, around)
    end
    local at = array.from({ points[k] }, "float64")
    for j = 1, k < n and #processes or 0 do processes[j] = processes[j]:believe(at) end
    if self.target then best = math.min(best, expected(self, processes, at)[1]) end       -- else all would stand where the first one hits the target
  end
  return points
end

--- The values of the points of the last `ask`; `answers`: what the runs gave, with its standard errors, where there is a target.
---@param values number[]
---@param points number[][]
---@param answers number[][]
function Bayes:tell(values, points, answers)
  for k, x in ipairs(points) do
    self.x[#self.x + 1], self.y[#self.y + 1], self.answers[#self.answers + 1] = table.move(x, 1, #x, 1, {}), values[k], answers[k]
  end
end

--- The point at which the target is expected to be hit, how far from it, and how sure that is (standard error), where runs say their own errors. The first points alone make nothing sure.
---@return { x: number[], distance: number, uncertain: number }?
function Bayes:guess()
  if not self.target then return nil end
  for j = 1, #self.target do
    if not errors_of(self, j) then return nil end
  end
  local processes = processes_of(self)
  local at_tried = expected(self, processes, array.from(self.x, "float64"))
  local x = highest(self, function(at) return -expected(self, processes, at) end, self.x[at_tried:argmin()])
  local off, variance = 0, 0
  for j, process in ipairs(processes) do
    local mean, sd = process:at(array.from({ x }, "float64"))
    off, variance = off + (mean[1] - self.target[j]) ^ 2, variance + sd[1] ^ 2
  end
  return { x = x, distance = math.sqrt(off), uncertain = #self.x > #self.first and math.sqrt(variance) or math.huge }
end

--- A search that begins with points spread over the cube.
---@param d integer
---@param opt { population: integer, chance: Chance, start?: number[], target?: number[] }
---@return Bayes
return function(d, opt)
  local first, draws = opt.chance:hypercube(math.max(4, 2 * d + 2), d), {}
  if opt.start then first[1] = opt.start end
  for j = 1, #(opt.target or {}) do draws[j] = opt.chance:normal(DRAWS) end
  return setmetatable({ d = d, n = opt.population, chance = opt.chance, first = first, n_first_asked = 0, x = {}, y = {}, answers = {}, target = opt.target, draws = draws,
    place = {}, processes = {}, known = 0 }, Bayes)
end
