--- References of synapses to other synapses: `refs = { gate = proj }` joins each synapse of a projection with one of another projection, that between the same two
--- neurons, or that which is listed. What is read there are copies that are taken before each kernel that reads them (`compiled.referenced`).
local array = require "lunapse.core.array"
local options = require "lunapse.options"

local partners = {}

--- Is `x` a projection?
---@param x any
---@return boolean
function partners.is(x)
  local class = getmetatable(x)
  return type(class) == "table" and class._noun == "projection"
end

local function pair(proj, k) return ("neuron %d to neuron %d"):format(proj.pre[k], proj.post[k]) end

--- For each synapse of a projection the number of that of another one between the same neurons.
local function by_pairs(what, proj, other)
  local pre, post, other_pre, other_post = proj.pre, proj.post, other.pre, other.post
  if #pre == #other_pre and pre:eq(other_pre):all() and post:eq(other_post):all() then return array.arange(1, #pre):astype "int64" end
  local number, twice, list = {}, {}, array.new("int64", #pre)
  for k = 1, #other_pre do
    local key = other_pre[k] << 32 | other_post[k]
    twice[key], number[key] = number[key] ~= nil, k
  end
  for k = 1, #pre do
    local key = pre[k] << 32 | post[k]
    if not number[key] then options.fail(("%s: it has no synapse from %s"):format(what, pair(proj, k))) end
    if twice[key] then options.fail(("%s: it has several synapses from %s: say which, index = { ... }"):format(what, pair(proj, k))) end
    list[k] = number[key]
  end
  return list
end

local function check_index(what, index, n, n_there)
  if type(index) ~= "table" and type(index) ~= "userdata" then options.fail(("%s: 'index' must be a list of synapse numbers, got %s"):format(what, options.show(index))) end
  if n_there == 0 then return end          -- a network that is read from a file gets its synapses later
  if #index ~= n then options.fail(("%s: the index has %d synapses, %d expected: one for each"):format(what, #index, n)) end
  for k = 1, #index do
    if math.tointeger(index[k]) == nil or index[k] < 1 or index[k] > n_there then
      options.fail(("%s: index[%d] must be a synapse number in 1..%d, got %s"):format(what, k, n_there, options.show(index[k])))
    end
  end
end

--- A variable of synapses that others read or write: one that has a value at any time.
---@param what string  for messages
---@param target Projection
---@param name string
---@return table?
function partners.seen_variable(what, target, name)
  local v = target:_variable(name)
  if v and v.kind == "trace" then
    options.fail(("%s: its '%s' is event-driven, and has a value only where something happens to it: leave out that flag there"):format(what, name))
  end
  return v
end

--- What synapses of a projection are seen as by the language: all that varies lies beside the synapse that reads.
local function seen(what, target)
  return setmetatable({}, {
    __index = function(_, name) return partners.seen_variable(what, target, name) end,
    __pairs = function() return pairs(target._compiled.variables_by_name) end,
  })
end

--- A reference of a projection to another one, for binding and for the language: see references.resolve.
---@param object Projection
---@param name string
---@param target Projection
---@param by? string
---@param index? integer[]|array
---@return table found, table use
function partners.resolve(object, name, target, by, index)
  local what = ("refs: '%s' (projection '%s', %d synapses)"):format(name, target.name, target.size)
  if not object:_synapses() then options.fail(what .. ": only synapses read other synapses; what neurons need of them is written to neurons, post.total = sum(w)") end
  if by ~= nil and by ~= "synapse" then options.fail(("%s: 'by' must be \"synapse\", got %s"):format(what, options.show(by))) end
  for _, p in ipairs { object, target } do p:_be_whole "synapses read others" end
  local checked = target._model.checked
  for _, one in ipairs { checked, object._model.checked } do
    if one.pruning or one.creating then options.fail(what .. ": synapses that read others, or are read, neither come nor go, as rules of a model say") end
  end
  local is_same = object.from == target.from and object.to == target.to
  if index ~= nil then check_index(what, index, object.size, target.size) end
  if by and not index and not is_same then options.fail(what .. ": it joins other populations: say which of its synapses, index = { ... }") end
  local is_joined = index ~= nil or is_same
  local found = { population = target, is_synapses = true, what = what, index = index and array.from(index):astype "int64" or nil }
  return found, { by = is_joined and "synapse" or "reduced", name = target.name, size = target.size, model = checked, variables = seen(what, target) }
end

--- Which synapses there each of ours reads, in the order of our places.
local function numbers_of(object, ref)
  local numbers, places = ref.index or by_pairs(ref.what, object, ref.population), object._core:places()
  if not places then return numbers end
  local placed = array.full(1, object._core:n_places()):astype "int64"
  placed:put(places, numbers)
  return placed
end

--- The array of a variable there, and which of its elements are read: one for each place here, or for a number of the whole all that there are.
---@param object Projection
---@param ref table
---@param name string
---@param is_whole boolean
---@return array source
---@return array? index  nil: the whole array
function partners.source(object, ref, name, is_whole)
  local other = ref.population
  local source, scope = other:_array(name), other:_variable(name).scope
  if scope == "uniform" or #source == 0 then return source, nil end
  local numbers = is_whole and array.arange(1, other.size):astype "int64" or numbers_of(object, ref)
  if #numbers == 0 then return source, numbers end
  if scope == "pre" then return source, other.pre:take(numbers):astype "int64" end
  if scope == "post" then return source, other.post:take(numbers):astype "int64" end
  local places = other._core:places()
  return source, places and places:take(numbers) or numbers
end

--- Whether the synapses read others, or others read them or end at them, in words.
---@param p Projection
---@return string?
function partners.reader(p)
  for name, ref in pairs(p._refs) do
    if ref.is_synapses then return ("its synapses read those of '%s' (refs: '%s')"):format(ref.population.name, name) end
  end
  for _, other in ipairs(p._net.projections) do
    for _, ref in pairs(other._refs) do
      if ref.population == p then return ("the synapses of '%s' read it"):format(other.name) end
    end
    if other.from == p or other.to == p then return ("projection '%s' goes from '%s' to '%s'"):format(other.name, other.from.name, other.to.name) end
  end
end

--- Refuse a change of synapses that read others, or that others read or end at.
---@param p Projection
---@param what string
function partners.check_change(p, what)
  local reader = partners.reader(p)
  if reader then options.fail(("%s of '%s': %s: they neither come nor go (w = 0 silences one)"):format(what, p.name, reader)) end
end

return partners
