--- Many processes that run one script: what there is of the world outside, so that all of them see the same.
---
--- Each rank runs the whole script and has the same numbers at each line. So what a script writes is written once, by rank 0, and what it reads from outside and
--- might differ (the clock, standard input, what a program says, the seed of math.random) is rank 0's on all of them. Ranks *meet* wherever one may depend on what
--- another has done: where a file is opened, say, so that what rank 0 has written before is there. Meetings have names, and the engine looks that all ranks are at the same one
--- (src/base/ranks.c).
-- luacheck: globals io os
local core = require "lunapse.core.ranks"
local host = require "lunapse.core.host"
local process = require "lunapse.core.process"

local ranks = {}

--- How many do the same now.
local count = core.together

--- Before each of them works apart, in a process of its own or here, all have the same numbers in all arrays.
function ranks.settle() core.settle() end

--- What `f` gives, which may do on each rank something else: nothing that ranks do together. Where it looks at arrays, `ranks.settle` comes before it.
---@param f fun(...): any
function ranks.apart(f, ...)
  local before = core.apart(true)
  local results = table.pack(pcall(f, ...))
  core.apart(before)
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- How many there are (`here`: on this machine), and which one this is, from 0 on. A process that a sweep has started is alone.
function ranks.n() return count() end
function ranks.here() return core.here() end
function ranks.me() return core.me() end

--- Is what this process writes written by another one?
function ranks.is_silent() return core.me() > 0 end

--- What `f` gives, which does what a failure asks for that others may not have: it is told by `message` where they do something else.
---@param message any
---@param f fun(...): any
function ranks.failing(message, f, ...)
  core.failing(tostring(message))
  local results = table.pack(pcall(f, ...))
  core.failing(nil)
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- Everybody comes here before anybody goes on.
---@param what string
function ranks.meet(what) if count() > 1 then core.meet(what) end end

--- The values that `f` gives on rank 0, which alone calls it, on all ranks; those that can be handed on (numbers, texts, booleans, tables of them).
---@param what string
---@param f fun(...): any
function ranks.share(what, f, ...)
  if count() == 1 then return f(...) end
  core.meet(what)
  local bytes = ""
  if core.me() == 0 then
    bytes = process.pack(table.pack(pcall(ranks.apart, f, ...)))
  end
  local results = process.unpack(core.gather(what, bytes)[1])
  if not results[1] then error(results[2], 2) end
  return table.unpack(results, 2, results.n)
end

--- A value of each rank, on all of them.
---@param what string
---@param value any
---@return any[]
function ranks.gather(what, value)
  if count() == 1 then return { value } end
  local list = core.gather(what, process.pack(value))
  for k, bytes in ipairs(list) do list[k] = process.unpack(bytes) end
  return list
end

--- Seconds of real time since some moment, by the clock of rank 0.
function ranks.seconds()
  if count() == 1 then return host.seconds() end
  return ranks.share("looking at the clock", host.seconds)
end

--- Does it hold on any of them?
---@param what string
---@param holds boolean
function ranks.any(what, holds)
  for _, value in ipairs(ranks.gather(what, holds)) do holds = holds or value end
  return holds
end

-- ---- the library of Lua ------------------------------------------------------------------------------------------------

local open, tmpfile, popen, original_lines = io.open, io.tmpfile, io.popen, io.lines
local nothing = "/dev/null"

local function is_writing(mode) return mode:find "[wa+]" ~= nil end

--- A file that is read is read by all; one that is written by rank 0 alone.
local function open_together(path, mode)
  mode = mode or "r"
  if count() == 1 then return open(path, mode) end
  if type(path) ~= "string" or type(mode) ~= "string" or not is_writing(mode) then
    core.meet "io.open"
    return open(path, mode)
  end
  if mode:find("+", 1, true) then
    error(("io.open: mode \"%s\" both reads and writes '%s', which %d ranks cannot do together: open it once for each"):format(mode, path, core.n()), 2)
  end
  core.meet "io.open"
  local file, why, code = nil, nil, nil
  if core.me() == 0 then file, why, code = open(path, mode) end
  local is_open, shared_why, shared_code = ranks.share("io.open", function() return file ~= nil, why, code end)
  if not is_open then return nil, shared_why, shared_code end
  return file or open(nothing, mode)
end

--- What a program has said, as a file on all ranks; what is written to one is written by rank 0.
local function popen_together(command, mode)
  if count() == 1 then return popen(command, mode) end
  if mode and mode:find "w" then
    core.meet "io.popen"
    return core.me() == 0 and popen(command, mode) or open(nothing, "w")
  end
  local text = ranks.share("io.popen", function()
    local pipe = assert(popen(command, mode))
    local said = pipe:read "a"
    pipe:close()
    return said
  end)
  local file = tmpfile()
  file:write(text)
  file:seek("set", 0)
  return file
end

--- Standard input, read by rank 0.
local stdin = io.stdin
local input = {}

function input.read(_, ...)
  local formats = table.pack(...)
  return ranks.share("io.read", function() return stdin:read(table.unpack(formats, 1, formats.n)) end)
end

function input.lines(self, ...)
  local formats = table.pack(...)
  return function() return self:read(table.unpack(formats, 1, formats.n)) end
end

function input.close() return true end

local function replace_files()
  io.open, io.popen = open_together, popen_together
  local output_to, read_from, read, current = io.output, io.input, io.read, nil
  io.output = function(file)
    if type(file) ~= "string" then return output_to(file) end
    local handle, why = open_together(file, "w")
    if not handle then error(why, 2) end
    return output_to(handle)
  end
  io.input = function(file)
    if file == nil then return current or input end
    current = file ~= input and (type(file) == "string" and (open_together(file, "r") or error(("%s: cannot be read"):format(file), 2)) or file) or nil
    if current then read_from(current) end
    return current or input
  end
  io.read = function(...)
    if current then return read(...) end
    return input:read(...)
  end
  io.lines = function(path, ...)
    if path == nil then return input:lines(...) end
    if count() > 1 then core.meet "io.lines" end
    return original_lines(path, ...)
  end
  io.stdin = setmetatable(input, { __index = function(_, name) error(("io.stdin: %s is not there where many ranks read it"):format(tostring(name)), 2) end, __name = "FILE*" })
  for _, name in ipairs { "loadfile", "dofile" } do
    local own = _G[name]
    _G[name] = function(...)
      if count() > 1 then core.meet(name) end
      return own(...)
    end
  end
end

local function replace_system()
  for _, name in ipairs { "execute", "remove", "rename", "tmpname", "clock", "date" } do
    local own = os[name]
    os[name] = function(...)
      if count() == 1 then return own(...) end
      return ranks.share("os." .. name, own, ...)
    end
  end
  local time = os.time
  os.time = function(when)
    if when ~= nil or count() == 1 then return time(when) end
    return ranks.share("os.time", time)
  end
  for _, name in ipairs { "make_folder", "list_folder" } do
    local own = host[name]
    host[name] = function(...)
      if count() == 1 then return own(...) end
      return ranks.share("host." .. name, own, ...)
    end
  end
end

--- Called once, before anything else of the script.
function ranks.join()
  replace_files()
  replace_system()
  math.randomseed(ranks.share("math.random", function() return math.random(0) end))
end

return ranks
