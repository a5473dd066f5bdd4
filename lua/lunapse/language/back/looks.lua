--- What is defined (`m_inf := ...`) and recorded: a program that computes it into a hidden variable, role "look". It runs when a recording looks, and nowhere else.

local assemble = require "lunapse.language.back.assemble"
local lower = require "lunapse.language.back.lower"
local scope = require "lunapse.language.back.scope"

local looks = {}

local nests = { neuron = { [0] = "each", [3] = "each" }, synapse = { [0] = "each", "each", "each", "all" } }

local function program(model, definition)
  local name = definition.target.name
  local level = scope.of_tree(definition.rhs, function(n) return (model:level_for({}, n, "operation")) end)
  local variable = model:hidden("_look_" .. name, { level = level, kind = "derived", text = definition.text })
  local env = lower.environment(model, { statement = { place = definition.place }, part = "operation", role = "operation", looks = true })
  local segment = assemble.segment(model, { name = "look", levels = { level }, nests = nests[model.kind], plain = true })
  assemble.effect(segment, { op = "store", slot = variable.slot, value = lower.real(env, definition.rhs), level = level })
  model:emit(segment, "look")
  return variable.name
end

--- The programs of the definitions that the use names; gives name -> hidden variable.
---@param model table
---@return table<string, string>
function looks.programs(model)
  local made = {}
  for _, name in ipairs(model.options.looked or {}) do made[name] = program(model, model.source.definitions_by_name[name]) end
  return made
end

return looks
