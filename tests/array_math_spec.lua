--- What is computed from arrays: arithmetic, masks, mathematics, reductions, orders, products.
local array = require "lunapse.array"
local compare = require "tests.compare"
local numeric = require "tests.numeric.reference"
local fails, same, near = compare.fails, compare.same, compare.within

local nan = 0 / 0
local types = { "float64", "float32", "int64", "int32", "bool" }

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
    assert.matches("array_math_spec.lua:%d+:", message)
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

  it("numbers that are none have no sign, nor has 0 where it is shown", function()
    local none = array.from({ 0, 1 }) / array.from({ 0, 1 })
    for _, x in ipairs { none:mean(), none[1], none:get(1), none:quantile(0.5), none:dot(none), none:corr(none), (-none):sum(), (-none)[1] } do assert.equal("nan", tostring(x)) end
    assert.equal("array float64 [2]  0  nan", tostring(array.from({ -0.0, 0 / 0 })):match "^[^\n]*nan")
  end)

  it("erf and erfc, in arrays and in equations of both tiers", function()
    -- Abramowitz & Stegun (1964), tables 7.1 and 7.3, with more digits by mpmath.
    local x = { -2, -0.3, 0, 0.5, 1, 3, 5 }
    local erf = { -0.99532226501895273, -0.32862675945912743, 0, 0.52049987781304654, 0.84270079294971487, 0.99997790950300141, 0.99999999999846254 }
    local erfc = { 1.9953222650189527, 1.3286267594591274, 1, 0.47950012218695346, 0.15729920705028513, 2.2090496998585441e-5, 1.5374597944280349e-12 }
    local function check(a, wanted, what)
      for k, y in ipairs(wanted) do assert.is_true(math.abs(a[k] - y) <= 2e-15 * math.abs(y), what .. x[k]) end
    end
    check(array.from(x):erf(), erf, "array erf ")
    check(array.from(x):erfc(), erfc, "array erfc ")
    local rows = require("lunapse.language.base.functions").rows
    local lp, before = require "lunapse", nil
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, tier = tier }
      local cells = net:population { size = #x, neuron = lp.neuron { parameters = { x = 0 }, equations = "e = erf(x)\nc = erfc(x)" }, parameters = { x = x } }
      net:run(1)
      check(cells.e, erf, "erf ")
      check(cells.c, erfc, "erfc ")
      if before then assert.is_true(cells.e == before.e and cells.c == before.c) end
      before = { e = cells.e:copy(), c = cells.c:copy() }
    end
    for k, v in ipairs(x) do
      assert.is_true(math.abs(rows.erf.eval(v) - erf[k]) < 1e-15 and math.abs(rows.erfc.eval(v) / erfc[k] - 1) < 1e-14)
    end
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
    for _, axis in ipairs { 3, 0, -3 } do
      assert.matches(("axis %d is out of range: the array has shape 2 x 3"):format(axis), fails(m.sum, m, axis), 1, true)
    end
    assert.matches("axis 2 is out of range: the array has shape 4", fails(m.sum, array.ones(4), 2))
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

  it("of matrices add in the order of what is gone through, whatever the shape", function()
    for _, shape in ipairs { { 1, 1, 1 }, { 1, 5, 8 }, { 4, 3, 8 }, { 5, 7, 17 }, { 9, 1, 3 }, { 3, 0, 9 }, { 8, 33, 24 }, { 6, 64, 31 }, { 12, 12, 12 } } do
      local m, inner, n = table.unpack(shape)
      local a = ((array.arange(m * inner):reshape(m, inner) * 0.37) % 1 - 0.5) / 3
      local b = ((array.arange(inner * n):reshape(inner, n) * 0.61) % 1 - 0.5) * 7
      local wanted = array.zeros(m, n)
      for k = 1, inner do wanted = wanted + a:column(k):outer(b[k]) end
      assert.is_true(a:matmul(b) == wanted)
      assert.is_true(a:transpose():copy():transpose():matmul(b:transpose():copy():transpose()) == wanted)
      assert.is_true(a:matmul(b:astype "float32"):astype "float32" == a:matmul(b:astype "float32":astype "float64"):astype "float32")
      if inner > 0 then
        for i = 1, m do assert.is_true(a[i]:matmul(b) == wanted[i]) end
        for j = 1, n do assert.is_true(a:matmul(b:column(j))[m] == a[m]:dot(b:column(j))) end
      end
    end
  end)

  it("name shapes that do not match", function()
    assert.are.equal("cannot multiply matrices of shapes 2 x 3 and 2 x 3", fails(array.ones(2, 3).matmul, array.ones(2, 3), array.ones(2, 3)))
    assert.are.equal("cannot multiply matrices of shapes 3 and 2", fails(array.ones(3).dot, array.ones(3), { 1, 2 }))
    assert.matches("1%-d array expected", fails(array.ones(3).outer, array.ones(3), array.ones(2, 2)))
  end)
end)

describe("what is nan over nothing but nan", function()
  it("is written without a sign", function()
    local a = array.from { nan, -nan }
    for _, name in ipairs { "nanmean", "nanvar", "nanstd", "nanmin", "nanmax", "nanmedian" } do assert.are.equal("nan", tostring(a[name](a)), name) end
    assert.are.equal("nan", tostring(a:nanquantile(0.5)))
  end)
end)

-- ---- against numpy ----

--- An array of one to three axes, and one of them.
local function lines(d)
  local shape = {}
  for k = 1, d:whole(1, 3) do shape[k] = d:whole(1, 5) end
  return d:reals(table.unpack(shape)), d:whole(1, #shape)
end

local cases = {
  gaps = function(d)
    local a, axis = lines(d)
    a[d:reals(a:shape()):gt(0.2)] = nan
    local results = { a:nansum(axis), a:nanprod(axis), a:nanmean(axis), a:nanvar(axis), a:nanstd(axis, 1), a:nanmin(axis), a:nanmax(axis), a:nanmedian(axis),
      a:nanquantile({ 0.1, 0.6, 1 }, axis), a:nanmean(), a:nanmedian(), a:nanvar() }
    for k, r in ipairs(results) do
      r = array.is(r) and r or array.from { r }
      results[k] = r:where(~r:isnan(), 7)
    end
    return results
  end,
  windows = function(d)
    local a, axis = lines(d)
    local shape = { a:shape() }
    local w = a:windows(d:whole(1, shape[axis]), axis)
    return { w:mean(-1), w:median(-1), w:std(-1), w:max(-1) }
  end,
  cumulative = function(d)
    local a, axis = lines(d)
    return { a:cumsum(axis), a:cumprod(axis), a:cummin(axis), a:cummax(axis) }
  end,
}

describe("arrays have the values of numpy:", function()
  for name, f in pairs(cases) do
    it(name, function() numeric.compare(name, f) end)
  end
end)

describe("windows", function()
  it("are views that cannot be written, and copies that can", function()
    local a = array.from { 1, 2, 4, 8 }
    local w = a:windows(2)
    a[2] = 3
    same({ { 1, 3 }, { 3, 4 }, { 4, 8 } }, w)
    assert.matches("these windows share elements, so that writing one would change others: take a copy%(%)", fails(w.fill, w, 0))
    assert.matches("these windows share elements", fails(function() w[1] = { 0, 0 } end))
    local c = w:copy()
    c:fill(0)
    same({ 1, 3, 4, 8 }, a)
    assert.matches("windows of 1 to 4 elements expected, got 5", fails(a.windows, a, 5))
    a:windows(1):fill(2)
    same({ 2, 2, 2, 2 }, a)
  end)
end)

describe("rows and columns", function()
  it("are put together", function()
    same({ { 1, 2 }, { 3, 4 }, { 5, 6 } }, array.vstack { { 1, 2 }, { { 3, 4 }, { 5, 6 } } })
    same({ 1, 2, 3 }, array.hstack { { 1, 2 }, { 3 } })
    same({ { 1, 2, 5 }, { 3, 4, 6 } }, array.hstack { { { 1, 2 }, { 3, 4 } }, { { 5 }, { 6 } } })
  end)

  it("are not made of one number", function()
    for _, name in ipairs { "vstack", "hstack" } do assert.matches(name .. ": a list of arrays expected, got 3", fails(array[name], 3)) end
  end)

  it("are put in random order", function()
    local lp = require "lunapse"
    local p = lp.permutation(1000, 3)
    assert.is_true(p:sort() == array.arange(1000))
    assert.is_true(p == lp.permutation(1000, 3))
    assert.is_true(math.abs(p:corr(array.arange(1000))) < 0.15 and math.abs(p:corr(lp.permutation(1000, 4))) < 0.15)
    local rows = lp.permutation({ { 1, 10 }, { 2, 20 }, { 3, 30 } }, 2)
    assert.is_true(rows:column(1) * 10 == rows:column(2):copy())
    assert.matches("permutation: a number of elements or a list expected, got %-1", fails(lp.permutation, -1))
  end)
end)
