--- What a network consists of and what runs when: net:describe().
local guard = require "lunapse.core.guard"
local fields = require "lunapse.network.fields"
local lookup = require "lunapse.network.lookup"
local facts = require "lunapse.tell.facts"
local part = require "lunapse.network.part"
local roles = require "lunapse.language.base.roles"
local words = require "lunapse.tell.text"

---@class Network
local Network = {}

local function add(lines, more)
  for _, line in ipairs(more) do lines[#lines + 1] = line end
end

local function population_rows(net)
  local rows, total = { { "population", "neurons", "what", "dt", "mean rate", "memory" } }, 0
  for _, p in ipairs(net.populations) do
    local bytes = facts.bytes_of(p)
    total = total + bytes
    local has_rate = p:_has_spikes() and net.t > 0 and p.size > 0
    rows[#rows + 1] = { p.name, words.count(p.size), p:_what(), ("%g ms"):format(net:dt_of(p._clock)),
      has_rate and ("%.3g Hz"):format(p._core:n_spikes() / p.size / net.t * 1000) or "-", words.bytes(bytes) }
  end
  return rows, total
end

local function projection_rows(net)
  local rows, total = { { "projection", "synapses", "from", "to", "target", "model", "delay", "stored as", "memory" } }, 0
  for _, p in ipairs(net.projections) do
    local bytes = facts.bytes_of(p)
    total = total + bytes
    rows[#rows + 1] = { p.name, words.count(p.size), p.from.name, p.to.name, facts.target_text(p), p._model.name, facts.delay_text(p),
      facts.stored_as(p), words.bytes(bytes) }
  end
  return rows, total
end

local function range_text(low, high) return low == high and ("%.6g"):format(low) or ("%.6g .. %.6g"):format(low, high) end

local function value_text(value)
  if type(value) == "number" then return ("%.6g"):format(value) end
  if value:size() == 0 then return "-" end
  return range_text(guard.extent(value))
end

--- Of a projection that is held in part, without asking for all of it.
local function parameter_text(p, name)
  if not p._held then return value_text(p[name]) end
  local low, high = part.range(p, name)
  return low and range_text(low, high) or "-"
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
      for k, name in ipairs(names) do row[k + 1] = parameter_text(p, name) end
      table.insert(table_of[checked], row)
    end
  end
  return tables
end

local function input_rows(net)
  local rows, total = { { "input", "neurons", "to", "variable", "n", "rate", "weight", "memory" } }, 0
  for _, input in ipairs(net.inputs) do
    local bytes = facts.bytes_of(input)
    total = total + bytes
    rows[#rows + 1] = { input.name, words.count(input.size), input.to.name, input.target, value_text(input.n), value_text(input.rate) .. " Hz",
      value_text(input.weight), words.bytes(bytes) }
  end
  return rows, total
end

local function recording_rows(net)
  local rows, total = { { "recording", "so far", "memory" } }, 0
  for _, r in ipairs(net.recordings) do
    local bytes = facts.bytes_of(r)
    total = total + bytes
    rows[#rows + 1] = { r:_what(), words.plural(r:_length(), r:_holds_spikes() and "spike" or "row"), words.bytes(bytes) }
  end
  return rows, total
end

local function operation_rows(net)
  local rows, total = { { "operation", "every", "when", "calls" } }, 0
  for _, o in ipairs(net.operations) do
    total = total + facts.bytes_of(o)
    rows[#rows + 1] = { o._what, o:_period(), o._at_start and "start" or "end", words.count(o.calls) }
  end
  return rows, total
end

--- Arrays that equations read, of which each is there once: what they are, and their bytes.
local function array_rows(net)
  local rows, total, seen = { { "array", "read as", "memory" } }, 0, {}
  for _, list in ipairs { net.populations, net.projections } do
    for _, object in ipairs(list) do
      for _, one in ipairs(object._model and object._model.checked.arrays or {}) do
        local of = lookup.of(object._lookups[one.name])
        if not seen[of] then
          seen[of] = true
          local bytes = fields.array_item("", lookup.array(of), "house").bytes
          total = total + bytes
          rows[#rows + 1] = { of.facts.words, one.name .. (of.facts.is_timed and "(t)" or "(x)"), words.bytes(bytes) }
        end
      end
    end
  end
  return rows, total
end

--- A table of all objects: populations, projections and their parameters, Poisson inputs, recordings, operations, with their clocks and their memory.
---@return Page
function Network:describe()
  local lines, total = { facts.head(self) }, facts.bytes_of(self)
  for _, make in ipairs { population_rows, projection_rows, input_rows, array_rows, recording_rows, operation_rows } do
    local rows, bytes = make(self)
    total = total + bytes
    if #rows > 1 then
      lines[#lines + 1] = ""
      add(lines, words.columns(rows, { [2] = make == population_rows or make == projection_rows or make == input_rows }, "  "))
    end
    for _, parameters in ipairs(make == projection_rows and parameter_tables(self) or {}) do
      lines[#lines + 1] = ""
      add(lines, words.columns(parameters, {}, "  "))
    end
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "memory of all: " .. words.bytes(total)
  add(lines, Network._plan(self))
  return words.page(lines, { bytes = total })
end

-- ---- what runs when ----

local over_words = { elem = "each neuron", pre = "each pre neuron", post = "each post neuron", syn = "each synapse", pairs = "each pair",
  cells = "the tree of each cell", uniform = "once" }
local nest_words = { list = "neurons", pre = "synapses of the pre neurons", post = "synapses of the post neurons" }
local did = { spike = "that spiked", axon_spike = "whose axons spiked" }

--- Over what a program runs, in words: of those that had an event, which it is.
local function walked(compiled, entry)
  local words_of_nest = nest_words[entry.program.nest]
  local event = entry.tag and (compiled.kind == "neuron" and compiled.events[entry.tag] or compiled.kind == "synapse" and compiled.pathways[entry.tag].event)
  if words_of_nest then return words_of_nest .. " " .. (did[event or "spike"] or ("that had '%s'"):format(event)) end
  return over_words[entry.over] .. (event and (" for '%s'"):format(event) or "")
end

--- What post spikes do to synapses is done at once by one program, or put off by another: does this one stand by?
local function stands_by(object, entry)
  local needs = object._compiled.needs
  if not (needs and needs.later) then return false end
  if object._core:puts_off() then return entry.role == "post" and entry.program.nest == "post" end
  return entry.role == "later"
end

--- What acts in each phase of a step of a clock, and what acts in none: lists of texts by phase, and names of objects by role and time.
local function collect(net, clock)
  local found, outside = {}, {}
  for k = 1, #roles.phases do found[k] = {} end
  local function put(phase, text) table.insert(found[phase], text) end
  local function put_programs(object)
    for _, entry in ipairs(object._compiled.programs) do
      local row = roles.row(object._compiled.kind, entry.role)
      if stands_by(object, entry) then goto continue end
      if row.phase then
        put(row.phase, ("%s: %s, %s%s"):format(object.name, entry.role, walked(object._compiled, entry),
          entry.every and (", every %g ms"):format(entry.every) or entry.every_variable and (", every %s"):format(entry.every_variable) or ""))
      else
        local of = ("%s, %s"):format(entry.role, row.when)
        outside[of] = outside[of] or {}
        outside[of][object.name] = true
      end
      ::continue::
    end
  end
  for _, o in ipairs(net.operations) do
    if o._clock == clock then put(o:_phase(), ("%s, %s"):format(o._what, o:_when())) end
  end
  for _, input in ipairs(net.inputs) do
    if input._clock == clock then put(1, ("%s: Poisson input to %s of %s"):format(input.name, input.target, input.to.name)) end
  end
  for _, p in ipairs(net.populations) do
    if p._clock == clock then
      if p._made then put_programs(p) else put(4, p.name .. ": spikes are made") end
    end
  end
  for _, p in ipairs(net.projections) do
    if p._clock == clock then put_programs(p) end
  end
  for _, r in ipairs(net.recordings) do
    if r._owner._clock == clock then put(8, r:_what() .. (r:_every() > 0 and (", every %g ms"):format(r:_every()) or "")) end
  end
  return found, outside
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- The phases of one step and what acts in each, clock by clock, and what acts besides: lines of text.
---@return string[]
function Network:_plan()
  local lines, clocks, seen = {}, { 0 }, { [0] = true }
  for _, p in ipairs(self.populations) do
    if not seen[p._clock] then clocks[#clocks + 1], seen[p._clock] = p._clock, true end
  end
  for _, clock in ipairs(clocks) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("a step of %g ms"):format(self:dt_of(clock))
    local found, outside = collect(self, clock)
    for phase, title in ipairs(roles.phases) do
      for k, text in ipairs(found[phase]) do
        lines[#lines + 1] = k == 1 and ("  %d %-24s %s"):format(phase, title, text) or (" "):rep(29) .. text
      end
    end
    for k, of in ipairs(sorted_keys(outside)) do
      lines[#lines + 1] = ("  %-26s %s: %s"):format(k == 1 and "besides" or "", table.concat(sorted_keys(outside[of]), ", "), of)
    end
  end
  return lines
end

return Network
