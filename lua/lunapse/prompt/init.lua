--- The prompt: read, run, show, again. Ctrl-C ends the line or the running code, never the prompt; Ctrl-D ends it.
--- What the lines mean is in `input`, how values look in `show`, what Tab offers in `complete`, what is kept in `history`.

local host = require "lunapse.core.host"
local complete = require "lunapse.prompt.complete"
local evaluate = require "lunapse.prompt.evaluate"
local history = require "lunapse.prompt.history"
local input = require "lunapse.prompt.input"
local show = require "lunapse.prompt.show"

local prompt = {}

--- The text before the first line (`main` true) or a further line of one input; `_PROMPT` and `_PROMPT2` as for lua.
local function prompt_text(main)
  local text = rawget(_G, main and "_PROMPT" or "_PROMPT2")
  if text ~= nil then return tostring(text) end
  return show.prompt(main and "> " or ">> ")
end

--- A reader for when there is no terminal: prompts are printed, lines come from stdin.
local function plain_reader()
  local reader = {}
  function reader.read(_, text)
    io.stdout:write((text:gsub("\1.-\1", "")))
    io.stdout:flush()
    local line = io.read "l"
    if line then return line end
    io.stdout:write "\n"
    return nil, host.clear_interrupt() and "interrupted" or "end"
  end
  function reader.remember() end
  function reader.close() end
  return reader
end

--- Read lines until they make a whole statement or expression.
---@return string|nil text  nil when there is nothing to run
---@return string|nil why  "end" when the user wants to leave
local function read_input(reader)
  local line, why = reader:read(prompt_text(true))
  if not line then return nil, why end
  local text = line
  while input.is_unfinished(text) do
    line, why = reader:read(prompt_text(false))
    if why == "interrupted" then return nil end
    if not line then break end
    text = text .. "\n" .. line
  end
  return text
end

--- Run one input and show what it gives, or what went wrong.
local function run_input(text)
  local results, problem = evaluate(text)
  if problem then show.failure(problem) end
  if host.clear_interrupt() and host.is_terminal(1) then print() end   -- past the ^C that the terminal has echoed
  if not results[1] then
    show.failure(results[2])
  elseif input.loses_local(text) then
    show.note(input.LOST)
  elseif results.n > 1 then
    local shown = table.pack(xpcall(show.values, host.report, table.unpack(results, 2, results.n)))
    if not shown[1] then show.failure(shown[2]) end
  end
  io.stdout:flush()
end

--- Run the prompt until the user leaves it.
function prompt.run()
  local reader = host.editor(complete.line) or plain_reader()
  local past = history.open()
  for _, entry in ipairs(past.entries) do reader:remember(entry) end
  show.welcome()
  host.at_prompt(true)
  while true do
    local text, why = read_input(reader)
    if why == "end" then break end
    if text and text:find "%S" then
      reader:remember(text)
      past:add(text)
      local is_fine, failure = xpcall(run_input, host.report, text)
      if not is_fine then show.failure(failure) end
    end
  end
  host.at_prompt(false)
  reader:close()
end

return prompt
