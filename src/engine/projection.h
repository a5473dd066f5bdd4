/* A projection: synapses from one population to another, and the kernels that act on them.
**
** Owned by its network. Where synapses are kept is Storage (synapses/storage.h); what happens to them is bound kernels, in the phases of
** a step. Arrival times are in steps of the receiving population's clock. */
#ifndef LUNAPSE_ENGINE_PROJECTION_H
#define LUNAPSE_ENGINE_PROJECTION_H
#include "base/shares.h"
#include "engine/lag.h"
#include "engine/pathway.h"
#include "engine/population.h"
#include "synapses/storage.h"

/* Event-driven variables are brought to one time together, before a number in them grows too large, and before anybody reads them. */
typedef struct Flush {
  BoundList kernels; /* EACH or ALL */
  Array *due;        /* owned reference; [1] time in ms after which it must run; NULL: only when somebody reads */
} Flush;

/* Parts of rows, side by side. */
typedef struct RowParts {
  int32_t *neuron;
  int64_t *begin, *end;
  int64_t capacity;
} RowParts;

/* Part of a row that arrives at one time. */
typedef struct Segment {
  int64_t begin, end;
  int32_t neuron;
} Segment;

typedef struct Projection {
  Population *pre, *post; /* borrowed from the network */
  Storage *storage;       /* owned, by several where some are copies */
  bool is_copy;           /* its synapses are those of another projection, which has them as state */
  bool is_part;           /* it holds what ends at this rank's neurons alone (synapses/part.h) */
  bool is_plain;          /* its synapses change nothing but their post neurons */
  int64_t n_all;          /* synapses on all ranks together */
  double low, high;       /* of a part: the least and the greatest delay of all, in ms, where each has its own */
  Array *
      wanted; /* owned reference; no elements: its share is what ranks ask for when somebody needs all of a part (base/shares.h); NULL: it never was one */
  uint32_t object;
  double delay;        /* ms, where one delay holds for all */
  int64_t delay_steps; /* of the receiver; >= 1 */
  DelayTable delays;   /* n_delays = 0 where one delay holds for all; between two clocks in steps of the shorter one */
  BoundList kernels[N_ROLES];
  Flush *flushes;
  int n_flushes;
  struct PutOff *put_off; /* owned; what post spikes do to synapses, where that may wait (engine/put_off.h); NULL: it may not */
  Lag *lags;
  int n_lags;
  Segment *segments;    /* [capacity] parts of rows that arrive now, where neurons repeat */
  int32_t *list;        /* arriving neurons, when they have to be gathered */
  int64_t *begin, *end; /* and the parts of their rows */
  int64_t capacity;
  RowParts whole;     /* whole rows, where these are sorted by delay: the parts of which each consists */
  Arrivals waiting;   /* what is written down of what is under way */
  int64_t pulls_from; /* steps before it sent nothing beyond what waits: delays were others then; INT64_MIN: there is no such step */
  Pathway *pathways;  /* owned; what events do that is not the role PRE's or POST's */
  int n_pathways;
  Cost ahead_cost;     /* of the last of the equations and the sums in one pass */
  bool may_sum_ahead;  /* its targets hold nothing but sums that are cleared in every step (engine/sum_ahead.h) */
  int64_t summed_step; /* the step whose sums were taken ahead; INT64_MIN: none */
  char *held;          /* what event-driven variables are while somebody looks at their present values */
  size_t held_capacity;
  struct Bundle *
      bundle; /* a reference; the rows of several projections, put together for packing (engine/bundle.h); NULL: there is none, or no more */
  ShareRuns *runs;        /* owned; which synapses are computed by which rank (engine/shared.c), as they were at */
  int64_t runs_made;      /* n_changes; 0: never */
  int64_t n_changes;      /* grows whenever rows, delays, kernels or what is under way may have changed: what was packed of them is void */
  Meter meters[N_PHASES]; /* of the phases whose kernels are not measured for themselves */
} Projection;

/* Takes `storage`. The delay is in ms; it becomes at least one step. */
Projection *projection_new(Population *pre, Population *post, Storage *storage, uint32_t object, Error *e);
void projection_free(Projection *p);

/* Rows, delays, kernels or what is under way have changed. */
void projection_changed(Projection *p);

void projection_leave_bundle(Projection *p);

/* Have rows and values of synapses that may be away (base/away.h), before kernels run on them. */
void projection_have(const Projection *p);

/* One delay for all, in steps of the receiver. */
bool projection_set_delay(Projection *p, double delay, int64_t steps, Error *e);

/* A delay in steps for every synapse; sorts the rows by delay: synapse k is then what was origin[k] (room for all; NULL: nobody asks), and every array of values has to follow. */
bool projection_set_delays(Projection *p, StepList steps, int64_t *origin, int n_threads, Error *e);

/* Take the list (owned memory, pathways without delays for each synapse). */
bool projection_set_pathways(Projection *p, Pathway *list, int n, Error *e);

/* Delays are about to change, before anything is sent in `step`, the next one: what is under way by then is written down, and keeps its time. */
bool projection_hold(Projection *p, int64_t step, Error *e);

/* The synapses have moved: `to` of each, numbered from 1; 0: it is gone. */
void projection_move_held(Projection *p, const int64_t *to);

/* Since delays have changed, the step from which on nothing is as it was before; INT64_MIN: they have not. */
int64_t projection_settles(const Projection *p);

/* Where every synapse has its own: the delay of each in ms, of steps of `dt`. Room for all. */
void projection_delays(const Projection *p, double dt, double *ms);

/* Take all kernels away: they are bound to arrays that are no more. */
void projection_drop_kernels(Projection *p);

/* Start a flush of event-driven variables; kernels are added to the returned one. NULL when out of memory. */
Flush *projection_add_flush(Projection *p, Array *due, Error *e);
void projection_clear_flushes(Projection *p);

/* Keep `delayed` behind `source` (engine/lag.h); what the lag whose array was `before` remembers goes on, and that lag ends (NULL: a new one). */
bool projection_add_lag(Projection *p, Array *source, Array *delayed, int64_t n_steps, const Array *before, Error *e);
void projection_remove_lag(Projection *p, const Array *delayed);
void projection_clear_lags(Projection *p);

/* What is under way is forgotten: spikes that wait for another clock; rates have been what they are now. */
void projection_forget(Projection *p);

/* After the neurons have moved (for driven variables: after the drives): every lag moves on by one step. */
void projection_move_lags(Projection *p, bool driven);

/* Reserve what the phases need, so that they allocate nothing. */
bool projection_prepare(Projection *p, Workers *w, Error *e);

/* May spikes arrive in `step`? Cheap: most steps of small networks have none. */
static inline bool projection_expects(const Projection *p, int64_t step) {
  return p->delays.n_delays > 0 || p->pre->clock != p->post->clock || p->kernels[ROLE_PATHWAY].n > 0 || p->pulls_from != INT64_MIN ||
         population_spikes(p->pre, step - p->delay_steps)->n > 0;
}

/* May the post side have spiked, or have another event that acts in `step`? */
static inline bool projection_expects_post(const Projection *p, int64_t step) {
  return p->kernels[ROLE_PATHWAY_POST].n > 0 || population_spikes(p->post, step)->n > 0;
}

/* Phase 2: spikes that arrive in `step`, which begins at `t` and lasts `dt`. */
bool projection_deliver(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e);

/* Phase 6: post spikes and other events of this step, or of one before it, at its end. */
bool projection_post_spikes(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e);

/* Neurons whose spikes act in a step, ascending, and the parts of their rows (NULL: whole rows). Lists belong to the projection or to a population. */
typedef struct Events {
  const int32_t *list;
  int64_t n;
  const int64_t *begin, *end;
  bool has_repeats; /* some neuron stands there several times: each time is an event of its own */
} Events;

/* For who runs the kernels himself (engine/region.h): room for what arrives in `step`, which the main thread asks for; what arrives, where both sides have one
** clock, from any thread for different projections (n = -1 when memory is short: only where nobody asked for room); the post spikes of `step`; and, before
** kernels run on either at `t`, what has grown for too long brought down. */
bool projection_reserve_arrivals(Projection *p, int64_t step, Error *e);
Events projection_arrivals(Projection *p, int64_t step, Error *e);
Events projection_post_events(const Projection *p, int64_t step);
void projection_flush_due(Projection *p, Workers *w, double t);
bool projection_is_flush_due(const Projection *p, double t);

/* Sender's side, when the clocks differ: queue what `pre` emitted in `step`, at `t`; the ticks of the two are `pre_dt` and `post_dt` apart. */
bool projection_queue(Projection *p, int64_t step, double t, double pre_dt, double post_dt, Error *e);

/* Bring every event-driven variable to `t`. */
void projection_flush(Projection *p, Workers *w, double t);

/* The same for who only looks: he then puts them back, so that not even the rounding of what comes tells that somebody looked. Between the two nothing else
** happens. False when memory is short: nothing was done. */
bool projection_show(Projection *p, Workers *w, double t, Error *e);
void projection_put_back(Projection *p);

/* Time spent in one of the phases. */
Meter projection_meter(const Projection *p, Phase phase);
void projection_clear_meters(Projection *p);

/* State (base/state.h): projection_state.c. The rows with their delays are the first part of it. */
bool projection_state(Projection *p, State *s);
bool projection_rows_state(Projection *p, State *s);

#endif
