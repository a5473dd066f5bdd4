--- Stop scripts in the middle and go on in another process: `lunapse tests/resume.lua [threads=3] [tier=native] [SCRIPT or FOLDER...]`
---
--- A script of examples/ or a case of tests/reference is run three times: straight through; to the middle of all that it simulates, where the network is saved and
--- the process ends; and in a process that makes everything anew, puts the file back there, with other threads and in the other tier, and runs on. What the networks
--- are at the end of each later run must be the same to the bit. One line for each target; the exit status is 1 where one differs. Without targets: all of them.
local host = require "lunapse.core.host"
local network = require "lunapse.network.network"
local stored = require "lunapse.network.stored"

local HOST = os.getenv "HOST" or "build/lunapse"
local SHORT = 1000          -- ms of each example

-- ---- in the processes ----

--- A digest of a network as one text.
local function told(net)
  local brief, names, sum = stored.digest(net), {}, 0
  for name in pairs(brief) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    for c in (name .. tostring(brief[name])):gmatch "." do sum = (sum * 31 + c:byte()) & 0xffffffffffff end
  end
  return ("%.10g ms, %d items, %d"):format(net.t, #names, sum)
end

local function process() return io.open("/proc/self/stat"):read "n" end

--- Calls of net:run are counted; `act(run, net, T, k)` stands in the place of call k. Processes that the script makes run as they do.
local function watch_runs(act)
  local run, k, ours = require("lunapse.network.run").run, 0, process()
  network.class.run = function(net, duration, opt)
    if process() ~= ours then return run(net, duration, opt) end
    k = k + 1
    act(function(t) return run(net, t, opt) end, net, duration, k)
    return net
  end
end

local phases = {}

--- The beginning, end and step of each run, and what the network is then.
function phases.straight(out)
  watch_runs(function(run, net, duration, k)
    local before = net.t
    run(duration)
    out:write(("%d\t%.17g\t%.17g\t%.17g\t%s\n"):format(k, before, net.t, net.dt, told(net)))
  end)
end

function phases.save(out, file, at, first)
  watch_runs(function(run, net, duration, k)
    if k ~= at then return run(duration) end
    run(first)
    net:save(file)
    out:close()
    os.exit(0)
  end)
end

function phases.restore(out, file, at, first)
  watch_runs(function(run, net, duration, k)
    if k == at then
      net:restore(file)
      if duration - first > net.dt / 2 then run(duration - first) end
    else
      run(duration)
    end
    if k >= at then out:write(("%d\t%s\n"):format(k, told(net))) end
  end)
end

--- What networks are made with, whatever the script says.
local function with_options(threads, tier)
  local new = network.new
  network.new = function(opt)
    local all = {}
    for name, value in pairs(opt or {}) do all[name] = value end
    all.threads, all.tier, all.warnings = threads, tier, false
    return new(all)
  end
end

local function be_child(phase, target, threads, tier, out_name, file, at, first)
  with_options(tonumber(threads), tier)
  local out <close> = assert(io.open(out_name, "w"))
  out:setvbuf "no"          -- nothing that another process would write once more
  phases[phase](out, file, tonumber(at), tonumber(first))
  if target:find "%.lua$" then
    rawset(_G, "arg", { [0] = target, "duration=" .. SHORT, "out=" .. out_name .. ".png" })
    dofile(target)
  else
    local run_case = assert(loadfile "tests/reference/run.lua") "as a module"
    run_case(target, {}, true)
  end
end

-- ---- in the first process ----

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

--- The run in which the middle of all simulated time falls, and how much of it lies before.
local function middle(runs)
  local total, sum = 0, 0
  for _, r in ipairs(runs) do total = total + r.to - r.from end
  for k, r in ipairs(runs) do
    local duration = r.to - r.from
    if sum + duration >= total / 2 then
      local steps = math.max(1, (total / 2 - sum) // r.dt)
      return k, math.min(steps * r.dt, duration)
    end
    sum = sum + duration
  end
end

local function check(target, threads, tier, folder)
  local function child(phase, name, n_threads, in_tier, ...)
    local command = { HOST, "tests/resume.lua", "phase=" .. phase, target, n_threads, in_tier, name, ... }
    for k, word in ipairs(command) do command[k] = ("'%s'"):format(tostring(word)) end
    local pipe = io.popen(table.concat(command, " ") .. " 2>&1 </dev/null")
    local said = pipe:read "a"
    return pipe:close() == true, said
  end
  local straight, resumed, file = folder .. "/straight", folder .. "/resumed", folder .. "/network.h5"
  local ok, said = child("straight", straight, 1, "interpreter")
  if not ok then return "it does not run: " .. said end
  local runs, last = {}, {}
  for k, line in ipairs(lines_of(straight)) do
    local from, to, dt, digest = line:match "^%d+\t(%S+)\t(%S+)\t(%S+)\t(.*)$"
    runs[k], last[k] = { from = tonumber(from), to = tonumber(to), dt = tonumber(dt) }, digest
  end
  if #runs == 0 then return nil, "nothing is run" end
  local at, first = middle(runs)
  ok, said = child("save", straight .. ".not", 1, "interpreter", file, at, ("%.17g"):format(first))
  if not ok then return "it cannot be saved: " .. said end
  ok, said = child("restore", resumed, threads, tier, file, at, ("%.17g"):format(first))
  if not ok then return "it cannot go on: " .. said end
  local n = 0
  for _, line in ipairs(lines_of(resumed)) do
    local k, digest = line:match "^(%d+)\t(.*)$"
    n = n + 1
    if last[tonumber(k)] ~= digest then return ("run %s differs: %s, and straight through %s"):format(k, digest, last[tonumber(k)]) end
  end
  if n ~= #runs - at + 1 then return ("%d runs, and straight through %d"):format(n + at - 1, #runs) end
  return nil, ("the same bits in %d run%s from %g ms of run %d on"):format(n, n == 1 and "" or "s", first, at)
end

local function all_targets()
  local list = {}
  for _, name in ipairs(host.list_folder "examples") do
    if name:find "%.lua$" then list[#list + 1] = "examples/" .. name end
  end
  for _, name in ipairs(host.list_folder "tests/reference") do
    if name:find "^%d.*/$" then list[#list + 1] = "tests/reference/" .. name:sub(1, -2) end
  end
  table.sort(list)
  return list
end

local phase = arg[1] and arg[1]:match "^phase=(%l+)$"
if phase then return be_child(phase, table.unpack(arg, 2)) end

local opt, targets, failed = { threads = 3, tier = "native" }, {}, 0
for _, word in ipairs(arg) do
  local key, value = word:match "^(%l+)=(.*)$"
  if key then opt[key] = value else targets[#targets + 1] = word end
end
for _, target in ipairs(#targets > 0 and targets or all_targets()) do
  local folder = io.popen("mktemp -d"):read "l"
  local fault, good = check(target, opt.threads, opt.tier, folder)
  os.execute("rm -rf " .. folder)
  if fault then failed = failed + 1 end
  print(("%-40s %s"):format(target, fault or good))
  io.stdout:flush()
end
os.exit(failed == 0 and 0 or 1, true)
