---@meta
--- Types for editors, and the reference of the C module `lunapse.core.notebook`: the two processes behind a notebook, their sockets and JSON.
--- It is there where libzmq, libcjson and libcrypto were found when the program was built.

---@class NotebookModule
local notebook = {}

--- Copy the process. The original, the relay, gets the channel, the pipes of what the copy prints, and its number; the copy, the worker, the channel alone. The
--- worker's standard output and error, by Lua, C or child processes, go into the pipes in their order; its standard input sends the packet "input" and takes
--- the next packet as what was typed.
---@return integer channel
---@return integer? out
---@return integer? err
---@return integer? pid
function notebook.split() end

--- Send a packet, behind all that was printed; false when the other side is gone.
---@param channel integer  @param packet string
---@return boolean
function notebook.send(channel, packet) end

--- The next packet; waits for it. Nil when the other side is gone.
---@param channel integer
---@return string?
function notebook.receive(channel) end

--- What can be read now: "" when there is nothing yet, nil when nothing will come any more.
---@param fd integer
---@return string?
function notebook.read(fd) end

--- Stop what a process does, or the process.
---@param pid integer  @param what "interrupt"|"kill"
function notebook.signal(pid, what) end

--- How a child ended: "was ended by signal 11 (Segmentation fault)", "ended with status 0"; nil while it runs.
---@param pid integer
---@return string?
function notebook.ended(pid) end

--- A socket that listens. Error: "cannot listen at tcp://...: Address already in use".
---@param kind "router"|"pub"|"rep"  @param address string
---@return NotebookSocket
function notebook.bind(kind, address) end

--- Which of some sockets and file descriptors can be read; waits at most so many milliseconds, with a negative number for ever.
---@param list (NotebookSocket|integer)[]  @param ms integer
---@return boolean[]
function notebook.poll(list, ms) end

--- HMAC with SHA-256, in hexadecimal digits.
---@param key string  @param text string
---@return string
function notebook.hmac(key, text) end

--- The value of a JSON text; null is nil. Error: "this is no JSON: ...".
---@param text string
---@return any
function notebook.decode(text) end

--- A value as JSON: a table is an array when it has an element 1 or its metatable a field `__json`, else an object.
---@param value any
---@return string
function notebook.encode(value) end

--- A socket for messages of several parts.
---@class NotebookSocket
local NotebookSocket = {}

---@param parts string[]
function NotebookSocket:send(parts) end

--- The parts of the next message; nil when there is none now.
---@return string[]?
function NotebookSocket:receive() end

--- What was sent has a second to leave.
function NotebookSocket:close() end

return notebook
