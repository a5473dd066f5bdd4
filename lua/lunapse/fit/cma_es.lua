--- CMA-ES, evolution with a covariance matrix that adapts (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772; names and constants are those of its
--- appendix A, with positive weights alone). A point beyond a face of the unit cube stands for its mirror image within.
local array = require "lunapse.array"
local linalg = require "lunapse.linalg"

local FIRST_STEP = 0.3                    -- sigma, in parts of the range

---@class CMAES
local CMA = {}
CMA.__index = CMA

local function mirrored(x)
  x = x % 2
  return x > 1 and 2 - x or x
end

--- The points whose values are wanted next.
---@return number[][]
function CMA:ask()
  local scale, axes = linalg.eigh(self.C)                  -- C = B D^2 B'
  self.D, self.B = scale:maximum(1e-30):sqrt(), axes
  local z = self.chance:normal(self.n * self.d):reshape(self.n, self.d)
  self.y = (z * self.D):dot(axes:transpose())
  local points = (self.y * self.sigma + self.mean):table()
  for _, x in ipairs(points) do
    for k = 1, self.d do x[k] = mirrored(x[k]) end
  end
  return points
end

--- The values of the points of the last `ask`.
---@param values number[]
function CMA:tell(values)
  local d, c = self.d, self.constants
  local order = array.from(values, "float64"):argsort():slice(1, c.mu)
  local y = self.y[order]
  local step = c.weights:dot(y)
  self.mean = self.mean + step * self.sigma
  self.generation = self.generation + 1

  local whitened = self.B:dot(self.B:transpose():dot(step) / self.D)
  self.path_sigma = self.path_sigma * (1 - c.c_sigma) + whitened * math.sqrt(c.c_sigma * (2 - c.c_sigma) * c.mu_eff)
  local length = math.sqrt((self.path_sigma ^ 2):sum())
  local is_short = length / math.sqrt(1 - (1 - c.c_sigma) ^ (2 * self.generation)) < (1.4 + 2 / (d + 1)) * c.chi
  self.path_c = self.path_c * (1 - c.c_c)
  if is_short then self.path_c = self.path_c + step * math.sqrt(c.c_c * (2 - c.c_c) * c.mu_eff) end

  local kept = 1 - c.c_1 - c.c_mu + (is_short and 0 or c.c_1 * c.c_c * (2 - c.c_c))
  local C = self.C * kept + self.path_c:expand() * self.path_c * c.c_1 + y:transpose():dot(y * c.weights:expand()) * c.c_mu
  self.C = (C + C:transpose()) / 2
  self.sigma = self.sigma * math.exp(math.min(1, c.c_sigma / c.d_sigma * (length / c.chi - 1)))
end

--- The standard deviation of the points, in the coordinate in which it is largest.
---@return number
function CMA:spread()
  local widest = 0
  for k = 1, self.d do widest = math.max(widest, self.C:get(k, k)) end
  return self.sigma * math.sqrt(widest)
end

--- Strategy parameters of the tutorial's table 1.
local function constants_of(d, n)
  local mu = n // 2
  local weights = math.log((n + 1) / 2) - array.arange(1, mu):log()
  weights = weights / weights:sum()
  local mu_eff = 1 / (weights ^ 2):sum()
  local c = { mu = mu, weights = weights, mu_eff = mu_eff }
  c.c_sigma = (mu_eff + 2) / (d + mu_eff + 5)
  c.d_sigma = 1 + 2 * math.max(0, math.sqrt((mu_eff - 1) / (d + 1)) - 1) + c.c_sigma
  c.c_c = (4 + mu_eff / d) / (d + 4 + 2 * mu_eff / d)
  c.c_1 = 2 / ((d + 1.3) ^ 2 + mu_eff)
  c.c_mu = math.min(1 - c.c_1, 2 * (0.25 + mu_eff + 1 / mu_eff - 2) / ((d + 2) ^ 2 + mu_eff))
  c.chi = math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d))
  return c
end

--- A search around a point, the middle of the cube unless one is given; `step`: the standard deviation at the beginning.
---@param d integer
---@param opt { population: integer, chance: Chance, start?: number[], step?: number }
---@return CMAES
return function(d, opt)
  local mean, C = array.full(0.5, d), array.zeros(d, d)
  for k = 1, d do
    C:set(k, k, 1)
    if opt.start then mean[k] = opt.start[k] end
  end
  return setmetatable({ d = d, n = opt.population, chance = opt.chance, mean = mean, C = C, sigma = opt.step or FIRST_STEP, generation = 0,
    path_sigma = array.zeros(d), path_c = array.zeros(d), constants = constants_of(d, opt.population) }, CMA)
end
