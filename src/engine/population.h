/* A population: neurons that step together and the spikes they emit.
**
** Owned by its network. State lives in Arrays that kernels are bound to; a population itself knows no equation. Spikes and other events of the last
** `depth` steps are kept, so that projections pull what arrives now. Stepped by the network's main thread; large populations split
** inside bound_each. */
#ifndef LUNAPSE_ENGINE_POPULATION_H
#define LUNAPSE_ENGINE_POPULATION_H
#include "base/stream.h"
#include "engine/event_ring.h"
#include "engine/roles.h"
#include "engine/source.h"
#include "engine/spike_list.h"

/* The values of a variable at the events of a step, taken before anything is reset. */
typedef struct SpikeValues {
  Array *source; /* owned reference; [n] or [1] of the population */
  int event;     /* their kind, as for population_events */
  int64_t step;  /* the last step with such events */
  int64_t n, capacity;
  void *values; /* [n] of the source's type, in the order of the step's spikes */
} SpikeValues;

/* A stream that sets a variable at every step. */
typedef struct Drive {
  Stream *stream;       /* owned reference; a channel for each element of the target, or one for all */
  Array *target;        /* owned reference; [n] or [1] real */
  char *name;           /* "population 'cells', I" */
  double *block;        /* [block_rows][n_channels] */
  int64_t n_rows, next; /* rows in the block, next one to use */
} Drive;

typedef struct Population {
  int clock;
  uint32_t object; /* number in the network: separates random streams */
  int64_t n;
  BoundList kernels[N_ROLES]; /* in order; of each role at most one finds spikes */
  EventKind *
      events; /* owned; kinds of events beside spikes, each with a ring [depth]: the kernels of roles EVENT and EFFECT say which is theirs */
  int n_events;
  Poisson *poisson;       /* owned; at most one of poisson, list */
  Array *rates;           /* owned reference; of the Poisson source: [1] or [n] real */
  char *rates_name;       /* owned; "population 'input', rates" */
  uint32_t rates_seen;    /* version of its buffer when they were last looked at */
  SpikeList *list;        /* owned */
  Spikes *ring;           /* [depth], a power of two */
  int64_t depth, kept;    /* the last `kept` steps, a power of two as well, are wanted (population_keep_steps): they are state */
  int32_t *found;         /* [n] what update writes to, where the ring has no room for it */
  Array *t_last;          /* [n] time of the last spike in ms, or NULL when nobody asks */
  Array *rate;            /* [n] real: spikes in the window, in Hz; or NULL */
  double window;          /* ms */
  int64_t n_window;       /* steps */
  int32_t *window_counts; /* [n_window] spikes of each step of the window */
  int64_t window_position;
  int32_t *window_spikes; /* queue of the neurons that spiked in the window */
  int64_t window_head, window_size, window_capacity;
  int32_t *window_total; /* [n] */
  Drive *drives;
  int n_drives;
  SpikeValues **taken; /* borrowed; of recorders */
  int n_taken;
  int64_t n_spikes_total;
  int64_t n_spikes_paid;       /* those that have paid for a check for finite values (engine/run.c) */
  double work_of_spike;        /* numbers of synapses that a spike moves; set by plan_prepare */
  bool is_shared;              /* ranks compute some of its neurons each: set, with what follows, by shared_plan (engine/shared.h) */
  int64_t own_first, own_last; /* this rank's */
  const char *why_whole;       /* a text of ours: why every rank computes all of it; NULL where none asked */
  int64_t untold, n_untold;    /* the first of so many steps of which the ring has this rank's spikes alone (engine/telling.h) ... */
  int64_t n_unrecorded;        /* ... and how many of these, from the first on, recorders of spikes have yet to take */
  bool goes_in_parts;          /* some of its equations do, within a step (kernel/again.h); set by population_prepare */
  int64_t n_cells; /* its equations run cell by cell (engine/cells.h), so many; 0: kernel by kernel; set by population_prepare */
  Cost cells_cost; /* of a step cell by cell, where it stands in no region */
  Meter meter;
} Population;

enum {
  POPULATION_MOST = INT32_MAX - 1,  /* neurons: their numbers are int32 */
  POPULATION_MOST_STEPS = 1 << 25,  /* whose spikes may be kept */
  POPULATION_NO_SPIKE = -1000000000 /* ms: the last spike of a neuron that has not spiked */
};
Population *population_new(int64_t n, int clock, uint32_t object, Error *e);
void population_free(Population *p);

/* Keep the spikes of at least the last `n_steps` steps. Spikes kept so far stay. */
bool population_keep_steps(Population *p, int64_t n_steps, Error *e);

/* Room for so many in its rings, whether or not anybody wants them kept. */
bool population_make_room(Population *p, int64_t n_steps, Error *e);

/* What it has spiked is forgotten: spikes under way, the time of each last one, the window of its rate. */
void population_forget_spikes(Population *p);

/* Emit events of this name beside spikes, from now on: kind n_events. Those that it has of the name stay. */
bool population_add_event(Population *p, const char *name, Error *e);

/* Take values at spikes from now on, until they are left. */
bool population_take_values(Population *p, SpikeValues *v, Error *e);
void population_leave_values(Population *p, const SpikeValues *v);

/* Count spikes over the last `window` ms (a multiple of dt) into `rate`, from now on. */
bool population_count_rate(Population *p, Array *rate, double window, double dt, Error *e);

/* Set `target` from the next row of `stream` at the start of every step: it has a row for each step of `dt`, and one channel for all elements or one for each. */
bool population_add_drive(Population *p, Stream *stream, Array *target, const char *name, double dt, Error *e);
void population_move_drives(Population *p, const Array *before, Array *after); /* the array of a variable was replaced */
void population_remove_drive(Population *p, const Array *target);
bool population_is_driven(const Population *p, const Array *a);

/* At the start of a step, before anything else: sample n is what holds in step n. False when a stream failed or gave no number. */
bool population_pull_drives(Population *p, Error *e);

/* Rates in Hz of a Poisson source: [1] or [n] real. It is followed: what is written there counts from the next step on. */
bool population_set_rates(Population *p, Array *rates, const char *name, double dt, uint64_t seed, Error *e);

/* One step: equations, spikes, reset, bookkeeping. False when memory for spikes ran out or rates are none. */
bool population_step(Population *p, Workers *w, double t, double dt, int64_t step, Error *e);

/* The same in three pieces, for who runs the equations himself (engine/region.h): drives, and room for the numbers of the neurons that spike;
** these, of a Poisson source; and what `n` spikes, ascending, do (what they do to their neurons may have been done). Not for given spikes. Where ranks share the population they are the rank's own, and act on its own
** neurons. */
bool population_begin(Population *p, int64_t step, int32_t **spikes, Error *e);
int64_t population_fire(Population *p, int64_t step, int32_t *spikes);
bool population_end(Population *p, Workers *w, double t, int64_t step, int64_t n, bool have_acted, Error *e);

/* Can the resets be shared out, too? Then spikes, as soon as those of some neurons are known, act on these (from any thread), and population_end is told so.
** Not where somebody wants values as a spike found them, or there are other events. */
bool population_acts_in_parts(const Population *p);
void population_act(const Population *p, const Workers *w, double t, int64_t step, const int32_t *spikes, int64_t n);

/* Where ranks share it: the spikes of all in `step`, which begins at `t`, in the place of this rank's. */
bool population_hear(Population *p, double t, int64_t step, const int32_t *neuron, int64_t n, Error *e);

/* Reserve what its kernels need, so that a step allocates nothing but room for more spikes than ever before. */
bool population_prepare(Population *p, Workers *w, Error *e);

/* State (base/state.h): population_state.c. */
bool population_state(Population *p, State *s);

/* At the beginning of `step`: the first step of which other ranks' spikes are not known. */
static inline int64_t population_known(const Population *p, int64_t step) { return p->n_untold > 0 ? p->untold : step; }

/* Spikes emitted in `step`; n = 0 when the step is not kept (too old, or not yet). */
static inline const Spikes *population_spikes(const Population *p, int64_t step) { return ring_at(p->ring, p->depth, step); }

/* The same for events of any kind: 0 are spikes, k those of events[k - 1]. */
static inline const Spikes *population_events(const Population *p, int event, int64_t step) {
  return ring_at(event == 0 ? p->ring : p->events[event - 1].ring, p->depth, step);
}

#endif
