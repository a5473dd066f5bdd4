/* Several kernels over the same synapses, a block of rows at a time: each row is read from memory once, however many kernels pass over it.
**
** Kernels of a list run one after the other. Where each needs of the others' results only those of its own row (and its row's neuron), all may run
** over the first rows, then all over the next: the same values, bit for bit, out of the cache. Main thread calls; rows are split over threads. */
#ifndef LUNAPSE_ENGINE_ROW_BLOCKS_H
#define LUNAPSE_ENGINE_ROW_BLOCKS_H
#include "engine/bound_kernel.h"

enum { BLOCKS_MOST = 16 }; /* kernels */

/* May these kernels run block by block? `side` says for kernels over neurons (EACH) whether they are the rows' neurons: see BoundKernel.over. */
bool blocks_fit(BoundKernel *const *list, int n);

/* When each kernel acts: what `t` and the step number mean in it. */
typedef struct BlockTime {
  double t;
  int64_t step;
} BlockTime;

/* Run kernels that fit. `cost` is that of the list. */
void blocks_run(BoundKernel *const *list, const BlockTime *times, int n, Cost *cost, Workers *w);

#endif
