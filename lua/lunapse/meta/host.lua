---@meta
--- Types for editors, and the reference of the C module `lunapse.core.host`: the program, its terminal and its command line.

---@class HostModule
---@field version string                  of Lunapse: "0.1.0"
---@field folder string?                  that holds the Lua library; nil where there is none
---@field program string?                 the program's own file; nil where the system does not say
---@field is_debug boolean                is this the debug build? Then nothing is remembered that can be made again
---@field missing string                  packages that were not there when the program was built, so that some of it is missing: "libzmq3-dev libcjson-dev"
---@field options table<string, string>   long options with a value: `--dump=c` gives { dump = "c" }
local host = {}

--- Is file descriptor 0, 1 or 2 a terminal?
---@param fd integer
---@return boolean
function host.is_terminal(fd) end

--- Width of the terminal in characters; 80 where nobody knows.
---@return integer
function host.columns() end

--- Ask the terminal something: its answer up to the character `end_mark`; nil when it says nothing in time, or where there is none.
---@param question string  @param end_mark string  @param seconds number
---@return string?
function host.ask_terminal(question, end_mark, seconds) end

--- Seconds of wall time since some moment; never goes back.
---@return number
function host.seconds() end

--- Show a text and how far long work in C is, on the terminal, from a second on.
---@param text string
function host.watch_work(text) end

--- No longer; the line is taken away.
function host.unwatch_work() end

--- Bytes of memory that this process may use at most, and how many of them are free; nothing where nobody says.
---@return number? all
---@return number? available
function host.memory() end

--- Tell signals that the prompt is open: a second Ctrl-C then does not end the program.
---@param is_open boolean
function host.at_prompt(is_open) end

--- While watched, SIGTERM and SIGUSR1 do not end the program but the engine's run, as "interrupted".
---@param is_watched boolean
function host.watch_termination(is_watched) end

--- Has one of the two come while they were watched?
---@return boolean
function host.is_terminated() end

--- Raise "interrupted", for the library when the engine has ended a run because of Ctrl-C.
function host.interrupt() end

--- Was there a Ctrl-C since the last call? Forgets it.
---@return boolean
function host.clear_interrupt() end

--- Names in a folder, in no order, those of folders with a "/" at the end.
---@param path string
---@return string[]?  nil and a message when it cannot be read
---@return string?
function host.list_folder(path) end

--- Make a folder and what is missing above it, readable by the owner alone.
---@param path string
---@return true?  nil and a message on failure
---@return string?
function host.make_folder(path) end

--- Write a file. One that was there stays as it was until the new one is whole. Errors: "cannot write 'a/b.csv': no such folder (it is not made for you)".
---@param path string
---@param bytes string
---@return true
function host.write_file(path, bytes) end

--- The error handler of the program: a message and the frames of the user, for xpcall.
---@param message any
---@return string
function host.report(message) end

--- A line editor on the terminal; nothing where there is none. `complete(text, at)` gives what to insert and perhaps a list to show.
---@param complete fun(text: string, at: integer): string?, string?
---@return Editor?
function host.editor(complete) end

--- The line editor of the prompt.
---@class Editor
local Editor = {}

--- Read a line.
---@param prompt string
---@return string?  nil with "end" (Ctrl-D) or "interrupted" (Ctrl-C)
---@return string?
function Editor:read(prompt) end

--- Put a text into the history.
---@param text string
function Editor:remember(text) end

--- Give the terminal back.
function Editor:close() end

return host
