--- Post spikes whose effect on synapses can wait until their row is read: what such a rule looks like, and the program that does it then.
---
--- A program over the synapses of listed post neurons fits where it changes variables of the synapses alone, by arithmetic, from these, from what parameters say, from variables of the pre
--- neuron that this projection keeps (its traces, which stand still until the next spike of that neuron arrives), and from anything of the post neuron, which is written down when that spikes.
--- What depends on the time is of the post neuron, too: the narrow program keeps it (assemble.lua, keeps_time).

local later = {}

--- Operations that are neither arithmetic nor read or write a number of the element (kernel/program.h), in words.
local others = {}
for words, ops in pairs { ["it draws random numbers"] = "draw draw_normal draw_gamma draw_poisson draw_binomial", ["it looks something up"] = "lookup locate beyond",
  ["it depends on the time"] = "elapsed stamp active freeze now", ["it asks for numbers of synapses or neurons"] = "index",
  ["it adds to something"] = "acc sum min_of max_of spike" } do
  for op in ops:gmatch "%S+" do others[op] = words end
end

--- Why what a post spike does ("it") cannot wait, or nil.
---@param program table   of nest "post"
---@return string?
function later.obstacle(program)
  for _, instruction in ipairs(program.code) do
    local op, slot = instruction.op, program.slots[instruction.slot or 0]
    if op == "acc" then return ("it adds to '%s'"):format(slot.name) end
    if others[op] then return others[op] end
    if op == "store" and (slot.scope ~= "elem" or slot.owner ~= "self") then return ("it changes '%s'"):format(slot.name) end
  end
  for _, slot in ipairs(program.slots) do
    if slot.kind ~= "real" or slot.history then return ("it reads '%s'"):format(slot.name) end
    if slot.scope ~= "post" and slot.owner ~= "self" and slot.owner ~= "clock" then
      return ("it reads '%s', which is not the projection's own"):format(slot.name)
    end
  end
end

--- The same over elements that the engine has gathered: one for each synapse and spike.
---@param program table
---@return table
function later.program(program)
  local slots = {}
  for k, slot in ipairs(program.slots) do
    slots[k] = { name = slot.name, scope = slot.scope == "uniform" and "uniform" or "elem", kind = slot.kind, owner = slot.owner, var = slot.var }
  end
  return { name = "later", nest = "each", slots = slots, code = program.code, comments = program.comments }
end

return later
