#include "engine/schedule.h"

#include <math.h>

/* kT/dt of round numbers may miss a whole number by rounding: less than this part of a step counts as hit. */
static const double SLACK = 1e-6;

Schedule schedule_always(void) { return (Schedule){ .next = INT64_MIN }; }

int64_t schedule_step(const Schedule *s, double dt, int64_t k) {
  int64_t edge = (int64_t)ceil((s->offset + (double)k * s->every) / dt - SLACK);
  return s->at_start ? edge : edge - 1;
}

Schedule schedule_new(double every, double offset, bool at_start, double dt, int64_t from) {
  if (every <= 0)
    return schedule_always();
  Schedule s = { .every = every, .offset = offset, .at_start = at_start };
  s.k = (int64_t)floor(((double)from * dt - offset) / every) - 1;
  if (s.k < (at_start ? 0 : 1))
    s.k = at_start || offset > 0 ? 0 : 1;
  while ((s.next = schedule_step(&s, dt, s.k)) < from)
    s.k++;
  return s;
}

void schedule_advance(Schedule *s, double dt, int64_t step) {
  if (s->next == INT64_MIN)
    return;
  do
    s->next = schedule_step(s, dt, ++s->k);
  while (s->next <= step);        /* a period below dt acts once a step */
}
