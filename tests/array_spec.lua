local array = require "lunapse.array"

--- The message of the error that `f` raises, without the place in front.
local function fails(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error was raised")
  return (tostring(message):gsub("^.-:%d+: ", ""))
end

local function same(expected, a)
  assert.are.same(expected, a:table())
end

local function near(expected, x, tolerance)
  assert.is_true(math.abs(expected - x) <= (tolerance or 1e-12), ("expected %.17g, got %.17g"):format(expected, x))
end

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

  it("meets both ends of linspace whatever the rounding", function()
    for n = 2, 50 do
      local a = array.linspace(0.1, 0.7, n)
      assert.are.equal(0.1, a[1])
      assert.are.equal(0.7, a[n])
    end
  end)

  it("refuses what makes no array", function()
    assert.are.equal("bad argument #1 to 'new' (unknown type 'float' (known: float64, float32, int64, int32, bool))",
      fails(function() return array.new("float", 3) end))
    assert.matches("must not be negative", fails(array.new, "float64", -1))
    assert.matches("at least 1", fails(array.new, "float64", 1, 0))
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
    assert.matches("nan .* is not a whole number", fails(a.take, a, { nan }))
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

describe("arithmetic", function()
  local function reference(op, x, y)
    if op == "+" then return x + y elseif op == "-" then return x - y elseif op == "*" then return x * y
    elseif op == "/" then return x / y elseif op == "//" then return x // y elseif op == "%" then return x % y
    else return x ^ y end
  end
  local operate = {
    ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
    ["/"] = function(a, b) return a / b end, ["//"] = function(a, b) return a // b end, ["%"] = function(a, b) return a % b end,
    ["^"] = function(a, b) return a ^ b end,
  }

  --- An array of small whole numbers (never 0) in one of many layouts.
  local function sample(rows, columns, kind, layout, seed)
    local values = {}
    for i = 1, rows do
      values[i] = {}
      for j = 1, columns do values[i][j] = ((i * 7 + j * 5 + seed * 3) % 9 - 4) end
      for j = 1, columns do if values[i][j] == 0 then values[i][j] = 5 end end
    end
    local m = array.from(values, kind)
    if layout == "transposed" then return m:transpose():copy():transpose(), values end
    if layout == "strided" then
      local wide = array.zeros(rows * 2, columns * 3, kind)
      local view = wide:slice(2, rows * 2, 2):columns(3, columns * 3, 3)
      view:assign(m)
      return view, values
    end
    if layout == "backwards" then
      local turned = m:reverse():copy():reverse()
      return turned, values
    end
    return m, values
  end

  it("agrees with Lua's own for every type, layout and broadcast shape", function()
    local numbers = { "float64", "float32", "int64", "int32" }
    local shapes = { { 3, 4 }, { 1, 4 }, { 3, 1 }, { 1, 1 } }
    local layouts = { "plain", "transposed", "strided", "backwards" }
    local seed = 0
    for op, f in pairs(operate) do
      for _, kind_a in ipairs(numbers) do
        for _, kind_b in ipairs(numbers) do
          seed = seed + 1
          local shape_a, shape_b = shapes[seed % 4 + 1], shapes[seed // 4 % 4 + 1]
          local a, in_a = sample(shape_a[1], shape_a[2], kind_a, layouts[seed % 3 + 1], seed)
          local b, in_b = sample(shape_b[1], shape_b[2], kind_b, layouts[seed % 4 + 1], seed + 1)
          local c = f(a, b)
          local rows, columns = c:shape()
          assert.are.same({ math.max(shape_a[1], shape_b[1]), math.max(shape_a[2], shape_b[2]) }, { rows, columns })
          for i = 1, rows do
            for j = 1, columns do
              local x = in_a[math.min(i, #in_a)][math.min(j, #in_a[1])]
              local y = in_b[math.min(i, #in_b)][math.min(j, #in_b[1])]
              local expected, got = reference(op, x, y), c:get(i, j)
              near(expected, got, c:type() == "float32" and math.abs(expected) * 1e-6 or math.abs(expected) * 1e-15)
            end
          end
        end
      end
    end
  end)

  it("gives the wider type", function()
    local function kind(a, b) return (a + b):type() end
    local of = {}
    for _, name in ipairs(types) do of[name] = array.ones(1, name) end
    assert.are.equal("float64", kind(of.float64, of.float32))
    assert.are.equal("float32", kind(of.float32, of.bool))
    assert.are.equal("float64", kind(of.float32, of.int32))
    assert.are.equal("int64", kind(of.int32, of.int64))
    assert.are.equal("int64", kind(of.bool, of.bool))
    assert.are.equal("int32", kind(of.int32, 1))
    assert.are.equal("int64", kind(of.int32, 2 ^ 40 // 1 | 0))
    assert.are.equal("float64", kind(of.int32, 0.5))
    assert.are.equal("float32", kind(of.float32, 0.1))
    assert.are.equal("int64", kind(of.bool, 1))
    assert.are.equal("float64", (of.int64 / 2):type())
    assert.are.equal("float64", (of.int32 ^ 2):type())
    assert.are.equal("float32", (of.float32 ^ 2):type())
  end)

  it("puts numbers and tables on either side", function()
    local a = array.from { 1, 2, 4 }
    same({ 9.0, 8.0, 6.0 }, 10 - a)
    same({ 8.0, 4.0, 2.0 }, 8 / a)
    same({ 2.0, 4.0, 16.0 }, 2 ^ a)
    same({ 2.0, 4.0, 7.0 }, { 1, 2, 3 } + a)
    same({ -1.0, -2.0, -4.0 }, -a)
    same({ 1.0, 4.0, 16.0 }, a ^ 2)
  end)

  it("rounds quotients down as Lua does", function()
    for _, kind in ipairs { "float64", "int64", "int32" } do
      local a = array.from({ -7, 7, -7, 7 }, kind)
      local b = array.from({ 2, -2, -2, 2 }, kind)
      for k = 1, 4 do
        assert.are.equal(a[k] // b[k], (a // b)[k])
        assert.are.equal(a[k] % b[k], (a % b)[k])
      end
    end
    assert.are.equal("integer division by zero", fails(function() return array.arange(3) // 0 end))
    assert.are.equal("integer division by zero", fails(function() return array.arange(3) % array.from({ 1, 0, 1 }, "int32") end))
    assert.are.equal(math.huge, (array.ones(1) // 0)[1])
    assert.are.equal(math.mininteger, (array.from({ math.mininteger }, "int64") // -1)[1])
    assert.are.equal(0, (array.from({ math.mininteger }, "int64") % -1)[1])
  end)

  it("wraps integers around", function()
    assert.are.equal(math.mininteger, (array.from({ math.maxinteger }, "int64") + 1)[1])
    assert.are.equal(-2147483648, (array.from({ 2147483647 }, "int32") + 1)[1])
    assert.are.equal(1, (array.from({ 65537 }, "int32") * array.from({ 65537 - 2 * 65536 }, "int32") % 65536)[1] % 2)
  end)

  it("treats a 1-d array beside a matrix as a row", function()
    local m = array.from { { 1, 2, 3 }, { 4, 5, 6 } }
    same({ { 11.0, 22.0, 33.0 }, { 14.0, 25.0, 36.0 } }, m + { 10, 20, 30 })
    same({ { 2.0, 3.0, 4.0 }, { 6.0, 7.0, 8.0 } }, m + array.from({ 1, 2 }):reshape(2, 1))
    same({ { 0.0, 1.0 }, { -1.0, 0.0 } }, array.from({ 1, 2 }) - array.from({ 1, 2 }):reshape(2, 1))
    same({ 2.0, 3.0 }, array.from { 1, 2 } + array.ones(1))
  end)

  it("names shapes and types that do not match, at the caller's line", function()
    assert.are.equal("cannot add arrays of shapes 3 and 4", fails(function() return array.ones(3) + array.ones(4) end))
    assert.are.equal("cannot multiply arrays of shapes 2 x 3 and 2", fails(function() return array.ones(2, 3) * array.ones(2) end))
    assert.are.equal("cannot compare arrays of shapes 2 and 3", fails(function() return array.ones(2):lt { 1, 2, 3 } end))
    assert.matches("array or number expected, got nil", fails(function() return array.ones(2) + nil end))
    assert.matches("array or number expected, got string", fails(function() return array.ones(2) * "2" end))
    assert.matches("array or number expected, got FILE", fails(function() return io.stdout - array.ones(2) end))
    local _, message = pcall(function() return array.ones(3) + array.ones(4) end)
    assert.matches("array_spec.lua:%d+:", message)
  end)

  it("works on arrays without elements", function()
    same({}, array.zeros(0) + 1)
    same({}, array.zeros(0):exp())
    same({}, -array.zeros(0, 3))
    assert.are.same({ 0, 3 }, { (array.zeros(0, 3) + array.ones(3)):shape() })
  end)

  it("does long arrays, beyond a block, in every layout", function()
    local n = 5000
    local a = array.arange(n)
    local b = a:reverse()
    assert.is_true((a + b):eq(n + 1):all())
    local wide = array.zeros(n, 2)
    wide:column(2):assign(a)
    assert.are.equal(a:sum(), wide:sum())
    assert.is_true((wide:column(2) * 2):eq(a + a):all())
    assert.is_true((wide + { 1, 2 }):column(2):eq(a + 2):all())
    assert.is_true((wide:transpose() * wide:transpose()):row(2):eq(a ^ 2):all())
  end)
end)

describe("arithmetic in place", function()
  it("changes the array and returns it", function()
    local a = array.from { 1, 2, 3 }
    assert.are.equal(a, a:add(1))
    a:multiply { 2, 2, 0 }
    a:subtract(array.ones(3, "int32"))
    a:divide(2)
    same({ 1.5, 2.5, -0.5 }, a)
  end)

  it("reads everything before it writes", function()
    local a = array.arange(6)
    a:slice(2, 6):add(a:slice(1, 5))
    same({ 1, 3, 5, 7, 9, 11 }, a)
    local m = array.from { { 1, 2 }, { 3, 4 } }
    m:add(m:transpose())
    same({ { 2.0, 5.0 }, { 5.0, 8.0 } }, m)
    m:subtract(m[1])
    same({ { 0.0, 0.0 }, { 3.0, 3.0 } }, m)
    local long = array.arange(3000)
    long:assign(long:reverse())
    assert.are.equal(3000, long[1])
    assert.are.equal(1, long[3000])
  end)

  it("refuses results that do not fit", function()
    local a = array.ones(2, "int32")
    assert.are.equal("the result is float64 and does not fit into an array of int32", fails(a.add, a, 0.5))
    assert.are.equal("the result is float64 and does not fit into an array of int32", fails(a.divide, a, 2))
    assert.are.equal("the result has shape 3 x 2 and does not fit into the array, which has shape 2",
      fails(a.add, a, array.ones(3, 2)))
    same({ 1, 1 }, a)
  end)

  it("fills and assigns", function()
    local a = array.zeros(2, "int32")
    same({ 7, 7 }, a:fill(7))
    same({ 1, 2 }, a:assign { 1, 2 })
    same({ 3, -4 }, a:assign(array.from { 3.9, -4.9 }))
    same({ { true } }, array.zeros(1, 1, "bool"):assign(5))
    assert.are.equal("cannot copy an array of shape 3 into one of shape 2", fails(a.assign, a, { 1, 2, 3 }))
    assert.are.equal("an array of int32 cannot hold 1.5", fails(a.fill, a, 1.5))
    assert.matches("number expected, got no value", fails(a.fill, a))
    array.zeros(0):fill(1)
    local big = array.full(math.maxinteger, 3, "int64")
    assert.are.equal(math.maxinteger, big[2])
  end)
end)

describe("masks", function()
  it("come from comparisons", function()
    local a = array.from { 1, 2, 3 }
    same({ true, false, false }, a:lt(2))
    same({ true, true, false }, a:le(2))
    same({ false, false, true }, a:gt(2))
    same({ false, true, true }, a:ge(2))
    same({ false, true, false }, a:eq { 3, 2, 1 })
    same({ true, false, true }, a:ne(array.full(2, 3, "int32")))
    same({ false }, array.from({ nan }):eq(nan))
    same({ true, false }, array.from({ true, false }):eq(true))
    assert.are.equal("bool", a:lt(2):type())
  end)

  it("combine", function()
    local p, q = array.from { true, true, false, false }, array.from { true, false, true, false }
    same({ true, false, false, false }, p & q)
    same({ true, true, true, false }, p | q)
    same({ false, true, true, false }, p ~ q)
    same({ false, false, true, true }, ~p)
    same({ true, false, false, false }, p:both(q))
    same({ true, true, true, false }, p:either(q))
    same({ false, true, true, false }, p:differ(q))
    same({ false, false, true, true }, p:negate())
    same({ true, true, false, false }, p & true)
    assert.are.equal("masks combine bool arrays, but one of these is float64", fails(p.both, p, array.ones(4)))
    assert.are.equal("masks combine with masks or booleans, not with numbers", fails(p.both, p, 1))
  end)

  it("select", function()
    local a = array.from { 1, 2, 3 }
    same({ 1.0, 0.0, 3.0 }, a:where(a:ne(2), 0))
    same({ 1.0, -2.0, 3.0 }, a:where({ true, false, true }, -a))
    same({ 10, 20, 10 }, a:ne(2):select(10, 20))
    same({ { 1.0, 0.0 }, { 1.0, 0.0 } }, array.ones(2, 2):where({ true, false }, 0))
    assert.are.equal("float64", (array.arange(2):where({ true, false }, 0.5)):type())
    assert.are.equal("the mask must be a bool array, not float64", fails(a.where, a, { 1, 0, 1 }, 0))
    assert.matches("cannot select from arrays of shapes 3 and 2", fails(a.where, a, { true, false }, 0))
  end)
end)

describe("mathematics", function()
  it("agrees with Lua's own", function()
    local x = { 0.1, 0.5, 0.9 }
    local a = array.from(x)
    for _, name in ipairs { "exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "abs", "floor", "ceil" } do
      local b = a[name](a)
      for k = 1, 3 do near(math[name](x[k]), b[k], 1e-15) end
    end
    local function check(b, f)
      for k = 1, 3 do near(f(x[k]), b[k], 1e-14) end
    end
    check(a:log(), math.log)
    check(a:log2(), function(v) return math.log(v, 2) end)
    check(a:log10(), function(v) return math.log(v, 10) end)
    check(a:log1p(), function(v) return math.log(1 + v) end)
    check(a:expm1(), function(v) return math.exp(v) - 1 end)
    check(a:sinh(), function(v) return (math.exp(v) - math.exp(-v)) / 2 end)
    check(a:cosh(), function(v) return (math.exp(v) + math.exp(-v)) / 2 end)
    check(a:tanh(), function(v) return 1 - 2 / (math.exp(2 * v) + 1) end)
    check(a:sigmoid(), function(v) return 1 / (1 + math.exp(-v)) end)
    check(a:reciprocal(), function(v) return 1 / v end)
    check(a:square(), function(v) return v * v end)
    check(a:pow(3), function(v) return v ^ 3 end)
    check(a:mod(0.3), function(v) return v % 0.3 end)
    check(a:atan2(-1), function(v) return math.atan(v, -1) end)
  end)

  it("rounds ties to even, and truncates", function()
    same({ 0.0, 2.0, 2.0, -2.0 }, array.from({ 0.5, 1.5, 2.5, -1.5 }):round())
    same({ 1.0, -1.0 }, array.from({ 1.9, -1.9 }):trunc())
    same({ -1, 0, 1 }, array.from({ -5, 0, 5 }, "int32"):sign())
    assert.are.equal(1, array.from({ math.huge }):sign()[1])
  end)

  it("keeps integers where it can", function()
    local a = array.from({ -3, 4 }, "int32")
    assert.are.equal("int32", a:abs():type())
    same({ 3, 4 }, a:abs())
    same({ -3, 4 }, a:floor())
    same({ 9, 16 }, a:square())
    assert.are.equal("float64", a:exp():type())
    assert.are.equal("float32", array.ones(1, "float32"):exp():type())
    same({ -1, 0 }, -array.from { true, false })
  end)

  it("clips", function()
    local a = array.from { -1, 0.5, 2, nan }
    local c = a:clip(0, 1)
    same({ 0.0, 0.5, 1.0 }, c:slice(1, 3))
    assert.is_true(c:isnan()[4])
    same({ 0.0, 0.5, 2.0 }, a:clip(0):slice(1, 3))
    same({ -1.0, 0.5, 1.0 }, a:clip(nil, 1):slice(1, 3))
    same({ 0.0, 0.5, 2.0 }, a:clip(0, math.huge):slice(1, 3))
    same({ 1, 2 }, array.arange(2):clip({ 0, 0 }, { 1, 5 }))
    assert.are.equal("the lower bound 2 lies above the upper bound 1", fails(a.clip, a, 2, 1))
  end)

  it("hands nan on in minimum and maximum", function()
    local a, b = array.from { 1, nan, 3 }, array.from { 2, 2, nan }
    assert.are.equal(1, a:minimum(b)[1])
    assert.are.equal(2, a:maximum(b)[1])
    assert.are.equal(2, a:minimum(b):isnan():count())
    assert.are.equal(2, a:maximum(b):isnan():count())
    same({ false, true, false }, array.from({ 1, nan, math.huge }):isnan())
    same({ true, false, false }, array.from({ 1, nan, math.huge }):isfinite())
  end)

  it("maps a function", function()
    same({ 2.0, 6.0 }, array.from({ 1, 2 }):map(function(x, i) return x + x * i - (i == 1 and 0 or 0) end))
    same({ { 11.0, 12.0 }, { 21.0, 22.0 } }, array.zeros(2, 2):map(function(_, i, j) return 10 * i + j end))
    same({ true }, array.ones(1):map(function(x) return x > 0 end))
  end)
end)

describe("reductions", function()
  local m
  before_each(function() m = array.from { { 1, 2, 3 }, { 4, 5, 9 } } end)

  it("reduce everything or one axis", function()
    assert.are.equal(24, m:sum())
    same({ 5.0, 7.0, 12.0 }, m:sum(1))
    same({ 6.0, 18.0 }, m:sum(2))
    assert.are.equal(4, m:mean())
    same({ 2.5, 3.5, 6.0 }, m:mean(1))
    assert.are.equal(1080, m:prod())
    assert.are.equal(1, m:min())
    assert.are.equal(9, m:max())
    same({ 4.0, 5.0, 9.0 }, m:max(1))
    same({ 1.0, 4.0 }, m:min(2))
    assert.are.equal(6, m:argmax())
    assert.are.equal(1, m:argmin())
    same({ 3, 3 }, m:argmax(2))
    same({ 2, 2, 2 }, m:argmax(1))
    assert.are.equal(3.5, m:median())
    same({ 2.0, 5.0 }, m:median(2))
    assert.are.equal(24, m:norm1())
    near(math.sqrt(136), m:norm2())
    near(40 / 6, m:var())
    near(40 / 5, m:var(nil, 1))
    near(math.sqrt(40 / 6), m:std())
    near(2 / 3, m:var(2)[1])
    assert.are.equal(3, m:gt(3):count())
    same({ true, true, false }, m:lt(6):all(1))
    same({ false, true }, m:gt(3):any(2))
    assert.is_true(m:any())
    assert.is_true(m:all())
  end)

  it("keep integers exact", function()
    local a = array.from({ 2 ^ 53 // 1 | 0, 1, 1 }, "int64")
    assert.are.equal((2 ^ 53 // 1 | 0) + 2, a:sum())
    assert.are.equal("integer", math.type(a:max()))
    assert.are.equal(math.maxinteger, array.from({ 1, math.maxinteger }, "int64"):max())
    assert.are.equal(3, array.from({ true, true, true }):sum())
    assert.are.equal("int64", array.ones(2, 2, "int32"):sum(1):type())
  end)

  it("do not depend on the layout of memory", function()
    local a = array.linspace(0, 1, 60000) ^ 3 / 7
    local wide = array.zeros(60000, 3)
    wide:column(2):assign(a)
    local strided, matrix = wide:column(2), a:reshape(300, 200)
    local transposed = matrix:transpose():copy():transpose()
    for _, name in ipairs { "sum", "mean", "std", "norm1", "norm2" } do
      assert.are.equal(a[name](a), strided[name](strided))
      assert.are.equal(a[name](a), matrix[name](matrix))
      assert.are.equal(a[name](a), transposed[name](transposed))
    end
    assert.are.equal(a:dot(a), strided:dot(a))
    assert.are.equal(matrix:sum(1), transposed:sum(1))
  end)

  it("add in pairs: the error stays small", function()
    local n = 1000003
    near(n * 0.1, array.full(0.1, n):sum(), 1e-9)   -- one after another they would be wrong by 1e-6
    near(0.1, array.full(0.1, n):mean(), 1e-15)
  end)

  it("say what they make of nothing and of nan", function()
    local none = array.zeros(0)
    assert.are.equal(0, none:sum())
    assert.are.equal(1, none:prod())
    assert.is_true(none:all())
    assert.is_false(none:any())
    for _, name in ipairs { "mean", "std", "var", "median" } do
      local x = none[name](none)
      assert.is_true(x ~= x)
    end
    assert.are.equal("an array of no elements has no min", fails(none.min, none))
    assert.are.equal("an array of no elements has no argmax", fails(none.argmax, none))
    assert.are.equal("an array of no elements has no max", fails(none.max, array.zeros(0, 3), 1))
    same({}, array.zeros(0, 3):max(2))
    same({ 0.0, 0.0, 0.0 }, array.zeros(0, 3):sum(1))
    local a = array.from { 1, nan, 0 }
    for _, name in ipairs { "min", "max", "sum", "mean", "median" } do
      local x = a[name](a)
      assert.is_true(x ~= x, name)
    end
    assert.are.equal(2, a:argmax())
    assert.are.equal(2, array.from({ 3, 1, 1 }):argmin())
    local one = array.ones(1):var(nil, 1)
    assert.is_true(one ~= one)
  end)

  it("refuse a wrong axis", function()
    assert.matches("an axis is 1 %(one value a column%) or 2", fails(m.sum, m, 3))
    assert.matches("an axis belongs to a matrix, but the array has shape 4", fails(m.sum, array.ones(4), 1))
  end)

  it("give quantiles", function()
    local a = array.from { 4, 1, 3, 2 }
    assert.are.equal(1, a:quantile(0))
    assert.are.equal(4, a:quantile(1))
    assert.are.equal(2.5, a:quantile(0.5))
    same({ 1.75, 3.25 }, a:quantile { 0.25, 0.75 })
    assert.are.equal(math.huge, array.from({ math.huge, math.huge }):quantile(0.3))
    assert.are.equal("a quantile must lie in 0..1, got 1.5", fails(a.quantile, a, 1.5))
    assert.matches("must lie in 0..1", fails(a.quantile, a, nan))
  end)

  it("correlate", function()
    local a = array.from { 1, 2, 3, 5 }
    near(1, a:corr(a * 3 - 1))
    near(-1, a:corr(-a))
    near(0.9827076298239907, a:corr { 1, 2, 3, 4 }, 1e-15)
    assert.is_true(a:corr { 1, 1, 1, 1 } ~= a:corr { 1, 1, 1, 1 })
    assert.are.equal("cannot correlate arrays of shapes 4 and 2", fails(a.corr, a, { 1, 2 }))
  end)
end)

describe("orders", function()
  it("sort every type, nan last, equal elements in their order", function()
    same({ 1.0, 2.0, 3.0 }, array.from({ 3, 1, 2 }):sort())
    for _, kind in ipairs { "float64", "float32", "int64", "int32" } do
      local a = array.from({ 5, -3, 0, 9, -3 }, kind)
      same({ -3, -3, 0, 5, 9 }, a:sort())
      assert.are.equal(kind, a:sort():type())
      same({ 2, 5, 3, 1, 4 }, a:argsort())
    end
    same({ false, true, true }, array.from({ true, false, true }):sort())
    local odd = array.from({ nan, math.huge, -math.huge, -0.0, 0.0 }):sort()
    assert.are.equal(-math.huge, odd[1])
    assert.are.equal(math.huge, odd[4])
    assert.is_true(odd[5] ~= odd[5])
    same({}, array.zeros(0):sort())
    same({}, array.zeros(0):argsort())
  end)

  it("sort long arrays as table.sort does", function()
    local x, state = {}, 12345
    for k = 1, 3000 do
      state = (state * 1103515245 + 12345) % 2147483648
      x[k] = (state / 2147483648 - 0.5) * 10 ^ (k % 13 - 6)
    end
    local a = array.from(x)
    local order = a:argsort()
    local back = a:slice(#a, 1, -1):sort()
    table.sort(x)
    same(x, a:sort())
    same(x, a[order])
    same(x, back)
    local whole = (a * 100):floor():astype "int64"
    local sorted = whole:sort()
    assert.is_true(sorted:diff():ge(0):all())
    assert.are.equal(whole:sum(), sorted:sum())
    local ranks = whole:argsort()
    local ties = whole[ranks]:diff():eq(0)
    assert.is_true(ranks:diff()[ties]:gt(0):all())
  end)

  it("give different values, differences and running sums", function()
    same({ 1.0, 2.0, 3.0 }, array.from({ 3, 1, 2, 3, 1 }):unique())
    assert.are.equal(2, #array.from({ nan, 1, nan }):unique())
    same({ 0.0 }, array.from({ 0.0, -0.0 }):unique())
    same({ 1, 2 }, array.from({ { 1, 2 }, { 2, 1 } }, "int32"):unique())
    same({}, array.zeros(0):unique())
    same({ 1, 3, 6 }, array.arange(3):cumsum())
    same({ 0.5, 1.0 }, array.full(0.5, 2):cumsum())
    same({ 1.0, -3.0 }, array.from({ 2, 3, 0 }):diff())
    same({}, array.ones(1):diff())
    same({}, array.zeros(0):diff())
    same({ 5, 5 }, array.arange(0, 20, 5):slice(1, 5, 2):diff() // 2)
  end)

  it("count in bins", function()
    local counts, edges = array.from({ 0, 0.5, 1, 1.5, 2 }):histogram(2)
    same({ 2, 3 }, counts)
    same({ 0.0, 1.0, 2.0 }, edges)
    same({ 1, 1 }, (array.from({ 1, 2, 3, nan, -5 }):histogram(2, 1.5, 3.5)))
    same({ 1, 2 }, (array.from({ 1, 2, 4 }):histogram { 0, 2, 4 }))
    same({ 2, 1, 0 }, (array.from({ 1, 5, 99 }):histogram { 0, 10, 100, 1000 }))
    same({ 0, 2 }, (array.from({ 3, 3 }):histogram(2)))
    same({ 0, 0, 0 }, (array.zeros(0):histogram(3)))
    assert.are.equal(10, #(array.ones(5):histogram()))
    assert.matches("must be finite and ascending, got 2 to 1", fails(array.ones(2).histogram, array.ones(2), 3, 2, 1))
    assert.matches("must be finite", fails(array.ones(2).histogram, array.from { math.huge, 1 }))
    assert.matches("the edges of a histogram must ascend", fails(array.ones(2).histogram, array.ones(2), { 0, 2, 1 }))
    assert.matches("at least two numbers", fails(array.ones(2).histogram, array.ones(2), { 0 }))
    assert.matches("number of bins", fails(array.ones(2).histogram, array.ones(2), 0))
  end)

  it("count every element once, right at the edges too", function()
    local a = array.linspace(0, 1, 1001)
    for n = 1, 60 do
      local counts, edges = a:histogram(n)
      assert.are.equal(1001, counts:sum())
      for k = 1, n do
        local inside = a:ge(edges[k]) & (k < n and a:lt(edges[k + 1]) or a:le(edges[k + 1]))
        assert.are.equal(inside:count(), counts[k])
      end
    end
  end)
end)

describe("products", function()
  it("of vectors and matrices", function()
    local a, b = array.from { { 1, 2 }, { 3, 4 }, { 5, 6 } }, array.from { { 1, 0, 2 }, { 0, 1, -1 } }
    assert.are.equal(32, array.from({ 1, 2, 3 }):dot { 4, 5, 6 })
    same({ { 1.0, 2.0, 0.0 }, { 3.0, 4.0, 2.0 }, { 5.0, 6.0, 4.0 } }, a:matmul(b))
    same({ 5.0, 11.0, 17.0 }, a:dot { 1, 2 })
    same({ 22.0, 28.0 }, array.from({ 1, 2, 3 }):dot(a))
    same(a:matmul(b):transpose():table(), b:transpose():matmul(a:transpose()))
    same({ { 3.0, 4.0 }, { 6.0, 8.0 } }, array.from({ 1, 2 }):outer { 3, 4 })
    assert.are.equal("float32", array.ones(2, 2, "float32"):matmul(array.ones(2, 2, "float32")):type())
    assert.are.equal(0, array.zeros(0):dot(array.zeros(0)))
  end)

  it("agree with the sums they stand for", function()
    local a = (array.arange(7 * 9):reshape(7, 9) * 0.37) % 1
    local b = (array.arange(9 * 5):reshape(9, 5) * 0.61) % 1
    local c = a:matmul(b)
    for i = 1, 7 do
      for j = 1, 5 do near(a[i]:dot(b:column(j)), c:get(i, j), 1e-14) end
    end
  end)

  it("name shapes that do not match", function()
    assert.are.equal("cannot multiply matrices of shapes 2 x 3 and 2 x 3", fails(array.ones(2, 3).matmul, array.ones(2, 3), array.ones(2, 3)))
    assert.are.equal("cannot multiply matrices of shapes 3 and 2", fails(array.ones(3).dot, array.ones(3), { 1, 2 }))
    assert.matches("1%-d array expected", fails(array.ones(3).outer, array.ones(3), array.ones(2, 2)))
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
    for n = 100000, 100008 do
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
end)
