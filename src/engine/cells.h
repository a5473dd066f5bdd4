/* Equations of neurons with a shape, cell by cell.
**
** Such a population has one kernel that solves the tree of each cell (kernel/tree.h) among others that go over compartments. Run one after the other, each would
** fetch all that the one before it has left; so some cells go through all of them before the next ones, and what they need stays in the cache. Compartment k
** of cell c is element k * n_cells + c: what is one compartment of neighbouring cells lies together. Threads take whole cells. The bits are those of the kernels one
** after the other, as every element is computed from its own cell alone. */
#ifndef LUNAPSE_ENGINE_CELLS_H
#define LUNAPSE_ENGINE_CELLS_H
#include "engine/bound_kernel.h"

/* The cells of a population of `n` elements with these kernels, where they can run cell by cell and there are enough of them for it to pay; else 0. */
int64_t cells_count(const BoundList *update, int64_t n);

/* Run cells first .. last-1 of `n_cells`, which have `n_places` elements each. From any thread, for disjoint ranges at the same time. Returns how many elements
** spiked; they begin at spikes[first * n_places], in the order of cells_sort or not. */
int64_t cells_run(const BoundList *update, const Workers *w, const BoundCall *call, int64_t n_cells, int64_t n_places, int64_t first,
                  int64_t last);

/* Run all cells, on all threads where that is faster. Returns how many elements spiked; they ascend. */
int64_t cells_step(const BoundList *update, Workers *w, Cost *cost, const BoundCall *call, int64_t n_cells, int64_t n_places);

/* Let elements that spiked ascend. */
void cells_sort(int32_t *spikes, int64_t n);

#endif
