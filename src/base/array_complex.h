/* Complex arrays (complex128): their two parts, and what is computed by parts.
**
** Arguments are borrowed; functions return the caller's array, or NULL with `e` filled. */
#ifndef LUNAPSE_BASE_ARRAY_COMPLEX_H
#define LUNAPSE_BASE_ARRAY_COMPLEX_H
#include "base/array_reduce.h"

static inline bool array_is_complex(const Array *a) { return a->type == ARRAY_C128; }

/* The real or imaginary parts, a float64 view of the memory; of an array of real numbers itself, and zeros. NULL when out of memory. */
Array *array_complex_part(Array *a, bool is_imaginary);

/* `kind` over all elements (axis -1: an array of one element) or along an axis. SUM and MEAN are complex, norms are of absolute values, COUNT,
** ANY and ALL ask what is not zero; what needs an order is an error. */
Array *array_complex_reduce(ArrayReduction kind, Array *a, int axis, Error *e);

/* Running sums along an axis. */
Array *array_complex_cumsum(Array *a, int axis, Error *e);

/* The product of matrices and vectors (array_product) where at least one is complex; of two vectors an array of one element. Nothing is conjugated. */
Array *array_complex_product(Array *a, Array *b, Error *e);

/* Would converting `from` to `type` lose imaginary parts? Then false, with `e` filled. */
bool array_complex_fits(ArrayType type, const Array *from, Error *e);

#endif
