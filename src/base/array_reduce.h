/* Numbers that stand for a whole array, and arrays that run along one.
**
** Sums are taken in a fixed order that depends on the number of elements alone (not on memory layout, processor or threads): blocks
** of 1024 elements in row-major order, 16 lanes a block, blocks and lanes added in pairs, so that errors grow with the logarithm of
** the count. Sums of integers are exact (int64, wrapping); everything else is float64. Arguments are borrowed; functions that return
** an array return the caller's, or NULL with `e` filled. */
#ifndef LUNAPSE_BASE_ARRAY_REDUCE_H
#define LUNAPSE_BASE_ARRAY_REDUCE_H
#include "base/array_math.h"

/* name, name in Lua; the result: SUM (int64 of integers, else float64), REAL, VALUE (the array's own type), INDEX (from 1), TRUTH */
/* clang-format off */
#define ARRAY_REDUCTIONS(X) \
  X(SUM, "sum", SUM) X(PROD, "prod", SUM) X(MEAN, "mean", REAL) X(VAR, "var", REAL) X(STD, "std", REAL) X(MEDIAN, "median", REAL) \
  X(NORM1, "norm1", REAL) X(NORM2, "norm2", REAL) X(MIN, "min", VALUE) X(MAX, "max", VALUE) X(ARGMIN, "argmin", INDEX) \
  X(ARGMAX, "argmax", INDEX) X(COUNT, "count", INDEX) X(ANY, "any", TRUTH) X(ALL, "all", TRUTH)
/* clang-format on */

#define ARRAY_REDUCTION_NAME(name, lua_name, kind) ARRAY_REDUCE_##name,
typedef enum { ARRAY_REDUCTIONS(ARRAY_REDUCTION_NAME) ARRAY_N_REDUCTIONS } ArrayReduction;
#undef ARRAY_REDUCTION_NAME

const char *array_reduction_name(ArrayReduction kind);

/* Over all elements. `freedom` is subtracted from the count in VAR and STD (0: population, 1: sample). MEAN, VAR, STD and MEDIAN of
** nothing are NaN; MIN, MAX, ARGMIN, ARGMAX of nothing are an error. A NaN among the elements is the minimum, maximum and median.
** ARGMIN and ARGMAX give the first such element in row-major order, from 1. */
bool array_reduce(ArrayReduction kind, const Array *a, double freedom, ArrayScalar *out, Error *e);

/* Along an axis (from 0): one value for each line, in an array without this axis. */
Array *array_reduce_axis(ArrayReduction kind, const Array *a, int axis, double freedom, Error *e);

/* What all elements up to each one come to along an axis, one after another (int64 of integers, else float64). */
typedef enum { CUMULATE_SUM, CUMULATE_PRODUCT, CUMULATE_MIN, CUMULATE_MAX } ArrayCumulation;
Array *array_cumulate(ArrayCumulation kind, const Array *a, int axis, Error *e);

/* The sum of products of two arrays of equal count, in the order of sums. */
double array_inner(const Array *a, const Array *b);

/* The same of two runs of numbers in memory, to the same bits. */
double array_inner_run(const double *x, const double *y, int64_t n);

/* Pearson's correlation of two arrays of equal count; NaN when one of them is constant. */
double array_correlation(const Array *a, const Array *b);

/* `n` elements from element `first` on (row-major) as `type`: where they lie, or converted into `scratch`. n <= ARRAY_BLOCK. */
const void *array_read(const Array *a, int64_t first, int64_t n, ArrayType type, void *scratch);

#endif
