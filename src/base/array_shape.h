/* Other views of the memory of an array, and arrays put together. Indexes in C start at 0 unless said otherwise. Arguments are
** borrowed; functions return the caller's array, or NULL with `e` filled. A view shares the memory of `a`. */
#ifndef LUNAPSE_BASE_ARRAY_SHAPE_H
#define LUNAPSE_BASE_ARRAY_SHAPE_H
#include "base/array.h"

/* What stands along an axis (from 0) from `first` to `last`, both from 1 and both included, every `step`-th; a view. Negative ends count from
** the end (-1 is the last), a negative step goes backwards. Empty when `first` lies beyond `last`. Errors: an end out of range, step 0. */
Array *array_slice(Array *a, int axis, int64_t first, int64_t last, int64_t step, Error *e);

/* What stands at `k` of an axis, a view without this axis. NULL when out of memory. */
Array *array_line(Array *a, int axis, int64_t k);

/* The same elements in row-major order as another shape, one length of which may be -1: what is left for it. A view where there are strides
** for it (always if the elements follow each other in memory), else a copy. Error: another number of elements. */
Array *array_reshape(Array *a, int n_axes, const int64_t *shape, Error *e);

/* The axes in another order: axis d is axis order[d] of `a`; a view. NULL when out of memory. */
Array *array_transpose(Array *a, const int *order);

/* Arrays of one shape, but for this axis, behind each other along it. The type is `type`. */
Array *array_join(Array *const *parts, int n, int axis, ArrayType type, Error *e);

/* n numbers from `first` in steps of `step`; of an integer type exactly. NULL when out of memory. */
Array *array_ramp(ArrayType type, int64_t n, double first, double step);

/* n equidistant numbers (float64) from `first` to `last`, both met exactly. NULL when out of memory. */
Array *array_linspace(int64_t n, double first, double last);

#endif
