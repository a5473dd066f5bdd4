#include "numeric/lapack.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "base/array_block.h"
#include "base/array_complex.h"
#include "base/array_linear.h"
#include "numeric/library.h"

static const char purpose[] = "linear algebra";

#ifndef HAS_BLAS

bool lapack_open(Error *e) { return library_missing("libopenblas-dev with liblapacke-dev", purpose, e); }
Array *lapack_product(const Array *a, const Array *b, Error *e) { return array_product(a, b, e); }
#define MISSING(name, ...)                                                                                                                 \
  bool name(__VA_ARGS__) { return lapack_open(e); }
#pragma GCC diagnostic ignored "-Wunused-parameter"
MISSING(lapack_lu, const Array *a, Array **lu, Array **pivots, int64_t *zero, Error *e)
MISSING(lapack_lu_solve, const Array *lu, const Array *pivots, const Array *b, Array **x, Error *e)
MISSING(lapack_cholesky, const Array *a, Array **lower, int64_t *bad, Error *e)
MISSING(lapack_qr, const Array *a, bool is_complete, Array **q, Array **r, Error *e)
MISSING(lapack_eig, const Array *a, Array **values, Array **vectors, Error *e)
MISSING(lapack_eigh, const Array *a, Array **values, Array **vectors, Error *e)
MISSING(lapack_svd, const Array *a, bool is_full, Array **u, Array **s, Array **vh, Error *e)

#else

#include <cblas.h>
#include <lapacke.h>

/* clang-format off */
#define FUNCTIONS(X) \
  X(cblas_dgemv) X(cblas_dgemm) X(cblas_zgemm) X(LAPACKE_dgetrf) X(LAPACKE_zgetrf) X(LAPACKE_dgetrs) X(LAPACKE_zgetrs) X(LAPACKE_dpotrf) X(LAPACKE_zpotrf) \
  X(LAPACKE_dgeqrf) X(LAPACKE_zgeqrf) X(LAPACKE_dorgqr) X(LAPACKE_zungqr) X(LAPACKE_dgeev) X(LAPACKE_zgeev) X(LAPACKE_dsyevd) \
  X(LAPACKE_zheevd) X(LAPACKE_dgesdd) X(LAPACKE_zgesdd)
/* clang-format on */

static struct { FUNCTIONS(LIBRARY_MEMBER) } lib;

/* One of the two functions by the type of `a`. */
#define CALL(a, d, z, ...)                                                                                                                 \
  (array_is_complex(a) ? lib.LAPACKE_##z(LAPACK_COL_MAJOR, __VA_ARGS__) : lib.LAPACKE_##d(LAPACK_COL_MAJOR, __VA_ARGS__))

bool lapack_open(Error *e) {
  static bool is_open;
  if (is_open)
    return true;
  const LibraryFunction functions[] = { FUNCTIONS(LIBRARY_ROW) };
  /* OpenBLAS reads this once, when it is loaded, and starts no thread then. The user's own word for later programs stays. */
  const char *name = "OPENBLAS_NUM_THREADS", *given = getenv(name);
  char *kept = given != NULL ? strdup(given) : NULL;
  setenv(name, "1", 1);
  is_open = library_open("liblapacke.so.3", "liblapacke", purpose, functions, sizeof functions / sizeof *functions, e);
  if (kept != NULL)
    setenv(name, kept, 1);
  else
    unsetenv(name);
  free(kept);
  return is_open;
}

/* ---- memory ---- */

static void *data(const Array *a) { return a->at; }

static Array *make(ArrayType type, int n_axes, int64_t rows, int64_t columns, Error *e) {
  Array *a = array_new_shaped(type, n_axes, (int64_t[]){ rows, columns });
  if (a == NULL)
    error_memory(e, purpose, (double)array_type_size(type) * (double)rows * (double)(n_axes > 1 ? columns : 1));
  return a;
}

/* A matrix as LAPACK takes it, its columns one after another, and one more behind them: zgemv of OpenBLAS before 0.3.24 reads an element
** behind the last column on processors with AVX2 (its issue 4013). What LAPACK writes is made by the same two functions. */
static Array *make_columns(ArrayType type, lapack_int rows, lapack_int columns, Error *e) { return make(type, 2, columns + 1L, rows, e); }

static Array *columns_of(const Array *a, Error *e) {
  int64_t m = a->shape[0], n = a->shape[1], size = (int64_t)array_type_size(a->type);
  Array *f = make_columns(a->type, (lapack_int)m, (lapack_int)n, e);
  for (int64_t j = 0; j < n && m > 0 && f != NULL; j++)
    array_convert(a->type, f->at + j * m * size, 1, a->type, a->at + j * a->stride[1] * size, a->stride[0], m);
  return f;
}

/* The array whose columns are `f`, which it takes. */
static Array *rows_of(Array *f, Error *e) {
  if (f == NULL)
    return NULL;
  int64_t m = f->shape[1], n = f->shape[0] - 1, size = (int64_t)array_type_size(f->type);
  Array *a = make(f->type, 2, m, n, e);
  for (int64_t i = 0; i < m && n > 0 && a != NULL; i++)
    array_convert(f->type, a->at + i * n * size, 1, f->type, f->at + i * size, m, n);
  array_release(f);
  return a;
}

/* What LAPACK says besides the result. Below zero: an argument that it does not take, which is memory that it could not get. */
static bool check(lapack_int info, const char *what, Error *e) {
  if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
    return error_set(e, "no memory for %s", what);
  return info == 0 || error_set(e, "%s did not converge", what);
}

static lapack_int rows(const Array *a) { return (lapack_int)a->shape[0]; }
static lapack_int columns(const Array *a) { return (lapack_int)a->shape[1]; }
static lapack_int least(lapack_int x, lapack_int y) { return x < y ? x : y; }
static lapack_int gap(const Array *f) { return f->shape[1] > 0 ? (lapack_int)f->shape[1] : 1; } /* from column to column */

static bool give_up(Array *a, Array *b, Array *c) {
  array_release(a);
  array_release(b);
  array_release(c);
  return false;
}

/* ---- products ---- */

enum {
  WORTH_IT = 1 << 16,
  WORTH_IT_REAL = 1 << 19
}; /* multiplications from which on the library is worth a call; products of two real matrices are fast without it, too */

/* A matrix of 1-d arrays is one row (left) or one column (right). */
static Array *operand(const Array *a, ArrayType type, bool is_left) {
  Array *dense = array_duplicate(a, type);
  if (dense != NULL && a->n_axes == 1) {
    dense->n_axes = 2;
    dense->shape[0] = is_left ? 1 : a->shape[0];
    dense->shape[1] = is_left ? a->shape[0] : 1;
  }
  return dense;
}

/* Columns first instead of rows first, without copying: what BLAS reads as the transpose. */
static bool is_plain(const Array *a, ArrayType type) { return a->type == type && a->n_axes == 2 && array_is_contiguous(a); }
static bool is_turned(const Array *a, ArrayType type) {
  return a->type == type && a->n_axes == 2 && a->shape[0] > 1 && a->shape[1] > 1 && a->stride[0] == 1 && a->stride[1] == a->shape[0];
}

/* A matrix times a vector, or a vector times a matrix: it is read once, so dgemm, which first packs it, would take several times as long. The matrix has `n_rows` rows of `n` numbers
   in memory; `is_turned_matrix`: it is its transpose that is multiplied. */
static void matrix_vector(Array *out, bool is_turned_matrix, int64_t n_rows, int64_t n, const double *matrix, const double *vector) {
  memset(out->at, 0, array_count(out) * sizeof(double)); /* some BLAS read it although beta = 0 */
  lib.cblas_dgemv(CblasRowMajor, is_turned_matrix ? CblasTrans : CblasNoTrans, (int)n_rows, (int)n, 1, matrix, (int)n, vector, 1, 0,
                  data(out), 1);
}

Array *lapack_product(const Array *a, const Array *b, Error *e) {
  int64_t inner = a->shape[a->n_axes - 1], m = a->n_axes == 2 ? a->shape[0] : 1, n = b->n_axes == 2 ? b->shape[1] : 1;
  bool fits = a->n_axes <= 2 && b->n_axes <= 2 && a->n_axes + b->n_axes > 2 && inner == b->shape[0];
  bool is_complex = array_is_complex(a) || array_is_complex(b);
  if (!fits || (double)m * (double)n * (double)inner < (is_complex || m == 1 || n == 1 ? WORTH_IT : WORTH_IT_REAL) || m > INT32_MAX ||
      n > INT32_MAX || inner > INT32_MAX || !lapack_open(&(Error){ "" }))
    return is_complex ? array_complex_product((Array *)a, (Array *)b, e) : array_product(a, b, e);
  ArrayType type = is_complex ? ARRAY_C128 : ARRAY_F64;
  bool plain_a = is_plain(a, type), plain_b = is_plain(b, type), turned_a = is_turned(a, type), turned_b = is_turned(b, type);
  Array *left = plain_a || turned_a ? NULL : operand(a, type, true), *right = plain_b || turned_b ? NULL : operand(b, type, false);
  Array like = { .n_axes = a->n_axes + b->n_axes - 2, .shape = { a->n_axes == 2 ? m : n, n, 1, 1, 1, 1, 1, 1 } };
  if (like.n_axes == 1)
    like.shape[1] = 1;
  Array *out = array_new_raw(&like, type); /* beta = 0: BLAS writes all of it and reads nothing */
  const void *x = left != NULL ? left->at : a->at, *y = right != NULL ? right->at : b->at;
  bool has_memory = (plain_a || turned_a || left != NULL) && (plain_b || turned_b || right != NULL) && out != NULL;
  CBLAS_TRANSPOSE turn_a = turned_a ? CblasTrans : CblasNoTrans, turn_b = turned_b ? CblasTrans : CblasNoTrans;
  int gap_a = (int)(turned_a ? m : inner), gap_b = (int)(turned_b ? inner : n);
  if (has_memory && is_complex)
    lib.cblas_zgemm(CblasRowMajor, turn_a, turn_b, (int)m, (int)n, (int)inner, &(double complex){ 1 }, x, gap_a, y, gap_b,
                    &(double complex){ 0 }, out->at, (int)n);
  else if (has_memory && n == 1)
    matrix_vector(out, turned_a, turned_a ? inner : m, turned_a ? m : inner, x, y);
  else if (has_memory && m == 1)
    matrix_vector(out, !turned_b, turned_b ? n : inner, turned_b ? inner : n, y, x);
  else if (has_memory)
    lib.cblas_dgemm(CblasRowMajor, turn_a, turn_b, (int)m, (int)n, (int)inner, 1, x, gap_a, y, gap_b, 0, data(out), (int)n);
  if (has_memory && a->type == ARRAY_F32 && b->type == ARRAY_F32) {
    Array *narrow = array_duplicate(out, ARRAY_F32);
    array_release(out);
    out = narrow;
  }
  if (!has_memory || out == NULL) {
    error_memory(e, "a matrix product", 8 * ((double)m * (double)inner + (double)inner * (double)n + (double)m * (double)n));
    array_release(out);
    out = NULL;
  }
  array_release(left);
  array_release(right);
  return out;
}

/* ---- factors ---- */

bool lapack_lu(const Array *a, Array **lu, Array **pivots, int64_t *zero, Error *e) {
  if (!lapack_open(e))
    return false;
  lapack_int n = least(rows(a), columns(a));
  Array *f = columns_of(a, e), *order = make(ARRAY_I32, 1, n, 0, e);
  if (f == NULL || order == NULL)
    return give_up(f, order, NULL);
  lapack_int info = n == 0 ? 0 : CALL(a, dgetrf, zgetrf, rows(a), columns(a), data(f), gap(f), data(order));
  f = rows_of(f, e);
  *pivots = array_duplicate(order, ARRAY_I64);
  if (f == NULL || *pivots == NULL || !check(info > 0 ? 0 : info, "the factors", e))
    return give_up(f, order, *pivots);
  array_release(order);
  *lu = f;
  *zero = info;
  return true;
}

bool lapack_lu_solve(const Array *lu, const Array *pivots, const Array *b, Array **x, Error *e) {
  if (!lapack_open(e))
    return false;
  Array *order = array_duplicate(pivots, ARRAY_I32), *f = columns_of(lu, e), *out = columns_of(b, e);
  lapack_int info = 0;
  if (order == NULL || f == NULL || out == NULL)
    return give_up(order, f, out);
  if (array_count(b) > 0)
    info = CALL(lu, dgetrs, zgetrs, 'N', rows(lu), columns(b), data(f), gap(f), data(order), data(out), gap(out));
  give_up(order, f, NULL);
  out = rows_of(out, e);
  if (out == NULL || !check(info, "the solution", e))
    return give_up(out, NULL, NULL);
  *x = out;
  return true;
}

bool lapack_cholesky(const Array *a, Array **lower, int64_t *bad, Error *e) {
  Array *f = lapack_open(e) ? columns_of(a, e) : NULL;
  if (f == NULL)
    return false;
  lapack_int n = rows(a), info = n == 0 ? 0 : CALL(a, dpotrf, zpotrf, 'L', n, data(f), gap(f));
  f = rows_of(f, e);
  if (f == NULL || !check(info > 0 ? 0 : info, "the Cholesky factor", e))
    return give_up(f, NULL, NULL);
  size_t size = array_type_size(f->type);
  for (lapack_int i = 0; i < n; i++)
    memset(f->at + ((size_t)i * (size_t)n + (size_t)i + 1) * size, 0, (size_t)(n - 1 - i) * size);
  *lower = f;
  *bad = info;
  return true;
}

bool lapack_qr(const Array *a, bool is_complete, Array **q, Array **r, Error *e) {
  if (!lapack_open(e))
    return false;
  lapack_int m = rows(a), n = columns(a), k = least(m, n), width = is_complete ? m : k;
  Array *f = columns_of(a, e), *scale = make(a->type, 1, k, 0, e), *right = make(a->type, 2, width, n, e);
  Array *left = make_columns(a->type, m, width, e);
  if (f == NULL || scale == NULL || right == NULL || left == NULL) {
    array_release(left);
    return give_up(f, scale, right);
  }
  lapack_int info = k == 0 ? 0 : CALL(a, dgeqrf, zgeqrf, m, n, data(f), gap(f), data(scale));
  int64_t size = (int64_t)array_type_size(a->type);
  for (int64_t i = 0; i < k; i++) /* R is the upper triangle, the reflectors of Q what lies below it */
    array_convert(a->type, right->at + (i * n + i) * size, 1, a->type, f->at + (i * m + i) * size, m, n - i);
  if (k > 0)
    memcpy(left->at, f->at, (size_t)(k * m * size));
  for (int64_t i = 0; i < least(m, width) && k == 0; i++)
    array_set(left, i * m + i, 1);
  if (info == 0 && k > 0)
    info = CALL(a, dorgqr, zungqr, m, width, k, data(left), gap(left), data(scale));
  give_up(f, scale, NULL);
  left = rows_of(left, e);
  if (left == NULL || !check(info, "the QR factors", e))
    return give_up(left, right, NULL);
  *q = left;
  *r = right;
  return true;
}

/* ---- eigenvalues, singular values ---- */

/* dgeev's way to write complex vectors: a pair of conjugate values has its real and imaginary parts in two columns. */
static void unfold(const Array *packed, const double *re, const double *im, Array *values, Array *vectors) {
  int64_t n = values->shape[0];
  const double *from = data(packed);
  double *value = data(values), *to = data(vectors); /* real and imaginary parts in turn */
  for (int64_t j = 0; j < n; j++) {
    value[2 * j] = re[j];
    value[2 * j + 1] = im[j];
    for (int64_t i = 0; i < n; i++) {
      const double *part = from + (im[j] < 0 ? j - 1 : j) * n + i;
      to[2 * (i * n + j)] = part[0];
      to[2 * (i * n + j) + 1] = im[j] == 0 ? 0 : im[j] > 0 ? part[n] : -part[n];
    }
  }
}

bool lapack_eig(const Array *a, Array **values, Array **vectors, Error *e) {
  if (!lapack_open(e))
    return false;
  lapack_int n = rows(a), info = 0;
  Array *f = columns_of(a, e), *value = make(ARRAY_C128, 1, n, 0, e), *vector = NULL;
  Array *packed = array_is_complex(a) ? make_columns(ARRAY_C128, n, n, e) : make_columns(ARRAY_F64, n, n + 2, e);
  bool has_memory = f != NULL && value != NULL && packed != NULL;
  if (has_memory && array_is_complex(a)) {
    if (n > 0)
      info = lib.LAPACKE_zgeev(LAPACK_COL_MAJOR, 'N', 'V', n, data(f), n, data(value), NULL, n, data(packed), n);
    vector = rows_of(packed, e);
    packed = NULL;
  } else if (has_memory && (vector = make(ARRAY_C128, 2, n, n, e)) != NULL && n > 0) {
    double *re = (double *)data(packed) + (int64_t)n * n, *im = re + n; /* behind the vectors: both parts of the values */
    info = lib.LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'V', n, data(f), n, re, im, NULL, n, data(packed), n);
    unfold(packed, re, im, value, vector);
  }
  give_up(f, packed, NULL);
  if (vector == NULL || !check(info, "the eigenvalues", e))
    return give_up(value, vector, NULL);
  *values = value;
  *vectors = vector;
  return true;
}

bool lapack_eigh(const Array *a, Array **values, Array **vectors, Error *e) {
  if (!lapack_open(e))
    return false;
  lapack_int n = rows(a);
  Array *f = columns_of(a, e), *value = make(ARRAY_F64, 1, n, 0, e);
  if (f == NULL || value == NULL)
    return give_up(f, value, NULL);
  lapack_int info = n == 0 ? 0 : CALL(a, dsyevd, zheevd, 'V', 'L', n, data(f), n, data(value));
  f = rows_of(f, e);
  if (f == NULL || !check(info, "the eigenvalues", e))
    return give_up(f, value, NULL);
  *values = value;
  *vectors = f;
  return true;
}

bool lapack_svd(const Array *a, bool is_full, Array **u, Array **s, Array **vh, Error *e) {
  if (!lapack_open(e))
    return false;
  lapack_int m = rows(a), n = columns(a), k = least(m, n);
  Array *f = columns_of(a, e), *left = make_columns(a->type, m, is_full ? m : k, e), *right = make_columns(a->type, is_full ? n : k, n, e);
  Array *value = make(ARRAY_F64, 1, k, 0, e);
  bool is_fine = f != NULL && left != NULL && right != NULL && value != NULL;
  if (is_fine && k > 0)
    is_fine = check(CALL(a, dgesdd, zgesdd, is_full ? 'A' : 'S', m, n, data(f), gap(f), data(value), data(left), gap(left), data(right),
                         gap(right)),
                    "the singular values", e);
  array_release(f);
  left = rows_of(left, e);
  right = rows_of(right, e);
  if (!is_fine || left == NULL || right == NULL) {
    array_release(value);
    return give_up(left, right, NULL);
  }
  *u = left;
  *s = value;
  *vh = right;
  return true;
}

#endif
