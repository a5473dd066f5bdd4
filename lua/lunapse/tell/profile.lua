--- Where the time of a run goes: net:profile(). The engine reads the clock round each object and phase while measuring is on, and not at all otherwise.
local facts = require "lunapse.tell.facts"
local options = require "lunapse.options"
local words = require "lunapse.tell.text"

---@class Network
local Network = {}

local profile = { methods = Network }

local phase_words = { deliver = "arriving spikes", sum = "rates summed", equations = "equations", post = "post spikes" }

--- What was measured: a list of { object, phase, seconds, calls }, the whole last.
local function read(net)
  local core, rows, known = net._core, {}, 0
  local function take(name, phase, ...)
    local seconds, calls = core:meter(...)
    if calls == 0 then return end
    known = known + seconds
    rows[#rows + 1] = { object = name, phase = phase, seconds = seconds, calls = calls }
  end
  for _, p in ipairs(net.populations) do take(p.name, "neurons", p._core) end
  for _, p in ipairs(net.projections) do
    for _, phase in ipairs { "deliver", "sum", "equations", "post" } do take(p.name, phase_words[phase], p._core, phase) end
  end
  for _, input in ipairs(net.inputs) do take(input.name, "Poisson input", input._core) end
  for k, o in ipairs(net.operations) do
    local ok = pcall(core.meter, core, o._core)
    if ok then take(("operation %d"):format(k), o._what, o._core) end
  end
  take("recordings", "recording", "recording")
  take("ranks", "spikes told", "telling")
  table.sort(rows, function(a, b) return a.seconds > b.seconds end)
  local seconds, ticks = core:meter "total"
  return rows, seconds, ticks, known
end

--- The cost of an object as net:explain() shows it; nil where nothing was measured.
function profile.line(net, object)
  local rows, _, ticks = read(net)
  if ticks == 0 then return nil end
  local sum = 0
  for _, row in ipairs(rows) do
    if row.object == object.name then sum = sum + row.seconds end
  end
  return ("  cost: %s a step"):format(words.seconds(sum / ticks))
end

local function page(net)
  local rows, seconds, ticks, known = read(net)
  if ticks == 0 then options.fail "net:profile: nothing was measured yet; net:profile(100) runs 100 ms and measures" end
  local lines = { ("%s in %s: %s a step (measuring included)"):format(words.plural(ticks, "step"), words.seconds(seconds), words.seconds(seconds / ticks)) }
  lines[#lines + 1] = facts.telling(net)
  lines[#lines + 1] = ""
  local cells = { { "object", "phase", "share", "a step", "a call", "calls" } }
  for _, row in ipairs(rows) do
    row.share = row.seconds / seconds
    cells[#cells + 1] = { row.object, row.phase, ("%.1f %%"):format(100 * row.share), words.seconds(row.seconds / ticks), words.seconds(row.seconds / row.calls),
      words.count(row.calls) }
  end
  local rest = math.max(0, seconds - known)
  cells[#cells + 1] = { "the rest", "step loop", ("%.1f %%"):format(100 * rest / seconds), words.seconds(rest / ticks), "", "" }
  for _, line in ipairs(words.columns(cells, { [3] = true, [4] = true, [5] = true, [6] = true }, "  ")) do lines[#lines + 1] = line end
  return words.page(lines, { rows = rows, seconds = seconds, steps = ticks })
end

--- Run for `duration` ms and measure where the time goes; without a duration, what the last measurement found.
--- The page has `rows` ({ object, phase, seconds, calls, share }, the costliest first), `seconds` and `steps`. Results of the run are the same as ever.
---@param duration? number  ms
---@return Page
function Network:profile(duration)
  if duration == nil then return page(self) end
  options.number("net:profile", "duration", duration, 0, math.huge)
  if self._core:is_running() then options.fail "net:profile: the network is already running" end
  self._core:measure(true)
  local ok, message = pcall(self.run, self, duration)
  self._core:measure(false)
  if not ok then error(message, 0) end
  return page(self)
end

return profile
