/* Running bound kernels: over all that they walk, in parts where that is faster, or what concerns some neurons. */
#include <math.h>
#include <string.h>

#include "base/debug.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "base/shares.h"
#include "engine/bound_check.h"
#include "engine/bound_kernel.h"
#include "synapses/storage.h"

enum { LINE = IS_DEBUG ? 4 : 64 }; /* elements: parts begin with a cache line, whatever the type */

int64_t bound_work(const BoundKernel *b) {
  enum { OF_EVENT = 64 }; /* operations that reaching a synapse through a list costs: more by far than its own */
  const Storage *s = b->args.storage;
  int64_t n_listed = b->nest == NEST_PRE ? s->n_pre : b->nest == NEST_POST ? s->n_post : 1;
  switch (b->nest) {
  case NEST_EACH: return b->n * b->length;
  case NEST_LIST: return b->length;
  case NEST_ALL: return s->n_synapses * b->length;
  default: return n_listed > 0 ? s->n_synapses / n_listed * (b->length + OF_EVENT) : 0;
  }
}

/* May a call of so much work be worth several threads? */
static bool may_share(const BoundKernel *b, const Workers *w, int64_t work) { return b->splits && tuner_minds(&w->tuner, work); }

enum { LANES = 32 };

/* Sums go to lanes, which are added at the end: fast, and the same order always. */
static double reduce(Reduce op, const Array *a) {
  int64_t n = array_count(a);
  double lane[LANES] = { 0 }, extreme = op == REDUCE_MIN ? INFINITY : -INFINITY;
  for (int64_t i = 0; i < n; i++) {
    double x = a->type == ARRAY_F64 ? ((const double *)a->at)[i] : (double)((const float *)a->at)[i];
    if (op == REDUCE_MIN || op == REDUCE_MAX)
      extreme = (op == REDUCE_MIN ? x < extreme : x > extreme) ? x : extreme;
    else
      lane[i % LANES] += op == REDUCE_NORM1 ? fabs(x) : op == REDUCE_NORM2 ? x * x : x;
  }
  if (op == REDUCE_MIN || op == REDUCE_MAX)
    return extreme;
  for (int k = 1; k < LANES; k++)
    lane[0] += lane[k];
  return op == REDUCE_MEAN ? lane[0] / (double)n : op == REDUCE_NORM2 ? sqrt(lane[0]) : lane[0];
}

static void gather(const Reduction *r) {
  const int64_t *index = (const int64_t *)r->index->at, n = array_count(r->index);
  if (r->source->type != r->target->type)
    for (int64_t k = 0; k < n; k++)
      ((double *)r->target->at)[k] = ((const float *)r->source->at)[index[k] - 1];
  else if (array_type_size(r->source->type) == 8)
    for (int64_t k = 0; k < n; k++)
      ((int64_t *)r->target->at)[k] = ((const int64_t *)r->source->at)[index[k] - 1];
  else
    for (int64_t k = 0; k < n; k++)
      ((int32_t *)r->target->at)[k] = ((const int32_t *)r->source->at)[index[k] - 1];
}

static inline void run_reductions(const BoundKernel *b) {
  for (int k = 0; k < b->n_reductions; k++) /* most often none */
    if (b->reductions[k].op == REDUCE_GATHER)
      gather(&b->reductions[k]);
    else
      *(double *)b->reductions[k].target->at = reduce(b->reductions[k].op, b->reductions[k].source);
}

void bound_compute_reductions(const BoundKernel *b) { run_reductions(b); }

/* A call cut into parts. */
typedef struct Parts {
  const BoundKernel *b;
  Workers *w;
  int n;
  int64_t found[PARALLEL_MAX]; /* EACH: spikes of each part */
} Parts;

/* Do all parts: one, or as many as `most`, as is faster. */
static void run_parts(BoundKernel *b, Workers *w, int64_t work, int64_t most, ParallelPart do_part, Parts *p) {
  Call call = tuner_begin(&w->tuner, &b->cost, work);
  p->b = b;
  p->w = w;
  p->n = call.is_shared ? tuner_parts(&w->tuner, &b->cost, &call, most < PARALLEL_MAX ? most : PARALLEL_MAX) : 1;
  int64_t waited = parallel_run(w->n_threads, p->n, do_part, p);
  tuner_end(&w->tuner, &b->cost, &call, waited);
}

/* The elements that this rank computes of what EACH and ALL walk: first .. last-1. */
typedef struct Extent {
  int64_t first, last;
} Extent;

static Extent clip(const BoundKernel *b, int64_t first, int64_t last) {
  first = first > b->from ? first : b->from;
  last = last < b->to ? last : b->to;
  return (Extent){ first, last > first ? last : first };
}

static Extent each_extent(const BoundKernel *b) { return clip(b, b->first, b->first + b->n); }

static Extent row_extent(const BoundKernel *b) {
  const int64_t first = storage_major_first(b->args.storage);
  return clip(b, first, first + storage_n_major(b->args.storage));
}

/* Where part `k` of `n` begins, counted from the first of `count` elements. */
static int64_t each_cut(int64_t count, int k, int n) {
  int64_t n_lines = (count + LINE - 1) / LINE, at = n_lines * k / n * LINE;
  return at < count ? at : count;
}

static void run_each_part(void *context, int part) {
  Parts *p = context;
  const Extent x = each_extent(p->b);
  const int64_t from = each_cut(x.last - x.first, part, p->n), to = each_cut(x.last - x.first, part + 1, p->n);
  KernelArgs args = p->b->args;
  args.first = x.first + from;
  args.last = x.first + to;
  args.spikes = args.spikes == NULL ? NULL : args.spikes + from;
  args.scratch = p->w->scratch[parallel_id()];
  p->found[part] = p->b->run(&args);
}

int64_t bound_each(BoundKernel *b, Workers *w, double t, int64_t step, int32_t *spikes) {
  ASSERT(bound_fits(b));
  run_reductions(b);
  b->args.t = t;
  b->args.step = step;
  b->args.spikes = spikes;
  const Extent x = each_extent(b);
  const int64_t n = x.last - x.first;
  if (!may_share(b, w, bound_work(b)) || n <= LINE) {
    b->args.first = x.first;
    b->args.last = x.last;
    b->args.scratch = w->scratch[0];
    return b->run(&b->args);
  }
  Parts parts;
  run_parts(b, w, bound_work(b), (n + LINE - 1) / LINE, run_each_part, &parts);
  int64_t total = parts.found[0];
  for (int k = 1; k < parts.n; k++) {
    if (parts.found[k] > 0 && spikes != NULL)
      memmove(spikes + total, spikes + each_cut(n, k, parts.n), sizeof *spikes * (size_t)parts.found[k]);
    total += parts.found[k];
  }
  return total;
}

static void run_all_part(void *context, int part) {
  Parts *p = context;
  const Storage *s = p->b->args.storage;
  const Extent x = row_extent(p->b);
  KernelArgs args = p->b->args;
  args.first = p->b->is_cut ? x.first + (x.last - x.first) * part / p->n : x.first + storage_share(s, part, p->n);
  args.last = p->b->is_cut ? x.first + (x.last - x.first) * (part + 1) / p->n : x.first + storage_share(s, part + 1, p->n);
  args.scratch = p->w->scratch[parallel_id()];
  if (args.last > args.first) /* last = 0 would mean everything */
    p->b->run(&args);
}

void bound_all(BoundKernel *b, Workers *w, double t, int64_t step) {
  ASSERT(bound_fits(b));
  run_reductions(b);
  const Extent x = row_extent(b);
  b->args.t = t;
  b->args.step = step;
  if (!may_share(b, w, bound_work(b)) || x.last - x.first < 2) {
    b->args.first = x.first;
    b->args.last = x.last;
    b->args.scratch = w->scratch[0];
    if (x.last > x.first || !b->is_cut) /* last = 0 would mean everything */
      b->run(&b->args);
    return;
  }
  Parts parts;
  run_parts(b, w, bound_work(b), x.last - x.first, run_all_part, &parts);
}

/* First place of a list whose neuron is not below `neuron`. */
static int64_t place_in_list(const KernelArgs *args, int64_t neuron) {
  int64_t begin = 0, end = args->n_list;
  while (begin < end) {
    int64_t middle = begin + (end - begin) / 2;
    if (args->list[middle] < neuron)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

/* Leave elements from .. to-1 of a list. */
static void keep_of_list(KernelArgs *args, int64_t from, int64_t to) {
  args->list += from;
  args->n_list = to - from;
  if (args->begin != NULL) {
    args->begin += from;
    args->end += from;
  }
}

/* storage_cut, with this thread's room; of a call whose cuts are known, storage_cut_known. */
static void cut_posts(KernelArgs *args, const Workers *w, const BoundCall *call, int64_t first, int64_t last) {
  int64_t *begin = w->begin + w->range_capacity * parallel_id(), *end = w->end + w->range_capacity * parallel_id();
  if (call != NULL && call->cuts != NULL && args->begin == NULL)
    storage_cut_known(args, call->cuts, call->part, begin, end);
  else
    storage_cut(args, first, last, begin, end);
}

static Extent post_extent(const BoundKernel *b) {
  const int64_t first = storage_first(b->args.storage, SIDE_POST);
  return clip(b, first, first + storage_n(b->args.storage, SIDE_POST));
}

/* Give part `k` of `n_parts` its share of the events: posts of a range (NEST_PRE), or some of the listed posts (NEST_POST). */
static void share_events(KernelArgs *args, const BoundKernel *b, const Workers *w, int k, int n_parts) {
  const Extent x = post_extent(b);
  const int64_t first = x.first, n = x.last - x.first;
  if (b->nest == NEST_PRE)
    cut_posts(args, w, NULL, first + n * k / n_parts, first + n * (k + 1) / n_parts);
  else
    keep_of_list(args, args->n_list * k / n_parts, args->n_list * (k + 1) / n_parts);
}

static void run_events_part(void *context, int part) {
  Parts *p = context;
  KernelArgs args = p->b->args;
  args.scratch = p->w->scratch[parallel_id()];
  if (p->n > 1 || p->b->is_cut)
    share_events(&args, p->b, p->w, part, p->n);
  if (args.n_list > 0)
    p->b->run(&args);
}

static bool can_cut(const BoundKernel *b) { return b->splits && (b->nest != NEST_PRE || storage_can_cut(b->args.storage)); }

/* A part of arriving spikes looks for its range of posts in every row, so that there should not be many. */
enum { EVENT_PARTS_A_THREAD = 4 };

static void run_cut_events(const BoundKernel *b, const Workers *w, const BoundCall *call, const KernelArgs *whole, int64_t first,
                           int64_t last);

void bound_events(BoundKernel *b, Workers *w, const int32_t *list, int64_t n_list, const int64_t *begin, const int64_t *end, double t,
                  int64_t step) {
  ASSERT(bound_fits_list(b, list, n_list, begin, end));
  run_reductions(b);
  b->args.list = list;
  b->args.n_list = n_list;
  b->args.begin = begin;
  b->args.end = end;
  b->args.first = b->args.last = 0;
  b->args.t = t;
  b->args.step = step;
  const Extent x = b->nest == NEST_PRE ? post_extent(b) : (Extent){ 0 };
  if (b->is_cut && b->nest != NEST_PRE) {
    const int64_t from = place_in_list(&b->args, b->from);
    keep_of_list(&b->args, from, place_in_list(&b->args, b->to));
    n_list = b->args.n_list;
  }
  if (n_list == 0 && b->is_cut)
    return;
  if (w->n_threads > 1 && b->splits) {
    int64_t n_shares = b->nest == NEST_PRE ? x.last - x.first : n_list, work = n_list * bound_work(b);
    if (may_share(b, w, work) && n_list <= w->range_capacity && can_cut(b) && n_shares > 1) {
      Parts parts;
      int64_t most = EVENT_PARTS_A_THREAD * w->n_threads;
      run_parts(b, w, work, n_shares < most ? n_shares : most, run_events_part, &parts);
      return;
    }
  }
  if (b->is_cut && b->nest == NEST_PRE) {
    const KernelArgs whole = b->args;
    run_cut_events(b, w, NULL, &whole, x.first, x.last);
  } else {
    b->run(&b->args);
  }
}

void bound_touch(const BoundKernel *b) {
  for (int i = 0; i < b->n_slots; i++)
    if (program_writes_slot(b->program, i))
      array_touch(b->arrays[i]);
}

bool bound_can_cut(const BoundKernel *b) { return b->nest == NEST_LIST ? b->is_local : can_cut(b); }

/* Arriving spikes that concern some posts: lists are cut a piece at a time, as there is room. */
static void cut_rows(const Workers *w, const BoundCall *call, const KernelArgs *whole, int64_t first, int64_t last, CutRows act,
                     void *context) {
  for (int64_t from = 0; from < whole->n_list; from += w->range_capacity) {
    KernelArgs args = *whole;
    keep_of_list(&args, from, whole->n_list - from < w->range_capacity ? whole->n_list : from + w->range_capacity);
    cut_posts(&args, w, call, first, last);
    if (args.n_list > 0)
      act(context, &args);
  }
}

static bool reaches_all(const Storage *s, int64_t first, int64_t last) {
  return first <= storage_first(s, SIDE_POST) && last >= storage_first(s, SIDE_POST) + storage_n(s, SIDE_POST);
}

void bound_cut_rows(const Storage *s, const Workers *w, const BoundCall *call, int64_t first, int64_t last, CutRows act, void *context) {
  const KernelArgs whole = { .storage = s, .list = call->list, .n_list = call->n_list, .begin = call->begin, .end = call->end };
  if (reaches_all(s, first, last))
    act(context, &whole);
  else
    cut_rows(w, call, &whole, first, last, act, context);
}

static void run_rows(void *kernel, const KernelArgs *args) {
  const BoundKernel *b = kernel;
  ASSERT(bound_fits_list(b, args->list, args->n_list, args->begin, args->end));
  b->run(args);
}

static void run_cut_events(const BoundKernel *b, const Workers *w, const BoundCall *call, const KernelArgs *whole, int64_t first,
                           int64_t last) {
  cut_rows(w, call, whole, first, last, run_rows, (void *)b);
}

/* Rows that reach posts on both sides of a cut are cut, the others run whole. */
static void run_band(const BoundKernel *b, const Workers *w, const KernelArgs *whole, int64_t first, int64_t last) {
  const BandCut c = storage_cut_band(whole, first, last);
  const int64_t ends[] = { c.from, c.whole_from, c.whole_to, c.to };
  for (int k = 0; k < 3; k++) {
    KernelArgs args = *whole;
    keep_of_list(&args, ends[k], ends[k + 1]);
    if (args.n_list > 0 && k == 1)
      b->run(&args);
    else
      run_cut_events(b, w, NULL, &args, first, last);
  }
}

int64_t bound_run_cut(const BoundKernel *b, const Workers *w, const BoundCall *call, int64_t first, int64_t last) {
  const Storage *s = b->args.storage;
  KernelArgs args = b->args;
  ASSERT(bound_fits(b));
  args.t = call->t;
  args.step = call->step;
  args.list = call->list;
  args.n_list = call->n_list;
  args.begin = call->begin;
  args.end = call->end;
  args.spikes = call->spikes == NULL ? NULL : call->spikes + first;
  args.scratch = w->scratch[parallel_id()];
  args.first = args.last = 0;
  switch (b->nest) {
  case NEST_EACH:
    args.first = first;
    args.last = last;
    return b->run(&args);
  case NEST_ALL: {
    const int64_t from = storage_major_first(s), to = from + storage_n_major(s);
    args.first = first > from ? first : from;
    args.last = last < to ? last : to;
    if (args.first < args.last)
      b->run(&args);
    return 0;
  }
  case NEST_LIST:
  case NEST_POST:
    keep_of_list(&args, place_in_list(&args, first), place_in_list(&args, last));
    ASSERT(bound_fits_list(b, args.list, args.n_list, args.begin, args.end));
    if (args.n_list > 0)
      b->run(&args);
    return 0;
  case NEST_PRE:
    if (reaches_all(s, first, last)) {
      b->run(&args);
      return 0;
    }
    if (call->is_banded)
      run_band(b, w, &args, first, last);
    else
      run_cut_events(b, w, call, &args, first, last);
    return 0;
  }
  return 0;
}

void bound_settle(const BoundKernel *b) {
  if (ranks_n() == 1 && !away_is_any())
    return;
  if (b->args.storage != NULL)
    away_bring_back(&b->args.storage->away);
  for (int k = 0; k < b->n_slots; k++)
    array_settle(b->arrays[k]);
  for (int k = 0; k < b->n_reductions; k++) {
    array_settle(b->reductions[k].source);
    array_settle(b->reductions[k].target);
  }
}

void bound_share(BoundKernel *b, const Workers *w, int64_t first, int64_t last) {
  b->from = first;
  b->to = last;
  b->is_cut = b->is_own = true;
  bound_prepare(b, w);
}

void bound_keep_whole(BoundKernel *b, const Workers *w, bool is_own) {
  b->from = 0;
  b->to = INT64_MAX;
  b->is_cut = false;
  b->is_own = is_own;
  bound_prepare(b, w);
}

void bound_run(BoundKernel *b, Workers *w, double t, int64_t step) {
  if (!b->is_own)
    bound_settle(b);
  if (b->nest == NEST_ALL)
    bound_all(b, w, t, step);
  else
    bound_each(b, w, t, step, NULL);
}

void bound_prepare(BoundKernel *b, const Workers *w) {
  b->args.scratch = w->scratch[0];
  bool is_whole = b->nest == NEST_EACH || b->nest == NEST_ALL;
  bool is_single = is_whole ? !may_share(b, w, bound_work(b)) : w->n_threads == 1 || !b->splits;
  const Extent x = b->nest == NEST_EACH ? each_extent(b) : b->nest == NEST_ALL ? row_extent(b) : (Extent){ 0 };
  const bool is_nothing = b->is_cut && b->nest == NEST_ALL && x.first == x.last; /* last = 0 would mean everything */
  b->args.first = x.first;
  b->args.last = x.last;
  b->is_direct = b->n_reductions == 0 && b->schedule.next == INT64_MIN && is_single && (is_whole ? !is_nothing : !b->is_cut);
}
