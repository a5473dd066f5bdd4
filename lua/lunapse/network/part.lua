--- Projections that are held in part: where many processes run a script together (lunapse.ranks), each builds those synapses alone that end at the neurons that it will
--- compute, and never has the others'. The numbers are those of the whole: what is drawn for a synapse is drawn by its place among all.
---
--- That holds for as long as nobody looks at the synapses. Whoever does, from a script or in the engine, asks for the whole first (Projection:_be_whole); all ranks then
--- build it, put what they have into it, and tell each other the rest where it is touched (src/base/shares.h).
local array = require "lunapse.core.array"
local live = require "lunapse.network.live"
local operation = require "lunapse.network.operation"
local random = require "lunapse.network.distribution"
local guard = require "lunapse.core.guard"
local ranks = require "lunapse.ranks"

local part = {}

--- What a projection is held in part by: its field `_held`.
---@class Part
---@field n integer          synapses on all ranks together
---@field recipe table       what the engine makes the synapses of
---@field delays? table      how delays of each were drawn: arguments of the engine
---@field dt? number         the step in which they are counted
---@field rows? array        where its rows stand among all, while it is made; afterwards that is found again where it is needed
---@field is_ready boolean   whether it is made, and bound

--- May a projection be held in part, as far as its options tell? What is given for each synapse is given for all of them.
---@param p Projection
---@param opt table   of net:project
---@return boolean
function part.is_possible(p, opt)
  local checked = p._model.checked
  local function is_drawn(value) return value == nil or type(value) == "number" or random.is(value) end
  return not p._shared and not p._copied and not p.from:_synapses() and not p.to:_synapses()
    and opt.weights_as ~= "int16"          -- its step is that of the largest of all
    and is_drawn(opt.weights) and is_drawn(opt.delays) and next(opt.delays_of_each) == nil
    and not opt.connect.weights and not opt.connect.filters and not checked.pruning and not checked.creating
end

--- Can where its rows begin be kept in few bytes: is every kernel told where the rows that it is for begin and end? (Those that go over all synapses are not.)
---@param p Projection
---@return boolean
function part.is_packed(p)
  for _, entry in ipairs(p._compiled.programs) do
    if entry.program.nest == "all" then return false end
  end
  return true
end

local walks = { pre = true, post = true, all = true }

--- Why its programs need all synapses, if they do: what is drawn in them goes by places, what is counted is counted of all.
function part.obstacle(p)
  local by_name = p._compiled.variables_by_name
  for _, name in ipairs { "N_incoming", "N_outgoing" } do
    if by_name[name] then return ("its equations read %s"):format(name) end
  end
  for _, v in ipairs(p._compiled.variables) do
    if v.is_int and v.kind == "parameter" then return ("'%s' holds whole numbers, which all ranks check alike"):format(v.name) end
  end
  for _, entry in ipairs(p._compiled.programs) do
    local is_of_synapses = entry.over == "syn" or walks[entry.program.nest]
    for _, instruction in ipairs(is_of_synapses and entry.program.code or {}) do
      if instruction.op:find "^draw" then return "its synapses draw numbers" end
    end
    for _, reduction in ipairs(entry.reductions or {}) do
      local v = by_name[reduction.name]
      if not v or v.scope == "syn" then return "its equations read a number of all synapses" end
    end
  end
end

--- Draw a value for each of its synapses, by their places among those of all ranks.
---@param p Projection
---@param a array
---@param ... any   of values.draw
local function draw(p, a, ...)
  local held = p._held
  local rows = held.rows or p._core:part_rows(held.recipe)
  if not held.is_ready then held.rows = rows end
  local args = table.pack(held.recipe, a, rows, ...)
  if held.delays then
    args[args.n + 1] = held.dt
    table.move(held.delays, 1, held.delays.n, args.n + 2, args)
  end
  p._core:draw_part(table.unpack(args, 1, args.n + (held.delays and held.delays.n + 1 or 0)))
end

--- What draws values for its synapses.
---@param p Projection
---@return fun(a: array, ...)
function part.drawing(p)
  return function(a, ...) draw(p, a, ...) end
end

--- Delays that are drawn for each synapse: those of this part, and the least and greatest of all.
---@param p Projection
---@param dt number
---@return array ms, number low, number high
function part.draw_delays(p, dt, ...)
  local ms = array.new("float64", p._core:count())
  draw(p, ms, ...)
  p._held.delays, p._held.dt = table.pack(...), dt
  return ms, p._core:delay_range_of_all(dt, ...)
end

--- All synapses, and the arrays for them, each with what this rank has.
local function build(p)
  local held = p._held
  local core = p._core
  p._held = nil
  core:make_whole(held.recipe)
  if held.delays then core:set_delays(held.dt, math.huge, false, table.unpack(held.delays, 1, held.delays.n)) end
  local names = {}
  for name in pairs(p._arrays) do
    if p._scope_now[name] == "syn" then names[#names + 1] = name end
  end
  table.sort(names)          -- on all ranks in one order: so their shares are numbered
  for _, name in ipairs(names) do
    local own = p._arrays[name]
    p._arrays[name] = core:lay_out(own)
    p:_replaced(name, own, p._arrays[name])
  end
end

--- On this rank: what all ranks do, one after the other, once somebody has asked.
local function make_whole(p)
  if not p._held then return end
  p._was_part = p._was_part or "a run goes over all of them"
  build(p)
  p:_bind()
  operation.rebind(p)
  p:_changed()
end

--- The projection is made: from here on it is one meeting of the ranks that makes it whole.
---@param p Projection
function part.begin(p)
  if not p._held then return end
  p._held.is_ready, p._held.rows = true, nil
  p._core:on_whole(function() make_whole(p) end)
end

--- A new compilation, to which it is about to be bound, may need all synapses.
---@param p Projection
function part.check(p)
  if not p._held then return end
  local why = part.obstacle(p)
  if not why then return p._core:pack(part.is_packed(p)) end
  p._was_part = why
  build(p)
end

--- It holds all its synapses.
---@param p Projection
---@param why string   for net:explain()
function part.ask(p, why)
  local held = p._held
  if not held then return end
  p._was_part = why
  if held.is_ready then p._core:whole() else build(p) end
end

-- ---- what users do with it ----

local methods = { remove = true, disable_learning = true, enable_learning = true, reset = true, reset_weights = true }
local facts = { name = true, size = true, from = true, to = true, delay = true }

--- Does reading a field of it need all synapses? What is one number for all does not, nor does what concerns the projection.
---@param p Projection
---@param key any
---@return boolean
function part.is_of_all(p, key)
  if type(key) ~= "string" or key:sub(1, 1) == "_" or methods[key] or facts[key] then return false end
  local v = p._compiled.variables_by_name[key]
  return not (v and live.is_number(v))
end

--- Does setting one?
---@param p Projection
---@param key string
---@param value any
---@return boolean
function part.is_set_for_all(p, key, value)
  local v = p._compiled.variables_by_name[key]
  return not (v and (type(value) == "number" or type(value) == "boolean" or random.is(value)))
end

--- The least and the greatest value of a variable, on all ranks together; nil where there is none.
---@param p Projection
---@param name string
---@return number?, number?
function part.range(p, name)
  local a = p._arrays[name]
  if not p._held or p._compiled.variables_by_name[name].scope ~= "syn" then
    if a:size() == 0 then return nil end
    return guard.extent(a)
  end
  local low, high = math.huge, -math.huge
  for _, own in ipairs(ranks.gather("range of " .. name, a:size() > 0 and { guard.extent(a) } or {})) do
    low, high = math.min(low, own[1] or low), math.max(high, own[2] or high)
  end
  if low > high then return nil end
  return low, high
end

return part
