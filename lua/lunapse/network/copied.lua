--- Copies: projections that have the synapses and the weights of another one, between populations of their own. Neither is kept twice: the engine's storage has several
--- owners, and the array of the weights is that of the original, also when it is replaced by another one.
local connect = require "lunapse.network.connect"
local options = require "lunapse.options"

local copied = {}

--- What joins as another projection does.
---@param original Projection
---@return Connector
function copied.connector(original)
  if not (options.is_object(original) and getmetatable(original)._noun == "projection") then
    options.fail(("lp.copy: a projection expected, whose synapses and weights are used, got %s"):format(options.show(original)))
  end
  original = original._copied or original
  original:_be_whole "another one is a copy of it"
  return connect.make(("copy of '%s'"):format(original.name), { copied = original, count = function() return original.size end, is_whole = true })
end

--- Refuse what a copy cannot be.
---@param where string
---@param opt { from: Population, to: Population, connect: Connector, synapse: Model, weights: any, delays: any, is_spiking: boolean }
function copied.check(where, opt)
  local original = opt.connect.copied
  local function refuse(text, ...) options.fail(("%s: a copy of '%s': %s"):format(where, original.name, text:format(...))) end
  if original._net ~= opt.from:_whole()._net then refuse "it belongs to another network" end
  for _, side in ipairs { "from", "to" } do
    local one, other = opt[side], original[side]
    if one:_whole() ~= one then refuse("it joins whole populations, not a part of '%s'", one:_whole().name) end
    if one.size ~= other.size then refuse("'%s' has %d neurons, and '%s' there has %d", one.name, one.size, other.name, other.size) end
    local grid, others = table.concat(one.geometry, " x "), table.concat(other:_whole().geometry, " x ")
    if original._shared and grid ~= others then refuse("filters lie on a grid: that of '%s' is %s, and that of '%s' there %s", one.name, grid, other.name, others) end
  end
  if opt.is_spiking ~= original._spiking then
    refuse("'%s' %s, and '%s' there %s", opt.from.name, opt.is_spiking and "spikes" or "has rates", original.from.name, original._spiking and "spikes" or "has rates")
  end
  if not original._delay then refuse "its synapses have delays of their own, by which they are sorted" end
  if opt.delays ~= nil and type(opt.delays) ~= "number" then refuse "one delay for all expected, a number" end
  if opt.weights ~= nil then refuse "the weights are those of the original: leave out option 'weights'" end
  local checked = opt.synapse.checked
  if checked.writes.w then refuse("synapses '%s' change w, which only those of the original may", opt.synapse.name) end
  local theirs = original._model.checked
  if checked.pruning or checked.creating or theirs.pruning or theirs.creating then refuse "its synapses may come and go by rules of a model" end
end

--- Projections that are copies of this one.
---@param original Projection
---@return Projection[]
function copied.of(original)
  local list = {}
  for _, p in ipairs(original._net.projections) do if p._copied == original then list[#list + 1] = p end end
  return list
end

--- The scope of the weights that a projection copies.
function copied.scope(original) return original._compiled.variables_by_name.w.scope == "uniform" and "uniform" or "syn" end

--- Which projection has the same synapses, if any, in words.
---@param p Projection
---@return string?
function copied.sharer(p)
  if p._copied then return ("it has the synapses of '%s'"):format(p._copied.name) end
  local copies = copied.of(p)
  return copies[1] and ("'%s' is a copy of it"):format(copies[1].name)
end

--- Refuse a change of synapses where several projections have them.
---@param p Projection
---@param what string
function copied.check_change(p, what)
  local sharer = copied.sharer(p)
  if sharer then options.fail(("%s of '%s': %s: its synapses neither come nor go"):format(what, p.name, sharer)) end
end

return copied
