--- Kill a run that can be resumed, at random moments, until it is over: `lunapse tests/kills.lua [kills=200] [seed=1] [compress]`
---
--- A script with structural plasticity, noise and file recordings runs with checkpoints as often as they can be written, is killed (kill -9) somewhere, and started
--- anew, until it has been killed so often; at last it may end. Its results and all rows in its files must be those of a run that nobody disturbed, to the bit, and when
--- it is started once more there is nothing left to be done.
--- Where it is killed goes by how far it is, and not by the clock alone: some milliseconds after it has come by a random number of places, which are steps of its run
--- and whatever opens a file or takes a state. So all of it is hit, on a busy machine too. When a script has ended the next begins in another folder. The exit
--- status is 1 where one differs.
local lp = require "lunapse"

local HOST = os.getenv "HOST" or "build/lunapse"
local MOST_PLACES, MOST_WAIT = 80, 0.02          -- a run that is not disturbed comes by about 100; seconds

local opt = { kills = 200, seed = 1, compress = false }
for _, word in ipairs(arg) do
  local key, value = word:match "^(%l+)=(%d+)$"
  if key then opt[key] = tonumber(value) else opt.compress = opt.compress or word == "compress" end
end
math.randomseed(opt.seed)

local SCRIPT = [[
  local lp = require "lunapse"
  local folder, compress, left, wait, killer = arg[1], arg[2] == "compress", tonumber(arg[3]), arg[4], nil
  local function place()
    left = left and left - 1
    if left == 0 then killer = io.popen(("sleep %s; kill -9 $PPID"):format(wait)) end
  end
  for name, calls in pairs { ["lunapse.tell.progress"] = { "run" }, ["lunapse.core.hdf5"] = { "open" }, ["lunapse.network.stored"] = { "take", "put" } } do
    local module = require(name)
    for _, call in ipairs(calls) do
      local f = module[call]
      module[call] = function(...)
        place()
        return f(...)
      end
    end
  end
  local net = lp.network { dt = 0.1, seed = 3, tier = "interpreter", warnings = false }
  local cells = net:population { name = "cells", size = 60, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 40) } }
  local noise = net:poisson { name = "noise", size = 30, rates = 50 }
  local p = net:project { name = "p", from = noise, to = cells, target = "exc", connect = lp.fixed_probability(0.1), weights = lp.uniform(0, 0.5), synapse = lp.models.STDP,
    delays = lp.uniform(0.1, 9) }
  local log = net:keep("log", { n = 0 })
  net:every(5, function()
    place()
    log.n = log.n + 1
  end)
  net:every(50, function() pcall(p.create_synapse, p, log.n % 30 + 1, log.n % 60 + 1, 0.2, 1) p:prune "w < 0.02" end)          -- where there is none yet
  local rows = net:record(cells, { "v", "g_exc" }, { file = folder .. "/traces.h5", compress = compress })
  local spikes = net:record(cells, "spike", { file = folder .. "/traces.h5", compress = compress })
  net:record(p, "w", { file = folder .. "/w.h5", every = 10 })
  local kept = net:record(noise, "spike")
  net:run(30)
  net:run(150, { checkpoint = folder .. "/one.h5", every = 0, report = false })
  net:run(20)
  net:run(150, { checkpoint = folder .. "/two.h5", every = 0, report = false })
  if killer then killer:close() end
  print(rows:count(), rows.v:sum(), rows.g_exc:sum(), spikes:count(), spikes.t:sum(), p.size, p.w:sum(), log.n, kept:count(), kept.t:sum())]]

local function shell(command)
  local pipe = io.popen(command .. " 2>&1 </dev/null; echo status $?")
  local text = pipe:read "a"
  pipe:close()
  return text:match "^(.-)%s*status (%d+)%s*$"
end

local top = io.popen("mktemp -d"):read "l"
local script = top .. "/script.lua"
local file <close> = assert(io.open(script, "w"))
file:write(SCRIPT)
file:close()

local function folder_of(name)
  assert(os.execute(("mkdir %s/%s"):format(top, name)))
  return ("%s/%s"):format(top, name)
end

--- `kill`: after how many places and seconds.
local function command(folder, kill) return ("%s %s %s %s %s"):format(HOST, script, folder, opt.compress and "compress" or "plain", kill or "") end

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

--- A file that is being written bears a mark in its first bytes.
local function is_closed(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read(12):byte(12) == 0
end

--- Where two files differ; nil: nowhere. NaN is NaN.
local function difference(one, other)
  local function walk(a, b, place)
    if lp.array.is(a) then
      local same = lp.array.is(b) and table.concat({ a:shape() }, " ") == table.concat({ b:shape() }, " ") and (a:eq(b) | (a:ne(a) & b:ne(b))):all()
      return not same and place or nil
    end
    if type(a) ~= "table" then return a ~= b and place or nil end
    for name, part in pairs(a) do
      local found = name ~= "lunapse" and walk(part, b[name], place .. "/" .. tostring(name))          -- the marks of checkpoints are of each run its own
      if found then return found end
    end
  end
  return walk(lp.read(one), lp.read(other), "")
end

local whole = folder_of "whole"
local wanted, status = shell(command(whole))
assert(status == "0", wanted)

local kills, rounds, failed = 0, 0, 0
local function fail(...)
  failed = failed + 1
  print(...)
end

--- Results and files of a run that has ended.
local function check(round, folder, said, ended)
  if ended ~= "0" or said ~= wanted then fail(("%s, after %d kills: status %s: %s\n  expected: %s"):format(round, kills, ended, said, wanted)) end
  for _, name in ipairs { "traces.h5", "w.h5" } do
    local path = folder .. "/" .. name
    local ok, place = pcall(difference, whole .. "/" .. name, path)
    if not ok or place then fail(("%s: %s: %s"):format(round, name, tostring(place))) end
    if ok and not is_closed(path) then fail(("%s: %s is not closed"):format(round, name)) end
    if exists((path:gsub("%.h5$", ".previous.h5"))) then fail(("%s: a file stands aside of %s"):format(round, name)) end
  end
end

while kills < opt.kills do
  rounds = rounds + 1
  local folder = folder_of("round" .. rounds)
  local said
  repeat
    said, status = shell(command(folder, kills < opt.kills and ("%d %.4f"):format(math.random(MOST_PLACES), math.random() * MOST_WAIT) or nil))
    if status == "137" then kills = kills + 1 end
  until status ~= "137"
  check("run " .. rounds, folder, said, status)
  check(("run %d, once more"):format(rounds), folder, shell(command(folder)))
  if failed == 0 then os.execute("rm -rf " .. folder) end
end
print(("%d kills in %d runs, %d of them differ"):format(kills, rounds, failed))
if failed == 0 then os.execute("rm -rf " .. top) else print("their files: " .. top) end
os.exit(failed == 0 and 0 or 1, true)
