--- Events of a model: of a neuron, what kinds of them it has beside spikes; of a synapse, which of them do something, and by which pathways.

local fail = require "lunapse.language.base.fail"
local names = require "lunapse.language.front.names"

local events = {}

--- Of a neuron, in the order of their names: `model.events`, each { name, when, effect (parts, nil where there is none), time = "t_burst" }. The spikes of the axon are one
--- of them, without a time that can be read.
local function of_neuron(model)
  model.events = {}
  for _, row in ipairs(model.rows) do
    if row.event and row.kind == "condition" then
      local effect, name = row.name .. ".effect", "t_" .. row.event
      table.insert(model.events, { name = row.event, when = row.name, effect = model[effect] and effect, time = name })
      if model.parameters_by_name[name] then
        fail.at(model.parameters_by_name[name].place, model.parameters_by_name[name], ("the parameter '%s' has the name of a time"):format(name),
          ("it is the time of the last '%s'"):format(row.event))
      end
    end
  end
  if model.conditions.axon_spike then table.insert(model.events, { name = "axon_spike", when = "axon_spike", effect = #model.axon_reset > 0 and "axon_reset" or nil }) end
  table.sort(model.events, function(a, b) return a.name < b.name end)
end

--- Of a synapse: `model.pathways`, each { name, side, event, part }, those of the pre neuron first, in the order of their names, and by name.
local function of_synapse(model)
  model.pathways, model.pathways_by_name = {}, {}
  for _, row in ipairs(model.rows) do
    if row.pathway and #model[row.name] > 0 then
      local pathway = { name = row.pathway, side = row.side, event = row.event, part = row.name }
      local other = model.pathways_by_name[row.pathway]
      if other then
        fail.at(model.places[row.name], nil, ("there are two pathways named '%s'"):format(row.pathway), ("the other is that of '%s'"):format(other.part))
      end
      table.insert(model.pathways, pathway)
      model.pathways_by_name[row.pathway] = pathway
    end
  end
  table.sort(model.pathways, function(a, b) return (a.side == b.side and a.name < b.name) or (a.side ~= b.side and a.side == "pre") end)
end

--- Find the events of a model whose parts were read.
---@param model table
function events.find(model)
  if model.kind == "neuron" then of_neuron(model) else of_synapse(model) end
end

--- Is a name the time of an event of the neuron?
---@param model table
---@param name string
---@return boolean
function events.is_time(model, name)
  for _, event in ipairs(model.events or {}) do
    if event.time == name then return true end
  end
  return false
end

--- Why a model cannot define a name itself; nil where it can. See names.why_not.
---@param model table
---@param name string
---@return string?
function events.why_not(model, name)
  return events.is_time(model, name) and "it is given, the time of the last " .. name:sub(3) or names.why_not(model.kind, name)
end

return events
