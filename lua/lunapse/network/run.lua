--- How a network runs: for a time, step by step, until a condition holds; what is called while it does; how it is put back.
local host = require "lunapse.core.host"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local planned = require "lunapse.network.planned"
local population = require "lunapse.network.population"
local progress = require "lunapse.tell.progress"
local projection = require "lunapse.network.projection"
local ranks = require "lunapse.ranks"
local record_file = require "lunapse.network.record_file"
local view = require "lunapse.network.view"
local warnings = require "lunapse.network.warnings"

---@class Network
local Network = {}

-- ---- running ----

--- Can the parts run, and will they do what they were made for? What was found stays true as long as nothing but values changes.
local function check_parts(self)
  local plan = self._core:plan()
  if plan == self._checked_plan then return end
  for _, p in ipairs(self.populations) do
    if p._compiled.needs.rate and not p._rate_window then
      options.fail(("population '%s': its equations read r, but it counts no rate; call its method compute_rate(window) first"):format(p.name))
    end
  end
  for _, p in ipairs(self.projections) do
    local checked = p._model.checked
    if checked.pruning or checked.creating then require("lunapse.network.structure").check(p) end
    if p.size == 0 and not checked.creating then self:_warn("empty " .. p.name, ("projection '%s' has no synapses"):format(p.name), p.name) end
  end
  self._checked_plan = plan
end

--- The program is asked to end: the exit status is that of one which SIGTERM has ended.
local function leave(self)
  io.stderr:write(options.printable(("lunapse: ended by a signal at t = %.10g ms: what was recorded until then is in its files\n"):format(self.t)))
  os.exit(143, true)
end

--- How a run ended is the engine's word for it; what did not go on as it should is an error.
local function finish(self, result, message, checkpoints)
  local function close() return record_file.finish(self, result == "failed" and message or nil) end
  local failure
  if message then failure = ranks.failing(("at t = %.10g ms: %s"):format(self.t, tostring(message)), close) else failure = close() end
  if failure and (result == "done" or result == "failed") then options.fail(("at t = %.10g ms: %s"):format(self.t, failure)) end
  if result == "interrupted" then
    local is_terminated = host.is_terminated() or checkpoints and ranks.n() > 1
    if checkpoints and is_terminated then checkpoints:leave() end
    if is_terminated then leave(self) end
    host.interrupt()
  elseif result == "raised" then          -- by a function of an operation
    error(type(message) == "string" and ("at t = %.10g ms: %s"):format(self.t, options.traced(message)) or message, 0)
  elseif result == "not finite" then      -- the message says when it was found
    options.fail(message)
  elseif result == "failed" then
    options.fail(("at t = %.10g ms: %s"):format(self.t, message))
  end
end

--- What ranks that did the same have in common, in brief.
local function brief(self)
  local parts = { ("t = %.17g ms"):format(self.t) }
  for _, p in ipairs(self.populations) do parts[#parts + 1] = ("population '%s' of %d, %d spikes"):format(p.name, p.size, p._core:n_spikes()) end
  for _, p in ipairs(self.projections) do parts[#parts + 1] = ("projection '%s' of %d synapses"):format(p.name, p.size) end
  return parts
end

--- Every rank runs the same network; a script that made another one on one of them (in the order of `pairs`, by what the machine's clock or name says) is told of it.
local function compare_ranks(self)
  if ranks.n() == 1 then return end
  local mine = brief(self)
  for r, other in ipairs(ranks.gather("net:run", mine)) do
    for k = 1, math.max(#mine, #other) do
      if mine[k] ~= other[k] then
        options.fail(("net:run: ranks have different networks: rank %d has %s where rank %d has %s; a script must do the same on all ranks, and what it does in the order "
          .. "of pairs() it need not"):format(ranks.me(), mine[k] or "nothing", r - 1, other[k] or "nothing"))
      end
    end
  end
end

local function prepare(self)
  check_parts(self)
  if self._tier ~= "native" then return end
  for native in pairs(self._natives) do
    if native:wait() ~= "ready" then options.fail('tier = "native": no native code: ' .. require("lunapse.tell.facts").why_interpreted(native)) end
  end
end

--- Does anything act in the network that could end a run?
local function can_stop(self)
  for _, o in ipairs(self.operations) do
    if not o._text then return true end
  end
end

--- Where the run before was to end: durations add up, and what is left over of a step counts for the next run. The present, where something else has
--- happened since.
local function asked(self)
  local now, least = self._core:time(), math.huge
  for clock = 0, self._core:n_clocks() - 1 do least = math.min(least, self:dt_of(clock)) end
  local left = self._asked and now - self._asked
  return left and left >= 0 and left < least * (1 - 1e-6) and self._asked or now, least
end

--- A run that ended between two steps is told once.
local function note_end(self, until_t, least)
  local over = self._core:time() - until_t
  if over <= 1e-6 * least or until_t == math.huge then return end
  self:_warn("end of a run", ("net:run: %.10g ms lies between two steps of %g ms: the run ends at %.10g ms, and the next begins to count at %.10g ms"):format(
    until_t, least, self._core:time(), until_t))
end

--- Run for `duration` ms of simulated time; durations of one run after the other add up, whatever the step. A run of more than a second
--- shows its progress on a terminal: `report = false` keeps it silent, a function is called with the part done (0..1) and the time (ms) about
--- five times a second, or every `report_every` ms of real time, and at the end.
---
--- With `checkpoint = "run.h5"` the whole network is written to that file every 600 seconds of real time (or `every`), at the end, and when the program gets
--- SIGTERM or SIGUSR1, which then end it with status 143. The same script, started anew, goes on from there, to the same bits. What functions of `net:every` keep
--- outside of the network belongs into a table of `net:keep`. Each run of a script has a file of its own; a run that ended is not run again.
---@param duration number
---@param opt? { report?: boolean|fun(done: number, t: number), report_every?: number, checkpoint?: string, every?: number }
---@return Network
function Network:run(duration, opt)
  options.colon(self, "network", "net:run")
  options.number("net:run", "duration", duration, 0, math.huge, false, true)
  if duration == math.huge and not can_stop(self) then
    options.fail("net:run: nothing would end a run of infinite duration; say what does: net:run_until(condition, { max = math.huge }), "
      .. "or a function of net:every that calls net:stop()")
  end
  if self._is_plan then planned.finish(self) end
  if self._core:is_running() then options.fail("net:run: the network is already running; run cannot be called from its own operations") end
  self:_check_whole "it cannot be run"
  opt = options.check("net:run", opt or {}, { report = "function|boolean", report_every = "number", checkpoint = "string", every = "number" })
  if opt.every and not opt.checkpoint then options.fail "net:run: option 'every' is the time between two checkpoints: option 'checkpoint' is missing" end
  compare_ranks(self)
  warnings.before(self, duration)
  prepare(self)
  local start, checkpoints, is_finished = self._core:time(), nil, false
  local from, least = asked(self)
  local until_t = from + duration
  if opt.checkpoint then checkpoints, is_finished = require("lunapse.network.checkpoint").begin(self, until_t, opt) end
  if is_finished then return self end
  self._asked = nil          -- a run that is cut short ends where it is
  local has_files = record_file.begin(self, checkpoints and (checkpoints.is_resumed and "resumed" or "new") or nil)
  local is_watched = checkpoints or has_files and ranks.n() == 1          -- ranks end together between two slices, and only checkpoints make slices
  if is_watched then host.watch_termination(true) end
  local results = table.pack(pcall(progress.run, self, until_t, opt, checkpoints))
  if is_watched then host.watch_termination(false) end
  if not results[1] then
    ranks.failing(results[2], record_file.finish, self)
    error(results[2], 0)
  end
  if results[2] == "done" or results[2] == "stopped" then compare_ranks(self) end          -- else it may be the end of this one alone
  finish(self, results[2], results[3], checkpoints)
  if results[2] == "done" then
    self._asked = until_t
    note_end(self, until_t, least)
  end
  if checkpoints then checkpoints:write(true) end
  warnings.after(self, self._core:time() - start)
  return self
end

--- Run one step of the shortest clock.
---@return Network
function Network:step()
  if self._is_plan then planned.finish(self) end
  if self._core:is_running() then options.fail("net:step: the network is already running") end
  self:_check_whole "it cannot be run"
  prepare(self)
  record_file.begin(self)
  local result, message = self._core:step()
  if result ~= "done" then finish(self, result, message) end          -- files are written block by block
  return self
end

--- End the run after the present step; for use in operations.
function Network:stop() self._core:stop() end

--- Run until a condition holds, at most `max` ms. The condition is a Lua function (called after every step) or an equation text on a
--- population: `net:run_until("v > -50", { of = pop, max = 1000 })`; it holds when any element satisfies it, or all with `how = "all"`.
---@param condition string|fun(t: number): boolean
---@param opt { max: number, of?: Population|Projection, how?: "any"|"all" }
---@return number t  ms, the time at which the run ended
---@return boolean held  whether the condition ended it
function Network:run_until(condition, opt)
  opt = options.check("net:run_until", opt, { max = "number", of = "table", how = "string" }, { "max" })
  options.number("net:run_until", "max", opt.max, 0, math.huge, false, true)
  if self._is_plan then planned.finish(self) end
  local holds = condition
  if type(condition) == "string" then
    if not population.is(opt.of) and not projection.is(opt.of) and not view.is(opt.of) then
      options.fail("net:run_until: option 'of' must say on which population or projection")
    end
    warnings.note_read(opt.of, condition)
    opt.of:_whole():_be_whole "a condition goes over its synapses"
    holds = operation.condition(opt.of, condition, opt.how)
  elseif type(condition) ~= "function" then
    options.fail("net:run_until: an equation text or a function expected, got " .. type(condition))
  end
  local held = false
  local watch = operation.add(self, "net:run_until", self.dt, nil, { call = function(t)
    held = holds(t) and true or false
    if held then self:stop() end
  end })
  local ok, message = pcall(self.run, self, opt.max)
  watch:remove()
  if not ok then error(message, 0) end
  return self.t, held
end

-- ---- what is called ----

--- Call `f(t, n)` every `period` ms: at the end of the steps that end at multiples of the period, or with `when = "start"` at the start of
--- those that begin there. `t` is the time in ms, `n` counts the calls. A function that returns false is not called again.
---@param period number
---@param f fun(t: number, n: integer): boolean?
---@param opt? { when?: "start"|"end", offset?: number }
---@return Operation
function Network:every(period, f, opt)
  options.colon(self, "network", "net:every")
  options.number("net:every", "period", period, 0, math.huge, true)
  if type(f) ~= "function" then options.fail("net:every: a function expected, got " .. options.show(f)) end
  self:_check_whole "an operation cannot be added"
  return operation.add(self, "net:every", period, opt, { call = f })
end

--- Call `f(t, n)` at given times in ms (one, or a list).
---@param times number|number[]
---@param f fun(t: number, n: integer)
---@param opt? { when?: "start"|"end" }
function Network:at(times, f, opt)
  options.colon(self, "network", "net:at")
  opt = options.check("net:at", opt or {}, { when = "string" })
  if type(times) ~= "table" and type(times) ~= "userdata" then times = { times } end
  if type(f) ~= "function" then options.fail("net:at: a function expected, got " .. options.show(f)) end
  self:_check_whole "an operation cannot be added"
  for k = 1, #times do
    local time = times[k]
    options.number("net:at", "a time", time, -math.huge, math.huge)
    if time < self.t or (time == self.t and opt.when ~= "start") then
      options.fail(("net:at: time %.10g ms is past (the network is at %.10g ms)"):format(time, self.t))
    end
  end
  for k = 1, #times do
    local o
    o = operation.add(self, "net:at", "once", { when = opt.when, offset = times[k] }, { call = function(t, n)
      operation.retire(o)
      f(t, n)
    end })
  end
end

--- Put parts of the network back to their beginning; time goes on. Unless options say which, `populations` and `synapses`; with options, those that are true:
--- `populations`: variables get their initial values, spikes under way are forgotten; `synapses`: variables but the weights; `weights`: the values that they
--- were made with; `recordings` are emptied. Parameters keep their values. (`net:store` and `net:restore` put everything back, time too.)
---@param opt? { populations?: boolean, synapses?: boolean, weights?: boolean, recordings?: boolean }
function Network:reset(opt)
  options.colon(self, "network", "net:reset")
  opt = options.check("net:reset", opt or { populations = true, synapses = true },
    { populations = "boolean", synapses = "boolean", weights = "boolean", recordings = "boolean" })
  if opt.populations then for _, p in ipairs(self.populations) do p:reset() end end
  for _, p in ipairs(self.projections) do
    if opt.populations then p._core:forget() end          -- rates were what they are after all populations were reset
    if opt.synapses then p:reset() end
    if opt.weights and not p._copied then p:reset_weights() end
  end
  if opt.recordings then for _, r in ipairs(self.recordings) do r:_clear() end end
end

return Network
