--- Who writes a variable of neurons (or of the synapses at which projections end): `post.total = sum(w)` of several projections accumulates, if all say the same; anything else is a conflict.
---
--- Of the projections that sum into one variable, in the order of their creation, the first starts the sum, each adds its synapses, and the last
--- finishes it (the least of no synapses is 0).
local options = require "lunapse.options"

local writers = {}

local function end_of(proj, name)
  local side, variable = name:match "^(%w+)%.(.+)$"
  return side == "pre" and proj.from or proj.to, variable, side == "pre" and proj._from_view or proj._to_view
end

--- What a projection writes into neurons: a list of { pop, variable, op (nil: not a sum), every, first, last }.
local function list_of(proj)
  local list, summed = {}, {}
  for _, entry in ipairs(proj._compiled.programs) do
    if entry.role == "summed" and entry.piece == "reduce" then
      local pop, variable, view = end_of(proj, entry.writes)
      local every = entry.every or entry.every_variable and proj._arrays[entry.every_variable][1] or proj._net:dt_of(proj.to._clock)
      list[#list + 1] = { proj = proj, pop = pop, variable = variable, op = entry.op, every = every, clock = proj.to._clock, first = view.first or 1,
        last = view.first and view.first + view.n - 1 or pop.size }
      summed[entry.writes] = true
    end
  end
  for _, side in ipairs { "pre", "post" } do
    for variable in pairs(proj._model.checked.writes[side] or {}) do
      if not summed[side .. "." .. variable] then
        list[#list + 1] = { proj = proj, pop = side == "pre" and proj.from or proj.to, variable = variable }
      end
    end
  end
  return list
end

--- Why two projections cannot write one variable; nil where they can.
local function conflict(a, b)
  if not a.op and not b.op then return nil end
  if not a.op or not b.op then return "one of them sums over its synapses, the other writes otherwise" end
  if a.op ~= b.op then return ("one takes the %s, the other the %s"):format(a.op, b.op) end
  if math.abs(a.every - b.every) > 1e-9 * a.every or a.clock ~= b.clock then
    return ("one acts every %g ms, the other every %g ms"):format(a.every, b.every)
  end
  if a.op == "mean" then return "a mean goes over the synapses of one projection; let each write its sum and its count, and divide" end
end

--- A projection was compiled for the first time: note what it writes. An error where others write the same in another way.
---@return Projection[] others  that have to be bound anew
function writers.add(proj)
  local others, seen, list = {}, {}, list_of(proj)
  for _, mine in ipairs(list) do
    for _, other in ipairs(mine.pop._writers[mine.variable] or {}) do
      local why = conflict(other, mine)
      if why then
        options.fail(("projections '%s' and '%s' both write '%s' of %s: %s"):format(other.proj.name, proj.name, mine.variable, mine.pop:_title(), why))
      end
      if mine.op and not seen[other.proj] then
        seen[other.proj] = true
        others[#others + 1] = other.proj
      end
    end
  end
  for _, mine in ipairs(list) do
    mine.pop._writers[mine.variable] = mine.pop._writers[mine.variable] or {}
    table.insert(mine.pop._writers[mine.variable], mine)
  end
  return others
end

--- A projection is removed: it writes nothing any more.
---@return Projection[] others  that have to be bound anew, since they share a sum with it
function writers.remove(proj)
  local others, seen = {}, { [proj] = true }
  for _, mine in ipairs(list_of(proj)) do
    local left = {}
    for _, other in ipairs(mine.pop._writers[mine.variable] or {}) do
      if other.proj ~= proj then
        left[#left + 1] = other
        if mine.op and not seen[other.proj] then others[#others + 1], seen[other.proj] = other.proj, true end
      end
    end
    mine.pop._writers[mine.variable] = #left > 0 and left or nil
  end
  return others
end

--- For a "summed" program: whether this projection runs it, and the first neuron and number of neurons where it starts or finishes.
---@return boolean runs
---@return integer first
---@return integer n
function writers.share(proj, entry)
  local pop, variable, view = end_of(proj, entry.writes)
  local list = pop._writers[variable] or {}
  local first, last, n = view.first or 1, view.first and view.first + view.n - 1 or pop.size, #list
  for _, w in ipairs(list) do first, last = math.min(first, w.first), math.max(last, w.last) end
  local runs = n <= 1 or entry.piece == "reduce" or list[entry.piece == "start" and 1 or n].proj == proj
  return runs, first, last - first + 1
end

return writers
