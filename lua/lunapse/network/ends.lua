--- Projections as ends of others: their synapses are elements there, as neurons are elsewhere, in the order of the synapses.
---
--- The engine knows them as a population without kernels, of which each element is a synapse: it says how many there are, and spikes it has none. Kernels get
--- the arrays of the synapses themselves, in which the place of a value is the number of its synapse; so there are only synapses whose values lie so
--- (all that do not share them), and they neither come nor go. What is kept once for each neuron there is read as a copy, one for each synapse.
local array = require "lunapse.core.array"
local compiled = require "lunapse.network.compiled"
local options = require "lunapse.options"
local partners = require "lunapse.network.partners"
local planned = require "lunapse.network.planned"
local view = require "lunapse.network.view"

local ends = {}

--- How many elements an end has.
---@param object Population|Projection
---@return integer
function ends.size(object) return object._net._is_plan and planned.size(object.size) or object:_synapses() and object._n_sites or object.size end

--- The engine's population of an end.
---@param object Population|Projection
---@return userdata
function ends.core(object)
  if not object:_synapses() then return object._core end
  object:_be_whole "it is an end of others"
  if not object._sites then
    local core = object._net._core
    object._n_sites, object._sites_object = ends.size(object), core:new_object()
    object._sites = core:population(object._n_sites, object._clock, object._sites_object)
    object._net:_on_undo(function() ends.resize(object) end)
  end
  return object._sites
end

--- A variable as one of elements that are synapses.
local function as_element(proj, name)
  local v = partners.seen_variable(proj:_title(), proj, name)
  if not v or v.kind == "derived" then return nil end
  return { name = v.name, kind = v.kind, type = v.type, is_int = v.is_int, is_bool = v.is_bool, scope = v.scope == "uniform" and "uniform" or "elem" }
end

--- What the language wants to know of an end.
---@param object Population|Projection
---@return table
function ends.use(object)
  local is_synapses = object:_synapses() ~= nil
  local one = is_synapses and as_element or object._variable
  return { kind = is_synapses and "synapse" or "neuron", name = object.name, is_spiking = object:_has_spikes(), events = object._compiled.events,
    model = object._model and object._model.checked, targets = object._compiled.targets, variables = object._compiled.variables,
    variables_by_name = setmetatable({}, { __index = function(_, name) return one(object, name) end,
      __pairs = function() return pairs(object._compiled.variables_by_name) end }) }
end

local function is_for_neurons(object, name)
  local v = object:_synapses() and object:_variable(name)
  return v and (v.scope == "pre" or v.scope == "post")
end

--- The array of a variable of an end, with a value for each element.
---@param proj Projection
---@param side "pre"|"post"
---@param name string
---@return array
function ends.array(proj, side, name)
  local object = side == "pre" and proj.from or proj.to
  if name == "N" then return array.full(ends.size(object), 1, nil, "float64") end
  if not is_for_neurons(object, name) then return object._arrays[name] or object:_array(name) end
  local core = object._core
  return compiled.picked(proj, side .. "." .. name, object:_array(name), (object:_variable(name).scope == "pre" and core:pre() or core:post()):astype "int64")
end

--- Refuse a projection as an end of others.
---@param where string  "net:project: option 'to'"
---@param proj Projection
function ends.check(where, proj)
  local function refuse(why, cure) options.fail(("%s: the synapses of '%s' %s%s"):format(where, proj.name, why, cure and "\n    " .. cure or "")) end
  local checked = proj._model.checked
  if proj._shared then
    refuse("share their weights and have nothing of their own",
      ("connect = lp.sparse { i = %s.pre, j = %s.post, w = %s.w } makes the same synapses with weights of their own"):format(proj.name, proj.name, proj.name))
  end
  if checked.pruning or checked.creating then
    refuse(("come and go by rules of '%s': those at which others end stay"):format(proj._model.name),
      "join all that may come to be, and let a line of the equations silence those that are out: w = if w < 0.01: 0 else: w")
  end
  if ends.size(proj) == 0 then refuse "are none" end
end

--- Refuse what other projections would write into synapses.
---@param proj Projection
---@param name string
function ends.check_written(proj, name)
  local v = proj:_variable(name)
  if not v then return end          -- that it is not there is said with its place in the equations
  if v.kind == "parameter" and name ~= "w" then
    options.fail(("%s is a parameter: what other projections write is a variable, %s = %s : init = 0"):format(proj:_where(name), name, name))
  end
  if v.flag_level and v.flag_level ~= 3 then
    options.fail(("%s lives once for each neuron, or for all, as its model says: what other projections write lives once for each synapse"):format(proj:_where(name)))
  end
end

--- There are `n` synapses from now on; nil: they are no elements any more. (Who has ends there does not change: see partners.check_change.)
function ends.resize(proj, n)
  if proj._n_sites == n then return end
  if proj._sites then proj._sites:remove() end
  proj._sites, proj._n_sites, proj._sites_object = nil, nil, nil
end

--- A projection has left its network: synapses at which no other ends are no elements any more.
---@param proj Projection
function ends.leave(proj)
  for _, one in ipairs { proj.from, proj.to } do
    local is_end = not one:_synapses()
    for _, other in ipairs(proj._net.projections) do is_end = is_end or other.from == one or other.to == one end
    if not is_end then ends.resize(one) end
  end
end

--- What projections can do as ends: their methods.
---@class Projection
local Projection = {}

--- Its synapses first .. last, in their order, as an end of projections or a window on their variables.
---@param first integer
---@param last integer
---@return PopulationView
function Projection:slice(first, last) return view.checked_slice(self, first, last) end

--- Any selection of its synapses, by their numbers: `proj:select(proj.post:eq(3):find())` are those of neuron 3.
---@param numbers integer[]|array
---@return PopulationView
function Projection:select(numbers) return view.checked_select(self, numbers) end

-- All its synapses.
function Projection:_selection() return { first = 1, n = ends.size(self) } end

-- Synapses emit nothing.
function Projection:_events() return {} end

-- It leaves the engine, and its synapses as elements too.
function Projection:_detach()
  self._core:remove()
  if self._sites then self._sites:remove() end
end

ends.methods = Projection

return ends
