---@meta
--- Types for editors, and the reference of the C module `lunapse.core.debug`: faults on demand, for tests/faults. Nothing of the library uses it.

---@class DebugModule
local debug = {}

--- The n-th request for memory from now fails, of the engine or of Lua; 0 switches this off.
---@param n integer  @param whose "engine"|"lua"
function debug.fail_after(n, whose) end

--- Has the request that the last fail_after named come, and failed?
---@return boolean
function debug.has_failed() end

--- In the debug build, how many blocks of the engine's memory are not freed; else 0.
---@return integer
function debug.live_blocks() end

return debug
