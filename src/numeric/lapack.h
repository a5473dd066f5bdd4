/* Linear algebra by LAPACK and BLAS, on matrices of float64 or complex128 that are contiguous, rows first.
**
** Arguments are borrowed and left alone; results are new arrays, the caller's. Functions return false with `e` filled when memory or the library
** is missing or an algorithm does not converge, and then give no array. Shapes are the caller's to check. One thread does all of it, whatever
** the library could, so results do not depend on how many there are. */
#ifndef LUNAPSE_NUMERIC_LAPACK_H
#define LUNAPSE_NUMERIC_LAPACK_H
#include "base/array.h"

/* Is the library there? */
bool lapack_open(Error *e);

/* The product of matrices and vectors as array_product, by BLAS where it pays and is there. Computed in float64 or complex128. */
Array *lapack_product(const Array *a, const Array *b, Error *e);

/* a = P L U: both factors in one matrix, the rows that were exchanged (int64, from 1), and the first pivot that is exactly zero (from 1; 0: none). */
bool lapack_lu(const Array *a, Array **lu, Array **pivots, int64_t *zero, Error *e);

/* x in a x = b (a matrix) by the factors of a. */
bool lapack_lu_solve(const Array *lu, const Array *pivots, const Array *b, Array **x, Error *e);

/* The lower factor of a = L L^H; `bad`: the order (from 1) of the leading part that is not positive definite, 0: none. */
bool lapack_cholesky(const Array *a, Array **lower, int64_t *bad, Error *e);

/* a = Q R. Q has as many columns as rows if `is_complete`, else as many as the shorter side of a. */
bool lapack_qr(const Array *a, bool is_complete, Array **q, Array **r, Error *e);

/* Eigenvalues and right eigenvectors (columns) of any square matrix, complex128; of a Hermitian one (its lower triangle is read) the values are
** float64, ascending. */
bool lapack_eig(const Array *a, Array **values, Array **vectors, Error *e);
bool lapack_eigh(const Array *a, Array **values, Array **vectors, Error *e);

/* a = u s vh, singular values descending; u and vh are square if `is_full`. */
bool lapack_svd(const Array *a, bool is_full, Array **u, Array **s, Array **vh, Error *e);

#endif
