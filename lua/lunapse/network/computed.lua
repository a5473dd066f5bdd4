--- What the equations compute anew in every step: a value that a script sets there would be gone before anything has read it.
---
--- So is every variable that a line assigns (`I = ...`) before anybody reads it. Where somebody reads it first, a line above, a condition of
--- refractoriness, or synapses and other neurons that act earlier in the step, a value that is set takes effect for a step, as an initial value does.
local fail = require "lunapse.language.base.fail"
local parts = require "lunapse.language.base.parts"
local roles = require "lunapse.language.base.roles"
local tree = require "lunapse.language.base.tree"

local computed = {}

local NEURONS = 4     -- the phase in which neurons move (roles.phases)

local function reads(node, name)
  return type(node) == "table" and tree.find(node, function(n) return n.kind == "name" and not n.base and n.name == name end) ~= nil
end

local function line_reads(statement, name)
  if reads(statement.rhs, name) or reads(statement.lhs, name) then return true end
  for _, flag in ipairs { "min", "max" } do
    if reads(statement.flags[flag], name) then return true end
  end
  return false
end

--- The line that assigns a variable in every step before another line has to do with it, or nil.
---@param checked table  the model
---@param name string
---@return table? statement
function computed.line(checked, name)
  if reads(checked.refractory, name) then return nil end
  for _, statement in ipairs(checked.equations or {}) do
    if line_reads(statement, name) then return nil end
    if statement.target.name == name and not statement.target.base then
      local is_plain = statement.kind ~= "ode" and statement.op == "=" and not statement.flags.every
      return is_plain and statement or nil
    end
  end
end

--- Do lines that act earlier in a step read it? Those of arriving spikes and of sums.
local function is_read_by_synapses(checked, name)
  local acting = { "psp" }
  for _, pathway in ipairs(checked.pathways) do acting[#acting + 1] = pathway.part end
  for _, part in ipairs(acting) do
    for _, statement in ipairs(parts.statements(checked, part)) do
      local target = statement.target
      if line_reads(statement, name) or target and target.name == name and not target.base then return true end
    end
  end
  return false
end

local function has_slot(compiled, is_early, is_it)
  for _, entry in ipairs(compiled.programs) do
    local phase = roles.row(compiled.kind, entry.role).phase
    if is_early(phase) then
      for _, slot in ipairs(entry.program.slots) do
        if is_it(slot) then return true end
      end
    end
  end
  return false
end

--- Do others in the network read a variable of neurons before they move?
local function is_read_by_others(pop, name)
  for _, proj in ipairs(pop._net.projections) do
    local function is_it(slot)
      return slot.var == name and (slot.owner == "pre" and proj.from == pop or slot.owner == "post" and proj.to == pop)
    end
    if (proj.from == pop or proj.to == pop) and has_slot(proj._compiled, function(phase) return phase and phase < NEURONS end, is_it) then return true end
  end
  for _, list in ipairs { pop._net.populations, pop._net.projections } do
    for _, other in ipairs(list) do
      for ref_name, ref in pairs(other._refs) do
        local owner = "ref:" .. ref_name
        local function is_it(slot) return slot.var == name and slot.owner == owner end
        if ref.population == pop and has_slot(other._compiled, function() return true end, is_it) then return true end
      end
    end
  end
  return false
end

--- Why a value that is set would be lost; nil where it takes effect.
---@param object Population|Projection
---@param name string
---@return string?
function computed.refusal(object, name)
  local checked = object._model and object._model.checked
  if not checked then return nil end
  local definition = checked.definitions_by_name[name]
  if definition then return ("is defined: %s"):format(definition.text) end
  local line = computed.line(checked, name)
  if not line then return nil end
  local is_projection = object:_synapses() ~= nil
  if is_projection and is_read_by_synapses(checked, name) or not is_projection and is_read_by_others(object, name) then return nil end
  return ("is computed anew in every step: %s"):format(line.text)
end

--- The phase in which a part of a synapse model acts.
local function phase_of(checked, part)
  for _, pathway in ipairs(checked.pathways) do
    if pathway.part == part then return pathway.side == "post" and 6 or 2 end
  end
  return part == "psp" and 3 or 5
end

--- Does anybody see a variable of neurons between the phase in which it is written and the next time that they move?
local function is_seen(pop, name, written)
  for _, proj in ipairs(pop._net.projections) do
    local checked, found = proj._model.checked, false
    local function look(statement, part)
      local phase = phase_of(checked, part)
      if phase > NEURONS and (written < NEURONS or phase < written) then return end
      found = found or tree.find(statement.rhs, function(n)
        return n.kind == "name" and n.name == name and (n.base == "pre" and proj.from == pop or n.base == "post" and proj.to == pop)
      end) ~= nil
    end
    parts.each_statement(checked, look)
    parts.each_condition(checked, look)
    if found then return true end
  end
  for _, list in ipairs { pop._net.populations, pop._net.projections } do
    for _, other in ipairs(list) do
      for ref_name, ref in pairs(other._refs) do
        if ref.population == pop and (other._model.checked.reads[ref_name] or {})[name] then return true end
      end
    end
  end
  return false
end

--- Refuse what synapses write into a variable that its neurons compute anew before anything has read it. (Raises a failure of the language.)
---@param proj Projection
function computed.refuse_lost(proj)
  local checked = proj._model.checked
  parts.each_statement(checked, function(statement, part)
    local target = statement.target
    local pop = target.base == "pre" and proj.from or target.base == "post" and proj.to
    local of_neurons = pop and not pop:_synapses() and pop._model
    local line = of_neurons and computed.line(of_neurons.checked, target.name)
    if line and not is_seen(pop, target.name, phase_of(checked, part)) then
      fail.at(statement.place, target, ("what is written to '%s.%s' is lost: the neurons of '%s' compute it anew in every step, %s"):format(target.base, target.name, pop.name,
        line.text), "write a variable that this line reads; or, at spikes, a target: g_target += ..., and g_NAME in the line")
    end
  end)
end

return computed
