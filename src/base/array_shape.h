/* Other views of the memory of an array, and arrays put together. Indexes in C start at 0 unless said otherwise. Arguments are
** borrowed; functions return the caller's array, or NULL with `e` filled. A view shares the memory of `a`. */
#ifndef LUNAPSE_BASE_ARRAY_SHAPE_H
#define LUNAPSE_BASE_ARRAY_SHAPE_H
#include "base/array.h"

/* Elements (of a matrix: rows) `first` to `last`, both from 1 and both included, every `step`-th; a view. Negative ends count from the
** end (-1 is the last), a negative step goes backwards. `dimension` 1 slices the columns of a matrix. Empty when `first` lies beyond
** `last`. Errors: an end out of range, step 0. */
Array *array_slice(Array *a, int dimension, int64_t first, int64_t last, int64_t step, Error *e);

/* Row (dimension 0) or column (dimension 1) `k` of a matrix as a 1-d view. NULL when out of memory. */
Array *array_line(Array *a, int dimension, int64_t k);

/* The same elements in row-major order as another shape (`n_columns` 0: 1-d): a view when the elements follow each other in memory,
** else a copy. Error: another number of elements. */
Array *array_reshape(Array *a, int64_t n_rows, int64_t n_columns, Error *e);

/* Rows and columns of a matrix exchanged; a view. NULL when out of memory. */
Array *array_transpose(Array *a);

/* `n` 1-d arrays behind each other, or matrices of as many columns below each other. The type is `type`. */
Array *array_join(Array *const *parts, int n, ArrayType type, Error *e);

/* n numbers from `first` in steps of `step`; of an integer type exactly. NULL when out of memory. */
Array *array_ramp(ArrayType type, int64_t n, double first, double step);

/* n equidistant numbers (float64) from `first` to `last`, both met exactly. NULL when out of memory. */
Array *array_linspace(int64_t n, double first, double last);

#endif
