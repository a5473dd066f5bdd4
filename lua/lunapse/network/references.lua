--- References: how `refs = { mod = pop }` of a population or projection joins its elements with the neurons of another population. (Those to another projection:
--- network/partners.lua.)
local array = require "lunapse.core.array"
local options = require "lunapse.options"
local partners = require "lunapse.network.partners"
local population = require "lunapse.network.population"
local view = require "lunapse.network.view"

local references = {}

--- The population that a reference names, or the part of one; which of its neurons correspond (nil: all, in order); and by which end.
local function read_one(name, ref)
  local target, by, index = ref, nil, nil
  if type(ref) == "table" and not population.is(ref) and not partners.is(ref) and not view.is(ref) then
    for key in pairs(ref) do
      if key ~= 1 and key ~= "by" and key ~= "index" then
        options.fail(("refs: '%s': %s"):format(name, options.unknown("option", key, { "by", "index" })))
      end
    end
    target, by, index = ref[1], ref.by, ref.index
  end
  if partners.is(target) then return target, by, index end
  if view.is(target) and target:_synapses() then
    options.fail(("refs: '%s' is a part of %s: say which of its synapses each reads, { %s, index = { ... } }"):format(name, target:_whole():_title(), target:_whole().name))
  end
  if not population.is(target) then options.fail(("refs: '%s' must be a population or a projection, got %s"):format(name, options.show(target))) end
  return target, by, index
end

--- Neuron numbers of the population for a list of numbers within `target` (a view or all of it).
local function neurons_of(what, target, index)
  local selection = target:_selection()
  local numbers = selection.index and array.from(selection.index) or array.arange(selection.first, selection.first + selection.n - 1)
  if index == nil then return numbers:astype("int64") end
  if type(index) ~= "table" and type(index) ~= "userdata" then
    options.fail(("%s: 'index' must be a list of neuron numbers, got %s"):format(what, options.show(index)))
  end
  for k = 1, #index do
    if math.tointeger(index[k]) == nil or index[k] < 1 or index[k] > target.size then
      options.fail(("%s: index[%d] must be a neuron number in 1..%d, got %s"):format(what, k, target.size, options.show(index[k])))
    end
  end
  return numbers:take(array.from(index):astype("int64")):astype("int64")
end

--- How elements correspond: "uniform", "elem", "pre", "post", or "reduced" where only whole-population values make sense. `n` neurons to choose from.
local function correspondence(object, what, name, n, by, is_listed)
  local is_projection = object:_synapses() ~= nil
  local ways = ('say refs = { %s = { population, by = "pre" } } or by = "post"'):format(name)
  if by ~= nil then
    if by ~= "pre" and by ~= "post" or not is_projection then
      options.fail(is_projection and ('%s: \'by\' must be "pre" or "post", got %s'):format(what, options.show(by))
        or ("%s: option 'by' is for projections; neurons are joined in order, or by index = { ... }"):format(what))
    end
    local size = by == "pre" and object.from.size or object.to.size
    if n ~= size then
      options.fail(("%s: by = \"%s\" wants %d neurons%s"):format(what, by, size,
        is_listed and (", the index has %d"):format(n) or ", or index = { ... } with one for each"))
    end
    return by
  end
  if n == 1 then return "uniform" end
  if not is_projection then
    if n == object.size then return "elem" end
    if not is_listed then return "reduced" end
    return options.fail(("%s: 1 or %d neurons expected; say which with { population, index = { ... } }, or write a reduction such as mean(%s.r)"):format(
      what, object.size, name))
  end
  local fits_pre, fits_post = n == object.from.size, n == object.to.size
  if fits_pre and fits_post and not is_listed then return "reduced" end
  if fits_pre and fits_post then options.fail(("%s fits pre and post: %s, or reduce it with mean(%s.r)"):format(what, ways, name)) end
  if fits_pre then return "pre" end
  if fits_post then return "post" end
  if is_listed then
    options.fail(("%s: the index has %d neurons, but there are %d pre and %d post neurons: one for each expected"):format(what, n, object.from.size, object.to.size))
  end
  return "reduced"
end

--- What the options of `refs` mean for the language and for binding: the body of Network:_resolve_refs.
---@param object Population|Projection
---@param refs? table<string, any>
function references.resolve(net, object, refs)
  local use, found = {}, {}
  for name, ref in pairs(refs or {}) do
    local target, by, index = read_one(tostring(name), ref)
    local owner = target:_whole()          -- (of a projection itself)
    if owner._net ~= net then options.fail(("refs: '%s' belongs to another network"):format(name)) end
    if not (object._model.checked.reads or {})[name] then
      options.fail(("refs: '%s' is given, but the equations of '%s' read nothing of it"):format(name, object._model.name))
    end
    if partners.is(target) then
      found[name], use[name] = partners.resolve(object, tostring(name), target, by, index)
      goto continue
    end
    do
      local what = ("refs: '%s' (population '%s', %d neurons)"):format(name, target.name, target.size)
      local numbers = (index ~= nil or owner ~= target) and neurons_of(what, target, index) or nil
      local n = numbers and #numbers or target.size
      by = correspondence(object, what, name, n, by, index ~= nil)
      found[name] = { population = owner, index = numbers, is_part = owner ~= target }
      use[name] = { by = by, name = owner.name, size = n, model = owner._model and owner._model.checked,
        variables = setmetatable({}, { __index = function(_, variable) return owner:_variable(variable) end,
          __pairs = function() return pairs(owner._compiled.variables_by_name) end }) }
    end
    ::continue::
  end
  object._refs, object._refs_use = found, use
end

return references
