#include "base/array_shape.h"

#include <inttypes.h>
#include <string.h>

#include "base/array_block.h"

static Array *have(Array *a, Error *e) {
  if (a == NULL)
    error_set(e, "no memory for a view");
  return a;
}

Array *array_slice(Array *a, int dimension, int64_t first, int64_t last, int64_t step, Error *e) {
  char text[48];
  int64_t n = a->shape[dimension], ends[2] = { first, last }, count = 0;
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
    int64_t stride = step > n ? n : step < -n ? -n : step;
    count = (ends[1] - ends[0]) / stride + 1;
    step = stride;
  }
  int64_t shape[2] = { a->shape[0], a->shape[1] }, stride[2], along = array_strides(a)[dimension];
  memcpy(stride, array_strides(a), sizeof stride);
  shape[dimension] = count;
  stride[dimension] = count > 1 ? along * step : along;
  return have(array_view(a, a->n_dims, count > 0 ? (ends[0] - 1) * along : 0, shape, stride), e);
}

Array *array_line(Array *a, int dimension, int64_t k) {
  int along = 1 - dimension;
  const int64_t *stride = array_strides(a);
  return array_view(a, 1, k * stride[dimension], (int64_t[2]){ a->shape[along], 1 }, (int64_t[2]){ stride[along], 1 });
}

/* Elements lie in row-major order without gaps. */
static bool follows_itself(const int64_t shape[2], const int64_t stride[2]) {
  return shape[0] * shape[1] <= 1 || ((shape[1] == 1 || stride[1] == 1) && (shape[0] == 1 || stride[0] == shape[1]));
}

Array *array_reshape(Array *a, int64_t n_rows, int64_t n_columns, Error *e) {
  int64_t n_inner = n_columns == 0 ? 1 : n_columns;
  if (n_rows < 0 || n_columns < 0 || (double)n_rows * (double)n_inner != (double)array_count(a)) {
    char text[48];
    error_set(e,
              n_columns == 0 ? "an array of shape %s cannot take shape %" PRId64
                             : "an array of shape %s cannot take shape %" PRId64 " x %" PRId64,
              array_shape_text(a, text), n_rows, n_columns);
    return NULL;
  }
  int64_t shape[2] = { n_rows, n_inner }, stride[2] = { n_inner, 1 };
  int n_dims = n_columns == 0 ? 1 : 2;
  if (array_is_contiguous(a) || (a->is_repeated && follows_itself(a->shape, a->pace)))
    return have(array_view(a, n_dims, 0, shape, stride), e);
  if (a->shape[0] == 1 || a->shape[1] == 1) { /* a strided line stays a line */
    int64_t gap = array_strides(a)[a->shape[0] == 1 ? 1 : 0];
    return have(array_view(a, n_dims, 0, shape, (int64_t[2]){ gap * n_inner, gap }), e);
  }
  Array *copy = array_duplicate(a, a->type);
  if (have(copy, e) == NULL)
    return NULL;
  Array *view = array_view(copy, n_dims, 0, shape, stride);
  array_release(copy);
  return have(view, e);
}

Array *array_transpose(Array *a) {
  const int64_t *stride = array_strides(a);
  return array_view(a, 2, 0, (int64_t[2]){ a->shape[1], a->shape[0] }, (int64_t[2]){ stride[1], stride[0] });
}

Array *array_join(Array *const *parts, int n, ArrayType type, Error *e) {
  int64_t n_rows = 0;
  for (int k = 0; k < n; k++) {
    if (parts[k]->n_dims != parts[0]->n_dims || parts[k]->shape[1] != parts[0]->shape[1]) {
      char a[48], b[48];
      error_set(e, "cannot join arrays of shapes %s and %s", array_shape_text(parts[0], a), array_shape_text(parts[k], b));
      return NULL;
    }
    n_rows += parts[k]->shape[0];
  }
  Array like = { .n_dims = parts[0]->n_dims, .shape = { n_rows, parts[0]->shape[1] } };
  Array *out = array_new_like(&like, type);
  if (out == NULL) {
    error_memory(e, "joined arrays", (double)n_rows * (double)like.shape[1] * (double)array_type_size(type));
    return NULL;
  }
  Array part = *out;
  for (int k = 0; k < n; k++) {
    if (parts[k]->shape[0] == 0)
      continue;
    part.shape[0] = parts[k]->shape[0];
    if (array_count(parts[k]) > 0 && !array_copy(&part, parts[k], e)) {
      array_release(out);
      return NULL;
    }
    part.at += part.shape[0] * part.stride[0] * (int64_t)array_type_size(type);
  }
  return out;
}

Array *array_ramp(ArrayType type, int64_t n, double first, double step) {
  Array *a = array_new(type, n, 0);
  for (int64_t k = 0; a != NULL && k < n; k++)
    if (array_is_float(a))
      array_set(a, k, 0, first + (double)k * step);
    else
      array_set_integer(a, k, 0, (int64_t)first + k * (int64_t)step);
  return a;
}

Array *array_linspace(int64_t n, double first, double last) {
  Array *a = array_new(ARRAY_F64, n, 0);
  for (int64_t k = 0; a != NULL && k < n; k++)
    array_set(a, k, 0, k == n - 1 && k > 0 ? last : first + (last - first) * ((double)k / (double)(n > 1 ? n - 1 : 1)));
  return a;
}
