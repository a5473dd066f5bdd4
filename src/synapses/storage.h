/* Storage of synapses: which pre and which post neuron each place belongs to, built from a connector.
**
** `struct Storage` (kernel/program.h) is what kernels read; here it is made, indexed, reordered and freed. Rows are sorted by the minor
** neuron; a place is a 64-bit number. Building runs in parallel and streams: beside the result it needs one row and some counters per thread.
** The result never depends on the number of threads. A Storage made here owns its arrays; it is freed with storage_free. Only the main thread
** calls; out of memory is an error like another and leaves nothing behind. */
#ifndef LUNAPSE_SYNAPSES_STORAGE_H
#define LUNAPSE_SYNAPSES_STORAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/state.h"
#include "synapses/connect.h"
#include "kernel/program.h"

typedef struct StorageOptions {
  Format format; /* FORMAT_ROWS_PRE or FORMAT_ROWS_POST */
  Format dense;  /* FORMAT_DENSE_PRE or _POST: used instead where all is joined with all between contiguous views; FORMAT_NONE: never */
  bool reverse;  /* build the reverse index too */
  int n_threads; /* 0: as many as OpenMP would take */
} StorageOptions;

/* What building gives beside the storage. Each array is the caller's to memory_free; NULL where the connector has no such thing. */
typedef struct StorageExtras {
  int64_t *place_of_pair; /* PAIRS: [n_pairs] place of each given pair */
  double *weight;         /* Gaussian, DoG: [n_synapses] in place order */
} StorageExtras;

/* Build. `extras` may be NULL. Returns NULL and fills `e` on bad parameters or when out of memory. */
Storage *storage_new(const Connector *c, const ConnectEnds *ends, const StorageOptions *options, StorageExtras *extras, Error *e);
void storage_free(Storage *s);

/* Is the major neuron (the row) the pre neuron? */
static inline bool storage_is_by_pre(const Storage *s) { return s->format == FORMAT_ROWS_PRE || s->format == FORMAT_DENSE_PRE; }
static inline bool storage_is_dense(const Storage *s) { return s->format == FORMAT_DENSE_PRE || s->format == FORMAT_DENSE_POST; }

/* Build the reverse index unless it is there (or the format is dense, which needs none). */
bool storage_need_reverse(Storage *s, int n_threads, Error *e);

/* Population indexes of the pre (post) neurons of places first .. last-1. */
void storage_fill_pre(const Storage *s, int64_t first, int64_t last, int32_t *out);
void storage_fill_post(const Storage *s, int64_t first, int64_t last, int32_t *out);
int64_t storage_pre(const Storage *s, int64_t place);
int64_t storage_post(const Storage *s, int64_t place);

/* Number of synapses per neuron of the whole population: fan-in [population size of post], fan-out [of pre]. (A dense storage knows only its block,
** hence the sizes.) */
void storage_fan_in(const Storage *s, int64_t n_post, int64_t *out);
void storage_fan_out(const Storage *s, int64_t n_pre, int64_t *out);

/* First place of the pair (population indexes), or -1. Rows sorted by delay are searched whole. */
int64_t storage_find(const Storage *s, int64_t pre, int64_t post);

/* Places of one post (pre) neuron, ascending, into out (room for its fan-in or fan-out); returns their number. Uses the reverse index where there is one;
** without it a neuron of the minor side costs a pass over all synapses. */
int64_t storage_places_of_post(const Storage *s, int64_t post, int64_t *out);
int64_t storage_places_of_pre(const Storage *s, int64_t pre, int64_t *out);

/* Bytes of the arrays the storage owns. */
int64_t storage_bytes(const Storage *s);

/* Rows cut by delay. Segment (major r, delay k) is begin[r * (n_delays + 1) + k] .. begin[r * (n_delays + 1) + k + 1] - 1. */
typedef struct DelayTable {
  int32_t n_delays;
  int32_t *delay; /* owned; [n_delays] steps, ascending, those that occur */
  int64_t *begin; /* owned; [n_major * (n_delays + 1)] places */
} DelayTable;

/* Sort every row by (delay, minor). `delay` is per place and >= 1. On success `*within` (the caller's to memory_free) says where everything went: the new
** place q of row r holds what was at row[r] + within[q]; use storage_permute on every per-synapse array (on `delay` too). An existing reverse index is
** made anew. ROWS only. On failure the storage is as before. */
bool storage_sort_by_delay(Storage *s, const int32_t *delay, DelayTable *table, int32_t **within, int n_threads, Error *e);
void delay_table_free(DelayTable *table);

/* Apply such an order to an array of n_synapses elements of `size` bytes (1, 4 or 8), in place. Allocates one row. */
bool storage_permute(const Storage *s, const int32_t *within, void *array, int size, Error *e);

/* A new storage without the places where keep[place] is 0 (keep may be NULL) and with the added pairs (population indexes). Format stays (dense becomes
** rows of the same major). Rows come out sorted by the minor neuron, whatever they were sorted by. place_of_old [old n_synapses], -1 where removed, and
** place_of_added [n_added] are the caller's to memory_free. The old storage is untouched. n_pre, n_post: population sizes. */
typedef struct StorageChange {
  const uint8_t *keep; /* borrowed */
  int64_t n_added;
  const int32_t *added_pre, *added_post; /* borrowed */
  int64_t n_pre, n_post;
} StorageChange;
Storage *storage_rebuild(const Storage *old, const StorageChange *change, int64_t **place_of_old, int64_t **place_of_added, Error *e);

/* State (base/state.h) of a storage between populations of these sizes. READ makes it another format or size only where `may_change`: nothing is bound to it. */
bool storage_state(Storage *s, State *state, int64_t n_pre, int64_t n_post, bool may_change);

/* Exchange the contents of two storages. */
void storage_swap(Storage *a, Storage *b);

#endif
