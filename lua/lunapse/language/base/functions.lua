--- The functions of the language: one row each.
---
---   arity    number of arguments, or { least, most }
---   unit     how units pass: "plain" all dimensionless; "same" arguments alike, result too; "keep" as the (one) argument;
---            "drop" any argument, plain result; "sqrt" half the exponents; "compare" arguments alike, plain result; "power"
---   takes    "bool" where a truth value is welcome as it is (int)
---   slope    derivative by each argument, as text in `a` and `b` (nil: none is known, or it is nowhere wanted)
---   eval     the value in plain Lua: constant folding and tests
---   is_truth  it is a condition
---   doc      one line for docs/language.md and lp.help
---
--- `aliases` are other names of the same row; the grammar writes the one name into the tree.

local functions = {}

local exp, log, abs, floor, huge = math.exp, math.log, math.abs, math.floor, math.huge

local function expm1(x)
  if abs(x) > 0.5 then return exp(x) - 1 end
  -- Kahan's correction keeps the digits that exp(x) - 1 cancels
  local u = exp(x)
  if u == 1 then return x end
  return (u - 1) * x / log(u)
end

local function log1p(x)
  local u = 1 + x
  if u == 1 then return x end
  if u == huge then return huge end
  return log(u) * x / (u - 1)
end

local function round_even(x)
  if x ~= x or abs(x) >= 2 ^ 52 then return x end
  local low = floor(x)
  local rest = x - low
  local up = rest > 0.5 or (rest == 0.5 and low % 2 == 1)
  return (up and low + 1 or low) + 0.0
end

--- A number as kernels compute with it: denormals are zero, with their sign.
---@param x number
---@return number
function functions.flushed(x)
  if abs(x) < 2.0 ^ -1022 then return 1 / x < 0 and -0.0 or 0.0 end
  return x
end

local function sign(x) return x > 0 and 1 or x < 0 and -1 or 0 end
local function truncate(x) return x < 0 and -floor(-x) or floor(x) end
local function tanh(x)
  if abs(x) > 20 then return sign(x) + 0.0 end
  local e = expm1(2 * x)
  return e / (e + 2)
end

--- The error function, by its power series, and its complement, by its continued fraction (Abramowitz & Stegun 1964, 7.1.6 and 7.1.14). Kernels have polynomials of their own.
local function erf_near(x)
  local term, sum, k = x, x, 0
  repeat
    k = k + 1
    term = term * 2 * x * x / (2 * k + 1)
    sum = sum + term
  until abs(term) <= 1e-17 * abs(sum)
  return 2 / math.sqrt(math.pi) * exp(-x * x) * sum
end

local function erfc_far(x)
  local fraction = x
  for k = 120, 1, -1 do fraction = x + k / 2 / fraction end
  return exp(-x * x) / math.sqrt(math.pi) / fraction
end

local function erfc(x)
  if x ~= x then return x end
  if abs(x) < 2 then return 1 - erf_near(x) end
  return x > 0 and erfc_far(x) or 2 - erfc_far(-x)
end

local function erf(x)
  if x ~= x then return x end
  return abs(x) < 2 and erf_near(x) or 1 - erfc(x)
end

local rows = {
  exp = { arity = 1, unit = "plain", slope = { "exp(a)" }, eval = exp, doc = "e to the power a" },
  expm1 = { arity = 1, unit = "plain", slope = { "exp(a)" }, eval = expm1, doc = "exp(a) - 1, exact for small a" },
  log = { arity = 1, unit = "plain", slope = { "1/a" }, eval = log, aliases = { "ln" }, doc = "natural logarithm" },
  log1p = { arity = 1, unit = "plain", slope = { "1/(1 + a)" }, eval = log1p, doc = "log(1 + a), exact for small a" },
  log2 = { arity = 1, unit = "plain", slope = { "1/(a*0.6931471805599453)" }, eval = function(a) return log(a, 2) end,
    doc = "logarithm to base 2" },
  log10 = { arity = 1, unit = "plain", slope = { "1/(a*2.302585092994046)" }, eval = function(a) return log(a, 10) end,
    doc = "logarithm to base 10" },
  sqrt = { arity = 1, unit = "sqrt", slope = { "0.5/sqrt(a)" }, eval = math.sqrt, doc = "square root" },
  pow = { arity = 2, unit = "power", slope = { "b*a^(b - 1)", "log(a)*a^b" }, eval = function(a, b) return a ^ b end,
    aliases = { "power" }, doc = "a to the power b, as a^b" },
  sin = { arity = 1, unit = "plain", slope = { "cos(a)" }, eval = math.sin, doc = "sine, a in radians" },
  cos = { arity = 1, unit = "plain", slope = { "-sin(a)" }, eval = math.cos, doc = "cosine" },
  tan = { arity = 1, unit = "plain", slope = { "1 + tan(a)^2" }, eval = math.tan, doc = "tangent" },
  asin = { arity = 1, unit = "plain", slope = { "1/sqrt(1 - a^2)" }, eval = math.asin, aliases = { "arcsin" }, doc = "arc sine" },
  acos = { arity = 1, unit = "plain", slope = { "-1/sqrt(1 - a^2)" }, eval = math.acos, aliases = { "arccos" },
    doc = "arc cosine" },
  atan = { arity = 1, unit = "plain", slope = { "1/(1 + a^2)" }, eval = math.atan, aliases = { "arctan" }, doc = "arc tangent" },
  atan2 = { arity = 2, unit = "compare", slope = { "b/(a^2 + b^2)", "-a/(a^2 + b^2)" }, eval = math.atan,
    aliases = { "arctan2" }, doc = "angle of the point (b, a)" },
  sinh = { arity = 1, unit = "plain", slope = { "cosh(a)" }, eval = function(a) return (exp(a) - exp(-a)) / 2 end,
    doc = "hyperbolic sine" },
  cosh = { arity = 1, unit = "plain", slope = { "sinh(a)" }, eval = function(a) return (exp(a) + exp(-a)) / 2 end,
    doc = "hyperbolic cosine" },
  tanh = { arity = 1, unit = "plain", slope = { "1 - tanh(a)^2" }, eval = tanh, doc = "hyperbolic tangent" },
  erf = { arity = 1, unit = "plain", slope = { "1.1283791670955126*exp(-a^2)" }, eval = erf, doc = "error function" },
  erfc = { arity = 1, unit = "plain", slope = { "-1.1283791670955126*exp(-a^2)" }, eval = erfc, doc = "1 - erf(a), exact where it is small" },
  abs = { arity = 1, unit = "keep", slope = { "sign(a)" }, eval = abs, aliases = { "fabs" }, doc = "absolute value" },
  sign = { arity = 1, unit = "drop", slope = { "0" }, eval = sign, doc = "-1, 0 or 1" },
  floor = { arity = 1, unit = "plain", slope = { "0" }, eval = floor, doc = "largest whole number not above a" },
  ceil = { arity = 1, unit = "plain", slope = { "0" }, eval = math.ceil, doc = "smallest whole number not below a" },
  round = { arity = 1, unit = "plain", slope = { "0" }, eval = round_even, doc = "nearest whole number, halves to the even one" },
  int = { arity = 1, unit = "plain", takes = "bool", slope = { "0" }, eval = truncate,
    doc = "the whole part, towards zero; of a condition 1 or 0" },
  mod = { arity = 2, unit = "same", slope = { "1" }, eval = function(a, b) return a - b * floor(a / b) end,
    aliases = { "modulo" }, doc = "remainder a - b*floor(a/b): it has the sign of b" },
  min = { arity = { 2, 99 }, unit = "same", slope = { "heaviside(b - a)", "heaviside(a - b)" },
    eval = function(a, b) return a < b and a or b end, doc = "the smallest of two or more" },
  max = { arity = { 2, 99 }, unit = "same", slope = { "heaviside(a - b)", "heaviside(b - a)" },
    eval = function(a, b) return a > b and a or b end, doc = "the largest of two or more" },
  clip = { arity = 3, unit = "same", eval = function(a, low, high) return math.min(math.max(a, low), high) end,
    doc = "clip(x, low, high): x held between two bounds" },
  pos = { arity = 1, unit = "keep", slope = { "heaviside(a)" }, eval = function(a) return a > 0 and a or 0 end,
    aliases = { "positive" }, doc = "a where it is positive, else 0" },
  neg = { arity = 1, unit = "keep", slope = { "heaviside(-a)" }, eval = function(a) return a < 0 and a or 0 end,
    aliases = { "negative" }, doc = "a where it is negative, else 0" },
  heaviside = { arity = 1, unit = "drop", slope = { "0" }, eval = function(a) return a > 0 and 1 or 0 end,
    doc = "1 above zero, else 0" },
  sigmoid = { arity = 1, unit = "plain", slope = { "sigmoid(a)*(1 - sigmoid(a))" },
    eval = function(a) return 1 / (1 + exp(-a)) end, doc = "1/(1 + exp(-a))" },
  exprel = { arity = 1, unit = "plain", slope = { "(exp(a) - exprel(a))/a" },
    eval = function(a) return a == 0 and 1 or expm1(a) / a end, doc = "(exp(a) - 1)/a, and 1 at 0" },
  isnan = { arity = 1, unit = "drop", is_truth = true, slope = { "0" }, eval = function(a) return a ~= a and 1 or 0 end, doc = "a condition: a is not a number" },
  isfinite = { arity = 1, unit = "drop", is_truth = true, slope = { "0" }, eval = function(a) return a - a == 0 and 1 or 0 end,
    doc = "a condition: a is a number, and not infinite" },
  timestep = { arity = 2, unit = "compare", slope = { "0", "0" }, eval = function(a, b) return floor((a + 1e-3 * b) / b) end,
    doc = "timestep(t, dt): the number of whole steps dt in a time, which rounding does not change" },
  ite = { arity = 3, doc = "ite(c, a, b) is `if c: a else: b`" },
}

local function is_whole(x) return x == floor(x) end

local function ends(low, high)
  if low and high and low > high then return ("the lower end must not lie above the upper end, got %g and %g"):format(low, high) end
end

local function whole_ends(low, high)
  if low and not is_whole(low) or high and not is_whole(high) then return ("both ends must be whole numbers, got %g"):format(low and not is_whole(low) and low or high) end
  return ends(low, high)
end

local function spread(_, sd) if sd and sd < 0 then return ("the standard deviation must be at least 0, got %g"):format(sd) end end

--- "the rate must be above 0, got -1", where it is not.
local function above(what, x) if x and not (x > 0) then return ("the %s must be above 0, got %g"):format(what, x) end end

local function trials(n, p)
  if n and not (n >= 0 and is_whole(n)) then return ("the number of trials must be a whole number from 0, got %g"):format(n) end
  if p and not (p >= 0 and p <= 1) then return ("the probability must lie in 0..1, got %g"):format(p) end
end

--- Draws: a new value for each element and step (in events: for each event).
---   args    names that the arguments may be given by; those of other distributions than Uniform may be followed by min and max, which clamp
---   wrong   why constant arguments cannot be (nil where one is no constant), in words
local draws = {
  Uniform = { arity = 2, unit = "same", args = { { "min", "low" }, { "max", "high" } }, wrong = ends, doc = "uniform between a and b" },
  Normal = { arity = 2, unit = "same", args = { { "mu", "mean" }, { "sigma", "sd" } }, wrong = spread, doc = "normal with mean m and standard deviation s" },
  LogNormal = { arity = 2, unit = "plain", args = { { "mu" }, { "sigma" } }, wrong = spread, doc = "exp of Normal(m, s)" },
  Exponential = { arity = 1, unit = "inverse", args = { { "Lambda", "lambda", "rate" } }, wrong = function(rate) return above("rate", rate) end,
    doc = "exponential with rate l, mean 1/l" },
  Gamma = { arity = 2, unit = "scale", args = { { "alpha", "shape" }, { "beta", "scale" } },
    wrong = function(shape, scale) return above("shape", shape) or above("scale", scale) end, doc = "gamma with shape k and scale s, mean k*s" },
  Poisson = { arity = 1, unit = "plain", args = { { "mean", "lambda", "Lambda", "lam" } },
    wrong = function(mean) if mean and not (mean >= 0 and mean < 1e15) then return ("the mean must lie in 0 .. 1e15, got %g"):format(mean) end end,
    doc = "a count with mean l: Poisson" },
  Binomial = { arity = 2, unit = "plain", args = { { "n" }, { "p" } }, wrong = trials, doc = "number of successes in n trials of probability p" },
  DiscreteUniform = { arity = 2, unit = "plain", args = { { "min", "low" }, { "max", "high" } }, wrong = whole_ends,
    doc = "a whole number from a to b, both included" },
}

--- Sums and the like over synapses or over a population; the back gives them their loops. `is_free`: models may have a variable of this name, too.
local reductions = {
  sum = { arity = 1, unit = "keep", doc = "sum(exc): what arrives at a target; in a synapse, with post. = or pre. =: over synapses" },
  mean = { arity = 1, unit = "keep", doc = "mean over a whole population, mean(pre.r)" },
  count = { arity = 1, unit = "plain", is_free = true, doc = "post.n = count(w > 0.5): over how many synapses a condition holds" },
  norm1 = { arity = 1, unit = "keep", doc = "sum of absolute values over a population" },
  norm2 = { arity = 1, unit = "keep", doc = "root of the sum of squares over a population" },
  sum_post = { arity = 1, unit = "keep", doc = "sum over all synapses of the projection with the same post neuron" },
  sum_pre = { arity = 1, unit = "keep", doc = "sum over all synapses of the projection with the same pre neuron" },
}

functions.rows = {}
functions.aliases = {}
for role, list in pairs { math = rows, draw = draws, reduction = reductions } do
  for name, row in pairs(list) do
    row.name, row.role = name, role
    row.least = type(row.arity) == "table" and row.arity[1] or row.arity
    row.most = type(row.arity) == "table" and row.arity[2] or row.arity
    functions.rows[name] = row
    for _, alias in ipairs(row.aliases or {}) do functions.aliases[alias] = name end
  end
end

--- With one argument these reduce over a target or a population; with two they are the plain functions.
functions.also_reductions = { min = true, max = true }

--- Every name that can be called, aliases included, sorted.
---@return string[]
function functions.names()
  local names = {}
  for name in pairs(functions.rows) do names[#names + 1] = name end
  for alias in pairs(functions.aliases) do names[#names + 1] = alias end
  table.sort(names)
  return names
end

return functions
