#include "engine/schedule.h"

#include <math.h>

#include "engine/clock.h"

Schedule schedule_always(void) { return (Schedule){ .kind = SCHEDULE_ALWAYS, .next = INT64_MIN }; }

/* Step in which the time `t` falls; INT64_MAX: never. */
static int64_t step_of(const Schedule *s, double dt, double t) {
  int64_t edge = clock_steps(dt, t, CLOCK_TICK);
  return edge == INT64_MAX || edge == INT64_MIN ? edge : edge - !s->at_start;
}

static int64_t step_of_hit(const Schedule *s, double dt, int64_t k) {
  return step_of(s, dt, s->offset + (k == 0 ? 0 : (double)k * s->every));
}

/* Move on to the first hit in step `from` or later, from number `k` on. */
static void seek(Schedule *s, double dt, int64_t from, int64_t k) {
  int64_t near = (int64_t)floor((clock_ms(dt, from + !s->at_start) - s->offset) / s->every) - 1;
  s->k = near > k ? near : k; /* without counting through periods far below dt */
  while ((s->next = step_of_hit(s, dt, s->k)) < from)
    s->k++;
}

Schedule schedule_new(double every, double offset, bool at_start, double dt, int64_t from) {
  Schedule s = { .kind = SCHEDULE_PERIODIC, .every = every, .offset = offset, .at_start = at_start };
  if (every <= CLOCK_SAME * dt)
    return (Schedule){ .kind = SCHEDULE_ALWAYS, .at_start = at_start, .next = INT64_MIN };
  seek(&s, dt, from, at_start || offset > 0 ? 0 : 1);
  return s;
}

Schedule schedule_once(double t, bool at_start, double dt, int64_t from) {
  Schedule s = { .kind = SCHEDULE_ONCE, .offset = t, .at_start = at_start };
  int64_t step = step_of(&s, dt, t);
  s.next = step < from ? INT64_MAX : step;
  return s;
}

Schedule schedule_never(bool at_start) { return (Schedule){ .kind = SCHEDULE_ONCE, .at_start = at_start, .next = INT64_MAX }; }

void schedule_advance(Schedule *s, double dt, int64_t step) {
  if (s->kind == SCHEDULE_PERIODIC)
    seek(s, dt, step + 1, s->k + 1); /* a period below dt acts once a step */
  else if (s->kind == SCHEDULE_ONCE)
    s->next = INT64_MAX;
}

void schedule_restart(Schedule *s, double dt, int64_t from) {
  if (s->kind == SCHEDULE_PERIODIC)
    seek(s, dt, from, s->at_start || s->offset > 0 ? 0 : 1);
  else if (s->kind == SCHEDULE_ONCE)
    *s = schedule_once(s->offset, s->at_start, dt, from);
}

bool schedule_state(Schedule *schedule, State *s) {
  int kind = schedule->kind;
  if (!state_enter(s, "schedule", 0, NULL) || !state_int(s, "kind", &kind) ||
      !state_check(s, "kind", kind, SCHEDULE_ALWAYS, SCHEDULE_ONCE) || !state_bool(s, "at_start", &schedule->at_start) ||
      !state_f64(s, "every", &schedule->every) || !state_f64(s, "offset", &schedule->offset) || !state_i64(s, "k", &schedule->k) ||
      !state_i64(s, "next", &schedule->next))
    return false;
  if ((kind == SCHEDULE_ALWAYS) != (schedule->kind == SCHEDULE_ALWAYS))
    return state_fail(s, "what acts in every step here acts now and then in the state, or the other way round");
  schedule->kind = (ScheduleKind)kind;
  if (s->mode == STATE_READ && kind == SCHEDULE_PERIODIC && (!(schedule->every > 0) || !isfinite(schedule->offset)))
    return state_fail(s, "a period of %g ms from %g ms on", schedule->every, schedule->offset);
  if (!state_check(s, "k", schedule->k, -(INT64_MAX / 4), INT64_MAX / 4))
    return false;
  state_leave(s);
  return true;
}
