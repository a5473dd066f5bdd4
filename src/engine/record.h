/* Recorders: they copy what a network did, step by step, into memory that grows at step boundaries.
**
** Owned by their network. A recorder may be read at any time between steps; reading copies. */
#ifndef LUNAPSE_ENGINE_RECORD_H
#define LUNAPSE_ENGINE_RECORD_H
#include "engine/population.h"
#include "engine/schedule.h"

/* Whether a recorder records. A change acts from a step on; the steps before it are taken as was meant before. */
typedef struct RecordSwitch {
  bool now, before;
  int64_t since;
} RecordSwitch;

static inline void record_turn(RecordSwitch *s, bool is_on, int64_t next_step) {
  if (s->since != next_step)
    s->before = s->now;
  s->now = is_on;
  s->since = next_step;
}

static inline bool record_is_on(const RecordSwitch *s, int64_t step) { return step >= s->since ? s->now : s->before; }

/* Where what was recorded goes that is not to stay in memory. Recorders that fill in step with each other have one sink together, which the first of them calls. */
typedef struct RecordSink {
  void *context;                         /* borrowed; NULL: all stays in memory */
  bool (*take)(void *context, Error *e); /* take all (recorder_taken). False with `e`: it stays. NULL: another recorder calls it */
  int64_t block;                         /* it is called when there are so many rows or spikes in memory */
} RecordSink;

/* Rows of one variable. */
typedef struct Recorder {
  int64_t id; /* recorders of a network are numbered from 1 as they are made */
  int clock;
  Array *source;              /* owned reference */
  struct Projection *flushed; /* borrowed: its event-driven variables stand at the present while a row is taken; or NULL */
  const BoundList *look;      /* borrowed; kernels that compute the source, run before a row is taken; or NULL */
  int64_t *places;            /* [n_columns] elements of the source (-1: none any more), or NULL for all */
  int64_t n_columns;
  Schedule schedule;
  RecordSwitch active;
  RecordSink sink;
  int64_t n_taken;          /* rows that the sink has; those in memory come behind them */
  int64_t n_rows, capacity; /* in memory */
  char *rows;               /* [capacity][n_columns] of the source's type */
  double *times;            /* [capacity] ms */
} Recorder;

/* A variable at the recorded spikes. */
typedef struct SpikeColumn {
  SpikeValues at; /* those of the present step */
  void *kept;     /* [n] of its type */
  int64_t capacity;
} SpikeColumn;

/* Spikes of one population, or its events of another kind. */
typedef struct SpikeRecorder {
  int64_t id; /* in the same way, for themselves */
  int clock;
  Population *population; /* borrowed; it takes the values of the columns */
  int event;              /* of that population: population_events */
  uint64_t *wanted;       /* a bit for each neuron (base/bitmap.h), or NULL for all */
  RecordSwitch active;
  RecordSink sink;
  int64_t n_taken; /* spikes that the sink has */
  int32_t *neuron; /* [n] from 0 */
  int64_t n, capacity;
  int64_t *step; /* [n_steps] steps with spikes, and how many each */
  int32_t *count;
  int64_t n_steps, step_capacity;
  SpikeColumn *columns; /* owned */
  int n_columns;
} SpikeRecorder;

/* Record `source` (all elements, or `places`) when `schedule` says so. */
Recorder *recorder_new(Array *source, const int64_t *places, int64_t n_places, int clock, Schedule schedule, Error *e);
void recorder_free(Recorder *r);
void recorder_clear(Recorder *r);

/* Time was set back to the beginning of `step`: it records from there, and forgets what it holds unless it `keeps` it. */
void recorder_restart(Recorder *r, double dt, int64_t step, bool keeps);

/* Bytes of memory that a recorder holds. */
int64_t recorder_bytes(const Recorder *r);
int64_t spike_recorder_bytes(const SpikeRecorder *r);

/* The source was replaced by `source`, of as many elements, or of many where there was one: earlier rows then repeat their one value. False with an
** error when neither holds, when the sink has rows of another form, or when memory is short; the recorder stays as it was. */
bool recorder_widen(Recorder *r, Array *source, Error *e);

/* The sink has all rows that were in memory. */
void recorder_taken(Recorder *r);
void spike_recorder_taken(SpikeRecorder *r);

/* Take a row, at time `t`. False when memory ran out, or when the sink took nothing, which costs no row; what was recorded stays. */
bool recorder_take(Recorder *r, double t, Error *e);

/* The source was replaced: from now on column k of n shows element places[k] of `source`, or NaN where that is -1. Rows taken so far show their
** old column from[k], or NaN where that is -1. */
bool recorder_follow(Recorder *r, Array *source, const int64_t *places, const int64_t *from, int64_t n, Error *e);

bool recorder_state(Recorder *r, State *s);

/* A new array [n_taken + n_rows][n_columns], and one [n_taken + n_rows] with the times; NULL when out of memory. What the sink has is left to the caller. */
Array *recorder_rows(const Recorder *r);
Array *recorder_times(const Recorder *r);

/* Add to each of sums [n_columns] the squared differences of its column from `target`, row by row in order, each times its `weight` if there are weights. Both
** have as many rows as there are in memory; all are float64 and contiguous. Nothing is copied. */
bool recorder_add_squares(const Recorder *r, const Array *target, const Array *weight, Array *sums, Error *e);

/* Record events of a population, spikes (0) or another kind: of all neurons, or of `wanted`; with the values of `n_columns` variables at each. */
SpikeRecorder *spike_recorder_new(Population *p, int event, const int64_t *wanted, int64_t n_wanted, Array *const *columns, int n_columns,
                                  int clock, Error *e);
void spike_recorder_free(SpikeRecorder *r);
void spike_recorder_clear(SpikeRecorder *r);
void spike_recorder_restart(SpikeRecorder *r, int64_t step, bool keeps);
bool spike_recorder_take(SpikeRecorder *r, int64_t step, Error *e);

/* The source of column k was replaced, by one of its type. */
void spike_recorder_follow(SpikeRecorder *r, int k, Array *source);

bool spike_recorder_state(SpikeRecorder *r, State *s);

/* New arrays [n_taken + n], the same way: neuron numbers from 1 (int32), times in ms (float64), steps (int64). */
Array *spike_recorder_neurons(const SpikeRecorder *r);
Array *spike_recorder_times(const SpikeRecorder *r, double dt);
Array *spike_recorder_steps(const SpikeRecorder *r);

/* The same of column k, of its own type. */
Array *spike_recorder_values(const SpikeRecorder *r, int k);

#endif
