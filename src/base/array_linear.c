#include "base/array_linear.h"

#include "base/array_block.h"
#include "base/array_reduce.h"
#include "base/clones.h"

static bool mismatch(const Array *a, const Array *b, Error *e) {
  char text[ARRAY_SHAPE_TEXT], other[ARRAY_SHAPE_TEXT];
  return error_set(e, "cannot multiply matrices of shapes %s and %s", array_shape_text(a, text), array_shape_text(b, other));
}

/* Columns that are summed together, a vector of the widest processors. */
typedef double Columns __attribute__((vector_size(64), aligned(8)));
enum { COLUMNS = 8, ROWS = 4 };

/* out = rows . b for the columns that are left over; k ascending, as everywhere here. */
static void few_columns(double *out, const double *rows, int64_t n_rows, const double *b, int64_t n_inner, int64_t n, int64_t first) {
  for (int64_t r = 0; r < n_rows; r++)
    for (int64_t c = first; c < n; c++) {
      double sum = 0;
      for (int64_t k = 0; k < n_inner; k++)
        sum += rows[r * n_inner + k] * b[k * n + c];
      out[r * n + c] = sum;
    }
}

/* out [n_rows][n] = rows [n_rows][n_inner] . b [n_inner][n]; four rows go over the same columns of b together, so that sums stay in registers. */
CLONES static void multiply(double *restrict out, const double *restrict rows, int64_t n_rows, const double *restrict b, int64_t n_inner,
                            int64_t n) {
  const int64_t whole = n / COLUMNS * COLUMNS;
  int64_t r = 0;
  for (; r + ROWS <= n_rows; r += ROWS) {
    const double *row = rows + r * n_inner;
    for (int64_t c = 0; c < whole; c += COLUMNS) {
      Columns sum0 = { 0 }, sum1 = { 0 }, sum2 = { 0 }, sum3 = { 0 };
      for (int64_t k = 0; k < n_inner; k++) {
        const Columns x = *(const Columns *)(const void *)(b + k * n + c);
        sum0 += row[k] * x;
        sum1 += row[k + n_inner] * x;
        sum2 += row[k + 2 * n_inner] * x;
        sum3 += row[k + 3 * n_inner] * x;
      }
      *(Columns *)(void *)(out + r * n + c) = sum0;
      *(Columns *)(void *)(out + (r + 1) * n + c) = sum1;
      *(Columns *)(void *)(out + (r + 2) * n + c) = sum2;
      *(Columns *)(void *)(out + (r + 3) * n + c) = sum3;
    }
  }
  for (; r < n_rows; r++)
    for (int64_t c = 0; c < whole; c += COLUMNS) {
      Columns sum = { 0 };
      for (int64_t k = 0; k < n_inner; k++)
        sum += rows[r * n_inner + k] * *(const Columns *)(const void *)(b + k * n + c);
      *(Columns *)(void *)(out + r * n + c) = sum;
    }
  few_columns(out, rows, n_rows, b, n_inner, n, whole);
}

/* The numbers of an array, row by row: its own, or those of a copy that the caller releases. NULL: no memory. */
static const double *numbers(const Array *a, Array **copy) {
  *copy = a->type == ARRAY_F64 && array_is_contiguous(a) ? NULL : array_duplicate(a, ARRAY_F64);
  const Array *from = *copy != NULL ? *copy : a;
  return from->type == ARRAY_F64 && array_is_contiguous(from) ? (const double *)(const void *)from->at : NULL;
}

/* Into `out`, float64. */
static bool product_into(const Array *a, const Array *b, Array *out) {
  const int64_t n_rows = a->n_axes == 1 ? 1 : a->shape[0], n_inner = b->shape[0];
  Array *copy_a, *copy_b;
  const double *x = numbers(a, &copy_a), *y = numbers(b, &copy_b);
  double *to = (double *)(void *)out->at;
  const bool has_memory = x != NULL && y != NULL;
  if (has_memory && b->n_axes == 2)
    multiply(to, x, n_rows, y, n_inner, b->shape[1]);
  for (int64_t r = 0; has_memory && b->n_axes == 1 && r < n_rows; r++)
    to[r] = array_inner_run(x + r * n_inner, y, n_inner);
  array_release(copy_a);
  array_release(copy_b);
  return has_memory;
}

Array *array_product(const Array *a, const Array *b, Error *e) {
  int64_t inner = a->n_axes == 1 ? a->shape[0] : a->shape[1];
  if (inner != b->shape[0] || a->n_axes > 2 || b->n_axes > 2 || (a->n_axes == 1 && b->n_axes == 1)) {
    mismatch(a, b, e);
    return NULL;
  }
  Array like = { .n_axes = a->n_axes + b->n_axes - 2,
                 .shape = { a->n_axes == 2 ? a->shape[0] : b->shape[1], b->shape[1], 1, 1, 1, 1, 1, 1 } };
  if (like.n_axes == 1)
    like.shape[1] = 1;
  Array *out = array_new_raw(&like, ARRAY_F64);
  if (out != NULL && !product_into(a, b, out)) {
    array_release(out);
    out = NULL;
  }
  if (out != NULL && a->type == ARRAY_F32 && b->type == ARRAY_F32) {
    Array *narrow = array_duplicate(out, ARRAY_F32);
    array_release(out);
    out = narrow;
  }
  if (out == NULL)
    error_memory(e, "a matrix product", 8 * ((double)array_count(a) + (double)array_count(b) + (double)array_count(&like)));
  return out;
}
