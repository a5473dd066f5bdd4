/* Milliseconds and steps: the one place where a time in ms becomes a number of steps of a clock, for C and for Lua, and a step a time.
**
** A quotient of round numbers may miss a whole number by rounding, so less than CLOCK_SAME of a step counts as nothing wherever a step is looked for that
** begins at, after or before a time. Which quantity goes by which rule is said here alone (docs/numerics.md has the table for users). The refractory period
** is divided by dt within a kernel, and goes to the nearest step there, the same in each precision (lp_halves64 of kernel/prelude_math.h). */
#ifndef LUNAPSE_ENGINE_CLOCK_H
#define LUNAPSE_ENGINE_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SAME 1e-6 /* of a step */

typedef enum {
  CLOCK_TICK,  /* the first step that begins at or after the time: hits of a period, arrivals on another clock, a clock that starts late */
  CLOCK_DELAY, /* the same, and at least 1: how long a spike or a rate takes */
  CLOCK_AFTER, /* the first step that begins after the time */
  CLOCK_EVENT, /* the nearest step, ties to even: the time of a given spike */
  CLOCK_SPAN   /* the nearest number of steps, ties to even: windows, periods of given spikes */
} ClockRule;

/* INT64_MAX (INT64_MIN) where that is too far away; INT64_MAX for NaN. */
int64_t clock_steps(double dt, double ms, ClockRule rule);

/* Many delays (CLOCK_DELAY), none longer than `most` steps: what is longer, or NaN, gives most + 1. */
void clock_delays(double dt, const double *ms, int32_t *steps, int64_t n, int32_t most);

/* The time at which a step begins. */
static inline double clock_ms(double dt, int64_t step) { return (double)step * dt; }

/* Is `t` earlier than `other`, by more than ticks at one time may differ? */
static inline bool clock_is_before(double t, double other, double dt) { return t < other - CLOCK_SAME * dt; }

#endif
