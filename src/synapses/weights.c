#include "synapses/weights.h"

#include <math.h>
#include <string.h>

#include "synapses/storage.h"

enum { LANES = 8 };

/* Row `r` of the majors: its places, its neuron, and the neurons of the other side. */
typedef struct Row {
  int64_t begin, end, major;
  const int32_t *minor; /* of each place; NULL: consecutive from first_minor */
  int64_t first_minor;
} Row;

static int64_t n_rows(const Storage *s) { return storage_is_by_pre(s) ? s->n_pre : s->n_post; }

static Row row_at(const Storage *s, int64_t r) {
  if (!storage_is_dense(s))
    return (Row){ s->row[r], s->row[r + 1], r, s->minor + s->row[r], 0 };
  bool by_pre = storage_is_by_pre(s);
  int64_t length = by_pre ? s->n_post : s->n_pre;
  return (Row){ r * length, (r + 1) * length, r + (by_pre ? s->pre_first : s->post_first), NULL, by_pre ? s->post_first : s->pre_first };
}

static bool check(const Storage *s, const Array *values, const Array *per_neuron, Error *e) {
  if (values->type != ARRAY_F64 && values->type != ARRAY_F32)
    return error_set(e, "float64 or float32 values expected, got %s", array_type_name(values->type));
  if (!array_is_contiguous(values) || array_count(values) != s->n_synapses)
    return error_set(e, "%lld contiguous values expected (one per synapse), got %lld", (long long)s->n_synapses,
                     (long long)array_count(values));
  if (per_neuron->type != ARRAY_F64 || !array_is_contiguous(per_neuron))
    return error_set(e, "contiguous float64 numbers per neuron expected, got %s", array_type_name(per_neuron->type));
  return true;
}

static bool check_size(const Storage *s, WeightsSide side, const Array *per_neuron, Error *e) {
  bool is_pre = side == WEIGHTS_PRE;
  int64_t n = is_pre ? s->n_pre : s->n_post, first = storage_is_dense(s) ? (is_pre ? s->pre_first : s->post_first) : 0;
  if (array_count(per_neuron) < first + n)
    return error_set(e, "%lld numbers expected (one per neuron), got %lld", (long long)(first + n), (long long)array_count(per_neuron));
  return true;
}

static inline double term(WeightsSum what, double x) { return what == WEIGHTS_SUM ? x : what == WEIGHTS_SUM_ABS ? fabs(x) : x * x; }

/* One body for both types and all sums: the compiler makes a loop of each. */
#define SUM_ROWS(T, WHAT)                                                                                                                  \
  for (int64_t r = 0; r < n_rows(s); r++) {                                                                                                \
    Row row = row_at(s, r);                                                                                                                \
    const T *restrict x = (const T *)values->at + row.begin;                                                                               \
    int64_t n = row.end - row.begin;                                                                                                       \
    if (is_major) {                                                                                                                        \
      double lane[LANES] = { 0 };                                                                                                          \
      int64_t k = 0;                                                                                                                       \
      for (; k + LANES <= n; k += LANES)                                                                                                   \
        for (int l = 0; l < LANES; l++)                                                                                                    \
          lane[l] += term(WHAT, (double)x[k + l]);                                                                                         \
      for (; k < n; k++)                                                                                                                   \
        lane[0] += term(WHAT, (double)x[k]);                                                                                               \
      total[row.major] += ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));                       \
    } else if (row.minor == NULL) {                                                                                                        \
      double *restrict to = total + row.first_minor;                                                                                       \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        to[k] += term(WHAT, (double)x[k]);                                                                                                 \
    } else {                                                                                                                               \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        total[row.minor[k]] += term(WHAT, (double)x[k]);                                                                                   \
    }                                                                                                                                      \
  }

/* clang-format off */
#define SUM_TYPE(T)                                       \
  switch (what) {                                          \
  case WEIGHTS_SUM: SUM_ROWS(T, WEIGHTS_SUM) break;        \
  case WEIGHTS_SUM_ABS: SUM_ROWS(T, WEIGHTS_SUM_ABS) break; \
  case WEIGHTS_SUM_SQUARE: SUM_ROWS(T, WEIGHTS_SUM_SQUARE) break; \
  }
/* clang-format on */

bool weights_sum(const Storage *s, WeightsSide side, WeightsSum what, const Array *values, Array *out, Error *e) {
  if (!check(s, values, out, e) || !check_size(s, side, out, e))
    return false;
  bool is_major = (side == WEIGHTS_PRE) == storage_is_by_pre(s);
  double *total = (double *)out->at;
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
  for (int64_t r = 0; r < n_rows(s); r++) {                                                                                                \
    Row row = row_at(s, r);                                                                                                                \
    T *restrict x = (T *)values->at + row.begin;                                                                                           \
    int64_t n = row.end - row.begin;                                                                                                       \
    if (is_major) {                                                                                                                        \
      const double y = number[row.major];                                                                                                  \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        x[k] = (T)((double)x[k] OP y);                                                                                                     \
    } else if (row.minor == NULL) {                                                                                                        \
      const double *restrict y = number + row.first_minor;                                                                                 \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        x[k] = (T)((double)x[k] OP y[k]);                                                                                                  \
    } else {                                                                                                                               \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        x[k] = (T)((double)x[k] OP number[row.minor[k]]);                                                                                  \
    }                                                                                                                                      \
  }

bool weights_change(const Storage *s, WeightsSide side, WeightsChange what, Array *values, const Array *by, Error *e) {
  if (!check(s, values, by, e) || !check_size(s, side, by, e))
    return false;
  bool is_major = (side == WEIGHTS_PRE) == storage_is_by_pre(s);
  const double *number = (const double *)by->at;
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
