/* Given spikes: which neurons spike in a step, as a list of times says, once or again and again.
**
** Every event counts: times of one neuron that lie nearest to one step give it several spikes in that step. An event of time x in cycle k of the period P
** lies at x + k P, which is computed anew for each k, so nothing drifts. A SpikeList is a function of the step alone: its state are
** its events. Owns its memory; one thread at a time. */
#ifndef LUNAPSE_ENGINE_SPIKE_LIST_H
#define LUNAPSE_ENGINE_SPIKE_LIST_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/state.h"

typedef struct SpikeList SpikeList;
SpikeList *spike_list_new(int64_t n, Error *e);
void spike_list_free(SpikeList *s);

/* Replace all events: neuron[k] (from 0) spikes in the step nearest to time[k] / dt (ms; half-way cases go to the even step). Any order.
** period > 0 repeats the first `period` ms for ever; 0 plays the list once. Refused, leaving the old events: negative, infinite or NaN times, neurons out
** of range, times in or after the period, a period so short that a step would have more than 10^8 spikes. */
bool spike_list_set(SpikeList *s, const int32_t *neuron, const double *time, int64_t n_events, double dt, double period, Error *e);

/* Spikes of step `step` (from 0): *neurons is set to their numbers, ascending, a neuron as often as it has events, valid until the next call.
** Returns how many there are; -1 when out of memory. */
int64_t spike_list_step(SpikeList *s, int64_t step, const int32_t **neurons, Error *e);

bool spike_list_state(SpikeList *s, State *state);

int64_t spike_list_count(const SpikeList *s); /* events, in one period */

#endif
