--- Event files of TensorBoard: records (TFRecord: length, its checksum, bytes, their checksum), each a message `Event` in the format of protocol buffers. Of the messages of TensorFlow's event.proto and
--- summary.proto the fields that are needed are written by hand:
---
---     Event      1 wall_time: double   2 step: int64   3 file_version: string   5 summary: Summary
---     Summary    1 value: Value, repeated
---     Value      1 tag: string   2 simple_value: float   4 image: Image   5 histo: HistogramProto
---     Image      1 height   2 width   3 colorspace (1 grey, 3 RGB, 4 RGBA): int32   4 encoded_image_string: bytes
---     HistogramProto   1 min   2 max   3 num   4 sum   5 sum_squares: double   6 bucket_limit   7 bucket: double, packed
local events = {}

-- ---- checksums: CRC-32C (Castagnoli; RFC 3720), masked as TensorFlow's record_writer does ----

local crc_of_byte = {}
for byte = 0, 255 do
  local crc = byte
  for _ = 1, 8 do crc = crc & 1 == 1 and crc >> 1 ~ 0x82F63B78 or crc >> 1 end
  crc_of_byte[byte] = crc
end

--- CRC-32C of a string.
---@param text string
---@return integer
function events.crc32c(text)
  local crc = 0xFFFFFFFF
  for at = 1, #text, 4096 do
    for _, byte in ipairs { text:byte(at, math.min(#text, at + 4095)) } do crc = crc_of_byte[(crc ~ byte) & 0xFF] ~ crc >> 8 end
  end
  return crc ~ 0xFFFFFFFF
end

local function masked(text)
  local crc = events.crc32c(text)
  return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
end

--- A record with these bytes.
---@param bytes string
---@return string
function events.record(bytes)
  local length = string.pack("<I8", #bytes)
  return length .. string.pack("<I4", masked(length)) .. bytes .. string.pack("<I4", masked(bytes))
end

-- ---- fields of messages: numbers that are 0 are left out (proto3), but for the one value of a choice ----

local function varint(n)
  local bytes = {}
  repeat
    local low = n & 0x7F
    n = n >> 7
    bytes[#bytes + 1] = string.char(n ~= 0 and low | 0x80 or low)
  until n == 0
  return table.concat(bytes)
end

local function integer(number, value) return value == 0 and "" or varint(number << 3) .. varint(value) end
local function double(number, value) return value == 0 and 1/value > 0 and "" or varint(number << 3 | 1) .. string.pack("<d", value) end
local function single(number, value) return varint(number << 3 | 5) .. string.pack("<f", value) end
local function bytes(number, value) return varint(number << 3 | 2) .. varint(#value) .. value end

local function doubles(number, list)
  local parts = {}
  for k, value in ipairs(list) do parts[k] = string.pack("<d", value) end
  return bytes(number, table.concat(parts))
end

-- ---- events ----

--- The first record of a file.
---@param seconds number
---@return string
function events.header(seconds) return events.record(double(1, seconds) .. bytes(3, "brain.Event:2")) end

local function event(seconds, step, tag, value) return events.record(double(1, seconds) .. integer(2, step) .. bytes(5, bytes(1, bytes(1, tag) .. value))) end

function events.scalar(seconds, step, tag, value) return event(seconds, step, tag, single(2, value)) end

---@param h { min: number, max: number, n: number, sum: number, squares: number, limits: number[], counts: number[] }
function events.histogram(seconds, step, tag, h)
  return event(seconds, step, tag, bytes(5, double(1, h.min) .. double(2, h.max) .. double(3, h.n) .. double(4, h.sum) .. double(5, h.squares)
    .. doubles(6, h.limits) .. doubles(7, h.counts)))
end

--- `png`: the bytes of a PNG file, which say how large it is and of which colours.
function events.image(seconds, step, tag, png)
  local width, height, _, kind = string.unpack(">I4I4I1I1", png, 17)          -- of the chunk IHDR
  local colors = kind == 0 and 1 or kind == 4 and 2 or kind == 6 and 4 or 3
  return event(seconds, step, tag, bytes(4, integer(1, height) .. integer(2, width) .. integer(3, colors) .. bytes(4, png)))
end

return events
