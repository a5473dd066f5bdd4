---@meta
--- Types for editors, and the reference of arrays. The module is `lunapse.array` (the C module `lunapse.core.array` and what
--- lua/lunapse/array.lua adds).

--- Numbers in one piece of memory, along one to eight axes: a vector, a matrix (rows first), an array of matrices. Indexes start at 1.
---
---     local a = array.from{ 1, 2, 3 }        a[2]  a[2] = 5  #a  a[{ 3, 1 }]  a[a:gt(1)]  a[a:lt(0)] = 0
---     local m = array.zeros(3, 4)            m[2] (a row)  m[2][3]  m:get(2, 3)  m[2] = 7  #m (rows)
---     local c = array.zeros(2, 3, 4)         c[1] (a matrix)  c:get(1, 2, 3)  c:at(-1, 3)  c:slice(2, 3, 1, 2)  c:sum(2)
---
--- `a[i]` is what stands at place i of the first axis: of a vector a number, else an array with an axis less. Reading `a[#a + 1]` gives
--- nil, so that `ipairs` ends; every other index out of range is an error that names it and the shape. Axes are numbered from 1; -1 is the last.
--- `a[i]`, a row, a column, a slice, a transpose are views: they share memory with the array they came from and keep it alive. Writing
--- to a view, as in `c:slice(2, 3, 1, 2):fill(0)`, writes to the array.
---
--- Operators `+ - * / // % ^` and unary `-` work element by element, with numbers, arrays and tables. Shapes combine as in numpy, from
--- the last axis on: what has length 1 along an axis, or no such axis, is repeated. So a vector beside a matrix is a row, and
--- `v:expand()` is a column. Two types give the
--- wider one; a number takes the array's type, except that fractions beside integers give float64; `/` and `^` always give floats;
--- float32 beside int32 or int64 gives float64. Integers wrap around; `//` and `%` of integers by zero are an error.
--- `==` is true for arrays of the same shape and values. Comparisons with `<` do not exist in Lua for this; use lt, le, gt, ge, eq,
--- ne, which give masks (bool arrays), and combine masks with `&`, `|`, `~`.
--- Complex arrays (complex128) know arithmetic, `==`, abs, arg, conj, sqrt, exp, log, sin, cos, tan and their hyperbolic kin, sum, mean, cumsum, norms and
--- products. An element of one is an array of one element, since Lua has no complex number; `get` gives both parts. They are never made real in silence.
--- Errors: "cannot add arrays of shapes 2 x 3 x 4 and 3"; "index 9 is out of range: the array has shape 3"; "an array of int32 cannot hold 1.5".
---@class Array
---@field [integer] number|boolean|Array
---@operator add(number|Array|number[]): Array
---@operator sub(number|Array|number[]): Array
---@operator mul(number|Array|number[]): Array
---@operator div(number|Array|number[]): Array
---@operator idiv(number|Array|number[]): Array
---@operator mod(number|Array|number[]): Array
---@operator pow(number|Array|number[]): Array
---@operator unm: Array
---@operator band(Array|boolean): Array
---@operator bor(Array|boolean): Array
---@operator bxor(Array|boolean): Array
---@operator bnot: Array
---@operator len: integer
local Array = {}

---@alias ArrayType "float64"|"float32"|"int64"|"int32"|"bool"|"complex128"
---@alias ArrayLike Array|number[]|number[][]|boolean[]|table  a table may be nested as deep as an array has axes
---@alias Shape integer|integer[]  a length, or a list of the lengths along all axes

---@class ArrayModule
---@field methods table  the methods of all arrays; functions added here become methods
local array = {}

-- ---- making arrays ----

--- An array of zeros. Errors: unknown type, negative lengths, more than 8 axes, "no memory for a float64 array of 1000 x 1000000 elements".
---@param type ArrayType  @param shape Shape  @param ... integer  lengths along further axes
---@return Array
function array.new(type, shape, ...) end

--- An array of the numbers or booleans in a table, a copy of an array. Tables in tables (or arrays in them) are a matrix by rows, and so on to
--- eight axes. Without a type: bool for booleans, else float64; an array keeps its own. Errors name the element: "element 2 of the table is a
--- string, not a number"; "row 3 has 4 elements, row 1 has 5"; "part [2][1] has 3 elements, part [1][1] has 2".
---@param values ArrayLike|number  @param type? ArrayType
---@return Array
function array.from(values, type) end

--- An array of zeros: zeros(3), zeros(3, 4), zeros({ 2, 3, 4 }); a type may follow.
---@param shape Shape  @param ... integer|ArrayType  lengths along further axes, and the type: float64 if not given
---@return Array
function array.zeros(shape, ...) end

--- An array of ones.
---@param shape Shape  @param ... integer|ArrayType  as for zeros
---@return Array
function array.ones(shape, ...) end

--- An array of one value everywhere.
---@param value number|boolean  @param shape Shape  @param ... integer|ArrayType  as for zeros
---@return Array
function array.full(value, shape, ...) end

--- `n` equidistant numbers from `first` to `last`, both included.
---@param first number  @param last number  @param n integer
---@return Array  float64
function array.linspace(first, last, n) end

--- 1, 2, ... n; or `first`, `first + step`, ... up to `last`, as the numerical `for` counts. int64 if all are integers, else float64.
---@param first number  @param last? number  @param step? number
---@return Array
function array.arange(first, last, step) end

--- `n` numbers from 10^a to 10^b, each by the same factor above the one before.
---@param a number  @param b number  @param n integer
---@return Array  n numbers from 10^a to 10^b, each by the same factor above the one before
function array.logspace(a, b, n) end

--- Arrays behind each other along an axis (the first unless given): vectors, or matrices of as many columns below each other. Along the others
--- their lengths must be the same. The widest of their types.
---@param parts ArrayLike[]  @param axis? integer
---@return Array
function array.join(parts, axis) end

--- Arrays of one shape beside each other along a new axis (the first unless given): vectors become the rows of a matrix, or with -1 its columns.
---@param parts ArrayLike[]  @param axis? integer  of the result
---@return Array
function array.stack(parts, axis) end

--- Rows and matrices of as many columns below each other. numpy.vstack.
---@param parts ArrayLike[]  vectors are rows
---@return Array
function array.vstack(parts) end

--- Arrays beside each other: vectors in a row, of matrices the columns. numpy.hstack.
---@param parts ArrayLike[]
---@return Array
function array.hstack(parts) end

--- How often differences t_b - t_a fall into bins of `bin` around 0, `n_half` of them on each side: for correlograms of spike times.
---@param a Array  times, ascending  @param b Array  times, ascending  @param bin number  @param n_half integer
---@param is_same? boolean  the two are one train: a spike does not meet itself
---@return Array  int64 [2 n_half + 1]
function array.correlogram(a, b, bin, n_half, is_same) end

--- Instantaneous rates in Hz: from one spike of a neuron to its next one, the inverse of the interval between them; 0 before the first and after the last.
---@param neuron Array  numbers from 1  @param t Array  times, ms  @param n integer  neurons  @param from number  ms  @param dt number  ms  @param n_steps integer
---@return Array  float64 [n][n_steps]
function array.spike_rates(neuron, t, n, from, dt, n_steps) end

--- Complex numbers (complex128) from their parts, which broadcast: `array.complex(0, { 1, 2 })` is i and 2i.
---@param re ArrayLike|number  @param im? ArrayLike|number  0 if not given
---@return Array
function array.complex(re, im) end

--- Is `x` an array?
---@param x any
---@return boolean
function array.is(x) end

--- Is none of the elements infinite or NaN? Of complex numbers nothing is said: true.
---@param a Array
---@return boolean
function array.is_finite(a) end

-- ---- facts ----

--- The length along each axis: of a matrix its rows and columns.
---@return integer ...
function Array:shape() end

--- The number of axes: 1 of a vector, 2 of a matrix.
---@return integer
function Array:axes() end

--- Type of the elements.
---@return ArrayType
function Array:type() end

--- Number of elements.
---@return integer  number of elements
function Array:size() end

-- ---- elements and parts ----

--- One element; of a complex array its real and its imaginary part.
---@param i integer  @param ... integer  one index for each axis
---@return number|boolean
---@return number? imaginary
function Array:get(i, ...) end

--- Set the element at i, or at i, j of a matrix, and so on, to x; in a complex array an imaginary part may follow. Errors: out of range, a value that the type cannot hold.
---@param i integer  @param ... number|boolean  one index for each axis, then x
---@return Array self
function Array:set(i, ...) end

--- What stands at place i of an axis (the first unless given), a view without this axis; of a vector the number. A negative i counts from the
--- end.
---@param i integer  @param axis? integer
---@return Array|number|boolean
function Array:at(i, axis) end

--- What stands along an axis (the first unless given) from `first` to `last`, both included; negative numbers count from the end; a view.
---@param first? integer  1  @param last? integer  the last  @param step? integer  1; negative goes backwards  @param axis? integer
---@return Array
function Array:slice(first, last, step, axis) end

--- A row of a matrix as a 1-d view; as `at(i, 1)`.
---@param i integer
---@return Array  a row of a matrix, a 1-d view
function Array:row(i) end

--- A column of a matrix as a 1-d view; as `at(j, 2)`.
---@param j integer
---@return Array  a column of a matrix, a 1-d view
function Array:column(j) end

--- Some rows of a matrix, a view; negative numbers count from the end.
---@param first? integer  @param last? integer  @param step? integer
---@return Array  some rows of a matrix, a view
function Array:rows(first, last, step) end

--- Some columns of a matrix, a view; negative numbers count from the end.
---@param first? integer  @param last? integer  @param step? integer
---@return Array  some columns of a matrix, a view
function Array:columns(first, last, step) end

--- The same elements in the same order (the last axis runs fastest) as another shape; one length may be -1: what is left for it. A view where
--- memory allows it (always for arrays that are no views), else a copy.
---@param shape Shape  @param ... integer  lengths along further axes
---@return Array
function Array:reshape(shape, ...) end

--- All elements along one axis; a view where memory allows it.
---@return Array  1-d; as reshape(-1)
function Array:flatten() end

--- The axes in another order; a view. Without arguments in opposite order: rows and columns exchanged.
---@param ... integer  for each axis of the result, which one it was: transpose(3, 1, 2); or a list of these
---@return Array
function Array:transpose(...) end

--- With one axis more, of length 1; a view.
---@param axis? integer  which it becomes: the last unless given
---@return Array
function Array:expand(axis) end
--- All runs of n neighbours along an axis, each along one more axis behind the others: for running statistics, `x:windows(5):mean(-1)`. numpy's sliding_window_view.
---@param n integer  1 to the length of the axis  @param axis? integer  the first if not given
---@return Array  a view, n - 1 shorter along the axis; it cannot be written
function Array:windows(n, axis) end

--- Without the axes of length 1, or without this one; a view. One axis is left in any case.
---@param axis? integer
---@return Array
function Array:squeeze(axis) end

--- What stands along an axis (the first unless given) in opposite order; a view.
---@param axis? integer
---@return Array  in opposite order; a view
function Array:reverse(axis) end

--- What indexes name along an axis (the first unless given), or what a 1-d mask does where it is true: elements, rows of a matrix, and so on. A
--- mask of more axes lies over the first axes of the array, and what it names stands along one axis: of a mask of the same shape the elements. Also
--- written `a[which]`. A copy.
---@param which Array|integer[]|boolean[]  @param axis? integer
---@return Array
function Array:take(which, axis) end

--- Write to what `which` names (see take): values of the shape that take gives, or fewer axes, which are repeated as in arithmetic. Also
--- `a[which] = values`.
---@param which Array|integer[]|boolean[]  @param values number|boolean|ArrayLike  @param axis? integer
---@return Array self
function Array:put(which, values, axis) end

--- Indexes of the elements that are true (not zero), int64: one array for each axis. With a mask: where the mask is true.
---@param mask? Array
---@return Array ...
function Array:find(mask) end

--- Own elements where the mask is true, elsewhere those of `other`.
---@param mask Array  @param other number|Array
---@return Array
function Array:where(mask, other) end

--- For a mask: `yes` where it is true, `no` elsewhere.
---@param yes number|Array  @param no number|Array
---@return Array
function Array:select(yes, no) end

-- ---- copies ----

--- A copy with memory of its own.
---@return Array
function Array:copy() end

--- Converted: floats to integers by truncation (out of range: the nearest end; nan: 0), anything but 0 to true.
---@param type ArrayType
---@return Array  always a copy
function Array:astype(type) end

--- A Lua table of the numbers or booleans; of a matrix, a table of rows, and so on.
---@return table  of numbers or booleans, nested as deep as there are axes
function Array:table() end

--- This array and others behind each other (matrices: below each other), in the widest of their types; as array.join along the first axis.
---@param ... ArrayLike
---@return Array
function Array:join(...) end

--- `f(x, i, j, ...)` for every element with its index along each axis, in an array of the same shape.
---@param f fun(x: number|boolean, i: integer, ...: integer): number|boolean
---@return Array
function Array:map(f) end

-- ---- in place: each returns the array itself ----

--- Set every element to x.
---@param x number|boolean
---@return Array self
function Array:fill(x) end

--- Copy values of the same shape, converted as by astype, or such as are repeated to fill it as in arithmetic: one value, a row.
---@param values number|boolean|ArrayLike
---@return Array self
function Array:assign(values) end

--- a = a + b. Errors: the sum has another shape, or fractions where `a` holds integers.
---@param b number|ArrayLike
---@return Array self
function Array:add(b) end
--- a = a - b, in place.
---@param b number|ArrayLike
---@return Array self
function Array:subtract(b) end
--- a = a * b, element by element, in place.
---@param b number|ArrayLike
---@return Array self
function Array:multiply(b) end
--- a = a / b, element by element, in place.
---@param b number|ArrayLike
---@return Array self
function Array:divide(b) end

-- ---- masks ----

--- True where a < b.
---@param b number|ArrayLike  @return Array mask
function Array:lt(b) end
--- True where a <= b.
---@param b number|ArrayLike  @return Array mask
function Array:le(b) end
--- True where a > b.
---@param b number|ArrayLike  @return Array mask
function Array:gt(b) end
--- True where a >= b.
---@param b number|ArrayLike  @return Array mask
function Array:ge(b) end
--- True where a equals b.
---@param b number|ArrayLike  @return Array mask
function Array:eq(b) end
--- True where a differs from b.
---@param b number|ArrayLike  @return Array mask
function Array:ne(b) end
--- True where both masks are; also `a & b`.
---@param b Array|boolean  @return Array mask  also `a & b`
function Array:both(b) end
--- True where one of the masks is; also `a | b`.
---@param b Array|boolean  @return Array mask  also `a | b`
function Array:either(b) end
--- True where exactly one of the masks is; also `a ~ b`.
---@param b Array|boolean  @return Array mask  also `a ~ b`
function Array:differ(b) end
--- True where the element is 0 or false; also `~a`.
---@return Array mask  true where the element is 0 or false; also `~a`
function Array:negate() end
--- True where the element is nan.
---@return Array mask
function Array:isnan() end
--- True where the element is neither nan nor infinite.
---@return Array mask  neither nan nor infinite
function Array:isfinite() end

-- ---- element by element ----

--- Held within low..high (numbers or arrays; nil: no bound). nan stays nan. Error: low > high.
---@param low? number|Array  @param high? number|Array
---@return Array
function Array:clip(low, high) end
--- The smaller of the two, element by element; nan if one is.
---@param b number|ArrayLike  @return Array  the smaller of the two; nan if one is
function Array:minimum(b) end
--- The greater of the two, element by element; nan if one is.
---@param b number|ArrayLike  @return Array  the greater of the two; nan if one is
function Array:maximum(b) end
--- a to the power of b; also `a ^ b`.
---@param b number|ArrayLike  @return Array
function Array:pow(b) end
--- a - floor(a/b) b, with the sign of b; also `a % b`.
---@param b number|ArrayLike  @return Array  a - floor(a/b) b
function Array:mod(b) end
--- The angle of the point (x, a), -pi .. pi.
---@param x number|ArrayLike  @return Array  the angle of the point (x, a)
function Array:atan2(x) end
--- -a.
---@return Array
function Array:negative() end
--- The real parts: of a complex array a view (float64), else the array.
---@return Array
function Array:real() end
--- The imaginary parts: of a complex array a view (float64), else zeros.
---@return Array
function Array:imag() end
--- The conjugates: imaginary parts with the other sign.
---@return Array
function Array:conj() end
--- The angle of each complex number, -pi .. pi (rad); of negative ones pi.
---@return Array
function Array:arg() end
--- The magnitude of each element, also of complex numbers.
---@return Array
function Array:abs() end
--- -1, 0 or 1.
---@return Array  -1, 0 or 1
function Array:sign() end
--- a * a.
---@return Array
function Array:square() end
--- The nearest number that 16 bits hold (half precision of IEEE 754): off by at most 1/2048 of it, below 6e-5 by at most 3e-8; beyond 65504 infinite. Of two the even one.
---@return Array  float64, or float32 of such
function Array:float16() end
--- The next whole number downwards.
---@return Array
function Array:floor() end
--- The next whole number upwards.
---@return Array
function Array:ceil() end
--- The nearest whole number, of two the even one.
---@return Array  to the nearest whole number, ties to the even one
function Array:round() end
--- The next whole number towards 0.
---@return Array  towards 0
function Array:trunc() end
--- The square root.
---@return Array
function Array:sqrt() end
--- e to the power of each element.
---@return Array
function Array:exp() end
--- exp(x) - 1, exact near 0.
---@return Array  exp(x) - 1, exact near 0
function Array:expm1() end
--- The natural logarithm.
---@return Array
function Array:log() end
--- log(1 + x), exact near 0.
---@return Array  log(1 + x), exact near 0
function Array:log1p() end
--- The logarithm to base 2.
---@return Array
function Array:log2() end
--- The logarithm to base 10.
---@return Array
function Array:log10() end
--- The sine (rad).
---@return Array
function Array:sin() end
--- The cosine (rad).
---@return Array
function Array:cos() end
--- The tangent (rad).
---@return Array
function Array:tan() end
--- The arcsine (rad).
---@return Array
function Array:asin() end
--- The arccosine (rad).
---@return Array
function Array:acos() end
--- The arctangent (rad).
---@return Array
function Array:atan() end
--- The hyperbolic sine.
---@return Array
function Array:sinh() end
--- The hyperbolic cosine.
---@return Array
function Array:cosh() end
--- The hyperbolic tangent.
---@return Array
function Array:tanh() end
--- The error function.
---@return Array
function Array:erf() end
--- 1 - erf(x), exact where it is small.
---@return Array
function Array:erfc() end
--- 1 / (1 + exp(-x)).
---@return Array  1 / (1 + exp(-x))
function Array:sigmoid() end
--- 1 / x.
---@return Array  1 / x
function Array:reciprocal() end

-- ---- reductions ----
-- Without an axis one value for all elements. With one (1 the first, -1 the last) one value for each line along it, in an array without this axis:
-- of a matrix axis 1 gives one value a column, axis 2 one value a row; of a vector a number.
-- The order of additions depends on the number of elements alone, never on memory layout, machine or threads.

--- The sum, always added in the same order. Of a matrix, axis 1 gives one value a column, axis 2 one a row.
---@param axis? integer
---@return number|Array  of integers and booleans an exact integer
function Array:sum(axis) end
--- The product.
---@param axis? integer
---@return number|Array
function Array:prod(axis) end
--- The mean; nan for no elements.
---@param axis? integer
---@return number|Array  nan for no elements
function Array:mean(axis) end
--- The variance.
---@param axis? integer  @param freedom? number  subtracted from the count: 0 (population) if not given, 1 for a sample
---@return number|Array
function Array:var(axis, freedom) end
--- The standard deviation.
---@param axis? integer  @param freedom? number
---@return number|Array  standard deviation
function Array:std(axis, freedom) end
--- The median; nan if an element is.
---@param axis? integer
---@return number|Array  nan if an element is
function Array:median(axis) end
--- The smallest element; nan if an element is.
---@param axis? integer
---@return number|Array  nan if an element is. Error: no elements
function Array:min(axis) end
--- The greatest element; nan if an element is.
---@param axis? integer
---@return number|Array  nan if an element is. Error: no elements
function Array:max(axis) end
--- The index of the (first) smallest element.
---@param axis? integer
---@return integer|Array  where the (first) minimum is; of a matrix without axis counted row by row
function Array:argmin(axis) end
--- The index of the (first) greatest element.
---@param axis? integer
---@return integer|Array
function Array:argmax(axis) end
--- Is any element true (not zero)?
---@param axis? integer
---@return boolean|Array
function Array:any(axis) end
--- Are all elements true (not zero)? True for no elements.
---@param axis? integer
---@return boolean|Array  true for no elements
function Array:all(axis) end
--- How many elements are true (not zero).
---@param axis? integer
---@return integer|Array  how many are true (not zero)
function Array:count(axis) end
--- The sum of magnitudes.
---@param axis? integer
---@return number|Array  sum of magnitudes
function Array:norm1(axis) end
--- The root of the sum of squares.
---@param axis? integer
---@return number|Array  root of the sum of squares
function Array:norm2(axis) end

--- The q-quantile of all elements, 0 <= q <= 1, or of each line along an axis, interpolated linearly between the nearest two; for a list of q an
--- array, in which they stand along the first axis.
---@param q number|ArrayLike  @param axis? integer
---@return number|Array
function Array:quantile(q, axis) end

-- The same of what is not nan; nan where nothing else is.

--- The sum of what is not nan.
---@param axis? integer
---@return number|Array  0 of nothing
function Array:nansum(axis) end
--- The product of what is not nan.
---@param axis? integer
---@return number|Array  1 of nothing
function Array:nanprod(axis) end
--- The mean of what is not nan.
---@param axis? integer
---@return number|Array
function Array:nanmean(axis) end
--- The variance of what is not nan.
---@param axis? integer  @param freedom? number  subtracted from the count: 0 if not given
---@return number|Array
function Array:nanvar(axis, freedom) end
--- The standard deviation of what is not nan.
---@param axis? integer  @param freedom? number
---@return number|Array
function Array:nanstd(axis, freedom) end
--- The smallest element that is not nan.
---@param axis? integer
---@return number|Array
function Array:nanmin(axis) end
--- The greatest element that is not nan.
---@param axis? integer
---@return number|Array
function Array:nanmax(axis) end
--- The median of what is not nan.
---@param axis? integer
---@return number|Array
function Array:nanmedian(axis) end
--- The q-quantile of what is not nan, as `quantile`.
---@param q number|ArrayLike  @param axis? integer
---@return number|Array
function Array:nanquantile(q, axis) end

--- Counts in bins: `bins` of equal width (10) between low and high (the extremes), or the edges themselves. A bin holds its lower edge,
--- the last one its upper edge too; nan and what lies outside are not counted. Errors: edges that do not ascend, an infinite range.
---@param bins? integer|ArrayLike  @param low? number  @param high? number
---@return Array counts  int64
---@return Array edges  one more than counts
function Array:histogram(bins, low, high) end

--- Pearson's correlation with an array of as many elements; nan if one of them is constant.
---@param b ArrayLike
---@return number
function Array:corr(b) end

-- ---- orders and running sums: of a vector, or of each line along an axis, which arrays of more axes need ----

--- A sorted copy: ascending, nan last.
---@param axis? integer
---@return Array  ascending, nan last; a copy. `:reverse()` for descending
function Array:sort(axis) end
--- The indexes that sort; equal elements keep their order.
---@param axis? integer
---@return Array  the indexes that sort, int64; equal elements keep their order
function Array:argsort(axis) end
--- The different values, ascending.
---@return Array  the different values, ascending; 1-d
function Array:unique() end
--- Running sums.
---@param axis? integer
---@return Array
function Array:cumsum(axis) end
--- Running products.
---@param axis? integer
---@return Array
function Array:cumprod(axis) end
--- The smallest so far; nan once an element is.
---@param axis? integer
---@return Array
function Array:cummin(axis) end
--- The greatest so far; nan once an element is.
---@param axis? integer
---@return Array
function Array:cummax(axis) end
--- Differences of neighbours, a[k + 1] - a[k].
---@param axis? integer
---@return Array  a[k + 1] - a[k]
function Array:diff(axis) end
--- y[1] = x[1], y[k] = y[k-1] + gain (x[k] - y[k-1]), along the last axis: of a matrix along each row.
---@param gain number  0..1: the time step over the time constant
---@return Array  float64
function Array:lowpass(gain) end

-- ---- products ----

--- Two vectors: the number; a matrix and a vector or a matrix: their product.
---@param b ArrayLike
---@return number|Array
function Array:dot(b) end
--- The product of matrices, or of a matrix and a vector.
---@param b ArrayLike
---@return number|Array
function Array:matmul(b) end
--- The matrix a[i] b[j] of two vectors.
---@param b ArrayLike
---@return Array  the matrix a[i] b[j] of two vectors
function Array:outer(b) end

-- ---- text ----

--- The course of a 1-d array in block characters.
---@param width? integer  32
---@return string
function Array:sparkline(width) end

--- What `tostring` and the prompt show: type, shape, the first and last elements, mean, range and course.
---@return string
function Array:tostring() end

return array
