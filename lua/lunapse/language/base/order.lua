--- Things in an order in which each comes after those that it needs.
local order = {}

--- Order `list`, and what its things need, so that needs come first; else things stay as they stand.
---@param list table[]
---@param needs fun(thing: table): table[]  list of { thing, where }: `where` is handed on
---@param on_circle fun(thing: table, where: any)  called for each need that closes a circle; the need is left out
---@return table[]
function order.of(list, needs, on_circle)
  local state, result = {}, {}
  for _, root in ipairs(list) do
    local path = state[root] and {} or { { thing = root, needs = needs(root), at = 0 } }
    state[root] = state[root] or "open"
    while #path > 0 do
      local top = path[#path]
      top.at = top.at + 1
      local need = top.needs[top.at]
      if not need then
        path[#path], state[top.thing], result[#result + 1] = nil, "done", top.thing
      elseif state[need[1]] == "open" then
        on_circle(need[1], need[2])
      elseif not state[need[1]] then
        state[need[1]] = "open"
        path[#path + 1] = { thing = need[1], needs = needs(need[1]), at = 0 }
      end
    end
  end
  return result
end

return order
