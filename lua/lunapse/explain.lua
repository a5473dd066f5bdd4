--- What a network is and what it made of the user's text: net:describe() and net:explain().
local alternatives = require "lunapse.language.alternatives"
local back = require "lunapse.language.back"
local print_tree = require "lunapse.language.print"
local words = require "lunapse.words"

---@class Network
local Network = {}

-- ---- facts about objects ----

local function bytes_of_arrays(object)
  local sum = 0
  for _, a in pairs(object._arrays) do
    local kind = a:type()
    sum = sum + a:size() * ((kind == "float64" or kind == "int64") and 8 or kind == "bool" and 1 or 4)
  end
  return sum
end

--- Memory of an object: arrays of its variables, and of a projection the places of its synapses.
local function bytes_of(object) return bytes_of_arrays(object) + (object._is_projection and object._core:bytes() or 0) end

local function bytes_of_recording(r)
  if rawget(r, "_core") then return 12 * r:count() end
  local sum = 0
  for _, c in ipairs(rawget(r, "_cores")) do sum = sum + r:count() * (8 * c.width + 8) end
  return sum
end

--- Which code runs the kernels of an object at this moment.
local function tier_of(net, object)
  if not object._made then return object._kind == "source" and "built in (a list of spikes)" or "built in" end
  if net._tier == "interpreter" then return "interpreter (asked for)" end
  local native = object._made.native
  if native == false then return "nothing to compile" end
  if native == nil then return "interpreter" end
  local state = native:state()
  if state == "ready" then return "native" end
  if state == "building" then return "interpreter, native code is being built" end
  return state == "none" and "interpreter: no C compiler was found" or "interpreter: the C compiler failed"
end

local function kind_of(pop)
  if pop._kind == "neurons" then return "model " .. pop._model.name end
  return pop._kind == "poisson" and "Poisson" or "given spikes"
end

local formats = { dense_pre = "dense, a row per pre neuron", dense_post = "dense, a row per post neuron", rows_pre = "rows by pre neuron",
  rows_post = "rows by post neuron" }

local function delay_text(p)
  if p._delay_scope == "syn" then
    local d = p.delays
    return d:size() == 0 and "no delays" or ("%g .. %g ms"):format(d:min(), d:max())
  end
  return ("%g ms"):format(p.delay)
end

local function target_text(p) return #p._targets > 0 and table.concat(p._targets, ", ") or "-" end

-- ---- describe ----

local function add(lines, more)
  for _, line in ipairs(more) do lines[#lines + 1] = line end
end

local function head(net)
  return ("network: dt = %g ms, seed %d, %s, method %s, %s, tier %s, at t = %s"):format(net.dt, net.seed, net._precision, net._method,
    words.plural(net._threads, "thread"), net._tier, words.time(net.t))
end

local function population_rows(net)
  local rows, total = { { "population", "neurons", "what", "dt", "mean rate", "memory" } }, 0
  for _, p in ipairs(net.populations) do
    local bytes = bytes_of(p)
    total = total + bytes
    local has_rate = p:_has_spikes() and net.t > 0 and p.size > 0
    rows[#rows + 1] = { p.name, words.count(p.size), kind_of(p), ("%g ms"):format(net:dt_of(p._clock)),
      has_rate and ("%.3g Hz"):format(p._core:n_spikes() / p.size / net.t * 1000) or "-", words.bytes(bytes) }
  end
  return rows, total
end

local function projection_rows(net)
  local rows, total = { { "projection", "synapses", "from", "to", "target", "model", "delay", "stored as", "memory" } }, 0
  for _, p in ipairs(net.projections) do
    local bytes = bytes_of(p)
    total = total + bytes
    rows[#rows + 1] = { p.name, words.count(p.size), p.from.name, p.to.name, target_text(p), p._model.name, delay_text(p),
      (formats[p._core:format()] or p._core:format()):gsub(",.*", ""), words.bytes(bytes) }
  end
  return rows, total
end

local function value_text(value)
  if type(value) == "number" then return ("%.6g"):format(value) end
  if value:size() == 0 then return "-" end
  local low, high = value:min(), value:max()
  return low == high and ("%.6g"):format(low) or ("%.6g .. %.6g"):format(low, high)
end

--- The parameters of projections: a table for each model, a row for each of its projections.
local function parameter_tables(net)
  local tables, table_of = {}, {}
  for _, p in ipairs(net.projections) do
    local checked, names = p._model.checked, {}
    for _, parameter in ipairs(checked.parameters) do names[#names + 1] = parameter.name end
    table.sort(names)
    if #names > 0 then
      if not table_of[checked] then
        table_of[checked] = { { p._model.name, table.unpack(names) } }
        tables[#tables + 1] = table_of[checked]
      end
      local row = { p.name }
      for k, name in ipairs(names) do row[k + 1] = value_text(p[name]) end
      table.insert(table_of[checked], row)
    end
  end
  return tables
end

local function recording_rows(net)
  local rows, total = { { "recording", "so far", "memory" } }, 0
  for _, r in ipairs(net.recordings) do
    local bytes = bytes_of_recording(r)
    total = total + bytes
    local is_spikes = rawget(r, "_core") ~= nil
    rows[#rows + 1] = { (is_spikes and "spikes of " or "variables of ") .. rawget(r, "_of"), words.plural(r:count(), is_spikes and "spike" or "row"), words.bytes(bytes) }
  end
  return rows, total
end

local function operation_rows(net)
  local rows = { { "operation", "every", "when", "calls" } }
  for _, o in ipairs(net.operations) do
    if rawget(o, "_object") ~= nil or not rawget(o, "_removed") then
      local ok, calls = pcall(function() return o.calls end)
      local every = rawget(o, "_every")
      if ok then
        rows[#rows + 1] = { rawget(o, "_what") or "a function", every >= 1e300 and "once" or ("%g ms"):format(every),
          rawget(o, "_at_start") and "start" or "end", words.count(calls) }
      end
    end
  end
  return rows
end

--- A table of all objects: populations, projections and their parameters, recordings, operations, with their clocks and their memory.
---@return Page
function Network:describe()
  local lines, total = { head(self) }, 0
  for _, make in ipairs { population_rows, projection_rows, recording_rows, operation_rows } do
    local rows, bytes = make(self)
    total = total + (bytes or 0)
    if #rows > 1 then
      lines[#lines + 1] = ""
      add(lines, words.columns(rows, { [2] = make == population_rows or make == projection_rows }, "  "))
    end
    for _, parameters in ipairs(make == projection_rows and parameter_tables(self) or {}) do
      lines[#lines + 1] = ""
      add(lines, words.columns(parameters, {}, "  "))
    end
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "memory of all arrays: " .. words.bytes(total)
  add(lines, Network._plan(self))
  return words.page(lines, { bytes = total })
end

-- ---- what runs when ----

local phases = {
  { 1, "operations at the start" }, { 2, "arriving spikes" }, { 3, "rates summed" }, { 4, "neurons" }, { 5, "equations of synapses" },
  { 6, "spikes of this step" }, { 7, "operations at the end" }, { 8, "recording" },
}

local role_phase = { pre = 2, psp = 3, equations = 5, summed = 5, post = 6, slow = 4, update = 4, reset = 4 }
local over_words = { elem = "each neuron", pre = "each pre neuron", post = "each post neuron", syn = "each synapse", uniform = "once" }
local nest_words = { list = "neurons that spiked", pre = "synapses of the pre neurons that spiked", post = "synapses of the post neurons that spiked" }

local function collect(net, clock)
  local found = {}
  for k = 1, 8 do found[k] = {} end
  local function put(phase, text) table.insert(found[phase], text) end
  for _, o in ipairs(net.operations) do
    local every = rawget(o, "_every")
    if pcall(function() return o.calls end) and clock == 0 then
      put(rawget(o, "_at_start") and 1 or 7, ("%s%s"):format(rawget(o, "_what") or "a function", every < 1e300 and (", every %g ms"):format(every) or ", once"))
    end
  end
  local function programs(object, name)
    for _, entry in ipairs(object._compiled.programs) do
      local phase = role_phase[entry.role]
      if phase then
        put(phase, ("%s: %s, %s%s"):format(name, entry.role, nest_words[entry.program.nest] or over_words[entry.over] or entry.over,
          entry.every and (", every %g ms"):format(entry.every) or ""))
      end
    end
  end
  for _, p in ipairs(net.populations) do
    if p._clock == clock then
      if p._made then programs(p, p.name) else put(4, p.name .. ": spikes are made") end
    end
  end
  for _, p in ipairs(net.projections) do
    if p.to._clock == clock then programs(p, p.name) end
  end
  for _, r in ipairs(net.recordings) do
    local every = rawget(r, "_period")
    if (rawget(r, "_clock") or 0) == clock then
      put(8, (rawget(r, "_core") and "spikes of " or "variables of ") .. rawget(r, "_of") .. (every and every > 0 and (", every %g ms"):format(every) or ""))
    end
  end
  return found
end

--- The phases of one step and what acts in each, clock by clock: lines of text.
---@return string[]
function Network:_plan()
  local lines, clocks, seen = {}, { 0 }, { [0] = true }
  for _, p in ipairs(self.populations) do
    if not seen[p._clock] then clocks[#clocks + 1], seen[p._clock] = p._clock, true end
  end
  for _, clock in ipairs(clocks) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("a step of %g ms"):format(self:dt_of(clock))
    local found = collect(self, clock)
    for _, phase in ipairs(phases) do
      for k, text in ipairs(found[phase[1]]) do
        lines[#lines + 1] = k == 1 and ("  %d %-24s %s"):format(phase[1], phase[2], text) or (" "):rep(29) .. text
      end
    end
  end
  return lines
end

-- ---- explain ----

local parts = { "equations", "spike", "reset", "refractory", "axon_spike", "axon_reset", "psp", "pre_spike", "post_spike" }

local function equation_lines(checked)
  local lines = {}
  for _, part in ipairs(parts) do
    local content = checked[part]
    local statements = checked.conditions and checked.conditions[part] and { checked.conditions[part] } or content
    if part == "refractory" and content then
      lines[#lines + 1] = "    refractory: " .. (type(content) == "number" and print_tree.number(content) .. " ms" or print_tree.tree(content))
    elseif type(statements) == "table" and #statements > 0 then
      lines[#lines + 1] = "    " .. part
      for _, statement in ipairs(statements) do lines[#lines + 1] = "      " .. print_tree.statement(statement) end
    end
  end
  return lines
end

local scope_words = { uniform = "one value", elem = "one per neuron", pre = "one per pre neuron", post = "one per post neuron", syn = "one per synapse" }

local function scope_lines(compiled)
  local by_scope, order = {}, {}
  for _, v in ipairs(compiled.variables) do
    if v.kind ~= "hidden" and v.kind ~= "derived" then
      if not by_scope[v.scope] then
        by_scope[v.scope] = {}
        order[#order + 1] = v.scope
      end
      table.insert(by_scope[v.scope], v.name)
    end
  end
  local lines = {}
  for _, scope in ipairs(order) do lines[#lines + 1] = ("    %s: %s"):format(scope_words[scope], table.concat(by_scope[scope], ", ")) end
  return lines
end

local function method_lines(object)
  local lines = {}
  for _, note in ipairs(object._compiled.notes or {}) do
    if note.what == "method" or note.what == "storage" then lines[#lines + 1] = "    " .. note.text end
  end
  local checked, made = object._model.checked, object._made
  local compile = checked.kind == "neuron" and back.neuron or back.synapse
  local others, usable = alternatives.of(checked, function() return compile(checked, made.use) end), {}
  for _, other in ipairs(others) do
    if not other.reason then usable[#usable + 1] = other.method end
  end
  if #usable > 0 then lines[#lines + 1] = "    the whole could use: " .. table.concat(usable, ", ") end
  for _, other in ipairs(others) do
    if other.reason then lines[#lines + 1] = ("    %s refuses: %s"):format(other.method, other.reason) end
  end
  return lines
end

local function derived_lines(compiled)
  local lines = {}
  for _, note in ipairs(compiled.notes or {}) do
    if note.what == "derived" then lines[#lines + 1] = "    " .. note.text:gsub(" is computed when its parameters change$", "") end
  end
  return lines
end

local function section(lines, title, content)
  if #content == 0 then return end
  lines[#lines + 1] = "  " .. title
  add(lines, content)
end

local function random_text(object)
  local n = object._compiled.n_draws or 0
  if object._kind == "poisson" then return ("stream %d of seed %d"):format(object._object, object._net._seed) end
  return n == 0 and "none in the equations" or ("%s a step and element, stream %d of seed %d"):format(words.plural(n, "draw"), object._object, object._net._seed)
end

local function explain_object(lines, object, net)
  if object._model then
    section(lines, "as understood", equation_lines(object._model.checked))
    section(lines, "where values live", scope_lines(object._compiled))
    section(lines, "methods", method_lines(object))
    section(lines, "computed when a parameter changes", derived_lines(object._compiled))
  elseif object._kind == "poisson" then
    local how = object._core:describe_source()
    if how ~= "" then lines[#lines + 1] = "  method: " .. how end
  end
  lines[#lines + 1] = "  tier: " .. tier_of(net, object)
  lines[#lines + 1] = "  memory: " .. words.bytes(bytes_of(object))
  lines[#lines + 1] = "  random numbers: " .. random_text(object)
end

--- What was made of the text of each object: equations as understood, where each value lives, which methods advance the equations and why others
--- refuse, how synapses are stored, which code runs them, memory, streams of random numbers, and the cost of a step if `net:profile` has measured it.
---@return Page
function Network:explain()
  local lines = { head(self) }
  for _, p in ipairs(self.populations) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("population '%s': %s, %s"):format(p.name, words.plural(p.size, "neuron"), kind_of(p))
    explain_object(lines, p, self)
    lines[#lines + 1] = require("lunapse.profile").line(self, p)
  end
  for _, p in ipairs(self.projections) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("projection '%s': %s from '%s' to '%s', model %s, delay %s"):format(p.name, words.plural(p.size, "synapse"), p.from.name, p.to.name,
      p._model.name, delay_text(p))
    lines[#lines + 1] = "  stored as: " .. (formats[p._core:format()] or p._core:format()) .. (p._weight_scope == "uniform" and ", one weight for all" or "")
    explain_object(lines, p, self)
    lines[#lines + 1] = require("lunapse.profile").line(self, p)
  end
  return words.page(lines)
end

return Network
