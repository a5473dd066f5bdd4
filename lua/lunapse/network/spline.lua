--- Cubic splines through points, as polynomials between them: coefficients c0 + c1 s + c2 s^2 + c3 s^3 where s goes from 0 to 1 from one point to the next.
---
--- At both ends the polynomials of the first (last) two steps are one ("not a knot"), so a cubic polynomial is reproduced; through three points goes a parabola,
--- through two a line. Source: de Boor, A Practical Guide to Splines (1978), chapter IV.
local spline = {}

--- Slopes at the points.
local function slopes(x, y)
  local n = #x
  local h, d = {}, {}
  for k = 1, n - 1 do
    h[k] = x[k + 1] - x[k]
    d[k] = (y[k + 1] - y[k]) / h[k]
  end
  if n == 2 then return { d[1], d[1] }, h end
  if n == 3 then
    local curve = (d[2] - d[1]) / (h[1] + h[2])
    return { d[1] - curve * h[1], d[1] + curve * h[1], d[2] + curve * h[2] }, h
  end
  -- one equation for each point: below * s[k-1] + on * s[k] + above * s[k+1] = right
  local on, above, right, s = {}, {}, {}, {}
  local two = h[1] + h[2]
  on[1], above[1], right[1] = h[2], two, ((h[1] + 2 * two) * h[2] * d[1] + h[1] ^ 2 * d[2]) / two
  for k = 2, n do
    local below, middle, over, value
    if k < n then
      below, middle, over, value = h[k], 2 * (h[k - 1] + h[k]), h[k - 1], 3 * (h[k] * d[k - 1] + h[k - 1] * d[k])
    else
      local last = h[n - 1] + h[n - 2]
      below, middle, over, value = last, h[n - 2], 0, (h[n - 1] ^ 2 * d[n - 2] + (2 * last + h[n - 1]) * h[n - 2] * d[n - 1]) / last
    end
    local factor = below / on[k - 1]
    on[k], above[k], right[k] = middle - factor * above[k - 1], over, value - factor * right[k - 1]
  end
  s[n] = right[n] / on[n]
  for k = n - 1, 1, -1 do s[k] = (right[k] - above[k] * s[k + 1]) / on[k] end
  return s, h
end

--- The coefficients between the points (x, y): four for each step, one behind the other.
---@param x number[]  rising
---@param y number[]
---@return number[]
function spline.rows(x, y)
  local s, h = slopes(x, y)
  local c = {}
  for k = 1, #x - 1 do
    local rise, first, second = y[k + 1] - y[k], h[k] * s[k], h[k] * s[k + 1]
    table.move({ y[k], first, 3 * rise - 2 * first - second, first + second - 2 * rise }, 1, 4, #c + 1, c)
  end
  return c
end

--- The coefficients of a surface over the cells of a grid: for each step along x a row, in it for each step along y sixteen, those of y fastest.
---@param x number[]
---@param y number[]
---@param z number[][]  z[i][j] at (x[i], y[j])
---@return number[]
function spline.cells(x, y, z)
  local along_x = {} -- [j]: coefficients of column j
  for j = 1, #y do
    local column = {}
    for i = 1, #x do column[i] = z[i][j] end
    along_x[j] = spline.rows(x, column)
  end
  local c = {}
  for i = 1, #x - 1 do
    local of = {} -- [m]: along y, of the m-th coefficient along x
    for m = 1, 4 do
      local row = {}
      for j = 1, #y do row[j] = along_x[j][4 * (i - 1) + m] end
      of[m] = spline.rows(y, row)
    end
    for j = 1, #y - 1 do
      for m = 1, 4 do table.move(of[m], 4 * j - 3, 4 * j, #c + 1, c) end
    end
  end
  return c
end

return spline
