--- Sections: the unbranched pieces that a neuron's shape is made of. Lengths and diameters are in um.
---
---     local soma = lp.sphere { diameter = 20 }
---     soma.dend = { lp.cylinder { length = 300, diameter = 2, n = 15 }, lp.section { length = 200, diameter = { 2, 0.5 }, n = 10 } }
---     soma.dend[1].apical = lp.cylinder { length = 100, diameter = 1, n = 5 }
---
--- A section is joined under a name: it begins where the other ends. What several have one name are numbered, `soma.dend[2]`. The shape is plain data: nothing of it
--- depends on a network. (Files of shapes and their figures: lunapse/cables; a population of them is net:cables.)
local compartments = require "lunapse.network.compartments"
local options = require "lunapse.options"

---@class Section  an unbranched piece of a neuron, with what is joined to it
---@field [string] Section|Section[]  what is joined to it, by name
local Section = { _noun = "section" }

local section = {}

-- ---- what is joined ----

--- Sections of one name.
local List = { _noun = "list of sections" }

function List:__index(k)
  if k == #self + 1 then return nil end          -- the end, for loops
  return options.fail(("there is no section %s[%s]: there are %d"):format(self._name, options.show(k), #self))
end

function List:__tostring() return ("%d sections named '%s'"):format(#self, self._name) end

--- Is `x` a section?
---@param x any
---@return boolean
function section.is(x) return type(x) == "table" and getmetatable(x) == Section end

function Section:__index(key)
  local method = Section[key]
  if method ~= nil then return method end
  local joined = rawget(self, "_joined")[key]
  if joined then return #joined == 1 and joined[1] or joined end
  if key == 1 then return self end          -- the only one of its name
  if type(key) ~= "string" then return options.fail(("%s: there is no section %s: it is the only one of its name"):format(self:_title(), options.show(key))) end
  if key:find "^_" then return nil end
  return options.missing(self:_title(), key, options.methods({ Section }, table.unpack(self._names)))
end

function Section:_title() return ("section '%s'"):format(self:path()) end

local function root_of(s)
  while rawget(s, "_parent") do s = s._parent end
  return s
end

local function join(self, name, child, where)
  if not section.is(child) then
    options.fail(("%s: a section such as lp.cylinder{...} can be joined, got %s"):format(where, options.show(child)))
  end
  if rawget(child, "_parent") then options.fail(("%s: it is joined to %s already, as '%s'"):format(where, child._parent:_title(), child:path())) end
  if root_of(self) == child then options.fail(("%s: a section cannot be joined to itself, or to what is joined to it"):format(where)) end
  local list = self._joined[name]
  if not list then
    list = setmetatable({ _name = name }, List)
    self._joined[name] = list
    table.insert(self._names, name)
  end
  table.insert(list, child)
  rawset(child, "_parent", self)
  rawset(child, "_name", name)
  rawset(child, "_number", #list)
end

function Section:__newindex(name, given)
  local where = ("%s, %s"):format(self:_title(), type(name) == "string" and name or options.show(name))
  if type(name) ~= "string" or not name:find "^%a[%w_]*$" then options.fail(("%s: sections are joined under a name of letters and digits"):format(where)) end
  if Section[name] ~= nil then options.fail(("%s: a section has a method of that name: choose another one"):format(where)) end
  if self._joined[name] then options.fail(("%s: something is joined under this name already: list them all, { a, b }"):format(where)) end
  if section.is(given) then return join(self, name, given, where) end
  if type(given) ~= "table" or #given == 0 then options.fail(("%s: a section or a list of sections expected, got %s"):format(where, options.show(given))) end
  local before = {}
  for k, child in ipairs(given) do
    if before[child] then options.fail(("%s: section %d of the list stands there twice"):format(where, k)) end
    before[child] = true
  end
  for _, child in ipairs(given) do join(self, name, child, where) end
end

--- Its name within the whole shape: "dend[2].apical"; of the root its own, "soma".
---@return string
function Section:path()
  local parent = rawget(self, "_parent")
  if not parent then return self._name end
  local own = #parent._joined[self._name] > 1 and ("%s[%d]"):format(self._name, self._number) or self._name
  return rawget(parent, "_parent") and parent:path() .. "." .. own or own
end

--- The section itself and all that is joined to it, each before what is joined to its end.
---@return Section[]
function Section:sections()
  local list, pending = {}, { self }
  while #pending > 0 do
    local one = table.remove(pending)
    list[#list + 1] = one
    for k = #one._names, 1, -1 do
      local joined = one._joined[one._names[k]]
      for j = #joined, 1, -1 do pending[#pending + 1] = joined[j] end
    end
  end
  return list
end

-- ---- sizes ----

--- Pieces of a section: truncated cones, { length, d0, d1 }.
local function pieces(s)
  local list = {}
  for k, length in ipairs(s._lengths) do list[k] = { length, s._diameters[k], s._diameters[k + 1] } end
  return list
end

local function cone_area(length, d0, d1) return math.pi / 2 * (d0 + d1) * math.sqrt(length ^ 2 + (d1 - d0) ^ 2 / 4) end

local function sum_over(sections, f)
  local sum = 0
  for _, s in ipairs(sections) do sum = sum + f(s) end
  return sum
end

--- Length of the section in um; of a sphere its diameter.
---@return number
function Section:length()
  local sum = 0
  for _, length in ipairs(self._lengths) do sum = sum + length end
  return sum
end

--- Area of the membrane in um2.
---@return number
function Section:area()
  if self._is_sphere then return math.pi * self._diameters[1] ^ 2 end
  local sum = 0
  for _, p in ipairs(pieces(self)) do sum = sum + cone_area(p[1], p[2], p[3]) end
  return sum
end

--- Length of the section and all that is joined to it, without spheres, in um.
---@return number
function Section:total_length() return sum_over(self:sections(), function(s) return s._is_sphere and 0 or s:length() end) end

--- Area of the section and all that is joined to it, in um2.
---@return number
function Section:total_area() return sum_over(self:sections(), Section.area) end

--- Number of compartments of the section and all that is joined to it.
---@return integer
function Section:compartments() return sum_over(self:sections(), function(s) return s._n end) end

--- Cut the section, and all that is joined to it, into compartments. `d_lambda` (0.1 unless given): none is longer than this part of the length constant that a cable
--- has at a frequency of `frequency` Hz (100), with `Ra` (ohm cm, 100) and `Cm` (uF/cm2, 1); numbers are odd, so that a section has a middle (Hines and Carnevale
--- 2001). Or `longest`: none is longer, in um.
---@param opt? { d_lambda?: number, frequency?: number, Ra?: number, Cm?: number, longest?: number }
---@return Section  itself
function Section:discretise(opt)
  local where = self:_title() .. ":discretise"
  opt = options.check(where, opt or {}, { d_lambda = "number", frequency = "number", Ra = "number", Cm = "number", longest = "number" })
  for name, value in pairs(opt) do options.number(where, name, value, 0, math.huge, true) end
  if opt.longest and next(opt, next(opt)) then options.fail(where .. ": either 'longest' or the length constant can be given") end
  local rate = math.pi * (opt.frequency or 100) * (opt.Ra or 100) * (opt.Cm or 1)
  for _, s in ipairs(self:sections()) do
    if not s._is_sphere then
      local n = 0
      for _, p in ipairs(pieces(s)) do
        n = n + p[1] / (opt.longest or (opt.d_lambda or 0.1) * 1e5 * math.sqrt((p[2] + p[3]) / 8 / rate))
      end
      n = math.max(1, math.ceil(n - 1e-9))
      rawset(s, "_n", opt.longest and n or n + 1 - n % 2)
    end
  end
  return self
end

--- What net:cables takes: the shape as compartments, in plain lists.
function Section:_description()
  if rawget(self, "_parent") then options.fail(("%s is joined to %s: the whole shape is expected, '%s'"):format(self:_title(), self._parent:_title(), root_of(self):path())) end
  return compartments(self)
end

--- The pieces of a section, for who cuts it.
function Section:_pieces() return pieces(self) end

local function tree_lines(s, indent, lines)
  local what = s._is_sphere and ("sphere, diameter %g um"):format(s._diameters[1])
    or ("%.4g um, diameter %s um, %d compartment%s"):format(s:length(), s._diameters[1] == s._diameters[#s._diameters] and ("%.4g"):format(s._diameters[1])
      or ("%.4g to %.4g"):format(s._diameters[1], s._diameters[#s._diameters]), s._n, s._n == 1 and "" or "s")
  lines[#lines + 1] = ("%s%s: %s"):format(indent, rawget(s, "_parent") and s:path():match "[^.]+$" or s._name, what)
  for _, name in ipairs(s._names) do
    for _, child in ipairs(s._joined[name]) do
      if #lines > 40 then
        if #lines == 41 then lines[#lines + 1] = indent .. "  ..." end
        return lines
      end
      tree_lines(child, indent .. "  ", lines)
    end
  end
  return lines
end

function Section:__tostring() return options.printable(table.concat(tree_lines(self, "", {}), "\n")) end

-- ---- making ----

local function new(fields)
  fields._joined, fields._names = {}, {}
  return setmetatable(fields, Section)
end

local function positive_list(where, name, given)
  local list = {}
  if type(given) == "number" then given = { given } end
  if #given == 0 then options.fail(("%s: %s is an empty list"):format(where, name)) end
  for k = 1, #given do list[k] = options.number(where, #given > 1 and ("%s %d"):format(name, k) or name, given[k], 0, math.huge, true) end
  return list
end

local function name_of(where, given, default)
  if given ~= nil and not given:find "^%a[%w_]*$" then options.fail(("%s: name must be made of letters and digits, got %s"):format(where, options.show(given))) end
  return given or default
end

local function direction_of(where, given)
  if given == nil then return nil end
  local d = {}
  for k = 1, 3 do d[k] = options.number(where, ("direction %d"):format(k), given[k] or 0, -math.huge, math.huge) end
  local size = math.sqrt(d[1] ^ 2 + d[2] ^ 2 + d[3] ^ 2)
  if size == 0 then options.fail(where .. ": direction is zero") end
  return { d[1] / size, d[2] / size, d[3] / size }
end

--- A section: `length` in um; `diameter` in um, one number, { from, to } of a cone, or a list at equal distances (or at the ends of the lengths, where `length` is a
--- list); `n` compartments (1). In place of both, `points` gives { x, y, z, diameter } along it. `direction` { x, y, z } is for figures and for what depends on
--- places: a section goes on as its parent does, several spread out. A root may have a `name` ("root").
---@param opt { length?: number|number[], diameter?: number|number[], points?: number[][], n?: integer, direction?: number[], name?: string }
---@return Section
--- Errors: "lp.section: length must be greater than 0, got -1".
function section.section(opt)
  local where = "lp.section"
  opt = options.check(where, opt, { length = "number|table|userdata", diameter = "number|table|userdata", points = "table", n = "number", direction = "table", name = "string" })
  local n = options.whole(where, "n", opt.n or 1, 1)
  local name = name_of(where, opt.name, "root")
  if opt.points then
    if opt.length or opt.diameter or opt.direction then options.fail(where .. ": either 'points' or 'length' and 'diameter' can be given") end
    return section.along(where, opt.points, n, name)
  end
  for _, key in ipairs { "length", "diameter" } do
    if opt[key] == nil then options.fail(("%s: option '%s' is missing"):format(where, key)) end
  end
  local lengths, diameters = positive_list(where, "length", opt.length), positive_list(where, "diameter", opt.diameter)
  if #lengths == 1 then
    local n_pieces = math.max(1, #diameters - 1)
    for k = 1, n_pieces do lengths[k] = (type(opt.length) == "number" and opt.length or opt.length[1]) / n_pieces end
  end
  if #diameters == 1 then
    for k = 2, #lengths + 1 do diameters[k] = diameters[1] end
  elseif #diameters ~= #lengths + 1 then
    options.fail(("%s: %d lengths have %d ends, got %d diameters"):format(where, #lengths, #lengths + 1, #diameters))
  end
  return new { _name = name, _n = n, _lengths = lengths, _diameters = diameters, _direction = direction_of(where, opt.direction) }
end

--- A section through points { x, y, z, diameter }.
function section.along(where, points, n, name)
  if #points < 2 then options.fail(("%s: at least two points expected, got %d"):format(where, #points)) end
  local lengths, diameters, xyz = {}, {}, {}
  for k, p in ipairs(points) do
    if type(p) ~= "table" then options.fail(("%s: point %d must be { x, y, z, diameter }, got %s"):format(where, k, options.show(p))) end
    local at = ("point %d"):format(k)
    for axis = 1, 3 do options.number(where, at .. ", " .. ("xyz"):sub(axis, axis), p[axis], -math.huge, math.huge) end
    options.number(where, at .. ", diameter", p[4], 0, math.huge, true)
    local before = points[k - 1]
    local length = before and math.sqrt((p[1] - before[1]) ^ 2 + (p[2] - before[2]) ^ 2 + (p[3] - before[3]) ^ 2)
    if not before or length > 0 then          -- two points in one place: a step of the diameter has no length
      if before then lengths[#lengths + 1] = length end
      diameters[#diameters + 1], xyz[#xyz + 1] = p[4], { p[1], p[2], p[3] }
    end
  end
  if #lengths == 0 then options.fail(where .. ": all points are in one place") end
  return new { _name = name, _n = n, _lengths = lengths, _diameters = diameters, _xyz = xyz }
end

--- A cylinder: a section with one diameter.
---@param opt { length: number, diameter: number, n?: integer, direction?: number[], name?: string }
---@return Section
function section.cylinder(opt)
  options.check("lp.cylinder", opt, { length = "number", diameter = "number", n = "number", direction = "table", name = "string" }, { "length", "diameter" })
  for _, key in ipairs { "length", "diameter" } do options.number("lp.cylinder", key, opt[key], 0, math.huge, true) end
  return section.section(opt)
end

--- A sphere: one compartment that is everywhere at one potential, such as a soma; what is joined begins at its surface. `centre` { x, y, z } in um.
---@param opt { diameter: number, name?: string, centre?: number[] }
---@return Section
function section.sphere(opt)
  options.check("lp.sphere", opt, { diameter = "number", name = "string", centre = "table" }, { "diameter" })
  local d = options.number("lp.sphere", "diameter", opt.diameter, 0, math.huge, true)
  local centre = {}
  for k = 1, 3 do centre[k] = options.number("lp.sphere", ("centre %d"):format(k), (opt.centre or {})[k] or 0, -math.huge, math.huge) end
  return new { _name = name_of("lp.sphere", opt.name, "soma"), _n = 1, _lengths = { d }, _diameters = { d, d }, _is_sphere = true, _centre = centre }
end

-- ---- as plain lists ----

local lists_of = { "names", "parents", "compartments", "kinds", "pieces", "lengths", "diameters", "places" }

--- The whole shape in plain lists: of each section its name, the number of the one that it is joined to (0: none), compartments, kind ("sphere", "line", "points") and how many
--- pieces it has; lengths of all pieces; diameters of their ends; of a sphere its centre, of a line its direction (0, 0, 0: none was given), of points their x, y, z.
---@return table<string, (number|string)[]>
function Section:_lists()
  local lists, number = {}, {}
  for _, name in ipairs(lists_of) do lists[name] = {} end
  local function put(name, value) table.insert(lists[name], value) end
  local function put_place(p) for k = 1, 3 do put("places", p[k] + 0.0) end end
  for k, s in ipairs(self:sections()) do
    number[s] = k
    put("names", s._name)
    put("parents", k > 1 and number[s._parent] or 0)
    put("compartments", s._n)
    put("kinds", s._is_sphere and "sphere" or s._xyz and "points" or "line")
    put("pieces", #s._lengths)
    for _, length in ipairs(s._lengths) do put("lengths", length + 0.0) end
    for _, diameter in ipairs(s._diameters) do put("diameters", diameter + 0.0) end
    if s._xyz then
      for _, p in ipairs(s._xyz) do put_place(p) end
    else
      put_place(s._is_sphere and s._centre or s._direction or { 0, 0, 0 })
    end
  end
  return lists
end

--- The shape of such lists, which may come from a file: what is no shape is an error.
---@param lists table
---@return Section
function section.from_lists(lists)
  local where, at = "the shape", {}
  for _, name in ipairs(lists_of) do
    if type(lists) ~= "table" or type(lists[name]) ~= "table" then options.fail(("%s has no list '%s'"):format(where, name)) end
    at[name] = 0
  end
  local function take(name)
    at[name] = at[name] + 1
    return lists[name][at[name]]
  end
  local function number(name, least, is_open) return options.number(where, ("'%s' %d"):format(name, at[name] + 1), take(name), least, math.huge, is_open) end
  local function whole(name, least, most)
    local k, x = at[name] + 1, take(name)
    if type(x) ~= "number" or x % 1 ~= 0 or x < least or x > most then
      options.fail(("%s: '%s' %d is no whole number of %d to %d: %s"):format(where, name, k, least, most, options.show(x)))
    end
    return math.tointeger(x)
  end
  local function place() return { number("places", -math.huge), number("places", -math.huge), number("places", -math.huge) } end
  local made = {}
  for k = 1, #lists.names do
    local name, parent, kind = take "names", whole("parents", k > 1 and 1 or 0, k - 1), take "kinds"
    if type(name) ~= "string" or not name:find "^%a[%w_]*$" or Section[name] ~= nil then
      options.fail(("%s: section %d has no name that one can have: %s"):format(where, k, options.show(name)))
    end
    local s = { _name = name, _n = whole("compartments", 1, 2 ^ 31), _lengths = {}, _diameters = {} }
    local n = whole("pieces", 1, #lists.lengths)
    for j = 1, n do s._lengths[j] = number("lengths", 0, true) end
    for j = 1, n + 1 do s._diameters[j] = number("diameters", 0, true) end
    if kind == "sphere" then
      s._is_sphere, s._centre = true, place()
    elseif kind == "points" then
      s._xyz = {}
      for j = 1, n + 1 do s._xyz[j] = place() end
    elseif kind == "line" then
      local direction = place()
      s._direction = (direction[1] ~= 0 or direction[2] ~= 0 or direction[3] ~= 0) and direction or nil
    else
      options.fail(("%s: section %d is no sphere, line or row of points: %s"):format(where, k, options.show(kind)))
    end
    made[k] = new(s)
    if parent > 0 then join(made[parent], name, made[k], where) end
  end
  if not made[1] then options.fail(where .. " has no sections") end
  return made[1]
end

section.class = Section
return section
