/* Pathways of a projection: what events of one side do to its synapses, after delays of their own.
**
** The spikes of the pre side that arrive after the projection's delays, and those of the post side that act in their step, are none: they have the roles PRE and POST.
** All else is: events of other kinds ("burst"), a second thing that a spike does later than the first, post spikes that take a time to come back. Kernels
** of the roles PATHWAY and PATHWAY_POST say by their tag to which they belong. Main thread. */
#ifndef LUNAPSE_ENGINE_PATHWAY_H
#define LUNAPSE_ENGINE_PATHWAY_H
#include "base/array.h"
#include "engine/arrivals.h"

typedef struct Pathway {
  Side side;
  int event;           /* of the population of that side (population_events) */
  bool has_delay;      /* its own; else that of the projection's own arrivals (pre), or none (post) */
  double delay;        /* ms */
  int64_t delay_steps; /* of the receiver, where one delay holds for all */
  Array *each;         /* owned reference; [places] int64 or int32: the delay of each synapse in steps; NULL: one holds for all */
  int64_t *ages;       /* owned; [n_ages] the delays that occur, ascending */
  int64_t n_ages;      /* -1: these, and what follows, are to be made */
  int64_t *first;      /* owned; [n + 1] where the synapses of each neuron of the side begin, of all n that may have some */
  int64_t *place;      /* owned; [synapses] by neuron, then by delay, then as they stand */
  int32_t *pre;        /* owned; the pre neuron of each place; NULL: side PRE */
  Arrivals waiting;    /* as those of a projection */
} Pathway;

void pathways_free(Pathway *list, int n);

/* A delay for each synapse in place of one for all. */
void pathway_spread(Pathway *q, Array *each);

/* Where each synapse has its own delay: which occur, and the synapses of each neuron in their order. Storage has synapses in order. */
bool pathway_prepare(Pathway *q, const Storage *s, Error *e);

/* The longest delay in steps, prepared. */
int64_t pathway_longest(const Pathway *q);

/* The synapses of a neuron (of the population) whose delay is `age`: *place is set to their places; returns how many. */
int64_t pathway_synapses(const Pathway *q, const Storage *s, int32_t neuron, int64_t age, const int64_t **place);

bool pathway_state(Pathway *q, int64_t n_neurons, const Storage *storage, State *s);

#endif
