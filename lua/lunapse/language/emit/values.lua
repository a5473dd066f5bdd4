-- What the emitter of C must know about a program before it writes a line: which values are computed once per call, once per outer
-- neuron or for every element; how often each is used; which slots may be one and the same array; which are kept in a local variable.
local emit_loop = require "lunapse.language.emit.loop"

local emit_values = {}

local READS = { load = true, elapsed = true, active = true }
local REDUCTIONS = { sum = true, min_of = true, max_of = true }
local WRITES = { store = true, acc = true, sum = true, min_of = true, max_of = true, stamp = true, freeze = true }
local VARY = { draw = true, draw_normal = true, draw_gamma = true, draw_poisson = true, draw_binomial = true }
local SYNAPTIC = { all = true, pre = true, post = true }

emit_values.READS, emit_values.WRITES, emit_values.REDUCTIONS, emit_values.VARY, emit_values.SYNAPTIC = READS, WRITES, REDUCTIONS, VARY, SYNAPTIC

-- Two slots that may be one array: the same variable of what may be the same object. Populations may be one another (a projection of a
-- population onto itself, a population that is its own reference); a projection is no population; a slot without owner may be anybody's.
local function may_alias(a, b, is_synaptic)
  if a.kind ~= b.kind then return false end
  local a_var, b_var = a.var or a.name:match("[^.]*$"), b.var or b.name:match("[^.]*$")
  if a_var ~= b_var then return false end
  if not a.owner or not b.owner or a.owner == b.owner then return true end
  if a.owner == "clock" or b.owner == "clock" then return false end
  return not (is_synaptic and (a.owner == "self" or b.owner == "self"))
end

local function find_slots(program)
  local slots = {}
  for k, slot in ipairs(program.slots) do
    slots[k] = { slot = slot, scope = slot.scope, kind = slot.kind, number = k }
  end
  for _, instruction in ipairs(program.code) do
    local s = instruction.slot and slots[instruction.slot]
    if s then
      s.is_used = true
      if WRITES[instruction.op] then s.is_written, s.written_by = true, instruction.op end
    end
  end
  for i, a in ipairs(slots) do
    for k, b in ipairs(slots) do
      if i ~= k and a.is_used and b.is_used and (a.is_written or b.is_written) and may_alias(a.slot, b.slot, SYNAPTIC[program.nest]) then a.may_alias = true end
    end
  end
  return slots
end

-- Once per call (0), once per outer neuron (1), for every element (2).
local function level_of(instruction, slots, levels, outer)
  local op = instruction.op
  if VARY[op] and not instruction.scope then return 2 end
  if VARY[op] and instruction.scope ~= "uniform" and instruction.scope ~= outer then return 2 end
  if op == "index" then return outer and instruction.scope == outer and 1 or 2 end
  local level = VARY[op] and instruction.scope == outer and outer and 1 or 0
  local s = instruction.slot and slots[instruction.slot]
  if s and s.scope ~= "uniform" then
    local is_fixed = READS[op] and s.scope == outer and not s.may_alias and (not s.is_written or s.written_by == "sum")
    level = is_fixed and 1 or 2
  end
  if op == "acc" or op == "spike" or REDUCTIONS[op] then level = 2 end
  for _, argument in ipairs(instruction) do level = math.max(level, levels[argument]) end
  if level == 1 and WRITES[op] then level = 2 end
  return level
end

--- Analyse `program` for a storage format (emit_loop.format; nil for programs over neurons).
---@return table  { outer, slots, levels, uses (number of living uses of each value), has_elements }
function emit_values.analyse(program, format)
  local outer = format and emit_loop.outer(program.nest, format)
  local slots, levels, uses = find_slots(program), {}, {}
  for k, instruction in ipairs(program.code) do
    levels[k] = level_of(instruction, slots, levels, outer)
    uses[k] = 0
  end
  local has_elements = false
  for k = #program.code, 1, -1 do
    local instruction = program.code[k]
    local is_effect = WRITES[instruction.op] or instruction.op == "spike"
    if is_effect or uses[k] > 0 then
      for _, argument in ipairs(instruction) do uses[argument] = uses[argument] + 1 end
      has_elements = has_elements or (is_effect and levels[k] > 0)
    end
  end
  for _, s in ipairs(slots) do
    local is_reduced_late = s.written_by == "sum" and (s.scope == outer or s.scope == "uniform")
    local is_uniform_total = s.scope == "uniform" and (s.written_by == "acc" or s.written_by == "min_of" or s.written_by == "max_of")
    -- only what every element in turn may change is worth a variable; an array that another slot may be is read and written in place
    s.is_kept = s.is_written and not s.may_alias and not is_reduced_late and (is_uniform_total or (outer ~= nil and s.scope == outer))
  end
  return { outer = outer, slots = slots, levels = levels, uses = uses, has_elements = has_elements }
end

--- May the iterations of the innermost loop be said to be independent? Not when two elements may write one place, or read what another wrote.
function emit_values.is_independent(format, analysis)
  for _, s in ipairs(analysis.slots) do
    if s.is_written and (s.scope == "pre" or s.scope == "post") then
      if s.may_alias then return false end
      if s.scope ~= analysis.outer and not (format and format.is_unique) then return false end
    end
  end
  return true
end

return emit_values
