/* The step loop: the eight phases of a tick, for all clocks that tick then, until the time is up.
**
** Runs on the thread that calls; kernels below split over threads. A failure ends the run at the end of its step. */
#ifndef LUNAPSE_ENGINE_RUN_H
#define LUNAPSE_ENGINE_RUN_H
#include "engine/network.h"

/* How a run ended. RUN_NOT_FINITE: a watched variable became NaN or infinite; its error says when that was found. */
typedef enum { RUN_DONE, RUN_STOPPED, RUN_INTERRUPTED, RUN_FAILED, RUN_NOT_FINITE } RunResult;

/* Run until `until` (ms): all ticks that begin before it, to within a millionth of a step. `until` = INFINITY runs until a stop. */
RunResult network_run(Network *n, double until, Error *e);

/* One tick. */
RunResult network_step(Network *n, Error *e);

/* The time at which network_run would stop is now: for callbacks and conditions. */
void network_stop(Network *n);

#endif
