/* Storage of synapses: who is joined with whom, in one of several formats. What this header answers is all that anybody outside asks.
**
** A format has a *major* side: the synapses of one major neuron are a row. Synapses are *numbered* row by row, and within a row as the format keeps
** them (ascending minors, unless rows were sorted by delay); scripts see this order. A *place* is where kernels find a synapse's values in its arrays.
** Places are the numbers wherever storage_is_in_order; only kernels, and those who make or copy their arrays, need to tell them apart.
**
** Building runs in parallel and streams: beside the result it needs one row and some counters per thread. The result never depends on the number
** of threads. A Storage owns its arrays; it is freed with storage_free. Only the main thread changes it; anybody may ask at the same time. Out of memory is
** an error like another and leaves nothing behind.
**
** A new format:
**   kernel/formats.def            its name, at its rank among those that are tried for a projection
**   kernel/prelude_args.h         a member of struct Storage for its arrays, where those of the others will not do
**   synapses/storage_NAME.c       a StorageFormat (synapses/storage_private.h): its words, what it can hold, and its answers to the questions below
**   kernel/vm_nest.h              nest_walk_NAME: its rows for the interpreter
**   language/emit/loop.lua        its rows as C
** Nothing else names a format (tests/layers_spec.lua looks). docs/extending.md walks through it.
**
** This folder (synapses) makes synapses and keeps them: connectors, storage formats, loops over weights. */
#ifndef LUNAPSE_SYNAPSES_STORAGE_H
#define LUNAPSE_SYNAPSES_STORAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/state.h"
#include "kernel/kernel.h"
#include "synapses/connect.h"

typedef enum { SIDE_PRE, SIDE_POST } Side;

/* ---- formats by name ------------------------------------------------------------------------------------------------ */

/* What there is to know of a format without a storage. */
typedef struct StorageFacts {
  const char *name;   /* of layout and major side */
  const char *layout; /* its name in kernel/formats.def */
  const char *words;  /* for users */
  const char *block;  /* name of what storage_block makes with this major side */
  Side major;
  bool can_change; /* synapses may come and go, and get delays of their own; else it gives way to one that can (storage_rebuild) */
} StorageFacts;

/* The k-th, from 0 on; false behind the last. */
bool storage_facts(int k, StorageFacts *facts);
const char *storage_name(const Storage *s);

/* ---- making --------------------------------------------------------------------------------------------------------- */

/* What the synapses will be used for: it decides how they are kept. */
typedef struct StorageOptions {
  bool is_rate;       /* all synapses of a post neuron are read in every step; else those of a pre neuron when it spikes */
  bool is_changing;   /* synapses will come and go */
  bool has_delays;    /* each has its own: storage_sort_by_delay will be called */
  bool has_values;    /* each has values of its own: so much memory as these will take may be taken before */
  const char *format; /* this one, by name, or an error; NULL: the first of kernel/formats.def that fits */
  int n_threads;      /* 0: as many as there are processors */
  /* Those synapses alone that end at population indexes own_first .. own_last-1, where that can be done and there are at least so many that it is worth it: StorageExtras.n_all
  ** says whether it was. 0, 0: all */
  int64_t own_first, own_last, least;
} StorageOptions;

/* What building gives beside the storage. Each array is the caller's to memory_free; NULL where the connector has no such thing. */
typedef struct StorageExtras {
  int64_t *synapse_of_pair; /* pairs: [n_pairs] number of each given pair */
  double *weight;           /* Gaussian, DoG: [n_synapses] */
  int64_t n_all;            /* a part was built (synapses/part.h): how many synapses there are in all; -1: the storage has all */
} StorageExtras;

/* Build. `extras` may be NULL. Returns NULL and fills `e` on bad parameters or when out of memory. */
Storage *storage_new(const Connector *c, const ConnectEnds *ends, const StorageOptions *options, StorageExtras *extras, Error *e);
void storage_free(Storage *s);       /* by each owner once */
Storage *storage_retain(Storage *s); /* one owner more, on the main thread */

/* Every pair of two ranges of neurons, for kernels that walk pairs. A value without memory of its own: never freed. */
Storage storage_block(Side major, int64_t pre_first, int64_t n_pre, int64_t post_first, int64_t n_post);

/* The synapses 0 .. n-1 of major neuron 0 and the `n` minors (population indexes, in any order, borrowed), for kernels that walk the rows of `like`: begin and end
** of the row go with the call. A value without memory of its own: never freed. Only of formats that keep minors as a list: storage_has_lists. */
bool storage_has_lists(const Storage *s);
Storage storage_list(const Storage *like, const int32_t *minors, int64_t n);

/* ---- rows ------------------------------------------------------------------------------------------------------------- */

static inline Side storage_major(const Storage *s) { return s->is_by_pre ? SIDE_PRE : SIDE_POST; }
static inline Scope storage_minor_scope(const Storage *s) { return s->is_by_pre ? SCOPE_POST : SCOPE_PRE; }

/* The neurons that may have synapses: n from `first` on, of either side. Row r is that of neuron first + r of the major side. */
static inline int64_t storage_n(const Storage *s, Side side) { return side == SIDE_PRE ? s->n_pre : s->n_post; }
static inline int64_t storage_first(const Storage *s, Side side) { return side == SIDE_PRE ? s->pre_first : s->post_first; }
static inline int64_t storage_n_major(const Storage *s) { return s->is_by_pre ? s->n_pre : s->n_post; }
static inline int64_t storage_n_minor(const Storage *s) { return s->is_by_pre ? s->n_post : s->n_pre; }
static inline int64_t storage_major_first(const Storage *s) { return s->is_by_pre ? s->pre_first : s->post_first; }
static inline int64_t storage_minor_first(const Storage *s) { return s->is_by_pre ? s->post_first : s->pre_first; }

/* Number of a row's first synapse; of row n_major: of all synapses. A difference is the length of a row, or the cost of several. */
int64_t storage_row(const Storage *s, int64_t row);

/* First row of share k of n (k = n: n_major): the rows are shared out so that each share costs about the same. */
int64_t storage_share(const Storage *s, int k, int n);

/* A stretch of a row: element k has the minor neuron minors[k], or minor + k where minors is NULL. */
typedef struct StorageSpan {
  int64_t n, minor;
  const int32_t *minors;
} StorageSpan;

/* Where minors have to be computed, they are put here. */
enum { STORAGE_SPAN = 256 };
typedef struct StorageBuffer {
  int32_t minors[STORAGE_SPAN];
} StorageBuffer;

/* The stretch that begins with element `from` of a row, as long as it can be told at once; n = 0 behind the end. Good until the next call with `b`. */
StorageSpan storage_span(const Storage *s, int64_t row, int64_t from, StorageBuffer *b);

/* ---- synapses and places ---------------------------------------------------------------------------------------------- */

/* Population indexes of the neurons of synapses first .. last-1. */
void storage_neurons(const Storage *s, Side side, int64_t first, int64_t last, int32_t *out);

/* Number of synapses of each of the `n` neurons of a whole population. */
void storage_fan(const Storage *s, Side side, int64_t n, int64_t *out);

/* Numbers of the synapses of one neuron, ascending, into out (room for its fan); returns how many. A neuron of the minor side may cost a pass
** over all synapses, unless storage_index was asked before. */
int64_t storage_of_neuron(const Storage *s, Side side, int64_t neuron, int64_t *out);

/* Make what walks and questions by neurons of a side need: kernels of nest PRE or POST on the minor side, storage_of_neuron. */
bool storage_index(Storage *s, Side side, int n_threads, Error *e);

/* Length of the arrays that hold a value for each synapse, as kernels see them, and the places of synapses first .. last-1. */
int64_t storage_n_places(const Storage *s);
bool storage_is_in_order(const Storage *s);
void storage_places(const Storage *s, int64_t first, int64_t last, int64_t *out);

/* Say where rows begin in some three bits for each row and four bytes for each that has synapses, in place of eight for each, or (is_packed = false) in these again. Kernels
** of nest ALL need the latter, and those of nest PRE begin and end of each listed row: storage_cut gives them. Storages that have no such thing stay as they are. */
bool storage_pack(Storage *s, bool is_packed, Error *e);

/* Bytes of the arrays the storage owns; of these, what a kernel reads for each synapse beside its values. */
int64_t storage_bytes(const Storage *s);
int64_t storage_bytes_walked(const Storage *s);

/* ---- events ----------------------------------------------------------------------------------------------------------- */

/* Threads share the events of pre neurons by post neurons. Where that can be done, storage_cut leaves in `args` (nest PRE) what concerns the posts
** first .. last-1 (population indexes); n_list becomes 0 where nothing is left. `begin`, `end` have room for a number for each listed neuron. */
bool storage_can_cut(const Storage *s);
void storage_cut(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end);

/* The same for parts that stay for many calls: where each begins in each row, found once. */
typedef struct RowCuts {
  int n_parts;
  int64_t n_rows;
  uint32_t *at; /* owned; [(n_parts - 1) * n_rows] for the second part, the third, ...: how many synapses of each row lie before it */
} RowCuts;

/* For the parts that begin at posts first[0], first[1], .... False, and nothing in `out`, where storage_cut is as good (rows are short, or cuts follow from the
** row's number), or memory is short. */
bool storage_find_cuts(const Storage *s, const int64_t *first, int n_parts, int n_threads, RowCuts *out);
void storage_free_cuts(RowCuts *c);
int64_t storage_bytes_of_cuts(const RowCuts *c);

/* storage_cut for one of these parts, of a call for whole rows. */
void storage_cut_known(KernelArgs *args, const RowCuts *c, int part, int64_t *begin, int64_t *end);

/* Do neighbours project to neighbours, as in one-to-one? Then the listed pres that reach posts first .. last-1 stand side by side: list[from] .. list[to-1], of
** which list[whole_from] .. list[whole_to-1] reach no others. A pass over the rows, which ends early where they are no band. */
typedef struct BandCut {
  int64_t from, whole_from, whole_to, to;
} BandCut;
bool storage_is_banded(const Storage *s);
BandCut storage_cut_band(const KernelArgs *args, int64_t first, int64_t last);

enum { STORAGE_LONGEST_DELAY = 1 << 24 }; /* steps: 28 minutes at 0.1 ms */

/* A delay in steps for each synapse, in numbers of 1, 2 or 4 bytes without sign: most delays are short, and while rows are sorted there is one for each. */
typedef struct StepList {
  const void *at; /* borrowed */
  int bytes;
  int32_t longest; /* none is longer */
} StepList;

/* Rows cut by delay. Or, where these are so short that cuts would outgrow the synapses, which of the delays each synapse has: `each`. Whole rows are then quicker gone through,
** but those with one delay take longer to find. */
typedef struct DelayTable {
  int32_t n_delays;
  int32_t *delay; /* owned; [n_delays] steps, ascending, those that occur */
  int64_t *first; /* owned; [n_major] where rows begin */
  int32_t *cut;   /* owned; [n_major * (n_delays + 1)], counted from there, for delay_part */
  void *
      each; /* owned; [n_synapses] from 0 on, in numbers of each_bytes (1, 2 or 4), in whole words; then there is neither first nor cut. NULL: rows are cut */
  int each_bytes;
  const Storage *rows; /* borrowed: whose rows these are */
} DelayTable;

/* How many bytes `each` takes of a synapse, and words of 32 bits in all. */
static inline int delay_each_bytes(const DelayTable *t) { return t->n_delays <= 1 << 8 ? 1 : t->n_delays <= 1 << 16 ? 2 : 4; }
static inline int64_t delay_each_words(const DelayTable *t, const Storage *s) { return (delay_each_bytes(t) * s->n_synapses + 3) / 4; }

/* Which of the delays a synapse has, where `each` says so; and where the part of a row with the k-th one begins and ends. */
static inline int32_t delay_of_each(const DelayTable *t, int64_t place) {
  return t->each_bytes == 1   ? ((const uint8_t *)t->each)[place]
         : t->each_bytes == 2 ? ((const uint16_t *)t->each)[place]
                              : ((const int32_t *)t->each)[place];
}
void delay_part_of_each(const DelayTable *t, int64_t row, int32_t k, int64_t *begin, int64_t *end);

/* To say it: room for all synapses (false: memory is short), then one after the other. */
bool delay_have_each(DelayTable *t, const Storage *s);
void delay_put_each(const DelayTable *t, int64_t place, int32_t k);

/* Where the part of a row with the k-th delay begins and ends, for KernelArgs.begin and .end. */
static inline void delay_part(const DelayTable *t, int64_t row, int32_t k, int64_t *begin, int64_t *end) {
  if (__builtin_expect(t->each != NULL, 0)) {
    delay_part_of_each(t, row, k, begin, end);
    return;
  }
  const int32_t *cut = t->cut + row * (t->n_delays + 1) + k;
  *begin = t->first[row] + cut[0];
  *end = t->first[row] + cut[1];
}

/* Sort every row by (delay, minor). `delay` is >= 1. origin[new number] becomes the old one: every array of values has to be put into
** that order (NULL: there are none yet). What storage_index made is made anew. Not every format can. On failure the storage is as before. `may_say_each`: the
** table may have `each`. */
bool storage_sort_by_delay(Storage *s, StepList delay, bool may_say_each, DelayTable *table, int64_t *origin, int n_threads, Error *e);
void delay_table_free(DelayTable *table);

/* ---- synapses that come and go -------------------------------------------------------------------------------------------- */

/* A new storage without the synapses where keep[k] is 0 (keep may be NULL) and with the added pairs (population indexes). The major side stays; a format that
** cannot change gives way to one that can. Rows come out sorted by the minor neuron, whatever they were sorted by. of_old [old n_synapses] are the new numbers,
** -1 where removed; of_added [n_added] those of the added; both are the caller's to memory_free. What storage_index made is to be asked for again. The old storage
** is untouched. */
typedef struct StorageChange {
  const uint8_t *keep; /* borrowed */
  int64_t n_added;
  const int32_t *added_pre, *added_post; /* borrowed */
  int64_t n_pre, n_post;                 /* sizes of the populations */
} StorageChange;
Storage *storage_rebuild(const Storage *old, const StorageChange *change, int64_t **of_old, int64_t **of_added, Error *e);

/* State (base/state.h) of a storage between populations of these sizes. READ makes it another format or size only where `may_change`: nothing is bound to it.
** On failure it is as before. */
bool storage_state(Storage *s, State *state, int64_t n_pre, int64_t n_post, bool may_change);

/* State (base/state.h). READ: of a table for this storage, which has been read before. */
bool delay_table_state(DelayTable *table, const Storage *s, State *state);

/* Exchange the contents of two storages. */
void storage_swap(Storage *a, Storage *b);

#endif
