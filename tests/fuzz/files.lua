--- Inputs that are damaged files: data of every kind, saved networks, checkpoints, cached kernels. Lines: `@file NAME`, an original that `prepare` has made; then
--- changes, one a line: `set AT BYTES`, `cut AT N`, `double AT N`, `insert AT BYTES`, `end AT` (bytes in hexadecimal), and of files with a structure
--- `value PATH LUA` (another value in an HDF5 file), `header OLD NEW` (text for text); `mend` makes the check sums of PNG chunks true again.
---
--- A reader may refuse with a message that names the file, or give something. What a damaged network gives must run; a damaged kernel is built anew, to the bit.
local hdf5 = require "lunapse.core.hdf5"
local hearing = require "lunapse.hearing"
local judge = require "tests.fuzz.judge"
local lp = require "lunapse"

local files = { batch = 200 }

local random = math.random
local function pick(list) return list[random(#list)] end
local function chance(p) return random() < p end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local bytes = file:read "a"
  file:close()
  return bytes
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

-- ---- originals --------------------------------------------------------------------------------------------------------------

local everything = dofile "tests/everything.lua"
local originals, names, values = {}, {}, {}         -- bytes by name; names; paths of datasets and attributes in HDF5 files by name
local places = ""                                    -- those paths: messages may name them
local KERNEL_TAU = 9.25

local function kernel_network()
  local net = lp.network { dt = 1, tier = "native", warnings = false }
  net:population { name = "p", size = 3, neuron = lp.neuron { equations = ("%g * dv/dt = exp(-v/7) - v : init = 0.3"):format(KERNEL_TAU) } }
  net:run(5)
  return net.populations.p.v:table()
end

--- Every dataset and attribute below a group: { path, attribute } each.
local function collect(list, file, path)
  local info = path == "" and { kind = "group" } or file:info(path)
  if not info then return end
  for _, found in ipairs(file:attributes(path)) do list[#list + 1] = { path, found.name } end
  if info.kind == "group" then
    for _, found in ipairs(file:list(path)) do collect(list, file, path == "" and found.name or path .. "/" .. found.name) end
  else
    list[#list + 1] = { path }
  end
end

function files.prepare(folder)
  local place = (folder or "build/fuzz") .. "/originals/"
  if #names > 0 then return end
  os.execute(("rm -rf '%s' && mkdir -p '%s'"):format(place, place))
  local whole = lp.arange(1, 24):reshape(2, 3, 4)
  lp.write(place .. "a.npy", whole)
  lp.write(place .. "b.npy", lp.array { true, false, true })
  lp.write(place .. "a.npz", { b = whole, a = lp.array { 1.5 }, n = 3 })
  lp.write(place .. "c.npz", { z = lp.zeros(1000), y = whole }, { compress = true })
  lp.write(place .. "a.csv", { t = lp.array { 0.1, 1e300, 1 / 3 }, name = { "a", "b,c", 'q"x' }, k = { 1, 2, 3 } })
  write(place .. "pairs.txt", "pre,post,weight,delay\n1,1,0.5,1\n2,1,0.25,2\n3,2,1e-3,1.5\n")
  lp.write(place .. "a.png", lp.arange(0, 199):reshape(10, 20))
  lp.write(place .. "b.png", lp.arange(0, 23):reshape(2, 4, 3))
  hearing.tone(440, 20):save(place .. "a.wav")
  hearing.tone(440, 20):save(place .. "a.flac")
  lp.write(place .. "a.h5", { a = whole, g = { s = "text", l = { "x", "y" }, n = 1.5, h = { deep = lp.zeros(0) } } }, { attributes = { a = { unit = "mV" } } })
  lp.write(place .. "z.h5", { a = lp.arange(1, 1000), b = lp.array { true, false, true } }, { compress = true, chunk = 100 })
  everything { has_functions = false }:run(20):save(place .. "network.h5")
  local small = lp.network { dt = 1, tier = "interpreter", warnings = false }
  local p = small:population { name = "p", size = 4, neuron = lp.models.LIF }
  small:project { name = "q", from = p, to = p, target = "exc", connect = lp.pairs({ 1, 2, 4 }, { 2, 3, 1 }), weights = { 1, 2, 3 }, delays = { 1, 2, 3 } }
  small:record(p, "spike")
  small:run(5):save(place .. "small.h5")
  small:run(5, { checkpoint = place .. "checkpoint.h5" })
  for name in io.popen(("ls '%s'"):format(place)):lines() do
    names[#names + 1] = name
    originals[name] = read(place .. name)
    if name:find "%.h5$" then
      local file <close>, list = hdf5.open(place .. name, "read"), {}
      collect(list, file, "")
      values[name] = list
      for _, found in ipairs(list) do places = places .. " " .. found[1] end
    end
  end
  files.right = kernel_network()
end

-- ---- changes ------------------------------------------------------------------------------------------------------------------

local function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local function unhex(text) return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)) end

local crc_table = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do c = c & 1 == 1 and 0xedb88320 ~ (c >> 1) or c >> 1 end
  crc_table[n] = c
end

local function crc32(bytes)
  local c = 0xffffffff
  for k = 1, #bytes do c = crc_table[(c ~ bytes:byte(k)) & 255] ~ (c >> 8) end
  return c ~ 0xffffffff
end

--- PNG chunks with check sums that fit; whatever cannot be a chunk stays.
local function mended(bytes)
  local parts, at = { bytes:sub(1, 8) }, 9
  while at + 11 <= #bytes do
    local n = (">I4"):unpack(bytes, at)
    if n > #bytes - at - 11 then break end
    local body = bytes:sub(at + 4, at + 7 + n)
    parts[#parts + 1] = bytes:sub(at, at + 3) .. body .. (">I4"):pack(crc32(body))
    at = at + 12 + n
  end
  return table.concat(parts) .. bytes:sub(at)
end

local SPECIAL = { 0, 1, 0x7f, 0x80, 0xfe, 0xff }
local NUMBERS = { "-1", "0", "1", "3", "99", "2^31", "2^53", "-2^63", "1e300", "0/0", "1/0", "''", "'x'", "'\\0'", "true", "{ 'a', 'b' }", "{}",
  "lp.zeros(0)", "lp.array { 1, 2, 3 }",
  "lp.array { -1, -1, -1 }", "lp.array { 99, 99, 99, 99 }", "lp.full(2^62, 4):astype 'int64'", "lp.zeros(2, 2)", "lp.array { true }",
    "lp.array { 0/0, 1/0, -1, 1e300 }", "nil" }

local function one_change(name, bytes)
  local kind = random(12)
  local at = chance(0.5) and random(math.min(#bytes, 600)) or random(#bytes)
  if kind == 1 then return ("end %d"):format(random(0, #bytes - 1)) end
  if kind == 2 then return ("cut %d %d"):format(at, random(16)) end
  if kind == 3 then return ("double %d %d"):format(at, random(16)) end
  if values[name] and kind <= 9 then
    local found = pick(values[name])
    return ("value %s %s"):format(found[2] and found[1] .. "@" .. found[2] or found[1], pick(NUMBERS))
  end
  if kind == 4 and name:find "%.[nct][psx]" then return ("header %s %s"):format(pick { "24", "<f8", "False", "2, 3, 4", "shape", "1", ",", "\"" },
    pick { "99999999999", "-1", "<f2", "|O",
    ">i8", "True", "0", "", "(", "'", "é", "1e999", "nan", "2, 3, 4, 1, 1, 1, 1, 1, 1, 1" }) end
  if kind == 5 then
    local inserted = {}
    for k = 1, random(4) do inserted[k] = string.char(random(0, 255)) end
    return ("insert %d %s"):format(at, hex(table.concat(inserted)))
  end
  if kind == 6 then return ("set %d %s"):format(at, hex(string.char(pick(SPECIAL)):rep(8))) end
  if kind == 7 then return ("set %d %s"):format(at, hex(string.char(bytes:byte(at) ~ 1 << random(0, 7)))) end
  return ("set %d %02x"):format(at, chance(0.5) and pick(SPECIAL) or random(0, 255))
end

function files.make()
  files.prepare()
  local name = chance(0.004) and "kernel" or pick(names)
  if name == "network.h5" and chance(0.7) then name = pick(names) end      -- takes as long as all the others together
  local lines = { "@file " .. name }
  for _ = 1, random(4) do lines[#lines + 1] = one_change(name, originals[name] or ("x"):rep(15000)) end
  if name:find "png$" and chance(0.6) then lines[#lines + 1] = "mend" end
  return lines
end

--- Change a value in an open HDF5 file: `what` is PATH or PATH@ATTRIBUTE.
local function change_value(file, what, text)
  local make = load("return " .. text, "=value", "t", { lp = lp })
  local ok, value = pcall(make or error)
  if not ok then return end
  local dataset, attribute = what:match "^([^@]*)@?(.*)$"
  pcall(function()
    if attribute ~= "" then
      file:set_attribute(dataset, attribute, value)
    else
      pcall(file.remove, file, dataset)
      if value ~= nil then file:write(dataset, value) end
    end
  end)
end

--- The damaged file at `path`.
local function apply(lines, name, path)
  write(path, originals[name] or "")
  local open                                       -- while values are changed one after the other
  local function close()
    if open then pcall(open.close, open) end
    open = nil
  end
  for k = 2, #lines do
    local what, rest = lines[k]:match "^(%a+) ?(.*)$"
    if what == "value" then
      local target, text = rest:match "^(%S*) (.*)$"
      if target and not open then
        local ok, file = pcall(hdf5.open, path, "append")
        open = ok and file or nil
      end
      if target and open then change_value(open, target, text) end
    else
      close()
      local bytes = read(path)
      local at, more = rest:match "^(%d+) ?(%x*)$"
      at = math.tointeger(tonumber(at)) or 1
      if what == "end" then bytes = bytes:sub(1, at)
      elseif what == "cut" then bytes = bytes:sub(1, at - 1) .. bytes:sub(at + (tonumber(more) or 1))
      elseif what == "double" then bytes = bytes:sub(1, at) .. bytes:sub(at, at + (tonumber(more) or 1)) .. bytes:sub(at + 1)
      elseif what == "set" and more then bytes = bytes:sub(1, at - 1) .. unhex(more) .. bytes:sub(at + #more // 2)
      elseif what == "insert" and more then bytes = bytes:sub(1, at - 1) .. unhex(more) .. bytes:sub(at)
      elseif what == "mend" then bytes = mended(bytes)
      elseif what == "header" then
        local old, new = rest:match "^(.-) (%S*)$"
        if old then bytes = bytes:gsub(old:gsub("%p", "%%%0"), (new:gsub("%%", "%%%%")), 1) end
      end
      write(path, bytes)
    end
  end
  close()
end

-- ---- reading them -----------------------------------------------------------------------------------------------------------------

local function refused(message, path)
  local fault = judge.message(message, path .. places)
  if fault then return fault end
  if not message:find(path, 1, true) then return "the message does not name the file: " .. message end
end

--- What is given must be of some use: it can be printed, and a network runs.
local function try_network(path)
  local ok, net = pcall(lp.load, path, { warnings = false, tier = "interpreter" })
  if not ok then return refused(net, path) end
  local runs, message = pcall(function()
    net:run(12)
    local _ = tostring(net) .. tostring(net:describe()) .. tostring(net:explain())
    for _, list in ipairs { net.populations, net.projections, net.recordings, net.inputs } do for _, object in ipairs(list) do _ = _ .. tostring(object) end end
  end)
  if not runs then
    local fault = judge.message(message, path .. places)
    if fault then return "a network that was read: " .. fault end
  end
  return nil, true
end

local function try_state(path, name)
  local net
  if name == "network.h5" then
    net = everything { has_functions = false }
  else
    net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    local p = net:population { name = "p", size = 4, neuron = lp.models.LIF }
    net:project { name = "q", from = p, to = p, target = "exc", connect = lp.pairs({ 1, 2, 4 }, { 2, 3, 1 }), weights = { 1, 2, 3 }, delays = { 1, 2, 3 } }
    net:record(p, "spike")
  end
  local ok, message
  if name == "checkpoint.h5" then
    ok, message = pcall(net.run, net, 5, { checkpoint = path })
  else
    ok, message = pcall(net.restore, net, path)
  end
  if not ok then return refused(message, path) end
  ok, message = pcall(net.run, net, 7)
  if not ok then return judge.message(message, path .. places) end
  return nil, true
end

local function try_kernel(lines)
  local cache = os.getenv "LUNAPSE_CACHE"
  if not cache then return nil end
  for _, name in ipairs { "originals" } do
    local list = io.popen(("ls -t '%s'"):format(cache))
    local entry = list:read "l"
    list:close()
    if not entry or name == "" then return nil end
    originals.kernel = read(cache .. "/" .. entry)
    apply(lines, "kernel", cache .. "/" .. entry)
  end
  local ok, v = pcall(kernel_network)
  if not ok then return "a damaged kernel: " .. v end
  for k = 1, 3 do if v[k] ~= files.right[k] then return "a damaged kernel gives other values" end end
  return nil, true
end

function files.try(lines, place)
  files.prepare()
  local name = (lines[1] or ""):match "^@file (%S+)"
  if not name or not (originals[name] or name == "kernel") then return nil end
  if name == "kernel" then return try_kernel(lines) end
  local path = ("%s/damaged%s"):format(place, name:match "%.%w+$")
  apply(lines, name, path)
  if name == "network.h5" or name == "small.h5" or name == "checkpoint.h5" then
    local fault, is_taken = try_network(path)
    if fault then return fault end
    local found, is_put = try_state(path, name)
    return found, is_taken or is_put
  end
  local reader = name == "pairs.txt" and lp.from_file or (name:find "wav$" or name:find "flac$") and hearing.load or lp.read
  local ok, result = pcall(reader, path)
  if ok and reader == lp.from_file then
    local net = lp.network { warnings = false, tier = "interpreter" }
    local p = net:population { size = 3, neuron = lp.models.LIF }
    ok, result = pcall(net.project, net, { from = p, to = p, target = "exc", connect = result })
    if ok then return nil, true end
    return judge.message(result, path)
  end
  if not ok then return refused(result, path) end
  local _ = tostring(result)
  return nil, true
end

return files
