/* What a format of storage must answer, and what the files of the storage share; for nobody else. */
#ifndef LUNAPSE_SYNAPSES_STORAGE_PRIVATE_H
#define LUNAPSE_SYNAPSES_STORAGE_PRIVATE_H
#include "synapses/storage.h"

/* Pairs to be sorted into rows, through views (NULL: they are population indexes already). */
typedef struct StoragePairs {
  int64_t n;
  const int32_t *major, *minor;
  const View *major_view, *minor_view;
} StoragePairs;

/* A format: one for each row of kernel/formats.def, named storage_NAME. Rows are counted from 0; minors are population indexes. */
typedef struct StorageFormat {
  const char *name[2], *words[2]; /* of the one whose major side is pre, and of the one with post */
  int number;                     /* in saved states: no other may ever have it */
  bool can_change;                /* build_pairs and sort_by_delay are there */
  bool can_part;                  /* build does with rows that hold some of their synapses (ConnectJob.seen), to the same order */
  int bytes_walked;               /* storage_bytes_walked */

  /* The major side that it would have for these synapses. */
  Side (*side)(const ConnectEnds *ends, const StorageOptions *options);
  /* Can it hold them? */
  bool (*can_hold)(const ConnectJob *job);

  /* Fill a storage in which nothing but format and side is set. On failure what was made stays in it, for `free`. */
  bool (*build)(Storage *s, const ConnectJob *job, const StorageOptions *o, StorageExtras *extras, Error *e);
  /* The same from pairs, for populations of these sizes; synapse_of_pair may be NULL. */
  bool (*build_pairs)(Storage *s, int64_t n_pre, int64_t n_post, const StoragePairs *p, int64_t **synapse_of_pair, Error *e);
  void (*free)(Storage *s); /* NULL: it owns nothing */
  int64_t (*bytes)(const Storage *s);

  int64_t (*row)(const Storage *s, int64_t row);
  StorageSpan (*span)(const Storage *s, int64_t row, int64_t from, StorageBuffer *b);
  /* Synapses of the k-th minor: how many (-1: only a pass over all would tell), and their numbers, ascending. */
  int64_t (*column_size)(const Storage *s, int64_t k);
  void (*column)(const Storage *s, int64_t k, int64_t *out);
  bool (*index_minors)(Storage *s, int n_threads, Error *e); /* NULL: columns are always at hand */

  bool (*pack)(Storage *s, bool is_packed, Error *e); /* storage_pack; NULL: nothing to do */

  /* NULL: place k is that of synapse k. Else places first .. last-1, and the length of arrays of values. */
  void (*places)(const Storage *s, int64_t first, int64_t last, int64_t *out);
  int64_t (*n_places)(const Storage *s);

  /* storage_can_cut; storage_cut where it can; storage_sort_by_delay, NULL: it cannot. */
  bool (*can_cut)(const Storage *s);
  void (*cut)(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end);
  /* storage_find_cuts, with room, and storage_cut_known; both NULL: what `cut` does takes no time. */
  void (*find_cuts)(const Storage *s, const int64_t *first, int n_threads, RowCuts *out);
  void (*cut_known)(KernelArgs *args, const RowCuts *c, int part, int64_t *begin, int64_t *end);
  bool (*sort_by_delay)(Storage *s, StepList delay, bool may_say_each, DelayTable *table, int64_t *origin, int n_threads, Error *e);

  /* storage_list; NULL: it has no lists. */
  void (*list)(Storage *s, const int32_t *minors);

  /* Its own items of the state (base/state.h): beside the format, READ finds nothing set but sizes; it checks what other answers rely on, but for the
  ** numbers of minors. NULL: it has none. */
  bool (*state)(Storage *s, State *state);
} StorageFormat;

#define FORMAT(name) extern const StorageFormat storage_##name;
#include "kernel/formats.def"
#undef FORMAT

/* The number of format and major side in saved states, and an empty storage with it. */
int storage_number(const Storage *s);
Storage *storage_by_number(int number, Error *e);

/* How many threads `work` synapses are worth; n_threads 0: as many as there are processors. has_cursors: each needs a number per neuron. */
int storage_team(bool has_cursors, int n_threads, int64_t work);

enum { ROWS_A_PART = 64 }; /* rows that a thread takes at once */

/* One block of memory per thread, all or none. */
void **storage_each(int n, int64_t bytes);
void storage_each_free(void *blocks, int n);

#endif
