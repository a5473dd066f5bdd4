--- Equation text to tokens: numbers, names, keywords, operators, line ends. Comments and blank lines vanish.
---
--- A newline ends a statement, except inside parentheses, after an operator, a comma or a colon, before `else`, and before an operator with which
--- no statement begins: there the statement cannot be over, and no newline token is made. What is not a token of the language is an error that says what was
--- probably meant (`&&`, `[`, a minus sign pasted from a text).

local fail = require "lunapse.language.base.fail"

local tokens = {}

local byte, find, sub = string.byte, string.find, string.sub

tokens.keywords = {
  ["if"] = true, ["else"] = true, ["and"] = true, ["or"] = true, ["not"] = true, ["is"] = true,
  ["true"] = true, ["false"] = true, True = true, False = true, ["elif"] = true,
}

--- Symbols by length, longest first.
local symbols = {
  { ["**"] = true, ["<="] = true, [">="] = true, ["=="] = true, ["!="] = true, ["~="] = true,
    ["+="] = true, ["-="] = true, ["*="] = true, ["/="] = true, [":="] = true, ["//"] = true },
  { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["%"] = true, ["^"] = true, ["<"] = true, [">"] = true, ["="] = true,
    ["("] = true, [")"] = true, [","] = true, [":"] = true, ["."] = true, ["'"] = true, ['"'] = true },
}

--- After one of these the expression has to go on, so the line does too.
local goes_on = {
  ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["//"] = true, ["%"] = true, ["^"] = true, ["**"] = true, ["<"] = true, [">"] = true,
  ["<="] = true, [">="] = true, ["=="] = true, ["!="] = true, ["~="] = true, [","] = true, [":"] = true, [":="] = true,
  ["and"] = true, ["or"] = true, ["not"] = true, ["is"] = true, ["if"] = true,
}

--- A line that begins with one of these goes on with the line before, unless flags end that; with `-` where it holds no assignment.
local goes_back = {
  ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true, ["%"] = true, ["^"] = true, ["**"] = true, ["<"] = true, [">"] = true, ["<="] = true,
  [">="] = true, ["=="] = true, ["!="] = true, ["~="] = true, ["and"] = true, ["or"] = true,
}

--- Does the line from `at` on assign anything (before its flags)?
local function assigns(text, at)
  local line = text:match("^[^\n;#:]*", at)
  return line:gsub("[=!~<>]=", ""):find("=", 1, true) ~= nil
end

--- What people write from habit, and what it is called here. Tried before the symbols, longest first.
local habits = {
  { "===", "did you mean '=='?" }, { "&&", "did you mean 'and'?" }, { "||", "did you mean 'or'?" },
  { "<>", "did you mean '!='?" }, { "=>", "did you mean '>='?" }, { "=<", "did you mean '<='?" },
  { "//", "a comment starts with '#'" },
  { "^=", "write x = x ^ a" }, { "++", "write x += 1" },
  { "&", "did you mean 'and'?" }, { "|", "did you mean 'or'?" },
  { "!", "did you mean 'not'?" }, { "~", "did you mean 'not'?" },
  { "[", "there are no indices: a name stands for the element's own value" }, { "]", "there are no indices" },
  { "{", "group with parentheses" }, { "}", "group with parentheses" },
  { "\u{2212}", "this is a typographic minus: did you mean '-'?" }, { "\u{2013}", "this is a dash: did you mean '-'?" },
  { "\u{d7}", "did you mean '*'?" }, { "\u{b7}", "did you mean '*'?" }, { "\u{f7}", "did you mean '/'?" },
  { "\u{2264}", "did you mean '<='?" }, { "\u{2265}", "did you mean '>='?" }, { "\u{2260}", "did you mean '!='?" },
  { "\u{b2}", "did you mean '^2'?" }, { "\u{b3}", "did you mean '^3'?" },
  { "\u{2018}", "this is a typographic quote" }, { "\u{2019}", "this is a typographic quote" },
  { "\u{201c}", "this is a typographic quote" }, { "\u{201d}", "this is a typographic quote" },
  { "\u{a0}", "this is a no-break space" },
}
local habits_by_byte = {}
for _, habit in ipairs(habits) do
  local first = byte(habit[1])
  habits_by_byte[first] = habits_by_byte[first] or {}
  table.insert(habits_by_byte[first], habit)
end

---@class Tokens  parallel lists; kind is "number", "name", "newline", "end", or the keyword or symbol itself
---@field kind string[]
---@field value any[]  the number, the name, or the text of the symbol
---@field pos integer[]
---@field stop integer[]
---@field place table
---@field n integer

local function wrong_character(place, text, at)
  for _, habit in ipairs(habits_by_byte[byte(text, at)] or {}) do
    if sub(text, at, at + #habit[1] - 1) == habit[1] then
      fail.at(place, { pos = at, stop = at + #habit[1] - 1 }, ("'%s' means nothing here"):format(habit[1]), habit[2])
    end
  end
  local character = text:match("^[\0-\x7F\xC2-\xFD][\x80-\xBF]*", at) or sub(text, at, at)
  local span = { pos = at, stop = at + #character - 1 }
  if byte(character) >= 0x80 then
    fail.at(place, span, ("wrong character '%s'"):format(character), "names are made of the letters a-z, A-Z, digits and _")
  end
  if character:find "%c" then
    fail.at(place, span, ("wrong character (byte %d)"):format(byte(character)), "")
  end
  fail.at(place, span, ("wrong character '%s'"):format(character), "")
end

--- Read the number at `at`; a second dot or letters that touch it are errors. Returns value and last offset.
local function read_number(place, text, at)
  local _, stop = find(text, "^%d+%.?%d*", at)
  if not stop then _, stop = find(text, "^%.%d+", at) end
  local _, exponent = find(text, "^[eE][+-]?%d+", stop + 1)
  stop = exponent or stop
  if find(text, "^[%w_.]", stop + 1) then
    local _, last = find(text, "^[%w_.]+", stop + 1)
    local span = { pos = at, stop = last }
    local name = text:match("^[%a_][%w_]*$", 1) or text:match("^[%a_][%w_]*", stop + 1)
    local whole = sub(text, at, last)
    if name and stop + #name == last and not find(whole, "^[%d.]+[eE]$") then
      fail.at(place, span, ("bad number '%s'"):format(whole), ("did you mean '%s*%s'?"):format(sub(text, at, stop), name))
    end
    fail.at(place, span, ("bad number '%s'"):format(whole), "numbers look like 3, 0.5, 2.5e-3")
  end
  local value = tonumber(sub(text, at, stop)) + 0.0 -- a float, so that no folding ever wraps around as integers do
  if value == math.huge then
    local shown = stop - at < 40 and sub(text, at, stop) or sub(text, at, at + 36) .. "..."
    fail.at(place, { pos = at, stop = stop }, ("the number '%s' is too large"):format(shown), "infinity is 'inf'")
  end
  return value, stop
end

--- Split `place.text` into tokens.
---@param place table  where the text stands: { kind, name, part, text }
---@return Tokens
function tokens.read(place)
  local text = place.text
  local kinds, values, starts, stops = {}, {}, {}, {}
  local n, at, depth, size = 0, 1, 0, #text
  local pending_newline -- offset of a newline that counts only if nothing follows with which the statement goes on
  local colons = 0      -- of the statement, less those of if and else: flags have begun
  local function continues(kind, pos)
    if kind == "else" then return true end
    return goes_back[kind] and byte(text, pending_newline) == 10 and colons <= 0 and not (kind == "-" and assigns(text, pos))
  end
  local function add(kind, value, pos, stop)
    if pending_newline then
      if not continues(kind, pos) then
        colons = 0
        n = n + 1
        kinds[n], values[n], starts[n], stops[n] = "newline", "\n", pending_newline, pending_newline
      end
      pending_newline = nil
    end
    if kind == ":" then colons = colons + 1 elseif kind == "if" or kind == "else" then colons = colons - 1 end
    n = n + 1
    kinds[n], values[n], starts[n], stops[n] = kind, value, pos, stop
  end
  while true do
    at = find(text, "[^ \t\r]", at)
    if not at then break end
    local c = byte(text, at)
    if c == 35 then -- #
      at = find(text, "\n", at, true) or size + 1
    elseif c == 10 or c == 59 then -- newline ;
      if c == 59 and depth > 0 then
        fail.at(place, { pos = at, stop = at }, "';' inside parentheses", "a parenthesis is not closed before it")
      end
      if depth == 0 and n > 0 and not (c == 10 and goes_on[kinds[n]]) and not pending_newline then pending_newline = at end
      at = at + 1
    elseif (c >= 97 and c <= 122) or (c >= 65 and c <= 90) or c == 95 then
      local _, stop = find(text, "^[%w_]+", at)
      local name = sub(text, at, stop)
      add(tokens.keywords[name] and name:lower() or "name", name, at, stop)
      at = stop + 1
    elseif (c >= 48 and c <= 57) or (c == 46 and find(text, "^%d", at + 1) and kinds[n] ~= "name") then
      local value, stop = read_number(place, text, at)
      add("number", value, at, stop)
      at = stop + 1
    else
      local one = sub(text, at, at)
      local two = sub(text, at, at + 1)
      local symbol = symbols[1][two] and two or symbols[2][one] and one
      if two == "//" and (n == 0 or pending_newline or kinds[n] == "newline") then wrong_character(place, text, at) end
      local known_habit = habits_by_byte[c] and not symbols[1][two]
      if known_habit or not symbol then
        for _, habit in ipairs(habits_by_byte[c] or {}) do
          -- `a = -b` is no habit, `a =< b` is; `x++ y` is left to the grammar
          if sub(text, at, at + #habit[1] - 1) == habit[1] and not (symbol and habit[1] == "++") then wrong_character(place, text, at) end
        end
        if not symbol then wrong_character(place, text, at) end
      end
      if symbol == "(" then depth = depth + 1 elseif symbol == ")" and depth > 0 then depth = depth - 1 end
      add(symbol, symbol, at, at + #symbol - 1)
      at = at + #symbol
    end
  end
  pending_newline = nil
  add("end", "", size + 1, size + 1)
  return { kind = kinds, value = values, pos = starts, stop = stops, n = n, place = place }
end

return tokens
