/* Delays of synapses as they are given, a list in ms or a distribution, in whole steps of a clock (CLOCK_DELAY), while rows are being sorted by them: in
** numbers as narrow as the longest allows, which are drawn in place, in parallel. Owner: who calls; main thread. */
#ifndef LUNAPSE_ENGINE_DELAY_STEPS_H
#define LUNAPSE_ENGINE_DELAY_STEPS_H
#include "random/random.h"
#include "synapses/storage.h"

typedef struct DelaySource {
  const double *ms; /* borrowed; [n]; NULL: they are drawn */
  Distribution drawn;
  uint64_t seed;
  uint32_t object, stream;
} DelaySource;

typedef struct DelaySteps {
  StepList list;    /* owned */
  double low, high; /* of them all, in ms; low > high: there are none */
} DelaySteps;

/* For `n` synapses. What is longer than STORAGE_LONGEST_DELAY is said by `high` alone. */
bool delay_steps_make(DelaySteps *d, const DelaySource *from, int64_t n, double dt, Error *e);
void delay_steps_free(DelaySteps *d);

#endif
