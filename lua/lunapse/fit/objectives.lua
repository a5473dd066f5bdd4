--- How far what a model does is from what it should do.

local objectives = {}

--- How many spikes of `data` have one of `model` within `delta`; each of either counts once. Ascending times.
local function coincidences(data, model, delta)
  local n, k = 0, 1
  for _, t in ipairs(data) do
    while model[k] and model[k] < t - delta do k = k + 1 end
    if model[k] and model[k] <= t + delta then n, k = n + 1, k + 1 end
  end
  return n
end

--- The coincidence factor of a model's spikes with those of data (Kistler, Gerstner & van Hemmen 1997; Jolivet et al. 2008): 1 where all coincide within `delta`, 0
--- where no more do than with a Poisson train of the model's rate, or where the model is silent. Where the model's rate is so high that all would coincide by
--- chance (2 delta rate >= 1) it is -1.
---@param data number[]   ascending times, ms
---@param model number[]
---@param delta number    ms
---@param duration number ms
---@return number
function objectives.gamma(data, model, delta, duration)
  if #data == 0 or #model == 0 then return #data == #model and 1 or 0 end
  local by_chance = 2 * delta * #model / duration
  if by_chance >= 1 then return -1 end
  return math.max(-1, (coincidences(data, model, delta) - by_chance * #data) / ((#data + #model) / 2) / (1 - by_chance))
end

return objectives
