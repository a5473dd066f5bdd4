---@meta
--- Types for editors, and the reference of the C module `lunapse.core.ranks`: processes that run one script together, as mpirun starts them. What scripts need of it they have
--- without asking (docs/clusters.md).

---@class RanksModule
local ranks = {}

--- How many there are; 1: this process is alone.
---@return integer
function ranks.n() end

--- Which one this is, from 0 on.
---@return integer
function ranks.me() end

--- How many of them are on this machine.
---@return integer
function ranks.here() end

--- How many do the same now: 1 while they work apart.
---@return integer
function ranks.together() end

--- From now on (or no longer) each does something of its own; what was before.
---@param is_apart boolean
---@return boolean
function ranks.apart(is_apart) end

--- Something has failed, maybe on this rank alone, and what is done now is what a failure asks for: where the others come to other meetings, this message says why. nil: that is over.
---@param text? string
function ranks.failing(text) end

--- All have all elements of all arrays, before some of them work apart.
function ranks.settle() end

--- Returns when all ranks have come here. Where they meet at different places the program says so and ends.
---@param what string
function ranks.meet(what) end

--- Meet; what each rank has brought, in the order of the ranks.
---@param what string  @param bytes string
---@return string[]
function ranks.gather(what, bytes) end

return ranks
