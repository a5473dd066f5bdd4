#include "engine/network.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

Network *network_new(double dt, uint64_t seed, bool is_f32, int64_t n_threads, Error *e) {
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

void network_set_seed(Network *n, uint64_t seed) {
  if (seed == n->seed)
    return;
  n->seed = seed;
  for (int k = 0; k < n->n_populations; k++)
    if (n->populations[k]->poisson != NULL)
      poisson_set_seed(n->populations[k]->poisson, seed);
}

static void operation_free(Operation *o) {
  if (o != NULL)
    bound_list_free(&o->kernels);
  memory_free(o);
}

static void clock_free(Clock *c) {
  plan_free(&c->plan);
  deliveries_free(&c->deliveries);
  for (int s = 0; s < N_STAGES; s++)
    regions_free(&c->regions[s]);
  array_release(c->dt_array);
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
  watches_free(&n->watches);
  shared_free(&n->shared);
  telling_free(&n->telling);
  for (int k = 0; k < n->n_clocks; k++)
    clock_free(&n->clocks[k]);
  memory_free(n->operations);
  memory_free(n->recorders);
  memory_free(n->spike_recorders);
  memory_free(n->projections);
  memory_free(n->populations);
  memory_free(n->derived);
  memory_free(n->clocks);
  workers_free(&n->workers);
  memory_free(n);
}

/* Make room for one more item of `size` bytes in a list of `count`: at every power of two, for twice as many. */
static bool grow(void **list, int count, size_t size, Error *e) {
  if ((count & (count - 1)) != 0)
    return true;
  size_t room = count > 0 ? 2 * (size_t)count : 1;
  void *grown = memory_grow(*list, size * (size_t)count, size * room);
  if (grown == NULL)
    return error_memory(e, "list of a network", (double)(size * room));
  *list = grown;
  return true;
}

int network_clock(Network *n, double dt, Error *e) {
  if (!(dt > 0) || !isfinite(dt)) {
    error_set(e, "dt must be a positive number of ms, got %g", dt);
    return -1;
  }
  for (int k = 0; k < n->n_clocks; k++)
    if (fabs(n->clocks[k].dt - dt) <= 1e-12 * dt)
      return k;
  if (n->is_running || n->n_clocks == NETWORK_MOST_CLOCKS) {
    error_set(e, n->is_running ? "clocks cannot be added during a step" : "a network has at most %d clocks", (int)NETWORK_MOST_CLOCKS);
    return -1;
  }
  Array *a = array_new(ARRAY_F64, 1, 0);
  if (a == NULL || !grow((void **)&n->clocks, n->n_clocks, sizeof *n->clocks, e)) {
    if (a == NULL)
      error_memory(e, "clock", 8);
    array_release(a);
    return -1;
  }
  *(double *)a->at = dt;
  n->clocks[n->n_clocks] = (Clock){ .dt = dt, .step = clock_steps(dt, n->t, CLOCK_TICK), .dt_array = a, .driven = -1 };
  n->clocks[n->n_clocks].paid_step = n->clocks[n->n_clocks].step;
  n->is_changed = true;
  return n->n_clocks++;
}

Made network_made(const Network *n) {
  return (Made){ n->n_objects, n->n_clocks, n->n_operations_made, n->n_recorders_made, n->n_spike_recorders_made };
}

void network_forget_since(Network *n, Made made) {
  if (!n->is_running)
    network_remove_operations(n);
  for (; n->n_clocks > made.clocks; n->is_changed = true)
    clock_free(&n->clocks[--n->n_clocks]);
  n->n_objects = (uint32_t)made.objects;
  n->n_operations_made = (int)made.operations;
  n->n_recorders_made = made.recorders;
  n->n_spike_recorders_made = made.spike_recorders;
}

static bool has_clock(const Network *n, int clock, Error *e) {
  return (clock >= 0 && clock < n->n_clocks) || error_set(e, "there is no clock %d", clock);
}

static bool is_between_runs(const Network *n, const char *what, Error *e) {
  return !n->is_running || error_set(e, "%s during a step: do it between runs", what);
}

bool network_add_population(Network *n, Population *p, Error *e) {
  if (!is_between_runs(n, "a population cannot be added", e) || !has_clock(n, p->clock, e) ||
      !grow((void **)&n->populations, n->n_populations, sizeof *n->populations, e)) {
    population_free(p);
    return false;
  }
  n->populations[n->n_populations++] = p;
  n->is_changed = true;
  return true;
}

bool network_add_projection(Network *n, Projection *p, Error *e) {
  if (!is_between_runs(n, "a projection cannot be added", e) ||
      !grow((void **)&n->projections, n->n_projections, sizeof *n->projections, e)) {
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
  if (!has_clock(n, o->clock, e) || !grow((void **)&n->operations, n->n_operations, sizeof *n->operations, e)) {
    operation_free(o);
    return false;
  }
  o->id = ++n->n_operations_made;
  n->operations[n->n_operations++] = o;
  n->is_changed = true;
  return true;
}

bool network_add_recorder(Network *n, Recorder *r, Error *e) {
  if (!has_clock(n, r->clock, e) || !grow((void **)&n->recorders, n->n_recorders, sizeof *n->recorders, e)) {
    recorder_free(r);
    return false;
  }
  r->id = ++n->n_recorders_made;
  n->recorders[n->n_recorders++] = r;
  n->is_changed = true;
  return true;
}

bool network_add_spike_recorder(Network *n, SpikeRecorder *r, Error *e) {
  if (!has_clock(n, r->clock, e) || !grow((void **)&n->spike_recorders, n->n_spike_recorders, sizeof *n->spike_recorders, e)) {
    spike_recorder_free(r);
    return false;
  }
  r->id = ++n->n_spike_recorders_made;
  n->spike_recorders[n->n_spike_recorders++] = r;
  return true;
}

/* Take an item out of a list of pointers. */
static void take_out(void *list, int *count, const void *item) {
  void **items = list;
  for (int k = 0; k < *count; k++)
    if (items[k] == item) {
      --*count;
      memmove(items + k, items + k + 1, sizeof *items * (size_t)(*count - k));
      return;
    }
}

void network_remove_population(Network *n, Population *p) {
  network_remove_operations(n);
  take_out(n->populations, &n->n_populations, p);
  population_free(p);
  n->is_changed = true; /* plans name what is gone: no run goes by them before they are made anew */
}

void network_remove_projection(Network *n, Projection *p) {
  network_remove_operations(n); /* their kernels may walk its synapses */
  take_out(n->projections, &n->n_projections, p);
  projection_free(p);
  n->is_changed = true;
}

void network_remove_recorder(Network *n, Recorder *r) {
  take_out(n->recorders, &n->n_recorders, r);
  recorder_free(r);
  n->is_changed = true; /* nobody looks at its source any more */
}

void network_remove_spike_recorder(Network *n, SpikeRecorder *r) {
  take_out(n->spike_recorders, &n->n_spike_recorders, r);
  spike_recorder_free(r);
}

bool network_set_kernels(Network *n, BoundList *kernels, RoleOwner owner, const char *role, BoundList *list, Error *e) {
  Role r;
  if (!role_find(owner, role, &r, e)) {
    bound_list_free(list);
    return false;
  }
  n->is_changed = true;
  return kernels_replace(kernels, r, list, e);
}

bool network_add_derived(Network *n, BoundKernel *b, Projection *projection, Error *e) {
  if (!workers_reserve(&n->workers, b, 0, e) || !grow((void **)&n->derived, n->n_derived, sizeof *n->derived, e)) {
    bound_free(b);
    return false;
  }
  n->derived[n->n_derived++] = (Derived){ .bound = b, .projection = projection, .seen = UINT64_MAX };
  n->is_changed = true; /* registers may have moved, and somebody looks at its arrays */
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

/* A kernel's own results are among its arrays too: they are counted when it has run. */
uint64_t network_input_versions(const BoundKernel *b) {
  uint64_t sum = 0;
  for (int k = 0; k < b->n_slots; k++)
    sum += b->arrays[k]->buffer->version;
  for (int k = 0; k < b->n_reductions; k++)
    sum += b->reductions[k].source->buffer->version;
  return sum;
}

static int derived_of(const Network *n, const Projection *p, int *first) {
  int k = 0, last;
  while (k < n->n_derived && n->derived[k].projection != p)
    k++;
  for (last = k; last < n->n_derived && n->derived[last].projection == p;)
    last++;
  *first = k;
  return last - k;
}

/* The last `m` of them move to `first`. */
static void put_back(Derived *list, int n, int first, int m, Derived *spare) {
  memcpy(spare, list + n - m, sizeof *list * (size_t)m);
  memmove(list + first + m, list + first, sizeof *list * (size_t)(n - m - first));
  memcpy(list + first, spare, sizeof *list * (size_t)m);
}

bool network_bind_anew(Network *n, const Projection *p, void (*bind)(void *context), void *context, Error *e) {
  int first, now;
  const int m = derived_of(n, p, &first);
  uint64_t *behind = memory_new(sizeof *behind * (size_t)(m + 1)); /* how many versions each is behind its inputs */
  Derived *spare = memory_new(sizeof *spare * (size_t)(m + 1));
  const bool ok = (behind != NULL && spare != NULL) || error_memory(e, "constants of a projection", 40.0 * (m + 1));
  for (int k = 0; ok && k < m; k++) {
    const Derived *d = &n->derived[first + k];
    behind[k] = d->seen == UINT64_MAX ? UINT64_MAX : network_input_versions(d->bound) - d->seen;
  }
  if (ok)
    bind(context);
  if (ok && derived_of(n, p, &now) == m && m > 0) {
    put_back(n->derived, n->n_derived, first, m, spare);
    for (int k = 0; k < m; k++)
      n->derived[first + k].seen = behind[k] == UINT64_MAX ? UINT64_MAX : network_input_versions(n->derived[first + k].bound) - behind[k];
  }
  memory_free(behind);
  memory_free(spare);
  return ok;
}

void network_derive(Network *n) {
  const Projection *flushed = NULL;
  for (int k = 0; k < n->n_derived; k++) {
    Derived *d = &n->derived[k];
    uint64_t now = network_input_versions(d->bound);
    if (now != d->seen && d->seen != UINT64_MAX && d->projection != NULL && d->projection != flushed) {
      projection_flush(d->projection, &n->workers, fmax(n->t, network_clock_time(n, d->projection->post->clock)));
      flushed = d->projection; /* the constants of one projection stand together */
    }
    if (now == d->seen)
      continue;
    bound_run(d->bound, &n->workers, n->t, n->clocks[0].step);
    bound_touch(d->bound);
    d->seen = network_input_versions(d->bound);
  }
}

double network_clock_time(const Network *n, int clock) {
  return clock_ms(n->clocks[clock].dt, n->clocks[clock].step + (int64_t)(n->ended >> clock & 1));
}

int64_t network_first_step(const Network *n, int clock, bool at_start) {
  return n->clocks[clock].step + (n->is_running && (at_start || n->ended >> clock & 1));
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

bool network_measure(Network *n, bool is_on, Error *e) {
  if (!is_between_runs(n, "measuring cannot start or end", e))
    return false;
  n->is_measured = is_on;
  if (!is_on)
    return true;
  for (int k = 0; k < n->n_populations; k++) {
    n->populations[k]->meter = (Meter){ 0 };
    kernels_clear_meters(n->populations[k]->kernels);
  }
  for (int k = 0; k < n->n_projections; k++)
    projection_clear_meters(n->projections[k]);
  for (int k = 0; k < n->n_operations; k++)
    n->operations[k]->meter = (Meter){ 0 };
  n->recording = n->telling.meter = n->total = (Meter){ 0 };
  return true;
}
