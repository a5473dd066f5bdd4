/* A kernel: a program bound to arrays, ready to run. The engine owns kernels; a kernel borrows its pointers from arrays that the
** engine object holds. `kernel_run` calls the interpreter or native code, whichever is in place: the results are the same bits.
**
** This folder (kernel) checks kernel programs and runs them, by the interpreter or as native code. */
#ifndef LUNAPSE_KERNEL_KERNEL_H
#define LUNAPSE_KERNEL_KERNEL_H
#include <stdint.h>

#include "kernel/program.h"

/* `KernelArgs` (prelude_args.h) is the one structure that interpreted and native kernels receive.
** Returns the number of spikes written (EACH with OP_SPIKE), else 0. */
typedef int64_t (*KernelFunction)(const KernelArgs *);

#endif
