#include "engine/bound_kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "base/shares.h"
#include "engine/bound_check.h"
#include "kernel/again.h"
#include "kernel/vm.h"
#include "synapses/storage.h"

enum { LEAST_RANGES = IS_DEBUG ? 4 : 1024, LINE = IS_DEBUG ? 4 : 64 }; /* elements: parts begin with a cache line, whatever the type */

bool workers_init(Workers *w, int64_t n_threads, Error *e) {
  memset(w, 0, sizeof *w);
  if (n_threads < 1 || n_threads > PARALLEL_MAX)
    return error_set(e, "between 1 and %d threads expected, got %lld", (int)PARALLEL_MAX, (long long)n_threads);
  w->n_threads = (int)n_threads;
  tuner_init(&w->tuner, w->n_threads);
  w->scratch = memory_new(sizeof *w->scratch * (size_t)n_threads);
  return w->scratch != NULL || error_memory(e, "thread table", (double)n_threads * 8);
}

void workers_free(Workers *w) {
  for (int k = 0; w->scratch != NULL && k < w->n_threads; k++)
    memory_free(w->scratch[k]);
  memory_free(w->scratch);
  memory_free(w->begin);
  memory_free(w->end);
  memset(w, 0, sizeof *w);
}

bool workers_split(Workers *w, int64_t n_parts, Error *e) {
  if (n_parts < 0 || n_parts > PARALLEL_MAX)
    return error_set(e, "between 0 and %d parts expected, got %lld", (int)PARALLEL_MAX, (long long)n_parts);
  w->tuner.forced_parts = (int)n_parts;
  return true;
}

int64_t workers_bytes(const Workers *w) { return w->n_threads * ((int64_t)w->scratch_bytes + 2 * 8 * w->range_capacity); }

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
  if ((w->n_threads > 1 || ranks_n() > 1) && n_list > w->range_capacity) {
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

/* Does the program write an element under one name that it sees as another's under a second: post.x and pre.x of a population that is joined with itself? */
typedef struct SlotName {
  const Buffer *buffer;
  const char *at;
  int scope;
  bool is_written;
} SlotName;

static int compare_buffers(const void *one, const void *other) {
  const Buffer *a = ((const SlotName *)one)->buffer, *b = ((const SlotName *)other)->buffer;
  return (a > b) - (a < b);
}

static bool meets_itself(const Program *p, Array *const *arrays) {
  const int n = program_n_slots(p);
  bool meets = false;
  SlotName *names = memory_new(sizeof *names * (size_t)n);
  if (names == NULL) /* who may meet himself is not split */
    return true;
  for (int k = 0; k < n; k++)
    names[k] = (SlotName){ arrays[k]->buffer, arrays[k]->at, (int)program_slot(p, k)->scope, program_writes_slot(p, k) };
  qsort(names, (size_t)n, sizeof *names, compare_buffers);
  for (int first = 0, k = 0; first < n && !meets; first = k) {
    bool differ = false, is_written = false;
    for (k = first; k < n && names[k].buffer == names[first].buffer; k++) {
      differ |= names[k].at != names[first].at || names[k].scope != names[first].scope;
      is_written |= names[k].is_written;
    }
    meets = differ && is_written;
  }
  memory_free(names);
  return meets;
}

/* Parts may run at once only when no two of them write one element, and none reads what another writes. */
static bool can_split(const Program *p, Nest nest, const Storage *storage) {
  if (nest != NEST_EACH && nest != NEST_LIST && program_writes_scope(p, SCOPE_ELEM) && !storage_is_in_order(storage))
    return false; /* synapses may share places */
  switch (nest) {
  case NEST_EACH: return true;
  case NEST_LIST: return false; /* few elements by nature */
  case NEST_ALL: return !program_writes_scope(p, storage_minor_scope(storage));
  case NEST_PRE: return !program_writes_scope(p, SCOPE_PRE);  /* split by post */
  case NEST_POST: return !program_writes_scope(p, SCOPE_PRE); /* split by listed post */
  }
  return false;
}

/* Type of the array that a slot of a program wants. */
static ArrayType slot_type(const Program *p, const Slot *slot) {
  bool is_f32 = program_is_f32(p);
  if (slot->scope == SCOPE_UNIFORM || slot->kind == KIND_TIME)
    return ARRAY_F64;
  if (slot->kind == KIND_COUNT)
    return is_f32 ? ARRAY_I32 : ARRAY_I64;
  return slot->kind == KIND_INDEX ? ARRAY_I32 : is_f32 ? ARRAY_F32 : ARRAY_F64;
}

static bool check_arrays(const Program *p, Array *const *arrays, int n_arrays, Error *e) {
  if (n_arrays != program_n_slots(p))
    return error_set(e, "program '%s' has %d slots, got %d arrays", program_name(p), program_n_slots(p), n_arrays);
  for (int k = 0; k < n_arrays; k++) {
    const Slot *slot = program_slot(p, k);
    ArrayType wanted = slot_type(p, slot);
    if (arrays[k]->type != wanted || !array_is_contiguous(arrays[k]))
      return error_set(e, "slot '%s' wants a contiguous %s array, got %s%s", slot->name, array_type_name(wanted),
                       array_is_contiguous(arrays[k]) ? "" : "a part of ", array_type_name(arrays[k]->type));
    if (slot->scope == SCOPE_UNIFORM && array_count(arrays[k]) < program_slot_size(p, k))
      return error_set(e, "slot '%s' wants %lld number%s, got %lld", slot->name, (long long)program_slot_size(p, k),
                       program_slot_size(p, k) == 1 ? "" : "s", (long long)array_count(arrays[k]));
  }
  return true;
}

/* What runs the program, or one attempt of it. */
static void use_function(BoundKernel *b, KernelFunction f) {
  bool is_again = program_again(b->program) != NULL;
  b->run = is_again ? again_run : f;
  b->args.once = is_again ? f : NULL;
}

BoundKernel *bound_new(Program *program, Array *const *arrays, int n_arrays, int64_t first, int64_t n, const Storage *storage,
                       uint64_t seed, uint32_t object, Error *e) {
  if (!check_arrays(program, arrays, n_arrays, e))
    return NULL;
  static int64_t n_made;
  BoundKernel *b = memory_new(sizeof *b);
  if (b == NULL) {
    error_memory(e, "kernel", sizeof *b);
    return NULL;
  }
  b->number = ++n_made;
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
  b->length = program_work(program);
  b->nest = program_nest(program);
  b->is_local = !program_writes_scope(program, SCOPE_UNIFORM) && !meets_itself(program, arrays);
  b->splits = b->is_local && can_split(program, b->nest, storage);
  b->from = 0;
  b->to = INT64_MAX;
  b->args =
      (KernelArgs){ .slot = b->pointers, .storage = storage, .seed = seed, .object = object, .program = program, .draws = vm_draws() };
  use_function(b, vm_function(program));
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
  memory_free(b->title);
  native_release(b->native);
  program_release(b->program);
  memory_free(b);
}

bool bound_set_title(BoundKernel *b, const char *title, Error *e) {
  size_t length = strlen(title) + 1;
  char *copy = memory_new(length);
  if (copy == NULL)
    return error_memory(e, "title", (double)length);
  memcpy(copy, title, length);
  memory_free(b->title);
  b->title = copy;
  return true;
}

bool bound_is_through(const BoundKernel *b, double t, Error *e) {
  const Again *again = program_again(b->program);
  if (again == NULL)
    return true;
  const char *name;
  int length;
  int64_t i = again_stuck(b->program, b->pointers, b->first + b->n, &name, &length);
  if (i < 0)
    return true;
  char who[40] = "";
  if (program_slot(b->program, again->left)->scope == SCOPE_ELEM)
    snprintf(who, sizeof who, ", neuron %lld", (long long)i + 1);
  return error_set(e, "%s%s: '%.*s' cannot be kept within its tolerance in the step from %.10g ms: rk45 has tried %d parts of it", b->title,
                   who, length, name, t, again->most);
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
    use_function(b, f);
    b->is_native = true;
    b->cost = (Cost){ 0 };
  }
  return false;
}

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
  bool is_real = source->type == ARRAY_F64 || source->type == ARRAY_F32;
  if (!is_real || !array_is_contiguous(source) || target->type != ARRAY_F64 || array_count(target) != 1)
    return error_set(e, "a reduction wants contiguous real numbers and one float64 number for its result");
  return add_reduction(b, (Reduction){ .op = op, .source = source, .target = target }, e);
}

bool bound_add_gather(BoundKernel *b, Array *source, Array *target, Array *index, Error *e) {
  bool is_contiguous = array_is_contiguous(source) && array_is_contiguous(target) && array_is_contiguous(index);
  bool is_copied = target->type == source->type || (target->type == ARRAY_F64 && source->type == ARRAY_F32);
  if (!is_contiguous || !is_copied || index->type != ARRAY_I64 || array_type_size(source->type) < 4 ||
      array_count(target) != array_count(index))
    return error_set(e, "gathered elements do not fit");
  for (int64_t k = 0; k < array_count(index); k++) {
    int64_t i = ((const int64_t *)index->at)[k];
    if (i < 1 || i > array_count(source))
      return error_set(e, "there is no element %lld to gather, there are %lld", (long long)i, (long long)array_count(source));
  }
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

bool bound_list_add(BoundList *list, BoundKernel *b, Error *e) {
  if (!memory_reserve(&list->items, list->n, list->n + 1, &list->capacity, sizeof *list->items))
    return error_memory(e, "list of kernels", (list->n + 1) * 8.0);
  list->items[list->n++] = b;
  return true;
}

bool bound_list_reserve(const BoundList *list, Workers *w, int64_t n_list, Error *e) {
  for (int k = 0; k < list->n; k++)
    if (!workers_reserve(w, list->items[k], n_list, e))
      return false;
  return true;
}

void bound_list_prepare(BoundList *list, const Workers *w) {
  for (int k = 0; k < list->n; k++)
    bound_prepare(list->items[k], w);
}

bool bound_list_poll(const BoundList *list) {
  bool is_building = false;
  for (int k = 0; k < list->n; k++)
    is_building |= bound_poll(list->items[k]);
  return is_building;
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

void bound_list_clear_meters(BoundList *list) {
  for (int k = 0; k < list->n; k++)
    list->items[k]->meter = (Meter){ 0 };
}

/* Slots go by their names; should two have one name, the later by its number too. */
static bool slot_state(BoundKernel *b, State *s, int i) {
  const char *name = program_slot(b->program, i)->name;
  bool is_double = false;
  for (int k = 0; k < i; k++)
    is_double |= strcmp(program_slot(b->program, k)->name, name) == 0;
  if (!is_double)
    return state_array(s, name, b->arrays[i]);
  if (!state_enter(s, "slot", i + 1, NULL) || !state_array(s, name, b->arrays[i]))
    return false;
  state_leave(s);
  return true;
}

bool bound_state(BoundKernel *b, State *s) {
  if (b->schedule.kind != SCHEDULE_ALWAYS && !schedule_state(&b->schedule, s))
    return false;
  for (int i = 0; i < b->n_slots; i++)
    if (!slot_state(b, s, i))
      return false;
  for (int k = 0; k < b->n_reductions; k++) {
    if (!state_enter(s, "reduction", k + 1, NULL) || !state_array(s, "source", b->reductions[k].source))
      return false;
    state_leave(s);
  }
  return true;
}

bool bound_list_state(const BoundList *list, State *s, const char *what) {
  for (int k = 0; k < list->n; k++) {
    if (!state_enter(s, what, k + 1, NULL) || !bound_state(list->items[k], s))
      return false;
    state_leave(s);
  }
  return true;
}
