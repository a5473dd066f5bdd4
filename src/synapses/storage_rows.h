/* What the two files of the format "rows" share. */
#ifndef LUNAPSE_SYNAPSES_STORAGE_ROWS_H
#define LUNAPSE_SYNAPSES_STORAGE_ROWS_H
#include "synapses/storage_private.h"

bool rows_build(Storage *s, const ConnectJob *job, const StorageOptions *o, StorageExtras *extras, Error *e);
bool rows_build_pairs(Storage *s, int64_t n_pre, int64_t n_post, const StoragePairs *p, int64_t **synapse_of_pair, Error *e);

/* Begin of share k of n, so that shares in order are rows in order. A team may get fewer threads than it asked for: loop over shares, not over threads. */
static inline int64_t rows_share(int64_t n_rows, int k, int n) { return (int64_t)((__int128)n_rows * k / n); }

/* Place of the first synapse of a row, packed or not. */
static inline int64_t row_at(const Storage *s, int64_t r) {
  if (s->rows.row != NULL)
    return s->rows.row[r];
  const uint64_t below = ((uint64_t)1 << (r & 63)) - 1;
  return s->packed.begin[s->packed.before[r >> 6] + (uint32_t)__builtin_popcountll(s->packed.has[r >> 6] & below)];
}

/* row[1..n] hold sizes: make them ends. Returns the sum. */
static inline int64_t rows_add_up(int64_t *row, int64_t n) {
  for (int64_t r = 0; r < n; r++)
    row[r + 1] += row[r];
  return row[n];
}

#endif
