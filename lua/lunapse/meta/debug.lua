---@meta
--- Types for editors, and the reference of the C module `lunapse.core.debug`: faults on demand, for tests/faults. Nothing of the library uses it.

---@class DebugModule
local debug = {}

--- The engine's n-th request for memory from now fails; 0 switches this off.
---@param n integer
function debug.fail_after(n) end

--- Has the request that the last fail_after named come, and failed?
---@return boolean
function debug.has_failed() end

--- In the debug build, how many blocks of the engine's memory are not freed; else 0.
---@return integer
function debug.live_blocks() end

--- An element (from 1) as it is in this process, where ranks share the array: what others have computed is not asked for.
---@param a Array  @param k integer
---@return number
function debug.peek(a, k) end

--- What post spikes do to synapses is put off (docs/inside.md) in projections of so many synapses, from the next plan on; 0: where it pays.
---@param n integer
function debug.put_off_from(n) end

return debug
