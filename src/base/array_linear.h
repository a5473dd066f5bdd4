/* Products of vectors and matrices, computed in float64 in a fixed order. Arguments are borrowed. */
#ifndef LUNAPSE_BASE_ARRAY_LINEAR_H
#define LUNAPSE_BASE_ARRAY_LINEAR_H
#include "base/array.h"

/* The product of a matrix and a matrix, a matrix and a vector, or a vector and a matrix; float32 if both are, else float64. The
** caller's, or NULL with `e` filled: shapes that do not match, no memory. (Two vectors: array_inner.) */
Array *array_product(const Array *a, const Array *b, Error *e);

#endif
