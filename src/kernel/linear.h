/* Linear systems: programs that are no straight line of operations, but a step of x' = M x + b by its propagator. See program.h.
**
** PROPAGATOR computes P = exp(M h) and Q = integral of exp(M s) from 0 to h, when a coefficient changes; STEP advances every element,
** y = P x + Q b. Both are what the method `exact` makes of many equations; of few it makes operations (solver_exact.lua).
** They run as they are in both tiers, with the same bits for any number of threads. */
#ifndef LUNAPSE_KERNEL_LINEAR_H
#define LUNAPSE_KERNEL_LINEAR_H
#include "kernel/code.h"
#include "kernel/kernel.h"

/* Check the description against the slots of `p` and take a copy: fills p->linear, slot_use, has_elements and scratch_bytes. */
bool linear_prepare(Program *p, const LinearDescription *description, Error *e);
void linear_free(Linear *linear); /* NULL is allowed */

const char *linear_kind_name(LinearKind kind); /* "step" */

/* The function of a program with p->linear. */
KernelFunction linear_function(const Program *p);

#endif
