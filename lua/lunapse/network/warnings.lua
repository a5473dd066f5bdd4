--- Warnings of a network, each said once: before a run what will go wrong, after it what looks like a mistake.
--- `warn "@off"` silences all of them, `lp.network { warnings = false }` those of one network, `{ warnings = { NAME = false } }` those about one object.
local computed = require "lunapse.network.computed"
local host = require "lunapse.core.host"
local guard = require "lunapse.core.guard"
local front = require "lunapse.language.front"
local functions = require "lunapse.language.base.functions"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local part = require "lunapse.network.part"
local parts = require "lunapse.language.base.parts"
local solver_explicit = require "lunapse.language.back.solver_explicit"
local tree = require "lunapse.language.base.tree"
local words = require "lunapse.tell.text"

local warnings = {}

local LONG_ENOUGH = 100      -- ms of simulated time after which silence means something
local HIGH_RATE = 500        -- Hz; neurons hardly go beyond it
local NEAR = 2               -- time constants up to so many steps are near dt
local MOST_A_STEP = 0.2      -- expected spikes of a Poisson neuron in a step: beyond, a tenth of them would share a step with another

-- ---- parameters that nothing reads ----

local function mark_names(set, text)
  for name in text:gmatch "[%a_][%w_]*" do set[name] = true end
end

--- Take note that a text from outside (a condition, a fill) reads variables of a population, or of the ends of a projection.
---@param object Population|Projection
---@param text string
function warnings.note_read(object, text)
  for _, pop in ipairs(object:_ends()) do mark_names(pop._seen, text) end
end

--- Names of a population that synapses, operations or the script have to do with.
local function known_elsewhere(net, pop)
  local known = {}
  for name in pairs(pop._seen) do known[name] = true end
  for name in pairs(pop._written) do known[name] = true end
  for _, p in ipairs(net.projections) do
    local checked = p._model.checked
    if p.from == pop then for name in pairs(checked.reads.pre or {}) do known[name] = true end end
    if p.to == pop then for name in pairs(checked.reads.post or {}) do known[name] = true end end
    for name, ref in pairs(p._refs) do
      if ref.population == pop then for variable in pairs(checked.reads[name] or {}) do known[variable] = true end end
    end
  end
  for _, other in ipairs(net.populations) do
    for name, ref in pairs(other._refs) do
      if ref.population == pop then for variable in pairs(other._model.checked.reads[name] or {}) do known[variable] = true end end
    end
  end
  for _, o in ipairs(net.operations) do
    mark_names(known, o._what)
  end
  return known
end

--- An error for a parameter of a neuron that neither its equations nor anything else reads; it names the population.
local function refuse_unread(net)
  for _, pop in ipairs(net.populations) do
    local checked = pop._model and pop._model.checked
    if checked and #checked.unread > 0 then
      local ok, e = pcall(front.refuse_unread, checked, known_elsewhere(net, pop))
      if not ok then options.fail(type(e) == "table" and e.message and ("population '%s': %s"):format(pop.name, e.message) or tostring(e)) end
    end
  end
end

--- An error for a constant of the network that no model names.
local function refuse_unread_constants(net)
  local known = {}
  for _, list in ipairs { net.populations, net.projections } do
    for _, object in ipairs(list) do
      for _, p in ipairs(object._model and object._model.checked.parameters or {}) do
        if p.default == nil then known[p.name] = true end
      end
    end
  end
  for _, name in ipairs(net:_constant_names()) do
    if not known[name] then
      local names = {}
      for parameter in pairs(known) do names[#names + 1] = parameter end
      local near = options.nearest(name, names)
      options.fail(("network: no model reads the constant '%s': a model names it among its parameters, without a value (parameters = \"%s\")%s"):format(name, name,
        near and (": did you mean '%s'?"):format(near) or ""))
    end
  end
end

--- An error for a name under `warnings` that nothing has in the first run (later it may have been removed).
local function refuse_unknown_names(net)
  if net.t > 0 then return end
  local known = {}
  for _, list in ipairs { net.populations, net.projections } do
    for _, object in ipairs(list) do known[#known + 1] = object.name end
  end
  for name in pairs(type(net._warns) == "table" and net._warns or {}) do
    if not net.populations[name] and not net.projections[name] then options.fail("network, warnings: " .. options.unknown("population or projection", name, known)) end
  end
end

-- ---- time constants ----

--- The name of the time constant in `tau * dv/dt = ...` or `dv/dt = (...)/tau`; nil where the equation has another form.
local function time_constant(statement)
  local lhs, rhs = statement.lhs, statement.rhs
  if lhs and lhs.kind == "binary" and lhs.op == "*" then
    local other = lhs.a.kind == "derivative" and lhs.b or lhs.b.kind == "derivative" and lhs.a
    if other and other.kind == "name" and not other.base then return other.name end
  elseif lhs and lhs.kind == "derivative" then
    while rhs.kind == "unary" do rhs = rhs.a end
    if rhs.kind == "binary" and rhs.op == "/" and rhs.b.kind == "name" and not rhs.b.base then return rhs.b.name end
  end
end

local function least_value(object, name)
  local a = object._arrays[name]
  if a and object:_synapses() then return (part.range(object, name)) end
  return a and a:size() > 0 and a:min() or nil
end

local function check_time_constants(net, object)
  local methods = {}
  for _, note in ipairs(object._compiled.notes) do
    if note.what == "method" then methods[note.name] = note.method end
  end
  local dt = net:dt_of(object._clock)
  for _, statement in ipairs(object._model.checked.equations or {}) do
    local method = statement.kind == "ode" and methods[statement.target.name]
    local tau = method and solver_explicit.schemes[method] and time_constant(statement)
    local value = tau and object._model.checked.parameters_by_name[tau] and least_value(object, tau)
    if value and value <= NEAR * dt then
      net:_warn("tau " .. object.name .. tau, ("%s: the time constant %s = %g ms is %s dt = %g ms, where method %s is %s; use exponential, or a smaller dt"):format(
        object:_title(), tau, value, value < dt and "below" or "near", dt, method, value < dt / 2 and "unstable" or "inaccurate"), object.name)
    end
  end
end

-- ---- lines that stand still within a step ----

local QUIET = { midpoint = true }      -- said by explain alone

local function check_held_lines(net, object)
  for _, note in ipairs(object._compiled.notes) do
    if note.what == "held" and not QUIET[note.method] then
      net:_warn(("held %s %s"):format(object.name, note.line), ("%s: %s"):format(object:_title(), note.text), object.name)
    end
  end
end

-- ---- sources ----

--- A neuron sends at most one spike a step: what a rate is that needs more.
local function check_rate(net, pop, rate)
  local dt = net:dt_of(pop._clock)
  local expected = rate * dt / 1000
  if expected <= MOST_A_STEP then return end
  local loss = expected > 1 and ("it sends %.6g Hz"):format(1000 / dt)
    or ("of a Poisson process with this rate %.0f %% of the spikes would share a step with another"):format(100 * (1 - (1 - math.exp(-expected)) / expected))
  net:_warn("fast " .. pop.name, ("%s: a rate of %.6g Hz at dt = %g ms is %.3g spikes a step, but a neuron sends at most one: %s; %s"):format(pop:_title(), rate, dt,
    expected, loss, "use net:poisson_input, which counts them all, or a smaller dt"), pop.name)
end

--- Does the spike condition itself draw? Then the rate is what it says, not what an input makes of it.
local function draws_spikes(pop)
  local condition, found = pop._model and pop._model.checked.conditions and pop._model.checked.conditions.spike, false
  if not condition then return false end
  tree.each(condition.rhs, function(node)
    local row = node.kind == "call" and functions.rows[node.name]
    found = found or row and row.role == "draw" or false
  end)
  return found
end

--- Populations for whose silence there may be a reason that is still to come: a source that has not begun, a drive, an operation that is to act once.
local function excused(net, silent)
  local known = {}
  for _, o in ipairs(net.operations) do
    local every = o._every
    if type(every) ~= "number" or every >= 1e300 then return silent end
  end
  for pop in pairs(silent) do known[pop] = pop:_is_source() or next(pop._driven) ~= nil or nil end
  for _, input in ipairs(net.inputs) do
    if input:_varies() then known[input._population] = true end
  end
  repeat
    local is_more = false
    for _, p in ipairs(net.projections) do
      if silent[p.from] and known[p.from] and not known[p.to] then
        known[p.to], is_more = true, true
      end
    end
  until not is_more
  return known
end

--- Does a rule, or anything else, change the weights?
local function may_change(proj)
  local changes = false
  parts.each_statement(proj._model.checked, function(statement)
    changes = changes or statement.target.name == "w" and not statement.target.base
  end)
  return changes or #proj._net.operations > 0
end

-- ---- memory ----

local LARGE = 1e7                         -- bytes: what needs less is not worth asking the system, which takes longer than a short run

local function check_recordings(net, duration)
  if duration == math.huge then return end
  for k, r in ipairs(net.recordings) do
    local bytes = r:_bytes_after(duration)
    local memory = bytes > LARGE and host.memory()
    if memory and bytes > memory / 4 then
      net:_warn("memory " .. k, ("the recording of %s will need about %s in this run, of %s in this machine; record fewer elements (of = ...) or more rarely (every = ...)")
        :format(r._of, words.bytes(bytes), words.bytes(memory)))
    end
  end
end

-- ---- weights ----

--- Are all its weights 0?
local function weighs_nothing(p)
  local w = #p._targets > 0 and p.size > 0 and p._arrays.w
  if not w then return false end
  local version = guard.version(w)
  if version ~= p._weighed then
    local low, high = 1, 1
    if p._held or w[1] == 0 then low, high = part.range(p, "w") end          -- most often the first one tells
    p._weighed, p._weighs_nothing = version, low == 0 and high == 0
  end
  return p._weighs_nothing
end

-- ---- the two moments ----

--- Before a run. Errors: a parameter that nothing reads, a write that is lost.
---@param net Network
---@param duration number  ms
function warnings.before(net, duration)
  if #net.populations ~= net._checked_populations or #net.projections ~= net._checked_projections then
    refuse_unread(net)
    refuse_unread_constants(net)
    refuse_unknown_names(net)
    for _, proj in ipairs(net.projections) do model.guard(computed.refuse_lost, proj) end
    net._checked_populations, net._checked_projections = #net.populations, #net.projections
    for _, list in ipairs { net.populations, net.projections } do
      for _, object in ipairs(list) do
        if object._model then
          check_time_constants(net, object)
          check_held_lines(net, object)
        end
      end
    end
  end
  if net._core:plan() ~= net._weighed_plan then          -- before the engine puts weights away that it alone needs
    for _, p in ipairs(net.projections) do weighs_nothing(p) end
  end
  for _, p in ipairs(net.populations) do check_rate(net, p, p:_highest_rate() or 0) end
  check_recordings(net, duration)
end

local function has_spike_recording(net, pop)
  for _, r in ipairs(net.recordings) do
    if r._owner == pop and r:_holds_spikes() then return true end
  end
end

--- Projections that had nothing to deliver.
local function check_idle(net, silent, may_be_silent)
  for _, p in ipairs(net.projections) do
    if p._spiking and p.size > 0 and silent[p.from] and not may_be_silent[p.from] and not has_spike_recording(net, p.from) then
      net:_warn("idle " .. p.name, ("projection '%s' has delivered nothing: population '%s' has not spiked in %s"):format(p.name, p.from.name,
        words.time(net.t - p.from._ran_from)), p.name)
    end
  end
end

--- Projections with weights that add nothing.
local function check_weights(net)
  local plan = net._core:plan()
  if net.t < LONG_ENOUGH or plan == net._weighed_plan then return end
  net._weighed_plan = plan
  for _, p in ipairs(net.projections) do
    if weighs_nothing(p) and not net._warned["idle " .. p.name] and not may_change(p) then
      net:_warn("zero " .. p.name, ("projection '%s' delivers nothing: all its weights are 0"):format(p.name), p.name)
    end
  end
end

--- After a run that came to its end.
---@param net Network
---@param ran number  ms
function warnings.after(net, ran)
  local silent, rates, sure = {}, {}, {}       -- sure: what the rate has been at least, chance allowed for
  for _, p in ipairs(net.populations) do
    if p.size > 0 and p:_has_spikes() and net.t > 0 then
      local n = p._core:n_spikes()
      local before = p._spikes_before or 0
      p._spikes_before = n
      rates[p] = ran > 0 and (n - before) / p.size / ran * 1000 or 0
      sure[p] = n > before and math.max(0, rates[p] * (1 - 5 / math.sqrt(n - before))) or 0
      p._ran_from = math.min(p._ran_from or math.huge, net.t - ran)
      if n == 0 and net.t - p._ran_from >= LONG_ENOUGH then silent[p] = true end
    end
  end
  local may_be_silent = next(silent) and excused(net, silent) or {}
  for _, p in ipairs(net.populations) do
    local rate, said = rates[p], p:_highest_rate()
    if rate and said then
      local is_high = p._model and sure[p] * net:dt_of(p._clock) / 1000 > MOST_A_STEP
      check_rate(net, p, math.max(said, is_high and rate or 0))
    elseif silent[p] and not may_be_silent[p] and has_spike_recording(net, p) then
      net:_warn("silent " .. p.name, ("population '%s' is recorded but has not spiked in %s"):format(p.name, words.time(net.t - p._ran_from)), p.name)
    elseif rate and not p:_is_source() and ran >= LONG_ENOUGH and rate > math.min(HIGH_RATE, 250 / net:dt_of(p._clock)) and not draws_spikes(p) then
      net:_warn("rate " .. p.name, ("population '%s' fires at %.4g Hz on average; is its input too strong, or is there no reset or refractory period?"):format(p.name, rate),
        p.name)
    end
  end
  if next(silent) then check_idle(net, silent, may_be_silent) end
  check_weights(net)
end

return warnings
