--- What a figure or a report should say about where it comes from: noted by those who know it.
local provenance = { seeds = {} }

--- A network was made with this seed.
---@param seed integer
function provenance.note_seed(seed)
  for _, known in ipairs(provenance.seeds) do
    if known == seed then return end
  end
  if #provenance.seeds < 16 then provenance.seeds[#provenance.seeds + 1] = seed end
end

--- Seeds of the networks made so far, as a text: "1" or "1, 2, 3"; nil when there are none. After sixteen it ends with "...".
---@return string?
function provenance.seed()
  if #provenance.seeds == 0 then return nil end
  return table.concat(provenance.seeds, ", ") .. (#provenance.seeds == 16 and " ..." or "")
end

return provenance
