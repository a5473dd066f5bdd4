/* Synapses that come and go while a network lives.
**
** A change is planned first (a new storage beside the old one, and where everything goes), so that whoever holds per-synapse arrays can
** make the new ones; then it is put in place, which cannot fail. Only the main thread calls, between steps or in operations. */
#ifndef LUNAPSE_ENGINE_STRUCTURE_H
#define LUNAPSE_ENGINE_STRUCTURE_H
#include "engine/projection.h"

/* A block of pairs of neurons of a projection, as kernels walk it: dense, with the projection's major. Firsts count from 0. */
typedef struct PairBlock {
  int64_t major_first, n_major, minor_first, n_minor;
} PairBlock;
Storage structure_pairs(const Projection *p, const PairBlock *block);

/* Put 0 into answers[place in the block] (float64 or float32) wherever the projection has a synapse already. */
void structure_clear_known(const Projection *p, const Storage *pairs, Array *answers);

/* Put `next` (of storage_rebuild) in the place of the projection's storage, and free the old one. Pointers to the storage stay good. Kernels of
** the projection are taken away: they are bound to arrays of the old size. Where rows were sorted by delay, they no longer are. */
void structure_replace(Projection *p, Storage *next);

#endif
