--- Run one input of the prompt or one cell of a notebook.
local host = require "lunapse.core.host"
local input = require "lunapse.prompt.input"
local names = require "lunapse.prompt.names"

--- Run it; its first value is kept as `_`.
---@param text string
---@param name? string  what errors call it
---@return table results  packed: true and its values, or false and the report of what went wrong
---@return string? problem  why `lp`, of which it speaks, is not there
return function(text, name)
  local environment, problem = names.environment(text)
  local chunk, message = input.load(text, environment, name)
  if not chunk then return { false, message, n = 2 }, problem end
  host.clear_interrupt()
  local results = table.pack(xpcall(chunk, host.report))
  if results[1] and results.n > 1 then names.set_result(results[2]) end
  return results, problem
end
