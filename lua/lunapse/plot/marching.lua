--- Lines of equal height through a grid (marching squares: W. Lorensen & H. Cline 1987, in two dimensions): tables of numbers in, lists of lines out.

local marching = {}

-- Corners of a cell by bits: 1 lower left, 2 lower right, 4 upper right, 8 upper left are high. Lines run from one side (B, R, T, L) to another with what is high on
-- their left. Where two opposite corners are high (5, 10) the mean of the cell says what hangs together.
local B, R, T, L = 1, 2, 3, 4
local sides = { { B, L }, { R, B }, { R, L }, { T, R }, { B, L, T, R }, { T, B }, { T, L }, { L, T }, { B, T }, { R, B, L, T }, { R, T }, { L, R }, { B, R }, { L, B } }
local joined = { [5] = { B, R, T, L }, [10] = { L, B, R, T } }

-- The lines of one level. `at(r, c)` gives the height of a node, nil where there is none; nodes count from 1 to rows and columns, and from 0 to one more
-- where `is_closed`: beyond the grid, and where there is no height, all lies below every level.
local function trace(at, xs, ys, rows, columns, level, is_closed)
  local first = is_closed and 0 or 1
  local last_row, last_column = is_closed and rows or rows - 1, is_closed and columns or columns - 1
  local width = columns + 2
  local function height(r, c)
    local v = r >= 1 and r <= rows and c >= 1 and c <= columns and at(r, c) or nil
    if v == nil and is_closed then return -math.huge end
    return v
  end
  -- Number of a side: that of the node at its lower or left end, twice; odd for sides that go up.
  local function number(r, c, side)
    if side == B then return 2 * (r * width + c) elseif side == T then return 2 * ((r + 1) * width + c) end
    return 2 * (r * width + c + (side == R and 1 or 0)) + 1
  end
  local follows, has_before, order = {}, {}, {}
  for r = first, last_row do
    for c = first, last_column do
      local a, b, d, e = height(r, c), height(r, c + 1), height(r + 1, c + 1), height(r + 1, c)
      if a and b and d and e then
        local case = (a >= level and 1 or 0) + (b >= level and 2 or 0) + (d >= level and 4 or 0) + (e >= level and 8 or 0)
        local ends = sides[case]
        if joined[case] and (a + b + d + e) / 4 >= level then ends = joined[case] end
        for k = 1, ends and #ends or 0, 2 do
          local from, to = number(r, c, ends[k]), number(r, c, ends[k + 1])
          follows[from], has_before[to] = to, true
          order[#order + 1] = from
        end
      end
    end
  end
  local function point(side)
    local node = side // 2
    local r, c = node // width, node % width
    local r2, c2 = r, c
    if side % 2 == 1 then r2 = r + 1 else c2 = c + 1 end
    local v, w = height(r, c), height(r2, c2)
    local part = v == -math.huge and 1 or w == -math.huge and 0 or (level - v) / (w - v)
    local function between(list, n, k, l)
      local p, q = list[math.max(1, math.min(k, n))], list[math.max(1, math.min(l, n))]
      return p + part * (q - p)
    end
    return between(xs, columns, c, c2), between(ys, rows, r, r2)
  end
  local lines, done = {}, {}
  local function walk(from)
    local line, side = {}, from
    while side and not done[side] do
      done[side] = true
      line[#line + 1], line[#line + 2] = point(side)
      side = follows[side]
    end
    if side then line[#line + 1], line[#line + 2] = point(side) end          -- back to the beginning, or to an open end
    lines[#lines + 1] = line
  end
  for _, side in ipairs(order) do
    if not has_before[side] then walk(side) end
  end
  for _, side in ipairs(order) do
    if not done[side] then walk(side) end
  end
  return lines
end

-- Heights by row and column; NaN is none.
local function reader(z)
  return function(r, c)
    local v = z[r][c]
    if v == v then return v end
  end
end

--- Lines where the height is `level`: { x1, y1, x2, y2, ... } each; what is higher lies on their left. Cells with a NaN at a corner have none.
---@param xs number[]  of columns
---@param ys number[]  of rows
---@param z number[][]  by row and column
---@param level number
---@return number[][]
function marching.lines(xs, ys, z, level) return trace(reader(z), xs, ys, #ys, #xs, level, false) end

--- Closed lines round all that is not below `level`, along the border of the grid too.
---@return number[][]
function marching.regions(xs, ys, z, level) return trace(reader(z), xs, ys, #ys, #xs, level, true) end

return marching
