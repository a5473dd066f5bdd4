/* Connectors from kernel programs: whether pre i is joined to post j is computed by a program, a row of posts at a time.
**
** The program walks all pairs (NEST_ALL) of a dense block of one row; its slots of scope PRE and POST are arrays of the whole populations, and its one slot
** of scope ELEM receives 1 (a synapse), 0 (none), or anything else where the value is no answer (a probability of 1.2): connect_kernel_check tells where.
** Random draws are numbered by the pre neuron and the place in the row, so they do not depend on threads. Beside the result a build needs one row of numbers for
** each thread. A ConnectKernel borrows the program and the arrays; it is freed with connect_kernel_free (also after a failed connect_kernel_init). */
#ifndef LUNAPSE_SYNAPSES_CONNECT_KERNEL_H
#define LUNAPSE_SYNAPSES_CONNECT_KERNEL_H
#include "synapses/connect.h"
#include "kernel/kernel.h"

typedef struct ConnectBad {
  int64_t row, post; /* position in the pre view (-1: none), neuron of the post population */
  double value;
} ConnectBad;

typedef struct ConnectKernel {
  Program *program; /* borrowed */
  KernelFunction run;
  View pre, post;             /* index arrays borrowed */
  int64_t post_first, n_post; /* the block of the post population that is computed: the view, or everything where the view is a list */
  const double *low, *high;   /* borrowed; [n_pre] posts lie within these numbers (from 1), or one beyond; NULL: anywhere */
  uint64_t seed;
  uint32_t object;
  int n_threads, n_slots, result;
  void **scratch;  /* [n_threads] */
  double **row;    /* [n_threads][n_post] */
  void ***slot;    /* [n_threads][n_slots]; slot[.][result] is the thread's row */
  ConnectBad *bad; /* [n_threads] the first of each thread's rows that was no answer */
} ConnectKernel;

/* `slots` are the bases of the program's slots (the one of number `result` is ignored); `n_threads` as many as will build at most. `low` and `high` may be
** given afterwards, where nothing is drawn: they change what is looked at and not what is found. */
bool connect_kernel_init(ConnectKernel *k, Program *program, void *const *slots, int result, const ConnectEnds *ends, int n_threads,
                         Error *e);
void connect_kernel_free(ConnectKernel *k);

/* The connector; `k` must stay where it is until the storage is built. */
Connector connect_kernel(const ConnectKernel *k);

/* After building: was every value an answer? `what` names the values: "the probability of pre 3, post 4 is 1.2: it must lie in 0..1". */
bool connect_kernel_check(const ConnectKernel *k, const char *what, Error *e);

#endif
