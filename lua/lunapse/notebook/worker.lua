--- The process that runs cells. It gets requests as packets and sends back what is to be shown and, as the last packet of each, the reply.
local core = require "lunapse.core.notebook"
local complete = require "lunapse.prompt.complete"
local display = require "lunapse.notebook.display"
local evaluate = require "lunapse.prompt.evaluate"
local history = require "lunapse.prompt.history"
local host = require "lunapse.core.host"
local input = require "lunapse.prompt.input"
local inspect = require "lunapse.notebook.inspect"
local message = require "lunapse.notebook.message"
local screen = require "lunapse.tell.screen"
local show = require "lunapse.prompt.show"

local worker = {}

local channel       -- to the relay
local past          -- what was typed, here and in earlier sessions

local function send(kind, content, metadata)
  core.send(channel, string.pack("s4s4s4", kind, core.encode(content), metadata and core.encode(metadata) or ""))
end

-- ---- showing -----------------------------------------------------------------------------------------------------

local function shown(kind, bundle, id)
  send(kind, { data = bundle.data, metadata = bundle.metadata or {}, transient = id and { display_id = id } or {} })
end

--- Show a value below the cell; in place of an earlier one where `id` is given.
---@return string id  for the next
local function place(bundle, id)
  local name = id or message.unique()
  shown(id and "update_display_data" or "display_data", bundle, name)
  return name
end

--- The line of long work: one for each cell, at the place where it first had something to say.
local line

screen.notebook = {
  say = function(text)
    if text ~= "" or line then line = place(display.progress(text), line) end
    if text == "" then line = nil end
  end,
  figure = function(figure, id, opt) return place(display.figure(figure, opt), id) end,
}

-- ---- cells -------------------------------------------------------------------------------------------------------

local function failure(report, count)
  local lines, text = show.failure_lines(report)
  local name = text:find "interrupted$" and "interrupted" or "error"
  for k, l in ipairs(lines) do lines[k] = message.text(l) end
  return { status = "error", ename = name, evalue = message.text(text), traceback = lines, execution_count = count }
end

--- Show what a cell gives: one value in all its forms; several as text, but for those that have a picture or a table.
local function show_values(count, ...)
  local n = select("#", ...)
  if n == 1 then
    local bundle = display.of((...))
    return send("execute_result", { data = bundle.data, metadata = bundle.metadata or {}, execution_count = count })
  end
  for k = 1, n do
    local value = select(k, ...)
    if display.is_rich(value) then
      for i = 1, n do place(display.of((select(i, ...)))) end
      return
    end
  end
  send("execute_result", { data = { ["text/plain"] = message.text(show.text(...)) }, metadata = {}, execution_count = count })
end

--- user_expressions: name -> expression.
local function expressions(given)
  local found = {}
  for name, text in pairs(given or {}) do
    local results = evaluate("=" .. text, "expression " .. name)
    if results[1] then
      local bundle = display.of(results[2])
      found[name] = { status = "ok", data = bundle.data, metadata = bundle.metadata or {} }
    else
      found[name] = failure(results[2])
    end
  end
  return found
end

local requests = {}

function requests.execute_request(content, count)
  local text = content.code or ""
  local is_silent = content.silent == true
  line = nil
  if not is_silent and content.store_history ~= false and text:find "%S" then past:add(text) end
  local results, problem = evaluate(text, "cell " .. count)
  if problem then io.stderr:write(problem, "\n") end
  if results[1] and results.n > 1 and not is_silent then
    local is_shown, report = xpcall(show_values, host.report, count, table.unpack(results, 2, results.n))
    if not is_shown then results = { false, report, n = 2 } end
  end
  if not results[1] then
    local content_of = failure(results[2], count)
    if not is_silent then send("error", content_of) end
    return content_of
  end
  if input.loses_local(text) then show.note(input.LOST) end
  return { status = "ok", execution_count = count, user_expressions = expressions(content.user_expressions), payload = message.NONE }
end

--- Places in the notebook count characters, ours bytes.
local function byte_of(text, characters) return (utf8.offset(text, (characters or utf8.len(text)) + 1) or #text + 1) - 1 end

function requests.complete_request(content)
  local text = content.code or ""
  local at = byte_of(text, content.cursor_pos)
  local list, prefix, ending = complete.matches(text:sub(1, at))
  if ending == " = " then
    for k, name in ipairs(list) do list[k] = name .. ending end
  end
  local cursor = utf8.len(text:sub(1, at))
  return { status = "ok", matches = #list > 0 and list or message.NONE, cursor_start = cursor - utf8.len(prefix), cursor_end = cursor, metadata = {} }
end

function requests.inspect_request(content)
  local text = content.code or ""
  local found = inspect(text, byte_of(text, content.cursor_pos))
  return { status = "ok", found = found ~= nil, data = found and { ["text/plain"] = message.text(found) } or {}, metadata = {} }
end

function requests.is_complete_request(content)
  local text = content.code or ""
  if input.is_unfinished(text) then return { status = "incomplete", indent = text:match "([ \t]*)[^\n]*$" .. "  " } end
  return { status = (input.is_whole(text) or not text:find "%S") and "complete" or "invalid" }
end

--- A pattern with * and ? as one of Lua's.
local function glob(pattern)
  return "^" .. pattern:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

function requests.history_request(content)
  local entries, found = past.entries, {}
  local first, last = 1, #entries
  local kind = content.hist_access_type
  if kind == "range" then first, last = past.n_before + (content.start or 1), math.min(last, past.n_before + (content.stop or #entries) - 1) end
  local pattern = kind == "search" and glob(content.pattern or "*")
  local seen = {}
  for k = first, last do
    local is_wanted = not pattern or (entries[k]:find(pattern) and not (content.unique and seen[entries[k]]))
    seen[entries[k]] = true
    if is_wanted then found[#found + 1] = { k > past.n_before and 1 or 0, k > past.n_before and k - past.n_before or k, message.text(entries[k]) } end
  end
  if kind ~= "range" and content.n and #found > content.n then found = table.move(found, #found - content.n + 1, #found, 1, {}) end
  return { status = "ok", history = #found > 0 and found or message.NONE }
end

local function answer(packet)
  local kind, text, count = string.unpack("s4s4I4", packet)
  local is_fine, reply = xpcall(function() return requests[kind](core.decode(text), count) end, host.report)
  if not is_fine then reply = failure(reply, count) end
  io.stdout:flush()
  send(reply.status == "error" and "failed" or "reply", reply)
end

--- Run what the relay asks for, until it has no more.
function worker.run(to_relay)
  channel, past = to_relay, history.open()
  past.n_before = #past.entries
  host.at_prompt(true)
  show.use_colour(true)
  pcall(require, "lunapse")        -- while nobody waits for it
  while true do
    local packet = core.receive(channel)
    if not packet or packet == "" then break end
    pcall(answer, packet)
  end
end

return worker
