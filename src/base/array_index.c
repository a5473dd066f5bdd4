#include "base/array_index.h"

static bool check(const char *what, const Array *a, ArrayType type, ArrayType other, int64_t count, Error *e) {
  if (!array_is_contiguous(a) || (a->type != type && a->type != other))
    return error_set(e, "%s: a contiguous %s array expected, got %s", what, array_type_name(type), array_type_name(a->type));
  if (count >= 0 && array_count(a) != count)
    return error_set(e, "%s: %lld elements expected, got %lld", what, (long long)count, (long long)array_count(a));
  return true;
}

static bool check_index(const char *what, const Array *index, int64_t limit, Error *e) {
  const int32_t *i = (const int32_t *)index->at;
  int64_t n = array_count(index);
  for (int64_t k = 0; k < n; k++)
    if (i[k] < 1 || i[k] > limit)
      return error_set(e, "%s: index %d lies outside 1 .. %lld", what, (int)i[k], (long long)limit);
  return true;
}

bool array_put_pairs(Array *matrix, const Array *row, const Array *column, const Array *values, Error *e) {
  int64_t n = array_count(row);
  if (matrix->n_axes != 2)
    return error_set(e, "matrix: two axes expected, got %d", matrix->n_axes);
  if (!check("matrix", matrix, ARRAY_F64, ARRAY_F64, -1, e) || !check("rows", row, ARRAY_I32, ARRAY_I32, -1, e) ||
      !check("columns", column, ARRAY_I32, ARRAY_I32, n, e) || !check("values", values, ARRAY_F64, ARRAY_F32, n, e) ||
      !check_index("rows", row, matrix->shape[0], e) || !check_index("columns", column, matrix->shape[1], e))
    return false;
  for (int64_t k = 0; k < n; k++)
    ((double *)matrix->at)[(int64_t)(((const int32_t *)row->at)[k] - 1) * matrix->shape[1] + ((const int32_t *)column->at)[k] - 1] =
        values->type == ARRAY_F64 ? ((const double *)values->at)[k] : (double)((const float *)values->at)[k];
  array_touch(matrix);
  return true;
}
