--- What was typed in earlier sessions: $XDG_STATE_HOME/lunapse/history (or ~/.local/state), one entry a line, oldest first;
--- a line break inside an entry is written \n. Each entry is appended when it is made, so sessions side by side lose nothing.
--- What a full disk has left of an entry is none: a line that does not end, or (when there is room again) ends with the character that cancels.
--- Where the file cannot be read or written the prompt simply has no memory.

local host = require "lunapse.core.host"

local history = {}
history.__index = history

local MAX_ENTRIES = 5000
local CANCEL = "\24"
local KEPT = 2500           -- how many stay when the file has grown beyond MAX_ENTRIES

local function encode(text)
  return (text:gsub("[\\\n]", { ["\\"] = "\\\\", ["\n"] = "\\n" }))
end

local function decode(line)
  return (line:gsub("\\(.)", { ["\\"] = "\\", n = "\n" }))
end

--- The folder of the file; nil where there is neither XDG_STATE_HOME nor HOME.
local function state_folder()
  local state, home = os.getenv "XDG_STATE_HOME", os.getenv "HOME"
  if state and state:find "^/" then return state .. "/lunapse" end
  return home and home ~= "" and home .. "/.local/state/lunapse" or nil
end

local function read_lines(path)
  local lines, file = {}, io.open(path)
  if not file then return lines end
  for line in file:lines "L" do
    local entry = line:match "^(.+)\n$"
    if entry and entry:sub(-1) ~= CANCEL then lines[#lines + 1] = entry end
  end
  file:close()
  return lines
end

--- Keep the newest lines alone.
local function shorten(path, lines)
  local kept = table.move(lines, #lines - KEPT + 1, #lines, 1, {})
  return pcall(host.write_file, path, table.concat(kept, "\n") .. "\n") and kept or lines
end

--- Open the history.
---@return table history  with `entries`, oldest first
function history.open()
  local self = setmetatable({ entries = {} }, history)
  local folder = state_folder()
  if not folder or not host.make_folder(folder) then return self end
  self.path = folder .. "/history"
  local lines = read_lines(self.path)
  if #lines > MAX_ENTRIES then lines = shorten(self.path, lines) end
  for i, line in ipairs(lines) do self.entries[i] = decode(line) end
  return self
end

--- Add the newest entry, unless it repeats the one before.
---@param text string
function history:add(text)
  if text == self.entries[#self.entries] then return end
  self.entries[#self.entries + 1] = text
  local file = self.path and io.open(self.path, "a+")
  if not file then return end
  local is_cut = file:seek("end") > 0 and file:seek("end", -1) and file:read(1) ~= "\n"
  file:write(is_cut and CANCEL .. "\n" or "", encode(text), "\n")
  file:close()
end

return history
