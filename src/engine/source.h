/* Sources of spikes without equations: Poisson generators. (Given spikes are engine/spike_list.h.)
**
** In every step neuron i spikes with probability p_i = rate_i dt / 1000 (at most 1), independently. Neurons of like rate (within a factor 2) form a
** group; a group jumps from spike to spike over its (step, neuron) grid with geometric gaps and thins to the exact p_i, so the cost follows the spikes;
** where p is large, or rates are new in every step, one number per neuron is drawn. The process has no memory, so rates may change at any step. A
** generator is a function of (seed, object), of the rates set so far and of the step: its state is a small flat struct. One thread at a time per generator. */
#ifndef LUNAPSE_ENGINE_SOURCE_H
#define LUNAPSE_ENGINE_SOURCE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/state.h"

typedef struct Poisson Poisson;

typedef enum { POISSON_AUTO, POISSON_SKIP, POISSON_PER_NEURON } PoissonMethod; /* AUTO is the right choice; the others are for tests */

/* n neurons of rate 0. n may be 0. NULL when out of memory or when n or dt is no good. */
Poisson *poisson_new(int64_t n, double dt, uint64_t seed, uint32_t object, PoissonMethod method, Error *e);
void poisson_free(Poisson *p);

/* Random numbers of another seed, from the next step on: what was drawn ahead is drawn anew. */
void poisson_set_seed(Poisson *p, uint64_t seed);

/* Rates in Hz: one for all, or one each (copied; ARRAY_F64 or ARRAY_F32). They count from the next poisson_step on. Refused: NaN, negative, infinite.
** O(1) and O(n). A refused change leaves the old rates. poisson_set_rates fails also when out of memory. */
bool poisson_set_rate(Poisson *p, double rate, Error *e);
bool poisson_set_rates(Poisson *p, const void *rates, ArrayType type, Error *e);

/* Rates that somebody may have written since the step before: `count` is 1 (one for all) or n. Nothing happens where they are what they were. Rates that differ
** between neurons and change again and again are not sorted into groups each time: until they have rested, one number per neuron is drawn. */
bool poisson_follow(Poisson *p, const void *rates, ArrayType type, int64_t count, int64_t step, Error *e);

/* Spikes of step `step`: neuron numbers from 0, ascending, into spikes (room for n); returns their number. Steps are meant to be called one after the other;
** after a jump the process starts afresh at that step. Allocates nothing, cannot fail. */
int64_t poisson_step(Poisson *p, int64_t step, int32_t *spikes);

/* The same for rates that are new in this step (computed by equations), one number per neuron; the rates set before are neither used nor changed.
** Negative and NaN rates never spike and are counted in *n_bad (may be NULL): the caller makes an error of them. */
int64_t poisson_step_rates(Poisson *p, int64_t step, const void *rates, ArrayType type, int32_t *spikes, int64_t *n_bad);

/* State (base/state.h): the rates, and how far the process has come. */
bool poisson_state(Poisson *p, State *s);

/* Which method each neuron got, for net:explain: "skip, 3 groups; per neuron, 10 neurons". */
void poisson_describe(const Poisson *p, char *text, int size);

#endif
