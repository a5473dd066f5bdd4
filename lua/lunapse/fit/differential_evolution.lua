--- Differential evolution (Storn & Price 1997): every member of the population is challenged by the best one moved by the difference of two others. The scheme is
--- DE/best/1/bin with a factor that is drawn for each generation (dither), the default of scipy's differential_evolution.

local CROSSED = 0.7                       -- probability that a coordinate is that of the challenger
local LEAST, MOST = 0.5, 1                -- of the difference

---@class DifferentialEvolution
local Evolution = {}
Evolution.__index = Evolution

--- The points whose values are wanted next.
---@return number[][]
function Evolution:ask()
  if not self.members then return self.first end
  local n, d, trials = self.n, self.d, {}
  local factor = LEAST + (MOST - LEAST) * self.chance:uniform(1)[1]
  local u = self.chance:uniform(n * (2 * d + 3)):table()
  local at = 0
  local function draw()
    at = at + 1
    return u[at]
  end
  local best = self.members[self.best]
  for i = 1, n do
    local a = math.floor(draw() * (n - 1)) + 1       -- two others: a ~= i, b ~= i, b ~= a
    if a >= i then a = a + 1 end
    local b = math.floor(draw() * (n - 2)) + 1
    if b >= math.min(a, i) then b = b + 1 end
    if b >= math.max(a, i) then b = b + 1 end
    local sure, trial = math.floor(draw() * d) + 1, {}
    for k = 1, d do
      local is_crossed, other = draw() < CROSSED or k == sure, draw()
      local x = is_crossed and best[k] + factor * (self.members[a][k] - self.members[b][k]) or self.members[i][k]
      trial[k] = x >= 0 and x <= 1 and x or other     -- what left the range comes back anywhere
    end
    trials[i] = trial
  end
  self.trials = trials
  return trials
end

--- The values of the points of the last `ask`.
---@param values number[]
function Evolution:tell(values)
  if not self.members then
    self.members, self.values = self.first, {}
    table.move(values, 1, self.n, 1, self.values)
  else
    for i, value in ipairs(values) do
      if value <= self.values[i] then self.members[i], self.values[i] = self.trials[i], value end
    end
  end
  self.best = 1
  for i = 2, self.n do
    if self.values[i] < self.values[self.best] then self.best = i end
  end
end

--- How far apart the members are, in the coordinate in which they are farthest.
---@return number
function Evolution:spread()
  if not self.members then return 1 end
  local widest = 0
  for k = 1, self.d do
    local low, high = 1, 0
    for _, x in ipairs(self.members) do low, high = math.min(low, x[k]), math.max(high, x[k]) end
    widest = math.max(widest, high - low)
  end
  return widest
end

--- A search from points spread over the unit cube, the first of them where the search is to begin.
---@param d integer
---@param opt { population: integer, chance: Chance, start?: number[] }
---@return DifferentialEvolution
return function(d, opt)
  local self = setmetatable({ d = d, n = opt.population, chance = opt.chance, first = opt.chance:hypercube(opt.population, d) }, Evolution)
  if opt.start then self.first[1] = opt.start end
  return self
end
