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

void schedule_advance(Schedule *s, double dt, int64_t step) {
  if (s->kind == SCHEDULE_PERIODIC)
    seek(s, dt, step + 1, s->k + 1); /* a period below dt acts once a step */
  else if (s->kind == SCHEDULE_ONCE)
    s->next = INT64_MAX;
}
