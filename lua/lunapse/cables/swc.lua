--- Shapes from files in the format SWC, as NeuroMorpho.org serves them (Cannon et al. 1998).
---
--- A line is a point: its number, type, x, y, z, radius (um) and the number of the point that it goes on from, -1 for none; `#` begins a comment. Points of type 1 are
--- the soma: it becomes one sphere, of the radius of a soma of one point, or of the area of the cones of several (three points of NeuroMorpho's are such a cylinder, whose area is
--- that of a sphere of their radius). A section goes on to where the tree branches or the type changes. One that comes from the soma begins at its own first
--- point; one of a single point begins at the soma's surface.
local options = require "lunapse.options"
local section = require "lunapse.network.section"

local names = { [2] = "axon", [3] = "dend", [4] = "apical" }

local function name_of(kind) return names[kind] or kind == 0 and "undefined" or ("custom%d"):format(kind) end

local fields = { "number", "type", "x", "y", "z", "radius", "parent" }
local is_whole = { number = true, type = true, parent = true }

--- The points of a text, by number and in order.
local function read_points(path, text)
  local points, order, line_number = {}, {}, 0
  local function fault(message) options.fail(("lp.morphology: '%s', line %d: %s"):format(path, line_number, message)) end
  if text:sub(1, 3) == "\xEF\xBB\xBF" then text = text:sub(4) end
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch "([^\n]*)\n" do
    line_number = line_number + 1
    local words = {}
    for word in line:gsub("#.*", ""):gmatch "[^%s,;]+" do words[#words + 1] = word end
    if #words > 0 then
      if #words < #fields then fault(("7 numbers expected (number, type, x, y, z, radius, parent), got %d"):format(#words)) end
      local p = { line = line_number }
      for k, field in ipairs(fields) do
        local value = tonumber(words[k])
        if not value or value ~= value or math.abs(value) == math.huge or words[k]:find "^[+-]?0[xX]" then
          fault(("the %s must be a number, got %s"):format(field, options.show(words[k])))
        end
        if is_whole[field] then
          if value % 1 ~= 0 or math.abs(value) > 2 ^ 31 then fault(("the %s must be a whole number, got %s"):format(field, words[k])) end
          value = math.tointeger(value)
        end
        p[field] = value
      end
      if p.number < 0 then fault(("the number of a point must not be negative, got %d"):format(p.number)) end
      if p.type < 0 then fault(("the type of a point must not be negative, got %d"):format(p.type)) end
      if p.radius <= 0 then fault(("the radius must be greater than 0, got %s"):format(words[6])) end
      if points[p.number] then fault(("point %d stands in line %d already"):format(p.number, points[p.number].line)) end
      if p.parent == p.number then fault(("point %d goes on from itself"):format(p.number)) end
      points[p.number], order[#order + 1] = p, p
    end
  end
  if #order == 0 then options.fail(("lp.morphology: '%s' has no points"):format(path)) end
  return points, order
end

--- Give every point its children; the root.
local function find_root(path, points, order)
  local root
  local function fault(p, message) options.fail(("lp.morphology: '%s', line %d: %s"):format(path, p.line, message)) end
  for _, p in ipairs(order) do p.children = {} end
  for _, p in ipairs(order) do
    if p.parent < 0 then
      if root then fault(p, ("a second root, point %d; the first is point %d in line %d: a neuron is one tree"):format(p.number, root.number, root.line)) end
      root = p
    else
      local parent = points[p.parent]
      if not parent then fault(p, ("point %d goes on from point %d, which is not in the file"):format(p.number, p.parent)) end
      table.insert(parent.children, p)
    end
  end
  if not root then fault(order[1], "no point is the root: the parent of one must be -1") end
  local reached, pending = 0, { root }
  while #pending > 0 do
    local p = table.remove(pending)
    reached, p.is_reached = reached + 1, true
    for _, child in ipairs(p.children) do pending[#pending + 1] = child end
  end
  if reached < #order then
    for _, p in ipairs(order) do
      if not p.is_reached then fault(p, ("point %d goes on from itself, by way of others"):format(p.number)) end
    end
  end
  return root
end

local function xyzd(p) return { p.x, p.y, p.z, 2 * p.radius } end

local function way(a, b) return math.sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2 + (a.z - b.z) ^ 2) end

--- The sphere that stands for the soma's points, and the points that go on from them, in order.
local function soma_of(root)
  local area, n, centre, rest, pending = 0, 0, { 0, 0, 0 }, {}, { root }
  while #pending > 0 do
    local p = table.remove(pending)
    n = n + 1
    for k, axis in ipairs { "x", "y", "z" } do centre[k] = centre[k] + p[axis] end
    for k = #p.children, 1, -1 do
      local child = p.children[k]
      if child.type == 1 then
        area = area + math.pi * (p.radius + child.radius) * math.sqrt(way(p, child) ^ 2 + (p.radius - child.radius) ^ 2)
        pending[#pending + 1] = child
      else
        rest[#rest + 1] = child
      end
    end
  end
  table.sort(rest, function(a, b) return a.line < b.line end)
  for k = 1, 3 do centre[k] = centre[k] / n end
  return section.sphere { diameter = area > 0 and math.sqrt(area / math.pi) or 2 * root.radius, centre = centre }, rest
end

--- The points of a section from `first` on, to where the tree branches, ends or changes its type.
local function run_of(first)
  local run, p = { first }, first
  while #p.children == 1 and p.children[1].type == first.type do
    p = p.children[1]
    run[#run + 1] = p
  end
  return run
end

--- Points that are not in one place, at least two; nil where there are none.
local function distinct(points)
  for k = 2, #points do
    if points[k][1] ~= points[1][1] or points[k][2] ~= points[1][2] or points[k][3] ~= points[1][3] then return points end
  end
end

--- The points of a section that begins at the surface of the soma, towards one point.
local function from_surface(soma, p)
  local c, r, to = soma._centre, soma._diameters[1] / 2, xyzd(p)
  local far = math.sqrt((to[1] - c[1]) ^ 2 + (to[2] - c[2]) ^ 2 + (to[3] - c[3]) ^ 2)
  if far <= r then return nil end
  return { { c[1] + r / far * (to[1] - c[1]), c[2] + r / far * (to[2] - c[2]), c[3] + r / far * (to[3] - c[3]), to[4] }, to }
end

--- Join what goes on from `parent`: sections that begin with these points. `from`: the point at the end of the parent, nil of a soma.
local function add_sections(parent, starts, from)
  local pending = { { parent, starts, from } }
  while #pending > 0 do
    local into, firsts, last = table.unpack(table.remove(pending))
    local by_name, order, more = {}, {}, {}
    local queue = table.move(firsts, 1, #firsts, 1, {})
    for _, first in ipairs(queue) do
      local run, points = run_of(first), {}
      if last then points[1] = { last.x, last.y, last.z, 2 * (last.type == first.type and last or first).radius } end
      for _, p in ipairs(run) do points[#points + 1] = xyzd(p) end
      points = distinct(points) or not last and from_surface(into, first)
      local name, stop = name_of(first.type), run[#run]
      if points then
        local s = section.along("lp.morphology", points, 1, "root")
        if not by_name[name] then by_name[name], order[#order + 1] = {}, name end
        table.insert(by_name[name], s)
        more[#more + 1] = { s, stop.children, stop }
      else          -- it has no length: what goes on from it begins where it would
        table.move(stop.children, 1, #stop.children, #queue + 1, queue)
      end
    end
    for _, name in ipairs(order) do into[name] = by_name[name] end
    for _, m in ipairs(more) do if #m[2] > 0 then pending[#pending + 1] = m end end
  end
end

local swc = {}

--- A shape from a file in the format SWC. Sections are named by type: soma, axon, dend, apical, and custom5 and so on; several of one name are numbered. It is cut into
--- compartments as `shape:discretise(opt)` does.
---@param path string
---@param opt? { d_lambda?: number, frequency?: number, Ra?: number, Cm?: number, longest?: number }
---@return Section
--- Errors: "lp.morphology: 'cell.swc', line 7: 7 numbers expected (number, type, x, y, z, radius, parent), got 6".
function swc.morphology(path, opt)
  path = options.path("lp.morphology", path)
  local file, why = io.open(path, "rb")
  if not file then options.fail("lp.morphology: " .. tostring(why)) end
  local text = file:read "a"
  file:close()
  if not text then options.fail(("lp.morphology: '%s' cannot be read"):format(path)) end
  local points, order = read_points(path, text)
  local root = find_root(path, points, order)
  if root.type == 1 then
    local soma, rest = soma_of(root)
    add_sections(soma, rest)
    return soma:discretise(opt)
  end
  local run, own = run_of(root), {}
  for k, p in ipairs(run) do own[k] = xyzd(p) end
  if not distinct(own) then
    options.fail(("lp.morphology: '%s', line %d: the root, of type %d, has no length: a soma (type 1) or a branch expected"):format(path, root.line, root.type))
  end
  local shape = section.along("lp.morphology", own, 1, name_of(root.type))
  add_sections(shape, run[#run].children, run[#run])
  return shape:discretise(opt)
end

return swc
