--- The model library: `lp.models.STDP`, `lp.models.Izhikevich` ... Each file of this folder is the description of one model, in the
--- language of docs/language.md; a model is read when it is first used.
local model = require "lunapse.network.model"
local options = require "lunapse.options"

local models = {}

--- Names of all models; one file each.
local names = {
  "AdEx", "EIF_cond_alpha_isfa_ista", "EIF_cond_exp_isfa_ista", "HH_cond_exp", "Hebb", "IBCM", "IF_cond_alpha", "IF_cond_exp", "IF_curr_alpha",
  "IF_curr_exp", "Izhikevich", "LIF", "LeakyIntegrator", "Oja", "STDP", "STP", "homeostatic_STDP", "nearest_neighbour_STDP", "rate", "static",
}

return setmetatable(models, { __index = function(_, name)
  for _, known in ipairs(names) do
    if known == name then
      local description = require("lunapse.models." .. name)
      local kind = (description.pre_spike or description.post_spike or description.psp) and model.synapse or model.neuron
      local found = kind(description)
      rawset(models, name, found)
      return found
    end
  end
  if type(name) ~= "string" or name:sub(1, 1) == "_" then return nil end
  return options.fail("lp.models: " .. options.unknown("model", name, { table.unpack(names) }))
end, __pairs = function()
  local k = 0
  return function()
    k = k + 1
    if names[k] then return names[k], models[names[k]] end
  end
end, __complete = function() return { table.unpack(names) } end })
