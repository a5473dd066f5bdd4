--- What an array is: making it, its elements, views and copies, indexing, printing, memory.
local array = require "lunapse.array"
local compare = require "tests.compare"
local fails, same, near = compare.fails, compare.same, compare.within

local nan = 0 / 0
local types = { "float64", "float32", "int64", "int32", "bool" }

describe("making arrays", function()
  it("gives zeros of the type and shape wanted", function()
    for _, kind in ipairs(types) do
      local a, m = array.new(kind, 3), array.new(kind, 2, 3)
      assert.are.equal(kind, a:type())
      assert.are.equal(3, #a)
      assert.are.equal(6, m:size())
      assert.are.same({ 2, 3 }, { m:shape() })
      assert.are.same({ 3 }, { a:shape() })
      assert.is_false(a:any())
    end
  end)

  it("takes tables, rows, arrays of rows and numbers", function()
    same({ 1.0, 2.5 }, array.from { 1, 2.5 })
    same({ true, false }, array.from { true, false })
    same({ { 1, 2 }, { 3, 4 } }, array.from({ { 1, 2 }, { 3, 4 } }, "int32"))
    same({ { 1.0, 2.0 }, { 5.0, 6.0 } }, array.from { array.from { 1, 2 }, { 5, 6 } })
    same({ 7.0 }, array.from(7))
    same({}, array.from {})
    assert.are.equal("int64", array.from(array.arange(3)):type())
  end)

  it("copies an array that it is made from", function()
    local a = array.from { 1, 2 }
    local b = array.from(a)
    b[1] = 9
    assert.are.equal(1, a[1])
  end)

  it("fills zeros, ones, full, linspace, arange, logspace", function()
    same({ { 0.0, 0.0 } }, array.zeros(1, 2))
    same({ 1, 1 }, array.ones(2, "int32"))
    same({ { 7, 7 } }, array.full(7, 1, 2, "int64"))
    same({ true, true }, array.full(true, 2, "bool"))
    same({ 0.0, 0.25, 0.5, 0.75, 1.0 }, array.linspace(0, 1, 5))
    same({ 3.0 }, array.linspace(3, 9, 1))
    same({}, array.linspace(0, 1, 0))
    same({ 1, 2, 3 }, array.arange(3))
    same({ 5, 3, 1 }, array.arange(5, 1, -2))
    same({}, array.arange(0))
    same({}, array.arange(3, 1))
    assert.are.equal(11, #array.arange(0, 1, 0.1))
    near(10, array.logspace(0, 2, 3)[2])
  end)

  it("has whole numbers in linspace where they are meant", function()
    for n = 2, 400 do
      local a = array.linspace(1, n, n)
      for k = 1, n do assert.equal(k, a[k]) end
    end
    assert.same({ 0.0, 0.0, 5e-324 }, array.linspace(0, 5e-324, 3):table())          -- as numpy's: the step is no number any more
  end)

  it("meets both ends of linspace whatever the rounding", function()
    for n = 2, 50 do
      local a = array.linspace(0.1, 0.7, n)
      assert.are.equal(0.1, a[1])
      assert.are.equal(0.7, a[n])
    end
  end)

  it("refuses what makes no array", function()
    assert.are.equal("bad argument #1 to 'new' (unknown type 'float' (known: float64, float32, int64, int32, bool, complex128))",
      fails(function() return array.new("float", 3) end))
    assert.matches("must not be negative", fails(array.new, "float64", -1))
    assert.matches("must not be negative", fails(array.new, "float64", 1, -1))
    assert.matches("number expected, got no value", fails(array.new, "float64"))
    assert.matches("no integer representation", fails(array.new, "float64", 1.5))
    assert.matches("no integer representation", fails(array.zeros, nan))
    assert.are.equal("element 2 of the table is a string, not a number", fails(array.from, { 1, "x" }))
    assert.are.equal("element 1 of row 2 is a table, not a number", fails(array.from, { { 1 }, { {} } }))
    assert.are.equal("row 2 has 1 elements, row 1 has 2", fails(array.from, { { 1, 2 }, { 3 } }))
    assert.are.equal("row 2 is number, not a table of numbers", fails(array.from, { { 1 }, 3 }))
    assert.are.equal("row 1 is empty", fails(array.from, { {}, {} }))
    assert.are.equal("row 1 is userdata, not a table of numbers", fails(array.from, { io.stdout }))
    assert.matches("array, table of numbers or number expected, got FILE%*", fails(array.from, io.stdout))
    assert.are.equal("an array of int32 cannot hold 1.5", fails(array.from, { 1.5 }, "int32"))
    assert.are.equal("an array of int32 cannot hold 3000000000", fails(array.full, 3000000000, 2, "int32"))
    assert.matches("cannot hold %-?nan", fails(array.full, nan, 2, "int64"))
    assert.matches("step must be a number other than 0", fails(array.arange, 1, 2, 0))
    assert.matches("too many elements", fails(array.arange, 0, 1e300))
  end)

  it("reports sizes that no memory holds", function()
    assert.matches("no memory for a float64 array of 1000000000000000 elements", fails(array.zeros, 10 ^ 15 // 1 | 0))
    assert.matches("no memory", fails(array.zeros, math.maxinteger, math.maxinteger))
    assert.matches("no memory", fails(array.ones, 2 ^ 32 // 1 | 0, 2 ^ 32 // 1 | 0, "bool"))
  end)
end)

describe("elements", function()
  it("are read and written from 1 on", function()
    local a = array.zeros(3)
    a[1], a[3] = 5, -2.5
    same({ 5.0, 0.0, -2.5 }, a)
    a[2.0] = true
    assert.are.equal(1, a[2])
    assert.are.equal(1, a:get(2))
    assert.are.equal(a, a:set(1, 8))
    assert.are.equal(8, a[1])
  end)

  it("keep the kind of the type", function()
    assert.are.equal("integer", math.type(array.ones(1, "int32")[1]))
    assert.are.equal("float", math.type(array.ones(1)[1]))
    assert.is_true(array.ones(1, "bool")[1])
    local big = array.from({ math.maxinteger, math.mininteger }, "int64")
    assert.are.equal(math.maxinteger, big[1])
    assert.are.equal(math.mininteger, big[2])
  end)

  it("end where ipairs and pairs end", function()
    local seen = {}
    for i, x in ipairs(array.from { 4, 5 }) do seen[i] = x end
    assert.are.same({ 4.0, 5.0 }, seen)
    for i, x in pairs(array.from { 6, 7 }) do seen[i] = x end
    assert.are.same({ 6.0, 7.0 }, seen)
    assert.is_nil(array.zeros(0)[1])
    local rows = 0
    for _, row in ipairs(array.ones(3, 2)) do rows = rows + row:sum() end
    assert.are.equal(6, rows)
  end)

  it("out of range are errors that name index and shape, at the caller's line", function()
    local a, m = array.zeros(3), array.zeros(2, 4)
    assert.are.equal("index 0 is out of range: the array has shape 3", fails(function() return a[0] end))
    assert.are.equal("index 5 is out of range: the array has shape 3", fails(function() return a[5] end))
    assert.are.equal("index -1 is out of range: the array has shape 3", fails(function() a[-1] = 0 end))
    assert.are.equal("index 4 is out of range: the array has shape 3", fails(function() a[4] = 0 end))
    assert.are.equal("index 9 is out of range: the array has shape 2 x 4", fails(function() return m[9] end))
    assert.are.equal("column 5 is out of range: the array has shape 2 x 4", fails(m.get, m, 1, 5))
    assert.are.equal("row 3 is out of range: the array has shape 2 x 4", fails(m.set, m, 3, 1, 0))
    assert.are.equal("index must be a whole number, got 1.5", fails(function() return a[1.5] end))
    assert.matches("^index must be a whole number, got %-?nan$", fails(function() return a[nan] end))
    assert.are.equal("index must be a whole number, got boolean", fails(function() return a[true] end))
    local _, message = pcall(function() return a[7] end)
    assert.matches("array_spec.lua:%d+: index 7", message)
  end)

  it("refuse values that the type cannot hold", function()
    local a = array.zeros(2, "int32")
    assert.are.equal("an array of int32 cannot hold 0.5", fails(function() a[1] = 0.5 end))
    assert.are.equal("an array of int32 cannot hold 2147483648", fails(function() a[1] = 2147483648 end))
    assert.are.equal("a number is needed as element of an array, got nil", fails(function() a[1] = nil end))
    assert.are.equal("a number is needed as element of an array, got string", fails(function() a[1] = "1" end))
    assert.matches("cannot hold inf", fails(function() a[1] = math.huge end))
    assert.matches("cannot hold", fails(function() array.zeros(1, "int64")[1] = 2 ^ 63 end))
    array.zeros(1, "int32")[1] = -2147483648
  end)

  it("name unknown methods and the nearest known one", function()
    local a = array.zeros(1)
    assert.are.equal("an array has no method 'meen'; did you mean 'mean'?", fails(function() return a.meen end))
    assert.are.equal("an array has no method 'xylophone'", fails(function() return a.xylophone end))
    assert.are.equal("an array has no field 'rate' to set", fails(function() a.rate = 1 end))
    local _, message = pcall(function() return a.meen end)
    assert.matches("array_spec.lua:%d+:", message)
  end)

  it("find what is written in Lua without it being asked for", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write [[local core = require "lunapse.core.array"
      io.write(tostring(core.arange(3)):match "range 1 .. 3", " ", core.arange(3):reverse()[1])]]
    file:close()
    local pipe = io.popen((os.getenv "HOST" or "build/lunapse") .. " " .. script)
    local out = pipe:read "a"
    pipe:close()
    os.remove(script)
    assert.are.equal("range 1 .. 3 3", out)
  end)

  it("are safe from other values as self", function()
    local sum = array.zeros(1).sum
    for _, wrong in ipairs { 1, "x", {}, io.stdout, print } do
      assert.matches("array expected, got", fails(sum, wrong))
    end
    assert.matches("array expected, got no value", fails(sum))
    assert.are.equal("array", getmetatable(array.zeros(1)))
  end)
end)

describe("views", function()
  local m
  before_each(function() m = array.from { { 1, 2, 3 }, { 4, 5, 6 } } end)

  it("share memory with what they came from", function()
    m[2][3] = 60
    assert.are.equal(60, m:get(2, 3))
    m:column(1):fill(0)
    m:row(1):slice(2, 3):multiply(10)
    same({ { 0.0, 20.0, 30.0 }, { 0.0, 5.0, 60.0 } }, m)
    local t = m:transpose()
    t[3][1] = -1
    assert.are.equal(-1, m[1][3])
    same({ { 0.0, 0.0 }, { 20.0, 5.0 }, { -1.0, 60.0 } }, t)
  end)

  it("keep the memory alive", function()
    local row
    do
      local big = array.full(3, 100, 100)
      row = big[50]
    end
    for _ = 1, 20 do array.full(9, 100, 100) end
    collectgarbage() collectgarbage()
    assert.are.equal(300, row:sum())
  end)

  it("slice with ends included, from either end and backwards", function()
    local a = array.arange(10)
    same({ 3, 4, 5 }, a:slice(3, 5))
    same({ 9, 10 }, a:slice(-2))
    same({ 1, 4, 7, 10 }, a:slice(1, 10, 3))
    same({ 10, 7, 4, 1 }, a:slice(-1, 1, -3))
    same({ 10, 9 }, a:slice(nil, 9, -1))
    same({}, a:slice(5, 4))
    same({}, a:slice(11, 10))
    same({ 2 }, a:slice(2, 10, math.maxinteger))
    same({ 9 }, a:slice(9, 1, math.mininteger))
    same({ 3, 2, 1 }, array.arange(3):reverse())
    same({ 4, 2 }, a:slice(2, 8, 2):slice(2, 1, -1))
    same({ { 4.0, 5.0, 6.0 } }, m:slice(2, 2))
    same({ { 4.0, 5.0, 6.0 } }, m:rows(2))
    same({ { 3.0, 1.0 }, { 6.0, 4.0 } }, m:columns(3, 1, -2))
    assert.are.equal("slice 0..3 is out of range: the array has shape 10", fails(a.slice, a, 0, 3))
    assert.are.equal("slice 3..11 is out of range: the array has shape 10", fails(a.slice, a, 3, 11))
    assert.matches("slice %-11..3 is out of range", fails(a.slice, a, -11, 3))
    assert.are.equal("the step of a slice must not be 0", fails(a.slice, a, 1, 2, 0))
  end)

  it("reshape without copying where memory allows", function()
    local a = array.arange(6)
    local r = a:reshape(2, 3)
    r[1][2] = 20
    assert.are.equal(20, a[2])
    same({ 1, 20, 3, 4, 5, 6 }, r:flatten())
    local every_second = a:slice(1, 6, 2):reshape(3, 1)
    every_second[3][1] = 50
    assert.are.equal(50, a[5])
    local t = m:transpose():flatten()
    same({ 1.0, 4.0, 2.0, 5.0, 3.0, 6.0 }, t)
    assert.are.equal("an array of shape 6 cannot take shape 4 x 2", fails(a.reshape, a, 4, 2))
    assert.are.equal("an array of shape 6 cannot take shape 7", fails(a.reshape, a, 7))
    assert.matches("cannot take shape", fails(a.reshape, a, math.maxinteger, math.maxinteger))
    assert.matches("negative", fails(a.reshape, a, -6))
  end)

  it("need the right number of dimensions", function()
    local a = array.arange(3)
    assert.matches("matrix expected, got a 1%-d array of shape 3", fails(a.column, a, 1))
    assert.matches("matrix expected", fails(a.transpose, a))
    assert.matches("1%-d array expected, got shape 2 x 3", fails(m.sort, m))
    assert.matches("1%-d array expected", fails(m.diff, m))
  end)

  it("take rows by assignment", function()
    m[1] = { 7, 8, 9 }
    m[2] = 0
    same({ { 7.0, 8.0, 9.0 }, { 0.0, 0.0, 0.0 } }, m)
    m[2] = m[1] * 2
    assert.are.equal(18, m[2][3])
    assert.are.equal("cannot copy an array of shape 2 into one of shape 3", fails(function() m[1] = { 1, 2 } end))
  end)
end)

describe("indexing by arrays", function()
  it("takes by indexes and masks", function()
    local a = array.from { 10, 20, 30 }
    same({ 30.0, 10.0, 30.0 }, a[{ 3, 1, 3 }])
    same({ 20.0 }, a[array.from({ 2 }, "int32")])
    same({ 20.0, 30.0 }, a[a:gt(15)])
    same({}, a[a:gt(99)])
    same({}, a[{}])
    local m = array.from { { 1, 2 }, { 3, 4 }, { 5, 6 } }
    same({ { 5.0, 6.0 }, { 1.0, 2.0 } }, m[{ 3, 1 }])
    same({ 3.0, 4.0, 5.0, 6.0 }, m[m:gt(2)])
    same({ { 3.0, 4.0 } }, m[{ false, true, false }])
    same({ { 5.0 }, { 1.0 } }, m:columns(1, 1):take { 3, 1 })
  end)

  it("writes by indexes and masks", function()
    local a = array.from { 1, 2, 3, 4 }
    a[a:gt(2)] = 0
    same({ 1.0, 2.0, 0.0, 0.0 }, a)
    a[{ 4, 1 }] = { 40, 10 }
    same({ 10.0, 2.0, 0.0, 40.0 }, a)
    a:put({ 1, 1 }, { 5, 6 })
    assert.are.equal(6, a[1])
    a[{ 2, 3, 4 }] = a:slice(1, 3)   -- read before it is written
    same({ 6.0, 6.0, 2.0, 0.0 }, a)
    local m = array.zeros(3, 2)
    m[{ 1, 3 }] = { 1, 2 }
    m[{ false, true, false }] = { { 8, 9 } }
    same({ { 1.0, 2.0 }, { 8.0, 9.0 }, { 1.0, 2.0 } }, m)
    m[m:gt(7)] = { 0, -1 }
    m[{ 1 }] = 4
    same({ { 4.0, 4.0 }, { 0.0, -1.0 }, { 1.0, 2.0 } }, m)
  end)

  it("says what does not fit", function()
    local a, m = array.from { 1, 2, 3 }, array.zeros(2, 2)
    assert.are.equal("index 4 (element 2 of the indexes) is out of range: the array has shape 3", fails(a.take, a, { 1, 4 }))
    assert.matches("index 0 .* out of range", fails(a.take, a, { 0 }))
    assert.matches("index 1.5 .* is not a whole number", fails(a.take, a, { 1.5 }))
    assert.matches("NaN .* is not a whole number", fails(a.take, a, { nan }))
    assert.matches("inf .* is out of range", fails(a.take, a, { math.huge }))
    assert.are.equal("a mask of shape 2 does not fit an array of shape 3", fails(a.take, a, { true, false }))
    assert.are.equal("indexes must be a 1-d array, got shape 1 x 1", fails(a.take, a, { { 1 } }))
    assert.are.equal("values of shape 3 do not fit the 2 elements named", fails(a.put, a, { 1, 2 }, { 1, 2, 3 }))
    assert.are.equal("values of shape 3 do not fit 1 rows of an array of shape 2 x 2", fails(m.put, m, { 1 }, { 1, 2, 3 }))
    assert.matches("out of range", fails(m.put, m, { 3 }, 0))
  end)

  it("finds", function()
    same({ 2, 3 }, array.from({ 0, 1, 5 }):find())
    local m = array.from { { 0, 1 }, { 1, 0 } }
    local rows, columns = m:find()
    same({ 1, 2 }, rows)
    same({ 2, 1 }, columns)
    same({ 1 }, array.from({ 3, 4 }):find(array.from { true, false }))
  end)
end)

describe("copies", function()
  it("are apart from what they came from", function()
    local a = array.from { { 1, 2 }, { 3, 4 } }
    local b = a:copy()
    b[1][1] = 9
    assert.are.equal(1, a[1][1])
    same({ { 1, 2 }, { 3, 4 } }, a:transpose():transpose():copy())
  end)

  it("convert with the ends of the range held", function()
    local a = array.from { 1.9, -1.9, 1e300, -1e300, nan, math.huge }
    same({ 1, -1, 2147483647, -2147483648, 0, 2147483647 }, a:astype "int32")
    same({ 1, -1, math.maxinteger, math.mininteger, 0, math.maxinteger }, a:astype "int64")
    same({ true, true, true, true, true, true }, a:astype "bool")
    same({ 2147483647, -2147483648 }, array.from({ 2 ^ 40 // 1 | 0, -(2 ^ 40) // 1 | 0 }, "int64"):astype "int32")
    assert.are.equal("float32", a:astype "float32":type())
    assert.matches("unknown type 'double'", fails(a.astype, a, "double"))
  end)

  it("join", function()
    same({ 1.0, 2.0, 3.0 }, array.from({ 1, 2 }):join { 3 })
    same({ { 1, 2 }, { 3, 4 }, { 5, 6 } }, array.from({ { 1, 2 } }, "int32"):join(array.from({ { 3, 4 }, { 5, 6 } }, "int32")))
    assert.are.equal("float64", array.ones(1, "int32"):join(array.ones(1)):type())
    same({ 1, 2, 3 }, array.join { array.arange(2), array.zeros(0, "int64"), array.from({ 3 }, "int64") })
    assert.are.equal("cannot join arrays of shapes 2 and 1 x 2", fails(array.join, { array.ones(2), array.ones(1, 2) }))
    assert.matches("nothing to join", fails(array.join, {}))
    assert.matches("array or number expected, got string", fails(array.join, { "x" }))
  end)

  it("are equal when shape and values are", function()
    assert.is_true(array.from { 1, 2 } == array.from({ 1, 2 }, "int32"))
    assert.is_false(array.from { 1, 2 } == array.from { 1, 3 })
    assert.is_false(array.from { 1, 2 } == array.from { { 1, 2 } })
    assert.is_false(array.from { nan } == array.from { nan })
    assert.is_false(array.from { 1 } == 1)
    assert.is_true(array.zeros(0) == array.zeros(0))
    assert.is_false(array.from({ 2 ^ 53 // 1 | 0 }, "int64") == array.from({ (2 ^ 53 // 1 | 0) + 1 }, "int64"))
  end)
end)

describe("printing", function()
  it("shows type, shape, ends, mean, range and course", function()
    assert.are.equal("array float64 [0]", tostring(array.zeros(0)))
    assert.are.equal("array float64 [2]  1  2.5", tostring(array.from { 1, 2.5 }))
    assert.are.equal("array int64 [20]  1  2  3  4  5  6  ...  18  19  20\n  mean 10.5, range 1 .. 20  ▁▁▁▂▂▃▃▃▄▄▅▅▆▆▆▇▇███",
      tostring(array.arange(20)))
    assert.are.equal("array bool [3]  true  false  true\n  2 of 3 true", tostring(array.from { true, false, true }))
    assert.are.equal("array float64 [2 x 2]\n  1  1\n  1  1\n  mean 1, range 1 .. 1", tostring(array.ones(2, 2)))
    assert.matches("array float32 %[100 x 50%].-%.%.%..-mean 0, range 0 .. 0$", tostring(array.zeros(100, 50, "float32")))
    assert.are.equal("array float64 [3]  1  nan  3\n  mean 2, range 1 .. 3  (1 not finite)  ▁ █", tostring(array.from { 1, nan, 3 }))
    assert.matches("%(3 not finite%)", tostring(array.full(nan, 3)))
  end)
end)

describe("every method", function()
  it("survives any arguments: it returns or raises", function()
    local function junk()
      return {
        array.zeros(0), array.zeros(0, 3), array.from { 1, nan, -math.huge }, array.from({ 1, 2, 3 }, "int32"),
        array.from { true, false, true }, array.from({ { 1, 2, 3 }, { 4, 5, 6 } }, "float32"), array.ones(3, 3, "int64"):transpose(),
        array.arange(9):slice(9, 1, -3), false, 0, -1, 2, 1.5, nan, math.huge, math.maxinteger, math.mininteger, "x", "bool", {},
        { 1, 2 }, { { 1 }, { 2 }, { 3 } }, { "x" }, type, io.stdout,
      }
    end
    local names = {}
    for name in pairs(array.methods) do names[#names + 1] = name end
    table.sort(names)
    local n_fine, n_raised = 0, 0
    local function try(f, ...)
      local ok, result = pcall(f, ...)
      if ok and array.is(result) then tostring(result) end
      if ok then n_fine = n_fine + 1 else n_raised = n_raised + 1 end
    end
    local meta = debug.getmetatable(array.zeros(1))
    local functions = {}
    for _, name in ipairs(names) do functions[#functions + 1] = array.methods[name] end
    for name, f in pairs(meta) do
      if type(f) == "function" and name ~= "__gc" then functions[#functions + 1] = f end
    end
    for _, f in ipairs(functions) do
      for i = 1, 8 do
        local values = junk()   -- afresh, as some functions change them
        for j = 1, #values do
          try(f, values[i], values[j])
          for k = 1, #values, 5 do try(f, values[i], values[j], values[k + (i + j) % 5]) end
        end
        try(f, values[i])
      end
      try(f, 1, junk()[3])
      try(f, {}, junk()[3])
      try(f)
    end
    assert.is_true(n_fine > 10000 and n_raised > 10000, n_fine .. " fine, " .. n_raised .. " raised")
  end)
end)

describe("the memory of arrays", function()
  it("is zero again when it is used again", function()
    for _, n in ipairs { 1, 8, 9, 100, 1000, 8000, 100000, 100001, 100003, 100008 } do
      for _ = 1, 3 do array.full(7, n) end
      collectgarbage() collectgarbage()
      assert.is_false(array.zeros(n):any())
      assert.is_false(array.zeros(n, 1):any())
      assert.is_false(array.new("int64", n):any())
    end
  end)

  it("is collected although the collector does not see it", function()
    collectgarbage "collect"
    local before = collectgarbage "count"
    for _ = 1, 200 do array.zeros(1000000) end   -- 1.6 GB if none were collected
    assert.is_true(collectgarbage "count" - before < 1000)
    local status = io.open "/proc/self/status"
    if status then
      local text = status:read "a"
      status:close()
      local peak = tonumber(text:match "VmHWM:%s*(%d+)")
      assert.is_true(peak < 1200000, ("%d kB were used"):format(peak))
    end
  end)

  it("is collected although small arrays are mostly what lies beside their elements", function()
    local function used()
      local status = io.open "/proc/self/status"
      local text = status and status:read "a" or ""
      if status then status:close() end
      return tonumber(text:match "VmRSS:%s*(%d+)") or 0
    end
    local a = array.ones(4)
    for _ = 1, 200000 do local _ = a + a end
    local before = used()
    for _ = 1, 1000000 do local _ = a + a end
    local is_sanitized = os.getenv "ASAN_OPTIONS" or os.getenv "TSAN_OPTIONS"          -- these keep what was freed
    assert.is_true(used() - before < (is_sanitized and 400000 or 20000), ("%d kB more"):format(used() - before))
  end)
end)
