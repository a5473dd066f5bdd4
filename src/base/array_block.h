/* Runs of elements: moving them between strided memory of one type and strided memory of another.
**
** Everything that walks arrays (copies, arithmetic, reductions) is built on this one conversion table. Pointers are borrowed,
** strides are in elements. Nothing here allocates or fails. */
#ifndef LUNAPSE_BASE_ARRAY_BLOCK_H
#define LUNAPSE_BASE_ARRAY_BLOCK_H
#include "base/array.h"
#include "base/debug.h"

/* Before a loop whose rounds are independent. gcc 12 vectorises at -O2 only where it is told so; clang decides well by itself and
** warns where it cannot follow. */
#if defined(__GNUC__) && !defined(__clang__)
#define ARRAY_SIMD _Pragma("omp simd")
#else
#define ARRAY_SIMD
#endif

enum { ARRAY_BLOCK = 1024 }; /* elements in a scratch block: 8 kB of float64 stays in the first-level cache */

/* Convert `n` elements. Floats become integers by truncation, saturated at the ends of the type's range, NaN becoming 0;
** anything but zero becomes bool true; of complex numbers their real part becomes a real number (who calls refuses that). The two runs must not overlap, unless they are the same run of one type. */
void array_convert(ArrayType to_type, void *to, int64_t to_stride, ArrayType from_type, const void *from, int64_t from_stride, int64_t n);

/* The memory at place `k` of the first `n_leading` axes, counted in row-major order. */
static inline char *array_place(const Array *a, int n_leading, int64_t k) {
  static const uint8_t bytes[] = {
    [ARRAY_F64] = 8, [ARRAY_F32] = 4, [ARRAY_I64] = 8, [ARRAY_I32] = 4, [ARRAY_BOOL] = 1, [ARRAY_C128] = 16
  };
  int64_t place = 0;
  for (int d = n_leading - 1; d > 0; d--) {
    place += k % a->shape[d] * a->stride[d];
    k /= a->shape[d];
  }
  ASSERT(array_count(a) == 0 || (k >= 0 && k < a->shape[0]));
  return a->at + (place + k * a->stride[0]) * bytes[a->type];
}

/* Element k in row-major order, as memory. */
static inline char *array_element(const Array *a, int64_t k) { return array_place(a, a->n_axes, k); }

/* Read or write the element at `at`: as double, or exactly if the type is an integer or bool. */
double array_load(ArrayType type, const char *at);
void array_store(ArrayType type, char *at, double value);
int64_t array_load_integer(ArrayType type, const char *at);
void array_store_integer(ArrayType type, char *at, int64_t value);

static inline int64_t array_get_integer(const Array *a, int64_t k) { return array_load_integer(a->type, array_element(a, k)); }
static inline void array_set_integer(Array *a, int64_t k, int64_t value) { array_store_integer(a->type, array_element(a, k), value); }

/* Do the two arrays share memory in a way in which writing one may change what is later read from the other?
** False for two views that are the same element by element. */
bool array_entangled(const Array *a, const Array *b);

/* A new contiguous array with the values of `a`, converted to `type`. NULL when out of memory. */
Array *array_duplicate(const Array *a, ArrayType type);

/* A new zeroed array of the type, with the dimensions and shape of `like`. NULL when out of memory. */
Array *array_new_like(const Array *like, ArrayType type);

/* The same with any values, for a result of which every element is written. */
Array *array_new_raw(const Array *like, ArrayType type);

/* Bytes of all living arrays of the process, elements and what is beside them: what the garbage collector cannot see. */
int64_t array_live_bytes(void);

/* "1000" or "20 x 30 x 3", for messages; `text` has room for ARRAY_SHAPE_TEXT characters. Returns `text`. */
char *array_shape_text(const Array *a, char *text);

/* Do the two have the same axes? Can `from` be repeated, as array_copy does, to fill the shape of `to`? */
bool array_same_shape(const Array *a, const Array *b);
bool array_broadcasts(const Array *to, const Array *from);

/* Views on the stack, which borrow the memory of `a`: the first line along an axis; the first element of each of these lines (an axis
** less); with the axes in another order (axis d is axis order[d] of `a`); the part at place `k` of the first `n_leading` axes; repeated to
** fill the shape of `like`. */
Array array_along(const Array *a, int axis);
Array array_across(const Array *a, int axis);
Array array_permuted(const Array *a, const int *order);
Array array_part(const Array *a, int n_leading, int64_t k);
Array array_spread(const Array *a, const Array *like);

/* f(line, to, given, e) for each line of `a` along `axis`; `to` is the line of `out` along `out_axis` for the same place on the other axes,
** or if that is -1 the element of `out`, which then has an axis less. Returns `out`, which it takes: NULL stands for no memory. NULL with `e`
** filled where that is missing or `f` failed. */
typedef bool ArrayLineFunction(const Array *line, Array *to, const void *given, Error *e);
Array *array_lines(const Array *a, int axis, Array *out, int out_axis, ArrayLineFunction *f, const void *given, Error *e);

static inline bool array_is_float(const Array *a) { return a->type == ARRAY_F64 || a->type == ARRAY_F32; }

#endif
