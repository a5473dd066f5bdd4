--- Pathways: what events of the two neurons do, each after delays of its own. Which there are, and in which programs they come to be.
---
--- What a projection says of its delays is `options.pathways`: name -> "own" (a delay that is not that of the other pathways), "syn" (a delay for each synapse); nothing where
--- it has what all have, which is the delay of the projection on the pre side and none on the post side.

local pathways = {}

--- Does it act when a spike of the pre neuron arrives?
function pathways.is_arrival(pathway) return pathway.side == "pre" and pathway.event == "spike" end

--- Pathways of a checked synapse model between neurons, as the engine numbers them. Spikes of an axon alone take the way of spikes, unless the model says what they do: another pathway,
--- with `like`, the one whose delays it has.
---@param source table
---@param events? string[]  of the pre neuron, beside spikes
---@return table[]  { name, side, event, part, like }
function pathways.of(source, events)
  local list, has_axon, says = table.move(source.pathways, 1, #source.pathways, 1, {}), false, false
  for _, event in ipairs(events or {}) do has_axon = has_axon or event == "axon_spike" end
  for _, pathway in ipairs(source.pathways) do says = says or pathway.side == "pre" and pathway.event == "axon_spike" end
  for _, pathway in ipairs(has_axon and not says and source.pathways or {}) do
    if pathways.is_arrival(pathway) then
      list[#list + 1] = { name = pathway.name, side = "pre", event = "axon_spike", part = pathway.part, like = pathway }
    end
  end
  return list
end

--- The level of what happens in a pathway: the neuron's that has the event, or each synapse's.
---@param options table
---@param pathway table
---@return integer
function pathways.level(options, pathway)
  local delays = (options.pathways or {})[pathway.name]
  if delays == "syn" or not delays and pathway.side == "pre" and options.delay_scope == "syn" then return 3 end
  return pathway.side == "pre" and 1 or 2
end

--- The role of its programs, and the nest of those over synapses. Synapses with delays of their own are listed one by one, by their pre neurons.
---@return string role
---@return string nest
function pathways.role(options, pathway)
  local delays = (options.pathways or {})[pathway.name]
  local is_plain = pathway.event == "spike" and not delays
  return is_plain and pathway.side or pathway.side == "pre" and "pathway" or "pathway_post", delays == "syn" and "pre" or pathway.side
end

return pathways
