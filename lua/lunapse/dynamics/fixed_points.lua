--- Fixed points of a model's equations and their stability. This folder (dynamics) has what the equations of one neuron do: phase planes, bifurcations; on the public API alone.

local array = require "lunapse.core.array"
local linalg = require "lunapse.linalg"

local fixed_points = {}

-- Nodes of the lattice along each axis, by the number of axes; from four on every node is a start, as signs say little between nodes so far apart.
local LATTICE = { 201, 61, 21, 6, 5, 4 }
fixed_points.most = #LATTICE
local ROUNDS, CLOSE, TINY_STEP = 40, 1e-4, 1e-10          -- of Newton's method; parts of the ranges

-- All nodes of the lattice: arrays by name, and how many.
local function nodes(names, limits, m)
  local d, n = #names, m ^ #names // 1 | 0
  local states, index = {}, array.arange(0, n - 0.5)
  for k, name in ipairs(names) do
    local at = (index / m ^ (d - k)):floor():mod(m)                                   -- the last name changes fastest
    states[name] = limits[name][1] + at * ((limits[name][2] - limits[name][1]) / (m - 1))
  end
  return states, n
end

-- Corners of those cells of the lattice in which every slope changes its sign, as numbers of nodes (from 0), in order.
local function starts(names, slope, m, n)
  local d, values, found, seen = #names, {}, {}, {}
  for k, name in ipairs(names) do values[k] = slope[name] end
  local corners = { 0 }
  for k = 1, d do
    for c = 1, #corners do corners[#corners + 1] = corners[c] + m ^ (k - 1) // 1 | 0 end
  end
  if d > 3 then
    for node = 0, n - 1 do found[#found + 1] = node end
    return found
  end
  for node = 0, n - 1 do
    local is_cell, rest = true, node
    for _ = 1, d do
      if rest % m == m - 1 then is_cell = false end
      rest = rest // m
    end
    for k = 1, is_cell and d or 0 do
      local low, high = math.huge, -math.huge
      for _, step in ipairs(corners) do
        local v = values[k][node + step + 1]
        low, high = math.min(low, v), math.max(high, v)
      end
      if not (low <= 0 and high >= 0) then
        is_cell = false
        break
      end
    end
    if is_cell then
      for _, step in ipairs(corners) do
        if not seen[node + step] then found[#found + 1] = node + step end
        seen[node + step] = true
      end
    end
  end
  return found
end

-- Slopes and their derivatives at all points at once, by central differences: 2 d + 1 states for each.
local function linearized(slopes, names, widths, points, parameters)
  local d, n = #names, #points
  local per, states = 2 * d + 1, {}
  for k, name in ipairs(names) do
    local column = {}
    for p, point in ipairs(points) do
      for j = 0, 2 * d do
        local is_moved = j > 0 and (j + 1) // 2 == k
        column[(p - 1) * per + j + 1] = point[k] + (is_moved and (j % 2 == 1 and 1 or -1) * 1e-5 * widths[k] or 0)
      end
    end
    states[name] = array.from(column, "float64")
  end
  local slope, list = slopes:at(states, n * per, parameters), {}
  for p = 1, n do
    local at, f, jacobian = (p - 1) * per + 1, {}, {}
    for k, name in ipairs(names) do
      f[k], jacobian[k] = slope[name][at], {}
      for j = 1, d do jacobian[k][j] = (slope[name][at + 2 * j - 1] - slope[name][at + 2 * j]) / (2e-5 * widths[j]) end
    end
    list[p] = { f = f, jacobian = jacobian }
  end
  return list
end

-- One step of Newton's method; true when it was too small to matter, nil where the derivatives are singular.
local function newton(point, at, widths)
  for k = 1, #point do
    if at.f[k] ~= at.f[k] then return nil end
  end
  local ok, step = pcall(linalg.solve, at.jacobian, at.f)
  if not ok then return nil end
  local is_there = true
  for k = 1, #point do
    local move = math.max(-0.25 * widths[k], math.min(step[k], 0.25 * widths[k]))
    if move ~= move then return nil end
    point[k] = point[k] - move
    is_there = is_there and math.abs(move) < TINY_STEP * widths[k]
  end
  return is_there
end

--- What a fixed point is, by the eigenvalues of its Jacobian matrix.
---@param values number[][]  { real, imaginary } each
---@return string kind  "stable node", "stable focus", "unstable node", "unstable focus", "saddle", "centre"; of one equation "stable" or "unstable"
---@return boolean is_stable
function fixed_points.kind(values)
  local n_up, n_flat, is_turning, greatest = 0, 0, false, 0
  for _, value in ipairs(values) do greatest = math.max(greatest, math.abs(value[1]), math.abs(value[2])) end
  for _, value in ipairs(values) do
    if math.abs(value[1]) <= 1e-7 * greatest then n_flat = n_flat + 1 elseif value[1] > 0 then n_up = n_up + 1 end
    is_turning = is_turning or math.abs(value[2]) > 1e-9 * greatest
  end
  local is_stable = n_up == 0 and n_flat == 0
  if #values == 1 then return is_stable and "stable" or "unstable", is_stable end
  if n_up > 0 and n_up + n_flat < #values then return "saddle", false end
  if n_flat > 0 and is_turning and n_up == 0 then return "centre", false end
  return (is_stable and "stable " or "unstable ") .. (is_turning and "focus" or "node"), is_stable
end

local function eigenvalues(jacobian)
  local values, list = linalg.eig(jacobian), {}
  local re, im = values:real(), values:imag()
  for k = 1, #re do list[k] = { re[k], im[k] } end
  table.sort(list, function(a, b) return a[1] > b[1] or a[1] == b[1] and a[2] > b[2] end)
  return list
end

--- Fixed points within limits, for each of several values of a parameter (or once).
---@param slopes lunapse.Slopes
---@param names string[]  the variables that move; the others are held
---@param limits table<string, number[]>
---@param parameter? string
---@param values? number[]  of the parameter
---@return table[][] found  for each value a list of { at = number[] (in the order of names), eigenvalues, kind, is_stable }
function fixed_points.find(slopes, names, limits, parameter, values)
  local d, m = #names, LATTICE[#names]
  if parameter and d == 2 then m = 41 end
  local lattice, n = nodes(names, limits, m)
  local widths, points, of = {}, {}, {}
  for k, name in ipairs(names) do widths[k] = limits[name][2] - limits[name][1] end
  for v = 1, values and #values or 1 do
    local slope = slopes:at(lattice, n, parameter and { [parameter] = array.full(values[v], n) })
    for _, node in ipairs(starts(names, slope, m, n)) do
      local point = {}
      for k, name in ipairs(names) do point[k] = lattice[name][node + 1] end
      points[#points + 1], of[#of + 1] = point, v
    end
  end
  local found = {}
  for v = 1, values and #values or 1 do found[v] = {} end
  if #points == 0 then return found end
  local own
  if parameter then
    local column = {}
    for p = 1, #points do
      for _ = 0, 2 * d do column[#column + 1] = values[of[p]] end
    end
    own = { [parameter] = array.from(column, "float64") }
  end
  local state = {}
  for _ = 1, ROUNDS do
    local is_done = true
    for p, at in ipairs(linearized(slopes, names, widths, points, own)) do
      if state[p] == nil then
        local is_there = newton(points[p], at, widths)
        if is_there == nil then state[p] = false elseif is_there then state[p] = at else is_done = false end
      end
    end
    if is_done then break end
  end
  for p, point in ipairs(points) do
    local is_new = state[p] and true
    for k, name in ipairs(names) do is_new = is_new and point[k] >= limits[name][1] and point[k] <= limits[name][2] end
    for _, other in ipairs(is_new and found[of[p]] or {}) do
      local is_same = true
      for k = 1, d do is_same = is_same and math.abs(other.at[k] - point[k]) < CLOSE * widths[k] end
      is_new = is_new and not is_same
    end
    if is_new then
      local one = { at = point, eigenvalues = eigenvalues(state[p].jacobian) }
      one.kind, one.is_stable = fixed_points.kind(one.eigenvalues)
      table.insert(found[of[p]], one)
    end
  end
  for _, list in ipairs(found) do table.sort(list, function(a, b) return a.at[1] < b.at[1] end) end
  return found
end

return fixed_points
