--- How the prompt prints: results in a form one can read (strings quoted, tables opened a little), errors with the
--- source line they speak of, colour where the terminal has it and NO_COLOR is not set.

local host = require "lunapse.core.host"
local input = require "lunapse.prompt.input"

local show = {}

local MAX_ENTRIES = 40    -- of one table
local MAX_DEPTH = 3

local has_colour = host.is_terminal(1) and os.getenv "TERM" ~= "dumb" and (os.getenv "NO_COLOR" or "") == ""
local colours = { red = "31", yellow = "33", blue = "34", dim = "2", bold = "1" }

--- Say whether there is colour, where that is no matter of a terminal.
---@param is_wanted boolean
function show.use_colour(is_wanted) has_colour = is_wanted end

local function paint(colour, text)
  if not has_colour then return text end
  return "\27[" .. colours[colour] .. "m" .. text .. "\27[0m"
end

--- The prompt itself, with its escape sequences marked for the line editor.
---@param text string
---@return string
function show.prompt(text)
  return (paint("blue", text):gsub("\27%[%d+m", "\1%0\1"))
end

local function quote(text)
  local quoted = ("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r")
  return quoted
end

local function key_text(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return key end
  return "[" .. (type(key) == "string" and quote(key) or tostring(key)) .. "]"
end

--- Numbers and strings before the rest, each in their order.
local function key_order(a, b)
  local kind_a, kind_b = type(a), type(b)
  if kind_a ~= kind_b then return kind_a < kind_b end
  if kind_a == "number" or kind_a == "string" then return a < b end
  return tostring(a) < tostring(b)
end

local format

local function table_parts(value, depth, seen)
  local parts, n = {}, #value
  for i = 1, math.min(n, MAX_ENTRIES) do parts[i] = format(value[i], depth + 1, seen) end
  local keys = {}
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= n) then keys[#keys + 1] = key end
  end
  table.sort(keys, key_order)
  for _, key in ipairs(keys) do
    if #parts >= MAX_ENTRIES then break end
    parts[#parts + 1] = key_text(key) .. " = " .. format(value[key], depth + 1, seen)
  end
  local left = n + #keys - #parts
  if left > 0 then parts[#parts + 1] = ("... %d more"):format(left) end
  return parts
end

local function format_table(value, depth, seen)
  if next(value) == nil then return "{}" end
  if seen[value] then return "<this table again>" end
  if depth >= MAX_DEPTH then return "{...}" end
  seen[value] = true
  local parts = table_parts(value, depth, seen)
  seen[value] = nil
  local flat = "{ " .. table.concat(parts, ", ") .. " }"
  local indent = ("  "):rep(depth + 1)
  if #indent + #flat < host.columns() and not flat:find "\n" then return flat end
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. "\n" .. ("  "):rep(depth) .. "}"
end

format = function(value, depth, seen)
  if type(value) == "string" then return quote(value) end
  local meta = getmetatable(value)
  local is_plain = type(value) == "table" and not (type(meta) == "table" and (meta.__tostring or meta.__name))
  return is_plain and format_table(value, depth, seen) or tostring(value)
end

--- One value as the prompt prints it.
---@param value any
---@return string
function show.format(value)
  return format(value, 0, {})
end

--- The results of an input: on one line where they fit, else one below the other.
---@return string
function show.text(...)
  local parts, length, is_flat = {}, 0, true
  for i = 1, select("#", ...) do
    parts[i] = show.format((select(i, ...)))
    length = length + #parts[i] + 8
    is_flat = is_flat and not parts[i]:find "\n"
  end
  return table.concat(parts, is_flat and length <= host.columns() and "\t" or "\n")
end

--- Print the results of an input.
function show.values(...) print(show.text(...)) end

--- An error in lines: message, the source line it names, the traceback where that says more than the message.
---@param report string  from host.report or load
---@return string[] lines  with colour
---@return string message
function show.failure_lines(report)
  local message, trace = report:match "^(.-)\nstack traceback:\n(.*)$"
  message = message or report
  local lines = {}
  for line in message:gmatch "[^\n]+" do lines[#lines + 1] = paint(line:find "^%s*%^" and "yellow" or "red", line) end
  local place, number = message:match "^([^\n]-):(%d+):"
  local source = place and input.source_line(place, tonumber(number))
  if source and source:find "%S" then lines[#lines + 1] = paint("dim", "    " .. source:match "^%s*(.-)%s*$") end
  local name = message:match "%(global '([%w_]+)'%)"
  if name and input.was_local(name) then lines[#lines + 1] = ("'%s' was a local and ended with its input: leave 'local' out to keep it"):format(name) end
  if trace and trace:find "\n" then lines[#lines + 1] = paint("dim", trace) end
  return lines, message
end

--- Print an error.
---@param report string
function show.failure(report)
  io.stdout:flush()
  io.stderr:write(table.concat(show.failure_lines(report), "\n"), "\n")
end

local noted = {}

--- Print a remark; each only once.
---@param text string
function show.note(text)
  if noted[text] then return end
  noted[text] = true
  print(paint("dim", text))
end

--- One line for who has just arrived at a terminal.
function show.welcome()
  if host.is_terminal(0) and host.is_terminal(1) then
    show.note "Tab completes, Ctrl-C interrupts, Ctrl-D ends. lp is the library."
  end
end

return show
