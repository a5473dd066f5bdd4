--- A Gaussian process with a Matern 5/2 kernel (Rasmussen & Williams 2006, chapters 2, 4 and 5): what values at some points say about those at others.
local array = require "lunapse.array"
local linalg = require "lunapse.linalg"
local cma_es = require "lunapse.fit.cma_es"

local gaussian_process = {}

--- Ranges of the logarithms of what is fitted: the length of each coordinate (the cube has edges of 1), and the variance of noise in parts of that of the process; where the noise of
--- values is known, the variance of the process in parts of that of the values.
local LENGTHS, NOISE, VARIANCE = { math.log(0.03), math.log(10) }, { math.log(1e-8), math.log(1) }, { math.log(0.1), math.log(1000) }
local NUGGET = 1e-9                       -- keeps the factors positive where points lie together

---@class GaussianProcess
local Process = {}
Process.__index = Process

--- The squared distances of two lists of points in one coordinate: [a][b].
local function squares(a, b, k)
  local difference = a:column(k):expand() - b:column(k)
  return difference * difference
end

--- The correlation of all points of two lists, from their distances in each coordinate and the lengths.
local function kernel(parts, lengths)
  local r
  for k, part in ipairs(parts) do
    local scaled = part * (5 / lengths[k] ^ 2)
    r = r and r:add(scaled) or scaled
  end
  local squared = r / 3
  local root = r:sqrt()
  return (root + 1 + squared) * (-root):exp()
end

--- What follows from lengths and noise: factors, weights, variance, and the logarithm of the likelihood. Mean and variance of the process are those that make the values
--- likeliest (Jones, Schonlau & Welch 1998); where the noise of values is known, `free` is the variance, else it is the noise in parts of it.
local function condition(self, lengths, free)
  local n = #self.y
  local K = kernel(self.parts, lengths)
  K:add(self.eye * (self.errors and self.errors:square() / free or free)):add(self.eye * NUGGET)
  local ok, L = pcall(linalg.cholesky, K)
  if not ok then return nil end
  local right = array.stack({ array.ones(n), self.y }, 2)
  local solved = linalg.solve(L, right)                       -- L^-1 [1 y]
  local ones, y = solved:column(1), solved:column(2)
  local mean = (ones * y):sum() / (ones * ones):sum()
  local residual = y - ones * mean
  local squares_of = (residual * residual):sum()
  local variance = self.errors and free or math.max(squares_of / n, 1e-300)
  local log_det = ((L * self.eye):sum(1)):log():sum()
  return { L = L, mean = mean, residual = residual, variance = variance, lengths = lengths, free = free,
    likelihood = -n / 2 * math.log(variance) - log_det - squares_of / variance / 2 }
end

local function lengths_of(self, x)
  local lengths = {}
  for k = 1, self.d do lengths[k] = math.exp(LENGTHS[1] + x[k] * (LENGTHS[2] - LENGTHS[1])) end
  local range = self.errors and VARIANCE or NOISE
  return lengths, math.exp(range[1] + x[self.d + 1] * (range[2] - range[1]))
end

--- The lengths and the noise that make the values likeliest: a short search by CMA-ES, from those of before.
local function fit(self, chance, before)
  local d = self.d + 1
  local start = before
  if not start then
    start = {}
    for k = 1, self.d do start[k] = (math.log(0.3) - LENGTHS[1]) / (LENGTHS[2] - LENGTHS[1]) end
    start[d] = self.errors and 0.3 or 0.1
  end
  local search = cma_es(d, { population = 8 + d, chance = chance, start = start, step = 0.2 })
  local best, best_x = condition(self, lengths_of(self, start)), start
  for _ = 1, 8 do
    local points, values = search:ask(), {}
    for k, x in ipairs(points) do
      local found = condition(self, lengths_of(self, x))
      values[k] = found and -found.likelihood or math.huge
      if found and (not best or found.likelihood > best.likelihood) then best, best_x = found, x end
    end
    search:tell(values)
  end
  return best, best_x
end

--- Mean and standard deviation at further points [m][d], of the values without their noise.
---@param points Array
---@return Array mean, Array sd
function Process:at(points)
  local s, parts = self.state, {}
  for k = 1, self.d do parts[k] = squares(self.x, points, k) end
  local solved = linalg.solve(s.L, kernel(parts, s.lengths))   -- L^-1 k(x, points): [n][m]
  local mean = (solved * s.residual:expand()):sum(1) + s.mean
  local variance = ((solved * solved):sum(1) * -1 + 1):maximum(1e-14) * s.variance
  return mean * self.scale + self.offset, variance:sqrt() * self.scale
end

--- The same process with further points, whose values are those that it expects there, as exact as the most exact one.
---@param points Array  [m][d]
---@return GaussianProcess
function Process:believe(points)
  local y = self:at(points)
  local all = array.join({ self.y * self.scale + self.offset, y })
  local errors = self.errors and array.join({ self.errors, y * 0 + self.errors:min() }) * self.scale
  return gaussian_process.new(array.join({ self.x, points }), all, { state = self.state, offset = self.offset, scale = self.scale, errors = errors })
end

--- A process through values at points of the unit cube.
---@param x Array  [n][d]
---@param y Array  [n]
---@param opt { chance?: Chance, before?: number[], state?: table, offset?: number, scale?: number, errors?: Array }  before: the `place` of an earlier one, from which the search for lengths begins; or a state whose lengths are kept; errors: standard errors of the values
---@return GaussianProcess
function gaussian_process.new(x, y, opt)
  local self = setmetatable({ x = x, d = select(2, x:shape()), parts = {} }, Process)
  self.offset, self.scale = opt.offset or y:mean(), opt.scale or math.max(y:std(), opt.errors and opt.errors:min() or 0, 1e-300)
  self.y, self.errors = (y - self.offset) / self.scale, opt.errors and opt.errors / self.scale
  for k = 1, self.d do self.parts[k] = squares(x, x, k) end
  self.eye = array.zeros(#x, #x)
  for i = 1, #x do self.eye:set(i, i, 1) end
  if opt.state then
    self.state = condition(self, opt.state.lengths, opt.state.free) or condition(self, opt.state.lengths, math.max(opt.state.free, 1e-4))
  else
    self.state, self.place = fit(self, opt.chance, opt.before)
  end
  return self
end

return gaussian_process
