-- The prompt on a real terminal (tmux): lines, completion, interrupts, history.

local terminal = dofile "tests/terminal.lua"

local run, write, read, screen, await, open = terminal.run, terminal.write, terminal.read, terminal.screen, terminal.await, terminal.open
local keys, text, enter, ROOT, PROGRAM = terminal.keys, terminal.text, terminal.enter, terminal.ROOT, terminal.PROGRAM

--- A library of our own: the real prompt and what is given as lunapse/init.lua.
local function use_library(init)
  os.execute(("mkdir -p %s/mine/lunapse && ln -s %s/lua/lunapse/prompt %s/mine/lunapse/prompt"):format(terminal.folder, ROOT, terminal.folder))
  if init then write("mine/lunapse/init.lua", init) end
  return "NO_COLOR=1 LUNAPSE_PATH=" .. terminal.folder .. "/mine"
end

describe("the prompt", function()
  before_each(terminal.begin)
  after_each(terminal.finish)

  it("prints the values of expressions, several of them, and keeps the first as _", function()
    open()
    assert.equal("3", enter "1 + 2")
    assert.equal("6", enter "=_ * 2")
    assert.equal('"a"     nil     1.5', enter [["a", nil, 1.5]])
    assert.equal("", enter "x = { 1, 2, name = 'n', { true } }")
    assert.equal('{ 1, 2, { true }, name = "n" }', enter "x")
    assert.equal("an object", enter "setmetatable({}, { __tostring = function() return 'an object' end })")
    assert.equal("", enter "(function() end)()")
    assert.equal("said", enter "print 'said'")
  end)

  it("reads on until the input is whole", function()
    open()
    for _, line in ipairs { "for i = 1, 2 do", "print(i * 11)" } do
      text(line)
      keys "Enter"
      await "\n>>"
    end
    text "end"
    keys "Enter"
    await "end\n11\n22\n>"
    text "1 +"
    keys "Enter"
    await "\n>>"
    text "41"
    keys "Enter"
    await ">> 41\n42\n>"
  end)

  it("shows errors with the line they come from, and the traceback of what was called", function()
    open()
    assert.equal("prompt 1:1: unexpected symbol near '*'\n    x = * 2", enter "x = * 2")
    assert.equal("", enter "function f() local t; return t.x end")
    local shown = enter "f()"
    assert.truthy(shown:find("prompt 2:1: attempt to index a nil value (local 't')\n    function f() local t; return t.x end", 1, true), shown)
    assert.truthy(shown:find("in function 'f'", 1, true), shown)
    assert.falsy(shown:find("xpcall", 1, true), shown)
    assert.truthy(enter("error({}, 2)"):find "^%(error object is a table value%)$")
    open("", use_library [[return { refuse = function() error(setmetatable({}, { __tostring = function() return "no\nway" end })) end }]])
    assert.equal("prompt 1:1: no\nway\n    lp.refuse()", enter "lp.refuse()")
  end)

  it("says that a local is gone, once", function()
    open()
    assert.truthy(enter("local a = 1"):find "^a local lives only")
    assert.equal("", enter "local b = 1")
  end)

  describe("completes", function()
    local function complete(line, expected, presses)
      text(line)
      await("> " .. line)
      for _ = 1, presses or 1 do keys "Tab" end
      await(expected)
      keys "C-u"
      await "\n>"
    end

    it("globals", function()
      open()
      complete("tostr", "> tostring(")
      complete("x = setm", "> x = setmetatable(")
      complete("lp", "> lp")
      complete("rep", "repeat")
    end)

    it("fields, with a list where several fit", function()
      open()
      enter "x = { alpha = 1, alphabet = 2, sub = { deep = 3 }, act = print }"
      complete("x.al", "x.alpha")
      complete("x.al", "alpha     alphabet\n> x.alpha", 2)
      complete("1 + x.sub.d", "> 1 + x.sub.deep")
      complete('x["sub"].d', "deep")
      complete("x:a", "> x:act(")
      complete("string.for", "> string.format(")
    end)

    it("methods, through metatables and through what objects say of themselves", function()
      open()
      enter "s = 'text'"
      complete("s:rep", "> s:rep(")
      enter "base = { method_of_base = print }"
      enter "obj = setmetatable({}, { __index = setmetatable({}, { __index = base }) })"
      complete("obj:met", "> obj:method_of_base(")
      enter "obj = setmetatable({}, { __complete = function() return { 'rate_now' } end })"
      complete("obj.rat", "> obj.rate_now")
      enter "obj = { __names = function() return { 'weights' } end }"
      complete("obj.wei", "> obj.weights")
    end)

    it("nothing where it knows nothing, and survives objects that fail", function()
      open()
      enter "obj = setmetatable({}, { __index = function() error 'no' end })"
      complete("obj.x", "> obj.x")
      complete("nowhere.x", "> nowhere.x")
      complete("f().to", "> f().to")
    end)

    it("file names inside strings", function()
      os.execute("mkdir " .. terminal.folder .. "/recordings")
      write("recordings/one.wav", "")
      open()
      complete('io.open "rec', '> io.open "recordings/')
      complete('io.open "recordings/o', '> io.open "recordings/one.wav"')
      complete("x = '" .. terminal.folder .. "/recordings/o", "one.wav'")
    end)

    it("an empty line to an indent", function()
      open()
      keys "Tab"
      text "x"
      await ">   x"
    end)
  end)

  describe("on Ctrl-C", function()
    --- Type code that says "going" and never ends, and wait until it has said so.
    local function start(code)
      text(code)
      await("> " .. code)
      keys "Enter"
      await(code .. "\ngoing")
    end

    it("ends running code and stays", function()
      open()
      start "print 'going' while true do end"
      keys "C-c"
      await "prompt 1:1: interrupted\n    print 'going' while true do end\n>"
      assert.equal("2", enter "1 + 1")
      start "coroutine.wrap(function() print 'going' while true do end end)()"
      keys "C-c"
      await("prompt 3:1: interrupted", true)
      assert.equal("4", enter "2 + 2")
    end)

    it("drops the line that is being typed, and the lines before it", function()
      open()
      text "x = 1"
      await "> x = 1"
      keys "C-c"
      await "> x = 1^C\n>"
      assert.equal("nil", enter "x")
      text "for i = 1, 2 do"
      keys "Enter"
      await "\n>>"
      keys "C-c"
      await "^C\n>"
      assert.equal("2", enter "1 + 1")
    end)

    it("a second time ends code that catches the first", function()
      open()
      for _, code in ipairs {
        "while true do pcall(function() print 'going' while true do end end) end",
        "while true do pcall(pcall, function() print 'going' while true do end end) end",
        "while true do pcall(coroutine.wrap(function() print 'going' while true do end end)) end",
      } do
        start(code)
        keys "C-c"
        await("^Cgoing", true)
        keys "C-c"
        await("interrupted", true)
        await "\n>"
        assert.equal("2", enter "1 + 1")
        enter "os.execute 'clear'"
      end
    end)

    it("a second time says how to leave, and does not leave", function()
      open()
      -- the first match calls the function, the second takes for ever, without a single Lua instruction
      start "string.gsub('b' .. ('a'):rep(60), ('.-'):rep(30) .. 'b', function() print 'going' end)"
      keys "C-c"
      run "sleep 0.1"   -- two that come fast may count as one
      keys "C-c"
      await("still waiting for the running code to stop; Ctrl-\\ ends Lunapse", true)
      keys "C-\\\\"
      await("ended with 131", true)
    end)
  end)

  it("ends with Ctrl-D", function()
    open()
    keys "C-d"
    await "ended with 0"
  end)

  it("remembers what was typed in earlier sessions, several lines as one", function()
    open()
    enter "first = 1"
    for _, line in ipairs { "function second()", [[return "a\\b"]] } do
      text(line)
      keys "Enter"
      await "\n>>"
    end
    text "end"
    keys "Enter"
    await ">> end\n>"
    keys "C-d"
    await "ended with 0"
    assert.equal("first = 1\nfunction second()\\nreturn \"a\\\\\\\\b\"\\nend\n", read "state/lunapse/history")

    open()
    keys "Up"
    await "end"
    keys "Enter"
    await "\n>"
    assert.equal([["a\\b"]], enter "second()")
    keys "Up"
    await "> second()"
    keys "Up"
    await "end"
    keys "Up"
    await "> first = 1"
    keys "Enter"
    await "> first = 1\n>"
    keys "C-d"
    await "ended with 0"
    assert.truthy(read("state/lunapse/history"):find "second%(%)\nfirst = 1\n$")
  end)

  it("keeps the history within bounds, and for its owner alone", function()
    os.execute("mkdir -p " .. terminal.folder .. "/state/lunapse")
    local lines = {}
    for i = 1, 5001 do lines[i] = "x = " .. i end
    write("state/lunapse/history", table.concat(lines, "\n") .. "\n")
    open()
    keys "Up"
    await "> x = 5001"
    keys "C-u"
    keys "C-d"
    await "ended with 0"
    local _, n = read("state/lunapse/history"):gsub("\n", "")
    assert.equal(2500, n)
    os.execute("rm -r " .. terminal.folder .. "/state")
    open()
    enter "x = 1"
    assert.equal("drwx------", run("ls -ld " .. terminal.folder .. "/state/lunapse"):sub(1, 10))
  end)

  it("has no memory where it may not write, and works", function()
    write("state", "a file in the way")
    open()
    assert.equal("2", enter "1 + 1")
  end)

  it("edits lines: to the start, by words, search in the history", function()
    open()
    enter "needle = 1"
    enter "hay = 2"
    text "= 7"
    keys "C-a"
    text "z "
    await "> z = 7"
    keys "Enter"
    await "> z = 7\n>"
    keys "C-r"
    text "need"
    await("needle = 1", true)
    keys "Enter"
    await "> needle = 1\n>"
    text "äö = "
    keys "BSpace BSpace BSpace"
    await "> äö"
  end)

  it("has lp and the units without require, and its own globals for nobody else", function()
    open("", use_library "print 'loaded' return { units = { ms = 1, mV = 7 }, answer = 42 }")
    assert.equal("2", enter "1 + 1")
    assert.equal("loaded\n42", enter "lp.answer")
    assert.equal("21", enter "3*mV")
    assert.equal("true", enter "_G.lp == nil and _G.mV == nil and _G._ == nil")
    assert.equal("", enter "mine = 5")
    assert.equal("5", enter "_G.mine")
    text "lp.ans"
    keys "Tab"
    await "> lp.answer"
  end)

  it("works without the library, and says so to who asks for it", function()
    open("", use_library(nil))
    assert.equal("nil", enter "unknown")
    assert.truthy(enter("lp"):find("module 'lunapse' not found", 1, true))
    assert.equal("2", enter "1 + 1")
  end)

  it("opens after a script with -i", function()
    write("script.lua", "from_script = 'here'\nprint(...)")
    open "-i script.lua argument"
    assert.truthy(screen():find("argument\n", 1, true))
    assert.equal('"here"', enter "from_script")
  end)

  it("has colour where the terminal has it, and none with NO_COLOR", function()
    open()
    enter "error 'no'"
    assert.falsy(screen(true):find("\27", 1, true))
    open("", "TERM=screen")
    text "error 'no'"
    keys "Enter"
    await("error 'no'\n>")
    assert.truthy(screen(true):find("\27%[31mprompt 1:1: no"))
    open("", "TERM=dumb")
    assert.falsy(screen(true):find("\27", 1, true))
  end)

  it("reads a pipe when it must, with its prompts, and ends with it", function()
    local out = run(("printf 'x = 2\\nx *\\n3\\n' | HOME=%s %s -i"):format(terminal.folder, PROGRAM))
    assert.truthy(out:find "\n> > >> 6\n> \n$", out)
  end)
end)
