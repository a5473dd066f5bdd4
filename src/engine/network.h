/* The network: clocks and all objects. What happens in a step is in engine/run.h.
**
** One network owns its whole runtime; network_free frees it. Objects are added between runs. A run goes on the calling thread, which
** alone touches lists and calls back; kernels split over threads below (engine/bound_kernel.h). Phases of a tick are those of docs/inside.md;
** clocks that tick at one time go through them together.
**
** This folder (engine) runs networks: objects, phases of a step, spikes, recorders, threads. It knows no equation and no Lua. */
#ifndef LUNAPSE_ENGINE_NETWORK_H
#define LUNAPSE_ENGINE_NETWORK_H
#include "engine/clock.h"
#include "engine/deliveries.h"
#include "engine/plan.h"
#include "engine/population.h"
#include "engine/projection.h"
#include "engine/record.h"
#include "engine/region.h"
#include "engine/schedule.h"
#include "engine/shared.h"
#include "engine/telling.h"
#include "engine/watch.h"

typedef struct Clock {
  double dt;       /* ms */
  int64_t step;    /* the next step; its time is step * dt */
  Array *dt_array; /* [1] float64: what kernels read */
  Plan plan;
  Deliveries deliveries;     /* of plan.arriving */
  Regions regions[N_STAGES]; /* the same for several threads */
  int64_t paid_step;         /* steps before this one have paid for a check for finite values (engine/run.c) */
  int64_t driven;            /* the last step for which drives were read; -1 before the first */
} Clock;

/* Called back at a scheduled time: `t` in ms, `n` counts the calls from 1. False stops the run with the error. */
typedef bool (*OperationCall)(void *context, double t, int64_t n, Error *e);

typedef struct Operation {
  int clock;
  Schedule schedule;
  BoundList kernels;      /* compiled operations: run in order ... */
  bool is_blocked;        /* ... row by row (engine/row_blocks.h): set by plan_prepare */
  Cost cost;              /* of that */
  bool feeds_derived;     /* constants are derived from what it writes: set with the plan of a step */
  Projection *projection; /* ... after a flush of this projection's event-driven variables, if not NULL */
  Population *population; /* borrowed; of whose neurons kernels do each by itself; NULL: nobody says */
  bool is_shared;         /* each rank acts on its own neurons: set, with what follows, by shared_plan (engine/shared.h) */
  bool is_settling;       /* it uses what ranks share otherwise: that is settled whenever it acts */
  bool is_told;           /* it may look at spikes: those of other ranks are told before it acts (engine/telling.h) */
  bool is_in_region;      /* it runs with what arrives at them (engine/region.h): set by regions_plan */
  OperationCall call;     /* or a call back */
  void *context;
  int64_t n_calls;
  int64_t id; /* operations of a network are numbered from 1 as they are made */
  bool is_active, is_removed;
  Meter meter;
} Operation;

/* Constants that depend on parameters: run when one of their inputs was written. */
typedef struct Derived {
  BoundKernel *bound; /* owned */
  Projection
      *projection; /* whose they are, or NULL: its event-driven variables are brought to the present before its time constants change */
  uint64_t seen;   /* sum of the inputs' versions when it last ran; UINT64_MAX: never */
} Derived;

typedef struct Network {
  uint64_t seed;
  bool is_f32;
  Workers workers;
  Clock *clocks;
  int n_clocks;
  Population **populations;
  int n_populations;
  Projection **projections;
  int n_projections;
  Operation **operations;
  int n_operations, n_operations_made;
  Recorder **recorders;
  int n_recorders;
  SpikeRecorder **spike_recorders;
  int n_spike_recorders;
  int64_t n_recorders_made, n_spike_recorders_made;
  Derived *derived;
  int n_derived;
  Watches watches;
  Shared shared;
  Telling telling;
  int64_t unchecked; /* ticks since the last check for finite values */
  uint32_t n_objects;
  int64_t hold_native_until; /* tests: no native code before this step of the first clock */
  double t;                  /* ms: the present: everything before it has happened; inside an operation, the operation's time */
  uint64_t ended;            /* bits of the clocks whose present step is at its end, though not yet counted */
  bool is_running, wants_stop;
  bool is_torn;           /* reading a state failed half way (engine/network_state.c) */
  bool is_changed;        /* its plans are out of date (engine/plan.h) */
  double settles;         /* ms; when they will be: nothing is under way any more that was sent before delays changed */
  int64_t n_plans;        /* how often they were made: who checks what a change may spoil need not do it at every call */
  bool is_building;       /* some kernel may be waiting for native code */
  bool is_stepped;        /* this run is a single step */
  bool sums_ahead;        /* some projection may sum ahead */
  bool is_measured;       /* runs read the clock and add to the meters of all objects */
  int64_t lap;            /* ns: the last reading */
  Meter recording, total; /* total.calls: ticks measured */
} Network;

/* NULL when memory is short, or dt or the number of threads (1 .. PARALLEL_MAX) is no good. */
Network *network_new(double dt, uint64_t seed, bool is_f32, int64_t n_threads, Error *e);

/* The seed of kernels that are bound from now on, and of Poisson neurons. */
void network_set_seed(Network *n, uint64_t seed);
void network_free(Network *n);

/* How many of each a network has made: its next one gets the next number. */
typedef struct Made {
  int64_t objects, clocks, operations, recorders, spike_recorders;
} Made;
Made network_made(const Network *n);

/* What was made since then was refused and is gone: numbers go on from there, clocks that came are taken away. (In a step none came.) */
void network_forget_since(Network *n, Made made);

/* Number of the clock with this dt, made when there is none: between runs, as many as a set of bits holds. -1 with an error. */
enum { NETWORK_MOST_CLOCKS = 64 };
int network_clock(Network *n, double dt, Error *e);

/* Each takes what it is given, also on failure. Populations and projections come between runs. */
bool network_add_population(Network *n, Population *p, Error *e);
bool network_add_projection(Network *n, Projection *p, Error *e);
bool network_add_operation(Network *n, Operation *o, Error *e);
bool network_add_recorder(Network *n, Recorder *r, Error *e);
bool network_add_spike_recorder(Network *n, SpikeRecorder *r, Error *e);

/* Take an object out of the network and free it. Nothing in the network may refer to it any more; populations and projections go between runs. */
void network_remove_population(Network *n, Population *p);
void network_remove_projection(Network *n, Projection *p);
void network_remove_recorder(Network *n, Recorder *r);
void network_remove_spike_recorder(Network *n, SpikeRecorder *r);

bool network_add_derived(Network *n, BoundKernel *b, Projection *projection, Error *e);

/* Put `list` in the place of an object's kernels of a role, named as in roles.def. It is taken, also on failure. */
bool network_set_kernels(Network *n, BoundList *kernels, RoleOwner owner, const char *role, BoundList *list, Error *e);

void network_forget_derived(Network *n, const BoundKernel *b);

/* A new operation on `clock`: every `every` ms from now on, at kT + offset. */
Operation *operation_new(int clock, Schedule schedule, Error *e);

/* State of the network and of all its objects (base/state.h). It is read between runs, into a network that was made in the same way; what was written in an
** operation goes on with what was left of that step. */
bool network_state(Network *n, State *s);

/* READ: the synapses of a projection alone, whatever they are now, in place of which its kernels are taken away: before kernels are bound to what was read, and
** the state of the network is. */
bool network_read_storage(Network *n, Projection *p, State *s);

/* Sum of the versions of everything that a kernel reads. */
uint64_t network_input_versions(const BoundKernel *b);

/* `bind` gives a projection the kernels that it had, for other arrays: its constants stay where they stand in the list, and as current as they were. */
bool network_bind_anew(Network *n, const Projection *p, void (*bind)(void *context), void *context, Error *e);

/* Compute constants anew whose inputs were written. */
void network_derive(Network *n);

/* Free the operations that were taken out while a run was under way. */
void network_remove_operations(Network *n);

/* Start (or stop) measuring, between runs; starting sets all meters to zero. */
bool network_measure(Network *n, bool is_on, Error *e);

/* Time in ms that the objects on a clock have reached. */
double network_clock_time(const Network *n, int clock);

/* The first step in which an operation that is made now can act. */
int64_t network_first_step(const Network *n, int clock, bool at_start);

/* The number of a clock's next step; from a function at the end of a step, that of the one behind it. */
static inline int64_t network_next_step(const Network *n, int clock) { return n->clocks[clock].step + (int64_t)(n->ended >> clock & 1); }

#endif
