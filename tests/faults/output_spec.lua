-- Output that does not arrive: full disks, closed streams, programs that are ended while they write. Either all is there, or an error and the old file.

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST
local OFTEN = os.getenv "LUNAPSE_FAULTS" == "all" and 15 or 4          -- how often a program is ended at a moment of chance
local folder

--- Run shell commands in the test's folder: stdout, stderr, exit status.
local function shell(command)
  local pipe = io.popen(("cd %s && { %s\n} 2>%s.stderr"):format(folder, command, folder))
  local out = pipe:read "a"
  local _, _, status = pipe:close()
  local file = io.open(folder .. ".stderr")
  local err = file:read "a"
  file:close()
  return out, err, status
end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function read(name)
  local file = assert(io.open(folder .. "/" .. name))
  local text = file:read "a"
  file:close()
  return text
end

local function names()
  local list = {}
  for name in shell("ls -A"):gmatch "[^\n]+" do list[#list + 1] = name end
  return list
end

before_each(function() folder = io.popen("mktemp -d"):read "l" end)
after_each(function() os.execute(("rm -rf %s %s.stderr"):format(folder, folder)) end)

describe("printing to a full disk", function()
  local FULL = "lunapse: cannot write to the standard output: No space left on device\n"
  local LP = "-l lp=lunapse -e "

  for what, arguments in pairs {
    ["print"] = "-e 'print(1)'", ["io.write"] = "-e 'io.write(1)'", ["lp.result"] = LP .. "'lp.result { { \"x\", 1 } }'", ["--help"] = "--help",
    ["--version"] = "--version", ["print and os.exit"] = "-e 'print(1) os.exit(true)'", ["print and os.exit with close"] = "-e 'print(1) os.exit(0, true)'",
    ["--dump"] = "--dump=model " .. LP .. "'lp.network():population { size = 1, neuron = lp.models.LIF }'",
    ["a finalizer's print"] = "-e 'setmetatable({}, { __gc = function() print(1) end })'",
    ["more than the buffer holds"] = "-e 'io.write((\"x\"):rep(100000)) io.write(1)'",
    ["an unbuffered stream"] = "-e 'io.stdout:setvbuf \"no\" io.write(1)'",
  } do
    it("is an error: " .. what, function()
      local _, err, status = shell(("%s %s >/dev/full"):format(PROGRAM, arguments))
      assert.equal(1, status)
      assert.matches("^lunapse: cannot write to the standard output: [^\n]+\n$", err)
      if not what:find "buffer" then assert.equal(FULL, err) end
    end)
  end

  it("leaves the status of a program that says its own", function()
    local _, _, status = shell(PROGRAM .. " -e 'print(1) os.exit(7)' >/dev/full")
    assert.equal(7, status)
    _, _, status = shell(PROGRAM .. " -e 'error(1)' >/dev/full")
    assert.equal(1, status)
  end)

  it("is an error on the error stream, too", function()
    local _, _, status = shell(PROGRAM .. " -e 'io.stderr:write \"x\"' 2>/dev/full")
    assert.equal(1, status)
    _, _, status = shell(PROGRAM .. " -e 'warn \"lunapse: x\"' 2>/dev/full")
    assert.equal(1, status)
  end)

  it("is none where nothing is printed", function()
    local _, err, status = shell(PROGRAM .. " -e 'local x = 1' >/dev/full 2>&1")
    assert.same({ "", 0 }, { err, status })
  end)

  it("fails the point of a sweep that prints", function()
    write("sweep.lua", [[
      local lp = require "lunapse"
      local ok, why = pcall(lp.sweep, { { k = { 1, 2 } }, run = function(p) print(p.k) return p.k end })
      io.stderr:write(tostring(ok), " ", why, "\n")]])
    local _, err = shell(PROGRAM .. " sweep.lua >/dev/full")
    assert.truthy(err:find("lp.sweep: every point failed; point 1 (k = 1): cannot write to the standard output: No space left on device", 1, true), err)
  end)

  it("to a closed stream is an error, and into no other file", function()
    local _, err, status = shell(PROGRAM .. " -e 'local f = io.open(\"mine\", \"w\") print \"lost\" f:write \"mine\" f:close()' >&-")
    assert.same({ "lunapse: cannot write to the standard output: Bad file descriptor\n", 1 }, { err, status })
    assert.equal("mine", read "mine")
    _, _, status = shell(PROGRAM .. " -e 'warn \"lunapse: x\"' 2>&-")
    assert.equal(0, status)
  end)

  it("is no error where a reader has seen enough", function()
    local out = shell(PROGRAM .. " -e 'for k = 1, 1e5 do print(k) end' | head -n 1")
    assert.equal("1\n", out)
  end)
end)

-- A script that writes one kind of file, larger than 1 kB.
local KINDS = {
  ["a.png"] = "local fig = lp.figure() fig[1]:line { 1, 2, 1 } fig:save 'a.png'",
  ["a.svg"] = "local fig = lp.figure() fig[1]:line { 1, 2, 1 } fig:save 'a.svg'",
  ["a.pdf"] = "local fig = lp.figure() fig[1]:line { 1, 2, 1 } fig:save 'a.pdf'",
  ["a.wav"] = "local hearing = require 'lunapse.hearing' hearing.tone(440, 1000):save 'a.wav'",
  ["a.flac"] = "local hearing = require 'lunapse.hearing' hearing.tone(440, 1000):save 'a.flac'",
  ["a.csv"] = "lp.sweep { { k = lp.array.arange(1, 300) }, run = function(p) return { x = p.k / 7 } end, workers = 2 }:save 'a.csv'",
  ["a.md"] = "local net = lp.network() net:population { size = 3, neuron = lp.models.LIF } net:report 'a.md'",
  ["a.tex"] = "local net = lp.network() net:population { size = 3, neuron = lp.models.LIF } net:report 'a.tex'",
}

describe("a file", function()
  for name, text in pairs(KINDS) do
    it("that does not fit leaves the old one and nothing else: " .. name, function()
      write("script.lua", "local lp = require 'lunapse' " .. text)
      write(name, "old")
      local _, err, status = shell(("trap '' XFSZ; ulimit -f 1; LUNAPSE_TIER=interpreter %s script.lua"):format(PROGRAM))
      assert.equal(1, status)
      assert.truthy(err:find("cannot write ", 1, true) and err:find("'" .. name .. "': ", 1, true), err)
      assert.equal("old", read(name))
      assert.same({ name, "script.lua" }, names())
    end)

    it("takes the old one's place, rights and link: " .. name, function()
      write("script.lua", "local lp = require 'lunapse' " .. text)
      os.execute(("mkdir %s/far; echo old >%s/far/real; chmod 640 %s/far/real; ln -s far/real %s/%s"):format(folder, folder, folder, folder, name))
      local _, err, status = shell(("%s script.lua"):format(PROGRAM))
      assert.same({ "", 0 }, { err, status })
      assert.truthy(#read "far/real" > 100)
      assert.equal("far/real\n640\n", (shell(("readlink %s; stat -c %%a far/real"):format(name))))
      assert.same({ name, "far", "script.lua" }, names())
    end)

    it("is not written to a full device: " .. name, function()
      write("script.lua", "local lp = require 'lunapse' " .. text)
      os.execute(("ln -s /dev/full %s/%s"):format(folder, name))
      local _, err, status = shell(("%s script.lua"):format(PROGRAM))
      if not name:find "flac" then      -- a device cannot be gone back in, and FLAC says less of it
        assert.truthy(err:find("cannot write ", 1, true) and err:find("No space left on device", 1, true), err)
      end
      assert.equal(1, status)
    end)
  end

  it("is refused where its name holds a zero byte, or is a folder, or lies in none", function()
    local function refused(code)
      local _, err, status = shell(("%s -l lp=lunapse -e '%s'"):format(PROGRAM, code))
      assert.equal(1, status)
      return err
    end
    assert.matches("holds a zero byte: 'a\\0b.png'", refused "lp.figure():save \"a\\0b.png\"")
    assert.matches("holds a zero byte", refused "require(\"lunapse.hearing\").tone(440, 10):save \"a\\0b.wav\"")
    assert.matches("holds a zero byte", refused "require(\"lunapse.hearing\").load \"a\\0b.wav\"")
    assert.matches("holds a zero byte", refused "lp.network():report \"a\\0b.md\"")
    assert.matches("holds a zero byte", refused "lp.sweep { { k = 1 }, run = function() return 1 end }:save \"a\\0b\"")
    assert.matches("holds a zero byte", refused "lp.from_file \"a\\0b\"")
    os.execute(("mkdir %s/folder.png"):format(folder))
    assert.matches("cannot write 'folder.png': it is a folder", refused "lp.figure():save \"folder.png\"")
    assert.matches("cannot write 'no/a.png': no such folder %(it is not made for you%)", refused "lp.figure():save \"no/a.png\"")
    assert.same({ "folder.png" }, names())
  end)

  for _, signal in ipairs { "TERM", "HUP", "INT", "PIPE", "KILL" } do
    it("is whole or old when SIG" .. signal .. " comes at any moment", function()
      write("script.lua", [[
        local lp = require "lunapse"
        local hearing = require "lunapse.hearing"
        local noise, fig = hearing.tone(440, 3000), lp.figure()
        local report = lp.network()
        report:population { size = 3, neuron = lp.models.LIF }
        fig[1]:line(lp.array.arange(1, 5000))
        print "ready" io.stdout:flush()
        while true do
          noise:save "a.wav"
          fig:save "a.png"
          report:report "a.md"
        end]])
      write("loop.sh", ([[
        for k in $(seq %d); do
          env --default-signal %s script.lua >out & pid=$!    # jobs in the background ignore some
          until grep -q ready out; do sleep 0.005; done
          sleep 0.$((RANDOM %% 5))$((RANDOM %% 9))
          kill -%s $pid; [ %s = INT ] && { sleep 0.0$((RANDOM %% 9)); kill -INT $pid 2>/dev/null; }
          wait $pid
        done]]):format(OFTEN, PROGRAM, signal, signal))
      shell "bash loop.sh"
      local list = table.concat(names(), " ")
      if signal ~= "KILL" then assert.matches("^a.md a.png a.wav loop.sh out script.lua$", list) end
      write("check.lua", [[
        local hearing = require "lunapse.hearing"
        print(hearing.load("a.wav").duration > 2999)
        local png = io.open("a.png", "rb"):read "a"
        print(png:find("^\137PNG") and png:find("IEND....$") and true)
        print(io.open("a.md"):read("a"):find("\n## H[^\n]*\n.*\n$") and true)]])
      assert.equal("true\ntrue\ntrue\n", (shell(PROGRAM .. " check.lua")))
    end)
  end
end)

-- A small one of our own, where the system lets us mount it.
if os.execute "d=$(mktemp -d); unshare -rm mount -t tmpfs none $d 2>/dev/null; s=$?; rmdir $d; exit $s" then
describe("a file system that is full", function()
  local function within(size, commands)
    return shell(([[
      mkdir -p full; unshare -rm sh -c 'mount -t tmpfs -o size=%s,mode=700 none full && sh commands.sh' 2>&1]]):format(size), write("commands.sh", commands))
  end

  -- What belongs to root belongs to nobody in a name space that an ordinary user has made, and no cache is kept below that.
  if os.execute "unshare -rm sh -c '[ $(stat -c %u /) = 0 ]'" then
  it("of the cache costs the cache alone", function()
    write("kernel.lua", [[
      local net = lp.network { tier = arg[1] }
      local p = net:population { size = 3, neuron = lp.neuron { equations = "77.5 * dv/dt = exp(-v/7) - v : init = 0.3" } }
      print(("%a"):format(net:run(5).populations[1].v[1]))]])
    local out = within("8k", ([[
      for tier in interpreter native native; do LUNAPSE_CACHE=$PWD/full/cache %s -l lp=lunapse kernel.lua $tier; done
      ls -A full/cache]]):format(PROGRAM))
    local value = out:match "^0x%S+\n"
    assert.equal(value and value:rep(3), out)
  end)
  end

  it("of the prompt's history loses what was typed then, and nothing else", function()
    write("history.lua", [[
      local history = require "lunapse.prompt.history"
      local h = history.open()
      for k = 1, 3 do h:add(k .. ("x"):rep(3000)) end
      os.remove "full/ballast"
      for k = 4, 5 do h:add(k .. "y") end
      for _, entry in ipairs(history.open().entries) do io.write(entry:sub(1, 2), #entry, " ") end]])
    assert.equal("1x3001 2x3001 4y2 5y2 ", within("16k", ("head -c 8192 /dev/zero >full/ballast; XDG_STATE_HOME=$PWD/full %s history.lua"):format(PROGRAM)))
  end)

  it("of a network, its checkpoint and its recordings stops them with the reason; the old files and all rows stay", function()
    write("record.lua", [[
      local net = lp.network { dt = 0.1, tier = "interpreter" }
      local cells = net:population { name = "cells", size = 100, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 40) } }
      local rows, kept = net:record(cells, "v", { file = "full/rows.h5" }), net:record(cells, "v")
      local function try(f, ...)
        local ok, why = pcall(f, ...)
        print(ok, (why:gsub("^.-: ", "", 1):gsub("[%d.]+ ms", "T ms"):gsub(" %(.*", "")))
      end
      try(net.run, net, 400)
      local n, worst, is_all = #rows.t, 0, #rows.t == #kept.t
      try(net.save, net, "full/net.h5")
      try(net.run, net, 1, { checkpoint = "full/point.h5" })
      try(lp.write, "full/a.npy", kept.v)
      for k = 1, n do worst = math.max(worst, (rows.v[k] - kept.v[k]):abs():max()) end
      print(n > 2000, is_all, worst, #lp.read("full/rows.h5", "cells/t") > 0, io.open("full/net.h5"):read "a")]])
    local out = within("2m", ("printf old >full/net.h5; %s -l lp=lunapse record.lua; ls -A full"):format(PROGRAM))
    local no_space = "'full/%s': No space left on device"
    assert.equal(table.concat({ "false\tat t = T ms: cannot write " .. no_space:format "rows.h5",
      "false\tnet:save: cannot go on with 'full/net.h5': writing to it has failed: No space left on device",
      "false\tnet:run: checkpoint: cannot go on with 'full/point.h5': writing to it has failed: No space left on device",
      "false\tlp.write: cannot write " .. no_space:format "a.npy", "true\ttrue\t0\ttrue\told", "net.h5", "rows.h5", "" }, "\n"), out)
  end)
end)
end

it("the prompt's history leaves out an entry that was cut short", function()
  write("history.lua", [[
    local history = require "lunapse.prompt.history"
    local h = history.open()
    h:add "three"
    for _, entry in ipairs(history.open().entries) do io.write(entry, " ") end]])
  assert.equal("one three ", (shell(("mkdir lunapse; printf 'one\\ntw' >lunapse/history; XDG_STATE_HOME=$PWD %s history.lua"):format(PROGRAM))))
end)

describe("showing a figure", function()
  it("leaves no temporary file", function()
    os.execute(("mkdir %s/tmp"):format(folder))
    local out = shell(("TMPDIR=%s/tmp %s -l lp=lunapse -e 'lp.plot({ 1, 2 }):show { protocol = \"kitty\" }'; ls -A tmp"):format(folder, PROGRAM))
    assert.matches("^\27_G.*\27\\\n?$", out)
  end)
end)
