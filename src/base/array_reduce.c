#include "base/array_reduce.h"

#include <math.h>

#include "base/array_block.h"
#include "base/clones.h"
#include "base/array_order.h"
#include "base/array_walk.h"

enum { LANES = 16 };

/* ---- reading in row-major order ---- */

const void *array_read(const Array *a, int64_t first, int64_t n, ArrayType type, void *scratch) {
  if (array_is_contiguous(a)) {
    const char *at = a->at + first * (int64_t)array_type_size(a->type);
    if (a->type == type)
      return at;
    array_convert(type, scratch, 1, a->type, at, 1, n);
    return scratch;
  }
  ArrayWalk w = array_walk(a->n_axes, a->shape);
  array_walk_add(&w, a);
  bool more = array_walk_begin(&w, ARRAY_ROW_MAJOR);
  array_walk_seek(&w, first);
  for (char *to = scratch; more && n > 0; more = array_walk_next(&w)) {
    int64_t part = w.n < n ? w.n : n;
    array_convert(type, to, 1, a->type, w.side[0].at, array_walk_stride(&w, 0), part);
    to += part * (int64_t)array_type_size(type);
    n -= part;
  }
  return scratch;
}

/* ---- sums in pairs ---- */

/* Blocks arrive one by one; `level[k]` holds the sum of 2^k of them, as the digits of a binary counter. */
typedef struct {
  double level[56];
  uint64_t n_blocks;
} Pairs;

static void pairs_add(Pairs *p, double block) {
  int k = 0;
  for (uint64_t n = p->n_blocks; n & 1; n >>= 1)
    block = p->level[k++] + block;
  p->level[k] = block;
  p->n_blocks++;
}

static double pairs_total(const Pairs *p) {
  double total = 0;
  for (int k = 0; k < 56; k++)
    if (p->n_blocks >> k & 1)
      total = p->level[k] + total;
  return total;
}

/* The sum of one block: element k in lane k mod 16, lanes added in halves. */
CLONES static double block_sum(const double *x, int64_t n) {
  double lane[LANES] = { 0 };
  int64_t k = 0;
  for (; k + LANES <= n; k += LANES)
    _Pragma("GCC unroll 16") for (int l = 0; l < LANES; l++) lane[l] += x[k + l];
  for (int l = 0; k + l < n; l++)
    lane[l] += x[k + l];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++)
      lane[l] += lane[l + half];
  return lane[0];
}

typedef enum { TERM_VALUE, TERM_MAGNITUDE, TERM_SQUARE } Term;

/* The sum of the elements less `centre`, of their magnitudes or of their squares. */
static double real_sum(const Array *a, Term term, double centre) {
  double scratch[ARRAY_BLOCK], terms[ARRAY_BLOCK];
  Pairs pairs = { .n_blocks = 0 };
  for (int64_t first = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const double *x = array_read(a, first, n, ARRAY_F64, scratch);
    if (term == TERM_MAGNITUDE) {
      ARRAY_SIMD for (int64_t k = 0; k < n; k++) terms[k] = fabs(x[k]);
    } else if (term == TERM_SQUARE) {
      ARRAY_SIMD for (int64_t k = 0; k < n; k++) terms[k] = (x[k] - centre) * (x[k] - centre);
    }
    pairs_add(&pairs, block_sum(term == TERM_VALUE ? x : terms, n));
  }
  return pairs_total(&pairs);
}

static int64_t integer_sum(const Array *a) {
  int64_t scratch[ARRAY_BLOCK];
  uint64_t total = 0;
  for (int64_t first = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const int64_t *x = array_read(a, first, n, ARRAY_I64, scratch);
    for (int64_t k = 0; k < n; k++)
      total += (uint64_t)x[k];
  }
  return (int64_t)total;
}

static double mean(const Array *a) {
  return (array_is_float(a) ? real_sum(a, TERM_VALUE, 0) : (double)integer_sum(a)) / (double)array_count(a);
}

static double variance(const Array *a, double freedom) {
  double n = (double)array_count(a) - freedom;
  return n > 0 ? real_sum(a, TERM_SQUARE, mean(a)) / n : NAN;
}

/* block_sum of x[k] * y[k]. */
CLONES static double block_inner(const double *x, const double *y, int64_t n) {
  double lane[LANES] = { 0 };
  int64_t k = 0;
  for (; k + LANES <= n; k += LANES)
    _Pragma("GCC unroll 16") for (int l = 0; l < LANES; l++) lane[l] += x[k + l] * y[k + l];
  for (int l = 0; k + l < n; l++)
    lane[l] += x[k + l] * y[k + l];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++)
      lane[l] += lane[l + half];
  return lane[0];
}

double array_inner_run(const double *x, const double *y, int64_t n) {
  if (n <= ARRAY_BLOCK)
    return 0 + block_inner(x, y, n);
  Pairs pairs = { .n_blocks = 0 };
  for (int64_t first = 0; first < n; first += ARRAY_BLOCK)
    pairs_add(&pairs, block_inner(x + first, y + first, n - first < ARRAY_BLOCK ? n - first : ARRAY_BLOCK));
  return pairs_total(&pairs);
}

double array_inner(const Array *a, const Array *b) {
  double in_a[ARRAY_BLOCK], in_b[ARRAY_BLOCK];
  Pairs pairs = { .n_blocks = 0 };
  for (int64_t first = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    pairs_add(&pairs, block_inner(array_read(a, first, n, ARRAY_F64, in_a), array_read(b, first, n, ARRAY_F64, in_b), n));
  }
  return pairs_total(&pairs);
}

double array_correlation(const Array *a, const Array *b) {
  double in_a[ARRAY_BLOCK], in_b[ARRAY_BLOCK], terms[ARRAY_BLOCK], mean_a = mean(a), mean_b = mean(b);
  Pairs pairs = { .n_blocks = 0 };
  for (int64_t first = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const double *x = array_read(a, first, n, ARRAY_F64, in_a), *y = array_read(b, first, n, ARRAY_F64, in_b);
    ARRAY_SIMD for (int64_t k = 0; k < n; k++) terms[k] = (x[k] - mean_a) * (y[k] - mean_b);
    pairs_add(&pairs, block_sum(terms, n));
  }
  double scale = sqrt(real_sum(a, TERM_SQUARE, mean_a)) * sqrt(real_sum(b, TERM_SQUARE, mean_b));
  if (!(scale > 0))
    return NAN;
  double r = pairs_total(&pairs) / scale;
  return r > 1 ? 1 : r < -1 ? -1 : r; /* rounding alone can leave the range */
}

/* ---- extremes, products, counts ---- */

/* Where the least (or greatest) element stands, from 0. A NaN beats everything; the first of equals wins. */
static int64_t extreme(const Array *a, bool is_max, ArrayScalar *value) {
  int64_t scratch[ARRAY_BLOCK], best = 0, count = array_count(a);
  bool is_real = array_is_float(a);
  for (int64_t first = 0; first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const void *run = array_read(a, first, n, is_real ? ARRAY_F64 : ARRAY_I64, scratch);
    const double *x = run;
    const int64_t *i = run;
    for (int64_t k = 0; k < n; k++) {
      bool is_better = is_real ? (is_max ? x[k] > value->number : x[k] < value->number) || x[k] != x[k]
                               : (is_max ? i[k] > value->integer : i[k] < value->integer);
      if (!is_better && first + k > 0)
        continue;
      best = first + k;
      value->number = is_real ? x[k] : (double)i[k];
      value->integer = is_real ? 0 : i[k];
      if (value->number != value->number)
        return best;
    }
  }
  return best;
}

static void product(const Array *a, ArrayScalar *out) {
  int64_t scratch[ARRAY_BLOCK];
  bool is_real = array_is_float(a);
  uint64_t whole = 1;
  double real = 1;
  for (int64_t first = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const void *run = array_read(a, first, n, is_real ? ARRAY_F64 : ARRAY_I64, scratch);
    for (int64_t k = 0; k < n; k++)
      if (is_real)
        real *= ((const double *)run)[k];
      else
        whole *= (uint64_t)((const int64_t *)run)[k];
  }
  out->integer = (int64_t)whole;
  out->number = is_real ? real : (double)out->integer;
}

/* How many elements are not zero; NaN is not zero. */
static int64_t count_true(const Array *a) {
  uint8_t scratch[ARRAY_BLOCK];
  int64_t total = 0;
  for (int64_t first = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const uint8_t *x = array_read(a, first, n, ARRAY_BOOL, scratch);
    for (int64_t k = 0; k < n; k++)
      total += x[k] != 0;
  }
  return total;
}

/* ---- one value, or one for each line along an axis ---- */

enum { SUM, REAL, VALUE, INDEX, TRUTH };
#define REDUCTION_ROW(name, lua_name, kind) { lua_name, kind },
static const struct {
  const char *name;
  int kind;
} reductions[] = { ARRAY_REDUCTIONS(REDUCTION_ROW) };

const char *array_reduction_name(ArrayReduction kind) { return reductions[kind].name; }

static ArrayType result_type(ArrayReduction kind, const Array *a) {
  switch (reductions[kind].kind) {
  case SUM: return array_is_float(a) ? ARRAY_F64 : ARRAY_I64;
  case VALUE: return a->type;
  case INDEX: return ARRAY_I64;
  case TRUTH: return ARRAY_BOOL;
  default: return ARRAY_F64;
  }
}

static void set_integer(ArrayScalar *out, int64_t value) {
  out->integer = value;
  out->number = (double)value;
}

bool array_reduce(ArrayReduction kind, const Array *a, double freedom, ArrayScalar *out, Error *e) {
  int64_t count = array_count(a);
  ArrayType type = result_type(kind, a);
  *out = (ArrayScalar){ .type = type == ARRAY_F32 ? ARRAY_F64 : type == ARRAY_I32 ? ARRAY_I64 : type };
  bool is_real = out->type == ARRAY_F64;
  switch (kind) {
  case ARRAY_REDUCE_SUM:
    if (is_real)
      out->number = real_sum(a, TERM_VALUE, 0);
    else
      set_integer(out, integer_sum(a));
    return true;
  case ARRAY_REDUCE_PROD: product(a, out); return true;
  case ARRAY_REDUCE_MEAN: out->number = count == 0 ? NAN : mean(a); return true;
  case ARRAY_REDUCE_VAR: out->number = variance(a, freedom); return true;
  case ARRAY_REDUCE_STD: out->number = sqrt(variance(a, freedom)); return true;
  case ARRAY_REDUCE_MEDIAN: return array_quantiles(a, &(double){ 0.5 }, 1, &out->number, e);
  case ARRAY_REDUCE_NORM1: out->number = real_sum(a, TERM_MAGNITUDE, 0); return true;
  case ARRAY_REDUCE_NORM2: out->number = sqrt(real_sum(a, TERM_SQUARE, 0)); return true;
  case ARRAY_REDUCE_COUNT: set_integer(out, count_true(a)); return true;
  case ARRAY_REDUCE_ANY: set_integer(out, count_true(a) > 0); return true;
  case ARRAY_REDUCE_ALL: set_integer(out, count_true(a) == count); return true;
  case ARRAY_REDUCE_MIN:
  case ARRAY_REDUCE_MAX:
  case ARRAY_REDUCE_ARGMIN:
  case ARRAY_REDUCE_ARGMAX: break;
  case ARRAY_N_REDUCTIONS: return error_set(e, "no such reduction");
  }
  if (count == 0)
    return error_set(e, "an array of no elements has no %s", reductions[kind].name);
  ArrayScalar value = { .type = out->type };
  int64_t at = extreme(a, kind == ARRAY_REDUCE_MAX || kind == ARRAY_REDUCE_ARGMAX, &value);
  if (reductions[kind].kind == INDEX)
    set_integer(out, at + 1);
  else
    *out = value;
  return true;
}

typedef struct {
  ArrayReduction kind;
  double freedom;
} Reduction;

static bool reduce_line(const Array *line, Array *to, const void *given, Error *e) {
  const Reduction *r = given;
  ArrayScalar value;
  if (!array_reduce(r->kind, line, r->freedom, &value, e))
    return false;
  if (value.type == ARRAY_F64)
    array_store(to->type, to->at, value.number);
  else
    array_store_integer(to->type, to->at, value.integer);
  return true;
}

Array *array_reduce_axis(ArrayReduction kind, const Array *a, int axis, double freedom, Error *e) {
  Array like = array_across(a, axis);
  return array_lines(a, axis, array_new_raw(&like, result_type(kind, a)), -1, reduce_line, &(Reduction){ kind, freedom }, e);
}

/* One more of a whole number's steps; they wrap around silently. */
static int64_t step_whole(ArrayCumulation kind, int64_t so_far, int64_t x) {
  switch (kind) {
  case CUMULATE_SUM: return (int64_t)((uint64_t)so_far + (uint64_t)x);
  case CUMULATE_PRODUCT: return (int64_t)((uint64_t)so_far * (uint64_t)x);
  case CUMULATE_MIN: return x < so_far ? x : so_far;
  case CUMULATE_MAX: return x > so_far ? x : so_far;
  }
  return 0;
}

/* NaN stays, once it has come. */
static double step_real(ArrayCumulation kind, double so_far, double x) {
  switch (kind) {
  case CUMULATE_SUM: return so_far + x;
  case CUMULATE_PRODUCT: return so_far * x;
  case CUMULATE_MIN: return x < so_far || x != x ? x : so_far;
  case CUMULATE_MAX: return x > so_far || x != x ? x : so_far;
  }
  return 0;
}

static bool cumulate_line(const Array *line, Array *to, const void *given, Error *e) {
  (void)e;
  ArrayCumulation kind = *(const ArrayCumulation *)given;
  const char *from = line->at;
  char *at = to->at;
  double real = 0;
  int64_t whole = 0;
  for (int64_t k = 0; k < line->shape[0]; k++) {
    if (to->type == ARRAY_F64) {
      double x = array_load(line->type, from);
      *(double *)(void *)at = real = k == 0 ? x : step_real(kind, real, x);
    } else {
      int64_t x = array_load_integer(line->type, from);
      *(int64_t *)(void *)at = whole = k == 0 ? x : step_whole(kind, whole, x);
    }
    from += line->stride[0] * (int64_t)array_type_size(line->type);
    at += to->stride[0] * 8;
  }
  return true;
}

Array *array_cumulate(ArrayCumulation kind, const Array *a, int axis, Error *e) {
  return array_lines(a, axis, array_new_raw(a, array_is_float(a) ? ARRAY_F64 : ARRAY_I64), axis, cumulate_line, &kind, e);
}
