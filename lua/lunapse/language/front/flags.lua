--- Flags: what follows ` : ` behind a statement. Settings (init = 0), single words (exponential, postsynaptic, int), two words
--- (unless refractory), and a unit. Which there are, and where they may stand: base/flag_table.lua.

local fail = require "lunapse.language.base.fail"
local known = require "lunapse.language.base.flag_table"
local units = require "lunapse.language.base.unit_table"

local flags = {}

local in_words = {
  equation = "an equation", event = "a statement of an event", parameter = "a parameter", creating = "creating",
  pruning = "pruning", any = "a statement", none = "this expression",
}

local function is_setting(name) return known.rows[name] ~= nil and known.rows[name].kind == "setting" end

--- The row of a choice among whose words this one is.
local function choice_of(word)
  for _, row in ipairs(known.rows) do
    if row.words and row.words[word] then return row end
  end
end

--- The words that may stand as flags in a place, for hints.
local function known_words(place_kind)
  local words = {}
  for _, row in ipairs(known.rows) do
    if known.takes(row, place_kind) then
      for name, meaning in pairs(row.words or {}) do
        if name == meaning and name ~= "global" and name ~= "float" then words[#words + 1] = name end
      end
      if row.kind ~= "choice" and row.kind ~= "unit" then words[#words + 1] = row.text or row.name end
    end
  end
  return words
end

--- The hint for a word that is no flag: the nearest flag or unit, or the flags there are.
local function suggestion(word, place_kind)
  if known.elsewhere[word] then return known.elsewhere[word] end
  local words = known_words(place_kind)
  local near = fail.nearest(word, words)
  local takes_unit = known.takes(known.rows.unit, place_kind)
  if not near and takes_unit then near = fail.nearest(word, units.names()) end
  if near then return ("did you mean '%s'?"):format(near) end
  table.sort(words)
  if #words == 0 then return "no flags here" end
  return "known flags: " .. table.concat(words, ", ") .. (takes_unit and ", a unit" or "")
end

local function set(reader, result, key, value, span, place_kind)
  if not known.takes(known.rows[key], place_kind) then
    local word = reader.place.text:sub(span.pos, span.stop)
    fail.at(reader.place, span, ("%s does not take the flag '%s'"):format(in_words[place_kind], word), suggestion("", place_kind))
  end
  if result[key] ~= nil then
    local kind = known.rows[key].kind
    local what = (kind == "choice" or kind == "unit") and "a second " .. key or "this flag stands twice"
    fail.at(reader.place, span, what, "")
  end
  result[key] = value
  result.spans = result.spans or {}
  result.spans[key] = span
end

--- A word with hyphens (event-driven, semi-implicit): the joined word and the token behind it.
local function hyphenated(reader)
  local at = reader.at
  if reader.kind[at] ~= "name" then return nil end
  if reader.kind[at + 1] == "-" and reader.kind[at + 2] == "name" then
    local joined = reader.value[at] .. "-" .. reader.value[at + 2]
    if joined == "clock-driven" or known.methods[joined] or fail.nearest(joined, { "event-driven", "semi-implicit" }) then return joined, at + 3 end
  end
  return reader.value[at], at + 1
end

--- A flag of kind "word", of one word or two.
local function read_word(reader, result, place_kind)
  local first = reader.at
  local word, more = reader.value[first], reader.kind[first + 1] == "name" and reader.value[first + 1]
  local row, last = more and known.of_word(word .. " " .. more), first + 1
  if word == "constant" and more == "over" then
    fail.at(reader.place, { pos = reader.pos[first], stop = reader.stop[first + (reader.value[first + 2] == "dt" and 2 or 1)] }, "unknown flag 'constant over dt'",
      known.elsewhere["constant over dt"])
  end
  if not row then row, last = known.of_word(word), first end
  if not row then
    if word ~= "unless" then return false end
    local span = { pos = reader.pos[first], stop = reader.stop[more and first + 1 or first] }
    fail.at(reader.place, span, "'unless' what?", "unless refractory, unless post")
  end
  reader.at = last + 1
  set(reader, result, row.name, true, { pos = reader.pos[first], stop = reader.stop[last] }, place_kind)
  return true
end

local function read_setting(reader, result, place_kind)
  local first = reader.at
  local name = reader.value[first]
  local span = reader:span(first)
  reader.at = first + 2
  local quote = reader.kind[reader.at]
  if not is_setting(name) then
    local words = {}
    for _, row in ipairs(known.rows) do if row.kind == "setting" and known.takes(row, place_kind) then words[#words + 1] = row.name end end
    fail.at(reader.place, span, ("unknown flag '%s ='"):format(name), fail.suggest(name, words, "known"))
  end
  if quote == "'" or quote == '"' then
    reader.at = reader.at + 1
    local value = reader:expression()
    reader:expect(quote, "the closing quote")
    set(reader, result, name, value, span, place_kind)
  else
    set(reader, result, name, reader:expression(), span, place_kind)
  end
end

--- Where flags in parentheses follow the unit at hand: after a name or a number no other parenthesis stands in one.
local function group_behind(reader)
  local at = reader.at
  while true do
    local kind = reader.kind[at]
    if kind == "newline" or kind == "end" or kind == "," then return nil end
    if (kind == "name" or kind == "number") and reader.kind[at + 1] == "(" then return at + 1 end
    at = at + 1
  end
end

local function read_unit(reader, result, place_kind)
  local first = reader.at
  local group = group_behind(reader)
  if group then reader.kind[group] = "end" end
  local node = reader:expression()
  if group then reader.kind[group] = "(" end
  local value, unit = units.of_tree(node)
  if not value then
    local name = node.kind == "name" and not node.base and node.name
    if name and is_setting(name) then
      fail.at(reader.place, node, ("the flag '%s' needs a value"):format(name), ("write %s = ..."):format(name))
    elseif name then
      fail.at(reader.place, node, ("unknown flag '%s'"):format(name), suggestion(name, place_kind))
    end
    if node.kind == "binary" then
      local worst = node
      while worst.kind == "binary" do worst = units.of_tree(worst.a) and worst.b or worst.a end
      if worst.kind == "name" and not worst.base and units.of_tree(node.a) then
        fail.at(reader.place, worst, ("unknown unit '%s'"):format(worst.name), fail.suggest(worst.name, units.names()))
      end
    end
    if units.constant(node) then
      fail.at(reader.place, node, "a number is not a flag", ("did you mean 'init = %g'?"):format(units.constant(node)))
    end
    fail.at(reader.place, node, "this is not a flag", "flags are like init = 0, exponential, postsynaptic, mV; commas between them")
  end
  local span = { pos = reader.pos[first], stop = reader.stop[reader.at - 1] }
  if unit == units.none and value ~= 1 then
    fail.at(reader.place, span, "a number is not a flag", "did you mean 'init = " .. reader.place.text:sub(span.pos, span.stop) .. "'?")
  end
  set(reader, result, "unit", unit, span, place_kind)
  result.unit_value = value
end

local function read_one(reader, result, place_kind)
  local kind = reader.kind[reader.at]
  if kind == "newline" or kind == "end" or kind == "," then reader:fail("a flag is missing", "", reader.at - 1) end
  if kind == "(" and reader.value[reader.at + 1] == "unless" then
    reader:fail("flags stand without parentheses", "write ': unless refractory', commas between flags")
  end
  if kind == "name" and read_word(reader, result, place_kind) then return end
  if kind == "name" and reader.kind[reader.at + 1] == "=" then return read_setting(reader, result, place_kind) end
  local word, behind = hyphenated(reader)
  if word then
    local span = { pos = reader.pos[reader.at], stop = reader.stop[behind - 1] }
    local row = choice_of(word)
    if row then
      reader.at = behind
      return set(reader, result, row.name, row.words[word], span, place_kind)
    end
    if word == "clock-driven" then
      reader.at = behind
      return set(reader, result, "clock_driven", true, span, place_kind)
    end
    if word:find "-" then
      fail.at(reader.place, span, ("unknown flag '%s'"):format(word), suggestion(word, place_kind))
    end
  end
  read_unit(reader, result, place_kind)
end

--- Flags in parentheses behind another: `: volt (unless refractory)`.
local function read_group(reader, result, place_kind)
  local open = reader.at
  repeat
    reader.at = reader.at + 1
    read_one(reader, result, place_kind)
  until reader.kind[reader.at] ~= ","
  if reader.kind[reader.at] ~= ")" then fail.at(reader.place, reader:span(open), "'(' is never closed", "flags stand in it, commas between them") end
  reader.at = reader.at + 1
end

--- Read the flags at hand, if a ':' stands there. Values of settings stay trees.
---@param reader Reader
---@param place_kind string  "equation", "event", "parameter", "creating", "pruning", "none"
---@return table
function flags.read(reader, place_kind)
  local result = {}
  if reader.kind[reader.at] ~= ":" then return result end
  reader.in_condition = false
  repeat
    reader.at = reader.at + 1
    read_one(reader, result, place_kind)
    if reader.kind[reader.at] == "(" then read_group(reader, result, place_kind) end
  until reader.kind[reader.at] ~= ","
  local kind = reader.kind[reader.at]
  if kind ~= "newline" and kind ~= "end" then
    if kind == "name" or kind == "(" then
      reader:fail("a comma is missing between flags", ": init = 0, exponential")
    end
    if kind == ":" then reader:fail("a second ':'", "flags are separated by commas") end
    reader:unexpected()
  end
  return result
end

return flags
