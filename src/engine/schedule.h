/* When something acts: in every step, in the steps that a period hits, or once.
**
** A period T of an operation at the end of a step means the steps that end at kT, k >= 1; at the start of a step those that begin
** at kT, k >= 0. Where T is no multiple of dt it is the first step at or after kT: k counts, so nothing drifts. */
#ifndef LUNAPSE_ENGINE_SCHEDULE_H
#define LUNAPSE_ENGINE_SCHEDULE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"

typedef enum { SCHEDULE_ALWAYS, SCHEDULE_PERIODIC, SCHEDULE_ONCE } ScheduleKind;

typedef struct Schedule {
  ScheduleKind kind;
  bool at_start;
  double every;  /* ms; PERIODIC */
  double offset; /* ms: kT + offset; ONCE: its time */
  int64_t k;     /* the next hit is kT + offset */
  int64_t next;  /* step in which it falls; INT64_MIN: always due, INT64_MAX: never again */
} Schedule;

Schedule schedule_always(void);

/* A schedule whose first hit is the first one in step `from` or later. A period of no length means every step. */
Schedule schedule_new(double every, double offset, bool at_start, double dt, int64_t from);

/* One hit, at `t` ms; none where that lies before step `from`. */
Schedule schedule_once(double t, bool at_start, double dt, int64_t from);

/* No hit any more. */
Schedule schedule_never(bool at_start);

/* True when `step` is hit; the schedule then moves on to the next hit. To be asked once for every step. */
static inline bool schedule_due(const Schedule *s, int64_t step) { return s->next <= step; }
void schedule_advance(Schedule *s, double dt, int64_t step);

/* Time was set back: the first hit is the first one in step `from` or later. */
void schedule_restart(Schedule *s, double dt, int64_t from);

bool schedule_state(Schedule *schedule, State *s);

#endif
