-- Shapes of neurons: sections, files in the format SWC, compartments, figures. What flows along them: tests/cables_spec.lua.
local fails = require("tests.compare").fails
local lp = require "lunapse"

local pi = math.pi

describe("sections", function()
  it("have the areas and lengths of cylinders, cones and spheres", function()
    assert.near(pi * 2 * 300, lp.cylinder({ length = 300, diameter = 2 }):area(), 1e-9)
    assert.near(pi / 2 * 5 * math.sqrt(100 ^ 2 + 1.5 ^ 2), lp.section({ length = 100, diameter = { 1, 4 }, n = 7 }):area(), 1e-9)
    assert.near(pi * 20 ^ 2, lp.sphere({ diameter = 20 }):area(), 1e-9)
    local bent = lp.section { points = { { 0, 0, 0, 2 }, { 30, 40, 0, 2 }, { 30, 40, 0, 1 }, { 30, 40, 60, 1 } } }
    assert.near(110, bent:length(), 1e-9)
    local list = lp.section { length = { 10, 20 }, diameter = { 1, 2, 1 }, n = 3 }
    assert.near(30, list:length(), 1e-12)
    assert.near(list:area(), lp.section({ length = 10, diameter = { 1, 2 } }):area() + lp.section({ length = 20, diameter = { 2, 1 } }):area(), 1e-9)
  end)

  it("are cut into compartments whose areas, and reaches from end to end, are those of the whole", function()
    for _, n in ipairs { 1, 2, 7, 2000 } do
      local shape = lp.section({ length = { 13, 20, 7 }, diameter = { 1, 3, 3, 0.5 }, n = n })
      local made, area, reach = shape:_description(), 0, 0
      for k = 1, n do area = area + made.area[k] end
      assert.near(shape:area(), area, 1e-9 * area)
      for k = 2, n do reach = reach + made.reach[k] end
      local whole = 4 / pi * (13 / 3 + 20 / 9 + 7 / 1.5)
      assert.is_true(reach < whole)
      if n == 2000 then assert.near(whole, reach, 0.01 * whole) end
      assert.near(20, (made.distance[1] + made.distance[n]) / 2, 1e-9)
    end
  end)

  it("are joined by names, and found by them", function()
    local soma = lp.sphere { diameter = 20 }
    soma.dend = { lp.cylinder { length = 300, diameter = 2, n = 3 }, lp.cylinder { length = 200, diameter = 1, n = 2 } }
    soma.dend[1].apical = lp.cylinder { length = 100, diameter = 1 }
    soma.axon = lp.cylinder { length = 50, diameter = 1 }
    local paths = {}
    for k, s in ipairs(soma:sections()) do paths[k] = s:path() end
    assert.same({ "soma", "dend[1]", "dend[1].apical", "dend[2]", "axon" }, paths)
    assert.equal(soma.axon, soma.axon[1])
    assert.equal(8, soma:compartments())
    assert.equal(650, soma:total_length())
    assert.equal("soma: sphere, diameter 20 um\n  dend[1]: 300 um, diameter 2 um, 3 compartments\n    apical: 100 um, diameter 1 um, 1 compartment\n"
      .. "  dend[2]: 200 um, diameter 1 um, 2 compartments\n  axon: 50 um, diameter 1 um, 1 compartment", tostring(soma))
    assert.equal(3, soma.dend[2]:discretise({ longest = 70 }):compartments())
  end)

  it("are refused where they are none, or joined where they cannot be", function()
    local function cylinder() return lp.cylinder { length = 10, diameter = 1 } end
    local soma, other = lp.sphere { diameter = 20 }, cylinder()
    soma.dend = other
    assert.equal("section 'soma', axon: it is joined to section 'soma' already, as 'dend'", fails(function() soma.axon = other end))
    assert.equal("section 'dend', back: a section cannot be joined to itself, or to what is joined to it", fails(function() other.back = soma end))
    assert.equal("section 'soma', area: a section has a method of that name: choose another one", fails(function() soma.area = cylinder() end))
    assert.equal("section 'soma', dend: something is joined under this name already: list them all, { a, b }", fails(function() soma.dend = cylinder() end))
    assert.equal("section 'soma', axon: a section or a list of sections expected, got 3", fails(function() soma.axon = 3 end))
    assert.equal("section 'soma', axon: a section such as lp.cylinder{...} can be joined, got 3", fails(function() soma.axon = { 3 } end))
    assert.equal("section 'soma': unknown method or field 'dent': did you mean 'dend'?", fails(function() return soma.dent end))
    assert.equal("lp.section: length must be greater than 0, got -1", fails(lp.section, { length = -1, diameter = 1 }))
    assert.equal("lp.section: 2 lengths have 3 ends, got 2 diameters", fails(lp.section, { length = { 1, 2 }, diameter = { 1, 2 } }))
    assert.equal("lp.section: option 'length' is missing", fails(lp.section, { diameter = 1 }))
    assert.equal("lp.section: all points are in one place", fails(lp.section, { points = { { 0, 0, 0, 1 }, { 0, 0, 0, 2 } } }))
    assert.equal("lp.section: point 2 must be { x, y, z, diameter }, got 7", fails(lp.section, { points = { { 0, 0, 0, 1 }, 7 } }))
    assert.equal("lp.cylinder: option 'diameter' is missing", fails(lp.cylinder, { length = 10 }))
    assert.equal("lp.sphere: option 'diameter' is missing", fails(lp.sphere, {}))
    assert.equal("section 'soma':discretise: longest must be greater than 0, got 0", fails(soma.discretise, soma, { longest = 0 }))
    assert.equal("section 'soma':discretise: either 'longest' or the length constant can be given", fails(soma.discretise, soma, { longest = 1, Ra = 3 }))
  end)

  it("have compartments by the length constant", function()
    -- lambda of 1 um at 100 Hz, Ra = 100, Cm = 1: 1e5 sqrt(1/(4 pi 100 100)) = 282 um (Hines and Carnevale 2001)
    local s = lp.cylinder { length = 300, diameter = 1 }
    assert.equal(11, s:discretise():compartments())
    assert.equal(3, s:discretise({ d_lambda = 0.5 }):compartments())
    assert.equal(17, s:discretise({ Ra = 200 }):compartments())
    assert.equal(6, s:discretise({ longest = 50 }):compartments())
  end)
end)

-- ---- files ----

local function read(text, opt)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local ok, found = pcall(lp.morphology, path, opt or { longest = 1e6 })
  os.remove(path)
  return ok, ok and found or (tostring(found):gsub("^.-:%d+: ", ""):gsub("'" .. path:gsub("%p", "%%%0") .. "'", "FILE"))
end

local function lines(shape)
  local list = {}
  for k, s in ipairs(shape:sections()) do list[k] = ("%s %.4g"):format(s:path(), s:length()) end
  return list
end

describe("shapes from files", function()
  it("have sections from branch to branch, and to another type", function()
    local ok, shape = read [[
# ORIGINAL_SOURCE somewhere
# a comment

 1 1 0 0 0 8 -1
 2 3 8 0 0 1 1
 3 3 58 0 0 1 2   # a comment behind
 4 3 108 0 0 1 3
 5 3 158 0 0 0.5 4
 6 3 108 40 0 0.5 4
 7 2 -8 0 0 0.5 1
 8 2 -108 0 0 0.5 7
 9 4 0 8 0 1 1
 10 4 0 108 0 1 9
 11 6 0 208 0 1 10
]]
    assert.is_true(ok, shape)
    assert.same({ "soma 16", "dend 100", "dend.dend[1] 50", "dend.dend[2] 40", "axon 100", "apical 100", "apical.custom6 100" }, lines(shape))
    assert.near(pi * 16 ^ 2, shape:area(), 1e-9)
  end)

  it("have a soma of one point, of three and of more, with its area", function()
    local three = select(2, read "1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n4 3 5 0 0 1 1\n5 3 50 0 0 1 4\n")
    assert.near(4 * pi * 25, three:area(), 1e-9)
    assert.same({ "soma 10", "dend 45" }, lines(three))
    local chain = select(2, read "1 1 0 0 0 2 -1\n2 1 10 0 0 4 1\n3 1 20 0 0 2 2\n4 3 22 0 0 1 3\n5 3 52 0 0 1 4\n")
    assert.near(2 * pi * 6 * math.sqrt(104), chain:area(), 1e-9)
  end)

  it("may be written out of order, with any numbers, line ends and marks", function()
    local ok, shape = read "\xEF\xBB\xBF# x\r\n30 3 108 0 0 1 20\r\n20 3 8 0 0 1 7\r\n7 1 0 0 0 8 -1\r\n"
    assert.is_true(ok, shape)
    assert.same({ "soma 16", "dend 100" }, lines(shape))
    ok, shape = read "1,1,0,0,0,8,-1\n2,3,8.0,0,0,1e0,1\n3,3,18,0,0,1,2"
    assert.is_true(ok, shape)
    assert.same({ "soma 16", "dend 10" }, lines(shape))
  end)

  it("may have branches of one point at the soma, and none at all", function()
    local ok, shape = read "1 1 0 0 0 8 -1\n2 3 20 0 0 1 1\n3 3 1 0 0 1 1\n4 3 30 0 0 1 3\n5 3 31 5 0 1 4\n6 3 31 -5 0 1 4\n"
    assert.is_true(ok, shape)
    assert.same({ "soma 16", "dend[1] 12", "dend[2] 29", "dend[2].dend[1] 5.099", "dend[2].dend[2] 5.099" }, lines(shape))
    ok, shape = read "1 1 0 0 0 8 -1\n"
    assert.is_true(ok, shape)
    assert.equal(1, shape:compartments())
    ok, shape = read "1 3 0 0 0 1 -1\n2 3 10 0 0 1 1\n3 3 20 5 0 1 2\n4 3 20 -5 0 1 2\n"
    assert.is_true(ok, shape)
    assert.same({ "dend 10", "dend[1] 11.18", "dend[2] 11.18" }, lines(shape))
  end)

  it("tell a fault with its line", function()
    local cases = {
      { "1 1 0 0 0 8 -1\n2 3 8 0 0 1\n", "line 2: 7 numbers expected (number, type, x, y, z, radius, parent), got 6" },
      { "1 1 0 0 0 8 -1\n\n2 3 8 a 0 1 1\n", "line 3: the y must be a number, got the text 'a'" },
      { "1 1 0 0 0 8 -1\n2 3 8 0 0 0 1\n", "line 2: the radius must be greater than 0, got 0" },
      { "1 1 0 0 0 8 -1\n2 3.5 8 0 0 1 1\n", "line 2: the type must be a whole number, got 3.5" },
      { "1 1 0 0 0 8 -1\n1 3 8 0 0 1 1\n", "line 2: point 1 stands in line 1 already" },
      { "1 1 0 0 0 8 -1\n2 3 8 0 0 1 9\n", "line 2: point 2 goes on from point 9, which is not in the file" },
      { "1 1 0 0 0 8 -1\n2 3 8 0 0 1 -1\n", "line 2: a second root, point 2; the first is point 1 in line 1: a neuron is one tree" },
      { "1 1 0 0 0 8 2\n2 3 8 0 0 1 1\n", "line 1: no point is the root: the parent of one must be -1" },
      { "1 1 0 0 0 8 -1\n2 3 8 0 0 1 3\n3 3 9 0 0 1 2\n", "line 2: point 2 goes on from itself, by way of others" },
      { "1 1 0 0 0 8 -1\n2 3 8 0 0 1 2\n", "line 2: point 2 goes on from itself" },
      { "1 1 0 0 nan 8 -1\n", "line 1: the z must be a number, got the text 'nan'" },
      { "1 3 0 0 0 8 -1\n", "line 1: the root, of type 3, has no length: a soma (type 1) or a branch expected" },
    }
    for _, case in ipairs(cases) do
      local ok, why = read(case[1])
      assert.is_false(ok)
      assert.equal("lp.morphology: FILE, " .. case[2], why)
    end
    assert.equal("lp.morphology: FILE has no points", select(2, read "# nothing\n"))
    assert.matches("^lp.morphology: .*No such file", fails(lp.morphology, "/none/there.swc"))
    assert.equal("section 'soma':discretise: unknown option 'lambda': did you mean 'd_lambda'?", select(2, read("1 1 0 0 0 8 -1\n", { lambda = 3 })))
  end)
end)

describe("figures of shapes", function()
  local function shape()
    local soma = lp.sphere { diameter = 20 }
    soma.dend = { lp.cylinder { length = 300, diameter = 2, n = 3 }, lp.cylinder { length = 200, diameter = 1, n = 2, direction = { 0, 1, 0 } } }
    return soma
  end

  it("are drawn in any plane, and as dendrograms, with values or without", function()
    local values = { 1, 2, 3, 4, 5, 6 }
    local s, fig = shape(), lp.figure { rows = 2, columns = 2 }
    assert.equal(fig[1], s:plot(fig[1], { values = values, bar = "v" }))
    s:plot(fig[2], { plane = "xz", color = "red" })
    s:dendrogram(fig[3], { values = values, map = "plasma", range = { 0, 10 } })
    s:dendrogram(fig[4])
    local path = os.tmpname() .. ".png"
    fig:save(path)
    local file = assert(io.open(path, "rb"))
    assert.is_true(#file:read "a" > 3000)
    file:close()
    os.remove(path)
    assert.equal("section 'soma':plot: a value for each of 6 compartments expected, got 2: cables:cell(1).v has those of one cell",
      fails(s.plot, s, fig[1], { values = { 1, 2 } }))
    assert.matches("axes such as fig%[1%] expected", fails(s.plot, s, fig))
    assert.matches("unknown plane 'ab'", fails(s.plot, s, fig[1], { plane = "ab" }))
    assert.matches("unknown option 'value': did you mean 'values'", fails(s.dendrogram, s, fig[1], { value = values }))
  end)
end)
