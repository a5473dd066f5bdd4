/* Sums of the next step taken behind this step's learning, while the weights are in the cache.
**
** The sums that a step begins with read rates and weights as the step before left them: right after the weights have learnt they can be taken as well,
** in one pass over memory instead of two. That is done where nothing can come between: no operation is due, nobody else writes what is read, and
** nobody but the post neurons looks at the sums. A run that ends takes back what was summed ahead of it. The results are the same bits. */
#ifndef LUNAPSE_ENGINE_SUM_AHEAD_H
#define LUNAPSE_ENGINE_SUM_AHEAD_H
#include "engine/network.h"

/* Find the projections that may sum ahead, and mark their kernels. False when memory is short. */
bool ahead_plan(Network *n, Error *e);

/* Phase 5 of a step: learn, and sum for the next step where that is possible. */
void ahead_equations(Network *n, const Items *equations, const Clock *c, double t);

/* Phase 3: sum what was not summed ahead. */
void ahead_sums(Network *n, const Items *sums, const Clock *c, double t);

/* At the end of a run: the sums that belong to a step to come are taken back. */
void ahead_forget(Network *n);

#endif
