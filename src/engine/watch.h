/* Variables that must stay finite, and the check that they are.
**
** A check goes over all watched arrays, so it is made when the steps since the last one were worth it (engine/run.c says when). Main thread calls; large
** arrays are looked through by several threads. */
#ifndef LUNAPSE_ENGINE_WATCH_H
#define LUNAPSE_ENGINE_WATCH_H
#include "base/array.h"

typedef struct Watch {
  Array *array; /* owned reference; float64 or float32 */
  char *name;   /* owned: "population 'output', variable v" */
} Watch;

typedef struct Watches {
  Watch *items; /* owned */
  int n, capacity;
  int64_t n_elements;  /* of all arrays */
  double checked_time; /* ms: when all were found finite */
} Watches;

bool watches_add(Watches *w, Array *a, const char *name, Error *e);
void watches_forget(Watches *w, const Array *a);
void watches_free(Watches *w);

/* False with a message that names variable, element and the time `t` when one is not finite. */
bool watches_check(Watches *w, double t, int n_threads, Error *e);

#endif
