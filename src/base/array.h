/* Typed arrays of up to eight axes over shared, reference-counted memory.
**
** An Array is a view (type, shape, strides) of a Buffer. An array without axes has one element; Lua sees a number in its place. Engine objects and Lua userdata hold references to Arrays; an Array holds
** one to its Buffer; a view made by slicing shares the Buffer, so it keeps the memory alive. Not thread-safe: references are counted
** on the main thread only; kernels see raw pointers. Indexes in C start at 0.
**
** One value may stand for many elements (array_repeat): such an array has strides 0, and remembers in `place` and `pace` where each
** element will lie once they have memory of their own. array_move gives it to them: every view of a buffer that has moved on follows
** when it is next asked for (array_follow). So `a[3] = 5` on a parameter that all neurons share needs memory only then.
**
** A vector may be made of runs (array_of_runs), each of one value: its elements get memory when anybody but arithmetic asks for them
** (array_write_out), so that what is spread over millions of synapses and then added to their weights is never laid out.
**
** This folder (base) is what every other one stands on: arrays, memory, errors, streams, threads. */
#ifndef LUNAPSE_BASE_ARRAY_H
#define LUNAPSE_BASE_ARRAY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum { ARRAY_F64, ARRAY_F32, ARRAY_I64, ARRAY_I32, ARRAY_BOOL /* uint8_t, 0 or 1 */, ARRAY_C128 /* double complex */ } ArrayType;

enum { ARRAY_MOST_AXES = 8, ARRAY_SHAPE_TEXT = 24 * ARRAY_MOST_AXES };

typedef struct Buffer Buffer;
struct Buffer {
  int32_t references;
  uint32_t written;    /* the last plan of a step in which a kernel writes it (engine/plan.h), */
  uint32_t used;       /* and in which one uses it at all; */
  int32_t n_users;     /* how many kernels do */
  uint32_t version;    /* bumped by every write from Lua or from an operation; derived constants watch it */
  uint32_t finite;     /* all elements were seen to be finite at version `finite - 1`; 0: nobody has looked */
  bool is_guarded;     /* somebody wants to know before it is written (binding/array_guard.c) */
  struct Share *share; /* owned: ranks compute some of its elements each (base/shares.h); NULL: every rank all */
  struct Away *away;   /* where the elements are meanwhile (base/away.h); NULL: here */
  Buffer *successor;   /* owned reference: where the elements live now; NULL: here */
  int next_type;       /* ArrayType of them there */
  size_t bytes;
  void *data; /* owned; 64-byte aligned, zeroed, padded (base/memory.h) */
};

/* Value j stands at first[j] .. first[j + 1] - 1; first[0] is 0. */
typedef struct {
  int64_t n;
  int64_t *first; /* [n + 1] */
  double *value;  /* [n]; both are in one block with this */
} ArrayRuns;

typedef struct Array {
  int32_t references;
  ArrayType type;
  int n_axes;                      /* 0 to ARRAY_MOST_AXES */
  int64_t shape[ARRAY_MOST_AXES];  /* 1 beyond the axes, so that shape[1] is the number of columns of a vector, too */
  int64_t stride[ARRAY_MOST_AXES]; /* in elements; 0 beyond the axes */
  Buffer *buffer;                  /* owned reference */
  char *at;                        /* first element, inside buffer->data */
  bool is_repeated;                /* one value for all elements: the strides are 0 */
  int64_t place;                   /* of a repeated array: the first element's place among those of the whole, and */
  int64_t pace[ARRAY_MOST_AXES];   /* the strides, as they will be */
  ArrayRuns *runs;                 /* owned; not NULL: there is neither buffer nor memory yet, the elements are these */
} Array;

/* A new zeroed array, row-major; NULL when out of memory. */
Array *array_new_shaped(ArrayType type, int n_axes, const int64_t *shape);

/* The same for the most frequent shapes: a vector of `n_rows` elements if `n_columns` is 0, else a matrix. */
Array *array_new(ArrayType type, int64_t n_rows, int64_t n_columns);

/* A view of the same memory: `first` (element offset from a->at), new shape and strides. NULL when out of memory. */
Array *array_view(Array *a, int n_axes, int64_t first, const int64_t *shape, const int64_t *stride);

/* The first element of `a` as an array of `n` elements. NULL when out of memory. */
Array *array_repeat(Array *a, int64_t n);

/* A float64 vector of runs: run j is `length[j]` times value[j] (both copied). NULL when out of memory. */
Array *array_of_runs(int64_t n, const int64_t *length, const double *value);

/* Give the elements of an array of runs memory, if it has none. False when there is none to be had. */
bool array_write_out(Array *a);

/* How many of the elements first .. first + n - 1 of an array of runs to take at once: those of one run, if runs are long. */
int64_t array_run_length(const Array *a, int64_t first, int64_t n);

/* Elements first .. first + n - 1 of an array of runs, as doubles. If they are all one value, it is returned as a pointer to it and `to` left
** alone; else they are written to `to`. */
const double *array_run_values(const Array *a, int64_t first, int64_t n, double *to);

/* The elements of the memory behind `a` (repeated, or all of a buffer) are those of `to` (1-d and contiguous) from now on, for all views. */
void array_move(Array *a, Array *to);

/* Look where the elements live now. To be called before an array is used that somebody may have moved. */
void array_follow(Array *a);

/* Strides as callers of array_view count them: those that a repeated array will have. */
static inline const int64_t *array_strides(const Array *a) { return a->is_repeated ? a->pace : a->stride; }

/* Count references. `array_release(NULL)` does nothing. */
Array *array_retain(Array *a);
void array_release(Array *a);

size_t array_type_size(ArrayType type);
const char *array_type_name(ArrayType type); /* "float64", "float32", "int64", "int32", "bool", "complex128" */
bool array_type_from_name(const char *name, ArrayType *type);

int64_t array_count(const Array *a);      /* number of elements */
bool array_is_contiguous(const Array *a); /* row-major without gaps */
bool array_meets_itself(const Array *a);  /* may two of its places be one? Only `windows` makes such views */

/* Read or write element k, counted in row-major order, as double. No bounds check: callers check. Numbers are truncated to integers; of
** a complex number this is the real part. */
double array_get(const Array *a, int64_t k);
void array_set(Array *a, int64_t k, double value);

/* Copy values, converting the type; `from` has the shape of `to`, or its values are repeated along axes that it lacks or along which it has
** one element. Overlap is handled. */
bool array_copy(Array *to, const Array *from, Error *e);
void array_fill(Array *to, double value);

/* Say that the contents changed (derived constants will be computed anew). */
void array_touch(Array *a);

#endif
