#include "engine/network.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "engine/sum_ahead.h"
#include "engine/row_blocks.h"

Network *network_new(double dt, uint64_t seed, bool is_f32, int n_threads, Error *e) {
  Network *n = memory_new(sizeof *n);
  if (n == NULL) {
    error_memory(e, "network", sizeof *n);
    return NULL;
  }
  n->seed = seed;
  n->is_f32 = is_f32;
  if (!workers_init(&n->workers, n_threads, e) || network_clock(n, dt, e) < 0) {
    network_free(n);
    return NULL;
  }
  return n;
}

static void operation_free(Operation *o) {
  if (o != NULL)
    bound_list_free(&o->kernels);
  memory_free(o);
}

void network_free(Network *n) {
  if (n == NULL)
    return;
  for (int k = 0; k < n->n_operations; k++)
    operation_free(n->operations[k]);
  for (int k = 0; k < n->n_recorders; k++)
    recorder_free(n->recorders[k]);
  for (int k = 0; k < n->n_spike_recorders; k++)
    spike_recorder_free(n->spike_recorders[k]);
  for (int k = 0; k < n->n_projections; k++)
    projection_free(n->projections[k]);
  for (int k = 0; k < n->n_populations; k++)
    population_free(n->populations[k]);
  for (int k = 0; k < n->n_derived; k++)
    bound_free(n->derived[k].bound);
  for (int k = 0; k < n->n_watches; k++) {
    array_release(n->watches[k].array);
    memory_free(n->watches[k].name);
  }
  for (int k = 0; k < n->n_clocks; k++) {
    Plan *plan = &n->clocks[k].plan;
    Items *lists[] = {
      &plan->deliveries, &plan->sums, &plan->populations, &plan->senders, &plan->lags, &plan->equations, &plan->post_spikes
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
      memory_free(lists[i]->items);
    for (int s = 0; s < N_STAGES; s++)
      regions_free(&n->clocks[k].regions[s]);
    array_release(n->clocks[k].dt_array);
  }
  memory_free(n->operations);
  memory_free(n->recorders);
  memory_free(n->recorder_sources);
  memory_free(n->spike_recorders);
  memory_free(n->projections);
  memory_free(n->populations);
  memory_free(n->derived);
  memory_free(n->watches);
  memory_free(n->clocks);
  workers_free(&n->workers);
  memory_free(n);
}

/* Make room for one more item of `size` bytes in a list of `count`. */
static bool grow(void **list, int count, size_t size, Error *e) {
  void *grown = memory_grow(*list, size * (size_t)count, size * (size_t)(count + 1));
  if (grown == NULL)
    return error_memory(e, "list of a network", (double)size * (count + 1));
  *list = grown;
  return true;
}

int network_clock(Network *n, double dt, Error *e) {
  for (int k = 0; k < n->n_clocks; k++)
    if (fabs(n->clocks[k].dt - dt) <= 1e-12 * dt)
      return k;
  Array *a = array_new(ARRAY_F64, 1, 0);
  if (a == NULL || !grow((void **)&n->clocks, n->n_clocks, sizeof *n->clocks, e)) {
    if (a == NULL)
      error_memory(e, "clock", 8);
    array_release(a);
    return -1;
  }
  *(double *)a->at = dt;
  n->clocks[n->n_clocks] = (Clock){ .dt = dt, .step = (int64_t)ceil(n->t / dt - NETWORK_SAME_TIME), .dt_array = a };
  return n->n_clocks++;
}

bool network_add_population(Network *n, Population *p, Error *e) {
  if (!grow((void **)&n->populations, n->n_populations, sizeof *n->populations, e)) {
    population_free(p);
    return false;
  }
  n->populations[n->n_populations++] = p;
  n->is_changed = true;
  return true;
}

bool network_add_projection(Network *n, Projection *p, Error *e) {
  if (!grow((void **)&n->projections, n->n_projections, sizeof *n->projections, e)) {
    projection_free(p);
    return false;
  }
  n->projections[n->n_projections++] = p;
  n->is_changed = true;
  return true;
}

Operation *operation_new(int clock, Schedule schedule, Error *e) {
  Operation *o = memory_new(sizeof *o);
  if (o == NULL) {
    error_memory(e, "operation", sizeof *o);
    return NULL;
  }
  o->clock = clock;
  o->schedule = schedule;
  o->is_active = true;
  return o;
}

bool network_add_operation(Network *n, Operation *o, Error *e) {
  if (!grow((void **)&n->operations, n->n_operations, sizeof *n->operations, e)) {
    operation_free(o);
    return false;
  }
  n->operations[n->n_operations++] = o;
  n->is_changed = true;
  return true;
}

bool network_add_recorder(Network *n, Recorder *r, Projection *source, Error *e) {
  if (!grow((void **)&n->recorders, n->n_recorders, sizeof *n->recorders, e) ||
      !grow((void **)&n->recorder_sources, n->n_recorders, sizeof *n->recorder_sources, e)) {
    recorder_free(r);
    return false;
  }
  n->recorder_sources[n->n_recorders] = source;
  n->recorders[n->n_recorders++] = r;
  n->is_changed = true;
  return true;
}

void network_remove_recorder(Network *n, const Recorder *r) {
  for (int k = 0; k < n->n_recorders; k++)
    if (n->recorders[k] == r) {
      recorder_free(n->recorders[k]);
      n->n_recorders--;
      memmove(n->recorders + k, n->recorders + k + 1, sizeof *n->recorders * (size_t)(n->n_recorders - k));
      memmove(n->recorder_sources + k, n->recorder_sources + k + 1, sizeof *n->recorder_sources * (size_t)(n->n_recorders - k));
      return;
    }
}

bool network_add_spike_recorder(Network *n, SpikeRecorder *r, Error *e) {
  if (!grow((void **)&n->spike_recorders, n->n_spike_recorders, sizeof *n->spike_recorders, e)) {
    spike_recorder_free(r);
    return false;
  }
  n->spike_recorders[n->n_spike_recorders++] = r;
  return true;
}

bool network_add_derived(Network *n, BoundKernel *b, Projection *projection, Error *e) {
  if (!workers_reserve(&n->workers, b, 0, e) || !grow((void **)&n->derived, n->n_derived, sizeof *n->derived, e)) {
    bound_free(b);
    return false;
  }
  n->derived[n->n_derived++] = (Derived){ .bound = b, .projection = projection, .seen = UINT64_MAX };
  return true;
}

void network_forget_derived(Network *n, const BoundKernel *b) {
  for (int k = 0; k < n->n_derived; k++)
    if (n->derived[k].bound == b) {
      bound_free(n->derived[k].bound);
      n->n_derived--;
      memmove(n->derived + k, n->derived + k + 1, sizeof *n->derived * (size_t)(n->n_derived - k));
      return;
    }
}

bool network_watch(Network *n, Array *a, const char *name, Error *e) {
  size_t length = strlen(name) + 1;
  char *copy = memory_new(length);
  if (copy == NULL || !grow((void **)&n->watches, n->n_watches, sizeof *n->watches, e)) {
    memory_free(copy);
    return error_memory(e, "watched variable", (double)length);
  }
  memcpy(copy, name, length);
  n->watches[n->n_watches++] = (Watch){ .array = array_retain(a), .name = copy };
  return true;
}

void network_forget_watch(Network *n, const Array *a) {
  for (int k = n->n_watches - 1; k >= 0; k--)
    if (n->watches[k].array == a) {
      array_release(n->watches[k].array);
      memory_free(n->watches[k].name);
      n->n_watches--;
      memmove(n->watches + k, n->watches + k + 1, sizeof *n->watches * (size_t)(n->n_watches - k));
    }
}

/* Versions of everything that a program reads. Its own results are among its arrays too, but only Lua bumps versions. */
static uint64_t input_versions(const BoundKernel *b) {
  uint64_t sum = 0;
  for (int k = 0; k < b->n_slots; k++)
    sum += b->arrays[k]->buffer->version;
  for (int k = 0; k < b->n_reductions; k++)
    sum += b->reductions[k].source->buffer->version;
  return sum;
}

void network_derive(Network *n) {
  const Projection *flushed = NULL;
  for (int k = 0; k < n->n_derived; k++) {
    Derived *d = &n->derived[k];
    uint64_t now = input_versions(d->bound);
    if (now != d->seen && d->seen != UINT64_MAX && d->projection != NULL && d->projection != flushed) {
      projection_flush(d->projection, &n->workers, fmax(n->t, network_clock_time(n, d->projection->post->clock)));
      flushed = d->projection; /* the constants of one projection stand together */
    }
    if (now == d->seen)
      continue;
    d->seen = now;
    bound_run(d->bound, &n->workers, n->t, n->clocks[0].step);
  }
}

static bool poll_list(const BoundList *list) {
  bool is_building = false;
  for (int k = 0; k < list->n; k++)
    is_building |= bound_poll(list->items[k]);
  return is_building;
}

double network_clock_time(const Network *n, int clock) {
  return (double)(n->clocks[clock].step + (int64_t)(n->ended >> clock & 1)) * n->clocks[clock].dt;
}

int64_t network_first_step(const Network *n, int clock, bool at_start) {
  return n->clocks[clock].step + (n->is_running && (at_start || n->ended >> clock & 1));
}

bool network_poll(Network *n) {
  if (n->clocks[0].step < n->hold_native_until)
    return true;
  bool is_building = false;
  for (int k = 0; k < n->n_populations; k++) {
    is_building |= poll_list(&n->populations[k]->update);
    BoundKernel *single[] = { n->populations[k]->reset, n->populations[k]->axon, n->populations[k]->axon_reset };
    for (int i = 0; i < 3; i++)
      is_building |= single[i] != NULL && bound_poll(single[i]);
  }
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    const BoundList *lists[] = { &p->psp, &p->equations, &p->pre_spike, &p->post_spike, &p->axon_spike, &p->ahead };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
      is_building |= poll_list(lists[i]);
    for (int i = 0; i < p->n_flushes; i++)
      is_building |= poll_list(&p->flushes[i].kernels);
  }
  for (int k = 0; k < n->n_operations; k++)
    is_building |= poll_list(&n->operations[k]->kernels);
  return is_building;
}

static bool add_item(Items *list, void *item, Error *e) {
  if (list->n == list->capacity) {
    int capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
    void **items = memory_grow(list->items, sizeof *items * (size_t)list->n, sizeof *items * (size_t)capacity);
    if (items == NULL)
      return error_memory(e, "plan of a step", capacity * 8.0);
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->n++] = item;
  return true;
}

static bool add_bounds(Items *list, const BoundList *bounds, Error *e) {
  for (int k = 0; k < bounds->n; k++)
    if (!add_item(list, bounds->items[k], e))
      return false;
  return true;
}

static void clear_plans(Network *n) {
  for (int k = 0; k < n->n_clocks; k++) {
    Plan *p = &n->clocks[k].plan;
    p->deliveries.n = p->sums.n = p->populations.n = p->senders.n = p->lags.n = p->equations.n = p->post_spikes.n = 0;
  }
}

static bool make_plans(Network *n, Error *e) {
  bool ok = true;
  for (int k = 0; k < n->n_populations; k++)
    ok = ok && add_item(&n->clocks[n->populations[k]->clock].plan.populations, n->populations[k], e);
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    Plan *here = &n->clocks[p->post->clock].plan, *there = &n->clocks[p->pre->clock].plan;
    if (p->pre_spike.n > 0)
      ok = ok && add_item(&here->deliveries, p, e) && (here == there || add_item(&there->senders, p, e));
    if (p->n_lags > 0)
      ok = ok && add_item(&there->lags, p, e);
    if (p->post_spike.n > 0)
      ok = ok && add_item(&here->post_spikes, p, e);
    ok = ok && add_bounds(&here->sums, &p->psp, e) && add_bounds(&here->equations, &p->equations, e);
  }
  ahead_plan(n);
  return ok && regions_plan(n, e);
}

bool network_prepare(Network *n, Error *e) {
  clear_plans(n); /* they may name kernels that are gone: should memory be short below, nothing runs */
  for (int pass = 0; pass < 2; pass++) {
    for (int k = 0; k < n->n_populations; k++) {
      Population *p = n->populations[k];
      for (int i = 0; i < p->update.n; i++)
        if (!workers_reserve(&n->workers, p->update.items[i], 0, e))
          return false;
      BoundKernel *single[] = { p->reset, p->axon, p->axon_reset };
      for (int i = 0; i < 3; i++)
        if (single[i] != NULL && !workers_reserve(&n->workers, single[i], 0, e))
          return false;
      bound_list_prepare(&p->update, &n->workers);
      for (int i = 0; i < 3; i++)
        if (single[i] != NULL)
          bound_prepare(single[i], &n->workers);
    }
    for (int k = 0; k < n->n_projections; k++)
      if (!projection_prepare(n->projections[k], &n->workers, e))
        return false;
    for (int k = 0; k < n->n_operations; k++) {
      BoundList *kernels = &n->operations[k]->kernels;
      for (int i = 0; i < kernels->n; i++)
        if (!workers_reserve(&n->workers, kernels->items[i], 0, e))
          return false;
      bound_list_prepare(kernels, &n->workers);
      n->operations[k]->is_blocked = blocks_fit(kernels->items, kernels->n);
    }
  }
  n->is_changed = false;
  return make_plans(n, e);
}

static bool first_not_finite(const Array *a, int64_t *element) {
  int64_t n = array_count(a);
  if (a->type == ARRAY_F64) {
    const double *x = (const double *)a->at;
    double sum = 0; /* 0 * NaN and 0 * inf are NaN: one cheap pass where all is well */
    for (int64_t i = 0; i < n; i++)
      sum += 0 * x[i];
    if (sum == 0)
      return false;
  }
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(a->type == ARRAY_F64 ? ((const double *)a->at)[i] : (double)((const float *)a->at)[i])) {
      *element = i;
      return true;
    }
  return false;
}

bool network_check_finite(Network *n, Error *e) {
  int64_t i;
  for (int k = 0; k < n->n_watches; k++) {
    const Array *a = n->watches[k].array;
    if (!first_not_finite(a, &i))
      continue;
    double value = a->type == ARRAY_F64 ? ((const double *)a->at)[i] : (double)((const float *)a->at)[i];
    return error_set(e, "%s, element %lld is %s at t = %.10g ms (it was finite at %.10g ms)", n->watches[k].name, (long long)i + 1,
                     isnan(value) ? "NaN"
                     : value > 0  ? "inf"
                                  : "-inf",
                     n->t, n->checked_time);
  }
  n->checked_time = n->t;
  return true;
}

void network_remove_operations(Network *n) {
  int kept = 0;
  for (int k = 0; k < n->n_operations; k++)
    if (n->operations[k]->is_removed)
      operation_free(n->operations[k]);
    else
      n->operations[kept++] = n->operations[k];
  n->n_operations = kept;
}

void network_measure(Network *n, bool is_on) {
  n->is_measured = is_on;
  if (!is_on)
    return;
  for (int k = 0; k < n->n_populations; k++)
    n->populations[k]->meter = (Meter){ 0 };
  for (int k = 0; k < n->n_operations; k++)
    n->operations[k]->meter = (Meter){ 0 };
  n->recording = n->total = (Meter){ 0 };
}
