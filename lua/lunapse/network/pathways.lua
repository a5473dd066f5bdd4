--- Pathways of a projection: what events of its neurons do, each after a delay of its own, and how the engine is told.
local pathways = {}

--- Does something happen to synapses of this model when one of their sides has an event?
---@param checked table
---@param side "pre"|"post"
---@return boolean
function pathways.reach(checked, side)
  for _, pathway in ipairs(checked.pathways) do
    if pathway.side == side then return true end
  end
  return false
end

--- Tell the engine of the pathways of a projection that was compiled.
---@param p Projection
function pathways.set(p)
  local list = {}
  for k, pathway in ipairs(p._compiled.pathways) do
    local pop = pathway.side == "pre" and p.from or p.to
    list[k] = { side = pathway.side, event = pop:_number_of_event(pathway.event) }
  end
  p._core:set_pathways(list)
end

return pathways
