#include "base/array_linear.h"

#include "base/array_block.h"
#include "base/array_reduce.h"
#include "base/memory.h"

static bool mismatch(const Array *a, const Array *b, Error *e) {
  char text[ARRAY_SHAPE_TEXT], other[ARRAY_SHAPE_TEXT];
  return error_set(e, "cannot multiply matrices of shapes %s and %s", array_shape_text(a, text), array_shape_text(b, other));
}

/* sum += row . b, row[k] times row k of b, k ascending; four rows a pass, so that `sum` is read a quarter as often. */
static void add_rows(double *restrict sum, const double *row, const double *b, int64_t n_inner, int64_t n) {
  int64_t k = 0;
  for (; k + 4 <= n_inner; k += 4) {
    const double *b0 = b + k * n, *b1 = b0 + n, *b2 = b1 + n, *b3 = b2 + n;
    const double w0 = row[k], w1 = row[k + 1], w2 = row[k + 2], w3 = row[k + 3];
    ARRAY_SIMD for (int64_t c = 0; c < n; c++) sum[c] = sum[c] + w0 * b0[c] + w1 * b1[c] + w2 * b2[c] + w3 * b3[c];
  }
  for (; k < n_inner; k++)
    for (int64_t c = 0; c < n; c++)
      sum[c] += row[k] * b[k * n + c];
}

/* a (a matrix, or a vector taken as one row) times the matrix b. */
static bool rows_times(const Array *a, const Array *b, Array *out) {
  int64_t n_rows = a->n_axes == 1 ? 1 : a->shape[0], n_inner = b->shape[0], n = b->shape[1];
  Array *dense = array_duplicate(b, ARRAY_F64);
  double *row = memory_new((size_t)n_inner * sizeof *row), *sum = memory_new((size_t)n * sizeof *sum);
  bool has_memory = dense != NULL && row != NULL && sum != NULL;
  for (int64_t r = 0; has_memory && r < n_rows; r++) {
    Array line = a->n_axes == 1 ? *a : array_part(a, 1, r);
    array_convert(ARRAY_F64, row, 1, line.type, line.at, line.stride[0], n_inner);
    for (int64_t c = 0; c < n; c++)
      sum[c] = 0;
    add_rows(sum, row, (const double *)(const void *)dense->at, n_inner, n);
    array_convert(out->type, out->at + r * n * (int64_t)array_type_size(out->type), 1, ARRAY_F64, sum, 1, n);
  }
  array_release(dense);
  memory_free(row);
  memory_free(sum);
  return has_memory;
}

Array *array_product(const Array *a, const Array *b, Error *e) {
  int64_t inner = a->n_axes == 1 ? a->shape[0] : a->shape[1];
  if (inner != b->shape[0] || a->n_axes > 2 || b->n_axes > 2 || (a->n_axes == 1 && b->n_axes == 1)) {
    mismatch(a, b, e);
    return NULL;
  }
  int64_t shape[2] = { a->n_axes == 2 ? a->shape[0] : b->shape[1], b->shape[1] };
  Array *out = array_new_shaped(a->type == ARRAY_F32 && b->type == ARRAY_F32 ? ARRAY_F32 : ARRAY_F64,
                                a->n_axes == 2 && b->n_axes == 2 ? 2 : 1, shape);
  bool has_memory = out != NULL;
  if (has_memory && b->n_axes == 2)
    has_memory = rows_times(a, b, out);
  else
    for (int64_t r = 0; has_memory && r < a->shape[0]; r++) {
      Array line = array_part(a, 1, r);
      array_set(out, r, array_inner(&line, b));
    }
  if (!has_memory) {
    error_memory(e, "a matrix product", 8 * ((double)array_count(b) + (double)shape[0] * (double)shape[1]));
    array_release(out);
    return NULL;
  }
  return out;
}
