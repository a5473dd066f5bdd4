/* Events under way whose arrival is written down, each with what it reaches: those for a receiver with a clock of its own, and those that were sent before the
** delays of their projection changed. All others are found in the ring of the sender when their time has come (engine/event_ring.h). Main thread. */
#ifndef LUNAPSE_ENGINE_ARRIVALS_H
#define LUNAPSE_ENGINE_ARRIVALS_H
#include "base/state.h"
#include "engine/event_ring.h"
#include "synapses/storage.h"

typedef struct Arrivals {
  int64_t *step; /* of the receiver; ascending, and within one as sent */
  int32_t *neuron;
  int32_t *delay; /* of the synapses that they reach, as in the table of delays; 0: of all */
  int64_t *place; /* of the one synapse that they reach; -1: all of the neuron with that delay */
  int64_t n, capacity;
} Arrivals;

void arrivals_free(Arrivals *a);

/* A copy of `from`. */
bool arrivals_copy(Arrivals *a, const Arrivals *from, Error *e);

/* Room for n more. */
bool arrivals_reserve(Arrivals *a, int64_t n, Error *e);

/* Events that arrive in `step`, behind what arrives before them or with them. There is room. */
void arrivals_add(Arrivals *a, const Spikes *s, int64_t step, int32_t delay);

/* How many are due in `step`. */
int64_t arrivals_due(const Arrivals *a, int64_t step);

/* The first n leave. */
void arrivals_drop(Arrivals *a, int64_t n);

/* The part of a row that the k-th reaches, where rows are sorted by delay; false: none. */
bool arrivals_part(const Arrivals *a, int64_t k, const Storage *s, const DelayTable *d, int64_t *begin, int64_t *end);

/* Each synapse by itself, as they are sorted now. */
bool arrivals_spread(Arrivals *a, const Storage *s, const DelayTable *d, Error *e);

/* Synapses have moved: `to` of each place, numbered from 1; 0: it is gone, and what was under way to it. */
void arrivals_move(Arrivals *a, const int64_t *to);

bool arrivals_state(Arrivals *a, int64_t n_neurons, const Storage *s, State *state);

#endif
