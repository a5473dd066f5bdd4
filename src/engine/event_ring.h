/* What neurons have emitted in the last steps, for one kind of event: a ring of lists, a slot for each step.
**
** Spikes are one kind, of which every population has a ring; a model may have others ("burst", "axon_spike"). Events of the last `depth` steps are kept (a power
** of two), so that projections pull what arrives now. Main thread. */
#ifndef LUNAPSE_ENGINE_EVENT_RING_H
#define LUNAPSE_ENGINE_EVENT_RING_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Events of one step: neuron numbers, ascending. A neuron of a source may stand there several times: each is an event of its own. */
typedef struct Spikes {
  int32_t *neuron; /* owned by the ring, valid until the step comes round again */
  int64_t n, capacity;
  int64_t step;     /* the step they belong to; -1 before */
  bool has_repeats; /* some neuron stands there several times */
} Spikes;

/* A kind of event beside spikes. */
typedef struct EventKind {
  char *name;   /* owned */
  Spikes *ring; /* owned */
} EventKind;

Spikes *ring_new(int64_t depth, Error *e);

/* What `old` (NULL: none) holds goes to a ring of at least its depth; `old` is freed. */
void ring_move(Spikes *ring, int64_t depth, Spikes *old, int64_t old_depth);
void ring_free(Spikes *ring, int64_t depth);
void ring_forget(Spikes *ring, int64_t depth);

/* Room for `n` events in a slot, which may lose those that it holds; of a population of `n_neurons`. */
bool ring_reserve(Spikes *s, int64_t n_neurons, int64_t n, Error *e);

/* Events of `step`; n = 0 when the step is not kept (too old, or not yet). */
static inline const Spikes *ring_at(const Spikes *ring, int64_t depth, int64_t step) {
  static const Spikes NONE = { .step = -1 };
  const Spikes *s = &ring[step & (depth - 1)];
  return s->step == step ? s : &NONE;
}

#endif
