/* When ranks (base/ranks.h) tell each other who has spiked.
**
** What a rank finds in a neuron of its own acts there at once. The others need to know of it where the spike arrives, which is a delay later: so the spikes of as
** many steps as the shortest delay lasts are told together. Until then they are *untold*: the rings of shared populations (engine/shared.h) have this rank's
** alone of those steps. Whoever looks at spikes in another way (a function, a recorder of rates) has them told before; where something does so in each step, they
** are told in each step. All of it is found from the network's form, by all ranks alike. Main thread. */
#ifndef LUNAPSE_ENGINE_TELLING_H
#define LUNAPSE_ENGINE_TELLING_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/meter.h"

struct Network;
struct Clock;
struct Recorder;

typedef struct Telling {
  bool is_untold;                               /* some population has untold spikes */
  int64_t n_times, n_steps, n_sent, n_received; /* how often ranks have told each other, of how many steps, and bytes of that */
  char *spikes;                                 /* owned: what this rank tells */
  int64_t room;
  int32_t *neurons; /* owned: those of all ranks in a step */
  int64_t room_neurons;
  Meter meter;
} Telling;

/* While plans are made: after how many steps of each clock at the latest (Plan.telling), and before what else. */
bool telling_plan(struct Network *n, Error *e);
void telling_free(Telling *t);

/* The most steps between two times of telling, of all clocks on which populations are shared; 0: there is none. */
int64_t telling_longest(const struct Network *n);

/* Phase 4, where the shared populations of a clock have made a step: if it is time, tell. True in *has_told where that was done. */
bool telling_step(struct Network *n, struct Clock *c, bool *has_told, Error *e);

/* Tell all that is untold. Where this rank alone has come to an end nothing is told, and the others wait until it says why. */
bool telling_now(struct Network *n, Error *e);

/* Does a recorder look at what spikes do, other than to the neurons of the rank? */
bool telling_concerns(const struct Network *n, const struct Recorder *r);

/* Recorders have gone over the step at hand of a clock: what is untold of it they take when it is told. */
void telling_is_recorded(struct Clock *c);

#endif
