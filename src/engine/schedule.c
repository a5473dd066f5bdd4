#include "engine/schedule.h"

#include <math.h>

/* kT/dt of round numbers may miss a whole number by rounding: less than this part of a step counts as hit. */
static const double SLACK = 1e-6;

Schedule schedule_always(void) { return (Schedule){ .next = INT64_MIN }; }

int64_t schedule_step(const Schedule *s, double dt, int64_t k) {
  double edge = ceil((s->offset + (k == 0 ? 0 : (double)k * s->every)) / dt - SLACK);
  if (!(edge < 4e18))
    return INT64_MAX; /* never: a period without end has one hit, at its offset */
  return (int64_t)edge - !s->at_start;
}

/* Move on to the first hit in step `from` or later, from number `k` on. */
static void seek(Schedule *s, double dt, int64_t from, int64_t k) {
  int64_t near = (int64_t)floor(((double)(from + !s->at_start) * dt - s->offset) / s->every) - 1;
  s->k = near > k ? near : k; /* without counting through periods far below dt */
  while ((s->next = schedule_step(s, dt, s->k)) < from)
    s->k++;
}

Schedule schedule_new(double every, double offset, bool at_start, double dt, int64_t from) {
  if (every <= SLACK * dt)
    return schedule_always();
  Schedule s = { .every = every, .offset = offset, .at_start = at_start };
  seek(&s, dt, from, at_start || offset > 0 ? 0 : 1);
  return s;
}

void schedule_advance(Schedule *s, double dt, int64_t step) {
  if (s->next != INT64_MIN)
    seek(s, dt, step + 1, s->k + 1); /* a period below dt acts once a step */
}
