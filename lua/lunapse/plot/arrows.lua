--- Arrows on the page: a shaft and a filled head.

local arrows = {}

--- Add the head of an arrow to `heads`, a closed shape for canvas:shape (parts with NaN between them).
---@param heads number[]
---@param x number  points, the tip
---@param y number
---@param ux number  where it points, of length 1
---@param uy number
---@param size number  points: its length
function arrows.head(heads, x, y, ux, uy, size)
  local bx, by, wide, inner = x - size * ux, y - size * uy, 0.38 * size, 0.8 * size       -- a shallow notch at its back
  table.move({ x, y, bx - wide * uy, by + wide * ux, x - inner * ux, y - inner * uy, bx + wide * uy, by - wide * ux, 0 / 0, 0 / 0 }, 1, 10, #heads + 1, heads)
end

--- Add an arrow: its shaft to `shafts`, its head to `heads`.
---@param shafts number[]
---@param heads number[]
---@param x0 number  points, where it begins
---@param y0 number
---@param x1 number  its tip
---@param y1 number
---@param size number  points: length of the head
function arrows.add(shafts, heads, x0, y0, x1, y1, size)
  local dx, dy = x1 - x0, y1 - y0
  local length = math.sqrt(dx * dx + dy * dy)
  if not (length > 1e-6 and length < 1e5) then return end
  local head, ux, uy = math.min(size, 0.7 * length), dx / length, dy / length
  arrows.head(heads, x1, y1, ux, uy, head)
  table.move({ x0, y0, x1 - 0.8 * head * ux, y1 - 0.8 * head * uy, 0 / 0, 0 / 0 }, 1, 6, #shafts + 1, shafts)
end

--- Draw what was added.
---@param on lunapse.Canvas
---@param shafts number[]
---@param heads number[]
---@param pen lunapse.Pen
---@param is_clipped boolean
function arrows.draw(on, shafts, heads, pen, is_clipped)
  on:shape(shafts, { open = true, clip = is_clipped }, pen)
  on:shape(heads, { clip = is_clipped, fill = pen.color })
end

return arrows
