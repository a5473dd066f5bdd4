/* What is done before a run, and not in its steps: room for all kernels, native code that is ready, and the plan of a tick.
**
** A plan lists what has something to do in each phase, so that a tick asks nobody who has not. It is made when the network has changed
** (Network.is_changed), in time linear in the number of kernels (on several threads there are regions as well, and the rows of projections between
** neighbours are gone over once); a network that has not changed costs nothing. Main thread, between steps. */
#ifndef LUNAPSE_ENGINE_PLAN_H
#define LUNAPSE_ENGINE_PLAN_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

struct Network;

/* A growing list of borrowed objects. */
typedef struct Items {
  void **items; /* owned memory */
  int n;
  int64_t capacity;
} Items;

/* Of one clock, in the order of creation. */
typedef struct Plan {
  Items drives;      /* Population: before phase 1 */
  Items arriving;    /* Projection: those whose spikes arrive in phase 2 */
  Items sums;        /* BoundKernel: phase 3 */
  Items populations; /* Population: phase 4 */
  Items shared;      /* Population: of these, those whose neurons ranks share */
  Items senders;     /* Projection: spikes for receivers on another clock, after phase 4 */
  Items lags;        /* Projection: before phase 5 */
  Items equations;   /* BoundKernel: phase 5 */
  Items post_spikes; /* Projection: phase 6 */
  double work;       /* numbers that kernels move in every step */
  int64_t telling;   /* steps after which ranks tell each other their spikes at the latest (engine/telling.h) */
} Plan;

void plan_free(Plan *p);

/* Where the network has changed: reserve what kernels need; then, since registers may have moved, fix every kernel's, and make the plans. */
bool plan_prepare(struct Network *n, Error *e);

/* While plans are made: does a kernel of a step write it? Operations and derived values say so each time, by the buffer's version. */
bool plan_writes(const Buffer *b);

/* And how many kernels of steps use it? */
int plan_users(const Buffer *b);

/* Swap in native code that is ready. True while anything is still being built. */
bool plan_poll(struct Network *n);

#endif
