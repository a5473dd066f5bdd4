--- The names that a model is given without defining them, and the words that no model may take for itself.

local functions = require "lunapse.language.base.functions"
local tokens = require "lunapse.language.front.tokens"

local names = {}

local everywhere = {
  t = "the time in ms", dt = "the time step in ms", pi = "3.14159...", inf = "infinity", xi = "white noise",
}

--- What is given in the equations of each kind of model, and what it is.
names.given = {
  neuron = {
    i = "the index of the neuron, from 1", N = "the size of the population", t_last = "the time of the last spike in ms",
  },
  synapse = {
    i = "the index of the pre neuron, from 1", j = "the index of the post neuron, from 1", w = "the weight",
    d = "the delay in ms", t_pre = "the time of the last spike of the pre neuron", g_target = "what the synapse adds to",
    t_post = "the time of the last spike of the post neuron", N_incoming = "the number of synapses of the post neuron",
    N_outgoing = "the number of synapses of the pre neuron",
  },
}
for _, given in pairs(names.given) do
  for name, what in pairs(everywhere) do given[name] = what end
end

--- Given names that are the same number everywhere and always.
names.constants = { pi = math.pi, inf = math.huge }

--- Of the given names, those that a model may write.
names.writable = { synapse = { w = true, g_target = true }, neuron = {} }

--- What `name` is in a model of this kind although the model does not define it, in words; nil when it is nothing.
--- White noise may have a name of its own: xi_a.
---@param kind string
---@param name string
---@return string?
function names.is_given(kind, name)
  return names.given[kind][name] or (name:find "^xi_." and "white noise") or nil
end

--- Why a model of this kind cannot define `name` itself; nil when it can.
---@param kind string
---@param name string
---@return string?
function names.why_not(kind, name)
  local what = names.is_given(kind, name)
  if what then return "it is given, " .. what end
  if functions.rows[name] and not functions.rows[name].is_free or functions.aliases[name] then return "it is a function" end
  if tokens.keywords[name] then return "it is a word of the language" end
  if kind == "synapse" and (name == "pre" or name == "post") then return ("it is the %s neuron"):format(name) end
  return nil
end

return names
