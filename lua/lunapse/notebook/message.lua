--- Messages of Jupyter's protocol as parts of a ZeroMQ message: whom it is for, a mark, a signature, and four texts of JSON: header, header of the message
--- that it answers, metadata, content. (https://jupyter-client.readthedocs.io/en/stable/messaging.html, version 5.3)
local core = require "lunapse.core.notebook"

local message = { VERSION = "5.3" }

local MARK = "<IDS|MSG>"

---@class notebook.Message
---@field ids string[]       whom an answer goes to
---@field type string
---@field header string      JSON, as it came
---@field text string        its content, JSON
---@field content table

--- An empty array of JSON.
message.NONE = setmetatable({}, { __json = "array" })

--- Text that JSON can hold: what is not UTF-8 becomes U+FFFD.
---@param text string
---@return string
function message.text(text)
  if utf8.len(text) and not text:find("\0", 1, true) then return text end
  text = text:gsub("\0", "\u{FFFD}")
  local parts, at = {}, 1
  while at <= #text do
    local n, bad = utf8.len(text, at)
    if n then
      parts[#parts + 1] = text:sub(at)
      break
    end
    parts[#parts + 1] = text:sub(at, bad - 1) .. "\u{FFFD}"
    at = bad + 1
  end
  return table.concat(parts)
end

local digits = {}
for k = 0, 255 do digits[string.char(k)] = ("%02x"):format(k) end

--- A name that nobody else has.
---@return string
function message.unique()
  local file <close> = assert(io.open("/dev/urandom", "rb"))
  return (file:read(16):gsub(".", digits))
end

---@class notebook.Wire  signs and reads messages
---@field key string
---@field session string
local Wire = {}
Wire.__index = Wire

---@param connection table  what stands in the connection file
---@return notebook.Wire
function message.wire(connection)
  local scheme = connection.signature_scheme or "hmac-sha256"
  if scheme ~= "hmac-sha256" and connection.key ~= "" then error(("unknown signature scheme '%s': hmac-sha256 is known"):format(scheme), 0) end
  return setmetatable({ key = connection.key or "", session = message.unique() }, Wire)
end

function Wire:sign(header, parent, metadata, content)
  return self.key == "" and "" or core.hmac(self.key, header .. parent .. metadata .. content)
end

--- The message in these parts; nil and why where they are none.
---@param parts string[]
---@return notebook.Message?
---@return string? why
function Wire:read(parts)
  local at = 1
  while parts[at] and parts[at] ~= MARK do at = at + 1 end
  local signature, header, parent, metadata, text = table.unpack(parts, at + 1, at + 5)
  if not text then return nil, "a message of too few parts" end
  if signature ~= self:sign(header, parent, metadata, text) then return nil, "a message with a wrong signature" end
  local ok, head, content = pcall(function() return core.decode(header), core.decode(text) end)
  if not ok then return nil, "a message that is no JSON" end
  return { ids = table.move(parts, 1, at - 1, 1, {}), type = head.msg_type or "", header = header, text = text, content = content }
end

--- The parts of a new message.
---@param ids string[]         whom it is for
---@param kind string
---@param content table|string  a table, or JSON
---@param parent? notebook.Message  which it answers
---@param metadata? table
---@return string[]
function Wire:parts(ids, kind, content, parent, metadata)
  local header = core.encode { msg_id = message.unique(), session = self.session, username = "lunapse", date = os.date "!%Y-%m-%dT%H:%M:%S.000000Z",
    msg_type = kind, version = message.VERSION }
  local texts = { header, parent and parent.header or "{}", core.encode(metadata or {}), type(content) == "string" and content or core.encode(content) }
  local parts = table.move(ids, 1, #ids, 1, {})
  parts[#parts + 1] = MARK
  parts[#parts + 1] = self:sign(table.unpack(texts))
  return table.move(texts, 1, 4, #parts + 1, parts)
end

return message
