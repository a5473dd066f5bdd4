-- Logs: event files of TensorBoard to the byte, tables, what is refused.

local lp = require "lunapse"
local events = require "lunapse.logger.events"

local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local function path(name) return folder .. "/" .. name end
teardown(function() os.execute("rm -r " .. folder) end)

local function read(name)
  local file <close> = assert(io.open(name, "rb"))
  return file:read "a"
end

local cell = lp.neuron { equations = "r = t*i" }
local function network(t, dt)
  local net = lp.network { dt = dt }
  net:population { name = "cells", size = 4, neuron = cell }
  net:run(t)
  return net
end

it("checksums are those of RFC 3720", function()
  assert.equal(0xE3069283, events.crc32c "123456789")
  assert.equal(0x8A9136AA, events.crc32c(("\0"):rep(32)))
  assert.equal(0x62A8AB43, events.crc32c(("\255"):rep(32)))
end)

-- The file was written by Google's library of protocol buffers (python3-protobuf 3.21), with the numbers of the fields in TensorFlow's event.proto and summary.proto, and
-- the checksums of crcmod 1.7.
it("an event file has the bytes that other encoders give it", function()
  local net = network(2500, 1)
  local log = lp.logger { path "a.tfevents", net = net }
  log:scalar("cells/rate", 12.75)
  net:run(500)
  log:scalar("cells/rate", -0.1)
  log:histogram("w", { 0, 0.5, 1, 2, 2 }, 300000, 4)
  log:close()
  assert.equal(read "tests/golden/log.tfevents", read(path "a.tfevents"))
end)

it("a table has a row for each number, with step and time", function()
  local net = network(2, 0.5)
  local log = lp.logger { path "a.csv", net = net }
  log:scalar("rate", 0.1)
  log:scalars("of, all", { two = 2, one = 1 })
  log:histogram("w", lp.arange(0, 8), 9)
  log:close()
  log = lp.logger { path "a.csv", append = true }
  log:scalar("rate", 1e-300, 7)
  log:flush()
  assert.equal(table.concat({ "step,t,tag,value", "4,2,rate,0.10000000000000001", '4,2,"of, all/one",1', '4,2,"of, all/two",2', "9,2,w/min,0", "9,2,w/q25,2", "9,2,w/median,4",
    "9,2,w/q75,6", "9,2,w/max,8", "7,,rate,1e-300", "" }, "\n"), read(path "a.csv"))
  log:close()
end)

--- The records of an event file, after their checksums were looked at.
local function records(text)
  local list, at = {}, 1
  local function masked(bytes)
    local crc = events.crc32c(bytes)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
  end
  while at <= #text do
    local n, check = string.unpack("<I8I4", text, at)
    assert.equal(masked(text:sub(at, at + 7)), check)
    local bytes = text:sub(at + 12, at + 11 + n)
    assert.equal(masked(bytes), (string.unpack("<I4", text, at + 12 + n)))
    list[#list + 1] = bytes
    at = at + 16 + n
  end
  return list
end

it("pictures and figures go to TensorBoard as PNG, with their sizes and colours", function()
  local log = lp.logger { path "p.tfevents", path "p.csv" }
  log:image("grey", { { 0, 0.2 }, { 1, 0.5 }, { 0, 0 } }, 1)
  log:image("colour", lp.zeros(1, 2, 3), 2)
  local fig = lp.figure { width = 3, height = 2 }
  fig[1]:line({ 1, 2 }, { 3, 4 })
  log:figure("fig", fig, 200)
  log:close()
  local list = records(read(path "p.tfevents"))
  assert.equal(4, #list)
  local function picture(bytes)
    local from = bytes:find("\137PNG", 1, true)
    local name = path "one.png"
    local file = io.open(name, "wb")
    file:write(bytes:sub(from))
    file:close()
    return lp.read(name)
  end
  local grey = picture(list[2])
  assert.same({ 0, 51, 255, 128, 0, 0 }, grey:flatten():table())
  assert.truthy(list[2]:find("\x0a\x04grey\x22.\x08\x03\x10\x02\x18\x01\x22", 1))         -- tag, Image { height = 3, width = 2, colorspace = 1
  assert.truthy(list[3]:find("\x0a\x06colour\x22.\x08\x01\x10\x02\x18\x03\x22", 1))
  assert.is_true(picture(list[4]):size() > 10000)
  assert.equal("step,t,tag,value\n", read(path "p.csv"))
end)

it("a log follows an object, and the same run writes the same bytes", function()
  local texts = {}
  for k = 1, 2 do
    local net = lp.network { dt = 1 }
    local cells = net:population { name = "cells", size = 4, neuron = cell }
    local log <close> = lp.logger { path("f" .. k .. ".tfevents"), path("f" .. k .. ".csv"), net = net }
    log:follow(cells, { every = 10, mean = { "r" }, histogram = { "r" } })
    net:run(30)
    log:close()
    texts[k] = read(path("f" .. k .. ".csv"))
    assert.equal(7, #records(read(path("f" .. k .. ".tfevents"))))
  end
  assert.equal(texts[1], texts[2])
  assert.equal(read(path "f1.tfevents"), read(path "f2.tfevents"))
  assert.truthy(texts[1]:find("\n20,20,cells/r,47.5\n20,20,cells/r/min,19\n", 1, true), texts[1])
end)

it("a log goes on behind what there is, tables write NaN as such, parts of populations are followed, too", function()
  local net = lp.network { dt = 1 }
  local cells = net:population { name = "cells", size = 4, neuron = cell }
  for _, values in ipairs { { 0/0, -(0/0) }, { 1/0 } } do
    local log <close> = lp.logger { path "on.csv", path "on.tfevents", net = net, append = true }
    for _, value in ipairs(values) do log:scalar("x", value) end
  end
  local log <close> = lp.logger { path "on.csv", path "on.tfevents", net = net, append = true }
  log:follow(cells:slice(2, 3), { every = 1, mean = { "r" } })
  net:run(2)
  log:close()
  assert.equal("step,t,tag,value\n0,0,x,nan\n0,0,x,nan\n0,0,x,inf\n1,1,cells[2..3]/r,0\n2,2,cells[2..3]/r,2.5\n", read(path "on.csv"))
  assert.equal(6, #records(read(path "on.tfevents")))
end)

it("what a log cannot hold is refused", function()
  local function refused(message, f, ...)
    local ok, why = pcall(f, ...)
    assert.is_false(ok)
    assert.matches(message, tostring(why), 1, true)
  end
  refused("'a.txt' is neither a .tfevents file, for TensorBoard, nor a .csv", lp.logger, "a.txt")
  refused("cannot write 'no/where.csv': No such file or directory", lp.logger, "no/where.csv")
  refused("lp.logger: the path of a file, or several in a table, expected", lp.logger, {})
  refused("unknown option 'network'", lp.logger, { path "b.csv", network = {} })
  local log = lp.logger(path "b.csv")
  refused("log:scalar: which step?", log.scalar, log, "x", 1)
  refused("log:scalar: 'x': a number expected, got", log.scalar, log, "x", "1", 1)
  refused("log:scalar: a tag expected", log.scalar, log, 3, 1, 1)
  refused("log:scalar: step must be", log.scalar, log, "x", 1, 1.5)
  refused("log:histogram: 'x': one of the numbers is NaN or infinite", log.histogram, log, "x", { 1, 0/0 }, 1)
  refused("log:histogram: 'x': numbers expected", log.histogram, log, "x", {}, 1)
  refused("a table holds no pictures: the log needs a .tfevents file", log.image, log, "x", { { 1 } }, 1)
  refused("a picture lies in 0 (black) .. 1 (white), this one in 2 .. 2", log.image, log, "x", { { 2 } }, 1)
  refused("a figure expected", log.figure, log, "x", {}, 1)
  refused("the log has no network", log.follow, log, {}, { every = 1 })
  refused("log:scalar is called with a colon: log:scalar(...)", log.scalar, "x", 1, 1)
  refused("log:scalars: 'g': numbers by name expected, got 5 under 1", log.scalars, log, "g", { 5 }, 1)
  refused("log:scalars: 'g': numbers by name expected, got an array under the text 'a'", log.scalars, log, "g", { a = lp.ones(2) }, 1)
  refused("log:histogram: 'x': -1e+308 and 1e+308 lie too far apart for bins", log.histogram, log, "x", { -1e308, 1e308 }, 1)
  refused("a picture has numbers, one of these is NaN or infinite", log.image, log, "x", { { 0/0 } }, 1)
  refused("another log writes to '" .. log.paths[1] .. "': close it first, log:close()", lp.logger, log.paths[1])
  log:close()
  refused("log:scalar: the log is closed", log.scalar, log, "x", 1, 1)
  refused("b.csv' stands here twice", lp.logger, { path "b.csv", path "b.csv" })
  refused("lp.logger: option 'net' must be a network, got a table", lp.logger, { path "b.csv", net = {} })
  for _, name in ipairs { "other.csv", "other.tfevents" } do
    local file = io.open(path(name), "w")
    file:write "x;y\n1;2\n"
    file:close()
    refused("cannot append to '" .. path(name) .. "': it is no log of this kind", lp.logger, { path(name), append = true })
    assert.equal("x;y\n1;2\n", read(path(name)))
  end
  local net = lp.network { dt = 1 }
  local cells, with = net:population { size = 2, neuron = cell }, lp.logger { path "c.csv", net = net }
  refused("unknown variable 'q'", with.follow, with, cells, { every = 1, mean = { "q" } })
  refused("what? mean = { ... }, histogram = { ... }", with.follow, with, cells, { every = 1 })
  refused("log:follow: every must be greater than 0, got 0", with.follow, with, cells, { every = 0, mean = { "r" } })
  refused("log:follow: 'slice' is no variable of '", with.follow, with, cells, { every = 1, mean = { "slice" } })
  refused("log:follow: the name of a variable expected, got 3", with.follow, with, cells, { every = 1, histogram = { 3 } })
  for shown, object in pairs { ["3"] = 3, ["a table"] = {}, ["a network"] = net, ["one of another network"] = network(1, 1).populations[1] } do
    refused("log:follow: a population or projection of the log's network expected, got " .. shown, with.follow, with, object, { every = 1, mean = { "r" } })
  end
  with:close()
end)
