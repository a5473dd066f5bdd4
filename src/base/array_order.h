/* Orders, ranks and positions in arrays.
**
** Sorting is stable and puts NaN last. Indexes in index arrays count from 1, as everywhere in Lua. Arguments are borrowed; functions
** that return an array return the caller's, or NULL with `e` filled. */
#ifndef LUNAPSE_BASE_ARRAY_ORDER_H
#define LUNAPSE_BASE_ARRAY_ORDER_H
#include "base/array_math.h"

/* The elements of a 1-d array in ascending order, and the indexes (int64) that give this order. */
Array *array_sort(const Array *a, Error *e);
Array *array_argsort(const Array *a, Error *e);

/* The different values of an array, ascending; one NaN at most. */
Array *array_unique(const Array *a, Error *e);

/* Quantiles of all elements, q[k] in 0..1, interpolated linearly between the two nearest (Hyndman and Fan 1996, type 7). NaN if the
** array is empty or holds a NaN. Error: a q out of range, no memory. */
bool array_quantiles(const Array *a, const double *q, int64_t n, double *out, Error *e);

/* Counts (int64, n_bins) of the elements between consecutive `edges` (float64, n_bins + 1, ascending). A bin holds its lower edge,
** the last bin holds its upper edge too. NaN and elements outside are not counted. */
Array *array_histogram(const Array *a, const Array *edges, Error *e);

/* `n_bins` + 1 equidistant edges from `low` to `high`. Errors: not finite, low > high, no memory. */
Array *array_edges(int64_t n_bins, double low, double high, Error *e);

/* Indexes of the elements that are not zero: of a 1-d array in `rows` alone, of a matrix rows and columns, in row-major order.
** Both are NULL on failure. */
bool array_find(const Array *a, Array **rows, Array **columns, Error *e);

/* What `which` names in `a`. An array of indexes (whole numbers) names elements of a 1-d array or rows of a matrix. A bool mask of the
** shape of `a` names the elements where it is true, which become a 1-d array; a 1-d mask over a matrix names rows. Errors: an index
** that is not whole or out of range, a mask of another shape. */
Array *array_take(const Array *a, const Array *which, Error *e);

/* Write to what `which` names: one value for all; or as many as there are elements named; or for rows of a matrix one row for all or
** as many rows. Where something is named twice the last value stays. Errors as above, and values of another number. */
bool array_put(Array *a, const Array *which, const Array *values, Error *e);

#endif
