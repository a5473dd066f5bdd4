--- From the lines that a user types to a chunk: `=expr` and bare expressions give their values, anything else is run.
--- Keeps the text of every input, so that an error can show the line it speaks of.

local input = {}

local texts = {}    -- chunk name -> text, of the inputs so far
local count = 0

--- The text as an expression: on the same line, so that line numbers stay. With something to close, `return f(x)` is no
--- tail call, which would take the user's line out of the traceback.
local function as_expression(text)
  local rest = text:match "^%s*=(.*)$"
  return "local __input <close> = nil return " .. (rest or text), rest ~= nil
end

local function is_cut_short(message)
  return message ~= nil and message:find "near <eof>$" ~= nil
end

--- Does the text want more lines before it is a statement or an expression?
---@param text string
---@return boolean
function input.is_unfinished(text)
  local expression, is_marked = as_expression(text)
  local chunk, message = load(expression, "=")
  if chunk then return false end
  if is_marked then return is_cut_short(message) end
  local statement, why = load(text, "=")
  if statement then return false end
  return is_cut_short(why) or (is_cut_short(message) and not text:find "^%s*$")
end

--- Compile one input.
---@param text string
---@param environment table  its globals
---@return function|nil chunk
---@return string|nil message  why there is none
function input.load(text, environment)
  count = count + 1
  local name = "prompt " .. count
  texts[name] = text
  local expression, is_marked = as_expression(text)
  local chunk, message = load(expression, "=" .. name, "t", environment)
  if chunk or is_marked then return chunk, message end
  return load(text, "=" .. name, "t", environment)
end

--- Is this input nothing but a `local name = value`, gone as soon as it has run?
---@param text string
---@return boolean
function input.loses_local(text)
  return text:find "^%s*local%s+[%a_][%w_%s,]*=[^;\n]*$" ~= nil and not text:find "%send%s*%S"
end

--- Line `number` of what `place` names: an earlier input or a file.
---@param place string
---@param number integer
---@return string|nil
function input.source_line(place, number)
  local text = texts[place]
  if not text then
    local file = io.open(place)
    text = file and file:read "a"
    if file then file:close() end
  end
  if not text then return nil end
  local at = 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    at = at + 1
    if at == number then return line end
  end
  return nil
end

return input
