-- Native code: the compiler in the background, the cache and what it refuses. Each test has a cache folder and a process of its own.
local kernel = require "lunapse.core.kernel"

local HOST = os.getenv "HOST" or "build/lunapse"
local folder

local function shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  local _, _, status = pipe:close()
  return text, status
end

-- Run a Lua chunk in a new process, with the cache in `folder` and further environment settings.
local PREAMBLE = [[
local kernel = require "lunapse.core.kernel"
local emit_c = require "lunapse.language.emit"
local function text(value, n)
  local programs, formats = {}, {}
  for k = 1, n or 1 do
    programs[k] = { name = "p" .. k, nest = "each", slots = { { name = "v", scope = "elem", kind = "real" } },
      code = { { op = "load", slot = 1 }, { op = "const", value = value + k }, { op = "pow", 1, 2 }, { op = "store", slot = 1, 3 } } }
    formats[k] = "none"
  end
  return emit_c.source { programs = programs, formats = formats, kernel = kernel }
end
]]
local function process(chunk, environment)
  local file = folder .. "/chunk.lua"
  local f = assert(io.open(file, "w"))
  f:write(PREAMBLE, chunk)
  f:close()
  return (shell(("LUNAPSE_CACHE='%s/cache' %s %s %s"):format(folder, environment or "", HOST, file)):gsub("%s+$", ""))
end

local function entries(path)
  local list = {}
  for name in shell("ls -A " .. path):gmatch("[^\n]+") do list[#list + 1] = name end
  return list
end

local BUILD = [[local native = kernel.native(text(1.5)) io.write(native:state(), " ") print(native:wait(60e3), native:log())]]

describe("native code", function()
  before_each(function() folder = shell("mktemp -d"):gsub("%s+$", "") end)
  after_each(function() shell("rm -rf " .. folder) end)

  it("is not there without a compiler, and says so", function()
    assert.matches("^none none\tthere is no C compiler", process(BUILD, "LUNAPSE_CC=none"))
    assert.matches("^none none\tthere is no C compiler", process(BUILD, "PATH=/nonexistent"))
  end)

  it("says what a compiler complained of", function()
    local text = process([[local native = kernel.native("this is no C") print(native:wait(60e3)) print(native:log())]])
    assert.matches("^failed\n.*error", text)
    assert.same({}, entries(folder .. "/cache"))
  end)

  if not kernel.compiler() then return end

  it("is built in the background once, and then found in the cache at once", function()
    assert.equal("building ready", (process(BUILD):gsub("%s+", " ")))
    assert.equal("ready ready", (process(BUILD):gsub("%s+", " ")))
  end)

  it("leaves one private library and nothing else", function()
    process(BUILD)
    local list = entries(folder .. "/cache")
    assert.equal(1, #list)
    assert.matches("^%x+%.so$", list[1])
    assert.equal("700", (shell("stat -c %a " .. folder .. "/cache"):gsub("%s+", "")))
  end)

  it("is the same object when the same text is asked for twice", function()
    assert.equal("ready ready", process([[local a, b = kernel.native(text(2)), kernel.native(text(2)) print(a:wait(60e3) .. " " .. b:state())]]))
  end)

  for what, damage in pairs {
    ["cut short"] = "truncate -s 3000 %s", ["cut by a byte"] = "truncate -s -1 %s",
    ["overwritten"] = "dd if=/dev/zero of=%s bs=1 seek=5000 count=64 conv=notrunc",
    ["empty"] = "truncate -s 0 %s", ["replaced by text"] = "echo hello > %s", ["writable by others"] = "chmod 777 %s",
  } do
    it("is rebuilt when its library is " .. what, function()
      process(BUILD)
      shell(damage:format(folder .. "/cache/" .. entries(folder .. "/cache")[1]))
      assert.equal("building ready", (process(BUILD):gsub("%s+", " ")))
      assert.equal("ready ready", (process(BUILD):gsub("%s+", " ")))
    end)
  end

  it("is not built where others can write", function()
    shell(("mkdir -m 777 %s/cache"):format(folder))
    assert.matches("^none none\tthe cache folder .* can be written by others %(mode 777%)", process(BUILD))
  end)

  it("is not built in what is no folder", function()
    shell(("ln -s /tmp %s/cache"):format(folder))
    assert.matches("^none none\tthe cache folder .* is no folder", process(BUILD))
  end)

  it("does not delay the end of the program, and leaves no temporary files", function()
    local text = process([[
      for k = 1, 4 do kernel.native(text(k, 150)) end
      print("done")]])
    assert.equal("done", text)
    assert.same({}, entries(folder .. "/cache"))
    assert.equal("0", (shell(("pgrep -f -c '%s/[c]ache'"):format(folder)):match("%d+")))
  end)

  it("is built by several processes at once", function()
    local file = folder .. "/chunk.lua"
    process("os.exit(0)")
    local f = assert(io.open(file, "w"))
    f:write(PREAMBLE, BUILD)
    f:close()
    local command = ("for k in 1 2 3 4; do LUNAPSE_CACHE=%s/cache %s %s & done; wait"):format(folder, HOST, file)
    local _, n = shell(command):gsub("ready\t", "")
    assert.equal(4, n)
    assert.equal(1, #entries(folder .. "/cache"))
  end)

  it("removes what a killed process has left", function()
    shell(("mkdir -m 700 %s/cache %s/cache/tmp.abcdef; touch %s/cache/tmp.abcdef/x.c"):format(folder, folder, folder))
    process(BUILD)
    assert.equal(1, #entries(folder .. "/cache"))
  end)
end)

describe("the cache folder", function()
  it("is refused with a reason", function()
    local ok, message = pcall(kernel.set_cache_folder, "/nonexistent/cache")
    assert.is_false(ok)
    assert.matches("cannot make the cache folder '/nonexistent/cache'", message)
    kernel.set_cache_folder(nil)
  end)
end)
