/* Several arrays gone through together, in runs along the innermost axis:
**
**     ArrayWalk w = array_walk(n_axes, shape);
**     array_walk_add(&w, a);
**     array_walk_add(&w, b);
**     for (bool more = array_walk_begin(&w, ARRAY_ANY_ORDER); more; more = array_walk_next(&w))
**       ... w.n elements from w.side[k].at on, array_walk_stride(&w, k) elements apart
**
** Every loop over strided memory is one of these. Axes that follow each other without a gap in all arrays are walked as one, so that what
** is contiguous is a single run. */
#ifndef LUNAPSE_BASE_ARRAY_WALK_H
#define LUNAPSE_BASE_ARRAY_WALK_H
#include "base/array.h"

enum { ARRAY_SIDES = 4 };
typedef enum { ARRAY_ROW_MAJOR, ARRAY_ANY_ORDER } ArrayOrder;
typedef struct {
  int n_axes, n_sides;
  int64_t n; /* elements of each run */
  int64_t shape[ARRAY_MOST_AXES], index[ARRAY_MOST_AXES];
  struct {
    char *at;
    int64_t bytes; /* of an element */
    int64_t stride[ARRAY_MOST_AXES];
  } side[ARRAY_SIDES];
} ArrayWalk;

ArrayWalk array_walk(int n_axes, const int64_t *shape);

/* Add an array. Its axes are the last ones of the walk; where it has one element along an axis, or no such axis, that is repeated. */
void array_walk_add(ArrayWalk *w, const Array *a);

/* Go to the first run, and to the next; false if there is none. ARRAY_ANY_ORDER makes few and long runs. */
bool array_walk_begin(ArrayWalk *w, ArrayOrder order);
bool array_walk_next(ArrayWalk *w);

/* In a walk of row-major order that has begun: go to element k; the run is what follows it along the axis. */
void array_walk_seek(ArrayWalk *w, int64_t k);

/* The distance of the elements of a run of side k. */
static inline int64_t array_walk_stride(const ArrayWalk *w, int k) { return w->side[k].stride[w->n_axes - 1]; }

#endif
