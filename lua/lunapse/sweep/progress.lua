--- The line that says how far work in many parts is: on a terminal, or in the cell of a notebook.
local host = require "lunapse.core.host"
local screen = require "lunapse.tell.screen"

local progress = {}

--- A line such as "sweep: 3 of 10 points, 2 failed, 5 s, about 12 s left": call what this gives with the number of parts that are done and what else is to be said;
--- it ends when it is closed. Silent in a pipe, unless `is_wanted`.
---@param title string  @param unit string  @param n integer  @param is_wanted? boolean
---@return fun(done: integer, note?: string)
function progress.new(title, unit, n, is_wanted)
  if is_wanted == nil then is_wanted = screen.notebook ~= nil or host.is_terminal(2) end
  local begin = host.seconds()
  return setmetatable({}, {
    __call = function(_, done, note)
      if not is_wanted then return end
      local spent = math.floor(host.seconds() - begin)
      local left = done > 0 and done < n and (", about %d s left"):format(math.ceil(spent / done * (n - done))) or ""
      local text = ("%s: %d of %d %s%s, %d s%s"):format(title, done, n, unit, note or "", spent, left)
      if screen.notebook then screen.say(text) else io.stderr:write("\r", text, "\27[K") end
    end,
    __close = function()
      if screen.notebook then screen.clear() elseif is_wanted then io.stderr:write "\n" end
    end,
  })
end

return progress
