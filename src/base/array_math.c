#include "base/array_math.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/array_reduce.h"
#include "base/array_walk.h"
#include "base/clones.h"
#include "base/half.h"

/* ---- kernels: a run of elements of one type ----
**
** A kernel reads `in[k]` with stride 1, or 0 for one value repeated, and writes `out` with stride 1. The walk below brings every
** array into that form, block by block. `out` never overlaps an input, so the loops vectorise without run-time checks. */

typedef void (*Kernel)(void *out, const void *const in[3], const int64_t stride[3], int64_t n);

/* clang-format off */
#define BINARY_KERNEL(NAME, T, t, o, expression) \
  CLONES static void NAME##_##T(void *out_run, const void *const in[3], const int64_t stride[3], int64_t n) { \
    o *restrict out = out_run; \
    const t *a = in[0], *b = in[1]; \
    if (stride[0] != 0 && stride[1] != 0) { \
      ARRAY_SIMD for (int64_t k = 0; k < n; k++) { const t x = a[k], y = b[k]; out[k] = (o)(expression); } \
    } else if (stride[0] != 0) { \
      const t y = *b; \
      ARRAY_SIMD for (int64_t k = 0; k < n; k++) { const t x = a[k]; out[k] = (o)(expression); } \
    } else if (stride[1] != 0) { \
      const t x = *a; \
      ARRAY_SIMD for (int64_t k = 0; k < n; k++) { const t y = b[k]; out[k] = (o)(expression); } \
    } else { \
      const t x = *a, y = *b; \
      const o z = (o)(expression); \
      for (int64_t k = 0; k < n; k++) out[k] = z; \
    } \
  }
/* clang-format on */

/* clang-format off */
#define OF_ALL_TYPES(NAME, f64, f32, i64, i32) \
  BINARY_KERNEL(NAME, F64, double, double, f64) BINARY_KERNEL(NAME, F32, float, float, f32) \
  BINARY_KERNEL(NAME, I64, int64_t, int64_t, i64) BINARY_KERNEL(NAME, I32, int32_t, int32_t, i32)
/* clang-format on */
#define OF_COMPLEX(NAME, e) BINARY_KERNEL(NAME, C128, double complex, double complex, e)
#define OF_FLOATS(NAME, f64, f32) BINARY_KERNEL(NAME, F64, double, double, f64) BINARY_KERNEL(NAME, F32, float, float, f32)
/* clang-format off */
#define COMPARING(NAME, e) \
  BINARY_KERNEL(NAME, F64, double, uint8_t, e) BINARY_KERNEL(NAME, F32, float, uint8_t, e) \
  BINARY_KERNEL(NAME, I64, int64_t, uint8_t, e) BINARY_KERNEL(NAME, I32, int32_t, uint8_t, e) \
  BINARY_KERNEL(NAME, BOOL, uint8_t, uint8_t, e)
/* clang-format on */

/* Remainders and quotients rounded downward, as Lua defines them. A divisor of zero has been refused before; -1 is apart because
** the most negative number has no counterpart. */
static double mod_f64(double x, double y) {
  double m = fmod(x, y);
  return m * y < 0 ? m + y : m;
}
static int64_t mod_i64(int64_t x, int64_t y) {
  int64_t m = y == -1 || y == 0 ? 0 : x % y;
  return m != 0 && (m ^ y) < 0 ? m + y : m;
}
static int64_t floor_div_i64(int64_t x, int64_t y) {
  if (y == -1 || y == 0)
    return (int64_t)(0 - (uint64_t)x);
  return x / y - (x % y != 0 && (x ^ y) < 0);
}

/* Integers wrap: the sum is taken unsigned. Minimum and maximum hand a NaN on, from either side. */
OF_ALL_TYPES(add, x + y, x + y, (uint64_t)x + (uint64_t)y, (uint32_t)x + (uint32_t)y)
OF_ALL_TYPES(sub, x - y, x - y, (uint64_t)x - (uint64_t)y, (uint32_t)x - (uint32_t)y)
OF_ALL_TYPES(mul, x *y, x *y, (uint64_t)x *(uint64_t)y, (uint32_t)x *(uint32_t)y)
OF_ALL_TYPES(minimum, y < x || y != y ? y : x, y < x || y != y ? y : x, y < x ? y : x, y < x ? y : x)
OF_ALL_TYPES(maximum, y > x || y != y ? y : x, y > x || y != y ? y : x, y > x ? y : x, y > x ? y : x)
OF_ALL_TYPES(floor_div, floor(x / y), floorf(x / y), floor_div_i64(x, y), floor_div_i64(x, y))
OF_ALL_TYPES(mod, mod_f64(x, y), mod_f64(x, y), mod_i64(x, y), mod_i64(x, y))
OF_FLOATS(div, x / y, x / y)
OF_FLOATS(pow, pow(x, y), powf(x, y))
OF_FLOATS(atan2, atan2(x, y), atan2f(x, y))
COMPARING(lt, x < y)
COMPARING(le, x <= y)
COMPARING(gt, x > y)
COMPARING(ge, x >= y)
COMPARING(eq, x == y)
COMPARING(ne, x != y)
OF_COMPLEX(add, x + y)
OF_COMPLEX(sub, x - y)
OF_COMPLEX(mul, x *y)
OF_COMPLEX(div, x / y)
OF_COMPLEX(pow, cpow(x, y))
BINARY_KERNEL(eq, C128, double complex, uint8_t, x == y)
BINARY_KERNEL(ne, C128, double complex, uint8_t, x != y)
BINARY_KERNEL(and, BOOL, uint8_t, uint8_t, x &y)
BINARY_KERNEL(or, BOOL, uint8_t, uint8_t, x | y)
BINARY_KERNEL(xor, BOOL, uint8_t, uint8_t, x ^ y)

#define ROW4(name)                                                                                                                         \
  { [ARRAY_F64] = name##_F64, [ARRAY_F32] = name##_F32, [ARRAY_I64] = name##_I64, [ARRAY_I32] = name##_I32 }
#define ROW2(name)                                                                                                                         \
  { [ARRAY_F64] = name##_F64, [ARRAY_F32] = name##_F32 }
#define ROW3(name)                                                                                                                         \
  { [ARRAY_F64] = name##_F64, [ARRAY_F32] = name##_F32, [ARRAY_C128] = name##_C128 }
#define ROW4_C(name)                                                                                                                       \
  { [ARRAY_F64] = name##_F64, [ARRAY_F32] = name##_F32, [ARRAY_I64] = name##_I64, [ARRAY_I32] = name##_I32, [ARRAY_C128] = name##_C128 }
#define ROW6(name)                                                                                                                         \
  {                                                                                                                                        \
    [ARRAY_F64] = name##_F64, [ARRAY_F32] = name##_F32, [ARRAY_I64] = name##_I64, [ARRAY_I32] = name##_I32, [ARRAY_BOOL] = name##_BOOL,    \
    [ARRAY_C128] = name##_C128                                                                                                             \
  }
#define ROW5(name)                                                                                                                         \
  { [ARRAY_F64] = name##_F64, [ARRAY_F32] = name##_F32, [ARRAY_I64] = name##_I64, [ARRAY_I32] = name##_I32, [ARRAY_BOOL] = name##_BOOL }
static const Kernel binary_kernels[ARRAY_N_BINARIES][ARRAY_C128 + 1] = {
  [ARRAY_ADD] = ROW4_C(add),
  [ARRAY_SUB] = ROW4_C(sub),
  [ARRAY_MUL] = ROW4_C(mul),
  [ARRAY_MINIMUM] = ROW4(minimum),
  [ARRAY_MAXIMUM] = ROW4(maximum),
  [ARRAY_FLOOR_DIV] = ROW4(floor_div),
  [ARRAY_MOD] = ROW4(mod),
  [ARRAY_DIV] = ROW3(div),
  [ARRAY_POW] = ROW3(pow),
  [ARRAY_ATAN2] = ROW2(atan2),
  [ARRAY_LT] = ROW5(lt),
  [ARRAY_LE] = ROW5(le),
  [ARRAY_GT] = ROW5(gt),
  [ARRAY_GE] = ROW5(ge),
  [ARRAY_EQ] = ROW6(eq),
  [ARRAY_NE] = ROW6(ne),
  [ARRAY_AND] = { [ARRAY_BOOL] = and_BOOL },
  [ARRAY_OR] = { [ARRAY_BOOL] = or_BOOL },
  [ARRAY_XOR] = { [ARRAY_BOOL] = xor_BOOL },
};

#define UNARY_LOOP(NAME, T, t, o, expression)                                                                                              \
  static void NAME##_##T(void *out_run, const void *const in[3], const int64_t stride[3], int64_t n) {                                     \
    o *restrict out = out_run;                                                                                                             \
    const t *a = in[0];                                                                                                                    \
    (void)stride;                                                                                                                          \
    ARRAY_SIMD for (int64_t k = 0; k < n; k++) {                                                                                           \
      const t x = a[k];                                                                                                                    \
      out[k] = (o)(expression);                                                                                                            \
    }                                                                                                                                      \
  }
#define UNARY_SAME(NAME, f64, f32) UNARY_LOOP(NAME, F64, double, double, f64) UNARY_LOOP(NAME, F32, float, float, f32)
#define UNARY_FLOAT UNARY_SAME
#define UNARY_TRUTH(NAME, f64, f32) UNARY_LOOP(NAME, F64, double, uint8_t, f64) UNARY_LOOP(NAME, F32, float, uint8_t, f32)
#define UNARY_KERNELS(NAME, lua_name, kind, f64, f32) UNARY_##kind(unary_##NAME, f64, f32)
ARRAY_UNARIES(UNARY_KERNELS)

/* Only these mean anything to integers; rounding leaves them alone, and isnan, isfinite, negate work on them as float64. */
UNARY_LOOP(integer_neg, I64, int64_t, int64_t, 0 - (uint64_t)x)
UNARY_LOOP(integer_abs, I64, int64_t, int64_t, x < 0 ? 0 - (uint64_t)x : (uint64_t)x)
UNARY_LOOP(integer_sign, I64, int64_t, int64_t, (x > 0) - (x < 0))
UNARY_LOOP(integer_square, I64, int64_t, int64_t, (uint64_t)x *(uint64_t)x)
UNARY_LOOP(integer_same, I64, int64_t, int64_t, x)

/* What the functions are of complex numbers, and what they are then; the rest has no such meaning. */
UNARY_LOOP(complex_neg, C128, double complex, double complex, -x)
UNARY_LOOP(complex_abs, C128, double complex, double, cabs(x))
UNARY_LOOP(complex_arg, C128, double complex, double, carg(x))
UNARY_LOOP(complex_conj, C128, double complex, double complex, conj(x))
UNARY_LOOP(complex_square, C128, double complex, double complex, x *x)
UNARY_LOOP(complex_sqrt, C128, double complex, double complex, csqrt(x))
UNARY_LOOP(complex_exp, C128, double complex, double complex, cexp(x))
UNARY_LOOP(complex_log, C128, double complex, double complex, clog(x))
UNARY_LOOP(complex_sin, C128, double complex, double complex, csin(x))
UNARY_LOOP(complex_cos, C128, double complex, double complex, ccos(x))
UNARY_LOOP(complex_tan, C128, double complex, double complex, ctan(x))
UNARY_LOOP(complex_sinh, C128, double complex, double complex, csinh(x))
UNARY_LOOP(complex_cosh, C128, double complex, double complex, ccosh(x))
UNARY_LOOP(complex_tanh, C128, double complex, double complex, ctanh(x))
UNARY_LOOP(complex_reciprocal, C128, double complex, double complex, 1 / x)
UNARY_LOOP(complex_isnan, C128, double complex, uint8_t, x != x)
UNARY_LOOP(complex_isfinite, C128, double complex, uint8_t, creal(x) - creal(x) == 0 && cimag(x) - cimag(x) == 0)
UNARY_LOOP(complex_not, C128, double complex, uint8_t, x == 0)

static const struct {
  Kernel kernel;
  ArrayType type; /* of the result */
} of_complex[ARRAY_N_UNARIES] = {
  [ARRAY_NEG] = { complex_neg_C128, ARRAY_C128 },       [ARRAY_ABS] = { complex_abs_C128, ARRAY_F64 },
  [ARRAY_ARG] = { complex_arg_C128, ARRAY_F64 },        [ARRAY_CONJ] = { complex_conj_C128, ARRAY_C128 },
  [ARRAY_SQUARE] = { complex_square_C128, ARRAY_C128 }, [ARRAY_SQRT] = { complex_sqrt_C128, ARRAY_C128 },
  [ARRAY_EXP] = { complex_exp_C128, ARRAY_C128 },       [ARRAY_LOG] = { complex_log_C128, ARRAY_C128 },
  [ARRAY_SIN] = { complex_sin_C128, ARRAY_C128 },       [ARRAY_COS] = { complex_cos_C128, ARRAY_C128 },
  [ARRAY_TAN] = { complex_tan_C128, ARRAY_C128 },       [ARRAY_SINH] = { complex_sinh_C128, ARRAY_C128 },
  [ARRAY_COSH] = { complex_cosh_C128, ARRAY_C128 },     [ARRAY_TANH] = { complex_tanh_C128, ARRAY_C128 },
  [ARRAY_IS_NAN] = { complex_isnan_C128, ARRAY_BOOL },  [ARRAY_IS_FINITE] = { complex_isfinite_C128, ARRAY_BOOL },
  [ARRAY_NOT] = { complex_not_C128, ARRAY_BOOL },       [ARRAY_RECIPROCAL] = { complex_reciprocal_C128, ARRAY_C128 },
};

enum { SAME, FLOAT, TRUTH };
#define UNARY_ROW(NAME, lua_name, kind, f64, f32) { lua_name, kind, unary_##NAME##_F64, unary_##NAME##_F32 },
static const struct {
  const char *name;
  int kind;
  Kernel f64, f32;
} unaries[] = { ARRAY_UNARIES(UNARY_ROW) };

const char *array_unary_name(ArrayUnary op) { return unaries[op].name; }

#define SELECT_KERNEL(T, t)                                                                                                                \
  static void select_##T(void *out_run, const void *const in[3], const int64_t stride[3], int64_t n) {                                     \
    t *restrict out = out_run;                                                                                                             \
    const t *x = in[0], *y = in[1];                                                                                                        \
    const uint8_t *mask = in[2];                                                                                                           \
    const int64_t sx = stride[0], sy = stride[1], sm = stride[2];                                                                          \
    for (int64_t k = 0; k < n; k++)                                                                                                        \
      out[k] = mask[k * sm] ? x[k * sx] : y[k * sy];                                                                                       \
  }
SELECT_KERNEL(F64, double)
SELECT_KERNEL(F32, float)
SELECT_KERNEL(I64, int64_t)
SELECT_KERNEL(I32, int32_t)
SELECT_KERNEL(BOOL, uint8_t)
SELECT_KERNEL(C128, double complex)
static const Kernel select_kernels[] = ROW6(select);

/* ---- the walk ---- */

enum { SEEN_LEAST = IS_DEBUG ? 4 : 1 << 18 }; /* elements of a result that is looked at for numbers that are not finite */

/* One operation over the arrays of a walk: side 0 is the result, sides 1.. are what is read. The type of each side in memory, and that in
** which the kernel reads or writes it. */
typedef struct {
  ArrayWalk walk;
  union {
    double f64;
    float f32;
    int64_t i64;
    int32_t i32;
    uint8_t bool_;
    double complex c128;
  } number[3];                    /* where a side that is a number lies */
  const Array *runs[ARRAY_SIDES]; /* a side that is made of runs has no memory to walk through; the result is then a vector */
  ArrayType stored[ARRAY_SIDES], read[ARRAY_SIDES];
  bool is_apart;  /* the result goes to a scratch block first, because it is also an input */
  bool is_finite; /* whoever sets it wants to know whether all that is written is finite; it is then float64 or float32 */
  Kernel kernel;
} Operation;

/* `n` elements of side `k` from element `from` of the run on: where they lie, if they can be read there, else converted into `scratch`. */
static const void *fetch(const Operation *o, int k, int64_t from, int64_t n, void *scratch, int64_t *stride) {
  if (o->runs[k] != NULL) {
    const double *values = array_run_values(o->runs[k], from, n, scratch);
    *stride = values == scratch;
    return values;
  }
  int64_t gap = array_walk_stride(&o->walk, k);
  const char *at = o->walk.side[k].at + from * gap * o->walk.side[k].bytes;
  bool is_spread =
      gap == 0 && o->walk.n_sides == 2; /* kernels of one input know no repeated value: they get as many as there are elements */
  *stride = gap != 0 || is_spread;
  if (o->stored[k] == o->read[k] && (gap == 0 || gap == 1) && (!is_spread || n == 1))
    return at;
  array_convert(o->read[k], scratch, 1, o->stored[k], at, gap, *stride == 0 ? 1 : n);
  return scratch;
}

/* Zero times what is not finite, is not zero: a look at each value without a branch. */
#define ALL_FINITE(name, T)                                                                                                                \
  CLONES static bool name(const T *x, int64_t n) {                                                                                         \
    T zero = 0;                                                                                                                            \
    _Pragma("omp simd reduction(+ : zero)") for (int64_t k = 0; k < n; k++) zero += x[k] * 0;                                              \
    return zero == 0;                                                                                                                      \
  }
ALL_FINITE(all_finite_f64, double)
ALL_FINITE(all_finite_f32, float)

static bool all_finite(ArrayType type, const void *x, int64_t n) { return type == ARRAY_F64 ? all_finite_f64(x, n) : all_finite_f32(x, n); }

/* How many elements from `from` on are computed at once: within a long run there is one value for all of them. */
static int64_t block_length(const Operation *o, int64_t from) {
  int64_t n = o->walk.n - from < ARRAY_BLOCK ? o->walk.n - from : ARRAY_BLOCK;
  for (int k = 1; k < o->walk.n_sides; k++)
    if (o->runs[k] != NULL)
      n = array_run_length(o->runs[k], from, n);
  return n;
}

static void run(Operation *o) {
  double scratch[ARRAY_SIDES][2 * ARRAY_BLOCK]; /* complex numbers are the largest */
  ArrayWalk *w = &o->walk;
  for (bool more = array_walk_begin(w, ARRAY_ANY_ORDER); more; more = array_walk_next(w))
    for (int64_t from = 0, gap = array_walk_stride(w, 0), n; from < w->n; from += n) {
      n = block_length(o, from);
      int64_t stride[3] = { 0 };
      const void *in[3] = { NULL };
      for (int k = 1; k < w->n_sides; k++)
        in[k - 1] = fetch(o, k, from, n, scratch[k], &stride[k - 1]);
      char *to = w->side[0].at + from * gap * w->side[0].bytes;
      bool is_direct = !o->is_apart && o->stored[0] == o->read[0] && (gap == 1 || n == 1);
      o->kernel(is_direct ? (void *)to : scratch[0], in, stride, n);
      o->is_finite = o->is_finite && is_direct && all_finite(o->stored[0], to, n);
      if (!is_direct)
        array_convert(o->stored[0], to, gap, o->read[0], scratch[0], 1, n);
    }
}

static void add_array(Operation *o, const Array *a, ArrayType read) {
  o->runs[o->walk.n_sides] = a->runs != NULL ? a : NULL;
  o->stored[o->walk.n_sides] = a->type;
  o->read[o->walk.n_sides] = read;
  array_walk_add(&o->walk, a);
}

/* Begin with the result `out`, which the kernel writes as `type`. */
static void set_out(Operation *o, const Array *out, ArrayType type) {
  o->walk = array_walk(out->n_axes, out->shape);
  add_array(o, out, type);
}

static void add_operand(Operation *o, const ArrayOperand *x, ArrayType type) {
  if (x->array != NULL) {
    add_array(o, x->array, type);
    return;
  }
  int k = o->walk.n_sides - 1;
  array_convert(type, &o->number[k], 1, x->scalar.type == ARRAY_F64 ? ARRAY_F64 : ARRAY_I64,
                x->scalar.type == ARRAY_F64 ? (const void *)&x->scalar.number : &x->scalar.integer, 1, 1);
  add_array(o, &(Array){ .type = type, .at = (char *)&o->number[k] }, type); /* without axes */
}

/* ---- types and shapes ---- */

static const char *const verbs[] = {
#define VERB(name, verb) verb,
  ARRAY_BINARIES(VERB)
#undef VERB
};

ArrayType array_common_type(ArrayType a, ArrayType b) {
  if (a == b)
    return a;
  if (a == ARRAY_C128 || b == ARRAY_C128)
    return ARRAY_C128;
  if (a == ARRAY_F64 || b == ARRAY_F64)
    return ARRAY_F64;
  if (a == ARRAY_F32 || b == ARRAY_F32)
    return a == ARRAY_BOOL || b == ARRAY_BOOL ? ARRAY_F32 : ARRAY_F64;
  return a == ARRAY_I64 || b == ARRAY_I64 ? ARRAY_I64 : ARRAY_I32;
}

/* The type of a number beside an array of type `array`. */
static ArrayType scalar_type(const ArrayScalar *x, ArrayType array) {
  if (x->type == ARRAY_BOOL)
    return array;
  if (array == ARRAY_F64 || array == ARRAY_F32 || array == ARRAY_C128)
    return array;
  if (x->type == ARRAY_F64)
    return ARRAY_F64;
  return array == ARRAY_I32 && x->integer >= INT32_MIN && x->integer <= INT32_MAX ? ARRAY_I32 : ARRAY_I64;
}

static ArrayType common_type(const ArrayOperand *x, const ArrayOperand *y) {
  if (x->array != NULL && y->array != NULL)
    return array_common_type(x->array->type, y->array->type);
  if (x->array == NULL && y->array == NULL)
    return array_common_type(x->scalar.type, y->scalar.type);
  const Array *a = x->array != NULL ? x->array : y->array;
  return array_common_type(a->type, scalar_type(x->array != NULL ? &y->scalar : &x->scalar, a->type));
}

static bool is_comparison(ArrayBinary op) { return op >= ARRAY_LT && op <= ARRAY_NE; }

/* The type in which the operation is computed; what it writes is bool for comparisons, the same type otherwise. */
static bool compute_type(ArrayBinary op, const ArrayOperand *x, const ArrayOperand *y, ArrayType *type, Error *e) {
  *type = common_type(x, y);
  if (*type == ARRAY_C128 && binary_kernels[op][*type] == NULL)
    return is_comparison(op) || op == ARRAY_MINIMUM || op == ARRAY_MAXIMUM
               ? error_set(e, "complex numbers have no order: compare their abs, real or imag")
               : error_set(e, "cannot %s complex numbers", verbs[op]);
  if (is_comparison(op))
    return true;
  if (op >= ARRAY_AND) {
    const Array *other = x->array != NULL && x->array->type != ARRAY_BOOL ? x->array : y->array;
    return *type == ARRAY_BOOL ? true
           : other == NULL || other->type == ARRAY_BOOL
               ? error_set(e, "masks combine with masks or booleans, not with numbers")
               : error_set(e, "masks combine bool arrays, but one of these is %s", array_type_name(other->type));
  }
  if (*type == ARRAY_BOOL)
    *type = ARRAY_I64;
  if ((op == ARRAY_DIV || op == ARRAY_POW || op == ARRAY_ATAN2) && *type != ARRAY_F32 && *type != ARRAY_C128)
    *type = ARRAY_F64;
  return true;
}

/* Widen `like` (its axes) so that `a` fits. */
static bool broadcast(Array *like, const Array *a) {
  int n_axes = like->n_axes > a->n_axes ? like->n_axes : a->n_axes;
  int64_t shape[ARRAY_MOST_AXES];
  for (int d = 0; d < n_axes; d++) { /* counted from the last axis */
    int64_t old = d < like->n_axes ? like->shape[like->n_axes - 1 - d] : 1, extra = d < a->n_axes ? a->shape[a->n_axes - 1 - d] : 1;
    if (old != extra && old != 1 && extra != 1)
      return false;
    shape[n_axes - 1 - d] = old == 1 ? extra : old;
  }
  like->n_axes = n_axes;
  memcpy(like->shape, shape, (size_t)n_axes * sizeof *shape);
  return true;
}

static bool result_shape(const char *verb, const ArrayOperand *const side[], int n, Array *like, Error *e) {
  *like = (Array){ .shape = { 1, 1, 1, 1, 1, 1, 1, 1 } };
  for (int k = 0; k < n; k++)
    if (side[k]->array != NULL && !broadcast(like, side[k]->array)) {
      char a[ARRAY_SHAPE_TEXT], b[ARRAY_SHAPE_TEXT];
      return error_set(e, "cannot %s arrays of shapes %s and %s", verb, array_shape_text(like, a), array_shape_text(side[k]->array, b));
    }
  return true;
}

static Array *new_result(const Array *like, ArrayType type, Error *e) {
  Array *out = array_new_raw(like, type);
  if (out == NULL)
    error_memory(e, "the result", (double)array_count(like) * (double)array_type_size(type));
  return out;
}

static bool has_zero(const ArrayOperand *y) {
  if (y->array == NULL)
    return y->scalar.integer == 0;
  ArrayWalk w = array_walk(y->array->n_axes, y->array->shape);
  array_walk_add(&w, y->array);
  for (bool more = array_walk_begin(&w, ARRAY_ANY_ORDER); more; more = array_walk_next(&w))
    for (int64_t k = 0, gap = array_walk_stride(&w, 0) * w.side[0].bytes; k < w.n; k++)
      if (array_load_integer(y->array->type, w.side[0].at + k * gap) == 0)
        return true;
  return false;
}

/* ---- operations ---- */

/* Give the runs of `x` memory unless the operation can read them as they are: float64, and of the shape that the result has. */
static bool ready(const ArrayOperand *x, ArrayType type, const Array *like, Error *e) {
  if (x->array == NULL || x->array->runs == NULL || (type == ARRAY_F64 && array_same_shape(x->array, like)) || array_write_out(x->array))
    return true;
  return error_memory(e, "the elements of an array", (double)array_count(x->array) * (double)sizeof(double));
}

/* out = x op y; the kernel computes in `type` and writes `out_type`. */
static void run_binary(Operation *o, ArrayBinary op, const ArrayOperand *x, const ArrayOperand *y, ArrayType type, const Array *out) {
  o->kernel = binary_kernels[op][type];
  set_out(o, out, is_comparison(op) ? ARRAY_BOOL : type);
  add_operand(o, x, type);
  add_operand(o, y, type);
  run(o);
}

static bool check_divisor(ArrayBinary op, const ArrayOperand *y, ArrayType type, Error *e) {
  bool is_whole = (op == ARRAY_FLOOR_DIV || op == ARRAY_MOD) && (type == ARRAY_I64 || type == ARRAY_I32);
  return !is_whole || !has_zero(y) || error_set(e, "integer division by zero");
}

Array *array_binary(ArrayBinary op, const ArrayOperand *x, const ArrayOperand *y, Error *e) {
  if (op == ARRAY_POW && x->array != NULL && (array_is_float(x->array) || x->array->type == ARRAY_C128) && y->array == NULL &&
      y->scalar.number == 2)
    return array_unary(ARRAY_SQUARE, x->array, e);
  ArrayType type;
  Array like;
  if (!compute_type(op, x, y, &type, e) || !result_shape(verbs[op], (const ArrayOperand *const[]){ x, y }, 2, &like, e) ||
      !ready(x, type, &like, e) || !ready(y, type, &like, e) || !check_divisor(op, y, type, e))
    return NULL;
  Array *out = new_result(&like, is_comparison(op) ? ARRAY_BOOL : type, e);
  if (out == NULL)
    return NULL;
  /* A large result mostly becomes values of an object, which must be finite: cheap to see while it is in the cache. */
  Operation o = { .is_finite = array_is_float(out) && array_count(out) >= SEEN_LEAST };
  run_binary(&o, op, x, y, type, out);
  out->buffer->finite = o.is_finite ? out->buffer->version + 1 : 0;
  return out;
}

bool array_binary_into(ArrayBinary op, Array *x, const ArrayOperand *y, Error *e) {
  ArrayOperand left = { .array = x }, right = *y;
  ArrayType type;
  Array like;
  if (!compute_type(op, &left, y, &type, e) || !result_shape(verbs[op], (const ArrayOperand *const[]){ &left, y }, 2, &like, e))
    return false;
  if (!array_same_shape(&like, x)) {
    char a[ARRAY_SHAPE_TEXT], b[ARRAY_SHAPE_TEXT];
    return error_set(e, "the result has shape %s and does not fit into the array, which has shape %s", array_shape_text(&like, a),
                     array_shape_text(x, b));
  }
  if (((type == ARRAY_F64 || type == ARRAY_F32) && !array_is_float(x) && x->type != ARRAY_C128) || (type == ARRAY_C128 && x->type != type))
    return error_set(e, "the result is %s and does not fit into an array of %s", array_type_name(type), array_type_name(x->type));
  if (!ready(y, type, &like, e))
    return false;
  if (y->array != NULL && y->array->runs == NULL && array_entangled(x, y->array)) {
    right.array = array_duplicate(y->array, y->array->type);
    if (right.array == NULL)
      return error_memory(e, "a copy of overlapping memory", (double)array_count(y->array) * (double)array_type_size(y->array->type));
  }
  bool is_fine = check_divisor(op, &right, type, e);
  if (is_fine) {
    run_binary(&(Operation){ .is_apart = true }, op, &left, &right, type, x);
    array_touch(x);
  }
  if (right.array != y->array)
    array_release(right.array);
  return is_fine;
}

bool array_is_finite(const Array *a) {
  if (!array_is_float(a) || (a->buffer->finite != 0 && !a->buffer->is_guarded && a->buffer->finite == a->buffer->version + 1))
    return true;
  if (array_is_contiguous(a) && !a->is_repeated)
    return all_finite(a->type, a->at, array_count(a));
  ArrayWalk w = array_walk(a->n_axes, a->shape);
  array_walk_add(&w, a);
  for (bool more = array_walk_begin(&w, ARRAY_ANY_ORDER); more; more = array_walk_next(&w))
    for (int64_t k = 0, gap = array_walk_stride(&w, 0) * w.side[0].bytes; k < w.n; k++)
      if (!isfinite(array_load(a->type, w.side[0].at + k * gap)))
        return false;
  return true;
}

Array *array_unary(ArrayUnary op, const Array *x, Error *e) {
  static const Kernel integer[ARRAY_N_UNARIES] = {
    [ARRAY_NEG] = integer_neg_I64,       [ARRAY_ABS] = integer_abs_I64,    [ARRAY_SIGN] = integer_sign_I64,
    [ARRAY_SQUARE] = integer_square_I64, [ARRAY_FLOOR] = integer_same_I64, [ARRAY_CEIL] = integer_same_I64,
    [ARRAY_ROUND] = integer_same_I64,    [ARRAY_TRUNC] = integer_same_I64, [ARRAY_CONJ] = integer_same_I64
  };
  int kind = unaries[op].kind;
  bool is_integer = kind == SAME && !array_is_float(x), is_single = x->type == ARRAY_F32;
  Operation o = { .kernel = is_integer ? integer[op] : is_single ? unaries[op].f32 : unaries[op].f64 };
  ArrayType type = is_integer ? ARRAY_I64 : is_single ? ARRAY_F32 : ARRAY_F64;
  ArrayType out_type = kind == TRUTH ? ARRAY_BOOL : is_integer && x->type == ARRAY_I32 ? ARRAY_I32 : type;
  if (x->type == ARRAY_C128) {
    if (of_complex[op].kernel == NULL) {
      error_set(e, "%s has no meaning for complex numbers (see real, imag, abs, arg)", unaries[op].name);
      return NULL;
    }
    o.kernel = of_complex[op].kernel;
    out_type = of_complex[op].type;
    type = ARRAY_C128;
  }
  Array *out = new_result(x, out_type, e);
  if (out == NULL)
    return NULL;
  set_out(&o, out, kind == TRUTH || x->type == ARRAY_C128 ? out_type : type);
  add_array(&o, x, type);
  run(&o);
  return out;
}

Array *array_select(Array *mask, const ArrayOperand *x, const ArrayOperand *y, Error *e) {
  ArrayOperand third = { .array = mask };
  Array like;
  if (mask->type != ARRAY_BOOL) {
    error_set(e, "the mask must be a bool array, not %s", array_type_name(mask->type));
    return NULL;
  }
  if (!result_shape("select from", (const ArrayOperand *const[]){ x, y, &third }, 3, &like, e))
    return NULL;
  ArrayType type = common_type(x, y);
  Array *out = new_result(&like, type, e);
  if (out == NULL)
    return NULL;
  Operation o = { .kernel = select_kernels[type] };
  set_out(&o, out, type);
  add_operand(&o, x, type);
  add_operand(&o, y, type);
  add_operand(&o, &third, ARRAY_BOOL);
  run(&o);
  return out;
}

Array *array_clip(Array *x, const ArrayOperand *low, const ArrayOperand *high, Error *e) {
  if (low != NULL && high != NULL && low->array == NULL && high->array == NULL && !(low->scalar.number <= high->scalar.number)) {
    error_set(e, "the lower bound %g lies above the upper bound %g", low->scalar.number, high->scalar.number);
    return NULL;
  }
  Array *above = low == NULL ? array_retain(x) : array_binary(ARRAY_MAXIMUM, &(ArrayOperand){ .array = x }, low, e);
  if (above == NULL || high == NULL)
    return above;
  Array *within = array_binary(ARRAY_MINIMUM, &(ArrayOperand){ .array = above }, high, e);
  array_release(above);
  return within;
}

bool array_equal(const Array *a, const Array *b) {
  if (!array_same_shape(a, b))
    return false;
  if (a->type == ARRAY_C128 || b->type == ARRAY_C128) {
    Error e;
    Array *same = array_binary(ARRAY_EQ, &(ArrayOperand){ .array = (Array *)a }, &(ArrayOperand){ .array = (Array *)b }, &e);
    ArrayScalar all = { .integer = 0 };
    bool is_equal = same != NULL && array_reduce(ARRAY_REDUCE_ALL, same, 0, &all, &e) && all.integer != 0;
    array_release(same);
    return is_equal;
  }
  bool is_exact = !array_is_float(a) && !array_is_float(b);
  ArrayWalk w = array_walk(a->n_axes, a->shape);
  array_walk_add(&w, a);
  array_walk_add(&w, b);
  for (bool more = array_walk_begin(&w, ARRAY_ANY_ORDER); more; more = array_walk_next(&w))
    for (int64_t k = 0, gap_a = array_walk_stride(&w, 0) * w.side[0].bytes, gap_b = array_walk_stride(&w, 1) * w.side[1].bytes; k < w.n;
         k++) {
      const char *x = w.side[0].at + k * gap_a, *y = w.side[1].at + k * gap_b;
      if (is_exact ? array_load_integer(a->type, x) != array_load_integer(b->type, y) : array_load(a->type, x) != array_load(b->type, y))
        return false;
    }
  return true;
}
