--- The stretches of time in which a recording was on: a list of { from, to } in ms, the last one open (without `to`) while it goes on.
local spans = {}

--- It is on from `t`.
---@param list number[][]
---@param t number
function spans.open(list, t)
  local last = list[#list]
  if last and (not last[2] or last[2] == t) then last[2] = nil else list[#list + 1] = { t } end
end

--- It is off from `t`.
---@param list number[][]
---@param t number
function spans.close(list, t)
  local last = list[#list]
  if last and not last[2] then last[2] = t end
  if last and last[2] == last[1] then list[#list] = nil end
end

--- What was forgotten at `t` is not covered any more: is it on, it begins there.
---@param list number[][]
---@param t number
---@return number[][]
function spans.restart(list, t)
  local last = list[#list]
  return last and not last[2] and { { t } } or {}
end

--- The stretches up to `t`; nil where they are the whole of from..t.
---@param list number[][]
---@param from number
---@param t number
---@return number[][]?
function spans.up_to(list, from, t)
  local done = {}
  for k, span in ipairs(list) do done[k] = { span[1], span[2] or math.max(t, span[1]) } end
  if #done == 1 and done[1][1] == from and done[1][2] == t then return nil end
  return done
end

return spans
