--- Text for a terminal: what users give as names may hold characters that steer it.

local function escaped(bytes) return (bytes:gsub(".", function(byte) return ("\\%d"):format(byte:byte()) end)) end

--- A text with its control characters, and bytes that are no UTF-8, written as in Lua: "\27". Line breaks and tabs stay. Addresses of values are left out.
---@param text string
---@return string
return function(text)
  if text:find(": 0x", 1, true) then text = text:gsub("(%a+): 0x%x+", "a %1") end
  if not text:find "[^\9\10\32-\126]" then return text end
  text = text:gsub("[\0-\8\11-\31\127]", escaped):gsub("\xC2[\x80-\x9F]", escaped)
  while true do
    local ok, bad = utf8.len(text)
    if ok then return text end
    text = text:sub(1, bad - 1) .. escaped(text:sub(bad, bad)) .. text:sub(bad + 1)
  end
end
