#include "base/array_walk.h"

#include <string.h>

ArrayWalk array_walk(int n_axes, const int64_t *shape) {
  ArrayWalk w;
  w.n_axes = n_axes;
  w.n_sides = 0;
  for (int d = 0; d < n_axes; d++)
    w.shape[d] = shape[d];
  return w;
}

void array_walk_add(ArrayWalk *w, const Array *a) {
  int k = w->n_sides++, before = w->n_axes - a->n_axes;
  w->side[k].at = a->at;
  w->side[k].bytes = (int64_t)array_type_size(a->type);
  for (int d = 0; d < w->n_axes; d++)
    w->side[k].stride[d] = d < before || a->shape[d - before] == 1 ? 0 : a->stride[d - before];
}

/* Axis `from` in the place of axis `to`. */
static void put_axis(ArrayWalk *w, int to, int from) {
  w->shape[to] = w->shape[from];
  for (int k = 0; k < w->n_sides; k++)
    w->side[k].stride[to] = w->side[k].stride[from];
}

static void swap_axes(ArrayWalk *w, int d, int e) {
  int64_t n = w->shape[d];
  w->shape[d] = w->shape[e];
  w->shape[e] = n;
  for (int k = 0; k < w->n_sides; k++) {
    int64_t *stride = w->side[k].stride, s = stride[d];
    stride[d] = stride[e];
    stride[e] = s;
  }
}

/* Take out the axes along which there is one element, and go through what follows itself in all arrays at once. */
static void merge(ArrayWalk *w) {
  int n = 0;
  for (int d = 0; d < w->n_axes; d++) {
    if (w->shape[d] == 1)
      continue;
    bool follows = n > 0;
    for (int k = 0; k < w->n_sides && follows; k++)
      follows = w->side[k].stride[n - 1] == w->side[k].stride[d] * w->shape[d];
    if (follows) {
      int64_t all = w->shape[n - 1] * w->shape[d];
      put_axis(w, n - 1, d);
      w->shape[n - 1] = all;
    } else
      put_axis(w, n++, d);
  }
  if (n == 0) { /* a single element */
    w->shape[n++] = 1;
    for (int k = 0; k < w->n_sides; k++)
      w->side[k].stride[0] = 0;
  }
  w->n_axes = n;
}

static int64_t reach(const ArrayWalk *w, int d) { return w->side[0].stride[d] < 0 ? -w->side[0].stride[d] : w->side[0].stride[d]; }

/* The memory of the first array is gone through upwards, the longest axis inside: it costs fewest runs. */
static void arrange(ArrayWalk *w) {
  for (int d = 1; d < w->n_axes; d++)
    for (int e = d; e > 0 && reach(w, e - 1) < reach(w, e); e--)
      swap_axes(w, e - 1, e);
  merge(w);
  int longest = w->n_axes - 1;
  for (int d = 0; d < w->n_axes - 1; d++)
    longest = w->shape[d] > w->shape[longest] ? d : longest;
  if (longest < w->n_axes - 1)
    swap_axes(w, longest, w->n_axes - 1);
}

bool array_walk_begin(ArrayWalk *w, ArrayOrder order) {
  for (int d = 0; d < w->n_axes; d++)
    if (w->shape[d] == 0)
      return false;
  merge(w);
  if (order == ARRAY_ANY_ORDER && w->n_axes > 1)
    arrange(w);
  memset(w->index, 0, sizeof w->index);
  w->n = w->shape[w->n_axes - 1];
  return true;
}

/* Move `n` elements along axis `d`. */
static void step(ArrayWalk *w, int d, int64_t n) {
  w->index[d] += n;
  for (int k = 0; k < w->n_sides; k++)
    w->side[k].at += n * w->side[k].stride[d] * w->side[k].bytes;
}

bool array_walk_next(ArrayWalk *w) {
  int d = w->n_axes - 1;
  if (w->index[d] != 0) /* a seek went into the run */
    step(w, d, -w->index[d]);
  w->n = w->shape[d];
  for (d--; d >= 0; d--) {
    if (w->index[d] + 1 < w->shape[d]) {
      step(w, d, 1);
      return true;
    }
    step(w, d, -w->index[d]);
  }
  return false;
}

void array_walk_seek(ArrayWalk *w, int64_t k) {
  for (int d = w->n_axes - 1; d >= 0; d--) {
    int64_t at = d > 0 ? k % w->shape[d] : k;
    step(w, d, at - w->index[d]);
    k = d > 0 ? k / w->shape[d] : 0;
  }
  w->n = w->shape[w->n_axes - 1] - w->index[w->n_axes - 1];
}
