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
** anything but zero becomes bool true. The two runs must not overlap, unless they are the same run of one type. */
void array_convert(ArrayType to_type, void *to, int64_t to_stride, ArrayType from_type, const void *from, int64_t from_stride, int64_t n);

/* The element (row, column) as memory. */
static inline char *array_element(const Array *a, int64_t row, int64_t column) {
  static const uint8_t bytes[] = { [ARRAY_F64] = 8, [ARRAY_F32] = 4, [ARRAY_I64] = 8, [ARRAY_I32] = 4, [ARRAY_BOOL] = 1 };
  ASSERT(a->shape[0] == 0 || a->shape[1] == 0 || (row >= 0 && row < a->shape[0] && column >= 0 && column < a->shape[1]));
  return a->at + (row * a->stride[0] + column * a->stride[1]) * bytes[a->type];
}

/* Do the two arrays share memory in a way in which writing one may change what is later read from the other?
** False for two views that are the same element by element. */
bool array_entangled(const Array *a, const Array *b);

/* A new contiguous array with the values of `a`, converted to `type`. NULL when out of memory. */
Array *array_duplicate(const Array *a, ArrayType type);

/* A new zeroed array of the type, with the dimensions and shape of `like`. NULL when out of memory. */
Array *array_new_like(const Array *like, ArrayType type);

/* The same with any values, for a result of which every element is written. */
Array *array_new_raw(const Array *like, ArrayType type);

/* Bytes in all living buffers of the process: what the garbage collector cannot see. */
int64_t array_live_bytes(void);

/* "1000" or "20 x 30", for messages; `text` has room for 48 characters. Returns `text`. */
char *array_shape_text(const Array *a, char text[48]);

/* Read or write element (row, column) of an integer or bool array exactly. */
int64_t array_get_integer(const Array *a, int64_t row, int64_t column);
void array_set_integer(Array *a, int64_t row, int64_t column, int64_t value);

static inline bool array_is_float(const Array *a) { return a->type == ARRAY_F64 || a->type == ARRAY_F32; }

#endif
