-- The program: the command line of stock lua, finding the library, how errors are told, Ctrl-C, start-up time.

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST

local folder    -- a fresh one for every test

--- Run a shell command in the test's folder: its stdout, stderr and exit status.
local function shell(command)
  local file = folder .. "/stderr"
  local pipe = io.popen("cd " .. folder .. " && { " .. command .. "\n} 2>" .. file, "r")
  local out = pipe:read "a"
  local _, _, status = pipe:close()
  local errors = io.open(file)
  local err = errors:read "a"
  errors:close()
  return out, err, status
end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function lunapse(arguments) return shell(PROGRAM .. " " .. arguments .. " </dev/null") end

describe("the program", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("has a manual page and completions that know every option", function()
    local page = io.open(ROOT .. "/.dist/lunapse.1"):read "a":gsub("\\\\%-", "-"):gsub("\\%-", "-")
    local bash, zsh = io.open(ROOT .. "/.dist/lunapse.bash"):read "a", io.open(ROOT .. "/.dist/_lunapse"):read "a"
    local n = 0
    for option in lunapse("--help"):gmatch "\n  (%-%-?%a+)" do
      n = n + 1
      for name, text in pairs { page = page, bash = bash, zsh = zsh } do assert.truthy(text:find(option, 1, true), name .. ": " .. option) end
    end
    assert.is_true(n > 8)
    for variable in lunapse("--help"):gmatch "LUNAPSE_[%u_]+" do assert.truthy(page:find(variable, 1, true), variable) end
    local found = shell(([[bash -c '. %s/.dist/lunapse.bash; COMP_WORDS=(lunapse --ker); COMP_CWORD=1; _lunapse; echo ${COMPREPLY[*]};
      COMP_WORDS=(lunapse --dump = pr); COMP_CWORD=3; _lunapse; echo ${COMPREPLY[*]}']]):format(ROOT))
    assert.equal("--kernel\nprogram\n", found)
  end)

  describe("does with its options what stock lua does:", function()
    local stock = os.execute "command -v lua5.4 >/dev/null" and "lua5.4" or "lua"
    local lines = {
      [[-e 'print(1)' -e 'print(2)']],
      [[-e'print(1)']],
      [[-lstring -e 'print(string ~= nil)']],
      [[-l text=string -e 'print(text.rep("x", 3))']],
      [[-l nowhere]],
      [[s.lua a 'b c' -x]],
      [[-e 'x = 1' s.lua a]],
      [[-- s.lua a]],
      [[-W -e 'warn "careful"']],
      [[-e 'warn "quiet"']],
      [[-E -e 'print(package.path:find "elsewhere")']],
      [[-e 'print(package.path:find "elsewhere")']],
      [[- a b <s.lua]],
      [[<s.lua]],
      [[-e 'print(arg[0], arg[-1], arg[-2])']],
      [[-e 'os.exit(3)']],
      [[-e 'error "no"']],
      [[-e 'x =']],
      [[nowhere.lua]],
      [[-e]],
      [[-e -v]],
      [[-x]],
      [[-vx]],
      [[-ix]],
      [[-i -e 'print(1)' </dev/null | head -c 0]],
      [[fails.lua]],
      [[closes.lua]],
    }
    for _, line in ipairs(lines) do
      it(line, function()
        write("s.lua", "print(..., select('#', ...))\nfor i = -3, 3 do io.write(i < 0 and arg[i] and '+' or arg[i] or '-', ' ') end\n")
        write("fails.lua", "error()")
        write("closes.lua", "local x <close> = setmetatable({}, { __close = function() print 'closed' end })\nprint 'open'")
        local command = "LUA_PATH='/elsewhere/?.lua;;' %s " .. line
        if not line:find "<" then command = command .. " </dev/null" end
        local out, _, status = shell(command:format(PROGRAM))
        local stock_out, _, stock_status = shell(command:format(stock))
        -- arg below 0 holds the name of the program
        assert.equal(stock_out:gsub("%f[%w]" .. stock .. "%f[%W]", "PROGRAM"), (out:gsub(PROGRAM:gsub("%p", "%%%0"), "PROGRAM")))
        assert.equal(stock_status, status)
      end)
    end
  end)

  it("says what it does not understand", function()
    local _, err, status = lunapse "-x"
    assert.truthy(err:find("lunapse: unrecognized option '-x'", 1, true))
    assert.truthy(err:find("usage: lunapse", 1, true))
    assert.equal(1, status)
    _, err = lunapse "--nonsense"
    assert.truthy(err:find("unrecognized option '--nonsense'", 1, true))
    _, err = lunapse "--version=3"
    assert.truthy(err:find("'--version' takes no value", 1, true))
    _, err = lunapse "-l"
    assert.truthy(err:find("'-l' needs argument", 1, true))
  end)

  it("tells its version and its options", function()
    local version = require "lunapse.core.host".version
    for _, option in ipairs { "-v", "--version" } do
      local out, _, status = lunapse(option)
      assert.equal("Lunapse " .. version .. " (Lua 5.4", out:match "^(.-)%.%d+%)\n$")
      assert.equal(0, status)
    end
    local out = lunapse "--help"
    for _, option in ipairs { "-e stat", "-l mod", "-i", "-E", "-W", "--version", "--help", "LUNAPSE_PATH" } do
      assert.truthy(out:find(option, 1, true), option)
    end
  end)

  it("runs LUA_INIT first, a statement or a file, unless -E", function()
    write("init.lua", "print 'from file'")
    assert.equal("from init\nscript\n", (shell("LUA_INIT='print \"from init\"' " .. PROGRAM .. " -e 'print \"script\"'")))
    assert.equal("from file\n", (shell("LUA_INIT=@init.lua " .. PROGRAM .. " -e ''")))
    assert.equal("54\n", (shell("LUA_INIT='print(53)' LUA_INIT_5_4='print(54)' " .. PROGRAM .. " -e ''")))
    assert.equal("", (shell("LUA_INIT='print(53)' " .. PROGRAM .. " -E -e ''")))
    local out, err, status = shell("LUA_INIT='error \"bad init\"' " .. PROGRAM .. " -e 'print(1)'")
    assert.equal("", out)
    assert.truthy(err:find("lunapse: LUA_INIT:1: bad init", 1, true))
    assert.equal(1, status)
  end)

  it("tells warnings of the library, and others when it is asked to", function()
    local code = [[-e 'warn "lunapse: one" warn "two" warn("lunapse: ", "three") warn "@on" warn("fo", "ur") warn "@off" warn "lunapse: five"']]
    local _, err = lunapse(code)
    assert.equal("lunapse: warning: one\nlunapse: warning: three\nLua warning: four\n", err)
    _, err = lunapse [[-W -e 'warn "two"']]
    assert.equal("Lua warning: two\n", err)
  end)

  it("finds the library from any folder, whatever package.path says", function()
    local code = [[-e 'package.path = "" package.cpath = "" print(require "lunapse.prompt.input" ~= nil)']]
    assert.equal("true\n", (lunapse(code)))
    assert.equal("true\n", (shell("ln -s " .. PROGRAM .. " link && ./link " .. code)))
  end)

  it("takes the library from LUNAPSE_PATH", function()
    os.execute("mkdir -p " .. folder .. "/mine/lunapse/sub")
    write("mine/lunapse/init.lua", "return 'mine'")
    write("mine/lunapse/sub/init.lua", "return (...)")
    write("mine/lunapse/broken.lua", "return +")
    local set = "LUNAPSE_PATH=mine " .. PROGRAM
    assert.equal("mine\tlunapse.sub\n", (shell(set .. [[ -e 'print((require "lunapse"), (require "lunapse.sub"))']])))
    local _, err = shell(set .. [[ -e 'require "lunapse.broken"']])
    assert.truthy(err:find("error loading module 'lunapse.broken'", 1, true))
    _, err = shell(set .. [[ -e 'require "lunapse.none"']])
    assert.truthy(err:find("mine/lunapse/none.lua'", 1, true))
    _, err = shell("LUNAPSE_PATH=/nonexistent " .. PROGRAM .. [[ -e 'require "lunapse"']])
    assert.truthy(err:find("set LUNAPSE_PATH", 1, true))
  end)

  it("is found by its library once it is installed", function()
    os.execute("mkdir -p " .. folder .. "/bin " .. folder .. "/share/lunapse")
    os.execute("cp " .. PROGRAM .. " " .. folder .. "/bin/ && cp -R lua/lunapse " .. folder .. "/share/lunapse/")
    local out = shell([[bin/lunapse -e 'print(require "lunapse.core.host".folder)']])
    assert.truthy(out:find("share/lunapse\n$"), out)
  end)

  it("is installed and taken away again by make, whatever the folder is called", function()
    local prefix = folder .. "/it's \"the $HOME\""
    local quoted = "'" .. prefix:gsub("'", "'\\''"):gsub("%$", "$$$$") .. "'"
    local function make(target)
      assert.is_true((os.execute(("make --no-print-directory -o %s HOST=%s PREFIX=%s %s >/dev/null"):format(PROGRAM, PROGRAM, quoted, target))))
    end
    make "install"
    local out = shell([[cd it*/bin && ./lunapse -e 'local net = require "lunapse".network {} print(net.dt)']])
    assert.equal("0.1\n", out)
    make "uninstall"
    assert.equal("", (shell "find it* -type f"))
  end)
end)

describe("an error", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("names script and line, and ends with status 1", function()
    write("script.lua", "local function f()\n  error 'what'\nend\nf()\nprint 'not here'")
    local out, err, status = lunapse "script.lua"
    assert.equal("", out)
    assert.equal("lunapse: script.lua:2: what\nstack traceback:\n\tscript.lua:2: in local 'f'\n\tscript.lua:4: in main chunk\n", err)
    assert.equal(1, status)
  end)

  it("in the text of a script needs no traceback", function()
    write("script.lua", "x = = 1")
    local _, err, status = lunapse "script.lua"
    assert.equal("lunapse: script.lua:1: unexpected symbol near '='\n", err)
    assert.equal(1, status)
  end)

  it("comes after what was printed before it", function()
    local out = shell(PROGRAM .. [[ -e 'io.write "first " error "then"' 2>&1]])
    assert.truthy(out:find "^first lunapse: .*then")
  end)

  it("that is a table is asked for its text", function()
    local _, err = lunapse [[-e 'error(setmetatable({}, { __tostring = function() return "as text" end }))']]
    assert.truthy(err:find("lunapse: as text\n", 1, true))
    _, err = lunapse [[-e 'error {}']]
    assert.truthy(err:find("lunapse: (error object is a table value)\n", 1, true))
    _, err = lunapse [[-e 'error()']]
    assert.truthy(err:find("lunapse: (error object is a nil value)\n", 1, true))
  end)

  describe("out of the library", function()
    before_each(function()
      os.execute("mkdir -p " .. folder .. "/mine/lunapse")
      write("mine/lunapse/init.lua", [[
local m = {}
function m.refuse() error("size must be positive") end
function m.refuse_at_caller() error("size must be positive", 2) end
function m.refuse_object() error(setmetatable({}, { __tostring = function() return "a picture\nof it" end })) end
function m.fault() local nothing; return nothing.field end
function m.call(f) local result = f() return result end
return m]])
    end)

    local function run(call, environment)
      write("script.lua", "local m = require 'lunapse'\n" .. call)
      local _, err = shell("LUNAPSE_PATH=mine " .. (environment or "") .. " " .. PROGRAM .. " script.lua")
      return err
    end

    local trace = "\nstack traceback:\n\tscript.lua:2: in main chunk\n"

    it("is told at the user's line", function()
      local expected = "lunapse: script.lua:2: size must be positive" .. trace
      assert.equal(expected, run "m.refuse()")
      assert.equal(expected, run "m.refuse_at_caller()")
    end)

    it("gets the user's line when it is an object", function()
      assert.equal("lunapse: script.lua:2: a picture\nof it" .. trace, run "m.refuse_object()")
    end)

    it("that is a fault of the library says where in it", function()
      assert.equal("lunapse: script.lua:2: attempt to index a nil value (local 'nothing') (in lunapse/init.lua:5)" .. trace, run "m.fault()")
    end)

    it("shows every frame with LUNAPSE_TRACE=1", function()
      local err = run("m.refuse()", "LUNAPSE_TRACE=1")
      assert.truthy(err:find("mine/lunapse/init.lua:2: size must be positive", 1, true))
      assert.truthy(err:find("in function 'lunapse.refuse'", 1, true))
    end)

    it("has the user's line, too, where he catches it", function()
      write("caught.lua", "local m = require 'lunapse'\nlocal ok, why = pcall(function()\n  m.refuse()\nend)\nprint(why) print(pcall(m.fault))")
      assert.equal("caught.lua:3: size must be positive\nfalse\tcaught.lua:5: attempt to index a nil value (local 'nothing') (in lunapse/init.lua:5)\n",
        (shell("LUNAPSE_PATH=mine " .. PROGRAM .. " caught.lua")))
    end)

    it("keeps the frames of the library between the user's own", function()
      local err = run "m.call(function() error 'mine' end)"
      assert.truthy(err:find("lunapse: script.lua:2: mine", 1, true))
      assert.truthy(err:find("in function 'lunapse.call'", 1, true))
    end)
  end)
end)

describe("Ctrl-C", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  --- Run code that says "ready" and then goes on for ever; send SIGINT when it has said so, once or until it has ended.
  local function interrupt(code, is_insisting)
    write("script.lua", "io.stdout:setvbuf 'no'\n" .. code)
    write("kill.lua", ([[
      local kill = "kill -INT " .. io.read "l" .. " 2>/dev/null"
      assert(io.read "l" == "ready")
      os.execute(kill)
      while %s and os.execute(kill) do os.execute "sleep 0.02" end   -- two that come fast may count as one
      io.write(io.read "a")]]):format(is_insisting or false))
    -- A shell's background jobs ignore SIGINT; the one in front does not.
    return shell(("{ sh -c 'echo $$; exec %s script.lua'; echo status $?; } | %s kill.lua"):format(PROGRAM, PROGRAM))
  end

  it("raises an error in running Lua and ends with status 130", function()
    local out, err = interrupt "print 'ready'\nwhile true do end"
    assert.equal("status 130\n", out)
    assert.truthy(err:find "^lunapse: script.lua:[23]: interrupted\nstack traceback:\n\tscript.lua:[23]: in main chunk\n$", err)
  end)

  it("reaches the coroutine that runs", function()
    local out, err = interrupt "coroutine.wrap(function() print 'ready' while true do end end)()"
    assert.equal("status 130\n", out)
    assert.truthy(err:find("script.lua:2: interrupted", 1, true), err)
    out = interrupt "local co = coroutine.create(function() print 'ready' while true do end end) print(coroutine.resume(co))"
    assert.equal("false\tscript.lua:2: interrupted\nstatus 0\n", out)
  end)

  it("that comes while C is at work is raised once", function()
    local out = interrupt [[
      local host = require "lunapse.core.host"
      print(pcall(function()
        string.gsub("b" .. ("a"):rep(24), (".-"):rep(9) .. "b", function() print "ready" end)
        local x = host.interrupt()
      end))
      print "on"]]
    assert.truthy(out:find "^false\tscript.lua:%d: interrupted\non\nstatus 0\n$", out)
  end)

  it("ends what takes long with sounds, which can be read on", function()
    local out = interrupt [[
      local s = require("lunapse.hearing").white_noise(1e12, { seed = 1 }):lowpass(100)
      local stream, first = s:stream(), s:stream():read(1)[1][1]
      print(pcall(function() print 'ready' stream:seek(10^15 // 1) end))
      print(stream.at > 0 and stream.at % 512, #stream:read(3), stream:reset():read(1)[1][1] == first)]]
    assert.truthy(out:find "^false\tscript.lua:%d: interrupted\n0\t3\ttrue\nstatus 0\n$", out)
    assert.truthy(interrupt("print(pcall(function() local s = require('lunapse.hearing').silence(1e12) print 'ready' s:rms() end))"):find("interrupted\nstatus 0\n$", 1, false))
  end)

  it("can be caught, and the script goes on", function()
    local out = interrupt "print(pcall(function() print 'ready' while true do end end))\nprint 'on'"
    assert.equal("false\tscript.lua:2: interrupted\non\nstatus 0\n", out)
  end)

  it("a second time ends a program that has caught the first and goes on", function()
    for _, call in ipairs { "pcall(f)", "pcall(coroutine.wrap(f))", "coroutine.resume(coroutine.create(f))" } do
      local out = interrupt("print 'ready' local function f() while true do end end while true do " .. call .. " end", true)
      assert.equal("status 130\n", out)
    end
  end)

  it("a second time ends a program that does not listen", function()
    -- the first match calls the function, the second takes for ever, without a single Lua instruction
    local out = interrupt("string.gsub('b' .. ('a'):rep(60), ('.-'):rep(30) .. 'b', function() print 'ready' end)", true)
    assert.equal("status 130\n", out)
  end)
end)

describe("coroutines", function()
  it("behave as stock ones although the program watches them", function()
    local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error("e" .. b, 0) end)
    assert.same({ true, 2 }, { coroutine.resume(co, 1) })
    assert.same({ false, "e5" }, { coroutine.resume(co, 5) })
    assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
    assert.is_false(pcall(coroutine.resume, 1))
    local next_one = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
    assert.same({ 1, 2, 3 }, { next_one(), next_one(), next_one() })
    assert.equal(0, select("#", next_one()))
    local is_fine, message = pcall(next_one)
    assert.is_false(is_fine)
    assert.truthy(message:find "cannot resume dead coroutine")
    assert.is_false(pcall(coroutine.wrap, 1))
    local closed
    local wrapped = coroutine.wrap(function()
      local x <close> = setmetatable({}, { __close = function() closed = true end })
      error { x }
    end)
    assert.is_false(pcall(wrapped))
    assert.is_true(closed)
  end)
end)
