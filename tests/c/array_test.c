/* Arrays below the binding: ownership, layouts, and what happens when memory runs out at every single allocation. */
#include "base/array.h"

#include "base/array_block.h"
#include "base/array_linear.h"
#include "base/array_order.h"
#include "base/array_reduce.h"
#include "base/array_shape.h"
#include "base/array_spikes.h"
#include "base/array_walk.h"
#include "base/memory.h"
#include "check.h"

static Array *ramp(int64_t n) { return array_ramp(ARRAY_F64, n, 1, 1); }

static void test_ownership(void) {
  int64_t before = array_live_bytes();
  Array *a = array_new(ARRAY_I32, 4, 5);
  CHECK(a->n_axes == 2 && array_count(a) == 20 && array_is_contiguous(a), "a fresh matrix");
  CHECK(a->references == 1 && a->buffer->references == 1, "a fresh matrix has one owner");
  CHECK(array_live_bytes() - before >= 80 + (int64_t)sizeof *a, "its bytes are counted");
  Array *row = array_line(a, 0, 2), *same = array_retain(row);
  CHECK(same == row && row->references == 2 && a->buffer->references == 2, "a view holds the buffer");
  array_set(row, 1, 7);
  CHECK(array_get(a, 2 * 5 + 1) == 7, "a view shares memory");
  uint32_t version = a->buffer->version;
  array_touch(row);
  CHECK(a->buffer->version == version + 1, "touching a view touches the buffer");
  array_release(a);
  CHECK(array_get(row, 1) == 7, "the memory outlives the array that made it");
  array_release(row);
  array_release(same);
  array_release(NULL);
  CHECK(array_live_bytes() == before, "everything is given back");
}

static void test_refusals(void) {
  CHECK(array_new(ARRAY_F64, -1, 0) == NULL, "negative rows");
  CHECK(array_new(ARRAY_F64, 1, -1) == NULL, "negative columns");
  CHECK(array_new(ARRAY_F64, INT64_MAX, INT64_MAX) == NULL, "a product that overflows");
  CHECK(array_new(ARRAY_BOOL, INT64_C(1) << 41, 0) == NULL, "more than any machine has");
  ArrayType type = ARRAY_BOOL;
  CHECK(array_type_from_name("float32", &type) && type == ARRAY_F32, "a known type");
  CHECK(!array_type_from_name("float", &type) && type == ARRAY_F32, "an unknown type changes nothing");
  Error e = { "" };
  Array *a = array_new(ARRAY_F64, 2, 3), *b = array_new(ARRAY_F64, 2, 0);
  CHECK(!array_copy(a, b, &e), "shapes differ");
  CHECK_ERROR(e, "cannot copy an array of shape 2 into one of shape 2 x 3");
  CHECK(!array_copy(b, a, &e), "an axis too many");
  CHECK_ERROR(e, "cannot copy an array of shape 2 x 3 into one of shape 2");
  e.text[0] = '\0';
  CHECK(array_new_shaped(ARRAY_F64, ARRAY_MOST_AXES + 1, (int64_t[ARRAY_MOST_AXES + 1]){ 0 }) == NULL, "too many axes");
  CHECK(array_new_shaped(ARRAY_F64, 3, (int64_t[3]){ 0, INT64_MAX, 2 }) == NULL, "strides that overflow although there are no elements");
  CHECK(!array_reshape(a, 3, (int64_t[3]){ -2, -3, 1 }, &e) && !array_reshape(a, 3, (int64_t[3]){ -1, -1, 6 }, &e), "negative lengths");
  CHECK(!array_copy(b, a, NULL), "an error nobody wants to read");
  array_release(a);
  array_release(b);
}

static void test_overlap(void) {
  /* Every shift of a run over itself, in both directions and with strides. */
  for (int64_t from = 0; from < 4; from++)
    for (int64_t to = 0; to < 4; to++)
      for (int64_t stride = -2; stride <= 2; stride++) {
        if (stride == 0)
          continue;
        Array *a = ramp(12);
        int64_t at = stride < 0 ? 8 : 0;
        Array *x = array_view(a, 1, from + at, &(int64_t){ 4 }, &stride);
        Array *y = array_view(a, 1, to, &(int64_t){ 4 }, &(int64_t){ 2 });
        double wanted[4];
        for (int k = 0; k < 4; k++)
          wanted[k] = array_get(x, k);
        CHECK(array_copy(y, x, NULL), "an overlapping copy");
        for (int k = 0; k < 4; k++)
          CHECK(array_get(y, k) == wanted[k], "from %d to %d stride %d element %d", (int)from, (int)to, (int)stride, k);
        array_release(x);
        array_release(y);
        array_release(a);
      }
}

static void test_versions(void) {
  Array *a = ramp(3);
  ArrayOperand one = { .scalar = { ARRAY_I64, 1, 1 } };
  uint32_t version = a->buffer->version;
  CHECK(array_binary_into(ARRAY_ADD, a, &one, NULL) && a->buffer->version != version, "arithmetic in place touches");
  version = a->buffer->version;
  Array *which = array_ramp(ARRAY_I64, 1, 2, 1), *value = array_ramp(ARRAY_F64, 1, 9, 1);
  CHECK(array_put(a, which, value, 0, NULL) && a->buffer->version != version, "putting touches");
  CHECK(array_get(a, 1) == 9, "the element was put");
  array_release(which);
  array_release(value);
  array_release(a);
}

/* ---- walks ---- */

/* All orders of axes, directions and gaps of a small array: a walk meets every element once, and in row-major order if it has to. */
static void test_walks(void) {
  static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  for (int trial = 0; trial < 6 * 64; trial++) {
    Array *line = ramp(8 * 6 * 10), *all = array_reshape(line, 3, (int64_t[3]){ 8, 6, 10 }, NULL),
          *a = array_transpose(all, orders[trial % 6]);
    for (int d = 0, bits = trial / 6; d < 3; d++, bits /= 4) {
      int64_t step = (int64_t[4]){ 1, -1, 2, -3 }[bits % 4];
      Array *part = array_slice(a, d, step > 0 ? 1 : -1, step > 0 ? -1 : 1, step, NULL);
      array_release(a);
      a = part;
    }
    const double *base = (const double *)(const void *)all->at;
    int64_t count = array_count(a), met = 0;
    double sum = 0, wanted = 0;
    for (int order = ARRAY_ROW_MAJOR; order <= ARRAY_ANY_ORDER; order++) {
      ArrayWalk w = array_walk(a->n_axes, a->shape);
      array_walk_add(&w, a);
      met = 0;
      sum = wanted = 0;
      for (bool more = array_walk_begin(&w, (ArrayOrder)order); more; more = array_walk_next(&w))
        for (int64_t k = 0; k < w.n; k++, met++) {
          const double *x = (const double *)(const void *)(w.side[0].at + 8 * k * array_walk_stride(&w, 0));
          CHECK(order == ARRAY_ANY_ORDER || (const char *)x == array_element(a, met), "element %d of trial %d", (int)met, trial);
          CHECK(x >= base && x < base + 480, "inside");
          sum += *x;
          wanted += array_get(a, met);
        }
      CHECK(met == count && sum == wanted, "trial %d: %d of %d elements, sum %g of %g", trial, (int)met, (int)count, sum, wanted);
    }
    ArrayWalk w = array_walk(a->n_axes, a->shape);
    array_walk_add(&w, a);
    CHECK(array_walk_begin(&w, ARRAY_ROW_MAJOR), "there are elements");
    for (int64_t k = count - 1; k >= 0; k -= 7) {
      array_walk_seek(&w, k);
      CHECK(w.side[0].at == array_element(a, k) && w.n >= 1 && k + w.n <= count, "seek %d", (int)k);
      if (k + w.n < count) {
        int64_t next = k + w.n;
        CHECK(array_walk_next(&w) && w.side[0].at == array_element(a, next), "after seek %d", (int)k);
      } else
        CHECK(!array_walk_next(&w), "the end after seek %d", (int)k);
    }
    array_release(a);
    array_release(all);
    array_release(line);
  }
}

/* An array without axes is one element for everything in C. */
static void test_no_axes(void) {
  Array *one = array_new_shaped(ARRAY_F64, 0, NULL), *many = array_new(ARRAY_F64, 2, 3);
  CHECK(one != NULL && array_count(one) == 1 && array_is_contiguous(one), "one element");
  array_set(one, 0, 5);
  CHECK(array_copy(many, one, NULL) && array_get(many, 5) == 5 && array_get(one, 0) == 5, "it fills");
  Array *sum = array_binary(ARRAY_ADD, &(ArrayOperand){ .array = one }, &(ArrayOperand){ .array = one }, NULL);
  CHECK(sum->n_axes == 0 && array_get(sum, 0) == 10, "arithmetic");
  ArrayScalar x;
  CHECK(array_reduce(ARRAY_REDUCE_MAX, sum, 0, &x, NULL) && x.number == 10, "reduction");
  array_release(sum);
  array_release(one);
  array_release(many);
}

/* ---- running out of memory ---- */

static Array *source, *other, *mask, *places, *matrix, *ragged;

static bool give(Array *a) {
  bool is_there = a != NULL;
  array_release(a);
  return is_there;
}

static bool do_new(Error *e) { return give(array_new(ARRAY_F32, 10, 10)) || error_set(e, "none"); }
static bool do_view(Error *e) { return give(array_line(matrix, 0, 1)) || error_set(e, "none"); }
static bool do_transpose(Error *e) { return give(array_transpose(matrix, (int[2]){ 1, 0 })) || error_set(e, "none"); }
static bool do_duplicate(Error *e) { return give(array_duplicate(ragged, ARRAY_I32)) || error_set(e, "none"); }
static bool do_slice(Error *e) { return give(array_slice(source, 0, 5, 1, -1, e)); }
static bool do_reshape(Error *e) { return give(array_reshape(ragged, 1, &(int64_t){ -1 }, e)); }
static bool do_join(Error *e) { return give(array_join((Array *[]){ source, other }, 2, 0, ARRAY_F64, e)); }
static bool do_add(Error *e) {
  return give(array_binary(ARRAY_ADD, &(ArrayOperand){ .array = source }, &(ArrayOperand){ .array = other }, e));
}
static bool do_add_into(Error *e) {
  Array *reversed = array_slice(source, 0, -1, 1, -1, e);
  bool is_fine = reversed != NULL && array_binary_into(ARRAY_MUL, source, &(ArrayOperand){ .array = reversed }, e);
  array_release(reversed);
  return is_fine;
}
static bool do_exp(Error *e) { return give(array_unary(ARRAY_EXP, source, e)); }
static bool do_select(Error *e) {
  return give(array_select(mask, &(ArrayOperand){ .array = source }, &(ArrayOperand){ .array = other }, e));
}
static bool do_clip(Error *e) {
  ArrayOperand low = { .scalar = { ARRAY_I64, 2, 2 } }, high = { .scalar = { ARRAY_I64, 3, 3 } };
  return give(array_clip(source, &low, &high, e));
}
static bool do_copy(Error *e) {
  Array *reversed = array_slice(source, 0, -1, 1, -1, e);
  bool is_fine = reversed != NULL && array_copy(source, reversed, e);
  array_release(reversed);
  return is_fine;
}
static bool do_median(Error *e) {
  ArrayScalar x;
  return array_reduce(ARRAY_REDUCE_MEDIAN, source, 0, &x, e);
}
static bool do_median_axis(Error *e) { return give(array_reduce_axis(ARRAY_REDUCE_MEDIAN, matrix, 1, 0, e)); }
static bool do_quantiles_axis(Error *e) { return give(array_quantiles_axis(matrix, 0, (double[2]){ 0.1, 0.5 }, 2, e)); }
static bool do_cumsum(Error *e) { return give(array_cumulate(CUMULATE_SUM, source, 0, e)); }
static bool do_sort(Error *e) { return give(array_sort(source, 0, e)); }
static bool do_argsort(Error *e) { return give(array_argsort(source, 0, e)); }
static bool do_unique(Error *e) { return give(array_unique(mask, e)); }
static bool do_find(Error *e) {
  Array *found[2];
  if (!array_find(matrix, found, e)) {
    CHECK(found[0] == NULL && found[1] == NULL, "find: nothing is left to release");
    return false;
  }
  array_release(found[0]);
  array_release(found[1]);
  return true;
}
static bool do_take(Error *e) { return give(array_take(source, mask, 0, e)); }
static bool do_put(Error *e) { return array_put(source, places, source, 0, e); }
static bool do_histogram(Error *e) {
  Array *edges = array_edges(5, 0, 100, e), *counts = edges == NULL ? NULL : array_histogram(source, edges, e);
  array_release(edges);
  return give(counts);
}
static bool do_product(Error *e) { return give(array_product(matrix, ragged, e)); }
static bool do_rates(Error *e) { return give(array_spike_rates(places, source, 100, &(SpikeSteps){ 0, 1, 200 }, e)); }
static bool do_lowpass(Error *e) { return give(array_lowpass(matrix, 0.5, e)); }
static bool do_correlogram(Error *e) { return give(array_correlogram(source, source, 1, 5, true, e)); }

static void test_no_memory(void) {
  static const struct {
    const char *name;
    bool (*call)(Error *);
  } rows[] = {
    { "new", do_new },
    { "view", do_view },
    { "transpose", do_transpose },
    { "duplicate", do_duplicate },
    { "slice", do_slice },
    { "reshape", do_reshape },
    { "join", do_join },
    { "add", do_add },
    { "into", do_add_into },
    { "exp", do_exp },
    { "select", do_select },
    { "clip", do_clip },
    { "copy", do_copy },
    { "median", do_median },
    { "axis", do_median_axis },
    { "quantiles", do_quantiles_axis },
    { "cumsum", do_cumsum },
    { "sort", do_sort },
    { "argsort", do_argsort },
    { "unique", do_unique },
    { "find", do_find },
    { "take", do_take },
    { "put", do_put },
    { "histogram", do_histogram },
    { "product", do_product },
    { "rates", do_rates },
    { "lowpass", do_lowpass },
    { "correlogram", do_correlogram },
  };
  for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
    /* `put` and the like change what they work on, so every round starts afresh. */
    int n_failures = 0;
    for (int n = 1; n < 100; n++) {
      Error e = { "" };
      source = ramp(100);
      other = ramp(100);
      places = array_ramp(ARRAY_I64, 100, 1, 1);
      mask = array_binary(ARRAY_LT, &(ArrayOperand){ .array = source }, &(ArrayOperand){ .scalar = { ARRAY_I64, 50, 50 } }, NULL);
      matrix = array_reshape(other, 2, (int64_t[2]){ 10, 10 }, NULL);
      ragged = array_transpose(matrix, (int[2]){ 1, 0 });
      int64_t before = array_live_bytes();
      memory_fail_after(n);
      bool is_fine = rows[r].call(&e);
      memory_fail_after(0);
      CHECK(array_live_bytes() == before, "%s: allocation %d failed and %d bytes leaked", rows[r].name, n,
            (int)(array_live_bytes() - before));
      CHECK(is_fine == (e.text[0] == '\0'), "%s: result and error disagree: '%s'", rows[r].name, e.text);
      array_release(source);
      array_release(other);
      array_release(places);
      array_release(mask);
      array_release(matrix);
      array_release(ragged);
      if (is_fine)
        break;
      n_failures++;
    }
    CHECK(n_failures > 0 && n_failures < 99, "%s: %d allocations failed", rows[r].name, n_failures);
  }
}

int main(void) {
  int64_t before = array_live_bytes();
  test_ownership();
  test_refusals();
  test_overlap();
  test_versions();
  test_walks();
  test_no_axes();
  test_no_memory();
  CHECK(array_live_bytes() == before, "%d bytes left over", (int)(array_live_bytes() - before));
  return check_done();
}
