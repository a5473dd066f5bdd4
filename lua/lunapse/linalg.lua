--- Linear algebra by LAPACK, `lp.linalg`: systems of equations, factors, eigenvalues, and what statistics makes of them. Names, shapes and results are
--- those of numpy.linalg (and of scipy.linalg where its docstring says so), but for messages and places, which count from 1.
---
--- Matrices are arrays or nested tables of real or complex numbers; what is computed is float64 or complex128. An array of more than two axes is a
--- stack of matrices: everything is done for each, and results are stacks. Values that are not finite are refused. Needs Debian's packages
--- libopenblas-dev and liblapacke-dev when Lunapse is built; they are opened when something of them is first wanted, and use one thread.

local array = require "lunapse.core.array"
local numeric = require "lunapse.core.numeric"
local options = require "lunapse.options"

require "lunapse.array"

local linalg = {}

local EPS = 2.0 ^ -52

-- ---- what is given -----------------------------------------------------------------------------------------------------

local function is_complex(a) return a:type() == "complex128" end

--- The type in which something of these is computed.
local function wide(a, b) return (is_complex(a) or b and is_complex(b)) and "complex128" or "float64" end

local function shape_text(a) return table.concat({ a:shape() }, " x ") end

--- An array of at least `least` axes, its values finite.
local function given(where, name, a, least)
  if type(a) == "number" then a = { a } end
  if not array.is(a) and type(a) ~= "table" then
    options.fail(("%s: %s must be an array or a table of numbers, got %s"):format(where, name, options.show(a)))
  end
  a = array.is(a) and a or array.from(a)
  if a:axes() < least then options.fail(("%s: %s must be a matrix, got shape %s"):format(where, name, shape_text(a))) end
  a = a:astype(wide(a))
  if a:size() > 0 and not a:isfinite():all() then
    local place = {}
    for d, where_in_axis in ipairs { (~a:isfinite()):find() } do place[d] = where_in_axis[1] end
    options.fail(("%s: %s is not finite at [%s]"):format(where, name, table.concat(place, "][")))
  end
  return a
end

local function matrix(where, name, a) return given(where, name, a, 2) end

local function square(where, name, a)
  a = matrix(where, name, a)
  local shape = { a:shape() }
  if shape[#shape] ~= shape[#shape - 1] then options.fail(("%s: %s must be square, got shape %s"):format(where, name, shape_text(a))) end
  return a
end

--- One matrix: no stack.
local function one(where, name, a)
  a = matrix(where, name, a)
  if a:axes() > 2 then options.fail(("%s: one matrix expected, got %s of shape %s"):format(where, name, shape_text(a))) end
  return a
end

--- f(matrix, k) for each of a stack; numbers and arrays that it returns become stacks.
local function stacked(a, f)
  if a:axes() == 2 then return f(a, 1) end
  local shape = { a:shape() }
  local rows, columns, n = shape[#shape - 1], shape[#shape], 1
  local lead = table.move(shape, 1, #shape - 2, 1, {})
  for _, length in ipairs(lead) do n = n * length end
  if n == 0 then options.fail(("a stack of shape %s has no matrices"):format(shape_text(a))) end
  local flat, results = a:reshape(n, rows, columns), {}
  for k = 1, n do
    for i, result in ipairs { f(flat[k], k) } do
      results[i] = results[i] or {}
      results[i][k] = result
    end
  end
  for i, list in ipairs(results) do
    if not array.is(list[1]) then
      results[i] = array.from(list):reshape(lead)
    else
      local type = list[1]:type()   -- some may be complex where others are real
      for _, x in ipairs(list) do type = is_complex(x) and "complex128" or type end
      for k, x in ipairs(list) do list[k] = x:astype(type) end
      local one_each = { list[1]:shape() }
      results[i] = array.stack(list):reshape(table.move(one_each, 1, #one_each, #lead + 1, table.move(lead, 1, #lead, 1, {})))
    end
  end
  return table.unpack(results)
end

--- The conjugate transpose.
local function adjoint(a)
  local order = {}
  for d = 1, a:axes() do order[d] = d end
  order[#order], order[#order - 1] = order[#order - 1], order[#order]
  return (is_complex(a) and a:conj() or a):transpose(order)
end

--- A number in place of an array of one real element.
local function plain(x) return array.is(x) and x:size() == 1 and not is_complex(x) and x:flatten()[1] or x end

local function eye(n, type)
  local a = array.zeros(n, n, type or "float64")
  for i = 1, n do a:set(i, i, 1) end
  return a
end

local function diagonal(v)
  local a = array.zeros(#v, #v, v:type())
  for i = 1, #v do a[i][i] = v[i] end
  return a
end

-- ---- systems of equations ----------------------------------------------------------------------------------------------

--- The factors of a square matrix; an error where a pivot is exactly zero.
local function factors(where, a)
  local lu, rows, zero = numeric.lu(a)
  if zero > 0 then
    options.fail(("%s: the matrix (%s) is singular: pivot %d of its LU factors is zero"):format(where, shape_text(a), zero))
  end
  return lu, rows
end

--- x in a x = b, by LU factors with partial pivoting. numpy.linalg.solve.
--- Errors: "solve: a of shape 3 x 3 and b of shape 4 do not fit"; "solve: the matrix (3 x 3) is singular: pivot 2 of its LU factors is zero".
---@param a ArrayLike  n x n, or a stack of such
---@param b ArrayLike  n, or n x k; of a stack of matrices a stack of either
---@return Array  of the shape of b
function linalg.solve(a, b)
  a, b = square("solve", "a", a), given("solve", "b", b, 1)
  local n = select(a:axes(), a:shape())
  local is_vector = b:axes() == a:axes() - 1
  local wanted, got = { a:shape() }, { b:shape() }
  local fits = is_vector or b:axes() == a:axes()
  for d = 1, a:axes() - 1 do fits = fits and got[d] == wanted[d] end
  if not fits then options.fail(("solve: a of shape %s and b of shape %s do not fit"):format(shape_text(a), shape_text(b))) end
  local type = wide(a, b)
  local right = (is_vector and b:expand() or b):astype(type):reshape(-1, n, is_vector and 1 or got[#got])
  local x = stacked(a:astype(type), function(m, k)
    local lu, rows = factors("solve", m)
    return numeric.lu_solve(lu, rows, right[k])
  end)
  return x:reshape(got)
end

--- The inverse. numpy.linalg.inv. Errors: as `solve`.
---@param a ArrayLike  n x n, or a stack of such
---@return Array
function linalg.inv(a)
  return stacked(square("inv", "a", a), function(m)
    local lu, rows = factors("inv", m)
    return numeric.lu_solve(lu, rows, eye(#m, m:type()))
  end)
end

--- The determinant, by LU factors; 0 of a singular matrix. numpy.linalg.det.
---@param a ArrayLike  n x n, or a stack of such
---@return number|Array  a number, of a complex matrix an array of one element; of a stack an array
function linalg.det(a)
  a = square("det", "a", a)
  local lead = table.move({ a:shape() }, 1, a:axes() - 2, 1, {})
  local det = stacked(a, function(m)
    local lu, rows, zero = numeric.lu(m)
    local product = array.full(zero > 0 and 0 or 1, 1, m:type())
    for i = 1, zero > 0 and 0 or #m do product = product * (rows[i] == i and 1 or -1) * lu[i]:slice(i, i) end
    return product
  end)
  return #lead > 0 and det:reshape(lead) or plain(det)
end

--- What the singular values of a say, for whatever divides by them.
local function by_singular_values(a, b, divisor)
  local u, s, vh = numeric.svd(a, false)
  return adjoint(vh):dot(divisor(s):expand() * adjoint(u):dot(b)), s
end

--- b as a matrix with as many rows as a, and whether it was a vector.
local function right_side(where, a, b)
  b = given(where, "b", b, 1)
  if b:axes() > 2 or #b ~= #a then options.fail(("%s: a of shape %s and b of shape %s do not fit"):format(where, shape_text(a), shape_text(b))) end
  return b:astype(wide(a, b)), b:axes() == 1
end

--- The x of least norm among those that make |a x - b| least, by singular values. numpy.linalg.lstsq.
---@param a ArrayLike  m x n
---@param b ArrayLike  m, or m x k
---@param rcond? number  singular values below rcond times the largest count as zero; 2^-52 max(m, n) if not given
---@return Array x           n, or n x k
---@return Array residuals   sums of squares of a x - b for each column of b; no elements where the rank is less than n or m <= n
---@return integer rank
---@return Array s           singular values of a
function linalg.lstsq(a, b, rcond)
  a = one("lstsq", "a", a)
  local m, n = a:shape()
  local right, is_vector = right_side("lstsq", a, b)
  local column = is_vector and right:expand() or right
  local least = (rcond or EPS * math.max(m, n))
  local rank = 0
  local x, s = by_singular_values(a:astype(wide(a, right)), column, function(s)
    local is_kept = #s > 0 and s:gt(least * s[1]) or s:gt(0)
    rank = is_kept:count()
    return (1 / s):where(is_kept, 0)
  end)
  local residuals = rank == n and m > n and ((a:dot(x) - column):abs() ^ 2):sum(1) or array.zeros(0)
  return is_vector and x:column(1) or x, residuals, rank, s
end

--- Least squares with a penalty on the size of x: (a^H a + alpha 1)^-1 a^H b, by singular values. As scikit-learn's Ridge without an intercept.
---@param a ArrayLike  m x n
---@param b ArrayLike  m, or m x k
---@param alpha number  at least 0
---@return Array  n, or n x k
function linalg.ridge(a, b, alpha)
  a = one("ridge", "a", a)
  options.number("ridge", "alpha", alpha, 0, math.huge)
  local right, is_vector = right_side("ridge", a, b)
  local column = is_vector and right:expand() or right
  local x = by_singular_values(a:astype(wide(a, right)), column, function(s)
    return (s / (s * s + alpha)):where(s:gt(0), 0)
  end)
  return is_vector and x:column(1) or x
end

-- ---- factors -----------------------------------------------------------------------------------------------------------

--- The lower factor L of a = L L^H; the upper triangle of a is not read. numpy.linalg.cholesky.
--- Errors: "cholesky: the matrix (3 x 3) is not positive definite: its leading part of order 2 is not".
---@param a ArrayLike  n x n, Hermitian, or a stack of such
---@return Array
function linalg.cholesky(a)
  return stacked(square("cholesky", "a", a), function(m)
    local lower, bad = numeric.cholesky(m)
    if bad > 0 then
      options.fail(("cholesky: the matrix (%s) is not positive definite: its leading part of order %d is not"):format(shape_text(m), bad))
    end
    return lower
  end)
end

--- a = q r with orthonormal columns in q and an upper triangle r. numpy.linalg.qr.
---@param a ArrayLike  m x n, or a stack of such
---@param mode? "reduced"|"complete"  reduced: q is m x min(m, n) (if not given); complete: q is m x m
---@return Array q
---@return Array r
function linalg.qr(a, mode)
  if mode ~= nil and mode ~= "reduced" and mode ~= "complete" then
    options.fail(("qr: %s"):format(options.unknown("mode", tostring(mode), { "reduced", "complete" })))
  end
  return stacked(matrix("qr", "a", a), function(m) return numeric.qr(m, mode == "complete") end)
end

--- a = u diag(s) vh, singular values descending. numpy.linalg.svd.
---@param a ArrayLike  m x n, or a stack of such
---@param full_matrices? boolean  u is m x m and vh n x n (if not given); false: m x k and k x n, k = min(m, n)
---@return Array u
---@return Array s
---@return Array vh
function linalg.svd(a, full_matrices)
  return stacked(matrix("svd", "a", a), function(m) return numeric.svd(m, full_matrices ~= false) end)
end

-- ---- eigenvalues -------------------------------------------------------------------------------------------------------

--- Eigenvalues and right eigenvectors of a square matrix: a v[:, k] = w[k] v[:, k], each vector of length 1. Real where all values of a real matrix
--- are. numpy.linalg.eig.
---@param a ArrayLike  n x n, or a stack of such
---@return Array values   n
---@return Array vectors  n x n, a column for each value
function linalg.eig(a)
  a = square("eig", "a", a)
  local values, vectors = stacked(a, numeric.eig)
  if not is_complex(a) and values:imag():eq(0):all() then return values:real():copy(), vectors:real():copy() end
  return values, vectors
end

--- Eigenvalues (real, ascending) and orthonormal eigenvectors of a symmetric or Hermitian matrix; its lower triangle is read. numpy.linalg.eigh.
---@param a ArrayLike  n x n, or a stack of such
---@return Array values   float64, n
---@return Array vectors  n x n, a column for each value
function linalg.eigh(a)
  return stacked(square("eigh", "a", a), function(m) return numeric.eigh(m) end)
end

-- ---- functions of a matrix ---------------------------------------------------------------------------------------------

--- The pseudo-inverse of Moore and Penrose, by singular values. numpy.linalg.pinv.
---@param a ArrayLike  m x n, or a stack of such
---@param rcond? number  singular values up to rcond times the largest count as zero; 1e-15 if not given
---@return Array  n x m
function linalg.pinv(a, rcond)
  return stacked(matrix("pinv", "a", a), function(m)
    local u, s, vh = numeric.svd(m, false)
    local is_kept = #s > 0 and s:gt((rcond or 1e-15) * s[1]) or s:gt(0)
    return adjoint(vh):dot((1 / s):where(is_kept, 0):expand() * adjoint(u))
  end)
end

--- Coefficients of the Pade approximant of order 13, and the 1-norm to which it holds (Higham 2005, The scaling and squaring method for the matrix
--- exponential revisited, SIAM J. Matrix Anal. Appl. 26).
local PADE = { 64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640,
  1323241920, 40840800, 960960, 16380, 182, 1 }
local PADE_HOLDS = 5.371920351148152

--- The exponential of a matrix, by scaling, Pade approximant and squaring (Higham 2005). scipy.linalg.expm.
---@param a ArrayLike  n x n, or a stack of such
---@return Array
function linalg.expm(a)
  return stacked(square("expm", "a", a), function(m)
    local n, size = #m, #m > 0 and m:abs():sum(1):max() or 0
    if n == 0 then return m:copy() end
    local n_squares = size > PADE_HOLDS and math.max(0, math.ceil(math.log(size / PADE_HOLDS, 2))) or 0
    local x, b, id = m / 2.0 ^ n_squares, PADE, eye(n, m:type())
    local x2 = x:dot(x)
    local x4 = x2:dot(x2)
    local x6 = x4:dot(x2)
    local odd = x:dot(x6:dot(x6 * b[14] + x4 * b[12] + x2 * b[10]) + x6 * b[8] + x4 * b[6] + x2 * b[4] + id * b[2])
    local even = x6:dot(x6 * b[13] + x4 * b[11] + x2 * b[9]) + x6 * b[7] + x4 * b[5] + x2 * b[3] + id * b[1]
    local lu, rows = factors("expm", even - odd)
    local r = numeric.lu_solve(lu, rows, even + odd)
    for _ = 1, n_squares do r = r:dot(r) end
    return r
  end)
end

local function vector_norm(v, ord)
  local size = v:abs()
  if ord == nil or ord == 2 then return (size * size):sum(-1) ^ 0.5 end
  if ord == math.huge then return size:max(-1) end
  if ord == -math.huge then return size:min(-1) end
  if ord == 0 then return size:gt(0):astype("float64"):sum(-1) end
  return (size ^ ord):sum(-1) ^ (1 / ord)
end

local matrix_norms = {
  fro = function(m) return (m:abs() ^ 2):sum() ^ 0.5 end,
  nuc = function(m) return select(2, numeric.svd(m, false)):sum() end,
  [1] = function(m) return m:abs():sum(1):max() end,
  [-1] = function(m) return m:abs():sum(1):min() end,
  [2] = function(m) return select(2, numeric.svd(m, false)):max() end,
  [-2] = function(m) return select(2, numeric.svd(m, false)):min() end,
  [math.huge] = function(m) return m:abs():sum(2):max() end,
  [-math.huge] = function(m) return m:abs():sum(2):min() end,
}

--- How large a vector or a matrix is. Without `ord` the root of the sum of all squares. Of a vector `ord` is a number p: the p-norm, math.huge and
--- -math.huge the largest and least magnitude, 0 how many are not zero. Of a matrix "fro", "nuc" (sum of the singular values), 1, -1 (largest,
--- least sum of a column), 2, -2 (largest, least singular value), math.huge, -math.huge (largest, least sum of a row). numpy.linalg.norm.
---@param a ArrayLike  of one or two axes; of any number without `ord`, or with `axis`
---@param ord? number|"fro"|"nuc"
---@param axis? integer  the vectors along this axis, one norm each
---@return number|Array
function linalg.norm(a, ord, axis)
  a = given("norm", "a", a, 1)
  if axis ~= nil then
    local n = a:axes()
    local d = math.type(axis) == "integer" and (axis < 0 and n + 1 + axis or axis) or 0
    if d < 1 or d > n then options.fail(("norm: axis %s is out of range: the array has shape %s"):format(tostring(axis), shape_text(a))) end
    local order = {}
    for k = 1, n do order[#order + 1] = k ~= d and k or nil end
    order[#order + 1] = d
    return vector_norm(n > 1 and a:transpose(order) or a, ord)
  end
  if ord == nil then return vector_norm(a:flatten()) end
  if a:axes() == 1 then
    if type(ord) ~= "number" then options.fail(("norm: ord of a vector must be a number, got %s"):format(options.show(ord))) end
    return vector_norm(a, ord)
  end
  local f = matrix_norms[ord]
  if not f then options.fail(("norm: ord %s of a matrix is not known (known: fro, nuc, 1, -1, 2, -2, math.huge, -math.huge)"):format(options.show(ord))) end
  return f(one("norm", "a", a))
end

--- How many singular values are above `tol`. numpy.linalg.matrix_rank.
---@param a ArrayLike  m x n, or a stack of such
---@param tol? number  2^-52 max(m, n) times the largest singular value if not given
---@return integer|Array
function linalg.rank(a, tol)
  a = matrix("rank", "a", a)
  local rank = stacked(a, function(m)
    local s = select(2, numeric.svd(m, false))
    local rows, columns = m:shape()
    return #s == 0 and 0 or s:gt(tol or EPS * math.max(rows, columns) * s:max()):count()
  end)
  return array.is(rank) and rank:astype "int64" or rank
end

-- ---- products ----------------------------------------------------------------------------------------------------------

--- The matrix product: of vectors a number (of complex ones an array of one element), of matrices a matrix, of stacks of matrices a stack, whose
--- leading axes broadcast. numpy.matmul.
---@param a ArrayLike  @param b ArrayLike
---@return Array|number
function linalg.matmul(a, b)
  a, b = array.is(a) and a or array.from(a), array.is(b) and b or array.from(b)
  if a:axes() <= 2 and b:axes() <= 2 then return a:dot(b) end
  local is_row, is_column = a:axes() == 1, b:axes() == 1
  local left, right = is_row and a:expand(1) or a, is_column and b:expand() or b
  local sa, sb = { left:shape() }, { right:shape() }
  local inner, n_lead = sa[#sa] == sb[#sb - 1], math.max(#sa, #sb) - 2
  local lead, n = {}, 1
  for d = 1, n_lead do   -- counted from the last
    local x, y = sa[#sa - 1 - d] or 1, sb[#sb - 1 - d] or 1
    inner = inner and (x == y or x == 1 or y == 1)
    lead[n_lead + 1 - d] = x == 1 and y or x
    n = n * lead[n_lead + 1 - d]
  end
  if not inner then options.fail(("matmul: cannot multiply matrices of shapes %s and %s"):format(shape_text(a), shape_text(b))) end
  local function spread(m, s)   -- a full stack, its leading axes in one
    local shape = table.move(s, #s - 1, #s, n_lead + 1, table.move(lead, 1, n_lead, 1, {}))
    local full = array.new(m:type(), shape)
    full:assign(m)
    return full:reshape(n, s[#s - 1], s[#s])
  end
  local x, y, parts = spread(left, sa), spread(right, sb), {}
  for k = 1, n do parts[k] = x[k]:dot(y[k]) end
  local shape = table.move(lead, 1, n_lead, 1, {})
  if not is_row then shape[#shape + 1] = sa[#sa - 1] end
  if not is_column then shape[#shape + 1] = sb[#sb] end
  return array.stack(parts):reshape(shape)
end

--- Each element of a with each of b, flattened. numpy.outer.
---@param a ArrayLike  @param b ArrayLike
---@return Array  size of a x size of b
function linalg.outer(a, b) return given("outer", "a", a, 1):flatten():outer(given("outer", "b", b, 1):flatten()) end

--- The product of Kronecker: b in the place of each element of a, times it. numpy.kron of matrices and vectors.
---@param a ArrayLike  @param b ArrayLike  of one or two axes
---@return Array
function linalg.kron(a, b)
  a, b = given("kron", "a", a, 1), given("kron", "b", b, 1)
  if a:axes() > 2 or b:axes() > 2 then options.fail(("kron: vectors and matrices expected, got shapes %s and %s"):format(shape_text(a), shape_text(b))) end
  local is_flat = a:axes() == 1 and b:axes() == 1
  a, b = a:axes() == 1 and a:expand(1) or a, b:axes() == 1 and b:expand(1) or b
  local m, n = a:shape()
  local p, q = b:shape()
  local product = a:reshape(m, 1, n, 1) * b:reshape(1, p, 1, q)
  return is_flat and product:reshape(n * q) or product:reshape(m * p, n * q)
end

-- ---- statistics --------------------------------------------------------------------------------------------------------

--- Variables as rows: what the two functions below are given.
local function variables(where, x, y, opt)
  opt = options.check(where, opt or {}, { rowvar = "boolean", ddof = "number" })
  local function rows(name, a)
    a = given(where, name, a, 1)
    if a:axes() > 2 then options.fail(("%s: %s must be a vector or a matrix, got shape %s"):format(where, name, shape_text(a))) end
    return a:axes() == 1 and a:expand(1) or opt.rowvar == false and a:transpose() or a
  end
  x = rows("x", x)
  if y ~= nil then
    local other = rows("y", y)
    if select(2, other:shape()) ~= select(2, x:shape()) then
      options.fail(("%s: x and y have %d and %d observations"):format(where, select(2, x:shape()), (select(2, other:shape()))))
    end
    x = x:join(other)
  end
  return x, opt.ddof or 1
end

--- Covariances of variables (rows) over observations (columns). numpy.cov.
---@param x ArrayLike  variables x observations, or the observations of one
---@param y? ArrayLike  further variables  @param opt? { rowvar?: boolean, ddof?: number }  rowvar = false: variables are columns; ddof: 1 if not given
---@return Array|number  variables x variables; of one variable a number
function linalg.cov(x, y, opt)
  local rows, ddof = variables("cov", x, y, opt)
  local n = select(2, rows:shape())
  local centred = rows - rows:mean(2):expand()
  return plain(centred:dot(adjoint(centred)) / (n - ddof))
end

--- Pearson's correlations of variables (rows); NaN of a constant one. numpy.corrcoef.
---@param x ArrayLike  variables x observations
---@param y? ArrayLike  further variables  @param opt? { rowvar?: boolean }
---@return Array|number  variables x variables; of one variable 1
function linalg.corrcoef(x, y, opt)
  local c = linalg.cov(x, y, opt)
  if not array.is(c) then return c / c end
  local diagonal_of = array.zeros(#c)
  for i = 1, #c do diagonal_of[i] = (c:get(i, i)) end
  local scale = diagonal_of:sqrt()
  local r = c / scale:expand() / scale
  return is_complex(r) and r or r:clip(-1, 1)
end

---@class Pca
---@field mean Array        of each variable
---@field components Array  k x variables: orthonormal rows, the one of most variance first, the largest magnitude of each positive
---@field variance Array    k: along each component, over n - 1
---@field ratio Array       k: its share in all variance
---@field scores Array      observations x k: what is left of the mean, along the components

--- Principal components: the directions in which observations (rows) vary most, by the singular values of what is left when the mean is taken away.
--- As scikit-learn's PCA, but for its signs.
---@param x ArrayLike  observations x variables, at least two of them
---@param k? integer  how many components; all if not given
---@return Pca
function linalg.pca(x, k)
  x = one("pca", "x", x)
  local n, p = x:shape()
  if n < 2 or is_complex(x) then options.fail(("pca: at least two observations of real numbers expected, got %s of shape %s"):format(x:type(), shape_text(x))) end
  local most = math.min(n, p)
  k = k or most
  options.whole("pca", "the number of components", k, 1)
  if k > most then options.fail(("pca: %d components of an array of shape %s, which has %d at most"):format(k, shape_text(x), most)) end
  local mean = x:mean(1)
  local centred = x - mean
  local _, s, vh = numeric.svd(centred, false)
  local components, variance = vh:rows(1, k):copy(), s * s / (n - 1)
  for i = 1, k do
    local row = components[i]
    if row[row:abs():argmax()] < 0 then components[i] = -row end
  end
  return { mean = mean, components = components, variance = variance:slice(1, k):copy(), ratio = variance:slice(1, k) / variance:sum(),
    scores = centred:dot(components:transpose()) }
end

--- The unit matrix. numpy.eye.
---@param n integer
---@return Array  float64, n x n
function linalg.eye(n)
  options.whole("eye", "n", n, 0)
  return eye(n)
end

--- A matrix with these numbers on its diagonal, else zeros; of a matrix what stands there. numpy.diag.
---@param a ArrayLike
---@return Array
function linalg.diag(a)
  a = array.is(a) and a or array.from(a)
  if a:axes() == 1 then return diagonal(a) end
  local n = math.min(#a, (select(2, a:shape())))
  local v = array.new(a:type(), n)
  for i = 1, n do v[i] = a[i][i] end
  return v
end

--- The sum of the diagonal. numpy.trace.
---@param a ArrayLike  a matrix
---@return number|Array
function linalg.trace(a) return linalg.diag(one("trace", "a", a)):sum() end

return setmetatable(linalg, { __index = function(_, name) return options.missing("lp.linalg", name, options.methods { linalg }) end })
