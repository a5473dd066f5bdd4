/* Orders, ranks and positions in arrays.
**
** Sorting is stable and puts NaN last. Indexes in index arrays count from 1, as everywhere in Lua. Arguments are borrowed; functions
** that return an array return the caller's, or NULL with `e` filled. */
#ifndef LUNAPSE_BASE_ARRAY_ORDER_H
#define LUNAPSE_BASE_ARRAY_ORDER_H
#include "base/array_math.h"

/* The elements in ascending order along an axis (from 0), and the indexes (int64) that give this order. */
Array *array_sort(const Array *a, int axis, Error *e);
Array *array_argsort(const Array *a, int axis, Error *e);

/* The different values of an array, ascending; one NaN at most. */
Array *array_unique(const Array *a, Error *e);

/* Quantiles of all elements, q[k] in 0..1, interpolated linearly between the two nearest (Hyndman and Fan 1996, type 7). NaN if the
** array is empty or holds a NaN. Error: a q out of range, no memory. */
bool array_quantiles(const Array *a, const double *q, int64_t n, double *out, Error *e);

/* The same of each line along an axis: float64, the `n` quantiles along the first axis, then the axes of `a` without this one. */
Array *array_quantiles_axis(const Array *a, int axis, const double *q, int64_t n, Error *e);

/* Counts (int64, n_bins) of the elements between consecutive `edges` (float64, n_bins + 1, ascending). A bin holds its lower edge,
** the last bin holds its upper edge too. NaN and elements outside are not counted. */
Array *array_histogram(const Array *a, const Array *edges, Error *e);

/* `n_bins` + 1 equidistant edges from `low` to `high`. Errors: not finite, low > high, no memory. */
Array *array_edges(int64_t n_bins, double low, double high, Error *e);

/* Indexes (int64) of the elements that are not zero, in row-major order: one array for each axis, in `found`, NULL on failure. */
bool array_find(const Array *a, Array **found, Error *e);

/* What `which` names along `axis` (from 0). An array of indexes (whole numbers) names parts along this axis, of a 1-d array elements. So does
** a 1-d bool mask, where it is true. A mask of more axes (`axis` is 0 then) lies over the first ones of `a`; what it names stands along one
** axis in their place. Errors: an index that is not whole or out of range, a mask of another shape. */
Array *array_take(const Array *a, const Array *which, int axis, Error *e);

/* Write to what `which` names: values of the shape that array_take gives, or such as array_copy repeats to fill it. Where something is named
** twice the last value stays. Errors as above, and values of another shape. */
bool array_put(Array *a, const Array *which, const Array *values, int axis, Error *e);

#endif
