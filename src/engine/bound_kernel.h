/* A bound kernel: a program with the arrays of its slots, run by the interpreter until native code is there.
**
** Owned by the engine object that runs it; holds references to the program, the arrays and the native library. The network's main
** thread calls bound_* ; inside, work is split over threads where that is faster (engine/tuner.h), so that no two write one element and every sum keeps
** its order: the result is the same for any number of threads and parts. Nothing here allocates during a step. */
#ifndef LUNAPSE_ENGINE_BOUND_KERNEL_H
#define LUNAPSE_ENGINE_BOUND_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/debug.h"
#include "base/error.h"
#include "engine/bound_check.h"
#include "engine/meter.h"
#include "engine/schedule.h"
#include "engine/tuner.h"
#include "kernel/kernel.h"
#include "kernel/native.h"
#include "kernel/program.h"
#include "synapses/storage.h"

/* What all kernels of one network share. Owned by the network. */
typedef struct Workers {
  int n_threads;
  Tuner tuner;
  void **scratch; /* [n_threads] interpreter registers, each scratch_bytes */
  size_t scratch_bytes;
  int64_t *begin, *end; /* [n_threads * range_capacity] parts of rows, when events are split */
  int64_t range_capacity;
} Workers;

/* A number for a whole population: mean(pre.r) and the like. */
typedef enum { REDUCE_SUM, REDUCE_MEAN, REDUCE_MIN, REDUCE_MAX, REDUCE_NORM1, REDUCE_NORM2, REDUCE_GATHER } Reduce;
typedef struct Reduction {
  Reduce op;
  Array *source; /* owned reference; float64 or float32 */
  Array *target; /* owned reference; [1] float64. GATHER: [n] of the source's type, target[k] = source[index[k] - 1] */
  Array *index;  /* owned reference; GATHER: [n] int64 from 1; else NULL */
} Reduction;

/* Whose elements a kernel of nest EACH walks, where it belongs to a projection. */
typedef enum { OVER_UNKNOWN, OVER_PRE, OVER_POST } BoundOver;

typedef struct BoundKernel {
  KernelArgs args; /* slot, program, seed, object and storage are fixed; the rest is set at every call */
  KernelFunction run;
  Nest nest;
  Program *program; /* owned reference */
  int n_slots;
  Array **arrays;  /* [n_slots] owned references */
  void **pointers; /* [n_slots] what args.slot points to */
  Native *native;  /* owned reference while it is being built, then kept for its code; or NULL */
  char *symbol;
  char *title;    /* owned: "population 'cells'", for what goes wrong in it; NULL */
  int64_t number; /* of all kernels that were ever bound: a kernel that takes another's place in memory is not mistaken for it */
  bool is_native;
  bool splits;      /* may be split over threads at all */
  bool is_local;    /* what it does to one element does not depend on others in the same call */
  int length;       /* operations for one element */
  Cost cost;        /* of calls on one thread and on all */
  int64_t first, n; /* EACH: which elements, and how many */
  int64_t from,
      to; /* of these (EACH), of the rows (ALL) or of the post or listed neurons (PRE, POST, LIST), those that this rank computes: set by bound_share */
  bool is_cut; /* they are not all */
  bool is_own; /* of arrays that ranks share (base/shares.h) it uses what belongs to those neurons alone: nothing is to be settled before */
  BoundOver over;
  int tag;                  /* roles that share a list: which kind of event, or which pathway, it belongs to, from 1 */
  struct Projection *ahead; /* borrowed: whose sums are taken ahead (engine/sum_ahead.h); NULL: nobody's */
  Reduction *reductions;    /* owned: whole-population values that the program reads, computed before every run */
  int n_reductions;
  Schedule schedule; /* when it acts; every step unless said */
  bool is_direct;    /* set by bound_prepare: small or not to be split, due every step, nothing to reduce: calls need no decisions */
  Meter meter;
} BoundKernel;

/* Kernels that run one after the other. */
typedef struct BoundList {
  BoundKernel **items; /* owned */
  int n;
  int64_t capacity;
} BoundList;

/* State (base/state.h): the arrays that kernels are bound to, and when they act. Kernels of a list are named `what` and numbered. */
bool bound_state(BoundKernel *b, State *s);
bool bound_list_state(const BoundList *list, State *s, const char *what);

/* Append `b`, which the list then owns. On failure `b` stays the caller's. */
bool bound_list_add(BoundList *list, BoundKernel *b, Error *e);
void bound_list_free(BoundList *list);

/* The same for every kernel of a list: workers_reserve, bound_prepare, bound_poll; the sum of their meters. */
bool bound_list_reserve(const BoundList *list, Workers *w, int64_t n_list, Error *e);
void bound_list_prepare(BoundList *list, const Workers *w);
bool bound_list_poll(const BoundList *list);
Meter bound_list_meter(const BoundList *list);
void bound_list_clear_meters(BoundList *list);

/* Bind `program` to `arrays`: one per slot, in order, contiguous and of the slot's type; sizes are checked by the caller, who knows the scopes.
** EACH walks `n` elements from `first` (counted from 0) on. `storage` may be NULL for programs that walk no synapses. NULL with an error when memory is short. */
BoundKernel *bound_new(Program *program, Array *const *arrays, int n_arrays, int64_t first, int64_t n, const Storage *storage,
                       uint64_t seed, uint32_t object, Error *e);
void bound_free(BoundKernel *b);

/* Compute `op` over `source` into `target` before every run. norm1 is the sum of magnitudes, norm2 the root of the sum of squares. */
bool bound_add_reduction(BoundKernel *b, Reduce op, Array *source, Array *target, Error *e);

/* Pick elements of `source` (numbers from 1 in the int64 `index`) into `target`, of the source's type or float64 of float32, before every run. */
bool bound_add_gather(BoundKernel *b, Array *source, Array *target, Array *index, Error *e);

/* Ask for native code: `symbol` of `native` replaces the interpreter at the next bound_poll that finds it ready. */
bool bound_set_native(BoundKernel *b, Native *native, const char *symbol, Error *e);

/* Whose it is, for messages. */
bool bound_set_title(BoundKernel *b, const char *title, Error *e);

/* Of a program that is run again and again (kernel/again.h): false with an error where an element has not come to the end of its step. */
bool bound_is_through(const BoundKernel *b, double t, Error *e);

/* Swap native code in when it is ready. True while something is still being built. */
bool bound_poll(BoundKernel *b);

/* Make room in `w` for this kernel's registers, and for splitting lists of up to `n_list` neurons. */
bool workers_reserve(Workers *w, const BoundKernel *b, int64_t n_list, Error *e);
bool workers_init(Workers *w, int64_t n_threads, Error *e);
void workers_free(Workers *w);

/* Tests: cut all that can be cut into so many parts; 0: where that is faster. */
bool workers_split(Workers *w, int64_t n_parts, Error *e);
int64_t workers_bytes(const Workers *w);

/* Run over the elements. `spikes` may be NULL when the program finds none; else room for n numbers. Returns how many spiked. */
/* Before a run, when all registers are reserved: fix what does not change from step to step. */
void bound_prepare(BoundKernel *b, const Workers *w);

int64_t bound_each(BoundKernel *b, Workers *w, double t, int64_t step, int32_t *spikes);

/* While plans are made (engine/shared.h): compute what concerns neurons first .. last-1; or everything, and is there anything to be settled before? */
void bound_share(BoundKernel *b, const Workers *w, int64_t first, int64_t last);
void bound_keep_whole(BoundKernel *b, const Workers *w, bool is_own);

/* Have all elements of the arrays that it uses: before anything but a step runs it. */
void bound_settle(const BoundKernel *b);

/* Compute the whole-population values that `b` reads. */
void bound_compute_reductions(const BoundKernel *b);

/* Run `b` over everything it walks, whatever its nest (EACH or ALL). */
void bound_run(BoundKernel *b, Workers *w, double t, int64_t step);

/* The same in a step: small networks are bound by the cost of calls, so the common case is one indirect call. */
static inline void bound_run_step(BoundKernel *b, Workers *w, double t, double dt, int64_t step) {
  if (__builtin_expect(b->is_direct, 1)) {
    b->args.t = t;
    b->args.step = step;
    ASSERT(bound_fits(b));
    b->run(&b->args);
  } else if (schedule_due(&b->schedule, step)) {
    bound_run(b, w, t, step);
    schedule_advance(&b->schedule, dt, step);
  }
}

/* Run over the listed elements (NEST_LIST), or over all synapses of the listed neurons (NEST_PRE, NEST_POST).
** `begin`, `end` give the part of each listed neuron's row (NULL: the whole row). */
void bound_events(BoundKernel *b, Workers *w, const int32_t *list, int64_t n_list, const int64_t *begin, const int64_t *end, double t,
                  int64_t step);

/* The same in a step: one indirect call where nothing has to be decided. */
static inline void bound_events_step(BoundKernel *b, Workers *w, const int32_t *list, int64_t n_list, const int64_t *begin,
                                     const int64_t *end, double t, int64_t step) {
  if (__builtin_expect(!b->is_direct, 0)) {
    bound_events(b, w, list, n_list, begin, end, t, step);
    return;
  }
  b->args.list = list;
  b->args.n_list = n_list;
  b->args.begin = begin;
  b->args.end = end;
  b->args.t = t;
  b->args.step = step;
  ASSERT(bound_fits_list(b, list, n_list, begin, end));
  b->run(&b->args);
}

/* Run over all synapses (NEST_ALL). */
void bound_all(BoundKernel *b, Workers *w, double t, int64_t step);

/* ---- for those who share kernels out themselves (engine/region.h) ---- */

/* What a call sets. */
typedef struct BoundCall {
  double t;
  int64_t step;
  const int32_t *list; /* LIST, PRE, POST */
  int64_t n_list;
  const int64_t *begin, *end;
  int32_t *spikes; /* EACH */
  bool is_banded;  /* PRE, whole rows of a band: storage_cut_band can be used */
  const RowCuts
      *cuts; /* PRE, whole rows: borrowed; where the posts begin that a cut concerns, and which of its parts that is; NULL: not known */
  int part;
} BoundCall;

/* It has run where others look at versions of arrays: those that it writes have changed. */
void bound_touch(const BoundKernel *b);

/* Can it be cut by neurons: elements of EACH and LIST, rows of ALL, posts of PRE and POST? */
bool bound_can_cut(const BoundKernel *b);

/* Run what concerns neurons first .. last-1. From any thread, for disjoint ranges at the same time. Returns how many spiked; they begin at spikes[first]. */
int64_t bound_run_cut(const BoundKernel *b, const Workers *w, const BoundCall *call, int64_t first, int64_t last);

/* What of a call for rows of `s` concerns posts first .. last-1, given to `act`: all, or some rows after others, with their parts (args->begin, args->end; NULL: whole rows). */
typedef void (*CutRows)(void *context, const KernelArgs *args);
void bound_cut_rows(const Storage *s, const Workers *w, const BoundCall *call, int64_t first, int64_t last, CutRows act, void *context);

/* Operations of a call: over everything (EACH, ALL), or for one listed neuron (LIST, PRE, POST). */
int64_t bound_work(const BoundKernel *b);

#endif
