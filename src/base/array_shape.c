#include "base/array_shape.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array_block.h"

static Array *have(Array *a, Error *e) {
  if (a == NULL)
    error_set(e, "no memory for a view");
  return a;
}

Array *array_slice(Array *a, int axis, int64_t first, int64_t last, int64_t step, Error *e) {
  char text[ARRAY_SHAPE_TEXT];
  int64_t n = a->shape[axis], ends[2] = { first, last }, count = 0;
  if (step == 0) {
    error_set(e, "the step of a slice must not be 0");
    return NULL;
  }
  for (int k = 0; k < 2; k++)
    ends[k] = ends[k] < 0 && ends[k] >= -n ? n + 1 + ends[k] : ends[k];
  if (step > 0 ? ends[0] <= ends[1] : ends[0] >= ends[1]) {
    for (int k = 0; k < 2; k++)
      if (ends[k] < 1 || ends[k] > n) {
        error_set(e, "slice %" PRId64 "..%" PRId64 " is out of range: the array has shape %s", first, last, array_shape_text(a, text));
        return NULL;
      }
    /* A step longer than the array takes one element, whatever its size. */
    step = step > n ? n : step < -n ? -n : step;
    count = (ends[1] - ends[0]) / step + 1;
  }
  int64_t shape[ARRAY_MOST_AXES], stride[ARRAY_MOST_AXES], along = array_strides(a)[axis];
  memcpy(shape, a->shape, sizeof shape);
  memcpy(stride, array_strides(a), sizeof stride);
  shape[axis] = count;
  stride[axis] = count > 1 ? along * step : along;
  return have(array_view(a, a->n_axes, count > 0 ? (ends[0] - 1) * along : 0, shape, stride), e);
}

Array *array_line(Array *a, int axis, int64_t k) {
  int64_t shape[ARRAY_MOST_AXES], stride[ARRAY_MOST_AXES];
  const int64_t *own = array_strides(a);
  for (int d = 0; d < a->n_axes - 1; d++) {
    shape[d] = a->shape[d + (d >= axis)];
    stride[d] = own[d + (d >= axis)];
  }
  return array_view(a, a->n_axes - 1, k * own[axis], shape, stride);
}

/* Strides with which the elements of `a`, in row-major order, take `shape`, which has as many. False where no strides do: elements that
** become neighbours are not equally far apart in memory. */
static bool restride(const Array *a, int n_axes, const int64_t *shape, int64_t *stride) {
  int n_old = 0, old = 0, now = 0;
  int64_t length[ARRAY_MOST_AXES], gap[ARRAY_MOST_AXES];
  for (int d = 0; d < a->n_axes; d++)
    if (a->shape[d] != 1) {
      length[n_old] = a->shape[d];
      gap[n_old++] = array_strides(a)[d];
    }
  for (int d = 0; d < n_axes; d++)
    stride[d] = 1;                      /* of axes of length 1 */
  while (now < n_axes && old < n_old) { /* the least groups of old and of new axes that have equally many elements */
    int next_old = old + 1, next = now + 1;
    for (int64_t n = length[old], m = shape[now]; n != m;)
      if (m < n)
        m *= shape[next++];
      else {
        if (gap[next_old - 1] != gap[next_old] * length[next_old])
          return false;
        n *= length[next_old++];
      }
    stride[next - 1] = gap[next_old - 1];
    for (int d = next - 1; d > now; d--)
      stride[d - 1] = stride[d] * shape[d];
    old = next_old;
    now = next;
  }
  return true;
}

Array *array_reshape(Array *a, int n_axes, const int64_t *wanted, Error *e) {
  Array like = { .n_axes = n_axes };
  int unknown = 0, n_unknown = 0;
  double all = (double)array_count(a), known = 1, bound = 1; /* lengths beside a 0 are bounded, too: strides are their products */
  bool is_fine = true;
  for (int d = 0; d < n_axes; d++) {
    like.shape[d] = wanted[d];
    is_fine = is_fine && wanted[d] >= -1;
    bound *= wanted[d] > 0 ? (double)wanted[d] : 1;
    if (wanted[d] == -1) {
      unknown = d;
      n_unknown++;
    } else
      known *= (double)wanted[d];
  }
  if (n_unknown == 1 && known > 0 && fmod(all, known) == 0) {
    like.shape[unknown] = (int64_t)(all / known);
    n_unknown = 0;
    known = all;
  }
  if (!is_fine || n_unknown > 0 || known != all || bound > 0x1p40) {
    char text[ARRAY_SHAPE_TEXT], other[ARRAY_SHAPE_TEXT];
    error_set(e, "an array of shape %s cannot take shape %s", array_shape_text(a, text), array_shape_text(&like, other));
    return NULL;
  }
  int64_t stride[ARRAY_MOST_AXES];
  if (array_count(a) == 0)
    return have(array_view(a, n_axes, 0, like.shape, (int64_t[ARRAY_MOST_AXES]){ 0 }), e);
  if (restride(a, n_axes, like.shape, stride))
    return have(array_view(a, n_axes, 0, like.shape, stride), e);
  Array *copy = array_duplicate(a, a->type);
  if (have(copy, e) == NULL)
    return NULL;
  restride(copy, n_axes, like.shape, stride);
  Array *view = array_view(copy, n_axes, 0, like.shape, stride);
  array_release(copy);
  return have(view, e);
}

Array *array_transpose(Array *a, const int *order) {
  int64_t shape[ARRAY_MOST_AXES], stride[ARRAY_MOST_AXES];
  for (int d = 0; d < a->n_axes; d++) {
    shape[d] = a->shape[order[d]];
    stride[d] = array_strides(a)[order[d]];
  }
  return array_view(a, a->n_axes, 0, shape, stride);
}

Array *array_join(Array *const *parts, int n, int axis, ArrayType type, Error *e) {
  Array like = *parts[0];
  like.shape[axis] = 0;
  for (int k = 0; k < n; k++) {
    bool fits = parts[k]->n_axes == like.n_axes;
    for (int d = 0; d < like.n_axes && fits; d++)
      fits = d == axis || parts[k]->shape[d] == like.shape[d];
    if (!fits) {
      char a[ARRAY_SHAPE_TEXT], b[ARRAY_SHAPE_TEXT];
      error_set(e, "cannot join arrays of shapes %s and %s", array_shape_text(parts[0], a), array_shape_text(parts[k], b));
      return NULL;
    }
    like.shape[axis] += parts[k]->shape[axis];
  }
  Array *out = array_new_raw(&like, type);
  if (out == NULL) {
    error_memory(e, "joined arrays", (double)array_count(&like) * (double)array_type_size(type));
    return NULL;
  }
  Array to = *out;
  for (int k = 0; k < n; k++) {
    to.shape[axis] = parts[k]->shape[axis];
    if (array_count(parts[k]) > 0)
      array_copy(&to, parts[k], e); /* of other memory: nothing can fail */
    to.at += to.shape[axis] * to.stride[axis] * (int64_t)array_type_size(type);
  }
  return out;
}

Array *array_ramp(ArrayType type, int64_t n, double first, double step) {
  Array *a = array_new(type, n, 0);
  for (int64_t k = 0; a != NULL && k < n; k++)
    if (array_is_float(a))
      array_set(a, k, first + (double)k * step);
    else
      array_set_integer(a, k, (int64_t)first + k * (int64_t)step);
  return a;
}

/* As numpy rounds: multiples of a step, so that linspace(1, 100, 100) has whole numbers; the last is what was asked for. */
Array *array_linspace(int64_t n, double first, double last) {
  Array *a = array_new(ARRAY_F64, n, 0);
  const double parts = (double)(n > 1 ? n - 1 : 1), step = (last - first) / parts;
  for (int64_t k = 0; a != NULL && k < n; k++)
    array_set(a, k, k == n - 1 && k > 0 ? last : first + (step != 0 ? (double)k * step : (double)k / parts * (last - first)));
  return a;
}
