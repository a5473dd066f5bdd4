--- A generation whose candidates are shared among ranks: each simulates some of them and tells the others their errors, which are those that one process would find, to the
--- bit. Where candidates are not separate (noise, say, which is drawn by the number of a neuron) every rank simulates all of them.
local generation = require "lunapse.fit.generation"
local ranks = require "lunapse.ranks"

---@class SharedGeneration
---@field whole_steps integer
---@field n integer             candidates of this rank
---@field own Generation
local Shared = {}
Shared.__index = Shared

local shared = {}

local LEAST = 2          -- candidates of a rank: sums over one column go another way

--- The errors of candidates, as Generation:errors gives them.
---@param points table[]
---@return number[]
function Shared:errors(points)
  local first = ranks.me() * self.n + 1
  ranks.settle()
  local mine = table.move(points, first, math.min(#points, first + self.n - 1), 1, {})
  local errors = #mine > 0 and ranks.apart(self.own.errors, self.own, mine) or {}
  local all = {}
  for _, found in ipairs(ranks.gather("the errors of a fit", errors)) do table.move(found, 1, #found, #all + 1, all) end
  return all
end

--- Neurons times steps of one run of all ranks.
---@return integer
function Shared:steps() return self.whole_steps end

--- For `n` candidates at once.
---@param problem FitProblem
---@param n integer
---@return Generation|SharedGeneration
function shared.new(problem, n)
  local whole = generation.new(problem, n)
  local n_own = (n + ranks.n() - 1) // ranks.n()
  if ranks.n() == 1 or n_own < LEAST or not whole:is_of_separate() then return whole end
  return setmetatable({ whole_steps = whole:steps(), n = n_own, own = generation.new(problem, n_own, false, whole.chunk) }, Shared)
end

return shared
