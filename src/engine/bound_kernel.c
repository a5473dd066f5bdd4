#include "engine/bound_kernel.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "kernel/vm.h"

/* Below this many elements a parallel region costs more than it saves (measured: 2 to 5 us a region). */
enum { MIN_ELEMENTS_PER_THREAD = 8192, MIN_EVENTS_PER_THREAD = 4096, LINE = 64 };

bool workers_init(Workers *w, int64_t n_threads, Error *e) {
  memset(w, 0, sizeof *w);
  if (n_threads < 1 || n_threads > PARALLEL_MAX)
    return error_set(e, "between 1 and %d threads expected, got %lld", (int)PARALLEL_MAX, (long long)n_threads);
  w->n_threads = (int)n_threads;
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

/* Parts may run at once only when no two of them write one element. */
static bool can_split(const Program *p, Nest nest, const Storage *storage) {
  if (program_writes_scope(p, SCOPE_UNIFORM))
    return false;
  switch (nest) {
  case NEST_EACH: return true;
  case NEST_LIST: return false; /* few elements by nature */
  case NEST_ALL: return !program_writes_scope(p, major_is_pre(storage) ? SCOPE_POST : SCOPE_PRE);
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
  }
  return true;
}

BoundKernel *bound_new(Program *program, Array *const *arrays, int n_arrays, int64_t first, int64_t n, const Storage *storage,
                       uint64_t seed, uint32_t object, Error *e) {
  if (!check_arrays(program, arrays, n_arrays, e))
    return NULL;
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
  b->run = vm_function(program);
  b->nest = program_nest(program);
  b->splits = can_split(program, b->nest, storage);
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
  }
  return false;
}

/* How many threads a call over everything uses. */
static int parts_of(const BoundKernel *b, const Workers *w) {
  if (!b->splits || w->n_threads == 1)
    return 1;
  if (b->nest == NEST_EACH)
    return b->n >= 2 * MIN_ELEMENTS_PER_THREAD ? parallel_count(w->n_threads, b->n / MIN_ELEMENTS_PER_THREAD) : 1;
  const Storage *s = b->args.storage;
  int64_t n = major_is_pre(s) ? s->n_pre : s->n_post, shares = s->n_synapses / MIN_ELEMENTS_PER_THREAD;
  return shares >= 2 ? parallel_count(w->n_threads, n < shares ? n : shares) : 1;
}

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

int64_t bound_each(BoundKernel *b, Workers *w, double t, int64_t step, int32_t *spikes) {
  int64_t n = b->n;
  run_reductions(b);
  b->args.t = t;
  b->args.step = step;
  int n_parts = parts_of(b, w);
  if (n_parts == 1) {
    b->args.first = b->first;
    b->args.last = b->first + n;
    b->args.spikes = spikes;
    b->args.scratch = w->scratch[0];
    return b->run(&b->args);
  }
  int64_t n_lines = (n + LINE - 1) / LINE;
  int64_t found[PARALLEL_MAX] = { 0 }, from[PARALLEL_MAX] = { 0 };
#pragma omp parallel num_threads(n_parts)
  {
    int k = parallel_id();
    parallel_flush_denormals();
    KernelArgs args = b->args;
    from[k] = n_lines * k / n_parts * LINE;
    int64_t to = n_lines * (k + 1) / n_parts * LINE;
    args.first = b->first + from[k];
    args.last = b->first + (to < n ? to : n);
    args.spikes = spikes == NULL ? NULL : spikes + from[k];
    args.scratch = w->scratch[k];
    found[k] = b->run(&args);
  }
  int64_t total = found[0];
  for (int k = 1; k < n_parts; k++) {
    if (found[k] > 0 && spikes != NULL)
      memmove(spikes + total, spikes + from[k], sizeof *spikes * (size_t)found[k]);
    total += found[k];
  }
  return total;
}

void bound_all(BoundKernel *b, Workers *w, double t, int64_t step) {
  run_reductions(b);
  const Storage *s = b->args.storage;
  int64_t base = first_major(s), n = major_is_pre(s) ? s->n_pre : s->n_post;
  b->args.t = t;
  b->args.step = step;
  int n_parts = parts_of(b, w);
  if (n_parts == 1) {
    b->args.first = base;
    b->args.last = base + n;
    b->args.scratch = w->scratch[0];
    b->run(&b->args);
    return;
  }
#pragma omp parallel num_threads(n_parts)
  {
    int k = parallel_id();
    parallel_flush_denormals();
    KernelArgs args = b->args;
    args.first = base + n * k / n_parts;
    args.last = base + n * (k + 1) / n_parts;
    args.scratch = w->scratch[k];
    b->run(&args);
  }
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

/* Give thread `k` of `n_parts` its share of the events: posts of a range (NEST_PRE), or some of the listed posts (NEST_POST). */
static void share_events(KernelArgs *args, Nest nest, Workers *w, int k, int n_parts) {
  const Storage *s = args->storage;
  if (nest == NEST_POST) {
    int64_t from = args->n_list * k / n_parts, to = args->n_list * (k + 1) / n_parts;
    args->list += from;
    args->n_list = to - from;
    if (args->begin != NULL) {
      args->begin += from;
      args->end += from;
    }
    return;
  }
  int64_t first = s->n_post * k / n_parts, last = s->n_post * (k + 1) / n_parts;
  if (s->format == FORMAT_DENSE_PRE || s->format == FORMAT_DENSE_POST) {
    args->first = s->post_first + first;
    args->last = s->post_first + last;
    if (first == last)
      args->n_list = 0; /* last = 0 would mean everything */
    return;
  }
  int64_t *begin = w->begin + w->range_capacity * k, *end = w->end + w->range_capacity * k;
  for (int64_t e = 0; e < args->n_list; e++) {
    int64_t from = args->begin != NULL ? args->begin[e] : s->row[args->list[e]];
    int64_t to = args->begin != NULL ? args->end[e] : s->row[args->list[e] + 1];
    begin[e] = lower_bound(s->minor, from, to, first);
    end[e] = lower_bound(s->minor, begin[e], to, last);
  }
  args->begin = begin;
  args->end = end;
}

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
  int n_parts = 1;
  if (w->n_threads > 1 && b->splits) {
    const Storage *s = b->args.storage;
    int64_t n_sources = b->nest == NEST_PRE ? s->n_pre : s->n_post;
    int64_t per_neuron = n_sources > 0 ? s->n_synapses / n_sources : 0;
    bool by_columns =
        b->nest == NEST_PRE && s->format == FORMAT_ROWS_POST; /* a column is sorted by its majors, the posts, but has no begin/end */
    if (n_list * per_neuron >= 2 * MIN_EVENTS_PER_THREAD && n_list <= w->range_capacity && !by_columns)
      n_parts = parallel_count(w->n_threads, n_list * per_neuron / MIN_EVENTS_PER_THREAD);
  }
  if (n_parts == 1) {
    b->run(&b->args);
    return;
  }
#pragma omp parallel num_threads(n_parts)
  {
    int k = parallel_id();
    parallel_flush_denormals();
    KernelArgs args = b->args;
    args.scratch = w->scratch[k];
    share_events(&args, b->nest, w, k, n_parts);
    if (args.n_list > 0)
      b->run(&args);
  }
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
  bool is_single = is_whole ? parts_of(b, w) == 1 : w->n_threads == 1 || !b->splits;
  b->is_direct = b->n_reductions == 0 && b->schedule.next == INT64_MIN && is_single;
  if (b->nest == NEST_EACH) {
    b->args.first = b->first;
    b->args.last = b->first + b->n;
  } else if (b->nest != NEST_ALL) {
    b->args.first = b->args.last = 0;
  } else {
    b->args.first = first_major(b->args.storage);
    b->args.last = b->args.first + (major_is_pre(b->args.storage) ? b->args.storage->n_pre : b->args.storage->n_post);
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
