/* What ranks share of a network's run (base/ranks.h).
**
** A population whose neurons need nothing of each other within a step but spikes is *shared*: each rank computes a range of its neurons, and of the
** synapses onto it those that end there. Who has spiked they tell each other (engine/telling.h). What a rank has not computed is stale until somebody asks (base/shares.h).
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
struct Population;
struct Projection;

typedef struct Shared {
  int n_ranks;    /* for how many this was planned; 0: never */
  Array **arrays; /* owned references; of which each rank has some elements while the network runs */
  int64_t n, capacity;
} Shared;

/* Whether other ranks than the present ones were planned for. */
bool shared_is_old(const Shared *s);

/* Would this rank compute a part of this population, as far as can be known before the network has its plans? Then its neurons first .. last-1; and may a projection of
** so few synapses be held in part (`least`)? A guess: shared_make_whole mends it. */
bool shared_part(const struct Network *n, const struct Population *post, int64_t *first, int64_t *last, int64_t *least);

/* The projection is held in part from now on, of `n_all` synapses; `make` and `context` make it whole (base/shares.h), which then says that it did: projection_is_whole. */
bool shared_hold_part(struct Projection *p, int64_t n_all, void (*make)(void *context), Error *e);
void shared_is_whole(struct Projection *p);

/* An array for the synapses of a projection that was made whole, with this rank's elements, those of its part; the others' are stale. NULL: memory is short. */
Array *shared_lay_out(struct Projection *p, const Array *part, Error *e);

/* Parts of which the network needs more than the own neurons' synapses are made whole: before it is planned. */
bool shared_make_whole(struct Network *n, Error *e);
void shared_need_whole(struct Network *n); /* all of them */

/* Decide, before regions and parcels are made. False when memory is short. */
bool shared_plan(struct Network *n, Error *e);
void shared_free(Shared *s);

/* Have all elements of all arrays. */
void shared_settle(const Shared *s);

/* Whatever others have is stale: before a step writes anything. */
void shared_mark(const Shared *s);

/* Is it well on all ranks? */
bool shared_agree(const Shared *s, bool is_good);

#endif
