#include "engine/clock.h"

#include <math.h>

#include "base/clones.h"

static int64_t whole(double steps) {
  static const double MOST = 4e18;
  return !(steps < MOST) ? INT64_MAX : steps > -MOST ? (int64_t)steps : INT64_MIN;
}

int64_t clock_steps(double dt, double ms, ClockRule rule) {
  double steps = ms / dt;
  if (isnan(steps))
    return INT64_MAX;
  switch (rule) {
  case CLOCK_TICK: return whole(ceil(steps - CLOCK_SAME));
  case CLOCK_DELAY: return whole(fmax(1, ceil(steps - CLOCK_SAME)));
  case CLOCK_AFTER: return whole(floor(steps + CLOCK_SAME) + 1);
  case CLOCK_EVENT:
  case CLOCK_SPAN: return whole(rint(steps));
  }
  return INT64_MAX;
}

CLONES void clock_delays(double dt, const double *restrict ms, int32_t *restrict steps, int64_t n, int32_t most) {
  const double above = most + 1;
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    const double x = ceil(ms[k] / dt - CLOCK_SAME);
    steps[k] = (int32_t)(x < 1 ? 1 : x <= above ? x : above);
  }
}
