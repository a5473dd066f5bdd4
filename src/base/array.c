#include "base/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array_block.h"
#include "base/debug.h"
#include "base/memory.h"

/* More than this is a mistake, not a wish; the limit also keeps products of sizes far from overflow. */
static const double MAX_BYTES = (double)((int64_t)1 << 40) - 4096;

static _Atomic int64_t live_bytes;

static const struct {
  const char *name;
  size_t bytes;
} types[] = {
  [ARRAY_F64] = { "float64", 8 }, [ARRAY_F32] = { "float32", 4 }, [ARRAY_I64] = { "int64", 8 },
  [ARRAY_I32] = { "int32", 4 },   [ARRAY_BOOL] = { "bool", 1 },
};

enum { N_TYPES = sizeof types / sizeof types[0] };

size_t array_type_size(ArrayType type) { return types[type].bytes; }
const char *array_type_name(ArrayType type) { return types[type].name; }

bool array_type_from_name(const char *name, ArrayType *type) {
  for (int k = 0; k < N_TYPES; k++)
    if (strcmp(types[k].name, name) == 0) {
      *type = (ArrayType)k;
      return true;
    }
  return false;
}

/* ---- memory ---- */

int64_t array_live_bytes(void) { return live_bytes; }

/* Large blocks that were given back last. Scripts that compute with arrays make and drop results of few sizes all the time, and
** asking the system for fresh pages costs more than the arithmetic. */
enum { N_SPARE = 6, SPARE_LEAST = 256 << 10, SPARE_MOST = 64 << 20 };
static struct {
  void *data;
  size_t bytes;
} spare[N_SPARE];
static size_t spare_bytes;

static void *spare_take(size_t bytes) {
  for (int k = 0; k < N_SPARE && bytes >= SPARE_LEAST; k++)
    if (spare[k].data != NULL && spare[k].bytes == bytes) {
      void *data = spare[k].data;
      spare[k].data = NULL;
      spare_bytes -= bytes;
      return data;
    }
  return NULL;
}

static void spare_keep(void *data, size_t bytes) {
  static int oldest;
  if (IS_DEBUG || bytes < SPARE_LEAST || bytes > SPARE_MOST) {
    memory_free(data);
    return;
  }
  for (int k = 0; k < N_SPARE && spare[oldest].data != NULL && spare_bytes + bytes > SPARE_MOST; k++, oldest = (oldest + 1) % N_SPARE) {
    spare_bytes -= spare[oldest].bytes;
    memory_free(spare[oldest].data);
    spare[oldest].data = NULL;
  }
  if (spare[oldest].data != NULL) {
    spare_bytes -= spare[oldest].bytes;
    memory_free(spare[oldest].data);
  }
  spare[oldest].data = data;
  spare[oldest].bytes = bytes;
  spare_bytes += bytes;
  oldest = (oldest + 1) % N_SPARE;
}

static Buffer *buffer_new(size_t bytes, bool is_raw) {
  Buffer *b = memory_new(sizeof *b);
  if (b == NULL)
    return NULL;
  b->data = spare_take(bytes);
  if (b->data == NULL)
    b->data = memory_new(bytes);
  else if (!is_raw)
    memset(b->data, 0, bytes);
  if (IS_DEBUG && is_raw && b->data != NULL)
    memset(b->data, MEMORY_GARBAGE, bytes); /* whoever asked promised to write all of it */
  if (b->data == NULL) {
    memory_free(b);
    return NULL;
  }
  b->bytes = bytes;
  live_bytes += (int64_t)bytes;
  return b;
}

static void buffer_release(Buffer *b) {
  if (b == NULL)
    return;
  ASSERT(b->references > 0);
  if (--b->references > 0)
    return;
  buffer_release(b->successor);
  live_bytes -= (int64_t)b->bytes;
  spare_keep(b->data, b->bytes);
  memory_free(b);
}

static Array *new_array(ArrayType type, int64_t n_rows, int64_t n_columns, bool is_raw) {
  int64_t n_inner = n_columns == 0 ? 1 : n_columns;
  if (n_rows < 0 || n_columns < 0 || (double)n_rows * (double)n_inner * (double)types[type].bytes > MAX_BYTES)
    return NULL;
  Array *a = memory_new(sizeof *a);
  if (a == NULL)
    return NULL;
  a->buffer = buffer_new((size_t)n_rows * (size_t)n_inner * types[type].bytes, is_raw);
  if (a->buffer == NULL) {
    memory_free(a);
    return NULL;
  }
  a->references = a->buffer->references = 1;
  a->type = type;
  a->n_dims = n_columns == 0 ? 1 : 2;
  a->shape[0] = n_rows;
  a->shape[1] = n_inner;
  a->stride[0] = n_inner;
  a->stride[1] = 1;
  a->at = a->buffer->data;
  return a;
}

static Array *new_like(const Array *like, ArrayType type, bool is_raw) {
  if (like->n_dims == 1)
    return new_array(type, like->shape[0], 0, is_raw);
  if (like->shape[1] > 0)
    return new_array(type, like->shape[0], like->shape[1], is_raw);
  /* A count of 0 columns says "one dimension" to `array_new`; a view of nothing can have two. */
  Array *nothing = array_new(type, 0, 0);
  if (nothing == NULL)
    return NULL;
  Array *a = array_view(nothing, 2, 0, like->shape, (int64_t[2]){ 0, 1 });
  array_release(nothing);
  return a;
}

Array *array_new(ArrayType type, int64_t n_rows, int64_t n_columns) { return new_array(type, n_rows, n_columns, false); }
Array *array_new_like(const Array *like, ArrayType type) { return new_like(like, type, false); }
Array *array_new_raw(const Array *like, ArrayType type) { return new_like(like, type, true); }

/* Make `a`, which has its shape and strides, stand for the one value at `at`. */
static void repeat(Array *a, char *at, int64_t place) {
  a->is_repeated = true;
  a->place = place;
  memcpy(a->pace, a->stride, sizeof a->pace);
  a->stride[0] = a->stride[1] = 0;
  a->at = at;
}

/* First and last byte that a view can reach. */
static void extent(const Array *a, const char **low, const char **high) {
  int64_t least = 0, most = 0;
  for (int d = 0; d < 2; d++) {
    int64_t reach = (a->shape[d] - 1) * a->stride[d];
    *(reach < 0 ? &least : &most) += reach;
  }
  *low = a->at + least * (int64_t)types[a->type].bytes;
  *high = a->at + (most + 1) * (int64_t)types[a->type].bytes;
}

/* Does every element of the view lie in its buffer? */
static bool is_inside(const Array *a) {
  const char *low, *high, *data = a->buffer->data;
  extent(a, &low, &high);
  return array_count(a) == 0 || (low >= data && high <= data + a->buffer->bytes);
}

static Array *new_view(Array *a, int n_dims, int64_t first, const int64_t shape[2], const int64_t stride[2]) {
  Array *view = memory_new(sizeof *view);
  if (view == NULL)
    return NULL;
  view->references = 1;
  view->type = a->type;
  view->n_dims = n_dims;
  for (int d = 0; d < 2; d++) {
    view->shape[d] = shape[d];
    view->stride[d] = stride[d];
  }
  view->buffer = a->buffer;
  view->buffer->references++;
  view->at = a->at + first * (int64_t)types[a->type].bytes;
  if (a->is_repeated)
    repeat(view, a->at, a->place + first);
  return view;
}

Array *array_view(Array *a, int n_dims, int64_t first, const int64_t shape[2], const int64_t stride[2]) {
  Array *view = new_view(a, n_dims, first, shape, stride);
  ASSERT(view == NULL || is_inside(view));
  return view;
}

Array *array_repeat(Array *a, int64_t n) {
  Array *all = new_view(a, 1, 0, (int64_t[2]){ n, 1 }, (int64_t[2]){ 1, 1 });
  if (all != NULL && !a->is_repeated)
    repeat(all, a->at, 0);
  return all;
}

void array_move(Array *a, Array *to) {
  if (a->buffer == to->buffer)
    return;
  to->buffer->references++;
  buffer_release(a->buffer->successor);
  a->buffer->successor = to->buffer;
  a->buffer->next_type = (int)to->type;
}

void array_follow(Array *a) {
  while (a->buffer->successor != NULL) {
    Buffer *now = a->buffer->successor;
    int64_t place = a->is_repeated ? a->place : (a->at - (char *)a->buffer->data) / (int64_t)types[a->type].bytes;
    a->type = (ArrayType)a->buffer->next_type;
    if (a->is_repeated)
      memcpy(a->stride, a->pace, sizeof a->stride);
    a->is_repeated = false;
    now->references++;
    buffer_release(a->buffer);
    a->buffer = now;
    a->at = (char *)now->data + place * (int64_t)types[a->type].bytes;
  }
}

Array *array_retain(Array *a) {
  ASSERT(a->references > 0);
  a->references++;
  return a;
}

void array_release(Array *a) {
  ASSERT(a == NULL || a->references > 0);
  if (a == NULL || --a->references > 0)
    return;
  buffer_release(a->buffer);
  memory_free(a);
}

/* ---- facts ---- */

int64_t array_count(const Array *a) { return a->shape[0] * a->shape[1]; }

bool array_is_contiguous(const Array *a) {
  return array_count(a) <= 1 || ((a->shape[1] == 1 || a->stride[1] == 1) && (a->shape[0] == 1 || a->stride[0] == a->shape[1]));
}

char *array_shape_text(const Array *a, char text[48]) {
  if (a->n_dims == 1)
    snprintf(text, 48, "%" PRId64, a->shape[0]);
  else
    snprintf(text, 48, "%" PRId64 " x %" PRId64, a->shape[0], a->shape[1]);
  return text;
}

void array_touch(Array *a) { a->buffer->version++; }

bool array_entangled(const Array *a, const Array *b) {
  if (a->buffer != b->buffer || array_count(a) == 0 || array_count(b) == 0)
    return false;
  bool is_same = a->at == b->at && a->type == b->type;
  for (int d = 0; d < 2; d++)
    is_same = is_same && a->shape[d] == b->shape[d] && (a->stride[d] == b->stride[d] || a->shape[d] == 1);
  if (is_same && a->n_dims == b->n_dims)
    return false;
  const char *a_low, *a_high, *b_low, *b_high;
  extent(a, &a_low, &a_high);
  extent(b, &b_low, &b_high);
  return a_low < b_high && b_low < a_high;
}

/* ---- elements ---- */

static int64_t to_integer(double x, double low, double high) {
  if (!(x > low))
    return x != x ? 0 : (int64_t)low;
  /* (double)INT64_MAX rounds up to 2^63, which is out of range: compare before converting. */
  return x >= high ? (high >= 9223372036854775807.0 ? INT64_MAX : (int64_t)high) : (int64_t)x;
}

static inline int64_t f64_to_i64(double x) { return to_integer(x, -9223372036854775808.0, 9223372036854775808.0); }
static inline int32_t f64_to_i32(double x) { return (int32_t)to_integer(x, INT32_MIN, INT32_MAX); }

double array_get(const Array *a, int64_t row, int64_t column) {
  const char *at = array_element(a, row, column);
  switch (a->type) {
  case ARRAY_F64: return *(const double *)at;
  case ARRAY_F32: return *(const float *)at;
  case ARRAY_I64: return (double)*(const int64_t *)at;
  case ARRAY_I32: return *(const int32_t *)at;
  case ARRAY_BOOL: break;
  }
  return *(const uint8_t *)at;
}

void array_set(Array *a, int64_t row, int64_t column, double value) {
  char *at = array_element(a, row, column);
  switch (a->type) {
  case ARRAY_F64: *(double *)at = value; return;
  case ARRAY_F32: *(float *)at = (float)value; return;
  case ARRAY_I64: *(int64_t *)at = f64_to_i64(value); return;
  case ARRAY_I32: *(int32_t *)at = f64_to_i32(value); return;
  case ARRAY_BOOL: *(uint8_t *)at = value != 0; return;
  }
}

int64_t array_get_integer(const Array *a, int64_t row, int64_t column) {
  const char *at = array_element(a, row, column);
  switch (a->type) {
  case ARRAY_F64: return f64_to_i64(*(const double *)at);
  case ARRAY_F32: return f64_to_i64(*(const float *)at);
  case ARRAY_I64: return *(const int64_t *)at;
  case ARRAY_I32: return *(const int32_t *)at;
  case ARRAY_BOOL: break;
  }
  return *(const uint8_t *)at;
}

void array_set_integer(Array *a, int64_t row, int64_t column, int64_t value) {
  if (a->type == ARRAY_I64)
    *(int64_t *)array_element(a, row, column) = value;
  else
    array_set(a, row, column, (double)value);
}

/* ---- runs of elements ---- */

#define KEEP(x) (x)
#define TRUTH(x) ((x) != 0)
#define I64_TO_I32(x) ((x) < INT32_MIN ? INT32_MIN : (x) > INT32_MAX ? INT32_MAX : (int32_t)(x))

/* to, C type, from, C type, how */
/* clang-format off */
#define CONVERSIONS(X) \
  X(F64, double, F64, double, KEEP)      X(F64, double, F32, float, KEEP)      X(F64, double, I64, int64_t, (double)) \
  X(F64, double, I32, int32_t, KEEP)     X(F64, double, BOOL, uint8_t, KEEP) \
  X(F32, float, F64, double, (float))    X(F32, float, F32, float, KEEP)       X(F32, float, I64, int64_t, (float)) \
  X(F32, float, I32, int32_t, (float))   X(F32, float, BOOL, uint8_t, KEEP) \
  X(I64, int64_t, F64, double, f64_to_i64) X(I64, int64_t, F32, float, f64_to_i64) X(I64, int64_t, I64, int64_t, KEEP) \
  X(I64, int64_t, I32, int32_t, KEEP)    X(I64, int64_t, BOOL, uint8_t, KEEP) \
  X(I32, int32_t, F64, double, f64_to_i32) X(I32, int32_t, F32, float, f64_to_i32) X(I32, int32_t, I64, int64_t, I64_TO_I32) \
  X(I32, int32_t, I32, int32_t, KEEP)    X(I32, int32_t, BOOL, uint8_t, KEEP) \
  X(BOOL, uint8_t, F64, double, TRUTH)   X(BOOL, uint8_t, F32, float, TRUTH)   X(BOOL, uint8_t, I64, int64_t, TRUTH) \
  X(BOOL, uint8_t, I32, int32_t, TRUTH)  X(BOOL, uint8_t, BOOL, uint8_t, KEEP)
/* clang-format on */

#define CONVERT(T, t, F, f, how)                                                                                                           \
  static void convert_##T##_##F(void *to_run, int64_t to_stride, const void *from_run, int64_t from_stride, int64_t n) {                   \
    t *to = to_run;                                                                                                                        \
    const f *from = from_run;                                                                                                              \
    if (to_stride == 1 && from_stride == 1)                                                                                                \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        to[k] = (t)how(from[k]);                                                                                                           \
    else                                                                                                                                   \
      for (int64_t k = 0; k < n; k++)                                                                                                      \
        to[k * to_stride] = (t)how(from[k * from_stride]);                                                                                 \
  }
CONVERSIONS(CONVERT)

typedef void (*Convert)(void *, int64_t, const void *, int64_t, int64_t);
#define CONVERT_ROW(T, t, F, f, how) [ARRAY_##T][ARRAY_##F] = convert_##T##_##F,
static const Convert converters[N_TYPES][N_TYPES] = { CONVERSIONS(CONVERT_ROW) };

void array_convert(ArrayType to_type, void *to, int64_t to_stride, ArrayType from_type, const void *from, int64_t from_stride, int64_t n) {
  if (to_type == from_type && to_stride == 1 && from_stride == 1)
    memmove(to, from, (size_t)n * types[to_type].bytes);
  else
    converters[to_type][from_type](to, to_stride, from, from_stride, n);
}

/* Shapes agree and memory does not overlap, or the views are the same. */
static void copy_runs(Array *to, const Array *from) {
  if (array_is_contiguous(to) && array_is_contiguous(from)) {
    array_convert(to->type, to->at, 1, from->type, from->at, 1, array_count(to));
    return;
  }
  int inner = to->shape[1] >= to->shape[0] ? 1 : 0; /* the long way round costs fewest calls */
  for (int64_t k = 0; k < to->shape[1 - inner]; k++) {
    int64_t row = inner == 1 ? k : 0, column = inner == 1 ? 0 : k;
    array_convert(to->type, array_element(to, row, column), to->stride[inner], from->type, array_element(from, row, column),
                  from->stride[inner], to->shape[inner]);
  }
}

bool array_copy(Array *to, const Array *from, Error *e) {
  if (array_count(from) == 1) {
    if (array_is_float(from))
      array_fill(to, array_get(from, 0, 0));
    else
      for (int64_t r = 0, value = array_get_integer(from, 0, 0); r < to->shape[0]; r++)
        for (int64_t c = 0; c < to->shape[1]; c++)
          array_set_integer(to, r, c, value);
    return true;
  }
  if (to->n_dims != from->n_dims || to->shape[0] != from->shape[0] || to->shape[1] != from->shape[1]) {
    char a[48], b[48];
    return error_set(e, "cannot copy an array of shape %s into one of shape %s", array_shape_text(from, a), array_shape_text(to, b));
  }
  if (!array_entangled(to, from)) {
    copy_runs(to, from);
    return true;
  }
  Array *apart = array_duplicate(from, from->type);
  if (apart == NULL)
    return error_memory(e, "a copy of overlapping memory", (double)array_count(from) * (double)types[from->type].bytes);
  copy_runs(to, apart);
  array_release(apart);
  return true;
}

void array_fill(Array *to, double value) {
  double block[ARRAY_BLOCK];
  int64_t n = to->shape[1];
  for (int64_t k = 0; k < ARRAY_BLOCK; k++)
    block[k] = value;
  if (array_is_contiguous(to)) {
    n = array_count(to);
    for (int64_t k = 0; k < n; k += ARRAY_BLOCK)
      array_convert(to->type, to->at + k * (int64_t)types[to->type].bytes, 1, ARRAY_F64, block, 1,
                    n - k < ARRAY_BLOCK ? n - k : ARRAY_BLOCK);
    return;
  }
  for (int64_t r = 0; r < to->shape[0]; r++)
    array_convert(to->type, array_element(to, r, 0), to->stride[1], ARRAY_F64, block, 0, n);
}

Array *array_duplicate(const Array *a, ArrayType type) {
  Array *copy = array_new_raw(a, type);
  if (copy != NULL)
    copy_runs(copy, a);
  return copy;
}
