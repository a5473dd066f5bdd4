#include "engine/watch.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

bool watches_add(Watches *w, Array *a, const char *name, Error *e) {
  size_t length = strlen(name) + 1;
  if (w->n == w->capacity) {
    int capacity = w->capacity == 0 ? 16 : 2 * w->capacity;
    Watch *items = memory_grow(w->items, sizeof *items * (size_t)w->n, sizeof *items * (size_t)capacity);
    if (items == NULL)
      return error_memory(e, "watched variables", (double)capacity * sizeof *items);
    w->items = items;
    w->capacity = capacity;
  }
  char *copy = memory_new(length);
  if (copy == NULL)
    return error_memory(e, "watched variable", (double)length);
  memcpy(copy, name, length);
  w->items[w->n++] = (Watch){ .array = array_retain(a), .name = copy };
  w->n_elements += array_count(a);
  return true;
}

void watches_forget(Watches *w, const Array *a) {
  for (int k = w->n - 1; k >= 0; k--)
    if (w->items[k].array == a) {
      w->n_elements -= array_count(a);
      array_release(w->items[k].array);
      memory_free(w->items[k].name);
      w->n--;
      memmove(w->items + k, w->items + k + 1, sizeof *w->items * (size_t)(w->n - k));
    }
}

void watches_free(Watches *w) {
  for (int k = 0; k < w->n; k++) {
    array_release(w->items[k].array);
    memory_free(w->items[k].name);
  }
  memory_free(w->items);
}

/* Are n numbers finite? 0 * NaN and 0 * inf are NaN, everything else times 0 is 0: sums in lanes, one cheap pass. */
enum { LANES = 32 };
#define ALL_FINITE(name, real)                                                                                                             \
  static bool name(const real *x, int64_t n) {                                                                                             \
    real lane[LANES] = { 0 }, sum = 0;                                                                                                     \
    int64_t i = 0;                                                                                                                         \
    for (; i + LANES <= n; i += LANES)                                                                                                     \
      for (int l = 0; l < LANES; l++)                                                                                                      \
        lane[l] += 0 * x[i + l];                                                                                                           \
    for (; i < n; i++)                                                                                                                     \
      sum += 0 * x[i];                                                                                                                     \
    for (int l = 0; l < LANES; l++)                                                                                                        \
      sum += lane[l];                                                                                                                      \
    return sum == 0;                                                                                                                       \
  }
ALL_FINITE(all_finite_f64, double)
ALL_FINITE(all_finite_f32, float)

static bool part_is_finite(const Array *a, int64_t first, int64_t last) {
  return a->type == ARRAY_F64 ? all_finite_f64((const double *)a->at + first, last - first)
                              : all_finite_f32((const float *)a->at + first, last - first);
}

enum { ELEMENTS_PER_THREAD = 1 << 18 };

typedef struct Look {
  const Array *array;
  _Atomic bool found; /* something that is not finite */
} Look;

static void look_at(void *context, int64_t first, int64_t last) {
  Look *look = context;
  if (!part_is_finite(look->array, first, last))
    look->found = true;
}

static bool is_finite(const Array *a, int n_threads) {
  Look look = { .array = a };
  parallel_ranges(n_threads, array_count(a), ELEMENTS_PER_THREAD, look_at, &look);
  return !look.found;
}

static double value_at(const Array *a, int64_t i) {
  return a->type == ARRAY_F64 ? ((const double *)a->at)[i] : (double)((const float *)a->at)[i];
}

bool watches_check(Watches *w, double t, int n_threads, Error *e) {
  for (int k = 0; k < w->n; k++) {
    const Array *a = w->items[k].array;
    if (is_finite(a, n_threads))
      continue;
    int64_t i = 0;
    while (isfinite(value_at(a, i)))
      i++;
    double value = value_at(a, i);
    const char *what = isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
    return error_set(e, "%s, element %lld is %s at t = %.10g ms (it was finite at %.10g ms)", w->items[k].name, (long long)i + 1, what, t,
                     w->checked_time);
  }
  w->checked_time = t;
  return true;
}
