--- Golden texts: what a program says, compared with what somebody read and found right. `UPDATE_GOLDEN=1` writes them anew, to be read again.
local host = require "lunapse.core.host"

local golden = {}

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

--- How much memory growing buffers hold is another matter in the debug build, where they have no room to spare.
local function comparable(line) return host.is_debug and line:gsub("%s+[%d.]+ [kM]?B", " MEMORY") or line end

--- Raise unless `text` is what tests/golden/`name`.txt holds; the message shows the first line that differs.
function golden.check(name, text)
  local path = ("tests/golden/%s.txt"):format(name)
  text = text:gsub("%s*$", "\n")
  if os.getenv "UPDATE_GOLDEN" then
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    return
  end
  local wanted = read(path)
  if wanted == text then return end
  if not wanted then error(path .. " is missing: UPDATE_GOLDEN=1 writes it", 2) end
  local number, next_line = 0, text:gmatch "([^\n]*)\n"
  for line in wanted:gmatch "([^\n]*)\n" do
    number = number + 1
    local got = next_line()
    if not got or comparable(got) ~= comparable(line) then error(("%s:%d:\n  wanted: %s\n  got:    %s"):format(path, number, line, tostring(got)), 2) end
  end
  local more = next_line()
  if more then error(("%s: more lines than wanted, from: %s"):format(path, more), 2) end
end

return golden
