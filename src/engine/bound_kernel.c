#include "engine/bound_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "kernel/again.h"
#include "kernel/vm.h"
#include "synapses/storage.h"

enum { LEAST_RANGES = IS_DEBUG ? 4 : 1024 };

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
