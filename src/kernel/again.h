/* Programs that run again and again: a step that an element goes in parts, as many as it needs. See program.h.
**
** Each run of the program is one attempt at the next part. The slot `left` says what is left of an element's step; the program has no effect on elements that have nothing
** left, so neither the block nor the thread shows in what comes out. */
#ifndef LUNAPSE_KERNEL_AGAIN_H
#define LUNAPSE_KERNEL_AGAIN_H
#include "kernel/kernel.h"

/* Runs args->once until no element of args->first .. args->last - 1 has anything left, or until it was run as often as the program may be. */
int64_t again_run(const KernelArgs *args);

/* The first of elements 0 .. n - 1 that has something left after that, and the name of the variable that held it up; -1 where there is none. */
int64_t again_stuck(const Program *p, void *const *slot, int64_t n, const char **name, int *name_length);

#endif
