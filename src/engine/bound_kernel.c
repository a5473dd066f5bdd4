#include "engine/bound_kernel.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "kernel/vm.h"

enum { LEAST_RANGES = 1024, LINE = 64 }; /* elements: parts begin with a cache line, whatever the type */

bool workers_init(Workers *w, int n_threads, Error *e) {
  memset(w, 0, sizeof *w);
  w->n_threads = n_threads;
  tuner_init(&w->tuner, n_threads);
  w->scratch = memory_new(sizeof *w->scratch * (size_t)n_threads);
  return w->scratch != NULL || error_memory(e, "thread table", n_threads * 8.0);
}

void workers_free(Workers *w) {
  for (int k = 0; w->scratch != NULL && k < w->n_threads; k++)
    memory_free(w->scratch[k]);
  memory_free(w->scratch);
  memory_free(w->begin);
  memory_free(w->end);
  memset(w, 0, sizeof *w);
}

bool workers_reserve(Workers *w, const BoundKernel *b, int64_t n_list, Error *e) {
  size_t bytes = program_scratch_bytes(b->program);
  if (bytes > w->scratch_bytes) {
    for (int k = 0; k < w->n_threads; k++) {
      void *block = memory_new(bytes);
      if (block == NULL)
        return error_memory(e, "interpreter registers", (double)bytes);
      memory_free(w->scratch[k]);
      w->scratch[k] = block;
    }
    w->scratch_bytes = bytes;
  }
  if (n_list < LEAST_RANGES)
    n_list = LEAST_RANGES;
  if (w->n_threads > 1 && n_list > w->range_capacity) {
    size_t size = sizeof(int64_t) * (size_t)w->n_threads * (size_t)n_list;
    int64_t *begin = memory_new(size), *end = memory_new(size);
    if (begin == NULL || end == NULL) {
      memory_free(begin);
      memory_free(end);
      return error_memory(e, "parts of rows", 2.0 * (double)size);
    }
    memory_free(w->begin);
    memory_free(w->end);
    w->begin = begin;
    w->end = end;
    w->range_capacity = n_list;
  }
  return true;
}

static bool major_is_pre(const Storage *s) { return s->format == FORMAT_DENSE_PRE || s->format == FORMAT_ROWS_PRE; }

/* Number of the first major: a dense block may begin inside its population. */
static int64_t first_major(const Storage *s) {
  return s->format == FORMAT_DENSE_PRE ? s->pre_first : s->format == FORMAT_DENSE_POST ? s->post_first : 0;
}

/* Does the program write an element under one name that it sees as another's under a second: post.x and pre.x of a population that is joined with itself? */
static bool meets_itself(const Program *p, Array *const *arrays) {
  for (int k = 0; k < program_n_slots(p); k++)
    for (int i = 0; i < program_n_slots(p) && program_writes_slot(p, k); i++)
      if (arrays[i]->buffer == arrays[k]->buffer &&
          (arrays[i]->at != arrays[k]->at || program_slot(p, i)->scope != program_slot(p, k)->scope))
        return true;
  return false;
}

/* Parts may run at once only when no two of them write one element, and none reads what another writes. */
static bool can_split(const Program *p, Nest nest, const Storage *storage) {
  switch (nest) {
  case NEST_EACH: return true;
  case NEST_LIST: return false; /* few elements by nature */
  case NEST_ALL: return !program_writes_scope(p, major_is_pre(storage) ? SCOPE_POST : SCOPE_PRE);
  case NEST_PRE: return !program_writes_scope(p, SCOPE_PRE);  /* split by post */
  case NEST_POST: return !program_writes_scope(p, SCOPE_PRE); /* split by listed post */
  }
  return false;
}

BoundKernel *bound_new(Program *program, Array *const *arrays, int n_arrays, int64_t first, int64_t n, const Storage *storage,
                       uint64_t seed, uint32_t object, Error *e) {
  BoundKernel *b = memory_new(sizeof *b);
  if (b == NULL) {
    error_memory(e, "kernel", sizeof *b);
    return NULL;
  }
  b->arrays = memory_new(sizeof *b->arrays * (size_t)n_arrays);
  b->pointers = memory_new(sizeof *b->pointers * (size_t)n_arrays);
  if (b->arrays == NULL || b->pointers == NULL) {
    error_memory(e, "kernel slots", n_arrays * 16.0);
    memory_free(b->arrays);
    memory_free(b->pointers);
    memory_free(b);
    return NULL;
  }
  b->n_slots = n_arrays;
  b->first = first;
  b->n = n;
  b->schedule = schedule_always();
  for (int k = 0; k < n_arrays; k++) {
    b->arrays[k] = array_retain(arrays[k]);
    b->pointers[k] = arrays[k]->at;
  }
  b->program = program_retain(program);
  b->length = program_length(program);
  b->run = vm_function(program);
  b->nest = program_nest(program);
  b->is_local = !program_writes_scope(program, SCOPE_UNIFORM) && !meets_itself(program, arrays);
  b->splits = b->is_local && can_split(program, b->nest, storage);
  b->args = (KernelArgs){ .slot = b->pointers, .storage = storage, .seed = seed, .object = object, .program = program };
  return b;
}

void bound_free(BoundKernel *b) {
  if (b == NULL)
    return;
  for (int k = 0; k < b->n_slots; k++)
    array_release(b->arrays[k]);
  for (int k = 0; k < b->n_reductions; k++) {
    array_release(b->reductions[k].source);
    array_release(b->reductions[k].target);
    array_release(b->reductions[k].index);
  }
  memory_free(b->reductions);
  memory_free(b->arrays);
  memory_free(b->pointers);
  memory_free(b->symbol);
  native_release(b->native);
  program_release(b->program);
  memory_free(b);
}

bool bound_set_native(BoundKernel *b, Native *native, const char *symbol, Error *e) {
  size_t length = strlen(symbol) + 1;
  char *copy = memory_new(length);
  if (copy == NULL)
    return error_memory(e, "symbol", (double)length);
  memcpy(copy, symbol, length);
  memory_free(b->symbol);
  native_release(b->native);
  b->symbol = copy;
  b->native = native_retain(native);
  b->is_native = false;
  b->cost = (Cost){ 0 };
  bound_poll(b);
  return true;
}

bool bound_poll(BoundKernel *b) {
  if (b->native == NULL || b->is_native)
    return false;
  NativeState state = native_poll(b->native);
  if (state == NATIVE_BUILDING)
    return true;
  KernelFunction f = state == NATIVE_READY ? native_symbol(b->native, b->symbol) : NULL;
  if (f != NULL) {
    b->run = f;
    b->is_native = true;
    b->cost = (Cost){ 0 };
  }
  return false;
}

static int64_t n_major(const Storage *s) { return major_is_pre(s) ? s->n_pre : s->n_post; }

int64_t bound_work(const BoundKernel *b) {
  enum { OF_EVENT = 64 }; /* a synapse that is reached through a list costs as much as so many operations in a row, and more by far than its own */
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

static bool add_reduction(BoundKernel *b, Reduction r, Error *e) {
  size_t size = sizeof *b->reductions;
  Reduction *list = memory_grow(b->reductions, size * (size_t)b->n_reductions, size * (size_t)(b->n_reductions + 1));
  if (list == NULL)
    return error_memory(e, "reduction", (double)size);
  array_retain(r.source);
  array_retain(r.target);
  if (r.index != NULL)
    array_retain(r.index);
  list[b->n_reductions++] = r;
  b->reductions = list;
  return true;
}

bool bound_add_reduction(BoundKernel *b, Reduce op, Array *source, Array *target, Error *e) {
  return add_reduction(b, (Reduction){ .op = op, .source = source, .target = target }, e);
}

bool bound_add_gather(BoundKernel *b, Array *source, Array *target, Array *index, Error *e) {
  return add_reduction(b, (Reduction){ REDUCE_GATHER, source, target, index }, e);
}

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

/* Where part `k` of `n` begins, counted from the kernel's first element. */
static int64_t each_cut(const BoundKernel *b, int k, int n) {
  int64_t n_lines = (b->n + LINE - 1) / LINE, at = n_lines * k / n * LINE;
  return at < b->n ? at : b->n;
}

static void run_each_part(void *context, int part) {
  Parts *p = context;
  const int64_t from = each_cut(p->b, part, p->n), to = each_cut(p->b, part + 1, p->n);
  KernelArgs args = p->b->args;
  args.first = p->b->first + from;
  args.last = p->b->first + to;
  args.spikes = args.spikes == NULL ? NULL : args.spikes + from;
  args.scratch = p->w->scratch[parallel_id()];
  p->found[part] = p->b->run(&args);
}

int64_t bound_each(BoundKernel *b, Workers *w, double t, int64_t step, int32_t *spikes) {
  run_reductions(b);
  b->args.t = t;
  b->args.step = step;
  b->args.spikes = spikes;
  if (!may_share(b, w, bound_work(b)) || b->n <= LINE) {
    b->args.first = b->first;
    b->args.last = b->first + b->n;
    b->args.scratch = w->scratch[0];
    return b->run(&b->args);
  }
  Parts parts;
  run_parts(b, w, bound_work(b), (b->n + LINE - 1) / LINE, run_each_part, &parts);
  int64_t total = parts.found[0];
  for (int k = 1; k < parts.n; k++) {
    if (parts.found[k] > 0 && spikes != NULL)
      memmove(spikes + total, spikes + each_cut(b, k, parts.n), sizeof *spikes * (size_t)parts.found[k]);
    total += parts.found[k];
  }
  return total;
}

static void run_all_part(void *context, int part) {
  Parts *p = context;
  const Storage *s = p->b->args.storage;
  KernelArgs args = p->b->args;
  args.first = first_major(s) + n_major(s) * part / p->n;
  args.last = first_major(s) + n_major(s) * (part + 1) / p->n;
  args.scratch = p->w->scratch[parallel_id()];
  p->b->run(&args);
}

void bound_all(BoundKernel *b, Workers *w, double t, int64_t step) {
  run_reductions(b);
  const Storage *s = b->args.storage;
  b->args.t = t;
  b->args.step = step;
  if (!may_share(b, w, bound_work(b)) || n_major(s) < 2) {
    b->args.first = first_major(s);
    b->args.last = b->args.first + n_major(s);
    b->args.scratch = w->scratch[0];
    b->run(&b->args);
    return;
  }
  Parts parts;
  run_parts(b, w, bound_work(b), n_major(s), run_all_part, &parts);
}

/* First place in [begin, end) whose minor is not below `minor`. */
static int64_t lower_bound(const int32_t *minors, int64_t begin, int64_t end, int64_t minor) {
  while (begin < end) {
    int64_t middle = begin + (end - begin) / 2;
    if (minors[middle] < minor)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

/* Where `minor` would stand in [begin, end) if the row were spread evenly over all n_minor. */
static inline int64_t likely_place(int64_t begin, int64_t end, int64_t minor, int64_t n_minor) {
  return begin + (int64_t)((double)(end - begin) * (double)minor / (double)n_minor);
}

/* lower_bound, looked for from the likely place on: mostly within a cache line of it. */
static int64_t seek(const int32_t *minors, int64_t begin, int64_t end, int64_t minor, int64_t n_minor) {
  int64_t at = likely_place(begin, end, minor, n_minor), step = 4;
  if (at < end && minors[at] < minor) {
    for (begin = at + 1; begin + step < end && minors[begin + step] < minor; step *= 2)
      begin += step + 1;
    return lower_bound(minors, begin, begin + step < end ? begin + step : end, minor);
  }
  for (end = at < end ? at : end; end - step > begin && minors[end - step] >= minor; step *= 2)
    end -= step;
  return lower_bound(minors, end - step > begin ? end - step : begin, end, minor);
}

/* A column is sorted by its majors, the posts, but has no begin and end. */
static bool can_cut(const BoundKernel *b) { return b->splits && !(b->nest == NEST_PRE && b->args.storage->format == FORMAT_ROWS_POST); }

/* Leave of a call (NEST_PRE) what concerns posts first .. last-1. `begin`, `end` have room for a number for each listed neuron. */
static void cut_events(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end) {
  const Storage *s = args->storage;
  if (s->format == FORMAT_DENSE_PRE || s->format == FORMAT_DENSE_POST) {
    args->first = first > s->post_first ? first : s->post_first;
    args->last = last < s->post_first + s->n_post ? last : s->post_first + s->n_post;
    if (args->first >= args->last)
      args->n_list = 0; /* last = 0 would mean everything */
    return;
  }
  for (int64_t e = 0; e < args->n_list; e++) { /* rows come from far: all that will be looked at is asked for before the first is */
    begin[e] = args->begin != NULL ? args->begin[e] : s->row[args->list[e]];
    end[e] = args->begin != NULL ? args->end[e] : s->row[args->list[e] + 1];
    if (first > 0)
      __builtin_prefetch(&s->minor[likely_place(begin[e], end[e], first, s->n_post)]);
    if (last < s->n_post)
      __builtin_prefetch(&s->minor[likely_place(begin[e], end[e], last, s->n_post)]);
  }
  for (int64_t e = 0; e < args->n_list; e++) {
    const int64_t from = begin[e], to = end[e];
    if (first > 0)
      begin[e] = seek(s->minor, from, to, first, s->n_post);
    if (last < s->n_post)
      end[e] = seek(s->minor, from, to, last, s->n_post);
  }
  args->begin = begin;
  args->end = end;
}

/* Leave of a list what lies in first .. last-1. */
static void cut_list(KernelArgs *args, int64_t first, int64_t last) {
  int64_t from = lower_bound(args->list, 0, args->n_list, first), to = lower_bound(args->list, from, args->n_list, last);
  args->list += from;
  args->n_list = to - from;
  if (args->begin != NULL) {
    args->begin += from;
    args->end += from;
  }
}

/* Give part `k` of `n_parts` its share of the events: posts of a range (NEST_PRE), or some of the listed posts (NEST_POST). */
static void share_events(KernelArgs *args, Nest nest, const Workers *w, int k, int n_parts) {
  const Storage *s = args->storage;
  if (nest == NEST_PRE) {
    int64_t *begin = w->begin + w->range_capacity * parallel_id(), *end = w->end + w->range_capacity * parallel_id();
    cut_events(args, s->post_first + s->n_post * k / n_parts, s->post_first + s->n_post * (k + 1) / n_parts, begin, end);
    return;
  }
  int64_t from = args->n_list * k / n_parts, to = args->n_list * (k + 1) / n_parts;
  args->list += from;
  args->n_list = to - from;
  if (args->begin != NULL) {
    args->begin += from;
    args->end += from;
  }
}

static void run_events_part(void *context, int part) {
  Parts *p = context;
  KernelArgs args = p->b->args;
  args.scratch = p->w->scratch[parallel_id()];
  if (p->n > 1)
    share_events(&args, p->b->nest, p->w, part, p->n);
  if (args.n_list > 0)
    p->b->run(&args);
}

/* A part of arriving spikes looks for its range of posts in every row, so that there should not be many. */
enum { EVENT_PARTS_A_THREAD = 4 };

void bound_events(BoundKernel *b, Workers *w, const int32_t *list, int64_t n_list, const int64_t *begin, const int64_t *end, double t,
                  int64_t step) {
  run_reductions(b);
  b->args.list = list;
  b->args.n_list = n_list;
  b->args.begin = begin;
  b->args.end = end;
  b->args.first = b->args.last = 0;
  b->args.t = t;
  b->args.step = step;
  if (w->n_threads > 1 && b->splits) {
    const Storage *s = b->args.storage;
    int64_t n_shares = b->nest == NEST_PRE ? s->n_post : n_list, work = n_list * bound_work(b);
    if (may_share(b, w, work) && n_list <= w->range_capacity && can_cut(b) && n_shares > 1) {
      Parts parts;
      int64_t most = EVENT_PARTS_A_THREAD * w->n_threads;
      run_parts(b, w, work, n_shares < most ? n_shares : most, run_events_part, &parts);
      return;
    }
  }
  b->run(&b->args);
}

bool bound_can_cut(const BoundKernel *b) { return b->nest == NEST_LIST ? b->is_local : can_cut(b); }

static inline int64_t first_of_row(const Storage *s, int64_t r) { return s->minor[s->row[r]]; }
static inline int64_t last_of_row(const Storage *s, int64_t r) { return s->minor[s->row[r + 1] - 1]; }

bool bound_is_banded(const Storage *s) {
  enum { NARROW = 8 };
  if (s->format != FORMAT_ROWS_PRE)
    return false;
  int64_t width = 0;
  for (int64_t r = 0; r < s->n_pre; r++) {
    if (s->row[r + 1] == s->row[r] || (r > 0 && (first_of_row(s, r) < first_of_row(s, r - 1) || last_of_row(s, r) < last_of_row(s, r - 1))))
      return false;
    width += last_of_row(s, r) - first_of_row(s, r);
  }
  return width < s->n_post * s->n_pre / NARROW;
}

/* Leave of a list the rows of a band that reach posts first .. last-1. */
static void cut_band(KernelArgs *args, int64_t first, int64_t last) {
  const Storage *s = args->storage;
  int64_t from = 0, to = args->n_list;
  for (int64_t above = to; from < above;) {
    int64_t middle = from + (above - from) / 2;
    if (last_of_row(s, args->list[middle]) < first)
      from = middle + 1;
    else
      above = middle;
  }
  for (int64_t below = from; below < to;) {
    int64_t middle = below + (to - below) / 2;
    if (first_of_row(s, args->list[middle]) < last)
      below = middle + 1;
    else
      to = middle;
  }
  args->list += from;
  args->n_list = to - from;
}

/* Arriving spikes that concern some posts: lists are cut a piece at a time, as there is room. */
static void run_cut_events(const BoundKernel *b, const Workers *w, KernelArgs *args, int64_t first, int64_t last) {
  int64_t *begin = w->begin + w->range_capacity * parallel_id(), *end = w->end + w->range_capacity * parallel_id();
  const KernelArgs whole = *args;
  for (int64_t from = 0; from < whole.n_list; from += w->range_capacity) {
    *args = whole;
    args->list += from;
    args->n_list = whole.n_list - from < w->range_capacity ? whole.n_list - from : w->range_capacity;
    if (whole.begin != NULL) {
      args->begin += from;
      args->end += from;
    }
    cut_events(args, first, last, begin, end);
    if (args->n_list > 0)
      b->run(args);
  }
}

int64_t bound_run_cut(const BoundKernel *b, const Workers *w, const BoundCall *call, int64_t first, int64_t last) {
  const Storage *s = b->args.storage;
  KernelArgs args = b->args;
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
  case NEST_ALL:
    args.first = first > first_major(s) ? first : first_major(s);
    args.last = last < first_major(s) + n_major(s) ? last : first_major(s) + n_major(s);
    if (args.first < args.last)
      b->run(&args);
    return 0;
  case NEST_LIST:
  case NEST_POST:
    cut_list(&args, first, last);
    if (args.n_list > 0)
      b->run(&args);
    return 0;
  case NEST_PRE:
    if (first <= s->post_first && last >= s->post_first + s->n_post) {
      b->run(&args);
      return 0;
    }
    if (call->is_banded)
      cut_band(&args, first, last);
    run_cut_events(b, w, &args, first, last);
    return 0;
  }
  return 0;
}

void bound_run(BoundKernel *b, Workers *w, double t, int64_t step) {
  if (b->nest == NEST_ALL)
    bound_all(b, w, t, step);
  else
    bound_each(b, w, t, step, NULL);
}

void bound_prepare(BoundKernel *b, const Workers *w) {
  b->args.scratch = w->scratch[0];
  bool is_whole = b->nest == NEST_EACH || b->nest == NEST_ALL;
  bool is_single = is_whole ? !may_share(b, w, bound_work(b)) : w->n_threads == 1 || !b->splits;
  b->is_direct = b->n_reductions == 0 && b->schedule.next == INT64_MIN && is_single;
  if (b->nest == NEST_EACH) {
    b->args.first = b->first;
    b->args.last = b->first + b->n;
  } else if (b->nest != NEST_ALL) {
    b->args.first = b->args.last = 0;
  } else {
    b->args.first = first_major(b->args.storage);
    b->args.last = b->args.first + n_major(b->args.storage);
  }
}

bool bound_list_add(BoundList *list, BoundKernel *b, Error *e) {
  if (list->n == list->capacity) {
    int capacity = list->capacity == 0 ? 4 : 2 * list->capacity;
    BoundKernel **items = memory_grow(list->items, sizeof *items * (size_t)list->n, sizeof *items * (size_t)capacity);
    if (items == NULL)
      return error_memory(e, "list of kernels", capacity * 8.0);
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->n++] = b;
  return true;
}

void bound_list_prepare(BoundList *list, const Workers *w) {
  for (int k = 0; k < list->n; k++)
    bound_prepare(list->items[k], w);
}

void bound_list_free(BoundList *list) {
  for (int k = 0; k < list->n; k++)
    bound_free(list->items[k]);
  memory_free(list->items);
  *list = (BoundList){ 0 };
}

Meter bound_list_meter(const BoundList *list) {
  Meter sum = { 0 };
  for (int k = 0; k < list->n; k++) {
    sum.ns += list->items[k]->meter.ns;
    sum.calls += list->items[k]->meter.calls;
  }
  return sum;
}
