--- Errors of the equation language: a picture of the line with a caret, and the name that was probably meant.
---
---     neuron 'RS', equations, line 3: unknown name 'vrve'
---         I = g_ampa * (vrve - v)
---                       ^~~~  did you mean 'vrev'?
---
--- A *place* says where a text stands: { kind = "neuron", name = "RS", part = "equations", text = the whole text of the part }.
--- Nodes and tokens give byte offsets `pos` and `stop` into it; a node may carry a `place` of its own (bodies of functions do).
--- A text that was made of what somebody wrote says so: made_of = { text = what he wrote, { first, last, at }, ... }, where bytes first..last of the text are those
--- from `at` on; without a text nothing of it was written by anybody, and nothing is shown.

local printable = require "lunapse.language.base.printable"

local fail = {}

local failure = {}
failure.__index = failure
failure.__tostring = function(self) return self.message end
failure.__name = "lunapse.failure"

--- Distance of two words: insertions, deletions, replacements and swaps of neighbours, each 1; a change of case alone 0.5.
---@param a string
---@param b string
---@return number
function fail.distance(a, b)
  local before, row, fresh = {}, {}, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    fresh[0] = i
    local ca = a:byte(i)
    for j = 1, #b do
      local cb = b:byte(j)
      local cost = ca == cb and 0 or (ca | 32) == (cb | 32) and 0.5 or 1
      local best = math.min(row[j] + 1, fresh[j - 1] + 1, row[j - 1] + cost)
      if i > 1 and j > 1 and ca == b:byte(j - 1) and a:byte(i - 1) == cb then best = math.min(best, before[j - 2] + 1) end
      fresh[j] = best
    end
    before, row, fresh = row, fresh, before
  end
  return row[#b]
end

--- The known name nearest to `name`, or nil when none is near enough to be what was meant.
---@param name string
---@param known string[]
---@return string?
function fail.nearest(name, known)
  local best, best_distance
  local allowed = #name <= 2 and 1 or #name <= 5 and 1.5 or math.min(3, #name / 3)
  for _, candidate in ipairs(known) do
    if math.abs(#candidate - #name) <= allowed and candidate ~= name then
      local distance = fail.distance(name, candidate)
      -- a word of two letters has nothing left after one replacement: only case and swaps count there
      local near = distance <= allowed and (#name > 2 or distance < 1 or (#candidate > 1 and distance <= 1))
      if #name == 1 then near = distance == 0.5 end
      if #name == 2 and name == candidate:rep(2) then near = true end
      if near and (not best or distance < best_distance or (distance == best_distance and candidate < best)) then
        best, best_distance = candidate, distance
      end
    end
  end
  return best
end

--- The hint for an unknown word: the nearest known one, or else the list of all.
---@param name string
---@param known string[]
---@param what? string  what the list is a list of, default "known"
---@return string
function fail.suggest(name, known, what)
  local near = fail.nearest(name, known)
  if near then return ("did you mean '%s'?"):format(near) end
  if #known == 0 then return "" end
  local sorted = table.move(known, 1, #known, 1, {})
  table.sort(sorted, function(a, b)
    local la, lb = a:lower(), b:lower()
    if la ~= lb then return la < lb end
    return a < b
  end)
  return (what or "known") .. ": " .. table.concat(sorted, ", ")
end

local starts_of = setmetatable({}, { __mode = "k" }) -- place -> offsets at which the lines of its text start

--- Line number of a byte offset in the text of a place, and the offsets at which that line starts and ends.
---@param place table
---@param offset integer
---@return integer line
---@return integer first
---@return integer last
function fail.line_of(place, offset)
  local starts, text = starts_of[place], place.text
  if not starts or starts.text ~= text then
    starts = { 1, text = text }
    for newline in text:gmatch "()\n" do starts[#starts + 1] = newline + 1 end
    starts_of[place] = starts
  end
  local low, high = 1, #starts -- the last line that starts at or before the offset; a line's end belongs to it
  while low < high do
    local middle = (low + high + 1) // 2
    if starts[middle] <= offset then low = middle else high = middle - 1 end
  end
  return low, starts[low], (starts[low + 1] or #text + 2) - 2
end

local function width(text)
  return utf8.len(text) or #text
end

--- Where a place is, in words: "neuron 'RS', equations, line 3".
---@param place table
---@param line? integer
---@return string
function fail.where(place, line)
  local words = { place.kind or "equation" }
  if place.name then words[1] = words[1] .. " '" .. tostring(place.name) .. "'" end
  if place.part then words[#words + 1] = place.part end
  if line and (place.counted or place.text:find "\n%s*%S") then words[#words + 1] = "line " .. line end
  return table.concat(words, ", ")
end

local LONGEST_LINE = 160

--- The offset at which the character around an offset begins.
local function character_at(text, offset)
  while (text:byte(offset) or 0) & 0xC0 == 0x80 do offset = offset - 1 end
  return offset
end

--- The place and span in what somebody wrote, of those in a text that was made of it: in the piece that holds it, or at the end of the last one before it.
local function as_written(place, span)
  local made_of = place.made_of
  local moved
  for _, piece in ipairs(span and span.pos and made_of or {}) do
    if piece.first <= span.pos and piece.first <= piece.last then
      local by = piece.at - piece.first
      moved = { pos = math.min(span.pos, piece.last) + by, stop = math.min(span.stop or span.pos, piece.last) + by, name = span.name }
    end
  end
  return { kind = place.kind, name = place.name, part = place.part, text = made_of.text or "" }, moved
end

--- The picture of an error.
---@param place table
---@param span? { pos: integer, stop: integer }
---@param message string
---@param hint? string
---@return string
function fail.picture(place, span, message, hint)
  if place.made_of then place, span = as_written(place, span) end
  if not span or not span.pos or not place.text or not place.text:find "%S" then
    return fail.where(place) .. ": " .. message .. ((hint and hint ~= "") and "\n    " .. hint or "")
  end
  local text = place.text
  local pos = span.pos
  if pos > #text then -- the end of the text: show it behind the last thing written
    local last = text:find "%s*$"
    pos = math.max(last or 1, 1)
  end
  local line, first, last = fail.line_of(place, pos)
  local start = text:find("[^ \t\r]", first) or first
  if start > pos then start = pos end
  local left, right = "", ""
  if last - start > LONGEST_LINE then -- what stands around the caret
    if pos - start > LONGEST_LINE // 2 then start, left = character_at(text, pos - LONGEST_LINE // 2), "... " end
    if last - start > LONGEST_LINE then last, right = character_at(text, start + LONGEST_LINE) - 1, " ..." end
  end
  local shown = text:sub(start, last):gsub("%s+$", ""):gsub("\t", " ")
  local before = width(text:sub(start, pos - 1))
  local length = width(text:sub(pos, math.min(span.stop or pos, last)))
  length = math.max(1, math.min(length, width(shown) - before))
  local caret = (" "):rep(4 + #left + before) .. "^" .. ("~"):rep(length - 1)
  if hint and hint ~= "" then caret = caret .. "  " .. hint end
  return fail.where(place, line) .. ": " .. message .. "\n    " .. left .. shown .. right .. "\n" .. caret
end

local function hint_for(span, hint)
  if type(hint) == "table" then return fail.suggest(span and span.name or "", hint) end
  return hint
end

--- Raise an error at a place.
---@param place table
---@param node? table  node, token span or statement with `pos` and `stop`; its own `place` wins
---@param message string
---@param hint? string|string[]  what stands behind the caret; a list of known names gives the nearest to the node's name
---@param reason? string  the message without what its catcher knows already; default the message
function fail.at(place, node, message, hint, reason)
  place = node and node.place or place
  local text = printable(fail.picture(place, node, message, hint_for(node, hint)))
  error(setmetatable({ message = text, place = place, pos = node and node.pos, reason = reason or message }, failure), 0)
end

--- Where a node stands, in one line: "neuron 'RS', equations, line 2: tau * dv/dt = 3*mV - v".
---@param place table
---@param node table
---@return string where_and_line
---@return string line
function fail.line_at(place, node)
  local line, first, last = fail.line_of(place, math.max(node.pos or 1, 1))
  local text = place.text:sub(first, last):match "^%s*(.-)%s*$"
  return ("%s: %s"):format(fail.where(place, line), text), text
end

local MOST = 100 -- errors that are written down; further ones are counted

--- A list that collects errors, to show them together. `list:add` takes what fail.at takes; `list:raise` raises if there are any.
--- `list:is_full()`: what is added now is counted and not shown, so nobody need look for a hint.
function fail.list()
  local list = { seen = {}, uncounted = 0 }
  function list:is_full() return #self >= MOST end
  function list:add(place, node, message, hint)
    if self:is_full() then
      self.uncounted = self.uncounted + 1
      return
    end
    place = node and node.place or place
    local text = printable(fail.picture(place, node, message, hint_for(node, hint)))
    if self.seen[text] then return end
    self.seen[text] = true
    self[#self + 1] = text
  end
  --- A line below all errors, unless one of them shows the text that it is about.
  function list:add_note(note, what, text)
    for _, error_text in ipairs(self) do
      if error_text:find(text, 1, true) then return end
    end
    self.note = note .. what
  end
  function list:raise()
    if #self == 0 then return end
    local shown = table.move(self, 1, math.min(#self, 8), 1, {})
    if self.note then shown[#shown + 1] = self.note end
    local count = #self + self.uncounted
    if count > 8 then shown[#shown + 1] = ("... and %d more errors"):format(count - 8) end
    error(setmetatable({ message = table.concat(shown, "\n"), count = count }, failure), 0)
  end
  return list
end

--- Whether a raised value is an error of the language.
---@param value any
---@return boolean
function fail.is(value)
  return getmetatable(value) == failure
end

return fail
