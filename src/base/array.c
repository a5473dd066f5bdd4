#include "base/array.h"

#include <complex.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array_block.h"
#include "base/array_walk.h"
#include "base/away.h"
#include "base/clones.h"
#include "base/debug.h"
#include "base/memory.h"
#include "base/shares.h"

/* More than this is a mistake, not a wish; the limit also keeps products of sizes far from overflow. */
static const double MAX_BYTES = (double)((int64_t)1 << 40) - 4096;

static _Atomic int64_t live_bytes;

static const struct {
  const char *name;
  size_t bytes;
} types[] = {
  [ARRAY_F64] = { "float64", 8 }, [ARRAY_F32] = { "float32", 4 }, [ARRAY_I64] = { "int64", 8 },
  [ARRAY_I32] = { "int32", 4 },   [ARRAY_BOOL] = { "bool", 1 },   [ARRAY_C128] = { "complex128", 16 },
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
** asking the system for fresh pages costs more than the arithmetic. All together they are no more than SPARE_MOST, or than what lives: about
** so much is dropped at a time (binding/array.c), and what does not fit here would be fresh pages again. */
enum { N_SPARE = 6, SPARE_LEAST = 256 << 10, SPARE_MOST = 256 << 20 };
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
  const size_t most = live_bytes > SPARE_MOST ? (size_t)live_bytes : SPARE_MOST;
  if (IS_DEBUG || bytes < SPARE_LEAST || bytes > SPARE_MOST) {
    memory_free(data);
    return;
  }
  for (int k = 0; k < N_SPARE && spare[oldest].data != NULL && spare_bytes + bytes > most; k++, oldest = (oldest + 1) % N_SPARE) {
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

/* What an array takes beside its elements, with the spare lines of its three blocks. Where small ones were counted for less, a loop held hundreds of megabytes of them. */
enum { BESIDE = sizeof(Buffer) + sizeof(Array) + 256 };

static Buffer *buffer_new(size_t bytes, bool is_raw) {
  Buffer *b = memory_new(sizeof *b);
  if (b == NULL)
    return NULL;
  b->data = spare_take(bytes);
  if (b->data == NULL)
    b->data = is_raw ? memory_raw(bytes) : memory_new(bytes);
  else if (!is_raw)
    memset(b->data, 0, bytes);
  if (IS_DEBUG && is_raw && b->data != NULL)
    memset(b->data, MEMORY_GARBAGE, bytes); /* whoever asked promised to write all of it */
  if (b->data == NULL) {
    memory_free(b);
    return NULL;
  }
  b->bytes = bytes;
  live_bytes += (int64_t)(bytes + BESIDE);
  return b;
}

static void buffer_release(Buffer *b) {
  if (b == NULL)
    return;
  ASSERT(b->references > 0);
  if (--b->references > 0)
    return;
  buffer_release(b->successor);
  if (b->away != NULL)
    b->away->forget(b->away, b);
  share_free(b->share);
  live_bytes -= (int64_t)(b->bytes + BESIDE);
  spare_keep(b->data, b->bytes);
  memory_free(b);
}

/* Row-major strides of the shape, 1 beyond the axes. */
static void set_shape(Array *a, int n_axes, const int64_t *shape) {
  a->n_axes = n_axes;
  for (int d = ARRAY_MOST_AXES - 1; d >= 0; d--) {
    a->shape[d] = d < n_axes ? shape[d] : 1;
    a->stride[d] = d >= n_axes ? 0 : d == n_axes - 1 ? 1 : a->stride[d + 1] * (shape[d + 1] > 0 ? shape[d + 1] : 1);
  }
}

static Array *new_array(ArrayType type, int n_axes, const int64_t *shape, bool is_raw) {
  double bytes = (double)types[type].bytes; /* the lengths of an array without elements are bounded as well: strides are their products */
  bool is_fine = n_axes >= 0 && n_axes <= ARRAY_MOST_AXES;
  for (int d = 0; is_fine && d < n_axes; d++) {
    is_fine = shape[d] >= 0;
    bytes *= shape[d] > 0 ? (double)shape[d] : 1;
  }
  if (!is_fine || bytes > MAX_BYTES)
    return NULL;
  Array *a = memory_new(sizeof *a);
  if (a == NULL)
    return NULL;
  a->type = type;
  set_shape(a, n_axes, shape);
  a->buffer = buffer_new((size_t)array_count(a) * types[type].bytes, is_raw);
  if (a->buffer == NULL) {
    memory_free(a);
    return NULL;
  }
  a->references = a->buffer->references = 1;
  a->at = a->buffer->data;
  return a;
}

Array *array_new_shaped(ArrayType type, int n_axes, const int64_t *shape) { return new_array(type, n_axes, shape, false); }
Array *array_new(ArrayType type, int64_t n_rows, int64_t n_columns) {
  return new_array(type, n_columns == 0 ? 1 : 2, (int64_t[2]){ n_rows, n_columns }, false);
}
Array *array_new_like(const Array *like, ArrayType type) { return new_array(type, like->n_axes, like->shape, false); }
Array *array_new_raw(const Array *like, ArrayType type) { return new_array(type, like->n_axes, like->shape, true); }

/* Make `a`, which has its shape and strides, stand for the one value at `at`. */
static void repeat(Array *a, char *at, int64_t place) {
  a->is_repeated = true;
  a->place = place;
  memcpy(a->pace, a->stride, sizeof a->pace);
  memset(a->stride, 0, sizeof a->stride);
  a->at = at;
}

/* First and last byte that a view can reach. */
static void extent(const Array *a, const char **low, const char **high) {
  int64_t least = 0, most = 0;
  for (int d = 0; d < a->n_axes; d++) {
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

static Array *new_view(Array *a, int n_axes, int64_t first, const int64_t *shape, const int64_t *stride) {
  Array *view = memory_new(sizeof *view);
  if (view == NULL)
    return NULL;
  view->references = 1;
  view->type = a->type;
  set_shape(view, n_axes, shape);
  for (int d = 0; d < n_axes; d++)
    view->stride[d] = stride[d];
  view->buffer = a->buffer;
  view->buffer->references++;
  view->at = a->at + first * (int64_t)types[a->type].bytes;
  if (a->is_repeated)
    repeat(view, a->at, a->place + first);
  return view;
}

Array *array_view(Array *a, int n_axes, int64_t first, const int64_t *shape, const int64_t *stride) {
  Array *view = new_view(a, n_axes, first, shape, stride);
  ASSERT(view == NULL || is_inside(view));
  return view;
}

Array *array_repeat(Array *a, int64_t n) {
  Array *all = new_view(a, 1, 0, &n, &(int64_t){ 1 });
  if (all != NULL && !a->is_repeated)
    repeat(all, a->at, 0);
  return all;
}

Array *array_of_runs(int64_t n, const int64_t *length, const double *value) {
  Array *a = memory_new(sizeof *a);
  ArrayRuns *runs = memory_new(sizeof *runs + (size_t)(2 * n + 1) * sizeof(int64_t));
  if (a == NULL || runs == NULL) {
    memory_free(a);
    memory_free(runs);
    return NULL;
  }
  runs->n = n;
  runs->first = (int64_t *)(void *)(runs + 1);
  runs->value = (double *)(void *)(runs->first + n + 1);
  for (int64_t j = 0; j < n; j++) {
    runs->first[j + 1] = runs->first[j] + length[j];
    runs->value[j] = value[j];
  }
  a->references = 1;
  a->type = ARRAY_F64;
  a->runs = runs;
  set_shape(a, 1, &runs->first[n]);
  return a;
}

/* The run in which element k lies. */
static int64_t run_of(const ArrayRuns *runs, int64_t k) {
  int64_t low = 0, high = runs->n - 1;
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (runs->first[middle] <= k)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

int64_t array_run_length(const Array *a, int64_t first, int64_t n) {
  enum { LONG = 64 };
  const ArrayRuns *runs = a->runs;
  if (a->shape[0] / LONG < runs->n)
    return n;
  const int64_t rest = runs->first[run_of(runs, first) + 1] - first;
  return rest < n ? rest : n;
}

const double *array_run_values(const Array *a, int64_t first, int64_t n, double *to) {
  const ArrayRuns *runs = a->runs;
  int64_t j = n > 0 ? run_of(runs, first) : 0;
  if (n > 0 && runs->first[j + 1] >= first + n)
    return &runs->value[j];
  for (int64_t k = 0; k < n; j++)
    for (; k < n && first + k < runs->first[j + 1]; k++)
      to[k] = runs->value[j];
  return to;
}

bool array_write_out(Array *a) {
  if (a->runs == NULL)
    return true;
  const int64_t n = a->shape[0];
  Buffer *b = buffer_new((size_t)n * sizeof(double), true);
  if (b == NULL)
    return false;
  double *to = b->data;
  for (int64_t j = 0; j < a->runs->n; j++)
    for (int64_t k = a->runs->first[j]; k < a->runs->first[j + 1]; k++)
      to[k] = a->runs->value[j];
  b->references = 1;
  a->buffer = b;
  a->at = b->data;
  memory_free(a->runs);
  a->runs = NULL;
  return true;
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
  memory_free(a->runs);
  memory_free(a);
}

/* ---- facts ---- */

int64_t array_count(const Array *a) {
  int64_t count = 1;
  for (int d = 0; d < a->n_axes; d++)
    count *= a->shape[d];
  return count;
}

bool array_is_contiguous(const Array *a) {
  int64_t count = 1;
  bool is_close = true;
  for (int d = a->n_axes - 1; d >= 0; d--) {
    is_close = is_close && (a->shape[d] == 1 || a->stride[d] == count);
    count *= a->shape[d];
  }
  return is_close || count == 0;
}

bool array_meets_itself(const Array *a) {
  bool is_done[ARRAY_MOST_AXES] = { false };
  int64_t reach = 0; /* from the first to the last place along the axes with smaller steps */
  for (int n = 0; n < a->n_axes && !a->is_repeated; n++) {
    int next = -1;
    for (int d = 0; d < a->n_axes; d++)
      if (!is_done[d] && (next < 0 || llabs(a->stride[d]) < llabs(a->stride[next])))
        next = d;
    is_done[next] = true;
    if (a->shape[next] < 2)
      continue;
    if (llabs(a->stride[next]) <= reach)
      return true;
    reach += llabs(a->stride[next]) * (a->shape[next] - 1);
  }
  return false;
}

bool array_same_shape(const Array *a, const Array *b) {
  return a->n_axes == b->n_axes && memcmp(a->shape, b->shape, sizeof a->shape) == 0; /* both are 1 beyond the axes */
}

char *array_shape_text(const Array *a, char *text) {
  int n = 0;
  text[0] = '\0';
  for (int d = 0; d < a->n_axes; d++)
    n += snprintf(text + n, (size_t)(ARRAY_SHAPE_TEXT - n), d == 0 ? "%" PRId64 : " x %" PRId64, a->shape[d]);
  return text;
}

/* ---- views on the stack ---- */

/* `a` with no axes yet. */
static Array bare(const Array *a) {
  Array view = { .type = a->type, .buffer = a->buffer, .at = a->at };
  for (int d = 0; d < ARRAY_MOST_AXES; d++)
    view.shape[d] = 1;
  return view;
}

static void add_axis(Array *view, int64_t n, int64_t stride) {
  view->shape[view->n_axes] = n;
  view->stride[view->n_axes++] = stride;
}

Array array_along(const Array *a, int axis) {
  Array line = bare(a);
  add_axis(&line, a->shape[axis], a->stride[axis]);
  return line;
}

Array array_across(const Array *a, int axis) {
  Array firsts = bare(a);
  for (int d = 0; d < a->n_axes; d++)
    if (d != axis)
      add_axis(&firsts, a->shape[d], a->stride[d]);
  return firsts;
}

Array array_permuted(const Array *a, const int *order) {
  Array view = bare(a);
  for (int d = 0; d < a->n_axes; d++)
    add_axis(&view, a->shape[order[d]], a->stride[order[d]]);
  return view;
}

Array array_part(const Array *a, int n_leading, int64_t k) {
  Array part = bare(a);
  part.at = array_place(a, n_leading, k);
  for (int d = n_leading; d < a->n_axes; d++)
    add_axis(&part, a->shape[d], a->stride[d]);
  return part;
}

Array array_spread(const Array *a, const Array *like) {
  Array view = bare(a);
  for (int d = 0; d < like->n_axes; d++) {
    int own = d - like->n_axes + a->n_axes;
    add_axis(&view, like->shape[d], own < 0 || a->shape[own] == 1 ? 0 : a->stride[own]);
  }
  return view;
}

Array *array_lines(const Array *a, int axis, Array *out, int out_axis, ArrayLineFunction *f, const void *given, Error *e) {
  if (out == NULL) {
    error_memory(e, "the result", 8.0 * (double)array_count(a) / (out_axis < 0 && a->shape[axis] > 0 ? (double)a->shape[axis] : 1));
    return NULL;
  }
  Array line = array_along(a, axis), firsts = array_across(a, axis);
  Array to = out_axis < 0 ? bare(out) : array_along(out, out_axis), out_firsts = out_axis < 0 ? *out : array_across(out, out_axis);
  ArrayWalk w = array_walk(firsts.n_axes, firsts.shape);
  array_walk_add(&w, &firsts);
  array_walk_add(&w, &out_firsts);
  for (bool more = array_walk_begin(&w, ARRAY_ROW_MAJOR); more; more = array_walk_next(&w))
    for (int64_t k = 0; k < w.n; k++) {
      line.at = w.side[0].at + k * array_walk_stride(&w, 0) * w.side[0].bytes;
      to.at = w.side[1].at + k * array_walk_stride(&w, 1) * w.side[1].bytes;
      if (!f(&line, &to, given, e)) {
        array_release(out);
        return NULL;
      }
    }
  return out;
}

void array_touch(Array *a) { a->buffer->version++; }

bool array_entangled(const Array *a, const Array *b) {
  if (a->buffer != b->buffer || array_count(a) == 0 || array_count(b) == 0)
    return false;
  bool is_same = a->at == b->at && a->type == b->type && array_same_shape(a, b);
  for (int d = 0; d < a->n_axes && is_same; d++)
    is_same = a->stride[d] == b->stride[d] || a->shape[d] == 1;
  if (is_same)
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

double array_load(ArrayType type, const char *at) {
  switch (type) {
  case ARRAY_F64: return *(const double *)at;
  case ARRAY_F32: return *(const float *)at;
  case ARRAY_I64: return (double)*(const int64_t *)at;
  case ARRAY_I32: return *(const int32_t *)at;
  case ARRAY_BOOL: return *(const uint8_t *)at;
  case ARRAY_C128: break;
  }
  return *(const double *)at;
}

void array_store(ArrayType type, char *at, double value) {
  switch (type) {
  case ARRAY_F64: *(double *)at = value; return;
  case ARRAY_F32: *(float *)at = (float)value; return;
  case ARRAY_I64: *(int64_t *)at = f64_to_i64(value); return;
  case ARRAY_I32: *(int32_t *)at = f64_to_i32(value); return;
  case ARRAY_BOOL: *(uint8_t *)at = value != 0; return;
  case ARRAY_C128: *(double complex *)at = value; return;
  }
}

int64_t array_load_integer(ArrayType type, const char *at) {
  return type == ARRAY_I64 ? *(const int64_t *)at : f64_to_i64(array_load(type, at));
}

void array_store_integer(ArrayType type, char *at, int64_t value) {
  if (type == ARRAY_I64)
    *(int64_t *)at = value;
  else
    array_store(type, at, (double)value);
}

double array_get(const Array *a, int64_t k) { return array_load(a->type, array_element(a, k)); }
void array_set(Array *a, int64_t k, double value) { array_store(a->type, array_element(a, k), value); }

/* ---- runs of elements ---- */

#define KEEP(x) (x)
#define TRUTH(x) ((x) != 0)
#define REAL_TO_I64(x) f64_to_i64(creal(x))
#define REAL_TO_I32(x) f64_to_i32(creal(x))
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
  X(BOOL, uint8_t, I32, int32_t, TRUTH)  X(BOOL, uint8_t, BOOL, uint8_t, KEEP) \
  X(C128, double complex, F64, double, KEEP)   X(C128, double complex, F32, float, KEEP) \
  X(C128, double complex, I64, int64_t, (double)) X(C128, double complex, I32, int32_t, KEEP) \
  X(C128, double complex, BOOL, uint8_t, KEEP) X(C128, double complex, C128, double complex, KEEP) \
  X(F64, double, C128, double complex, creal)  X(F32, float, C128, double complex, creal) \
  X(I64, int64_t, C128, double complex, REAL_TO_I64) X(I32, int32_t, C128, double complex, REAL_TO_I32) \
  X(BOOL, uint8_t, C128, double complex, TRUTH)
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

/* `from` broadcasts to `to`; memory does not overlap, or the views are the same. */
static void copy_runs(Array *to, const Array *from) {
  ArrayWalk w = array_walk(to->n_axes, to->shape);
  array_walk_add(&w, to);
  array_walk_add(&w, from);
  for (bool more = array_walk_begin(&w, ARRAY_ANY_ORDER); more; more = array_walk_next(&w))
    array_convert(to->type, w.side[0].at, array_walk_stride(&w, 0), from->type, w.side[1].at, array_walk_stride(&w, 1), w.n);
}

#define FILL_RUN(name, T)                                                                                                                  \
  CLONES static void name(T *to, T value, int64_t n) { ARRAY_SIMD for (int64_t k = 0; k < n; k++) to[k] = value; }
FILL_RUN(fill_f64, double)
FILL_RUN(fill_f32, float)

/* The one value at `value` everywhere. */
static void fill(Array *to, ArrayType type, const void *value) {
  int64_t size = (int64_t)types[to->type].bytes;
  union {
    double f64;
    float f32;
    double complex c128;
  } one;
  array_convert(to->type, &one, 1, type, value, 0, 1);
  if (array_is_float(to) && array_is_contiguous(to)) {
    if (to->type == ARRAY_F64)
      fill_f64((double *)(void *)to->at, one.f64, array_count(to));
    else
      fill_f32((float *)(void *)to->at, one.f32, array_count(to));
    return;
  }
  double block[2 * ARRAY_BLOCK]; /* of the value */
  int64_t count = array_count(to);
  array_convert(to->type, block, 1, to->type, &one, 0, count < ARRAY_BLOCK ? count : ARRAY_BLOCK);
  ArrayWalk w = array_walk(to->n_axes, to->shape);
  array_walk_add(&w, to);
  for (bool more = array_walk_begin(&w, ARRAY_ANY_ORDER); more; more = array_walk_next(&w))
    for (int64_t k = 0, stride = array_walk_stride(&w, 0); k < w.n; k += ARRAY_BLOCK)
      array_convert(to->type, w.side[0].at + k * stride * size, stride, to->type, block, 1, w.n - k < ARRAY_BLOCK ? w.n - k : ARRAY_BLOCK);
}

void array_fill(Array *to, double value) { fill(to, ARRAY_F64, &value); }

bool array_broadcasts(const Array *to, const Array *from) {
  for (int d = 0; d < from->n_axes; d++) {
    int e = d + to->n_axes - from->n_axes;
    if (from->shape[d] != 1 && (e < 0 || from->shape[d] != to->shape[e]))
      return false;
  }
  return true;
}

bool array_copy(Array *to, const Array *from, Error *e) {
  if (array_count(from) == 1) {
    fill(to, from->type, from->at);
    return true;
  }
  if (!array_broadcasts(to, from)) {
    char a[ARRAY_SHAPE_TEXT], b[ARRAY_SHAPE_TEXT];
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

Array *array_duplicate(const Array *a, ArrayType type) {
  Array *copy = array_new_raw(a, type);
  if (copy != NULL)
    copy_runs(copy, a);
  return copy;
}
