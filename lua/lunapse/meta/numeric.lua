---@meta
--- Types for editors, and the reference of the C module `lunapse.core.numeric`. What users call is `lp.linalg` and `lp.signal`, which check; here
--- matrices are float64 or complex128, of shapes that fit.

local numeric = {}

--- The product of matrices and vectors; by BLAS where that pays.
---@param a Array  @param b Array
---@return Array
function numeric.product(a, b) end

--- a = P L U.
---@param a Array  m x n
---@return Array factors   both in one matrix
---@return Array rows      int64, the row with which row k was exchanged
---@return integer zero    the first pivot that is exactly zero; 0: none
function numeric.lu(a) end

--- x in a x = b.
---@param factors Array  @param rows Array  of numeric.lu
---@param b Array  n x k, of the type of the factors
---@return Array  n x k
function numeric.lu_solve(factors, rows, b) end

--- The lower factor of a = L L^H.
---@param a Array  n x n
---@return Array lower
---@return integer bad  the order of the leading part that is not positive definite; 0: none
function numeric.cholesky(a) end

--- a = q r.
---@param a Array  m x n  @param is_complete boolean  q is square
---@return Array q
---@return Array r
function numeric.qr(a, is_complete) end

--- Eigenvalues and right eigenvectors, complex128.
---@param a Array  n x n
---@return Array values
---@return Array vectors  columns
function numeric.eig(a) end

--- Eigenvalues (float64, ascending) and eigenvectors of a Hermitian matrix, of which the lower triangle is read.
---@param a Array  n x n
---@return Array values
---@return Array vectors  columns
function numeric.eigh(a) end

--- a = u s vh, singular values descending.
---@param a Array  m x n  @param is_full boolean  u and vh are square
---@return Array u
---@return Array s
---@return Array vh
function numeric.svd(a, is_full) end

--- Fourier transforms along the last axis: "forward", "backward" (divided by n), "real" (the first n/2 + 1 of the forward one), "to_real" (back from these).
---@param kind "forward"|"backward"|"real"|"to_real"  @param a Array  @param n integer  length of that axis of the signal
---@return Array
function numeric.fft(kind, a, n) end

--- A linear filter along the rows, in the transposed direct form II; `state` is that before, and becomes that behind.
---@param b Array  @param a Array  as many coefficients; the first is 1
---@param x Array  rows x n  @param state Array  rows x (coefficients - 1), changed
---@return Array
function numeric.filter(b, a, x, state) end

--- Look for the least value of f within the unit cube by a method of NLopt; f gets a list of coordinates. It ends where a step changes no coordinate by more
--- than `tolerance`, where a value is at most `goal`, and when `evaluations` values were asked for. An error of f ends it and goes on.
---@param method "crs2"|"isres"|"esch"|"direct"|"bobyqa"|"nelder-mead"  @param f fun(x: number[]): number  @param start number[]
---@param opt { step: number, tolerance: number, goal: number, evaluations: integer, population: integer, seed: integer }  population 0: as NLopt thinks
---@return "tolerance"|"goal"|"evaluations"  what ended it
function numeric.minimize(method, f, start, opt) end

--- All n_a + n_b - 1 sums of the convolution of two vectors.
---@param a Array  @param b Array
---@return Array
function numeric.convolve(a, b) end

--- How many of the ascending edges lie below each element, or with `is_right` below or at it.
---@param edges Array  @param x Array  @param is_right? boolean
---@return Array  int64, of the shape of x
function numeric.places(edges, x, is_right) end

return numeric
