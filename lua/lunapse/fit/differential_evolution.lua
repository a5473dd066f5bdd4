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
  local u, at = self.chance:uniform(n * (2 * d + 3)):table(), 0       -- each member uses 2 d + 3 of them
  local members, best = self.members, self.members[self.best]
  for i = 1, n do
    local a = math.floor(u[at + 1] * (n - 1)) + 1       -- two others: a ~= i, b ~= i, b ~= a
    if a >= i then a = a + 1 end
    local b = math.floor(u[at + 2] * (n - 2)) + 1
    if b >= math.min(a, i) then b = b + 1 end
    if b >= math.max(a, i) then b = b + 1 end
    local sure, trial = math.floor(u[at + 3] * d) + 1, {}
    local own, one, other = members[i], members[a], members[b]
    at = at + 3
    for k = 1, d do
      local x = (u[at + 1] < CROSSED or k == sure) and best[k] + factor * (one[k] - other[k]) or own[k]
      trial[k] = x >= 0 and x <= 1 and x or u[at + 2]   -- what left the range comes back anywhere
      at = at + 2
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
  local members, widest = self.members, 0
  if not members then return 1 end
  for k = 1, self.d do
    local low, high = 1, 0
    for i = 1, self.n do
      local x = members[i][k]
      if x < low then low = x end
      if x > high then high = x end
    end
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
