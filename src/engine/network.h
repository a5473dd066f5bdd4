/* The network: clocks, all objects, and the step loop.
**
** One network owns its whole runtime; network_free frees it. Objects are added between runs. A run goes on the calling thread, which
** alone touches lists and calls back; kernels split over threads below (engine/bound.h). Phases of a tick are those of docs/inside.md;
** clocks that tick at one time go through them together. */
#ifndef LUNAPSE_ENGINE_NETWORK_H
#define LUNAPSE_ENGINE_NETWORK_H
#include "engine/population.h"
#include "engine/projection.h"
#include "engine/record.h"
#include "engine/schedule.h"

typedef struct Clock {
  double dt;                    /* ms */
  int64_t step;                 /* the next step; its time is step * dt */
  Array *dt_array;              /* [1] float64: what kernels read */
} Clock;

/* Called back at a scheduled time: `t` in ms, `n` counts the calls from 1. False stops the run with the error. */
typedef bool (*OperationCall)(void *context, double t, int64_t n, Error *e);

typedef struct Operation {
  int clock;
  Schedule schedule;
  BoundList kernels;            /* compiled operations: run in order ... */
  Projection *projection;       /* ... after a flush of this projection's event-driven variables, if not NULL */
  OperationCall call;           /* or a call back */
  void *context;
  int64_t n_calls;
  bool is_active, is_removed;
} Operation;

/* A variable that must stay finite. */
typedef struct Watch {
  Array *array;                 /* owned reference */
  char *name;                   /* "population 'output', variable v" */
} Watch;

typedef enum { RUN_DONE, RUN_STOPPED, RUN_INTERRUPTED, RUN_FAILED } RunResult;

/* Constants that depend on parameters: run when one of their inputs was written. */
typedef struct Derived {
  Bound *bound;                 /* owned */
  uint64_t seen;                /* sum of the inputs' versions when it last ran; UINT64_MAX: never */
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
  int n_operations;
  Recorder **recorders;
  int n_recorders;
  Projection **recorder_sources;/* [n_recorders] projection to flush before a row is taken, or NULL */
  SpikeRecorder **spike_recorders;
  int n_spike_recorders;
  Derived *derived;
  int n_derived;
  Watch *watches;
  int n_watches;
  uint32_t n_objects;
  int64_t hold_native_until;    /* tests: no native code before this step of the first clock */
  double t;                     /* ms: end of the last tick */
  bool is_running, wants_stop, is_changed;
  int64_t checked_at;           /* step of the last check for finite values */
  double checked_time;
} Network;

Network *network_new(double dt, uint64_t seed, bool is_f32, int n_threads, Error *e);
void network_free(Network *n);

/* Number of the clock with this dt, made when there is none; -1 when out of memory. */
int network_clock(Network *n, double dt, Error *e);

/* Each takes what it is given, also on failure. */
bool network_add_population(Network *n, Population *p, Error *e);
bool network_add_projection(Network *n, Projection *p, Error *e);
bool network_add_operation(Network *n, Operation *o, Error *e);
bool network_add_recorder(Network *n, Recorder *r, Projection *source, Error *e);
bool network_add_spike_recorder(Network *n, SpikeRecorder *r, Error *e);
bool network_add_derived(Network *n, Bound *b, Error *e);
bool network_watch(Network *n, Array *a, const char *name, Error *e);
void network_remove_recorder(Network *n, const Recorder *r);
void network_forget_watch(Network *n, const Array *a);
void network_forget_derived(Network *n, const Bound *b);

/* A new operation on `clock`: every `every` ms from now on, at kT + offset. */
Operation *operation_new(int clock, Schedule schedule, Error *e);

/* Compute constants anew whose inputs were written. */
void network_derive(Network *n);

/* Run until `until` (ms): all ticks that begin before it, to within a millionth of a step. `until` = INFINITY runs until a stop. */
RunResult network_run(Network *n, double until, Error *e);

/* One tick. */
RunResult network_step(Network *n, Error *e);

/* The time at which network_run would stop is now: for callbacks and conditions. */
void network_stop(Network *n);

/* First value that is not finite in the watched arrays; false with a message that names variable, element and time. */
bool network_check_finite(Network *n, Error *e);

/* Swap in native code that is ready. True while anything is still being built. */
bool network_poll(Network *n);

#endif
