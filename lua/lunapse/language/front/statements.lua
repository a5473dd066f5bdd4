--- Statements: equations, assignments, conditions with flags, parameters, functions. One statement a line (or `;`).
---
---     tau * dv/dt + v = I   : init = -60, exponential        ode: the left side holds dv/dt
---     w += eta * x          : min = 0                        assignment, with = += -= *= /=
---     m_inf := 1/(1 + exp(-v))                               definition

local fail = require "lunapse.language.base.fail"
local flags = require "lunapse.language.front.flags"
local grammar = require "lunapse.language.front.grammar"
local parts = require "lunapse.language.base.parts"
local tokens = require "lunapse.language.front.tokens"
local tree = require "lunapse.language.base.tree"

local statements = {}

local assignments = { ["="] = true, ["+="] = true, ["-="] = true, ["*="] = true, ["/="] = true, [":="] = true }

--- Which flags statements take in a place (see flags.lua): what the place says, or its part.
local function flags_of(place)
  local row = parts.row(place.part)
  return place.takes or row and row.flags or place.part and "equation" or "any"
end

--- The user's text of tokens first ... last, on one line, without comments.
local function text_of(reader, first, last)
  local text = reader.place.text:sub(reader.pos[first], reader.stop[last])
  if text:find("[\n#]") then text = text:gsub("#[^\n]*", ""):gsub("%s*\n%s*", " ") end
  return text
end

-- Complete a statement whose flags begin at token `flags_at`. `text` is what the user wrote, `bare` the same without flags.
local function finish(reader, statement, first, flags_at)
  local kind = reader.kind[reader.at]
  if kind ~= "newline" and kind ~= "end" then reader:unexpected() end
  local last = reader.at - 1
  statement.pos, statement.stop = reader.pos[first], reader.stop[last]
  statement.text, statement.bare = text_of(reader, first, last), text_of(reader, first, flags_at - 1)
  statement.line = fail.line_of(reader.place, statement.pos)
  statement.part, statement.place = reader.place.part, reader.place
  return statement
end

--- Where the sign of the assignment stands, and whether a derivative stands before it.
local function look_ahead(reader)
  local depth, derivative = 0, nil
  for k = reader.at, #reader.kind do
    local kind = reader.kind[k]
    if kind == "newline" or kind == "end" then return nil, derivative end
    if kind == "(" then depth = depth + 1 elseif kind == ")" then depth = depth - 1 end
    if assignments[kind] and depth <= 0 then return k, derivative end
    if kind == "name" and reader.kind[k + 1] == "/" and reader.value[k + 2] == "dt" and reader.value[k]:find "^d." then
      derivative = derivative or k
    end
    if kind == ":" and depth == 0 then return nil, derivative end
  end
end

local function no_assignment(reader, first)
  local k = reader.at
  while reader.kind[k] ~= "newline" and reader.kind[k] ~= "end" and reader.kind[k] ~= ":" do k = k + 1 end
  local span = { pos = reader.pos[first], stop = reader.stop[math.max(k - 1, first)] }
  local kind = reader.kind[first]
  local hint = "a statement is 'x = ...' or 'dx/dt = ...'"
  if kind == "==" or reader.kind[first + 1] == "==" then
    fail.at(reader.place, reader:span(kind == "==" and first or first + 1), "'==' compares", "assign with '='")
  end
  if reader.kind[first + 1] == "-" or reader.kind[first + 1] == "+" then
    if reader.kind[first + 2] == reader.kind[first + 1] then
      fail.at(reader.place, { pos = reader.pos[first + 1], stop = reader.stop[first + 2] }, ("'%s' is not an operator")
        :format(reader.kind[first + 1]:rep(2)), ("write %s %s= 1"):format(reader.value[first], reader.kind[first + 1]))
    end
  end
  if kind == ":" then reader:fail("flags without a statement", "flags stand on the last line of their statement") end
  if kind == "+" or kind == "-" or kind == "*" or kind == "/" or kind == "and" or kind == "or" then
    local ended = first > 1 and reader.place.text:sub(reader.pos[first - 1], reader.pos[first - 1])
    hint = not ended and "nothing stands before it" or ended == ";" and "';' ends the statement above"
      or "flags end the statement above: they stand on its last line"
    span = reader:span(first)
    fail.at(reader.place, span, ("a statement cannot begin with '%s'"):format(kind), hint)
  end
  if kind == "else" then reader:unexpected() end
  if kind == ")" then reader:unexpected() end
  fail.at(reader.place, span, "this is not an equation: it has no '='", hint)
end

local function read_target(reader, sign)
  local first = reader.at
  if reader.kind[first] == "name" and sign == first + 1 then
    reader.at = sign
    return tree.name(reader.value[first], reader:span(first))
  elseif reader.kind[first] == "name" and sign == first + 3 and reader.kind[first + 1] == "." and reader.kind[first + 2] == "name" then
    reader.at = sign
    return tree.name(reader.value[first + 2], { pos = reader.pos[first], stop = reader.stop[first + 2] }, reader.value[first])
  end
  local span = { pos = reader.pos[first], stop = reader.stop[math.max(first, sign - 1)] }
  if sign == first then fail.at(reader.place, reader:span(sign), ("nothing stands before '%s'"):format(reader.kind[sign]), "") end
  if reader.kind[first] == "name" and reader.kind[first + 1] == "(" then
    fail.at(reader.place, span, ("a value cannot be assigned to a function, here '%s'"):format(reader.value[first]),
      "functions are defined in the part 'functions'")
  end
  if reader.kind[first] == "if" and sign > first + 1 then
    fail.at(reader.place, span, "an assignment cannot stand inside 'if'", "write x = if c: a else: b")
  end
  if tokens.keywords[reader.value[first]] then
    fail.at(reader.place, reader:span(first), ("'%s' is a word of the language"):format(reader.value[first]), "choose another name")
  end
  fail.at(reader.place, span, "the left side is neither a name nor an equation of dx/dt",
    "a statement is 'x = ...' or 'dx/dt = ...'")
end

--- A line that only says that there is a variable, and its unit: `I : amp`. It begins at 0 and stays until somebody writes it.
local function read_declaration(reader, first)
  local name = tree.name(reader.value[first], reader:span(first))
  reader.at = first + 1
  local statement = { op = "=", kind = "assign", is_declaration = true, target = name, rhs = name, flags = flags.read(reader, "equation") }
  if not statement.flags.unit then
    reader.at = first
    no_assignment(reader, first)
  end
  statement.flags.init = statement.flags.init or tree.number(0, name)
  return finish(reader, statement, first, first + 1)
end

--- Read one statement; the reader stands behind it.
---@param reader Reader
---@return table
function statements.read(reader)
  local first = reader.at
  reader:fresh()
  local sign, derivative = look_ahead(reader)
  if not sign and reader.kind[first] == "name" and reader.kind[first + 1] == ":" and flags_of(reader.place) == "equation" then return read_declaration(reader, first) end
  if not sign then no_assignment(reader, first) end
  local statement = { op = reader.kind[sign] }
  if derivative then
    statement.kind = "ode"
    reader.left_side = true
    statement.lhs = reader:expression()
    reader.left_side = false
    if reader.at ~= sign then reader:unexpected() end
    if statement.op ~= "=" then
      fail.at(reader.place, reader:span(sign), ("a differential equation has '=', not '%s'"):format(statement.op), "")
    end
    local node = tree.find(statement.lhs, function(n) return n.kind == "derivative" end)
    if not node then -- dx/dt stands inside parentheses of a call, or so
      fail.at(reader.place, reader:span(derivative), "this derivative cannot be read", "write it as dx/dt")
    end
    statement.target = tree.name(node.name, { pos = node.pos, stop = node.pos + #node.name })
  else
    statement.kind = statement.op == ":=" and "definition" or "assign"
    statement.target = read_target(reader, sign)
  end
  reader.at = sign + 1
  statement.rhs = reader:expression()
  if statement.kind == "definition" and reader.kind[reader.at] == ":" then
    reader:fail("a definition takes no flags", "flags stand with what is assigned (=) or has an equation")
  end
  local flags_at = reader.at
  statement.flags = flags.read(reader, flags_of(reader.place))
  return finish(reader, statement, first, flags_at)
end

--- All statements of a part's text.
---@param place table
---@return table[]
function statements.list(place)
  place.counted = true
  local reader = grammar.reader(tokens.read(place))
  local list = {}
  while true do
    while reader.kind[reader.at] == "newline" do reader.at = reader.at + 1 end
    if reader.kind[reader.at] == "end" then return list end
    local statement = statements.read(reader)
    -- that synapses have a weight is known
    if not (statement.is_declaration and place.kind == "synapse" and statement.target.name == "w") then list[#list + 1] = statement end
  end
end

--- A text that is one expression.
---@param place table
---@return table node
function statements.expression(place)
  local condition = statements.condition(place, "none")
  return condition.rhs
end

--- A text that is one expression with flags: spike, psp, creating, pruning.
---@param place table
---@param takes_flags? string
---@return table { kind = "condition", rhs, flags, text, line, part, place, pos, stop }
function statements.condition(place, takes_flags)
  local reader = grammar.reader(tokens.read(place))
  reader:fresh()
  while reader.kind[reader.at] == "newline" do reader.at = reader.at + 1 end
  local first = reader.at
  if reader.kind[first] == "end" then fail.at(place, nil, "an expression is missing: the text is empty", "") end
  reader.in_condition = true
  local condition = { kind = "condition", rhs = reader:expression() }
  if reader.kind[reader.at] == "=" then
    local left = condition.rhs
    if left.kind == "name" and left.name == place.part then
      fail.at(place, reader:span(), ("the part '%s' is an expression alone"):format(place.part), ("leave out '%s ='"):format(left.name))
    end
    reader:unexpected()
  end
  local row = parts.row(place.part)
  local flags_at = reader.at
  condition.flags = flags.read(reader, takes_flags or row and row.flags or "none")
  finish(reader, condition, first, flags_at)
  while reader.kind[reader.at] == "newline" do reader.at = reader.at + 1 end
  if reader.kind[reader.at] ~= "end" then
    reader:fail("only one expression can stand here", "join conditions with 'and' or 'or'")
  end
  return condition
end

return statements
