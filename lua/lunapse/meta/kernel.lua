---@meta
--- Types for editors, and the reference of the C module `lunapse.core.kernel`: programs of straight-line operations, their interpreter, and native code
--- made of them. What a program table holds is said in docs/inside.md.

---@class KernelModule
local kernel = {}

--- Check a program table and make a program of it. Errors name the instruction.
---@param program table  @param precision? "float64"|"float32"
---@return Program
function kernel.program(program, precision) end

--- All operations: name -> { arity, args = "rr", result = "r"|"b", slot = true? }, and of arithmetic how it is written in C: { form = "infix"|"prefix"|"choice"|
--- "call", symbol = sign or function, operands = { "A", "B" ... or numbers } }.
---@return table<string, table>
function kernel.ops() end

--- All storage formats: name -> { layout, major = "pre"|"post" (whose rows they are), words (for users), block (name of the format of a block of pairs with
--- that major side), can_change (synapses may come and go, and get delays of their own) }.
---@return table<string, table>
function kernel.formats() end

--- The C text that generated code begins with.
---@return string
function kernel.prelude() end

--- Path of the C compiler; nil where there is none (or LUNAPSE_CC=none).
---@return string?
function kernel.compiler() end

--- Native code of a C text: from the cache, or built in the background; nobody waits. Fast mathematics may fuse multiplications and additions.
---@param c_text string
---@param math? "exact"|"fast"
---@return Native
function kernel.native(c_text, math) end

--- The folder of compiled kernels.
---@return string
function kernel.cache_folder() end

--- Another folder for compiled kernels. Error: it is not the user's alone.
---@param path string
function kernel.set_cache_folder(path) end

--- The instruction set in use: "v2", "v3", "v4".
---@return string
function kernel.instruction_set() end

--- Use another instruction set, for tests. Results are the same.
---@param name string
function kernel.use_instruction_set(name) end

--- Run a program once on arrays, for tests: indexes count from 0 there.
---@param program Program  @param arrays Array[]  @param options? table
---@return Array spikes
---@return number? ns  of processor time a call, with `times`
function kernel.run(program, arrays, options) end

--- A checked program.
---@class Program
local Program = {}

--- The program as text.
---@return string
function Program:dump() end

--- Native code of a C text, ready or being built.
---@class Native
local Native = {}

--- How far it is.
---@return "ready"|"building"|"failed"|"none"
function Native:state() end

--- Wait until the build is over, or so long: for tests and tier = "native".
---@param ms number
---@return string state
function Native:wait(ms) end

--- What the compiler said.
---@return string
function Native:log() end

return kernel
