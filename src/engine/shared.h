/* What ranks share of a network's run (base/ranks.h).
**
** A population whose neurons need nothing of each other within a step but spikes is *shared*: each rank computes a range of its neurons, and of the
** synapses onto it those that end there. Then all tell each other who has spiked. What a rank has not computed is stale until somebody asks (base/shares.h).
** Which populations that holds for is found from what kernels read and write, as they are planned, by all ranks alike; the others are computed by all.
**
** Decided with the plans of a step; whoever changes the network has everything settled before. Main thread. */
#ifndef LUNAPSE_ENGINE_SHARED_H
#define LUNAPSE_ENGINE_SHARED_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

struct Network;
struct Clock;

typedef struct Shared {
  int n_ranks;    /* for how many this was planned; 0: never */
  Array **arrays; /* owned references; of which each rank has some elements while the network runs */
  int64_t n, capacity;
  char *spikes; /* owned: what this rank tells of a step */
  int64_t room;
} Shared;

/* Whether other ranks than the present ones were planned for. */
bool shared_is_old(const Shared *s);

/* Decide, before regions and parcels are made. False when memory is short. */
bool shared_plan(struct Network *n, Error *e);
void shared_free(Shared *s);

/* Have all elements of all arrays. */
void shared_settle(const Shared *s);

/* Whatever others have is stale: before a step writes anything. */
void shared_mark(const Shared *s);

/* Phase 4, where the shared populations of a clock have found their spikes: tell each other, and do what they do. */
bool shared_finish(struct Network *n, struct Clock *c, double t, Error *e);

/* Is it well on all ranks? */
bool shared_agree(const Shared *s, bool is_good);

#endif
