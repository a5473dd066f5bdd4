#include "synapses/weights.h"

#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/clones.h"
#include "base/memory.h"

enum { LANES = 8 };

static bool check_neurons(const Array *per_neuron, Error *e) {
  if (per_neuron->type != ARRAY_F64 || !array_is_contiguous(per_neuron))
    return error_set(e, "contiguous float64 numbers per neuron expected, got %s", array_type_name(per_neuron->type));
  return true;
}

static bool check(const Storage *s, const Array *values, const Array *per_neuron, Error *e) {
  if (values->type != ARRAY_F64 && values->type != ARRAY_F32)
    return error_set(e, "float64 or float32 values expected, got %s", array_type_name(values->type));
  if (!array_is_contiguous(values) || array_count(values) != s->n_synapses)
    return error_set(e, "%lld contiguous values expected (one per synapse), got %lld", (long long)s->n_synapses,
                     (long long)array_count(values));
  return check_neurons(per_neuron, e);
}

static bool check_size(const Storage *s, Side side, const Array *per_neuron, Error *e) {
  int64_t n = storage_first(s, side) + storage_n(s, side);
  if (array_count(per_neuron) < n)
    return error_set(e, "%lld numbers expected (one per neuron), got %lld", (long long)n, (long long)array_count(per_neuron));
  return true;
}

static inline double term(WeightsSum what, double x) { return what == WEIGHTS_SUM ? x : what == WEIGHTS_SUM_ABS ? fabs(x) : x * x; }

/* The sum of a row: element k in lane k mod LANES, what is left in lane 0. */
#define SUM_ROW(name, T, WHAT)                                                                                                             \
  CLONES static double name(const T *x, int64_t n) {                                                                                       \
    double lane[LANES] = { 0 };                                                                                                            \
    int64_t k = 0;                                                                                                                         \
    for (; k + LANES <= n; k += LANES)                                                                                                     \
      _Pragma("GCC unroll 8") for (int l = 0; l < LANES; l++) lane[l] += term(WHAT, (double)x[k + l]);                                     \
    for (; k < n; k++)                                                                                                                     \
      lane[0] += term(WHAT, (double)x[k]);                                                                                                 \
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));                                      \
  }
SUM_ROW(row_sum_double, double, WEIGHTS_SUM)
SUM_ROW(row_sum_float, float, WEIGHTS_SUM)
SUM_ROW(row_abs_double, double, WEIGHTS_SUM_ABS)
SUM_ROW(row_abs_float, float, WEIGHTS_SUM_ABS)
SUM_ROW(row_square_double, double, WEIGHTS_SUM_SQUARE)
SUM_ROW(row_square_float, float, WEIGHTS_SUM_SQUARE)

/* One body for both types and all sums: the compiler makes a loop of each. */
#define SUM_ROWS(T, WHAT, row_sum)                                                                                                         \
  for (int64_t r = 0; r < n_rows; r++) {                                                                                                   \
    const int64_t begin = storage_row(s, r), n = storage_row(s, r + 1) - begin;                                                            \
    const T *restrict x = (const T *)values->at + begin;                                                                                   \
    if (is_major)                                                                                                                          \
      total[first + r] += row_sum(x, n);                                                                                                   \
                                                                                                                                           \
    for (int64_t at = 0; !is_major && (span = storage_span(s, r, at, &buffer)).n > 0; at += span.n, x += span.n) {                         \
      if (span.minors == NULL) {                                                                                                           \
        double *restrict to = total + span.minor;                                                                                          \
        for (int64_t k = 0; k < span.n; k++)                                                                                               \
          to[k] += term(WHAT, (double)x[k]);                                                                                               \
      } else {                                                                                                                             \
        for (int64_t k = 0; k < span.n; k++)                                                                                               \
          total[span.minors[k]] += term(WHAT, (double)x[k]);                                                                               \
      }                                                                                                                                    \
    }                                                                                                                                      \
  }

/* clang-format off */
#define SUM_TYPE(T)                                       \
  switch (what) {                                          \
  case WEIGHTS_SUM: SUM_ROWS(T, WEIGHTS_SUM, row_sum_##T) break; \
  case WEIGHTS_SUM_ABS: SUM_ROWS(T, WEIGHTS_SUM_ABS, row_abs_##T) break; \
  case WEIGHTS_SUM_SQUARE: SUM_ROWS(T, WEIGHTS_SUM_SQUARE, row_square_##T) break; \
  }
/* clang-format on */

bool weights_sum(const Storage *s, Side side, WeightsSum what, const Array *values, Array *out, Error *e) {
  if (!check(s, values, out, e) || !check_size(s, side, out, e))
    return false;
  const bool is_major = side == storage_major(s);
  const int64_t n_rows = storage_n_major(s), first = storage_major_first(s);
  double *total = (double *)out->at;
  StorageBuffer buffer;
  StorageSpan span;
  memset(total, 0, sizeof *total * (size_t)array_count(out));
  if (values->type == ARRAY_F64) {
    SUM_TYPE(double)
  } else {
    SUM_TYPE(float)
  }
  array_touch(out);
  return true;
}

#define CHANGE_ROWS(T, OP)                                                                                                                 \
  for (int64_t r = 0; r < n_rows; r++) {                                                                                                   \
    const int64_t begin = storage_row(s, r), n = storage_row(s, r + 1) - begin;                                                            \
    T *restrict x = (T *)values->at + begin;                                                                                               \
    if (is_major) {                                                                                                                        \
      const double y = number[first + r];                                                                                                  \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        x[k] = (T)((double)x[k] OP y);                                                                                                     \
    }                                                                                                                                      \
    for (int64_t at = 0; !is_major && (span = storage_span(s, r, at, &buffer)).n > 0; at += span.n, x += span.n) {                         \
      if (span.minors == NULL) {                                                                                                           \
        const double *restrict y = number + span.minor;                                                                                    \
        for (int64_t k = 0; k < span.n; k++)                                                                                               \
          x[k] = (T)((double)x[k] OP y[k]);                                                                                                \
      } else {                                                                                                                             \
        for (int64_t k = 0; k < span.n; k++)                                                                                               \
          x[k] = (T)((double)x[k] OP number[span.minors[k]]);                                                                              \
      }                                                                                                                                    \
    }                                                                                                                                      \
  }

bool weights_change(const Storage *s, Side side, WeightsChange what, Array *values, const Array *by, Error *e) {
  if (!check(s, values, by, e) || !check_size(s, side, by, e))
    return false;
  const bool is_major = side == storage_major(s);
  const int64_t n_rows = storage_n_major(s), first = storage_major_first(s);
  const double *number = (const double *)by->at;
  StorageBuffer buffer;
  StorageSpan span;
  if (values->type == ARRAY_F64) {
    if (what == WEIGHTS_SCALE)
      CHANGE_ROWS(double, *)
    else
      CHANGE_ROWS(double, +)
  } else {
    if (what == WEIGHTS_SCALE)
      CHANGE_ROWS(float, *)
    else
      CHANGE_ROWS(float, +)
  }
  array_touch(values);
  return true;
}

/* Of rows: one run each. */
static Array *spread_rows(const Storage *s, const double *number) {
  const int64_t n_rows = storage_n_major(s);
  int64_t *length = memory_new((size_t)n_rows * sizeof *length);
  if (length == NULL)
    return NULL;
  for (int64_t r = 0; r < n_rows; r++)
    length[r] = storage_row(s, r + 1) - storage_row(s, r);
  Array *a = array_of_runs(n_rows, length, number + storage_major_first(s));
  memory_free(length);
  return a;
}

Array *weights_spread(const Storage *s, Side side, const Array *by, Error *e) {
  if (!check_neurons(by, e) || !check_size(s, side, by, e))
    return NULL;
  const double *number = (const double *)by->at;
  if (side == storage_major(s)) {
    Array *a = spread_rows(s, number);
    if (a == NULL)
      error_memory(e, "the runs of an array", (double)storage_n_major(s) * 16);
    return a;
  }
  Array like = { .n_axes = 1, .shape = { s->n_synapses } }, *a = array_new_raw(&like, ARRAY_F64);
  if (a == NULL) {
    error_memory(e, "a value for each synapse", (double)s->n_synapses * sizeof(double));
    return NULL;
  }
  StorageBuffer buffer;
  StorageSpan span;
  double *x = (double *)a->at;
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t at = 0; (span = storage_span(s, r, at, &buffer)).n > 0; at += span.n, x += span.n)
      for (int64_t k = 0; k < span.n; k++)
        x[k] = number[span.minors == NULL ? span.minor + k : span.minors[k]];
  return a;
}

/* ---- by place and by synapse ------------------------------------------------------------------------------------------ */

static bool check_order(const Storage *s, const Array *by_place, const Array *by_synapse, Error *e) {
  if (by_place->type != by_synapse->type || !array_is_contiguous(by_place) || !array_is_contiguous(by_synapse))
    return error_set(e, "two contiguous arrays of one type expected, got %s and %s", array_type_name(by_place->type),
                     array_type_name(by_synapse->type));
  if (array_count(by_place) != storage_n_places(s) || array_count(by_synapse) != s->n_synapses)
    return error_set(e, "%lld values of %lld synapses expected, got %lld and %lld", (long long)storage_n_places(s),
                     (long long)s->n_synapses, (long long)array_count(by_place), (long long)array_count(by_synapse));
  return true;
}

/* Copy element by element; to_place says which way. */
static void copy_values(const Storage *s, char *by_place, char *by_synapse, size_t size, bool to_place) {
  enum { BLOCK = 1024 };
  int64_t place[BLOCK];
  for (int64_t first = 0; first < s->n_synapses; first += BLOCK) {
    const int64_t last = first + BLOCK < s->n_synapses ? first + BLOCK : s->n_synapses;
    storage_places(s, first, last, place);
    for (int64_t k = first; k < last; k++) {
      char *a = by_place + (size_t)place[k - first] * size, *b = by_synapse + (size_t)k * size;
      memcpy(to_place ? a : b, to_place ? b : a, size);
    }
  }
}

bool weights_read(const Storage *s, const Array *by_place, Array *by_synapse, Error *e) {
  if (!check_order(s, by_place, by_synapse, e))
    return false;
  copy_values(s, (char *)by_place->at, (char *)by_synapse->at, array_type_size(by_place->type), false);
  array_touch(by_synapse);
  return true;
}

bool weights_write(const Storage *s, const Array *by_synapse, Array *by_place, Error *e) {
  if (!check_order(s, by_place, by_synapse, e))
    return false;
  copy_values(s, (char *)by_place->at, (char *)by_synapse->at, array_type_size(by_place->type), true);
  array_touch(by_place);
  return true;
}
