/* Element by element arithmetic on arrays, with broadcasting.
**
** Shapes combine as in numpy, from the last axis on: what has length 1 along an axis, or no such axis, is repeated. A number takes the type of
** the array beside it, unless it would not fit: a fractional number beside integers gives float64. Two arrays give the wider type;
** float32 beside int32 or int64 gives float64; `/`, `^` and atan2 never give integers; bool counts as 0 and 1 and gives int64;
** complex128 beside anything gives complex128.
** Integers wrap around silently, and `//` and `%` round downward as in Lua. Functions return a new array (the caller's), or NULL
** with `e` filled. Arguments are borrowed. */
#ifndef LUNAPSE_BASE_ARRAY_MATH_H
#define LUNAPSE_BASE_ARRAY_MATH_H
#include "base/array.h"

/* name, what messages call it */
/* clang-format off */
#define ARRAY_BINARIES(X) \
  X(ADD, "add") X(SUB, "subtract") X(MUL, "multiply") X(MINIMUM, "take the minimum of") X(MAXIMUM, "take the maximum of") \
  X(FLOOR_DIV, "divide") X(MOD, "take the remainder of") X(DIV, "divide") X(POW, "raise") X(ATAN2, "take atan2 of") \
  X(LT, "compare") X(LE, "compare") X(GT, "compare") X(GE, "compare") X(EQ, "compare") X(NE, "compare") \
  X(AND, "combine") X(OR, "combine") X(XOR, "combine")
/* clang-format on */

/* name, name in Lua, kind of result: SAME type (bool gives int64), FLOAT or TRUTH; then the expression for float64 and float32 */
/* clang-format off */
#define ARRAY_UNARIES(X) \
  X(NEG, "negative", SAME, -x, -x)              X(ABS, "abs", SAME, fabs(x), fabsf(x)) \
  X(SIGN, "sign", SAME, x != x ? x : (x > 0) - (x < 0), x != x ? x : (float)((x > 0) - (x < 0))) \
  X(SQUARE, "square", SAME, x * x, x * x)       X(FLOOR, "floor", SAME, floor(x), floorf(x)) \
  X(CEIL, "ceil", SAME, ceil(x), ceilf(x))      X(ROUND, "round", SAME, rint(x), rintf(x)) \
  X(TRUNC, "trunc", SAME, trunc(x), truncf(x))  X(SQRT, "sqrt", FLOAT, sqrt(x), sqrtf(x)) \
  X(EXP, "exp", FLOAT, exp(x), expf(x))         X(EXPM1, "expm1", FLOAT, expm1(x), expm1f(x)) \
  X(LOG, "log", FLOAT, log(x), logf(x))         X(LOG1P, "log1p", FLOAT, log1p(x), log1pf(x)) \
  X(LOG2, "log2", FLOAT, log2(x), log2f(x))     X(LOG10, "log10", FLOAT, log10(x), log10f(x)) \
  X(SIN, "sin", FLOAT, sin(x), sinf(x))         X(COS, "cos", FLOAT, cos(x), cosf(x)) \
  X(TAN, "tan", FLOAT, tan(x), tanf(x))         X(ASIN, "asin", FLOAT, asin(x), asinf(x)) \
  X(ACOS, "acos", FLOAT, acos(x), acosf(x))     X(ATAN, "atan", FLOAT, atan(x), atanf(x)) \
  X(SINH, "sinh", FLOAT, sinh(x), sinhf(x))     X(COSH, "cosh", FLOAT, cosh(x), coshf(x)) \
  X(TANH, "tanh", FLOAT, tanh(x), tanhf(x))     X(ERF, "erf", FLOAT, erf(x), erff(x)) \
  X(ERFC, "erfc", FLOAT, erfc(x), erfcf(x)) \
  X(SIGMOID, "sigmoid", FLOAT, 1 / (1 + exp(-x)), 1 / (1 + expf(-x))) \
  X(RECIPROCAL, "reciprocal", FLOAT, 1 / x, 1 / x) \
  X(HALF, "float16", FLOAT, half_nearest(x), (float)half_nearest((double)x)) \
  X(IS_NAN, "isnan", TRUTH, x != x, x != x)     X(IS_FINITE, "isfinite", TRUTH, x - x == 0, x - x == 0) \
  X(CONJ, "conj", SAME, x, x)                   X(ARG, "arg", FLOAT, atan2(0, x), atan2f(0, x)) \
  X(NOT, "negate", TRUTH, x == 0, x == 0)
/* clang-format on */

#define ARRAY_BINARY_NAME(name, verb) ARRAY_##name,
typedef enum { ARRAY_BINARIES(ARRAY_BINARY_NAME) ARRAY_N_BINARIES } ArrayBinary;
#undef ARRAY_BINARY_NAME
#define ARRAY_UNARY_NAME(name, lua_name, kind, f64, f32) ARRAY_##name,
typedef enum { ARRAY_UNARIES(ARRAY_UNARY_NAME) ARRAY_N_UNARIES } ArrayUnary;
#undef ARRAY_UNARY_NAME

/* One value: `number` always holds, `integer` too unless the type is ARRAY_F64. */
typedef struct {
  ArrayType type; /* ARRAY_F64, ARRAY_I64 or ARRAY_BOOL */
  double number;
  int64_t integer;
} ArrayScalar;

/* One side of an operation: an array (borrowed), or a value if `array` is NULL. */
typedef struct {
  Array *array;
  ArrayScalar scalar;
} ArrayOperand;

/* x op y, a new array; at least one of the two is an array. Errors: shapes that do not match, integer division by zero, `AND` and its
** like on other types than bool, no memory. */
Array *array_binary(ArrayBinary op, const ArrayOperand *x, const ArrayOperand *y, Error *e);

/* x = x op y, in place. Errors besides the above: the result has another shape than x, or fractions where x holds integers. */
bool array_binary_into(ArrayBinary op, Array *x, const ArrayOperand *y, Error *e);

/* f(x), a new array. Error: no memory. */
Array *array_unary(ArrayUnary op, const Array *x, Error *e);

/* mask ? x : y, a new array; all three broadcast. Errors: the mask is not bool, shapes, no memory. */
Array *array_select(Array *mask, const ArrayOperand *x, const ArrayOperand *y, Error *e);

/* Same shape and values? Types may differ; NaN equals nothing. */
bool array_equal(const Array *a, const Array *b);

/* Is no element infinite or NaN? Integers are. A large result of arithmetic knows it, and is not read again. */
bool array_is_finite(const Array *a);

/* x held within low..high, either of which may be NULL; a NaN stays one. Errors: low > high (of two numbers), shapes, no memory. */
Array *array_clip(Array *x, const ArrayOperand *low, const ArrayOperand *high, Error *e);

/* The type that holds what both types hold, as described at the top. */
ArrayType array_common_type(ArrayType a, ArrayType b);

const char *array_unary_name(ArrayUnary op);

#endif
