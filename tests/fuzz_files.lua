--- Read damaged files: `lunapse tests/fuzz_files.lua SEED COUNT FILE...` Each file is read COUNT times, each time with some bytes changed, cut out, doubled or cut off.
--- A reader may refuse or give something; it must not crash or hang. Prints "FILE refused given", and at the end the most memory that was used, in kB.
local lp = require "lunapse"

local seed, count = math.tointeger(arg[1]), math.tointeger(arg[2])

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "a"
  file:close()
  return bytes
end

local SPECIAL = { 0, 1, 0x7f, 0x80, 0xfe, 0xff }

--- A few places, each with another byte, a flipped bit, a byte of a kind that often matters, or a run of eight.
local function change(bytes, random)
  local places = {}
  for _ = 1, random(1, 6) do
    local at, kind = random(1, #bytes), random(1, 4)
    if random(1, 2) == 1 then at = random(1, math.min(#bytes, 600)) end   -- headers
    if kind == 1 then places[at] = string.char(random(0, 255))
    elseif kind == 2 then places[at] = string.char(bytes:byte(at) ~ 1 << random(0, 7))
    elseif kind == 3 then places[at] = string.char(SPECIAL[random(1, #SPECIAL)])
    else
      local byte = string.char(SPECIAL[random(1, #SPECIAL)])
      for k = at, math.min(at + 7, #bytes) do places[k] = byte end
    end
  end
  local parts, last, order = {}, 1, {}
  for at in pairs(places) do order[#order + 1] = at end
  table.sort(order)
  for _, at in ipairs(order) do
    parts[#parts + 1] = bytes:sub(last, at - 1)
    parts[#parts + 1] = places[at]
    last = at + 1
  end
  parts[#parts + 1] = bytes:sub(last)
  return table.concat(parts)
end

local function damage(bytes, random)
  local kind = random(1, 10)
  if kind == 1 then return bytes:sub(1, random(0, #bytes - 1)) end
  local at = random(1, #bytes)
  local n = random(1, 16)
  if kind == 2 then return bytes:sub(1, at - 1) .. bytes:sub(at + n) end
  if kind == 3 then return bytes:sub(1, at) .. bytes:sub(at, at + n) .. bytes:sub(at + 1) end
  return change(bytes, random)
end

--- A generator of its own, so that a seed means the same files everywhere.
local function generator(state)
  return function(low, high)
    state = state * 6364136223846793005 + 1442695040888963407
    return low + (state >> 33) % (high - low + 1)
  end
end

io.stdout:setvbuf "line"
warn "@off"
for k = 3, #arg do
  local path = arg[k]
  local ending, bytes = path:match "%.%w+$", read(path)
  local target = path:gsub("[^/]*$", "") .. ".damaged" .. ending
  local refused, given = 0, 0
  for n = 1, count do
    local random = generator(seed * 1000003 + n)
    random(0, 1)
    local file = assert(io.open(target, "wb"))
    file:write(damage(bytes, random))
    file:close()
    local ok, why = pcall(lp.read, target)
    if ok then given = given + 1 else refused = refused + 1 end
    if not ok and (type(why) ~= "string" or not why:find("'" .. target:gsub("%p", "%%%0") .. "'")) then
      print(("%s: seed %d, file %d: %s"):format(path, seed, n, tostring(why)))
      os.exit(1)
    end
    if os.getenv "FUZZ_SHOW" then print(path, n, ok, tostring(why)) end
  end
  os.remove(target)
  print(path:match "[^/]*$", refused, given)
end
local status = io.open "/proc/self/status"
print("memory", status and status:read "a":match "VmHWM:%s*(%d+)" or 0)
