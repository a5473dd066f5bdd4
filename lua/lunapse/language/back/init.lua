--- Checked models to kernel programs: the back of the equation language.
---
---     local compiled = back.neuron(front.neuron(description), { param_scopes = { I = "elem" } })
---
--- What comes out is data: variables with their scopes, programs with their roles. See docs/inside.md for the roles, and for what
--- the engine has to do with each.

local neuron = require "lunapse.language.back.neuron"
local operation = require "lunapse.language.back.action"
local synapse = require "lunapse.language.back.synapse"

local back = {}

--- Compile a neuron model.
---@param model table  a checked model of the front
---@param options? { name: string?, param_scopes: table<string, string>?, method: string?, refs: table?, written: string[]?, precision: string? }
---@return table compiled
function back.neuron(model, options)
  return neuron.compile(model, options or {})
end

--- Compile a synapse model for a projection.
---@param model table  a checked model of the front
---@param options { name: string?, pre: table, post: table, targets: string[]?, param_scopes: table<string, string>?, weight_scope: string?, delay_scope: string?, refs: table?, method: string?, plastic: boolean?, creates: boolean?, precision: string? }
---@return table compiled
function back.synapse(model, options)
  return synapse.compile(model, options)
end

--- Compile lines that act on a population or projection: run_regularly. See operation.compile.
back.operation = operation.compile

--- Compile an expression that fills a variable. See operation.fill.
back.fill = operation.fill

--- Compile an expression or a condition on the elements of a population or projection. See operation.value.
back.value = operation.value

--- Compile an expression over pairs of neurons. See operation.pairs.
back.pairs = operation.pairs

return back
