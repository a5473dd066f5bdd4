/* A kernel: a program bound to arrays, ready to run. The engine owns kernels; a kernel borrows its pointers from arrays that the
** engine object holds. `kernel_run` calls the interpreter or native code, whichever is in place: the results are the same bits. */
#ifndef LUNAPSE_KERNEL_KERNEL_H
#define LUNAPSE_KERNEL_KERNEL_H
#include <stdint.h>

#include "kernel/program.h"

typedef struct KernelArgs KernelArgs;
typedef struct Draws Draws;
typedef int64_t (*KernelFunction)(const KernelArgs *); /* returns the number of spikes written (EACH with OP_SPIKE), else 0 */

/* The one structure that interpreted and native kernels receive. Its layout is part of the prelude of generated C (prelude.h). */
struct KernelArgs {
  void *const *slot;   /* base pointer of each slot's array */
  int64_t first, last; /* EACH: elements first .. last-1.  ALL: majors first .. last-1 (threads split here) */
  const int32_t *list; /* LIST: elements.  PRE, POST: neurons, ascending */
  int64_t n_list;
  const int64_t *begin, *end; /* PRE on ROWS_PRE, POST on ROWS_POST: places begin[k] .. end[k]-1 belong to list[k];
                                ** NULL: whole rows. (A delay segment, or the part of a row that one thread owns.) */
  const Storage *storage;     /* ALL, PRE, POST */
  double t;                   /* ms: what `t` means in this program */
  int64_t step;               /* clock step: refractory counts and random draws */
  uint64_t seed;              /* of the network */
  uint32_t object;            /* number of the object in the network: separates random streams */
  int32_t *spikes;            /* out: numbers of the elements that spiked, ascending; room for last-first */
  const Program *program;     /* the interpreter's */
  void *scratch;              /* the interpreter's registers: one per thread, program_scratch_bytes */
  const Draws *draws;         /* native code's: random numbers for blocks of elements (draws.h) */
};

#endif
