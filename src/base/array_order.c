#include "base/array_order.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/array_reduce.h"
#include "base/memory.h"

static Array *make(ArrayType type, int64_t n_rows, int64_t n_columns, const char *what, Error *e) {
  Array *a = array_new(type, n_rows, n_columns);
  if (a == NULL)
    error_memory(e, what, (double)n_rows * (double)(n_columns > 0 ? n_columns : 1) * (double)array_type_size(type));
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
  Array *keys = make(ARRAY_I64, count, 0, "sorting", e);
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

Array *array_sort(const Array *a, Error *e) { return converted(sorted(a, e), a->type, e); }

Array *array_argsort(const Array *a, Error *e) {
  Array *keys = keys_of(a, e);
  Array *order = keys == NULL ? NULL : make(ARRAY_I64, keys->shape[0], 0, "sorting", e);
  if (order != NULL) {
    int64_t *index = (int64_t *)(void *)order->at;
    for (int64_t k = 0; k < order->shape[0]; k++)
      index[k] = k + 1;
    if (!sort_keys((uint64_t *)(void *)keys->at, index, keys->shape[0], e)) {
      array_release(order);
      order = NULL;
    }
  }
  array_release(keys);
  return order;
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
  Array *edges = make(ARRAY_F64, n_bins + 1, 0, "a histogram", e);
  for (int64_t k = 0; edges != NULL && k <= n_bins; k++)
    array_set(edges, k, 0, k == n_bins ? high : low + (high - low) * ((double)k / (double)n_bins));
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
  Array *counts = make(ARRAY_I64, n_bins, 0, "a histogram", e);
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

bool array_find(const Array *a, Array **rows, Array **columns, Error *e) {
  ArrayScalar n;
  *rows = *columns = NULL;
  if (!array_reduce(ARRAY_REDUCE_COUNT, a, 0, &n, e))
    return false;
  *rows = make(ARRAY_I64, n.integer, 0, "indexes", e);
  if (*rows == NULL)
    return false;
  if (a->n_dims == 2 && (*columns = make(ARRAY_I64, n.integer, 0, "indexes", e)) == NULL) {
    array_release(*rows);
    *rows = NULL;
    return false;
  }
  int64_t *row = (int64_t *)(void *)(*rows)->at, *column = *columns == NULL ? NULL : (int64_t *)(void *)(*columns)->at;
  uint8_t scratch[ARRAY_BLOCK];
  for (int64_t first = 0, found = 0, count = array_count(a); first < count; first += ARRAY_BLOCK) {
    int64_t size = count - first < ARRAY_BLOCK ? count - first : ARRAY_BLOCK;
    const uint8_t *is_true = array_read(a, first, size, ARRAY_BOOL, scratch);
    for (int64_t k = 0; k < size; k++) {
      if (!is_true[k])
        continue;
      row[found] = (column == NULL ? first + k : (first + k) / a->shape[1]) + 1;
      if (column != NULL)
        column[found] = (first + k) % a->shape[1] + 1;
      found++;
    }
  }
  return true;
}

/* The places that `which` names, from 1, as int64: rows alone, or rows and columns for a mask over a matrix. */
static bool places(const Array *a, const Array *which, Array **rows, Array **columns, Error *e) {
  char shape[48], other[48];
  *columns = NULL;
  if (which->type == ARRAY_BOOL) {
    if (which->shape[0] != a->shape[0] || (which->n_dims == 2 && (a->n_dims == 1 || which->shape[1] != a->shape[1])))
      return error_set(e, "a mask of shape %s does not fit an array of shape %s", array_shape_text(which, shape),
                       array_shape_text(a, other));
    return array_find(which, rows, columns, e);
  }
  if (which->n_dims != 1)
    return error_set(e, "indexes must be a 1-d array, got shape %s", array_shape_text(which, shape));
  *rows = make(ARRAY_I64, which->shape[0], 0, "indexes", e);
  for (int64_t k = 0; *rows != NULL && k < which->shape[0]; k++) {
    double x = array_get(which, k, 0);
    if (!(x >= 1 && x <= (double)a->shape[0]) || floor(x) != x) {
      array_release(*rows);
      *rows = NULL;
      return error_set(e,
                       floor(x) == x ? "index %.17g (element %" PRId64 " of the indexes) is out of range: the array has shape %s"
                                     : "index %.17g (element %" PRId64 " of the indexes) is not a whole number; shape %s",
                       x, k + 1, array_shape_text(a, shape));
    }
    array_set(*rows, k, 0, x);
  }
  return *rows != NULL;
}

/* Row k of a matrix, or of rows that are all the same one; borrows. */
static Array line_of(const Array *a, int64_t k) {
  Array line = *a;
  line.n_dims = 1;
  line.shape[0] = a->shape[1];
  line.shape[1] = 1;
  line.stride[0] = a->stride[1];
  line.at = array_element(a, k, 0);
  return line;
}

static int64_t place(const Array *places_of, int64_t k) { return ((const int64_t *)(const void *)places_of->at)[k] - 1; }

/* Element sizes are constants here, so that each copy is one move. */
#define TAKE(bytes)                                                                                                                        \
  for (int64_t k = 0; k < rows->shape[0]; k++)                                                                                             \
  memcpy(out->at + k * (bytes), array_element(a, place(rows, k), columns == NULL ? 0 : place(columns, k)), bytes)

static void take_elements(const Array *a, const Array *rows, const Array *columns, Array *out) {
  switch (array_type_size(a->type)) {
  case 8: TAKE(8); break;
  case 4: TAKE(4); break;
  default: TAKE(1); break;
  }
}

Array *array_take(const Array *a, const Array *which, Error *e) {
  Array *rows, *columns;
  if (!places(a, which, &rows, &columns, e))
    return NULL;
  int64_t n = rows->shape[0], size = (int64_t)array_type_size(a->type);
  bool is_lines = a->n_dims == 2 && columns == NULL;
  Array like = { .n_dims = is_lines ? 2 : 1, .shape = { n, is_lines ? a->shape[1] : 1 } };
  Array *out = array_new_like(&like, a->type);
  if (out == NULL)
    error_memory(e, "the elements taken", (double)n * (double)like.shape[1] * (double)size);
  if (out != NULL && !is_lines)
    take_elements(a, rows, columns, out);
  for (int64_t k = 0; out != NULL && is_lines && k < n; k++)
    array_convert(a->type, out->at + k * like.shape[1] * size, 1, a->type, array_element(a, place(rows, k), 0), a->stride[1],
                  like.shape[1]);
  array_release(rows);
  array_release(columns);
  return out;
}

static bool put_lines(Array *a, const Array *rows, const Array *values, Error *e) {
  int64_t n = rows->shape[0];
  bool is_one = array_count(values) == 1;
  char shape[48], other[48];
  if (!is_one && !(values->n_dims == 1 && values->shape[0] == a->shape[1]) &&
      !(values->n_dims == 2 && values->shape[1] == a->shape[1] && (values->shape[0] == n || values->shape[0] == 1)))
    return error_set(e, "values of shape %s do not fit %" PRId64 " rows of an array of shape %s", array_shape_text(values, shape), n,
                     array_shape_text(a, other));
  for (int64_t k = 0; k < n; k++) {
    Array to = line_of(a, place(rows, k));
    Array from = values->n_dims == 1 || is_one ? *values : line_of(values, values->shape[0] == 1 ? 0 : k);
    if (is_one)
      from.n_dims = 1;
    if (!array_copy(&to, &from, e))
      return false;
  }
  return true;
}

bool array_put(Array *a, const Array *which, const Array *values, Error *e) {
  Array *rows, *columns, *apart = NULL;
  if (!places(a, which, &rows, &columns, e))
    return false;
  int64_t n = rows->shape[0], n_values = array_count(values);
  bool is_fine = true;
  if (values->buffer == a->buffer) { /* what is read must not change while it is written */
    apart = array_duplicate(values, values->type);
    if (apart == NULL)
      is_fine = error_memory(e, "a copy of overlapping memory", (double)n_values * 8);
    values = apart;
  }
  if (is_fine && a->n_dims == 2 && columns == NULL)
    is_fine = put_lines(a, rows, values, e);
  else if (is_fine && n_values != 1 && (n_values != n || values->n_dims != 1)) {
    char shape[48];
    is_fine = error_set(e, "values of shape %s do not fit the %" PRId64 " elements named", array_shape_text(values, shape), n);
  } else
    for (int64_t k = 0; is_fine && k < n; k++)
      array_convert(a->type, array_element(a, place(rows, k), columns == NULL ? 0 : place(columns, k)), 1, values->type,
                    array_element(values, n_values == 1 ? 0 : k, 0), 1, 1);
  if (is_fine)
    array_touch(a);
  array_release(apart);
  array_release(rows);
  array_release(columns);
  return is_fine;
}
