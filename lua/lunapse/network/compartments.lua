--- From sections to compartments: the shape as net:cables takes it, in plain lists of numbers.
---
--- Compartments are numbered section by section, each section before what is joined to its end. A compartment is one potential, in its middle; between two middles
--- stands the resistance of what lies between, Ra times its `reach`, the integral of the length over the cross-section (1/um). Where several sections begin at the end of
--- one there is a joint, which has no membrane, so that resistances meet as they do in the cable. A sphere has no resistance inside.

--- A way along a section's cones.
local function walk(s)
  local pieces = s:_pieces()
  local at, done = 1, 0          -- in piece `at`, `done` um of it are behind
  return function(step)
    local area, reach = 0, 0
    while step > 0 and at <= #pieces do
      local length, d0, d1 = pieces[at][1], pieces[at][2], pieces[at][3]
      local is_rest = step >= (length - done) * (1 - 1e-12)
      local take = is_rest and length - done or step
      local from, to = d0 + (d1 - d0) * done / length, is_rest and d1 or d0 + (d1 - d0) * (done + take) / length
      area = area + math.pi / 2 * (from + to) * math.sqrt(take ^ 2 + (to - from) ^ 2 / 4)
      reach = reach + 4 * take / (math.pi * from * to)
      step = step - take
      if is_rest then at, done = at + 1, 0 else done = done + take end
      if step < 1e-9 * length then step = 0 end
    end
    return area, reach
  end
end

--- Where a section that has points of its own is, `way` um from its beginning.
local function along(s, way)
  for k, length in ipairs(s._lengths) do
    if way <= length or k == #s._lengths then
      local a, b, share = s._xyz[k], s._xyz[k + 1], math.min(1, way / length)
      return { a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2]), a[3] + share * (b[3] - a[3]) }
    end
    way = way - length
  end
end

local function moved(p, direction, by) return { p[1] + by * direction[1], p[2] + by * direction[2], p[3] + by * direction[3] } end

--- The direction of the k-th of n sections that begin at the end of one: they spread out in the plane. Those of a sphere that is the root stand around it.
local function spread(direction, k, n, is_around)
  if n == 1 then return direction end
  local angle = is_around and 2 * math.pi * (k - 1) / n or math.rad(60) * ((k - 1) / (n - 1) - 0.5)
  local c, s = math.cos(angle), math.sin(angle)
  return { c * direction[1] - s * direction[2], s * direction[1] + c * direction[2], direction[3] }
end

local columns = { "length", "diameter", "area", "distance", "x", "y", "z", "x0", "y0", "z0", "x1", "y1", "z1", "section" }

--- The sections that begin at the end of one, in order.
local function joined(s)
  local list = {}
  for _, name in ipairs(s._names) do
    for _, child in ipairs(s._joined[name]) do list[#list + 1] = child end
  end
  return list
end

--- Where the k-th of n sections joined to `s` begins, and where to; `before`: what is known of `s`.
local function beginning(s, child, k, n, before)
  local direction = child._direction or spread(before.direction, k, n, s._is_sphere and not before.parent)
  if child._xyz then return child._xyz[1], direction end
  return s._is_sphere and moved(before.at, direction, s._diameters[1] / 2) or before.at, direction
end

---@param root Section
---@return table  sections: list of { path, name, parent, first, last, length }; parent, place, reach: of each node; a list for each of `columns`; n
return function(root)
  local made = { sections = {}, parent = { 0 }, place = {}, reach = {}, n = 0 }
  for _, column in ipairs(columns) do made[column] = {} end
  local function put(values)
    made.n = made.n + 1
    for _, column in ipairs(columns) do made[column][made.n] = values[column] + 0.0 end
  end
  local function node(parent, place, reach)
    local k = #made.place + 1
    made.parent[k], made.place[k], made.reach[k] = parent, place, reach
    return k
  end
  --- `from` is the node at which the section begins, `reach` what lies between it and this beginning.
  local function add(s, from, reach, at, direction, distance, parent)
    local number, first, n = #made.sections + 1, made.n + 1, s._n
    local length, last = s:length() / n, from
    made.sections[number] = { path = s:path(), name = s._name, parent = parent, first = first, last = first + n - 1, length = s:length() }
    if s._is_sphere then
      local centre = from and moved(at, direction, length / 2) or s._centre
      put { length = length, diameter = length, area = s:area(), distance = from and distance + length / 2 or 0, x = centre[1], y = centre[2], z = centre[3],
        x0 = centre[1], y0 = centre[2], z0 = centre[3], x1 = centre[1], y1 = centre[2], z1 = centre[3], section = number }
      last, reach, at = node(from or 0, made.n, reach), 0, centre
      distance = from and distance + length or 0
    else
      local step = walk(s)
      local function place(way) return s._xyz and along(s, way) or moved(at, direction, way) end
      for k = 1, n do
        local area, left = step(length / 2)
        local more, right = step(length / 2)
        local a, m, b = place((k - 1) * length), place((k - 0.5) * length), place(k * length)
        area = area + more
        put { length = length, diameter = area / (math.pi * length), area = area, distance = distance + (k - 0.5) * length, x = m[1], y = m[2], z = m[3],
          x0 = a[1], y0 = a[2], z0 = a[3], x1 = b[1], y1 = b[2], z1 = b[3], section = number }
        last = node(last or 0, made.n, reach + left)
        reach = right
      end
      at, distance = place(s:length()), distance + s:length()
      if s._xyz then
        local a, b = s._xyz[#s._xyz - 1], s._xyz[#s._xyz]
        local size = s._lengths[#s._lengths]
        direction = { (b[1] - a[1]) / size, (b[2] - a[2]) / size, (b[3] - a[3]) / size }
      end
    end
    local children = joined(s)
    if #children > 1 and reach > 0 then last, reach = node(last, 0, reach), 0 end
    local before = { at = at, direction = direction, parent = from }
    for k, child in ipairs(children) do
      local start, to = beginning(s, child, k, #children, before)
      add(child, last, reach, start, to, distance, number)
    end
  end
  add(root, nil, 0, { 0, 0, 0 }, root._direction or { 1, 0, 0 }, 0, 0)
  return made
end
