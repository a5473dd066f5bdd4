-- A whole script in which one request for memory fails, of Lua or of the engine: the program ends with one sentence and status 1, or does without and prints what
-- it always prints. Files are old or whole, nothing is left behind. (Under the sanitizers: no leak, either.)
--
-- All requests with LUNAPSE_FAULTS=all (`make faults`), else some.
local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST
local IS_LONG = os.getenv "LUNAPSE_FAULTS" == "all"
local FEW = 12

local SCRIPT = [[
local lp = require "lunapse"
local hearing = require "lunapse.hearing"
local net = lp.network { dt = 1, seed = 3, tier = "interpreter" }
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
lp.load("a.h5", { warnings = false }):run(5)
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

--- Run the script with the n-th request failing: what it prints, its errors, status, and whether it came to that. After "old" files were put where it writes.
local function run(n, whose)
  for _, name in ipairs(FILES) do write(name, "old") end
  write("before.lua", ([[
    local d = require "lunapse.core.debug"
    AT_END = setmetatable({}, { __gc = function() if d.has_failed() then io.stderr:write "came\n" end end })
    d.fail_after(%d, "%s")]]):format(n, whose))
  local pipe = io.popen(("cd %s && %s -e 'dofile \"before.lua\"' script.lua 2>err"):format(folder, PROGRAM))
  local out = pipe:read "a"
  local _, how, status = pipe:close()
  local err = read "err"
  return out, err:gsub("came\n", ""), how == "exit" and status or how .. " " .. status, err:find "came\n" ~= nil
end

local function names()
  local pipe, list = io.popen(("ls -A %s"):format(folder)), {}
  for name in pipe:lines() do list[#list + 1] = name end
  pipe:close()
  return table.concat(list, " ")
end

describe("a script in which one request for memory fails", function()
  local right, sizes, all = nil, {}, nil

  setup(function()
    folder = io.popen("mktemp -d"):read "l"
    write("script.lua", SCRIPT)
    local err, status
    right, err, status = run(0, "engine")
    assert(status == 0 and err == "", err)
    for _, name in ipairs(FILES) do sizes[name] = #read(name) end
    all = names()
  end)

  teardown(function() os.execute("rm -rf " .. folder) end)

  local function check(n, whose)
    local out, err, status, has_failed = run(n, whose)
    local what = ("request %d of the %s: status %s, %s%s"):format(n, whose, status, out, err)
    if status == 0 then
      assert.equal(right, out, what)
      assert.equal("", err, what)
    else
      assert.equal(1, status, what)
      assert.truthy(err:find("memory", 1, true), what)
      assert.truthy(err:find "^lunapse: ", what)
      assert.falsy(err:find "attempt to", what)
    end
    assert.equal(all, names(), what)
    for _, name in ipairs(FILES) do
      local bytes = read(name)
      assert.truthy(bytes == "old" or #bytes == sizes[name], what .. ": " .. name)
    end
    return has_failed
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
          debug.fail_after(n, "engine")
          local ok, why = pcall(f)
          is_over = not debug.has_failed()
          debug.fail_after(0, "engine")
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
      if IS_LONG then
        local n = 1
        while check(n, whose) do n = n + 1 end
        return
      end
      local least, most = 1, 2                        -- how many requests there are: the first n that never comes
      while check(most, whose) do least, most = most, 3 * most end
      for k = 1, FEW do check(least * k // FEW + 1, whose) end
    end)
  end
end)
