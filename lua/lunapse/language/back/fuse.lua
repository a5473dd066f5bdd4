--- Two programs over the same synapses as one: what the first stores, the second takes from its register.
---
--- The sums that a step begins with (psp) may be taken right after the synapses have learnt in the step before; as one program that needs one pass
--- over memory, and one look at every pre neuron.
local fuse = {}

--- Operations that may not change their place: they hang on time, on chance or on the loop.
local bound_to_place = { now = true, elapsed = true, stamp = true, draw = true, draw_normal = true, draw_gamma = true, draw_poisson = true, draw_binomial = true,
  freeze = true, active = true, spike = true, acc = true }

local function key(slot) return table.concat({ slot.owner or "", slot.var or "", slot.scope, slot.kind }, ":") end

--- Whether a program may stand in a fused one: as the first it writes synapses alone, as the second it sums alone.
local function fits(program, is_second)
  if program.nest ~= "all" then return false end
  for _, instruction in ipairs(program.code) do
    if instruction.op == "store" then
      local slot = program.slots[instruction.slot]
      if is_second or slot.scope ~= "elem" or slot.kind ~= "real" then return false end
    elseif instruction.op == "sum" then
      if not is_second then return false end
    elseif instruction.op == "min_of" or instruction.op == "max_of" or (bound_to_place[instruction.op] and is_second) or instruction.op == "acc" then
      return false
    end
  end
  return true
end

--- The program that does `first`, then `second`, for each synapse; nil where that would not be the same.
---@param first table
---@param second table
---@param name string
---@return table?
function fuse.programs(first, second, name)
  if not fits(first, false) or not fits(second, true) then return nil end
  local slots, numbers = {}, {}
  for k, slot in ipairs(first.slots) do slots[k], numbers[key(slot)] = slot, k end
  local code, comments, stored, loaded = {}, {}, {}, {}
  for k, instruction in ipairs(first.code) do
    code[k], comments[k] = instruction, (first.comments or {})[k]
    if instruction.op == "store" then stored[instruction.slot] = instruction[1] end
    if instruction.op == "load" then loaded[instruction.slot] = k end
  end
  local value = {}        -- of the second program: where each lies now
  for k, instruction in ipairs(second.code) do
    local slot = instruction.slot and second.slots[instruction.slot]
    local number = slot and numbers[key(slot)]
    if slot and not number then
      number = #slots + 1
      slots[number], numbers[key(slot)] = slot, number
    end
    if instruction.op == "load" and (stored[number] or loaded[number]) then
      value[k] = stored[number] or loaded[number]
    else
      local copy = {}
      for field, x in pairs(instruction) do copy[field] = x end
      for position, argument in ipairs(instruction) do copy[position] = value[argument] end
      copy.slot = number
      code[#code + 1] = copy
      value[k] = #code
      if instruction.op == "load" then loaded[number] = #code end
      comments[#code] = (second.comments or {})[k]
    end
  end
  return { name = name, nest = "all", slots = slots, code = code, comments = comments }
end

return fuse
