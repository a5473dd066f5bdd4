--- Compile the model library ahead, so that most networks are native from their first step: `make` runs this once.
local kernel = require "lunapse.core.kernel"
local lp = require "lunapse"

if not kernel.compiler() then return end

local net = lp.network { dt = 0.1 }
-- Sizes beyond those that have a compilation of their own (compiled.few_neurons, few_synapses), which no user's network would share.
local MANY, INPUTS = 9, 1025
local poisson = net:poisson { size = INPUTS, rates = 0 }
local one, many, rated = {}, {}, {}
for name, model in pairs(lp.models) do
  if model.kind == "neuron" then
    one[name], many[name] = net:population { size = 1, neuron = model }, net:population { size = MANY, neuron = model }
    if one[name]:_has_spikes() then
      one[name]:compute_rate(1000)
      many[name]:compute_rate(1000)
    else
      rated[#rated + 1] = name
    end
  end
end

--- Kinds of storage: all to all onto one neuron and onto many, and rows; with one weight, and one each.
local ways = { { one, lp.all_to_all { self = true } }, { many, lp.all_to_all { self = true } }, { many, lp.pairs({ 1 }, { 1 }) } }
for _, model in pairs(lp.models) do
  if model.kind == "synapse" then
    for _, way in ipairs(ways) do
      for _, weights in ipairs { 1, lp.uniform(0, 1) } do
        local is_rate = model.checked.psp ~= nil
        local from = is_rate and many[rated[1]] or poisson
        local to = way[1][is_rate and rated[1] or "IF_cond_exp"]
        net:project { from = from, to = to, target = "exc", connect = way[2], weights = weights, synapse = model }
      end
    end
  end
end
for native in pairs(net._natives) do native:wait(60000) end
