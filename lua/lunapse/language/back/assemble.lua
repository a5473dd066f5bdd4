--- Values and effects to kernel programs.
---
--- A *segment* is a stretch of a model that runs at one moment (the equations of a step, one event): its effects in reading order, each
--- at the level of what it writes. It becomes one program for each level, run from narrow to wide: uniform, pre, post, each synapse.
--- This never changes what is computed, because a wide program takes from narrow ones
---   - the value that a narrow one stored, where that is what it needs,
---   - a copy (a hidden variable "_p1"), where it needs a value that the narrow program has overwritten, or one that is costly and
---     can be computed once per neuron instead of once per synapse,
---   - and computes everything else itself.
--- What depends on parameters and dt alone, and costs more than an addition, is computed when those change: a derived constant "_c1".

local values = require "lunapse.language.back.values"

local assemble = {}

local names = { neuron = { [0] = "uniform", [3] = "elem" }, synapse = { [0] = "uniform", "pre", "post", "syn" } }

--- The word for a level in the compiled model: "uniform", "elem", "pre", "post", "syn".
---@param model table
---@param level integer
---@return string
function assemble.scope(model, level) return names[model.kind][level] end

--- From which cost on a constant is worth an array of its own, by level.
local worth_deriving = { [0] = 2, [1] = 8, [2] = 8, [3] = 8 }

--- From which cost on a narrow value is worth a copy: a program that is there anyway computes it for nothing.
local worth_copying, worth_a_program = 1, 8

--- A new segment. `levels` lists the levels that can have a program of their own here.
---@param model table
--- `keeps_time`: a level whose program keeps for the widest what depends on the time alone.
---@param fields { name: string, levels: integer[], nests: table<integer, string>, at_end?: boolean, plain?: boolean, keeps_time?: integer }
---@return table
function assemble.segment(model, fields)
  fields.model, fields.effects, fields.marks, fields.allowed = model, {}, {}, {}
  for _, level in ipairs(fields.levels) do fields.allowed[level] = true end
  return fields
end

--- Note that a value was computed for a line of the user's: the line stands above it in generated C.
function assemble.mark(segment, value, text)
  segment.marks[#segment.marks + 1] = { value = value, text = text }
end

--- Add an effect: { op, slot, value, other, level }.
function assemble.effect(segment, effect)
  segment.effects[#segment.effects + 1] = effect
end

-- --------------------------------------------------------------------------------------------------- derived and copied values

--- The slot that holds a derived constant.
---@param model table
---@param value table
---@return table slot
function assemble.derived(model, value)
  local slot = model.derived[value.id]
  if not slot then
    local name = "_c" .. (#model.derived_list + 1)
    slot = model:hidden(name, { level = value.level, kind = "derived", constant = true, text = value }).slot
    model.derived[value.id] = slot
    model.derived_list[#model.derived_list + 1] = { slot = slot, value = value }
  end
  return slot
end

local operands = { "a", "b", "c" }

--- What one program computes, reading what narrower programs left behind.
local Reader = {}
Reader.__index = Reader

local function new_reader(segment, level, by_level)
  local written, final = {}, {}
  for narrow, effects in pairs(by_level) do
    if narrow ~= level and narrow & level == narrow then
      for _, effect in ipairs(effects) do
        if effect.slot then written[effect.slot.key] = true end
        if effect.op == "store" then final[effect.value.id] = effect.slot end
      end
    end
  end
  return setmetatable({ segment = segment, level = level, by_level = by_level, written = written, final = final, old = {}, timed = {}, seen = {},
    rebuilt = {} }, Reader)
end

--- Whether a value reads a slot that a narrower program has overwritten.
function Reader:is_old(value)
  local old = self.old
  if old[value] == nil then
    values.operands_first(value, old, function(v)
      old[v] = v.slot and self.written[v.slot.key] or v.a and old[v.a] or v.b and old[v.b] or v.c and old[v.c] or false
    end)
  end
  return old[value]
end

--- Whether a value can be computed from what the narrower programs left: no old slot is read but through stored values.
function Reader:can_rebuild(value)
  local pending, seen = { value }, {}
  while #pending > 0 do
    local v = table.remove(pending)
    if not (seen[v] or self.rebuilt[v] or self.final[v.id] or not self:is_old(v)) then
      if not v.a then return false end
      for _, field in ipairs(operands) do pending[#pending + 1] = v[field] end
    end
    seen[v] = true
  end
  for v in pairs(seen) do self.rebuilt[v] = true end -- what narrower programs left stays
  return true
end

--- Whether it costs at least `least` to compute a value here, from what narrower programs left.
function Reader:is_costly(value, least)
  local pending, cost = { value }, 0
  while #pending > 0 do
    local v = table.remove(pending)
    if not self.final[v.id] and v.a and not v.constant then
      cost = cost + values.own_cost(v)
      if cost >= least then return true end
      for _, field in ipairs(operands) do pending[#pending + 1] = v[field] end
    end
  end
  return cost >= least
end

--- Whether a value depends on the time at which the program runs.
function Reader:is_timed(value)
  local timed = self.timed
  if timed[value] == nil then
    values.operands_first(value, timed, function(v)
      timed[v] = v.op == "now" or v.op == "elapsed" or v.a and timed[v.a] or v.b and timed[v.b] or v.c and timed[v.c] or false
    end)
  end
  return timed[value]
end

--- Whether to let the narrow program keep a copy of a value.
function Reader:wants_copy(value)
  if not self:can_rebuild(value) then return true end
  if value.level == 0 or value.truth then return false end
  local by_there = self.by_level[value.level] and worth_copying or worth_a_program
  return value.cost >= by_there and self:is_costly(value, by_there)
end

--- A copy of a narrow value, stored by the narrow program: that of `level`.
function Reader:copy(value, level)
  local model = self.segment.model
  model.n_copies = model.n_copies + 1
  local variable = model:hidden("_p" .. model.n_copies, { level = level, text = value })
  local effects = self.by_level[level]
  if not effects then
    effects = {}
    self.by_level[level] = effects
  end
  effects[#effects + 1] = { op = "store", slot = variable.slot, value = value, level = level }
  self.final[value.id] = variable.slot
  return variable.slot
end

--- The value to compute in place of `value`: itself, or a load.
function Reader:instead(value)
  local seen = self.seen[value]
  if seen then return seen end
  local segment, graph, result = self.segment, self.segment.model.graph, value
  local has_no_room = value.level == 3 and segment.model.options.shared          -- a constant of each synapse
  if value.constant and not segment.plain and not has_no_room then
    if value.op ~= "const" and value.op ~= "load" and value.cost >= worth_deriving[value.level] then
      if value.truth then -- slots hold numbers: keep the number, and ask it
        result = graph:bool(graph:load(assemble.derived(segment.model, graph:real(value))))
        self.seen[result] = result
      else
        result = graph:load(assemble.derived(segment.model, value))
      end
    end
  elseif value.level ~= self.level and value.level & self.level == value.level and segment.allowed[value.level] then
    local final = self.final[value.id]
    if final then
      result = graph:load(final)
    elseif self:wants_copy(value) then
      if value.truth then
        result = graph:bool(graph:load(self:copy(graph:real(value), value.level)))
      else
        result = graph:load(self:copy(value, value.level))
      end
      self.seen[result] = result
    end
  elseif segment.keeps_time and value.level == 0 and self.level == 3 and not value.truth and self:is_timed(value) then
    result = graph:load(self.final[value.id] or self:copy(value, segment.keeps_time))
    self.seen[result] = result
  end
  self.seen[value] = result
  return result
end

-- ------------------------------------------------------------------------------------------------------------------ writing

local Writer = {}
Writer.__index = Writer

local function new_writer(reader, nest)
  local segment, level = reader.segment, reader.level
  return setmetatable({
    reader = reader, model = segment.model, level = level, number = {}, live = {}, users = {}, pending_loads = {}, slot_number = {},
    waiting_for = {}, ready = {},
    program = { name = segment.name, nest = nest, slots = {}, code = {} },
  }, Writer)
end

--- How this program sees a slot or an index of some level.
function Writer:scope_of(level)
  if level == 0 then return "uniform" end
  if self.model.kind == "neuron" or level == self.level then return "elem" end
  return names.synapse[level]
end

function Writer:slot(slot)
  local number = self.slot_number[slot.key]
  if not number then
    local slots = self.program.slots
    number = #slots + 1
    slots[number] = { name = slot.name, scope = self:scope_of(slot.level), kind = slot.kind, owner = slot.owner, var = slot.var,
      history = slot.history }
    self.slot_number[slot.key] = number
  end
  return number
end

--- Mark what a value that an effect takes needs as live. (With a list of what is left to do: values may hang on each other ten thousand deep.)
function Writer:need(value)
  local reader, live, users, pending, pending_users = self.reader, self.live, self.users, { value }, { false }
  while #pending > 0 do
    local user = table.remove(pending_users)
    value = reader:instead(table.remove(pending))
    users[value] = users[value] == nil and user -- the only value that takes it; false: several, or an effect
    if not live[value] then
      live[value] = true
      if value.slot then self.pending_loads[value.slot.key] = (self.pending_loads[value.slot.key] or 0) + 1 end
      for k = 3, 1, -1 do
        local operand = value[operands[k]]
        if operand then pending[#pending + 1], pending_users[#pending_users + 1] = operand, value end
      end
    end
  end
end

--- Numbers that need not be drawn where they are only multiplied by 0.
local can_be_left_out = { draw = true, draw_normal = true }

--- The factor, the same for all elements, that is all that a random number is multiplied by: nothing is drawn while it is zero.
function Writer:factor_of(value)
  local user = can_be_left_out[value.op] and self.users[value]
  if not user or user.op ~= "mul" then return nil end
  local a, b = self.reader:instead(user.a), self.reader:instead(user.b)
  local factor = a == value and b or a
  return factor ~= value and factor.level == 0 and factor.op ~= "const" and factor or nil
end

--- What stands in place of an operand in the program. A draw takes the factor by which it may be left out.
function Writer:operand(value, field)
  local operand = value[field]
  if operand then return self.reader:instead(operand) end
  if field == "a" then return self:factor_of(value) end
end

function Writer:put(instruction)
  local code = self.program.code
  code[#code + 1] = instruction
  return #code
end

--- The instruction of a value whose operands are written.
function Writer:put_value(value)
  local instruction = { op = value.op }
  if value.op == "const" then instruction.value = value.value end
  if value.op == "index" then instruction.scope = self:scope_of(value.level) end
  for name, number in pairs(value.place or {}) do instruction[name] = number end
  if value.site then
    local scope = self:scope_of(value.level)
    instruction.draw, instruction.scope = value.site, scope ~= "elem" and scope or nil
  end
  for k, field in ipairs(operands) do
    local operand = self:operand(value, field)
    if operand then instruction[k] = self.number[operand] end
  end
  if value.slot then instruction.slot = self:slot(value.slot) end
  local number = self:put(instruction)
  self.number[value] = number
  self:came(value)
  if value.slot then
    local key = value.slot.key
    self.pending_loads[key] = self.pending_loads[key] - 1
    if self.pending_loads[key] == 0 then self:came(key) end
  end
  return number
end

--- The number of the instruction that computes a value; operands first, from left to right.
function Writer:write(value)
  value = self.reader:instead(value)
  local path = { value }
  while #path > 0 do
    local top, missing = path[#path], nil
    if not self.number[top] then
      for _, field in ipairs(operands) do
        local operand = self:operand(top, field)
        if operand and not self.number[operand] then missing = operand break end
      end
    end
    if missing then
      path[#path + 1] = missing
    else
      path[#path] = nil
      if not self.number[top] then self:put_value(top) end
    end
  end
  return self.number[value]
end

function Writer:write_effect(effect)
  local instruction = { op = effect.op, slot = effect.slot and self:slot(effect.slot) }
  if effect.value then instruction[1] = self:write(effect.value) end
  if effect.other then instruction[2] = self:write(effect.other) end
  self:put(instruction)
end

--- Let an effect wait for its values and for the loads of its slot; it is ready when all have come.
function Writer:expect(effect, number)
  effect.number, effect.n_missing = number, 0
  local function wait(for_what)
    effect.n_missing = effect.n_missing + 1
    self.waiting_for[for_what] = self.waiting_for[for_what] or {}
    table.insert(self.waiting_for[for_what], effect)
  end
  local slot = effect.slot
  if slot and (self.pending_loads[slot.key] or 0) > 0 then wait(slot.key) end
  for _, field in ipairs { "value", "other" } do
    local value = effect[field] and self.reader:instead(effect[field])
    if value and not self.number[value] then wait(value) end
  end
  if effect.n_missing == 0 then self.ready[#self.ready + 1] = effect end
end

--- A value, or the last load of a slot (its key), is there.
function Writer:came(what)
  for _, effect in ipairs(self.waiting_for[what] or {}) do
    effect.n_missing = effect.n_missing - 1
    if effect.n_missing == 0 then self.ready[#self.ready + 1] = effect end
  end
  self.waiting_for[what] = nil
end

--- Write the effects whose slot nobody reads any more and whose values are there.
function Writer:flush()
  local ready = self.ready
  self.ready = {}
  table.sort(ready, function(a, b) return a.number < b.number end)
  for _, effect in ipairs(ready) do
    effect.is_written = true
    self:write_effect(effect)
  end
end

local MOST_OPERATIONS = 1000000 -- of one program; more do not fit into the kernel

local function write_program(segment, level, by_level, marks)
  local reader = new_reader(segment, level, by_level)
  local writer = new_writer(reader, segment.nests[level])
  local effects = by_level[level]
  for _, effect in ipairs(effects) do
    if effect.value then writer:need(effect.value) end
    if effect.other then writer:need(effect.other) end
  end
  for k, effect in ipairs(effects) do writer:expect(effect, k) end
  for _, mark in ipairs(marks) do
    local value = mark.value
    if writer.live[value] and not writer.number[value] then
      local first = #writer.program.code + 1
      writer:write(value)
      if #writer.program.code >= first then
        local comments = writer.program.comments or {}
        comments[first] = comments[first] and comments[first] .. "; " .. mark.text or mark.text
        writer.program.comments = comments
      end
      if not (segment.at_end and level == 3) then writer:flush() end
      if #writer.program.code > MOST_OPERATIONS then
        segment.model:fail(nil, nil, ("what is computed together comes to more than %d operations, by this line: %s"):format(MOST_OPERATIONS,
          mark.text:sub(1, 200)), "")
      end
    end
  end
  for _, effect in ipairs(effects) do -- every load comes before the store into its slot
    if effect.value then writer:write(effect.value) end
    if effect.other then writer:write(effect.other) end
  end
  for _, effect in ipairs(effects) do
    if not effect.is_written then writer:write_effect(effect) end
  end
  return writer.program
end

local draws = { draw = true, draw_normal = true, draw_gamma = true, draw_poisson = true, draw_binomial = true }
local writes = { store = true, acc = true, sum = true, min_of = true, max_of = true, stamp = true, freeze = true }
local synaptic = { all = true, pre = true, post = true }

-- Synapses that share their values: none is written for each of them, but for what `means` gathers, and none has a random number of its own.
local function check_shared(model, segment, program)
  if not model.options.shared or not synaptic[program.nest] then return end
  for _, instruction in ipairs(program.code) do
    local slot = writes[instruction.op] and program.slots[instruction.slot]
    if slot and slot.scope == "elem" and not segment.is_gathered then
      model:fail(nil, nil, ("'%s' would have a value for each synapse, and these share their weights"):format(slot.name),
        "what such synapses compute goes to neurons; they learn by 'equations' and at spikes")
    end
    if draws[instruction.op] and (instruction.scope or "elem") == "elem" then
      model:fail(nil, nil, "synapses that share their weights have no random numbers of their own", "draw in the equations of the neurons")
    end
  end
end

--- The programs of a segment, from narrow to wide: list of { over, level, program }. Writes nothing where there is nothing to do.
---@param segment table
---@return table[]
function assemble.programs(segment)
  local model, by_level = segment.model, {}
  for _, effect in ipairs(segment.effects) do
    local same = effect.op == "store" and effect.value.op == "load" and effect.value.slot == effect.slot
    if not same then
      by_level[effect.level] = by_level[effect.level] or {}
      table.insert(by_level[effect.level], effect)
    end
  end
  local list = {}
  for _, level in ipairs { 3, 2, 1, 0 } do -- wide first: it says what narrow ones have to keep for it
    if by_level[level] and #by_level[level] > 0 then
      local program = write_program(segment, level, by_level, segment.marks)
      check_shared(model, segment, program)
      table.insert(list, 1, { over = assemble.scope(model, level), level = level, program = program })
    end
  end
  return list
end

--- Of a segment of synapses that share their values: each computes its own new values from what all share, and what they share becomes the mean of these. So stores
--- turn into sums of the changes over all synapses of a place, and the segment that is returned, over places, takes the means. Nil where nothing is stored.
---@param segment table
---@return table?
function assemble.means(segment)
  local model, graph, behind = segment.model, segment.model.graph, nil
  for _, effect in ipairs(segment.effects) do
    local slot = effect.slot
    if effect.op == "store" and effect.level == 3 and not (effect.value.op == "load" and effect.value.slot == slot) then
      local variable = model.by_name[slot.var]
      if variable.is_int or variable.is_bool then
        model:fail(nil, nil, ("'%s' is shared by the synapses, which make a mean of what each has, and it is %s"):format(slot.name,
          variable.is_int and "whole" or "true or false"), "")
      end
      behind = behind or assemble.segment(model, { name = segment.name .. "_mean", levels = { 3 }, nests = { [3] = "each" }, plain = segment.plain })
      local sum = model:hidden("_changes_" .. slot.var, { level = 3, text = "sum of its changes over all synapses that share it" }).slot
      local size = graph:load(model:hidden("_sharing", { level = 3, text = "how many synapses share a value" }).slot)
      effect.op, effect.slot, effect.value = "acc", sum, graph:sub(effect.value, graph:load(slot))
      -- a value that no synapse has, beyond the border, stays
      local mean = graph:div(graph:load(sum), graph:max(size, graph:const(1)))
      assemble.effect(behind, { op = "store", slot = slot, value = graph:add(graph:load(slot), mean), level = 3 })
      assemble.effect(behind, { op = "store", slot = sum, value = graph:const(0), level = 3 })
    end
  end
  segment.is_gathered = behind ~= nil
  return behind
end

--- The programs that compute the derived constants: list as of assemble.programs.
---@param model table
---@return table[]
function assemble.derive(model)
  local nests = model.kind == "neuron" and { [0] = "each", [3] = "each" } or { [0] = "each", "each", "each", "all" }
  local segment = assemble.segment(model, { name = "derive", levels = { 0, 1, 2, 3 }, nests = nests, plain = true })
  segment.allowed = {}
  for _, entry in ipairs(model.derived_list) do
    assemble.effect(segment, { op = "store", slot = entry.slot, value = entry.value, level = entry.slot.level })
    assemble.mark(segment, entry.value, entry.slot.name .. " = " .. values.text(entry.value))
  end
  return assemble.programs(segment)
end

-- ----------------------------------------------------------------------------------------------------------- linear systems

--- The program of a segment that is run again and again (kernel/again.h): until `left` is 0 for every element, `most` times at most; `worst` says which of `names` is
--- to blame where that was too seldom.
---@param segment table
---@param fields { left: table, worst: table, most: integer, names: string[] }  left, worst: slots that the segment stores
---@return table  as of assemble.programs
function assemble.again(segment, fields)
  local part = assemble.programs(segment)[1]
  local again = { most = fields.most, names = table.concat(fields.names, "\n") }
  for k, slot in ipairs(part.program.slots) do
    if slot.var == fields.left.var then again.left = k end
    if slot.var == fields.worst.var then again.worst = k end
  end
  part.program.again = again
  return part
end

--- Slots of a program that is a linear system, as its writer takes them: `number(slot)` gives the number of a slot, 0 for false.
local function slot_list()
  local slots, numbers = {}, {}
  return slots, function(slot)
    if not slot then return 0 end
    if not numbers[slot.key] then
      slots[#slots + 1] = { name = slot.name, scope = slot.level == 0 and "uniform" or "elem", kind = slot.kind, owner = slot.owner, var = slot.var }
      numbers[slot.key] = #slots
    end
    return numbers[slot.key]
  end
end

local function numbers_of(list, number)
  local numbers = {}
  for k, slot in ipairs(list) do numbers[k] = number(slot) end
  return numbers
end

--- Note that a propagator is to be computed when one of its coefficients changes, after the derived constants.
---@param model table
---@param fields table  size, propagator and h: slots, matrix: slots or false, row after row; read: values that the coefficients are computed from
function assemble.propagator(model, fields)
  model.propagators = model.propagators or {}
  table.insert(model.propagators, fields)
end

--- The programs that compute the propagators, in the form of assemble.programs. They look at what their coefficients are computed from, too: that is what
--- changes by itself.
---@param model table
---@return table[]
function assemble.propagators(model)
  local list = {}
  for k, fields in ipairs(model.propagators or {}) do
    local slots, number = slot_list()
    local linear = { kind = "propagator", size = fields.size, propagator = number(fields.propagator), h = number(fields.h),
      matrix = numbers_of(fields.matrix, number) }
    local seen = {}
    for _, value in ipairs(fields.read) do
      values.operands_first(value, seen, function(v)
        seen[v] = true
        if v.slot then number(v.slot) end
      end)
    end
    list[k] = { over = "uniform", level = 0, program = { name = "propagator", nest = "each", slots = slots, code = {}, linear = linear } }
  end
  return list
end

--- The program that advances neurons by a propagator.
---@param model table
---@param fields table  size, propagator: slot, state, input and result: lists of slots; an input may be false
---@return table  as of assemble.programs
function assemble.linear_step(model, fields)
  local slots, number = slot_list()
  local linear = { kind = "step", size = fields.size, propagator = number(fields.propagator), state = numbers_of(fields.state, number),
    input = numbers_of(fields.input, number), result = numbers_of(fields.result, number) }
  local level = fields.state[1].level
  return { over = assemble.scope(model, level), level = level,
    program = { name = "exact", nest = "each", slots = slots, code = {}, linear = linear } }
end

--- The program that advances what flows along the trees of a population.
---@param model table
---@param cable table  size: compartments of each; cells, parent, place, theta: see kernel/tree.h
---@param slots table  v, diagonal, flow, coupling
---@return table  as of assemble.programs
function assemble.tree(_, cable, slots)
  local list, number = slot_list()
  local linear = { kind = "tree", size = cable.size, nodes = #cable.parent, parent = cable.parent, place = cable.place, cells = cable.cells, theta = cable.theta }
  for _, name in ipairs { "v", "diagonal", "flow", "coupling" } do linear[name] = number(slots[name]) end
  return { over = "cells", level = 3, program = { name = "cable", nest = "each", slots = list, code = {}, linear = linear } }
end

return assemble
