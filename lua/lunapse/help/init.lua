--- lp.help: what the docstrings say of a function, an object, a model or a word. The same entries become docs/api.md.
local array = require "lunapse.core.array"
local docstrings = require "lunapse.help.docstrings"
local host = require "lunapse.core.host"
local index = require "lunapse.help.index"
local messages = require "lunapse.help.messages"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local peers = require "lunapse.help.peers"
local words = require "lunapse.tell.text"

local help = {}

-- ---- as text ----

local function signature(e)
  local args = e.doc and e.doc.args
  if not args and e.doc and #e.doc.params > 0 then
    local names = {}
    for k, p in ipairs(e.doc.params) do names[k] = p.name end
    args = table.concat(names, ", ")
  end
  if e.kind == "function" or e.kind == "method" then
    args = args or ""
    if e.kind == "method" and e.class == "SpikeRecording" then args = args:gsub("^s,?%s*", "") end
    return ("%s(%s)"):format(e.name, args)
  end
  return e.name
end

local function body(e)
  local lines = {}
  if not e.doc then return { "  (no description)" } end
  for _, line in ipairs(e.doc.text) do lines[#lines + 1] = "  " .. line end
  local rows = {}
  for _, p in ipairs(e.doc.params) do
    local record = #p.type > 60 and docstrings.record(p.type)
    rows[#rows + 1] = { p.name .. (p.is_optional and "?" or ""), record and "options:" or p.type, p.text }
    for _, option in ipairs(record or {}) do rows[#rows + 1] = { "  " .. option.name, option.type, "" } end
  end
  for _, line in ipairs(words.columns(rows, nil, "    ")) do lines[#lines + 1] = line end
  for _, p in ipairs(e.doc.params) do
    local class = p.type:find "Description$" and index.docs_of("network.model").by_name[p.type]
    local inner = {}
    for k, f in ipairs(class and class.fields or {}) do inner[k] = { f.name, f.type, f.text } end
    for _, line in ipairs(words.columns(inner, nil, "      ")) do lines[#lines + 1] = line end
  end
  for _, r in ipairs(e.doc.returns) do lines[#lines + 1] = "    gives " .. r.type .. (r.text ~= "" and "  " .. r.text or "") end
  rows = {}
  for _, f in ipairs(e.doc.fields or {}) do rows[#rows + 1] = { "." .. f.name, f.type, f.text } end
  for _, line in ipairs(words.columns(rows, nil, "    ")) do lines[#lines + 1] = line end
  return lines
end

local function first_sentence(doc)
  local text = doc and table.concat(doc.text, " ") or ""
  local at = 1
  while true do
    local stop = text:find("%.%s+[%u`]", at)
    if not stop then return text end
    if text:sub(stop - 1, stop - 1) ~= "." then return text:sub(1, stop) end
    at = stop + 1
  end
end

local function listing(entries, say)
  local rows = {}
  for k, e in ipairs(entries) do rows[k] = { signature(e), say and say(e) or (first_sentence(e.doc)) } end
  local lines, width = words.columns(rows, nil, "  "), host.is_terminal(1) and host.columns() or 160
  for k, line in ipairs(lines) do
    if (utf8.len(line) or #line) > width then lines[k] = line:sub(1, (utf8.offset(line, width - 3) or width - 3) - 1) .. "..." end
  end
  return lines
end

local function members(group, kind)
  local found = {}
  for _, e in ipairs(index.entries()) do
    if e.group == group and e.kind == kind then found[#found + 1] = e end
  end
  return found
end

local function text_of(e)
  local lines = { signature(e) }
  for _, line in ipairs(body(e)) do lines[#lines + 1] = line end
  if e.kind == "model" then
    for line in tostring(e.value):gmatch "[^\n]+" do lines[#lines + 1] = "  " .. line end
  elseif e.kind == "class" or e.kind == "module" then
    if e.names then lines[#lines + 1] = "  " .. table.concat(e.names, " ") end
    local kind = e.kind == "class" and "method" or e.name == "lp.models" and "model" or "function"
    for _, line in ipairs(listing(members(e.group, kind))) do lines[#lines + 1] = line end
  end
  return lines
end

-- ---- looking up ----

local function by_value(x)
  for _, e in ipairs(index.entries()) do
    if e.value ~= nil and rawequal(e.value, x) then return e end
  end
  local meta = getmetatable(x)
  if array.is(x) then meta = array.methods end
  for _, e in ipairs(index.entries()) do
    if e.kind == "class" and (meta == e.value or type(meta) == "table" and rawequal(rawget(meta, "__index"), e.value)) then return e end
  end
  if type(x) == "function" then
    local doc = index.doc(x)
    if doc then return { kind = "function", name = doc.name or "function", doc = doc } end
  end
end

local function by_name(name)
  local wanted = { name, "lp." .. name, "lp.models." .. name, (name:gsub("^(%w+)%.", "%1:")) }
  for _, e in ipairs(index.entries()) do
    for _, candidate in ipairs(wanted) do
      if e.name == candidate then return e end
    end
    if e.class and (e.class .. ":" .. name:match "[^:.]*$" == name or e.class .. "." .. name:match "[^:.]*$" == name) and e.name:match "[^:]*$" == name:match "[^:.]*$" then
      return e
    end
  end
end

local function words_of(text)
  local wanted = {}
  for word in text:lower():gmatch "[%w_]+" do wanted[#wanted + 1] = word end
  return wanted
end

local function has_all(where, wanted)
  for _, word in ipairs(wanted) do
    if not where:find(word, 1, true) then return false end
  end
  return #wanted > 0
end

--- All that an entry says, of its options too.
local function said_of(e)
  if not e.doc then return "" end
  local parts = { table.concat(e.doc.text, " ") }
  for _, list in ipairs { e.doc.params, e.doc.returns, e.doc.fields or {} } do
    for _, p in ipairs(list) do parts[#parts + 1] = ("%s %s %s"):format(p.name or "", p.type, p.text) end
  end
  if e.names then parts[#parts + 1] = table.concat(e.names, " ") end
  return table.concat(parts, " ")
end

--- Entries with the words in their name first, then those that speak of them: functions before sections of the documents.
local function search(text)
  local wanted, found = words_of(text), { {}, {}, {} }
  for _, e in ipairs(index.entries()) do
    local rank = has_all(e.name:lower(), wanted) and 1 or has_all(said_of(e):lower(), wanted) and (e.kind == "page" and 3 or 2)
    if rank then found[rank][#found[rank] + 1] = e end
  end
  local list = {}
  for _, part in ipairs(found) do table.move(part, 1, #part, #list + 1, list) end
  return list
end

--- The line of a section that has the word: what is shown of it in a list.
local function line_with(e, wanted)
  for _, line in ipairs(e.doc.text) do
    if line:lower():find(wanted[1], 1, true) then return (line:gsub("^[%s|*#>-]+", ""):gsub("%*%*", "")) end
  end
  for _, line in ipairs(e.doc.text) do
    if line:find "^%u%l" then return line end
  end
  return first_sentence(e.doc)
end

local function found_lines(entries, text)
  local wanted = words_of(text)
  return listing(entries, function(e) return e.kind == "page" and line_with(e, wanted) or first_sentence(e.doc) end)
end

--- What the word of another program is called here: lines, and the entries that they name.
local function peer_lines(peer)
  local programs, entries, is_named = peer.programs:gsub(", ([^,]*)$", " and %1"), {}, {}
  local lines = programs ~= "" and { ("'%s' is a word of %s; here it is:"):format(peer.word, programs) } or {}
  for _, name in ipairs(peer.names) do
    for _, e in ipairs(index.entries()) do
      if e.name == name then entries[#entries + 1], is_named[e] = e, true end
    end
  end
  for _, line in ipairs(found_lines(entries, peer.word)) do lines[#lines + 1] = line end
  return lines, is_named
end

local MOST_MESSAGES = 8

--- Messages that a text is, or that have its words.
local function message_lines(text)
  local lines = {}
  for k, m in ipairs(messages.find(text, words_of(text))) do
    if k > MOST_MESSAGES then break end
    local owner
    for _, e in ipairs(m.owner and index.entries() or {}) do
      if e.class and m.owner == e.class .. ":" .. e.name:match "[^:]*$" then owner = e.name end
    end
    lines[#lines + 1] = ("  message%s: %s"):format(owner and " of " .. owner or "", m.text)
  end
  return lines
end

local function overview()
  local lines = { "lp.help(x) explains a function, an object, a model; lp.help \"word\" searches. Tab completes names.", "" }
  for _, line in ipairs(listing(members("lp", "function"))) do lines[#lines + 1] = line end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "  modules: lp.array, lp.linalg, lp.signal, lp.analysis, lp.models, lp.units, lunapse.hearing"
  local names = {}
  for _, class in ipairs(index.classes) do names[#names + 1] = class.name:match "[^.]+$" end
  lines[#lines + 1] = "  classes: " .. table.concat(names, ", ")
  return lines
end

--- What is said of a value: of a function, a model, a module, or the class of an object. Nil where that is nothing.
---@param x any
---@return Page?
function help.of(x)
  if model.is(x) then
    local e = by_name("lp.models." .. x.name)
    return words.page(e and e.value.checked == x.checked and text_of(e) or { tostring(x) })
  end
  local e = by_value(x)
  return e and words.page(text_of(e))
end

--- What is said of a name such as "net:run" or "lp.uniform". Nil where it is none.
---@param name string
---@return Page?
function help.named(name)
  local e = by_name(name)
  return e and words.page(text_of(e))
end

--- The text that lp.help prints.
---@param x any
---@return Page
function help.page(x)
  if x == nil then return words.page(overview()) end
  if type(x) == "string" then
    local page = help.named(x)
    if page then return page end
    local lines, named = {}, {}
    local peer, found, rest = peers.find(x), search(x), {}
    if peer then
      lines, named = peer_lines(peer)
    elseif #found > 0 and (#found == 1 or found[1].kind ~= "page" and found[2].kind == "page") then
      lines, named = text_of(found[1]), { [found[1]] = true }       -- the one that there is, and where else it is spoken of
    end
    if #found == 0 or #words_of(x) > 2 then table.move(message_lines(x), 1, MOST_MESSAGES, #lines + 1, lines) end
    for _, other in ipairs(found) do
      if not named[other] then rest[#rest + 1] = other end
    end
    for _, line in ipairs(found_lines(rest, x)) do lines[#lines + 1] = line end
    if #lines > 0 then return words.page(lines) end
    local known = {}
    for _, other in ipairs(index.entries()) do known[#known + 1] = other.name:match "[^.:]+$" end
    local near = options.nearest(x, known)
    return words.page { ("nothing about '%s'%s"):format(x, near and ("; did you mean '%s'?"):format(near) or "") }
  end
  return help.of(x) or words.page { ("no help for a %s; lp.help() lists what there is"):format(type(x)) }
end

--- Print what the documentation says of `x`: a function, an object, a model, or a name such as "net:run"; of any other word, where it occurs: in names, options,
--- all documents, and messages. A word of Brian 2, NEST, ANNarchy, PyNN or matplotlib leads to what does its work here. Without an argument: what there is.
---@param x? any
function help.help(x) print(help.page(x)) end

-- ---- as a document ----

local function escape(text) return (text:gsub("|", "\\|")) end

local function write_entry(lines, e, level)
  lines[#lines + 1] = ("%s `%s`"):format(("#"):rep(level), signature(e))
  lines[#lines + 1] = ""
  if not e.doc then return end
  for _, line in ipairs(e.doc.text) do lines[#lines + 1] = line end
  if #e.doc.text > 0 then lines[#lines + 1] = "" end
  for _, p in ipairs(e.doc.params) do
    lines[#lines + 1] = ("- `%s`%s: `%s`%s"):format(p.name, p.is_optional and " (may be left out)" or "", p.type, p.text ~= "" and ", " .. p.text or "")
  end
  for _, f in ipairs(e.doc.fields or {}) do
    lines[#lines + 1] = ("- `.%s`: `%s`%s"):format(f.name, f.type, f.text ~= "" and ", " .. f.text or "")
  end
  for _, r in ipairs(e.doc.returns) do lines[#lines + 1] = ("- gives `%s`%s"):format(r.type, r.text ~= "" and ", " .. escape(r.text) or "") end
  if #e.doc.params + #e.doc.returns + #(e.doc.fields or {}) > 0 then lines[#lines + 1] = "" end
end

--- docs/api.md: every entry, generated.
---@return string
function help.markdown()
  local lines = { "# The API", "",
    "Written by `make docs` from the docstrings of the sources; `lp.help(x)` shows the same at the prompt. Edit the sources, not this file.", "" }
  local group
  for _, e in ipairs(index.entries()) do
    if e.kind ~= "page" and e.kind ~= "class" and e.kind ~= "module" and e.group ~= group and e.group == "lp" then
      lines[#lines + 1] = "## `" .. e.group .. "`\n"
    end
    group = e.group
    if e.kind == "class" or e.kind == "module" then
      write_entry(lines, e, 2)
      if e.names then lines[#lines + 1] = table.concat(e.names, ", ") .. "\n" end
    elseif e.kind == "model" then
      lines[#lines + 1] = ("- `%s`: %s"):format(e.name, table.concat(e.doc and e.doc.text or {}, " "))
    elseif e.kind ~= "page" then
      write_entry(lines, e, 3)
    end
  end
  return (table.concat(lines, "\n"):gsub("\n\n\n+", "\n\n"):gsub("%s*$", "\n"))
end

return help
