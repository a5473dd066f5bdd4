-- A whole script in which one request for memory fails, of Lua or of the engine: the program ends with one sentence and status 1, or does without and prints what
-- it always prints. Files are old or whole, nothing is left behind. (Under the sanitizers: no leak, either.)
--
-- At each request the process forks, and the request fails in its child (each_request.c). With LUNAPSE_FAULTS=all (`make faults`) all requests of the engine, and
-- one from each place that Lua asks from; else some.
local host = require "lunapse.core.host"
local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local function absolute(path) return path:find "^/" and path or ROOT .. "/" .. path end
local PROGRAM, LIBRARY = absolute(HOST), absolute(HOST):match "^(.*)/" .. "/tests/each_request.so"
local IS_LONG = os.getenv "LUNAPSE_FAULTS" == "all"
local SOME = { engine = 97, lua = 149 }      -- every so manieth

local SCRIPT = [[
local lp = require "lunapse"
local hearing = require "lunapse.hearing"
local net = lp.network { dt = 1, seed = 3, tier = "interpreter", threads = 1 }
local input = net:poisson { size = 20, rates = lp.uniform(10, 80) }
local cells = net:population { size = 10, neuron = lp.models.LIF, parameters = { I = lp.uniform(0, 5) } }
local wires = net:project { from = input, to = cells, target = "exc", connect = lp.fixed_number_pre(5), weights = lp.uniform(0, 0.5), synapse = lp.models.STDP }
local spikes, rows = net:record(cells, "spike"), net:record(wires, "w", { every = 5 })
net:every(10, function() cells.I = cells.I * 1.1 end)
net:run(20):store()
net:run(20):restore()
wires:prune { 1, 7 }
net:run(20)
net:save "a.h5"
lp.load("a.h5", { warnings = false, tier = "interpreter" }):run(5)
lp.plot(spikes):save "a.png"
lp.plot(rows):save "a.svg"
net:report "a.md"
lp.write("a.csv", { w = rows.w[1] })
lp.write("a.npz", { w = rows.w })
hearing.tone(440, 20):save "a.wav"
print(spikes.n, cells.v:sum(), wires.size, hearing.load("a.wav"):samples():size(), #tostring(net:explain()) > 0, lp.read("a.npz").w:size())]]

local FILES = { "a.h5", "a.png", "a.svg", "a.md", "a.csv", "a.npz", "a.wav" }
local folder

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

local function read(name)
  local file = io.open(folder .. "/" .. name, "rb")
  local bytes = file and file:read "a"
  if file then file:close() end
  return bytes
end

--- Run the script with requests first, first + step, ... failing, and `check(request, how)` after each: "exited 0", "killed 11", ... Without `whose`: none fails.
--- The script's own output, its errors, and how it ended.
local function run(whose, first, step, check)
  for _, name in ipairs(FILES) do write(name, "old") end
  write("before.lua", whose and ("package.loadlib(%q, 'luaopen_each_request')()(%q, %d, %d, %q)"):format(LIBRARY, whose, first, step, folder) or "")
  local command = "cd %s && exec env LD_PRELOAD=%s ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 %s -e 'dofile \"before.lua\"' script.lua"
  local pipe = io.popen((command .. " 3>%s.tell 4<%s.answer >out 2>err"):format(folder, LIBRARY, PROGRAM, folder, folder))
  local tell, answer = io.open(folder .. ".tell"), io.open(folder .. ".answer", "w")
  answer:setvbuf "no"
  for line in tell:lines() do
    local n, how = line:match "^(%d+) (.*)$"
    check(tonumber(n), how)
    for _, name in ipairs(host.list_folder(folder)) do os.remove(folder .. "/" .. name) end
    answer:write "\n"
  end
  tell:close()
  answer:close()
  local _, how, status = pipe:close()
  return read "out", read "err", how .. " " .. status
end

local function names()
  local list = host.list_folder(folder)
  table.sort(list)
  return table.concat(list, " ")
end

describe("a script in which one request for memory fails", function()
  local right, sizes, all = nil, {}, nil

  setup(function()
    folder = io.popen("mktemp -d"):read "l"
    os.execute(("mkfifo %s.tell %s.answer"):format(folder, folder))
    write("script.lua", SCRIPT)
    local err, how
    right, err, how = run()
    assert(how == "exit 0" and err == "", err)
    for _, name in ipairs(FILES) do sizes[name] = #read(name) end
    all = names()
  end)

  teardown(function() os.execute(("rm -rf %s %s.*"):format(folder, folder)) end)

  local function checks(whose)
    return function(n, how)
      local out, err = read "out", read "err"
      local what = ("request %d of the %s: %s, %s%s"):format(n, whose, how, out, err)
      if how == "exited 0" then
        assert.equal(right, out, what)
        assert.equal("", err, what)
      else
        assert.equal("exited 1", how, what)
        assert.truthy(err:find("memory", 1, true), what)
        assert.truthy(err:find "^lunapse: ", what)
        assert.falsy(err:find "attempt to", what)
      end
      assert.equal(all, names(), what)
      for _, name in ipairs(FILES) do
        local bytes = read(name)
        assert.truthy(bytes == "old" or #bytes == sizes[name], what .. ": " .. name)
      end
    end
  end

  it("is told as such by what catches errors to say more", function()
    write("calls.lua", [[
      local lp, debug = require "lunapse", require "lunapse.core.debug"
      local net = lp.network { tier = "interpreter", warnings = false }
      local cells = net:population { name = "cells", size = 10, neuron = lp.models.LIF }
      net:run(1):save "calls.h5"
      local function try(name, first, step, f)
        local n, is_over = first, false
        while not is_over do
          debug.fail_after(n)
          local ok, why = pcall(f)
          is_over = not debug.has_failed()
          debug.fail_after(0)
          if not ok and not require("lunapse.options").is_of_memory(why) then print(name, n, why) end
          n = n + step
        end
      end
      try("values", 1, 1, function() cells.I = cells.I * 1.1 end)
      try("a list", 1, 1, function() cells.v = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } end)
      try("lp.load", 2, 29, function() lp.load("calls.h5", { warnings = false }) end)]])
    local pipe = io.popen(("cd %s && %s calls.lua 2>&1; rm -f calls.lua calls.h5"):format(folder, PROGRAM))
    assert.equal("", pipe:read "a")
    pipe:close()
  end)

  for _, whose in ipairs { "engine", "lua" } do
    it("ends in one sentence, or does without: " .. whose, function()
      local n, check = 0, checks(whose)
      local out, err, how = run(whose, 1, IS_LONG and 1 or SOME[whose], function(at, ended)
        n = n + 1
        check(at, ended)
      end)
      assert.same({ right, "", "exit 0" }, { out, err, how })      -- the script itself knows nothing of it
      assert.is_true(n >= 20)
      if IS_LONG then print(("%d requests of %s"):format(n, whose == "lua" and "Lua" or "the engine")) end
    end)
  end
end)
