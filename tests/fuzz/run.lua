--- Random inputs: `lunapse tests/fuzz/run.lua [seconds=600] [seed=1] [inputs=0] [kinds=models,sessions,files] [workers=0] [shrinks=150] [folder=build/fuzz]
--- [replay=FILE]`.
---
--- An input is a list of lines, made from (seed, number) alone. Batches of inputs run in child processes, one a core. An input fails when its process is ended
--- by a signal, takes more than 10 s of processor time (to read and run a network from a file takes 2) or more than 1 GB, or when what it does says so: a message
--- that shows the library's inside, results that depend on the tier or on threads. What fails is made smaller, line by line and then word by word, for as long as it fails in the same way, and written to
--- the folder; `replay=FILE` runs such a file. With `inputs` so many of each kind are run, and no time counts. The last line is "N passed, N failed".
local lp = require "lunapse"
local process = require "lunapse.core.process"

local a = lp.arguments { seconds = 600, seed = 1, inputs = 0, kinds = "models,sessions,files", workers = 0, folder = "build/fuzz", replay = "", shrinks = 150 }
local workers = a.workers > 0 and a.workers or process.processors()
local is_sanitized = os.getenv "ASAN_OPTIONS" ~= nil
local MOST_SECONDS, MOST_BYTES = is_sanitized and 15 or 10, is_sanitized and 3e9 or 1e9      -- its checks take time, its shadow memory
local SHOWN = 40

local kinds = {}
for name in a.kinds:gmatch "[^,]+" do
  local kind = require("tests.fuzz." .. name)
  kind.name = name
  kinds[#kinds + 1] = kind
end
os.execute(("mkdir -p '%s'"):format(a.folder))
io.stdout:setvbuf "line"
warn "@off"

-- ---- a child ----------------------------------------------------------------------------------------------------------

local function read(path, how)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read(how or "a")
  file:close()
  return text
end

local function peak_memory() return 1024 * tonumber((read "/proc/self/status" or ""):match "VmHWM:%s*(%d+)" or 0) end

--- Try one input: nil, or what is wrong with it. `counts`: of inputs that the library took or refused.
local function try(kind, lines, place, counts)
  local ok, fault, is_taken = pcall(kind.try, lines, place)
  if not ok then fault = "the harness: " .. tostring(fault) end
  if counts and is_taken then counts.taken = counts.taken + 1 end
  if not fault and peak_memory() > MOST_BYTES then fault = ("memory: %.1f GB"):format(peak_memory() / 1e9) end
  return fault
end

--- In a child: inputs first..last. It says in one file at which it is, in another what failed.
local function run_batch(kind, first, last, place)
  local beat = assert(io.open(place .. "/beat", "w"))
  local refs = io.open("/proc/self/clear_refs", "w")
  if refs then                                                    -- the parent's peak is not the child's
    refs:write "5"
    refs:close()
  end
  beat:setvbuf "no"
  local pid = read("/proc/self/stat"):match "^%d+"
  local faults, counts = assert(io.open(place .. "/faults", "w")), { taken = 0 }
  faults:setvbuf "no"
  for n = first, last do
    beat:seek "set"
    beat:write(("%d %d\n"):format(pid, n))
    math.randomseed(a.seed, n)
    local fault = try(kind, kind.make(), place, counts)
    if fault then faults:write(n, " ", (fault:gsub("\n", "\\n")), "\n") end
  end
  return counts
end

local function run_one(kind, lines, place)
  local beat = assert(io.open(place .. "/beat", "w"))
  beat:write(("%d 0\n"):format(read("/proc/self/stat"):match "^%d+"))
  beat:close()
  return { fault = try(kind, lines, place) }
end

-- ---- slots: each has a child and a folder of its own --------------------------------------------------------------------

local function processor_seconds(pid)
  local user, system = (read(("/proc/%d/stat"):format(pid)) or ""):match "^.*%) %S %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  return user and (user + system) / 100
end

local Slot = {}
Slot.__index = Slot

local function new_slot(k)
  local place = ("%s/slot%d"):format(a.folder, k)
  os.execute(("rm -rf '%s' && mkdir -p '%s'"):format(place, place))
  return setmetatable({ place = place }, Slot)
end

function Slot:start(f, ...)
  os.remove(self.place .. "/beat")
  os.remove(self.place .. "/faults")
  self.at, self.at_text, self.since = nil, nil, nil
  self.child = process.start(f, ...)
end

--- How the child is: nil while it is well, else its end: { result } or { why = }. `at` is the number of the input at which it ended.
function Slot:ended(ms)
  if process.wait({ self.child }, ms) then
    local ok, result = self.child:result()
    self:stop()
    if ok then return result end
    if ok == false then return { why = "the harness: " .. result.message, at = self.at } end
    local at = (read(self.place .. "/beat") or ""):match "^%d+ (%d+)"
    return { why = result:gsub("^its process was ", ""), at = tonumber(at) }
  end
  local pid, n = (read(self.place .. "/beat") or ""):match "^(%d+) (%d+)\n"
  local now = pid and processor_seconds(pid)
  if not now then return end
  if n ~= self.at_text then self.at_text, self.at, self.since = n, tonumber(n), now end
  if now - self.since <= MOST_SECONDS then return end
  self:stop()
  return { why = ("hang: more than %g s"):format(MOST_SECONDS), at = self.at }
end

--- What the inputs of a batch that is over have done wrong: { n, fault } each.
function Slot:faults()
  local list = {}
  for n, fault in (read(self.place .. "/faults") or ""):gmatch "(%d+) ([^\n]*)\n" do list[#list + 1] = { n = tonumber(n), fault = (fault:gsub("\\n", "\n")) } end
  return list
end

function Slot:stop()
  self.child:stop()
  self.child = nil
end

--- The fault of one input in a child of its own.
function Slot:fault_of(kind, lines)
  self:start(run_one, kind, lines, self.place)
  while true do
    local result = self:ended(100)
    if result then return result.why or result.fault end
  end
end

-- ---- making inputs smaller ----------------------------------------------------------------------------------------------

--- A fault without what varies: numbers, quoted things.
local function class_of(fault)
  return (fault:gsub("\n.*", ""):gsub("'[^']*'", "'x'"):gsub("%d[%d.e+-]*", "0"))
end

--- Remove runs of items while `fails(list)` holds: halves first, then ever smaller ones.
local function smaller(list, fails)
  local size = math.max(1, #list // 2)
  while size >= 1 do
    local k = 1
    while k <= #list do
      local rest = table.move(list, 1, k - 1, 1, {})
      table.move(list, k + size, #list, k, rest)
      if #rest < #list and fails(rest) then list = rest else k = k + size end
    end
    size = size // 2
  end
  return list
end

--- The line in words, for `smaller`: a mark is one, so that what is left may still be a text.
local function words_of(line)
  local words = {}
  for word in line:gmatch "%s*[%w_.]*[^%w_.%s]?" do if word ~= "" then words[#words + 1] = word end end
  return words
end

local function shrink(slot, kind, lines, fault)
  local left, class = a.shrinks, class_of(fault)
  local function fails(candidate)
    if left <= 0 then return false end
    left = left - 1
    local found = slot:fault_of(kind, candidate)
    return found and class_of(found) == class
  end
  if not fails(lines) then return nil end
  local first = lines[1]
  lines = smaller(table.move(lines, 2, #lines, 1, {}), function(rest) return fails { first, table.unpack(rest) } end)
  table.insert(lines, 1, first)
  for k = 2, #lines do                             -- the first says how it is run
    local words = smaller(words_of(lines[k]), function(words)
      local candidate = table.move(lines, 1, #lines, 1, {})
      candidate[k] = table.concat(words)
      if select(2, candidate[k]:gsub("file '", "")) ~= select(2, lines[k]:gsub("file '", "")) then return false end      -- no files elsewhere
      return fails(candidate)
    end)
    lines[k] = table.concat(words)
  end
  return lines
end

local function write_lines(path, lines)
  local file = assert(io.open(path, "wb"))
  for _, line in ipairs(lines) do file:write(line, "\n") end
  file:close()
end

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

-- ---- one file again -----------------------------------------------------------------------------------------------------

if a.replay ~= "" then
  local kind = require("tests.fuzz." .. assert(a.replay:match "([a-z]+)%-[^/]*$", "the name of the file begins with its kind"))
  if kind.prepare then kind.prepare(a.folder) end
  local fault = new_slot(0):fault_of(kind, read_lines(a.replay))
  print(fault or "passed")
  os.exit(fault == nil)
end

-- ---- all of them --------------------------------------------------------------------------------------------------------

local told, n_passed, n_failed = {}, 0, 0

--- Tell of a fault of input n; what is like one that was told is counted alone.
local function tell(slot, kind, n, fault, first)
  n_failed = n_failed + 1
  local class = kind.name .. ": " .. class_of(fault)
  told[class] = (told[class] or 0) + 1
  if told[class] > 1 then return end
  told[#told + 1] = class
  if #told > SHOWN then return end
  math.randomseed(a.seed, n)
  local path = ("%s/%s-%d-%d.txt"):format(a.folder, kind.name, a.seed, n)
  local lines = kind.make()
  local small = shrink(slot, kind, lines, fault)
  write_lines(path, small or lines)
  print(("\n%s, seed %d, input %d: %s"):format(kind.name, a.seed, n, fault))
  if not small then print(("  it does so only after others: inputs %d to %d, in one process"):format(first, n)) end
  print(("  %s (%d lines of %d): lunapse tests/fuzz/run.lua replay=%s"):format(path, small and #small or #lines, #lines, path))
  for k = 1, math.min(12, small and #small or 0) do print("    " .. small[k]:sub(1, 200)) end
end

local slots = {}
for k = 1, workers do slots[k] = new_slot(k) end

local begin = os.time()
for index, kind in ipairs(kinds) do
  if kind.prepare then kind.prepare(a.folder) end
  local share = (a.seconds - os.difftime(os.time(), begin)) / (#kinds - index + 1)
  local until_time, next_n, taken, before = os.time() + share, 1, 0, { n_passed, n_failed }

  local function give(slot)
    local is_over = a.inputs > 0 and next_n > a.inputs or a.inputs == 0 and os.time() >= until_time
    if is_over then return end
    slot.first, slot.last = next_n, next_n + kind.batch - 1
    if a.inputs > 0 then slot.last = math.min(slot.last, a.inputs) end
    next_n = slot.last + 1
    slot:start(run_batch, kind, slot.first, slot.last, slot.place)
  end

  for _, slot in ipairs(slots) do give(slot) end
  while true do
    local is_idle = true
    for _, slot in ipairs(slots) do
      local result = slot.child and slot:ended(is_idle and 50 or 0)
      if result then
        local faults, first, at = slot:faults(), slot.first, slot.last
        if result.why then
          at = result.at and math.max(result.at, first) or first
          faults[#faults + 1] = { n = at, fault = result.why }
        end
        n_passed, taken = n_passed + at - first + 1 - #faults, taken + (result.taken or 0)
        for _, found in ipairs(faults) do tell(slot, kind, found.n, found.fault, first) end
        if at < slot.last then
          slot.first = at + 1
          slot:start(run_batch, kind, slot.first, slot.last, slot.place)
        else
          give(slot)
        end
      end
      is_idle = is_idle and not slot.child
    end
    if is_idle then break end
  end
  print(("%s: %d inputs, %d of them taken, %d failed"):format(kind.name, n_passed + n_failed - before[1] - before[2], taken, n_failed - before[2]))
end

if #told > 0 then print(("\n%d kinds of faults:"):format(#told)) end
for _, class in ipairs(told) do print(("%7d  %s"):format(told[class], class)) end
for _, slot in ipairs(slots) do os.execute(("rm -rf '%s'"):format(slot.place)) end
print(("%d passed, %d failed"):format(n_passed, n_failed))
os.exit(n_failed == 0)
