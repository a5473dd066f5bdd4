/* Typed arrays of one or two dimensions over shared, reference-counted memory.
**
** An Array is a view (type, shape, strides) of a Buffer. Engine objects and Lua userdata hold references to Arrays; an Array holds
** one to its Buffer; a view made by slicing shares the Buffer, so it keeps the memory alive. Not thread-safe: references are counted
** on the main thread only; kernels see raw pointers. Indexes in C start at 0. */
#ifndef LUNAPSE_BASE_ARRAY_H
#define LUNAPSE_BASE_ARRAY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum { ARRAY_F64, ARRAY_F32, ARRAY_I64, ARRAY_I32, ARRAY_BOOL /* uint8_t, 0 or 1 */ } ArrayType;

typedef struct Buffer {
  int32_t references;
  uint32_t version; /* bumped by every write from Lua or from an operation; derived constants watch it */
  size_t bytes;
  void *data; /* owned; 64-byte aligned, zeroed, padded (base/memory.h) */
} Buffer;

typedef struct Array {
  int32_t references;
  ArrayType type;
  int n_dims; /* 1 or 2; a 1-d array has shape[1] = 1 */
  int64_t shape[2];
  int64_t stride[2]; /* in elements */
  Buffer *buffer;    /* owned reference */
  char *at;          /* first element, inside buffer->data */
} Array;

/* A new zeroed array, row-major; NULL when out of memory. `n_columns` 0 makes a 1-d array of `n_rows` elements. */
Array *array_new(ArrayType type, int64_t n_rows, int64_t n_columns);

/* A view of the same memory: `first` (element offset from a->at), new shape and strides. NULL when out of memory. */
Array *array_view(Array *a, int n_dims, int64_t first, const int64_t shape[2], const int64_t stride[2]);

/* Count references. `array_release(NULL)` does nothing. */
Array *array_retain(Array *a);
void array_release(Array *a);

size_t array_type_size(ArrayType type);
const char *array_type_name(ArrayType type); /* "float64", "float32", "int64", "int32", "bool" */
bool array_type_from_name(const char *name, ArrayType *type);

int64_t array_count(const Array *a);      /* number of elements */
bool array_is_contiguous(const Array *a); /* row-major without gaps */

/* Read or write element (row, column) as double. No bounds check: callers check. Integers are truncated on writing. */
double array_get(const Array *a, int64_t row, int64_t column);
void array_set(Array *a, int64_t row, int64_t column, double value);

/* Copy values, converting the type; the shapes must be equal, or `from` has one element (fills). Overlap is handled. */
bool array_copy(Array *to, const Array *from, Error *e);
void array_fill(Array *to, double value);

/* Say that the contents changed (derived constants will be computed anew). */
void array_touch(Array *a);

#endif
