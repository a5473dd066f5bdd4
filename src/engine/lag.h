/* A pre variable as it was, for rate-coded projections with delays: a projection keeps the last values of its pre neurons in a ring.
**
** Where one delay holds for all, `delayed` is like its source; where every synapse has its own, it has an element for each, which a pass over the rows fills.
** Whose lags are moved, and when, is the step's matter (engine/run.c). */
#ifndef LUNAPSE_ENGINE_LAG_H
#define LUNAPSE_ENGINE_LAG_H
#include "base/array.h"
#include "synapses/storage.h"

typedef struct Lag {
  Array *source, *delayed;   /* owned references, of one type; kernels are bound to `delayed` */
  char *ring;                /* [n_steps] copies of the source */
  int64_t n_steps, position; /* `position` is the oldest, which is the next to go */
  bool is_each;              /* synapses have delays of their own; the ring then begins with what is now, else `delayed` is the end of it */
  bool is_driven;            /* the source is set at the start of a step */
} Lag;

/* Rows and their delays: those of a projection. */
typedef struct LagRows {
  const Storage *storage;
  const DelayTable *delays;
} LagRows;

/* Keep `delayed` behind `source`, which has always been what it is now: `n_steps` >= 1, or as its own delay says where synapses have delays of their own. */
bool lag_new(Lag *lag, LagRows rows, Array *source, Array *delayed, int64_t n_steps, Error *e);
void lag_free(Lag *lag);

/* What was before goes on in a lag of the same source, for rows that have changed since. */
void lag_take_over(Lag *lag, LagRows rows, const Lag *before);

/* The source has always been what it is now. */
void lag_forget(Lag *lag, LagRows rows);

/* One step on. */
void lag_move(Lag *lag, LagRows rows);

#endif
