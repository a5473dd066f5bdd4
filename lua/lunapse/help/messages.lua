--- The messages that the library can give, read from its sources: so that the words of an error lead to what it is about.
local host = require "lunapse.core.host"

local messages = {}

local function files(folder, found)
  for _, name in ipairs(host.list_folder(folder) or {}) do
    local path = folder .. "/" .. name
    if name:find "/$" then files(path:sub(1, -2), found) elseif name:find "%.lua$" and not folder:find "/meta$" then found[#found + 1] = path end
  end
  return found
end

--- What a message is about: the method or function that may give it, as it is written in the file.
local function owner_of(line) return line:match "^function ([%w_]+[.:][%w_]+)" end

local raises = { "fail%(", "fail%.at%(", "errors?:add%(", "error%(", "warn%(", "fail \"", "fail '", "refuse%(" }

local function may_raise(line)
  for _, pattern in ipairs(raises) do
    if line:find(pattern) then return true end
  end
end

--- A pattern that the message matches, whatever stands in its gaps.
local function pattern_of(template)
  return (template:gsub("%%%%", "\0"):gsub("%%[%-%d%.]*[%a]", "\1"):gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("\1", ".-"):gsub("%z", "%%%%"))
end

local function read(path, list)
  local owner
  for line in io.lines(path) do
    owner = owner_of(line) or (not line:find "^local function" and owner or nil)
    if may_raise(line) then
      for text in line:gmatch '"([^"]*)"' do
        if #text >= 12 and text:find " %a" then
          list[#list + 1] = { owner = owner, text = text:gsub("%%[%-%d%.]*[%a]", "..."):gsub("\\(.)", "%1"), pattern = pattern_of(text) }
        end
      end
    end
  end
end

local LONGEST = 400           -- letters of a text that is looked for among the patterns: their gaps are tried at every place

local all

--- All of them: what they say, with "..." for what differs, and the function that says it (as its file calls it) where that is known.
---@return { text: string, pattern: string, owner: string? }[]
function messages.all()
  if not all then
    all = {}
    local paths = files(host.folder .. "/lunapse", {})
    table.sort(paths)
    for _, path in ipairs(paths) do read(path, all) end
  end
  return all
end

--- Those that hold all these words, or that `text` is one of.
---@param text string
---@param words string[]
---@return table[]
function messages.find(text, words)
  local found, seen = {}, {}
  text = text:sub(1, LONGEST)
  for _, m in ipairs(messages.all()) do
    local said, has_all = m.text:lower(), #words > 0
    for _, word in ipairs(words) do has_all = has_all and said:find(word, 1, true) end
    local _, literal = m.text:gsub("%a", "")
    if (has_all or (literal > 12 and text:find(m.pattern))) and not seen[m.text] then
      seen[m.text], found[#found + 1] = true, m
    end
  end
  return found
end

return messages
