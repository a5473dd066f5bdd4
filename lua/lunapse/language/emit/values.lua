-- What the emitter of C must know about a program before it writes a line: which values are computed once per call, once per outer
-- neuron or for every element; how often each is used; which slots may be one and the same array; which are kept in a local variable.
local emit_loop = require "lunapse.language.emit.loop"

local emit_values = {}

local READS = { load = true, elapsed = true, active = true, lookup = true, locate = true, beyond = true }
local REDUCTIONS = { sum = true, min_of = true, max_of = true }
local WRITES = { store = true, acc = true, sum = true, min_of = true, max_of = true, stamp = true, freeze = true }
local VARY = { draw = true, draw_normal = true, draw_gamma = true, draw_poisson = true, draw_binomial = true }
local SYNAPTIC = { all = true, pre = true, post = true }

emit_values.READS, emit_values.WRITES, emit_values.REDUCTIONS, emit_values.VARY, emit_values.SYNAPTIC = READS, WRITES, REDUCTIONS, VARY, SYNAPTIC

-- The variable that a slot holds; "v" of "pre.v" where it is not said.
local function variable_of(slot) return slot.var or slot.name:match("[^.]*$") end

-- Two slots of one variable that may be one array: the same variable of what may be the same object. Populations may be one another (a projection of a
-- population onto itself, a population that is its own reference); a projection is no population; a slot without owner may be anybody's.
local function may_alias(a, b, is_synaptic)
  if a.kind ~= b.kind then return false end
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
  local by_variable = {}
  for _, s in ipairs(slots) do
    if s.is_used then
      local variable = variable_of(s.slot)
      by_variable[variable] = by_variable[variable] or {}
      table.insert(by_variable[variable], s)
    end
  end
  for _, group in pairs(by_variable) do
    for _, a in ipairs(group) do
      for _, b in ipairs(group) do
        if a ~= b and (a.is_written or b.is_written) and may_alias(a.slot, b.slot, SYNAPTIC[program.nest]) then a.may_alias = true end
      end
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

-- Compilers compute ahead what is made of numbers alone, on a branch of a ?: too, and they do not flush denormals to zero there, as the processor and the
-- interpreter do. So a number stands in the text only where nothing can be made of it ahead: beside a value that is no number on any branch. Elsewhere
-- its value is hidden from the compiler.
local KNOWN = { [0] = true, [1] = true, [-1] = true, [math.huge] = true, [-math.huge] = true }     -- of these alone no denormal is made
local LARGEST = 2.0 ^ 60                                                                           -- the inverse of a larger power of 2 may be one

-- For each value: is it no number on any branch?
local function find_unknown(program, ops)
  local unknown = {}
  for k, instruction in ipairs(program.code) do
    local op, a, b, c = instruction.op, instruction[1], instruction[2], instruction[3]
    local function is_hidden(argument)       -- as an operand of a choice
      local other = program.code[argument]
      return unknown[argument] or other.op == "const" and other.value == other.value and not KNOWN[other.value]
    end
    if READS[op] or op == "now" or op == "index" then
      unknown[k] = true
    elseif op == "draw" or op == "draw_normal" then
      unknown[k] = a == nil         -- 0 where its factor is
    elseif op == "select" then
      unknown[k] = is_hidden(b) and is_hidden(c)
    elseif op == "min" or op == "max" then
      unknown[k] = is_hidden(a) and is_hidden(b)
    elseif ops[op] and (ops[op].form == "infix" or ops[op].form == "prefix") then
      unknown[k] = unknown[a] or b and unknown[b]
    end
  end
  return unknown
end

--- Does a program do nothing but add up, for the outer neurons, what it does not write?
function emit_values.sums_alone(program, analysis)
  for _, instruction in ipairs(program.code) do
    local s = WRITES[instruction.op] and analysis.slots[instruction.slot]
    if s and (instruction.op ~= "sum" or s.scope ~= analysis.outer or s.may_alias) then return false end
  end
  return true
end

--- Must instruction k not show the compiler the number that is its argument?
function emit_values.hides(program, analysis, ops, k, argument)
  local instruction, op = program.code[k], ops[program.code[k].op]
  local value = program.code[argument].value
  if op.result == "b" or value ~= value then return false end                       -- a comparison makes no number
  local other = instruction[1] == argument and instruction[2] or instruction[1]
  local has_other = other and program.code[other].op ~= "const"
  if KNOWN[value] then return not has_other end
  local is_safe = op.form == "infix" and analysis.unknown[other] and math.abs(value) < LARGEST and math.abs(value) > 1 / LARGEST
  return not is_safe
end

--- Analyse `program` for a storage format (emit_loop.format; nil for programs over neurons).
---@return table  { outer, slots, levels, uses (number of living uses of each value), has_elements, unknown }
function emit_values.analyse(program, format, ops)
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
  return { outer = outer, slots = slots, levels = levels, uses = uses, has_elements = has_elements, unknown = find_unknown(program, ops) }
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
