#include "base/array_order.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/array_reduce.h"
#include "base/array_shape.h"
#include "base/memory.h"

static Array *make(ArrayType type, int64_t n, const char *what, Error *e) {
  Array *a = array_new(type, n, 0);
  if (a == NULL)
    error_memory(e, what, (double)n * (double)array_type_size(type));
  return a;
}

/* ---- sorting by keys ----
**
** Every value becomes an unsigned key of the same order (the sign bit of a float flips the others), and keys are sorted by their
** bytes, least first: stable, no comparisons, the same time for any data. Bytes that all keys share cost nothing. */

enum { FEW = 48 };

static uint64_t real_key(double x) {
  uint64_t bits;
  if (x != x)
    x = NAN; /* one NaN, above infinity */
  x += 0.0;  /* -0 equals 0 */
  memcpy(&bits, &x, 8);
  if (x != x)
    bits &= ~(UINT64_C(1) << 63);
  return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double key_real(uint64_t key) {
  double x;
  key = key >> 63 ? key ^ UINT64_C(1) << 63 : ~key;
  memcpy(&x, &key, 8);
  return x;
}

static void insertion_sort(uint64_t *key, int64_t *index, int64_t n) {
  for (int64_t k = 1; k < n; k++) {
    uint64_t x = key[k];
    int64_t i = index == NULL ? 0 : index[k], to = k;
    for (; to > 0 && key[to - 1] > x; to--) {
      key[to] = key[to - 1];
      if (index != NULL)
        index[to] = index[to - 1];
    }
    key[to] = x;
    if (index != NULL)
      index[to] = i;
  }
}

/* One pass over byte `shift`/8; `start[b]` is where keys with byte b begin. */
static void scatter(const uint64_t *key, const int64_t *index, uint64_t *to_key, int64_t *to_index, int64_t n, int shift, int64_t *start) {
  for (int64_t k = 0; k < n; k++) {
    int64_t to = start[key[k] >> shift & 255]++;
    to_key[to] = key[k];
    if (index != NULL)
      to_index[to] = index[k];
  }
}

/* Sort `n` keys and, beside them, `index` (may be NULL). */
static bool sort_keys(uint64_t *key, int64_t *index, int64_t n, Error *e) {
  if (n <= FEW) {
    insertion_sort(key, index, n);
    return true;
  }
  size_t bytes = (size_t)n * sizeof *key;
  uint64_t *spare_key = memory_new(bytes), *from = key, *to = spare_key;
  int64_t *spare_index = index == NULL ? NULL : memory_new(bytes), *from_index = index, *to_index = spare_index;
  int64_t(*count)[256] = memory_new(8 * sizeof *count);
  bool has_memory = spare_key != NULL && count != NULL && (index == NULL || spare_index != NULL);
  if (!has_memory)
    error_memory(e, "sorting", (double)bytes * (index == NULL ? 1 : 2));
  for (int64_t k = 0; has_memory && k < n; k++)
    for (int byte = 0; byte < 8; byte++)
      count[byte][key[k] >> 8 * byte & 255]++;
  for (int byte = 0; has_memory && byte < 8; byte++) {
    int64_t start = 0;
    if (count[byte][key[0] >> 8 * byte & 255] == n)
      continue;
    for (int b = 0; b < 256; b++) {
      int64_t here = count[byte][b];
      count[byte][b] = start;
      start += here;
    }
    scatter(from, from_index, to, to_index, n, 8 * byte, count[byte]);
    uint64_t *other = from;
    int64_t *other_index = from_index;
    from = to, to = other;
    from_index = to_index, to_index = other_index;
  }
  if (has_memory && from != key) {
    memcpy(key, from, bytes);
    if (index != NULL)
      memcpy(index, from_index, bytes);
  }
  memory_free(spare_key);
  memory_free(spare_index);
  memory_free(count);
  return has_memory;
}

/* The keys of all elements in row-major order, as an int64 array. */
static Array *keys_of(const Array *a, Error *e) {
  int64_t scratch[ARRAY_BLOCK], count = array_count(a);
  Array *keys = make(ARRAY_I64, count, "sorting", e);
  if (keys == NULL)
    return NULL;
  uint64_t *key = (uint64_t *)(void *)keys->at;
  bool is_real = array_is_float(a);
  for (int64_t first = 0; first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const void *run = array_read(a, first, n, is_real ? ARRAY_F64 : ARRAY_I64, scratch);
    for (int64_t k = 0; k < n; k++)
      key[first + k] = is_real ? real_key(((const double *)run)[k]) : (uint64_t)((const int64_t *)run)[k] ^ UINT64_C(1) << 63;
  }
  return keys;
}

/* Turn sorted keys into values, in place: an int64 array, or a float64 one over the same eight bytes an element. */
static void values_of(Array *keys, bool is_real) {
  int64_t *key = (int64_t *)(void *)keys->at;
  for (int64_t k = 0; k < keys->shape[0]; k++) {
    if (is_real) {
      double x = key_real((uint64_t)key[k]);
      memcpy(&key[k], &x, 8);
    } else
      key[k] = (int64_t)((uint64_t)key[k] ^ UINT64_C(1) << 63);
  }
  keys->type = is_real ? ARRAY_F64 : ARRAY_I64;
}

/* All elements, sorted, as float64 or int64; the caller's. */
static Array *sorted(const Array *a, Error *e) {
  Array *keys = keys_of(a, e);
  if (keys == NULL || !sort_keys((uint64_t *)(void *)keys->at, NULL, keys->shape[0], e)) {
    array_release(keys);
    return NULL;
  }
  values_of(keys, array_is_float(a));
  return keys;
}

static Array *converted(Array *a, ArrayType type, Error *e) {
  if (a == NULL || a->type == type)
    return a;
  Array *copy = array_duplicate(a, type);
  if (copy == NULL)
    error_memory(e, "the result", (double)array_count(a) * (double)array_type_size(type));
  array_release(a);
  return copy;
}

static bool sort_line(const Array *line, Array *to, const void *given, Error *e) {
  Array *values = sorted(line, e);
  bool is_fine = values != NULL && array_copy(to, values, e);
  (void)given;
  array_release(values);
  return is_fine;
}

Array *array_sort(const Array *a, int axis, Error *e) { return array_lines(a, axis, array_new_raw(a, a->type), axis, sort_line, NULL, e); }

static bool argsort_line(const Array *line, Array *to, const void *given, Error *e) {
  Array *keys = keys_of(line, e), *order = keys == NULL ? NULL : array_ramp(ARRAY_I64, keys->shape[0], 1, 1);
  bool is_fine = keys != NULL && (order != NULL || error_memory(e, "sorting", 8.0 * (double)keys->shape[0])) &&
                 sort_keys((uint64_t *)(void *)keys->at, (int64_t *)(void *)order->at, keys->shape[0], e) && array_copy(to, order, e);
  (void)given;
  array_release(keys);
  array_release(order);
  return is_fine;
}

Array *array_argsort(const Array *a, int axis, Error *e) {
  return array_lines(a, axis, array_new_raw(a, ARRAY_I64), axis, argsort_line, NULL, e);
}

Array *array_unique(const Array *a, Error *e) {
  Array *all = sorted(a, e);
  if (all == NULL)
    return NULL;
  int64_t n = 0, *bits = (int64_t *)(void *)all->at;
  for (int64_t k = 0; k < all->shape[0]; k++)
    if (k == 0 || bits[k] != bits[n - 1]) /* sorted values are canonical: equal values have equal bits */
      bits[n++] = bits[k];
  /* A copy, so that few different values do not hold the memory of many. */
  all->shape[0] = n;
  Array *few = array_duplicate(all, a->type);
  if (few == NULL)
    error_memory(e, "the result", (double)n * 8);
  array_release(all);
  return few;
}

bool array_quantiles(const Array *a, const double *q, int64_t n, double *out, Error *e) {
  for (int64_t k = 0; k < n; k++)
    if (!(q[k] >= 0 && q[k] <= 1))
      return error_set(e, "a quantile must lie in 0..1, got %g", q[k]);
  Array *all = converted(sorted(a, e), ARRAY_F64, e);
  if (all == NULL)
    return false;
  const double *x = (const double *)(const void *)all->at;
  int64_t count = all->shape[0];
  bool is_nan = count == 0 || x[count - 1] != x[count - 1];
  for (int64_t k = 0; k < n; k++) {
    double place = q[k] * (double)(count - 1), part = place - floor(place);
    int64_t below = (int64_t)floor(place);
    /* Between equal neighbours nothing is computed, so that two infinities give infinity. */
    out[k] = is_nan ? NAN : part == 0 || x[below] == x[below + 1] ? x[below] : x[below] + part * (x[below + 1] - x[below]);
  }
  array_release(all);
  return true;
}

typedef struct {
  const double *q;
  int64_t n;
} Quantiles;

static bool quantile_line(const Array *line, Array *to, const void *given, Error *e) {
  const Quantiles *wanted = given;
  double *out = memory_new((size_t)wanted->n * sizeof *out);
  bool is_fine = out != NULL ? array_quantiles(line, wanted->q, wanted->n, out, e) : error_memory(e, "quantiles", 8.0 * (double)wanted->n);
  if (is_fine)
    array_convert(ARRAY_F64, to->at, to->stride[0], ARRAY_F64, out, 1, wanted->n);
  memory_free(out);
  return is_fine;
}

Array *array_quantiles_axis(const Array *a, int axis, const double *q, int64_t n, Error *e) {
  Array like = array_across(a, axis);
  memmove(like.shape + 1, like.shape, (size_t)like.n_axes * sizeof *like.shape);
  like.shape[0] = n;
  like.n_axes++;
  return array_lines(a, axis, array_new_raw(&like, ARRAY_F64), 0, quantile_line, &(Quantiles){ q, n }, e);
}

/* ---- histograms ---- */

Array *array_edges(int64_t n_bins, double low, double high, Error *e) {
  if (!isfinite(low) || !isfinite(high) || low > high) {
    error_set(e, "the range of a histogram must be finite and ascending, got %g to %g", low, high);
    return NULL;
  }
  if (low == high) { /* all values equal: a bin of width 1 around them */
    low -= 0.5;
    high += 0.5;
  }
  Array *edges = make(ARRAY_F64, n_bins + 1, "a histogram", e);
  for (int64_t k = 0; edges != NULL && k <= n_bins; k++)
    array_set(edges, k, k == n_bins ? high : low + (high - low) * ((double)k / (double)n_bins));
  return edges;
}

/* The bin of an x between the first and the last edge. */
static int64_t bin_of(double x, const double *edge, int64_t n_bins, int64_t guess) {
  if (edge[guess] <= x && (x < edge[guess + 1] || guess == n_bins - 1))
    return guess;
  int64_t low = 0, high = n_bins;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    *(x >= edge[middle] ? &low : &high) = middle;
  }
  return low;
}

Array *array_histogram(const Array *a, const Array *edges, Error *e) {
  int64_t n_bins = edges->shape[0] - 1, count = array_count(a);
  const double *edge = (const double *)(const void *)edges->at;
  for (int64_t k = 0; k < n_bins; k++)
    if (!(edge[k] < edge[k + 1])) {
      error_set(e, "the edges of a histogram must ascend, but edge %" PRId64 " is %g and edge %" PRId64 " is %g", k + 1, edge[k], k + 2,
                edge[k + 1]);
      return NULL;
    }
  Array *counts = make(ARRAY_I64, n_bins, "a histogram", e);
  if (counts == NULL)
    return NULL;
  int64_t *bin_count = (int64_t *)(void *)counts->at;
  double scratch[ARRAY_BLOCK], low = edge[0], high = edge[n_bins], per_bin = (double)n_bins / (high - low);
  for (int64_t first = 0; first < count; first += ARRAY_BLOCK) {
    int64_t n = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const double *x = array_read(a, first, n, ARRAY_F64, scratch);
    for (int64_t k = 0; k < n; k++) {
      if (!(x[k] >= low && x[k] <= high))
        continue;
      /* A guess that is right for nearly all x if edges are equidistant; the edges themselves decide. */
      int64_t guess = (int64_t)((x[k] - low) * per_bin);
      bin_count[bin_of(x[k], edge, n_bins, guess < n_bins ? guess : n_bins - 1)]++;
    }
  }
  return counts;
}

/* ---- positions ---- */

/* The elements that are not zero: the numbers that array_element takes, as int64. */
static Array *numbers_of_true(const Array *a, Error *e) {
  ArrayScalar n;
  Array *numbers = array_reduce(ARRAY_REDUCE_COUNT, a, 0, &n, e) ? make(ARRAY_I64, n.integer, "indexes", e) : NULL;
  uint8_t scratch[ARRAY_BLOCK];
  for (int64_t first = 0, found = 0, count = array_count(a); numbers != NULL && first < count; first += ARRAY_BLOCK) {
    int64_t size = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const uint8_t *is_true = array_read(a, first, size, ARRAY_BOOL, scratch);
    for (int64_t k = 0; k < size; k++)
      if (is_true[k])
        ((int64_t *)(void *)numbers->at)[found++] = first + k;
  }
  return numbers;
}

bool array_find(const Array *a, Array **found, Error *e) {
  Array *numbers = numbers_of_true(a, e);
  bool is_fine = numbers != NULL;
  for (int d = 0; d < a->n_axes; d++) {
    found[d] = is_fine ? make(ARRAY_I64, numbers->shape[0], "indexes", e) : NULL;
    is_fine = found[d] != NULL;
  }
  for (int64_t i = 0; is_fine && i < numbers->shape[0]; i++) {
    int64_t k = ((const int64_t *)(const void *)numbers->at)[i];
    for (int d = a->n_axes - 1; d >= 0; d--) {
      ((int64_t *)(void *)found[d]->at)[i] = k % a->shape[d] + 1;
      k /= a->shape[d];
    }
  }
  array_release(numbers);
  for (int d = 0; !is_fine && d < a->n_axes; d++) {
    array_release(found[d]);
    found[d] = NULL;
  }
  return is_fine;
}

/* What `which` names along `axis`: the array with this axis first, for how many leading axes each number in `numbers` stands, and the
** numbers (from 0, int64, owned). */
typedef struct {
  Array array;
  int n_leading;
  Array *numbers;
} Places;

static void axis_first(int *order, int n_axes, int axis) {
  order[0] = axis;
  for (int d = 1; d < n_axes; d++)
    order[d] = d <= axis ? d - 1 : d;
}

static bool find_places(Places *p, const Array *a, const Array *which, int axis, Error *e) {
  char shape[ARRAY_SHAPE_TEXT], other[ARRAY_SHAPE_TEXT];
  int order[ARRAY_MOST_AXES];
  axis_first(order, a->n_axes, axis);
  *p = (Places){ array_permuted(a, order), which->type == ARRAY_BOOL ? which->n_axes : 1, NULL };
  if (which->type == ARRAY_BOOL) {
    bool fits = which->n_axes <= a->n_axes && (axis == 0 || which->n_axes == 1);
    for (int d = 0; d < which->n_axes && fits; d++)
      fits = which->shape[d] == p->array.shape[d];
    array_shape_text(which, shape);
    array_shape_text(a, other);
    if (!fits && axis > 0)
      return error_set(e, "a mask of shape %s does not fit axis %d of an array of shape %s", shape, axis + 1, other);
    if (!fits)
      return error_set(e, "a mask of shape %s does not fit an array of shape %s", shape, other);
    p->numbers = numbers_of_true(which, e);
    return p->numbers != NULL;
  }
  if (which->n_axes != 1)
    return error_set(e, "indexes must be a 1-d array, got shape %s", array_shape_text(which, shape));
  p->numbers = make(ARRAY_I64, which->shape[0], "indexes", e);
  for (int64_t k = 0; p->numbers != NULL && k < which->shape[0]; k++) {
    double x = array_get(which, k);
    if (!(x >= 1 && x <= (double)a->shape[axis]) || floor(x) != x) {
      array_release(p->numbers);
      return error_set(e,
                       floor(x) == x ? "index %.17g (element %" PRId64 " of the indexes) is out of range: the array has shape %s"
                                     : "index %.17g (element %" PRId64 " of the indexes) is not a whole number; shape %s",
                       x, k + 1, array_shape_text(a, shape));
    }
    array_set(p->numbers, k, x - 1);
  }
  return p->numbers != NULL;
}

static int64_t number(const Places *p, int64_t k) { return ((const int64_t *)(const void *)p->numbers->at)[k]; }

/* The shape of what is named: in the place of the leading axes `axis`, as long as there are names. */
static Array named_shape(const Places *p, int axis) {
  Array like = { .n_axes = p->array.n_axes - p->n_leading + 1, .shape = { 1, 1, 1, 1, 1, 1, 1, 1 } };
  for (int d = 0, other = p->n_leading; d < like.n_axes; d++)
    like.shape[d] = d == axis ? p->numbers->shape[0] : p->array.shape[other++];
  return like;
}

/* Copy what is named into `other`, which has as many parts along `axis`, or from there. The two share no memory, so nothing can fail. */
static void copy_named(const Places *p, const Array *other, int axis, bool is_put) {
  int order[ARRAY_MOST_AXES];
  axis_first(order, other->n_axes, axis);
  Array parts = array_permuted(other, order), named = array_part(&p->array, p->n_leading, 0), part = array_part(&parts, 1, 0);
  Array *to = is_put ? &named : &part, *from = is_put ? &part : &named;
  for (int64_t k = 0; k < p->numbers->shape[0]; k++) {
    named.at = array_place(&p->array, p->n_leading, number(p, k));
    part.at = array_place(&parts, 1, k);
    if (part.n_axes <= 1)
      array_convert(to->type, to->at, to->stride[0], from->type, from->at, from->stride[0], to->shape[0]);
    else
      array_copy(to, from, NULL);
  }
}

/* Element sizes are constants here, so that each copy is one move. */
#define TAKE(bytes)                                                                                                                        \
  for (int64_t k = 0; k < out->shape[0]; k++)                                                                                              \
  memcpy(out->at + k * (bytes), array_place(&p->array, p->n_leading, number(p, k)), bytes)

static void take_elements(const Places *p, Array *out) {
  switch (array_type_size(out->type)) {
  case 16: TAKE(16); break;
  case 8: TAKE(8); break;
  case 4: TAKE(4); break;
  default: TAKE(1); break;
  }
}

Array *array_take(const Array *a, const Array *which, int axis, Error *e) {
  Places p;
  if (!find_places(&p, a, which, axis, e))
    return NULL;
  Array like = named_shape(&p, axis), *out = array_new_raw(&like, a->type);
  if (out == NULL)
    error_memory(e, "the elements taken", (double)array_count(&like) * (double)array_type_size(a->type));
  else if (out->n_axes == 1)
    take_elements(&p, out);
  else if (array_count(out) > 0)
    copy_named(&p, out, axis, false);
  array_release(p.numbers);
  return out;
}

static bool check_values(const Array *a, const Array *like, const Array *values, int axis, Error *e) {
  char shape[ARRAY_SHAPE_TEXT], other[ARRAY_SHAPE_TEXT];
  if (array_count(values) == 1 || array_broadcasts(like, values))
    return true;
  array_shape_text(values, shape);
  if (like->n_axes == 1)
    return error_set(e, "values of shape %s do not fit the %" PRId64 " elements named", shape, like->shape[0]);
  const char *parts = a->n_axes != 2 ? "parts" : axis == 0 ? "rows" : "columns";
  return error_set(e, "values of shape %s do not fit %" PRId64 " %s of an array of shape %s", shape, like->shape[axis], parts,
                   array_shape_text(a, other));
}

bool array_put(Array *a, const Array *which, const Array *values, int axis, Error *e) {
  Places p;
  if (!find_places(&p, a, which, axis, e))
    return false;
  Array like = named_shape(&p, axis), *apart = NULL;
  bool is_fine = check_values(a, &like, values, axis, e);
  if (is_fine && values->buffer == a->buffer) { /* what is read must not change while it is written */
    values = apart = array_duplicate(values, values->type);
    is_fine = apart != NULL || error_memory(e, "a copy of overlapping memory", 8.0 * (double)array_count(&like));
  }
  if (is_fine) {
    Array all = array_spread(values, &like);
    if (array_count(&all) > 0)
      copy_named(&p, &all, axis, true);
    array_touch(a);
  }
  array_release(apart);
  array_release(p.numbers);
  return is_fine;
}
