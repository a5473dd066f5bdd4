--- The random numbers of a search: of its seed and of how often it has drawn, and nothing else.
local array = require "lunapse.core.array"
local random = require "lunapse.network.distribution"

---@class Chance
local Chance = {}
Chance.__index = Chance

local chance = {}

function Chance:_draw(distribution, n)
  self._stream = self._stream + 1
  return distribution:draw(n, self._seed, self._stream)
end

--- n numbers between 0 and 1.
---@return Array
function Chance:uniform(n) return self:_draw(random.uniform(0, 1), n) end

--- n numbers of mean 0 and variance 1.
---@return Array
function Chance:normal(n) return self:_draw(random.normal(0, 1), n) end

--- n points of the unit cube, of which each coordinate falls once into each n-th of its range (a Latin hypercube; McKay, Beckman & Conover 1979).
---@param n integer
---@param d integer  coordinates
---@return number[][]
function Chance:hypercube(n, d)
  local points = array.zeros(n, d)
  for k = 1, d do
    local order = self:uniform(n):argsort() - 1
    points:column(k):assign((order + self:uniform(n)) / n)
  end
  return points:table()
end

--- The random numbers of a seed.
---@param seed integer
---@return Chance
function chance.new(seed) return setmetatable({ _seed = seed, _stream = 0 }, Chance) end

return chance
