--- Run scripts by several processes together: `lunapse tests/ranks.lua [ranks=3] [threads=1] [tier=native] [SCRIPT or FOLDER...]` (make ranks)
---
--- A script of examples/ or a case of tests/reference is run by one process, and by as many as `ranks` says, which mpirun starts. What its networks are at the end of each
--- run must be the same to the bit. One line for each target; the exit status is 1 where one differs. Without targets: all of them but those that fit, whose networks hold
--- the candidates of one rank (tests/ranks_spec.lua compares what fits find).
local host = require "lunapse.core.host"
local examples = assert(loadfile "tests/examples.lua") "as a module"

local HOST = os.getenv "HOST" or "build/lunapse"
local MPIRUN = "env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n "

local function fits(path)
  local file <close> = assert(io.open(path))
  return file:read "a":find("lp.fit", 1, true) ~= nil
end

local function all_targets()
  local list = {}
  for _, path in ipairs(examples.scripts "examples") do if not fits(path) then list[#list + 1] = path end end
  for _, name in ipairs(host.list_folder "tests/reference") do
    if name:find "^%d.*/$" then list[#list + 1] = "tests/reference/" .. name:sub(1, -2) end
  end
  return list
end

--- What the networks of a script are at the end of each run, a line for each (tests/resume.lua); or nil, and what was said.
local function runs_of(start, target, opt)
  local name = os.tmpname()
  local pipe = io.popen(("%s %s tests/resume.lua phase=straight '%s' %s %s %s 2>&1 </dev/null"):format(start, HOST, target, opt.threads, opt.tier, name))
  local said = pipe:read "a"
  local is_good, file = pipe:close() == true, io.open(name)
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  os.remove(name)
  os.remove(name .. ".png")
  if is_good then return lines end
  return nil, said
end

local function check(target, opt)
  local alone, why = runs_of("", target, { threads = 1, tier = "interpreter" })
  if not alone then return "it does not run: " .. why end
  local together
  together, why = runs_of(MPIRUN .. opt.ranks, target, opt)
  if not together then return ("it does not run on %s ranks: %s"):format(opt.ranks, why) end
  if #together ~= #alone then return ("%d runs, and %d by one process"):format(#together, #alone) end
  for k, line in ipairs(alone) do
    if line ~= together[k] then return ("a run differs: %s, and by one process %s"):format(together[k], line) end
  end
  return nil, #alone == 0 and "nothing is run" or ("the same bits after %d run%s"):format(#alone, #alone == 1 and "" or "s")
end

local opt, targets, failed = { ranks = 3, threads = 1, tier = "native" }, {}, 0
for _, word in ipairs(arg) do
  local key, value = word:match "^(%l+)=(.*)$"
  if key then opt[key] = value else targets[#targets + 1] = word end
end
for _, target in ipairs(#targets > 0 and targets or all_targets()) do
  local fault, good = check(target, opt)
  if fault then failed = failed + 1 end
  print(("%-40s %s"):format(target, fault or good))
  io.stdout:flush()
end
os.exit(failed == 0 and 0 or 1, true)
