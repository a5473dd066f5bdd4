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
---@param fields { name: string, levels: integer[], nests: table<integer, string>, at_end?: boolean, plain?: boolean }
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
  return setmetatable({ segment = segment, level = level, by_level = by_level, written = written, final = final, old = {}, seen = {} },
    Reader)
end

--- Whether a value reads a slot that a narrower program has overwritten.
function Reader:is_old(value)
  if value.slot then return self.written[value.slot.key] or false end
  local old = self.old[value]
  if old == nil then
    old = value.a and self:is_old(value.a) or value.b and self:is_old(value.b) or value.c and self:is_old(value.c) or false
    self.old[value] = old
  end
  return old
end

--- Whether a value can be computed from what the narrower programs left: no old slot is read but through stored values.
function Reader:can_rebuild(value)
  if self.final[value.id] or not self:is_old(value) then return true end
  if value.slot or not value.a then return false end
  return self:can_rebuild(value.a) and (not value.b or self:can_rebuild(value.b)) and (not value.c or self:can_rebuild(value.c))
end

--- What it costs to compute a value here, from what narrower programs left.
function Reader:rebuild_cost(value)
  if self.final[value.id] or not value.a or value.constant then return 0 end
  local cost = values.own_cost(value) + self:rebuild_cost(value.a)
  if value.b then cost = cost + self:rebuild_cost(value.b) end
  if value.c then cost = cost + self:rebuild_cost(value.c) end
  return cost
end

--- Whether to let the narrow program keep a copy of a value.
function Reader:wants_copy(value)
  if not self:can_rebuild(value) then return true end
  if value.level == 0 or value.truth then return false end
  local by_there = self.by_level[value.level] and worth_copying or worth_a_program
  return value.cost >= by_there and self:rebuild_cost(value) >= by_there
end

--- A copy of a narrow value, stored by the narrow program.
function Reader:copy(value)
  local model = self.segment.model
  model.n_copies = model.n_copies + 1
  local variable = model:hidden("_p" .. model.n_copies, { level = value.level, text = value })
  local effects = self.by_level[value.level]
  if not effects then
    effects = {}
    self.by_level[value.level] = effects
  end
  effects[#effects + 1] = { op = "store", slot = variable.slot, value = value, level = value.level }
  self.final[value.id] = variable.slot
  return variable.slot
end

--- The value to compute in place of `value`: itself, or a load.
function Reader:instead(value)
  local seen = self.seen[value]
  if seen then return seen end
  local segment, graph, result = self.segment, self.segment.model.graph, value
  if value.constant and not segment.plain then
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
        result = graph:bool(graph:load(self:copy(graph:real(value))))
      else
        result = graph:load(self:copy(value))
      end
      self.seen[result] = result
    end
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

--- Mark what a value needs as live. `user` is the value that takes it; nil where an effect does.
function Writer:need(value, user)
  value = self.reader:instead(value)
  self.users[value] = self.users[value] == nil and user or false       -- false: several, or an effect
  if self.live[value] then return end
  self.live[value] = true
  if value.slot then self.pending_loads[value.slot.key] = (self.pending_loads[value.slot.key] or 0) + 1 end
  if value.a then self:need(value.a, value) end
  if value.b then self:need(value.b, value) end
  if value.c then self:need(value.c, value) end
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

function Writer:put(instruction)
  local code = self.program.code
  code[#code + 1] = instruction
  return #code
end

--- The number of the instruction that computes a value.
function Writer:write(value)
  value = self.reader:instead(value)
  local number = self.number[value]
  if number then return number end
  local op = value.op
  local instruction = { op = op }
  if op == "const" then instruction.value = value.value end
  if op == "index" then instruction.scope = self:scope_of(value.level) end
  if value.site then
    local scope = self:scope_of(value.level)
    instruction.draw, instruction.scope = value.site, scope ~= "elem" and scope or nil
  end
  local first = value.a or self:factor_of(value)
  if first then instruction[1] = self:write(first) end
  if value.b then instruction[2] = self:write(value.b) end
  if value.c then instruction[3] = self:write(value.c) end
  if value.slot then
    instruction.slot = self:slot(value.slot)
    self.pending_loads[value.slot.key] = self.pending_loads[value.slot.key] - 1
  end
  number = self:put(instruction)
  self.number[value] = number
  return number
end

function Writer:write_effect(effect)
  local instruction = { op = effect.op, slot = effect.slot and self:slot(effect.slot) }
  if effect.value then instruction[1] = self:write(effect.value) end
  if effect.other then instruction[2] = self:write(effect.other) end
  self:put(instruction)
end

--- Write the effects whose slot nobody reads any more and whose value is there; all of them with `all`.
function Writer:flush(effects, all)
  for _, effect in ipairs(effects) do
    local ready = all or not (effect.slot and (self.pending_loads[effect.slot.key] or 0) > 0)
    for _, field in ipairs { "value", "other" } do
      local value = effect[field]
      if ready and not all and value and not self.number[self.reader:instead(value)] then ready = false end
    end
    if ready and not effect.is_written then
      effect.is_written = true
      self:write_effect(effect)
    end
  end
end

local function write_program(segment, level, by_level, marks)
  local reader = new_reader(segment, level, by_level)
  local writer = new_writer(reader, segment.nests[level])
  local effects = by_level[level]
  for _, effect in ipairs(effects) do
    if effect.value then writer:need(effect.value) end
    if effect.other then writer:need(effect.other) end
  end
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
      if not (segment.at_end and level == 3) then writer:flush(effects, false) end
    end
  end
  for _, effect in ipairs(effects) do -- every load comes before the store into its slot
    if effect.value then writer:write(effect.value) end
    if effect.other then writer:write(effect.other) end
  end
  writer:flush(effects, true)
  return writer.program
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
      table.insert(list, 1, { over = assemble.scope(model, level), level = level, program = program })
    end
  end
  return list
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

return assemble
