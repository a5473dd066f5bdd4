--- From what a user types to a chunk: `=expr` and bare expressions give their values, statements are run, and where an expression stands behind
--- statements its values are given, too. A semicolon at the end says that no values are wanted.
--- Keeps the text of every input, so that an error can show the line it speaks of, and the names of locals, which end with their input.

local input = {}

local texts = {}    -- chunk name -> text, of the inputs so far
local lost = {}     -- names that were local to one
local count = 0

-- With something to close, `return f(x)` is no tail call, which would take the user's line out of the traceback.
local RETURN = "local __input <close> = nil return "

--- Is the text a list of expressions? `return` needs none, and behind `local _ =` statements may follow.
local function is_expression(text) return load("local _ = " .. text, "=") ~= nil and load(RETURN .. text, "=") ~= nil end

--- Where the expression begins that ends the text: the first byte of its line; nil where none does. Line by line upwards: what is no beginning of an
--- expression is refused at its first words, so that long texts take no longer.
local function last_expression(text)
  local at = #text + 1
  repeat
    local line = text:sub(1, at - 1):match ".*\n()" or 1
    if is_expression(text:sub(line)) and load(text:sub(1, line - 1), "=") then return line end
    at = line - 1
  until line == 1
end

--- The text as what Lua compiles: on the same lines, so that their numbers stay.
local function as_lua(text)
  local rest = text:match "^%s*=(.*)$"
  if rest then return RETURN .. rest end
  local silent = text:match "^(.*);%s*$"
  local at = last_expression(silent or text)
  if not at then return text end
  return text:sub(1, at - 1) .. (silent and "local _ = " .. silent:sub(at) or RETURN .. text:sub(at))
end

local function is_cut_short(message) return message ~= nil and message:find "near <eof>$" ~= nil end

--- Does the text want more lines before it is whole?
---@param text string
---@return boolean
function input.is_unfinished(text)
  local chunk, message = load(as_lua(text), "=")
  if chunk or not text:find "%S" then return false end
  if is_cut_short(message) then return true end
  chunk, message = load(RETURN .. text, "=")
  return not chunk and is_cut_short(message)
end

--- Can it be compiled?
---@param text string
---@return boolean
function input.is_whole(text) return load(as_lua(text), "=") ~= nil end

local function note_locals(text)
  for names in ("\n" .. text):gmatch "\nlocal%s+([%a_][%w_ ,<>]*)" do
    for name in names:gsub("^function%s", ""):gsub("<%s*%w+%s*>", ""):gmatch "[%a_][%w_]*" do lost[name] = true end
  end
end

--- Was there a local of this name in an earlier input?
---@param name string
---@return boolean
function input.was_local(name) return lost[name] ~= nil end

--- Compile one input.
---@param text string
---@param environment table  its globals
---@param name? string  what errors call it; "prompt 1", "prompt 2", ... unless given
---@return function|nil chunk
---@return string|nil message  why there is none
function input.load(text, environment, name)
  if not name then
    count = count + 1
    name = "prompt " .. count
  end
  texts[name] = text
  note_locals(text)
  return load(as_lua(text), "=" .. name, "t", environment)
end

input.LOST = "a local lives only until the end of its input: leave 'local' out to keep the value"

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
