--- Where people look while something runs: a line of the terminal that is written over, the cell of a notebook, or nowhere.
local host = require "lunapse.core.host"
local options = require "lunapse.options"

local screen = {}

--- A notebook, when the program serves one: `say(text)` shows a line in place of the one before ("" takes it away), `figure(figure, place, opt)` a figure, in place of an
--- earlier one where `place` (what the earlier call gave) is not nil.
---@type { say: fun(text: string), figure: fun(figure: lunapse.Figure, place: any, opt: table): any }?
screen.notebook = nil

--- Is there a line that can be written over?
---@return boolean
function screen.is_live() return screen.notebook ~= nil or host.is_terminal(2) and os.getenv "TERM" ~= "dumb" end

local function fit(text, columns)
  if (utf8.len(text) or #text) < columns then return text end
  return text:sub(1, utf8.offset(text, columns) - 1)
end

--- Say how far something is, on one line that is written over; nothing where nobody looks.
---@param text string
function screen.say(text)
  if not screen.is_live() then return end
  text = options.printable(text)
  if screen.notebook then return screen.notebook.say(text) end
  io.stderr:write("\r\27[K", fit(text, host.columns()))
  io.stderr:flush()
end

--- Take the line away.
function screen.clear() screen.say "" end

return screen
