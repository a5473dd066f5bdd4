/* Parcels: what is under way to the posts of projections, packed by the step in which it arrives.
**
** Where each synapse has a delay of its own, what arrives in a step is a few synapses here and there of many rows, and looking for them costs more than
** what they do. Parcels are packed when a spike is sent: its rows are read once, from end to end, and neuron and values of each synapse are copied to those
** that arrive with it. In that step one kernel runs over the copies as if they were a row. Projections from one population with the same kernel share parcels:
** posts are then counted from the first element of whichever population's sums lie lowest in memory.
**
** Parcels hold nothing that could not be made again from the spikes of the last steps, the delays and the values: they are no state, and are packed anew
** when any of these was written or the posts are cut elsewhere. With or without them the same events act on a neuron in the same order: by the step
** in which they were sent, then by their place in the storage.
**
** Owned by the plan of a step (engine/deliveries.h). The main thread calls; parcels_run alone may be called by any thread, for different parts at the same
** time, and allocates nothing. */
#ifndef LUNAPSE_ENGINE_PARCELS_H
#define LUNAPSE_ENGINE_PARCELS_H
#include "engine/bundle.h"
#include "engine/projection.h"

typedef struct Parcels Parcels;

/* While plans are made. Can the events of a projection run on copies, and do they gain by it? And may two that can share parcels? */
bool parcels_fit(const Projection *p);
bool parcels_go_together(const Projection *p, const Projection *other);

/* For members that go together, in their order. NULL when memory is short. */
Parcels *parcels_new(Projection *const *members, int n_members, Error *e);
void parcels_plan(Parcels *q); /* again, for parcels that stay: what else uses the synapses may have changed */
void parcels_free(Parcels *q);
int64_t parcels_bytes(const Parcels *q);

/* Those that were made for the same members, which have not changed since, can stay. */
bool parcels_are_for(const Parcels *q, Projection *const *members, int n_members);

int parcels_n_members(const Parcels *q);
Projection *parcels_member(const Parcels *q, int k);

/* Cut the posts into parts: posts[part * n_members + k] are those of member k. `stamp` names this cut: whoever knows that parcels_stamp is his need not ask for
** it again. False: memory is short, and nothing can be packed. */
bool parcels_cut(Parcels *q, const Posts *posts, int n_parts, int64_t stamp, const Workers *w);
int64_t parcels_stamp(const Parcels *q);

/* To cut them otherwise means to put rows together anew. */
bool parcels_are_dear(const Parcels *q);

/* Get ready for `step`. False: it has to go without parcels, member by member. */
bool parcels_begin(Parcels *q, int64_t step);

/* The same for who does not mind how the posts are cut. */
bool parcels_begin_whole(Parcels *q, int64_t step, const Workers *w);

/* Pack what was sent to the posts of a part, and run what arrives there at `t`. */
void parcels_run(Parcels *q, int part, const Workers *w, double t);

/* All parts. */
void parcels_run_whole(Parcels *q, const Workers *w, double t);

#endif
