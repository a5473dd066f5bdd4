--- What Shift-Tab shows: what the docstrings say of the name at the cursor, else of the function whose call is being written.
local complete = require "lunapse.prompt.complete"
local options = require "lunapse.prompt.option_names"
local show = require "lunapse.prompt.show"

local CHAIN = "[%a_][%w_%.:]*$"

--- What there is to say of a name like `net:run`; nil for one that nobody knows.
local function said_of(chain)
  local help = require "lunapse.help"
  local is_fine, value = pcall(complete.value, chain)
  if not is_fine then value = nil end
  if value == nil then
    local page = help.named(chain)
    return page and page.text
  end
  local page = help.of(value)
  if type(value) == "function" then return page and page.text or ("%s: a function"):format(chain) end
  local text = show.format(value)
  return page and page.text ~= text and text .. "\n\n" .. page.text or text
end

---@param text string  the cell
---@param at integer  bytes before the cursor
---@return string?
return function(text, at)
  local before, after = text:sub(1, at), text:sub(at + 1):match "^[%w_]*"
  local chain = (before .. after):match(CHAIN)
  local found = chain and said_of(chain)
  while not found do
    local _, outside = options.open(before)
    if not outside then return nil end
    chain = outside:match "^(.-)%s*$":match(CHAIN)
    found, before = chain and said_of(chain), outside
  end
  return found
end
