/* What the files of the storage share among themselves; for nobody else. */
#ifndef LUNAPSE_SYNAPSES_STORAGE_PRIVATE_H
#define LUNAPSE_SYNAPSES_STORAGE_PRIVATE_H
#include "synapses/storage.h"

/* What storage_new hands out: kernels see the first member, through const pointers; the memory is owned here. */
typedef struct Owned {
  Storage s;
  bool is_by_delay; /* rows are sorted by (delay, minor), no longer by minor alone */
} Owned;

static inline int64_t storage_n_major(const Storage *s) { return storage_is_by_pre(s) ? s->n_pre : s->n_post; }
static inline int64_t storage_n_minor(const Storage *s) { return storage_is_by_pre(s) ? s->n_post : s->n_pre; }
static inline int64_t storage_major_first(const Storage *s) { return storage_is_by_pre(s) ? s->pre_first : s->post_first; }
static inline int64_t storage_minor_first(const Storage *s) { return storage_is_by_pre(s) ? s->post_first : s->pre_first; }

/* A storage without synapses. */
Storage *storage_empty(Format format, int64_t n_pre, int64_t n_post, Error *e);

/* Pairs to be sorted into rows, through views (NULL: they are population indexes already). */
typedef struct StoragePairs {
  int64_t n;
  const int32_t *major, *minor;
  const View *major_view, *minor_view;
} StoragePairs;

/* Fill an empty storage; place_of_pair may be NULL. On failure what was made stays in `s`, for storage_free. */
bool storage_build_pairs(Storage *s, const StoragePairs *p, int64_t **place_of_pair, Error *e);

/* Arrays of a reverse index, to be filled. */
typedef struct Reverse {
  int n;            /* shares of the rows */
  int64_t **cursor; /* per share: [n_minor] zeroed; counts of the columns, then where its entries go */
  int64_t *column, *place;
  int32_t *major;
} Reverse;
void storage_fill_reverse(const Storage *s, const Reverse *v);

enum { ROWS_A_PART = 64 }; /* rows that a thread takes at once */

/* How many threads `work` synapses are worth; n_threads 0: as many as there are processors. has_cursors: each needs a number per neuron. */
int storage_team(bool has_cursors, int n_threads, int64_t work);

/* One block of memory per thread, all or none. */
void **storage_each(int n, int64_t bytes);
void storage_each_free(void *blocks, int n);

/* Begin of share k of n, so that shares in order are rows in order. */
static inline int64_t storage_share(int64_t n_rows, int k, int n) { return (int64_t)((__int128)n_rows * k / n); }

/* row[1..n] hold sizes: make them ends. Returns the sum. */
static inline int64_t storage_add_up(int64_t *row, int64_t n) {
  for (int64_t r = 0; r < n; r++)
    row[r + 1] += row[r];
  return row[n];
}

#endif
