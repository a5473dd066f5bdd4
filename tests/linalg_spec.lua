--- lp.linalg against numpy and scipy (tests/numeric/make.py, of which this is the other half), its errors, and complex arrays.
local lp = require "lunapse"
local array, linalg = lp.array, lp.linalg
local compare = require "tests.compare"
local reference = require "tests.numeric.reference"
local near = compare.within

--- `f(...)` raises, and its message holds `text`.
local function fails(text, f, ...)
  local message = compare.fails(f, ...)
  assert.is_truthy(message:find(text, 1, true), message)
end

local function square(d)
  local n = d:whole(1, 8)
  return d:numbers(n, n)
end

local function any_matrix(d)
  local m, n = d:whole(1, 8), d:whole(1, 8)
  return d:numbers(m, n)
end

local function adjoint(a) return a:conj():transpose() end

local function condition(a)
  local s = select(2, linalg.svd(a))
  return s:max() / s:min()
end

local function shape(a) return array.from { a:shape() } end

local cases = {
  solve = function(d)
    local a = square(d)
    local k = d:whole(0, 3)
    return { linalg.solve(a, k == 0 and d:reals(#a) or d:numbers(#a, k)) }, condition(a)
  end,
  inv = function(d)
    local a = square(d)
    return { linalg.inv(a) }, condition(a)
  end,
  det = function(d)
    local a = square(d)
    return { linalg.det(a) }, condition(a)
  end,
  stack = function(d)
    local s, n = d:whole(1, 4), d:whole(1, 5)
    local a = d:reals(s, n, n)
    local worst = 0
    for i = 1, s do worst = math.max(worst, condition(a[i])) end
    return { linalg.inv(a), linalg.det(a), linalg.solve(a, d:reals(s, n, 2)) }, worst
  end,
  lstsq = function(d)
    local a = any_matrix(d)
    return { (linalg.lstsq(a, d:reals(#a))) }, condition(a) ^ 2
  end,
  ridge = function(d)
    local a = any_matrix(d)
    local b, alpha = d:reals(#a, 2), d() + 0.1
    return { linalg.ridge(a, b, alpha) }, 1000
  end,
  cholesky = function(d)
    local a = square(d)
    a = a:dot(adjoint(a)) + linalg.eye(#a)
    return { linalg.cholesky(a) }, condition(a)
  end,
  qr = function(d)
    local a = any_matrix(d)
    local q, r = linalg.qr(a, d() > 0.5 and "complete" or "reduced")
    local _, n = q:shape()
    assert.is_true((adjoint(q):dot(q) - linalg.eye(n)):abs():max() < 1e-13)
    return { r:abs(), q:dot(r), shape(q) }, condition(a)
  end,
  svd = function(d)
    local a = any_matrix(d)
    local u, s, vh = linalg.svd(a, d() > 0.5)
    local k = #s
    assert.is_true(((u:columns(1, k) * s):dot(vh:rows(1, k)) - a):abs():max() < 1e-13)
    return { s, shape(u), shape(vh) }
  end,
  eig = function(d)
    local a = square(d)
    local w, v = linalg.eig(a)
    assert.is_true((a:dot(v) - v * w):abs():max() < 1e-12)
    return { w:sum(), w:abs():sum(), (w:real() ^ 2):sum(), w:type() == "complex128" }, 1e5
  end,
  eigh = function(d)
    local a = square(d)
    a = a + adjoint(a)
    local w, v = linalg.eigh(a)
    assert.is_true((adjoint(v):dot(v) - linalg.eye(#a)):abs():max() < 1e-13)
    return { w, (v * w):dot(adjoint(v)) }
  end,
  pinv = function(d)
    local a = any_matrix(d)
    return { linalg.pinv(a) }, condition(a)
  end,
  expm = function(d)
    local a = square(d)
    return { linalg.expm(a * 10 ^ (2 * d() - 1)) }, 1e5
  end,
  norm = function(d)
    local a = any_matrix(d)
    local results = { linalg.norm(a) }
    for _, ord in ipairs { "fro", "nuc", 1, -1, 2, -2, math.huge, -math.huge } do results[#results + 1] = linalg.norm(a, ord) end
    for _, ord in ipairs { 1, 2, 3, 0, math.huge, -math.huge } do results[#results + 1] = linalg.norm(a[1], ord) end
    results[#results + 1] = linalg.norm(a, nil, 1)
    return results
  end,
  rank = function(d)
    local m, k, n = d:whole(1, 6), d:whole(1, 6), d:whole(1, 6)
    return { linalg.rank(d:reals(m, k):dot(d:reals(k, n))) }
  end,
  matmul = function(d)
    local m, k, n, s = d:whole(1, 60), d:whole(1, 60), d:whole(1, 60), d:whole(0, 2)
    if s == 0 then return { linalg.matmul(d:numbers(m, k), d:reals(k, n)) } end
    if s == 1 then return { linalg.matmul(d:reals(k), d:numbers(n, k):transpose()) } end
    return { linalg.matmul(d:reals(3, 1, m, 4), d:reals(2, 4, 3)) }
  end,
  outer_kron = function(d)
    local a, b = any_matrix(d), any_matrix(d)
    return { linalg.outer(a, b), linalg.kron(a, b), linalg.kron(a[1], b[1]) }
  end,
  cov = function(d)
    local m, n = d:whole(1, 6), d:whole(3, 20)
    local x = d:numbers(m, n)
    return { linalg.cov(x), linalg.cov(x, nil, { ddof = 0 }), linalg.cov(x:transpose(), nil, { rowvar = false }), linalg.cov(x, d:reals(2, n)), linalg.corrcoef(x) }
  end,
  pca = function(d)
    local n, p = d:whole(3, 20), d:whole(1, 6)
    local x = d:reals(n, p)
    local found = linalg.pca(x)
    local c = found.components
    assert.is_true((c:dot(c:transpose()) - linalg.eye(#c)):abs():max() < 1e-13)
    assert.is_true((found.scores:dot(c) + found.mean - x):abs():max() < 1e-13)
    return { found.mean, found.variance, (found.scores ^ 2):sum(), found.ratio }
  end,
}

describe("linalg has numpy's values:", function()
  for name, f in pairs(cases) do
    it(name, function() reference.compare(name, f) end)
  end
end)

describe("linalg", function()
  it("says which pivot, which shapes, which place", function()
    fails("solve: the matrix (3 x 3) is singular: pivot 2 of its LU factors is zero", linalg.solve, { { 1, 2, 3 }, { 2, 4, 5 }, { 3, 6, 9 } }, { 1, 2, 3 })
    fails("inv: the matrix (2 x 2) is singular: pivot 2 of its LU factors is zero", linalg.inv, { { 1, 2 }, { 2, 4 } })
    assert.equal(0, linalg.det { { 1, 2 }, { 2, 4 } })
    fails("solve: a of shape 2 x 2 and b of shape 3 do not fit", linalg.solve, { { 1, 0 }, { 0, 1 } }, { 1, 2, 3 })
    fails("lstsq: a of shape 2 x 2 and b of shape 3 do not fit", linalg.lstsq, { { 1, 0 }, { 0, 1 } }, { 1, 2, 3 })
    fails("inv: a must be square, got shape 2 x 3", linalg.inv, array.ones(2, 3))
    fails("eig: a must be a matrix, got shape 3", linalg.eig, { 1, 2, 3 })
    fails("eigh: a is not finite at [2][1]", linalg.eigh, { { 1, 2 }, { 0 / 0, 1 } })
    fails("its leading part of order 2 is not", linalg.cholesky, { { 1, 2 }, { 2, 1 } })
    fails("qr: unknown mode 'full' (known: complete, reduced)", linalg.qr, { { 1 } }, "full")
    fails("pca: 3 components of an array of shape 4 x 2, which has 2 at most", linalg.pca, array.ones(4, 2), 3)
    fails("cov: unknown option 'dof': did you mean 'ddof'?", linalg.cov, array.ones(2, 3), nil, { dof = 1 })
    fails("did you mean 'solve'?", function() return linalg.slove end)
    fails("cannot multiply matrices of shapes 200 x 300 and 200 x 300", linalg.matmul, array.ones(200, 300), array.ones(200, 300))
  end)

  it("multiplies large matrices of all types and layouts as small ones", function()
    local d = reference.draw("layouts", 1)
    local a, b, z = d:reals(70, 50), d:reals(50, 60), array.complex(d:reals(50, 60), d:reals(50, 60))
    local plain = array.zeros(70, 60)
    for i = 1, 70 do for j = 1, 60 do plain[i][j] = a[i]:dot(b:column(j):copy()) end end
    for _, x in ipairs { a, a:transpose():copy():transpose(), array.stack({ a, a }, 3):at(2, 3), a:reverse():copy():reverse() } do
      for _, y in ipairs { b, b:transpose():copy():transpose(), array.stack({ b, b }, 3):at(1, 3) } do
        assert.is_true((x:dot(y) - plain):abs():max() < 1e-13)
      end
    end
    assert.is_true((a:dot(z):real() - a:dot(z:real())):abs():max() < 1e-13)
    assert.is_true((a:dot(z):imag() - a:dot(z:imag())):abs():max() < 1e-13)
    assert.equal("float32", a:astype "float32":dot(b:astype "float32"):type())
    -- with a vector on either side, of matrices that lie in either order, or in steps
    local wide, x, y = d:reals(300, 500), d:reals(500), d:reals(300)
    local right, left = (wide * x):sum(2), (wide * y:reshape(300, 1)):sum(1)
    for _, w in ipairs { wide, wide:transpose():copy():transpose(), array.stack({ wide, wide }, 3):at(1, 3) } do
      assert.is_true((w:dot(x) - right):abs():max() < 1e-12 and (y:dot(w) - left):abs():max() < 1e-12)
      assert.is_true((w:transpose():dot(y) - left):abs():max() < 1e-12 and (x:dot(w:transpose()) - right):abs():max() < 1e-12)
      assert.is_true((w:dot(x:reshape(500, 1)) - right:reshape(300, 1)):abs():max() < 1e-12 and (y:reshape(1, 300):dot(w) - left):abs():max() < 1e-12)
    end
    assert.same({ 1, 500 }, { y:reshape(1, 300):dot(wide):shape() })
    assert.equal("float32", wide:astype "float32":dot(x:astype "float32"):type())
    assert.is_true((array.ones(300):dot(array.ones(300, 400)) - 300):abs():max() == 0)
    assert.is_true((array.ones(400, 300):dot(array.ones(300)) - 300):abs():max() == 0)
  end)

  it("takes tables, and leaves what it was given alone", function()
    local a = array.from { { 4, 1 }, { 1, 3 } }
    local before = a:copy()
    for _, name in ipairs { "inv", "det", "cholesky", "qr", "eig", "eigh", "svd", "pinv", "expm", "rank" } do linalg[name](a) end
    linalg.solve(a, a)
    assert.is_true(a == before)
    near(0, (linalg.inv { { 2, 0 }, { 0, 4 } } - { { 0.5, 0 }, { 0, 0.25 } }):abs():max(), 1e-16)
  end)

  it("starts no thread", function()
    linalg.matmul(array.ones(300, 300), array.ones(300, 300))
    assert.equal(1, #require("lunapse.core.host").list_folder "/proc/self/task")
  end)
end)

describe("a complex array", function()
  local z = array.complex({ 1, 2, 3 }, { 0, -1, 0.5 })

  it("has parts, which are views", function()
    local c = z:copy()
    c:imag()[1] = 7
    local re, im = c:get(1)
    assert.equal(1, re) assert.equal(7, im)
    c:set(2, 5, 6)
    c[3] = c[2]
    assert.is_true(c == array.complex({ 1, 5, 5 }, { 7, 6, 6 }))
    assert.equal("complex128", c[2]:type())
    c:real():assign { 1, 2, 3 }
    assert.is_true(c:real() == array.from { 1, 2, 3 })
    assert.is_true(array.from { 1, 2 }:imag() == array.zeros(2))
  end)

  it("computes", function()
    local function same(a, b) assert.is_true((a - b):abs():max() < 1e-14) end
    same(z * z, array.complex({ 1, 3, 8.75 }, { 0, -4, 3 }))
    same(z / z, array.ones(3))
    same(z * z:conj(), z:abs() ^ 2)
    same(z:abs() * (z:arg() * array.complex(0, 1)):exp(), z)
    same(z:sqrt() ^ 2, z)
    same(z:log():exp(), z)
    same(z:sin() ^ 2 + z:cos() ^ 2, array.ones(3))
    same(z:sum(), array.complex(6, -0.5))
    same(z:mean(), array.complex(2, -0.5 / 3))
    same(z:cumsum():diff(), z:slice(2))
    same(2 - z, array.complex({ 1, 0, -1 }, { 0, 1, -0.5 }))
    same(z:dot(z), (z * z):sum())
    assert.is_true(z:reshape(3, 1):transpose():copy():flatten() == z)
    assert.is_true(z[{ 3, 1 }] == array.complex({ 3, 1 }, { 0.5, 0 }))
    assert.is_true(z[z:abs():gt(2)] == z:slice(2))
    assert.is_true(z:ne(z:conj()) == array.from { false, true, true })
    assert.equal(3, z:count())
    near(1 + 5 + 9.25, z:norm2() ^ 2, 1e-12)
  end)

  it("prints", function()
    assert.equal("array complex128 [3]  1+0i  2-1i  3+0.5i\n  mean 2-0.166667i, abs 1 .. 3.04138  ▁▅█", tostring(z))
  end)

  it("is not made real in silence", function()
    local lost = "complex numbers do not fit into float64: take their real, imag, abs or arg"
    fails(lost, z.astype, z, "float64")
    fails(lost, z.histogram, z)
    fails(lost, z.sort, z)
    fails(lost, array.zeros(3).assign, array.zeros(3), z)
    fails(lost, lp.write, os.tmpname() .. ".csv", z)
    fails("complex numbers have no order: compare their abs, real or imag", z.lt, z, 2)
    fails("max has no meaning for complex numbers (see real, imag, abs, arg)", z.max, z)
    fails("floor has no meaning for complex numbers (see real, imag, abs, arg)", z.floor, z)
    fails("the result is complex128 and does not fit into an array of float64", array.zeros(3).add, array.zeros(3), z)
    local net = lp.network {}
    local cells = net:population { size = 3, neuron = lp.models.LIF }
    fails(lost, function() cells.v = z end)
    fails(lost, function() lp.figure()[1]:line(z, z) end)
  end)

  it("goes to files and back", function()
    local name = os.tmpname()
    for _, ending in ipairs { ".npy", ".h5" } do
      local m = array.stack { z, z * 2 }
      lp.write(name .. ending, ending == ".h5" and { z = m } or m)
      local back = lp.read(name .. ending)
      assert.is_true((ending == ".h5" and back.z or back) == m)
      os.remove(name .. ending)
    end
    os.remove(name)
  end)
end)
