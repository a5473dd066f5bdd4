---@meta
--- Types for editors, and the reference of the C module `lunapse.core.process`: child processes that hand a value back. What users call is lp.sweep.

---@class ProcessModule
local process = {}

--- Call f(...) in a child process.
---@param f function  @param ... any
---@return Process
function process.start(f, ...) end

--- The number of a process of the list that has ended; holes (false) are skipped. Nil after `ms` milliseconds; a negative number waits for ever.
---@param list (Process|false)[]  @param ms number
---@return integer?
function process.wait(list, ms) end

--- How many processors this process may use.
---@return integer
function process.processors() end

--- A value as bytes: numbers, strings, booleans, tables of them, arrays. Error: what cannot be sent, with the way to it.
---@param value any
---@return string
function process.pack(value) end

--- The value of bytes that pack made.
---@param bytes string
---@return any
function process.unpack(bytes) end

--- A child.
---@class Process
local Process = {}

--- What the function gave, after process.wait has named the child: true, the value and the names of the library's modules that were loaded for it (each with a line feed), false and
--- { message, traceback }, or nil and how it ended.
---@return boolean?
---@return any
---@return string?
function Process:result() end

return process
